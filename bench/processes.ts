// Node's part of a race: contestants and measurements in processes of their own.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
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
