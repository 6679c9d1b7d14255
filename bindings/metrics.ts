// The entry for metrics alone.

export type { NumberArray } from "./arrays.ts";
export type { MatrixLike, Rows, TypedMatrixLike } from "./data/matrix.ts";
export { METRICS, type MetricData, type MetricName, type MetricOptions, measure, metric } from "./data/metrics.ts";
