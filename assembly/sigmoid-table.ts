// The f32 sigmoid with the shortest latency: for steps that wait for each other and have no other work to do meanwhile.
//
// σ(c + r) ≈ s0 + s1 r + … + s5 r⁵ in f64, |r| ≤ 1/32, from a table of Taylor coefficients at the multiples c of 1/16 between
// −32 and 32, the sixth power economised (Lanczos 1938): relative error < 2^−43. Rounding that to f32 is rounding σ(z) unless
// a midpoint between two f32 is that close; there, and outside the table, elementary.ts decides. So the result is the
// correctly rounded one, as there, by another way (test/exhaustive tries all 2^32).

import { sigmoidFirst, sigmoidVector } from "./elementary";

const STEPS = 16, ENTRIES = 1024, ENTRY_BYTES = 48;
let prepared = false;

const ROUND = memory.data<f32>([786432], 16); // 1.5 · 2^19: adding it rounds to sixteenths and leaves their number in the low bits
const LIMIT = memory.data<f32>([31.9], 16);
// The low 29 bits of an f64 are what rounding to f32 drops; less HALF − 2^12, times 8, they are under 2^16 near a midpoint.
const NEAR_HALF = memory.data<u32>([(1 << 28) - (1 << 12)], 16), NEAR = memory.data<u32>([1 << 16], 16);

// Behind the static data, not in it: a second instance on the same memory writes that again, and here it would be zeros.
// @ts-ignore: decorator
@inline function table(): usize {
  return (__heap_base + 63) & ~63;
}

/** Where the table ends, and the caller's memory begins. */
export function tableEnd(): usize {
  return table() + ENTRIES * ENTRY_BYTES;
}

/** Fills the table; called before the first use, by all that use it. */
export function prepareSigmoidTable(): void {
  if (prepared) return;
  prepared = true;
  const h = 0.5 / STEPS, h2 = h * h, h4 = h2 * h2;
  for (let n = 0; n < ENTRIES; n++) {
    const c = f64x2.splat(<f64>(n < ENTRIES / 2 ? n : n - ENTRIES) / STEPS);
    const s = f64x2.extract_lane(sigmoidVector<f64>(c), 0);
    const t = f64x2.extract_lane(sigmoidVector<f64>(f64x2.neg(c)), 0); // 1 − s
    const p = s * t, d = t - s;
    const s6 = p * d * (1.0 - 60.0 * p + 360.0 * p * p) / 720.0;
    const entry = table() + <usize>n * ENTRY_BYTES;
    store<f64>(entry, s + s6 * (h2 * h4 / 32.0));
    store<f64>(entry, p, 8);
    store<f64>(entry, p * d / 2.0 - s6 * (h4 * 9.0 / 16.0), 16);
    store<f64>(entry, p * (1.0 - 6.0 * p) / 6.0, 24);
    store<f64>(entry, p * d * (1.0 - 12.0 * p) / 24.0 + s6 * (h2 * 1.5), 32);
    store<f64>(entry, p * (1.0 - 30.0 * p + 120.0 * p * p) / 120.0, 40);
  }
}

/** The f32 σ of elementary.ts; not inlined, for it is seldom asked. */
function decided(z: v128): v128 {
  return sigmoidVector<f32>(z);
}

/** σ of one register. */
// @ts-ignore: decorator
@inline export function sigmoidSoon<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return sigmoidVector<T>(z);
  const round = v128.load32_splat(ROUND), biased = f32x4.add(z, round);
  const entry0 = entryOf(i32x4.extract_lane(biased, 0)), entry1 = entryOf(i32x4.extract_lane(biased, 1));
  const entry2 = entryOf(i32x4.extract_lane(biased, 2)), entry3 = entryOf(i32x4.extract_lane(biased, 3));
  const r = f32x4.sub(z, f32x4.sub(biased, round)); // exact
  const low = polynomial(entry0, entry1, f64x2.promote_low_f32x4(r));
  const high = polynomial(entry2, entry3, f64x2.promote_low_f32x4(i64x2.shuffle(r, r, 1, 0)));
  let a = i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  if (!i32x4.all_true(sure(z, i32x4.shuffle(low, high, 0, 2, 4, 6)))) a = sigmoidVector<T>(z);
  return a;
}

/** σ of the first element of a register, in its first element. */
// @ts-ignore: decorator
@inline export function sigmoidFirstSoon<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return sigmoidFirst<T>(z);
  const round = v128.load32_splat(ROUND), biased = f32x4.add(z, round);
  const entry = entryOf(i32x4.extract_lane(biased, 0));
  const r = f64x2.promote_low_f32x4(f32x4.sub(z, f32x4.sub(biased, round))), r2 = f64x2.mul(r, r);
  const s01 = f64x2.add(v128.load64_zero(entry), f64x2.mul(v128.load64_zero(entry, 8), r));
  const s23 = f64x2.add(v128.load64_zero(entry, 16), f64x2.mul(v128.load64_zero(entry, 24), r));
  const s45 = f64x2.add(v128.load64_zero(entry, 32), f64x2.mul(v128.load64_zero(entry, 40), r));
  const sigma = f64x2.add(s01, f64x2.mul(r2, f64x2.add(s23, f64x2.mul(r2, s45))));
  let a = f32x4.demote_f64x2_zero(sigma);
  if (!(i32x4.extract_lane(sure(z, sigma), 0))) a = decided(z);
  return a;
}

// @ts-ignore: decorator
@inline function entryOf(biased: i32): usize {
  return table() + <usize>(biased & (ENTRIES - 1)) * ENTRY_BYTES;
}

// @ts-ignore: decorator
@inline function polynomial(entry0: usize, entry1: usize, r: v128): v128 {
  const r2 = f64x2.mul(r, r);
  const s45 = f64x2.add(
    v128.load64_lane(entry1, v128.load64_zero(entry0, 32), 1, 32),
    f64x2.mul(v128.load64_lane(entry1, v128.load64_zero(entry0, 40), 1, 40), r));
  const s23 = f64x2.add(
    v128.load64_lane(entry1, v128.load64_zero(entry0, 16), 1, 16),
    f64x2.mul(v128.load64_lane(entry1, v128.load64_zero(entry0, 24), 1, 24), r));
  const s01 = f64x2.add(
    v128.load64_lane(entry1, v128.load64_zero(entry0), 1),
    f64x2.mul(v128.load64_lane(entry1, v128.load64_zero(entry0, 8), 1, 8), r));
  return f64x2.add(s01, f64x2.mul(r2, f64x2.add(s23, f64x2.mul(r2, s45))));
}

/** Where z is within the table, and the low words of its σ in f64 are not near a midpoint. */
// @ts-ignore: decorator
@inline function sure(z: v128, lowWords: v128): v128 {
  const distance = i32x4.shl(i32x4.sub(lowWords, v128.load32_splat(NEAR_HALF)), 3);
  return v128.and(
    f32x4.lt(f32x4.abs(z), v128.load32_splat(LIMIT)), i32x4.gt_u(distance, v128.load32_splat(NEAR)));
}
