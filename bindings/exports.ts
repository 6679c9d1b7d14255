// What every entry exports besides its own Network and Operations.

export type { ActivationName, ElementwiseName } from "./catalog/activations.ts";
export type { ParameterName } from "./catalog/layers.ts";
export type { LossName } from "./catalog/losses.ts";
export { type Average, METRICS, type MetricName } from "./catalog/metrics.ts";
export type { OptimizerName } from "./catalog/optimizers.ts";
export type {
  ConstantSchedule,
  CosineSchedule,
  ExponentialSchedule,
  NamedSchedule,
  OneCycleSchedule,
  PlateauSchedule,
  StepSchedule,
} from "./catalog/schedules.ts";
export type { XLike } from "./data/matrix.ts";
export {
  type ByMetric,
  type Metric,
  type MetricData,
  type MetricKey,
  type MetricOptions,
  type MetricSettings,
  type MetricWithSettings,
  measure,
  metric,
} from "./data/metrics.ts";
export type { EncoderLike, Encoders } from "./data/saved-encoders.ts";
export type { AsyncRowStream, RowStream, StreamItem, StreamX, StreamY } from "./data/stream.ts";
export * from "./encoder.ts";
export type { DenseShape, EngineName, Layer, Stage, StageKind, Threads, Trace } from "./engine/engine.ts";
export type { EngineChoice, EngineOptions } from "./engine/engines.ts";
export {
  BitgradError,
  BusyError,
  DataError,
  DisposedError,
  EngineError,
  type ErrorCode,
  FormatError,
  NotFiniteError,
  NotFittedError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
} from "./errors.ts";
export type { CrossValidation, CrossValidationOptions, RowEncoder, Scores } from "./network/cross-validation.ts";
export type { FoldOptions } from "./network/folds.ts";
export type {
  Backward,
  BackwardOptions,
  DropoutPlace,
  GradientOptions,
  Gradients,
  GradientsOut,
} from "./network/gradients.ts";
export type { History } from "./network/history.ts";
export type { Evaluation, NetworkClass, NetworkFile } from "./network/network.ts";
export type { GivenNumbers, GivenParameters, LayerParameters } from "./network/parameters.ts";
export type { SavableNetwork, SaveOptions } from "./network/savable-network.ts";
export type { SteppedNetwork } from "./network/stepped-network.ts";
export type { TrainableNetwork } from "./network/trainable-network.ts";
export type { DType } from "./numbers.ts";
export type { BlockOperations } from "./operations/blocks.ts";
export type {
  BatchShape,
  DropoutOptions,
  InitialWeightsOptions,
  OperationsClass,
  OptimizerState,
  OptimizerStep,
  OptimizerStepOptions,
  OutputOptions,
} from "./operations/operations.ts";
export type { Arrays, OptimizerClass } from "./optimizer/optimizer.ts";
export type { OptimizerClassOptions, ParameterShape } from "./optimizer/options.ts";
export type { SavedOptimizer } from "./optimizer/saved.ts";
export type { Checkpoint, EarlyStopping, EpochInfo, FitAsyncOptions, FitOptions } from "./options/fit.ts";
export type { Initializer, InitializerName } from "./options/initializer.ts";
export type {
  ActivationLayerOptions,
  BatchNormalizationOptions,
  DenseLayerOptions,
  DropoutLayerOptions,
  LayerNormalizationOptions,
  LayerOptions,
  NormalizationOptions,
  ResolvedLayer,
} from "./options/layer.ts";
export type { CrossEntropyOptions, HuberOptions, ResolvedLoss } from "./options/loss.ts";
export type { NetworkOptions, ResolvedNetworkOptions } from "./options/network.ts";
export type { OptimizerOptions, ResolvedOptimizer } from "./options/optimizer.ts";
export type { Plateau } from "./options/plateau.ts";
export type { TrainingRecorder } from "./options/recorder.ts";
export type { Schedule, ScheduleFunction, SchedulePosition } from "./options/schedule.ts";
export type { StreamAsyncOptions, StreamOptions } from "./options/stream.ts";
export type { SavedNetwork } from "./saving/json.ts";
export type { FileBytes } from "./saving/pieces.ts";
export type { SavedPlateau } from "./saving/saved-plateau.ts";
export type { Stopped } from "./saving/state.ts";
