// The layers model of TensorFlow.js: what it saved (test/fixtures/tensorflow.mjs) and what its converter wrote
// (tensorflow-converted.py) predicts the same here; what is written predicts the same there; others are refused.

import { createRequire } from "node:module";
import { type ActivationName, type LayerOptions, Network } from "bitgrad";
import { FormatError, OptionError } from "bitgrad/errors";
import { fromTensorFlowJS, type TensorFlowJSModel, toTensorFlowJS } from "bitgrad/formats";
import * as reference from "bitgrad/reference";
import { describe, expect, it } from "vitest";
import { ACTIVATION_NAMES } from "../../bindings/catalog/activations.ts";
import { fromBase64 } from "../../bindings/saving/bytes.ts";
import { errorOf, wrong } from "../faults/expect-error.ts";
import saved from "../fixtures/tensorflow.json" with { type: "json" };
import converted from "../fixtures/tensorflow-converted.json" with { type: "json" };
import { skippedWithout } from "../needs.ts";

/** `units`: of f32's last place, as large as the largest of 1 and the number. */
function expectNear(found: readonly (readonly number[])[], wanted: readonly (readonly number[])[], units = 4) {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((row, s) => {
    row.forEach((value, j) => {
      expect(Math.abs(found[s]![j]! - value)).toBeLessThanOrEqual(units * 2 ** -23 * Math.max(1, Math.abs(value)));
    });
  });
}

type Model = Omit<TensorFlowJSModel, "weightData"> & { readonly weightData: string };
const CASES = saved.cases as unknown as Readonly<Record<string, { model: Model; outputs: number[][] }>>;
const artifactsOf = ({ model }: { model: Model }) => ({ ...model, weightData: fromBase64(model.weightData).buffer });

describe.each(Object.entries(CASES))("saved by TensorFlow.js: %s", (_name, one) => {
  it.each([Network, reference.Network])("predicts what it predicts", async (Class) => {
    const read = fromTensorFlowJS(artifactsOf(one));
    const net = await Class.create(read);
    expectNear(net.predict(saved.x), one.outputs);
    expect(net.dtype).toBe("f32");
    const double = await Class.create(fromTensorFlowJS(artifactsOf(one), undefined, { dtype: "f64" }));
    expectNear(double.predict(saved.x), one.outputs);
  });
});

it("every layer, and what it was compiled with", () => {
  const penalties = { l1: 0.01, l2: 0.5 };
  const { parameters, ...read } = fromTensorFlowJS(artifactsOf(CASES["every layer"]!));
  expect(read).toEqual({
    inputs: 3,
    layers: [
      { type: "batchNormalization", momentum: 0.9, epsilon: 0.01, center: true, scale: true },
      { type: "dropout", rate: 0.25 },
      { units: 5, activation: "linear", ...penalties },
      { type: "batchNormalization", momentum: 0.99, epsilon: 0.001, center: false, scale: true },
      { type: "activation", activation: "leakyRelu", alpha: 0.125 },
      { units: 4, activation: "linear", l2: 1, trainable: false },
      { type: "layerNormalization", epsilon: 0.001, center: true, scale: false },
      { type: "activation", activation: "relu6" },
      { type: "dropout", rate: 0.5 },
      { units: 4, activation: "linear" },
      { type: "activation", activation: "elu", alpha: 1 },
      { type: "activation", activation: "relu" },
      { units: 3, activation: "linear" },
      { type: "activation", activation: "softmax" },
    ],
    dtype: "f32",
    loss: "categoricalCrossEntropy",
    optimizer: { type: "sgd", learningRate: 0.125, momentum: 0.5, nesterov: true },
  });
  expect(parameters.length).toBe(14);
  const functional = fromTensorFlowJS(artifactsOf(CASES["a functional chain with a model in it"]!));
  expect(functional).toMatchObject({
    loss: "binaryCrossEntropy",
    optimizer: { type: "adam", learningRate: 0.01, beta1: 0.5, beta2: 0.75, epsilon: 1e-5 },
  });
});

describe.each(Object.entries(converted.cases))("converted: %s", (_name, { model, files, outputs }) => {
  const shards = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, fromBase64(text)]));
  const whole = Uint8Array.from(Object.values(shards).flatMap((shard) => [...shard]));

  it("predicts what its numbers give", async () => {
    const text = JSON.stringify(model);
    const read = fromTensorFlowJS(text, shards);
    expect(read.loss).toBe("mae");
    const net = await Network.create(read);
    expectNear(net.predict(converted.x), outputs, 8);
    const cuts = [whole, Object.values(shards), new Set(Array.from(whole, (byte) => Uint8Array.of(byte)))];
    for (const weights of cuts) {
      expect((await Network.create(fromTensorFlowJS(model, weights))).digest()).toBe(net.digest());
    }
  });

  it("cut anywhere, or with more", () => {
    for (let length = 0; length < whole.length; length++) {
      const error = errorOf(() => fromTensorFlowJS(model, whole.subarray(0, length))) as Error;
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toContain(`${whole.length} are expected`);
    }
    expect(() => fromTensorFlowJS(model, [whole, Uint8Array.of(0)])).toThrow(`${whole.length} are expected`);
    const [path = ""] = Object.keys(shards);
    expect(() => fromTensorFlowJS(model, { ...shards, [path]: wrong(undefined) })).toThrow(
      `weights["${path}"] is undefined; the bytes of that file`,
    );
    expect(() => fromTensorFlowJS(model, { ...shards, [path]: Uint8Array.of(1) })).toThrow(
      /ha(?:s|ve) .* bytes?; .* are expected/,
    );
  });
});

const LAYERS: readonly LayerOptions[] = [
  { type: "batchNormalization", momentum: 0.75, epsilon: 0.5, scale: false },
  { units: 4, activation: "leakyRelu", alpha: 0.5, l1: 0.25, l2: 0.5, dropout: 0.125 },
  { type: "layerNormalization", center: false, trainable: false },
  { units: 3, activation: "elu", trainable: false },
  { type: "dropout", rate: 0.5 },
  { type: "activation", activation: "tanh" },
  { units: 2, activation: "softmax" },
];

it("model.json as bytes, and shards that a browser has named without ./", async () => {
  const net = await Network.create({ inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 5 });
  const { "model.json": model, "group1-shard1of1.bin": shard } = toTensorFlowJS(net, { files: true });
  const bytes = new TextEncoder().encode(model.replace('"group1', '"./group1'));
  const read = fromTensorFlowJS(bytes, { "group1-shard1of1.bin": shard });
  expect((await Network.create(read)).digest()).toBe(net.digest());
  expect(() => fromTensorFlowJS(Uint8Array.of(0xff), shard)).toThrow("model.json is no UTF-8 text");
  expect(() => fromTensorFlowJS(model)).toThrow(
    'weights is undefined; the bytes of the shards are expected, or an object that has them by their paths: "group1',
  );
});

it("what is written is read again", async () => {
  const net = await Network.create({ inputs: 3, layers: LAYERS, loss: "categoricalCrossEntropy", seed: 5 });
  net.fit(
    saved.x,
    [0, 1, 0, 1, 1].map((y) => [y, 1 - y]),
    { epochs: 3 },
  );
  const files = toTensorFlowJS(net, { files: true });
  const [dense, ...others] = net.layers.map(({ initializer: _, ...layer }) => layer).slice(1);
  for (const read of [fromTensorFlowJS(toTensorFlowJS(net)), fromTensorFlowJS(files["model.json"], files)]) {
    const again = await Network.create(read);
    expect(again.digest()).toBe(net.digest());
    expect(again.predict(saved.x)).toEqual(net.predict(saved.x));
    // the activation and the dropout of a dense layer may be layers of their own there
    const [normalization, first, activation, dropout, ...rest] = again.layers.map(
      ({ initializer: _, ...layer }) => layer,
    );
    expect(normalization).toEqual(net.layers[0]);
    expect({
      ...first,
      activation: activation!.activation,
      alpha: activation!.alpha,
      dropout: (dropout as { rate?: number }).rate,
    }).toEqual(dense);
    expect(rest).toEqual(others);
  }
});

const netOf = (layers: readonly LayerOptions[], dtype: "f32" | "f64" = "f32") =>
  Network.createSync({ inputs: 2, layers, dtype });

it.each<[string, () => unknown]>([
  [
    'layers[0].activation is "geluTanh"; TensorFlow.js',
    () => toTensorFlowJS(netOf([{ units: 1, activation: "geluTanh" }])),
  ],
  ["with alpha 2; TensorFlow.js", () => toTensorFlowJS(netOf([{ units: 1, activation: "elu", alpha: 2 }]))],
  [
    "dense_1/kernel[1] is 1e+300; that is infinite in f32",
    () => {
      const net = netOf([{ units: 1 }], "f64");
      net.setParameters([{ weights: [0, 1e300], biases: [0] }]);
      return toTensorFlowJS(net);
    },
  ],
  ["network is", () => toTensorFlowJS(wrong({ layers: [] }))],
  ["files is 1", () => toTensorFlowJS(netOf([{ units: 1 }]), wrong({ files: 1 }))],
  ["dtype is", () => fromTensorFlowJS({}, undefined, wrong({ dtype: "f16" }))],
  ["leaveOut is 1; an array", () => fromTensorFlowJS({}, undefined, wrong({ leaveOut: 1 }))],
  [
    'leaveOut[1] is "dropout"; did you mean "Dropout"?',
    () => fromTensorFlowJS({}, undefined, wrong({ leaveOut: ["training", "dropout"] })),
  ],
])("refuses by an OptionError: %s", (words, run) => {
  const error = errorOf(run) as Error;
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toContain(words);
});

interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  tensor2d(values: readonly (readonly number[])[]): unknown;
  readonly io: { fromMemory(artifacts: object): unknown };
  loadLayersModel(handler: unknown): Promise<{ predict(x: unknown): { arraySync(): number[][] } }>;
}

describe.skipIf(await skippedWithout("peers"))("TensorFlow.js 4.22", async () => {
  const from = createRequire(process.env.PEERS ?? new URL("../../bench/peers/package.json", import.meta.url));
  const missing: readonly ActivationName[] = ["geluTanh", "hardSigmoid", "hardSwish"];
  const load = async (model: object) => {
    const tf = from("@tensorflow/tfjs") as TensorFlow;
    await tf.setBackend("cpu");
    const theirs = await tf.loadLayersModel(tf.io.fromMemory(model));
    return (x: readonly (readonly number[])[]) => theirs.predict(tf.tensor2d(x)).arraySync();
  };

  it("loads a network of every layer, and predicts the same", async () => {
    const net = await Network.create({ inputs: 3, layers: LAYERS, loss: "categoricalCrossEntropy", seed: 5 });
    net.fit(
      saved.x,
      [0, 1, 0, 1, 1].map((y) => [y, 1 - y]),
      { epochs: 3 },
    );
    const predict = await load(toTensorFlowJS(net));
    expectNear(predict(saved.x), net.predict(saved.x) as number[][]);
  });

  it.each(ACTIVATION_NAMES.filter((name) => !missing.includes(name)))("has the same %s", async (activation) => {
    const loss = activation === "softmax" ? "categoricalCrossEntropy" : "mse";
    const net = await Network.create({ inputs: 3, layers: [{ units: 4 }, { units: 3, activation }], loss, seed: 2 });
    const predict = await load(toTensorFlowJS(net));
    expectNear(predict(saved.x), net.predict(saved.x) as number[][]);
    const files = toTensorFlowJS(net, { files: true });
    const { weightsManifest, ...model } = JSON.parse(files["model.json"]);
    const [{ weights }] = weightsManifest;
    const again = await load({ ...model, weightSpecs: weights, weightData: files["group1-shard1of1.bin"].buffer });
    expect(again(saved.x)).toEqual(predict(saved.x));
  });

  it.each(missing)("hasn't got %s, or has another function of that name", (activation) => {
    expect(() => toTensorFlowJS(netOf([{ units: 1, activation }]))).toThrow(OptionError);
  });
});
