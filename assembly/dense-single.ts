// A dense layer of one unit: the perceptron, and the output layer of every binary classifier. Its weights are one plain
// vector, and its outputs, one a row, are contiguous, so here registers hold rows (forward) or inputs (gradients)
// instead of units. dense.ts takes these where units is 1; the sums and their order are the same.

import { lanes, multiplyAdd, sigmoidSlope, tailMask } from "./simd";

/** z of the next rows, as many as a register holds; beyond `rows` the last row is taken again. */
// @ts-ignore: decorator
@inline export function forwardSingleRegister<T>(
  xPtr: usize,
  xBytes: usize,
  wPtr: usize,
  bias: T,
  rows: usize,
  inputs: usize,
): v128 {
  const row1 = rows > 1 ? xPtr + xBytes : xPtr;
  const row2 = rows > 2 ? row1 + xBytes : row1;
  const row3 = rows > 3 ? row2 + xBytes : row2;
  let sum = v128.splat<T>(bias);
  for (let offset: usize = 0; offset < inputs * sizeof<T>(); offset += sizeof<T>()) {
    let x = v128.load_splat<T>(xPtr + offset);
    x = v128.load_lane<T>(row1 + offset, x, 1);
    if (sizeof<T>() == 4) {
      x = v128.load_lane<f32>(row2 + offset, x, 2);
      x = v128.load_lane<f32>(row3 + offset, x, 3);
    }
    sum = multiplyAdd<T>(sum, x, v128.load_splat<T>(wPtr + offset));
  }
  return sum;
}

/** z[s] = b + Σ_i x[s][i] · w[i]. Writes whole registers. */
export function forwardSingle<T>(
  zPtr: usize,
  xPtr: usize,
  xBytes: usize,
  wPtr: usize,
  biasPtr: usize,
  rows: usize,
  inputs: usize,
): void {
  const bias = load<T>(biasPtr);
  for (let s: usize = 0; s < rows; s += lanes<T>()) {
    v128.store(zPtr, forwardSingleRegister<T>(xPtr, xBytes, wPtr, bias, rows - s, inputs));
    zPtr += 16;
    xPtr += lanes<T>() * xBytes;
  }
}

/** t[s][i] = w[i] · δ[s], then · a(1 − a) where aPtr is not 0. Writes whole registers but for one input. */
export function inputGradientSingle<T>(
  tPtr: usize,
  tBytes: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  wPtr: usize,
  aPtr: usize,
  rows: usize,
  inputs: usize,
): void {
  const zero = i64x2.splat(0);
  for (let s: usize = 0; s < rows; s++) {
    const delta = v128.load_splat<T>(deltaPtr);
    for (let offset: usize = 0; offset < inputs * sizeof<T>(); offset += 16) {
      let t = multiplyAdd<T>(zero, v128.load(wPtr + offset), delta);
      if (aPtr) t = v128.mul<T>(t, sigmoidSlope<T>(v128.load(aPtr + offset)));
      v128.store(tPtr + offset, t);
    }
    deltaPtr += deltaBytes;
    tPtr += tBytes;
    if (aPtr) aPtr += tBytes;
  }
}

/**
 * g[i] = Σ_s x[s][i] · δ[s] and g = Σ_s δ[s]; with `descend` the weights and the bias take the step −rate · g, else the
 * gradients are stored in their place.
 */
// @ts-ignore: decorator
@inline export function parameterGradientSingle<T>(
  gPtr: usize,
  gBiasPtr: usize,
  xPtr: usize,
  xBytes: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  inputs: usize,
  descend: bool,
  rate: T,
): void {
  let bias: T = 0;
  for (let s: usize = 0; s < rows; s++) bias += load<T>(deltaPtr + s * deltaBytes);
  store<T>(gBiasPtr, descend ? load<T>(gBiasPtr) - rate * bias : bias);
  const rates = v128.splat<T>(rate);
  const inputBytes = inputs * sizeof<T>();
  for (let offset: usize = 0; offset < inputBytes; offset += 16) {
    let g = i64x2.splat(0);
    let from = xPtr + offset;
    let delta = deltaPtr;
    for (let s: usize = 0; s < rows; s++) {
      g = multiplyAdd<T>(g, v128.load(from), v128.load_splat<T>(delta));
      from += xBytes;
      delta += deltaBytes;
    }
    g = v128.and(g, tailMask(inputBytes - offset)); // x's last register may reach into the next row
    if (descend) g = v128.sub<T>(v128.load(gPtr + offset), v128.mul<T>(rates, g));
    v128.store(gPtr + offset, g);
  }
}
