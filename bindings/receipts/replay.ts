// Trains again what a receipt is of, and says whether it ends the same.

import { checkFunction, optional, readNames, show } from "../checks.ts";
import type { MatrixLike, XLike } from "../data/matrix.ts";
import type { ModelState } from "../engine/engine.ts";
import type { EngineOptions } from "../engine/engines.ts";
import { NotFiniteError, OptionError } from "../errors.ts";
import type { BaseNetwork, NetworkClass, NetworkFile } from "../network/network.ts";
import { now } from "../network/slices.ts";
import type { EpochInfo, FitAsyncOptions } from "../options/fit.ts";
import type { Series } from "../options/recorder.ts";
import type { ScheduleFunction } from "../options/schedule.ts";
import type { Wait } from "../promises.ts";
import type { IsTime } from "../rows.ts";
import { type Difference, differenceAtEnd } from "./differences.ts";
import { readReceipt } from "./read.ts";
import { lastEntry, type Receipt, type ReceiptPredicate } from "./receipt.ts";
import { Recorder } from "./recorder.ts";

/** The data that a receipt's training had, as they were passed to `fit`. */
export interface ReplayData {
  /** rows × inputs */
  readonly x: XLike;
  /** rows × outputs */
  readonly y: MatrixLike;
  /** Those of `fit`. */
  readonly sampleWeights?: ArrayLike<number>;
  /** Those of `fit`. */
  readonly validation?: readonly [x: XLike, y: MatrixLike];
}

/** How far a replay has come. */
export interface ReplayProgress {
  /** The last epoch that was compared. */
  readonly epoch: number;
  /** How many there are. */
  readonly epochs: number;
  /** Seconds that the rest will take, by those before. */
  readonly secondsLeft: number;
}

/** The class `Network` of an entry, or one that extends it. */
export type ReplayNetwork = NetworkClass<BaseNetwork> & Pick<typeof BaseNetwork, "create" | "load">;

/** How a training is replayed. Engine and threads change nothing but the time that it takes. */
export interface ReplayOptions extends EngineOptions, Pick<FitAsyncOptions, "worker" | "signal"> {
  /**
   * The class `Network` of another entry, such as "bitgrad/threads" or "bitgrad/reference". Default: that of "bitgrad".
   */
  readonly Network?: ReplayNetwork;
  /**
   * A file of the network: what the training began with, if that wasn't a new network, or a checkpoint of the training,
   * from which the replay goes on.
   */
  readonly from?: NetworkFile;
  /** The schedule, if it was a function: a receipt can't have one. */
  readonly schedule?: ScheduleFunction;
  /** Called after every epoch that is compared. */
  readonly onProgress?: (progress: ReplayProgress) => void;
}

/** What a replay found. */
export interface Replay {
  /** Whether everything is as the receipt has it. */
  readonly confirmed: boolean;
  /** The first thing that differs. */
  readonly difference?: Difference;
  /** How many epochs were trained. */
  readonly epochs: number;
  /** The receipt of the replay itself. */
  readonly receipt: Receipt;
}

const NAMES = ["Network", "from", "schedule", "onProgress", "worker", "signal"] as const;
const ENGINE_NAMES = ["engine", "module", "threads", "warn", "workerUrl"] as const;
const DATA_NAMES = ["x", "y", "sampleWeights", "validation"] as const;

/** Tells how far it has come, too. */
class ReplayRecorder extends Recorder {
  readonly #onProgress: ReplayOptions["onProgress"];
  readonly #epochs: number;
  readonly #start = now();
  #first: number | undefined; // the epoch that it began after

  constructor(expected: Receipt, onProgress: ReplayOptions["onProgress"]) {
    super({ expected });
    this.#epochs = (expected.predicate.end ?? lastEntry(expected.predicate)).epoch;
    this.#onProgress = onProgress;
  }

  /** @internal */
  override *epoch(epoch: number, series: Series, state: ModelState, isTime: IsTime): Generator<Wait, boolean, unknown> {
    const ends = yield* super.epoch(epoch, series, state, isTime);
    const epochs = this.#epochs;
    this.#first ??= epoch - (this.every as number);
    const done = epoch - this.#first;
    const secondsLeft = (((now() - this.#start) / Math.max(1, done)) * Math.max(0, epochs - epoch)) / 1000;
    this.#onProgress?.({ epoch, epochs, secondsLeft });
    return ends;
  }
}

/** `replay` of an entry, whose class of networks is the default. */
export async function replayWith(
  usual: ReplayNetwork,
  receipt: Receipt | string,
  data: ReplayData,
  options: ReplayOptions | undefined,
): Promise<Replay> {
  const known = readReceipt(receipt);
  const given = readNames("options", optional(options), [...NAMES, ...ENGINE_NAMES]);
  const { x, y, ...rows } = readNames("data", data, DATA_NAMES);
  const { Network = usual, from, schedule, onProgress, worker, signal, ...engine } = given;
  if (onProgress !== undefined) checkFunction("onProgress", onProgress);
  const { predicate } = known;
  const net = await networkOf(Network, predicate, from, engine);
  try {
    const recorder = new ReplayRecorder(known, onProgress);
    const done = () => net.epochs - predicate.start.epochs + predicate.start.epoch;
    const epoch = done();
    const fit = fitOf(predicate, rows, schedule, epoch);
    const more = { ...(worker !== undefined && { worker }), ...(signal !== undefined && { signal }) };
    let notFinite = false;
    try {
      await net.fitAsync(x, y, { ...fit, ...more, receipt: recorder });
    } catch (error) {
      if (!(error instanceof NotFiniteError)) throw error;
      notFinite = true;
    }
    return found(recorder, predicate, notFinite, done() - epoch);
  } finally {
    net.dispose();
  }
}

/** The network that the training begins with, or a checkpoint of it. */
export async function networkOf(
  Network: ReplayNetwork,
  { network, start }: ReceiptPredicate,
  from: NetworkFile | undefined,
  engine: EngineOptions,
): Promise<BaseNetwork> {
  const { create, load } = (Network ?? {}) as Partial<ReplayNetwork>;
  if (typeof create !== "function" || typeof load !== "function") {
    throw new OptionError(`Network is ${show(Network)}; the class Network of an entry is expected`);
  }
  if (from !== undefined) return Network.load(from, engine);
  if (start.epochs > 0 || start.epoch > 0) {
    const what = start.epoch > 0 ? "its training" : "its network";
    throw new OptionError(
      `the receipt begins after ${start.epochs} epochs; from, the file of ${what} as it was then, is expected`,
    );
  }
  return Network.create({ ...network, ...engine });
}

/** The options of `fit`. */
export function fitOf(
  { fit, start, end, epochs }: ReceiptPredicate,
  { sampleWeights, validation }: Partial<ReplayData>,
  given: ScheduleFunction | undefined,
  epoch: number,
): FitAsyncOptions {
  const { schedule, timeLimit: _, resume, ...rest } = fit;
  if ((schedule === "function") !== (given !== undefined)) {
    const [is, expected] = given === undefined ? ["missing", "the function"] : ["given", "none"];
    throw new OptionError(`schedule is ${is}; ${expected} of the receipt's training is expected`);
  }
  const last = (end ?? lastEntry({ epochs, start })).epoch;
  const stops = ({ epoch, stop }: EpochInfo) => {
    if (epoch >= last) stop();
  };
  // a clock or a hand ended it there; early stopping and numbers that aren't finite end it again
  const wasStopped = end === undefined || ["timeLimit", "listener", "abort", "error"].includes(end.stopped ?? "");
  if (wasStopped && last <= epoch)
    throw new OptionError(`the receipt has no epoch after epoch ${epoch}: there is nothing to replay`);
  return {
    ...rest,
    ...(schedule !== undefined && { schedule: given ?? (schedule as never) }),
    ...(sampleWeights !== undefined && { sampleWeights }),
    ...(validation !== undefined && { validation }),
    ...(wasStopped && last < (fit.epochs as number) && { onEpoch: stops }),
    resume: resume === true || epoch > start.epoch,
  };
}

function found(recorder: Recorder, expected: ReceiptPredicate, notFinite: boolean, epochs: number): Replay {
  const receipt = recorder.receipt!;
  let { difference } = recorder;
  const end = receipt.predicate.end!;
  const was = expected.end;
  if (difference === undefined && was !== undefined && notFinite !== (was.stopped === "notFinite")) {
    const agreed = lastEntry(expected).epoch;
    difference = { epoch: end.epoch, agreed, what: "stopped", found: end.stopped, expected: was.stopped };
  }
  difference ??= differenceAtEnd(end, expected);
  return { confirmed: difference === undefined, ...(difference !== undefined && { difference }), epochs, receipt };
}
