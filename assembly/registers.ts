// Training networks so small that a step is one chain of dependent operations, with no work to hide its latency behind.
// A round trip through memory would lengthen the chain, so the parameters stay in registers from step to step:
//
//   trainUnit    one unit, two inputs, batches of 4 rows: the perceptron on a truth table
//   trainHidden  two inputs, 2 to 4 hidden units, one output, batches of 1 row: exclusive or
//
// A register holds the rows of a batch or the units of a layer (in f64 two registers do), a parameter that all of them
// need is in all lanes of one. The sums and their order are those of dense.ts and loss.ts. Memory has the parameters
// after each step, and V8 keeps more in registers where no loop stands between two steps.

import { NOT_FINITE, SSE, UNFINISHED } from "../bindings/catalog/codes";
import { Training, copyVectors, endOfCall, epochsLeft, nextEpoch, orderEpoch, rewindEpoch } from "./epoch";
import { addSquares } from "./loss";
import { Network, layerAt } from "./network";
import { prepareSigmoidTable, sigmoidFirstByTable, sigmoidByTable } from "./sigmoid-table";
import { lanes, multiplyAdd, sigmoidSlope, tailMask } from "./simd";

const INPUTS: usize = 2;
const UNIT_ROWS: usize = 4;
const MAX_HIDDEN: usize = 4;

export function fitsUnit(training: Training, network: Network): bool {
  const first = layerAt(network, 0);
  return (
    network.layerCount == 1 &&
    first.units == 1 &&
    first.inputs == INPUTS &&
    training.batchSize == UNIT_ROWS &&
    training.rows % UNIT_ROWS == 0
  );
}

/** Two inputs, 2 to 4 hidden units, one output, a row at a time. */
export function fitsHidden(training: Training, network: Network): bool {
  if (network.layerCount != 2 || training.batchSize != 1) return false;
  const hidden = layerAt(network, 0);
  return hidden.inputs == INPUTS && hidden.units > 1 && hidden.units <= MAX_HIDDEN && layerAt(network, 1).units == 1;
}

export function trainUnit<T>(training: Training, network: Network, learningRate: T, maxSteps: u32): u32 {
  const unit = layerAt(network, 0);
  const weightsPtr = unit.weightsPtr;
  const biasPtr = unit.biasPtr;
  const xPtr = training.xPtr;
  const yPtr = training.yPtr;
  const orderPtr = training.orderPtr;
  const rows = training.rows;
  const rate = v128.splat<T>(learningRate);
  const zero = i64x2.splat(0);
  const firstLane = tailMask(sizeof<T>());
  let w0 = v128.load_splat<T>(weightsPtr);
  let w1 = v128.load_splat<T>(weightsPtr, sizeof<T>());
  let bias = v128.load_splat<T>(biasPtr);
  const toSnapshot = prepare(training, network);
  while (epochsLeft(training)) {
    if (training.position == 0 && maxSteps) {
      v128.store(weightsPtr + toSnapshot, pair<T>(w0, w1));
      v128.store(biasPtr + toSnapshot, v128.and(bias, firstLane));
      if (orderPtr) orderEpoch(training);
    }
    let position = training.position;
    let errorSum = training.errorSum;
    while (position < rows) {
      if (maxSteps-- == 0) {
        training.position = position;
        training.errorSum = errorSum;
        return UNFINISHED;
      }
      let row0 = position;
      let row1 = row0 + 1;
      let row2 = row0 + 2;
      let row3 = row0 + 3;
      if (orderPtr) {
        row0 = load<u32>(orderPtr + (row0 << 2));
        row1 = load<u32>(orderPtr + (row1 << 2));
        row2 = load<u32>(orderPtr + (row2 << 2));
        row3 = load<u32>(orderPtr + (row3 << 2));
      }
      let x0 = column<T>(xPtr, 2, row0, row1, row2, row3);
      let x1 = column<T>(xPtr + sizeof<T>(), 2, row0, row1, row2, row3);
      let y = column<T>(yPtr, 1, row0, row1, row2, row3);
      let a = sigmoidByTable<T>(multiplyAdd<T>(multiplyAdd<T>(bias, x0, w0), x1, w1));
      let difference = v128.sub<T>(a, y);
      let delta = v128.mul<T>(difference, sigmoidSlope<T>(a));
      let g0 = addLanes<T>(zero, v128.mul<T>(x0, delta));
      let g1 = addLanes<T>(zero, v128.mul<T>(x1, delta));
      let gBias = addLanes<T>(zero, delta);
      errorSum = addSquares<T>(errorSum, difference, lanes<T>());
      if (sizeof<T>() == 8) {
        // a register has two rows: the other two
        x0 = column<T>(xPtr, 2, row2, row3, row2, row3);
        x1 = column<T>(xPtr + sizeof<T>(), 2, row2, row3, row2, row3);
        y = column<T>(yPtr, 1, row2, row3, row2, row3);
        a = sigmoidByTable<T>(multiplyAdd<T>(multiplyAdd<T>(bias, x0, w0), x1, w1));
        difference = v128.sub<T>(a, y);
        delta = v128.mul<T>(difference, sigmoidSlope<T>(a));
        g0 = addLanes<T>(g0, v128.mul<T>(x0, delta));
        g1 = addLanes<T>(g1, v128.mul<T>(x1, delta));
        gBias = addLanes<T>(gBias, delta);
        errorSum = addSquares<T>(errorSum, difference, lanes<T>());
      }
      w0 = v128.sub<T>(w0, v128.mul<T>(rate, g0));
      w1 = v128.sub<T>(w1, v128.mul<T>(rate, g1));
      bias = v128.sub<T>(bias, v128.mul<T>(rate, gBias));
      v128.store(weightsPtr, pair<T>(w0, w1));
      v128.store(biasPtr, v128.and(bias, firstLane));
      position += UNIT_ROWS;
    }
    training.position = position;
    training.errorSum = errorSum;
    const sum = v128.add<T>(v128.add<T>(v128.mul<T>(w0, zero), v128.mul<T>(w1, zero)), v128.mul<T>(bias, zero));
    if (!isFinite(errorSum) || !isZero<T>(sum)) {
      rewindEpoch(changetype<usize>(training));
      return NOT_FINITE;
    }
    nextEpoch(training, SSE, 1);
  }
  return endOfCall(training);
}

export function trainHidden<T>(training: Training, network: Network, learningRate: T, maxSteps: u32): u32 {
  const hidden = layerAt(network, 0);
  const output = layerAt(network, 1);
  const units = hidden.units;
  const weightsPtr = hidden.weightsPtr;
  const biasPtr = hidden.biasPtr;
  const outputPtr = output.weightsPtr;
  const outputBiasPtr = output.biasPtr;
  const xPtr = training.xPtr;
  const yPtr = training.yPtr;
  const orderPtr = training.orderPtr;
  const rows = training.rows;
  const rate = v128.splat<T>(learningRate);
  const zero = i64x2.splat(0);
  const firstLane = tailMask(sizeof<T>());
  const mask = tailMask(units * sizeof<T>());
  const maskHigh = units > 2 ? tailMask((units - 2) * sizeof<T>()) : zero; // f64 alone has High registers
  let w0 = v128.load(weightsPtr);
  let w1 = v128.load(weightsPtr, 32);
  let bias = v128.load(biasPtr);
  let v = v128.load(outputPtr);
  let w0High = zero;
  let w1High = zero;
  let biasHigh = zero;
  let vHigh = zero;
  let outputBias = v128.load(outputBiasPtr);
  if (sizeof<T>() == 8) {
    w0High = v128.load(weightsPtr, 16);
    w1High = v128.load(weightsPtr, 48);
    biasHigh = v128.load(biasPtr, 16);
    if (units > 2) vHigh = v128.load(outputPtr, 16);
  }
  const toSnapshot = prepare(training, network);
  while (epochsLeft(training)) {
    if (training.position == 0 && maxSteps) {
      v128.store(weightsPtr + toSnapshot, w0);
      v128.store(weightsPtr + toSnapshot, w1, 32);
      v128.store(biasPtr + toSnapshot, bias);
      v128.store(outputPtr + toSnapshot, v);
      v128.store(outputBiasPtr + toSnapshot, outputBias);
      if (sizeof<T>() == 8) {
        v128.store(weightsPtr + toSnapshot, w0High, 16);
        v128.store(weightsPtr + toSnapshot, w1High, 48);
        v128.store(biasPtr + toSnapshot, biasHigh, 16);
        if (units > 2) v128.store(outputPtr + toSnapshot, vHigh, 16);
      }
      if (orderPtr) orderEpoch(training);
    }
    let position = training.position;
    let errorSum = training.errorSum;
    while (position < rows) {
      if (maxSteps-- == 0) {
        training.position = position;
        training.errorSum = errorSum;
        return UNFINISHED;
      }
      const row = orderPtr ? <usize>load<u32>(orderPtr + (position << 2)) : position;
      const x0 = v128.load_splat<T>(xPtr + row * 2 * sizeof<T>());
      const x1 = v128.load_splat<T>(xPtr + row * 2 * sizeof<T>(), sizeof<T>());
      const a = sigmoidByTable<T>(multiplyAdd<T>(multiplyAdd<T>(bias, x0, w0), x1, w1));
      let aHigh = zero;
      if (sizeof<T>() == 8) aHigh = sigmoidByTable<T>(multiplyAdd<T>(multiplyAdd<T>(biasHigh, x0, w0High), x1, w1High));
      const products = v128.mul<T>(a, v);
      let z = v128.add<T>(outputBias, products); // in the first lane
      if (sizeof<T>() == 4) {
        z = f32x4.add(z, i32x4.shuffle(products, products, 1, 1, 1, 1));
        if (units > 2) z = f32x4.add(z, i32x4.shuffle(products, products, 2, 2, 2, 2));
        if (units > 3) z = f32x4.add(z, i32x4.shuffle(products, products, 3, 3, 3, 3));
      } else {
        z = f64x2.add(z, i64x2.shuffle(products, products, 1, 1));
        const productsHigh = v128.mul<T>(aHigh, vHigh);
        if (units > 2) z = f64x2.add(z, productsHigh);
        if (units > 3) z = f64x2.add(z, i64x2.shuffle(productsHigh, productsHigh, 1, 1));
      }
      const prediction = sigmoidFirstByTable<T>(z);
      const difference = v128.sub<T>(prediction, v128.load_splat<T>(yPtr + row * sizeof<T>()));
      const square = <f64>v128.extract_lane<T>(difference, 0);
      errorSum += square * square;
      const outputDelta = splatFirst<T>(v128.mul<T>(difference, sigmoidSlope<T>(prediction)));
      // the sum's leading 0 + … could only turn −0 into 0, which no sum that δ enters can tell
      const delta = v128.mul<T>(v128.mul<T>(v, outputDelta), sigmoidSlope<T>(a));
      w0 = v128.sub<T>(w0, v128.mul<T>(rate, multiplyAdd<T>(zero, x0, delta)));
      w1 = v128.sub<T>(w1, v128.mul<T>(rate, multiplyAdd<T>(zero, x1, delta)));
      bias = v128.sub<T>(bias, v128.mul<T>(rate, v128.add<T>(zero, delta)));
      v128.store(weightsPtr, w0);
      v128.store(weightsPtr, w1, 32);
      v128.store(biasPtr, bias);
      if (sizeof<T>() == 8) {
        const delta = v128.mul<T>(v128.mul<T>(vHigh, outputDelta), sigmoidSlope<T>(aHigh));
        w0High = v128.sub<T>(w0High, v128.mul<T>(rate, multiplyAdd<T>(zero, x0, delta)));
        w1High = v128.sub<T>(w1High, v128.mul<T>(rate, multiplyAdd<T>(zero, x1, delta)));
        biasHigh = v128.sub<T>(biasHigh, v128.mul<T>(rate, v128.add<T>(zero, delta)));
        vHigh = v128.sub<T>(vHigh, v128.mul<T>(rate, v128.and(multiplyAdd<T>(zero, aHigh, outputDelta), maskHigh)));
        v128.store(weightsPtr, w0High, 16);
        v128.store(weightsPtr, w1High, 48);
        v128.store(biasPtr, biasHigh, 16);
        if (units > 2) v128.store(outputPtr, vHigh, 16);
      }
      v = v128.sub<T>(v, v128.mul<T>(rate, v128.and(multiplyAdd<T>(zero, a, outputDelta), mask)));
      outputBias = v128.sub<T>(outputBias, v128.mul<T>(rate, v128.and(v128.add<T>(zero, outputDelta), firstLane)));
      v128.store(outputPtr, v);
      v128.store(outputBiasPtr, outputBias);
      position++;
    }
    training.position = position;
    training.errorSum = errorSum;
    let sum = v128.add<T>(v128.add<T>(v128.mul<T>(w0, zero), v128.mul<T>(w1, zero)), v128.mul<T>(bias, zero));
    sum = v128.add<T>(v128.add<T>(sum, v128.mul<T>(v, zero)), v128.mul<T>(outputBias, zero));
    if (sizeof<T>() == 8) {
      sum = v128.add<T>(v128.add<T>(sum, v128.mul<T>(w0High, zero)), v128.mul<T>(w1High, zero));
      sum = v128.add<T>(v128.add<T>(sum, v128.mul<T>(biasHigh, zero)), v128.mul<T>(vHigh, zero));
    }
    if (!isFinite(errorSum) || !isZero<T>(sum)) {
      rewindEpoch(changetype<usize>(training));
      return NOT_FINITE;
    }
    nextEpoch(training, SSE, 1);
  }
  return endOfCall(training);
}

/** The distance to the snapshot, which gets its padding here, once: an epoch writes what is not padding. */
function prepare(training: Training, network: Network): usize {
  prepareSigmoidTable();
  if (training.position == 0) copyVectors(training.snapshotPtr, network.parametersPtr, network.parametersBytes);
  return training.snapshotPtr - network.parametersPtr;
}

/** w0 and w1, and zeros. */
// @ts-ignore: decorator
@inline function pair<T>(w0: v128, w1: v128): v128 {
  if (sizeof<T>() == 8) return i64x2.shuffle(w0, w1, 0, 2);
  return v128.and(i32x4.shuffle(w0, w1, 0, 4, 0, 4), i64x2(-1, 0));
}

/** An element of each of the given rows, as many as a register holds; rows of `width` elements. */
// @ts-ignore: decorator
@inline function column<T>(ptr: usize, width: usize, row0: usize, row1: usize, row2: usize, row3: usize): v128 {
  const bytes = width * sizeof<T>();
  let x = v128.load_lane<T>(ptr + row1 * bytes, v128.load_splat<T>(ptr + row0 * bytes), 1);
  if (sizeof<T>() == 4) {
    x = v128.load_lane<f32>(ptr + row2 * bytes, x, 2);
    x = v128.load_lane<f32>(ptr + row3 * bytes, x, 3);
  }
  return x;
}

/** The first lane, in all lanes. */
// @ts-ignore: decorator
@inline function splatFirst<T>(v: v128): v128 {
  return sizeof<T>() == 8 ? i64x2.shuffle(v, v, 0, 0) : i32x4.shuffle(v, v, 0, 0, 0, 0);
}

/** sum + the lanes of p, one after the other; in all lanes. */
// @ts-ignore: decorator
@inline function addLanes<T>(sum: v128, p: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.add(f64x2.add(sum, i64x2.shuffle(p, p, 0, 0)), i64x2.shuffle(p, p, 1, 1));
  sum = f32x4.add(f32x4.add(sum, i32x4.shuffle(p, p, 0, 0, 0, 0)), i32x4.shuffle(p, p, 1, 1, 1, 1));
  return f32x4.add(f32x4.add(sum, i32x4.shuffle(p, p, 2, 2, 2, 2)), i32x4.shuffle(p, p, 3, 3, 3, 3));
}

// @ts-ignore: decorator
@inline function isZero<T>(v: v128): bool {
  return i32x4.all_true(v128.eq<T>(v, i64x2.splat(0))); // an f64 lane is all ones or all zeros too
}
