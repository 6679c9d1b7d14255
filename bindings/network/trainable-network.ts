// The training of a network. The class Network extends it.

import { checkAmount, checkFlag, checkNoMore, checkWhole, optional, readNames } from "../checks.ts";
import type { MatrixLike, XLike } from "../data/matrix.ts";
import { type AsyncRowStream, isStream, type RowStream } from "../data/stream.ts";
import type { Found } from "../engine/engines.ts";
import { EngineError, OptionError } from "../errors.ts";
import { takeProxies } from "../objects.ts";
import {
  FIT_ASYNC_NAMES,
  FIT_NAMES,
  type FitAsyncOptions,
  type FitOptions,
  type ResolvedFitOptions,
  resolveFitOptions,
} from "../options/fit.ts";
import { resolveStreamOptions, type StreamAsyncOptions, type StreamOptions } from "../options/stream.ts";
import { atOnce } from "../rows.ts";
import { courseAtOnce, courseOf, finish, finishAsync } from "./course.ts";
import type { History } from "./history.ts";
import type { NetworkState } from "./network-state.ts";
import { SavableNetwork } from "./savable-network.ts";
import { Slice } from "./slices.ts";
import { trainOnMatrices } from "./train.ts";
import { trainOnStream } from "./train-on-stream.ts";
import type { JobEngine, TrainInWorker } from "./trainer.ts";

/** What trains a network; a Network also predicts. */
export abstract class TrainableNetwork extends SavableNetwork {
  readonly #state: NetworkState;
  readonly #load: JobEngine; // in a worker

  /** @internal */
  protected constructor(key: unknown, found: Found, state: NetworkState) {
    super(key, found, state);
    const { engine, workerUrl } = found;
    // the module for threads needs a count of 2 or more, even if its workers have died
    const threads = engine.threads === undefined ? 1 : Math.max(2, engine.threads.count);
    const wasm = engine.module && { module: engine.module, threads };
    this.#load = { engine: engine.name, ...wasm, ...(workerUrl !== undefined && { workerUrl }) };
    this.#state = state;
    const isOne = (value: object): value is TrainableNetwork => #state in value;
    takeProxies({ name: "Network", prototype: TrainableNetwork.prototype, isOne });
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
      if (resolved.worker) {
        throw new OptionError(
          "worker is true; a stream is read in this thread, which trains on it. Without it, fitAsync gives the event " +
            "loop its turns; in a worker of your own, fit can read the stream there",
        );
      }
      const course = courseOf(resolved, slice);
      return finishAsync(trainOnStream(this.#state, x, resolved, course), course);
    }
    const resolved = resolveFitOptions(optional(options), FIT_ASYNC_NAMES);
    const { trainInWorker } = this.constructor as unknown as { readonly trainInWorker?: TrainInWorker };
    if (resolved.worker && trainInWorker === undefined) {
      throw new EngineError('worker is true; this entry has no workers: import Network from "bitgrad/worker"');
    }
    const course = courseOf(resolved, slice);
    const data = [this.#state, x as XLike, y as MatrixLike, resolved, course] as const;
    return finishAsync(resolved.worker ? trainInWorker!(this.#load, ...data) : trainOnMatrices(...data), course);
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
    this.#state.model.setTrainable(layer, trainable);
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
    const { model } = this.#state;
    const { values } = atOnce(model.copyState());
    model.setState({ values: values.fill(0, this.parameterCount), steps: 0, momentumProduct: 1 });
  }
}
