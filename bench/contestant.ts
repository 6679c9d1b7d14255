// One contestant of a row: it shows what it computes, then runs a round each time it is told to. It is always alone, in a
// process (contestant-process.ts) or a Web Worker (page/contestant-worker.ts), because engines slow plain JavaScript down
// otherwise: in V8, loops that saw both float arrays get general code, and one WebAssembly memory that grew detaches a
// buffer, after which every typed array access anywhere checks for that.

import type { DType } from "bitgrad";
import { Bench } from "tinybench";
import { KERNELS, prepareKernel } from "./kernels.ts";
import { prepareTraining } from "./training.ts";
import { WORKLOADS } from "./workloads.ts";

export type ContestantName = "wasm" | "plain" | "reference";

export interface Job {
  readonly section: "training" | "kernels";
  /** Which of the section's rows. */
  readonly index: number;
  readonly dtype: DType;
  readonly quick: boolean;
  /** Milliseconds between two readings of the clock, where it is a browser's; 0 where it is fine enough for any call. */
  readonly clockStepMs: number;
}

/** What a row's module gives for each contestant. */
export interface Contestant {
  /** Results of a few untimed calls, to be compared. */
  readonly evidence: Float64Array;
  /** What one timed run does: samples for a training, calls for a kernel. */
  readonly work: number;
  /** What latencies are counted in: steps for a training, calls for a kernel. */
  readonly parts: number;
  /** Before each run, not timed. */
  readonly prepare: () => void;
  readonly run: () => void;
}

export type Ready = Pick<Contestant, "evidence" | "work" | "parts">;
/** Milliseconds of every run of a round. */
export type Round = number[];

export function createContestant(job: Job, name: ContestantName): Contestant {
  const { section, index, dtype, quick, clockStepMs } = job;
  return section === "training"
    ? prepareTraining(WORKLOADS[index]!, dtype, name, quick)
    : prepareKernel(KERNELS[index]!, dtype, name, quick, clockStepMs);
}

export function runRound({ prepare, run }: Contestant, { quick }: Job, name: ContestantName): Round {
  const bench = new Bench({
    time: quick ? 60 : 200,
    iterations: quick ? 1 : 2,
    warmupIterations: 1,
    warmupTime: 0,
    retainSamples: true,
    throws: true,
  });
  bench.add(name, run, { beforeEach: prepare, async: false });
  bench.runSync();
  const { result } = bench.tasks[0]!;
  if (!("latency" in result)) throw new Error(`${name} was not measured: ${result.state}`);
  return [...result.latency.samples!];
}
