// A row's race. Equivalence first: both engines must show the same bits and plain JS nearly the same numbers, or the
// benchmark ends. Then rounds: each contestant runs for a while, in rotating order, so that a change of the machine's
// mood meets all. Rates are medians over the rounds, latencies quantiles over all calls.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ContestantName, Job, Ready, Round } from "./contestant.ts";

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

export async function race(job: Job, label: string): Promise<Timing[]> {
  const names: readonly ContestantName[] = ["wasm", "plain", "reference"];
  const contestants: { name: ContestantName; child: ChildProcess; ready: Ready; rates: number[]; calls: number[] }[] =
    [];
  try {
    for (const name of names) {
      const child = startChild("contestant.ts", [job, name]);
      contestants.push({ name, child, ready: await answer<Ready>(child), rates: [], calls: [] });
    }
    const [wasm, plain, reference] = contestants.map(({ ready }) => ready.evidence);
    compare(label, job, wasm!, plain!, reference!);
    for (let round = 0; round < (job.quick ? 3 : 7); round++) {
      for (let turn = 0; turn < names.length; turn++) {
        const { child, ready, rates, calls } = contestants[(round + turn) % names.length]!;
        child.send("round");
        const milliseconds = await answer<Round>(child);
        calls.push(...milliseconds);
        rates.push((1000 * ready.work) / median(milliseconds));
      }
    }
  } finally {
    for (const { child } of contestants) child.kill();
  }
  return contestants.map(({ name, ready: { parts }, rates, calls }) => {
    calls.sort((a, b) => a - b);
    const quantile = (q: number) => calls[Math.floor(q * calls.length)]! / parts;
    return {
      contestant: name,
      perSecond: median(rates),
      p50: quantile(0.5),
      p75: quantile(0.75),
      p99: quantile(0.99),
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

/** A child inherits the flags that make this process run TypeScript. */
export function startChild(file: string, argument: unknown, flags: readonly string[] = []): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(argument)], {
    execArgv: [...process.execArgv, ...flags],
    serialization: "advanced",
  });
}

/** The child's next message. */
export async function answer<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`a contestant ended with exit code ${code}; its message is above`);
  });
  const [message] = await Promise.race([once(child, "message"), ended]);
  return message as T;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
