// The optimizers of TensorFlow.js. Where the network's own optimizer takes the same steps, `own` says so. The others
// find their steps here, in f32, and the network subtracts them.

import { checkAmount, checkPositive, hasOwn, hint, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import type { OptimizerOptions } from "../options/optimizer.ts";
import { EPSILON } from "./losses.ts";
import { namespace } from "./namespace.ts";

const f32 = Math.fround;

function checkNumbers<T extends { readonly [name: string]: number }>(given: T): T {
  for (const [name, value] of Object.entries(given)) {
    if (!Number.isFinite(value)) throw new OptionError(`${name} is ${show(value)}; a finite number is expected`);
  }
  return given;
}

function checkShare(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && f32(value) < 1) return value;
  throw new OptionError(`${name} is ${show(value)}; a number from 0 to below 1 is expected`);
}

/** How the weights follow their gradients. */
export abstract class Optimizer {
  /** @internal */
  learningRateOf: number;
  /** How many steps it has taken. */
  iterations = 0;
  /** @internal What it takes its steps for. */
  owner: object | undefined;
  readonly #className: string;
  readonly #settings: readonly string[];
  readonly #slots: Float32Array[][] = [];

  /** @internal */
  constructor(className: string, learningRate: number, settings: { readonly [name: string]: number | boolean } = {}) {
    this.#className = className;
    this.learningRateOf = checkAmount("learningRate", learningRate);
    this.#settings = ["learningRate", ...Object.keys(settings)];
    Object.assign(this, settings);
  }

  /** The learning rate; it may be set at any time, also by a callback. */
  get learningRate(): number {
    return this.learningRateOf;
  }

  set learningRate(value: number) {
    this.learningRateOf = checkAmount("learningRate", value);
  }

  /** The same as to set `learningRate`. */
  setLearningRate(learningRate: number): void {
    this.learningRate = learningRate;
  }

  /** The name of its class. */
  getClassName(): string {
    return this.#className;
  }

  /** What it was made with. */
  getConfig(): { [name: string]: number | boolean } {
    return Object.fromEntries(this.#settings.map((name) => [name, this[name as "learningRate"]]));
  }

  /** @internal Whether a step depends on former ones. */
  get remembers(): boolean {
    return this.#className !== "SGD";
  }

  /** @internal The network's optimizer, if that takes the same steps. */
  own(): OptimizerOptions | undefined {
    return undefined;
  }

  /** @internal What it remembers of the parameters number k: its array number `slot`. */
  protected slot(slot: number, k: number, { length }: Float32Array, start = 0): Float32Array {
    this.#slots[k] ??= [];
    this.#slots[k][slot] ??= new Float32Array(length).fill(start);
    return this.#slots[k][slot];
  }

  /** @internal The step of the parameters number k: what is subtracted, into `step`, by their gradients. */
  findStep(_k: number, _gradients: Float32Array, _step: Float32Array): void {}

  /** @internal After the steps of all parameters. */
  endStep(): void {
    this.iterations++;
  }

  /** Not here: models are trained by `fit` and `trainOnBatch`. */
  minimize(): never {
    throw new OptionError("optimizer.minimize is not in bitgrad/tfjs: models are trained by fit and trainOnBatch");
  }

  /** Frees nothing: it has no memory of its own. */
  dispose(): void {}
}

/** w −= learningRate · g. */
export class SGDOptimizer extends Optimizer {
  constructor(learningRate: number);
  /** @internal */
  constructor(learningRate: number, className?: string, settings?: { readonly [name: string]: number | boolean });
  constructor(learningRate: number, className = "SGD", settings = {}) {
    super(className, learningRate, settings);
  }

  /** @internal */
  override own(): OptimizerOptions | undefined {
    return { type: "sgd", learningRate: this.learningRate };
  }
}

/** v = momentum · v + g; w −= learningRate · v, or with Nesterov's momentum learningRate · (g + momentum · v). */
export class MomentumOptimizer extends SGDOptimizer {
  /** The share of the sum of former gradients that stays. */
  declare readonly momentum: number;
  /** Whether it is Nesterov's momentum. */
  declare readonly useNesterov: boolean;

  constructor(learningRate: number, momentum: number, useNesterov = false) {
    super(learningRate, "Momentum", { momentum: checkShare("momentum", momentum), useNesterov });
  }

  /** @internal */
  override own(): OptimizerOptions | undefined {
    const { learningRate, momentum, useNesterov } = this;
    if (momentum === 0) return super.own();
    return { type: "sgd", learningRate, momentum, nesterov: useNesterov };
  }
}

/** Adam: the mean of the gradients, divided by the root of the mean of their squares. */
export class AdamOptimizer extends Optimizer {
  /** The decay of the mean of the gradients. */
  declare readonly beta1: number;
  /** The decay of the mean of their squares. */
  declare readonly beta2: number;
  /** Added to the root. */
  declare readonly epsilon: number;

  constructor(learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon: number | null = null) {
    super("Adam", learningRate, {
      beta1: checkShare("beta1", beta1),
      beta2: checkShare("beta2", beta2),
      epsilon: checkPositive("epsilon", epsilon ?? EPSILON, "f32"),
    });
  }

  /** @internal */
  override own(): OptimizerOptions | undefined {
    const { learningRate, beta1, beta2, epsilon } = this;
    return { type: "adam", learningRate, beta1, beta2, epsilon };
  }
}

/** Adam with the largest of the former gradients in place of the root. */
export class AdamaxOptimizer extends Optimizer {
  /** The decay of the mean of the gradients. */
  declare readonly beta1: number;
  /** The decay of the largest gradient. */
  declare readonly beta2: number;
  /** Added to the largest gradient. */
  declare readonly epsilon: number;
  /** The learning rate is divided by 1 + decay · steps. */
  declare readonly decay: number;
  #power: number;

  constructor(learningRate = 0.002, beta1 = 0.9, beta2 = 0.999, epsilon: number | null = null, decay = 0) {
    super("Adamax", learningRate, checkNumbers({ beta1, beta2, epsilon: epsilon ?? EPSILON, decay }));
    this.#power = f32(beta1);
  }

  /** @internal */
  override findStep(k: number, g: Float32Array, step: Float32Array): void {
    const [m, v] = [this.slot(0, k, g), this.slot(1, k, g)];
    const [b1, b2, c1, small] = [f32(this.beta1), f32(this.beta2), f32(1 - this.beta1), f32(this.epsilon)];
    const rate = f32(f32(this.learningRate / f32(f32(this.iterations * f32(this.decay)) + 1)) / f32(1 - this.#power));
    for (let n = 0; n < g.length; n++) {
      m[n] = f32(m[n]! * b1) + f32(g[n]! * c1);
      v[n] = Math.max(f32(v[n]! * b2), Math.abs(g[n]!));
      step[n] = rate * f32(m[n]! / f32(v[n]! + small));
    }
  }

  /** @internal */
  override endStep(): void {
    super.endStep();
    this.#power = f32(this.#power * f32(this.beta1));
  }
}

/** The gradient, divided by the root of the sum of all squares so far. */
export class AdagradOptimizer extends Optimizer {
  /** What the sums begin with. */
  declare readonly initialAccumulatorValue: number;

  constructor(learningRate: number, initialAccumulatorValue = 0.1) {
    super("Adagrad", learningRate, checkNumbers({ initialAccumulatorValue }));
  }

  /** @internal */
  override findStep(k: number, g: Float32Array, step: Float32Array): void {
    const sums = this.slot(0, k, g, this.initialAccumulatorValue);
    const [rate, small] = [f32(this.learningRate), f32(EPSILON)];
    for (let n = 0; n < g.length; n++) {
      sums[n] = sums[n]! + f32(g[n]! * g[n]!);
      step[n] = f32(g[n]! / f32(Math.sqrt(f32(sums[n]! + small)))) * rate;
    }
  }
}

/** Steps as large as former ones were: the root of the mean of their squares over that of the gradients. */
export class AdadeltaOptimizer extends Optimizer {
  /** The decay of both means. */
  declare readonly rho: number;
  /** Added under both roots. */
  declare readonly epsilon: number;

  constructor(learningRate = 0.001, rho = 0.95, epsilon: number | null = null) {
    super("Adadelta", learningRate, checkNumbers({ rho, epsilon: epsilon ?? EPSILON }));
  }

  /** @internal */
  override findStep(k: number, g: Float32Array, step: Float32Array): void {
    const [squares, updates] = [this.slot(0, k, g), this.slot(1, k, g)];
    const [rho, rest, small, rate] = [f32(this.rho), f32(1 - this.rho), f32(this.epsilon), f32(this.learningRate)];
    for (let n = 0; n < g.length; n++) {
      // the gradient's own square counts from the next step on, as there
      const up = f32(Math.sqrt(f32(updates[n]! + small)));
      const update = f32(f32(up / f32(Math.sqrt(f32(squares[n]! + small)))) * g[n]!);
      squares[n] = f32(squares[n]! * rho) + f32(f32(g[n]! * g[n]!) * rest);
      updates[n] = f32(updates[n]! * rho) + f32(f32(update * update) * rest);
      step[n] = update * rate;
    }
  }
}

/** The gradient, divided by the root of the running mean of its square, with momentum. */
export class RMSPropOptimizer extends Optimizer {
  /** The decay of the mean of the squares. */
  declare readonly decay: number;
  /** The share of the last step that is added to the next one. */
  declare readonly momentum: number;
  /** Added under the root. */
  declare readonly epsilon: number;
  /** Whether the square of the gradients' mean is subtracted under the root. */
  declare readonly centered: boolean;

  constructor(learningRate: number, decay = 0.9, momentum = 0, epsilon: number | null = null, centered = false) {
    const numbers = checkNumbers({ decay, momentum, epsilon: epsilon ?? EPSILON });
    super("RMSProp", learningRate, { ...numbers, centered });
  }

  /** @internal */
  override findStep(k: number, g: Float32Array, step: Float32Array): void {
    const [squares, moments, means] = [this.slot(0, k, g), this.slot(1, k, g), this.slot(2, k, g)];
    const [decay, rest, momentum, small] = [this.decay, 1 - this.decay, this.momentum, this.epsilon].map(f32) as [
      number,
      number,
      number,
      number,
    ];
    const rate = f32(this.learningRate);
    for (let n = 0; n < g.length; n++) {
      squares[n] = f32(squares[n]! * decay) + f32(f32(g[n]! * g[n]!) * rest);
      let under = f32(squares[n]! + small);
      if (this.centered) {
        means[n] = f32(means[n]! * decay) + f32(g[n]! * rest);
        under = f32(squares[n]! - f32(f32(means[n]! * means[n]!) + small));
      }
      moments[n] = f32(moments[n]! * momentum) + f32(f32(g[n]! * rate) / f32(Math.sqrt(under)));
      step[n] = moments[n]!;
    }
  }
}

const BY_NAME = {
  sgd: () => new SGDOptimizer(0.01),
  adagrad: () => new AdagradOptimizer(0.01),
  adadelta: () => new AdadeltaOptimizer(1),
  adam: () => new AdamOptimizer(),
  adamax: () => new AdamaxOptimizer(),
  rmsprop: () => new RMSPropOptimizer(0.001),
};
const CLASSES = ["SGD", "Adagrad", "Adadelta", "Adam", "Adamax", "RMSProp"];

/** The optimizer that is meant: one that was made, or the name of one. */
export function optimizerOf(given: unknown): Optimizer {
  if (given instanceof Optimizer) return given;
  const name = CLASSES.includes(given as string) ? (given as string).toLowerCase() : given;
  if (typeof name === "string" && hasOwn(BY_NAME, name)) return BY_NAME[name as "sgd"]();
  const known = Object.keys(BY_NAME);
  const nearest = typeof given === "string" ? hint(given, known) : "";
  throw new OptionError(`optimizer is ${show(given)}; ${nearest}one of tf.train or ${known.join(", ")} is expected`);
}

/** The optimizers. */
export const train = /* @__PURE__ */ namespace("train", {
  /** Plain gradient descent. */
  sgd: (learningRate: number): SGDOptimizer => new SGDOptimizer(learningRate),
  /** Gradient descent with momentum. */
  momentum: (learningRate: number, momentum: number, useNesterov?: boolean): MomentumOptimizer =>
    new MomentumOptimizer(learningRate, momentum, useNesterov),
  /** RMSProp. */
  rmsprop: (
    learningRate: number,
    decay?: number,
    momentum?: number,
    epsilon?: number,
    centered?: boolean,
  ): RMSPropOptimizer => new RMSPropOptimizer(learningRate, decay, momentum, epsilon, centered),
  /** Adam. */
  adam: (learningRate?: number, beta1?: number, beta2?: number, epsilon?: number): AdamOptimizer =>
    new AdamOptimizer(learningRate, beta1, beta2, epsilon),
  /** Adadelta. */
  adadelta: (learningRate?: number, rho?: number, epsilon?: number): AdadeltaOptimizer =>
    new AdadeltaOptimizer(learningRate, rho, epsilon),
  /** Adamax. */
  adamax: (learningRate?: number, beta1?: number, beta2?: number, epsilon?: number, decay?: number): AdamaxOptimizer =>
    new AdamaxOptimizer(learningRate, beta1, beta2, epsilon, decay),
  /** Adagrad. */
  adagrad: (learningRate: number, initialAccumulatorValue?: number): AdagradOptimizer =>
    new AdagradOptimizer(learningRate, initialAccumulatorValue),
});
