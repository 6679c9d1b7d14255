// The public network: checks its arguments, and has its engine's model do the work.

import type { FloatArray, NumberArray } from "../arrays.ts";
import { checkAmount, checkFlag, checkNoMore, checkWhole, hasOwn, optional, readNames } from "../checks.ts";
import type { CompressedMatrix } from "../data/compressed.ts";
import {
  checkOut,
  type MatrixLike,
  type MatrixSource,
  type Rows,
  settled,
  type TypedMatrix,
  type TypedMatrixLike,
  toRows,
  type XLike,
} from "../data/matrix.ts";
import { checkMetrics, checkMetricsFit, type Metric, type MetricKey } from "../data/metrics.ts";
import type { Encoders } from "../data/saved-encoders.ts";
import { type AsyncRowStream, isStream, type RowStream } from "../data/stream.ts";
import type { Table } from "../data/table.ts";
import type { EngineName, Model, Threads } from "../engine/engine.ts";
import { type EngineOptions, type Engines, enginesOf, type Found } from "../engine/engines.ts";
import { EngineError, OptionError } from "../errors.ts";
import { countParameters, type DType, floatArray, last, whenCollected } from "../numbers.ts";
import { checkKey, endow, isInstance, KEY, shorten } from "../objects.ts";
import { readEngineOptions } from "../options/engine.ts";
import {
  FIT_ASYNC_NAMES,
  FIT_NAMES,
  type FitAsyncOptions,
  type FitOptions,
  type ResolvedFitOptions,
  resolveFitOptions,
} from "../options/fit.ts";
import type { ResolvedLayer } from "../options/layer.ts";
import {
  type NetworkOptions,
  type ResolvedNetworkOptions,
  readNetworkOptions,
  resolveNetworkOptions,
} from "../options/network.ts";
import { resolveStreamOptions, type StreamAsyncOptions, type StreamOptions } from "../options/stream.ts";
import { atOnce } from "../rows.ts";
import { littleEndian, quietNaN } from "../saving/bytes.ts";
import { readFile, writeFile, writeFileChunks } from "../saving/file.ts";
import { checkTextSize, load, type SavedNetwork, save } from "../saving/json.ts";
import { type FileBytes, Pieces, piecesOf, piecesOfAny } from "../saving/pieces.ts";
import { digest } from "../saving/sha256.ts";
import type { Saved } from "../saving/state.ts";
import { courseAtOnce, courseOf, finish, finishAsync } from "./course.ts";
import {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type EvaluatedData,
  type Scores,
} from "./cross-validation.ts";
import { evaluating } from "./evaluate.ts";
import type { History } from "./history.ts";
import { NetworkState } from "./network-state.ts";
import { initialize, type LayerParameters, readParameters, splitParameters } from "./parameters.ts";
import { compressedX, settledSample, toSample, xSource } from "./samples.ts";
import { Portion, Slice } from "./slices.ts";
import { trainOnMatrices } from "./train.ts";
import { trainOnStream } from "./train-on-stream.ts";
import type { JobEngine, TrainInWorker } from "./trainer.ts";

/** A file that `save` returned: a buffer, a view of one, or an iterable of these, which are its consecutive pieces. */
export type NetworkFile = FileBytes | Iterable<FileBytes>;

/** What `evaluate` returns, beside the metrics. */
export interface Evaluation {
  /** The error E over all rows. */
  readonly loss: number;
}

const SHOWN_LAYERS = 8;
const NO_ENCODERS: Encoders = /* @__PURE__ */ Object.freeze({});

/**
 * A multi-layer perceptron: a network of dense layers that is trained by gradient descent, with the same bits on every
 * platform. The entry that it is imported from decides what computes. "bitgrad" has WebAssembly and the reference
 * engine; "bitgrad/worker" can also train in a worker, and "bitgrad/threads" in several threads; "bitgrad/reference"
 * has no WebAssembly.
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
export class BaseNetwork {
  readonly #state: NetworkState;
  readonly #samples: MatrixSource; // what predict is given
  readonly #outputs: number;
  /** Which engine computes: "wasm" or "reference". */
  readonly engine: EngineName;
  readonly #engineReason: string | undefined;
  readonly #threads: Threads;
  readonly #load: JobEngine; // in a worker

  /** Networks are made by `create`, `createSync`, `load`, `loadSync`, `fromJSON` and `fromJSONSync`. */
  protected constructor(...parts: never[]);
  protected constructor(key: unknown, found: Found, options: ResolvedNetworkOptions) {
    checkKey(key, "Network", "await Network.create(…), or Network.createSync(…)");
    const { engine, reason, engineReason, workerUrl } = found;
    this.engine = engine.name;
    this.#engineReason = engineReason;
    // the module for threads needs a count of 2 or more, even if its workers have died
    const threads = engine.threads === undefined ? 1 : Math.max(2, engine.threads.count);
    const wasm = engine.module && { module: engine.module, threads };
    this.#load = { engine: engine.name, ...wasm, ...(workerUrl !== undefined && { workerUrl }) };
    this.#threads = engine.threads ?? (reason === undefined ? { count: 1 } : { count: 1, reason });
    this.#state = NetworkState.of(found, options);
    this.#samples = xSource(options);
    this.#outputs = last(options.layers).units;
    const identity = Symbol("a Network is copied and sent by save() and load(), or toJSON() and fromJSON()");
    const isOne = (value: object): value is BaseNetwork => #state in value;
    endow(this, { name: "Network", prototype: BaseNetwork.prototype, isOne }, identity);
  }

  /**
   * @internal Whether it is one of any entry or copy of this library; a user's subclass has no `engines` of its own.
   */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, hasOwn(this, "engines"), "Network", value);
  }

  get #model(): Model {
    return this.#state.model;
  }

  /** A network on the engine that was found: as it was saved, or with its initial weights. */
  static #make<T extends BaseNetwork>(type: NetworkClass<T>, found: Found, { options, saved }: Plan): T {
    const create = type as unknown as new (...parts: [key: symbol, Found, ResolvedNetworkOptions]) => T;
    const network = new create(KEY, found, options);
    if (saved === undefined) initialize(network.#model, options, found.engine.kernels);
    else network.#state.take(saved);
    return network;
  }

  /** If memory runs out, it tries again after dropped networks have been garbage-collected. */
  static #begin<T extends BaseNetwork>(type: NetworkClass<T>, engine: EngineOptions, plan: Plan): Promise<T> {
    const make = (found: Found) => finishAsync(whenCollected(() => BaseNetwork.#make(type, found, plan)));
    return enginesOf(type).load(engine, parametersOf(plan), make);
  }

  static #beginSync<T extends BaseNetwork>(type: NetworkClass<T>, engine: EngineOptions, plan: Plan): T {
    return BaseNetwork.#make(type, enginesOf(type).loadSync(engine, parametersOf(plan)), plan);
  }

  /**
   * Creates a network with seeded initial weights and zero biases. Compiles WebAssembly off the calling thread.
   *
   * @throws OptionError if an option is unknown, missing, of the wrong type or out of range
   * @throws OutOfMemoryError if the network does not fit into memory
   * @throws EngineError if the engine that was asked for can't run here
   */
  static async create<T extends BaseNetwork>(this: NetworkClass<T>, given: NetworkOptions, ...more: []): Promise<T> {
    checkNoMore("create", more);
    const options = readNetworkOptions(given);
    return BaseNetwork.#begin(this, options, { options: resolveNetworkOptions(options) });
  }

  /**
   * `create` without a promise. Old browsers refuse to compile this much on a page's main thread.
   *
   * @throws what `create` throws
   */
  static createSync<T extends BaseNetwork>(this: NetworkClass<T>, given: NetworkOptions, ...more: []): T {
    checkNoMore("createSync", more);
    const options = readNetworkOptions(given);
    return BaseNetwork.#beginSync(this, options, { options: resolveNetworkOptions(options) });
  }

  /**
   * Loads a network that `toJSON` saved, from the object or its JSON text.
   *
   * @throws FormatError if it is damaged, of another kind or of a newer version
   */
  static async fromJSON<T extends BaseNetwork>(
    this: NetworkClass<T>,
    saved: SavedNetwork | string,
    given: EngineOptions = {},
    ...more: []
  ): Promise<T> {
    checkNoMore("fromJSON", more);
    const options = readEngineOptions(given);
    return BaseNetwork.#begin(this, options, planOf(load(saved)));
  }

  /**
   * `fromJSON` without a promise.
   *
   * @throws what `fromJSON` throws
   */
  static fromJSONSync<T extends BaseNetwork>(
    this: NetworkClass<T>,
    saved: SavedNetwork | string,
    given: EngineOptions = {},
    ...more: []
  ): T {
    checkNoMore("fromJSONSync", more);
    const options = readEngineOptions(given);
    return BaseNetwork.#beginSync(this, options, planOf(load(saved)));
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
   * @throws FormatError if the file is damaged, of another kind or of a newer version
   */
  static async load<T extends BaseNetwork>(
    this: NetworkClass<T>,
    file: NetworkFile | AsyncIterable<FileBytes>,
    given: EngineOptions = {},
    ...more: []
  ): Promise<T> {
    checkNoMore("load", more);
    const options = readEngineOptions(given);
    const pieces = piecesOfAny(file);
    // bytes are read before the first wait, in which they could change
    return BaseNetwork.#begin(this, options, planOf(readFile(pieces instanceof Pieces ? pieces : await pieces)));
  }

  /**
   * `load` without a promise.
   *
   * @throws what `load` throws
   */
  static loadSync<T extends BaseNetwork>(
    this: NetworkClass<T>,
    file: NetworkFile,
    given: EngineOptions = {},
    ...more: []
  ): T {
    checkNoMore("loadSync", more);
    const options = readEngineOptions(given);
    return BaseNetwork.#beginSync(this, options, planOf(readFile(piecesOf(file))));
  }

  /**
   * k-fold cross-validation. The rows, shuffled by the network's seed, are divided into folds, each of which gets its
   * share of each class. For each fold, a new network is trained on the other folds and evaluated on this one. The
   * networks have the seeds `seed`, `seed + 1` and so on.
   *
   * @example
   * ```ts
   * const { mean, standardDeviation } = await Network.crossValidate(options, x, y, { folds: 5, metrics: ["accuracy"]
   * }); console.log(mean.accuracy, standardDeviation.accuracy);
   * ```
   * @throws what `create` and `fitAsync` throw
   * @throws OptionError if there are more folds than rows
   */
  static async crossValidate<T extends BaseNetwork>(
    this: NetworkClass<T>,
    options: NetworkOptions,
    x: MatrixLike | Table,
    y: MatrixLike | Table,
    given: CrossValidationOptions = {},
    ...more: []
  ): Promise<CrossValidation> {
    checkNoMore("crossValidate", more);
    const known = readNetworkOptions(options);
    const resolved = resolveNetworkOptions(known);
    const create = (changed: object) => (BaseNetwork.create<T>).call(this, { ...known, ...changed });
    const evaluate = (network: T, ...data: EvaluatedData) => network.#evaluating(...data);
    return crossValidate({ create, evaluate }, resolved, x, y, given);
  }

  /** Why the reference engine is used although it was not asked for; undefined otherwise. */
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
    return this.#state.options.inputs;
  }

  /** Units of the last layer: the columns of a prediction, and of y unless the loss is sparse. */
  get outputs(): number {
    return this.#outputs;
  }

  /** The layers in order, with all defaults filled in. */
  get layers(): readonly ResolvedLayer[] {
    return this.#state.layers;
  }

  /** The type of the numbers that it computes with. */
  get dtype(): DType {
    return this.#state.options.dtype;
  }

  /** The number that decides initial weights, shuffles and dropout. */
  get seed(): number {
    return this.#state.options.seed;
  }

  /**
   * The encoders that the network was created with, as plain JSON that `Encoder.fromJSON` takes. They are saved and
   * loaded with the network, but not applied automatically.
   *
   * @example
   * ```ts
   * const net = await Network.load(file);
   * const [x, y] = [Encoder.fromJSON(net.encoders.x), Encoder.fromJSON(net.encoders.y)];
   * const labels = y.decode(net.predict(x.encode([["red", 25]])));
   * ```
   */
  get encoders(): Encoders {
    return this.#state.options.encoders ?? NO_ENCODERS;
  }

  /** How many epochs the network has finished in all its trainings. */
  get epochs(): number {
    return this.#state.epochs;
  }

  /** How many weights and biases all layers have together. */
  get parameterCount(): number {
    return this.#model.parameterCount;
  }

  /** The optimizer's learning rate. You can set it between trainings; that resets the state of a plateau schedule. */
  get learningRate(): number {
    return this.#state.learningRate;
  }

  set learningRate(value: number) {
    this.#state.checkChangeable("learningRate can't be set");
    this.#state.learningRate = checkAmount("learningRate", value, this.dtype);
    this.#state.plateau = undefined;
  }

  /**
   * Trains on a stream of rows: each epoch reads an iterable anew, so the rows need not fit into memory. In the same
   * order they give the same bits as matrices of them.
   *
   * @example
   * ```ts
   * function* rows() {
   *   // x and y of one row, or of several
   *   for (let n = 0; n < 1_000_000; n++) yield { x: [n % 7, n % 11], y: [n % 7] };
   * }
   * net.fit(rows, { epochs: 2, shuffleBuffer: 10_000 });
   * ```
   * @throws what `stream` throws
   * @throws OptionError if the stream is an iterator, which can be read once, and `epochs` is more than 1
   */
  fit(stream: RowStream, options?: StreamOptions): History;
  /**
   * Trains on x (rows × inputs) and y (rows × outputs; rows × 1 with a sparse loss) and returns when all epochs are
   * done. Two calls give the same bits as one call with the epochs added.
   *
   * After a ShapeError, a DataError or an OptionError the network is unchanged, even if the error is found in a later
   * epoch. After any other error it keeps its finished epochs, and the error has the history so far as its `history`.
   *
   * @throws ShapeError if x or y has the wrong number of columns, or they have different numbers of rows
   * @throws DataError if a number is not finite in the network's dtype, or a target is one that the outputs can't reach
   * @throws OptionError if an option is invalid, a schedule function returns NaN, or a listener returns a promise
   * @throws OutOfMemoryError if the data or the training don't fit into memory
   * @throws NotFiniteError if an epoch ends with numbers that are not finite: the network keeps the parameters of the
   * epoch before
   * @throws BusyError if the network is already being trained
   * @throws DisposedError if the network was disposed of
   * @throws what `onEpoch`, `schedule` and `checkpoint.save` throw
   */
  fit(x: XLike, y: MatrixLike, options?: FitOptions): History;
  fit(x: XLike | RowStream, y?: MatrixLike | StreamOptions, options?: FitOptions): History {
    if (isStream(x, y)) {
      checkNoMore("fit", [options]);
      const resolved = resolveStreamOptions(optional(y as StreamOptions), false);
      return finish(trainOnStream(this.#state, x, resolved, courseAtOnce(resolved)));
    }
    return this.#fit(x as XLike, y as MatrixLike, resolveFitOptions(optional(options), FIT_NAMES));
  }

  #fit(x: XLike, y: MatrixLike, resolved: ResolvedFitOptions): History {
    return finish(trainOnMatrices(this.#state, x, y, resolved, courseAtOnce(resolved)));
  }

  /**
   * Takes one step on all rows at once, in the order given: online learning. The step counts as an epoch. Returns the
   * error E from before the step.
   *
   * @throws what `fit` throws
   */
  partialFit(
    x: XLike,
    y: MatrixLike,
    options?: Pick<FitOptions, "sampleWeights" | "allowNegativeWeights" | "classWeights" | "schedule">,
  ): number {
    const names = ["sampleWeights", "allowNegativeWeights", "classWeights", "schedule"] as const;
    const read = readNames("options", optional(options), names);
    const resolved = resolveFitOptions({ ...read, epochs: 1, batchSize: 2 ** 31, shuffle: false }, FIT_NAMES);
    return this.#fit(x, y, { ...resolved, warns: false }).loss[0]!;
  }

  /**
   * Trains on a stream of rows, which may be async: its promises are waited for.
   *
   * @throws what `fit` throws
   * @throws OptionError if `worker` is true: streams are read in this thread, and it trains
   */
  fitAsync(stream: AsyncRowStream, options?: StreamAsyncOptions): Promise<History>;
  /**
   * Trains like `fit`, but yields to the event loop every few milliseconds, also while it reads and evaluates data.
   * With `worker: true` it trains in a worker. The bits are those of `fit`. A single step is never divided. Large x and
   * y are read over several turns of the event loop, so don't change them before the first epoch has ended.
   *
   * @throws what `fit` throws
   * @throws `signal.reason` if the signal is aborted: the network keeps its finished epochs
   * @throws EngineError if a worker ends before its training does, or if this entry has no workers
   * @throws DisposedError if `dispose` is called meanwhile
   */
  fitAsync(x: XLike, y: MatrixLike, options?: FitAsyncOptions): Promise<History>;
  async fitAsync(
    x: XLike | AsyncRowStream,
    y?: MatrixLike | StreamAsyncOptions,
    options?: FitAsyncOptions,
    more?: never,
  ): Promise<History> {
    checkNoMore("fitAsync", [more]); // it rejects
    const slice = new Slice();
    if (isStream(x, y)) {
      checkNoMore("fitAsync", [options]);
      const resolved = resolveStreamOptions(optional(y as StreamAsyncOptions), true);
      if (resolved.worker) throw new OptionError("worker is true; a stream is read in this thread, which trains on it");
      const course = courseOf(resolved, slice);
      return finishAsync(trainOnStream(this.#state, x, resolved, course), course);
    }
    const resolved = resolveFitOptions(optional(options), FIT_ASYNC_NAMES);
    const { trainInWorker } = this.constructor as unknown as NetworkClass<BaseNetwork>;
    if (resolved.worker && trainInWorker === undefined) {
      throw new EngineError('worker is true; this entry has no workers: import Network from "bitgrad/worker"');
    }
    const course = courseOf(resolved, slice);
    const data = [this.#state, x as XLike, y as MatrixLike, resolved, course] as const;
    return finishAsync(resolved.worker ? trainInWorker!(this.#load, ...data) : trainOnMatrices(...data), course);
  }

  /**
   * Predicts the outputs for x. If `out` is given, they are written to it, row-major. Otherwise the result has the form
   * of x: rows for rows, and a typed matrix of the network's dtype for a typed matrix. With `out` and a typed matrix of
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
   * @throws ShapeError if x doesn't have `inputs` columns, or `out` has the wrong type or length
   * @throws DataError if a number in x is not finite in the network's dtype
   */
  predict(x: Rows | readonly (number | boolean)[]): number[][];
  /** The outputs for a typed matrix, rows × inputs: a typed matrix of the network's dtype, rows × outputs. */
  predict(x: TypedMatrixLike | NumberArray | CompressedMatrix): TypedMatrix<Float32Array | Float64Array>;
  /** The outputs for x in any form: rows for rows, else a typed matrix. */
  predict(x: XLike): number[][] | TypedMatrix<Float32Array | Float64Array>;
  /** Writes the outputs, rows × outputs numbers, row-major, to `out` and returns it. */
  predict<T extends FloatArray>(x: XLike, out: T): T;
  predict(x: XLike, out?: FloatArray): number[][] | TypedMatrix | FloatArray {
    this.#state.checkAlive("predict");
    const compressed = compressedX(this.#state.options, x);
    const source = compressed
      ? settled(compressed, this.#state.options.dtype)
      : this.#samples.of(x as MatrixLike).settled();
    const columns = this.#outputs;
    const { dtype } = this.#state.options; // the getter would take longer: it checks for proxies
    const length = source.rows * columns;
    if (out !== undefined) checkOut(out, dtype, length);
    const outputs = out ?? floatArray(dtype, length);
    this.#state.checkAlive("predict"); // a getter in x may have disposed of the network
    this.#model.predict(source, outputs);
    this.#samples.release();
    if (out !== undefined) return out;
    const typed = compressed !== undefined || source === this.#samples;
    return typed ? { data: outputs, shape: [source.rows, columns] } : toRows(outputs, columns);
  }

  /**
   * Computes the error over x and y, and the metrics that are asked for, without training.
   *
   * @throws ShapeError if x or y has the wrong number of columns, or they have different numbers of rows
   * @throws DataError if a number is not finite in the network's dtype, or a target is one that the outputs can't reach
   * @throws OptionError if a metric is unknown or named twice
   */
  evaluate<const M extends Metric = never>(
    x: XLike,
    y: MatrixLike,
    options?: { readonly metrics?: readonly M[] },
  ): Evaluation & Record<MetricKey<M>, number> {
    this.#state.checkAlive("evaluate");
    const { metrics: names = [] } = readNames("options", optional(options), ["metrics"]);
    const metrics = checkMetrics("metrics", names);
    const sample = settledSample(this.#state.options, x, y);
    this.#state.checkAlive("evaluate"); // a getter in the data may have disposed of the network
    checkMetricsFit("metrics", metrics, this.#outputs, sample.multiLabel === false);
    const { loss, metrics: found } = atOnce(evaluating(this.#model, this.#state.loss, sample, metrics));
    return { loss, ...found } as Evaluation & Record<MetricKey<M>, number>;
  }

  /** `evaluate` for rows whose numbers were checked already. */
  *#evaluating(...[x, y, metrics, slice]: EvaluatedData): Generator<undefined, Scores> {
    const sample = toSample(this.#state.options, [x, y]);
    const portion = new Portion(slice, this.parameterCount);
    const isTime = (work: number) => slice.isOver(work);
    const { loss, metrics: found } = yield* evaluating(this.#model, this.#state.loss, sample, metrics, portion, isTime);
    return { loss, ...found };
  }

  /**
   * Sets whether training changes a layer, counted from 0.
   *
   * @throws OptionError if there is no such layer
   * @throws BusyError if the network is being trained
   */
  setTrainable(layer: number, trainable: boolean): void {
    this.#state.checkChangeable("setTrainable can't run");
    checkWhole("layer", layer, 0, this.layers.length - 1);
    checkFlag("trainable", trainable);
    const { trainable: _, ...options } = this.layers[layer]!;
    const changed = Object.freeze(trainable ? options : { ...options, trainable });
    this.#state.layers = Object.freeze(this.layers.map((other, n) => (n === layer ? changed : other)));
    this.#model.setTrainable(layer, trainable);
  }

  /** Returns copies of all parameters, layer by layer. During a training they are those after its latest step. */
  getParameters(): LayerParameters[] {
    this.#state.checkAlive("getParameters");
    return splitParameters(this.#model.getParameters(), this.#state.options);
  }

  /**
   * Replaces all parameters. They must have the network's shapes and be finite in its dtype; all are checked before any
   * is changed. The optimizer keeps its state, such as adam's moments; `resetOptimizer` clears it. After this, a
   * training that was loaded from a checkpoint can't be resumed.
   *
   * @throws ShapeError if there are more or fewer layers, or arrays of other lengths
   * @throws DataError if a number is not finite in the network's dtype
   * @throws BusyError if the network is being trained
   */
  setParameters(layers: readonly { weights: ArrayLike<number>; biases: ArrayLike<number> }[]): void {
    this.#state.checkChangeable("setParameters can't run");
    const parameters = readParameters(layers, this.#state.options, this.dtype, this.parameterCount);
    this.#state.checkChangeable("setParameters can't run"); // getters in `layers` may have changed this
    this.#state.forgetInterrupted(); // else taking back its unfinished epoch would undo the new parameters
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
    this.#state.checkChangeable("resetOptimizer can't run");
    this.#state.forgetInterrupted();
    const { values } = atOnce(this.#model.copyState());
    this.#model.setState({ values: values.fill(0, this.parameterCount), steps: 0, momentumProduct: 1 });
  }

  /**
   * Returns the SHA-256, in hex, of all parameters as little-endian bytes: each layer's weights (row-major), then its
   * biases.
   */
  digest(): string {
    this.#state.checkAlive("digest");
    return digest(littleEndian(quietNaN(this.#model.getParameters())));
  }

  /**
   * Returns the network as plain JSON, for `fromJSON` here or on another platform; `JSON.stringify(net)` calls it.
   * During a training it is the network after the last finished epoch. `fromJSON` detects any damage by SHA-256.
   *
   * @throws OutOfMemoryError if the text would be longer than a string can be, from about 94 million f32 parameters on;
   * `save` has no such limit
   */
  toJSON(): SavedNetwork {
    this.#state.checkAlive("toJSON");
    checkTextSize(this.#state.options);
    return save(atOnce(this.#state.savedWhole()));
  }

  /**
   * Returns the network as a safetensors file with a SHA-256, for `load` here or on another platform. During a training
   * the file is a checkpoint: it also has the position in the epoch and the history so far.
   *
   * @throws OutOfMemoryError if the file does not fit into one array; `saveChunks` returns it in several
   */
  save(): Uint8Array<ArrayBuffer> {
    this.#state.checkAlive("save");
    return writeFile(atOnce(this.#state.saved()));
  }

  /**
   * Returns the file of `save` in chunks of 16 MiB, for streams and for files too long for one array or one write.
   * Later changes of the network don't change the chunks. Some chunks may share memory with each other.
   *
   * @example
   * ```ts
   * await pipeline(Readable.from(net.saveChunks()), createWriteStream("large.safetensors"));
   * const blob = new Blob(net.saveChunks());
   * ```
   */
  saveChunks(): Uint8Array<ArrayBuffer>[] {
    this.#state.checkAlive("saveChunks");
    return writeFileChunks(atOnce(this.#state.saved()));
  }

  /**
   * Frees the network's memory. Every later call except `dispose` throws a DisposedError. If the network is being
   * trained, that training is ended first.
   */
  dispose(): void {
    this.#state.dispose();
  }

  // Older platforms have no Symbol.dispose: there the method is called "undefined", and takeProxies adds the right one.
  // A symbol in a constant would keep bundlers from dropping this class where it isn't used.
  /** What `using` calls: `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** "Network", in the objects' default descriptions. */
  get [Symbol.toStringTag](): string {
    return "Network";
  }

  /** A description in one line; Node, Deno and Bun print it for `console.log(net)`. */
  toString(): string {
    const layers = this.layers.map(({ units, activation }) => `${units} ${activation}`);
    const { dtype, epochs, engine, parameterCount: parameters } = this;
    const { disposed, stop } = this.#state;
    const state = disposed ? ", disposed" : stop !== undefined ? ", in training" : "";
    const shape = [this.inputs, ...shorten(layers, SHOWN_LAYERS)].join(" → ");
    return `Network { layers: ${shape}, parameters: ${parameters}, dtype: ${dtype}, epochs: ${epochs}, engine: ${engine}${state} }`;
  }
}

/** A class of networks: `Network` of an entry, or a class that extends it. */
export interface NetworkClass<T extends BaseNetwork> {
  /** What its static functions make. */
  readonly prototype: T;
  /** @internal */
  engines(): Engines;
  /** @internal */
  readonly trainInWorker?: TrainInWorker;
}

/** What a network is made of: its options, and its former state if it was saved. */
interface Plan {
  readonly options: ResolvedNetworkOptions;
  readonly saved?: Saved;
}

function planOf(saved: Saved): Plan {
  return { options: saved.options, saved };
}

function parametersOf({ options: { inputs, layers } }: Plan): number {
  return countParameters(inputs, layers);
}
