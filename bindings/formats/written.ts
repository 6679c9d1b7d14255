// A network as it is written in another language: what it is, in words, and its layers with their parameters.

import type { FloatArray } from "../arrays.ts";
import type { ActivationName } from "../catalog/activations.ts";
import { counted, hasOwn } from "../checks.ts";
import { identity } from "../engine/reference/dense.ts";
import { inverseRoot } from "../engine/reference/normalization.ts";
import { type DType, last } from "../numbers.ts";
import { type AnyNetwork, type NormalizationLayer, readModel } from "./model.ts";

/** What a prediction does with a row: a dense layer's sums of it, an activation of each number, a normalization. */
export type Step =
  | {
      readonly type: "dense";
      readonly inputs: number;
      readonly units: number;
      readonly weights: FloatArray;
      readonly biases: FloatArray;
    }
  | {
      readonly type: "activation";
      readonly units: number;
      readonly activation: ActivationName;
      readonly alpha?: number;
    }
  | ({
      readonly type: "batchNormalization";
      readonly mean: FloatArray;
      /** 1 / √(variance + epsilon). */
      readonly inverse: FloatArray;
    } & Affine)
  | ({ readonly type: "layerNormalization"; readonly epsilon: number } & Affine);

/** The last step of a normalization. */
interface Affine {
  readonly units: number;
  readonly gamma: FloatArray | undefined;
  readonly beta: FloatArray | undefined;
}

/** What a written network is made of. */
export interface Written {
  readonly dtype: DType;
  readonly inputs: number;
  readonly outputs: number;
  readonly steps: readonly Step[];
  /** In words, such as "A network 2 → 3 relu → 1 sigmoid in f32". */
  readonly words: string;
}

/** @throws OptionError if it is no network */
export function readNetwork(network: AnyNetwork): Written {
  const { inputs, dtype, layers } = readModel(network);
  const steps: Step[] = [];
  const words = [String(inputs)];
  for (const layer of layers) {
    if (layer.type === "dropout") continue;
    if (layer.type !== "dense" && layer.type !== "activation") {
      words.push(layer.type);
      steps.push(normalizationOf(layer, dtype));
      continue;
    }
    const { type, units, activation, alpha } = layer;
    if (type === "dense") steps.push(layer);
    if (activation !== "linear") {
      steps.push({ type: "activation", units, activation, ...(alpha !== undefined && { alpha }) });
    }
    words.push(type === "dense" ? `${units} ${activation}` : activation);
  }
  return { dtype, inputs, outputs: last(layers).units, steps, words: `A network ${words.join(" → ")} in ${dtype}` };
}

function normalizationOf(layer: NormalizationLayer, dtype: DType): Step {
  const { type, units, epsilon, gamma, beta, movingMean, movingVariance } = layer;
  if (type === "layerNormalization") return { type, units, epsilon, gamma, beta };
  const round = dtype === "f32" ? Math.fround : identity;
  const inverse = movingVariance!.map((variance) => inverseRoot(variance, epsilon, round));
  return { type: "batchNormalization", units, mean: movingMean!, inverse, gamma, beta };
}

/** The parameters of a step in order. */
export function parametersOf(step: Step): FloatArray[] {
  if (step.type === "dense") return [step.weights, step.biases];
  if (step.type === "activation") return [];
  const { gamma, beta } = step;
  const moments = step.type === "batchNormalization" ? [step.mean, step.inverse] : [];
  return [...moments, ...(gamma ? [gamma] : []), ...(beta ? [beta] : [])];
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

/** The identifiers of a source without comments; those of properties keep their dot. */
export function namesIn(text: string): string[] {
  return text.match(/\.?[A-Za-z_]\w*/g) ?? [];
}
