// What every entry exports besides its own Network and Operations.

export type { NumberArray } from "./arrays.ts";
export type { ActivationName } from "./catalog/activations.ts";
export type { LossName } from "./catalog/losses.ts";
export {
  type Cell,
  type ColumnKind,
  Encoder,
  type EncoderLike,
  type Encoders,
  type SavedColumn,
  type SavedEncoder,
  type Table,
} from "./encoder.ts";
export type { DenseShape, DType, EngineName } from "./engine/engine.ts";
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
  OptionError,
  OutOfMemoryError,
  ShapeError,
} from "./errors.ts";
export { METRICS, type MetricData, type MetricName, type MetricOptions, measure, metric } from "./metrics.ts";
export type { CrossValidation, CrossValidationOptions, Scores } from "./network/cross-validation.ts";
export type { History } from "./network/fitting.ts";
export type { Initializer, InitializerName } from "./network/initializers.ts";
export type { Schedule, ScheduleFunction, SchedulePosition } from "./network/learning-rate.ts";
export type { MatrixLike, Rows, TypedMatrix, TypedMatrixLike } from "./network/matrix.ts";
export type { Evaluation, LayerParameters, NetworkFile } from "./network/network.ts";
export type { OptimizerOptions } from "./network/optimizers.ts";
export type {
  Checkpoint,
  CrossEntropyOptions,
  EarlyStopping,
  EpochInfo,
  FitAsyncOptions,
  FitOptions,
  HuberOptions,
  LayerOptions,
  NetworkOptions,
  ResolvedLayer,
} from "./network/options.ts";
export type { SavedNetwork } from "./network/saved.ts";
export type {
  BatchShape,
  DropoutOptions,
  InitialWeightsOptions,
  OptimizerState,
  OptimizerStep,
  OptimizerStepOptions,
  OutputOptions,
} from "./operations.ts";
