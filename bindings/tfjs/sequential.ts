// Models to which layers are added one by one.

import { show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import type { NetworkType } from "./core.ts";
import { Layer, type SymbolicTensor } from "./layer.ts";
import { InputLayer } from "./layers.ts";
import { LayersModel } from "./model.ts";

/** What a sequential model is made of. */
export interface SequentialArgs {
  /** Its layers, and models that take the place of layers. */
  layers?: (Layer | LayersModel)[];
  /** Its name. */
  name?: string;
}

/** A layer or a model in a model, and what the model was without it. */
interface Part {
  readonly layer: Layer | LayersModel;
  readonly endsBefore: LayersModel["ends"];
  readonly lengthBefore: number;
}

/** A model to which layers are added one by one. */
export class Sequential extends LayersModel {
  readonly #parts: Part[] = [];

  /** @internal */
  constructor(type: NetworkType, args: SequentialArgs = {}) {
    super(type, args.name === undefined ? {} : { name: args.name });
    if (args.name === undefined) this.name = this.name.replace("model", "sequential");
    for (const layer of args.layers ?? []) this.add(layer);
  }

  /** The name of its class. */
  override getClassName(): string {
    return "Sequential";
  }

  /** @internal */
  override get isStack(): boolean {
    return true;
  }

  /** Its layers. A model in it is one of them, with the name, the shapes and the weights of a layer. */
  override get layers(): Layer[] {
    return this.#parts.map(({ layer }) => layer as Layer);
  }

  /**
   * Adds a layer or a model behind the others. The first one needs an `inputShape`. After this, the model must be
   * compiled. The layers of a model in it are still those of that model, too, with the same weights.
   */
  add(layer: Layer | LayersModel): void {
    const isModel = layer instanceof LayersModel;
    if (!isModel && !(layer instanceof Layer)) {
      throw new OptionError(`layer is ${show(layer)}; one of tf.layers or a model is expected`);
    }
    const twice = (isModel ? layer.chain : [layer]).find((one) => this.chain.includes(one));
    if (twice !== undefined || this.layers.includes(layer as Layer)) {
      throw new OptionError(`the layer ${(twice ?? layer).name} is in the model already`);
    }
    const before = { endsBefore: this.ends, lengthBefore: this.chain.length };
    if (isModel) this.#appendModel(layer);
    else if (layer instanceof InputLayer) {
      if (this.#parts.length > 0)
        throw new OptionError("an input layer is added behind others; it is expected to be the first");
      this.ends = [layer.output, layer.output];
    } else this.#append(layer);
    this.#parts.push({ layer, ...before });
    this.changed();
  }

  #appendModel(model: LayersModel): void {
    const end = this.ends?.[1];
    this.ends = end === undefined ? [model.input, model.output] : [this.ends![0], model.continued(end)];
    this.chain.push(...model.chain);
  }

  #append(layer: Layer): void {
    let [start, end]: readonly (SymbolicTensor | undefined)[] = this.ends ?? [];
    if (start === undefined || end === undefined) {
      if (layer.batchInputShape === undefined && layer.outputs.length > 0) start = layer.input;
      else if (layer.batchInputShape === undefined) {
        throw new OptionError(`the first layer, ${layer.name}, has no inputShape; one is expected`);
      } else start = new InputLayer({ batchInputShape: layer.batchInputShape }).output;
      end = start;
    }
    this.ends = [start, layer.apply(end)];
    this.chain.push(layer);
  }

  /** Takes the last layer away. After this, the model must be compiled. */
  pop(): void {
    const part = this.#parts.pop();
    if (part === undefined) throw new OptionError("the model has no layers to take away");
    const { layer, endsBefore, lengthBefore } = part;
    this.ends = endsBefore;
    this.chain.length = lengthBefore;
    if (layer instanceof Layer && !(layer instanceof InputLayer)) layer.outputs.pop();
    this.changed();
  }
}
