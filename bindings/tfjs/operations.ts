// What tensors compute: on plain arrays, row-major. Numbers are computed in f64, and rounded by the array that takes
// them.

import { counted, isList, show } from "../checks.ts";
import { expF64, logF64, sigmoidF64, tanhF64 } from "../engine/reference/elementary.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { sizeOf } from "../numbers.ts";

/** Of a tensor's elements. */
export type DataType = "float32" | "int32" | "bool";

/** Numbers in the array of their type. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** What a tensor is of. */
export interface Numbers {
  readonly data: Values;
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** One axis or several; without it, all of them. */
export type Axis = number | readonly number[] | undefined;

export function valuesOf(dtype: DataType, length: number): Values {
  return dtype === "float32"
    ? new Float32Array(length)
    : dtype === "int32"
      ? new Int32Array(length)
      : new Uint8Array(length);
}

const UNARY = {
  neg: (a: number) => -a,
  abs: Math.abs,
  square: (a: number) => a * a,
  sqrt: Math.sqrt,
  exp: expF64,
  log: logF64,
  relu: (a: number) => (a < 0 ? 0 : a),
  sigmoid: sigmoidF64,
  tanh: tanhF64,
  round: (a: number) => {
    const down = Math.floor(a);
    const half = a - down - 0.5; // halves go to the even number
    return half < 0 || (half === 0 && down % 2 === 0) ? down : down + 1;
  },
  floor: Math.floor,
  ceil: Math.ceil,
  sign: (a: number) => (a > 0 ? 1 : a < 0 ? -1 : 0), // 0 of NaN, as there
};

/** A function of each element. */
export type UnaryName = keyof typeof UNARY;

export function unary(name: UnaryName, { data, shape, dtype }: Numbers): Numbers {
  const exact = ["neg", "abs", "square", "relu", "sign", "round", "floor", "ceil"].includes(name);
  const f = UNARY[name];
  const found = valuesOf(exact && dtype === "int32" ? "int32" : "float32", data.length);
  for (let n = 0; n < data.length; n++) found[n] = f(data[n]!);
  return { data: found, shape, dtype: found instanceof Int32Array ? "int32" : "float32" };
}

const BINARY = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  squaredDifference: (a: number, b: number) => (a - b) * (a - b),
};
const COMPARISONS = {
  equal: (a: number, b: number) => +(a === b),
  notEqual: (a: number, b: number) => +(a !== b),
  greater: (a: number, b: number) => +(a > b),
  greaterEqual: (a: number, b: number) => +(a >= b),
  less: (a: number, b: number) => +(a < b),
  lessEqual: (a: number, b: number) => +(a <= b),
};
const ALL = /* @__PURE__ */ Object.assign({}, BINARY, COMPARISONS);

/** A function of two elements. */
export type BinaryName = keyof typeof ALL;

/** Of each pair; a dimension of 1 goes with any. */
export function binary(name: BinaryName, a: Numbers, b: Numbers): Numbers {
  const f = ALL[name];
  const rank = Math.max(a.shape.length, b.shape.length);
  const at = ({ shape }: Numbers, axis: number) => shape[axis - rank + shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [p, q] = [at(a, axis), at(b, axis)];
    if (p === q || q === 1) return p;
    if (p === 1) return q;
    throw new ShapeError(`${name} is given shapes [${a.shape}] and [${b.shape}]; equal ones, or 1, are expected`);
  });
  const isFloor = name === "div" && a.dtype === "int32" && b.dtype === "int32"; // as there
  const isInt = a.dtype !== "float32" && b.dtype !== "float32" && (name !== "div" || isFloor);
  const dtype = name in COMPARISONS ? "bool" : isInt ? "int32" : "float32";
  const data = valuesOf(dtype, sizeOf(shape));
  const strides = (of: Numbers) => {
    let stride = 1;
    const found = new Array<number>(rank).fill(0);
    for (let axis = rank - 1; axis >= 0; axis--) {
      const size = at(of, axis);
      if (size !== 1) found[axis] = stride;
      stride *= size;
    }
    return found;
  };
  const [ofA, ofB] = [strides(a), strides(b)];
  const place = new Array<number>(rank).fill(0);
  for (let n = 0, i = 0, j = 0; n < data.length; n++) {
    const value = f(a.data[i]!, b.data[j]!);
    data[n] = isFloor ? Math.floor(value) : value;
    for (let axis = rank - 1; axis >= 0; axis--) {
      place[axis]!++;
      i += ofA[axis]!;
      j += ofB[axis]!;
      if (place[axis]! < shape[axis]!) break;
      i -= ofA[axis]! * shape[axis]!;
      j -= ofB[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return { data, shape, dtype };
}

/** Both in the shape that a function of two has, in f32: numbers are repeated along dimensions of 1. */
export function broadcast(a: Numbers, b: Numbers): readonly [Numbers, Numbers] {
  if (String(a.shape) === String(b.shape)) return [a, b];
  const zeros = ({ data, shape }: Numbers): Numbers => ({
    data: new Float32Array(data.length),
    shape,
    dtype: "float32",
  });
  return [binary("add", a, zeros(b)), binary("add", zeros(a), b)];
}

/** The axes that are meant, ascending. */
export function axesOf(name: string, axis: Axis, rank: number): number[] {
  if (axis === undefined) return Array.from({ length: rank }, (_, n) => n);
  const list = isList(axis) ? axis : [axis];
  return [...new Set(list.map((one) => axisOf(name, one, rank)))].sort((a, b) => a - b);
}

export function axisOf(name: string, axis: unknown, rank: number): number {
  if (typeof axis === "number" && Number.isInteger(axis) && axis >= -rank && axis < rank) {
    return axis < 0 ? axis + rank : axis;
  }
  throw new OptionError(`axis of ${name} is ${show(axis)}; a whole number from ${-rank} to ${rank - 1} is expected`);
}

/** The tensor with its dimensions in this order. */
export function transpose({ data, shape, dtype }: Numbers, order: readonly number[]): Numbers {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const turned = order.map((axis) => shape[axis]!);
  const found = valuesOf(dtype, data.length);
  const place = new Array<number>(order.length).fill(0);
  for (let n = 0; n < data.length; n++) {
    let from = 0;
    for (let k = 0; k < order.length; k++) from += place[k]! * strides[order[k]!]!;
    found[n] = data[from]!;
    for (let k = order.length - 1; k >= 0 && ++place[k]! === turned[k]; k--) place[k] = 0;
  }
  return { data: found, shape: turned, dtype };
}

const REDUCTIONS = {
  sum: (values: Values) => fold(values, (sum, value) => sum + value, 0),
  mean: (values: Values) => fold(values, (sum, value) => sum + value, 0) / Math.max(1, values.length),
  max: (values: Values) => fold(values, Math.max, -Infinity),
  min: (values: Values) => fold(values, Math.min, Infinity),
  argMax: (values: Values) => best(values, (value, found) => value > found),
  argMin: (values: Values) => best(values, (value, found) => value < found),
};

/** What a dimension becomes one number by. */
export type ReductionName = keyof typeof REDUCTIONS;

function fold(values: Values, f: (found: number, value: number) => number, start: number): number {
  let found = start;
  for (let n = 0; n < values.length; n++) found = f(found, values[n]!);
  return found;
}

function best(values: Values, isBetter: (value: number, found: number) => boolean): number {
  let at = 0;
  for (let n = 1; n < values.length; n++) if (isBetter(values[n]!, values[at]!)) at = n;
  return at;
}

export function reduce(name: ReductionName, of: Numbers, axis: Axis, keepDims = false): Numbers {
  const rank = of.shape.length;
  const axes = axesOf(name, axis, rank);
  const kept = of.shape.map((_, n) => n).filter((n) => !axes.includes(n));
  const { data } = transpose(of, [...kept, ...axes]);
  const shape = keepDims ? of.shape.map((size, n) => (axes.includes(n) ? 1 : size)) : kept.map((n) => of.shape[n]!);
  const isWhole = name.startsWith("arg") || (of.dtype !== "float32" && name !== "mean");
  const found = valuesOf(isWhole ? "int32" : "float32", sizeOf(shape));
  const length = data.length / Math.max(1, found.length);
  const f = REDUCTIONS[name];
  for (let n = 0; n < found.length; n++) found[n] = f(data.subarray(n * length, (n + 1) * length));
  return { data: found, shape, dtype: isWhole ? "int32" : "float32" };
}

/** `size[axis]` elements from `begin[axis]` on. */
export function slice({ data, shape, dtype }: Numbers, begin: readonly number[], size: readonly number[]): Numbers {
  const found = valuesOf(dtype, sizeOf(size));
  const place = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  for (let n = 0; n < found.length; n++) {
    let from = 0;
    for (let k = 0; k < place.length; k++) from += (begin[k]! + place[k]!) * strides[k]!;
    found[n] = data[from]!;
    for (let k = place.length - 1; k >= 0 && ++place[k]! === size[k]; k--) place[k] = 0;
  }
  return { data: found, shape: [...size], dtype };
}

/** Parts one after another along an axis. */
export function concat(parts: readonly Numbers[], axis: number): Numbers {
  const [{ shape }] = parts as [Numbers];
  const at = axisOf("concat", axis, shape.length);
  for (const [n, part] of parts.entries()) {
    if (part.shape.length === shape.length && part.shape.every((size, k) => k === at || size === shape[k])) continue;
    throw new ShapeError(
      `tensors[${n}] of concat has shape [${part.shape}]; [${shape}] but for axis ${at} is expected`,
    );
  }
  const dtype = parts.every((part) => part.dtype === parts[0]!.dtype) ? parts[0]!.dtype : "float32";
  const size = parts.reduce((sum, part) => sum + part.shape[at]!, 0);
  const found = valuesOf(dtype, (sizeOf(shape) / Math.max(1, shape[at]!)) * size);
  const runs = sizeOf(shape.slice(0, at));
  let to = 0;
  for (let run = 0; run < runs; run++) {
    for (const { data } of parts) {
      const length = data.length / runs;
      found.set(data.subarray(run * length, (run + 1) * length), to);
      to += length;
    }
  }
  return { data: found, shape: shape.map((one, k) => (k === at ? size : one)), dtype };
}

/** Some of the places of an axis, in this order. */
export function gather({ data, shape, dtype }: Numbers, indexes: ArrayLike<number>, axis: number): Numbers {
  const at = axisOf("gather", axis, shape.length);
  const length = sizeOf(shape.slice(at + 1));
  const runs = sizeOf(shape.slice(0, at));
  const found = valuesOf(dtype, runs * indexes.length * length);
  for (let run = 0, to = 0; run < runs; run++) {
    for (let n = 0; n < indexes.length; n++, to += length) {
      const index = indexes[n]!;
      if (!(Number.isInteger(index) && index >= 0 && index < shape[at]!)) {
        throw new OptionError(
          `indices[${n}] of gather is ${show(index)}; a number from 0 to ${shape[at]! - 1} is expected`,
        );
      }
      const from = (run * shape[at]! + index) * length;
      found.set(data.subarray(from, from + length), to);
    }
  }
  return { data: found, shape: shape.map((one, k) => (k === at ? indexes.length : one)), dtype };
}

/** Of two matrices. */
export function matMul(a: Numbers, b: Numbers): Numbers {
  const [[rows, inner], [same, columns]] = [a.shape, b.shape] as [[number, number], [number, number]];
  if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== same) {
    throw new ShapeError(`matMul is given shapes [${a.shape}] and [${b.shape}]; two matrices that fit are expected`);
  }
  const dtype = a.dtype === "int32" && b.dtype === "int32" ? "int32" : "float32";
  const data = valuesOf(dtype, rows * columns);
  for (let s = 0; s < rows; s++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let i = 0; i < inner; i++) sum += a.data[s * inner + i]! * b.data[i * columns + j]!;
      data[s * columns + j] = sum;
    }
  }
  return { data, shape: [rows, columns], dtype };
}

/** Over the last dimension. */
export function softmax({ data, shape }: Numbers): Numbers {
  const units = shape[shape.length - 1] ?? 1;
  const found = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += units) {
    const row = data.subarray(from, from + units);
    const most = REDUCTIONS.max(row);
    let sum = 0;
    for (const value of row) sum += expF64(value - most);
    row.forEach((value: number, n: number) => {
      found[from + n] = expF64(value - most) / sum;
    });
  }
  return { data: found, shape, dtype: "float32" };
}

/** A row for each label, with a one in its column. */
export function oneHot(indexes: Numbers, depth: number, on: number, off: number, dtype: DataType): Numbers {
  const data = valuesOf(dtype, indexes.data.length * depth).fill(off);
  indexes.data.forEach((index: number, n: number) => {
    if (index >= 0 && index < depth) data[n * depth + index] = on; // others have none, as there
  });
  return { data, shape: [...indexes.shape, depth], dtype };
}

/** A shape in which one size may be −1: what is left for it. */
export function resolveShape(name: string, shape: readonly unknown[], size: number): number[] {
  const found = shape.map((one, n) => {
    if (typeof one === "number" && Number.isInteger(one) && one >= -1) return one;
    throw new ShapeError(`${name}[${n}] is ${show(one)}; a whole number of 0 or more is expected, or -1`);
  });
  const open = found.indexOf(-1);
  const known = sizeOf(found.filter((one) => one !== -1));
  if (open >= 0 && found.lastIndexOf(-1) === open && known > 0 && size % known === 0) found[open] = size / known;
  if (found.includes(-1) || sizeOf(found) !== size) {
    throw new ShapeError(`${name} is [${shape.map(show)}]; a shape of ${counted(size, "element")} is expected`);
  }
  return found;
}
