// The same start for both libraries: kernels of seeded numbers in Glorot's range. Biases and the like stay as they are.

import * as tf from "@tensorflow/tfjs";
import { uniform } from "../../support/random.ts";

export function seedKernels(model, seed) {
  const random = uniform(seed);
  const weights = model.getWeights().map((weight) => {
    if (weight.shape.length !== 2) return weight;
    const [inputs, units] = weight.shape;
    const limit = Math.sqrt(6 / (inputs + units));
    return tf.tensor2d(
      Array.from({ length: inputs * units }, () => limit * (2 * random() - 1)),
      [inputs, units],
    );
  });
  model.setWeights(weights);
}
