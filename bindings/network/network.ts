// The public network: checks what it is given, and has its engine's model do the work.

import type { FloatArray } from "../arrays.ts";
import {
  checkAmount,
  checkFlag,
  checkLength,
  checkNoMore,
  checkWhole,
  hasOwn,
  isList,
  isRevoked,
  readNames,
  show,
} from "../checks.ts";
import { type Encoders, toEncoders } from "../data/encoder.ts";
import {
  checkOut,
  type MatrixLike,
  type MatrixSource,
  type Rows,
  type TypedMatrix,
  type TypedMatrixLike,
  toRows,
} from "../data/matrix.ts";
import { checkMetrics, type MetricName } from "../data/metrics.ts";
import type { EngineName, Kernels, Model, Threads } from "../engine/engine.ts";
import { type EngineOptions, type Engines, enginesOf, type Found } from "../engine/engines.ts";
import {
  BusyError,
  DataError,
  DisposedError,
  EngineError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
} from "../errors.ts";
import { countParameters, type DType, floatArray, last, whenCollected } from "../numbers.ts";
import { checkKey, endow, isInstance, KEY } from "../objects.ts";
import { readEngineOptions } from "../options/engine.ts";
import { type FitAsyncOptions, type FitOptions, type ResolvedFitOptions, resolveFitOptions } from "../options/fit.ts";
import type { ResolvedLayer } from "../options/layer.ts";
import { engineLoss } from "../options/loss.ts";
import {
  type NetworkOptions,
  type ResolvedNetworkOptions,
  readNetworkOptions,
  resolveNetworkOptions,
} from "../options/network.ts";
import { engineOptimizer } from "../options/optimizer.ts";
import { mayGrow, type Plateau, plateauOf } from "../options/schedule.ts";
import type { Wait } from "../promises.ts";
import { atOnce, type IsTime, type RowSource, readSlices } from "../rows.ts";
import { littleEndian, quietNaN } from "../saving/bytes.ts";
import { readFile, writeFile, writeFileChunks, writingFile } from "../saving/file.ts";
import { checkTextSize, load, type SavedNetwork, save } from "../saving/json.ts";
import { type FileBytes, piecesOf, piecesOfAsync } from "../saving/safetensors.ts";
import { digest } from "../saving/sha256.ts";
import type { Run, Saved, Standing } from "../saving/state.ts";
import {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type EvaluatedData,
  type Scores,
} from "./cross-validation.ts";
import { addHistory, type Course, evaluating, Fitting, finish, finishAsync, type History, Stop } from "./fitting.ts";
import { fillWeights } from "./initialize.ts";
import { ownSample, settledSample, sourcesOf, splitRows, toSample, VALIDATION, weightsOf, xSource } from "./samples.ts";
import { deadlineAfter, now, Portion, Slice } from "./slices.ts";
import type { Trainer } from "./trainer.ts";

/** The parameters of one layer; weights are row-major, inputs × units. */
export interface LayerParameters<T extends FloatArray = FloatArray> {
  readonly weights: T;
  readonly biases: T;
}

/** A file that `save` returned: a buffer, a view of one, or an iterable of these, which are its consecutive pieces. */
export type NetworkFile = FileBytes | Iterable<FileBytes>;

export interface Evaluation {
  /** The error E over all rows. */
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
  readonly #warnings: readonly string[]; // of every training
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
    // the module for threads needs a count of 2 or more, even if its workers have died
    const threads = engine.threads === undefined ? 1 : Math.max(2, engine.threads.count);
    this.#wasm = engine.module && { module: engine.module, threads };
    this.#threads = engine.threads ?? (reason === undefined ? { count: 1 } : { count: 1, reason });
    this.#warnings = found.warnings ?? [];
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
      if (!trainable) this.#model.setTrainable(l, false); // only where needed: each call visits all layers
    });
    const identity = Symbol("a Network is copied and sent by save() and load(), or toJSON() and fromJSON()");
    const isOne = (value: object): value is BaseNetwork => #model in value;
    endow(this, { name: "Network", prototype: BaseNetwork.prototype, isOne }, identity);
  }

  /** @internal Whether it is one of any entry or copy of this library; a user's subclass has no `engines` of its own. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, hasOwn(this, "engines"), "Network", value);
  }

  static #make<T extends BaseNetwork>(type: NetworkClass<T>, found: Found, options: ResolvedNetworkOptions): T {
    const create = type as unknown as new (...parts: [key: symbol, Found, ResolvedNetworkOptions]) => T;
    return new create(KEY, found, options);
  }

  /** A new network with seeded Glorot-uniform weights and zero biases. Compiles WebAssembly off the calling thread. */
  static async create<T extends BaseNetwork>(this: NetworkClass<T>, given: NetworkOptions, ...more: []): Promise<T> {
    checkNoMore("create", more);
    const options = readNetworkOptions(given);
    const resolved = resolveNetworkOptions(options);
    const make = (found: Found) => BaseNetwork.#initialized(BaseNetwork.#make(this, found, resolved));
    return enginesOf(this).load(options, parametersOf(resolved), patiently(make));
  }

  /** `create` without a promise. Old browsers refuse to compile this much on a page's main thread. */
  static createSync<T extends BaseNetwork>(this: NetworkClass<T>, given: NetworkOptions, ...more: []): T {
    checkNoMore("createSync", more);
    const options = readNetworkOptions(given);
    const resolved = resolveNetworkOptions(options);
    return BaseNetwork.#initialized(
      BaseNetwork.#make(this, enginesOf(this).loadSync(options, parametersOf(resolved)), resolved),
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
    ...more: []
  ): Promise<T> {
    checkNoMore("fromJSON", more);
    const options = readEngineOptions(given);
    return (BaseNetwork.restore<T>).call(this, load(saved), options);
  }

  /** `fromJSON` without a promise. */
  static fromJSONSync<T extends BaseNetwork>(
    this: NetworkClass<T>,
    saved: SavedNetwork | string,
    given: EngineOptions = {},
    ...more: []
  ): T {
    checkNoMore("fromJSONSync", more);
    const options = readEngineOptions(given);
    return (BaseNetwork.#restoreSync<T>).call(this, load(saved), options);
  }

  /**
   * Loads a network that `save` returned, or a checkpoint; `fit` with `resume: true` continues the training of a
   * checkpoint. The file is an ArrayBuffer, a view of one, or an iterable or stream of these as consecutive pieces.
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
    ...more: []
  ): Promise<T> {
    checkNoMore("load", more);
    const options = readEngineOptions(given);
    const streams = typeof file === "object" && file !== null && !isRevoked(file) && Symbol.asyncIterator in file;
    const pieces = streams ? await piecesOfAsync(file) : piecesOf(file);
    return (BaseNetwork.restore<T>).call(this, readFile(pieces), options);
  }

  /** @internal The network that `checkpoint` gave. */
  static async restore<T extends BaseNetwork>(this: NetworkClass<T>, saved: Saved, options: EngineOptions): Promise<T> {
    const make = (found: Found) => BaseNetwork.#restored(BaseNetwork.#make(this, found, saved.options), saved);
    return enginesOf(this).load(options, parametersOf(saved.options), patiently(make));
  }

  static #restoreSync<T extends BaseNetwork>(this: NetworkClass<T>, saved: Saved, options: EngineOptions): T {
    const found = enginesOf(this).loadSync(options, parametersOf(saved.options));
    return BaseNetwork.#restored(BaseNetwork.#make(this, found, saved.options), saved);
  }

  static #restored<T extends BaseNetwork>(network: T, saved: Saved): T {
    network.#take(saved);
    return network;
  }

  /** `load` without a promise. */
  static loadSync<T extends BaseNetwork>(
    this: NetworkClass<T>,
    file: NetworkFile,
    given: EngineOptions = {},
    ...more: []
  ): T {
    checkNoMore("loadSync", more);
    const options = readEngineOptions(given);
    return (BaseNetwork.#restoreSync<T>).call(this, readFile(piecesOf(file)), options);
  }

  /**
   * k-fold cross-validation. The rows, shuffled by the network's seed, are divided into folds. For each fold, a new
   * network is trained on the other folds and evaluated on this one.
   *
   * @example
   * ```ts
   * const { mean } = await Network.crossValidate(options, x, y, { folds: 5, epochs: 100, metrics: ["accuracy"] });
   * console.log(mean.accuracy);
   * ```
   * @throws what `create` and `fitAsync` throw, and OptionError if there are more folds than rows.
   */
  static async crossValidate<T extends BaseNetwork>(
    this: NetworkClass<T>,
    options: NetworkOptions,
    x: MatrixLike,
    y: MatrixLike,
    given: CrossValidationOptions = {},
    ...more: []
  ): Promise<CrossValidation> {
    checkNoMore("crossValidate", more);
    const known = readNetworkOptions(options);
    const resolved = resolveNetworkOptions(known);
    const create = () => (BaseNetwork.create<T>).call(this, known);
    const evaluate = (network: T, ...data: EvaluatedData) => network.#evaluating(...data);
    const kernels = await enginesOf(this).load({ engine: "reference" }, 0, ({ engine }) => engine.kernels);
    return crossValidate({ create, evaluate }, kernels, resolved, x, y, given);
  }

  static #initialized<T extends BaseNetwork>(network: T): T {
    network.#model.initialize(network.seed);
    if (network.layers.some(({ initializer }) => initializer !== undefined)) network.#initialize();
    return network;
  }

  /** Why the reference engine computes although it was not asked for; undefined otherwise. */
  get engineReason(): string | undefined {
    return this.#engineReason;
  }

  /** How many threads may train the network; `reason` says why if they are fewer than requested. */
  get threads(): Threads {
    const { count, reason } = this.#threads;
    return reason === undefined ? { count } : { count, reason };
  }

  /** Columns of x. */
  get inputs(): number {
    return this.#options.inputs;
  }

  /** Units of the last layer: the columns of a prediction, and of y unless the loss is sparse. */
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
   * The encoders that the network was created with. They are saved and loaded with it, but not applied automatically.
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

  /** How many epochs the network has finished in all its trainings. */
  get epochs(): number {
    return this.#epochs + (this.#fitting?.training.finishedEpochs ?? 0);
  }

  get parameterCount(): number {
    return this.#model.parameterCount;
  }

  /** The optimizer's learning rate. It may be set between trainings; a plateau schedule then starts afresh. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#checkChangeable("learningRate can't be set");
    this.#learningRate = checkAmount("learningRate", value, this.dtype);
    this.#plateau = undefined;
  }

  /**
   * Trains on x (rows × inputs) and y (rows × outputs; rows × 1 with a sparse loss) and returns when all epochs are
   * done. Two calls give the same bits as one call with the epochs added.
   *
   * @throws ShapeError, DataError, OptionError: the network is unchanged. That holds for errors in a later epoch, too,
   * such as a schedule function that returns NaN or a listener that returns a promise.
   * @throws OutOfMemoryError: the network is unchanged or, if training had begun, keeps its finished epochs.
   * @throws NotFiniteError: the network keeps the parameters of the last epoch that ended with finite numbers.
   * @throws BusyError if the network is already being trained.
   * @throws DisposedError if the network was disposed of, and whatever `onEpoch`, `schedule` and `checkpoint.save`
   * throw: the network keeps its finished epochs. Like a NotFiniteError, the error has the history so far as its
   * `history`.
   */
  fit(x: MatrixLike, y: MatrixLike, options: FitOptions = {}, ...more: []): History {
    checkNoMore("fit", more);
    const resolved = resolveFitOptions(options, FIT_NAMES);
    const { timeLimit, checkpoint } = resolved;
    const looks = timeLimit !== undefined || checkpoint?.everySeconds !== undefined;
    const slice = looks ? new Slice() : undefined;
    return finish(
      this.#train(x, y, resolved, { stop: new Stop(), slice, isTime: undefined, deadline: deadlineAfter(timeLimit) }),
    );
  }

  /**
   * Online learning: takes one step on all rows at once, in the order given. The step counts as an epoch. Returns the
   * error E from before the step.
   *
   * @throws what `fit` throws.
   */
  partialFit(
    x: MatrixLike,
    y: MatrixLike,
    options: Pick<FitOptions, "sampleWeights" | "classWeights" | "schedule"> = {},
    ...more: []
  ): number {
    checkNoMore("partialFit", more);
    const read = readNames("options", options, ["sampleWeights", "classWeights", "schedule"]);
    return this.fit(x, y, { ...read, epochs: 1, batchSize: 2 ** 31, shuffle: false }).loss[0]!;
  }

  /**
   * `fit` that yields to the event loop every few milliseconds, also while it reads and evaluates data, or that trains
   * in a worker (`worker: true`). The bits are those of `fit`. A single step is never divided. Large x and y are read
   * over several turns of the event loop, so don't change them before the first epoch has ended.
   *
   * @throws what `fit` throws.
   * @throws `signal.reason` when the signal is aborted: the network keeps its finished epochs.
   * @throws EngineError if a worker ends before its training does, or if this entry has no workers.
   * @throws DisposedError if `dispose` is called meanwhile.
   */
  async fitAsync(x: MatrixLike, y: MatrixLike, options: FitAsyncOptions = {}, ...more: []): Promise<History> {
    checkNoMore("fitAsync", more);
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
    const isTime = (work: number) => slice.isOver(work);
    const course = { stop, slice, isTime, deadline: deadlineAfter(options.timeLimit) };
    const run = options.worker ? network.#trainInWorker(x, y, options, course) : network.#train(x, y, options, course);
    return finishAsync(run, course);
  }

  /**
   * Predicts the outputs for x. They are written to `out`, row-major, if it is given. Otherwise the result has the form
   * of x: rows for rows, and for a typed matrix a typed matrix of the network's dtype. With `out` and a typed matrix of
   * up to 64 rows, nothing is allocated.
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
   * @throws ShapeError if x has other columns than `inputs`, or `out` another type or length than the outputs.
   * @throws DataError if a number in x is not finite in the network's dtype.
   */
  predict(x: Rows): number[][];
  predict(x: TypedMatrixLike): TypedMatrix<Float32Array | Float64Array>;
  predict(x: MatrixLike): number[][] | TypedMatrix<Float32Array | Float64Array>;
  predict<T extends FloatArray>(x: MatrixLike, out: T): T;
  predict(x: MatrixLike, out?: FloatArray): number[][] | TypedMatrix | FloatArray {
    this.#checkAlive("predict");
    const source = this.#samples.of(x).settled();
    const columns = this.#outputs;
    const { dtype } = this.#options; // the getter would take longer: it checks for proxies
    const length = source.rows * columns;
    if (out !== undefined) checkOut(out, dtype, length);
    const outputs = out ?? floatArray(dtype, length);
    this.#checkAlive("predict"); // a getter in x may have disposed of the network
    this.#model.predict(source, outputs);
    this.#samples.release();
    if (out !== undefined) return out;
    return source === this.#samples ? { data: outputs, shape: [source.rows, columns] } : toRows(outputs, columns);
  }

  /**
   * Computes the error over x and y, and the metrics that are asked for, without training.
   *
   * @throws ShapeError, DataError, OptionError
   */
  evaluate<Name extends MetricName = never>(
    x: MatrixLike,
    y: MatrixLike,
    options: { readonly metrics?: readonly Name[] } = {},
    ...more: []
  ): Evaluation & Record<Name, number> {
    checkNoMore("evaluate", more);
    this.#checkAlive("evaluate");
    const { metrics: names = [] } = readNames("options", options, ["metrics"]);
    const metrics = checkMetrics("metrics", names);
    const sample = settledSample(this.#options, x, y);
    this.#checkAlive("evaluate"); // a getter in the data may have disposed of the network
    const evaluation = evaluating(this.#model, engineLoss(this.#options.loss), sample, metrics);
    return atOnce(evaluation) as Evaluation & Record<Name, number>;
  }

  /** `evaluate` of rows whose numbers are checked. */
  #evaluating(...[x, y, metrics, slice]: EvaluatedData): Generator<undefined, Scores> {
    const sample = toSample(this.#options, [x, y]);
    const portion = new Portion(slice, this.parameterCount);
    return evaluating(this.#model, engineLoss(this.#options.loss), sample, metrics, portion, (work) =>
      slice.isOver(work),
    );
  }

  /** Sets whether training changes layer `l`, counted from 0. */
  setTrainable(l: number, trainable: boolean): void {
    this.#checkChangeable("setTrainable can't run");
    checkWhole("l", l, 0, this.layers.length - 1);
    checkFlag("trainable", trainable);
    const { trainable: _, ...layer } = this.#layers[l]!;
    const changed = Object.freeze(trainable ? layer : { ...layer, trainable });
    this.#layers = Object.freeze(this.#layers.map((other, n) => (n === l ? changed : other)));
    this.#model.setTrainable(l, trainable);
  }

  /** Copies of all parameters, layer by layer. During a training they are those after its latest step. */
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
   * Replaces all parameters. They must have the network's shapes and be finite in its dtype; all are checked before any
   * is changed. The optimizer keeps its state, such as adam's moments; `resetOptimizer` clears it. After this, a
   * training that was loaded from a checkpoint can't be resumed.
   *
   * @throws ShapeError, DataError; BusyError during a training.
   */
  setParameters(layers: readonly { weights: ArrayLike<number>; biases: ArrayLike<number> }[]): void {
    this.#checkChangeable("setParameters can't run");
    if (!isList(layers) || layers.length !== this.#layers.length) {
      throw new ShapeError(`parameters is ${show(layers)}; an array of ${this.layers.length} layers is expected`);
    }
    const parameters = floatArray(this.dtype, this.parameterCount);
    let offset = 0;
    const put = (name: string, values: ArrayLike<number> | undefined, length: number) => {
      checkLength(name, values, length);
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
      const layer: unknown = layers[l];
      const { weights, biases } = (isRevoked(layer) ? {} : (layer ?? {})) as Partial<LayerParameters>;
      put(`parameters[${l}].weights`, weights, inputs * units);
      put(`parameters[${l}].biases`, biases, units);
    });
    this.#checkChangeable("setParameters can't run"); // getters in `layers` may have changed this
    this.#forgetInterrupted(); // else taking back its unfinished epoch would undo the new parameters
    this.#model.setParameters(parameters);
  }

  /**
   * Resets the optimizer to its state in a new network: its slots (momentum, moments, accumulated squares) and its step
   * count become 0. Parameters, epochs and learning rate stay. After this, a training that was loaded from a checkpoint
   * can't be resumed.
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
    const { values } = atOnce(this.#model.copyState());
    this.#model.setState({ values: values.fill(0, this.parameterCount), steps: 0, momentumProduct: 1 });
  }

  /** SHA-256, in hex, of all parameters as little-endian bytes: each layer's weights (row-major), then its biases. */
  digest(): string {
    this.#checkAlive("digest");
    return digest(littleEndian(quietNaN(this.#model.getParameters())));
  }

  /**
   * The network as plain JSON, for `fromJSON` here or on another platform; `JSON.stringify(net)` calls it. During a
   * training it is the network after the last finished epoch. `fromJSON` detects any damage by SHA-256.
   *
   * @throws OutOfMemoryError if the text would be longer than a string can be, from some 94 million parameters of f32 on.
   * `save` has no such limit.
   */
  toJSON(): SavedNetwork {
    this.#checkAlive("toJSON");
    checkTextSize(this.#options);
    const interruption = this.#fitting === undefined ? this.#interrupted?.interruption : undefined;
    const whole = () => atOnce(this.#fitting?.training.wholeEpochState() ?? this.#model.copyState());
    const state = interruption?.snapshot ?? whole();
    return save({ options: this.#savedOptions(), epochs: this.epochs, state, plateau: this.#knownPlateau });
  }

  /**
   * The network as a safetensors file with a SHA-256, for `load` here or on another platform. During a training the
   * file is a checkpoint: it also has the position in the epoch and the history so far.
   *
   * @throws OutOfMemoryError if the file does not fit into one array; `saveChunks` returns it in several.
   */
  save(...more: []): Uint8Array<ArrayBuffer> {
    checkNoMore("save", more);
    this.#checkAlive("save");
    return writeFile(atOnce(BaseNetwork.checkpoint(this)));
  }

  /**
   * The file of `save` in chunks of 16 MiB, for streams and for files too long for one array or one write. Later
   * changes of the network don't change the chunks. Some chunks may share memory with each other.
   *
   * @example
   * ```ts
   * await pipeline(Readable.from(net.saveChunks()), createWriteStream("large.safetensors"));
   * const blob = new Blob(net.saveChunks());
   * ```
   */
  saveChunks(...more: []): Uint8Array<ArrayBuffer>[] {
    checkNoMore("saveChunks", more);
    this.#checkAlive("saveChunks");
    return writeFileChunks(atOnce(BaseNetwork.checkpoint(this)));
  }

  /** @internal What `save` writes. */
  static *checkpoint(network: BaseNetwork, isTime?: IsTime): Generator<undefined, Saved> {
    return { options: network.#savedOptions(), ...(yield* network.#standing(isTime)) };
  }

  /** The part of the network that training changes. */
  *#standing(isTime?: IsTime): Generator<undefined, Standing> {
    const state = yield* this.#model.copyState(isTime);
    const run = this.#fitting === undefined ? this.#interrupted : yield* this.#fitting.run(isTime);
    return { epochs: this.epochs, state, run, plateau: this.#knownPlateau };
  }

  #take({ epochs, state, run, plateau }: Standing): void {
    this.#model.setState(state); // first, because it may run out of memory
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
   * Frees the network's memory. Every later call except `dispose` throws a DisposedError. A training that is under way
   * is ended first.
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

  /** A description in one line; Node, Deno and Bun print it for `console.log(net)`. */
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
    let next = this.#options.inputs;
    return this.#layers.map(({ units }) => {
      const inputs = next;
      next = units;
      return { inputs, units };
    });
  }

  *#train(
    x: MatrixLike,
    y: MatrixLike,
    options: ResolvedFitOptions,
    course: Course,
  ): Generator<Wait, History, unknown> {
    const { stop, isTime } = course;
    this.#checkChangeable("fit can't start");
    stop.throwIfEnded();
    const { epochs, batchSize, shuffle, rates, schedule, metrics, onEpoch, earlyStopping, checkpoint } = options;
    let [data, validation] = splitRows(this.#options, x, y, options);
    const { rows } = data.x;
    if (this.#epochs + epochs >= 2 ** 32) {
      throw new OptionError(`epochs is ${epochs}; a network trains 2^32 − 1 at most`);
    }
    const batchRows = Math.min(batchSize, rows);
    const sampleWeights = weightsOf(this.#options, data.labels, options.sampleWeights, options.classWeights);
    this.#checkChangeable("fit can't start"); // getters in the data may have changed this
    const run = this.#resumed(options, rows, batchRows);
    // an argument may be refused after some epochs; the network is then put back to this state
    const mayRefuse = onEpoch ?? earlyStopping ?? checkpoint ?? this.#interrupted;
    let before: Standing | undefined;
    this.#stop = stop;
    try {
      if (mayRefuse || (schedule && mayGrow(schedule, this.#learningRate))) before = yield* this.#standing(isTime);
      if (validation !== undefined) validation = yield* ownSample(validation, this.dtype, isTime);
      else if (metrics.length > 0) data = yield* ownSample(data, this.dtype, isTime);
      const training = yield* this.#model.startTraining({
        x: data.x,
        y: data.y,
        batchSize: batchRows,
        epochs: Math.max(1, epochs - (run?.loss.length ?? 0)),
        firstEpoch: this.#epochs,
        shuffle,
        seed: this.#options.seed,
        learningRate: this.#learningRate,
        sampleWeights,
        scheduled: rates !== undefined,
        isTime,
        resume: run?.interruption,
        from: run === undefined ? this.#interrupted?.interruption?.snapshot : undefined,
      });
      this.#fitting = new Fitting({
        model: this.#model,
        loss: engineLoss(this.#options.loss),
        training,
        learningRate: this.#learningRate,
        epochsBefore: run?.epochsBefore ?? this.#epochs,
        stepsPerEpoch: Math.ceil(rows / batchRows),
        stepWork: this.#model.parameterCount * batchRows,
        batchSize: batchRows,
        rows,
        evaluated: validation ?? (metrics.length > 0 ? data : undefined),
        course,
        options,
        plateau: plateauOf(schedule, this.#learningRate, this.#plateau),
        before: run,
        warnings: this.#warnings,
        file: () => this.#file(isTime),
      });
      stop.throwIfEnded();
      // fitAsync returns before the first step: what the network shows by then does not depend on the clock
      if (isTime !== undefined) yield Promise.resolve();
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

  *#file(isTime: IsTime): Generator<Wait, Uint8Array<ArrayBuffer>, unknown> {
    return yield* writingFile(yield* BaseNetwork.checkpoint(this, isTime), isTime);
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

  /** Trains in a worker. Meanwhile this network has the state that the worker last reported. */
  *#trainInWorker(
    x: MatrixLike,
    y: MatrixLike,
    options: ResolvedFitOptions,
    course: Course,
  ): Generator<Wait, History, unknown> {
    const { stop, isTime, deadline } = course;
    const hire = (this.constructor as unknown as NetworkClass<BaseNetwork>).hireTrainer;
    if (hire === undefined) {
      throw new EngineError('worker is true; this entry has no workers: import Network from "bitgrad/worker"');
    }
    this.#checkChangeable("fitAsync can't start");
    stop.throwIfEnded();
    const [{ labels }] = splitRows(this.#options, x, y, options);
    const weights = weightsOf(this.#options, labels, options.sampleWeights, options.classWeights);
    this.#checkChangeable("fitAsync can't start"); // getters in the data may have changed this
    let before: Standing | undefined;
    const trainer = hireOr(() => hire(this.#workerUrl)); // it starts while the data are copied
    if (typeof trainer === "string") return warned(yield* this.#train(x, y, options, course), hereBecause(trainer));
    let copies: { x: TypedMatrix; y: TypedMatrix; options: ResolvedFitOptions };
    let refusal: string | undefined;
    this.#stop = stop;
    try {
      before = yield* this.#standing(isTime);
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
        const saved = yield* BaseNetwork.checkpoint(this, isTime);
        const job = { ...copies, saved, load, validation };
        const history = (yield trainer.train(job, stop, (standing) => this.#take(standing))) as History;
        return warned(history, ...this.#warnings);
      }
    } catch (error) {
      if (before !== undefined && isRefusal(error)) this.#take(before);
      throw error;
    } finally {
      trainer.dismiss();
      this.#letGo();
    }
    return warned(yield* this.#train(copies.x, copies.y, copies.options, course), hereBecause(refusal));
  }

  /** Copies of x and y, to be sent to a worker. */
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

  /** The interrupted training to resume, if that is asked for. */
  #resumed({ resume, shuffle }: ResolvedFitOptions, rows: number, batchSize: number): Run | undefined {
    const run = this.#interrupted;
    if (run === undefined || !resume) return undefined;
    for (const [name, value] of Object.entries({ rows, batchSize, shuffle })) {
      const was = run[name as "rows" | "batchSize" | "shuffle"];
      if (value !== was) throw new OptionError(`${name} is ${value}; the training to resume has ${was}`);
    }
    return run;
  }

  /** Drops a loaded training that was interrupted, and its unfinished epoch; finished epochs stay. */
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

/** Whether an error is about an argument: then the network must be left unchanged. */
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

/** Calls `make`; if memory runs out, calls it again after dropped networks have been garbage-collected. */
function patiently<T>(make: (found: Found) => T): (found: Found) => Promise<T> {
  return (found) => finishAsync(whenCollected(() => make(found)));
}

/** A trainer, or the reason why there is none. */
function hireOr(hire: () => Trainer): Trainer | string {
  try {
    return hire();
  } catch (cause) {
    if (cause instanceof EngineError) return cause.message;
    throw cause;
  }
}

function hereBecause(refusal: string): string {
  return `this thread trained, not a worker: ${refusal}`;
}

function warned(history: History, ...warnings: string[]): History {
  return warnings.length === 0 ? history : { ...history, warnings: [...(history.warnings ?? []), ...warnings] };
}

function parametersOf(options: ResolvedNetworkOptions): number {
  return countParameters(options.inputs, options.layers);
}
