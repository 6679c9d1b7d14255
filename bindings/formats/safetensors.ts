// Tensors in one file, in the format of safetensors: the header's length (8 bytes, little-endian), the header (JSON,
// padded with spaces to a multiple of 8 bytes), the data (little-endian, row-major, without gaps). Files from here name
// their SHA-256; those of others needn't.

import { checkWhole, show } from "../checks.ts";
import { floatArray } from "../engine/engine.ts";
import { DataError, FormatError, ShapeError } from "../errors.ts";
import { copyBytes, fromBytes } from "../network/bytes.ts";
import { digest, digestAsync } from "../network/sha256.ts";

const MAX_HEADER = 100_000_000; // bytes, as in the original
const MAX_TENSORS = 100_000;
const MAX_TOKENS = 20 * MAX_TENSORS; // a tensor of 10 dimensions has 20; more could cost minutes and gigabytes
const KEYS = ["dtype", "shape", "data_offsets"];
const NO_DIGEST = /* @__PURE__ */ "0".repeat(64);

/** The elements of a tensor in a file: IEEE-754 binary32 or binary64. */
export type TensorType = "F32" | "F64";

/** Numbers in row-major order with their shape, of any rank: `[]` is that of one number, a size of 0 that of none. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

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
}

/**
 * A safetensors file of tensors in the given order, bit for bit (payloads of NaN too).
 *
 * The file's metadata get two entries more, in place of any of these names: `sha256`, 64 hex digits, is the SHA-256 of
 * the whole file with "0" for each of those digits; `checksum`, "sha256", says that the file must have it.
 *
 * @param tensors At most 100,000, by name. "__metadata__" and "__proto__" are no names.
 * @param metadata Text by key. "__proto__" is no key.
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
  const { file, text } = assemble(tensors, metadata);
  return replaceText(file, text, NO_DIGEST, digest(file));
}

/** `writeTensors` with the SHA-256 off the thread where the platform can. Everything is copied before it returns its promise. */
export async function writeTensorsAsync(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { file, text } = assemble(tensors, metadata);
  return replaceText(file, text, NO_DIGEST, await digestAsync(file));
}

/** The file with zeros for its digest, and its header's text. */
function assemble(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>>) {
  const { text, dataBytes } = headerOf(tensors, metadata);
  const header = new TextEncoder().encode(text);
  parseHeader(header, dataBytes); // what can't be read isn't written
  const start = 8 + Math.ceil(header.length / 8) * 8;

  const file = allocate(start + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.fill(0x20, 8, start).set(header, 8);
  let at = start;
  for (const { data } of tensors.values()) {
    copyBytes(data, file.subarray(at, at + data.byteLength));
    at += data.byteLength;
  }
  return { file, text };
}

/**
 * The tensors and metadata of a safetensors file, after everything in it has been checked.
 *
 * A file with `sha256` in its metadata, as `writeTensors` gives it, must have that SHA-256, so damage to any byte is
 * found; it is no proof of who wrote the file. Numbers may be NaN or infinite. A header may have 100 MB, 100,000
 * tensors, and 2,000,000 commas, colons and opening brackets outside of strings.
 *
 * @param bytes The file. It is copied first; the results share no memory with it.
 * @param maxBytes The longest file that is read.
 * @returns Tensors in the order of their data, metadata as the file has them.
 * @throws FormatError where anything is wrong with the file, or an element type is neither F32 nor F64; OptionError
 * where `maxBytes` is no whole number; OutOfMemoryError where the file doesn't fit into memory.
 * @example
 * ```ts
 * const { tensors, metadata } = readTensors(await readFile("model.safetensors"));
 * tensors.get("weights")?.shape; // [2, 3]
 * ```
 */
export function readTensors(
  bytes: Uint8Array,
  maxBytes = 2 ** 32,
): { tensors: Map<string, Tensor>; metadata: Map<string, string> } {
  checkWhole("maxBytes", maxBytes, 0, Number.MAX_SAFE_INTEGER);
  if (!ArrayBuffer.isView(bytes) || !(bytes instanceof Uint8Array)) {
    throw new FormatError(`bytes is ${told(bytes)}; a Uint8Array is expected`);
  }
  const { length } = bytes;
  if (length < 8) throw new FormatError(`the file has ${length} bytes; at least 8 are expected`);
  if (length > maxBytes) throw new FormatError(`the file has ${length} bytes; at most ${maxBytes} are read`);
  const file = allocate(length); // another thread may change what was given
  file.set(bytes);

  const headerBytes = new DataView(file.buffer).getBigUint64(0, true);
  if (headerBytes > length - 8) {
    throw new FormatError(`the header takes ${headerBytes} bytes; ${length - 8} follow its length`);
  }
  const start = 8 + Number(headerBytes);
  const { text, metadata, entries } = parseHeader(file.subarray(8, start), length - start);
  checkDigest(file, text, metadata);

  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const data = fromBytes(file.subarray(start + begin, start + end), dtype === "F32" ? "f32" : "f64");
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
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
      throw new DataError(`tensor ${show(name)} is ${told(data)}; a Float32Array or Float64Array is expected`);
    if (countElements(shape) !== data.length) {
      throw new ShapeError(`tensor ${show(name)} has shape ${told(shape)}; its data has ${data.length} elements`);
    }
    const begin = dataBytes;
    dataBytes += data.byteLength;
    const dtype: TensorType = data instanceof Float32Array ? "F32" : "F64";
    members.push(member([name, { dtype, shape, data_offsets: [begin, dataBytes] }]));
  }
  return { text: `{${members}}`, dataBytes };
}

function member([key, value]: readonly [string, unknown]): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

/** Checks everything but the digest. The entries are in the order of their data. */
function parseHeader(bytes: Uint8Array, dataBytes: number): Header {
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
  checkOffsets(entries, dataBytes);
  return { text, metadata, entries };
}

function parse(bytes: Uint8Array): { text: string; keys: number; json: unknown } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
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
    throw new FormatError(`${what} is ${told(value)}; an object is expected`);
  }
  if (Object.hasOwn(value, "__proto__")) throw new FormatError(`${what} has the key "__proto__", which is refused`);
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
    throw new FormatError(`${what} has dtype ${told(dtype)}; "F32" or "F64" is expected`);
  }
  const count = countElements(shape);
  if (Number.isNaN(count)) {
    throw new FormatError(`${what} has shape ${told(shape)}; whole numbers are expected, and less than 2^53 elements`);
  }
  // others become a pair that fits no size
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isWhole) ? offsets : [1, 0];
  const size = dtype === "F32" ? 4 : 8;
  if (end - begin !== count * size) {
    throw new FormatError(
      `${what} has data_offsets ${told(offsets)}; ${count} elements of ${dtype} take ${count * size} bytes`,
    );
  }
  return { name, dtype, shape: shape as number[], begin, end };
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

/** Sorts the entries; each must begin where the one before it ends, the last end with the data. */
function checkOffsets(entries: Entry[], dataBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of entries.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) throw new FormatError(`tensor ${show(name)} begins at ${begin}; the data before it end at ${at}`);
    at = end;
  }
  if (at !== dataBytes) throw new FormatError(`the tensors end at ${at}; the file has ${dataBytes} bytes of data`);
}

/** Leaves the file with zeros for the digest. */
function checkDigest(file: Uint8Array, text: string, metadata: ReadonlyMap<string, string>): void {
  const expected = metadata.get("sha256");
  if (expected === undefined && metadata.get("checksum") !== "sha256") return;
  if (!/^[0-9a-f]{64}$/.test(expected ?? "")) {
    throw new FormatError(`sha256 is ${show(expected)}; 64 hex digits are expected`);
  }
  replaceText(file, text, expected!, NO_DIGEST);
  const found = digest(file);
  if (found !== expected) throw new FormatError(`the file is damaged: its SHA-256 is ${found}, not ${expected}`);
}

/** Where the header first has it; `by` is as long. */
function replaceText<T extends Uint8Array>(file: T, header: string, digits: string, by: string): T {
  file.set(new TextEncoder().encode(header.replace(digits, by)), 8);
  return file;
}

function checkText(key: string, value: unknown): string {
  if (typeof value !== "string") throw new FormatError(`metadata ${show(key)} is ${told(value)}; text is expected`);
  return value;
}

/** Or throws OutOfMemoryError. */
function allocate(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(floatArray("f32", Math.ceil(length / 4)).buffer as ArrayBuffer, 0, length);
}

/** A value as a message shows it, with the first elements of an array. */
function told(value: unknown): string {
  if (!Array.isArray(value)) return show(value);
  const items = value.slice(0, 8).map((item) => (typeof item === "object" ? typeof item : show(item)));
  return `[${items.join(", ")}${value.length > 8 ? ", …" : ""}]`;
}
