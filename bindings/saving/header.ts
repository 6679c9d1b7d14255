// The header of a safetensors file: JSON that names the tensors with their types, shapes and places, and the metadata.

import { counted, hasOwn, show } from "../checks.ts";
import { DataError, FormatError, ShapeError } from "../errors.ts";
import { decodeText } from "../platform/text.ts";

/** In bytes, as in the original. */
export const MAX_HEADER = 100_000_000;
const MAX_TENSORS = 150_000; // two for each of a network's layers, and some more
const MAX_TOKENS = 2_000_000; // a tensor of two dimensions has 12; more could cost minutes and gigabytes
const KEYS = ["dtype", "shape", "data_offsets"];
/** What stands for the digest while it is computed. */
export const NO_DIGEST = /* @__PURE__ */ "0".repeat(64);

/** The elements of a tensor in a file, and their bytes: IEEE-754 binary32 and binary64. */
export const FLOATS: Readonly<Record<string, number>> = { F32: 4, F64: 8 };

/** Numbers in row-major order with their shape, of any rank: `[]` is that of one number, a size of 0 that of none. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** A tensor as it is written: of integers, too. */
export interface WritableTensor {
  readonly shape: readonly number[];
  readonly data: Tensor["data"] | BigInt64Array;
}

/** What the header says of a tensor; `begin` and `end` count bytes from the start of the data. */
interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A header that was read. */
export interface Header {
  readonly text: string;
  readonly metadata: Map<string, string>;
  readonly entries: Entry[];
  /** Bytes of data that belong to it. */
  readonly dataBytes: number;
}

/** The type of an array's numbers, as the format names it; undefined if it hasn't got it. */
function typeOf(data: unknown): string | undefined {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof BigInt64Array ? "I64" : undefined;
}

/** The header's text without its padding; no digest is in it yet. */
export function headerOf(tensors: ReadonlyMap<string, WritableTensor>, metadata: Readonly<Record<string, string>>) {
  // JSON of objects would have keys such as "0" first; so the first 64 zeros of the file are the digest's
  const own = new Map([["sha256", ""], ...Object.entries(metadata), ["sha256", NO_DIGEST], ["checksum", "sha256"]]);
  for (const [key, text] of own) checkText(key, text);
  const members = [`"__metadata__":{${[...own].map(member)}}`];
  let dataBytes = 0;
  for (const [name, { shape, data }] of tensors) {
    const dtype = typeOf(data);
    if (dtype === undefined) {
      throw new DataError(`tensor ${show(name)} is ${describe(data)}; a Float32Array or Float64Array is expected`);
    }
    if (countElements(shape) !== data.length) {
      throw new ShapeError(
        `tensor ${show(name)} has shape ${describe(shape)}; its data has ${counted(data.length, "element")}`,
      );
    }
    const begin = dataBytes;
    dataBytes += data.byteLength;
    members.push(member([name, { dtype, shape, data_offsets: [begin, dataBytes] }]));
  }
  return `{${members}}`;
}

function member([key, value]: readonly [string, unknown]): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

/**
 * Checks everything but the digest. The entries are in the order of their data.
 *
 * @param types - Bytes of an element, by the types that are taken.
 */
export function parseHeader(bytes: Uint8Array, types = FLOATS): Header {
  if (bytes.length > MAX_HEADER) {
    throw new FormatError(`the header takes ${bytes.length} bytes; at most ${MAX_HEADER} are read`);
  }
  const { text, keys, json } = parse(bytes);
  const members = membersOf("the header", json);
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  for (const [name, value] of members) {
    if (name !== "__metadata__") entries.push(toEntry(name, value, types));
    else for (const [key, found] of membersOf(name, value)) metadata.set(key, checkText(key, found));
  }
  if (entries.length > MAX_TENSORS) {
    throw new FormatError(`the file has ${entries.length} tensors; at most ${MAX_TENSORS} are read`);
  }
  // JSON.parse keeps the last of equal keys
  const kept = members.length + metadata.size + entries.length * KEYS.length;
  if (keys !== kept) throw new FormatError(`the header has ${counted(keys, "key")}, but ${kept} different ones`);
  return { text, metadata, entries, dataBytes: checkOffsets(entries) };
}

function parse(bytes: Uint8Array): { text: string; keys: number; json: unknown } {
  let text: string;
  try {
    text = decodeText(bytes);
  } catch (cause) {
    throw new FormatError("the header is no UTF-8 text", { cause });
  }
  if (!text.startsWith("{")) throw new FormatError(`the header begins with ${show(text.slice(0, 1))}; "{" is expected`);
  const { keys, tokens } = countTokens(text);
  if (tokens > MAX_TOKENS) {
    throw new FormatError(`the header has ${tokens} commas, colons and brackets; at most ${MAX_TOKENS} are read`);
  }
  try {
    return { text, keys, json: JSON.parse(text) };
  } catch (cause) {
    throw new FormatError(`the header is no JSON: ${show(text)}`, { cause });
  }
}

function membersOf(what: string, value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FormatError(`${what} is ${describe(value)}; an object is expected`);
  }
  if (hasOwn(value, "__proto__")) throw new FormatError(`${what} has the key "__proto__", which is refused`);
  return Object.entries(value);
}

function toEntry(name: string, value: unknown, types: Readonly<Record<string, number>>): Entry {
  const what = `tensor ${show(name)}`;
  const members = new Map(membersOf(what, value));
  if (members.size !== KEYS.length || !KEYS.every((key) => members.has(key))) {
    throw new FormatError(
      `${what} has the keys ${show([...members.keys()].join(", "))}; ${KEYS.join(", ")} are expected`,
    );
  }
  const [dtype, shape, offsets] = KEYS.map((key) => members.get(key));
  const known = Object.keys(types);
  if (!known.includes(dtype as string)) {
    throw new FormatError(`${what} has dtype ${describe(dtype)}; ${known.map(show).join(" or ")} is expected`);
  }
  const count = countElements(shape);
  if (Number.isNaN(count)) {
    throw new FormatError(
      `${what} has shape ${describe(shape)}; whole numbers are expected, and less than 2^53 elements`,
    );
  }
  // others become a pair that fits no size
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isWhole) ? offsets : [1, 0];
  const size = types[dtype as string]!;
  if (end - begin !== count * size) {
    throw new FormatError(
      `${what} has data_offsets ${describe(offsets)}; ${counted(count, "element")} of ${dtype} ${count === 1 ? "takes" : "take"} ${count * size} bytes`,
    );
  }
  return { name, dtype: dtype as string, shape: shape as number[], begin, end };
}

/** NaN where the shape is none, or has 2^53 elements or more. */
function countElements(shape: unknown): number {
  if (!Array.isArray(shape)) return Number.NaN;
  let count = 1;
  for (const size of shape) count = isWhole(size) && isWhole(count * size) ? count * size : Number.NaN;
  return count;
}

/** −0 isn't. */
function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && ((value as number) > 0 || Object.is(value, 0));
}

/** The colons outside of strings, one for each key, and all of , : [ { there. */
function countTokens(text: string): { keys: number; tokens: number } {
  let keys = 0;
  let tokens = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === "\\") i++;
    else if (character === '"') inString = !inString;
    else if (!inString && ",:[{".includes(character)) {
      tokens++;
      if (character === ":") keys++;
    }
  }
  return { keys, tokens };
}

/** Sorts the entries; each must begin where the one before it ends. Returns where the last one does. */
function checkOffsets(entries: Entry[]): number {
  let at = 0;
  for (const { name, begin, end } of entries.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) throw new FormatError(`tensor ${show(name)} begins at ${begin}; the data before it end at ${at}`);
    at = end;
  }
  return at;
}

function checkText(key: string, value: unknown): string {
  if (typeof value !== "string") throw new FormatError(`metadata ${show(key)} is ${describe(value)}; text is expected`);
  return value;
}

/** A value as a message shows it, with the first elements of an array. */
function describe(value: unknown): string {
  if (!Array.isArray(value)) return show(value);
  const items = value.slice(0, 8).map((item) => (typeof item === "object" ? typeof item : show(item)));
  return `[${items.join(", ")}${value.length > 8 ? ", …" : ""}]`;
}
