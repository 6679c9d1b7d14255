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
import type { Rank, ShapeMap, TensorLike } from "./tensor-types.ts";

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
export const add = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).add(b);
/** a − b. */
export const sub = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).sub(b);
/** a · b. */
export const mul = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).mul(b);
/** a / b. */
export const div = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).div(b);
/** The larger of both. */
export const maximum = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).maximum(b);
/** The smaller of both. */
export const minimum = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).minimum(b);
/** (a − b)². */
export const squaredDifference = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).squaredDifference(b);
/** Whether a = b, as 0 or 1. */
export const equal = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).equal(b);
/** Whether a is more than b, as 0 or 1. */
export const greater = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).greater(b);
/** Whether a is less than b, as 0 or 1. */
export const less = (a: TensorOrLike, b: TensorOrLike): Tensor => tensorOf(a).less(b);
/** −x. */
export const neg = (x: TensorOrLike): Tensor => tensorOf(x).neg();
/** |x|. */
export const abs = (x: TensorOrLike): Tensor => tensorOf(x).abs();
/** x². */
export const square = (x: TensorOrLike): Tensor => tensorOf(x).square();
/** √x. */
export const sqrt = (x: TensorOrLike): Tensor => tensorOf(x).sqrt();
/** e to the power of x. */
export const exp = (x: TensorOrLike): Tensor => tensorOf(x).exp();
/** The natural logarithm. */
export const log = (x: TensorOrLike): Tensor => tensorOf(x).log();
/** x, or 0 below 0. */
export const relu = (x: TensorOrLike): Tensor => tensorOf(x).relu();
/** 1 / (1 + e^−x). */
export const sigmoid = (x: TensorOrLike): Tensor => tensorOf(x).sigmoid();
/** The hyperbolic tangent. */
export const tanh = (x: TensorOrLike): Tensor => tensorOf(x).tanh();
/** The nearest whole number. */
export const round = (x: TensorOrLike): Tensor => tensorOf(x).round();
/** The softmax of each row. */
export const softmax = (x: TensorOrLike, dim?: number): Tensor => tensorOf(x).softmax(dim);
/** The sum over the axes, default all. */
export const sum = (x: TensorOrLike, axis?: AxisLike, keepDims?: boolean): Tensor => tensorOf(x).sum(axis, keepDims);
/** The mean over the axes, default all. */
export const mean = (x: TensorOrLike, axis?: AxisLike, keepDims?: boolean): Tensor => tensorOf(x).mean(axis, keepDims);
/** The largest over the axes, default all. */
export const max = (x: TensorOrLike, axis?: AxisLike, keepDims?: boolean): Tensor => tensorOf(x).max(axis, keepDims);
/** The smallest over the axes, default all. */
export const min = (x: TensorOrLike, axis?: AxisLike, keepDims?: boolean): Tensor => tensorOf(x).min(axis, keepDims);
/** Where the largest is along the axis, default 0. */
export const argMax = (x: TensorOrLike, axis?: number): Tensor => tensorOf(x).argMax(axis);
/** Where the smallest is along the axis, default 0. */
export const argMin = (x: TensorOrLike, axis?: number): Tensor => tensorOf(x).argMin(axis);
/** The matrix product, of either transposed if that is said. */
export const matMul = (a: TensorOrLike, b: TensorOrLike, transposeA?: boolean, transposeB?: boolean): Tensor =>
  tensorOf(a).matMul(tensorOf(b) as Tensor2D, transposeA, transposeB);
/** With its dimensions in another order; default: reversed. */
export const transpose = (x: TensorOrLike, perm?: readonly number[]): Tensor => tensorOf(x).transpose(perm);
/** The same numbers in another shape; one length may be −1. */
export const reshape = (x: TensorOrLike, shape: readonly number[]): Tensor => tensorOf(x).reshape(shape);
/** A dimension of 1 more. */
export const expandDims = (x: TensorOrLike, axis?: number): Tensor => tensorOf(x).expandDims(axis);
/** Without its dimensions of 1. */
export const squeeze = (x: TensorOrLike, axis?: readonly number[]): Tensor => tensorOf(x).squeeze(axis);
/** As many elements of each dimension as `size` says from `begin` on. */
export const slice = (x: TensorOrLike, begin: number | readonly number[], size?: number | readonly number[]): Tensor =>
  tensorOf(x).slice(begin, size);
/** Some of its rows, or of another axis. */
export function gather(x: TensorOrLike, indices: TensorOrLike, axis?: number, batchDims = 0): Tensor {
  if (batchDims !== 0) throw new OptionError(`batchDims is ${show(batchDims)}; bitgrad/tfjs has none`);
  return tensorOf(x).gather(indices, axis);
}
/** Its rows, or the parts of another axis. */
export const unstack = (x: TensorOrLike, axis?: number): Tensor[] => tensorOf(x).unstack(axis);
/** The same numbers in another type. */
export const cast = (x: TensorOrLike, dtype: DataType): Tensor => tensorOf(x).cast(dtype);
/** Each number, but at least `min` and at most `max`. */
export const clipByValue = (x: TensorOrLike, min: number, max: number): Tensor => tensorOf(x).clipByValue(min, max);
/** A tensor with the same numbers. */
export const clone = (x: TensorOrLike): Tensor => tensorOf(x).clone();

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
