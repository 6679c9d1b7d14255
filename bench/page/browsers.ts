// The pages, driven in a browser of this machine: without a window that one sees, and without a driver.

import { BROWSERS, visit } from "../../test/support/browsers.ts";
import { find, INSTALL_ALL } from "../../test/support/programs.ts";
import { inFolder } from "../processes.ts";
import type { PageChoice, PageResult } from "./run.ts";
import { servePages } from "./serve.ts";

export type BrowserName = keyof typeof BROWSERS;
export const BROWSER_NAMES = Object.keys(BROWSERS) as BrowserName[];

const LIMIT_MS = 3_600_000;

/** Trainings and kernels, in Web Workers of a page. */
export function measureIn(name: BrowserName, { only, dtype, rows, quick }: PageChoice, limitMs = LIMIT_MS) {
  const parameters = { only: only ?? "", dtype: dtype ?? "", rows: rows?.join(","), length: quick ? "quick" : "full" };
  return drive(name, "bench/", parameters, limitMs);
}

/** Trainings started on a page's main thread. */
export function measureFramesIn(name: BrowserName, { rows, quick }: PageChoice, limitMs = LIMIT_MS) {
  return drive(
    name,
    "bench/frames/",
    { rows: (rows ?? ["tabular", "mlp"]).join(","), length: quick ? "quick" : "full" },
    limitMs,
  );
}

async function drive(
  name: BrowserName,
  path: string,
  parameters: Readonly<Record<string, string | undefined>>,
  limitMs: number,
): Promise<PageResult> {
  const browser = BROWSERS[name];
  const program = await find(browser);
  if (program === undefined) throw new Error(`${name} is not on this machine; install it: ${INSTALL_ALL}`);
  const told = new URLSearchParams({ post: "", autostart: "" });
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) told.set(key, value);
  const { url, posted, close } = await servePages();
  try {
    return await inFolder((folder) =>
      visit(browser, program.command, {
        url: `${url}${path}?${told}`,
        folder,
        limitMs,
        found: () => posted<PageResult>(),
      }),
    );
  } finally {
    close();
  }
}
