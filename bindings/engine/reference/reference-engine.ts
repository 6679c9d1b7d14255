// The reference engine: plain TypeScript, the shortest readable loops. It specifies what every engine computes, and it
// runs where WebAssembly is forbidden.

import type { FloatArray } from "../../arrays.ts";
import { isElementwise } from "../../catalog/activations.ts";
import { SHUFFLE } from "../../catalog/codes.ts";
import { dtypeOf, floatArray, indexArray } from "../../numbers.ts";
import { shuffle, threefry } from "../../random.ts";
import type { Engine, Kernels, Output } from "../engine.ts";
import { activate, activationOf, elementary, sigmoidDerivative, softmax } from "./activation.ts";
import { biasGradient, forward, inputGradient, roundOf, weightGradient } from "./dense.ts";
import { dropoutFactors } from "./dropout.ts";
import { normals } from "./initialization.ts";
import { errorGradient, type Outputs, outputDelta, sumErrors, sumSquaredErrors } from "./loss.ts";
import { ReferenceModel } from "./model.ts";
import { descend } from "./optimizer.ts";

function like(array: FloatArray, length: number): FloatArray {
  return floatArray(dtypeOf(array), length);
}

/** What an output layer gives for z. */
function outputsOf({ activation, alpha }: Output, z: FloatArray, units: number): Outputs {
  const outputs = { z, a: like(z, z.length), slope: like(z, z.length) };
  if (isElementwise(activation)) activate(activationOf(activation, alpha, roundOf(z)), outputs.a, outputs.slope, z);
  else softmax(outputs.a, z, units, roundOf(z));
  return outputs;
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
  softmax(z, _, units) {
    const a = like(z, z.length);
    softmax(a, z, units, roundOf(z));
    return a;
  },
  rowErrors(output, z, y, rows, units) {
    const { a, slope } = outputsOf(output, z, units);
    return (floatArray("f64", rows) as Float64Array).map((_, s) => {
      const row = (values: FloatArray) => values.subarray(s * units, (s + 1) * units);
      return sumErrors(output.loss, 0, { z: row(z), a: row(a), slope }, row(y), 1, units, roundOf(z));
    });
  },
  outputDelta(output, z, y, rows, units, weights) {
    const delta = like(z, z.length);
    outputDelta(delta, output.loss, outputsOf(output, z, units), y, rows, roundOf(z));
    return weights === undefined ? delta : delta.map((d, n) => d * weights[Math.floor(n / units)]!);
  },
  dropoutFactors,
  normals,
  threefry,
  *shuffle(rows, seed, epoch, isTime) {
    const order = indexArray(rows);
    yield* shuffle(order, seed, SHUFFLE, epoch, isTime);
    return order;
  },
};

export const referenceEngine: Engine = {
  name: "reference",
  kernels,
  createModel: (shape) => new ReferenceModel(shape),
};
