// The entry with threads: that of worker.ts, and networks that several threads train (`threads: 4`, `threads: "auto"`).

import type { Engine, Stepper, StepperShape } from "./engine/engine.ts";
import { Engines } from "./engine/engines.ts";
import { inlinedBytes } from "./engine/wasm/inlined.ts";
import { inlinedThreadsBytes } from "./engine/wasm/inlined-threads.ts";
import { createWasmStepper } from "./engine/wasm/stepper.ts";
import { ThreadsEngines } from "./engine/wasm/threads.ts";
import { createWasmEngine } from "./engine/wasm/wasm-engine.ts";
import { BaseNetwork } from "./network/network.ts";
import { trainInWorker } from "./network/train-in-worker.ts";
import type { TrainInWorker } from "./network/trainer.ts";
import { BaseOperations } from "./operations/operations.ts";
import { BaseOptimizer } from "./optimizer/optimizer.ts";
import program from "./worker/program.ts?text";
import { startTrainer } from "./worker/training.ts";

export * from "./exports.ts";

const engines = /* @__PURE__ */ new Engines({
  module: inlinedBytes,
  create: createWasmEngine,
  threads: /* @__PURE__ */ new ThreadsEngines(inlinedThreadsBytes),
});

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
