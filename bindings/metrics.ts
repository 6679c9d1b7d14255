// The entry for metrics alone.

export type { NumberArray } from "./arrays.ts";
export { METRICS, type MetricName } from "./catalog/metrics.ts";
export type { MatrixLike, Rows, TypedMatrixLike } from "./data/matrix.ts";
export { type MetricData, type MetricOptions, measure, metric } from "./data/metrics.ts";
