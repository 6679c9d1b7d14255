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
  const arithmetic = arithmeticOf(round);
  for (let start = 0; start < z.length; start += units) {
    softmaxRow(a.subarray(start, start + units), z.subarray(start, start + units), arithmetic);
  }
}

/** A dtype's rounding, and its elementary functions, rounded. */
interface Arithmetic extends Readonly<Record<Elementary, (z: number) => number>> {
  readonly round: Round;
}

/** Of alpha, rounded to the dtype. */
type Make = (arithmetic: Arithmetic, alpha: number) => Activation;

function arithmeticOf(round: Round): Arithmetic {
  const rounded = (name: Elementary) => {
    const f = FUNCTIONS[name][round === Math.fround ? 0 : 1];
    return (z: number) => round(f(z));
  };
  return { round, exp: rounded("exp"), log: rounded("log"), tanh: rounded("tanh"), sigmoid: rounded("sigmoid") };
}

export function activationOf(name: ElementwiseName, alpha: number, round: Round): Activation {
  return MAKERS[name](arithmeticOf(round), round(alpha));
}

// Each is a function of its own that names what it takes of a dtype's arithmetic: a network that is written as
// JavaScript (formats/javascript.ts) has those alone that it needs.

export function softmaxRow(a: FloatArray, z: FloatArray, { round, exp }: Pick<Arithmetic, "round" | "exp">): void {
  const m = maximum(z);
  let sum = 0;
  for (let j = 0; j < z.length; j++) {
    a[j] = exp(round(z[j]! - m));
    sum = round(sum + a[j]!);
  }
  for (let j = 0; j < z.length; j++) a[j] = a[j]! / sum;
}

export function makeLinear(): Activation {
  return (z) => [z, 1];
}

export function makeSigmoid({ round, sigmoid }: Arithmetic): Activation {
  return (z) => {
    const a = sigmoid(z);
    return [a, a * round(1 - a)];
  };
}

export function makeTanh({ round, tanh }: Arithmetic): Activation {
  return (z) => {
    const a = tanh(z);
    return [a, 1 - round(a * a)];
  };
}

export function makeRelu(): Activation {
  return (z) => [Math.max(z, 0), z > 0 ? 1 : 0];
}

export function makeLeakyRelu(_: Arithmetic, alpha: number): Activation {
  return (z) => (z > 0 ? [z, 1] : [alpha * z, alpha]);
}

/** e^z − 1 */
function expMinus1(z: number, round: Round, tanh: (z: number) => number): number {
  const t = tanh(round(z * 0.5));
  return round(round(t + t) / round(1 - t));
}

export function makeElu({ round, tanh }: Arithmetic, alpha: number): Activation {
  return (z) => {
    if (z > 0) return [z, 1];
    const a = round(alpha * expMinus1(z, round, tanh));
    return [a, a + alpha];
  };
}

export function makeSelu({ round, tanh }: Arithmetic): Activation {
  const limit = round(SELU_LIMIT);
  return (z) => {
    if (z > 0) return [round(SELU_SCALE) * z, SELU_SCALE];
    const a = round(limit * expMinus1(z, round, tanh));
    return [a, a + limit];
  };
}

function hardSigmoid(z: number, round: Round): number {
  return Math.min(Math.max(round(round(z * round(1 / 6)) + 0.5), 0), 1);
}

export function makeHardSigmoid({ round }: Arithmetic): Activation {
  return (z) => {
    const a = hardSigmoid(z, round);
    return [a, a > 0 && a < 1 ? 1 / 6 : 0];
  };
}

export function makeRelu6(): Activation {
  return (z) => [Math.min(Math.max(z, 0), 6), z > 0 && z < 6 ? 1 : 0];
}

export function makeSoftplus({ round, exp, log, sigmoid }: Arithmetic): Activation {
  return (z) => {
    const u = exp(-Math.abs(z));
    const w = round(1 + u);
    const d = round(w - 1);
    return [Math.max(z, 0) + (d === 0 ? u : round(log(w) * round(u / d))), sigmoid(z)];
  };
}

export function makeSilu({ round, sigmoid }: Arithmetic): Activation {
  return (z) => {
    const s = sigmoid(z);
    const a = round(Math.max(z, -1000) * s);
    return [a, s + round(Math.min(a, 1000) * round(1 - s))];
  };
}

export function makeGeluTanh({ round, sigmoid }: Arithmetic): Activation {
  const [linear, cubic, slopeCubic] = [round(GELU_LINEAR), round(GELU_CUBIC), round(3 * GELU_CUBIC)];
  return (z) => {
    const y = Math.max(Math.min(z, 32), -32);
    const square = round(y * y);
    const s = sigmoid(round(y * round(linear + round(cubic * square))));
    const inner = round(linear + round(slopeCubic * square));
    return [Math.max(z, -32) * s, s + round(round(y * round(s * round(1 - s))) * inner)];
  };
}

export function makeMish({ round, exp }: Arithmetic): Activation {
  return (z) => {
    const u = exp(-Math.abs(z));
    const square = round(u * u);
    const n = round(round(u + u) + (z > 0 ? 1 : square));
    const t = round(n / round(n + (z > 0 ? round(square + square) : 2)));
    const s = round((z > 0 ? 1 : u) / round(1 + u));
    const y = Math.max(z, -1000);
    return [y * t, t + round(round(Math.min(y, 1000) * s) * round(1 - round(t * t)))];
  };
}

export function makeHardSwish({ round }: Arithmetic): Activation {
  return (z) => {
    const h = hardSigmoid(z, round);
    return [Math.max(z, -3) * h, h + (h > 0 && h < 1 ? round(z * round(1 / 6)) : 0)];
  };
}

export function makeSoftsign({ round }: Arithmetic): Activation {
  return (z) => {
    const d = round(1 + Math.abs(z));
    const r = round(1 / d);
    return [z / d, r * r];
  };
}

/** In f64, of f32 too. */
export function makeGelu(): Activation {
  return (z) => {
    const c = Math.max(Math.min(z, 39), -39);
    const e = of.bell(c);
    const below = e * of.tail(Math.abs(c));
    const phi = c < 0 ? below : 1 - below;
    return [Math.max(z, -39) * phi, phi + c * (e * 0.3989422804014327)];
  };
}

const MAKERS: Readonly<Record<ElementwiseName, Make>> = {
  linear: makeLinear,
  sigmoid: makeSigmoid,
  tanh: makeTanh,
  relu: makeRelu,
  leakyRelu: makeLeakyRelu,
  elu: makeElu,
  selu: makeSelu,
  hardSigmoid: makeHardSigmoid,
  relu6: makeRelu6,
  softplus: makeSoftplus,
  silu: makeSilu,
  geluTanh: makeGeluTanh,
  gelu: makeGelu,
  mish: makeMish,
  hardSwish: makeHardSwish,
  softsign: makeSoftsign,
};
