// A contestant's process and its protocol: a line of JSON for being ready, one for every round, perhaps one at the end.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Contestant } from "./contestants.ts";
import { pythonWith } from "./interpreters.ts";

export interface Ready {
  readonly ready?: true;
  readonly unsupported?: string;
  readonly loss?: number;
  readonly outputs?: readonly number[];
  readonly version?: string;
}

export interface Round {
  readonly samples: number;
  readonly seconds: number;
}

const FOLDER = fileURLToPath(new URL("contestants/", import.meta.url));
const ONE_THREAD = ["OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB", "NUMEXPR"].map((name) => [`${name}_NUM_THREADS`, "1"]);

/** One thread each; OpenBLAS chooses its kernels by itself; nothing that is meant for this process's node. */
function environment(): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, NODE_OPTIONS, ...rest } = process.env;
  return { ...rest, ...Object.fromEntries(ONE_THREAD) };
}

/** The program and its arguments. tsx is no loader here, which would count as the contestant's memory, but a bundle. */
export async function commandLine({ command, python }: Contestant, scratch: string): Promise<[string, string[]]> {
  if (command === undefined) throw new Error("it has no program");
  const at = command.findIndex((word, n) => n > 0 && !word.startsWith("-")); // options of the interpreter's come before
  const [interpreter, flags, file, words] = [command[0]!, command.slice(1, at), command[at]!, command.slice(at + 1)];
  if (interpreter !== "tsx") {
    const program = interpreter === "node" ? process.execPath : python && pythonWith(python);
    return [program ?? interpreter, [...flags, join(FOLDER, file), ...words]];
  }
  const outfile = join(scratch, file.replace(/\.\w+$/, ".bundle.mjs"));
  await build({ entryPoints: [join(FOLDER, file)], bundle: true, platform: "node", format: "esm", outfile });
  return [process.execPath, [...flags, outfile, ...words]];
}

export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #stderr = "";

  constructor(program: string, words: readonly string[]) {
    this.#process = spawn(program, words, { env: environment(), stdio: ["pipe", "pipe", "pipe"] });
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
        if (done) throw new Error(`ended without an answer: ${lastError(this.#stderr)}`);
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

  /** Its peak memory: what Linux says of it; elsewhere what it says itself, if it does. */
  async end(seconds: number): Promise<number | undefined> {
    const peakBytes = this.#peakBytes();
    if (peakBytes !== undefined) return peakBytes;
    this.#process.stdin!.end();
    return this.answer<{ peakBytes: number }>(seconds).then(
      (told) => told.peakBytes,
      () => undefined,
    );
  }

  /** Not from getrusage: what that tells a process starts with the size of the one that forked it, this one. */
  #peakBytes(): number | undefined {
    const file = `/proc/${this.#process.pid}/status`;
    const found = existsSync(file) ? readFileSync(file, "utf8").match(/^VmHWM:\s+(\d+) kB/m) : undefined;
    return found ? Number(found[1]) * 1024 : undefined;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
    this.#reader.close();
  }
}

/** The line of an error's message, or whatever was written last. */
function lastError(text: string): string {
  return text.match(/^.*Error: .*$/gm)?.at(-1) ?? text.trim().slice(-300);
}
