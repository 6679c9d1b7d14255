// The rows that a model is given, as its network takes them.

import { counted, isList, show } from "../checks.ts";
import { OptionError, ShapeError } from "../errors.ts";
import type { Shape } from "./layer.ts";
import { classRows, type LossFunction } from "./losses.ts";
import { type Data, part } from "./steps.ts";
import { isTensor, type Tensor } from "./tensor.ts";

/** The numbers of rows, one after the other. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
}

/** The one tensor that is meant. */
function oneOf(kind: "x" | "y", given: unknown, name: string): Tensor {
  let found = given;
  if (isList(found) && found.length === 1) found = found[0];
  else if (!isTensor(found) && typeof found === "object" && found !== null && !isList(found)) {
    found = (found as Record<string, unknown>)[name];
  }
  if (isTensor(found)) return found;
  throw new OptionError(`${kind} is ${show(given)}; a tensor is expected`);
}

/** Rows of the shape that is wanted, from a tensor, a list of one, or an object with one of this name. */
export function matrixOf(kind: "x" | "y", given: unknown, name: string, wanted: Shape): Matrix {
  const { data, shape } = oneOf(kind, given, name).numbers;
  const found = shape.length === 1 ? [shape[0]!, 1] : shape;
  const fits =
    found.length === wanted.length && wanted.every((size, n) => n === 0 || size === null || size === found[n]);
  if (!fits || found[0] === 0) {
    const rows = `[rows, ${wanted.slice(1).map((size) => size ?? "any")}]`;
    throw new ShapeError(`${kind} has the shape [${shape}]; ${rows} is expected, of 1 row or more`);
  }
  return { data: data instanceof Float32Array ? data : Float32Array.from(data), rows: found[0]! };
}

/** Rows with their targets, for a loss of so many outputs. */
export function dataOf(
  { data, rows }: Matrix,
  y: unknown,
  { isSparse }: LossFunction,
  outputName: string,
  outputs: number,
  classWeight: unknown,
): Data {
  const targets = matrixOf("y", y, outputName, [null, isSparse ? 1 : outputs]);
  if (targets.rows !== rows) throw new ShapeError(`y has ${counted(targets.rows, "row")}; x has ${rows}`);
  const labels = isSparse ? targets.data : undefined;
  const own = { rows, x: data, y: labels ? classRows(labels, outputs) : targets.data, labels };
  return { ...own, weights: weightsOf(classWeight, outputName, labels ?? own.y, rows) };
}

/** The rows from `first` to below `end`, copied. */
export function cut(data: Data, first: number, end: number): Data {
  if (end <= first) {
    throw new OptionError(`validationSplit of ${counted(data.rows, "row")} leaves none; 1 or more is expected`);
  }
  return part(data, first, end - first, "slice");
}

/** A weight for each row, that of its class. */
function weightsOf(given: unknown, output: string, y: Float32Array, rows: number): Float32Array | undefined {
  if (given === undefined || given === null) return undefined;
  let byClass = isList(given) ? given[0] : given;
  if (typeof byClass === "object" && byClass !== null && output in byClass) {
    byClass = (byClass as Record<string, unknown>)[output];
  }
  const columns = y.length / rows;
  return Float32Array.from({ length: rows }, (_, s) => {
    let label = y[s * columns]!;
    if (columns > 1) {
      label = 0;
      for (let j = 1; j < columns; j++) if (y[s * columns + j]! > y[s * columns + label]!) label = j;
    }
    const weight = (byClass as Record<number, unknown> | null)?.[label];
    if (typeof weight === "number" && weight >= 0) return weight;
    throw new OptionError(`classWeight has ${show(weight)} for the class ${label}; a number of 0 or more is expected`);
  });
}
