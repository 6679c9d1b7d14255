// Compressed rows in WebAssembly memory, as assembly/sparse.ts reads them.

import { type DType, floatArray, indexArray } from "../../numbers.ts";
import { type CompressedRows, type IsTime, inSlices } from "../../rows.ts";
import type { Arena } from "./arena.ts";

/** Where they are: values in the dtype and columns of the elements, and where each row's begin. */
export interface Listed {
  readonly valuesPtr: number;
  readonly columnsPtr: number;
  readonly startsPtr: number;
}

/** Bytes of each of the three; kernels may read a register beyond a value. */
export function listedBytes(elements: number, rows: number, elementBytes: number): [number, number, number] {
  return [elements * elementBytes + 16, elements * 4, (rows + 1) * 4];
}

/** The most elements that `count` consecutive rows have together, of those that begin at a multiple of `count`. */
export function widest(starts: Uint32Array, count: number): number {
  let most = 0;
  const rows = starts.length - 1;
  for (let row = 0; row < rows; row += count) {
    most = Math.max(most, starts[Math.min(row + count, rows)]! - starts[row]!);
  }
  return most;
}

const never = () => false;

/** Copies `rows` rows from `first` on; the first one's elements are then the first. */
export function* placeListed(
  arena: Arena,
  dtype: DType,
  listed: CompressedRows,
  first: number,
  rows: number,
  { valuesPtr, columnsPtr, startsPtr }: Listed,
  isTime?: IsTime,
): Generator<undefined, void> {
  const { starts } = listed;
  const start = starts[first]!;
  const copy = (row: number, count: number) => {
    const from = starts[first + row]!;
    const length = starts[first + row + count]! - from;
    // arrays of their own: reading lists may run a caller's code, and make memory grow
    const values = floatArray(dtype, length);
    const columns = indexArray(length);
    listed.copyTo(values, columns, first + row);
    arena.write(dtype, valuesPtr + (from - start) * values.BYTES_PER_ELEMENT, values);
    arena.writeU32(columnsPtr + (from - start) * 4, columns);
    arena.writeU32(
      startsPtr + row * 4,
      starts.subarray(first + row, first + row + count + 1).map((at) => at - start),
    );
  };
  // in slices without a clock, too: what is copied on the way may not fit beside the whole
  yield* inSlices(isTime ?? never, rows, copy, Math.ceil((starts[first + rows]! - start) / rows) * 2 + 1);
}
