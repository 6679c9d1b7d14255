// The data sets on which estimators are compared with scikit-learn's: test/estimators/scores.json, which scores.py
// writes, and the files that it reads.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** Five splits of a data set, and what scikit-learn scores on each. */
export interface ScoreSet {
  readonly name: string;
  readonly task: "MLPClassifier" | "MLPRegressor";
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  /** The rows to score on; the others are to train on. */
  readonly splits: readonly (readonly number[])[];
  /** Accuracy or R², with its defaults. */
  readonly scores: readonly number[];
  /** The same with early_stopping=True. */
  readonly stopping: readonly number[];
}

const FILES: Readonly<Record<string, string>> = {
  iris: "../fits/iris.csv",
  "breast cancer": "../fits/breast_cancer.csv.gz",
  digits: "../../examples/digits/digits.csv.gz",
};

type Saved = Omit<ScoreSet, "name" | "x" | "y"> & { readonly x?: number[][]; readonly y?: number[] };

export function scoreSets(): ScoreSet[] {
  const url = new URL("../estimators/scores.json", import.meta.url);
  const { sets } = JSON.parse(readFileSync(url, "utf8")) as { sets: Record<string, Saved> };
  return Object.entries(sets).map(([name, { x: columns, y, ...rest }]) => {
    if (columns === undefined || y === undefined) return { name, ...rest, ...ofFile(FILES[name]!) };
    return { name, ...rest, x: y.map((_, s) => columns.map((column) => column[s]!)), y };
  });
}

/** Rows with the label last; a first row that counts rows and columns is no data. */
function ofFile(path: string): Pick<ScoreSet, "x" | "y"> {
  const bytes = readFileSync(new URL(path, import.meta.url));
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
  const data = rows[0]!.includes(Number.NaN) ? rows.slice(1) : rows;
  return { x: data.map((row) => row.slice(0, -1)), y: data.map((row) => row[row.length - 1]!) };
}

/** The rows of a split to train on, and those to score on. */
export function partsOf({ x, y, splits }: ScoreSet, split: number) {
  const test = new Set(splits[split]);
  const rows = Array.from(x.keys());
  const part = (indexes: readonly number[]) => ({ x: indexes.map((s) => x[s]!), y: indexes.map((s) => y[s]!) });
  return { training: part(rows.filter((s) => !test.has(s))), test: part(rows.filter((s) => test.has(s))) };
}

export const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
