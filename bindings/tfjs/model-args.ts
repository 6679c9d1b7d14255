// What the functions of a model are given.

import type { BaseCallback, CustomCallbackArgs, YieldEveryOptions } from "./callbacks.ts";
import type { Dataset } from "./data.ts";
import type { LossOrMetricFn } from "./losses.ts";
import type { Optimizer } from "./optimizers.ts";
import type { Tensor } from "./tensor.ts";

/** What `compile` is given. */
export interface ModelCompileArgs {
  /** One of `tf.train`, or its name. */
  optimizer: string | Optimizer;
  /** What training minimizes: a name, one of `tf.metrics`, or such by the output's name or in a list. */
  loss: string | string[] | { [outputName: string]: string } | LossOrMetricFn | LossOrMetricFn[];
  /** What is measured besides. */
  metrics?: string | LossOrMetricFn | (string | LossOrMetricFn)[] | { [outputName: string]: string | LossOrMetricFn };
}

/** How `fit` trains. */
export interface ModelFitArgs {
  /** Rows of a step; default 32. */
  batchSize?: number;
  /** How often all rows are visited; default 1. */
  epochs?: number;
  /** Not used: nothing is printed. */
  verbose?: 0 | 1 | 2 | "auto";
  /** What is called meanwhile. */
  callbacks?: BaseCallback[] | CustomCallbackArgs | CustomCallbackArgs[] | BaseCallback;
  /** The share of the rows, the last ones, that is kept out and evaluated after each epoch. */
  validationSplit?: number;
  /** Rows that are evaluated after each epoch. */
  validationData?: [Tensor | Tensor[], Tensor | Tensor[]];
  /** Whether rows are visited in a new order in each epoch; default true. */
  shuffle?: boolean;
  /** A weight for each class. */
  classWeight?: { [classIndex: number]: number };
  /** The number of the first epoch; default 0. */
  initialEpoch?: number;
  /** When the event loop gets its turns; default "auto". */
  yieldEvery?: YieldEveryOptions;
}

/** How `fitDataset` trains. */
export interface ModelFitDatasetArgs<T> {
  /** How often all rows are visited. */
  epochs: number;
  /** How many batches an epoch has; default: as many as the dataset. */
  batchesPerEpoch?: number;
  /** Not used: nothing is printed. */
  verbose?: 0 | 1 | 2 | "auto";
  /** What is called meanwhile. */
  callbacks?: BaseCallback[] | CustomCallbackArgs | CustomCallbackArgs[] | BaseCallback;
  /** Rows that are evaluated after each epoch: tensors, or a dataset of batches. */
  validationData?: [Tensor | Tensor[], Tensor | Tensor[]] | Dataset<T>;
  /** Rows that are evaluated at once; default 32. It counts where a metric is a function of a whole batch. */
  validationBatchSize?: number;
  /** How many batches of `validationData` are evaluated; default: all. */
  validationBatches?: number;
  /** When the event loop gets its turns; default "auto". */
  yieldEvery?: YieldEveryOptions;
  /** The number of the first epoch; default 0. */
  initialEpoch?: number;
  /** A weight for each class. */
  classWeight?: { [classIndex: number]: number };
}

/** How `evaluate` measures. */
export interface ModelEvaluateArgs {
  /** Rows that are taken at once; default 32. It counts where a metric is a function of a whole batch. */
  batchSize?: number;
  /** Not used: nothing is printed. */
  verbose?: 0 | 1 | 2 | "auto";
}

/** How `predict` goes about. */
export interface ModelPredictArgs {
  /** Rows that are taken at once, which makes no difference. */
  batchSize?: number;
  /** Not used: nothing is printed. */
  verbose?: boolean;
}

/** Rows, by the input's or the output's name, in a list, or alone. */
export type Rows = Tensor | Tensor[] | { [name: string]: Tensor };
