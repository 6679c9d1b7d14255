// The building blocks of the textbook perceptron as public functions on typed arrays, on either engine:
//   Z = XW + b,  A = σ(Z),  E = ½ Σ (A − Y)²,
//   ∂E/∂W = Xᵀ (∂E/∂A · ∂A/∂Z),  ∂E/∂b = Σ_s (∂E/∂A · ∂A/∂Z),  W −= rate · ∂E/∂W

import type { FloatArray } from "../arrays.ts";
import { type ActivationName, isElementwise } from "../catalog/activations.ts";
import { checkAmount, checkWhole } from "../checks.ts";
import type { DenseShape, Elementary, EngineName, Kernels } from "../engine/engine.ts";
import type { Found } from "../engine/engines.ts";
import { OptionError } from "../errors.ts";
import { dtypeOf, floatArray } from "../numbers.ts";
import { checkKey, takeProxies } from "../objects.ts";
import { checkActivation } from "../options/layer.ts";
import { atOnce } from "../rows.ts";
import { MAX_WORD, readArray, readShape, readWords } from "./arguments.ts";

/** Sizes of a batch of outputs, row-major. */
export interface BatchShape {
  /** How many rows. */
  readonly rows: number;
  /** How many columns: the units of the layer. */
  readonly units: number;
}

/** The building blocks of prediction and of plain gradient descent. */
export abstract class BlockOperations {
  readonly #kernels: Kernels;
  /** Which engine computes: "wasm" or "reference". */
  readonly engine: EngineName;

  /** @internal */
  protected constructor(key: unknown, found: Found) {
    checkKey(key, "Operations", "await Operations.create(), or Operations.createSync()");
    this.#kernels = found.engine.kernels;
    this.engine = found.engine.name;
    const isOne = (value: object): value is BlockOperations => #kernels in value;
    takeProxies({ name: "Operations", prototype: BlockOperations.prototype, isOne });
  }

  /** Z = XW + b: `z[s][j] = b[j] + Σ_i x[s][i] · w[i][j]`. */
  forward<T extends FloatArray>(x: T, w: T, b: T, shape: DenseShape): T {
    const { rows, inputs, units } = readShape(shape, ["rows", "inputs", "units"]);
    x = readArray("x", x, rows * inputs);
    w = readArray("w", w, inputs * units, x);
    b = readArray("b", b, units, x);
    if (rows * units === 0) return like(x, 0) as T;
    return this.#kernels.forward(x, w, b, { rows, inputs, units }) as T;
  }

  /**
   * A = σ(Z) = 1 / (1 + e^−z), elementwise. The result is written to `out`, which may be z itself, or to a new array.
   *
   * `sigmoid`, `tanh`, `exp` and `log` are correctly rounded in f32. In f64 their error is below 0.52 ulp, or 0.76 ulp
   * if the result is subnormal.
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
    z = readArray("z", z);
    if (out !== undefined) readArray("out", out, z.length, z);
    const result = out ?? (like(z, z.length) as T);
    this.#kernels.elementary(name, z, result);
    return result;
  }

  /**
   * A = f(Z), elementwise, where f is the activation function; `alpha` is as in `DenseLayerOptions`.
   *
   * @throws OptionError if the activation is unknown, is "softmax", or takes no alpha and one is given
   */
  activate<T extends FloatArray>(z: T, activation: ActivationName, alpha?: number): T {
    return this.#activation(z, activation, alpha).a;
  }

  /** ∂A/∂Z = f'(Z), elementwise. */
  activationDerivative<T extends FloatArray>(z: T, activation: ActivationName, alpha?: number): T {
    return this.#activation(z, activation, alpha).slope;
  }

  #activation<T extends FloatArray>(z: T, name: ActivationName, alpha: number | undefined): { a: T; slope: T } {
    z = readArray("z", z);
    const checked = checkActivation("", name, alpha, dtypeOf(z));
    if (!isElementwise(name)) {
      throw new OptionError('activation is "softmax"; a function of one number is expected, and `softmax` is of rows');
    }
    return this.#kernels.activation(name, checked.alpha ?? 0, z) as { a: T; slope: T };
  }

  /** ∂A/∂Z = a · (1 − a), elementwise, from the sigmoid's output. */
  sigmoidDerivative<T extends FloatArray>(a: T): T {
    return this.#kernels.sigmoidDerivative(readArray("a", a)) as T;
  }

  /** E = ½ Σ (a − y)², summed in f64: each row in order, then over the rows. */
  sseError<T extends FloatArray>(a: T, y: T, shape: BatchShape): number {
    const { rows, units } = readShape(shape, ["rows", "units"]);
    a = readArray("a", a, rows * units);
    y = readArray("y", y, rows * units, a);
    return rows * units === 0 ? 0 : this.#kernels.sseError(a, y, rows, units);
  }

  /** ∂E/∂A = a − y, elementwise. */
  sseGradient<T extends FloatArray>(a: T, y: T): T {
    a = readArray("a", a);
    return this.#kernels.sseGradient(a, readArray("y", y, a.length, a)) as T;
  }

  /** ∂E/∂X = δ Wᵀ: `t[s][i] = Σ_j w[i][j] · δ[s][j]`, with δ = ∂E/∂Z. */
  inputGradient<T extends FloatArray>(delta: T, w: T, shape: DenseShape): T {
    const { rows, inputs, units } = readShape(shape, ["rows", "inputs", "units"]);
    delta = readArray("delta", delta, rows * units);
    w = readArray("w", w, inputs * units, delta);
    if (rows * inputs === 0) return like(w, 0) as T;
    return this.#kernels.inputGradient(delta, w, { rows, inputs, units }) as T;
  }

  /** ∂E/∂W = Xᵀ δ, since ∂Z/∂W = X: `g[i][j] = Σ_s x[s][i] · δ[s][j]`. */
  weightGradient<T extends FloatArray>(x: T, delta: T, shape: DenseShape): T {
    const { rows, inputs, units } = readShape(shape, ["rows", "inputs", "units"]);
    x = readArray("x", x, rows * inputs);
    delta = readArray("delta", delta, rows * units, x);
    if (inputs * units === 0) return like(x, 0) as T;
    return this.#kernels.weightGradient(x, delta, { rows, inputs, units }) as T;
  }

  /** ∂E/∂b = Σ_s δ[s], since ∂Z/∂b = 1. */
  biasGradient<T extends FloatArray>(delta: T, shape: BatchShape): T {
    const { rows, units } = readShape(shape, ["rows", "units"]);
    delta = readArray("delta", delta, rows * units);
    if (units === 0) return like(delta, 0) as T;
    return this.#kernels.biasGradient(delta, rows, units) as T;
  }

  /** W − learningRate · g, elementwise, the rate rounded to the dtype first. */
  update<T extends FloatArray>(w: T, g: T, learningRate: number): T {
    const rate = checkAmount("learningRate", learningRate);
    w = readArray("w", w);
    return this.#kernels.update(w, readArray("g", g, w.length, w), rate) as T;
  }

  /** A block of Threefry-2x32 with 20 rounds: two 32-bit words from a key and a counter of two 32-bit words each. */
  threefry(key: readonly [number, number], counter: readonly [number, number]): [number, number] {
    const [k, c] = [readWords("key", key), readWords("counter", counter)];
    return this.#kernels.threefry(k[0], k[1], c[0], c[1]);
  }

  /** The order in which a shuffling `fit` visits its rows; `epoch` counts the network's epochs, from 0. */
  shuffle(rows: number, seed: number, epoch: number): Uint32Array {
    const count = checkWhole("rows", rows, 0, MAX_WORD);
    const key = checkWhole("seed", seed, 0, Number.MAX_SAFE_INTEGER);
    return atOnce(this.#kernels.shuffle(count, key, checkWhole("epoch", epoch, 0, MAX_WORD)));
  }
}

function like(array: FloatArray, length: number): FloatArray {
  return floatArray(dtypeOf(array), length);
}
