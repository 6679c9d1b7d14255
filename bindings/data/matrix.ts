// Data as users pass it: rows of numbers, or a typed array with its shape. Each property is read once. Numbers are
// checked while they are copied to the engine, so a data set is read once.
//
// Reading rows may run a caller's code (a getter, a proxy), which may dispose of the network, predict, or make memory
// grow. Reading a typed array can't. So rows are copied (`settled`) before an engine hands out a pointer, or while a
// training locks the network.

import { type FloatArray, isNumberArray, lengthOf, type NumberArray, plainView, SHORT, typeNameOf } from "../arrays.ts";
import { counted, expected, isLength, isList, isRevoked, show } from "../checks.ts";
import { DataError, ShapeError } from "../errors.ts";
import { allFinite, type DType, floatArray, indexArray } from "../numbers.ts";
import { atOnce, compressedSource, type IsTime, ownCompressed, type RowSource, readSlices } from "../rows.ts";
import type { CompressedMatrix } from "./compressed.ts";

/** Numbers in row-major order with their shape: `{ data: new Float32Array(6), shape: [3, 2] }` is three rows of two. */
export interface TypedMatrix<T extends NumberArray = NumberArray> {
  /** The elements, row by row: rows × columns of them. */
  readonly data: T;
  /** How many rows and columns. */
  readonly shape: readonly [rows: number, columns: number];
}

/** The same as a call takes it: the shape may be any array of two numbers. */
export interface TypedMatrixLike {
  /** The elements, row by row: rows × columns of them. */
  readonly data: NumberArray;
  /** How many rows and columns. */
  readonly shape: readonly number[];
}

/** Numbers by their index; true and false are 1 and 0. */
export type Numbers = ArrayLike<number | boolean>;

/** Rows of equal length. */
export type Rows = ArrayLike<Numbers>;

/** Rows of numbers, a typed array with its shape, or the numbers of one column. */
export type MatrixLike = Rows | TypedMatrixLike | Numbers;

/** What `fit`, `predict` and `evaluate` take as x: rows of numbers, which may be compressed. */
export type XLike = MatrixLike | CompressedMatrix;

export interface Bounds {
  readonly min: number;
  readonly max: number;
  /** What is said of targets beyond. */
  advice(): string;
}

const NONE: readonly unknown[] = [];

/** A matrix as it was handed in: a typed array, or a list of rows. */
export class GivenMatrix {
  /** Undefined where it is a list. */
  typed: NumberArray | undefined;
  list: readonly unknown[] = NONE;
  /** Whether it is a list of numbers: one column. */
  isFlat = false;
  rows = 0;
  columns = 0;

  /** Reads each property once; `cells`: what a list's rows have. */
  read(name: string, value: unknown, cells: string): this {
    let typed: NumberArray | undefined;
    let list = NONE;
    let rows: unknown;
    let columns: unknown;
    let isFlat = false;
    if (isNumberArray(value)) {
      isFlat = true;
      typed = value;
      rows = lengthOf(value);
      columns = 1;
    } else if (isArrayLike(value)) {
      list = value as readonly unknown[];
      rows = widthOf(value) ?? 0;
      isFlat = isNumber(list[0]);
      columns = isFlat ? 1 : columnsOf(name, list, rows as number, cells);
    } else {
      const { data, shape } = (isRevoked(value) ? {} : (value ?? {})) as Partial<TypedMatrixLike>;
      if (!isNumberArray(data) || !isList(shape) || shape.length !== 2) {
        const expected = `rows of ${cells}, or { data, shape: [rows, columns] } with a typed array, is expected`;
        throw new ShapeError(`${name} is ${show(value)}; ${expected}`);
      }
      typed = data;
      rows = shape[0];
      columns = shape[1];
      const length = lengthOf(data);
      if (!isCount(rows) || !isCount(columns) || rows * columns !== length) {
        throw new ShapeError(
          `${name}.shape is [${show(rows)}, ${show(columns)}]; ${name}.data has ${counted(length, "element")}`,
        );
      }
    }
    if (rows === 0) throw new ShapeError(`${name} is empty; at least one row is expected`);
    // a caller's code may have read another matrix here: from now on none runs
    this.typed = typed;
    this.list = list;
    this.isFlat = isFlat;
    this.rows = rows as number;
    this.columns = columns as number;
    return this;
  }
}

/** A size below 2^53, whose products with others can't wrap and are exact where an array is as long. */
function isCount(size: unknown): size is number {
  return Number.isSafeInteger(size) && (size as number) >= 0;
}

/** How many columns rows have, once all have as many. */
function columnsOf(name: string, list: readonly unknown[], rows: number, cells: string): number {
  let columns = 0;
  // forEach would pass over the holes of a sparse array
  for (let s = 0; s < rows; s++) {
    const row = list[s];
    const width = widthOf(row);
    if (width === undefined) {
      throw new ShapeError(
        `${name}[${s}] is ${show(row)}; a row, an array of ${cells}, is expected: [[0], [1]] has two`,
      );
    }
    if (s === 0) columns = width;
    if (width !== columns) {
      throw new ShapeError(
        `${name} is ragged: ${name}[0] has ${counted(columns, "column")}, ${name}[${s}] has ${width}`,
      );
    }
  }
  return columns;
}

/** A number, or true for 1 and false for 0. */
export const isNumber = (value: unknown) => typeof value === "number" || typeof value === "boolean";

/** How many cells a row has; undefined of what is none. */
export function widthOf(row: unknown): number | undefined {
  if (isList(row)) {
    const { length } = row;
    return isLength(length) ? length : undefined;
  }
  if (isNumberArray(row)) return lengthOf(row);
  return isArrayLike(row) ? row.length : undefined;
}

/** An array, or an object with a length that has its elements under their indexes. */
export function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  if (isList(value)) return true;
  if (typeof value !== "object" || value === null || isRevoked(value) || !("length" in value)) return false;
  if (typeNameOf(value) !== undefined && !isNumberArray(value)) return false; // bigints
  return isLength(value.length) && 0 in value;
}

export function isRow(value: unknown): boolean {
  return widthOf(value) !== undefined;
}

/** One row of a list, which may have been changed since its shape was checked. */
export function rowOf(name: string, list: readonly unknown[], s: number, columns: number): readonly unknown[] {
  const row = list[s];
  if (widthOf(row) === columns) return row as readonly unknown[];
  throw new ShapeError(`${name}[${s}] is ${show(row)}; ${name} was changed while it was read`);
}

const EVERYWHERE = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

/**
 * The rows of one argument: x or y. `of` checks a value's shape, `copyTo` its numbers as they are copied. `predict` has
 * one for all its calls, so that a call has nothing to allocate.
 */
export class MatrixSource extends GivenMatrix implements RowSource {
  readonly #name: string;
  readonly #expected: number; // columns
  readonly #dtype: DType;
  readonly #verb: string;
  readonly #bounds: Bounds | undefined;
  #spare: OwnRows | undefined; // few rows, which the next call may overwrite

  /** `verb`: who does what with so many columns, "the network takes". */
  constructor(name: string, columns: number, dtype: DType, verb: string, bounds?: Bounds) {
    super();
    this.#name = name;
    this.#expected = columns;
    this.#dtype = dtype;
    this.#verb = verb;
    this.#bounds = bounds;
  }

  of(value: MatrixLike): this {
    const { columns, isFlat } = this.read(this.#name, value, "numbers");
    if (columns !== this.#expected) {
      const has = isFlat ? "is a list of numbers, which is one column" : `has ${counted(columns, "column")}`;
      const rows = isFlat ? ": rows have brackets of their own, [[0, 1]]" : "";
      throw new ShapeError(`${this.#name} ${has}; ${this.#verb} ${this.#expected}${rows}`);
    }
    return this;
  }

  /**
   * Itself, or of a list the rows in an array of their own, which may be that of the call before: from here on no code
   * of a caller's runs.
   */
  settled(): RowSource {
    const { typed, list, isFlat, rows, columns } = this; // while they are read, `of` may be called for others
    if (typed !== undefined) return this;
    const length = rows * columns;
    const spare = this.#spare;
    const settled = spare?.data.length === length ? spare : ownRows(floatArray(this.#dtype, length), columns);
    this.#spare = undefined; // the caller's code, which runs now, may have other rows settled
    this.#copyList(list, isFlat, settled.data, 0);
    if (length <= SHORT) this.#spare = settled;
    return settled;
  }

  copyTo(target: FloatArray, firstRow = 0): void {
    const { typed, list, isFlat } = this;
    if (typed === undefined) this.#copyList(list, isFlat, target, firstRow);
    else this.#copyTyped(typed, target, firstRow * this.#expected);
  }

  /** Of a typed array whose numbers need nothing but to be finite. */
  copyUnchecked(target: FloatArray): boolean {
    const { typed } = this;
    if (typed === undefined || this.#bounds !== undefined || lengthOf(typed) !== target.length) return false;
    target.set(typed);
    return true;
  }

  /** Forgets the data, which would live as long as this. */
  release(): void {
    this.typed = undefined;
    this.list = NONE;
  }

  #copyList(list: readonly unknown[], isFlat: boolean, target: FloatArray, firstRow: number): void {
    const columns = this.#expected;
    for (let s = firstRow, to = 0; to < target.length; s++) {
      const row = isFlat ? list : rowOf(this.#name, list, s, columns);
      for (let i = 0; i < columns; i++, to++) {
        const given = isFlat ? row[s] : row[i];
        const value = typeof given === "boolean" ? Number(given) : given;
        target[to] = typeof value === "number" ? value : Number.NaN; // a bigint would throw an error that names nothing
        this.#checkNumber(value, target[to]!, s * columns + i);
      }
    }
  }

  #copyTyped(data: NumberArray, target: FloatArray, first: number): void {
    const { length } = target;
    const has = lengthOf(data);
    if (has < first + length) {
      throw new ShapeError(
        `${this.#name}.data has ${counted(has, "element")}; ${this.#name} was changed while it was read`,
      );
    }
    if (this.#bounds === undefined) {
      if (length <= SHORT) for (let n = 0; n < length; n++) target[n] = data[first + n]!;
      else target.set(length === has ? data : plainView(data, first, length));
      if (allFinite(target)) return;
    }
    const { min, max } = this.#bounds ?? EVERYWHERE;
    const areSmall = max - min <= 2; // what lies between is finite in the dtype, too
    for (let n = 0; n < length; n++) {
      const value = data[first + n]!; // read once: another thread may write it
      target[n] = value;
      if (value >= min && value <= max && (areSmall || target[n]! - target[n]! === 0)) continue;
      this.#checkNumber(value, target[n], first + n);
    }
  }

  /**
   * `stored`: what became of it in the dtype; undefined where a caller's code made the memory grow that it was written
   * to.
   */
  #checkNumber(value: unknown, stored: number | undefined, n: number): void {
    const bounds = this.#bounds;
    if (typeof value === "number" && Number.isFinite(stored ?? value)) {
      if (bounds === undefined || (value >= bounds.min && value <= bounds.max)) return;
    }
    const where = `${this.#name}[${Math.floor(n / this.#expected)}]${this.isFlat ? "" : `[${n % this.#expected}]`}`;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new DataError(`${where} is ${show(value)}; finite numbers are expected`);
    }
    if (!Number.isFinite(stored ?? value)) {
      throw new DataError(`${where} is ${value}; that is infinite in ${this.#dtype}`);
    }
    throw new DataError(`${where} is ${value}; ${bounds!.advice()}`);
  }
}

/** Rows whose typed arrays are copies: what becomes of the caller's afterwards changes nothing. */
export function held(source: RowSource, dtype: DType): RowSource {
  if (!(source instanceof MatrixSource)) return settled(source, dtype);
  if (source.typed !== undefined) source.typed = plainView(source.typed).slice();
  return source;
}

/** Rows from which on no code of a caller's runs. */
export function settled(source: RowSource, dtype: DType): RowSource {
  if (source instanceof MatrixSource) return source.settled();
  const { compressed, columns } = source;
  return compressed === undefined ? source : atOnce(ownCompressed(compressed, columns, dtype, undefined));
}

/** Rows in an array of our own, whose numbers are checked. */
export interface OwnRows extends RowSource {
  readonly data: FloatArray;
}

export function ownRows(data: FloatArray, columns: number, rows: number = data.length / columns): OwnRows {
  return {
    data,
    rows,
    columns,
    copyTo(target, firstRow = 0) {
      const first = firstRow * columns;
      const { length } = target;
      if (length <= SHORT) for (let n = 0; n < length; n++) target[n] = data[first + n]!;
      else target.set(length === data.length ? data : data.subarray(first, first + length));
    },
  };
}

/** The rows of a source in an array of our own: what becomes of the caller's afterwards changes nothing. */
export function* own(source: RowSource, dtype: DType, isTime: IsTime): Generator<undefined, OwnRows> {
  return ownRows(yield* readSlices(source, dtype, isTime), source.columns);
}

/** An array that a result is written into. */
export function checkOut(out: unknown, dtype: DType, length: number, name = "out"): void {
  const type = dtype === "f32" ? "Float32Array" : "Float64Array";
  if (typeNameOf(out) !== type) throw new ShapeError(`${name} is ${show(out)}; a ${type} is expected`);
  const has = lengthOf(out as FloatArray);
  if (has !== length) throw new ShapeError(`${name} has ${counted(has, "element")}; ${expected(length)}`);
}

/** Row-major numbers as rows. */
export function toRows(data: FloatArray, columns: number): number[][] {
  const rows: number[][] = [];
  for (let from = 0; from < data.length; from += columns) {
    const row: number[] = [];
    for (let j = 0; j < columns; j++) row.push(data[from + j]!);
    rows.push(row);
  }
  return rows;
}

export function checkClass(name: string, row: number, value: number, classes: number): void {
  if (Number.isInteger(value) && value >= 0 && value < classes) return;
  throw new DataError(`${name}[${row}][0] is ${value}; a class from 0 to ${classes - 1} is expected`);
}

/** Classes, in one column, as one column each: 1 in that of the class, 0 in the others. */
export function classSource(classes: RowSource, columns: number, dtype: DType, name = "y"): RowSource {
  return {
    rows: classes.rows,
    columns,
    copyTo(target, firstRow = 0) {
      const numbers = floatArray(dtype, target.length / columns);
      classes.copyTo(numbers, firstRow);
      target.fill(0);
      numbers.forEach((value, s) => {
        checkClass(name, firstRow + s, value, columns);
        target[s * columns + value] = 1;
      });
    },
  };
}

/** Targets y as y · (1 − ε) + ε / classes, computed in f64 and rounded again. */
export function smoothedSource(targets: RowSource, smoothing: number, classes: number): RowSource {
  const share = smoothing / classes;
  return {
    rows: targets.rows,
    columns: targets.columns,
    copyTo(target, firstRow) {
      targets.copyTo(target, firstRow);
      for (let n = 0; n < target.length; n++) target[n] = target[n]! * (1 - smoothing) + share;
    },
  };
}

/** Consecutive rows of another source. */
export function rowsOf(source: RowSource, first: number, rows: number): RowSource {
  const { columns, compressed } = source;
  return {
    rows,
    columns,
    copyTo: (target, row = 0) => source.copyTo(target, first + row),
    compressed: compressed && {
      starts: compressed.starts.subarray(first, first + rows + 1),
      copyTo: (values, places, row) => compressed.copyTo(values, places, first + row),
    },
  };
}

/** The rows of another source that a list names; each is read by itself. */
export function rowsAt(source: RowSource, rows: Uint32Array, dtype: DType): RowSource {
  const { columns, compressed } = source;
  if (compressed !== undefined) {
    const { starts, copyTo } = compressed;
    const ofRows = indexArray(rows.length + 1);
    rows.forEach((at, place) => {
      ofRows[place + 1] = ofRows[place]! + starts[at + 1]! - starts[at]!;
    });
    return compressedSource(ofRows, columns, dtype, (values, places, first) => {
      for (let from = 0, place = first; from < values.length; place++) {
        const to = from + ofRows[place + 1]! - ofRows[place]!;
        copyTo(values.subarray(from, to), places.subarray(from, to), rows[place]!);
        from = to;
      }
    });
  }
  const row = floatArray(dtype, columns);
  return {
    rows: rows.length,
    columns,
    copyTo(target, first = 0) {
      for (let n = 0, place = first; n < target.length; place++) {
        source.copyTo(row, rows[place]);
        for (let i = 0; i < columns; i++) target[n++] = row[i]!;
      }
    },
  };
}
