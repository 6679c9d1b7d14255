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
}

/** With its option filled in, unless that is the default. */
export type ResolvedLoss = Exclude<LossName, "huber"> | Required<HuberOptions> | Required<CrossEntropyOptions>;

/** The loss as engines know it: they get class numbers and smoothed labels as ordinary targets. */
export function engineLoss(loss: ResolvedLoss): Loss {
  return typeof loss === "object" && "delta" in loss ? loss : { type: lossName(loss) };
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
    checkNames("loss", loss, ["type", LOSSES[checkChoice("loss.type", loss.type, withOption)].option!]);
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
  const { delta = 1, labelSmoothing = 0 } = (typeof loss === "object" ? loss : {}) as Partial<
    HuberOptions & CrossEntropyOptions
  >;
  let resolved: ResolvedLoss = name as Exclude<LossName, "huber">;
  if (option === "delta") resolved = { type: "huber", delta: checkPositive("loss.delta", delta, dtype) };
  if (option === "labelSmoothing" && checkAmount("loss.labelSmoothing", labelSmoothing) > 0) {
    if (labelSmoothing >= 1) {
      throw new OptionError(`loss.labelSmoothing is ${labelSmoothing}; a number below 1 is expected`);
    }
    resolved = { type: name as CrossEntropyOptions["type"], labelSmoothing };
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
