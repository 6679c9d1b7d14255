// A contestant's process and its protocol: a line of JSON for being ready, one for every round.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";

export interface Ready {
  readonly loss?: number;
  readonly version?: string;
  readonly unsupported?: string;
}

export interface Round {
  readonly samples: number;
  readonly seconds: number;
}

const ONE_THREAD = ["OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB"].map((name) => [`${name}_NUM_THREADS`, "1"]);

export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #stderr = "";

  constructor(program: string, words: readonly string[]) {
    const { NODE_OPTIONS, ...env } = process.env;
    this.#process = spawn(program, words, { env: { ...env, ...Object.fromEntries(ONE_THREAD) } });
    this.#process.on("error", ({ message }) => {
      this.#stderr += message;
    });
    this.#process.stdin!.on("error", () => {}); // it may be gone: its answer will be missing
    this.#process.stderr!.on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    this.#reader = createInterface({ input: this.#process.stdout! });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Its next line of JSON; what libraries print besides is passed over. */
  async answer<T>(seconds: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${seconds} s`)), seconds * 1000);
    });
    try {
      for (;;) {
        const { value, done } = await Promise.race([this.#lines.next(), late]);
        if (done) {
          const message = this.#stderr.match(/^.*Error: .*$/gm)?.at(-1) ?? this.#stderr.trim().slice(-300);
          throw new Error(`ended without an answer: ${message}`);
        }
        if (value.startsWith("{")) return JSON.parse(value) as T;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  round(seconds: number): Promise<Round> {
    this.#process.stdin!.write("round\n");
    return this.answer<Round>(seconds);
  }

  /**
   * On Linux. Not from getrusage: what that tells a process starts with the size of the one that forked it, this one.
   */
  peakBytes(): number | undefined {
    const file = `/proc/${this.#process.pid}/status`;
    const found = existsSync(file) ? /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(file, "utf8")) : null;
    return found === null ? undefined : Number(found[1]) * 1024;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
    this.#reader.close();
  }
}
