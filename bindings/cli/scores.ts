// How well a model predicts rows that it did not learn from, for each target.

import type { MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import { type ClassificationReport, classificationReport, confusionMatrix, metric } from "bitgrad/metrics";
import Table from "cli-table3";
import { Failure } from "./failures.ts";
import type { Label, Model } from "./model-options.ts";
import { DAY, type Data } from "./tables.ts";
import { some } from "./training.ts";

/** What is predicted of one target, and what is true. */
export interface Outcome {
  readonly target: string;
  /** Of a classification. */
  readonly classes?: readonly Label[];
  /** A probability for each class, or a number. */
  readonly outputs: readonly (readonly number[])[];
  /** The class's index, or a number. */
  readonly truth: readonly number[];
}

/** Of one target. */
export interface Scores {
  readonly target: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly classes?: readonly Label[];
  /** A row for each true class, a column for each predicted one. */
  readonly confusion?: readonly (readonly number[])[];
  readonly report?: ClassificationReport;
}

/** The predictions for rows of the data, of each target. */
export function outcomesOf(model: Model, { inputs, targets, task }: Data, rows: Uint32Array): Outcome[] {
  const x = some(inputs, rows);
  const names = targets.names!;
  const truths = names.map((name) => some(targets, rows).column(name));
  if (task === "regression") {
    const predicted = (model as MLPRegressor<number | number[]>).predict(x).map((value) => [value].flat());
    return names.map((target, t) => ({
      target,
      outputs: predicted.map((values) => [numberOf(values[t])]),
      truth: truths[t]!.map(numberOf),
    }));
  }
  const classifier = model as MLPClassifier<Label | Label[]>;
  const all = names.length === 1 ? [classifier.classes as Label[]] : (classifier.classes as Label[][]);
  const probabilities = classifier.predictProbabilities(x) as number[][] | number[][][];
  return names.map((target, t) => {
    const classes = all[t]!;
    const places = new Map(classes.map((label, place) => [label, place]));
    const truth = truths[t]!.map((label) => {
      const place = places.get(label as Label);
      if (place !== undefined) return place;
      throw new Failure(`${target} has too few rows of ${JSON.stringify(label)}: none of them is left to learn from`);
    });
    const outputs =
      names.length === 1 ? (probabilities as number[][]) : (probabilities as number[][][]).map((row) => row[t]!);
    return { target, classes, outputs, truth };
  });
}

/** A date as days. */
function numberOf(cell: unknown): number {
  return cell instanceof Date ? cell.getTime() / DAY : (cell as number);
}

/** The outcomes of several folds, one after another. */
export function together(folds: readonly (readonly Outcome[])[]): Outcome[] {
  return folds[0]!.map((first, t) => ({
    ...first,
    outputs: folds.flatMap((fold) => fold[t]!.outputs),
    truth: folds.flatMap((fold) => fold[t]!.truth),
  }));
}

export function scoresOf({ target, classes, outputs, truth }: Outcome): Scores {
  const rows = outputs as number[][];
  if (classes === undefined) {
    const of = (name: "r2" | "rmse" | "mae") =>
      metric(
        name,
        rows,
        truth.map((value) => [value]),
      );
    return { target, metrics: { r2: of("r2"), rmse: of("rmse"), mae: of("mae") } };
  }
  const of = (name: "accuracy" | "balancedAccuracy" | "logLoss") => metric(name, rows, truth);
  const labels = classes.map(String);
  return {
    target,
    classes,
    metrics: { accuracy: of("accuracy"), balancedAccuracy: of("balancedAccuracy"), logLoss: of("logLoss") },
    confusion: confusionMatrix(rows, truth),
    report: classificationReport(rows, truth, { labels }),
  };
}

const TITLES: Readonly<Record<string, string>> = {
  accuracy: "accuracy",
  balancedAccuracy: "balanced accuracy",
  logLoss: "log loss",
  r2: "R²",
  rmse: "root mean squared error",
  mae: "mean absolute error",
};

export const titleOf = (metric: string) => TITLES[metric]!;

export function shownNumber(value: number): string {
  return Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(3) : value.toFixed(4);
}

const MOST_CLASSES = 12; // whose confusion a terminal has room for

export function shownMetrics({ metrics }: Scores): string {
  return Object.entries(metrics)
    .map(([name, value]) => `  ${titleOf(name).padEnd(24)} ${shownNumber(value)}`)
    .join("\n");
}

export function shownScores(scores: Scores): string {
  const { classes, confusion, report } = scores;
  const lines = shownMetrics(scores);
  if (classes === undefined) return lines;
  return [
    lines,
    "",
    classes.length > MOST_CLASSES
      ? `${classes.length} classes: --json has their confusion matrix.`
      : confusionTable(classes, confusion!),
    "",
    String(report).trimEnd(),
  ].join("\n");
}

function confusionTable(classes: readonly Label[], confusion: readonly (readonly number[])[]): string {
  const table = new Table({
    head: ["true ↓ predicted →", ...classes.map(String)],
    colAligns: ["left", ...classes.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
  });
  confusion.forEach((row, k) =>
    table.push([String(classes[k]), ...row.map((count) => (count === 0 ? "·" : String(count)))]),
  );
  return table.toString();
}
