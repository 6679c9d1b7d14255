// Tensors in one file, in the format of safetensors: the header's length (8 bytes, little-endian), the header (JSON,
// padded with spaces to a multiple of 8 bytes), the data (little-endian, row-major, without gaps). Files from here name
// their SHA-256; those of others needn't.

import { show } from "../checks.ts";
import { FormatError } from "../errors.ts";
import { type DType, floatArray, sizeOf } from "../numbers.ts";
import { encodeText } from "../platform/text.ts";
import type { Wait } from "../promises.ts";
import { atOnce, copyingInto, type IsTime } from "../rows.ts";
import { fillFromBytes, littleEndian } from "./bytes.ts";
import {
  FLOATS,
  type Header,
  headerOf,
  MAX_HEADER,
  NO_DIGEST,
  parseHeader,
  type Tensor,
  type WritableTensor,
} from "./header.ts";
import { allocate, type FileBytes, Pieces, piecesOf } from "./pieces.ts";
import { digest, digesting } from "./sha256.ts";

/** A tensor that is still in its file; `parts` are its bytes there, `dtype` is its type in small letters. */
export interface StoredTensor<T extends string = DType> {
  readonly shape: readonly number[];
  readonly dtype: T;
  readonly parts: readonly Uint8Array[];
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
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  return atOnce(writingTensors(tensors, metadata, undefined));
}

/** `writeTensors` that yields where it is time to, or a promise whose result it continues with. */
export function* writingTensors(
  tensors: ReadonlyMap<string, WritableTensor>,
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
  tensors: ReadonlyMap<string, WritableTensor>,
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
function assemble(tensors: ReadonlyMap<string, WritableTensor>, metadata: Readonly<Record<string, string>>) {
  const text = headerOf(tensors, metadata);
  const header = encodeText(text);
  parseHeader(header, { ...FLOATS, I64: 8 }); // what can't be read isn't written
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

/** `readTensors` that leaves the data where they are; `types`: those that are taken, with the bytes of an element. */
export function openTensors<T extends string = DType>(
  file: Pieces,
  types = FLOATS,
): { tensors: Map<string, StoredTensor<T>>; metadata: Map<string, string> } {
  const end = headerEnd(file);
  if (end > file.length) {
    throw new FormatError(`the file has ${file.length} bytes; at least ${end} are expected`);
  }
  const { start, dataBytes, ...header } = readHeader(file, types);
  if (dataBytes !== file.length - start) {
    throw new FormatError(`the tensors end at ${dataBytes}; the file has ${file.length - start} bytes of data`);
  }
  checkDigest(file, start, header);

  const tensors = new Map<string, StoredTensor<T>>();
  for (const { name, dtype, shape, begin, end } of header.entries) {
    tensors.set(name, {
      shape,
      dtype: dtype.toLowerCase() as T,
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
  throw new FormatError(
    `the file is not in the safetensors format: the header takes ${headerBytes} bytes; at most ${MAX_HEADER} are read`,
  );
}

/** Of a file that has no less than that. */
export function readHeader(file: Pieces, types = FLOATS): Header & { readonly start: number } {
  const start = headerEnd(file);
  return { ...parseHeader(file.join(8, start), types), start };
}

function checkDigest(file: Pieces, start: number, header: Pick<Header, "text" | "metadata">): void {
  const { metadata } = header;
  if (!metadata.has("sha256") && metadata.get("checksum") !== "sha256") return;
  const head = digestedHead(file, start, header);
  checkFound(digest([head, ...file.slice(start, file.length)]), metadata);
}

/** The file's bytes to its header's end, as its SHA-256 is computed: with "0" for each of the digits. */
export function digestedHead(
  file: Pieces,
  start: number,
  { text, metadata }: Pick<Header, "text" | "metadata">,
): Uint8Array<ArrayBuffer> {
  const expected = metadata.get("sha256");
  if (expected === undefined || !/^[0-9a-f]{64}$/.test(expected)) {
    throw new FormatError(`sha256 is ${show(expected)}; 64 hex digits are expected`);
  }
  return replaceText(file.join(0, start).slice(), text, expected, NO_DIGEST);
}

/** Whether it is the SHA-256 that the metadata name. */
export function checkFound(found: string, metadata: ReadonlyMap<string, string>): void {
  const expected = metadata.get("sha256");
  if (found !== expected) throw new FormatError(`the file is damaged: its SHA-256 is ${found}, not ${expected}`);
}

/** Where the header first has it; `by` is as long. */
function replaceText<T extends Uint8Array>(file: T, header: string, digits: string, by: string): T {
  file.set(encodeText(header.replace(digits, by)), 8);
  return file;
}
