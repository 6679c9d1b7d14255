// k-fold cross-validation.

import { METRIC_ROWS } from "../catalog/metrics.ts";
import { checkFunction, checkWhole, counted, isList, lengthOfList, readNames, show } from "../checks.ts";
import type { CompressedMatrix } from "../data/compressed.ts";
import {
  GivenMatrix,
  held,
  type MatrixLike,
  type OwnRows,
  own,
  ownRows,
  rowsAt,
  type TypedMatrix,
  type XLike,
} from "../data/matrix.ts";
import type { ResolvedMetric } from "../data/measuring.ts";
import { type ByMetric, checkMetrics, type Metric } from "../data/metrics.ts";
import type { Table } from "../data/table.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { dtypeOf, floatArray, indexArray } from "../numbers.ts";
import { isBranded } from "../objects.ts";
import { FIT_ASYNC_NAMES, type FitAsyncOptions, resolveFitOptions } from "../options/fit.ts";
import { MAX_SIZE } from "../options/layer.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import { type IsTime, inSlices, ownLists, type RowSource } from "../rows.ts";
import { finishAsync } from "./course.ts";
import { FOLD_OPTIONS, type Fold, type FoldOptions, foldsOf, type ResolvedFolds, resolveFolds } from "./folds.ts";
import type { History } from "./history.ts";
import { areShares, checkSampleMetrics, ownX, sourcesOf, toSample, weightsOf } from "./samples.ts";
import { Slice } from "./slices.ts";
import { classesOf, marksOf, rowsTrained } from "./split.ts";

/** The loss, and the metrics that were asked for. */
export type Scores = { readonly loss: number } & Readonly<ByMetric<number>>;

/** What `crossValidate` resolves to; `S` has the loss and the metrics that were asked for. */
export interface CrossValidation<S extends { readonly loss: number } = Scores> {
  /** The scores on each fold, by the network that was not trained on it; repeat by repeat. */
  readonly folds: readonly S[];
  /** The mean of each score over the folds. */
  readonly mean: S;
  /** The standard deviation of each score over the folds: √ of the mean square of what differs from the mean. */
  readonly standardDeviation: S;
  /** Sentences about things that may be unintended, such as a class with fewer rows than there are folds. */
  readonly warnings?: readonly string[];
}

/** What turns rows of a table into numbers, such as an `Encoder`. */
export interface RowEncoder {
  /** Rows as numbers, as many rows; those of x may be compressed. */
  encode(rows: Table): XLike;
}

/** The options of `fitAsync` that make sense for every fold, and how rows are divided into folds. */
export interface CrossValidationOptions<M extends Metric = Metric>
  extends FoldOptions,
    Omit<
      FitAsyncOptions,
      "sampleWeights" | "allowNegativeWeights" | "validation" | "metrics" | "trainingMetrics" | "onEpoch" | "resume"
    > {
  /**
   * Metrics to measure on each fold; default none. If early stopping or a plateau watches one of them, the trainings
   * measure it, too: on the data of `validationSplit`, or else on the rows that are trained on.
   */
  readonly metrics?: readonly M[];
  /**
   * What to encode x and y with: x and y are then arrays of rows, records or labels, or tables that `readTable` of
   * "bitgrad/tables" read, and each fold calls it with the rows that its network
   * is trained on, so that nothing is learned from the others. What has no encoder is taken as it is. The network's
   * `inputs` are as many as the encoded x has columns, whatever the options say. It is called once more at first, with
   * all rows, to find out the classes.
   *
   * @example
   * ```ts
   * const encoders = (x, y) => ({ x: Encoder.learn(x), y: Encoder.learn(y, "oneHot") });
   * await Network.crossValidate(options, table, labels, { encoders });
   * ```
   */
  readonly encoders?: (x: Table, y: Table) => { readonly x?: RowEncoder; readonly y?: RowEncoder };
}

const OTHER_NAMES = [
  ...["sampleWeights", "allowNegativeWeights", "validation", "metrics", "trainingMetrics", "onEpoch", "resume"],
];

type FoldName = Exclude<keyof CrossValidationOptions, keyof FoldOptions | "metrics" | "encoders">;

/** What a fold's `fitAsync` is given. */
const FOLD_NAMES = /* @__PURE__ */ FIT_ASYNC_NAMES.filter((name): name is FoldName => !OTHER_NAMES.includes(name));

/** What a fold asks of its network. */
interface Trainable {
  fitAsync(x: XLike, y: MatrixLike, options: FitAsyncOptions): Promise<History>;
  dispose(): void;
}

export type EvaluatedData = [x: RowSource, y: OwnRows, metrics: readonly ResolvedMetric[], slice: Slice];

/** What `crossValidate` has networks do; `evaluate` yields where it is time to. */
export interface Networks<T extends Trainable> {
  create(options: Pick<ResolvedNetworkOptions, "seed" | "inputs">): Promise<T>;
  evaluate(network: T, ...data: EvaluatedData): Generator<undefined, Scores>;
}

export async function crossValidate<T extends Trainable>(
  { create, evaluate }: Networks<T>,
  known: ResolvedNetworkOptions,
  x: Table | CompressedMatrix,
  y: Table,
  given: CrossValidationOptions,
): Promise<CrossValidation> {
  // all arguments are read and checked before the first network is created
  const {
    metrics: names = [],
    encoders,
    folds: count,
    shuffleFolds,
    repeats,
    groups,
    stratify,
    ...fit
  } = readNames("options", given, [...FOLD_NAMES, ...FOLD_OPTIONS, "metrics", "encoders"]);
  const metrics = checkMetrics("metrics", names);
  const resolved = resolveFitOptions({ ...fit, metrics }, [...FOLD_NAMES, "metrics"]);
  const { classWeights, validationSplit, earlyStopping, schedule } = resolved;
  // of the metrics, a training measures what it watches
  const watched = [earlyStopping?.monitor, (schedule as { monitor?: string } | undefined)?.monitor];
  const foldFit = { ...fit, metrics: metrics.filter(({ name }) => watched.includes(name)) };
  const parts = encoders === undefined ? new Matrices(known, x, y) : new Encoded(known, x as Table, y, encoders);
  const { options, sources } = parts;
  const { rows } = sources[0];
  const folding = resolveFolds({ folds: count, shuffleFolds, repeats, groups, stratify } as FoldOptions, rows);
  const read = (source: RowSource) => inTurns(({ isTime }) => own(source, options.dtype, isTime));
  const all = await inTurns(function* ({ isTime }) {
    return [yield* ownX(sources[0], options.dtype, isTime), yield* own(sources[1], options.dtype, isTime)] as const;
  });
  const sample = toSample(options, all);
  checkSampleMetrics(metrics, sample, options.dtype);
  const { labels } = sample;
  const weights = weightsOf(options, labels, undefined, classWeights);
  if (labels !== all[1]) await read(labels);
  if (weights !== undefined) await read(weights);
  const { classes, areLabels } = await inTurns(({ isTime }) => targetsOf(options, all[1], isTime));
  if (folding.stratify && classes === undefined) {
    throw new OptionError("stratify is true; y has no classes, of which each row is in one");
  }
  const stratified = folding.groups === undefined && folding.stratify !== false ? classes : undefined;
  const { seed } = options;
  const divided = (repeat: number) =>
    inTurns(({ isTime }) => foldsOf(folding, rows, { seed, repeat }, stratified, isTime));
  const first = await divided(0);
  if (validationSplit !== undefined) for (const { count } of first) rowsTrained(rows - count, validationSplit);
  const warnings = stratified === undefined ? [] : warningsOf(stratified, folding);
  const measured = metrics.map((metric) => (areLabels === undefined ? metric : withLabels(metric, areLabels)));

  const evaluations: Scores[] = [];
  let kept: T | undefined; // the first to the end, so that the threads are shared by all folds
  try {
    for (let repeat = 0; repeat < folding.repeats; repeat++) {
      for (const fold of repeat === 0 ? first : await divided(repeat)) {
        const { inputs, trained, evaluated } = await parts.divide(fold, all);
        // each has a seed of its own
        const net = await create({ inputs, seed: (seed + evaluations.length) % 2 ** 53 });
        kept ??= net;
        try {
          const { stopped, loss } = await net.fitAsync(...trained, foldFit);
          if (stopped === "timeLimit") {
            const after = counted(loss.length, "epoch");
            warnings.push(`timeLimit ended the training of fold ${evaluations.length + 1} after ${after}`);
          }
          evaluations.push(await inTurns(({ slice }) => evaluate(net, ...evaluated, measured, slice)));
        } finally {
          if (net !== kept) net.dispose();
        }
      }
    }
  } finally {
    kept?.dispose();
  }
  const keys = ["loss", ...metrics.map(({ name }) => name)];
  for (const key of keys) {
    const without = evaluations.filter((scores) => Number.isNaN(scores[key])).length;
    if (without > 0)
      warnings.push(`${key} is not defined in ${without} of ${evaluations.length} folds, so its mean is NaN`);
  }
  const scoresOf = (of: (values: number[]) => number) =>
    Object.fromEntries(keys.map((key) => [key, of(evaluations.map((scores) => scores[key]!))])) as unknown as Scores;
  return {
    folds: evaluations,
    mean: scoresOf(meanOf),
    standardDeviation: scoresOf((values) => {
      const mean = meanOf(values);
      return Math.sqrt(meanOf(values.map((value) => (value - mean) * (value - mean))));
    }),
    ...(warnings.length > 0 && { warnings }),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What the targets of all rows are; a fold's alone might look like something else. */
function* targetsOf(
  options: ResolvedNetworkOptions,
  y: OwnRows,
  isTime: IsTime,
): Generator<undefined, { classes?: Uint32Array | undefined; areLabels?: boolean }> {
  return areShares(options) ? { classes: yield* classesOf(options, y, isTime) } : yield* marksOf(y, isTime);
}

/** A metric that doesn't ask the targets whether columns are labels. */
function withLabels(metric: ResolvedMetric, areLabels: boolean): ResolvedMetric {
  const isAsked = METRIC_ROWS[metric.type].options.includes("multiLabel");
  const isKnown = metric.multiLabel !== undefined || metric.threshold !== undefined;
  return isAsked && !isKnown ? { ...metric, multiLabel: areLabels } : metric;
}

function warningsOf(classes: Uint32Array, { count, own }: ResolvedFolds): string[] {
  if (own !== undefined) return [];
  const rows: number[] = [];
  for (const k of classes) rows[k] = (rows[k] ?? 0) + 1;
  return rows.flatMap((some, k) =>
    some < count ? [`class ${k} has ${counted(some, "row")} for ${count} folds: some folds are without it`] : [],
  );
}

/** The data of a fold. */
interface Parts {
  readonly inputs: number;
  readonly trained: readonly [x: XLike, y: MatrixLike];
  readonly evaluated: readonly [x: RowSource, y: OwnRows];
}

/** x and y as they are given: numbers. */
class Matrices {
  readonly options: ResolvedNetworkOptions;
  readonly sources: readonly [x: RowSource, y: RowSource];

  constructor(options: ResolvedNetworkOptions, x: Table | CompressedMatrix, y: Table) {
    this.options = options;
    const [ofX, ofY] = sourcesOf(options, x as XLike, y as MatrixLike);
    this.sources = [held(ofX, options.dtype), held(ofY, options.dtype)];
  }

  async divide(fold: Fold, [ofX, ofY]: readonly [x: RowSource, y: OwnRows]): Promise<Parts> {
    const { inputs, dtype } = this.options;
    const y = await inTurns(({ isTime }) => splitting(ofY, fold, isTime));
    if (ofX.compressed === undefined) {
      const x = await inTurns(({ isTime }) => splitting(ofX as OwnRows, fold, isTime));
      return { inputs, trained: [matrixOf(x.others), matrixOf(y.others)], evaluated: [x.kept, y.kept] };
    }
    const rowsWhere = (isKept: boolean) => rowsAt(ofX, indexesOf(fold, ofX.rows, isKept), dtype);
    const lists = await inTurns(({ isTime }) => ownLists(rowsWhere(false).compressed!, dtype, isTime));
    const { values: data, places: indices, starts: indptr } = lists;
    const x = { data, indices, indptr, shape: [indptr.length - 1, inputs] };
    return { inputs, trained: [x, matrixOf(y.others)], evaluated: [rowsWhere(true), y.kept] };
  }
}

type Learn = NonNullable<CrossValidationOptions["encoders"]>;

/** x and y as rows of tables, which each fold encodes by what it learns of the rows that it trains on. */
class Encoded {
  readonly options: ResolvedNetworkOptions;
  readonly sources: readonly [x: RowSource, y: RowSource];
  readonly #tables: readonly [x: Takable, y: Takable];
  readonly #learn: Learn;

  constructor(options: ResolvedNetworkOptions, x: Table, y: Table, learn: Learn) {
    checkFunction("encoders", learn);
    const tables = [toTakable("x", x), toTakable("y", y)] as const;
    const { rows } = tables[0];
    if (rows !== tables[1].rows) throw new ShapeError(`y has ${counted(tables[1].rows, "row")}; x has ${rows}`);
    this.#tables = tables;
    this.#learn = learn;
    const [all] = this.#encode(this.#rowsWhere(() => true));
    this.options = { ...options, inputs: columnsOf(all![0]) };
    this.sources = sourcesOf(this.options, ...all!);
  }

  async divide(fold: Fold): Promise<Parts> {
    const [trained, kept] = this.#encode(
      this.#rowsWhere((row) => !fold.has(row)),
      this.#rowsWhere((row) => fold.has(row)),
    );
    const options = { ...this.options, inputs: columnsOf(trained![0]) };
    const [x, y] = sourcesOf(options, ...kept!);
    const { dtype, inputs } = options;
    const evaluated = [
      await inTurns(({ isTime }) => ownX(x, dtype, isTime)),
      await inTurns(({ isTime }) => own(y, dtype, isTime)),
    ] as const;
    return { inputs, trained: trained!, evaluated };
  }

  #rowsWhere(isWanted: (row: number) => boolean): readonly [x: Table, y: Table] {
    const [x, y] = this.#tables;
    const rows = Array.from({ length: x.rows }, (_, row) => row).filter(isWanted);
    return [x.part(rows), y.part(rows)];
  }

  /** Each part by what is learned of the first. */
  #encode(...parts: (readonly [x: Table, y: Table])[]): [x: XLike, y: MatrixLike][] {
    const [x, y] = parts[0]!;
    const found: unknown = this.#learn(x, y);
    const { x: ofX, y: ofY } = readNames("encoders(…)", found as ReturnType<Learn>, ["x", "y"]);
    if (ofX === undefined && ofY === undefined) {
      throw new OptionError(`encoders(…) is ${show(found)}; an object with x or y is expected`);
    }
    const encoded = (name: string, encoder: RowEncoder | undefined, rows: Table) => {
      if (encoder === undefined) return rows as MatrixLike;
      checkFunction(`encoders(…).${name}.encode`, encoder?.encode);
      return encoder.encode(rows);
    };
    return parts.map(([x, y]) => [encoded("x", ofX, x), encoded("y", ofY, y) as MatrixLike]);
  }
}

/** A table that has parts, as a `DataTable` has. */
interface Takable {
  readonly rows: number;
  part(rows: readonly number[]): Table;
}

/** A list of rows is copied; a DataTable can't be changed. */
function toTakable(name: string, table: unknown): Takable {
  if (isList(table)) {
    const rows = Array.from({ length: lengthOfList(name, table) }, (_, row) => table[row]);
    return { rows: rows.length, part: (indexes) => indexes.map((row) => rows[row]) as Table };
  }
  if (isBranded(table, "DataTable")) return table as Takable;
  const expected = 'an array of rows, or a table of readTable of "bitgrad/tables", is expected';
  throw new ShapeError(`${name} is ${show(table)}; with encoders ${expected}`);
}

function columnsOf(x: XLike): number {
  const { indptr, shape } = Object(x) as Partial<CompressedMatrix>;
  if (indptr !== undefined) return checkWhole("x.shape[1]", shape?.[1], 1, MAX_SIZE);
  return new GivenMatrix().read("x", x as MatrixLike, "numbers").columns;
}

/** The rows of a fold, or the others. */
function indexesOf(fold: Fold, rows: number, isKept: boolean): Uint32Array {
  const indexes = indexArray(isKept ? fold.count : rows - fold.count);
  for (let row = 0, at = 0; row < rows; row++) if (fold.has(row) === isKept) indexes[at++] = row;
  return indexes;
}

/** Runs it to its end; the event loop gets its turns meanwhile. */
function inTurns<R>(run: (clock: { slice: Slice; isTime: IsTime }) => Generator<undefined, R>): Promise<R> {
  const slice = new Slice();
  return finishAsync(run({ slice, isTime: (work) => slice.isOver(work) }), { slice });
}

/** The rows of a fold and the others, each in their own order. */
function* splitting(
  { data, rows, columns }: OwnRows,
  fold: Fold,
  isTime: IsTime,
): Generator<undefined, { kept: OwnRows; others: OwnRows }> {
  const dtype = dtypeOf(data);
  const kept = floatArray(dtype, fold.count * columns);
  const others = floatArray(dtype, (rows - fold.count) * columns);
  let [keptAt, othersAt] = [0, 0];
  const copy = (first: number, count: number) => {
    for (let row = first, from = first * columns; row < first + count; row++) {
      if (fold.has(row)) for (let i = 0; i < columns; i++) kept[keptAt++] = data[from++]!;
      else for (let i = 0; i < columns; i++) others[othersAt++] = data[from++]!;
    }
  };
  yield* inSlices(isTime, rows, copy, columns);
  return { kept: ownRows(kept, columns), others: ownRows(others, columns) };
}

function matrixOf({ data, rows, columns }: OwnRows): TypedMatrix {
  return { data, shape: [rows, columns] };
}
