// What a training tells of itself: the numbers of its epochs, and why it ended.

import { hasOwn } from "../checks.ts";
import type { ByMetric } from "../data/metrics.ts";
import type { Stopped } from "../saving/state.ts";

/** The course of a training: each list has one number for every finished epoch. */
export interface History {
  /** The error E over the epoch's rows; each row's error is computed before the step on its batch. */
  readonly loss: number[];
  /** The error E over the validation data after the epoch, if there are any. */
  readonly validationLoss?: number[];
  /** The metrics that were asked for, on the validation data or, without them, on the training data. */
  readonly metrics?: ByMetric<number[]>;
  /** The metrics on the training data, beside those on the validation data, if `trainingMetrics` asked for them. */
  readonly trainingMetrics?: ByMetric<number[]>;
  /** Why the training ended before its last epoch; undefined if it did not. */
  readonly stopped?: Stopped;
  /** The epoch, counted from 1, whose parameters early stopping restored. */
  readonly bestEpoch?: number;
  /** Sentences about things that may be unintended, such as a worker that could not be started. */
  readonly warnings?: readonly string[];
}

/** `history` with more warnings. */
export function warned(history: History, ...warnings: string[]): History {
  return warnings.length === 0 ? history : { ...history, warnings: [...(history.warnings ?? []), ...warnings] };
}

/** What an error has of it. */
export function historyOf(error: unknown): History {
  return (error as { history?: History }).history ?? { loss: [] };
}

/** Adds the history so far to the error that ended a training, if that is an object without a `history`. */
export function addHistory(error: unknown, value: History): void {
  try {
    if (hasOwn(error as object, "history")) return;
    Object.defineProperty(error, "history", { value, writable: true, configurable: true });
  } catch {
    // it can't be extended, or is no object
  }
}
