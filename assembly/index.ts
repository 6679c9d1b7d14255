// The export list of the WebAssembly module, nothing else: functions that know the dtype by its size at most, then
// every generic kernel as name_f32 and name_f64.

import * as activation from "./activation";
import * as arrays from "./arrays";
import * as dense from "./dense";
import * as gradient from "./gradients";
import * as guarded from "./guarded";
import * as loss from "./loss";
import * as network from "./network";
import * as operations from "./operations";
import * as optimizer from "./optimizer";
import * as training from "./train";

export { arrayPtr, arraysBytes, createArrays } from "./arrays";
export { packPanels, unpackPanels } from "./dense";
export { drawOrder, rewindEpoch, snapshotOffset, takeSnapshot, trainingEpochs, trainingLosses } from "./epoch";
export { copyBack, copyPassOutputs, createGradients, gradientsBytes, gradientsErrorSum, keptOffset } from "./gradients";
export {
  createNetwork,
  initialize,
  moveParameters,
  networkBytes,
  optimizerProduct,
  optimizerSteps,
  predictionBytes,
  setOptimizer,
  setTrainable,
  slotBytes,
  takesCompressed,
} from "./network";
export { gradientsOffset, stepBytes } from "./operations";
export { normals, shuffle, threefry } from "./random";
export { rowBytes, weightsBytes } from "./simd";
export {
  resumeTraining,
  setWindow,
  snapshotProduct,
  snapshotSteps,
  startTraining,
  trainingBytes,
  trainingErrorSum,
  trainingPosition,
  trainingRates,
  keepTrainingOutputs,
} from "./train";

export function exp_f32(outPtr: usize, zPtr: usize, count: usize): void {
  activation.exp<f32>(outPtr, zPtr, count);
}
export function exp_f64(outPtr: usize, zPtr: usize, count: usize): void {
  activation.exp<f64>(outPtr, zPtr, count);
}

export function log_f32(outPtr: usize, zPtr: usize, count: usize): void {
  activation.log<f32>(outPtr, zPtr, count);
}
export function log_f64(outPtr: usize, zPtr: usize, count: usize): void {
  activation.log<f64>(outPtr, zPtr, count);
}

export function tanh_f32(aPtr: usize, zPtr: usize, count: usize): void {
  activation.tanh<f32>(aPtr, zPtr, count);
}
export function tanh_f64(aPtr: usize, zPtr: usize, count: usize): void {
  activation.tanh<f64>(aPtr, zPtr, count);
}

export function sigmoid_f32(aPtr: usize, zPtr: usize, count: usize): void {
  activation.sigmoid<f32>(aPtr, zPtr, count);
}
export function sigmoid_f64(aPtr: usize, zPtr: usize, count: usize): void {
  activation.sigmoid<f64>(aPtr, zPtr, count);
}

export function sigmoidDerivative_f32(dPtr: usize, aPtr: usize, count: usize): void {
  activation.sigmoidDerivative<f32>(dPtr, aPtr, count);
}
export function sigmoidDerivative_f64(dPtr: usize, aPtr: usize, count: usize): void {
  activation.sigmoidDerivative<f64>(dPtr, aPtr, count);
}

export function activate_f32(kind: u32, alpha: f64, aPtr: usize, slopePtr: usize, count: usize): void {
  activation.activate<f32>(kind, alpha, aPtr, slopePtr, count);
}
export function activate_f64(kind: u32, alpha: f64, aPtr: usize, slopePtr: usize, count: usize): void {
  activation.activate<f64>(kind, alpha, aPtr, slopePtr, count);
}

export function multiplySlopes_f32(
  kind: u32,
  alpha: f64,
  dPtr: usize,
  aPtr: usize,
  slopePtr: usize,
  count: usize,
): void {
  activation.multiplySlopes<f32>(kind, alpha, dPtr, aPtr, slopePtr, count);
}
export function multiplySlopes_f64(
  kind: u32,
  alpha: f64,
  dPtr: usize,
  aPtr: usize,
  slopePtr: usize,
  count: usize,
): void {
  activation.multiplySlopes<f64>(kind, alpha, dPtr, aPtr, slopePtr, count);
}

export function forward_f32(
  zPtr: usize,
  zBytes: usize,
  xPtr: usize,
  xBytes: usize,
  weightsPtr: usize,
  biasPtr: usize,
  rows: usize,
  inputs: usize,
  units: usize,
): void {
  dense.forward<f32>(zPtr, zBytes, xPtr, xBytes, weightsPtr, biasPtr, rows, inputs, units);
}
export function forward_f64(
  zPtr: usize,
  zBytes: usize,
  xPtr: usize,
  xBytes: usize,
  weightsPtr: usize,
  biasPtr: usize,
  rows: usize,
  inputs: usize,
  units: usize,
): void {
  dense.forward<f64>(zPtr, zBytes, xPtr, xBytes, weightsPtr, biasPtr, rows, inputs, units);
}

export function inputGradient_f32(
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
): void {
  dense.inputGradient<f32>(tPtr, tBytes, deltaPtr, deltaBytes, weightsPtr, aPtr, rows, inputs, units, packPtr);
}
export function inputGradient_f64(
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
): void {
  dense.inputGradient<f64>(tPtr, tBytes, deltaPtr, deltaBytes, weightsPtr, aPtr, rows, inputs, units, packPtr);
}

export function parameterGradient_f32(
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
  learningRate: f32,
): void {
  dense.parameterGradient<f32>(
    gPtr,
    gBiasPtr,
    xPtr,
    xBytes,
    deltaPtr,
    deltaBytes,
    rows,
    inputs,
    units,
    packPtr,
    descend,
    learningRate,
  );
}
export function parameterGradient_f64(
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
  learningRate: f64,
): void {
  dense.parameterGradient<f64>(
    gPtr,
    gBiasPtr,
    xPtr,
    xBytes,
    deltaPtr,
    deltaBytes,
    rows,
    inputs,
    units,
    packPtr,
    descend,
    learningRate,
  );
}

export function sumSquaredErrors_f32(
  start: f64,
  aPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
): f64 {
  return loss.sumSquaredErrors<f32>(start, aPtr, aBytes, yPtr, rows, outputs);
}
export function sumSquaredErrors_f64(
  start: f64,
  aPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
): f64 {
  return loss.sumSquaredErrors<f64>(start, aPtr, aBytes, yPtr, rows, outputs);
}

export function sumErrors_f32(
  kind: u32,
  limit: f64,
  start: f64,
  aPtr: usize,
  zPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
): f64 {
  return loss.sumErrors<f32>(kind, limit, start, aPtr, zPtr, aBytes, yPtr, rows, outputs, 0);
}

export function errorGradient_f32(gPtr: usize, aPtr: usize, yPtr: usize, count: usize): void {
  loss.errorGradient<f32>(gPtr, aPtr, yPtr, count);
}
export function sumErrors_f64(
  kind: u32,
  limit: f64,
  start: f64,
  aPtr: usize,
  zPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
): f64 {
  return loss.sumErrors<f64>(kind, limit, start, aPtr, zPtr, aBytes, yPtr, rows, outputs, 0);
}

export function errorGradient_f64(gPtr: usize, aPtr: usize, yPtr: usize, count: usize): void {
  loss.errorGradient<f64>(gPtr, aPtr, yPtr, count);
}

export function softmax_f32(aPtr: usize, aBytes: usize, rows: usize, units: usize): void {
  loss.softmax<f32>(aPtr, aBytes, rows, units);
}
export function softmax_f64(aPtr: usize, aBytes: usize, rows: usize, units: usize): void {
  loss.softmax<f64>(aPtr, aBytes, rows, units);
}

export function lossDelta_f32(
  kind: u32,
  limit: f64,
  deltaPtr: usize,
  aPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
): void {
  loss.lossDelta<f32>(kind, limit, deltaPtr, aPtr, aBytes, yPtr, rows, outputs);
}
export function lossDelta_f64(
  kind: u32,
  limit: f64,
  deltaPtr: usize,
  aPtr: usize,
  aBytes: usize,
  yPtr: usize,
  rows: usize,
  outputs: usize,
): void {
  loss.lossDelta<f64>(kind, limit, deltaPtr, aPtr, aBytes, yPtr, rows, outputs);
}

export function divideDelta_f32(kind: u32, deltaPtr: usize, bytes: usize, rows: usize, outputs: usize): void {
  loss.divideDelta<f32>(kind, deltaPtr, bytes, rows, outputs);
}
export function divideDelta_f64(kind: u32, deltaPtr: usize, bytes: usize, rows: usize, outputs: usize): void {
  loss.divideDelta<f64>(kind, deltaPtr, bytes, rows, outputs);
}

export function weightDelta_f32(
  deltaPtr: usize,
  rowBytes: usize,
  weightsPtr: usize,
  rows: usize,
  outputs: usize,
): void {
  loss.weightDelta<f32>(deltaPtr, rowBytes, weightsPtr, rows, outputs);
}
export function weightDelta_f64(
  deltaPtr: usize,
  rowBytes: usize,
  weightsPtr: usize,
  rows: usize,
  outputs: usize,
): void {
  loss.weightDelta<f64>(deltaPtr, rowBytes, weightsPtr, rows, outputs);
}

export function dropoutFactors_f32(
  key: u64,
  layer: u32,
  p: f64,
  rows: usize,
  units: usize,
  rowBytes: usize,
  factorPtr: usize,
  sparePtr: usize,
): void {
  operations.dropoutFactors<f32>(key, layer, p, rows, units, rowBytes, factorPtr, sparePtr);
}
export function dropoutFactors_f64(
  key: u64,
  layer: u32,
  p: f64,
  rows: usize,
  units: usize,
  rowBytes: usize,
  factorPtr: usize,
  sparePtr: usize,
): void {
  operations.dropoutFactors<f64>(key, layer, p, rows, units, rowBytes, factorPtr, sparePtr);
}

export function step_f32(networkPtr: usize, workPtr: usize, learningRate: f32): void {
  operations.step<f32>(networkPtr, workPtr, learningRate);
}
export function step_f64(networkPtr: usize, workPtr: usize, learningRate: f64): void {
  operations.step<f64>(networkPtr, workPtr, learningRate);
}

export function stepGuarded_f32(networkPtr: usize, workPtr: usize, learningRate: f32, snapshotPtr: usize): u32 {
  return operations.stepGuarded<f32>(networkPtr, workPtr, learningRate, snapshotPtr);
}
export function stepGuarded_f64(networkPtr: usize, workPtr: usize, learningRate: f64, snapshotPtr: usize): u32 {
  return operations.stepGuarded<f64>(networkPtr, workPtr, learningRate, snapshotPtr);
}

export function gradients_f32(
  workPtr: usize,
  xPtr: usize,
  yPtr: usize,
  sampleWeightsPtr: usize,
  upstream: bool,
  drops: bool,
  epoch: u32,
  batch: u32,
  seedLow: u32,
  seedHigh: u32,
): u32 {
  return gradient.gradients<f32>(
    workPtr,
    xPtr,
    yPtr,
    sampleWeightsPtr,
    upstream,
    drops,
    epoch,
    batch,
    seedLow,
    seedHigh,
  );
}
export function gradients_f64(
  workPtr: usize,
  xPtr: usize,
  yPtr: usize,
  sampleWeightsPtr: usize,
  upstream: bool,
  drops: bool,
  epoch: u32,
  batch: u32,
  seedLow: u32,
  seedHigh: u32,
): u32 {
  return gradient.gradients<f64>(
    workPtr,
    xPtr,
    yPtr,
    sampleWeightsPtr,
    upstream,
    drops,
    epoch,
    batch,
    seedLow,
    seedHigh,
  );
}

export function largest_f32(ptr: usize, bytes: usize): f64 {
  return guarded.largest<f32>(ptr, bytes);
}
export function largest_f64(ptr: usize, bytes: usize): f64 {
  return guarded.largest<f64>(ptr, bytes);
}

export function stepArrays_f32(networkPtr: usize, count: usize, learningRate: f32, snapshotPtr: usize): u32 {
  return arrays.stepArrays<f32>(networkPtr, count, learningRate, snapshotPtr);
}
export function stepArrays_f64(networkPtr: usize, count: usize, learningRate: f64, snapshotPtr: usize): u32 {
  return arrays.stepArrays<f64>(networkPtr, count, learningRate, snapshotPtr);
}

export function descend_f32(wPtr: usize, gPtr: usize, count: usize, rate: f32): void {
  optimizer.descend<f32>(wPtr, gPtr, count, rate);
}
export function descend_f64(wPtr: usize, gPtr: usize, count: usize, rate: f64): void {
  optimizer.descend<f64>(wPtr, gPtr, count, rate);
}

export function predict_f32(
  networkPtr: usize,
  workspacePtr: usize,
  xPtr: usize,
  rows: usize,
  outPtr: usize,
  outZPtr: usize,
  startsPtr: usize,
  columnsPtr: usize,
): void {
  network.predict<f32>(networkPtr, workspacePtr, xPtr, rows, outPtr, outZPtr, startsPtr, columnsPtr);
}
export function predict_f64(
  networkPtr: usize,
  workspacePtr: usize,
  xPtr: usize,
  rows: usize,
  outPtr: usize,
  outZPtr: usize,
  startsPtr: usize,
  columnsPtr: usize,
): void {
  network.predict<f64>(networkPtr, workspacePtr, xPtr, rows, outPtr, outZPtr, startsPtr, columnsPtr);
}

export function train_f32(trainingPtr: usize, learningRate: f32, maxSteps: u32): u32 {
  return training.train<f32>(trainingPtr, learningRate, maxSteps);
}
export function train_f64(trainingPtr: usize, learningRate: f64, maxSteps: u32): u32 {
  return training.train<f64>(trainingPtr, learningRate, maxSteps);
}

/** Where the module's own data ends and the caller's memory begins. */
export function heapBase(): usize {
  return training.scratchEnd();
}
