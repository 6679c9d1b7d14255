// Tables as people have them, read into columns: rows, records, columns, Arrow tables, flat lists of labels. Whatever
// can run a caller's code is read once and copied. Typed arrays are copied where a table outlives the call.

import { isNumberArray, lengthOf, type NumberArray, plainView } from "../arrays.ts";
import { isLength, isList, isRevoked, lengthOfList, show } from "../checks.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { allocated } from "../numbers.ts";
import { checkKey, endow, isBranded, KEY } from "../objects.ts";
import { type Cell, dateAt, isDate, isTimeType, otherNames } from "./cells.ts";
import { GivenMatrix, isArrayLike, isRow, rowOf, type TypedMatrixLike, widthOf } from "./matrix.ts";

/** What an Arrow table has of what is read here; one of the package apache-arrow has it. */
export interface ArrowTable {
  /** Names and types of the columns. */
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type?: unknown }[] };
  /** Gives the column at an index: a vector, which `get` reads cell by cell. */
  getChildAt(index: number): { readonly length: number; get(index: number): unknown } | null;
}

/** Rows of cells, all of equal length. */
export type CellRows = ArrayLike<ArrayLike<Cell>>;

/** One object for each row, whose keys are the columns' names. A key that a record lacks is a missing cell. */
export type Records = ArrayLike<object>;

/** One array for each column, all of equal length, under the columns' names: what `parseCSV` returns. */
export type Columns = Readonly<Record<string, ArrayLike<Cell>>>;

/** The same where an interface or a class says what the columns are: they have no index signature. */
export type ColumnsAs<T> = Readonly<Record<keyof T, ArrayLike<Cell>>>;

/**
 * A table in any form that people have it: rows, records, columns, an Arrow table, a typed array with its shape, a flat
 * list of cells (which is one column, such as labels), or a `DataTable`.
 */
// `object`: a text has a length and texts at its indexes, but "iris.csv" is no table
export type Table = object &
  (CellRows | Records | Columns | ArrowTable | TypedMatrixLike | ArrayLike<Cell> | DataTable);

/** Finds the line of a row in the text that a table was parsed from. */
export type LineOf = (row: number) => number;

/** Under which columns that `parseCSV` made know their lines. A WeakMap of a million columns would take minutes. */
const LINES = /* @__PURE__ */ Symbol("lines");

export function setLines(cells: string[], lineOf: LineOf): void {
  Object.defineProperty(cells, LINES, { value: lineOf });
}

function linesOf(cells: unknown): LineOf | undefined {
  return isList(cells) ? (cells as { [LINES]?: LineOf })[LINES] : undefined;
}

/** The order of columns that `parseCSV` made: an object has whole numbers among its keys first. */
const orders = /* @__PURE__ */ new WeakMap<object, readonly string[]>();

/** Columns under their names, which are kept in order. */
export function columnsUnder(names: readonly string[], columns: readonly string[][]): Record<string, string[]> {
  const under = Object.fromEntries(names.map((name, i) => [name, columns[i]!]));
  orders.set(under, names);
  return under;
}

function namesIn(columns: object): string[] {
  const keys = Object.keys(columns);
  const order = orders.get(columns);
  if (order === undefined) return keys;
  const there = new Set(keys); // some may have been deleted or added
  return [...new Set([...order.filter((name) => there.has(name)), ...keys])];
}

/** The cells of one column: `cells[first]`, `cells[first + step]`, … */
export interface Column {
  readonly cells: NumberArray | readonly unknown[];
  readonly first: number;
  readonly step: number;
  readonly lineOf?: LineOf | undefined;
}

/**
 * A table that was read: its columns, and their names if it has some.
 *
 * @example
 * ```ts
 * import { readTable } from "bitgrad/tables";
 *
 * const table = readTable([{ sqm: 80, city: "Bonn" }, { sqm: 45, city: "Ulm" }]);
 * const [x, y] = table.split("city"); // DataTables of the columns sqm and city
 * const last = x.take([1]); // of one row
 * console.log(table.rows, table.names, y.column("city")); // 2 [ 'sqm', 'city' ] [ 'Bonn', 'Ulm' ]
 * ```
 */
export class DataTable {
  /** @internal A literal: bundlers rename classes. */
  static readonly name: string = "DataTable";
  /** How many rows it has, at least one. */
  readonly rows: number;
  /** Its columns' names, in order; undefined of rows, matrices and lists, whose columns have none. */
  readonly names: readonly string[] | undefined;
  readonly #columns: readonly Column[];
  readonly #called: Called;
  readonly #whole: DataTable | undefined;

  /** Tables are made by `readTable`. */
  private constructor(...parts: never[]);
  private constructor(
    key: unknown,
    rows: number,
    names: readonly string[] | undefined,
    columns: readonly Column[],
    called: Called,
    whole: DataTable | undefined,
  ) {
    checkKey(key, "DataTable", "readTable(table)");
    this.rows = rows;
    this.names = names && Object.freeze(names);
    this.#columns = columns;
    this.#called = called;
    this.#whole = whole;
    const isOne = (value: object): value is DataTable => #columns in value;
    endow(
      this,
      { name: "DataTable", prototype: DataTable.prototype, isOne },
      Symbol("a DataTable is not copied or sent"),
    );
  }

  /** @internal */
  static make(
    rows: number,
    names: readonly string[] | undefined,
    columns: readonly Column[],
    called: Called,
    whole?: DataTable,
  ): DataTable {
    const create = DataTable as unknown as new (...parts: unknown[]) => DataTable;
    return new create(KEY, rows, names, columns, called, whole);
  }

  /** @internal One that was made here. */
  static is(value: unknown): value is DataTable {
    return typeof value === "object" && value !== null && !isRevoked(value) && #columns in value;
  }

  /**
   * @internal The table that it is a part of, with the same columns: what these are does not depend on the part.
   */
  get whole(): DataTable {
    return this.#whole ?? this;
  }

  /** @internal The same rows as a table of their own: nothing is found in others any more. */
  alone(): DataTable {
    return DataTable.make(this.rows, this.names, this.#columns, this.#called);
  }

  /** @internal The same with typed arrays of its own, which nobody changes. */
  settled(): DataTable {
    const copies = new Map<NumberArray, NumberArray>(); // columns of a matrix share one
    const columns = this.#columns.map((column) => {
      const { cells } = column;
      if (!isNumberArray(cells)) return column;
      let copy = copies.get(cells);
      if (copy === undefined) {
        copy = plainView(cells).slice();
        copies.set(cells, copy);
      }
      return { ...column, cells: copy };
    });
    return DataTable.make(this.rows, this.names, columns, this.#called);
  }

  /** How many columns it has. */
  get width(): number {
    return this.#columns.length;
  }

  /** @internal The cells of a column, as they were read. */
  cellsAt(index: number): Column {
    const column = this.#columns[index] ?? NO_CELLS;
    const { cells, first, step } = column;
    if (isNumberArray(cells) && lengthOf(cells) <= first + (this.rows - 1) * step) {
      throw new ShapeError(`${this.#called.name} was changed after it was read; its typed array has become shorter`);
    }
    return column;
  }

  /** @internal Whether a column that is not there has missing cells: a key that no record has. */
  get isOfRecords(): boolean {
    return this.#called.isOfRecords === true;
  }

  /** @internal What messages call a cell. */
  place(row: number, index: number): string {
    const { name, isFlat, rows } = this.#called;
    const from = rows?.[row] ?? row;
    if (this.names === undefined) return isFlat ? `${name}[${from}]` : `${name}[${from}][${index}]`;
    const line = this.#columns[index]!.lineOf?.(row);
    return `column ${show(this.names[index])}, row ${from}${line === undefined ? "" : ` (line ${line})`}`;
  }

  /**
   * The cells of one column in an array of their own.
   *
   * @param column - Its name or index.
   * @throws OptionError if there is no such column
   * @example
   * ```ts
   * readTable({ sqm: [80, 45], city: ["Bonn", "Ulm"] }).column("city"); // ["Bonn", "Ulm"]
   * ```
   */
  column(column: string | number): Cell[] {
    const { cells, first, step } = this.#columns[this.#indexOf("column", column)]!;
    return Array.from({ length: this.rows }, (_, s) => cells[first + s * step] as Cell);
  }

  /**
   * The table without some columns, and a table of these: x and y.
   *
   * @param columns - One or several names or indexes; not all there are.
   * @throws OptionError if there is no such column, or none is left
   * @example
   * ```ts
   * const [x, y] = readTable(parseCSV(text)).split("species");
   * ```
   */
  split(columns: string | number | readonly (string | number)[]): [rest: DataTable, chosen: DataTable] {
    const list = isList(columns) ? columns : [columns];
    const length = Math.min(lengthOfList("columns", list), this.width);
    const chosen = Array.from({ length }, (_, n) =>
      this.#indexOf(isList(columns) ? `columns[${n}]` : "column", list[n] as string | number),
    );
    const set = new Set(chosen);
    const rest = Array.from(this.#columns.keys()).filter((index) => !set.has(index));
    if (set.size === 0 || rest.length === 0) {
      throw new OptionError(`columns has ${set.size} of the table's ${this.width} columns; some are expected, not all`);
    }
    return [this.#part(rest), this.#part([...set])];
  }

  #part(indexes: readonly number[]): DataTable {
    const names = this.names && indexes.map((index) => this.names![index]!);
    const columns = indexes.map((index) => this.#columns[index]!);
    const whole = this.#whole === undefined ? undefined : this.#whole.#part(indexes);
    return DataTable.make(this.rows, names, columns, this.#called, whole);
  }

  /**
   * The table of some rows, in this order, copied.
   *
   * @param rows - Their indexes, from 0 on.
   * @throws OptionError if there is no such row
   * @example
   * ```ts
   * const [training, rest] = [table.take([0, 2, 3]), table.take([1, 4])];
   * ```
   */
  take(rows: ArrayLike<number>): DataTable {
    return this.#take(rows, undefined);
  }

  /**
   * The same as `take` for rows of a whole, such as those that are trained on. An Encoder takes means and all other
   * numbers from these rows alone. But it finds in the whole table what each column is, and, where it refuses unseen
   * categories, which there are: that must not depend on which rows are held out.
   *
   * @param rows - Their indexes, from 0 on.
   * @throws OptionError if there is no such row
   * @example
   * ```ts
   * const table = readTable({ garden: ["true", "false", "true", "unknown"] });
   * Encoder.learn(table.take([0, 1, 2])).width; // 1: true or false
   * Encoder.learn(table.part([0, 1, 2])).width; // 3: one of three categories
   * ```
   */
  part(rows: ArrayLike<number>): DataTable {
    return this.#take(rows, this.whole);
  }

  #take(rows: ArrayLike<number>, whole: DataTable | undefined): DataTable {
    const length = widthOf(rows) ?? 0;
    const indexes: number[] = [];
    for (let n = 0; n < length; n++) {
      const row = rows[n]!;
      if (!Number.isInteger(row) || row < 0 || row >= this.rows) {
        throw new OptionError(`rows[${n}] is ${show(row)}; a whole number from 0 to ${this.rows - 1} is expected`);
      }
      indexes.push(row);
    }
    if (length === 0) throw new ShapeError("rows is empty; at least one row is expected");
    const columns = this.#columns.map(({ cells, first, step, lineOf }) => {
      const taken = isNumberArray(cells) ? new Float64Array(length) : new Array<unknown>(length);
      for (let n = 0; n < length; n++) taken[n] = cells[first + indexes[n]! * step]!;
      return { cells: taken, first: 0, step: 1, lineOf: lineOf && ((row: number) => lineOf(indexes[row]!)) };
    });
    const before = this.#called.rows;
    const called = { ...this.#called, rows: before ? indexes.map((row) => before[row]!) : indexes };
    return DataTable.make(indexes.length, this.names, columns, called, whole);
  }

  /** "DataTable", in the objects' default descriptions. */
  get [Symbol.toStringTag](): string {
    return "DataTable";
  }

  /** A description in one line. */
  toString(): string {
    return `DataTable { rows: ${this.rows}, columns: ${this.names?.slice(0, 10).join(", ") ?? this.width} }`;
  }

  #indexOf(what: string, column: string | number): number {
    const { names, width } = this;
    if (typeof column === "number" || names === undefined) {
      if (Number.isInteger(column) && (column as number) >= 0 && (column as number) < width) return column as number;
      throw new OptionError(`${what} is ${show(column)}; a whole number from 0 to ${width - 1} is expected`);
    }
    const index = names.indexOf(column);
    if (index >= 0) return index;
    throw new OptionError(`there is no column ${show(column)}; ${otherNames(column, names)}`);
  }
}

const NO_CELLS: Column = { cells: [undefined], first: 0, step: 0 };

/** What messages call the cells of a table. */
interface Called {
  readonly name: string;
  /** A list of cells, whose only column needs no index. */
  readonly isFlat?: boolean;
  readonly isOfRecords?: boolean;
  /** The rows' indexes in the table that they were taken from. */
  readonly rows?: readonly number[];
}

/** A table that is held: what becomes of the caller's afterwards changes nothing. */
export function ownTable(name: string, value: unknown): DataTable {
  return DataTable.is(value) ? value : tableOf(name, value).settled();
}

/**
 * Reads a table in any form. `name` is what messages call it. Whoever reads each cell once, and holds none, needs no
 * copy of columns.
 */
export function tableOf(name: string, value: unknown, copies = true): DataTable {
  if (DataTable.is(value)) return value;
  if (isBranded(value, "DataTable")) return ofOther(name, value as DataTable);
  if (typeof value === "string") {
    throw new ShapeError(`${name} is ${show(value)}; a text of CSV is read by parseCSV of "bitgrad/tables"`);
  }
  if (isNumberArray(value)) return ofMatrix(name, value);
  if (isArrayLike(value)) {
    const length = widthOf(value) ?? 0; // that of a proxy may be none
    let first: unknown;
    for (let s = 0; s < length && s < LOOKED_AT && (first === undefined || first === null); s++) first = value[s];
    if (length === 0) throw new ShapeError(`${name} is empty; at least one row is expected`);
    if (isRow(first)) return ofMatrix(name, value);
    return typeof first === "object" && first !== null && !isDate(first)
      ? ofRecords(name, value, length)
      : ofList(name, value, length);
  }
  if (typeof value !== "object" || value === null || isRevoked(value)) throw noTable(name, value);
  if (isTypedMatrix(value)) return ofMatrix(name, value);
  if (isVector(value)) return ofList(name, copyVector(value, value.length, isTimeType(value.type), name), value.length);
  const fields = fieldsOf(value);
  if (fields !== undefined) return ofArrow(name, value as ArrowTable, fields);
  return ofColumns(name, value as Record<string, unknown>, copies);
}

/** { data, shape }; but columns may be called so, too. */
function isTypedMatrix(value: object): boolean {
  if (!("data" in value && "shape" in value)) return false;
  const { data, shape } = value;
  const hasOthers = Object.keys(value).some((key) => key !== "data" && key !== "shape");
  if (isNumberArray(data)) return !hasOthers || (isList(shape) && shape.length === 2 && lengthOf(data) !== 2);
  return !hasOthers && !orders.has(value);
}

const LOOKED_AT = 10_000; // cells that may be missing before one tells what a list has

function noTable(name: string, value: unknown): ShapeError {
  const forms = "rows of cells, records, columns, a list of cells, or { data, shape: [rows, columns] }";
  return new ShapeError(`${name} is ${show(value)}; ${forms} with a typed array, is expected`);
}

/** One of another copy of this library, or a proxy of one. */
function ofOther(name: string, other: DataTable): DataTable {
  const columns = Array.from({ length: other.width }, (_, i) => toColumn(copyColumn(other.column(i), other.rows)));
  return DataTable.make(other.rows, other.names && [...other.names], columns, { name });
}

/** Rows, or a typed array with or without its shape. */
function ofMatrix(name: string, value: unknown): DataTable {
  const { typed, list, rows, columns } = new GivenMatrix().read(name, value, "cells");
  if (columns === 0) throw new ShapeError(`${name} is empty; at least one column is expected`);
  const called = { name, isFlat: isNumberArray(value) };
  if (typed !== undefined) {
    const parts = Array.from({ length: columns }, (_, i) => ({ cells: typed, first: i, step: columns }));
    return DataTable.make(rows, undefined, parts, called);
  }
  const cells = newColumns(rows, columns);
  for (let s = 0; s < rows; s++) {
    const row = rowOf(name, list, s, columns);
    for (let i = 0; i < columns; i++) put(cells, i, s, row[i]);
  }
  return DataTable.make(rows, undefined, cells.map(toColumn), called);
}

function ofList(name: string, value: ArrayLike<unknown>, rows: number): DataTable {
  const column = copyColumn(value, rows);
  const at = column.findIndex((cell) => typeof cell === "object" && cell !== null && !isDate(cell));
  if (at >= 0)
    throw new ShapeError(`${name}[${at}] is ${show(column[at])}; ${name}[0] is a cell, so cells are expected`);
  return DataTable.make(rows, undefined, [toColumn(column)], { name, isFlat: true });
}

function ofRecords(name: string, value: ArrayLike<unknown>, rows: number): DataTable {
  const names: string[] = [];
  const places = new Map<string, number>();
  const columns: Cells[] = [];
  for (let s = 0; s < rows; s++) {
    const record = value[s];
    if (typeof record !== "object" || record === null || isRevoked(record) || isRow(record)) {
      throw new ShapeError(`${name}[${s}] is ${show(record)}; a record is expected, as ${name}[0] is one`);
    }
    const keys = Object.keys(record);
    for (let k = 0; k < keys.length; k++) {
      const key = keys[k]!;
      let i = names[k] === key ? k : places.get(key);
      if (i === undefined) {
        i = names.push(key) - 1;
        places.set(key, i);
        columns.push(newColumns(rows, 1)[0]!.fill(Number.NaN)); // a record without it has a missing cell
      }
      put(columns, i, s, (record as Record<string, unknown>)[key]);
    }
  }
  if (names.length === 0) throw new ShapeError(`${name} is empty; records with at least one key are expected`);
  return DataTable.make(rows, names, columns.map(toColumn), { name, isOfRecords: true });
}

function ofColumns(name: string, value: Record<string, unknown>, copies: boolean): DataTable {
  const names = namesIn(value);
  if (names.length === 0) throw noTable(name, value);
  let rows: number | undefined;
  const columns = names.map((key) => {
    const cells = value[key];
    const length = widthOf(cells);
    const column = `column ${show(key)} of ${name}`;
    if (length === undefined) throw new ShapeError(`${column} is ${show(cells)}; an array of cells is expected`);
    rows ??= length;
    if (length !== rows) {
      throw new ShapeError(`${column} has ${length} cells; ${rows}, as column ${show(names[0])} has, are expected`);
    }
    if (isNumberArray(cells)) return toColumn(cells);
    const read = copies ? copyColumn(cells as ArrayLike<unknown>, length) : (cells as Column["cells"]);
    return { ...toColumn(read), lineOf: linesOf(cells) };
  });
  if (!rows) throw new ShapeError(`${name} is empty; at least one row is expected`);
  return DataTable.make(rows, names, columns, { name });
}

/** A vector of Arrow: one column. */
function isVector(value: object): value is { length: number; type?: unknown; get(index: number): unknown } {
  const { length, get, isValid } = value as { length?: unknown; get?: unknown; isValid?: unknown };
  return typeof get === "function" && typeof isValid === "function" && isLength(length) && length > 0;
}

/** The fields of an Arrow table, which is known by what it has, so that nothing is imported. */
function fieldsOf(value: object): readonly unknown[] | undefined {
  const { schema, getChildAt } = value as { readonly schema?: unknown; readonly getChildAt?: unknown };
  if (typeof getChildAt !== "function" || isRevoked(getChildAt) || isRevoked(schema)) return undefined;
  const { fields } = Object(schema);
  return isList(fields) ? fields : undefined;
}

function ofArrow(name: string, table: ArrowTable, fields: readonly unknown[]): DataTable {
  const width = lengthOfList("fields", fields);
  const names: string[] = [];
  const known = new Set<string>();
  const columns: Column[] = [];
  let rows: number | undefined;
  for (let i = 0; i < width; i++) {
    const field = fields[i];
    const { name: key, type } = (isRevoked(field) ? {} : Object(field)) as {
      readonly name?: unknown;
      readonly type?: unknown;
    };
    if (typeof key !== "string")
      throw new ShapeError(`field ${i} of ${name} is ${show(field)}; one with a name is expected`);
    if (known.has(key)) throw new ShapeError(`${name} has the column ${show(key)} twice`);
    known.add(key);
    names.push(key);
    const vector = table.getChildAt(i);
    const length: unknown = isRevoked(vector) ? undefined : vector?.length;
    if (!isLength(length) || length !== (rows ?? length)) {
      throw new ShapeError(`column ${show(key)} of ${name} has ${show(length)} cells; ${rows ?? "some"} are expected`);
    }
    rows = length;
    columns.push(toColumn(copyVector(vector!, length, isTimeType(type), key)));
  }
  if (!rows) throw new ShapeError(`${name} is empty; at least one row of one column is expected`);
  return DataTable.make(rows, names, columns, { name });
}

function copyVector(vector: { get(index: number): unknown }, length: number, isTime: boolean, name: string): Cells {
  const cells = newColumns(length, 1);
  for (let s = 0; s < length; s++) {
    let cell = vector.get(s);
    if (typeof cell === "bigint") cell = toSafe(cell, `column ${show(name)}, row ${s}`);
    put(cells, 0, s, isTime && typeof cell === "number" ? dateAt(cell) : cell);
  }
  return cells[0]!;
}

/** Integers of 64 bits, which Arrow has for all of Python's. */
function toSafe(value: bigint, place: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new DataError(`${place} is ${show(value)}; a whole number of at most 2^53 is expected`);
}

/** Cells while they are read: numbers as long as all are. */
type Cells = Float64Array | unknown[];

const newColumns = (rows: number, columns: number): Cells[] =>
  Array.from({ length: columns }, () => allocated("f64", rows, Float64Array));

function put(columns: Cells[], i: number, s: number, cell: unknown): void {
  const cells = columns[i]!;
  if (typeof cell === "number" || Array.isArray(cells)) cells[s] = cell as number;
  else {
    const list: unknown[] = Array.from(cells); // those after s are still to come, or missing
    list[s] = cell;
    columns[i] = list;
  }
}

function copyColumn(value: ArrayLike<unknown>, rows: number): Cells {
  let numbers: Cells | undefined; // a million columns of texts need none
  for (let s = 0; s < rows; s++) {
    const cell = value[s];
    if (typeof cell === "number") {
      numbers ??= newColumns(rows, 1)[0]!;
      numbers[s] = cell;
    } else {
      const list: unknown[] = numbers === undefined ? [] : Array.from(numbers.slice(0, s));
      list.push(cell);
      for (let rest = s + 1; rest < rows; rest++) list.push(value[rest]);
      return list;
    }
  }
  return numbers ?? new Float64Array(0);
}

const toColumn = (cells: Column["cells"]): Column => ({ cells, first: 0, step: 1 });

/** For each row the number of its group, which is the list of its cells. */
export function groupsOf(table: DataTable): Uint32Array {
  const numbers = new Uint32Array(table.rows);
  const columns = Array.from({ length: table.width }, (_, i) => table.cellsAt(i));
  const known = new Map<unknown, number>();
  for (let s = 0; s < table.rows; s++) {
    const [{ cells, first, step }] = columns as [(typeof columns)[0]];
    // texts tell 1 from "1"; one cell is its own key
    const key: unknown =
      columns.length === 1
        ? cells[first + s * step]
        : JSON.stringify(columns.map((column) => column.cells[column.first + s * column.step]));
    let group = known.get(key);
    if (group === undefined) {
      group = known.size;
      known.set(key, group);
    }
    numbers[s] = group;
  }
  return numbers;
}
