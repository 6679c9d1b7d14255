// k-fold cross-validation.

import type { MetricName } from "../catalog/metrics.ts";
import { checkWhole, counted, readNames } from "../checks.ts";
import { type MatrixLike, type OwnRows, own, ownRows, type TypedMatrix } from "../data/matrix.ts";
import { checkMetrics } from "../data/metrics.ts";
import type { Kernels } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import { dtypeOf, floatArray, indexArray } from "../numbers.ts";
import { FIT_ASYNC_NAMES, type FitAsyncOptions, resolveFitOptions } from "../options/fit.ts";
import type { Monitor } from "../options/monitor.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import { type IsTime, inSlices, type RowSource } from "../rows.ts";
import { finishAsync } from "./course.ts";
import { sourcesOf, toSample, weightsOf } from "./samples.ts";
import { Slice } from "./slices.ts";
import { rowsTrained } from "./split.ts";

/** The loss, and the metrics that were asked for. */
export type Scores = { readonly loss: number } & Partial<Readonly<Record<MetricName, number>>>;

/** What `crossValidate` resolves to. */
export interface CrossValidation {
  /** The scores on each fold, by the network that was not trained on it. */
  readonly folds: readonly Scores[];
  /** The mean of each score over the folds. */
  readonly mean: Scores;
}

/** The options of `fitAsync` that make sense for every fold, and the number of folds. */
export interface CrossValidationOptions
  extends Omit<FitAsyncOptions, "sampleWeights" | "validation" | "metrics" | "onEpoch"> {
  /** From 2 to the number of rows, default 5. */
  readonly folds?: number;
  /**
   * Metrics to measure on each fold; default none. If early stopping or a plateau watches one of them, the trainings
   * measure it, too: on the data of `validationSplit`, or else on the rows that are trained on.
   */
  readonly metrics?: readonly MetricName[];
}

type FoldName = Exclude<keyof CrossValidationOptions, "folds" | "metrics">;

/** What a fold's `fitAsync` is given. */
const FOLD_NAMES = /* @__PURE__ */ FIT_ASYNC_NAMES.filter(
  (name): name is FoldName => !["sampleWeights", "validation", "metrics", "onEpoch"].includes(name),
);

/** What a fold asks of its network. */
interface Trainable {
  fitAsync(x: MatrixLike, y: MatrixLike, options: FitAsyncOptions): Promise<unknown>;
  dispose(): void;
}

export type EvaluatedData = [x: OwnRows, y: OwnRows, metrics: readonly MetricName[], slice: Slice];

/** What `crossValidate` has networks do; `evaluate` yields where it is time to. */
export interface Networks<T extends Trainable> {
  create(): Promise<T>;
  evaluate(network: T, ...data: EvaluatedData): Generator<undefined, Scores>;
}

export async function crossValidate<T extends Trainable>(
  { create, evaluate }: Networks<T>,
  { shuffle }: Pick<Kernels, "shuffle">,
  options: ResolvedNetworkOptions,
  x: MatrixLike,
  y: MatrixLike,
  given: CrossValidationOptions,
): Promise<CrossValidation> {
  // all arguments are read and checked before the first network is created
  const { folds = 5, metrics: names = [], ...fit } = readNames("options", given, [...FOLD_NAMES, "folds", "metrics"]);
  const metrics = checkMetrics("metrics", names);
  checkWhole("folds", folds, 2, 2 ** 20);
  const { classWeights, validationSplit, earlyStopping, schedule } = resolveFitOptions({ ...fit, metrics }, [
    ...FOLD_NAMES,
    "metrics",
  ]);
  // of the metrics, a training measures what it watches
  const watched = [earlyStopping?.monitor, (schedule as { monitor?: Monitor } | undefined)?.monitor];
  const foldFit = { ...fit, metrics: metrics.filter((name) => watched.includes(name)) };
  const [xRows, yRows] = sourcesOf(options, x, y);
  const { rows } = xRows;
  if (folds > rows) throw new OptionError(`folds is ${folds}; x has ${counted(rows, "row")}`);
  if (validationSplit !== undefined) {
    for (const most of [Math.floor(rows / folds), Math.ceil(rows / folds)]) rowsTrained(rows - most, validationSplit);
  }
  const read = (source: RowSource) => inTurns(({ isTime }) => own(source, options.dtype, isTime));
  const [ownX, ownY] = [await read(xRows), await read(yRows)];
  const { labels } = toSample(options, [ownX, ownY]);
  const weights = weightsOf(options, labels, undefined, classWeights);
  if (labels !== ownY) await read(labels);
  if (weights !== undefined) await read(weights);
  const places = await inTurns(({ isTime }) => placesOf(shuffle(rows, options.seed, 0, isTime), isTime));
  const evaluations: Scores[] = [];
  const first = await create(); // kept to the end, so that the threads are shared by all folds
  try {
    for (let fold = 0; fold < folds; fold++) {
      const [begin, end] = [fold, fold + 1].map((n) => Math.floor((n * rows) / folds)) as [number, number];
      const split = (data: OwnRows) => inTurns(({ isTime }) => splitting(data, places, begin, end, isTime));
      const [x, y] = [await split(ownX), await split(ownY)];
      const net = fold === 0 ? first : await create();
      try {
        await net.fitAsync(matrixOf(x.others), matrixOf(y.others), foldFit);
        evaluations.push(await inTurns(({ slice }) => evaluate(net, x.kept, y.kept, metrics, slice)));
      } finally {
        if (net !== first) net.dispose();
      }
    }
  } finally {
    first.dispose();
  }
  const mean = (name: "loss" | MetricName) => evaluations.reduce((sum, scores) => sum + scores[name]!, 0) / folds;
  return {
    folds: evaluations,
    mean: Object.fromEntries(["loss" as const, ...metrics].map((name) => [name, mean(name)])) as unknown as Scores,
  };
}

/** Runs it to its end; the event loop gets its turns meanwhile. */
function inTurns<R>(run: (clock: { slice: Slice; isTime: IsTime }) => Generator<undefined, R>): Promise<R> {
  const slice = new Slice();
  return finishAsync(run({ slice, isTime: (work) => slice.isOver(work) }), { slice });
}

/** The place of each row in the order. */
function* placesOf(drawing: Generator<undefined, Uint32Array>, isTime: IsTime): Generator<undefined, Uint32Array> {
  const order = yield* drawing;
  const places = indexArray(order.length);
  yield* inSlices(isTime, order.length, (first, count) => {
    for (let place = first; place < first + count; place++) places[order[place]!] = place;
  });
  return places;
}

/** The rows whose places are from `begin` to before `end`, and the others, each in their own order. */
function* splitting(
  { data, rows, columns }: OwnRows,
  places: Uint32Array,
  begin: number,
  end: number,
  isTime: IsTime,
): Generator<undefined, { kept: OwnRows; others: OwnRows }> {
  const dtype = dtypeOf(data);
  const kept = floatArray(dtype, (end - begin) * columns);
  const others = floatArray(dtype, (rows - (end - begin)) * columns);
  let [keptAt, othersAt] = [0, 0];
  const copy = (first: number, count: number) => {
    for (let row = first, from = first * columns; row < first + count; row++) {
      const place = places[row]!;
      if (place >= begin && place < end) for (let i = 0; i < columns; i++) kept[keptAt++] = data[from++]!;
      else for (let i = 0; i < columns; i++) others[othersAt++] = data[from++]!;
    }
  };
  yield* inSlices(isTime, rows, copy, columns);
  return { kept: ownRows(kept, columns), others: ownRows(others, columns) };
}

function matrixOf({ data, rows, columns }: OwnRows): TypedMatrix {
  return { data, shape: [rows, columns] };
}
