// The entry for estimators: a classifier and a regressor over Network. Their network is that of index.ts, unless they
// are given the class of another entry.

import type { Category } from "./data/cells.ts";
import { BaseMLPClassifier } from "./estimators/classifier.ts";
import { BaseMLPRegressor } from "./estimators/regressor.ts";
import { Network } from "./index.ts";

export type { Classes, ClassWeights, MLPClassifierOptions, Probabilities } from "./estimators/classifier.ts";
export type { Target } from "./estimators/data.ts";
export type {
  EstimatorEngineOptions,
  EstimatorEpoch,
  EstimatorFitOptions,
  EstimatorOptions,
  EstimatorSchedule,
  NetworkChoice,
  Preset,
} from "./estimators/options.ts";
export type { MLPRegressorOptions } from "./estimators/regressor.ts";
export type * from "./exports.ts";
export type { BaseNetwork as Network } from "./network/network.ts";
export type { BaseOperations as Operations } from "./operations/operations.ts";
export type { BaseOptimizer as Optimizer } from "./optimizer/optimizer.ts";

export class MLPClassifier<Label = Category> extends BaseMLPClassifier<Label> {
  /** @internal */
  static usual(): typeof Network {
    return Network;
  }
}

export class MLPRegressor<Value = number> extends BaseMLPRegressor<Value> {
  /** @internal */
  static usual(): typeof Network {
    return Network;
  }
}
