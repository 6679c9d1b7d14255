// The epoch loop: seeded shuffle, mini-batch gather, forward, backward, update, for any number of steps in one call.
// A Training record keeps the position, so a caller can stop after any step and go on later with the same bits.
//
// Which code takes a step; the first line that fits:
//
//   one unit, 2 inputs, whole batches of 4 rows *            registers.ts  trainUnit       parameters stay in registers
//   2 inputs, 2 to 4 hidden units, 1 output, batches of 1 *  registers.ts  trainHidden     likewise
//   more than one thread                                     below         trainBatch      rows or units are divided
//   one unit *                                               tiny.ts       trainUnitBatch  registers hold rows
//   each layer in one panel (32 bytes), a batch of 1 *       tiny.ts       trainRow        one pass over the weights
//   first layer, x given compressed                          sparse.ts     the elements that are listed
//   first layer, at least half of x zeros                    sparse.ts     the other elements of x alone
//   all else                                                 dense.ts, for layers of one unit dense-single.ts
//
// * where all layers are sigmoid and the loss is SSE, and nothing is asked for but plain SGD at one rate:
//   `takesFastPath`
//
// bench/README.md has what each of them is measured by.

import {
  BATCH_NORMALIZATION,
  DENSE,
  LAYER_NORMALIZATION,
  LOST,
  MAX_LOSSES,
  NOT_FINITE,
  SIGMOID,
  SOFTMAX,
  SSE,
  UNFINISHED,
} from "../bindings/catalog/codes";
import { inputGradient } from "./dense";
import { dropoutKey } from "./dropout";
import {
  STEPS,
  Training,
  UPSTREAM,
  beginCall,
  beginEpoch,
  copyVectors,
  endEpoch,
  endOfCall,
  epochsLeft,
} from "./epoch";
import { Layer, learns, sharedRows } from "./layer";
import { divideDelta, isFromZ, isMean, lossDelta, outputDelta, softmaxDelta, sumErrors, weightDelta } from "./loss";
import {
  Network,
  clearDeltas,
  forwardAll,
  hidesZeroSign,
  layerAt,
  multiplySlopeRows,
  packOf,
  placeWorkspace,
  useWorkspace,
} from "./network";
import { columnsBack, rowsBack } from "./normalization";
import { beginStep } from "./optimizer";
import { fitsHidden, fitsUnit, trainHidden, trainUnit } from "./registers";
import { scratchRecord } from "./scratch";
import { align, paddedRowBytes } from "./simd";
import { SAMPLED_ROWS, compressRow, compressedBytes, compressedRow, mostlyZeros, pointRow } from "./sparse";
import { MAX_MEMBERS, agree, barrier, callTeam, memberLost, share, teamCapacity, teamLimit } from "./team";
import { trainRow, trainUnitBatch } from "./tiny";
import { descendLayer, gradientPanelBytes, squaresBytes, stepByNorm } from "./update";

const MEMBER_WORK: f64 = 300_000; // bytes of parameters times rows of a step: less is done sooner by one member

/** Bytes of a training's own memory; `compressed`: x is given as compressed rows. */
export function trainingBytes(
  networkPtr: usize,
  xPtr: usize,
  rows: usize,
  batchSize: usize,
  epochs: u32,
  shuffled: bool,
  weighted: bool,
  scheduled: bool,
  compressed: bool,
): f64 {
  const network = changetype<Network>(networkPtr);
  const measured = changetype<Training>(scratchRecord());
  measured.startsPtr = compressed;
  return layOut(measured, 0, network, xPtr, rows, batchSize, epochs, shuffled, weighted, scheduled);
}

/** Where the module's own data ends, and the caller's memory begins: a training's record is the largest of one call. */
export function scratchEnd(): usize {
  return scratchRecord() + <usize>align(offsetof<Training>());
}

let end: f64 = 0;

/** Where the next `bytes` lie, in whole cache lines, if they are wanted; else 0. */
function take(wanted: bool, bytes: f64): usize {
  if (!wanted) return 0;
  const ptr = <usize>end;
  end += align(bytes);
  return ptr;
}

/** Says where each part of a training with its record at `start` lies; returns where the last of them ends. */
function layOut(
  training: Training,
  start: f64,
  network: Network,
  xPtr: usize,
  rows: usize,
  batchSize: usize,
  epochs: u32,
  shuffled: bool,
  weighted: bool,
  scheduled: bool,
): f64 {
  const batch = <f64>batchSize;
  const given = training.startsPtr != 0;
  const compressed = given || compresses(network, xPtr, rows);
  const clips = network.optimizer.clipNorm > 0;
  const panelBytes = gradientPanelBytes(network, compressed);
  end = start + align(offsetof<Training>());
  training.lossesPtr = take(true, 8.0 * <f64>min(epochs, MAX_LOSSES));
  training.snapshotPtr = take(true, network.stateBytes);
  training.gradientsPtr = take(clips, network.parametersBytes);
  training.squaresPtr = take(clips, squaresBytes(network));
  training.ratesPtr = take(scheduled, 8.0 * Math.ceil(<f64>rows / batch));
  training.gatherWeightsPtr = take(weighted && shuffled, batch * <f64>network.elementBytes);
  training.orderPtr = take(shuffled, 4.0 * <f64>rows);
  training.gatherYPtr = take(shuffled, batch * <f64>targetBytes(network) + 16);
  training.gatherPtr = take(shuffled && !compressed, batch * <f64>gatheredBytes(network));
  const compressedRows = compressedBytes(batch, layerAt(network, 0).inputs, network.elementBytes, given);
  training.compressedPtr = take(compressed, compressedRows);
  training.panelBytes = <usize>panelBytes;
  training.panelPtr = take(true, panelBytes * <f64>teamCapacity());
  training.workspacePtr = <usize>end;
  return placeWorkspace(network, end, batchSize);
}

/** Whether the first layer takes its rows compressed. */
// @ts-ignore: decorator
@inline export function compresses(network: Network, xPtr: usize, rows: usize, most: usize = SAMPLED_ROWS): bool {
  const first = layerAt(network, 0);
  return (
    mostlyZeros(xPtr, rows, first.inputs, first.units, network.elementBytes, most) &&
    (network.elementBytes == 4 ? hidesZeroSign<f32>(network) : hidesZeroSign<f64>(network))
  );
}

/** Bytes of a row of x in the gathered batch. */
// @ts-ignore: decorator
@inline function gatheredBytes(network: Network): usize {
  return <usize>paddedRowBytes(<u64>layerAt(network, 0).inputs * network.elementBytes);
}

/** Bytes of a row of y. */
// @ts-ignore: decorator
@inline function targetBytes(network: Network): usize {
  return layerAt(network, network.layerCount - 1).units * network.elementBytes;
}

/**
 * Starts a training in trainingBytes of memory at trainingPtr; x, y and sampleWeights are row-major and stay where they
 * are. sampleWeightsPtr: 0 where all rows count the same. startsPtr, columnsPtr: 0 where x is not given compressed.
 */
export function startTraining(
  trainingPtr: usize,
  networkPtr: usize,
  xPtr: usize,
  yPtr: usize,
  rows: usize,
  batchSize: usize,
  firstEpoch: u32,
  epochs: u32,
  shuffled: bool,
  sampleWeightsPtr: usize,
  scheduled: bool,
  seedLow: u32,
  seedHigh: u32,
  startsPtr: usize,
  columnsPtr: usize,
): void {
  const network = changetype<Network>(networkPtr);
  const training = changetype<Training>(trainingPtr);
  training.startsPtr = startsPtr;
  training.columnsPtr = columnsPtr;
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
  training.choices = 0;
  training.only = STEPS;
  training.firstBatch = 0;
  training.drops = network.drops;
  training.backPtr = 0;
  training.outputsPtr = 0;
  training.errorSum = 0;
  training.snapshotSteps = network.optimizer.steps; // plain descent takes no more
  training.snapshotProduct = network.optimizer.momentumProduct;
  training.sampleWeightsPtr = sampleWeightsPtr;
  layOut(training, trainingPtr, network, xPtr, rows, batchSize, epochs, shuffled, sampleWeightsPtr != 0, scheduled);
  if (training.gradientsPtr) memory.fill(training.gradientsPtr, 0, network.parametersBytes); // padding stays 0
  memory.fill(training.panelPtr, 0, training.panelBytes * teamCapacity()); // as descendCompressed wants it
  clearDeltas(network);
}

/**
 * Goes on in the middle of an epoch, as another training left it, once the caller has drawn the order; the snapshot at
 * snapshotOffset is the caller's to write.
 */
export function resumeTraining(
  trainingPtr: usize,
  position: usize,
  errorSum: f64,
  snapshotSteps: f64,
  snapshotProduct: f64,
): void {
  const training = changetype<Training>(trainingPtr);
  training.position = position;
  training.errorSum = errorSum;
  training.snapshotSteps = snapshotSteps;
  training.snapshotProduct = snapshotProduct;
  training.choices = 0;
}

/**
 * Has the rows that come next lie at xPtr, yPtr and sampleWeightsPtr, and the rates of their steps at ratesPtr: a
 * training whose order is that of its rows needs no others at hand. `rows`: of the whole epoch, or 2^32 − 1 where more
 * come after these.
 */
export function setWindow(
  trainingPtr: usize,
  xPtr: usize,
  yPtr: usize,
  sampleWeightsPtr: usize,
  ratesPtr: usize,
  rows: usize,
): void {
  const training = changetype<Training>(trainingPtr);
  const network = changetype<Network>(training.networkPtr);
  const position = training.position;
  // where the epoch's first row would lie: the sum may wrap, and with a position added it is right again
  training.xPtr = xPtr - position * layerAt(network, 0).inputs * network.elementBytes;
  training.yPtr = yPtr - position * targetBytes(network);
  if (sampleWeightsPtr) training.sampleWeightsPtr = sampleWeightsPtr - position * network.elementBytes;
  if (ratesPtr) training.ratesPtr = ratesPtr - ((position / training.batchSize) << 3);
  training.rows = rows;
}

/** Has each step keep its rows' outputs, from before the step, at outputsPtr: rows × units of the last layer. */
export function keepTrainingOutputs(trainingPtr: usize, outputsPtr: usize): void {
  changetype<Training>(trainingPtr).outputsPtr = outputsPtr;
}

/** Where the learning rates of the epoch's steps are. */
export function trainingRates(trainingPtr: usize): usize {
  return changetype<Training>(trainingPtr).ratesPtr;
}

/** Rows of the unfinished epoch that are used, and the error sum of those. */
export function trainingPosition(trainingPtr: usize): usize {
  return changetype<Training>(trainingPtr).position;
}
export function trainingErrorSum(trainingPtr: usize): f64 {
  return changetype<Training>(trainingPtr).errorSum;
}
/** Of the optimizer, as the epoch began. */
export function snapshotSteps(trainingPtr: usize): f64 {
  return changetype<Training>(trainingPtr).snapshotSteps;
}
export function snapshotProduct(trainingPtr: usize): f64 {
  return changetype<Training>(trainingPtr).snapshotProduct;
}

/**
 * Runs up to maxSteps steps, of MAX_LOSSES epochs at most. It returns FINISHED if all epochs are done, else UNFINISHED.
 * NOT_FINITE: an epoch ended with a parameter or error that is not finite, and its steps were taken back. LOST: a
 * worker did not answer, and the steps of the unfinished epoch are invalid.
 */
export function train<T>(trainingPtr: usize, learningRate: T, maxSteps: u32): u32 {
  const training = changetype<Training>(trainingPtr);
  const network = changetype<Network>(training.networkPtr);
  beginCall(training);
  if (takesFastPath(training, network)) {
    if (fitsUnit(training, network)) return trainUnit<T>(training, network, learningRate, maxSteps);
    if (fitsHidden(training, network)) return trainHidden<T>(training, network, learningRate, maxSteps);
  }
  useWorkspace(network, training.workspacePtr, training.batchSize);
  // a job without a step has no barrier, and could be over before a worker has read it
  const members = maxSteps && epochsLeft(training) ? membersFor(training, network) : 1;
  if (members > 1) callTeam(members, sizeof<T>(), trainingPtr, learningRate, maxSteps);
  return trainLoop<T>(trainingPtr, learningRate, maxSteps, 0, members);
}

/** Whether the shortest ways know all that is asked for. */
// @ts-ignore: decorator
@inline function takesFastPath(training: Training, network: Network): bool {
  if (training.only != STEPS || training.outputsPtr) return false;
  return network.fastPath && !training.ratesPtr && !training.sampleWeightsPtr && !training.startsPtr && !network.frozen;
}

/** As many as there are, as long as each has enough to do between two barriers. */
// @ts-ignore: decorator
@inline function membersFor(training: Training, network: Network): u32 {
  if (!ASC_FEATURE_THREADS) return 1;
  // four multiply-adds a byte and row of a step in f32
  const work = <f64>network.parametersBytes * <f64>training.batchSize;
  return max(min(<u32>min(work / MEMBER_WORK, <f64>MAX_MEMBERS), teamLimit()), 1);
}

/**
 * `train` as one of several members, who all run it at the same time; member 0 alone writes to the training's record.
 * Behind the last barrier member 0 returns, and its caller may use the record's memory for something else: a slower
 * member decides by what it has read before.
 */
export function trainLoop<T>(trainingPtr: usize, learningRate: T, maxSteps: u32, member: u32, members: u32): u32 {
  const training = changetype<Training>(trainingPtr);
  const network = changetype<Network>(training.networkPtr);
  const rows = training.rows;
  const epochs = training.callEpochs;
  const steps = training.only == STEPS;
  let position = training.position;
  let epoch = training.epoch - training.firstEpoch;
  while (epoch < epochs) {
    if (position == 0 && maxSteps && steps) {
      if (member == 0) beginEpoch(training, network);
      barrier(members);
    }
    while (position < rows) {
      if (maxSteps-- == 0) {
        if (member == 0) training.position = position;
        return memberLost() ? LOST : UNFINISHED;
      }
      const count = min(training.batchSize, rows - position);
      const ratesPtr = training.ratesPtr;
      if (ratesPtr) learningRate = <T>load<f64>(ratesPtr + ((position / training.batchSize) << 3));
      trainBatch<T>(training, network, position, count, learningRate, member, members);
      position += count;
      if (memberLost()) {
        training.position = position;
        return LOST;
      }
    }
    if (!steps) break;
    let finite = true;
    if (member == 0) {
      training.position = position;
      finite = endEpoch<T>(training, network);
    }
    if (!agree(member, members, finite)) return NOT_FINITE;
    position = 0;
    epoch++;
  }
  return memberLost() ? LOST : endOfCall(training);
}

const ROWS_ALIGNMENT: usize = 16; // rows of one unit, 4 bytes, then share no cache line with another member's
const CARRIED_BYTES: usize = 65536; // parameters, as many as members may take from each other's cache in each step

/**
 * One step on `count` rows from `position` on. Members divide rows as long as there is one δ to compute, each through
 * all layers, where the weights are few; else units, layer by layer, so that weights stay in one core's cache. Weight
 * gradients, which sum over rows, are always divided by units.
 */
// @ts-ignore: decorator
@inline function trainBatch<T>(
  training: Training,
  network: Network,
  position: usize,
  count: usize,
  learningRate: T,
  member: u32,
  members: u32,
): void {
  const first = layerAt(network, 0);
  const last = layerAt(network, network.layerCount - 1);
  const byRows =
    members > 1 &&
    count >= ROWS_ALIGNMENT * members &&
    !network.indivisible &&
    network.parametersBytes <= CARRIED_BYTES;
  let begin: usize = 0;
  let end = count;
  if (byRows) {
    const blocks = (count + ROWS_ALIGNMENT - 1) / ROWS_ALIGNMENT;
    begin = share(blocks, member, members) * ROWS_ALIGNMENT;
    end = min(share(blocks, member + 1, members) * ROWS_ALIGNMENT, count);
  }
  // others read what it computes behind a barrier
  if (member == 0 && training.only == STEPS && !network.optimizer.plainSGD)
    beginStep(network.optimizer, <f64>learningRate);
  const rows = end - begin;
  const unitMember = byRows ? 0 : member;
  const unitMembers = byRows ? 1 : members;
  let xBytes = first.inputs * sizeof<T>();
  const yBytes = last.units * sizeof<T>();
  let xPtr = training.xPtr + position * xBytes;
  let yPtr = training.yPtr + position * yBytes;
  let sampleWeightsPtr = training.sampleWeightsPtr;
  if (sampleWeightsPtr) sampleWeightsPtr += position * sizeof<T>();
  const compressedPtr = training.compressedPtr;
  if (training.orderPtr || compressedPtr) gather<T>(training, network, position, begin, end, unitMember, unitMembers);
  if (training.orderPtr) {
    xPtr = training.gatherPtr;
    yPtr = training.gatherYPtr;
    if (sampleWeightsPtr) sampleWeightsPtr = training.gatherWeightsPtr;
    xBytes = gatheredBytes(network);
  }
  if (members == 1) {
    const fast = takesFastPath(training, network);
    if (fast && network.layerCount == 1 && first.units == 1) {
      training.errorSum = trainUnitBatch<T>(first, xPtr, xBytes, yPtr, count, learningRate, training.errorSum);
      return;
    }
    if (count == 1 && fast && network.tiny && !compressedPtr) {
      training.errorSum += trainRow<T>(network, xPtr, yPtr, learningRate);
      return;
    }
  }
  const fromPtr = compressedPtr ? compressedRow(compressedPtr, begin) : 0;
  const batch = training.firstBatch + <u32>(position / training.batchSize);
  const key = training.drops ? dropoutKey(training.seedLow, training.seedHigh, batch, training.epoch) : 0;
  forwardAll<T>(network, xPtr + begin * xBytes, xBytes, fromPtr, begin, rows, unitMember, unitMembers, true, key);
  if (unitMember == 0) {
    if (training.only == UPSTREAM) upstreamDelta<T>(last, begin, rows, yPtr + begin * yBytes);
    else errorDelta<T>(network, last, begin, rows, yPtr + begin * yBytes, count);
    if (sampleWeightsPtr) {
      weightDelta<T>(
        last.deltaPtr + begin * last.rowBytes,
        last.rowBytes,
        sampleWeightsPtr + begin * sizeof<T>(),
        rows,
        last.units,
      );
    }
  }
  barrier(unitMembers);
  const packPtr = packOf(network, member);
  const lowest: usize = training.backPtr ? 0 : lowestTrainable(network);
  for (let l = network.layerCount - 1; l > 0; l--) {
    const layer = layerAt(network, l);
    const previous = layerAt(network, l - 1);
    const offset = begin * previous.rowBytes;
    if (l < lowest) break;
    if (l == lowest) {
      if (!byRows)
        descendLayer<T>(
          training,
          layer,
          previous.outPtr,
          previous.rowBytes,
          0,
          count,
          packPtr,
          learningRate,
          member,
          members,
          true,
        );
      break;
    }
    const sigmoid = layer.kind == DENSE && previous.activation == SIGMOID && previous.dropout == 0;
    layerBack<T>(
      layer,
      previous.deltaPtr + offset,
      previous.rowBytes,
      sigmoid ? previous.aPtr + offset : 0,
      begin,
      rows,
      packPtr,
      unitMember,
      unitMembers,
    );
    if (layer.kind == LAYER_NORMALIZATION) barrier(unitMembers); // rows are divided there, columns here
    if (!sigmoid) {
      if (layer.units == 1)
        multiplySlopeRows<T>(previous, begin, rows, min<u32>(unitMember, 1), 1); // member 0 found them
      else multiplySlopeRows<T>(previous, begin, rows, unitMember, unitMembers);
    }
    if (byRows) continue;
    barrier(members); // all have read the weights before one writes them, and δ of the layer before is whole
    descendLayer<T>(
      training,
      layer,
      previous.outPtr,
      previous.rowBytes,
      0,
      count,
      packPtr,
      learningRate,
      member,
      members,
    );
  }
  if (byRows) {
    barrier(members);
    for (let l = network.layerCount - 1; l > 0; l--) {
      const previous = layerAt(network, l - 1);
      descendLayer<T>(
        training,
        layerAt(network, l),
        previous.outPtr,
        previous.rowBytes,
        0,
        count,
        packPtr,
        learningRate,
        member,
        members,
      );
    }
  }
  descendLayer<T>(training, first, xPtr, xBytes, compressedPtr, count, packPtr, learningRate, member, members, true);
  if (training.only == STEPS && training.gradientsPtr) stepByNorm<T>(training, network, learningRate, member, members);
  if (training.backPtr) {
    const backPtr = training.backPtr + begin * training.backBytes;
    layerBack<T>(first, backPtr, training.backBytes, 0, begin, rows, packPtr, unitMember, unitMembers);
  }
  if (member == 0 && training.only != UPSTREAM) {
    training.errorSum = sumErrors<T>(
      network.loss,
      network.limit,
      training.errorSum,
      last.aPtr,
      last.slopePtr,
      last.rowBytes,
      yPtr,
      count,
      last.units,
      sampleWeightsPtr,
    );
    if (training.outputsPtr) keepOutputs(training, last, position, count);
  }
  barrier(members);
}

/** The outputs of the batch that begins at `position`, each row to the place of its number. */
function keepOutputs(training: Training, last: Layer, position: usize, count: usize): void {
  const bytes = targetBytes(changetype<Network>(training.networkPtr));
  for (let s: usize = 0; s < count; s++) {
    const at = position + s;
    const row = training.orderPtr ? <usize>load<u32>(training.orderPtr + (at << 2)) : at;
    memory.copy(training.outputsPtr + row * bytes, last.aPtr + s * last.rowBytes, bytes);
  }
}

/**
 * ∂E/∂x of a layer at toPtr, for `rows` rows of δ from row `begin` on; of each the member's share of columns. Where
 * aPtr isn't 0, times a(1 − a).
 */
function layerBack<T>(
  layer: Layer,
  toPtr: usize,
  toBytes: usize,
  aPtr: usize,
  begin: usize,
  rows: usize,
  packPtr: usize,
  member: u32,
  members: u32,
): void {
  const deltaPtr = layer.deltaPtr + begin * layer.rowBytes;
  if (layer.kind == DENSE) {
    inputGradient<T>(
      toPtr,
      toBytes,
      deltaPtr,
      layer.rowBytes,
      layer.weightsPtr,
      aPtr,
      rows,
      layer.inputs,
      layer.units,
      packPtr,
      member,
      members,
    );
  } else if (layer.kind == BATCH_NORMALIZATION) {
    columnsBack<T>(layer, toPtr, rows, layer.trainable, member, members);
  } else if (layer.kind == LAYER_NORMALIZATION) {
    const first = sharedRows(layer, rows, member, members);
    const some = sharedRows(layer, rows, member + 1, members) - first;
    rowsBack<T>(layer, toPtr + first * toBytes, begin + first, some);
  } else if (toPtr != deltaPtr && member == 0) {
    copyVectors(toPtr, deltaPtr, rows * layer.rowBytes); // of an identity
  }
}

/** δ of the output layer from ∂E/∂a, for `rows` rows from row `begin` on. */
function upstreamDelta<T>(last: Layer, begin: usize, rows: usize, fromPtr: usize): void {
  const bytes = last.units * sizeof<T>();
  for (let s = begin; s < begin + rows; s++) {
    const toPtr = last.deltaPtr + s * last.rowBytes;
    memory.copy(toPtr, fromPtr, bytes);
    if (last.activation == SOFTMAX) softmaxDelta<T>(toPtr, last.aPtr + s * last.rowBytes, bytes);
    fromPtr += bytes;
  }
  if (last.activation != SOFTMAX) multiplySlopeRows<T>(last, begin, rows, 0, 1);
}

/** The first layer that a training changes: below it no δ is needed. */
// @ts-ignore: decorator
@inline function lowestTrainable(network: Network): usize {
  let l: usize = 0;
  while (l < network.layerCount && !learns(layerAt(network, l))) l++;
  return l;
}

/** δ of the output layer for `rows` rows from row `begin` on of a batch of `count`. */
// @ts-ignore: decorator
@inline function errorDelta<T>(
  network: Network,
  last: Layer,
  begin: usize,
  rows: usize,
  yPtr: usize,
  count: usize,
): void {
  const loss = network.loss;
  const offset = begin * last.rowBytes;
  const deltaPtr = last.deltaPtr + offset;
  const aPtr = last.aPtr + offset;
  if (loss == SSE && last.activation == SIGMOID) {
    outputDelta<T>(deltaPtr, aPtr, last.rowBytes, yPtr, rows, last.units);
    return;
  }
  lossDelta<T>(loss, network.limit, deltaPtr, aPtr, last.rowBytes, yPtr, rows, last.units);
  if (!isFromZ(loss)) multiplySlopeRows<T>(last, begin, rows, 0, 1);
  if (isMean(loss)) divideDelta<T>(loss, deltaPtr, rows * last.rowBytes, count, last.units);
}

/**
 * Rows `begin` to `end` of the batch to where they lie in order, x compressed or as it is; of x the member's share of
 * rows.
 */
function gather<T>(
  training: Training,
  network: Network,
  position: usize,
  begin: usize,
  end: usize,
  member: u32,
  members: u32,
): void {
  const inputs = layerAt(network, 0).inputs;
  const xBytes = inputs * sizeof<T>();
  const toBytes = gatheredBytes(network);
  const shuffled = training.orderPtr != 0;
  const orderPtr = training.orderPtr + (position << 2);
  const count = end - begin;
  const compressedPtr = training.compressedPtr;
  for (let s = begin + share(count, member, members), last = begin + share(count, member + 1, members); s < last; s++) {
    const row = shuffled ? <usize>load<u32>(orderPtr + (s << 2)) : position + s;
    const fromPtr = training.xPtr + row * xBytes;
    if (training.startsPtr)
      pointRow<T>(compressedPtr, s, training.xPtr, training.columnsPtr, training.startsPtr + (row << 2));
    else if (compressedPtr) compressRow<T>(compressedPtr, training.batchSize, s, fromPtr, inputs);
    else copyVectors(training.gatherPtr + s * toBytes, fromPtr, xBytes);
  }
  if (shuffled && member == 0) {
    const yBytes = targetBytes(network);
    const wholeBytes = (yBytes + 15) & ~15;
    const endPtr = training.gatherYPtr + end * yBytes;
    if (training.sampleWeightsPtr) {
      for (let s = begin; s < end; s++) {
        const from = <usize>load<u32>(orderPtr + (s << 2)) * sizeof<T>();
        store<T>(training.gatherWeightsPtr + s * sizeof<T>(), load<T>(training.sampleWeightsPtr + from));
      }
    }
    for (let s = begin; s < end; s++) {
      const toPtr = training.gatherYPtr + s * yBytes;
      const fromPtr = training.yPtr + <usize>load<u32>(orderPtr + (s << 2)) * yBytes;
      // whole registers reach past a row of y: into the next, which is written after it, but not into another member's
      if (toPtr + wholeBytes <= endPtr) copyVectors(toPtr, fromPtr, yBytes);
      else memory.copy(toPtr, fromPtr, yBytes);
    }
  }
  barrier(members);
}
