// What a call costs beside its steps, for each way to train: the first one, later ones, and an epoch of a long one. The
// network is so small (2-3-1, four rows) that its steps are next to nothing.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { inFolder, runProgram } from "./processes.ts";
import { takeTurns } from "./race.ts";
import { compared, type Row } from "./rows.ts";
import { WAYS } from "./ways.ts";

/** From the call to its promise. */
export interface CallTimes {
  /** Of one epoch, right after the network was made. */
  readonly firstMs: number;
  /** The same again: median. */
  readonly laterMs: number;
  /** Microseconds of an epoch in a call of very many. */
  readonly epochUs: number;
  /** The same with `onEpoch`. */
  readonly listenedUs: number;
}

const FIGURES = [
  ["first call", "ms", "firstMs"],
  ["later calls", "ms", "laterMs"],
  ["an epoch", "µs", "epochUs"],
  ["an epoch with a listener", "µs", "listenedUs"],
] as const;

export async function measureCalls(quick: boolean): Promise<Row[]> {
  const ways = WAYS.map(({ name }) => ({ name, runs: [] as CallTimes[] }));
  await inFolder(async (folder) => {
    const program = join(folder, "calls.mjs");
    await build({
      entryPoints: [fileURLToPath(new URL("calls-process.ts", import.meta.url))],
      bundle: true,
      platform: "node",
      minify: true,
      format: "esm",
      target: "es2022",
      outfile: program,
    });
    await takeTurns(ways, quick ? 3 : 15, async ({ name, runs }) => {
      runs.push(await runProgram<CallTimes>([program, name, String(quick ? 20_000 : 100_000)]));
    });
  });
  const [fit] = ways;
  return FIGURES.flatMap(([what, unit, key]) =>
    ways.map(({ name, runs }) => {
      const [times, ofFit] = [runs, fit!.runs].map((all) => all.map((run) => run[key]));
      const { value, ...beside } = compared(unit, times!, ofFit!);
      const row = { section: "calls", name: `${name}, ${what}`, dtype: "f32" as const, unit, value };
      return name === fit!.name ? row : { ...row, beside: "fit", ...beside };
    }),
  );
}
