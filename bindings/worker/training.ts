// A training in a worker, as the thread sees it that asked for it: it gives the worker the network and copies of the
// data, answers what it asks for, and has the network back.

import type { ByMetric } from "../data/metrics.ts";
import {
  BitgradError,
  DataError,
  EngineError,
  type ErrorCode,
  FormatError,
  NotFiniteError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
} from "../errors.ts";
import { finishAsync } from "../network/course.ts";
import { type Epoch, listened, Stopper } from "../network/epoch.ts";
import { addHistory, type History } from "../network/history.ts";
import { addMetrics, listsOf } from "../network/session.ts";
import { Slice } from "../network/slices.ts";
import type { Stop } from "../network/stop.ts";
import type { Job, Trainer } from "../network/trainer.ts";
import type { DType } from "../numbers.ts";
import type { Checkpoint, ResolvedFitOptions } from "../options/fit.ts";
import type { Known } from "../options/schedule.ts";
import { checkWorkers, startWorker, type Worker, type WorkerEvents, type WorkerUrl } from "../platform/workers.ts";
import type { Run, Standing } from "../saving/state.ts";

/** Functions stay here: the worker is told what to ask for. */
export interface JobMessage extends Omit<Job, "options"> {
  readonly options: Omit<
    ResolvedFitOptions,
    "onEpoch" | "rates" | "signal" | "checkpoint" | "validation" | "receipt" | "given"
  >;
  readonly asks: {
    readonly epochs: boolean;
    readonly rates: boolean;
    readonly files: Omit<Checkpoint, "save"> | undefined;
  };
}

export type Message = JobMessage | { readonly answer: unknown } | "failed" | "abort";

/** What the worker asks for and waits for: an epoch's listener, an epoch's rates, a file kept. */
export type Question =
  | {
      readonly info: Epoch;
      readonly standing: Omit<Standing, "run">;
      /** Without what is known here: the history, and the state of the best epoch. */
      readonly run: Omit<Run, "loss" | "validationLoss" | "metrics" | "trainingMetrics" | "interruption">;
    }
  | {
      readonly position: readonly [rate: number, epoch: number, stepsPerEpoch: number, dtype: DType];
      /** What was not sent yet. */
      readonly known: Known;
    }
  | { readonly file: Uint8Array<ArrayBuffer> };

export type Report =
  | Question
  | { readonly history: History; readonly standing: Standing }
  /** Both are missing if there was no network, or no memory for them. */
  | { readonly error: SentError; readonly history: History | undefined; readonly standing: Standing | undefined };

/**
 * An error as a message has it: of this library its members, of others itself. "failed", "abort": what this thread
 * knows.
 */
export type SentError =
  | "failed"
  | "abort"
  | { readonly code: ErrorCode; readonly message: string; readonly epoch?: number; readonly loss?: number[] }
  | Error;

/** What this thread knows of a training in a worker, and answers from. */
class Caller {
  readonly #options: ResolvedFitOptions;
  readonly #take: (standing: Standing) => void;
  readonly loss: number[];
  readonly #validationLoss: number[];
  readonly #metrics: ByMetric<number[]>;
  readonly #trainingMetrics: ByMetric<number[]> | undefined;
  #best: Run["best"];
  readonly #stopper = new Stopper();

  constructor({ options, saved }: Job, take: (standing: Standing) => void) {
    const before = options.resume ? saved.run : undefined;
    this.#options = options;
    this.#take = take;
    this.loss = [...(before?.loss ?? [])];
    this.#validationLoss = [...(before?.validationLoss ?? [])];
    this.#metrics = listsOf(options.metrics, before?.metrics);
    if (options.trainingMetrics) this.#trainingMetrics = listsOf(options.metrics, before?.trainingMetrics);
    this.#best = before?.best;
  }

  async answer(question: Question): Promise<unknown> {
    const { checkpoint, rates, onEpoch } = this.#options;
    if ("file" in question) {
      await checkpoint!.save(question.file);
      return undefined;
    }
    if ("position" in question) {
      const { losses, validationLosses, metrics } = question.known;
      const known = { losses: this.loss, validationLosses: this.#validationLoss, metrics: this.#metrics };
      addTo(known.losses, losses);
      addTo(known.validationLosses, validationLosses);
      for (const { name } of this.#options.metrics) addTo(known.metrics[name]!, metrics[name]!);
      const slice = new Slice();
      const isTime = (work: number) => slice.isOver(work);
      return finishAsync(rates!(...question.position, known, undefined, isTime), { slice });
    }
    this.#record(question);
    await onEpoch!(listened(question.info, this.#stopper));
    return this.#stopper.asked;
  }

  #record({ info, standing, run }: Extract<Question, { info: Epoch }>): void {
    const { best, ...rest } = run;
    // where it was saved as it was evaluated, the loss was known
    if (this.loss.length < info.epoch) this.loss.push(info.loss);
    if (info.validationLoss !== undefined) this.#validationLoss.push(info.validationLoss);
    const { metrics } = this.#options;
    addMetrics(this.#metrics, metrics, info.metrics ?? {});
    if (this.#trainingMetrics !== undefined) addMetrics(this.#trainingMetrics, metrics, info.trainingMetrics!);
    if (best?.epoch === info.epoch) {
      this.#best = { ...best, state: this.#options.earlyStopping!.restoreBest ? standing.state : undefined };
    }
    const history = {
      loss: this.loss,
      validationLoss: this.#validationLoss,
      metrics: { ...this.#metrics },
      trainingMetrics: this.#trainingMetrics,
    };
    this.#take({ ...standing, run: { ...rest, ...history, best: this.#best } });
  }
}

/** However many there are: a call takes no more arguments than the stack has room for. */
function addTo(list: number[], values: readonly number[]): void {
  for (const value of values) list.push(value);
}

function messageOf({ saved, load, x, y, validation, options: all }: Job): JobMessage {
  const { onEpoch, rates, signal: _, checkpoint, validation: __, receipt: ____, given: _____, ...options } = all;
  const schedule = typeof options.schedule === "function" ? undefined : options.schedule;
  const { save: ___, ...files } = checkpoint ?? ({} as Partial<Checkpoint>);
  return {
    saved,
    load: load.workerUrl === undefined ? load : { ...load, workerUrl: String(load.workerUrl) }, // others can't be sent
    x,
    y,
    validation,
    options: { ...options, schedule },
    asks: { epochs: onEpoch !== undefined, rates: schedule !== options.schedule, files: checkpoint && files },
  };
}

const CLASSES = {
  SHAPE: ShapeError,
  DATA: DataError,
  OPTION: OptionError,
  OUT_OF_MEMORY: OutOfMemoryError,
  ENGINE: EngineError,
  FORMAT: FormatError,
} as const;

/** A message has an error of this library as its members: copied, it would be none of its class. */
export function toSentError(error: unknown): SentError {
  if (!(error instanceof BitgradError)) return error instanceof Error ? error : new Error(String(error));
  const { code, message } = error;
  return error instanceof NotFiniteError ? { code, message, epoch: error.epoch, loss: error.loss } : { code, message };
}

function revived(error: Exclude<SentError, string>): unknown {
  if (!("code" in error)) return error;
  const { code, message, epoch, loss } = error;
  if (code === "NOT_FINITE") return new NotFiniteError(message, epoch!, loss!);
  return code in CLASSES ? new CLASSES[code as keyof typeof CLASSES](message) : new BitgradError(code, message);
}

// the next training may come soon; if not, the worker's memory is given back, and a process that lives for it ends
const IDLE_MS = { held: 100, free: 10_000 };
const NO_EVENTS: WorkerEvents = { onMessage() {}, onEnd() {} };

let idle: WorkerTrainer | undefined;
let expiry: { unref?: () => void } | undefined; // a timer

/** The one that is idle, or a new one. */
export function startTrainer(program: string, workerUrl: WorkerUrl | undefined): Trainer {
  const trainer = idle ?? new WorkerTrainer(program, workerUrl);
  idle = undefined;
  if (expiry !== undefined) clearTimeout(expiry as Parameters<typeof clearTimeout>[0]);
  trainer.worker.hold?.(true);
  return trainer;
}

/** A worker and its trainings, one after the other. */
class WorkerTrainer implements Trainer {
  readonly worker: Worker;
  #events = NO_EVENTS; // of the training under way
  #busy = false; // with a job whose end the worker has not reported
  #ended: string | undefined; // why

  constructor(program: string, workerUrl: WorkerUrl | undefined) {
    checkWorkers(workerUrl);
    const events: WorkerEvents = {
      onMessage: (message) => this.#events.onMessage(message),
      onEnd: (reason) => {
        if (idle === this) idle = undefined;
        this.#ended = reason;
        this.worker.terminate();
        this.#events.onEnd(reason);
      },
    };
    try {
      this.worker = startWorker(program, events, workerUrl, true);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EngineError(`a worker can't be started: ${reason}`, { cause });
    }
  }

  get ready(): Promise<string | undefined> {
    return this.worker.ready;
  }

  train(job: Job, stop: Stop, take: (standing: Standing) => void): Promise<History> {
    return new Promise((resolve, reject) => {
      const caller = new Caller(job, take);
      let thrown: unknown; // here, by what the worker asked for
      let over = false;
      const end = () => {
        over = true;
        stop.ask = undefined;
      };
      const fail = (error: unknown, history: History = { loss: caller.loss }) => {
        end();
        addHistory(error, history);
        reject(error);
      };
      const reply = async (question: Question) => {
        let message: Message = "failed";
        try {
          message = { answer: await caller.answer(question) };
        } catch (error) {
          thrown = error;
        }
        // an answer may arrive after the training's end, when the worker already has another training
        if (!over) this.worker.post(message);
      };
      const onMessage = (message: unknown) => {
        const report = message as Report;
        if (!("history" in report)) return void reply(report);
        this.#busy = false;
        try {
          if (report.standing !== undefined) take(report.standing);
        } catch (error) {
          return fail(error, report.history);
        }
        if ("error" in report) {
          const { error, history } = report;
          return fail(error === "failed" ? thrown : error === "abort" ? stop.reason : revived(error), history);
        }
        if (stop.hasEnded) return fail(stop.reason, report.history);
        end();
        resolve(report.history);
      };
      const onEnd = (reason: string) =>
        fail(stop.hasEnded ? stop.reason : new EngineError(`the worker ended before its training: ${reason}`));
      this.#events = { onMessage, onEnd };
      if (this.#ended !== undefined) return onEnd(this.#ended);
      this.#post(job);
      stop.ask = () => this.worker.post("abort" satisfies Message);
      if (stop.hasEnded) stop.ask();
    });
  }

  #post(job: Job): void {
    const { saved, x, y, validation = [] } = job;
    const arraysOf = (given: Job["x"]) =>
      "indptr" in given ? [given.data, given.indices, given.indptr] : [given.data];
    const moved = [saved.state.values, ...[x, y, ...validation].flatMap(arraysOf)];
    this.#busy = true;
    this.worker.post(
      messageOf(job),
      moved.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  /** One stays for the next training. */
  release(): void {
    this.#events = NO_EVENTS;
    if (this.#ended !== undefined) return;
    const { setTimeout, clearTimeout } = globalThis as Partial<typeof globalThis>;
    if (idle !== undefined || this.#busy || setTimeout === undefined || clearTimeout === undefined) {
      this.worker.terminate();
      return;
    }
    this.worker.hold?.(false);
    idle = this;
    const expire = () => {
      idle = undefined;
      this.worker.terminate();
    };
    expiry = setTimeout(expire, IDLE_MS[this.worker.hold === undefined ? "held" : "free"]) as typeof expiry;
    expiry!.unref?.(); // in a browser it is a number
  }
}
