// A training in a worker: the network meanwhile has the state that the worker last reported.

import type { FloatArray } from "../arrays.ts";
import { type MatrixLike, ownRows, type TypedMatrix, type XLike } from "../data/matrix.ts";
import { EngineError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import type { ResolvedFitOptions } from "../options/fit.ts";
import type { Beginning, TrainingRecorder } from "../options/recorder.ts";
import type { WorkerUrl } from "../platform/workers.ts";
import type { Wait } from "../promises.ts";
import { atOnce, type IsTime, ownLists, type RowSource, readSlices } from "../rows.ts";
import type { Standing } from "../saving/state.ts";
import { type Course, finishAsync } from "./course.ts";
import { addHistory, type History, historyOf, warned } from "./history.ts";
import type { NetworkState } from "./network-state.ts";
import { sourcesOf } from "./samples.ts";
import { now } from "./slices.ts";
import { isRefusal, readData, stoppedBy, type TrainingData, train } from "./train.ts";
import type { Job, JobEngine, SentX, Trainer } from "./trainer.ts";

/** Where no worker can be had, this thread trains. */
export function* trainInWorker(
  start: (workerUrl: WorkerUrl | undefined) => Trainer,
  load: JobEngine,
  network: NetworkState,
  x: XLike,
  y: MatrixLike,
  options: ResolvedFitOptions,
  course: Course,
): Generator<Wait, History, unknown> {
  const { stop, isTime, deadline } = course;
  const data = readData(network, x, y, options, stop);
  const { dtype } = network.options;
  const { receipt } = options;
  const trainer = startOr(() => start(load.workerUrl)); // it starts while the data are copied
  if (typeof trainer === "string") {
    return warned(yield* train(network, data, options, course), hereBecause(trainer));
  }
  let copies: { x: SentX; y: TypedMatrix; options: ResolvedFitOptions };
  let refusal: string | undefined;
  let before: Standing | undefined;
  let known: Standing | undefined; // what the worker last reported
  let begun = false; // the receipt
  network.stop = stop;
  try {
    before = yield* network.standing(isTime);
    const [copyOfX, copyOfY] = yield* copied(data.sources!, dtype, isTime);
    const validation = data.validationSources && (yield* copied(data.validationSources, dtype, isTime));
    if (data.weights !== undefined) yield* data.weights.counting(isTime);
    const sampleWeights = data.weights && (yield* readSlices(data.weights, dtype, isTime));
    const timeLimit = deadline === undefined ? undefined : Math.max(0, deadline - now()) / 1000;
    const resolved = { ...options, validation, sampleWeights, classWeights: undefined, timeLimit, given: options };
    copies = { x: copyOfX, y: copyOfY, options: resolved };
    refusal = (yield trainer.ready) as string | undefined;
    if (refusal === undefined) {
      const saved = yield* network.saved(isTime);
      known = before;
      const take = (standing: Standing) => {
        known = standing;
        network.report(standing);
      };
      let { options: sent } = copies;
      if (receipt !== undefined) {
        const every = yield* receipt.begin(beginningOf(network, data, copies, before), isTime);
        begun = true;
        sent = { ...sent, onEpoch: recording(receipt, every, options, () => known!) };
      }
      const job = { ...copies, options: sent, saved, load, validation };
      const history = (yield trainer.train(job, stop, take)) as History;
      try {
        yield* network.settle(isTime);
      } catch (cause) {
        // after an abort, what the worker reported gets into the model when that is asked for
        if (!stop.hasEnded) network.report(before);
        const error = stop.hasEnded ? stop.reason : cause;
        addHistory(error, history);
        throw error;
      }
      if (receipt !== undefined) yield* receipt.end(history, known.state, isTime);
      return warned(history, ...network.warnings);
    }
  } catch (error) {
    if (isRefusal(error)) {
      if (before !== undefined) network.take(before);
    } else {
      addHistory(error, { loss: [...(data.run?.loss ?? [])] }); // unless it has one
      if (begun)
        atOnce(receipt!.end({ ...historyOf(error), stopped: stoppedBy(error, stop) }, known!.state, undefined));
    }
    throw error;
  } finally {
    trainer.release();
    network.release();
  }
  const ofCopies = readData(network, copies.x, copies.y, copies.options, stop);
  return warned(yield* train(network, ofCopies, copies.options, course), hereBecause(refusal));
}

/** How a recorder sees the training that begins in the worker. */
function beginningOf(
  network: NetworkState,
  { rows, batchRows, run }: TrainingData,
  { x, y, options }: Pick<Job, "x" | "y" | "options">,
  before: Standing,
): Beginning {
  const { validation, sampleWeights } = options;
  const own = network.options;
  const [ofX, ofY] = sourcesOf(own, x, y);
  return {
    network: network.savedOptions(),
    epochs: network.epochs,
    plateau: network.knownPlateau,
    options: options.given!,
    batchRows,
    stepsPerEpoch: Math.ceil(rows / batchRows),
    data: {
      x: ofX,
      y: ofY,
      weights: sampleWeights && ownRows(sampleWeights as FloatArray, 1),
      validation: validation && sourcesOf(own, validation[0], validation[1]),
    },
    state: run?.interruption?.snapshot ?? before.state,
    loss: run?.loss ?? [],
  };
}

/** The listener of a training in a worker that is recorded in this thread. */
function recording(
  receipt: TrainingRecorder,
  every: number,
  { epochs, onEpoch }: ResolvedFitOptions,
  known: () => Standing,
): ResolvedFitOptions["onEpoch"] {
  return async (info) => {
    const { epoch } = info;
    if (epoch % every === 0 || epoch === epochs) {
      const { run, state } = known();
      if (await finishAsync(receipt.epoch(epoch, run!, state, undefined))) info.stop();
    }
    await onEpoch?.(info);
  };
}

/** Copies of x and y, to be sent to a worker. */
function* copied(
  [x, y]: readonly [x: RowSource, y: RowSource],
  dtype: DType,
  isTime: IsTime,
): Generator<undefined, [x: SentX, y: TypedMatrix]> {
  const shape = [x.rows, x.columns] as const;
  let ofX: SentX;
  if (x.compressed === undefined) ofX = { data: yield* readSlices(x, dtype, isTime), shape };
  else {
    const { values: data, places: indices, starts: indptr } = yield* ownLists(x.compressed, dtype, isTime);
    ofX = { data, indices, indptr, shape };
  }
  return [ofX, { data: yield* readSlices(y, dtype, isTime), shape: [y.rows, y.columns] }];
}

/** A trainer, or the reason why there is none. */
function startOr(start: () => Trainer): Trainer | string {
  try {
    return start();
  } catch (cause) {
    if (cause instanceof EngineError) return cause.message;
    throw cause;
  }
}

function hereBecause(refusal: string): string {
  return `this thread trained, not a worker: ${refusal}`;
}
