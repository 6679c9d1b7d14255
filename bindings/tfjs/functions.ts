// Functions that make tensors, compute with them, or say what runs.

import { checkAmount, checkWhole, isList, show } from "../checks.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { sizeOf } from "../numbers.ts";
import { nextFrame } from "./callbacks.ts";
import { initializers, randomNumbers } from "./initializers.ts";
import { namespace } from "./namespace.ts";
import { checkDataType } from "./numbers-of.ts";
import { type DataType, oneHot as oneHotOf, valuesOf } from "./operations.ts";
import {
  type AxisLike,
  concat,
  counts,
  isTensor,
  makeTensor,
  type Scalar,
  Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type TensorOrLike,
  tensorOf,
  tensorsIn,
  tidy,
} from "./tensor.ts";
import type { Rank, ShapeMap, TensorLike, TypedArray } from "./tensor-types.ts";

export { concat, nextFrame, tidy };

/** A tensor of numbers: nested arrays, or a list with a shape. */
export function tensor<R extends Rank = Rank>(
  values: TensorLike,
  shape?: ShapeMap[R] | readonly number[],
  dtype?: DataType,
): Tensor<R> {
  return makeTensor<R>("values", values, shape, dtype);
}

/** A tensor of no dimensions. */
export function scalar(value: number | boolean, dtype?: DataType): Scalar {
  return makeTensor<"R0">("value", value, undefined, dtype, 0);
}

/** A tensor of one dimension. */
export function tensor1d(values: TensorLike, dtype?: DataType): Tensor1D {
  return makeTensor<"R1">("values", values, undefined, dtype, 1);
}

/** A matrix: of rows, or of a list with a shape. */
export function tensor2d(values: TensorLike, shape?: readonly number[], dtype?: DataType): Tensor2D {
  return makeTensor<"R2">("values", values, checkRank(shape, 2), dtype, 2);
}

/** A tensor of three dimensions. */
export function tensor3d(values: TensorLike, shape?: readonly number[], dtype?: DataType): Tensor3D {
  return makeTensor<"R3">("values", values, checkRank(shape, 3), dtype, 3);
}

/** A tensor of four dimensions. */
export function tensor4d(values: TensorLike, shape?: readonly number[], dtype?: DataType): Tensor4D {
  return makeTensor<"R4">("values", values, checkRank(shape, 4), dtype, 4);
}

function checkRank(shape: unknown, rank: number): readonly number[] | undefined {
  if (shape === undefined || shape === null || (isList(shape) && shape.length === rank)) {
    return (shape ?? undefined) as readonly number[] | undefined;
  }
  throw new ShapeError(`shape is ${show(shape)}; ${rank} lengths are expected`);
}

/** A tensor whose numbers are all `value`. */
export function fill<R extends Rank = Rank>(
  shape: ShapeMap[R] | readonly number[],
  value: number,
  dtype: DataType = "float32",
): Tensor<R> {
  if (!isList(shape)) throw new ShapeError(`shape is ${show(shape)}; a list of lengths is expected`);
  const sizes = shape.map((size, n) => checkWhole(`shape[${n}]`, size, 0, 2 ** 32 - 1));
  return new Tensor<R>({ data: valuesOf(checkDataType(dtype), sizeOf(sizes)).fill(value), shape: sizes, dtype });
}

/** A tensor of zeros. */
export function zeros<R extends Rank = Rank>(shape: ShapeMap[R] | readonly number[], dtype?: DataType): Tensor<R> {
  return fill<R>(shape, 0, dtype);
}

/** A tensor of ones. */
export function ones<R extends Rank = Rank>(shape: ShapeMap[R] | readonly number[], dtype?: DataType): Tensor<R> {
  return fill<R>(shape, 1, dtype);
}

/** Zeros, as many as a tensor has numbers. */
export function zerosLike<T extends Tensor>(x: T): T {
  return fill(x.shape, 0, x.dtype) as T;
}

/** Ones, as many as a tensor has numbers. */
export function onesLike<T extends Tensor>(x: T): T {
  return fill(x.shape, 1, x.dtype) as T;
}

/** `num` numbers from `start` to `stop`, equally far apart. */
export function linspace(start: number, stop: number, num: number): Tensor1D {
  checkWhole("num", num, 1, 2 ** 32 - 1);
  const data = Float32Array.from({ length: num }, (_, n) =>
    num === 1 ? start : start + ((stop - start) * n) / (num - 1),
  );
  return new Tensor<"R1">({ data, shape: [num], dtype: "float32" });
}

/** Numbers from `start` to before `stop`, each `step` more than the one before; default: 1, or −1 downwards. */
export function range(start: number, stop: number, step = 1, dtype: "float32" | "int32" = "float32"): Tensor1D {
  if (step === 0 || !Number.isFinite(step))
    throw new OptionError(`step is ${show(step)}; a finite number but 0 is expected`);
  const by = step === 1 && stop < start ? -1 : step;
  const length = Math.max(0, Math.ceil((stop - start) / by));
  const data = valuesOf(checkDataType(dtype), length);
  for (let n = 0; n < length; n++) data[n] = start + n * by;
  return new Tensor<"R1">({ data, shape: [length], dtype });
}

/** Random numbers from `minval` to `maxval`, seeded: without a seed, others in each call. */
export function randomUniform<R extends Rank = Rank>(
  shape: ShapeMap[R] | readonly number[],
  minval = 0,
  maxval = 1,
  dtype: DataType = "float32",
  seed?: number,
): Tensor<R> {
  const next = randomNumbers(seed);
  const found = fill<R>(shape, 0, dtype);
  const { data } = found.numbers;
  for (let n = 0; n < data.length; n++) data[n] = minval + (maxval - minval) * next();
  return found;
}

/** Normal deviates, seeded: without a seed, others in each call. */
export function randomNormal<R extends Rank = Rank>(
  shape: ShapeMap[R] | readonly number[],
  mean = 0,
  stdDev = 1,
  dtype: "float32" | "int32" = "float32",
  seed?: number,
): Tensor<R> {
  checkAmount("stdDev", stdDev);
  const sizes = isList(shape) ? (shape as readonly number[]) : [];
  const drawn = initializers.randomNormal({ stddev: 1, ...(seed !== undefined && { seed }) }).apply(sizes);
  return drawn.mul(stdDev).add(mean).cast(dtype) as Tensor<R>;
}

/** A row for each number, with `onValue` at its place and `offValue` elsewhere. */
export function oneHot(
  indices: Tensor | TensorLike,
  depth: number,
  onValue = 1,
  offValue = 0,
  dtype: DataType = "int32",
): Tensor {
  checkWhole("depth", depth, 2, 2 ** 24);
  return new Tensor(
    oneHotOf(
      tensorOf(indices, isTensor(indices) ? undefined : "int32").numbers,
      depth,
      onValue,
      offValue,
      checkDataType(dtype),
    ),
  );
}

/** Tensors of equal shapes as the parts of a new axis. */
export function stack(tensors: readonly (Tensor | TensorLike)[], axis = 0): Tensor {
  if (!isList(tensors) || tensors.length === 0)
    throw new OptionError(`tensors is ${show(tensors)}; a list is expected`);
  return concat(
    tensors.map((one) => tensorOf(one as Tensor).expandDims(axis)),
    axis,
  );
}

/** a + b. */
export const add = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T => tensorOf(a).add<T>(b);
/** a − b. */
export const sub = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T => tensorOf(a).sub<T>(b);
/** a · b. */
export const mul = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T => tensorOf(a).mul<T>(b);
/** a / b. */
export const div = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T => tensorOf(a).div<T>(b);
/** The larger of both. */
export const maximum = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T => tensorOf(a).maximum<T>(b);
/** The smaller of both. */
export const minimum = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T => tensorOf(a).minimum<T>(b);
/** (a − b)². */
export const squaredDifference = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T =>
  tensorOf(a).squaredDifference<T>(b);
/** Whether a = b, as 0 or 1. */
export const equal = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T => tensorOf(a).equal<T>(b);
/** Whether a is more than b, as 0 or 1. */
export const greater = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T => tensorOf(a).greater<T>(b);
/** Whether a is less than b, as 0 or 1. */
export const less = <T extends Tensor>(a: TensorOrLike, b: TensorOrLike): T => tensorOf(a).less<T>(b);
/** −x. */
export const neg = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).neg() as T;
/** |x|. */
export const abs = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).abs() as T;
/** x². */
export const square = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).square() as T;
/** √x. */
export const sqrt = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).sqrt() as T;
/** e to the power of x. */
export const exp = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).exp() as T;
/** The natural logarithm. */
export const log = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).log() as T;
/** x, or 0 below 0. */
export const relu = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).relu() as T;
/** 1 / (1 + e^−x). */
export const sigmoid = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).sigmoid() as T;
/** The hyperbolic tangent. */
export const tanh = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).tanh() as T;
/** The nearest whole number. */
export const round = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).round() as T;
/** The softmax of each row. */
export const softmax = <T extends Tensor>(x: T | TensorLike, dim?: number): T => tensorOf(x).softmax(dim) as T;
/** The sum over the axes, default all. */
export const sum = <T extends Tensor>(x: TensorOrLike, axis?: AxisLike, keepDims?: boolean): T =>
  tensorOf(x).sum<T>(axis, keepDims);
/** The mean over the axes, default all. */
export const mean = <T extends Tensor>(x: TensorOrLike, axis?: AxisLike, keepDims?: boolean): T =>
  tensorOf(x).mean<T>(axis, keepDims);
/** The largest over the axes, default all. */
export const max = <T extends Tensor>(x: TensorOrLike, axis?: AxisLike, keepDims?: boolean): T =>
  tensorOf(x).max<T>(axis, keepDims);
/** The smallest over the axes, default all. */
export const min = <T extends Tensor>(x: TensorOrLike, axis?: AxisLike, keepDims?: boolean): T =>
  tensorOf(x).min<T>(axis, keepDims);
/** Where the largest is along the axis, default 0. */
export const argMax = <T extends Tensor>(x: TensorOrLike, axis?: number): T => tensorOf(x).argMax<T>(axis);
/** Where the smallest is along the axis, default 0. */
export const argMin = <T extends Tensor>(x: TensorOrLike, axis?: number): T => tensorOf(x).argMin<T>(axis);
/** The matrix product, of either transposed if that is said. */
export const matMul = <T extends Tensor>(
  a: TensorOrLike,
  b: TensorOrLike,
  transposeA?: boolean,
  transposeB?: boolean,
): T => tensorOf(a).matMul(b, transposeA, transposeB) as Tensor as T;
/** With its dimensions in another order; default: reversed. */
export const transpose = <T extends Tensor>(x: T | TensorLike, perm?: readonly number[]): T =>
  tensorOf(x).transpose<T>(perm);
/** The same numbers in another shape; one length may be −1. */
export const reshape = <R extends Rank>(x: TensorOrLike, shape: ShapeMap[R] | readonly number[]): Tensor<R> =>
  tensorOf(x).reshape(shape);
/** A dimension of 1 more. */
export const expandDims = <T extends Tensor>(x: TensorOrLike, axis?: number): T => tensorOf(x).expandDims<T>(axis);
/** Without its dimensions of 1. */
export const squeeze = <T extends Tensor>(x: TensorOrLike, axis?: readonly number[]): T => tensorOf(x).squeeze<T>(axis);
/** As many elements of each dimension as `size` says from `begin` on. */
export const slice = <T extends Tensor>(
  x: T | TensorLike,
  begin: number | readonly number[],
  size?: number | readonly number[],
): T => tensorOf(x).slice(begin, size) as T;
/** Some of its rows, or of another axis. */
export function gather<T extends Tensor>(x: T | TensorLike, indices: TensorOrLike, axis?: number, batchDims = 0): T {
  if (batchDims !== 0) throw new OptionError(`batchDims is ${show(batchDims)}; bitgrad/tfjs has none`);
  return tensorOf(x).gather(indices, axis) as T;
}
/** Its rows, or the parts of another axis. */
export const unstack = (x: TensorOrLike, axis?: number): Tensor[] => tensorOf(x).unstack(axis);
/** The same numbers in another type. */
export const cast = <T extends Tensor>(x: T | TensorLike, dtype: DataType): T => tensorOf(x).cast<T>(dtype);
/** Each number, but at least `min` and at most `max`. */
export const clipByValue = <T extends Tensor>(x: T | TensorLike, min: number, max: number): T =>
  tensorOf(x).clipByValue(min, max) as T;
/** A tensor with the same numbers. */
export const clone = <T extends Tensor>(x: T | TensorLike): T => tensorOf(x).clone() as T;

/** Mean and variance over the axes, default all. */
export function moments(x: TensorOrLike, axis?: AxisLike, keepDims?: boolean): { mean: Tensor; variance: Tensor } {
  const of = tensorOf(x);
  const variance = of.sub(of.mean(axis, true)).square().mean(axis, keepDims);
  return { mean: of.mean(axis, keepDims), variance };
}

/** Prints a tensor to the console. */
export function print(x: Tensor): void {
  x.print();
}

/** Tensors by name. */
export type NamedTensorMap = { [name: string]: Tensor };

/** What `tidy` may return, and what a dataset has: tensors and other values, in lists and objects. */
export type TensorContainer =
  | undefined
  | Tensor
  | string
  | number
  | boolean
  | TensorContainerObject
  | TensorContainerArray
  | TypedArray;

/** Such values by name. */
export interface TensorContainerObject {
  /** By name. */
  [name: string]: TensorContainer;
}

/** A list of such values. */
export interface TensorContainerArray extends Array<TensorContainer> {}

/** Frees tensors: one, or all of a list or an object. */
export function dispose(container: unknown): void {
  for (const one of tensorsIn(container)) one.dispose();
}

/** Keeps a tensor beyond the `tidy` in which it was made. */
export function keep<T extends Tensor>(result: T): T {
  result.kept = true;
  return result;
}

/** How many tensors there are that were not disposed of, and how many bytes they take. */
export function memory(): { numTensors: number; numDataBuffers: number; numBytes: number; unreliable: boolean } {
  const { tensors, buffers, bytes } = counts;
  return { numTensors: tensors, numDataBuffers: buffers, numBytes: bytes, unreliable: false };
}

const BACKENDS = ["bitgrad", "cpu", "wasm", "webgl", "webgpu", "tensorflow"];
let backend = "bitgrad";

/** Takes the name of any backend, and resolves to true: the Network computes, whatever its name is. */
export async function setBackend(backendName: string): Promise<boolean> {
  if (!BACKENDS.includes(backendName)) {
    throw new OptionError(`backendName is ${show(backendName)}; one of ${BACKENDS.join(", ")} is expected`);
  }
  backend = backendName;
  return true;
}

/** The name that `setBackend` was given; default "bitgrad". */
export function getBackend(): string {
  return backend;
}

const VERSION = "4.22.0";

/** The versions of TensorFlow.js and its parts whose meaning names have here. */
export const version = {
  "tfjs-core": VERSION,
  "tfjs-layers": VERSION,
  "tfjs-data": VERSION,
  tfjs: VERSION,
} as const;
/** That of its core. */
export const version_core = VERSION;
/** That of its layers. */
export const version_layers = VERSION;

/** Does nothing: there is one mode. */
export function enableProdMode(): void {}

function shuffleTogether(...lists: { readonly length: number; [n: number]: unknown }[]): void {
  const next = randomNumbers();
  for (let n = lists[0]!.length - 1; n > 0; n--) {
    const m = Math.floor(next() * (n + 1));
    for (const list of lists) [list[n], list[m]] = [list[m], list[n]];
  }
}

/** Small helpers. */
export const util = /* @__PURE__ */ namespace("util", {
  /** Shuffles a list in place. */
  shuffle(array: unknown[] | Uint32Array | Int32Array | Float32Array): void {
    shuffleTogether(array);
  },
  /** Shuffles two lists in place in the same order. */
  shuffleCombo(array: unknown[] | Float32Array, array2: unknown[] | Float32Array): void {
    if (array.length !== array2.length) {
      throw new ShapeError(`array2 has ${array2.length} elements; ${array.length} are expected`);
    }
    shuffleTogether(array, array2);
  },
  /** Numbers from 0 to below n in a new order. */
  createShuffledIndices(n: number): Uint32Array {
    const found = Uint32Array.from({ length: n }, (_, index) => index);
    shuffleTogether(found);
    return found;
  },
  /** Throws an error with the message of `msg` unless `expr` is true. */
  assert(expr: boolean, msg: () => string): void {
    if (!expr) throw new OptionError(typeof msg === "string" ? msg : msg());
  },
  /** How many numbers a tensor of this shape has. */
  sizeFromShape: (shape: readonly number[]): number => sizeOf(shape),
  /** The numbers of nested arrays in one list. */
  flatten: (values: TensorLike): number[] =>
    (isList(values) ? (values as unknown[]).flat(Infinity) : [values]) as number[],
});
