// Numbers as bytes: little-endian on every platform, for digests and files.

import { bytesPerElement, type DType, type FloatArray, floatArray } from "../engine/engine.ts";

/** IEEE-754 little-endian bytes; every NaN becomes the quiet NaN 0x7fc00000 or 0x7ff8000000000000. */
export function toBytes(values: FloatArray): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.byteLength);
  copyBytes(values, bytes);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i])) continue;
    if (values instanceof Float32Array) view.setUint32(i * 4, 0x7fc00000, true);
    else view.setBigUint64(i * 8, 0x7ff8000000000000n, true);
  }
  return bytes;
}

/** Writes little-endian bytes, bit for bit. */
export function copyBytes(values: FloatArray, bytes: Uint8Array): void {
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  swap(bytes, values.BYTES_PER_ELEMENT);
}

/** Bit for bit. */
export function fromBytes(bytes: Uint8Array, dtype: DType): FloatArray {
  const size = bytesPerElement(dtype);
  const values = floatArray(dtype, bytes.length / size);
  const target = new Uint8Array(values.buffer);
  target.set(bytes);
  swap(target, size);
  return values;
}

/** From little-endian bytes to the processor's, or back. */
function swap(bytes: Uint8Array, size: number): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return;
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x2000) {
    // as a list of arguments, `...`, it takes 20 times as long
    binary += String.fromCharCode.apply(null, bytes.subarray(i, i + 0x2000) as unknown as number[]);
  }
  return btoa(binary);
}

/** Throws where the text is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
