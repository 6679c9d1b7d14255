// inlined.ts for the module for threads.

import text from "../../../dist/bitgrad.threads.wasm";
import { decodeBytes } from "./bytes-as-text.ts";

export function inlinedThreadsBytes(): Uint8Array<ArrayBuffer> {
  return decodeBytes(text);
}
