// Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a counter-based
// generator. Every number is a pure function of (seed, stream, position), so nothing has to be saved to resume, and
// adding a stream never moves another.
//   key     = (seed mod 2^32, floor(seed / 2^32) + stream · 2^24)       seed < 2^53
//   counter = (block, index): the index is the layer (initialization) or the epoch (shuffle); dropout.ts has its own

import { INITIALIZATION, SHUFFLE } from "../bindings/catalog/codes";
import { logVector } from "./elementary";
import { scratchRecord } from "./scratch";

/** One block of two 32-bit words: the first in the low half of the result. */
export function threefry(key0: u32, key1: u32, counter0: u32, counter1: u32): u64 {
  const key2 = 0x1bd11bda ^ key0 ^ key1;
  let a = counter0 + key0;
  let b = counter1 + key1;
  a += b;
  b = rotl(b, 13) ^ a;
  a += b;
  b = rotl(b, 15) ^ a;
  a += b;
  b = rotl(b, 26) ^ a;
  a += b;
  b = rotl(b, 6) ^ a;
  a += key1;
  b += key2 + 1;
  a += b;
  b = rotl(b, 17) ^ a;
  a += b;
  b = rotl(b, 29) ^ a;
  a += b;
  b = rotl(b, 16) ^ a;
  a += b;
  b = rotl(b, 24) ^ a;
  a += key2;
  b += key0 + 2;
  a += b;
  b = rotl(b, 13) ^ a;
  a += b;
  b = rotl(b, 15) ^ a;
  a += b;
  b = rotl(b, 26) ^ a;
  a += b;
  b = rotl(b, 6) ^ a;
  a += key0;
  b += key1 + 3;
  a += b;
  b = rotl(b, 17) ^ a;
  a += b;
  b = rotl(b, 29) ^ a;
  a += b;
  b = rotl(b, 16) ^ a;
  a += b;
  b = rotl(b, 24) ^ a;
  a += key1;
  b += key2 + 4;
  a += b;
  b = rotl(b, 13) ^ a;
  a += b;
  b = rotl(b, 15) ^ a;
  a += b;
  b = rotl(b, 26) ^ a;
  a += b;
  b = rotl(b, 6) ^ a;
  a += key2;
  b += key0 + 5;
  return (<u64>a) | ((<u64>b) << 32);
}

/** The second key word: the seed's high 21 bits and the stream's number. */
// @ts-ignore: decorator
@inline export function streamKey(seedHigh: u32, stream: u32): u32 {
  return seedHigh | (stream << 24);
}

/** The block's words a, b as a uniform f64 in [0, 1): (⌊a / 2^5⌋ · 2^26 + ⌊b / 2^6⌋) · 2^−53. */
// @ts-ignore: decorator
@inline export function uniform(block: u64): f64 {
  const a = <u32>block;
  const b = <u32>(block >> 32);
  return (<f64>(a >>> 5) * 67108864.0 + <f64>(b >>> 6)) * 1.1102230246251565e-16;
}

/**
 * Standard normal deviates, in f64, of a layer's weights from number `first` on. Marsaglia's polar method: it takes no
 * sine.
 */
export function normals(outPtr: usize, count: u32, first: u32, layer: u32, seedLow: u32, seedHigh: u32): void {
  const key1 = streamKey(seedHigh, INITIALIZATION);
  for (let n: u32 = 0; n < count; n++) {
    let attempt: u32 = layer;
    let p: f64;
    let s: f64;
    do {
      const block = threefry(seedLow, key1, first + n, attempt);
      p = (2.0 * <f64>(<u32>block) - 4294967295.0) * 2.3283064365386963e-10;
      const q = (2.0 * <f64>(<u32>(block >> 32)) - 4294967295.0) * 2.3283064365386963e-10;
      s = p * p + q * q;
      attempt += 0x10000;
    } while (s >= 1.0);
    const logarithm = f64x2.extract_lane(logVector<f64>(f64x2.splat(s)), 0);
    store<f64>(outPtr + ((<usize>n) << 3), p * sqrt<f64>((-2.0 * logarithm) / s));
  }
}

/** How far the order of an epoch is drawn. */
@unmanaged export class Drawing {
  words: u64; // the last block
  unused: u32; // of its words
  counter: u32; // of the next block
  choices: u32; // for the next place, which is number choices − 1; 0: not begun
}

/** Writes the epoch's visiting order of 0 … count − 1. */
export function shuffle(orderPtr: usize, count: u32, seedLow: u32, seedHigh: u32, epoch: u32): void {
  const drawing = changetype<Drawing>(scratchRecord());
  drawing.choices = 0;
  draw(drawing, orderPtr, count, count, seedLow, seedHigh, epoch);
}

/**
 * Draws up to `most` places of an order: Fisher–Yates from the top, j = next word mod choices, where a word of
 * 2^32 − (2^32 mod choices) or more is passed over, so that every j is equally likely.
 */
export function draw(
  drawing: Drawing,
  orderPtr: usize,
  count: u32,
  most: u32,
  seedLow: u32,
  seedHigh: u32,
  epoch: u32,
): void {
  const key1 = streamKey(seedHigh, SHUFFLE);
  let choices = drawing.choices;
  let counter = drawing.counter;
  let words = drawing.words;
  let unused = drawing.unused;
  if (choices == 0) {
    for (let i: u32 = 0; i < count; i++) store<u32>(orderPtr + ((<usize>i) << 2), i);
    choices = count;
    counter = 0;
    unused = 0;
  }
  for (; choices > 1 && most; choices--, most--) {
    const last = ~((<u32>0 - choices) % choices); // the largest word that counts: 2^32 − 1 − (2^32 mod choices)
    let word: u32;
    do {
      if (unused == 0) {
        words = threefry(seedLow, key1, counter++, epoch);
        unused = 2;
      }
      word = <u32>words;
      words >>= 32;
      unused--;
    } while (word > last);
    const iPtr = orderPtr + ((<usize>(choices - 1)) << 2);
    const jPtr = orderPtr + ((<usize>(word % choices)) << 2);
    const swapped = load<u32>(iPtr);
    store<u32>(iPtr, load<u32>(jPtr));
    store<u32>(jPtr, swapped);
  }
  drawing.choices = choices;
  drawing.counter = counter;
  drawing.words = words;
  drawing.unused = unused;
}
