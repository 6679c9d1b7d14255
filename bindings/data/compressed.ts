// Rows that are mostly zeros as users pass them: SciPy's compressed sparse rows. Each property is read once. Columns
// and values are checked while they are copied, so that none is read before or again.

import { isNumberArray, lengthOf, type NumberArray } from "../arrays.ts";
import { counted, isList, isRevoked, lengthOfList, show } from "../checks.ts";
import { DataError, ShapeError } from "../errors.ts";
import { type DType, indexArray } from "../numbers.ts";
import { compressedSource, type RowSource } from "../rows.ts";

/**
 * Rows of which only the elements are listed that are not 0, in the form and with the names of SciPy's `csr_matrix`:
 * row s has the numbers `data[n]` in the columns `indices[n]` for n from `indptr[s]` to before `indptr[s + 1]`.
 *
 * @example
 * ```ts
 * // [[0, 0, 2], [1, 0, 3]]
 * const x: CompressedMatrix = { data: [2, 1, 3], indices: [2, 0, 2], indptr: [0, 1, 3], shape: [2, 3] };
 * ```
 */
export interface CompressedMatrix {
  /** The listed elements, row by row. */
  readonly data: readonly number[] | NumberArray;
  /** The column of each of them; the columns of a row ascend. */
  readonly indices: readonly number[] | NumberArray;
  /** Where the elements of each row begin, and where the last row's end: rows + 1 numbers. */
  readonly indptr: readonly number[] | NumberArray;
  /** How many rows and columns. */
  readonly shape: readonly number[];
}

type Numbers = readonly unknown[] | NumberArray;

/** The rows of such a matrix; undefined of any other value. `verb`: what the network does with so many columns. */
export function readCompressed(
  name: string,
  value: unknown,
  columns: number,
  dtype: DType,
  verb: string,
): RowSource | undefined {
  if (typeof value !== "object" || value === null || isRevoked(value) || isList(value)) return undefined;
  const { indptr } = value as Partial<CompressedMatrix>;
  if (indptr === undefined) return undefined;
  const { data, indices, shape } = value as Partial<CompressedMatrix>;
  const length = lengthIn(`${name}.data`, data);
  const { starts, rows } = startsOf(name, indptr, length);
  const has = lengthIn(`${name}.indices`, indices);
  if (has !== length) throw new ShapeError(`${name}.indices has ${has} elements; ${name}.data has ${length}`);
  const [shapeRows, shapeColumns] = isList(shape) && shape.length === 2 ? [shape[0], shape[1]] : [undefined, undefined];
  if (shapeRows !== rows) {
    throw new ShapeError(
      `${name}.shape is [${show(shapeRows)}, ${show(shapeColumns)}]; ${name}.indptr has ${counted(rows, "row")}`,
    );
  }
  if (shapeColumns !== columns) {
    throw new ShapeError(`${name} has ${show(shapeColumns)} columns; the network ${verb} ${columns}`);
  }
  return compressedSource(starts, columns, dtype, (values, places, firstRow) => {
    for (let s = firstRow, n = 0; n < values.length; s++) {
      let before = -1;
      for (let at = starts[s]!; at < starts[s + 1]!; at++, n++) {
        const index: unknown = (indices as Numbers)[at];
        if (!(typeof index === "number" && Number.isInteger(index) && index > before && index < columns)) {
          const range =
            before + 1 < columns ? `a column from ${before + 1} to ${columns - 1} is expected` : "no more are expected";
          const advice = before < 0 ? "" : ": the indices of a row are sorted, and each is there once";
          throw new DataError(`${name}.indices[${at}] is ${show(index)}; in row ${s}, ${range}${advice}`);
        }
        before = index;
        places[n] = index;
        const element: unknown = (data as Numbers)[at];
        values[n] = typeof element === "number" ? element : Number.NaN;
        if (Number.isFinite(values[n])) continue;
        const expected =
          typeof element === "number" && Number.isFinite(element)
            ? `that is infinite in ${dtype}`
            : "finite numbers are expected";
        throw new DataError(`${name}.data[${at}] is ${show(element)}; ${expected}`);
      }
    }
  });
}

function lengthIn(name: string, values: unknown): number {
  if (isNumberArray(values)) return lengthOf(values);
  if (isList(values)) return lengthOfList(name, values);
  throw new ShapeError(`${name} is ${show(values)}; an array of numbers is expected`);
}

/** Where each row begins: whole numbers from 0 to `length`, none less than the one before. */
function startsOf(name: string, indptr: unknown, length: number): { starts: Uint32Array; rows: number } {
  const rows = lengthIn(`${name}.indptr`, indptr) - 1;
  if (rows < 1) throw new ShapeError(`${name}.indptr has no rows; at least one row, so two numbers, is expected`);
  const starts = indexArray(rows + 1);
  let before = 0;
  for (let s = 0; s <= rows; s++) {
    const start: unknown = (indptr as Numbers)[s];
    const [least, most] = [s === rows ? length : before, s === 0 ? 0 : length];
    if (!(typeof start === "number" && Number.isInteger(start) && start >= least && start <= most)) {
      const range = least === most ? `${least}` : `a whole number from ${least} to ${most}`;
      throw new ShapeError(`${name}.indptr[${s}] is ${show(start)}; ${range} is expected`);
    }
    before = start;
    starts[s] = start;
  }
  return { starts, rows };
}
