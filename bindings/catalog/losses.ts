// The losses: one row each. Their formulas are in assembly/NUMERICS.md, their kernels in assembly/loss.ts and
// engine/reference/loss.ts.

import type { ActivationName } from "./activations.ts";
import * as code from "./codes.ts";

export interface LossRow {
  /** Its number in the WebAssembly module. */
  readonly code: number;
  /** Whether E is a mean over the rows, not a sum. */
  readonly isMean: boolean;
  /** Whether E is half of what is summed. */
  readonly isHalved?: true;
  /** The option that it takes. */
  readonly option?: "delta" | "labelSmoothing";
  /** The activation of the outputs that it is defined for. */
  readonly output?: ActivationName;
  /** It is computed from the outputs before their activation, z, and so is its gradient. */
  readonly fromZ?: true;
  /** Each column of targets tells two classes apart; otherwise the columns are the classes. */
  readonly isBinary?: true;
  /** Targets are one column with the numbers of the classes; the engines get a column for each class. */
  readonly isSparse?: true;
}

const ROWS = {
  sse: { code: code.SSE, isMean: false, isHalved: true },
  mse: { code: code.MSE, isMean: true, isHalved: true },
  mae: { code: code.MAE, isMean: true },
  huber: { code: code.HUBER, isMean: true, option: "delta" },
  binaryCrossEntropy: {
    code: code.BINARY_CROSS_ENTROPY,
    isMean: true,
    option: "labelSmoothing",
    output: "sigmoid",
    fromZ: true,
    isBinary: true,
  },
  categoricalCrossEntropy: {
    code: code.CATEGORICAL_CROSS_ENTROPY,
    isMean: true,
    option: "labelSmoothing",
    output: "softmax",
    fromZ: true,
  },
  sparseCategoricalCrossEntropy: {
    code: code.CATEGORICAL_CROSS_ENTROPY,
    isMean: true,
    option: "labelSmoothing",
    output: "softmax",
    fromZ: true,
    isSparse: true,
  },
} as const satisfies Readonly<Record<string, LossRow>>;

/**
 * What a training minimizes. `e` is a sample's error, summed over the outputs:
 *
 * - "sse": E = Σ e with e = ½ Σ (a − y)², summed over the batch; all others are means over the batch, E = Σ e / rows
 * - "mse": e = ½ Σ (a − y)²
 * - "mae": e = Σ |a − y|
 * - "huber": squared up to an error of `delta`, absolute beyond
 * - "binaryCrossEntropy", with sigmoid outputs: e = −Σ (y ln a + (1 − y) ln (1 − a)), computed from z
 * - "categoricalCrossEntropy", with softmax outputs: e = −Σ y ln a, computed from z; y has a column for each class
 * - "sparseCategoricalCrossEntropy": the same with one column in y, the number of the class, from 0
 */
export type LossName = keyof typeof ROWS;

export const LOSSES: Readonly<Record<LossName, LossRow>> = ROWS;

export const LOSS_NAMES = /* @__PURE__ */ Object.keys(ROWS) as readonly LossName[];

/** E from the sum of the samples' errors, of which squared ones are not halved yet. */
export function lossOf({ type }: { readonly type: LossName }, errorSum: number, rows: number): number {
  const { isHalved, isMean } = LOSSES[type];
  const error = isHalved ? 0.5 * errorSum : errorSum;
  return isMean ? error / rows : error;
}
