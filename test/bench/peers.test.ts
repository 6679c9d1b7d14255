// The peers' benchmark without peers: what it makes of results, on made-up ones.

import { expect, it } from "vitest";
import { pointsOf } from "../../bench/peers/chart.ts";
import { Child } from "../../bench/peers/child.ts";
import type { Contestant } from "../../bench/peers/contestants.ts";
import { pythonWith, runs } from "../../bench/peers/interpreters.ts";
import type { Job } from "../../bench/peers/job.ts";
import { judge } from "../../bench/peers/judge.ts";
import type { Outcome } from "../../bench/peers/result.ts";
import { bestOf, type Entrant, OPPONENTS, peerWins, type Result, ratio } from "../../bench/peers/result.ts";
import { show } from "../../bench/peers/table.ts";

const entrant = (name: string, more: Partial<Entrant>): Entrant => ({
  name,
  family: name,
  kind: "library",
  what: "",
  dtype: "f32",
  exact: true,
  ...more,
});

function outcome(contestant: string, rate: number): Outcome {
  const rounds = [{ samples: rate, seconds: 1 }];
  return { contestant, rate, rounds, loss: 0.5, expectedLoss: 0.5, peakBytes: rate * 1e3 };
}

const result: Result = {
  machine: {
    date: "2026-01-02T03:04:05Z",
    cpu: "a processor",
    platform: "linux-x64",
    node: "v20.0.0",
    v8: "11",
    quick: false,
    bareNodeBytes: 41_000_000,
  },
  contestants: [
    entrant("bitgrad f32", { kind: "bitgrad" }),
    entrant("plain f32", { kind: "plain", family: "plain" }),
    entrant("plain f64", { kind: "plain", family: "plain", dtype: "f64" }),
    entrant("slow", { exact: ["xor"], note: "one by one" }),
    entrant("PyTorch hand", { kind: "native", family: "PyTorch", note: "bits differ" }),
    entrant("Octave", { kind: "native", missing: "apt install octave" }),
  ],
  training: [
    {
      workload: "xor",
      task: "train",
      outcomes: [
        outcome("bitgrad f32", 8000),
        outcome("plain f32", 1000),
        outcome("plain f64", 2000),
        outcome("slow", 50),
        { contestant: "PyTorch hand", unsupported: "too small" },
      ],
    },
    {
      workload: "wide",
      task: "train",
      outcomes: [
        outcome("bitgrad f32", 3000),
        outcome("plain f32", 300),
        { contestant: "plain f64", wrong: "1 instead of 2" },
        outcome("slow", 10),
        outcome("PyTorch hand", 6000),
      ],
    },
  ],
  inference: [{ workload: "xor", task: "predict-one", outcomes: [outcome("bitgrad f32", 2e6), outcome("slow", 4e6)] }],
  starts: [
    { contestant: "bitgrad f32", gzippedBytes: 29_000, assetBytes: 0, milliseconds: 12, runs: [12] },
    { contestant: "slow", gzippedBytes: 8_000, assetBytes: 4_000, milliseconds: 40, runs: [40] },
  ],
};
const [xor, wide] = result.training as [Result["training"][number], Result["training"][number]];
const wanted = Object.fromEntries(OPPONENTS);

it("takes ratios to the best of a kind, both medians of the same race", () => {
  expect(ratio(result, xor, wanted["best plain JS"]!)).toBe(4);
  expect(ratio(result, xor, wanted["PyTorch, one thread"]!)).toBeUndefined();
  expect(ratio(result, wide, wanted["best native"]!)).toBe(0.5);
  expect(bestOf(result, wide, ({ kind }) => kind === "plain")?.entrant.name).toBe("plain f32");
});

it("says where a peer wins", () => {
  const wins = peerWins(result).map(({ race, leaders }) => [
    race.workload,
    race.task,
    leaders.map(({ entrant, times }) => [entrant.name, times]),
  ]);
  expect(wins).toEqual([
    ["wide", "train", [["PyTorch hand", 2]]],
    ["xor", "predict-one", [["slow", 2]]],
  ]);
});

it("shows every contestant in the terminal, with what is missing or wrong", () => {
  const text = show(result);
  expect(text).toMatch(/slow +│ f32 +│ +50 │ +10† │/);
  expect(text).toMatch(/PyTorch hand +│ f32 +│ +– │ +6,000 │/);
  expect(text).toContain("† slow: one by one");
  expect(text).toContain("– PyTorch hand, xor, train: too small");
  expect(text).toContain("wrong result: plain f64, wide, train: 1 instead of 2");
  expect(text).toContain("not here: Octave (apt install octave)");
  expect(text).toContain("\nPyTorch hand: bits differ");
});

it("draws the best variant of each family, relative to bitgrad", () => {
  expect(pointsOf(result).map(({ peer, workload, speed }) => [peer, workload, speed])).toEqual([
    ["PyTorch", "wide", 2],
    ["plain", "xor", 0.125],
    ["plain", "wide", 0.1],
    ["slow", "xor", 0.00625],
    ["slow", "wide", 10 / 3000],
  ]);
});

it("counts a time only where the loss is the reference's", () => {
  const contestant = { name: "c", exact: ["xor"] } as unknown as Contestant;
  const job = { workload: "xor", task: "train", dtype: "f32" } as Job;
  const expected = { loss: 0.5, outputs: [0.1, 0.2] };
  const wrong = (ready: object, task: Job["task"] = "train", workload = "xor") =>
    judge(contestant, { ...job, task, workload }, ready, expected).wrong;
  expect(wrong({ loss: 0.50004 })).toBeUndefined();
  expect(wrong({ loss: 0.50006 })).toBe("0.50006 instead of 0.5");
  expect(wrong({ loss: null })).toContain("instead of 0.5");
  expect(wrong({})).toContain("instead of 0.5");
  expect(wrong({ loss: 9 }, "train", "wide")).toBeUndefined(); // trains otherwise there
  expect(wrong({ outputs: [0.1, 0.2] }, "predict-batch", "wide")).toBeUndefined();
  expect(wrong({ outputs: [0.1] }, "predict-batch", "wide")).toContain("instead of 0.2");
  expect(judge(contestant, job, { unsupported: "why" }, expected)).toEqual({ contestant: "c", unsupported: "why" });
});

it("hears a contestant's lines of JSON among others, and waits for a hanging one no longer than it is told", async () => {
  const child = new Child(process.execPath, ["-e", "console.log('hello\\n{\"loss\":1}'); setInterval(() => {}, 1e3);"]);
  try {
    expect(await child.answer(10)).toEqual({ loss: 1 });
    await expect(child.round(0.1)).rejects.toThrow("no answer in 0.1 s");
  } finally {
    child.kill();
  }
});

it("finds no program and no Python for what is not there", () => {
  expect(runs("no-such-program-as-this", [])).toBe(false);
  expect(pythonWith("no_such_module_as_this")).toBeUndefined();
});
