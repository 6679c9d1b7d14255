// The layers of dense networks: what each has of weights, and which layer of a Network it becomes.

import type { ActivationName } from "../catalog/activations.ts";
import type { ParameterName } from "../catalog/layers.ts";
import { checkAmount, checkFlag, checkWhole, counted, expected, hasOwn, hint, isList, show } from "../checks.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { sizeOf } from "../numbers.ts";
import type { LayerOptions } from "../options/layer.ts";
import {
  type Initializer,
  type InitializerIdentifier,
  initializerOf,
  type Regularizer,
  regularizerOf,
} from "./initializers.ts";
import { namespace } from "./namespace.ts";
import type { DataType } from "./operations.ts";
import { isTensor, Tensor } from "./tensor.ts";

/** The lengths of the dimensions; null where a batch decides. */
export type Shape = (number | null)[];

/** An activation, by its name. */
export type ActivationIdentifier =
  | "elu"
  | "gelu"
  | "gelu_new"
  | "linear"
  | "mish"
  | "relu"
  | "relu6"
  | "selu"
  | "sigmoid"
  | "softmax"
  | "softplus"
  | "softsign"
  | "swish"
  | "tanh";

/** What the network calls them. */
const ACTIVATIONS: Readonly<Record<ActivationIdentifier, ActivationName>> = {
  elu: "elu",
  gelu: "gelu",
  gelu_new: "geluTanh",
  linear: "linear",
  mish: "mish",
  relu: "relu",
  relu6: "relu6",
  selu: "selu",
  sigmoid: "sigmoid",
  softmax: "softmax",
  softplus: "softplus",
  softsign: "softsign",
  swish: "silu",
  tanh: "tanh",
};

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

/** What a dense layer is given. */
export interface DenseLayerArgs extends LayerArgs {
  /** How many outputs it has. */
  units: number;
  /** Default "linear". */
  activation?: ActivationIdentifier;
  /** Whether it has a bias; default true. */
  useBias?: boolean;
  /** How its weights are drawn; default "glorotNormal". */
  kernelInitializer?: InitializerIdentifier | Initializer;
  /** How its bias is drawn; default "zeros". */
  biasInitializer?: InitializerIdentifier | Initializer;
  /** The columns of its inputs, in place of `inputShape`. */
  inputDim?: number;
  /** What is added to the loss because of the weights. */
  kernelRegularizer?: "l1l2" | Regularizer;
  /** What is added to the loss because of the bias. */
  biasRegularizer?: "l1l2" | Regularizer;
  /** It has no effect in TensorFlow.js, nor here. */
  activityRegularizer?: "l1l2" | Regularizer;
}

/** What a dropout layer is given. */
export interface DropoutLayerArgs extends LayerArgs {
  /** The share of its inputs that a step of training drops. */
  rate: number;
  /** Not used: the model's own seed decides. */
  seed?: number;
}

/** What an activation layer is given. */
export interface ActivationLayerArgs extends LayerArgs {
  /** The activation. */
  activation: ActivationIdentifier;
}

/** What layer normalization is given. */
export interface LayerNormalizationLayerArgs extends LayerArgs {
  /** The last one, −1: default. */
  axis?: number | number[];
  /** Added to the variance; default 0.001. */
  epsilon?: number;
  /** Whether `beta` is added; default true. */
  center?: boolean;
  /** Whether `gamma` multiplies; default true. */
  scale?: boolean;
  /** How beta is drawn; default "zeros". */
  betaInitializer?: InitializerIdentifier | Initializer;
  /** How gamma is drawn; default "ones". */
  gammaInitializer?: InitializerIdentifier | Initializer;
  /** What is added to the loss because of beta. */
  betaRegularizer?: "l1l2" | Regularizer;
  /** What is added to the loss because of gamma. */
  gammaRegularizer?: "l1l2" | Regularizer;
}

/** What batch normalization is given. */
export interface BatchNormalizationLayerArgs extends LayerNormalizationLayerArgs {
  /** The last one, −1: default. */
  axis?: number;
  /** The share of the moving averages that stays in each step; default 0.99. */
  momentum?: number;
  /** How the moving mean is drawn; default "zeros". */
  movingMeanInitializer?: InitializerIdentifier | Initializer;
  /** How the moving variance is drawn; default "ones". */
  movingVarianceInitializer?: InitializerIdentifier | Initializer;
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

interface Made {
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

  constructor(className: string, args: LayerArgs = {}) {
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

  /** Whether training changes it. A change counts from the next `compile` on. */
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

/** The activation of the network that is meant. */
function activationOf(name: string, given: unknown): ActivationIdentifier {
  if (given === undefined || given === null) return "linear";
  if (typeof given === "string" && hasOwn(ACTIVATIONS, given)) return given as ActivationIdentifier;
  const known = Object.keys(ACTIVATIONS);
  const nearest = typeof given === "string" ? hint(given, known) : "";
  throw new OptionError(`activation of ${name} is ${show(given)}; ${nearest}bitgrad/tfjs has ${known.join(", ")}`);
}

/** The columns of rows; dense layers and normalizations take no others. */
function columnsOf(name: string, shape: Shape): number {
  if (shape.length === 2 && typeof shape[1] === "number") return shape[1];
  throw new ShapeError(
    `${name} is given rows of shape [${shape.slice(1)}]; one dimension is expected: flatten them before`,
  );
}

/** The inputs of a model. */
export class InputLayer extends Layer {
  constructor(args: LayerArgs) {
    super("InputLayer", args);
    if (this.batchInputShape === undefined) {
      throw new OptionError("an input layer has no inputShape; one is expected");
    }
    this.built = true;
    this.outputs.push(new SymbolicTensor(this.batchInputShape, this, []));
  }

  getClassName(): string {
    return "InputLayer";
  }

  override getConfig(): { [name: string]: unknown } {
    return { batchInputShape: this.batchInputShape, dtype: "float32", sparse: false, name: this.name };
  }
}

class Dense extends Layer {
  readonly #args: DenseLayerArgs;
  readonly #activation: ActivationIdentifier;
  readonly #initializers: readonly [Initializer, Initializer];
  readonly #regularizers: readonly [Regularizer | undefined, Regularizer | undefined];
  readonly #units: number;
  readonly #useBias: boolean;

  constructor(args: DenseLayerArgs) {
    super("Dense", args);
    this.#args = args;
    this.#units = checkWhole("units", args.units, 1, 2 ** 24);
    this.#activation = activationOf(this.name, args.activation);
    this.#useBias = checkFlag("useBias", args.useBias ?? true);
    this.#initializers = [
      initializerOf("kernelInitializer", args.kernelInitializer, "glorotNormal"),
      initializerOf("biasInitializer", args.biasInitializer, "zeros"),
    ];
    this.#regularizers = [
      regularizerOf("kernelRegularizer", args.kernelRegularizer),
      regularizerOf("biasRegularizer", args.biasRegularizer),
    ];
  }

  getClassName(): string {
    return "Dense";
  }

  override make(inputShape: Shape): Made[] {
    const [kernel, bias] = this.#initializers;
    const [ofKernel, ofBias] = this.#regularizers;
    const shape = [columnsOf(this.name, inputShape), this.#units];
    const weights: Made = { name: "kernel", place: "weights", shape, initializer: kernel, regularizer: ofKernel };
    if (!this.#useBias) return [weights];
    return [weights, { name: "bias", place: "biases", shape: [this.#units], initializer: bias, regularizer: ofBias }];
  }

  override toOptions(): LayerOptions {
    return { units: this.#units, activation: ACTIVATIONS[this.#activation], initializer: "zeros" };
  }

  override computeOutputShape(inputShape: Shape): Shape {
    columnsOf(this.name, inputShape);
    return [inputShape[0]!, this.#units];
  }

  override getConfig(): { [name: string]: unknown } {
    const [kernel, bias] = this.#initializers.map(saved);
    const [ofKernel, ofBias] = this.#regularizers.map(saved);
    return {
      units: this.#units,
      activation: this.#activation,
      useBias: this.#useBias,
      kernelInitializer: kernel,
      biasInitializer: bias,
      kernelRegularizer: ofKernel,
      biasRegularizer: ofBias,
      activityRegularizer: saved(regularizerOf("activityRegularizer", this.#args.activityRegularizer)),
      kernelConstraint: null,
      biasConstraint: null,
      ...super.getConfig(),
    };
  }
}

/** As a model file has it. */
function saved(value: Initializer | Regularizer | undefined): object | null {
  return value === undefined ? null : { className: value.getClassName(), config: value.getConfig() };
}

/** A layer without weights, which is an activation, dropout, or nothing but another shape. */
class Plain extends Layer {
  readonly #className: string;
  readonly #options: LayerOptions | undefined;
  readonly #config: { readonly [name: string]: unknown };

  constructor(
    className: string,
    args: LayerArgs | undefined,
    options: LayerOptions | undefined,
    config: { readonly [name: string]: unknown },
  ) {
    super(className, args);
    this.#className = className;
    this.#options = options;
    this.#config = config;
  }

  getClassName(): string {
    return this.#className;
  }

  override toOptions(): LayerOptions | undefined {
    return this.#options;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    if (this.#className !== "Flatten") return inputShape;
    return [inputShape[0]!, sizeOf(inputShape.slice(1) as number[])];
  }

  override getConfig(): { [name: string]: unknown } {
    return { ...this.#config, ...super.getConfig() };
  }
}

class Normalization extends Layer {
  readonly #type: "batchNormalization" | "layerNormalization";
  readonly #args: BatchNormalizationLayerArgs;
  readonly #epsilon: number;
  readonly #momentum: number;
  readonly #flags: readonly [gamma: boolean, beta: boolean];

  constructor(type: "batchNormalization" | "layerNormalization", args: BatchNormalizationLayerArgs = {}) {
    super(type === "batchNormalization" ? "BatchNormalization" : "LayerNormalization", args);
    this.#type = type;
    this.#args = args;
    const { axis = -1, momentum, epsilon, center, scale } = args;
    if (![-1, 1].includes(isList(axis) && axis.length === 1 ? (axis[0] as number) : (axis as number))) {
      throw new OptionError(`axis of ${this.name} is ${show(axis)}; the last one, -1, is expected`);
    }
    this.#epsilon = checkAmount("epsilon", epsilon ?? 0.001);
    this.#momentum = checkAmount("momentum", momentum ?? 0.99);
    this.#flags = [checkFlag("scale", scale ?? true), checkFlag("center", center ?? true)];
  }

  getClassName(): string {
    return this.#type === "batchNormalization" ? "BatchNormalization" : "LayerNormalization";
  }

  #initializers(): readonly [gamma: Initializer, beta: Initializer, mean: Initializer, variance: Initializer] {
    const { gammaInitializer, betaInitializer, movingMeanInitializer, movingVarianceInitializer } = this.#args;
    return [
      initializerOf("gammaInitializer", gammaInitializer, "ones"),
      initializerOf("betaInitializer", betaInitializer, "zeros"),
      initializerOf("movingMeanInitializer", movingMeanInitializer, "zeros"),
      initializerOf("movingVarianceInitializer", movingVarianceInitializer, "ones"),
    ];
  }

  #regularizers(): readonly [gamma: Regularizer | undefined, beta: Regularizer | undefined] {
    return [
      regularizerOf("gammaRegularizer", this.#args.gammaRegularizer),
      regularizerOf("betaRegularizer", this.#args.betaRegularizer),
    ];
  }

  override make(inputShape: Shape): Made[] {
    const shape = [columnsOf(this.name, inputShape)];
    const [gamma, beta, mean, variance] = this.#initializers();
    const [ofGamma, ofBeta] = this.#regularizers();
    const [scale, center] = this.#flags;
    const made: Made[] = [];
    if (scale) made.push({ name: "gamma", place: "gamma", shape, initializer: gamma, regularizer: ofGamma });
    if (center) made.push({ name: "beta", place: "beta", shape, initializer: beta, regularizer: ofBeta });
    if (this.#type === "layerNormalization") return made;
    return [
      ...made,
      { name: "moving_mean", place: "movingMean", shape, initializer: mean, isTrained: false },
      { name: "moving_variance", place: "movingVariance", shape, initializer: variance, isTrained: false },
    ];
  }

  override toOptions(): LayerOptions {
    const [scale, center] = this.#flags;
    const options = { epsilon: this.#epsilon, scale, center };
    if (this.#type === "layerNormalization") return { type: this.#type, ...options };
    return { type: this.#type, momentum: this.#momentum, ...options };
  }

  override getConfig(): { [name: string]: unknown } {
    const [gamma, beta, mean, variance] = this.#initializers().map(saved);
    const [ofGamma, ofBeta] = this.#regularizers().map(saved);
    const isBatch = this.#type === "batchNormalization";
    const [scale, center] = this.#flags;
    return {
      axis: isBatch ? -1 : [1],
      ...(isBatch && { momentum: this.#momentum }),
      epsilon: this.#epsilon,
      center,
      scale,
      betaInitializer: beta,
      gammaInitializer: gamma,
      ...(isBatch && { movingMeanInitializer: mean, movingVarianceInitializer: variance }),
      betaRegularizer: ofBeta,
      gammaRegularizer: ofGamma,
      ...(isBatch && { betaConstraint: null, gammaConstraint: null }),
      ...super.getConfig(),
    };
  }
}

function activated(className: string, args: LayerArgs | undefined, activation: ActivationName, config: object = {}) {
  const { alpha } = config as { alpha?: number };
  const options = { type: "activation", activation, ...(alpha !== undefined && { alpha }) } as const;
  return new Plain(className, args, options, { ...config });
}

/** The layers of dense networks. */
export const layers = /* @__PURE__ */ namespace("layers", {
  /** What a model begins with. */
  inputLayer: (args: LayerArgs): Layer => new InputLayer(args),
  /** A dense layer: inputs times weights, plus a bias, then an activation. */
  dense: (args: DenseLayerArgs): Layer => new Dense(args),
  /** Drops a share of its inputs in each step of training, and scales the others up. */
  dropout: (args: DropoutLayerArgs): Layer => {
    const rate = checkAmount("rate", args?.rate);
    if (rate > 1) throw new OptionError(`rate is ${rate}; a number from 0 to 1 is expected`);
    // with 1 nothing is dropped, as there
    const options = rate > 0 && rate < 1 ? ({ type: "dropout", rate } as const) : undefined;
    return new Plain("Dropout", args, options, { rate, noiseShape: null, seed: args.seed ?? null });
  },
  /** An activation as a layer of its own. */
  activation: (args: ActivationLayerArgs): Layer => {
    const activation = activationOf("an activation layer", args?.activation);
    return activated("Activation", args, ACTIVATIONS[activation], { activation });
  },
  /** Each column minus its mean, divided by its standard deviation: those of the batch, or in predictions averages. */
  batchNormalization: (args?: BatchNormalizationLayerArgs): Layer => new Normalization("batchNormalization", args),
  /** Each row minus its mean, divided by its standard deviation. */
  layerNormalization: (args?: LayerNormalizationLayerArgs): Layer =>
    new Normalization("layerNormalization", args as BatchNormalizationLayerArgs),
  /** Rows of several dimensions as rows of one. */
  flatten: (args?: LayerArgs): Layer => new Plain("Flatten", args, undefined, {}),
  /** ReLU; `maxValue` may be 6. */
  reLU: (args?: LayerArgs & { maxValue?: number }): Layer => {
    const { maxValue } = args ?? {};
    if (maxValue !== undefined && maxValue !== null && maxValue !== 6) {
      throw new OptionError(`maxValue is ${show(maxValue)}; 6 is expected, or none`);
    }
    return activated("ReLU", args, maxValue === 6 ? "relu6" : "relu", maxValue === 6 ? { maxValue } : {});
  },
  /** ReLU with a slope below 0: `alpha`, default 0.3. */
  leakyReLU: (args?: LayerArgs & { alpha?: number }): Layer =>
    activated("LeakyReLU", args, "leakyRelu", { alpha: checkAmount("alpha", args?.alpha ?? 0.3) }),
  /** ELU; `alpha` is 1. */
  elu: (args?: LayerArgs & { alpha?: number }): Layer => {
    const { alpha = 1 } = args ?? {};
    if (alpha !== 1) throw new OptionError(`alpha is ${show(alpha)}; 1 is expected`);
    return activated("ELU", args, "elu", { alpha });
  },
  /** The softmax of each row. */
  softmax: (args?: LayerArgs & { axis?: number }): Layer => {
    const { axis = 1 } = args ?? {};
    if (axis !== 1 && axis !== -1) throw new OptionError(`axis is ${show(axis)}; the last one, -1, is expected`);
    return activated("Softmax", args, "softmax", { axis });
  },
});
