// What makes a race fair, with contestants that only pretend: equal numbers first, turns, medians, and a coarse clock.

import { afterEach, describe, expect, it, vi } from "vitest";
import { callsToTime, measureClockStep } from "../../bench/clock.ts";
import type { ContestantName, Job } from "../../bench/race.ts";
import { type Runner, race } from "../../bench/race.ts";

const JOB: Job = { section: "training", index: 0, dtype: "f32", quick: true, clockStepMs: 0 };
const EVIDENCE = [0, 1, -2.5];

function pretend(evidence: Partial<Record<ContestantName, number[]>>, rounds: Record<ContestantName, number[][]>) {
  const turns: ContestantName[] = [];
  const stopped: ContestantName[] = [];
  const start = async (_: Job, name: ContestantName): Promise<Runner> => ({
    ready: { evidence: Float64Array.from(evidence[name] ?? EVIDENCE), work: 50 },
    round: async () => {
      turns.push(name);
      return rounds[name].shift()!;
    },
    stop: () => stopped.push(name),
  });
  return { start, turns, stopped };
}

const rounds = () => ({
  wasm: [[1, 2, 3], [5, 5, 500], [1]],
  plain: [[4], [4], [4]],
  reference: [[10], [20], [40]],
});

describe("a race", () => {
  it("takes turns in rotating order; a round is as fast as its median run", async () => {
    const { start, turns, stopped } = pretend({}, rounds());
    const done: number[] = [];
    const rates = await race(JOB, "row", { start, onProgress: (part) => done.push(part) });
    expect(turns.join(" ")).toBe("wasm plain reference plain reference wasm reference wasm plain");
    expect(stopped).toEqual(["wasm", "plain", "reference"]);
    // 50 of work a run, whose median is 2, 5 and 1 ms
    expect(rates).toEqual({
      wasm: [25_000, 10_000, 50_000],
      plain: [12_500, 12_500, 12_500],
      reference: [5_000, 2_500, 1_250],
    });
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(1);
  });

  it.each([
    [
      "another bit on wasm",
      { wasm: [0, 1 + 2 ** -52, -2.5] },
      "result 1 is 1.0000000000000002 on wasm, 1 on reference",
    ],
    ["another sign of zero on wasm", { wasm: [-0, 1, -2.5] }, "result 0 is 0 on wasm, 0 on reference"],
    ["other numbers in plain JS", { plain: [0, 1, -2.501] }, "result 2 is -2.501 in plain JS, -2.5 on reference"],
    ["no number in plain JS", { plain: [Number.NaN, 1, -2.5] }, "result 0 is NaN in plain JS, 0 on reference"],
    ["fewer results", { plain: [0, 1] }, "3, 2 and 3 results"],
  ])("times nothing after %s", async (_, evidence, message) => {
    const { start, turns, stopped } = pretend(evidence, rounds());
    await expect(race(JOB, "row", { start })).rejects.toThrow(`row: ${message}`);
    expect(turns).toEqual([]);
    expect(stopped).toHaveLength(3);
  });

  it("lets plain JS differ in its last digits", async () => {
    const { start } = pretend({ plain: [1e-6, 1, -2.5001] }, rounds());
    await expect(race(JOB, "row", { start })).resolves.toHaveProperty("plain");
  });
});

describe("a clock of 1 ms", () => {
  afterEach(() => vi.restoreAllMocks());

  it("is known by its step, and times calls many in a row", () => {
    let time = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      time += 0.01;
      return Math.floor(time);
    });
    expect(measureClockStep()).toBe(1);
    const run = vi.fn(() => {
      time += 0.3;
    });
    const calls = callsToTime(run, 1);
    expect(calls * 0.3).toBeGreaterThan(100);
    expect(calls * 0.3).toBeLessThan(250);
    expect(callsToTime(run, 0)).toBe(1);
  });
});
