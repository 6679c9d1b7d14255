// Encoder: a table's columns as a network takes them: standardized, scaled to 0..1, or one-hot; and back again.
// Everything in f64, sums in row order, so the same table or JSON gives the same bits everywhere.

import { checkChoice, checkKeys, checkNames, checkNoMore, isList, isRevoked, readJSON, show } from "../checks.ts";
import { DataError, FormatError, OptionError, OutOfMemoryError, ShapeError } from "../errors.ts";
import { checkKey, endow, isInstance, KEY, shorten } from "../objects.ts";
import { GivenMatrix, type MatrixLike, rowOf, type TypedMatrix } from "./matrix.ts";

const PARAMETERS = { number: [], standard: ["mean", "deviation"], minMax: ["min", "max"], oneHot: ["categories"] };
const KINDS = Object.keys(PARAMETERS) as ColumnKind[];
const MAX_WIDTH = 2 ** 20; // columns; more is a mistake, such as one-hot encoding of row numbers
const SHOWN = 10; // categories in a message

/**
 * What becomes of a column v:
 * - "number": v as it is
 * - "standard": (v − mean) / deviation, of the population; of equal numbers the deviation counts as 1
 * - "minMax": (v − min) / (max − min), from 0 to 1; of equal numbers max − min counts as 1
 * - "oneHot": one column for each category, in order of first appearance: 1 in that of the cell, 0 in the others
 */
export type ColumnKind = "number" | "standard" | "minMax" | "oneHot";

/** A finite number; in a one-hot column also a string or a boolean. 1, "1" and true are three categories. */
export type Cell = number | string | boolean;

/** Rows of equal length, or a typed array with its shape. */
export type Table = readonly (readonly Cell[])[] | MatrixLike;

/** A column's kind with what was learned of it. */
export type SavedColumn =
  | { readonly kind: "number" }
  | { readonly kind: "standard"; readonly mean: number; readonly deviation: number }
  | { readonly kind: "minMax"; readonly min: number; readonly max: number }
  | { readonly kind: "oneHot"; readonly categories: readonly Cell[] };

/** What `toJSON` returns and `fromJSON` takes. */
export interface SavedEncoder {
  /** What was learned of each column, in order. */
  readonly columns: readonly SavedColumn[];
}

/**
 * Turns tables into matrices that a network takes, and its outputs back into cells.
 *
 * @example
 * ```ts
 * const encoder = Encoder.learn([[20, "red"], [40, "blue"]], ["minMax", "oneHot"]);
 * encoder.encode([[25, "blue"]]); // { data: Float64Array [0.25, 0, 1], shape: [1, 3] }
 * encoder.decode([[0.25, 0.2, 0.8]]); // [[25, "blue"]]
 * // saved with a network that is given it:
 * const net = await Network.create({ inputs: 3, layers: [{ units: 1 }], encoders: { x: encoder } });
 * ```
 */
export class Encoder {
  /** @internal A literal: bundlers rename classes, and messages name this one. */
  static readonly name: string = "Encoder";
  /** Columns when encoded: what the network's `inputs` has to be. */
  readonly width: number;
  /** What was learned of each column, frozen. */
  readonly learned: readonly SavedColumn[];
  readonly #columns: readonly SavedColumn[];
  readonly #codes: readonly Code[];

  /** Encoders are made by `learn` and `fromJSON`. */
  private constructor(key: unknown, columns: readonly SavedColumn[]) {
    checkKey(key, "Encoder", "Encoder.learn(table, kinds)");
    this.#columns = Object.freeze(columns.map((column) => Object.freeze(column)));
    this.learned = this.#columns;
    this.width = columns.reduce((sum, column) => sum + widthOf(column), 0);
    if (this.width > MAX_WIDTH) {
      throw new ShapeError(`the table has ${this.width} columns when encoded; at most ${MAX_WIDTH} are expected`);
    }
    this.#codes = columns.map(codeOf);
    const isOne = (value: object): value is Encoder => #columns in value;
    // `Symbol.for`, so that encoders with equal columns compare as equal
    const identity = Symbol.for("an Encoder is copied and sent by toJSON() and fromJSON()");
    endow(this, { name: "Encoder", prototype: Encoder.prototype, isOne }, identity);
  }

  /** @internal Whether it is one of any entry or copy of this library. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, this === Encoder, "Encoder", value);
  }

  /** "Encoder", in the objects' default descriptions. */
  get [Symbol.toStringTag](): string {
    return "Encoder";
  }

  /** A description in one line; Node, Deno and Bun print it for `console.log(encoder)`. */
  toString(): string {
    const kinds = this.#columns.map((column) =>
      column.kind === "oneHot" ? `oneHot of ${widthOf(column)}` : column.kind,
    );
    return `Encoder { columns: ${shorten(kinds, SHOWN).join(", ")}; width: ${this.width} }`;
  }

  /**
   * Learns each column's mean and deviation, min and max, or categories.
   *
   * @param table - rows × columns, at least one of each
   * @param kinds - one kind for all columns, or an array with one for each
   * @throws ShapeError if the table is empty or ragged, or `kinds` has another length than its rows
   * @throws DataError if a cell is missing, not finite or not of its column's kind, or numbers are too large to scale
   * @throws OptionError if a kind is unknown
   * @example
   * ```ts
   * Encoder.learn([[1], [3]], "standard").encode([[5]]).data; // Float64Array [3]
   * ```
   */
  static learn(table: Table, kinds: ColumnKind | readonly ColumnKind[], ...more: []): Encoder {
    checkNoMore("learn", more);
    const { rows, columns, at } = read("table", table);
    const each = isList(kinds);
    if (each && kinds.length !== columns) {
      throw new ShapeError(`kinds has ${kinds.length} elements; table has ${columns} columns`);
    }
    const learned = Array.from({ length: columns }, (_, i) => {
      const [name, value] = each ? [`kinds[${i}]`, kinds[i] as ColumnKind] : ["kinds", kinds as ColumnKind];
      const kind = checkChoice(name, value, KINDS);
      const cells = Array.from({ length: rows }, (_, s) => checkCell(at(s, i), kind, () => `table[${s}][${i}]`));
      return learnColumn(kind, cells);
    });
    return new Encoder(KEY, learned);
  }

  /**
   * An encoder as `toJSON` returned it, or its text.
   *
   * @throws FormatError if anything in it is missing, unknown or damaged
   * @example
   * ```ts
   * const copy = Encoder.fromJSON(JSON.stringify(encoder));
   * ```
   */
  static fromJSON(saved: unknown, ...more: []): Encoder {
    checkNoMore("fromJSON", more);
    return readJSON("the saved encoder", saved, (json) => {
      checkKeys("it", json, ["columns"]);
      return new Encoder(KEY, Array.from(checkList("columns", json.columns), checkColumn));
    });
  }

  /** Columns of the table. */
  get columns(): number {
    return this.#columns.length;
  }

  /**
   * The table as numbers: rows × `width`.
   *
   * @throws ShapeError if the table is empty, ragged, or has other columns than what was learned from
   * @throws DataError if a cell is missing, not a finite number, no known category, or infinite when scaled
   * @throws OutOfMemoryError if rows × `width` numbers don't fit
   * @example
   * ```ts
   * network.fit(encoder.encode(table), y);
   * ```
   */
  encode(table: Table): TypedMatrix<Float64Array> {
    const { rows, columns, at } = read("table", table, this.columns, "takes");
    const data = allocate(rows, this.width);
    for (let s = 0, to = 0; s < rows; s++) {
      for (let i = 0; i < columns; i++) {
        const code = this.#codes[i]!;
        const where = () => `table[${s}][${i}]`;
        if ("places" in code) data[to + placeOf(at(s, i), code.places, where)] = 1;
        else data[to] = scaled(at(s, i), where, (value) => (value - code.offset) / code.scale);
        to += widthOf(this.#columns[i]!);
      }
    }
    return { data, shape: [rows, this.width] };
  }

  /**
   * The cells that a matrix of rows × `width` stands for: numbers in their former scale, and of one-hot columns the
   * category with the largest number, the first of equals.
   *
   * @throws ShapeError if the matrix is empty, ragged, or has not `width` columns
   * @throws DataError if a number is not finite, or infinite in its former scale
   * @example
   * ```ts
   * const [[species]] = labels.decode(network.predict(x)); // labels: an Encoder of one one-hot column
   * ```
   */
  decode(matrix: MatrixLike): Cell[][] {
    const { rows, at } = read("matrix", matrix, this.width, "gives");
    return Array.from({ length: rows }, (_, s) => {
      let from = 0;
      return this.#columns.map((column, i) => {
        const first = from;
        const number = (n: number, change = (value: number) => value) =>
          scaled(at(s, first + n), () => `matrix[${s}][${first + n}]`, change);
        from += widthOf(column);
        if (column.kind === "number") return number(0); // −0 · 1 + 0 would be 0
        const code = this.#codes[i]!;
        if ("offset" in code) return number(0, (value) => value * code.scale + code.offset);
        const numbers = Array.from({ length: from - first }, (_, n) => number(n));
        const largest = numbers.reduce((best, value, n) => (value > numbers[best]! ? n : best), 0);
        return code.categories[largest]!;
      });
    });
  }

  /**
   * Plain JSON for `fromJSON`, frozen; `JSON.stringify` keeps every bit of it.
   *
   * @example
   * ```ts
   * encoder.toJSON(); // { columns: [{ kind: "minMax", min: 20, max: 40 }, { kind: "number" }] }
   * ```
   */
  toJSON(): SavedEncoder {
    return Object.freeze({ columns: this.#columns });
  }
}

/** Of the columns of x, and of y. */
export interface Encoders<T = Encoder> {
  /** Of the columns of x. */
  readonly x?: T;
  /** Of the columns of y. */
  readonly y?: T;
}

/** An Encoder, of another entry or copy of this library too, or what its `toJSON` returned. */
export type EncoderLike = Pick<Encoder, "toJSON"> | SavedEncoder;

/** Those that there are, as plain JSON. */
export function resolveEncoders(
  encoders: Encoders<EncoderLike>,
  inputs: number,
  outputs: number,
): { readonly encoders?: Encoders<SavedEncoder> } {
  checkNames("encoders", encoders, ["x", "y"]);
  const resolve = (key: "x" | "y", width: number, of: string): Encoders<SavedEncoder> => {
    const given = encoders[key];
    if (given === undefined) return {};
    const encoder = toEncoder(`encoders.${key}`, given);
    if (encoder.width === width) return { [key]: encoder.toJSON() };
    throw new OptionError(`encoders.${key} has width ${encoder.width}; ${width}, ${of}, is expected`);
  };
  const resolved = { ...resolve("x", inputs, "inputs"), ...resolve("y", outputs, "the units of the last layer") };
  return Object.keys(resolved).length > 0 ? { encoders: Object.freeze(resolved) } : {};
}

/** Always by way of JSON: an Encoder of another copy has a class of its own. */
function toEncoder(name: string, given: EncoderLike): Encoder {
  try {
    return Encoder.fromJSON("toJSON" in Object(given) ? (given as Encoder).toJSON() : Object(given));
  } catch (cause) {
    throw new OptionError(`${name} is ${show(given)}; an Encoder is expected (${(cause as Error).message})`);
  }
}

/** The Encoders that `resolveEncoders` had. */
export function toEncoders(saved: Encoders<SavedEncoder> = {}): Encoders {
  return Object.freeze(Object.fromEntries(Object.entries(saved).map(([key, json]) => [key, Encoder.fromJSON(json)])));
}

/** What encoding a column takes. */
type Code =
  | { readonly offset: number; readonly scale: number }
  | { readonly categories: readonly Cell[]; readonly places: ReadonlyMap<unknown, number> };

function codeOf(column: SavedColumn, i: number): Code {
  if (column.kind === "oneHot") {
    const categories = Object.freeze(column.categories);
    return { categories, places: new Map(categories.map((category, n) => [category, n])) };
  }
  let [offset, scale] = [0, 1];
  if (column.kind === "standard") [offset, scale] = [column.mean, column.deviation];
  if (column.kind === "minMax") [offset, scale] = [column.min, column.max - column.min || 1];
  if (Number.isFinite(offset) && Number.isFinite(scale)) return { offset, scale };
  throw new DataError(`column ${i} has numbers too large for "${column.kind}"; its scale is infinite in f64`);
}

const widthOf = (column: SavedColumn) => (column.kind === "oneHot" ? column.categories.length : 1);

/** −0 becomes 0 everywhere: JSON has no other. A set does that by itself. */
function learnColumn(kind: ColumnKind, cells: readonly Cell[]): SavedColumn {
  if (kind === "number") return { kind };
  if (kind === "oneHot") return { kind, categories: [...new Set(cells)] };
  const numbers = cells as readonly number[];
  let [min, max, sum] = [numbers[0]!, numbers[0]!, 0];
  for (const value of numbers) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  if (kind === "minMax") return { kind, min: min + 0, max: max + 0 };
  // a mean of equal numbers may round to another, and their deviation then is no 0
  const mean = (min === max ? min : sum / numbers.length) + 0;
  let squares = 0;
  for (const value of numbers) squares += (value - mean) * (value - mean);
  return { kind, mean, deviation: Math.sqrt(squares / numbers.length) || 1 };
}

function placeOf(cell: unknown, places: ReadonlyMap<unknown, number>, where: () => string): number {
  const place = places.get(cell);
  if (place !== undefined) return place;
  const list = [...places.keys()].slice(0, SHOWN).map(show).join(", ");
  const more = places.size > SHOWN ? ` and ${places.size - SHOWN} more` : "";
  throw new DataError(`${where()} is ${show(cell)}; one of ${list}${more} is expected`);
}

function scaled(cell: unknown, where: () => string, change: (value: number) => number): number {
  const result = change(checkCell(cell, "number", where) as number);
  if (Number.isFinite(result)) return result;
  throw new DataError(`${where()} is ${cell}; scaled, that is infinite in f64`);
}

/** `where` is asked for in messages alone: there may be millions of cells. */
function checkCell(cell: unknown, kind: ColumnKind, where: () => string): Cell {
  if (typeof cell === "number" && Number.isFinite(cell)) return cell;
  if (kind === "oneHot" && (typeof cell === "string" || typeof cell === "boolean")) return cell;
  const expected = kind === "oneHot" ? "a string, a boolean or a finite number" : "a finite number";
  throw new DataError(`${where()} is ${show(cell)}; ${expected} is expected`);
}

interface Cells {
  readonly rows: number;
  readonly columns: number;
  /** The cell in row s and column i, unchecked. */
  readonly at: (s: number, i: number) => unknown;
}

/**
 * Checks the shape of a table or matrix and gives access to its cells. `verb` says in messages what the encoder does
 * with `expected` columns. Rows are copied whole, since getters of the caller may run while they are read.
 */
function read(name: string, value: Table, expected?: number, verb?: string): Cells {
  const { typed, list, rows, columns } = new GivenMatrix().read(name, value, "cells");
  if (columns < 1) throw new ShapeError(`${name} is empty; at least one column is expected`);
  if (expected !== undefined && columns !== expected) {
    throw new ShapeError(`${name} has ${columns} columns; the encoder ${verb} ${expected}`);
  }
  if (typed !== undefined) return { rows, columns, at: (s, i) => typed[s * columns + i] };
  const cells: unknown[] = [];
  for (let s = 0; s < rows; s++) {
    const row = rowOf(name, list, s, columns);
    for (let i = 0; i < columns; i++) cells.push(row[i]);
  }
  return { rows, columns, at: (s, i) => cells[s * columns + i] };
}

function allocate(rows: number, columns: number): Float64Array {
  try {
    return new Float64Array(rows * columns);
  } catch (cause) {
    throw new OutOfMemoryError(`table is ${rows} × ${columns} numbers when encoded; they don't fit into memory`, {
      cause,
    });
  }
}

/** One column of a saved encoder, made anew of what was checked. */
function checkColumn(value: unknown, i: number): SavedColumn {
  const name = `columns[${i}]`;
  const column = (isRevoked(value) ? {} : (value ?? {})) as Record<string, unknown>;
  const kind = checkChoice(`${name}.kind`, column.kind, KINDS);
  checkKeys(name, column, ["kind", ...PARAMETERS[kind]]);
  if (kind === "number") return { kind };
  if (kind === "oneHot") return { kind, categories: checkCategories(`${name}.categories`, column.categories) };
  const [a, b] = PARAMETERS[kind].map(
    (key) => (checkCell(column[key], kind, () => `${name}.${key}`) as number) + 0, // no −0: see learnColumn
  ) as [number, number];
  if (kind === "standard") {
    if (b <= 0) throw new FormatError(`${name}.deviation is ${b}; a number of more than 0 is expected`);
    return { kind, mean: a, deviation: b };
  }
  if (a > b) throw new FormatError(`${name}.min is ${a}; no more than max, ${b}, is expected`);
  return { kind, min: a, max: b };
}

function checkCategories(name: string, value: unknown): Cell[] {
  const categories = new Set<Cell>();
  Array.from(checkList(name, value), (cell, n) => {
    const category = checkCell(cell, "oneHot", () => `${name}[${n}]`);
    if (categories.has(category)) throw new FormatError(`${name} has ${show(category)} twice`);
    categories.add(category);
  });
  return [...categories];
}

function checkList(name: string, value: unknown): unknown[] {
  if (isList(value) && value.length >= 1 && value.length <= MAX_WIDTH) return value as unknown[];
  throw new FormatError(`${name} is ${show(value)}; an array of 1 to ${MAX_WIDTH} elements is expected`);
}
