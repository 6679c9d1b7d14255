// What exporters write of dense networks in other words than toONNX: comparisons, sums, products with 1, sizes of 1.
// Each model is read as the layers that it stands for, and predicts what a closed form says and ONNX Runtime gives.

import { type LayerOptions, Network } from "bitgrad";
import { fromONNX } from "bitgrad/formats";
import * as reference from "bitgrad/reference";
import { expect, it } from "vitest";
import { errorOf } from "../faults/expect-error.ts";
import { skippedWithout } from "../needs.ts";
import { after, B, dense, modelOf, one, scalar, type TestModel, type TestNode, W } from "./onnx/models.ts";
import { expectNear, rowsOf, runtime } from "./onnx/runtimes.ts";

const X = [
  [1, 2],
  [-3, 0.5],
  [0, 0],
  [9, 8],
];
const PLAIN = X.map(([a, b]) => [a! + 3 * b!, -2 * a! + 0.5 * b!]);
const each = (f: (z: number, column: number) => number) => PLAIN.map((row) => row.map(f));

const relu = (z: number) => Math.max(0, z);
const elu = (z: number) => (z > 0 ? z : Math.expm1(z));
const softplus = (z: number) => relu(z) + Math.log1p(Math.exp(-Math.abs(z)));

/** Where(condition, …), the condition first. */
const where = (condition: TestNode, yes: string, no: string, ...before: TestNode[]) =>
  after(...before, { ...condition, outputs: ["c"] }, { operator: "Where", inputs: ["c", yes, no] });
const node = (operator: string, ...inputs: string[]): TestNode => ({ operator, inputs });
const named = (output: string, operator: string, ...inputs: string[]) => ({
  ...node(operator, ...inputs),
  outputs: [output],
});

const NUMBERS = {
  w: W,
  b: B,
  zero: scalar(0),
  one: scalar(1),
  slope: scalar(0.25),
  far: scalar(20),
  scale: scalar(1.0507009873554805),
  both: scalar(1.0507009873554805 * 1.6732632423543772),
};
const EXPM1 = [named("e", "Exp", "z"), named("p", "Sub", "e", "one")];

const FORMS: Readonly<Record<string, readonly [TestModel, number[][], layers: readonly LayerOptions[]]>> = {
  "z > 0 ? z : 0": [where(node("Greater", "z", "zero"), "z", "zero"), each(relu), [{ units: 2, activation: "relu" }]],
  "0 ≥ z ? 0 : z": [
    where(node("GreaterOrEqual", "zero", "z"), "zero", "z"),
    each(relu),
    [{ units: 2, activation: "relu" }],
  ],
  "z ≤ 0 ? 0 : z, PyTorch's threshold": [
    where(node("LessOrEqual", "z", "zero"), "zero", "z"),
    each(relu),
    [{ units: 2, activation: "relu" }],
  ],
  "0 < z ? z : 0": [where(node("Less", "zero", "z"), "z", "zero"), each(relu), [{ units: 2, activation: "relu" }]],
  "ThresholdedRelu with alpha 0": [
    one("ThresholdedRelu", { floats: { alpha: 0 } }),
    each(relu),
    [{ units: 2, activation: "relu" }],
  ],
  "z ≥ 0 ? z : z / 4": [
    where(node("GreaterOrEqual", "z", "zero"), "z", "p", named("p", "Mul", "slope", "z")),
    each((z) => (z > 0 ? z : z / 4)),
    [{ units: 2, activation: "leakyRelu", alpha: 0.25 }],
  ],
  "z < 0 ? z / 4 : z": [
    where(node("Less", "z", "zero"), "p", "z", named("p", "Mul", "z", "slope")),
    each((z) => (z > 0 ? z : z / 4)),
    [{ units: 2, activation: "leakyRelu", alpha: 0.25 }],
  ],
  "z > 0 ? z : e^z − 1": [
    where(node("Greater", "z", "zero"), "z", "p", ...EXPM1),
    each(elu),
    [{ units: 2, activation: "elu" }],
  ],
  "z ≤ 0 ? (e^z − 1) / 4 : z": [
    where(node("LessOrEqual", "z", "zero"), "q", "z", ...EXPM1, named("q", "Mul", "slope", "p")),
    each((z) => (z > 0 ? z : elu(z) / 4)),
    [{ units: 2, activation: "elu", alpha: 0.25 }],
  ],
  "selu with e^z − 1": [
    where(
      node("Greater", "z", "zero"),
      "s",
      "q",
      ...EXPM1,
      named("q", "Mul", "p", "both"),
      named("s", "Mul", "z", "scale"),
    ),
    each((z) => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * elu(z))),
    [{ units: 2, activation: "selu" }],
  ],
  "Celu with alpha 1": [one("Celu"), each(elu), [{ units: 2, activation: "elu" }]],
  "z > 20 ? z : Softplus(z), as PyTorch's dynamo exporter writes it": [
    where(
      node("Greater", "m", "far"),
      "z",
      "q",
      named("m", "Mul", "z", "one"),
      named("p", "Softplus", "m"),
      named("q", "Div", "p", "one"),
    ),
    each(softplus),
    [{ units: 2, activation: "softplus" }],
  ],
  "z · tanh of such a softplus": [
    after(
      named("p", "Softplus", "z"),
      named("c", "Greater", "z", "far"),
      named("q", "Where", "c", "z", "p"),
      named("r", "Tanh", "q"),
      node("Mul", "z", "r"),
    ),
    each((z) => z * Math.tanh(softplus(z))),
    [{ units: 2, activation: "mish" }],
  ],
  "Sum of a product and a row": [
    after({ operator: "Sum", inputs: ["z", "b"] }),
    each((z, j) => z + B.data![j]!),
    [{ units: 2, activation: "linear" }],
  ],
  "Sum of one": [after({ operator: "Sum", inputs: ["z"] }), PLAIN, [{ units: 2, activation: "linear" }]],
  "Sum of constants": [
    after(named("d", "Sum", "b", "b"), node("Sum", "d", "z")),
    each((z, j) => z + 2 * B.data![j]!),
    [{ units: 2, activation: "linear" }],
  ],
  "products with 1": [
    after(named("p", "Mul", "one", "z"), named("q", "Div", "p", "one"), node("Relu", "q")),
    each(relu),
    [{ units: 2, activation: "relu" }],
  ],
  "a constant that is cast like a result": [
    after(
      named("s", "CastLike", "slope", "z"),
      named("c", "Greater", "z", "zero"),
      named("p", "Mul", "z", "s"),
      node("Where", "c", "z", "p"),
    ),
    each((z) => (z > 0 ? z : z / 4)),
    [{ units: 2, activation: "leakyRelu", alpha: 0.25 }],
  ],
  "Softmax with axis 1": [
    one("Softmax", { wholes: { axis: 1 } }),
    PLAIN.map((row) => row.map((z) => 1 / row.reduce((sum, other) => sum + Math.exp(other - z), 0))),
    [{ units: 2, activation: "softmax" }],
  ],
  "a size of 1 before the batch, and none after": [
    {
      nodes: [
        { operator: "Unsqueeze", inputs: ["x", "axes"], outputs: ["u"] },
        { operator: "MatMul", inputs: ["u", "w"], outputs: ["z"] },
        { operator: "Relu", inputs: ["z"], outputs: ["r"] },
        { operator: "Squeeze", inputs: ["r", "axes"] },
      ],
      tensors: { w: W, axes: { shape: [1], type: 7, data: [0] } },
    },
    each(relu),
    [{ units: 2, activation: "relu" }],
  ],
};

it.each(Object.entries(FORMS))("reads %s", async (_, [model, outputs, layers]) => {
  const read = fromONNX(modelOf({ ...model, tensors: { ...NUMBERS, ...model.tensors } }));
  expect(read.layers).toEqual(layers);
  for (const Class of [Network, reference.Network]) {
    const net = await Class.create(read);
    expectNear(net.predict(X), outputs, "f32", { ulps: 2, scale: 8 });
  }
});

it.skipIf(await skippedWithout("peers")).each(Object.entries(FORMS))("ONNX Runtime gives: %s", async (_, [model]) => {
  const { Tensor, InferenceSession } = runtime("onnxruntime-node");
  const file = modelOf({ ...model, opset: 17, tensors: { ...NUMBERS, ...model.tensors } });
  const session = await InferenceSession.create(file, { graphOptimizationLevel: "disabled" });
  const { y } = await session.run({ x: new Tensor("float32", Float32Array.from(X.flat()), [X.length, 2]) });
  const net = await Network.create(fromONNX(file));
  expectNear(net.predict(X), rowsOf(y!), "f32", { ulps: 4, scale: 8 });
});

it("reads one row without a batch, as PyTorch exports it", async () => {
  const file = modelOf({
    nodes: [
      { operator: "Unsqueeze", inputs: ["x", "axes"], outputs: ["u"] },
      { operator: "Gemm", inputs: ["u", "w", "b"], outputs: ["z"] },
      { operator: "Squeeze", inputs: ["z"], outputs: ["s"] },
      { operator: "Relu", inputs: ["s"] },
    ],
    tensors: { w: W, b: B, axes: { shape: [1], type: 7, data: [0] } },
    shape: [2],
  });
  const net = await Network.create(fromONNX(file));
  expectNear(
    net.predict(X),
    each((z, j) => relu(z + B.data![j]!)),
    "f32",
    { ulps: 2, scale: 8 },
  );
});

const F64 = { shape: [], type: 11, data: [20] };

it.each<[string, TestModel]>([
  ["node 1 (Celu) has other attributes than those of", one("Celu", { floats: { alpha: 2 } })],
  ["node 1 (ThresholdedRelu) has other attributes", one("ThresholdedRelu")],
  ["node 1 (Swish) has other attributes", one("Swish", { floats: { alpha: 2 } })],
  ["node 2 (Where) joins results", where(node("Greater", "z", "one"), "z", "zero")],
  ["node 2 (Where) joins results", where(node("Greater", "z", "zero"), "zero", "z")],
  ["node 2 (Where) joins results", where(node("Less", "z", "zero"), "z", "zero")],
  ["node 3 (Where) joins results", where(node("Greater", "z", "slope"), "z", "p", named("p", "Softplus", "z"))],
  [
    "node 3 (Where) joins results",
    { ...where(node("Greater", "z", "d"), "z", "p", named("p", "Softplus", "z")), tensors: { w: W, d: F64 } },
  ],
  ["node 1 (Sum) joins results", after({ operator: "Sum", inputs: ["z", "z", "b"] })],
  ["node 1 (Sum) is none", after({ operator: "Sum", inputs: ["z", "b", "b"] })],
  ["node 1 (LogSoftmax) is none", one("LogSoftmax")],
  [
    "node 1 (Transpose) makes other rows",
    {
      nodes: [
        { operator: "Unsqueeze", inputs: ["x", "axes"], outputs: ["u"] },
        { operator: "Transpose", inputs: ["u"], outputs: ["t"], wholes: { perm: [0, 2, 1] } },
        { ...dense, inputs: ["t", "w"], outputs: ["y"] },
      ],
      tensors: { w: W, axes: { shape: [1], type: 7, data: [0] } },
    },
  ],
])("refuses by its place: %s", (words, model) => {
  const file = modelOf({ ...model, tensors: { ...NUMBERS, ...model.tensors } });
  expect((errorOf(() => fromONNX(file)) as Error).message).toContain(words);
});
