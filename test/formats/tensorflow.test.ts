// The layers model of TensorFlow.js: what it saved (test/fixtures/tensorflow.mjs) and what its converter wrote
// (tensorflow-converted.py) predicts the same here; what is written predicts the same there; others are refused.

import { createRequire } from "node:module";
import { type ActivationName, type LayerOptions, Network } from "bitgrad";
import { FormatError, OptionError } from "bitgrad/errors";
import { fromTensorFlowJS, type TensorFlowJSModel, type TrainingPart, toTensorFlowJS } from "bitgrad/formats";
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

  it("with any bit turned it is read, or refused by a FormatError", () => {
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const turned = whole.slice();
      turned[bit >> 3]! ^= 1 << (bit & 7);
      try {
        fromTensorFlowJS(model, turned);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        expect((error as Error).message).toMatch(/finite|variance of 0 or more/);
      }
    }
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

type JSONObject = Record<string, unknown>;
const dense = (name: string, config: object = {}): JSONObject => ({
  class_name: "Dense",
  config: { name, units: 1, batch_input_shape: [null, 1], ...config },
});
const layer = (className: string, config: object = {}): JSONObject => ({
  class_name: className,
  config: { name: "it", ...config },
});
const modelOf = (layers: unknown, more: object = {}): JSONObject => ({
  modelTopology: { class_name: "Sequential", config: { name: "model", layers } },
  weightSpecs: WEIGHTS,
  weightData: new Float32Array([0.5, 0.25]).buffer,
  ...more,
});
const WEIGHTS = [
  { name: "a/kernel", shape: [1, 1], dtype: "float32" },
  { name: "a/bias", shape: [1], dtype: "float32" },
];
const NODE = [[["input", 0, 0, {}]]];
const functional = (layers: readonly JSONObject[], more: object = {}) =>
  modelOf([], {
    modelTopology: {
      class_name: "Functional",
      config: {
        layers: [
          { ...layer("InputLayer", { batch_input_shape: [null, 1] }), name: "input", inbound_nodes: [] },
          ...layers,
        ],
        input_layers: [["input", 0, 0]],
        output_layers: [["a", 0, 0]],
        ...more,
      },
    },
  });

describe("reads", () => {
  const digest = (model: object) => Network.createSync(fromTensorFlowJS(model)).digest();
  const plain = digest(modelOf([dense("a")]));
  const keras3 = { class_name: "__keras_tensor__", config: { shape: [null, 1], keras_history: ["input", 0, 0] } };
  it.each<[string, object]>([
    ["a bare list of layers", { ...modelOf([]), modelTopology: { class_name: "Sequential", config: [dense("a")] } }],
    ["a wrapped topology", { ...modelOf([]), modelTopology: { model_config: modelOf([dense("a")]).modelTopology } }],
    [
      "names in camel case",
      modelOf([{ className: "Dense", config: { name: "a", units: 1, batchInputShape: [null, 1] } }]),
    ],
    ["no shape but that of the weights", modelOf([{ class_name: "Dense", config: { name: "a", units: 1 } }])],
    [
      "the shape that a Sequential was built with",
      modelOf([], {
        modelTopology: {
          class_name: "Sequential",
          config: { layers: [dense("a", { batch_input_shape: null })], build_input_shape: [null, 1] },
        },
      }),
    ],
    ["a shape with more dimensions", modelOf([layer("Flatten", { batch_input_shape: [32, 1, 1, 1] }), dense("a")])],
    [
      "a chain in another order",
      functional([
        { ...dense("a"), name: "a", inbound_nodes: [[["b", 0, 0]]] },
        { ...layer("ReLU"), name: "b", inbound_nodes: NODE },
      ]),
    ],
    [
      "calls as Keras 3 has them",
      functional([{ ...dense("a"), name: "a", inbound_nodes: [{ args: [keras3], kwargs: { training: null } }] }], {
        input_layers: ["input", 0, 0],
        output_layers: ["a", 0, 0],
      }),
    ],
    [
      "the name of a cell in a weight's",
      modelOf([dense("a")], { weightSpecs: [{ ...WEIGHTS[0], name: "a/cell/kernel" }, WEIGHTS[1]] }),
    ],
    [
      "weights of an optimizer",
      modelOf([dense("a")], {
        weightSpecs: [...WEIGHTS, { name: "iter", shape: [], dtype: "int32", group: "optimizer" }],
        weightData: new Float32Array([0.5, 0.25, 1]).buffer,
      }),
    ],
    [
      "whole numbers",
      modelOf([dense("a")], {
        weightSpecs: [{ ...WEIGHTS[0], dtype: "int32" }, WEIGHTS[1]],
        weightData: [new Int32Array([-3]).buffer, new Float32Array([0.25])],
      }),
    ],
  ])("%s", (_name, model) => {
    const found = digest(model);
    if (_name === "whole numbers")
      expect(Network.createSync(fromTensorFlowJS(model)).predict([[1]])).toEqual([[-2.75]]);
    else expect(found).toBe(plain);
  });
});

describe("what training alone asks about", () => {
  const constraint = { class_name: "NonNeg", config: {} };
  const PARTS: [TrainingPart, JSONObject[]][] = [
    ["bias_regularizer", [dense("a", { bias_regularizer: { class_name: "L1L2", config: { l1: 0, l2: 1 } } })]],
    ["kernel_regularizer", [dense("a", { kernel_regularizer: { class_name: "Orthogonal", config: {} } })]],
    ["kernel_regularizer", [dense("a", { kernel_regularizer: "l2" })]],
    ["activity_regularizer", [dense("a", { activity_regularizer: "l1" })]],
    ["kernel_constraint", [dense("a", { kernel_constraint: constraint })]],
    ["GaussianNoise", [layer("GaussianNoise", { stddev: 1, batch_input_shape: [null, 1] }), dense("a")]],
    ["Dropout", [dense("a"), layer("Dropout", { rate: 0.5 })]],
    ["noise_shape", [layer("Dropout", { rate: 0.5, noise_shape: [1], batch_input_shape: [null, 1] }), dense("a")]],
  ];
  it.each(PARTS)("%s is refused, or left out on request", (part, layers) => {
    const error = errorOf(() => fromTensorFlowJS(modelOf(layers))) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(`leaveOut: ["${part}"]`);
    const net = Network.createSync(fromTensorFlowJS(modelOf(layers), undefined, { leaveOut: [part] }));
    expect(net.predict([[2]])).toEqual([[1.25]]);
  });

  it("so is a call with training false, where that changes something", () => {
    const model = functional([
      { ...layer("Dropout", { rate: 0.5 }), name: "b", inbound_nodes: [[["input", 0, 0, { training: false }]]] },
      { ...dense("a"), name: "a", inbound_nodes: [[["b", 0, 0, { training: false }]]] },
    ]);
    expect(() => fromTensorFlowJS(model)).toThrow('leaveOut: ["training"]');
    expect(fromTensorFlowJS(model, undefined, { leaveOut: ["training"] }).layers.length).toBe(2);
  });
});

describe("what it was compiled with, where that means the same", () => {
  const compiled = (trainingConfig: object) => {
    const { loss, optimizer } = fromTensorFlowJS(modelOf([dense("a")], { trainingConfig }));
    return { loss, optimizer };
  };
  const optimizer = (class_name: string, config: object) => ({ optimizer_config: { class_name, config } });
  it.each<[object, object]>([
    [{ loss: "meanSquaredError" }, { loss: "mse" }],
    [{ loss: ["mean_absolute_error"] }, { loss: "mae" }],
    [{ loss: "categorical_crossentropy" }, {}],
    [{ loss: "a loss of their own" }, {}],
    [{ loss: "toString" }, {}],
    [{ loss: ["mse", "mae"] }, {}],
    [{ loss: { class_name: "Huber", config: { delta: 1, reduction: "auto" } } }, { loss: "huber" }],
    [{ loss: { class_name: "Huber", config: { delta: 2 } } }, {}],
    [{ loss: { class_name: "function", config: "mae" } }, { loss: "mae" }],
    [optimizer("SGD", { learningRate: 0.25 }), { optimizer: { type: "sgd", learningRate: 0.25 } }],
    [
      optimizer("SGD", { learning_rate: 0.25, momentum: 0, nesterov: false, clipnorm: null }),
      { optimizer: { type: "sgd", learningRate: 0.25, momentum: 0 } },
    ],
    [optimizer("SGD", { learning_rate: 0.25, clipnorm: 1 }), {}],
    [optimizer("SGD", { learning_rate: { class_name: "ExponentialDecay" } }), {}],
    [optimizer("Adam", { learningRate: 0.25, beta1: 1 }), {}],
    [optimizer("RMSProp", { learningRate: 0.25 }), {}],
    [optimizer("Adam", wrong(5)), {}],
    [wrong({ loss: 5, optimizer_config: 7 }), {}],
  ])("%j", (config, wanted) => {
    expect(compiled(config)).toEqual({ loss: undefined, optimizer: undefined, ...wanted });
  });
});

const deep = (depth: number): JSONObject =>
  depth === 0 ? dense("a") : { class_name: "Sequential", config: { name: `m${depth}`, layers: [deep(depth - 1)] } };
const circle = (...before: string[]) =>
  before.map((from, n) => ({
    ...layer("ReLU"),
    name: String.fromCharCode(97 + n),
    inbound_nodes: [[[from, 0, 0, {}]]],
  }));

describe("refuses", () => {
  const weight = (more: object, n = 0) =>
    modelOf([dense("a")], { weightSpecs: WEIGHTS.map((spec, w) => (w === n ? { ...spec, ...more } : spec)) });
  const flat = { batch_input_shape: [null, 4] };
  it.each<[string, unknown]>([
    ["it is no JSON text", "{"],
    ["it is null", null],
    [
      "a getter",
      {
        get modelTopology() {
          throw new Error("a getter");
        },
      },
    ],
    ['format is "graph-model"; "layers-model" is expected', { format: "graph-model" }],
    ["modelTopology is undefined", {}],
    ['modelTopology.class_name is "Graph"; "Sequential" or', { modelTopology: { class_name: "Graph", config: {} } }],
    ["modelTopology.config is undefined", { modelTopology: { class_name: "Sequential" } }],
    ["modelTopology.config.layers is an array of 0", modelOf([])],
    ["modelTopology.config.layers[0] is null", modelOf([null])],
    [
      'layers[0] "a" is a "Conv2D" layer; InputLayer, Dense',
      modelOf([{ class_name: "Conv2D", config: { name: "a" } }]),
    ],
    ['layers[0] "a" is a "toString" layer', modelOf([{ class_name: "toString", config: { name: "a" } }])],
    ["layers[0].name is 5; text", modelOf([dense(wrong(5))])],
    ["has the name of another layer", modelOf([dense("a"), dense("a")])],
    [
      'has the key "__proto__"',
      `{"modelTopology":{"class_name":"Sequential","config":{"layers":[{"class_name":"Dense","config":{"__proto__":{"units":1}}}]}}}`,
    ],
    ['has "use_bias" twice', modelOf([dense("a", { use_bias: true, useBias: true })])],
    ["is in 17 models", modelOf([deep(20)])],
    ["config.units is 0; a whole number from 1 to 16777216", modelOf([dense("a", { units: 0 })])],
    ["config.units is 9223372036854776000; a whole number", modelOf([dense("a", { units: 2 ** 63 })])],
    ["config.batch_input_shape is null; a whole number", modelOf([dense("a", { batch_input_shape: [null, null] })])],
    ["gets rows of shape [2,2]; one dimension is expected", modelOf([dense("a", { batch_input_shape: [null, 2, 2] })])],
    [
      "gets rows of 68719476736 numbers; 16777216 at most",
      modelOf([layer("Flatten", { batch_input_shape: [null, 2 ** 18, 2 ** 18] }), dense("a")]),
    ],
    ["is the first layer, and the file has no shape of its rows", modelOf([layer("ReLU"), dense("a")])],
    ['config.activation is "hardSigmoid"; "linear", "sigmoid"', modelOf([dense("a", { activation: "hardSigmoid" })])],
    ['config.activation is "toString"; "linear"', modelOf([dense("a", { activation: "toString" })])],
    ["config.use_bias is 1; true or false", modelOf([dense("a", { use_bias: 1 })])],
    [
      "config.kernel_regularizer.config.l1 is -1; a finite",
      modelOf([dense("a", { kernel_regularizer: { class_name: "L1", config: { l1: -1 } } })]),
    ],
    [
      "config.kernel_regularizer.config has no l2",
      modelOf([dense("a", { kernel_regularizer: { class_name: "L2", config: {} } })]),
    ],
    ["is a Dense with softmax over 1", modelOf([dense("a", { activation: "softmax" })])],
    [
      "is softmax, and modelTopology.config.layers[2]",
      modelOf([layer("Softmax", flat), layer("Flatten", { name: "b" }), dense("a")]),
    ],
    [
      "config.axis is 0; Softmax is expected over the last one",
      modelOf([layer("Softmax", { axis: 0, ...flat }), dense("a")]),
    ],
    [
      "config.axis is an array of 2; BatchNormalization",
      modelOf([layer("BatchNormalization", { axis: [0, 1], ...flat }), dense("a")]),
    ],
    ["config.rate is 1; a number below 1", modelOf([layer("Dropout", { rate: 1, ...flat }), dense("a")])],
    ["config.theta is 1; 0 is expected", modelOf([layer("ThresholdedReLU", flat), dense("a")])],
    ["max_value 3, negative_slope 0 and threshold 0", modelOf([layer("ReLU", { max_value: 3, ...flat }), dense("a")])],
    [
      "config.target_shape is [3]; a shape of 4 numbers",
      modelOf([layer("Reshape", { target_shape: [3], ...flat }), dense("a")]),
    ],
    ["config.renorm is true; none", modelOf([layer("BatchNormalization", { renorm: true, ...flat }), dense("a")])],
    ["config.epsilon is 0; more than 0", modelOf([layer("BatchNormalization", { epsilon: 0, ...flat }), dense("a")])],
    [
      "config.momentum is 1; a number below 1",
      modelOf([layer("BatchNormalization", { momentum: 1, ...flat }), dense("a")]),
    ],
    ["the model has no Dense layer", modelOf([layer("ReLU", flat)])],
    ["outputs have shape [1,1]", modelOf([dense("a"), layer("Reshape", { target_shape: [1, -1] })])],
    [
      "config.input_layers is an array of 2; one is expected",
      functional([], {
        input_layers: [
          ["input", 0, 0],
          ["b", 0, 0],
        ],
      }),
    ],
    ['config.input_layers is "x", which is no layer', functional([], { input_layers: [["x", 0, 0]] })],
    ["is output 1 of call 0 of a layer", functional([], { output_layers: [["input", 0, 1]] })],
    ['"input" leads through 1 of 3 layers to "input"', functional(circle("b", "a"))],
    ['"c" takes "a", as "b" does; a chain is expected', functional(circle("input", "a", "a"))],
    ["has the name of another layer", functional([...circle("input"), ...circle("input")])],
    ['takes "x", which is no layer of the model', functional(circle("x"))],
    [
      "inbound_nodes is an array of 2; an array of 1",
      functional([{ ...dense("a"), name: "a", inbound_nodes: [...NODE, ...NODE] }]),
    ],
    [
      "is called with training true",
      functional([{ ...dense("a"), name: "a", inbound_nodes: [[["input", 0, 0, { training: true }]]] }]),
    ],
    [
      "is called with mask",
      functional([{ ...dense("a"), name: "a", inbound_nodes: [[["input", 0, 0, { mask: ["b", 0, 0] }]]] }]),
    ],
    ['there is no weight "a/kernel", which', modelOf([dense("a")], { weightSpecs: undefined, weightData: undefined })],
    ['there is no weight "b/kernel", which', modelOf([dense("a"), dense("b")])],
    ['two weights are named "a/bias"', weight({ name: "a/bias" })],
    ['weight "a/bias" belongs to no layer', modelOf([dense("a", { use_bias: false })])],
    [
      'weight "a/bias" has shape [2]; [1] is expected',
      modelOf([dense("a")], {
        weightSpecs: [WEIGHTS[0], { ...WEIGHTS[1], shape: [2] }],
        weightData: new ArrayBuffer(12),
      }),
    ],
    ['weight "a/kernel" has shape [1]; [1,1] is expected', weight({ shape: [1] })],
    ['weight "a/kernel" has shape [9223372036854776000, 1]', weight({ shape: [2 ** 63, 1] })],
    ['weight "a/kernel" has shape [-1, 1]', weight({ shape: [-1, 1] })],
    ['weight "a/kernel" has shape "1"', weight({ shape: "1" })],
    ['weight "a/kernel".dtype is "string"; "float32", "int32"', weight({ dtype: "string" })],
    ['weight "a/kernel".quantization.dtype is "int8"', weight({ quantization: { dtype: "int8" } })],
    ['weight "a/kernel".quantization.scale is undefined', weight({ quantization: { dtype: "uint8", min: 0 } })],
    [
      'weight "a/kernel" has dtype "int32"; "float32" is',
      weight({ dtype: "int32", quantization: { dtype: "float16" } }),
    ],
    ["the shards have 8 bytes; 5 are expected", weight({ quantization: { dtype: "uint8", min: 0, scale: 1 } })],
    [
      'weight "a/kernel"[0] is NaN; numbers finite',
      modelOf([dense("a")], { weightData: new Float32Array([Number.NaN, 0]).buffer }),
    ],
    ["weightsManifest is an array of 0", modelOf([dense("a")], { weightsManifest: [] })],
    ["weightsManifest[0].paths is undefined", modelOf([dense("a")], { weightsManifest: [{ weights: WEIGHTS }] })],
    ["weightsManifest[0].weights is undefined", modelOf([dense("a")], { weightsManifest: [{ paths: ["a"] }] })],
    ["file is undefined; an ArrayBuffer", modelOf([dense("a")], { weightData: undefined })],
    ["file is 5; an ArrayBuffer", modelOf([dense("a")], { weightData: 5 })],
  ])("%s", (words, model) => {
    const error = errorOf(() => fromTensorFlowJS(wrong(model))) as Error;
    expect(error.message).toContain(words);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message.length).toBeLessThan(400);
  });

  it("model.json that is cut anywhere, or has another character", () => {
    const net = netOf([{ units: 1, activation: "leakyRelu" }, { type: "batchNormalization" }, { units: 1 }]);
    const { "model.json": text, ...shards } = toTensorFlowJS(net, { files: true });
    for (let at = 0; at < text.length; at++) {
      expect(errorOf(() => fromTensorFlowJS(text.slice(0, at), shards))).toBeInstanceOf(FormatError);
      for (const character of '"[{09') {
        try {
          const read = fromTensorFlowJS(text.slice(0, at) + character + text.slice(at + 1), shards);
          expect(Network.createSync(read).inputs).toBe(2);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }
    }
  });
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
