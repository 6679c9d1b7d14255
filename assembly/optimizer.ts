// The optimizers: how a step changes parameters by their gradients, element for element. Plain SGD is fused into the
// gradient (dense.ts, parameterGradient); all else takes a panel's gradients as soon as they are there (update.ts), or,
// since a norm is of all of them, stored. What an optimizer remembers (momenta) lies in slots behind the parameters,
// laid out like them. assembly/NUMERICS.md has the formulas.

import { ADAGRAD, ADAM, ADAMW, LION, NADAM, RMSPROP, SGD } from "../bindings/catalog/codes";
import { expVector } from "./elementary";
import { multiplyAdd } from "./simd";

/** What a network's optimizer is, and how far it has come. */
@unmanaged export class Optimizer {
  firstDecay: f64; // of the first moment: beta1, or the momentum of SGD
  secondDecay: f64; // of the second moment: beta2, or ρ of RMSPROP
  epsilon: f64;
  decay: f64; // decoupled weight decay of ADAMW and LION
  momentumDecay: f64; // of NADAM
  clipValue: f64; // 0: gradients aren't clipped
  clipNorm: f64;
  steps: f64; // taken
  momentumProduct: f64; // of NADAM
  // of the step under way, by beginStep:
  inverseRoot: f64; // 1 / √(1 − β2^t) of ADAM, ADAMW and NADAM
  rateOfFirst: f64; // what the first moment is multiplied by
  rateOfGradient: f64; // likewise of NADAM
  kind: u32;
  nesterov: bool;
  plainSGD: bool; // w −= rate · g
}

/** Slots of the optimizer: what it remembers of every parameter. */
// @ts-ignore: decorator
@inline export function slotCount(kind: u32, firstDecay: f64): usize {
  if (kind == SGD) return firstDecay == 0 ? 0 : 1;
  return kind == RMSPROP || kind == ADAGRAD || kind == LION ? 1 : 2;
}

/** base^exponent, from the lowest bit of the exponent on. */
function power(base: f64, exponent: u64): f64 {
  let result: f64 = 1;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return result;
}

/** μ_t of NADAM. */
function nadamMomentum(optimizer: Optimizer, t: f64): f64 {
  const x = t * optimizer.momentumDecay * -0.040821994520255166; // ln 0.96
  return optimizer.firstDecay * (1.0 - 0.5 * f64x2.extract_lane(expVector<f64>(f64x2.splat(x)), 0));
}

/** w[i] −= rate · g[i]; whole registers, so both arrays reach to a multiple of 16 bytes. */
export function descend<T>(wPtr: usize, gPtr: usize, count: usize, rate: T): void {
  const rates = v128.splat<T>(rate);
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const step = v128.mul<T>(rates, v128.load(gPtr + offset));
    v128.store(wPtr + offset, v128.sub<T>(v128.load(wPtr + offset), step));
  }
}

/** 1, −1 or 0, the sign of each lane; NaN for NaN. */
// @ts-ignore: decorator
@inline export function signVector<T>(x: v128): v128 {
  const signs = v128.and(x, v128.splat<T>(<T>-0.0));
  const ones = v128.or(v128.splat<T>(<T>1), signs);
  return v128.or(v128.and(ones, v128.ne<T>(x, i64x2.splat(0))), v128.ne<T>(x, x)); // all bits set are a NaN
}

/** g += l2 · w + l1 · sign(w) */
export function addPenalties<T>(gPtr: usize, wPtr: usize, bytes: usize, l1: f64, l2: f64): void {
  const absolute = v128.splat<T>(<T>l1);
  const squared = v128.splat<T>(<T>l2);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const w = v128.load(wPtr + offset);
    let g = v128.load(gPtr + offset);
    if (l2 > 0) g = v128.add<T>(g, v128.mul<T>(squared, w));
    if (l1 > 0) g = v128.add<T>(g, v128.mul<T>(absolute, signVector<T>(w)));
    v128.store(gPtr + offset, g);
  }
}

/** g clipped to ±limit. What isn't finite becomes NaN: it must stay seen. (pmin and pmax are one instruction each.) */
// @ts-ignore: decorator
@inline function clipped<T>(g: v128, limit: v128): v128 {
  const inside = v128.pmax<T>(v128.pmin<T>(g, limit), v128.neg<T>(limit));
  return v128.add<T>(inside, v128.mul<T>(g, i64x2.splat(0)));
}

export function clipValues<T>(gPtr: usize, bytes: usize, limit: f64): void {
  const limits = v128.splat<T>(<T>limit);
  for (const end = gPtr + bytes; gPtr < end; gPtr += 16) v128.store(gPtr, clipped<T>(v128.load(gPtr), limits));
}

/** to[i][j] = g[i][j] and squares[j] += Σ_i g[i][j]², i ascending, of one panel of `rows` rows. */
export function keepPanel<T>(toPtr: usize, squaresPtr: usize, gPtr: usize, rows: usize): void {
  let s0 = v128.load(squaresPtr);
  let s1 = v128.load(squaresPtr, 16);
  for (const end = gPtr + rows * 32; gPtr < end; gPtr += 32) {
    const g0 = v128.load(gPtr);
    const g1 = v128.load(gPtr, 16);
    v128.store(toPtr, g0);
    v128.store(toPtr, g1, 16);
    toPtr += 32;
    s0 = multiplyAdd<T>(s0, g0, g0);
    s1 = multiplyAdd<T>(s1, g1, g1);
  }
  v128.store(squaresPtr, s0);
  v128.store(squaresPtr, s1, 16);
}

/** squares[j] += g[j]². */
export function addSquares<T>(squaresPtr: usize, gPtr: usize, bytes: usize): void {
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const g = v128.load(gPtr + offset);
    v128.store(squaresPtr + offset, multiplyAdd<T>(v128.load(squaresPtr + offset), g, g));
  }
}

/** `keepPanel` of a layer of one unit. */
export function keepUnit<T>(toPtr: usize, squarePtr: usize, gPtr: usize, inputs: usize): void {
  let sum = load<T>(squarePtr);
  for (const end = gPtr + inputs * sizeof<T>(); gPtr < end; gPtr += sizeof<T>()) {
    const g = load<T>(gPtr);
    store<T>(toPtr, g);
    toPtr += sizeof<T>();
    sum += g * g;
  }
  store<T>(squarePtr, sum);
}

/** What gradients are multiplied by so that their norm is `limit` at most; NaN where it isn't finite. */
export function clipScale(squares: f64, limit: f64): f64 {
  const norm = Math.sqrt(squares);
  return norm <= limit ? 1.0 : norm < Infinity ? limit / norm : NaN;
}

/** Before a step: counts it where its number matters, and computes what is the same for all parameters. */
export function beginStep(optimizer: Optimizer, rate: f64): void {
  if (optimizer.kind < ADAM || optimizer.kind > NADAM) return;
  const t = optimizer.steps + 1;
  optimizer.steps = t;
  optimizer.inverseRoot = 1.0 / Math.sqrt(1.0 - power(optimizer.secondDecay, <u64>t));
  if (optimizer.kind != NADAM) {
    optimizer.rateOfFirst = rate / (1.0 - power(optimizer.firstDecay, <u64>t));
    return;
  }
  const now = nadamMomentum(optimizer, t);
  const next = nadamMomentum(optimizer, t + 1.0);
  const product = optimizer.momentumProduct * now;
  optimizer.momentumProduct = product;
  optimizer.rateOfGradient = (rate * (1.0 - now)) / (1.0 - product);
  optimizer.rateOfFirst = (rate * next) / (1.0 - product * next);
}

/**
 * The step of `bytes` of parameters at wPtr, their gradients at gPtr, their slots `slotBytes` behind each other;
 * gradients are clipped to ±limit where that isn't 0, else multiplied by `scale`. `decays`: they are weights.
 */
export function stepParameters<T>(
  optimizer: Optimizer,
  wPtr: usize,
  gPtr: usize,
  bytes: usize,
  slotBytes: usize,
  rate: T,
  limit: T,
  scale: T,
  decays: bool,
): void {
  const kind = optimizer.kind;
  const firstDecay = optimizer.firstDecay;
  const secondDecay = optimizer.secondDecay;
  const clips = limit > 0;
  const limits = v128.splat<T>(limit);
  const scales = v128.splat<T>(scale);
  const rates = v128.splat<T>(rate);
  const epsilon = v128.splat<T>(<T>optimizer.epsilon);
  const b1 = v128.splat<T>(<T>firstDecay);
  const c1 = v128.splat<T>(<T>(1.0 - firstDecay));
  const b2 = v128.splat<T>(<T>secondDecay);
  const c2 = v128.splat<T>(<T>(1.0 - secondDecay));
  const shrinks = decays && (kind == ADAMW || kind == LION) && optimizer.decay > 0;
  const kept = v128.splat<T>(<T>(1.0 - <f64>rate * optimizer.decay));
  const firstPtr = wPtr + slotBytes;
  const secondPtr = firstPtr + slotBytes;
  const end = gPtr + bytes;
  const toW = wPtr - gPtr;
  const toFirst = firstPtr - gPtr;
  const toSecond = secondPtr - gPtr;
  if (kind == SGD) {
    if (firstDecay == 0) {
      for (; gPtr < end; gPtr += 16) subtract<T>(gPtr + toW, rates, gradientAt<T>(gPtr, clips, limits, scales));
      return;
    }
    const nesterov = optimizer.nesterov;
    for (; gPtr < end; gPtr += 16) {
      const g = gradientAt<T>(gPtr, clips, limits, scales);
      const v = v128.add<T>(v128.mul<T>(b1, v128.load(gPtr + toFirst)), g);
      v128.store(gPtr + toFirst, v);
      subtract<T>(gPtr + toW, rates, nesterov ? v128.add<T>(g, v128.mul<T>(b1, v)) : v);
    }
  } else if (kind == RMSPROP || kind == ADAGRAD) {
    const rms = kind == RMSPROP;
    for (; gPtr < end; gPtr += 16) {
      const g = gradientAt<T>(gPtr, clips, limits, scales);
      const square = v128.mul<T>(g, g);
      const before = v128.load(gPtr + toFirst);
      const v = rms ? v128.add<T>(v128.mul<T>(b2, before), v128.mul<T>(c2, square)) : v128.add<T>(before, square);
      v128.store(gPtr + toFirst, v);
      subtract<T>(gPtr + toW, rates, v128.div<T>(g, v128.add<T>(v128.sqrt<T>(v), epsilon)));
    }
  } else if (kind == LION) {
    for (; gPtr < end; gPtr += 16) {
      const g = gradientAt<T>(gPtr, clips, limits, scales);
      const m = v128.load(gPtr + toFirst);
      if (shrinks) v128.store(gPtr + toW, v128.mul<T>(v128.load(gPtr + toW), kept));
      subtract<T>(gPtr + toW, rates, signVector<T>(v128.add<T>(v128.mul<T>(b1, m), v128.mul<T>(c1, g))));
      v128.store(gPtr + toFirst, v128.add<T>(v128.mul<T>(b2, m), v128.mul<T>(c2, g)));
    }
  } else {
    const inverse = v128.splat<T>(<T>optimizer.inverseRoot);
    const ofM = v128.splat<T>(<T>optimizer.rateOfFirst);
    if (kind == NADAM) {
      const ofG = v128.splat<T>(<T>optimizer.rateOfGradient);
      for (; gPtr < end; gPtr += 16) {
        const g = gradientAt<T>(gPtr, clips, limits, scales);
        const m = v128.add<T>(v128.mul<T>(b1, v128.load(gPtr + toFirst)), v128.mul<T>(c1, g));
        const v = v128.add<T>(v128.mul<T>(b2, v128.load(gPtr + toSecond)), v128.mul<T>(c2, v128.mul<T>(g, g)));
        v128.store(gPtr + toFirst, m);
        v128.store(gPtr + toSecond, v);
        const root = v128.add<T>(v128.mul<T>(v128.sqrt<T>(v), inverse), epsilon);
        const step = v128.div<T>(v128.add<T>(v128.mul<T>(ofG, g), v128.mul<T>(ofM, m)), root);
        v128.store(gPtr + toW, v128.sub<T>(v128.load(gPtr + toW), step));
      }
      return;
    }
    for (; gPtr < end; gPtr += 16) {
      const g = gradientAt<T>(gPtr, clips, limits, scales);
      const m = v128.add<T>(v128.mul<T>(b1, v128.load(gPtr + toFirst)), v128.mul<T>(c1, g));
      const v = v128.add<T>(v128.mul<T>(b2, v128.load(gPtr + toSecond)), v128.mul<T>(c2, v128.mul<T>(g, g)));
      v128.store(gPtr + toFirst, m);
      v128.store(gPtr + toSecond, v);
      if (shrinks) v128.store(gPtr + toW, v128.mul<T>(v128.load(gPtr + toW), kept));
      subtract<T>(gPtr + toW, ofM, v128.div<T>(m, v128.add<T>(v128.mul<T>(v128.sqrt<T>(v), inverse), epsilon)));
    }
  }
}

// @ts-ignore: decorator
@inline function gradientAt<T>(gPtr: usize, clips: bool, limits: v128, scales: v128): v128 {
  const g = v128.load(gPtr);
  return clips ? clipped<T>(g, limits) : v128.mul<T>(g, scales);
}

// @ts-ignore: decorator
@inline function subtract<T>(wPtr: usize, rate: v128, step: v128): void {
  v128.store(wPtr, v128.sub<T>(v128.load(wPtr), v128.mul<T>(rate, step)));
}
