// Two trainings of the lab beside each other: where they part is found by halving, and by how much is counted.

import { describe, expect, test } from "vitest";
import { compareLadders, differenceOf, partingOf } from "../../examples/lab/compare.ts";
import { defaultRecipe, type Recipe } from "../../examples/lab/recipe.ts";
import { Watched } from "./trainer.ts";

async function side(recipe: Recipe, epochs: number, engine: "wasm" | "reference" = "wasm") {
  const trainer = new Watched();
  await trainer.load(recipe, { engine });
  await trainer.train(epochs);
  const frames = trainer.events.flatMap((event) => (event.type === "frame" ? event.ladder : []));
  const ladder = new Map(frames.map(({ epoch, digest }) => [epoch, digest] as const));
  const recalled: number[] = [];
  const recall = (epoch: number) => {
    recalled.push(epoch);
    trainer.ask({ type: "recall", epoch });
    return trainer.next("recalled");
  };
  return { ladder, recall, recalled, trainer };
}

describe("ladders", () => {
  const ladder = (...pairs: [number, string][]) => new Map(pairs);

  test.each([
    [ladder([0, "a"], [2, "b"], [4, "c"]), ladder([0, "a"], [1, "z"], [4, "c"]), { common: [0, 4], same: 4 }],
    [
      ladder([0, "a"], [2, "b"], [4, "c"]),
      ladder([0, "a"], [2, "x"], [4, "c"]),
      { common: [0, 2, 4], same: 0, apart: 2 },
    ],
    [ladder([0, "a"]), ladder([0, "b"]), { common: [0], same: -1, apart: 0 }],
    [ladder([1, "a"]), ladder([2, "b"]), { common: [], same: -1 }],
    [ladder([4, "abcdef"], [2, "bad"]), ladder([4, "abc"], [2, "bad"]), { common: [2, 4], same: 4 }],
  ])("%#", (a, b, wanted) => {
    expect(compareLadders(a, b)).toEqual(wanted);
  });
});

describe("differences", () => {
  test.each([
    [[1, 2], [1, 2], { different: 0, largest: 0, at: -1, ulps: 0 }],
    [[1, 2], [1, 2 + 2 ** -22], { different: 1, largest: 2 ** -22, at: 1, ulps: 1 }],
    [[0.1, 2], [0.1, 2 + 2 ** -51], { different: 1, largest: 2 ** -51, at: 1, ulps: 1 }],
    [[0], [-0], { different: 1, largest: 0, at: 0, ulps: 0 }],
    [[2 ** -149, 3], [-(2 ** -149), 4], { different: 2, largest: 1, at: 1, ulps: 2 ** 22 }],
  ])("of %j and %j", (a, b, wanted) => {
    expect(differenceOf(Float64Array.from(a), Float64Array.from(b))).toEqual({
      parameters: [a.length, a.length],
      ...wanted,
    });
  });

  test("of as many parameters alone", () => {
    expect(differenceOf(new Float64Array(2), new Float64Array(3))).toEqual({ parameters: [2, 3] });
  });
});

describe("trainings", () => {
  const recipe = defaultRecipe({ kind: "moons", rows: 60, noise: 0.1, seed: 1 });

  test("on both engines don't part", async () => {
    const [a, b] = [await side(recipe, 20), await side(recipe, 20, "reference")];
    const { common, same, apart } = compareLadders(a.ladder, b.ladder);
    expect(common.length).toBeGreaterThan(1);
    expect([same, apart]).toEqual([common.at(-1), undefined]);
    expect(await partingOf(a, b)).toBeUndefined();
  });

  test("part where the schedules of their rates do", async () => {
    const schedule = (every: number): Recipe => ({
      ...recipe,
      training: { ...recipe.training, schedule: { type: "step", every, factor: 0.5 } },
    });
    const [a, b] = [await side(schedule(37), 100), await side(schedule(100), 100)];
    for (const one of [a, b])
      for (const epoch of one.ladder.keys()) if (epoch % 64 !== 0 && epoch < 100) one.ladder.delete(epoch);
    const found = await partingOf(a, b);
    // epoch 38, counted from 1, is the first with another rate
    expect(found!.epoch).toBe(38);
    const { parameters, different, largest, ulps } = found!.difference;
    expect(parameters[0]).toBe(parameters[1]);
    expect(different).toBeGreaterThan(parameters[0] / 2);
    expect(largest).toBeGreaterThan(0);
    expect(ulps).toBeGreaterThan(1);
    expect(a.recalled.length).toBeLessThan(10);
  });

  test("of other seeds part before the first epoch", async () => {
    const other = { ...recipe, network: { ...recipe.network, seed: 2 } };
    const found = await partingOf(await side(recipe, 3), await side(other, 3));
    expect(found!.epoch).toBe(0);
  });
});
