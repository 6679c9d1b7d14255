// The export list of the WebAssembly module, nothing else: every generic kernel as name_f32 and name_f64, then the
// functions that have no dtype.

import * as activation from "./activation";
import * as dense from "./dense";
import * as loss from "./loss";
import * as network from "./network";
import * as optimizer from "./optimizer";
import { tableEnd } from "./sigmoid-table";
import * as training from "./train";

export { shuffle, threefry } from "./random";
export { rowBytes, weightsBytes } from "./simd";
export { createNetwork, networkBytes, workspaceBytes } from "./network";
export { startTraining, trainingBytes } from "./train";
export { rewindEpoch, trainingEpochs, trainingLosses, wholeEpochOffset } from "./epoch";

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

export function forward_f32(
  zPtr: usize, zBytes: usize, xPtr: usize, xBytes: usize,
  weightsPtr: usize, biasPtr: usize, rows: usize, inputs: usize, units: usize,
): void {
  dense.forward<f32>(zPtr, zBytes, xPtr, xBytes, weightsPtr, biasPtr, rows, inputs, units);
}
export function forward_f64(
  zPtr: usize, zBytes: usize, xPtr: usize, xBytes: usize,
  weightsPtr: usize, biasPtr: usize, rows: usize, inputs: usize, units: usize,
): void {
  dense.forward<f64>(zPtr, zBytes, xPtr, xBytes, weightsPtr, biasPtr, rows, inputs, units);
}

export function inputGradient_f32(
  tPtr: usize, tBytes: usize, deltaPtr: usize, deltaBytes: usize, weightsPtr: usize,
  aPtr: usize, rows: usize, inputs: usize, units: usize, packPtr: usize,
): void {
  dense.inputGradient<f32>(tPtr, tBytes, deltaPtr, deltaBytes, weightsPtr, aPtr, rows, inputs, units, packPtr);
}
export function inputGradient_f64(
  tPtr: usize, tBytes: usize, deltaPtr: usize, deltaBytes: usize, weightsPtr: usize,
  aPtr: usize, rows: usize, inputs: usize, units: usize, packPtr: usize,
): void {
  dense.inputGradient<f64>(tPtr, tBytes, deltaPtr, deltaBytes, weightsPtr, aPtr, rows, inputs, units, packPtr);
}

export function parameterGradient_f32(
  gPtr: usize, gBiasPtr: usize, xPtr: usize, xBytes: usize, deltaPtr: usize, deltaBytes: usize,
  rows: usize, inputs: usize, units: usize, packPtr: usize, descend: bool, learningRate: f32,
): void {
  dense.parameterGradient<f32>(
    gPtr, gBiasPtr, xPtr, xBytes, deltaPtr, deltaBytes, rows, inputs, units, packPtr, descend, learningRate);
}
export function parameterGradient_f64(
  gPtr: usize, gBiasPtr: usize, xPtr: usize, xBytes: usize, deltaPtr: usize, deltaBytes: usize,
  rows: usize, inputs: usize, units: usize, packPtr: usize, descend: bool, learningRate: f64,
): void {
  dense.parameterGradient<f64>(
    gPtr, gBiasPtr, xPtr, xBytes, deltaPtr, deltaBytes, rows, inputs, units, packPtr, descend, learningRate);
}

export function packPanels_f32(panelsPtr: usize, wPtr: usize, inputs: usize, units: usize): void {
  dense.packPanels<f32>(panelsPtr, wPtr, inputs, units);
}
export function packPanels_f64(panelsPtr: usize, wPtr: usize, inputs: usize, units: usize): void {
  dense.packPanels<f64>(panelsPtr, wPtr, inputs, units);
}

export function unpackPanels_f32(wPtr: usize, panelsPtr: usize, inputs: usize, units: usize): void {
  dense.unpackPanels<f32>(wPtr, panelsPtr, inputs, units);
}
export function unpackPanels_f64(wPtr: usize, panelsPtr: usize, inputs: usize, units: usize): void {
  dense.unpackPanels<f64>(wPtr, panelsPtr, inputs, units);
}

export function sumSquaredErrors_f32(
  start: f64, aPtr: usize, aBytes: usize, yPtr: usize, rows: usize, outputs: usize,
): f64 {
  return loss.sumSquaredErrors<f32>(start, aPtr, aBytes, yPtr, rows, outputs);
}
export function sumSquaredErrors_f64(
  start: f64, aPtr: usize, aBytes: usize, yPtr: usize, rows: usize, outputs: usize,
): f64 {
  return loss.sumSquaredErrors<f64>(start, aPtr, aBytes, yPtr, rows, outputs);
}

export function errorGradient_f32(gPtr: usize, aPtr: usize, yPtr: usize, count: usize): void {
  loss.errorGradient<f32>(gPtr, aPtr, yPtr, count);
}
export function errorGradient_f64(gPtr: usize, aPtr: usize, yPtr: usize, count: usize): void {
  loss.errorGradient<f64>(gPtr, aPtr, yPtr, count);
}

export function descend_f32(wPtr: usize, gPtr: usize, count: usize, rate: f32): void {
  optimizer.descend<f32>(wPtr, gPtr, count, rate);
}
export function descend_f64(wPtr: usize, gPtr: usize, count: usize, rate: f64): void {
  optimizer.descend<f64>(wPtr, gPtr, count, rate);
}

export function initialize_f32(networkPtr: usize, seedLow: u32, seedHigh: u32): void {
  network.initialize<f32>(networkPtr, seedLow, seedHigh);
}
export function initialize_f64(networkPtr: usize, seedLow: u32, seedHigh: u32): void {
  network.initialize<f64>(networkPtr, seedLow, seedHigh);
}

export function setParameters_f32(networkPtr: usize, flatPtr: usize): void {
  network.setParameters<f32>(networkPtr, flatPtr);
}
export function setParameters_f64(networkPtr: usize, flatPtr: usize): void {
  network.setParameters<f64>(networkPtr, flatPtr);
}

export function getParameters_f32(networkPtr: usize, offsetBytes: usize, flatPtr: usize): void {
  network.getParameters<f32>(networkPtr, offsetBytes, flatPtr);
}
export function getParameters_f64(networkPtr: usize, offsetBytes: usize, flatPtr: usize): void {
  network.getParameters<f64>(networkPtr, offsetBytes, flatPtr);
}

export function predict_f32(
  networkPtr: usize, workspacePtr: usize, chunk: usize, xPtr: usize, rows: usize, outPtr: usize,
): void {
  network.predict<f32>(networkPtr, workspacePtr, chunk, xPtr, rows, outPtr);
}
export function predict_f64(
  networkPtr: usize, workspacePtr: usize, chunk: usize, xPtr: usize, rows: usize, outPtr: usize,
): void {
  network.predict<f64>(networkPtr, workspacePtr, chunk, xPtr, rows, outPtr);
}

export function train_f32(trainingPtr: usize, learningRate: f32, maxSteps: u32): i32 {
  return training.train<f32>(trainingPtr, learningRate, maxSteps);
}
export function train_f64(trainingPtr: usize, learningRate: f64, maxSteps: u32): i32 {
  return training.train<f64>(trainingPtr, learningRate, maxSteps);
}

/** Where the module's own data ends and the caller's memory begins. */
export function heapBase(): usize {
  return tableEnd();
}
