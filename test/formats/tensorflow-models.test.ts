// model.json in all forms that are read, and models that are refused, each by name.

import { Network } from "bitgrad";
import { FormatError } from "bitgrad/errors";
import { fromTensorFlowJS, type TrainingPart } from "bitgrad/formats";
import { describe, expect, it } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";

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
      'layers[0] "a" is a "Conv2D" layer, which a network has',
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
    [
      "gets rows of shape [2, 2]; one dimension is expected",
      modelOf([dense("a", { batch_input_shape: [null, 2, 2] })]),
    ],
    [
      "gets rows of 68719476736 numbers; 16777216 at most",
      modelOf([layer("Flatten", { batch_input_shape: [null, 2 ** 18, 2 ** 18] }), dense("a")]),
    ],
    ["is the first layer, and the file has no shape of its rows", modelOf([layer("ReLU"), dense("a")])],
    ['config.activation is "hardSigmoid"; "linear", "sigmoid"', modelOf([dense("a", { activation: "hardSigmoid" })])],
    ['config.activation is "toString"; "linear"', modelOf([dense("a", { activation: "toString" })])],
    ["config.use_bias is 1; true or false", modelOf([dense("a", { use_bias: 1 })])],
    [
      "config.kernel_regularizer.config.l1 is -1; a number from 0",
      modelOf([dense("a", { kernel_regularizer: { class_name: "L1", config: { l1: -1 } } })]),
    ],
    [
      "config.kernel_regularizer.config has no l2",
      modelOf([dense("a", { kernel_regularizer: { class_name: "L2", config: {} } })]),
    ],
    ["the outputs are a softmax of 1 number; 2 or more", modelOf([dense("a", { activation: "softmax" })])],
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
    ["outputs have shape [1, 1]", modelOf([dense("a"), layer("Reshape", { target_shape: [1, -1] })])],
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
    ['weight "a/kernel" has shape [1]; [1, 1] is expected', weight({ shape: [1] })],
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
    ["weights is undefined; the bytes of the shards", modelOf([dense("a")], { weightData: undefined })],
    ["file is 5; an ArrayBuffer", modelOf([dense("a")], { weightData: 5 })],
  ])("%s", (words, model) => {
    const error = errorOf(() => fromTensorFlowJS(wrong(model))) as Error;
    expect(error.message).toContain(words);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message.length).toBeLessThan(400);
  });
});
