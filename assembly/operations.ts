// The parts of a training that Operations offers beside the kernels: the factors of dropout, and an optimizer step with
// the caller's gradients.

import { NOT_FINITE, UNFINISHED } from "../bindings/catalog/codes";
import { dropColumn, dropRow } from "./dropout";
import { Training } from "./epoch";
import { beginGuarded, endGuarded, largest } from "./guarded";
import { Network, layerAt } from "./network";
import { addPenalties, addSquares, beginStep, clipValues, keepPanel, keepUnit } from "./optimizer";
import { panelCount } from "./simd";
import { squaresBytes, stepByNorm } from "./update";

/**
 * Factors of a layer's outputs, 0 or 1 / (1 − p), in rows `rowBytes` apart; as many bytes at sparePtr are written, too.
 */
export function dropoutFactors<T>(
  key: u64,
  layer: u32,
  p: f64,
  rows: usize,
  units: usize,
  rowBytes: usize,
  factorPtr: usize,
  sparePtr: usize,
): void {
  if (units == 1) {
    dropColumn<T>(key, layer, p, 0, rows, sparePtr, factorPtr, sparePtr);
    return;
  }
  for (let s: usize = 0; s < rows; s++) {
    dropRow<T>(key, layer, p, s, units, 0, rowBytes, sparePtr, factorPtr, sparePtr);
    factorPtr += rowBytes;
  }
}

const RECORD_BYTES = (offsetof<Training>() + 63) & ~63;

/** Bytes of what `step` works in. */
export function stepBytes(networkPtr: usize): f64 {
  const network = changetype<Network>(networkPtr);
  return <f64>RECORD_BYTES + <f64>network.parametersBytes + squaresBytes(network);
}

/** Clears that memory. Returns the offset from the network's parameters to its gradients, for moveParameters. */
export function gradientsOffset(networkPtr: usize, workPtr: usize): usize {
  memory.fill(workPtr, 0, <usize>stepBytes(networkPtr));
  return workPtr + RECORD_BYTES - changetype<Network>(networkPtr).parametersPtr;
}

/** A step by gradients: penalties, clipping, the optimizer's step. */
export function step<T>(networkPtr: usize, workPtr: usize, learningRate: T): void {
  const network = changetype<Network>(networkPtr);
  clipGradients<T>(network, workPtr);
  beginStep(network.optimizer, <f64>learningRate);
  stepByNorm<T>(changetype<Training>(workPtr), network, learningRate, 0, 1);
}

/**
 * The same, which leaves no number behind that is not finite. NOT_FINITE: nothing is changed, since a gradient is not
 * finite or the step was taken back. UNFINISHED: nothing is changed but the gradients, since it may overflow, and there
 * is no memory at snapshotPtr, as long as parameters and slots, to take it back from.
 */
export function stepGuarded<T>(networkPtr: usize, workPtr: usize, learningRate: T, snapshotPtr: usize): u32 {
  const network = changetype<Network>(networkPtr);
  const optimizer = network.optimizer;
  const steps = optimizer.steps;
  const product = optimizer.momentumProduct;
  const gPtr = workPtr + RECORD_BYTES;
  let most = largest<T>(gPtr, network.parametersBytes);
  if (!(most < Infinity)) return NOT_FINITE;
  clipGradients<T>(network, workPtr);
  if (hasPenalties(network)) most = largest<T>(gPtr, network.parametersBytes);
  if (!beginGuarded<T>(network, most, learningRate, snapshotPtr)) return UNFINISHED;
  stepByNorm<T>(changetype<Training>(workPtr), network, learningRate, 0, 1);
  return endGuarded<T>(network, snapshotPtr, steps, product);
}

function hasPenalties(network: Network): bool {
  for (let l: usize = 0; l < network.layerCount; l++) {
    const layer = layerAt(network, l);
    if (layer.l1 > 0 || layer.l2 > 0) return true;
  }
  return false;
}

/** Penalties, clipping by value, and the squares of the norm. */
function clipGradients<T>(network: Network, workPtr: usize): void {
  const optimizer = network.optimizer;
  const clip = optimizer.clipValue;
  const training = changetype<Training>(workPtr);
  const gradientsPtr = workPtr + RECORD_BYTES;
  const toGradients = gradientsPtr - network.parametersPtr;
  let squaresPtr = gradientsPtr + <usize>network.parametersBytes;
  training.gradientsPtr = gradientsPtr;
  training.squaresPtr = squaresPtr;
  memory.fill(squaresPtr, 0, <usize>squaresBytes(network));
  for (let l: usize = 0; l < network.layerCount; l++) {
    const layer = layerAt(network, l);
    const inputs = layer.weightRows;
    const panels = panelCount<T>(layer.units);
    if (layer.trainedVectors == 0) {
      squaresPtr += panels * 32;
      continue;
    }
    const bytes = layer.biasPtr - layer.weightsPtr;
    const gPtr = layer.weightsPtr + toGradients;
    const gBiasPtr = gPtr + bytes;
    if (layer.l1 > 0 || layer.l2 > 0) addPenalties<T>(gPtr, layer.weightsPtr, bytes, layer.l1, layer.l2);
    const vectorsBytes = layer.trainedVectors * layer.vectorBytes;
    if (clip > 0) clipValues<T>(gPtr, bytes + vectorsBytes, clip);
    if (optimizer.clipNorm == 0) continue; // no squares: the norm is 0, and nothing is scaled
    for (let p: usize = 0; p < panels; p++) {
      const panelPtr = gPtr + p * inputs * 32;
      if (layer.units == 1) keepUnit<T>(gPtr, squaresPtr, gPtr, inputs);
      else keepPanel<T>(panelPtr, squaresPtr + p * 32, panelPtr, inputs);
    }
    for (let v: usize = 0; v < layer.trainedVectors; v++) {
      addSquares<T>(squaresPtr, gBiasPtr + v * layer.vectorBytes, panels * 32);
    }
    squaresPtr += panels * 32;
  }
}
