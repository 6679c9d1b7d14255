// The public network: checks what it is given, and has its engine's model do the work.

import { checkAmount, checkFlag, checkNames, checkWhole, show } from "../checks.ts";
import { type Encoders, toEncoders } from "../encoder.ts";
import {
  countParameters,
  type DType,
  type EngineName,
  type FloatArray,
  floatArray,
  type IsTime,
  type Kernels,
  last,
  type Model,
  type RowSource,
  readSlices,
  type Threads,
  whenCollected,
} from "../engine/engine.ts";
import type { EngineOptions, Engines, Found } from "../engine/engines.ts";
import {
  BusyError,
  DataError,
  DisposedError,
  EngineError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
} from "../errors.ts";
import { type FileBytes, piecesOf, piecesOfAsync } from "../formats/safetensors.ts";
import type { MetricName } from "../metrics.ts";
import { checkKey, endow, KEY } from "../objects.ts";
import type { Standing, Trainer } from "../worker/training.ts";
import { littleEndian, quietNaN } from "./bytes.ts";
import { type CrossValidation, type CrossValidationOptions, crossValidate } from "./cross-validation.ts";
import { readFile, type Saved, writeFile, writeFileAsync, writeFileChunks } from "./file.ts";
import {
  addHistory,
  type Course,
  evaluating,
  Fitting,
  finish,
  finishAsync,
  type History,
  type Run,
  Stop,
  type Wait,
} from "./fitting.ts";
import { fillWeights } from "./initializers.ts";
import { type Plateau, plateauOf } from "./learning-rate.ts";
import {
  checkOut,
  type MatrixLike,
  type MatrixSource,
  type Rows,
  type TypedMatrix,
  type TypedMatrixLike,
  toRows,
} from "./matrix.ts";
import { engineOptimizer } from "./optimizers.ts";
import {
  engineLoss,
  type FitAsyncOptions,
  type FitOptions,
  type NetworkOptions,
  type ResolvedFitOptions,
  type ResolvedLayer,
  type ResolvedNetworkOptions,
  readEngineOptions,
  readNetworkOptions,
  resolveFitOptions,
  resolveNetworkOptions,
} from "./options.ts";
import { ownSample, settledSample, sourcesOf, splitRows, VALIDATION, weightsOf, xSource } from "./samples.ts";
import { checkTextSize, load, type SavedNetwork, save } from "./saved.ts";
import { deadlineAfter, now, Slice } from "./schedule.ts";
import { digest } from "./sha256.ts";

/** The parameters of one layer; weights are row-major, inputs × units. */
export interface LayerParameters<T extends FloatArray = FloatArray> {
  readonly weights: T;
  readonly biases: T;
}

/** A file of `save`: a buffer, any view of one, or several of these, one after the other. */
export type NetworkFile = FileBytes | Iterable<FileBytes>;

export interface Evaluation {
  /** E over all rows. */
  readonly loss: number;
}

// older platforms have no Symbol.dispose: there the method has a name that nothing looks for
const disposeSymbol: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

const SHOWN_LAYERS = 8;

const FIT_NAMES = [
  "epochs",
  "batchSize",
  "shuffle",
  "schedule",
  "sampleWeights",
  "classWeights",
  "validation",
  "validationSplit",
  "metrics",
  "earlyStopping",
  "checkpoint",
  "resume",
  "timeLimit",
  "onEpoch",
];
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
  readonly #outputs: number;
  /** Which engine computes: "wasm" or "reference". */
  readonly engine: EngineName;
  readonly #engineReason: string | undefined;
  readonly #threads: Threads;
  readonly #wasm: Pick<EngineOptions, "module" | "threads"> | undefined; // for a worker
  readonly #workerUrl: string | undefined;
  #layers: readonly ResolvedLayer[];
  #learningRate: number;
  #epochs = 0;
  #encoders: Encoders | undefined;
  #interrupted: Run | undefined; // loaded
  #plateau: Plateau | undefined;
  #fitting: Fitting | undefined; // under way
  #stop: Stop | undefined; // of the training that has the network, from its first check on
  #disposed = false;

  /** Networks are made by `create`, `createSync`, `load`, `loadSync`, `fromJSON` and `fromJSONSync`. */
  protected constructor(...parts: never[]);
  protected constructor(key: unknown, found: Found, options: ResolvedNetworkOptions) {
    checkKey(key, "Network", "await Network.create(…), or Network.createSync(…)");
    const { engine, reason, engineReason, workerUrl } = found;
    this.#workerUrl = workerUrl;
    this.engine = engine.name;
    this.#engineReason = engineReason;
    // the module for threads is not for one alone, even where its workers have died
    const threads = engine.threads === undefined ? 1 : Math.max(2, engine.threads.count);
    this.#wasm = engine.module && { module: engine.module, threads };
    this.#threads = engine.threads ?? (reason === undefined ? { count: 1 } : { count: 1, reason });
    this.#options = options;
    this.#learningRate = options.optimizer.learningRate;
    this.#kernels = engine.kernels;
    this.#model = engine.createModel({
      ...options,
      loss: engineLoss(options.loss),
      optimizer: engineOptimizer(options.optimizer),
    });
    this.#samples = xSource(options);
    this.#outputs = last(options.layers).units;
    this.#layers = options.layers;
    this.#layers.forEach(({ trainable = true }, l) => {
      if (!trainable) this.#model.setTrainable(l, false); // it goes through all layers
    });
    const identity = Symbol("a Network is copied and sent by save() and load(), or toJSON() and fromJSON()");
    const isOne = (value: object): value is BaseNetwork => #model in value;
    endow(this, { name: "Network", prototype: BaseNetwork.prototype, isOne }, () => identity);
  }

  static #make<T extends BaseNetwork>(type: NetworkClass<T>, found: Found, options: ResolvedNetworkOptions): T {
    const create = type as unknown as new (...parts: [key: symbol, Found, ResolvedNetworkOptions]) => T;
    return new create(KEY, found, options);
  }

  /** A new network with seeded Glorot-uniform weights and zero biases. Compiles WebAssembly off the calling thread. */
  static async create<T extends BaseNetwork>(this: NetworkClass<T>, given: NetworkOptions): Promise<T> {
    const options = readNetworkOptions(given);
    const resolved = resolveNetworkOptions(options);
    const make = (found: Found) => BaseNetwork.#initialized(BaseNetwork.#make(this, found, resolved));
    return this.engines().load(options, parametersOf(resolved), patiently(make));
  }

  /** `create` without a promise. Old browsers refuse to compile this much on a page's main thread. */
  static createSync<T extends BaseNetwork>(this: NetworkClass<T>, given: NetworkOptions): T {
    const options = readNetworkOptions(given);
    const resolved = resolveNetworkOptions(options);
    return BaseNetwork.#initialized(
      BaseNetwork.#make(this, this.engines().loadSync(options, parametersOf(resolved)), resolved),
    );
  }

  /**
   * The network that `toJSON` saved, from the object or its JSON text.
   *
   * @throws FormatError where it is damaged, of another kind or of a newer version.
   */
  static async fromJSON<T extends BaseNetwork>(
    this: NetworkClass<T>,
    saved: SavedNetwork | string,
    given: EngineOptions = {},
  ): Promise<T> {
    const options = readEngineOptions(given);
    return (BaseNetwork.restore<T>).call(this, load(saved), options);
  }

  /** `fromJSON` without a promise. */
  static fromJSONSync<T extends BaseNetwork>(
    this: NetworkClass<T>,
    saved: SavedNetwork | string,
    given: EngineOptions = {},
  ): T {
    const options = readEngineOptions(given);
    return (BaseNetwork.#restoreSync<T>).call(this, load(saved), options);
  }

  /**
   * The network that `save` gave, or a checkpoint of its training, which `fit` with `resume` goes on with. The file is an ArrayBuffer,
   * any view of one, or these in pieces: of `saveChunks`, or as a stream of Node's gives them.
   *
   * @example
   * ```ts
   * const net = await Network.load(await response.arrayBuffer());
   * const large = await Network.load(createReadStream("large.safetensors"));
   * ```
   * @throws FormatError where the file is damaged, of another kind or of a newer version.
   */
  static async load<T extends BaseNetwork>(
    this: NetworkClass<T>,
    file: NetworkFile | AsyncIterable<FileBytes>,
    given: EngineOptions = {},
  ): Promise<T> {
    const options = readEngineOptions(given);
    const streams = typeof file === "object" && file !== null && Symbol.asyncIterator in file;
    const pieces = streams ? await piecesOfAsync(file) : piecesOf(file);
    return (BaseNetwork.restore<T>).call(this, readFile(pieces), options);
  }

  /** @internal The network that `checkpoint` gave. */
  static async restore<T extends BaseNetwork>(this: NetworkClass<T>, saved: Saved, options: EngineOptions): Promise<T> {
    const make = (found: Found) => BaseNetwork.#restored(BaseNetwork.#make(this, found, saved.options), saved);
    return this.engines().load(options, parametersOf(saved.options), patiently(make));
  }

  static #restoreSync<T extends BaseNetwork>(this: NetworkClass<T>, saved: Saved, options: EngineOptions): T {
    const found = this.engines().loadSync(options, parametersOf(saved.options));
    return BaseNetwork.#restored(BaseNetwork.#make(this, found, saved.options), saved);
  }

  static #restored<T extends BaseNetwork>(network: T, saved: Saved): T {
    network.#take(saved);
    return network;
  }

  /** `load` without a promise. */
  static loadSync<T extends BaseNetwork>(this: NetworkClass<T>, file: NetworkFile, given: EngineOptions = {}): T {
    const options = readEngineOptions(given);
    return (BaseNetwork.#restoreSync<T>).call(this, readFile(piecesOf(file)), options);
  }

  /**
   * k-fold cross-validation: the rows in a seeded order are divided into folds; for each of them a new network is trained on the
   * others and evaluated on it.
   *
   * @example
   * ```ts
   * const { mean } = await Network.crossValidate(options, x, y, { folds: 5, epochs: 100, metrics: ["accuracy"] });
   * console.log(mean.accuracy);
   * ```
   * @throws what `create` and `fitAsync` throw; OptionError where there are more folds than rows.
   */
  static async crossValidate<T extends BaseNetwork>(
    this: NetworkClass<T>,
    options: NetworkOptions,
    x: MatrixLike,
    y: MatrixLike,
    given: CrossValidationOptions = {},
  ): Promise<CrossValidation> {
    const known = readNetworkOptions(options);
    const resolved = resolveNetworkOptions(known);
    const create = () => (BaseNetwork.create<T>).call(this, known);
    const kernels = await this.engines().load({ engine: "reference" }, 0, ({ engine }) => engine.kernels);
    return crossValidate(create, kernels, resolved, x, y, given);
  }

  static #initialized<T extends BaseNetwork>(network: T): T {
    network.#model.initialize(network.seed);
    if (network.layers.some(({ initializer }) => initializer !== undefined)) network.#initialize();
    return network;
  }

  /** Why the reference engine stands in for WebAssembly, where it does and was not asked for. */
  get engineReason(): string | undefined {
    return this.#engineReason;
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
    return this.#outputs;
  }

  get layers(): readonly ResolvedLayer[] {
    return this.#layers;
  }

  get dtype(): DType {
    return this.#options.dtype;
  }

  get seed(): number {
    return this.#options.seed;
  }

  /**
   * The encoders it was created with, which are saved and loaded with it; it applies none by itself.
   *
   * @example
   * ```ts
   * const net = await Network.load(file);
   * const labels = net.encoders.y!.decode(net.predict(net.encoders.x!.encode([["red", 25]])));
   * ```
   */
  get encoders(): Encoders {
    this.#encoders ??= toEncoders(this.#options.encoders);
    return this.#encoders;
  }

  /** Whole epochs of training behind the network. */
  get epochs(): number {
    return this.#epochs + (this.#fitting?.training.finishedEpochs ?? 0);
  }

  get parameterCount(): number {
    return this.#model.parameterCount;
  }

  /** May be set between trainings; the next `fit` uses it, and a plateau begins anew. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#checkChangeable("learningRate can't be set");
    this.#learningRate = checkAmount("learningRate", value, this.dtype);
    this.#plateau = undefined;
  }

  /**
   * Trains on x (rows × inputs) and y (rows × outputs) and returns when all epochs are done. `fit` twice equals once with
   * the epochs added.
   *
   * @throws ShapeError, DataError, OptionError: the network is as it was, whenever they come, so of a schedule function that gives NaN,
   * of early stopping whose metric is undefined, or of a listener that returns a promise, too.
   * @throws OutOfMemoryError: the network is as it was or, if it came later, has its whole epochs.
   * @throws NotFiniteError: the network has the parameters of the last epoch that ended finite.
   * @throws DisposedError where a listener disposed of it, and what `onEpoch`, `schedule` and `checkpoint.save` throw: whole epochs
   * are kept. As a NotFiniteError, it has the history so far as its `history`.
   */
  fit(x: MatrixLike, y: MatrixLike, options: FitOptions = {}): History {
    const resolved = resolveFitOptions(options, FIT_NAMES);
    const { timeLimit, checkpoint } = resolved;
    const looks = timeLimit !== undefined || checkpoint?.everySeconds !== undefined;
    const slice = looks ? new Slice() : undefined;
    return finish(
      this.#train(x, y, resolved, { stop: new Stop(), slice, waits: false, deadline: deadlineAfter(timeLimit) }),
    );
  }

  /**
   * Online learning: one step on all rows at once, in the order given, which counts as an epoch. Returns E from before it.
   *
   * @throws what `fit` throws.
   */
  partialFit(
    x: MatrixLike,
    y: MatrixLike,
    options: Pick<FitOptions, "sampleWeights" | "classWeights" | "schedule"> = {},
  ): number {
    checkNames("options", options, ["sampleWeights", "classWeights", "schedule"]);
    return this.fit(x, y, { ...options, epochs: 1, batchSize: 2 ** 31, shuffle: false }).loss[0]!;
  }

  /**
   * `fit` that gives the event loop a turn every few milliseconds, also while it reads and evaluates data (a single step is never divided),
   * or trains in a `worker`. Same bits. Large x and y are read over several turns: leave them as they are until the first epoch has ended.
   *
   * @throws what `fit` throws, and `signal.reason` once the signal is aborted: the network keeps its whole epochs. EngineError
   * where a worker ends before its training, or the entry has none. DisposedError where `dispose` was called meanwhile.
   */
  async fitAsync(x: MatrixLike, y: MatrixLike, options: FitAsyncOptions = {}): Promise<History> {
    const slice = new Slice();
    const resolved = resolveFitOptions(options, [...FIT_NAMES, "signal", "worker"]);
    return BaseNetwork.train(this, x, y, resolved, slice);
  }

  /** @internal `fitAsync` once its options are read. */
  static train(
    network: BaseNetwork,
    x: MatrixLike,
    y: MatrixLike,
    options: ResolvedFitOptions,
    slice = new Slice(),
  ): Promise<History> {
    const stop = new Stop(options.signal);
    const course = { stop, slice, waits: true, deadline: deadlineAfter(options.timeLimit) };
    const run = options.worker ? network.#trainInWorker(x, y, options, course) : network.#train(x, y, options, course);
    return finishAsync(run, course);
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
  predict(x: TypedMatrixLike): TypedMatrix<Float32Array | Float64Array>;
  predict(x: MatrixLike): number[][] | TypedMatrix<Float32Array | Float64Array>;
  predict<T extends FloatArray>(x: MatrixLike, out: T): T;
  predict(x: MatrixLike, out?: FloatArray): number[][] | TypedMatrix | FloatArray {
    this.#checkAlive("predict");
    const source = this.#samples.of(x).settled();
    const columns = this.#outputs;
    const { dtype } = this.#options; // not by the getters: they ask whether this is a proxy
    const length = source.rows * columns;
    if (out !== undefined) checkOut(out, dtype, length);
    const outputs = out ?? floatArray(dtype, length);
    this.#checkAlive("predict"); // what was read may have disposed of it
    this.#model.predict(source, outputs);
    this.#samples.release();
    if (out !== undefined) return out;
    return source === this.#samples ? { data: outputs, shape: [source.rows, columns] } : toRows(outputs, columns);
  }

  /** The error over x and y and the metrics that are asked for; nothing is learnt. */
  evaluate<Name extends MetricName = never>(
    x: MatrixLike,
    y: MatrixLike,
    options: { readonly metrics?: readonly Name[] } = {},
  ): Evaluation & Record<Name, number> {
    this.#checkAlive("evaluate");
    checkNames("options", options, ["metrics"]);
    const { metrics } = resolveFitOptions(options, ["metrics"]);
    const sample = settledSample(this.#options, x, y);
    this.#checkAlive("evaluate"); // what was read may have disposed of it
    const evaluation = evaluating(this.#model, engineLoss(this.#options.loss), sample, metrics);
    return evaluation.next().value as Evaluation & Record<Name, number>;
  }

  /** Whether trainings change layer l, from 0. */
  setTrainable(l: number, trainable: boolean): void {
    this.#checkChangeable("setTrainable can't run");
    checkWhole("l", l, 0, this.layers.length - 1);
    checkFlag("trainable", trainable);
    const { trainable: _, ...layer } = this.#layers[l]!;
    const changed = Object.freeze(trainable ? layer : { ...layer, trainable });
    this.#layers = Object.freeze(this.#layers.map((other, n) => (n === l ? changed : other)));
    this.#model.setTrainable(l, trainable);
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

  /**
   * Replaces all parameters; they must be finite and of the network's shapes. All are read and checked before one is changed. What the
   * optimizer remembers of the parameters before, such as adam's moments, stays: `resetOptimizer` has it forgotten. An interrupted
   * training that was loaded can no longer be resumed.
   */
  setParameters(layers: readonly { weights: ArrayLike<number>; biases: ArrayLike<number> }[]): void {
    this.#checkChangeable("setParameters can't run");
    if (!Array.isArray(layers) || layers.length !== this.layers.length) {
      throw new ShapeError(`parameters is ${show(layers)}; an array of ${this.layers.length} layers is expected`);
    }
    const parameters = floatArray(this.dtype, this.parameterCount);
    let offset = 0;
    const put = (name: string, values: ArrayLike<number> | undefined, length: number) => {
      const has: unknown = values?.length;
      if (has !== length) throw new ShapeError(`${name} has ${has ?? "no"} elements; ${length} are expected`);
      for (let i = 0; i < length; i++) {
        const value: unknown = values![i];
        if (typeof value === "number") parameters[offset] = value;
        if (typeof value !== "number" || !Number.isFinite(parameters[offset])) {
          throw new DataError(`${name}[${i}] is ${show(value)}; numbers finite in ${this.dtype} are expected`);
        }
        offset++;
      }
    };
    this.#shapes().forEach(({ inputs, units }, l) => {
      const { weights, biases } = (layers[l] ?? {}) as Partial<LayerParameters>;
      put(`parameters[${l}].weights`, weights, inputs * units);
      put(`parameters[${l}].biases`, biases, units);
    });
    this.#checkChangeable("setParameters can't run"); // what was read may have disposed of it, or trained it
    this.#forgetInterrupted(); // its unfinished epoch would be taken back later, and these with it
    this.#model.setParameters(parameters);
  }

  /**
   * Has the optimizer begin anew, as in a new network: its slots (momentum, moments, accumulated squares) and its step count are 0.
   * Parameters, epochs and learning rate stay. An interrupted training that was loaded can no longer be resumed.
   *
   * @example
   * ```ts
   * net.setParameters(pretrained);
   * net.resetOptimizer();
   * net.fit(x, y, { epochs: 10 });
   * ```
   */
  resetOptimizer(): void {
    this.#checkChangeable("resetOptimizer can't run");
    this.#forgetInterrupted();
    const { values } = this.#model.getState();
    this.#model.setState({ values: values.fill(0, this.parameterCount), steps: 0, momentumProduct: 1 });
  }

  /** SHA-256, in hex, of all parameters as little-endian bytes: each layer's weights (row-major), then its biases. */
  digest(): string {
    this.#checkAlive("digest");
    return digest(littleEndian(quietNaN(this.#model.getParameters())));
  }

  /**
   * Everything that is needed to go on, here or on another platform: `JSON.stringify(net)`. While a training is under way
   * it is the network after the last whole epoch. Damage to any of it is found.
   *
   * @throws OutOfMemoryError where no string could hold the text, from some 100 million parameters on: `save` has no such limit.
   */
  toJSON(): SavedNetwork {
    this.#checkAlive("toJSON");
    checkTextSize(this.#options);
    const interruption = this.#fitting === undefined ? this.#interrupted?.interruption : undefined;
    const state = this.#fitting?.training.wholeEpochState() ?? interruption?.snapshot ?? this.#model.getState();
    return save({ options: this.#savedOptions(), epochs: this.epochs, state, plateau: this.#knownPlateau });
  }

  /**
   * Everything that is needed to go on, as a file: safetensors, with a SHA-256. While a training is under way, it is a checkpoint: the
   * middle of an epoch and the history so far are in it, too.
   *
   * @throws OutOfMemoryError where the runtime has no array that long; `saveChunks` gives several.
   */
  save(): Uint8Array<ArrayBuffer> {
    this.#checkAlive("save");
    return writeFile(BaseNetwork.checkpoint(this));
  }

  /**
   * The file of `save` in chunks of 16 MiB, for files that are longer than an array or a write may be, and for streams. They are of
   * the network as it is now, whatever becomes of it; some of them share memory.
   *
   * @example
   * ```ts
   * await pipeline(Readable.from(net.saveChunks()), createWriteStream("large.safetensors"));
   * const blob = new Blob(net.saveChunks());
   * ```
   */
  saveChunks(): Uint8Array<ArrayBuffer>[] {
    this.#checkAlive("saveChunks");
    return writeFileChunks(BaseNetwork.checkpoint(this));
  }

  /** @internal What `save` writes. */
  static checkpoint(network: BaseNetwork): Saved {
    return { options: network.#savedOptions(), ...network.#standing() };
  }

  /** What changes as it is trained. */
  #standing(): Standing {
    const state = this.#model.getState();
    return { epochs: this.epochs, state, run: this.#fitting?.run ?? this.#interrupted, plateau: this.#knownPlateau };
  }

  #take({ epochs, state, run, plateau }: Standing): void {
    this.#model.setState(state); // for which there may be no memory
    this.#epochs = epochs;
    this.#interrupted = run;
    this.#plateau = plateau;
  }

  get #knownPlateau(): Plateau | undefined {
    return this.#fitting === undefined ? this.#plateau : this.#fitting.plateau;
  }

  #savedOptions(): ResolvedNetworkOptions {
    const optimizer = { ...this.#options.optimizer, learningRate: this.#learningRate };
    return { ...this.#options, layers: this.layers, optimizer };
  }

  /**
   * Gives the memory back. Every later call but `dispose` throws a DisposedError. It ends a training that is under way, and the
   * memory is given back when that has ended.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#stop === undefined) this.#model.dispose();
    else this.#stop.end(new DisposedError("the training was ended: the network was disposed"));
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  get [Symbol.toStringTag](): string {
    return "Network";
  }

  /** What it is, in a line; Node, Deno and Bun print it for `console.log(net)`. */
  toString(): string {
    const layers = this.layers.map(({ units, activation }) => `${units} ${activation}`);
    if (layers.length > SHOWN_LAYERS) layers.splice(SHOWN_LAYERS - 1, layers.length - SHOWN_LAYERS, "…");
    const { dtype, epochs, engine, parameterCount: parameters } = this;
    const state = this.#disposed ? ", disposed" : this.#stop !== undefined ? ", in training" : "";
    const shape = [this.inputs, ...layers].join(" → ");
    return `Network { layers: ${shape}, parameters: ${parameters}, dtype: ${dtype}, epochs: ${epochs}, engine: ${engine}${state} }`;
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

  *#train(
    x: MatrixLike,
    y: MatrixLike,
    options: ResolvedFitOptions,
    course: Course,
  ): Generator<Wait, History, unknown> {
    const { stop, slice, waits } = course;
    this.#checkChangeable("fit can't start");
    stop.throwIfEnded();
    const { epochs, batchSize, shuffle, rates, schedule, metrics, onEpoch, earlyStopping, checkpoint } = options;
    const isTime = waits ? (work: number) => slice!.isOver(work) : undefined;
    let [data, validation] = splitRows(this.#options, x, y, options);
    const { rows } = data.x;
    if (this.#epochs + epochs >= 2 ** 32) {
      throw new OptionError(`epochs is ${epochs}; a network trains 2^32 − 1 at most`);
    }
    const batchRows = Math.min(batchSize, rows);
    const sampleWeights = weightsOf(this.#options, data.labels, options.sampleWeights, options.classWeights);
    this.#checkChangeable("fit can't start"); // what was read may have begun another, or disposed of the network
    const run = this.#resumed(options, rows, batchRows);
    // what is refused later, once epochs were trained, leaves the network as it was
    const mayRefuse = onEpoch ?? earlyStopping ?? checkpoint ?? this.#interrupted;
    const before = mayRefuse || typeof schedule === "function" ? this.#standing() : undefined;
    this.#stop = stop;
    try {
      if (run === undefined && before?.run?.interruption) this.#model.setState(before.run.interruption.snapshot);
      if (validation !== undefined) validation = yield* ownSample(validation, this.dtype, isTime);
      else if (metrics.length > 0) data = yield* ownSample(data, this.dtype, isTime);
      const training = yield* this.#model.startTraining({
        x: data.x,
        y: data.y,
        batchSize: batchRows,
        epochs: Math.max(1, epochs - (run?.loss.length ?? 0)),
        firstEpoch: this.#epochs,
        shuffle,
        seed: this.seed,
        learningRate: this.#learningRate,
        sampleWeights,
        scheduled: rates !== undefined,
        isTime,
        resume: run?.interruption,
      });
      this.#fitting = new Fitting({
        model: this.#model,
        loss: engineLoss(this.#options.loss),
        training,
        learningRate: this.#learningRate,
        epochsBefore: run?.epochsBefore ?? this.#epochs,
        stepsPerEpoch: Math.ceil(rows / batchRows),
        stepWork: this.parameterCount * batchRows,
        batchSize: batchRows,
        rows,
        evaluated: validation ?? (metrics.length > 0 ? data : undefined),
        course,
        options,
        plateau: plateauOf(schedule, this.#learningRate, this.#plateau),
        before: run,
        file: () => (waits ? writeFileAsync : writeFile)(BaseNetwork.checkpoint(this)),
      });
      stop.throwIfEnded();
      return yield* this.#fitting.advance();
    } catch (error) {
      const history = this.#fitting?.history;
      this.#end();
      if (before !== undefined && (history === undefined || isRefusal(error))) this.#take(before);
      if (!isRefusal(error)) addHistory(error, history ?? { loss: [...(run?.loss ?? [])] });
      if (history !== undefined || !(error instanceof OutOfMemoryError)) throw error;
      const asked = `x and y of ${rows} rows, batchSize ${batchSize} and epochs ${epochs}`;
      throw new OutOfMemoryError(`${asked} need more memory than there is: ${error.message}`, { cause: error });
    } finally {
      this.#end();
      this.#letGo();
    }
  }

  /** Ends a training after its whole epochs. */
  #end(): void {
    const fitting = this.#fitting;
    if (fitting === undefined) return;
    const { training, plateau } = fitting;
    training.rewind();
    this.#epochs += training.finishedEpochs;
    this.#plateau = plateau;
    this.#interrupted = undefined;
    this.#fitting = undefined;
    training.dispose();
  }

  #letGo(): void {
    this.#stop = undefined;
    if (this.#disposed) this.#model.dispose();
  }

  /** Meanwhile the network here is as the worker last told. */
  *#trainInWorker(
    x: MatrixLike,
    y: MatrixLike,
    options: ResolvedFitOptions,
    course: Course,
  ): Generator<Wait, History, unknown> {
    const { stop, slice, deadline } = course;
    const hire = (this.constructor as unknown as NetworkClass<BaseNetwork>).hireTrainer;
    if (hire === undefined) {
      throw new EngineError('worker is true; this entry has none: import Network from "bitgrad/worker"');
    }
    this.#checkChangeable("fitAsync can't start");
    stop.throwIfEnded();
    const [{ labels }] = splitRows(this.#options, x, y, options);
    const weights = weightsOf(this.#options, labels, options.sampleWeights, options.classWeights);
    this.#checkChangeable("fitAsync can't start"); // what was read may have begun another, or disposed of the network
    const before = this.#standing();
    const isTime = (work: number) => slice!.isOver(work);
    const trainer = hireOr(() => hire(this.#workerUrl)); // it starts while the data are copied
    if (typeof trainer === "string") return warned(yield* this.#train(x, y, options, course), trainer);
    let copies: { x: TypedMatrix; y: TypedMatrix; options: ResolvedFitOptions };
    let refusal: string | undefined;
    this.#stop = stop;
    try {
      const data = yield* this.#copied(sourcesOf(this.#options, x, y), isTime);
      const { validation: given } = options;
      const validation = given && (yield* this.#copied(sourcesOf(this.#options, ...given, VALIDATION), isTime));
      const sampleWeights = weights && (yield* readSlices(weights, this.dtype, isTime));
      const { engine } = this;
      const load = { engine, ...this.#wasm, ...(this.#workerUrl !== undefined && { workerUrl: this.#workerUrl }) };
      const timeLimit = deadline === undefined ? undefined : Math.max(0, deadline - now()) / 1000;
      const resolved = { ...options, sampleWeights, classWeights: undefined, timeLimit };
      copies = { x: data[0], y: data[1], options: { ...resolved, validation } };
      refusal = (yield trainer.ready) as string | undefined;
      if (refusal === undefined) {
        const job = { ...copies, saved: BaseNetwork.checkpoint(this), load, validation };
        return (yield trainer.train(job, stop, (standing) => this.#take(standing))) as History;
      }
    } catch (error) {
      if (isRefusal(error)) this.#take(before);
      throw error;
    } finally {
      trainer.dismiss();
      this.#letGo();
    }
    return warned(yield* this.#train(copies.x, copies.y, copies.options, course), refusal);
  }

  /** x and y in arrays of their own, for a worker to have. */
  *#copied(
    sources: readonly RowSource[],
    isTime: IsTime,
  ): Generator<undefined, [TypedMatrix<FloatArray>, TypedMatrix<FloatArray>]> {
    const matrices: TypedMatrix<FloatArray>[] = [];
    for (const source of sources) {
      const data = yield* readSlices(source, this.dtype, isTime);
      matrices.push({ data, shape: [source.rows, source.columns] });
    }
    return matrices as [TypedMatrix<FloatArray>, TypedMatrix<FloatArray>];
  }

  /** The interrupted training to go on with; another one forgets it, and its unfinished epoch. */
  #resumed({ resume, shuffle }: ResolvedFitOptions, rows: number, batchSize: number): Run | undefined {
    const run = this.#interrupted;
    if (run === undefined || !resume) return undefined;
    for (const [name, value] of Object.entries({ rows, batchSize, shuffle })) {
      const was = run[name as "rows" | "batchSize" | "shuffle"];
      if (value !== was) throw new OptionError(`${name} is ${value}; the training to resume has ${was}`);
    }
    return run;
  }

  /** Of an interrupted training the whole epochs stay. */
  #forgetInterrupted(): void {
    const interruption = this.#interrupted?.interruption;
    if (interruption !== undefined) this.#model.setState(interruption.snapshot);
    this.#interrupted = undefined;
  }

  #checkAlive(call: string): void {
    if (this.#disposed) throw new DisposedError(`${call} can't run: the network was disposed`);
  }

  #checkChangeable(refusal: string): void {
    if (this.#disposed) throw new DisposedError(`${refusal}: the network was disposed`);
    if (this.#stop !== undefined) throw new BusyError(`${refusal}: the network is being trained`);
  }
}

/** Of what the caller gave: it leaves the network as it was. */
function isRefusal(error: unknown): boolean {
  return error instanceof ShapeError || error instanceof DataError || error instanceof OptionError;
}

/** A class made from BaseNetwork by an entry file, which knows its engines. */
interface NetworkClass<T extends BaseNetwork> {
  readonly prototype: T;
  /** @internal */
  engines(): Engines;
  /** @internal */
  hireTrainer?(workerUrl: string | undefined): Trainer;
}

/** `make`; where there is no memory for it, once more when dropped networks have been collected. */
function patiently<T>(make: (found: Found) => T): (found: Found) => Promise<T> {
  return (found) => finishAsync(whenCollected(() => make(found)));
}

/** A trainer, or why there is none. */
function hireOr(hire: () => Trainer): Trainer | string {
  try {
    return hire();
  } catch (cause) {
    if (cause instanceof EngineError) return cause.message;
    throw cause;
  }
}

/** Of a training that was asked for in a worker. */
function warned(history: History, refusal: string): History {
  const warning = `this thread trained, not a worker: ${refusal}`;
  return { ...history, warnings: [...(history.warnings ?? []), warning] };
}

function parametersOf(options: ResolvedNetworkOptions): number {
  return countParameters(options.inputs, options.layers);
}
