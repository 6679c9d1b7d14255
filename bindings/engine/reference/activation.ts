// The elementary functions over arrays, the sigmoid's derivative from its output, and the activation functions with
// their derivatives, operation for operation as assembly/NUMERICS.md defines them.

import { byteOffsetOf, type FloatArray } from "../../arrays.ts";
import type { ElementwiseName } from "../../catalog/activations.ts";
import type { Elementary } from "../engine.ts";
import type { Round } from "./dense.ts";
import * as of from "./elementary.ts";
import { maximum } from "./loss.ts";

const FUNCTIONS = {
  exp: [of.expF32, of.expF64],
  log: [of.logF32, of.logF64],
  tanh: [of.tanhF32, of.tanhF64],
  sigmoid: [of.sigmoidF32, of.sigmoidF64],
} as const;

/** out[i] = f(z[i]); both may be parts of one buffer. */
export function elementary(name: Elementary, out: FloatArray, z: FloatArray): void {
  const f = FUNCTIONS[name][z instanceof Float32Array ? 0 : 1];
  if (byteOffsetOf(out) <= byteOffsetOf(z)) for (let i = 0; i < z.length; i++) out[i] = f(z[i]!);
  else for (let i = z.length - 1; i >= 0; i--) out[i] = f(z[i]!); // what is written first must have been read
}

/** d[i] = a[i] · (1 − a[i]). */
export function sigmoidDerivative(d: FloatArray, a: FloatArray, round: Round): void {
  for (let i = 0; i < a.length; i++) d[i] = a[i]! * round(1 - a[i]!);
}

const SELU_SCALE = 1.0507009873554805; // λ
const SELU_LIMIT = 1.7580993408473768; // λ · α
const GELU_LINEAR = 1.5957691216057308; // 2 √(2/π)
const GELU_CUBIC = 0.07135481627260025; // 0.044715 times that

/** z to f(z) and f'(z); what is returned may still have to be rounded. */
export type Activation = (z: number) => [number, number];

/** a[i] = f(z[i]) and slope[i] = f'(z[i]); a may be z. */
export function activate(f: Activation, a: FloatArray, slope: FloatArray, z: FloatArray): void {
  for (let i = 0; i < z.length; i++) [a[i], slope[i]] = f(z[i]!);
}

/** Rows of `units`: a = e^(z − m) / Σ e^(z − m), m the largest z; a may be z. */
export function softmax(a: FloatArray, z: FloatArray, units: number, round: Round): void {
  const exp = FUNCTIONS.exp[z instanceof Float32Array ? 0 : 1];
  for (let start = 0; start < z.length; start += units) {
    const m = maximum(z.subarray(start, start + units));
    let sum = 0;
    for (let n = start; n < start + units; n++) {
      a[n] = exp(round(z[n]! - m));
      sum = round(sum + a[n]!);
    }
    for (let n = start; n < start + units; n++) a[n] = a[n]! / sum;
  }
}

export function activationOf(name: ElementwiseName, alpha: number, round: Round): Activation {
  const rounded = (name: Elementary) => {
    const f = FUNCTIONS[name][round === Math.fround ? 0 : 1];
    return (z: number) => round(f(z));
  };
  const [exp, log, tanh, sigmoid] = [rounded("exp"), rounded("log"), rounded("tanh"), rounded("sigmoid")];
  const expMinus1 = (z: number) => {
    const t = tanh(round(z * 0.5));
    return round(round(t + t) / round(1 - t));
  };
  const hardSigmoid = (z: number) => Math.min(Math.max(round(round(z * round(1 / 6)) + 0.5), 0), 1);
  const limit = round(name === "selu" ? SELU_LIMIT : alpha);
  switch (name) {
    case "linear":
      return (z) => [z, 1];
    case "sigmoid":
      return (z) => {
        const a = sigmoid(z);
        return [a, a * round(1 - a)];
      };
    case "tanh":
      return (z) => {
        const a = tanh(z);
        return [a, 1 - round(a * a)];
      };
    case "relu":
      return (z) => [Math.max(z, 0), z > 0 ? 1 : 0];
    case "leakyRelu":
      return (z) => (z > 0 ? [z, 1] : [limit * z, limit]);
    case "elu":
      return (z) => {
        if (z > 0) return [z, 1];
        const a = round(limit * expMinus1(z));
        return [a, a + limit];
      };
    case "selu":
      return (z) => {
        if (z > 0) return [round(SELU_SCALE) * z, SELU_SCALE];
        const a = round(limit * expMinus1(z));
        return [a, a + limit];
      };
    case "hardSigmoid":
      return (z) => {
        const a = hardSigmoid(z);
        return [a, a > 0 && a < 1 ? 1 / 6 : 0];
      };
    case "relu6":
      return (z) => [Math.min(Math.max(z, 0), 6), z > 0 && z < 6 ? 1 : 0];
    case "softplus":
      return (z) => {
        const u = exp(-Math.abs(z));
        const w = round(1 + u);
        const d = round(w - 1);
        return [Math.max(z, 0) + (d === 0 ? u : round(log(w) * round(u / d))), sigmoid(z)];
      };
    case "silu":
      return (z) => {
        const s = sigmoid(z);
        const a = round(Math.max(z, -1000) * s);
        return [a, s + round(Math.min(a, 1000) * round(1 - s))];
      };
    case "geluTanh":
      return (z) => {
        const [linear, cubic, slopeCubic] = [round(GELU_LINEAR), round(GELU_CUBIC), round(3 * GELU_CUBIC)];
        const y = Math.max(Math.min(z, 32), -32);
        const square = round(y * y);
        const s = sigmoid(round(y * round(linear + round(cubic * square))));
        const inner = round(linear + round(slopeCubic * square));
        return [Math.max(z, -32) * s, s + round(round(y * round(s * round(1 - s))) * inner)];
      };
    case "mish":
      return (z) => {
        const u = exp(-Math.abs(z));
        const square = round(u * u);
        const n = round(round(u + u) + (z > 0 ? 1 : square));
        const t = round(n / round(n + (z > 0 ? round(square + square) : 2)));
        const s = round((z > 0 ? 1 : u) / round(1 + u));
        const y = Math.max(z, -1000);
        return [y * t, t + round(round(Math.min(y, 1000) * s) * round(1 - round(t * t)))];
      };
    case "hardSwish":
      return (z) => {
        const h = hardSigmoid(z);
        return [Math.max(z, -3) * h, h + (h > 0 && h < 1 ? round(z * round(1 / 6)) : 0)];
      };
    case "softsign":
      return (z) => {
        const d = round(1 + Math.abs(z));
        const r = round(1 / d);
        return [z / d, r * r];
      };
    case "gelu": // in f64, of f32 too
      return (z) => {
        const c = Math.max(Math.min(z, 39), -39);
        const e = of.bell(c);
        const below = e * of.tail(Math.abs(c));
        const phi = c < 0 ? below : 1 - below;
        return [Math.max(z, -39) * phi, phi + c * (e * 0.3989422804014327)];
      };
  }
}
