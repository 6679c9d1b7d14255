// The losses: one row each. Their formulas are in assembly/NUMERICS.md, their kernels in assembly/loss.ts and
// engine/reference/loss.ts.

import type { ActivationName } from "./activations.ts";
import * as code from "./codes.ts";

export interface LossRow {
  /** Its number in the WebAssembly module. */
  readonly code: number;
  /** E is a mean over the rows, or over all their outputs; otherwise it is half the sum. */
  readonly meanOver?: "rows" | "outputs";
  /** Errors are squared. */
  readonly isSquared?: true;
  /** The option that it takes. */
  readonly option?: "delta" | "labelSmoothing";
  /** The activation that its outputs have by default. */
  readonly output: ActivationName;
  /** It is defined for no other. */
  readonly needsOutput?: true;
  /** The activation that hidden layers have by default. */
  readonly hidden?: ActivationName;
  /** It is computed from the outputs before their activation, z, and so is its gradient. */
  readonly fromZ?: true;
  /** Each column of targets tells two classes apart; otherwise the columns are the classes. */
  readonly isBinary?: true;
  /** Targets are one column with the numbers of the classes; the engines get a column for each class. */
  readonly isSparse?: true;
}

const ROWS = {
  sse: { code: code.SSE, isSquared: true, hidden: "sigmoid", output: "sigmoid" },
  mse: { code: code.MSE, meanOver: "outputs", isSquared: true, output: "linear" },
  mae: { code: code.MAE, meanOver: "outputs", output: "linear" },
  huber: { code: code.HUBER, meanOver: "outputs", option: "delta", output: "linear" },
  binaryCrossEntropy: {
    code: code.BINARY_CROSS_ENTROPY,
    meanOver: "outputs",
    option: "labelSmoothing",
    output: "sigmoid",
    needsOutput: true,
    fromZ: true,
    isBinary: true,
  },
  categoricalCrossEntropy: {
    code: code.CATEGORICAL_CROSS_ENTROPY,
    meanOver: "rows",
    option: "labelSmoothing",
    output: "softmax",
    needsOutput: true,
    fromZ: true,
  },
  sparseCategoricalCrossEntropy: {
    code: code.CATEGORICAL_CROSS_ENTROPY,
    meanOver: "rows",
    option: "labelSmoothing",
    output: "softmax",
    needsOutput: true,
    fromZ: true,
    isSparse: true,
  },
} as const satisfies Readonly<Record<string, LossRow>>;

/**
 * What a training minimizes. All but "sse" are means, as in PyTorch and Keras: over the rows and the outputs, or over
 * the rows where the outputs are the classes.
 *
 * - "mse": the mean of (a − y)²
 * - "mae": the mean of |a − y|
 * - "huber": the mean of ½ (a − y)² where |a − y| is at most `delta`, and of delta · (|a − y| − ½ delta) beyond
 * - "binaryCrossEntropy", with sigmoid outputs: the mean of −(y ln a + (1 − y) ln (1 − a)), computed from z
 * - "categoricalCrossEntropy", with softmax outputs: the mean over the rows of −Σ y ln a, computed from z; y has a
 *   column for each class
 * - "sparseCategoricalCrossEntropy": the same with one column in y, the number of the class, from 0
 * - "sse": ½ Σ (a − y)², a sum over the batch and its outputs. Divide it by its rows to compare it with that of other
 *   data
 */
export type LossName = keyof typeof ROWS;

export const LOSSES: Readonly<Record<LossName, LossRow>> = ROWS;

export const LOSS_NAMES = /* @__PURE__ */ Object.keys(ROWS) as readonly LossName[];

/** Of how many errors a mean is. */
export function errorCount(type: LossName, rows: number, outputs: number): number {
  return LOSSES[type].meanOver === "rows" ? rows : rows * outputs;
}

/** E of some rows, from the sum of their errors. */
export function lossOf({ type }: { readonly type: LossName }, errorSum: number, rows: number, outputs: number): number {
  return LOSSES[type].meanOver === undefined ? 0.5 * errorSum : errorSum / errorCount(type, rows, outputs);
}

/** The number that a loss has, as the module takes it; 0: none. */
export function limitOf({ delta, clip }: { readonly delta?: number; readonly clip?: number }): number {
  return delta ?? clip ?? 0;
}
