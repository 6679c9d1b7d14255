// What the command must not do to the files and the terminal that it is given, and dates as targets.

import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { endingOf } from "../../bindings/cli/failures.ts";
import { NODE, run } from "../support/command.ts";

const cwd = mkdtempSync(join(tmpdir(), "bitgrad-cli-"));
afterAll(() => rmSync(cwd, { recursive: true }));

const bitgrad = (...args: string[]) => run(NODE, args, { cwd });
const bytesOf = (name: string) => readFileSync(join(cwd, name), "utf8");
const CSV = ["a,k,day", ...Array.from({ length: 40 }, (_, i) => `${i},${i < 20 ? "low" : "high"},${dayAt(i)}`)].join(
  "\n",
);

function dayAt(i: number): string {
  return new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10);
}

beforeAll(async () => {
  writeFileSync(join(cwd, "in.csv"), CSV);
  symlinkSync("in.csv", join(cwd, "link.csv"));
  linkSync(join(cwd, "in.csv"), join(cwd, "hard.csv"));
  expect(await bitgrad("train", "in.csv", "--target", "day", "--drop", "k", "--output", "days.st")).toMatchObject({
    status: 0,
  });
});

it.each(["in.csv", "link.csv", "hard.csv", "./in.csv"])("an input is no output: %s", async (output) => {
  const trained = await bitgrad("train", "in.csv", "--target", "k", "--output", output);
  const message = `--output is ${output}, which is read: it would be replaced; another file is expected`;
  expect(trained).toMatchObject({ status: 2, stdout: "", stderr: `bitgrad: ${message}\n` });
  const predicted = await bitgrad("predict", "days.st", "in.csv", "--output", output);
  expect(predicted).toMatchObject({ status: 2, stdout: "", stderr: `bitgrad: ${message}\n` });
  expect(bytesOf("in.csv")).toBe(CSV);
});

it("a model is no output either, nor is an empty name", async () => {
  const before = bytesOf("days.st");
  const predicted = await bitgrad("predict", "days.st", "in.csv", "--output", "days.st");
  expect(predicted.stderr).toContain("--output is days.st, which is read");
  expect(bytesOf("days.st")).toBe(before);
  const empty = await bitgrad("train", "in.csv", "--target", "k", "--output", "");
  expect(empty).toMatchObject({ status: 2, stderr: 'bitgrad: --output is ""; a file is expected\n' });
});

it("dates are predicted as dates, and scored in days", async () => {
  const { stdout } = await bitgrad("predict", "days.st", "in.csv");
  const [name, ...days] = stdout.trim().split("\n");
  expect([name, days.length]).toEqual(["day", 40]);
  // the true days lie on a line, which a network of 400 epochs finds within three days
  const error = days.map((day, i) => Math.abs(Date.parse(day) - Date.parse(dayAt(i))) / 864e5);
  expect(Math.max(...error)).toBeLessThan(3);
  const json = JSON.parse(
    (await bitgrad("train", "in.csv", "--target", "day", "--drop", "k", "--json", "--output", "d2.st")).stdout,
  );
  expect([json.task, json.reason]).toEqual(["regression", "day has dates"]);
  expect(json.scores[0].metrics.mae).toBeLessThan(3);
});

it("control characters of a table don't reach the terminal", async () => {
  writeFileSync(join(cwd, "odd.csv"), CSV.replaceAll("low", "\u001b[7m\u009b"));
  const { stdout, stderr } = await bitgrad("train", "odd.csv", "--target", "k", "--epochs", "2", "--output", "o.st");
  expect(stdout).toContain("\\x1b[7m\\x9b");
  const inspected = await bitgrad("inspect", "o.st");
  expect(inspected.stdout).toContain("\\x1b[7m\\x9b");
  for (const text of [stdout, stderr, inspected.stdout]) expect(text).not.toMatch(/[^\P{Cc}\n]/u);
});

it("a full disk is no fault of bitgrad, whether a path is known or not", () => {
  const full = (more: object) =>
    endingOf(Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", ...more }));
  expect(full({})).toEqual({ message: "the output: the disk is full", status: 1 });
  expect(full({ path: "m.st" })).toEqual({ message: "m.st: the disk is full", status: 1 });
  expect(endingOf(new Error("odd")).message).toContain("this is a fault of bitgrad");
});
