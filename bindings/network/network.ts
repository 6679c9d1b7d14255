// The public network: checks what it is given, and has its engine's model do the work.

import {
  type ActivationName,
  countParameters,
  type DType,
  type EngineName,
  type FloatArray,
  floatArray,
  type Kernels,
  type Model,
  type RowSource,
  type Threads,
  type Training,
  type TrainingStatus,
} from "../engine/engine.ts";
import type { EngineOptions, Engines, Found } from "../engine/engines.ts";
import {
  BusyError,
  DataError,
  DisposedError,
  NotFiniteError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
} from "../errors.ts";
import { digest, toBytes } from "./bytes.ts";
import { fillWeights } from "./initializers.ts";
import {
  type Bounds,
  ClassSource,
  checkOut,
  checkSameRows,
  type MatrixLike,
  MatrixSource,
  type Rows,
  type TypedMatrix,
  toForm,
} from "./matrix.ts";
import { engineOptimizer } from "./optimizers.ts";
import {
  checkAmount,
  checkEngineOptions,
  engineLoss,
  type FitAsyncOptions,
  type FitOptions,
  LOADED_WITH,
  type NetworkOptions,
  type ResolvedLayer,
  type ResolvedNetworkOptions,
  resolveFitOptions,
  resolveNetworkOptions,
  show,
} from "./options.ts";
import { load, type SavedNetwork, save } from "./saved.ts";
import { nextTurn, Slicer } from "./schedule.ts";

/** What a training leaves behind. */
export interface History {
  /** E of every epoch, over all its samples, each taken before the step it led to. */
  readonly loss: number[];
}

/** The parameters of one layer; weights are row-major, inputs × units. */
export interface LayerParameters<T extends FloatArray = FloatArray> {
  readonly weights: T;
  readonly biases: T;
}

export interface Evaluation {
  /** E over all rows. */
  readonly loss: number;
}

// older platforms have no Symbol.dispose: there the method has a name that nothing looks for
const disposeSymbol: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

const FIT_NAMES = ["epochs", "batchSize", "shuffle", "onEpoch"];
const SIGMOID_TARGETS = {
  min: 0,
  max: 1,
  why: "sigmoid outputs lie between 0 and 1: scale the targets, or encode classes as one column each",
};
/** What an output layer can reach; targets beyond it are a mistake. */
const TARGETS: Partial<Record<ActivationName, Bounds>> = {
  sigmoid: SIGMOID_TARGETS,
  hardSigmoid: SIGMOID_TARGETS,
  softmax: {
    min: 0,
    max: 1,
    why: "softmax outputs are shares: encode classes as one column each, or take the sparse loss",
  },
  tanh: { min: -1, max: 1, why: "tanh outputs lie between −1 and 1: scale the targets" },
};

/**
 * A multi-layer perceptron. Entry files give it its engines: import `Network` from one of them.
 *
 * @example
 * ```ts
 * import { Network } from "bitgrad";
 *
 * using net = await Network.create({ inputs: 2, layers: [{ units: 3 }, { units: 1 }], seed: 42 });
 * net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]], { epochs: 5000, batchSize: 4 });
 * console.log(net.predict([[0, 1]]), net.digest());
 * ```
 */
export abstract class BaseNetwork {
  readonly #options: ResolvedNetworkOptions;
  readonly #model: Model;
  readonly #kernels: Kernels;
  readonly #samples: MatrixSource; // what predict is given
  /** Which engine computes: "wasm" or "reference". */
  readonly engine: EngineName;
  readonly #threads: Threads;
  #learningRate: number;
  #epochs = 0;
  #training: Training | undefined;
  #disposed = false;

  /** @internal Use `create`, `createSync`, `fromJSON` or `fromJSONSync`. */
  constructor({ engine, reason }: Found, options: ResolvedNetworkOptions) {
    this.engine = engine.name;
    this.#threads = engine.threads ?? (reason === undefined ? { count: 1 } : { count: 1, reason });
    this.#options = options;
    this.#learningRate = options.optimizer.learningRate;
    this.#kernels = engine.kernels;
    this.#model = engine.createModel({
      ...options,
      loss: engineLoss(options.loss),
      optimizer: engineOptimizer(options.optimizer),
    });
    this.#samples = this.#xSource();
  }

  /** A new network with seeded Glorot-uniform weights and zero biases. Compiles WebAssembly off the calling thread. */
  static async create<T extends BaseNetwork>(this: NetworkClass<T>, options: NetworkOptions): Promise<T> {
    const resolved = resolveNetworkOptions(options);
    return BaseNetwork.#initialized(new this(await this.engines().load(options, parametersOf(resolved)), resolved));
  }

  /** `create` without a promise. Old browsers refuse to compile this much on a page's main thread. */
  static createSync<T extends BaseNetwork>(this: NetworkClass<T>, options: NetworkOptions): T {
    const resolved = resolveNetworkOptions(options);
    return BaseNetwork.#initialized(new this(this.engines().loadSync(options, parametersOf(resolved)), resolved));
  }

  /**
   * The network that `toJSON` saved, from the object or its JSON text.
   *
   * @throws FormatError where it is damaged, of another kind or of a newer version.
   */
  static async fromJSON<T extends BaseNetwork>(
    this: NetworkClass<T>,
    saved: SavedNetwork | string,
    options: EngineOptions = {},
  ): Promise<T> {
    checkEngineOptions(options, LOADED_WITH);
    const { options: resolved, epochs, parameters } = load(saved);
    const found = await this.engines().load(options, parameters.length);
    return BaseNetwork.#restored(new this(found, resolved), epochs, parameters);
  }

  /** `fromJSON` without a promise. */
  static fromJSONSync<T extends BaseNetwork>(
    this: NetworkClass<T>,
    saved: SavedNetwork | string,
    options: EngineOptions = {},
  ): T {
    checkEngineOptions(options, LOADED_WITH);
    const { options: resolved, epochs, parameters } = load(saved);
    const found = this.engines().loadSync(options, parameters.length);
    return BaseNetwork.#restored(new this(found, resolved), epochs, parameters);
  }

  static #initialized<T extends BaseNetwork>(network: T): T {
    network.#model.initialize(network.seed);
    if (network.layers.some(({ initializer }) => initializer !== undefined)) network.#initialize();
    return network;
  }

  static #restored<T extends BaseNetwork>(network: T, epochs: number, parameters: FloatArray): T {
    network.#model.setParameters(parameters);
    network.#epochs = epochs;
    return network;
  }

  /** How many threads may train it and, where they are fewer than were asked for, why. */
  get threads(): Threads {
    const { count, reason } = this.#threads;
    return reason === undefined ? { count } : { count, reason };
  }

  /** Columns of x. */
  get inputs(): number {
    return this.#options.inputs;
  }

  /** Columns of y: the units of the last layer. */
  get outputs(): number {
    return this.layers.at(-1)!.units;
  }

  get layers(): readonly ResolvedLayer[] {
    return this.#options.layers;
  }

  get dtype(): DType {
    return this.#options.dtype;
  }

  get seed(): number {
    return this.#options.seed;
  }

  /** Whole epochs of training behind the network. */
  get epochs(): number {
    return this.#epochs + (this.#training?.finishedEpochs ?? 0);
  }

  get parameterCount(): number {
    return this.#model.parameterCount;
  }

  /** May be set between trainings; the next `fit` uses it. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#checkChangeable("learningRate can't be set");
    this.#learningRate = checkAmount("learningRate", value, this.dtype);
  }

  /**
   * Trains on x (rows × inputs) and y (rows × outputs) and returns when all epochs are done. `fit` twice equals once with
   * the epochs added.
   *
   * @throws ShapeError, DataError, OptionError, OutOfMemoryError: the network is as it was.
   * @throws NotFiniteError: the network has the parameters of the last epoch that ended finite.
   */
  fit(x: MatrixLike, y: MatrixLike, options: FitOptions = {}): History {
    const { epochs, batchSize, shuffle, onEpoch } = resolveFitOptions(options, FIT_NAMES);
    const { training, stepsPerEpoch } = this.#start(x, y, epochs, batchSize, shuffle);
    try {
      if (onEpoch === undefined) {
        checkFinite(training, training.advance(Number.POSITIVE_INFINITY));
        return { loss: training.losses() };
      }
      for (let epoch = 1; epoch <= epochs; epoch++) {
        checkFinite(training, training.advance(stepsPerEpoch));
        onEpoch({ epoch, epochs, loss: training.losses(epoch - 1)[0]! });
      }
      return { loss: training.losses() };
    } finally {
      this.#end(training);
    }
  }

  /**
   * `fit` that lets the event loop run every few milliseconds (a single step is never divided). Same bits.
   *
   * @throws what `fit` throws, and `signal.reason` once the signal is aborted: the network keeps its whole epochs.
   */
  async fitAsync(x: MatrixLike, y: MatrixLike, options: FitAsyncOptions = {}): Promise<History> {
    const { epochs, batchSize, shuffle, onEpoch, signal } = resolveFitOptions(options, [...FIT_NAMES, "signal"]);
    signal?.throwIfAborted();
    const { training, stepsPerEpoch, stepWork } = this.#start(x, y, epochs, batchSize, shuffle);
    try {
      const slicer = new Slicer(stepWork);
      let stepsLeft = stepsPerEpoch; // in this epoch
      for (let epoch = 1, status: TrainingStatus = "unfinished"; status !== "finished"; ) {
        // with a listener, the engine returns where an epoch ends
        const steps = onEpoch === undefined ? slicer.remaining : Math.min(slicer.remaining, stepsLeft);
        status = checkFinite(training, training.advance(steps));
        stepsLeft -= steps;
        if (onEpoch !== undefined && stepsLeft === 0) {
          const answer = onEpoch({ epoch, epochs, loss: training.losses(epoch - 1)[0]! });
          if (answer !== undefined) await answer;
          if (status !== "finished") signal?.throwIfAborted();
          stepsLeft = stepsPerEpoch;
          epoch++;
        }
        if (slicer.spend(steps) && status !== "finished") {
          await nextTurn();
          signal?.throwIfAborted();
          slicer.restart();
        }
      }
      return { loss: training.losses() };
    } finally {
      this.#end(training);
    }
  }

  /**
   * The outputs for x: in `out`, row-major, where it is given; else in the form of x, which is rows for rows, a typed matrix of
   * the network's dtype for a typed matrix. With `out` and a typed matrix of up to 64 rows nothing is allocated.
   *
   * @example
   * ```ts
   * const sample = { data: new Float32Array(2), shape: [1, 2] } as const, out = new Float32Array(1);
   * for (const [a, b] of [[0, 1], [1, 1]]) {
   *   sample.data[0] = a;
   *   sample.data[1] = b;
   *   console.log(net.predict(sample, out)[0]);
   * }
   * ```
   */
  predict(x: Rows): number[][];
  predict(x: TypedMatrix): TypedMatrix<Float32Array | Float64Array>;
  predict<T extends FloatArray>(x: MatrixLike, out: T): T;
  predict(x: MatrixLike, out?: FloatArray): number[][] | TypedMatrix | FloatArray {
    this.#checkAlive("predict");
    const source = this.#samples.of(x);
    const length = source.rows * this.outputs;
    if (out !== undefined) {
      checkOut(out, this.dtype, length);
      this.#model.predict(source, out);
      return out;
    }
    const outputs = floatArray(this.dtype, length);
    this.#model.predict(source, outputs);
    return toForm(x, outputs, this.outputs);
  }

  /** The error over x and y, nothing learnt. */
  evaluate(x: MatrixLike, y: MatrixLike): Evaluation {
    this.#checkAlive("evaluate");
    const [xRows, yRows] = this.#pair(x, y);
    return { loss: this.#model.evaluate(xRows, yRows) };
  }

  /** Copies of all parameters, layer by layer; while a training is under way, after its latest step. */
  getParameters(): LayerParameters[] {
    this.#checkAlive("getParameters");
    const parameters = this.#model.getParameters();
    let offset = 0;
    const take = (length: number) => {
      offset += length;
      return parameters.slice(offset - length, offset);
    };
    return this.#shapes().map(({ inputs, units }) => ({ weights: take(inputs * units), biases: take(units) }));
  }

  /** Replaces all parameters; they must be finite and of the network's shapes. All are checked before one is changed. */
  setParameters(layers: readonly { weights: ArrayLike<number>; biases: ArrayLike<number> }[]): void {
    this.#checkChangeable("setParameters can't run");
    if (!Array.isArray(layers) || layers.length !== this.layers.length) {
      throw new ShapeError(`parameters is ${show(layers)}; an array of ${this.layers.length} layers is expected`);
    }
    const parameters = floatArray(this.dtype, this.parameterCount);
    let offset = 0;
    const put = (name: string, values: ArrayLike<number>, length: number) => {
      if (values?.length !== length) {
        throw new ShapeError(`${name} has ${values?.length ?? "no"} elements; ${length} are expected`);
      }
      for (let i = 0; i < length; i++) {
        parameters[offset] = values[i]!;
        if (typeof values[i] !== "number" || !Number.isFinite(parameters[offset])) {
          throw new DataError(`${name}[${i}] is ${show(values[i])}; numbers finite in ${this.dtype} are expected`);
        }
        offset++;
      }
    };
    this.#shapes().forEach(({ inputs, units }, l) => {
      put(`parameters[${l}].weights`, layers[l]?.weights as ArrayLike<number>, inputs * units);
      put(`parameters[${l}].biases`, layers[l]?.biases as ArrayLike<number>, units);
    });
    this.#model.setParameters(parameters);
  }

  /** SHA-256, in hex, of all parameters as little-endian bytes: each layer's weights (row-major), then its biases. */
  digest(): string {
    this.#checkAlive("digest");
    return digest(toBytes(this.#model.getParameters()));
  }

  /**
   * Everything that is needed to go on, here or on another platform: `JSON.stringify(net)`. While a training is under way
   * it is the network after the last whole epoch.
   */
  toJSON(): SavedNetwork {
    this.#checkAlive("toJSON");
    const options = { ...this.#options, optimizer: { ...this.#options.optimizer, learningRate: this.#learningRate } };
    return save(options, this.epochs, (this.#training?.wholeEpochState() ?? this.#model.getState()).values);
  }

  /** Gives the memory back. Every later call but `dispose` throws a DisposedError. */
  dispose(): void {
    if (this.#disposed) return;
    if (this.#training) throw new BusyError("dispose can't run: the network is being trained");
    this.#disposed = true;
    this.#model.dispose();
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** Draws the weights of the layers that have an initializer. */
  #initialize(): void {
    const parameters = this.#model.getParameters();
    let offset = 0;
    for (const [l, { inputs, units }] of this.#shapes().entries()) {
      const { initializer } = this.layers[l]!;
      const w = parameters.subarray(offset, offset + inputs * units);
      if (initializer !== undefined && initializer !== "glorotUniform") {
        fillWeights(w, initializer, { inputs, units }, l, this.seed, this.#kernels);
      }
      offset += (inputs + 1) * units;
    }
    if (!parameters.every(Number.isFinite)) {
      this.#model.dispose();
      throw new OptionError(`an initializer draws weights that are infinite in ${this.dtype}`);
    }
    this.#model.setParameters(parameters);
  }

  /** Inputs and units of every layer. */
  #shapes(): { inputs: number; units: number }[] {
    return this.layers.map(({ units }, l) => ({ inputs: this.layers[l - 1]?.units ?? this.inputs, units }));
  }

  #xSource(): MatrixSource {
    return new MatrixSource("x", this.inputs, this.dtype, "takes");
  }

  #pair(x: MatrixLike, y: MatrixLike): [x: RowSource, y: RowSource] {
    const xRows = this.#xSource().of(x);
    const sparse = this.#options.loss === "sparseCategoricalCrossEntropy";
    const targets = sparse
      ? new MatrixSource("y", 1, this.dtype, "takes the classes in")
      : new MatrixSource("y", this.outputs, this.dtype, "has outputs for", TARGETS[this.layers.at(-1)!.activation]);
    const yRows = targets.of(y);
    checkSameRows(xRows, yRows);
    return [xRows, sparse ? new ClassSource(yRows, this.outputs, this.dtype) : yRows];
  }

  #start(x: MatrixLike, y: MatrixLike, epochs: number, batchSize: number, shuffle: boolean) {
    this.#checkChangeable("fit can't start");
    const [xRows, yRows] = this.#pair(x, y);
    if (this.#epochs + epochs >= 2 ** 32) throw new OptionError(`epochs is ${epochs}; a network trains 2^32 at most`);
    const rows = Math.min(batchSize, xRows.rows); // of a step
    let training: Training;
    try {
      training = this.#model.startTraining({
        x: xRows,
        y: yRows,
        batchSize: rows,
        epochs,
        firstEpoch: this.#epochs,
        shuffle,
        seed: this.seed,
        learningRate: this.#learningRate,
        scheduled: false,
      });
    } catch (cause) {
      if (!(cause instanceof OutOfMemoryError)) throw cause;
      const asked = `x and y of ${xRows.rows} rows, batchSize ${batchSize} and epochs ${epochs}`;
      throw new OutOfMemoryError(`${asked} need more memory than there is: ${cause.message}`, { cause });
    }
    this.#training = training;
    return { training, stepsPerEpoch: Math.ceil(xRows.rows / rows), stepWork: this.parameterCount * rows };
  }

  #end(training: Training): void {
    training.rewind();
    this.#epochs += training.finishedEpochs;
    this.#training = undefined;
    training.dispose();
  }

  #checkAlive(call: string): void {
    if (this.#disposed) throw new DisposedError(`${call} can't run: the network was disposed`);
  }

  #checkChangeable(refusal: string): void {
    if (this.#disposed) throw new DisposedError(`${refusal}: the network was disposed`);
    if (this.#training) throw new BusyError(`${refusal}: the network is being trained`);
  }
}

/** A class made from BaseNetwork by an entry file, which knows its engines. */
interface NetworkClass<T extends BaseNetwork> {
  new (found: Found, options: ResolvedNetworkOptions): T;
  /** @internal */
  engines(): Engines;
}

function parametersOf(options: ResolvedNetworkOptions): number {
  return countParameters(options.inputs, options.layers);
}

function checkFinite(training: Training, status: TrainingStatus): TrainingStatus {
  if (status !== "not-finite") return status;
  const losses = training.losses();
  const epoch = losses.length + 1;
  throw new NotFiniteError(
    `the training left the finite numbers in epoch ${epoch}; the parameters are those from before that epoch ` +
      "(a smaller learningRate may help)",
    epoch,
    losses,
  );
}
