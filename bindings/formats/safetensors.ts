// Safetensors with PyTorch's names and orientation: "0.weight" [out, in] and "0.bias" [out] of each dense layer;
// "1.weight", "1.bias", "1.running_mean" and "1.running_var" of a normalization.

import type { FloatArray } from "../arrays.ts";
import { checkDType, counted, isList, lengthOfList, optional, readNames, show } from "../checks.ts";
import { FormatError, OptionError } from "../errors.ts";
import type { LayerParameters } from "../network/parameters.ts";
import { type DType, dtypeOf, floatArray, last, sizeOf } from "../numbers.ts";
import { type NormalizationOptions, resolveLayers } from "../options/layer.ts";
import { fillFromBytes, viewOfBytes } from "../saving/bytes.ts";
import type { WritableTensor } from "../saving/header.ts";
import { type FileBytes, type Pieces, piecesOf } from "../saving/pieces.ts";
import { openTensors, writeTensors } from "../saving/safetensors.ts";
import { widen } from "./halves.ts";
import {
  type AnyNetwork,
  checkFinite,
  checkNaN,
  type DenseLayer,
  type ImportedNetwork,
  lossFor,
  type ModelLayer,
  type NaNOption,
  type NormalizationLayer,
  readModel,
  transpose,
  transposeFinite,
  withoutNaN,
} from "./model.ts";
import { layersOf, type MatchedLayer, matchedTo, notedLayers, ofNote, type SafetensorsLayer } from "./module-layers.ts";
import {
  type Module,
  moduleOf,
  modulesIn,
  type NormalizationModule,
  ordered,
  type Part,
  type Stored,
  tensorOf,
} from "./modules.ts";
import { isArchive } from "./zip.ts";

/** How `toSafetensors` names the tensors. */
export interface SafetensorsNames {
  /**
   * The module of each layer that has parameters: its tensors are that name with ".weight" and so on. By default they
   * are numbered as in `nn.Sequential`, where each activation but "linear" has a number, too: "0", "2", "4".
   */
  readonly names?: readonly string[];
  /** What all names begin with, such as "model."; none by default. */
  readonly prefix?: string;
}

/** What `fromSafetensors` is told beside the file. */
export interface SafetensorsOptions extends SafetensorsNames, NaNOption {
  /**
   * The layers, as `Network.create` takes them; `units` may be left out. Needed for files that `toSafetensors` has not
   * written: they have no activations. A normalization has PyTorch's defaults: `epsilon` 0.00001, `momentum` 0.9 (0.1
   * in PyTorch, the share that is replaced), `scale` and `center` as the file has a weight and a bias.
   */
  readonly layers?: readonly SafetensorsLayer[];
  /** The type of the parameters: by default "f64" if a tensor is F64, else "f32". */
  readonly dtype?: DType;
}

/** Bytes of an element, by the types that the format has. */
const TYPES = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, I16: 2, U16: 2, F16: 2, BF16: 2 },
  ...{ I32: 4, U32: 4, F32: 4, I64: 8, U64: 8, F64: 8 },
};

/**
 * Writes the parameters of a network as PyTorch names and turns them: `load_state_dict` of an `nn.Sequential` of
 * `nn.Linear`, `nn.BatchNorm1d`, `nn.LayerNorm` and activations takes them. What PyTorch's modules have in Python, such
 * as activations and epsilon, is noted in the metadata. Dropout is left out.
 *
 * @throws OptionError if names are missing or not all different
 * @example
 * ```ts
 * import { Network } from "bitgrad";
 * import { toSafetensors } from "bitgrad/formats";
 *
 * const net = await Network.create({ inputs: 4, layers: [{ units: 8 }, { units: 3 }] });
 * const file = toSafetensors(net); // 0.weight [8, 4], 0.bias [8], 2.weight [3, 8], 2.bias [3]
 * ```
 */
export function toSafetensors(network: AnyNetwork, options?: SafetensorsNames): Uint8Array<ArrayBuffer> {
  const model = readModel(network);
  const { names: given, prefix = "" } = readNames("options", optional(options), ["names", "prefix"]);
  const layers = model.layers.filter(({ type }) => type !== "dropout");
  const names = given === undefined ? sequential(layers) : checkNames(given, layers.filter(isStored).length);
  checkText("prefix", prefix);
  const tensors = new Map<string, WritableTensor>();
  const noted: object[] = [];
  let next = 0;
  for (const layer of layers) {
    if (!isStored(layer)) noted.push(noteOf(layer));
    else {
      const name = `${prefix}${names[next++]}`;
      noted.push({ name, ...noteOf(layer) });
      for (const [part, tensor] of tensorsOf(layer, model.dtype)) tensors.set(tensorOf(name, part), tensor);
    }
  }
  return writeTensors(tensors, { format: "pt", layers: JSON.stringify(noted) });
}

type StoredLayer = DenseLayer | NormalizationLayer;

/** Whether it has tensors. */
function isStored(layer: ModelLayer): layer is StoredLayer {
  const { type } = layer;
  if (type !== "layerNormalization") return type === "dense" || type === "batchNormalization";
  return layer.gamma !== undefined || layer.beta !== undefined;
}

/** The numbers of an `nn.Sequential`'s modules that have tensors. */
function sequential(layers: readonly ModelLayer[]): string[] {
  let at = 0;
  return layers.flatMap((layer) => {
    const name = String(at);
    if (layer.type !== "activation") at++;
    if ("activation" in layer && layer.activation !== "linear") at++;
    return isStored(layer) ? [name] : [];
  });
}

/** In PyTorch's order. */
function tensorsOf(layer: StoredLayer, dtype: DType): Map<Part, WritableTensor> {
  const { units } = layer;
  const vector = (data: FloatArray) => ({ shape: [units], data });
  if (layer.type === "dense") {
    const { inputs, weights, biases } = layer;
    return new Map([
      ["weight", { shape: [units, inputs], data: transpose(weights, inputs, units) }],
      ["bias", vector(biases)],
    ]);
  }
  const { gamma, beta, movingMean, movingVariance } = layer;
  const tensors: ReturnType<typeof tensorsOf> = new Map();
  if (gamma !== undefined || beta !== undefined) {
    tensors.set("weight", vector(gamma ?? floatArray(dtype, units).fill(1))); // PyTorch has both or none
    tensors.set("bias", vector(beta ?? floatArray(dtype, units)));
  }
  if (movingMean === undefined || movingVariance === undefined) return tensors;
  tensors.set("running_mean", vector(movingMean)).set("running_var", vector(movingVariance));
  return tensors.set("num_batches_tracked", { shape: [], data: new BigInt64Array(1) });
}

/** What the tensors don't say of a layer. */
function noteOf(layer: ModelLayer): object {
  if (layer.type === "dense") return { activation: layer.activation, alpha: layer.alpha };
  if (layer.type === "activation") return { type: layer.type, activation: layer.activation, alpha: layer.alpha };
  const { type, epsilon, momentum, gamma, beta } = layer as NormalizationLayer;
  return { type, epsilon, momentum, center: beta !== undefined, scale: gamma !== undefined };
}

/**
 * Reads dense layers and normalizations with PyTorch's names and orientation, in F16, BF16, F32 or F64, as options of
 * `Network.create`. A layer without a bias gets one of zeros.
 *
 * If `names` are not given, every tensor that begins with `prefix` must be of a dense layer or a normalization. The
 * order of the layers is that of the numbers in their names or, if the names have none, the only one that their shapes
 * allow. A square weight that is not PyTorch's but its transpose can't be told from its shape.
 *
 * @param file - The file: an ArrayBuffer, a view of one, or an iterable of these.
 * @throws FormatError if the file is damaged, or has a tensor that is missing, of another shape or type, not finite, or
 * of no layer that is known
 * @throws OptionError if `layers` are needed, or don't fit the file
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Network } from "bitgrad";
 * import { fromSafetensors } from "bitgrad/formats";
 *
 * const layers = [{ activation: "relu" }, { activation: "linear" }] as const;
 * const net = await Network.create(fromSafetensors(await readFile("model.safetensors"), { layers }));
 * ```
 */
export function fromSafetensors(file: FileBytes | Iterable<FileBytes>, options?: SafetensorsOptions): ImportedNetwork {
  const known = ["names", "prefix", "layers", "dtype", "nan"] as const;
  const { names: given, prefix = "", layers, dtype, nan } = readNames("options", optional(options), known);
  checkText("prefix", prefix);
  if (dtype !== undefined) checkDType(dtype);
  checkNaN(nan);
  const chosen = given === undefined ? undefined : checkNames(given).map((name) => `${prefix}${name}`);
  const { tensors: stored, metadata } = opened(piecesOf(file));
  const tensors = new Map([...stored].map(([name, tensor]) => [name, { ...tensor, nan }]));
  const inFile = chosen ?? modulesIn(tensors, prefix);
  const noted = layers === undefined ? notedLayers(metadata, inFile, chosen) : undefined;
  const names = noted?.names ?? chosen ?? ordered(tensors, inFile);
  const modules = names.map((name) => moduleOf(tensors, name));
  const inputs = checkWidths(modules);
  const type = dtype ?? (modules.some(isF64) ? "f64" : "f32");
  const matched =
    noted === undefined
      ? matchedTo(modules, layersOf(layers, modules))
      : ofNote(() => {
          const found = matchedTo(modules, noted.layers);
          const list = found.map(({ options }) => options);
          resolveLayers(list, { inputs, hidden: "relu", output: "linear", dtype: type, isSaved: false });
          return found;
        });
  const result = matched.map(({ options }) => options);
  return {
    inputs,
    layers: result,
    dtype: type,
    ...lossFor(last(result)),
    parameters: matched.map((layer) => parametersOf(layer, type)),
  };
}

function opened(file: Pieces) {
  try {
    return openTensors<string>(file, TYPES);
  } catch (cause) {
    // not before: the length of a header may begin with the same bytes
    if (!isArchive(file.join(0, 4))) throw cause;
    const words = "the file is a ZIP archive, such as PyTorch's .pt; one of safetensors.torch is expected";
    throw new FormatError(words, { cause });
  }
}

/** Each module takes what the one before it gives. Returns what the first one takes. */
function checkWidths(modules: readonly Module[]): number {
  const takes = (module: Module) => (module.type === "dense" ? module.inputs : module.units);
  modules.forEach((module, m) => {
    const before = modules[m - 1];
    if (before === undefined || before.units === takes(module)) return;
    const tensor = show(tensorOf(module.name, module.type === "batchNormalization" ? "running_mean" : "weight"));
    throw new FormatError(
      `tensor ${tensor} takes ${counted(takes(module), "input")}; ${before.units} are expected, the outputs of ${show(before.name)}`,
    );
  });
  return takes(modules[0]!);
}

function isF64(module: Module): boolean {
  const { weight, bias } = module;
  const others = module.type === "dense" ? [] : [module.mean, module.variance];
  return [weight, bias, ...others].some((tensor) => tensor?.dtype === "f64");
}

/** `count`: how many there must be. */
function checkNames(names: readonly string[], count?: number): string[] {
  const wanted = count === undefined ? "an array of one name or more" : `an array of ${counted(count, "name")}`;
  const length = isList(names) ? lengthOfList("names", names) : 0;
  if (length === 0 || (count !== undefined && length !== count)) {
    throw new OptionError(`names is ${show(names)}; ${wanted} is expected`);
  }
  const list = Array.from(names, (name, n) => checkText(`names[${n}]`, name));
  list.forEach((name, n) => {
    if (list.indexOf(name) < n) throw new OptionError(`names[${n}] is ${show(name)}, as is another; each name is once`);
  });
  return list;
}

function checkText(name: string, value: unknown): string {
  if (typeof value !== "string") throw new OptionError(`${name} is ${show(value)}; text is expected`);
  return value;
}

/** A layer's parameters, as the file has them. */
function parametersOf({ module, options }: MatchedLayer, dtype: DType): LayerParameters {
  const none = { weights: floatArray(dtype, 0), biases: floatArray(dtype, 0) };
  if (module === undefined) return none;
  if (module.type !== "dense") return { ...none, ...normalizationOf(module, options as NormalizationOptions, dtype) };
  const { name, units, weight, bias } = module;
  return {
    weights: weightsOf(tensorOf(name, "weight"), weight, dtype),
    biases: bias === undefined ? floatArray(dtype, units) : numbersOf(tensorOf(name, "bias"), bias, dtype),
  };
}

/** Those parameters that a normalization has. */
function normalizationOf(
  { name, weight, bias, mean, variance }: NormalizationModule,
  { scale, center }: NormalizationOptions,
  dtype: DType,
): Omit<LayerParameters, "weights" | "biases"> {
  const read = (part: Part, tensor: Stored) => numbersOf(tensorOf(name, part), tensor, dtype);
  /** If the layer has no such part, the file's must be one that changes nothing. */
  const affine = (part: Part, tensor: Stored | undefined, option: string, isWanted: boolean, neutral: number) => {
    const what = `tensor ${show(tensorOf(name, part))}`;
    if (tensor === undefined && !isWanted) return undefined;
    if (tensor === undefined) throw new FormatError(`there is no ${what}, but the layer's ${option} is true`);
    const numbers = read(part, tensor);
    const other = isWanted ? -1 : numbers.findIndex((value) => value !== neutral);
    if (other < 0) return isWanted ? numbers : undefined;
    const wanted = `${neutral} is expected, since the layer's ${option} is false`;
    throw new FormatError(`${what}[${other}] is ${numbers[other]}; ${wanted}`);
  };
  const gamma = affine("weight", weight, "scale", scale !== false, 1);
  const beta = affine("bias", bias, "center", center !== false, 0);
  const found = { ...(gamma && { gamma }), ...(beta && { beta }) };
  if (mean === undefined || variance === undefined) return found;
  const movingVariance = read("running_var", variance);
  const negative = movingVariance.findIndex((value) => value < 0);
  if (negative < 0) return { ...found, movingMean: read("running_mean", mean), movingVariance };
  const what = `tensor ${show(tensorOf(name, "running_var"))}[${negative}] is ${movingVariance[negative]}`;
  throw new FormatError(`${what}; numbers of 0 or more are expected`);
}

/** A tensor's numbers in the dtype. */
function numbersOf(name: string, tensor: Stored, wanted: DType): FloatArray {
  const what = `tensor ${show(name)}`;
  const found = storedNumbers(what, tensor);
  const numbers = floatArray(wanted, found.length);
  numbers.set(found);
  return checkFinite(what, numbers, found);
}

/** A matrix of outputs × inputs in the dtype, as inputs × outputs. */
function weightsOf(name: string, tensor: Stored, wanted: DType): FloatArray {
  const what = `tensor ${show(name)}`;
  const [units, inputs] = tensor.shape as [number, number];
  const found = storedNumbers(what, tensor);
  // without a copy if it can be: large files are read twice as fast
  return transposeFinite(what, dtypeOf(found) === wanted ? found : numbersOf(name, tensor, wanted), units, inputs);
}

/** A tensor's numbers as they are in the file, but for NaN; the memory may be the file's. */
function storedNumbers(what: string, { dtype, shape, parts, nan }: Stored): FloatArray {
  if (dtype === "f32" || dtype === "f64") {
    return withoutNaN(viewOfBytes(parts, dtype) ?? fromParts(parts, dtype, sizeOf(shape)), nan);
  }
  if (dtype === "f16" || dtype === "bf16") {
    const numbers = floatArray("f32", sizeOf(shape));
    widen(numbers as Float32Array, parts, dtype === "f16" ? undefined : (bits) => bits << 16);
    return withoutNaN(numbers, nan);
  }
  throw new FormatError(`${what} has dtype ${show(dtype.toUpperCase())}; F16, BF16, F32 or F64 is expected`);
}

function fromParts(parts: readonly Uint8Array[], dtype: DType, count: number): FloatArray {
  const numbers = floatArray(dtype, count);
  fillFromBytes(numbers, parts);
  return numbers;
}
