// Models from artifacts, with the topology of Keras and TensorFlow.js.

import { checkFlag, hasOwn, isList, readJSON, show } from "../checks.ts";
import { FormatError, OptionError } from "../errors.ts";
import { membersOf } from "../formats/json.ts";
import { type Fields, fieldsOf, type LayerJSON, layersOf, textOf } from "../formats/keras/topology.ts";
import { openWeights } from "../formats/tensorflow-weights.ts";
import type { NetworkType } from "./core.ts";
import { Regularizer } from "./initializers.ts";
import { bytesOfWeights, handlerOf, type io } from "./io.ts";
import type { Layer, Shape, SymbolicTensor } from "./layer.ts";
import { InputLayer, layers } from "./layers.ts";
import { LayersModel } from "./model.ts";
import { Sequential } from "./sequential.ts";

/** Loads a model from where a handler has it. */
export async function loadModel(type: NetworkType, given: unknown, options: io.LoadOptions = {}): Promise<LayersModel> {
  const handler = handlerOf("pathOrIOHandler", given, options);
  if (typeof handler.load !== "function") {
    throw new OptionError("pathOrIOHandler has no load; a handler that loads is expected");
  }
  const { weightData, ...rest } = await handler.load();
  return readJSON("the model", JSON.stringify(rest), (json) => {
    const members = membersOf("the model", json);
    const format = members.get("format") ?? "layers-model";
    if (format !== "layers-model") {
      throw new FormatError(`format is ${show(format)}; "layers-model" is expected: a graph model has no layers`);
    }
    const wrapper = fieldsOf("modelTopology", members.get("modelTopology"));
    const topology = (wrapper.get("model_config") as object | undefined) ?? Object.fromEntries(wrapper);
    const weights = openWeights(members, bytesOfWeights(weightData));
    const model = modelOf(type, topology);
    const strict = checkFlag("strict", options.strict ?? true);
    for (const layer of model.layers) {
      for (const weight of layer.weights) {
        const short = weight.name.slice(layer.name.length + 1);
        const place = { name: layer.name, where: layer.name } as LayerJSON;
        const stored = found(() => weights.find(place, short), strict);
        if (stored === undefined) continue;
        if (String(stored.shape) !== String(weight.shape)) {
          throw new FormatError(`${stored.name} has the shape [${stored.shape}]; [${weight.shape}] is expected`);
        }
        weight.values.set(stored.read("f32"));
        layer.changed();
      }
    }
    if (strict) weights.checkAllFound();
    return model;
  });
}

function found<T>(find: () => T, strict: boolean): T | undefined {
  try {
    return find();
  } catch (error) {
    if (strict) throw error;
    return undefined;
  }
}

function modelOf(type: NetworkType, topology: object): LayersModel {
  const fields = fieldsOf("modelTopology", topology);
  const config = fields.get("config");
  const name = isList(config) ? undefined : fieldsOf("modelTopology.config", config).get("name");
  const named = typeof name === "string" ? { name } : {};
  const list = layersOf("modelTopology", topology).map(layerOf);
  if (fields.get("class_name") === "Sequential") return new Sequential(type, { ...named, layers: list });
  const [first, ...others] = list;
  if (!(first instanceof InputLayer)) throw new FormatError("the first layer of the model is no InputLayer");
  let output: SymbolicTensor = first.output;
  for (const layer of others) output = layer.apply(output);
  return new LayersModel(type, { ...named, inputs: first.output, outputs: output });
}

/** What the functions of `layers` are called that make them. */
const CLASSES: Readonly<Record<string, keyof typeof layers>> = {
  InputLayer: "inputLayer",
  Dense: "dense",
  Dropout: "dropout",
  Activation: "activation",
  BatchNormalization: "batchNormalization",
  LayerNormalization: "layerNormalization",
  Flatten: "flatten",
  ReLU: "reLU",
  LeakyReLU: "leakyReLU",
  ELU: "elu",
  Softmax: "softmax",
};

/** A layer of the file. Its weights come from there, so how they were drawn doesn't matter. */
function layerOf({ where, className, config, fields }: LayerJSON): Layer {
  const name = hasOwn(CLASSES, className) ? CLASSES[className] : undefined;
  if (name === undefined) {
    throw new FormatError(`${where} is a ${show(className)} layer; ${Object.keys(CLASSES).join(", ")} are known`);
  }
  const args: Record<string, unknown> = {};
  for (const [key, value] of config) {
    if (value === null || value === undefined || key.endsWith("_initializer") || key === "activity_regularizer")
      continue;
    const camel = key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    args[camel] = key.endsWith("_regularizer") ? regularizerOf(`${where}.config.${key}`, value) : value;
  }
  const shape = args.batchInputShape ?? args.batchShape ?? fields.get("build_input_shape");
  if (shape !== undefined && shape !== null) args.batchInputShape = shape as Shape;
  // "axis": [1] of Keras is the last one, as -1 is
  if (isList(args.axis) && args.axis.length === 1) args.axis = args.axis[0];
  if (className === "ELU" && args.alpha === undefined) args.alpha = 1;
  if (className === "LeakyReLU" && args.negativeSlope !== undefined) args.alpha = args.negativeSlope;
  if (typeof args.dtype !== "string") delete args.dtype;
  return (layers[name] as (args: object) => Layer)(args);
}

function regularizerOf(where: string, value: unknown): Regularizer {
  const fields: Fields = fieldsOf(where, value);
  const className = textOf(`${where}.class_name`, fields.get("class_name"));
  const config = fieldsOf(`${where}.config`, fields.get("config") ?? {});
  if (!["L1L2", "L1", "L2"].includes(className)) {
    throw new FormatError(`${where}.class_name is ${show(className)}; "L1L2", "L1" or "L2" is expected`);
  }
  const amount = (key: string) => (config.get(key) ?? 0) as number;
  return new Regularizer(amount("l1"), amount("l2"));
}
