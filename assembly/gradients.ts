// The gradients of one batch, without a step: the training's own pass (train.ts) keeps them, laid out like the
// parameters, instead of using them up.

import { FINISHED, NOT_FINITE } from "../bindings/catalog/codes";
import { GRADIENTS, Training, UPSTREAM } from "./epoch";
import { largest } from "./guarded";
import { Network, clearDeltas, layerAt, placeWorkspace, useWorkspace } from "./network";
import { align, biasBytes, paddedRowBytes } from "./simd";
import { compressedBytes } from "./sparse";
import { compresses, train } from "./train";

const RECORD_BYTES = (offsetof<Training>() + 63) & ~63;

/** Bytes from one row of ∂E/∂x to the next. */
// @ts-ignore: decorator
@inline function backBytes(network: Network): usize {
  const inputs = layerAt(network, 0).inputs;
  return inputs == 1 ? network.elementBytes : <usize>paddedRowBytes(<u64>inputs * network.elementBytes);
}

/** Bytes of what `gradients` works in with `rows` rows; `back`: it computes ∂E/∂x. */
export function gradientsBytes(networkPtr: usize, rows: usize, back: bool): f64 {
  const network = changetype<Network>(networkPtr);
  const first = layerAt(network, 0);
  const end = <f64>RECORD_BYTES + <f64>network.parametersBytes;
  const ofBack = back ? align(<f64>rows * <f64>backBytes(network) + 16) : 0;
  const ofCompressed = compressedBytes(<f64>rows, first.inputs, network.elementBytes, false);
  return placeWorkspace(network, end + ofBack + align(ofCompressed), rows);
}

/** Lays out a record in that memory, with gradients and deltas 0. */
export function createGradients(workPtr: usize, networkPtr: usize, rows: usize, back: bool): void {
  const network = changetype<Network>(networkPtr);
  const first = layerAt(network, 0);
  const training = changetype<Training>(workPtr);
  memory.fill(workPtr, 0, RECORD_BYTES);
  training.networkPtr = networkPtr;
  training.rows = rows;
  training.batchSize = rows;
  training.epochs = 1;
  training.gradientsPtr = workPtr + RECORD_BYTES;
  let ptr = training.gradientsPtr + network.parametersBytes;
  if (back) {
    training.backPtr = ptr;
    training.backBytes = backBytes(network);
    ptr += <usize>align(<f64>rows * <f64>training.backBytes + 16);
    memory.fill(training.backPtr, 0, ptr - training.backPtr);
  }
  training.gatherPtr = ptr; // of compressed rows, where a batch is mostly zeros
  ptr += <usize>align(compressedBytes(<f64>rows, first.inputs, network.elementBytes, false));
  training.workspacePtr = ptr;
  placeWorkspace(network, <f64>ptr, rows);
  clearDeltas(network);
  memory.fill(training.gradientsPtr, 0, network.parametersBytes);
}

/** From the network's parameters to these gradients. */
export function keptOffset(workPtr: usize): usize {
  const training = changetype<Training>(workPtr);
  return training.gradientsPtr - changetype<Network>(training.networkPtr).parametersPtr;
}

/** ∂E/∂x, row-major, to outPtr. */
export function copyBack(workPtr: usize, outPtr: usize): void {
  const training = changetype<Training>(workPtr);
  const network = changetype<Network>(training.networkPtr);
  const bytes = layerAt(network, 0).inputs * network.elementBytes;
  for (let s: usize = 0; s < training.rows; s++) {
    memory.copy(outPtr + s * bytes, training.backPtr + s * training.backBytes, bytes);
  }
}

/** The outputs of the pass that the gradients are of, row-major, to outPtr. */
export function copyPassOutputs(workPtr: usize, outPtr: usize): void {
  const training = changetype<Training>(workPtr);
  const network = changetype<Network>(training.networkPtr);
  const last = layerAt(network, network.layerCount - 1);
  const bytes = last.units * network.elementBytes;
  for (let s: usize = 0; s < training.rows; s++) {
    memory.copy(outPtr + s * bytes, last.aPtr + s * last.rowBytes, bytes);
  }
}

/**
 * The gradients of the batch at xPtr, by its targets at yPtr or, with `upstream`, by ∂E/∂a there; `drops`: outputs are
 * left out as in the epoch's batch of that number. FINISHED, NOT_FINITE, or LOST, where a worker did not answer.
 */
export function gradients<T>(
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
  const training = changetype<Training>(workPtr);
  const network = changetype<Network>(training.networkPtr);
  training.only = upstream ? UPSTREAM : GRADIENTS;
  training.xPtr = xPtr;
  training.yPtr = yPtr;
  training.sampleWeightsPtr = sampleWeightsPtr;
  training.drops = drops && network.drops;
  training.epoch = epoch;
  training.firstEpoch = epoch;
  training.firstBatch = batch;
  training.seedLow = seedLow;
  training.seedHigh = seedHigh;
  training.errorSum = 0;
  training.compressedPtr = compresses(network, xPtr, training.rows, 4) ? training.gatherPtr : 0;
  const ignoresDropout = network.drops && !training.drops;
  if (ignoresDropout) turnDropout(network);
  const status = train<T>(workPtr, 0, 1);
  if (ignoresDropout) turnDropout(network);
  if (status != FINISHED) return status;
  if (network.frozen) clearFrozen(training, network);
  let most = largest<T>(training.gradientsPtr, network.parametersBytes);
  if (training.backPtr) most = max<f64>(most, largest<T>(training.backPtr, backBytesOf(training)));
  if (most < Infinity && isFinite(training.errorSum)) return FINISHED;
  useWorkspace(network, training.workspacePtr, training.rows);
  clearDeltas(network); // 0 · ∞ in their padding
  return NOT_FINITE;
}

/** Σ e of the batch. */
export function gradientsErrorSum(workPtr: usize): f64 {
  return changetype<Training>(workPtr).errorSum;
}

/** Of all rows, in whole registers. */
// @ts-ignore: decorator
@inline function backBytesOf(training: Training): usize {
  return (training.rows * training.backBytes + 15) & ~15;
}

/** Has layers with dropout be such without, or the other way round. */
function turnDropout(network: Network): void {
  for (let l: usize = 0; l < network.layerCount; l++) layerAt(network, l).dropout *= -1;
  network.workspacePtr = 0; // they point elsewhere
}

/** The gradients of layers that aren't trainable are 0; they may have been before. */
function clearFrozen(training: Training, network: Network): void {
  const toGradients = training.gradientsPtr - network.parametersPtr;
  for (let l: usize = 0; l < network.layerCount; l++) {
    const layer = layerAt(network, l);
    if (layer.trainable) continue;
    const end = layer.biasPtr + layer.vectors * <usize>biasBytes(layer.units, network.elementBytes);
    memory.fill(layer.weightsPtr + toGradients, 0, end - layer.weightsPtr);
  }
}
