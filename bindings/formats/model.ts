// What all formats share: what is read of a network, and what a file becomes: options of Network.create.

import type { FloatArray } from "../arrays.ts";
import type { ActivationName } from "../catalog/activations.ts";
import type { LossName } from "../catalog/losses.ts";
import { checkDType, show } from "../checks.ts";
import { FormatError, OptionError } from "../errors.ts";
import type { LayerParameters } from "../network/parameters.ts";
import { allFinite, type DType, dtypeOf, last } from "../numbers.ts";
import { isBranded } from "../objects.ts";
import { checkActivation, type LayerOptions, type ResolvedLayer, resolveNumbers } from "../options/layer.ts";

/** A network of any entry. */
export interface AnyNetwork {
  /** Columns of x. */
  readonly inputs: number;
  /** The layers in order. */
  readonly layers: readonly ResolvedLayer[];
  /** The type of its numbers. */
  readonly dtype: DType;
  /** Copies of all weights and biases. */
  getParameters(): readonly LayerParameters[];
}

/** What a file has of a network, as options of `Network.create`; the other options are the caller's choice. */
export interface ImportedNetwork {
  /** Columns of x. */
  readonly inputs: number;
  /** The layers in order. */
  readonly layers: readonly LayerOptions[];
  /** The type of the parameters. */
  readonly dtype: DType;
  /** What the format says that training minimizes, or the activation of the outputs demands. */
  readonly loss?: LossName;
  /** The parameters of each layer. */
  readonly parameters: readonly LayerParameters[];
}

/** An activation function with its parameter, if it has one. */
export interface Activated {
  readonly activation: ActivationName;
  readonly alpha?: number;
}

/** A layer of a network or of a file, with its parameters. */
export type ModelLayer = DenseLayer | ActivationLayer | NormalizationLayer | DropoutLayer;

/** What training alone asks about. */
interface Trained {
  /** Not given where training changes it. */
  readonly trainable?: boolean;
}

export interface DenseLayer extends Activated, Trained {
  readonly type: "dense";
  readonly inputs: number;
  readonly units: number;
  /** inputs × units, row-major. */
  readonly weights: FloatArray;
  readonly biases: FloatArray;
  readonly l1?: number;
  readonly l2?: number;
  readonly dropout?: number;
}

export interface ActivationLayer extends Activated {
  readonly type: "activation";
  readonly units: number;
}

/** Those of its parameters that it has. */
export interface NormalizationLayer extends Trained {
  readonly type: "batchNormalization" | "layerNormalization";
  readonly units: number;
  readonly epsilon: number;
  /** Of a batch normalization. */
  readonly momentum?: number;
  readonly gamma?: FloatArray;
  readonly beta?: FloatArray;
  readonly movingMean?: FloatArray;
  readonly movingVariance?: FloatArray;
}

export interface DropoutLayer {
  readonly type: "dropout";
  readonly units: number;
  readonly rate: number;
}

/** What a format writes of a network. */
export interface Model {
  readonly inputs: number;
  readonly dtype: DType;
  readonly layers: readonly ModelLayer[];
}

/**
 * A network as a format writes it. Each property is read once and checked, since some formats write programs.
 *
 * @throws OptionError if it is no network
 */
export function readModel(network: AnyNetwork): Model {
  if (!isBranded(network, "Network")) throw new OptionError(`network is ${show(network)}; a Network is expected`);
  const parameters = network.getParameters();
  const { inputs, dtype, layers } = network;
  let before = inputs;
  return {
    inputs,
    dtype: checkDType(dtype),
    layers: layers.map((layer, l): ModelLayer => {
      const { type = "dense", units, activation, alpha, trainable = true } = layer;
      const { weights, biases, ...others } = parameters[l]!;
      const acting = checkActivation(`layers[${l}].`, activation, alpha, dtype);
      const taken = before;
      before = units;
      const frozen = !trainable && { trainable };
      if (type === "dense") {
        const { l1 = 0, l2 = 0, dropout = 0 } = layer;
        return { type, inputs: taken, units, ...acting, weights, biases, l1, l2, dropout, ...frozen };
      }
      if (type === "activation") return { type, units, ...acting };
      const numbers = resolveNumbers(`layers[${l}]`, { type, options: { ...layer } }, dtype);
      return { type, units, ...numbers, ...others, ...frozen } as NormalizationLayer | DropoutLayer;
    }),
  };
}

/**
 * The dense layers of a network, for formats that have no others. An activation layer becomes the activation of the
 * dense layer before it; dropout, which predictions don't have, is left out.
 *
 * @throws OptionError if there is another layer
 */
export function denseLayersOf(network: AnyNetwork): DenseLayer[] {
  const layers: DenseLayer[] = [];
  readModel(network).layers.forEach((layer, l) => {
    const before = layers[layers.length - 1];
    if (layer.type === "dense") layers.push(layer);
    else if (layer.type === "activation") {
      const { activation, alpha } = layer;
      if (activation === "linear") return;
      if (before?.activation !== "linear") {
        throw new OptionError(
          `layers[${l}] is an activation layer; this format has one after a "linear" dense layer alone`,
        );
      }
      layers[layers.length - 1] = { ...before, ...defined({ activation, alpha }) };
    } else if (layer.type !== "dropout") {
      throw new OptionError(`layers[${l}] is a ${show(layer.type)} layer; this format has dense layers alone`);
    }
  });
  return layers;
}

type Defined<T> = {
  -readonly [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key];
} & { -readonly [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> };

/** An object without the properties that are undefined. */
export function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/**
 * The layers that were read, as options; each takes what the one before it gives. `more`: options beside them, such as
 * a loss.
 */
export function networkOf<T extends object>(
  inputs: number,
  layers: readonly ModelLayer[],
  dtype: DType,
  more?: T,
): ImportedNetwork & T {
  const { activation, units } = last(layers) as Partial<Activated> & ModelLayer;
  if (activation === "softmax" && units < 2) {
    throw new FormatError("the outputs are a softmax of 1 number; 2 or more are expected");
  }
  return {
    inputs,
    layers: layers.map(optionsOf),
    dtype,
    ...lossFor({ activation }),
    ...more!,
    parameters: layers.map(parametersOf),
  };
}

/** Any layer, with what one of another type has. */
type AnyLayer = Pick<ModelLayer, "type"> & Partial<Omit<DenseLayer, "type"> & Omit<NormalizationLayer, "type">>;

function optionsOf(layer: ModelLayer): LayerOptions {
  const { type, units, gamma, beta, ...others } = layer as AnyLayer;
  const { inputs: _, weights: _w, biases: _b, movingMean: _m, movingVariance: _v, ...own } = others;
  const { l1, l2 } = own;
  return defined({
    ...(type === "dense" ? { units } : { type }),
    ...own,
    l1: l1 || undefined,
    l2: l2 || undefined,
    ...("epsilon" in own && { center: beta !== undefined, scale: gamma !== undefined }),
  }) as LayerOptions;
}

function parametersOf(layer: ModelLayer): LayerParameters {
  const none = new Float32Array(0);
  const { weights = none, biases = none, ...others } = layer as AnyLayer;
  const { gamma, beta, movingMean, movingVariance } = others;
  return defined({ weights, biases, gamma, beta, movingMean, movingVariance });
}

/** The loss of outputs that can't have the default one. */
export function lossFor({ activation }: { readonly activation?: ActivationName | undefined }): {
  readonly loss?: LossName;
} {
  return activation === "softmax" ? { loss: "categoricalCrossEntropy" } : {};
}

/** What importers are told of NaN. */
export interface NaNOption {
  /**
   * The number that stands for each NaN among the weights of the file, as that of `torch.nan_to_num`. Without it NaN is
   * refused.
   */
  readonly nan?: number;
}

export function checkNaN(nan: unknown): asserts nan is number | undefined {
  if (nan === undefined || (typeof nan === "number" && Number.isFinite(nan))) return;
  throw new OptionError(`nan is ${show(nan)}; a finite number is expected`);
}

/** Numbers of a file with `nan` in place of each NaN; the same array if that isn't asked for. */
export function withoutNaN<T extends FloatArray>(numbers: T, nan: number | undefined): T {
  return nan === undefined ? numbers : (numbers.map((value) => (Number.isNaN(value) ? nan : value)) as T);
}

/** The numbers in the dtype; `name`: where they are in the file. */
export function finiteNumbers(name: string, values: ArrayLike<number>, dtype: DType): FloatArray {
  const numbers = dtype === "f32" ? Float32Array.from(values) : Float64Array.from(values);
  return checkFinite(name, numbers, values);
}

/** Refuses NaN and infinite numbers; `given`: as they are in the file. */
export function checkFinite<T extends FloatArray>(name: string, numbers: T, given: ArrayLike<number> = numbers): T {
  if (allFinite(numbers)) return numbers;
  for (let n = 0; n < numbers.length; n++) {
    if (numbers[n]! - numbers[n]! === 0) continue;
    throw new FormatError(`${name}[${n}] is ${given[n]}; numbers finite in ${dtypeOf(numbers)} are expected`);
  }
  return numbers;
}

/** rows × columns numbers as columns × rows numbers, row-major both. */
export function transpose<T extends FloatArray>(values: T, rows: number, columns: number): T {
  return transposed(values, rows, columns).turned;
}

/** The same of numbers that a file has, which must be finite; `name`: where they are. */
export function transposeFinite<T extends FloatArray>(name: string, values: T, rows: number, columns: number): T {
  const { turned, areFinite } = transposed(values, rows, columns);
  if (!areFinite) checkFinite(name, values);
  return turned;
}

/** `areFinite` is false if any number isn't finite, and may be if their sum isn't. */
function transposed<T extends FloatArray>(values: T, rows: number, columns: number): { turned: T; areFinite: boolean } {
  const turned = new (values.constructor as new (length: number) => T)(values.length);
  let sum = 0;
  let i = 0;
  for (; i + 8 <= rows; i += 8) sum += turnEight(values, turned, rows, columns, i);
  for (; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = values[i * columns + j]!;
      turned[j * rows + i] = value;
      sum += value;
    }
  }
  return { turned, areFinite: Number.isFinite(sum) };
}

/**
 * Turns eight rows, which takes a quarter of the time of one after the other, since what is written lies together.
 * Returns their sum, which costs nothing here. A function of its own is compiled before the matrix ends.
 */
function turnEight(values: FloatArray, turned: FloatArray, rows: number, columns: number, row: number): number {
  let sum = 0;
  for (let j = 0; j < columns; j++) {
    const from = row * columns + j;
    const a = values[from]!;
    const b = values[from + columns]!;
    const c = values[from + 2 * columns]!;
    const d = values[from + 3 * columns]!;
    const e = values[from + 4 * columns]!;
    const f = values[from + 5 * columns]!;
    const g = values[from + 6 * columns]!;
    const h = values[from + 7 * columns]!;
    const to = j * rows + row;
    turned[to] = a;
    turned[to + 1] = b;
    turned[to + 2] = c;
    turned[to + 3] = d;
    turned[to + 4] = e;
    turned[to + 5] = f;
    turned[to + 6] = g;
    turned[to + 7] = h;
    sum += a + b + (c + d) + (e + f + (g + h));
  }
  return sum;
}
