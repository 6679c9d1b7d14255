// What weights begin with, and what is added to the loss because of them. Random numbers are seeded: a program that is
// run again begins with the same weights.

import { checkAmount, hasOwn, hint, readNames, show } from "../checks.ts";
import { expF64 } from "../engine/reference/elementary.ts";
import { OptionError } from "../errors.ts";
import { sizeOf } from "../numbers.ts";
import { uniform } from "../random.ts";
import { namespace } from "./namespace.ts";
import { Tensor } from "./tensor.ts";

const STREAM = 7; // none that the library's networks draw from
let drawn = 0; // initializers without a seed take one number after the other

/** Numbers from 0 to below 1, one after the other. */
export function randomNumbers(seed?: number): () => number {
  const own = seed === undefined ? drawn++ : Math.abs(Number.isInteger(seed) ? seed : bitsOf(seed));
  let count = 0;
  return () => uniform(own, seed === undefined ? STREAM : STREAM + 1, count++, 0);
}

/** A whole number for a seed that is none. */
function bitsOf(seed: number): number {
  const [one, other] = new Uint32Array(Float64Array.of(seed).buffer);
  return (one! ^ other!) >>> 0;
}

/** Normal deviates, by rejection; those beyond `limit` are drawn again. */
function normals(next: () => number, limit: number): () => number {
  return () => {
    for (;;) {
      const z = (2 * next() - 1) * limit;
      if (next() < expF64(-0.5 * z * z)) return z;
    }
  };
}

const WIDE = 9; // a normal deviate beyond that comes once in 10^19 draws

/** How weights are drawn. */
export abstract class Initializer {
  /** The name of its class. */
  abstract getClassName(): string;
  /** What it was made with. */
  getConfig(): { [name: string]: unknown } {
    return {};
  }
  /** @internal */
  abstract fill(values: Float32Array, shape: readonly number[]): void;

  /** A tensor of this shape. */
  apply(shape: readonly number[]): Tensor {
    const data = new Float32Array(sizeOf(shape));
    this.fill(data, shape);
    return new Tensor({ data, shape, dtype: "float32" });
  }
}

/** All the same number. */
class Constant extends Initializer {
  readonly #name: string;
  readonly #value: number;

  constructor(name: string, value: unknown) {
    super();
    if (typeof value !== "number" || !Number.isFinite(Math.fround(value))) {
      throw new OptionError(`value is ${show(value)}; a number finite in f32 is expected`);
    }
    this.#name = name;
    this.#value = value;
  }

  /** The name of its class. */
  getClassName(): string {
    return this.#name;
  }

  /** What it was made with. */
  override getConfig(): { [name: string]: unknown } {
    return this.#name === "Constant" ? { value: this.#value } : {};
  }

  /** @internal */
  fill(values: Float32Array): void {
    values.fill(this.#value);
  }
}

interface Distribution {
  readonly name: string;
  readonly config: { readonly [name: string]: unknown };
  readonly seed: number | undefined;
  /** Draws numbers, given how many inputs and units there are. */
  readonly drawer: (next: () => number, fanIn: number, fanOut: number) => () => number;
}

class Random extends Initializer {
  readonly #distribution: Distribution;

  constructor(distribution: Distribution) {
    super();
    this.#distribution = distribution;
  }

  /** The name of its class. */
  getClassName(): string {
    return this.#distribution.name;
  }

  /** What it was made with. */
  override getConfig(): { [name: string]: unknown } {
    const { config, seed } = this.#distribution;
    return { ...config, seed: seed ?? null };
  }

  /** @internal */
  fill(values: Float32Array, shape: readonly number[]): void {
    const root = Math.sqrt(sizeOf(shape));
    const [fanIn, fanOut] = shape.length === 2 ? (shape as [number, number]) : [root, root];
    const { drawer, seed } = this.#distribution;
    const draw = drawer(randomNumbers(seed), fanIn, fanOut);
    for (let n = 0; n < values.length; n++) values[n] = draw();
  }
}

class Identity extends Initializer {
  readonly #gain: number;

  constructor(gain: number) {
    super();
    this.#gain = gain;
  }

  /** The name of its class. */
  getClassName(): string {
    return "Identity";
  }

  /** What it was made with. */
  override getConfig(): { [name: string]: unknown } {
    return { gain: this.#gain };
  }

  /** @internal */
  fill(values: Float32Array, shape: readonly number[]): void {
    const [rows, columns] = shape;
    if (shape.length !== 2 || rows !== columns) {
      throw new OptionError(`identity is given the shape [${shape}]; a square matrix is expected`);
    }
    for (let n = 0; n < rows!; n++) values[n * rows! + n] = this.#gain;
  }
}

/** The options of the random initializers. */
export interface SeedOnlyInitializerArgs {
  /** Decides the numbers; without one, they are others for each initializer. */
  seed?: number;
}

/** The options of `randomUniform`. */
export interface RandomUniformArgs extends SeedOnlyInitializerArgs {
  /** The least; default −0.05. */
  minval?: number;
  /** The largest; default 0.05. */
  maxval?: number;
}

/** The options of `randomNormal` and `truncatedNormal`. */
export interface RandomNormalArgs extends SeedOnlyInitializerArgs {
  /** Default 0. */
  mean?: number;
  /** The standard deviation; default 0.05. */
  stddev?: number;
}

/** The options of `varianceScaling`. */
export interface VarianceScalingArgs extends SeedOnlyInitializerArgs {
  /** More than 0; default 1. */
  scale?: number;
  /** What `scale` is divided by: the inputs (default), the outputs, or their mean. */
  mode?: "fanIn" | "fanOut" | "fanAvg";
  /** Default "normal", which is truncated. */
  distribution?: "normal" | "uniform" | "truncatedNormal";
}

function read<T extends object>(name: string, args: T | undefined, known: readonly (keyof T & string)[]): T {
  return args === undefined || args === null ? ({} as T) : readNames(name, args, known);
}

function seedOf({ seed }: SeedOnlyInitializerArgs): number | undefined {
  if (seed === undefined || seed === null) return undefined;
  if (typeof seed === "number" && Math.abs(seed) <= 2 ** 52) return seed;
  throw new OptionError(`seed is ${show(seed)}; a number from −2^52 to 2^52 is expected`);
}

function normalOf(name: string, args: RandomNormalArgs | undefined, limit: number): Initializer {
  const given = read(`the argument of ${name}`, args, ["mean", "stddev", "seed"]);
  const mean = given.mean || 0; // 0 is the default, as there
  const stddev = checkAmount("stddev", given.stddev || 0.05);
  const drawer = (next: () => number) => {
    const draw = normals(next, limit);
    return () => mean + stddev * draw();
  };
  return new Random({ name, config: { mean, stddev }, seed: seedOf(given), drawer });
}

function scalingOf(args: VarianceScalingArgs): Initializer {
  const given = read("the argument of varianceScaling", args, ["scale", "mode", "distribution", "seed"]);
  const { scale = 1, mode = "fanIn", distribution = "normal" } = given;
  checkAmount("scale", scale);
  if (!["fanIn", "fanOut", "fanAvg"].includes(mode)) {
    throw new OptionError(`mode is ${show(mode)}; "fanIn", "fanOut" or "fanAvg" is expected`);
  }
  if (!["normal", "uniform", "truncatedNormal"].includes(distribution)) {
    throw new OptionError(`distribution is ${show(distribution)}; "normal" or "uniform" is expected`);
  }
  const drawer = (next: () => number, fanIn: number, fanOut: number) => {
    const fan = mode === "fanIn" ? fanIn : mode === "fanOut" ? fanOut : (fanIn + fanOut) / 2;
    const variance = scale / Math.max(1, fan);
    if (distribution === "uniform") {
      const limit = Math.sqrt(3 * variance);
      return () => (2 * next() - 1) * limit;
    }
    const draw = normals(next, 2);
    const stddev = Math.sqrt(variance);
    return () => stddev * draw();
  };
  return new Random({ name: "VarianceScaling", config: { scale, mode, distribution }, seed: seedOf(given), drawer });
}

const scaled =
  (scale: number, mode: "fanIn" | "fanAvg", distribution: "normal" | "uniform") =>
  (args: SeedOnlyInitializerArgs = {}): Initializer =>
    scalingOf({ scale, mode, distribution, ...(args?.seed !== undefined && { seed: args.seed }) });

/** How weights are drawn: the initializers of TensorFlow.js. */
export const initializers = /* @__PURE__ */ namespace("initializers", {
  /** Zeros. */
  zeros: (): Initializer => new Constant("Zeros", 0),
  /** Ones. */
  ones: (): Initializer => new Constant("Ones", 1),
  /** All the same number. */
  constant: (args: { value: number }): Initializer => new Constant("Constant", args?.value),
  /** From `minval` to `maxval`. */
  randomUniform: (args: RandomUniformArgs): Initializer => {
    const given = read("the argument of randomUniform", args, ["minval", "maxval", "seed"]);
    const [min, max] = [given.minval || -0.05, given.maxval || 0.05]; // 0 is the default, as there
    const config = { minval: min, maxval: max };
    const drawer = (next: () => number) => () => min + (max - min) * next();
    return new Random({ name: "RandomUniform", config, seed: seedOf(given), drawer });
  },
  /** Normal deviates. */
  randomNormal: (args: RandomNormalArgs): Initializer => normalOf("RandomNormal", args, WIDE),
  /** Normal deviates; those beyond two standard deviations are drawn again. */
  truncatedNormal: (args: RandomNormalArgs): Initializer => normalOf("TruncatedNormal", args, 2),
  /** The unit matrix times `gain`, default 1. */
  identity: (args?: { gain?: number }): Initializer => new Identity(args?.gain ?? 1),
  /** With a variance of `scale`, divided by the number of inputs, of outputs or their mean. */
  varianceScaling: (args: VarianceScalingArgs): Initializer => scalingOf(args),
  /** Uniform, with the variance 2 / (inputs + outputs). */
  glorotUniform: /* @__PURE__ */ scaled(1, "fanAvg", "uniform"),
  /** Normal, truncated, of 2 / (inputs + outputs): the default of dense layers. */
  glorotNormal: /* @__PURE__ */ scaled(1, "fanAvg", "normal"),
  /** Normal, truncated, of 2 / inputs. */
  heNormal: /* @__PURE__ */ scaled(2, "fanIn", "normal"),
  /** Uniform, with the variance 2 / inputs. */
  heUniform: /* @__PURE__ */ scaled(2, "fanIn", "uniform"),
  /** Normal, truncated, of 1 / inputs. */
  leCunNormal: /* @__PURE__ */ scaled(1, "fanIn", "normal"),
  /** Uniform, with the variance 1 / inputs. */
  leCunUniform: /* @__PURE__ */ scaled(1, "fanIn", "uniform"),
});

/** An initializer by its name, such as "glorotNormal", or as a model file has it. */
export type InitializerIdentifier = keyof typeof initializers | (string & {});

export function initializerOf(name: string, given: unknown, standard: keyof typeof initializers): Initializer {
  if (given === undefined || given === null) return initializerOf(name, standard, standard);
  if (given instanceof Initializer) return given;
  const saved = typeof given === "object" ? (given as { className?: unknown; config?: object }) : { className: given };
  const known = saved.className;
  if (typeof known === "string") {
    const key = known.charAt(0).toLowerCase() + known.slice(1);
    if (hasOwn(initializers, key)) {
      const make = initializers[key as keyof typeof initializers] as (config: object) => Initializer;
      return make(withoutNulls(saved.config ?? {}));
    }
  }
  const names = Object.keys(initializers);
  const nearest = typeof known === "string" ? hint(known, names) : "";
  throw new OptionError(`${name} is ${show(known)}; ${nearest}one of tf.initializers is expected: ${names.join(", ")}`);
}

function withoutNulls(config: object): object {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== undefined));
}

/** What is added to the loss because of weights: l1 · Σ |w| + l2 · Σ w². */
export class Regularizer {
  /** The share of the absolute values. */
  readonly l1: number;
  /** The share of the squares. */
  readonly l2: number;

  constructor(l1: number, l2: number) {
    this.l1 = checkAmount("l1", l1);
    this.l2 = checkAmount("l2", l2);
  }

  /** The name of its class. */
  getClassName(): string {
    return "L1L2";
  }

  /** What it was made with. */
  getConfig(): { l1: number; l2: number } {
    return { l1: this.l1, l2: this.l2 };
  }

  /** @internal What is added for these weights; its derivative is added to `gradients`. */
  penalty(weights: Float32Array, gradients?: Float32Array): number {
    let [absolute, squares] = [0, 0];
    for (let n = 0; n < weights.length; n++) {
      const w = weights[n]!;
      absolute += Math.abs(w);
      squares += w * w;
      if (gradients !== undefined) gradients[n]! += this.l1 * Math.sign(w) + 2 * this.l2 * w;
    }
    return this.l1 * absolute + this.l2 * squares;
  }
}

/** What is added to the loss because of weights. */
export const regularizers = /* @__PURE__ */ namespace("regularizers", {
  /** l1 · Σ |w|; default 0.01. */
  l1: (config?: { l1: number }): Regularizer => new Regularizer(config?.l1 ?? 0.01, 0),
  /** l2 · Σ w²; default 0.01. */
  l2: (config?: { l2: number }): Regularizer => new Regularizer(0, config?.l2 ?? 0.01),
  /** Both; default 0.01 each. */
  l1l2: (config?: { l1?: number; l2?: number }): Regularizer => new Regularizer(config?.l1 ?? 0.01, config?.l2 ?? 0.01),
});

/** A regularizer by its name, or as a model file has it. */
export function regularizerOf(name: string, given: unknown): Regularizer | undefined {
  if (given === undefined || given === null || given instanceof Regularizer) return given ?? undefined;
  if (given === "l1l2") return regularizers.l1l2();
  const { className, config = {} } = given as { className?: unknown; config?: { l1?: number; l2?: number } };
  if (className === "L1L2") return regularizers.l1l2(config);
  throw new OptionError(`${name} is ${show(given)}; one of tf.regularizers or "l1l2" is expected`);
}
