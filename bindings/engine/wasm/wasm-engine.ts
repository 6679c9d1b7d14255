// The WebAssembly engine: one instance and one memory for all networks on a module.

import type { Engine } from "../engine.ts";
import { open } from "./instance.ts";
import { createKernels } from "./kernels.ts";
import { WasmModel } from "./model.ts";

export interface WasmEngine extends Engine {
  readonly name: "wasm";
  /** Bytes of WebAssembly memory held, by all networks together; it grows and is reused, but never shrinks. */
  readonly memoryBytes: number;
}

export function createWasmEngine(instance: WebAssembly.Instance, module?: WebAssembly.Module): WasmEngine {
  const opened = open(instance);
  const { exports, arena } = opened;
  return {
    name: "wasm",
    opened,
    ...(module && { module }),
    kernels: createKernels(exports, arena),
    createModel: (shape) => new WasmModel(exports, arena, shape),
    get memoryBytes() {
      return arena.capacity;
    },
  };
}
