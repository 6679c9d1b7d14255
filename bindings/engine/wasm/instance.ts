// An instance of the module with the arena of its memory. The build with guards uses test/guards/instance.ts instead.

import { Arena } from "./arena.ts";
import { readExports, type WasmExports } from "./exports.ts";

export interface Opened {
  readonly exports: WasmExports;
  readonly arena: Arena;
}

/** `memory` is the memory that the instance imports, if it has none of its own. */
export function open(instance: WebAssembly.Instance, memory?: WebAssembly.Memory): Opened {
  const exports = readExports(instance, memory);
  return { exports, arena: new Arena(exports.memory, exports.heapBase()) };
}
