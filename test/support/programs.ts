// How a program is found on this machine, and what installs those that aren't there.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./processes.ts";

/** A program and the arguments that come first. */
export type Command = readonly string[];

export interface Program {
  /** How it may be started, best first; the first that tells its version is taken. */
  candidates(): Command[];
  /** What tells its version; the command with `--version` unless told. */
  version?(command: Command): Command;
}

export const INSTALL_ALL = "bash test/runtimes/install.sh";

export function onPath(...names: string[]): Command[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => [join(folder, name)]));
}

/** The first candidate that can tell its version: a package for another libc or processor can't. */
export async function find(program: Program): Promise<{ command: Command; version: string } | undefined> {
  for (const command of program.candidates()) {
    if (!existsSync(command[0]!)) continue;
    const [name, ...args] = program.version?.(command) ?? [...command, "--version"];
    const output = await run(name!, args, { limitMs: 60_000 }).catch(() => "");
    const version = /\d[\d.-]*\d/.exec(output)?.[0];
    if (version !== undefined) return { command, version };
  }
  return undefined;
}
