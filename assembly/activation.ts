// The activation functions with their derivatives, and the elementary functions they are made of, over arrays. Arrays
// are padded: whole registers are read and written, so all of them reach to a multiple of 16 bytes. A result may
// overwrite the argument. The operations and their order are those of NUMERICS.md.

import {
  ELU,
  GELU,
  GELU_TANH,
  HARD_SIGMOID,
  HARD_SWISH,
  LEAKY_RELU,
  MISH,
  RELU,
  RELU6,
  SELU,
  SIGMOID,
  SILU,
  SOFTMAX,
  SOFTPLUS,
  SOFTSIGN,
  TANH,
} from "../bindings/catalog/codes";
import {
  bell,
  expVector,
  highHalf,
  joinHalves,
  logVector,
  lowHalf,
  sigmoidVector,
  tail,
  tanhVector,
} from "./elementary";
import { prepareSigmoidTable, sigmoidsByTable } from "./sigmoid-table";
import { sigmoidSlope } from "./simd";

/** Whether the derivative is no function of the output: then it is found on the way forward and kept. */
// @ts-ignore: decorator
@inline export function keepsSlope(activation: u32): bool {
  return activation >= SOFTPLUS && activation < SOFTMAX;
}

const SELU_SCALE: f64 = 1.0507009873554805;
const SELU_LIMIT: f64 = 1.7580993408473768; // λ, λ · α
const SIXTH: f64 = 0.16666666666666666;
const BOUND: f64 = 1000; // σ(−1000) is 0
const GELU_TANH_BOUND: f64 = 32;
const GELU_BOUND: f64 = 39; // e^(−39²/2) is 0
const GELU_LINEAR: f64 = 1.5957691216057308;
const GELU_CUBIC: f64 = 0.07135481627260025; // 2 √(2/π), 0.044715 times that
const BELL_AREA: f64 = 0.3989422804014327; // 1 / √(2π)

/** out[i] = e^z[i]. */
export function exp<T>(outPtr: usize, zPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(outPtr + offset, expVector<T>(v128.load(zPtr + offset)));
  }
}

/** out[i] = ln z[i]. */
export function log<T>(outPtr: usize, zPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(outPtr + offset, logVector<T>(v128.load(zPtr + offset)));
  }
}

/** a[i] = tanh z[i]. */
export function tanh<T>(aPtr: usize, zPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(aPtr + offset, tanhVector<T>(v128.load(zPtr + offset)));
  }
}

/** a[i] = σ(z[i]). */
export function sigmoid<T>(aPtr: usize, zPtr: usize, count: usize): void {
  if (sizeof<T>() == 4) {
    prepareSigmoidTable();
    sigmoidsByTable(aPtr, zPtr, count);
    return;
  }
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(aPtr + offset, sigmoidVector<T>(v128.load(zPtr + offset)));
  }
}

/** d[i] = a[i] · (1 − a[i]). */
export function sigmoidDerivative<T>(dPtr: usize, aPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(dPtr + offset, sigmoidSlope<T>(v128.load(aPtr + offset)));
  }
}

/**
 * a[i] = f(z[i]), z being what lies at aPtr. `alpha`: the slope of the leaky ReLU below 0, the limit of ELU. slopePtr
 * is room for f'(z[i]), written where it is kept.
 */
export function activate<T>(activation: u32, alpha: f64, aPtr: usize, slopePtr: usize, count: usize): void {
  if (activation == SIGMOID) sigmoid<T>(aPtr, aPtr, count);
  else if (activation == TANH) tanh<T>(aPtr, aPtr, count);
  else if (activation == RELU) piecewise<T>(RELU, alpha, aPtr, count);
  else if (activation == LEAKY_RELU) piecewise<T>(LEAKY_RELU, alpha, aPtr, count);
  else if (activation == ELU) piecewise<T>(ELU, alpha, aPtr, count);
  else if (activation == SELU) piecewise<T>(SELU, SELU_LIMIT, aPtr, count);
  else if (activation == HARD_SIGMOID) piecewise<T>(HARD_SIGMOID, alpha, aPtr, count);
  else if (activation == RELU6) piecewise<T>(RELU6, alpha, aPtr, count);
  else if (activation == SOFTPLUS) softplus<T>(aPtr, slopePtr, count);
  else if (activation == SILU) silu<T>(aPtr, slopePtr, count);
  else if (activation == GELU_TANH) geluTanh<T>(aPtr, slopePtr, count);
  else if (activation == GELU) gelu<T>(aPtr, slopePtr, count);
  else if (activation == MISH) mish<T>(aPtr, slopePtr, count);
  else if (activation == HARD_SWISH) hardSwish<T>(aPtr, slopePtr, count);
  else if (activation == SOFTSIGN) softsign<T>(aPtr, slopePtr, count);
}

// @ts-ignore: decorator
@inline function piecewise<T>(activation: u32, alpha: f64, aPtr: usize, count: usize): void {
  const end = aPtr + count * sizeof<T>();
  const zero = i64x2.splat(0);
  const limit = v128.splat<T>(<T>alpha);
  for (let ptr = aPtr; ptr < end; ptr += 16) {
    const z = v128.load(ptr);
    let a = z;
    if (activation == RELU || activation == RELU6) {
      a = v128.andnot(z, v128.le<T>(z, zero)); // not max: in SpiderMonkey 102 max(−0, 0) is −0
      if (activation == RELU6) a = v128.min<T>(a, v128.splat<T>(<T>6));
    } else if (activation == HARD_SIGMOID) {
      a = hardSigmoid<T>(z);
    } else {
      let below = v128.mul<T>(limit, activation == LEAKY_RELU ? z : expMinus1<T>(z));
      if (activation == SELU) a = v128.mul<T>(z, v128.splat<T>(<T>SELU_SCALE));
      a = v128.bitselect(a, below, v128.gt<T>(z, zero));
    }
    v128.store(ptr, a);
  }
}

/** z / 6 + ½, between 0 and 1. */
// @ts-ignore: decorator
@inline function hardSigmoid<T>(z: v128): v128 {
  const line = v128.add<T>(v128.mul<T>(z, v128.splat<T>(<T>SIXTH)), v128.splat<T>(<T>0.5));
  return v128.min<T>(v128.max<T>(line, i64x2.splat(0)), v128.splat<T>(<T>1));
}

/** e^z − 1 = 2t / (1 − t) with t = tanh(z/2): nothing cancels near 0. */
function expMinus1<T>(z: v128): v128 {
  const t = tanhVector<T>(v128.mul<T>(z, v128.splat<T>(<T>0.5)));
  return v128.div<T>(v128.add<T>(t, t), v128.sub<T>(v128.splat<T>(<T>1), t));
}

/** ln(1 + e^z) = max(z, 0) + ln(1 + u), u = e^−|z|; what 1 + u loses is made good by a factor (Kahan). */
function softplus<T>(aPtr: usize, slopePtr: usize, count: usize): void {
  sigmoid<T>(slopePtr, aPtr, count);
  const zero = i64x2.splat(0);
  const one = v128.splat<T>(<T>1);
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const z = v128.load(aPtr + offset);
    const u = expVector<T>(v128.neg<T>(v128.abs<T>(z)));
    const w = v128.add<T>(one, u);
    const d = v128.sub<T>(w, one);
    const rest = v128.bitselect(u, v128.mul<T>(logVector<T>(w), v128.div<T>(u, d)), v128.eq<T>(d, zero));
    v128.store(aPtr + offset, v128.add<T>(v128.max<T>(z, zero), rest));
  }
}

/** z · σ(z). */
function silu<T>(aPtr: usize, slopePtr: usize, count: usize): void {
  sigmoid<T>(slopePtr, aPtr, count);
  const one = v128.splat<T>(<T>1);
  const bound = v128.splat<T>(<T>BOUND);
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const s = v128.load(slopePtr + offset);
    const a = v128.mul<T>(v128.max<T>(v128.load(aPtr + offset), v128.neg<T>(bound)), s);
    v128.store(aPtr + offset, a);
    v128.store(slopePtr + offset, v128.add<T>(s, v128.mul<T>(v128.min<T>(a, bound), v128.sub<T>(one, s))));
  }
}

/** z · σ(2 √(2/π) (z + 0.044715 z³)), which is ½ z (1 + tanh(√(2/π) …)). */
function geluTanh<T>(aPtr: usize, slopePtr: usize, count: usize): void {
  const bound = v128.splat<T>(<T>GELU_TANH_BOUND);
  const lower = v128.neg<T>(bound);
  const bytes = count * sizeof<T>();
  const linear = v128.splat<T>(<T>GELU_LINEAR);
  const cubic = v128.splat<T>(<T>GELU_CUBIC);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const y = v128.max<T>(v128.min<T>(v128.load(aPtr + offset), bound), lower);
    v128.store(slopePtr + offset, v128.mul<T>(y, v128.add<T>(linear, v128.mul<T>(cubic, v128.mul<T>(y, y)))));
  }
  sigmoid<T>(slopePtr, slopePtr, count);
  const slopeCubic = v128.splat<T>(<T>(3.0 * GELU_CUBIC));
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const z = v128.load(aPtr + offset);
    const s = v128.load(slopePtr + offset);
    const y = v128.max<T>(v128.min<T>(z, bound), lower);
    const inner = v128.add<T>(linear, v128.mul<T>(slopeCubic, v128.mul<T>(y, y)));
    v128.store(aPtr + offset, v128.mul<T>(v128.max<T>(z, lower), s));
    v128.store(slopePtr + offset, v128.add<T>(s, v128.mul<T>(v128.mul<T>(y, sigmoidSlope<T>(s)), inner)));
  }
}

/** z · Φ(z), Φ the normal distribution's; in f64, of f32 too. */
function gelu<T>(aPtr: usize, slopePtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const z = v128.load(aPtr + offset);
    if (sizeof<T>() == 8) {
      const e = bell(clampGelu(z));
      const phi = normal(z, e);
      v128.store(aPtr + offset, geluOf(z, phi));
      v128.store(slopePtr + offset, geluSlope(z, phi, e));
    } else {
      const low = lowHalf(z);
      const lowBell = bell(clampGelu(low));
      const lowPhi = normal(low, lowBell);
      const high = highHalf(z);
      const highBell = bell(clampGelu(high));
      const highPhi = normal(high, highBell);
      v128.store(aPtr + offset, joinHalves(geluOf(low, lowPhi), geluOf(high, highPhi)));
      v128.store(slopePtr + offset, joinHalves(geluSlope(low, lowPhi, lowBell), geluSlope(high, highPhi, highBell)));
    }
  }
}

// @ts-ignore: decorator
@inline function clampGelu(z: v128): v128 {
  return f64x2.max(f64x2.min(z, f64x2.splat(GELU_BOUND)), f64x2.splat(-GELU_BOUND));
}

/** Φ(z), given e^(−z²/2). */
// @ts-ignore: decorator
@inline function normal(z: v128, e: v128): v128 {
  const c = clampGelu(z);
  const below = f64x2.mul(e, tail(f64x2.abs(c)));
  return v128.bitselect(below, f64x2.sub(f64x2.splat(1), below), f64x2.lt(c, i64x2.splat(0)));
}

// @ts-ignore: decorator
@inline function geluOf(z: v128, phi: v128): v128 {
  return f64x2.mul(f64x2.max(z, f64x2.splat(-GELU_BOUND)), phi);
}

// @ts-ignore: decorator
@inline function geluSlope(z: v128, phi: v128, e: v128): v128 {
  return f64x2.add(phi, f64x2.mul(clampGelu(z), f64x2.mul(e, f64x2.splat(BELL_AREA))));
}

/** z · tanh(ln(1 + e^z)), which is z · n / d, sums of powers of u = e^−|z|: nothing cancels. */
function mish<T>(aPtr: usize, slopePtr: usize, count: usize): void {
  const one = v128.splat<T>(<T>1);
  const two = v128.splat<T>(<T>2);
  const bound = v128.splat<T>(<T>BOUND);
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const z = v128.load(aPtr + offset);
    const positive = v128.gt<T>(z, i64x2.splat(0));
    const u = expVector<T>(v128.neg<T>(v128.abs<T>(z)));
    const double = v128.add<T>(u, u);
    const square = v128.mul<T>(u, u);
    const n = v128.add<T>(double, v128.bitselect(one, square, positive));
    const d = v128.add<T>(n, v128.bitselect(v128.add<T>(square, square), two, positive));
    const t = v128.div<T>(n, d);
    const s = v128.div<T>(v128.bitselect(one, u, positive), v128.add<T>(one, u));
    const y = v128.max<T>(z, v128.neg<T>(bound));
    const rest = v128.sub<T>(one, v128.mul<T>(t, t));
    v128.store(aPtr + offset, v128.mul<T>(y, t));
    v128.store(slopePtr + offset, v128.add<T>(t, v128.mul<T>(v128.mul<T>(v128.min<T>(y, bound), s), rest)));
  }
}

/** z · hardSigmoid(z). */
function hardSwish<T>(aPtr: usize, slopePtr: usize, count: usize): void {
  const zero = i64x2.splat(0);
  const one = v128.splat<T>(<T>1);
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const z = v128.load(aPtr + offset);
    const h = hardSigmoid<T>(z);
    const inside = v128.and(v128.gt<T>(h, zero), v128.lt<T>(h, one));
    v128.store(aPtr + offset, v128.mul<T>(v128.max<T>(z, v128.splat<T>(<T>-3)), h));
    v128.store(slopePtr + offset, v128.add<T>(h, v128.and(v128.mul<T>(z, v128.splat<T>(<T>SIXTH)), inside)));
  }
}

/** z / (1 + |z|). */
function softsign<T>(aPtr: usize, slopePtr: usize, count: usize): void {
  const one = v128.splat<T>(<T>1);
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const z = v128.load(aPtr + offset);
    const d = v128.add<T>(one, v128.abs<T>(z));
    const r = v128.div<T>(one, d);
    v128.store(aPtr + offset, v128.div<T>(z, d));
    v128.store(slopePtr + offset, v128.mul<T>(r, r));
  }
}

/** d[i] *= f'(z[i]), from what `activate` left at aPtr and slopePtr. */
export function multiplySlopes<T>(
  activation: u32,
  alpha: f64,
  dPtr: usize,
  aPtr: usize,
  slopePtr: usize,
  count: usize,
): void {
  if (activation == SIGMOID) slopes<T>(SIGMOID, alpha, dPtr, aPtr, count);
  else if (activation == TANH) slopes<T>(TANH, alpha, dPtr, aPtr, count);
  else if (activation == RELU) slopes<T>(RELU, alpha, dPtr, aPtr, count);
  else if (activation == LEAKY_RELU) slopes<T>(LEAKY_RELU, alpha, dPtr, aPtr, count);
  else if (activation == ELU) slopes<T>(ELU, alpha, dPtr, aPtr, count);
  else if (activation == SELU) slopes<T>(SELU, SELU_LIMIT, dPtr, aPtr, count);
  else if (activation == HARD_SIGMOID) slopes<T>(HARD_SIGMOID, alpha, dPtr, aPtr, count);
  else if (activation == RELU6) slopes<T>(RELU6, alpha, dPtr, aPtr, count);
  else if (keepsSlope(activation)) slopes<T>(SOFTPLUS, alpha, dPtr, slopePtr, count);
}

// @ts-ignore: decorator
@inline function slopes<T>(activation: u32, alpha: f64, dPtr: usize, aPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  const zero = i64x2.splat(0);
  const one = v128.splat<T>(<T>1);
  const limit = v128.splat<T>(<T>alpha);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const a = v128.load(aPtr + offset);
    const positive = v128.gt<T>(a, zero);
    let slope = a;
    if (activation == SIGMOID) slope = sigmoidSlope<T>(a);
    else if (activation == TANH) slope = v128.sub<T>(one, v128.mul<T>(a, a));
    else if (activation == RELU) slope = v128.and(one, positive);
    else if (activation == LEAKY_RELU) slope = v128.bitselect(one, limit, positive);
    else if (activation == ELU) slope = v128.bitselect(one, v128.add<T>(a, limit), positive);
    else if (activation == SELU) slope = v128.bitselect(v128.splat<T>(<T>SELU_SCALE), v128.add<T>(a, limit), positive);
    else if (activation == HARD_SIGMOID) {
      slope = v128.and(v128.splat<T>(<T>SIXTH), v128.and(positive, v128.lt<T>(a, one)));
    } else if (activation == RELU6) {
      slope = v128.and(one, v128.and(positive, v128.lt<T>(a, v128.splat<T>(<T>6))));
    }
    v128.store(dPtr + offset, v128.mul<T>(v128.load(dPtr + offset), slope));
  }
}
