// Metrics of a network's outputs against their targets, defined as in scikit-learn (sklearn.metrics).

import { isNumberArray, type NumberArray } from "../arrays.ts";
import { METRICS, type MetricName } from "../catalog/metrics.ts";
import { checkChoice, checkFlag, checkKnown, checkNoMore, isList, show } from "../checks.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { allocated } from "../numbers.ts";
import { GivenMatrix, type MatrixLike, rowOf, widthOf } from "./matrix.ts";
import { byName, passesOf } from "./measuring.ts";

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
  ...more: []
): number {
  checkNoMore("metric", more);
  checkChoice("name", name, METRICS);
  return measureGiven([name], outputs, targets, columns, options)[0]!;
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
  ...more: []
): Record<Name, number> {
  checkNoMore("measure", more);
  const checked = checkMetrics("names", names) as Name[];
  return byName(checked, measureGiven(checked, outputs, targets, columns, options));
}

function measureGiven(
  names: readonly MetricName[],
  outputs: MetricData,
  targets: MetricData,
  columns: number | undefined,
  options: MetricOptions,
): number[] {
  checkKnown("options", options, ["multiLabel"]);
  const { multiLabel } = options;
  if (multiLabel !== undefined) checkFlag("multiLabel", multiLabel);
  const both = [readData("outputs", outputs), readData("targets", targets)] as const;
  const [a, y] = both;
  const width = columns === undefined ? (a.columns ?? y.columns) : columns;
  if (width === undefined || !Number.isSafeInteger(width) || width < 1) {
    throw new OptionError(`columns is ${show(columns)}; a whole number of 1 or more is expected`);
  }
  for (const { name, length, columns: own } of both) {
    if ((own ?? width) !== width) throw new ShapeError(`${name} has ${own} columns; ${width} are expected`);
    if (length % width !== 0) {
      throw new ShapeError(`${name} has ${length} elements; rows of ${width} columns are expected`);
    }
  }
  const { length } = a;
  if (y.length !== length) throw new ShapeError(`targets has ${y.length} elements; outputs has ${length}`);
  const { passes, found } = passesOf(names, a.numbers, y.numbers, length, width, multiLabel);
  for (const pass of passes) pass(0, length)?.sort();
  const values = found();
  if (values.some(Number.isNaN)) {
    for (const data of both) for (let n = 0; n < length; n++) checkNumber(data, n, data.numbers[n]);
  }
  return values;
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

/** One argument; `columns` is known if it is a matrix. */
interface Data {
  readonly name: string;
  readonly columns: number | undefined;
  readonly length: number;
  /** Copied of a list; else the caller's, of which elements are read and nothing else. */
  readonly numbers: NumberArray;
}

function readData(name: string, value: MetricData): Data {
  const given = isNumberArray(value) ? value : undefined;
  const flat = given ?? (isList(value) && (!widthOf(value) || typeof value[0] === "number"));
  const { typed, list, rows, columns } = flat
    ? { typed: given, list: [value], rows: 1, columns: widthOf(value) ?? 0 }
    : new GivenMatrix().read(name, value, "numbers");
  const length = rows * columns;
  if (length === 0) throw new ShapeError(`${name} is empty; at least one row is expected`);
  const numbers = typed ?? allocated<Float64Array>("f64", length, Float64Array);
  const data = { name, columns: flat ? undefined : columns, length, numbers };
  if (typed !== undefined) return data;
  for (let n = 0, s = 0; s < rows; s++) {
    const row = rowOf(name, list, s, columns);
    for (let j = 0; j < columns; j++, n++) {
      const found = row[j];
      if (typeof found !== "number") checkNumber(data, n, found);
      numbers[n] = found as number;
    }
  }
  return data;
}

function checkNumber({ name, columns, length }: Data, n: number, value: unknown): void {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  const row = columns === undefined ? "" : `[${Math.floor(n / columns)}]`;
  throw new DataError(`${name}${row}[${n % (columns ?? length)}] is ${show(value)}; a number is expected`);
}
