// The options of a training on a stream.

import { checkWhole, hasOwn, hint, readNames } from "../checks.ts";
import { OptionError } from "../errors.ts";
import {
  FIT_ASYNC_NAMES,
  FIT_NAMES,
  type FitAsyncOptions,
  type FitOptions,
  type ResolvedFitOptions,
  resolveFitOptions,
} from "./fit.ts";
import { changesByStep } from "./schedule.ts";

/** How a network is trained on a stream, whose items have the weights of their rows. */
export interface StreamOptions
  extends Omit<
    FitOptions,
    "shuffle" | "sampleWeights" | "validationSplit" | "trainingMetrics" | "trainingOutputs" | "receipt"
  > {
  /**
   * Shuffle the rows, seeded, in a buffer of so many rows: each row that comes takes the place of one that is drawn. If
   * the buffer has room for all rows, they are visited in the order of an array that is shuffled. Default 0: the rows
   * are visited in the order in which they come.
   */
  readonly shuffleBuffer?: number;
  /**
   * How many steps an epoch has; every epoch is checked to have as many. Only a schedule whose rates change with every
   * step needs it: "cosine", "oneCycle" or a function.
   */
  readonly stepsPerEpoch?: number;
}

/** How a network is trained on a stream that is waited for. */
export interface StreamAsyncOptions extends StreamOptions, Pick<FitAsyncOptions, "signal" | "worker"> {}

/** Checked, with every default filled in. */
export interface ResolvedStreamOptions extends ResolvedFitOptions {
  readonly shuffleBuffer: number;
  readonly stepsPerEpoch: number | undefined;
}

const OWN_NAMES = ["shuffleBuffer", "stepsPerEpoch"] as const;

export function resolveStreamOptions(options: StreamAsyncOptions, isAsync: boolean): ResolvedStreamOptions {
  const all = isAsync ? FIT_ASYNC_NAMES : FIT_NAMES;
  const names = all.filter(
    (name): name is keyof FitAsyncOptions & keyof StreamAsyncOptions => !NOT_OF_STREAMS.includes(name),
  );
  const { shuffleBuffer = 0, stepsPerEpoch, ...rest } = readNames("options", options, [...names, ...OWN_NAMES], hintAt);
  checkWhole("shuffleBuffer", shuffleBuffer, 0, 2 ** 32 - 1);
  if (stepsPerEpoch !== undefined) checkWhole("stepsPerEpoch", stepsPerEpoch, 1, 2 ** 32 - 1);
  const resolved = resolveFitOptions(rest, names);
  const { metrics, validation, schedule, classWeights } = resolved;
  if (classWeights === "balanced") {
    throw new OptionError(
      'classWeights is "balanced"; with a stream, numbers are expected, one for each class: its rows are not counted before',
    );
  }
  if (metrics.length > 0 && validation === undefined) {
    throw new OptionError("metrics is given; with a stream, validation is expected with it: the rows are not kept");
  }
  if (changesByStep(schedule) && stepsPerEpoch === undefined) {
    throw new OptionError(
      "schedule changes the rate with every step; with a stream, stepsPerEpoch is expected with it",
    );
  }
  return { ...resolved, shuffle: false, shuffleBuffer, stepsPerEpoch };
}

/** What takes the place of options that a training on matrices has. */
const INSTEAD: Readonly<Record<string, string>> = {
  shuffle: "shuffleBuffer shuffles in a buffer of so many rows",
  sampleWeights: "each item of a stream may have its own: { x, y, sampleWeights }",
  validationSplit: "a stream is not divided: validation takes [x, y] of rows that you keep out of it",
  trainingOutputs: "a stream's rows have no places: predict(x) in onEpoch has the outputs of some of them",
  trainingMetrics: "a stream's rows are not kept: evaluate(x, y, { metrics }) in onEpoch measures some of them",
  receipt: "a stream's rows are not kept: receipts are of trainings on matrices",
};
const NOT_OF_STREAMS = /* @__PURE__ */ Object.keys(INSTEAD);

function hintAt(key: string, known: readonly string[]): string {
  return hasOwn(INSTEAD, key) ? `${INSTEAD[key]}; ` : hint(key, known);
}
