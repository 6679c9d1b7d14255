// What may be asked for: the options of networks and trainings, checked and with their defaults.

import { ACTIVATION_NAMES, ACTIVATIONS, type ActivationName } from "../catalog/activations.ts";
import { LOSS_NAMES, LOSSES, type LossName } from "../catalog/losses.ts";
import {
  checkAmount,
  checkChoice,
  checkFlag,
  checkFunction,
  checkNames,
  checkPositive,
  checkReadable,
  checkWhole,
  hasOwn,
  isList,
  isModule,
  isRevoked,
  lengthOfList,
  readNames,
  show,
} from "../checks.ts";
import { type EncoderLike, type Encoders, resolveEncoders, type SavedEncoder } from "../encoder.ts";
import { bytesPerElement, type DType, type Layer, type Loss, last, MAX_BYTES, slotCount } from "../engine/engine.ts";
import type { EngineOptions } from "../engine/engines.ts";
import { OptionError, OutOfMemoryError } from "../errors.ts";
import { checkMetrics, METRICS, type MetricName } from "../metrics.ts";
import { encodeText } from "../text.ts";
import { INITIALIZERS, type Initializer } from "./initializers.ts";
import { ratesOf, resolveSchedule, type Schedule } from "./learning-rate.ts";
import type { MatrixLike } from "./matrix.ts";
import { engineOptimizer, type OptimizerOptions, type ResolvedOptimizer, resolveOptimizer } from "./optimizers.ts";

/** A dense layer. */
export interface LayerOptions {
  /** How many units (outputs) it has. */
  readonly units: number;
  /** Default "sigmoid". */
  readonly activation?: ActivationName;
  /**
   * Finite, 0 or more. For "leakyRelu" it is the slope below 0, default 0.01. For "elu" the outputs are above −alpha,
   * default 1.
   */
  readonly alpha?: number;
  /**
   * How the initial weights are drawn; biases are 0. Default "glorotUniform"; "heNormal" suits ReLU and its variants.
   */
  readonly initializer?: Initializer;
  /** Penalty l1 · Σ |w| on the weights: its gradient is added, but reported losses don't include it. Default 0. */
  readonly l1?: number;
  /** Penalty ½ · l2 · Σ w² on the weights, likewise. Default 0. */
  readonly l2?: number;
  /**
   * The share of the outputs that each training step drops, 0 to below 1; the others are scaled up. The last layer
   * can't have it. Default 0.
   */
  readonly dropout?: number;
  /** Whether training changes the layer; default true. `setTrainable` changes it later. */
  readonly trainable?: boolean;
}

export interface HuberOptions {
  readonly type: "huber";
  /** Finite, more than 0; default 1. */
  readonly delta?: number;
}

export interface CrossEntropyOptions {
  readonly type: "binaryCrossEntropy" | "categoricalCrossEntropy" | "sparseCategoricalCrossEntropy";
  /**
   * ε: targets become y · (1 − ε) + ε / K. K is the number of classes; in binaryCrossEntropy it is 2. From 0 to below
   * 1, default 0.
   */
  readonly labelSmoothing?: number;
}

export interface NetworkOptions extends EngineOptions {
  /** Columns of x. */
  readonly inputs: number;
  readonly layers: readonly LayerOptions[];
  /** Default "sse". */
  readonly loss?: LossName | HuberOptions | CrossEntropyOptions;
  /** Default `{ type: "sgd", learningRate: 0.1 }`; a name alone means that optimizer with its defaults. */
  readonly optimizer?: OptimizerOptions | OptimizerOptions["type"];
  /** Default "f32". */
  readonly dtype?: DType;
  /** A whole number from 0 to 2^53 − 1 that decides initial weights and shuffles; default 0. */
  readonly seed?: number;
  /**
   * Encoders that are saved and loaded with the network and found at `network.encoders`. The width of `x` must be
   * `inputs`, that of `y` the units of the last layer; with a sparse loss, `y` is only for decoding. They are not
   * applied automatically.
   *
   * @example
   * ```ts
   * const x = Encoder.learn(table, ["oneHot", "standard"]), y = Encoder.learn(names, "oneHot");
   * const net = await Network.create({ inputs: x.width, layers: [{ units: y.width }], encoders: { x, y } });
   * net.fit(x.encode(table), y.encode(names), { epochs: 100 });
   * ```
   */
  readonly encoders?: Encoders<EncoderLike>;
}

export interface EpochInfo {
  /** Which epoch of this `fit` has ended, counted from 1. */
  readonly epoch: number;
  /** How many there will be. */
  readonly epochs: number;
  /** The error E over the epoch's rows; each row's error is computed before the step on its batch. */
  readonly loss: number;
  /** The error E over the validation data, if there are any. */
  readonly validationLoss?: number;
  readonly metrics?: Partial<Record<MetricName, number>>;
}

export interface EarlyStopping {
  /**
   * The value to watch: default "validationLoss" if there are validation data, else "loss". If a metric is undefined on
   * the data, such as the AUC of one class, `fit` throws a DataError. A loss that is NaN is no improvement.
   */
  readonly monitor?: "loss" | "validationLoss" | MetricName;
  /** The training ends after so many epochs in a row without an improvement. 0 means the same as 1. Default 10. */
  readonly patience?: number;
  /** An improvement must be greater than this; default 0. */
  readonly minDelta?: number;
  /** Whether the parameters of the best epoch are restored at the end; default true. */
  readonly restoreBest?: boolean;
}

export interface Checkpoint {
  /** Saves after every so many epochs, and after the last one. */
  readonly everyEpochs?: number;
  /** Saves when so many seconds have passed since the last save, in the middle of an epoch, too. */
  readonly everySeconds?: number;
  /** Stores the file. If it returns a promise, `fitAsync` waits for it and `fit` throws an OptionError. */
  readonly save: (file: Uint8Array<ArrayBuffer>) => unknown;
}

export interface FitOptions {
  /** Default 1. */
  readonly epochs?: number;
  /** Rows in a step; the last batch of an epoch may be shorter. Default 32. */
  readonly batchSize?: number;
  /** Visit the rows in a new seeded order each epoch; default true. */
  readonly shuffle?: boolean;
  /** How the learning rate changes during training: a named schedule, or a function that returns each step's rate. */
  readonly schedule?: Schedule;
  /** A weight of 0 or more for each row: the row's error and gradient are multiplied by it. */
  readonly sampleWeights?: ArrayLike<number>;
  /**
   * A weight for each class, likewise: one for each output, or two, for 0 and 1, if there is one output. The last
   * activation must be "softmax", "sigmoid", "hardSigmoid" or "tanh", and the targets must be classes: regressions and
   * several labels in a row are refused.
   */
  readonly classWeights?: ArrayLike<number>;
  /** x and y to evaluate after every epoch. They are copied once, before the first epoch. */
  readonly validation?: readonly [x: MatrixLike, y: MatrixLike];
  /** Instead of `validation`: the share of the rows, between 0 and 1, to evaluate on. The last rows are taken. */
  readonly validationSplit?: number;
  /**
   * Metrics to measure after every epoch on the validation data. Without validation data they are measured on the
   * training data, which are then copied a second time.
   */
  readonly metrics?: readonly MetricName[];
  readonly earlyStopping?: EarlyStopping;
  /** Saves the training from time to time. `load` reads such a file, and `fit` with `resume: true` continues. */
  readonly checkpoint?: Checkpoint;
  /**
   * Continues the training of the checkpoint that the network was loaded from: history, epochs, early stopping and
   * schedule go on. Pass the same data and options as before. Without such a training it has no effect. Default false.
   */
  readonly resume?: boolean;
  /** Seconds, counted from the call. After them no further epoch begins, and an unfinished one is taken back. */
  readonly timeLimit?: number;
  /**
   * Called after every epoch. If it returns false, the training ends, and `warnings` of the history says so. It may
   * read the network or dispose of it, but not change it. An error that it throws ends the training. If it returns a
   * promise, `fitAsync` waits for it and `fit` throws an OptionError.
   */
  readonly onEpoch?: (info: EpochInfo) => unknown;
}

export interface FitAsyncOptions extends FitOptions {
  /**
   * Trains in a worker; the entries `bitgrad/worker` and `bitgrad/threads` have it. This thread copies the data and is
   * then free. If no worker can be started, this thread trains, and `warnings` of the history says why. During the
   * training, this network is in the state of the last epoch for which `onEpoch` was called. Default false.
   */
  readonly worker?: boolean;
  /**
   * Ends the training when it is aborted, even while a promise is awaited. The network keeps its finished epochs, so
   * the result stays reproducible. `fitAsync` rejects with `signal.reason`; if that is an object without a `history`,
   * it gets the history so far as its `history`.
   */
  readonly signal?: AbortSignal;
}

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
  readonly metrics: readonly MetricName[];
  readonly earlyStopping: Required<EarlyStopping> | undefined;
  readonly validation: FitOptions["validation"];
  readonly validationSplit: number | undefined;
  readonly sampleWeights: ArrayLike<number> | undefined;
  readonly classWeights: ArrayLike<number> | undefined;
  readonly checkpoint: Checkpoint | undefined;
  readonly resume: boolean;
  readonly timeLimit: number | undefined;
  readonly onEpoch: FitOptions["onEpoch"];
  readonly signal: Signal | undefined;
  readonly worker: boolean;
}

/** `initializer`: none is "glorotUniform". */
export type ResolvedLayer = Layer & { readonly initializer?: Initializer; readonly trainable?: boolean };

/** Options with every default filled in. */
export interface ResolvedNetworkOptions {
  readonly inputs: number;
  readonly layers: readonly ResolvedLayer[];
  readonly loss: Exclude<LossName, "huber"> | Required<HuberOptions> | Required<CrossEntropyOptions>;
  readonly optimizer: ResolvedOptimizer;
  readonly dtype: DType;
  readonly seed: number;
  /** Where there are any; as plain JSON, so that all of this can be cloned. */
  readonly encoders?: Encoders<SavedEncoder>;
}

/** The loss as engines know it: class numbers and smoothed labels are expanded before. */
export function engineLoss(loss: ResolvedNetworkOptions["loss"]): Loss {
  return typeof loss === "object" && "delta" in loss ? loss : { type: lossName(loss) };
}

export function lossName(loss: ResolvedNetworkOptions["loss"]): LossName {
  return typeof loss === "object" ? loss.type : loss;
}

export const MAX_SIZE = 2 ** 24;
export const MAX_LAYERS = 2 ** 16; // a file names each of them
const MAX_ENCODER_BYTES = 60_000_000; // a file's header has 100 MB at most
const MAX_THREADS = 64;

const NETWORK_NAMES = ["inputs", "layers", "loss", "optimizer", "dtype", "seed", "encoders"] as const;

/** A copy of the options in which each property was read once, so that getters can't change it. */
export function readNetworkOptions(options: NetworkOptions): NetworkOptions {
  const read = readNames("options", options, [...NETWORK_NAMES, ...LOADED_WITH]);
  checkEngine(read);
  return read;
}

/** Checks options that were read, and fills in the defaults. */
export function resolveNetworkOptions(options: NetworkOptions): ResolvedNetworkOptions {
  // only undefined takes the default: null is refused
  const { loss = "sse", optimizer = "sgd", dtype = "f32", seed = 0, encoders = {} } = options;
  checkChoice("dtype", dtype, ["f32", "f64"]);
  const inputs = checkWhole("inputs", options.inputs, 1, MAX_SIZE);
  const list = options.layers;
  const count = isList(list) ? lengthOfList("layers", list) : 0;
  if (count === 0 || count > MAX_LAYERS) {
    const expected = `an array of at least one layer is expected, of ${MAX_LAYERS} at most`;
    throw new OptionError(`layers is ${show(list)}; ${expected}`);
  }
  const layers = Array.from({ length: count }, (_, index) => {
    const name = `layers[${index}]`;
    const known = ["units", "activation", "alpha", "initializer", "trainable", ...PENALTIES] as const;
    const layer = readNames(name, list[index]!, known);
    const { units, activation = "sigmoid", alpha, initializer = "glorotUniform", trainable = true } = layer;
    return Object.freeze({
      units: checkWhole(`${name}.units`, units, 1, MAX_SIZE),
      ...checkActivation(`${name}.`, activation, alpha, dtype),
      ...(initializer !== "glorotUniform" && {
        initializer: checkInitializer(`${name}.initializer`, initializer, dtype),
      }),
      ...checkPenalties(name, layer, dtype),
      ...(!checkFlag(`${name}.trainable`, trainable) && { trainable: false }),
    });
  });
  layers.slice(0, -1).forEach(({ activation }, l) => {
    if (ACTIVATIONS[activation].overRows) {
      throw new OptionError(`layers[${l}].activation is "${activation}"; that is for the last layer`);
    }
  });
  if (last(layers).dropout !== undefined) {
    throw new OptionError(`layers[${layers.length - 1}].dropout is ${last(layers).dropout}; the last layer has none`);
  }
  const resolved: ResolvedNetworkOptions = {
    inputs,
    layers: Object.freeze(layers),
    loss: Object.freeze(checkLoss(loss, last(layers), dtype)), // a name stays what it is
    optimizer: resolveOptimizer(optimizer, dtype),
    dtype,
    seed: checkWhole("seed", seed, 0, Number.MAX_SAFE_INTEGER),
    ...resolveEncoders(encoders, inputs, last(layers).units),
  };
  checkEncoderSize(resolved.encoders);
  checkParameters(resolved);
  return resolved;
}

export function resolveFitOptions(options: FitAsyncOptions, names: readonly string[]): ResolvedFitOptions {
  for (const name of ["signal", "worker"]) {
    if (!names.includes(name) && !isRevoked(options) && hasOwn(Object(options), name)) {
      throw new OptionError(`options knows no "${name}"; fitAsync does`);
    }
  }
  checkNames("options", options, names);
  const { epochs = 1, batchSize = 32, shuffle = true, onEpoch, signal, schedule, timeLimit } = options;
  const {
    checkpoint,
    resume = false,
    worker = false,
    earlyStopping,
    metrics: asked = [],
    validation: pair,
    validationSplit,
    sampleWeights,
    classWeights,
  } = options;
  checkFlag("shuffle", shuffle);
  const metrics = checkMetrics("metrics", asked);
  if (timeLimit !== undefined) checkAmount("timeLimit", timeLimit);
  if (pair !== undefined && !(isList(pair) && pair.length === 2)) {
    throw new OptionError(`validation is ${show(pair)}; [x, y] is expected`);
  }
  const validation = pair && ([pair[0], pair[1]] as const);
  if (validation !== undefined && validationSplit !== undefined) {
    throw new OptionError(`validationSplit is ${show(validationSplit)}; with validation none is expected`);
  }
  if (
    validationSplit !== undefined &&
    !(typeof validationSplit === "number" && validationSplit > 0 && validationSplit < 1)
  ) {
    throw new OptionError(`validationSplit is ${show(validationSplit)}; a number between 0 and 1 is expected`);
  }
  if (onEpoch !== undefined) checkFunction("onEpoch", onEpoch);
  if (signal !== undefined) checkSignal(signal);
  const resolved = schedule === undefined ? undefined : resolveSchedule("schedule", schedule);
  return {
    epochs: checkWhole("epochs", epochs, 1, 2 ** 31),
    batchSize: checkWhole("batchSize", batchSize, 1, 2 ** 31),
    shuffle,
    schedule: resolved,
    rates: resolved && ratesOf(resolved),
    metrics,
    earlyStopping:
      earlyStopping === undefined
        ? undefined
        : checkEarlyStopping(earlyStopping, metrics, (validation ?? validationSplit) !== undefined),
    validation,
    validationSplit,
    sampleWeights,
    classWeights,
    checkpoint: checkpoint === undefined ? undefined : checkCheckpoint(checkpoint),
    resume: checkFlag("resume", resume),
    timeLimit,
    onEpoch,
    signal,
    worker: checkFlag("worker", worker),
  };
}

/** Older platforms have some without `throwIfAborted` and `reason`. */
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

function checkEarlyStopping(
  options: EarlyStopping,
  metrics: readonly string[],
  validated: boolean,
): Required<EarlyStopping> {
  checkNames("earlyStopping", options, ["monitor", "patience", "minDelta", "restoreBest"]);
  const { monitor = validated ? "validationLoss" : "loss", patience = 10, minDelta = 0, restoreBest = true } = options;
  const seen = ["loss", ...(validated ? ["validationLoss"] : []), ...metrics];
  const needed = monitor === "validationLoss" ? "validation or validationSplit" : `metrics: [${show(monitor)}]`;
  if (["validationLoss", ...METRICS].includes(monitor) && !seen.includes(monitor)) {
    throw new OptionError(`earlyStopping.monitor is ${show(monitor)}; ${needed} is expected with it`);
  }
  return {
    monitor: checkChoice("earlyStopping.monitor", monitor, seen) as typeof monitor,
    patience: checkWhole("earlyStopping.patience", patience, 0, 2 ** 31),
    minDelta: checkAmount("earlyStopping.minDelta", minDelta),
    restoreBest: checkFlag("earlyStopping.restoreBest", restoreBest),
  };
}

/** The options of the engine: they change how a network computes, not its results. */
const LOADED_WITH = ["engine", "module", "threads", "warn", "workerUrl"] as const;

/** A copy of the engine options, each read once. */
export function readEngineOptions(
  options: EngineOptions,
  names: readonly (keyof EngineOptions)[] = LOADED_WITH,
): EngineOptions {
  const read = readNames("options", options, names);
  checkEngine(read);
  return read;
}

function checkEngine({ engine = "auto", module, threads = 1, warn = true, workerUrl }: EngineOptions): void {
  checkFlag("warn", warn);
  checkReadable("workerUrl", workerUrl);
  if (workerUrl !== undefined && typeof workerUrl !== "string" && typeof workerUrl?.href !== "string") {
    throw new OptionError(`workerUrl is ${show(workerUrl)}; a string or URL is expected`);
  }
  checkChoice("engine", engine, ["auto", "wasm", "reference"]);
  if (module !== undefined && !isModule(module)) {
    throw new OptionError(`module is ${show(module)}; a WebAssembly.Module is expected`);
  }
  if (threads !== "auto") checkWhole("threads", threads, 1, MAX_THREADS);
}

const INITIALIZER_NUMBERS = { constant: ["value"], uniform: ["min", "max"], normal: ["mean", "deviation"] } as const;

export function checkInitializer(name: string, given: Initializer, dtype: DType): Initializer {
  const initializer = copyOf(name, given);
  if (typeof initializer !== "object") return checkChoice(name, initializer, INITIALIZERS);
  const { type } = initializer ?? {};
  const known = Object.keys(INITIALIZER_NUMBERS) as (keyof typeof INITIALIZER_NUMBERS)[];
  const numbers = INITIALIZER_NUMBERS[checkChoice(`${name}.type`, type, known)];
  checkNames(name, initializer, ["type", ...numbers]);
  for (const key of numbers) {
    const value = (initializer as unknown as Record<string, unknown>)[key];
    if (typeof value !== "number" || !Number.isFinite(dtype === "f32" ? Math.fround(value) : value)) {
      throw new OptionError(`${name}.${key} is ${show(value)}; a number finite in ${dtype} is expected`);
    }
  }
  if (initializer.type === "uniform" && initializer.min > initializer.max) {
    throw new OptionError(`${name}.min is ${initializer.min}; no more than max, ${initializer.max}, is expected`);
  }
  if (initializer.type === "normal" && initializer.deviation < 0) {
    throw new OptionError(`${name}.deviation is ${initializer.deviation}; 0 or more is expected`);
  }
  return Object.freeze({ ...initializer });
}

export function checkLoss(
  given: LossName | HuberOptions | CrossEntropyOptions,
  { units, activation }: Pick<Layer, "units" | "activation">,
  dtype: DType,
): ResolvedNetworkOptions["loss"] {
  const loss = copyOf("loss", given);
  const withOption = LOSS_NAMES.filter((name) => LOSSES[name].option !== undefined);
  const name: LossName =
    typeof loss === "object" && loss !== null
      ? checkChoice("loss.type", loss.type, withOption)
      : checkChoice("loss", loss, LOSS_NAMES);
  const { option, output } = LOSSES[name];
  const { delta = 1, labelSmoothing = 0 } = (typeof loss === "object" ? loss : {}) as Partial<
    HuberOptions & CrossEntropyOptions
  >;
  if (typeof loss === "object") checkNames("loss", loss, ["type", option!]);
  let resolved: ResolvedNetworkOptions["loss"] = name as Exclude<LossName, "huber">;
  if (option === "delta") resolved = { type: "huber", delta: checkPositive("loss.delta", delta, dtype) };
  if (option === "labelSmoothing" && checkAmount("loss.labelSmoothing", labelSmoothing) > 0) {
    if (labelSmoothing >= 1) {
      throw new OptionError(`loss.labelSmoothing is ${labelSmoothing}; a number below 1 is expected`);
    }
    resolved = { type: name as CrossEntropyOptions["type"], labelSmoothing };
  }
  if (output !== undefined && activation !== output) {
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

/** An object's properties, each read once; anything else as it is. */
export function copyOf<T>(name: string, value: T): T {
  checkReadable(name, value);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : value;
}

/** Refuses arguments that a function does not take, such as options in a second object, which would be ignored. */
export function checkNoMore(name: string, more: readonly unknown[]): void {
  const found = more.find((value) => value !== undefined);
  if (found !== undefined) throw new OptionError(`${name} is given an argument too many, ${show(found)}`);
}

const PENALTIES = ["l1", "l2", "dropout"] as const;

/** Those that are not 0. */
export function checkPenalties(name: string, layer: Omit<LayerOptions, "units">, dtype: DType) {
  const found: { -readonly [key in (typeof PENALTIES)[number]]?: number } = {};
  for (const key of PENALTIES) {
    const { [key]: given = 0 } = layer;
    const value = checkAmount(`${name}.${key}`, given, dtype);
    if (key === "dropout" && value >= 1) {
      throw new OptionError(`${name}.dropout is ${value}; a number below 1 is expected`);
    }
    if (value > 0) found[key] = value;
  }
  return found;
}

/** The activation with its alpha, if it has one. */
export function checkActivation(prefix: string, activation: ActivationName, alpha: unknown, dtype: DType) {
  checkChoice(`${prefix}activation`, activation, ACTIVATION_NAMES);
  const standard = ACTIVATIONS[activation].alpha;
  if (standard === undefined) {
    if (alpha === undefined) return { activation };
    throw new OptionError(`${prefix}alpha is ${show(alpha)}; ${activation} has none`);
  }
  return { activation, alpha: checkAmount(`${prefix}alpha`, alpha === undefined ? standard : alpha, dtype) };
}

/** Categories may be long texts, and there may be a million of them. */
function checkEncoderSize(encoders: ResolvedNetworkOptions["encoders"]): void {
  const length = encoders === undefined ? 0 : JSON.stringify(JSON.stringify(encoders)).length; // a text within a text
  if (length * 3 <= MAX_ENCODER_BYTES) return; // of UTF-8 each takes three bytes at most
  const bytes = encodeText(JSON.stringify(JSON.stringify(encoders))).length;
  if (bytes <= MAX_ENCODER_BYTES) return;
  throw new OptionError(`encoders take ${bytes} bytes as JSON; at most ${MAX_ENCODER_BYTES} can be saved`);
}

/**
 * Both engines refuse what has no place in WebAssembly's memory, where weights lie in rows of 32 bytes
 * (assembly/dense.ts).
 */
function checkParameters({ inputs, layers, dtype, optimizer }: ResolvedNetworkOptions): void {
  let columns = inputs;
  let bytes = 0;
  for (const { units } of layers) {
    const row = Math.ceil((units * bytesPerElement(dtype)) / 32) * 32;
    bytes += columns * (units === 1 ? bytesPerElement(dtype) : row) + row;
    columns = units;
  }
  bytes *= 1 + slotCount(engineOptimizer(optimizer));
  if (bytes > MAX_BYTES - 2 ** 16) {
    const gigabytes = (bytes / 2 ** 30).toFixed(1);
    throw new OutOfMemoryError(
      `inputs and layers ask for ${gigabytes} GiB, with what the optimizer remembers; at most 4 GiB fit into memory`,
    );
  }
}
