// The tables of an estimator: which columns are inputs and which are targets, which rows are held back, and the
// matrices that the network takes.

import type { FloatArray } from "../arrays.ts";
import { isList, show } from "../checks.ts";
import { isMissing, otherNames } from "../data/cells.ts";
import type { Encoder } from "../data/encoder.ts";
import type { TypedMatrix } from "../data/matrix.ts";
import { ownTable } from "../data/read-table.ts";
import type { TypedCompressedMatrix } from "../data/sparse-coding.ts";
import type { DataTable, Table } from "../data/table.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import type { Slice } from "../network/slices.ts";
import { type DType, dtypeOf, floatArray, indexArray } from "../numbers.ts";
import { inSlices } from "../rows.ts";

/**
 * What an estimator learns to predict: the name of a column of the table or its index, the names of several columns, or
 * the targets themselves, a list of cells or a table of as many rows.
 */
export type Target = string | number | readonly string[] | Table;

/** A table taken apart. */
export interface Separated {
  readonly inputs: DataTable;
  readonly targets: DataTable;
}

/** The targets are columns of the table, which are then no inputs, or tables of their own. */
export function separate(table: Table, target: Target): Separated {
  const all = ownTable("table", table);
  const columns = columnsOf(all, target);
  const [inputs, targets] = columns === undefined ? [all, ownTable("target", target)] : all.split(columns);
  if (targets.rows !== all.rows) {
    throw new ShapeError(`target has ${targets.rows} rows; table has ${all.rows}`);
  }
  checkComplete(targets);
  return { inputs, targets: targets.alone() };
}

/** The columns of the table that are meant by a target; undefined if it is no column. */
function columnsOf(table: DataTable, target: unknown): readonly (string | number)[] | undefined {
  const { names, width } = table;
  if (target === undefined)
    throw new OptionError("target is missing; a column's name, or a list of labels, is expected");
  if (isList(target) && names !== undefined && target.length > 0 && target.length < width) {
    // labels may be names of columns, too, but hardly all of them, and none twice
    const chosen = new Set(target);
    if (chosen.size === target.length && target.every((name) => names.includes(name as string))) {
      return Array.from(target) as string[];
    }
  }
  if (typeof target !== "string" && typeof target !== "number") return undefined;
  if (names === undefined || typeof target === "number") {
    if (typeof target !== "number" || !Number.isInteger(target) || target < 0 || target >= width) {
      const why = names === undefined ? "the table's columns have no names: " : "";
      throw new OptionError(`target is ${show(target)}; ${why}an index from 0 to ${width - 1} is expected`);
    }
  } else if (!names.includes(target as string)) {
    throw new OptionError(`target is ${show(target)}; ${otherNames(target, names)}`);
  }
  if (width === 1) throw new ShapeError(`target is ${show(target)}; the table has no other column to learn from`);
  return [target];
}

/** Refuses targets that are missing. */
function checkComplete(targets: DataTable): void {
  const none = new Set();
  for (let i = 0; i < targets.width; i++) {
    const { cells, first, step } = targets.cellsAt(i);
    for (let s = 0; s < targets.rows; s++) {
      const cell: unknown = cells[first + s * step];
      if (!isMissing(cell, none)) continue;
      throw new DataError(`${targets.place(s, i)} is ${show(cell)}; a target is expected in every row`);
    }
  }
}

const CHUNK = 2 ** 15; // numbers that are encoded at once

/** Rows of x as a network takes them. */
export type Inputs = TypedMatrix<FloatArray> | TypedCompressedMatrix;

/** x of all rows of a table, compressed where that is better; yields where it is time to. */
export function* encodingX(
  encoder: Encoder,
  table: DataTable,
  dtype: DType,
  slice: Slice,
): Generator<undefined, Inputs> {
  if (!encoder.isSparse) return yield* encoding(encoder, table, dtype, slice);
  const { rows } = table;
  const compressing = encoder.compressing(rows, dtype);
  const sources = encoder.sourcesIn(table);
  const most = Math.max(1, Math.floor(CHUNK / table.width));
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    compressing.add(sources, count);
    if (slice.isOver(count * table.width * ELEMENT_WORK)) yield;
  }
  return compressing.matrix(encoder.width);
}

/** All rows of a table as a network of that dtype takes them; yields where it is time to. */
export function* encoding(
  encoder: Encoder,
  table: DataTable,
  dtype: DType,
  slice: Slice,
): Generator<undefined, TypedMatrix<FloatArray>> {
  const { width } = encoder;
  const { rows } = table;
  const data = floatArray(dtype, rows * width);
  const sources = encoder.sourcesIn(table);
  const most = Math.max(1, Math.floor(CHUNK / Math.max(width, table.width)));
  const chunk = new Float64Array(Math.min(most, rows) * width);
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    const encoded = chunk.subarray(0, count * width).fill(0);
    encoder.encodeRows(sources, first, count, encoded);
    data.set(encoded, first * width);
    if (slice.isOver(count * width * ELEMENT_WORK)) yield;
  }
  return { data, shape: [rows, width] };
}

/** Some rows of x; yields where it is time to. */
export function* pickingX(x: Inputs, rows: Uint32Array, slice: Slice): Generator<undefined, Inputs> {
  if (!("indptr" in x)) return yield* picking(x, rows, slice);
  const { data, indices, indptr, shape } = x;
  const starts = indexArray(rows.length + 1);
  rows.forEach((row, n) => {
    starts[n + 1] = starts[n]! + indptr[row + 1]! - indptr[row]!;
  });
  const count = starts[rows.length]!;
  const picked = { data: floatArray(dtypeOf(data), count), indices: indexArray(count) };
  const copy = (first: number, some: number) => {
    for (let n = first; n < first + some; n++) {
      const [from, to] = [indptr[rows[n]!]!, indptr[rows[n]! + 1]!];
      picked.data.set(data.subarray(from, to), starts[n]!);
      picked.indices.set(indices.subarray(from, to), starts[n]!);
    }
  };
  yield* inSlices((work) => slice.isOver(work), rows.length, copy, Math.ceil(count / rows.length));
  return { ...picked, indptr: starts, shape: [rows.length, shape[1]] };
}

/** Some rows of a matrix; yields where it is time to. */
export function* picking(
  { data, shape }: TypedMatrix<FloatArray>,
  rows: Uint32Array,
  slice: Slice,
): Generator<undefined, TypedMatrix<FloatArray>> {
  const [, width] = shape;
  const picked = floatArray(dtypeOf(data), rows.length * width);
  const copy = (first: number, count: number) => {
    for (let n = first, to = first * width; n < first + count; n++) {
      for (let i = 0, from = rows[n]! * width; i < width; i++) picked[to++] = data[from++]!;
    }
  };
  yield* inSlices((work) => slice.isOver(work), rows.length, copy, width);
  return { data: picked, shape: [rows.length, width] };
}

const ELEMENT_WORK = 8; // multiply-adds that encoding a number takes as long as

const MAX_COLUMNS = 2 ** 19; // what is learned of more can't be saved

/** Refuses at once what would be refused when all is encoded. */
export function checkWidth({ width }: DataTable): void {
  if (width <= MAX_COLUMNS) return;
  const advice = "leave some out. Are rows and columns exchanged?";
  throw new ShapeError(`table has ${width} columns; at most ${MAX_COLUMNS} are expected: ${advice}`);
}

const MANY = 20; // categories

/** Says which columns have a category for nearly each row, as numbers and dates have that are written in other ways. */
export function idWarnings({ learned }: Encoder, rows: number): string[] {
  return learned.flatMap((column, i) => {
    if (column.kind !== "oneHot" || column.categories.length < Math.max(MANY, rows / 2)) return [];
    const { name, categories } = column;
    const what = `column ${name === undefined ? i : show(name)} has ${categories.length} different cells in ${rows} rows`;
    const advice = "leave it out; numbers are written as 1234.5, and dates as 2026-11-30";
    return [`${what}, such as ${show(categories[0])}, which say little of other rows: ${advice}`];
  });
}

/**
 * Refuses a table in which no row has a column that was learned: its name is hardly right. Records may lack a column
 * that had missing cells when it was learned.
 */
export function checkColumns({ names, isOfRecords }: DataTable, { learned }: Encoder): void {
  if (names === undefined) return;
  const there = new Set(names);
  for (const column of learned) {
    const { name, kind } = column;
    if (name === undefined || kind === "drop" || there.has(name)) continue;
    if (isOfRecords && "missingColumn" in column) continue;
    const advice = isOfRecords ? "give null if its cell is missing; " : "";
    const known = learned.map(({ name }) => name);
    throw new ShapeError(`table has no column ${show(name)}; ${advice}${otherNames(name, names, known)}`);
  }
}
