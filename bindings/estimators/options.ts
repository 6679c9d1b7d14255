// The options of estimators, checked and with their defaults.

import { ELEMENTWISE, type ElementwiseName } from "../catalog/activations.ts";
import {
  checkAmount,
  checkChoice,
  checkDType,
  checkWhole,
  hasOwn,
  hint,
  isList,
  lengthOfList,
  readNames,
  show,
} from "../checks.ts";
import { MISSING, type Missing, NUMBER_KINDS, type NumberKind, UNSEEN, type Unseen } from "../data/columns.ts";
import type { LearnOptions } from "../data/encoder.ts";
import { type ColumnKinds, checkWords } from "../data/kinds.ts";
import type { EngineOptions } from "../engine/engines.ts";
import { OptionError } from "../errors.ts";
import type { BaseNetwork, NetworkClass } from "../network/network.ts";
import type { DType } from "../numbers.ts";
import { LOADED_WITH, readEngineOptions } from "../options/engine.ts";
import type { EpochInfo, FitAsyncOptions } from "../options/fit.ts";
import { INITIALIZERS, type InitializerName } from "../options/initializer.ts";
import { MAX_SIZE } from "../options/layer.ts";
import { MAX_LAYERS } from "../options/network.ts";
import type { TrainingRecorder } from "../options/recorder.ts";

/** The class `Network` of an entry, or one that extends it. */
export type NetworkChoice = NetworkClass<BaseNetwork> & Pick<typeof BaseNetwork, "create" | "load">;

/** What computes: the engine's options, and the class of the network. */
export interface EstimatorEngineOptions extends EngineOptions {
  /**
   * The class `Network` of another entry, such as "bitgrad/threads" or "bitgrad/reference". Default: that of "bitgrad".
   */
  readonly Network?: NetworkChoice;
}

/** How an estimator learns. Everything has a default. */
export interface EstimatorOptions extends EstimatorEngineOptions {
  /**
   * A recipe, which is where the other options have their defaults from; default "standard". "realmlp" is what dense
   * layers carry of RealMLP-TD-S (Holzmüller, Grinsztajn and Steinwart 2024): slower, and often better on large tables.
   */
  readonly preset?: Preset;
  /** Units of each hidden layer; default [100]. With [] the model is linear. */
  readonly hidden?: readonly number[];
  /** The activation of the hidden layers; default "relu". */
  readonly activation?: ElementwiseName;
  /** How the hidden layers' initial weights are drawn; default as in a layer of a network. */
  readonly initializer?: InitializerName;
  /** The highest learning rate of adam; default 0.005. */
  readonly learningRate?: number;
  /** The decay of adam's running mean of g²; default 0.999. */
  readonly beta2?: number;
  /**
   * How the learning rate changes over all epochs: "constant", or one "cosine", or "oneCycle" (the default), or
   * RealMLP's "cosineLog", four cycles that each take twice as long as the one before.
   */
  readonly schedule?: EstimatorSchedule;
  /** Rows in a step; default 32, and for many rows up to 128. */
  readonly batchSize?: number;
  /** How often all rows are visited, at most. Default: as often as 4,000 steps take, but from 40 to 400 times. */
  readonly epochs?: number;
  /** The penalty ½ · l2 / rows · Σ w² on the weights, scikit-learn's `alpha`; default 1. */
  readonly l2?: number;
  /** The share of the hidden outputs that each step drops: 0 to below 1, default 0. */
  readonly dropout?: number;
  /**
   * The share of the rows that is held back to find the best number of epochs, of each class alike: 0 to below 1,
   * default 0.2. With 0, the network is trained on all rows for all epochs.
   */
  readonly validationSplit?: number;
  /** What becomes of columns of numbers; default "standard". */
  readonly numbers?: NumberKind;
  /** How columns are encoded, by their names or indexes, where that is not to be found in the table. */
  readonly columns?: ColumnKinds;
  /** What becomes of missing cells. Default "column": they get the median, and a column that says so. */
  readonly missing?: Missing;
  /** What becomes of categories that were not learned. Default "none": they are like none of those that were. */
  readonly unseen?: Unseen;
  /** Texts and numbers that say that a cell is missing, such as "NA" or −999. */
  readonly missingWords?: readonly (string | number)[];
  /** A whole number from 0 to 2^53 − 1 that decides everything that is random; default 0. */
  readonly seed?: number;
  /** What the network computes in; default "f32". */
  readonly dtype?: DType;
}

/** What `onEpoch` of an estimator is called with. */
export interface EstimatorEpoch extends EpochInfo {
  /**
   * "search" while some rows are held back to find the best number of epochs; "final" while a new network is trained on
   * all rows for so many.
   */
  readonly phase: "search" | "final";
}

/** What `fit` of an estimator takes. */
export interface EstimatorFitOptions extends Pick<FitAsyncOptions, "signal" | "worker"> {
  /** A `Recorder` of bitgrad/receipts: it writes the receipt of the final training, on all rows. */
  readonly receipt?: TrainingRecorder;
  /** Another preset than that of the estimator's options, for this training. */
  readonly preset?: Preset;
  /** Called after every epoch. Its `stop()` ends the training, and the best network so far is kept. */
  readonly onEpoch?: (info: EstimatorEpoch) => unknown;
}

export const FIT_NAMES = ["preset", "signal", "worker", "onEpoch", "receipt"] as const;

/** The options of what computes. */
export const ENGINE_NAMES = [...LOADED_WITH, "Network"] as const;

const NAMES = [
  ...["preset", "hidden", "activation", "learningRate", "batchSize", "epochs", "l2", "dropout", "validationSplit"],
  ...["initializer", "beta2", "schedule", "numbers", "columns", "missing", "unseen", "missingWords", "seed", "dtype"],
  ...ENGINE_NAMES,
];

const SCHEDULES = ["constant", "cosine", "cosineLog", "oneCycle"] as const;

/** The name of a schedule over all epochs of an estimator's training. */
export type EstimatorSchedule = (typeof SCHEDULES)[number];

/** What an estimator is for. */
export type Purpose = "classes" | "numbers";

/** What a preset decides. */
interface Defaults {
  readonly hidden: readonly number[];
  readonly activation: Readonly<Record<Purpose, ElementwiseName>>;
  readonly initializer: InitializerName | undefined;
  readonly learningRate: Readonly<Record<Purpose, number>>;
  readonly beta2: number;
  readonly schedule: EstimatorSchedule;
  /** Undefined where the number of rows decides. */
  readonly batchSize: number | undefined;
  readonly epochs: number | undefined;
  readonly l2: number;
  readonly dropout: number;
  readonly labelSmoothing: number;
  readonly validationSplit: number;
  /** What becomes of columns of numbers. */
  readonly numbers: NumberKind;
}

const PRESETS = {
  standard: {
    hidden: [100],
    activation: { classes: "relu", numbers: "relu" },
    initializer: undefined,
    learningRate: { classes: 0.005, numbers: 0.005 },
    beta2: 0.999,
    schedule: "oneCycle",
    batchSize: undefined,
    epochs: undefined,
    l2: 1,
    dropout: 0,
    labelSmoothing: 0.05,
    validationSplit: 0.2,
    numbers: "standard",
  },
  // Its neural tangent parametrization divides weights by √ of the layer's inputs: N(0, 1) becomes "lecunNormal", and
  // adam's rates of 0.04 and 0.07 are divided by √256.
  realmlp: {
    hidden: [256, 256, 256],
    activation: { classes: "selu", numbers: "mish" },
    initializer: "lecunNormal",
    learningRate: { classes: 0.0025, numbers: 0.004375 },
    beta2: 0.95,
    schedule: "cosineLog",
    batchSize: 256,
    epochs: 256,
    l2: 0,
    dropout: 0,
    labelSmoothing: 0.1,
    validationSplit: 0.2,
    numbers: "robustSmoothClip",
  },
} as const satisfies Readonly<Record<string, Defaults>>;

/** The name of a recipe. */
export type Preset = keyof typeof PRESETS;

/** With all defaults that don't depend on the table. */
export interface Recipe extends Omit<Defaults, "activation" | "learningRate"> {
  readonly Network: NetworkChoice;
  readonly engine: EngineOptions;
  readonly activation: ElementwiseName;
  readonly learningRate: number;
  readonly columns: ColumnKinds | undefined;
  readonly learning: LearnOptions;
  readonly seed: number;
  readonly dtype: DType;
}

/** Options by their names in scikit-learn, Keras and PyTorch, without `_` and in lower case. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  alpha: "l2",
  classweight: "classWeights",
  hiddenlayersizes: "hidden",
  hiddenlayers: "hidden",
  layers: "hidden",
  units: "hidden",
  learningrateinit: "learningRate",
  lr: "learningRate",
  maxiter: "epochs",
  randomstate: "seed",
  validationfraction: "validationSplit",
  weightdecay: "l2",
};

/** The option that is called otherwise elsewhere, or else the nearest. */
function hintOfOthers(key: string, known: readonly string[]): string {
  const name = key.replace(/_/g, "").toLowerCase();
  const other = hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name]! : undefined;
  return other !== undefined && known.includes(other) ? `did you mean "${other}"? ` : hint(key, known);
}

/** A copy of the options in which each was read once; `more`: names that one of the estimators has besides. */
export function readEstimatorOptions<T extends EstimatorOptions>(given: T, more: readonly string[] = []): T {
  const options = readNames("options", given, [...NAMES, ...more] as (keyof T & string)[], hintOfOthers);
  const { hidden } = options;
  if (hidden === undefined) return options;
  if (!isList(hidden) || lengthOfList("hidden", hidden) >= MAX_LAYERS) {
    throw new OptionError(`hidden is ${show(hidden)}; an array of units is expected, such as [100]`);
  }
  return { ...options, hidden: Array.from(hidden, (units, n) => checkWhole(`hidden[${n}]`, units, 1, MAX_SIZE)) };
}

/** What was read, checked. */
export function recipeOf(options: EstimatorOptions, Usual: NetworkChoice, purpose: Purpose): Recipe {
  const { preset = "standard", missing = "column", unseen = "none", missingWords, seed = 0, dtype = "f32" } = options;
  const defaults: Defaults = PRESETS[checkChoice("preset", preset, Object.keys(PRESETS) as Preset[])];
  const { activation = defaults.activation[purpose], learningRate = defaults.learningRate[purpose] } = options;
  const { initializer = defaults.initializer, beta2 = defaults.beta2, schedule = defaults.schedule } = options;
  const { labelSmoothing = defaults.labelSmoothing } = options as { labelSmoothing?: number };
  const { numbers = defaults.numbers } = options;
  const { batchSize = defaults.batchSize, epochs = defaults.epochs, columns } = options;
  const { l2 = defaults.l2, dropout = defaults.dropout, validationSplit = defaults.validationSplit } = options;
  checkDType(dtype);
  return {
    ...defaults,
    ...resolveEngine(options, Usual),
    hidden: options.hidden ?? defaults.hidden,
    activation: checkChoice("activation", activation, ELEMENTWISE),
    initializer: initializer === undefined ? undefined : checkChoice("initializer", initializer, INITIALIZERS),
    learningRate: checkAmount("learningRate", learningRate, dtype),
    beta2: checkShare("beta2", beta2),
    schedule: checkChoice("schedule", schedule, SCHEDULES),
    labelSmoothing: checkShare("labelSmoothing", labelSmoothing),
    numbers: checkChoice("numbers", numbers, NUMBER_KINDS),
    batchSize: batchSize === undefined ? undefined : checkWhole("batchSize", batchSize, 1, 2 ** 31),
    epochs: epochs === undefined ? undefined : checkWhole("epochs", epochs, 1, 2 ** 31),
    l2: checkAmount("l2", l2, dtype),
    dropout: checkShare("dropout", dropout),
    validationSplit: checkShare("validationSplit", validationSplit),
    columns,
    learning: {
      missing: checkChoice("missing", missing, MISSING),
      unseen: checkChoice("unseen", unseen, UNSEEN),
      numbers,
      ...(missingWords !== undefined && { missingWords: [...checkWords(missingWords)] as (string | number)[] }),
    },
    seed: checkWhole("seed", seed, 0, Number.MAX_SAFE_INTEGER),
    dtype,
  };
}

function checkShare(name: string, value: unknown): number {
  if (checkAmount(name, value) < 1) return value as number;
  throw new OptionError(`${name} is ${show(value)}; a number below 1 is expected`);
}

function resolveEngine(options: EstimatorEngineOptions, Usual: NetworkChoice) {
  const { Network = Usual, engine, module, threads, warn, workerUrl } = options;
  const { create, load } = (typeof Network === "function" ? Network : {}) as Partial<NetworkChoice>;
  const isClass = typeof create === "function" && typeof load === "function";
  if (!isClass) throw new OptionError(`Network is ${show(Network)}; the class Network of an entry is expected`);
  const given = Object.entries({ engine, module, threads, warn, workerUrl }).filter(([, value]) => value !== undefined);
  return { Network, engine: readEngineOptions(Object.fromEntries(given) as EngineOptions) };
}
