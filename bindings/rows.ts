// Rows of data, and work on them in slices between which the event loop gets a turn.

import type { FloatArray } from "./arrays.ts";
import { type DType, floatArray, indexArray } from "./numbers.ts";

/**
 * Rows of data that are checked as they are copied: `copyTo` throws and the copy is thrown away. It fills the target.
 */
export interface RowSource {
  readonly rows: number;
  readonly columns: number;
  /** All of them, where they are in an array of our own. */
  readonly data?: FloatArray;
  copyTo(target: FloatArray, firstRow?: number): void;
  /** `copyTo` of all rows without checks, for whoever sees faster that all are finite. False: it can't, or did not. */
  copyUnchecked?(target: FloatArray): boolean;
  /** The same rows in another form, where they are given in it: `copyTo` gives them whole. */
  readonly compressed?: CompressedRows | undefined;
}

/** Rows of which only some elements are listed; the others are 0. */
export interface CompressedRows {
  /** Where the list has each row's elements, and where the last one's end: rows + 1 numbers, not always from 0 on. */
  readonly starts: Uint32Array;
  /** Copies the elements of some rows, as many as the targets are long: values and columns, which ascend in a row. */
  copyTo(values: FloatArray, columns: Uint32Array, firstRow: number): void;
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

/** Compressed rows in arrays of our own. */
export interface OwnLists {
  readonly values: FloatArray;
  readonly places: Uint32Array;
  readonly starts: Uint32Array;
}

export function* ownLists(
  { starts: given, copyTo }: CompressedRows,
  dtype: DType,
  isTime: IsTime,
): Generator<undefined, OwnLists> {
  const rows = given.length - 1;
  const begin = given[0]!;
  const starts = given.map((start) => start - begin);
  const count = starts[rows]!;
  const values = floatArray(dtype, count);
  const places = indexArray(count);
  const copy = (first: number, some: number) => {
    const [from, to] = [starts[first]!, starts[first + some]!];
    copyTo(values.subarray(from, to), places.subarray(from, to), first);
  };
  yield* inSlices(isTime, rows, copy, Math.ceil(count / rows) * 2 + 1);
  return { values, places, starts };
}

/** The same rows, in memory of our own. */
export function* ownCompressed(
  given: CompressedRows,
  columns: number,
  dtype: DType,
  isTime: IsTime,
): Generator<undefined, RowSource> {
  const { values, places, starts } = yield* ownLists(given, dtype, isTime);
  return compressedSource(starts, columns, dtype, (toValues, toPlaces, firstRow) => {
    const from = starts[firstRow]!;
    toValues.set(values.subarray(from, from + toValues.length));
    toPlaces.set(places.subarray(from, from + toPlaces.length));
  });
}

/** Rows of which `copyElements` gives the elements, as `CompressedRows.copyTo` does. */
export function compressedSource(
  starts: Uint32Array,
  columns: number,
  dtype: DType,
  copyElements: CompressedRows["copyTo"],
): RowSource {
  return {
    rows: starts.length - 1,
    columns,
    compressed: { starts, copyTo: copyElements },
    copyTo(target, firstRow = 0) {
      const rows = target.length / columns;
      const begin = starts[firstRow]!;
      const count = starts[firstRow + rows]! - begin;
      const values = floatArray(dtype, count);
      const places = indexArray(count);
      copyElements(values, places, firstRow);
      target.fill(0);
      for (let s = 0, n = 0; s < rows; s++) {
        for (const end = starts[firstRow + s + 1]! - begin; n < end; n++) target[s * columns + places[n]!] = values[n]!;
      }
    },
  };
}
