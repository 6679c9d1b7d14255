// A training from its first epoch to its end: learning rates, validation, metrics, early stopping, the time limit, the listener.
// `fit` runs it through; `fitAsync` stops where it yields, between two slices.

import {
  floatArray,
  type Interruption,
  type Loss,
  lossOf,
  type Model,
  type ModelState,
  type Training,
  type TrainingStatus,
} from "../engine/engine.ts";
import { NotFiniteError } from "../errors.ts";
import { type MetricName, measured } from "../metrics.ts";
import { rowsOf } from "./matrix.ts";
import type { ResolvedFitOptions } from "./options.ts";
import type { Sample } from "./samples.ts";
import { nextTurn, Slicer, timer } from "./schedule.ts";

/** What a training leaves behind: a number for each epoch that was finished. */
export interface History {
  /** E over all samples of the epoch, each taken before the step it led to. */
  readonly loss: number[];
  /** E over the validation data after the epoch, where there are any. */
  readonly validationLoss?: number[];
  /** The metrics that were asked for, over the validation data or, where there are none, those of the training. */
  readonly metrics?: Partial<Record<MetricName, number[]>>;
  /** Why it ended before its last epoch. */
  readonly stopped?: "earlyStopping" | "timeLimit" | "listener";
  /** The epoch, counted from 1, whose parameters early stopping restored. */
  readonly bestEpoch?: number;
}

const EVALUATION_WORK = 2e6; // multiply-adds of a slice of an evaluation: a few milliseconds

/** E and metrics over a sample, in slices; yields between two. The sum is one, in order, whatever the slices. */
export function* evaluating(
  model: Model,
  loss: Loss,
  { x, y, labels, multiLabel }: Sample,
  metrics: readonly MetricName[],
  sliced: boolean,
): Generator<void, { loss: number } & Partial<Record<MetricName, number>>> {
  const { rows } = x;
  const { columns } = y;
  const outputs = metrics.length > 0 ? new Float64Array(rows * columns) : undefined;
  const targets = metrics.length > 0 ? new Float64Array(rows * columns) : undefined;
  const chunk = sliced ? Math.max(1, Math.ceil(EVALUATION_WORK / model.parameterCount)) : rows;
  let sum = 0;
  for (let first = 0; first < rows; first += chunk) {
    if (first > 0) yield;
    const count = Math.min(chunk, rows - first);
    const [someX, someY] = [rowsOf(x, first, count), rowsOf(y, first, count)];
    const out = outputs && floatArray(model.dtype, count * columns);
    sum = model.sumErrors(someX, someY, sum, out);
    if (out === undefined) continue;
    outputs!.set(out, first * columns);
    const wanted = floatArray(model.dtype, count * columns);
    labels.copyTo(wanted, first);
    targets!.set(wanted, first * columns);
  }
  const found = outputs === undefined ? {} : measured(metrics, outputs, targets!, columns, multiLabel);
  return { loss: lossOf(loss, sum, rows), ...found };
}

/** A training that was interrupted, or is under way: what a checkpoint has beside the network. */
export interface Run {
  /** Epochs behind the network as it began. */
  readonly epochsBefore: number;
  readonly rows: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly loss: readonly number[];
  readonly validationLoss: readonly number[];
  readonly metrics: Partial<Record<MetricName, readonly number[]>>;
  readonly stopped?: History["stopped"];
  /** The best epoch, from 1, as early stopping sees it; `state`: to restore. */
  readonly best?:
    | { readonly value: number; readonly epoch: number; readonly state?: ModelState | undefined }
    | undefined;
  readonly interruption?: Interruption | undefined;
}

type NetworkFile = Uint8Array<ArrayBuffer>;

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
  readonly data: Sample;
  readonly validation: Sample | undefined;
  /** Whether it yields every few milliseconds. */
  readonly sliced: boolean;
  readonly options: ResolvedFitOptions;
  /** The run that it goes on with. */
  readonly before: Run | undefined;
  /** Is given what tells how the run stands. */
  readonly begun: (run: () => Run) => void;
  /** The file of it; a promise where it yields. */
  readonly file: () => NetworkFile | PromiseLike<NetworkFile>;
}

/** What a training waits for: nothing where the event loop may run, else a promise, and goes on with what that gives. */
export type Wait = PromiseLike<unknown> | undefined;

/** Runs a training through, without a wait. */
export function finish<R>(run: Generator<Wait, R, unknown>): R {
  let turn = run.next();
  while (!turn.done) turn = run.next();
  return turn.value;
}

/** Runs a training and waits where it wants to; ends it where the signal says so. */
export async function finishAsync<R>(run: Generator<Wait, R, unknown>, signal: AbortSignal | undefined): Promise<R> {
  try {
    let turn = run.next();
    while (!turn.done) {
      let answer: unknown;
      if (turn.value !== undefined) answer = await turn.value;
      else {
        await nextTurn();
        signal?.throwIfAborted();
      }
      turn = run.next(answer);
    }
    return turn.value;
  } finally {
    run.return(undefined as R);
  }
}

export function* fitting(parts: FittingParts): Generator<Wait, History, unknown> {
  const { model, loss, training, stepsPerEpoch, stepWork, data, validation, options } = parts;
  const { epochs, rates, metrics, earlyStopping, timeLimit, onEpoch, checkpoint } = options;
  const { before } = parts;
  const sliced = parts.sliced || timeLimit !== undefined || checkpoint?.everySeconds !== undefined;
  const byEpoch = onEpoch ?? rates ?? validation ?? earlyStopping ?? metrics[0] ?? checkpoint ?? before; // to do where one ends
  if (!sliced && byEpoch === undefined) {
    checkFinite(training.advance(Number.POSITIVE_INFINITY), () => training.losses());
    return { loss: training.losses() };
  }
  const lossBefore = before?.loss ?? [];
  const known = [...lossBefore];
  const losses = () => {
    for (const value of training.losses(known.length - lossBefore.length)) known.push(value);
    return known;
  };
  const validationLoss = [...(before?.validationLoss ?? [])];
  const measured: Partial<Record<MetricName, number[]>> = {};
  for (const name of metrics) measured[name] = [...(before?.metrics[name] ?? [])];
  let stopped = before?.stopped;
  let best = before?.best;
  const timeIsUp = timer(timeLimit ?? Number.POSITIVE_INFINITY);
  const slicer = new Slicer(stepWork);
  // saved in the middle of a validation: the last epoch has its steps behind it, not its end
  const evaluates = validation !== undefined || metrics.length > 0;
  const evaluated = validation === undefined ? before?.metrics[metrics[0]!] : before?.validationLoss;
  const pending = evaluates && (evaluated?.length ?? 0) < lossBefore.length;
  const first = lossBefore.length + (pending ? 0 : 1);
  let stepsLeft = pending ? 0 : stepsPerEpoch - Math.ceil((before?.interruption?.position ?? 0) / parts.batchSize); // in this epoch
  let untilSaved = timer(checkpoint?.everySeconds ?? Number.POSITIVE_INFINITY);
  parts.begun(() => ({
    epochsBefore: parts.epochsBefore,
    rows: data.x.rows,
    batchSize: parts.batchSize,
    shuffle: options.shuffle,
    loss: losses(),
    validationLoss,
    metrics: measured,
    stopped,
    best,
    interruption: training.interruption(),
  }));
  const saving = (): unknown => {
    untilSaved = timer(checkpoint?.everySeconds ?? Number.POSITIVE_INFINITY);
    const file = parts.file();
    return isPromise(file) ? file.then(checkpoint!.save) : checkpoint!.save(file as NetworkFile);
  };
  function* setRates(epoch: number): Generator<Wait, void, unknown> {
    if (rates === undefined) return;
    const found = rates(parts.learningRate, parts.epochsBefore + epoch - 1, stepsPerEpoch, losses());
    training.setRates(isPromise(found) ? ((yield found) as Float64Array) : found);
  }
  if (!pending) yield* setRates(first);
  for (let epoch = first; epoch <= epochs && stopped === undefined; ) {
    const steps = sliced ? Math.min(slicer.remaining, byEpoch === undefined ? slicer.remaining : stepsLeft) : stepsLeft;
    const ended = steps === 0 && (epoch === epochs ? "finished" : "unfinished");
    const status = ended || checkFinite(training.advance(steps), losses);
    stepsLeft -= steps;
    if (byEpoch === undefined && status === "finished") break;
    if (byEpoch !== undefined && stepsLeft === 0) {
      const info = { epoch, epochs, loss: losses()[epoch - 1]! };
      let found: { loss: number } & Partial<Record<MetricName, number>> = info;
      if (evaluates) {
        const evaluation = evaluating(model, loss, validation ?? data, metrics, sliced);
        let turn = evaluation.next();
        for (; !turn.done; turn = evaluation.next()) yield undefined;
        found = turn.value;
        if (validation !== undefined) validationLoss.push(found.loss);
        for (const name of metrics) measured[name]!.push(found[name]!);
      }
      const { loss: seen, ...numbers } = found;
      const all = {
        ...info,
        ...(validation !== undefined && { validationLoss: seen }),
        ...(metrics.length > 0 && { metrics: pick(numbers, metrics) }),
      };
      if (earlyStopping !== undefined) {
        const { monitor, patience, minDelta, restoreBest } = earlyStopping;
        const value = monitor === "loss" ? info.loss : monitor === "validationLoss" ? seen : found[monitor]!;
        const gain =
          best === undefined
            ? Number.POSITIVE_INFINITY
            : LOWER_IS_BETTER.includes(monitor)
              ? best.value - value
              : value - best.value;
        if (gain > minDelta) best = { value, epoch, state: restoreBest ? model.getState() : undefined };
        else if (epoch - best!.epoch >= patience) stopped = "earlyStopping";
      }
      const answer = onEpoch?.(all);
      if (answer === false) stopped ??= "listener";
      else if (isPromise(answer) && (yield answer) === false) stopped ??= "listener";
      if (status !== "finished") options.signal?.throwIfAborted();
      stepsLeft = stepsPerEpoch;
      if (checkpoint?.everyEpochs !== undefined && (epoch % checkpoint.everyEpochs === 0 || epoch === epochs)) {
        const written = saving();
        if (isPromise(written)) yield written;
      }
      epoch++;
      if (epoch <= epochs && stopped === undefined) yield* setRates(epoch);
    }
    if (untilSaved()) {
      const written = saving();
      if (isPromise(written)) yield written;
    }
    if (timeIsUp() && status !== "finished") stopped ??= "timeLimit";
    if (sliced && slicer.spend(steps) && status !== "finished" && stopped === undefined) {
      if (parts.sliced) yield undefined;
      slicer.restart();
    }
  }
  training.rewind();
  const finished = losses();
  if (best?.state !== undefined && best.epoch < finished.length) model.setState(best.state);
  return {
    loss: finished,
    ...(validation !== undefined && { validationLoss }),
    ...(metrics.length > 0 && { metrics: measured }),
    ...(stopped !== undefined && { stopped }),
    ...(best?.state !== undefined && { bestEpoch: best.epoch }),
  };
}

const LOWER_IS_BETTER: readonly string[] = ["loss", "validationLoss", "mae", "rmse"];

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

function pick(numbers: Partial<Record<MetricName, number>>, names: readonly MetricName[]) {
  return Object.fromEntries(names.map((name) => [name, numbers[name]!])) as Partial<Record<MetricName, number>>;
}

function checkFinite(status: TrainingStatus, losses: () => number[]): TrainingStatus {
  if (status !== "not-finite") return status;
  const finite = losses();
  const epoch = finite.length + 1;
  throw new NotFiniteError(
    `the training left the finite numbers in epoch ${epoch}; the parameters are those from before that epoch ` +
      "(a smaller learningRate may help)",
    epoch,
    finite,
  );
}
