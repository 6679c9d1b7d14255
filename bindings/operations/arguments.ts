// Reads the arguments of the building blocks, each once. Sizes and options come first, since they may have getters. The
// arrays follow together, so that no code of the caller runs between them. What is returned may share memory
// with the caller's arrays, but none of their methods or properties.

import { type FloatArray, isNumberArray, lengthOf, plainArray, plainView, typeNameOf } from "../arrays.ts";
import { checkNames, checkWhole, counted, expected, isLength, isList, lengthOfList, show } from "../checks.ts";
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
    // a text of the name would take as long as the rest
    sizes[name] = isSize(size) ? size + 0 : checkWhole(`shape.${name}`, size, 0, Number.MAX_SAFE_INTEGER);
  }
  return sizes;
}

function isSize(size: unknown): size is number {
  return Number.isSafeInteger(size) && (size as number) >= 0;
}

/** A plain array of a caller's of this length and of the type of `first`, where they are given. */
export function readArray<T extends FloatArray>(name: string, array: T, length?: number, first?: FloatArray): T {
  const type = typeNameOf(array);
  if (type !== "Float32Array" && type !== "Float64Array") {
    throw new ShapeError(`${name} is ${show(array)}; a Float32Array or Float64Array is expected`);
  }
  if (first !== undefined && type !== typeNameOf(first)) {
    throw new ShapeError(`${name} is ${show(array)}; a ${typeNameOf(first)}, like the first argument, is expected`);
  }
  const plain = plainArray(array, type) as T;
  if (length === undefined || plain.length === length) return plain;
  throw new ShapeError(`${name} has ${counted(plain.length, "element")}; ${expected(length)} from the shape`);
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
  return [readWord(name, words, 0), readWord(name, words, 1)];
}

function readWord(name: string, words: readonly unknown[], n: number): number {
  const word = words[n];
  return isLength(word) ? word + 0 : checkWhole(`${name}[${n}]`, word, 0, MAX_WORD);
}
