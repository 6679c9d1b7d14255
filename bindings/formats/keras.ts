// Models of Keras: .keras, a ZIP archive with the layers as JSON and the weights as HDF5, and .h5, which is HDF5 alone.

import { checkDType, isList, isRevoked, readJSON, readNames, show } from "../checks.ts";
import { FormatError, OptionError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import { type FileBytes, piecesOfAny } from "../saving/pieces.ts";
import { textIn } from "./json.ts";
import type { Dialect } from "./keras/activations.ts";
import { HDF5File, type HDF5Reader, withoutEnd } from "./keras/hdf5.ts";
import { checkParts, readLayers, type StoredWeight, type TrainingPart } from "./keras/layers.ts";
import { fieldsOf, type LayerJSON, layersOf, snakeCase, textOf } from "./keras/topology.ts";
import { trainingOf } from "./keras/training.ts";
import { checkNaN, type NaNOption, networkOf } from "./model.ts";
import type { ImportedKeras } from "./tensorflow.ts";
import { openArchive } from "./zip.ts";

/** What `fromKeras` is told beside the file. */
export interface KerasOptions extends NaNOption {
  /** The module of the package jsfive, which reads HDF5. */
  readonly hdf5: HDF5Reader;
  /** The type of the parameters: by default "f64" if a layer computes in float64, else "f32". */
  readonly dtype?: DType;
  /** As of `fromTensorFlowJS`: parts that concern training alone, and are left out. */
  readonly leaveOut?: readonly TrainingPart[];
}

/**
 * Reads a model that Keras 2 or 3 saved as `.keras` or `.h5`, as options of `Network.create`.
 *
 * The package jsfive reads HDF5; it is given as `hdf5`, so that nothing depends on it here.
 *
 * @param file - The file: an ArrayBuffer, a view of one, an iterable of these, a stream, a Blob or a Response.
 * @throws FormatError if the model isn't one chain of layers that a network has; or anything in it is missing, damaged,
 * of another shape or not finite
 * @throws OptionError if `hdf5` is missing
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import * as hdf5 from "jsfive";
 * import { Network } from "bitgrad";
 * import { fromKeras } from "bitgrad/formats";
 *
 * const net = await Network.create(await fromKeras(await readFile("model.keras"), { hdf5 }));
 * ```
 */
export async function fromKeras(
  file: FileBytes | Iterable<FileBytes> | AsyncIterable<FileBytes> | { arrayBuffer(): Promise<ArrayBuffer> },
  options: KerasOptions,
): Promise<ImportedKeras> {
  const { hdf5, dtype, leaveOut = [], nan } = readNames("options", options ?? {}, ["hdf5", "dtype", "leaveOut", "nan"]);
  if (isRevoked(hdf5) || typeof hdf5?.File !== "function") {
    throw new OptionError(`hdf5 is ${show(hdf5)}; the module of jsfive is expected: npm install jsfive`);
  }
  if (dtype !== undefined) checkDType(dtype);
  checkNaN(nan);
  const parts = checkParts(leaveOut);
  const pieces = await piecesOfAny(file);
  const bytes = pieces.join(0, pieces.length);
  const model = isHDF5(bytes) ? ofHDF5(bytes, hdf5) : await ofArchive(bytes, hdf5);
  const layers = layersOf(model.where, model.topology);
  const wanted = dtype ?? (layers.some(isDouble) ? "f64" : "f32");
  const { find, checkAllFound } = findIn(model.groupOf);
  const read = readLayers(layers, { dialect: model.dialect, dtype: wanted, leaveOut: parts, nan, find });
  checkAllFound();
  const compiled = fieldsOf("compile_config", model.training);
  return networkOf(read.inputs, read.layers, wanted, trainingOf(compiled, read.layers, model.dialect, wanted));
}

/** What a file has, of either kind. */
interface Model {
  readonly where: string;
  readonly topology: unknown;
  readonly training: unknown;
  readonly dialect: Dialect;
  groupOf(layer: LayerJSON): Group;
}

/** Where a layer's weights are, in their order. */
interface Group {
  readonly name: string;
  readonly count: number;
  weight(n: number): StoredWeight;
}

function isHDF5(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 8)) === "\x89HDF\r\n\x1a\n";
}

/** By a word, or by a policy with that word. */
function isDouble({ config }: LayerJSON): boolean {
  const dtype = config.get("dtype");
  return dtype === "float64" || Object(Object(dtype).config).name === "float64";
}

/** Finds weights in their groups, each of which has to be used up. */
function findIn(groupOf: Model["groupOf"]) {
  const groups = new Map<string, Group & { found: number }>();
  const check = ({ name, count, found }: Group & { found: number }, isRight: boolean) => {
    if (!isRight) throw new FormatError(`${name} has ${count} weights; ${found} are expected`);
  };
  return {
    find(layer: LayerJSON, _: string, n: number): StoredWeight {
      const group = groups.get(layer.name) ?? { ...groupOf(layer), found: 0 };
      groups.set(layer.name, group);
      group.found = Math.max(group.found, n + 1);
      check(group, n < group.count);
      return group.weight(n);
    },
    checkAllFound() {
      for (const group of groups.values()) check(group, group.count === group.found);
    },
  };
}

function parsed(name: string, text: unknown): unknown {
  return readJSON(name, textOf(name, text), (json) => json);
}

function dialectOf(version: unknown): Dialect {
  return typeof version === "string" && Number.parseInt(version, 10) >= 3 ? "Keras 3" : "Keras 2";
}

const FILE = "the HDF5 file";

function ofHDF5(bytes: Uint8Array<ArrayBuffer>, hdf5: HDF5Reader): Model {
  const file = new HDF5File(FILE, bytes, hdf5);
  const model = file.attribute("", "model_config");
  if (model === undefined) {
    throw new FormatError(`${FILE} has no attribute "model_config"; a whole model is expected`);
  }
  const version = file.attribute("", "keras_version") ?? file.attribute("model_weights", "keras_version");
  return {
    where: "model_config",
    topology: parsed("model_config", model),
    training: parsed("training_config", file.attribute("", "training_config") ?? "{}"),
    dialect: dialectOf(version),
    groupOf({ name, places }) {
      const path = `model_weights/${places[0]!.name}`;
      const given = file.attribute(path, "weight_names");
      const all = (isList(given) ? given : []).map((text) => withoutEnd(textOf(`weight_names of ${show(path)}`, text)));
      // a model in the model has the weights of its layers in one list, the trainable ones first
      const names = places.length === 1 ? all : all.filter((text) => `/${text}`.includes(`/${name}/`));
      return {
        name: show(path),
        count: names.length,
        weight: (n) => file.weight(`${path}/${names[n]}`),
      };
    },
  };
}

const WEIGHTS = "model.weights.h5";
const CONTAINERS = ["layers", "_layer_checkpoint_dependencies"]; // of Keras 3, and of 2.12 to 2.15

async function ofArchive(bytes: Uint8Array<ArrayBuffer>, hdf5: HDF5Reader): Promise<Model> {
  const read = openArchive(bytes);
  const json = async (name: string) => parsed(name, textIn(name, await read(name)));
  const topology = await json("config.json");
  const metadata = fieldsOf("metadata.json", await json("metadata.json"));
  const file = new HDF5File(WEIGHTS, await read(WEIGHTS), hdf5);
  return {
    where: "config.json",
    topology,
    training: fieldsOf("config.json", topology).get("compile_config") ?? {},
    dialect: dialectOf(metadata.get("keras_version")),
    groupOf({ where, places }) {
      let path = "";
      for (const { className, nth } of places) {
        const container = CONTAINERS.find((name) => file.keys(path).includes(name));
        if (container === undefined) throw new FormatError(`${show(path)} of ${WEIGHTS} has no "layers"`);
        const inside = path === "" ? container : `${path}/${container}`;
        // not the layers' names, but those of their classes, numbered with gaps
        const groups = numbered(file.keys(inside), snakeCase(className));
        if (nth >= groups.length) throw new FormatError(`${WEIGHTS} has no weights of ${where} in ${show(inside)}`);
        path = `${inside}/${groups[nth]}`;
      }
      const vars = `${path}/vars`;
      return { name: show(vars), count: file.keys(vars).length, weight: (n) => file.weight(`${vars}/${n}`) };
    },
  };
}

/** "dense", "dense_1", "dense_2" among the names, in this order. */
function numbered(names: readonly string[], word: string): string[] {
  const numberOf = (name: string) => (name === word ? 0 : Number(name.slice(word.length + 1)));
  const fitting = names.filter((name) => name === word || (name.startsWith(`${word}_`) && numberOf(name) > 0));
  return fitting.sort((a, b) => numberOf(a) - numberOf(b));
}
