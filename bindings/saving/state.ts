// What is saved of a network: in a file, in JSON, and on the way to a worker and back.

import type { ByMetric } from "../data/metrics.ts";
import type { Interruption, ModelState } from "../engine/engine.ts";
import type { ResolvedNetworkOptions } from "../options/network.ts";
import type { Plateau } from "../options/plateau.ts";

/** Why a training ended before its last epoch. */
export type Stopped = "earlyStopping" | "timeLimit" | "listener";

/** A training that was interrupted, or is under way: what a checkpoint has beside the network. */
export interface Run {
  /** Epochs behind the network as it began. */
  readonly epochsBefore: number;
  /** 0 of a stream: nobody knows. */
  readonly rows: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  /** Of a stream. */
  readonly shuffleBuffer?: number | undefined;
  readonly loss: readonly number[];
  readonly validationLoss: readonly number[];
  readonly metrics: ByMetric<readonly number[]>;
  /** On the training data beside the validation data. */
  readonly trainingMetrics?: ByMetric<readonly number[]> | undefined;
  readonly stopped?: Stopped | undefined;
  /** The best epoch, from 1, as early stopping sees it; `state`: to restore. */
  readonly best?:
    | { readonly value: number; readonly epoch: number; readonly state?: ModelState | undefined }
    | undefined;
  readonly interruption?: Interruption | undefined;
}

/** How many epochs are evaluated: one less than have done their steps, if an evaluation is under way. */
export function evaluationsOf({ metrics, validationLoss }: Pick<Run, "metrics" | "validationLoss">): number {
  return (Object.values(metrics)[0] ?? validationLoss).length;
}

/** Everything that is needed to go on. */
export interface Saved {
  readonly options: ResolvedNetworkOptions;
  /** Whole epochs behind the network. */
  readonly epochs: number;
  readonly state: ModelState;
  readonly run?: Run | undefined;
  readonly plateau?: Plateau | undefined;
}

/** The part of it that training changes. */
export type Standing = Pick<Saved, "epochs" | "state" | "run" | "plateau">;
