// Records of a stream, encoded some at a time.

import { isRevoked, show } from "../checks.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { isBranded } from "../objects.ts";
import { isPromise } from "../promises.ts";
import { isArrayLike, isRow } from "./matrix.ts";
import type { Table } from "./table.ts";

/** A record, or a table of several rows, such as `parseCSVTables` gives. */
export type StreamedRows = Readonly<Record<string, unknown>> | Table;

/** Records or tables, one after another; a function gives them anew each time. */
export type TableStream =
  | Iterable<StreamedRows>
  | AsyncIterable<StreamedRows>
  | (() => Iterable<StreamedRows> | AsyncIterable<StreamedRows> | PromiseLike<Iterable<StreamedRows>>);

/** What a stream gives when it is encoded. Each loop over it reads the stream anew. */
export interface EncodedStream<T> extends Iterable<T>, AsyncIterable<T> {}

/** Encodes what a stream gives, single records `most` at a time. */
export function encodedStream<T>(given: TableStream, most: number, encode: (table: Table) => T): EncodedStream<T> {
  return {
    *[Symbol.iterator]() {
      const batches = new Batches(most, encode);
      const iterable = opened(given) as Iterable<StreamedRows>;
      if (isPromise(iterable) || typeof iterable?.[Symbol.iterator] !== "function") {
        throw new OptionError(
          `the stream is ${show(iterable)}; an iterable is expected, or with fitAsync an async one`,
        );
      }
      for (const item of iterable) yield* batches.add(item);
      yield* batches.flush();
    },
    async *[Symbol.asyncIterator]() {
      const batches = new Batches(most, encode);
      for await (const item of (await opened(given)) as AsyncIterable<StreamedRows>) yield* batches.add(item);
      yield* batches.flush();
    },
  };
}

function opened(given: TableStream): unknown {
  return typeof given === "function" ? given() : given;
}

class Batches<T> {
  readonly #most: number;
  readonly #encode: (table: Table) => T;
  #records: Readonly<Record<string, unknown>>[] = [];
  #number = 0; // of the item
  #first = 0; // the item that the records begin with

  constructor(most: number, encode: (table: Table) => T) {
    this.#most = most;
    this.#encode = encode;
  }

  *add(item: StreamedRows): Generator<T, void, undefined> {
    const isSingle = isRecord(item);
    if (!isSingle) yield* this.flush();
    if (this.#records.length === 0) this.#first = this.#number;
    this.#number++;
    if (!isSingle) yield this.#encoded(item as Table);
    else if (this.#records.push(item as Readonly<Record<string, unknown>>) === this.#most) yield* this.flush();
  }

  *flush(): Generator<T, void, undefined> {
    const records = this.#records;
    this.#records = [];
    if (records.length > 0) yield this.#encoded(records);
  }

  #encoded(table: Table): T {
    try {
      return this.#encode(table);
    } catch (error) {
      for (const Type of [ShapeError, DataError]) {
        if (error instanceof Type) throw new Type(`from item ${this.#first} of the stream on: ${error.message}`);
      }
      throw error;
    }
  }
}

/** An object of cells; columns are an object of lists. */
function isRecord(item: unknown): boolean {
  if (typeof item !== "object" || item === null || isRevoked(item) || isArrayLike(item)) return false;
  if (isBranded(item, "DataTable") || "getChildAt" in item) return false;
  const [name] = Object.keys(item);
  return name === undefined || !isRow((item as Record<string, unknown>)[name]);
}
