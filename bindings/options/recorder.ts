// What a training tells whoever keeps a record of it, such as the recorder of bitgrad/receipts: a small interface, so
// that who keeps no record carries no code for it.

import type { ByMetric } from "../data/metrics.ts";
import type { ModelState, Trace } from "../engine/engine.ts";
import type { Wait } from "../promises.ts";
import type { IsTime, RowSource } from "../rows.ts";
import type { ResolvedNetworkOptions } from "./network.ts";
import type { Plateau } from "./plateau.ts";

/** All its rows, in memory of our own; y as it was given, without smoothing. */
export interface RecordedData {
  readonly x: RowSource;
  readonly y: RowSource;
  readonly weights: RowSource | undefined;
  readonly validation: readonly [x: RowSource, y: RowSource] | undefined;
}

/** A training that is about to take its first step. */
export interface Beginning {
  readonly network: ResolvedNetworkOptions;
  /** Whole epochs behind the network. */
  readonly epochs: number;
  readonly plateau: Plateau | undefined;
  /** The resolved options of `fit`. */
  readonly options: object;
  /** Rows of a step, and steps of an epoch. */
  readonly batchRows: number;
  readonly stepsPerEpoch: number;
  readonly data: RecordedData;
  /** Parameters and slots after whole epochs. */
  readonly state: ModelState;
  /** Losses of the epochs that a resumed training has behind it. */
  readonly loss: readonly number[];
}

/** The numbers of its epochs so far. */
export interface Series {
  readonly loss: readonly number[];
  readonly validationLoss?: readonly number[] | undefined;
  readonly metrics?: ByMetric<readonly number[]> | undefined;
  readonly trainingMetrics?: ByMetric<readonly number[]> | undefined;
}

/** How it ended. */
export interface Ended extends Series {
  readonly stopped?: string;
  readonly bestEpoch?: number;
}

/** What keeps a record of a training: a `Recorder` of bitgrad/receipts. */
export interface TrainingRecorder {
  /** After how many epochs each an entry is written; "auto": so that it takes a few percent of the time. */
  readonly every: number | "auto";
  /** @internal Called by the reference engine with what each step computes. */
  readonly trace?: Trace | undefined;
  /** @internal Returns after how many epochs each `epoch` is called. */
  begin(begun: Beginning, isTime: IsTime): Generator<Wait, number, unknown>;
  /** @internal Returns whether the training is to end. */
  epoch(epoch: number, series: Series, state: ModelState, isTime: IsTime): Generator<Wait, boolean, unknown>;
  /** @internal */
  end(ended: Ended, state: ModelState, isTime: IsTime): Generator<Wait, void, unknown>;
}
