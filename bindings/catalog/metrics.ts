// The metrics: names and definitions. They are computed in data/measuring.ts.

/**
 * The names of all metrics. For classification metrics, each column is a class, and a row is in a class as follows:
 *
 * - One column: the row is in the class if its number is at least 0.5. The threshold is 0 if all targets are from −1 to
 *   1 and one of them is negative, as with tanh outputs.
 * - Several columns: the row is in the class of its largest number, the first of equals.
 * - Several columns of labels: a row may have several labels or none, and each column is judged like one column.
 *   Columns are labels if all targets are 0 or 1 (or all −1 or 1) and a row has several ones or none. Softmax outputs
 *   are never labels.
 *
 * The metrics:
 *
 * - "accuracy": the share of rows that are in the target's class, or have all of the target's labels and no others
 * - "precision": of the rows put into a class, the share that belongs there; 0 where none was put there
 * - "recall": of the rows that belong to a class, the share that was put there; 0 where none belongs there
 * - "f1": their harmonic mean, 2 · hits / (put there + belonging there); 0 where that is 0 / 0
 * - "auc": the area under the ROC curve, how often a row of the class has a higher output than one that isn't, equal
 *   outputs counted half; not defined for a class that all or none of the rows belong to
 * - "mae": mean of |a − y| over all elements
 * - "rmse": √ of the mean of (a − y)² over all elements
 * - "r2": 1 − Σ (a − y)² / Σ (y − mean y)²; where a column of y is constant 1 if a = y throughout, else 0
 *
 * "precision", "recall", "f1", "auc" and "r2" are the mean over all columns. For "auc" these are the columns for which
 * it is defined; without any, it is NaN. `evaluate` and `fit` give NaN for every metric if a network's output is NaN.
 */
export const METRICS = ["accuracy", "precision", "recall", "f1", "auc", "mae", "rmse", "r2"] as const;

/** What `metric` can measure; METRICS says how each is defined. */
export type MetricName = (typeof METRICS)[number];
