// What early stopping and a plateau watch of a training.

import { METRICS, type MetricName } from "../catalog/metrics.ts";
import { checkChoice, show } from "../checks.ts";
import { OptionError } from "../errors.ts";

/** A number that each epoch has. */
export type Monitor = "loss" | "validationLoss" | MetricName;

const LOSSES: readonly Monitor[] = ["loss", "validationLoss"];

export function isLoss(monitor: Monitor): monitor is "loss" | "validationLoss" {
  return LOSSES.includes(monitor);
}

export function isLowerBetter(monitor: Monitor): boolean {
  return isLoss(monitor) || monitor === "mae" || monitor === "rmse";
}

/** One that some training has. */
export function checkMonitor(name: string, monitor: unknown): Monitor {
  return checkChoice(name, monitor, [...LOSSES, ...METRICS]);
}

/** One that a training with these metrics has; `validated`: and with validation data. */
export function checkWatched(
  name: string,
  monitor: Monitor,
  metrics: readonly MetricName[],
  validated: boolean,
): Monitor {
  checkMonitor(name, monitor);
  if (monitor === "loss" || (monitor === "validationLoss" ? validated : metrics.includes(monitor))) return monitor;
  const needed = monitor === "validationLoss" ? "validation or validationSplit" : `metrics: [${show(monitor)}]`;
  throw new OptionError(`${name} is ${show(monitor)}; ${needed} is expected with it`);
}
