// What the benchmarks' commands have in common.

import { cpus } from "node:os";

/** The arguments, for parseArgs: it has no options with an optional value, so a bare --json becomes --json="". */
export function commandLineArguments(): string[] {
  return process.argv.slice(2).map((arg, n, all) => {
    const bare = arg === "--json" && (all[n + 1] === undefined || all[n + 1]!.startsWith("-"));
    return bare ? "--json=" : arg;
  });
}

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

/** One line that is written over, on a terminal. */
export function progress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
}
