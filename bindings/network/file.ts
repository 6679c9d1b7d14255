// The binary file of a network, and of a training that was interrupted: a safetensors file, so other tools open it, too.
//
//   layers.0.weights, layers.0.biases, …           parameters
//   memory.0.layers.0.weights, …                   the optimizer's slots
//   epochStart.…                                   all of that as the unfinished epoch began
//   best.…                                         and of the best epoch, for early stopping
//   metadata: "bitgrad", JSON of the rest; "sha256", of the whole file

import { type Interruption, type ModelState, slotCount } from "../engine/engine.ts";
import { BitgradError, FormatError } from "../errors.ts";
import { readTensors, type Tensor, writeTensors, writeTensorsAsync } from "../formats/safetensors.ts";
import { METRICS } from "../metrics.ts";
import type { Run } from "./fitting.ts";
import { engineOptimizer } from "./optimizers.ts";
import {
  checkAmount,
  checkChoice,
  checkFlag,
  checkNames,
  checkWhole,
  type ResolvedNetworkOptions,
  resolveNetworkOptions,
  show,
} from "./options.ts";

/** Everything that is needed to go on. */
export interface Saved {
  readonly options: ResolvedNetworkOptions;
  /** Whole epochs behind the network. */
  readonly epochs: number;
  readonly state: ModelState;
  readonly run?: Run | undefined;
}

const VERSION = 1;

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
  try {
    const json = JSON.parse(text) as Record<string, unknown>;
    checkNames("the file", json, [...KEYS, "run"]);
    if (json.version !== VERSION) {
      throw new FormatError(`version is ${show(json.version)}; this release of bitgrad reads version ${VERSION}`);
    }
    const { version: _, epochs, steps, momentumProduct, run, ...given } = json;
    const options = resolveNetworkOptions(given as unknown as ResolvedNetworkOptions);
    for (const key of Object.keys(options.optimizer)) {
      if (!Object.hasOwn(given.optimizer as object, key)) throw new FormatError(`optimizer has no "${key}"`);
    }
    const take = (prefix: string, counts: Record<string, unknown>): ModelState => {
      const type = options.dtype === "f32" ? Float32Array : Float64Array;
      const parts: ArrayLike<number>[] = [];
      for (const { name, shape } of shapes(options, prefix)) {
        const tensor = tensors.get(name);
        if (tensor === undefined) throw new FormatError(`there is no tensor "${name}"`);
        if (!(tensor.data instanceof type) || String(tensor.shape) !== String(shape)) {
          throw new FormatError(`tensor "${name}" is [${tensor.shape}]; [${shape}] of ${options.dtype} is expected`);
        }
        if (!tensor.data.every(Number.isFinite)) throw new FormatError(`tensor "${name}" is not finite`);
        parts.push(tensor.data);
        tensors.delete(name);
      }
      const values = new type(parts.reduce((sum, { length }) => sum + length, 0));
      let offset = 0;
      for (const part of parts) {
        values.set(part, offset);
        offset += part.length;
      }
      return {
        values,
        steps: checkWhole("steps", counts.steps, 0, Number.MAX_SAFE_INTEGER),
        momentumProduct: checkAmount("momentumProduct", counts.momentumProduct),
      };
    };
    const saved = {
      options,
      epochs: checkWhole("epochs", epochs, 0, 2 ** 32 - 1),
      state: take("", { steps, momentumProduct }),
      run: run === undefined ? undefined : readRun(run as Record<string, unknown>, take),
    };
    for (const name of tensors.keys()) throw new FormatError(`tensor ${show(name)} belongs to nothing`);
    return saved;
  } catch (cause) {
    const { message } = cause as Error;
    if (!(cause instanceof BitgradError) && !(cause instanceof SyntaxError)) throw cause;
    throw new FormatError(`the file is damaged: ${message}`, { cause });
  }
}

const KEYS = [
  "version",
  "inputs",
  "layers",
  "loss",
  "optimizer",
  "dtype",
  "seed",
  "epochs",
  "steps",
  "momentumProduct",
];

function readRun(
  json: Record<string, unknown>,
  take: (prefix: string, counts: Record<string, unknown>) => ModelState,
): Run {
  checkNames("run", json, [...RUN_KEYS, "stopped", "interruption", "best"]);
  const numbers = (name: string, list: unknown): number[] => {
    if (!Array.isArray(list) || !list.every((value) => typeof value === "number" || value === null)) {
      throw new FormatError(`${name} is ${show(list)}; an array of numbers is expected`);
    }
    return list.map((value) => value ?? Number.NaN); // as JSON writes NaN: an AUC of nothing
  };
  const loss = numbers("run.loss", json.loss);
  checkNames("run.metrics", json.metrics, METRICS);
  const metrics = Object.entries(json.metrics as object).map(([name, list]) => [name, numbers(`run.${name}`, list)]);
  const run: Run = {
    epochsBefore: checkWhole("run.epochsBefore", json.epochsBefore, 0, 2 ** 32 - 1),
    rows: checkWhole("run.rows", json.rows, 1, 2 ** 32),
    batchSize: checkWhole("run.batchSize", json.batchSize, 1, 2 ** 32),
    shuffle: checkFlag("run.shuffle", json.shuffle),
    loss,
    validationLoss: numbers("run.validationLoss", json.validationLoss),
    metrics: Object.fromEntries(metrics),
    ...(json.stopped !== undefined && {
      stopped: checkChoice<NonNullable<Run["stopped"]>>("run.stopped", json.stopped, [
        "earlyStopping",
        "timeLimit",
        "listener",
      ]),
    }),
  };
  if (json.interruption !== undefined) {
    const { interruption } = json as { interruption: Record<string, unknown> };
    checkNames("run.interruption", interruption, ["position", "errorSum", "steps", "momentumProduct"]);
    const found: Interruption = {
      position: checkWhole("run.interruption.position", interruption.position, 1, run.rows - 1),
      errorSum: checkAmount("run.interruption.errorSum", interruption.errorSum),
      snapshot: take("epochStart.", interruption),
    };
    Object.assign(run, { interruption: found });
  }
  if (json.best !== undefined) {
    const { best } = json as { best: Record<string, unknown> };
    checkNames("run.best", best, ["value", "epoch", "steps", "momentumProduct"]);
    const [value] = numbers("run.best.value", [best.value]);
    const epoch = checkWhole("run.best.epoch", best.epoch, 1, Math.max(1, loss.length));
    Object.assign(run, { best: { value, epoch, ...(best.steps !== undefined && { state: take("best.", best) }) } });
  }
  return run;
}

const RUN_KEYS = ["epochsBefore", "rows", "batchSize", "shuffle", "loss", "validationLoss", "metrics"];
