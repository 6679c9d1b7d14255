// The entry for metrics alone.

export { METRICS, type MetricData, type MetricName, type MetricOptions, measure, metric } from "./data/metrics.ts";
