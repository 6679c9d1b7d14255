// Plain stochastic gradient descent.

import type { FloatArray } from "../engine.ts";
import type { Round } from "./dense.ts";

/** w[i] −= learningRate · g[i] */
export function descend(w: FloatArray, g: FloatArray, learningRate: number, round: Round): void {
  const rate = round(learningRate);
  for (let i = 0; i < w.length; i++) w[i] = w[i]! - round(rate * g[i]!);
}
