// What is measured of a network beside its loss: where it errs, and how large its gradients are.

import { type Gradients, Network, type NetworkOptions, NotFiniteError } from "bitgrad";
import type { Rows } from "./network.ts";
import type { Frame } from "./protocol.ts";

/** How often rows of each class are taken for each class. */
export function confusionOf(
  network: Network,
  { x, rows }: Rows,
  labels: Float64Array,
  classes: number,
): NonNullable<Frame["confusion"]> {
  const { data, shape } = network.predict(x);
  const counts = new Uint32Array(classes * classes);
  for (let s = 0; s < rows; s++) counts[labels[s]! * classes + classOf(data, s, shape[1])]!++;
  return { classes, counts };
}

function classOf(outputs: Float32Array | Float64Array, row: number, columns: number): number {
  if (columns === 1) return outputs[row]! >= 0.5 ? 1 : 0;
  let largest = 0;
  for (let j = 1; j < columns; j++) if (outputs[row * columns + j]! > outputs[row * columns + largest]!) largest = j;
  return largest;
}

/** The gradients of the first batch, of a network that has the same parameters: the one that trains can't be asked. */
export class GradientNorms {
  readonly #twin: Network;
  readonly #x: Rows["x"];
  readonly #y: Rows["y"];

  private constructor(twin: Network, x: Rows["x"], y: Rows["y"]) {
    this.#twin = twin;
    this.#x = x;
    this.#y = y;
  }

  static async create(options: NetworkOptions, { x, y, rows }: Rows, batchSize: number): Promise<GradientNorms> {
    const { encoders: _, ...kept } = options;
    const twin = await Network.create({ ...kept, optimizer: "sgd" });
    const count = Math.min(rows, batchSize);
    return new GradientNorms(twin, firstOf(x, count), firstOf(y, count));
  }

  /** Of each dense layer; none where they leave the finite numbers. */
  of(network: Network): number[] {
    this.#twin.setParameters(network.getParameters());
    return this.#gradients()
      .filter(({ weights }) => weights.length > 0)
      .map(({ weights, biases }) => Math.sqrt(squares(weights) + squares(biases)));
  }

  #gradients(): Gradients["gradients"] {
    try {
      return this.#twin.gradients(this.#x, this.#y).gradients;
    } catch (error) {
      if (error instanceof NotFiniteError) return [];
      throw error;
    }
  }

  dispose(): void {
    this.#twin.dispose();
  }
}

function squares(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

function firstOf({ data, shape }: Rows["x"], rows: number): Rows["x"] {
  return { data: data.slice(0, rows * shape[1]), shape: [rows, shape[1]] };
}
