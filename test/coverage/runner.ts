// Runs jobs in another process, one after the other, each case with a time limit.

import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Build } from "./instrument.ts";

export interface Job {
  readonly build: Build;
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** The cases to run, in this order; "resumptions" are the checkpoints. Default all, or all with work for threads. */
  readonly cases?: readonly string[] | "all";
  /** Bytes of memory to read and clear after each case. */
  readonly flags?: { readonly address: number; readonly count: number };
}

export interface Outcome {
  /** The first case with another digest. */
  readonly failed?: string;
  /** By case the flags that were set. */
  readonly taken: Readonly<Record<string, Uint32Array>>;
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** What the other process says before each case. */
export const CASE_BEGINS = "case";

/** Cases with enough work for three threads. */
export const FOR_THREADS = /for threads|wide/;

/** A case's, of processor time, which a busy machine doesn't shorten; and of the clock's, for threads that wait. */
const LIMIT = { cpuSeconds: 20, milliseconds: 300_000 };
const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

export class Runner {
  #child: ChildProcess | undefined;

  /** What came out; nothing where it took too long. */
  async run(job: Job, limit = LIMIT): Promise<Outcome | undefined> {
    this.#child ??= fork(CHILD, { execArgv: ["--import", "tsx"], serialization: "advanced" });
    const child = this.#child;
    let timer: NodeJS.Timeout | undefined;
    const outcome = await new Promise<Outcome | undefined>((resolve) => {
      let start = performance.now();
      let startCpu = cpuSeconds(child);
      timer = setInterval(() => {
        const isOver = performance.now() - start > limit.milliseconds;
        if (isOver || cpuSeconds(child) - startCpu > limit.cpuSeconds) resolve(undefined);
      }, 2000);
      child.on("message", (message: Outcome | typeof CASE_BEGINS) => {
        if (message !== CASE_BEGINS) return resolve(message);
        start = performance.now();
        startCpu = cpuSeconds(child);
      });
      child.once("exit", () => resolve({ failed: "the process ends", taken: {}, milliseconds: {} }));
      child.send(job);
    });
    clearInterval(timer);
    child.removeAllListeners();
    // a process that does not answer, has ended, or has threads is not used again
    if (outcome === undefined || outcome.failed === "the process ends" || job.build === "threads") this.end();
    return outcome;
  }

  end(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}

/** Of the process so far, all its threads together. */
function cpuSeconds({ pid }: ChildProcess): number {
  try {
    return Number(execFileSync("ps", ["-o", "cputimes=", "-p", String(pid)], { encoding: "utf8" }));
  } catch {
    return 0; // it has ended
  }
}
