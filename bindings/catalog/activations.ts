// The activations: one row each. Their formulas are in assembly/NUMERICS.md, their kernels in assembly/activation.ts
// and engine/reference/activation.ts.

import * as code from "./codes.ts";

export interface Activation {
  /** Its number in the WebAssembly module. */
  readonly code: number;
  /** The default of `alpha`, if it has one. */
  readonly alpha?: number;
  /** The initializer of hidden layers by default; otherwise "glorotUniform", as that of the last layer. */
  readonly initializer?: "heNormal" | "lecunNormal";
  /** It is a function of a whole row, not of one number. */
  readonly overRows?: true;
  /** The least and the greatest output, if there are both: targets beyond them are a mistake. */
  readonly range?: readonly [min: number, max: number];
  /** Its outputs have a range, but are no classes, which could have weights. */
  readonly isRegression?: true;
}

const HE = "heNormal"; // of ReLU and what resembles it

const ROWS = {
  linear: { code: code.LINEAR },
  sigmoid: { code: code.SIGMOID, range: [0, 1] },
  tanh: { code: code.TANH, range: [-1, 1] },
  relu: { code: code.RELU, initializer: HE },
  leakyRelu: { code: code.LEAKY_RELU, alpha: 0.01, initializer: HE },
  elu: { code: code.ELU, alpha: 1, initializer: HE },
  selu: { code: code.SELU, initializer: "lecunNormal" },
  hardSigmoid: { code: code.HARD_SIGMOID, range: [0, 1] },
  relu6: { code: code.RELU6, initializer: HE },
  softplus: { code: code.SOFTPLUS },
  silu: { code: code.SILU, initializer: HE },
  geluTanh: { code: code.GELU_TANH, initializer: HE },
  gelu: { code: code.GELU, initializer: HE },
  mish: { code: code.MISH, initializer: HE },
  hardSwish: { code: code.HARD_SWISH, initializer: HE },
  softsign: { code: code.SOFTSIGN, range: [-1, 1], isRegression: true },
  softmax: { code: code.SOFTMAX, overRows: true, range: [0, 1] },
} as const satisfies Readonly<Record<string, Activation>>;

/** An activation function, by its name. */
export type ActivationName = keyof typeof ROWS;

export const ACTIVATIONS: Readonly<Record<ActivationName, Activation>> = ROWS;

export const ACTIVATION_NAMES = /* @__PURE__ */ Object.keys(ROWS) as readonly ActivationName[];

/** Those that are functions of one number. */
export type ElementwiseName = Exclude<ActivationName, "softmax">;

export function isElementwise(name: ActivationName): name is ElementwiseName {
  return ACTIVATIONS[name].overRows === undefined;
}

export const ELEMENTWISE = /* @__PURE__ */ ACTIVATION_NAMES.filter(isElementwise);
