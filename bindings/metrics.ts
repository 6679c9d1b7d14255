// Metrics of a network's outputs against their targets, defined as in scikit-learn (sklearn.metrics). Every sum is
// taken in index order in f64, and what is sorted are numbers alone: the bits are the same in every JavaScript engine.

import { isNumberArray, type NumberArray } from "./arrays.ts";
import { checkChoice, checkFlag, checkKnown, isList, show } from "./checks.ts";
import { allocated } from "./engine/engine.ts";
import { DataError, OptionError, ShapeError } from "./errors.ts";
import { GivenMatrix, type MatrixLike, rowOf, widthOf } from "./network/matrix.ts";

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

export interface MetricOptions {
  /**
   * Whether columns are labels, of which a row may have several or none. Default: decided by the targets, see METRICS.
   */
  readonly multiLabel?: boolean;
}

/**
 * One metric of a network's outputs.
 *
 * @param name One of METRICS.
 * @param outputs What the network predicts: rows, a typed matrix, or rows × columns numbers, row-major.
 * @param targets What it should predict, in the same shape and any of the forms.
 * @param columns How many columns both have. It may be left out if one of them is a matrix.
 * @returns From 0 to 1 for those of classes ("auc" may be NaN), 0 or more in the units of y for "mae" and "rmse", at
 * most 1 for "r2".
 * @throws OptionError if the name is unknown, or `columns` is missing or no whole number of 1 or more.
 * @throws ShapeError if outputs and targets are empty, have different shapes, or are neither matrices nor numbers.
 * @throws DataError if an element is NaN or not a number.
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
 * @throws what `metric` throws, and OptionError if a name is given twice.
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
  const measureOne = measurer(a.data, y.data, width, multiLabel);
  const found = {} as Record<Name, number>;
  for (const name of names) found[name] = measureOne(name);
  return found;
}

/** `metric` without checks, for one name after the other; if `multiLabel` is undefined, the targets decide. */
export function measurer(
  outputs: Float64Array,
  targets: Float64Array,
  columns: number,
  multiLabel: boolean | undefined,
): (name: MetricName) => number {
  let members: Members | undefined; // not all metrics ask for them
  const batch: Batch = {
    outputs,
    targets,
    columns,
    rows: targets.length / columns,
    get members() {
      members ??= findMembers(outputs, targets, columns, multiLabel);
      return members;
    },
  };
  const defined = !outputs.includes(Number.NaN); // which finds NaN
  return (name) => (defined ? FORMULAS[name](batch) : Number.NaN);
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

/** Outputs and targets, and which rows are in the class of which column. */
interface Batch {
  readonly outputs: Float64Array;
  readonly targets: Float64Array;
  readonly columns: number;
  readonly rows: number;
  /** Rows × columns: 1 where the row is in the column's class, else 0. */
  readonly members: Members;
}

type Members = readonly [predicted: Uint8Array, actual: Uint8Array];

function findMembers(
  outputs: Float64Array,
  targets: Float64Array,
  columns: number,
  multiLabel: boolean | undefined,
): Members {
  if (columns > 1 && !(multiLabel ?? areLabels(targets, columns))) {
    return [largestOf(outputs, columns), largestOf(targets, columns)];
  }
  const threshold = areSigned(targets) ? 0 : 0.5;
  return [atLeast(threshold, outputs), atLeast(threshold, targets)];
}

/** Whether all numbers are from −1 to 1 and one is negative. */
function areSigned(targets: Float64Array): boolean {
  return targets.some((y) => y < 0) && targets.every((y) => y >= -1 && y <= 1);
}

/** 1 where a value reaches the threshold. */
function atLeast(threshold: number, values: Float64Array): Uint8Array {
  const members = new Uint8Array(values.length);
  for (let n = 0; n < values.length; n++) if (values[n]! >= threshold) members[n] = 1;
  return members;
}

/** Whether all numbers are 0 or 1, or all −1 or 1, and a row has several ones or none. */
function areLabels(targets: Float64Array, columns: number): boolean {
  const low = targets.includes(-1) ? -1 : 0;
  let labels = false;
  for (let first = 0; first < targets.length; first += columns) {
    let ones = 0;
    for (let n = first; n < first + columns; n++) {
      if (targets[n] === 1) ones++;
      else if (targets[n] !== low) return false;
    }
    if (ones !== 1) labels = true;
  }
  return labels;
}

/** 1 where the largest number of a row is, the first of equals. */
function largestOf(values: Float64Array, columns: number): Uint8Array {
  const members = new Uint8Array(values.length);
  for (let first = 0; first < values.length; first += columns) {
    let best = first;
    for (let n = first + 1; n < first + columns; n++) if (values[n]! > values[best]!) best = n;
    members[best] = 1;
  }
  return members;
}

const FORMULAS: Record<MetricName, (batch: Batch) => number> = {
  accuracy({ rows, columns, members: [predicted, actual] }) {
    return mean(rows, (s) => {
      for (let n = s * columns; n < (s + 1) * columns; n++) if (predicted[n] !== actual[n]) return 0;
      return 1;
    });
  },
  precision: (batch) => hitRate(batch, (predicted) => predicted),
  recall: (batch) => hitRate(batch, (_, actual) => actual),
  f1: (batch) => hitRate(batch, (predicted, actual) => (predicted + actual) / 2),
  auc({ outputs, rows, columns, members: [, actual] }) {
    const areas: number[] = [];
    for (let j = 0; j < columns; j++) {
      const split: [others: number[], own: number[]] = [[], []];
      for (let s = 0; s < rows; s++) split[actual[s * columns + j]!]!.push(outputs[s * columns + j]!);
      const area = areaUnderCurve(...split);
      if (!Number.isNaN(area)) areas.push(area);
    }
    return mean(areas.length, (n) => areas[n]!);
  },
  mae: (batch) => meanError(batch, Math.abs),
  rmse: (batch) => Math.sqrt(meanError(batch, square)),
  r2: ({ outputs, targets, rows, columns }) =>
    mean(columns, (j) => {
      const output = (s: number) => outputs[s * columns + j]!;
      const target = (s: number) => targets[s * columns + j]!;
      // counted from the first, so that the mean of equal targets is exact and their variance 0
      const center = target(0) + mean(rows, (s) => target(s) - target(0));
      const variance = mean(rows, (s) => square(target(s) - center));
      const error = mean(rows, (s) => square(output(s) - target(s)));
      if (variance === 0) return error === 0 ? 1 : 0;
      return 1 - error / variance;
    }),
};

/** Of `count` values, summed in order; NaN where there is none. */
function mean(count: number, value: (n: number) => number): number {
  let sum = 0;
  for (let n = 0; n < count; n++) sum += value(n);
  return sum / count;
}

/** Of all numbers, summed in order: faster than `mean`. */
function meanError({ outputs, targets }: Batch, of: (error: number) => number): number {
  let sum = 0;
  for (let n = 0; n < outputs.length; n++) sum += of(outputs[n]! - targets[n]!);
  return sum / outputs.length;
}

function square(value: number): number {
  return value * value;
}

/** The mean over the columns of hits / divisor(rows put into the class, rows that belong to it). */
function hitRate(
  { rows, columns, members: [predicted, actual] }: Batch,
  divisor: (predicted: number, actual: number) => number,
): number {
  return mean(columns, (j) => {
    let [hits, put, belonging] = [0, 0, 0];
    for (let n = j; n < rows * columns; n += columns) {
      put += predicted[n]!;
      belonging += actual[n]!;
      hits += predicted[n]! * actual[n]!;
    }
    return hits / (divisor(put, belonging) || 1); // without rows there are no hits: 0
  });
}

/** By Mann and Whitney's U: exact up to the division, whatever the order of rows. NaN where either list is empty. */
function areaUnderCurve(others: number[], own: number[]): number {
  const below = Float64Array.from(others).sort();
  let [less, notMore, wins] = [0, 0, 0];
  for (const score of Float64Array.from(own).sort()) {
    while (below[less]! < score) less++;
    while (below[notMore]! <= score) notMore++;
    wins += (less + notMore) / 2;
  }
  return wins / (own.length * others.length);
}
