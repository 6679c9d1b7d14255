// ONNX models that can't be carried over, or are made to break a reader, are refused by the place of what is wrong.

import { FormatError, OptionError } from "bitgrad/errors";
import { fromONNX, type ReadONNXOptions } from "bitgrad/formats";
import { expect, it } from "vitest";
import { Message } from "../../bindings/formats/protobuf.ts";
import { errorOf, revoked, wrong } from "../faults/expect-error.ts";
import {
  after,
  B,
  dense,
  gemm,
  modelOf,
  one,
  scalar,
  type TestModel,
  type TestNode,
  type TestTensor,
  W,
} from "./onnx/models.ts";

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
  ['node 1 (Relu) gives "z", which is there before', after({ operator: "Relu", inputs: ["z"], outputs: ["z"] })],
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
  ["node 1 (Add) joins results, and a network is a chain", after({ operator: "Add", inputs: ["z", "x"] })],
  ["node 1 (Conv) is none of a network's operations", one("Conv")],
  ["node 1 (com.microsoft.Gelu) is none", one("Gelu", { domain: "com.microsoft" })],
  ["node 1 (ArgMax) is none", { ...one("ArgMax"), outputs: [["y", 7]] }],
  ["node 1 (LogSoftmax) is none", one("LogSoftmax")],
  ["node 1 (Cast) is none", one("Cast", { wholes: { to: 7 } })],
  ["node 1 (Pow) is none", { ...after({ operator: "Pow", inputs: ["z", "s"] }), tensors: { w: W, s: scalar(2) } }],
  ["node 1 (Div) is none", { ...after({ operator: "Div", inputs: ["s", "z"] }), tensors: { w: W, s: scalar(2) } }],
  [
    "node 1 (Clip) is none",
    { ...after({ operator: "Clip", inputs: ["z", "s", "t"] }), tensors: { w: W, s: scalar(0), t: scalar(6.0001) } },
  ],
  ['node 1 (HardSigmoid) has other attributes than those of "hardSigmoid"', one("HardSigmoid")],
  ["node 1 (Selu) has other attributes", one("Selu", { floats: { gamma: 1 } })],
  ["node 1 (LeakyRelu) has alpha -0.5; 0 or more", one("LeakyRelu", { floats: { alpha: -0.5 } })],
  ["node 1 (LeakyRelu) has alpha NaN", one("LeakyRelu", { floats: { alpha: NaN } })],
  ["node 1 (PRelu) has several slopes", { ...after({ operator: "PRelu", inputs: ["z", "b"] }) }],
  [
    "the outputs are a softmax of 1 number; 2 or more",
    {
      nodes: [
        { ...dense, outputs: ["z"] },
        { operator: "Softmax", inputs: ["z"] },
      ],
      tensors: { w: shaped([2, 1], 2) },
    },
  ],
  ["node 1 (Softmax) has axis 0", one("Softmax", { wholes: { axis: 0 } })],
  [
    "node 2 (Relu) comes after a softmax",
    after({ operator: "Softmax", inputs: ["z"], outputs: ["s"] }, { operator: "Relu", inputs: ["s"] }),
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
    { ...after({ operator: "Mul", inputs: ["z", "s"] }), tensors: { w: W, s: shaped([3], 3) } },
  ],
  [
    "node 1 (Reshape) makes other rows of rows of shape [2]",
    {
      ...after({ operator: "Reshape", inputs: ["z", "s"] }),
      tensors: { w: W, s: { shape: [2], type: 7, data: [-1, 1] } },
    },
  ],
  [
    "node 1 (Reshape) makes other rows",
    {
      ...after({ operator: "Reshape", inputs: ["z", "s"] }),
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
    { ...after({ operator: "Div", inputs: ["z", "s"] }), tensors: { w: W, s: scalar(0) } },
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
    { ...after({ operator: "Add", inputs: ["z", "b"], wholes: { axis: 0 } }), opset: 6 },
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
      ...after({ operator: "Dropout", inputs: ["z", "", "t"] }),
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
    { ...after(...bomb, { operator: "Add", inputs: ["z", "c40"] }), tensors: { w: W, c0: B } },
  ],
  [
    "(Add) makes too many numbers of a file of this size",
    {
      ...after(...bomb.slice(0, 31), { operator: "Add", inputs: ["z", "c31"] }),
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
  ["externalData is 1; an object is expected", () => fromONNX(file, wrong({ externalData: 1 }))],
  ["externalData is a Uint8Array object; an object", () => fromONNX(file, wrong({ externalData: file }))],
  ["externalData is an object; an object is expected", () => fromONNX(file, { externalData: revoked() })],
])("refuses by an OptionError: %s", (words, run) => {
  const error = errorOf(run) as Error;
  expect(error.message).toContain(words);
  expect(error).toBeInstanceOf(OptionError);
});
