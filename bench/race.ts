// A row's race. Equivalence first: both engines must show the same bits and plain JS nearly the same numbers, or the
// benchmark ends. Then rounds: each contestant runs for a while, in rotating order, so that a change of the machine's
// mood meets all. Rates are medians over the rounds, latencies quantiles over all timed runs.

import type { DType } from "bitgrad";

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

export interface Timing {
  readonly contestant: ContestantName;
  /** Samples or calls a second: median over the rounds. */
  readonly perSecond: number;
  /** Milliseconds of one step or call. */
  readonly p50: number;
  readonly p75: number;
  readonly p99: number;
  readonly calls: number;
  /** The rate of every round, in order. */
  readonly rounds: readonly number[];
}

/** A contestant at work elsewhere, alone: in a process or a Web Worker. */
export interface Runner {
  readonly ready: Ready;
  round(): Promise<Round>;
  stop(): void;
}

export interface RaceOptions {
  readonly start: (job: Job, name: ContestantName) => Promise<Runner>;
  /** Told the part of the race that is over, 0 to 1. */
  readonly onProgress?: (done: number) => void;
}

const NAMES: readonly ContestantName[] = ["wasm", "plain", "reference"];

export async function race(job: Job, label: string, { start, onProgress }: RaceOptions): Promise<Timing[]> {
  const contestants: { name: ContestantName; runner: Runner; rates: number[]; calls: number[] }[] = [];
  const rounds = job.quick ? 3 : 7;
  const turns = NAMES.length * (1 + rounds); // getting ready takes about as long as a round
  let turn = 0;
  try {
    for (const name of NAMES) {
      contestants.push({ name, runner: await start(job, name), rates: [], calls: [] });
      onProgress?.(++turn / turns);
    }
    const [wasm, plain, reference] = contestants.map(({ runner }) => runner.ready.evidence);
    compare(label, job, wasm!, plain!, reference!);
    for (let round = 0; round < rounds; round++) {
      for (let n = 0; n < NAMES.length; n++) {
        const { runner, rates, calls } = contestants[(round + n) % NAMES.length]!;
        const milliseconds = await runner.round();
        calls.push(...milliseconds);
        rates.push((1000 * runner.ready.work) / median(milliseconds));
        onProgress?.(++turn / turns);
      }
    }
  } finally {
    for (const { runner } of contestants) runner.stop();
  }
  return contestants.map(({ name, runner, rates, calls }) => {
    const part = (q: number) => quantile(calls, q) / runner.ready.parts;
    return {
      contestant: name,
      perSecond: median(rates),
      p50: part(0.5),
      p75: part(0.75),
      p99: part(0.99),
      calls: calls.length,
      rounds: rates,
    };
  });
}

function compare(
  label: string,
  { dtype }: Job,
  wasm: Float64Array,
  plain: Float64Array,
  reference: Float64Array,
): void {
  const tolerance = dtype === "f32" ? 1e-4 : 1e-11; // of the value, or of 1 where it is less
  if (wasm.length !== reference.length || plain.length !== reference.length) {
    throw new Error(`${label}: ${wasm.length}, ${plain.length} and ${reference.length} results`);
  }
  reference.forEach((value, n) => {
    if (!Number.isFinite(value)) throw new Error(`${label}: result ${n} is ${value}`);
    if (!Object.is(wasm[n], value))
      throw new Error(`${label}: result ${n} is ${wasm[n]} on wasm, ${value} on reference`);
    if (!(Math.abs(plain[n]! - value) <= tolerance * Math.max(1, Math.abs(value)))) {
      throw new Error(`${label}: result ${n} is ${plain[n]} in plain JS, ${value} on reference`);
    }
  });
}

/** One of the values: that which so large a share of them is below. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)]!;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
