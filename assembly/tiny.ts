// Steps of networks with too little work to hide a call or a round trip through memory: each is one function.
//
//   trainRow         one row of a network each of whose layers fits one panel (8 units in f32, 4 in f64): a layer's
//                    sums and sigmoid stay in registers, and one pass over its weights finds the input gradient and
//                    takes the update
//   trainUnitBatch   a batch of a network that is one unit: registers hold rows
//
// The sums and their order are those of dense.ts and loss.ts.

import { forwardSingleRegister, parameterGradientSingle } from "./dense-single";
import { sigmoidFirst, sigmoidVector } from "./elementary";
import { addSquares, outputDelta, squaredError } from "./loss";
import { Layer } from "./layer";
import { Network, layerAt } from "./network";
import { lanes, multiplyAdd, sigmoidSlope, tailMask } from "./simd";

/** Trains on the row x with the targets y and returns the row's squared error. Buffers hold whole panels. */
export function trainRow<T>(network: Network, xPtr: usize, yPtr: usize, learningRate: T): f64 {
  const rate = v128.splat<T>(learningRate);
  const lastIndex = network.layerCount - 1;
  const last = layerAt(network, lastIndex);
  const forwardEnd = last.units == 1 ? lastIndex : network.layerCount; // one output stays in its register
  let inPtr = xPtr;
  let inputs = rate; // the activations of the layer before, where one register holds them
  for (let l: usize = 0; l < forwardEnd; l++) {
    const layer = layerAt(network, l);
    inputs = forwardRow<T>(layer, inPtr);
    inPtr = layer.aPtr;
  }
  let error: f64, delta: v128; // δ of the layer to go through next: its first register, or its only unit in all lanes
  if (last.units == 1) {
    const sum =
      lastIndex > 0 && last.inputs <= lanes<T>()
        ? sumLanes<T>(load<T>(last.biasPtr), v128.mul<T>(inputs, v128.load(last.weightsPtr)), last.inputs)
        : sumSingle<T>(last, inPtr);
    const a = sigmoidFirst<T>(v128.splat<T>(sum));
    const difference = v128.sub<T>(a, v128.load_splat<T>(yPtr));
    error = <f64>v128.extract_lane<T>(difference, 0);
    error *= error;
    delta = v128.mul<T>(difference, sigmoidSlope<T>(a));
  } else {
    outputDelta<T>(last.deltaPtr, last.aPtr, 0, yPtr, 1, last.units);
    error = squaredError<T>(last.aPtr, yPtr, last.units);
    delta = v128.load(last.deltaPtr);
  }
  for (let l = network.layerCount; l > 0;) {
    const layer = layerAt(network, --l);
    inPtr = xPtr;
    let previousDeltaPtr: usize = 0;
    if (l > 0) {
      const previous = layerAt(network, l - 1);
      inPtr = previous.aPtr;
      previousDeltaPtr = previous.deltaPtr;
    }
    if (layer.units == 1) {
      delta = v128.splat<T>(v128.extract_lane<T>(delta, 0));
      delta = backwardSingle<T>(layer, inPtr, previousDeltaPtr, rate, delta);
    } else {
      delta = backwardRow<T>(layer, inPtr, previousDeltaPtr, rate, delta);
    }
  }
  return error;
}

/** sum + the first `count` lanes of p, one after the other. */
// @ts-ignore: decorator
@inline function sumLanes<T>(sum: T, p: v128, count: usize): T {
  sum += v128.extract_lane<T>(p, 0);
  if (count > 1) sum += v128.extract_lane<T>(p, 1);
  if (sizeof<T>() == 4) {
    if (count > 2) sum += <T>f32x4.extract_lane(p, 2);
    if (count > 3) sum += <T>f32x4.extract_lane(p, 3);
  }
  return sum;
}

/** b + Σ_i x[i] · w[i] of a layer of one unit. */
// @ts-ignore: decorator
@inline function sumSingle<T>(layer: Layer, xPtr: usize): T {
  let sum = load<T>(layer.biasPtr);
  let wPtr = layer.weightsPtr;
  for (const end = xPtr + layer.inputs * sizeof<T>(); xPtr < end; xPtr += sizeof<T>()) {
    sum += load<T>(xPtr) * load<T>(wPtr);
    wPtr += sizeof<T>();
  }
  return sum;
}

/** a = σ(b + Σ_i x[i] · w[i]), a register of units at a time; returns the last register. */
// @ts-ignore: decorator
@inline function forwardRow<T>(layer: Layer, xPtr: usize): v128 {
  const end = xPtr + layer.inputs * sizeof<T>();
  const unitsBytes = layer.units * sizeof<T>();
  let a = i64x2.splat(0);
  for (let offset: usize = 0; offset < unitsBytes; offset += 16) {
    let sums = v128.load(layer.biasPtr + offset);
    let wPtr = layer.weightsPtr + offset;
    if (layer.units == 1) {
      sums = v128.splat<T>(sumSingle<T>(layer, xPtr));
    } else {
      for (let from = xPtr; from < end; from += sizeof<T>()) {
        sums = multiplyAdd<T>(sums, v128.load_splat<T>(from), v128.load(wPtr));
        wPtr += 32;
      }
    }
    a = sigmoidVector<T>(sums);
    v128.store(layer.aPtr + offset, a);
  }
  return a;
}

/**
 * δ_prev[i] = w[i] · δ · x(1 − x) unless its pointer is 0, then w[i] −= rate · x[i] · δ and b −= rate · δ.
 * Returns the first register of δ_prev.
 */
// @ts-ignore: decorator
@inline function backwardSingle<T>(layer: Layer, xPtr: usize, previousDeltaPtr: usize, rate: v128, delta: v128): v128 {
  const zero = i64x2.splat(0);
  let previousDelta = zero;
  const bytes = layer.inputs * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    const x = v128.load(xPtr + offset);
    const w = v128.load(layer.weightsPtr + offset);
    if (previousDeltaPtr) {
      // the sum's leading 0 + … could only turn −0 into 0, which no sum that δ enters can tell
      const product = v128.mul<T>(v128.mul<T>(w, delta), sigmoidSlope<T>(x));
      v128.store(previousDeltaPtr + offset, product);
      if (offset == 0) previousDelta = product;
    }
    const g = v128.and(multiplyAdd<T>(zero, x, delta), tailMask(bytes - offset));
    v128.store(layer.weightsPtr + offset, v128.sub<T>(w, v128.mul<T>(rate, g)));
  }
  const g = v128.and(v128.add<T>(zero, delta), tailMask(sizeof<T>()));
  v128.store(layer.biasPtr, v128.sub<T>(v128.load(layer.biasPtr), v128.mul<T>(rate, g)));
  return previousDelta;
}

/** `backwardSingle` for a layer of several units: t[i] = Σ_j w[i][j] · δ[j] is a sum. */
// @ts-ignore: decorator
@inline function backwardRow<T>(layer: Layer, xPtr: usize, previousDeltaPtr: usize, rate: v128, delta0: v128): v128 {
  const zero = i64x2.splat(0);
  const deltaPtr = layer.deltaPtr;
  const firstPreviousPtr = previousDeltaPtr;
  const wide = layer.units > lanes<T>();
  const delta1 = wide ? v128.load(deltaPtr, 16) : zero;
  const deltaEnd = deltaPtr + layer.units * sizeof<T>();
  const end = xPtr + layer.inputs * sizeof<T>();
  for (let wPtr = layer.weightsPtr; xPtr < end; xPtr += sizeof<T>()) {
    if (previousDeltaPtr) {
      let t: T = 0;
      let from = wPtr;
      for (let ptr = deltaPtr; ptr < deltaEnd; ptr += sizeof<T>()) {
        t += load<T>(from) * load<T>(ptr);
        from += sizeof<T>();
      }
      const a = load<T>(xPtr);
      store<T>(previousDeltaPtr, t * (a * (<T>1 - a)));
      previousDeltaPtr += sizeof<T>();
    }
    const x = v128.load_splat<T>(xPtr);
    const g0 = multiplyAdd<T>(zero, x, delta0);
    v128.store(wPtr, v128.sub<T>(v128.load(wPtr), v128.mul<T>(rate, g0)));
    if (wide) {
      const g1 = multiplyAdd<T>(zero, x, delta1);
      v128.store(wPtr, v128.sub<T>(v128.load(wPtr, 16), v128.mul<T>(rate, g1)), 16);
    }
    wPtr += 32;
  }
  const biasPtr = layer.biasPtr;
  const b0 = v128.sub<T>(v128.load(biasPtr), v128.mul<T>(rate, v128.add<T>(zero, delta0)));
  v128.store(biasPtr, b0);
  if (wide) {
    const b1 = v128.sub<T>(v128.load(biasPtr, 16), v128.mul<T>(rate, v128.add<T>(zero, delta1)));
    v128.store(biasPtr, b1, 16);
  }
  return firstPreviousPtr ? v128.load(firstPreviousPtr) : zero;
}

/** Trains on `rows` rows of a network that is one unit; returns errorSum with the rows' squared errors added. */
export function trainUnitBatch<T>(
  unit: Layer,
  xPtr: usize,
  xBytes: usize,
  yPtr: usize,
  rows: usize,
  learningRate: T,
  errorSum: f64,
): f64 {
  const bias = load<T>(unit.biasPtr);
  let from = xPtr;
  let offset: usize = 0;
  for (let remaining = rows; remaining > 0; remaining -= min(remaining, lanes<T>())) {
    const a = sigmoidVector<T>(forwardSingleRegister<T>(from, xBytes, unit.weightsPtr, bias, remaining, unit.inputs));
    const difference = v128.sub<T>(a, v128.load(yPtr + offset));
    v128.store(unit.deltaPtr + offset, v128.mul<T>(difference, sigmoidSlope<T>(a)));
    errorSum = addSquares<T>(errorSum, difference, remaining);
    from += lanes<T>() * xBytes;
    offset += 16;
  }
  parameterGradientSingle<T>(
    unit.weightsPtr,
    unit.biasPtr,
    xPtr,
    xBytes,
    unit.deltaPtr,
    sizeof<T>(),
    rows,
    unit.inputs,
    true,
    learningRate,
  );
  return errorSum;
}
