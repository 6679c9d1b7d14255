// What the benchmarks' commands have in common.

import { cpus } from "node:os";

/** Options, for parseArgs. */
export const TEXT = { type: "string" } as const;
export const FLAG = { type: "boolean", default: false } as const;

/** Where and when it is measured. */
export function machine() {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? "unknown",
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
  };
}

/** A line that is written over, on a terminal. */
export function progress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}

/** An option's value, if it was given, among those that are known. */
export function choose<T extends string>(
  name: string,
  value: string | undefined,
  choices: readonly T[],
): T | undefined {
  const found = choices.find((choice) => choice === value);
  if (value !== undefined && found === undefined) {
    throw new Error(`--${name} is "${value}"; ${choices.join(", ")} are known`);
  }
  return found;
}

/** A command: its errors are told in a line, and end it. */
export function command(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
