// Runs jobs in another process, one after the other, each with a time limit.

import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Build } from "./instrument.ts";

export interface Job {
  readonly build: Build;
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** The cases to run, in this order; "resumptions" are the checkpoints. Default all, or all with work for threads. */
  readonly cases?: readonly string[] | "all";
  /** Bytes of memory to set before the first case, and to read and clear after each. */
  readonly turned?: { readonly address: number; readonly value: number };
  readonly flags?: { readonly address: number; readonly count: number };
}

export interface Outcome {
  /** The first case with another digest. */
  readonly failed?: string;
  /** By case the flags that were set. */
  readonly taken: Readonly<Record<string, Uint32Array>>;
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** Cases with enough work for three threads. */
export const FOR_THREADS = /for threads|wide/;

/** Of processor time, which a busy machine doesn't shorten; and of the clock's, for threads that wait for each other. */
const LIMIT = { cpuSeconds: 90, milliseconds: 900_000 };
const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

export class Runner {
  #child: ChildProcess | undefined;

  /** What came out; nothing where it took too long. */
  async run(job: Job, limit = LIMIT): Promise<Outcome | undefined> {
    this.#child ??= fork(CHILD, { execArgv: ["--import", "tsx"], serialization: "advanced" });
    const child = this.#child;
    const start = performance.now();
    const startCpu = cpuSeconds(child);
    let timer: NodeJS.Timeout | undefined;
    const outcome = await new Promise<Outcome | undefined>((resolve) => {
      timer = setInterval(() => {
        const isOver = performance.now() - start > limit.milliseconds;
        if (isOver || cpuSeconds(child) - startCpu > limit.cpuSeconds) resolve(undefined);
      }, 5000);
      child.once("message", (message) => resolve(message as Outcome));
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
