// The page, driven in a browser of this machine as the runtime tests drive theirs: without a window that one sees, and without
// a driver.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BROWSERS, visit } from "../../test/runtimes/browsers.ts";
import { find, INSTALL_ALL } from "../../test/runtimes/platform.ts";
import type { Choice, PageResult } from "./run.ts";
import { servePage } from "./serve.ts";

export type BrowserName = keyof typeof BROWSERS;
export const BROWSER_NAMES = Object.keys(BROWSERS) as BrowserName[];
/** The line that installs them. */
export const INSTALL = INSTALL_ALL;

const LIMIT_MS = 3_600_000;

export async function hasBrowser(name: BrowserName): Promise<boolean> {
  return (await find(BROWSERS[name])) !== undefined;
}

export async function measureIn(
  name: BrowserName,
  { only, dtype, rows, quick }: Choice,
  limitMs = LIMIT_MS,
): Promise<PageResult> {
  const found = await find(BROWSERS[name]);
  if (found === undefined) throw new Error(`${name} is not on this machine; install it: ${INSTALL}`);
  const parameters = new URLSearchParams({ length: quick ? "quick" : "full", autostart: "", post: "" });
  if (only !== undefined) parameters.set("only", only);
  if (dtype !== undefined) parameters.set("dtype", dtype);
  if (rows !== undefined) parameters.set("rows", rows.join(","));
  const folder = await mkdtemp(join(tmpdir(), "bitgrad-page-"));
  const { url, posted, close } = await servePage();
  try {
    return await visit(BROWSERS[name], found.command, {
      url: `${url}?${parameters}`,
      folder,
      found: posted(),
      limitMs,
    });
  } finally {
    close();
    // a browser may still be writing
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
