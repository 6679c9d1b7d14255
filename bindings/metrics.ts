// The entry for metrics alone.

export type { NumberArray } from "./arrays.ts";
export { type Average, METRICS, type MetricName } from "./catalog/metrics.ts";
export type { MatrixLike, Numbers, Rows, TypedMatrixLike } from "./data/matrix.ts";
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
export {
  type ClassificationReport,
  type ClassMetrics,
  type ConfusionOptions,
  classificationReport,
  confusionMatrix,
  type ReportOptions,
} from "./data/report.ts";
