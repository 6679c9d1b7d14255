// Reading the JSON of another library: each property once, none of it trusted.

import { hasOwn, isList, readJSON, show } from "../checks.ts";
import { FormatError } from "../errors.ts";
import { type DType, floatArray } from "../numbers.ts";
import { decodeText } from "../platform/text.ts";

/** What `read` makes of JSON, an object or text. Whatever is wrong with it is a FormatError. */
export function readCopy<T>(what: string, saved: unknown, read: (json: Record<string, unknown>) => T): T {
  return readJSON(what, saved, (given) => {
    // a copy of an object, each of whose properties is then read once
    return read(typeof saved === "string" ? given : (JSON.parse(JSON.stringify(given)) as Record<string, unknown>));
  });
}

/** A list of `length` elements; of one or more, if no length is given. */
export function listOf(name: string, value: unknown, length?: number): readonly unknown[] {
  if (isList(value) && (length === undefined ? value.length > 0 : value.length === length)) return value;
  const wanted = length === undefined ? "an array that is not empty" : `an array of ${length}`;
  throw new FormatError(`${name} is ${show(value)}; ${wanted} is expected`);
}

/** The members of an object, without "__proto__", which could change what objects inherit. */
export function membersOf(name: string, value: unknown): Map<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FormatError(`${name} is ${show(value)}; an object is expected`);
  }
  if (hasOwn(value, "__proto__")) throw new FormatError(`${name} has the key "__proto__", which is refused`);
  return new Map(Object.entries(value));
}

/** rows × columns numbers; `at` reads one. */
export function numbersFrom(
  dtype: DType,
  rows: number,
  columns: number,
  at: (row: number, column: number) => readonly [name: string, value: unknown],
): Float32Array | Float64Array {
  const numbers = floatArray(dtype, rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const [name, value] = at(i, j);
      if (typeof value === "number") numbers[i * columns + j] = value;
      if (typeof value === "number" && Number.isFinite(numbers[i * columns + j])) continue;
      throw new FormatError(`${name} is ${show(value)}; a number finite in ${dtype} is expected`);
    }
  }
  return numbers;
}

/** The entry of a table under a word of the file. */
export function choiceOf<T>(name: string, value: unknown, choices: Readonly<Record<string, T>>): T {
  if (typeof value === "string" && hasOwn(choices, value)) return choices[value]!;
  throw new FormatError(`${name} is ${show(value)}; ${Object.keys(choices).map(show).join(", ")} are known`);
}

/** Bytes as text; `name` is what an error calls them. */
export function textIn(name: string, bytes: Uint8Array): string {
  try {
    return decodeText(bytes);
  } catch (cause) {
    throw new FormatError(`${name} is no UTF-8 text`, { cause });
  }
}
