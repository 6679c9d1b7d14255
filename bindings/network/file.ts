// The binary file of a network, and of a training that was interrupted: a safetensors file, so other tools open it, too.
//
//   layers.0.weights, layers.0.biases, …           parameters
//   memory.0.layers.0.weights, …                   the optimizer's slots
//   epochStart.…                                   all of that as the unfinished epoch began
//   best.…                                         and of the best epoch, for early stopping
//   metadata: "bitgrad", JSON of the rest; "sha256", of the whole file

import { checkAmount, checkChoice, checkFlag, checkKeys, checkNames, checkWhole, readJSON, show } from "../checks.ts";
import { dtypeOf, type FloatArray, type Interruption, type ModelState, slotCount } from "../engine/engine.ts";
import { FormatError } from "../errors.ts";
import { readTensors, type Tensor, writeTensors, writeTensorsAsync } from "../formats/safetensors.ts";
import { METRICS } from "../metrics.ts";
import type { Run } from "./fitting.ts";
import { engineOptimizer } from "./optimizers.ts";
import type { ResolvedNetworkOptions } from "./options.ts";
import { checkFinite, readHead, readState, VERSION } from "./saved.ts";

/** Everything that is needed to go on. */
export interface Saved {
  readonly options: ResolvedNetworkOptions;
  /** Whole epochs behind the network. */
  readonly epochs: number;
  readonly state: ModelState;
  readonly run?: Run | undefined;
}

/** Names and shapes of the tensors of a state, in the order of its values. */
function* shapes({ inputs, layers, optimizer }: ResolvedNetworkOptions, prefix: string) {
  for (let slot = 0; slot <= slotCount(engineOptimizer(optimizer)); slot++) {
    const memory = slot === 0 ? "" : `memory.${slot - 1}.`;
    let columns = inputs;
    for (const [l, { units }] of layers.entries()) {
      yield { name: `${prefix}${memory}layers.${l}.weights`, shape: [columns, units] };
      yield { name: `${prefix}${memory}layers.${l}.biases`, shape: [units] };
      columns = units;
    }
  }
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

export function writeFile(saved: Saved): Uint8Array<ArrayBuffer> {
  return writeTensors(...contentsOf(saved));
}

/** `writeFile` with the SHA-256 off the thread where the platform can. Everything is copied before it returns its promise. */
export function writeFileAsync(saved: Saved): Promise<Uint8Array<ArrayBuffer>> {
  return writeTensorsAsync(...contentsOf(saved));
}

/** Tensors and metadata. */
function contentsOf({ options, epochs, state, run }: Saved): [Map<string, Tensor>, { bitgrad: string }] {
  const tensors = new Map<string, Tensor>();
  const add = (prefix: string, { values }: ModelState) => {
    let offset = 0;
    for (const { name, shape } of shapes(options, prefix)) {
      tensors.set(name, { shape, data: values.subarray(offset, offset + sizeOf(shape)) });
      offset += sizeOf(shape);
    }
  };
  const counts = ({ steps, momentumProduct }: ModelState) => ({ steps, momentumProduct });
  add("", state);
  const json: Record<string, unknown> = { version: VERSION, ...options, epochs, ...counts(state) };
  if (run !== undefined) {
    const { interruption, best, ...rest } = run;
    json.run = {
      ...rest,
      ...(interruption && {
        interruption: {
          position: interruption.position,
          errorSum: interruption.errorSum,
          ...counts(interruption.snapshot),
        },
      }),
      ...(best && { best: { value: best.value, epoch: best.epoch, ...(best.state && counts(best.state)) } }),
    };
    if (interruption !== undefined) add("epochStart.", interruption.snapshot);
    if (best?.state !== undefined) add("best.", best.state);
  }
  return [tensors, { bitgrad: JSON.stringify(json) }];
}

/** Checks everything before anything is made of it. */
export function readFile(bytes: Uint8Array): Saved {
  const { tensors, metadata } = readTensors(bytes);
  const text = metadata.get("bitgrad");
  if (text === undefined || !metadata.has("sha256")) {
    throw new FormatError('the file is no network of bitgrad: its metadata have no "bitgrad" with a "sha256"');
  }
  return readJSON("the file", text, (json) => {
    const { options, epochs } = readHead(json, ["steps", "momentumProduct"], ["run"]);
    const take: Take = (prefix, owner, counts) => {
      const parts: FloatArray[] = [];
      for (const { name, shape } of shapes(options, prefix)) {
        const tensor = tensors.get(name);
        if (tensor === undefined) throw new FormatError(`there is no tensor "${name}"`);
        const { data } = tensor;
        if (dtypeOf(data) !== options.dtype || String(tensor.shape) !== String(shape)) {
          throw new FormatError(
            `tensor "${name}" is [${tensor.shape}] of ${dtypeOf(data)}; [${shape}] of ${options.dtype} is expected`,
          );
        }
        parts.push(checkFinite(`tensor "${name}"`, data));
        tensors.delete(name);
      }
      return readState(owner, options.dtype, parts, counts);
    };
    const state = take("", "", json);
    const run = json.run === undefined ? undefined : readRun(json.run, take);
    for (const name of tensors.keys()) throw new FormatError(`tensor ${show(name)} belongs to nothing`);
    return { options, epochs, state, run };
  });
}

/** The state whose tensors have the prefix; `counts`: the rest of it, under the owner's name in messages. */
type Take = (prefix: string, owner: string, counts: object) => ModelState;

function readRun(run: unknown, take: Take): Run {
  checkKeys("run", run, RUN_KEYS, ["stopped", "interruption", "best"]);
  const json = run as Record<string, unknown>;
  const { metrics, stopped, interruption, best } = json;
  checkNames("run.metrics", metrics, METRICS);
  const rows = checkWhole("run.rows", json.rows, 1, 2 ** 32);
  const loss = numbers("run.loss", json.loss);
  return {
    epochsBefore: checkWhole("run.epochsBefore", json.epochsBefore, 0, 2 ** 32 - 1),
    rows,
    batchSize: checkWhole("run.batchSize", json.batchSize, 1, 2 ** 32),
    shuffle: checkFlag("run.shuffle", json.shuffle),
    loss,
    validationLoss: numbers("run.validationLoss", json.validationLoss),
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, list]) => [name, numbers(`run.metrics.${name}`, list)]),
    ),
    stopped: stopped === undefined ? undefined : checkChoice("run.stopped", stopped, STOPS),
    interruption: interruption === undefined ? undefined : readInterruption(interruption, rows, take),
    best: best === undefined ? undefined : readBest(best, Math.max(1, loss.length), take),
  };
}

const RUN_KEYS = ["epochsBefore", "rows", "batchSize", "shuffle", "loss", "validationLoss", "metrics"];
const STOPS = ["earlyStopping", "timeLimit", "listener"] as const;

function readInterruption(interruption: unknown, rows: number, take: Take): Interruption {
  const name = "run.interruption";
  checkKeys(name, interruption, ["position", "errorSum", "steps", "momentumProduct"]);
  const { position, errorSum } = interruption as Partial<Interruption>;
  return {
    position: checkWhole(`${name}.position`, position, 1, rows - 1),
    errorSum: checkAmount(`${name}.errorSum`, errorSum),
    snapshot: take("epochStart.", `${name}.`, interruption),
  };
}

function readBest(best: unknown, epochs: number, take: Take): NonNullable<Run["best"]> {
  const name = "run.best";
  checkKeys(name, best, ["value", "epoch"], ["steps", "momentumProduct"]);
  const { value, epoch, steps } = best as Record<string, unknown>;
  return {
    value: number(`${name}.value`, value),
    epoch: checkWhole(`${name}.epoch`, epoch, 1, epochs),
    state: steps === undefined ? undefined : take("best.", `${name}.`, best),
  };
}

function numbers(name: string, list: unknown): number[] {
  if (!Array.isArray(list)) throw new FormatError(`${name} is ${show(list)}; an array of numbers is expected`);
  return list.map((value, n) => number(`${name}[${n}]`, value));
}

/** NaN is null in JSON: an AUC of nothing. */
function number(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  if (value === null) return Number.NaN;
  throw new FormatError(`${name} is ${show(value)}; a number is expected`);
}
