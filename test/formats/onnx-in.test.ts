// ONNX models that other programs wrote (onnx/make.py says which) predict what those programs predict, and what ONNX
// Runtime does; what toONNX wrote is read as it was.

import { readFileSync } from "node:fs";
import { type DType, type LayerOptions, Network } from "bitgrad";
import { fromONNX, type ReadONNXOptions, toONNX } from "bitgrad/formats";
import * as reference from "bitgrad/reference";
import { describe, expect, it } from "vitest";
import { Message } from "../../bindings/formats/protobuf.ts";
import { errorOf } from "../faults/expect-error.ts";
import { skippedWithout } from "../needs.ts";
import cases from "./onnx/cases.json" with { type: "json" };
import { after, B, dense, gemm, modelOf, one, scalar, type TestModel, W } from "./onnx/models.ts";
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

const X = [
  [1, 2],
  [-3, 0.5],
];
const PLAIN = X.map(([a, b]) => [a! + 3 * b!, -2 * a! + 0.5 * b!]);
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
    after({ operator: "Add", inputs: ["b", "z"] }),
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
    { ...after({ operator: "Clip", inputs: ["z", "zero"] }), tensors: { w: W, zero: scalar(0) } },
    each((z) => Math.max(0, z)),
  ],
  "1 / (1 + e^−z), as PyTorch writes it": [
    {
      ...after(
        { operator: "Neg", inputs: ["z"], outputs: ["p"] },
        { operator: "Exp", inputs: ["p"], outputs: ["q"] },
        { operator: "Add", inputs: ["q", "s"], outputs: ["r"] },
        { operator: "Reciprocal", inputs: ["r"] },
      ),
      tensors: { w: W, s: scalar(1) },
    },
    each((z) => 1 / (1 + Math.exp(-z))),
  ],
  "z · relu6(z + 3) / 6, as PyTorch writes it": [
    {
      ...after(
        { operator: "Add", inputs: ["z", "three"], outputs: ["p"] },
        { operator: "Relu", inputs: ["p"], outputs: ["q"] },
        { operator: "Clip", inputs: ["q", "zero", "six"], outputs: ["r"] },
        { operator: "Mul", inputs: ["z", "r"], outputs: ["t"] },
        { operator: "Div", inputs: ["t", "six"] },
      ),
      tensors: { w: W, zero: scalar(0), three: scalar(3), six: scalar(6) },
    },
    each((z) => (z * Math.min(6, Math.max(0, z + 3))) / 6),
  ],
  PRelu: [
    { ...after({ operator: "PRelu", inputs: ["z", "s"] }), tensors: { w: W, s: { shape: [2], data: [0.25, 0.25] } } },
    each((z) => (z > 0 ? z : z / 4)),
  ],
  "products and sums with constants": [
    {
      ...after(
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
      ...after(
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
      ...after({ operator: "Identity", inputs: ["z"] }, { operator: "ArgMax", inputs: ["y"], outputs: ["label"] }),
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

const file = modelOf({ nodes: [{ ...dense, outputs: ["y"] }], tensors: { w: W, b: B } });

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
  expect(fromONNX(modelOf({ ...after(...nodes), tensors: { w: W } })).layers.length).toBeGreaterThan(13_000);
});

it("a relu6 with a relu in it is one layer", () => {
  const model = after(
    { operator: "Relu", inputs: ["z"], outputs: ["p"] },
    { operator: "Clip", inputs: ["p", "zero", "six"] },
  );
  const file = modelOf({ ...model, tensors: { w: W, zero: scalar(0), six: scalar(6) } });
  expect(fromONNX(file).layers).toEqual([{ units: 2, activation: "relu6" }]);
});
