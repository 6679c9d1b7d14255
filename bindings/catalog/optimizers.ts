// The optimizers: one row each. Their formulas are in assembly/NUMERICS.md, their kernels in assembly/optimizer.ts and
// engine/reference/optimizer.ts.

import * as code from "./codes.ts";

export interface OptimizerRow {
  /** Its number in the WebAssembly module. */
  readonly code: number;
  /** How many numbers it remembers of each parameter. */
  readonly slots: number;
  /** Its slot is the momentum: without momentum there is none. */
  readonly slotIsMomentum?: true;
  /** It corrects its moments for their start, so it counts its steps. */
  readonly countsSteps?: true;
  /** The numbers that it has, with their defaults. */
  readonly numbers: Readonly<Record<string, number>>;
}

const EPSILON = 1e-8;

const ROWS = {
  sgd: { code: code.SGD, slots: 1, slotIsMomentum: true, numbers: { learningRate: 0.1, momentum: 0 } },
  rmsprop: { code: code.RMSPROP, slots: 1, numbers: { learningRate: 0.01, rho: 0.99, epsilon: EPSILON } },
  adagrad: { code: code.ADAGRAD, slots: 1, numbers: { learningRate: 0.01, epsilon: 1e-10 } },
  adam: {
    code: code.ADAM,
    slots: 2,
    countsSteps: true,
    numbers: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: EPSILON },
  },
  adamw: {
    code: code.ADAMW,
    slots: 2,
    countsSteps: true,
    numbers: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: EPSILON, weightDecay: 0.01 },
  },
  nadam: {
    code: code.NADAM,
    slots: 2,
    countsSteps: true,
    numbers: { learningRate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: EPSILON, momentumDecay: 0.004 },
  },
  lion: { code: code.LION, slots: 1, numbers: { learningRate: 0.0001, beta1: 0.9, beta2: 0.99, weightDecay: 0 } },
} as const satisfies Readonly<Record<string, OptimizerRow>>;

/** An optimizer, by its name; `OptimizerOptions` says what each does. */
export type OptimizerName = keyof typeof ROWS;

export const OPTIMIZERS: Readonly<Record<OptimizerName, OptimizerRow>> = ROWS;

export const OPTIMIZER_NAMES = /* @__PURE__ */ Object.keys(ROWS) as readonly OptimizerName[];

/** How many numbers an optimizer remembers of each parameter. */
export function slotCount({
  type,
  momentum = 0,
}: {
  readonly type: OptimizerName;
  readonly momentum?: number;
}): number {
  const { slots, slotIsMomentum } = OPTIMIZERS[type];
  return slotIsMomentum && momentum === 0 ? 0 : slots;
}
