// Which rows a training keeps out to evaluate on (assembly/NUMERICS.md).

import { SPLIT } from "../catalog/codes.ts";
import { counted } from "../checks.ts";
import { checkClass, type OwnRows, own, rowsAt, rowsOf } from "../data/matrix.ts";
import { OptionError } from "../errors.ts";
import { indexArray, last } from "../numbers.ts";
import type { ResolvedFitOptions } from "../options/fit.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import { shuffle } from "../random.ts";
import { type IsTime, inSlices, type RowSource } from "../rows.ts";
import { areShares, classOfShares, isSparse, type Sample, toSample } from "./samples.ts";

type ValidationSplit = NonNullable<ResolvedFitOptions["validationSplit"]>;

/** How many of the rows are trained on. */
export function rowsTrained(rows: number, { share }: ValidationSplit): number {
  const trained = rows - Math.floor(rows * share);
  if (trained < rows && trained > 0) return trained;
  throw new OptionError(`validationSplit is ${share}; of ${counted(rows, "row")} that leaves one part empty`);
}

/** All rows that were given, and what goes with them. */
interface All {
  readonly sample: Sample;
  /** y as it was given. */
  readonly targets: RowSource;
  readonly weights: RowSource | undefined;
}

interface Parts {
  readonly sample: Sample;
  readonly weights: RowSource | undefined;
  readonly validation: Sample;
}

/** Divides the rows into those of the training and those kept out of it, each in their order. */
export function* splitRows(
  options: ResolvedNetworkOptions,
  { sample, targets, weights }: All,
  validationSplit: ValidationSplit,
  isTime: IsTime,
): Generator<undefined, Parts> {
  const { dtype } = options;
  const { rows } = sample.x;
  const trained = rowsTrained(rows, validationSplit);
  // all weights are read, so that what is refused is not a matter of the seed
  const ownWeights = weights && (yield* own(weights, dtype, isTime));
  type Pick = (source: RowSource) => RowSource;
  const parts = ({ x, y, labels, multiLabel }: Sample, ofTraining: Pick, ofValidation: Pick): Parts => {
    const part = (pick: Pick): Sample => ({ x: pick(x), y: pick(y), labels: pick(labels), multiLabel });
    return { sample: part(ofTraining), weights: ownWeights && ofTraining(ownWeights), validation: part(ofValidation) };
  };
  if (validationSplit.isLast) {
    const from = (first: number, count: number) => (source: RowSource) => rowsOf(source, first, count);
    return parts(sample, from(0, trained), from(trained, rows - trained));
  }
  const ownTargets = yield* own(targets, dtype, isTime); // which are read once, although the classes decide, too
  const classes = yield* classesOf(options, ownTargets, isTime);
  const drawn = yield* draw(rows, rows - trained, options.seed, classes, isTime);
  const [ofTraining, ofValidation] = drawn.map((at) => (source: RowSource) => rowsAt(source, at, dtype));
  return parts(toSample(options, [sample.x, ownTargets]), ofTraining!, ofValidation!);
}

/** The class of each row; undefined where rows are in none. */
export function* classesOf(
  options: ResolvedNetworkOptions,
  targets: OwnRows,
  isTime: IsTime,
): Generator<undefined, Uint32Array | undefined> {
  if (!areShares(options)) return undefined;
  const { data, rows, columns } = targets;
  const { units } = last(options.layers);
  const sparse = isSparse(options);
  const classes = indexArray(rows);
  const find = (first: number, count: number) => {
    for (let s = first; s < first + count; s++) {
      if (sparse) checkClass("y", s, data[s]!, units);
      classes[s] = sparse ? data[s]! : classOfShares(data.subarray(s * columns, (s + 1) * columns));
    }
  };
  yield* inSlices(isTime, rows, find, columns);
  return classes;
}

/**
 * The class of each row where all targets are marks, 0 and 1 or −1 and 1: with one column 1 is class 1, with several a
 * row's only 1 is in the column of its class. If rows have several ones or none, columns are labels.
 */
export function* marksOf(
  { data, rows, columns }: OwnRows,
  isTime: IsTime,
): Generator<undefined, { classes: Uint32Array | undefined; areLabels: boolean }> {
  const classes = indexArray(rows);
  let [areMarks, areLabels] = [true, false];
  let low: number | undefined;
  yield* inSlices(
    isTime,
    rows,
    (first, count) => {
      for (let row = first, n = first * columns; row < first + count; row++) {
        let ones = 0;
        for (let j = 0; j < columns; j++, n++) {
          if (data[n] === 1) {
            ones++;
            classes[row] = columns === 1 ? 1 : j;
          } else if (data[n] === 0 || data[n] === -1) low ??= data[n]!;
          if (data[n] !== 1 && data[n] !== low) areMarks = false;
        }
        if (columns > 1 && ones !== 1) areLabels = true;
      }
    },
    columns,
  );
  return { classes: areMarks && !areLabels ? classes : undefined, areLabels: areMarks && areLabels };
}

/** Draws the rows to keep out, of each class its share; returns the others and them. */
export function* draw(
  rows: number,
  wanted: number,
  seed: number,
  classes: Uint32Array | undefined,
  isTime: IsTime,
): Generator<undefined, [others: Uint32Array, kept: Uint32Array]> {
  const counts: number[] = [];
  const classOf = (row: number) => classes?.[row] ?? 0;
  yield* inSlices(isTime, rows, (first, count) => {
    for (let row = first; row < first + count; row++) counts[classOf(row)] = (counts[classOf(row)] ?? 0) + 1;
  });
  const left = apportion(
    Array.from(counts, (count = 0) => count),
    wanted,
  );
  const order = indexArray(rows);
  yield* shuffle(order, seed, SPLIT, 0, isTime);
  const isKept = new Uint8Array(rows);
  yield* inSlices(isTime, rows, (first, count) => {
    for (const row of order.subarray(first, first + count)) if (left[classOf(row)]!-- > 0) isKept[row] = 1;
  });
  const others = indexArray(rows - wanted);
  const kept = indexArray(wanted);
  let at = 0; // in `kept`
  yield* inSlices(isTime, rows, (first, count) => {
    for (let row = first; row < first + count; row++) {
      if (isKept[row]) kept[at++] = row;
      else others[row - at] = row;
    }
  });
  return [others, kept];
}

/** Of how many rows of each class `wanted` rows consist, by the largest remainders, of equals the first. */
export function apportion(counts: readonly number[], wanted: number): number[] {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((count, index) => {
    // count · wanted = quotient · rows + remainder; all products are below 2^53
    const high = count * Math.floor(wanted / 65536);
    const low = (high % rows) * 65536 + count * (wanted % 65536);
    const quotient = ((high - (high % rows)) / rows) * 65536 + (low - (low % rows)) / rows;
    return { index, quotient, remainder: low % rows };
  });
  const missing = wanted - shares.reduce((sum, { quotient }) => sum + quotient, 0);
  const found = shares.map(({ quotient }) => quotient);
  shares.sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of shares.slice(0, missing)) found[index]!++;
  return found;
}
