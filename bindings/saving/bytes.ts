// Numbers as bytes: little-endian on every platform, for digests and files.

import type { FloatArray } from "../arrays.ts";
import { bytesPerElement, type DType, floatArray, LITTLE_ENDIAN } from "../numbers.ts";
import { fromBase64Text, toBase64Text } from "../platform/text.ts";

/** Bit for bit, IEEE-754 little-endian: the array's own bytes where the processor has them so, else a copy. */
export function littleEndian(values: FloatArray | BigInt64Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  return LITTLE_ENDIAN ? bytes : swapped(bytes.slice(), values.BYTES_PER_ELEMENT);
}

/** `littleEndian` of a copy with quiet NaNs. */
export function toBytes(values: FloatArray): Uint8Array<ArrayBuffer> {
  return littleEndian(quietNaN(values.slice()));
}

/** Makes every NaN the quiet one, 0x7fc00000 or 0x7ff8000000000000: which one a platform computes is its own choice. */
export function quietNaN<T extends FloatArray>(values: T): T {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i])) continue;
    if (values instanceof Float32Array) view.setUint32(i * 4, 0x7fc00000, LITTLE_ENDIAN);
    else view.setBigUint64(i * 8, 0x7ff8000000000000n, LITTLE_ENDIAN);
  }
  return values;
}

/** Bit for bit. */
export function fromBytes(bytes: Uint8Array, dtype: DType): FloatArray {
  const values = floatArray(dtype, bytes.length / bytesPerElement(dtype));
  fillFromBytes(values, [bytes]);
  return values;
}

/** Numbers that share the memory of these bytes; undefined if they can't. */
export function viewOfBytes(parts: readonly Uint8Array[], dtype: DType): FloatArray | undefined {
  const [part] = parts;
  const size = bytesPerElement(dtype);
  if (part === undefined || parts.length > 1 || !LITTLE_ENDIAN || part.byteOffset % size > 0) return undefined;
  const Numbers = dtype === "f32" ? Float32Array : Float64Array;
  return new Numbers(part.buffer as ArrayBuffer, part.byteOffset, part.length / size);
}

/** Fills the array with the bytes of all parts, one after the other. */
export function fillFromBytes(values: FloatArray, parts: readonly Uint8Array[]): void {
  const target = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let at = 0;
  for (const part of parts) {
    target.set(part, at);
    at += part.length;
  }
  if (!LITTLE_ENDIAN) swapped(target, values.BYTES_PER_ELEMENT);
}

/** From little-endian bytes to big-endian ones, or back, in place. */
function swapped<T extends Uint8Array>(bytes: T, size: number): T {
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
  return bytes;
}

const TEXT_BYTES = 3 * 2 ** 20; // are converted at once: whole groups of three bytes, four characters

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += TEXT_BYTES) {
    const some = bytes.subarray(at, at + TEXT_BYTES);
    let binary = "";
    for (let i = 0; i < some.length; i += 0x2000) {
      // as a list of arguments, `...`, it takes 20 times as long
      binary += String.fromCharCode.apply(null, some.subarray(i, i + 0x2000) as unknown as number[]);
    }
    text += toBase64Text(binary);
  }
  return text;
}

/** Throws where the text is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 3);
  let length = 0;
  for (let at = 0; at < text.length; at += (TEXT_BYTES / 3) * 4) {
    const binary = fromBase64Text(text.slice(at, at + (TEXT_BYTES / 3) * 4));
    for (let i = 0; i < binary.length; i++) bytes[length + i] = binary.charCodeAt(i);
    length += binary.length;
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}
