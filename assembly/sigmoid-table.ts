// The f32 sigmoid by table, in a quarter of the time that elementary.ts takes.
//
// σ(c + r) ≈ s0 + r · (s1 + r · (s2 + s3 r)), |r| ≤ 1/128, from a table of Taylor coefficients at the multiples c of 1/64
// between −16 and 16, the fourth power economised (Lanczos 1938). s0 and s1 are f64, what is small beside them f32: relative
// error < 2^−35. Rounding that to f32 is rounding σ(z) unless a midpoint between two f32 is that close; there, one time in a
// thousand, and outside the table, elementary.ts decides. So the result is the correctly rounded one, as there, by another way
// (test/guards tries all z the table has).

import { sigmoidFirst, sigmoidVector } from "./elementary";

const STEPS = 64, ENTRIES: i32 = 2048, ENTRY_BYTES: usize = 24;
let prepared = false;

const ROUND = memory.data<f32>([196608], 16); // 1.5 · 2^17: adding it rounds to steps and leaves their number in the low bits
const LIMIT = memory.data<f32>([15.9], 16);
const NUMBER = memory.data<u32>([2047], 16), MAGNITUDE = memory.data<u32>([0x7fffffff], 16);
// The low 29 bits of an f64 are what rounding to f32 drops; near a midpoint they are within 2^18 of 2^28. Plus 2^18, times 8,
// they are then the least of signed integers, below −2^31 + 2^22.
const MARGIN = memory.data<u32>([1 << 18], 16), NEAR = memory.data<u32>([0x80400000], 16);

// Behind the static data, not in it: a second instance on the same memory writes that again, and here it would be zeros.
// @ts-ignore: decorator
@inline function table(): usize {
  return (__heap_base + 63) & ~63;
}

/** Where the table ends, and the caller's memory begins. */
export function tableEnd(): usize {
  return table() + <usize>ENTRIES * ENTRY_BYTES;
}

/** Fills the table; called before the first use, by all that use it. */
export function prepareSigmoidTable(): void {
  if (prepared) return;
  prepared = true;
  const h2 = 0.25 / (STEPS * STEPS);
  for (let n = 0; n < ENTRIES; n++) {
    const c = f64x2.splat(<f64>(n < ENTRIES / 2 ? n : n - ENTRIES) / STEPS);
    const s = f64x2.extract_lane(sigmoidVector<f64>(c), 0);
    const t = f64x2.extract_lane(sigmoidVector<f64>(f64x2.neg(c)), 0); // 1 − s
    const p = s * t, d = t - s;
    const s4 = p * d * (1.0 - 12.0 * p) / 24.0;
    const entry = table() + <usize>n * ENTRY_BYTES;
    store<f64>(entry, s - s4 * (h2 * h2 / 8.0));
    store<f64>(entry, p, 8);
    store<f32>(entry, <f32>(p * d / 2.0 + s4 * h2), 16);
    store<f32>(entry, <f32>(p * (1.0 - 6.0 * p) / 6.0), 20);
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
 * a[i] = σ(z[i]), whole registers. Two at a time, all addresses before the first entry is read: then the processor does not
 * wait for one chain after the other. The branch between them, which needs the addresses though none is ever negative, keeps
 * the compiler from mixing them.
 */
export function sigmoidsByTable(aPtr: usize, zPtr: usize, count: usize): void {
  const registers = (count + 3) >> 2, end = zPtr + (registers & ~1) * 16, distance = aPtr - zPtr;
  for (; zPtr < end; zPtr += 32) {
    for (; zPtr < end; zPtr += 32) { // a loop of its own, without a call
      const z0 = v128.load(zPtr), z1 = v128.load(zPtr, 16);
      const steps0 = stepsOf(z0), steps1 = stepsOf(z1), offsets0 = offsetsOf(steps0), offsets1 = offsetsOf(steps1);
      const pair0 = i64x2.extract_lane(offsets0, 0), pair1 = i64x2.extract_lane(offsets0, 1);
      const pair2 = i64x2.extract_lane(offsets1, 0), pair3 = i64x2.extract_lane(offsets1, 1);
      const r0 = restOf(z0, steps0), r1 = restOf(z1, steps1);
      if ((pair0 | pair1 | pair2 | pair3) < 0 || i32x4.bitmask(v128.or(beyond(z0), beyond(z1)))) break;
      const a0 = tabulated(r0, pair0, pair1), a1 = tabulated(r1, pair2, pair3);
      if (i32x4.bitmask(v128.or(a0, a1))) break;
      v128.store(zPtr + distance, a0);
      v128.store(zPtr + distance, a1, 16);
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
  const steps = stepsOf(z), offsets = offsetsOf(steps);
  const a = v128.or(
    tabulated(restOf(z, steps), i64x2.extract_lane(offsets, 0), i64x2.extract_lane(offsets, 1)), beyond(z));
  return i32x4.bitmask(a) ? decided(z) : a;
}

/** σ of the first element of a register, in its first element. */
// @ts-ignore: decorator
@inline export function sigmoidFirstByTable<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return sigmoidFirst<T>(z);
  const steps = stepsOf(z), r = restOf(z, steps), entry = table() + <usize>i32x4.extract_lane(offsetsOf(steps), 0);
  const rest = f32x4.mul(r, f32x4.add(v128.load32_zero(entry, 16), f32x4.mul(v128.load32_zero(entry, 20), r)));
  const s1 = f64x2.add(v128.load64_zero(entry, 8), lowHalf(rest));
  const sigma = f64x2.add(v128.load64_zero(entry), f64x2.mul(s1, lowHalf(r)));
  const a = v128.or(f32x4.demote_f64x2_zero(sigma), v128.or(undecided(sigma), beyond(z)));
  return i32x4.extract_lane(a, 0) < 0 ? decidedFirst(z) : a;
}

/** σ from four entries, two a number; lanes that the table does not decide are negative. */
// @ts-ignore: decorator
@inline function tabulated(r: v128, offsets01: i64, offsets23: i64): v128 {
  const entry0 = table() + <usize>offsets01, entry1 = table() + <usize>(offsets01 >>> 32);
  const entry2 = table() + <usize>offsets23, entry3 = table() + <usize>(offsets23 >>> 32);
  const s23Low = v128.load64_lane(entry1, v128.load64_zero(entry0, 16), 1, 16);
  const s23High = v128.load64_lane(entry3, v128.load64_zero(entry2, 16), 1, 16);
  const s2 = i32x4.shuffle(s23Low, s23High, 0, 2, 4, 6), s3 = i32x4.shuffle(s23Low, s23High, 1, 3, 5, 7);
  const rest = f32x4.mul(r, f32x4.add(s2, f32x4.mul(s3, r)));
  const low = sum(v128.load(entry0), v128.load(entry1), lowHalf(r), lowHalf(rest));
  const high = sum(v128.load(entry2), v128.load(entry3), highHalf(r), highHalf(rest));
  const a = i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  return v128.or(a, undecided(i32x4.shuffle(low, high, 0, 2, 4, 6)));
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

/** s0 + r · (s1 + rest) of two entries. */
// @ts-ignore: decorator
@inline function sum(entry0: v128, entry1: v128, r: v128, rest: v128): v128 {
  const s0 = i64x2.shuffle(entry0, entry1, 0, 2), s1 = i64x2.shuffle(entry0, entry1, 1, 3);
  return f64x2.add(s0, f64x2.mul(r, f64x2.add(s1, rest)));
}

// @ts-ignore: decorator
@inline function lowHalf(z: v128): v128 { return f64x2.promote_low_f32x4(z); }
// @ts-ignore: decorator
@inline function highHalf(z: v128): v128 { return f64x2.promote_low_f32x4(i64x2.shuffle(z, z, 1, 0)); }

/** Where z is beyond the table. */
// @ts-ignore: decorator
@inline function beyond(z: v128): v128 {
  return f32x4.gt(v128.and(z, v128.load32_splat(MAGNITUDE)), v128.load32_splat(LIMIT));
}

/** Where σ is near a midpoint, from the low words of its f64. */
// @ts-ignore: decorator
@inline function undecided(lowWords: v128): v128 {
  return i32x4.lt_s(i32x4.shl(i32x4.add(lowWords, v128.load32_splat(MARGIN)), 3), v128.load32_splat(NEAR));
}
