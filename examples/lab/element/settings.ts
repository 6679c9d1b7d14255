// How the network learns: the loss, the optimizer with its own numbers, the schedule, the batches, and on what machine.

import type { DType, LossName, NamedSchedule, OptimizerOptions } from "bitgrad";
import { CLIPS, LOSSES, MONITORS, OPTIMIZERS, type Range, SCHEDULES } from "../choices.ts";
import { LIMITS, type Machine } from "../recipe.ts";
import { whyNot } from "../rules.ts";
import { type Context, factsNow, type Part } from "./context.ts";
import { h } from "./dom.ts";
import { boundsOf, type Choice, Fields, named } from "./fields.ts";

type OptimizerName = OptimizerOptions["type"];
type Numbers = Readonly<Record<string, number>>;

/** What the numbers of an optimizer are where nobody says another: bitgrad's own defaults. */
export const OPTIMIZER_DEFAULTS: Readonly<Record<OptimizerName, Numbers>> = {
  sgd: { learningRate: 0.1, momentum: 0 },
  rmsprop: { learningRate: 0.01, rho: 0.99, epsilon: 1e-8 },
  adagrad: { learningRate: 0.01, epsilon: 1e-10 },
  adam: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  adamw: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
  nadam: { learningRate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentumDecay: 0.004 },
  lion: { learningRate: 0.0001, beta1: 0.9, beta2: 0.99, weightDecay: 0 },
};

type ScheduleName = NamedSchedule["type"] | "none";

/** The numbers that a schedule begins with here. */
export const SCHEDULE_DEFAULTS: Readonly<Record<ScheduleName, Numbers>> = {
  none: {},
  constant: {},
  step: { every: 30, factor: 0.1 },
  exponential: { factor: 0.99 },
  cosine: { epochs: 200, warmup: 5, minimum: 0 },
  oneCycle: { epochs: 200, divide: 25, finalDivide: 1e4, rise: 0.3 },
  plateau: { factor: 0.1, patience: 10, threshold: 1e-4, cooldown: 0, minimum: 0 },
};

const WORDS: Readonly<Record<string, string>> = {
  learningRate: "Learning rate",
  momentum: "Momentum",
  rho: "Rho",
  epsilon: "Epsilon",
  beta1: "Beta 1",
  beta2: "Beta 2",
  weightDecay: "Weight decay",
  momentumDecay: "Momentum decay",
  clipValue: "Clip each gradient at",
  clipNorm: "Clip their norm at",
  every: "Epochs to a change",
  factor: "Factor",
  epochs: "Epochs",
  warmup: "Epochs of warm-up",
  minimum: "Lowest rate",
  divide: "First rate divided by",
  finalDivide: "Last rate divided by",
  rise: "Share of the rise",
  patience: "Patience in epochs",
  threshold: "Threshold",
  cooldown: "Epochs of rest after",
};

const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

const LOSS_WORDS: Readonly<Record<(typeof LOSSES)[number], string>> = {
  mse: "mean squared error",
  mae: "mean absolute error",
  huber: "Huber",
  sse: "half the sum of squares",
  binaryCrossEntropy: "binary cross-entropy",
  categoricalCrossEntropy: "categorical cross-entropy",
  sparseCategoricalCrossEntropy: "sparse categorical cross-entropy",
};

const MONITOR_WORDS: Readonly<Record<(typeof MONITORS)[number], string>> = {
  loss: "loss",
  validationLoss: "validation loss",
  accuracy: "accuracy",
  rmse: "RMSE",
};

/** The ranges of all optimizers' numbers, by name. */
const OPTIMIZER_RANGES: Readonly<Record<string, Range>> = Object.assign({}, ...Object.values(OPTIMIZERS), CLIPS);

export class Settings implements Part {
  readonly root: HTMLElement;
  readonly #context: Context;
  readonly #fields = new Fields();
  readonly #optimizer = h("div", { class: "fields" });
  readonly #schedule = h("div", { class: "fields" });
  #optimizerFields = new Fields();
  #scheduleFields = new Fields();
  #shown = "";

  constructor(context: Context) {
    this.#context = context;
    this.root = h(
      "div",
      { class: "settings" },
      h("div", { class: "fields" }, this.#learningRate(), this.#optimizerType(), ...this.#batches()),
      h(
        "details",
        {},
        h("summary", {}, "More settings"),
        h("h3", {}, "Optimizer"),
        this.#optimizer,
        h("h3", {}, "Schedule of the learning rate"),
        h("div", { class: "fields" }, this.#scheduleType()),
        this.#schedule,
        h("h3", {}, "Loss and numbers"),
        h("div", { class: "fields" }, this.#loss(), ...this.#network()),
        h("h3", {}, "This machine"),
        h("p", { class: "note" }, "Nothing here changes a bit of the result, only how fast it comes."),
        h("div", { class: "fields" }, ...this.#machine()),
      ),
    );
  }

  sync(): void {
    const { network, training } = this.#context.recipe;
    const schedule = training.schedule === "none" ? "none" : training.schedule.type;
    const shown = `${network.optimizer.type} ${schedule}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#buildOptimizer(network.optimizer.type);
      this.#buildSchedule(schedule);
    }
    for (const fields of [this.#fields, this.#optimizerFields, this.#scheduleFields]) fields.sync();
  }

  #setNetwork(change: Partial<Context["recipe"]["network"]>): void {
    this.#context.set({ network: { ...this.#context.recipe.network, ...change } });
  }

  #setTraining(change: Partial<Context["recipe"]["training"]>): void {
    this.#context.set({ training: { ...this.#context.recipe.training, ...change } });
  }

  #optimizerNumber(fields: Fields, key: string, standard: number, list?: readonly number[]): HTMLElement {
    const get = () =>
      (this.#context.recipe.network.optimizer as unknown as Numbers)[key] ??
      OPTIMIZER_DEFAULTS[this.#context.recipe.network.optimizer.type][key] ??
      standard;
    const set = (value: number) =>
      this.#setNetwork({ optimizer: { ...this.#context.recipe.network.optimizer, [key]: value } });
    return fields.number(WORDS[key]!, { ...boundsOf(OPTIMIZER_RANGES[key]!), get, set, ...(list && { list }) });
  }

  #learningRate(): HTMLElement {
    return this.#optimizerNumber(this.#fields, "learningRate", 0.01, RATES);
  }

  #optimizerType(): HTMLElement {
    const names = Object.keys(OPTIMIZERS) as OptimizerName[];
    return this.#fields.select("Optimizer", named(names), {
      get: () => this.#context.recipe.network.optimizer.type,
      set: (type) => this.#setNetwork({ optimizer: { type } }),
    });
  }

  #batches(): HTMLElement[] {
    const training = () => this.#context.recipe.training;
    return [
      this.#fields.number("Batch size", {
        min: 1,
        max: LIMITS.batchSize,
        get: () => training().batchSize,
        set: (batchSize) => this.#setTraining({ batchSize }),
      }),
      this.#fields.range(
        "Validation",
        {
          min: 0,
          max: 0.9,
          step: 0.05,
          get: () => training().validation,
          set: (validation) => this.#setTraining({ validation }),
        },
        (value) => `${Math.round(value * 100)} %`,
      ),
    ];
  }

  #buildOptimizer(type: OptimizerName): void {
    const fields = new Fields();
    this.#optimizerFields = fields;
    const { learningRate: _, ...numbers } = OPTIMIZER_DEFAULTS[type];
    const controls = Object.entries({ ...numbers, clipValue: 0, clipNorm: 0 }).map(([key, standard]) =>
      this.#optimizerNumber(fields, key, standard),
    );
    if (type === "sgd") {
      const optimizer = () => this.#context.recipe.network.optimizer;
      const nesterov = fields.check("Nesterov's momentum", {
        get: () => optimizer().nesterov === true,
        set: (value) => this.#setNetwork({ optimizer: { ...optimizer(), nesterov: value } }),
        reason: () =>
          (optimizer().momentum ?? 0) === 0 ? "Without momentum there is nothing to look ahead with." : undefined,
      });
      controls.splice(1, 0, nesterov);
    }
    this.#optimizer.replaceChildren(...controls);
  }

  #scheduleType(): HTMLElement {
    const labels: Readonly<Record<ScheduleName, string>> = {
      none: "none",
      constant: "constant",
      step: "steps",
      exponential: "exponential",
      cosine: "cosine with warm-up",
      oneCycle: "one cycle",
      plateau: "on a plateau",
    };
    const choices = (Object.keys(SCHEDULE_DEFAULTS) as ScheduleName[])
      .filter((name) => name !== "constant")
      .map((value) => ({ value, label: labels[value] }));
    return this.#fields.select("Schedule", choices, {
      get: () => {
        const { schedule } = this.#context.recipe.training;
        return schedule === "none" || schedule.type === "constant" ? "none" : schedule.type;
      },
      set: (type) =>
        this.#setTraining({
          schedule: type === "none" ? "none" : ({ type, ...SCHEDULE_DEFAULTS[type] } as NamedSchedule),
        }),
    });
  }

  #buildSchedule(type: ScheduleName): void {
    const fields = new Fields();
    this.#scheduleFields = fields;
    const schedule = () => this.#context.recipe.training.schedule as unknown as Numbers;
    const put = (change: object) =>
      this.#setTraining({ schedule: { ...schedule(), ...change } as unknown as NamedSchedule });
    const controls = Object.entries(SCHEDULE_DEFAULTS[type]).map(([key, standard]) =>
      fields.number(WORDS[key]!, {
        ...boundsOf(SCHEDULES[type as NamedSchedule["type"]].numbers[key]!),
        get: () => schedule()[key] ?? standard,
        set: (value) => {
          const { epochs } = schedule();
          if (key === "epochs")
            put({ epochs: value, ...(type === "cosine" && { warmup: Math.min(value, schedule().warmup ?? 0) }) });
          else put({ [key]: key === "warmup" ? Math.min(value, epochs!) : value });
        },
      }),
    );
    if (type === "plateau") controls.unshift(this.#monitor(fields, put));
    this.#schedule.replaceChildren(...controls);
  }

  /** What a plateau is looked for in. */
  #monitor(fields: Fields, put: (change: object) => void): HTMLElement {
    const choices = MONITORS.map((value) => ({
      value,
      label: MONITOR_WORDS[value],
      reason: () => whyNot("monitor", value, factsNow(this.#context)),
    }));
    return fields.select("It watches", choices, {
      get: () => {
        const { schedule } = this.#context.recipe.training;
        return (
          schedule !== "none" && schedule.type === "plateau" ? (schedule.monitor ?? "loss") : "loss"
        ) as (typeof MONITORS)[number];
      },
      set: (monitor) => put({ monitor }),
    });
  }

  #loss(): HTMLElement {
    const choices: Choice<LossName | "auto">[] = [
      { value: "auto", label: "automatic" },
      ...LOSSES.map((value) => ({
        value,
        label: LOSS_WORDS[value],
        reason: () => whyNot("loss", value, factsNow(this.#context)),
      })),
    ];
    return this.#fields.select("Loss", choices, {
      get: () => {
        const { loss } = this.#context.recipe.network;
        return typeof loss === "object" ? loss.type : loss;
      },
      set: (loss) => this.#setNetwork({ loss, output: "auto" }), // the activation goes with the loss
    });
  }

  #network(): HTMLElement[] {
    const network = () => this.#context.recipe.network;
    const dtypes: Choice<DType>[] = [
      { value: "f32", label: "f32 (single)" },
      { value: "f64", label: "f64 (double)" },
    ];
    return [
      this.#fields.select("Numbers", dtypes, {
        get: () => network().dtype,
        set: (dtype) => this.#setNetwork({ dtype }),
      }),
      this.#fields.number("Seed", {
        min: 0,
        max: 2 ** 32 - 1,
        get: () => network().seed,
        set: (seed) => this.#setNetwork({ seed }),
      }),
      this.#fields.check("Shuffle rows", {
        get: () => this.#context.recipe.training.shuffle,
        set: (shuffle) => this.#setTraining({ shuffle }),
      }),
    ];
  }

  #machine(): HTMLElement[] {
    const machine = () => this.#context.machine;
    const engines: Choice<Machine["engine"]>[] = [
      { value: "auto", label: "fastest" },
      {
        value: "wasm",
        label: "WebAssembly",
        reason: () => (typeof WebAssembly === "undefined" ? "not in this browser" : undefined),
      },
      { value: "reference", label: "reference" },
    ];
    const cores = navigator.hardwareConcurrency || 1;
    return [
      this.#fields.select("Engine", engines, {
        get: () => machine().engine,
        set: (engine) => this.#context.setMachine({ engine }),
      }),
      this.#fields.check("In a worker", {
        get: () => machine().worker,
        set: (worker) => this.#context.setMachine({ worker }),
        reason: () =>
          typeof Worker === "undefined" ? "This browser has no workers; the page trains itself." : undefined,
      }),
      this.#fields.number("Threads", {
        min: 1,
        max: Math.max(1, cores),
        get: () => machine().threads,
        set: (threads) => this.#context.setMachine({ threads }),
        reason: () => {
          if (globalThis.crossOriginIsolated !== true)
            return "Threads need a page that is isolated from other origins.";
          return machine().engine === "reference" ? "The reference engine has none." : undefined;
        },
      }),
    ];
  }
}
