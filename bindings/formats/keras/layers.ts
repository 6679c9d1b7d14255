// The layers of a Keras model as those of a network, each with its weights.

import type { FloatArray } from "../../arrays.ts";
import { checkChoice, isList, lengthOfList, show } from "../../checks.ts";
import { FormatError, OptionError } from "../../errors.ts";
import { type DType, floatArray, last, sizeOf } from "../../numbers.ts";
import { MAX_SIZE } from "../../options/layer.ts";
import { listOf } from "../json.ts";
import type { Activated, ModelLayer } from "../model.ts";
import { actingLayer, activationOf, amountOf, type Dialect } from "./activations.ts";
import { type Fields, fieldsOf, type LayerJSON, textOf } from "./topology.ts";

/** Parts of a model that training alone asks about, and that a network hasn't. */
export const TRAINING_PARTS = [
  ...["kernel_regularizer", "bias_regularizer", "activity_regularizer", "beta_regularizer", "gamma_regularizer"],
  ...["kernel_constraint", "bias_constraint", "beta_constraint", "gamma_constraint", "noise_shape", "training"],
  ...["Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization"],
] as const;

/** A part of a model that training alone asks about: a key of a layer's config, or a class of layers. */
export type TrainingPart = (typeof TRAINING_PARTS)[number];

/** The option `leaveOut`. */
export function checkParts(leaveOut: readonly TrainingPart[]): readonly TrainingPart[] {
  if (!isList(leaveOut)) throw new OptionError(`leaveOut is ${show(leaveOut)}; an array is expected`);
  const length = lengthOfList("leaveOut", leaveOut);
  return Array.from({ length }, (_, n) => checkChoice(`leaveOut[${n}]`, leaveOut[n], TRAINING_PARTS));
}

/** A weight's numbers, which are still in the file. */
export interface StoredWeight {
  /** Its name there, as a message shows it. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Its finite numbers in the dtype; `nan` is in place of NaN, if it is given. */
  read(dtype: DType, nan?: number): FloatArray;
}

/** What is known of a model beside its layers. */
export interface Surroundings {
  readonly dialect: Dialect;
  readonly dtype: DType;
  readonly leaveOut: readonly TrainingPart[];
  readonly nan?: number | undefined;
  /** A layer's weight, by its name and by its number among those of the layer. */
  find(layer: LayerJSON, weight: string, n: number): StoredWeight;
}

/** The layers as a network has them, and the columns of its x. */
export function readLayers(
  json: readonly LayerJSON[],
  around: Surroundings,
): { readonly inputs: number; readonly layers: ModelLayer[] } {
  const reader = new LayerReader(around);
  for (const layer of json) reader.read(layer);
  return reader.finish();
}

class LayerReader {
  readonly #around: Surroundings;
  readonly #layers: ModelLayer[] = [];
  /** Of a row, as the next layer gets it; unknown before the first layer that says it. */
  #shape: readonly number[] | undefined;
  #inputs = 0;
  /** Where the layer is whose outputs are softmax. */
  #softmax: string | undefined;
  #dropout: string | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  read(layer: LayerJSON): void {
    const { where, className, config } = layer;
    if (this.#softmax !== undefined && !SHAPERS.includes(className)) {
      throw new FormatError(`${this.#softmax} is softmax, and ${where} follows; it is expected at the end`);
    }
    this.#shape ??= shapeGiven(layer);
    this.#refuseTrainingParts(layer);
    if (className === "InputLayer") return;
    const acting = className === "Activation" ? this.#activationOf(layer) : actingLayer(where, className, config);
    if (acting !== undefined) {
      if (className === "Softmax") this.#checkAxis(layer);
      this.#add(layer, acting, { type: "activation", units: this.#unitsBefore(layer), ...acting });
    } else if (className === "Dense") this.#addDense(layer);
    else if (className === "Dropout") this.#addDropout(layer);
    else if (className === "BatchNormalization" || className === "LayerNormalization") this.#addNormalization(layer);
    else if (className === "Flatten") this.#shape = [this.#unitsBefore(layer)];
    else if (className === "Reshape") this.#reshape(layer);
    else if (!(TRAINING_PARTS as readonly string[]).includes(className)) {
      throw new FormatError(`${where} is a ${show(className)} layer, which a network hasn't`);
    }
  }

  finish(): { readonly inputs: number; readonly layers: ModelLayer[] } {
    const { length = 0 } = this.#shape ?? [];
    if (!this.#layers.some(({ type }) => type === "dense")) {
      throw new FormatError("the model has no Dense layer; one is expected");
    }
    if (length !== 1)
      throw new FormatError(`the model's outputs have shape ${listed(this.#shape ?? [])}; one row is expected`);
    if (last(this.#layers).type === "dropout") {
      throw new FormatError(`${this.#dropout} is the last layer; leaveOut: ["Dropout"] leaves it out`);
    }
    return { inputs: this.#inputs, layers: this.#layers };
  }

  #activationOf({ where, config }: LayerJSON): Activated {
    return activationOf(`${where}.config.activation`, config.get("activation"), this.#around.dialect);
  }

  #add(json: LayerJSON, { activation }: Activated, layer: ModelLayer): void {
    this.#layers.push(layer);
    if (activation !== "softmax") return;
    this.#columnsBefore(json);
    this.#softmax = json.where;
  }

  /** How many numbers a row has before the layer. */
  #unitsBefore({ where }: LayerJSON): number {
    if (this.#shape === undefined)
      throw new FormatError(`${where} is the first layer, and the file has no shape of its rows`);
    const units = sizeOf(this.#shape);
    if (units > MAX_SIZE)
      throw new FormatError(`${where} gets rows of ${units} numbers; ${MAX_SIZE} at most are expected`);
    if (this.#inputs === 0) this.#inputs = units;
    return units;
  }

  /** The same where they must be one row. */
  #columnsBefore(layer: LayerJSON): number {
    if (this.#shape !== undefined && this.#shape.length !== 1) {
      const words = `rows of shape ${listed(this.#shape)}; one dimension is expected`;
      throw new FormatError(`${layer.where} gets ${words}`);
    }
    return this.#unitsBefore(layer);
  }

  #addDense(layer: LayerJSON): void {
    const { where, config } = layer;
    const units = wholeOf(`${where}.config.units`, config.get("units"));
    if (this.#shape === undefined) {
      const [inputs = 0] = this.#around.find(layer, "kernel", 0).shape;
      this.#shape = [wholeOf(`${where}: the rows of its kernel`, inputs)];
    }
    const inputs = this.#columnsBefore(layer);
    const weights = this.#weight(layer, "kernel", 0, [inputs, units]);
    const hasBias = flagOf(config, where, "use_bias");
    const biases = hasBias ? this.#weight(layer, "bias", 1, [units]) : floatArray(this.#around.dtype, units);
    const acting = this.#activationOf(layer);
    this.#shape = [units];
    this.#add(layer, acting, {
      ...{ type: "dense", inputs, units, ...acting, weights, biases },
      ...penaltiesOf(`${where}.config.kernel_regularizer`, config.get("kernel_regularizer")),
      ...frozenOf(layer),
    });
  }

  #addDropout(layer: LayerJSON): void {
    const { where, config } = layer;
    const units = this.#unitsBefore(layer);
    if (this.#around.leaveOut.includes("Dropout")) return;
    const rate = amountOf(config, where, ["rate"], 0.5);
    if (rate >= 1) throw new FormatError(`${where}.config.rate is ${rate}; a number below 1 is expected`);
    this.#layers.push({ type: "dropout", units, rate });
    this.#dropout = where;
  }

  #addNormalization(layer: LayerJSON): void {
    const { where, className, config } = layer;
    const units = this.#columnsBefore(layer);
    this.#checkAxis(layer);
    for (const name of ["renorm", "virtual_batch_size", "rms_scaling", "adjustment"]) {
      const found = config.get(name) ?? false;
      if (found !== false) throw new FormatError(`${where}.config.${name} is ${show(found)}; none is expected`);
    }
    const isBatch = className === "BatchNormalization";
    const epsilon = amountOf(config, where, ["epsilon"], 0.001);
    if (Math.fround(epsilon) === 0)
      throw new FormatError(`${where}.config.epsilon is ${epsilon}; more than 0 is expected`);
    const momentum = amountOf(config, where, ["momentum"], 0.99);
    if (momentum >= 1) throw new FormatError(`${where}.config.momentum is ${momentum}; a number below 1 is expected`);
    let n = 0;
    const next = (weight: string) => this.#weight(layer, weight, n++, [units]);
    this.#layers.push({
      ...{ type: isBatch ? "batchNormalization" : "layerNormalization", units, epsilon },
      ...(isBatch && { momentum }),
      ...(flagOf(config, where, "scale") && { gamma: next("gamma") }),
      ...(flagOf(config, where, "center") && { beta: next("beta") }),
      ...(isBatch && { movingMean: next("moving_mean"), movingVariance: next("moving_variance") }),
      ...frozenOf(layer),
    });
  }

  #weight(layer: LayerJSON, weight: string, n: number, wanted: readonly number[]): FloatArray {
    const { name, shape, read } = this.#around.find(layer, weight, n);
    if (String(shape) !== String(wanted)) {
      const words = `${listed(wanted)} is expected, the ${weight} of ${layer.where}`;
      throw new FormatError(`${name} has shape ${listed(shape)}; ${words}`);
    }
    const numbers = read(this.#around.dtype, this.#around.nan);
    const negative = weight === "moving_variance" ? numbers.findIndex((value) => value < 0) : -1;
    if (negative < 0) return numbers;
    throw new FormatError(`${name}[${negative}] is ${numbers[negative]}; a variance of 0 or more is expected`);
  }

  /** The last one. */
  #checkAxis({ where, className, config }: LayerJSON): void {
    const rank = this.#shape?.length ?? 1;
    const given = config.get("axis") ?? -1;
    const [axis, ...others] = Array.isArray(given) ? given : [given];
    if ((axis === -1 || axis === rank) && others.length === 0) return;
    throw new FormatError(`${where}.config.axis is ${show(given)}; ${className} is expected over the last one, -1`);
  }

  #reshape(layer: LayerJSON): void {
    const { where, config } = layer;
    const units = this.#unitsBefore(layer);
    const target = config.get("target_shape");
    const sizes = Array.isArray(target) && target.length === 0 ? [] : listOf(`${where}.config.target_shape`, target);
    let known = 1;
    const free = sizes.filter((size) => size === -1 || size === null).length;
    for (const size of sizes) if (size !== -1 && size !== null) known *= wholeOf(`${where}.config.target_shape`, size);
    if (free > 1 || (free === 1 ? units % known !== 0 : known !== units)) {
      throw new FormatError(
        `${where}.config.target_shape is ${listed(sizes)}; a shape of ${units} numbers is expected`,
      );
    }
    this.#shape = sizes.map((size) => (size === -1 || size === null ? units / known : (size as number)));
  }

  #refuseTrainingParts(layer: LayerJSON): void {
    const { where, className, config, call } = layer;
    const { leaveOut } = this.#around;
    const refuse = (part: TrainingPart, words: string) => {
      if (leaveOut.includes(part)) return;
      throw new FormatError(`${where} ${words}, which a network hasn't; leaveOut: [${show(part)}] leaves it out`);
    };
    for (const part of TRAINING_PARTS) {
      if (part === className && part !== "Dropout") refuse(part, `is a ${part} layer`);
      const found = config.get(part) ?? null;
      if (found === null) continue;
      if (part === "kernel_regularizer" && penaltiesOf(`${where}.config.${part}`, found) !== undefined) continue;
      refuse(part, `has a ${part}`);
    }
    for (const [key, found] of call) {
      if (found === null) continue;
      if (key === "training" && found === false) {
        if (STATEFUL.includes(className)) refuse(key, "is called with training false");
      } else throw new FormatError(`${where} is called with ${key} ${show(found)}; rows alone are expected`);
    }
  }
}

const SHAPERS = ["Flatten", "Reshape"];
const STATEFUL = ["Dropout", "BatchNormalization"]; // what they do hangs on whether it is a training

/** The shape of the rows, if the first layer has it. */
function shapeGiven({ where, config, fields }: LayerJSON): readonly number[] | undefined {
  const places: [string, unknown][] = [
    ["config.batch_input_shape", config.get("batch_input_shape")],
    ["config.batch_shape", config.get("batch_shape")],
    ["build_input_shape", fields.get("build_input_shape")],
    ["build_config.input_shape", Object(fields.get("build_config")).input_shape],
  ];
  for (const [key, given] of places) {
    if (given === null || given === undefined) continue;
    const [, ...sizes] = listOf(`${where}.${key}`, given);
    return sizes.map((size) => wholeOf(`${where}.${key}`, size));
  }
  return undefined;
}

function listed(sizes: readonly unknown[]): string {
  return `[${sizes.slice(0, 8).map(show).join(", ")}${sizes.length > 8 ? ", …" : ""}]`;
}

function wholeOf(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_SIZE) return value;
  throw new FormatError(`${name} is ${show(value)}; a whole number from 1 to ${MAX_SIZE} is expected`);
}

/** True where nothing is said. */
function flagOf(config: Fields, where: string, name: string): boolean {
  const flag = config.get(name) ?? true;
  if (typeof flag === "boolean") return flag;
  throw new FormatError(`${where}.config.${name} is ${show(flag)}; true or false is expected`);
}

function frozenOf({ where, config }: LayerJSON): { readonly trainable?: false } {
  return flagOf(config, where, "trainable") ? {} : { trainable: false };
}

const PENALTIES = ["L1", "L2", "L1L2"];

/** Keras' l2 · Σ w² is ½ · (2 · l2) · Σ w² here. Undefined of other regularizers. */
function penaltiesOf(where: string, regularizer: unknown): { readonly l1: number; readonly l2: number } | undefined {
  if (typeof regularizer !== "object" || regularizer === null) return undefined;
  const fields = fieldsOf(where, regularizer);
  const kind = textOf(`${where}.class_name`, fields.get("class_name"));
  if (!PENALTIES.includes(kind)) return undefined;
  const config = fieldsOf(`${where}.config`, fields.get("config"));
  const of = (name: string) => (kind.includes(name) ? amountOf(config, where, [name.toLowerCase()]) : 0);
  return { l1: of("L1"), l2: 2 * of("L2") };
}
