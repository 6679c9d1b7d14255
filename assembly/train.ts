// The epoch loop: seeded shuffle, mini-batch gather, forward, backward, update, for any number of steps in one call.
// A Training record keeps the position, so a caller can stop after any step and go on later with the same bits.

import { inputGradient, parameterGradient } from "./dense";
import { outputDelta, sumSquaredErrors } from "./loss";
import { Network, forwardAll, layerAt, useWorkspace, workspaceBytes } from "./network";
import { shuffle } from "./random";
import { paddedRowBytes } from "./simd";
import { trainRow, trainUnit } from "./tiny";

@unmanaged export class Training {
  errorSum: f64; // Σ of the squared errors of this epoch so far
  networkPtr: usize;
  workspacePtr: usize;
  snapshotPtr: usize; // the parameters as the epoch began
  gatherPtr: usize; // a shuffled batch of x; its y follows at gatherYPtr
  gatherYPtr: usize;
  orderPtr: usize; // 0: not shuffled
  lossesPtr: usize; // f64 an epoch
  xPtr: usize;
  yPtr: usize;
  rows: usize;
  batchSize: usize;
  position: usize; // rows of this epoch already used
  epoch: u32; // counts from the network's first epoch ever: the shuffle's counter
  firstEpoch: u32;
  epochs: u32; // how many this training runs
  seedLow: u32;
  seedHigh: u32;
}

export const UNFINISHED = 0, FINISHED = 1, NOT_FINITE = 2;

// @ts-ignore: decorator
@inline function align(bytes: f64): f64 {
  return Math.ceil(bytes / 64) * 64;
}

/** Bytes of a training's own memory: record, losses, snapshot, order, gathered batch, workspace. */
export function trainingBytes<T>(
  networkPtr: usize, rows: usize, batchSize: usize, epochs: u32, shuffled: bool,
): f64 {
  const network = changetype<Network>(networkPtr);
  const last = layerAt(network, network.layerCount - 1);
  let bytes = align(offsetof<Training>()) + align(8.0 * <f64>epochs) + align(<f64>network.parametersBytes);
  if (shuffled) {
    bytes += align(4.0 * <f64>rows) + align(<f64>batchSize * <f64>paddedRowBytes<T>(layerAt(network, 0).inputs));
    bytes += align(<f64>batchSize * <f64>(last.units * sizeof<T>()) + 16);
  }
  return bytes + workspaceBytes<T>(networkPtr, batchSize);
}

/** Starts a training in trainingBytes of memory at trainingPtr; x and y are row-major and stay where they are. */
export function startTraining<T>(
  trainingPtr: usize, networkPtr: usize, xPtr: usize, yPtr: usize, rows: usize, batchSize: usize,
  firstEpoch: u32, epochs: u32, shuffled: bool, seedLow: u32, seedHigh: u32,
): void {
  const network = changetype<Network>(networkPtr), training = changetype<Training>(trainingPtr);
  const last = layerAt(network, network.layerCount - 1);
  training.networkPtr = networkPtr;
  training.xPtr = xPtr;
  training.yPtr = yPtr;
  training.rows = rows;
  training.batchSize = batchSize;
  training.epoch = firstEpoch;
  training.firstEpoch = firstEpoch;
  training.epochs = epochs;
  training.seedLow = seedLow;
  training.seedHigh = seedHigh;
  training.position = 0;
  training.errorSum = 0;
  let ptr = trainingPtr + <usize>align(offsetof<Training>());
  training.lossesPtr = ptr;
  ptr += <usize>align(8.0 * <f64>epochs);
  training.snapshotPtr = ptr;
  ptr += <usize>align(<f64>network.parametersBytes);
  training.orderPtr = 0;
  if (shuffled) {
    training.orderPtr = ptr;
    ptr += <usize>align(4.0 * <f64>rows);
    training.gatherPtr = ptr;
    ptr += <usize>align(<f64>(batchSize * paddedRowBytes<T>(layerAt(network, 0).inputs)));
    training.gatherYPtr = ptr;
    ptr += <usize>align(<f64>(batchSize * last.units * sizeof<T>() + 16));
  }
  training.workspacePtr = ptr;
  useWorkspace<T>(network, ptr, batchSize, true);
}

/** Where the losses of the finished epochs are. */
export function trainingLosses(trainingPtr: usize): usize {
  return changetype<Training>(trainingPtr).lossesPtr;
}

/** How many epochs of this training are finished. */
export function trainingEpochs(trainingPtr: usize): u32 {
  const training = changetype<Training>(trainingPtr);
  return training.epoch - training.firstEpoch;
}

/** How far behind the network's parameters those of the last whole epoch lie. */
export function wholeEpochOffset(trainingPtr: usize): usize {
  const training = changetype<Training>(trainingPtr), network = changetype<Network>(training.networkPtr);
  return training.position == 0 ? 0 : training.snapshotPtr - network.parametersPtr;
}

/** Takes back the steps of the unfinished epoch. */
export function rewindEpoch(trainingPtr: usize): void {
  const training = changetype<Training>(trainingPtr), network = changetype<Network>(training.networkPtr);
  if (training.position == 0) return;
  copyVectors(network.parametersPtr, training.snapshotPtr, network.parametersBytes);
  training.position = 0;
  training.errorSum = 0;
}

/**
 * Runs up to maxSteps steps. FINISHED: all epochs are done. NOT_FINITE: an epoch ended with a parameter or error that is
 * not finite; its steps are taken back.
 */
export function train<T>(trainingPtr: usize, learningRate: T, maxSteps: u32): i32 {
  const training = changetype<Training>(trainingPtr), network = changetype<Network>(training.networkPtr);
  const rows = training.rows;
  // a prediction between two calls may have pointed the layers elsewhere
  useWorkspace<T>(network, training.workspacePtr, training.batchSize, false);
  while (training.epoch - training.firstEpoch < training.epochs) {
    if (training.position == 0) {
      copyVectors(training.snapshotPtr, network.parametersPtr, network.parametersBytes);
      if (training.orderPtr) {
        shuffle(training.orderPtr, <u32>rows, training.seedLow, training.seedHigh, training.epoch);
      }
    }
    while (training.position < rows) {
      if (maxSteps-- == 0) return UNFINISHED;
      const count = min(training.batchSize, rows - training.position);
      trainBatch<T>(training, network, count, learningRate);
      training.position += count;
    }
    if (!isFinite(training.errorSum) || !allFinite<T>(network.parametersPtr, network.parametersBytes)) {
      rewindEpoch(trainingPtr);
      return NOT_FINITE;
    }
    store<f64>(training.lossesPtr + (<usize>(training.epoch - training.firstEpoch) << 3), 0.5 * training.errorSum);
    training.errorSum = 0;
    training.position = 0;
    training.epoch++;
  }
  return FINISHED;
}

/** One step on the next `count` rows. */
// @ts-ignore: decorator
@inline function trainBatch<T>(training: Training, network: Network, count: usize, learningRate: T): void {
  const first = layerAt(network, 0), last = layerAt(network, network.layerCount - 1);
  let xBytes = first.inputs * sizeof<T>();
  const yBytes = last.units * sizeof<T>();
  let xPtr = training.xPtr + training.position * xBytes, yPtr = training.yPtr + training.position * yBytes;
  if (training.orderPtr) {
    const gatheredBytes = paddedRowBytes<T>(first.inputs);
    const orderPtr = training.orderPtr + (training.position << 2);
    xPtr = training.gatherPtr;
    yPtr = training.gatherYPtr;
    for (let s: usize = 0; s < count; s++) {
      const row = <usize>load<u32>(orderPtr + (s << 2));
      copyVectors(xPtr + s * gatheredBytes, training.xPtr + row * xBytes, xBytes);
      // a whole register may reach past this row of y: the next one is written after it
      copyVectors(yPtr + s * yBytes, training.yPtr + row * yBytes, yBytes);
    }
    xBytes = gatheredBytes;
  }
  if (network.layerCount == 1 && first.units == 1) {
    training.errorSum = trainUnit<T>(first, xPtr, xBytes, yPtr, count, learningRate, training.errorSum);
    return;
  }
  if (count == 1 && network.tiny) {
    training.errorSum += trainRow<T>(network, xPtr, yPtr, learningRate);
    return;
  }
  forwardAll<T>(network, xPtr, xBytes, count);
  training.errorSum = sumSquaredErrors<T>(training.errorSum, last.aPtr, last.rowBytes, yPtr, count, last.units);
  outputDelta<T>(last.deltaPtr, last.aPtr, last.rowBytes, yPtr, count, last.units);
  for (let l = network.layerCount - 1; l > 0; l--) {
    const layer = layerAt(network, l), previous = layerAt(network, l - 1);
    inputGradient<T>(
      previous.deltaPtr, previous.rowBytes, layer.deltaPtr, layer.rowBytes, layer.weightsPtr, previous.aPtr,
      count, layer.inputs, layer.units, network.packPtr);
    parameterGradient<T>(
      layer.weightsPtr, layer.biasPtr, previous.aPtr, previous.rowBytes, layer.deltaPtr, layer.rowBytes,
      count, layer.inputs, layer.units, network.packPtr, true, learningRate);
  }
  parameterGradient<T>(
    first.weightsPtr, first.biasPtr, xPtr, xBytes, first.deltaPtr, first.rowBytes,
    count, first.inputs, first.units, network.packPtr, true, learningRate);
}

/** Copies whole registers: reads and writes up to 15 bytes more than asked. memory.copy costs a call on short rows. */
// @ts-ignore: decorator
@inline function copyVectors(toPtr: usize, fromPtr: usize, bytes: usize): void {
  for (let offset: usize = 0; offset < bytes; offset += 16) {
    v128.store(toPtr + offset, v128.load(fromPtr + offset));
  }
}

/** Whether no element is ±∞ or NaN: w · 0 is 0 for finite w alone. */
// @ts-ignore: decorator
@inline function allFinite<T>(ptr: usize, bytes: usize): bool {
  const zero = i64x2.splat(0);
  let sum = zero;
  for (const end = ptr + bytes; ptr < end; ptr += 16) {
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(ptr), zero));
  }
  return i32x4.all_true(v128.eq<T>(sum, zero)); // an f64 lane is all ones or all zeros too
}
