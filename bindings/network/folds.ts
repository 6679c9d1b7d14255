// Which rows are in which fold of a cross-validation (assembly/NUMERICS.md).

import { isNumberArray, lengthOf } from "../arrays.ts";
import { SHUFFLE } from "../catalog/codes.ts";
import { checkFlag, checkWhole, counted, expected, isList, lengthOfList, show } from "../checks.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { indexArray } from "../numbers.ts";
import { shuffle } from "../random.ts";
import { type IsTime, inSlices } from "../rows.ts";

/** How rows are divided into folds. */
export interface FoldOptions {
  /**
   * How many, from 2 to the number of rows, default 5; or the rows of each fold, counted from 0. The other rows are
   * trained on. Such folds may have rows in common, and leave rows out.
   */
  readonly folds?: number | readonly ArrayLike<number>[];
  /** Whether rows are shuffled before they are divided, in an order of the network's seed; default true. */
  readonly shuffleFolds?: boolean;
  /** How often all rows are divided, each time in another order; default 1. */
  readonly repeats?: number;
  /**
   * The group of each row, such as a patient: a number or a string. All rows of a group are in one fold, so that no
   * network is evaluated on a group that it was trained on. Groups are not stratified.
   */
  readonly groups?: ArrayLike<number | string>;
  /**
   * Whether each class has its share in each fold. Default: true if targets are classes: those of a softmax or a single
   * sigmoid, 0 and 1 (or −1 and 1) in one column, or a single 1 in each row.
   */
  readonly stratify?: boolean;
}

export const FOLD_OPTIONS = ["folds", "shuffleFolds", "repeats", "groups", "stratify"] as const;

/** Checked, with the defaults filled in. */
export interface ResolvedFolds {
  readonly count: number;
  /** The rows of each fold, where they are given. */
  readonly own: readonly Uint32Array[] | undefined;
  readonly isShuffled: boolean;
  readonly repeats: number;
  /** The number of each row's group. */
  readonly groups: Uint32Array | undefined;
  readonly groupCount: number;
  readonly stratify: boolean | undefined;
}

/** A fold: the rows to evaluate. */
export interface Fold {
  readonly count: number;
  has(row: number): boolean;
}

export function resolveFolds(
  { folds = 5, shuffleFolds = true, repeats = 1, groups, stratify }: FoldOptions,
  rows: number,
): ResolvedFolds {
  checkFlag("shuffleFolds", shuffleFolds);
  checkWhole("repeats", repeats, 1, 2 ** 20);
  if (stratify !== undefined) checkFlag("stratify", stratify);
  const own = typeof folds === "number" ? undefined : readFolds(folds, rows);
  const refuse = (name: string, value: unknown, without: string) => {
    throw new OptionError(`${name} is ${show(value)}; with ${without} none is expected`);
  };
  if (own !== undefined) {
    if (repeats > 1) refuse("repeats", repeats, "folds of rows");
    if (groups !== undefined) refuse("groups", groups, "folds of rows");
    if (stratify) refuse("stratify", stratify, "folds of rows");
  } else checkWhole("folds", folds, 2, 2 ** 20);
  if (groups !== undefined && stratify) refuse("stratify", stratify, "groups");
  if (repeats > 1 && !shuffleFolds) {
    throw new OptionError(`repeats is ${repeats}; without shuffleFolds all of them would be the same`);
  }
  const count = own?.length ?? (folds as number);
  if (count > rows && own === undefined) throw new OptionError(`folds is ${count}; there are ${counted(rows, "row")}`);
  const known = new Map<number | string, number>();
  const numbers = groups === undefined ? undefined : readGroups(groups, rows, known);
  if (groups !== undefined && count > known.size) {
    throw new OptionError(`folds is ${count}; there are ${counted(known.size, "group")}`);
  }
  return { count, own, isShuffled: shuffleFolds, repeats, groups: numbers, groupCount: known.size, stratify };
}

/** The length of a list, or of an array of numbers. */
function listLength(name: string, value: unknown): number {
  if (isList(value)) return lengthOfList(name, value);
  if (isNumberArray(value)) return lengthOf(value);
  throw new ShapeError(`${name} is ${show(value)}; an array is expected`);
}

function readFolds(folds: unknown, rows: number): readonly Uint32Array[] {
  if (!isList(folds)) throw new OptionError(`folds is ${show(folds)}; a whole number, or arrays of rows, is expected`);
  const count = lengthOfList("folds", folds);
  if (count === 0) throw new OptionError("folds is an array of 0; at least one array of rows is expected");
  return Array.from({ length: count }, (_, fold) => {
    const name = `folds[${fold}]`;
    const list = folds[fold] as ArrayLike<unknown>;
    const length = listLength(name, list);
    if (length === 0 || length >= rows) {
      throw new OptionError(
        `${name} has ${length} of ${counted(rows, "row")}; some to evaluate and some to train are expected`,
      );
    }
    const seen = new Set<number>();
    const read = indexArray(length);
    for (let n = 0; n < length; n++) {
      read[n] = checkWhole(`${name}[${n}]`, list[n], 0, rows - 1);
      if (seen.has(read[n]!)) throw new OptionError(`${name}[${n}] is ${read[n]}, which ${name} has already`);
      seen.add(read[n]!);
    }
    return read;
  });
}

/** The number of each row's group; `known` gets all groups. */
function readGroups(groups: ArrayLike<unknown>, rows: number, known: Map<number | string, number>): Uint32Array {
  const length = listLength("groups", groups);
  if (length !== rows) throw new ShapeError(`groups has ${counted(length, "element")}; ${expected(rows)}`);
  const numbers = indexArray(rows);
  for (let row = 0; row < rows; row++) {
    const group = groups[row];
    if (typeof group !== "string" && !(typeof group === "number" && Number.isFinite(group))) {
      throw new DataError(`groups[${row}] is ${show(group)}; a finite number or a string is expected`);
    }
    const number = known.get(group) ?? known.size;
    known.set(group, number);
    numbers[row] = number;
  }
  return numbers;
}

/** The folds of a repeat, counted from 0. `classes`: of rows to be stratified. */
export function* foldsOf(
  { count, own, isShuffled, groups, groupCount }: ResolvedFolds,
  rows: number,
  { seed, repeat }: { readonly seed: number; readonly repeat: number },
  classes: Uint32Array | undefined,
  isTime: IsTime,
): Generator<undefined, readonly Fold[]> {
  if (own !== undefined) {
    return own.map((list) => {
      const isIn = new Uint8Array(rows);
      for (const row of list) isIn[row] = 1;
      return { count: list.length, has: (row) => isIn[row] === 1 };
    });
  }
  const order = indexArray(rows).map((_, place) => place);
  if (isShuffled) yield* shuffle(order, seed, SHUFFLE, repeat, isTime);
  const foldAt =
    groups !== undefined
      ? ofGroups(groups, groupCount, order, count)
      : classes !== undefined
        ? ofClasses(classes, count)
        : (_: number, place: number) => Math.floor(((place + 1) * count - 1) / rows);
  const foldOf = indexArray(rows);
  const counts = new Array<number>(count).fill(0);
  yield* inSlices(isTime, rows, (first, some) => {
    for (let place = first; place < first + some; place++) {
      const fold = foldAt(order[place]!, place);
      foldOf[order[place]!] = fold;
      counts[fold]!++;
    }
  });
  return counts.map((count, fold) => ({ count, has: (row) => foldOf[row] === fold }));
}

/** Rows are dealt class by class, so that counts of a class, and of all rows, differ by 1 at most. */
function ofClasses(classes: Uint32Array, count: number): (row: number) => number {
  const next: number[] = []; // of each class, first its rows, then the next place of all rows by class
  for (const k of classes) next[k] = (next[k] ?? 0) + 1;
  let first = 0;
  for (let k = 0; k < next.length; k++) {
    const rows = next[k] ?? 0;
    next[k] = first;
    first += rows;
  }
  return (row) => next[classes[row]!]!++ % count;
}

/** Groups from the largest to the smallest, each into the fold that has the fewest rows, the first of equals. */
function ofGroups(groups: Uint32Array, groupCount: number, order: Uint32Array, count: number): (row: number) => number {
  const sizes = new Array<number>(groupCount).fill(0);
  const first: number[] = []; // in the order of their first rows
  for (const row of order) if (sizes[groups[row]!]!++ === 0) first.push(groups[row]!);
  const fold = indexArray(groupCount);
  const filled = new Array<number>(count).fill(0);
  for (const group of first.sort((a, b) => sizes[b]! - sizes[a]!)) {
    let least = 0;
    for (let k = 1; k < count; k++) if (filled[k]! < filled[least]!) least = k;
    fold[group] = least;
    filled[least]! += sizes[group]!;
  }
  return (row) => fold[groups[row]!]!;
}
