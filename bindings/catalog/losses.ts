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
  /** The activation of the outputs that it is defined for. */
  readonly output?: ActivationName;
  /** It is computed from the outputs before their activation, z, and so is its gradient. */
  readonly fromZ?: true;
}

const ROWS = {
  sse: { code: code.SSE, isMean: false, isHalved: true },
  mse: { code: code.MSE, isMean: true, isHalved: true },
  mae: { code: code.MAE, isMean: true },
  huber: { code: code.HUBER, isMean: true },
  binaryCrossEntropy: { code: code.BINARY_CROSS_ENTROPY, isMean: true, output: "sigmoid", fromZ: true },
  categoricalCrossEntropy: { code: code.CATEGORICAL_CROSS_ENTROPY, isMean: true, output: "softmax", fromZ: true },
} as const satisfies Readonly<Record<string, LossRow>>;

/** The losses that the engines know. */
export type EngineLossName = keyof typeof ROWS;

export const LOSSES: Readonly<Record<EngineLossName, LossRow>> = ROWS;

export const LOSS_NAMES = /* @__PURE__ */ Object.keys(ROWS) as readonly EngineLossName[];
