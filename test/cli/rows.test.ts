// Rows held out and folds: each class has its share, each row its place, and the seed decides.

import { expect, it } from "vitest";
import { foldsOf, holdOut } from "../../bindings/cli/rows.ts";

const groups = Array.from({ length: 100 }, (_, row) => (row < 70 ? "a" : row < 99 ? "b" : "c"));
const countOf = (rows: readonly number[], group: string) => rows.filter((row) => groups[row] === group).length;

it("holds out every class's share, and never its only row", () => {
  const { training, held } = holdOut(groups, 0.2, 7);
  expect(["a", "b", "c"].map((group) => countOf(held, group))).toEqual([14, 6, 0]);
  expect([...training, ...held].sort((a, b) => a - b)).toEqual(groups.map((_, row) => row));
  expect(holdOut(groups, 0, 7).held).toEqual([]);
});

it("draws them by the seed, the digits above 2^32 too", () => {
  expect(holdOut(groups, 0.2, 7)).toEqual(holdOut(groups, 0.2, 7));
  const drawn = [0, 1, 7, 2 ** 40].map((seed) => holdOut(groups, 0.2, seed).held.join());
  expect(new Set(drawn).size).toBe(4);
});

it("folds hold each row out once, of each class as many", () => {
  const folds = foldsOf(groups, 5, 3);
  expect(folds.flatMap(({ held }) => held).sort((a, b) => a - b)).toEqual(groups.map((_, row) => row));
  for (const { held, training } of folds) {
    expect(held.length).toBe(20);
    expect(countOf(held, "a")).toBe(14);
    expect(Math.abs(countOf(held, "b") - 5.8)).toBeLessThanOrEqual(1);
    expect(training.length).toBe(80);
  }
});
