// What an application pays: size-limit measures the module and what a bundler adds for an import. The budgets are in
// .size-limit.json.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Size {
  readonly name: string;
  /** In bytes; 1 KB is 1,000. Gzipped, except that of the module. */
  readonly size: number;
  readonly sizeLimit: number;
}

export async function measureSizes(): Promise<Size[]> {
  const tool = fileURLToPath(new URL("bin.js", import.meta.resolve("size-limit/package.json")));
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  // it fails where a budget is exceeded; the caller sees which
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [tool, "--json"], { cwd }, (_, stdout) => resolve(stdout));
  });
  const found: Size[] | { readonly error: string } = JSON.parse(output);
  if (!Array.isArray(found)) throw new Error(found.error);
  return found;
}
