// What the network and its units give over the plane: a chain of networks, each of a dense layer and what follows it.

import { type EngineChoice, type LayerOptions, Network, type ResolvedLayer, type TypedMatrix } from "bitgrad";
import { last } from "../arrays.ts";
import { fillFeatures, placeOf } from "../data/features.ts";
import type { Recipe } from "../recipe.ts";
import type { Frame } from "./protocol.ts";

type Numbers = Float32Array | Float64Array;

/** Layers with more units show these of the first ones alone. */
const SHOWN_UNITS = 64;

interface Link {
  readonly network: Network;
  /** Where its layers are among those of the whole network. */
  readonly layers: readonly number[];
}

export class PlanePictures {
  readonly #links: readonly Link[];
  readonly #features: Recipe["features"];
  readonly #dtype: "f32" | "f64";
  readonly #grids = new Map<number, TypedMatrix<Numbers>>();

  private constructor(links: readonly Link[], features: Recipe["features"], dtype: "f32" | "f64") {
    this.#links = links;
    this.#features = features;
    this.#dtype = dtype;
  }

  static async create(whole: Network, features: Recipe["features"], engine: EngineChoice): Promise<PlanePictures> {
    const links: Link[] = [];
    let inputs = whole.inputs;
    for (const numbers of groupsOf(whole.layers)) {
      const layers = numbers.map((l) => predicting(whole.layers[l]!));
      const isSoftmax = whole.layers[last(numbers)!]!.activation === "softmax";
      const loss = isSoftmax ? "sparseCategoricalCrossEntropy" : "mse";
      const network = await Network.create({ inputs, layers, loss, dtype: whole.dtype, engine, warn: false });
      links.push({ network, layers: numbers });
      inputs = network.outputs;
    }
    return new PlanePictures(links, features, whole.dtype);
  }

  /** The parameters of the pictures that follow. */
  take(parameters: ReturnType<Network["getParameters"]>): void {
    for (const { network, layers } of this.#links) network.setParameters(layers.map((l) => parameters[l]!));
  }

  output(side: number): NonNullable<Frame["output"]> {
    let found = this.#grid(side);
    for (const { network } of this.#links) found = network.predict(found) as TypedMatrix<Numbers>;
    return { side, data: new Float32Array(found.data) };
  }

  /** Of all hidden layers. */
  units(side: number): NonNullable<Frame["units"]> {
    let found = this.#grid(side);
    return this.#links.slice(0, -1).map(({ network, layers }) => {
      found = network.predict(found) as TypedMatrix<Numbers>;
      const [places, all] = found.shape;
      const units = Math.min(all, SHOWN_UNITS);
      const data = new Float32Array(units * places);
      for (let u = 0; u < units; u++) {
        for (let n = 0; n < places; n++) data[u * places + n] = found.data[n * all + u]!;
      }
      return { layer: layers[0]!, units, side, data };
    });
  }

  #grid(side: number): TypedMatrix<Numbers> {
    const known = this.#grids.get(side);
    if (known !== undefined) return known;
    const columns = this.#features.length;
    const data =
      this.#dtype === "f32" ? new Float32Array(side * side * columns) : new Float64Array(side * side * columns);
    const shape = [side * side, columns] as const;
    const grid = { data: fillFeatures(data, this.#features, placeOf(side)), shape };
    this.#grids.set(side, grid);
    return grid;
  }

  dispose(): void {
    for (const { network } of this.#links) network.dispose();
  }
}

/** The numbers of layers from each dense one to before the next; what comes before the first belongs to it. */
function groupsOf(layers: readonly ResolvedLayer[]): number[][] {
  const groups: number[][] = [[]];
  let dense = 0;
  layers.forEach(({ type }, l) => {
    const isDense = type === undefined || type === "dense";
    if (isDense && dense++ > 0) groups.push([]);
    if (type !== "dropout") last(groups)!.push(l); // which a prediction doesn't have
  });
  return groups;
}

/** What a layer needs to predict. */
function predicting(layer: ResolvedLayer): LayerOptions {
  const {
    type,
    initializer: _,
    l1: _l1,
    l2: _l2,
    dropout: _d,
    trainable: _t,
    ...kept
  } = layer as ResolvedLayer & {
    readonly l1?: number;
    readonly l2?: number;
    readonly dropout?: number;
  };
  return (type === undefined ? { ...kept, initializer: "zeros" } : { type, ...kept }) as LayerOptions;
}
