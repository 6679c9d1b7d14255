// Which of the repository's documents are pages of the site, and where.

import { readFileSync } from "node:fs";

const { repository } = JSON.parse(readFileSync("package.json", "utf8")) as { repository: { url: string } };
export const REPOSITORY = repository.url.replace(/^git\+|\.git$/g, "");

export interface DocumentPage {
  /** In the address. */
  readonly name: string;
  /** In the list of pages. */
  readonly label: string;
  /** What it is made from. */
  readonly file: string;
}

const page = (name: string, label: string, file = `docs/${name}.md`): DocumentPage => ({ name, label, file });

export const GROUPS: readonly { readonly label: string; readonly pages: readonly DocumentPage[] }[] = [
  {
    label: "Use it",
    pages: [
      page("guide", "Guide"),
      page("options", "Options"),
      page("estimators", "Estimators"),
      page("formats", "Formats"),
      page("errors", "Errors"),
      page("performance", "Performance"),
      page("reproducibility", "The same bits"),
      page("receipts", "Receipts"),
      page("from-tensorflow", "From TensorFlow.js"),
      page("migrating", "From brain.js"),
    ],
  },
  {
    label: "How it is made",
    pages: [
      page("numerics", "What every bit is", "assembly/NUMERICS.md"),
      page("architecture", "Architecture", "docs/ARCHITECTURE.md"),
      page("adding", "Adding a function"),
      page("contributing", "Contributing", "CONTRIBUTING.md"),
      page("benchmarks", "Benchmarks", "bench/README.md"),
      page("security", "Security", "SECURITY.md"),
      page("changelog", "Changelog", "CHANGELOG.md"),
    ],
  },
];
