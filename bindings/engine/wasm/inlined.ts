// The module's bytes as the bundler (build.ts) inlines them into the library entry: hexadecimal text.

import hex from "../../../dist/bitgrad.wasm";

export function inlinedBytes(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (digit(hex, 2 * i) << 4) | digit(hex, 2 * i + 1);
  return bytes;
}

function digit(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 58 ? code - 48 : code - 87; // "0" … "9", "a" … "f"
}
