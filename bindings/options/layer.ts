// The options of a layer.

import type { ActivationName } from "../catalog/activations.ts";
import { ACTIVATION_NAMES, ACTIVATIONS } from "../catalog/activations.ts";
import { checkAmount, checkChoice, show } from "../checks.ts";
import type { Layer } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import type { Initializer } from "./initializer.ts";

/** A dense layer. */
export interface LayerOptions {
  /** How many units (outputs) it has. */
  readonly units: number;
  /**
   * Hidden layers are "relu" by default. The last layer follows the loss: "linear" with "mse", "mae" and "huber",
   * "sigmoid" with "binaryCrossEntropy", "softmax" with the categorical ones. With "sse" all layers are "sigmoid".
   */
  readonly activation?: ActivationName;
  /**
   * Finite, 0 or more. For "leakyRelu" it is the slope below 0, default 0.01. For "elu" the outputs stay above −alpha,
   * default 1.
   */
  readonly alpha?: number;
  /**
   * How the initial weights are drawn; biases are 0. The default is "heNormal" in hidden layers that are "relu",
   * "relu6", "leakyRelu", "elu", "silu", "gelu", "geluTanh", "mish" or "hardSwish", "lecunNormal" in those that are
   * "selu", and "glorotUniform" in all others.
   */
  readonly initializer?: Initializer;
  /** Penalty l1 · Σ |w| on the weights: its gradient is added, but reported losses don't include it. Default 0. */
  readonly l1?: number;
  /** Penalty ½ · l2 · Σ w² on the weights, likewise. Default 0. */
  readonly l2?: number;
  /**
   * The share of the outputs that each training step drops, 0 to below 1; the others are scaled up. The last layer
   * can't have it. Default 0.
   */
  readonly dropout?: number;
  /** Whether training changes the layer; default true. `setTrainable` changes it later. */
  readonly trainable?: boolean;
}

/** A layer with its defaults filled in. */
export type ResolvedLayer = Layer & { readonly initializer: Initializer; readonly trainable?: boolean };

export const PENALTIES = ["l1", "l2", "dropout"] as const;

/** Checks the penalties and the dropout of a layer, and returns those that are not 0. */
export function checkPenalties(name: string, layer: Omit<LayerOptions, "units">, dtype: DType) {
  const found: { -readonly [key in (typeof PENALTIES)[number]]?: number } = {};
  for (const key of PENALTIES) {
    const { [key]: given = 0 } = layer;
    const value = checkAmount(`${name}.${key}`, given, dtype);
    if (key === "dropout" && value >= 1) {
      throw new OptionError(`${name}.dropout is ${value}; a number below 1 is expected`);
    }
    if (value > 0) found[key] = value;
  }
  return found;
}

/** The activation with its alpha, if it has one. */
export function checkActivation(prefix: string, activation: ActivationName, alpha: unknown, dtype: DType) {
  checkChoice(`${prefix}activation`, activation, ACTIVATION_NAMES);
  const standard = ACTIVATIONS[activation].alpha;
  if (standard === undefined) {
    if (alpha === undefined) return { activation };
    throw new OptionError(`${prefix}alpha is ${show(alpha)}; ${activation} has none`);
  }
  return { activation, alpha: checkAmount(`${prefix}alpha`, alpha === undefined ? standard : alpha, dtype) };
}
