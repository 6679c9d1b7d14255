// The training of a model: one `fit` of its Network where that does all that is asked for, else step by step.

import { checkAmount, checkWhole, show } from "../checks.ts";
import { BusyError, DataError, OptionError } from "../errors.ts";
import type { EpochInfo } from "../options/fit.ts";
import {
  type CustomCallbackArgs,
  History,
  type Logs,
  listenersOf,
  nextFrame,
  type YieldEveryOptions,
} from "./callbacks.ts";
import type { Core } from "./core.ts";
import { randomNumbers } from "./initializers.ts";
import { type Compiled, type Data, measure, part, pick, Steps } from "./steps.ts";

/** The model, as its training sees it. */
export interface Trained {
  stopTraining: boolean;
  history: History | undefined;
}

/** What a training is of. */
export interface Task {
  readonly core: Core;
  readonly compiled: Compiled;
  /** The names of the loss and the metrics. */
  readonly names: readonly string[];
  readonly validation: Data | undefined;
  /** Rows are evaluated after each epoch; default: whether there is `validation`. */
  readonly validates?: boolean;
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly callbacks: unknown;
  readonly yieldEvery: YieldEveryOptions;
  readonly model: Trained;
  readonly params: { readonly [name: string]: number | null };
  readonly verbose: number;
}

/** How rows are visited. */
export interface Order {
  readonly batchSize: number;
  readonly shuffle: boolean;
}

const TURN = 2e8; // multiplications and additions between two turns of the event loop, and what a step's call costs

/** A training that has begun: its callbacks, and what it notes. */
export class Course {
  readonly #task: Task;
  readonly #listeners: readonly CustomCallbackArgs[];
  readonly history = new History();
  #totals: number[] = [];
  #seen = 0;
  #sinceTurn = 0;
  #isBegun = false; // the epoch
  epoch: number;

  constructor(task: Task) {
    const { names, validation, epochs, initialEpoch, callbacks, model, params, yieldEvery, verbose } = task;
    this.#task = task;
    const doValidation = task.validates ?? validation !== undefined;
    const metrics = [...names, ...(doValidation ? names.map((name) => `val_${name}`) : [])];
    const told = { epochs, initialEpoch, ...params, verbose, doValidation, metrics };
    this.#listeners = listenersOf(callbacks, model, told);
    this.history.setParams(told);
    this.epoch = initialEpoch;
    if (yieldEvery === "never" && this.#listeners.some(({ onYield }) => onYield !== undefined)) {
      throw new OptionError('yieldEvery is "never"; with onYield another one is expected');
    }
  }

  /** Whether something happens after each batch. */
  get isByBatch(): boolean {
    const { yieldEvery, compiled } = this.#task;
    return (
      yieldEvery === "batch" ||
      compiled.metrics.some(({ ofBatch }) => ofBatch !== undefined) ||
      this.#listeners.some(({ onBatchBegin, onBatchEnd, onYield }) => onBatchBegin ?? onBatchEnd ?? onYield)
    );
  }

  /** Whether anything is called at all. */
  get hasListeners(): boolean {
    return this.#listeners.length > 0;
  }

  async #call(run: (listener: CustomCallbackArgs) => unknown): Promise<void> {
    for (const listener of this.#listeners) {
      const answer = run(listener);
      if (answer !== undefined) await answer;
    }
    this.#task.core.settle();
  }

  async begin(): Promise<void> {
    await this.history.onTrainBegin();
    this.#task.model.history = this.history;
    await this.#call(({ onTrainBegin }) => onTrainBegin?.({}));
    this.#task.model.stopTraining = false;
  }

  async beginEpoch(): Promise<void> {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#totals = this.#task.names.map(() => 0);
    this.#seen = 0;
    await this.#call(({ onEpochBegin }) => onEpochBegin?.(this.epoch, {}));
  }

  async beginBatch(batch: number, logs: Logs): Promise<void> {
    await this.#call(({ onBatchBegin }) => onBatchBegin?.(batch, logs));
  }

  async endBatch(batch: number, size: number, found: readonly number[], work: number): Promise<void> {
    const logs: Logs = { batch, size };
    this.#task.names.forEach((name, n) => {
      logs[name] = found[n]!;
      this.#totals[n]! += found[n]! * size;
    });
    this.#seen += size;
    await this.#call(({ onBatchEnd }) => onBatchEnd?.(batch, logs));
    const { yieldEvery } = this.#task;
    this.#sinceTurn += work;
    const isTime =
      yieldEvery === "batch" || ((typeof yieldEvery !== "string" || yieldEvery === "auto") && this.#sinceTurn > TURN);
    if (!isTime) return;
    this.#sinceTurn = 0;
    await this.#call(({ onYield }) => onYield?.(this.epoch, batch, logs));
    await this.#turn();
  }

  async #turn(): Promise<void> {
    const own = this.#listeners.find(({ nextFrameFunc }) => nextFrameFunc !== undefined);
    await (own?.nextFrameFunc ?? nextFrame)();
  }

  /** `found`: the loss and the metrics of the epoch; without them, of its batches. */
  #logsOf(found: readonly number[] | undefined, validated?: readonly number[]): Logs {
    const { names, validation, core, compiled } = this.#task;
    const logs: Logs = {};
    const measured = validated ?? (validation && evaluate(core, compiled, validation));
    if (measured !== undefined) {
      names.forEach((name, n) => {
        logs[`val_${name}`] = measured[n]!;
      });
    }
    names.forEach((name, n) => {
      logs[name] = found?.[n] ?? this.#totals[n]! / this.#seen;
    });
    return logs;
  }

  #note(logs: Logs): void {
    this.history.note(this.epoch, logs);
    this.epoch++;
    this.#isBegun = false;
  }

  get isOver(): boolean {
    return this.#task.model.stopTraining || this.epoch >= this.#task.epochs;
  }

  async endEpoch(found?: readonly number[], validated?: readonly number[]): Promise<void> {
    const logs = this.#logsOf(found, validated);
    await this.#call(({ onEpochEnd }) => onEpochEnd?.(this.epoch, logs));
    this.#note(logs);
    if (this.#task.yieldEvery === "epoch") await this.#turn();
  }

  /** The same where nobody is to be called. */
  endQuietEpoch(found: readonly number[]): void {
    this.#note(this.#logsOf(found));
  }

  async end(): Promise<History> {
    await this.#call(({ onTrainEnd }) => onTrainEnd?.({}));
    return this.history;
  }
}

/** The loss, without penalties, and the metrics of rows. */
export function evaluate({ network, inputs, outputs }: Core, compiled: Compiled, data: Data): number[] {
  const found = network.predict({ data: data.x, shape: [data.rows, inputs] }, new Float32Array(data.rows * outputs));
  return measure(compiled, { ...data, weights: undefined }, found);
}

export async function fitData(task: Task, data: Data, order: Order): Promise<History> {
  const course = new Course(task);
  const { core } = task;
  await course.begin();
  try {
    if (!course.isOver) {
      if (!isWhole(core) || course.isByBatch || !(await fitWhole(task, course, data, order))) {
        await fitByBatches(task, course, data, order);
      }
    }
  } finally {
    core.settle();
    core.trained();
  }
  return course.end();
}

/** Whether the network's own `fit` does what the model's does. */
export function isWhole(core: Core): boolean {
  const { hasOwnLoss, isOwnOptimizer, still, isPenalized } = core;
  return hasOwnLoss && isOwnOptimizer && still.length === 0 && !isPenalized;
}

/** One `fit` of the network. Returns false if it takes no such targets; nothing is done then. */
async function fitWhole(task: Task, course: Course, data: Data, { batchSize, shuffle }: Order): Promise<boolean> {
  const { core, compiled, validation, model, yieldEvery } = task;
  const { network, inputs, outputs } = core;
  const optimizer = core.optimizer!;
  const seen = compiled.metrics.length > 0 ? new Float32Array(data.rows * outputs) : undefined;
  const isQuiet = !course.hasListeners && yieldEvery !== "epoch";
  const isWatched = !isQuiet || validation !== undefined || seen !== undefined;
  const steps = Math.ceil(data.rows / batchSize);
  const x = { data: data.x, shape: [data.rows, inputs] } as const;
  const y = { data: data.y, shape: [data.rows, outputs] } as const;
  const given = { ...(data.weights && { sampleWeights: data.weights }), ...(seen && { trainingOutputs: seen }) };
  const measured = (loss: number) => (seen === undefined ? [loss] : measure(compiled, data, seen, undefined, loss));
  while (!course.isOver) {
    const rate = optimizer.learningRate;
    network.learningRate = rate;
    const ended = async ({ loss, stop }: EpochInfo) => {
      core.trained();
      await course.endEpoch(measured(loss));
      if (!course.isOver) await course.beginEpoch();
      // the other epochs have another one, or begin with other weights
      if (course.isOver || optimizer.learningRate !== rate || core.isBehind) stop();
    };
    const onEpoch = (info: EpochInfo) => {
      optimizer.iterations += steps;
      if (!isQuiet) return ended(info);
      course.endQuietEpoch(measured(info.loss));
      if (course.isOver) info.stop();
    };
    if (!isQuiet) await course.beginEpoch();
    const signal = stopSignal(model);
    const options = { epochs: task.epochs - course.epoch, batchSize, shuffle, signal, ...given };
    let losses: readonly number[];
    core.isBusy = true;
    try {
      losses = (await network.fitAsync(x, y, { ...options, ...(isWatched && { onEpoch }) })).loss;
    } catch (error) {
      if (error !== signal.reason) {
        // targets that the outputs can't reach: those TensorFlow.js takes; steps find what else is wrong
        if (error instanceof DataError && course.history.epoch.length === 0) return false;
        throw error;
      }
      losses = (error as { history: { loss: number[] } }).history.loss;
    } finally {
      core.isBusy = false;
    }
    core.settle();
    if (isWatched) continue;
    optimizer.iterations += steps * losses.length;
    for (const loss of losses) course.endQuietEpoch([loss]);
  }
  return true;
}

/** Aborted as the model is stopped. The network looks at it between steps: an AbortController costs a small fit 3 %. */
function stopSignal(model: Trained): AbortSignal {
  const signal = {
    get aborted() {
      return model.stopTraining;
    },
    reason: {}, // gets the history
    addEventListener() {},
    removeEventListener() {},
  };
  return signal as unknown as AbortSignal;
}

async function fitByBatches(task: Task, course: Course, data: Data, { batchSize, shuffle }: Order): Promise<void> {
  const { core, compiled, model } = task;
  const { inputs, outputs, network } = core;
  const steps = new Steps(core, compiled);
  const order = Uint32Array.from({ length: data.rows }, (_, row) => row);
  const next = randomNumbers();
  while (!course.isOver) {
    await course.beginEpoch();
    if (shuffle) shuffled(order, next);
    for (let batch = 0, first = 0; first < data.rows; batch++, first += batchSize) {
      const count = Math.min(batchSize, data.rows - first);
      await course.beginBatch(batch, {});
      const some = shuffle
        ? pick(data, inputs, outputs, order.subarray(first, first + count))
        : part(data, inputs, outputs, first, count);
      const found = steps.step(some, core.nextEpoch, batch);
      core.trained();
      await course.endBatch(batch, count, found, network.parameterCount * count + 10_000);
      if (model.stopTraining) break;
    }
    core.steppedEpochs++;
    await course.endEpoch();
  }
}

/** Fisher–Yates. */
export function shuffled<T extends Uint32Array | unknown[]>(list: T, next: () => number): void {
  for (let n = list.length - 1; n > 0; n--) {
    const m = Math.floor(next() * (n + 1));
    const kept = list[n]!;
    list[n] = list[m]!;
    list[m] = kept;
  }
}

/** The numbers of `fit` and its like. */
export function checkEpochs(epochs: unknown, initialEpoch: unknown): { epochs: number; initialEpoch: number } {
  return {
    epochs: checkWhole("epochs", epochs, 0, 2 ** 31),
    initialEpoch: checkWhole("initialEpoch", initialEpoch ?? 0, 0, 2 ** 31),
  };
}

export function checkYieldEvery(given: unknown): YieldEveryOptions {
  if (given === undefined || given === null) return "auto";
  if (typeof given === "number") return checkAmount("yieldEvery", given);
  if (["auto", "batch", "epoch", "never"].includes(given as string)) return given as YieldEveryOptions;
  throw new OptionError(`yieldEvery is ${show(given)}; "auto", "batch", "epoch", "never" or milliseconds are expected`);
}

export function checkFree(isTraining: boolean): void {
  if (isTraining) throw new BusyError("the model is being trained: another fit can't begin");
}
