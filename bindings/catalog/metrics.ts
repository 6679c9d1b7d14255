// The metrics: a row each, and their definitions. They are computed in data/measuring.ts.

/** What the options of a metric may be. */
export type MetricOption = "average" | "class" | "threshold" | "multiLabel";

export interface MetricRow {
  /** Those that it takes. */
  readonly options: readonly MetricOption[];
  /** Less is better. */
  readonly isError?: true;
}

const JUDGED = ["threshold", "multiLabel"] as const;
const AVERAGED = ["average", "class", "threshold", "multiLabel"] as const;
const RANKED = ["average", "class", "multiLabel"] as const;
const SHARES = ["multiLabel"] as const;
const NONE = [] as const;

const ROWS = {
  accuracy: { options: JUDGED },
  balancedAccuracy: { options: JUDGED },
  precision: { options: AVERAGED },
  recall: { options: AVERAGED },
  f1: { options: AVERAGED },
  auc: { options: RANKED },
  averagePrecision: { options: RANKED },
  logLoss: { options: SHARES, isError: true },
  brier: { options: SHARES, isError: true },
  mae: { options: NONE, isError: true },
  mse: { options: NONE, isError: true },
  rmse: { options: NONE, isError: true },
  r2: { options: NONE },
  medianAbsoluteError: { options: NONE, isError: true },
} as const satisfies Readonly<Record<string, MetricRow>>;

/** What `metric` can measure; METRICS says how each is defined. */
export type MetricName = keyof typeof ROWS;

export const METRIC_ROWS: Readonly<Record<MetricName, MetricRow>> = ROWS;

/**
 * The names of all metrics, which are defined as in scikit-learn. Which class a row is in:
 *
 * - One column: there are two classes, 0 and 1. The row is in class 1 if its number is at least the threshold. That is
 *   0.5, or 0 if all targets are from −1 to 1 and one of them is negative, as with tanh outputs.
 * - Several columns: each is a class. The row is in the class of its largest number, the first of equals.
 * - Several columns of labels: a row may have several labels or none, and each column is judged like one column.
 *   Columns are labels if all targets are 0 or 1 (or all −1 or 1) and a row has several ones or none. Softmax outputs
 *   are never labels.
 *
 * The metrics of classes:
 *
 * - "accuracy": the share of rows that are in the target's class, or have all of the target's labels and no others
 * - "balancedAccuracy": the mean of the recalls of all classes that rows belong to; of labels, that of each column with
 *   its two classes, averaged over the columns
 * - "precision": of the rows put into a class, the share that belongs there; 0 where none was put there
 * - "recall": of the rows that belong to a class, the share that was put there; 0 where none belongs there
 * - "f1": their harmonic mean, 2 · hits / (put there + belonging there); 0 where that is 0 / 0
 *
 * Those of the outputs as scores or as probabilities:
 *
 * - "auc": the area under the ROC curve, how often a row of the class has a higher output than one that isn't, equal
 *   outputs counted half; not defined for a class that all or none of the rows belong to
 * - "averagePrecision": Σ (Rₙ − Rₙ₋₁) · Pₙ over all thresholds, where P is the precision and R the recall; 0 where no
 *   row belongs to the class
 * - "logLoss": the mean of −ln p, where p is the output for the row's class, from 2⁻⁵² to 1 − 2⁻⁵², divided by the sum
 *   over all classes; of labels, the mean over the columns
 * - "brier": the mean of (p − y)² with one column and over labels, of Σ (p − y)² over three or more classes, and of
 *   half of that over two
 *
 * For "logLoss" and "brier", outputs with targets of ±1 stand for the probability (1 + a) / 2.
 *
 * The metrics of numbers; where there are several columns, the mean over them:
 *
 * - "mae": the mean of |a − y|
 * - "mse": the mean of (a − y)²
 * - "rmse": its root, taken of each column
 * - "r2": 1 − Σ (a − y)² / Σ (y − mean y)²; where a column of y is constant 1 if a = y throughout, else 0
 * - "medianAbsoluteError": the median of |a − y|; with weights, the least that half of the weight is at or below
 *
 * "precision", "recall", "f1", "auc" and "averagePrecision" are averaged over the classes, see `Average`. `evaluate`
 * and `fit` give NaN for every metric if a network's output is NaN.
 */
export const METRICS = /* @__PURE__ */ Object.keys(ROWS) as readonly MetricName[];

/**
 * How the metric of each class becomes one number:
 *
 * - "binary": that of class 1, where there are one or two columns. The default with one column.
 * - "macro": the mean over the classes that a row belongs to or is put into, and over all columns of labels. For "auc",
 *   over those for which it is defined; without any, it is NaN. The default with several columns.
 * - "weighted": the same, each class weighted by the rows that belong to it
 * - "micro": that of all classes together, as if they were one; for "auc" and "averagePrecision", of all outputs
 */
export type Average = (typeof AVERAGES)[number];

export const AVERAGES = ["macro", "micro", "weighted", "binary"] as const;
