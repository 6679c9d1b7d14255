// Trainings taken by hand with Operations alone, against fit on both engines, bit for bit.

import { type FitOptions, type LossName, Network, Operations, type OptimizerOptions } from "bitgrad";
import { describe, it } from "vitest";
import { ELEMENTWISE } from "../../bindings/catalog/activations.ts";
import { OPTIMIZER_NAMES } from "../../bindings/catalog/optimizers.ts";
import { DTYPES, type DType, ENGINES, expectSameBits, type FloatArray, floats } from "../fixtures/bits.ts";
import { type DenseOptions, trainByOperations } from "../fixtures/by-operations.ts";
import { Random } from "../fixtures/random.ts";

type Data = ReturnType<Random["dataset"]>;

function expectSameTraining(options: DenseOptions, { x, y }: Data, fit: FitOptions): void {
  const engine = options.engine as "wasm";
  const what = JSON.stringify({ options, fit });
  using net = Network.createSync(options);
  const { loss } = net.fit(x, y, fit);
  const end = trainByOperations(Operations.createSync({ engine }), options, x, y, fit);
  expectSameBits(Float64Array.from(end.loss), Float64Array.from(loss), `losses of ${what}`);
  net.getParameters().forEach(({ weights, biases }, l) => {
    expectSameBits(end.parameters[l]!.weights as FloatArray, weights as FloatArray, `weights ${l} of ${what}`);
    expectSameBits(end.parameters[l]!.biases as FloatArray, biases as FloatArray, `biases ${l} of ${what}`);
  });
}

describe.each(ENGINES)("%s", (engine) => {
  describe.each(DTYPES)("%s", (dtype) => {
    it("adam, dropout, label smoothing, cosine and weights of rows and classes", () => {
      const random = new Random(1);
      const data = random.dataset(dtype, 23, 6, 3);
      data.y.data.set(floats(dtype, 69).map((_, n) => Number(n % 3 === Math.floor(n / 3) % 3)));
      expectSameTraining(
        {
          engine,
          dtype,
          inputs: 6,
          seed: 2 ** 40 + 5,
          layers: [
            { units: 9, activation: "relu", initializer: "heNormal", dropout: 0.4 },
            { units: 3, activation: "softmax", initializer: "orthogonal", l2: 0.01 },
          ],
          loss: { type: "categoricalCrossEntropy", labelSmoothing: 0.1 },
          optimizer: { type: "adam", learningRate: 0.02, clipNorm: 1.5 },
        },
        data,
        {
          epochs: 6,
          batchSize: 8,
          schedule: { type: "cosine", epochs: 5, warmup: 1.3, minimum: 1e-4 },
          sampleWeights: floats(dtype, 23).map(() => random.unit() * 3),
          classWeights: [0.3, 1, 2.7],
        },
      );
    });

    it.each(OPTIMIZER_NAMES)("12 networks of any kind with %s", (type) => {
      const random = new Random(50 + OPTIMIZER_NAMES.indexOf(type));
      for (let n = 0; n < 12; n++) {
        const { options, data, fit } = any(random, dtype, type, n);
        expectSameTraining({ ...options, engine }, data, fit);
      }
    });
  });
});

const LOSSES: readonly LossName[] = [
  "sse",
  "mse",
  "mae",
  "huber",
  "binaryCrossEntropy",
  "categoricalCrossEntropy",
  "sparseCategoricalCrossEntropy",
];
const SCHEDULES: readonly FitOptions["schedule"][] = [
  undefined,
  { type: "step", every: 1, factor: 0.7 },
  { type: "exponential", factor: 0.9 },
  { type: "cosine", epochs: 2, warmup: 0.5 },
  { type: "oneCycle", epochs: 3 },
  { type: "plateau", patience: 0, factor: 0.5 },
  ({ step, rate, losses }) => rate / (1 + step + losses.length),
];

function any(random: Random, dtype: DType, type: OptimizerOptions["type"], n: number) {
  const name = LOSSES[n % LOSSES.length]!;
  const softmax = name.includes("ategorical");
  const inputs = random.whole(1, 9);
  const outputs = random.whole(softmax ? 2 : 1, 9);
  const rows = random.whole(1, 20);
  const layers = Array.from({ length: random.whole(0, 2) }, () => ({
    units: random.whole(1, 12),
    activation: random.pick(ELEMENTWISE),
    initializer: random.pick(["glorotUniform", "lecunNormal", "orthogonal", "heUniform"] as const),
    dropout: random.pick([0, 0.3]),
    l1: random.pick([0, 0.01]),
    l2: random.pick([0, 0.02]),
    trainable: random.pick([true, true, false]),
  }));
  const last = softmax ? "softmax" : name === "binaryCrossEntropy" ? "sigmoid" : random.pick(ELEMENTWISE);
  const labelSmoothing = random.pick([0, 0.2]);
  const loss =
    name === "huber"
      ? ({ type: name, delta: 0.3 } as const)
      : name.endsWith("Entropy")
        ? ({ type: name as "binaryCrossEntropy", labelSmoothing } as const)
        : (name as "mse");
  const data = random.dataset(dtype, rows, inputs, name.startsWith("sparse") ? 1 : outputs);
  if (name.startsWith("sparse")) data.y.data.set(data.y.data.map(() => random.whole(0, outputs - 1)));
  const options: DenseOptions = {
    dtype,
    inputs,
    seed: random.u32() * 2 ** 20,
    layers: [...layers, { units: outputs, activation: last as "sigmoid" }],
    loss,
    optimizer: {
      type,
      learningRate: 0.01,
      clipValue: random.pick([0, 0.05]),
      clipNorm: random.pick([0, 0.1]),
      ...(type === "sgd" && { momentum: random.pick([0, 0.9]) }),
      ...((type === "adamw" || type === "lion") && { weightDecay: 0.1 }),
    },
  };
  const fit: FitOptions = {
    epochs: 3,
    batchSize: random.whole(1, rows),
    shuffle: random.pick([true, false]),
    ...(SCHEDULES[n % SCHEDULES.length] && { schedule: SCHEDULES[n % SCHEDULES.length]! }),
    ...(n % 2 === 0 && { sampleWeights: floats(dtype, rows).map(() => random.unit() * 2) }),
    ...(softmax && n % 3 === 0 && { classWeights: floats(dtype, outputs).map(() => random.unit() * 2) }),
  };
  return { options, data, fit };
}
