// A training in this thread: reads its data, holds the network, and puts it back where an argument is refused.

import { counted } from "../checks.ts";
import type { MatrixLike, MatrixSource } from "../data/matrix.ts";
import { checkMetricsFit } from "../data/metrics.ts";
import { DataError, OptionError, OutOfMemoryError, ShapeError } from "../errors.ts";
import type { ResolvedFitOptions } from "../options/fit.ts";
import { mayBeRefused } from "../options/schedule.ts";
import type { Wait } from "../promises.ts";
import type { RowSource } from "../rows.ts";
import type { Run, Standing } from "../saving/state.ts";
import type { Course } from "./course.ts";
import { Glance } from "./glance.ts";
import { addHistory, type History, warned } from "./history.ts";
import type { NetworkState } from "./network-state.ts";
import { ownSample, type Sample, sourcesOf, toSample, VALIDATION, type Weights, weightsOf } from "./samples.ts";
import { Session } from "./session.ts";
import { Portion } from "./slices.ts";
import { rowsTrained, splitRows } from "./split.ts";
import type { Stop } from "./stop.ts";

/** What a training has read of its arguments; nothing is copied yet. */
export interface TrainingData {
  /** All rows, as they were given. */
  readonly sources: readonly [x: MatrixSource, y: MatrixSource];
  readonly validationSources: readonly [x: MatrixSource, y: MatrixSource] | undefined;
  /** All rows. */
  readonly sample: Sample;
  /** How many are trained on. */
  readonly rows: number;
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
  x: MatrixLike,
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
  } = options;
  const known = network.options;
  const sources = sourcesOf(known, x, y);
  const sample = toSample(known, sources);
  const validationSources = given && sourcesOf(known, given[0], given[1], VALIDATION);
  const validation = validationSources && toSample(known, validationSources, VALIDATION);
  const rows = validationSplit === undefined ? sample.x.rows : rowsTrained(sample.x.rows, validationSplit);
  if (network.epochsBefore + epochs >= 2 ** 32) {
    throw new OptionError(`epochs is ${epochs}; a network trains 2^32 − 1 at most`);
  }
  checkMetricsFit("metrics", metrics, sample.labels.columns, sample.multiLabel === false);
  const batchRows = Math.min(options.batchSize, rows);
  const weights = weightsOf(known, sample.labels, sampleWeights, classWeights, allowNegativeWeights);
  network.checkChangeable(refusal); // getters in the data may have changed this
  const run = runToResume(network, options, rows, batchRows);
  return { sources, validationSources, sample, rows, validation, weights, batchRows, run };
}

/** The interrupted training to resume, if that is asked for. */
function runToResume(
  { interrupted: run }: NetworkState,
  { resume, shuffle }: ResolvedFitOptions,
  rows: number,
  batchSize: number,
): Run | undefined {
  if (run === undefined || !resume) return undefined;
  for (const [name, value] of Object.entries({ rows, batchSize, shuffle })) {
    const was = run[name as "rows" | "batchSize" | "shuffle"];
    if (value !== was) throw new OptionError(`${name} is ${value}; the training to resume has ${was}`);
  }
  return run;
}

/** `read`: what was read of x and y already. */
export function* train(
  network: NetworkState,
  x: MatrixLike,
  y: MatrixLike,
  options: ResolvedFitOptions,
  course: Course,
  read?: TrainingData,
): Generator<Wait, History, unknown> {
  const { stop, slice, isTime } = course;
  const data = read ?? readData(network, x, y, options, stop);
  const { run, rows, batchRows } = data;
  const { epochs, batchSize, validationSplit, shuffle, rates, schedule, metrics, trainingMetrics } = options;
  const { onEpoch, earlyStopping, checkpoint } = options;
  const { model, learningRate } = network;
  const { dtype, seed } = network.options;
  // an argument may be refused after some epochs; the network is then put back to this state
  const mayRefuse = onEpoch ?? earlyStopping ?? checkpoint ?? network.interrupted;
  let before: Standing | undefined;
  let session: Session | undefined;
  network.stop = stop;
  try {
    if (mayRefuse || (schedule && mayBeRefused(schedule, learningRate))) before = yield* network.standing(isTime);
    let { sample, validation }: Pick<TrainingData, "sample" | "validation"> = data;
    let weights: RowSource | undefined = data.weights;
    if (data.weights !== undefined) yield* data.weights.counting(isTime);
    if (validationSplit !== undefined) {
      const all = { sample, weights, targets: data.sources[1] };
      ({ sample, validation, weights } = yield* splitRows(network.options, all, validationSplit, isTime));
    }
    if (validation !== undefined) validation = yield* ownSample(validation, dtype, isTime);
    if (metrics.length > 0 && (validation === undefined || trainingMetrics)) {
      sample = yield* ownSample(sample, dtype, isTime);
    }
    const glance = options.warns ? Glance.of(sample, model, epochs) : undefined;
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
      isTime,
      resume: run?.interruption,
      from: run === undefined ? network.interrupted?.interruption?.snapshot : undefined,
    });
    const evaluated = validation ?? (metrics.length > 0 ? sample : undefined);
    const warnings = glance?.dataWarnings(network.loss) ?? [];
    const trained = trainingMetrics ? sample : undefined;
    session = new Session(network, training, options, course, data, evaluated, warnings, trained);
    network.session = session;
    stop.throwIfEnded();
    // fitAsync returns before the first step: what the network shows by then does not depend on the clock
    if (isTime !== undefined) yield Promise.resolve();
    const history = yield* session.advance();
    network.endSession(); // its memory is enough for a prediction
    const portion = slice && new Portion(slice, model.parameterCount);
    const found = glance && (yield* glance.outputWarnings(model, history.loss.length, portion));
    return warned(history, ...(found ?? []));
  } catch (error) {
    const history = session?.history;
    network.endSession();
    if (before !== undefined && (history === undefined || isRefusal(error))) network.take(before);
    if (!isRefusal(error)) addHistory(error, history ?? { loss: [...(run?.loss ?? [])] });
    if (history !== undefined || !(error instanceof OutOfMemoryError)) throw error;
    const asked = `x and y of ${counted(rows, "row")}, batchSize ${batchSize} and epochs ${epochs}`;
    throw new OutOfMemoryError(`${asked} need more memory than there is: ${error.message}`, { cause: error });
  } finally {
    network.endSession();
    network.release();
  }
}

/** Whether an error is about an argument: then the network must be left unchanged. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ShapeError || error instanceof DataError || error instanceof OptionError;
}
