// The metrics of TensorFlow.js: of rows, whose mean is taken, or of a whole batch.

import { hasOwn, hint, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import {
  LOSS_FUNCTIONS,
  type LossFunction,
  type LossOrMetricFn,
  type LossOrMetricName,
  lossOfFunction,
  type RowFunction,
  rowErrors,
} from "./losses.ts";
import { namespace } from "./namespace.ts";
import { broadcast } from "./operations.ts";
import { isTensor, Tensor, tensorOf } from "./tensor.ts";
import type { TensorLike } from "./tensor-types.ts";

/** A metric that `compile` was given. */
export interface Metric {
  /** As `compile` was given it. */
  readonly given: string;
  /** With a number behind it where another one has the same. */
  readonly name: string;
  /** The metric of a row; its mean over the rows is that of all. */
  readonly ofRow?: RowFunction;
  /** y of `ofRow` is the number of each row's class. */
  readonly takesClass?: boolean;
  /** A function of tensors, called with each batch. */
  readonly ofBatch?: LossOrMetricFn;
}

function indexOfMost(values: Float32Array, from: number, to: number): number {
  let at = from;
  for (let j = from + 1; j < to; j++) if (values[j]! > values[at]!) at = j;
  return at - from;
}

const ROW_METRICS = {
  binaryAccuracy: (y, a, from, to) => {
    let same = 0;
    for (let j = from; j < to; j++) if (y[j] === (a[j]! > 0.5 ? 1 : 0)) same++;
    return same / (to - from);
  },
  categoricalAccuracy: (y, a, from, to) => (indexOfMost(y, from, to) === indexOfMost(a, from, to) ? 1 : 0),
  sparseCategoricalAccuracy: (y, a, from, to) => (y[from / (to - from)] === indexOfMost(a, from, to) ? 1 : 0),
} as const satisfies Readonly<Record<string, RowFunction>>;

type RowMetricName = keyof typeof ROW_METRICS;

/** A metric of rows as a function of tensors. */
function ofRows(name: RowMetricName): LossOrMetricFn {
  const f = (yTrue: Tensor | TensorLike, yPred: Tensor | TensorLike): Tensor => {
    const given = [tensorOf(yTrue).numbers, tensorOf(yPred).numbers] as const;
    const [y, a] = name === "sparseCategoricalAccuracy" ? given : broadcast(...given);
    const columns = a.shape[a.shape.length - 1] ?? 1;
    const [targets, outputs] = [Float32Array.from(y.data), Float32Array.from(a.data)];
    const data = Float32Array.from({ length: outputs.length / columns }, (_, s) =>
      ROW_METRICS[name](targets, outputs, s * columns, (s + 1) * columns),
    );
    return new Tensor({ data, shape: a.shape.slice(0, -1), dtype: "float32" });
  };
  lossOfFunction.set(f, name);
  return f;
}

function scalar(value: number): Tensor {
  return new Tensor({ data: Float32Array.of(value), shape: [], dtype: "float32" });
}

/** Of outputs that are exactly 1: among those the share of targets that are 1, or the other way round. */
function share(of: "precision" | "recall"): LossOrMetricFn {
  const f = (yTrue: Tensor | TensorLike, yPred: Tensor | TensorLike): Tensor => {
    const [{ data: y }, { data: a }] = broadcast(tensorOf(yTrue).numbers, tensorOf(yPred).numbers);
    let [both, all] = [0, 0];
    a.forEach((value: number, n: number) => {
      if (value === 1 && y[n] === 1) both++;
      if (of === "precision" ? value === 1 && (y[n] === 1 || y[n] === 0) : y[n] === 1 && (value === 1 || value === 0))
        all++;
    });
    return scalar(all > 0 ? both / all : 0);
  };
  lossOfFunction.set(f, of);
  return f;
}

function r2Score(yTrue: Tensor | TensorLike, yPred: Tensor | TensorLike): Tensor {
  const [{ data: y }, { data: a }] = broadcast(tensorOf(yTrue).numbers, tensorOf(yPred).numbers);
  let mean = 0;
  for (const value of y) mean += value / y.length;
  let [residuals, squares] = [0, 0];
  y.forEach((value: number, n: number) => {
    residuals += (value - a[n]!) * (value - a[n]!);
    squares += (value - mean) * (value - mean);
  });
  return scalar(1 - residuals / squares);
}

/** A function of `tf.metrics`. */
export type MetricFunctionName =
  | "binaryAccuracy"
  | "categoricalAccuracy"
  | "sparseCategoricalAccuracy"
  | "precision"
  | "recall"
  | "r2Score"
  | "binaryCrossentropy"
  | "categoricalCrossentropy"
  | "sparseCategoricalCrossentropy"
  | "cosineProximity"
  | "meanAbsoluteError"
  | "meanAbsolutePercentageError"
  | "meanSquaredError"
  | "MAPE"
  | "mape"
  | "MSE"
  | "mse";

function metricsOf(): Record<MetricFunctionName, LossOrMetricFn> {
  const loss = (name: LossOrMetricName) => rowErrors(name);
  return {
    binaryAccuracy: ofRows("binaryAccuracy"),
    categoricalAccuracy: ofRows("categoricalAccuracy"),
    sparseCategoricalAccuracy: ofRows("sparseCategoricalAccuracy"),
    precision: share("precision"),
    recall: share("recall"),
    r2Score,
    binaryCrossentropy: loss("binaryCrossentropy"),
    categoricalCrossentropy: loss("categoricalCrossentropy"),
    sparseCategoricalCrossentropy: loss("sparseCategoricalCrossentropy"),
    cosineProximity: loss("cosineProximity"),
    meanAbsoluteError: loss("meanAbsoluteError"),
    meanAbsolutePercentageError: loss("meanAbsolutePercentageError"),
    meanSquaredError: loss("meanSquaredError"),
    MAPE: loss("meanAbsolutePercentageError"),
    mape: loss("meanAbsolutePercentageError"),
    MSE: loss("meanSquaredError"),
    mse: loss("meanSquaredError"),
  };
}

/** The metrics, as functions of targets and outputs. */
export const metrics: Readonly<Record<MetricFunctionName, LossOrMetricFn>> = /* @__PURE__ */ namespace(
  "metrics",
  /* @__PURE__ */ metricsOf(),
);

/** The names that `compile` takes, and those of the losses that they are. */
const BY_NAME: Readonly<Record<string, LossOrMetricName | RowMetricName | "precision" | "recall">> = {
  binaryAccuracy: "binaryAccuracy",
  categoricalAccuracy: "categoricalAccuracy",
  precision: "precision",
  categoricalCrossentropy: "categoricalCrossentropy",
  sparseCategoricalCrossentropy: "sparseCategoricalCrossentropy",
  mse: "meanSquaredError",
  MSE: "meanSquaredError",
  mae: "meanAbsoluteError",
  MAE: "meanAbsoluteError",
  mape: "meanAbsolutePercentageError",
  MAPE: "meanAbsolutePercentageError",
  cosine: "cosineProximity",
};

/** What the metrics of `compile` mean for outputs of so many columns, and this loss. */
export function metricsFor(given: unknown, outputs: number, loss: string, outputName: string): Metric[] {
  if (given === undefined || given === null) return [];
  let list = given;
  if (typeof given === "object" && !Array.isArray(given)) list = (given as Record<string, unknown>)[outputName] ?? [];
  if (!Array.isArray(list)) list = [list];
  const found = (list as unknown[]).map((one) => metricOf(one, outputs, loss));
  return found.map((metric, n) => {
    const same = found.filter(({ name }) => name === metric.name).length;
    const before = found.slice(0, n).filter(({ name }) => name === metric.name).length;
    return same > 1 ? { ...metric, name: `${metric.name}_${before}` } : metric;
  });
}

function metricOf(given: unknown, outputs: number, loss: string): Metric {
  const isBinary = outputs === 1 || loss === "binaryCrossentropy";
  const isSparse = loss === "sparseCategoricalCrossentropy";
  if (given === "accuracy" || given === "acc") {
    return named("acc", isBinary ? "binaryAccuracy" : isSparse ? "sparseCategoricalAccuracy" : "categoricalAccuracy");
  }
  if (given === "crossentropy" || given === "ce") {
    return named("ce", isBinary ? "binaryCrossentropy" : isSparse ? loss : "categoricalCrossentropy");
  }
  if (typeof given === "function") {
    const known = lossOfFunction.get(given);
    if (known === undefined) return { given: given.name, name: given.name, ofBatch: given as LossOrMetricFn };
    return named(known, known);
  }
  if (typeof given === "string" && hasOwn(BY_NAME, given)) return named(given, BY_NAME[given]!);
  const names = ["accuracy", ...Object.keys(BY_NAME)];
  const nearest = typeof given === "string" ? hint(given, names) : "";
  throw new OptionError(`a metric is ${show(given)}; ${nearest}a function or one of ${names.join(", ")} is expected`);
}

function named(name: string, of: string): Metric {
  const given = name;
  if (of === "precision" || of === "recall") return { given, name, ofBatch: share(of) };
  if (hasOwn(ROW_METRICS, of)) {
    return { given, name, ofRow: ROW_METRICS[of as RowMetricName], takesClass: of === "sparseCategoricalAccuracy" };
  }
  const { rowLoss }: LossFunction = LOSS_FUNCTIONS[of as LossOrMetricName];
  return { given, name, ofRow: rowLoss };
}

/** The mean of a metric's tensor. */
export function meanOf(value: unknown): number {
  if (!isTensor(value)) throw new OptionError(`a metric returned ${show(value)}; a tensor is expected`);
  const { data } = value.numbers;
  let sum = 0;
  for (const one of data) sum += one;
  return sum / data.length;
}
