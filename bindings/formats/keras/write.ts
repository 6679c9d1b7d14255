// The layers of a network in Keras' words, as TensorFlow.js reads them.

import type { FloatArray } from "../../arrays.ts";
import { OptionError } from "../../errors.ts";
import type { Activated, DenseLayer, ModelLayer, NormalizationLayer } from "../model.ts";
import { wordFor } from "./activations.ts";

/** A weight with its name in the file. */
export interface WrittenWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly numbers: Float32Array;
}

/** The layers of a Sequential, and their weights in order. */
export function writeLayers(
  inputs: number,
  layers: readonly ModelLayer[],
): { readonly json: readonly object[]; readonly weights: readonly WrittenWeight[] } {
  const writer = new LayerWriter(inputs);
  layers.forEach((layer, l) => writer.write(`layers[${l}]`, layer));
  return writer;
}

class LayerWriter {
  readonly json: object[] = [];
  readonly weights: WrittenWeight[] = [];
  readonly #inputs: number;

  constructor(inputs: number) {
    this.#inputs = inputs;
  }

  write(where: string, layer: ModelLayer): void {
    if (layer.type === "dense") this.#writeDense(where, layer);
    else if (layer.type === "activation") {
      const word = wordOf(where, layer);
      if (word === undefined) this.#addLeaky(layer);
      else this.#add("Activation", "activation", { activation: word });
    } else if (layer.type === "dropout") this.#add("Dropout", "dropout", { rate: layer.rate });
    else this.#writeNormalization(where, layer);
  }

  #writeDense(where: string, layer: DenseLayer): void {
    const { inputs, units, weights, biases, l1 = 0, l2 = 0, dropout = 0, trainable = true } = layer;
    const word = wordOf(where, layer);
    const isPenalized = l1 > 0 || l2 > 0;
    const name = this.#add("Dense", "dense", {
      ...{ units, activation: word ?? "linear", use_bias: true, trainable },
      // ½ · l2 · Σ w² is Keras' (½ · l2) · Σ w²
      kernel_regularizer: isPenalized ? { class_name: "L1L2", config: { l1, l2: l2 / 2 } } : null,
    });
    this.#addWeight(where, `${name}/kernel`, [inputs, units], weights);
    this.#addWeight(where, `${name}/bias`, [units], biases);
    if (word === undefined) this.#addLeaky(layer);
    if (dropout > 0) this.#add("Dropout", "dropout", { rate: dropout });
  }

  #addLeaky({ alpha }: Activated): void {
    this.#add("LeakyReLU", "leaky_re_lu", { alpha });
  }

  #writeNormalization(where: string, layer: NormalizationLayer): void {
    const { type, epsilon, momentum, gamma, beta, movingMean, movingVariance, trainable = true } = layer;
    const isBatch = type === "batchNormalization";
    const flags = { epsilon, center: beta !== undefined, scale: gamma !== undefined, trainable };
    const name = isBatch
      ? this.#add("BatchNormalization", "batch_normalization", { axis: -1, momentum, ...flags })
      : this.#add("LayerNormalization", "layer_normalization", { axis: -1, ...flags });
    const parts = { gamma, beta, moving_mean: movingMean, moving_variance: movingVariance };
    for (const [part, numbers] of Object.entries(parts)) {
      if (numbers !== undefined) this.#addWeight(where, `${name}/${part}`, [numbers.length], numbers);
    }
  }

  /** Returns the layer's name. */
  #add(className: string, word: string, config: object): string {
    const name = `${word}_${this.json.length + 1}`;
    const first = this.json.length === 0 && { batch_input_shape: [null, this.#inputs], dtype: "float32" };
    this.json.push({ class_name: className, config: { name, trainable: true, ...first, ...config } });
    return name;
  }

  #addWeight(where: string, name: string, shape: readonly number[], given: FloatArray): void {
    const numbers = Float32Array.from(given);
    const n = numbers.findIndex((number) => !Number.isFinite(number));
    if (n >= 0) throw new OptionError(`${where}: ${name}[${n}] is ${given[n]}; that is infinite in f32`);
    this.weights.push({ name, shape, numbers });
  }
}

/** Undefined of "leakyRelu", which is a layer of its own there. */
function wordOf(where: string, { activation, alpha }: Activated): string | undefined {
  const word = wordFor(activation, alpha);
  if (word !== undefined || activation === "leakyRelu") return word;
  const shown = alpha === undefined ? "" : ` with alpha ${alpha}`;
  throw new OptionError(`${where}.activation is "${activation}"${shown}; TensorFlow.js hasn't got that`);
}
