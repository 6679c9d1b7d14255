// What a call costs beside its steps, for each way to train: the first one, later ones, and an epoch of a long one. The network
// is so small (2-3-1, four rows) that its steps are next to nothing.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { quantile } from "./race.ts";
import { BARE_WORKER, WAYS } from "./ways.ts";

/** From the call to its promise; of a bare worker there is but the first. */
export interface CallTimes {
  /** Of one epoch, right after the network was made. */
  readonly firstMs: number;
  /** The same again: median. */
  readonly laterMs?: number;
  /** Microseconds of an epoch in a call of very many. */
  readonly epochUs?: number;
  /** The same with `onEpoch`. */
  readonly listenedEpochUs?: number;
}

/** Lower quartiles of processes. */
export interface Calls extends CallTimes {
  readonly way: string;
  readonly runs: readonly CallTimes[];
}

export async function measureCalls(quick: boolean): Promise<Calls[]> {
  const folder = await mkdtemp(join(tmpdir(), "bitgrad-bench-"));
  const program = join(folder, "calls.mjs");
  try {
    await build({
      entryPoints: [fileURLToPath(new URL("calls-process.ts", import.meta.url))],
      bundle: true,
      platform: "node",
      minify: true,
      format: "esm",
      target: "es2022",
      outfile: program,
    });
    const names = [...WAYS.map(({ name }) => name), BARE_WORKER];
    const runs = names.map((): CallTimes[] => []);
    for (let round = 0; round < (quick ? 3 : 15); round++) {
      for (const [n, name] of names.entries()) {
        const args = [program, name, String(quick ? 20_000 : 100_000)];
        const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
        runs[n]!.push(JSON.parse(stdout) as CallTimes);
      }
    }
    return names.map((way, n) => {
      const times: Partial<Record<keyof CallTimes, number>> = {};
      for (const key of Object.keys(runs[n]![0]!) as (keyof CallTimes)[]) {
        times[key] = quantile(
          runs[n]!.map((run) => run[key]!),
          0.25,
        );
      }
      return { way, ...(times as CallTimes), runs: runs[n]! };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
