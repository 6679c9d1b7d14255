// The elementary functions over arrays, and the sigmoid's derivative from its output.

import type { Elementary, FloatArray } from "../engine.ts";
import * as of from "./elementary.ts";

const FUNCTIONS = {
  exp: [of.expF32, of.expF64],
  log: [of.logF32, of.logF64],
  tanh: [of.tanhF32, of.tanhF64],
  sigmoid: [of.sigmoidF32, of.sigmoidF64],
} as const;

/** out[i] = f(z[i]). */
export function elementary(name: Elementary, out: FloatArray, z: FloatArray): void {
  const f = FUNCTIONS[name][z instanceof Float32Array ? 0 : 1];
  for (let i = 0; i < z.length; i++) out[i] = f(z[i]!);
}

/** d[i] = a[i] · (1 − a[i]). */
export function sigmoidDerivative(d: FloatArray, a: FloatArray, round: (value: number) => number): void {
  for (let i = 0; i < a.length; i++) d[i] = a[i]! * round(1 - a[i]!);
}
