// CSV: text or bytes, whole or in chunks, into columns or records. d3-dsv reads the cells. This file finds where
// records end, so that a text of any length is read piece by piece, and refuses what d3-dsv would read as something
// else.

/*! The parser is d3-dsv's, https://github.com/d3/d3-dsv

Copyright 2013-2026 Mike Bostock

Permission to use, copy, modify, and/or distribute this software for any purpose
with or without fee is hereby granted, provided that the above copyright notice
and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
THIS SOFTWARE. */

import { dsvFormat } from "d3-dsv";
import { bytesOf } from "../arrays.ts";
import { SPLIT } from "../catalog/codes.ts";
import { checkChoice, checkFlag, checkNoMore, checkWhole, isRevoked, optional, readNames, show } from "../checks.ts";
import { FormatError, OptionError } from "../errors.ts";
import { Draws } from "../random.ts";
import { columnsUnder, setLines } from "./read-table.ts";

/** How a text of CSV is read. */
export interface CSVOptions {
  /** What divides cells. Default: that of comma, semicolon, tab and | which the first line has most of. */
  readonly delimiter?: string;
  /** What divides the whole part of numbers from the rest. Default: ".". With "," a cell 149,8 becomes "149.8". */
  readonly decimal?: "." | ",";
  /** Whether the first line has the columns' names. Default: true. Without it they are called "0", "1", … */
  readonly header?: boolean;
}

/** Texts or bytes of CSV, one after another. */
export type CSVChunks =
  | AsyncIterable<string | ArrayBufferView | ArrayBufferLike>
  | Iterable<string | ArrayBufferView | ArrayBufferLike>;

const OPTIONS = ["delimiter", "decimal", "header"] as const;
const MAX_ROWS = 2 ** 32 - 1;
const DELIMITERS = [",", ";", "\t", "|"];
const PIECE = 2 ** 22; // characters or bytes that are read at a time
const MAX_RECORD = 2 ** 28; // characters of one record; strings of engines end at 2^29 or 2^30
const GZIP = 0x1f8b; // the first two bytes
const COMMA = /^\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*$/;

/**
 * Reads a text of CSV, or its bytes in UTF-8 or UTF-16, into columns. All cells are texts; an Encoder reads those of
 * numbers, booleans and dates. Quotes, line ends of any kind, a byte order mark and empty lines are taken as they come.
 * Blanks around a name or a cell are left out.
 *
 * @param text - A string, an ArrayBuffer or a view of one: bytes may be more than fit into a string.
 * @returns One array of texts for each column, under its name.
 * @throws FormatError if there are no rows, a line has more or fewer cells than the first, a name is there twice, or
 * quotes are not as CSV has them; the message names the line
 * @throws OptionError if an option is unknown or of the wrong type
 * @example
 * ```ts
 * import { parseCSV } from "bitgrad/tables";
 *
 * parseCSV("sqm;city\n80,5;Bonn", { decimal: "," }); // { sqm: ["80.5"], city: ["Bonn"] }
 * ```
 */
export function parseCSV(
  text: string | ArrayBufferLike | ArrayBufferView,
  options?: CSVOptions,
  ...more: []
): Record<string, string[]> {
  checkNoMore("parseCSV", more);
  const reader = new Reader(readOptions(options));
  const columns = new Columns();
  for (const piece of piecesOf(text)) columns.addAll(reader.read(piece));
  columns.addAll(reader.end());
  return columns.under(reader.names);
}

/**
 * Reads CSV that comes in chunks, such as a file of any size, into one record after another.
 *
 * @param chunks - Texts or bytes, in an iterable, an async iterable or a stream.
 * @returns Records of texts under the columns' names.
 * @throws what `parseCSV` throws
 * @example
 * ```ts
 * import { createReadStream } from "node:fs";
 * import { parseCSVStream } from "bitgrad/tables";
 *
 * for await (const { sqm, city } of parseCSVStream(createReadStream("homes.csv"))) console.log(sqm, city);
 * ```
 */
export async function* parseCSVStream(
  chunks: CSVChunks,
  options?: CSVOptions,
): AsyncGenerator<Record<string, string>, void, undefined> {
  const reader = new Reader(readOptions(options));
  for await (const records of reader.readAll(chunks)) for (const { cells } of records) yield reader.record(cells);
}

/**
 * Reads CSV that comes in chunks into one table after another, each of the columns that `parseCSV` returns. An error in
 * a cell names its line in the whole text.
 *
 * @param chunks - Texts or bytes, in an iterable, an async iterable or a stream.
 * @param options - Those of `parseCSV`, and `rows`: how many rows a table has, but for the last one; default 10,000.
 * @throws what `parseCSV` throws
 * @example
 * ```ts
 * import { createReadStream } from "node:fs";
 * import { parseCSVTables } from "bitgrad/tables";
 *
 * for await (const table of parseCSVTables(createReadStream("homes.csv"))) console.log(model.predict(table));
 * ```
 */
export async function* parseCSVTables(
  chunks: CSVChunks,
  options?: CSVOptions & { readonly rows?: number },
): AsyncGenerator<Record<string, string[]>, void, undefined> {
  const { rows = 10_000, ...rest } = readNames("options", optional(options), [...OPTIONS, "rows"]);
  checkWhole("rows", rows, 1, MAX_ROWS);
  const reader = new Reader(readOptions(rest));
  let columns = new Columns();
  for await (const records of reader.readAll(chunks)) {
    for (const record of records) {
      if (columns.rows === rows) {
        yield columns.under(reader.names);
        columns = new Columns();
      }
      columns.add(record);
    }
  }
  yield columns.under(reader.names);
}

/**
 * Reads CSV that comes in chunks, such as a file larger than memory, and keeps some of its rows, drawn at random. They
 * stay in their order; of a text with fewer rows all are kept.
 *
 * @param chunks - Texts or bytes, in an iterable, an async iterable or a stream.
 * @param rows - How many to keep, 1 or more.
 * @param options - Those of `parseCSV`, and `seed`: a whole number from 0 to 2^53 − 1, by which rows are drawn; default
 * 0.
 * @returns Their columns, as of `parseCSV`.
 * @throws what `parseCSV` throws
 * @example
 * ```ts
 * import { createReadStream } from "node:fs";
 * import { sampleCSV } from "bitgrad/tables";
 *
 * const table = await sampleCSV(createReadStream("homes.csv"), 100_000, { seed: 1 });
 * ```
 */
export async function sampleCSV(
  chunks: CSVChunks,
  rows: number,
  options?: CSVOptions & { readonly seed?: number },
): Promise<Record<string, string[]>> {
  const { seed = 0, ...rest } = readNames("options", optional(options), [...OPTIONS, "seed"]);
  checkWhole("rows", rows, 1, MAX_ROWS);
  const draws = new Draws(checkWhole("seed", seed, 0, Number.MAX_SAFE_INTEGER), SPLIT, 1);
  const reader = new Reader(readOptions(rest));
  const kept: Numbered[] = [];
  let seen = 0;
  for await (const records of reader.readAll(chunks)) {
    for (const { cells, line } of records) {
      // Waterman's algorithm R: at any time each row that was seen is kept with the same probability
      const place = seen < rows ? seen : draws.below(seen + 1);
      if (place < rows) kept[place] = { cells: cells.map(detached), line };
      seen++;
    }
  }
  const columns = new Columns();
  columns.addAll(kept.sort((a, b) => a.line - b.line));
  return columns.under(reader.names);
}

const SHORT = 12; // characters of texts that V8 copies

/** A copy of a text that was cut out of a longer one: V8 would keep that whole. */
function detached(text: string): string {
  return text.length <= SHORT ? text : text.split("").join("");
}

function readOptions(
  options: CSVOptions | undefined,
): Required<Omit<CSVOptions, "delimiter">> & Pick<CSVOptions, "delimiter"> {
  const { delimiter, decimal = ".", header = true } = readNames("options", optional(options), OPTIONS);
  checkChoice("decimal", decimal, [".", ","]);
  checkFlag("header", header);
  if (delimiter === undefined) return { decimal, header };
  if (typeof delimiter === "string" && /^[^"\r\n]$/.test(delimiter)) return { delimiter, decimal, header };
  throw new OptionError(`delimiter is ${show(delimiter)}; one character is expected, no quote and no line end`);
}

function* piecesOf(text: unknown): Generator<string | Uint8Array> {
  const whole = typeof text === "string" ? text : bytesOf(isRevoked(text) ? undefined : text);
  if (whole === undefined) throw new OptionError(`text is ${show(text)}; a text of CSV or its bytes are expected`);
  for (let from = 0; from < whole.length; from += PIECE) {
    yield typeof whole === "string" ? whole.slice(from, from + PIECE) : whole.subarray(from, from + PIECE);
  }
}

interface Numbered {
  readonly cells: string[];
  /** The line that it begins in, from 1 on. */
  readonly line: number;
}

/** Columns of records, which know their lines. */
class Columns {
  rows = 0;
  readonly #columns: string[][] = [];
  readonly #steps: [row: number, lines: number][] = []; // from which row on how many lines more than rows were read

  add({ cells, line }: Numbered): void {
    const columns = this.#columns;
    if (columns.length === 0) for (let i = 0; i < cells.length; i++) columns.push([]);
    for (let i = 0; i < cells.length; i++) columns[i]!.push(cells[i]!);
    const lines = line - this.rows;
    if (lines !== this.#steps[this.#steps.length - 1]?.[1]) this.#steps.push([this.rows, lines]);
    this.rows++;
  }

  addAll(records: Iterable<Numbered>): void {
    for (const record of records) this.add(record);
  }

  /** The columns under their names. */
  under(names: readonly string[]): Record<string, string[]> {
    const steps = this.#steps;
    const lineOf = (row: number) => row + steps.reduce((lines, [from, found]) => (from <= row ? found : lines), 0);
    for (const column of this.#columns) setLines(column, lineOf);
    return columnsUnder(names, this.#columns);
  }
}

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);

function joined(first: Uint8Array<ArrayBuffer>, rest: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (first.length === 0) return rest;
  const both = new Uint8Array(first.length + rest.length);
  both.set(first);
  both.set(rest, first.length);
  return both;
}

/** Reads records from pieces that may end anywhere. */
class Reader {
  names: readonly string[] = [];
  readonly #options: ReturnType<typeof readOptions>;
  #delimiter = "";
  #parse: (text: string) => string[][] = () => [];
  #decoder: TextDecoder | undefined;
  #first = NO_BYTES; // until there are two
  #rest = "";
  #line = 1;
  #hasRows = false;
  #isEntry = true; // nothing was read yet

  constructor(options: ReturnType<typeof readOptions>) {
    this.#options = options;
  }

  read(piece: unknown): Iterable<Numbered> {
    return this.#records(typeof piece === "string" ? piece : this.#decode(piece, true), false);
  }

  /** The records of one chunk after another: awaiting each record would take longer than reading it. */
  async *readAll(chunks: CSVChunks): AsyncGenerator<Iterable<Numbered>, void, undefined> {
    const { [Symbol.asyncIterator]: one, [Symbol.iterator]: other } = Object(isRevoked(chunks) ? undefined : chunks);
    if (typeof one !== "function" && typeof other !== "function") {
      throw new OptionError(`chunks is ${show(chunks)}; an iterable of texts or bytes, or a stream, is expected`);
    }
    for await (const chunk of chunks) yield this.read(chunk);
    yield this.end();
  }

  /** What is left at the end. */
  *end(): Iterable<Numbered> {
    const hasBytes = this.#decoder !== undefined || this.#first.length > 0;
    yield* this.#records(hasBytes ? this.#decode(NO_BYTES, false) : "", true);
    if (this.names.length === 0)
      throw new FormatError("the text of CSV is empty; a line with the columns' names is expected");
    if (!this.#hasRows)
      throw new FormatError(
        `the text of CSV has a header and no rows; its columns are ${this.names.slice(0, 10).map(show).join(", ")}`,
      );
  }

  record(cells: readonly string[]): Record<string, string> {
    const { names } = this;
    if (names.includes("__proto__")) return Object.fromEntries(names.map((name, i) => [name, cells[i]!]));
    const record: Record<string, string> = {};
    for (let i = 0; i < names.length; i++) record[names[i]!] = cells[i]!;
    return record;
  }

  #decode(piece: unknown, stream: boolean): string {
    const chunk = bytesOf(isRevoked(piece) ? undefined : piece);
    if (chunk === undefined) throw new OptionError(`a chunk of CSV is ${show(piece)}; a text or bytes are expected`);
    const bytes = joined(this.#first, chunk);
    if (this.#decoder === undefined && stream && bytes.length < 2) {
      this.#first = bytes.slice(); // a byte order mark of UTF-16 has two
      return "";
    }
    this.#first = NO_BYTES;
    const marks = bytes[0]! * 256 + bytes[1]!;
    if (marks === GZIP && this.#decoder === undefined) {
      const advice = "decompress them before, by gunzipSync of node:zlib or a DecompressionStream";
      throw new FormatError(`the bytes of CSV are compressed by gzip; ${advice}`);
    }
    const encoding = marks === 0xfffe ? "utf-16le" : marks === 0xfeff ? "utf-16be" : "utf-8";
    this.#decoder ??= new TextDecoder(encoding, { fatal: true });
    try {
      return this.#decoder.decode(bytes, { stream });
    } catch (cause) {
      const advice = 'decode other encodings before, such as new TextDecoder("windows-1252").decode(bytes)';
      throw new FormatError(`the bytes of CSV after line ${this.#line} are not in ${encoding}; ${advice}`, { cause });
    }
  }

  *#records(text: string, isLast: boolean): Iterable<Numbered> {
    let all = this.#rest + text;
    if (this.#isEntry && all !== "") {
      this.#isEntry = false;
      if (all.startsWith("\ufeff")) all = all.slice(1); // a decoder has taken that of bytes
    }
    const zero = text.indexOf("\0"); // in a piece that is looked at once
    if (zero >= 0) {
      const line = this.#line + countLines(this.#rest) + countLines(text.slice(0, zero));
      const advice = "a binary file, or UTF-16 without a byte order mark?";
      throw new FormatError(`line ${line} has a zero character, which a text of CSV has not: is it ${advice}`);
    }
    if (this.#delimiter === "") {
      const first = firstLine(all);
      if (first === undefined && !isLast) {
        this.#rest = all;
        return;
      }
      const { delimiter, decimal } = this.#options;
      this.#delimiter = delimiter ?? mostOf(first ?? all, decimal);
      const { parseRows } = dsvFormat(this.#delimiter);
      this.#parse = (block) => parseRows(block);
    }
    const end = endOfRecords(all, this.#delimiter, this.#line, isLast);
    this.#rest = all.slice(end);
    if (this.#rest.length > MAX_RECORD) {
      throw new FormatError(
        `line ${this.#line} begins a record of over ${MAX_RECORD} characters; is a quote not closed?`,
      );
    }
    const block = all.slice(0, end);
    const isQuoted = block.includes('"');
    for (const cells of this.#parse(block)) {
      const line = this.#line++;
      if (isQuoted) for (const cell of cells) this.#line += countLines(cell);
      if (cells.length === 1 && cells[0] === "") continue; // an empty line
      if (this.names.length === 0) {
        this.names = this.#options.header ? namesOf(cells, line) : cells.map((_, i) => String(i));
        if (this.#options.header) continue;
      }
      if (cells.length !== this.names.length) throw this.#ragged(cells, line);
      for (let i = 0; i < cells.length; i++) if (hasBlank(cells[i]!)) cells[i] = cells[i]!.trim();
      if (this.#options.decimal === ",") {
        for (let i = 0; i < cells.length; i++) if (COMMA.test(cells[i]!)) cells[i] = cells[i]!.replace(",", ".");
      }
      this.#hasRows = true;
      yield { cells, line };
    }
  }

  #ragged(cells: readonly string[], line: number): FormatError {
    const { length } = this.names;
    const divided = `divided by ${show(this.#delimiter)}`;
    const at =
      cells.length > length
        ? `column ${length + 1} is ${show(cells[length])}`
        : `column ${cells.length + 1}, ${show(this.names[cells.length])}, is not there`;
    return new FormatError(
      `line ${line} has ${cells.length} cells, ${divided}; ${length}, as the first line has, are expected: ${at}`,
    );
  }
}

/** Whether a cell begins or ends with a blank. */
function hasBlank(cell: string): boolean {
  return cell.charCodeAt(0) <= 32 || cell.charCodeAt(cell.length - 1) <= 32;
}

function namesOf(cells: readonly string[], line: number): string[] {
  const names = cells.map((cell) => cell.trim());
  const places = new Map<string, number>();
  names.forEach((name, i) => {
    const before = places.get(name);
    if (before !== undefined) {
      throw new FormatError(`line ${line} has the name ${show(name)} twice, of columns ${before + 1} and ${i + 1}`);
    }
    places.set(name, i);
  });
  return names;
}

/** The first line that is not empty, once it is there whole; a name may have a line end in quotes. */
function firstLine(text: string): string | undefined {
  return /^[\r\n]*((?:"[^"]*"|[^"\r\n])+)[\r\n]/.exec(text)?.[1];
}

function mostOf(line: string, decimal: string): string {
  const bare = line.replace(/"[^"]*"/g, "");
  const counts = DELIMITERS.map((delimiter) => (delimiter === decimal ? -1 : bare.split(delimiter).length));
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

function countLines(cell: string): number {
  return cell.split(/\r\n|\r|\n/).length - 1;
}

/** Where the last whole record of a text ends. Refuses quotes that are not as RFC 4180 has them. */
function endOfRecords(text: string, delimiter: string, firstLine: number, isLast: boolean): number {
  const isEnd = (unit: string | undefined) =>
    unit === undefined || unit === delimiter || unit === "\n" || unit === "\r";
  let end = 0;
  let closed = 0; // after the last quoted cell
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', closed)) {
    const newline = text.lastIndexOf("\n", at) + 1;
    if (newline > closed) end = newline;
    if (!isEnd(text[at - 1])) throw badQuote(text, at, firstLine, "a quote inside a cell that does not begin with one");
    let close = text.indexOf('"', at + 1);
    while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
    // at the end of a piece, what follows a quote is still to come
    if (!isLast && (close < 0 || close + 1 === text.length)) return end;
    if (close < 0) throw badQuote(text, at, firstLine, "a quote that nothing closes");
    if (!isEnd(text[close + 1])) throw badQuote(text, close, firstLine, "text after the quote that closes a cell");
    closed = close + 1;
  }
  if (isLast) return text.length;
  const newline = text.lastIndexOf("\n") + 1;
  return newline > closed ? newline : end;
}

function badQuote(text: string, at: number, firstLine: number, what: string): FormatError {
  const before = text.slice(0, at);
  const column = at - Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r"));
  const advice = 'a cell with quotes is written "with ""two"" for one"';
  return new FormatError(`line ${firstLine + countLines(before)}, character ${column} has ${what}; ${advice}`);
}
