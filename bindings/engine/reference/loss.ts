// The losses: errors per sample with j ascending, then over samples, all in f64, and the output delta.
// assembly/NUMERICS.md has the formulas. What is done with their sum is in lossOf.

import type { FloatArray } from "../../arrays.ts";
import { errorCount, LOSSES } from "../../catalog/losses.ts";
import type { Loss } from "../engine.ts";
import type { Round } from "./dense.ts";
import { expF64, logF64 } from "./elementary.ts";

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

/** What a layer gave for a batch. */
export interface Outputs {
  /** Before the activation. */
  readonly z: FloatArray;
  readonly a: FloatArray;
  readonly slope: FloatArray;
}

/** start + Σ_s e[s]. */
export function sumErrors(
  { type, delta = 0, clip = 0 }: Loss,
  start: number,
  { z, a }: Outputs,
  y: FloatArray,
  rows: number,
  outputs: number,
  round: Round,
): number {
  const { fromZ, isBinary, isSquared } = LOSSES[type];
  if (isSquared) return sumSquaredErrors(start, a, y, rows, outputs, round);
  const limit = round(delta);
  let sum = start;
  for (let s = 0; s < rows; s++) {
    const row = (values: FloatArray) => values.subarray(s * outputs, (s + 1) * outputs);
    if (fromZ && isBinary) sum += binaryCrossEntropy(row(z), row(y), round(clip), round);
    else if (fromZ) sum += categoricalCrossEntropy(row(z), row(y), round(clip), round);
    else {
      let error = 0;
      for (let n = s * outputs; n < (s + 1) * outputs; n++) {
        const r = Math.abs(round(a[n]! - y[n]!));
        error += type === "mae" ? r : r <= limit ? 0.5 * (r * r) : limit * (r - 0.5 * limit);
      }
      sum += error;
    }
  }
  return sum;
}

/** Σ_j ln(1 + e^z) − z · y */
function binaryCrossEntropy(zs: FloatArray, y: FloatArray, clip: number, round: Round): number {
  let error = 0;
  const highest = round(1 - clip);
  const zLow = clip > 0 ? logF64(clip / (1 - clip)) : -Infinity;
  const zHigh = clip > 0 ? logF64(highest / (1 - highest)) : Infinity;
  for (let j = 0; j < zs.length; j++) {
    const z = Math.min(Math.max(zs[j]!, zLow), zHigh);
    const u = expF64(-Math.abs(z));
    const w = 1 + u;
    const d = w - 1;
    error += Math.max(z, 0) - z * y[j]! + (d === 0 ? u : logF64(w) * (u / d));
  }
  return error;
}

/** Σ_j y · (ln Σ_k e^(z_k − m) − (z_j − m)), m the largest z. */
function categoricalCrossEntropy(z: FloatArray, y: FloatArray, clip: number, round: Round): number {
  const m = maximum(z);
  let sum = 0;
  for (let j = 0; j < z.length; j++) sum += expF64(z[j]! - m);
  const logarithm = logF64(sum);
  let error = 0;
  const least = clip > 0 ? -logF64(round(1 - clip)) : 0;
  const most = clip > 0 ? -logF64(clip) : Infinity;
  for (let j = 0; j < z.length; j++) {
    const e = logarithm - (z[j]! - m);
    error += y[j]! * (clip > 0 ? Math.min(Math.max(e, least), most) : e);
  }
  return error;
}

export function maximum(z: FloatArray): number {
  let m = z[0]!;
  for (let j = 1; j < z.length; j++) m = Math.max(m, z[j]!);
  return m;
}

/** δ of the output layer. */
export function outputDelta(
  delta: FloatArray,
  { type, delta: limit = 0, clip = 0 }: Loss,
  { a, slope }: Outputs,
  y: FloatArray,
  rows: number,
  round: Round,
): void {
  const { fromZ, isBinary, isSquared, meanOver } = LOSSES[type];
  const outputs = a.length / rows;
  const count = errorCount(type, rows, outputs);
  const divisor = round(isSquared ? 0.5 * count : count); // the derivative of d² is 2 d
  const most = round(limit);
  const least = round(clip);
  const isClipped = (p: number) => clip > 0 && (p < least || p > round(1 - least));
  for (let s = 0; s < rows; s++) {
    let total = 0; // of the row's targets
    for (let n = s * outputs; n < (s + 1) * outputs; n++) {
      if (!isClipped(a[n]!)) total = round(total + y[n]!);
    }
    for (let n = s * outputs; n < (s + 1) * outputs; n++) {
      const isLost = isClipped(a[n]!);
      const target = fromZ && !isBinary && isLost ? 0 : y[n]!;
      let d = round((fromZ && !isBinary ? round(a[n]! * total) : a[n]!) - target);
      if (isBinary && isLost) d = 0;
      if (type === "mae") d = Number.isNaN(d) ? d : d > 0 ? 1 : d < 0 ? -1 : 0;
      if (type === "huber") d = Math.max(Math.min(d, most), -most);
      if (!fromZ) d = round(d * slope[n]!);
      delta[n] = meanOver === undefined ? d : d / divisor;
    }
  }
}

/** δ of the output layer from ∂E/∂a; `isOverRows`: its activation is softmax. */
export function upstreamDelta(
  delta: FloatArray,
  upstream: FloatArray,
  { a, slope }: Outputs,
  isOverRows: boolean,
  outputs: number,
  round: Round,
): void {
  for (let first = 0; first < a.length; first += outputs) {
    let sum = 0; // of softmax
    for (let n = first; n < first + outputs; n++) sum = round(sum + round(upstream[n]! * a[n]!));
    for (let n = first; n < first + outputs; n++) {
      delta[n] = isOverRows ? a[n]! * round(upstream[n]! - sum) : upstream[n]! * slope[n]!;
    }
  }
}
