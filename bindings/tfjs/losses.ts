// The losses of TensorFlow.js: the error of a row, and its derivative with respect to each output. Where the network's
// own loss is the same function, `own` says so, and training takes that.

import type { LossName } from "../catalog/losses.ts";
import { hasOwn, hint, show } from "../checks.ts";
import { expF64, logF64, sigmoidF64 } from "../engine/reference/elementary.ts";
import { OptionError } from "../errors.ts";
import { power } from "../numbers.ts";
import { broadcast } from "./operations.ts";
import { Tensor, tensorOf } from "./tensor.ts";
import type { TensorLike } from "./tensor-types.ts";

export const EPSILON = 1e-7;
const LOW = /* @__PURE__ */ Math.fround(EPSILON);
const HIGH = /* @__PURE__ */ Math.fround(1 - EPSILON);

/**
 * A function of a row: the elements `from` to `to` of all targets y and outputs a; ∂/∂a into those of `slope`, if it is
 * given.
 */
export type RowFunction = (y: Float32Array, a: Float32Array, from: number, to: number, slope?: Float32Array) => number;

/** A loss: a function of a row. */
export interface LossFunction {
  /** The error of a row. */
  readonly rowLoss: RowFunction;
  /** The network's loss that is the same function: cross-entropies are clipped there, too. */
  readonly own?: LossName;
  /** Targets are one column: the number of the class. */
  readonly isSparse?: true;
}

/** The mean over the outputs of a function of one of them. */
export function elementwise(
  f: (y: number, a: number) => number,
  derivative: (y: number, a: number) => number,
): RowFunction {
  return (y, a, from, to, slope) => {
    let sum = 0;
    for (let j = from; j < to; j++) {
      sum += f(y[j]!, a[j]!);
      if (slope !== undefined) slope[j] = derivative(y[j]!, a[j]!) / (to - from);
    }
    return sum / (to - from);
  };
}

const clip = (a: number, low: number, high: number) => Math.min(Math.max(a, low), high);
const isWithin = (a: number, low: number, high: number) => a >= low && a <= high;
export const softplus = (z: number) => Math.max(z, 0) + logF64(1 + expF64(-Math.abs(z)));

function binary(y: number, a: number): number {
  const p = clip(a, LOW, HIGH);
  const z = logF64(p / (1 - p));
  return Math.max(z, 0) - z * y + logF64(1 + expF64(-Math.abs(z)));
}

/** Outputs are divided by their sum, and clipped. */
function categorical(y: Float32Array, a: Float32Array, from: number, to: number, slope?: Float32Array): number {
  let total = 0;
  for (let j = from; j < to; j++) total += a[j]!;
  let sum = 0;
  let toTotal = 0;
  for (let j = from; j < to; j++) {
    const p = a[j]! / total;
    sum -= y[j]! * logF64(clip(p, LOW, HIGH));
    if (slope === undefined) continue;
    const ofP = isWithin(Math.fround(p), LOW, HIGH) ? -y[j]! / p : 0;
    slope[j] = ofP / total;
    toTotal += (ofP * p) / total;
  }
  if (slope !== undefined) for (let j = from; j < to; j++) slope[j]! -= toTotal;
  return sum;
}

/** −Σ y a of both divided by their norms. */
function cosine(y: Float32Array, a: Float32Array, from: number, to: number, slope?: Float32Array): number {
  const norm = (values: Float32Array) => {
    let squares = 0;
    for (let j = from; j < to; j++) squares += values[j]! * values[j]!;
    return Math.sqrt(Math.max(squares, EPSILON));
  };
  const [ofY, ofA] = [norm(y), norm(a)];
  let product = 0;
  for (let j = from; j < to; j++) product += (y[j]! / ofY) * (a[j]! / ofA);
  const isFree = ofA * ofA > EPSILON;
  for (let j = from; slope !== undefined && j < to; j++) {
    slope[j] = -(y[j]! / ofY - (isFree ? product * (a[j]! / ofA) : 0)) / ofA;
  }
  return -product;
}

function categoricalHinge(y: Float32Array, a: Float32Array, from: number, to: number, slope?: Float32Array): number {
  let pos = 0;
  let neg = -Infinity;
  for (let j = from; j < to; j++) {
    pos += y[j]! * a[j]!;
    neg = Math.max(neg, (1 - y[j]!) * a[j]!);
  }
  const error = 1 + neg - pos;
  for (let j = from; slope !== undefined && j < to; j++) {
    const most = (1 - y[j]!) * a[j]! === neg ? 1 - y[j]! : 0;
    slope[j] = error >= 0 ? most - y[j]! : 0;
  }
  return Math.max(0, error);
}

function divergence(y: Float32Array, a: Float32Array, from: number, to: number, slope?: Float32Array): number {
  let sum = 0;
  for (let j = from; j < to; j++) {
    const p = clip(a[j]!, LOW, 1);
    sum += y[j]! * logF64(clip(y[j]!, LOW, 1) / p);
    if (slope !== undefined) slope[j] = isWithin(a[j]!, LOW, 1) ? -y[j]! / p : 0;
  }
  return sum;
}

const LOG_2 = 0.6931471805599453;
const logarithm = (value: number) => logF64(1 + Math.max(value, LOW));

export const LOSS_FUNCTIONS = {
  meanSquaredError: {
    own: "mse",
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => (a - y) * (a - y),
      (y, a) => 2 * (a - y),
    ),
  },
  meanAbsoluteError: {
    own: "mae",
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => Math.abs(a - y),
      (y, a) => Math.sign(a - y),
    ),
  },
  meanAbsolutePercentageError: {
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => 100 * Math.abs((y - a) / Math.max(Math.abs(y), LOW)),
      (y, a) => (100 * Math.sign(a - y)) / Math.max(Math.abs(y), LOW),
    ),
  },
  meanSquaredLogarithmicError: {
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => power(logarithm(a) - logarithm(y), 2),
      (y, a) => (a >= LOW ? (2 * (logarithm(a) - logarithm(y))) / (1 + a) : 0),
    ),
  },
  squaredHinge: {
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => power(Math.max(0, 1 - y * a), 2),
      (y, a) => -2 * y * Math.max(0, 1 - y * a),
    ),
  },
  hinge: {
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => Math.max(0, 1 - y * a),
      (y, a) => (1 - y * a > 0 ? -y : 0),
    ),
  },
  categoricalHinge: { rowLoss: categoricalHinge },
  logcosh: {
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => a - y + softplus(-2 * (a - y)) - LOG_2,
      (y, a) => 1 - 2 * sigmoidF64(-2 * (a - y)),
    ),
  },
  categoricalCrossentropy: { own: "categoricalCrossEntropy", rowLoss: categorical },
  sparseCategoricalCrossentropy: {
    own: "sparseCategoricalCrossEntropy",
    isSparse: true,
    // outputs are clipped before they are divided by their sum, too
    rowLoss(y, a, from, to, slope) {
      const clipped = a.slice(from, to).map((value) => clip(value, LOW, HIGH));
      const error = categorical(y.slice(from, to), clipped, 0, to - from, slope?.subarray(from, to));
      for (let j = from; slope !== undefined && j < to; j++) if (!isWithin(a[j]!, LOW, HIGH)) slope[j] = 0;
      return error;
    },
  },
  binaryCrossentropy: {
    own: "binaryCrossEntropy",
    rowLoss: /* @__PURE__ */ elementwise(binary, (y, a) => (isWithin(a, LOW, HIGH) ? (a - y) / (a * (1 - a)) : 0)),
  },
  kullbackLeiblerDivergence: { rowLoss: divergence },
  poisson: {
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => a - y * logF64(EPSILON + a),
      (y, a) => 1 - y / (EPSILON + a),
    ),
  },
  cosineProximity: { rowLoss: cosine },
} as const satisfies Readonly<Record<string, LossFunction>>;

/** A loss, by its name. */
export type LossOrMetricName = keyof typeof LOSS_FUNCTIONS;

/** What a loss is given: targets and outputs. */
export type LossOrMetricFn = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** The functions of `metrics` that are losses or metrics of rows, by the losses' names. */
export const lossOfFunction = /* @__PURE__ */ new WeakMap<object, string>();

/** A loss, and what it is called. */
export interface NamedLoss {
  readonly name: string;
  readonly loss: LossFunction;
}

/** The functions of `losses`. */
export const coreLossOfFunction = /* @__PURE__ */ new WeakMap<object, NamedLoss>();

/** The loss that is meant. */
export function lossOf(given: unknown): NamedLoss {
  const ofCore = typeof given === "function" ? coreLossOfFunction.get(given) : undefined;
  if (ofCore !== undefined) return ofCore;
  const name = typeof given === "function" ? lossOfFunction.get(given) : given;
  if (typeof name === "string" && hasOwn(LOSS_FUNCTIONS, name)) {
    return { name, loss: LOSS_FUNCTIONS[name as LossOrMetricName] };
  }
  const known = Object.keys(LOSS_FUNCTIONS);
  const more =
    typeof given === "function"
      ? "functions that compute with tensors need their derivatives, which bitgrad/tfjs has not; one of "
      : typeof given === "string"
        ? hint(given, known)
        : "";
  throw new OptionError(`loss is ${show(given)}; ${more}${known.join(", ")} is expected`);
}

/** A class for each row as rows of ones and zeros. */
export function classRows(targets: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(targets.length * classes);
  for (let s = 0; s < targets.length; s++) {
    const label = Math.floor(targets[s]!);
    if (label >= 0 && label < classes) rows[s * classes + label] = 1; // others have none, as there
  }
  return rows;
}

/** The function of `metrics` of this name. */
export function rowErrors(name: LossOrMetricName): LossOrMetricFn {
  const f = rowErrorsOf(LOSS_FUNCTIONS[name]);
  lossOfFunction.set(f, name);
  return f;
}

/** The errors of rows as a tensor. */
export function rowErrorsOf({ rowLoss, isSparse }: LossFunction): LossOrMetricFn {
  return (yTrue: Tensor | TensorLike, yPred: Tensor | TensorLike): Tensor => {
    const given = [tensorOf(yTrue).numbers, tensorOf(yPred).numbers] as const;
    const [y, a] = isSparse ? given : broadcast(...given);
    const columns = a.shape[a.shape.length - 1] ?? 1;
    const outputs = Float32Array.from(a.data);
    const targets = isSparse ? classRows(y.data, columns) : Float32Array.from(y.data);
    const rows = outputs.length / columns;
    const data = new Float32Array(rows);
    for (let s = 0; s < rows; s++) data[s] = rowLoss(targets, outputs, s * columns, (s + 1) * columns);
    return new Tensor({ data, shape: a.shape.slice(0, -1), dtype: "float32" });
  };
}
