// What each kind of layer makes z of x by, the way back, and the gradients of its parameters.

import type { FloatArray } from "../../arrays.ts";
import type { LayerType } from "../../catalog/layers.ts";
import type { Layer } from "../engine.ts";
import { biasGradient, forward, inputGradient, type Round, weightGradient } from "./dense.ts";
import { type At, affine, inverseRoot, moments, normalizedOf } from "./normalization.ts";

/** Of a layer whose parameters lie in arrays that stay the same. */
export interface Transform {
  /** z of x. `trains`: it is a step of a training that changes the layer. */
  forward(z: FloatArray, x: FloatArray, rows: number, trains: boolean): void;
  /** ∂E/∂x of δ, after `forward`. */
  backward(back: FloatArray, delta: FloatArray, rows: number): void;
  /** Gradients of its parameters, in their order, after `forward`; in place of moving averages, what moves them. */
  gradients(g: readonly FloatArray[], x: FloatArray, delta: FloatArray, rows: number): void;
}

type Make = (layer: Layer, inputs: number, parameters: readonly FloatArray[], round: Round) => Transform;

const dense: Make = ({ units }, inputs, [w, b], round) => ({
  forward: (z, x, rows) => forward(z, x, w!, b!, { rows, inputs, units }, round),
  backward: (back, delta, rows) => inputGradient(back, delta, w!, { rows, inputs, units }, round),
  gradients([gw, gb], x, delta, rows) {
    weightGradient(gw!, x, delta, { rows, inputs, units }, round);
    biasGradient(gb!, delta, rows, units, round);
  },
});

const identity: Make = () => ({
  forward: (z, x) => z.set(x),
  backward: (back, delta) => back.set(delta),
  gradients: () => {},
});

/** A normalization of groups of numbers, `count` in each: of a column, or of a row. */
interface Normalized {
  readonly normalized: FloatArray;
  /** 1 / √(variance + ε) of each group. */
  readonly inverse: FloatArray;
}

/** Σ_s δ · normalized and Σ_s δ of each column. */
function columnSums(delta: FloatArray, normalized: FloatArray, units: number, round: Round) {
  const [products, sums] = [delta.slice(0, units).fill(0), delta.slice(0, units).fill(0)];
  for (let n = 0; n < delta.length; n++) {
    products[n % units] = products[n % units]! + round(delta[n]! * normalized[n]!);
    sums[n % units] = sums[n % units]! + delta[n]!;
  }
  return { products, sums };
}

const batchNormalization: Make = ({ epsilon = 0, scale = false, center = false }, units, parameters, round) => {
  const gamma = scale ? parameters[0] : undefined;
  const beta = center ? parameters[Number(scale)] : undefined;
  const [means, variances] = parameters.slice(-2) as [FloatArray, FloatArray];
  let kept: Normalized & { batch: { means: FloatArray; variances: FloatArray } | undefined };
  return {
    forward(z, x, rows, trains) {
      const at: At = (j, s) => s * units + j;
      const [normalized, inverse] = [z.slice(), means.slice()];
      const batch = trains ? { means: means.slice(), variances: variances.slice() } : undefined;
      for (let j = 0; j < units; j++) {
        let [mean, variance] = [means[j]!, variances[j]!];
        if (batch !== undefined) {
          ({ mean, variance } = moments(x, j, rows, at, round));
          batch.means[j] = mean;
          batch.variances[j] = variance;
        }
        inverse[j] = inverseRoot(variance, epsilon, round);
        for (let s = 0; s < rows; s++) {
          normalized[at(j, s)] = normalizedOf(x[at(j, s)]!, mean, inverse[j]!, round);
        }
      }
      affine(z, normalized, gamma, beta, round);
      kept = { normalized, inverse, batch };
    },
    backward(back, delta, rows) {
      const { normalized, inverse, batch } = kept;
      const { products, sums } = columnSums(delta, normalized, units, round);
      for (let n = 0; n < delta.length; n++) {
        const j = n % units;
        const factor = round((gamma?.[j] ?? 1) * inverse[j]!);
        let d = delta[n]!;
        if (batch !== undefined) {
          d = round(d - round(sums[j]! / rows));
          d = round(d - round(normalized[n]! * round(products[j]! / rows)));
        }
        back[n] = factor * d;
      }
    },
    gradients(g, _x, delta) {
      const { products, sums } = columnSums(delta, kept.normalized, units, round);
      const { means, variances } = kept.batch!;
      [...(scale ? [products] : []), ...(center ? [sums] : []), means, variances].forEach((values, n) => {
        g[n]!.set(values);
      });
    },
  };
};

const layerNormalization: Make = ({ epsilon = 0, scale = false, center = false }, units, parameters, round) => {
  const gamma = scale ? parameters[0] : undefined;
  const beta = center ? parameters[Number(scale)] : undefined;
  let kept: Normalized;
  return {
    forward(z, x, rows) {
      const at: At = (s, j) => s * units + j;
      const [normalized, inverse] = [z.slice(), z.slice(0, rows)];
      for (let s = 0; s < rows; s++) {
        const { mean, variance } = moments(x, s, units, at, round);
        inverse[s] = inverseRoot(variance, epsilon, round);
        for (let j = 0; j < units; j++) {
          normalized[at(s, j)] = normalizedOf(x[at(s, j)]!, mean, inverse[s]!, round);
        }
      }
      affine(z, normalized, gamma, beta, round);
      kept = { normalized, inverse };
    },
    backward(back, delta, rows) {
      const { normalized, inverse } = kept;
      for (let s = 0; s < rows; s++) {
        const d = delta.slice(s * units, (s + 1) * units);
        const n = normalized.subarray(s * units, (s + 1) * units);
        let [sum, product] = [0, 0];
        for (let j = 0; j < units; j++) {
          if (gamma !== undefined) d[j] = d[j]! * gamma[j]!;
          sum = round(sum + d[j]!);
          product = round(product + round(d[j]! * n[j]!));
        }
        const [mean, share] = [round(sum / units), round(product / units)];
        for (let j = 0; j < units; j++) {
          back[s * units + j] = inverse[s]! * round(round(d[j]! - mean) - round(n[j]! * share));
        }
      }
    },
    gradients(g, _x, delta) {
      const { products, sums } = columnSums(delta, kept.normalized, units, round);
      [...(scale ? [products] : []), ...(center ? [sums] : [])].forEach((values, n) => {
        g[n]!.set(values);
      });
    },
  };
};

const TRANSFORMS: Readonly<Record<LayerType, Make>> = {
  dense,
  activation: identity,
  batchNormalization,
  layerNormalization,
  dropout: identity,
};

/** moving = moving · momentum + batch · [1 − momentum] */
export function moveAverages(moving: FloatArray, batch: FloatArray, momentum: number, round: Round): void {
  const [kept, rest] = [round(momentum), round(1 - momentum)];
  for (let j = 0; j < moving.length; j++) moving[j] = round(moving[j]! * kept) + round(batch[j]! * rest);
}

export function transformOf(layer: Layer, inputs: number, parameters: readonly FloatArray[], round: Round): Transform {
  return TRANSFORMS[layer.type ?? "dense"](layer, inputs, parameters, round);
}
