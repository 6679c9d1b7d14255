// What early stopping and a plateau watch of a training.

import { METRIC_ROWS, METRICS, type MetricName } from "../catalog/metrics.ts";
import { checkChoice, show } from "../checks.ts";
import type { ResolvedMetric } from "../data/measuring.ts";
import { OptionError } from "../errors.ts";

/** A number that each epoch has. */
export type Monitor = "loss" | "validationLoss" | MetricName;

const LOSSES: readonly string[] = ["loss", "validationLoss"];

export function isLoss(monitor: string): monitor is "loss" | "validationLoss" {
  return LOSSES.includes(monitor);
}

/** What the metric with that name measures; without a name of its own it is that. */
export function typeOf(name: string, metrics: readonly ResolvedMetric[]): MetricName {
  return metrics.find((metric) => metric.name === name)?.type ?? (name as MetricName);
}

export function isLowerBetter(monitor: string, metrics: readonly ResolvedMetric[] = []): boolean {
  return isLoss(monitor) || METRIC_ROWS[typeOf(monitor, metrics)].isError === true;
}

/** One that some training has. */
export function checkMonitor(name: string, monitor: unknown): Monitor {
  return checkChoice(name, monitor, [...LOSSES, ...METRICS]) as Monitor;
}

/** One that a training with these metrics has; `validated`: and with validation data. */
export function checkWatched(
  name: string,
  monitor: string,
  metrics: readonly ResolvedMetric[],
  validated: boolean,
): string {
  if (metrics.some((metric) => metric.name === monitor)) return monitor;
  checkMonitor(name, monitor);
  if (monitor === "loss" || (monitor === "validationLoss" && validated)) return monitor;
  const needed = monitor === "validationLoss" ? "validation or validationSplit" : `metrics: [${show(monitor)}]`;
  throw new OptionError(`${name} is ${show(monitor)}; ${needed} is expected with it`);
}
