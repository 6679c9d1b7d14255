// Batch normalization, over the rows of each column, and layer normalization, over the columns of each row:
//
//   normalized = (x − mean) / √(variance + ε)      z = normalized · gamma + beta
//
// A sum over rows has columns as lanes, two registers of them at a time; a sum over columns has rows as lanes, whose
// elements are collected one column after the other. Elements behind the last unit count as 0, whatever lies there.
// In a layer of one unit rows follow each other without padding; each row is stored as a whole register, and what that
// writes too far is the next row, which comes after it.

import { Layer, sharedPanels } from "./layer";
import { lanes, multiplyAdd, tailMask } from "./simd";

const MINUS_ZERO: f64 = -0.0; // x + −0 is x, also of −0

/** gamma of a register of columns, 1 where there is none. */
// @ts-ignore: decorator
@inline function gammaAt<T>(layer: Layer, offset: usize): v128 {
  return layer.gammaPtr ? v128.load(layer.gammaPtr + offset) : v128.splat<T>(<T>1);
}

// @ts-ignore: decorator
@inline function betaAt<T>(layer: Layer, offset: usize): v128 {
  return layer.betaPtr ? v128.load(layer.betaPtr + offset) : v128.splat<T>(<T>MINUS_ZERO);
}

/**
 * z of `rows` rows of x, by the mean and variance of these rows in each column or, without `ofBatch`, by their moving
 * averages; of the member's share of columns. It keeps normalized x, 1 / √(variance + ε), and the means and variances
 * of the batch.
 */
export function normalizeColumns<T>(
  layer: Layer,
  zPtr: usize,
  xPtr: usize,
  xBytes: usize,
  rows: usize,
  ofBatch: bool,
  member: u32,
  members: u32,
): void {
  const bytes = layer.units * sizeof<T>();
  const rowBytes = layer.rowBytes;
  const zero = i64x2.splat(0);
  const count = v128.splat<T>(<T>rows);
  const epsilon = v128.splat<T>(<T>layer.epsilon);
  const batchPtr = layer.gradientPtr + 2 * layer.vectorBytes;
  const one = v128.splat<T>(<T>1);
  const end = sharedPanels<T>(layer, member + 1, members) * 32;
  for (let begin = sharedPanels<T>(layer, member, members) * 32; begin < end; begin += 32) {
    // where there is one register only, it is taken twice
    const other = bytes - begin > 16 ? begin + 16 : begin;
    const mask0 = tailMask(bytes - begin);
    const mask1 = tailMask(bytes - other);
    let mean0 = v128.load(layer.meanPtr + begin);
    let mean1 = v128.load(layer.meanPtr + other);
    let variance0 = v128.load(layer.variancePtr + begin);
    let variance1 = v128.load(layer.variancePtr + other);
    if (ofBatch) {
      let sum0 = zero;
      let sum1 = zero;
      for (let s: usize = 0, ptr = xPtr; s < rows; s++) {
        sum0 = v128.add<T>(sum0, v128.and(v128.load(ptr + begin), mask0));
        sum1 = v128.add<T>(sum1, v128.and(v128.load(ptr + other), mask1));
        ptr += xBytes;
      }
      sum0 = v128.div<T>(sum0, count);
      sum1 = v128.div<T>(sum1, count);
      let squares0 = zero;
      let squares1 = zero;
      for (let s: usize = 0, ptr = xPtr; s < rows; s++) {
        const d0 = v128.sub<T>(v128.and(v128.load(ptr + begin), mask0), sum0);
        const d1 = v128.sub<T>(v128.and(v128.load(ptr + other), mask1), sum1);
        squares0 = multiplyAdd<T>(squares0, d0, d0);
        squares1 = multiplyAdd<T>(squares1, d1, d1);
        ptr += xBytes;
      }
      squares0 = v128.div<T>(squares0, count);
      squares1 = v128.div<T>(squares1, count);
      v128.store(batchPtr + begin, sum0);
      v128.store(batchPtr + other, sum1);
      v128.store(batchPtr + begin + layer.vectorBytes, squares0);
      v128.store(batchPtr + other + layer.vectorBytes, squares1);
      mean0 = sum0;
      mean1 = sum1;
      variance0 = squares0;
      variance1 = squares1;
    }
    const inverse0 = v128.div<T>(one, v128.sqrt<T>(v128.add<T>(variance0, epsilon)));
    const inverse1 = v128.div<T>(one, v128.sqrt<T>(v128.add<T>(variance1, epsilon)));
    v128.store(layer.inversePtr + begin, inverse0);
    v128.store(layer.inversePtr + other, inverse1);
    const gamma0 = gammaAt<T>(layer, begin);
    const gamma1 = gammaAt<T>(layer, other);
    const beta0 = betaAt<T>(layer, begin);
    const beta1 = betaAt<T>(layer, other);
    let ptr = xPtr;
    let toPtr = zPtr;
    let normalizedPtr = layer.normalizedPtr;
    for (let s: usize = 0; s < rows; s++) {
      const n0 = v128.mul<T>(v128.sub<T>(v128.and(v128.load(ptr + begin), mask0), mean0), inverse0);
      const n1 = v128.mul<T>(v128.sub<T>(v128.and(v128.load(ptr + other), mask1), mean1), inverse1);
      v128.store(normalizedPtr + begin, n0);
      v128.store(normalizedPtr + other, n1);
      v128.store(toPtr + begin, v128.add<T>(v128.mul<T>(n0, gamma0), beta0));
      v128.store(toPtr + other, v128.add<T>(v128.mul<T>(n1, gamma1), beta1));
      ptr += xBytes;
      toPtr += rowBytes;
      normalizedPtr += rowBytes;
    }
  }
}

/** Gradients of gamma and beta, Σ_s δ · normalized and Σ_s δ, of the member's share of columns. */
export function columnGradients<T>(layer: Layer, rows: usize, member: u32, members: u32): void {
  const end = sharedPanels<T>(layer, member + 1, members) * 32;
  for (let begin = sharedPanels<T>(layer, member, members) * 32; begin < end; begin += 32) {
    sumColumns<T>(layer, rows, begin);
  }
}

/** `columnGradients` of a panel. */
function sumColumns<T>(layer: Layer, rows: usize, begin: usize): void {
  const bytes = layer.units * sizeof<T>();
  const rowBytes = layer.rowBytes;
  const other = bytes - begin > 16 ? begin + 16 : begin;
  const mask0 = tailMask(bytes - begin);
  const mask1 = tailMask(bytes - other);
  let sum0 = i64x2.splat(0);
  let sum1 = sum0;
  let product0 = sum0;
  let product1 = sum0;
  let deltaPtr = layer.deltaPtr;
  let normalizedPtr = layer.normalizedPtr;
  for (let s: usize = 0; s < rows; s++) {
    const d0 = v128.and(v128.load(deltaPtr + begin), mask0);
    const d1 = v128.and(v128.load(deltaPtr + other), mask1);
    sum0 = v128.add<T>(sum0, d0);
    sum1 = v128.add<T>(sum1, d1);
    product0 = multiplyAdd<T>(product0, d0, v128.load(normalizedPtr + begin));
    product1 = multiplyAdd<T>(product1, d1, v128.load(normalizedPtr + other));
    deltaPtr += rowBytes;
    normalizedPtr += rowBytes;
  }
  const gammaPtr = layer.gradientPtr;
  const betaPtr = gammaPtr + layer.vectorBytes;
  v128.store(gammaPtr + begin, product0);
  v128.store(gammaPtr + other, product1);
  v128.store(betaPtr + begin, sum0);
  v128.store(betaPtr + other, sum1);
}

/**
 * ∂E/∂x of a batch normalization at toPtr, laid out like δ, and with `ofBatch` the gradients of gamma and beta, of the
 * member's share of columns.
 */
export function columnsBack<T>(
  layer: Layer,
  toPtr: usize,
  rows: usize,
  ofBatch: bool,
  member: u32,
  members: u32,
): void {
  const bytes = layer.units * sizeof<T>();
  const rowBytes = layer.rowBytes;
  const count = v128.splat<T>(<T>rows);
  const betaPtr = layer.gradientPtr + layer.vectorBytes;
  const end = sharedPanels<T>(layer, member + 1, members) * 32;
  for (let begin = sharedPanels<T>(layer, member, members) * 32; begin < end; begin += 32) {
    const other = bytes - begin > 16 ? begin + 16 : begin;
    const mask0 = tailMask(bytes - begin);
    const mask1 = tailMask(bytes - other);
    const factor0 = v128.mul<T>(gammaAt<T>(layer, begin), v128.load(layer.inversePtr + begin));
    const factor1 = v128.mul<T>(gammaAt<T>(layer, other), v128.load(layer.inversePtr + other));
    let deltaPtr = layer.deltaPtr;
    let ptr = toPtr;
    if (!ofBatch) {
      for (let s: usize = 0; s < rows; s++) {
        const d0 = v128.and(v128.load(deltaPtr + begin), mask0);
        const d1 = v128.and(v128.load(deltaPtr + other), mask1);
        v128.store(ptr + begin, v128.mul<T>(factor0, d0));
        v128.store(ptr + other, v128.mul<T>(factor1, d1));
        deltaPtr += rowBytes;
        ptr += rowBytes;
      }
      continue;
    }
    sumColumns<T>(layer, rows, begin);
    const mean0 = v128.div<T>(v128.load(betaPtr + begin), count);
    const mean1 = v128.div<T>(v128.load(betaPtr + other), count);
    const product0 = v128.div<T>(v128.load(layer.gradientPtr + begin), count);
    const product1 = v128.div<T>(v128.load(layer.gradientPtr + other), count);
    let normalizedPtr = layer.normalizedPtr;
    for (let s: usize = 0; s < rows; s++) {
      const d0 = v128.sub<T>(v128.and(v128.load(deltaPtr + begin), mask0), mean0);
      const d1 = v128.sub<T>(v128.and(v128.load(deltaPtr + other), mask1), mean1);
      const n0 = v128.mul<T>(v128.load(normalizedPtr + begin), product0);
      const n1 = v128.mul<T>(v128.load(normalizedPtr + other), product1);
      v128.store(ptr + begin, v128.mul<T>(factor0, v128.sub<T>(d0, n0)));
      v128.store(ptr + other, v128.mul<T>(factor1, v128.sub<T>(d1, n1)));
      deltaPtr += rowBytes;
      normalizedPtr += rowBytes;
      ptr += rowBytes;
    }
  }
}

/** Element `offset` of as many rows as a register has lanes. */
// @ts-ignore: decorator
@inline function acrossRows<T>(ptr0: usize, ptr1: usize, ptr2: usize, ptr3: usize, offset: usize): v128 {
  let found = v128.load_splat<T>(ptr0 + offset);
  found = v128.load_lane<T>(ptr1 + offset, found, 1);
  if (sizeof<T>() == 4) {
    found = v128.load_lane<T>(ptr2 + offset, found, 2);
    found = v128.load_lane<T>(ptr3 + offset, found, 3);
  }
  return found;
}

/** z of `rows` rows of x, each normalized by its own mean and variance. */
export function normalizeRows<T>(layer: Layer, zPtr: usize, row: usize, xPtr: usize, xBytes: usize, rows: usize): void {
  const bytes = layer.units * sizeof<T>();
  const count = v128.splat<T>(<T>layer.units);
  const epsilon = v128.splat<T>(<T>layer.epsilon);
  const one = v128.splat<T>(<T>1);
  for (let s: usize = 0; s < rows; s += lanes<T>()) {
    const left = rows - s;
    const x0 = xPtr + s * xBytes;
    // where there are fewer rows than lanes, the first is taken for the others
    const x1 = left > 1 ? x0 + xBytes : x0;
    const x2 = left > 2 ? x1 + xBytes : x0;
    const x3 = left > 3 ? x2 + xBytes : x0;
    let mean = i64x2.splat(0);
    for (let i: usize = 0; i < bytes; i += sizeof<T>()) mean = v128.add<T>(mean, acrossRows<T>(x0, x1, x2, x3, i));
    mean = v128.div<T>(mean, count);
    let variance = i64x2.splat(0);
    for (let i: usize = 0; i < bytes; i += sizeof<T>()) {
      const d = v128.sub<T>(acrossRows<T>(x0, x1, x2, x3, i), mean);
      variance = multiplyAdd<T>(variance, d, d);
    }
    variance = v128.div<T>(variance, count);
    const inverse = v128.div<T>(one, v128.sqrt<T>(v128.add<T>(variance, epsilon)));
    const to = row + s;
    normalizeRow<T>(layer, zPtr, to, x0, v128.extract_lane<T>(mean, 0), v128.extract_lane<T>(inverse, 0));
    zPtr += layer.rowBytes;
    if (left > 1) {
      normalizeRow<T>(layer, zPtr, to + 1, x1, v128.extract_lane<T>(mean, 1), v128.extract_lane<T>(inverse, 1));
      zPtr += layer.rowBytes;
    }
    if (sizeof<T>() == 4) {
      if (left > 2) {
        normalizeRow<T>(layer, zPtr, to + 2, x2, v128.extract_lane<T>(mean, 2), v128.extract_lane<T>(inverse, 2));
        zPtr += layer.rowBytes;
      }
      if (left > 3) {
        normalizeRow<T>(layer, zPtr, to + 3, x3, v128.extract_lane<T>(mean, 3), v128.extract_lane<T>(inverse, 3));
        zPtr += layer.rowBytes;
      }
    }
  }
}

function normalizeRow<T>(layer: Layer, zPtr: usize, row: usize, xPtr: usize, mean: T, inverse: T): void {
  const bytes = layer.units * sizeof<T>();
  const means = v128.splat<T>(mean);
  const inverses = v128.splat<T>(inverse);
  const normalizedPtr = layer.normalizedPtr + row * layer.rowBytes;
  store<T>(layer.inversePtr + row * sizeof<T>(), inverse);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const d = v128.sub<T>(v128.load(xPtr + offset), means);
    const n = v128.and(v128.mul<T>(d, inverses), tailMask(bytes - offset));
    v128.store(normalizedPtr + offset, n);
    v128.store(zPtr + offset, v128.add<T>(v128.mul<T>(n, gammaAt<T>(layer, offset)), betaAt<T>(layer, offset)));
  }
}

/** ∂E/∂x of a layer normalization at toPtr, laid out like δ, for `rows` rows from row `row` on. */
export function rowsBack<T>(layer: Layer, toPtr: usize, row: usize, rows: usize): void {
  const bytes = layer.units * sizeof<T>();
  const rowBytes = layer.rowBytes;
  const count = v128.splat<T>(<T>layer.units);
  for (let s: usize = 0; s < rows; s += lanes<T>()) {
    const left = rows - s;
    const d0 = layer.deltaPtr + (row + s) * rowBytes;
    const d1 = left > 1 ? d0 + rowBytes : d0;
    const d2 = left > 2 ? d1 + rowBytes : d0;
    const d3 = left > 3 ? d2 + rowBytes : d0;
    const toNormalized = layer.normalizedPtr - layer.deltaPtr;
    const n0 = d0 + toNormalized;
    const n1 = d1 + toNormalized;
    const n2 = d2 + toNormalized;
    const n3 = d3 + toNormalized;
    let sum = i64x2.splat(0);
    let product = i64x2.splat(0);
    for (let j: usize = 0; j < bytes; j += sizeof<T>()) {
      let d = acrossRows<T>(d0, d1, d2, d3, j);
      if (layer.gammaPtr) d = v128.mul<T>(d, v128.load_splat<T>(layer.gammaPtr + j));
      sum = v128.add<T>(sum, d);
      product = multiplyAdd<T>(product, d, acrossRows<T>(n0, n1, n2, n3, j));
    }
    sum = v128.div<T>(sum, count);
    product = v128.div<T>(product, count);
    const from = row + s;
    rowBack<T>(layer, toPtr, from, v128.extract_lane<T>(sum, 0), v128.extract_lane<T>(product, 0));
    toPtr += rowBytes;
    if (left > 1) {
      rowBack<T>(layer, toPtr, from + 1, v128.extract_lane<T>(sum, 1), v128.extract_lane<T>(product, 1));
      toPtr += rowBytes;
    }
    if (sizeof<T>() == 4) {
      if (left > 2) {
        rowBack<T>(layer, toPtr, from + 2, v128.extract_lane<T>(sum, 2), v128.extract_lane<T>(product, 2));
        toPtr += rowBytes;
      }
      if (left > 3) {
        rowBack<T>(layer, toPtr, from + 3, v128.extract_lane<T>(sum, 3), v128.extract_lane<T>(product, 3));
        toPtr += rowBytes;
      }
    }
  }
}

function rowBack<T>(layer: Layer, toPtr: usize, row: usize, sum: T, product: T): void {
  const bytes = layer.units * sizeof<T>();
  const deltaPtr = layer.deltaPtr + row * layer.rowBytes;
  const normalizedPtr = layer.normalizedPtr + row * layer.rowBytes;
  const inverses = v128.load_splat<T>(layer.inversePtr + row * sizeof<T>());
  const sums = v128.splat<T>(sum);
  const products = v128.splat<T>(product);
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const d = v128.mul<T>(v128.load(deltaPtr + offset), gammaAt<T>(layer, offset));
    const n = v128.mul<T>(v128.load(normalizedPtr + offset), products);
    const back = v128.mul<T>(inverses, v128.sub<T>(v128.sub<T>(d, sums), n));
    v128.store(toPtr + offset, v128.and(back, tailMask(bytes - offset)));
  }
}

/** moving = moving · momentum + batch · [1 − momentum] */
export function moveAverages<T>(layer: Layer, movingPtr: usize, batchPtr: usize, bytes: usize): void {
  const momentum = v128.splat<T>(<T>layer.momentum);
  const rest = v128.splat<T>(<T>(1.0 - layer.momentum));
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const kept = v128.mul<T>(v128.load(movingPtr + offset), momentum);
    v128.store(movingPtr + offset, multiplyAdd<T>(kept, v128.load(batchPtr + offset), rest));
  }
}
