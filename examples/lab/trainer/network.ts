// A recipe's network and its rows as bitgrad takes them.

import type { LayerOptions, LossName, NetworkOptions, TypedMatrix } from "bitgrad";
import type { DataSet } from "../data/sets.ts";
import type { Recipe, Task } from "../recipe.ts";

type Numbers = Float32Array | Float64Array;

/** Rows to train on or to look at. */
export interface Rows {
  readonly rows: number;
  readonly x: TypedMatrix<Numbers>;
  readonly y: TypedMatrix<Numbers>;
}

export type Loss = Exclude<NetworkOptions["loss"], undefined>;

/** The loss that is meant by "auto". */
export function lossOf({ network: { loss } }: Recipe, task: Task, classes: number): Loss {
  if (loss !== "auto") return loss;
  if (task === "numbers") return "mse";
  return classes === 2 ? "binaryCrossEntropy" : "sparseCategoricalCrossEntropy";
}

export function nameOf(loss: Loss): LossName {
  return typeof loss === "object" ? loss.type : loss;
}

const isCategorical = (loss: LossName) =>
  loss === "categoricalCrossEntropy" || loss === "sparseCategoricalCrossEntropy";

/** Units of the last layer: two classes need one, but for a softmax. */
export function outputsOf(loss: LossName, { task, outputs }: Pick<DataSet, "task" | "outputs">): number {
  if (task === "numbers") return 1;
  return outputs.length === 2 && !isCategorical(loss) ? 1 : outputs.length;
}

export function networkOf(recipe: Recipe, data: Pick<DataSet, "task" | "inputs" | "outputs" | "encoders">) {
  const { hidden, output, optimizer, dtype, seed } = recipe.network;
  const loss = lossOf(recipe, data.task, data.outputs.length);
  const units = outputsOf(nameOf(loss), data);
  // of numbers a sum of squares is no textbook perceptron: they may be anything
  const activation =
    output !== "auto" ? output : nameOf(loss) === "sse" && data.task === "numbers" ? "linear" : undefined;
  const last: LayerOptions = activation === undefined ? { units } : { units, activation };
  const { x, y, yOneHot } = data.encoders ?? {};
  const encoders = x && y && { encoders: { x, y: units === 1 ? y : (yOneHot ?? y) } };
  return {
    ...encoders,
    inputs: data.inputs.length,
    layers: [...hidden, last],
    loss,
    optimizer,
    dtype,
    seed,
  } satisfies NetworkOptions;
}

/** How many weights and biases its dense layers have. */
export function parametersOf({ inputs, layers }: Pick<NetworkOptions, "inputs" | "layers">): number {
  let [parameters, columns] = [0, inputs];
  for (const { units = columns, type = "dense" } of layers) {
    if (type === "dense") parameters += (columns + 1) * units;
    columns = units;
  }
  return parameters;
}

/** The data's rows from `first` to before `end`. */
export function rowsOf(data: DataSet, options: ReturnType<typeof networkOf>, first: number, end: number): Rows {
  const rows = end - first;
  const columns = data.inputs.length;
  const array = (length: number): Numbers =>
    options.dtype === "f32" ? new Float32Array(length) : new Float64Array(length);
  const x = array(rows * columns);
  x.set(data.x.subarray(first * columns, end * columns));
  const outputs = nameOf(options.loss) === "sparseCategoricalCrossEntropy" ? 1 : outputsOf(nameOf(options.loss), data);
  const y = array(rows * outputs);
  if (outputs === 1) y.set(data.y.subarray(first, end));
  else for (let s = 0; s < rows; s++) y[s * outputs + data.y[first + s]!] = 1;
  return { rows, x: { data: x, shape: [rows, columns] }, y: { data: y, shape: [rows, outputs] } };
}
