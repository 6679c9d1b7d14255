// One contestant in a process of its own, started by race.ts: it shows what it computes, then runs a round each time it
// is told to. Alone, because V8 slows plain JavaScript down otherwise: loops that saw both float arrays get general code,
// and one WebAssembly memory that grew detaches a buffer, after which every typed array access anywhere checks for that.

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
}

/** What a row's module gives for each contestant. */
export interface Contestant {
  /** Results of a few untimed calls, to be compared. */
  readonly evidence: Float64Array;
  /** What one call does: samples for a training, 1 for a kernel. */
  readonly work: number;
  /** What latencies are counted in: steps for a training, 1 for a kernel. */
  readonly parts: number;
  /** Before each call, not timed. */
  readonly prepare: () => void;
  readonly run: () => void;
}

export type Ready = Pick<Contestant, "evidence" | "work" | "parts">;
/** Milliseconds of every call of a round. */
export type Round = number[];

const [job, name] = JSON.parse(process.argv[2]!) as [Job, ContestantName];
const { evidence, work, parts, prepare, run } =
  job.section === "training"
    ? prepareTraining(WORKLOADS[job.index]!, job.dtype, name, job.quick)
    : prepareKernel(KERNELS[job.index]!, job.dtype, name, job.quick);

process.on("message", () => {
  const bench = new Bench({
    time: job.quick ? 60 : 200,
    iterations: job.quick ? 1 : 2,
    warmupIterations: 1,
    warmupTime: 0,
    retainSamples: true,
    throws: true,
  });
  bench.add(name, run, { beforeEach: prepare, async: false });
  bench.runSync();
  const { result } = bench.tasks[0]!;
  if (!("latency" in result)) throw new Error(`${name} was not measured: ${result.state}`);
  process.send!([...result.latency.samples!] satisfies Round);
});
process.send!({ evidence, work, parts } satisfies Ready);
