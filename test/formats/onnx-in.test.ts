// ONNX models that other programs wrote (onnx/make.py says which) predict what those programs predict, and what ONNX
// Runtime does; what toONNX wrote is read as it was; what can't be carried over is refused by its place.

import { readFileSync } from "node:fs";
import { type DType, type LayerOptions, Network } from "bitgrad";
import { FormatError, OptionError } from "bitgrad/errors";
import { fromONNX, type ReadONNXOptions, toONNX } from "bitgrad/formats";
import * as reference from "bitgrad/reference";
import { describe, expect, it } from "vitest";
import { Message } from "../../bindings/formats/protobuf.ts";
import { errorOf, wrong } from "../faults/expect-error.ts";
import { skippedWithout } from "../needs.ts";
import cases from "./onnx/cases.json" with { type: "json" };
import { modelOf, type TestModel, type TestNode, type TestTensor } from "./onnx/models.ts";
import { expectNear, RUNTIMES, rowsOf, runtime } from "./onnx/runtimes.ts";
import { ACTIVATIONS } from "./standalone-networks.ts";

interface Case {
  readonly name: string;
  readonly x: number[][];
  readonly outputs: number[][];
  readonly shape?: number[];
  readonly dtype?: DType;
  /** The output of numbers, if ONNX Runtime gives another one for that which is read. */
  readonly run?: string;
  /** The file with the weights. */
  readonly external?: string;
}

const bytesOf = (name: string) => readFileSync(new URL(`onnx/${name}`, import.meta.url));
const CASES = (cases as Case[]).map((one) => {
  const { name, external, dtype = "f32", x, shape = [x.length, x[0]!.length] } = one;
  const externalData = external === undefined ? {} : { [external]: bytesOf(external) };
  return { ...one, dtype, shape, externalData, file: bytesOf(`${name}.onnx`) };
});

describe.each(CASES)("$name", ({ x, outputs, dtype, file, externalData }) => {
  it.each([Network, reference.Network])("predicts what the program predicts that wrote it", async (Class) => {
    const net = await Class.create(fromONNX(file, { externalData }));
    expect(net.dtype).toBe(dtype);
    expectNear(net.predict(x), outputs, dtype, { ulps: 4, scale: 2 });
  });
});

describe.skipIf(await skippedWithout("peers")).each(RUNTIMES)("%s", (name) => {
  it.each(CASES.filter(({ external }) => external === undefined))("gives the same for $name", async (one) => {
    const { Tensor, InferenceSession } = runtime(name);
    // what it makes of a formula of layer normalization is rounded to f32
    const session = await InferenceSession.create(one.file, { graphOptimizationLevel: "disabled" });
    const isF64 = one.dtype === "f64";
    const data = isF64 ? Float64Array.from(one.x.flat()) : Float32Array.from(one.x.flat());
    const input = new Tensor(isF64 ? "float64" : "float32", data, one.shape);
    const wanted = one.run ?? session.outputNames[session.outputNames.length - 1]!;
    if (!session.outputNames.includes(wanted)) return expect(one.run).toBe("probabilities"); // of a list of maps
    const found = (await session.run({ [session.inputNames[0]!]: input }, [wanted]))[wanted]!;
    const columns = one.outputs[0]!.length;
    const rows = rowsOf({ ...found, data: found.data, dims: [one.x.length, found.data.length / one.x.length] });
    const net = await Network.create(fromONNX(one.file));
    // of a classifier of two classes the network has the second probability alone
    expectNear(
      net.predict(one.x),
      rows.map((row) => row.slice(-columns)),
      one.dtype,
      { ulps: 4, scale: 2 },
    );
  });
});

describe.each(["f32", "f64"] as const)("what toONNX wrote in %s", (dtype) => {
  it.each(ACTIVATIONS)("is read as it was: %s", async (activation) => {
    const own = activation === "elu" || activation === "leakyRelu" ? { alpha: 0.3 } : {};
    const hidden = activation === "softmax" ? "relu" : activation;
    const layers: LayerOptions[] = [
      { type: "batchNormalization", momentum: 0.9 },
      { units: 4, activation: hidden, ...own },
      { type: "layerNormalization", epsilon: 0.01 },
      { type: "activation", activation: "tanh" },
      { units: 3, activation: "linear" },
      { type: "batchNormalization" },
      { type: "activation", activation: hidden, ...own },
      { units: 2, activation, ...own },
    ];
    const loss = activation === "softmax" ? "categoricalCrossEntropy" : "mse";
    const net = await Network.create({ inputs: 3, layers, dtype, loss });
    const read = await Network.create(fromONNX(toONNX(net)));
    expect(read.digest()).toBe(net.digest());
    const plain = ({ layers }: Network) =>
      layers
        .map(({ initializer: _, ...layer }) => layer)
        .filter(({ activation, type }) => type !== "activation" || activation !== "linear") // which does nothing
        .map((layer) => (dtype === "f64" ? { ...layer, momentum: 0 } : layer)); // a formula hasn't got it
    expect(plain(read)).toEqual(plain(net));
  });
});

it("with an encoder is read from the encoded columns on", async () => {
  const columns = [
    { kind: "oneHot", categories: ["a", "b"] },
    { kind: "standard", mean: 1, deviation: 2 },
  ] as const;
  const net = await Network.create({ inputs: 3, layers: [{ units: 2 }] });
  const file = toONNX(net, { encoder: { version: 2, columns } });
  expect((errorOf(() => fromONNX(file)) as Error).message).toMatch(
    /^node \d+ "encoder\/Concat" \(Concat\) joins results/,
  );
  expect((await Network.create(fromONNX(file, { input: "encoder/Cast" }))).digest()).toBe(net.digest());
});

// ---- models of one dense layer [[1, −2], [3, 0.5]] and more, against closed forms

const W: TestTensor = { shape: [2, 2], data: [1, -2, 3, 0.5] };
const B: TestTensor = { shape: [2], data: [0.25, -1] };
const X = [
  [1, 2],
  [-3, 0.5],
];
const PLAIN = X.map(([a, b]) => [a! + 3 * b!, -2 * a! + 0.5 * b!]);
const dense: TestNode = { operator: "MatMul", inputs: ["x", "w"], outputs: ["z"] };
const then = (...nodes: TestNode[]) => ({ nodes: [dense, ...nodes] });
const one = (operator: string, more: Partial<TestNode> = {}) => then({ operator, inputs: ["z"], ...more });
const scalar = (value: number): TestTensor => ({ shape: [], data: [value] });
const gemm = (more: Partial<TestNode>, inputs = ["x", "w", "b"]) => ({
  nodes: [{ operator: "Gemm", inputs, ...more }],
});

const erf = (x: number) => {
  let [sum, term] = [0, x];
  for (let n = 0; n < 60; n++) {
    sum += term / (2 * n + 1);
    term *= -(x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};
const gelu = (z: number) => (z / 2) * (1 + (Math.abs(z) > 4 ? Math.sign(z) : erf(z / Math.SQRT2)));
const each = (f: (z: number, column: number) => number) => PLAIN.map((row) => row.map(f));

const READ: Readonly<Record<string, readonly [TestModel, number[][], ReadONNXOptions?]>> = {
  "a MatMul alone": [{ nodes: [{ ...dense, outputs: ["y"] }] }, PLAIN],
  "a bias that is the first operand": [
    then({ operator: "Add", inputs: ["b", "z"] }),
    each((z, j) => z + [0.25, -1][j]!),
  ],
  "Gemm with alpha and beta": [gemm({ floats: { alpha: 0.5, beta: 2 } }), each((z, j) => z / 2 + [0.5, -2][j]!)],
  "Gemm with transB": [
    gemm({ wholes: { transB: 1 } }, ["x", "w"]),
    X.map(([a, b]) => [a! - 2 * b!, 3 * a! + 0.5 * b!]),
  ],
  "Gemm with one bias for all": [{ ...gemm({}), tensors: { w: W, b: scalar(3) } }, each((z) => z + 3)],
  "Gemm with a row of biases": [
    { ...gemm({}), tensors: { w: W, b: { ...B, shape: [1, 2] } } },
    each((z, j) => z + [0.25, -1][j]!),
  ],
  float_data: [
    { ...gemm({}), tensors: { b: B, w: { shape: [2, 2], write: (m) => m.floats(4, W.data!) } } },
    each((z, j) => z + [0.25, -1][j]!),
  ],
  "float_data, not packed": [
    {
      nodes: [{ ...dense, outputs: ["y"] }],
      tensors: { w: { shape: [2, 2], write: (m) => W.data!.reduce((to, value) => to.float(4, value), m) } },
    },
    PLAIN,
  ],
  double_data: [
    {
      nodes: [{ ...dense, outputs: ["y"] }],
      tensors: {
        w: { shape: [2, 2], type: 11, write: (m) => m.bytes(10, new Uint8Array(Float64Array.from(W.data!).buffer)) },
      },
    },
    PLAIN,
  ],
  "f16 in int32_data": [
    {
      nodes: [{ ...dense, outputs: ["y"] }],
      tensors: {
        w: {
          shape: [2, 2],
          type: 10,
          write: (m) => [0x3c00, 0xc000, 0x4200, 0x3800].reduce((to, bits) => to.whole(5, bits), m),
        },
      },
    },
    PLAIN,
  ],
  "bf16 in raw_data": [
    {
      nodes: [{ ...dense, outputs: ["y"] }],
      tensors: {
        w: {
          shape: [2, 2],
          type: 16,
          write: (m) => m.bytes(9, Uint8Array.of(0x80, 0x3f, 0, 0xc0, 0x40, 0x40, 0, 0x3f)),
        },
      },
    },
    PLAIN,
  ],
  "weights in another file": [
    {
      nodes: [{ ...dense, outputs: ["y"] }],
      tensors: {
        w: {
          shape: [2, 2],
          write: (m) =>
            [
              ["location", "sub/w.data"],
              ["offset", "4"],
              ["length", "16"],
            ]
              .reduce((to, [key, value]) => to.message(13, new Message().text(1, key!).text(2, value!)), m)
              .whole(14, 1),
        },
      },
    },
    PLAIN,
    { externalData: { "sub/w.data": Float32Array.of(9, ...W.data!, 9) } },
  ],
  "weights of a Constant, turned and cast": [
    {
      nodes: [
        { operator: "Constant", inputs: [], outputs: ["c"], tensor: { shape: [2, 2], data: [1, 3, -2, 0.5] } },
        { operator: "Transpose", inputs: ["c"], outputs: ["t"], wholes: { perm: [1, 0] } },
        { operator: "Cast", inputs: ["t"], outputs: ["w"], wholes: { to: 11 } },
        { ...dense, outputs: ["y"] },
      ],
      tensors: {},
    },
    PLAIN,
  ],
  Mish: [one("Mish"), each((z) => z * Math.tanh(Math.log1p(Math.exp(z))))],
  Gelu: [one("Gelu"), each(gelu)],
  "Gelu by tanh": [
    one("Gelu", { texts: { approximate: "tanh" } }),
    each((z) => (z / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)))),
  ],
  Swish: [one("Swish"), each((z) => z / (1 + Math.exp(-z)))],
  HardSwish: [one("HardSwish"), each((z) => z * Math.min(1, Math.max(0, z / 6 + 0.5)))],
  "Clip with attributes": [
    { ...one("Clip", { floats: { min: 0, max: 6 } }), opset: 6 },
    each((z) => Math.min(6, Math.max(0, z))),
  ],
  "Clip without a maximum": [
    { ...then({ operator: "Clip", inputs: ["z", "zero"] }), tensors: { w: W, zero: scalar(0) } },
    each((z) => Math.max(0, z)),
  ],
  PRelu: [
    { ...then({ operator: "PRelu", inputs: ["z", "s"] }), tensors: { w: W, s: { shape: [2], data: [0.25, 0.25] } } },
    each((z) => (z > 0 ? z : z / 4)),
  ],
  "products and sums with constants": [
    {
      ...then(
        { operator: "Sub", inputs: ["z", "b"], outputs: ["p"] },
        { operator: "Mul", inputs: ["s", "p"], outputs: ["q"] },
        { operator: "Sub", inputs: ["b", "q"], outputs: ["r"] },
        { operator: "Div", inputs: ["r", "s"], outputs: ["t"] },
        { operator: "Neg", inputs: ["t"] },
      ),
      tensors: { w: W, b: B, s: scalar(4) },
    },
    each((z, j) => -([0.25, -1][j]! - 4 * (z - [0.25, -1][j]!)) / 4),
  ],
  "pixels that are scaled and flattened": [
    {
      nodes: [
        { operator: "Div", inputs: ["x", "s"], outputs: ["p"] },
        { operator: "Flatten", inputs: ["p"], outputs: ["q"] },
        { operator: "MatMul", inputs: ["q", "w"] },
      ],
      tensors: { w: W, s: scalar(2) },
      shape: [-1, 2, 1],
    },
    each((z) => z / 2),
  ],
  "ReduceMean with axes as an input": [
    {
      ...then(
        { operator: "ReduceMean", inputs: ["z", "axes"], outputs: ["m"], wholes: { keepdims: 1 } },
        { operator: "Sub", inputs: ["z", "m"], outputs: ["d"] },
        { operator: "Pow", inputs: ["d", "two"], outputs: ["p"] },
        { operator: "ReduceMean", inputs: ["p", "axes"], outputs: ["v"] },
        { operator: "Add", inputs: ["e", "v"], outputs: ["f"] },
        { operator: "Sqrt", inputs: ["f"], outputs: ["g"] },
        { operator: "Div", inputs: ["d", "g"] },
      ),
      tensors: { w: W, axes: { shape: [1], type: 7, data: [-1] }, two: scalar(2), e: scalar(0.5) },
      opset: 18,
    },
    PLAIN.map((row) => {
      const mean = (row[0]! + row[1]!) / 2;
      return row.map((z) => (z - mean) / Math.sqrt((row[0]! - mean) ** 2 + 0.5));
    }),
  ],
  "a batch normalization without epsilon": [
    {
      ...one("BatchNormalization", { inputs: ["z", "s", "b", "b", "v"], floats: { epsilon: 0 } }),
      tensors: { w: W, b: B, s: { shape: [2], data: [2, 3] }, v: { shape: [2], data: [4, 16] } },
    },
    each((z, j) => ((z - [0.25, -1][j]!) / [2, 4][j]!) * [2, 3][j]! + [0.25, -1][j]!),
  ],
  "graphs within graphs, which aren't looked at": [
    { nodes: [{ operator: "MatMul", inputs: ["x", "w"], more: nested(2000) }] },
    PLAIN,
  ],
  "labels beside": [
    {
      ...then({ operator: "Identity", inputs: ["z"] }, { operator: "ArgMax", inputs: ["y"], outputs: ["label"] }),
      outputs: [
        ["label", 7],
        ["y", 1],
      ],
    },
    PLAIN,
  ],
  "an output that is named": [
    {
      ...one("LogSoftmax"),
      outputs: [
        ["y", 1],
        ["z", 1],
      ],
    },
    PLAIN,
    { output: "z" },
  ],
  "an input that is named": [
    {
      nodes: [
        { operator: "Conv", inputs: ["x"], outputs: ["c"] },
        { operator: "MatMul", inputs: ["c", "w"] },
      ],
    },
    PLAIN,
    { input: "c" },
  ],
};

/** An attribute of a graph with a node with an attribute of a graph, and so on. */
function nested(depth: number): Message {
  let attribute = new Message();
  for (let n = 0; n < depth; n++)
    attribute = new Message().message(5, new Message().text(1, "g").message(6, new Message().message(1, attribute)));
  return attribute;
}

it.each(Object.entries(READ))("reads %s", async (_, [model, outputs, options]) => {
  const file = modelOf({ tensors: { w: W, b: B }, ...model });
  for (const Class of [Network, reference.Network]) {
    const net = await Class.create(fromONNX(file, options));
    expectNear(net.predict(X), outputs, "f32", { ulps: 2, scale: 8 });
  }
});

it("sums and products with constants have the bits of f32", async () => {
  const mean = [1e3, 3];
  const model = modelOf({
    nodes: [
      {
        operator: "Scaler",
        domain: "ai.onnx.ml",
        inputs: ["x"],
        outputs: ["s"],
        more: floats("offset", mean).fields(floats("scale", [0.1, 3])),
      },
      { operator: "MatMul", inputs: ["s", "w"] },
    ],
    tensors: { w: { shape: [2, 2], data: [1, 0, 0, 1] } },
  });
  const net = await Network.create(fromONNX(model));
  const x = [1234.567, -0.1].map(Math.fround);
  const wanted = x.map((value, i) => Math.fround(Math.fround(value - mean[i]!) * Math.fround([0.1, 3][i]!)));
  expect(net.predict([x])).toEqual([wanted]);
  expect(net.layers[0]).toMatchObject({ type: "batchNormalization", center: false, trainable: false });
});

const floats = (name: string, values: number[]) =>
  new Message().message(5, new Message().text(1, name).floats(7, values));

// ---- what is refused

const shaped = (shape: readonly number[], count = 4): TestTensor => ({ shape, data: Array(count).fill(1) });
const outside = (location: string, more: readonly (readonly [string, string])[] = []): TestModel => ({
  nodes: [{ ...dense, outputs: ["y"] }],
  tensors: {
    w: {
      shape: [2, 2],
      write: (m) =>
        [["location", location] as const, ...more]
          .reduce((to, [key, value]) => to.message(13, new Message().text(1, key).text(2, value)), m)
          .whole(14, 1),
    },
  },
});
const bomb: TestNode[] = Array.from({ length: 40 }, (_, n) => ({
  operator: "Add",
  inputs: [`c${n}`, `c${n}`],
  outputs: [`c${n + 1}`],
}));
const norm = (v: number[], more: Partial<TestNode> = {}): TestModel => ({
  ...one("BatchNormalization", { inputs: ["z", "b", "b", "b", "v"], ...more }),
  tensors: { w: W, b: B, v: { shape: [v.length], data: v } },
});

it.each<[string, TestModel | Uint8Array, ReadONNXOptions?]>([
  ["the file has no graph; an ONNX model is expected", new Uint8Array(0)],
  ["has the key 0, which is none", Uint8Array.of(0, 0)],
  ["has a field 7 of 5 bytes, but 1 bytes more", Uint8Array.of(58, 5, 0)],
  ["has a field 7 of the wire type 3", Uint8Array.of(59)],
  ["the graph has the wire type 0; 2 is expected", Uint8Array.of(56, 1)],
  [
    "an integer that doesn't end, or has over 64 bits",
    Uint8Array.of(8, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 0),
  ],
  [
    "an integer that doesn't end, or has over 64 bits",
    Uint8Array.of(8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2),
  ],
  ["an integer that doesn't end", Uint8Array.of(8, 128)],
  ["a field 7 of -1 bytes", Uint8Array.of(58, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1)],
  [
    'node 0 (Relu) takes "z", which no node before it gives',
    {
      nodes: [
        { operator: "Relu", inputs: ["z"] },
        { ...dense, inputs: ["y", "w"] },
      ],
    },
  ],
  [
    'node 0 "loop" (Relu) takes "y", which no node before it gives',
    { nodes: [{ operator: "Relu", name: "loop", inputs: ["y"] }] },
  ],
  ['node 1 (Relu) gives "z", which is there before', then({ operator: "Relu", inputs: ["z"], outputs: ["z"] })],
  ["node 1 (Add) has 1 inputs; it takes 2 or more", one("Add")],
  ["node 0 has no operator", { nodes: [{ operator: "", inputs: ["x"] }] }],
  [
    'the model has the outputs "y", "z"; the option output says',
    {
      ...one("Relu"),
      outputs: [
        ["y", 1],
        ["z", 1],
      ],
    },
  ],
  ["the model has the outputs none", { ...one("Relu"), outputs: [] }],
  ['the model has the output "q", which no node gives', { ...one("Relu"), outputs: [["q", 1]] }],
  ["node 1 (Add) joins results, and a network is a chain", then({ operator: "Add", inputs: ["z", "x"] })],
  ["node 1 (Conv) is none of a network's operations", one("Conv")],
  ["node 1 (com.microsoft.Gelu) is none", one("Gelu", { domain: "com.microsoft" })],
  ["node 1 (ArgMax) is none", { ...one("ArgMax"), outputs: [["y", 7]] }],
  ["node 1 (LogSoftmax) is none", one("LogSoftmax")],
  ["node 1 (Cast) is none", one("Cast", { wholes: { to: 7 } })],
  ["node 1 (Pow) is none", { ...then({ operator: "Pow", inputs: ["z", "s"] }), tensors: { w: W, s: scalar(2) } }],
  ["node 1 (Div) is none", { ...then({ operator: "Div", inputs: ["s", "z"] }), tensors: { w: W, s: scalar(2) } }],
  [
    "node 1 (Clip) is none",
    { ...then({ operator: "Clip", inputs: ["z", "s", "t"] }), tensors: { w: W, s: scalar(0), t: scalar(6.0001) } },
  ],
  ['node 1 (HardSigmoid) has other attributes than those of "hardSigmoid"', one("HardSigmoid")],
  ["node 1 (Selu) has other attributes", one("Selu", { floats: { gamma: 1 } })],
  ["node 1 (LeakyRelu) has alpha -0.5; 0 or more", one("LeakyRelu", { floats: { alpha: -0.5 } })],
  ["node 1 (LeakyRelu) has alpha NaN", one("LeakyRelu", { floats: { alpha: NaN } })],
  ["node 1 (PRelu) has several slopes", { ...then({ operator: "PRelu", inputs: ["z", "b"] }) }],
  ["node 1 (Softmax) has axis 0", one("Softmax", { wholes: { axis: 0 } })],
  [
    "node 2 (Relu) comes after a softmax",
    then({ operator: "Softmax", inputs: ["z"], outputs: ["s"] }, { operator: "Relu", inputs: ["s"] }),
  ],
  ["node 0 (Gemm) has transA", gemm({ wholes: { transA: 1 } })],
  ["node 0 (MatMul) has other operands", { nodes: [{ operator: "MatMul", inputs: ["w", "x"] }] }],
  [
    "node 0 (MatMul) has weights of shape [1, 2, 2]; two sizes",
    { nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: shaped([1, 2, 2]) } },
  ],
  [
    "node 0 (MatMul) takes 4 columns; it is given rows of shape [2]",
    { nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: shaped([4, 1]) } },
  ],
  [
    "node 0 (MatMul) takes 2 columns; it is given rows of shape [3, 2]",
    { nodes: [{ ...dense, outputs: ["y"] }], shape: [-1, 3, 2] },
  ],
  [
    'node 0 (Gemm) has tensor "b" of shape [2, 1]; [2] is expected',
    { ...gemm({}), tensors: { w: W, b: { ...B, shape: [2, 1] } } },
  ],
  [
    'node 1 (Mul) has tensor "s" of shape [3]; [2] is expected',
    { ...then({ operator: "Mul", inputs: ["z", "s"] }), tensors: { w: W, s: shaped([3], 3) } },
  ],
  [
    "node 1 (Reshape) makes other rows of rows of shape [2]",
    {
      ...then({ operator: "Reshape", inputs: ["z", "s"] }),
      tensors: { w: W, s: { shape: [2], type: 7, data: [-1, 1] } },
    },
  ],
  [
    "node 1 (Reshape) makes other rows",
    {
      ...then({ operator: "Reshape", inputs: ["z", "s"] }),
      tensors: { w: W, s: { shape: [2], type: 7, data: [1, -1] } },
    },
  ],
  ["node 1 (Squeeze) makes other rows", one("Squeeze", { wholes: { axes: [1] } })],
  ["node 1 (Transpose) makes other rows", one("Transpose", { wholes: { perm: [1, 0] } })],
  ["the input has shape []", { nodes: [{ ...dense, outputs: ["y"] }], shape: [] }],
  ["the model has no dense layer", { nodes: [{ operator: "Relu", inputs: ["x"] }] }],
  [
    '"w" is a constant; a result of the model\'s input is expected',
    { nodes: [{ operator: "Identity", inputs: ["w"] }] },
  ],
  [
    'tensor "w" has shape [-1, 2]; sizes of 1 or more',
    { nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: shaped([-1, 2]) } },
  ],
  ['tensor "w" has shape [0, 2]', { nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: shaped([0, 2], 0) } }],
  [
    'tensor "w" has shape [4503599627370496, 4]',
    { nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: shaped([2 ** 52, 4]) }, shape: undefined },
  ],
  [
    'tensor "w" has 16 bytes; 1000000 elements of f32 take 4000000',
    { nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: shaped([2, 5e5]) } },
  ],
  [
    'tensor "w" has 0 bytes; 4 elements',
    { nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: { shape: [2, 2], write: (m) => m } } },
  ],
  [
    'tensor "w" has the data_type 8; f32, int32',
    { nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: { ...W, type: 8 } } },
  ],
  [
    'tensor "w"[1] is NaN; numbers finite in f32',
    { nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: { shape: [2, 2], data: [1, NaN, 3, 4] } } },
  ],
  ['tensor "b"[0] is Infinity', { ...gemm({}), tensors: { w: W, b: { shape: [2], data: [Infinity, 1] } } }],
  [
    "node 1 (Div)[0] is Infinity",
    { ...then({ operator: "Div", inputs: ["z", "s"] }), tensors: { w: W, s: scalar(0) } },
  ],
  ["node 1 (BatchNormalization) has a negative variance", norm([1, -1])],
  ["node 1 (BatchNormalization) has epsilon 0; a number of more than 0", norm([1, 0], { floats: { epsilon: 0 } })],
  ["node 1 (BatchNormalization) has momentum 1; 0 to below 1", norm([1, 1], { floats: { momentum: 1 } })],
  ["node 1 (BatchNormalization) is that of a training", norm([1, 1], { wholes: { training_mode: 1 } })],
  ['node 1 (BatchNormalization) has tensor "v" of shape [3]; [2]', norm([1, 1, 1])],
  [
    "(MatMul) makes too many numbers of a file of this size",
    {
      nodes: Array.from({ length: 100 }, (_, n) => ({
        ...dense,
        inputs: [n === 0 ? "x" : `v${n}`, "w"],
        outputs: [n === 99 ? "y" : `v${n + 1}`],
      })),
      tensors: { w: shaped([40, 40], 1600) },
      shape: [-1, 40],
    },
  ],
  [
    "(Mul) makes too many numbers of a file of this size",
    {
      nodes: Array.from({ length: 100 }, (_, n) => ({
        operator: "Mul",
        inputs: [n === 0 ? "x" : `v${n}`, "s"],
        outputs: [n === 99 ? "y" : `v${n + 1}`],
      })),
      tensors: { s: scalar(2) },
      shape: [-1, 2 ** 20],
    },
  ],
  ["node 1 (BatchNormalization) is that of a training", { ...norm([1, 1]), opset: 6 }],
  [
    "node 1 (Add) has axis 0; −1 is expected",
    { ...then({ operator: "Add", inputs: ["z", "b"], wholes: { axis: 0 } }), opset: 6 },
  ],
  [
    "node 0 (LayerNormalization) takes rows of shape [2, 1]; one size",
    { nodes: [{ operator: "LayerNormalization", inputs: ["x", "b"] }], shape: [-1, 2, 1] },
  ],
  ['the input "x" has texts; numbers are expected', { nodes: [{ ...dense, outputs: ["y"] }], type: 8 }],
  ["node 1 (LayerNormalization) has axis 0", one("LayerNormalization", { inputs: ["z", "b"], wholes: { axis: 0 } })],
  ["node 1 (LayerNormalization) has no constant for gamma", one("LayerNormalization", { inputs: ["z", "x"] })],
  [
    "node 1 (Dropout) is none",
    {
      ...then({ operator: "Dropout", inputs: ["z", "", "t"] }),
      tensors: { w: W, t: { shape: [], type: 9, write: (m) => m.bytes(9, Uint8Array.of(1)) } },
    },
  ],
  ['tensor "w" is in the file "w.data"; externalData hasn\'t got it', outside("w.data")],
  ['tensor "w" is in the file "toString"; externalData hasn\'t', outside("toString")],
  [
    'tensor "w" is in the file "../w.data"; a name within',
    outside("../w.data"),
    { externalData: { "../w.data": new Uint8Array(16) } },
  ],
  ['tensor "w" is in the file "/etc/passwd"; a name within', outside("/etc/passwd")],
  ['tensor "w" is in the file "a\\\\..\\\\b"; a name within', outside("a\\..\\b")],
  ['tensor "w" is in the file "C:b"; a name within', outside("C:b")],
  ['tensor "w" is in the file ""; a name within', outside("")],
  ['tensor "w" is at 0 to 16 of "w", which has 15 bytes', outside("w"), { externalData: { w: new Uint8Array(15) } }],
  [
    'tensor "w" is at 8 to 24 of "w", which has 16',
    outside("w", [["offset", "8"]]),
    { externalData: { w: new Uint8Array(16) } },
  ],
  ['tensor "w" has external_data "-1"', outside("w", [["offset", "-1"]]), { externalData: { w: new Uint8Array(16) } }],
  [
    'tensor "w" has 4 bytes; 4 elements of f32 take 16',
    outside("w", [["length", "4"]]),
    { externalData: { w: new Uint8Array(16) } },
  ],
  [
    "(Add) is a constant of over 32 operations",
    { ...then(...bomb, { operator: "Add", inputs: ["z", "c40"] }), tensors: { w: W, c0: B } },
  ],
  [
    "(Add) makes too many numbers of a file of this size",
    {
      ...then(...bomb.slice(0, 31), { operator: "Add", inputs: ["z", "c31"] }),
      tensors: { w: W, c0: shaped([8000], 8000) },
    },
  ],
])("refuses by a FormatError: %s", (words, model, options) => {
  const file = model instanceof Uint8Array ? model : modelOf({ tensors: { w: W, b: B }, ...model });
  const error = errorOf(() => fromONNX(file, options)) as Error;
  expect(error.message).toContain(words);
  expect(error).toBeInstanceOf(FormatError);
  expect(error.message.length).toBeLessThan(300);
});

const file = modelOf({ nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: W, b: B } });

it.each<[string, () => unknown]>([
  ["dtype is", () => fromONNX(file, wrong({ dtype: "f16" }))],
  ['options knows no "outputs"', () => fromONNX(file, wrong({ outputs: "y" }))],
  ["input is 1; the name of a tensor", () => fromONNX(file, wrong({ input: 1 }))],
  ['output is "q"; the model has no tensor of that name', () => fromONNX(file, { output: "q" })],
  ['input is "b"; the output isn\'t computed of that tensor', () => fromONNX(file, { input: "b" })],
  ["externalData is 1; an object of files", () => fromONNX(file, wrong({ externalData: 1 }))],
])("refuses by an OptionError: %s", (words, run) => {
  const error = errorOf(run) as Error;
  expect(error.message).toContain(words);
  expect(error).toBeInstanceOf(OptionError);
});

it("the file may lie in pieces, at odd places, and stays as it was", async () => {
  const net = await Network.create({ inputs: 5, layers: [{ units: 4 }, { units: 2 }], seed: 2 });
  const whole = toONNX(net);
  const odd = new Uint8Array(whole.length + 1);
  odd.set(whole, 1);
  for (const given of [whole.slice().buffer, odd.subarray(1), [whole.subarray(0, 70), whole.subarray(70)]]) {
    const read = await Network.create(fromONNX(given));
    expect(read.digest()).toBe(net.digest());
    read.fit([[1, 2, 3, 4, 5]], [[1, 2]]);
  }
  expect(toONNX(net)).toEqual(whole);
  expect(fromONNX(whole).parameters[0]!.weights!.buffer).not.toBe(whole.buffer);
});

it("dtype is that of the parameters", () => {
  expect(fromONNX(file).dtype).toBe("f32");
  expect(fromONNX(file, { dtype: "f64" }).parameters[0]!.weights).toEqual(Float64Array.from(W.data!));
});

it("a name for every node is no matter of time", () => {
  const nodes = Array.from({ length: 20_000 }, (_, n) => ({
    operator: ["Identity", "Relu", "Tanh"][n % 3]!,
    inputs: [n === 0 ? "z" : `v${n - 1}`],
    outputs: [n === 19_999 ? "y" : `v${n}`],
  }));
  expect(fromONNX(modelOf({ ...then(...nodes), tensors: { w: W } })).layers.length).toBeGreaterThan(13_000);
});
