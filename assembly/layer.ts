// A layer's record. What makes z of x is its kind: a dense layer's product, or a normalization; in a layer that only
// activates or drops, z is x. Then come, in any kind of layer, the activation and dropout.

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
  trainable: bool;
  keepsSlope: bool;
  keepsZ: bool;
  rowBytes: usize;
}

/** Whether a training changes it. */
// @ts-ignore: decorator
@inline export function learns(layer: Layer): bool {
  return layer.trainable && layer.trainedVectors > 0;
}
