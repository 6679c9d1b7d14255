// Networks for the tests of what is written in other languages: of every activation and of normalizations in both
// dtypes, with ordinary parameters and with those at the ends of their range; and rows of x for each.

import { type ActivationName, type DType, type LayerOptions, Network } from "bitgrad";
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

const INPUTS = 4;

const DENSE = { units: 5, activation: "linear" } as const;
const BATCH = { type: "batchNormalization", epsilon: 1e-5 } as const;
const LAYER = { type: "layerNormalization", epsilon: 1e-7 } as const;

/** Normalizations first, between and last, with and without gamma and beta. */
const NORMALIZED: Readonly<Record<string, readonly LayerOptions[]>> = {
  "batch normalization": [DENSE, BATCH, { type: "activation", activation: "tanh" }, { units: 3, activation: "linear" }],
  "batch normalization first, without gamma and last": [{ ...BATCH, scale: false }, DENSE, { ...BATCH, center: false }],
  "batch normalization without both": [DENSE, { ...BATCH, center: false, scale: false }, DENSE],
  "layer normalization": [DENSE, LAYER, { type: "activation", activation: "relu" }, { units: 3, activation: "linear" }],
  "layer normalization first, without gamma and last": [{ ...LAYER, scale: false }, DENSE, { ...LAYER, center: false }],
  "layer normalization without both, then softmax": [
    { ...LAYER, center: false, scale: false },
    BATCH,
    DENSE,
    LAYER,
    { type: "activation", activation: "softmax" },
  ],
};

/** Two for each network: of ordinary parameters, and of those at the ends of their range. */
export function casesOf(dtype: DType): Case[] {
  const last = ACTIVATIONS.length - 1; // softmax, which is for the last layer
  const activated = ACTIVATIONS.map((activation, n) => {
    const before = ACTIVATIONS[(n + 5) % last]!;
    const layers = [
      { units: 5, activation: activation === "softmax" ? "linear" : activation, ...alphaOf(activation) },
      { units: 7, activation: before, ...alphaOf(before) },
      { units: 3, activation },
    ] as const;
    const network = Network.createSync({ inputs: INPUTS, layers, loss: lossOf(activation), dtype, seed: n });
    return { name: activation, network };
  });
  const normalized = Object.entries(NORMALIZED).map(([name, layers], n) => {
    const loss = name.endsWith("softmax") ? "categoricalCrossEntropy" : "mse";
    const network = Network.createSync({ inputs: INPUTS, layers, loss, dtype, seed: n });
    network.setParameters(drawn(network, uniform(n + 1), (next) => next() + 0.25));
    return { name, network };
  });
  return [...activated, ...normalized].flatMap(({ name, network }, n) => {
    const next = uniform(n + 1);
    const hard = () => HARD[dtype][Math.floor(next() * HARD[dtype].length)]!;
    const rows = (draw: () => number) => Array.from({ length: 40 }, () => Array.from({ length: INPUTS }, draw));
    const spread = () => (next() - 0.5) * 10 ** Math.floor(next() * 5 - 2);
    const ordinary = caseOf(`${name} in ${dtype}`, network, [...rows(spread), ...rows(hard)]);
    const extreme = Network.fromJSONSync(network.toJSON());
    extreme.setParameters(drawn(extreme, next, () => (next() < 0.4 ? hard() : spread())));
    return [ordinary, caseOf(`${name} in ${dtype}, extreme`, extreme, [...rows(spread), ...rows(hard)])];
  });
}

/** Parameters of a network's shapes. */
function drawn(network: Network, next: () => number, draw: (next: () => number) => number) {
  return network.getParameters().map((layer) => {
    const parts = Object.entries(layer).map(([part, { length }]) => {
      const values = Float64Array.from({ length }, () => draw(next));
      return [part, part === "movingVariance" ? values.map(Math.abs) : values];
    });
    return Object.fromEntries(parts);
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
