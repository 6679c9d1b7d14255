// The entry for estimators in Cloudflare workerd: that of estimators.ts with the network of workerd.ts.

import type { Category } from "./data/cells.ts";
import { BaseMLPClassifier } from "./estimators/classifier.ts";
import { BaseMLPRegressor } from "./estimators/regressor.ts";
import { Network } from "./workerd.ts";

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
