// Encoder: a table's columns as a network takes them, and back again. columns.ts says what a column can become.

import {
  checkChoice,
  checkFlag,
  checkKeys,
  checkNoMore,
  checkWhole,
  optional,
  readJSON,
  readNames,
  show,
} from "../checks.ts";
import { FormatError, OptionError, OutOfMemoryError, ShapeError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import { checkKey, endow, isInstance, KEY, shorten } from "../objects.ts";
import { type Cell, otherNames, type Words } from "./cells.ts";
import { BLOCK, type Code, codeOf, decodeCell, encodeColumn } from "./coding.ts";
import {
  encodedNames,
  MAX_WIDTH,
  MISSING,
  type Missing,
  NUMBER_KINDS,
  type NumberKind,
  type SavedColumn,
  UNSEEN,
  type Unseen,
  widthOfColumn,
} from "./columns.ts";
import { type EncodedStream, encodedStream, type TableStream } from "./encoded-stream.ts";
import { type ColumnKinds, cellsOf, checkWords, readKinds } from "./kinds.ts";
import { learnColumn } from "./learning.ts";
import { type MatrixLike, MatrixSource, type TypedMatrix } from "./matrix.ts";
import { tableOf } from "./read-table.ts";
import type { Source } from "./reading.ts";
import { checkColumn, checkList } from "./saved-columns.ts";
import { Compressing, type NarrowColumns, narrowed, type TypedCompressedMatrix } from "./sparse-coding.ts";
import type { ColumnsAs, DataTable, Table } from "./table.ts";

const VERSION = 2;
const SHOWN = 10; // columns in a description
const SPARSE_WIDTH = 128; // from which on estimators compress rows of which
const SPARSE_TIMES = 8; // one number in so many, at most, is not 0

/** What holds for all columns that have no choice of their own. */
export interface LearnOptions {
  /** What becomes of missing cells: null, undefined, NaN, "" and `missingWords`. Default: "error". */
  readonly missing?: Missing;
  /** What becomes of categories that were not learned. Default: "error". */
  readonly unseen?: Unseen;
  /** Texts and numbers that say that a cell is missing, such as "NA", "?" or −999. */
  readonly missingWords?: readonly (string | number)[];
  /** What becomes of columns of numbers that have no kind of their own. Default: "standard". */
  readonly numbers?: NumberKind;
}

/** How a stream is encoded. */
export interface EncodeStreamOptions {
  /** How many records are encoded at a time; default 256. */
  readonly rows?: number;
  /** Whether x is compressed; default false. */
  readonly sparse?: boolean;
}

/** Some rows of a stream, as numbers. */
export interface EncodedRows {
  /** Of the columns of the encoder. */
  readonly x: TypedMatrix<Float64Array> | TypedCompressedMatrix<Float64Array>;
  /** Of the columns of the encoder `y`. */
  readonly y: TypedMatrix<Float64Array>;
}

/** What `toJSON` returns and `fromJSON` takes. */
export interface SavedEncoder {
  /** Of this form; absent in the first releases. */
  readonly version?: number;
  /** Columns when encoded; absent in the first releases. */
  readonly width?: number;
  /** Words that say that a cell is missing, if there are some. */
  readonly missingWords?: readonly (string | number)[];
  /** What was learned of each column, in order. */
  readonly columns: readonly SavedColumn[];
}

/**
 * Turns tables into matrices that a network takes, and its outputs back into cells.
 *
 * @example
 * ```ts
 * const encoder = Encoder.learn([{ sqm: 20, city: "Bonn" }, { sqm: 40, city: "Ulm" }], { sqm: "minMax" });
 * encoder.encode([{ sqm: 25, city: "Ulm" }]); // { data: Float64Array [0.25, 0, 1], shape: [1, 3] }
 * encoder.decode([[0.25, 0.2, 0.8]]); // [[25, "Ulm"]]
 * // saved with a network that is given it:
 * const net = await Network.create({ inputs: 3, layers: [{ units: 1 }], encoders: { x: encoder } });
 * const same = Encoder.fromJSON(net.encoders.x);
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
  readonly #words: ReadonlySet<unknown>;
  readonly #missing: Words;
  readonly #codes: readonly (Code | undefined)[];
  readonly #narrow: NarrowColumns;

  /** Encoders are made by `learn` and `fromJSON`. */
  private constructor(key: unknown, columns: readonly SavedColumn[], words: ReadonlySet<unknown>) {
    checkKey(key, "Encoder", "Encoder.learn(table, kinds)");
    this.#columns = Object.freeze(columns);
    this.#words = words;
    this.#missing = cellsOf(words);
    this.learned = this.#columns;
    this.width = columns.reduce((sum, column) => sum + widthOfColumn(column), 0);
    if (this.width > MAX_WIDTH) {
      throw new ShapeError(`the table has ${this.width} columns when encoded; at most ${MAX_WIDTH} are expected`);
    }
    if (this.width === 0) throw new ShapeError("the table has no columns when encoded; not all can be dropped");
    this.#codes = columns.map(codeOf);
    this.#narrow = narrowed(this.#codes);
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
    const kinds = this.#columns.map((column) => {
      const kind = "categories" in column ? `${column.kind} of ${column.categories.length}` : column.kind;
      return column.name === undefined ? kind : `${column.name} ${kind}`;
    });
    return `Encoder { columns: ${shorten(kinds, SHOWN).join(", ")}; width: ${this.width} }`;
  }

  /**
   * Learns each column's mean and deviation, min and max, quartiles, quantiles or categories.
   *
   * @param table - Rows, records, columns, an Arrow table, a typed array with its shape or a list of labels; at least
   * one row and one column.
   * @param kinds - How columns are encoded, where that is not to be found in the table.
   * @throws ShapeError if the table is empty or ragged, or `kinds` has another length than its rows
   * @throws DataError if a cell is missing, not finite or not of its column's kind, or numbers are too large to scale
   * @throws OptionError if a kind or an option is unknown, or `kinds` names a column that there is not
   * @example
   * ```ts
   * Encoder.learn([[1], [3]]).encode([[5]]).data; // Float64Array [3]
   * Encoder.learn({ size: ["S", "L", "M"] }, { size: { kind: "ordinal", categories: ["S", "M", "L"] } });
   * ```
   */
  static learn<T extends ColumnsAs<T>>(
    table: Table | T,
    kinds: ColumnKinds = {},
    options: LearnOptions = {},
    ...more: []
  ): Encoder {
    checkNoMore("learn", more);
    const read = readNames("options", options, ["missing", "unseen", "missingWords", "numbers"]);
    const { missing = "error", unseen = "error", missingWords, numbers = "standard" } = read;
    checkChoice("missing", missing, MISSING);
    checkChoice("unseen", unseen, UNSEEN);
    checkChoice("numbers", numbers, NUMBER_KINDS);
    const words = checkWords(missingWords);
    const missingCells = cellsOf(words);
    const source = tableOf("table", table);
    const choices = readKinds(kinds, source);
    const learned = Array.from({ length: source.width }, (_, index) =>
      learnColumn({ table: source, index, words: missingCells }, { missing, unseen, ...choices(index) }, numbers),
    );
    return new Encoder(KEY, learned, words);
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
      checkKeys("it", json, ["columns"], ["version", "width", "missingWords"]);
      const { version, width, missingWords, columns } = json;
      if (version !== undefined && version !== VERSION) {
        throw new FormatError(`version is ${show(version)}; this release of bitgrad reads version ${VERSION}`);
      }
      const encoder = new Encoder(
        KEY,
        Array.from(checkList("columns", columns), checkColumn),
        checkWords(missingWords),
      );
      if (width !== undefined && width !== encoder.width) {
        throw new FormatError(`width is ${show(width)}; the columns have ${encoder.width} when encoded`);
      }
      return encoder;
    });
  }

  /** Columns of the table. */
  get columns(): number {
    return this.#columns.length;
  }

  /**
   * Names of the encoded columns, as many as `width`: "sqm", "city_Bonn". Columns without names are called x0, x1, …
   */
  get names(): string[] {
    return this.#columns.flatMap(encodedNames);
  }

  /**
   * The table as numbers: rows × `width`. Columns are found by their names if they had some when they were learned; the
   * table may have others, too.
   *
   * @throws ShapeError if the table is empty, ragged, or lacks columns that were learned
   * @throws DataError if a cell is missing, not a finite number, no known category, or infinite when scaled
   * @throws OutOfMemoryError if rows × `width` numbers don't fit
   * @example
   * ```ts
   * network.fit(encoder.encode(table), y);
   * ```
   */
  encode<T extends ColumnsAs<T>>(table: Table | T, options?: { readonly sparse?: false }): TypedMatrix<Float64Array>;
  /**
   * The same numbers as compressed rows, which list those alone that are not 0: of thousands of categories one for each
   * row. A network takes them, and gives the same bits.
   *
   * @throws what `encode` throws
   * @example
   * ```ts
   * Encoder.learn(["a", "b", "c"]).encode(["c", "a"], { sparse: true });
   * // { data: Float64Array [1, 1], indices: Uint32Array [2, 0], indptr: Uint32Array [0, 1, 2], shape: [2, 3] }
   * ```
   */
  encode<T extends ColumnsAs<T>>(
    table: Table | T,
    options: { readonly sparse: true },
  ): TypedCompressedMatrix<Float64Array>;
  encode(
    table: Table,
    options?: { readonly sparse?: boolean },
    ...more: []
  ): TypedMatrix<Float64Array> | TypedCompressedMatrix<Float64Array> {
    checkNoMore("encode", more);
    const { sparse = false } = readNames("options", optional(options), ["sparse"]);
    checkFlag("sparse", sparse);
    const source = tableOf("table", table, false);
    const { rows } = source;
    if (sparse) {
      const compressing = this.compressing(rows, "f64");
      compressing.add(this.sourcesIn(source), rows);
      return compressing.matrix(this.width) as TypedCompressedMatrix<Float64Array>;
    }
    const data = allocateMatrix(rows, this.width);
    this.encodeRows(this.sourcesIn(source), 0, rows, data);
    return { data, shape: [rows, this.width] };
  }

  /**
   * A stream's records as `fit` of a network takes them, some at a time. Each epoch reads the stream anew, if it is a
   * function or an iterable, and no generator that was called already.
   *
   * @param stream - Records, or tables such as `parseCSVTables` gives, in an iterable or an async iterable, or a
   * function that returns one.
   * @param options - `y`: the encoder of the targets, which are columns of the same records. `rows`: how many records
   * are encoded at a time; default 256. `sparse`: whether x is compressed; default false.
   * @returns What can be looped over, and gives `{ x, y }` for some rows; without an encoder of y `{ x }`. `for await`
   * is for an async stream.
   * @throws what `encode` throws
   * @example
   * ```ts
   * const records = () => parseCSVStream(createReadStream("homes.csv"));
   * await network.fitAsync(x.encodeStream(records, { y }), { epochs: 3, shuffleBuffer: 10_000 });
   * ```
   */
  encodeStream(stream: TableStream, options: EncodeStreamOptions & { readonly y: Encoder }): EncodedStream<EncodedRows>;
  /** Without targets, to predict: `for await (const { x } of encoder.encodeStream(records)) network.predict(x)`. */
  encodeStream(stream: TableStream, options?: EncodeStreamOptions): EncodedStream<Pick<EncodedRows, "x">>;
  encodeStream(
    stream: TableStream,
    options?: EncodeStreamOptions & { readonly y?: Encoder },
    ...more: []
  ): EncodedStream<Pick<EncodedRows, "x">> {
    checkNoMore("encodeStream", more);
    const { y, rows = 256, sparse = false } = readNames("options", optional(options), ["y", "rows", "sparse"]);
    if (y !== undefined && !(y instanceof Encoder)) {
      throw new OptionError(`y is ${show(y)}; an Encoder is expected`);
    }
    checkWhole("rows", rows, 1, 2 ** 32 - 1);
    const how = { sparse: checkFlag("sparse", sparse) } as { sparse: true };
    return encodedStream(stream, rows, (given) => {
      const table = tableOf("table", given);
      return { x: this.encode(table, how), ...(y !== undefined && { y: y.encode(table) }) };
    });
  }

  /** @internal The learned columns in a table, for whoever encodes it in slices. */
  sourcesIn(table: DataTable): readonly Source[] {
    return this.#placesIn(table).map((index) => ({ table, index, words: this.#missing }));
  }

  /** @internal Some consecutive rows; into zeros. */
  encodeRows(sources: readonly Source[], first: number, rows: number, data: Float64Array): void {
    const { width } = this;
    const scratch = new Float64Array(Math.min(BLOCK, rows));
    for (let from = first; from < first + rows; from += BLOCK) {
      const to = Math.min(first + rows, from + BLOCK);
      let at = (from - first) * width;
      for (let i = 0; i < sources.length; i++) {
        const code = this.#codes[i];
        if (code === undefined) continue;
        encodeColumn(code, sources[i]!, from, to, { data, at, stride: width }, scratch);
        at += code.width;
      }
    }
  }

  /** @internal Whether rows have so few numbers that are not 0 that they are better compressed. */
  get isSparse(): boolean {
    return this.width >= SPARSE_WIDTH && this.#narrow.width * SPARSE_TIMES <= this.width;
  }

  /** @internal For rows that are compressed in slices. */
  compressing(rows: number, dtype: DType): Compressing {
    return new Compressing(this.#narrow, rows, dtype);
  }

  /**
   * The cells that a matrix of rows × `width` stands for: numbers in their former scale, and of one-hot columns the
   * category with the largest number, the first of equals. Missing cells and columns that were dropped give null. Of a
   * single ordinal column, the outputs of a network with a sparse loss, one column for each category, are taken, too.
   *
   * @throws ShapeError if the matrix is empty, ragged, or has not `width` columns
   * @throws DataError if a number is not finite, or infinite in its former scale
   * @example
   * ```ts
   * const [[species]] = labels.decode(network.predict(x)); // labels: an Encoder of one one-hot column
   * ```
   */
  decode(matrix: MatrixLike): Cell[][] {
    const { numbers, rows, columns, codes } = this.#readEncoded(matrix);
    return Array.from({ length: rows }, (_, s) => {
      let first = s * columns;
      return codes.map((code) => {
        if (code === undefined) return null;
        const from = first;
        first += code.width;
        return decodeCell(code, numbers, from, () => `matrix[${s}][${from - s * columns}]`);
      });
    });
  }

  /**
   * The cells of an encoder that learned one column, in a flat list: `decode` without the brackets around each.
   *
   * @throws OptionError if it learned several columns
   * @throws what `decode` throws
   * @example
   * ```ts
   * const y = Encoder.learn(["rose", "lily"]);
   * y.decodeLabels([[0.1, 0.9]]); // ["rose"]: categories are sorted
   * ```
   */
  decodeLabels(matrix: MatrixLike): Cell[] {
    if (this.columns !== 1) {
      throw new OptionError(`decodeLabels is for one column; the encoder learned ${this.columns}: use decode`);
    }
    return this.decode(matrix).map(([cell]) => cell);
  }

  /**
   * Plain JSON for `fromJSON`, frozen; `JSON.stringify` keeps every bit of it.
   *
   * @example
   * ```ts
   * encoder.toJSON(); // { version: 2, width: 1, columns: [{ kind: "minMax", min: 20, max: 40 }] }
   * ```
   */
  toJSON(): SavedEncoder {
    const words = [...this.#words] as (string | number)[];
    return Object.freeze({
      version: VERSION,
      width: this.width,
      ...(words.length > 0 && { missingWords: Object.freeze(words) }),
      columns: this.#columns,
    });
  }

  /** Which columns of a table are those that were learned. */
  #placesIn(table: DataTable): number[] {
    const learned = this.#columns;
    const isNamed = learned[0]!.name !== undefined;
    if (isNamed && table.names !== undefined) {
      const places = new Map(table.names.map((name, index) => [name, index]));
      return learned.map((column) => {
        const { name } = column;
        const place = places.get(name!);
        if (place !== undefined) return place;
        const isFilled = "fill" in column || "missingColumn" in column;
        if (column.kind === "drop" || (table.isOfRecords && isFilled)) return -1;
        const known = learned.map(({ name }) => name);
        throw new ShapeError(`table has no column ${show(name)}; ${otherNames(name, table.names!, known)}`);
      });
    }
    if (!isNamed && table.names !== undefined && learned.length > 1) {
      throw new ShapeError("table has columns with names; the encoder learned columns without");
    }
    if (table.width !== learned.length) {
      throw new ShapeError(`table has ${table.width} columns; the encoder takes ${learned.length}`);
    }
    return Array.from(learned.keys());
  }

  #readEncoded(matrix: MatrixLike) {
    const { width } = this;
    let codes = this.#codes;
    const given = new MatrixSource("matrix", width, "f64", "the encoder gives");
    const [first] = codes;
    if (codes.length === 1 && first!.column.kind === "ordinal" && first!.categories.length > 1) {
      const { categories } = first!;
      const outputs = new MatrixSource("matrix", categories.length, "f64", "the encoder has categories for");
      if (given.read("matrix", matrix, "numbers").columns === categories.length && width !== categories.length) {
        codes = [codeOf({ kind: "oneHot", categories }, 0)];
        const source = outputs.of(matrix);
        const numbers = allocateMatrix(source.rows, categories.length);
        source.copyTo(numbers);
        return { numbers, rows: source.rows, columns: categories.length, codes };
      }
    }
    const { rows } = given.of(matrix);
    const numbers = allocateMatrix(rows, width);
    given.copyTo(numbers);
    return { numbers, rows, columns: width, codes };
  }
}

function allocateMatrix(rows: number, columns: number): Float64Array {
  try {
    return new Float64Array(rows * columns);
  } catch (cause) {
    throw new OutOfMemoryError(`table is ${rows} × ${columns} numbers when encoded; they don't fit into memory`, {
      cause,
    });
  }
}
