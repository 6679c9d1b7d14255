// A race. Equivalence first: both engines must show the same bits and plain JavaScript nearly the same numbers, or the
// benchmark ends. Then rounds: each contestant runs for a while, in rotating order, so that a change of the machine's
// speed meets all of them.

import type { DType } from "bitgrad";

export type ContestantName = "wasm" | "plain" | "reference";

export interface Job {
  readonly section: "training" | "kernels";
  /** Which of the section's rows. */
  readonly index: number;
  readonly dtype: DType;
  readonly quick: boolean;
  /**
   * Milliseconds between two readings of the clock, where it is a browser's; 0 where it is fine enough for any call.
   */
  readonly clockStepMs: number;
}

/** What a row's module gives for each contestant. */
export interface Contestant {
  /** Results of a few untimed calls, to be compared. */
  readonly evidence: Float64Array;
  /** What one timed run does: samples for a training, calls for a kernel. */
  readonly work: number;
  /** Before each run, not timed. */
  readonly prepare: () => void;
  readonly run: () => void;
}

export type Ready = Pick<Contestant, "evidence" | "work">;
/** Milliseconds of every run of a round. */
export type Round = number[];

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

/** Samples or calls a second, one number a round. */
export type Rates = Record<ContestantName, number[]>;

const NAMES: readonly ContestantName[] = ["wasm", "plain", "reference"];

export async function race(job: Job, label: string, { start, onProgress }: RaceOptions): Promise<Rates> {
  const contestants: { name: ContestantName; runner: Runner }[] = [];
  const rates: Rates = { wasm: [], plain: [], reference: [] };
  const rounds = job.quick ? 3 : 7;
  const turns = NAMES.length * (1 + rounds); // getting ready takes about as long as a round
  let turn = 0;
  try {
    for (const name of NAMES) {
      contestants.push({ name, runner: await start(job, name) });
      onProgress?.(++turn / turns);
    }
    const [wasm, plain, reference] = contestants.map(({ runner }) => runner.ready.evidence);
    compare(label, job.dtype, { wasm: wasm!, plain: plain!, reference: reference! });
    await takeTurns(contestants, rounds, async ({ name, runner }) => {
      rates[name].push((1000 * runner.ready.work) / median(await runner.round()));
      onProgress?.(++turn / turns);
    });
  } finally {
    for (const { runner } of contestants) runner.stop();
  }
  return rates;
}

/** In rotating order, so that none always follows the same one. */
export async function takeTurns<T>(all: readonly T[], rounds: number, take: (one: T, round: number) => unknown) {
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < all.length; n++) await take(all[(round + n) % all.length]!, round);
  }
}

function compare(label: string, dtype: DType, { wasm, plain, reference }: Record<ContestantName, Float64Array>): void {
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

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
