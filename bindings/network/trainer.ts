// What a network asks of a worker that trains it. The entries with workers provide it.

import type { MatrixLike, TypedMatrix, XLike } from "../data/matrix.ts";
import type { TypedCompressedMatrix } from "../data/sparse-coding.ts";
import type { EngineOptions } from "../engine/engines.ts";
import type { ResolvedFitOptions } from "../options/fit.ts";
import type { WorkerUrl } from "../platform/workers.ts";
import type { Wait } from "../promises.ts";
import type { Saved, Standing } from "../saving/state.ts";
import type { Course } from "./course.ts";
import type { History } from "./history.ts";
import type { NetworkState } from "./network-state.ts";
import type { Stop } from "./stop.ts";

/** How the worker makes the network's engine. */
export interface JobEngine extends Pick<EngineOptions, "engine" | "module" | "threads"> {
  readonly workerUrl?: WorkerUrl;
}

/** x in arrays of our own. */
export type SentX = TypedMatrix | TypedCompressedMatrix;

/** A training, as the worker gets it. */
export interface Job {
  readonly saved: Saved;
  readonly load: JobEngine;
  readonly x: SentX;
  readonly y: TypedMatrix;
  readonly validation: readonly [x: SentX, y: TypedMatrix] | undefined;
  readonly options: ResolvedFitOptions;
}

/** A worker for one training, whose data may be copied while it starts. */
export interface Trainer {
  /** Resolves when the worker runs; to a reason if it never will. */
  readonly ready: Promise<string | undefined>;
  /**
   * Settles once the worker is done or has ended. `stop` ends it early. `take` receives the network's state at the end
   * and, if there is a listener, after each epoch.
   */
  train(job: Job, stop: Stop, take: (standing: Standing) => void): Promise<History>;
  /** Once, whatever happened. */
  release(): void;
}

/** How an entry trains in a worker. */
export type TrainInWorker = (
  load: JobEngine,
  network: NetworkState,
  x: XLike,
  y: MatrixLike,
  options: ResolvedFitOptions,
  course: Course,
) => Generator<Wait, History, unknown>;
