// Networks for the tests of what is written in other languages: of every activation in both dtypes, with ordinary
// parameters and with those at the ends of their range; and rows of x for each.

import { type ActivationName, type DType, Network } from "bitgrad";
import { uniform } from "../support/random.ts";

/** Every one, by the library's own list. */
export const ACTIVATIONS: readonly ActivationName[] = activationNames();

function activationNames(): ActivationName[] {
  try {
    Network.createSync({ inputs: 1, layers: [{ units: 1, activation: "nothing" as "relu" }] });
  } catch (error) {
    return [...(error as Error).message.matchAll(/"(\w+)"/g)].map(([, name]) => name as ActivationName).slice(1);
  }
  throw new Error("every activation is known");
}

export interface Case {
  readonly name: string;
  readonly dtype: DType;
  readonly network: Network;
  readonly x: number[][];
  /** What `predict` gives. */
  readonly a: number[][];
}

/** −0, subnormal numbers, numbers whose products are infinite, and some between. */
const HARD = {
  f32: [0, -0, 1e-45, -1e-45, 1.1754942e-38, -3e-39, 3.4e38, -3.4e38, 1e19, -1e19, 88.8, -104, 0.5, -0.5, 1e-8, 17],
  f64: [
    0, -0, 5e-324, -5e-324, 2.2250738585072009e-308, -1e-310, 1.7e308, -1.7e308, 1e160, -1e160, 709.9, -745.2,
  ].concat([0.5, -0.5, 1e-8, 37]),
} as const;

export function casesOf(dtype: DType): Case[] {
  const last = ACTIVATIONS.length - 1; // softmax, which is for the last layer
  const found = ACTIVATIONS.map((activation, n) => {
    const before = ACTIVATIONS[(n + 5) % last]!;
    const layers = [
      { units: 5, activation: activation === "softmax" ? "linear" : activation, ...alphaOf(activation) },
      { units: 7, activation: before, ...alphaOf(before) },
      { units: 3, activation },
    ] as const;
    const network = Network.createSync({ inputs: 4, layers, loss: lossOf(activation), dtype, seed: n });
    return { activation, network };
  });
  return found.flatMap(({ activation, network }, n) => {
    const next = uniform(n + 1);
    const hard = () => HARD[dtype][Math.floor(next() * HARD[dtype].length)]!;
    const rows = (draw: () => number) => Array.from({ length: 40 }, () => Array.from({ length: 4 }, draw));
    const spread = () => (next() - 0.5) * 10 ** Math.floor(next() * 5 - 2);
    const ordinary = caseOf(`${activation} in ${dtype}`, network, [...rows(spread), ...rows(hard)]);
    const extreme = Network.fromJSONSync(network.toJSON());
    const any = (count: number) => Float64Array.from({ length: count }, () => (next() < 0.4 ? hard() : spread()));
    const drawn = extreme.getParameters().map(({ weights, biases }) => {
      return { weights: any(weights.length), biases: any(biases.length) };
    });
    extreme.setParameters(drawn);
    return [ordinary, caseOf(`${activation} in ${dtype}, extreme`, extreme, [...rows(spread), ...rows(hard)])];
  });
}

function caseOf(name: string, network: Network, x: number[][]): Case {
  return { name, dtype: network.dtype, network, x, a: network.predict(x) };
}

function alphaOf(activation: ActivationName) {
  return activation === "leakyRelu" || activation === "elu" ? { alpha: 0.3 } : {};
}

function lossOf(activation: ActivationName) {
  return activation === "softmax" ? ("categoricalCrossEntropy" as const) : ("mse" as const);
}
