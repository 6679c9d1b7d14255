// x and y of a network: what it takes, in the form its engine and its metrics want.

import type { FloatArray } from "../arrays.ts";
import { ACTIVATIONS, type ActivationName } from "../catalog/activations.ts";
import { LOSSES } from "../catalog/losses.ts";
import { checkLength, counted, show } from "../checks.ts";
import { readCompressed } from "../data/compressed.ts";
import {
  type Bounds,
  classSource,
  type MatrixLike,
  MatrixSource,
  own,
  settled,
  smoothedSource,
  type XLike,
} from "../data/matrix.ts";
import type { ResolvedMetric } from "../data/measuring.ts";
import { checkClasses, checkMetricsFit, isOfClasses, readWeights } from "../data/metrics.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { type DType, dtypeOf, floatArray, last } from "../numbers.ts";
import type { FitOptions } from "../options/fit.ts";
import { lossName } from "../options/loss.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import { atOnce, type IsTime, inSlices, ownCompressed, type RowSource } from "../rows.ts";

/** Of a network's options, those that targets have to do with; of the layers the last. */
type OutputOptions = Pick<ResolvedNetworkOptions, "dtype" | "loss" | "layers">;

/** x and y of some rows. */
export interface Sample {
  readonly x: RowSource;
  readonly y: RowSource;
  /** y as metrics see it. */
  readonly labels: RowSource;
  /** False where the columns of y are classes for sure; else the targets tell. */
  readonly multiLabel: false | undefined;
}

export function xSource({ inputs, dtype }: ResolvedNetworkOptions, name = "x"): MatrixSource {
  return new MatrixSource(name, inputs, dtype, "the network takes");
}

/** x where it is given compressed. */
export function compressedX({ inputs, dtype }: ResolvedNetworkOptions, x: XLike, name = "x"): RowSource | undefined {
  return readCompressed(name, x, inputs, dtype, "takes");
}

type Names = readonly [x: string, y: string];

const DATA: Names = ["x", "y"];

/** What messages call the data of `validation`. */
export const VALIDATION: Names = ["validation[0]", "validation[1]"];

/** What reads x and y: for one call at a time. */
export interface Readers {
  readonly x: MatrixSource;
  readonly y: MatrixSource;
}

export function readersOf(options: ResolvedNetworkOptions, [xName, yName] = DATA): Readers {
  const { dtype } = options;
  const { units, activation } = last(options.layers);
  const y = isSparse(options)
    ? new MatrixSource(yName, 1, dtype, "the network takes the classes in")
    : new MatrixSource(yName, units, dtype, "the network has outputs for", boundsOf(activation));
  return { x: xSource(options, xName), y };
}

/** x and y as they are given. */
export function sourcesOf(
  options: ResolvedNetworkOptions,
  x: XLike,
  y: MatrixLike,
  names = DATA,
  readers = readersOf(options, names),
): [x: RowSource, y: MatrixSource] {
  const [xName, yName] = names;
  const xRows = compressedX(options, x, xName) ?? readers.x.of(x as MatrixLike);
  const yRows = readers.y.of(y);
  if (xRows.rows !== yRows.rows) {
    throw new ShapeError(`${yName} has ${counted(yRows.rows, "row")}; ${xName} has ${xRows.rows}`);
  }
  return [xRows, yRows];
}

/** What targets are compared with, and the advice for those beyond. */
function boundsOf(activation: ActivationName): Bounds | undefined {
  const { range, overRows } = ACTIVATIONS[activation];
  if (range === undefined) return undefined;
  const [min, max] = range;
  const advice = () => {
    const outputs = overRows ? "are shares" : `lie between ${show(min)} and ${max}: scale the targets`;
    const classes = min < 0 ? "" : `${overRows ? ":" : ", or"} encode classes as one column each`;
    return `${activation} outputs ${outputs}${classes}${overRows ? ", or take the sparse loss" : ""}`;
  };
  return { min, max, advice };
}

/** One that no code of a caller's has to run for any more. */
export function settledSample(options: ResolvedNetworkOptions, x: XLike, y: MatrixLike, readers?: Readers): Sample {
  const [xRows, yRows] = sourcesOf(options, x, y, DATA, readers);
  return toSample(options, [settled(xRows, options.dtype), yRows.settled()]);
}

/** x and y as the loss and the metrics see them. */
export function toSample(
  options: ResolvedNetworkOptions,
  [x, y]: readonly [RowSource, RowSource],
  names?: Names,
): Sample {
  const { loss, dtype } = options;
  const labels = isSparse(options) ? classSource(y, last(options.layers).units, dtype, names?.[1]) : y;
  return { x, y: smoothed(labels, loss), labels, multiLabel: hasClasses(options) ? false : undefined };
}

/** x in memory of our own, compressed if it is given so. */
export function* ownX(x: RowSource, dtype: DType, isTime: IsTime): Generator<undefined, RowSource> {
  const { compressed, columns } = x;
  return yield* compressed === undefined ? own(x, dtype, isTime) : ownCompressed(compressed, columns, dtype, isTime);
}

/** A sample in memory of our own, its numbers checked: what becomes of the caller's afterwards changes nothing. */
export function* ownSample(sample: Sample, dtype: DType, isTime: IsTime): Generator<undefined, Sample> {
  const x = yield* ownX(sample.x, dtype, isTime);
  const labels = yield* own(sample.labels, dtype, isTime);
  const y = sample.y === sample.labels ? labels : yield* own(sample.y, dtype, isTime);
  return { ...sample, x, y, labels };
}

/** Targets as the loss takes them; in the binary cross-entropy each column is of two classes. */
export function smoothed(labels: RowSource, loss: ResolvedNetworkOptions["loss"]): RowSource {
  if (typeof loss !== "object" || !("labelSmoothing" in loss) || loss.labelSmoothing === undefined) return labels;
  const classes = LOSSES[loss.type].isBinary ? 2 : labels.columns;
  return smoothedSource(labels, loss.labelSmoothing, classes);
}

/** Weights of rows. Those of classes may have to be counted first. */
export interface Weights extends RowSource {
  counting(isTime: IsTime): Generator<undefined, void>;
}

/** The weight of each row: its own times that of its class. */
export function weightsOf(
  options: OutputOptions,
  labels: RowSource,
  sampleWeights: ArrayLike<number> | undefined,
  classWeights: FitOptions["classWeights"],
  allowNegative = false,
): Weights | undefined {
  if (sampleWeights === undefined && classWeights === undefined) return undefined;
  const { dtype } = options;
  const { rows, columns } = labels;
  if (sampleWeights !== undefined) checkLength("sampleWeights", sampleWeights, rows);
  const ofClass = floatArray(dtype, Math.max(2, columns)).fill(1);
  const classOf = classOfRow(options);
  if (classWeights !== undefined) {
    checkClassifies(options);
    if (typeof classWeights !== "string") {
      checkLength("classWeights", classWeights, ofClass.length);
      copyWeights("classWeights", classWeights, ofClass);
    } else if (classWeights !== "balanced") {
      const expected = `"balanced" or an array of ${ofClass.length} numbers is expected`;
      throw new OptionError(`classWeights is ${show(classWeights)}; ${expected}`);
    }
  }
  let isCounted = classWeights !== "balanced";
  const classesOf = (first: number, count: number): number[] => {
    const wanted = floatArray(dtype, count * columns);
    labels.copyTo(wanted, first);
    return Array.from({ length: count }, (_, s) => classOf(wanted.subarray(s * columns, (s + 1) * columns), first + s));
  };
  function* counting(isTime: IsTime): Generator<undefined, void> {
    if (isCounted) return;
    const counts = new Float64Array(ofClass.length);
    const count = (first: number, some: number) => {
      for (const k of classesOf(first, some)) counts[k]!++;
    };
    yield* inSlices(isTime, rows, count, columns);
    const occurring = counts.filter((count) => count > 0).length;
    counts.forEach((count, k) => {
      if (count > 0) ofClass[k] = rows / (occurring * count);
    });
    isCounted = true;
  }
  return {
    rows,
    columns: 1,
    counting,
    copyTo(target: FloatArray, first = 0) {
      if (sampleWeights === undefined) target.fill(1);
      else copyWeights("sampleWeights", sampleWeights, target, first, allowNegative);
      if (classWeights === undefined) return;
      atOnce(counting(() => false));
      classesOf(first, target.length).forEach((k, s) => {
        const own = target[s]!;
        const ofOwn = ofClass[k]!;
        target[s] = own * ofOwn;
        if (Number.isFinite(target[s])) return;
        throw new DataError(
          `sampleWeights[${first + s}] is ${own}; times its class's weight, ${ofOwn}, it is infinite in ${dtype}`,
        );
      });
    },
  };
}

/** Weights of rows: in the dtype for the error, and as they were given for metrics. */
export interface RowWeights {
  readonly ofErrors: FloatArray;
  readonly ofMetrics: Float64Array;
}

/** Weights of rows for an evaluation, each read once. */
export function rowWeights(options: OutputOptions, labels: RowSource, given: ArrayLike<number>): RowWeights {
  const ofMetrics = readWeights(given, labels.rows);
  const ofErrors = floatArray(options.dtype, labels.rows);
  weightsOf(options, labels, ofMetrics, undefined)!.copyTo(ofErrors);
  return { ofErrors, ofMetrics };
}

/** Finite weights, of 0 or more unless they may be negative; those from `first` on into `target`. */
function copyWeights(
  name: string,
  weights: ArrayLike<number>,
  target: FloatArray,
  first = 0,
  allowNegative = false,
): void {
  for (let n = 0; n < target.length; n++) {
    const value: unknown = weights[first + n];
    const weight = typeof value === "number" ? value : Number.NaN;
    target[n] = weight;
    const stored = target[n] ?? weight; // there is no target any more where a caller's code made memory grow
    if ((stored >= 0 || allowNegative) && Number.isFinite(stored)) continue;
    const expected = `a number${allowNegative ? "" : " of 0 or more"}, finite in ${dtypeOf(target)}, is expected`;
    const advice = stored < 0 && name === "sampleWeights" ? " (allowNegativeWeights: true allows it)" : "";
    throw new DataError(`${name}[${first + n}] is ${show(value)}; ${expected}${advice}`);
  }
}

/** Refuses metrics that don't suit the targets, which messages call `name`. */
export function checkSampleMetrics(
  metrics: readonly ResolvedMetric[],
  { labels, multiLabel }: Sample,
  dtype: DType,
  name = "y",
): void {
  checkMetricsFit("metrics", metrics, labels.columns, multiLabel === false);
  if (labels.columns > 1 || !metrics.some(isOfClasses)) return;
  const targets = floatArray(dtype, labels.rows);
  labels.copyTo(targets);
  checkClasses({ targets, length: labels.rows, columns: 1 }, name);
}

/**
 * Refuses a regression, whatever its targets are: it has no classes. An error of a cross-entropy is always of classes.
 */
function checkClassifies({ loss, layers }: OutputOptions): void {
  const { activation } = last(layers);
  const { range, isRegression } = ACTIVATIONS[activation];
  if (range !== undefined && !isRegression) return;
  throw new OptionError(
    `classWeights is given; loss "${lossName(loss)}" with "${activation}" outputs is a regression, without classes`,
  );
}

/** Finds which class row s is in; of targets that are no classes, weights of classes have no meaning. */
function classOfRow(options: OutputOptions): (row: FloatArray, s: number) => number {
  if (areShares(options)) return classOfShares;
  let low: number | undefined; // what stands for no: 0 or −1
  return (row, s) => {
    const largest = indexOfLargest(row);
    const isOne = row.length === 1;
    row.forEach((value, j) => {
      const isYes = isOne ? value === 1 : j === largest;
      if (!isYes && (value === 0 || value === -1)) low ??= value;
      if (value === (isYes ? 1 : low)) return;
      const classes = isOne ? "0 or 1 (or −1 or 1)" : "1 in one column and 0 (or −1) in the others";
      throw new OptionError(`classWeights is given; y[${s}][${j}] is ${value}, and of classes ${classes} is expected`);
    });
    return isOne ? Number(row[0] === 1) : largest;
  };
}

/** Whether each row of y is the shares of classes, as the loss or the outputs have it. */
export function areShares(options: OutputOptions): boolean {
  const isBinary = LOSSES[lossName(options.loss)].isBinary === true;
  return hasClasses(options) || (isBinary && last(options.layers).units === 1);
}

/** The class of which a row has the largest share, the first of equals. */
export function classOfShares(row: FloatArray): number {
  return row.length === 1 ? Number(row[0]! >= 0.5) : indexOfLargest(row);
}

function indexOfLargest(row: FloatArray): number {
  let largest = 0;
  for (let j = 1; j < row.length; j++) if (row[j]! > row[largest]!) largest = j;
  return largest;
}

/** Whether the columns of y are shares of classes for sure. */
function hasClasses({ layers }: OutputOptions): boolean {
  return ACTIVATIONS[last(layers).activation].overRows === true;
}

export function isSparse({ loss }: Pick<OutputOptions, "loss">): boolean {
  return LOSSES[lossName(loss)].isSparse === true;
}
