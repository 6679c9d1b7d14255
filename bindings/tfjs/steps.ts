// Steps of a training one by one, and what a model's outputs are measured by: for whatever a whole `fit` of the Network
// can't do, such as losses and optimizers that it hasn't, penalties in the loss, and functions that are called after
// each batch.

import { DataError } from "../errors.ts";
import type { GradientsOut } from "../network/gradients.ts";
import type { LayerParameters } from "../network/parameters.ts";
import type { Core } from "./core.ts";
import type { LossFunction } from "./losses.ts";
import { type Metric, meanOf } from "./metrics.ts";
import { Tensor, tidy, unscoped } from "./tensor.ts";

/** Rows that are trained or measured. */
export interface Data {
  readonly rows: number;
  /** rows × inputs. */
  readonly x: Float32Array;
  /** rows × outputs; of classes, rows of ones and zeros. */
  readonly y: Float32Array;
  /** The targets as they were given, where y is made of them. */
  readonly labels: Float32Array | undefined;
  /** A weight of each row. */
  readonly weights: Float32Array | undefined;
}

/** The loss and the metrics of outputs: the loss first. Without `slopes`, which gets ∂E/∂a, nothing is derived. */
export function measure(
  { loss, metrics }: Compiled,
  { rows, y, labels, weights }: Data,
  outputs: Float32Array,
  slopes?: Float32Array,
  knownLoss?: number,
): number[] {
  const columns = outputs.length / rows;
  let sum = knownLoss === undefined ? 0 : knownLoss * rows;
  for (let s = 0; knownLoss === undefined && s < rows; s++) {
    const weight = weights?.[s] ?? 1;
    const [from, to] = [s * columns, (s + 1) * columns];
    sum += weight * loss.rowLoss(y, outputs, from, to, slopes);
    for (let j = from; slopes !== undefined && j < to; j++) slopes[j]! *= weight / rows;
  }
  const found = metrics.map(({ ofRow, takesClass, ofBatch }) => {
    if (ofBatch !== undefined) return ofTensors(ofBatch, labels ?? y, outputs, rows);
    const targets = takesClass ? labels! : y;
    let total = 0;
    for (let from = 0; from < outputs.length; from += columns) total += ofRow!(targets, outputs, from, from + columns);
    return total / rows;
  });
  return [sum / rows, ...found];
}

function ofTensors(f: NonNullable<Metric["ofBatch"]>, y: Float32Array, outputs: Float32Array, rows: number): number {
  const tensor = (data: Float32Array) => new Tensor({ data, shape: [rows, data.length / rows], dtype: "float32" });
  return unscoped(() => {
    let found = 0;
    tidy(() => {
      found = meanOf(f(tensor(y), tensor(outputs)));
    });
    return found;
  });
}

/** What `compile` was given. */
export interface Compiled {
  readonly loss: LossFunction;
  readonly metrics: readonly Metric[];
}

/** Some rows of the data, in this order. */
export function pick(data: Data, inputs: number, outputs: number, rows: ArrayLike<number>): Data {
  const take = (values: Float32Array, columns: number) => {
    const found = new Float32Array(rows.length * columns);
    for (let s = 0; s < rows.length; s++) {
      const from = rows[s]! * columns;
      if (columns < 16) for (let j = 0; j < columns; j++) found[s * columns + j] = values[from + j]!;
      else found.set(values.subarray(from, from + columns), s * columns);
    }
    return found;
  };
  return {
    rows: rows.length,
    x: take(data.x, inputs),
    y: take(data.y, outputs),
    labels: data.labels && take(data.labels, 1),
    weights: data.weights && take(data.weights, 1),
  };
}

/** Rows from `first` on, where they are or, by "slice", copied. */
export function part(data: Data, first: number, rows: number, how: "subarray" | "slice" = "subarray"): Data {
  const take = (values: Float32Array) => {
    const columns = values.length / data.rows;
    return values[how](first * columns, (first + rows) * columns);
  };
  return {
    rows,
    x: take(data.x),
    y: take(data.y),
    labels: data.labels && take(data.labels),
    weights: data.weights && take(data.weights),
  };
}

export class Steps {
  readonly #core: Core;
  readonly #compiled: Compiled;
  readonly #gradients: LayerParameters<Float32Array>[];
  #isOwn: boolean; // the network's loss is taken
  #outputs = new Float32Array(0);
  #upstream = new Float32Array(0);

  constructor(core: Core, compiled: Compiled) {
    this.#core = core;
    this.#compiled = compiled;
    this.#gradients = core.network.getParameters() as LayerParameters<Float32Array>[];
    this.#isOwn = core.hasOwnLoss;
  }

  /** A step on these rows; returns the loss, with penalties, and the metrics from before it. */
  step(data: Data, epoch: number, batch: number): number[] {
    const { rows } = data;
    const { network, optimizer, outputs, inputs } = this.#core;
    if (this.#outputs.length !== rows * outputs) {
      this.#outputs = new Float32Array(rows * outputs);
      this.#upstream = new Float32Array(rows * outputs);
    }
    const x = { data: data.x, shape: [rows, inputs] } as const;
    const out: GradientsOut<Float32Array> = { gradients: this.#gradients, outputs: this.#outputs };
    const options = { out, dropout: { epoch, batch } };
    const known = this.#own(data, x, options);
    if (known === undefined) {
      const upstream = { data: this.#upstream, shape: [rows, outputs] } as const;
      this.#upstream.fill(0);
      network.backward(x, upstream, options); // the outputs alone are wanted
    }
    const found = measure(this.#compiled, data, this.#outputs, this.#upstream, known);
    if (known === undefined) network.backward(x, { data: this.#upstream, shape: [rows, outputs] }, options);
    found[0]! += this.#core.penalties(this.#gradients);
    this.#apply();
    optimizer!.endStep();
    return found;
  }

  /** The loss and the gradients of the network's own loss; undefined where it isn't the model's. */
  #own(
    { y, rows, weights }: Data,
    x: { readonly data: Float32Array; readonly shape: readonly [number, number] },
    options: object,
  ): number | undefined {
    if (!this.#isOwn) return undefined;
    const { network, outputs } = this.#core;
    const targets = { data: y, shape: [rows, outputs] } as const;
    try {
      return network.gradients(x, targets, { ...options, ...(weights && { sampleWeights: weights }) }).loss;
    } catch (error) {
      // targets that its outputs can't reach, which TensorFlow.js takes; what is wrong with x the other way finds, too
      if (!(error instanceof DataError)) throw error;
      this.#isOwn = false;
      return undefined;
    }
  }

  #apply(): void {
    const { network, optimizer, still, isOwnOptimizer, stepped } = this.#core;
    const gradients = this.#gradients;
    for (const { at, name } of still) gradients[at]![name]!.fill(0);
    if (isOwnOptimizer) {
      network.apply(gradients, { learningRate: optimizer!.learningRate });
      return;
    }
    for (const { weight, at, k } of stepped) {
      const g = gradients[at]![weight.place]!;
      optimizer!.findStep(k, g, g);
    }
    network.apply(gradients); // its optimizer subtracts them
  }
}
