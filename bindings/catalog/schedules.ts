// The learning-rate schedules: one row each, with the options that it takes. Their formulas are in
// assembly/NUMERICS.md, and computed in options/schedule-rates.ts.

import type { MetricName } from "./metrics.ts";

/** The learning rate stays what it is. */
export interface ConstantSchedule {
  /** The kind of the schedule. */
  readonly type: "constant";
}

/** The rate is rate · factor^⌊epoch / every⌋, as in PyTorch's StepLR. */
export interface StepSchedule {
  /** The kind of the schedule. */
  readonly type: "step";
  /** Epochs from one change to the next: whole, 1 or more. */
  readonly every: number;
  /** Finite, more than 0; default 0.1. */
  readonly factor?: number;
}

/** The rate is rate · factor^epoch, as in PyTorch's ExponentialLR. */
export interface ExponentialSchedule {
  /** The kind of the schedule. */
  readonly type: "exponential";
  /** Finite, more than 0. */
  readonly factor: number;
}

/**
 * A linear warm-up, then half a cosine down, as in PyTorch's CosineAnnealingLR. The rate changes with every step. The
 * last step of the warm-up has the learning rate itself. The first step after `epochs`, and all later ones, have
 * `minimum`.
 */
export interface CosineSchedule {
  /** The kind of the schedule. */
  readonly type: "cosine";
  /** Length of warm-up and cosine in epochs: whole, 1 or more. */
  readonly epochs: number;
  /** Epochs of warm-up, 0 or more, no more than `epochs`, rounded to whole steps; default 0. */
  readonly warmup?: number;
  /** The lowest rate: finite, 0 or more; default 0. */
  readonly minimum?: number;
}

/**
 * Half a cosine up from rate / divide to the rate, then half a cosine down to rate / divide / finalDivide, as in
 * PyTorch's OneCycleLR without its momentum. The rate changes with every step. It reaches its end at the last step of
 * `epochs`, and stays there.
 */
export interface OneCycleSchedule {
  /** The kind of the schedule. */
  readonly type: "oneCycle";
  /** Length of the cycle in epochs: whole, 1 or more. */
  readonly epochs: number;
  /** Finite, more than 0; default 25. */
  readonly divide?: number;
  /** Finite, more than 0; default 1e4. */
  readonly finalDivide?: number;
  /** The share of the cycle in which the rate rises: 0 or more, less than 1; default 0.3. */
  readonly rise?: number;
}

/**
 * Multiplies the rate by `factor` after more than `patience` epochs in a row without a better value than the best, as
 * PyTorch's ReduceLROnPlateau does. Like PyTorch, it does not change the rate by 1e-8 or less. Its state (best value,
 * counts, rate) stays with the network and is saved with it; the next training with the same plateau continues from it.
 * Training with another schedule or none resets the state, and so does setting `learningRate`.
 */
export interface PlateauSchedule {
  /** The kind of the schedule. */
  readonly type: "plateau";
  /**
   * The value to watch, "loss" by default. "validationLoss" needs validation data, and a metric needs to be among
   * `metrics`. If a metric is undefined on the data, such as the AUC of one class, `fit` throws a DataError.
   */
  readonly monitor?: "loss" | "validationLoss" | MetricName;
  /** More than 0, less than 1; default 0.1. */
  readonly factor?: number;
  /** Epochs: whole, 0 or more; default 10. */
  readonly patience?: number;
  /**
   * A value is better if it is below best · (1 − threshold), or for metrics that are better when larger, above
   * best · (1 + threshold): 0 or more, less than 1; default 1e-4.
   */
  readonly threshold?: number;
  /** Epochs after a reduction that are not counted: whole, 0 or more; default 0. */
  readonly cooldown?: number;
  /** The lowest rate: finite, 0 or more; default 0. */
  readonly minimum?: number;
}

/** A schedule that JSON can hold. */
export type NamedSchedule =
  | ConstantSchedule
  | StepSchedule
  | ExponentialSchedule
  | CosineSchedule
  | OneCycleSchedule
  | PlateauSchedule;

/** What an option may be. */
export type ScheduleRange =
  | "wholeFrom0"
  | "wholeFrom1"
  | "amount" // 0 or more
  | "amountBelow1"
  | "positive" // more than 0
  | "positiveBelow1"
  | "monitor";

/** What an option may be, and its default if it has one. */
export type ScheduleOption = readonly [range: ScheduleRange, standard?: number | string];

export interface ScheduleRow {
  readonly options: Readonly<Record<string, ScheduleOption>>;
  /** An option that is no more than another one. */
  readonly noMore?: readonly [option: string, than: string];
  /** The rate changes from step to step, not with the epoch alone. */
  readonly changesByStep?: true;
}

type Options<Type extends NamedSchedule["type"]> = Exclude<keyof Extract<NamedSchedule, { type: Type }>, "type">;

export const SCHEDULES: {
  readonly [Type in NamedSchedule["type"]]: ScheduleRow & {
    readonly options: Readonly<Record<Options<Type>, ScheduleOption>>;
  };
} = {
  constant: { options: {} },
  step: { options: { every: ["wholeFrom1"], factor: ["positive", 0.1] } },
  exponential: { options: { factor: ["positive"] } },
  cosine: {
    options: { epochs: ["wholeFrom1"], warmup: ["amount", 0], minimum: ["amount", 0] },
    noMore: ["warmup", "epochs"],
    changesByStep: true,
  },
  oneCycle: {
    options: {
      epochs: ["wholeFrom1"],
      divide: ["positive", 25],
      finalDivide: ["positive", 1e4],
      rise: ["amountBelow1", 0.3],
    },
    changesByStep: true,
  },
  plateau: {
    options: {
      monitor: ["monitor", "loss"],
      factor: ["positiveBelow1", 0.1],
      patience: ["wholeFrom0", 10],
      threshold: ["amountBelow1", 1e-4],
      cooldown: ["wholeFrom0", 0],
      minimum: ["amount", 0],
    },
  },
};
