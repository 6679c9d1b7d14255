// Runs jobs in another process, one after the other, each with a time limit.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Job, Outcome } from "./child.ts";

const LIMIT_MS = 60_000;
const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

export class Runner {
  #child: ChildProcess | undefined;

  /** What came out; nothing where it took too long. */
  async run(job: Job): Promise<Outcome | undefined> {
    this.#child ??= fork(CHILD, { execArgv: ["--import", "tsx"], serialization: "advanced" });
    const child = this.#child;
    let timer: NodeJS.Timeout | undefined;
    const outcome = await new Promise<Outcome | undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), LIMIT_MS);
      child.once("message", (message) => resolve(message as Outcome));
      child.once("exit", () => resolve({ failed: "the process ends", taken: {}, milliseconds: {} }));
      child.send(job);
    });
    clearTimeout(timer);
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
