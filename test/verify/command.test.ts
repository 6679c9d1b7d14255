// The command as a process: what it prints and how it ends. The documents run all golden cases by it.

import { expect, it } from "vitest";
import { NODE, run } from "../support/command.ts";

it("prints JSON alone", async () => {
  const { status, stdout } = await run(NODE, ["verify", "--json", "--engine", "wasm", "--no-contrast"]);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ passed: true, engines: [{ engine: "wasm", failures: [] }] });
  expect(report.contrast).toEqual([]);
  expect(status).toBe(0);
});

it.each([
  [["verfy"], "Did you mean verify?"],
  [["verify", "--jsn"], "Did you mean --json?"],
  [["verify", "--engine", "gpu"], "Allowed choices are both, wasm, reference"],
  [["lab", "--port", "x"], "a whole number from 0 to 65535 is expected"],
])("refuses %j with 2", async (args, message) => {
  const { status, stdout, stderr } = await run(NODE, args);
  expect(stderr).toContain(message);
  expect(stdout).toBe("");
  expect(status).toBe(2);
});
