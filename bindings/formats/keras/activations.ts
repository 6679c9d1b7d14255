// Activations by the names that Keras 2, Keras 3 and TensorFlow.js have for them.

import type { ActivationName } from "../../catalog/activations.ts";
import { hasOwn, show } from "../../checks.ts";
import { FormatError } from "../../errors.ts";
import { choiceOf } from "../json.ts";
import type { Activated } from "../model.ts";
import { type Fields, fieldsOf, snakeCase, textOf } from "./topology.ts";

/** Whose meaning the words of a file have. */
export type Dialect = "TensorFlow.js" | "Keras 2" | "Keras 3";

type Words = Readonly<Record<string, Activated>>;

/** What all of them have, "silu" aside, which is what TensorFlow.js calls "swish". */
const WORDS = {
  linear: { activation: "linear" },
  sigmoid: { activation: "sigmoid" },
  tanh: { activation: "tanh" },
  relu: { activation: "relu" },
  relu6: { activation: "relu6" },
  elu: { activation: "elu", alpha: 1 },
  selu: { activation: "selu" },
  softplus: { activation: "softplus" },
  softsign: { activation: "softsign" },
  swish: { activation: "silu" },
  silu: { activation: "silu" },
  gelu: { activation: "gelu" },
  mish: { activation: "mish" },
  softmax: { activation: "softmax" },
} as const satisfies Words;

/** "hard_sigmoid" of Keras 2 and TensorFlow.js is another function, 0.2 · z + 0.5. */
function wordsOf(dialect: Dialect): Words {
  if (dialect === "TensorFlow.js") return { ...WORDS, gelu_new: { activation: "geluTanh" } };
  const words: Words = { ...WORDS, leaky_relu: { activation: "leakyRelu", alpha: 0.2 } };
  if (dialect === "Keras 2") return words;
  return {
    ...words,
    hard_sigmoid: { activation: "hardSigmoid" },
    hard_silu: { activation: "hardSwish" },
    hard_swish: { activation: "hardSwish" },
  };
}

/** The word of an activation that TensorFlow.js reads; undefined if it has none, or another function. */
export function wordFor(activation: ActivationName, alpha?: number): string | undefined {
  const words: [string, Activated][] = Object.entries(WORDS);
  return words.find(([, known]) => known.activation === activation && known.alpha === alpha)?.[0];
}

/** A dense layer's activation: a word, or an object with a word or a layer. */
export function activationOf(where: string, value: unknown, dialect: Dialect): Activated {
  if (value === null || value === undefined) return WORDS.linear;
  if (typeof value === "string") return wordOf(where, value, dialect);
  const fields = fieldsOf(where, value);
  const className = textOf(`${where}.class_name`, fields.get("class_name"));
  const config = fields.get("config");
  if (className === "function") return wordOf(`${where}.config`, config, dialect);
  const layer = actingLayer(where, className, fieldsOf(`${where}.config`, config));
  return layer ?? wordOf(`${where}.class_name`, className, dialect);
}

function wordOf(where: string, value: unknown, dialect: Dialect): Activated {
  const words = wordsOf(dialect);
  const snake = typeof value === "string" ? snakeCase(value) : "";
  return choiceOf(where, hasOwn(words, snake) ? snake : value, words);
}

/** The activation that a layer of its own is; undefined of other layers. */
export function actingLayer(where: string, className: string, config: Fields): Activated | undefined {
  const alphaOf = (standard: number) => amountOf(config, where, ["negative_slope", "alpha"], standard);
  switch (className) {
    case "ReLU":
      return rectifier(where, config);
    case "LeakyReLU":
      return { activation: "leakyRelu", alpha: alphaOf(0.3) };
    case "ELU":
      return { activation: "elu", alpha: alphaOf(1) };
    case "Softmax":
      return { activation: "softmax" };
    case "ThresholdedReLU": {
      const theta = amountOf(config, where, ["theta"], 1);
      if (theta === 0) return { activation: "relu" };
      throw new FormatError(`${where}.config.theta is ${theta}; 0 is expected`);
    }
    default:
      return undefined;
  }
}

function rectifier(where: string, config: Fields): Activated {
  const slope = amountOf(config, where, ["negative_slope"], 0);
  const threshold = amountOf(config, where, ["threshold"], 0);
  const most = amountOf(config, where, ["max_value"], Infinity);
  if (threshold === 0) {
    if (most === 6 && slope === 0) return { activation: "relu6" };
    if (most === Infinity) return slope === 0 ? { activation: "relu" } : { activation: "leakyRelu", alpha: slope };
  }
  const words = `max_value ${most}, negative_slope ${slope} and threshold ${threshold}`;
  throw new FormatError(`${where}.config has ${words}; max_value 6 or a slope is expected, no threshold`);
}

const MOST = 1e38; // twice that is still finite in f32

/** A number of 0 or more under the first of these names that the layer has; null counts as none. */
export function amountOf(config: Fields, where: string, names: readonly string[], standard?: number): number {
  for (const name of names) {
    const found = config.get(name) ?? null;
    if (found === null) continue;
    if (typeof found === "number" && found >= 0 && found <= MOST) return found;
    throw new FormatError(`${where}.config.${name} is ${show(found)}; a number from 0 to ${MOST} is expected`);
  }
  if (standard === undefined) throw new FormatError(`${where}.config has no ${names[0]}; a number is expected`);
  return standard;
}
