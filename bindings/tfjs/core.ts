// The network behind a model: made of its layers, its loss and its optimizer, and kept level with the layers' weights.

import type { ParameterName } from "../catalog/layers.ts";
import type { LossName } from "../catalog/losses.ts";
import { OptionError } from "../errors.ts";
import type { BaseNetwork } from "../network/network.ts";
import type { GivenParameters, LayerParameters } from "../network/parameters.ts";
import { sizeOf } from "../numbers.ts";
import type { LayerOptions } from "../options/layer.ts";
import type { CrossEntropyOptions } from "../options/loss.ts";
import type { NetworkOptions } from "../options/network.ts";
import type { Layer, LayerVariable, Shape } from "./layer.ts";
import { EPSILON, type LossFunction } from "./losses.ts";
import type { Optimizer } from "./optimizers.ts";

/** The class whose networks train the models: that of the entry. */
export interface NetworkType {
  createSync(options: NetworkOptions): BaseNetwork;
  create(options: NetworkOptions): Promise<BaseNetwork>;
}

/** Weights of the model, and where they are in the network. */
interface Place {
  readonly layer: Layer;
  readonly weight: LayerVariable;
  readonly at: number;
  /** Their number among all. */
  readonly k: number;
}

/** A layer with weights, as the network has it. */
interface Part {
  readonly layer: Layer;
  readonly at: number;
  /** Not trained, it takes the batch's mean all the same, as there: it is trained by gradients of 0. */
  readonly isBatch: boolean;
  readonly lacksBias: boolean;
}

/** Parameters that the network has, but that its optimizer must not change. */
export interface Still {
  readonly at: number;
  readonly name: ParameterName;
}

/** What a model was compiled with, as far as its network goes. */
export interface CoreCompiled {
  readonly loss: LossFunction;
  readonly optimizer: Optimizer;
  /** The layers that training changes. */
  readonly trainable: ReadonlySet<Layer>;
}

export class Core {
  readonly network: BaseNetwork;
  readonly inputs: number;
  readonly outputs: number;
  readonly optimizer: Optimizer | undefined;
  /** Whether the network's own optimizer takes the steps; otherwise it subtracts what `optimizer` finds. */
  readonly isOwnOptimizer: boolean;
  still: readonly Still[] = [];
  /** Whether the network's loss is the model's. */
  readonly hasOwnLoss: boolean;
  /** Those that an optimizer steps, in order. */
  stepped: readonly Place[] = [];
  /** Epochs that were stepped through one by one. */
  steppedEpochs = 0;
  readonly #layers: readonly Layer[];
  readonly #places: readonly Place[];
  readonly #parts: readonly Part[];
  readonly #compiled: CoreCompiled | undefined;
  #areTrained: readonly boolean[] = [];
  readonly #seen: number[];
  #parameters: { [name in ParameterName]: Float32Array }[] | undefined;

  constructor(
    type: NetworkType,
    layers: readonly Layer[],
    inputShape: Shape,
    compiled: CoreCompiled | undefined,
    seed: number,
  ) {
    const options: LayerOptions[] = [];
    const places: Place[] = [];
    const parts: Part[] = [];
    for (const layer of layers) {
      const known = layer.toOptions();
      if (known === undefined) continue;
      const at = options.length;
      options.push(known);
      if (layer.weights.length === 0) continue;
      for (const weight of layer.weights) places.push({ layer, weight, at, k: places.length });
      const lacksBias = "units" in known && !layer.weights.some(({ place }) => place === "biases");
      parts.push({ layer, at, isBatch: known.type === "batchNormalization", lacksBias });
    }
    const outputs = outputsOf(layers, inputShape);
    const [own, isSoftmax] = [compiled?.optimizer.own(), prepared(options, layers)];
    const { own: loss = "mse" } = compiled?.loss ?? {};
    const isOfClasses = loss.endsWith("ategoricalCrossEntropy");
    const fits = isSoftmax ? isOfClasses : loss === "binaryCrossEntropy" ? endsIn(options, "sigmoid") : !isOfClasses;
    this.hasOwnLoss = compiled?.loss.own !== undefined && fits;
    // classes are given as rows of ones and zeros
    const taken = isSoftmax ? "categoricalCrossEntropy" : fits ? loss : "mse";
    this.inputs = sizeOf(inputShape.slice(1) as number[]);
    this.outputs = outputs;
    this.optimizer = compiled?.optimizer;
    this.isOwnOptimizer = own !== undefined;
    this.#layers = layers;
    this.#places = places;
    this.#parts = parts;
    this.#compiled = compiled;
    this.network = type.createSync({
      inputs: this.inputs,
      layers: options,
      loss: isClipped(taken) ? { type: taken, clip: EPSILON } : taken,
      optimizer: own ?? { type: "sgd", learningRate: 1 },
      seed,
    });
    this.#seen = layers.map(() => -1);
    this.#freeze();
  }

  /** A layer is trained if it was trainable as the model was compiled, and still is. */
  #isTrained(layer: Layer): boolean {
    return layer.trainable && (this.#compiled?.trainable.has(layer) ?? true);
  }

  get #isFrozenOtherwise(): boolean {
    return this.#parts.some(({ layer }, n) => this.#isTrained(layer) !== this.#areTrained[n]);
  }

  #freeze(): void {
    if (this.#parts.length === this.#areTrained.length && !this.#isFrozenOtherwise) return;
    const still: Still[] = [];
    for (const { layer, at, isBatch, lacksBias } of this.#parts) {
      const isTrained = this.#isTrained(layer);
      if (!isBatch) this.network.setTrainable(at, isTrained);
      else if (!isTrained) {
        for (const weight of layer.weights) if (weight.isTrained) still.push({ at, name: weight.place });
      }
      if (isTrained && lacksBias) still.push({ at, name: "biases" });
    }
    this.still = still;
    this.stepped = this.#places.filter(({ layer, weight }) => weight.isTrained && this.#isTrained(layer));
    this.#areTrained = this.#parts.map(({ layer }) => this.#isTrained(layer));
  }

  /** Takes the optimizer for these weights: what it remembers of its steps is of no use for others. */
  claim(): void {
    const optimizer = this.optimizer!;
    if (!optimizer.remembers) return;
    if (optimizer.owner !== undefined && optimizer.owner !== this) {
      throw new OptionError("optimizer trains another model, whose steps it remembers; one of this model is expected");
    }
    optimizer.owner = this;
  }

  /** The number of the epoch that comes next: dropout depends on it. */
  get nextEpoch(): number {
    return this.network.epochs + this.steppedEpochs;
  }

  /** Gives the network the weights of the layers, where it hasn't the newest. */
  push(): void {
    this.#freeze();
    for (const { holder } of this.#layers) if (holder !== this) holder?.pull();
    if (this.#layers.every(({ version }, l) => version === this.#seen[l])) return;
    this.pull();
    this.network.setParameters(this.#given());
    this.#layers.forEach(({ version }, l) => {
      this.#seen[l] = version;
    });
  }

  /** The layers' own arrays, and what the network has besides. */
  #given(): readonly GivenParameters[] {
    if (this.#parameters === undefined) {
      this.#parameters = this.network.getParameters() as { [name in ParameterName]: Float32Array }[];
      for (const { weight, at } of this.#places) this.#parameters[at]![weight.place] = weight.values;
    }
    return this.#parameters;
  }

  /** While the network is in a `fit`, it takes no weights. */
  isBusy = false;

  /** Whether weights of the layers were set, or layers frozen, after the network got or gave its last. */
  get isBehind(): boolean {
    return (
      this.#isFrozenOtherwise ||
      this.#layers.some(({ holder, version }, l) => holder !== this && version !== this.#seen[l])
    );
  }

  /** Gives the network what a callback has set. */
  settle(): void {
    if (!this.isBusy && this.isBehind) this.push();
  }

  /** The network was trained: the layers' weights are there. */
  trained(): void {
    for (const layer of this.#layers) if (layer.weights.length > 0) layer.holder = this;
  }

  pull(): void {
    const held = this.#layers.filter(({ holder }) => holder === this);
    if (held.length === 0) return;
    const parameters = this.network.getParameters() as LayerParameters<Float32Array>[];
    for (const { layer, weight, at } of this.#places) {
      if (layer.holder === this) weight.values.set(parameters[at]![weight.place]!);
    }
    this.#layers.forEach((layer, l) => {
      if (layer.holder !== this) return;
      layer.holder = undefined;
      layer.changed();
      this.#seen[l] = layer.version;
    });
  }

  /** What the weights' penalties add to the loss; their derivatives are added to the gradients. */
  penalties(gradients?: readonly LayerParameters<Float32Array>[]): number {
    const penalized = this.#places.filter(({ weight }) => weight.regularizer !== undefined);
    if (penalized.length === 0) return 0;
    const parameters = this.network.getParameters() as LayerParameters<Float32Array>[];
    let sum = 0;
    for (const place of penalized) {
      const { weight, at } = place;
      const into = this.stepped.includes(place) ? gradients?.[at]?.[weight.place] : undefined;
      sum += weight.regularizer!.penalty(parameters[at]![weight.place]!, into);
    }
    return sum;
  }

  get isPenalized(): boolean {
    return this.#places.some(({ weight }) => weight.regularizer !== undefined);
  }

  dispose(): void {
    if (this.optimizer?.owner === this) this.optimizer.owner = undefined;
    this.pull();
    this.network.dispose();
  }
}

function isClipped(name: LossName): name is CrossEntropyOptions["type"] {
  return name.endsWith("CrossEntropy");
}

function outputsOf(layers: readonly Layer[], inputShape: Shape): number {
  let shape = inputShape;
  for (const layer of layers) shape = layer.computeOutputShape(shape);
  if (shape.length !== 2)
    throw new OptionError(`the model's outputs are of shape [${shape.slice(1)}]; one dimension is expected`);
  return shape[1]!;
}

function endsIn(options: readonly LayerOptions[], name: string): boolean {
  return (options[options.length - 1] as { activation?: string }).activation === name;
}

/** Makes them what a Network takes: an output layer last, softmax there alone. Returns whether that is softmax. */
function prepared(options: LayerOptions[], layers: readonly Layer[]): boolean {
  if (!options.some((one) => one.type === undefined || one.type === "dense")) {
    throw new OptionError(`the model has ${layers.length} layers, but no dense one; bitgrad/tfjs takes dense networks`);
  }
  const last = options[options.length - 1]!;
  if (last.type === "dropout") options.push({ type: "activation", activation: "linear" });
  options.forEach((one, n) => {
    if (n < options.length - 1 && (one as { activation?: string }).activation === "softmax") {
      throw new OptionError(
        'an activation in the middle of the model is "softmax"; bitgrad/tfjs has it in the last layer alone',
      );
    }
  });
  return endsIn(options, "softmax");
}
