// Sum of squared errors E = ½ Σ_s Σ_j (a[s][j] − y[s][j])² and its gradient ∂E/∂a = a − y.
// The difference is rounded to the dtype; squares and sums are f64, per sample with j ascending, then over samples.

import { sigmoidSlope, tailMask } from "./simd";

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
  const low = sizeof<T>() == 8 ? d : f64x2.promote_low_f32x4(d), squares = f64x2.mul(low, low);
  sum += f64x2.extract_lane(squares, 0);
  if (count > 1) sum += f64x2.extract_lane(squares, 1);
  if (sizeof<T>() == 4 && count > 2) {
    const high = f64x2.promote_low_f32x4(i64x2.shuffle(d, d, 1, 0)), squares = f64x2.mul(high, high);
    sum += f64x2.extract_lane(squares, 0);
    if (count > 3) sum += f64x2.extract_lane(squares, 1);
  }
  return sum;
}

/** Σ_s of the per-sample errors added to `start`; the caller halves the total. Rows of a are `aBytes` apart. */
export function sumSquaredErrors<T>(
  start: f64, aPtr: usize, aBytes: usize, yPtr: usize, rows: usize, outputs: usize,
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
 * δ[s][j] = a − y at the output layer, with `sigmoid` times a · (1 − a). a and δ have rows `aBytes` apart, y has none to spare; the
 * padding of δ is written as 0, and y is read up to 15 bytes beyond its end.
 */
export function outputDelta<T>(
  deltaPtr: usize, aPtr: usize, aBytes: usize, yPtr: usize, rows: usize, outputs: usize, sigmoid: bool,
): void {
  let yBytes = outputs * sizeof<T>();
  if (outputs == 1) { // contiguous: one row
    yBytes = rows * sizeof<T>();
    rows = 1;
  }
  for (let s: usize = 0; s < rows; s++) {
    for (let offset: usize = 0; offset < yBytes; offset += 16) {
      const a = v128.load(aPtr + offset);
      let delta = v128.sub<T>(a, v128.load(yPtr + offset));
      if (sigmoid) delta = v128.mul<T>(delta, sigmoidSlope<T>(a));
      v128.store(deltaPtr + offset, v128.and(delta, tailMask(yBytes - offset)));
    }
    deltaPtr += aBytes;
    aPtr += aBytes;
    yPtr += yBytes;
  }
}
