// The files of this repository, without what is installed or built.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Paths from the root, with forward slashes: what git keeps, and what is new and not ignored. */
export function filesIn(...folders: readonly string[]): string[] {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...folders];
  const names = execFileSync("git", list, { cwd: root, encoding: "utf8" }).split("\0");
  return names.filter((name) => name !== "" && existsSync(join(root, name)));
}
