// What a golden training is: a network, its data, and the ways in which it is run.

import type { FloatArray } from "../../arrays.ts";
import type { EngineName } from "../../engine/engine.ts";
import { type DType, last } from "../../numbers.ts";
import type { DenseLayerOptions, LayerOptions } from "../../options/layer.ts";
import type { NetworkOptions } from "../../options/network.ts";
import type { OptimizerOptions } from "../../options/optimizer.ts";
import { array, SPECIAL, typed, uniform } from "../inputs.ts";
import type { Library } from "../library.ts";

export interface Data {
  readonly x: {
    readonly data: FloatArray;
    readonly shape: readonly [number, number];
  };
  readonly y: {
    readonly data: FloatArray;
    readonly shape: readonly [number, number];
  };
  readonly sampleWeights?: FloatArray;
}

export type Way =
  | "fit"
  | "outputs"
  | "fit twice"
  | "fitAsync"
  | "save and load"
  | "compressed"
  | "streamed"
  | "all"
  | "epoch by epoch"
  | "by hand"
  | "gradients"
  | "gradients without dropout"
  | "training outputs"
  | "steps too far"
  | "interrupted";

export interface Spec {
  readonly sizes: readonly number[];
  readonly loss?: NetworkOptions["loss"];
  /** Of every layer; none: sigmoid. One with a type is as it is, and of as many units as the one before. */
  readonly activations?: readonly (
    | Omit<DenseLayerOptions, "units" | "type">
    | Exclude<LayerOptions, DenseLayerOptions>
  )[];
  /** None: sgd. */
  readonly optimizer?: Omit<OptimizerOptions, "learningRate">;
  readonly learningRate: number | Readonly<Record<DType, number>>;
  /** Divides the learning rate by a number that grows with epochs and steps. */
  readonly scheduled?: true;
  /** Biases begin as −0. */
  readonly negativeZeros?: true;
  /** An epoch leaves the finite numbers, in one of the dtypes at least, and is taken back. */
  readonly diverges?: true;
  readonly seed: number;
  readonly fit: {
    readonly epochs: number;
    readonly batchSize: number;
    readonly shuffle: boolean;
  };
  /** Rows of the buffer that a stream is shuffled in, where they aren't all; `shuffle` is false then. */
  readonly shuffleBuffer?: number;
  readonly ways: readonly Way[];
  data(dtype: DType, next: () => number): Data;
}

export interface Work extends Data {
  readonly library: Library;
  readonly engine: EngineName;
  readonly dtype: DType;
  readonly spec: Spec;
}

export const CORNERS = [0, 0, 0, 1, 1, 0, 1, 1];

export function truthTable(targets: readonly number[]) {
  return (dtype: DType): Data => ({
    x: { data: typed(dtype, CORNERS), shape: [4, 2] },
    y: { data: typed(dtype, targets), shape: [4, 1] },
  });
}

export function made(rows: number, inputs: number, outputs: number) {
  return (dtype: DType, next: () => number): Data => ({
    x: {
      data: array(dtype, rows * inputs, () => 2 * uniform(dtype, next) - 1),
      shape: [rows, inputs],
    },
    y: {
      data: array(dtype, rows * outputs, () => uniform(dtype, next)),
      shape: [rows, outputs],
    },
  });
}

/** One element in four is not 0; zeros have either sign. */
export function mostlyZeros(rows: number, inputs: number, outputs: number) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = made(rows, inputs, outputs)(dtype, next);
    return {
      x: {
        ...x,
        data: x.data.map((value) => (next() % 4 === 0 ? value : value < 0 ? -0 : 0)),
      },
      y,
    };
  };
}

/**
 * One element in eight is not 0, one zero in four is −0: enough zeros for assembly/sparse.ts, which takes −0 for
 * another number.
 */
export function sparse(rows: number, inputs: number, outputs: number) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = made(rows, inputs, outputs)(dtype, next);
    return {
      x: {
        ...x,
        data: x.data.map((value) => (next() % 8 === 0 ? value : value < -0.5 ? -0 : 0)),
      },
      y,
    };
  };
}

/** Every third row of x is all +0. */
export function emptyRows(data: Spec["data"]) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = data(dtype, next);
    const inputs = x.shape[1];
    return {
      x: {
        ...x,
        data: x.data.map((value, n) => (Math.floor(n / inputs) % 3 === 0 ? 0 : value)),
      },
      y,
    };
  };
}

export function weighted(data: Spec["data"]) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = data(dtype, next);
    return {
      x,
      y,
      sampleWeights: array(dtype, x.shape[0], () => 2 * uniform(dtype, next)),
    };
  };
}

/** A last row of the largest numbers: from when on the weights are far from 0, its products are infinite. */
export function largestLast(data: Spec["data"]) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = data(dtype, next);
    const largest = last(SPECIAL[dtype]);
    return {
      x: { ...x, data: x.data.map((value, n) => (n < x.data.length - x.shape[1] ? value : largest)) },
      y: { ...y, data: y.data.map((_, n) => (x.data[2 * n]! > x.data[2 * n + 1]! ? 1 : 0)) },
    };
  };
}

/** Both times a number, each product rounded to the dtype. */
export function scaled(byX: Readonly<Record<DType, number>>, byY: Readonly<Record<DType, number>>, data: Spec["data"]) {
  return (dtype: DType, next: () => number): Data => {
    const { x, y } = data(dtype, next);
    return {
      x: { ...x, data: x.data.map((value) => value * byX[dtype]) },
      y: { ...y, data: y.data.map((value) => value * byY[dtype]) },
    };
  };
}

export const ONE = { f32: 1, f64: 1 };

export const ALL_WAYS: readonly Way[] = ["fit", "outputs", "fit twice", "fitAsync", "save and load"];
