// Sum of squared errors E = ½ Σ_s Σ_j (a − y)² and its gradient. The difference is rounded to the dtype; squares and sums
// are f64, per sample with j ascending, then over samples. The caller halves the total.

import type { FloatArray } from "../engine.ts";
import type { Round } from "./dense.ts";

/** start + Σ_s Σ_j (a − y)² */
export function sumSquaredErrors(
  start: number,
  a: FloatArray,
  y: FloatArray,
  rows: number,
  outputs: number,
  round: Round,
): number {
  let sum = start;
  for (let s = 0; s < rows; s++) {
    let error = 0;
    for (let j = 0; j < outputs; j++) {
      const difference = round(a[s * outputs + j]! - y[s * outputs + j]!);
      error += difference * difference;
    }
    sum += error;
  }
  return sum;
}

/** g[i] = a[i] − y[i] */
export function errorGradient(g: FloatArray, a: FloatArray, y: FloatArray): void {
  for (let i = 0; i < a.length; i++) g[i] = a[i]! - y[i]!;
}
