// What settings there are, and what they may be: names, numbers with their ranges, and what excludes what.

import type { ActivationName, Initializer, LayerOptions, LossName, NamedSchedule, OptimizerOptions } from "bitgrad";

export const ACTIVATIONS = [
  "linear",
  "sigmoid",
  "tanh",
  "relu",
  "leakyRelu",
  "elu",
  "selu",
  "hardSigmoid",
  "relu6",
  "softplus",
  "silu",
  "geluTanh",
  "gelu",
  "mish",
  "hardSwish",
  "softsign",
  "softmax",
] as const satisfies readonly ActivationName[];

/** Those that have an alpha. */
export const WITH_ALPHA: readonly ActivationName[] = ["leakyRelu", "elu"];

export const INITIALIZERS = [
  "glorotUniform",
  "glorotNormal",
  "heUniform",
  "heNormal",
  "lecunUniform",
  "lecunNormal",
  "orthogonal",
  "zeros",
] as const satisfies readonly Initializer[];

export const LOSSES = [
  "mse",
  "mae",
  "huber",
  "sse",
  "binaryCrossEntropy",
  "categoricalCrossEntropy",
  "sparseCategoricalCrossEntropy",
] as const satisfies readonly LossName[];

/** What a number may be: from the least to the most; "below" excludes the most, "above" the least. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly isBelow?: true;
  readonly isAbove?: true;
  readonly isWhole?: true;
}

const amount = (max: number): Range => ({ min: 0, max });
const positive = (max: number): Range => ({ min: 0, max, isAbove: true });
const share: Range = { min: 0, max: 1, isBelow: true };
const whole = (min: number, max: number): Range => ({ min, max, isWhole: true });
const EPOCHS = 1_000_000;

export const PENALTIES = { l1: amount(1e6), l2: amount(1e6), dropout: share } as const;
export const ALPHA = amount(1e6);

type Numbers = Readonly<Record<string, Range>>;

/** The numbers of each kind of layer but the dense one. */
export const LAYERS: { readonly [type in Exclude<NonNullable<LayerOptions["type"]>, "dense">]: Numbers } = {
  activation: {},
  dropout: { rate: share },
  batchNormalization: { momentum: share, epsilon: positive(1e6) },
  layerNormalization: { epsilon: positive(1e6) },
};

const rate = amount(1e6);
const ADAM = { learningRate: rate, beta1: share, beta2: share, epsilon: positive(1) };

/** The numbers of each optimizer; all have `clipValue` and `clipNorm`, too. */
export const OPTIMIZERS: { readonly [type in OptimizerOptions["type"]]: Numbers } = {
  sgd: { learningRate: rate, momentum: share },
  rmsprop: { learningRate: rate, rho: share, epsilon: positive(1) },
  adagrad: { learningRate: rate, epsilon: positive(1) },
  adam: ADAM,
  adamw: { ...ADAM, weightDecay: amount(1e6) },
  nadam: { ...ADAM, momentumDecay: amount(1e6) },
  lion: { learningRate: rate, beta1: share, beta2: share, weightDecay: amount(1e6) },
};
export const CLIPS = { clipValue: amount(1e6), clipNorm: amount(1e6) } as const;

/** The numbers of each schedule, and which of them must be there. */
export const SCHEDULES: {
  readonly [type in NamedSchedule["type"]]: { readonly numbers: Numbers; readonly needed: readonly string[] };
} = {
  constant: { numbers: {}, needed: [] },
  step: { numbers: { every: whole(1, EPOCHS), factor: positive(1000) }, needed: ["every"] },
  exponential: { numbers: { factor: positive(1000) }, needed: ["factor"] },
  cosine: {
    numbers: { epochs: whole(1, EPOCHS), warmup: amount(EPOCHS), minimum: amount(1e6) },
    needed: ["epochs"],
  },
  oneCycle: {
    numbers: { epochs: whole(1, EPOCHS), divide: positive(1e9), finalDivide: positive(1e9), rise: share },
    needed: ["epochs"],
  },
  plateau: {
    numbers: {
      factor: { min: 0, max: 1, isAbove: true, isBelow: true },
      patience: whole(0, EPOCHS),
      threshold: share,
      cooldown: whole(0, EPOCHS),
      minimum: amount(1e6),
    },
    needed: [],
  },
};

export const MONITORS = ["loss", "validationLoss", "accuracy", "rmse"] as const;
