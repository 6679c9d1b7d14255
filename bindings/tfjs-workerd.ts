// The entry in the shape of TensorFlow.js for Cloudflare workerd: that of tfjs.ts with the network of workerd.ts.

import type { ContainerArgs } from "./tfjs/chain.ts";
import { loaderOf, modelOf, readyOf, sequentialOf } from "./tfjs/entry.ts";
import type { io } from "./tfjs/io.ts";
import type { LayersModel } from "./tfjs/model.ts";
import type { Sequential, SequentialArgs } from "./tfjs/sequential.ts";
import { Network } from "./workerd.ts";

export * from "./tfjs/public.ts";

/** A model to which layers are added one by one, or which has those of a list. */
export const sequential: (config?: SequentialArgs) => Sequential = /* @__PURE__ */ sequentialOf(Network);

/** A model from its inputs to its outputs: a chain of layers, each applied to the one before. */
export const model: (args: ContainerArgs) => LayersModel = /* @__PURE__ */ modelOf(Network);

/** Loads a model that was saved: from a URL of model.json, or with a handler of `tf.io`. It must be compiled again. */
export const loadLayersModel: (
  pathOrIOHandler: string | io.IOHandler,
  options?: io.LoadOptions,
) => Promise<LayersModel> = /* @__PURE__ */ loaderOf(Network);

/** Resolves when networks can be made without a wait. */
export const ready: () => Promise<void> = /* @__PURE__ */ readyOf(Network);
