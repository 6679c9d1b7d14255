// Numbers that a caller gives for a tensor, read.

import { isFloatArray, isNumberArray, lengthOf, type NumberArray, plainView } from "../arrays.ts";
import { isList, show } from "../checks.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { type DataType, type Numbers, resolveShape, valuesOf } from "./operations.ts";
import type { TensorLike } from "./tensor-types.ts";

export function checkDataType(dtype: unknown): DataType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new OptionError(`dtype is ${show(dtype)}; "float32", "int32" or "bool" is expected`);
}

/** As many as the shape has; without one, the shape is that of the arrays. */
export function readNumbers(
  name: string,
  values: TensorLike,
  shape: readonly number[] | undefined,
  dtype: DataType | undefined,
  rank: number | undefined,
): Numbers {
  const own: number[] = [];
  let list: number[] | NumberArray = [];
  let isBool = true;
  const collect = (value: unknown, axis: number, path: string) => {
    if (isList(value) || isNumberArray(value)) {
      const length = isList(value) ? value.length : lengthOf(value);
      if (own.length === axis && list.length === 0) own.push(length);
      else if (own[axis] !== length) {
        throw new ShapeError(`${path} has ${length} elements; ${own[axis] ?? "a number"} is expected, as before`);
      }
      for (let n = 0; n < length; n++) collect((value as readonly unknown[])[n], axis + 1, `${path}[${n}]`);
      return;
    }
    if (axis !== own.length) throw new ShapeError(`${path} is ${show(value)}; ${own[axis]} numbers are expected`);
    if (typeof value !== "boolean") isBool = false;
    if (typeof value !== "number" && typeof value !== "boolean") {
      throw new DataError(`${path} is ${show(value)}; a number is expected`);
    }
    (list as number[]).push(Number(value));
  };
  if (isNumberArray(values)) {
    list = plainView(values);
    own.push(list.length);
    isBool = false;
  } else collect(values, 0, name);
  const isInt = isNumberArray(values) && !isFloatArray(values);
  const type = dtype ?? (isBool && list.length > 0 ? "bool" : isInt ? "int32" : "float32");
  const size = list.length;
  if (shape !== undefined && own.length > 1 && String(own) !== String(shape)) {
    throw new ShapeError(`${name} has shape [${own}]; [${shape}] is expected`);
  }
  const found = shape === undefined ? own : resolveShape("shape", shape, size);
  if (rank !== undefined && found.length !== rank) {
    throw new ShapeError(`${name} has shape [${found}]; ${rank} dimensions are expected`);
  }
  const data = valuesOf(checkDataType(type), size);
  for (let n = 0; n < size; n++) data[n] = type === "bool" ? +(list[n] !== 0) : list[n]!;
  return { data, shape: found, dtype: type };
}
