// Reads tables as people have them into columns: rows, records, columns, Arrow tables, flat lists of labels. Whatever
// can run a caller's code is read once and copied. Typed arrays are copied where a table outlives the call.

import { isNumberArray, lengthOf } from "../arrays.ts";
import { isLength, isList, isRevoked, lengthOfList, show } from "../checks.ts";
import { DataError, ShapeError } from "../errors.ts";
import { allocated } from "../numbers.ts";
import { isBranded } from "../objects.ts";
import { dateAt, isDate, isTimeType } from "./cells.ts";
import { GivenMatrix, isArrayLike, isRow, rowOf, widthOf } from "./matrix.ts";
import { type ArrowTable, type Column, DataTable, type LineOf } from "./table.ts";

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
