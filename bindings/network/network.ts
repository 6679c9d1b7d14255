// The public network: how it is made, and what it answers. trainable-network.ts has its training, stepped-network.ts
// its gradients and steps one by one, savable-network.ts what it is and how it is saved.

import type { FloatArray, NumberArray } from "../arrays.ts";
import { countParameters } from "../catalog/layers.ts";
import { checkNoMore, hasOwn, optional, readNames } from "../checks.ts";
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
import { checkMetrics, type Metric, type MetricKey } from "../data/metrics.ts";
import type { Table } from "../data/table.ts";
import type { Model } from "../engine/engine.ts";
import { type EngineOptions, type Engines, enginesOf, type Found } from "../engine/engines.ts";
import { floatArray, last, whenCollected } from "../numbers.ts";
import { endow, isInstance, KEY } from "../objects.ts";
import { readEngineOptions } from "../options/engine.ts";
import {
  type NetworkOptions,
  type ResolvedNetworkOptions,
  readNetworkOptions,
  resolveNetworkOptions,
} from "../options/network.ts";
import { atOnce } from "../rows.ts";
import { readFile } from "../saving/file.ts";
import { load, type SavedNetwork } from "../saving/json.ts";
import { type FileBytes, Pieces, piecesOf, piecesOfAny } from "../saving/pieces.ts";
import type { Saved } from "../saving/state.ts";
import { finishAsync } from "./course.ts";
import {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type EvaluatedData,
  type Scores,
} from "./cross-validation.ts";
import { evaluating } from "./evaluate.ts";
import { NetworkState } from "./network-state.ts";
import { initialize, readParameters } from "./parameters.ts";
import { checkSampleMetrics, compressedX, rowWeights, settledSample, toSample, xSource } from "./samples.ts";
import { Portion } from "./slices.ts";
import { SteppedNetwork } from "./stepped-network.ts";
import type { TrainInWorker } from "./trainer.ts";

/** What `evaluate` returns, beside the metrics. */
export interface Evaluation {
  /** The error E over all rows. */
  readonly loss: number;
}

/** A file that `save` returned: a buffer, a view of one, or an iterable of these, which are its consecutive pieces. */
export type NetworkFile = FileBytes | Iterable<FileBytes>;

/** What a network is made of: its options, and its former state if it was saved. */
interface Plan {
  readonly options: ResolvedNetworkOptions;
  readonly saved?: Saved;
  /** To start with. */
  readonly parameters?: FloatArray | undefined;
}

/**
 * A multi-layer perceptron: a network of dense and other layers that is trained by gradient descent, with the same bits
 * on every platform. The entry that it is imported from decides what computes. "bitgrad" has WebAssembly and the
 * reference engine; "bitgrad/worker" can also train in a worker, and "bitgrad/threads" in several threads;
 * "bitgrad/reference" has no WebAssembly.
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
export class BaseNetwork extends SteppedNetwork {
  readonly #state: NetworkState;
  readonly #samples: MatrixSource; // what predict is given
  readonly #outputs: number;

  /** Networks are made by `create`, `createSync`, `load`, `loadSync`, `fromJSON` and `fromJSONSync`. */
  protected constructor(...parts: never[]);
  protected constructor(key: unknown, found: Found, state: NetworkState) {
    super(key, found, state);
    this.#state = state;
    this.#samples = xSource(state.options);
    this.#outputs = last(state.options.layers).units;
    const identity = Symbol("a Network is copied and sent by save() and load(), or toJSON() and fromJSON()");
    const isOne = (value: object): value is BaseNetwork => #state in value;
    endow(this, { name: "Network", prototype: BaseNetwork.prototype, isOne }, identity);
  }

  /**
   * @internal Whether it is one of any entry or copy of this library; a user's subclass has no `engines` of its own.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, hasOwn(this, "engines"), "Network", value);
  }

  get #model(): Model {
    return this.#state.model;
  }

  /** A network on the engine that was found: as it was saved, or with its initial weights. */
  static #make<T extends BaseNetwork>(type: NetworkClass<T>, found: Found, { options, saved, parameters }: Plan): T {
    const create = type as unknown as new (...parts: [key: symbol, Found, NetworkState]) => T;
    const state = NetworkState.of(found, options);
    const network = new create(KEY, found, state);
    if (saved !== undefined) state.take(saved);
    else if (parameters !== undefined) state.model.setParameters(parameters);
    else initialize(state.model, options, found.engine.kernels);
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
   * Creates a network with seeded initial weights and zero biases, or with the parameters that are given. Compiles
   * WebAssembly off the calling thread.
   *
   * @throws ShapeError if `parameters` don't fit the layers
   * @throws DataError if `parameters` are not finite in the network's dtype
   * @throws OptionError if an option is unknown, missing, of the wrong type or out of range
   * @throws OutOfMemoryError if the network does not fit into memory
   * @throws EngineError if the engine that was asked for can't run here
   */
  static async create<T extends BaseNetwork>(this: NetworkClass<T>, given: NetworkOptions, ...more: []): Promise<T> {
    checkNoMore("create", more);
    const options = readNetworkOptions(given);
    return BaseNetwork.#begin(this, options, newPlan(options));
  }

  /**
   * `create` without a promise. Old browsers refuse to compile this much on a page's main thread.
   *
   * @throws what `create` throws
   */
  static createSync<T extends BaseNetwork>(this: NetworkClass<T>, given: NetworkOptions, ...more: []): T {
    checkNoMore("createSync", more);
    const options = readNetworkOptions(given);
    return BaseNetwork.#beginSync(this, options, newPlan(options));
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
   * checkpoint. The file is an ArrayBuffer, a view of one, a Blob, a Response, or an iterable or stream of consecutive
   * pieces.
   *
   * @example
   * ```ts
   * const net = await Network.load(await fetch("model.safetensors"));
   * const large = await Network.load(createReadStream("large.safetensors"));
   * ```
   * @throws FormatError if the file is damaged, of another kind or of a newer version
   */
  static async load<T extends BaseNetwork>(
    this: NetworkClass<T>,
    file: NetworkFile | AsyncIterable<FileBytes> | { arrayBuffer(): Promise<ArrayBuffer> },
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
  static async crossValidate<T extends BaseNetwork, const M extends Metric = never>(
    this: NetworkClass<T>,
    options: NetworkOptions,
    x: XLike | Table,
    y: MatrixLike | Table,
    given: CrossValidationOptions<M> = {},
    ...more: []
  ): Promise<CrossValidation<Scores & Record<MetricKey<M>, number>>> {
    checkNoMore("crossValidate", more);
    const known = readNetworkOptions(options);
    const resolved = resolveNetworkOptions(known);
    const create = (changed: object) => (BaseNetwork.create<T>).call(this, { ...known, ...changed });
    const evaluate = (network: T, ...data: EvaluatedData) => network.#evaluating(...data);
    const found: CrossValidation = await crossValidate({ create, evaluate }, resolved, x, y, given);
    return found as CrossValidation<Scores & Record<MetricKey<M>, number>>;
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
   * Computes the error over x and y, and the metrics that are asked for, without training. With `sampleWeights`, a
   * weight of 0 or more for each row, the error is that of a training with these weights, and the metrics are weighted
   * as scikit-learn's are.
   *
   * @throws ShapeError if x or y has the wrong number of columns, or they have different numbers of rows
   * @throws DataError if a number is not finite in the network's dtype, or a target is one that the outputs can't reach
   * @throws OptionError if a metric is unknown or named twice
   * @throws ShapeError if there are more or fewer weights than rows
   * @throws DataError if a weight is negative or not finite, or all are 0
   */
  evaluate<const M extends Metric = never>(
    x: XLike,
    y: MatrixLike,
    options?: { readonly metrics?: readonly M[]; readonly sampleWeights?: ArrayLike<number> },
  ): Evaluation & Record<MetricKey<M>, number> {
    this.#state.checkAlive("evaluate");
    const { metrics: names = [], sampleWeights } = readNames("options", optional(options), [
      "metrics",
      "sampleWeights",
    ]);
    const metrics = checkMetrics("metrics", names);
    const sample = settledSample(this.#state.options, x, y);
    const weights = sampleWeights && rowWeights(this.#state.options, sample.labels, sampleWeights);
    this.#state.checkAlive("evaluate"); // a getter in the data may have disposed of the network
    checkSampleMetrics(metrics, sample, this.#state.options.dtype);
    const { loss, metrics: found } = atOnce(
      evaluating(this.#model, this.#state.loss, sample, metrics, undefined, undefined, weights),
    );
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

function newPlan(given: NetworkOptions): Plan {
  const options = resolveNetworkOptions(given);
  const { parameters } = given;
  if (parameters === undefined) return { options };
  const count = countParameters(options.inputs, options.layers);
  return { options, parameters: readParameters(parameters, options, options.dtype, count) };
}

function planOf(saved: Saved): Plan {
  return { options: saved.options, saved };
}

function parametersOf({ options: { inputs, layers } }: Plan): number {
  return countParameters(inputs, layers);
}
