// The state of a network: its options, its model, how far it is trained, and the training that is under way.

import type { Loss, Model, ModelState, Training } from "../engine/engine.ts";
import type { Found } from "../engine/engines.ts";
import { BusyError, DisposedError } from "../errors.ts";
import type { ResolvedLayer } from "../options/layer.ts";
import { engineLoss } from "../options/loss.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import { engineOptimizer } from "../options/optimizer.ts";
import type { Plateau } from "../options/plateau.ts";
import type { IsTime } from "../rows.ts";
import type { Run, Saved, Standing } from "../saving/state.ts";
import type { Stop } from "./stop.ts";

/** A training under way, as its network sees it. */
interface Underway {
  readonly training: Training;
  readonly plateau: Plateau | undefined;
  run(isTime?: IsTime): Generator<undefined, Run>;
}

export class NetworkState {
  readonly options: ResolvedNetworkOptions;
  readonly loss: Loss;
  /** Of every training. */
  readonly warnings: readonly string[];
  layers: readonly ResolvedLayer[];
  learningRate: number;
  /** Finished before the training that is under way. */
  epochsBefore = 0;
  /** The training that was interrupted before the network was loaded. */
  interrupted: Run | undefined;
  plateau: Plateau | undefined;
  /** The training that is under way, from its first step on. */
  session: Underway | undefined;
  /** Of the training that has the network, from its first check on. */
  stop: Stop | undefined;
  disposed = false;
  readonly #model: Model;
  /** What a worker reported, and is not in the model yet: most reports are replaced before anyone asks for it. */
  #reported: ModelState | undefined;

  constructor(options: ResolvedNetworkOptions, model: Model, warnings: readonly string[]) {
    this.options = options;
    this.#model = model;
    this.loss = engineLoss(options.loss);
    this.warnings = warnings;
    this.layers = options.layers;
    this.learningRate = options.optimizer.learningRate;
  }

  /** Of a new network, whose parameters are 0. */
  static of({ engine, warnings = [] }: Found, options: ResolvedNetworkOptions): NetworkState {
    const { layers, loss, optimizer } = options;
    const model = engine.createModel({ ...options, loss: engineLoss(loss), optimizer: engineOptimizer(optimizer) });
    layers.forEach(({ trainable = true }, l) => {
      if (!trainable) model.setTrainable(l, false); // only where needed: each call visits all layers
    });
    return new NetworkState(options, model, warnings);
  }

  get model(): Model {
    if (this.#reported !== undefined && !this.disposed) {
      this.#model.setState(this.#reported);
      this.#reported = undefined;
    }
    return this.#model;
  }

  /** How many epochs the network has finished. */
  get epochs(): number {
    return this.epochsBefore + (this.session?.training.finishedEpochs ?? 0);
  }

  checkAlive(call: string): void {
    if (this.disposed) throw new DisposedError(`${call} can't run: the network was disposed`);
  }

  checkChangeable(refusal: string): void {
    if (this.disposed) throw new DisposedError(`${refusal}: the network was disposed`);
    if (this.stop !== undefined) throw new BusyError(`${refusal}: the network is being trained`);
  }

  /** What is saved of it. */
  *saved(isTime?: IsTime): Generator<undefined, Saved> {
    return { options: this.savedOptions(), ...(yield* this.standing(isTime)) };
  }

  /** The same without the steps of an unfinished epoch, and so without a run to go on with. */
  *savedWhole(): Generator<undefined, Saved> {
    const interruption = this.session === undefined ? this.interrupted?.interruption : undefined;
    const whole = () => this.session?.training.wholeEpochState() ?? this.model.copyState();
    const state = interruption?.snapshot ?? (yield* whole());
    return { options: this.savedOptions(), epochs: this.epochs, state, plateau: this.knownPlateau };
  }

  /** The part of that which training changes. */
  *standing(isTime?: IsTime): Generator<undefined, Standing> {
    const state = yield* this.model.copyState(isTime);
    const run = this.session === undefined ? this.interrupted : yield* this.session.run(isTime);
    return { epochs: this.epochs, state, run, plateau: this.knownPlateau };
  }

  take(standing: Standing): void {
    this.#model.setState(standing.state); // first, because it may run out of memory
    this.report(standing);
    this.#reported = undefined;
  }

  /** `take` by and by: the state gets into the model when that is asked for, or by `settle`. */
  report({ epochs, state, run, plateau }: Standing): void {
    this.#reported = state;
    this.epochsBefore = epochs;
    this.interrupted = run;
    this.plateau = plateau;
  }

  /** Gets what was reported into the model, in slices; for whoever asks for the model meanwhile, at once. */
  *settle(isTime: IsTime): Generator<undefined, void> {
    const state = this.#reported;
    if (state === undefined) return;
    for (const _ of this.#model.settingState(state, isTime)) {
      yield;
      if (this.#reported !== state) return;
    }
    this.#reported = undefined;
  }

  get knownPlateau(): Plateau | undefined {
    return this.session === undefined ? this.plateau : this.session.plateau;
  }

  savedOptions(): ResolvedNetworkOptions {
    const optimizer = { ...this.options.optimizer, learningRate: this.learningRate };
    return { ...this.options, layers: this.layers, optimizer };
  }

  /** Drops a loaded training that was interrupted, and its unfinished epoch; finished epochs stay. */
  forgetInterrupted(): void {
    const interruption = this.interrupted?.interruption;
    if (interruption !== undefined) this.model.setState(interruption.snapshot);
    this.interrupted = undefined;
  }

  /** Ends a training after its whole epochs. */
  endSession(): void {
    if (this.session === undefined) return;
    const { training, plateau } = this.session;
    training.rewind();
    this.epochsBefore += training.finishedEpochs;
    this.plateau = plateau;
    this.interrupted = undefined;
    this.session = undefined;
    training.dispose();
  }

  /** The training that had it is over. */
  release(): void {
    this.stop = undefined;
    if (this.disposed) this.#model.dispose();
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    if (this.stop === undefined) this.#model.dispose();
    else this.stop.end(new DisposedError("the training was ended: the network was disposed"));
  }
}
