// k-fold cross-validation.

import { checkWhole, readNames } from "../checks.ts";
import { type DType, dtypeOf, floatArray, type Kernels, type RowSource } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import { checkMetrics, type MetricName } from "../metrics.ts";
import { finishAsync } from "./fitting.ts";
import { type MatrixLike, type OwnRows, own, type TypedMatrix } from "./matrix.ts";
import { type FitAsyncOptions, type ResolvedNetworkOptions, resolveFitOptions } from "./options.ts";
import { rowsKept, sourcesOf, toSample, weightsOf } from "./samples.ts";
import { Slice } from "./schedule.ts";

/** The loss, and the metrics that were asked for. */
export type Scores = { readonly loss: number } & Partial<Readonly<Record<MetricName, number>>>;

export interface CrossValidation {
  /** The scores on each fold, by the network that was not trained on it. */
  readonly folds: readonly Scores[];
  readonly mean: Scores;
}

/** The options of `fitAsync` that make sense for every fold, and the number of folds. */
export interface CrossValidationOptions
  extends Omit<FitAsyncOptions, "sampleWeights" | "validation" | "metrics" | "onEpoch"> {
  /** From 2 to the number of rows, default 5. */
  readonly folds?: number;
  readonly metrics?: readonly MetricName[];
}

const FIT_NAMES = [
  "epochs",
  "batchSize",
  "shuffle",
  "schedule",
  "classWeights",
  "validationSplit",
  "earlyStopping",
  "checkpoint",
  "resume",
  "timeLimit",
  "signal",
  "worker",
] as const;

/** What a fold asks of its network. */
interface Trainable {
  fitAsync(x: MatrixLike, y: MatrixLike, options: FitAsyncOptions): Promise<unknown>;
  evaluate(x: MatrixLike, y: MatrixLike, options: { readonly metrics: readonly MetricName[] }): Scores;
  dispose(): void;
}

/** `create`: makes a network for each fold. */
export async function crossValidate(
  create: () => Promise<Trainable>,
  { shuffle }: Pick<Kernels, "shuffle">,
  options: ResolvedNetworkOptions,
  x: MatrixLike,
  y: MatrixLike,
  given: CrossValidationOptions,
): Promise<CrossValidation> {
  // all arguments are read and checked before the first network is created
  const { folds = 5, metrics: names = [], ...fit } = readNames("options", given, [...FIT_NAMES, "folds", "metrics"]);
  const metrics = checkMetrics("metrics", names);
  checkWhole("folds", folds, 2, 2 ** 20);
  const { classWeights, validationSplit } = resolveFitOptions(fit, FIT_NAMES);
  const [xRows, yRows] = sourcesOf(options, x, y);
  const { rows } = xRows;
  if (folds > rows) throw new OptionError(`folds is ${folds}; x has ${rows} rows`);
  if (validationSplit !== undefined) {
    for (const most of [Math.floor(rows / folds), Math.ceil(rows / folds)]) rowsKept(rows - most, validationSplit);
  }
  const [ownX, ownY] = [await read(xRows, options.dtype), await read(yRows, options.dtype)];
  const { labels } = toSample(options, [ownX, ownY]);
  const weights = weightsOf(options, labels, undefined, classWeights);
  if (labels !== ownY) await read(labels, options.dtype);
  if (weights !== undefined) await read(weights, options.dtype);
  const order = shuffle(rows, options.seed, 0);
  const evaluations: Scores[] = [];
  const first = await create(); // kept to the end, so that the threads are shared by all folds
  try {
    for (let fold = 0; fold < folds; fold++) {
      const [begin, end] = [fold, fold + 1].map((n) => Math.floor((n * rows) / folds));
      const kept = order.slice(begin, end).sort();
      const others = order.filter((_, place) => place < begin! || place >= end!).sort();
      const net = fold === 0 ? first : await create();
      try {
        await net.fitAsync(take(ownX, others), take(ownY, others), fit);
        evaluations.push(net.evaluate(take(ownX, kept), take(ownY, kept), { metrics }));
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

/** Copies all rows of a source; the event loop gets its turns meanwhile. */
function read(source: RowSource, dtype: DType): Promise<OwnRows> {
  const slice = new Slice();
  const isTime = (work: number) => slice.isOver(work);
  return finishAsync(own(source, dtype, isTime), { slice });
}

/** Some of the rows. */
function take({ data, columns }: OwnRows, rows: Uint32Array): TypedMatrix {
  const taken = floatArray(dtypeOf(data), rows.length * columns);
  rows.forEach((row, s) => taken.set(data.subarray(row * columns, (row + 1) * columns), s * columns));
  return { data: taken, shape: [rows.length, columns] };
}
