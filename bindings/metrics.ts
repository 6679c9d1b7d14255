// Metrics of a network's outputs against their targets, defined as in scikit-learn (sklearn.metrics). Every sum is
// taken in index order in f64, and what is sorted are numbers alone: the bits are the same in every JavaScript engine.

import { checkChoice } from "./checks.ts";
import { ShapeError } from "./errors.ts";

/**
 * The names of all metrics. Those of classes take one column as two classes, class 1 where the number is 0.5 or more,
 * and several columns as one class each, a row's being that of its largest number, the first of equals.
 *
 * - "accuracy": the share of rows whose class is the target's
 * - "precision": of the rows put into a class, the share that belongs there; 0 where none was put there
 * - "recall": of the rows that belong to a class, the share that was put there; 0 where none belongs there
 * - "f1": their harmonic mean, 2 · hits / (put there + belonging there); 0 where that is 0 / 0
 * - "auc": the area under the ROC curve, how often a row of the class has a higher output than one that isn't, equal
 *   outputs counted half; not defined for a class that all or none of the rows belong to
 * - "mae": mean of |a − y| over all elements
 * - "rmse": √ of the mean of (a − y)² over all elements
 * - "r2": 1 − Σ (a − y)² / Σ (y − mean y)²; where a column of y is constant 1 if a = y throughout, else 0
 *
 * "precision", "recall", "f1" and "auc" are those of class 1 where there is one column, else the mean over all columns;
 * "auc" over those for which it is defined, NaN where there is none. "r2" is the mean over all columns.
 */
export const METRICS = ["accuracy", "precision", "recall", "f1", "auc", "mae", "rmse", "r2"] as const;

/** What `metric` can measure; METRICS says how each is defined. */
export type MetricName = (typeof METRICS)[number];

type Numbers = ArrayLike<number>;

/**
 * One metric of a network's outputs.
 *
 * @param name One of METRICS.
 * @param outputs What the network predicts, rows × columns finite numbers, row-major.
 * @param targets What it should predict, in the same shape.
 * @param columns How many columns both have: a whole number of 1 or more that divides their lengths.
 * @returns From 0 to 1 for those of classes ("auc" may be NaN), 0 or more in the units of y for "mae" and "rmse", at
 * most 1 for "r2".
 * @throws OptionError where there is no metric of that name, ShapeError where outputs and targets differ in length.
 *
 * @example
 * ```ts
 * import { metric } from "bitgrad";
 *
 * metric("accuracy", [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0], 1); // 0.75
 * metric("auc", [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0], 1); // 1
 * ```
 */
export function metric(name: MetricName, outputs: Numbers, targets: Numbers, columns: number): number {
  checkChoice("name", name, METRICS);
  if (targets.length !== outputs.length) {
    throw new ShapeError(`targets has ${targets.length} elements; outputs has ${outputs.length}`);
  }
  return FORMULAS[name](outputs, targets, columns);
}

/**
 * Several metrics, each as `metric` has it, by their names.
 *
 * @throws As `metric` does.
 *
 * @example
 * ```ts
 * import { measure } from "bitgrad";
 *
 * measure(["mae", "rmse"], [1, 2, 3, 4], [1, 2, 3, 6], 2); // { mae: 0.5, rmse: 1 }
 * ```
 */
export function measure<Name extends MetricName>(
  names: readonly Name[],
  outputs: Numbers,
  targets: Numbers,
  columns: number,
): Record<Name, number> {
  const entries = names.map((name) => [name, metric(name, outputs, targets, columns)]);
  return Object.fromEntries(entries);
}

const FORMULAS: Record<MetricName, (outputs: Numbers, targets: Numbers, columns: number) => number> = {
  accuracy(outputs, targets, columns) {
    const predicted = classesOf(outputs, columns);
    const actual = classesOf(targets, columns);
    return mean(actual.length, (s) => (predicted[s] === actual[s] ? 1 : 0));
  },
  precision: (outputs, targets, columns) => hitRate(outputs, targets, columns, (predicted) => predicted),
  recall: (outputs, targets, columns) => hitRate(outputs, targets, columns, (_, actual) => actual),
  f1: (outputs, targets, columns) =>
    hitRate(outputs, targets, columns, (predicted, actual) => (predicted + actual) / 2),
  auc(outputs, targets, columns) {
    const actual = classesOf(targets, columns);
    const areas = Array.from({ length: columns }, (_, j) => {
      const split: [others: number[], own: number[]] = [[], []];
      actual.forEach((k, s) => split[k === classOf(j, columns) ? 1 : 0].push(outputs[s * columns + j]!));
      return areaUnderCurve(...split);
    }).filter((area) => !Number.isNaN(area));
    return mean(areas.length, (n) => areas[n]!);
  },
  mae: (outputs, targets) => mean(outputs.length, (n) => Math.abs(outputs[n]! - targets[n]!)),
  rmse: (outputs, targets) => Math.sqrt(mean(outputs.length, (n) => square(outputs[n]! - targets[n]!))),
  r2: (outputs, targets, columns) =>
    mean(columns, (j) => {
      const rows = targets.length / columns;
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

function square(value: number): number {
  return value * value;
}

/** The class a column stands for. */
function classOf(column: number, columns: number): number {
  return columns === 1 ? 1 : column;
}

/** The class of every row. */
function classesOf(values: Numbers, columns: number): Uint32Array {
  return Uint32Array.from({ length: values.length / columns }, (_, s) => {
    if (columns === 1) return values[s]! >= 0.5 ? 1 : 0;
    let best = 0;
    for (let j = 1; j < columns; j++) if (values[s * columns + j]! > values[s * columns + best]!) best = j;
    return best;
  });
}

/** Hits of a class / what `divisor` makes of the number of its rows, predicted and actual. */
function hitRate(
  outputs: Numbers,
  targets: Numbers,
  columns: number,
  divisor: (predicted: number, actual: number) => number,
): number {
  const [hits, predicted, actual] = [0, 1, 2].map(() => new Uint32Array(Math.max(columns, 2))) as Uint32Array[];
  const predictedOf = classesOf(outputs, columns);
  classesOf(targets, columns).forEach((k, s) => {
    const found = predictedOf[s]!;
    predicted![found]!++;
    actual![k]!++;
    if (found === k) hits![k]!++;
  });
  return mean(columns, (j) => {
    const k = classOf(j, columns);
    return hits![k]! / (divisor(predicted![k]!, actual![k]!) || 1); // without rows there are no hits: 0
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
