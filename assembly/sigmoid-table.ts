// The f32 sigmoid by table, in half the time that elementary.ts takes.
//
// σ(c + r) ≈ (s0 + s1 r) + r² · (s2 + s3 r), |r| ≤ 1/128, from a table of Taylor coefficients at the multiples c of
// 1/64 between −32 and 32, the fourth power economized (Lanczos 1938). s0 and s1 are f64, what is small beside them
// f32: relative error < 2^−35. Rounding that to f32 is rounding σ(z) unless a midpoint between two f32 is that close;
// there, one time in a thousand, and outside the table, elementary.ts decides. So the result is the correctly rounded
// one, as there, by another way (test/guards tries all z the table has).

import { sigmoidFirst, sigmoidVector } from "./elementary";

const STEPS: f64 = 64;
const ENTRIES: u32 = 4096;
const ENTRY_BYTES: usize = 24;
let prepared = false;

// 1.5 · 2^17: adding it rounds to steps and leaves their number in the low bits
const ROUND = memory.data<f32>([196608], 16);
const LIMIT = memory.data<f32>([31.9], 16);
const NUMBER = memory.data<u32>([ENTRIES - 1], 16);
const MAGNITUDE = memory.data<u32>([0x7fffffff], 16);
// The low 29 bits of an f64 are what rounding to f32 drops; near a midpoint they are within 2^18 of 2^28. Plus 2^18,
// times 8, they are then the least of signed integers, below −2^31 + 2^22.
const MARGIN = memory.data<u32>([1 << 18], 16);
const NEAR = memory.data<u32>([0x80400000], 16);

// Behind the static data, not in it: a second instance on the same memory writes that again, and here it would be
// zeros. @ts-ignore: decorator
@inline function table(): usize {
  return (__heap_base + 63) & ~63;
}

/** Where the table ends. */
export function tableEnd(): usize {
  return table() + <usize>ENTRIES * ENTRY_BYTES;
}

/** Fills the table; called before the first use, by all that use it. */
export function prepareSigmoidTable(): void {
  if (prepared) return;
  prepared = true;
  const h2 = 0.25 / (STEPS * STEPS);
  for (let n: u32 = 0; n < ENTRIES; n++) {
    const c = (<f64>n - (n < ENTRIES / 2 ? 0 : <f64>ENTRIES)) / STEPS; // the upper half are the negative ones
    const both = sigmoidVector<f64>(f64x2.replace_lane(f64x2.splat(c), 1, -c));
    const s = f64x2.extract_lane(both, 0);
    const t = f64x2.extract_lane(both, 1); // t = 1 − s
    const p = s * t;
    const d = t - s;
    const s4 = (p * d * (1.0 - 12.0 * p)) / 24.0;
    const entry = table() + <usize>n * ENTRY_BYTES;
    store<f64>(entry, s - s4 * ((h2 * h2) / 8.0));
    store<f64>(entry, p, 8);
    store<f32>(entry, <f32>((p * d) / 2.0 + s4 * h2), 16);
    store<f32>(entry, <f32>((p * (1.0 - 6.0 * p)) / 6.0), 20);
  }
}

// Not inlined, for they are seldom needed.
function decided(z: v128): v128 {
  return sigmoidVector<f32>(z);
}
function decidedFirst(z: v128): v128 {
  return sigmoidFirst<f32>(z);
}

/**
 * a[i] = σ(z[i]), whole registers. Two at a time, all addresses before the first entry is read: then the processor does
 * not wait for one chain after the other. The branch between them, which needs the addresses though none is ever
 * negative, keeps the compiler from mixing them.
 */
export function sigmoidsByTable(aPtr: usize, zPtr: usize, count: usize): void {
  const registers = (count + 3) >> 2;
  const end = zPtr + (registers & ~1) * 16;
  const distance = aPtr - zPtr;
  for (; zPtr < end; zPtr += 32) {
    for (; zPtr < end; zPtr += 32) {
      // a loop of its own, without a call
      const z0 = v128.load(zPtr);
      const z1 = v128.load(zPtr, 16);
      const steps0 = stepsOf(z0);
      const steps1 = stepsOf(z1);
      const offsets0 = offsetsOf(steps0);
      const offsets1 = offsetsOf(steps1);
      const pair0 = i64x2.extract_lane(offsets0, 0);
      const pair1 = i64x2.extract_lane(offsets0, 1);
      const pair2 = i64x2.extract_lane(offsets1, 0);
      const pair3 = i64x2.extract_lane(offsets1, 1);
      const r0 = restOf(z0, steps0);
      const r1 = restOf(z1, steps1);
      if ((pair0 | pair1 | pair2 | pair3) < 0 || i32x4.bitmask(v128.or(beyond(z0), beyond(z1)))) break;
      const q0 = squareTerms(r0, pair0, pair1);
      const q1 = squareTerms(r1, pair2, pair3);
      const low0 = sum(pair0, lowHalf(r0), lowHalf(q0));
      const high0 = sum(pair1, highHalf(r0), highHalf(q0));
      const low1 = sum(pair2, lowHalf(r1), lowHalf(q1));
      const high1 = sum(pair3, highHalf(r1), highHalf(q1));
      if (i32x4.bitmask(v128.or(undecided(lowWords(low0, high0)), undecided(lowWords(low1, high1))))) break;
      v128.store(zPtr + distance, rounded(low0, high0));
      v128.store(zPtr + distance, rounded(low1, high1), 16);
    }
    if (zPtr == end) break;
    v128.store(zPtr + distance, decided(v128.load(zPtr)));
    v128.store(zPtr + distance, decided(v128.load(zPtr, 16)), 16);
  }
  if (registers & 1) v128.store(zPtr + distance, sigmoidByTable<f32>(v128.load(zPtr)));
}

/** σ of one register. */
// @ts-ignore: decorator
@inline export function sigmoidByTable<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return sigmoidVector<T>(z);
  const steps = stepsOf(z);
  const offsets = offsetsOf(steps);
  const r = restOf(z, steps);
  const pair0 = i64x2.extract_lane(offsets, 0);
  const pair1 = i64x2.extract_lane(offsets, 1);
  const q = squareTerms(r, pair0, pair1);
  const low = sum(pair0, lowHalf(r), lowHalf(q));
  const high = sum(pair1, highHalf(r), highHalf(q));
  let a = rounded(low, high);
  if (i32x4.bitmask(v128.or(undecided(lowWords(low, high)), beyond(z)))) a = decided(z);
  return a;
}

/** σ of the first element of a register, in its first element. */
// @ts-ignore: decorator
@inline export function sigmoidFirstByTable<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return sigmoidFirst<T>(z);
  const steps = stepsOf(z);
  const r = restOf(z, steps);
  const entry = table() + <usize>i32x4.extract_lane(offsetsOf(steps), 0);
  const s2 = v128.load32_zero(entry, 16);
  const s3 = v128.load32_zero(entry, 20);
  const r1 = lowHalf(r);
  const q = f32x4.mul(f32x4.mul(r, r), f32x4.add(s2, f32x4.mul(s3, r)));
  const sigma = f64x2.add(f64x2.add(v128.load64_zero(entry), f64x2.mul(v128.load64_zero(entry, 8), r1)), lowHalf(q));
  let a = f32x4.demote_f64x2_zero(sigma);
  if (i32x4.extract_lane(v128.or(undecided(sigma), beyond(z)), 0)) a = decidedFirst(z);
  return a;
}

/** The nearest steps, as integers in the low bits. */
// @ts-ignore: decorator
@inline function stepsOf(z: v128): v128 {
  return f32x4.add(z, v128.load32_splat(ROUND));
}

/** Where in the table their entries are. */
// @ts-ignore: decorator
@inline function offsetsOf(steps: v128): v128 {
  const n = v128.and(steps, v128.load32_splat(NUMBER));
  return i32x4.add(i32x4.shl(n, 3), i32x4.shl(n, 4));
}

/** z − c, exact. */
// @ts-ignore: decorator
@inline function restOf(z: v128, steps: v128): v128 {
  return f32x4.sub(z, f32x4.sub(steps, v128.load32_splat(ROUND)));
}

// Entries come as their offsets, two to a number.
// @ts-ignore: decorator
@inline function first(pair: i64): usize {
  return table() + <usize>pair;
}
// @ts-ignore: decorator
@inline function second(pair: i64): usize {
  return table() + <usize>(pair >>> 32);
}

/** r² · (s2 + s3 r) of four entries, in f32. */
// @ts-ignore: decorator
@inline function squareTerms(r: v128, pair0: i64, pair1: i64): v128 {
  const low = v128.load64_lane(second(pair0), v128.load64_zero(first(pair0), 16), 1, 16);
  const high = v128.load64_lane(second(pair1), v128.load64_zero(first(pair1), 16), 1, 16);
  const s2 = i32x4.shuffle(low, high, 0, 2, 4, 6);
  const s3 = i32x4.shuffle(low, high, 1, 3, 5, 7);
  return f32x4.mul(f32x4.mul(r, r), f32x4.add(s2, f32x4.mul(s3, r)));
}

/** (s0 + s1 r) + q of two entries, in f64. */
// @ts-ignore: decorator
@inline function sum(pair: i64, r: v128, q: v128): v128 {
  const entry0 = v128.load(first(pair));
  const entry1 = v128.load(second(pair));
  const s0 = i64x2.shuffle(entry0, entry1, 0, 2);
  const s1 = i64x2.shuffle(entry0, entry1, 1, 3);
  return f64x2.add(f64x2.add(s0, f64x2.mul(r, s1)), q);
}

// @ts-ignore: decorator
@inline function rounded(low: v128, high: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}
// @ts-ignore: decorator
@inline function lowWords(low: v128, high: v128): v128 {
  return i32x4.shuffle(low, high, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline function lowHalf(z: v128): v128 {
  return f64x2.promote_low_f32x4(z);
}
// @ts-ignore: decorator
@inline function highHalf(z: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(z, z, 1, 0));
}

/** Where z is beyond the table. */
// @ts-ignore: decorator
@inline function beyond(z: v128): v128 {
  return f32x4.gt(v128.and(z, v128.load32_splat(MAGNITUDE)), v128.load32_splat(LIMIT));
}

/** Where σ is near a midpoint, from the low words of its f64. */
// @ts-ignore: decorator
@inline function undecided(words: v128): v128 {
  return i32x4.lt_s(i32x4.shl(i32x4.add(words, v128.load32_splat(MARGIN)), 3), v128.load32_splat(NEAR));
}
