// ONNX models as networks: a chain of dense layers, activations and normalizations, as PyTorch, scikit-learn and Keras
// export them.

import type { FloatArray } from "../../arrays.ts";
import { checkDType, checkObject, optional, readNames, show } from "../../checks.ts";
import { FormatError, OptionError } from "../../errors.ts";
import { type DType, floatArray } from "../../numbers.ts";
import { type FileBytes, piecesOf } from "../../saving/pieces.ts";
import {
  checkFinite,
  checkNaN,
  defined,
  type ImportedNetwork,
  type ModelLayer,
  type NaNOption,
  type NormalizationLayer,
  networkOf,
  transposeFinite,
  withoutNaN,
} from "../model.ts";
import { take } from "./fold.ts";
import { readModel } from "./model.ts";
import type { Model, Value } from "./nodes.ts";
import { type Step, stepsOf } from "./steps.ts";
import { countOf, isDouble, shapeText, type Tensor } from "./tensor.ts";

/** What `fromONNX` is told beside the file. */
export interface ReadONNXOptions extends NaNOption {
  /** The tensor that the network takes as x, if it isn't the model's input: what comes before it is left out. */
  readonly input?: string;
  /** The tensor that the network gives, if it isn't the model's only output of numbers. */
  readonly output?: string;
  /** Files that have tensors of the model, by the names that it has for them: `{ "model.onnx.data": bytes }`. */
  readonly externalData?: Readonly<Record<string, FileBytes>>;
  /** The type of the parameters: by default "f64" if one of them is DOUBLE, else "f32". */
  readonly dtype?: DType;
}

/**
 * Reads an ONNX model that is a chain of dense layers, activations, and batch and layer normalizations as options of
 * `Network.create`. Activations are known as operators and as the formulas that exporters write for them.
 *
 * Numbers that results are multiplied by, or that are added to them, become a batch normalization that isn't trained:
 * gamma and beta, with mean 0 and variance 1. A division becomes a product with the quotient of 1.
 *
 * @param file - The file: an ArrayBuffer, a view of one, or an iterable of these.
 * @throws FormatError if the file is damaged, or has what can't be carried over: it names the node or tensor
 * @throws OptionError if an option is none
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Network } from "bitgrad";
 * import { fromONNX } from "bitgrad/formats";
 *
 * const net = await Network.create(fromONNX(await readFile("model.onnx")));
 * ```
 */
export function fromONNX(file: FileBytes | Iterable<FileBytes>, options?: ReadONNXOptions): ImportedNetwork {
  const known = ["input", "output", "externalData", "dtype", "nan"] as const;
  const { input, output, externalData = {}, dtype, nan } = readNames("options", optional(options), known);
  if (dtype !== undefined) checkDType(dtype);
  checkNaN(nan);
  checkObject("externalData", externalData);
  const pieces = piecesOf(file);
  const files = new Map(Object.entries(externalData).map(([name, bytes]) => [name, piecesOf(bytes)]));
  const bytes = [pieces, ...files.values()].reduce((sum, { length }) => sum + length, 0);
  const model = readModel(pieces.join(0, pieces.length), files, 4 * bytes + FREE);
  const given = input === undefined ? undefined : namedValue(model, "input", input);
  const { steps, begin } = stepsOf(model, outputOf(model, output), given);
  if (given !== undefined && begin !== given) {
    throw new OptionError(`input is ${show(input)}; the output isn't computed of that tensor alone`);
  }
  const shape = given === undefined ? inputShape(model, begin) : undefined;
  const type = dtype ?? (steps.some((step) => tensorsOf(step).some((tensor) => isDouble(tensor.type))) ? "f64" : "f32");
  return new Chain(model, steps, shape, { dtype: type, nan }).network();
}

function namedValue({ values }: Model, option: "input" | "output", name: unknown): Value {
  if (typeof name !== "string") throw new OptionError(`${option} is ${show(name)}; the name of a tensor is expected`);
  const value = values.get(name);
  if (value !== undefined) return value;
  throw new OptionError(`${option} is ${show(name)}; the model has no tensor of that name`);
}

const NUMBERS = [1, 10, 11, 16]; // f32, f16, f64, bf16
const TEXTS = 8;

/** The value of the output, if there is one of numbers: labels of classes, which classifiers have beside, are none. */
function outputOf(model: Model, name: string | undefined): Value {
  if (name !== undefined) return namedValue(model, "output", name);
  const { outputs, values } = model;
  const found = outputs.length === 1 ? outputs : outputs.filter(({ type }) => type === 0 || NUMBERS.includes(type));
  if (found.length !== 1) {
    const names = outputs.slice(0, 8).map(({ name }) => show(name));
    throw new FormatError(
      `the model has the outputs ${names.join(", ") || "none"}; the option output says which is read`,
    );
  }
  const value = values.get(found[0]!.name);
  if (value !== undefined) return value;
  throw new FormatError(`the model has the output ${show(found[0]!.name)}, which no node gives`);
}

function inputShape({ inputs }: Model, { name }: Value): readonly number[] | undefined {
  const input = inputs.find((one) => one.name === name);
  if (input === undefined) {
    throw new FormatError(`${show(name)} is no input of the model, nor the first output of a node`);
  }
  if (input.type === TEXTS) throw new FormatError(`the input ${show(name)} has texts; numbers are expected`);
  return input.shape;
}

function tensorsOf(step: Step): readonly Tensor[] {
  switch (step.kind) {
    case "dense":
      return [step.weights];
    case "normalization":
      return Object.values(step.rows);
    case "scale":
    case "shift":
      return [step.numbers];
    default:
      return [];
  }
}

const isNumber = ({ where, shape }: Tensor) => countOf(where, shape) === 1;

/** How many columns a step takes, if that is to be seen. */
function columnsOf(step: Step): number | undefined {
  if (step.kind === "dense") return step.weights.shape[step.isTurned ? 1 : 0];
  return tensorsOf(step)
    .map(({ where, shape }) => countOf(where, shape))
    .find((count) => count > 1);
}

const FREE = 65_536; // numbers that any file may become
const TINY = 1e-30; // added to 1, nothing

/** The layers that steps become. */
class Chain {
  readonly #model: Model;
  readonly #steps: readonly Step[];
  readonly #dtype: DType;
  readonly #nan: number | undefined;
  /** Of a row. */
  #sizes: readonly number[];
  readonly #inputs: number;
  /** −1 if it isn't fixed, 0 where it isn't the first size. */
  #batch: number;
  readonly #layers: ModelLayer[] = [];
  /** Whether the last layer is a dense one that no biases were read of. */
  #lacksBiases = false;

  constructor(
    model: Model,
    steps: readonly Step[],
    shape: readonly number[] | undefined,
    { dtype, nan }: { readonly dtype: DType; readonly nan: number | undefined },
  ) {
    this.#model = model;
    this.#steps = steps;
    this.#dtype = dtype;
    this.#nan = nan;
    const columns = steps.map(columnsOf).find((found) => found !== undefined);
    // one row without a batch, as PyTorch exports it
    const isRow = shape?.length === 1 && shape[0]! > 1 && shape[0] === columns;
    const [batch = -1, ...sizes] = isRow ? [0, ...shape] : (shape ?? [-1, -1]);
    if (shape?.length === 0 || (sizes.length > 1 && sizes.includes(-1))) {
      throw new FormatError(`the input has shape ${shapeText(shape!)}; sizes of a row of numbers are expected`);
    }
    this.#batch = batch;
    this.#sizes = columns === undefined || sizes[0] !== -1 ? sizes : [columns];
    this.#inputs = countOf("the input", this.#sizes);
  }

  network(): ImportedNetwork {
    for (const step of this.#steps) this.#add(step);
    if (!this.#layers.some(({ type }) => type === "dense")) {
      throw new FormatError("the model has no dense layer, Gemm or MatMul; one or more are expected");
    }
    return networkOf(this.#inputs, this.#layers, this.#dtype);
  }

  #add(step: Step): void {
    const { where } = step;
    if (step.kind === "shape") {
      const sizes = step.change(this.#sizes, this.#batch);
      if (sizes === undefined) throw new FormatError(`${where} makes other rows of ${this.#rows()}`);
      this.#sizes = sizes;
      if (step.isOfBatch) this.#batch = 0;
      return;
    }
    const before = this.#layers[this.#layers.length - 1];
    if (before !== undefined && "activation" in before && before.activation === "softmax") {
      throw new FormatError(`${where} comes after a softmax, which the outputs alone can have`);
    }
    const lacksBiases = this.#lacksBiases;
    this.#lacksBiases = false;
    if (step.kind === "dense") this.#dense(step);
    else {
      // what does the same to each number takes rows of any shape, and a row of constants those of one size but 1
      const count = countOf(where, this.#sizes);
      const isOfEach =
        (step.kind === "activation" && step.activation !== "softmax") ||
        ("numbers" in step && (isNumber(step.numbers) || this.#sizes[this.#sizes.length - 1] === count));
      const units = isOfEach ? count : this.#units(where);
      if (step.kind === "activation") this.#activation(step, units, before);
      else if (step.kind === "normalization") this.#normalization(step, units);
      else if (step.kind === "shift" && lacksBiases && before?.type === "dense") {
        this.#layers[this.#layers.length - 1] = {
          ...before,
          biases: this.#row(step.numbers, units, where, step.factor),
        };
      } else this.#affine(step, units, before as NormalizationLayer | undefined);
    }
  }

  #rows(): string {
    return `rows of shape ${shapeText(this.#sizes)}`;
  }

  /** The columns of a row, where a row has no other sizes. */
  #units(where: string): number {
    if (this.#sizes.length === 1) return this.#sizes[0]!;
    throw new FormatError(`${where} takes ${this.#rows()}; one size is expected`);
  }

  #dense({ where, weights, isTurned, factor }: Extract<Step, { kind: "dense" }>): void {
    const [rows, columns] = weights.shape as [number, number];
    const [inputs, units] = isTurned ? [columns, rows] : [rows, columns];
    const [last] = this.#sizes.slice(-1);
    if (last !== inputs || countOf(where, this.#sizes) !== inputs) {
      throw new FormatError(`${where} takes ${inputs} columns; it is given ${this.#rows()}`);
    }
    this.#sizes = [...this.#sizes.slice(0, -1), units];
    const given = this.#converted(weights, !isTurned);
    take(this.#model, given.length + units, where);
    const numbers = isTurned ? transposeFinite(weights.where, given, rows, columns) : checkFinite(weights.where, given);
    if (factor !== 1) for (let n = 0; n < numbers.length; n++) numbers[n]! *= factor;
    if (factor !== 1) checkFinite(weights.where, numbers);
    this.#lacksBiases = true;
    const biases = floatArray(this.#dtype, units);
    this.#layers.push({ type: "dense", inputs, units, activation: "linear", weights: numbers, biases });
  }

  /** In the dtype. */
  #converted(tensor: Tensor, fresh: boolean): FloatArray {
    const given = withoutNaN(tensor.numbers(fresh), this.#nan);
    if (given instanceof Float32Array === (this.#dtype === "f32")) return given;
    const numbers = floatArray(this.#dtype, given.length);
    numbers.set(given);
    return numbers;
  }

  /** A number for each unit, times `factor`. */
  #row(tensor: Tensor, units: number, where: string, factor = 1): FloatArray {
    const count = countOf(tensor.where, tensor.shape);
    const [last = 1] = tensor.shape.slice(-1);
    if ((count !== 1 && count !== units) || last !== count || tensor.shape.length > this.#sizes.length + 1) {
      throw new FormatError(`${where} has ${tensor.where} of shape ${shapeText(tensor.shape)}; [${units}] is expected`);
    }
    take(this.#model, units, where);
    const given = withoutNaN(tensor.numbers(), this.#nan);
    const row = floatArray(this.#dtype, units);
    for (let n = 0; n < units; n++) row[n] = given[n % count]! * factor;
    return checkFinite(tensor.where, row);
  }

  #activation(
    { activation, alpha }: Extract<Step, { kind: "activation" }>,
    units: number,
    before: ModelLayer | undefined,
  ): void {
    const own = defined({ activation, alpha: alpha && this.#number(alpha) });
    if (before?.type === "dense" && before.activation === "linear")
      this.#layers[this.#layers.length - 1] = { ...before, ...own };
    else this.#layers.push({ type: "activation", units, ...own });
  }

  /** Of an attribute, which is f32: in f32 the shortest decimal of it. */
  #number(number: number): number {
    if (this.#dtype === "f64") return number;
    const f32 = Math.fround(number);
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(f32.toPrecision(digits));
      if (Math.fround(short) === f32) return short;
    }
    return f32;
  }

  #normalization(
    { where, type, epsilon, momentum, rows }: Extract<Step, { kind: "normalization" }>,
    units: number,
  ): void {
    const read = Object.entries(rows).map(([name, tensor]) => [name, this.#row(tensor, units, where)] as const);
    const { movingVariance, ...others } = Object.fromEntries(read) as Partial<NormalizationLayer>;
    if (movingVariance?.some((variance) => variance < 0)) throw new FormatError(`${where} has a negative variance`);
    const least = this.#dtype === "f32" ? 1e-37 : 1e-300;
    // without an epsilon: one that changes no variance
    const isZero = epsilon === 0 && movingVariance?.every((variance) => variance > least * 1e17);
    const own = isZero ? least : this.#number(epsilon);
    if (!(own > 0 && own < Infinity && this.#number(own) > 0)) {
      throw new FormatError(`${where} has epsilon ${epsilon}; a number of more than 0 is expected`);
    }
    if (momentum !== undefined && !(momentum >= 0 && momentum < 1)) {
      throw new FormatError(`${where} has momentum ${momentum}; 0 to below 1 is expected`);
    }
    const numbers = defined({ epsilon: own, momentum: momentum && this.#number(momentum), movingVariance });
    this.#layers.push({ type, units, ...numbers, ...others });
  }

  /** Times gamma, plus beta, minus the mean before: what the last layer hasn't yet, or else in one of its own. */
  #affine(step: Extract<Step, { kind: "scale" | "shift" }>, units: number, last: NormalizationLayer | undefined): void {
    const { where, kind, numbers } = step;
    const isScale = kind === "scale";
    const given = this.#row(numbers, units, where, isScale ? 1 : step.factor);
    const row = isScale && step.power < 0 ? checkFinite(where, given.map((number) => 1 / number)) : given; // biome-ignore format: one line
    const isOpen = last?.type === "batchNormalization" || last?.type === "layerNormalization";
    if (isOpen && last.beta === undefined && (!isScale || last.gamma === undefined)) {
      this.#layers[this.#layers.length - 1] = { ...last, [isScale ? "gamma" : "beta"]: row };
      return;
    }
    if (
      isOpen &&
      last.trainable === false &&
      isScale &&
      last.gamma === undefined &&
      last.movingMean!.every((mean) => mean === 0)
    ) {
      // (x + t)·s: −t is a mean
      const { beta, ...others } = last;
      this.#layers[this.#layers.length - 1] = { ...others, movingMean: beta!.map((shift) => -shift), gamma: row };
      return;
    }
    take(this.#model, 2 * units, where);
    this.#layers.push({
      type: "batchNormalization",
      units,
      epsilon: TINY,
      movingMean: floatArray(this.#dtype, units),
      movingVariance: floatArray(this.#dtype, units).fill(1),
      [isScale ? "gamma" : "beta"]: row,
      trainable: false,
    });
  }
}
