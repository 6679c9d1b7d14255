// A table as compressed rows: columns of numbers and categories are encoded as they are, a category as its index, and
// what is not 0 is then listed with its column.

import type { FloatArray } from "../arrays.ts";
import { type DType, floatArray, indexArray } from "../numbers.ts";
import { BLOCK, type Code, encodeColumn } from "./coding.ts";
import type { CompressedMatrix } from "./compressed.ts";
import type { Source } from "./reading.ts";

/** Compressed rows in typed arrays, as `encode` returns them; the form of SciPy's `csr_matrix`. */
export interface TypedCompressedMatrix<T extends FloatArray = FloatArray> extends CompressedMatrix {
  /** The elements that are not 0, row by row. */
  readonly data: T;
  /** The column of each of them. */
  readonly indices: Uint32Array;
  /** Where each row begins among them, and where the last one ends. */
  readonly indptr: Uint32Array;
  /** How many rows and columns. */
  readonly shape: readonly [rows: number, columns: number];
}

/** A column with the index of a category in place of its one-hot columns. */
interface Narrow {
  readonly code: Code;
  /** Its place among the narrow columns, and among the encoded ones. */
  readonly at: number;
  readonly place: number;
  /** How many encoded columns its categories have; 0 where it has one number. */
  readonly categories: number;
}

/** How columns are compressed. */
export interface NarrowColumns {
  readonly all: readonly (Narrow | undefined)[];
  /** Numbers of a row before they are listed, as many as there may be. */
  readonly width: number;
}

export function narrowed(codes: readonly (Code | undefined)[]): NarrowColumns {
  let [at, place] = [0, 0];
  const all = codes.map((code) => {
    if (code === undefined) return undefined;
    const categories = code.column.kind === "oneHot" ? code.categories.length : 0;
    const narrow = { code: categories > 0 ? asIndex(code) : code, at, place, categories };
    at += narrow.code.width;
    place += code.width;
    return narrow;
  });
  return { all, width: at };
}

/** A one-hot column as one of indexes, −1 where there is none. */
function asIndex(code: Code): Code {
  const { column, categories, missingAt, unseenAt } = code;
  const before = categories.length - 1;
  return {
    ...code,
    column: { ...column, kind: "ordinal" } as Code["column"],
    width: code.width - before,
    missingAt: missingAt && missingAt - before,
    unseenAt: unseenAt && unseenAt - before,
  };
}

/** Rows of a table as they are compressed, one after another. */
export class Compressing {
  readonly #narrow: NarrowColumns;
  readonly #starts: Uint32Array;
  readonly #values: FloatArray;
  readonly #places: Uint32Array;
  readonly #block: Float64Array;
  readonly #scratch: Float64Array;
  #rows = 0;
  #listed = 0;

  constructor(narrow: NarrowColumns, rows: number, dtype: DType) {
    this.#narrow = narrow;
    this.#starts = indexArray(rows + 1);
    this.#values = floatArray(dtype, rows * narrow.width);
    this.#places = indexArray(rows * narrow.width);
    this.#block = new Float64Array(Math.min(BLOCK, rows) * narrow.width);
    this.#scratch = new Float64Array(Math.min(BLOCK, rows));
  }

  /** The next rows; `sources`: the table's columns. */
  add(sources: readonly Source[], count: number): void {
    const { all, width } = this.#narrow;
    const first = this.#rows;
    for (let from = first; from < first + count; from += BLOCK) {
      const to = Math.min(first + count, from + BLOCK);
      const block = this.#block.fill(0);
      all.forEach((narrow, i) => {
        if (narrow === undefined) return;
        encodeColumn(narrow.code, sources[i]!, from, to, { data: block, at: narrow.at, stride: width }, this.#scratch);
      });
      for (let s = from; s < to; s++) this.#list((s - from) * width, s);
    }
    this.#rows += count;
  }

  #list(from: number, row: number): void {
    const block = this.#block;
    let n = this.#listed;
    for (const narrow of this.#narrow.all) {
      if (narrow === undefined) continue;
      const { at, place, categories, code } = narrow;
      const number = block[from + at]!;
      if (categories > 0 ? number >= 0 : !Object.is(number, 0)) {
        this.#values[n] = categories > 0 ? 1 : number;
        this.#places[n++] = categories > 0 ? place + number : place;
      }
      const extra = place + Math.max(1, categories) - 1;
      for (let mark = 1; mark < code.width; mark++) {
        if (block[from + at + mark] === 0) continue;
        this.#values[n] = 1;
        this.#places[n++] = extra + mark;
      }
    }
    this.#listed = n;
    this.#starts[row + 1] = n;
  }

  /** All rows, of a matrix of so many columns. */
  matrix(columns: number): TypedCompressedMatrix {
    const [values, places] = [this.#values, this.#places];
    const isFull = this.#listed === values.length;
    return {
      data: isFull ? values : values.slice(0, this.#listed),
      indices: isFull ? places : places.slice(0, this.#listed),
      indptr: this.#starts,
      shape: [this.#rows, columns],
    };
  }
}
