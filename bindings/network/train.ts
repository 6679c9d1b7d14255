// A training in this thread: reads its data, holds the network, and puts it back where an argument is refused.

import { counted } from "../checks.ts";
import { checkOut, type MatrixLike, type MatrixSource, own, type XLike } from "../data/matrix.ts";
import { DataError, NotFiniteError, OptionError, OutOfMemoryError, ShapeError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import type { ResolvedFitOptions } from "../options/fit.ts";
import type { RecordedData } from "../options/recorder.ts";
import { mayBeRefused } from "../options/schedule.ts";
import type { Wait } from "../promises.ts";
import { atOnce, type IsTime, type RowSource } from "../rows.ts";
import type { Run, Standing } from "../saving/state.ts";
import type { Course } from "./course.ts";
import { Glance } from "./glance.ts";
import { addHistory, type History, warned } from "./history.ts";
import type { NetworkState } from "./network-state.ts";
import {
  checkSampleMetrics,
  ownSample,
  ownX,
  type Sample,
  sourcesOf,
  toSample,
  VALIDATION,
  type Weights,
  weightsOf,
} from "./samples.ts";
import { Session, TRAINING_OUTPUTS } from "./session.ts";
import { Portion } from "./slices.ts";
import { rowsTrained, splitRows } from "./split.ts";
import type { Stop } from "./stop.ts";
import type { Windows } from "./windows.ts";

/** What a training has read of its arguments; nothing is copied yet. */
export interface TrainingData {
  /** All rows, as they were given; undefined of a stream. */
  readonly sources: readonly [x: RowSource, y: MatrixSource] | undefined;
  readonly validationSources: readonly [x: RowSource, y: MatrixSource] | undefined;
  /** All rows; undefined of a stream. */
  readonly sample: Sample | undefined;
  /** How many are trained on; 0 of a stream: nobody knows. */
  readonly rows: number;
  /** Of a stream. */
  readonly windows?: Windows | undefined;
  readonly shuffleBuffer?: number;
  readonly validation: Sample | undefined;
  /** Of all rows. */
  readonly weights: Weights | undefined;
  /** Rows of a step. */
  readonly batchRows: number;
  /** The interrupted training that is resumed. */
  readonly run: Run | undefined;
}

/** The first checks of a training, here or in a worker. */
export function readData(
  network: NetworkState,
  x: XLike,
  y: MatrixLike,
  options: ResolvedFitOptions,
  stop: Stop,
): TrainingData {
  const refusal = options.worker ? "fitAsync can't start" : "fit can't start";
  network.checkChangeable(refusal);
  stop.throwIfEnded();
  const {
    epochs,
    validation: given,
    validationSplit,
    sampleWeights,
    allowNegativeWeights,
    classWeights,
    metrics,
    trainingOutputs,
  } = options;
  const known = network.options;
  const sources = sourcesOf(known, x, y);
  const sample = toSample(known, sources);
  const validationSources = given && sourcesOf(known, given[0], given[1], VALIDATION);
  const validation = validationSources && toSample(known, validationSources, VALIDATION);
  const rows = validationSplit === undefined ? sample.x.rows : rowsTrained(sample.x.rows, validationSplit);
  checkEpochs(network, epochs);
  checkSampleMetrics(metrics, sample, known.dtype);
  if (validation !== undefined) checkSampleMetrics(metrics, validation, known.dtype, VALIDATION[1]);
  const batchRows = Math.min(options.batchSize, rows);
  const weights = weightsOf(known, sample.labels, sampleWeights, classWeights, allowNegativeWeights);
  if (trainingOutputs !== undefined) checkOut(trainingOutputs, known.dtype, rows * sample.y.columns, TRAINING_OUTPUTS);
  network.checkChangeable(refusal); // getters in the data may have changed this
  const run = runToResume(network, options, rows, batchRows);
  return { sources, validationSources, sample, rows, validation, weights, batchRows, run };
}

/** Refuses more epochs than their counter has. */
export function checkEpochs({ epochsBefore }: NetworkState, epochs: number): void {
  if (epochsBefore + epochs >= 2 ** 32) {
    throw new OptionError(`epochs is ${epochs}; a network trains 2^32 − 1 at most`);
  }
}

/** The interrupted training to resume, if that is asked for. `rows`: 0 of a stream. */
export function runToResume(
  { interrupted: run }: NetworkState,
  { resume, shuffle }: ResolvedFitOptions,
  rows: number,
  batchSize: number,
  shuffleBuffer = 0,
): Run | undefined {
  if (run === undefined || !resume) return undefined;
  if ((rows === 0) !== (run.rows === 0)) {
    const [now, was] =
      rows === 0 ? ["a stream", `x of ${counted(run.rows, "row")}`] : [`x of ${counted(rows, "row")}`, "a stream"];
    throw new OptionError(`resume is given ${now}; the training to resume has ${was}`);
  }
  for (const [name, value] of Object.entries({ rows, batchSize, shuffle, shuffleBuffer })) {
    const was = run[name as "rows" | "batchSize" | "shuffle" | "shuffleBuffer"] ?? 0;
    if (value !== was) throw new OptionError(`${name} is ${value}; the training to resume has ${was}`);
  }
  return run;
}

export function* trainOnMatrices(
  network: NetworkState,
  x: XLike,
  y: MatrixLike,
  options: ResolvedFitOptions,
  course: Course,
): Generator<Wait, History, unknown> {
  return yield* train(network, readData(network, x, y, options, course.stop), options, course);
}

/** A training on what was read of its arguments. */
export function* train(
  network: NetworkState,
  data: TrainingData,
  options: ResolvedFitOptions,
  course: Course,
): Generator<Wait, History, unknown> {
  const { stop, slice, isTime } = course;
  const { run, rows, batchRows, windows } = data;
  const { epochs, batchSize, validationSplit, shuffle, rates, schedule, metrics, trainingMetrics } = options;
  const { onEpoch, earlyStopping, checkpoint, receipt } = options;
  const { model, learningRate } = network;
  const { dtype, seed } = network.options;
  // an argument may be refused after some epochs; the network is then put back to this state
  const mayRefuse = onEpoch ?? earlyStopping ?? checkpoint ?? network.interrupted ?? windows;
  let before: Standing | undefined;
  let session: Session | undefined;
  network.stop = stop;
  try {
    if (mayRefuse || (schedule && mayBeRefused(schedule, learningRate))) before = yield* network.standing(isTime);
    let { validation } = data;
    if (data.weights !== undefined) yield* data.weights.counting(isTime);
    let { sample, weights } = windows
      ? yield* windows.begin(run?.interruption?.position ?? 0)
      : { sample: data.sample!, weights: data.weights as RowSource | undefined };
    let targets: RowSource | undefined = data.sources?.[1];
    let recorded: RecordedData | undefined;
    if (receipt !== undefined) {
      recorded = yield* ownData(data, dtype, isTime);
      ({ y: targets, weights } = recorded);
      sample = toSample(network.options, [recorded.x, targets]);
      if (recorded.validation !== undefined) validation = toSample(network.options, recorded.validation, VALIDATION);
    }
    if (validationSplit !== undefined) {
      const all = { sample, weights, targets: targets! };
      ({ sample, validation, weights } = yield* splitRows(network.options, all, validationSplit, isTime));
    }
    if (validation !== undefined) validation = yield* ownSample(validation, dtype, isTime);
    if (metrics.length > 0 && (validation === undefined || trainingMetrics)) {
      sample = yield* ownSample(sample, dtype, isTime);
    }
    // a look at compressed rows would make them whole, and a stream's are not there yet
    const looks = options.warns && windows === undefined && sample.x.compressed === undefined;
    const glance = looks ? Glance.of(sample, model, epochs) : undefined;
    const training = yield* model.startTraining({
      x: (glance ?? sample).x,
      y: (glance ?? sample).y,
      batchSize: batchRows,
      epochs: Math.max(1, epochs - (run?.loss.length ?? 0)),
      firstEpoch: network.epochsBefore,
      shuffle,
      seed,
      learningRate,
      sampleWeights: weights,
      scheduled: rates !== undefined,
      windowed: windows !== undefined,
      keepsOutputs: options.trainingOutputs !== undefined,
      isTime,
      resume: run?.interruption,
      trace: receipt?.trace,
      from: run === undefined ? network.interrupted?.interruption?.snapshot : undefined,
    });
    const evaluated = validation ?? (metrics.length > 0 ? sample : undefined);
    const warnings = glance?.dataWarnings(network.loss) ?? [];
    const trained = trainingMetrics ? sample : undefined;
    session = new Session(network, training, options, course, data, evaluated, warnings, trained);
    network.session = session;
    stop.throwIfEnded();
    if (receipt !== undefined) yield* session.begin(recorded!);
    // fitAsync returns before the first step: what the network shows by then does not depend on the clock
    if (isTime !== undefined) yield Promise.resolve();
    const history = yield* session.advance();
    network.endSession(); // its memory is enough for a prediction
    if (receipt !== undefined) yield* receipt.end(history, yield* model.copyState(isTime), isTime);
    const portion = slice && new Portion(slice, model.parameterCount);
    const found = glance && (yield* glance.outputWarnings(model, history.loss.length, portion));
    return warned(history, ...(found ?? []));
  } catch (error) {
    const history = session?.history;
    network.endSession();
    if (before !== undefined && (history === undefined || isRefusal(error))) network.take(before);
    if (!isRefusal(error)) addHistory(error, history ?? { loss: [...(run?.loss ?? [])] });
    if (history !== undefined && receipt !== undefined && !isRefusal(error)) {
      atOnce(receipt.end({ ...history, stopped: stoppedBy(error, stop) }, atOnce(model.copyState()), undefined));
    }
    if (history !== undefined || !(error instanceof OutOfMemoryError)) throw error;
    const given = windows ? "a stream" : `x and y of ${counted(rows, "row")}`;
    const asked = `${given}, batchSize ${batchSize} and epochs ${epochs}`;
    throw new OutOfMemoryError(`${asked} need more memory than there is: ${error.message}`, { cause: error });
  } finally {
    network.endSession();
    yield* windows?.close() ?? [];
    network.release();
  }
}

/** The rows of a training that is recorded: what is written down is what is trained on, since all is read once. */
function* ownData(
  { sources, weights, validationSources }: TrainingData,
  dtype: DType,
  isTime: IsTime,
): Generator<undefined, RecordedData> {
  const owned = function* ([x, y]: readonly [RowSource, RowSource]): Generator<undefined, [RowSource, RowSource]> {
    return [yield* ownX(x, dtype, isTime), yield* own(y, dtype, isTime)];
  };
  const [x, y] = yield* owned(sources!);
  return {
    x,
    y,
    weights: weights && (yield* own(weights, dtype, isTime)),
    validation: validationSources && (yield* owned(validationSources)),
  };
}

/** Why a training ended that threw, as its receipt has it. */
export function stoppedBy(error: unknown, stop: Stop): string {
  return error instanceof NotFiniteError ? "notFinite" : stop.hasEnded ? "abort" : "error";
}

/** Whether an error is about an argument: then the network must be left unchanged. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ShapeError || error instanceof DataError || error instanceof OptionError;
}
