// The matrix products of a dense layer as their textbook loops: outputs first, then inputs, then sizes.
// `round` rounds to the dtype: Math.fround for f32, the identity for f64. Storing into an array rounds too.

import type { FloatArray } from "../../arrays.ts";
import type { DenseShape } from "../engine.ts";

export type Round = (value: number) => number;

export const identity: Round = (value) => value;

export function roundOf(array: FloatArray): Round {
  return array instanceof Float32Array ? Math.fround : identity;
}

/** z[s][j] = b[j] + Σ_i x[s][i] · w[i][j] */
export function forward(
  z: FloatArray,
  x: FloatArray,
  w: FloatArray,
  b: FloatArray,
  { rows, inputs, units }: DenseShape,
  round: Round,
): void {
  for (let s = 0; s < rows; s++) {
    for (let j = 0; j < units; j++) {
      let sum = b[j]!;
      for (let i = 0; i < inputs; i++) sum = round(sum + round(x[s * inputs + i]! * w[i * units + j]!));
      z[s * units + j] = sum;
    }
  }
}

/** t[s][i] = Σ_j w[i][j] · δ[s][j] */
export function inputGradient(
  t: FloatArray,
  delta: FloatArray,
  w: FloatArray,
  { rows, inputs, units }: DenseShape,
  round: Round,
): void {
  for (let s = 0; s < rows; s++) {
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let j = 0; j < units; j++) sum = round(sum + round(w[i * units + j]! * delta[s * units + j]!));
      t[s * inputs + i] = sum;
    }
  }
}

/** g[i][j] = Σ_s x[s][i] · δ[s][j] */
export function weightGradient(
  g: FloatArray,
  x: FloatArray,
  delta: FloatArray,
  { rows, inputs, units }: DenseShape,
  round: Round,
): void {
  for (let i = 0; i < inputs; i++) {
    for (let j = 0; j < units; j++) {
      let sum = 0;
      for (let s = 0; s < rows; s++) sum = round(sum + round(x[s * inputs + i]! * delta[s * units + j]!));
      g[i * units + j] = sum;
    }
  }
}

/** g[j] = Σ_s δ[s][j] */
export function biasGradient(g: FloatArray, delta: FloatArray, rows: number, units: number, round: Round): void {
  for (let j = 0; j < units; j++) {
    let sum = 0;
    for (let s = 0; s < rows; s++) sum = round(sum + delta[s * units + j]!);
    g[j] = sum;
  }
}
