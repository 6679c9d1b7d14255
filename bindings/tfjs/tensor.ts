// Tensors as programs around dense networks use them: numbers in a typed array, row-major, with a shape. What is
// computed with them is in operations.ts.

import { isNumberArray } from "../arrays.ts";
import { isList, show } from "../checks.ts";
import { DisposedError, OptionError, ShapeError } from "../errors.ts";
import { sizeOf } from "../numbers.ts";
import { checkDataType, readNumbers } from "./numbers-of.ts";
import * as compute from "./operations.ts";
import { type DataType, type Numbers, resolveShape, type Values, valuesOf } from "./operations.ts";
import { textOf } from "./print.ts";
import type { ArrayMap, DataTypeMap, Rank, ShapeMap, TensorLike } from "./tensor-types.ts";

/** A tensor, or what one is made of. */
export type TensorOrLike = Tensor | TensorLike;
/** An axis or several; without one, all. */
export type AxisLike = number | readonly number[] | null;
/** A tensor of no dimensions: one number. */
export type Scalar = Tensor<"R0">;
/** A tensor of one dimension. */
export type Tensor1D = Tensor<"R1">;
/** A tensor of two dimensions: a matrix. */
export type Tensor2D = Tensor<"R2">;
/** A tensor of three dimensions. */
export type Tensor3D = Tensor<"R3">;
/** A tensor of four dimensions. */
export type Tensor4D = Tensor<"R4">;

/** What is counted of tensors that are not disposed of. */
export const counts = { tensors: 0, buffers: 0, bytes: 0, made: 0 };
/** How many tensors have an array. */
const sharers = /* @__PURE__ */ new WeakMap<Values, number>();
function count(data: Values, by: 1 | -1): void {
  const before = sharers.get(data) ?? 0;
  sharers.set(data, before + by);
  counts.tensors += by;
  counts.bytes += by * data.byteLength;
  if (before === 0 || before + by === 0) counts.buffers += by;
}

/** Those of the innermost `tidy`. */
let scope: Tensor[] | undefined;

/** Numbers in a typed array, row-major, with a shape. */
export class Tensor<R extends Rank = Rank> {
  /** The length of each dimension. */
  readonly shape: ShapeMap[R];
  /** The type of its numbers. */
  readonly dtype: DataType;
  /** How many numbers it has. */
  readonly size: number;
  /** How many dimensions it has. */
  readonly rank: number;
  /** A number that no other tensor has. */
  readonly id: number;
  #data: Values | undefined;
  /** @internal A scope does not dispose of it. */
  kept = false;

  /** @internal Tensors are made by `tensor` and its like. */
  constructor({ data, shape, dtype }: Numbers) {
    this.shape = [...shape] as ShapeMap[R];
    this.dtype = dtype;
    this.size = data.length;
    this.rank = shape.length;
    this.id = ++counts.made;
    this.#data = data;
    count(data, 1);
    scope?.push(this as unknown as Tensor);
  }

  /** @internal Its numbers, where they are. */
  get numbers(): Numbers {
    if (this.#data === undefined) throw new DisposedError("the tensor was disposed");
    return { data: this.#data, shape: this.shape, dtype: this.dtype };
  }

  /** An object that no other tensor has. */
  get dataId(): object {
    return this;
  }

  /** Whether it was disposed of. */
  get isDisposed(): boolean {
    return this.#data === undefined;
  }

  /** The same as `rank`. */
  get rankType(): R {
    return String(this.rank) as R; // as there, whatever its type says
  }

  /** A copy of its numbers, row-major. */
  dataSync<D extends DataType = "float32">(): DataTypeMap[D] {
    return this.numbers.data.slice() as DataTypeMap[D];
  }

  /** A promise of `dataSync`. */
  async data<D extends DataType = "float32">(): Promise<DataTypeMap[D]> {
    return this.dataSync<D>();
  }

  /** Its numbers as nested arrays. */
  arraySync(): ArrayMap[R] {
    const { data } = this.numbers;
    const nested = (axis: number, from: number): unknown => {
      if (axis === this.rank) return data[from]!;
      const length = sizeOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis]! }, (_, n) => nested(axis + 1, from + n * length));
    };
    return nested(0, 0) as ArrayMap[R];
  }

  /** A promise of `arraySync`. */
  async array(): Promise<ArrayMap[R]> {
    return this.arraySync();
  }

  /** Prints it to the console. */
  print(verbose = false): void {
    console.log(this.toString(verbose));
  }

  /** Its numbers as text, with seven decimals; `verbose`: with its dtype, rank and shape. */
  toString(verbose = false): string {
    return textOf(this.numbers, verbose);
  }

  /** Frees it: it can't be read any more. */
  dispose(): void {
    if (this.#data === undefined) return;
    count(this.#data, -1);
    this.#data = undefined;
  }

  /** A tensor with the same numbers. */
  clone(): Tensor<R> {
    return new Tensor<R>(this.numbers);
  }

  /** The same numbers in another shape; one length may be −1. */
  reshape<T extends Tensor = Tensor>(shape: readonly number[]): T {
    return new Tensor({ ...this.numbers, shape: resolveShape("shape", shape, this.size) }) as T;
  }

  /** The same numbers in the shape of another tensor. */
  reshapeAs<T extends Tensor>(other: T): T {
    return this.reshape<T>(other.shape);
  }

  /** The same numbers in one dimension. */
  flatten(): Tensor1D {
    return this.reshape([this.size]);
  }

  /** The same numbers in one dimension. */
  as1D(): Tensor1D {
    return this.flatten();
  }

  /** The same numbers as a matrix. */
  as2D(rows: number, columns: number): Tensor2D {
    return this.reshape([rows, columns]);
  }

  /** The one number of a tensor of one. */
  asScalar(): Scalar {
    return this.reshape([]);
  }

  /** A dimension of 1 more, at `axis`. */
  expandDims<T extends Tensor = Tensor>(axis = 0): T {
    const at = compute.axisOf("expandDims", axis, this.rank + 1);
    return this.reshape<T>([...this.shape.slice(0, at), 1, ...this.shape.slice(at)]);
  }

  /** Without its dimensions of 1, or without those that are named. */
  squeeze<T extends Tensor = Tensor>(axis?: readonly number[]): T {
    const axes = axis && compute.axesOf("squeeze", axis, this.rank);
    const long = axes?.find((n) => this.shape[n] !== 1);
    if (long !== undefined)
      throw new ShapeError(`squeeze is given the axis ${long}, of ${this.shape[long]}; 1 is expected`);
    return this.reshape<T>(this.shape.filter((size, n) => size !== 1 || (axes !== undefined && !axes.includes(n))));
  }

  /** The same numbers in another type. */
  cast<T extends Tensor = Tensor<R>>(dtype: DataType): T {
    const { data } = this.numbers;
    const found = valuesOf(checkDataType(dtype), this.size);
    data.forEach((value: number, n: number) => {
      found[n] = dtype === "bool" ? +(value !== 0) : value;
    });
    return new Tensor({ data: found, shape: this.shape, dtype }) as T;
  }

  /** Its numbers in f32. */
  toFloat(): Tensor<R> {
    return this.cast("float32");
  }

  /** Its numbers as whole ones. */
  toInt(): Tensor<R> {
    return this.cast("int32");
  }

  /** As many elements of each dimension as `size` says (default, or −1: all) from `begin` on. */
  slice(begin: number | readonly number[], size?: number | readonly number[]): Tensor<R> {
    const [from, asked] = [isList(begin) ? begin : [begin], size === undefined || isList(size) ? size : [size]];
    const start = this.shape.map((_, n) => (from as readonly number[])[n] ?? 0);
    const sizes = this.shape.map((length, n) => {
      const wanted = (asked as readonly number[] | undefined)?.[n] ?? -1;
      return wanted === -1 ? length - start[n]! : wanted;
    });
    sizes.forEach((wanted, n) => {
      const fits = start[n]! >= 0 && wanted >= 0 && start[n]! + wanted <= this.shape[n]!;
      if (fits && Number.isInteger(wanted) && Number.isInteger(start[n])) return;
      throw new ShapeError(`slice asks for ${wanted} from ${start[n]} on of dimension ${n}; it has ${this.shape[n]}`);
    });
    return new Tensor<R>(compute.slice(this.numbers, start, sizes));
  }

  /** Some of its rows, or of another axis, in the order of `indices`. */
  gather(indices: Tensor | TensorLike, axis = 0): Tensor<R> {
    const { data, shape } = tensorOf(indices, isTensor(indices) ? undefined : "int32").numbers;
    const at = compute.axisOf("gather", axis, this.rank);
    const { data: found, dtype } = compute.gather(this.numbers, data, at);
    return new Tensor<R>({
      data: found,
      shape: [...this.shape.slice(0, at), ...shape, ...this.shape.slice(at + 1)],
      dtype,
    });
  }

  /** With its dimensions in another order; default: reversed. */
  transpose<T extends Tensor = Tensor<R>>(perm?: readonly number[]): T {
    const order = perm ?? this.shape.map((_, n) => this.rank - 1 - n);
    const axes = order.map((axis) => compute.axisOf("transpose", axis, this.rank));
    if (new Set(axes).size !== this.rank) {
      throw new OptionError(`perm is [${order}]; each of ${this.rank} dimensions once is expected`);
    }
    return new Tensor(compute.transpose(this.numbers, axes)) as T;
  }

  /** One after the other along an axis. */
  concat<T extends Tensor = Tensor<R>>(others: Tensor | readonly Tensor[], axis = 0): T {
    return concat<T>([this as unknown as Tensor, ...(isList(others) ? others : [others])], axis);
  }

  /** Its rows, or the parts of another axis. */
  unstack<T extends Tensor = Tensor>(axis = 0): T[] {
    const at = compute.axisOf("unstack", axis, this.rank);
    return Array.from({ length: this.shape[at]! }, (_, n) => this.gather([n], at).squeeze<T>([at]));
  }

  /** The matrix product, of this or the other one transposed if that is said. */
  matMul(b: Tensor | TensorLike, transposeA = false, transposeB = false): Tensor2D {
    const [p, q] = [this.numbers, tensorOf(b).numbers];
    const turned = (of: Numbers) => compute.transpose(of, [1, 0]);
    return new Tensor<"R2">(compute.matMul(transposeA ? turned(p) : p, transposeB ? turned(q) : q));
  }

  /** The softmax of each row: along the last dimension. */
  softmax(dim = -1): Tensor<R> {
    if (compute.axisOf("softmax", dim, this.rank) !== this.rank - 1) {
      throw new OptionError(`dim of softmax is ${dim}; the last one, -1, is expected`);
    }
    return new Tensor<R>(compute.softmax(this.numbers));
  }

  /** Each number, but at least `min` and at most `max`. */
  clipByValue(min: number, max: number): Tensor<R> {
    if (!(min <= max))
      throw new OptionError(`clipByValue is given ${show(min)} to ${show(max)}; ascending ones are expected`);
    const found = this.#binary("minimum", max).#binary("maximum", min);
    return (this.dtype === "int32" ? found.cast("int32") : found) as Tensor<R>;
  }

  #unary(name: compute.UnaryName): Tensor<R> {
    return new Tensor<R>(compute.unary(name, this.numbers));
  }

  #binary(name: compute.BinaryName, b: Tensor | TensorLike): Tensor {
    return new Tensor(compute.binary(name, this.numbers, tensorOf(b).numbers));
  }

  #reduce<S extends Rank>(name: compute.ReductionName, axis: compute.Axis | null, keepDims?: boolean): Tensor<S> {
    return new Tensor<S>(compute.reduce(name, this.numbers, axis ?? undefined, keepDims));
  }

  /** −a. */
  neg(): Tensor<R> {
    return this.#unary("neg");
  }
  /** |a|. */
  abs(): Tensor<R> {
    return this.#unary("abs");
  }
  /** a². */
  square(): Tensor<R> {
    return this.#unary("square");
  }
  /** √a. */
  sqrt(): Tensor<R> {
    return this.#unary("sqrt");
  }
  /** e to the power of a. */
  exp(): Tensor<R> {
    return this.#unary("exp");
  }
  /** The natural logarithm. */
  log(): Tensor<R> {
    return this.#unary("log");
  }
  /** a, or 0 below 0. */
  relu(): Tensor<R> {
    return this.#unary("relu");
  }
  /** 1 / (1 + e^−a). */
  sigmoid(): Tensor<R> {
    return this.#unary("sigmoid");
  }
  /** The hyperbolic tangent. */
  tanh(): Tensor<R> {
    return this.#unary("tanh");
  }
  /** The nearest whole number. */
  round(): Tensor<R> {
    return this.#unary("round");
  }
  /** The next whole number below. */
  floor(): Tensor<R> {
    return this.#unary("floor");
  }
  /** The next whole number above. */
  ceil(): Tensor<R> {
    return this.#unary("ceil");
  }
  /** −1, 0 or 1. */
  sign(): Tensor<R> {
    return this.#unary("sign");
  }

  /** a + b. */
  add<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("add", b) as T;
  }
  /** a − b. */
  sub<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("sub", b) as T;
  }
  /** a · b. */
  mul<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("mul", b) as T;
  }
  /** a / b. */
  div<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("div", b) as T;
  }
  /** The larger of both. */
  maximum<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("maximum", b) as T;
  }
  /** The smaller of both. */
  minimum<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("minimum", b) as T;
  }
  /** (a − b)². */
  squaredDifference<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("squaredDifference", b) as T;
  }
  /** Whether a = b, as 0 or 1. */
  equal<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("equal", b) as T;
  }
  /** Whether a ≠ b. */
  notEqual<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("notEqual", b) as T;
  }
  /** Whether a is more than b. */
  greater<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("greater", b) as T;
  }
  /** Whether a ≥ b. */
  greaterEqual<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("greaterEqual", b) as T;
  }
  /** Whether a is less than b. */
  less<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("less", b) as T;
  }
  /** Whether a ≤ b. */
  lessEqual<T extends Tensor = Tensor<R>>(b: Tensor | TensorLike): T {
    return this.#binary("lessEqual", b) as T;
  }

  /** The sum over the axes, default all. */
  sum<T extends Tensor = Tensor>(axis?: number | readonly number[] | null, keepDims?: boolean): T {
    return this.#reduce("sum", axis, keepDims) as T;
  }
  /** The mean over the axes, default all. */
  mean<T extends Tensor = Tensor>(axis?: number | readonly number[] | null, keepDims?: boolean): T {
    return this.#reduce("mean", axis, keepDims) as T;
  }
  /** The largest over the axes, default all. */
  max<T extends Tensor = Tensor>(axis?: number | readonly number[] | null, keepDims?: boolean): T {
    return this.#reduce("max", axis, keepDims) as T;
  }
  /** The smallest over the axes, default all. */
  min<T extends Tensor = Tensor>(axis?: number | readonly number[] | null, keepDims?: boolean): T {
    return this.#reduce("min", axis, keepDims) as T;
  }
  /** Where the largest is along the axis, default 0. */
  argMax<T extends Tensor = Tensor>(axis = 0): T {
    return this.#reduce("argMax", axis) as T;
  }
  /** Where the smallest is along the axis, default 0. */
  argMin<T extends Tensor = Tensor>(axis = 0): T {
    return this.#reduce("argMin", axis) as T;
  }
}

export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

/** A tensor as it is, or one of the numbers that are given. */
export function tensorOf(value: Tensor | TensorLike, dtype?: DataType): Tensor {
  return isTensor(value) ? value : makeTensor("values", value, undefined, dtype);
}

/** A tensor of numbers that are given, as many as the shape has. */
export function makeTensor<R extends Rank>(
  name: string,
  values: TensorLike,
  shape?: readonly number[],
  dtype?: DataType,
  rank?: number,
): Tensor<R> {
  if (isTensor(values)) throw new OptionError(`${name} is a tensor; numbers are expected`);
  return new Tensor<R>(readNumbers(name, values, shape, dtype, rank));
}

/** Tensors one after another along an axis. */
export function concat<T extends Tensor = Tensor>(tensors: readonly (T | Tensor | TensorLike)[], axis = 0): T {
  if (!isList(tensors) || tensors.length === 0)
    throw new OptionError(`tensors is ${show(tensors)}; a list is expected`);
  return new Tensor(
    compute.concat(
      tensors.map((one) => tensorOf(one).numbers),
      axis,
    ),
  ) as T;
}

/** What `tidy` disposes of at its end: the tensors that were made in it, without those that it returns. */
export function tidy<T>(nameOrFn: string | (() => T), fn?: () => T): T {
  const run = typeof nameOrFn === "function" ? nameOrFn : fn!;
  const outer = scope;
  const own: Tensor[] = [];
  scope = own;
  let result: T | undefined;
  try {
    result = run();
    if (result instanceof Promise)
      throw new OptionError("tidy is given an async function; one without await is expected");
    return result;
  } finally {
    scope = outer;
    const returned = new Set(tensorsIn(result));
    for (const tensor of own) {
      if (returned.has(tensor)) outer?.push(tensor);
      else if (!tensor.kept) tensor.dispose();
    }
  }
}

/** All tensors of what a caller gave: one, a list, or an object of them. */
export function tensorsIn(value: unknown, depth = 0): Tensor[] {
  if (isTensor(value)) return [value];
  if (typeof value !== "object" || value === null || depth > 8 || isNumberArray(value)) return [];
  return (isList(value) ? value : Object.values(value)).flatMap((one) => tensorsIn(one, depth + 1));
}

/** Runs without a scope: what it makes is nobody's to dispose of. */
export function unscoped<T>(run: () => T): T {
  const outer = scope;
  scope = undefined;
  try {
    return run();
  } finally {
    scope = outer;
  }
}
