// An optimizer alone, on arrays that belong to no network of ours. In memory it is a network without layers, whose
// parameters are the arrays, each in whole registers. The gradients follow, and a sum for each column:
//
//   Network | Optimizer | ParameterArray 0 … | array 0 | array 1 | … | slot 0 | slot 1 | gradients | sums

import { ARRAY_SIZES, COLUMNS, IS_BIAS, NOT_FINITE, ROWS, UNFINISHED } from "../bindings/catalog/codes";
import { beginGuarded, endGuarded, largest } from "./guarded";
import { Network, createNetwork, headerBytes } from "./network";
import { clipScale, clipValues, slotCount, stepParameters } from "./optimizer";
import { align } from "./simd";


@unmanaged class ParameterArray {
  ptr: usize;
  bytes: usize; // whole registers
  rows: usize;
  columns: usize;
  isBias: bool; // of the array before it
}

// @ts-ignore: decorator
@inline function arrayAt(networkPtr: usize, k: usize): ParameterArray {
  return changetype<ParameterArray>(networkPtr + headerBytes(0) + k * offsetof<ParameterArray>());
}

// @ts-ignore: decorator
@inline function sizeAt(sizesPtr: usize, k: usize, which: u32): u32 {
  return load<u32>(sizesPtr + ((k * ARRAY_SIZES + which) << 2));
}

// @ts-ignore: decorator
@inline function registers(bytes: f64): f64 {
  return Math.ceil(bytes / 16) * 16;
}

/** Where the parameters begin, from the network on. */
// @ts-ignore: decorator
@inline function parametersOffset(count: usize): usize {
  return headerBytes(0) + ((count * offsetof<ParameterArray>() + 63) & ~63);
}

/** Bytes of all arrays together. */
function bytesOfArrays(sizesPtr: usize, count: usize, elementBytes: usize): f64 {
  let bytes: f64 = 0;
  for (let k: usize = 0; k < count; k++) {
    bytes += registers(<f64>sizeAt(sizesPtr, k, ROWS) * <f64>sizeAt(sizesPtr, k, COLUMNS) * <f64>elementBytes);
  }
  return align(bytes);
}

/** Bytes of an optimizer of `count` arrays; sizesPtr points at their sizes (catalog/codes.ts). */
export function arraysBytes(sizesPtr: usize, count: usize, elementBytes: usize, optimizer: u32, firstDecay: f64): f64 {
  let columns: u32 = 0;
  for (let k: usize = 0; k < count; k++) columns = max(columns, sizeAt(sizesPtr, k, COLUMNS));
  const bytes = bytesOfArrays(sizesPtr, count, elementBytes);
  const sums = registers(<f64>columns * <f64>elementBytes);
  return <f64>parametersOffset(count) + bytes * <f64>(2 + slotCount(optimizer, firstDecay)) + sums;
}

/** Lays it out at networkPtr, with all arrays, slots and gradients 0. */
export function createArrays(
  networkPtr: usize,
  sizesPtr: usize,
  numbersPtr: usize,
  count: usize,
  elementBytes: usize,
  kind: u32,
  nesterov: bool,
): void {
  const network = changetype<Network>(networkPtr);
  createNetwork(networkPtr, sizesPtr, numbersPtr, 0, elementBytes, 0, 0, kind, nesterov);
  network.parametersPtr = networkPtr + parametersOffset(count);
  network.parametersBytes = <usize>bytesOfArrays(sizesPtr, count, elementBytes);
  network.stateBytes = network.parametersBytes * (1 + slotCount(kind, network.optimizer.firstDecay));
  let ptr = network.parametersPtr;
  for (let k: usize = 0; k < count; k++) {
    const array = arrayAt(networkPtr, k);
    array.rows = sizeAt(sizesPtr, k, ROWS);
    array.columns = sizeAt(sizesPtr, k, COLUMNS);
    array.isBias = sizeAt(sizesPtr, k, IS_BIAS) != 0;
    array.ptr = ptr;
    array.bytes = (array.rows * array.columns * elementBytes + 15) & ~15;
    ptr += array.bytes;
  }
  memory.fill(network.parametersPtr, 0, network.stateBytes + network.parametersBytes);
}

/** Where array k is; its slots follow it slotBytes apart, and behind the last of them its gradient. */
export function arrayPtr(networkPtr: usize, k: usize): usize {
  return arrayAt(networkPtr, k).ptr;
}

/**
 * A step of all arrays by their gradients. NOT_FINITE: one of these is not, and nothing was done. UNFINISHED: nothing
 * was done, since it may overflow; with memory for a snapshot, as long as arrays and slots, it is done, or NOT_FINITE
 * says that it was taken back.
 */
export function stepArrays<T>(networkPtr: usize, count: usize, learningRate: T, snapshotPtr: usize): u32 {
  const network = changetype<Network>(networkPtr);
  const optimizer = network.optimizer;
  const slotBytes = network.parametersBytes;
  const toGradients = network.stateBytes;
  const gradientsPtr = network.parametersPtr + toGradients;
  const steps = optimizer.steps;
  const product = optimizer.momentumProduct;
  const most = largest<T>(gradientsPtr, slotBytes);
  if (!(most < Infinity)) return NOT_FINITE;
  if (optimizer.clipValue > 0) clipValues<T>(gradientsPtr, slotBytes, optimizer.clipValue);
  if (!beginGuarded<T>(network, most, learningRate, snapshotPtr)) return UNFINISHED;
  const scale: T = optimizer.clipNorm > 0 ? <T>clipScale(squaresOf<T>(network, count), optimizer.clipNorm) : 1;
  for (let k: usize = 0; k < count; k++) {
    const array = arrayAt(networkPtr, k);
    const ptr = array.ptr;
    const decays = !array.isBias;
    stepParameters<T>(optimizer, ptr, ptr + toGradients, array.bytes, slotBytes, learningRate, 0, scale, decays);
  }
  return endGuarded<T>(network, snapshotPtr, steps, product);
}

/** Σ g² over all arrays: in the dtype down each column, with those of a bias, then in f64 over the columns in order. */
function squaresOf<T>(network: Network, count: usize): f64 {
  const networkPtr = changetype<usize>(network);
  const toGradients = network.stateBytes;
  const sumsPtr = network.parametersPtr + toGradients + network.parametersBytes;
  let squares: f64 = 0;
  for (let k: usize = 0; k < count; k++) {
    const array = arrayAt(networkPtr, k);
    const columns = array.columns;
    if (!array.isBias) memory.fill(sumsPtr, 0, columns * sizeof<T>());
    addSquares<T>(sumsPtr, array.ptr + toGradients, array.rows, columns);
    if (k + 1 < count && arrayAt(networkPtr, k + 1).isBias) continue;
    for (let j: usize = 0; j < columns; j++) squares += <f64>load<T>(sumsPtr + j * sizeof<T>());
  }
  return squares;
}

/** sums[j] += g[i][j]² for i ascending. */
function addSquares<T>(sumsPtr: usize, gPtr: usize, rows: usize, columns: usize): void {
  const rowBytes = columns * sizeof<T>();
  const whole = rowBytes & ~15;
  for (let i: usize = 0; i < rows; i++) {
    let offset: usize = 0;
    for (; offset < whole; offset += 16) {
      const g = v128.load(gPtr + offset);
      v128.store(sumsPtr + offset, v128.add<T>(v128.load(sumsPtr + offset), v128.mul<T>(g, g)));
    }
    for (; offset < rowBytes; offset += sizeof<T>()) {
      const g = load<T>(gPtr + offset);
      store<T>(sumsPtr + offset, load<T>(sumsPtr + offset) + g * g);
    }
    gPtr += rowBytes;
  }
}
