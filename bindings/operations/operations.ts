// The building blocks of a training, beyond those of operations/blocks.ts. With them you can do a training by hand,
// step by step, and compare every number on the way. They take the options that networks and trainings take.

import type { FloatArray } from "../arrays.ts";
import { LOSSES, lossOf } from "../catalog/losses.ts";
import { METRICS } from "../catalog/metrics.ts";
import {
  checkAmount,
  checkDType,
  checkFlag,
  checkNoMore,
  checkWhole,
  hasOwn,
  isList,
  lengthOfList,
  optional,
  readNames,
  show,
} from "../checks.ts";
import { classSource, ownRows } from "../data/matrix.ts";
import type { DenseShape, Engine, Output } from "../engine/engine.ts";
import { type EngineOptions, type Engines, enginesOf, type Found } from "../engine/engines.ts";
import { OptionError } from "../errors.ts";
import { fillWeights } from "../network/initialize.ts";
import type { LayerParameters } from "../network/parameters.ts";
import { isSparse, smoothed, weightsOf } from "../network/samples.ts";
import { type DType, dtypeOf, floatArray } from "../numbers.ts";
import { endow, isInstance, KEY } from "../objects.ts";
import { readEngineOptions } from "../options/engine.ts";
import type { FitOptions } from "../options/fit.ts";
import { checkInitializer, type Initializer } from "../options/initializer.ts";
import { checkActivation, type DenseLayerOptions } from "../options/layer.ts";
import { checkLoss, engineLoss, lossName, readLoss } from "../options/loss.ts";
import type { NetworkOptions } from "../options/network.ts";
import { ratesOfEpoch, resolveSchedule, type Schedule, type SchedulePosition } from "../options/schedule.ts";
import { MAX_WORD, readArray, readNumbers, readShape } from "./arguments.ts";
import { type BatchShape, BlockOperations } from "./blocks.ts";
import { type OptimizerStep, type OptimizerStepOptions, optimizerStep } from "./optimizer-step.ts";

export type { BatchShape } from "./blocks.ts";
export type { OptimizerState, OptimizerStep, OptimizerStepOptions } from "./optimizer-step.ts";

const MAX_STEPS = 2 ** 29 - 1; // an array of so many rates still fits into memory

/** The last layer and its loss, as in `NetworkOptions`, and weights, as in `FitOptions`. */
export interface OutputOptions extends Pick<FitOptions, "sampleWeights" | "allowNegativeWeights"> {
  /** As in `FitOptions`, numbers alone. */
  readonly classWeights?: ArrayLike<number>;
  /** Default "mse". */
  readonly loss?: NetworkOptions["loss"];
  /** Default: that of the last layer of a network with this loss. */
  readonly activation?: DenseLayerOptions["activation"];
  /** As in `DenseLayerOptions`. */
  readonly alpha?: number;
}

/** A dropout, and its position in a training. */
export interface DropoutOptions {
  /** The share of the outputs to drop: 0 or more, less than 1. */
  readonly dropout: number;
  /** The network's seed; default 0. */
  readonly seed?: number;
  /** How many epochs the network has finished before this one; default 0. */
  readonly epoch?: number;
  /** The number of the batch in the epoch, from 0; default 0. */
  readonly batch?: number;
  /** The number of the layer, from 0; default 0. */
  readonly layer?: number;
  /** Default "f32". */
  readonly dtype?: DType;
}

/** How initial weights are drawn, and for which layer. */
export interface InitialWeightsOptions {
  /** Default "glorotUniform". */
  readonly initializer?: Initializer;
  /** The network's seed; default 0. */
  readonly seed?: number;
  /** The number of the layer, from 0; default 0. */
  readonly layer?: number;
  /** Default "f32". */
  readonly dtype?: DType;
}

/**
 * The functions that a training computes with, on typed arrays. The arrays of a call must all be Float32Arrays, for
 * f32, or all Float64Arrays, for f64. Arguments are not changed, except for `out`; results are new arrays. Matrices are
 * row-major: x is rows × inputs, w is inputs × units, and z, a, y and delta are rows × units. Values may be ±∞ or NaN:
 * IEEE-754 defines the result. A ShapeError means that an array has the wrong length or element type, an OptionError
 * that an option or a number is invalid.
 *
 * A training by hand gives the bits of `fit`: take `initialWeights`, the order of `shuffle`, `forward`, `activate`,
 * `dropoutFactors`, `outputDelta`, the three gradients, `activationDerivative`, `learningRates` and `optimizerStep`.
 *
 * @example
 * ```ts
 * import { Operations } from "bitgrad";
 *
 * const op = Operations.createSync();
 * const shape = { rows: 2, inputs: 2, units: 1 };
 * const x = new Float64Array([0, 1, 1, 1]), w = new Float64Array([0.5, -0.5]), b = new Float64Array([0.1]);
 * const a = op.sigmoid(op.forward(x, w, b, shape));
 * ```
 */
export class BaseOperations extends BlockOperations {
  readonly #engine: Engine;
  readonly #engineReason: string | undefined;

  /** Operations are made by `create` and `createSync`. */
  protected constructor(...parts: never[]);
  protected constructor(key: unknown, found: Found) {
    super(key, found);
    this.#engine = found.engine;
    this.#engineReason = found.engineReason;
    const identity = Symbol("Operations can't be copied or sent: create them where they are needed");
    const isOne = (value: object): value is BaseOperations => #engine in value;
    const inspect = ({ engine }: BaseOperations) => `Operations { engine: ${engine} }`;
    endow(this, { name: "Operations", prototype: BaseOperations.prototype, isOne, inspect }, identity);
  }

  /** @internal Whether they are of any entry or copy of this library; a user's subclass has no `engines` of its own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, hasOwn(this, "engines"), "Operations", value);
  }

  static #make<T extends BaseOperations>(type: OperationsClass<T>, found: Found): T {
    return new (type as unknown as new (key: symbol, found: Found) => T)(KEY, found);
  }

  /**
   * Creates operations. Compiles WebAssembly off the calling thread.
   *
   * @throws EngineError if `engine` is "wasm" and WebAssembly with SIMD can't run here
   */
  static async create<T extends BaseOperations>(
    this: OperationsClass<T>,
    options: Omit<EngineOptions, "threads"> = {},
    ...more: []
  ): Promise<T> {
    checkNoMore("create", more);
    return enginesOf(this).load(checked(options), 0, (found) => BaseOperations.#make(this, found));
  }

  /**
   * `create` without a promise.
   *
   * @throws what `create` throws
   */
  static createSync<T extends BaseOperations>(
    this: OperationsClass<T>,
    options: Omit<EngineOptions, "threads"> = {},
    ...more: []
  ): T {
    checkNoMore("createSync", more);
    return BaseOperations.#make(this, enginesOf(this).loadSync(checked(options)));
  }

  /** Why the reference engine is used although it was not asked for; undefined otherwise. */
  get engineReason(): string | undefined {
    return this.#engineReason;
  }

  /** "Operations", in the objects' default descriptions. */
  get [Symbol.toStringTag](): string {
    return "Operations";
  }

  /**
   * Returns the softmax of each row of z, which is rows × units.
   *
   * @example
   * ```ts
   * op.softmax(new Float64Array([0, 0, 1, 1]), { rows: 2, units: 2 }); // 0.5, 0.5, 0.5, 0.5
   * ```
   */
  softmax<T extends FloatArray>(z: T, shape: BatchShape): T {
    const { rows, units } = readShape(shape, ["rows", "units"]);
    z = readArray("z", z, rows * units);
    return z.length === 0 ? (floatArray(dtypeOf(z), 0) as T) : (this.#engine.kernels.softmax(z, rows, units) as T);
  }

  /**
   * Returns the error of each row in f64, multiplied by the row's weight if there are weights. Their sum over an epoch
   * is the epoch's error sum. For "sse" and "mse" a row's error is Σ (a − y)², without the ½. z, rows × units, are the
   * last layer's sums before its activation. y has the same shape; with the sparse loss it has one number for each row,
   * its class.
   *
   * @throws DataError if a weight is negative or not finite, or if y is not a class with the sparse loss
   * @example
   * ```ts
   * const z = new Float64Array([3, 1]), y = new Float64Array([1, 1]);
   * op.rowErrors(z, y, { rows: 2, units: 1 }, { loss: "mse", activation: "linear" }); // 4, 0
   * ```
   */
  rowErrors<T extends FloatArray>(z: T, y: T, shape: BatchShape, options?: OutputOptions): Float64Array {
    const { output, rows, units, views, weights } = readOutput(z, y, shape, options);
    if (rows * units === 0) return floatArray("f64", rows) as Float64Array; // each a sum of nothing
    const errors = this.#engine.kernels.rowErrors(output, views.z, views.y, rows, units);
    return weights === undefined ? errors : errors.map((error, s) => weights[s]! * error);
  }

  /**
   * Returns the error E of a batch, from the errors e of `rowErrors`, added in order: ½ Σ e for "sse", Σ e / rows for
   * the categorical cross-entropy, Σ e / (rows · units) for all other losses.
   *
   * @throws what `rowErrors` throws
   * @example
   * ```ts
   * const z = new Float64Array([3, 1]), y = new Float64Array([1, 1]);
   * op.loss(z, y, { rows: 2, units: 1 }, { loss: "mse", activation: "linear" }); // 2
   * ```
   */
  loss<T extends FloatArray>(z: T, y: T, shape: BatchShape, options?: OutputOptions): number {
    const { output, rows, units, views, weights } = readOutput(z, y, shape, options);
    if (rows * units === 0) return lossOf(output.loss, 0, rows, units);
    const errors = this.#engine.kernels.rowErrors(output, views.z, views.y, rows, units);
    let sum = 0;
    for (let s = 0; s < rows; s++) sum += weights === undefined ? errors[s]! : weights[s]! * errors[s]!;
    return lossOf(output.loss, sum, rows, units);
  }

  /**
   * Returns δ = ∂E/∂Z of the last layer, rows × units, where E is the `loss` of these rows as one batch.
   *
   * @throws what `rowErrors` throws
   * @example
   * ```ts
   * const loss = { type: "binaryCrossEntropy", labelSmoothing: 0.1 } as const;
   * const delta = op.outputDelta(z, y, shape, { loss, sampleWeights: [1, 2] });
   * const g = op.weightGradient(x, delta, shape);
   * ```
   */
  outputDelta<T extends FloatArray>(z: T, y: T, shape: BatchShape, options?: OutputOptions): T {
    const { output, rows, units, views, weights } = readOutput(z, y, shape, options);
    if (views.z.length === 0) return floatArray(dtypeOf(views.z), 0) as T;
    return this.#engine.kernels.outputDelta(output, views.z, views.y, rows, units, weights) as T;
  }

  /**
   * Returns the factors, rows × units, by which a training multiplies a hidden layer's outputs: 0 or 1 / (1 − dropout).
   *
   * @example
   * ```ts
   * const shape = { rows: 32, units: 10 };
   * const factors = op.dropoutFactors(shape, { dropout: 0.5, seed: 42, epoch: 0, batch: 3, layer: 1 });
   * ```
   */
  dropoutFactors(shape: BatchShape, options: DropoutOptions): Float32Array | Float64Array {
    const { rows, units } = readShape(shape, ["rows", "units"]);
    const {
      dropout,
      seed = 0,
      epoch = 0,
      batch = 0,
      layer = 0,
      dtype = "f32",
    } = readNames("options", options, ["dropout", "seed", "epoch", "batch", "layer", "dtype"]);
    checkDType(dtype);
    if (checkAmount("dropout", dropout) >= 1) {
      throw new OptionError(`dropout is ${dropout}; a number below 1 is expected`);
    }
    const position = {
      dropout,
      seed: checkWhole("seed", seed, 0, Number.MAX_SAFE_INTEGER),
      epoch: checkWhole("epoch", epoch, 0, MAX_WORD),
      batch: checkWhole("batch", batch, 0, MAX_WORD),
      layer: checkWhole("layer", layer, 0, MAX_WORD),
    };
    if (rows * units === 0) return floatArray(dtype, 0);
    return this.#engine.kernels.dropoutFactors(dtype, rows, units, position);
  }

  /**
   * Returns the learning rates that a schedule gives to the steps of an epoch, in f64.
   *
   * @param position - `rate` is the optimizer's learning rate, and `epoch` how many epochs the network has finished.
   * `losses`, `validationLosses` and the lists in `metrics` are those of the epochs since the training began (for a
   * plateau: since the plateau began), default none.
   * @throws OptionError if the schedule is invalid, or returns a rate that is negative or not finite
   * @example
   * ```ts
   * const position = { rate: 0.1, epoch: 0, stepsPerEpoch: 4 };
   * op.learningRates({ type: "cosine", epochs: 2, warmup: 1 }, position); // 0.025, 0.05, 0.075, 0.1
   * ```
   */
  learningRates(
    schedule: Schedule,
    position: Pick<SchedulePosition, "rate" | "epoch" | "stepsPerEpoch"> &
      Partial<Pick<SchedulePosition, "losses" | "validationLosses" | "metrics">>,
  ): Float64Array {
    const resolved = resolveSchedule("schedule", schedule);
    const {
      rate,
      epoch,
      stepsPerEpoch,
      losses = [],
      validationLosses = [],
      metrics = {},
    } = readNames("position", position, ["rate", "epoch", "stepsPerEpoch", "losses", "validationLosses", "metrics"]);
    const lists = Object.entries(readNames("metrics", metrics, METRICS));
    const known = {
      losses: readValues("losses", losses),
      validationLosses: readValues("validationLosses", validationLosses),
      metrics: Object.freeze(
        Object.fromEntries(lists.map(([name, list]) => [name, readValues(`metrics.${name}`, list)])),
      ),
    };
    const steps = checkWhole("stepsPerEpoch", stepsPerEpoch, 1, MAX_STEPS);
    return ratesOfEpoch(resolved, checkAmount("rate", rate), checkWhole("epoch", epoch, 0, MAX_WORD), steps, known);
  }

  /**
   * Takes one optimizer step on all layers of a network: penalties, then clipping, then the step. Weights are inputs ×
   * units, as in `getParameters`; the units of each layer are the inputs of the next.
   *
   * @returns The new parameters, and the state to pass to the next step.
   * @throws ShapeError if arrays don't fit each other, or `state` doesn't fit the optimizer
   * @throws OptionError if an option is invalid
   * @example
   * ```ts
   * const parameters = [{ weights: new Float64Array([1, 2]), biases: new Float64Array([0]) }]; // 2 inputs, 1 unit
   * const gradients = [{ weights: new Float64Array([0.5, 0]), biases: new Float64Array([1]) }];
   * const first = op.optimizerStep(parameters, gradients, { optimizer: "adam" });
   * const second = op.optimizerStep(first.parameters, gradients, { optimizer: "adam", state: first.state });
   * ```
   */
  optimizerStep<T extends FloatArray>(
    parameters: readonly LayerParameters<T>[],
    gradients: readonly LayerParameters<T>[],
    options?: OptimizerStepOptions<T>,
  ): OptimizerStep<T> {
    return optimizerStep(this.#engine, parameters, gradients, optional(options));
  }

  /**
   * Returns the initial weights, inputs × units, of a layer in a new network. Its biases are 0.
   *
   * @example
   * ```ts
   * const w = op.initialWeights({ inputs: 784, units: 30 }, { initializer: "heNormal", seed: 42, layer: 0 });
   * ```
   */
  initialWeights(
    shape: Pick<DenseShape, "inputs" | "units">,
    options?: InitialWeightsOptions,
  ): Float32Array | Float64Array {
    const { inputs, units } = readShape(shape, ["inputs", "units"]);
    const {
      initializer = "glorotUniform",
      seed = 0,
      layer = 0,
      dtype = "f32",
    } = readNames("options", optional(options), ["initializer", "seed", "layer", "dtype"]);
    const checked = checkInitializer("initializer", initializer, checkDType(dtype));
    const key = checkWhole("seed", seed, 0, Number.MAX_SAFE_INTEGER);
    checkWhole("layer", layer, 0, MAX_WORD);
    if (inputs * units === 0) return floatArray(dtype, 0);
    if (checked === "glorotUniform") return glorotWeights(this.#engine, dtype, inputs, units, key, layer);
    const w = floatArray(dtype, inputs * units);
    fillWeights(w, checked, { inputs, units }, layer, key, this.#engine.kernels);
    return w;
  }
}

/** A class of operations: `Operations` of an entry, or a class that extends it. */
export interface OperationsClass<T extends BaseOperations> {
  /** What its static functions make. */
  readonly prototype: T;
  /** @internal */
  engines(): Engines;
}

/** A list of numbers, read once. */
function readValues(name: string, list: unknown): readonly number[] {
  if (!isList(list)) throw new OptionError(`${name} is ${show(list)}; an array of numbers is expected`);
  const values = Array.from({ length: lengthOfList(name, list) }, (_, n) => {
    const value: unknown = list[n];
    if (typeof value === "number") return value;
    throw new OptionError(`${name}[${n}] is ${show(value)}; a number is expected`);
  });
  return Object.freeze(values);
}

function checked(options: Omit<EngineOptions, "threads">): EngineOptions {
  return readEngineOptions(options, ["engine", "module", "warn"]);
}

function glorotWeights(
  engine: Engine,
  dtype: DType,
  inputs: number,
  units: number,
  seed: number,
  layer: number,
): FloatArray {
  const layers = [{ units, activation: "linear" }] as const;
  const model = engine.createModel({ dtype, inputs, layers, loss: { type: "sse" }, optimizer: { type: "sgd" } });
  try {
    model.initialize(seed, layer);
    return model.getParameters().slice(0, inputs * units);
  } finally {
    model.dispose();
  }
}

/** Checks the arguments; returns z, the targets as the loss takes them, and the rows' weights in the dtype. */
function readOutput(z: FloatArray, y: FloatArray, shape: BatchShape, options: OutputOptions | undefined) {
  const { rows, units } = readShape(shape, ["rows", "units"]);
  const read = readNames("options", optional(options), [
    "loss",
    "activation",
    "alpha",
    "sampleWeights",
    "allowNegativeWeights",
    "classWeights",
  ]);
  const { loss: given = "mse", alpha, allowNegativeWeights = false } = read;
  checkFlag("allowNegativeWeights", allowNegativeWeights);
  const sampleWeights = readNumbers("sampleWeights", read.sampleWeights, rows);
  const classWeights = readNumbers("classWeights", read.classWeights, Math.max(2, units));
  const loss = readLoss(given);
  const { activation = LOSSES[lossName(loss)].output } = read;
  const dtype = dtypeOf(readArray("z", z));
  const initializer = "glorotUniform"; // nothing is drawn
  const layer = { units, ...checkActivation("", activation, alpha, dtype), initializer } as const;
  const checked = checkLoss(loss, layer, dtype);
  const columns = isSparse({ loss: checked }) ? 1 : units;
  z = readArray("z", z, rows * units);
  y = readArray("y", y, rows * columns, z);
  const source = ownRows(y, columns, rows); // if there are no columns, the length doesn't tell the number of rows
  const labels = isSparse({ loss: checked }) ? classSource(source, units, dtype) : source;
  const targets = floatArray(dtype, rows * units);
  smoothed(labels, checked).copyTo(targets);
  const known = { dtype, loss: checked, layers: [layer] };
  const weightsSource = weightsOf(known, labels, sampleWeights, classWeights, allowNegativeWeights);
  const weights = weightsSource && floatArray(dtype, rows);
  weightsSource?.copyTo(weights!);
  const output: Output = { loss: engineLoss(checked), activation, alpha: layer.alpha ?? 0 };
  return { output, rows, units, views: { z, y: targets }, weights };
}
