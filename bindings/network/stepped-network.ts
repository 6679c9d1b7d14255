// A network that its user trains step by step: gradients of a batch, or of an error of one's own, and the optimizer's
// step by them. The class Network extends it.

import { lossOf } from "../catalog/losses.ts";
import { optional } from "../checks.ts";
import type { MatrixLike, XLike } from "../data/matrix.ts";
import type { Found } from "../engine/engines.ts";
import { NotFiniteError } from "../errors.ts";
import { takeProxies } from "../objects.ts";
import { atOnce } from "../rows.ts";
import {
  arraysOf,
  type Backward,
  type BackwardOptions,
  type GradientCall,
  type GradientOptions,
  type Gradients,
  gradientError,
  layersOf,
  type ParameterPlace,
  placesOf,
  readApplied,
  readBackward,
  readGradients,
  readRate,
} from "./gradients.ts";
import type { NetworkState } from "./network-state.ts";
import type { GivenParameters } from "./parameters.ts";
import { type Readers, readersOf } from "./samples.ts";
import { TrainableNetwork } from "./trainable-network.ts";

/** A network with steps of one's own; a Network also trains and predicts. */
export abstract class SteppedNetwork extends TrainableNetwork {
  readonly #state: NetworkState;
  readonly #places: readonly ParameterPlace[];
  #readers: Readers | undefined; // of x and y, for the next call

  /** @internal */
  protected constructor(key: unknown, found: Found, state: NetworkState) {
    super(key, found, state);
    this.#state = state;
    this.#places = placesOf(state.options);
    const isOne = (value: object): value is SteppedNetwork => #state in value;
    takeProxies({ name: "Network", prototype: SteppedNetwork.prototype, isOne });
  }

  /**
   * Computes the gradients of the error E over x and y with respect to all parameters, and with respect to x if that is
   * asked for. The network is not changed. These are the gradients that a step of `fit` on these rows computes, before
   * penalties and clipping, which `apply` adds.
   *
   * @example
   * ```ts
   * const { loss, gradients } = net.gradients(x, y);
   * net.apply(gradients); // the bits of net.fit(x, y, { epochs: 1, batchSize: rows, shuffle: false })
   * ```
   * @throws ShapeError if x or y has the wrong number of columns, they have different numbers of rows, or an array of
   * `out` has the wrong type or length
   * @throws DataError if a number is not finite in the network's dtype, or a target is one that the outputs can't reach
   * @throws OptionError if an option is invalid
   * @throws NotFiniteError if E or a gradient is not finite; nothing is written then
   * @throws BusyError if the network is being trained
   */
  gradients(x: XLike, y: MatrixLike, options?: GradientOptions): Gradients {
    const state = this.#state;
    state.checkChangeable("gradients can't run");
    const readers = this.#readers ?? readersOf(state.options);
    this.#readers = undefined; // code of the caller's, which may run now, may ask for gradients, too
    const call = readGradients(state.options, state.epochs, x, y, optional(options), this.#places, readers);
    const found = this.#compute(call, "gradients can't run") as Gradients;
    readers.x.release();
    readers.y.release();
    this.#readers = readers;
    return found;
  }

  /**
   * Computes the gradients of an error of your own. `upstream` is its derivative ∂E/∂a with respect to each output,
   * rows × outputs; the network's own loss takes no part. The network is not changed.
   *
   * The pass is that of a training: batch normalizations take the mean and variance of these rows. With one, `outputs`
   * of a first call gives the outputs that the error is computed of, which are not those of `predict`.
   *
   * @example
   * ```ts
   * const outputs = net.predict(x); // of a network with one output
   * const upstream = outputs.map(([a], s) => [2 * (a! - y[s]![0]!)]); // E = Σ (a − y)²
   * net.apply(net.backward(x, upstream).gradients);
   * ```
   * @throws what `gradients` throws
   */
  backward(x: XLike, upstream: MatrixLike, options?: BackwardOptions): Backward {
    const state = this.#state;
    state.checkChangeable("backward can't run");
    const call = readBackward(state.options, state.epochs, x, upstream, optional(options), this.#places);
    return this.#compute(call, "backward can't run");
  }

  #compute(call: GradientCall, refusal: string): Backward {
    const state = this.#state;
    const { batch } = call;
    state.checkChangeable(refusal); // getters in the arguments may have changed this
    const out = arraysOf(call, state.options, this.#places);
    const sum = state.model.gradients(batch, out);
    if (sum === undefined) {
      const helps = "x, y and parameters of some −1 to 1 may help";
      throw new NotFiniteError(`the error or a gradient is not finite; nothing was written (${helps})`, 1, []);
    }
    const gradients = layersOf(out.parameters, state.options, this.#places);
    const found: { -readonly [key in keyof Gradients]?: Gradients[key] } & Pick<Backward, "gradients"> =
      batch.isUpstream ? { gradients } : { loss: lossOf(state.loss, sum, batch.x.rows, batch.y.columns), gradients };
    if (out.x !== undefined) found.inputGradient = out.x;
    if (out.outputs !== undefined) found.outputs = out.outputs;
    return found;
  }

  /**
   * Takes one step of the network's optimizer by gradients in the form of `getParameters`: penalties of the layers are
   * added to them, they are clipped, and all trainable layers step. `gradients` themselves are not changed. A step is
   * no epoch: `epochs` stays. After an error nothing is changed. After this, a training that was loaded from a
   * checkpoint can't be resumed.
   *
   * `learningRate` is that of this step; default: the network's. Rates of a schedule are what
   * `Operations.learningRates` returns.
   *
   * @throws ShapeError if there are more or fewer layers, or arrays of other lengths
   * @throws DataError if a gradient is not finite in the network's dtype
   * @throws OptionError if the learning rate is invalid
   * @throws NotFiniteError if the step would leave numbers that are not finite
   * @throws BusyError if the network is being trained
   */
  apply(gradients: readonly GivenParameters[], options?: { readonly learningRate?: number }): void {
    const state = this.#state;
    state.checkChangeable("apply can't run");
    const rate = options === undefined ? undefined : readRate(options, state.options.dtype);
    const arrays = readApplied(gradients, state.options, this.#places);
    state.checkChangeable("apply can't run"); // getters in `gradients` may have changed this
    const before = state.interrupted && atOnce(state.standing());
    state.forgetInterrupted();
    const status = state.model.apply(arrays, rate ?? state.learningRate);
    if (status === "done") return;
    if (before !== undefined) state.take(before);
    if (status === "bad-data") throw gradientError(arrays, this.#places);
    const helps = "a smaller learningRate, or clipValue, may help";
    throw new NotFiniteError(`the step leaves the finite numbers; nothing was changed (${helps})`, 1, []);
  }
}
