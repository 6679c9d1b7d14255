// A graph that is written: its nodes in order, and its constants (https://onnx.ai/onnx/repo-docs/IR.html).

import type { FloatArray } from "../../arrays.ts";
import { type DType, floatArray } from "../../numbers.ts";
import { littleEndian } from "../../saving/bytes.ts";
import { Message } from "../protobuf.ts";
import type { Form } from "./forms.ts";

/** The element types of tensors, by their numbers in a file. */
export const FLOAT = 1;
export const STRING = 8;
export const DOUBLE = 11;

/** Whole numbers, other numbers and texts, each alone or in a list. */
export type Attribute =
  | { readonly whole: number }
  | { readonly wholes: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] };
export type Attributes = Readonly<Record<string, Attribute>>;

interface Node {
  readonly operator: string;
  readonly inputs: readonly string[];
  output: string;
  readonly attributes: Attributes;
  readonly domain: string;
}

/** The type of a network's numbers in a file. */
export function typeOf(dtype: DType): number {
  return dtype === "f32" ? FLOAT : DOUBLE;
}

export class Graph {
  /** What the names of nodes and tensors begin with. */
  prefix = "";
  readonly #message = new Message();
  readonly #nodes: Node[] = [];
  readonly #names = new Set<string>();
  readonly #known = new Map<string, string>();

  /** A new name: `name` itself, if no other has it. */
  #fresh(name: string): string {
    while (this.#names.has(name)) name += "_";
    this.#names.add(name);
    return name;
  }

  /** An input of the model, one row for each of the batch. Its name must be new. */
  input(name: string, type: number, columns: number): string {
    this.#names.add(name);
    this.#message.message(11, valueInfo(name, type, columns));
    return name;
  }

  /** What an operator makes of values. The same is computed once. */
  node(operator: string, inputs: readonly string[], attributes: Attributes = {}, domain = ""): string {
    const key = JSON.stringify([operator, inputs, attributes]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const output = this.#fresh(`${this.prefix}/${operator}`);
    this.#nodes.push({ operator, inputs, output, attributes, domain });
    this.#known.set(key, output);
    return output;
  }

  /** Numbers of a shape. */
  tensor(name: string, shape: readonly number[], data: FloatArray): string {
    const own = this.#fresh(name);
    const message = new Message();
    for (const size of shape) message.whole(1, size);
    message.whole(2, typeOf(data instanceof Float32Array ? "f32" : "f64")).text(8, own);
    this.#message.message(5, message.bytes(9, littleEndian(data)));
    return own;
  }

  /** A number, or a row of numbers. */
  constant(values: number | readonly number[], dtype: DType): string {
    const isOne = typeof values === "number";
    const key = `${dtype} ${isOne ? values : `[${values}]`}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const data = floatArray(dtype, isOne ? 1 : values.length);
    data.set(isOne ? [values] : values);
    const name = this.tensor(isOne ? key : `${dtype} row`, isOne ? [] : [data.length], data);
    this.#known.set(key, name);
    return name;
  }

  /** A formula of z. */
  form(form: Form, z: string, alpha: number, dtype: DType): string {
    if (form === "z") return z;
    if (typeof form === "number" || typeof form === "string") {
      return this.constant(form === "alpha" ? alpha : (form as number), dtype);
    }
    const values = form.slice(1).map((part) => this.form(part, z, alpha, dtype));
    if (form[0] !== "*" && form[0] !== "+") return this.node(form[0] as string, values);
    const name = form[0] === "*" ? "Mul" : "Add";
    return values.reduce((before, value) => this.node(name, [before, value]));
  }

  /** Gives a value the name of the model's output. */
  output(value: string, name: string, type: number, columns: number): void {
    const last = this.#nodes[this.#nodes.length - 1];
    const own = this.#fresh(name);
    if (last?.output === value) last.output = own;
    else this.#nodes.push({ operator: "Identity", inputs: [value], output: own, attributes: {}, domain: "" });
    this.#message.message(12, valueInfo(own, type, columns));
  }

  /** The graph, and the domains of its operators. */
  written(name: string): { readonly graph: Message; readonly domains: ReadonlySet<string> } {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(1, nodeMessage(node));
    graph.text(2, name);
    graph.fields(this.#message);
    return { graph, domains: new Set(this.#nodes.map(({ domain }) => domain)) };
  }
}

function nodeMessage({ operator, inputs, output, attributes, domain }: Node): Message {
  const message = new Message();
  for (const input of inputs) message.text(1, input);
  message.text(2, output).text(3, output).text(4, operator);
  for (const [name, attribute] of Object.entries(attributes)) message.message(5, attributeMessage(name, attribute));
  return domain === "" ? message : message.text(7, domain);
}

function attributeMessage(name: string, attribute: Attribute): Message {
  const message = new Message().text(1, name);
  if ("float" in attribute) return message.float(2, attribute.float).whole(20, 1);
  if ("whole" in attribute) return message.whole(3, attribute.whole).whole(20, 2);
  if ("floats" in attribute) return message.floats(7, attribute.floats).whole(20, 6);
  if ("texts" in attribute) {
    for (const text of attribute.texts) message.text(9, text);
    return message.whole(20, 8);
  }
  for (const value of attribute.wholes) message.whole(8, value);
  return message.whole(20, 7);
}

/** The name and type of a value of batch × columns elements. */
function valueInfo(name: string, type: number, columns: number): Message {
  const batch = new Message().text(2, "batch");
  const shape = new Message().message(1, batch).message(1, new Message().whole(1, columns));
  const tensor = new Message().whole(1, type).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
