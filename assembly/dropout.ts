// Dropout: in a training each output of a layer is left out with a probability p, and the others are multiplied by
// 1 / (1 − p). Which ones depends on the seed, the epoch, the batch, the layer, the row in the batch and the unit
// alone.

import { DROPOUT } from "../bindings/catalog/codes";
import { streamKey, threefry } from "./random";

/** The key of a batch's words. */
// @ts-ignore: decorator
@inline export function dropoutKey(seedLow: u32, seedHigh: u32, batch: u32, epoch: u32): u64 {
  return threefry(seedLow, streamKey(seedHigh, DROPOUT), batch, epoch);
}

// @ts-ignore: decorator
@inline function rotate(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

// @ts-ignore: decorator
@inline function mix(a: v128, b: v128, bits: i32): v128 {
  return v128.xor(rotate(b, bits), a);
}

/**
 * Factors of a row's outputs, 0 or 1 / (1 − p), for `bytes` from `offset` on, a whole panel's start; and outputs times
 * factors. counter0 is the row's first block, one for two units.
 */
export function dropRow<T>(
  key: u64,
  layer: u32,
  p: f64,
  row: usize,
  units: usize,
  offset: usize,
  bytes: usize,
  outPtr: usize,
  factorPtr: usize,
  aPtr: usize,
): void {
  const key0 = <u32>key;
  const key1 = <u32>(key >> 32);
  const key2 = 0x1bd11bda ^ key0 ^ key1;
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.splat(key1);
  const k2 = i32x4.splat(key2);
  const limit = i32x4.splat(<u32>(p * 4294967296.0));
  const factor = v128.splat<T>(<T>(1.0 / (1.0 - p)));
  const first = row * ((units + 1) >> 1) + offset / (2 * sizeof<T>());
  let counter = i32x4.add(i32x4.splat(<u32>first), i32x4(0, 1, 2, 3));
  const start = i32x4.add(i32x4.splat(layer), k1);
  for (const end = offset + bytes; offset < end; offset += 8 * sizeof<T>()) {
    let a = i32x4.add(counter, k0);
    let b = start;
    a = i32x4.add(a, b);
    b = mix(a, b, 13);
    a = i32x4.add(a, b);
    b = mix(a, b, 15);
    a = i32x4.add(a, b);
    b = mix(a, b, 26);
    a = i32x4.add(a, b);
    b = mix(a, b, 6);
    a = i32x4.add(a, k1);
    b = i32x4.add(b, i32x4.add(k2, i32x4.splat(1)));
    a = i32x4.add(a, b);
    b = mix(a, b, 17);
    a = i32x4.add(a, b);
    b = mix(a, b, 29);
    a = i32x4.add(a, b);
    b = mix(a, b, 16);
    a = i32x4.add(a, b);
    b = mix(a, b, 24);
    a = i32x4.add(a, k2);
    b = i32x4.add(b, i32x4.add(k0, i32x4.splat(2)));
    a = i32x4.add(a, b);
    b = mix(a, b, 13);
    a = i32x4.add(a, b);
    b = mix(a, b, 15);
    a = i32x4.add(a, b);
    b = mix(a, b, 26);
    a = i32x4.add(a, b);
    b = mix(a, b, 6);
    a = i32x4.add(a, k0);
    b = i32x4.add(b, i32x4.add(k1, i32x4.splat(3)));
    a = i32x4.add(a, b);
    b = mix(a, b, 17);
    a = i32x4.add(a, b);
    b = mix(a, b, 29);
    a = i32x4.add(a, b);
    b = mix(a, b, 16);
    a = i32x4.add(a, b);
    b = mix(a, b, 24);
    a = i32x4.add(a, k1);
    b = i32x4.add(b, i32x4.add(k2, i32x4.splat(4)));
    a = i32x4.add(a, b);
    b = mix(a, b, 13);
    a = i32x4.add(a, b);
    b = mix(a, b, 15);
    a = i32x4.add(a, b);
    b = mix(a, b, 26);
    a = i32x4.add(a, b);
    b = mix(a, b, 6);
    a = i32x4.add(a, k2);
    b = i32x4.add(b, i32x4.add(k0, i32x4.splat(5)));
    counter = i32x4.add(counter, i32x4.splat(4));
    const low = i32x4.ge_u(i32x4.shuffle(a, b, 0, 4, 1, 5), limit);
    const high = i32x4.ge_u(i32x4.shuffle(a, b, 2, 6, 3, 7), limit);
    if (sizeof<T>() == 4) {
      drop<T>(outPtr, factorPtr, aPtr, offset, end, v128.and(low, factor));
      drop<T>(outPtr, factorPtr, aPtr, offset + 16, end, v128.and(high, factor));
    } else {
      drop<T>(outPtr, factorPtr, aPtr, offset, end, v128.and(i64x2.extend_low_i32x4_s(low), factor));
      drop<T>(outPtr, factorPtr, aPtr, offset + 16, end, v128.and(i64x2.extend_high_i32x4_s(low), factor));
      drop<T>(outPtr, factorPtr, aPtr, offset + 32, end, v128.and(i64x2.extend_low_i32x4_s(high), factor));
      drop<T>(outPtr, factorPtr, aPtr, offset + 48, end, v128.and(i64x2.extend_high_i32x4_s(high), factor));
    }
  }
}

// @ts-ignore: decorator
@inline function drop<T>(outPtr: usize, factorPtr: usize, aPtr: usize, offset: usize, end: usize, factors: v128): void {
  if (offset >= end) return; // what follows is another member's
  v128.store(factorPtr + offset, factors);
  v128.store(outPtr + offset, v128.mul<T>(v128.load(aPtr + offset), factors));
}

/** Of a layer of one unit, whose rows are contiguous: the first word of each row's block. */
export function dropColumn<T>(
  key: u64,
  layer: u32,
  p: f64,
  row: usize,
  rows: usize,
  outPtr: usize,
  factorPtr: usize,
  aPtr: usize,
): void {
  const limit = <u32>(p * 4294967296.0);
  const factor = <T>(1.0 / (1.0 - p));
  for (let s = row; s < row + rows; s++) {
    const kept = <u32>threefry(<u32>key, <u32>(key >> 32), <u32>s, layer) >= limit ? factor : <T>0;
    const offset = s * sizeof<T>();
    store<T>(factorPtr + offset, kept);
    store<T>(outPtr + offset, load<T>(aPtr + offset) * kept);
  }
}

/** δ *= factors. */
export function multiplyFactors<T>(deltaPtr: usize, factorPtr: usize, bytes: usize): void {
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(deltaPtr + offset, v128.mul<T>(v128.load(deltaPtr + offset), v128.load(factorPtr + offset)));
  }
}
