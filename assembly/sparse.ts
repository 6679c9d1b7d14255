// The first layer on rows that are mostly zeros, as pictures and one-hot codes are: a row is compressed to the offsets
// of its other elements (compressed sparse rows, values left where they are), and the two products run over those
// alone.
//
// No bit changes. What is left out is x · w = ±0, and s + ±0 is s:
// - A sum of a gradient starts at +0 and is never −0. A z is −0 here and +0 in dense.ts only where the bias is −0. The
//   sigmoid doesn't tell them apart; for other activations hidesZeroSign in network.ts looks. A step makes no bias −0:
//   b − s isn't.
// - Where w or δ is not finite, 0 · w is NaN. But then a parameter stays that is not finite, in the bias if nowhere
//   else, since it takes the sum of δ: the epoch is taken back here and there (epoch.ts).

import { storeAcrossRow } from "./dense";
import { lanes, multiplyAdd, paddedRowBytes, panelCount, panelWidth } from "./simd";
import { share } from "./team";

/** A compressed row: byte offsets of its non-zero elements from xPtr on, u32 each. */
@unmanaged class CompressedRow {
  xPtr: usize;
  offsetsPtr: usize;
  offsetsEnd: usize;
}

const MIN_INPUTS: usize = 32;
const SAMPLED_ROWS: usize = 16;

/**
 * Whether at least half the elements of some rows, evenly spread over all, are zeros, and there are enough to gain by
 * it.
 */
export function mostlyZeros(xPtr: usize, rows: usize, inputs: usize, units: usize, elementBytes: usize): bool {
  if (inputs < MIN_INPUTS || units == 1) return false;
  const zero = i64x2.splat(0);
  const sampled = min(rows, SAMPLED_ROWS);
  const bytes = inputs * elementBytes;
  let count: usize = 0;
  let seen: usize = 0;
  for (let n: usize = 0; n < sampled; n++) {
    const ptr = xPtr + share(rows, <u32>n, <u32>sampled) * bytes;
    for (let offset: usize = 0; offset + 16 <= bytes; offset += 16) {
      const x = v128.load(ptr + offset);
      const mask = elementBytes == 4 ? i32x4.bitmask(i32x4.ne(x, zero)) : i64x2.bitmask(i64x2.ne(x, zero));
      count += <usize>i32.popcnt(mask);
      seen += 16 / elementBytes;
    }
  }
  return count * 2 <= seen;
}

// @ts-ignore: decorator
@inline function listBytes(inputs: usize): usize {
  return <usize>paddedRowBytes(4 * inputs + 16); // whole registers are written
}

/** Bytes of `rows` compressed rows. */
export function compressedBytes(rows: f64, inputs: usize): f64 {
  return rows * <f64>(offsetof<CompressedRow>() + listBytes(inputs)) + 64;
}

// @ts-ignore: decorator
@inline export function compressedRow(rowsPtr: usize, row: usize): usize {
  return rowsPtr + row * offsetof<CompressedRow>();
}

/** For each mask of a register's lanes: the byte offsets of those set, and how many they are is its popcount. */
const OFFSETS_F32 = memory.data<u32>(
  [
    0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 8, 0, 0, 0, 0, 8, 0, 0, 4, 8, 0, 0, 0, 4, 8, 0, 12, 0, 0, 0, 0, 12,
    0, 0, 4, 12, 0, 0, 0, 4, 12, 0, 8, 12, 0, 0, 0, 8, 12, 0, 4, 8, 12, 0, 0, 4, 8, 12,
  ],
  16,
);
const OFFSETS_F64 = memory.data<u32>([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 8, 0, 0], 16);

/** Compresses the row at xPtr as row `row` of the `rows` that rowsPtr has room for. */
export function compressRow<T>(rowsPtr: usize, rows: usize, row: usize, xPtr: usize, inputs: usize): void {
  const compressed = changetype<CompressedRow>(compressedRow(rowsPtr, row));
  let ptr = ((compressedRow(rowsPtr, rows) + 63) & ~63) + row * listBytes(inputs);
  compressed.xPtr = xPtr;
  compressed.offsetsPtr = ptr;
  const table = sizeof<T>() == 4 ? OFFSETS_F32 : OFFSETS_F64;
  const zero = i64x2.splat(0);
  const bytes = inputs * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const other = v128.ne<T>(v128.load(xPtr + offset), zero);
    let mask = sizeof<T>() == 4 ? i32x4.bitmask(other) : i64x2.bitmask(other);
    if (offset + 16 > bytes) {
      const left = <i32>((bytes - offset) / sizeof<T>());
      mask &= (1 << left) - 1;
    }
    v128.store(ptr, i32x4.add(i32x4.splat(<i32>offset), v128.load(table + ((<usize>mask) << 4))));
    ptr += (<usize>i32.popcnt(mask)) << 2;
  }
  compressed.offsetsEnd = ptr;
}

/**
 * z of one row and `panels` panels of units, 1 to 3; the last one's second register counts if `wide`. Of four panels V8
 * loads all before it multiplies, and a sum that has no register left waits for memory in every turn.
 */
// @ts-ignore: decorator
@inline function forwardPanels<T>(
  panels: i32,
  zPtr: usize,
  row: CompressedRow,
  weightsPtr: usize,
  panelBytes: usize,
  biasPtr: usize,
  wide: bool,
): void {
  const xPtr = row.xPtr;
  const end = row.offsetsEnd;
  const panel0 = weightsPtr;
  const panel1 = panel0 + panelBytes;
  const panel2 = panel1 + panelBytes;
  let c00 = v128.load(biasPtr);
  let c01 = v128.load(biasPtr, 16);
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  if (panels > 1) {
    c10 = v128.load(biasPtr, 32);
    c11 = v128.load(biasPtr, 48);
  }
  if (panels > 2) {
    c20 = v128.load(biasPtr, 64);
    c21 = v128.load(biasPtr, 80);
  }
  for (let ptr = row.offsetsPtr; ptr < end; ptr += 4) {
    const offset = <usize>load<u32>(ptr);
    const w = offset * panelWidth<T>();
    const x = v128.load_splat<T>(xPtr + offset);
    let from = panel0 + w;
    c00 = multiplyAdd<T>(c00, x, v128.load(from));
    c01 = multiplyAdd<T>(c01, x, v128.load(from, 16));
    if (panels > 1) {
      from = panel1 + w;
      c10 = multiplyAdd<T>(c10, x, v128.load(from));
      c11 = multiplyAdd<T>(c11, x, v128.load(from, 16));
    }
    if (panels > 2) {
      from = panel2 + w;
      c20 = multiplyAdd<T>(c20, x, v128.load(from));
      c21 = multiplyAdd<T>(c21, x, v128.load(from, 16));
    }
  }
  v128.store(zPtr, c00);
  if (panels > 1 || wide) v128.store(zPtr, c01, 16);
  if (panels > 1) {
    v128.store(zPtr, c10, 32);
    if (panels > 2 || wide) v128.store(zPtr, c11, 48);
  }
  if (panels > 2) {
    v128.store(zPtr, c20, 64);
    if (wide) v128.store(zPtr, c21, 80);
  }
}

/** `forward` of dense.ts on compressed rows. */
export function forwardCompressed<T>(
  zPtr: usize,
  zBytes: usize,
  rowsPtr: usize,
  weightsPtr: usize,
  biasPtr: usize,
  rows: usize,
  inputs: usize,
  units: usize,
  member: u32,
  members: u32,
): void {
  const panels = panelCount<T>(units);
  const end = share(panels, member + 1, members);
  const panelBytes = inputs * 32;
  let p = share(panels, member, members);
  while (p < end) {
    const left = end - p;
    const take: usize = left == 1 ? 1 : left == 2 || left == 4 ? 2 : 3;
    const next = p + take;
    const wide = units + lanes<T>() > next * panelWidth<T>();
    for (let s: usize = 0; s < rows; s++) {
      const row = changetype<CompressedRow>(compressedRow(rowsPtr, s));
      const toPtr = zPtr + s * zBytes + p * 32;
      const fromPtr = weightsPtr + p * panelBytes;
      const startPtr = biasPtr + p * 32;
      if (take == 3) forwardPanels<T>(3, toPtr, row, fromPtr, panelBytes, startPtr, wide);
      else if (take == 2) forwardPanels<T>(2, toPtr, row, fromPtr, panelBytes, startPtr, wide);
      else forwardPanels<T>(1, toPtr, row, fromPtr, panelBytes, startPtr, wide);
    }
    p = next;
  }
}

/** `panelGradient` of dense.ts on compressed rows: the gradients are stored. */
export function panelGradientCompressed<T>(
  gPtr: usize,
  gBiasPtr: usize,
  rowsPtr: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  inputs: usize,
  units: usize,
): void {
  const zero = i64x2.splat(0);
  const wide = units > lanes<T>();
  let b0 = zero;
  let b1 = zero;
  memory.fill(gPtr, 0, inputs * 32);
  for (let s: usize = 0; s < rows; s++) {
    const d0 = v128.load(deltaPtr);
    const d1 = wide ? v128.load(deltaPtr, 16) : zero;
    b0 = v128.add<T>(b0, d0);
    b1 = v128.add<T>(b1, d1);
    scatterRow<T>(gPtr, changetype<CompressedRow>(compressedRow(rowsPtr, s)), d0, d1);
    deltaPtr += deltaBytes;
  }
  storeAcrossRow<T>(2, gBiasPtr, b0, b1, false, zero);
}

/** Adds x · δ of a row to a panel. */
// @ts-ignore: decorator
@inline function scatterRow<T>(panelPtr: usize, row: CompressedRow, d0: v128, d1: v128): void {
  const xPtr = row.xPtr;
  const end = row.offsetsEnd;
  for (let ptr = row.offsetsPtr; ptr < end; ptr += 4) {
    const offset = <usize>load<u32>(ptr);
    const x = v128.load_splat<T>(xPtr + offset);
    const toPtr = panelPtr + offset * panelWidth<T>();
    v128.store(toPtr, multiplyAdd<T>(v128.load(toPtr), x, d0));
    v128.store(toPtr, multiplyAdd<T>(v128.load(toPtr, 16), x, d1), 16);
  }
}

/**
 * The step of `parameterGradient` in dense.ts on compressed rows. `gPtr`: a gradient's panel, inputs × 32 bytes of
 * zeros, which they are again afterwards.
 */
export function descendCompressed<T>(
  weightsPtr: usize,
  biasPtr: usize,
  rowsPtr: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  inputs: usize,
  units: usize,
  gPtr: usize,
  learningRate: T,
  member: u32,
  members: u32,
): void {
  const rate = v128.splat<T>(learningRate);
  const zero = i64x2.splat(0);
  const panels = panelCount<T>(units);
  for (let p = share(panels, member, members), last = share(panels, member + 1, members); p < last; p++) {
    const wide = units > p * panelWidth<T>() + lanes<T>();
    const panelPtr = weightsPtr + p * inputs * 32;
    let b0 = zero;
    let b1 = zero;
    let dPtr = deltaPtr + p * 32;
    for (let s: usize = 0; s < rows; s++) {
      const row = changetype<CompressedRow>(compressedRow(rowsPtr, s));
      const xPtr = row.xPtr;
      const end = row.offsetsEnd;
      const d0 = v128.load(dPtr);
      const d1 = wide ? v128.load(dPtr, 16) : zero;
      b0 = v128.add<T>(b0, d0);
      b1 = v128.add<T>(b1, d1);
      if (rows == 1) {
        for (let ptr = row.offsetsPtr; ptr < end; ptr += 4) {
          const offset = <usize>load<u32>(ptr);
          const x = v128.load_splat<T>(xPtr + offset);
          const g0 = multiplyAdd<T>(zero, x, d0);
          const g1 = multiplyAdd<T>(zero, x, d1);
          storeAcrossRow<T>(2, panelPtr + offset * panelWidth<T>(), g0, g1, true, rate);
        }
      } else {
        scatterRow<T>(gPtr, row, d0, d1);
      }
      dPtr += deltaBytes;
    }
    storeAcrossRow<T>(2, biasPtr + p * 32, b0, b1, true, rate);
    if (rows == 1) continue;
    for (let offset: usize = 0; offset < inputs * 32; offset += 32) {
      storeAcrossRow<T>(2, panelPtr + offset, v128.load(gPtr + offset), v128.load(gPtr + offset, 16), true, rate);
      v128.store(gPtr + offset, zero);
      v128.store(gPtr + offset, zero, 16);
    }
  }
}
