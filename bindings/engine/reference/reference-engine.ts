// The reference engine: plain TypeScript, the shortest readable loops. It specifies what every engine computes, and it
// runs where WebAssembly is forbidden.

import { dtypeOf, type Engine, type FloatArray, floatArray, indexArray, type Kernels } from "../engine.ts";
import { activate, activationOf, elementary, sigmoidDerivative } from "./activation.ts";
import { biasGradient, forward, inputGradient, roundOf, weightGradient } from "./dense.ts";
import { errorGradient, sumSquaredErrors } from "./loss.ts";
import { ReferenceModel } from "./model.ts";
import { descend } from "./optimizer.ts";
import { shuffle, threefry } from "./random.ts";

function like(array: FloatArray, length: number): FloatArray {
  return floatArray(dtypeOf(array), length);
}

const kernels: Kernels = {
  forward(x, w, b, shape) {
    const z = like(x, shape.rows * shape.units);
    forward(z, x, w, b, shape, roundOf(x));
    return z;
  },
  elementary: (name, z, out) => elementary(name, out, z),
  sigmoidDerivative(a) {
    const d = like(a, a.length);
    sigmoidDerivative(d, a, roundOf(a));
    return d;
  },
  activation(name, alpha, z) {
    const [a, slope] = [like(z, z.length), like(z, z.length)];
    activate(activationOf(name, alpha, roundOf(z)), a, slope, z);
    return { a, slope };
  },
  sseError(a, y, rows, outputs) {
    return 0.5 * sumSquaredErrors(0, a, y, rows, outputs, roundOf(a));
  },
  sseGradient(a, y) {
    const g = like(a, a.length);
    errorGradient(g, a, y);
    return g;
  },
  inputGradient(delta, w, shape) {
    const t = like(delta, shape.rows * shape.inputs);
    inputGradient(t, delta, w, shape, roundOf(delta));
    return t;
  },
  weightGradient(x, delta, shape) {
    const g = like(x, shape.inputs * shape.units);
    weightGradient(g, x, delta, shape, roundOf(x));
    return g;
  },
  biasGradient(delta, rows, units) {
    const g = like(delta, units);
    biasGradient(g, delta, rows, units, roundOf(delta));
    return g;
  },
  update(w, g, learningRate) {
    const updated = w.slice();
    descend(updated, g, learningRate, roundOf(w));
    return updated;
  },
  threefry,
  shuffle(rows, seed, epoch) {
    const order = indexArray(rows);
    shuffle(order, seed, epoch);
    return order;
  },
};

export const referenceEngine: Engine = {
  name: "reference",
  kernels,
  createModel: (shape) => new ReferenceModel(shape),
};
