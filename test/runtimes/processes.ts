// Child processes with a time limit. Each leads a process group that ends with this process or when it is stopped, so
// that browsers and servers leave nothing behind.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

export interface Options {
  readonly cwd?: string;
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

export interface Started {
  /** What the child writes to file descriptor 3. */
  readonly control: Readable;
  /** Standard output, when the child ends well; else an error with the last of what it said. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach(killGroup));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

export function start(command: string, args: readonly string[], { cwd, env, limitMs }: Options): Started {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  running.add(child);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child);
  }, limitMs);

  const wait = async (): Promise<string> => {
    try {
      const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, "close")]);
      if (child.exitCode === 0) return output;
      const end = late ? `not done after ${limitMs / 1000} s` : (child.signalCode ?? `exit status ${child.exitCode}`);
      throw new Error(`${end}\n${errors.trim().slice(-2000)}`.trim());
    } finally {
      clearTimeout(timer);
      running.delete(child);
    }
  };
  const ended = wait();
  ended.catch(() => {}); // whoever stops it doesn't ask how it ended
  return {
    control: child.stdio[3] as Readable,
    ended,
    async stop() {
      killGroup(child);
      await ended.catch(() => {});
    },
  };
}

export function run(command: string, args: readonly string[], options: Options): Promise<string> {
  return start(command, args, options).ended;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // it is gone already
  }
}
