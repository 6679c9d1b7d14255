// The entry for Cloudflare workerd, which forbids compiling bytes: there, importing a .wasm file gives a compiled
// module.

import module from "../dist/bitgrad.wasm";
import type { Engine, Stepper, StepperShape } from "./engine/engine.ts";
import { Engines } from "./engine/engines.ts";
import { createWasmStepper } from "./engine/wasm/stepper.ts";
import { createWasmEngine } from "./engine/wasm/wasm-engine.ts";
import { EngineError } from "./errors.ts";
import { BaseNetwork } from "./network/network.ts";
import { trainInWorker } from "./network/train-in-worker.ts";
import type { TrainInWorker } from "./network/trainer.ts";
import { BaseOperations } from "./operations/operations.ts";
import { BaseOptimizer } from "./optimizer/optimizer.ts";

export * from "./exports.ts";

const engines = /* @__PURE__ */ new Engines({
  module: () => module as unknown as WebAssembly.Module,
  create: createWasmEngine,
});

export class Network extends BaseNetwork {
  /** @internal */
  static engines(): Engines {
    return engines;
  }

  /** @internal */
  static trainInWorker(...training: Parameters<TrainInWorker>): ReturnType<TrainInWorker> {
    const refuse = () => {
      throw new EngineError("workerd has no workers");
    };
    return trainInWorker(refuse, ...training);
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
