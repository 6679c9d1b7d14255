// A training's record, and what happens where an epoch begins and ends.

import { FINISHED, MAX_LOSSES, UNFINISHED } from "../bindings/catalog/codes";
import { lossOf } from "./loss";
import { Network, layerAt } from "./network";
import { Drawing, draw } from "./random";


@unmanaged export class Training extends Drawing {
  errorSum: f64; // Σ of the squared errors of this epoch so far
  snapshotSteps: f64; // of the optimizer, as the epoch began
  snapshotProduct: f64;
  networkPtr: usize;
  workspacePtr: usize;
  snapshotPtr: usize; // the parameters and slots as the epoch began
  gatherPtr: usize; // a shuffled batch of x; its y follows at gatherYPtr
  gatherYPtr: usize;
  orderPtr: usize; // 0: not shuffled
  compressedPtr: usize; // a batch's rows, compressed as sparse.ts has them; 0: they are not
  startsPtr: usize; // where x is given compressed: u32, where each row's elements begin, and where the last ones end
  columnsPtr: usize; // u32, the columns of all elements; their values are at xPtr
  panelPtr: usize; // for each member, a panel of a layer's gradient
  panelBytes: usize; // of each of them; 0: none is needed
  gradientsPtr: usize; // laid out like the parameters; 0: they are not kept
  squaresPtr: usize; // for each unit the sum of its gradients' squares, laid out like the biases
  ratesPtr: usize; // f64: the learning rate of each step of an epoch; 0: it is always the same
  sampleWeightsPtr: usize; // one a row; 0: all count the same
  gatherWeightsPtr: usize;
  lossesPtr: usize; // f64 an epoch of this call of `train`
  xPtr: usize;
  yPtr: usize;
  rows: usize;
  batchSize: usize;
  position: usize; // rows of this epoch already used
  epoch: u32; // counts from the network's first epoch ever: the shuffle's counter
  firstEpoch: u32;
  epochs: u32; // how many this training runs
  callFirstEpoch: u32; // where this call of `train` began
  callEpochs: u32; // how many of this training's are finished when it ends at the latest
  seedLow: u32;
  seedHigh: u32;
  firstBatch: u32; // the number of the epoch's first batch
  drops: bool; // a layer's dropout counts
  only: u32; // STEPS; GRADIENTS of y, or of an UPSTREAM at yPtr: nothing is changed
  backPtr: usize; // where ∂E/∂x goes, in rows of backBytes; 0: nobody wants it
  backBytes: usize;
  outputsPtr: usize; // where the outputs of the rows go, each row to its own place; 0: nobody wants them
}

// What is done with a batch.
export const STEPS: u32 = 0;
export const GRADIENTS: u32 = 1;
export const UPSTREAM: u32 = 2;

/** Where a call of `train` begins. */
// @ts-ignore: decorator
@inline export function beginCall(training: Training): void {
  training.callFirstEpoch = training.epoch;
  training.callEpochs = min(training.epochs, training.epoch - training.firstEpoch + MAX_LOSSES);
}

// @ts-ignore: decorator
@inline export function epochsLeft(training: Training): bool {
  return training.epoch - training.firstEpoch < training.callEpochs;
}

/** What `train` returns after the last epoch of a call. */
// @ts-ignore: decorator
@inline export function endOfCall(training: Training): u32 {
  return training.callEpochs < training.epochs ? UNFINISHED : FINISHED;
}

/** Where an epoch begins: keeps the parameters, draws the order. */
// @ts-ignore: decorator
@inline export function beginEpoch(training: Training, network: Network): void {
  keepSnapshot(training, network);
  if (training.orderPtr) orderEpoch(training);
}

// @ts-ignore: decorator
@inline function keepSnapshot(training: Training, network: Network): void {
  copyVectors(training.snapshotPtr, network.parametersPtr, network.stateBytes);
  training.snapshotSteps = network.optimizer.steps;
  training.snapshotProduct = network.optimizer.momentumProduct;
}

/** Draws what is not drawn yet of the epoch's order. */
export function orderEpoch(training: Training): void {
  drawOrder(changetype<usize>(training), <u32>training.rows);
  training.choices = 0;
}

/** Draws up to `most` places of the order of the epoch that comes next. */
export function drawOrder(trainingPtr: usize, most: u32): void {
  const training = changetype<Training>(trainingPtr);
  const rows = <u32>training.rows;
  draw(training, training.orderPtr, rows, most, training.seedLow, training.seedHigh, training.epoch);
}

/**
 * Where an epoch ends: notes its loss. If that or a parameter is not finite, takes its steps back and returns false.
 */
// @ts-ignore: decorator
@inline export function endEpoch<T>(training: Training, network: Network): bool {
  if (!isFinite(training.errorSum) || !allFinite<T>(network.parametersPtr, network.stateBytes)) {
    rewindEpoch(changetype<usize>(training));
    return false;
  }
  nextEpoch(training, network.loss, layerAt(network, network.layerCount - 1).units);
  return true;
}

/** Notes the loss of the epoch that is over. */
// @ts-ignore: decorator
@inline export function nextEpoch(training: Training, loss: u32, outputs: usize): void {
  const error = lossOf(loss, training.errorSum, training.rows, outputs);
  store<f64>(training.lossesPtr + ((<usize>(training.epoch - training.callFirstEpoch)) << 3), error);
  training.errorSum = 0;
  training.position = 0;
  training.epoch++;
}

/** Takes back the steps of the unfinished epoch. */
export function rewindEpoch(trainingPtr: usize): void {
  const training = changetype<Training>(trainingPtr);
  const network = changetype<Network>(training.networkPtr);
  if (training.position == 0) return;
  copyVectors(network.parametersPtr, training.snapshotPtr, network.stateBytes);
  network.optimizer.steps = training.snapshotSteps;
  network.optimizer.momentumProduct = training.snapshotProduct;
  training.position = 0;
  training.errorSum = 0;
}

/** How many epochs of this training are finished. */
export function trainingEpochs(trainingPtr: usize): u32 {
  const training = changetype<Training>(trainingPtr);
  return training.epoch - training.firstEpoch;
}

/** Where the losses of the epochs are that the last call of `train` has finished. */
export function trainingLosses(trainingPtr: usize): usize {
  return changetype<Training>(trainingPtr).lossesPtr;
}

/**
 * Has the snapshot be the parameters and their padding, before a caller writes others over it; returns snapshotOffset.
 */
export function takeSnapshot(trainingPtr: usize): usize {
  const training = changetype<Training>(trainingPtr);
  keepSnapshot(training, changetype<Network>(training.networkPtr));
  return snapshotOffset(trainingPtr);
}

/** How far behind the network's parameters those lie that the unfinished epoch began with. */
export function snapshotOffset(trainingPtr: usize): usize {
  const training = changetype<Training>(trainingPtr);
  const network = changetype<Network>(training.networkPtr);
  return training.snapshotPtr - network.parametersPtr;
}

/** Copies whole registers: reads and writes up to 15 bytes more than asked. memory.copy costs a call on short rows. */
// @ts-ignore: decorator
@inline export function copyVectors(toPtr: usize, fromPtr: usize, bytes: usize): void {
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
