// The activations as ONNX has them: as operators, and as formulas of other operators.

import type { ActivationName } from "../../catalog/activations.ts";
import { TAIL } from "../../engine/reference/elementary.ts";

/**
 * A formula: "z", "alpha" of the layer, a number, or an operator with its arguments. "*" and "+" stand for Mul and Add
 * with any number of arguments in any order, "Where" with "Greater" for every comparison that chooses the same, "far"
 * for a number whose e^−far is nothing beside it, and an activation's name for each of its forms.
 */
export type Form = string | number | readonly Form[];

interface Operator {
  readonly name: string;
  /** ONNX Runtime computes it in f64, too; elsewhere a formula is written. */
  readonly hasF64?: true;
  /** Its attributes by name. If they are the defaults of ONNX, only reading needs them. */
  readonly attributes?: Readonly<Record<string, number | "alpha">>;
}

const SIXTH = 0.16666666666666666;
const HALF_ROOT = 0.7071067811865476; // √½
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** An operator that is an activation. */
export interface ActivationOperator extends Operator {
  readonly activation: ActivationName;
}

/** Operators that are read beside those that are written. */
export const ALSO: readonly ActivationOperator[] = [
  { name: "Celu", activation: "elu", attributes: { alpha: 1 } }, // another alpha is another function
  { name: "ThresholdedRelu", activation: "relu", attributes: { alpha: 0 } },
  { name: "Swish", activation: "silu", attributes: { alpha: 1 } },
  { name: "Mish", activation: "mish" },
];

/** Attributes are f32, which is another number than that of f64. */
export const OPERATORS: Partial<Record<ActivationName, Operator>> = {
  sigmoid: { name: "Sigmoid", hasF64: true },
  tanh: { name: "Tanh", hasF64: true },
  relu: { name: "Relu", hasF64: true },
  leakyRelu: { name: "LeakyRelu", attributes: { alpha: "alpha" } },
  elu: { name: "Elu", attributes: { alpha: "alpha" } },
  selu: { name: "Selu", attributes: { alpha: SELU_ALPHA, gamma: SELU_SCALE } },
  hardSigmoid: { name: "HardSigmoid", attributes: { alpha: SIXTH, beta: 0.5 } },
  hardSwish: { name: "HardSwish" },
  softplus: { name: "Softplus" },
  softsign: { name: "Softsign" },
};

// e^z − 1 = 2·tanh(z/2) / (1 − tanh(z/2)), in which nothing cancels
const HALF: Form = ["Tanh", ["*", "z", 0.5]];
const EXP_MINUS_1: Form = ["Div", ["+", HALF, HALF], ["Sub", 1, HALF]];
const EXPM1: Form = ["+", ["Exp", "z"], -1];
const HARD: Form = ["Clip", ["+", ["*", "z", SIXTH], 0.5], 0, 1];
const SOFTPLUS: Form = ["+", ["Max", "z", 0], ["Log", ["+", ["Exp", ["Neg", ["Abs", "z"]]], 1]]];
const whereAbove0 = (below: Form, above: Form = "z"): Form => ["Where", ["Greater", "z", 0], above, below];

/** z·Φ(z) without Erf, which ONNX Runtime hasn't in f64; assembly/NUMERICS.md has the formula. */
function geluF64(): Form {
  const inside: Form = ["Clip", "z", -39, 39];
  const bell: Form = ["Exp", ["*", inside, inside, -0.5]];
  const far: Form = ["*", ["Abs", inside], HALF_ROOT];
  const ratio: Form = ["Div", ["+", far, -4], ["+", far, 4]];
  const series = TAIL.reduceRight<Form>((sum, term) => (sum === 0 ? term : ["+", ["*", sum, ratio], term]), 0);
  const below: Form = ["*", bell, ["Div", ["*", series, 0.5], ["+", ["*", far, 2], 1]]];
  return ["*", "z", ["Where", ["Greater", 0, inside], below, ["Sub", 1, below]]];
}

const tanhGelu = (inner: Form): Form => ["*", "z", ["+", ["Tanh", inner], 1], 0.5];
const ROOT = 0.7978845608028654; // √(2/π)
const CUBIC = 0.044715;

/**
 * Functions, so that nothing is made before it is asked for. The first form is the one that is written. The last are
 * looked for first: one that has another in it comes after that.
 */
export const FORMS: Partial<Record<ActivationName, () => readonly Form[]>> = {
  sigmoid: () => [
    ["Div", 1, ["+", ["Exp", ["Neg", "z"]], 1]],
    ["Reciprocal", ["+", ["Exp", ["Neg", "z"]], 1]],
  ],
  relu: () => [["Max", "z", 0], ["Clip", "z", 0, Infinity], whereAbove0(0)],
  leakyRelu: () => [whereAbove0(["*", "z", "alpha"])],
  elu: () => [EXP_MINUS_1, EXPM1].map((below) => whereAbove0(["*", below, "alpha"])).concat([whereAbove0(EXPM1)]),
  selu: () =>
    [EXP_MINUS_1, EXPM1].map((below) => whereAbove0(["*", below, SELU_SCALE * SELU_ALPHA], ["*", "z", SELU_SCALE])),
  hardSigmoid: () => [HARD, ["*", ["relu6", ["+", "z", 3]], SIXTH]],
  relu6: () => [
    ["Clip", "z", 0, 6],
    ["Min", ["Relu", "z"], 6],
    ["Clip", ["Relu", "z"], -Infinity, 6],
    ["Min", ["Max", "z", 0], 6],
    ["Clip", ["Relu", "z"], 0, 6],
  ],
  hardSwish: () => [
    ["*", "z", HARD],
    ["*", "z", ["relu6", ["+", "z", 3]], SIXTH],
    ["*", "z", ["HardSigmoid", "z"]],
  ],
  softplus: () => [
    SOFTPLUS,
    ["Log", ["+", ["Exp", "z"], 1]],
    ["Where", ["Greater", "z", "far"], "z", ["Softplus", "z"]],
  ],
  softsign: () => [["Div", "z", ["+", ["Abs", "z"], 1]]],
  silu: () => [
    ["*", "z", ["Sigmoid", "z"]],
    ["Div", "z", ["+", ["Exp", ["Neg", "z"]], 1]],
  ],
  mish: () => [
    ["*", "z", ["Tanh", ["Softplus", "z"]]],
    ["*", "z", ["Tanh", SOFTPLUS]],
    ["*", "z", ["Tanh", ["softplus", "z"]]],
  ],
  geluTanh: () => [
    tanhGelu(["*", ["+", "z", ["*", "z", "z", "z", CUBIC]], ROOT]),
    tanhGelu(["*", "z", ["+", ["*", "z", "z", CUBIC], 1], ROOT]),
  ],
  gelu: () => [["*", "z", ["+", ["Erf", ["*", "z", HALF_ROOT]], 1], 0.5], geluF64()],
};

/** The form that is written in f64, if it isn't the first: ONNX Runtime fuses that of silu to what has no f64. */
export const F64_FORM: Partial<Record<ActivationName, number>> = { gelu: 1, mish: 1, silu: 1 };
