// The training of an estimator: a search on some of the rows for the best number of epochs, while the others are held
// back, then a network trained on all rows for so many.
//
// The schedule is that of a whole training in both, one cycle of the learning rate over all epochs; the second training
// ends where the first was best. The last layer begins with zeros, so that the first outputs are the same for every
// row: random outputs would have to be unlearned, and few noisy rows are learned by heart before that.

import { Encoder } from "../data/encoder.ts";
import type { TypedMatrix } from "../data/matrix.ts";
import type { DataTable } from "../data/table.ts";
import { DisposedError } from "../errors.ts";
import { finishAsync } from "../network/course.ts";
import { type History, warned } from "../network/history.ts";
import type { BaseNetwork } from "../network/network.ts";
import { Slice } from "../network/slices.ts";
import { draw } from "../network/split.ts";
import { Stop } from "../network/stop.ts";
import type { EpochInfo } from "../options/fit.ts";
import type { NetworkOptions } from "../options/network.ts";
import type { Schedule, ScheduleFunction } from "../options/schedule.ts";
import { cosPi } from "../options/schedule-rates.ts";
import type { IsTime } from "../rows.ts";
import { encoding, encodingX, type Inputs, idWarnings, picking, pickingX, type Separated } from "./data.ts";
import type { EstimatorEpoch, EstimatorFitOptions, EstimatorSchedule, Recipe } from "./options.ts";

const STEPS = 4000; // of a training that has few rows
const MIN_EPOCHS = 40;
const MAX_EPOCHS = 400;
const MIN_BATCH = 32;
const MAX_BATCH = 128;
const ROWS_PER_BATCH_ROW = 400; // batches grow with the table, up to MAX_BATCH

/** What an estimator has learned. */
export interface Fitted {
  readonly network: BaseNetwork;
  readonly x: Encoder;
  readonly y: Encoder;
  /** Undefined of one that was loaded. */
  readonly history: History | undefined;
}

/** What tells classifiers and regressors apart. */
export interface Task {
  /** Checks the targets, and tells which rows are of one class; undefined where there are no classes. */
  groupsOf(targets: DataTable): Uint32Array | undefined;
  /** What becomes of the targets. */
  learn(targets: DataTable): Encoder;
  /** What the network's last layer is, and what it minimizes. */
  outputsOf(y: Encoder): { units: number; loss: "mse" | "sparseCategoricalCrossEntropy" | "binaryCrossEntropy" };
  /** A weight for each class that was found, if some are asked for. */
  weightsOf?(y: Encoder): "balanced" | readonly number[] | undefined;
}

/** What `dispose` ends a training by. */
export interface Running {
  network?: BaseNetwork;
  isDisposed?: boolean;
}

/** Indexes of the rows that are trained on in the search, and of those held back. */
interface Parts {
  readonly training: Uint32Array;
  readonly held: Uint32Array;
}

interface Matrices {
  readonly x: Inputs;
  readonly y: TypedMatrix;
}

/** Encoders learned from some rows, and these rows; with those held back. */
interface Prepared extends Matrices {
  readonly rows: number;
  readonly encoders: { readonly x: Encoder; readonly y: Encoder };
  readonly held?: Matrices;
}

export async function fitEstimator(
  task: Task,
  recipe: Recipe,
  { inputs, targets }: Separated,
  options: EstimatorFitOptions,
  running: Running,
): Promise<Fitted> {
  const groups = task.groupsOf(targets);
  const ofClasses = groups && task.learn(targets); // all classes are known
  const classWeights = ofClasses && task.weightsOf?.(ofClasses);
  const { rows } = inputs;
  const batchSize = recipe.batchSize ?? batchSizeOf(rows);
  const epochs = recipe.epochs ?? epochsOf(rows, batchSize);
  const inTurns = <R>(run: (slice: Slice, isTime: IsTime) => Generator<undefined, R>) => {
    const slice = new Slice();
    const stop = new Stop(options.signal);
    return finishAsync(
      run(slice, (work) => slice.isOver(work)),
      { stop, slice },
    );
  };

  function* dividing(_: Slice, isTime: IsTime): Generator<undefined, Parts> {
    const wanted = Math.floor(rows * recipe.validationSplit);
    const [training, held] = yield* draw(rows, wanted, recipe.seed, groups, isTime);
    return { training, held };
  }

  function* preparing(slice: Slice, parts: Parts | undefined): Generator<undefined, Prepared> {
    const of = (table: DataTable) => (parts === undefined ? table : table.part(parts.training));
    const x = Encoder.learn(of(inputs), recipe.columns, recipe.learning);
    const y = ofClasses ?? task.learn(of(targets));
    const all = {
      x: yield* encodingX(x, inputs, recipe.dtype, slice),
      y: yield* encoding(y, targets, recipe.dtype, slice),
    };
    const some = function* (indexes: Uint32Array): Generator<undefined, Matrices> {
      return { x: yield* pickingX(all.x, indexes, slice), y: yield* picking(all.y, indexes, slice) };
    };
    const matrices = parts === undefined ? all : yield* some(parts.training);
    let held = parts?.held;
    if (held && classWeights) held = repeated(held, all.y, timesOf(classWeights, matrices.y, task.outputsOf(y).units));
    return {
      ...matrices,
      rows: parts?.training.length ?? rows,
      encoders: { x, y },
      ...(held && { held: yield* some(held) }),
    };
  }

  let isAsked = false; // to stop

  async function training(phase: EstimatorEpoch["phase"], count: number, data: Prepared): Promise<Fitted> {
    const { x, y, held, encoders } = data;
    const network = await recipe.Network.create(networkOptions(task, recipe, data));
    try {
      running.network = network;
      checkRunning(running);
      const { signal, worker, onEpoch, receipt } = options;
      const history = await network.fitAsync(x, y, {
        epochs: count,
        batchSize,
        schedule: SCHEDULES[recipe.schedule](epochs),
        ...(held && { validation: [held.x, held.y], earlyStopping: { patience: count } }),
        ...(classWeights && { classWeights }),
        ...(signal !== undefined && { signal }),
        ...(worker !== undefined && { worker }),
        ...(receipt !== undefined && phase === "final" && { receipt }),
        ...(onEpoch !== undefined && { onEpoch: (info) => onEpoch(inPhase(info, phase, () => stop(info))) }),
      });
      return { network, ...encoders, history: warned(history, ...idWarnings(encoders.x, data.rows)) };
    } catch (error) {
      network.dispose();
      throw error;
    }
  }

  function stop(info: EpochInfo): void {
    isAsked = true;
    info.stop();
  }

  async function trainingOnAll(count: number): Promise<Fitted> {
    return training("final", count, await inTurns((slice) => preparing(slice, undefined)));
  }

  const parts = recipe.validationSplit > 0 ? await inTurns(dividing) : undefined;
  if (parts === undefined || parts.held.length === 0) return trainingOnAll(epochs);
  const found = await training("search", epochs, await inTurns((slice) => preparing(slice, parts)));
  let best = found.network; // so far: the one to be returned
  try {
    const history = found.history!;
    if (!isAsked) {
      const count = history.bestEpoch!;
      const fitted = await trainingOnAll(count);
      // one that was stopped in the midst of its schedule is worse
      const isWhole = fitted.history!.loss.length === count;
      const other = isWhole ? best : fitted.network;
      best = isWhole ? fitted.network : best;
      other.dispose();
      if (isWhole) return { ...fitted, history };
    }
    return { ...found, history: { ...history, stopped: "listener" } };
  } catch (error) {
    best.dispose();
    throw error;
  }
}

export function checkRunning({ isDisposed }: Running): void {
  if (isDisposed) throw new DisposedError("dispose was called during fit");
}

/** `stop` is not enumerable, as in what a network's listener gets: the rest can be posted. */
function inPhase(info: EpochInfo, phase: EstimatorEpoch["phase"], stop: () => void): EstimatorEpoch {
  return Object.defineProperty({ ...info, phase }, "stop", { value: stop });
}

const MOST_TIMES = 100;

/** How often a row of each class counts, as often as one of the class with the smallest weight. */
function timesOf(weights: "balanced" | ArrayLike<number>, { data }: TypedMatrix, classes: number): number[] {
  const counts = new Float64Array(classes);
  for (const place of data) counts[place]!++;
  const all = weights === "balanced" ? counts.map((count) => 1 / count) : Float64Array.from(weights);
  const least = all.reduce((min, weight) => (weight > 0 && weight < min ? weight : min), Infinity);
  return Array.from(all, (weight) => Math.min(MOST_TIMES, Math.max(1, Math.round(weight / least))));
}

/**
 * Rows held back have no weights, so those of classes with larger weights are there several times: the loss over them
 * is then about that which the training minimizes.
 */
function repeated(held: Uint32Array, { data }: TypedMatrix, times: readonly number[]): Uint32Array {
  const rows: number[] = [];
  for (const row of held) for (let k = 0; k < (times[data[row]!] ?? 1); k++) rows.push(row);
  return Uint32Array.from(rows);
}

function networkOptions(task: Task, recipe: Recipe, { rows, encoders }: Prepared): NetworkOptions {
  const { engine, activation, learningRate, beta2, dropout, seed, dtype, labelSmoothing, initializer } = recipe;
  const { units, loss } = task.outputsOf(encoders.y);
  const l2 = recipe.l2 / rows;
  const hidden = recipe.hidden.map((units) => ({
    units,
    activation,
    l2,
    dropout,
    ...(initializer && { initializer }),
  }));
  return {
    ...engine,
    inputs: encoders.x.width,
    layers: [...hidden, { units, l2, initializer: "zeros" }],
    loss: loss === "mse" ? loss : { type: loss, labelSmoothing },
    optimizer: { type: "adam", learningRate, beta2 },
    seed,
    dtype,
    encoders,
  };
}

function batchSizeOf(rows: number): number {
  let size = MIN_BATCH;
  while (size < MAX_BATCH && size * ROWS_PER_BATCH_ROW < rows) size *= 2;
  return size;
}

function epochsOf(rows: number, batchSize: number): number {
  const epochs = Math.round(STEPS / Math.ceil(rows / batchSize));
  return Math.min(MAX_EPOCHS, Math.max(MIN_EPOCHS, epochs));
}

const SCHEDULES: Readonly<Record<EstimatorSchedule, (epochs: number) => Schedule>> = {
  constant: () => ({ type: "constant" }),
  cosine: (epochs) => ({ type: "cosine", epochs }),
  cosineLog,
  oneCycle: (epochs) => ({ type: "oneCycle", epochs }),
};

const CYCLES_SPAN = 15; // 2^4 − 1, of four cycles

/**
 * RealMLP's schedule: ½ (1 − cos 2πφ) of the learning rate, φ the logarithm to base 2 of 1 + CYCLES_SPAN · t, as t runs
 * from 0 to 1. Each cycle takes twice as long as the one before. Its logarithm and cosine are made of the four basic
 * operations, so they are the same everywhere.
 */
function cosineLog(epochs: number): ScheduleFunction {
  return ({ epoch, step, stepsPerEpoch, rate }) => {
    let u = 1 + CYCLES_SPAN * Math.min(1, (epoch + step / stepsPerEpoch) / epochs);
    while (u >= 2) u /= 2; // whole cycles
    // ln u = 2 (s + s³/3 + s⁵/5 + …), by Taylor's series: s is below 1/3
    const s = (u - 1) / (u + 1);
    let sum = 0;
    for (let k = 31; k > 0; k -= 2) sum = 1 / k + s * s * sum;
    const phase = (2 * s * sum) / LN_2;
    const cosine = phase <= 0.5 ? cosPi(2 * phase) : cosPi(2 - 2 * phase);
    return rate * ((1 - cosine) / 2);
  };
}

const LN_2 = 0.6931471805599453;
