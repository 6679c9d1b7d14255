// A training from its first epoch to its end: learning rates, validation, metrics, early stopping, the time limit, the
// listener. `fit` runs it through; `fitAsync` stops where it yields, between two slices.

import { checkOut } from "../data/matrix.ts";
import type { ResolvedMetric } from "../data/measuring.ts";
import type { ByMetric } from "../data/metrics.ts";
import type { Training, TrainingStatus } from "../engine/engine.ts";
import { DataError, NotFiniteError, OptionError } from "../errors.ts";
import { last } from "../numbers.ts";
import type { EarlyStopping, ResolvedFitOptions } from "../options/fit.ts";
import { isLoss, isLowerBetter, typeOf } from "../options/monitor.ts";
import { afterEpoch, type Plateau, plateauOf } from "../options/plateau.ts";
import type { Beginning, RecordedData } from "../options/recorder.ts";
import { ignore, isPromise, type Wait } from "../promises.ts";
import type { IsTime, RowSource } from "../rows.ts";
import { writingFile } from "../saving/file.ts";
import { evaluationsOf, type Run } from "../saving/state.ts";
import type { Course } from "./course.ts";
import { type Epoch, listened, Stopper } from "./epoch.ts";
import { type Evaluated, evaluating } from "./evaluate.ts";
import type { History } from "./history.ts";
import type { NetworkState } from "./network-state.ts";
import type { Sample } from "./samples.ts";
import { deadlineAfter, isOver, Portion } from "./slices.ts";
import type { Windows } from "./windows.ts";

export const TRAINING_OUTPUTS = "trainingOutputs";

const NO_RUN = "there was no training to resume: a new one began";

const MAX_UNDIVIDED = 16_384; // rows whose order is drawn at once: that takes a few milliseconds at most

/** What a session notes of its run; the lists grow. */
interface Begun extends Omit<Run, "loss" | "validationLoss" | "metrics" | "trainingMetrics" | "interruption"> {
  readonly loss: number[];
  readonly validationLoss: number[];
  readonly metrics: ByMetric<number[]>;
  readonly trainingMetrics: ByMetric<number[]> | undefined;
}

/** What a session knows of its data; `rows`: 0 of a stream, which comes in windows. */
interface SessionData {
  readonly rows: number;
  readonly batchRows: number;
  readonly shuffleBuffer?: number;
  readonly run: Run | undefined;
  readonly windows?: Windows | undefined;
}

/** One training that has begun. */
export class Session {
  readonly training: Training;
  readonly #network: NetworkState;
  readonly #options: ResolvedFitOptions;
  readonly #course: Course;
  readonly #evaluated: Sample | undefined; // after an epoch
  readonly #trained: Sample | undefined; // whose metrics are measured after an epoch, too
  readonly #before: Run | undefined; // that it goes on with
  readonly #run: { -readonly [Key in keyof Begun]: Begun[Key] };
  readonly #windows: Windows | undefined;
  readonly #stepsPerEpoch: number;
  #plateau: Plateau | undefined;
  readonly #warnings: readonly string[];
  readonly #dataWarnings: readonly string[];
  #saveAt: number | undefined; // by the clock
  readonly #rowPortion: Portion | undefined;
  readonly #stopper = new Stopper();
  #every = 0; // how many epochs are between two entries of the receipt

  constructor(
    network: NetworkState,
    training: Training,
    options: ResolvedFitOptions,
    course: Course,
    { rows, batchRows, shuffleBuffer, run, windows }: SessionData,
    evaluated: Sample | undefined,
    warnings: readonly string[],
    trained: Sample | undefined,
  ) {
    this.training = training;
    this.#network = network;
    this.#options = options;
    this.#course = course;
    this.#evaluated = evaluated;
    this.#trained = trained;
    this.#before = run;
    this.#run = {
      epochsBefore: run?.epochsBefore ?? network.epochsBefore,
      rows,
      batchSize: batchRows,
      shuffle: options.shuffle,
      shuffleBuffer,
      loss: run?.loss.slice() ?? [],
      validationLoss: run?.validationLoss.slice() ?? [],
      metrics: listsOf(options.metrics, run?.metrics),
      trainingMetrics: trained && listsOf(options.metrics, run?.trainingMetrics),
      stopped: run?.stopped,
      best: run?.best,
    };
    this.#windows = windows;
    this.#stepsPerEpoch = windows?.stepsPerEpoch ?? Math.ceil(rows / batchRows);
    this.#plateau = plateauOf(options.schedule, network.learningRate, network.plateau);
    const resumes = options.resume && run === undefined ? [NO_RUN] : [];
    this.#dataWarnings = warnings;
    this.#warnings = [...network.warnings, ...resumes, ...warnings];
    this.#saveAt = deadlineAfter(options.checkpoint?.everySeconds);
    this.#rowPortion = course.slice && new Portion(course.slice, network.model.parameterCount);
  }

  get #epochsOfBefore(): number {
    return this.#before?.loss.length ?? 0;
  }

  /** The losses of the epochs that are finished. */
  get #losses(): number[] {
    const run = this.#run;
    if (run.loss.length === 0)
      run.loss = this.training.losses(); // most trainings ask once: one copy of all
    else for (const loss of this.training.losses(run.loss.length - this.#epochsOfBefore)) run.loss.push(loss);
    return run.loss;
  }

  /** Of the epochs that are finished. */
  get history(): History {
    const { validation, validationSplit, metrics } = this.#options;
    const { validationLoss, metrics: measured, trainingMetrics, stopped } = this.#run;
    return {
      loss: this.#losses,
      ...((validation ?? validationSplit) !== undefined && { validationLoss }),
      ...(metrics.length > 0 && { metrics: measured }),
      ...(trainingMetrics !== undefined && { trainingMetrics }),
      ...(stopped !== undefined && { stopped }),
      ...(this.#warnings.length > 0 && { warnings: this.#warnings }),
    };
  }

  get plateau(): Plateau | undefined {
    return this.#plateau;
  }

  /** The state of the training. */
  *run(isTime?: IsTime): Generator<undefined, Run> {
    return { ...this.#run, loss: this.#losses, interruption: yield* this.training.interruption(isTime) };
  }

  /** Has the recorder write down how it begins. */
  *begin(data: RecordedData): Generator<Wait, void, unknown> {
    const { plateau, epochs } = this.#network;
    const { isTime } = this.#course;
    const beginning: Beginning = {
      network: this.#network.savedOptions(),
      epochs,
      plateau,
      options: this.#options.given ?? this.#options,
      batchRows: this.#run.batchSize,
      stepsPerEpoch: this.#stepsPerEpoch,
      data,
      state: yield* this.training.wholeEpochState(isTime),
      loss: this.#before?.loss ?? [],
    };
    this.#every = yield* this.#options.receipt!.begin(beginning, isTime);
  }

  /** Runs it. */
  *advance(): Generator<Wait, History, unknown> {
    const { training } = this;
    const { model, loss } = this.#network;
    const { epochs, shuffle, rates, earlyStopping, onEpoch, checkpoint, metrics, receipt } = this.#options;
    const { slice, stop, deadline, isTime } = this.#course;
    const windows = this.#windows;
    const stepsPerEpoch = windows ? 0 : this.#stepsPerEpoch; // those at hand as an epoch begins
    const evaluated = this.#evaluated;
    const before = this.#before;
    const run = this.#run;
    const drawsOrder = isTime !== undefined && shuffle && run.rows > MAX_UNDIVIDED;
    // there is something to do where one ends
    const { trainingOutputs } = this.#options;
    const byEpoch =
      drawsOrder ||
      (windows ?? trainingOutputs ?? onEpoch ?? rates ?? evaluated ?? earlyStopping ?? checkpoint ?? before);
    // the next epoch with something to do at its end
    const after = (done: number) => (byEpoch ? done + 1 : Math.min(done + this.#every, epochs));
    const portion = slice && new Portion(slice, model.parameterCount * run.batchSize);
    // a checkpoint from the middle of an evaluation: the last epoch has done its steps, but has not ended
    const pending = evaluated !== undefined && evaluationsOf(run) < this.#epochsOfBefore;
    let epoch = pending ? this.#epochsOfBefore : after(this.#epochsOfBefore);
    let stepsLeft = Number.POSITIVE_INFINITY; // in this epoch, or in the window
    let more = windows !== undefined && !pending; // windows of the epoch
    if (pending || more) stepsLeft = 0;
    else if (byEpoch) stepsLeft = stepsPerEpoch - Math.ceil((before?.interruption?.position ?? 0) / run.batchSize);
    else if (receipt !== undefined) stepsLeft = stepsPerEpoch * epoch;
    let isLast = pending && epoch === epochs; // no steps are left at all
    let ended = epoch > epochs || run.stopped !== undefined;
    if (!pending && !ended && rates !== undefined) yield* this.#setRates(epoch);
    while (!ended) {
      let pauses = false;
      if (drawsOrder && stepsLeft === stepsPerEpoch) {
        yield* training.drawOrder(isTime);
        portion?.restart();
      }
      if (windows !== undefined && more && stepsLeft === 0) {
        const window = yield* windows.load(training);
        stepsLeft = window.steps;
        more = !window.isLast;
        portion?.restart();
      }
      if (stepsLeft > 0) {
        const steps = Math.min(stepsLeft, portion?.left ?? stepsLeft);
        isLast = this.#take(steps) === "finished";
        stepsLeft -= steps;
        if (portion?.spend(steps)) pauses = true;
        // what an evaluation finds it sees after that
        const isEnd = stepsLeft === 0 && !more;
        if (isEnd && this.#plateau?.schedule.monitor === "loss") this.#watchPlateau(this.#losses[epoch - 1]!);
      }
      if (stepsLeft === 0 && !more) {
        if (trainingOutputs !== undefined) {
          const { dtype, layers } = this.#network.options;
          checkOut(trainingOutputs, dtype, run.rows * last(layers).units, TRAINING_OUTPUTS); // it may have been detached
          training.copyOutputs(trainingOutputs);
        }
        const found = evaluated && (yield* evaluating(model, loss, evaluated, metrics, this.#rowPortion, isTime));
        const ofTrained =
          this.#trained && (yield* evaluating(model, loss, this.#trained, metrics, this.#rowPortion, isTime));
        const info = yield* this.#record(epoch, found, ofTrained?.metrics);
        if (receipt !== undefined && (epoch % this.#every === 0 || epoch === epochs)) {
          const ends = yield* receipt.epoch(epoch, this.history, yield* model.copyState(isTime), isTime);
          if (ends && epoch < epochs) run.stopped ??= "listener";
        }
        if (onEpoch !== undefined) {
          const answer = onEpoch(listened(info, this.#stopper));
          if (isPromise(answer)) yield this.#awaited("onEpoch", answer);
          if (this.#stopper.asked && epoch < epochs) run.stopped ??= "listener";
        }
        stop.throwIfEnded();
        if (checkpoint?.everyEpochs && (epoch % checkpoint.everyEpochs === 0 || epoch === epochs)) yield* this.#save();
        const next = after(epoch);
        stepsLeft = stepsPerEpoch * (next - epoch);
        more = windows !== undefined;
        epoch = next;
        if (rates !== undefined && !isLast && run.stopped === undefined) yield* this.#setRates(epoch);
        if (slice?.isOver()) pauses = true;
        portion?.restart();
      }
      if (isOver(this.#saveAt)) {
        yield* this.#save();
        portion?.restart();
      }
      stop.throwIfEnded(); // after the last epoch, too: an abort rejects until the promise has settled
      if (!isLast && isOver(deadline)) run.stopped ??= "timeLimit";
      ended = isLast || run.stopped !== undefined;
      if (pauses && !ended && isTime !== undefined) yield undefined;
    }
    training.rewind();
    const { history } = this;
    const best = run.best;
    if (best?.state !== undefined && best.epoch < history.loss.length) yield* training.restore(best.state, isTime);
    return { ...history, ...(best?.state !== undefined && { bestEpoch: best.epoch }) };
  }

  #take(steps: number): TrainingStatus {
    const status = this.training.advance(steps);
    if (status !== "not-finite") return status;
    const epoch = this.#losses.length + 1;
    const helps = "(a smaller learningRate, or x and y scaled to some −1 to 1, may help)";
    throw new NotFiniteError(
      [
        `the training left the finite numbers in epoch ${epoch}; the parameters are those from before that epoch ${helps}`,
        ...this.#dataWarnings,
      ].join(". "),
      epoch,
      this.#run.loss,
    );
  }

  *#setRates(epoch: number): Generator<Wait, void, unknown> {
    const { learningRate, options } = this.#network;
    const position = [learningRate, this.#run.epochsBefore + epoch - 1, this.#stepsPerEpoch, options.dtype] as const;
    const { validationLoss: validationLosses, metrics } = this.#run;
    const known = { losses: this.#losses, validationLosses, metrics };
    const rates = yield* this.#options.rates!(...position, known, this.#plateau, this.#course.isTime);
    if (this.#windows === undefined) this.training.setRates(rates);
    else this.#windows.rates = rates;
  }

  /** Writes down how an epoch ended. */
  *#record(
    epoch: number,
    found: Evaluated | undefined,
    trainingMetrics: ByMetric<number> | undefined,
  ): Generator<undefined, Epoch> {
    const { epochs, metrics, earlyStopping, validation, validationSplit } = this.#options;
    const loss = this.#losses[epoch - 1]!;
    let info: Epoch = { epoch, epochs, loss };
    if (found !== undefined) {
      const { loss: validationLoss, metrics: measured } = found;
      addMetrics(this.#run.metrics, metrics, measured);
      if (metrics.length > 0) info = { ...info, metrics: measured };
      if (trainingMetrics !== undefined) {
        addMetrics(this.#run.trainingMetrics!, metrics, trainingMetrics);
        info = { ...info, trainingMetrics };
      }
      if ((validation ?? validationSplit) !== undefined) {
        this.#run.validationLoss.push(validationLoss);
        info = { ...info, validationLoss };
      }
    }
    const monitor = this.#plateau?.schedule.monitor ?? "loss";
    if (monitor !== "loss") this.#watchPlateau(watched(info, "schedule.monitor", monitor, metrics, this.#evaluated));
    if (earlyStopping !== undefined) yield* this.#watch(info, earlyStopping);
    return info;
  }

  #watchPlateau(value: number): void {
    this.#plateau = afterEpoch(this.#plateau, value);
  }

  /** Early stopping. */
  *#watch(
    info: Epoch,
    { monitor, patience, minDelta, restoreBest }: Required<EarlyStopping>,
  ): Generator<undefined, void> {
    const { epoch } = info;
    const { metrics } = this.#options;
    const value = watched(info, "earlyStopping.monitor", monitor, metrics, this.#evaluated);
    const best = this.#run.best;
    const gain =
      best === undefined
        ? Number.POSITIVE_INFINITY
        : isLowerBetter(monitor, metrics)
          ? best.value - value
          : value - best.value;
    if (gain > minDelta) {
      const copy = restoreBest ? yield* this.#network.model.copyState(this.#course.isTime) : undefined;
      this.#run.best = { value, epoch, state: copy };
    } else if (epoch - best!.epoch >= patience) this.#run.stopped = "earlyStopping";
  }

  *#save(): Generator<Wait, void, unknown> {
    const { save, everySeconds } = this.#options.checkpoint!;
    const { isTime } = this.#course;
    this.#saveAt = deadlineAfter(everySeconds);
    const kept = save(yield* writingFile(yield* this.#network.saved(isTime), isTime));
    if (isPromise(kept)) yield this.#awaited("checkpoint.save", kept);
  }

  /** What a function of the caller's returned, where it can be waited for. */
  #awaited(name: string, promise: PromiseLike<unknown>): PromiseLike<unknown> {
    if (this.#course.isTime !== undefined) return promise;
    ignore(promise);
    throw new OptionError(`${name} returned a promise, which fit doesn't wait for; fitAsync does`);
  }
}

/** Whether each column has one number: R² is then 0 whatever is learned. */
function isConstant({ data, columns = 1 }: Partial<RowSource> = {}): boolean {
  return data?.every((value, n) => value === data[n % columns]) ?? false;
}

/** What is watched of an epoch. */
function watched(
  info: Epoch,
  name: string,
  monitor: string,
  metrics: readonly ResolvedMetric[],
  evaluated: Sample | undefined,
): number {
  const value = isLoss(monitor) ? info[monitor]! : info.metrics![monitor]!;
  if (typeOf(monitor, metrics) === "r2" && isConstant(evaluated?.labels)) {
    throw new DataError(`${name} is "${monitor}", which is undefined over the data: its targets are all the same`);
  }
  if (!Number.isNaN(value)) return value;
  if (isLoss(monitor)) return Number.POSITIVE_INFINITY; // none is worse
  const words = `${name} is "${monitor}", which is undefined over the data after epoch ${info.epoch}`;
  const needsClasses = typeOf(monitor, metrics) === "auc";
  throw new DataError(needsClasses ? `${words} (an AUC needs rows of more than one class)` : words);
}

/** A list for each metric, with its numbers so far. */
export function listsOf(
  metrics: readonly ResolvedMetric[],
  before: ByMetric<readonly number[]> | undefined,
): ByMetric<number[]> {
  const lists: ByMetric<number[]> = {};
  for (const { name } of metrics) lists[name] = before?.[name]?.slice() ?? [];
  return lists;
}

export function addMetrics(
  lists: ByMetric<number[]>,
  metrics: readonly ResolvedMetric[],
  found: ByMetric<number>,
): void {
  for (const { name } of metrics) lists[name]!.push(found[name]!);
}
