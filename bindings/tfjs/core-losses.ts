// The functions of `tf.losses`. As the loss of a model they are means over the rows of a batch, of each row's error.

import { show } from "../checks.ts";
import { expF64, logF64, sigmoidF64 } from "../engine/reference/elementary.ts";
import { OptionError, ShapeError } from "../errors.ts";
import {
  coreLossOfFunction,
  EPSILON,
  elementwise,
  LOSS_FUNCTIONS,
  type LossFunction,
  type RowFunction,
  rowErrorsOf,
  softplus,
} from "./losses.ts";
import { namespace } from "./namespace.ts";
import { type Scalar, type TensorOrLike, tensorOf } from "./tensor.ts";

/** −Σ y log softmax(a), of outputs that are logits. */
const softmaxCrossEntropy: RowFunction = (y, a, from, to, slope) => {
  let most = -Infinity;
  for (let j = from; j < to; j++) most = Math.max(most, a[j]!);
  let total = 0;
  for (let j = from; j < to; j++) total += expF64(a[j]! - most);
  const logTotal = most + logF64(total);
  let sum = 0;
  let targets = 0;
  for (let j = from; j < to; j++) {
    sum += y[j]! * (logTotal - a[j]!);
    targets += y[j]!;
  }
  for (let j = from; slope !== undefined && j < to; j++) slope[j] = targets * expF64(a[j]! - logTotal) - y[j]!;
  return sum;
};

const huber = /* @__PURE__ */ elementwise(
  (y, a) => (Math.abs(a - y) <= 1 ? 0.5 * (a - y) * (a - y) : Math.abs(a - y) - 0.5),
  (y, a) => Math.min(Math.max(a - y, -1), 1),
);

/** A function of `tf.losses`. */
export type CoreLossName =
  | "absoluteDifference"
  | "hingeLoss"
  | "huberLoss"
  | "logLoss"
  | "meanSquaredError"
  | "sigmoidCrossEntropy"
  | "softmaxCrossEntropy";

// a function, so that a bundler can leave it out: a look into LOSS_FUNCTIONS might have an effect
const coreLosses = (): Readonly<Record<CoreLossName, LossFunction>> => ({
  absoluteDifference: LOSS_FUNCTIONS.meanAbsoluteError,
  hingeLoss: {
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => Math.max(0, 1 - (2 * y - 1) * a),
      (y, a) => (1 - (2 * y - 1) * a > 0 ? 1 - 2 * y : 0),
    ),
  },
  huberLoss: { rowLoss: huber },
  logLoss: {
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => -y * logF64(a + EPSILON) - (1 - y) * logF64(1 - a + EPSILON),
      (y, a) => -y / (a + EPSILON) + (1 - y) / (1 - a + EPSILON),
    ),
  },
  meanSquaredError: LOSS_FUNCTIONS.meanSquaredError,
  sigmoidCrossEntropy: {
    rowLoss: /* @__PURE__ */ elementwise(
      (y, a) => softplus(a) - y * a,
      (y, a) => sigmoidF64(a) - y,
    ),
  },
  softmaxCrossEntropy: { rowLoss: softmaxCrossEntropy },
});

/** The mean error of all rows; weights, reductions and other options are not here. */
export type CoreLoss = (labels: TensorOrLike, predictions: TensorOrLike) => Scalar;

function lossesOf(): Record<CoreLossName, CoreLoss> {
  const made = Object.entries(coreLosses()).map(([name, loss]: [string, LossFunction]) => {
    const errors = rowErrorsOf(loss);
    const f = (labels: TensorOrLike, predictions: TensorOrLike, ...others: unknown[]): Scalar => {
      const other = others.find((value) => value !== undefined);
      const [y, a] = [tensorOf(labels), tensorOf(predictions)];
      if (String(y.shape) !== String(a.shape)) {
        throw new ShapeError(`predictions have the shape [${a.shape}]; [${y.shape}] is expected, as labels have`);
      }
      if (other === undefined) return errors(y, a).mean();
      throw new OptionError(
        `tf.losses.${name} is given ${show(other)}, too; bitgrad/tfjs takes no weights and options`,
      );
    };
    coreLossOfFunction.set(f, { name, loss });
    return [name, Object.defineProperty(f, "name", { value: name })];
  });
  return Object.fromEntries(made) as Record<CoreLossName, CoreLoss>;
}

/** Losses as functions of targets and outputs. */
export const losses: Readonly<Record<CoreLossName, CoreLoss>> = /* @__PURE__ */ namespace(
  "losses",
  /* @__PURE__ */ lossesOf(),
);
