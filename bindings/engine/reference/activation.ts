// Sigmoid σ(z) = 1 / (1 + e^−z), operation for operation as assembly/NUMERICS.md defines it ("The sigmoid").
// e^y = 2^k · e^r with k = round(y / ln 2); no platform function whose bits ECMA-262 leaves open is used.

import type { FloatArray } from "../engine.ts";

const LOG2E = 1.4426950408889634;
const LN2_HIGH = 0.6931471805598903; // 42 bits: k · LN2_HIGH is exact
const LN2_LOW = 5.497923018708371e-14;
const MAGIC = 6755399441055744; // 1.5 · 2^52: adding and subtracting it rounds to an integer, ties to even
const MAGIC_26 = 100663296; // 1.5 · 2^26: the same to a multiple of 2^−26
const NUDGE = 4.440892098500626e-16; // 2^−51
const SPLIT = 134217729; // 2^27 + 1

const view = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** 2^k for −1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  view.setInt32(0, (k + 1023) << 20);
  view.setInt32(4, 0);
  return view.getFloat64(0);
}

/** The value that rounds to the correctly rounded f32 σ(z) for every f32 z. */
export function sigmoidF32(z: number): number {
  // e^−z = 2^k · e^−s. f64 can't see what breaks a tie between two f32 (near 0, σ = 1/2 + z/4 − z³/48): a nudge of 2^−51
  // towards 0 does.
  const clamped = Math.max(Math.min(z, 120), -120);
  const k = MAGIC - clamped * LOG2E - MAGIC;
  const nudge = clamped < 0 ? -NUDGE : NUDGE;
  const s = clamped + k * LN2_HIGH + (k * LN2_LOW - nudge);
  const s2 = s * s;
  const s4 = s2 * s2;
  const power = powerOfTwo(k);
  const power2 = power * s2;
  const power6 = power2 * s4;
  const power10 = power6 * s4;
  const denominator =
    1 +
    power -
    power * s +
    power2 * (0.5000000000000001 - 0.16666666666666674 * s + (0.04166666666662317 - 0.008333333333322581 * s) * s2) +
    (power6 *
      (0.001388888891749395 - 0.00019841269885647003 * s + (2.4801520992090248e-5 - 2.755724327546798e-6 * s) * s2) +
      power10 * (2.7620198193987875e-7 - 2.510972814456335e-8 * s));
  return 1 / denominator;
}

/** σ(z) in f64, error below 1 ulp. */
export function sigmoidF64(z: number): number {
  // e^−|z| = 2^k · (m + mLow)
  const y = Math.max(-Math.abs(z), -746);
  const k = y * LOG2E + MAGIC - MAGIC;
  const reduced = y - k * LN2_HIGH;
  const kLow = k * LN2_LOW;
  const r = reduced - kLow;
  const rLow = reduced - r - kLow;
  const rTop = r + MAGIC_26 - MAGIC_26; // its square is exact
  const square = rTop * rTop * 0.5;
  const r2 = r * r;
  const r4 = r2 * r2;
  const cubic =
    0.16666666666666669 +
    0.04166666666666667 * r +
    (0.008333333333328882 + 0.001388888888888176 * r) * r2 +
    (0.00019841269866585208 + 2.480158733186822e-5 * r + (2.7557264545178867e-6 + 2.755726640575242e-7 * r) * r2) * r4 +
    (2.5101832008917217e-8 + 2.091741673422889e-9 * r) * (r4 * r4);
  const tail = r * r2 * cubic + ((r - rTop) * (r + rTop) * 0.5 + (rLow + rLow * r));
  const sum1 = 1 + r;
  const sum2 = sum1 + square;
  const low = r - (sum1 - 1) + (square - (sum2 - sum1)) + tail;
  const m = sum2 + low;
  const mLow = low - (m - sum2);
  const kHalf = k * 0.5 + MAGIC - MAGIC;
  const scale1 = powerOfTwo(kHalf);
  const scale2 = powerOfTwo(k - kHalf);
  const t = m * scale1 * scale2;
  const tLow = mLow * scale1 * scale2;
  // σ = n / (1 + t): n = 1 above 0, and t below, where 2^k is multiplied in last
  const s = 1 + t;
  const sLow = t - (s - 1) + tLow;
  const n = z >= 0 ? 1 : m;
  const nLow = z >= 0 ? 0 : mLow;
  const inverse = 1 / s;
  const q = n * inverse;
  // n − q · s with the product taken exactly (Dekker) corrects q
  const qTop = q * SPLIT - (q * SPLIT - q);
  const qRest = q - qTop;
  const sTop = s * SPLIT - (s * SPLIT - s);
  const sRest = s - sTop;
  const product = q * s;
  const productLow = qTop * sTop - product + qTop * sRest + qRest * sTop + qRest * sRest;
  const rest = n - product - productLow + nLow - q * sLow;
  const sigma = q + rest * inverse;
  return z >= 0 ? sigma : sigma * scale1 * scale2;
}

/** a[i] = σ(z[i]). */
export function sigmoid(a: FloatArray, z: FloatArray): void {
  const sigma = z instanceof Float32Array ? sigmoidF32 : sigmoidF64;
  for (let i = 0; i < z.length; i++) a[i] = sigma(z[i]!);
}

/** d[i] = a[i] · (1 − a[i]). */
export function sigmoidDerivative(d: FloatArray, a: FloatArray, round: (value: number) => number): void {
  for (let i = 0; i < a.length; i++) d[i] = a[i]! * round(1 - a[i]!);
}
