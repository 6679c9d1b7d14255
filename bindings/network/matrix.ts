// Data as users give it: rows of numbers, or a typed array with its shape. Values are checked while they are copied to
// where the engine wants them, so a data set is read once.

import type { DType, FloatArray, RowSource } from "../engine/engine.ts";
import { DataError, ShapeError } from "../errors.ts";
import { show } from "./options.ts";

/** Any array of plain numbers with a fixed element type. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Numbers in row-major order with their shape: `{ data: new Float32Array(6), shape: [3, 2] }` is three rows of two. */
export interface TypedMatrix<T extends NumberArray = NumberArray> {
  readonly data: T;
  readonly shape: readonly [rows: number, columns: number];
}

/** Rows of equal length. */
export type Rows = readonly (readonly number[] | Float32Array | Float64Array)[];

/** What `fit`, `predict` and `evaluate` take. */
export type MatrixLike = Rows | TypedMatrix;

export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly why: string;
}

/** Checks the shape now and the values when they are copied. `what` the network does with so many columns: "takes". */
export function rowSource(
  name: string,
  value: MatrixLike,
  columns: number,
  dtype: DType,
  what: string,
  bounds?: Bounds,
): RowSource {
  const check = valueCheck(name, dtype, bounds);
  const expectColumns = (found: number, where: string) => {
    if (found !== columns) throw new ShapeError(`${where} has ${found} columns; the network ${what} ${columns}`);
  };

  if (Array.isArray(value)) {
    const rows = value as Rows;
    if (rows.length === 0) throw new ShapeError(`${name} is empty; at least one row is expected`);
    // forEach would pass over the holes of a sparse array
    for (let s = 0; s < rows.length; s++) {
      const row = rows[s]!;
      if (!Array.isArray(row) && !(row instanceof Float32Array) && !(row instanceof Float64Array)) {
        throw new ShapeError(`${name}[${s}] is ${show(row)}; a row, an array of ${columns} numbers, is expected`);
      }
      if (s > 0 && row.length !== rows[0]!.length) {
        throw new ShapeError(
          `${name} is ragged: ${name}[0] has ${rows[0]!.length} columns, ${name}[${s}] has ${row.length}`,
        );
      }
    }
    expectColumns(rows[0]!.length, name);
    return {
      rows: rows.length,
      columns,
      copyTo(target) {
        // a row may have been changed since its length was checked: take what is promised, no more
        for (let s = 0; s < rows.length && s * columns < target.length; s++) {
          const row = rows[s]!;
          for (let i = 0; i < columns; i++) target[s * columns + i] = check(row[i]!, s, i);
        }
      },
    };
  }

  if (isTypedMatrix(value)) {
    const { data } = value;
    const [rowCount, columnCount] = value.shape;
    if (!Number.isInteger(rowCount) || !Number.isInteger(columnCount) || rowCount * columnCount !== data.length) {
      throw new ShapeError(`${name}.shape is [${rowCount}, ${columnCount}]; ${name}.data has ${data.length} elements`);
    }
    if (rowCount < 1) throw new ShapeError(`${name} is empty; at least one row is expected`);
    expectColumns(columnCount, name);
    return {
      rows: rowCount,
      columns,
      copyTo(target) {
        target.set(data);
        for (let n = 0; n < target.length; n++) {
          const value = data[n]!;
          const inBounds = bounds === undefined || (value >= bounds.min && value <= bounds.max);
          if (!inBounds || !Number.isFinite(target[n])) check(value, Math.floor(n / columns), n % columns);
        }
      },
    };
  }

  throw new ShapeError(
    `${name} is ${show(value)}; rows of numbers, or { data, shape: [rows, ${columns}] } with a typed array, is expected`,
  );
}

/** x and y belong together row by row. */
export function checkSameRows(x: RowSource, y: RowSource): void {
  if (x.rows !== y.rows) throw new ShapeError(`y has ${y.rows} rows; x has ${x.rows}`);
}

/** The network's outputs in the form the input came in. */
export function toForm<T extends MatrixLike>(like: T, data: FloatArray, columns: number): number[][] | TypedMatrix {
  const rows = data.length / columns;
  if (!Array.isArray(like)) return { data, shape: [rows, columns] };
  return Array.from({ length: rows }, (_, s) => Array.from(data.subarray(s * columns, (s + 1) * columns)));
}

function isTypedMatrix(value: unknown): value is TypedMatrix {
  const { data, shape } = (value ?? {}) as Partial<TypedMatrix>;
  return (
    ArrayBuffer.isView(data) &&
    !(data instanceof DataView) &&
    typeof (data as NumberArray)[0] !== "bigint" &&
    Array.isArray(shape) &&
    shape.length === 2
  );
}

function valueCheck(name: string, dtype: DType, bounds?: Bounds) {
  const round = dtype === "f32" ? Math.fround : (value: number) => value;
  return (value: number, row: number, column: number): number => {
    const where = `${name}[${row}][${column}]`;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new DataError(`${where} is ${show(value)}; finite numbers are expected`);
    }
    if (!Number.isFinite(round(value))) throw new DataError(`${where} is ${value}; that is infinite in ${dtype}`);
    if (bounds !== undefined && !(value >= bounds.min && value <= bounds.max)) {
      throw new DataError(`${where} is ${value}; ${bounds.why}`);
    }
    return value;
  };
}
