// Data as users give it: rows of numbers, or a typed array with its shape. Values are checked while they are copied to
// where the engine wants them, so a data set is read once.

import { isFloatArray, isNumberArray, lengthOf, type NumberArray, typeNameOf } from "../arrays.ts";
import { show } from "../checks.ts";
import { type DType, dtypeOf, type FloatArray, floatArray, type RowSource } from "../engine/engine.ts";
import { DataError, ShapeError } from "../errors.ts";

const SHORT = 64; // elements; copying so few one by one is faster than a call of `set`

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

/**
 * The rows of one argument: x or y. `of` checks a value's shape, `copyTo` its numbers as they are copied. `predict` has one
 * for all its calls, so that a call has nothing to allocate.
 */
export class MatrixSource implements RowSource {
  readonly columns: number;
  readonly #name: string;
  readonly #dtype: DType;
  readonly #verb: string;
  readonly #bounds: Bounds | undefined;
  #value: MatrixLike = [];
  #rows = 0;

  /** `verb`: what the network does with so many columns, "takes". */
  constructor(name: string, columns: number, dtype: DType, verb: string, bounds?: Bounds) {
    this.#name = name;
    this.columns = columns;
    this.#dtype = dtype;
    this.#verb = verb;
    this.#bounds = bounds;
  }

  get rows(): number {
    return this.#rows;
  }

  of(value: MatrixLike): this {
    const name = this.#name;
    let columns: number;
    if (Array.isArray(value)) {
      columns = columnsOf(name, value, "numbers");
      this.#rows = value.length;
    } else {
      checkTyped(name, value, "numbers");
      columns = value.shape[1];
      this.#rows = value.shape[0];
    }
    if (columns !== this.columns) {
      throw new ShapeError(`${name} has ${columns} columns; the network ${this.#verb} ${this.columns}`);
    }
    this.#value = value;
    return this;
  }

  copyTo(target: FloatArray, firstRow = 0): void {
    const value = this.#value;
    if (Array.isArray(value)) this.#copyRows(value as Rows, target, firstRow);
    else this.#copyTyped((value as TypedMatrix).data, target, firstRow * this.columns);
  }

  #copyRows(rows: Rows, target: FloatArray, firstRow: number): void {
    const { columns } = this;
    // a row may have been changed since its length was checked: take what is promised, no more
    for (let s = firstRow, to = 0; s < rows.length && to < target.length; s++) {
      const row = rows[s]!;
      for (let i = 0; i < columns; i++, to++) {
        const value = row[i]!;
        target[to] = typeof value === "number" ? value : Number.NaN; // a bigint would throw an error that names nothing
        this.#checkNumber(value, target[to]!, s * columns + i);
      }
    }
  }

  #copyTyped(data: NumberArray, target: FloatArray, first: number): void {
    const { length } = target;
    if (length <= SHORT) for (let n = 0; n < length; n++) target[n] = data[first + n]!;
    else target.set(length === data.length ? data : data.subarray(first, first + length));
    if (this.#bounds === undefined && allFinite(target)) return;
    for (let n = 0; n < length; n++) this.#checkNumber(data[first + n]!, target[n]!, first + n);
  }

  /** `stored`: what became of it in the dtype. */
  #checkNumber(value: number, stored: number, n: number): void {
    const bounds = this.#bounds;
    if (typeof value === "number" && Number.isFinite(stored)) {
      if (bounds === undefined || (value >= bounds.min && value <= bounds.max)) return;
    }
    const where = `${this.#name}[${Math.floor(n / this.columns)}][${n % this.columns}]`;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new DataError(`${where} is ${show(value)}; finite numbers are expected`);
    }
    if (!Number.isFinite(stored)) throw new DataError(`${where} is ${value}; that is infinite in ${this.#dtype}`);
    throw new DataError(`${where} is ${value}; ${bounds!.why}`);
  }
}

/** How many columns rows have, once all have as many. */
export function columnsOf(name: string, rows: readonly unknown[], cells: string): number {
  if (rows.length === 0) throw new ShapeError(`${name} is empty; at least one row is expected`);
  let columns = 0;
  // forEach would pass over the holes of a sparse array
  for (let s = 0; s < rows.length; s++) {
    const row = rows[s];
    if (!Array.isArray(row) && !isFloatArray(row)) {
      throw new ShapeError(`${name}[${s}] is ${show(row)}; a row, an array of ${cells}, is expected`);
    }
    if (s === 0) columns = row.length;
    if (row.length !== columns) {
      throw new ShapeError(`${name} is ragged: ${name}[0] has ${columns} columns, ${name}[${s}] has ${row.length}`);
    }
  }
  return columns;
}

/** What is no array of rows has to be a typed array with its shape. */
export function checkTyped(name: string, value: unknown, cells: string): asserts value is TypedMatrix {
  const { data, shape } = (value ?? {}) as Partial<TypedMatrix>;
  if (!isNumberArray(data) || !Array.isArray(shape) || shape.length !== 2) {
    const expected = `rows of ${cells}, or { data, shape: [rows, columns] } with a typed array, is expected`;
    throw new ShapeError(`${name} is ${show(value)}; ${expected}`);
  }
  const length = lengthOf(data);
  const rows = shape[0];
  const columns = shape[1];
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows * columns !== length) {
    throw new ShapeError(`${name}.shape is [${rows}, ${columns}]; ${name}.data has ${length} elements`);
  }
  if (rows < 1) throw new ShapeError(`${name} is empty; at least one row is expected`);
}

/** x and y belong together row by row. */
export function checkSameRows(x: RowSource, y: RowSource): void {
  if (x.rows !== y.rows) throw new ShapeError(`y has ${y.rows} rows; x has ${x.rows}`);
}

/** x · 0 is 0 for finite x alone. Four sums, for one would wait for itself. */
export function allFinite(values: FloatArray): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  let n = 0;
  for (; n + 3 < values.length; n += 4) {
    a += values[n]! * 0;
    b += values[n + 1]! * 0;
    c += values[n + 2]! * 0;
    d += values[n + 3]! * 0;
  }
  for (; n < values.length; n++) a += values[n]! * 0;
  return a + b + c + d === 0;
}

/** An array that a result is written into. */
export function checkOut(out: unknown, dtype: DType, length: number): void {
  const type = dtype === "f32" ? "Float32Array" : "Float64Array";
  if (typeNameOf(out) !== type) throw new ShapeError(`out is ${show(out)}; a ${type} is expected`);
  const has = lengthOf(out as FloatArray);
  if (has !== length) throw new ShapeError(`out has ${has} elements; ${length} are expected`);
}

/** The network's outputs in the form the input came in. */
export function toForm<T extends MatrixLike>(like: T, data: FloatArray, columns: number): number[][] | TypedMatrix {
  const rows = data.length / columns;
  if (!Array.isArray(like)) return { data, shape: [rows, columns] };
  return Array.from({ length: rows }, (_, s) => Array.from(data.subarray(s * columns, (s + 1) * columns)));
}

/** Classes, in one column, as one column each: 1 in that of the class, 0 in the others. */
export class ClassSource implements RowSource {
  readonly rows: number;
  readonly columns: number;
  readonly #classes: RowSource;
  readonly #dtype: DType;

  constructor(classes: RowSource, count: number, dtype: DType) {
    this.rows = classes.rows;
    this.columns = count;
    this.#classes = classes;
    this.#dtype = dtype;
  }

  copyTo(target: FloatArray, firstRow = 0): void {
    const classes = floatArray(this.#dtype, target.length / this.columns);
    this.#classes.copyTo(classes, firstRow);
    target.fill(0);
    classes.forEach((value, s) => {
      if (!Number.isInteger(value) || value < 0 || value >= this.columns) {
        throw new DataError(`y[${firstRow + s}][0] is ${value}; a class from 0 to ${this.columns - 1} is expected`);
      }
      target[s * this.columns + value] = 1;
    });
  }
}

/** Targets y as y · (1 − ε) + ε / classes, computed in f64 and rounded again. */
export class SmoothedSource implements RowSource {
  readonly rows: number;
  readonly columns: number;
  readonly #targets: RowSource;
  readonly #smoothing: number;
  readonly #classes: number;

  constructor(targets: RowSource, smoothing: number, classes: number) {
    this.rows = targets.rows;
    this.columns = targets.columns;
    this.#targets = targets;
    this.#smoothing = smoothing;
    this.#classes = classes;
  }

  copyTo(target: FloatArray, firstRow = 0): void {
    this.#targets.copyTo(target, firstRow);
    const share = this.#smoothing / this.#classes;
    for (let n = 0; n < target.length; n++) target[n] = target[n]! * (1 - this.#smoothing) + share;
  }
}

/** Rows of another source. */
export function rowsOf(source: RowSource, first: number, rows: number): RowSource {
  return { rows, columns: source.columns, copyTo: (target, row = 0) => source.copyTo(target, first + row) };
}

/** Weights of rows, or of classes: finite, 0 or more; those from `first` on into `target`. */
function copyWeights(name: string, weights: ArrayLike<number>, target: FloatArray, first = 0): void {
  for (let n = 0; n < target.length; n++) {
    const value = weights[first + n] as unknown;
    target[n] = typeof value === "number" ? value : Number.NaN;
    if (target[n]! >= 0 && Number.isFinite(target[n])) continue;
    const expected = `a number of 0 or more, finite in ${dtypeOf(target)}, is expected`;
    throw new DataError(`${name}[${first + n}] is ${show(value)}; ${expected}`);
  }
}

function checkLength(name: string, weights: ArrayLike<number>, length: number): void {
  if (weights?.length === length) return;
  throw new ShapeError(`${name} has ${weights?.length ?? "no"} elements; ${length} are expected`);
}

/** The weight of each row: its own times that of its class. */
export function weightsOf(
  y: RowSource,
  sampleWeights: ArrayLike<number> | undefined,
  classWeights: ArrayLike<number> | undefined,
  dtype: DType,
): RowSource | undefined {
  if (sampleWeights === undefined && classWeights === undefined) return undefined;
  const { rows, columns } = y;
  if (sampleWeights !== undefined) checkLength("sampleWeights", sampleWeights, rows);
  const ofClass = floatArray(dtype, Math.max(2, columns)).fill(1);
  if (classWeights !== undefined) {
    checkLength("classWeights", classWeights, ofClass.length);
    copyWeights("classWeights", classWeights, ofClass);
  }
  return {
    rows,
    columns: 1,
    copyTo(target: FloatArray, first = 0) {
      if (sampleWeights === undefined) target.fill(1);
      else copyWeights("sampleWeights", sampleWeights, target, first);
      if (classWeights === undefined) return;
      const wanted = floatArray(dtype, target.length * columns);
      y.copyTo(wanted, first);
      for (let s = 0; s < target.length; s++) {
        const row = wanted.subarray(s * columns, (s + 1) * columns);
        let largest = 0;
        for (let j = 1; j < columns; j++) if (row[j]! > row[largest]!) largest = j;
        target[s] = target[s]! * ofClass[columns === 1 ? Number(row[0]! >= 0.5) : largest]!;
      }
    },
  };
}

/** Some rows of data whose shape is checked. */
export function takeRows(matrix: MatrixLike, rows: Uint32Array): MatrixLike {
  if (!("shape" in matrix)) return Array.from(rows, (row) => matrix[row]!);
  const columns = matrix.shape[1];
  const data = matrix.data.slice(0, rows.length * columns);
  rows.forEach((row, s) => data.set(matrix.data.subarray(row * columns, (row + 1) * columns), s * columns));
  return { data, shape: [rows.length, columns] };
}
