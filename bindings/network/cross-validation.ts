// k-fold cross-validation.

import { checkWhole } from "../checks.ts";
import type { Kernels } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import type { MetricName } from "../metrics.ts";
import { type MatrixLike, takeRows } from "./matrix.ts";
import type { BaseNetwork } from "./network.ts";
import type { FitAsyncOptions, ResolvedNetworkOptions } from "./options.ts";
import { sampleOf } from "./samples.ts";

/** The loss, and the metrics that were asked for. */
export type Scores = { readonly loss: number } & Partial<Readonly<Record<MetricName, number>>>;

export interface CrossValidation {
  /** Of each fold, by the network that didn't see it. */
  readonly folds: readonly Scores[];
  readonly mean: Scores;
}

/** Those of `fitAsync` whose data are not of all rows. */
export interface CrossValidationOptions
  extends Omit<FitAsyncOptions, "sampleWeights" | "validation" | "metrics" | "onEpoch"> {
  /** From 2 to the number of rows, default 5. */
  readonly folds?: number;
  readonly metrics?: readonly MetricName[];
}

/** `create`: makes a network for each fold. */
export async function crossValidate(
  create: () => Promise<BaseNetwork>,
  { shuffle }: Pick<Kernels, "shuffle">,
  options: ResolvedNetworkOptions,
  x: MatrixLike,
  y: MatrixLike,
  { folds = 5, metrics = [], ...fit }: CrossValidationOptions,
): Promise<CrossValidation> {
  checkWhole("folds", folds, 2, 2 ** 20);
  const { rows } = sampleOf(options, x, y).x; // all is checked before one is trained
  if (folds > rows) throw new OptionError(`folds is ${folds}; x has ${rows} rows`);
  const order = shuffle(rows, options.seed, 0);
  const evaluations: Scores[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const [begin, end] = [fold, fold + 1].map((n) => Math.floor((n * rows) / folds));
    const kept = order.slice(begin, end).sort();
    const others = order.filter((_, place) => place < begin! || place >= end!).sort();
    const net = await create();
    try {
      await net.fitAsync(takeRows(x, others), takeRows(y, others), fit);
      evaluations.push(net.evaluate(takeRows(x, kept), takeRows(y, kept), { metrics }));
    } finally {
      net.dispose();
    }
  }
  const mean = (name: "loss" | MetricName) => evaluations.reduce((sum, scores) => sum + scores[name]!, 0) / folds;
  const names = ["loss", ...metrics] as const;
  return {
    folds: evaluations,
    mean: Object.fromEntries(names.map((name) => [name, mean(name)])) as unknown as Scores,
  };
}
