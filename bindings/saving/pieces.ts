// A file in memory: in one array, or in several, one after the other.

import { bytesOf } from "../arrays.ts";
import { show } from "../checks.ts";
import { FormatError } from "../errors.ts";
import { floatArray } from "../numbers.ts";

/** Bytes of a file: a buffer, any view of one, or several of these, one after the other. */
export type FileBytes = ArrayBufferLike | ArrayBufferView;

/** A file in several arrays, one after the other. */
export class Pieces {
  readonly length: number;
  readonly #parts: readonly Uint8Array<ArrayBuffer>[];
  readonly #ends: number[] = [];

  constructor(parts: readonly Uint8Array<ArrayBuffer>[]) {
    this.#parts = parts;
    let length = 0;
    for (const part of parts) {
      length += part.length;
      this.#ends.push(length);
    }
    this.length = length;
  }

  /** Views of the bytes from `begin` to before `end`. */
  slice(begin: number, end: number): Uint8Array<ArrayBuffer>[] {
    let [n, above] = [0, this.#ends.length]; // the part that `begin` lies in is at n or later, and before `above`
    while (n < above) {
      const middle = (n + above) >>> 1;
      if (this.#ends[middle]! > begin) above = middle;
      else n = middle + 1;
    }
    const views: Uint8Array<ArrayBuffer>[] = [];
    for (; begin < end && n < this.#parts.length; n++) {
      const part = this.#parts[n]!;
      const start = this.#ends[n]! - part.length;
      views.push(part.subarray(begin - start, end - start));
      begin = this.#ends[n]!;
    }
    return views;
  }

  /** Those bytes in one array; a view where they lie in one. */
  join(begin: number, end: number): Uint8Array<ArrayBuffer> {
    const views = this.slice(begin, end);
    if (views.length === 1) return views[0]!;
    const joined = allocate(end - begin);
    let at = 0;
    for (const view of views) {
      joined.set(view, at);
      at += view.length;
    }
    return joined;
  }
}

/**
 * A file as the caller passed it, without copies. Two things are copied: memory that may change while it is read, and
 * what an iterator yields, since that may be one buffer filled again and again. What an iterator throws is passed on.
 *
 * @throws FormatError where it is anything else
 */
export function piecesOf(file: unknown): Pieces {
  const bytes = bytesOf(file);
  if (bytes !== undefined) return new Pieces([bytes]);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const iterable = iterableOf(file, Symbol.iterator) ?? refuse(file);
  for (const part of iterable) parts.push(pieceOf(part, parts.length, !Array.isArray(file)));
  return new Pieces(parts);
}

/** `piecesOf` of what may also be iterated asynchronously, or is a Blob or a Response. */
export function piecesOfAny(file: unknown): Pieces | Promise<Pieces> {
  const iterable = iterableOf(file, Symbol.asyncIterator) ?? readerOf(file);
  const whole = iterable === undefined ? methodOf(file, "arrayBuffer") : undefined;
  if (whole !== undefined) return wholeOf(whole);
  return iterable === undefined ? piecesOf(file) : collected(iterable);
}

type Method = () => unknown;

/** A method of the caller's object; undefined if it has none. */
function methodOf(file: unknown, key: string): Method | undefined {
  try {
    const method = typeof file === "object" && file !== null ? (file as Record<string, unknown>)[key] : undefined;
    return typeof method === "function" ? method.bind(file) : undefined;
  } catch (cause) {
    return refuse(file, cause);
  }
}

async function wholeOf(whole: Method): Promise<Pieces> {
  const buffer = await whole();
  const bytes = bytesOf(buffer);
  if (bytes !== undefined) return new Pieces([bytes]);
  throw new FormatError(`arrayBuffer() of file gives ${show(buffer)}; an ArrayBuffer is expected`);
}

/** A stream as an iterable: Safari's can't be iterated. */
function readerOf(file: unknown): AsyncIterable<unknown> | undefined {
  const getReader = methodOf(file, "getReader") as (() => ReadsChunks) | undefined;
  if (getReader === undefined) return undefined;
  return { [Symbol.asyncIterator]: () => chunksOf(getReader()) };
}

interface ReadsChunks {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
}

async function* chunksOf(reader: ReadsChunks): AsyncGenerator {
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

async function collected(file: AsyncIterable<unknown>): Promise<Pieces> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of file) parts.push(pieceOf(part, parts.length, true));
  return new Pieces(parts);
}

interface Iterables {
  readonly [Symbol.iterator]: Iterable<unknown>;
  readonly [Symbol.asyncIterator]: AsyncIterable<unknown>;
}

/** Its iterator, already made, as an iterable; undefined if it has none under that key. */
function iterableOf<Key extends keyof Iterables>(file: unknown, key: Key): Iterables[Key] | undefined {
  try {
    if (typeof file !== "object" || file === null || !(key in file)) return undefined;
    const iterator = (file as { [key in Key]: () => unknown })[key]();
    if (Object(iterator) === iterator) return { [key]: () => iterator } as unknown as Iterables[Key];
  } catch (cause) {
    return refuse(file, cause); // it only looks like a list or a stream
  }
  return refuse(file);
}

function refuse(file: unknown, cause?: unknown): never {
  const expected = "an ArrayBuffer, a view of one, or an iterable of these is expected";
  const hint = file ? " (fromJSON takes JSON, readNetwork of bitgrad/files a path)" : "";
  throw new FormatError(`file is ${show(file)}; ${expected}${hint}`, { cause });
}

function pieceOf(part: unknown, n: number, copied: boolean): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(part);
  if (bytes === undefined) {
    throw new FormatError(`piece ${n} of the file is ${show(part)}; an ArrayBuffer or a view of one is expected`);
  }
  return copied ? bytes.slice() : bytes;
}

/** Bytes, or an OutOfMemoryError. */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(floatArray("f32", Math.ceil(length / 4)).buffer as ArrayBuffer, 0, length);
}
