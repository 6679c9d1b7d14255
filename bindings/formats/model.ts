// What all formats share: what is read of a network, and what a file becomes: options of Network.create.

import type { FloatArray } from "../arrays.ts";
import type { ActivationName } from "../catalog/activations.ts";
import type { LossName } from "../catalog/losses.ts";
import { show } from "../checks.ts";
import { FormatError, OptionError } from "../errors.ts";
import type { LayerParameters } from "../network/parameters.ts";
import { type DType, dtypeOf, last } from "../numbers.ts";
import { isBranded } from "../objects.ts";
import type { ResolvedLayer } from "../options/layer.ts";

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
  readonly layers: readonly ImportedLayer[];
  /** The type of the parameters. */
  readonly dtype: DType;
  /** What the format says that training minimizes, or the activation of the outputs demands. */
  readonly loss?: LossName;
  /** All weights and biases. */
  readonly parameters: readonly LayerParameters[];
}

/** A layer of a file. */
export interface ImportedLayer {
  /** How many outputs it has. */
  readonly units: number;
  /** Its activation function. */
  readonly activation: ActivationName;
  /** The parameter of the activation, for those that have one. */
  readonly alpha?: number;
}

/** A layer of a network with its parameters. */
export interface DenseLayer extends ImportedLayer {
  readonly inputs: number;
  /** inputs × units, row-major. */
  readonly weights: FloatArray;
  readonly biases: FloatArray;
}

/** Refuses what is no network. */
export function checkNetwork(network: AnyNetwork): void {
  if (!isBranded(network, "Network")) throw new OptionError(`network is ${show(network)}; a Network is expected`);
}

/**
 * The dense layers of a network that is written, each with its parameters. An activation layer becomes the activation
 * of the dense layer before it; dropout, which predictions don't have, is left out.
 *
 * @throws OptionError if there is another layer
 */
export function layersOf(network: AnyNetwork): DenseLayer[] {
  checkNetwork(network);
  const parameters = network.getParameters();
  const layers: DenseLayer[] = [];
  let { inputs } = network;
  network.layers.forEach(({ type = "dense", units, activation, alpha }, l) => {
    const acting = { activation, ...(alpha !== undefined && { alpha }) };
    const before = layers[layers.length - 1];
    if (type === "dense") {
      const { weights, biases } = parameters[l]!;
      layers.push({ inputs, units, ...acting, weights, biases });
      inputs = units;
    } else if (type === "activation" && before?.activation === "linear") {
      layers[layers.length - 1] = { ...before, ...acting };
    } else if (type !== "dropout" && activation !== "linear") {
      throw new OptionError(
        `layers[${l}] is an activation layer; this format has one after a "linear" dense layer alone`,
      );
    } else if (type !== "dropout" && type !== "activation") {
      throw new OptionError(`layers[${l}] is a ${show(type)} layer; this format has dense layers alone`);
    }
  });
  return layers;
}

/** The layers that were read, as options; each takes what the one before it gives. */
export function networkOf(layers: readonly DenseLayer[], dtype: DType, loss?: LossName): ImportedNetwork {
  return {
    inputs: layers[0]!.inputs,
    layers: layers.map(({ units, activation, alpha }) => ({
      units,
      activation,
      ...(alpha !== undefined && { alpha }),
    })),
    dtype,
    ...(loss === undefined ? lossFor(last(layers)) : { loss }),
    parameters: layers.map(({ weights, biases }) => ({ weights, biases })),
  };
}

/** The loss of outputs that can't have the default one. */
export function lossFor({ activation }: { readonly activation?: ActivationName }): { readonly loss?: LossName } {
  return activation === "softmax" ? { loss: "categoricalCrossEntropy" } : {};
}

/** The numbers in the dtype; `name`: where they are in the file. */
export function finiteNumbers(name: string, values: ArrayLike<number>, dtype: DType): FloatArray {
  const numbers = dtype === "f32" ? Float32Array.from(values) : Float64Array.from(values);
  return checkFinite(name, numbers, values);
}

/** Refuses NaN and infinite numbers; `given`: as they are in the file. */
export function checkFinite<T extends FloatArray>(name: string, numbers: T, given: ArrayLike<number> = numbers): T {
  for (let n = 0; n < numbers.length; n++) {
    if (numbers[n]! - numbers[n]! === 0) continue;
    throw new FormatError(`${name}[${n}] is ${given[n]}; numbers finite in ${dtypeOf(numbers)} are expected`);
  }
  return numbers;
}

const BLOCK = 32; // a tile of it stays in the cache

/** rows × columns numbers as columns × rows numbers, row-major both. */
export function transpose<T extends FloatArray>(values: T, rows: number, columns: number): T {
  const turned = new (values.constructor as new (length: number) => T)(values.length);
  for (let top = 0; top < rows; top += BLOCK) {
    const below = Math.min(top + BLOCK, rows);
    for (let left = 0; left < columns; left += BLOCK) {
      const right = Math.min(left + BLOCK, columns);
      for (let i = top; i < below; i++) {
        for (let j = left; j < right; j++) turned[j * rows + i] = values[i * columns + j]!;
      }
    }
  }
  return turned;
}
