// What runs in the worker: makes the network that it is given, trains it, asks for what only the other thread has, and
// tells how it ended. The build gives it to the entries as text.

import { countParameters } from "../catalog/layers.ts";
import { type EngineOptions, Engines } from "../engine/engines.ts";
import { ThreadsEngines } from "../engine/wasm/threads.ts";
import { createWasmEngine } from "../engine/wasm/wasm-engine.ts";
import { courseOf, finishAsync } from "../network/course.ts";
import type { History } from "../network/history.ts";
import { NetworkState } from "../network/network-state.ts";
import { Slice } from "../network/slices.ts";
import { readData, train as trainNetwork } from "../network/train.ts";
import { whenCollected } from "../numbers.ts";
import type { EpochInfo, ResolvedFitOptions } from "../options/fit.ts";
import { ratesOf } from "../options/schedule.ts";
import { atOnce } from "../rows.ts";
import { evaluationsOf } from "../saving/state.ts";
import { type JobMessage, type Message, type Question, type Report, toSentError } from "./training.ts";

type Post = (report: Report, transfer?: readonly ArrayBuffer[]) => void;

let signal = new AbortController();
let waiting: { resolve(answer: unknown): void; reject(reason: unknown): void };

/** An error that only the other thread has; an object, so that it takes the history. */
class CallerError {
  readonly word: "failed" | "abort";

  constructor(word: "failed" | "abort") {
    this.word = word;
  }
}

/** Called with every message. */
export function serve(message: Message, post: Post): void {
  if (message === "abort") signal.abort(new CallerError(message));
  else if (message === "failed") waiting.reject(new CallerError(message));
  else if ("answer" in message) waiting.resolve(message.answer);
  else void train(message, post);
}

/** The module comes with the job: nothing is compiled here. */
function noModule(): never {
  throw new Error("the job has no module");
}

/**
 * Threads that a training doesn't wait for: its own is enough to begin with, and those of a worker may start late (Deno
 * 2.9).
 */
class ThreadsWhenTheyCome extends ThreadsEngines {
  override async load(count: number, module: WebAssembly.Module | undefined): ReturnType<ThreadsEngines["load"]> {
    return { engine: this.loadSync(count, module), leave() {} };
  }
}

const engines = new Engines({ module: noModule, create: createWasmEngine, threads: new ThreadsWhenTheyCome(noModule) });

// each message has a module object of its own: with the first of its kind, an instance and its memory are used again
const modules: { one?: WebAssembly.Module; several?: WebAssembly.Module } = {};

function known({ module, ...load }: EngineOptions): EngineOptions {
  if (module === undefined) return load;
  const kind = load.threads === 1 ? "one" : "several";
  modules[kind] ??= module;
  return { ...load, module: modules[kind] };
}

/** What there may be no memory for. */
function attempt<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

async function train({ saved, load, x, y, validation, options, asks }: JobMessage, post: Post): Promise<void> {
  signal = new AbortController();
  const ask = (question: Question, transfer: readonly ArrayBuffer[] = []) =>
    new Promise<unknown>((resolve, reject) => {
      waiting = { resolve, reject };
      post(question, transfer);
    });
  let net: NetworkState | undefined;
  const standing = () => atOnce(net!.standing());
  const { schedule } = options;
  // epochs whose losses, and whose evaluations, the other thread has
  const run = options.resume ? saved.run : undefined;
  const sent = { losses: run?.loss.length ?? 0, evaluations: run === undefined ? 0 : evaluationsOf(run) };
  const askListener = async (info: EpochInfo) => {
    const { run, ...rest } = standing();
    const { epochsBefore, rows, batchSize, shuffle, stopped, best } = run!;
    sent.losses = info.epoch;
    sent.evaluations = info.epoch;
    const asked = await ask(
      {
        info,
        standing: rest,
        run: {
          epochsBefore,
          rows,
          batchSize,
          shuffle,
          stopped,
          best: best && { value: best.value, epoch: best.epoch },
        },
      },
      [rest.state.values.buffer as ArrayBuffer],
    );
    if (asked) info.stop();
  };
  try {
    const { inputs, layers } = saved.options;
    const network = await engines.load(known(load), countParameters(inputs, layers), (found) =>
      finishAsync(whenCollected(() => NetworkState.of(found, saved.options))),
    );
    net = network;
    network.take(saved);
    const resolved: ResolvedFitOptions = {
      ...options,
      worker: false,
      validation,
      receipt: undefined, // the other thread writes it
      signal: signal.signal,
      onEpoch: asks.epochs ? askListener : undefined,
      rates: asks.rates
        ? function* (rate, epoch, stepsPerEpoch, dtype, { losses, validationLosses, metrics }) {
            const position = [rate, epoch, stepsPerEpoch, dtype] as const;
            const fresh = (list: readonly number[]) => list.slice(sent.evaluations);
            const known = {
              losses: losses.slice(sent.losses),
              validationLosses: fresh(validationLosses),
              metrics: Object.fromEntries(Object.entries(metrics).map(([name, list]) => [name, fresh(list!)])),
            };
            sent.losses = losses.length;
            sent.evaluations = losses.length;
            return (yield ask({ position, known })) as Float64Array;
          }
        : schedule && ratesOf(schedule),
      checkpoint: asks.files && { ...asks.files, save: (file) => ask({ file }, [file.buffer]) },
    };
    const course = courseOf(resolved, new Slice());
    const data = readData(network, x, y, resolved, course.stop);
    const history = await finishAsync(trainNetwork(network, data, resolved, course), course);
    post({ history, standing: standing() });
  } catch (error) {
    const { history } = error as { history?: History };
    post({
      error: error instanceof CallerError ? error.word : toSentError(error),
      history,
      standing: net && attempt(standing),
    });
  } finally {
    net?.dispose();
  }
}
