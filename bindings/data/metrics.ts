// Metrics of a network's outputs against their targets, defined as in scikit-learn (sklearn.metrics).

import { isNumberArray, type NumberArray } from "../arrays.ts";
import { AVERAGES, type Average, METRIC_ROWS, METRICS, type MetricName } from "../catalog/metrics.ts";
import {
  checkChoice,
  checkFlag,
  checkKnown,
  checkLength,
  checkNoMore,
  checkWhole,
  counted,
  expected,
  isList,
  show,
} from "../checks.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { allocated } from "../numbers.ts";
import { GivenMatrix, isArrayLike, isNumber, type MatrixLike, rowOf, widthOf } from "./matrix.ts";
import { byName, measureOf } from "./measures.ts";
import { type Measured, Measuring, measureAtOnce, type ResolvedMetric } from "./measuring.ts";

/** What `metric` takes: a matrix in any form that `predict` takes or returns, or its numbers only, row-major. */
export type MetricData = MatrixLike;

/** How a metric is measured. */
export interface MetricSettings {
  /** How the metric of each class becomes one number; default "binary" with one column, else "macro". */
  readonly average?: Average;
  /** Instead of `average`: the number of the class, from 0, that is measured. */
  readonly class?: number;
  /**
   * From which output on a row is in a class, with one column or labels: several columns are labels with it. Default
   * 0.5, or 0 with targets of ±1.
   */
  readonly threshold?: number;
  /**
   * Whether columns are labels, of which a row may have several or none. Default: decided by the targets, see METRICS.
   */
  readonly multiLabel?: boolean;
}

/** A metric with settings, where several are asked for. */
export interface MetricWithSettings extends MetricSettings {
  /** What is measured. */
  readonly type: MetricName;
  /** The key under which it is found, of letters, digits, `_` and `-`. Default: `type`. */
  readonly name?: string;
}

/** What is measured: a name, or an object with it and its settings. */
export type Metric = MetricName | MetricWithSettings;

/** The key under which a metric is found. */
export type MetricKey<M extends Metric> = M extends MetricName
  ? M
  : M extends { readonly name: infer Name extends string }
    ? Name
    : M extends { readonly type: infer Type extends MetricName }
      ? Type
      : never;

/** Something of each metric, under its key. */
export type ByMetric<T> = Partial<Record<MetricName, T>> & Partial<Record<string, T>>;

/** The options of `metric`. */
export interface MetricOptions extends MetricSettings {
  /** A weight of 0 or more for each row; default 1. */
  readonly sampleWeights?: ArrayLike<number>;
}

/**
 * One metric of a network's outputs.
 *
 * @param name - One of METRICS.
 * @param outputs - What the network predicts: rows, a typed matrix, or rows × columns numbers, row-major.
 * @param targets - What it should predict, in the same shape and any of the forms. Metrics of classes also take one
 * column with the numbers of the classes, from 0.
 * @param columns - How many columns both have. It may be left out if one of them is a matrix.
 * @param options - How it is measured; the last argument, with or without `columns`.
 * @returns From 0 to 1 for those of classes ("auc" may be NaN), 0 or more for errors, at most 1 for "r2".
 * @throws OptionError if the name is unknown, `columns` is missing or no whole number of 1 or more, or an option is
 * unknown, wrong, or one that the metric doesn't take
 * @throws ShapeError if outputs and targets are empty, have different shapes, or are neither matrices nor numbers
 * @throws DataError if an element is NaN or not a number, a weight is negative or not finite, or, for metrics of
 * classes, a target of one column is not from −1 to 1
 *
 * @example
 * ```ts
 * import { metric } from "bitgrad";
 *
 * metric("accuracy", [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [[1, 0], [0, 1], [0, 1]]); // 0.6666666666666666
 * metric("f1", [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [[1, 0], [0, 1], [0, 1]], { average: "micro" });
 * metric("accuracy", [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0], 1); // 0.75
 * metric("accuracy", [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0], 1, { threshold: 0.7 }); // 1
 * ```
 */
export function metric(
  name: MetricName,
  outputs: MetricData,
  targets: MetricData,
  columns?: number | MetricOptions,
  options?: MetricOptions,
  ...more: []
): number {
  checkNoMore("metric", more);
  checkChoice("name", name, METRICS);
  const [width, given] = columnsAndOptions(columns, options);
  let resolved: ResolvedMetric = { type: name, name };
  let sampleWeights: ArrayLike<number> | undefined;
  if (given !== NO_OPTIONS) {
    checkKnown("options", given, [...METRIC_ROWS[name].options, "sampleWeights"]);
    const { sampleWeights: weights, ...settings } = given;
    sampleWeights = weights;
    resolved = readSettings("", name, settings);
  }
  const metrics = [resolved];
  return measureGiven(metrics, readMeasured(outputs, targets, width, { sampleWeights }, areOfClasses(metrics)))[0]!;
}

/**
 * Several metrics, each as by `metric`, in an object under their names.
 *
 * @param metrics - Names, or objects with settings: `{ type: "f1", average: "micro", name: "f1Micro" }`.
 * @throws what `metric` throws
 * @throws OptionError if two metrics have the same key
 *
 * @example
 * ```ts
 * import { measure } from "bitgrad";
 *
 * measure(["mae", "rmse"], [[1, 2], [3, 4]], [[1, 2], [3, 6]]); // { mae: 0.5, rmse: 1 }
 * ```
 */
export function measure<const M extends Metric>(
  metrics: readonly M[],
  outputs: MetricData,
  targets: MetricData,
  columns?: number | Pick<MetricOptions, "multiLabel" | "sampleWeights">,
  options?: Pick<MetricOptions, "multiLabel" | "sampleWeights">,
  ...more: []
): Record<MetricKey<M>, number> {
  checkNoMore("measure", more);
  const [width, given] = columnsAndOptions(columns, options);
  checkKnown("options", given, ["multiLabel", "sampleWeights"]);
  const resolved = checkMetrics("metrics", metrics);
  const data = readMeasured(outputs, targets, width, given, areOfClasses(resolved));
  return byName(resolved, measureGiven(resolved, data)) as Record<MetricKey<M>, number>;
}

const NO_OPTIONS = {};

/** The last arguments, of which either may be left out. */
export function columnsAndOptions<T extends object>(
  columns: number | T | undefined,
  options: T | undefined,
): [columns: number | undefined, options: Partial<T>] {
  if (options === undefined && typeof columns === "object" && columns !== null) return [undefined, columns];
  return [columns as number | undefined, options === undefined ? NO_OPTIONS : options];
}

/** One number for each metric. */
function measureGiven(metrics: readonly ResolvedMetric[], data: Given): number[] {
  checkMetricsFit("", metrics, data.columns, data.areClasses);
  if (metrics.some(isOfClasses)) checkClasses(data);
  const from = new Measuring(data);
  const found = metrics.map((metric) => measureOf(from, metric));
  measureAtOnce(from);
  return data.checked(found.map((value) => value()));
}

/** Whether all of them are: the others have no settings. */
function areOfClasses(metrics: readonly ResolvedMetric[]): boolean {
  return metrics.every(isOfClasses);
}

/** Whether a metric counts how rows are put into classes. */
export function isOfClasses({ type }: ResolvedMetric): boolean {
  return METRIC_ROWS[type].options.length > 0;
}

/** In one column there are two classes, 0 and 1 or −1 and 1, and shares of them between. */
export function checkClasses(
  { targets, length, columns }: Pick<Measured, "targets" | "length" | "columns">,
  name = "targets",
): void {
  if (columns > 1) return;
  for (let n = 0; n < length; n++) {
    const value = targets[n]!;
    if (!(Math.abs(value) > 1)) continue;
    throw new DataError(
      `${name}[${n}] is ${value}; metrics of classes expect a class, 0 or 1 or, with outputs from −1 to 1, −1 or 1`,
    );
  }
}

/** What is measured of arguments. */
export interface Given extends Measured {
  /** Whether targets are numbers of classes. */
  readonly areClasses: boolean;
  /** Refuses NaN among the numbers if what was found has any; returns it. */
  checked(found: number[]): number[];
}

export function readMeasured(
  outputs: MetricData,
  targets: MetricData,
  columns: number | undefined,
  { multiLabel, sampleWeights }: { multiLabel?: boolean | undefined; sampleWeights?: ArrayLike<number> | undefined },
  ofClasses = true,
): Given {
  if (multiLabel !== undefined) checkFlag("multiLabel", multiLabel);
  const both = [readData("outputs", outputs), readData("targets", targets)] as const;
  const [a, y] = both;
  const width = columns === undefined ? (a.columns ?? y.columns) : columns;
  if (width === undefined || !Number.isSafeInteger(width) || width < 1) {
    throw new OptionError(`columns is ${show(columns)}; a whole number of 1 or more is expected`);
  }
  const isSparse = ofClasses && width > 1 && (y.columns ?? 1) === 1 && y.length * width === a.length;
  for (const { name, length, columns: own } of isSparse ? [a] : both) {
    if ((own ?? width) !== width) throw new ShapeError(`${name} has ${counted(own!, "column")}; ${expected(width)}`);
    if (length % width !== 0) {
      throw new ShapeError(
        `${name} has ${counted(length, "element")}; rows of ${counted(width, "column")} are expected`,
      );
    }
  }
  const { length } = a;
  if (!isSparse && y.length !== length)
    throw new ShapeError(`targets has ${counted(y.length, "element")}; outputs has ${length}`);
  return {
    outputs: a.numbers,
    targets: isSparse ? columnsOfClasses(y, width) : y.numbers,
    length,
    columns: width,
    multiLabel: isSparse ? false : multiLabel,
    areClasses: isSparse,
    weights: sampleWeights === undefined ? undefined : readWeights(sampleWeights, length / width),
    checked(found) {
      if (found.some(Number.isNaN)) {
        for (const data of both) for (let n = 0; n < data.length; n++) checkNumber(data, n, data.numbers[n]);
      }
      return found;
    },
  };
}

/** A column for each class, of the classes' numbers. */
function columnsOfClasses({ numbers, length }: Data, columns: number): Uint8Array {
  const marks = new Uint8Array(length * columns);
  for (let s = 0; s < length; s++) {
    const k = numbers[s]!;
    if (!(Number.isInteger(k) && k >= 0 && k < columns)) {
      throw new DataError(`targets[${s}] is ${show(k)}; a class from 0 to ${columns - 1} is expected`);
    }
    marks[s * columns + k] = 1;
  }
  return marks;
}

/** Weights of rows, which must not all be 0. */
export function readWeights(weights: ArrayLike<number>, rows: number): Float64Array {
  checkLength("sampleWeights", weights, rows);
  const read = allocated<Float64Array>("f64", rows, Float64Array);
  let sum = 0;
  for (let s = 0; s < rows; s++) {
    const weight: unknown = weights[s];
    if (typeof weight !== "number" || !(weight >= 0) || weight === Infinity) {
      throw new DataError(`sampleWeights[${s}] is ${show(weight)}; a finite number of 0 or more is expected`);
    }
    read[s] = weight;
    sum += weight;
  }
  if (!(sum > 0 && Number.isFinite(sum))) {
    throw new DataError(`sampleWeights have the sum ${sum}; a finite sum of more than 0 is expected`);
  }
  return read;
}

/** Checks a list of metrics, each with a key of its own. */
export function checkMetrics(name: string, metrics: unknown): ResolvedMetric[] {
  const length = isList(metrics) ? widthOf(metrics) : undefined;
  if (length === undefined) throw new OptionError(`${name} is ${show(metrics)}; an array of metrics is expected`);
  const known: ResolvedMetric[] = [];
  for (let n = 0; n < length; n++) {
    const place = `${name}[${n}]`;
    const found = readMetric(place, (metrics as unknown[])[n]);
    if (known.some((other) => other.name === found.name)) {
      const advice = known.every(({ type }) => type !== found.type) ? "" : ": give it another name";
      throw new OptionError(`${place} is "${found.name}", which ${name} has already${advice}`);
    }
    known.push(found);
  }
  return known;
}

function readMetric(place: string, metric: unknown): ResolvedMetric {
  if (typeof metric !== "object" || metric === null) {
    const type = checkChoice(place, metric, METRICS);
    return { type, name: type };
  }
  checkKnown(place, metric, ["type", "name", "average", "class", "threshold", "multiLabel"]);
  const { type: given, name, ...settings } = metric as MetricWithSettings;
  const type = checkChoice(`${place}.type`, given, METRICS);
  checkKnown(place, settings, METRIC_ROWS[type].options);
  return readSettings(`${place}.`, type, settings, name);
}

/** The key of a metric in histories and files. */
export function isMetricKey(name: unknown): name is string {
  // "loss" is found beside metrics
  return typeof name === "string" && /^[A-Za-z][\w-]{0,59}$/.test(name) && !/^(loss|validationLoss)$/.test(name);
}

export function readSettings(
  place: string,
  type: MetricName,
  { average, class: only, threshold, multiLabel }: MetricSettings,
  name: unknown = type,
): ResolvedMetric {
  if (!isMetricKey(name)) {
    const expected = 'a word of letters, digits, _ and -, not "loss" and not "validationLoss", is expected';
    throw new OptionError(`${place}name is ${show(name)}; ${expected}`);
  }
  if (name !== type && (METRICS as readonly string[]).includes(name)) {
    throw new OptionError(`${place}name is "${name}", which is another metric`);
  }
  if (average !== undefined) checkChoice(`${place}average`, average, AVERAGES);
  if (only !== undefined) {
    checkWhole(`${place}class`, only, 0, 2 ** 24 - 1);
    if (average !== undefined) throw new OptionError(`${place}class is ${only}; with average none is expected`);
  }
  if (threshold !== undefined && !Number.isFinite(threshold)) {
    throw new OptionError(`${place}threshold is ${show(threshold)}; a finite number is expected`);
  }
  if (multiLabel !== undefined) checkFlag(`${place}multiLabel`, multiLabel);
  return {
    type,
    name,
    ...(average !== undefined && { average }),
    ...(only !== undefined && { class: only }),
    ...(threshold !== undefined && { threshold }),
    ...(multiLabel !== undefined && { multiLabel }),
  };
}

/** Refuses settings that don't go with so many columns; `areClasses`: columns are classes for sure. */
export function checkMetricsFit(
  prefix: string,
  metrics: readonly ResolvedMetric[],
  columns: number,
  areClasses: boolean,
): void {
  metrics.forEach(({ average, class: only, threshold, multiLabel }, n) => {
    const place = prefix && `${prefix}[${n}].`;
    if (average === "binary" && columns > 2) {
      throw new OptionError(
        `${place}average is "binary"; there are ${columns} classes: "macro", "micro" or "weighted" is expected`,
      );
    }
    if (only !== undefined && only >= Math.max(2, columns)) {
      throw new OptionError(`${place}class is ${only}; a class from 0 to ${Math.max(2, columns) - 1} is expected`);
    }
    if (areClasses && multiLabel) {
      throw new OptionError(`${place}multiLabel is true; the columns are classes, not labels`);
    }
    if (threshold !== undefined && columns > 1 && (areClasses || multiLabel === false)) {
      throw new OptionError(
        `${place}threshold is ${threshold}; of several classes, rows are in that of the largest output`,
      );
    }
  });
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
  const flat = given ?? (isArrayLike(value) && (!widthOf(value) || isNumber(value[0])));
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
      if (typeof found === "number") numbers[n] = found;
      else {
        if (!isNumber(found)) checkNumber(data, n, found);
        numbers[n] = Number(found);
      }
    }
  }
  return data;
}

function checkNumber({ name, columns, length }: Data, n: number, value: unknown): void {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  const row = columns === undefined ? "" : `[${Math.floor(n / columns)}]`;
  throw new DataError(`${name}${row}[${n % (columns ?? length)}] is ${show(value)}; a number is expected`);
}
