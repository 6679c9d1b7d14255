// The option `loss`.

import { ACTIVATIONS } from "../catalog/activations.ts";
import type { LossName } from "../catalog/losses.ts";
import { LOSS_NAMES, LOSSES } from "../catalog/losses.ts";
import { checkAmount, checkChoice, checkNames, checkPositive, copyOf } from "../checks.ts";
import type { Layer, Loss } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import type { DType } from "../numbers.ts";

/** The Huber loss with its option. */
export interface HuberOptions {
  /** The loss. */
  readonly type: "huber";
  /** Finite, more than 0; default 1. */
  readonly delta?: number;
}

/** A cross-entropy loss with its option. */
export interface CrossEntropyOptions {
  /** The loss. */
  readonly type: "binaryCrossEntropy" | "categoricalCrossEntropy" | "sparseCategoricalCrossEntropy";
  /**
   * ε, from 0 to below 1, default 0: targets y become y · (1 − ε) + ε / K, where K is the number of classes. In
   * "binaryCrossEntropy" K is 2.
   */
  readonly labelSmoothing?: number;
  /**
   * Outputs count as no less than this, and as no more than 1 − this, as in Keras and TensorFlow.js with 1e-7: those
   * beyond have no gradient. From 0 to below 0.5, default 0: nothing is clipped.
   */
  readonly clip?: number;
}

/** With its option filled in, unless that is the default. */
export type ResolvedLoss = Exclude<LossName, "huber"> | Required<HuberOptions> | CrossEntropyOptions;

/** The loss as engines know it: they get class numbers and smoothed labels as ordinary targets. */
export function engineLoss(loss: ResolvedLoss): Loss {
  if (typeof loss === "object" && "delta" in loss) return loss;
  const { clip = 0 } = typeof loss === "object" ? loss : {};
  return { type: lossName(loss), ...(clip > 0 && { clip }) };
}

export function lossName(loss: LossName | { readonly type: LossName }): LossName {
  return typeof loss === "object" ? loss.type : loss;
}

/** The option as it was given, read once. */
export function readLoss(
  given: LossName | HuberOptions | CrossEntropyOptions,
): LossName | HuberOptions | CrossEntropyOptions {
  const loss = copyOf("loss", given);
  if (typeof loss === "object" && loss !== null) {
    const withOption = LOSS_NAMES.filter((name) => LOSSES[name].option !== undefined);
    const { option, fromZ } = LOSSES[checkChoice("loss.type", loss.type, withOption)];
    checkNames("loss", loss, ["type", option!, ...(fromZ ? ["clip"] : [])]);
  } else checkChoice("loss", loss, LOSS_NAMES);
  return loss;
}

/** What `readLoss` returned, checked, for the outputs of the last layer. */
export function checkLoss(
  loss: LossName | HuberOptions | CrossEntropyOptions,
  { units, activation }: Pick<Layer, "units" | "activation">,
  dtype: DType,
): ResolvedLoss {
  const name = lossName(loss);
  const { option, output, needsOutput } = LOSSES[name];
  const {
    delta = 1,
    labelSmoothing = 0,
    clip = 0,
  } = (typeof loss === "object" ? loss : {}) as Partial<HuberOptions & CrossEntropyOptions>;
  let resolved: ResolvedLoss = name as Exclude<LossName, "huber">;
  if (option === "delta") resolved = { type: "huber", delta: checkPositive("loss.delta", delta, dtype) };
  if (option === "labelSmoothing") {
    if (checkAmount("loss.labelSmoothing", labelSmoothing) >= 1) {
      throw new OptionError(`loss.labelSmoothing is ${labelSmoothing}; a number below 1 is expected`);
    }
    if (clip !== 0 && checkPositive("loss.clip", clip, dtype) >= 0.5) {
      throw new OptionError(`loss.clip is ${clip}; a number below 0.5 is expected`);
    }
    const type = name as CrossEntropyOptions["type"];
    if (labelSmoothing > 0 || clip > 0) {
      resolved = { type, ...(labelSmoothing > 0 && { labelSmoothing }), ...(clip > 0 && { clip }) };
    }
  }
  if (needsOutput && activation !== output) {
    throw new OptionError(`loss is "${name}" and the last activation "${activation}"; "${output}" is expected with it`);
  }
  if (ACTIVATIONS[activation].overRows) {
    if (output !== activation) {
      const fitting = LOSS_NAMES.filter((name) => LOSSES[name].output === activation).map((name) => `"${name}"`);
      throw new OptionError(
        `loss is "${name}" and the last activation "${activation}"; ${fitting.join(" or ")} is expected with it`,
      );
    }
    if (units < 2) throw new OptionError(`the last layer's units is ${units}; ${activation} is over 2 or more`);
  }
  return resolved;
}
