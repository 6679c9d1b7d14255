// The confusion matrix and the classification report, as scikit-learn has them.

import { checkKnown, checkNoMore, checkWhole, counted, expected, isList, show } from "../checks.ts";
import { DataError, OptionError, OutOfMemoryError, ShapeError } from "../errors.ts";
import { type ClassCounts, Measuring, meanOfClasses, measureAtOnce, OF_CLASS, together } from "./measuring.ts";
import {
  checkClasses,
  checkMetricsFit,
  columnsAndOptions,
  type MetricData,
  type MetricOptions,
  readMeasured,
  readSettings,
} from "./metrics.ts";

const MOST_CLASSES = 8192; // whose matrix, a list for each, has half a gigabyte

/** How rows are put into classes, and what they weigh. */
export type ConfusionOptions = Pick<MetricOptions, "threshold" | "sampleWeights">;

/** The options of a classification report. */
export interface ReportOptions extends Pick<MetricOptions, "threshold" | "multiLabel" | "sampleWeights"> {
  /** The names of the classes; default: their numbers, from 0. With one column there are two. */
  readonly labels?: readonly string[];
}

/** The metrics of a class, or of several together. */
export interface ClassMetrics {
  /** Of the rows put into the class, the share that belongs there; 0 where none was. */
  readonly precision: number;
  /** Of the rows that belong to the class, the share that was put there; 0 where none does. */
  readonly recall: number;
  /** Their harmonic mean. */
  readonly f1: number;
  /** How many rows belong to the class; with weights, what they weigh. */
  readonly support: number;
}

/** How well each class is told from the others. */
export interface ClassificationReport {
  /** The classes that occur in outputs or targets, in order; of labels, all. */
  readonly classes: readonly ({ readonly label: string } & ClassMetrics)[];
  /** The share of rows whose class is right, or all of whose labels are. */
  readonly accuracy: number;
  /** The mean over the classes. */
  readonly macro: ClassMetrics;
  /** The mean over the classes, each weighted by its support. */
  readonly weighted: ClassMetrics;
  /** All classes together as if they were one; of classes it is the accuracy. */
  readonly micro: ClassMetrics;
  /** The report as a table, to print; with so many digits, default 2. */
  toString(digits?: number): string;
}

/**
 * Counts the rows of each class by the class that they were put into.
 *
 * @param outputs - What the network predicts, in any form that `metric` takes.
 * @param targets - What it should predict, in the same shape, or the numbers of the classes in one column.
 * @param columns - How many columns both have. It may be left out if one of them is a matrix.
 * @param options - How rows are put into classes; the last argument, with or without `columns`.
 * @returns A row for each class that rows belong to, with a number for each class that they were put into.
 * @throws what `metric` throws
 * @throws DataError if rows have several labels or none, instead of one class each
 * @throws OutOfMemoryError if there are more than 8,192 classes
 *
 * @example
 * ```ts
 * import { confusionMatrix } from "bitgrad/metrics";
 *
 * confusionMatrix([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [[1, 0], [0, 1], [0, 1]]); // [[1, 0], [1, 1]]
 * ```
 */
export function confusionMatrix(
  outputs: MetricData,
  targets: MetricData,
  columns?: number | ConfusionOptions,
  options?: ConfusionOptions,
  ...more: []
): number[][] {
  checkNoMore("confusionMatrix", more);
  const [width, given] = columnsAndOptions(columns, options);
  checkKnown("options", given, ["threshold", "sampleWeights"]);
  const { threshold, sampleWeights } = given;
  const metric = readSettings("", "accuracy", threshold === undefined ? {} : { threshold });
  const data = readMeasured(outputs, targets, width, { sampleWeights });
  checkMetricsFit("", [{ ...metric, multiLabel: false }], data.columns, data.areClasses);
  checkClasses(data);
  const from = new Measuring(data);
  const size = from.classCount;
  if (size > MOST_CLASSES) {
    throw new OutOfMemoryError(
      `the matrix of ${size} classes has ${size} × ${size} numbers; they don't fit into memory`,
    );
  }
  const matrix = new Float64Array(size * size);
  const counts = from.counts(metric, matrix);
  measureAtOnce(from);
  data.checked([from.one]);
  if (counts().areLabels) {
    throw new DataError("targets has rows with several labels or none; rows of one class each are expected");
  }
  return Array.from({ length: size }, (_, k) => Array.from(matrix.subarray(k * size, (k + 1) * size)));
}

/**
 * Precision, recall and F1 of each class and their means.
 *
 * @param outputs - What the network predicts, in any form that `metric` takes.
 * @param targets - What it should predict, in the same shape, or the numbers of the classes in one column.
 * @param columns - How many columns both have. It may be left out if one of them is a matrix.
 * @param options - The last argument, with or without `columns`.
 * @returns The numbers as an object; `String(report)` is a table.
 * @throws what `metric` throws
 * @throws ShapeError if there are more or fewer labels than classes
 *
 * @example
 * ```ts
 * import { classificationReport } from "bitgrad/metrics";
 *
 * const report = classificationReport([0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0], 1, { labels: ["ham", "spam"] });
 * console.log(report.classes[1].precision); // 0.5
 * console.log(String(report));
 * ```
 */
export function classificationReport(
  outputs: MetricData,
  targets: MetricData,
  columns?: number | ReportOptions,
  options?: ReportOptions,
  ...more: []
): ClassificationReport {
  checkNoMore("classificationReport", more);
  const [width, given] = columnsAndOptions(columns, options);
  checkKnown("options", given, ["labels", "threshold", "multiLabel", "sampleWeights"]);
  const { labels: names, sampleWeights, ...settings } = given;
  const metric = readSettings("", "accuracy", settings);
  const data = readMeasured(outputs, targets, width, { sampleWeights });
  checkMetricsFit("", [metric], data.columns, data.areClasses);
  checkClasses(data);
  const from = new Measuring(data);
  const labels = readLabels(names, from.classCount);
  const found = from.counts(metric);
  measureAtOnce(from);
  data.checked([from.one]);
  const counts = found();
  const { areLabels, classes } = counts;
  const mean = (weighted: boolean): ClassMetrics => ({
    precision: meanOfClasses(counts, OF_CLASS.precision, weighted),
    recall: meanOfClasses(counts, OF_CLASS.recall, weighted),
    f1: meanOfClasses(counts, OF_CLASS.f1, weighted),
    support: together(classes).belonging,
  });
  const report = {
    classes: classes
      .map((counts, k) => ({ label: labels[k]!, ...metricsOf(counts), occurs: counts.occurs || areLabels }))
      .filter(({ occurs }) => occurs)
      .map(({ occurs: _, ...rest }) => rest),
    accuracy: counts.right / from.total,
    macro: mean(false),
    weighted: mean(true),
    micro: metricsOf(together(classes)),
  };
  const value = (digits = 2) => tableOf(report, areLabels, checkWhole("digits", digits, 0, 20));
  return Object.defineProperty(report, "toString", { value }) as ClassificationReport;
}

function metricsOf(counts: ClassCounts): ClassMetrics {
  return {
    precision: OF_CLASS.precision(counts),
    recall: OF_CLASS.recall(counts),
    f1: OF_CLASS.f1(counts),
    support: counts.belonging,
  };
}

function readLabels(labels: readonly string[] | undefined, count: number): string[] {
  const numbers = Array.from({ length: count }, (_, k) => String(k));
  if (labels === undefined) return numbers;
  if (!isList(labels)) throw new OptionError(`labels is ${show(labels)}; an array of strings is expected`);
  if (labels.length !== count) throw new ShapeError(`labels has ${counted(labels.length, "name")}; ${expected(count)}`);
  return numbers.map((_, k) => {
    const label: unknown = labels[k];
    if (typeof label !== "string") throw new OptionError(`labels[${k}] is ${show(label)}; a string is expected`);
    return label;
  });
}

/** As scikit-learn prints it. */
function tableOf(
  { classes, accuracy, macro, weighted, micro }: Omit<ClassificationReport, "toString">,
  areLabels: boolean,
  digits: number,
): string {
  const width = Math.max(...classes.map(({ label }) => label.length), "weighted avg".length, digits);
  const line = (name: string, cells: readonly string[]) =>
    `${name.padStart(width)} ${cells.map((cell) => ` ${cell.padStart(9)}`).join("")}`;
  const lineOf = (name: string, { precision, recall, f1, support }: ClassMetrics) =>
    line(name, [...[precision, recall, f1].map((value) => value.toFixed(digits)), String(support)]);
  const total = areLabels
    ? lineOf("micro avg", micro)
    : line("accuracy", ["", "", accuracy.toFixed(digits), String(macro.support)]);
  return [
    line("", ["precision", "recall", "f1-score", "support"]),
    "",
    ...classes.map(({ label, ...metrics }) => lineOf(label, metrics)),
    "",
    total,
    lineOf("macro avg", macro),
    lineOf("weighted avg", weighted),
    "",
  ].join("\n");
}
