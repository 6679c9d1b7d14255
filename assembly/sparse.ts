// The first layer on rows that are mostly zeros, as pictures and one-hot codes are: of a row only the other elements
// are listed, by their columns and values (compressed sparse rows), and the two products run over those alone. The
// caller gives rows that way, or they are compressed batch by batch.
//
// No bit changes. What is left out is x · w = ±0, and s + ±0 is s:
// - A sum of a gradient starts at +0 and is never −0. A z is −0 here and +0 in dense.ts only where the bias is −0. The
//   sigmoid doesn't tell them apart; for other activations hidesZeroSign in network.ts looks. A step makes no bias −0:
//   b − s isn't.
// - Where w or δ is not finite, 0 · w is NaN. But then a parameter stays that is not finite, in the bias if nowhere
//   else, since it takes the sum of δ: the epoch is taken back here and there (epoch.ts).

import { storeAcrossRow } from "./dense";
import { lanes, multiplyAdd, paddedRowBytes, panelCount, panelWidth, vectorBytes } from "./simd";
import { share } from "./team";

/** A compressed row: the columns of its listed elements, u32 each, and as many values. */
@unmanaged class CompressedRow {
  valuesPtr: usize;
  columnsPtr: usize;
  columnsEnd: usize;
}

const MIN_INPUTS: usize = 32;
export const SAMPLED_ROWS: usize = 16;

/**
 * Whether at least half the elements of some rows, `most` of them at most and evenly spread over all, are zeros, and
 * there are enough to gain by it.
 */
export function mostlyZeros(
  xPtr: usize,
  rows: usize,
  inputs: usize,
  units: usize,
  elementBytes: usize,
  most: usize = SAMPLED_ROWS,
): bool {
  if (inputs < MIN_INPUTS || units == 1) return false;
  const zero = i64x2.splat(0);
  const sampled = min(rows, most);
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

/** Bytes of a row's list of columns, or with their size of values: whole registers are written. */
// @ts-ignore: decorator
@inline function listBytes(inputs: usize, bytes: usize): usize {
  return <usize>paddedRowBytes(<u64>bytes * inputs + 16);
}

/** Bytes of `rows` compressed rows; `given`: their lists are the caller's. */
export function compressedBytes(rows: f64, inputs: usize, elementBytes: usize, given: bool): f64 {
  const lists: usize = given ? 0 : listBytes(inputs, 4) + listBytes(inputs, elementBytes);
  return rows * <f64>(offsetof<CompressedRow>() + lists) + 64;
}

// @ts-ignore: decorator
@inline export function compressedRow(rowsPtr: usize, row: usize): usize {
  return rowsPtr + row * offsetof<CompressedRow>();
}

/** For each mask of a register's lanes: the numbers of those set, and how many they are is its popcount. */
const LANES_F32 = memory.data<u32>(
  [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 1, 2, 0, 0, 0, 1, 2, 0, 3, 0, 0, 0, 0, 3, 0,
    0, 1, 3, 0, 0, 0, 1, 3, 0, 2, 3, 0, 0, 0, 2, 3, 0, 1, 2, 3, 0, 0, 1, 2, 3,
  ],
  16,
);
const LANES_F64 = memory.data<u32>([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0], 16);

/** Compresses the row at xPtr as row `row` of the `rows` that rowsPtr has room for. */
export function compressRow<T>(rowsPtr: usize, rows: usize, row: usize, xPtr: usize, inputs: usize): void {
  const compressed = changetype<CompressedRow>(compressedRow(rowsPtr, row));
  const columnsBytes = listBytes(inputs, 4);
  const listsBytes = columnsBytes + listBytes(inputs, sizeof<T>());
  let ptr = ((compressedRow(rowsPtr, rows) + 63) & ~63) + row * listsBytes;
  let valuesPtr = ptr + columnsBytes;
  compressed.columnsPtr = ptr;
  compressed.valuesPtr = valuesPtr;
  const numbers = sizeof<T>() == 4 ? LANES_F32 : LANES_F64;
  const zero = i64x2.splat(0);
  const step = i32x4.splat(<i32>lanes<T>());
  let columns = zero; // of the register's first element, in all lanes
  const end = xPtr + inputs * sizeof<T>();
  for (; xPtr < end; xPtr += 16) {
    const x = v128.load(xPtr);
    const other = v128.ne<T>(x, zero);
    let mask = sizeof<T>() == 4 ? i32x4.bitmask(other) : i64x2.bitmask(other);
    if (xPtr + 16 > end) {
      const left = <i32>((end - xPtr) / sizeof<T>());
      mask &= (1 << left) - 1;
    }
    v128.store(ptr, i32x4.add(columns, v128.load(numbers + ((<usize>mask) << 4))));
    ptr += (<usize>i32.popcnt(mask)) << 2;
    // element by element: V8's first compiler gets i8x16.swizzle wrong on processors without AVX
    for (let lane: usize = 0; lane < lanes<T>(); lane++) {
      store<T>(valuesPtr, load<T>(xPtr + lane * sizeof<T>()));
      valuesPtr += (((<usize>mask) >>> lane) & 1) * sizeof<T>();
    }
    columns = i32x4.add(columns, step);
  }
  compressed.columnsEnd = ptr;
}

/** Has row `row` be one that the caller gives compressed: its elements are from number load(startPtr) on. */
export function pointRow<T>(rowsPtr: usize, row: usize, valuesPtr: usize, columnsPtr: usize, startPtr: usize): void {
  const compressed = changetype<CompressedRow>(compressedRow(rowsPtr, row));
  const start = <usize>load<u32>(startPtr);
  compressed.valuesPtr = valuesPtr + start * sizeof<T>();
  compressed.columnsPtr = columnsPtr + (start << 2);
  compressed.columnsEnd = columnsPtr + ((<usize>load<u32>(startPtr, 4)) << 2);
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
  let valuePtr = row.valuesPtr;
  const end = row.columnsEnd;
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
  for (let ptr = row.columnsPtr; ptr < end; ptr += 4) {
    const w = (<usize>load<u32>(ptr)) << 5;
    const x = v128.load_splat<T>(valuePtr);
    valuePtr += sizeof<T>();
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

/** sum + Σ x · w of a row and the weights of one unit. */
// @ts-ignore: decorator
@inline function sumRow<T>(row: CompressedRow, weightsPtr: usize, sum: T): T {
  let valuePtr = row.valuesPtr;
  const end = row.columnsEnd;
  for (let ptr = row.columnsPtr; ptr < end; ptr += 4) {
    sum += load<T>(valuePtr) * load<T>(weightsPtr + <usize>load<u32>(ptr) * sizeof<T>());
    valuePtr += sizeof<T>();
  }
  return sum;
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
  if (units == 1) {
    if (member > 0) return;
    for (let s: usize = 0; s < rows; s++) {
      const row = changetype<CompressedRow>(compressedRow(rowsPtr, s));
      store<T>(zPtr + s * zBytes, sumRow<T>(row, weightsPtr, load<T>(biasPtr)));
    }
    return;
  }
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

/**
 * `panelGradient` of dense.ts on compressed rows: the gradients are stored; `single`: those of a layer of one unit.
 */
export function panelGradientCompressed<T>(
  gPtr: usize,
  gBiasPtr: usize,
  rowsPtr: usize,
  deltaPtr: usize,
  deltaBytes: usize,
  rows: usize,
  inputs: usize,
  units: usize,
  single: bool,
): void {
  const zero = i64x2.splat(0);
  if (single) {
    memory.fill(gPtr, 0, <usize>vectorBytes(inputs, sizeof<T>()));
    memory.fill(gBiasPtr, 0, 32);
    store<T>(gBiasPtr, scatterColumn<T>(gPtr, rowsPtr, deltaPtr, rows));
    return;
  }
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
  let valuePtr = row.valuesPtr;
  const end = row.columnsEnd;
  for (let ptr = row.columnsPtr; ptr < end; ptr += 4) {
    const x = v128.load_splat<T>(valuePtr);
    valuePtr += sizeof<T>();
    const toPtr = panelPtr + ((<usize>load<u32>(ptr)) << 5);
    v128.store(toPtr, multiplyAdd<T>(v128.load(toPtr), x, d0));
    v128.store(toPtr, multiplyAdd<T>(v128.load(toPtr, 16), x, d1), 16);
  }
}

/** Adds x · δ of all rows to the gradients of one unit's weights; returns Σ δ. */
function scatterColumn<T>(gPtr: usize, rowsPtr: usize, deltaPtr: usize, rows: usize): T {
  let sum: T = 0;
  for (let s: usize = 0; s < rows; s++) {
    const row = changetype<CompressedRow>(compressedRow(rowsPtr, s));
    const delta = load<T>(deltaPtr + s * sizeof<T>());
    let valuePtr = row.valuesPtr;
    const end = row.columnsEnd;
    sum += delta;
    for (let ptr = row.columnsPtr; ptr < end; ptr += 4) {
      const toPtr = gPtr + <usize>load<u32>(ptr) * sizeof<T>();
      store<T>(toPtr, load<T>(toPtr) + load<T>(valuePtr) * delta);
      valuePtr += sizeof<T>();
    }
  }
  return sum;
}

/** How many elements the rows list. */
// @ts-ignore: decorator
@inline function listed(rowsPtr: usize, rows: usize): usize {
  let bytes: usize = 0;
  for (let s: usize = 0; s < rows; s++) {
    const row = changetype<CompressedRow>(compressedRow(rowsPtr, s));
    bytes += row.columnsEnd - row.columnsPtr;
  }
  return bytes >> 2;
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
  // where few columns occur, the others' weights are not visited: w − rate · 0 is w
  const few = listed(rowsPtr, rows) < inputs;
  if (units == 1) {
    if (member > 0) return;
    const sum = scatterColumn<T>(gPtr, rowsPtr, deltaPtr, rows);
    store<T>(biasPtr, load<T>(biasPtr) - learningRate * sum);
    if (few)
      for (let s: usize = 0; s < rows; s++) {
        const row = changetype<CompressedRow>(compressedRow(rowsPtr, s));
        const end = row.columnsEnd;
        for (let ptr = row.columnsPtr; ptr < end; ptr += 4) {
          descendColumn<T>(weightsPtr, gPtr, <usize>load<u32>(ptr) * sizeof<T>(), learningRate);
        }
      }
    else for (let i: usize = 0; i < inputs; i++) descendColumn<T>(weightsPtr, gPtr, i * sizeof<T>(), learningRate);
    return;
  }
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
      const d0 = v128.load(dPtr);
      const d1 = wide ? v128.load(dPtr, 16) : zero;
      b0 = v128.add<T>(b0, d0);
      b1 = v128.add<T>(b1, d1);
      if (rows == 1) {
        let valuePtr = row.valuesPtr;
        const end = row.columnsEnd;
        for (let ptr = row.columnsPtr; ptr < end; ptr += 4) {
          const x = v128.load_splat<T>(valuePtr);
          valuePtr += sizeof<T>();
          const g0 = multiplyAdd<T>(zero, x, d0);
          const g1 = multiplyAdd<T>(zero, x, d1);
          storeAcrossRow<T>(2, panelPtr + ((<usize>load<u32>(ptr)) << 5), g0, g1, true, rate);
        }
      } else {
        scatterRow<T>(gPtr, row, d0, d1);
      }
      dPtr += deltaBytes;
    }
    storeAcrossRow<T>(2, biasPtr + p * 32, b0, b1, true, rate);
    if (rows == 1) continue;
    if (few)
      for (let s: usize = 0; s < rows; s++) {
        const row = changetype<CompressedRow>(compressedRow(rowsPtr, s));
        const end = row.columnsEnd;
        for (let ptr = row.columnsPtr; ptr < end; ptr += 4) {
          descendRow<T>(panelPtr, gPtr, (<usize>load<u32>(ptr)) << 5, rate);
        }
      }
    else for (let offset: usize = 0; offset < inputs * 32; offset += 32) descendRow<T>(panelPtr, gPtr, offset, rate);
  }
}

/** A step of a panel's weights of one input, whose gradients are then 0 again. */
// @ts-ignore: decorator
@inline function descendRow<T>(panelPtr: usize, gPtr: usize, offset: usize, rate: v128): void {
  const zero = i64x2.splat(0);
  const fromPtr = gPtr + offset;
  storeAcrossRow<T>(2, panelPtr + offset, v128.load(fromPtr), v128.load(fromPtr, 16), true, rate);
  v128.store(fromPtr, zero);
  v128.store(fromPtr, zero, 16);
}

/** The same of one unit. */
// @ts-ignore: decorator
@inline function descendColumn<T>(weightsPtr: usize, gPtr: usize, offset: usize, learningRate: T): void {
  const toPtr = weightsPtr + offset;
  store<T>(toPtr, load<T>(toPtr) - learningRate * load<T>(gPtr + offset));
  store<T>(gPtr + offset, 0);
}
