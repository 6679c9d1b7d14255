// A layer's record. What makes z of x is its kind: a dense layer's product, or a normalization; in a layer that only
// activates or drops, z is x. Then come, in any kind of layer, the activation and dropout.

import { panelCount } from "./simd";
import { share } from "./team";


@unmanaged export class Layer {
  alpha: f64; // of the activation
  l1: f64; // penalties of the weights
  l2: f64;
  dropout: f64; // the share of outputs that is left out in training
  kind: u32; // what makes z of x
  activation: u32;
  inputs: usize;
  units: usize;
  weightRows: usize; // as many as inputs in a dense layer, else 0
  vectors: usize; // the parameters that are a number a unit, such as biases
  trainedVectors: usize; // those of them, the first ones, that an optimizer changes
  weightsPtr: usize; // panels
  biasPtr: usize; // the vectors, each one panel row a panel
  aPtr: usize; // activations, rows `rowBytes` apart
  deltaPtr: usize; // deltas, laid out like a
  slopePtr: usize; // f'(z), laid out like a, where it is kept; where the loss wants z, that
  outPtr: usize; // what the next layer takes in training: a, or after dropout
  factorPtr: usize; // dropout's, laid out like a
  // of a normalization
  momentum: f64; // of its moving averages
  epsilon: f64;
  vectorBytes: usize; // from one vector to the next
  gammaPtr: usize; // 0: it has none
  betaPtr: usize;
  meanPtr: usize; // moving averages, of a batch normalization
  variancePtr: usize;
  normalizedPtr: usize; // (x − mean) / √(variance + ε), laid out like a
  inversePtr: usize; // 1 / √(variance + ε), of each unit or row
  gradientPtr: usize; // four vectors: gradients of gamma and beta, and the batch's means and variances
  trainable: bool;
  keepsSlope: bool;
  keepsZ: bool;
  rowBytes: usize;
}

/** Where the member's rows begin, of those that rows are divided by; rows of one unit are all member 0's. */
// @ts-ignore: decorator
@inline export function sharedRows(layer: Layer, rows: usize, member: u32, members: u32): usize {
  if (layer.units == 1) return member == 0 ? 0 : rows;
  return share(rows, member, members);
}

/** Whether a training changes it. */
// @ts-ignore: decorator
@inline export function learns(layer: Layer): bool {
  return layer.trainable && layer.vectors > 0;
}

/** Which of the vectors at gradientPtr belongs to the layer's vector `v`. */
// @ts-ignore: decorator
@inline export function gradientOf(layer: Layer, v: usize): usize {
  const trained = layer.trainedVectors;
  return v < trained ? v + (layer.gammaPtr ? 0 : 1) : v - trained + 2;
}

/** Where the member's panels begin, as parameterGradient divides them; a layer of one unit is all member 0's. */
// @ts-ignore: decorator
@inline export function sharedPanels<T>(layer: Layer, member: u32, members: u32): usize {
  if (layer.units == 1) return member == 0 ? 0 : 1;
  return share(panelCount<T>(layer.units), member, members);
}
