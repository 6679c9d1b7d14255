// A network's parameters layer by layer, and all in one array: those of each layer, row-major, in the order of
// catalog/layers.ts.

import { copyInto, type FloatArray, isFloatArray, lengthOf } from "../arrays.ts";
import { layerShapes, type Parameter, type ParameterName, type Sizes } from "../catalog/layers.ts";
import { checkLength, counted, isList, isRevoked, show } from "../checks.ts";
import type { Kernels, Model } from "../engine/engine.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { allFinite, type DType, floatArray } from "../numbers.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import { fillWeights } from "./initialize.ts";

/** The parameters of one layer; which of them there are depends on its type. */
export interface LayerParameters<T extends FloatArray = FloatArray> {
  /** Of a dense layer: inputs × units numbers, row-major. Other layers have none. */
  readonly weights: T;
  /** Of a dense layer: a number for each unit. Other layers have none. */
  readonly biases: T;
  /** Of a normalization with `scale`: a number for each unit. */
  readonly gamma?: T;
  /** Of a normalization with `center`: a number for each unit. */
  readonly beta?: T;
  /** Of a batch normalization: the moving averages of the means of batches. */
  readonly movingMean?: T;
  /** Of a batch normalization: the moving averages of the variances of batches. */
  readonly movingVariance?: T;
}

/** Numbers, or numbers with the shape that they must have. */
export type GivenNumbers = ArrayLike<number> | { readonly data: ArrayLike<number>; readonly shape: readonly number[] };

/** The parameters of one layer as a caller gives them. */
export interface GivenParameters {
  /** Of a dense layer: inputs × units numbers, row-major. */
  readonly weights?: GivenNumbers;
  /** Of a dense layer: a number for each unit. */
  readonly biases?: GivenNumbers;
  /** Of a normalization with `scale`: a number for each unit. */
  readonly gamma?: GivenNumbers;
  /** Of a normalization with `center`: a number for each unit. */
  readonly beta?: GivenNumbers;
  /** Of a batch normalization: a number for each unit. */
  readonly movingMean?: GivenNumbers;
  /** Of a batch normalization: a number of 0 or more for each unit. */
  readonly movingVariance?: GivenNumbers;
}

/** Copies, layer by layer. */
export function splitParameters<T extends FloatArray>(parameters: T, sizes: Sizes): LayerParameters<T>[] {
  let offset = 0;
  const take = (length: number) => {
    offset += length;
    return parameters.slice(offset - length, offset) as T;
  };
  return layerShapes(sizes).map((layer) => {
    const found: { [name in ParameterName]?: T } = {};
    for (const { name, length } of layer.parameters) found[name] = take(length);
    const { weights = take(0), biases = take(0) } = found;
    return { weights, biases, ...found };
  });
}

/** What a caller gives, checked, in one array of `length`. */
export function readParameters(
  layers: readonly GivenParameters[],
  sizes: Sizes,
  dtype: DType,
  length: number,
): FloatArray {
  const expected = sizes.layers.length;
  if (!isList(layers) || layers.length !== expected) {
    throw new ShapeError(`parameters is ${show(layers)}; an array of ${counted(expected, "layer")} is expected`);
  }
  const parameters = floatArray(dtype, length);
  let offset = 0;
  const put = (name: string, given: GivenNumbers | undefined, { length, shape, isVariance }: Parameter) => {
    const values = shapedNumbers(name, given, shape);
    checkLength(name, values, length);
    if (isFloatArray(values) && lengthOf(values) === length && !isVariance) {
      const target = parameters.subarray(offset, offset + length);
      copyInto(target, values); // at once: large networks are read five times as fast
      if (allFinite(target)) {
        offset += length;
        return;
      }
    }
    for (let i = 0; i < length; i++) {
      const value: unknown = values![i];
      if (typeof value === "number") parameters[offset] = value;
      if (typeof value !== "number" || !Number.isFinite(parameters[offset]) || (isVariance && value < 0)) {
        const wanted = `numbers ${isVariance ? "of 0 or more, " : ""}finite in ${dtype}`;
        throw new DataError(`${name}[${i}] is ${show(value)}; ${wanted} are expected`);
      }
      offset++;
    }
  };
  layerShapes(sizes).forEach(({ parameters: ofLayer }, l) => {
    const layer: unknown = layers[l];
    const given = (isRevoked(layer) ? {} : (layer ?? {})) as GivenParameters;
    for (const parameter of ofLayer) put(`parameters[${l}].${parameter.name}`, given[parameter.name], parameter);
  });
  return parameters;
}

/** The numbers, whose shape must be the parameter's if they have one. */
function shapedNumbers(
  name: string,
  given: GivenNumbers | undefined,
  wanted: readonly number[],
): ArrayLike<number> | undefined {
  if (typeof given !== "object" || given === null || isRevoked(given) || !("shape" in given)) {
    return given as ArrayLike<number> | undefined;
  }
  const { data, shape } = given as { readonly data: ArrayLike<number>; readonly shape: unknown };
  const found = isList(shape) ? Array.from({ length: Math.min(shape.length, 8) }, (_, n) => shape[n]) : undefined;
  if (String(found) === String(wanted)) return data;
  const shown = found === undefined ? show(shape) : `[${found.map(show).join(", ")}]`;
  const hint = String(found?.reverse()) === String(wanted) ? ": it is transposed" : "";
  throw new ShapeError(`${name} has shape ${shown}; [${wanted.join(", ")}] is expected${hint}`);
}

/** Seeded weights and zero biases; the engine draws Glorot's uniform ones. */
export function initialize(model: Model, options: ResolvedNetworkOptions, kernels: Kernels): void {
  const { layers, seed, dtype } = options;
  model.initialize(seed);
  if (layers.every(({ initializer = "glorotUniform" }) => initializer === "glorotUniform")) return;
  const parameters = model.getParameters();
  let offset = 0;
  for (const [l, { inputs, units, parameters: ofLayer }] of layerShapes(options).entries()) {
    const { initializer = "glorotUniform" } = layers[l]!;
    if (initializer !== "glorotUniform") {
      const w = parameters.subarray(offset, offset + inputs * units);
      fillWeights(w, initializer, { inputs, units }, l, seed, kernels);
    }
    for (const { length } of ofLayer) offset += length;
  }
  if (!allFinite(parameters)) {
    model.dispose();
    throw new OptionError(`an initializer draws weights that are infinite in ${dtype}`);
  }
  model.setParameters(parameters);
}
