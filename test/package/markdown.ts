// The documents a user reads, and their blocks of code.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/repository.ts";

/** From the root of the repository. */
export const DOCUMENTS: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs")) // docs/site has the packages that make the site
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export interface Block {
  readonly language: string;
  readonly code: string;
  /** The block before it belongs in the same file: its first line says "continued". */
  readonly continued: boolean;
  /** Where it begins, for messages. */
  readonly place: string;
}

export const textOf = (document: string) => readFileSync(join(root, document), "utf8");

export function blocksOf(document: string): Block[] {
  const text = textOf(document);
  return [...text.matchAll(/^```(\w*)( continued)?\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language, 2: word, 3: code }) => ({
      language: language!,
      code: code!,
      continued: word !== undefined,
      place: `${document}:${text.slice(0, index).split("\n").length}`,
    }),
  );
}
