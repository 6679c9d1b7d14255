// The entry with a worker: that of index.ts, and `fitAsync` can train in a worker (`worker: true`).

import type { Engine, Stepper, StepperShape } from "./engine/engine.ts";
import { Engines } from "./engine/engines.ts";
import { inlinedBytes } from "./engine/wasm/inlined.ts";
import { createWasmStepper } from "./engine/wasm/stepper.ts";
import { createWasmEngine } from "./engine/wasm/wasm-engine.ts";
import { BaseNetwork } from "./network/network.ts";
import { trainInWorker } from "./network/train-in-worker.ts";
import type { TrainInWorker } from "./network/trainer.ts";
import { BaseOperations } from "./operations/operations.ts";
import { BaseOptimizer } from "./optimizer/optimizer.ts";
import program from "./worker/program.ts?text";
import { startTrainer } from "./worker/training.ts";

export * from "./exports.ts";

const engines = /* @__PURE__ */ new Engines({ module: inlinedBytes, create: createWasmEngine });

export class Network extends BaseNetwork {
  /** @internal */
  static engines(): Engines {
    return engines;
  }

  /** @internal */
  static trainInWorker(...training: Parameters<TrainInWorker>): ReturnType<TrainInWorker> {
    return trainInWorker((workerUrl) => startTrainer(program, workerUrl), ...training);
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
