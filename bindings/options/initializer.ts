// The option `initializer`.

import { checkChoice, checkNames, copyOf, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import type { DType } from "../numbers.ts";

/** Variances, for layers of I inputs and O units: Glorot 2 / (I + O), He 2 / I, LeCun 1 / I. */
export const INITIALIZERS = [
  "zeros",
  "glorotUniform",
  "glorotNormal",
  "heUniform",
  "heNormal",
  "lecunUniform",
  "lecunNormal",
  "orthogonal",
] as const;

/** A distribution of initial weights, by its name. */
export type InitializerName = (typeof INITIALIZERS)[number];

/** How initial weights are drawn: by name, or a constant, a uniform or a normal distribution with its numbers. */
export type Initializer =
  | InitializerName
  | { readonly type: "constant"; readonly value: number }
  /** From min to max. */
  | { readonly type: "uniform"; readonly min: number; readonly max: number }
  | { readonly type: "normal"; readonly mean: number; readonly deviation: number };

const INITIALIZER_NUMBERS = { constant: ["value"], uniform: ["min", "max"], normal: ["mean", "deviation"] } as const;

export function checkInitializer(name: string, given: Initializer, dtype: DType): Initializer {
  const initializer = copyOf(name, given);
  if (typeof initializer !== "object") return checkChoice(name, initializer, INITIALIZERS);
  const { type } = initializer ?? {};
  const known = Object.keys(INITIALIZER_NUMBERS) as (keyof typeof INITIALIZER_NUMBERS)[];
  const numbers = INITIALIZER_NUMBERS[checkChoice(`${name}.type`, type, known)];
  checkNames(name, initializer, ["type", ...numbers]);
  for (const key of numbers) {
    const value = (initializer as unknown as Record<string, unknown>)[key];
    if (typeof value !== "number" || !Number.isFinite(dtype === "f32" ? Math.fround(value) : value)) {
      throw new OptionError(`${name}.${key} is ${show(value)}; a number finite in ${dtype} is expected`);
    }
  }
  if (initializer.type === "uniform" && initializer.min > initializer.max) {
    throw new OptionError(`${name}.min is ${initializer.min}; no more than max, ${initializer.max}, is expected`);
  }
  if (initializer.type === "normal" && initializer.deviation < 0) {
    throw new OptionError(`${name}.deviation is ${initializer.deviation}; 0 or more is expected`);
  }
  return Object.freeze({ ...initializer });
}
