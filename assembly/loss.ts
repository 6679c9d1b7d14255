// The losses: the error of a batch, in f64, per sample with j ascending, then over samples; and the output delta.

import { BINARY_CROSS_ENTROPY, CATEGORICAL_CROSS_ENTROPY, HUBER, MAE, MSE, SSE } from "../bindings/catalog/codes";
import { expVector, logVector } from "./elementary";
import { sigmoidSlope, tailMask } from "./simd";

/** Whether the error is computed from z, and ∂E/∂z at once. */
// @ts-ignore: decorator
@inline export function isFromZ(loss: u32): bool {
  return loss >= BINARY_CROSS_ENTROPY;
}

/** Whether E is a mean, not a sum. */
// @ts-ignore: decorator
@inline export function isMean(loss: u32): bool {
  return loss != SSE;
}

/** Whether errors are squared. */
// @ts-ignore: decorator
@inline function isSquared(loss: u32): bool {
  return loss <= MSE;
}

/** Of how many errors a mean is: of one a row where the outputs are the classes, else of one an output. */
// @ts-ignore: decorator
@inline function errorCount(loss: u32, rows: usize, outputs: usize): f64 {
  return <f64>rows * (loss == CATEGORICAL_CROSS_ENTROPY ? 1 : <f64>outputs);
}

/** E of some rows, from the sum of their errors. */
export function lossOf(loss: u32, errorSum: f64, rows: usize, outputs: usize): f64 {
  return isMean(loss) ? errorSum / errorCount(loss, rows, outputs) : 0.5 * errorSum;
}

/** Σ_j (a[j] − y[j])² of one sample. */
// @ts-ignore: decorator
@inline export function squaredError<T>(aPtr: usize, yPtr: usize, outputs: usize): f64 {
  let error: f64 = 0;
  for (let j: usize = 0; j < outputs; j++) {
    const offset = j * sizeof<T>();
    const difference = <f64>(load<T>(aPtr + offset) - load<T>(yPtr + offset));
    error += difference * difference;
  }
  return error;
}

/** sum + the squares, in f64, of the first `count` elements of a register, one after the other. */
// @ts-ignore: decorator
@inline export function addSquares<T>(sum: f64, d: v128, count: usize): f64 {
  const low = sizeof<T>() == 8 ? d : f64x2.promote_low_f32x4(d);
  const squares = f64x2.mul(low, low);
  sum += f64x2.extract_lane(squares, 0);
  if (count > 1) sum += f64x2.extract_lane(squares, 1);
  if (sizeof<T>() == 4 && count > 2) {
    const high = f64x2.promote_low_f32x4(i64x2.shuffle(d, d, 1, 0));
    const squares = f64x2.mul(high, high);
    sum += f64x2.extract_lane(squares, 0);
    if (count > 3) sum += f64x2.extract_lane(squares, 1);
  }
  return sum;
}

/** Σ_s of the per-sample errors added to `start`; `lossOf` halves the total. Rows of a are `aBytes` apart. */
export function sumSquaredErrors<T>(
  start: f64,
  aPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
): f64 {
  for (let s: usize = 0; s < rows; s++) {
    start += squaredError<T>(aPtr, yPtr, outputs);
    aPtr += aBytes;
    yPtr += outputs * sizeof<T>();
  }
  return start;
}

/** g[i] = a[i] − y[i]; whole registers, so all three arrays reach to a multiple of 16 bytes. */
export function errorGradient<T>(gPtr: usize, aPtr: usize, yPtr: usize, count: usize): void {
  const bytes = count * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(gPtr + offset, v128.sub<T>(v128.load(aPtr + offset), v128.load(yPtr + offset)));
  }
}

/**
 * δ[s][j] = (a − y) · (a · (1 − a)) at the output layer. a and δ have rows `aBytes` apart, y has none to spare; the
 * padding of δ is written as 0, and y is read up to 15 bytes beyond its end.
 */
export function outputDelta<T>(
  deltaPtr: usize,
  aPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
): void {
  let yBytes = outputs * sizeof<T>();
  if (outputs == 1) {
    // contiguous: one row
    yBytes = rows * sizeof<T>();
    rows = 1;
  }
  for (let s: usize = 0; s < rows; s++) {
    for (let offset: usize = 0; offset < yBytes; offset += 16) {
      const a = v128.load(aPtr + offset);
      const delta = v128.mul<T>(v128.sub<T>(a, v128.load(yPtr + offset)), sigmoidSlope<T>(a));
      v128.store(deltaPtr + offset, v128.and(delta, tailMask(yBytes - offset)));
    }
    deltaPtr += aBytes;
    aPtr += aBytes;
    yPtr += yBytes;
  }
}

/**
 * ∂E/∂a at the output layer, of a loss from z ∂E/∂z, of E summed over the rows; as `outputDelta` otherwise. `limit`:
 * that of HUBER, or what a cross-entropy clips at; 0: it doesn't.
 */
export function lossDelta<T>(
  loss: u32,
  limit: f64,
  deltaPtr: usize,
  aPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
): void {
  const zero = i64x2.splat(0);
  const one = v128.splat<T>(<T>1);
  const most = v128.splat<T>(<T>limit);
  const clips = isFromZ(loss) && limit > 0;
  const highest = <T>(1 - <f64>(<T>limit));
  let yBytes = outputs * sizeof<T>();
  if (outputs == 1) {
    // contiguous: one row
    yBytes = rows * sizeof<T>();
    rows = 1;
  }
  for (let s: usize = 0; s < rows; s++) {
    let total: T = 1;
    if (loss == CATEGORICAL_CROSS_ENTROPY) {
      total = 0;
      for (let offset: usize = 0; offset < yBytes; offset += sizeof<T>()) {
        const a = load<T>(aPtr + offset);
        if (!clips || !(a < <T>limit || a > highest)) total += load<T>(yPtr + offset);
      }
    }
    for (let offset: usize = 0; offset < yBytes; offset += 16) {
      const a = v128.load(aPtr + offset);
      let y = v128.load(yPtr + offset);
      let isClipped = zero;
      if (clips) isClipped = v128.or(v128.lt<T>(a, most), v128.gt<T>(a, v128.splat<T>(highest)));
      if (loss == CATEGORICAL_CROSS_ENTROPY) y = v128.andnot(y, isClipped);
      let delta = v128.sub<T>(loss == CATEGORICAL_CROSS_ENTROPY ? v128.mul<T>(a, v128.splat<T>(total)) : a, y);
      if (loss == MAE) {
        const sign = v128.sub<T>(v128.and(one, v128.gt<T>(delta, zero)), v128.and(one, v128.lt<T>(delta, zero)));
        delta = v128.bitselect(sign, delta, v128.eq<T>(delta, delta)); // NaN passes
      } else if (loss == HUBER) {
        delta = v128.max<T>(v128.min<T>(delta, most), v128.neg<T>(most));
      } else if (loss == BINARY_CROSS_ENTROPY) {
        delta = v128.andnot(delta, isClipped);
      }
      v128.store(deltaPtr + offset, v128.and(delta, tailMask(yBytes - offset)));
    }
    deltaPtr += aBytes;
    aPtr += aBytes;
    yPtr += yBytes;
  }
}

/**
 * δ of a mean over a batch of `rows` rows, of which `bytes` of δ are here, padding included. The 2 of (d²)' is in the
 * divisor.
 */
export function divideDelta<T>(loss: u32, deltaPtr: usize, bytes: usize, rows: usize, outputs: usize): void {
  const count = errorCount(loss, rows, outputs);
  const divisor = v128.splat<T>(<T>(loss == MSE ? 0.5 * count : count));
  for (const end = deltaPtr + bytes; deltaPtr < end; deltaPtr += 16) {
    v128.store(deltaPtr, v128.div<T>(v128.load(deltaPtr), divisor));
  }
}

/** δ[s][j] *= weight[s] */
export function weightDelta<T>(deltaPtr: usize, rowBytes: usize, weightsPtr: usize, rows: usize, outputs: usize): void {
  for (let s: usize = 0; s < rows; s++) {
    const weight = load<T>(weightsPtr + s * sizeof<T>());
    for (let offset: usize = 0; offset < outputs * sizeof<T>(); offset += sizeof<T>()) {
      store<T>(deltaPtr + offset, load<T>(deltaPtr + offset) * weight);
    }
    deltaPtr += rowBytes;
  }
}

/**
 * start + Σ_s e[s], or Σ_s weight[s] · e[s] where `weightsPtr` isn't 0; a and z have rows `aBytes` apart. Squared
 * errors are not halved.
 */
export function sumErrors<T>(
  loss: u32,
  limit: f64,
  start: f64,
  aPtr: usize,
  zPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
  weightsPtr: usize,
): f64 {
  if (isSquared(loss) && weightsPtr == 0) return sumSquaredErrors<T>(start, aPtr, aBytes, yPtr, rows, outputs);
  limit = <f64>(<T>limit);
  // what clipping keeps z, or an output's term, between; once, since a row of few outputs is done in the time of one
  // logarithm
  let low = -Infinity;
  let high = Infinity;
  if (isFromZ(loss) && limit > 0) {
    const highest = <f64>(<T>(1 - limit));
    if (loss == BINARY_CROSS_ENTROPY) {
      low = log64(limit / (1 - limit));
      high = log64(highest / (1 - highest));
    } else {
      low = -log64(highest);
      high = -log64(limit);
    }
  }
  for (let s: usize = 0; s < rows; s++) {
    let error: f64;
    if (loss == BINARY_CROSS_ENTROPY) error = binaryCrossEntropy<T>(zPtr, yPtr, outputs, low, high);
    else if (loss == CATEGORICAL_CROSS_ENTROPY) error = categoricalCrossEntropy<T>(zPtr, yPtr, outputs, low, high);
    else if (isSquared(loss)) error = squaredError<T>(aPtr, yPtr, outputs);
    else error = absoluteError<T>(loss == HUBER, limit, aPtr, yPtr, outputs);
    start += weightsPtr == 0 ? error : <f64>load<T>(weightsPtr + s * sizeof<T>()) * error;
    aPtr += aBytes;
    zPtr += aBytes;
    yPtr += outputs * sizeof<T>();
  }
  return start;
}

/** Σ_j |a[j] − y[j]|, or Huber's function of that. */
// @ts-ignore: decorator
@inline function absoluteError<T>(huber: bool, limit: f64, aPtr: usize, yPtr: usize, outputs: usize): f64 {
  let error: f64 = 0;
  for (let j: usize = 0; j < outputs; j++) {
    const offset = j * sizeof<T>();
    const r = Math.abs(<f64>(load<T>(aPtr + offset) - load<T>(yPtr + offset)));
    error += !huber ? r : r <= limit ? 0.5 * (r * r) : limit * (r - 0.5 * limit);
  }
  return error;
}

function exp64(x: f64): f64 {
  return f64x2.extract_lane(expVector<f64>(f64x2.splat(x)), 0);
}

function log64(x: f64): f64 {
  return f64x2.extract_lane(logVector<f64>(f64x2.splat(x)), 0);
}

/** Σ_j ln(1 + e^z) − z · y: from z, so that nothing is lost where σ(z) is 0 or 1. */
function binaryCrossEntropy<T>(zPtr: usize, yPtr: usize, outputs: usize, low: f64, high: f64): f64 {
  let error: f64 = 0;
  for (let j: usize = 0; j < outputs; j++) {
    const z = min<f64>(max<f64>(<f64>load<T>(zPtr + j * sizeof<T>()), low), high);
    const y = <f64>load<T>(yPtr + j * sizeof<T>());
    const u = exp64(-Math.abs(z));
    const w = 1.0 + u;
    const d = w - 1.0;
    error += max<f64>(z, 0) - z * y + (d == 0 ? u : log64(w) * (u / d));
  }
  return error;
}

/** Σ_j y · (ln Σ_k e^(z_k − m) − (z_j − m)), m the largest z. */
function categoricalCrossEntropy<T>(zPtr: usize, yPtr: usize, outputs: usize, low: f64, high: f64): f64 {
  const m = <f64>maximum<T>(zPtr, outputs);
  let sum: f64 = 0;
  let error: f64 = 0;
  for (let j: usize = 0; j < outputs; j++) sum += exp64(<f64>load<T>(zPtr + j * sizeof<T>()) - m);
  sum = log64(sum);
  for (let j: usize = 0; j < outputs; j++) {
    const e = sum - (<f64>load<T>(zPtr + j * sizeof<T>()) - m);
    error += <f64>load<T>(yPtr + j * sizeof<T>()) * min<f64>(max<f64>(e, low), high);
  }
  return error;
}

// @ts-ignore: decorator
@inline function maximum<T>(zPtr: usize, count: usize): T {
  let m = load<T>(zPtr);
  for (let j: usize = 1; j < count; j++) m = max<T>(m, load<T>(zPtr + j * sizeof<T>()));
  return m;
}

/** a = softmax(z) over the first `units` elements of each row, in place. */
export function softmax<T>(aPtr: usize, aBytes: usize, rows: usize, units: usize): void {
  const bytes = units * sizeof<T>();
  for (let s: usize = 0; s < rows; s++) {
    const m = v128.splat<T>(maximum<T>(aPtr, units));
    for (let offset: usize = 0; offset < bytes; offset += 16) {
      v128.store(aPtr + offset, expVector<T>(v128.sub<T>(v128.load(aPtr + offset), m)));
    }
    let sum: T = 0;
    for (let offset: usize = 0; offset < bytes; offset += sizeof<T>()) sum += load<T>(aPtr + offset);
    const divisor = v128.splat<T>(sum);
    for (let offset: usize = 0; offset < bytes; offset += 16) {
      v128.store(aPtr + offset, v128.div<T>(v128.load(aPtr + offset), divisor));
    }
    aPtr += aBytes;
  }
}

/** ∂E/∂a at deltaPtr becomes δ, of one row of softmax outputs: a · (∂E/∂a − Σ_k ∂E/∂a[k] · a[k]). */
export function softmaxDelta<T>(deltaPtr: usize, aPtr: usize, bytes: usize): void {
  let sum: T = 0;
  for (let offset: usize = 0; offset < bytes; offset += sizeof<T>()) {
    sum += load<T>(deltaPtr + offset) * load<T>(aPtr + offset);
  }
  for (let offset: usize = 0; offset < bytes; offset += sizeof<T>()) {
    store<T>(deltaPtr + offset, load<T>(aPtr + offset) * (load<T>(deltaPtr + offset) - sum));
  }
}
