// The building blocks of the textbook perceptron as public functions on typed arrays, on either engine:
//   Z = XW + b,  A = σ(Z),  E = ½ Σ (A − Y)²,  ∂E/∂W = Xᵀ (∂E/∂A · ∂A/∂Z),  ∂E/∂b = Σ_s (∂E/∂A · ∂A/∂Z),  W −= rate · ∂E/∂W

import { checkAmount, checkNames, checkWhole, show } from "./checks.ts";
import {
  type ActivationName,
  type DenseShape,
  dtypeOf,
  type Elementary,
  type EngineName,
  type FloatArray,
  floatArray,
  type Kernels,
} from "./engine/engine.ts";
import type { EngineOptions, Engines, Found } from "./engine/engines.ts";
import { OptionError, ShapeError } from "./errors.ts";
import { checkActivation, readEngineOptions } from "./network/options.ts";
import { checkKey, endow, KEY } from "./objects.ts";

const MAX_WORD = 2 ** 32 - 1;

/** Sizes of a batch of outputs, row-major. */
export interface BatchShape {
  readonly rows: number;
  readonly units: number;
}

/**
 * The building blocks. Functions of matrices take Float32Arrays (computing in f32) or Float64Arrays (f64), never a mix, leaves
 * its arguments alone and returns a new array. Matrices are row-major: x is rows × inputs, w inputs × units, z, a, y and
 * delta rows × units. Values may be anything, ±∞ and NaN included: IEEE-754 says what comes out. A ShapeError says where
 * an array has the wrong length or element type, an OptionError where a number is out of range.
 *
 * @example
 * ```ts
 * import { Operations } from "bitgrad";
 *
 * const op = Operations.createSync();
 * const shape = { rows: 2, inputs: 2, units: 1 };
 * const x = new Float64Array([0, 1, 1, 1]), w = new Float64Array([0.5, -0.5]), b = new Float64Array([0.1]);
 * const a = op.sigmoid(op.forward(x, w, b, shape));
 * ```
 */
export abstract class BaseOperations {
  readonly #kernels: Kernels;
  /** Which engine computes: "wasm" or "reference". */
  readonly engine: EngineName;

  /** Operations are made by `create` and `createSync`. */
  protected constructor(...parts: never[]);
  protected constructor(key: unknown, found: Found) {
    checkKey(key, "Operations", "await Operations.create(), or Operations.createSync()");
    this.#kernels = found.engine.kernels;
    this.engine = found.engine.name;
    const identity = Symbol("Operations are made anew where they are needed");
    const isOne = (value: object): value is BaseOperations => #kernels in value;
    endow(
      this,
      { name: "Operations", prototype: BaseOperations.prototype, isOne },
      () => identity,
      () => `Operations { engine: ${this.engine} }`,
    );
  }

  static #make<T extends BaseOperations>(type: OperationsClass<T>, found: Found): T {
    return new (type as unknown as new (key: symbol, found: Found) => T)(KEY, found);
  }

  static async create<T extends BaseOperations>(
    this: OperationsClass<T>,
    options: Omit<EngineOptions, "threads"> = {},
  ): Promise<T> {
    return this.engines().load(checked(options), 0, (found) => BaseOperations.#make(this, found));
  }

  static createSync<T extends BaseOperations>(
    this: OperationsClass<T>,
    options: Omit<EngineOptions, "threads"> = {},
  ): T {
    return BaseOperations.#make(this, this.engines().loadSync(checked(options)));
  }

  get [Symbol.toStringTag](): string {
    return "Operations";
  }

  /** Z = XW + b: `z[s][j] = b[j] + Σ_i x[s][i] · w[i][j]`. */
  forward<T extends FloatArray>(x: T, w: T, b: T, shape: DenseShape): T {
    const { rows, inputs, units } = checkShape(shape, ["rows", "inputs", "units"]);
    check({ x, w, b }, { x: rows * inputs, w: inputs * units, b: units });
    if (rows * units === 0) return empty(x);
    return this.#kernels.forward(x, w, b, shape) as T;
  }

  /**
   * A = σ(Z) = 1 / (1 + e^−z), elementwise. This and the next three are correctly rounded in f32 and within 0.52 ulp in f64
   * (0.76 where the result is subnormal). The result goes to `out`, which may be z itself, or to a new array.
   */
  sigmoid<T extends FloatArray>(z: T, out?: T): T {
    return this.#elementary("sigmoid", z, out);
  }

  /** tanh z, elementwise. */
  tanh<T extends FloatArray>(z: T, out?: T): T {
    return this.#elementary("tanh", z, out);
  }

  /** e^z, elementwise. */
  exp<T extends FloatArray>(z: T, out?: T): T {
    return this.#elementary("exp", z, out);
  }

  /** The natural logarithm, elementwise: −∞ of ±0, NaN below. */
  log<T extends FloatArray>(z: T, out?: T): T {
    return this.#elementary("log", z, out);
  }

  #elementary<T extends FloatArray>(name: Elementary, z: T, out?: T): T {
    check({ z }, {});
    const result = out === undefined ? (floatArray(dtypeOf(z), z.length) as T) : out;
    check({ z, out: result }, { out: z.length });
    this.#kernels.elementary(name, z, result);
    return result;
  }

  /**
   * A = f(Z), elementwise, f an activation function of a layer. `alpha` as in a layer's options.
   *
   * @throws OptionError where the activation is unknown or has no alpha.
   */
  activate<T extends FloatArray>(z: T, activation: ActivationName, alpha?: number): T {
    return this.#activation(z, activation, alpha).a;
  }

  /** ∂A/∂Z = f'(Z), elementwise. */
  activationDerivative<T extends FloatArray>(z: T, activation: ActivationName, alpha?: number): T {
    return this.#activation(z, activation, alpha).slope;
  }

  #activation<T extends FloatArray>(z: T, name: ActivationName, alpha: number | undefined): { a: T; slope: T } {
    check({ z }, {});
    const checked = checkActivation("", name, alpha, dtypeOf(z));
    if (name === "softmax") throw new OptionError('activation is "softmax"; a function of one number is expected');
    return this.#kernels.activation(name, checked.alpha ?? 0, z) as { a: T; slope: T };
  }

  /** ∂A/∂Z = a · (1 − a), elementwise, from the sigmoid's output. */
  sigmoidDerivative<T extends FloatArray>(a: T): T {
    check({ a }, {});
    return this.#kernels.sigmoidDerivative(a) as T;
  }

  /** E = ½ Σ (a − y)², summed in f64: each row in order, then over the rows. */
  sseError<T extends FloatArray>(a: T, y: T, shape: BatchShape): number {
    const { rows, units } = checkShape(shape, ["rows", "units"]);
    check({ a, y }, { a: rows * units, y: rows * units });
    return a.length === 0 ? 0 : this.#kernels.sseError(a, y, rows, units);
  }

  /** ∂E/∂A = a − y, elementwise. */
  sseGradient<T extends FloatArray>(a: T, y: T): T {
    check({ a, y }, { y: a.length });
    return this.#kernels.sseGradient(a, y) as T;
  }

  /** ∂E/∂X = δ Wᵀ: `t[s][i] = Σ_j w[i][j] · δ[s][j]`, with δ = ∂E/∂Z. */
  inputGradient<T extends FloatArray>(delta: T, w: T, shape: DenseShape): T {
    const { rows, inputs, units } = checkShape(shape, ["rows", "inputs", "units"]);
    check({ delta, w }, { delta: rows * units, w: inputs * units });
    if (rows * inputs === 0) return empty(delta);
    return this.#kernels.inputGradient(delta, w, shape) as T;
  }

  /** ∂E/∂W = Xᵀ δ, since ∂Z/∂W = X: `g[i][j] = Σ_s x[s][i] · δ[s][j]`. */
  weightGradient<T extends FloatArray>(x: T, delta: T, shape: DenseShape): T {
    const { rows, inputs, units } = checkShape(shape, ["rows", "inputs", "units"]);
    check({ x, delta }, { x: rows * inputs, delta: rows * units });
    if (inputs * units === 0) return empty(x);
    return this.#kernels.weightGradient(x, delta, shape) as T;
  }

  /** ∂E/∂b = Σ_s δ[s], since ∂Z/∂b = 1. */
  biasGradient<T extends FloatArray>(delta: T, shape: BatchShape): T {
    const { rows, units } = checkShape(shape, ["rows", "units"]);
    check({ delta }, { delta: rows * units });
    if (units === 0) return empty(delta);
    return this.#kernels.biasGradient(delta, rows, units) as T;
  }

  /** W − learningRate · g, elementwise, the rate rounded to the dtype first. */
  update<T extends FloatArray>(w: T, g: T, learningRate: number): T {
    check({ w, g }, { g: w.length });
    return this.#kernels.update(w, g, checkAmount("learningRate", learningRate)) as T;
  }

  /** A block of Threefry-2x32 with 20 rounds: two 32-bit words from a key and a counter of two 32-bit words each. */
  threefry(key: readonly [number, number], counter: readonly [number, number]): [number, number] {
    return this.#kernels.threefry(...checkWords("key", key), ...checkWords("counter", counter));
  }

  /** The order in which `fit` visits its rows when it shuffles: in the epoch that is `epoch` epochs after the first ever. */
  shuffle(rows: number, seed: number, epoch: number): Uint32Array {
    checkWhole("rows", rows, 0, MAX_WORD);
    checkWhole("seed", seed, 0, Number.MAX_SAFE_INTEGER);
    return this.#kernels.shuffle(rows, seed, checkWhole("epoch", epoch, 0, MAX_WORD));
  }
}

interface OperationsClass<T extends BaseOperations> {
  readonly prototype: T;
  /** @internal */
  engines(): Engines;
}

function checked(options: Omit<EngineOptions, "threads">): EngineOptions {
  return readEngineOptions(options, ["engine", "module"]);
}

function checkShape<T extends object>(shape: T, names: readonly (keyof T & string)[]): T {
  checkNames("shape", shape, ["rows", "inputs", "units"]); // one shape object serves all functions of a layer
  for (const name of names) {
    const size = shape[name];
    if (!Number.isSafeInteger(size) || (size as number) < 0) {
      throw new OptionError(`shape.${name} is ${show(size)}; a whole number of 0 or more is expected`);
    }
  }
  return shape;
}

/** A result without elements: whatever the other sizes are, there is nothing to compute. */
function empty<T extends FloatArray>(like: T): T {
  return floatArray(dtypeOf(like), 0) as T;
}

function checkWords(name: string, words: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(words) || words.length !== 2) {
    throw new OptionError(`${name} is ${show(words)}; two 32-bit words are expected`);
  }
  words.forEach((word, i) => {
    checkWhole(`${name}[${i}]`, word, 0, MAX_WORD);
  });
  return words;
}

/** All arrays have one float type, and the lengths that are named. */
function check(arrays: Record<string, FloatArray>, lengths: Record<string, number>): void {
  let type = "";
  for (const [name, array] of Object.entries(arrays)) {
    if (!(array instanceof Float32Array) && !(array instanceof Float64Array)) {
      throw new ShapeError(`${name} is ${show(array)}; a Float32Array or Float64Array is expected`);
    }
    type ||= array.constructor.name;
    if (array.constructor.name !== type) {
      throw new ShapeError(`${name} is ${show(array)}; ${type}, like the first argument, is expected`);
    }
    const length = lengths[name] ?? array.length;
    if (array.length !== length) {
      throw new ShapeError(`${name} has ${array.length} elements; ${length} are expected from the shape`);
    }
  }
}
