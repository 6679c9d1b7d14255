// Rows divided for whoever trains on some and tests on the others, by the library's own split and folds
// (assembly/NUMERICS.md).

import { checkAmount, checkFlag, checkNoMore, checkWhole, counted, optional, readNames, show } from "../checks.ts";
import { tableOf } from "../data/read-table.ts";
import { groupsOf, type Table } from "../data/table.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { indexArray } from "../numbers.ts";
import { atOnce } from "../rows.ts";
import { type Fold, type FoldOptions, foldsOf, resolveFolds } from "./folds.ts";
import { draw } from "./split.ts";

const MAX_ROWS = 2 ** 32 - 1;

/** Indexes of rows, ascending, as `take` of a `DataTable` takes them. */
export interface RowParts {
  /** Those to train on. */
  readonly training: Uint32Array;
  /** The others. */
  readonly test: Uint32Array;
}

/** How rows are divided into two parts. */
export interface TrainTestOptions {
  /** The share of the rows to test on, from 0 to below 1, rounded down to whole rows; default 0.2. */
  readonly test?: number;
  /** A whole number from 0 to 2^53 − 1, by which rows are drawn; default 0. */
  readonly seed?: number;
  /**
   * The labels of the rows, a list or a table of several columns: each label, or combination, has its share in both
   * parts.
   */
  readonly stratify?: Table;
}

/** How rows are divided into folds. */
export interface KFoldOptions {
  /** How many, from 2 to the number of rows; default 5. */
  readonly folds?: number;
  /** Whether rows are shuffled before they are divided; default true. */
  readonly shuffle?: boolean;
  /** How often all rows are divided, each time in another order; default 1. */
  readonly repeats?: number;
  /** The group of each row, such as a patient: all rows of a group are in one fold. Groups are not stratified. */
  readonly groups?: ArrayLike<number | string>;
  /** A whole number from 0 to 2^53 − 1, by which rows are shuffled; default 0. */
  readonly seed?: number;
  /** The labels of the rows, a list or a table of several columns: each has its share in every fold. */
  readonly stratify?: Table;
}

/**
 * Divides rows at random into those to train on and those to test on, as scikit-learn's `train_test_split` does. Of
 * each label of `stratify` at least one row is trained on.
 *
 * @param rows - How many there are.
 * @throws OptionError if an option is unknown, of the wrong type or out of range
 * @throws ShapeError if `stratify` has another number of rows
 * @example
 * ```ts
 * import { readTable, trainTestSplit } from "bitgrad/tables";
 *
 * const table = readTable({ sqm: [20, 25, 90, 95, 30], kind: ["flat", "flat", "house", "house", "flat"] });
 * const { training, test } = trainTestSplit(table.rows, { test: 0.4, seed: 1, stratify: table.column("kind") });
 * console.log(table.part(training).rows, table.part(test).rows); // 3 2
 * ```
 */
export function trainTestSplit(rows: number, options?: TrainTestOptions, ...more: []): RowParts {
  checkNoMore("trainTestSplit", more);
  const { test = 0.2, seed, stratify } = readNames("options", optional(options), ["test", "seed", "stratify"]);
  checkWhole("rows", rows, 1, MAX_ROWS);
  if (!(checkAmount("test", test) < 1)) throw new OptionError(`test is ${show(test)}; a number below 1 is expected`);
  const classes = classesOf(rows, stratify);
  const [others, drawn] = atOnce(draw(rows, Math.floor(rows * test), checkSeed(seed), classes, undefined));
  if (classes === undefined) return { training: others, test: drawn };
  const trained = new Set<number>();
  for (const row of others) trained.add(classes[row]!);
  const tested = drawn.filter((row) => {
    const isTested = trained.has(classes[row]!);
    trained.add(classes[row]!);
    return isTested;
  });
  return tested.length === drawn.length ? { training: others, test: drawn } : partsOf(rows, tested);
}

/**
 * Divides rows at random into folds, as scikit-learn's `StratifiedKFold` and `GroupKFold` do, and
 * `Network.crossValidate` does by itself: each row is tested on in one fold of each repeat, and trained on in the
 * others. All rows of a group are in one fold; groups are not stratified.
 *
 * @param rows - How many there are.
 * @returns For each fold, repeat by repeat, its rows (`test`) and the others (`training`).
 * @throws OptionError if an option is unknown, of the wrong type or out of range, or there are fewer rows or groups
 * than folds
 * @throws ShapeError if `stratify` or `groups` has another number of rows
 * @example
 * ```ts
 * import { kFold } from "bitgrad/tables";
 *
 * for (const { training, test } of kFold(10, { folds: 5, seed: 1 })) console.log(training.length, test.length); // 8 2
 * ```
 */
export function kFold(rows: number, options?: KFoldOptions, ...more: []): RowParts[] {
  checkNoMore("kFold", more);
  const names = ["folds", "shuffle", "repeats", "groups", "seed", "stratify"] as const;
  const {
    folds = 5,
    shuffle = true,
    repeats,
    groups,
    seed: given,
    stratify,
  } = readNames("options", optional(options), names);
  checkWhole("rows", rows, 1, MAX_ROWS);
  checkFlag("shuffle", shuffle);
  checkWhole("folds", folds, 2, 2 ** 20);
  if (groups !== undefined && stratify !== undefined) {
    throw new OptionError(`stratify is ${show(stratify)}; with groups none is expected`);
  }
  const asked = { folds, shuffleFolds: shuffle, repeats, groups } as FoldOptions;
  const folding = resolveFolds(asked, rows);
  const seed = checkSeed(given);
  const classes = classesOf(rows, stratify);
  return Array.from({ length: folding.repeats }, (_, repeat) =>
    atOnce(foldsOf(folding, rows, { seed, repeat }, classes, undefined)).map((fold) => ofFold(rows, fold)),
  ).flat();
}

function checkSeed(seed: number | undefined): number {
  return checkWhole("seed", seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
}

function classesOf(rows: number, labels: Table | undefined): Uint32Array | undefined {
  if (labels === undefined) return undefined;
  const table = tableOf("stratify", labels);
  if (table.rows === rows) return groupsOf(table);
  throw new ShapeError(`stratify has ${counted(table.rows, "row")}; there are ${rows}`);
}

function partsOf(rows: number, test: Uint32Array): RowParts {
  const tested = new Uint8Array(rows);
  for (const row of test) tested[row] = 1;
  return ofFold(rows, { count: test.length, has: (row) => tested[row] === 1 });
}

function ofFold(rows: number, { count, has }: Fold): RowParts {
  const training = indexArray(rows - count);
  const test = indexArray(count);
  for (let row = 0, at = 0; row < rows; row++) {
    if (has(row)) test[at++] = row;
    else training[row - at] = row;
  }
  return { training, test };
}
