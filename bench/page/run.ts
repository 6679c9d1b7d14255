// The benchmark as the page runs it: one row after the other, as bench/main.ts does, contestants in Web Workers of
// their own, until all are done or it is stopped.

import { type Choice, type PlannedRow, plan, toRow } from "../plan.ts";
import { type ContestantName, type Job, type Ready, type Round, type Runner, race } from "../race.ts";
import type { Row } from "../rows.ts";
import type { Answer, Question } from "./contestant-worker.ts";
import { describeMachine, type Machine } from "./machine.ts";

export interface PageChoice extends Choice {
  readonly quick: boolean;
}

export interface PageResult {
  readonly machine: Machine & {
    readonly quick: boolean;
    /** Before the end: rows are missing. */
    readonly stopped: boolean;
    /** In the background for a while, where a browser slows its tabs down. */
    readonly hidden: boolean;
  };
  readonly rows: readonly Row[];
}

export interface Watcher {
  readonly signal: AbortSignal;
  /** A worker that runs contestant-worker.ts. */
  startWorker(): Worker;
  /** `done` of all, 0 to 1. */
  onProgress(done: number, row: PlannedRow, number: number): void;
  onRow(result: PageResult): void;
}

export async function runBenchmark(
  choice: PageChoice,
  { signal, startWorker, onProgress, onRow }: Watcher,
): Promise<PageResult> {
  const { quick } = choice;
  const planned = plan(choice);
  if (planned.length === 0) throw new Error(`no row is called ${choice.rows?.join(" or ")}`);
  const machine = describeMachine();
  const rows: Row[] = [];
  let { hidden } = document;
  const onHidden = () => {
    hidden ||= document.hidden;
  };
  document.addEventListener("visibilitychange", onHidden);
  const result = (): PageResult => ({ machine: { ...machine, quick, stopped: signal.aborted, hidden }, rows });
  try {
    for (const [number, row] of planned.entries()) {
      const report = (done: number) => onProgress((number + done) / planned.length, row, number);
      report(0);
      const { name, ...job } = row;
      const rates = await race({ ...job, quick, clockStepMs: machine.clockStepMs }, `${name} ${job.dtype}`, {
        start: (job, name) => startContestant(startWorker(), [job, name], signal),
        onProgress: report,
      });
      rows.push(toRow(row, rates));
      onRow(result());
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    document.removeEventListener("visibilitychange", onHidden);
  }
  return result();
}

async function startContestant(
  worker: Worker,
  job: readonly [Job, ContestantName],
  signal: AbortSignal,
): Promise<Runner> {
  const stopped = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const ask = (question: Question) => {
    const answered = new Promise<Ready | Round>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Answer>) =>
        "error" in data ? reject(new Error(`${job[1]}: ${data.error}`)) : resolve(data.answer);
      worker.onerror = ({ message }) => reject(new Error(`${job[1]}: ${message || "its script can't be loaded"}`));
    });
    worker.postMessage(question);
    return Promise.race([answered, stopped]);
  };
  try {
    return {
      ready: (await ask(job)) as Ready,
      round: () => ask("round") as Promise<Round>,
      stop: () => worker.terminate(),
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}
