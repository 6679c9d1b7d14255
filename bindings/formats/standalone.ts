// What a standalone function in JavaScript is made of. The build bundles this file and splits it into pieces
// (`?pieces`), of which toJavaScript writes those that a network needs. So the formulas are the reference engine's own.

import type { FloatArray } from "../arrays.ts";
import { softmaxRow } from "../engine/reference/activation.ts";
import { forward, type Round } from "../engine/reference/dense.ts";
import { affine, inverseRoot, moments, normalizedOf } from "../engine/reference/normalization.ts";

export {
  makeElu,
  makeGelu,
  makeGeluTanh,
  makeHardSigmoid,
  makeHardSwish,
  makeLeakyRelu,
  makeMish,
  makeRelu,
  makeRelu6,
  makeSelu,
  makeSigmoid,
  makeSilu,
  makeSoftplus,
  makeSoftsign,
  makeTanh,
} from "../engine/reference/activation.ts";
export { identity } from "../engine/reference/dense.ts";
export {
  expF32,
  expF64,
  logF32,
  logF64,
  sigmoidF32,
  sigmoidF64,
  tanhF32,
  tanhF64,
} from "../engine/reference/elementary.ts";

/** What a layer does with a row: a dense one makes another, others change it. */
type Step = (row: FloatArray) => FloatArray;

export function dense(weights: FloatArray, biases: FloatArray, round: Round): Step {
  return (x) => {
    const z = biases.slice();
    forward(z, x, weights, biases, { rows: 1, inputs: x.length, units: z.length }, round);
    return z;
  };
}

export function each(f: (z: number) => readonly [a: number, slope: number]): Step {
  return (z) => {
    for (let j = 0; j < z.length; j++) z[j] = f(z[j]!)[0];
    return z;
  };
}

export function softmax(arithmetic: Parameters<typeof softmaxRow>[2]): Step {
  return (z) => {
    softmaxRow(z, z, arithmetic);
    return z;
  };
}

/** `inverse`: of the root of each variance and epsilon. */
export function batchNormalization(
  mean: FloatArray,
  inverse: FloatArray,
  gamma: FloatArray | undefined,
  beta: FloatArray | undefined,
  round: Round,
): Step {
  return (x) => {
    for (let j = 0; j < x.length; j++) x[j] = normalizedOf(x[j]!, mean[j]!, inverse[j]!, round);
    affine(x, x, gamma, beta, round);
    return x;
  };
}

export function layerNormalization(
  epsilon: number,
  gamma: FloatArray | undefined,
  beta: FloatArray | undefined,
  round: Round,
): Step {
  return (x) => {
    const { mean, variance } = moments(x, 0, x.length, (_, j) => j, round);
    const inverse = inverseRoot(variance, epsilon, round);
    for (let j = 0; j < x.length; j++) x[j] = normalizedOf(x[j]!, mean, inverse, round);
    affine(x, x, gamma, beta, round);
    return x;
  };
}

/** The little-endian bytes of base64. */
export function fromBase64(text: string): DataView {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  const values = new Uint8Array(128);
  for (let n = 0; n < 64; n++) values[digits.charCodeAt(n)] = n;
  let group = 0;
  for (let n = 0, at = 0; n < text.length; n++) {
    group = (group << 6) | values[text.charCodeAt(n)]!;
    if (n % 4 > 0) bytes[at++] = group >> (6 - 2 * (n % 4));
  }
  return new DataView(bytes.buffer);
}

export function floats32(view: DataView): FloatArray {
  const numbers = new Float32Array(view.byteLength / 4);
  for (let n = 0; n < numbers.length; n++) numbers[n] = view.getFloat32(4 * n, true);
  return numbers;
}

export function floats64(view: DataView): FloatArray {
  const numbers = new Float64Array(view.byteLength / 8);
  for (let n = 0; n < numbers.length; n++) numbers[n] = view.getFloat64(8 * n, true);
  return numbers;
}

/** The numbers of a row of x, rounded by `row`, which has the dtype. */
function readRow(values: ArrayLike<unknown>, name: string, row: FloatArray): FloatArray {
  const { length } = Object(values);
  if (length !== row.length) throw new RangeError(`${name} has length ${length}; ${row.length} is expected`);
  for (let i = 0; i < length; i++) {
    const value = values[i];
    row[i] = typeof value === "number" || typeof value === "boolean" ? Number(value) : Number.NaN;
    if (row[i]! - row[i]! !== 0) throw new RangeError(`${name}[${i}] is ${String(value)}; a finite number is expected`);
  }
  return row;
}

/** Outputs for rows: rows. */
export function outputs(
  rows: ArrayLike<ArrayLike<unknown>>,
  newRow: () => FloatArray,
  steps: readonly Step[],
): number[][] {
  if (!Array.isArray(rows)) throw new TypeError("x is no array; an array of rows is expected");
  return Array.from(rows, (row: ArrayLike<unknown>, s) => {
    let a = readRow(row, `x[${s}]`, newRow());
    for (const step of steps) a = step(a);
    return Array.from(a);
  });
}
