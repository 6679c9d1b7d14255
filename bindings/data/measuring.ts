// How metrics are measured: in passes over the numbers, which may be done in slices. Every sum is taken in index order
// in f64, and what is sorted are numbers alone: the bits are the same in every JavaScript engine.

import type { NumberArray } from "../arrays.ts";
import type { MetricName } from "../catalog/metrics.ts";
import { copyingInto, type IsTime, inSlices } from "../rows.ts";

/**
 * Works on the numbers from `n` to before `end`, which are rows. It is called for all rows in order, in any pieces.
 * What it returns is to be sorted before the next pass.
 */
type Pass = (n: number, end: number) => Float64Array | undefined;

/** What passes find: it is there after them. */
type After<T> = () => T;

/** Metrics, and the passes that find them, to be made in order. */
interface Measurement {
  readonly passes: readonly Pass[];
  /** In the order of their names. */
  readonly found: After<number[]>;
}

/** Rows × columns: 1 where the row is in the column's class, else 0. */
type Members = readonly [predicted: Uint8Array, actual: Uint8Array];

/**
 * `measure` without checks, as passes over the numbers; where one is NaN, so are all metrics. If `multiLabel` is
 * undefined, the targets decide.
 */
export function passesOf(
  names: readonly MetricName[],
  outputs: NumberArray,
  targets: NumberArray,
  length: number,
  columns: number,
  multiLabel: boolean | undefined,
): Measurement {
  const rows = length / columns;
  const passes: Pass[] = [];
  let members: Members | undefined; // not all metrics ask for them
  let one = 1; // or NaN, where a number is

  /** NaN where there is none; `skipsNaN`: the mean over the columns for which it is defined. */
  function meanOfColumns(metricOf: (j: number) => After<number>, skipsNaN = false): After<number> {
    const values = Array.from({ length: columns }, (_, j) => metricOf(j));
    return () => {
      let sum = 0;
      let count = 0;
      for (const value of values) {
        const found = value();
        if (skipsNaN && Number.isNaN(found)) continue;
        sum += found;
        count++;
      }
      return sum / count;
    };
  }

  /** What `loop` has added to the sum so far, over all numbers. */
  function sumOf(loop: (n: number, end: number, sum: number) => number): After<number> {
    let sum = 0;
    passes.push((n, end) => {
      sum = loop(n, end, sum);
    });
    return () => sum;
  }

  /** The mean of |error|, or of its square. A loop each: a choice in one makes it three times slower. */
  function meanError(squares: boolean): After<number> {
    const sum = sumOf((n, end, found) => {
      const [a, y] = [outputs, targets];
      if (squares) for (; n < end; n++) found += square(a[n]! - y[n]!);
      else for (; n < end; n++) found += Math.abs(a[n]! - y[n]!);
      return found;
    });
    return () => sum() / length;
  }

  /** The mean over the columns of hits / divisor(rows put into the class, rows that belong to it). */
  function hitRate(divisor: (put: number, belonging: number) => number): After<number> {
    const [predicted, actual] = findMembers();
    return meanOfColumns((j) => {
      let hits = 0;
      let put = 0;
      let belonging = 0;
      passes.push((n, end) => {
        for (n += j; n < end; n += columns) {
          put += predicted[n]!;
          belonging += actual[n]!;
          hits += predicted[n]! * actual[n]!;
        }
      });
      return () => (one * hits) / (divisor(put, belonging) || 1); // without rows there are no hits: 0
    });
  }

  function measureOne(name: MetricName): After<number> {
    switch (name) {
      case "accuracy": {
        const [predicted, actual] = findMembers();
        const hits = sumOf((n, end, sum) => {
          while (n < end) {
            let isHit = 1;
            for (const row = n + columns; n < row; n++) if (predicted[n] !== actual[n]) isHit = 0;
            sum += isHit;
          }
          return sum;
        });
        return () => (one * hits()) / rows;
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
          const distance = sumOf((n, end, sum) => {
            for (n += j; n < end; n += columns) sum += targets[n]! - start;
            return sum;
          });
          const variance = sumOf((n, end, sum) => {
            const center = start + distance() / rows;
            for (n += j; n < end; n += columns) sum += square(targets[n]! - center);
            return sum;
          });
          const error = sumOf((n, end, sum) => {
            for (n += j; n < end; n += columns) sum += square(outputs[n]! - targets[n]!);
            return sum;
          });
          return () => {
            const [spread, mean] = [variance() / rows, error() / rows];
            return spread === 0 && mean >= 0 ? Number(mean === 0) : 1 - mean / spread;
          };
        });
    }
  }

  /**
   * Of one column, by Mann and Whitney's U: exact up to the division, whatever the order of rows. NaN where all rows
   * belong to the class, or none.
   */
  function areaUnderCurve(j: number): After<number> {
    const [, actual] = findMembers();
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
    return () => (one * wins) / 2 / (own.length * below.length);
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
      const ones = new Uint8Array(length);
      passes.push((n, end) => {
        const isUnit = least >= -1 && most === 1;
        const threshold = isUnit && least < 0 ? 0 : 0.5;
        if (columns === 1 || (multiLabel ?? (hasSeveral && isWhole && isUnit && !(least && hasZero)))) {
          for (; n < end; n++) {
            if (values[n]! >= threshold) ones[n] = 1;
            else if (!(values[n]! < threshold)) one = Number.NaN;
          }
        }
        while (n < end) {
          let best = n; // the first of equals
          for (const row = n + columns; n < row; n++) {
            if (values[n]! > values[best]!) best = n;
            else if (!(values[n]! <= values[best]!)) one = Number.NaN;
          }
          ones[best] = 1;
        }
      });
      return ones;
    }) as [Uint8Array, Uint8Array];
    return members;
  }

  const values = names.map(measureOne);
  return { passes, found: () => values.map((value) => value()) };
}

/** An object of them under their names. */
export function byName<Name extends MetricName>(
  names: readonly Name[],
  values: readonly number[],
): Record<Name, number> {
  const found = {} as Record<Name, number>;
  names.forEach((name, n) => {
    found[name] = values[n]!;
  });
  return found;
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
  const { passes, found } = passesOf(names, outputs, targets, outputs.length, columns, multiLabel);
  for (const pass of passes) {
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
  return byName(names, found());
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
