// The activations: one row each. Their formulas are in assembly/NUMERICS.md, their kernels in assembly/activation.ts and
// engine/reference/activation.ts.

import * as code from "./codes.ts";

export interface Activation {
  /** Its number in the WebAssembly module. */
  readonly code: number;
  /** The default of `alpha`, if it has one. */
  readonly alpha?: number;
  /** It is a function of a whole row, not of one number. */
  readonly overRows?: true;
  /** What it reaches: targets beyond it are a mistake, and `why` says so. */
  readonly targets?: { readonly min: number; readonly max: number; readonly why: string };
}

const SIGMOID_TARGETS = {
  min: 0,
  max: 1,
  why: "sigmoid outputs lie between 0 and 1: scale the targets, or encode classes as one column each",
};

const ROWS = {
  linear: { code: code.LINEAR },
  sigmoid: { code: code.SIGMOID, targets: SIGMOID_TARGETS },
  tanh: {
    code: code.TANH,
    targets: { min: -1, max: 1, why: "tanh outputs lie between −1 and 1: scale the targets" },
  },
  relu: { code: code.RELU },
  leakyRelu: { code: code.LEAKY_RELU, alpha: 0.01 },
  elu: { code: code.ELU, alpha: 1 },
  selu: { code: code.SELU },
  hardSigmoid: { code: code.HARD_SIGMOID, targets: SIGMOID_TARGETS },
  relu6: { code: code.RELU6 },
  softplus: { code: code.SOFTPLUS },
  silu: { code: code.SILU },
  geluTanh: { code: code.GELU_TANH },
  gelu: { code: code.GELU },
  mish: { code: code.MISH },
  hardSwish: { code: code.HARD_SWISH },
  softsign: {
    code: code.SOFTSIGN,
    targets: { min: -1, max: 1, why: "softsign outputs lie between −1 and 1: scale the targets" },
  },
  softmax: {
    code: code.SOFTMAX,
    overRows: true,
    targets: {
      min: 0,
      max: 1,
      why: "softmax outputs are shares: encode classes as one column each, or take the sparse loss",
    },
  },
} as const satisfies Readonly<Record<string, Activation>>;

export type ActivationName = keyof typeof ROWS;

export const ACTIVATIONS: Readonly<Record<ActivationName, Activation>> = ROWS;

export const ACTIVATION_NAMES = /* @__PURE__ */ Object.keys(ROWS) as readonly ActivationName[];

/** Those that are functions of one number. */
export const ELEMENTWISE = /* @__PURE__ */ ACTIVATION_NAMES.filter((name) => ACTIVATIONS[name].overRows === undefined);
