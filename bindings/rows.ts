// Rows of data, and work on them in slices between which the event loop gets a turn.

import type { FloatArray } from "./arrays.ts";
import { type DType, floatArray } from "./numbers.ts";

/**
 * Rows of data that are checked as they are copied: `copyTo` throws and the copy is thrown away. It fills the target.
 */
export interface RowSource {
  readonly rows: number;
  readonly columns: number;
  /** All of them, where they are in an array of our own. */
  readonly data?: FloatArray;
  copyTo(target: FloatArray, firstRow?: number): void;
}

/** Whether it is time to yield the thread, after so much work. With it, data are copied in slices. */
export type IsTime = ((work: number) => boolean) | undefined;

const SLICE_ELEMENTS = 16_384; // from one look at the clock to the next
const ELEMENT_WORK = 8; // multiply-adds that an element takes as long as, at most

/** Has `run` do all of `count` units of work, each on `width` elements; yields where it is time to. */
export function* inSlices(
  isTime: IsTime,
  count: number,
  run: (first: number, count: number) => void,
  width = 1,
): Generator<undefined, void> {
  const most = Math.max(1, Math.floor(SLICE_ELEMENTS / width));
  let some = isTime === undefined ? count : 1; // a caller's rows may take their time
  for (let first = 0; first < count; ) {
    const units = Math.min(some, count - first);
    run(first, units);
    first += units;
    if (isTime === undefined) continue;
    const pauses = isTime(units * width * ELEMENT_WORK);
    some = Math.min(most, pauses ? Math.ceil(some / 4) : some * 4);
    if (pauses) yield;
  }
}

/** What a generator returns that is given no clock, and so never yields. */
export function atOnce<R>(run: Generator<unknown, R, unknown>): R {
  return run.next().value as R;
}

/** All rows of a source in an array of their own. */
export function* readSlices(source: RowSource, dtype: DType, isTime: IsTime): Generator<undefined, FloatArray> {
  const { rows, columns } = source;
  const data = floatArray(dtype, rows * columns);
  if (isTime === undefined) {
    source.copyTo(data);
    return data;
  }
  const copy = (first: number, count: number) =>
    source.copyTo(data.subarray(first * columns, (first + count) * columns), first);
  yield* inSlices(isTime, rows, copy, columns);
  return data;
}

/** Copies all of `source` into `target`, from index `at` on. */
export function copyingInto<T extends FloatArray | Uint8Array>(
  target: T,
  source: T,
  at: number,
  isTime: IsTime,
): Generator<undefined, void> {
  return inSlices(isTime, source.length, (first, count) =>
    target.set(source.subarray(first, first + count), at + first),
  );
}
