// x and y of a network: what it takes, in the form its engine and its metrics want.

import type { ActivationName, RowSource } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import {
  type Bounds,
  ClassSource,
  checkSameRows,
  type MatrixLike,
  MatrixSource,
  rowsOf,
  SmoothedSource,
} from "./matrix.ts";
import { lossName, type ResolvedFitOptions, type ResolvedNetworkOptions } from "./options.ts";

const SIGMOID_TARGETS = {
  min: 0,
  max: 1,
  why: "sigmoid outputs lie between 0 and 1: scale the targets, or encode classes as one column each",
};
/** What an output layer can reach; targets beyond it are a mistake. */
const TARGETS: Partial<Record<ActivationName, Bounds>> = {
  sigmoid: SIGMOID_TARGETS,
  hardSigmoid: SIGMOID_TARGETS,
  softmax: {
    min: 0,
    max: 1,
    why: "softmax outputs are shares: encode classes as one column each, or take the sparse loss",
  },
  tanh: { min: -1, max: 1, why: "tanh outputs lie between −1 and 1: scale the targets" },
};

/** x and y of some rows; `labels`: y as metrics see it. */
export interface Sample {
  readonly x: RowSource;
  readonly y: RowSource;
  readonly labels: RowSource;
}

export function xSource({ inputs, dtype }: ResolvedNetworkOptions): MatrixSource {
  return new MatrixSource("x", inputs, dtype, "takes");
}

/** x and y as they are given. */
export function sourcesOf(
  options: ResolvedNetworkOptions,
  x: MatrixLike,
  y: MatrixLike,
): [x: MatrixSource, y: MatrixSource] {
  const { dtype } = options;
  const { units, activation } = options.layers.at(-1)!;
  const xRows = xSource(options).of(x);
  const targets = isSparse(options)
    ? new MatrixSource("y", 1, dtype, "takes the classes in")
    : new MatrixSource("y", units, dtype, "has outputs for", TARGETS[activation]);
  const yRows = targets.of(y);
  checkSameRows(xRows, yRows);
  return [xRows, yRows];
}

export function sampleOf(options: ResolvedNetworkOptions, x: MatrixLike, y: MatrixLike): Sample {
  const [xRows, yRows] = sourcesOf(options, x, y);
  const { loss, dtype } = options;
  const labels = isSparse(options) ? new ClassSource(yRows, options.layers.at(-1)!.units, dtype) : yRows;
  return { x: xRows, y: smoothed(labels, loss), labels };
}

/** Targets as the loss takes them; in the binary cross-entropy each column is of two classes. */
export function smoothed(labels: RowSource, loss: ResolvedNetworkOptions["loss"]): RowSource {
  if (typeof loss !== "object" || loss.type === "huber") return labels;
  const classes = loss.type === "binaryCrossEntropy" ? 2 : labels.columns;
  return new SmoothedSource(labels, loss.labelSmoothing, classes);
}

/** The rows of a training, and those kept out of it. */
export function splitRows(
  options: ResolvedNetworkOptions,
  x: MatrixLike,
  y: MatrixLike,
  { validation, validationSplit }: ResolvedFitOptions,
): [data: Sample, validation: Sample | undefined] {
  const all = sampleOf(options, x, y);
  if (validation !== undefined) return [all, sampleOf(options, validation[0], validation[1])];
  if (validationSplit === undefined) return [all, undefined];
  const { rows } = all.x;
  const kept = rows - Math.floor(rows * validationSplit);
  if (kept === rows || kept === 0) {
    throw new OptionError(`validationSplit is ${validationSplit}; of ${rows} rows that leaves one part empty`);
  }
  const part = (first: number, count: number): Sample => {
    const some = (source: RowSource) => rowsOf(source, first, count);
    return { x: some(all.x), y: some(all.y), labels: some(all.labels) };
  };
  return [part(0, kept), part(kept, rows - kept)];
}

function isSparse({ loss }: ResolvedNetworkOptions): boolean {
  return lossName(loss) === "sparseCategoricalCrossEntropy";
}
