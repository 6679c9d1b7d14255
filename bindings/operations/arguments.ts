// Reads the arguments of the building blocks, each once. Sizes and options come first, since they may have getters. The
// arrays follow together, so that no code of the caller runs between them. The views that are returned share memory
// with the caller's arrays, but none of their methods or properties.

import { type FloatArray, isNumberArray, lengthOf, plainArray, plainView, typeNameOf } from "../arrays.ts";
import { checkNames, checkWhole, counted, expected, isList, lengthOfList, show } from "../checks.ts";
import type { DenseShape } from "../engine/engine.ts";
import { DataError, OptionError, ShapeError } from "../errors.ts";
import { floatArray } from "../numbers.ts";

export const MAX_WORD = 2 ** 32 - 1;

const SIZES = ["rows", "inputs", "units"] as const;

/** Reads the named sizes of a shape. It may have the others, too: one shape object serves all functions of a layer. */
export function readShape(shape: object, names: readonly (keyof DenseShape)[]): DenseShape {
  checkNames("shape", shape, SIZES);
  const sizes = { rows: 0, inputs: 0, units: 0 };
  for (const name of names) {
    const size = (shape as Record<string, unknown>)[name];
    sizes[name] = checkWhole(`shape.${name}`, size, 0, Number.MAX_SAFE_INTEGER);
  }
  return sizes;
}

type Views<Name extends string> = { readonly [name in Name]: FloatArray };

/** Plain arrays of those that all have one float type, in their place. */
export function readViews<Name extends string>(arrays: Record<Name, unknown>): Views<Name> {
  let type: string | undefined;
  for (const name of Object.keys(arrays) as Name[]) {
    const array = arrays[name];
    const found = typeNameOf(array);
    if (found !== "Float32Array" && found !== "Float64Array") {
      throw new ShapeError(`${name} is ${show(array)}; a Float32Array or Float64Array is expected`);
    }
    type ??= found;
    if (found !== type) {
      throw new ShapeError(`${name} is ${show(array)}; a ${type}, like the first argument, is expected`);
    }
    arrays[name] = plainArray(array as FloatArray);
  }
  return arrays as Views<Name>;
}

/** Views of arrays of one float type and of these lengths. */
export function readArrays<Name extends string>(
  arrays: Record<Name, unknown>,
  lengths: { readonly [name in Name]: number },
): Views<Name> {
  const views = readViews(arrays);
  for (const name of Object.keys(lengths) as Name[]) checkLength(name, views[name].length, lengths[name]);
  return views;
}

/** Views of arrays of one float type, as long as the first. */
export function readEqual<Name extends string>(arrays: Record<Name, unknown>): Views<Name> {
  const views = readViews(arrays);
  let length: number | undefined;
  for (const name of Object.keys(views) as Name[]) {
    length ??= views[name].length;
    checkLength(name, views[name].length, length);
  }
  return views;
}

function checkLength(name: string, found: number, length: number): void {
  if (found === length) return;
  throw new ShapeError(`${name} has ${counted(found, "element")}; ${expected(length)} from the shape`);
}

/** A copy of an array of numbers, whose values are not checked; undefined for undefined. */
export function readNumbers(name: string, values: unknown, length: number): ArrayLike<number> | undefined {
  if (values === undefined) return undefined;
  const listed = isList(values);
  if (!listed && !isNumberArray(values)) {
    throw new ShapeError(`${name} is ${show(values)}; an array of numbers is expected`);
  }
  const found = listed ? lengthOfList(name, values) : lengthOf(values);
  if (found !== length) throw new ShapeError(`${name} has ${counted(found, "element")}; ${expected(length)}`);
  if (!listed) return plainView(values).slice();
  const copy = floatArray("f64", length);
  for (let n = 0; n < length; n++) copy[n] = checkNumber(`${name}[${n}]`, values[n]); // a hole ends it
  return copy;
}

function checkNumber(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw new DataError(`${name} is ${show(value)}; a number is expected`);
}

/** Two words of 32 bits. */
export function readWords(name: string, words: unknown): [number, number] {
  if (!isList(words) || words.length !== 2) {
    throw new OptionError(`${name} is ${show(words)}; two 32-bit words are expected`);
  }
  const word = (n: number) => checkWhole(`${name}[${n}]`, words[n], 0, MAX_WORD);
  return [word(0), word(1)];
}
