// Arrays of numbers of a dtype, and the memory for them.

import type { FloatArray } from "./arrays.ts";
import { OutOfMemoryError } from "./errors.ts";

/** f32 is IEEE-754 binary32 (Float32Array), f64 is binary64 (Float64Array). */
export type DType = "f32" | "f64";

export function dtypeOf(array: FloatArray): DType {
  return array instanceof Float32Array ? "f32" : "f64";
}

/** Whether typed arrays have the bytes of WebAssembly's memory and of saved files. */
export const LITTLE_ENDIAN = /* @__PURE__ */ isLittleEndian();

function isLittleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}

/** The limit of both engines: WebAssembly's memory less one page, so that an end address fits into 32 bits. */
export const MAX_BYTES = 0xffff0000;

export function floatArray(dtype: DType, length: number): FloatArray {
  return allocated<FloatArray>(dtype, length, dtype === "f32" ? Float32Array : Float64Array);
}

export function indexArray(length: number): Uint32Array {
  return allocated("u32", length, Uint32Array);
}

/** `type`: as a message names it. */
export function allocated<T>(type: string, length: number, Numbers: NumbersOf<T>): T {
  let options: ErrorOptions | undefined;
  try {
    if (length * Numbers.BYTES_PER_ELEMENT <= MAX_BYTES) return new Numbers(length);
  } catch (cause) {
    options = { cause };
  }
  throw new OutOfMemoryError(`an array of ${length} ${type} numbers doesn't fit into memory`, options);
}

const WAITS = [1, 1, 4, 16, 64, 256]; // turns between attempts: some collectors are slow

/**
 * Returns what `attempt` returns. If memory runs out, it yields for some turns and tries again: a failed allocation
 * makes the runtime collect networks that were dropped without `dispose`.
 */
export function* whenCollected<T>(attempt: () => T): Generator<undefined, T> {
  for (const turns of WAITS) {
    try {
      return attempt();
    } catch (cause) {
      if (!(cause instanceof OutOfMemoryError)) throw cause;
    }
    for (let n = 0; n < turns; n++) yield;
  }
  return attempt();
}

/**
 * Whether none of them is NaN or infinite: else their sum isn't finite, either. Sums of f32 are always finite in f64;
 * where those of large f64 overflow, each number is looked at.
 */
export function allFinite(values: FloatArray): boolean {
  const { length } = values;
  const eights = length - (length % 8);
  let sum = sumOfEights(values, eights);
  for (let n = eights; n < length; n++) sum += values[n]!;
  if (Number.isFinite(sum)) return true;
  for (let n = 0; n < length; n++) if (!Number.isFinite(values[n])) return false;
  return true;
}

/** Sums the first `end` numbers, in any order. As a loop of its own it takes half the time. */
function sumOfEights(values: FloatArray, end: number): number {
  let a = 0; // one sum alone would wait for itself
  let b = 0;
  let c = 0;
  let d = 0;
  for (let n = 0; n < end; n += 8) {
    a += values[n]! + values[n + 1]!;
    b += values[n + 2]! + values[n + 3]!;
    c += values[n + 4]! + values[n + 5]!;
    d += values[n + 6]! + values[n + 7]!;
  }
  return a + b + (c + d);
}

interface NumbersOf<T> {
  new (length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

export function bytesPerElement(dtype: DType): number {
  return dtype === "f32" ? 4 : 8;
}

/** The last element of a list that is not empty; Chrome 91 has no `at`. */
export function last<T>(list: readonly T[]): T {
  return list[list.length - 1]!;
}

/** base^exponent for a whole exponent of 0 or more, by squaring from its lowest bit on. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= base;
    base *= base;
  }
  return result;
}

/** How many elements a shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
