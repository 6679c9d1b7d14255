// What is called while a model is trained.

import { show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import { namespace } from "./namespace.ts";

/** Numbers of a batch or an epoch, by name: "loss", "acc", "val_loss" and so on. */
export interface Logs {
  /** By name. */
  [key: string]: number;
}

/** When a training gives the event loop a turn: every so many milliseconds, or after each batch or epoch. */
export type YieldEveryOptions = "auto" | "batch" | "epoch" | "never" | number;

/** Functions that a training calls. */
export interface CustomCallbackArgs {
  /** Before the first epoch. */
  onTrainBegin?: (logs?: Logs) => void | Promise<void>;
  /** After the last epoch. */
  onTrainEnd?: (logs?: Logs) => void | Promise<void>;
  /** Before each epoch, which is counted from 0. */
  onEpochBegin?: (epoch: number, logs?: Logs) => void | Promise<void>;
  /** After each epoch. */
  onEpochEnd?: (epoch: number, logs?: Logs) => void | Promise<void>;
  /** Before each batch, which is counted from 0 in its epoch. */
  onBatchBegin?: (batch: number, logs?: Logs) => void | Promise<void>;
  /** After each batch. */
  onBatchEnd?: (batch: number, logs?: Logs) => void | Promise<void>;
  /** When the event loop gets a turn. */
  onYield?: (epoch: number, batch: number, logs: Logs) => void | Promise<void>;
  /** In place of the clock. */
  nowFunc?: () => number;
  /** In place of `nextFrame`. */
  nextFrameFunc?: () => Promise<void>;
}

/** What a training tells its callbacks of itself. */
export interface Params {
  /** By name. */
  [key: string]: number | string | boolean | null | undefined | string[];
}

/** What a training calls, as a class to extend. */
export class BaseCallback {
  /** Not used. */
  validationData: unknown = null;
  /** What the training told of itself. */
  params: Params = {};

  /** Called with what the training is. */
  setParams(params: Params): void {
    this.params = params;
  }

  /** Called with the model. */
  setModel(_model: unknown): void {}

  /** Before the first epoch. */
  async onTrainBegin(_logs?: Logs): Promise<void> {}
  /** After the last epoch. */
  async onTrainEnd(_logs?: Logs): Promise<void> {}
  /** Before each epoch. */
  async onEpochBegin(_epoch: number, _logs?: Logs): Promise<void> {}
  /** After each epoch. */
  async onEpochEnd(_epoch: number, _logs?: Logs): Promise<void> {}
  /** Before each batch. */
  async onBatchBegin(_batch: number, _logs?: Logs): Promise<void> {}
  /** After each batch. */
  async onBatchEnd(_batch: number, _logs?: Logs): Promise<void> {}
}

/** Functions as a class: what TensorFlow.js makes of an object of them. */
export class CustomCallback extends BaseCallback {
  constructor(args: CustomCallbackArgs) {
    super();
    Object.assign(this, args);
  }
}

/** A callback that has the model. */
export class Callback extends BaseCallback {
  /** The model that is trained. */
  model: unknown = null;

  /** Called with the model. */
  override setModel(model: unknown): void {
    this.model = model;
  }
}

/** What `fit` returns: the numbers of each epoch. */
export class History extends BaseCallback {
  /** The numbers of the epochs. */
  epoch: number[] = [];
  /** A list for each name, with a number for each epoch. */
  history: { [key: string]: number[] } = {};

  /** Before the first epoch. */
  override async onTrainBegin(): Promise<void> {
    this.epoch = [];
    this.history = {};
  }

  /** After each epoch. */
  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    this.note(epoch, logs);
  }

  /** @internal */
  note(epoch: number, logs: Logs): void {
    this.epoch.push(epoch);
    for (const key of Object.keys(logs)) {
      this.history[key] ??= [];
      this.history[key].push(logs[key]!);
    }
  }

  /** A promise that is there at once: the numbers are. */
  async syncData(): Promise<void> {}
}

/** What early stopping watches. */
export interface EarlyStoppingCallbackArgs {
  /** Default "val_loss". */
  monitor?: string;
  /** An improvement must be greater; default 0. */
  minDelta?: number;
  /** The training ends after so many epochs without an improvement; default 0. */
  patience?: number;
  /** 1 prints when it ends. */
  verbose?: number;
  /** Whether less or more is better; default: more if the name has "acc" in it. */
  mode?: "auto" | "min" | "max";
  /** What the first epoch must be better than. */
  baseline?: number;
  /** Not here, as it is not in TensorFlow.js. */
  restoreBestWeights?: boolean;
}

/** Ends a training that no longer improves. */
export class EarlyStopping extends Callback {
  readonly #args: EarlyStoppingCallbackArgs;
  readonly #sign: 1 | -1; // 1: more is better
  #best = 0;
  #wait = 0;
  #stopped = 0;

  constructor(args: EarlyStoppingCallbackArgs = {}) {
    super();
    const { monitor = "val_loss", mode = "auto", restoreBestWeights } = args;
    if (restoreBestWeights) {
      throw new OptionError("restoreBestWeights is true; TensorFlow.js and bitgrad/tfjs have no such early stopping");
    }
    if (!["auto", "min", "max"].includes(mode)) {
      throw new OptionError(`mode is ${show(mode)}; "auto", "min" or "max" is expected`);
    }
    this.#args = args;
    this.#sign = mode === "max" || (mode === "auto" && monitor.includes("acc")) ? 1 : -1;
  }

  /** Before the first epoch. */
  override async onTrainBegin(): Promise<void> {
    this.#wait = 0;
    this.#stopped = 0;
    this.#best = this.#args.baseline ?? -Infinity * this.#sign;
  }

  /** After each epoch. */
  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    const { monitor = "val_loss", minDelta = 0, patience = 0 } = this.#args;
    const current = logs[monitor];
    if (current === undefined) {
      console.warn(`Metric for EarlyStopping ${monitor} is not available. Available metrics are: ${Object.keys(logs)}`);
      return;
    }
    const by = Math.abs(minDelta) * this.#sign;
    if ((current - by - this.#best) * this.#sign > 0) {
      this.#best = current;
      this.#wait = 0;
    } else if (++this.#wait >= patience) {
      this.#stopped = epoch;
      (this.model as { stopTraining: boolean }).stopTraining = true;
    }
  }

  /** After the last epoch. */
  override async onTrainEnd(): Promise<void> {
    if (this.#stopped > 0 && this.#args.verbose) console.log(`Epoch ${this.#stopped}: early stopping.`);
  }
}

/** Callbacks that are ready made. */
export const callbacks = /* @__PURE__ */ namespace("callbacks", {
  /** Ends a training that no longer improves. */
  earlyStopping: (args?: EarlyStoppingCallbackArgs): EarlyStopping => new EarlyStopping(args),
});

/** Resolves when the event loop has had a turn: with the next frame of a page. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const { requestAnimationFrame: ask } = globalThis as { requestAnimationFrame?: (run: () => void) => void };
    if (ask !== undefined) ask(() => resolve());
    else setTimeout(resolve);
  });
}

const HOOKS = ["onTrainBegin", "onTrainEnd", "onEpochBegin", "onEpochEnd", "onBatchBegin", "onBatchEnd"] as const;

/** Those of a training; what its class only inherits from BaseCallback is not called. */
export function listenersOf(given: unknown, model: unknown, params: Params): CustomCallbackArgs[] {
  const list = given === undefined || given === null ? [] : Array.isArray(given) ? given : [given];
  return list.map((one, n) => {
    if (typeof one !== "object" || one === null) {
      throw new OptionError(`callbacks[${n}] is ${show(one)}; an object of functions is expected`);
    }
    const callback = one as BaseCallback & CustomCallbackArgs;
    // a class of another library's is one by its methods
    if (typeof callback.setParams === "function") callback.setParams(params);
    if (typeof callback.setModel === "function") callback.setModel(model);
    const found: Record<string, unknown> = {};
    for (const hook of [...HOOKS, "onYield"] as const) {
      const method: unknown = callback[hook];
      if (method === undefined || method === null) continue;
      if (typeof method !== "function") {
        throw new OptionError(`callbacks[${n}].${hook} is ${show(method)}; a function is expected`);
      }
      if (method !== BaseCallback.prototype[hook as (typeof HOOKS)[number]]) found[hook] = method.bind(callback);
    }
    const { nextFrameFunc, nowFunc } = callback;
    return { ...found, ...(nextFrameFunc && { nextFrameFunc }), ...(nowFunc && { nowFunc }) };
  });
}
