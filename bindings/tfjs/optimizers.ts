// The optimizers of TensorFlow.js. Where the network's own optimizer takes the same steps, `own` says so. The others
// find their steps here, in f32, and the network subtracts them.

import { checkAmount, checkPositive, hasOwn, hint, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import type { OptimizerOptions } from "../options/optimizer.ts";
import { EPSILON } from "./losses.ts";
import { namespace } from "./namespace.ts";

const f32 = Math.fround;

function checkNumber(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new OptionError(`${name} is ${show(value)}; a finite number is expected`);
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

  constructor(learningRate: number) {
    this.learningRateOf = checkAmount("learningRate", learningRate);
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
  abstract getClassName(): string;

  /** What it was made with. */
  abstract getConfig(): { [name: string]: number | boolean };

  /** @internal The network's optimizer, if that takes the same steps. */
  own(): OptimizerOptions | undefined {
    return undefined;
  }

  /** @internal The step of the parameters number k: what is subtracted, into `step`, by their gradients. */
  findStep(_k: number, _gradients: Float32Array, _step: Float32Array): void {}

  /** @internal After the steps of all parameters. */
  endStep(): void {
    this.iterations++;
  }

  /** @internal Forgets its steps: it is given other parameters. */
  reset(): void {
    this.iterations = 0;
  }

  /** Not here: models are trained by `fit` and `trainOnBatch`. */
  minimize(): never {
    throw new OptionError("optimizer.minimize is not in bitgrad/tfjs: models are trained by fit and trainOnBatch");
  }

  /** Frees nothing: it has no memory of its own. */
  dispose(): void {}
}

/** Arrays of the length of each parameter, as they are asked for. */
class Slots {
  #arrays: Float32Array[] = [];

  of(k: number, length: number, start = 0): Float32Array {
    const known = this.#arrays[k];
    if (known?.length === length) return known;
    const made = new Float32Array(length).fill(start);
    this.#arrays[k] = made;
    return made;
  }

  clear(): void {
    this.#arrays = [];
  }
}

/** w −= learningRate · g. */
export class SGDOptimizer extends Optimizer {
  /** The name of its class. */
  getClassName(): string {
    return "SGD";
  }

  /** What it was made with. */
  getConfig(): { [name: string]: number | boolean } {
    return { learningRate: this.learningRate };
  }

  /** @internal */
  override own(): OptimizerOptions | undefined {
    return { type: "sgd", learningRate: this.learningRate };
  }
}

/** v = momentum · v + g; w −= learningRate · v, or with Nesterov's momentum learningRate · (g + momentum · v). */
export class MomentumOptimizer extends SGDOptimizer {
  /** The share of the sum of former gradients that stays. */
  readonly momentum: number;
  /** Whether it is Nesterov's momentum. */
  readonly useNesterov: boolean;

  constructor(learningRate: number, momentum: number, useNesterov = false) {
    super(learningRate);
    this.momentum = checkShare("momentum", momentum);
    this.useNesterov = useNesterov;
  }

  /** The name of its class. */
  override getClassName(): string {
    return "Momentum";
  }

  /** What it was made with. */
  override getConfig(): { [name: string]: number | boolean } {
    return { learningRate: this.learningRate, momentum: this.momentum, useNesterov: this.useNesterov };
  }

  /** @internal */
  override own(): OptimizerOptions | undefined {
    const { learningRate, momentum, useNesterov } = this;
    if (momentum === 0) return { type: "sgd", learningRate };
    return { type: "sgd", learningRate, momentum, nesterov: useNesterov };
  }
}

/** Adam: the mean of the gradients, divided by the root of the mean of their squares. */
export class AdamOptimizer extends Optimizer {
  /** The decay of the mean of the gradients. */
  readonly beta1: number;
  /** The decay of the mean of their squares. */
  readonly beta2: number;
  /** Added to the root. */
  readonly epsilon: number;

  constructor(learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon: number | null = null) {
    super(learningRate);
    this.beta1 = checkShare("beta1", beta1);
    this.beta2 = checkShare("beta2", beta2);
    this.epsilon = checkPositive("epsilon", epsilon ?? EPSILON, "f32");
  }

  /** The name of its class. */
  getClassName(): string {
    return "Adam";
  }

  /** What it was made with. */
  getConfig(): { [name: string]: number | boolean } {
    return { learningRate: this.learningRate, beta1: this.beta1, beta2: this.beta2, epsilon: this.epsilon };
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
  readonly beta1: number;
  /** The decay of the largest gradient. */
  readonly beta2: number;
  /** Added to the largest gradient. */
  readonly epsilon: number;
  /** The learning rate is divided by 1 + decay · steps. */
  readonly decay: number;
  readonly #slots = [new Slots(), new Slots()] as const;
  #steps = 0;
  #power: number;

  constructor(learningRate = 0.002, beta1 = 0.9, beta2 = 0.999, epsilon: number | null = null, decay = 0) {
    super(learningRate);
    this.beta1 = checkNumber("beta1", beta1);
    this.beta2 = checkNumber("beta2", beta2);
    this.epsilon = checkNumber("epsilon", epsilon ?? EPSILON);
    this.decay = checkNumber("decay", decay);
    this.#power = f32(beta1);
  }

  /** The name of its class. */
  getClassName(): string {
    return "Adamax";
  }

  /** What it was made with. */
  getConfig(): { [name: string]: number | boolean } {
    const { learningRate, beta1, beta2, epsilon, decay } = this;
    return { learningRate, beta1, beta2, epsilon, decay };
  }

  /** @internal */
  override findStep(k: number, g: Float32Array, step: Float32Array): void {
    const [m, v] = this.#slots.map((slots) => slots.of(k, g.length)) as [Float32Array, Float32Array];
    const [b1, b2, c1, small] = [this.beta1, this.beta2, 1 - this.beta1, this.epsilon].map(f32) as [
      number,
      number,
      number,
      number,
    ];
    const rate = f32(f32(this.learningRate / f32(f32(this.#steps * f32(this.decay)) + 1)) / f32(1 - this.#power));
    for (let n = 0; n < g.length; n++) {
      m[n] = f32(m[n]! * b1) + f32(g[n]! * c1);
      v[n] = Math.max(f32(v[n]! * b2), Math.abs(g[n]!));
      step[n] = rate * f32(m[n]! / f32(v[n]! + small));
    }
  }

  /** @internal */
  override endStep(): void {
    super.endStep();
    this.#steps++;
    this.#power = f32(this.#power * f32(this.beta1));
  }

  /** @internal */
  override reset(): void {
    super.reset();
    for (const slots of this.#slots) slots.clear();
    this.#steps = 0;
    this.#power = f32(this.beta1);
  }
}

/** The gradient, divided by the root of the sum of all squares so far. */
export class AdagradOptimizer extends Optimizer {
  /** What the sums begin with. */
  readonly initialAccumulatorValue: number;
  readonly #slots = new Slots();

  constructor(learningRate: number, initialAccumulatorValue = 0.1) {
    super(learningRate);
    this.initialAccumulatorValue = checkNumber("initialAccumulatorValue", initialAccumulatorValue);
  }

  /** The name of its class. */
  getClassName(): string {
    return "Adagrad";
  }

  /** What it was made with. */
  getConfig(): { [name: string]: number | boolean } {
    return { learningRate: this.learningRate, initialAccumulatorValue: this.initialAccumulatorValue };
  }

  /** @internal */
  override findStep(k: number, g: Float32Array, step: Float32Array): void {
    const sums = this.#slots.of(k, g.length, this.initialAccumulatorValue);
    const [rate, small] = [f32(this.learningRate), f32(EPSILON)];
    for (let n = 0; n < g.length; n++) {
      sums[n] = sums[n]! + f32(g[n]! * g[n]!);
      step[n] = f32(g[n]! / f32(Math.sqrt(f32(sums[n]! + small)))) * rate;
    }
  }

  /** @internal */
  override reset(): void {
    super.reset();
    this.#slots.clear();
  }
}

/** Steps as large as former ones were: the root of the mean of their squares over that of the gradients. */
export class AdadeltaOptimizer extends Optimizer {
  /** The decay of both means. */
  readonly rho: number;
  /** Added under both roots. */
  readonly epsilon: number;
  readonly #slots = [new Slots(), new Slots()] as const;

  constructor(learningRate = 0.001, rho = 0.95, epsilon: number | null = null) {
    super(learningRate);
    this.rho = checkNumber("rho", rho);
    this.epsilon = checkNumber("epsilon", epsilon ?? EPSILON);
  }

  /** The name of its class. */
  getClassName(): string {
    return "Adadelta";
  }

  /** What it was made with. */
  getConfig(): { [name: string]: number | boolean } {
    return { learningRate: this.learningRate, rho: this.rho, epsilon: this.epsilon };
  }

  /** @internal */
  override findStep(k: number, g: Float32Array, step: Float32Array): void {
    const [squares, updates] = this.#slots.map((slots) => slots.of(k, g.length)) as [Float32Array, Float32Array];
    const [rho, rest, small] = [this.rho, 1 - this.rho, this.epsilon].map(f32) as [number, number, number];
    const rate = f32(this.learningRate);
    for (let n = 0; n < g.length; n++) {
      // the gradient's own square counts from the next step on, as there
      const up = f32(Math.sqrt(f32(updates[n]! + small)));
      const update = f32(f32(up / f32(Math.sqrt(f32(squares[n]! + small)))) * g[n]!);
      squares[n] = f32(squares[n]! * rho) + f32(f32(g[n]! * g[n]!) * rest);
      updates[n] = f32(updates[n]! * rho) + f32(f32(update * update) * rest);
      step[n] = update * rate;
    }
  }

  /** @internal */
  override reset(): void {
    super.reset();
    for (const slots of this.#slots) slots.clear();
  }
}

/** The gradient, divided by the root of the running mean of its square, with momentum. */
export class RMSPropOptimizer extends Optimizer {
  /** The decay of the mean of the squares. */
  readonly decay: number;
  /** The share of the last step that is added to the next one. */
  readonly momentum: number;
  /** Added under the root. */
  readonly epsilon: number;
  /** Whether the square of the gradients' mean is subtracted under the root. */
  readonly centered: boolean;
  readonly #slots = [new Slots(), new Slots(), new Slots()] as const;

  constructor(learningRate: number, decay = 0.9, momentum = 0, epsilon: number | null = null, centered = false) {
    super(learningRate);
    this.decay = checkNumber("decay", decay);
    this.momentum = checkNumber("momentum", momentum);
    this.epsilon = checkNumber("epsilon", epsilon ?? EPSILON);
    this.centered = centered;
  }

  /** The name of its class. */
  getClassName(): string {
    return "RMSProp";
  }

  /** What it was made with. */
  getConfig(): { [name: string]: number | boolean } {
    const { learningRate, decay, momentum, epsilon, centered } = this;
    return { learningRate, decay, momentum, epsilon, centered };
  }

  /** @internal */
  override findStep(k: number, g: Float32Array, step: Float32Array): void {
    const [squares, moments, means] = this.#slots.map((slots) => slots.of(k, g.length)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
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

  /** @internal */
  override reset(): void {
    super.reset();
    for (const slots of this.#slots) slots.clear();
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

/** The optimizer that is meant: one that was made, or the name of one. */
export function optimizerOf(given: unknown): Optimizer {
  if (given instanceof Optimizer) return given;
  const capital = {
    SGD: "sgd",
    Adagrad: "adagrad",
    Adadelta: "adadelta",
    Adam: "adam",
    Adamax: "adamax",
    RMSProp: "rmsprop",
  };
  const name = typeof given === "string" && hasOwn(capital, given) ? capital[given as "SGD"] : given;
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
