// What the README says of newer sections, and that it says nothing of those an older result doesn't have.

import { expect, it } from "vitest";
import { type Rate, summarise } from "../../bench/page/frames-rows.ts";
import { callsText, cyclesText, framesText, trainersText } from "../../bench/paragraphs.ts";
import { show } from "../../bench/table.ts";

const trainer = (trainer: string, baseline: string, ratio: number, dtype: "f32" | "f64" = "f32") => {
  return { trainer, baseline, dtype, rate: 1e5, ratio };
};

it("a result without them has no paragraphs and no tables", () => {
  expect([trainersText(), callsText(), cyclesText(), framesText({}), framesText({ Chrome: [] })]).toEqual([
    "",
    "",
    "",
    "",
    "",
  ]);
  expect(show({})).toBe("");
});

it("trainers are told beside what they are compared with", () => {
  const text = trainersText([
    trainer("sgd", "sgd", 1),
    trainer("adam", "sgd", 1.4),
    trainer("adam, checkpoint each epoch", "adam", 1.013),
    trainer("adam", "sgd", 9, "f64"),
  ]);
  expect(text.split("\n").slice(-4)).toEqual([
    "| trainer | beside | f32 | f64 |",
    "| --- | --- | ---: | ---: |",
    "| adam | sgd | 1.40 × | 9.00 × |",
    "| adam, checkpoint each epoch | adam | 1.01 × |  |",
  ]);
});

it("calls", () => {
  const times = { firstMs: 10.12, laterMs: 0.0182, epochUs: 0.544, listenedEpochUs: 2.6 };
  expect(
    callsText([{ way: "fit", ...times, runs: [times] }])
      .split("\n")
      .at(-1),
  ).toBe("| `fit` | 10 | 0.018 | 0.54 | 2.6 |");
});

it("memory before and after many networks", () => {
  const text = cyclesText([
    { engine: "wasm", cycles: 100_000, heap: [7.1e6, 7.2e6], wasm: [2e5, 3e5], resident: [1.1e8, 1.2e8] },
    { engine: "reference", cycles: 100_000, heap: [7e6, 8e6], wasm: [0, 0], resident: [1e8, 2e8] },
  ]);
  expect(text).toContain("100,000 networks");
  expect(text).toContain("wasm: JavaScript 7.1 to 7.2 MB, WebAssembly 0.2 to 0.3 MB, the process 110.0 to 120.0 MB;");
  expect(text).toContain("reference: JavaScript 7.0 to 8.0 MB, the process 100.0 to 200.0 MB.");
});

it("frames are told beside those of an idle page of the same workload", () => {
  const rate = (fitMs: number[], ms: number[]): Rate => {
    return { workload: "mlp", dtype: "f32", contestant: "fitAsync", samples: 1000, ms, fitMs };
  };
  const turns = (contestant: string, workload: string, ms: number, frames: number, taskCpuMs?: number) => {
    const cpuMs = contestant === "nothing" ? 70 : 990;
    const longTasks = contestant === "fitAsync" ? [17, 6].map((cpuMs) => ({ atMs: 0, ms: 18, cpuMs })) : [];
    const traced = taskCpuMs === undefined ? {} : { taskMs: 9, taskCpuMs, cpuMs, longTasks };
    const turn = { ms, frames, frameMs: 18.2, waitMs: 11.6, ...traced };
    return { workload, dtype: "f32" as const, contestant, samples: 0, turns: [turn] };
  };
  const text = framesText({
    Chrome: summarise(
      [
        turns("nothing", "mlp", 1000, 60, 1),
        turns("fit", "mlp", 950, 0, 950),
        turns("adding numbers", "mlp", 1000, 58, 7.5),
        turns("fitAsync", "mlp", 1000, 59, 8.25),
      ],
      [rate([92, 95, 100], [100, 100, 100])],
    ),
    Firefox: summarise(
      [turns("nothing", "mlp", 1000, 50), turns("fit", "mlp", 500, 0), turns("fitAsync", "mlp", 1000, 20)],
      [rate([500], [1000])],
    ),
  });
  expect(text.split("\n").slice(-3)).toEqual([
    "| Chrome | mlp | adding numbers | 58 (60) | 18 (18) | 12 (12) | 7.5 | 0 | 92 % |  |",
    "| Chrome | mlp | fitAsync | 59 (60) | 18 (18) | 12 (12) | 8.3 | 60 | 92 % | 95 % (92–100) |",
    "| Firefox | mlp | fitAsync | 20 (50) | 18 (18) | 12 (12) |  |  |  | 50 % |",
  ]);
});
