// How each metric is found, as catalog/metrics.ts defines it.

import type { MetricName } from "../catalog/metrics.ts";
import { logF64 } from "../engine/reference/elementary.ts";
import { type IsTime, inSlices } from "../rows.ts";
import {
  type After,
  type ClassCounts,
  type Measured,
  Measuring,
  measureAtOnce,
  NO_LISTS,
  OF_CLASS,
  type Pass,
  placeOf,
  type ResolvedMetric,
} from "./measuring.ts";
import { AREA_UNDER_CURVE, AVERAGE_PRECISION, ofRanks } from "./ranking.ts";
import { sorting } from "./sorting.ts";

/** The mean over rows of a number found from the class's probability, or from those of all classes. */
function ofProbabilities(
  from: Measuring,
  metric: ResolvedMetric,
  ofOne: (p: number, isIn: boolean) => number,
  ofRow: (p: Float64Array, own: number) => number,
): After<number> {
  const classes = from.classes(metric);
  const { outputs, columns, weights } = from.data;
  const row = new Float64Array(columns);
  let sum = 0;
  from.passes.push((n, end) => {
    const { areLabels, actual } = classes;
    for (let s = n / columns; n < end; s++, n += columns) {
      for (let j = 0; j < columns; j++) row[j] = from.areSigns ? (1 + outputs[n + j]!) / 2 : outputs[n + j]!;
      let found = 0;
      if (columns > 1 && !areLabels) found = ofRow(row, actual[s]!);
      else for (let j = 0; j < columns; j++) found += ofOne(row[j]!, actual[n + j] === 1) / columns;
      sum += (weights === undefined ? 1 : weights[s]!) * found;
    }
  });
  return () => sum / from.total;
}

const LEAST = 2 ** -52;

/** A probability whose logarithm is finite. */
function limited(p: number): number {
  return Math.min(Math.max(p, LEAST), 1 - LEAST);
}

function logLossOfRow(p: Float64Array, own: number): number {
  let sum = 0;
  for (const value of p) sum += limited(value);
  return -logF64(limited(p[own]!) / sum);
}

function brierOfRow(p: Float64Array, own: number): number {
  let sum = 0;
  for (let j = 0; j < p.length; j++) sum += square(p[j]! - (j === own ? 1 : 0));
  return p.length === 2 ? sum / 2 : sum;
}

/** How each metric is found. */
const MEASURES: Readonly<Record<MetricName, (from: Measuring, metric: ResolvedMetric) => After<number>>> = {
  accuracy: (from, metric) => {
    const counts = from.counts(metric);
    return () => counts().right / from.total;
  },
  balancedAccuracy: (from, metric) => {
    const found = from.counts(metric);
    const mean = (classes: readonly ClassCounts[]) => {
      const those = classes.filter(({ belonging }) => belonging > 0);
      return those.reduce((sum, counts) => sum + OF_CLASS.recall(counts), 0) / those.length;
    };
    return () => {
      const { areLabels, classes, others } = found();
      return areLabels ? from.mean((j) => mean([classes[j]!, others[j]!])) : mean(classes);
    };
  },
  precision: (from, metric) => from.ofClasses(metric, OF_CLASS.precision),
  recall: (from, metric) => from.ofClasses(metric, OF_CLASS.recall),
  f1: (from, metric) => from.ofClasses(metric, OF_CLASS.f1),
  auc: (from, metric) => ofRanks(from, metric, AREA_UNDER_CURVE),
  averagePrecision: (from, metric) => ofRanks(from, metric, AVERAGE_PRECISION),
  logLoss: (from, metric) =>
    ofProbabilities(from, metric, (p, isIn) => -logF64(limited(isIn ? p : 1 - p)), logLossOfRow),
  brier: (from, metric) => ofProbabilities(from, metric, (p, isIn) => square(p - (isIn ? 1 : 0)), brierOfRow),
  mae: (from) => {
    const sums = from.sums(addAbsolute);
    return () => from.mean((j) => sums[j]! / from.total);
  },
  mse: (from) => {
    const squares = from.squares();
    return () => from.mean((j) => squares[j]! / from.total);
  },
  rmse: (from) => {
    const squares = from.squares();
    return () => from.mean((j) => Math.sqrt(squares[j]! / from.total));
  },
  r2: (from) => {
    const { targets } = from.data;
    // counted from the first, so that the mean of equal targets is exact and their variance 0
    const distances = from.sums((data, sum, n, end, j) => addDistances(data, sum, n, end, targets[j]!));
    const variances = from.sums((data, sum, n, end, j) =>
      addSquaredDistances(data, sum, n, end, targets[j]! + distances[j]! / from.total),
    );
    const squares = from.squares();
    return () =>
      from.mean((j) => {
        const spread = variances[j]! / from.total;
        const mean = squares[j]! / from.total;
        return spread === 0 && mean >= 0 ? Number(mean === 0) : 1 - mean / spread;
      });
  },
  medianAbsoluteError: (from) => {
    const { outputs, targets, columns, weights } = from.data;
    const medians = new Float64Array(columns);
    medians.forEach((_, j) => {
      let [errors, own] = NO_LISTS;
      from.passes.push(
        (n, end) => {
          if (n === 0) [errors, own] = from.lists(from.rows);
          for (let s = n / columns; n < end; s++, n += columns) {
            const error = Math.abs(outputs[n + j]! - targets[n + j]!);
            if (Number.isNaN(error)) from.one = Number.NaN;
            errors[s] = error;
          }
          return errors;
        },
        (n, end) => {
          if (weights === undefined) {
            medians[j] = (errors[(from.rows - 1) >> 1]! + errors[from.rows >> 1]!) / 2;
            return;
          }
          for (let s = n / columns; n < end; s++, n += columns) {
            own[placeOf(errors, Math.abs(outputs[n + j]! - targets[n + j]!))]! += weights[s]!;
          }
          if (end < from.data.length) return;
          let [place, sum] = [0, own[0]!];
          while (sum < from.total / 2 && place < own.length - 1) sum += own[++place]!;
          medians[j] = errors[place]!;
        },
      );
    });
    return () => from.mean((j) => medians[j]!);
  },
};

// Functions of their own, which close over nothing, take half the time of closures.

function addAbsolute({ outputs, targets, columns, weights }: Measured, sum: number, n: number, end: number): number {
  for (let s = weights === undefined ? 0 : Math.floor(n / columns); n < end; n += columns, s++) {
    const error = Math.abs(outputs[n]! - targets[n]!);
    sum += weights === undefined ? error : weights[s]! * error;
  }
  return sum;
}

function addDistances(
  { targets, columns, weights }: Measured,
  sum: number,
  n: number,
  end: number,
  from: number,
): number {
  for (let s = weights === undefined ? 0 : Math.floor(n / columns); n < end; n += columns, s++) {
    const distance = targets[n]! - from;
    sum += weights === undefined ? distance : weights[s]! * distance;
  }
  return sum;
}

function addSquaredDistances(
  { targets, columns, weights }: Measured,
  sum: number,
  n: number,
  end: number,
  from: number,
): number {
  for (let s = weights === undefined ? 0 : Math.floor(n / columns); n < end; n += columns, s++) {
    const distance = targets[n]! - from;
    sum += weights === undefined ? distance * distance : weights[s]! * (distance * distance);
  }
  return sum;
}

/** Adds the passes that find a metric. */
export function measureOf(from: Measuring, metric: ResolvedMetric): After<number> {
  const found = MEASURES[metric.type](from, metric);
  return () => from.one * found();
}

/** An object of them under their names. */
export function byName(metrics: readonly ResolvedMetric[], values: readonly number[]): Record<string, number> {
  return Object.fromEntries(metrics.map(({ name }, n) => [name, values[n]!]));
}

function square(value: number): number {
  return value * value;
}

/** Measures without checks; yields where it is time to. Every metric is NaN if an output is. */
export function* measuring(
  metrics: readonly ResolvedMetric[],
  data: Measured,
  isTime: IsTime,
): Generator<undefined, Record<string, number>> {
  const { length, columns } = data;
  const from = new Measuring(data);
  const found = metrics.map((metric) => measureOf(from, metric));
  if (isTime === undefined) measureAtOnce(from);
  else {
    for (const pass of from.passes) {
      let unsorted: ReturnType<Pass>;
      const run = (first: number, count: number) => {
        unsorted = pass(first * columns, (first + count) * columns);
      };
      yield* inSlices(isTime, length / columns, run, columns);
      if (unsorted !== undefined) yield* sorting(unsorted, isTime);
    }
  }
  return byName(
    metrics,
    found.map((value) => value()),
  );
}
