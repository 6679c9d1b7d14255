// What a receipt has of the command that wrote it: its options as arguments, from which they are read again.

import { Command, CommanderError } from "commander";
import { collect } from "./arguments.ts";
import { Failure } from "./failures.ts";

/** Where results go, and what computes them, are no part of a recipe. */
const OTHERS = ["output", "force", "json", "receipt", "engine", "threads"];

/** The notes of a receipt. */
export interface CommandNotes {
  readonly command: "train";
  readonly arguments: readonly string[];
}

export function notesOf(command: Command): CommandNotes {
  const given: string[] = [];
  const flags = command.opts<Record<string, unknown>>();
  for (const option of command.options) {
    const name = option.attributeName();
    const value = flags[name];
    const usual: unknown = option.negate ? true : option.defaultValue;
    if (OTHERS.includes(name) || value === usual) continue;
    const texts = Array.isArray(value) && option.parseArg !== collect ? [value.join(",")] : [value].flat();
    for (const text of texts)
      given.push(...(typeof text === "boolean" ? [option.long!] : [option.long!, String(text)]));
  }
  return { command: "train", arguments: given };
}

const MOST = 1000;

/** The options that a receipt's notes have, which somebody else may have written. */
export function flagsOf<T extends object>(path: string, notes: unknown, options: (command: Command) => Command): T {
  const { command, arguments: given } = (notes ?? {}) as Partial<CommandNotes>;
  if (command !== "train" || !Array.isArray(given) || given.length > MOST || given.some((a) => typeof a !== "string")) {
    throw new Failure(
      `${path}: it is no receipt of bitgrad train; replay of "bitgrad/receipts" takes data of other ones`,
    );
  }
  const parser = options(new Command("train").exitOverride().configureOutput({ writeErr() {}, writeOut() {} }));
  try {
    parser.parse(given as string[], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new Failure(`${path}: its notes have other options than bitgrad train: ${error.message}`);
  }
  const flags = parser.opts<Record<string, unknown>>();
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !OTHERS.includes(name))) as T;
}
