// Networks that are dropped without `dispose` give their memory back, in every runtime that collects: dropped.mjs runs
// in each, in the fast set in Node alone.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";
import { buns } from "../runtimes/bun.ts";
import { denos } from "../runtimes/deno.ts";
import { type Command, find } from "../support/programs.ts";
import { someOf } from "../support/slow.ts";

const program = fileURLToPath(new URL("dropped.mjs", import.meta.url));
const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const ROUNDS = ["made", "asked", "trained", "waiting", "refused", "failed"];

async function judge([command, ...args]: Command): Promise<void> {
  const result = JSON.parse(execFileSync(command!, [...args, program, dist], { encoding: "utf8" }));
  for (const name of ROUNDS) {
    const { after, all }: { after: number[]; all: number } = result[name];
    // a collector that looks through the stack may leave some behind, but never a quarter of all
    expect(after.at(-1)! - after[0]!, `${name} ${after}`).toBeLessThan(all / 4);
  }
  // with 64 MB, and no one who calls the collector
  expect(result).toMatchObject({ created: 100, loaded: 300, fitted: 20, full: true, intact: true, again: 1_002_001 });
  expect(result.megabytes).toBeLessThanOrEqual(64);
  expect(result.held).toBeGreaterThan(5);
  // without a turn they can't come back, but sooner or later after one
  const [first, ...later]: number[] = result.sync;
  expect(first).toBeGreaterThan(5);
  expect(later.at(-1)).toBeGreaterThan(5);
}

const RUNTIMES = [
  { runtime: "Node", without: false, command: async () => [process.execPath, "--expose-gc"] },
  {
    runtime: "Deno (needs npm ci --prefix test/runtimes)",
    without: await skippedWithout("deno"),
    command: async () => [...(await find(denos[0]!))!.command, "run", "-A", "--v8-flags=--expose-gc"],
  },
  {
    runtime: "Bun (needs npm ci --prefix test/runtimes)",
    without: await skippedWithout("bun"),
    command: async () => (await find(buns[0]!))!.command,
  },
];

for (const { runtime, without, command } of someOf(RUNTIMES, ({ runtime }) => runtime === "Node")) {
  it.skipIf(without)(runtime, async () => judge(await command()));
}
