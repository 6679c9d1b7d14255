// The epoch loop: seeded shuffle, mini-batch gather, forward, backward, update, for any number of steps in one call.
// A Training record keeps the position, so a caller can stop after any step and go on later with the same bits.

import { inputGradient, parameterGradient } from "./dense";
import {
  FINISHED, NOT_FINITE, Training, UNFINISHED, beginEpoch, copyVectors, endEpoch, epochsLeft,
} from "./epoch";
import { outputDelta, sumSquaredErrors } from "./loss";
import { Network, forwardAll, layerAt, useWorkspace, workspaceBytes } from "./network";
import { paddedRowBytes } from "./simd";
import { fitsHidden, fitsUnit, trainHidden, trainUnit } from "./registers";
import { trainRow } from "./tiny";


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

/**
 * Runs up to maxSteps steps. FINISHED: all epochs are done. NOT_FINITE: an epoch ended with a parameter or error that is
 * not finite; its steps are taken back.
 */
export function train<T>(trainingPtr: usize, learningRate: T, maxSteps: u32): i32 {
  const training = changetype<Training>(trainingPtr), network = changetype<Network>(training.networkPtr);
  if (fitsUnit(training, network)) return trainUnit<T>(training, network, learningRate, maxSteps);
  if (fitsHidden(training, network)) return trainHidden<T>(training, network, learningRate, maxSteps);
  // a prediction between two calls may have pointed the layers elsewhere
  useWorkspace<T>(network, training.workspacePtr, training.batchSize, false);
  while (epochsLeft(training)) {
    beginEpoch(training, network);
    while (training.position < training.rows) {
      if (maxSteps-- == 0) return UNFINISHED;
      const count = min(training.batchSize, training.rows - training.position);
      trainBatch<T>(training, network, count, learningRate);
      training.position += count;
    }
    if (!endEpoch<T>(training, network)) return NOT_FINITE;
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
