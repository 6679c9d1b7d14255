// The training of a model on a dataset, whose elements are batches: a step on each as it comes, since a dataset may ask
// the model, or throw.

import type { History } from "./callbacks.ts";
import { Course, type Task } from "./fit.ts";
import { type Data, Steps } from "./steps.ts";

/** Batches, each read as it comes. */
export type Batches = AsyncIterator<Data, undefined>;

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
  core.claim();
  await course.begin();
  let batches = begin();
  try {
    while (!course.isOver) {
      await course.beginEpoch();
      if (batchesPerEpoch === undefined) batches = begin();
      let isWhole = false;
      for (let batch = 0; !isWhole; ) {
        const { value: data, done } = await batches.next();
        if (done) {
          isWhole = batchesPerEpoch === undefined;
          if (!isWhole)
            console.warn(`the dataset has ended after ${batch} batches; batchesPerEpoch is ${batchesPerEpoch}`);
          break;
        }
        const { rows } = data;
        await course.beginBatch(batch, { batch, size: rows });
        const found = steps.step(data, core.nextEpoch, batch);
        core.trained();
        await course.endBatch(batch, rows, found);
        isWhole = ++batch === batchesPerEpoch;
        if (model.stopTraining) break;
      }
      core.steppedEpochs++;
      await course.endEpoch(undefined, isWhole ? await validate?.() : undefined);
    }
  } finally {
    await batches.return?.();
    core.settle();
  }
  return course.end();
}
