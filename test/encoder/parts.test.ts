// Which rows are trained on and which are tested on: the library's split and folds as lists of rows. That the split is
// that of NUMERICS.md, a program in Python tells; that folds are, the cross-validation that uses the same.

import { DataError, OptionError, ShapeError } from "bitgrad";
import { type KFoldOptions, kFold, type RowParts, readTable, trainTestSplit } from "bitgrad/tables";
import { describe, expect, it } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";
import splits from "../fixtures/split.json" with { type: "json" };

const labels = Array.from({ length: 100 }, (_, row) => (row < 70 ? "a" : row < 99 ? "b" : "c"));
const countOf = (rows: Uint32Array, label: string) => rows.filter((row) => labels[row] === label).length;
const all = (rows: number) => Array.from({ length: rows }, (_, row) => row);
const sorted = (...lists: readonly Uint32Array[]) => lists.flatMap((list) => [...list]).sort((a, b) => a - b);

/** Those whose classes are numbered as they first occur, and are all trained on. */
const inOrder = splits.filter(({ classes, kept }) => {
  let next = 0;
  const isInOrder = classes.every((k) => k < next || k === next++);
  return isInOrder && new Set(classes.filter((_, row) => !kept.includes(row))).size === next;
});

describe("trainTestSplit", () => {
  it("draws the rows that Python's program does", () => {
    expect(inOrder.length).toBeGreaterThan(5);
    for (const { share, seed, classes, kept } of inOrder) {
      const { training, test } = trainTestSplit(classes.length, { test: share, seed, stratify: classes });
      expect([...test]).toEqual(kept);
      expect(sorted(training, test)).toEqual(all(classes.length));
      expect([...training]).toEqual(sorted(training));
    }
    const { classes, kept } = splits[0]!;
    expect([...trainTestSplit(classes.length).test]).toEqual(kept); // a fifth, by seed 0
  });

  it("a class keeps a row to train on, whatever the share", () => {
    for (const seed of all(40)) {
      const { training, test } = trainTestSplit(6, { test: 0.7, seed, stratify: ["a", "a", "a", "a", "b", "c"] });
      expect([...training]).toEqual(expect.arrayContaining([4, 5]));
      expect(sorted(training, test)).toEqual(all(6));
    }
    expect(trainTestSplit(1).test.length).toBe(0);
    expect(trainTestSplit(9, { test: 0 }).training.length).toBe(9);
  });

  it("takes labels of several columns, and is taken by a table", () => {
    const table = readTable({ x: all(100), kind: labels, even: all(100).map((row) => row % 2 === 0) });
    const [, stratify] = table.split(["kind", "even"]);
    const { training, test } = trainTestSplit(table.rows, { stratify });
    const [kinds, evens] = [table.take(test).column("kind"), table.take(test).column("even")];
    expect(kinds.filter((kind, s) => kind === "a" && evens[s]).length).toBe(7);
    expect(table.take(training).column("x")).toEqual([...training]);
  });
});

describe("kFold", () => {
  it("tests each row once, each class with its share", () => {
    const folds = kFold(100, { folds: 5, seed: 3, stratify: labels });
    expect(sorted(...folds.map(({ test }) => test))).toEqual(all(100));
    for (const { training, test } of folds) {
      expect([test.length, countOf(test, "a"), sorted(training, test)]).toEqual([20, 14, all(100)]);
      expect(Math.abs(countOf(test, "b") - 5.8)).toBeLessThanOrEqual(1);
    }
  });

  it("in order without a shuffle, by group, and again", () => {
    expect(kFold(5, { folds: 2, shuffle: false }).map(({ test }) => [...test])).toEqual([
      [0, 1],
      [2, 3, 4],
    ]);
    const groups = all(30).map((row) => `patient ${row % 7}`);
    for (const { training, test } of kFold(30, { folds: 3, groups })) {
      const tested = new Set([...test].map((row) => groups[row]));
      expect([...training].filter((row) => tested.has(groups[row]))).toEqual([]);
    }
    const twice = kFold(20, { folds: 4, repeats: 2 });
    expect(twice.length).toBe(8);
    expect(sorted(...twice.slice(4).map(({ test }) => test))).toEqual(all(20));
    expect(twice[4]).not.toEqual(twice[0]);
  });
});

it("one seed decides, the digits above 2^32 too", () => {
  for (const divide of [
    (seed: number) => trainTestSplit(100, { seed }),
    (seed: number) => kFold(100, { seed })[0]!,
  ] satisfies ((seed: number) => RowParts)[]) {
    expect(divide(7)).toEqual(divide(7));
    expect(new Set([0, 1, 7, 2 ** 40].map((seed) => divide(seed).test.join())).size).toBe(4);
  }
});

it.each<[what: string, run: () => unknown, error: typeof OptionError | typeof ShapeError, message: string]>([
  ["no rows", () => trainTestSplit(0), OptionError, "rows is 0; a whole number from 1"],
  ["a share of all", () => trainTestSplit(9, { test: 1 }), OptionError, "test is 1; a number below 1 is expected"],
  ["a negative share", () => kFold(9, wrong({ test: 0.2 })), OptionError, 'options knows no "test"'],
  ["a seed that is none", () => trainTestSplit(9, { seed: -1 }), OptionError, "seed is -1; a whole number from 0"],
  ["other labels", () => trainTestSplit(3, { stratify: ["a", "b"] }), ShapeError, "stratify has 2 rows; there are 3"],
  ["more folds than rows", () => kFold(3), OptionError, "folds is 5; there are 3 rows"],
  ["folds of rows", () => kFold(3, wrong({ folds: [[1]] })), OptionError, "folds is an array of 1; a whole number"],
  [
    "groups and classes",
    () => kFold(3, { folds: 2, groups: [1, 2, 3], stratify: [1, 1, 2] } satisfies KFoldOptions),
    OptionError,
    "stratify is an array of 3; with groups none is expected",
  ],
])("refuses %s", (_, run, error, message) => {
  expect(errorOf(run)).toBeInstanceOf(error);
  expect((errorOf(run) as Error).message).toContain(message);
});

it("refuses groups that are none", () => {
  expect(errorOf(() => kFold(3, { folds: 2, groups: wrong([1, null, 2]) }))).toBeInstanceOf(DataError);
});
