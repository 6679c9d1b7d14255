// ONNX Runtime, natively and as WebAssembly, and how near its outputs have to be.

import { createRequire } from "node:module";
import type { DType } from "bitgrad";
import { expect } from "vitest";

/** A tensor that goes in or comes out. */
export interface Tensor {
  readonly type: string;
  readonly data: ArrayLike<number> | readonly string[];
  readonly dims: readonly number[];
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, Tensor>>, names?: readonly string[]): Promise<Readonly<Record<string, Tensor>>>;
}

export interface Runtime {
  readonly Tensor: new (type: string, data: Tensor["data"], dims: readonly number[]) => Tensor;
  readonly InferenceSession: { create(file: Uint8Array, options?: object): Promise<Session> };
  readonly env: { logLevel: string; wasm: { numThreads: number } };
}

export const RUNTIMES = ["onnxruntime-node", "onnxruntime-web"] as const;

export function runtime(name: (typeof RUNTIMES)[number]): Runtime {
  const from = createRequire(process.env.PEERS ?? new URL("../../../bench/peers/package.json", import.meta.url));
  const found = from(name) as Runtime;
  found.env.logLevel = "error";
  found.env.wasm.numThreads = 1;
  return found;
}

/** The outputs for rows of numbers of a model with one input and one output. */
export async function predictBy(
  { Tensor, InferenceSession }: Runtime,
  file: Uint8Array,
  x: readonly (readonly number[])[],
  dtype: DType,
): Promise<number[][]> {
  const session = await InferenceSession.create(file);
  const data = dtype === "f32" ? Float32Array.from(x.flat()) : Float64Array.from(x.flat());
  const input = new Tensor(dtype === "f32" ? "float32" : "float64", data, [x.length, x[0]!.length]);
  const outputs = await session.run({ [session.inputNames[0]!]: input });
  return rowsOf(outputs[session.outputNames[0]!]!);
}

export function rowsOf({ data, dims }: Tensor): number[][] {
  const [rows = 0, columns = 1] = dims;
  return Array.from({ length: rows }, (_, s) => {
    return Array.from({ length: columns }, (_, j) => Number(data[s * columns + j]));
  });
}

/** Within `ulps` units of the last place, of numbers as large as `scale`, 1 or the number itself. */
export function expectNear(
  found: readonly (readonly number[])[],
  wanted: readonly (readonly number[])[],
  dtype: DType,
  { ulps = 2, scale = 1 } = {},
): void {
  const epsilon = dtype === "f32" ? 2 ** -23 : 2 ** -52;
  expect([found.length, found[0]!.length]).toEqual([wanted.length, wanted[0]!.length]);
  wanted.forEach((row, s) => {
    row.forEach((value, j) => {
      const within = ulps * epsilon * Math.max(scale, Math.abs(value));
      expect(Math.abs(found[s]![j]! - value), `row ${s}, column ${j}: ${found[s]![j]}`).toBeLessThanOrEqual(within);
    });
  });
}
