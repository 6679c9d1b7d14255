// A document of the repository, or of TypeDoc, as Starlight takes it.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/**
 * The first heading becomes the title, and links between files become links between pages; `addresses` says where each
 * file's page is. What is no page is in the repository.
 */
export function convert(
  file: string,
  addresses: ReadonlyMap<string, string>,
  repository: string,
  slug?: string,
): string {
  const text = readFileSync(file, "utf8");
  const [, heading] = /^# (.*)$/m.exec(text) ?? [];
  const title = (heading ?? "Reference").replaceAll(/[`\\]/g, "");
  const fields = [
    `title: ${JSON.stringify(title)}`,
    "editUrl: false",
    ...(slug === undefined
      ? []
      : [`slug: ${slug}`, `sidebar:\n  label: ${JSON.stringify(title.replace(/^.*: /, ""))}`]),
  ];
  const parts = text.replace(/^# .*\n/m, "").split(/(^```[\s\S]*?^```$|`[^`\n]*`)/m);
  const body = parts.map((part, n) => (n % 2 === 1 ? part : linked(part, file, addresses, repository))).join("");
  return `---\n${fields.join("\n")}\n---\n\n${body.trimStart()}`;
}

function linked(text: string, file: string, addresses: ReadonlyMap<string, string>, repository: string): string {
  const home = `${repository}/blob/main/`;
  return text.replace(/\]\(([^)\s]+)\)/g, (whole, link: string) => {
    if (link.startsWith("#") || (/^\w+:/.test(link) && !link.startsWith(home))) return whole;
    const [path = "", anchor] = link.replace(home, "").split("#");
    const target = link.startsWith(home) ? path : posix.normalize(join(dirname(file), path));
    const address = addresses.get(target);
    const hash = anchor === undefined ? "" : `#${anchor}`;
    if (address !== undefined) return `](${address}${hash})`;
    if (!existsSync(target)) throw new Error(`${file} has a link to ${link}, which is nowhere`);
    return `](${home}${target}${hash})`;
  });
}
