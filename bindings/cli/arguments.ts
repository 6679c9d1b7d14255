// The arguments that several subcommands take, and how their texts are read.

import { type Command, InvalidArgumentError, Option } from "commander";

export const SOURCE = "a CSV file, plain or gzip; - is standard input";

/** How a CSV file is read. */
export interface TableFlags {
  readonly delimiter?: string;
  readonly decimalComma?: true;
  readonly header: boolean;
}

export function addTableOptions(command: Command): Command {
  return command
    .option(
      "--delimiter <character>",
      'what divides cells, "tab" for tabs (default: found in the first line)',
      delimiterOf,
    )
    .option("--decimal-comma", "numbers have a decimal comma, such as 149,8")
    .option("--no-header", "the first line has no column names; the columns are called 0, 1, …");
}

export function addEngineOptions(command: Command): Command {
  return command
    .addOption(new Option("--engine <name>", "the engine; both give the same bits").choices(["wasm", "reference"]))
    .option("--threads <number>", 'how many threads train, or "auto"; any number gives the same bits', threadsOf);
}

/** What computes. */
export interface EngineFlags {
  readonly engine?: "wasm" | "reference";
  readonly threads?: number | "auto";
}

/** The library's options for it; threads are in an entry of their own. */
export async function engineOptions({ engine, threads }: EngineFlags) {
  return {
    ...(engine !== undefined && { engine }),
    ...(threads !== undefined && { threads, Network: (await import("bitgrad/threads")).Network }),
  };
}

export function wholeFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`a whole number from ${min} to ${max} is expected.`);
  };
}

export function shareOf(text: string): number {
  const value = Number(text);
  if (/\d/.test(text) && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("a number from 0 to below 1 is expected.");
}

export function amountOf(text: string): number {
  const value = Number(text);
  if (/\d/.test(text) && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidArgumentError("a number of 0 or more is expected.");
}

export function weightsOf(text: string): "balanced" | number[] {
  return text === "balanced" ? text : text.split(",").map(amountOf);
}

const MAX_UNITS = 2 ** 20;

export function unitsOf(text: string): number[] {
  const units = text === "" ? [] : text.split(",").map(Number);
  if (units.every((number) => Number.isInteger(number) && number >= 1 && number <= MAX_UNITS)) return units;
  throw new InvalidArgumentError(`units of each hidden layer are expected, from 1 to ${MAX_UNITS}, such as 64,64.`);
}

/** Lists are given at once, a,b, or one by one; which of these, the table's names tell. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}

function threadsOf(text: string): number | "auto" {
  return text === "auto" ? text : wholeFrom(1, 64)(text);
}

function delimiterOf(text: string): string {
  const character = text === "tab" || text === "\\t" ? "\t" : text;
  if (/^[^"\r\n]$/.test(character)) return character;
  throw new InvalidArgumentError('one character is expected, no quote and no line end, or "tab".');
}
