// The building blocks of a training, beside those of operations/blocks.ts: with them whoever wants to can take a training's steps
// by hand, and compare every number on the way. What they are given is what networks and trainings are given.

import { checkAmount, checkChoice, checkWhole, readNames, show } from "./checks.ts";
import {
  type DenseShape,
  type DType,
  dtypeOf,
  type Engine,
  type FloatArray,
  floatArray,
  lossOf,
  type Output,
  type RowSource,
} from "./engine/engine.ts";
import type { EngineOptions, Engines, Found } from "./engine/engines.ts";
import { OptionError } from "./errors.ts";
import { fillWeights, type Initializer } from "./network/initializers.ts";
import { ratesOfEpoch, resolveSchedule, type Schedule, type SchedulePosition } from "./network/learning-rate.ts";
import { ClassSource } from "./network/matrix.ts";
import type { LayerParameters } from "./network/network.ts";
import {
  checkActivation,
  checkInitializer,
  checkLoss,
  engineLoss,
  type FitOptions,
  type LayerOptions,
  type NetworkOptions,
  OUTPUTS_FOR,
  readEngineOptions,
} from "./network/options.ts";
import { isSparse, smoothed, weightsOf } from "./network/samples.ts";
import { endow, KEY } from "./objects.ts";
import { MAX_WORD, readArrays, readNumbers, readShape, readViews } from "./operations/arguments.ts";
import { type BatchShape, BlockOperations } from "./operations/blocks.ts";
import { type OptimizerStep, type OptimizerStepOptions, optimizerStep } from "./operations/optimizer-step.ts";

export type { BatchShape } from "./operations/blocks.ts";
export type { OptimizerState, OptimizerStep, OptimizerStepOptions } from "./operations/optimizer-step.ts";

const MAX_STEPS = 2 ** 29 - 1; // whose rates have place in memory

/** Of the last layer and its loss, as in a network's options; of the weights, as in a training's. */
export interface OutputOptions extends Pick<FitOptions, "sampleWeights" | "classWeights"> {
  /** Default "sse". */
  readonly loss?: NetworkOptions["loss"];
  /** Default what the loss wants, else "sigmoid". */
  readonly activation?: LayerOptions["activation"];
  readonly alpha?: number;
}

/** Which of a training's dropouts. */
export interface DropoutOptions {
  /** The share p that is left out, as in a layer's options. */
  readonly dropout: number;
  /** Default 0, as all of these. */
  readonly seed?: number;
  /** Epochs behind the network. */
  readonly epoch?: number;
  /** Batches of the epoch before this one. */
  readonly batch?: number;
  /** Layers before this one. */
  readonly layer?: number;
  /** Default "f32". */
  readonly dtype?: DType;
}

export interface InitialWeightsOptions {
  /** Default "glorotUniform". */
  readonly initializer?: Initializer;
  /** Default 0. */
  readonly seed?: number;
  /** Layers before this one, default 0. */
  readonly layer?: number;
  /** Default "f32". */
  readonly dtype?: DType;
}

/**
 * The building blocks. Functions of matrices take Float32Arrays (computing in f32) or Float64Arrays (f64), never a mix, leaves
 * its arguments alone and returns a new array. Matrices are row-major: x is rows × inputs, w inputs × units, z, a, y and
 * delta rows × units. Values may be anything, ±∞ and NaN included: IEEE-754 says what comes out. A ShapeError says where
 * an array has the wrong length or element type, an OptionError where a number is out of range.
 *
 * They are what trainings compute with. By `forward`, `activate`, `dropoutFactors`, `outputDelta`, the three gradients,
 * `activationDerivative`, `learningRates` and `optimizerStep`, from `initialWeights` and in the order of `shuffle`, one gets the bits
 * of `fit`.
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
export abstract class BaseOperations extends BlockOperations {
  readonly #engine: Engine;
  readonly #engineReason: string | undefined;

  /** Operations are made by `create` and `createSync`. */
  protected constructor(...parts: never[]);
  protected constructor(key: unknown, found: Found) {
    super(key, found);
    this.#engine = found.engine;
    this.#engineReason = found.engineReason;
    const identity = Symbol("Operations are made anew where they are needed");
    const isOne = (value: object): value is BaseOperations => #engine in value;
    endow(
      this,
      { name: "Operations", prototype: BaseOperations.prototype, isOne },
      () => identity,
      () => `Operations { engine: ${this.engine} }`,
    );
  }

  static #make<T extends BaseOperations>(type: OperationsClass<T>, found: Found): T {
    return new (type as unknown as new (key: symbol, found: Found) => T)(KEY, found);
  }

  static async create<T extends BaseOperations>(
    this: OperationsClass<T>,
    options: Omit<EngineOptions, "threads"> = {},
  ): Promise<T> {
    return this.engines().load(checked(options), 0, (found) => BaseOperations.#make(this, found));
  }

  static createSync<T extends BaseOperations>(
    this: OperationsClass<T>,
    options: Omit<EngineOptions, "threads"> = {},
  ): T {
    return BaseOperations.#make(this, this.engines().loadSync(checked(options)));
  }

  /** Why the reference engine stands in for WebAssembly, where it does and was not asked for. */
  get engineReason(): string | undefined {
    return this.#engineReason;
  }

  get [Symbol.toStringTag](): string {
    return "Operations";
  }

  /**
   * The softmax of each row of z, rows × units, of at least one unit.
   *
   * @example
   * ```ts
   * op.softmax(new Float64Array([0, 0, 1, 1]), { rows: 2, units: 2 }); // 0.5, 0.5, 0.5, 0.5
   * ```
   */
  softmax<T extends FloatArray>(z: T, shape: BatchShape): T {
    const { rows, units } = readShape(shape, ["rows", "units"]);
    const views = readArrays({ z }, { z: rows * units });
    return views.z.length === 0
      ? (floatArray(dtypeOf(views.z), 0) as T)
      : (this.#engine.kernels.softmax(views.z, rows, units) as T);
  }

  /**
   * The error e[s] of each row, times its weight where there are weights, in f64: what an epoch's error sum takes, row by row.
   * z, rows × units, is that of the last layer, y its targets, in the same shape; of the sparse loss the class of each row. Squared
   * errors are not halved.
   *
   * @throws DataError where a weight is negative or not finite, or y no class.
   * @example
   * ```ts
   * op.rowErrors(new Float64Array([3, 1]), new Float64Array([1, 1]), { rows: 2, units: 1 }, { loss: "mse", activation: "linear" }); // 4, 0
   * ```
   */
  rowErrors<T extends FloatArray>(z: T, y: T, shape: BatchShape, options: OutputOptions = {}): Float64Array {
    const { output, rows, units, views, weights } = readOutput(z, y, shape, options);
    if (rows === 0) return new Float64Array(0);
    const errors = this.#engine.kernels.rowErrors(output, views.z, views.y, rows, units);
    return weights === undefined ? errors : errors.map((error, s) => weights[s]! * error);
  }

  /**
   * E of a batch: ½ Σ e of "sse", ½ Σ e / rows of "mse", else Σ e / rows, the sum of `rowErrors` in order.
   *
   * @throws what `rowErrors` throws.
   * @example
   * ```ts
   * op.loss(new Float64Array([3, 1]), new Float64Array([1, 1]), { rows: 2, units: 1 }, { loss: "mse", activation: "linear" }); // 1
   * ```
   */
  loss<T extends FloatArray>(z: T, y: T, shape: BatchShape, options: OutputOptions = {}): number {
    const { output, rows, units, views, weights } = readOutput(z, y, shape, options);
    if (rows === 0) return lossOf(output.loss, 0, 0);
    const errors = this.#engine.kernels.rowErrors(output, views.z, views.y, rows, units);
    let sum = 0;
    for (let s = 0; s < rows; s++) sum += weights === undefined ? errors[s]! : weights[s]! * errors[s]!;
    return lossOf(output.loss, sum, rows);
  }

  /**
   * δ = ∂E/∂Z of the last layer, rows × units, E being that of `loss` for these rows: a batch.
   *
   * @throws what `rowErrors` throws.
   * @example
   * ```ts
   * const delta = op.outputDelta(z, y, shape, { loss: { type: "binaryCrossEntropy", labelSmoothing: 0.1 }, sampleWeights: [1, 2] });
   * const g = op.weightGradient(x, delta, shape);
   * ```
   */
  outputDelta<T extends FloatArray>(z: T, y: T, shape: BatchShape, options: OutputOptions = {}): T {
    const { output, rows, units, views, weights } = readOutput(z, y, shape, options);
    if (views.z.length === 0) return floatArray(dtypeOf(views.z), 0) as T;
    return this.#engine.kernels.outputDelta(output, views.z, views.y, rows, units, weights) as T;
  }

  /**
   * What a training multiplies the outputs of a hidden layer by, rows × units: 0 or 1 / (1 − dropout).
   *
   * @example
   * ```ts
   * const factors = op.dropoutFactors({ rows: 32, units: 10 }, { dropout: 0.5, seed: 42, epoch: 0, batch: 3, layer: 1 });
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
   * The learning rates that a schedule gives to the steps of an epoch, in f64.
   *
   * @param position `rate`: the optimizer's learning rate; `epoch`: epochs behind the network; `losses`: those of the epochs since the
   * training or the plateau began, default none.
   * @throws OptionError where the schedule is none, or gives what is no rate.
   * @example
   * ```ts
   * op.learningRates({ type: "cosine", epochs: 2, warmup: 1 }, { rate: 0.1, epoch: 0, stepsPerEpoch: 4 }); // 0.025, 0.05, 0.075, 0.1
   * ```
   */
  learningRates(
    schedule: Schedule,
    position: Omit<SchedulePosition, "step" | "losses"> & Partial<Pick<SchedulePosition, "losses">>,
  ): Float64Array {
    const resolved = resolveSchedule("schedule", schedule);
    const {
      rate,
      epoch,
      stepsPerEpoch,
      losses = [],
    } = readNames("position", position, ["rate", "epoch", "stepsPerEpoch", "losses"]);
    if (!Array.isArray(losses)) throw new OptionError(`losses is ${show(losses)}; an array of numbers is expected`);
    const known = Array.from(losses, (loss: unknown, n) => {
      if (typeof loss === "number") return loss;
      throw new OptionError(`losses[${n}] is ${show(loss)}; a number is expected`);
    });
    const steps = checkWhole("stepsPerEpoch", stepsPerEpoch, 1, MAX_STEPS);
    return ratesOfEpoch(
      resolved,
      checkAmount("rate", rate),
      checkWhole("epoch", epoch, 0, MAX_WORD),
      steps,
      Object.freeze(known),
    );
  }

  /**
   * A step of an optimizer on all layers of a network: penalties, clipping, then the step. Weights are inputs × units, as in
   * `getParameters`; the units of each layer are the inputs of the next.
   *
   * @returns The new parameters, and the state that the next step is given.
   * @throws ShapeError, OptionError
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
    options: OptimizerStepOptions<T> = {},
  ): OptimizerStep<T> {
    return optimizerStep(this.#engine, parameters, gradients, options);
  }

  /**
   * The weights, inputs × units, that a new network's layer has; its biases are 0.
   *
   * @example
   * ```ts
   * const w = op.initialWeights({ inputs: 784, units: 30 }, { initializer: "heNormal", seed: 42, layer: 0 });
   * ```
   */
  initialWeights(
    shape: Pick<DenseShape, "inputs" | "units">,
    options: InitialWeightsOptions = {},
  ): Float32Array | Float64Array {
    const { inputs, units } = readShape(shape, ["inputs", "units"]);
    const {
      initializer = "glorotUniform",
      seed = 0,
      layer = 0,
      dtype = "f32",
    } = readNames("options", options, ["initializer", "seed", "layer", "dtype"]);
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

interface OperationsClass<T extends BaseOperations> {
  readonly prototype: T;
  /** @internal */
  engines(): Engines;
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

function checkDType(dtype: DType): DType {
  return checkChoice("dtype", dtype, ["f32", "f64"]);
}

/** z, y as the loss takes it, and the rows' weights in the dtype. */
function readOutput(z: FloatArray, y: FloatArray, shape: BatchShape, options: OutputOptions) {
  const { rows, units } = readShape(shape, ["rows", "units"]);
  const read = readNames("options", options, ["loss", "activation", "alpha", "sampleWeights", "classWeights"]);
  const { loss: given = "sse", activation: asked, alpha } = read;
  const sampleWeights = readNumbers("sampleWeights", read.sampleWeights, rows);
  const classWeights = readNumbers("classWeights", read.classWeights, Math.max(2, units));
  const loss = typeof given === "object" && given !== null ? { ...given } : given; // each is read once
  const name = typeof loss === "object" ? loss?.type : loss;
  const activation = asked === undefined ? (OUTPUTS_FOR[name] ?? "sigmoid") : asked;
  const dtype = dtypeOf(readViews({ z }).z);
  const layer = { units, ...checkActivation("", activation, alpha, dtype) };
  const checked = checkLoss(loss, layer, dtype);
  const columns = isSparse({ loss: checked }) ? 1 : units;
  const views = readArrays({ z, y }, { z: rows * units, y: rows * columns });
  const source = sourceOf(views.y, rows, columns);
  const labels = isSparse({ loss: checked }) ? new ClassSource(source, units, dtype) : source;
  const targets = floatArray(dtype, rows * units);
  smoothed(labels, checked).copyTo(targets);
  const weightsSource = weightsOf({ dtype, loss: checked, layers: [layer] }, labels, sampleWeights, classWeights);
  const weights = weightsSource && floatArray(dtype, rows);
  weightsSource?.copyTo(weights!);
  const output: Output = { loss: engineLoss(checked), activation, alpha: layer.alpha ?? 0 };
  return { output, rows, units, views: { z: views.z, y: targets }, weights };
}

function sourceOf(values: FloatArray, rows: number, columns: number): RowSource {
  return {
    rows,
    columns,
    copyTo: (target, first = 0) => target.set(values.subarray(first * columns, first * columns + target.length)),
  };
}
