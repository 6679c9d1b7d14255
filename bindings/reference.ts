// The entry without WebAssembly (strict content security policies, Lockdown Mode, Hermes): same API, same bits.

import { Engines } from "./engine/engines.ts";
import { BaseNetwork } from "./network/network.ts";
import { BaseOperations } from "./operations/operations.ts";
import { BaseOptimizer } from "./optimizer/optimizer.ts";

export * from "./exports.ts";

const engines = /* @__PURE__ */ new Engines();

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
}
