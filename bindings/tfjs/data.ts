// Datasets: elements one after another, which are shuffled, changed and put together in batches.

import { checkWhole, isList, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import { shuffled } from "./fit.ts";
import { stack } from "./functions.ts";
import { randomNumbers } from "./initializers.ts";
import { namespace } from "./namespace.ts";
import { isSource, sources } from "./sources.ts";
import { isTensor, makeTensor, type Tensor } from "./tensor.ts";
import type { TensorLike } from "./tensor-types.ts";

/** Elements that come one by one. */
export interface LazyIterator<T> {
  /** The next element; `done` with the end. */
  next(): Promise<IteratorResult<T>>;
}

/** Elements, as often as they are asked for. */
export class Dataset<T> {
  /** How many there are; null where nobody knows, Infinity where there is no end. */
  readonly size: number | null;
  readonly #begin: () => AsyncGenerator<T> | Promise<AsyncGenerator<T>>;

  /** @internal */
  constructor(begin: () => AsyncGenerator<T>, size: number | null) {
    this.#begin = begin;
    this.size = size;
    sources.add(this);
  }

  /** Begins with the first element. */
  async iterator(): Promise<LazyIterator<T>> {
    return this.#begin();
  }

  async *#each(): AsyncGenerator<T> {
    yield* await this.#begin();
  }

  #with<U>(size: number | null, run: (all: AsyncGenerator<T>) => AsyncGenerator<U>): Dataset<U> {
    return new Dataset<U>(() => run(this.#each()), size);
  }

  /**
   * Elements put together: each number or tensor of them becomes a tensor of `batchSize` rows; the last may be less.
   */
  batch(batchSize: number, smallLastBatch = true): Dataset<Batched<T>> {
    checkWhole("batchSize", batchSize, 1, 2 ** 31);
    const round = smallLastBatch ? Math.ceil : Math.floor;
    const size = this.size === null ? null : round(this.size / batchSize);
    return this.#with<Batched<T>>(size, async function* (all) {
      let some: T[] = [];
      for await (const element of all) {
        some.push(element);
        if (some.length < batchSize) continue;
        yield together(some) as Batched<T>;
        some = [];
      }
      if (some.length > 0 && smallLastBatch) yield together(some) as Batched<T>;
    });
  }

  /** Elements in another order: each is drawn from the next `bufferSize`. */
  shuffle(bufferSize: number, seed?: string | number, reshuffleEachIteration = true): Dataset<T> {
    checkWhole("bufferSize", bufferSize, 1, 2 ** 31);
    const own = typeof seed === "number" ? seed : undefined;
    let next = randomNumbers(own);
    return this.#with(this.size, async function* (all) {
      if (!reshuffleEachIteration) next = randomNumbers(own ?? 0);
      const buffer: T[] = [];
      for await (const element of all) {
        buffer.push(element);
        if (buffer.length < bufferSize) continue;
        const at = Math.floor(next() * buffer.length);
        yield buffer[at]!;
        buffer[at] = buffer[buffer.length - 1]!;
        buffer.pop();
      }
      shuffled(buffer, next);
      yield* buffer;
    });
  }

  /** What a function makes of each element. */
  map<U>(transform: (value: T) => U | Promise<U>): Dataset<U> {
    return this.#with<U>(this.size, async function* (all) {
      for await (const element of all) yield await transform(element);
    });
  }

  /** What an async function makes of each element. */
  mapAsync<U>(transform: (value: T) => Promise<U>): Dataset<U> {
    return this.map(transform);
  }

  /** Those that a function says true of. */
  filter(predicate: (value: T) => boolean): Dataset<T> {
    return this.#with(this.size === Infinity ? Infinity : null, async function* (all) {
      for await (const element of all) if (predicate(element)) yield element;
    });
  }

  /** The first `count`. */
  take(count: number): Dataset<T> {
    checkWhole("count", count, 0, 2 ** 31);
    return this.#with(this.size === null ? null : Math.min(this.size, count), async function* (all) {
      let left = count;
      while (left-- > 0) {
        const { value, done } = await all.next();
        if (done) return;
        yield value;
      }
    });
  }

  /** Those behind the first `count`. */
  skip(count: number): Dataset<T> {
    checkWhole("count", count, 0, 2 ** 31);
    return this.#with(this.size === null ? null : Math.max(0, this.size - count), async function* (all) {
      let left = count;
      for await (const element of all) if (left-- <= 0) yield element;
    });
  }

  /** All of them, `count` times; without it, without end. */
  repeat(count?: number): Dataset<T> {
    const times = count === undefined || count < 0 ? Infinity : checkWhole("count", count, 0, 2 ** 31);
    const begin = () => this.#each();
    const run = async function* () {
      for (let n = 0; n < times; n++) yield* begin();
    };
    return new Dataset(run, this.size === null ? null : this.size === 0 ? 0 : this.size * times);
  }

  /** The same elements: they are not made before they are asked for. */
  prefetch(bufferSize: number): Dataset<T> {
    checkWhole("bufferSize", bufferSize, 1, 2 ** 31);
    return this;
  }

  /** These, and then those of another one. */
  concatenate(dataset: Dataset<T>): Dataset<T> {
    const size = this.size === null || dataset.size === null ? null : this.size + dataset.size;
    const [first, second] = [() => this.#each(), () => dataset.#each()];
    return new Dataset(async function* () {
      yield* first();
      yield* second();
    }, size);
  }

  /** Calls a function with each element. */
  async forEachAsync(f: (input: T) => void): Promise<void> {
    for await (const element of this.#each()) f(element);
  }

  /** All elements. */
  async toArray(): Promise<T[]> {
    const found: T[] = [];
    for await (const element of this.#each()) found.push(element);
    return found;
  }

  /** @internal */
  each(): AsyncGenerator<T> {
    return this.#each();
  }
}

/** What a batch of elements is: tensors in place of their numbers and tensors. */
export type Batched<T> = T extends number | Tensor | readonly unknown[] | ArrayBufferView
  ? Tensor
  : T extends object
    ? { [key in keyof T]: Batched<T[key]> }
    : T;

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" && value !== null && !isTensor(value) && !isList(value) && !ArrayBuffer.isView(value)
  );
}

/** With a tensor of the same numbers for each tensor. */
function cloned(value: unknown): unknown {
  if (isTensor(value)) return value.clone();
  if (isList(value)) return value.some((part) => typeof part === "object") ? value.map(cloned) : value;
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cloned(part)]));
}

/** Elements of a batch: of each of their parts, a tensor. */
function together(elements: readonly unknown[]): unknown {
  const [first] = elements;
  if (isPlain(first)) {
    return Object.fromEntries(
      Object.keys(first).map((key) => [key, together(elements.map((one) => (one as Record<string, unknown>)[key]))]),
    );
  }
  if (isList(first) && first.some((part) => isTensor(part) || isPlain(part))) {
    return first.map((_, n) => together(elements.map((one) => (one as readonly unknown[])[n])));
  }
  if (isTensor(first)) return stack(elements as readonly Tensor[]);
  return makeTensor("a batch", elements as TensorLike);
}

/** What makes datasets. */
export interface DatasetFunctions {
  /** The class of datasets. */
  readonly Dataset: typeof Dataset;
  /** The elements of an array. */
  array<T>(items: readonly T[]): Dataset<T>;
  /** What an iterator gives, which the function makes anew each time. */
  generator<T>(generator: () => Iterator<T> | AsyncIterator<T> | Promise<Iterator<T> | AsyncIterator<T>>): Dataset<T>;
  /** Elements of several datasets, side by side: an object or a list of them. */
  zip<T extends Record<string, Dataset<unknown>> | readonly Dataset<unknown>[]>(
    datasets: T,
  ): Dataset<{ [key in keyof T]: T[key] extends Dataset<infer U> ? U : never }>;
}

function ofArray<T>(items: readonly T[]): Dataset<T> {
  if (!isList(items)) throw new OptionError(`items is ${show(items)}; an array is expected`);
  return new Dataset(async function* () {
    for (const item of items) yield cloned(item) as T; // what is trained on is disposed of, as there
  }, items.length);
}

function ofIterator<T>(
  generate: () => Iterator<T> | AsyncIterator<T> | Promise<Iterator<T> | AsyncIterator<T>>,
): Dataset<T> {
  if (typeof generate !== "function") throw new OptionError(`generator is ${show(generate)}; a function is expected`);
  return new Dataset(async function* () {
    const iterator = await generate();
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) return;
      yield value;
    }
  }, null);
}

/** Elements of several datasets, side by side. */
function zipped<T extends Record<string, Dataset<unknown>> | readonly Dataset<unknown>[]>(
  datasets: T,
): Dataset<{ [key in keyof T]: T[key] extends Dataset<infer U> ? U : never }> {
  const keys = Object.keys(datasets);
  const parts = keys.map((key) => (datasets as Record<string, unknown>)[key]);
  parts.forEach((part, n) => {
    if (!isSource(part)) throw new OptionError(`datasets.${keys[n]} is ${show(part)}; a dataset is expected`);
  });
  const sizes = parts.map((part) => (part as Dataset<unknown>).size);
  const size = sizes.includes(null) ? null : Math.min(...(sizes as number[]));
  return new Dataset(async function* () {
    const all = parts.map((part) => (part as Dataset<unknown>).each());
    for (;;) {
      const found = await Promise.all(all.map((one) => one.next()));
      if (found.some(({ done }) => done)) return;
      const values = found.map(({ value }) => value);
      yield (isList(datasets) ? values : Object.fromEntries(keys.map((key, n) => [key, values[n]]))) as never;
    }
  }, size);
}

/** What datasets are. */
export namespace data {
  /** Elements, as often as they are asked for. */
  export type Dataset<T> = InstanceType<typeof Dataset<T>>; // the class outside: in here, that is a type alone
}

/** Datasets: of arrays, of functions, and side by side. */
export const data: DatasetFunctions = /* @__PURE__ */ namespace("data", {
  Dataset,
  array: ofArray,
  generator: ofIterator,
  zip: zipped,
});
