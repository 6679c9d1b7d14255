// How metrics are measured: in passes over the numbers, which may be done in slices. Every sum is taken in index order
// in f64, and what is sorted are numbers alone: the bits are the same in every JavaScript engine.

import type { NumberArray } from "../arrays.ts";
import type { Average, MetricName } from "../catalog/metrics.ts";
import { logF64 } from "../engine/reference/elementary.ts";
import { copyingInto, type IsTime, inSlices } from "../rows.ts";

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
type Pass = (n: number, end: number) => Float64Array | undefined;

/** What passes find: it is there after them. */
type After<T> = () => T;

/** How rows are put into classes. */
type Judging = Pick<ResolvedMetric, "threshold" | "multiLabel">;

/** Which classes rows are in: a number for each row or, of labels, 0 or 1 for each element. */
interface Classes {
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
function share(part: number, whole: number): number {
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

/** Passes over numbers, and what metrics need of them, each found once. Where a number is NaN, so are all metrics. */
export class Measuring {
  readonly data: Measured;
  readonly rows: number;
  readonly passes: Pass[] = [];
  /** With one column there are two classes. */
  readonly classCount: number;
  readonly weights: Float64Array;
  /** Their sum. */
  total = 0;
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
    this.weights = weights ?? new Float64Array(this.rows).fill(1);
    for (const weight of this.weights) this.total += weight;
  }

  /** Adds the passes that find a metric. */
  measure(metric: ResolvedMetric): After<number> {
    const found = MEASURES[metric.type](this, metric);
    return () => this.one * found();
  }

  /** Sums over the rows, one for each column, there after the passes. */
  sums(of: (n: number, column: number) => number): Float64Array {
    const { columns } = this.data;
    const sums = new Float64Array(columns);
    this.passes.push((n, end) => {
      for (let s = n / columns; n < end; s++) {
        for (let j = 0; j < columns; j++, n++) sums[j]! += this.weights[s]! * of(n, j);
      }
    });
    return sums;
  }

  /** Of the squared errors. */
  squares(): Float64Array {
    const { outputs, targets } = this.data;
    this.#squares ??= this.sums((n) => square(outputs[n]! - targets[n]!));
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
        const weight = this.weights[s]!;
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

  /** Of the class's outputs in the order of their size, or of all classes' as it is asked for. */
  ofRanks(metric: ResolvedMetric, ranking: Ranking): After<number> {
    const classes = this.classes(metric);
    const { columns } = this.data;
    const average = this.averageOf(metric);
    const one = (place: Place) => {
      const found = this.#rank(classes, ranking, place);
      return () => found().value;
    };
    if (columns === 1) return one({ first: 0, step: 1, ofClass: metric.class ?? 1 });
    if (metric.class !== undefined || average === "binary") {
      const ofClass = metric.class ?? 1;
      return one({ first: ofClass, step: columns, ofClass });
    }
    if (average === "micro") return one({ first: 0, step: 1 });
    const ranks = Array.from({ length: columns }, (_, j) =>
      this.#rank(classes, ranking, { first: j, step: columns, ofClass: j }),
    );
    return () => {
      let [sum, weights] = [0, 0];
      for (const { value, belonging } of ranks.map((found) => found())) {
        if (Number.isNaN(value) || (belonging === 0 && !classes.areLabels)) continue;
        const weight = average === "weighted" ? belonging : 1;
        sum += weight * value;
        weights += weight;
      }
      return sum / weights;
    };
  }

  #rank(classes: Classes, { term, found }: Ranking, { first, step, ofClass }: Place): After<Ranked> {
    const { outputs, columns, length } = this.data;
    const count = length / step;
    const sign = ofClass === 0 && columns === 1 ? -1 : 1;
    const isOwn = (n: number) => {
      if (classes.areLabels) return classes.actual[n] === 1;
      return classes.actual[Math.floor(n / columns)] === (ofClass ?? n % columns);
    };
    let [scores, own, others] = NO_LISTS;
    let [ownSum, othersSum, sum] = [0, 0, 0];
    let [hits, above, through] = [0, 0, 0];
    const ownFirst: Pass = (n, end) => {
      if (n === 0) [scores] = this.lists(count);
      for (n += first; n < end; n += step) {
        scores[isOwn(n) ? ownSum++ : count - ++othersSum] = sign * outputs[n]!;
      }
    };
    const inOrder: Pass = (n, end) => {
      for (let place = n / step; place < end / step && place < ownSum; place++) {
        const score = own[ownSum - 1 - place]!;
        while (own[ownSum - 1 - hits]! >= score) hits++;
        while (others[othersSum - 1 - above]! > score) above++;
        while (others[othersSum - 1 - through]! >= score) through++;
        sum += term(1, hits, above, through - above);
      }
    };
    const all: Pass = (n, end) => {
      if (n === 0) [scores, own, others] = this.lists(count);
      for (let s = n / step; n < end; s++, n += step) scores[s] = sign * outputs[n + first]!;
      return scores;
    };
    const weigh: Pass = (n, end) => {
      for (n += first; n < end; n += step) {
        const place = placeOf(scores, sign * outputs[n]!);
        const weight = this.weights[Math.floor(n / columns)]!;
        if (isOwn(n)) {
          own[place]! += weight;
          ownSum += weight;
        } else {
          others[place]! += weight;
          othersSum += weight;
        }
      }
    };
    const weighted: Pass = (n, end) => {
      for (let place = count - 1 - n / step; place > count - 1 - end / step; place--) {
        hits += own[place]!;
        if (own[place]! > 0) sum += term(own[place]!, hits, above, others[place]!);
        above += others[place]!;
      }
    };
    if (this.data.weights !== undefined) this.passes.push(all, weigh, weighted);
    else {
      // without weights it takes a third of the time
      const sortOwn: Pass = () => {
        own = scores.subarray(0, ownSum);
        return own;
      };
      const sortOthers: Pass = () => {
        others = scores.subarray(ownSum);
        return others;
      };
      this.passes.push(ownFirst, sortOwn, sortOthers, inOrder);
    }
    return () => ({ value: found(sum, ownSum, othersSum), belonging: ownSum });
  }
}

interface Ranked {
  readonly value: number;
  /** The weight of the rows that belong to the class. */
  readonly belonging: number;
}

/** Outputs: every `step`th from `first` on. Without a class, each is of its own column's. */
interface Place {
  readonly first: number;
  readonly step: number;
  readonly ofClass?: number;
}

/** A metric of rows in the order of their outputs. */
interface Ranking {
  /**
   * Of a row of the class, or of several that weigh so much together: the weights of the class's rows with outputs as
   * high, and of the others with higher ones and with equal ones.
   */
  term(weight: number, hits: number, above: number, ties: number): number;
  /** From the sum of the terms, and the weights of the class's rows and of the others. */
  found(sum: number, own: number, others: number): number;
}

/** By Mann and Whitney's U: exact up to the division where weights are 1. */
const AREA_UNDER_CURVE: Ranking = {
  term: (weight, _, above, ties) => weight * (2 * above + ties),
  found: (sum, own, others) => (2 * own * others - sum) / 2 / (own * others),
};

const AVERAGE_PRECISION: Ranking = {
  term: (weight, hits, above, ties) => weight * (hits / (hits + above + ties)),
  found: share,
};

type Lists = readonly [Float64Array, Float64Array, Float64Array];

const NONE = /* @__PURE__ */ new Float64Array(0);
const NO_LISTS: Lists = [NONE, NONE, NONE];

/** Of the first of equal numbers in ascending order. */
function placeOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The mean over rows of a number found from the class's probability, or from those of all classes. */
function ofProbabilities(
  from: Measuring,
  metric: ResolvedMetric,
  ofOne: (p: number, isIn: boolean) => number,
  ofRow: (p: Float64Array, own: number) => number,
): After<number> {
  const classes = from.classes(metric);
  const { outputs, columns } = from.data;
  const row = new Float64Array(columns);
  let sum = 0;
  from.passes.push((n, end) => {
    const { areLabels, actual } = classes;
    for (let s = n / columns; n < end; s++, n += columns) {
      for (let j = 0; j < columns; j++) row[j] = from.areSigns ? (1 + outputs[n + j]!) / 2 : outputs[n + j]!;
      let found = 0;
      if (columns > 1 && !areLabels) found = ofRow(row, actual[s]!);
      else for (let j = 0; j < columns; j++) found += ofOne(row[j]!, actual[n + j] === 1) / columns;
      sum += from.weights[s]! * found;
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
  auc: (from, metric) => from.ofRanks(metric, AREA_UNDER_CURVE),
  averagePrecision: (from, metric) => from.ofRanks(metric, AVERAGE_PRECISION),
  logLoss: (from, metric) =>
    ofProbabilities(from, metric, (p, isIn) => -logF64(limited(isIn ? p : 1 - p)), logLossOfRow),
  brier: (from, metric) => ofProbabilities(from, metric, (p, isIn) => square(p - (isIn ? 1 : 0)), brierOfRow),
  mae: (from) => {
    const { outputs, targets } = from.data;
    const sums = from.sums((n) => Math.abs(outputs[n]! - targets[n]!));
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
    const distances = from.sums((n, j) => targets[n]! - targets[j]!);
    const variances = from.sums((n, j) => square(targets[n]! - (targets[j]! + distances[j]! / from.total)));
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
            own[placeOf(errors, Math.abs(outputs[n + j]! - targets[n + j]!))]! += from.weights[s]!;
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

/** An object of them under their names. */
export function byName(metrics: readonly ResolvedMetric[], values: readonly number[]): Record<string, number> {
  return Object.fromEntries(metrics.map(({ name }, n) => [name, values[n]!]));
}

function square(value: number): number {
  return value * value;
}

/** Has all passes done at once. */
export function measureAtOnce({ passes, data }: Measuring): void {
  for (const pass of passes) pass(0, data.length)?.sort();
}

/** Measures without checks; yields where it is time to. Every metric is NaN if an output is. */
export function* measuring(
  metrics: readonly ResolvedMetric[],
  data: Measured,
  isTime: IsTime,
): Generator<undefined, Record<string, number>> {
  const { length, columns } = data;
  const from = new Measuring(data);
  const found = metrics.map((metric) => from.measure(metric));
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
