// The pages, driven in a browser of this machine as the runtime tests drive theirs: without a window that one sees, and without
// a driver.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BROWSERS, visit } from "../../test/support/browsers.ts";
import { find, INSTALL_ALL } from "../../test/support/programs.ts";
import { type FramesPosted, type FramesRow, summarise } from "./frames-rows.ts";
import type { Choice, PageResult } from "./run.ts";
import { servePages } from "./serve.ts";
import { startTrace, type TraceEvent, withPipe, withTasks } from "./trace.ts";

export type BrowserName = keyof typeof BROWSERS;
export const BROWSER_NAMES = Object.keys(BROWSERS) as BrowserName[];
/** The line that installs them. */
export const INSTALL = INSTALL_ALL;

const LIMIT_MS = 3_600_000;

export interface FramesResult extends Pick<FramesPosted, "machine"> {
  readonly frames: readonly FramesRow[];
}

/** What is written of a browser. */
export interface BrowserResult extends Pick<PageResult, "training" | "kernels">, Partial<FramesResult> {
  readonly machine: FramesPosted["machine"];
}

/** Trainings and kernels, in Web Workers of a page. */
export async function measureIn(
  name: BrowserName,
  { only, dtype, rows, quick }: Choice,
  limitMs = LIMIT_MS,
): Promise<PageResult> {
  const parameters = { only, dtype, rows: rows?.join(","), length: quick ? "quick" : "full", autostart: "" };
  return (await drive<PageResult>(name, "", parameters, limitMs)).result;
}

/** Trainings started on a page's main thread. */
export async function measureFramesIn(
  name: BrowserName,
  { dtype, rows, quick }: Choice,
  limitMs = LIMIT_MS,
): Promise<FramesResult> {
  const traced = name === "chromium";
  const parameters = { dtype, rows: rows?.join(","), length: quick ? "quick" : "full" };
  const visitFor = (part: "frames" | "rates", traced: boolean) =>
    drive<FramesPosted>(name, "frames", { ...parameters, part }, limitMs, traced);
  const { result, events } = await visitFor("frames", traced);
  const { machine, rates } = (await visitFor("rates", false)).result;
  const frames = events ? withTasks(result.frames, events) : result.frames;
  const hidden = result.machine.hidden || machine.hidden; // in either visit
  return { machine: { ...result.machine, hidden }, frames: summarise(frames, rates) };
}

async function drive<T>(
  name: BrowserName,
  path: string,
  parameters: Readonly<Record<string, string | undefined>>,
  limitMs: number,
  traced = false,
): Promise<{ result: T; events?: TraceEvent[] }> {
  const browser = BROWSERS[name];
  const program = await find(browser);
  if (program === undefined) throw new Error(`${name} is not on this machine; install it: ${INSTALL}`);
  const { command } = program;
  const told = new URLSearchParams({ post: "" });
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) told.set(key, value);
  const folder = await mkdtemp(join(tmpdir(), "bitgrad-page-"));
  const { url: root, posted, close } = await servePages();
  const url = `${root}${path}?${told}`;
  try {
    if (!traced) {
      return await visit(browser, command, {
        url,
        folder,
        limitMs,
        found: async () => ({ result: await posted<T>() }),
      });
    }
    return await visit(...withPipe(browser, command), {
      url,
      folder,
      limitMs,
      async found(control) {
        const trace = startTrace(control, url);
        const result = await Promise.race([posted<T>(), trace.failed]);
        return { result, events: await trace.end() };
      },
    });
  } finally {
    close();
    // a browser may still be writing
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
