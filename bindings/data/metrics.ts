// Metrics of a network's outputs against their targets, defined as in scikit-learn (sklearn.metrics). Every sum is
// taken in index order in f64, and what is sorted are numbers alone: the bits are the same in every JavaScript engine.

import { isNumberArray, type NumberArray } from "../arrays.ts";
import { checkChoice, checkFlag, checkKnown, hasOwn, isList, show } from "../checks.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { allocated } from "../numbers.ts";
import { atOnce, type IsTime, inSlices } from "../rows.ts";
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
  return atOnce(measuring(names, a.data, y.data, width, multiLabel));
}

/** `measure` without checks; yields where it is time to. If `multiLabel` is undefined, the targets decide. */
export function* measuring<Name extends MetricName>(
  names: readonly Name[],
  outputs: Float64Array,
  targets: Float64Array,
  columns: number,
  multiLabel: boolean | undefined,
  isTime?: IsTime,
): Sliced<Record<Name, number>> {
  const isDefined = !(yield* includes(outputs, Number.NaN, isTime));
  const batch = { outputs, targets, columns, rows: targets.length / columns, isTime };
  let members: Members | undefined; // not all metrics ask for them
  const found = {} as Record<Name, number>;
  for (const name of names) {
    found[name] = Number.NaN;
    if (!isDefined) continue;
    if (hasOwn(OF_VALUES, name)) found[name] = yield* OF_VALUES[name as keyof typeof OF_VALUES](batch);
    else {
      members ??= yield* findMembers(batch, multiLabel);
      found[name] = yield* OF_CLASSES[name as keyof typeof OF_CLASSES](batch, members);
    }
  }
  return found;
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

/** What is computed in slices: it yields where it is time to. */
type Sliced<T> = Generator<undefined, T>;

/** Outputs and targets, rows × columns. */
interface Batch {
  readonly outputs: Float64Array;
  readonly targets: Float64Array;
  readonly columns: number;
  readonly rows: number;
  readonly isTime: IsTime;
}

/** Rows × columns: 1 where the row is in the column's class, else 0. */
type Members = readonly [predicted: Uint8Array, actual: Uint8Array];

function* findMembers(batch: Batch, multiLabel: boolean | undefined): Sliced<Members> {
  const { outputs, targets, columns, isTime } = batch;
  if (columns > 1 && !(multiLabel ?? (yield* areLabels(batch)))) {
    return [yield* largestOf(outputs, columns, isTime), yield* largestOf(targets, columns, isTime)];
  }
  const threshold = (yield* areSigned(targets, isTime)) ? 0 : 0.5;
  return [yield* atLeast(threshold, outputs, isTime), yield* atLeast(threshold, targets, isTime)];
}

function* includes(values: Float64Array, value: number, isTime: IsTime): Sliced<boolean> {
  let found = false;
  yield* inSlices(isTime, values.length, (first, count) => {
    found ||= values.subarray(first, first + count).includes(value); // which finds NaN
  });
  return found;
}

/** Whether all numbers are from −1 to 1 and one is negative. */
function* areSigned(targets: Float64Array, isTime: IsTime): Sliced<boolean> {
  let [negative, beyond] = [false, false];
  yield* inSlices(isTime, targets.length, (first, count) => {
    for (let n = first; n < first + count; n++) {
      const y = targets[n]!;
      if (y < 0) negative = true;
      if (!(y >= -1 && y <= 1)) beyond = true;
    }
  });
  return negative && !beyond;
}

/** 1 where a value reaches the threshold. */
function* atLeast(threshold: number, values: Float64Array, isTime: IsTime): Sliced<Uint8Array> {
  const members = new Uint8Array(values.length);
  yield* inSlices(isTime, values.length, (first, count) => {
    for (let n = first; n < first + count; n++) if (values[n]! >= threshold) members[n] = 1;
  });
  return members;
}

/** Whether all numbers are 0 or 1, or all −1 or 1, and a row has several ones or none. */
function* areLabels({ targets, columns, rows, isTime }: Batch): Sliced<boolean> {
  const low = (yield* includes(targets, -1, isTime)) ? -1 : 0;
  let labels = false;
  let others = false;
  const look = (first: number, count: number) => {
    for (let s = first; !others && s < first + count; s++) {
      let ones = 0;
      for (let n = s * columns; n < (s + 1) * columns; n++) {
        if (targets[n] === 1) ones++;
        else if (targets[n] !== low) others = true;
      }
      if (ones !== 1) labels = true;
    }
  };
  yield* inSlices(isTime, rows, look, columns);
  return labels && !others;
}

/** 1 where the largest number of a row is, the first of equals. */
function* largestOf(values: Float64Array, columns: number, isTime: IsTime): Sliced<Uint8Array> {
  const members = new Uint8Array(values.length);
  const mark = (first: number, count: number) => {
    for (let begin = first * columns; begin < (first + count) * columns; begin += columns) {
      let best = begin;
      for (let n = begin + 1; n < begin + columns; n++) if (values[n]! > values[best]!) best = n;
      members[best] = 1;
    }
  };
  yield* inSlices(isTime, values.length / columns, mark, columns);
  return members;
}

/** Adds to a sum what is from number `n` to before `end`, in order. */
type Add = (sum: number, n: number, end: number) => number;

/** A sum over `count` rows, or numbers, of `width` numbers each. */
function* total(isTime: IsTime, count: number, add: Add, width = 1): Sliced<number> {
  let sum = 0;
  const addSome = (first: number, some: number) => {
    sum = add(sum, first * width, (first + some) * width);
  };
  yield* inSlices(isTime, count, addSome, width);
  return sum;
}

const OF_VALUES = {
  mae: (batch: Batch) => meanError(batch, Math.abs),
  *rmse(batch: Batch) {
    return Math.sqrt(yield* meanError(batch, square));
  },
  r2: ({ outputs, targets, rows, columns, isTime }: Batch) =>
    meanOfColumns(columns, function* (j) {
      // counted from the first, so that the mean of equal targets is exact and their variance 0
      const start = targets[j]!;
      const addTarget: Add = (sum, n, end) => {
        for (n += j; n < end; n += columns) sum += targets[n]! - start;
        return sum;
      };
      const center = start + (yield* total(isTime, rows, addTarget, columns)) / rows;
      const addVariance: Add = (sum, n, end) => {
        for (n += j; n < end; n += columns) sum += square(targets[n]! - center);
        return sum;
      };
      const variance = (yield* total(isTime, rows, addVariance, columns)) / rows;
      const addError: Add = (sum, n, end) => {
        for (n += j; n < end; n += columns) sum += square(outputs[n]! - targets[n]!);
        return sum;
      };
      const error = (yield* total(isTime, rows, addError, columns)) / rows;
      if (variance === 0) return error === 0 ? 1 : 0;
      return 1 - error / variance;
    }),
} satisfies Partial<Record<MetricName, (batch: Batch) => Sliced<number>>>;

const OF_CLASSES: Record<
  Exclude<MetricName, keyof typeof OF_VALUES>,
  (batch: Batch, members: Members) => Sliced<number>
> = {
  *accuracy({ rows, columns, isTime }, [predicted, actual]) {
    const add: Add = (sum, n, end) => {
      while (n < end) {
        let same = 1;
        for (const row = n + columns; n < row; n++) if (predicted[n] !== actual[n]) same = 0;
        sum += same;
      }
      return sum;
    };
    return (yield* total(isTime, rows, add, columns)) / rows;
  },
  precision: (batch, members) => hitRate(batch, members, (predicted) => predicted),
  recall: (batch, members) => hitRate(batch, members, (_, actual) => actual),
  f1: (batch, members) => hitRate(batch, members, (predicted, actual) => (predicted + actual) / 2),
  *auc(batch, [, actual]) {
    let sum = 0;
    let count = 0;
    for (let j = 0; j < batch.columns; j++) {
      const area = yield* areaUnderCurve(batch, actual, j);
      if (Number.isNaN(area)) continue;
      sum += area;
      count++;
    }
    return sum / count;
  },
};

/** NaN where there is none. */
function* meanOfColumns(columns: number, value: (j: number) => Sliced<number>): Sliced<number> {
  let sum = 0;
  for (let j = 0; j < columns; j++) sum += yield* value(j);
  return sum / columns;
}

/** Of all numbers. */
function* meanError({ outputs, targets, isTime }: Batch, of: (error: number) => number): Sliced<number> {
  const add: Add = (sum, n, end) => {
    for (; n < end; n++) sum += of(outputs[n]! - targets[n]!);
    return sum;
  };
  return (yield* total(isTime, outputs.length, add)) / outputs.length;
}

function square(value: number): number {
  return value * value;
}

/** The mean over the columns of hits / divisor(rows put into the class, rows that belong to it). */
function hitRate(
  { rows, columns, isTime }: Batch,
  [predicted, actual]: Members,
  divisor: (predicted: number, actual: number) => number,
): Sliced<number> {
  return meanOfColumns(columns, function* (j) {
    let [hits, put, belonging] = [0, 0, 0];
    yield* inSlices(isTime, rows, (first, count) => {
      for (let s = first, n = first * columns + j; s < first + count; s++, n += columns) {
        put += predicted[n]!;
        belonging += actual[n]!;
        hits += predicted[n]! * actual[n]!;
      }
    });
    return hits / (divisor(put, belonging) || 1); // without rows there are no hits: 0
  });
}

/**
 * Of one column, by Mann and Whitney's U: exact up to the division, whatever the order of rows. NaN where all rows
 * belong to the class, or none.
 */
function* areaUnderCurve({ outputs, rows, columns, isTime }: Batch, actual: Uint8Array, j: number): Sliced<number> {
  const add: Add = (sum, n, end) => {
    for (n += j; n < end; n += columns) sum += actual[n]!;
    return sum;
  };
  const count = yield* total(isTime, rows, add, columns);
  const split = [new Float64Array(rows - count), new Float64Array(count)] as const;
  const lengths = [0, 0];
  yield* inSlices(isTime, rows, (first, some) => {
    for (let s = first; s < first + some; s++) {
      const which = actual[s * columns + j]!;
      split[which]![lengths[which]!++] = outputs[s * columns + j]!;
    }
  });
  const below = yield* sorted(split[0], isTime);
  const own = yield* sorted(split[1], isTime);
  let [less, notMore] = [0, 0];
  const addWins: Add = (wins, n, end) => {
    for (; n < end; n++) {
      while (below[less]! < own[n]!) less++;
      while (below[notMore]! <= own[n]!) notMore++;
      wins += (less + notMore) / 2;
    }
    return wins;
  };
  const wins = yield* total(isTime, count, addWins);
  return wins / (own.length * below.length);
}

const SORTED_AT_ONCE = 4096; // numbers

/** The numbers in ascending order. In slices, the platform sorts pieces, which are merged two by two. */
function* sorted(values: Float64Array, isTime: IsTime): Sliced<Float64Array> {
  const { length } = values;
  if (isTime === undefined || length <= SORTED_AT_ONCE) return values.sort();
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
  return from;
}
