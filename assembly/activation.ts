// Sigmoid σ(z) = 1 / (1 + e^−z) over arrays. The operations and their order are those of NUMERICS.md ("The sigmoid").
//   f32: evaluated in f64 and rounded once: correctly rounded for every input.
//   f64: e^−|z| as an unevaluated sum of two numbers, one division, one correction: error below 1 ulp, mostly 0.51.
// e^y = 2^k · e^r with k = round(y / ln 2), |r| ≤ ln 2 / 2, and a minimax polynomial for e^r (Sollya, fpminimax). In f32 the
// chain of dependent operations is kept short: a tiny network waits for it, where a large one hides it.
// Constants live in memory because V8 rebuilds splatted constants inside loops; a load is cheaper.

import { sigmoidSlope } from "./simd";

const MAGIC = 6755399441055744.0; // 1.5 · 2^52: adding it rounds to an integer and leaves it in the low bits

const TABLE = memory.data<f64>([
  1.4426950408889634, 0.6931471805598903, 5.497923018708371e-14, // 1 / ln 2; ln 2 in two parts, the first of 42 bits
  MAGIC, MAGIC + 1023.0, 1.0, 0.5, -746.0,
  134217729.0, 100663296.0, // 2^27 + 1 splits a product; 1.5 · 2^26 rounds to a multiple of 2^−26
  4.440892098500626e-16, -0.0, // 2^−51; the sign bit
  // f32: e^−s = 1 − s + s² · (Q0 + Q1 s + … + Q9 s⁹), relative error 2^−55.6
  0.5000000000000001, -0.16666666666666674, 0.04166666666662317, -0.008333333333322581, 0.001388888891749395,
  -0.00019841269885647003, 2.4801520992090248e-05, -2.755724327546798e-06, 2.7620198193987875e-07,
  -2.510972814456335e-08,
  // f64: e^r = 1 + r + r²/2 + r³ · (R0 + R1 r + … + R9 r⁹), relative error 2^−61.1
  0.16666666666666669, 0.04166666666666667, 0.008333333333328882, 0.001388888888888176, 0.00019841269866585208,
  2.480158733186822e-05, 2.7557264545178867e-06, 2.755726640575242e-07, 2.5101832008917217e-08, 2.091741673422889e-09,
], 16);

// Indices into TABLE.
const LOG2E = 0, LN2_HIGH = 1, LN2_LOW = 2, ROUND = 3, ROUND_BIASED = 4, ONE = 5, HALF = 6, MIN_F64 = 7, SPLIT = 8,
  ROUND_26 = 9, NUDGE = 10, SIGN = 11, Q = 12, R = 22;

const CLAMP = memory.data<f32>([120, -120]);

// @ts-ignore: decorator
@inline function constant(index: usize): v128 {
  return v128.load64_splat(TABLE + index * 8);
}

// @ts-ignore: decorator
@inline function mul(a: v128, b: v128): v128 { return f64x2.mul(a, b); }
// @ts-ignore: decorator
@inline function add(a: v128, b: v128): v128 { return f64x2.add(a, b); }
// @ts-ignore: decorator
@inline function sub(a: v128, b: v128): v128 { return f64x2.sub(a, b); }

/** c₀ + c₁ · r for the two TABLE entries at index. */
// @ts-ignore: decorator
@inline function linear(index: usize, r: v128): v128 {
  return add(constant(index), mul(constant(index + 1), r));
}

/** σ of two f32 values held as f64; rounding the result to f32 gives the correctly rounded σ. */
// @ts-ignore: decorator
@inline function sigmoidOfPromoted(z: v128): v128 {
  // e^−z = 2^k · e^−s. f64 can't see what breaks a tie between two f32 (near 0, σ = 1/2 + z/4 − z³/48): a nudge of 2^−51
  // towards 0 does.
  const shifted = sub(constant(ROUND), mul(z, constant(LOG2E)));
  const k = sub(shifted, constant(ROUND));
  const nudge = v128.or(v128.and(z, constant(SIGN)), constant(NUDGE));
  const s = add(add(z, mul(k, constant(LN2_HIGH))), sub(mul(k, constant(LN2_LOW)), nudge));
  const s2 = mul(s, s), s4 = mul(s2, s2);
  const power = i64x2.add(i64x2.shl(shifted, 52), constant(ONE)); // 2^k
  const power2 = mul(power, s2), power6 = mul(power2, s4), power10 = mul(power6, s4);
  const denominator = add(
    add(
      sub(add(constant(ONE), power), mul(power, s)),
      mul(power2, add(linear(Q, s), mul(linear(Q + 2, s), s2)))),
    add(
      mul(power6, add(linear(Q + 4, s), mul(linear(Q + 6, s), s2))),
      mul(power10, linear(Q + 8, s))));
  return f64x2.div(constant(ONE), denominator);
}

// @ts-ignore: decorator
@inline function clampF32x4(z: v128): v128 {
  // beyond ±120 σ rounds to 0 or 1; NaN passes
  return f32x4.pmax(f32x4.pmin(z, v128.load32_splat(CLAMP)), v128.load32_splat(CLAMP, 4));
}

/** σ of four f32. */
// @ts-ignore: decorator
@inline export function sigmoidF32x4(z: v128): v128 {
  const clamped = clampF32x4(z);
  const low = sigmoidOfPromoted(f64x2.promote_low_f32x4(clamped));
  const high = sigmoidOfPromoted(f64x2.promote_low_f32x4(i64x2.shuffle(clamped, clamped, 1, 0)));
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** σ of two f64: a function, for three copies of it would take more bytes than a call takes time. */
function sigmoidF64x2(z: v128): v128 {
  const one = constant(ONE);
  // t = e^−|z| = 2^k · (m + mLow); y = −|z| = k · ln 2 + (r + rLow)
  const y = f64x2.pmax(f64x2.neg(f64x2.abs(z)), constant(MIN_F64));
  const k = sub(add(mul(y, constant(LOG2E)), constant(ROUND)), constant(ROUND));
  const reduced = sub(y, mul(k, constant(LN2_HIGH)));
  const kLow = mul(k, constant(LN2_LOW));
  const r = sub(reduced, kLow);
  const rLow = sub(sub(reduced, r), kLow);
  const rTop = sub(add(r, constant(ROUND_26)), constant(ROUND_26)); // its square is exact
  const square = mul(mul(rTop, rTop), constant(HALF));
  const r2 = mul(r, r), r4 = mul(r2, r2);
  const cubic = add(
    add(add(linear(R, r), mul(linear(R + 2, r), r2)), mul(add(linear(R + 4, r), mul(linear(R + 6, r), r2)), r4)),
    mul(linear(R + 8, r), mul(r4, r4)),
  );
  const tail = add(
    mul(mul(r, r2), cubic),
    add(mul(mul(sub(r, rTop), add(r, rTop)), constant(HALF)), add(rLow, mul(rLow, r))),
  );
  const sum1 = add(one, r), sum2 = add(sum1, square);
  const low = add(add(sub(r, sub(sum1, one)), sub(square, sub(sum2, sum1))), tail);
  const m = add(sum2, low), mLow = sub(low, sub(m, sum2));
  // 2^k as two factors, so that a subnormal result is rounded once
  const kHalf = sub(add(mul(k, constant(HALF)), constant(ROUND)), constant(ROUND));
  const scale1 = i64x2.shl(add(kHalf, constant(ROUND_BIASED)), 52);
  const scale2 = i64x2.shl(add(sub(k, kHalf), constant(ROUND_BIASED)), 52);
  const t = mul(mul(m, scale1), scale2), tLow = mul(mul(mLow, scale1), scale2);
  // σ = n / (1 + t) with n = 1 for z ≥ 0 and n = t below; 2^k is multiplied in last
  const s = add(one, t), sLow = add(sub(t, sub(s, one)), tLow);
  const positive = f64x2.ge(z, f64x2.splat(0.0));
  const n = v128.bitselect(one, m, positive), nLow = v128.andnot(mLow, positive);
  const inverse = f64x2.div(one, s);
  const q = mul(n, inverse);
  // what n − q · s leaves, with the product taken exactly (Dekker), corrects q
  const qBig = mul(q, constant(SPLIT)), qTop = sub(qBig, sub(qBig, q)), qRest = sub(q, qTop);
  const sBig = mul(s, constant(SPLIT)), sTop = sub(sBig, sub(sBig, s)), sRest = sub(s, sTop);
  const product = mul(q, s);
  const productLow = add(
    add(add(sub(mul(qTop, sTop), product), mul(qTop, sRest)), mul(qRest, sTop)), mul(qRest, sRest));
  const rest = sub(add(sub(sub(n, product), productLow), nLow), mul(q, sLow));
  const sigma = add(q, mul(rest, inverse));
  return mul(
    mul(sigma, v128.bitselect(one, scale1, positive)), v128.bitselect(one, scale2, positive));
}

/** σ of one register of T. */
// @ts-ignore: decorator
@inline export function sigmoidVector<T>(z: v128): v128 {
  if (sizeof<T>() == 4) return sigmoidF32x4(z);
  return sigmoidF64x2(z);
}

/** σ of the first element of a register, in its first element. */
// @ts-ignore: decorator
@inline export function sigmoidFirst<T>(z: v128): v128 {
  if (sizeof<T>() == 4) {
    return f32x4.demote_f64x2_zero(sigmoidOfPromoted(f64x2.promote_low_f32x4(clampF32x4(z))));
  }
  return sigmoidF64x2(z);
}

/** a[i] = σ(z[i]); whole registers, so both arrays reach to a multiple of 16 bytes. aPtr may be zPtr. */
export function sigmoid<T>(aPtr: usize, zPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(aPtr + offset, sigmoidVector<T>(v128.load(zPtr + offset)));
  }
}

/** d[i] = a[i] · (1 − a[i]); padded like `sigmoid`. */
export function sigmoidDerivative<T>(dPtr: usize, aPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(dPtr + offset, sigmoidSlope<T>(v128.load(aPtr + offset)));
  }
}
