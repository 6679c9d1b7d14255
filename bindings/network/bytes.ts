// Parameters as bytes: little-endian on every platform, for digests and files.

import { hash } from "@stablelib/sha256";
import { bytesPerElement, type DType, dtypeOf, type FloatArray, floatArray } from "../engine/engine.ts";

/** IEEE-754 little-endian bytes; every NaN becomes the quiet NaN 0x7fc00000 or 0x7ff8000000000000. */
export function toBytes(values: FloatArray): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  const f32 = dtypeOf(values) === "f32";
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      if (f32) view.setUint32(i * 4, 0x7fc00000, true);
      else view.setBigUint64(i * 8, 0x7ff8000000000000n, true);
    } else if (f32) view.setFloat32(i * 4, value, true);
    else view.setFloat64(i * 8, value, true);
  }
  return bytes;
}

export function fromBytes(bytes: Uint8Array, dtype: DType): FloatArray {
  const values = floatArray(dtype, bytes.length / bytesPerElement(dtype));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < values.length; i++) {
    values[i] = dtype === "f32" ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true);
  }
  return values;
}

/** SHA-256 in hex. */
export function digest(bytes: Uint8Array): string {
  return Array.from(hash(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

/** Throws where the text is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
