// Tensors of a model: their types, shapes and numbers, which lie in the file or in another one that is given with it.

import type { FloatArray } from "../../arrays.ts";
import { show } from "../../checks.ts";
import { FormatError } from "../../errors.ts";
import { floatArray, LITTLE_ENDIAN, sizeOf } from "../../numbers.ts";
import { fillFromBytes } from "../../saving/bytes.ts";
import type { Pieces } from "../../saving/pieces.ts";
import { widen } from "../halves.ts";
import { bytesIn, type Field, fieldsOf, textOf, wholeOf, wholesOf } from "../protobuf.ts";

/** A constant of a model. */
export interface Tensor {
  /** As messages name it. */
  readonly where: string;
  readonly type: number;
  readonly shape: readonly number[];
  /** The relative error of numbers that were rounded to its type; 0 of whole numbers. */
  readonly epsilon: number;
  /**
   * Its numbers: f32 of types that f32 has all numbers of, else f64. They are not to be changed, since they may lie in
   * the file, unless they are `fresh`.
   */
  numbers(fresh?: boolean): FloatArray;
}

/** A constant of numbers that are known. */
export function tensorOf(
  where: string,
  type: number,
  shape: readonly number[],
  numbers: FloatArray,
  epsilon = epsilonOf(type),
): Tensor {
  return { where, type, shape, epsilon, numbers: (fresh) => (fresh ? numbers.slice() : numbers) };
}

/** Files beside the model, by their names in it. */
export type ExternalData = ReadonlyMap<string, Pieces>;

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  /** The field that has the elements if they are no raw bytes, and whether these are integers there. */
  readonly field: number;
  readonly isWhole?: true;
  /** The relative error of a number that was rounded to it: 2^−23, 2^−10, 2^−51, 2^−7. */
  readonly epsilon?: number;
}

const TYPES: Readonly<Record<number, ElementType>> = {
  1: { name: "f32", bytes: 4, field: 4, epsilon: 1.1920928955078125e-7 },
  6: { name: "int32", bytes: 4, field: 5, isWhole: true },
  7: { name: "int64", bytes: 8, field: 7, isWhole: true },
  9: { name: "bool", bytes: 1, field: 5, isWhole: true },
  10: { name: "f16", bytes: 2, field: 5, isWhole: true, epsilon: 0.0009765625 },
  11: { name: "f64", bytes: 8, field: 10, epsilon: 4.440892098500626e-16 },
  16: { name: "bf16", bytes: 2, field: 5, isWhole: true, epsilon: 0.0078125 },
};

export const INT64 = 7;
export const isFloat = (type: number) => TYPES[type]?.epsilon !== undefined;
export const isDouble = (type: number) => type === 11;
export const epsilonOf = (type: number) => TYPES[type]?.epsilon ?? 0;

/** How many elements a shape has; 2^53 and more are refused. */
export function countOf(where: string, shape: readonly number[]): number {
  const count = sizeOf(shape);
  if (shape.every((size) => size > 0 && Number.isSafeInteger(size)) && Number.isSafeInteger(count)) return count;
  throw new FormatError(
    `${where} has shape ${shapeText(shape)}; sizes of 1 or more are expected, fewer than 2^53 in all`,
  );
}

export function shapeText(shape: readonly number[]): string {
  return `[${shape.slice(0, 8).join(", ")}${shape.length > 8 ? ", …" : ""}]`;
}

/** A tensor of a file. Its numbers are read when they are asked for. */
export function readTensor(message: Uint8Array, where: string, files: ExternalData): Tensor {
  const shape: number[] = [];
  const stored: Field[] = [];
  const external = new Map<string, string>();
  let [type, isExternal] = [0, false];
  let raw: Uint8Array | undefined;
  for (const field of fieldsOf(message)) {
    const { number } = field;
    if (number === 1) shape.push(...wholesOf(field, `dims of ${where}`));
    else if (number === 2) type = wholeOf(field, `data_type of ${where}`);
    else if (number === 9) raw = bytesIn(field, `raw_data of ${where}`);
    else if (number === 13) external.set(...entryOf(field, `external_data of ${where}`));
    else if (number === 14) isExternal = wholeOf(field, `data_location of ${where}`) === 1;
    else if (number === 4 || number === 5 || number === 7 || number === 10) stored.push(field);
  }
  const row = TYPES[type];
  const numbers = (fresh = false) => {
    if (row === undefined) {
      const known = Object.values(TYPES).map(({ name }) => name);
      throw new FormatError(`${where} has the data_type ${type}; ${known.join(", ")} are read`);
    }
    const count = countOf(where, shape);
    if (isExternal) return fromRaw(row, count, bytesOutside(external, count * row.bytes, where, files), where, fresh);
    if (raw !== undefined) return fromRaw(row, count, [raw], where, fresh);
    return fromFields(
      row,
      count,
      stored.filter(({ number }) => number === row.field),
      where,
    );
  };
  return { where, type, shape, epsilon: epsilonOf(type), numbers };
}

/** A name and its value. */
function entryOf(field: Field, what: string): [string, string] {
  const entry: [string, string] = ["", ""];
  for (const part of fieldsOf(bytesIn(field, what))) {
    if (part.number === 1 || part.number === 2) entry[part.number - 1] = textOf(part, what);
  }
  return entry;
}

function fromRaw(
  { name, bytes, isWhole }: ElementType,
  count: number,
  parts: Uint8Array[],
  where: string,
  fresh = false,
): FloatArray {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length !== count * bytes) {
    throw new FormatError(`${where} has ${length} bytes; ${count} elements of ${name} take ${count * bytes}`);
  }
  if (name === "f16" || name === "bf16") {
    const numbers = new Float32Array(count);
    widen(numbers, parts, name === "f16" ? undefined : (bits) => bits << 16);
    return numbers;
  }
  if (!isWhole) {
    const [{ buffer, byteOffset }] = parts as [Uint8Array<ArrayBuffer>];
    const Numbers = bytes === 4 ? Float32Array : Float64Array;
    if (LITTLE_ENDIAN && !fresh && parts.length === 1 && byteOffset % bytes === 0)
      return new Numbers(buffer, byteOffset, count);
    const numbers = floatArray(bytes === 4 ? "f32" : "f64", count);
    fillFromBytes(numbers, parts);
    return numbers;
  }
  const joined = parts[0]!;
  const view = new DataView(joined.buffer, joined.byteOffset);
  return Float64Array.from({ length: count }, (_, n) => {
    if (bytes === 1) return view.getUint8(n);
    if (bytes === 4) return view.getInt32(4 * n, true);
    return view.getInt32(8 * n + 4, true) * 2 ** 32 + view.getUint32(8 * n, true);
  });
}

function fromFields(row: ElementType, count: number, fields: readonly Field[], where: string): FloatArray {
  const { name, bytes, isWhole } = row;
  if (!isWhole)
    return fromRaw(
      row,
      count,
      fields.map((field) => bytesIn(field, where, bytes === 4 ? 5 : 1)),
      where,
    );
  const wholes: number[] = [];
  for (const field of fields) for (const whole of wholesOf(field, where)) wholes.push(whole);
  if (wholes.length !== count) throw new FormatError(`${where} has ${wholes.length} elements; ${count} are expected`);
  if (name !== "f16" && name !== "bf16") return Float64Array.from(wholes);
  const halves = wholes.flatMap((whole) => [whole & 255, (whole >> 8) & 255]);
  return fromRaw(row, count, [Uint8Array.from(halves)], where);
}

/** The bytes of a tensor in a file that the caller gives. No file is opened. */
function bytesOutside(
  entries: ReadonlyMap<string, string>,
  length: number,
  where: string,
  files: ExternalData,
): Uint8Array[] {
  const location = entries.get("location") ?? "";
  if (location === "" || /^[/\\]|[:\0]|(^|[/\\])\.\.([/\\]|$)/.test(location)) {
    throw new FormatError(`${where} is in the file ${show(location)}; a name within the model's folder is expected`);
  }
  const file = files.get(location);
  if (file === undefined) {
    throw new FormatError(`${where} is in the file ${show(location)}; externalData hasn't got it`);
  }
  const begin = wholeText(entries.get("offset"), 0, where);
  const own = wholeText(entries.get("length"), length, where);
  if (begin + own > file.length) {
    throw new FormatError(
      `${where} is at ${begin} to ${begin + own} of ${show(location)}, which has ${file.length} bytes`,
    );
  }
  return own === 0 ? [] : [file.join(begin, begin + own)];
}

function wholeText(text: string | undefined, otherwise: number, where: string): number {
  const value = text === undefined ? otherwise : /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (value >= 0) return value;
  throw new FormatError(`${where} has external_data ${show(text)}; a whole number is expected`);
}
