// How a batch changes a layer: its gradients and the optimizer's step. Three ways; bench/README.md has what each is
// measured by:
//
//   plain SGD             in the pass that computes the gradient: dense.ts, sparse.ts
//   all else              panel by panel, while its gradient is in the first-level cache: stepLayer
//   a norm is clipped     there they are squared and kept, laid out like the parameters, and the steps follow:
//                         stepByNorm

import { DENSE, LAYER_NORMALIZATION } from "../bindings/catalog/codes";
import { panelGradient, parameterGradient } from "./dense";
import { STEPS, Training } from "./epoch";
import { Layer, gradientOf, learns, sharedPanels } from "./layer";
import { Network, layerAt } from "./network";
import { columnGradients, moveAverages } from "./normalization";
import { addPenalties, clipScale, clipValues, keepPanel, keepUnit, stepParameters, addSquares } from "./optimizer";
import { align, biasBytes, lanes, panelWidth, vectorBytes } from "./simd";
import { descendCompressed, panelGradientCompressed } from "./sparse";
import { barrier } from "./team";

/**
 * Bytes of a panel of a layer's gradient, weights and bias: of the largest one that isn't used up in registers
 * (dense.ts, plain SGD).
 */
export function gradientPanelBytes(network: Network, compressed: bool): f64 {
  let inputs: usize = 0;
  if (compressed) inputs = layerAt(network, 0).inputs;
  if (!network.optimizer.plainSGD) {
    for (let l: usize = 0; l < network.layerCount; l++) inputs = max(inputs, layerAt(network, l).weightRows);
  }
  return inputs == 0 ? 0 : align(32.0 * (<f64>inputs + 1));
}

/** Bytes of a number of each unit of each layer, laid out like the biases. */
export function squaresBytes(network: Network): f64 {
  let bytes: f64 = 0;
  for (let l: usize = 0; l < network.layerCount; l++)
    bytes += <f64>biasBytes(layerAt(network, l).units, network.elementBytes);
  return bytes;
}

/**
 * A layer's step, of the member's share of units; its rows compressed where compressedPtr isn't 0. `lowest`: nobody
 * asked it for ∂E/∂x.
 */
// @ts-ignore: decorator
@inline export function descendLayer<T>(
  training: Training,
  layer: Layer,
  xPtr: usize,
  xBytes: usize,
  compressedPtr: usize,
  rows: usize,
  packPtr: usize,
  learningRate: T,
  member: u32,
  members: u32,
  lowest: bool = false,
): void {
  const network = changetype<Network>(training.networkPtr);
  if (!learns(layer)) return;
  if (layer.kind != DENSE) {
    if (lowest || layer.kind == LAYER_NORMALIZATION) columnGradients<T>(layer, rows, member, members);
    stepVectors<T>(training, network, layer, learningRate, member, members);
    return;
  }
  if (training.only != STEPS) {
    keepGradient<T>(training, network, layer, xPtr, xBytes, compressedPtr, rows, packPtr, member, members);
    return;
  }
  if (!network.optimizer.plainSGD) {
    stepLayer<T>(training, network, layer, xPtr, xBytes, compressedPtr, rows, packPtr, learningRate, member, members);
  } else if (compressedPtr) {
    descendCompressed<T>(
      layer.weightsPtr,
      layer.biasPtr,
      compressedPtr,
      layer.deltaPtr,
      layer.rowBytes,
      rows,
      layer.inputs,
      layer.units,
      training.panelPtr + <usize>member * training.panelBytes,
      learningRate,
      member,
      members,
    );
  } else {
    parameterGradient<T>(
      layer.weightsPtr,
      layer.biasPtr,
      xPtr,
      xBytes,
      layer.deltaPtr,
      layer.rowBytes,
      rows,
      layer.inputs,
      layer.units,
      packPtr,
      true,
      learningRate,
      member,
      members,
    );
  }
}

/** The gradients of the member's share of a layer's panels, to where the training keeps them. */
function keepGradient<T>(
  training: Training,
  network: Network,
  layer: Layer,
  xPtr: usize,
  xBytes: usize,
  compressedPtr: usize,
  rows: usize,
  packPtr: usize,
  member: u32,
  members: u32,
): void {
  const toGradients = training.gradientsPtr - network.parametersPtr;
  const gPtr = layer.weightsPtr + toGradients;
  const gBiasPtr = layer.biasPtr + toGradients;
  const inputs = layer.inputs;
  const units = layer.units;
  const deltaPtr = layer.deltaPtr;
  const deltaBytes = layer.rowBytes;
  if (!compressedPtr) {
    parameterGradient<T>(
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
      false,
      0,
      member,
      members,
    );
    return;
  }
  const end = sharedPanels<T>(layer, member + 1, members);
  for (let p = sharedPanels<T>(layer, member, members); p < end; p++) {
    const offset = p * 32;
    panelGradientCompressed<T>(
      gPtr + offset * inputs,
      gBiasPtr + offset,
      compressedPtr,
      deltaPtr + offset,
      deltaBytes,
      rows,
      inputs,
      units - p * panelWidth<T>(),
      units == 1,
    );
  }
}

/**
 * The gradients of the member's share of a layer's panels, and the optimizer's step by each while it is in the
 * first-level cache; where a norm is clipped, the gradients are stored, and their squares summed.
 */
function stepLayer<T>(
  training: Training,
  network: Network,
  layer: Layer,
  xPtr: usize,
  xBytes: usize,
  compressedPtr: usize,
  rows: usize,
  packPtr: usize,
  learningRate: T,
  member: u32,
  members: u32,
): void {
  const optimizer = network.optimizer;
  const slotBytes = network.parametersBytes;
  const clip = <T>optimizer.clipValue;
  const inputs = layer.inputs;
  const units = layer.units;
  const zero = i64x2.splat(0);
  const l1 = layer.l1;
  const l2 = layer.l2;
  const single = units == 1;
  const bytes = single ? <usize>vectorBytes(inputs, sizeof<T>()) : inputs * 32;
  const gradientsPtr = training.gradientsPtr;
  const toGradients = gradientsPtr - network.parametersPtr;
  const gPtr = training.panelPtr + <usize>member * training.panelBytes;
  const gBiasPtr = gPtr + bytes;
  const squaresPtr = gradientsPtr ? squaresOf<T>(training, network, layer) : 0;
  const end = sharedPanels<T>(layer, member + 1, members);
  for (let p = sharedPanels<T>(layer, member, members); p < end; p++) {
    const wPtr = layer.weightsPtr + p * bytes;
    const biasPtr = layer.biasPtr + p * 32;
    const left = units - p * panelWidth<T>();
    const deltaPtr = layer.deltaPtr + p * 32;
    if (compressedPtr) {
      panelGradientCompressed<T>(gPtr, gBiasPtr, compressedPtr, deltaPtr, layer.rowBytes, rows, inputs, left, single);
    } else if (single) {
      memory.fill(gBiasPtr, 0, 32); // one element is written
      parameterGradient<T>(
        gPtr,
        gBiasPtr,
        xPtr,
        xBytes,
        deltaPtr,
        layer.rowBytes,
        rows,
        inputs,
        1,
        packPtr,
        false,
        learningRate,
      );
    } else {
      if (left <= lanes<T>()) memory.fill(gPtr, 0, bytes + 32); // the second register isn't written
      panelGradient<T>(
        gPtr,
        gBiasPtr,
        xPtr,
        xBytes,
        deltaPtr,
        layer.rowBytes,
        rows,
        inputs,
        left,
        packPtr,
        false,
        zero,
      );
    }
    if (l1 > 0 || l2 > 0) addPenalties<T>(gPtr, wPtr, bytes, l1, l2);
    if (gradientsPtr) {
      if (clip > 0) {
        clipValues<T>(gPtr, bytes, clip);
        clipValues<T>(gBiasPtr, 32, clip);
      }
      const toPtr = squaresPtr + p * 32;
      memory.fill(toPtr, 0, 32);
      if (single) {
        keepUnit<T>(wPtr + toGradients, toPtr, gPtr, inputs);
        keepUnit<T>(biasPtr + toGradients, toPtr, gBiasPtr, 1);
      } else {
        keepPanel<T>(wPtr + toGradients, toPtr, gPtr, inputs);
        keepPanel<T>(biasPtr + toGradients, toPtr, gBiasPtr, 1);
      }
    } else {
      stepParameters<T>(optimizer, wPtr, gPtr, bytes, slotBytes, learningRate, clip, 1, true);
      stepParameters<T>(optimizer, biasPtr, gBiasPtr, 32, slotBytes, learningRate, clip, 1, false);
    }
  }
}

/** Where a layer's sums of squares are, one for each unit. */
// @ts-ignore: decorator
@inline function squaresOf<T>(training: Training, network: Network, layer: Layer): usize {
  let ptr = training.squaresPtr;
  for (let l: usize = 0; layerAt(network, l) != layer; l++)
    ptr += <usize>biasBytes(layerAt(network, l).units, sizeof<T>());
  return ptr;
}

/**
 * The step of the member's share of a normalization's columns, whose gradients are at layer.gradientPtr; where they are
 * kept, they go to where the training keeps all.
 */
function stepVectors<T>(
  training: Training,
  network: Network,
  layer: Layer,
  learningRate: T,
  member: u32,
  members: u32,
): void {
  const optimizer = network.optimizer;
  const begin = sharedPanels<T>(layer, member, members) * 32;
  const bytes = sharedPanels<T>(layer, member + 1, members) * 32 - begin;
  const gradientsPtr = training.gradientsPtr;
  const toGradients = gradientsPtr - network.parametersPtr;
  const steps = training.only == STEPS;
  const clip = <T>optimizer.clipValue;
  const squaresPtr = gradientsPtr && steps ? squaresOf<T>(training, network, layer) + begin : 0;
  if (squaresPtr) memory.fill(squaresPtr, 0, bytes);
  for (let v: usize = 0; v < layer.vectors; v++) {
    const trained = v < layer.trainedVectors;
    const ptr = layer.biasPtr + v * layer.vectorBytes + begin;
    const gPtr = layer.gradientPtr + gradientOf(layer, v) * layer.vectorBytes + begin;
    if (gradientsPtr) {
      if (squaresPtr && trained && clip > 0) clipValues<T>(gPtr, bytes, clip);
      memory.copy(ptr + toGradients, gPtr, bytes);
      if (squaresPtr && trained) addSquares<T>(squaresPtr, gPtr, bytes);
    } else if (trained) {
      stepParameters<T>(optimizer, ptr, gPtr, bytes, network.parametersBytes, learningRate, clip, 1, false);
    } else moveAverages<T>(layer, ptr, gPtr, bytes);
  }
}

/** The optimizer's step by gradients that are clipped by their norm, of the member's share of panels. */
export function stepByNorm<T>(training: Training, network: Network, learningRate: T, member: u32, members: u32): void {
  const optimizer = network.optimizer;
  const toGradients = training.gradientsPtr - network.parametersPtr;
  barrier(members); // all squares are there
  let squares: f64 = 0;
  let squaresPtr = training.squaresPtr;
  for (let l: usize = 0; l < network.layerCount; l++) {
    const layer = layerAt(network, l);
    const units = learns(layer) ? layer.units : 0;
    for (let j: usize = 0; j < units; j++) squares += <f64>load<T>(squaresPtr + j * sizeof<T>());
    squaresPtr += <usize>biasBytes(layer.units, sizeof<T>());
  }
  const scale = <T>clipScale(squares, optimizer.clipNorm);
  const slotBytes = network.parametersBytes;
  for (let l: usize = 0; l < network.layerCount; l++) {
    const layer = layerAt(network, l);
    const first = sharedPanels<T>(layer, member, members);
    const panels = sharedPanels<T>(layer, member + 1, members) - first;
    if (!learns(layer) || panels == 0) continue;
    const rows = layer.weightRows;
    const bytes = layer.units == 1 ? <usize>vectorBytes(rows, sizeof<T>()) : rows * 32;
    let ptr = layer.weightsPtr + first * bytes;
    stepParameters<T>(optimizer, ptr, ptr + toGradients, panels * bytes, slotBytes, learningRate, 0, scale, true);
    for (let v: usize = 0; v < layer.vectors; v++) {
      ptr = layer.biasPtr + v * layer.vectorBytes + first * 32;
      const gPtr = ptr + toGradients;
      if (v >= layer.trainedVectors) moveAverages<T>(layer, ptr, gPtr, panels * 32);
      else stepParameters<T>(optimizer, ptr, gPtr, panels * 32, slotBytes, learningRate, 0, scale, false);
    }
  }
}
