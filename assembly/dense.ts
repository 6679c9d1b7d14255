// The three matrix products of a dense layer, Z = XW + b and its two gradients, as register-tiled SIMD.
// Every output element is one sum in index order: a tile divides outputs, never a sum.
//
// Weights (inputs × units, element w[i][j]) are stored as panels of columns, so that a kernel walks memory forwards:
//
//     panel 0: w[0][0..P)  w[1][0..P)  …  w[I-1][0..P)      P = panelWidth: 8 (f32) or 4 (f64)
//     panel 1: w[0][P..2P) …                                the last panel is padded with zeros
//
// A layer of one unit has one plain vector of weights and kernels of its own: dense-single.ts.
//
// A tile is up to 4 rows × 1 panel of the output, held in 8 registers while the loop runs over the summed index
// (`depth`): V8 spills from about nine accumulators on. The two micro-kernels differ in how they read the left operand:
// `tileAlongRows` sums along its rows (forward, input gradient), `tileAcrossRows` down its columns (weight gradient).
// Layout and names after BLIS (docs/KernelsHowTo.md).
//
// What the loops look like comes from V8's machine code, where every instruction counts (bench/README.md):
// - pointers that a loop moves are results of a subtraction: of a parameter V8 would extend the low half in every step;
// - two steps of the index a turn, with an exit between them: without, all loads come first, and registers run out.
// - `lastPtr` is a parameter beside `endPtr`: a difference of 32 taken in the tile is taken again in every turn.

import { forwardSingle, inputGradientSingle, parameterGradientSingle } from "./dense-single";
import { lanes, multiplyAdd, panelCount, panelWidth, sigmoidSlope, weightsBytes } from "./simd";
import { share } from "./team";

/**
 * out[m][0..P) = start[0..P) + Σ_k left[m][k] · panel[k][0..P), then · a(1 − a) where aPtr is not 0.
 * `leftBytes` and `outBytes` are the distances between rows; the panel's last row is at lastPtr, and endPtr behind it;
 * the activations a are laid out like out.
 */
// @ts-ignore: decorator
@inline
function tileAlongRows<T>(
  rows: i32,
  registers: i32,
  depth: usize,
  outPtr: usize,
  outBytes: usize,
  leftPtr: usize,
  leftBytes: usize,
  endPtr: usize,
  lastPtr: usize,
  startPtr: usize,
  aPtr: usize,
): void {
  const start0 = v128.load(startPtr);
  const start1 = v128.load(startPtr, 16);
  let c00 = start0;
  let c01 = start1;
  let c10 = start0;
  let c11 = start1;
  let c20 = start0;
  let c21 = start1;
  let c30 = start0;
  let c31 = start1;
  let row1 = leftPtr + leftBytes;
  let row0 = row1 - leftBytes;
  let row2 = row1 + leftBytes;
  let row3 = row2 + leftBytes;
  let x: v128;
  const unrolled = rows > 2 && registers > 1;
  const steps: usize = unrolled ? 2 : 1;
  for (let ptr = endPtr - depth * 32; ptr < endPtr; ptr += steps * 32) {
    let b0 = v128.load(ptr);
    let b1 = b0;
    if (registers > 1) b1 = v128.load(ptr, 16);
    x = v128.load_splat<T>(row0);
    c00 = multiplyAdd<T>(c00, x, b0);
    if (registers > 1) c01 = multiplyAdd<T>(c01, x, b1);
    if (rows > 1) {
      x = v128.load_splat<T>(row1);
      c10 = multiplyAdd<T>(c10, x, b0);
      if (registers > 1) c11 = multiplyAdd<T>(c11, x, b1);
    }
    if (rows > 2) {
      x = v128.load_splat<T>(row2);
      c20 = multiplyAdd<T>(c20, x, b0);
      if (registers > 1) c21 = multiplyAdd<T>(c21, x, b1);
      x = v128.load_splat<T>(row3);
      c30 = multiplyAdd<T>(c30, x, b0);
      if (registers > 1) c31 = multiplyAdd<T>(c31, x, b1);
    }
    if (unrolled) {
      if (ptr == lastPtr) break;
      b0 = v128.load(ptr, 32);
      b1 = v128.load(ptr, 48);
      x = v128.load_splat<T>(row0, sizeof<T>());
      c00 = multiplyAdd<T>(c00, x, b0);
      c01 = multiplyAdd<T>(c01, x, b1);
      x = v128.load_splat<T>(row1, sizeof<T>());
      c10 = multiplyAdd<T>(c10, x, b0);
      c11 = multiplyAdd<T>(c11, x, b1);
      x = v128.load_splat<T>(row2, sizeof<T>());
      c20 = multiplyAdd<T>(c20, x, b0);
      c21 = multiplyAdd<T>(c21, x, b1);
      x = v128.load_splat<T>(row3, sizeof<T>());
      c30 = multiplyAdd<T>(c30, x, b0);
      c31 = multiplyAdd<T>(c31, x, b1);
    }
    row0 += steps * sizeof<T>();
    if (rows > 1) row1 += steps * sizeof<T>();
    if (rows > 2) {
      row2 += steps * sizeof<T>();
      row3 += steps * sizeof<T>();
    }
  }
  storeAlongRow<T>(registers, outPtr, aPtr, c00, c01);
  if (rows > 1) {
    outPtr += outBytes;
    if (aPtr) aPtr += outBytes;
    storeAlongRow<T>(registers, outPtr, aPtr, c10, c11);
  }
  if (rows > 2) {
    outPtr += outBytes;
    if (aPtr) aPtr += outBytes;
    storeAlongRow<T>(registers, outPtr, aPtr, c20, c21);
    outPtr += outBytes;
    if (aPtr) aPtr += outBytes;
    storeAlongRow<T>(registers, outPtr, aPtr, c30, c31);
  }
}

// @ts-ignore: decorator
@inline
function storeAlongRow<T>(registers: i32, outPtr: usize, aPtr: usize, c0: v128, c1: v128): void {
  if (aPtr) {
    c0 = v128.mul<T>(c0, sigmoidSlope<T>(v128.load(aPtr)));
    if (registers > 1) c1 = v128.mul<T>(c1, sigmoidSlope<T>(v128.load(aPtr, 16)));
  }
  v128.store(outPtr, c0);
  if (registers > 1) v128.store(outPtr, c1, 16);
}

/** All rows of one output panel, `width` of whose columns count, with `tileAlongRows`. */
function panelAlongRows<T>(
  rows: usize,
  width: usize,
  depth: usize,
  outPtr: usize,
  outBytes: usize,
  leftPtr: usize,
  leftBytes: usize,
  endPtr: usize,
  lastPtr: usize,
  startPtr: usize,
  aPtr: usize,
): void {
  if (width > lanes<T>()) {
    tilesAlongRows<T>(2, rows, depth, outPtr, outBytes, leftPtr, leftBytes, endPtr, lastPtr, startPtr, aPtr);
  } else {
    tilesAlongRows<T>(1, rows, depth, outPtr, outBytes, leftPtr, leftBytes, endPtr, lastPtr, startPtr, aPtr);
  }
}

// @ts-ignore: decorator
@inline
function tilesAlongRows<T>(
  registers: i32,
  rows: usize,
  depth: usize,
  outPtr: usize,
  outBytes: usize,
  leftPtr: usize,
  leftBytes: usize,
  endPtr: usize,
  lastPtr: usize,
  startPtr: usize,
  aPtr: usize,
): void {
  for (; rows >= 4; rows -= 4) {
    tileAlongRows<T>(4, registers, depth, outPtr, outBytes, leftPtr, leftBytes, endPtr, lastPtr, startPtr, aPtr);
    outPtr += 4 * outBytes;
    leftPtr += 4 * leftBytes;
    if (aPtr) aPtr += 4 * outBytes;
  }
  if (registers > 1 && rows & 2) {
    tileAlongRows<T>(2, registers, depth, outPtr, outBytes, leftPtr, leftBytes, endPtr, lastPtr, startPtr, aPtr);
    outPtr += 2 * outBytes;
    leftPtr += 2 * leftBytes;
    if (aPtr) aPtr += 2 * outBytes;
    rows -= 2;
  }
  for (; rows > 0; rows--) {
    tileAlongRows<T>(1, registers, depth, outPtr, outBytes, leftPtr, leftBytes, endPtr, lastPtr, startPtr, aPtr);
    outPtr += outBytes;
    leftPtr += leftBytes;
    if (aPtr) aPtr += outBytes;
  }
}

/**
 * z[s][j] = b[j] + Σ_i x[s][i] · w[i][j], for the member's share of units. z's rows are `zBytes` apart, in whole
 * registers.
 */
export function forward<T>(
  zPtr: usize,
  zBytes: usize,
  xPtr: usize,
  xBytes: usize,
  weightsPtr: usize,
  biasPtr: usize,
  rows: usize,
  inputs: usize,
  units: usize,
  member: u32 = 0,
  members: u32 = 1,
): void {
  if (units == 1) {
    if (member == 0) forwardSingle<T>(zPtr, xPtr, xBytes, weightsPtr, biasPtr, rows, inputs);
    return;
  }
  const panels = panelCount<T>(units);
  for (let p = share(panels, member, members), end = share(panels, member + 1, members); p < end; p++) {
    const j = p * panelWidth<T>();
    const endPtr = weightsPtr + (p + 1) * inputs * 32;
    panelAlongRows<T>(
      rows,
      units - j,
      inputs,
      zPtr + p * 32,
      zBytes,
      xPtr,
      xBytes,
      endPtr,
      endPtr - 32,
      biasPtr + p * 32,
      0,
    );
  }
}

const ZERO_PANEL = memory.data(32, 16);

/**
 * t[s][i] = Σ_j w[i][j] · δ[s][j], then · a(1 − a) where aPtr is not 0 (the hidden delta).
 * `packPtr` is room for one transposed panel: units × 32 bytes.
 */
export function inputGradient<T>(
  tPtr: usize,
  tBytes: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  weightsPtr: usize,
  aPtr: usize,
  rows: usize,
  inputs: usize,
  units: usize,
  packPtr: usize,
  member: u32 = 0,
  members: u32 = 1,
): void {
  if (units == 1) {
    if (member == 0) inputGradientSingle<T>(tPtr, tBytes, deltaPtr, deltaBytes, weightsPtr, aPtr, rows, inputs);
    return;
  }
  const panels = panelCount<T>(inputs);
  for (let p = share(panels, member, members), end = share(panels, member + 1, members); p < end; p++) {
    const i = p * panelWidth<T>();
    const width = min<usize>(inputs - i, panelWidth<T>());
    packTransposed<T>(packPtr, weightsPtr + i * 32, inputs * 32, width, units);
    const offset = i * sizeof<T>();
    const endPtr = packPtr + units * 32;
    panelAlongRows<T>(
      rows,
      width,
      units,
      tPtr + offset,
      tBytes,
      deltaPtr,
      deltaBytes,
      endPtr,
      endPtr - 32,
      ZERO_PANEL,
      aPtr ? aPtr + offset : 0,
    );
  }
}

/** pack[j][r] = w[i + r][j] for the `width` rows at wPtr; the rest of each pack row is 0. */
function packTransposed<T>(packPtr: usize, wPtr: usize, nextPanelBytes: usize, width: usize, units: usize): void {
  for (let j: usize = 0; j < units; j += panelWidth<T>()) {
    const columns = min<usize>(units - j, panelWidth<T>());
    let c: usize = 0;
    if (width == panelWidth<T>()) {
      for (; c + lanes<T>() <= columns; c += lanes<T>()) {
        transposeRows<T>(packPtr, wPtr + c * sizeof<T>());
        packPtr += lanes<T>() * 32;
      }
    }
    for (; c < columns; c++) {
      v128.store(packPtr, i64x2.splat(0));
      v128.store(packPtr, i64x2.splat(0), 16);
      for (let r: usize = 0; r < width; r++) {
        store<T>(packPtr + r * sizeof<T>(), load<T>(wPtr + r * 32 + c * sizeof<T>()));
      }
      packPtr += 32;
    }
    wPtr += nextPanelBytes;
  }
}

/** Writes the transpose of panelWidth rows of one register each, both 32 bytes from row to row. */
// @ts-ignore: decorator
@inline
function transposeRows<T>(toPtr: usize, fromPtr: usize): void {
  if (sizeof<T>() == 4) {
    transposeSquare(toPtr, fromPtr);
    transposeSquare(toPtr + 16, fromPtr + 128);
  } else {
    const a = v128.load(fromPtr);
    const b = v128.load(fromPtr, 32);
    const c = v128.load(fromPtr, 64);
    const d = v128.load(fromPtr, 96);
    v128.store(toPtr, i64x2.shuffle(a, b, 0, 2));
    v128.store(toPtr, i64x2.shuffle(c, d, 0, 2), 16);
    v128.store(toPtr, i64x2.shuffle(a, b, 1, 3), 32);
    v128.store(toPtr, i64x2.shuffle(c, d, 1, 3), 48);
  }
}

// @ts-ignore: decorator
@inline
function transposeSquare(toPtr: usize, fromPtr: usize): void {
  const a = v128.load(fromPtr);
  const b = v128.load(fromPtr, 32);
  const c = v128.load(fromPtr, 64);
  const d = v128.load(fromPtr, 96);
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const abHigh = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cdHigh = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(toPtr, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(toPtr, i64x2.shuffle(ab, cd, 1, 3), 32);
  v128.store(toPtr, i64x2.shuffle(abHigh, cdHigh, 0, 2), 64);
  v128.store(toPtr, i64x2.shuffle(abHigh, cdHigh, 1, 3), 96);
}

/**
 * g[m][0..P) = Σ_k left[k][m] · panel[k][0..P) for `rows` neighboring columns m of left, whose rows are `leftBytes`
 * apart. With `descend`, out −= rate · g; else out = g. Output rows are a panel's: 32 bytes apart.
 */
// @ts-ignore: decorator
@inline
function tileAcrossRows<T>(
  rows: i32,
  registers: i32,
  depth: usize,
  outPtr: usize,
  leftPtr: usize,
  leftBytes: usize,
  panelPtr: usize,
  descend: bool,
  rate: v128,
): void {
  const zero = i64x2.splat(0);
  let c00 = zero;
  let c01 = zero;
  let c10 = zero;
  let c11 = zero;
  let c20 = zero;
  let c21 = zero;
  let c30 = zero;
  let c31 = zero;
  let x: v128;
  const panelBytes = depth * 32;
  const end = panelPtr + panelBytes;
  leftPtr = leftPtr + leftBytes - leftBytes;
  for (let ptr = end - panelBytes; ptr < end; ptr += 32) {
    let b0 = v128.load(ptr);
    let b1 = b0;
    if (registers > 1) b1 = v128.load(ptr, 16);
    x = v128.load_splat<T>(leftPtr);
    c00 = multiplyAdd<T>(c00, x, b0);
    if (registers > 1) c01 = multiplyAdd<T>(c01, x, b1);
    if (rows > 1) {
      x = v128.load_splat<T>(leftPtr, sizeof<T>());
      c10 = multiplyAdd<T>(c10, x, b0);
      if (registers > 1) c11 = multiplyAdd<T>(c11, x, b1);
      x = v128.load_splat<T>(leftPtr, 2 * sizeof<T>());
      c20 = multiplyAdd<T>(c20, x, b0);
      if (registers > 1) c21 = multiplyAdd<T>(c21, x, b1);
      x = v128.load_splat<T>(leftPtr, 3 * sizeof<T>());
      c30 = multiplyAdd<T>(c30, x, b0);
      if (registers > 1) c31 = multiplyAdd<T>(c31, x, b1);
    }
    leftPtr += leftBytes;
  }
  storeAcrossRow<T>(registers, outPtr, c00, c01, descend, rate);
  if (rows > 1) {
    storeAcrossRow<T>(registers, outPtr + 32, c10, c11, descend, rate);
    storeAcrossRow<T>(registers, outPtr + 64, c20, c21, descend, rate);
    storeAcrossRow<T>(registers, outPtr + 96, c30, c31, descend, rate);
  }
}

// @ts-ignore: decorator
@inline
export function storeAcrossRow<T>(registers: i32, outPtr: usize, g0: v128, g1: v128, descend: bool, rate: v128): void {
  if (descend) {
    g0 = v128.sub<T>(v128.load(outPtr), v128.mul<T>(rate, g0));
    if (registers > 1) g1 = v128.sub<T>(v128.load(outPtr, 16), v128.mul<T>(rate, g1));
  }
  v128.store(outPtr, g0);
  if (registers > 1) v128.store(outPtr, g1, 16);
}

/** One panel of the weight and bias gradients with `tileAcrossRows`; `registers` of its columns count. */
// @ts-ignore: decorator
@inline
function panelAcrossRows<T>(
  registers: i32,
  gPtr: usize,
  gBiasPtr: usize,
  xPtr: usize,
  xBytes: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  inputs: usize,
  packPtr: usize,
  descend: bool,
  rate: v128,
): void {
  const panelPtr = packRows<T>(registers, packPtr, deltaPtr, deltaBytes, rows, gBiasPtr, descend, rate);
  for (; inputs >= 4; inputs -= 4) {
    tileAcrossRows<T>(4, registers, rows, gPtr, xPtr, xBytes, panelPtr, descend, rate);
    gPtr += 128;
    xPtr += 4 * sizeof<T>();
  }
  for (; inputs > 0; inputs--) {
    tileAcrossRows<T>(1, registers, rows, gPtr, xPtr, xBytes, panelPtr, descend, rate);
    gPtr += 32;
    xPtr += sizeof<T>();
  }
}

// Functions of their own: the optimizer folds two arms of an `if` into one, and then asks for `registers` in the loop.
function widePanelAcrossRows<T>(
  gPtr: usize,
  gBiasPtr: usize,
  xPtr: usize,
  xBytes: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  inputs: usize,
  packPtr: usize,
  descend: bool,
  rate: v128,
): void {
  panelAcrossRows<T>(2, gPtr, gBiasPtr, xPtr, xBytes, deltaPtr, deltaBytes, rows, inputs, packPtr, descend, rate);
}
function narrowPanelAcrossRows<T>(
  gPtr: usize,
  gBiasPtr: usize,
  xPtr: usize,
  xBytes: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  inputs: usize,
  packPtr: usize,
  descend: bool,
  rate: v128,
): void {
  panelAcrossRows<T>(1, gPtr, gBiasPtr, xPtr, xBytes, deltaPtr, deltaBytes, rows, inputs, packPtr, descend, rate);
}

/**
 * g[i][j] = Σ_s x[s][i] · δ[s][j] and g[j] = Σ_s δ[s][j], one panel of columns at a time, for the member's share of
 * units: it is that of `forward`, so that weights stay in one core's cache. With `descend` the weights and biases at
 * gPtr and gBiasPtr take the step −learningRate · g in the same pass; else the gradients are stored there. `packPtr` is
 * room for one panel of δ: rows × 32 bytes.
 */
export function parameterGradient<T>(
  gPtr: usize,
  gBiasPtr: usize,
  xPtr: usize,
  xBytes: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  inputs: usize,
  units: usize,
  packPtr: usize,
  descend: bool,
  learningRate: T,
  member: u32 = 0,
  members: u32 = 1,
): void {
  if (units == 1) {
    if (member == 0) {
      parameterGradientSingle<T>(
        gPtr,
        gBiasPtr,
        xPtr,
        xBytes,
        deltaPtr,
        deltaBytes,
        rows,
        inputs,
        descend,
        learningRate,
      );
    }
    return;
  }
  const rate = v128.splat<T>(learningRate);
  const panels = panelCount<T>(units);
  for (let p = share(panels, member, members), end = share(panels, member + 1, members); p < end; p++) {
    const offset = p * 32;
    panelGradient<T>(
      gPtr + offset * inputs,
      gBiasPtr + offset,
      xPtr,
      xBytes,
      deltaPtr + offset,
      deltaBytes,
      rows,
      inputs,
      units - p * panelWidth<T>(),
      packPtr,
      descend,
      rate,
    );
  }
}

/**
 * `parameterGradient` of one panel, of which `units` columns count; of a register in which none does nothing is
 * written.
 */
// @ts-ignore: decorator
@inline export function panelGradient<T>(
  gPtr: usize,
  gBiasPtr: usize,
  xPtr: usize,
  xBytes: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  inputs: usize,
  units: usize,
  packPtr: usize,
  descend: bool,
  rate: v128,
): void {
  if (units > lanes<T>()) {
    widePanelAcrossRows<T>(gPtr, gBiasPtr, xPtr, xBytes, deltaPtr, deltaBytes, rows, inputs, packPtr, descend, rate);
  } else {
    narrowPanelAcrossRows<T>(gPtr, gBiasPtr, xPtr, xBytes, deltaPtr, deltaBytes, rows, inputs, packPtr, descend, rate);
  }
}

/** Finishes one panel's bias gradient and copies its δ into consecutive rows (one row is left where it is). */
// @ts-ignore: decorator
@inline
function packRows<T>(
  registers: i32,
  packPtr: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  biasPtr: usize,
  descend: bool,
  rate: v128,
): usize {
  let g0 = i64x2.splat(0);
  let g1 = g0;
  if (rows == 1) {
    g0 = v128.add<T>(g0, v128.load(deltaPtr));
    if (registers > 1) g1 = v128.add<T>(g1, v128.load(deltaPtr, 16));
    storeAcrossRow<T>(registers, biasPtr, g0, g1, descend, rate);
    return deltaPtr;
  }
  for (let to = packPtr, end = packPtr + rows * 32; to < end; to += 32) {
    const d0 = v128.load(deltaPtr);
    v128.store(to, d0);
    g0 = v128.add<T>(g0, d0);
    if (registers > 1) {
      const d1 = v128.load(deltaPtr, 16);
      v128.store(to, d1, 16);
      g1 = v128.add<T>(g1, d1);
    }
    deltaPtr += deltaBytes;
  }
  storeAcrossRow<T>(registers, biasPtr, g0, g1, descend, rate);
  return packPtr;
}

/** Row-major w (inputs × units) into panels; the padding of the last panel is written as 0. */
export function packPanels(panelsPtr: usize, wPtr: usize, inputs: usize, units: usize, elementBytes: usize): void {
  memory.fill(panelsPtr, 0, <usize>weightsBytes(inputs, units, elementBytes));
  movePanels(panelsPtr, wPtr, inputs, inputs, units, elementBytes, units == 1, true);
}

/** Panels back into row-major w. */
export function unpackPanels(wPtr: usize, panelsPtr: usize, inputs: usize, units: usize, elementBytes: usize): void {
  movePanels(panelsPtr, wPtr, inputs, inputs, units, elementBytes, units == 1, false);
}

/**
 * Copies `rows` rows of panels, from the row at panelsPtr on, to the row-major block at wPtr, or with `pack` from it.
 * Panels have `inputs` rows in all; of their units the first `units` are copied. `single`: the layer has one unit,
 * whose weights are one plain vector.
 */
export function movePanels(
  panelsPtr: usize,
  wPtr: usize,
  inputs: usize,
  rows: usize,
  units: usize,
  elementBytes: usize,
  single: bool,
  pack: bool,
): void {
  const rowBytes = units * elementBytes;
  if (single) {
    if (pack) memory.copy(panelsPtr, wPtr, rows * elementBytes);
    else memory.copy(wPtr, panelsPtr, rows * elementBytes);
    return;
  }
  for (let offset: usize = 0; offset < rowBytes; offset += 32) {
    // rows are short: each call of memory.copy would take longer than all of them
    let panelPtr = panelsPtr;
    let ptr = wPtr + offset;
    const bytes = min<usize>(rowBytes - offset, 32);
    for (const end = panelPtr + rows * 32; panelPtr < end; panelPtr += 32) {
      const toPtr = pack ? panelPtr : ptr;
      const fromPtr = pack ? ptr : panelPtr;
      if (bytes == 32) {
        v128.store(toPtr, v128.load(fromPtr));
        v128.store(toPtr, v128.load(fromPtr, 16), 16);
      } else {
        for (let at: usize = 0; at < bytes; at += 4) store<u32>(toPtr + at, load<u32>(fromPtr + at));
      }
      ptr += rowBytes;
    }
    panelsPtr += inputs * 32;
  }
}
