// Safetensors with PyTorch's names and orientation: "0.weight" [out, in] and "0.bias" [out] of each dense layer.

import type { FloatArray } from "../arrays.ts";
import { checkDType, counted, isList, lengthOfList, optional, readNames, show } from "../checks.ts";
import { FormatError, OptionError } from "../errors.ts";
import { type DType, floatArray, last } from "../numbers.ts";
import { checkActivation, type DenseLayerOptions } from "../options/layer.ts";
import { fillFromBytes } from "../saving/bytes.ts";
import { sizeOf, type Tensor } from "../saving/header.ts";
import { type FileBytes, piecesOf } from "../saving/pieces.ts";
import { openTensors, type StoredTensor, writeTensors } from "../saving/safetensors.ts";
import {
  type AnyNetwork,
  checkFinite,
  type DenseLayer,
  denseLayersOf,
  type ImportedNetwork,
  lossFor,
  networkOf,
  transpose,
} from "./model.ts";

/** How `toSafetensors` names the tensors. */
export interface SafetensorsNames {
  /**
   * The module of each layer: its tensors are that name with ".weight" and ".bias". By default they are numbered as in
   * `nn.Sequential`, where each activation but "linear" has a number, too: "0", "2", "4".
   */
  readonly names?: readonly string[];
  /** What all names begin with, such as "model."; none by default. */
  readonly prefix?: string;
}

/** What `fromSafetensors` is told beside the file. */
export interface SafetensorsOptions extends SafetensorsNames {
  /**
   * The layers, as `Network.create` takes them; `units` may be left out. Needed for files that `toSafetensors` has not
   * written: they have no activations.
   */
  readonly layers?: readonly (Omit<DenseLayerOptions, "units"> & { readonly units?: number })[];
  /** The type of the parameters: by default "f64" if a tensor is F64, else "f32". */
  readonly dtype?: DType;
}

/** Bytes of an element, by the types that the format has. */
const TYPES = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, I16: 2, U16: 2, F16: 2, BF16: 2 },
  ...{ I32: 4, U32: 4, F32: 4, I64: 8, U64: 8, F64: 8 },
};
type Stored = StoredTensor<string>;

/**
 * Writes the parameters of a network as PyTorch names and turns them: `load_state_dict` of an `nn.Sequential` of
 * `nn.Linear` and activations takes them. Activations are noted in the metadata.
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
  const layers = denseLayersOf(network);
  const { names: given, prefix = "" } = readNames("options", optional(options), ["names", "prefix"]);
  const names = given === undefined ? sequential(layers) : checkNames(given, layers.length);
  checkText("prefix", prefix);
  const tensors = new Map<string, Tensor>();
  layers.forEach(({ inputs, units, weights, biases }, l) => {
    const module = `${prefix}${names[l]}`;
    tensors.set(tensorOf(module, "weight"), { shape: [units, inputs], data: transpose(weights, inputs, units) });
    tensors.set(tensorOf(module, "bias"), { shape: [units], data: biases });
  });
  const noted = layers.map(({ activation, alpha }, l) => ({ name: `${prefix}${names[l]}`, activation, alpha }));
  return writeTensors(tensors, { format: "pt", layers: JSON.stringify(noted) });
}

/**
 * Reads dense layers with PyTorch's names and orientation, in F16, BF16, F32 or F64, as options of `Network.create`. A
 * layer without a bias gets one of zeros.
 *
 * If `names` are not given, every tensor that begins with `prefix` must be the weight or the bias of a dense layer. The
 * order of the layers is that of the numbers in their names or, if the names have none, the only one that their shapes
 * allow. A square weight that is not PyTorch's but its transpose can't be told from its shape.
 *
 * @param file - The file: an ArrayBuffer, a view of one, or an iterable of these.
 * @throws FormatError if the file is damaged, or has a tensor that is missing, of another shape or type, not finite, or
 * of no dense layer
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
  const known = ["names", "prefix", "layers", "dtype"] as const;
  const { names: given, prefix = "", layers, dtype } = readNames("options", optional(options), known);
  checkText("prefix", prefix);
  if (dtype !== undefined) checkDType(dtype);
  const { tensors, metadata } = openTensors<string>(piecesOf(file), TYPES);
  const names = given === undefined ? orderOf(tensors, prefix) : checkNames(given).map((name) => `${prefix}${name}`);
  const stored = names.map((name) => storedLayer(tensors, name));
  stored.forEach(({ inputs, name }, l) => {
    const before = stored[l - 1];
    if (before === undefined || before.units === inputs) return;
    throw new FormatError(
      `tensor ${show(tensorOf(name, "weight"))} takes ${inputs} inputs; ${before.units} are expected, the outputs of ${show(before.name)}`,
    );
  });
  const found = layers === undefined ? notedLayers(metadata, names) : givenLayers(layers, stored);
  const all = stored.flatMap(({ weight, bias }) => (bias === undefined ? [weight] : [weight, bias]));
  const type = dtype ?? (all.some((tensor) => tensor.dtype === "f64") ? "f64" : "f32");
  const read = stored.map(({ name, inputs, units, weight, bias }): DenseLayer => {
    const weights = transpose(numbersOf(tensorOf(name, "weight"), weight, type), units, inputs);
    const biases = bias === undefined ? floatArray(type, units) : numbersOf(tensorOf(name, "bias"), bias, type);
    return { type: "dense", inputs, units, activation: "linear", weights, biases };
  });
  const result = found.map((layer, l) => ({ ...layer, units: stored[l]!.units }));
  return { ...networkOf(read[0]!.inputs, read, type), ...lossFor(last(found)), layers: result };
}

function sequential(layers: readonly DenseLayer[]): string[] {
  let at = 0;
  return layers.map(({ activation }) => {
    const name = String(at);
    at += activation === "linear" ? 1 : 2;
    return name;
  });
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

interface StoredLayer {
  readonly name: string;
  readonly inputs: number;
  readonly units: number;
  readonly weight: Stored;
  readonly bias: Stored | undefined;
}

function storedLayer(tensors: ReadonlyMap<string, Stored>, name: string): StoredLayer {
  const weight = tensors.get(tensorOf(name, "weight"));
  if (weight === undefined) {
    throw new FormatError(
      `there is no tensor ${show(tensorOf(name, "weight"))}; the file has ${listed(tensors.keys())}`,
    );
  }
  const [units = 0, inputs = 0] = weight.shape;
  if (weight.shape.length !== 2 || units === 0 || inputs === 0) {
    throw new FormatError(
      `tensor ${show(tensorOf(name, "weight"))} has shape [${weight.shape.slice(0, 8)}]; [outputs, inputs] is expected`,
    );
  }
  const bias = tensors.get(tensorOf(name, "bias"));
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== units)) {
    throw new FormatError(
      `tensor ${show(tensorOf(name, "bias"))} has shape [${bias.shape.slice(0, 8)}]; [${units}] is expected, the outputs of the weight`,
    );
  }
  return { name, inputs, units, weight, bias };
}

function listed(names: Iterable<string>): string {
  const all = [...names];
  const words = all.slice(0, 8).map((name) => show(name));
  return all.length === 0 ? "none" : `${words.join(", ")}${all.length > 8 ? ", …" : ""}`;
}

const WEIGHT = /(?:^|\.)weight$/;

/** The name of a module's tensor: that of a lone `nn.Linear` is "weight". */
function tensorOf(module: string, part: "weight" | "bias"): string {
  return module === "" ? part : `${module}.${part}`;
}

/** The modules of all dense layers, whose names begin with the prefix, in the order of the network. */
function orderOf(tensors: ReadonlyMap<string, Stored>, prefix: string): string[] {
  const under = [...tensors.keys()].filter((name) => name.startsWith(prefix));
  const modules = under.filter((name) => WEIGHT.test(name)).map((name) => name.replace(WEIGHT, ""));
  const known = new Set(modules.flatMap((name) => [tensorOf(name, "weight"), tensorOf(name, "bias")]));
  for (const name of under) {
    if (known.has(name)) continue;
    const hint = name.startsWith("layers.0.") ? "; Network.load reads what save wrote" : "";
    throw new FormatError(
      `tensor ${show(name)} is no weight or bias of a dense layer; prefix or names choose those that are${hint}`,
    );
  }
  if (modules.length === 0) {
    throw new FormatError(`no tensor is named ${show(`${prefix}….weight`)}; the file has ${listed(tensors.keys())}`);
  }
  return numbered(modules) ?? chained(modules.map((name) => storedLayer(tensors, name)));
}

/** In the order of the numbers in the names, if they differ in nothing else. */
function numbered(names: readonly string[]): string[] | undefined {
  const parts = names.map((name) => ({ name, numbers: name.match(/\d+/g)?.map(Number) ?? [] }));
  const alike = new Set(names.map((name) => name.replace(/\d+/g, "#")));
  if (alike.size > 1 || (names.length > 1 && parts[0]!.numbers.length === 0)) return undefined;
  const compare = (a: readonly number[], b: readonly number[]) => {
    const n = a.findIndex((value, n) => value !== b[n]);
    return n < 0 ? 0 : a[n]! - b[n]!;
  };
  return parts.sort((a, b) => compare(a.numbers, b.numbers)).map(({ name }) => name);
}

/** In the only order in which each layer takes what the one before it gives. */
function chained(layers: readonly StoredLayer[]): string[] {
  const byInputs = new Map(layers.map((layer) => [layer.inputs, layer]));
  const given = new Set(layers.map(({ units }) => units));
  const starts = layers.filter(({ inputs }) => !given.has(inputs));
  const order: StoredLayer[] = [];
  let next = starts.length === 1 ? starts[0] : undefined;
  for (; next !== undefined && order.length <= layers.length; next = byInputs.get(next.units)) order.push(next);
  if (byInputs.size === layers.length && order.length === layers.length) return order.map(({ name }) => name);
  const shapes = layers.map(({ name, units, inputs }) => `${name} [${units}, ${inputs}]`);
  throw new FormatError(`names and shapes don't tell the order of the layers ${listed(shapes)}; the option names does`);
}

/** The layers that `toSafetensors` noted. */
function notedLayers(
  metadata: ReadonlyMap<string, string>,
  names: readonly string[],
): Omit<DenseLayerOptions, "units">[] {
  const text = metadata.get("layers");
  if (text === undefined) {
    const words = `an array of ${counted(names.length, "layer")} is expected, such as { activation: "relu" }`;
    throw new OptionError(`layers is undefined, and the file names no activations; ${words}`);
  }
  try {
    const noted: unknown = JSON.parse(text);
    if (!isList(noted)) throw new FormatError(`it is ${show(noted)}; an array is expected`);
    const byName = new Map(noted.map((layer) => [Object(layer).name as unknown, Object(layer)]));
    return names.map((name) => {
      const { activation, alpha } = byName.get(name) ?? {};
      return checkActivation(`${show(name)}.`, activation, alpha, "f64");
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : show(cause);
    throw new FormatError(`the metadata's "layers" can't be read: ${reason}`, { cause });
  }
}

function givenLayers(
  layers: NonNullable<SafetensorsOptions["layers"]>,
  stored: readonly StoredLayer[],
): Omit<DenseLayerOptions, "units">[] {
  if (!isList(layers) || layers.length !== stored.length) {
    throw new OptionError(
      `layers is ${show(layers)}; an array of ${counted(stored.length, "layer")} is expected, as the file has`,
    );
  }
  return Array.from(layers, (layer, l) => {
    if (typeof layer !== "object" || layer === null) {
      throw new OptionError(`layers[${l}] is ${show(layer)}; an object is expected`);
    }
    const { units = stored[l]!.units, ...rest } = layer;
    if (rest.type !== undefined && rest.type !== "dense") {
      throw new OptionError(`layers[${l}].type is ${show(rest.type)}; the dense layers alone are expected`);
    }
    if (units === stored[l]!.units) return rest;
    throw new OptionError(`layers[${l}].units is ${show(units)}; ${stored[l]!.units} is expected, as the file has`);
  });
}

/** A tensor's numbers in the dtype. */
function numbersOf(name: string, { dtype, shape, parts }: Stored, wanted: DType): FloatArray {
  const count = sizeOf(shape);
  const what = `tensor ${show(name)}`;
  let found: FloatArray;
  if (dtype === "f32" || dtype === "f64") {
    found = floatArray(dtype, count);
    fillFromBytes(found, parts);
  } else if (dtype === "f16" || dtype === "bf16") {
    found = floatArray("f32", count);
    widen(found as Float32Array, parts, dtype === "f16" ? halfBits : (bits) => bits << 16);
  } else {
    throw new FormatError(`${what} has dtype ${show(dtype.toUpperCase())}; F16, BF16, F32 or F64 is expected`);
  }
  if (wanted === (found.BYTES_PER_ELEMENT === 4 ? "f32" : "f64")) return checkFinite(what, found);
  const numbers = floatArray(wanted, count);
  numbers.set(found);
  return checkFinite(what, numbers, found);
}

/** Numbers of 16 bits as binary32, which has them all. */
function widen(numbers: Float32Array, parts: readonly Uint8Array[], toBits: (bits: number) => number): void {
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  let n = 0;
  let low = -1; // a part may end in the middle of a number
  for (const part of parts) {
    for (let at = 0; at < part.length; at++) {
      if (low < 0) low = part[at]!;
      else {
        words[n++] = toBits(low | (part[at]! << 8));
        low = -1;
      }
    }
  }
}

/** The bits as binary32 of a binary16 number. */
function halfBits(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  let exponent = (bits >> 10) & 31;
  let fraction = bits & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  for (exponent = 113; fraction < 0x400; exponent--) fraction <<= 1; // subnormal: shifted until its first bit is 1
  return sign | (exponent << 23) | ((fraction & 0x3ff) << 13);
}
