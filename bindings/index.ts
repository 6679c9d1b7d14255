// The main entry: WebAssembly from inlined bytes, compiled on first use, and the reference engine. Runs in Node, Deno,
// Bun and browsers; workerd, which forbids compiling bytes, takes workerd.ts by its export condition.

import type { Engine, Stepper, StepperShape } from "./engine/engine.ts";
import { Engines } from "./engine/engines.ts";
import { inlinedBytes } from "./engine/wasm/inlined.ts";
import { createWasmStepper } from "./engine/wasm/stepper.ts";
import { createWasmEngine } from "./engine/wasm/wasm-engine.ts";
import { BaseNetwork } from "./network/network.ts";
import { BaseOperations } from "./operations/operations.ts";
import { BaseOptimizer } from "./optimizer/optimizer.ts";

export * from "./exports.ts";

const engines = /* @__PURE__ */ new Engines({ module: inlinedBytes, create: createWasmEngine });

export class Network extends BaseNetwork {
  /** @internal */
  static engines(): Engines {
    return engines;
  }
}

export class Operations extends BaseOperations {
  /** @internal */
  static engines(): Engines {
    return engines;
  }
}

export class Optimizer extends BaseOptimizer {
  /** @internal */
  static engines(): Engines {
    return engines;
  }

  /** @internal */
  static wasmStepper(engine: Engine, shape: StepperShape): Stepper {
    return createWasmStepper(engine, shape);
  }
}
