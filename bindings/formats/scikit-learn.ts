// MLPClassifier and MLPRegressor of scikit-learn, as JSON that a short function in Python writes (docs/formats.md).

import type { ActivationName } from "../catalog/activations.ts";
import type { LossName } from "../catalog/losses.ts";
import { checkDType, optional, readNames } from "../checks.ts";
import { OptionError } from "../errors.ts";
import { type DType, last } from "../numbers.ts";
import { choiceOf, listOf, numbersFrom, readCopy } from "./json.ts";
import { type AnyNetwork, type DenseLayer, denseLayersOf, type ImportedNetwork, networkOf } from "./model.ts";

/** A model of scikit-learn: its attributes, by their names there. */
export interface ScikitLearnMLP {
  /** Of the hidden layers: "identity", "logistic", "tanh" or "relu". */
  readonly activation: string;
  /** Of the outputs: "identity", "logistic" or "softmax". */
  readonly out_activation_: string;
  /** The weights of each layer: a list of `units` numbers for each input. */
  readonly coefs_: readonly (readonly (readonly number[])[])[];
  /** The biases of each layer. */
  readonly intercepts_: readonly (readonly number[])[];
}

const HIDDEN = { identity: "linear", logistic: "sigmoid", tanh: "tanh", relu: "relu" } as const;
const OUT = { identity: "linear", logistic: "sigmoid", softmax: "softmax" } as const;
const LOSSES: Readonly<Record<string, LossName>> = {
  identity: "mse",
  logistic: "binaryCrossEntropy",
  softmax: "categoricalCrossEntropy",
};

/**
 * Reads a fitted `MLPClassifier` or `MLPRegressor` of scikit-learn as options of `Network.create`; docs/formats.md has
 * the Python that writes the JSON. The outputs are those of `predict` of a regressor, and the probabilities of a
 * classifier, of the second class where there are two.
 *
 * @param saved - The JSON, as an object or text.
 * @param options - `dtype`: the type of the parameters, by default "f64", as in scikit-learn.
 * @throws FormatError if anything in it is missing, of another shape or not finite
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Network } from "bitgrad";
 * import { fromScikitLearn } from "bitgrad/formats";
 *
 * const net = await Network.create(fromScikitLearn(await readFile("model.json", "utf8")));
 * ```
 */
export function fromScikitLearn(saved: ScikitLearnMLP | string, options?: { readonly dtype?: DType }): ImportedNetwork {
  const { dtype = "f64" } = readNames("options", optional(options), ["dtype"]);
  checkDType(dtype);
  return readCopy("the model of scikit-learn", saved, (json) => {
    const out = json.out_activation_;
    const outputs = choiceOf("out_activation_", out, OUT);
    const weights = listOf("coefs_", json.coefs_);
    const hidden = weights.length > 1 ? choiceOf("activation", json.activation, HIDDEN) : "linear";
    const biases = listOf("intercepts_", json.intercepts_, weights.length);
    let inputs: number | undefined;
    const layers = weights.map((rows, l): DenseLayer => {
      const [names, isLast] = [[`coefs_[${l}]`, `intercepts_[${l}]`] as const, l === weights.length - 1];
      const given = listOf(names[0], rows, inputs);
      const ofUnits = listOf(names[1], biases[l]);
      const units = ofUnits.length;
      const matrix = given.map((row, i) => listOf(`${names[0]}[${i}]`, row, units));
      inputs = units;
      return {
        type: "dense",
        inputs: given.length,
        units,
        activation: isLast ? outputs : hidden,
        weights: numbersFrom(dtype, given.length, units, (i, j) => [`${names[0]}[${i}][${j}]`, matrix[i]![j]]),
        biases: numbersFrom(dtype, 1, units, (_, j) => [`${names[1]}[${j}]`, ofUnits[j]]),
      };
    });
    return networkOf(layers[0]!.inputs, layers, dtype, { loss: LOSSES[out as string]! });
  });
}

/**
 * Returns a network as JSON for scikit-learn; docs/formats.md has the Python that reads it.
 *
 * @throws OptionError if hidden layers have different activations, or one that scikit-learn hasn't
 */
export function toScikitLearn(network: AnyNetwork): ScikitLearnMLP {
  const layers = denseLayersOf(network);
  const first = layers[0]!.activation;
  return {
    activation: layers.length === 1 ? "identity" : wordOf(HIDDEN, first, 0),
    out_activation_: wordOf(OUT, last(layers).activation, layers.length - 1),
    coefs_: layers.map(({ inputs, units, weights }, l) => {
      if (l < layers.length - 1 && layers[l]!.activation !== first) {
        const words = `"${first}", as in the first layer, is expected: scikit-learn has one for all hidden layers`;
        throw new OptionError(`layers[${l}].activation is "${layers[l]!.activation}"; ${words}`);
      }
      return Array.from({ length: inputs }, (_, i) => Array.from(weights.subarray(i * units, (i + 1) * units)));
    }),
    intercepts_: layers.map(({ biases }) => Array.from(biases)),
  };
}

function wordOf(words: Readonly<Record<string, ActivationName>>, activation: ActivationName, l: number): string {
  const found = Object.entries(words).find(([, name]) => name === activation);
  if (found !== undefined) return found[0];
  const known = Object.values(words).map((name) => `"${name}"`);
  throw new OptionError(`layers[${l}].activation is "${activation}"; scikit-learn has ${known.join(", ")} there`);
}
