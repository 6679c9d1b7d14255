// A network in memory: a header, one record a layer, then all parameters, weights laid out as in dense.ts, and as many
// slots of the same layout as its optimizer needs.
//
//   Network | Optimizer | Layer 0 | Layer 1 | … | weights 0 | bias 0 | weights 1 | bias 1 | … | slot 0 | slot 1
//
// A workspace holds what one batch needs: per layer the activations and deltas, one packing buffer.
// Byte counts are returned as f64, which can't wrap: the caller compares them with the memory there is.

import {
  ACTIVATION,
  ALPHA,
  BATCH_NORMALIZATION,
  CENTER,
  CLIP_NORM,
  CLIP_VALUE,
  DENSE,
  DROPOUT_RATE,
  EPSILON,
  FIRST_DECAY,
  IDENTITY,
  INITIALIZATION,
  KIND,
  L1,
  L2,
  LAYER_NORMALIZATION,
  LAYER_NUMBERS,
  LAYER_SIZES,
  MOMENTUM,
  MOMENTUM_DECAY,
  SCALE,
  SECOND_DECAY,
  SGD,
  SIGMOID,
  SOFTMAX,
  SSE,
  UNITS,
  VARIANCE_EPSILON,
  WEIGHT_DECAY,
} from "../bindings/catalog/codes";
import { activate, keepsSlope, multiplySlopes } from "./activation";
import { forward, movePanels } from "./dense";
import { dropColumn, dropRow, multiplyFactors } from "./dropout";
import { Layer, sharedPanels, sharedRows } from "./layer";
import { isFromZ, softmax } from "./loss";
import { normalizeColumns, normalizeRows } from "./normalization";
import { Optimizer, slotCount } from "./optimizer";
import { streamKey, threefry, uniform } from "./random";
import { align, biasBytes, panelCount, rowBytes, tailMask, weightsBytes } from "./simd";
import { compressRow, compressedBytes, forwardCompressed, mostlyZeros, pointRow } from "./sparse";
import { barrier, share, teamCapacity } from "./team";


@unmanaged export class Network {
  layerCount: usize;
  parametersPtr: usize;
  parametersBytes: usize;
  stateBytes: usize; // parameters and slots
  optimizer: Optimizer;
  packPtr: usize; // a packing buffer for each member of the team
  packBytes: usize;
  workspacePtr: f64; // where the layers point, 0 before they do
  workspaceRows: usize;
  elementBytes: usize; // of the dtype
  limit: f64; // of Huber's loss
  loss: u32;
  fastPath: bool; // every layer is dense and sigmoid, the loss SSE, the optimizer plain SGD: what registers.ts and tiny.ts know
  tiny: bool; // that, and every layer fits one panel
  drops: bool; // a layer has dropout
  frozen: bool; // a layer is not trainable
  indivisible: bool; // its rows: a layer has one unit, and they are shorter than what is written of them, or sums over
  // rows are taken on the way forward
}

// @ts-ignore: decorator
@inline export function layerAt(network: Network, index: usize): Layer {
  return changetype<Layer>(changetype<usize>(network) + layersOffset() + index * offsetof<Layer>());
}

// @ts-ignore: decorator
@inline function layersOffset(): usize {
  return offsetof<Network>() + offsetof<Optimizer>();
}

// @ts-ignore: decorator
@inline export function headerBytes(layerCount: usize): usize {
  return (layersOffset() + layerCount * offsetof<Layer>() + 63) & ~63;
}

/** The inputs of a network, and sizes of layer l (catalog/codes.ts). */
// @ts-ignore: decorator
@inline function sizeAt(sizesPtr: usize, l: usize, which: u32): u32 {
  return load<u32>(sizesPtr + ((l * LAYER_SIZES + which) << 2), 4);
}

// @ts-ignore: decorator
@inline function numberAt(numbersPtr: usize, which: u32): f64 {
  return load<f64>(numbersPtr + ((<usize>which) << 3));
}

/** Bytes of a network's parameters. Where there is a network already, its layers are told where theirs lie. */
function placeParameters(networkPtr: usize, sizesPtr: usize, layerCount: usize, elementBytes: usize): f64 {
  let inputs = <usize>load<u32>(sizesPtr);
  let bytes: f64 = 0;
  for (let l: usize = 0; l < layerCount; l++) {
    const units = <usize>sizeAt(sizesPtr, l, UNITS);
    const kind = sizeAt(sizesPtr, l, KIND);
    const weightRows = kind == DENSE ? inputs : 0;
    const scale = <usize>sizeAt(sizesPtr, l, SCALE);
    const trainedVectors: usize = kind == DENSE ? 1 : scale + <usize>sizeAt(sizesPtr, l, CENTER);
    const vectors = trainedVectors + (kind == BATCH_NORMALIZATION ? 2 : 0);
    const biasAt = bytes + weightsBytes(weightRows, units, elementBytes);
    if (networkPtr) {
      const network = changetype<Network>(networkPtr);
      const layer = layerAt(network, l);
      layer.kind = kind;
      layer.inputs = inputs;
      layer.units = units;
      layer.weightRows = weightRows;
      layer.vectors = vectors;
      layer.trainedVectors = trainedVectors;
      layer.weightsPtr = network.parametersPtr + <usize>bytes;
      layer.biasPtr = network.parametersPtr + <usize>biasAt;
      const vectorBytes = <usize>biasBytes(units, elementBytes);
      layer.vectorBytes = vectorBytes;
      layer.gammaPtr = scale ? layer.biasPtr : 0;
      layer.betaPtr = sizeAt(sizesPtr, l, CENTER) ? layer.biasPtr + scale * vectorBytes : 0;
      layer.meanPtr = layer.biasPtr + trainedVectors * vectorBytes;
      layer.variancePtr = layer.meanPtr + vectorBytes;
    }
    bytes = biasAt + <f64>vectors * <f64>biasBytes(units, elementBytes);
    inputs = units;
  }
  return bytes;
}

/** Bytes of a network with what its optimizer remembers; sizesPtr points at its record of sizes (catalog/codes.ts). */
export function networkBytes(
  sizesPtr: usize,
  layerCount: usize,
  elementBytes: usize,
  optimizer: u32,
  firstDecay: f64,
): f64 {
  const bytes = placeParameters(0, sizesPtr, layerCount, elementBytes);
  return <f64>headerBytes(layerCount) + bytes * <f64>(1 + slotCount(optimizer, firstDecay));
}

/**
 * Lays out a network at networkPtr with all parameters and slots, padding included, 0. sizesPtr and numbersPtr point at
 * its records (catalog/codes.ts).
 */
export function createNetwork(
  networkPtr: usize,
  sizesPtr: usize,
  numbersPtr: usize,
  layerCount: usize,
  elementBytes: usize,
  loss: u32,
  limit: f64,
  kind: u32,
  nesterov: bool,
): void {
  const network = changetype<Network>(networkPtr);
  const optimizer = changetype<Optimizer>(networkPtr + offsetof<Network>());
  network.layerCount = layerCount;
  network.workspacePtr = 0;
  network.elementBytes = elementBytes;
  network.loss = loss;
  network.limit = limit;
  network.optimizer = optimizer;
  optimizer.plainSGD = true;
  network.fastPath = loss == SSE;
  network.tiny = true;
  network.indivisible = false;
  network.drops = false;
  network.frozen = false;
  network.parametersPtr = networkPtr + headerBytes(layerCount);
  network.parametersBytes = <usize>placeParameters(networkPtr, sizesPtr, layerCount, elementBytes);
  for (let l: usize = 0; l < layerCount; l++) {
    const layer = layerAt(network, l);
    layer.activation = sizeAt(sizesPtr, l, ACTIVATION);
    layer.alpha = numberAt(numbersPtr, ALPHA);
    layer.l1 = numberAt(numbersPtr, L1);
    layer.l2 = numberAt(numbersPtr, L2);
    layer.dropout = numberAt(numbersPtr, DROPOUT_RATE);
    layer.momentum = numberAt(numbersPtr, MOMENTUM);
    layer.epsilon = numberAt(numbersPtr, VARIANCE_EPSILON);
    numbersPtr += LAYER_NUMBERS << 3;
    layer.trainable = true;
    if (layer.l1 > 0 || layer.l2 > 0) optimizer.plainSGD = false;
    if (layer.dropout > 0) network.drops = true;
    layer.keepsZ = isFromZ(loss) && l + 1 == layerCount;
    layer.keepsSlope = layer.keepsZ || keepsSlope(layer.activation);
    if (layer.kind != DENSE || layer.activation != SIGMOID || layer.dropout > 0) network.fastPath = false;
    layer.rowBytes = <usize>rowBytes(layer.units, elementBytes);
    if (layer.units * elementBytes > 32) network.tiny = false;
    const narrow = layer.units == 1 && (layer.kind != DENSE || l + 1 < layerCount);
    if (narrow || layer.kind == BATCH_NORMALIZATION) network.indivisible = true;
  }
  optimizer.firstDecay = numberAt(numbersPtr, FIRST_DECAY);
  optimizer.secondDecay = numberAt(numbersPtr, SECOND_DECAY);
  optimizer.epsilon = numberAt(numbersPtr, EPSILON);
  optimizer.decay = numberAt(numbersPtr, WEIGHT_DECAY);
  optimizer.momentumDecay = numberAt(numbersPtr, MOMENTUM_DECAY);
  optimizer.clipValue = numberAt(numbersPtr, CLIP_VALUE);
  optimizer.clipNorm = numberAt(numbersPtr, CLIP_NORM);
  optimizer.kind = kind;
  optimizer.nesterov = nesterov;
  optimizer.steps = 0;
  optimizer.momentumProduct = 1;
  if (kind != SGD || optimizer.firstDecay > 0 || optimizer.clipValue > 0 || optimizer.clipNorm > 0)
    optimizer.plainSGD = false;
  network.fastPath = network.fastPath && optimizer.plainSGD;
  network.tiny = network.tiny && network.fastPath;
  network.stateBytes = network.parametersBytes * (1 + slotCount(kind, optimizer.firstDecay));
  memory.fill(network.parametersPtr, 0, network.stateBytes);
}

/** Says whether a training changes layer l. */
export function setTrainable(networkPtr: usize, l: usize, trainable: bool): void {
  const network = changetype<Network>(networkPtr);
  layerAt(network, l).trainable = trainable;
  network.frozen = false;
  for (let l: usize = 0; l < network.layerCount; l++) if (!layerAt(network, l).trainable) network.frozen = true;
}

/** How many steps the optimizer has taken, and NADAM's product: what a network has beside its parameters and slots. */
export function optimizerSteps(networkPtr: usize): f64 {
  return changetype<Network>(networkPtr).optimizer.steps;
}
export function optimizerProduct(networkPtr: usize): f64 {
  return changetype<Network>(networkPtr).optimizer.momentumProduct;
}
/** Bytes from parameters to their first slot, and from one slot to the next. */
export function slotBytes(networkPtr: usize): usize {
  return changetype<Network>(networkPtr).parametersBytes;
}
export function setOptimizer(networkPtr: usize, steps: f64, momentumProduct: f64): void {
  const optimizer = changetype<Network>(networkPtr).optimizer;
  optimizer.steps = steps;
  optimizer.momentumProduct = momentumProduct;
}

/**
 * Glorot uniform weights (2u − 1) · √(6 / (inputs + units)), computed in f64 and rounded to the dtype once; biases 0.
 * The first layer is drawn as layer `first`.
 */
export function initialize(networkPtr: usize, seedLow: u32, seedHigh: u32, first: u32): void {
  const network = changetype<Network>(networkPtr);
  const key1 = streamKey(seedHigh, INITIALIZATION);
  memory.fill(network.parametersPtr, 0, network.parametersBytes);
  for (let l: usize = 0; l < network.layerCount; l++) {
    const layer = layerAt(network, l);
    const limit = Math.sqrt(6.0 / <f64>(layer.inputs + layer.units));
    for (let i: usize = 0; i < layer.weightRows; i++) {
      for (let j: usize = 0; j < layer.units; j++) {
        const u = uniform(threefry(seedLow, key1, <u32>(i * layer.units + j), first + <u32>l));
        const w = (2.0 * u - 1.0) * limit;
        const ptr = weightPtr(layer, i, j * network.elementBytes);
        if (network.elementBytes == 4) store<f32>(ptr, <f32>w);
        else store<f64>(ptr, w);
      }
    }
    if (layer.kind == DENSE) continue;
    if (layer.gammaPtr) fillOnes(network, layer.gammaPtr, layer.units);
    if (layer.kind == BATCH_NORMALIZATION) fillOnes(network, layer.variancePtr, layer.units);
  }
}

function fillOnes(network: Network, ptr: usize, count: usize): void {
  for (let j: usize = 0; j < count; j++) {
    if (network.elementBytes == 4) store<f32>(ptr + j * 4, 1);
    else store<f64>(ptr + j * 8, 1);
  }
}

/** Where w[i][j] is; `offset`: bytes of j elements. */
// @ts-ignore: decorator
@inline function weightPtr(layer: Layer, i: usize, offset: usize): usize {
  if (layer.units == 1) return layer.weightsPtr + i * layer.rowBytes;
  return layer.weightsPtr + (offset & ~31) * layer.inputs + i * 32 + (offset & 31);
}

/**
 * Copies a block of layer l's parameters to the row-major array at flatPtr or, with `set`, from it. The block is `rows`
 * rows from `row` on, where the vectors follow the last row of weights, and `units` units from `unit` on, which is the
 * first of a panel. `offsetBytes` leads from the parameters to a copy or slot of them. Setting the first row clears
 * the padding.
 */
export function moveParameters(
  networkPtr: usize,
  l: usize,
  offsetBytes: usize,
  row: usize,
  rows: usize,
  unit: usize,
  units: usize,
  flatPtr: usize,
  set: bool,
): void {
  const network = changetype<Network>(networkPtr);
  const layer = layerAt(network, l);
  const bytes = network.elementBytes;
  const weightRows = layer.weightRows;
  const weightsPtr = layer.weightsPtr + offsetBytes;
  if (set && row == 0 && unit == 0) memory.fill(weightsPtr, 0, <usize>weightsBytes(weightRows, layer.units, bytes));
  const end = row + rows;
  if (row < weightRows) {
    const ofWeights = min(rows, weightRows - row);
    const ptr = weightPtr(layer, row, unit * bytes) + offsetBytes;
    movePanels(ptr, flatPtr, weightRows, ofWeights, units, bytes, layer.units == 1, set);
    flatPtr += ofWeights * units * bytes;
    row += ofWeights;
  }
  for (; row < end; row++) {
    const vector = (row - weightRows) * <usize>biasBytes(layer.units, bytes);
    const ptr = layer.biasPtr + vector + offsetBytes + unit * bytes;
    if (set) memory.copy(ptr, flatPtr, units * bytes);
    else memory.copy(flatPtr, ptr, units * bytes);
    flatPtr += units * bytes;
  }
}

/**
 * Points the layers at a workspace for batches of up to `rows` rows and returns where it ends. It is also called only
 * to measure the workspace: the layers are pointed again before they are used.
 */
export function placeWorkspace(network: Network, workspacePtr: f64, rows: usize): f64 {
  let end = workspacePtr;
  let pack = rows;
  for (let l: usize = 0; l < network.layerCount; l++) {
    const layer = layerAt(network, l);
    const bytes = bufferBytes(layer, rows);
    pack = max(pack, layer.units);
    layer.aPtr = <usize>end;
    layer.deltaPtr = <usize>(end += bytes);
    // where z is x, the layer before multiplies the same δ on
    if (l > 0 && layer.kind == IDENTITY) layer.deltaPtr = layerAt(network, l - 1).deltaPtr;
    layer.slopePtr = <usize>(end += bytes);
    if (layer.keepsSlope) end += bytes;
    layer.outPtr = layer.aPtr;
    if (layer.dropout > 0) {
      layer.outPtr = <usize>end;
      layer.factorPtr = <usize>(end += bytes);
      end += bytes;
    }
    if (normalizes(layer)) {
      layer.normalizedPtr = <usize>end;
      layer.inversePtr = <usize>(end += bytes);
      // a number for each unit, or for each row
      end += align(max<f64>(<f64>layer.vectorBytes, <f64>rows * <f64>network.elementBytes));
      layer.gradientPtr = <usize>end;
      end += align(4.0 * <f64>layer.vectorBytes);
    }
  }
  network.packPtr = <usize>end;
  network.packBytes = 32 * pack;
  network.workspacePtr = workspacePtr;
  network.workspaceRows = rows;
  return end + align(32.0 * <f64>pack * <f64>teamCapacity());
}

// @ts-ignore: decorator
@inline function normalizes(layer: Layer): bool {
  return layer.kind == BATCH_NORMALIZATION || layer.kind == LAYER_NORMALIZATION;
}

/** Bytes of one of a layer's buffers; a row of one unit is written as a whole register, up to 12 bytes too far. */
// @ts-ignore: decorator
@inline function bufferBytes(layer: Layer, rows: usize): f64 {
  return align(<f64>rows * <f64>layer.rowBytes + 16);
}

/** placeWorkspace, where the layers point elsewhere: a prediction may come between two calls of a training. */
// @ts-ignore: decorator
@inline export function useWorkspace(network: Network, workspacePtr: usize, rows: usize): void {
  if (network.workspacePtr != <f64>workspacePtr || network.workspaceRows != rows)
    placeWorkspace(network, workspacePtr, rows);
}

/** Clears the deltas and the gradients of vectors, whose padding has to be 0 in a training. */
export function clearDeltas(network: Network): void {
  for (let l: usize = 0; l < network.layerCount; l++) {
    const layer = layerAt(network, l);
    memory.fill(layer.deltaPtr, 0, <usize>bufferBytes(layer, network.workspaceRows));
    if (normalizes(layer)) memory.fill(layer.gradientPtr, 0, 4 * layer.vectorBytes);
  }
}

// @ts-ignore: decorator
@inline export function packOf(network: Network, member: u32): usize {
  return network.packPtr + <usize>member * network.packBytes;
}

/**
 * Activations of every layer, from the workspace's row `row` on, for `rows` rows of x, which are `xBytes` apart, or
 * where compressedPtr is not 0 compressed there; of each layer the member's share of units. `trains`: it is a step of a
 * training, in which outputs are left out, by dropoutKey.
 */
export function forwardAll<T>(
  network: Network,
  xPtr: usize,
  xBytes: usize,
  compressedPtr: usize,
  row: usize,
  rows: usize,
  member: u32,
  members: u32,
  trains: bool = false,
  dropoutKey: u64 = 0,
): void {
  for (let l: usize = 0; l < network.layerCount; l++) {
    const layer = layerAt(network, l);
    const rowBytes = layer.rowBytes;
    const aPtr = layer.aPtr + row * rowBytes;
    if (l == 0 && compressedPtr) {
      forwardCompressed<T>(
        aPtr,
        rowBytes,
        compressedPtr,
        layer.weightsPtr,
        layer.biasPtr,
        rows,
        layer.inputs,
        layer.units,
        member,
        members,
      );
    } else if (layer.kind == IDENTITY) {
      takeRows<T>(layer, aPtr, xPtr, xBytes, rows, member, members);
    } else if (layer.kind == BATCH_NORMALIZATION) {
      normalizeColumns<T>(layer, aPtr, xPtr, xBytes, rows, trains && layer.trainable, member, members);
    } else if (layer.kind == LAYER_NORMALIZATION) {
      const first = sharedRows(layer, rows, member, members);
      const some = sharedRows(layer, rows, member + 1, members) - first;
      normalizeRows<T>(layer, aPtr + first * rowBytes, row + first, xPtr + first * xBytes, xBytes, some);
    } else {
      forward<T>(
        aPtr,
        rowBytes,
        xPtr,
        xBytes,
        layer.weightsPtr,
        layer.biasPtr,
        rows,
        layer.inputs,
        layer.units,
        member,
        members,
      );
    }
    if (layer.activation == SOFTMAX) barrier(members); // a row has to be whole
    // of a layer of one unit forward is member 0's, too
    const alone = layer.units == 1 || layer.activation == SOFTMAX;
    if (members > 1 && alone) overRows<T>(layer, row, rows, false, min<u32>(member, 1), 1);
    else overRows<T>(layer, row, rows, false, member, members);
    if (trains && layer.dropout > 0) {
      dropRows<T>(layer, dropoutKey, <u32>l, row, rows, member, members);
      barrier(members);
      xPtr = layer.outPtr + row * rowBytes;
    } else {
      barrier(members);
      xPtr = aPtr;
    }
    xBytes = rowBytes;
  }
}

/** z = x, of the member's share of units. What is behind a row in its last register becomes 0. */
function takeRows<T>(
  layer: Layer,
  zPtr: usize,
  xPtr: usize,
  xBytes: usize,
  rows: usize,
  member: u32,
  members: u32,
): void {
  const bytes = layer.units * sizeof<T>();
  const begin = sharedPanels<T>(layer, member, members) * 32;
  const end = min(sharedPanels<T>(layer, member + 1, members) * 32, bytes);
  for (let s: usize = 0; s < rows; s++) {
    for (let offset = begin; offset < end; offset += 16) {
      const x = v128.load(xPtr + offset);
      v128.store(zPtr + offset, v128.and(x, tailMask(bytes - offset)));
    }
    xPtr += xBytes;
    zPtr += layer.rowBytes;
  }
}

/** Leaves out the member's share of a layer's outputs, of which it has computed the activations. */
function dropRows<T>(layer: Layer, key: u64, l: u32, row: usize, rows: usize, member: u32, members: u32): void {
  const outPtr = layer.outPtr;
  const factorPtr = layer.factorPtr;
  const aPtr = layer.aPtr;
  const rowBytes = layer.rowBytes;
  if (layer.units == 1) {
    if (member == 0) dropColumn<T>(key, l, layer.dropout, row, rows, outPtr, factorPtr, aPtr);
    return;
  }
  const panels = panelCount<T>(layer.units);
  const begin = share(panels, member, members) * 32;
  const end = min(share(panels, member + 1, members) * 32, rowBytes);
  if (begin >= end) return;
  for (let s = row; s < row + rows; s++) {
    const offset = s * rowBytes;
    dropRow<T>(
      key,
      l,
      layer.dropout,
      s,
      layer.units,
      begin,
      end - begin,
      outPtr + offset,
      factorPtr + offset,
      aPtr + offset,
    );
  }
}

/**
 * Multiplies the layer's δ by f'(z), and by dropout's factors first, for `rows` rows from row `row` on; of each the
 * member's share of units.
 */
export function multiplySlopeRows<T>(layer: Layer, row: usize, rows: usize, member: u32, members: u32): void {
  overRows<T>(layer, row, rows, true, member, members);
}

/** The member's share of a layer's activations, or of the products with their slopes. */
// @ts-ignore: decorator
@inline function overRows<T>(layer: Layer, row: usize, rows: usize, slopes: bool, member: u32, members: u32): void {
  const rowBytes = layer.rowBytes;
  const panels = panelCount<T>(layer.units);
  const first = share(panels, member, members);
  const last = share(panels, member + 1, members);
  const begin = first * 32;
  let end = min(last * 32, rowBytes);
  if (first >= last) return;
  if (last - first == panels) {
    // whole rows are one array
    end = rows * rowBytes;
    rows = 1;
  }
  for (let s: usize = 0; s < rows; s++) {
    const offset = (row + s) * rowBytes + begin;
    const count = (end - begin) / sizeof<T>();
    const aPtr = layer.aPtr + offset;
    const slopePtr = layer.slopePtr + offset;
    if (slopes && layer.dropout > 0) {
      multiplyFactors<T>(layer.deltaPtr + offset, layer.factorPtr + offset, end - begin);
    }
    if (slopes) multiplySlopes<T>(layer.activation, layer.alpha, layer.deltaPtr + offset, aPtr, slopePtr, count);
    else {
      if (layer.keepsZ) memory.copy(slopePtr, aPtr, count * sizeof<T>());
      if (layer.activation == SOFTMAX) softmax<T>(aPtr, rowBytes, (count * sizeof<T>()) / rowBytes, layer.units);
      else activate<T>(layer.activation, layer.alpha, aPtr, slopePtr, count);
    }
  }
}

/**
 * Whether the first layer may take rows compressed as far as its kind and activation go: sparse.ts says where −0 would
 * show.
 */
export function hidesZeroSign<T>(network: Network): bool {
  const first = layerAt(network, 0);
  if (first.kind != DENSE) return false;
  if (first.activation == SIGMOID) return true;
  for (let j: usize = 0; j < first.units; j++) {
    const bias = <f64>load<T>(first.biasPtr + j * sizeof<T>());
    if (bias == 0 && 1.0 / bias < 0) return false;
  }
  return true;
}

/** Whether x may be given compressed, with the same bits. */
export function takesCompressed(networkPtr: usize): bool {
  const network = changetype<Network>(networkPtr);
  return network.elementBytes == 4 ? hidesZeroSign<f32>(network) : hidesZeroSign<f64>(network);
}

/** Bytes of what `predict` works in with `rows` rows, which may be given compressed. */
export function predictionBytes(networkPtr: usize, rows: usize, compressed: bool): f64 {
  const network = changetype<Network>(networkPtr);
  const inputs = layerAt(network, 0).inputs;
  return placeWorkspace(network, 0, rows) + compressedBytes(<f64>rows, inputs, network.elementBytes, compressed);
}

/** Copies rows that are `rowBytes` apart close together. */
function copyRows(toPtr: usize, fromPtr: usize, rowBytes: usize, rows: usize, bytes: usize): void {
  if (rowBytes == bytes) {
    memory.copy(toPtr, fromPtr, rows * bytes);
    return;
  }
  for (let s: usize = 0; s < rows; s++) memory.copy(toPtr + s * bytes, fromPtr + s * rowBytes, bytes);
}

/**
 * The outputs of `rows` rows of x, row-major; with outZPtr also what they were before the activation, which
 * the network then keeps. Where startsPtr isn't 0, x is given compressed: as a training's record has it.
 */
export function predict<T>(
  networkPtr: usize,
  workspacePtr: usize,
  xPtr: usize,
  rows: usize,
  outPtr: usize,
  outZPtr: usize,
  startsPtr: usize,
  columnsPtr: usize,
): void {
  const network = changetype<Network>(networkPtr);
  useWorkspace(network, workspacePtr, rows);
  const inputs = layerAt(network, 0).inputs;
  const xBytes = inputs * sizeof<T>();
  const last = layerAt(network, network.layerCount - 1);
  const compressedPtr =
    startsPtr || (mostlyZeros(xPtr, rows, inputs, layerAt(network, 0).units, sizeof<T>()) && hidesZeroSign<T>(network))
      ? <usize>placeWorkspace(network, workspacePtr, rows)
      : 0;
  if (compressedPtr) {
    for (let s: usize = 0; s < rows; s++) {
      if (startsPtr) pointRow<T>(compressedPtr, s, xPtr, columnsPtr, startsPtr + (s << 2));
      else compressRow<T>(compressedPtr, rows, s, xPtr + s * xBytes, inputs);
    }
  }
  forwardAll<T>(network, xPtr, xBytes, compressedPtr, 0, rows, 0, 1);
  const outBytes = last.units * sizeof<T>();
  copyRows(outPtr, last.aPtr, last.rowBytes, rows, outBytes);
  if (outZPtr) copyRows(outZPtr, last.slopePtr, last.rowBytes, rows, outBytes);
}
