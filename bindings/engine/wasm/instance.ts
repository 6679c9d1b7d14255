// An instance of the module with the arena of its memory. In the build with guards test/guards/instance.ts stands for this file.

import { Arena } from "./arena.ts";
import { readExports, type WasmExports } from "./exports.ts";

export interface Opened {
  readonly exports: WasmExports;
  readonly arena: Arena;
}

/** `memory`: what the instance was given, unless it has its own. */
export function open(instance: WebAssembly.Instance, memory?: WebAssembly.Memory): Opened {
  const exports = readExports(instance, memory);
  return { exports, arena: new Arena(exports.memory, exports.heapBase()) };
}
