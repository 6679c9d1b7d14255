// A network's parameters layer by layer, and all in one array: each layer's weights, row-major, then its biases.

import type { FloatArray } from "../arrays.ts";
import { checkLength, counted, isList, isRevoked, show } from "../checks.ts";
import type { Kernels, Model } from "../engine/engine.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { type DType, floatArray, layerShapes, type Sizes } from "../numbers.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import { fillWeights } from "./initialize.ts";

/** The parameters of one layer; weights are row-major, inputs × units. */
export interface LayerParameters<T extends FloatArray = FloatArray> {
  /** inputs × units numbers, row-major. */
  readonly weights: T;
  /** A number for each unit. */
  readonly biases: T;
}

/** Copies, layer by layer. */
export function splitParameters<T extends FloatArray>(parameters: T, sizes: Sizes): LayerParameters<T>[] {
  let offset = 0;
  const take = (length: number) => {
    offset += length;
    return parameters.slice(offset - length, offset) as T;
  };
  return layerShapes(sizes).map(({ inputs, units }) => ({ weights: take(inputs * units), biases: take(units) }));
}

/** What a caller gives, checked, in one array of `length`. */
export function readParameters(
  layers: readonly { weights: ArrayLike<number>; biases: ArrayLike<number> }[],
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
  const put = (name: string, values: ArrayLike<number> | undefined, length: number) => {
    checkLength(name, values, length);
    for (let i = 0; i < length; i++) {
      const value: unknown = values![i];
      if (typeof value === "number") parameters[offset] = value;
      if (typeof value !== "number" || !Number.isFinite(parameters[offset])) {
        throw new DataError(`${name}[${i}] is ${show(value)}; numbers finite in ${dtype} are expected`);
      }
      offset++;
    }
  };
  layerShapes(sizes).forEach(({ inputs, units }, l) => {
    const layer: unknown = layers[l];
    const { weights, biases } = (isRevoked(layer) ? {} : (layer ?? {})) as Partial<LayerParameters>;
    put(`parameters[${l}].weights`, weights, inputs * units);
    put(`parameters[${l}].biases`, biases, units);
  });
  return parameters;
}

/** Seeded weights and zero biases; the engine draws Glorot's uniform ones. */
export function initialize(model: Model, options: ResolvedNetworkOptions, kernels: Kernels): void {
  const { layers, seed, dtype } = options;
  model.initialize(seed);
  if (layers.every(({ initializer }) => initializer === "glorotUniform")) return;
  const parameters = model.getParameters();
  let offset = 0;
  for (const [l, { inputs, units }] of layerShapes(options).entries()) {
    const { initializer } = layers[l]!;
    const w = parameters.subarray(offset, offset + inputs * units);
    if (initializer !== "glorotUniform") {
      fillWeights(w, initializer, { inputs, units }, l, seed, kernels);
    }
    offset += (inputs + 1) * units;
  }
  if (!parameters.every(Number.isFinite)) {
    model.dispose();
    throw new OptionError(`an initializer draws weights that are infinite in ${dtype}`);
  }
  model.setParameters(parameters);
}
