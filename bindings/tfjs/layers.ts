// The layers of dense networks: what each has of weights, and which layer of a Network it becomes.

import type { ActivationName } from "../catalog/activations.ts";
import type { ParameterName } from "../catalog/layers.ts";
import { checkAmount, checkFlag, checkWhole, hasOwn, hint, isList, show } from "../checks.ts";
import { OptionError, ShapeError } from "../errors.ts";
import { sizeOf } from "../numbers.ts";
import type { LayerOptions } from "../options/layer.ts";
import {
  type Initializer,
  type InitializerIdentifier,
  initializerOf,
  type initializers,
  type Regularizer,
  regularizerOf,
} from "./initializers.ts";
import { Layer, type LayerArgs, type Made, type Shape, SymbolicTensor } from "./layer.ts";
import { namespace } from "./namespace.ts";

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

/** Kinds of weights, as the options' names begin with them, and how they are drawn unless that is said. */
const DRAWN = {
  kernel: "glorotNormal",
  bias: "zeros",
  gamma: "ones",
  beta: "zeros",
  movingMean: "zeros",
  movingVariance: "ones",
} as const satisfies Readonly<Record<string, keyof typeof initializers>>;

type WeightKind = keyof typeof DRAWN;

/** What a layer is. */
interface Kind {
  readonly className: string;
  /** The layer of a Network that it becomes. */
  readonly options?: LayerOptions | undefined;
  /** What it was made with, as a model file has it. */
  readonly config?: { readonly [name: string]: unknown };
  /** Of a layer with weights, which takes rows of one dimension. */
  readonly weights?: readonly WeightKind[];
  /** Of a dense layer. */
  readonly units?: number;
}

/** As a model file has it. */
function saved(value: Initializer | Regularizer | undefined): object | null {
  return value === undefined ? null : { className: value.getClassName(), config: value.getConfig() };
}

/** A layer with all that its kind has. */
class KnownLayer extends Layer {
  readonly #kind: Kind;
  readonly #weights: readonly { kind: WeightKind; initializer: Initializer; regularizer: Regularizer | undefined }[];

  constructor(kind: Kind, args: object | undefined) {
    super(kind.className, args);
    this.#kind = kind;
    const given = (args ?? {}) as Record<string, unknown>;
    const { weights = [] } = kind;
    this.#weights = weights.map((kind) => ({
      kind,
      initializer: initializerOf(`${kind}Initializer`, given[`${kind}Initializer`], DRAWN[kind]),
      regularizer: isMoving(kind) ? undefined : regularizerOf(`${kind}Regularizer`, given[`${kind}Regularizer`]),
    }));
  }

  getClassName(): string {
    return this.#kind.className;
  }

  override make(inputShape: Shape): Made[] {
    if (this.#kind.weights === undefined) return [];
    const { units } = this.#kind;
    const columns = columnsOf(this.name, inputShape);
    return this.#weights.map(({ kind, ...drawn }) => ({
      ...drawn,
      name: kind.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`),
      place: kind === "kernel" ? "weights" : kind === "bias" ? "biases" : (kind as ParameterName),
      shape: kind === "kernel" ? [columns, units!] : [units ?? columns],
      isTrained: !isMoving(kind),
    }));
  }

  override toOptions(): LayerOptions | undefined {
    return this.#kind.options;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const { className, weights, units } = this.#kind;
    if (className === "Flatten") return [inputShape[0]!, sizeOf(inputShape.slice(1) as number[])];
    if (weights !== undefined) columnsOf(this.name, inputShape);
    return units === undefined ? inputShape : [inputShape[0]!, units];
  }

  override getConfig(): { [name: string]: unknown } {
    const ofWeights: Record<string, unknown> = {};
    for (const { kind, initializer, regularizer } of this.#weights) {
      Object.assign(ofWeights, configOf(kind, initializer, regularizer));
    }
    return { ...this.#kind.config, ...ofWeights, ...super.getConfig() };
  }
}

/** Of a moving average, which no optimizer changes. */
function isMoving(kind: WeightKind): boolean {
  return kind.startsWith("moving");
}

function denseOf(args: DenseLayerArgs): Layer {
  const className = "Dense";
  const units = checkWhole("units", args?.units, 1, 2 ** 24);
  const activation = activationOf(className, args.activation);
  const useBias = checkFlag("useBias", args.useBias ?? true);
  const activityRegularizer = saved(regularizerOf("activityRegularizer", args.activityRegularizer));
  const kind: Kind = {
    className,
    units,
    options: { units, activation: ACTIVATIONS[activation], initializer: "zeros" },
    // what isn't drawn is in a model file all the same
    config: { units, activation, useBias, activityRegularizer, ...configOf("bias") },
    weights: useBias ? ["kernel", "bias"] : ["kernel"],
  };
  return new KnownLayer(kind, args);
}

/** What a model file has of a kind of weights, also where the layer has none of it. */
function configOf(
  kind: WeightKind,
  initializer = initializerOf("", undefined, DRAWN[kind]),
  regularizer?: Regularizer,
): object {
  return {
    [`${kind}Initializer`]: saved(initializer),
    ...(!isMoving(kind) && { [`${kind}Regularizer`]: saved(regularizer), [`${kind}Constraint`]: null }),
  };
}

function normalizationOf(
  type: "batchNormalization" | "layerNormalization",
  args: BatchNormalizationLayerArgs | LayerNormalizationLayerArgs = {},
): Layer {
  const isBatch = type === "batchNormalization";
  const { axis = -1, ...given } = args as BatchNormalizationLayerArgs;
  const className = isBatch ? "BatchNormalization" : "LayerNormalization";
  if (![-1, 1].includes(isList(axis) && axis.length === 1 ? (axis[0] as number) : axis)) {
    throw new OptionError(`axis of ${className} is ${show(axis)}; the last one, -1, is expected`);
  }
  const epsilon = checkAmount("epsilon", given.epsilon ?? 0.001);
  const momentum = checkAmount("momentum", given.momentum ?? 0.99);
  const [scale, center] = [checkFlag("scale", given.scale ?? true), checkFlag("center", given.center ?? true)];
  const kind: Kind = {
    className,
    options: isBatch ? { type, momentum, epsilon, scale, center } : { type, epsilon, scale, center },
    config: {
      axis: isBatch ? -1 : [1],
      ...(isBatch && { momentum }),
      epsilon,
      center,
      scale,
      ...configOf("gamma"),
      ...configOf("beta"),
    },
    weights: [
      ...(scale ? (["gamma"] as const) : []),
      ...(center ? (["beta"] as const) : []),
      ...(isBatch ? (["movingMean", "movingVariance"] as const) : []),
    ],
  };
  return new KnownLayer(kind, args);
}

function activated(className: string, args: LayerArgs | undefined, activation: ActivationName, config: object = {}) {
  const { alpha } = config as { alpha?: number };
  const options = { type: "activation", activation, ...(alpha !== undefined && { alpha }) } as const;
  return new KnownLayer({ className, options, config: { ...config } }, args);
}

/** What layers are. */
export namespace layers {
  /** A layer of a model. */
  export type Layer = InstanceType<typeof Layer>; // the class outside: in here, that is a type alone
}

/** The layers of dense networks. */
export const layers = /* @__PURE__ */ namespace("layers", {
  /** The class of all of them. */
  Layer,
  /** What a model begins with. */
  inputLayer: (args: LayerArgs): Layer => new InputLayer(args),
  /** A dense layer: inputs times weights, plus a bias, then an activation. */
  dense: (args: DenseLayerArgs): Layer => denseOf(args),
  /** Drops a share of its inputs in each step of training, and scales the others up. */
  dropout: (args: DropoutLayerArgs): Layer => {
    const rate = checkAmount("rate", args?.rate);
    if (rate > 1) throw new OptionError(`rate is ${rate}; a number from 0 to 1 is expected`);
    // with 1 nothing is dropped, as there
    const options = rate > 0 && rate < 1 ? ({ type: "dropout", rate } as const) : undefined;
    const config = { rate, noiseShape: null, seed: args.seed ?? null };
    return new KnownLayer({ className: "Dropout", options, config }, args);
  },
  /** An activation as a layer of its own. */
  activation: (args: ActivationLayerArgs): Layer => {
    const activation = activationOf("an activation layer", args?.activation);
    return activated("Activation", args, ACTIVATIONS[activation], { activation });
  },
  /** Each column minus its mean, divided by its standard deviation: those of the batch, or in predictions averages. */
  batchNormalization: (args?: BatchNormalizationLayerArgs): Layer => normalizationOf("batchNormalization", args),
  /** Each row minus its mean, divided by its standard deviation. */
  layerNormalization: (args?: LayerNormalizationLayerArgs): Layer => normalizationOf("layerNormalization", args),
  /** Rows of several dimensions as rows of one. */
  flatten: (args?: LayerArgs): Layer => new KnownLayer({ className: "Flatten" }, args),
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
