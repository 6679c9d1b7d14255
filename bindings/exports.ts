// What every entry exports besides its own Network and Operations.

export type { ActivationName, DenseShape, DType, EngineName } from "./engine/engine.ts";
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
export type { Initializer, InitializerName } from "./network/initializers.ts";
export type { MatrixLike, NumberArray, Rows, TypedMatrix } from "./network/matrix.ts";
export type { Evaluation, History, LayerParameters } from "./network/network.ts";
export type { OptimizerOptions } from "./network/optimizers.ts";
export type {
  EpochInfo,
  FitAsyncOptions,
  FitOptions,
  HuberOptions,
  LayerOptions,
  LossName,
  NetworkOptions,
  ResolvedLayer,
} from "./network/options.ts";
export type { SavedNetwork } from "./network/saved.ts";
export type { BatchShape } from "./operations.ts";
