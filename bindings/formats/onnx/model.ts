// A model as it is read: its nodes, and what each value is (https://onnx.ai/onnx/repo-docs/IR.html). Nodes must be in
// the order in which they can be computed, so there are no circles. What passes its input on, such as Identity, Dropout
// in predictions, a Cast between numbers and a product with 1, is seen through.

import { show } from "../../checks.ts";
import { FormatError } from "../../errors.ts";
import { sizeOf } from "../../numbers.ts";
import { bytesIn, type Field, fieldsOf, textOf, wholeOf, wholesOf } from "../protobuf.ts";
import { isFoldable } from "./fold.ts";
import { FLOAT } from "./graph.ts";
import type { Attribute, Model, Node, Value, ValueInfo } from "./nodes.ts";
import { type ExternalData, INT64, isFloat, readTensor, tensorOf } from "./tensor.ts";

const MAX_PARTS = 300_000; // names, nodes, tensors and attributes; each takes some 100 bytes of memory

export function readModel(file: Uint8Array, files: ExternalData, left: number): Model {
  let graph: Uint8Array | undefined;
  let opset = 1;
  for (const field of fieldsOf(file)) {
    if (field.number === 7) graph = bytesIn(field, "the graph");
    else if (field.number === 8) opset = Math.max(opset, opsetOf(bytesIn(field, "opset_import")));
  }
  if (graph === undefined) throw new FormatError("the file has no graph; an ONNX model is expected");
  return { opset, files, left, ...readGraph(graph, files) };
}

/** The version of the standard operators; 0 of others. */
function opsetOf(message: Uint8Array): number {
  let [domain, version] = ["", 0];
  for (const field of fieldsOf(message)) {
    if (field.number === 1) domain = textOf(field, "domain of opset_import");
    if (field.number === 2) version = wholeOf(field, "version of opset_import");
  }
  return isStandard(domain) ? version : 0;
}

const isStandard = (domain: string) => domain === "" || domain === "ai.onnx";

function readGraph(graph: Uint8Array, files: ExternalData) {
  const parts: Record<number, Uint8Array[]> = { 1: [], 5: [], 11: [], 12: [] };
  let count = 0;
  const countPart = () => {
    if (++count > MAX_PARTS) throw new FormatError(`the graph has over ${MAX_PARTS} parts; fewer are read`);
  };
  for (const field of fieldsOf(graph)) {
    if (parts[field.number] === undefined) continue;
    countPart();
    parts[field.number]!.push(bytesIn(field, `field ${field.number} of the graph`));
  }
  const values = new Map<string, Value>();
  const [inputs, outputs] = [parts[11]!.map(valueInfo), parts[12]!.map(valueInfo)];
  for (const { name } of inputs) values.set(name, { name, isConstant: false });
  for (const message of parts[5]!) {
    const name = nameOf(message);
    // one that is an input, too, is its default
    values.set(name, { name, isConstant: true, tensor: readTensor(message, `tensor ${show(name)}`, files) });
  }
  parts[1]!.forEach((message, index) => addNode(message, index, values, countPart, files));
  return { inputs, outputs, values };
}

function nameOf(message: Uint8Array): string {
  for (const field of fieldsOf(message)) if (field.number === 8) return textOf(field, "the name of a tensor");
  return "";
}

const TWO_INPUTS = ["Add", "Sub", "Mul", "Div", "MatMul", "Gemm", "CastLike"];

function addNode(
  message: Uint8Array,
  index: number,
  values: Map<string, Value>,
  countPart: () => void,
  files: ExternalData,
): void {
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes = new Map<string, Attribute>();
  let [name, operator, domain] = ["", "", ""];
  const what = `node ${index}`;
  for (const field of fieldsOf(message)) {
    countPart();
    const { number } = field;
    if (number === 1) inputs.push(textOf(field, what));
    else if (number === 2) outputs.push(textOf(field, what));
    else if (number === 3) name = textOf(field, what);
    else if (number === 4) operator = textOf(field, what);
    else if (number === 7) domain = textOf(field, what);
    else if (number === 5) attributes.set(...attributeOf(bytesIn(field, what), what, countPart));
  }
  if (operator === "") throw new FormatError(`${what} has no operator`);
  const own = isStandard(domain) ? operator : `${domain}.${operator}`;
  const where = `${what}${name === "" ? "" : ` ${show(name)}`} (${own.slice(0, 60)})`;
  const given = inputs.map((input) => {
    if (input === "") return undefined;
    const value = values.get(input);
    if (value !== undefined) return value;
    throw new FormatError(`${where} takes ${show(input)}, which no node before it gives`);
  });
  const needed = TWO_INPUTS.includes(own) ? 2 : own === "Constant" ? 0 : 1;
  if (given.length < needed || given.slice(0, needed).includes(undefined)) {
    throw new FormatError(`${where} has ${given.length} inputs; it takes ${needed} or more`);
  }
  const sum = ["Sum", "Identity", "Add"][given.length]; // of one, or of two
  const node: Node = { where, operator: own === "Sum" ? (sum ?? own) : own, inputs: given, attributes };
  outputs.forEach((output, n) => {
    if (output === "") return;
    if (values.has(output)) throw new FormatError(`${where} gives ${show(output)}, which is there before`);
    if (n > 0)
      values.set(output, { name: output, isConstant: false }); // such as a mask
    else values.set(output, passedOn(node) ?? resultOf(output, node, files));
  });
}

function resultOf(name: string, node: Node, files: ExternalData): Value {
  const { operator, where, attributes } = node;
  if (operator !== "Constant") return { name, node, isConstant: isFoldable(node) };
  const [[key, { tensor, float, whole, floats, wholes }] = ["", {} as Partial<Attribute>]] = attributes;
  if (tensor !== undefined) return { name, node, isConstant: true, tensor: readTensor(tensor, where, files) };
  const one = float ?? whole;
  const list = one !== undefined ? [one] : key.endsWith("s") ? [...floats!, ...wholes!] : [];
  const type = key.startsWith("value_float") ? FLOAT : INT64;
  const numbers = type === FLOAT ? Float32Array.from(list) : Float64Array.from(list);
  const shape = one === undefined ? [list.length] : [];
  return { name, node, isConstant: true, tensor: tensorOf(where, type, shape, numbers) };
}

/** What a node gives as it is given, but for its type. */
function passedOn({ operator, inputs, attributes }: Node): Value | undefined {
  const [value, other, training] = inputs;
  if (operator === "Mul" && isOne(value)) return other?.isConstant ? undefined : other;
  if (value?.isConstant) {
    return operator === "Identity" || (operator === "CastLike" && !other?.isConstant) ? value : undefined;
  }
  const isPassed =
    operator === "Identity" ||
    operator === "CastLike" ||
    operator === "ai.onnx.ml.ZipMap" ||
    ((operator === "Mul" || operator === "Div") && isOne(other)) ||
    (operator === "Cast" && isFloat(attributes.get("to")?.whole ?? 0)) ||
    (operator === "Dropout" && (training === undefined || training.tensor?.numbers()[0] === 0));
  return isPassed ? value : undefined;
}

/** PyTorch writes products with a beta, which mostly is 1. */
function isOne(value: Value | undefined): boolean {
  const tensor = value?.tensor;
  return tensor !== undefined && tensor.shape.length < 2 && sizeOf(tensor.shape) === 1 && tensor.numbers()[0] === 1;
}

function attributeOf(message: Uint8Array, node: string, countPart: () => void): [string, Attribute] {
  const attribute: Attribute = { floats: [], wholes: [] };
  let name = "";
  const what = `an attribute of ${node}`;
  for (const field of fieldsOf(message)) {
    countPart();
    const { number } = field;
    if (number === 1) name = textOf(field, what);
    else if (number === 2) attribute.float = floatsIn(field, what)[0]!;
    else if (number === 3) attribute.whole = wholeOf(field, what);
    else if (number === 4) attribute.text = latin(bytesIn(field, what));
    else if (number === 5) attribute.tensor = bytesIn(field, what);
    else if (number === 7) for (const float of floatsIn(field, what)) attribute.floats.push(float);
    else if (number === 8) for (const whole of wholesOf(field, what)) attribute.wholes.push(whole);
    else if (number === 21) throw new FormatError(`${node} has an attribute of a function, which only functions have`);
  }
  return [name, attribute];
}

const MAX_TEXT = 60;

/** Bytes that need not be text; those that are looked at are short words. */
function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, MAX_TEXT));
}

function floatsIn(field: Field, what: string): number[] {
  const bytes = bytesIn(field, what, 5);
  if (bytes.length === 0 || bytes.length % 4 !== 0) {
    throw new FormatError(`the file is damaged: ${what} has ${bytes.length} bytes of f32`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: bytes.length / 4 }, (_, n) => view.getFloat32(4 * n, true));
}

function valueInfo(message: Uint8Array): ValueInfo {
  const what = "an input or output";
  let name = "";
  let type = 0;
  let shape: number[] | undefined;
  for (const field of fieldsOf(message)) {
    if (field.number === 1) name = textOf(field, what);
    if (field.number !== 2) continue;
    for (const kind of fieldsOf(bytesIn(field, what))) {
      if (kind.number !== 1) continue; // no tensor, such as a list of maps
      for (const part of fieldsOf(bytesIn(kind, what))) {
        if (part.number === 1) type = wholeOf(part, what);
        if (part.number === 2) shape = Array.from(fieldsOf(bytesIn(part, what)), fixedSize);
      }
    }
  }
  return { name, type, ...(shape !== undefined && { shape }) };
}

/** A size that is fixed; else −1. */
function fixedSize(field: Field): number {
  for (const { number, wire, whole } of fieldsOf(bytesIn(field, "a dimension"))) {
    if (number === 1 && wire === 0 && whole > 0) return whole;
  }
  return -1;
}
