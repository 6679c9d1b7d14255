// What a Keras model was compiled with, as options of a network where that means the same here.

import { LOSSES, type LossName } from "../../catalog/losses.ts";
import { hasOwn } from "../../checks.ts";
import { type DType, last } from "../../numbers.ts";
import { type OptimizerOptions, resolveOptimizer } from "../../options/optimizer.ts";
import { type Activated, defined, type ModelLayer } from "../model.ts";
import type { Dialect } from "./activations.ts";
import { type Fields, fieldsOf, snakeCase } from "./topology.ts";

const LOSS_WORDS: Readonly<Record<string, LossName>> = {
  mse: "mse",
  mean_squared_error: "mse",
  mae: "mae",
  mean_absolute_error: "mae",
  huber: "huber",
  binary_crossentropy: "binaryCrossEntropy",
  categorical_crossentropy: "categoricalCrossEntropy",
  sparse_categorical_crossentropy: "sparseCategoricalCrossEntropy",
};

/** What a loss in an object may say without being another one. */
const USUAL = {
  from_logits: [false],
  label_smoothing: [0],
  delta: [1],
  axis: [-1],
  reduction: ["auto", "sum_over_batch_size"],
} as const;
/** What an optimizer mustn't have: it would be another one. */
const OTHERS = ["clipnorm", "clipvalue", "global_clipnorm", "weight_decay", "decay", "use_ema", "amsgrad"];

/** `fields`: with `loss`, and `optimizer_config` or `optimizer`. What is not known is left out. */
export function trainingOf(
  fields: Fields,
  layers: readonly ModelLayer[],
  dialect: Dialect,
  dtype: DType,
): { readonly loss?: LossName; readonly optimizer?: OptimizerOptions } {
  const loss = lossOf(fields.get("loss"));
  const { activation } = last(layers) as Partial<Activated>;
  const fits =
    loss !== undefined && (LOSSES[loss].needsOutput || activation === "softmax")
      ? LOSSES[loss].output === activation
      : true;
  const optimizer = optimizerOf(fields.get("optimizer_config") ?? fields.get("optimizer"), dialect, dtype);
  return defined({ loss: fits ? loss : undefined, optimizer });
}

/** A word, a list of one, or an object: of a class, or of a function with its name as config. */
function lossOf(given: unknown): LossName | undefined {
  const [loss, ...others] = Array.isArray(given) ? (given as readonly unknown[]) : [given];
  const object = objectOf(loss);
  const config = objectFields(object?.config);
  const name = object === undefined ? loss : config === undefined ? object.config : object.className;
  const isUsual = Object.entries(USUAL).every(([key, usual]) =>
    usual.includes((config?.get(key) ?? usual[0]) as never),
  );
  if (typeof name !== "string" || others.length > 0 || !isUsual) return undefined;
  const snake = snakeCase(name);
  return hasOwn(LOSS_WORDS, snake) ? LOSS_WORDS[snake] : undefined;
}

function objectFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? fieldsOf("it", value) : undefined;
}

function objectOf(value: unknown): { readonly className: unknown; readonly config: unknown } | undefined {
  const fields = objectFields(value);
  return fields && { className: fields.get("class_name"), config: fields.get("config") };
}

/** Adam of Keras adds epsilon elsewhere than that of TensorFlow.js, which is the one here. */
function optimizerOf(given: unknown, dialect: Dialect, dtype: DType): OptimizerOptions | undefined {
  const object = objectOf(given);
  const config = objectFields(object?.config);
  if (config === undefined || OTHERS.some((name) => config.get(name))) return undefined;
  const optionAt = (name: string) => config.get(name) ?? undefined;
  const learningRate = optionAt("learning_rate");
  const isTheirs = dialect === "TensorFlow.js";
  let options: object;
  if (object!.className === "SGD" || (isTheirs && object!.className === "Momentum")) {
    const isNesterov = config.get("nesterov") === true || config.get("use_nesterov") === true;
    options = { type: "sgd", learningRate, momentum: optionAt("momentum"), nesterov: isNesterov || undefined };
  } else if (isTheirs && object!.className === "Adam") {
    const [beta1, beta2, epsilon] = ["beta1", "beta2", "epsilon"].map(optionAt);
    options = { type: "adam", learningRate, beta1, beta2, epsilon };
  } else return undefined;
  try {
    const found = defined(options) as OptimizerOptions;
    resolveOptimizer(found, dtype);
    return found;
  } catch {
    return undefined; // such as a schedule in place of the learning rate
  }
}
