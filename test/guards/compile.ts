// Modules that tests compile themselves.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The module that asc makes of the sources in a folder. */
export function compile(cwd: string, output: string, ...options: string[]): Uint8Array<ArrayBuffer> {
  const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
  execFileSync(process.execPath, [asc, ...options, "--outFile", output], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  return Uint8Array.from(readFileSync(output));
}

/** What asconfig.json says, for another entry. */
export const BARE = ["--config", "none", "--runtime", "stub", "--enable", "simd", "--initialMemory", "2"];
