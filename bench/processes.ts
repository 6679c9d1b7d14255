// Contestants and measurements in processes of their own.

import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ContestantName, Job, Ready, Round, Runner } from "./race.ts";

export async function startProcess(job: Job, name: ContestantName): Promise<Runner> {
  const child = startChild("contestant-process.ts", [job, name]);
  return {
    ready: await answer<Ready>(child),
    round() {
      child.send("round");
      return answer<Round>(child);
    },
    stop: () => child.kill(),
  };
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

/** What a bundled program prints, in a fresh node, as JSON. */
export async function runProgram<T>(args: readonly string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as T; // libraries may print something before
}

export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "bitgrad-bench-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
