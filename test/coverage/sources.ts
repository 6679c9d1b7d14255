// The sources of assembly/, and a hash of what is compiled of them.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** By path. */
export const SOURCES: ReadonlyMap<string, string> = new Map(
  readdirSync(join(root, "assembly"))
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => [`assembly/${name}`, readFileSync(join(root, "assembly", name), "utf8")]),
);

/** Comments as spaces. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, " "));
}

/** SHA-256 of all sources. Comments, indentation and blank lines don't change it. */
export function sourcesHash(): string {
  const lines = [...SOURCES].flatMap(([path, source]) => [path, ...withoutComments(source).split("\n")]);
  const code = lines.map((line) => line.trim()).filter((line) => line !== "");
  return createHash("sha256").update(code.join("\n")).digest("hex");
}
