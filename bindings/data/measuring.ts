// How metrics are measured: in passes over the numbers, which may be done in slices. Every sum is taken in index order
// in f64, and what is sorted are numbers alone: the bits are the same in every JavaScript engine.

import type { MetricName } from "../catalog/metrics.ts";
import { copyingInto, type IsTime, inSlices } from "../rows.ts";

/**
 * Works on the numbers from `n` to before `end`, which are rows. It is called for all rows in order, in any pieces. What
 * it returns is to be sorted before the next pass.
 */
type Pass = (n: number, end: number) => Float64Array | undefined;

/** What passes find: it is there after them. */
type After<T> = () => T;

/** Metrics, and the passes that find them, to be made in order. */
interface Measurement<Name extends MetricName> {
  readonly passes: readonly Pass[];
  readonly found: After<Record<Name, number>>;
}

/** Rows × columns: 1 where the row is in the column's class, else 0. */
type Members = readonly [predicted: Uint8Array, actual: Uint8Array];

/** `measure` without checks, as passes over the numbers. If `multiLabel` is undefined, the targets decide. */
export function passesOf<Name extends MetricName>(
  names: readonly Name[],
  outputs: Float64Array,
  targets: Float64Array,
  columns: number,
  multiLabel: boolean | undefined,
): Measurement<Name> {
  const passes: Pass[] = [];
  let members: Members | undefined; // not all metrics ask for them

  /** The mean of a value of every number of column `j`, summed in order. */
  function mean(value: (n: number) => number, j = 0): After<number> {
    let sum = 0;
    passes.push((n, end) => {
      let found = sum;
      for (n += j; n < end; n += columns) found += value(n);
      sum = found;
    });
    return () => sum / (outputs.length / columns);
  }

  /** NaN where there is none; `skipsNaN`: the mean over the columns for which it is defined. */
  function meanOfColumns(metricOf: (j: number) => After<number>, skipsNaN = false): After<number> {
    const values = Array.from({ length: columns }, (_, j) => metricOf(j));
    return () => {
      let [sum, count] = [0, 0];
      for (const value of values) {
        const found = value();
        if (skipsNaN && Number.isNaN(found)) continue;
        sum += found;
        count++;
      }
      return sum / count;
    };
  }

  /** The mean of |error|, or of its square, over all numbers; a loop of its own, which calls no function. */
  function meanError(squares: boolean): After<number> {
    let sum = 0;
    passes.push((n, end) => {
      let found = sum;
      for (; n < end; n++) {
        const error = outputs[n]! - targets[n]!;
        found += squares ? error * error : Math.abs(error);
      }
      sum = found;
    });
    return () => sum / outputs.length;
  }

  /** The mean over the columns of hits / divisor(rows put into the class, rows that belong to it). */
  function hitRate(divisor: (put: number, belonging: number) => number): After<number> {
    const [predicted, actual] = findMembers();
    return meanOfColumns((j) => {
      let [hits, put, belonging] = [0, 0, 0];
      passes.push((n, end) => {
        for (n += j; n < end; n += columns) {
          put += predicted[n]!;
          belonging += actual[n]!;
          hits += predicted[n]! * actual[n]!;
        }
      });
      return () => hits / (divisor(put, belonging) || 1); // without rows there are no hits: 0
    });
  }

  function measureOne(name: MetricName): After<number> {
    switch (name) {
      case "accuracy": {
        const [predicted, actual] = findMembers();
        return mean((n) => {
          for (const row = n + columns; n < row; n++) if (predicted[n] !== actual[n]) return 0;
          return 1;
        });
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
          let center = 0;
          const distance = mean((n) => targets[n]! - start, j);
          passes.push(() => {
            center = start + distance();
            return undefined;
          });
          const variance = mean((n) => square(targets[n]! - center), j);
          const error = mean((n) => square(outputs[n]! - targets[n]!), j);
          return () => (variance() === 0 ? Number(error() === 0) : 1 - error() / variance());
        });
    }
  }

  /**
   * Of one column, by Mann and Whitney's U: exact up to the division, whatever the order of rows. NaN where all rows
   * belong to the class, or none.
   */
  function areaUnderCurve(j: number): After<number> {
    const [, actual] = findMembers();
    const rows = outputs.length / columns;
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
    return () => wins / 2 / (own.length * below.length);
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
      const ones = new Uint8Array(values.length);
      passes.push((n, end) => {
        const isUnit = least >= -1 && most === 1;
        const threshold = isUnit && least < 0 ? 0 : 0.5;
        if (columns === 1 || (multiLabel ?? (hasSeveral && isWhole && isUnit && !(least && hasZero)))) {
          for (; n < end; n++) if (values[n]! >= threshold) ones[n] = 1;
        }
        while (n < end) {
          let best = n; // the first of equals
          for (const row = n + columns; n < row; n++) if (values[n]! > values[best]!) best = n;
          ones[best] = 1;
        }
      });
      return ones;
    }) as [Uint8Array, Uint8Array];
    return members;
  }

  const values = names.map((name) => [name, measureOne(name)] as const);
  const found = () => Object.fromEntries(values.map(([name, value]) => [name, value()])) as Record<Name, number>;
  return { passes, found };
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
  let isDefined = true;
  const look: Pass = (n, end) => {
    if (outputs.subarray(n, end).includes(Number.NaN)) isDefined = false; // unlike indexOf it finds NaN
  };
  const { passes, found } = passesOf(names, outputs, targets, columns, multiLabel);
  for (const pass of [look, ...passes]) {
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
  return isDefined ? found() : (Object.fromEntries(names.map((name) => [name, Number.NaN])) as Record<Name, number>);
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
