// Child processes with a time limit. Each leads a process group that ends with this process or when it is stopped, so
// that browsers and servers leave nothing behind.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

export interface Options {
  readonly cwd?: string;
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

export interface Started {
  /** The other end of the child's file descriptor 3. */
  readonly control: Duplex;
  /** Standard output, when the child ends well; else an error with the last of what it said. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

const GRACE_MS = 2000;

const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => signalGroup(child, "SIGKILL")));
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
    signalGroup(child, "SIGKILL");
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
    control: child.stdio[3] as Duplex,
    ended,
    async stop() {
      const deadline = Date.now() + GRACE_MS; // an X server has a lock file to remove
      for (let left = signalGroup(child, "SIGTERM"); left && Date.now() < deadline; left = signalGroup(child, 0)) {
        await sleep(20);
      }
      signalGroup(child, "SIGKILL");
      await ended.catch(() => {});
    },
  };
}

export function run(command: string, args: readonly string[], options: Options): Promise<string> {
  return start(command, args, options).ended;
}

/** False where nothing of the group is left. */
function signalGroup({ pid }: ChildProcess, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal);
  } catch {
    return false;
  }
}
