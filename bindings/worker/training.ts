// A training in a worker, as the thread sees it that asked for it: it gives the worker the network and copies of the data, answers
// what it asks for, and has the network back.

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
import { addHistory, type History } from "../network/history.ts";
import { Slice } from "../network/slices.ts";
import type { Stop } from "../network/stop.ts";
import type { Job, Trainer } from "../network/trainer.ts";
import type { DType } from "../numbers.ts";
import type { Checkpoint, EpochInfo, ResolvedFitOptions } from "../options/fit.ts";
import { checkWorkers, startWorker, type Worker, type WorkerEvents } from "../platform/workers.ts";
import type { Run, Standing } from "../saving/state.ts";

/** Functions stay here: the worker is told what to ask for. */
export interface JobMessage extends Omit<Job, "options"> {
  readonly options: Omit<ResolvedFitOptions, "onEpoch" | "rates" | "signal" | "checkpoint" | "validation">;
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
      readonly info: EpochInfo;
      readonly standing: Omit<Standing, "run">;
      /** What is not known here. */
      readonly run: Pick<Run, "epochsBefore" | "rows" | "batchSize" | "shuffle" | "stopped">;
      readonly best: Pick<NonNullable<Run["best"]>, "value" | "epoch"> | undefined;
    }
  | {
      readonly position: readonly [rate: number, epoch: number, stepsPerEpoch: number, dtype: DType];
      /** Those that were not told yet. */
      readonly losses: readonly number[];
    }
  | { readonly file: Uint8Array<ArrayBuffer> };

export type Report =
  | Question
  | { readonly history: History; readonly standing: Standing }
  /** Both are missing if there was no network, or no memory for them. */
  | { readonly error: PlainError; readonly history: History | undefined; readonly standing: Standing | undefined };

/** An error as a message has it: of this library its members, of others itself. "failed", "abort": what this thread knows. */
export type PlainError =
  | "failed"
  | "abort"
  | { readonly code: ErrorCode; readonly message: string; readonly epoch?: number; readonly loss?: number[] }
  | Error;

export function startTrainer(program: string, workerUrl: string | undefined): Trainer {
  const worker = hire(program, workerUrl);
  return {
    ready: worker.ready,
    train: (job, stop, take) => train(worker, job, stop, take),
    dismiss: () => dismiss(worker),
  };
}

function train(worker: Hired, job: Job, stop: Stop, take: (standing: Standing) => void): Promise<History> {
  const { onEpoch, rates, signal: _, checkpoint, validation: __, ...options } = job.options;
  const { save, ...files } = checkpoint ?? ({} as Partial<Checkpoint>);
  const before = options.resume ? job.saved.run : undefined;
  const loss: number[] = [...(before?.loss ?? [])];
  const validationLoss: number[] = [...(before?.validationLoss ?? [])];
  const metrics = options.metrics.map((name) => [name, [...(before?.metrics[name] ?? [])] as number[]] as const);
  let best = before?.best;
  let thrown: unknown; // here, by what the worker asked for

  const answer = async (question: Question): Promise<unknown> => {
    if ("file" in question) {
      await save!(question.file);
    } else if ("position" in question) {
      for (const value of question.losses) loss.push(value);
      const slice = new Slice();
      return finishAsync(
        rates!(...question.position, loss, undefined, (work) => slice.isOver(work)),
        { slice },
      );
    } else {
      const { info, standing, run } = question;
      const { stopped, ...fixed } = run;
      if (loss.length < info.epoch) loss.push(info.loss); // where it was saved as it was evaluated, the loss was known
      if (info.validationLoss !== undefined) validationLoss.push(info.validationLoss);
      for (const [name, values] of metrics) values.push(info.metrics![name]!);
      if (question.best?.epoch === info.epoch) {
        best = { ...question.best, state: options.earlyStopping!.restoreBest ? standing.state : undefined };
      }
      const history = { loss, validationLoss, metrics: Object.fromEntries(metrics) };
      take({ ...standing, run: { ...fixed, ...history, stopped, best } });
      return (await onEpoch!(info)) !== false;
    }
  };

  return new Promise((resolve, reject) => {
    let over = false;
    const end = (error: unknown, history: History = { loss }) => {
      over = true;
      stop.ask = undefined;
      addHistory(error, history);
      reject(error);
    };
    worker.events = {
      async onMessage(message) {
        const report = message as Report;
        if (!("history" in report)) {
          let reply: Message = "failed";
          try {
            reply = { answer: await answer(report) };
          } catch (error) {
            thrown = error;
          }
          // an answer may arrive after the training's end, when the worker already has another training
          if (!over) worker.post(reply);
          return;
        }
        worker.busy = false;
        try {
          if (report.standing !== undefined) take(report.standing);
        } catch (error) {
          return end(error, report.history);
        }
        if (!("error" in report)) {
          over = true;
          stop.ask = undefined;
          return resolve(report.history);
        }
        const { error, history } = report;
        end(error === "failed" ? thrown : error === "abort" ? stop.reason : revived(error), history);
      },
      onEnd(reason) {
        end(stop.hasEnded ? stop.reason : new EngineError(`the worker ended before its training: ${reason}`));
      },
    };
    if (worker.ended !== undefined) return worker.events.onEnd(worker.ended);
    const { saved, load, x, y, validation } = job;
    const ofWorker = typeof options.schedule === "function" ? undefined : options.schedule;
    const message: JobMessage = {
      saved,
      load,
      x,
      y,
      validation,
      options: { ...options, schedule: ofWorker },
      asks: {
        epochs: onEpoch !== undefined,
        rates: ofWorker !== options.schedule,
        files: checkpoint && files,
      },
    };
    const moved = [saved.state.values, x.data, y.data, ...(validation ?? []).map(({ data }) => data)];
    worker.busy = true;
    worker.post(
      message,
      moved.map(({ buffer }) => buffer as ArrayBuffer),
    );
    stop.ask = () => worker.post("abort" satisfies Message);
    if (stop.hasEnded) stop.ask();
  });
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
export function toPlain(error: unknown): PlainError {
  if (!(error instanceof BitgradError)) return error instanceof Error ? error : new Error(String(error));
  const { code, message } = error;
  return error instanceof NotFiniteError ? { code, message, epoch: error.epoch, loss: error.loss } : { code, message };
}

function revived(error: Exclude<PlainError, string>): unknown {
  if (!("code" in error)) return error;
  const { code, message, epoch, loss } = error;
  if (code === "NOT_FINITE") return new NotFiniteError(message, epoch!, loss!);
  return code in CLASSES ? new CLASSES[code as keyof typeof CLASSES](message) : new BitgradError(code, message);
}

// the next training may come soon; if not, the worker's memory is given back, and a process that lives for it ends
const IDLE_MS = { held: 100, free: 10_000 };

interface Hired extends Worker {
  events: WorkerEvents;
  /** Whether it has a job whose end it has not reported. */
  busy: boolean;
  /** Why it has ended. */
  ended?: string;
}

let idle: Hired | undefined;
let dismissal: { unref?: () => void } | undefined; // a timer

function hire(program: string, workerUrl: string | undefined): Hired {
  const found = idle ?? open(program, workerUrl);
  idle = undefined;
  clearTimeout(dismissal as Parameters<typeof clearTimeout>[0]);
  found.hold?.(true);
  return found;
}

function open(program: string, workerUrl: string | undefined): Hired {
  checkWorkers(workerUrl);
  try {
    const worker: Worker = startWorker(
      program,
      {
        onMessage: (message) => hired.events.onMessage(message),
        onEnd(reason) {
          if (idle === hired) idle = undefined;
          hired.ended = reason;
          worker.terminate();
          hired.events.onEnd(reason);
        },
      },
      workerUrl,
      true,
    );
    const hired: Hired = { ...worker, events: NO_EVENTS, busy: false };
    return hired;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(`a worker can't be started: ${reason}`, { cause });
  }
}

const NO_EVENTS: WorkerEvents = { onMessage() {}, onEnd() {} };

/** One stays for the next training. */
function dismiss(worker: Hired): void {
  worker.events = NO_EVENTS;
  if (worker.ended !== undefined) return;
  if (idle !== undefined || worker.busy) {
    worker.terminate();
    return;
  }
  worker.hold?.(false);
  idle = worker;
  dismissal = setTimeout(
    () => {
      idle = undefined;
      worker.terminate();
    },
    IDLE_MS[worker.hold === undefined ? "held" : "free"],
  ) as { unref?: () => void };
  dismissal.unref?.(); // in a browser it is a number
}
