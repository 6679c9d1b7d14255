// Rows that come one item after another, as users pass them, and how such a source is opened and read.

import { isNumberArray, lengthOf } from "../arrays.ts";
import { isList, isRevoked, readNames, show } from "../checks.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { ignore, isPromise, type Wait } from "../promises.ts";
import type { MatrixLike, XLike } from "./matrix.ts";

/** x of one row, which is a list of numbers or a typed array, or of several. */
export type StreamX = XLike;

/** y of as many rows: of one row its numbers, or its only number. */
export type StreamY = MatrixLike | number | boolean;

/**
 * What a stream consists of: one row, or any number of rows, with their targets. Weights are given with all items or
 * with none: of one row its weight, of several an array.
 */
export type StreamItem =
  | readonly [x: StreamX, y: StreamY]
  | {
      readonly x: StreamX;
      readonly y: StreamY;
      readonly sampleWeights?: number | ArrayLike<number>;
    };

/**
 * Rows that are read item by item, anew in each epoch: an iterable, or a function that returns one. An iterator, such
 * as a generator that has been called, can be read once: it serves one epoch.
 */
export type RowStream = Iterable<StreamItem> | (() => Iterable<StreamItem>);

/** The same where it is waited for. */
export type AsyncRowStream =
  | RowStream
  | AsyncIterable<StreamItem>
  | (() => AsyncIterable<StreamItem> | PromiseLike<Iterable<StreamItem> | AsyncIterable<StreamItem>>);

/**
 * Whether x is a stream: then no y is given. A list of items is told from a list of rows by its first element: in a
 * row there are numbers.
 */
export function isStream(x: unknown, y: unknown): x is AsyncRowStream {
  if (typeof x === "function") return true;
  if (typeof x !== "object" || x === null || isRevoked(x) || isNumberArray(x)) return false;
  const isMatrix = typeof y === "object" && y !== null && !isRevoked(y) && ("length" in y || "data" in y);
  if (isMatrix) return false;
  if (!isList(x)) return Symbol.iterator in x || Symbol.asyncIterator in x;
  const first: unknown = x[0];
  if (isList(first)) return typeof first[0] === "object" && first[0] !== null;
  return typeof first === "object" && first !== null && !isNumberArray(first);
}

/** x, y and weights of some rows, in the form that matrices have. */
export type Parts = readonly [x: XLike, y: MatrixLike, sampleWeights: ArrayLike<number> | undefined];

/** Whether these are no rows. */
export function isEmpty(rows: unknown): boolean {
  if (isList(rows)) return rows.length === 0;
  if (isNumberArray(rows)) return lengthOf(rows) === 0;
  const { shape } = (isRevoked(rows) ? {} : Object(rows)) as { readonly shape?: unknown };
  return isList(shape) && shape[0] === 0;
}

/** Reads an item, each property once. */
export function partsOf(item: unknown): Parts {
  let x: unknown;
  let y: unknown;
  let weights: unknown;
  if (isList(item)) {
    if (item.length !== 2) throw new ShapeError(`it is ${show(item)}; [x, y] is expected`);
    [x, y] = item;
  } else {
    ({ x, y, sampleWeights: weights } = readNames("it", item as Record<string, unknown>, ["x", "y", "sampleWeights"]));
  }
  const isRow = !isEmpty(x) && (isNumberArray(x) || (isList(x) && (typeof x[0] !== "object" || x[0] === null)));
  if (!isRow) return [x as XLike, y as MatrixLike, weights as ArrayLike<number> | undefined];
  const ofRow = typeof y === "object" ? y : [y];
  return [[x] as MatrixLike, [ofRow] as MatrixLike, weights === undefined ? undefined : [weights as number]];
}

type Method = (this: unknown) => unknown;

/** A stream that is being read: an iterator. */
export class OpenStream {
  readonly #iterator: object;
  readonly #next: Method;
  readonly #waits: boolean;
  #isOpen = true; // it may have more, and was not told that no one asks for it
  #isAwaited = false; // what next() promised
  /** Whether an item took longer than it may. */
  isLate = false;
  /** Whether it is what was given itself, and can't be read again. */
  readonly isOnce: boolean;

  private constructor(iterator: object, next: Method, isOnce: boolean, waits: boolean) {
    this.#iterator = iterator;
    this.#next = next;
    this.isOnce = isOnce;
    this.#waits = waits;
  }

  /** `waits`: whether promises are waited for, and so async iterables taken. */
  static *open(given: unknown, waits: boolean): Generator<Wait, OpenStream, unknown> {
    let iterable = given;
    if (typeof given === "function") {
      iterable = (given as () => unknown)();
      if (isPromise(iterable)) iterable = yield* awaited(iterable, waits, "the stream's function");
    }
    const keys = waits ? [Symbol.asyncIterator, Symbol.iterator] : [Symbol.iterator];
    for (const key of keys) {
      const method = (Object(iterable) as Record<symbol, unknown>)[key];
      if (typeof method !== "function") continue;
      const iterator: unknown = (method as Method).call(iterable);
      const next = (Object(iterator) as { next?: unknown }).next;
      if (typeof next !== "function") {
        throw new OptionError(`the stream's iterator is ${show(iterator)}; an object with next() is expected`);
      }
      return new OpenStream(iterator as object, next as Method, iterator === given, waits);
    }
    const name = typeof given === "function" ? "what the stream's function returns" : "the stream";
    throw new OptionError(`${name} is ${show(iterable)}; an iterable is expected, or in fitAsync an async iterable`);
  }

  /** The next item; undefined at the end, or where it isn't there after so many milliseconds: see `isLate`. */
  *next(most?: number): Generator<Wait, { readonly item: unknown } | undefined, unknown> {
    if (!this.#isOpen || this.isLate) return undefined;
    this.#isOpen = false; // after an error of its own it is not asked again
    let result: unknown = this.#next.call(this.#iterator);
    if (isPromise(result)) {
      this.#isAwaited = this.#waits;
      result = yield* awaited(result, this.#waits, "next() of the stream", most);
      this.isLate = result === LATE;
      if (this.isLate) return undefined;
      this.#isAwaited = false;
    }
    if (typeof result !== "object" || result === null) {
      throw new OptionError(`next() of the stream returned ${show(result)}; { done, value } is expected`);
    }
    const { done, value } = result as Partial<IteratorResult<unknown>>;
    if (done) return undefined;
    this.#isOpen = true;
    if (!isPromise(value)) return { item: value };
    const item = yield* awaited(value, this.#waits, "an item of the stream", most);
    this.isLate = item === LATE;
    return this.isLate ? undefined : { item };
  }

  /** From here on it is left alone. */
  leave(): void {
    this.#isOpen = false;
  }

  /**
   * Tells it that no one asks for more; `isEnded`: because the training was ended from outside, maybe while it was
   * awaited. What it throws then is ignored: the training has ended for another reason.
   */
  *close(isEnded: boolean): Generator<Wait, void, unknown> {
    if (!this.#isOpen && !((isEnded || this.isLate) && this.#isAwaited)) return;
    this.#isOpen = false;
    this.#isAwaited = false;
    try {
      const result: unknown = (this.#iterator as { return?: () => unknown }).return?.();
      if (!isPromise(result)) return;
      ignore(result);
      if (this.#waits && !this.isLate) yield result;
    } catch {
      // of the iterator, or of an abort that comes meanwhile
    }
  }
}

const LATE = /* @__PURE__ */ Symbol("late");

/** What a promise resolves to, where one may be waited for; LATE after `most` milliseconds. */
function* awaited(
  promise: PromiseLike<unknown>,
  waits: boolean,
  name: string,
  most?: number,
): Generator<Wait, unknown, unknown> {
  if (waits) return yield most === undefined ? promise : before(promise, most);
  ignore(promise);
  throw new OptionError(`${name} is a promise, which fit doesn't wait for; fitAsync does`);
}

/** The promise's result, or LATE after so many milliseconds. */
function before(promise: PromiseLike<unknown>, most: number): PromiseLike<unknown> {
  const { setTimeout, clearTimeout } = globalThis as Partial<typeof globalThis>;
  if (setTimeout === undefined) return promise;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(most, MAX_TIMER), LATE);
    const end = (settle: (value: unknown) => void) => (value: unknown) => {
      clearTimeout?.(timer);
      settle(value);
    };
    promise.then(end(resolve), end(reject));
  });
}

const MAX_TIMER = 2 ** 31 - 1; // milliseconds; a longer timer ends at once
