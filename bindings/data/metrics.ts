// Metrics of a network's outputs against their targets, defined as in scikit-learn (sklearn.metrics). Every sum is
// taken in index order in f64, and what is sorted are numbers alone: the bits are the same in every JavaScript engine.

import { isNumberArray, type NumberArray } from "../arrays.ts";
import { checkChoice, checkFlag, checkKnown, isList, show } from "../checks.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { allocated } from "../numbers.ts";
import { copyingInto, type IsTime, inSlices } from "../rows.ts";
import { GivenMatrix, type MatrixLike, rowOf, widthOf } from "./matrix.ts";

/**
 * The names of all metrics. For classification metrics, each column is a class, and a row is in a class as follows:
 *
 * - One column: the row is in the class if its number is at least 0.5. The threshold is 0 if all targets are from −1 to
 *   1 and one of them is negative, as with tanh outputs.
 * - Several columns: the row is in the class of its largest number, the first of equals.
 * - Several columns of labels: a row may have several labels or none, and each column is judged like one column.
 *   Columns are labels if all targets are 0 or 1 (or all −1 or 1) and a row has several ones or none. Softmax outputs
 *   are never labels.
 *
 * The metrics:
 *
 * - "accuracy": the share of rows that are in the target's class, or have all of the target's labels and no others
 * - "precision": of the rows put into a class, the share that belongs there; 0 where none was put there
 * - "recall": of the rows that belong to a class, the share that was put there; 0 where none belongs there
 * - "f1": their harmonic mean, 2 · hits / (put there + belonging there); 0 where that is 0 / 0
 * - "auc": the area under the ROC curve, how often a row of the class has a higher output than one that isn't, equal
 *   outputs counted half; not defined for a class that all or none of the rows belong to
 * - "mae": mean of |a − y| over all elements
 * - "rmse": √ of the mean of (a − y)² over all elements
 * - "r2": 1 − Σ (a − y)² / Σ (y − mean y)²; where a column of y is constant 1 if a = y throughout, else 0
 *
 * "precision", "recall", "f1", "auc" and "r2" are the mean over all columns. For "auc" these are the columns for which
 * it is defined; without any, it is NaN. `evaluate` and `fit` give NaN for every metric if a network's output is NaN.
 */
export const METRICS = ["accuracy", "precision", "recall", "f1", "auc", "mae", "rmse", "r2"] as const;

/** What `metric` can measure; METRICS says how each is defined. */
export type MetricName = (typeof METRICS)[number];

/** What `metric` takes: a matrix in any form that `predict` takes or returns, or its numbers only, row-major. */
export type MetricData = MatrixLike | readonly number[] | NumberArray;

/** How metrics are measured. */
export interface MetricOptions {
  /**
   * Whether columns are labels, of which a row may have several or none. Default: decided by the targets, see METRICS.
   */
  readonly multiLabel?: boolean;
}

/**
 * One metric of a network's outputs.
 *
 * @param name - One of METRICS.
 * @param outputs - What the network predicts: rows, a typed matrix, or rows × columns numbers, row-major.
 * @param targets - What it should predict, in the same shape and any of the forms.
 * @param columns - How many columns both have. It may be left out if one of them is a matrix.
 * @returns From 0 to 1 for those of classes ("auc" may be NaN), 0 or more in the units of y for "mae" and "rmse", at
 * most 1 for "r2".
 * @throws OptionError if the name is unknown, or `columns` is missing or no whole number of 1 or more
 * @throws ShapeError if outputs and targets are empty, have different shapes, or are neither matrices nor numbers
 * @throws DataError if an element is NaN or not a number
 *
 * @example
 * ```ts
 * import { metric } from "bitgrad";
 *
 * metric("accuracy", [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [[1, 0], [0, 1], [0, 1]]); // 0.6666666666666666
 * metric("accuracy", [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0], 1); // 0.75
 * metric("auc", [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0], 1); // 1
 * ```
 */
export function metric(
  name: MetricName,
  outputs: MetricData,
  targets: MetricData,
  columns?: number,
  options: MetricOptions = {},
): number {
  checkChoice("name", name, METRICS);
  return measureGiven([name], outputs, targets, columns, options)[name];
}

/**
 * Several metrics, each as by `metric`, in an object under their names.
 *
 * @throws what `metric` throws
 * @throws OptionError if a name is given twice
 *
 * @example
 * ```ts
 * import { measure } from "bitgrad";
 *
 * measure(["mae", "rmse"], [[1, 2], [3, 4]], [[1, 2], [3, 6]]); // { mae: 0.5, rmse: 1 }
 * ```
 */
export function measure<Name extends MetricName>(
  names: readonly Name[],
  outputs: MetricData,
  targets: MetricData,
  columns?: number,
  options: MetricOptions = {},
): Record<Name, number> {
  return measureGiven(checkMetrics("names", names) as Name[], outputs, targets, columns, options);
}

function measureGiven<Name extends MetricName>(
  names: readonly Name[],
  outputs: MetricData,
  targets: MetricData,
  columns: number | undefined,
  options: MetricOptions,
): Record<Name, number> {
  checkKnown("options", options, ["multiLabel"]);
  const { multiLabel } = options;
  if (multiLabel !== undefined) checkFlag("multiLabel", multiLabel);
  const a = readData("outputs", outputs);
  const y = readData("targets", targets);
  const width = columns === undefined ? (a.columns ?? y.columns) : columns;
  if (width === undefined || !Number.isSafeInteger(width) || width < 1) {
    throw new OptionError(`columns is ${show(columns)}; a whole number of 1 or more is expected`);
  }
  for (const { name, data, columns: own } of [a, y]) {
    if ((own ?? width) !== width) throw new ShapeError(`${name} has ${own} columns; ${width} are expected`);
    if (data.length % width !== 0) {
      throw new ShapeError(`${name} has ${data.length} elements; rows of ${width} columns are expected`);
    }
  }
  if (y.data.length !== a.data.length) {
    throw new ShapeError(`targets has ${y.data.length} elements; outputs has ${a.data.length}`);
  }
  const { passes, found } = passesOf(names, a.data, y.data, width, multiLabel);
  for (const pass of passes) pass(0, y.data.length)?.sort();
  return found();
}

/**
 * Works on the numbers from `n` to before `end`, which are rows. It is called for all rows in order, in any pieces. What
 * it returns is to be sorted before the next pass.
 */
type Pass = (n: number, end: number) => Float64Array | undefined;

/** What passes find: it is there after them. */
type After<T> = () => T;

/** Metrics, and the passes that find them, to be made in order. */
interface Measurement<Name extends MetricName> {
  readonly passes: readonly Pass[];
  readonly found: After<Record<Name, number>>;
}

/** Checks a list of metrics, each of which may be named once, and returns a copy. */
export function checkMetrics(name: string, names: unknown): MetricName[] {
  const length = isList(names) ? widthOf(names) : undefined;
  if (length === undefined) throw new OptionError(`${name} is ${show(names)}; an array of names is expected`);
  const known: MetricName[] = [];
  for (let n = 0; n < length; n++) {
    const found = checkChoice(`${name}[${n}]`, (names as unknown[])[n] as MetricName, METRICS);
    if (known.includes(found)) throw new OptionError(`${name}[${n}] is "${found}", which ${name} has already`);
    known.push(found);
  }
  return known;
}

/** A copy of the numbers of one argument; `columns` is known if it is a matrix. */
interface Data {
  readonly name: string;
  readonly data: Float64Array;
  readonly columns: number | undefined;
}

function readData(name: string, value: MetricData): Data {
  const flat = isNumberArray(value) || (isList(value) && (!widthOf(value) || typeof value[0] === "number"));
  const { typed, list, rows, columns } = flat
    ? { typed: value, list: [], rows: 1, columns: widthOf(value) ?? 0 }
    : new GivenMatrix().read(name, value, "numbers");
  if (rows * columns === 0) throw new ShapeError(`${name} is empty; at least one row is expected`);
  const data = allocated<Float64Array>("f64", rows * columns, Float64Array);
  for (let n = 0, s = 0; s < rows; s++) {
    const row = typed ?? rowOf(name, list, s, columns);
    for (let j = 0; j < columns; j++, n++) {
      const found: unknown = row[typed ? n : j];
      if (typeof found !== "number" || Number.isNaN(found)) {
        throw new DataError(`${name}${flat ? "" : `[${s}]`}[${j}] is ${show(found)}; a number is expected`);
      }
      data[n] = found;
    }
  }
  return { name, data, columns: flat ? undefined : columns };
}

/** Rows × columns: 1 where the row is in the column's class, else 0. */
type Members = readonly [predicted: Uint8Array, actual: Uint8Array];

/** `measure` without checks, as passes over the numbers. If `multiLabel` is undefined, the targets decide. */
function passesOf<Name extends MetricName>(
  names: readonly Name[],
  outputs: Float64Array,
  targets: Float64Array,
  columns: number,
  multiLabel: boolean | undefined,
): Measurement<Name> {
  const passes: Pass[] = [];
  let members: Members | undefined; // not all metrics ask for them

  /** The mean of a value of every number of column `j`, summed in order. */
  function mean(value: (n: number) => number, j = 0): After<number> {
    let sum = 0;
    passes.push((n, end) => {
      let found = sum;
      for (n += j; n < end; n += columns) found += value(n);
      sum = found;
    });
    return () => sum / (outputs.length / columns);
  }

  /** NaN where there is none; `skipsNaN`: the mean over the columns for which it is defined. */
  function meanOfColumns(metricOf: (j: number) => After<number>, skipsNaN = false): After<number> {
    const values = Array.from({ length: columns }, (_, j) => metricOf(j));
    return () => {
      let [sum, count] = [0, 0];
      for (const value of values) {
        const found = value();
        if (skipsNaN && Number.isNaN(found)) continue;
        sum += found;
        count++;
      }
      return sum / count;
    };
  }

  /** The mean of |error|, or of its square, over all numbers; a loop of its own, which calls no function. */
  function meanError(squares: boolean): After<number> {
    let sum = 0;
    passes.push((n, end) => {
      let found = sum;
      for (; n < end; n++) {
        const error = outputs[n]! - targets[n]!;
        found += squares ? error * error : Math.abs(error);
      }
      sum = found;
    });
    return () => sum / outputs.length;
  }

  /** The mean over the columns of hits / divisor(rows put into the class, rows that belong to it). */
  function hitRate(divisor: (put: number, belonging: number) => number): After<number> {
    const [predicted, actual] = findMembers();
    return meanOfColumns((j) => {
      let [hits, put, belonging] = [0, 0, 0];
      passes.push((n, end) => {
        for (n += j; n < end; n += columns) {
          put += predicted[n]!;
          belonging += actual[n]!;
          hits += predicted[n]! * actual[n]!;
        }
      });
      return () => hits / (divisor(put, belonging) || 1); // without rows there are no hits: 0
    });
  }

  function measureOne(name: MetricName): After<number> {
    switch (name) {
      case "accuracy": {
        const [predicted, actual] = findMembers();
        return mean((n) => {
          for (const row = n + columns; n < row; n++) if (predicted[n] !== actual[n]) return 0;
          return 1;
        });
      }
      case "precision":
        return hitRate((put) => put);
      case "recall":
        return hitRate((_, belonging) => belonging);
      case "f1":
        return hitRate((put, belonging) => (put + belonging) / 2);
      case "auc":
        return meanOfColumns(areaUnderCurve, true);
      case "mae":
        return meanError(false);
      case "rmse": {
        const error = meanError(true);
        return () => Math.sqrt(error());
      }
      case "r2":
        return meanOfColumns((j) => {
          // counted from the first, so that the mean of equal targets is exact and their variance 0
          const start = targets[j]!;
          let center = 0;
          const distance = mean((n) => targets[n]! - start, j);
          passes.push(() => {
            center = start + distance();
            return undefined;
          });
          const variance = mean((n) => square(targets[n]! - center), j);
          const error = mean((n) => square(outputs[n]! - targets[n]!), j);
          return () => (variance() === 0 ? Number(error() === 0) : 1 - error() / variance());
        });
    }
  }

  /**
   * Of one column, by Mann and Whitney's U: exact up to the division, whatever the order of rows. NaN where all rows
   * belong to the class, or none.
   */
  function areaUnderCurve(j: number): After<number> {
    const [, actual] = findMembers();
    const rows = outputs.length / columns;
    const scores = new Float64Array(rows); // those of the class from the front, the others from the back
    let [count, others] = [0, rows];
    const split: Pass = (n, end) => {
      for (n += j; n < end; n += columns) scores[actual[n] ? count++ : --others] = outputs[n]!;
    };
    let [own, below] = [scores, scores];
    let [less, notMore, wins] = [0, 0, 0];
    passes.push(
      split,
      () => {
        own = scores.subarray(0, count);
        return own;
      },
      () => {
        below = scores.subarray(count);
        return below;
      },
      (n, end) => {
        for (const score of own.subarray(n, end)) {
          while (below[less]! < score) less++;
          while (below[notMore]! <= score) notMore++;
          wins += less + notMore;
        }
      },
    );
    return () => wins / 2 / (own.length * below.length);
  }

  function findMembers(): Members {
    if (members !== undefined) return members;
    let [least, most] = [0, 1];
    let [hasZero, isWhole, hasSeveral] = [false, true, false];
    const look: Pass = (n, end) => {
      while (n < end) {
        let ones = 0;
        for (const row = n + columns; n < row; n++) {
          const y = targets[n]!;
          if (y === 1) ones++;
          else if (y === 0) hasZero = true;
          else {
            if (!Number.isInteger(y)) isWhole = false;
            if (y < least) least = y;
            if (y > most) most = y;
          }
        }
        if (ones !== 1) hasSeveral = true; // or none
      }
    };
    passes.push(look);
    members = [outputs, targets].map((values) => {
      const ones = new Uint8Array(values.length);
      passes.push((n, end) => {
        const isUnit = least >= -1 && most === 1;
        const threshold = isUnit && least < 0 ? 0 : 0.5;
        if (columns === 1 || (multiLabel ?? (hasSeveral && isWhole && isUnit && !(least && hasZero)))) {
          for (; n < end; n++) if (values[n]! >= threshold) ones[n] = 1;
        }
        while (n < end) {
          let best = n; // the first of equals
          for (const row = n + columns; n < row; n++) if (values[n]! > values[best]!) best = n;
          ones[best] = 1;
        }
      });
      return ones;
    }) as [Uint8Array, Uint8Array];
    return members;
  }

  const values = names.map((name) => [name, measureOne(name)] as const);
  const found = () => Object.fromEntries(values.map(([name, value]) => [name, value()])) as Record<Name, number>;
  return { passes, found };
}

function square(value: number): number {
  return value * value;
}

/** `measure` without checks; yields where it is time to. Every metric is NaN if an output is. */
export function* measuring<Name extends MetricName>(
  names: readonly Name[],
  outputs: Float64Array,
  targets: Float64Array,
  columns: number,
  multiLabel: boolean | undefined,
  isTime: IsTime,
): Generator<undefined, Record<Name, number>> {
  let isDefined = true;
  const look: Pass = (n, end) => {
    if (outputs.subarray(n, end).includes(Number.NaN)) isDefined = false; // unlike indexOf it finds NaN
  };
  const { passes, found } = passesOf(names, outputs, targets, columns, multiLabel);
  for (const pass of [look, ...passes]) {
    let unsorted: ReturnType<Pass>;
    const run = (first: number, count: number) => {
      unsorted = pass(first * columns, (first + count) * columns);
    };
    if (isTime === undefined) pass(0, outputs.length)?.sort();
    else {
      yield* inSlices(isTime, outputs.length / columns, run, columns);
      if (unsorted !== undefined) yield* sorting(unsorted, isTime);
    }
  }
  return isDefined ? found() : (Object.fromEntries(names.map((name) => [name, Number.NaN])) as Record<Name, number>);
}

const SORTED_AT_ONCE = 4096; // numbers

/** Sorts numbers in slices: the platform sorts pieces, which are merged two by two. */
function* sorting(values: Float64Array, isTime: IsTime): Generator<undefined, void> {
  const { length } = values;
  const sort = (first: number) => values.subarray(first * SORTED_AT_ONCE, (first + 1) * SORTED_AT_ONCE).sort();
  yield* inSlices(isTime, Math.ceil(length / SORTED_AT_ONCE), sort, SORTED_AT_ONCE * 4);
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(length);
  for (let width = SORTED_AT_ONCE; width < length; width *= 2) {
    let [left, middle, right, end] = [0, 0, 0, 0];
    yield* inSlices(isTime, length, (first, count) => {
      for (let n = first; n < first + count; n++) {
        if (n === end) {
          left = n;
          middle = Math.min(n + width, length);
          right = middle;
          end = Math.min(middle + width, length);
        }
        const isLeft = left < middle && (right === end || from[left]! <= from[right]!);
        to[n] = from[isLeft ? left++ : right++]!;
      }
    });
    [from, to] = [to, from];
  }
  if (from !== values) yield* copyingInto(values, from, 0, isTime);
}
