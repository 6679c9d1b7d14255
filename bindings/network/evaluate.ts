// The error and the metrics of a model over a sample, without training.

import { lossOf } from "../catalog/losses.ts";
import { rowsOf } from "../data/matrix.ts";
import { measuring } from "../data/measures.ts";
import type { ResolvedMetric } from "../data/measuring.ts";
import type { ByMetric } from "../data/metrics.ts";
import type { Loss, Model } from "../engine/engine.ts";
import { floatArray } from "../numbers.ts";
import type { IsTime } from "../rows.ts";
import type { RowWeights, Sample } from "./samples.ts";
import type { Portion } from "./slices.ts";

/** The error E, and the metrics that were asked for. */
export interface Evaluated {
  readonly loss: number;
  readonly metrics: ByMetric<number>;
}

/**
 * Computes E and metrics over a sample; yields when it is time for a turn. The slices don't divide the sum: it is taken
 * in order.
 */
export function* evaluating(
  model: Model,
  loss: Loss,
  sample: Sample,
  metrics: readonly ResolvedMetric[],
  portion?: Portion,
  isTime?: IsTime,
  weights?: RowWeights,
): Generator<undefined, Evaluated> {
  const { rows } = sample.x;
  const count = metrics.length > 0 ? rows * sample.y.columns : 0;
  // an empty array takes as long as a row of a small network
  const numbers = count > 0 ? { outputs: new Float64Array(count), targets: new Float64Array(count) } : undefined;
  let sum = 0;
  for (let first = 0; first < rows; ) {
    // a row with a weight is by itself: its error is multiplied before it is added
    const some = weights === undefined ? Math.min(portion?.left ?? rows, rows - first) : 1;
    const start = weights === undefined ? sum : 0;
    const added = addErrors(model, sample, first, some, start, numbers);
    sum = weights === undefined ? added : sum + weights.ofErrors[first]! * added;
    first += some;
    if (portion?.spend(some)) yield;
  }
  const { columns } = sample.y;
  const found = lossOf(loss, sum, rows, columns);
  if (numbers === undefined) return { loss: found, metrics: {} };
  const data = { ...numbers, length: count, columns, multiLabel: sample.multiLabel, weights: weights?.ofMetrics };
  const measured = yield* measuring(metrics, data, isTime);
  portion?.restart();
  return { loss: found, metrics: measured };
}

/** What metrics are of. */
interface Numbers {
  readonly outputs: Float64Array;
  readonly targets: Float64Array;
}

/** Adds the errors of some rows to `sum`, and keeps the rows' numbers if they are asked for. */
function addErrors(
  model: Model,
  { x, y, labels }: Sample,
  first: number,
  rows: number,
  sum: number,
  numbers: Numbers | undefined,
): number {
  const [someX, someY] = rows === x.rows ? [x, y] : [rowsOf(x, first, rows), rowsOf(y, first, rows)];
  if (numbers === undefined) return model.sumErrors(someX, someY, sum);
  const out = floatArray(model.dtype, rows * y.columns);
  const next = model.sumErrors(someX, someY, sum, out);
  numbers.outputs.set(out, first * y.columns);
  labels.copyTo(out, first);
  numbers.targets.set(out, first * y.columns);
  return next;
}
