// The entry in the shape of TensorFlow.js for Cloudflare workerd: that of tfjs.ts with the network of workerd.ts.

import type { ContainerArgs } from "./tfjs/chain.ts";
import type { IOHandler, LoadOptions } from "./tfjs/io.ts";
import { LayersModel } from "./tfjs/model.ts";
import { loadModel } from "./tfjs/saved.ts";
import { Sequential, type SequentialArgs } from "./tfjs/sequential.ts";
import { Network } from "./workerd.ts";

export * from "./tfjs/public.ts";

/** A model to which layers are added one by one, or which has those of a list. */
export function sequential(config: SequentialArgs = {}): Sequential {
  return new Sequential(Network, config);
}

/** A model from its inputs to its outputs: a chain of layers, each applied to the one before. */
export function model(args: ContainerArgs): LayersModel {
  return new LayersModel(Network, args);
}

/** Loads a model that was saved: from a URL of model.json, or with a handler of `tf.io`. It must be compiled again. */
export function loadLayersModel(pathOrIOHandler: string | IOHandler, options?: LoadOptions): Promise<LayersModel> {
  return loadModel(Network, pathOrIOHandler, options);
}

/** Resolves when networks can be made without a wait. */
export async function ready(): Promise<void> {
  (await Network.create({ inputs: 1, layers: [{ units: 1 }] })).dispose();
}
