// The six trainings: sigmoid layers, SSE, plain SGD, rows in order. Data is synthetic and seeded, so that every
// contestant, machine and run gets the same numbers.

import type { DType, NetworkOptions, TypedMatrix } from "bitgrad";
import { uniform } from "../test/support/random.ts";
import type { Floats } from "./plain-js.ts";

export interface Workload {
  readonly name: string;
  /** Inputs, then the units of every layer. */
  readonly sizes: readonly number[];
  readonly rows: number;
  /** Rows of one timed call: as many as keep the slowest contestant's call short. Rates are per sample. */
  readonly timedRows: number;
  readonly batchSize: number;
  /** Of SGD. */
  readonly learningRate: number;
  readonly data: "or" | "xor" | "dense" | "image";
  /** Where it isn't sigmoid layers with SSE and SGD. */
  readonly network?: Pick<NetworkOptions, "layers" | "loss" | "optimizer">;
}

// biome-ignore format: a table
export const WORKLOADS: readonly Workload[] = [
  { name: "perceptron", sizes: [2, 1], rows: 4, timedRows: 4, batchSize: 4, learningRate: 0.5, data: "or" },
  { name: "xor", sizes: [2, 3, 1], rows: 4, timedRows: 4, batchSize: 1, learningRate: 0.5, data: "xor" },
  { name: "tabular", sizes: [32, 64, 64, 1], rows: 20_000, timedRows: 4_096, batchSize: 64, learningRate: 0.02, data: "dense" },
  { name: "digits", sizes: [784, 30, 10], rows: 10_000, timedRows: 2_000, batchSize: 10, learningRate: 0.3, data: "image" },
  { name: "mlp", sizes: [784, 128, 10], rows: 10_000, timedRows: 1_024, batchSize: 32, learningRate: 0.1, data: "image" },
  { name: "wide", sizes: [784, 512, 512, 10], rows: 4_096, timedRows: 128, batchSize: 128, learningRate: 0.01, data: "image" },
];

export function workloadOf(name: string): Workload {
  return WORKLOADS.find((workload) => workload.name === name)!;
}

export interface Data {
  readonly x: TypedMatrix<Float32Array | Float64Array>;
  readonly y: TypedMatrix<Float32Array | Float64Array>;
}

export function networkOptions({ sizes, learningRate, network }: Workload, dtype: DType): NetworkOptions {
  return {
    inputs: sizes[0]!,
    layers: sizes.slice(1).map((units) => ({ units })),
    loss: "sse",
    optimizer: { type: "sgd", learningRate },
    ...network,
    dtype,
    seed: 42,
  };
}

export function floats(dtype: DType, length: number): Floats {
  return dtype === "f32" ? new Float32Array(length) : new Float64Array(length);
}

export function createData(workload: Workload, dtype: DType, rows: number): Data {
  const inputs = workload.sizes[0]!;
  const outputs = workload.sizes.at(-1)!;
  const x = floats(dtype, rows * inputs);
  const y = floats(dtype, rows * outputs);
  if (workload.data === "or" || workload.data === "xor") {
    for (let s = 0; s < rows; s++) {
      const [p, q] = [(s >> 1) & 1, s & 1];
      x.set([p, q], s * 2);
      y[s] = workload.data === "or" ? p | q : p ^ q;
    }
  } else {
    const random = uniform(2_463_534_242);
    const image = workload.data === "image";
    for (let n = 0; n < x.length; n++) {
      // image-like: a pixel in five is lit
      if (image) x[n] = random() < 0.2 ? random() : 0;
      else x[n] = 2 * random() - 1;
    }
    for (let s = 0; s < rows; s++) {
      if (outputs > 1) y[s * outputs + Math.floor(random() * outputs)] = 1;
      else y[s] = random() < 0.5 ? 1 : 0;
    }
  }
  return { x: { data: x, shape: [rows, inputs] }, y: { data: y, shape: [rows, outputs] } };
}
