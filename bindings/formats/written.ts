// A network as it is written in another language: what it is, in words, and its layers with their parameters.

import type { FloatArray } from "../arrays.ts";
import type { ActivationName } from "../catalog/activations.ts";
import { counted, hasOwn, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import { type DType, last } from "../numbers.ts";
import { type AnyNetwork, readModel } from "./model.ts";

/** What a prediction does with a row: a dense layer's sums of it, or an activation of each number. */
export type Step =
  | { readonly inputs: number; readonly units: number; readonly weights: FloatArray; readonly biases: FloatArray }
  | { readonly units: number; readonly activation: ActivationName; readonly alpha?: number };

/** What a written network is made of. */
export interface Written {
  readonly dtype: DType;
  readonly inputs: number;
  readonly outputs: number;
  readonly steps: readonly Step[];
  /** In words, such as "A network 2 → 3 relu → 1 sigmoid in f32". */
  readonly words: string;
}

/** @throws OptionError if it is no network, or a layer can't be written */
export function readNetwork(network: AnyNetwork): Written {
  const { inputs, dtype, layers } = readModel(network);
  const steps: Step[] = [];
  const words = [String(inputs)];
  layers.forEach((layer, l) => {
    if (layer.type === "dropout") return;
    if (layer.type !== "dense" && layer.type !== "activation") {
      throw new OptionError(`layers[${l}].type is ${show(layer.type)}; that can't be written`);
    }
    const { units, activation, alpha } = layer;
    if (layer.type === "dense") steps.push(layer);
    if (activation !== "linear") steps.push({ units, activation, ...(alpha !== undefined && { alpha }) });
    words.push(layer.type === "dense" ? `${units} ${activation}` : activation);
  });
  return { dtype, inputs, outputs: last(layers).units, steps, words: `A network ${words.join(" → ")} in ${dtype}` };
}

/** "1 number", "2 numbers". */
export function numbers(count: number): string {
  return counted(count, "number");
}

/** The pieces of these names and all that they use, in the order of the source. */
export function withAllUsed(pieces: Readonly<Record<string, string>>, names: Iterable<string>): string[] {
  const all = new Set<string>();
  const add = (name: string) => hasOwn(pieces, name) && all.add(name);
  for (const name of names) add(name);
  for (const name of all) for (const used of namesIn(pieces[name]!)) add(used);
  return Object.keys(pieces).filter((name) => all.has(name));
}

/** The identifiers of a source without its comments; those of properties keep their dot. */
export function namesIn(text: string): string[] {
  return text.replace(/\/\/.*/g, "").match(/\.?[A-Za-z_]\w*/g) ?? [];
}
