// What a receipt is made of: digests of rows and states, entries and their chain, and which entries stay.

import type { ModelState } from "../engine/engine.ts";
import { bytesPerElement, type DType, floatArray } from "../numbers.ts";
import type { ResolvedFitOptions } from "../options/fit.ts";
import type { Beginning, Series } from "../options/recorder.ts";
import type { Wait } from "../promises.ts";
import { type IsTime, inSlices, type RowSource } from "../rows.ts";
import { littleEndian, quietNaN } from "../saving/bytes.ts";
import { digesting, nodeHash, SHA256 } from "../saving/sha256.ts";
import {
  canonical,
  type DigestedRows,
  digestOfText,
  type EpochNumbers,
  type JSONNumber,
  type ReceiptEntry,
  type StateDigests,
} from "./receipt.ts";

const MOST_ENTRIES = 200; // some 350 bytes each

/** Compressed rows are digested as full ones, some at a time. */
export function* digestRows(source: RowSource, dtype: DType, isTime: IsTime): Generator<Wait, DigestedRows, unknown> {
  const { rows, columns, data } = source;
  if (data !== undefined) return { sha256: yield* digesting([littleEndian(data)], isTime), rows, columns };
  const hash = nodeHash() ?? new SHA256();
  const some = Math.max(1, Math.floor(2 ** 16 / columns));
  const part = floatArray(dtype, some * columns);
  const update = (first: number, count: number) => {
    for (let k = first * some; k < (first + count) * some && k < rows; k += some) {
      const taken = part.subarray(0, Math.min(some, rows - k) * columns);
      source.copyTo(taken, k);
      hash.update(littleEndian(taken));
    }
  };
  yield* inSlices(isTime, Math.ceil(rows / some), update, some * columns);
  return { sha256: hash.digest("hex"), rows, columns };
}

export function* digestState(
  { values, steps, momentumProduct }: ModelState,
  parameterCount: number,
  isTime: IsTime,
): Generator<Wait, StateDigests, unknown> {
  quietNaN(values); // of a training that left the finite numbers nothing is written; of an error, it may be
  const slots = littleEndian(values.subarray(parameterCount));
  const counts = littleEndian(Float64Array.of(steps, momentumProduct));
  return {
    parameters: yield* digesting([littleEndian(values.subarray(0, parameterCount))], isTime),
    optimizer: yield* digesting([slots, counts], isTime),
  };
}

export function spelled(value: number): JSONNumber {
  return Number.isFinite(value) ? value : (String(value) as JSONNumber);
}

/** The numbers of an epoch, counted from 1. */
export function numbersOf(
  { loss, validationLoss = [], metrics, trainingMetrics }: Series,
  epoch: number,
): EpochNumbers {
  const named = (lists: Series["metrics"] = {}) =>
    Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, spelled(list![epoch - 1]!)]));
  const [ofMetrics, ofTraining] = [named(metrics), named(trainingMetrics)];
  return {
    loss: spelled(loss[epoch - 1]!),
    ...(validationLoss.length > 0 && { validationLoss: spelled(validationLoss[epoch - 1]!) }),
    ...(Object.keys(ofMetrics).length > 0 && { metrics: ofMetrics }),
    ...(Object.keys(ofTraining).length > 0 && { trainingMetrics: ofTraining }),
  };
}

/** The numbers of the epochs from `first` to `last`, as bytes. */
export function bytesOfSeries(series: Series, first: number, last: number): Uint8Array {
  const { loss, validationLoss = [], metrics = {}, trainingMetrics = {} } = series;
  const byName = (lists: object) => Object.entries(lists).sort(([a], [b]) => (a < b ? -1 : 1));
  const lists = [loss, validationLoss, ...[...byName(metrics), ...byName(trainingMetrics)].map(([, list]) => list)];
  const own = lists.filter(({ length }) => length >= last);
  const count = Math.max(0, last - first + 1);
  const numbers = new Float64Array(own.length * count);
  own.forEach((list, k) => {
    for (let e = 0; e < count; e++) numbers[k * count + e] = list[first - 1 + e]!;
  });
  return littleEndian(quietNaN(numbers));
}

/** The chain after an entry. */
export function chained(before: string, entry: Omit<ReceiptEntry, "chain">, bytes: Uint8Array): string {
  return digestOfText(before + canonical(entry), bytes);
}

/** Takes out an entry where there are too many: that between whose neighbors there is least room, for its age. */
export function thin(entries: ReceiptEntry[]): void {
  if (entries.length <= MOST_ENTRIES) return;
  const newest = entries[entries.length - 1]!.epoch;
  let [least, at] = [Number.POSITIVE_INFINITY, 0];
  for (let k = 1; k < entries.length - 1; k++) {
    const room = (entries[k + 1]!.epoch - entries[k - 1]!.epoch) / (newest - entries[k]!.epoch + 1);
    if (room >= least) continue;
    least = room;
    at = k;
  }
  entries.splice(at, 1);
}

// nanoseconds, as bench/receipts.ts measured them; they are the same everywhere, so that receipts are
const ENTRY = 100_000;
const BYTE = 4; // of what is digested
const STEP = 60;
const PARAMETER = 0.1; // in a step, or a number that the optimizer remembers of it
const MULTIPLY_ADD = 0.036;
const SHARE = 0.03; // of the time, for entries

/** How many epochs there are from one entry to the next, so that entries take a few percent of the time. */
export function everyOf({ network, stepsPerEpoch, data, state }: Beginning, parameterCount: number): number {
  const { length } = state.values; // of parameters and slots
  const entry = ENTRY + length * bytesPerElement(network.dtype) * BYTE;
  const steps = stepsPerEpoch * (STEP + length * PARAMETER);
  const passes = 3 * data.x.rows * parameterCount * MULTIPLY_ADD; // forward, back, gradients
  return Math.ceil(entry / (SHARE * (steps + passes)));
}

/** All options of `fit` that its bits hang on, as JSON. */
export function fitOptions(options: ResolvedFitOptions): Record<string, unknown> {
  const { epochs, batchSize, shuffle, schedule, metrics, trainingMetrics, earlyStopping } = options;
  const { validationSplit: split, allowNegativeWeights, classWeights, resume, timeLimit } = options;
  const weights = typeof classWeights === "object" ? Array.from(classWeights) : classWeights;
  const all = {
    epochs,
    batchSize,
    shuffle,
    schedule: typeof schedule === "function" ? "function" : schedule,
    metrics,
    trainingMetrics,
    earlyStopping,
    validationSplit: split && (split.isLast ? { last: split.share } : split.share),
    allowNegativeWeights,
    classWeights: weights,
    resume,
    timeLimit,
  };
  return JSON.parse(JSON.stringify(all)) as Record<string, unknown>;
}
