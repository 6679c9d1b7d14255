// Models for the tests of what is read, made field by field.

import { Message } from "../../../bindings/formats/protobuf.ts";

/** A tensor: FLOAT with raw_data, if nothing else is said. */
export interface TestTensor {
  readonly shape: readonly number[];
  readonly data?: readonly number[];
  readonly type?: number;
  /** Fields in place of raw_data. */
  readonly write?: (message: Message) => Message;
}

export interface TestNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  /** "y" if none are given. */
  readonly outputs?: readonly string[];
  readonly domain?: string;
  readonly name?: string;
  readonly floats?: Readonly<Record<string, number>>;
  readonly wholes?: Readonly<Record<string, number | readonly number[]>>;
  readonly texts?: Readonly<Record<string, string>>;
  readonly tensor?: TestTensor;
  /** More fields. */
  readonly more?: Message;
}

export interface TestModel {
  readonly nodes: readonly TestNode[];
  readonly tensors?: Readonly<Record<string, TestTensor>>;
  /** Of "x". */
  readonly type?: number;
  /** −1 is the batch. Of "x". */
  readonly shape?: readonly number[] | undefined;
  readonly outputs?: readonly (readonly [name: string, type: number])[];
  readonly opset?: number;
}

export function modelOf({
  nodes,
  tensors = {},
  type = 1,
  shape = [-1, 2],
  outputs = [["y", 1]],
  opset = 17,
}: TestModel): Uint8Array {
  const graph = new Message();
  for (const node of nodes) graph.message(1, nodeOf(node));
  for (const [name, tensor] of Object.entries(tensors)) graph.message(5, tensorOf(tensor).text(8, name));
  graph.message(11, infoOf("x", type, shape));
  for (const [name, type] of outputs) graph.message(12, infoOf(name, type, undefined));
  return fileOf(new Message().whole(1, 8).message(7, graph).message(8, new Message().text(1, "").whole(2, opset)));
}

export function fileOf(message: Message): Uint8Array {
  return Uint8Array.from(message.parts.flatMap((part) => [...part]));
}

function nodeOf(node: TestNode): Message {
  const { operator, inputs, outputs = ["y"], domain, name, floats = {}, wholes = {}, texts = {}, tensor, more } = node;
  const message = new Message();
  for (const input of inputs) message.text(1, input);
  for (const output of outputs) message.text(2, output);
  message.text(4, operator);
  if (name !== undefined) message.text(3, name);
  if (domain !== undefined) message.text(7, domain);
  const attribute = (of: string) => new Message().text(1, of);
  for (const [of, value] of Object.entries(floats)) message.message(5, attribute(of).float(2, value).whole(20, 1));
  for (const [of, value] of Object.entries(texts)) message.message(5, attribute(of).text(4, value).whole(20, 3));
  for (const [of, value] of Object.entries(wholes)) {
    const own = attribute(of);
    if (typeof value === "number") own.whole(3, value);
    else for (const one of value) own.whole(8, one);
    message.message(5, own.whole(20, typeof value === "number" ? 2 : 7));
  }
  if (tensor !== undefined) message.message(5, attribute("value").message(5, tensorOf(tensor)));
  return more === undefined ? message : message.fields(more);
}

export function tensorOf({ shape, data = [], type = 1, write }: TestTensor): Message {
  const message = new Message();
  for (const size of shape) message.whole(1, size);
  message.whole(2, type);
  if (write !== undefined) return write(message);
  const numbers =
    type === 7 ? BigInt64Array.from(data, BigInt) : type === 11 ? Float64Array.from(data) : Float32Array.from(data);
  return message.bytes(9, new Uint8Array(numbers.buffer));
}

function infoOf(name: string, type: number, shape: readonly number[] | undefined): Message {
  const tensor = new Message().whole(1, type);
  if (shape !== undefined) {
    const sizes = new Message();
    for (const size of shape) sizes.message(1, size < 0 ? new Message().text(2, "n") : new Message().whole(1, size));
    tensor.message(2, sizes);
  }
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

// ---- a dense layer without biases, "z", and what follows it

export const W: TestTensor = { shape: [2, 2], data: [1, -2, 3, 0.5] };
export const B: TestTensor = { shape: [2], data: [0.25, -1] };
export const dense: TestNode = { operator: "MatMul", inputs: ["x", "w"], outputs: ["z"] };
export const after = (...nodes: TestNode[]) => ({ nodes: [dense, ...nodes] });
export const one = (operator: string, more: Partial<TestNode> = {}) => after({ operator, inputs: ["z"], ...more });
export const scalar = (value: number): TestTensor => ({ shape: [], data: [value] });
export const gemm = (more: Partial<TestNode>, inputs = ["x", "w", "b"]) => ({
  nodes: [{ operator: "Gemm", inputs, ...more }],
});
