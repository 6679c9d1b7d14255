// The module's bytes as the bundler (bytes-as-text.ts) inlines them into the library entry, and back.

import text from "../../../dist/bitgrad.wasm";
import { decodeBytes } from "./bytes-as-text.ts";

export function inlinedBytes(): Uint8Array<ArrayBuffer> {
  return decodeBytes(text);
}
