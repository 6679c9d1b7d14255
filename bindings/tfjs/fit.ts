// The training of a model: one `fit` of its Network where that does all that is asked for, else step by step.

import { checkAmount, checkWhole, show } from "../checks.ts";
import { BusyError, DataError, OptionError } from "../errors.ts";
import { now } from "../network/slices.ts";
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
  /** Rows that a `fit` evaluates after each epoch. */
  readonly validation: Data | undefined;
  /** Whether there are such rows, or such a dataset. */
  readonly doValidation: boolean;
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly callbacks: unknown;
  readonly yieldEvery: YieldEveryOptions;
  readonly model: Trained;
  readonly params: { readonly [name: string]: number | null };
  readonly verbose: number | string;
}

/** How rows are visited. */
export interface Order {
  readonly batchSize: number;
  readonly shuffle: boolean;
}

const YIELD_EVERY_MS = 125; // by default, as there

/** A training that has begun: its callbacks, and what it notes. */
export class Course {
  readonly #task: Task;
  readonly #listeners: readonly CustomCallbackArgs[];
  readonly history = new History();
  #totals: number[] = [];
  #seen = 0;
  readonly #now: () => number;
  #lastTurn: number;
  /** Whether the epoch has begun. */
  isBegun = false;
  epoch: number;

  constructor(task: Task) {
    const { names, epochs, initialEpoch, callbacks, model, params, yieldEvery, verbose } = task;
    this.#task = task;
    const { doValidation } = task;
    const metrics = [...names, ...(doValidation ? names.map((name) => `val_${name}`) : [])];
    const told = { epochs, initialEpoch, ...params, verbose, doValidation, metrics };
    this.#listeners = listenersOf(callbacks, model, told);
    this.history.setParams(told);
    this.epoch = initialEpoch;
    this.#now = this.#listeners.find(({ nowFunc }) => nowFunc !== undefined)?.nowFunc ?? now;
    this.#lastTurn = this.#now();
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
    if (this.isBegun) return;
    this.isBegun = true;
    this.#totals = this.#task.names.map(() => 0);
    this.#seen = 0;
    await this.#call(({ onEpochBegin }) => onEpochBegin?.(this.epoch, {}));
  }

  async beginBatch(batch: number, logs: Logs): Promise<void> {
    await this.#call(({ onBatchBegin }) => onBatchBegin?.(batch, logs));
  }

  async endBatch(batch: number, size: number, found: readonly number[]): Promise<void> {
    const logs: Logs = { batch, size };
    this.#task.names.forEach((name, n) => {
      logs[name] = found[n]!;
      this.#totals[n]! += found[n]! * size;
    });
    this.#seen += size;
    await this.#call(({ onBatchEnd }) => onBatchEnd?.(batch, logs));
    const { yieldEvery } = this.#task;
    if (yieldEvery === "batch") return this.#turn(); // without onYield, as there
    const every = yieldEvery === "auto" ? YIELD_EVERY_MS : yieldEvery;
    if (typeof every === "string" || this.#now() - this.#lastTurn < every) return;
    this.#lastTurn = this.#now();
    await this.#call(({ onYield }) => onYield?.(this.epoch, batch, logs));
    await this.#turn();
  }

  async #turn(): Promise<void> {
    const own = this.#listeners.find(({ nextFrameFunc }) => nextFrameFunc !== undefined);
    await (own?.nextFrameFunc ?? nextFrame)();
  }

  /**
   * `found`: the loss and the metrics of the epoch; without them, of its batches. `validated`: those of the rows that
   * are kept out.
   */
  #logsOf(found: readonly number[] | undefined, validated: readonly number[] | undefined): Logs {
    const { names } = this.#task;
    const logs: Logs = {};
    const note = (prefix: string, values: readonly number[] | undefined) => {
      values?.forEach((value, n) => {
        logs[`${prefix}${names[n]}`] = value;
      });
    };
    note("val_", validated);
    note("", found ?? (this.#seen > 0 ? this.#totals.map((total) => total / this.#seen) : undefined));
    return logs;
  }

  #note(logs: Logs): void {
    this.history.note(this.epoch, logs);
    this.epoch++;
    this.isBegun = false;
  }

  get isOver(): boolean {
    return this.#task.model.stopTraining || this.epoch >= this.#task.epochs;
  }

  async endEpoch(found: readonly number[] | undefined, validated: readonly number[] | undefined): Promise<void> {
    const logs = this.#logsOf(found, validated);
    await this.#call(({ onEpochEnd }) => onEpochEnd?.(this.epoch, logs));
    this.#note(logs);
    if (this.#task.yieldEvery === "epoch") await this.#turn();
  }

  /** The same where nobody is to be called. */
  endQuietEpoch(found: readonly number[], validated: readonly number[] | undefined): void {
    this.#note(this.#logsOf(found, validated));
  }

  async end(): Promise<History> {
    await this.#call(({ onTrainEnd }) => onTrainEnd?.({}));
    return this.history;
  }
}

/** The loss, without penalties, and the metrics of rows; of metrics of a whole batch, the mean over such batches. */
export function evaluate(
  { network, inputs, outputs }: Core,
  compiled: Compiled,
  all: Data,
  batchSize: number,
): number[] {
  const { rows } = all;
  const found = network.predict({ data: all.x, shape: [rows, inputs] }, new Float32Array(rows * outputs));
  const data = { ...all, weights: undefined };
  if (compiled.metrics.every(({ ofBatch }) => ofBatch === undefined)) return measure(compiled, data, found);
  const totals = new Array<number>(1 + compiled.metrics.length).fill(0);
  for (let first = 0; first < rows; first += batchSize) {
    const count = Math.min(batchSize, rows - first);
    const some = part(data, first, count);
    measure(compiled, some, found.subarray(first * outputs, (first + count) * outputs)).forEach((value, n) => {
      totals[n]! += (value * count) / rows;
    });
  }
  return totals;
}

export async function fitData(task: Task, data: Data, order: Order): Promise<History> {
  const course = new Course(task);
  const { core } = task;
  core.claim();
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
function isWhole(core: Core): boolean {
  const { hasOwnLoss, isOwnOptimizer, still, isPenalized } = core;
  return hasOwnLoss && isOwnOptimizer && still.length === 0 && !isPenalized;
}

/** One `fit` of the network. Returns false where steps must go on: it takes no such targets, or an epoch ends early. */
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
  const validated = () => validation && evaluate(core, compiled, validation, batchSize);
  const measured = (loss: number) => (seen === undefined ? [loss] : measure(compiled, data, seen, undefined, loss));
  while (course.isBegun || !course.isOver) {
    if (!isQuiet) await course.beginEpoch();
    if (model.stopTraining) return false; // an epoch that has begun takes one step, as there
    const rate = optimizer.learningRate;
    network.learningRate = rate;
    const ended = async ({ loss, stop }: EpochInfo) => {
      core.trained();
      await course.endEpoch(measured(loss), validated());
      if (!course.isOver) await course.beginEpoch();
      // the other epochs have another one, or begin with other weights
      if (course.isOver || optimizer.learningRate !== rate || core.isBehind) stop();
    };
    const onEpoch = (info: EpochInfo) => {
      optimizer.iterations += steps;
      if (!isQuiet) return ended(info);
      course.endQuietEpoch(measured(info.loss), validated());
      if (course.isOver) info.stop();
    };
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
    for (const loss of losses) course.endQuietEpoch([loss], undefined);
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
  const { core, compiled, model, validation } = task;
  const { inputs, outputs } = core;
  const steps = new Steps(core, compiled);
  const order = Uint32Array.from({ length: data.rows }, (_, row) => row);
  const next = randomNumbers();
  do {
    await course.beginEpoch();
    if (shuffle) shuffled(order, next);
    let validated: number[] | undefined;
    for (let batch = 0, first = 0; first < data.rows; batch++, first += batchSize) {
      const count = Math.min(batchSize, data.rows - first);
      await course.beginBatch(batch, {});
      const some = shuffle
        ? pick(data, inputs, outputs, order.subarray(first, first + count))
        : part(data, first, count);
      const found = steps.step(some, core.nextEpoch, batch);
      core.trained();
      // before the last batch's callbacks, and not where the training stops before it: as there
      if (first + count === data.rows && validation) validated = evaluate(core, compiled, validation, batchSize);
      await course.endBatch(batch, count, found);
      if (model.stopTraining) break;
    }
    core.steppedEpochs++;
    await course.endEpoch(undefined, validated);
  } while (!course.isOver);
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
  if (given === undefined || given === null || given === 0) return "auto"; // 0, too, as there
  if (typeof given === "number") return checkAmount("yieldEvery", given);
  if (["auto", "batch", "epoch", "never"].includes(given as string)) return given as YieldEveryOptions;
  throw new OptionError(`yieldEvery is ${show(given)}; "auto", "batch", "epoch", "never" or milliseconds are expected`);
}

export function checkFree(isTraining: boolean): void {
  if (isTraining) throw new BusyError("the model is being trained: another fit can't begin");
}
