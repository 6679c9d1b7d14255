// The WebAssembly engine: one instance and one memory for all networks on a module.

import type { Engine } from "../engine.ts";
import { Arena } from "./arena.ts";
import { readExports } from "./exports.ts";
import { createKernels } from "./kernels.ts";
import { WasmModel } from "./model.ts";

export interface WasmEngine extends Engine {
  readonly name: "wasm";
  /** Bytes of WebAssembly memory held, by all networks together; it grows and is reused, but never shrinks. */
  readonly memoryBytes: number;
}

export function createWasmEngine(instance: WebAssembly.Instance, module?: WebAssembly.Module): WasmEngine {
  const exports = readExports(instance);
  const arena = new Arena(exports.memory, exports.heapBase());
  return {
    name: "wasm",
    ...(module && { module }),
    kernels: createKernels(exports, arena),
    createModel: (shape) => new WasmModel(exports, arena, shape),
    get memoryBytes() {
      return arena.capacity;
    },
  };
}
