// The inputs of golden cases, which come from integer arithmetic alone.

import type { FloatArray } from "../arrays.ts";
import type { DType } from "../numbers.ts";

/** Marsaglia's xorshift32, started from FNV-1a of a name so that a new case moves no other. */
export function xorshift(name: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of asciiBytes(name)) state = Math.imul(state ^ byte, 0x01000193);
  state ||= 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** A number in [0, 1) with all the bits that the dtype has there; every step is exact. */
export function uniform(dtype: DType, next: () => number): number {
  return dtype === "f32" ? (next() >>> 8) / 2 ** 24 : ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

export function typed(dtype: DType, values: readonly number[]): FloatArray {
  return dtype === "f32" ? Float32Array.from(values) : Float64Array.from(values);
}

export function array(dtype: DType, length: number, value: () => number): FloatArray {
  return typed(dtype, Array.from({ length }, value));
}

/** Zero, the smallest and largest subnormals, the smallest normal, neighbors of 1, where σ saturates, the largest. */
export const SPECIAL: Record<DType, readonly number[]> = {
  f32: [
    0, 1.401298464324817e-45, 1.1754942106924411e-38, 1.1754943508222875e-38, 1e-20, 0.5, 0.9999999403953552, 1,
    1.0000001192092896, 2, 16.635532379150391, 88.72283935546875, 103.972076, 1e20, 3.4028234663852886e38,
  ],
  f64: [
    0, 5e-324, 2.225073858507201e-308, 2.2250738585072014e-308, 1e-160, 0.5, 0.9999999999999999, 1, 1.0000000000000002,
    2, 36.7368005696771, 709.782712893384, 745.1332191019411, 1e160, 1.7976931348623157e308,
  ],
};

const NOT_FINITE = [Number.POSITIVE_INFINITY, Number.NaN];

const SCALES = [1 / 64, 1 / 4, 1, 8, 32];

/** Makers of values: of several magnitudes; the same with one in four special and one in 32 not finite; any bits. */
export const VALUES: Record<string, (dtype: DType, next: () => number) => () => number> = {
  ordinary,
  special: (dtype, next) => {
    const usual = ordinary(dtype, next);
    return () => {
      const kind = next() % 32;
      const sign = (next() & 1) * 2 - 1;
      return kind > 8 ? usual() : sign * pick(kind === 0 ? NOT_FINITE : SPECIAL[dtype], next);
    };
  },
  any: (dtype, next) => {
    const view = new DataView(new ArrayBuffer(8));
    return () => {
      view.setUint32(0, next());
      view.setUint32(4, next());
      return dtype === "f32" ? view.getFloat32(0) : view.getFloat64(0);
    };
  },
};

export function ordinary(dtype: DType, next: () => number): () => number {
  return () => (2 * uniform(dtype, next) - 1) * pick(SCALES, next);
}

function pick(values: readonly number[], next: () => number): number {
  return values[next() % values.length]!;
}

/** Bare engine shells have no TextEncoder. */
export function asciiBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Unsigned 32-bit words, little-endian. */
export function wordsBytes(words: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(i * 4, words[i]!, true);
  return bytes;
}
