// Models to which layers are added one by one.

import { show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import type { NetworkType } from "./core.ts";
import { InputLayer, Layer, type SymbolicTensor } from "./layers.ts";
import { LayersModel } from "./model.ts";

/** What a sequential model is made of. */
export interface SequentialArgs {
  /** Its layers. */
  layers?: Layer[];
  /** Its name. */
  name?: string;
}

/** A model to which layers are added one by one. */
export class Sequential extends LayersModel {
  readonly #layers: Layer[] = [];

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
  protected override get isStack(): boolean {
    return true;
  }

  /** Its layers. */
  override get layers(): Layer[] {
    return this.#layers.slice();
  }

  /** Adds a layer behind the others. The first one needs an `inputShape`. After this, the model must be compiled. */
  add(layer: Layer): void {
    if (!(layer instanceof Layer)) {
      throw new OptionError(
        `layer is ${show(layer)}; one of tf.layers is expected: bitgrad/tfjs has no models in models`,
      );
    }
    this.#checkNew(layer);
    if (layer instanceof InputLayer) {
      if (this.#layers.length > 0)
        throw new OptionError("an input layer is added behind others; it is expected to be the first");
      this.ends = [layer.output, layer.output];
    } else this.#append(layer);
    this.#layers.push(layer);
    this.changed();
  }

  #checkNew(layer: Layer): void {
    if (this.#layers.includes(layer)) throw new OptionError(`the layer ${layer.name} is in the model already`);
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
    const layer = this.#layers.pop();
    if (layer === undefined) throw new OptionError("the model has no layers to take away");
    this.changed();
    if (layer instanceof InputLayer) {
      this.ends = undefined;
      return;
    }
    this.chain.pop();
    layer.outputs.pop();
    const before = this.chain[this.chain.length - 1];
    this.ends = this.#layers.length === 0 ? undefined : [this.ends![0], before?.output ?? this.ends![0]];
  }
}
