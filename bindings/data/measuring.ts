// Passes over the numbers that metrics are of, which may be done in slices, and what they find: sums, classes, counts.
// Every sum is taken in index order in f64, and what is sorted are numbers alone: the bits are the same in every
// JavaScript engine.

import type { NumberArray } from "../arrays.ts";
import type { Average, MetricName } from "../catalog/metrics.ts";

/** A metric that was asked for, checked. */
export interface ResolvedMetric {
  readonly type: MetricName;
  /** Under which it is found. */
  readonly name: string;
  readonly average?: Average;
  readonly class?: number;
  readonly threshold?: number;
  readonly multiLabel?: boolean;
}

/** What metrics are of. */
export interface Measured {
  readonly outputs: NumberArray;
  readonly targets: NumberArray;
  /** Elements of each. */
  readonly length: number;
  readonly columns: number;
  /** Whether columns are labels, for metrics that don't say so. If undefined, the targets decide. */
  readonly multiLabel: boolean | undefined;
  /** One for each row. */
  readonly weights?: Float64Array | undefined;
}

/**
 * Works on the numbers from `n` to before `end`, which are rows. It is called for all rows in order, in any pieces.
 * What it returns is to be sorted before the next pass.
 */
export type Pass = (n: number, end: number) => Float64Array | undefined;

/** What passes find: it is there after them. */
export type After<T> = () => T;

/** How rows are put into classes. */
type Judging = Pick<ResolvedMetric, "threshold" | "multiLabel">;

/** Which classes rows are in: a number for each row or, of labels, 0 or 1 for each element. */
export interface Classes {
  areLabels: boolean;
  predicted: Float64Array | Uint8Array | Uint32Array;
  actual: Float64Array | Uint8Array | Uint32Array;
}

/** Of rows, the sums of their weights. */
export interface Counts {
  readonly areLabels: boolean;
  /** All of whose classes are right. */
  readonly right: number;
  /** Of each class. */
  readonly classes: readonly ClassCounts[];
  /** Of labels: of the rows without each. */
  readonly others: readonly ClassCounts[];
}

export interface ClassCounts {
  /** Whether a row belongs to it or is put into it. */
  occurs: boolean;
  hits: number;
  put: number;
  belonging: number;
}

/** The metrics of a class. */
export const OF_CLASS = {
  precision: ({ hits, put }: ClassCounts): number => share(hits, put),
  recall: ({ hits, belonging }: ClassCounts): number => share(hits, belonging),
  f1: ({ hits, put, belonging }: ClassCounts): number => share(hits, (put + belonging) / 2),
};

/** 0 of nothing. */
export function share(part: number, whole: number): number {
  return part / (whole || 1);
}

/** All classes as if they were one. */
export function together(classes: readonly ClassCounts[]): ClassCounts {
  const sum = { occurs: true, hits: 0, put: 0, belonging: 0 };
  for (const { hits, put, belonging } of classes) {
    sum.hits += hits;
    sum.put += put;
    sum.belonging += belonging;
  }
  return sum;
}

/** Of the classes that occur, and of all labels. */
export function meanOfClasses(
  { areLabels, classes }: Counts,
  of: (counts: ClassCounts) => number,
  weighted: boolean,
): number {
  let [sum, weights] = [0, 0];
  for (const counts of classes) {
    if (!counts.occurs && !areLabels) continue;
    const weight = weighted ? counts.belonging : 1;
    sum += weight * of(counts);
    weights += weight;
  }
  return share(sum, weights);
}

const CACHED = 4096; // numbers that are summed column by column, while they are in the cache

/** Passes over numbers, and what metrics need of them, each found once. Where a number is NaN, so are all metrics. */
export class Measuring {
  readonly data: Measured;
  readonly rows: number;
  readonly passes: Pass[] = [];
  /** With one column there are two classes. */
  readonly classCount: number;
  /** One for each row; undefined where all are 1. */
  readonly weights: Float64Array | undefined;
  /** Their sum. */
  readonly total: number;
  /** Or NaN, where a number is. */
  one = 1;
  /** Targets are from −1 to 1, and one is negative. Known once classes are found. */
  areSigns = false;
  #areMarks = false; // targets are 0 and 1, or −1 and 1
  #severalOnes = false; // or none, in a row of targets
  #looked = false;
  readonly #classes = new Map<string, Classes>();
  readonly #counts = new Map<Classes, After<Counts>>();
  #squares: Float64Array | undefined;
  #lists: Lists | undefined;

  constructor(data: Measured) {
    const { length, columns, weights } = data;
    this.data = data;
    this.rows = length / columns;
    this.classCount = Math.max(2, columns);
    this.weights = weights;
    this.total = weights === undefined ? this.rows : weights.reduce((sum, weight) => sum + weight, 0);
  }

  /**
   * Sums over the rows, one for each column, there after the passes. `add` adds a column's numbers to its sum: those at
   * `n` and every `columns` further on, before `end`.
   */
  sums(add: (data: Measured, sum: number, n: number, end: number, column: number) => number): Float64Array {
    const { data } = this;
    const { columns } = data;
    const sums = new Float64Array(columns);
    const most = Math.max(1, Math.floor(CACHED / columns)) * columns;
    this.passes.push((n, end) => {
      for (; n < end; n += most) {
        for (let j = 0; j < columns; j++) sums[j] = add(data, sums[j]!, n + j, Math.min(n + most, end), j);
      }
    });
    return sums;
  }

  /** Of the squared errors. */
  squares(): Float64Array {
    this.#squares ??= this.sums(addSquares);
    return this.#squares;
  }

  /** The mean over the columns of something of each. */
  mean(of: (column: number) => number): number {
    const { columns } = this.data;
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += of(j);
    return sum / columns;
  }

  /** Three lists for one pass after the other, which all columns share; the last two are zeros. */
  lists(count: number): Lists {
    if (this.#lists?.[0].length === count) for (const list of this.#lists) list.fill(0);
    else this.#lists = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
    return this.#lists;
  }

  /** Which classes rows are in. */
  classes({ threshold, multiLabel = threshold === undefined ? this.data.multiLabel : true }: Judging): Classes {
    const key = `${threshold} ${multiLabel}`;
    const known = this.#classes.get(key);
    if (known !== undefined) return known;
    this.#look();
    const { outputs, targets, length, columns } = this.data;
    const found: Classes = { areLabels: false, predicted: NONE, actual: NONE };
    this.#classes.set(key, found);
    const judge = (values: NumberArray, into: Classes["actual"], limit: number, n: number, end: number) => {
      if (found.areLabels || columns === 1) {
        for (; n < end; n++) {
          if (values[n]! >= limit) into[n] = 1;
          else if (!(values[n]! < limit)) this.one = Number.NaN;
        }
      }
      for (let s = n / columns; n < end; s++) {
        const first = n;
        let best = n; // the first of equals
        for (const row = n + columns; n < row; n++) {
          if (values[n]! > values[best]!) best = n;
          else if (!(values[n]! <= values[best]!)) this.one = Number.NaN;
        }
        into[s] = best - first;
      }
    };
    this.passes.push((n, end) => {
      if (n === 0) {
        found.areLabels = columns > 1 && (multiLabel ?? (this.#severalOnes && this.#areMarks));
        const list = () => (found.areLabels || columns === 1 ? new Uint8Array(length) : new Uint32Array(this.rows));
        found.predicted = list();
        found.actual = list();
      }
      const limit = this.areSigns ? 0 : 0.5;
      judge(outputs, found.predicted, threshold ?? limit, n, end);
      judge(targets, found.actual, limit, n, end);
    });
    return found;
  }

  /** What targets are. */
  #look(): void {
    if (this.#looked) return;
    this.#looked = true;
    const { targets, columns } = this.data;
    let [least, most] = [0, 1];
    let [hasZero, isWhole] = [false, true];
    this.passes.push((n, end) => {
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
        if (ones !== 1) this.#severalOnes = true;
      }
      const isUnit = least >= -1 && most === 1;
      this.areSigns = isUnit && least < 0;
      this.#areMarks = isUnit && isWhole && !(least && hasZero);
    });
  }

  /** Counts rows by their classes; `matrix`: where rows × columns of classes are counted. */
  counts(options: Judging, matrix?: Float64Array): After<Counts> {
    const classes = this.classes(options);
    const known = this.#counts.get(classes);
    if (known !== undefined) return known;
    const { weights } = this;
    const { columns } = this.data;
    const some = (length: number) =>
      Array.from({ length }, (): ClassCounts => ({ occurs: false, hits: 0, put: 0, belonging: 0 }));
    const counts = { areLabels: false, right: 0, classes: some(this.classCount), others: some(columns) };
    const add = (to: ClassCounts, isPut: boolean, belongs: boolean, weight: number) => {
      if (isPut) to.put += weight;
      if (belongs) to.belonging += weight;
      if (isPut && belongs) to.hits += weight;
      if (isPut || belongs) to.occurs = true;
    };
    this.passes.push((n, end) => {
      const { areLabels, predicted, actual } = classes;
      counts.areLabels = areLabels;
      for (let s = n / columns; n < end; s++, n += columns) {
        const weight = weights === undefined ? 1 : weights[s]!;
        let isRight = true;
        for (let j = 0; areLabels && j < columns; j++) {
          const isPut = predicted[n + j] === 1;
          const belongs = actual[n + j] === 1;
          add(counts.classes[j]!, isPut, belongs, weight);
          add(counts.others[j]!, !isPut, !belongs, weight);
          if (isPut !== belongs) isRight = false;
        }
        if (!areLabels) {
          const put = predicted[s]!;
          const own = actual[s]!;
          isRight = put === own;
          add(counts.classes[put]!, true, isRight, weight);
          if (!isRight) add(counts.classes[own]!, false, true, weight);
          if (matrix !== undefined) matrix[own * this.classCount + put]! += weight;
        }
        if (isRight) counts.right += weight;
      }
    });
    const found = () => counts;
    this.#counts.set(classes, found);
    return found;
  }

  averageOf({ average }: ResolvedMetric): Average {
    return average ?? (this.data.columns === 1 ? "binary" : "macro");
  }

  /** Of the class that is asked for, or of all as it is asked for. */
  ofClasses(metric: ResolvedMetric, of: (counts: ClassCounts) => number): After<number> {
    const found = this.counts(metric);
    const average = this.averageOf(metric);
    return () => {
      const { classes } = found();
      if (metric.class !== undefined || average === "binary") return of(classes[metric.class ?? 1]!);
      return average === "micro" ? of(together(classes)) : meanOfClasses(found(), of, average === "weighted");
    };
  }
}

// Functions of their own, which close over nothing, take half the time of closures.

function addSquares({ outputs, targets, columns, weights }: Measured, sum: number, n: number, end: number): number {
  for (let s = weights === undefined ? 0 : Math.floor(n / columns); n < end; n += columns, s++) {
    const error = outputs[n]! - targets[n]!;
    sum += weights === undefined ? error * error : weights[s]! * (error * error);
  }
  return sum;
}

/** Three lists of numbers. */
export type Lists = readonly [Float64Array, Float64Array, Float64Array];

const NONE = /* @__PURE__ */ new Float64Array(0);
export const NO_LISTS: Lists = [NONE, NONE, NONE];

/** Of the first of equal numbers in ascending order. */
export function placeOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Has all passes done at once. */
export function measureAtOnce({ passes, data }: Measuring): void {
  for (const pass of passes) pass(0, data.length)?.sort();
}
