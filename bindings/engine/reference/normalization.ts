// The formulas of normalizations: of groups of numbers, which are columns or rows of a matrix. Each is a function of
// its own, since a network that is written as JavaScript (formats/javascript.ts) has those that it needs.

import type { FloatArray } from "../../arrays.ts";
import type { Round } from "./dense.ts";

/** Where number k of group g of a matrix is. */
export type At = (g: number, k: number) => number;

/** The mean and the variance of group g of x, which has `count` numbers. */
export function moments(
  x: FloatArray,
  g: number,
  count: number,
  at: At,
  round: Round,
): { mean: number; variance: number } {
  let sum = 0;
  for (let k = 0; k < count; k++) sum = round(sum + x[at(g, k)]!);
  const mean = round(sum / count);
  let squares = 0;
  for (let k = 0; k < count; k++) {
    const d = round(x[at(g, k)]! - mean);
    squares = round(squares + round(d * d));
  }
  return { mean, variance: round(squares / count) };
}

/** 1 / √(variance + ε) */
export function inverseRoot(variance: number, epsilon: number, round: Round): number {
  return round(1 / round(Math.sqrt(round(variance + round(epsilon)))));
}

/** What still has to be rounded. */
export function normalizedOf(x: number, mean: number, inverse: number, round: Round): number {
  return round(x - mean) * inverse;
}

/** normalized · gamma + beta; z may be normalized. */
export function affine(
  z: FloatArray,
  normalized: FloatArray,
  gamma: FloatArray | undefined,
  beta: FloatArray | undefined,
  round: Round,
): void {
  const units = (gamma ?? beta)?.length ?? 1;
  for (let n = 0; n < z.length; n++) {
    const scaled = gamma === undefined ? normalized[n]! : round(normalized[n]! * gamma[n % units]!);
    z[n] = beta === undefined ? scaled : scaled + beta[n % units]!;
  }
}
