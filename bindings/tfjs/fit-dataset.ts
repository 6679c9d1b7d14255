// The training of a model on a dataset, whose elements are batches.

import { DataError } from "../errors.ts";
import type { History } from "./callbacks.ts";
import { Course, isWhole, type Task } from "./fit.ts";
import { type Data, measure, Steps } from "./steps.ts";

/** Batches, each read as it comes. */
export type Batches = AsyncIterator<Data, unknown>;

/** What a training on a dataset is of, besides. */
export interface Stream {
  /** Begins with the first batch. */
  begin(): Batches;
  /** How many an epoch has, if the dataset goes on over its end. */
  readonly batchesPerEpoch: number | undefined;
  /** The loss and the metrics of what is evaluated after each epoch. */
  readonly validate: (() => Promise<readonly number[]>) | undefined;
}

export async function fitStream(task: Task, { begin, batchesPerEpoch, validate }: Stream): Promise<History> {
  const { core, model } = task;
  const course = new Course(task);
  const steps = new Steps(core, task.compiled);
  const whole = isWhole(core) && !course.isByBatch;
  await course.begin();
  let batches = begin();
  try {
    while (!course.isOver) {
      await course.beginEpoch();
      if (batchesPerEpoch === undefined) batches = begin();
      const kept: Data[] = [];
      let isShort = false;
      for (let batch = 0; batchesPerEpoch === undefined || batch < batchesPerEpoch; batch++) {
        const { value, done } = await batches.next();
        if (done) {
          isShort = batchesPerEpoch !== undefined;
          if (isShort)
            console.warn(`the dataset has ended after ${batch} batches; batchesPerEpoch is ${batchesPerEpoch}`);
          break;
        }
        const data = value as Data;
        if (whole) kept.push(data);
        else {
          const { rows } = data;
          await course.beginBatch(batch, { batch, size: rows });
          const found = steps.step(data, core.nextEpoch, batch);
          core.trained();
          await course.endBatch(batch, rows, found, core.network.parameterCount * rows + 10_000);
          if (model.stopTraining) break;
        }
      }
      const found = kept.length > 0 ? await stepAll(task, steps, kept) : undefined;
      if (!whole) core.steppedEpochs++;
      core.trained();
      await course.endEpoch(found, model.stopTraining || isShort ? undefined : await validate?.());
    }
  } finally {
    await batches.return?.();
  }
  return course.end();
}

/** All batches of an epoch: in one `fit` of the network where they are of one size. */
async function stepAll({ core, compiled }: Task, steps: Steps, batches: readonly Data[]): Promise<number[]> {
  const { network, inputs, outputs, optimizer } = core;
  const batchSize = batches[0]!.rows;
  const last = batches.length - 1;
  const data = joined(batches);
  if (batches.every(({ rows }, n) => (n < last ? rows === batchSize : rows <= batchSize))) {
    const seen = new Float32Array(data.rows * outputs);
    network.learningRate = optimizer!.learningRate;
    try {
      const { loss } = await network.fitAsync(
        { data: data.x, shape: [data.rows, inputs] },
        { data: data.y, shape: [data.rows, outputs] },
        {
          epochs: 1,
          batchSize,
          shuffle: false,
          trainingOutputs: seen,
          ...(data.weights && { sampleWeights: data.weights }),
        },
      );
      optimizer!.iterations += batches.length;
      return measure(compiled, data, seen, undefined, loss[0]);
    } catch (error) {
      if (!(error instanceof DataError)) throw error; // targets that the outputs can't reach
    }
  }
  const totals: number[] = [];
  batches.forEach((some, batch) => {
    steps.step(some, core.nextEpoch, batch).forEach((value, n) => {
      totals[n] = (totals[n] ?? 0) + (value * some.rows) / data.rows;
    });
  });
  core.steppedEpochs++;
  return totals;
}

function joined(batches: readonly Data[]): Data {
  const rows = batches.reduce((sum, { rows }) => sum + rows, 0);
  const all = (of: (data: Data) => Float32Array | undefined): Float32Array | undefined => {
    const parts = batches.map(of);
    if (parts[0] === undefined) return undefined;
    const found = new Float32Array(parts.reduce((sum, part) => sum + part!.length, 0));
    let at = 0;
    for (const part of parts) {
      found.set(part!, at);
      at += part!.length;
    }
    return found;
  };
  return {
    rows,
    x: all(({ x }) => x)!,
    y: all(({ y }) => y)!,
    labels: all(({ labels }) => labels),
    weights: all(({ weights }) => weights),
  };
}
