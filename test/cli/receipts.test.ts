// bitgrad train --receipt and bitgrad replay as processes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { NODE, run } from "../support/command.ts";

const cwd = mkdtempSync(join(tmpdir(), "bitgrad-receipts-"));
afterAll(() => rmSync(cwd, { recursive: true }));
const rows = Array.from({ length: 60 }, (_, i) => [
  (i * 7) % 11,
  (i * 5) % 13,
  (i * 7) % 11 > (i * 5) % 13 ? "yes" : "no",
]);
writeFileSync(join(cwd, "data.csv"), ["a,b,label", ...rows].join("\n"));
const bitgrad = (...args: string[]) => run(NODE, args, { cwd });

it("writes a receipt that a replay confirms, on either engine, and names what differs", async () => {
  const options = ["--target", "label", "--epochs", "9", "--hidden", "8,4", "--seed", "5", "--engine", "reference"];
  const trained = await bitgrad("train", "data.csv", ...options, "--json", "--receipt", "receipt.json");
  expect(trained).toMatchObject({ status: 0, stderr: "" });
  const receipt = JSON.parse(readFileSync(join(cwd, "receipt.json"), "utf8"));
  expect(receipt.subject[0].digest.sha256).toBe(JSON.parse(trained.stdout).digest);
  expect(receipt.predicate.notes).toEqual({
    command: "train",
    arguments: ["--target", "label", "--seed", "5", "--hidden", "8,4", "--epochs", "9"],
  });
  const confirmed = await bitgrad("replay", "receipt.json", "data.csv");
  expect(confirmed).toMatchObject({ status: 0, stderr: "" });
  expect(confirmed.stdout).toMatch(/^confirmed: \d+ epochs?, and the same parameters at the end\n$/);

  const last = receipt.predicate.epochs.at(-1);
  last.optimizer = "0".repeat(64);
  writeFileSync(join(cwd, "changed.json"), JSON.stringify(receipt));
  const differs = await bitgrad("replay", "changed.json", "data.csv", "--json");
  expect(differs).toMatchObject({ status: 1, stderr: "" });
  expect(JSON.parse(differs.stdout)).toMatchObject({
    confirmed: false,
    difference: { epoch: last.epoch, what: "optimizer", expected: "0".repeat(64) },
  });

  writeFileSync(join(cwd, "other.csv"), ["a,b,label", ...rows.slice(1)].join("\n"));
  const other = await bitgrad("replay", "receipt.json", "other.csv");
  expect(other.status).not.toBe(0);
  expect(other.stderr).toMatch(/^bitgrad: other\.csv: the training has another /);
});

it("refuses what is no receipt of the command", async () => {
  writeFileSync(join(cwd, "none.json"), "{}");
  expect(await bitgrad("replay", "none.json", "data.csv")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^bitgrad: none\.json: the receipt can't be read: /),
  });
  const receipt = JSON.parse(readFileSync(join(cwd, "receipt.json"), "utf8"));
  for (const [notes, message] of [
    [undefined, /it is no receipt of bitgrad train/],
    [{ command: "train", arguments: "--target" }, /it is no receipt of bitgrad train/],
    [{ command: "train", arguments: ["--target", "label", "--remove", "/"] }, /other options than bitgrad train/],
    [{ command: "train", arguments: ["--help"] }, /other options than bitgrad train/],
    [{ command: "train", arguments: [] }, /other options than bitgrad train/],
  ] as const) {
    receipt.predicate.notes = notes;
    writeFileSync(join(cwd, "odd.json"), JSON.stringify(receipt));
    const { status, stdout, stderr } = await bitgrad("replay", "odd.json", "data.csv");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
  }
});
