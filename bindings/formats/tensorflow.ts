// The layers model of TensorFlow.js: model.json, which names the layers and weights, and shards with the numbers.

import { bytesOf } from "../arrays.ts";
import { checkDType, checkFlag, optional, readJSON, readNames, show } from "../checks.ts";
import { FormatError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import type { OptimizerOptions } from "../options/optimizer.ts";
import { littleEndian } from "../saving/bytes.ts";
import { allocate, type FileBytes } from "../saving/pieces.ts";
import { membersOf, textIn } from "./json.ts";
import { checkParts, readLayers, type TrainingPart } from "./keras/layers.ts";
import { fieldsOf, layersOf } from "./keras/topology.ts";
import { trainingOf } from "./keras/training.ts";
import { writeLayers } from "./keras/write.ts";
import { type AnyNetwork, checkNaN, type ImportedNetwork, type NaNOption, networkOf, readModel } from "./model.ts";
import { openWeights } from "./tensorflow-weights.ts";

/** A model as the handlers of `tf.io` pass it: what they call its artifacts. */
export interface TensorFlowJSModel {
  /** The layers, in Keras' words. */
  readonly modelTopology: object;
  /** "layers-model". */
  readonly format: string;
  /** What wrote it. */
  readonly generatedBy: string;
  /** What converted it, if something did. */
  readonly convertedBy: string | null;
  /** The weights, in the order of their numbers. */
  readonly weightSpecs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: string;
  }[];
  /** The numbers of all weights, little-endian. */
  readonly weightData: ArrayBuffer;
}

/** A model as files; names them. */
export interface TensorFlowJSFiles {
  /** The layers and the weights' names and shapes. */
  readonly "model.json": string;
  /** The weights' numbers. */
  readonly "group1-shard1of1.bin": Uint8Array<ArrayBuffer>;
}

const SHARD = "group1-shard1of1.bin";

/** What a file of Keras or TensorFlow.js has of a network. */
export interface ImportedKeras extends ImportedNetwork {
  /** What the model was compiled with, if that means the same here. */
  readonly optimizer?: OptimizerOptions;
}

/** What `fromTensorFlowJS` is told beside the files. */
export interface TensorFlowJSOptions extends NaNOption {
  /** The type of the parameters; by default "f32", as there. */
  readonly dtype?: DType;
  /**
   * Parts of the model that are left out. They concern training alone, and a network hasn't got them, so they are
   * refused by default. "Dropout" leaves all dropout layers out.
   */
  readonly leaveOut?: readonly TrainingPart[];
}

/**
 * Reads a layers model of TensorFlow.js, which `model.save` or the converter wrote, as options of `Network.create`.
 *
 * @param model - model.json, as text, bytes or an object; or the object that a save handler of `tf.io` gets, which has
 * the weights in it.
 * @param weights - The shards: their bytes in the order of model.json, split anywhere; or an object that has them under
 * the paths that model.json names, with other files or without.
 * @throws FormatError if the model isn't one chain of layers that a network has; or anything in it is missing, of
 * another length or shape, or not finite
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Network } from "bitgrad";
 * import { fromTensorFlowJS } from "bitgrad/formats";
 *
 * const model = await readFile("model.json", "utf8");
 * const net = await Network.create(fromTensorFlowJS(model, await readFile("group1-shard1of1.bin")));
 * ```
 */
export function fromTensorFlowJS(
  model: string | object,
  weights?: FileBytes | Iterable<FileBytes> | TensorFlowJSFiles | Readonly<Record<string, FileBytes | string>>,
  options?: TensorFlowJSOptions,
): ImportedKeras {
  const { dtype = "f32", leaveOut = [], nan } = readNames("options", optional(options), ["dtype", "leaveOut", "nan"]);
  checkDType(dtype);
  checkNaN(nan);
  const parts = checkParts(leaveOut);
  const bytes = bytesOf(model);
  const isText = typeof model === "string" || bytes !== undefined;
  return readJSON("the TensorFlow.js model", bytes === undefined ? model : textIn("model.json", bytes), (given) => {
    const { weightData, ...rest } = given;
    // a copy of an object, each of whose properties is then read once
    const json: unknown = isText ? rest : JSON.parse(JSON.stringify(rest));
    const members = membersOf("model.json", json);
    const format = members.get("format") ?? "layers-model";
    if (format !== "layers-model") {
      throw new FormatError(`format is ${show(format)}; "layers-model" is expected: a graph model has no layers`);
    }
    const wrapper = fieldsOf("modelTopology", members.get("modelTopology"));
    const [where, topology] =
      (wrapper.get("model_config") ?? null) === null
        ? ["modelTopology", Object.fromEntries(wrapper)]
        : ["modelTopology.model_config", wrapper.get("model_config")];
    const layers = layersOf(where, topology);
    const stored = openWeights(members, weights ?? weightData);
    const read = readLayers(layers, { dialect: "TensorFlow.js", dtype, leaveOut: parts, nan, find: stored.find });
    stored.checkAllFound();
    const training = members.get("trainingConfig") ?? null;
    const compiled =
      training === null
        ? trainingOf(fieldsOf("training_config", wrapper.get("training_config") ?? {}), read.layers, "Keras 2", dtype)
        : trainingOf(fieldsOf("trainingConfig", training), read.layers, "TensorFlow.js", dtype);
    return networkOf(read.inputs, read.layers, dtype, compiled);
  });
}

/**
 * Returns a network as a layers model of TensorFlow.js: as the handlers of `tf.io` pass it, such as `tf.io.fromMemory`;
 * with `files: true` as files. TensorFlow.js computes in f32, so the parameters of a network in f64 are rounded.
 *
 * @throws OptionError if TensorFlow.js hasn't got an activation, or a parameter is infinite in f32
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { Network } from "bitgrad";
 * import { toTensorFlowJS } from "bitgrad/formats";
 *
 * const net = await Network.create({ inputs: 4, layers: [{ units: 8 }, { units: 3 }] });
 * for (const [name, file] of Object.entries(toTensorFlowJS(net, { files: true }))) await writeFile(name, file);
 * ```
 */
export function toTensorFlowJS(network: AnyNetwork, options?: { readonly files?: false }): TensorFlowJSModel;
/** The same as files. */
export function toTensorFlowJS(network: AnyNetwork, options: { readonly files: true }): TensorFlowJSFiles;
export function toTensorFlowJS(
  network: AnyNetwork,
  options?: { readonly files?: boolean },
): TensorFlowJSModel | TensorFlowJSFiles {
  const { inputs, layers } = readModel(network);
  const { files = false } = readNames("options", optional(options), ["files"]);
  checkFlag("files", files);
  const { json, weights } = writeLayers(inputs, layers);
  const config = { name: "sequential", layers: json };
  const head = {
    modelTopology: { class_name: "Sequential", config, keras_version: "tfjs-layers 4.22.0", backend: "tensor_flow.js" },
    ...{ format: "layers-model", generatedBy: "bitgrad", convertedBy: null },
  };
  const weightSpecs = weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" }));
  const bytes = allocate(weights.reduce((sum, { numbers }) => sum + 4 * numbers.length, 0));
  let at = 0;
  for (const { numbers } of weights) {
    bytes.set(littleEndian(numbers), at);
    at += 4 * numbers.length;
  }
  if (!files) return { ...head, weightSpecs, weightData: bytes.buffer };
  const weightsManifest = [{ paths: [SHARD], weights: weightSpecs }];
  return { "model.json": JSON.stringify({ ...head, weightsManifest }), [SHARD]: bytes };
}
