// A layer of a model, its weights, and the tensors between layers: what all kinds of layers have.

import type { ParameterName } from "../catalog/layers.ts";
import { checkFlag, checkWhole, counted, expected, isList, show } from "../checks.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { sizeOf } from "../numbers.ts";
import type { LayerOptions } from "../options/layer.ts";
import type { Initializer, Regularizer } from "./initializers.ts";
import type { DataType } from "./operations.ts";
import { isTensor, Tensor } from "./tensor.ts";

/** The lengths of the dimensions; null where a batch decides. */
export type Shape = (number | null)[];

/** What every layer may be given. */
export interface LayerArgs {
  /** The shape of a row; the first layer of a model needs it. */
  inputShape?: Shape;
  /** The same with the batch before it. */
  batchInputShape?: Shape;
  /** Rows of a batch, which is not fixed here. */
  batchSize?: number;
  /** "float32". */
  dtype?: DataType;
  /** Its name; default: that of its class with a number. */
  name?: string;
  /** Whether training changes it; default true. */
  trainable?: boolean;
  /** What its weights begin with. */
  weights?: Tensor[];
}

/** Where newer weights than a layer's are: in a network that was trained. */
export interface Holder {
  /** Gets them into the layers. */
  pull(): void;
}

/** Weights of a layer. */
export class LayerVariable {
  /** The layer's name and its own. */
  readonly name: string;
  /** Its lengths. */
  readonly shape: readonly number[];
  /** Whether an optimizer may change it: not so moving averages. */
  readonly isTrained: boolean;
  /** @internal What the network calls it. */
  readonly place: ParameterName;
  /** @internal */
  readonly regularizer: Regularizer | undefined;
  /** @internal As they are in the layer. */
  readonly values: Float32Array;
  readonly #layer: Layer;

  /** @internal */
  constructor(layer: Layer, made: Made) {
    this.#layer = layer;
    this.name = `${layer.name}/${made.name}`;
    this.shape = made.shape;
    this.place = made.place;
    this.isTrained = made.isTrained ?? true;
    this.regularizer = made.regularizer;
    this.values = new Float32Array(sizeOf(made.shape));
    made.initializer.fill(this.values, made.shape);
  }

  /** The name that it was made with. */
  get originalName(): string {
    return this.name;
  }

  /** "float32". */
  get dtype(): DataType {
    return "float32";
  }

  /** Whether training changes it. */
  get trainable(): boolean {
    return this.isTrained && this.#layer.trainable;
  }

  /** A tensor of its numbers. */
  read(): Tensor {
    this.#layer.settle();
    return new Tensor({ data: this.values.slice(), shape: this.shape, dtype: "float32" });
  }

  /** Replaces its numbers. */
  write(value: Tensor): this {
    this.#layer.settle();
    const { data, shape } = value.numbers;
    if (String(shape) !== String(this.shape)) {
      throw new ShapeError(`${this.name} is given the shape [${shape}]; [${this.shape}] is expected`);
    }
    this.values.set(data);
    this.#layer.changed();
    return this;
  }
}

/** What a layer's weights are made of. */
export interface Made {
  readonly name: string;
  readonly place: ParameterName;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  readonly regularizer?: Regularizer | undefined;
  readonly isTrained?: boolean;
}

/** A tensor whose numbers a model will be given: where layers are put together. */
export class SymbolicTensor {
  /** Its lengths; null where a batch decides. */
  readonly shape: Shape;
  /** "float32". */
  readonly dtype: DataType = "float32";
  /** The layer that makes it. */
  readonly sourceLayer: Layer;
  /** What that layer makes it of. */
  readonly inputs: SymbolicTensor[];
  /** The name of its layer, and a number. */
  readonly name: string;

  /** @internal */
  constructor(shape: Shape, sourceLayer: Layer, inputs: SymbolicTensor[]) {
    this.shape = shape;
    this.sourceLayer = sourceLayer;
    this.inputs = inputs;
    this.name = sourceLayer.name;
  }

  /** How many dimensions it has. */
  get rank(): number {
    return this.shape.length;
  }
}

const numbers = new Map<string, number>(); // of the names of each class

function nameFor(className: string): string {
  const count = (numbers.get(className) ?? 0) + 1;
  numbers.set(className, count);
  const snake = className.replace(/(.)([A-Z][a-z0-9]+)/g, "$1_$2").replace(/([a-z])([A-Z])/g, "$1_$2");
  return `${snake.toLowerCase()}_${className}${count}`;
}

const NOT_HERE = [
  "kernelConstraint",
  "biasConstraint",
  "betaConstraint",
  "gammaConstraint",
  "noiseShape",
  "dataFormat",
  "inputDType",
];

/** A layer of a model. */
export abstract class Layer {
  /** Its name, which weights begin with. */
  readonly name: string;
  /** Whether its weights were made. */
  built = false;
  /** Its weights, in the order of `getWeights`. */
  weights: LayerVariable[] = [];
  /** The shape of its inputs, if it was given one. */
  readonly batchInputShape: Shape | undefined;
  /** @internal Where its newest weights are, if not here. */
  holder: Holder | undefined;
  /** @internal Counts the changes of its weights. */
  version = 0;
  /** @internal Its outputs, as far as it was applied. */
  outputs: SymbolicTensor[] = [];
  #trainable: boolean;
  readonly #initial: Tensor[] | undefined;

  /** @internal Layers are made by `tf.layers`. */
  constructor(className: string, args: LayerArgs = {}) {
    if (typeof className !== "string") {
      throw new OptionError(`${new.target.name} extends tf.layers.Layer; bitgrad/tfjs has no layers of your own`);
    }
    const { inputShape, batchInputShape, dtype, name, trainable = true, weights } = args;
    const given = args as Record<string, unknown>;
    for (const key of NOT_HERE) {
      if (given[key] === undefined || given[key] === null) continue;
      throw new OptionError(`${key} of ${className} is ${show(given[key])}; bitgrad/tfjs has none`);
    }
    if (dtype !== undefined && dtype !== "float32") {
      throw new OptionError(`dtype of ${className} is ${show(dtype)}; "float32" is expected`);
    }
    const inputDim = className === "Dense" ? (given.inputDim as number | undefined) : undefined;
    const rows = inputShape ?? (inputDim === undefined || inputDim === null ? undefined : [inputDim]);
    this.batchInputShape = batchInputShape ?? (rows && [args.batchSize ?? null, ...checkList("inputShape", rows)]);
    this.batchInputShape?.slice(1).forEach((size, n) => checkWhole(`inputShape[${n}]`, size, 1, 2 ** 24));
    this.name = typeof name === "string" ? name : nameFor(className);
    this.#trainable = checkFlag("trainable", trainable);
    this.#initial = weights;
  }

  /** Whether training changes it. To set it to false counts at once, to true from the next `compile` on. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    this.#trainable = checkFlag("trainable", value);
  }

  /** The name of its class. */
  abstract getClassName(): string;

  /** @internal What its weights are, for rows of this shape. */
  protected make(_inputShape: Shape): Made[] {
    return [];
  }

  /** @internal The layer of a Network that it becomes, if it is one. */
  toOptions(): LayerOptions | undefined {
    return undefined;
  }

  /** The shape of its outputs, given that of its inputs. */
  computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  /** Makes its weights. */
  build(inputShape: Shape): void {
    if (this.built) return;
    this.weights = this.make(inputShape).map((made) => new LayerVariable(this, made));
    // those that are trained come first, as there
    this.weights.sort((a, b) => Number(b.isTrained) - Number(a.isTrained));
    this.built = true;
    if (this.#initial !== undefined) this.setWeights(this.#initial);
  }

  /** Puts it behind another layer: what `tf.model` is made of. */
  apply(inputs: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
    const list = isList(inputs) ? inputs : [inputs];
    const [one] = list;
    if (isTensor(one)) {
      throw new OptionError(
        `apply of ${this.name} is given a tensor of numbers; bitgrad/tfjs takes the output of a layer`,
      );
    }
    if (list.length !== 1 || !(one instanceof SymbolicTensor)) {
      throw new OptionError(`apply of ${this.name} is given ${show(inputs)}; the output of one layer is expected`);
    }
    this.build(one.shape);
    const output = new SymbolicTensor(this.computeOutputShape(one.shape), this, [one]);
    this.outputs.push(output);
    return output;
  }

  /** Its output: what it was applied to last. */
  get output(): SymbolicTensor {
    const found = this.outputs[this.outputs.length - 1];
    if (found === undefined) throw new OptionError(`the layer ${this.name} has no output: it is in no model yet`);
    return found;
  }

  /** What it was applied to. */
  get input(): SymbolicTensor {
    return this.output.inputs[0] ?? this.output;
  }

  /** The shape of its outputs. */
  get outputShape(): Shape {
    return this.output.shape;
  }

  /** Those of its weights that training changes. */
  get trainableWeights(): LayerVariable[] {
    return this.weights.filter((weight) => weight.trainable);
  }

  /** Those of its weights that training doesn't change by gradients. */
  get nonTrainableWeights(): LayerVariable[] {
    return this.weights.filter((weight) => !weight.trainable);
  }

  /** Tensors of its weights. */
  getWeights(trainableOnly = false): Tensor[] {
    return (trainableOnly ? this.trainableWeights : this.weights).map((weight) => weight.read());
  }

  /** Replaces its weights. */
  setWeights(weights: Tensor[]): void {
    setAll(this.name, this.weights, weights);
  }

  /** How many numbers its weights are. */
  countParams(): number {
    return this.weights.reduce((sum, { values }) => sum + values.length, 0);
  }

  /** What it was made with, as a model file has it. */
  getConfig(): { [name: string]: unknown } {
    return {
      name: this.name,
      trainable: this.trainable,
      ...(this.batchInputShape !== undefined && { batchInputShape: this.batchInputShape, dtype: "float32" }),
    };
  }

  /** Frees nothing: its weights are freed with it. */
  dispose(): void {}

  /** @internal Gets its newest weights. */
  settle(): void {
    this.holder?.pull();
  }

  /** @internal Its weights were changed here. */
  changed(): void {
    this.version++;
  }
}

/** Replaces weights, once all are checked. */
export function setAll(name: string, weights: readonly LayerVariable[], given: readonly Tensor[]): void {
  if (!isList(given) || given.length !== weights.length) {
    throw new ShapeError(
      `weights of ${name} is ${show(given)}; ${counted(weights.length, "tensor")} in a list ${expected(weights.length).slice(-12)}`,
    );
  }
  weights.forEach(({ shape, name }, n) => {
    if (!isTensor(given[n])) throw new OptionError(`weights[${n}] is ${show(given[n])}; a tensor is expected`);
    if (String(given[n]!.shape) === String(shape)) return;
    throw new ShapeError(`weights[${n}], ${name}, has the shape [${given[n]!.shape}]; [${shape}] is expected`);
  });
  weights.forEach((weight, n) => weight.write(given[n]!));
}

function checkList(name: string, value: unknown): readonly (number | null)[] {
  if (isList(value)) return value as readonly (number | null)[];
  throw new OptionError(`${name} is ${show(value)}; a list of lengths is expected`);
}
