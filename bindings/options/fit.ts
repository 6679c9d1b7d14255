// The options of a training, checked and with their defaults.

import type { FloatArray } from "../arrays.ts";
import type { MetricName } from "../catalog/metrics.ts";
import {
  checkAmount,
  checkFlag,
  checkFunction,
  checkNames,
  checkReadable,
  checkWhole,
  hint,
  isList,
  show,
} from "../checks.ts";
import type { MatrixLike, XLike } from "../data/matrix.ts";
import type { ResolvedMetric } from "../data/measuring.ts";
import { type ByMetric, checkMetrics, type Metric } from "../data/metrics.ts";
import { OptionError } from "../errors.ts";
import { checkWatched } from "./monitor.ts";
import type { TrainingRecorder } from "./recorder.ts";
import type { Schedule } from "./schedule.ts";
import { ratesOf, resolveSchedule } from "./schedule.ts";

/** What `onEpoch` is called with. */
export interface EpochInfo {
  /** The number of the epoch of this `fit` that has ended, counted from 1. */
  readonly epoch: number;
  /** How many there will be. */
  readonly epochs: number;
  /** The error E over the epoch's rows; each row's error is computed before the step on its batch. */
  readonly loss: number;
  /** The error E over the validation data, if there are any. */
  readonly validationLoss?: number;
  /** The metrics that were asked for, by name. */
  readonly metrics?: ByMetric<number>;
  /** The same on the training data, with `trainingMetrics`. */
  readonly trainingMetrics?: ByMetric<number>;
  /**
   * Ends the training after this epoch; `stopped` of the history is then "listener". If it is called later, the
   * training ends after the epoch that is under way. It may be taken out of the object. It isn't enumerable, so a copy
   * of the object, such as one that is posted to a page, is without it.
   */
  readonly stop: () => void;
}

/** When a training ends because it no longer improves. */
export interface EarlyStopping {
  /**
   * The value to watch: default "validationLoss" if there are validation data, else "loss". If a metric is undefined on
   * the data, such as the AUC of one class, `fit` throws a DataError. A loss that is NaN is no improvement.
   */
  readonly monitor?: "loss" | "validationLoss" | MetricName | (string & {});
  /** The training ends after so many epochs in a row without an improvement. 0 means the same as 1. Default 10. */
  readonly patience?: number;
  /** An improvement must be greater than this; default 0. */
  readonly minDelta?: number;
  /** Whether the parameters of the best epoch are restored at the end; default true. */
  readonly restoreBest?: boolean;
}

/** When a training is saved, and by what. */
export interface Checkpoint {
  /** Saves after every so many epochs, and after the last one. */
  readonly everyEpochs?: number;
  /** Saves when so many seconds have passed since the last save, in the middle of an epoch, too. */
  readonly everySeconds?: number;
  /** Stores the file. If it returns a promise, `fitAsync` waits for it and `fit` throws an OptionError. */
  readonly save: (file: Uint8Array<ArrayBuffer>) => unknown;
}

/** How a network is trained. */
export interface FitOptions {
  /** How often all rows are visited; default 100. */
  readonly epochs?: number;
  /** Rows in a step; the last batch of an epoch may be shorter. Default 32. */
  readonly batchSize?: number;
  /** Visit the rows in a new seeded order each epoch; default true. */
  readonly shuffle?: boolean;
  /** How the learning rate changes during training: a named schedule, or a function that returns each step's rate. */
  readonly schedule?: Schedule;
  /**
   * A weight of 0 or more for each row: the row's error and gradient are multiplied by it. A mean is still divided by
   * the number of rows, not by the sum of the weights. With `validationSplit` all rows have one; those of the rows that
   * are kept out have no effect.
   */
  readonly sampleWeights?: ArrayLike<number>;
  /**
   * Whether `sampleWeights` may be negative, such as the advantages of a policy gradient: the training then makes the
   * error of such a row larger, and the loss may be negative. Default false.
   */
  readonly allowNegativeWeights?: boolean;
  /**
   * A weight of 0 or more for each class, which multiplies the error and gradient of the class's rows. There is one
   * weight for each output; if there is one output, there are two, for 0 and 1. With "balanced" they are n / (K ·
   * count) of n rows, of which `count` are in the class, and K classes that occur; with `validationSplit` these are all
   * rows. The last activation must be "softmax", "sigmoid", "hardSigmoid" or "tanh", and the targets must be classes:
   * regressions and several labels in a row are refused.
   */
  readonly classWeights?: ArrayLike<number> | "balanced";
  /** x and y to evaluate after every epoch. They are copied once, before the first epoch. */
  readonly validation?: readonly [x: XLike, y: MatrixLike];
  /**
   * Instead of `validation`: the share of the rows, between 0 and 1, to evaluate on; the training leaves them out. The
   * network's seed decides which rows these are, so every training on as many rows has the same ones. Classes are
   * stratified, those of the categorical losses and of "binaryCrossEntropy" with one output: each has its share in both
   * parts. `{ last: 0.2 }` keeps out the last rows, as a time series needs it.
   */
  readonly validationSplit?: number | { readonly last: number };
  /**
   * Metrics to measure after every epoch on the validation data: names, or objects with `type`, `name` and settings.
   * Without validation data they are measured on the training data, which are then copied a second time.
   */
  readonly metrics?: readonly Metric[];
  /**
   * With validation data, whether the metrics are measured on the training data, too, for `trainingMetrics` of the
   * history. Each epoch then takes one more pass over them. Default false.
   */
  readonly trainingMetrics?: boolean;
  /**
   * An array of the network's dtype for rows × outputs numbers. After each epoch, before `onEpoch` is called, it has
   * the outputs of all rows, each from before the step on its batch, as the loss is. So a listener has what it takes to
   * measure a training as it goes, as Keras does, without a pass of its own. Rows are those of the training, in the
   * order in which they are given. `worker` and `resume` don't go with it.
   */
  readonly trainingOutputs?: FloatArray;
  /** Ends the training when it no longer improves; default: it runs all its epochs. */
  readonly earlyStopping?: EarlyStopping;
  /** Saves the training from time to time. `load` reads such a file, and `fit` with `resume: true` continues. */
  readonly checkpoint?: Checkpoint;
  /**
   * Continues the training of the checkpoint that the network was loaded from: history, epochs, early stopping and
   * schedule go on. Pass the same data and options as before. Without such a training, a new one begins, and `warnings`
   * of the history says so. Default false.
   */
  readonly resume?: boolean;
  /** Seconds, counted from the call. After that time no further epoch begins, and an unfinished one is undone. */
  readonly timeLimit?: number;
  /**
   * Called after every epoch. `stop()` ends the training: `({ loss, stop }) => { if (loss < 0.01) stop(); }`. The
   * listener may read the network or dispose of it, but not change it. An error that it throws ends the training. If it
   * returns a promise, `fitAsync` waits for it and `fit` throws an OptionError. Anything else that it returns is
   * ignored.
   */
  readonly onEpoch?: (info: EpochInfo) => unknown;
  /** What writes the training down, so that others can replay it: a `Recorder` of bitgrad/receipts. */
  readonly receipt?: TrainingRecorder;
}

/** How a network is trained while its page stays responsive. */
export interface FitAsyncOptions extends FitOptions {
  /**
   * Trains in a worker; the entries `bitgrad/worker` and `bitgrad/threads` have it. This thread copies the data and is
   * then free. If no worker can be started, this thread trains, and `warnings` of the history says why. During the
   * training, this network is in the state of the last epoch for which `onEpoch` was called. Default false.
   */
  readonly worker?: boolean;
  /**
   * Ends the training when it is aborted, even while a promise is awaited. The network keeps its finished epochs, so
   * the result stays reproducible. `fitAsync` rejects with `signal.reason`, also if all epochs are done but it has not
   * settled yet; if the reason is an object without a `history`, it gets the history so far as its `history`.
   */
  readonly signal?: AbortSignal;
}

/** What `fit` takes. */
export const FIT_NAMES: readonly (keyof FitOptions)[] = [
  "epochs",
  "batchSize",
  "shuffle",
  "schedule",
  "sampleWeights",
  "allowNegativeWeights",
  "classWeights",
  "validation",
  "validationSplit",
  "metrics",
  "trainingMetrics",
  "trainingOutputs",
  "earlyStopping",
  "checkpoint",
  "resume",
  "timeLimit",
  "onEpoch",
  "receipt",
];

/** What `fitAsync` takes. */
export const FIT_ASYNC_NAMES = /* @__PURE__ */ (FIT_NAMES as readonly (keyof FitAsyncOptions)[]).concat(
  "signal",
  "worker",
);

/** The members of an AbortSignal that are used; older platforms have no `reason`. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Checked, with every default filled in. */
export interface ResolvedFitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly schedule: Schedule | undefined;
  /** `ratesOfEpoch` of the schedule, which may run in another thread. */
  readonly rates: ReturnType<typeof ratesOf> | undefined;
  readonly metrics: readonly ResolvedMetric[];
  readonly trainingMetrics: boolean;
  readonly trainingOutputs: FloatArray | undefined;
  readonly earlyStopping: Required<EarlyStopping> | undefined;
  readonly validation: FitOptions["validation"];
  readonly validationSplit: { readonly share: number; readonly isLast: boolean } | undefined;
  readonly sampleWeights: ArrayLike<number> | undefined;
  readonly allowNegativeWeights: boolean;
  readonly classWeights: FitOptions["classWeights"];
  readonly checkpoint: Checkpoint | undefined;
  readonly resume: boolean;
  readonly timeLimit: number | undefined;
  readonly onEpoch: FitOptions["onEpoch"];
  readonly receipt: TrainingRecorder | undefined;
  readonly signal: Signal | undefined;
  readonly worker: boolean;
  /** As they were given, where a training in a worker has others. */
  readonly given?: ResolvedFitOptions;
  /** Whether it looks for what its history could warn of. */
  readonly warns: boolean;
}

export function resolveFitOptions(options: FitAsyncOptions, names: readonly string[]): ResolvedFitOptions {
  checkNames("options", options, names, names === FIT_NAMES ? hintInFit : hint);
  const { epochs = 100, batchSize = 32, shuffle = true, onEpoch, signal, schedule, timeLimit } = options;
  const {
    checkpoint,
    resume = false,
    worker = false,
    earlyStopping,
    metrics: asked = [],
    trainingMetrics = false,
    trainingOutputs,
    validation: pair,
    validationSplit: split,
    sampleWeights,
    allowNegativeWeights = false,
    classWeights,
    receipt,
  } = options;
  checkFlag("shuffle", shuffle);
  const metrics = checkMetrics("metrics", asked);
  if (checkFlag("trainingMetrics", trainingMetrics)) {
    const missing = metrics.length === 0 ? "metrics" : "validation or validationSplit";
    if (metrics.length === 0 || (pair ?? split) === undefined) {
      throw new OptionError(`trainingMetrics is true; ${missing} is expected with it`);
    }
  }
  if (trainingOutputs !== undefined && (worker || resume)) {
    const reason = worker ? "a worker can't write to it" : "an interrupted epoch has forgotten some";
    throw new OptionError(`trainingOutputs is given; with ${worker ? "worker" : "resume"} none is expected: ${reason}`);
  }
  if (timeLimit !== undefined) checkAmount("timeLimit", timeLimit);
  if (pair !== undefined && !(isList(pair) && pair.length === 2)) {
    throw new OptionError(`validation is ${show(pair)}; [x, y] is expected`);
  }
  const validation = pair && ([pair[0], pair[1]] as const);
  if (validation !== undefined && split !== undefined) {
    throw new OptionError(`validationSplit is ${show(split)}; with validation none is expected`);
  }
  const validationSplit = split === undefined ? undefined : checkSplit(split);
  if (onEpoch !== undefined) checkFunction("onEpoch", onEpoch);
  if (receipt !== undefined) checkRecorder(receipt);
  if (signal !== undefined) checkSignal(signal);
  const resolved = schedule === undefined ? undefined : resolveSchedule("schedule", schedule);
  const validated = (validation ?? validationSplit) !== undefined;
  if (typeof resolved === "object" && resolved.type === "plateau") {
    checkWatched("schedule.monitor", resolved.monitor!, metrics, validated);
  }
  return {
    epochs: checkWhole("epochs", epochs, 1, 2 ** 31),
    batchSize: checkWhole("batchSize", batchSize, 1, 2 ** 31),
    shuffle,
    schedule: resolved,
    rates: resolved && ratesOf(resolved),
    metrics,
    trainingMetrics,
    trainingOutputs,
    earlyStopping: earlyStopping === undefined ? undefined : checkEarlyStopping(earlyStopping, metrics, validated),
    validation,
    validationSplit,
    sampleWeights,
    allowNegativeWeights: checkFlag("allowNegativeWeights", allowNegativeWeights),
    classWeights,
    checkpoint: checkpoint === undefined ? undefined : checkCheckpoint(checkpoint),
    resume: checkFlag("resume", resume),
    timeLimit,
    onEpoch,
    receipt,
    signal,
    worker: checkFlag("worker", worker),
    warns: true,
  };
}

/** Of `fit`, which takes fewer names than `fitAsync`. */
function hintInFit(key: string, known: readonly string[]): string {
  return key === "signal" || key === "worker" ? "fitAsync does; " : hint(key, known);
}

/** Checks only the members that are used: on older platforms, signals lack `throwIfAborted` and `reason`. */
function checkSignal(signal: unknown): void {
  checkReadable("signal", signal);
  const { aborted, addEventListener, removeEventListener } = (signal ?? {}) as Partial<Signal>;
  if (
    typeof aborted === "boolean" &&
    typeof addEventListener === "function" &&
    typeof removeEventListener === "function"
  )
    return;
  throw new OptionError(`signal is ${show(signal)}; an AbortSignal is expected`);
}

function checkRecorder(receipt: unknown): void {
  checkReadable("receipt", receipt);
  const { begin, epoch, end } = (receipt ?? {}) as Partial<TrainingRecorder>;
  if ([begin, epoch, end].every((call) => typeof call === "function")) return;
  throw new OptionError(`receipt is ${show(receipt)}; a Recorder of "bitgrad/receipts" is expected`);
}

function checkCheckpoint(checkpoint: Checkpoint): Checkpoint {
  checkNames("checkpoint", checkpoint, ["everyEpochs", "everySeconds", "save"]);
  const { everyEpochs, everySeconds, save } = checkpoint;
  if (everyEpochs !== undefined) checkWhole("checkpoint.everyEpochs", everyEpochs, 1, 2 ** 31);
  if (everySeconds !== undefined) checkAmount("checkpoint.everySeconds", everySeconds);
  if (everyEpochs === undefined && everySeconds === undefined) {
    throw new OptionError("checkpoint has no everyEpochs and no everySeconds; one of them is expected");
  }
  checkFunction("checkpoint.save", save);
  return {
    ...(everyEpochs !== undefined && { everyEpochs }),
    ...(everySeconds !== undefined && { everySeconds }),
    save: (file) => save.call(checkpoint, file),
  };
}

function checkSplit(split: unknown): ResolvedFitOptions["validationSplit"] {
  const isLast = typeof split === "object" && split !== null;
  if (isLast) checkNames("validationSplit", split, ["last"]);
  const share: unknown = isLast ? (split as { last?: unknown }).last : split;
  if (typeof share === "number" && share > 0 && share < 1) return { share, isLast };
  const name = isLast ? "validationSplit.last" : "validationSplit";
  throw new OptionError(`${name} is ${show(share)}; a number between 0 and 1 is expected`);
}

function checkEarlyStopping(
  options: EarlyStopping,
  metrics: readonly ResolvedMetric[],
  validated: boolean,
): Required<EarlyStopping> {
  checkNames("earlyStopping", options, ["monitor", "patience", "minDelta", "restoreBest"]);
  const { monitor = validated ? "validationLoss" : "loss", patience = 10, minDelta = 0, restoreBest = true } = options;
  return {
    monitor: checkWatched("earlyStopping.monitor", monitor, metrics, validated),
    patience: checkWhole("earlyStopping.patience", patience, 0, 2 ** 31),
    minDelta: checkAmount("earlyStopping.minDelta", minDelta),
    restoreBest: checkFlag("earlyStopping.restoreBest", restoreBest),
  };
}
