// A network apart from its making, training and predicting: what it is, its parameters, how it is saved. The class
// Network extends it.

import { nameOf } from "../catalog/layers.ts";
import { checkFlag, optional, readNames } from "../checks.ts";
import type { Encoders } from "../data/saved-encoders.ts";
import type { EngineName, Model, Threads } from "../engine/engine.ts";
import type { Found } from "../engine/engines.ts";
import { type DType, last } from "../numbers.ts";
import { checkKey, shorten, takeProxies } from "../objects.ts";
import type { ResolvedLayer } from "../options/layer.ts";
import { atOnce } from "../rows.ts";
import { littleEndian, quietNaN } from "../saving/bytes.ts";
import { weightsOnly, writeFile, writeFileChunks } from "../saving/file.ts";
import { checkTextSize, type SavedNetwork, save } from "../saving/json.ts";
import { digest } from "../saving/sha256.ts";
import type { Saved } from "../saving/state.ts";
import type { NetworkState } from "./network-state.ts";
import { type GivenParameters, type LayerParameters, readParameters, splitParameters } from "./parameters.ts";

const SHOWN_LAYERS = 8;
const NO_ENCODERS: Encoders = /* @__PURE__ */ Object.freeze({});

/** What a file of a network has. */
export interface SaveOptions {
  /** Whether it has the parameters alone, without what a training goes on from; default false. */
  readonly weightsOnly?: boolean;
}

/** What a network is, and how it is saved; a Network also trains and predicts. */
export abstract class SavableNetwork {
  readonly #state: NetworkState;
  /** Which engine computes: "wasm" or "reference". */
  readonly engine: EngineName;
  readonly #engineReason: string | undefined;
  readonly #threads: Threads;

  /** @internal */
  protected constructor(key: unknown, found: Found, state: NetworkState) {
    checkKey(key, "Network", "await Network.create(…), or Network.createSync(…)");
    const { engine, reason, engineReason } = found;
    this.engine = engine.name;
    this.#engineReason = engineReason;
    this.#threads = engine.threads ?? (reason === undefined ? { count: 1 } : { count: 1, reason });
    this.#state = state;
    const isOne = (value: object): value is SavableNetwork => #state in value;
    takeProxies({ name: "Network", prototype: SavableNetwork.prototype, isOne });
  }

  get #model(): Model {
    return this.#state.model;
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
    return last(this.#state.options.layers).units;
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

  /** Returns copies of all parameters, layer by layer. During a training they are those after its latest step. */
  getParameters(): LayerParameters[] {
    this.#state.checkAlive("getParameters");
    return splitParameters(this.#model.getParameters(), this.#state.options);
  }

  /**
   * Replaces all parameters. They must have the network's shapes and be finite in its dtype; all are checked before any
   * is changed. `{ data, shape }` is taken only with the shape inputs × units of the weights; so a transposed matrix is
   * refused, unless it is square. The optimizer keeps its state, such as adam's moments; `resetOptimizer` clears it.
   * After this, a training that was loaded from a checkpoint can't be resumed.
   *
   * @throws ShapeError if there are more or fewer layers, or arrays of other lengths or shapes
   * @throws DataError if a number is not finite in the network's dtype
   * @throws BusyError if the network is being trained
   */
  setParameters(layers: readonly GivenParameters[]): void {
    this.#state.checkChangeable("setParameters can't run");
    const parameters = readParameters(layers, this.#state.options, this.dtype, this.parameterCount);
    this.#state.checkChangeable("setParameters can't run"); // getters in `layers` may have changed this
    this.#state.forgetInterrupted(); // else taking back its unfinished epoch would undo the new parameters
    this.#model.setParameters(parameters);
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
   * @param options - `weightsOnly`: without what a training goes on from, such as adam's moments, which are twice as
   * many numbers as the parameters; the network is that after the last finished epoch. Default false.
   * @throws OutOfMemoryError if the file does not fit into one array; `saveChunks` returns it in several
   */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    this.#state.checkAlive("save");
    return writeFile(this.#contents(options));
  }

  #contents(options: SaveOptions | undefined): Saved {
    const { weightsOnly: only = false } = readNames("options", optional(options), ["weightsOnly"]);
    this.#state.checkAlive("save"); // a getter in the options may have disposed of the network
    if (!checkFlag("weightsOnly", only)) return atOnce(this.#state.saved());
    return weightsOnly(atOnce(this.#state.savedWhole()));
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
  saveChunks(options?: SaveOptions): Uint8Array<ArrayBuffer>[] {
    this.#state.checkAlive("saveChunks");
    return writeFileChunks(this.#contents(options));
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
    const layers = this.layers.map(nameOf);
    const { dtype, epochs, engine, parameterCount: parameters } = this;
    const { disposed, stop } = this.#state;
    const state = disposed ? ", disposed" : stop !== undefined ? ", in training" : "";
    const shape = [this.inputs, ...shorten(layers, SHOWN_LAYERS)].join(" → ");
    return `Network { layers: ${shape}, parameters: ${parameters}, dtype: ${dtype}, epochs: ${epochs}, engine: ${engine}${state} }`;
  }
}
