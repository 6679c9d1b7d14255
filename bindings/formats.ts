// The entry for formats of other libraries: each function is its own code, and none brings a Network with it.

export type {
  ActivationName,
  DenseLayerOptions,
  DType,
  FileBytes,
  FloatArray,
  Initializer,
  InitializerName,
  Layer,
  LayerParameters,
  LossName,
  ResolvedLayer,
} from "./exports.ts";
export { type JavaScriptOptions, toJavaScript } from "./formats/javascript.ts";
export type { AnyNetwork, ImportedLayer, ImportedNetwork } from "./formats/model.ts";
export {
  fromSafetensors,
  type SafetensorsNames,
  type SafetensorsNetwork,
  type SafetensorsOptions,
  toSafetensors,
} from "./formats/safetensors.ts";
