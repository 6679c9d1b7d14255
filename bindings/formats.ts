// The entry for formats of other libraries: each function is its own code, and none brings a Network with it.

export type {
  ActivationLayerOptions,
  ActivationName,
  BatchNormalizationOptions,
  Category,
  DateUnit,
  DenseLayerOptions,
  DropoutLayerOptions,
  DType,
  Encoders,
  FileBytes,
  FloatArray,
  Initializer,
  InitializerName,
  Layer,
  LayerNormalizationOptions,
  LayerOptions,
  LayerParameters,
  LossName,
  NormalizationOptions,
  OptimizerName,
  OptimizerOptions,
  ResolvedLayer,
  SavedCategories,
  SavedColumn,
  SavedColumnBase,
  SavedEncoder,
  SavedNumbers,
  Values,
} from "./exports.ts";
export {
  type BrainJS1Network,
  type BrainJSNetwork,
  fromBrainJS,
  type ImportedBrainJS,
  toBrainJS,
} from "./formats/brain.ts";
export { type COptions, toC } from "./formats/c.ts";
export { type JavaScriptOptions, toJavaScript } from "./formats/javascript.ts";
export type { HDF5Reader } from "./formats/keras/hdf5.ts";
export type { TrainingPart } from "./formats/keras/layers.ts";
export { fromKeras, type KerasOptions } from "./formats/keras.ts";
export type { AnyNetwork, ImportedNetwork, NaNOption } from "./formats/model.ts";
export type { SafetensorsLayer } from "./formats/module-layers.ts";
export { fromONNX, type ReadONNXOptions } from "./formats/onnx/read.ts";
export { type ONNXOptions, toONNX } from "./formats/onnx/write.ts";
export {
  fromSafetensors,
  type SafetensorsNames,
  type SafetensorsOptions,
  toSafetensors,
} from "./formats/safetensors.ts";
export { fromScikitLearn, type ScikitLearnMLP, toScikitLearn } from "./formats/scikit-learn.ts";
export {
  fromTensorFlowJS,
  type ImportedKeras,
  type TensorFlowJSFiles,
  type TensorFlowJSModel,
  type TensorFlowJSOptions,
  toTensorFlowJS,
} from "./formats/tensorflow.ts";
