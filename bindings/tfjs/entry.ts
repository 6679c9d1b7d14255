// What makes models, with the networks of an entry, which tfjs.ts or tfjs-workerd.ts gives. Each function is made by
// itself, so that a bundler leaves out those that aren't used.

import type { ContainerArgs } from "./chain.ts";
import type { NetworkType } from "./core.ts";
import type { io } from "./io.ts";
import { LayersModel } from "./model.ts";
import { loadModel } from "./saved.ts";
import { Sequential, type SequentialArgs } from "./sequential.ts";

/** `tf.sequential`. */
export function sequentialOf(type: NetworkType): (config?: SequentialArgs) => Sequential {
  return (config = {}) => new Sequential(type, config);
}

/** `tf.model`. */
export function modelOf(type: NetworkType): (args: ContainerArgs) => LayersModel {
  return (args) => new LayersModel(type, args);
}

/** `tf.loadLayersModel`. */
export function loaderOf(
  type: NetworkType,
): (pathOrIOHandler: string | io.IOHandler, options?: io.LoadOptions) => Promise<LayersModel> {
  return (pathOrIOHandler, options) => loadModel(type, pathOrIOHandler, options);
}

/** `tf.ready`. */
export function readyOf(type: NetworkType): () => Promise<void> {
  return async () => {
    (await type.create({ inputs: 1, layers: [{ units: 1 }] })).dispose();
  };
}
