// The optimizers, as assembly/NUMERICS.md defines them.

import type { FloatArray } from "../../arrays.ts";
import { OPTIMIZERS } from "../../catalog/optimizers.ts";
import { power } from "../../numbers.ts";
import type { Optimizer } from "../engine.ts";
import type { Round } from "./dense.ts";
import { expF64 } from "./elementary.ts";

/** w[i] −= learningRate · g[i] */
export function descend(w: FloatArray, g: FloatArray, learningRate: number, round: Round): void {
  const rate = round(learningRate);
  for (let i = 0; i < w.length; i++) w[i] = w[i]! - round(rate * g[i]!);
}

/** μ_t of nadam. */
export function nadamMomentum({ beta1 = 0, momentumDecay = 0 }: Optimizer, t: number): number {
  return beta1 * (1 - 0.5 * expF64(t * momentumDecay * -0.040821994520255166)); // ln 0.96
}

const sign = (x: number): number => (Number.isNaN(x) ? x : x > 0 ? 1 : x < 0 ? -1 : 0);

/** g += l2 · w + l1 · sign(w) */
export function addPenalties(g: FloatArray, w: FloatArray, l1: number, l2: number, round: Round): void {
  for (let i = 0; i < g.length; i++) {
    if (l2 > 0) g[i] = g[i]! + round(round(l2) * w[i]!);
    if (l1 > 0) g[i] = g[i]! + round(round(l1) * sign(w[i]!));
  }
}

/** g clipped to ±limit; what isn't finite becomes NaN. */
export function clipValues(g: FloatArray, limit: number, round: Round): void {
  const most = round(limit);
  for (let i = 0; i < g.length; i++) g[i] = Math.max(Math.min(g[i]!, most), -most) + g[i]! * 0;
}

/** sum + Σ_j Σ_i g[i][j]², i over the rows of all arrays, the outer sum in f64. */
export function addSquares(sum: number, gradients: readonly FloatArray[], units: number, round: Round): number {
  for (let j = 0; j < units; j++) {
    let column = 0;
    for (const g of gradients) for (let n = j; n < g.length; n += units) column = round(column + round(g[n]! * g[n]!));
    sum += column;
  }
  return sum;
}

/** What gradients are multiplied by so that their norm is `limit` at most; NaN where it isn't finite. */
export function clipScale(squares: number, limit: number): number {
  const norm = Math.sqrt(squares);
  return norm <= limit ? 1 : norm < Number.POSITIVE_INFINITY ? limit / norm : Number.NaN;
}

/** g[i] *= factor */
export function scaleValues(g: FloatArray, factor: number, round: Round): void {
  const by = round(factor);
  for (let i = 0; i < g.length; i++) g[i] = g[i]! * by;
}

/** What an optimizer has beside its slots. */
export interface Progress {
  steps: number;
  momentumProduct: number;
}

/**
 * The step of the parameters w by their gradients g; m and v are what the optimizer remembers. `decays`: they are
 * weights.
 */
export function stepParameters(
  optimizer: Optimizer,
  { steps, momentumProduct }: Progress,
  w: FloatArray,
  g: FloatArray,
  m: FloatArray | undefined,
  v: FloatArray | undefined,
  learningRate: number,
  decays: boolean,
  round: Round,
): void {
  const { type, momentum = 0, nesterov = false, beta1 = 0, beta2 = 0, weightDecay = 0 } = optimizer;
  if (type === "sgd" && momentum === 0) {
    descend(w, g, learningRate, round);
    return;
  }
  const t = steps + 1;
  const rate = round(learningRate);
  const epsilon = round(optimizer.epsilon ?? 0);
  const [mu, b1, c1, b2, c2] = [momentum, beta1, 1 - beta1, beta2, 1 - beta2].map(round) as number[];
  const kept = round(1 - rate * weightDecay);
  const inverse = round(1 / Math.sqrt(1 - power(beta2, t)));
  const corrected = round(rate / (1 - power(beta1, t)));
  const [now, next] = type === "nadam" ? [nadamMomentum(optimizer, t), nadamMomentum(optimizer, t + 1)] : [0, 0];
  const product = momentumProduct * now;
  const ofG = round((rate * (1 - now)) / (1 - product));
  const ofM = round((rate * next) / (1 - product * next));
  const mix = (a: number, x: number, b: number, y: number) => round(round(a * x) + round(b * y));
  for (let i = 0; i < w.length; i++) {
    const gradient = g[i]!;
    const square = round(gradient * gradient);
    let step = gradient;
    let by = rate;
    if (type === "sgd") {
      step = round(round(mu! * m![i]!) + gradient);
      m![i] = step;
      if (nesterov) step = round(gradient + round(mu! * step));
    } else if (type === "rmsprop" || type === "adagrad") {
      m![i] = type === "adagrad" ? m![i]! + square : mix(b2!, m![i]!, c2!, square);
      step = round(gradient / round(round(Math.sqrt(m![i]!)) + epsilon));
    } else if (type === "lion") {
      step = sign(mix(b1!, m![i]!, c1!, gradient));
      m![i] = mix(b2!, m![i]!, c2!, gradient);
    } else {
      m![i] = mix(b1!, m![i]!, c1!, gradient);
      v![i] = mix(b2!, v![i]!, c2!, square);
      const root = round(round(round(Math.sqrt(v![i]!)) * inverse) + epsilon);
      step = round((type === "nadam" ? mix(ofG, gradient, ofM, m![i]!) : m![i]!) / root);
      by = type === "nadam" ? 1 : corrected;
    }
    if (decays && weightDecay > 0) w[i] = w[i]! * kept;
    w[i] = w[i]! - round(by * step);
  }
}

/** After a step, for those that correct for their start. */
export function countStep(optimizer: Optimizer, progress: Progress): void {
  if (!OPTIMIZERS[optimizer.type].countsSteps) return;
  progress.steps++;
  if (optimizer.type === "nadam") progress.momentumProduct *= nadamMomentum(optimizer, progress.steps);
}
