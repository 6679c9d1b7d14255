// The command as a process: what it prints and how it ends. The documents run all golden cases by it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { CLI, NODE, run } from "../support/command.ts";

it("prints JSON alone, with the platform's own functions", async () => {
  const { status, stdout } = await run(NODE, ["verify", "--json", "--engine", "wasm"]);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ passed: true, engines: [{ engine: "wasm", failures: [] }] });
  expect(report.contrast.map(({ name, undecided }: { name: string; undecided: number }) => [name, undecided])).toEqual(
    ["Math.exp", "Math.tanh", "Math.log", "Math.pow"].map((function_) => [function_, 0]),
  );
  for (const { count, notNearest } of report.contrast) expect(notNearest).toBeLessThan(count / 2);
  expect(status).toBe(0);
});

it.each([
  [["verfy"], "Did you mean verify?"],
  [["verify", "--jsn"], "Did you mean --json?"],
  [["verify", "--engine", "gpu"], "Allowed choices are both, wasm, reference"],
  [["page", "--port", "x"], "a whole number from 0 to 65535 is expected"],
])("refuses %j with 2", async (args, message) => {
  const { status, stdout, stderr } = await run(NODE, args);
  expect(stderr).toContain(message);
  expect(stdout).toBe("");
  expect(status).toBe(2);
});

it("serves the page, whole and alone", async () => {
  const server = spawn(process.execPath, [CLI, "page", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [first] = (await once(server.stdout, "data")) as [Buffer];
    const url = /http:\/\/localhost:\d+\//.exec(first.toString())![0];
    const response = await fetch(url);
    expect(response.headers.get("content-type")).toContain("text/html");
    const html = await response.text();
    expect(html).toContain("The same bits as everywhere");
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)="(?!data:)/); // nothing comes from elsewhere
    expect((await fetch(`${url}other`)).status).toBe(404);
  } finally {
    server.kill();
  }
});
