// Networks as ONNX, opset 17: weights as they are, z = Gemm(x, weights, biases), one row for each of the batch.

import { checkObject, optional, readNames, show } from "../../checks.ts";
import type { SavedEncoder } from "../../data/encoder.ts";
import { OptionError } from "../../errors.ts";
import { type DType, floatArray, last } from "../../numbers.ts";
import { allocate } from "../../saving/pieces.ts";
import {
  type ActivationLayer,
  type AnyNetwork,
  type DenseLayer,
  type NormalizationLayer,
  readModel,
} from "../model.ts";
import { Message } from "../protobuf.ts";
import { readEncoder, writeEncoder } from "./encode.ts";
import { F64_FORM, FORMS, OPERATORS } from "./forms.ts";
import { Graph, typeOf } from "./graph.ts";

/** What `toONNX` is told. */
export interface ONNXOptions {
  /**
   * An Encoder, or what its `toJSON` returned, of the columns of x: the model then takes the columns of a table, each
   * as an input of its own, and encodes them.
   */
  readonly encoder?: SavedEncoder | { toJSON(): SavedEncoder };
  /** Texts by name, for the model's `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const OPSET = 17;
const IR_VERSION = 8;
/** Of operators beyond the standard ones. */
const VERSIONS: Readonly<Record<string, number>> = { "": OPSET, "ai.onnx.ml": 3 };
const MAX_LENGTH = 0x7fffffff; // of protocol buffers

/**
 * Writes a network as an ONNX model of opset 17. It has the input "input" [batch, inputs] and the output "output"
 * [batch, outputs], both of the network's dtype, and predicts what `predict` does but for rounding.
 *
 * With an `encoder` it has an input [batch, 1] for each column of the table instead: "x0", "x1", … if the columns have
 * no names. Texts are strings, all else is float64: booleans are 1 and 0, and missing cells NaN. What the encoder
 * refuses makes the outputs of that row NaN.
 *
 * @throws OptionError if network is no Network, an option is none, the encoder has a column that can't be written (of
 * dates, quantiles, categories of several types), or the file would have 2 GB or more
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { Network } from "bitgrad";
 * import { toONNX } from "bitgrad/formats";
 *
 * const net = await Network.create({ inputs: 4, layers: [{ units: 8 }, { units: 3 }] });
 * await writeFile("model.onnx", toONNX(net));
 * ```
 */
export function toONNX(network: AnyNetwork, options?: ONNXOptions): Uint8Array<ArrayBuffer> {
  const { inputs, dtype, layers } = readModel(network);
  const { encoder, metadata = {} } = readNames("options", optional(options), ["encoder", "metadata"]);
  const graph = new Graph();
  let value =
    encoder === undefined
      ? graph.input("input", typeOf(dtype), inputs)
      : writeEncoder(graph, readEncoder(encoder, inputs), dtype);
  layers.forEach((layer, l) => {
    graph.prefix = `layers.${l}`;
    if (layer.type === "dense") value = activate(graph, layer, dense(graph, layer, value), dtype);
    else if (layer.type === "activation") value = activate(graph, layer, value, dtype);
    else if (layer.type !== "dropout") value = normalize(graph, layer, value, dtype);
  });
  graph.output(value, "output", typeOf(dtype), last(layers).units);
  return fileOf(graph, metadata);
}

function dense(graph: Graph, { inputs, units, weights, biases }: DenseLayer, x: string): string {
  const w = graph.tensor(`${graph.prefix}.weights`, [inputs, units], weights);
  return graph.node("Gemm", [x, w, graph.tensor(`${graph.prefix}.biases`, [units], biases)]);
}

function activate(graph: Graph, layer: DenseLayer | ActivationLayer, z: string, dtype: DType): string {
  const { activation, alpha = 0 } = layer;
  if (activation === "linear") return z;
  if (activation === "softmax") return graph.node("Softmax", [z], { axis: { whole: -1 } });
  const operator = OPERATORS[activation];
  if (operator === undefined || (dtype === "f64" && !operator.hasF64)) {
    const forms = FORMS[activation]!();
    return graph.form(forms[(dtype === "f64" && F64_FORM[activation]) || 0]!, z, alpha, dtype);
  }
  const given = Object.entries(operator.attributes ?? {});
  const attributes = given.map(([name, float]) => [name, { float: float === "alpha" ? alpha : float }] as const);
  return graph.node(operator.name, [z], Object.fromEntries(attributes));
}

/** In f64 by formulas: attributes, such as epsilon, are f32. */
function normalize(graph: Graph, layer: NormalizationLayer, x: string, dtype: DType): string {
  const { type, units, epsilon, momentum, gamma, beta, movingMean, movingVariance } = layer;
  const row = (name: string, data = floatArray(dtype, units)) => graph.tensor(`${graph.prefix}.${name}`, [units], data);
  const isBatch = type === "batchNormalization";
  const scale = () => row("gamma", gamma ?? floatArray(dtype, units).fill(1));
  if (dtype === "f32") {
    const more = { epsilon: { float: epsilon } };
    if (!isBatch) {
      const shift = beta === undefined ? [] : [row("beta", beta)];
      return graph.node("LayerNormalization", [x, scale(), ...shift], { axis: { whole: -1 }, ...more });
    }
    const moving = [row("movingMean", movingMean), row("movingVariance", movingVariance)];
    const own = { ...more, momentum: { float: momentum! } };
    return graph.node("BatchNormalization", [x, scale(), row("beta", beta), ...moving], own);
  }
  const averaged = (value: string) => graph.node("ReduceMean", [value], { axes: { wholes: [-1] } });
  const mean = isBatch ? row("movingMean", movingMean) : averaged(x);
  const d = graph.node("Sub", [x, mean]);
  const variance = isBatch ? row("movingVariance", movingVariance) : averaged(graph.node("Mul", [d, d]));
  const root = graph.node("Sqrt", [graph.node("Add", [variance, graph.constant(epsilon, dtype)])]);
  let value = graph.node("Div", [d, root]);
  if (gamma !== undefined) value = graph.node("Mul", [value, row("gamma", gamma)]);
  return beta === undefined ? value : graph.node("Add", [value, row("beta", beta)]);
}

function fileOf(written: Graph, metadata: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const { graph, domains } = written.written("network");
  const model = new Message().whole(1, IR_VERSION).text(2, "bitgrad").message(7, graph);
  for (const domain of domains) {
    model.message(8, new Message().text(1, domain).whole(2, VERSIONS[domain]!));
  }
  checkObject("metadata", metadata);
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== "string") throw new OptionError(`metadata[${show(key)}] is ${show(text)}; text is expected`);
    model.message(14, new Message().text(1, key).text(2, text));
  }
  if (model.length > MAX_LENGTH) {
    throw new OptionError(`network takes ${model.length} bytes as ONNX; at most ${MAX_LENGTH} are possible`);
  }
  const file = allocate(model.length);
  let at = 0;
  for (const part of model.parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
