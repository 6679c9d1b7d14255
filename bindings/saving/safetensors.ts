// Tensors in one file, in the format of safetensors: the header's length (8 bytes, little-endian), the header (JSON,
// padded with spaces to a multiple of 8 bytes), the data (little-endian, row-major, without gaps). Files from here name
// their SHA-256; those of others needn't.

import { bytesOf } from "../arrays.ts";
import { hasOwn, show } from "../checks.ts";
import { DataError, FormatError, ShapeError } from "../errors.ts";
import { type DType, floatArray } from "../numbers.ts";
import { decodeText, encodeText } from "../platform/text.ts";
import type { Wait } from "../promises.ts";
import { atOnce, copyingInto, type IsTime } from "../rows.ts";
import { fillFromBytes, littleEndian } from "./bytes.ts";
import { digest, digesting } from "./sha256.ts";

const MAX_HEADER = 100_000_000; // bytes, as in the original
const MAX_TENSORS = 150_000; // two for each of a network's layers, and some more
const MAX_TOKENS = 2_000_000; // a tensor of two dimensions has 12; more could cost minutes and gigabytes
const KEYS = ["dtype", "shape", "data_offsets"];
const NO_DIGEST = /* @__PURE__ */ "0".repeat(64);

/** The elements of a tensor in a file: IEEE-754 binary32 or binary64. */
export type TensorType = "F32" | "F64";

/** Numbers in row-major order with their shape, of any rank: `[]` is that of one number, a size of 0 that of none. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** A tensor that is still in its file; `parts` are its bytes there. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly parts: readonly Uint8Array[];
}

/** Bytes of a file: a buffer, any view of one, or several of these, one after the other. */
export type FileBytes = ArrayBufferLike | ArrayBufferView;

/** What the header says of a tensor; `begin` and `end` count bytes from the start of the data. */
interface Entry {
  readonly name: string;
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

interface Header {
  readonly text: string;
  readonly metadata: Map<string, string>;
  readonly entries: Entry[];
  /** Bytes of data that belong to it. */
  readonly dataBytes: number;
}

/** A file in several arrays, one after the other. */
export class Pieces {
  readonly length: number;
  readonly #parts: readonly Uint8Array<ArrayBuffer>[];
  readonly #ends: number[] = [];

  constructor(parts: readonly Uint8Array<ArrayBuffer>[]) {
    this.#parts = parts;
    let length = 0;
    for (const part of parts) {
      length += part.length;
      this.#ends.push(length);
    }
    this.length = length;
  }

  /** Views of the bytes from `begin` to before `end`. */
  slice(begin: number, end: number): Uint8Array<ArrayBuffer>[] {
    let [n, above] = [0, this.#ends.length]; // the part that `begin` lies in is at n or later, and before `above`
    while (n < above) {
      const middle = (n + above) >>> 1;
      if (this.#ends[middle]! > begin) above = middle;
      else n = middle + 1;
    }
    const views: Uint8Array<ArrayBuffer>[] = [];
    for (; begin < end && n < this.#parts.length; n++) {
      const part = this.#parts[n]!;
      const start = this.#ends[n]! - part.length;
      views.push(part.subarray(begin - start, end - start));
      begin = this.#ends[n]!;
    }
    return views;
  }

  /** Those bytes in one array; a view where they lie in one. */
  join(begin: number, end: number): Uint8Array<ArrayBuffer> {
    const views = this.slice(begin, end);
    if (views.length === 1) return views[0]!;
    const joined = allocate(end - begin);
    let at = 0;
    for (const view of views) {
      joined.set(view, at);
      at += view.length;
    }
    return joined;
  }
}

/**
 * A file as the caller passed it, without copies. Two things are copied: memory that may change while it is read, and
 * what an iterator yields, since that may be one buffer filled again and again.
 *
 * @throws FormatError where it is anything else
 */
export function piecesOf(file: unknown): Pieces {
  const bytes = bytesOf(file);
  if (bytes !== undefined) return new Pieces([bytes]);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const part of iterableOf(file)) parts.push(pieceOf(part, parts.length, !Array.isArray(file)));
  return new Pieces(parts);
}

function iterableOf(file: unknown): Iterable<unknown> {
  let cause: unknown;
  try {
    if (typeof file === "object" && file !== null && Symbol.iterator in file) {
      const iterator = (file as Iterable<unknown>)[Symbol.iterator]();
      return { [Symbol.iterator]: () => iterator };
    }
  } catch (error) {
    cause = error; // it only looks like a list
  }
  const expected = "an ArrayBuffer, a view of one, or an iterable of these is expected";
  const hint = file ? " (fromJSON takes JSON, readNetwork of bitgrad/files a path)" : "";
  throw new FormatError(`file is ${show(file)}; ${expected}${hint}`, { cause });
}

/** `piecesOf` of what is iterated asynchronously. */
export async function piecesOfAsync(file: AsyncIterable<unknown>): Promise<Pieces> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of file) parts.push(pieceOf(part, parts.length, true));
  return new Pieces(parts);
}

function pieceOf(part: unknown, n: number, copied: boolean): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(part);
  if (bytes === undefined) {
    throw new FormatError(`piece ${n} of the file is ${show(part)}; an ArrayBuffer or a view of one is expected`);
  }
  return copied ? bytes.slice() : bytes;
}

/**
 * A safetensors file of tensors in the given order, bit for bit (payloads of NaN too).
 *
 * The file's metadata get two entries more, in place of any of these names: `sha256`, 64 hex digits, is the SHA-256 of
 * the whole file with "0" for each of those digits; `checksum`, "sha256", says that the file must have it.
 *
 * @param tensors - At most 150,000, by name. "__metadata__" and "__proto__" are no names.
 * @param metadata - Text by key. "__proto__" is no key.
 * @returns The file: the same bytes on every platform for the same arguments in the same order.
 * @throws DataError where data are no Float32Array or Float64Array, ShapeError where a shape doesn't fit its data,
 * FormatError where `readTensors` would refuse the file, OutOfMemoryError where it doesn't fit into memory.
 * @example
 * ```ts
 * const weights = { shape: [2, 3], data: new Float32Array(6) };
 * const file = writeTensors(new Map([["weights", weights]]), { author: "Ada" });
 * ```
 */
export function writeTensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  return atOnce(writingTensors(tensors, metadata, undefined));
}

/** `writeTensors` that yields where it is time to, or a promise whose result it continues with. */
export function* writingTensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
  isTime: IsTime,
): Generator<Wait, Uint8Array<ArrayBuffer>, unknown> {
  const { head, data, text } = assemble(tensors, metadata);
  const parts = [head, ...data];
  const file = allocate(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    yield* copyingInto(file, part, at, isTime);
    at += part.length;
  }
  return replaceText(file, text, NO_DIGEST, yield* digesting([file], isTime));
}

/**
 * The file in arrays of `chunkBytes` bytes; the last one has the rest. Where possible, they are views of the tensors.
 */
export function tensorChunks(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
  chunkBytes: number,
): Uint8Array<ArrayBuffer>[] {
  const { head, data, text } = assemble(tensors, metadata);
  const parts = [head, ...data];
  replaceText(head, text, NO_DIGEST, digest(parts));
  const file = new Pieces(parts);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < file.length; at += chunkBytes) {
    chunks.push(file.join(at, Math.min(at + chunkBytes, file.length)));
  }
  return chunks;
}

/** The file's parts, the first with zeros for the digest, and its header's text. */
function assemble(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>>) {
  const text = headerOf(tensors, metadata);
  const header = encodeText(text);
  parseHeader(header); // what can't be read isn't written
  const start = 8 + Math.ceil(header.length / 8) * 8;
  const head = new Uint8Array(start);
  new DataView(head.buffer).setBigUint64(0, BigInt(start - 8), true);
  head.fill(0x20, 8).set(header, 8);
  return { head, data: Array.from(tensors.values(), ({ data }) => littleEndian(data)), text };
}

/**
 * The tensors and metadata of a safetensors file, after everything in it has been checked.
 *
 * A file with `sha256` in its metadata, as `writeTensors` gives it, must have that SHA-256, so damage to any byte is
 * found; it is no proof of who wrote the file. Numbers may be NaN or infinite. A header may have 100 MB, 150,000
 * tensors, and 2,000,000 commas, colons and opening brackets outside of strings.
 *
 * @param file - The file, whole or in pieces. The results share no memory with it.
 * @returns Tensors in the order of their data, metadata as the file has them.
 * @throws FormatError where anything is wrong with the file, or an element type is neither F32 nor F64;
 * OutOfMemoryError where the tensors don't fit into memory.
 * @example
 * ```ts
 * const { tensors, metadata } = readTensors(await readFile("model.safetensors"));
 * tensors.get("weights")?.shape; // [2, 3]
 * ```
 */
export function readTensors(file: FileBytes | Iterable<FileBytes>): {
  tensors: Map<string, Tensor>;
  metadata: Map<string, string>;
} {
  const { tensors, metadata } = openTensors(piecesOf(file));
  const read = new Map<string, Tensor>();
  for (const [name, { shape, dtype, parts }] of tensors) {
    const data = floatArray(dtype, sizeOf(shape));
    fillFromBytes(data, parts);
    read.set(name, { shape, data });
  }
  return { tensors: read, metadata };
}

/** `readTensors` that leaves the data where they are. */
export function openTensors(file: Pieces): { tensors: Map<string, StoredTensor>; metadata: Map<string, string> } {
  const end = headerEnd(file);
  if (end > file.length) {
    throw new FormatError(`the file has ${file.length} bytes; at least ${end} are expected`);
  }
  const { start, dataBytes, ...header } = readHeader(file);
  if (dataBytes !== file.length - start) {
    throw new FormatError(`the tensors end at ${dataBytes}; the file has ${file.length - start} bytes of data`);
  }
  checkDigest(file, start, header);

  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of header.entries) {
    tensors.set(name, {
      shape,
      dtype: dtype === "F32" ? "f32" : "f64",
      parts: file.slice(start + begin, start + end),
    });
  }
  return { tensors, metadata: header.metadata };
}

/** Where the header ends of the file that begins with these pieces; 8 where not even its length is there. */
export function headerEnd(file: Pieces): number {
  if (file.length < 8) return 8;
  const { buffer, byteOffset } = file.join(0, 8);
  const headerBytes = new DataView(buffer, byteOffset, 8).getBigUint64(0, true);
  if (headerBytes <= MAX_HEADER) return 8 + Number(headerBytes);
  throw new FormatError(`the header takes ${headerBytes} bytes; at most ${MAX_HEADER} are read`);
}

/** Of a file that has no less than that. */
export function readHeader(file: Pieces): Header & { readonly start: number } {
  const start = headerEnd(file);
  return { ...parseHeader(file.join(8, start)), start };
}

/** The header's text without its padding; no digest is in it yet. */
function headerOf(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>>) {
  // JSON of objects would have keys such as "0" first; so the first 64 zeros of the file are the digest's
  const own = new Map([["sha256", ""], ...Object.entries(metadata), ["sha256", NO_DIGEST], ["checksum", "sha256"]]);
  for (const [key, text] of own) checkText(key, text);
  const members = [`"__metadata__":{${[...own].map(member)}}`];
  let dataBytes = 0;
  for (const [name, { shape, data }] of tensors) {
    const float = data instanceof Float32Array || data instanceof Float64Array;
    if (!float)
      throw new DataError(`tensor ${show(name)} is ${describe(data)}; a Float32Array or Float64Array is expected`);
    if (countElements(shape) !== data.length) {
      throw new ShapeError(`tensor ${show(name)} has shape ${describe(shape)}; its data has ${data.length} elements`);
    }
    const begin = dataBytes;
    dataBytes += data.byteLength;
    const dtype: TensorType = data instanceof Float32Array ? "F32" : "F64";
    members.push(member([name, { dtype, shape, data_offsets: [begin, dataBytes] }]));
  }
  return `{${members}}`;
}

function member([key, value]: readonly [string, unknown]): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

/** Checks everything but the digest. The entries are in the order of their data. */
function parseHeader(bytes: Uint8Array): Header {
  if (bytes.length > MAX_HEADER) {
    throw new FormatError(`the header takes ${bytes.length} bytes; at most ${MAX_HEADER} are read`);
  }
  const { text, keys, json } = parse(bytes);
  const members = membersOf("the header", json);
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  for (const [name, value] of members) {
    if (name !== "__metadata__") entries.push(toEntry(name, value));
    else for (const [key, found] of membersOf(name, value)) metadata.set(key, checkText(key, found));
  }
  if (entries.length > MAX_TENSORS) {
    throw new FormatError(`the file has ${entries.length} tensors; at most ${MAX_TENSORS} are read`);
  }
  // JSON.parse keeps the last of equal keys
  const kept = members.length + metadata.size + entries.length * KEYS.length;
  if (keys !== kept) throw new FormatError(`the header has ${keys} keys, but ${kept} different ones`);
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

function toEntry(name: string, value: unknown): Entry {
  const what = `tensor ${show(name)}`;
  const members = new Map(membersOf(what, value));
  if (members.size !== KEYS.length || !KEYS.every((key) => members.has(key))) {
    throw new FormatError(
      `${what} has the keys ${show([...members.keys()].join(", "))}; ${KEYS.join(", ")} are expected`,
    );
  }
  const [dtype, shape, offsets] = KEYS.map((key) => members.get(key));
  if (dtype !== "F32" && dtype !== "F64") {
    throw new FormatError(`${what} has dtype ${describe(dtype)}; "F32" or "F64" is expected`);
  }
  const count = countElements(shape);
  if (Number.isNaN(count)) {
    throw new FormatError(
      `${what} has shape ${describe(shape)}; whole numbers are expected, and less than 2^53 elements`,
    );
  }
  // others become a pair that fits no size
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isWhole) ? offsets : [1, 0];
  const size = dtype === "F32" ? 4 : 8;
  if (end - begin !== count * size) {
    throw new FormatError(
      `${what} has data_offsets ${describe(offsets)}; ${count} elements of ${dtype} take ${count * size} bytes`,
    );
  }
  return { name, dtype, shape: shape as number[], begin, end };
}

/** How many elements a shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
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

function checkDigest(file: Pieces, start: number, { text, metadata }: Pick<Header, "text" | "metadata">): void {
  const expected = metadata.get("sha256");
  if (expected === undefined && metadata.get("checksum") !== "sha256") return;
  if (!/^[0-9a-f]{64}$/.test(expected ?? "")) {
    throw new FormatError(`sha256 is ${show(expected)}; 64 hex digits are expected`);
  }
  const head = replaceText(file.join(0, start).slice(), text, expected!, NO_DIGEST);
  const found = digest([head, ...file.slice(start, file.length)]);
  if (found !== expected) throw new FormatError(`the file is damaged: its SHA-256 is ${found}, not ${expected}`);
}

/** Where the header first has it; `by` is as long. */
function replaceText<T extends Uint8Array>(file: T, header: string, digits: string, by: string): T {
  file.set(encodeText(header.replace(digits, by)), 8);
  return file;
}

function checkText(key: string, value: unknown): string {
  if (typeof value !== "string") throw new FormatError(`metadata ${show(key)} is ${describe(value)}; text is expected`);
  return value;
}

/** Or throws OutOfMemoryError. */
function allocate(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(floatArray("f32", Math.ceil(length / 4)).buffer as ArrayBuffer, 0, length);
}

/** A value as a message shows it, with the first elements of an array. */
function describe(value: unknown): string {
  if (!Array.isArray(value)) return show(value);
  const items = value.slice(0, 8).map((item) => (typeof item === "object" ? typeof item : show(item)));
  return `[${items.join(", ")}${value.length > 8 ? ", …" : ""}]`;
}
