// The peers' benchmark without peers: what it makes of results, on made-up ones.

import { expect, it } from "vitest";
import { Child } from "../../bench/peers/child.ts";
import { CONTESTANTS, type Contestant, contestantsOf, interpreterOf } from "../../bench/peers/contestants.ts";
import { judge, type Outcome } from "../../bench/peers/race.ts";
import { markdown, show, trainings } from "../../bench/peers/table.ts";

const outcome = (contestant: string, workload: string, more: Partial<Outcome>): Outcome => {
  const [family] = contestant.split(" ") as [string];
  return { workload, contestant, family, kind: "library", dtype: "f32", ...more };
};

const outcomes = [
  outcome("bitgrad f32", "xor", { rate: 8000 }),
  outcome("plain fast", "xor", { rate: 1000 }),
  outcome("plain slow", "xor", { rate: 50 }),
  outcome("brain 1", "xor", { rate: 400 }),
  outcome("torch", "xor", { unsupported: "too small" }),
  outcome("numpy", "xor", { missing: "apt install numpy" }),
  outcome("bitgrad f32", "wide", { rate: 3000 }),
  outcome("plain fast", "wide", { wrong: "loss 1 instead of 2" }),
  outcome("plain slow", "wide", { rate: 10 }),
  outcome("brain 1", "wide", { rate: 30, differs: true }),
  outcome("torch", "wide", { rate: 6000 }),
  outcome("numpy", "wide", { missing: "apt install numpy" }),
];

it("shows every contestant and how many times as fast bitgrad is, with what is missing or wrong", () => {
  const text = show(outcomes);
  expect(text).toMatch(/plain fast +│ +1,000 {2}8.0 × │ +wrong result │/);
  expect(text).toMatch(/brain 1 +│ +400 {2}20.0 × │ +30† {2}100 × │/);
  expect(text).toMatch(/torch +│ +– │ +6,000 {2}0.50 × │/);
  expect(text.split("\n").slice(-4)).toEqual([
    "torch, xor: too small",
    "not here: numpy (apt install numpy)",
    "plain fast, wide: loss 1 instead of 2",
    "† brain 1 trains another way",
  ]);
});

it("has the best variant of each family in Markdown", () => {
  expect(markdown(outcomes).split("\n")).toEqual([
    "|  | bitgrad | plain | brain | torch |",
    "| --- | ---: | ---: | ---: | ---: |",
    "| xor | 8,000 | 1,000 | 400 |  |",
    "| wide | 3,000 | 10 | 30† | 6,000 |",
  ]);
});

it("has the milliseconds of the adopters' trainings in Markdown", () => {
  const rows = [
    outcome("bitgrad f32", "adopters-gestures", { rate: 960_000 }),
    outcome("other", "adopters-gestures", { rate: 4800 }),
  ];
  expect(trainings(rows).split("\n").slice(0, 3)).toEqual([
    "|  | bitgrad f32 | other |",
    "| --- | ---: | ---: |",
    "| adopters-gestures | 10 | 2,000 (200 ×) |",
  ]);
});

it("gives the adopters' networks to those that train them", () => {
  const names = (kind: "articles" | "adopters") => contestantsOf(kind, CONTESTANTS).map(({ name }) => name);
  expect(names("adopters")).toEqual([
    "bitgrad f32",
    "bitgrad/tfjs",
    "TensorFlow.js wasm layers",
    "jax-js",
    "jax-js threads",
  ]);
  expect(names("articles")).toContain("NumPy textbook");
  expect(names("articles")).not.toContain("bitgrad/tfjs");
});

it("counts a time only where the loss is the reference's", () => {
  const assignment = { job: { dtype: "f32" }, expectedLoss: 0.5 } as const;
  const wrong = (ready: object, differs?: true) => judge(differs ? { differs } : {}, ready, assignment).wrong;
  expect(wrong({ loss: 0.50004 })).toBeUndefined();
  expect(wrong({ loss: 0.50006 })).toBe("loss 0.50006 instead of 0.5");
  expect(wrong({ loss: null })).toContain("instead of 0.5");
  expect(wrong({})).toContain("instead of 0.5");
  expect(wrong({ loss: 9 }, true)).toBeUndefined(); // trains otherwise there
  expect(judge({}, { unsupported: "why", version: "1" }, assignment)).toEqual({ unsupported: "why", version: "1" });
});

it("hears a contestant's lines of JSON among others, and waits for a hanging one no longer than it is told", async () => {
  const child = new Child(process.execPath, ["-e", "console.log('hello\\n{\"loss\":1}'); setInterval(() => {}, 1e3);"]);
  try {
    expect(await child.answer(60)).toEqual({ loss: 1 });
    await expect(child.round(0.1)).rejects.toThrow("no answer in 0.1 s");
  } finally {
    child.kill();
  }
});

it("tells what would bring one that isn't there", () => {
  const contestant = { kind: "library", needs: "no-such-package" } as Contestant;
  expect(interpreterOf(contestant)).toEqual({ missing: "npm ci --prefix bench/peers" });
  expect(interpreterOf({ ...contestant, needs: undefined! })).toEqual({ program: process.execPath });
  expect(interpreterOf({ ...contestant, kind: "native", needs: "no_such_module" })).toEqual({
    missing: "Debian: apt install python3-no_such_module libopenblas0",
  });
});
