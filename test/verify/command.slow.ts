// The whole command in Node, Deno and Bun. In the fast set a block of the documents runs it, in Node, and test/runtimes
// tries all golden cases in every runtime.

import { describe, expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";
import { bun, deno, NODE, run } from "../support/command.ts";
import { expectSound } from "./sound.ts";

describe.each([
  { name: "Node", without: false, command: NODE },
  { name: "Deno", without: await skippedWithout("deno"), command: deno() },
  { name: "Bun", without: await skippedWithout("bun"), command: bun() },
])("$name", ({ name, without, command }) => {
  it.skipIf(without)("prints a table and the golden fingerprint, and ends with 0", async () => {
    const { status, stdout, stderr } = await run(command, ["verify", "--no-contrast"]);
    expect(stderr).toBe("");
    expectSound(stdout, name);
    expect(status).toBe(0);
  });
});

it("prints JSON with the platform's own functions", async () => {
  const { stdout } = await run(NODE, ["verify", "--json", "--engine", "wasm"]);
  const report = JSON.parse(stdout);
  expect(report.contrast.map(({ name, undecided }: { name: string; undecided: number }) => [name, undecided])).toEqual(
    ["Math.exp", "Math.tanh", "Math.log", "Math.pow"].map((function_) => [function_, 0]),
  );
  for (const { count, notNearest } of report.contrast) expect(notNearest).toBeLessThan(count / 2);
});
