// A training from its first epoch to its end: learning rates, validation, metrics, early stopping, the time limit, the listener.
// `fit` runs it through; `fitAsync` stops where it yields, between two slices.

import { lossOf } from "../catalog/losses.ts";
import { hasOwn } from "../checks.ts";
import { rowsOf } from "../data/matrix.ts";
import { type MetricName, measuring } from "../data/metrics.ts";
import type { Loss, Model, Training, TrainingStatus } from "../engine/engine.ts";
import { DataError, NotFiniteError, OptionError } from "../errors.ts";
import { floatArray } from "../numbers.ts";
import type { EarlyStopping, EpochInfo, ResolvedFitOptions, Signal } from "../options/fit.ts";
import { afterEpoch, type Plateau } from "../options/schedule.ts";
import { ignore, isPromise, type Wait } from "../promises.ts";
import type { IsTime } from "../rows.ts";
import type { Run, Stopped } from "../saving/state.ts";
import type { Sample } from "./samples.ts";
import { deadlineAfter, isOver, nextTurn, Portion, type Slice } from "./slices.ts";

/** The course of a training: each list has one number for every finished epoch. */
export interface History {
  /** The error E over the epoch's rows; each row's error is computed before the step on its batch. */
  readonly loss: number[];
  /** The error E over the validation data after the epoch, if there are any. */
  readonly validationLoss?: number[];
  /** The metrics that were asked for, on the validation data or, without them, on the training data. */
  readonly metrics?: Partial<Record<MetricName, number[]>>;
  /** Why the training ended before its last epoch; undefined if it did not. */
  readonly stopped?: Stopped;
  /** The epoch, counted from 1, whose parameters early stopping restored. */
  readonly bestEpoch?: number;
  /** Sentences about things that may be unintended, such as a listener that ended the training by returning false. */
  readonly warnings?: readonly string[];
}

/** E, and the metrics that were asked for. */
type Evaluated = { readonly loss: number } & Partial<Readonly<Record<MetricName, number>>>;

const MAX_UNDIVIDED = 16_384; // rows whose order is drawn at once: that takes a few milliseconds at most

/** E and metrics over a sample; yields where it is time for a turn. The sum is one, in order, whatever the slices. */
export function* evaluating(
  model: Model,
  loss: Loss,
  sample: Sample,
  metrics: readonly MetricName[],
  portion?: Portion,
  isTime?: IsTime,
): Generator<undefined, Evaluated> {
  const { rows } = sample.x;
  const count = metrics.length > 0 ? rows * sample.y.columns : 0;
  // an empty array takes as long as a row of a small network
  const numbers = count > 0 ? { outputs: new Float64Array(count), targets: new Float64Array(count) } : undefined;
  let sum = 0;
  for (let first = 0; first < rows; ) {
    const some = Math.min(portion?.left ?? rows, rows - first);
    sum = addErrors(model, sample, first, some, sum, numbers);
    first += some;
    if (portion?.spend(some)) yield;
  }
  const found = { loss: lossOf(loss, sum, rows) };
  if (numbers === undefined) return found;
  const { outputs, targets } = numbers;
  const measured = yield* measuring(metrics, outputs, targets, sample.y.columns, sample.multiLabel, isTime);
  portion?.restart();
  return { ...found, ...measured };
}

/** What metrics are of. */
interface Numbers {
  readonly outputs: Float64Array;
  readonly targets: Float64Array;
}

/** `sum` and the errors of some rows, whose numbers are kept where they are asked for. */
function addErrors(
  model: Model,
  { x, y, labels }: Sample,
  first: number,
  rows: number,
  sum: number,
  numbers: Numbers | undefined,
): number {
  const [someX, someY] = rows === x.rows ? [x, y] : [rowsOf(x, first, rows), rowsOf(y, first, rows)];
  if (numbers === undefined) return model.sumErrors(someX, someY, sum);
  const out = floatArray(model.dtype, rows * y.columns);
  const next = model.sumErrors(someX, someY, sum, out);
  numbers.outputs.set(out, first * y.columns);
  labels.copyTo(out, first);
  numbers.targets.set(out, first * y.columns);
  return next;
}

type NetworkFile = Uint8Array<ArrayBuffer>;

/** Ends a training early: by its signal, or by `dispose`. */
export class Stop {
  readonly #signal: Signal | undefined;
  #ended: { readonly reason: unknown } | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  /** Asks a training in another thread to end; the training is still awaited. */
  ask: (() => void) | undefined;
  readonly #abort = () => this.end(reasonOf(this.#signal!));

  constructor(signal?: Signal) {
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort);
  }

  end(reason: unknown): void {
    this.#ended ??= { reason };
    if (this.ask !== undefined) this.ask();
    else this.#reject?.(this.#ended.reason);
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  get reason(): unknown {
    return this.#ended?.reason;
  }

  throwIfEnded(): void {
    if (this.#signal?.aborted) this.#abort();
    if (this.#ended !== undefined) throw this.#ended.reason;
  }

  /** The promise's result; rejects if the training is ended first. */
  wait(promise: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      promise.then(resolve, reject);
      if (this.#ended !== undefined && this.ask === undefined) reject(this.#ended.reason);
    });
  }

  /** Removes the listener from the signal. */
  release(): void {
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

function reasonOf({ reason }: Signal): unknown {
  if (reason !== undefined) return reason;
  const message = "This operation was aborted";
  if (typeof DOMException === "function") return new DOMException(message, "AbortError");
  return Object.assign(new Error(message), { name: "AbortError" });
}

/** How a training is run. */
export interface Course {
  readonly stop: Stop;
  /** Undefined for a training that neither shares the thread nor needs the clock. */
  readonly slice: Slice | undefined;
  /** Whether it is time for a turn; undefined for a training that can't wait, neither for turns nor for promises. */
  readonly isTime: IsTime;
  /** When its time is over. */
  readonly deadline: number | undefined;
}

/** Runs a training through, without a wait. */
export function finish<R>(run: Generator<Wait, R, unknown>): R {
  let turn = run.next();
  while (!turn.done) turn = run.next();
  return turn.value;
}

/** Runs a training and waits where it wants to. */
export async function finishAsync<R>(
  run: Generator<Wait, R, unknown>,
  { stop = new Stop(), slice }: Partial<Course> = {},
): Promise<R> {
  try {
    let turn = run.next();
    while (!turn.done) {
      try {
        const answer = await stop.wait(turn.value ?? nextTurn());
        if (turn.value === undefined) {
          stop.throwIfEnded();
          slice?.restart();
        }
        turn = run.next(answer);
      } catch (error) {
        turn = run.throw(error); // what the training itself threw is thrown again
      }
    }
    return turn.value;
  } finally {
    stop.release();
  }
}

export interface FittingParts {
  readonly model: Model;
  readonly loss: Loss;
  readonly training: Training;
  readonly learningRate: number;
  /** Epochs behind the network as the run began. */
  readonly epochsBefore: number;
  readonly stepsPerEpoch: number;
  readonly stepWork: number;
  readonly batchSize: number;
  readonly rows: number;
  /** What is evaluated after an epoch. */
  readonly evaluated: Sample | undefined;
  readonly course: Course;
  readonly options: ResolvedFitOptions;
  readonly plateau: Plateau | undefined;
  /** What its history warns of from the start. */
  readonly warnings: readonly string[];
  /** The run that it goes on with. */
  readonly before: Run | undefined;
  /** The file of it. */
  readonly file: () => Generator<Wait, NetworkFile, unknown>;
}

/** One training. */
export class Fitting {
  readonly training: Training;
  readonly #parts: FittingParts;
  #loss: number[];
  readonly #epochsOfBefore: number;
  readonly #validationLoss: number[];
  readonly #metrics: Partial<Record<MetricName, number[]>> = {};
  #stopped: History["stopped"];
  #best: Run["best"];
  #plateau: Plateau | undefined;
  #warnings: readonly string[];
  #saveAt: number | undefined; // by the clock
  readonly #rowPortion: Portion | undefined;

  constructor(parts: FittingParts) {
    const { before, options, course, model } = parts;
    this.training = parts.training;
    this.#parts = parts;
    this.#loss = [...(before?.loss ?? [])];
    this.#epochsOfBefore = this.#loss.length;
    this.#validationLoss = [...(before?.validationLoss ?? [])];
    for (const name of options.metrics) this.#metrics[name] = [...(before?.metrics[name] ?? [])];
    this.#stopped = before?.stopped;
    this.#best = before?.best;
    this.#plateau = parts.plateau;
    this.#warnings = parts.warnings;
    this.#saveAt = deadlineAfter(options.checkpoint?.everySeconds);
    this.#rowPortion = course.slice && new Portion(course.slice, model.parameterCount);
  }

  /** The losses of the epochs that are finished. */
  get #losses(): number[] {
    const { training } = this;
    if (this.#loss.length === 0)
      this.#loss = training.losses(); // most trainings ask once: one copy of all
    else for (const loss of training.losses(this.#loss.length - this.#epochsOfBefore)) this.#loss.push(loss);
    return this.#loss;
  }

  /** Of the epochs that are finished. */
  get history(): History {
    const { validation, validationSplit, metrics } = this.#parts.options;
    return {
      loss: this.#losses,
      ...((validation ?? validationSplit) !== undefined && { validationLoss: this.#validationLoss }),
      ...(metrics.length > 0 && { metrics: this.#metrics }),
      ...(this.#stopped !== undefined && { stopped: this.#stopped }),
      ...(this.#warnings.length > 0 && { warnings: this.#warnings }),
    };
  }

  get plateau(): Plateau | undefined {
    return this.#plateau;
  }

  /** The state of the training. */
  *run(isTime?: IsTime): Generator<undefined, Run> {
    const { epochsBefore, rows, batchSize, options } = this.#parts;
    return {
      epochsBefore,
      rows,
      batchSize,
      shuffle: options.shuffle,
      loss: this.#losses,
      validationLoss: this.#validationLoss,
      metrics: this.#metrics,
      stopped: this.#stopped,
      best: this.#best,
      interruption: yield* this.training.interruption(isTime),
    };
  }

  /** Runs it. */
  *advance(): Generator<Wait, History, unknown> {
    const { training } = this;
    const { model, loss, stepsPerEpoch, stepWork, batchSize, rows, options, before, course, evaluated } = this.#parts;
    const { epochs, rates, earlyStopping, onEpoch, checkpoint, metrics } = options;
    const { slice, stop, deadline, isTime } = course;
    const drawsOrder = isTime !== undefined && options.shuffle && rows > MAX_UNDIVIDED;
    // there is something to do where one ends
    const byEpoch = drawsOrder || (onEpoch ?? rates ?? evaluated ?? earlyStopping ?? checkpoint ?? before);
    const portion = slice && new Portion(slice, stepWork);
    // a checkpoint from the middle of an evaluation: the last epoch has done its steps, but has not ended
    const evaluations = Object.values(this.#metrics)[0] ?? this.#validationLoss;
    const pending = evaluated !== undefined && evaluations.length < this.#epochsOfBefore;
    let epoch = this.#epochsOfBefore + (pending ? 0 : 1);
    let stepsLeft = Number.POSITIVE_INFINITY; // in this epoch
    if (pending) stepsLeft = 0;
    else if (byEpoch) stepsLeft = stepsPerEpoch - Math.ceil((before?.interruption?.position ?? 0) / batchSize);
    let isLast = pending && epoch === epochs; // no steps are left at all
    let ended = epoch > epochs || this.#stopped !== undefined;
    if (!pending && !ended && rates !== undefined) yield* this.#setRates(epoch);
    while (!ended) {
      let pauses = false;
      if (drawsOrder && stepsLeft === stepsPerEpoch) {
        yield* training.drawOrder(isTime);
        portion?.restart();
      }
      if (stepsLeft > 0) {
        const steps = Math.min(stepsLeft, portion?.left ?? stepsLeft);
        isLast = this.#take(steps) === "finished";
        stepsLeft -= steps;
        if (portion?.spend(steps)) pauses = true;
        if (stepsLeft === 0) this.#plateau = afterEpoch(this.#plateau, this.#losses[epoch - 1]!);
      }
      if (stepsLeft === 0) {
        const found = evaluated && (yield* evaluating(model, loss, evaluated, metrics, this.#rowPortion, isTime));
        const info = yield* this.#record(epoch, found);
        let answer = onEpoch?.(info);
        if (isPromise(answer)) answer = yield this.#awaited("onEpoch", answer);
        if (answer === false) this.#endByListener(epoch);
        if (!isLast) stop.throwIfEnded();
        if (checkpoint?.everyEpochs && (epoch % checkpoint.everyEpochs === 0 || epoch === epochs)) yield* this.#save();
        stepsLeft = stepsPerEpoch;
        epoch++;
        if (rates !== undefined && !isLast && this.#stopped === undefined) yield* this.#setRates(epoch);
        if (slice?.isOver()) pauses = true;
        portion?.restart();
      }
      if (isOver(this.#saveAt)) {
        yield* this.#save();
        portion?.restart();
      }
      if (!isLast) {
        stop.throwIfEnded();
        if (isOver(deadline)) this.#stopped ??= "timeLimit";
      }
      ended = isLast || this.#stopped !== undefined;
      if (pauses && !ended && isTime !== undefined) yield undefined;
    }
    training.rewind();
    const { history } = this;
    const best = this.#best;
    if (best?.state !== undefined && best.epoch < history.loss.length) yield* training.restore(best.state, isTime);
    return { ...history, ...(best?.state !== undefined && { bestEpoch: best.epoch }) };
  }

  #take(steps: number): TrainingStatus {
    const status = this.training.advance(steps);
    if (status !== "not-finite") return status;
    const epoch = this.#losses.length + 1;
    throw new NotFiniteError(
      `the training left the finite numbers in epoch ${epoch}; the parameters are those from before that epoch ` +
        "(a smaller learningRate, or x and y scaled to some −1 to 1, may help)",
      epoch,
      this.#loss,
    );
  }

  *#setRates(epoch: number): Generator<Wait, void, unknown> {
    const { training, options, learningRate, epochsBefore, stepsPerEpoch, model, course } = this.#parts;
    const position = [learningRate, epochsBefore + epoch - 1, stepsPerEpoch, model.dtype] as const;
    training.setRates(yield* options.rates!(...position, this.#losses, this.#plateau, course.isTime));
  }

  /** Writes down how an epoch ended. */
  *#record(epoch: number, found: Evaluated | undefined): Generator<undefined, EpochInfo> {
    const { epochs, metrics, earlyStopping, validation, validationSplit } = this.#parts.options;
    const loss = this.#losses[epoch - 1]!;
    let info: EpochInfo = { epoch, epochs, loss };
    if (found !== undefined) {
      const { loss: validationLoss, ...measured } = found;
      for (const name of metrics) this.#metrics[name]!.push(measured[name]!);
      if (metrics.length > 0) info = { ...info, metrics: measured };
      if ((validation ?? validationSplit) !== undefined) {
        this.#validationLoss.push(validationLoss);
        info = { ...info, validationLoss };
      }
    }
    if (earlyStopping !== undefined) yield* this.#judge(info, earlyStopping);
    return info;
  }

  *#judge(
    info: EpochInfo,
    { monitor, patience, minDelta, restoreBest }: Required<EarlyStopping>,
  ): Generator<undefined, void> {
    const { epoch, metrics } = info;
    const isLoss = monitor === "loss" || monitor === "validationLoss";
    let value = isLoss ? info[monitor]! : metrics![monitor]!;
    if (Number.isNaN(value)) {
      if (!isLoss) {
        const words = `earlyStopping.monitor is "${monitor}", which is undefined over the data after epoch ${epoch}`;
        throw new DataError(`${words} (an AUC needs rows of more than one class)`);
      }
      value = Number.POSITIVE_INFINITY; // no loss is worse
    }
    const best = this.#best;
    const gain =
      best === undefined
        ? Number.POSITIVE_INFINITY
        : LOWER_IS_BETTER.includes(monitor)
          ? best.value - value
          : value - best.value;
    if (gain > minDelta) {
      const { model, course } = this.#parts;
      this.#best = { value, epoch, state: restoreBest ? yield* model.copyState(course.isTime) : undefined };
    } else if (epoch - best!.epoch >= patience) this.#stopped = "earlyStopping";
  }

  #endByListener(epoch: number): void {
    const { epochs } = this.#parts.options;
    if (this.#stopped !== undefined || epoch === epochs) return;
    this.#stopped = "listener";
    this.#warnings = [
      ...this.#warnings,
      `onEpoch returned false after epoch ${epoch} of ${epochs}, which ended the training. To continue, return nothing: ` +
        "`condition && …` returns false when the condition is false",
    ];
  }

  *#save(): Generator<Wait, void, unknown> {
    const { options, file } = this.#parts;
    const { save, everySeconds } = options.checkpoint!;
    this.#saveAt = deadlineAfter(everySeconds);
    const kept = save(yield* file());
    if (isPromise(kept)) yield this.#awaited("checkpoint.save", kept);
  }

  /** What a function of the caller's returned, where it can be waited for. */
  #awaited(name: string, promise: PromiseLike<unknown>): PromiseLike<unknown> {
    if (this.#parts.course.isTime !== undefined) return promise;
    ignore(promise);
    throw new OptionError(`${name} returned a promise, which fit doesn't wait for; fitAsync does`);
  }
}

const LOWER_IS_BETTER: readonly string[] = ["loss", "validationLoss", "mae", "rmse"];

/** Adds the history so far to the error that ended a training, if that is an object without a `history`. */
export function addHistory(error: unknown, value: History): void {
  try {
    if (hasOwn(error as object, "history")) return;
    Object.defineProperty(error, "history", { value, writable: true, configurable: true });
  } catch {
    // it can't be extended, or is no object
  }
}
