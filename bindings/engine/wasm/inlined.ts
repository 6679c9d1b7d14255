// The module's bytes as they are inlined into the library entry by the bundler.

import base64 from "../../../dist/bitgrad.wasm";

export function inlinedBytes(): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
