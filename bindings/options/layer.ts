// The options of a layer, by its type.

import type { ActivationName } from "../catalog/activations.ts";
import { ACTIVATION_NAMES, ACTIVATIONS } from "../catalog/activations.ts";
import { LAYER_TYPES, LAYERS, type LayerType, rowOf } from "../catalog/layers.ts";
import {
  checkAmount,
  checkChoice,
  checkFlag,
  checkNames,
  checkPositive,
  checkWhole,
  readNames,
  show,
} from "../checks.ts";
import type { Layer } from "../engine/engine.ts";
import { OptionError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import { checkInitializer, type Initializer } from "./initializer.ts";

/** A dense layer: z = xW + b, then an activation. */
export interface DenseLayerOptions {
  /** A layer without a type is dense, too. */
  readonly type?: "dense";
  /** How many units (outputs) it has. */
  readonly units: number;
  /**
   * Hidden layers are "relu" by default. The last layer follows the loss: "linear" with "mse", "mae" and "huber",
   * "sigmoid" with "binaryCrossEntropy", "softmax" with the categorical ones. With "sse" all layers are "sigmoid". If
   * an activation layer follows, also with normalization or dropout between them, the default is "linear".
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

/** An activation as a layer of its own. As the last layer it is that of the outputs. */
export interface ActivationLayerOptions {
  /** The kind of the layer. */
  readonly type: "activation";
  /** The activation function. */
  readonly activation: ActivationName;
  /** As of a dense layer. */
  readonly alpha?: number;
  /** It has no parameters; so this changes nothing. */
  readonly trainable?: boolean;
  /** As many as the layer before has, or the network inputs; it need not be given. */
  readonly units?: number;
}

/** What both normalizations have. */
export interface NormalizationOptions {
  /** Added to the variance, whose root divides; more than 0, default 0.001. */
  readonly epsilon?: number;
  /** Whether `beta`, a number for each unit, is added at the end; default true. */
  readonly center?: boolean;
  /** Whether `gamma`, a number for each unit, multiplies what is normalized; default true. */
  readonly scale?: boolean;
  /** As many as the layer before has, or the network inputs; it need not be given. */
  readonly units?: number;
  /** It has none; an activation layer may follow. */
  readonly activation?: "linear";
}

/**
 * Batch normalization: each column minus its mean, divided by its standard deviation. A training takes them of the
 * batch. A prediction takes their moving averages. The names and defaults are those of Keras.
 */
export interface BatchNormalizationOptions extends NormalizationOptions {
  /** The kind of the layer. */
  readonly type: "batchNormalization";
  /**
   * The share of the moving averages that stays in each step, 0 to below 1, default 0.99. In PyTorch it is the share
   * that is replaced.
   */
  readonly momentum?: number;
  /** Without it, a training takes the moving averages, too, and leaves them as they are. Default true. */
  readonly trainable?: boolean;
}

/** Layer normalization: each row minus its mean, divided by its standard deviation. */
export interface LayerNormalizationOptions extends NormalizationOptions {
  /** The kind of the layer. */
  readonly type: "layerNormalization";
  /** Whether training changes the layer; default true. */
  readonly trainable?: boolean;
}

/**
 * Dropout as a layer of its own, such as on the inputs: each training step sets a share of its inputs to 0 and scales
 * the others up. It can't be the last layer.
 */
export interface DropoutLayerOptions {
  /** The kind of the layer. */
  readonly type: "dropout";
  /** The share of the inputs that each training step drops, 0 to below 1. */
  readonly rate: number;
  /** It has no parameters; so this changes nothing. */
  readonly trainable?: boolean;
  /** As many as the layer before has, or the network inputs; it need not be given. */
  readonly units?: number;
  /** It has none. */
  readonly activation?: "linear";
}

/** A layer, by its type. */
export type LayerOptions =
  | DenseLayerOptions
  | ActivationLayerOptions
  | BatchNormalizationOptions
  | LayerNormalizationOptions
  | DropoutLayerOptions;

/** A layer with its defaults filled in; a dense layer has no type. */
export type ResolvedLayer =
  | (Layer & { readonly type?: "dense"; readonly initializer: Initializer; readonly trainable?: boolean })
  | (Layer & { readonly type: "activation"; readonly initializer?: never; readonly trainable?: boolean })
  | (Layer & {
      readonly type: "batchNormalization" | "layerNormalization";
      readonly activation: "linear";
      readonly initializer?: never;
      readonly trainable?: boolean;
    })
  | (Layer & {
      readonly type: "dropout";
      readonly activation: "linear";
      readonly rate: number;
      readonly initializer?: never;
      readonly trainable?: boolean;
    });

/** A layer as it was given, each property read once. */
interface Given {
  readonly type: LayerType;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Names of the options of a type. */
function namesOf(type: LayerType): string[] {
  const { numbers, flags, hasUnits, activates } = LAYERS[type];
  return [
    ...["type", "units", "activation", "trainable", ...Object.keys(numbers), ...flags],
    ...(activates ? ["alpha"] : []),
    ...(hasUnits ? ["initializer", ...PENALTIES] : []),
  ];
}

let allNames: string[] | undefined;

/** What is given for a layer: nothing that its type doesn't have. */
function readLayer(name: string, given: object): Given {
  allNames ??= [...new Set(LAYER_TYPES.flatMap(namesOf))];
  const { type: found = "dense", ...options } = readNames(name, given as Record<string, unknown>, allNames);
  const type = checkChoice(`${name}.type`, found, LAYER_TYPES);
  checkNames(type === "dense" ? name : `${name}, "${type}",`, options, namesOf(type));
  return { type, options };
}

/** What the layers of a network are resolved with. */
interface Surroundings {
  readonly inputs: number;
  /** The activations that dense layers have by default: hidden ones, and the last one. */
  readonly hidden: ActivationName;
  readonly output: ActivationName;
  readonly dtype: DType;
  /** A saved network names all options, but older ones no initializer that is "glorotUniform". */
  readonly isSaved: boolean;
}

/** All layers with their defaults, checked; `list` has one at least. */
export function resolveLayers(list: readonly object[], around: Surroundings): readonly ResolvedLayer[] {
  const given = list.map((layer, l) => readLayer(`layers[${l}]`, layer));
  const lastDense = given.map(({ type }) => LAYERS[type].hasUnits).lastIndexOf(true);
  if (lastDense < 0) throw new OptionError("layers has no dense layer; at least one is expected");
  const followers: unknown[] = []; // of each layer, the activation of the activation layer that comes next
  let follower: unknown;
  for (let l = given.length - 1; l >= 0; l--) {
    const { type, options } = given[l]!;
    followers[l] = follower;
    if (LAYERS[type].activates) follower = LAYERS[type].hasUnits ? undefined : options.activation;
  }
  const layers: ResolvedLayer[] = [];
  given.forEach((layer, l) => {
    const isHidden = l < lastDense;
    const inputs = layers[l - 1]?.units ?? around.inputs;
    const output = l === given.length - 1 ? around.output : "linear";
    const place = { ...around, inputs, output, isHidden, follower: followers[l] };
    layers.push(Object.freeze(resolveLayer(`layers[${l}]`, layer, place)));
  });
  layers.forEach((layer, l) => {
    const isLast = l === layers.length - 1;
    if (!isLast && ACTIVATIONS[layer.activation].overRows) {
      throw new OptionError(`layers[${l}].activation is "${layer.activation}"; that is for the last layer`);
    }
    if (isLast && layer.dropout !== undefined) {
      throw new OptionError(`layers[${l}].dropout is ${layer.dropout}; the last layer has none`);
    }
    if (isLast && !rowOf(layer).isOutput) {
      throw new OptionError(`layers[${l}].type is "${layer.type}"; that can't be the last layer`);
    }
  });
  return Object.freeze(layers);
}

interface Place extends Surroundings {
  /** A dense layer comes after it. */
  readonly isHidden: boolean;
  readonly follower: unknown;
}

function resolveLayer(name: string, { type, options }: Given, place: Place): ResolvedLayer {
  const { inputs, dtype, isHidden, follower } = place;
  const { hasUnits } = LAYERS[type];
  const { trainable = true } = options;
  const resolved = {
    ...(hasUnits ? { units: checkWhole(`${name}.units`, options.units, 1, MAX_SIZE) } : { type, units: inputs }),
    ...resolveActivation(name, { type, options }, place),
    ...resolveNumbers(name, { type, options }, dtype),
  } as Layer & { type?: "dense" };
  const { units = inputs } = options;
  if (!hasUnits && units !== inputs) {
    throw new OptionError(`${name}.units is ${show(units)}; ${inputs}, as many as come in, is expected`);
  }
  const frozen = !checkFlag(`${name}.trainable`, trainable) && { trainable: false };
  if (!hasUnits) return { ...resolved, ...frozen } as Layer as ResolvedLayer;
  const { activation } = resolved;
  const acting = activation === "linear" && isActivation(follower) ? follower : activation;
  const usual = isHidden && !place.isSaved ? ACTIVATIONS[acting].initializer : undefined;
  const { initializer = usual ?? "glorotUniform" } = options as { initializer?: Initializer };
  return {
    ...resolved,
    initializer: checkInitializer(`${name}.initializer`, initializer, dtype),
    ...checkPenalties(name, options, dtype),
    ...frozen,
  };
}

function isActivation(name: unknown): name is ActivationName {
  return ACTIVATION_NAMES.includes(name as ActivationName);
}

function resolveActivation(
  name: string,
  { type, options }: Given,
  { hidden, output, dtype, isHidden, follower }: Place,
): { readonly activation: ActivationName } {
  const { hasUnits, activates } = LAYERS[type];
  const usual = follower !== undefined ? "linear" : isHidden ? hidden : output;
  const { activation = hasUnits ? usual : activates ? undefined : "linear", alpha } = options;
  if (!activates && activation !== "linear") {
    throw new OptionError(`${name}.activation is ${show(activation)}; "${type}" has none, an activation layer has`);
  }
  return checkActivation(`${name}.`, activation as ActivationName, alpha, dtype);
}

/** The numbers and flags of a layer's type. */
export function resolveNumbers(name: string, { type, options }: Given, dtype: DType): Record<string, number | boolean> {
  const { numbers, flags } = LAYERS[type];
  const found: Record<string, number | boolean> = {};
  for (const [key, { default: standard, isPositive, isBelowOne }] of Object.entries(numbers)) {
    const { [key]: given = standard } = options;
    const value = (isPositive ? checkPositive : checkAmount)(`${name}.${key}`, given, dtype);
    if (isBelowOne && value >= 1) throw new OptionError(`${name}.${key} is ${value}; a number below 1 is expected`);
    found[key] = value;
  }
  for (const key of flags) {
    const { [key]: given = true } = options;
    found[key] = checkFlag(`${name}.${key}`, given);
  }
  return found;
}

export const MAX_SIZE = 2 ** 24;
export const PENALTIES = ["l1", "l2", "dropout"] as const;

/** Checks the penalties and the dropout of a layer, and returns those that are not 0. */
export function checkPenalties(name: string, layer: Readonly<Record<string, unknown>>, dtype: DType) {
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
