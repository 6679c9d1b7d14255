// The topology of a model as JSON, as Keras 2, Keras 3 and TensorFlow.js write it: the layers of a chain in order.

import { show } from "../../checks.ts";
import { FormatError } from "../../errors.ts";
import { last } from "../../numbers.ts";
import { listOf, membersOf } from "../json.ts";

/** The members of an object, under names in snake case. */
export type Fields = ReadonlyMap<string, unknown>;

/** A layer of the file. */
export interface LayerJSON {
  /** Its place in the file, and its name. */
  readonly where: string;
  readonly className: string;
  readonly name: string;
  readonly config: Fields;
  /** What the file has of it beside the config. */
  readonly fields: Fields;
  /** Of functional models: what it is called with beside the layer before it. */
  readonly call: Fields;
  /** The models that it is in, from the outside, and itself. */
  readonly places: readonly Place[];
}

/** A layer in a model; `nth`: how many of its class the model has before it. */
interface Place {
  readonly className: string;
  readonly name: string;
  readonly nth: number;
}

const MODELS = ["Sequential", "Functional", "Model"];
const MAX_DEPTH = 16; // of models in models
const SHOWN = 80; // characters of a place in a message

/** The same names for `batchInputShape` and `batch_input_shape`: TensorFlow.js reads both. */
export function fieldsOf(name: string, value: unknown): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [key, field] of membersOf(name, value)) {
    const snake = snakeCase(key);
    if (fields.has(snake)) throw new FormatError(`${name} has ${show(snake)} twice`);
    fields.set(snake, field);
  }
  return fields;
}

/** As Keras makes names of those of classes. */
export function snakeCase(name: string): string {
  const cut = name.replace(/(.)([A-Z][a-z]+)/g, "$1_$2");
  return cut.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

export function textOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new FormatError(`${name} is ${show(value)}; text is expected`);
}

/** The layers of a model from the inputs to the outputs, those of models in it among them. */
export function layersOf(where: string, model: unknown, outer: readonly Place[] = []): LayerJSON[] {
  const depth = outer.length;
  if (depth > MAX_DEPTH) throw new FormatError(`${where} is in ${depth} models; ${MAX_DEPTH} at most are expected`);
  const fields = fieldsOf(where, model);
  const className = textOf(`${where}.class_name`, fields.get("class_name"));
  const config = fields.get("config");
  if (!MODELS.includes(className)) {
    throw new FormatError(`${where}.class_name is ${show(className)}; ${MODELS.map(show).join(" or ")} is expected`);
  }
  const layers = className === "Sequential" ? stacked(where, config, outer) : chained(where, config, outer);
  const flat = layers.flatMap((layer) =>
    MODELS.includes(layer.className) ? layersOf(layer.where, Object.fromEntries(layer.fields), layer.places) : [layer],
  );
  if (depth === 0) checkNames(flat);
  return flat;
}

function checkNames(layers: readonly LayerJSON[]): void {
  const seen = new Set<string>();
  for (const { where, name } of layers) {
    if (seen.has(name)) throw new FormatError(`${where} has the name of another layer; each is expected once`);
    seen.add(name);
  }
}

/** The layers as the file lists them. */
function listedLayers(place: string, value: unknown, outer: readonly Place[]): LayerJSON[] {
  const counts = new Map<string, number>();
  return listOf(place, value).map((given, l) => {
    const layer = layerOf(`${place}[${l}]`, given);
    const { className, name } = layer;
    const nth = counts.get(className) ?? 0;
    counts.set(className, nth + 1);
    return { ...layer, places: [...outer, { className, name, nth }] };
  });
}

function layerOf(place: string, value: unknown): Omit<LayerJSON, "places"> {
  const fields = fieldsOf(place, value);
  const className = textOf(`${place}.class_name`, fields.get("class_name"));
  // an old model in a model has an array as config
  const given = fields.get("config");
  const config = Array.isArray(given) ? new Map<string, unknown>() : fieldsOf(`${place}.config`, given);
  const name = textOf(`${place}.name`, fields.get("name") ?? config.get("name") ?? "");
  const where = `${place} ${show(name)}`.slice(0, SHOWN);
  return { where, className, name, config, fields, call: new Map() };
}

/** Of a Sequential; Keras before 2.2.3 had a bare list. */
function stacked(where: string, config: unknown, outer: readonly Place[]): LayerJSON[] {
  const isBare = Array.isArray(config);
  const place = isBare ? `${where}.config` : `${where}.config.layers`;
  const fields: Fields = isBare ? new Map([["layers", config]]) : fieldsOf(`${where}.config`, config);
  const layers = listedLayers(place, fields.get("layers"), outer);
  const shape = fields.get("build_input_shape");
  if (shape === undefined || shape === null) return layers;
  const [first, ...others] = layers as [LayerJSON, ...LayerJSON[]];
  return [{ ...first, fields: new Map([["build_input_shape", shape], ...first.fields]) }, ...others];
}

/** Of a functional model: one input, one output, and each layer takes what one other gives. */
function chained(where: string, config: unknown, outer: readonly Place[]): LayerJSON[] {
  const fields = fieldsOf(`${where}.config`, config);
  const place = `${where}.config.layers`;
  const layers = listedLayers(place, fields.get("layers"), outer);
  const input = endOf(`${where}.config.input_layers`, fields.get("input_layers"));
  const output = endOf(`${where}.config.output_layers`, fields.get("output_layers"));
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  checkNames(layers);
  if (!byName.has(input)) throw new FormatError(`${where}.config.input_layers is ${show(input)}, which is no layer`);
  const followers = new Map<string, LayerJSON>();
  for (const layer of layers) {
    const nodes = layer.fields.get("inbound_nodes") ?? [];
    if (layer.name === input && Array.isArray(nodes) && nodes.length === 0) continue;
    const { from, call } = nodeOf(`${layer.where}.inbound_nodes`, nodes);
    if (!byName.has(from)) throw new FormatError(`${layer.where} takes ${show(from)}, which is no layer of the model`);
    const other = followers.get(from);
    if (other !== undefined) {
      throw new FormatError(`${layer.where} takes ${show(from)}, as ${show(other.name)} does; a chain is expected`);
    }
    followers.set(from, { ...layer, call });
  }
  const chain: LayerJSON[] = [];
  for (let next = byName.get(input); next !== undefined; next = followers.get(next.name)) {
    chain.push(next);
    if (chain.length > layers.length) break; // the input is in a circle
  }
  if (chain.length !== layers.length || last(chain).name !== output) {
    const words = `${show(input)} leads through ${chain.length} of ${layers.length} layers to ${show(last(chain).name)}`;
    throw new FormatError(`${where}.config: ${words}; a chain of all layers to ${show(output)} is expected`);
  }
  return chain;
}

/** The one end of a model: `[["input", 0, 0]]`, or `["input", 0, 0]` of Keras 3. */
function endOf(where: string, value: unknown): string {
  const ends = listOf(where, value);
  if (typeof ends[0] === "string" && ends.length === 3) return tensorOf(where, ends);
  if (ends.length === 1) return tensorOf(`${where}[0]`, ends[0]);
  throw new FormatError(`${where} is ${show(ends)}; one is expected`);
}

/** `["dense", 0, 0]`: a layer, the number of its call, which other models may have made, and that of its output. */
function tensorOf(where: string, value: unknown): string {
  const [name, node, tensor] = listOf(where, value);
  if (Number.isInteger(node) && tensor === 0) return textOf(`${where}[0]`, name);
  throw new FormatError(`${where} is output ${show(tensor)} of call ${show(node)} of a layer; output 0 is expected`);
}

/** The one call of a layer, as Keras 2 and TensorFlow.js have it, or as Keras 3 has it. */
function nodeOf(where: string, nodes: unknown): { from: string; call: Fields } {
  const [node] = listOf(where, nodes, 1);
  if (Array.isArray(node)) {
    // [["dense", 0, 0, {}]], or without the list around it
    const [tensor] = typeof node[0] === "string" ? [node] : listOf(`${where}[0]`, node, 1);
    const from = tensorOf(`${where}[0]`, tensor);
    const kwargs = (tensor as readonly unknown[])[3];
    return { from, call: kwargs === undefined || kwargs === null ? new Map() : fieldsOf(`${where}[0] [3]`, kwargs) };
  }
  const fields = fieldsOf(`${where}[0]`, node);
  const [argument] = listOf(`${where}[0].args`, fields.get("args"), 1);
  const tensor = fieldsOf(`${where}[0].args[0]`, argument);
  const config = fieldsOf(`${where}[0].args[0].config`, tensor.get("config"));
  const from = tensorOf(`${where}[0].args[0].config.keras_history`, config.get("keras_history"));
  const kwargs = fields.get("kwargs") ?? {};
  return { from, call: fieldsOf(`${where}[0].kwargs`, kwargs) };
}
