// What the entries in the shape of TensorFlow.js export, besides what makes models.

export {
  BaseCallback,
  Callback,
  CustomCallback,
  type CustomCallbackArgs,
  callbacks,
  EarlyStopping,
  type EarlyStoppingCallbackArgs,
  History,
  type Logs,
  type Params,
  type YieldEveryOptions,
} from "./callbacks.ts";
export { type ContainerArgs, input } from "./chain.ts";
export { type CoreLoss, type CoreLossName, losses } from "./core-losses.ts";
export { type Batched, Dataset, type DatasetFunctions, data, type LazyIterator } from "./data.ts";
export * from "./functions.ts";
export {
  Initializer,
  type InitializerIdentifier,
  initializers,
  type RandomNormalArgs,
  type RandomUniformArgs,
  Regularizer,
  regularizers,
  type SeedOnlyInitializerArgs,
  type VarianceScalingArgs,
} from "./initializers.ts";
export { type IOFunctions, io } from "./io.ts";
export { Layer, type LayerArgs, LayerVariable, type Shape, SymbolicTensor } from "./layer.ts";
export {
  type ActivationIdentifier,
  type ActivationLayerArgs,
  type BatchNormalizationLayerArgs,
  type DenseLayerArgs,
  type DropoutLayerArgs,
  type LayerNormalizationLayerArgs,
  layers,
} from "./layers.ts";
export type { LossOrMetricFn } from "./losses.ts";
export { type MetricFunctionName, metrics } from "./metrics.ts";
export * from "./missing.ts";
export { LayersModel } from "./model.ts";
export type {
  ModelCompileArgs,
  ModelEvaluateArgs,
  ModelFitArgs,
  ModelFitDatasetArgs,
  ModelPredictArgs,
  Rows,
} from "./model-args.ts";
export type { DataType } from "./operations.ts";
export {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  MomentumOptimizer,
  Optimizer,
  RMSPropOptimizer,
  SGDOptimizer,
  train,
} from "./optimizers.ts";
export { Sequential, type SequentialArgs } from "./sequential.ts";
export {
  type AxisLike,
  type Scalar,
  Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type TensorOrLike,
} from "./tensor.ts";
export {
  type ArrayMap,
  type DataTypeMap,
  Rank,
  type ShapeMap,
  type TensorLike,
  type TypedArray,
} from "./tensor-types.ts";
