// The binary file of a network, and of a training that was interrupted: a safetensors file, so other tools open it,
// too.
//
//   history.loss, history.validationLoss, history.metrics.…,
//   history.trainingMetrics.…                                F64, a number for each epoch so far
//   layers.0.weights, layers.0.biases, layers.1.gamma, …      parameters
//   memory                                                    the optimizer's slots × parameters in that order
//   epochStart                                                parameters and slots as the unfinished epoch began
//   best                                                      and of the best epoch, for early stopping
// A file of weights only has the parameters alone.
//   metadata: "bitgrad", JSON of the rest; "sha256", of the whole file

import type { FloatArray } from "../arrays.ts";
import { countParameters } from "../catalog/layers.ts";
import { slotCount } from "../catalog/optimizers.ts";
import { checkChoice, checkFlag, checkKeys, checkWhole, counted, expected, readJSON, show } from "../checks.ts";
import { type ByMetric, isMetricKey } from "../data/metrics.ts";
import type { Interruption, ModelState } from "../engine/engine.ts";
import { FormatError, OutOfMemoryError } from "../errors.ts";
import { type DType, floatArray, sizeOf } from "../numbers.ts";
import { engineOptimizer } from "../options/optimizer.ts";
import type { Wait } from "../promises.ts";
import { atOnce, type IsTime, inSlices } from "../rows.ts";
import { fillFromBytes, quietNaN } from "./bytes.ts";
import type { Tensor } from "./header.ts";
import { checkFinite, parameterTensors, readCounts, readHead, VERSION } from "./json.ts";
import type { Pieces } from "./pieces.ts";
import { openTensors, type StoredTensor, tensorChunks, writingTensors } from "./safetensors.ts";
import { savePlateau } from "./saved-plateau.ts";
import type { Run, Saved } from "./state.ts";

const CHUNK_BYTES = 2 ** 24; // small enough for streams, large enough for disks
const HISTORY = "history.";

export function writeFile(saved: Saved): Uint8Array<ArrayBuffer> {
  return atOnce(writingFile(saved, undefined));
}

/** `writeFile` that yields where it is time to, or a promise whose result it continues with. */
export function* writingFile(saved: Saved, isTime: IsTime): Generator<Wait, Uint8Array<ArrayBuffer>, unknown> {
  const contents = yield* contentsOf(saved, isTime);
  try {
    return yield* writingTensors(...contents, isTime);
  } catch (cause) {
    if (!(cause instanceof OutOfMemoryError)) throw cause;
    throw new OutOfMemoryError(`the file does not fit into one array (${cause.message}); saveChunks gives several`, {
      cause,
    });
  }
}

export function writeFileChunks(saved: Saved, chunkBytes = CHUNK_BYTES): Uint8Array<ArrayBuffer>[] {
  return tensorChunks(...atOnce(contentsOf(saved, undefined)), chunkBytes);
}

/** The network alone: its optimizer begins anew. */
export function weightsOnly({ options, epochs, state }: Saved): Saved {
  const values = state.values.subarray(0, countParameters(options.inputs, options.layers));
  return { options, epochs, state: { values, steps: 0, momentumProduct: 1 } };
}

/** Tensors and metadata. */
function* contentsOf(
  { options, epochs, state, run, plateau }: Saved,
  isTime: IsTime,
): Generator<undefined, [Map<string, Tensor>, { bitgrad: string }]> {
  const tensors = new Map<string, Tensor>();
  const add = (name: string, shape: readonly number[], data: FloatArray) => tensors.set(name, { shape, data });
  const count = countParameters(options.inputs, options.layers);
  const addStates = (name: string, values: FloatArray) => add(name, [values.length / count, count], values);
  const counts = ({ steps, momentumProduct }: ModelState) => ({ steps, momentumProduct });
  const json: Record<string, unknown> = { version: VERSION, ...options, epochs, ...counts(state) };
  if (state.values.length < (1 + slotCount(engineOptimizer(options.optimizer))) * count) json.weightsOnly = true;
  if (plateau !== undefined) json.plateau = savePlateau(plateau);
  if (run !== undefined) {
    const { interruption, best, loss, validationLoss, metrics, trainingMetrics = {}, ...rest } = run;
    const lists = new Map([
      ["loss", loss],
      ["validationLoss", validationLoss],
    ]);
    for (const [kind, ofKind] of Object.entries({ metrics, trainingMetrics })) {
      for (const [name, list] of Object.entries(ofKind)) lists.set(`${kind}.${name}`, list!);
    }
    for (const [name, list] of lists) {
      const numbers = new Float64Array(list.length);
      const copy = (first: number, count: number) => {
        for (let n = first; n < first + count; n++) numbers[n] = list[n]!;
        quietNaN(numbers.subarray(first, first + count));
      };
      yield* inSlices(isTime, list.length, copy);
      add(`${HISTORY}${name}`, [list.length], numbers);
    }
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
    if (interruption !== undefined) {
      // NaN is allowed here: the epoch is taken back at its end
      const quiet = (first: number, count: number) => void quietNaN(state.values.subarray(first, first + count));
      yield* inSlices(isTime, state.values.length, quiet);
    }
  }
  let offset = 0;
  for (const { name, shape } of parameterTensors(options)) {
    add(name, shape, state.values.subarray(offset, offset + sizeOf(shape)));
    offset += sizeOf(shape);
  }
  if (offset < state.values.length) addStates("memory", state.values.subarray(offset));
  if (run?.interruption !== undefined) addStates("epochStart", run.interruption.snapshot.values);
  if (run?.best?.state !== undefined) addStates("best", run.best.state.values);
  return [tensors, { bitgrad: JSON.stringify(json, spellNumber) }];
}

/** Checks everything before anything is made of it. */
export function readFile(file: Pieces): Saved {
  const { tensors, metadata } = openTensors(file);
  const text = metadata.get("bitgrad");
  if (text === undefined || !metadata.has("sha256")) {
    const helps = "fromSafetensors of bitgrad/formats reads files of PyTorch";
    throw new FormatError(
      `the file is no network of bitgrad: its metadata have no "bitgrad" with a "sha256" (${helps})`,
    );
  }
  return readJSON("the file", text, (json) => {
    const { options, epochs, plateau } = readHead(json, ["steps", "momentumProduct"], ["run", "weightsOnly"]);
    if (json.weightsOnly !== undefined && (json.weightsOnly !== true || json.run !== undefined)) {
      throw new FormatError(`weightsOnly is ${show(json.weightsOnly)}; true is expected, and no run`);
    }
    const count = countParameters(options.inputs, options.layers);
    const slots = slotCount(engineOptimizer(options.optimizer));
    const stateSlots = json.weightsOnly === undefined ? slots : 0;
    const take: Take = (name, dtype, shape) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new FormatError(`there is no tensor "${name}"`);
      if (tensor.dtype !== dtype || !hasShape(tensor, shape)) {
        const [found, wanted] = [tensor.shape, shape].map((sizes) => `[${sizes.slice(0, 8)}]`);
        throw new FormatError(`tensor "${name}" is ${found} of ${tensor.dtype}; ${wanted} of ${dtype} is expected`);
      }
      tensors.delete(name);
      return tensor;
    };
    const takeStates = (name: string, owner: string, counts: object): ModelState => {
      const { parts } = take(name, options.dtype, [1 + slots, count]);
      const values = floatArray(options.dtype, (1 + slots) * count);
      fillFromBytes(values, parts);
      return { values: checkFinite(`tensor "${name}"`, values), ...readCounts(owner, counts) };
    };
    const run = json.run === undefined ? undefined : readRun(json.run, tensors, take, takeStates);
    const named = [
      ...parameterTensors(options),
      ...(stateSlots > 0 ? [{ name: "memory", shape: [slots, count] }] : []),
    ];
    const stored = named.map(({ name, shape }) => take(name, options.dtype, shape));
    for (const name of tensors.keys()) throw new FormatError(`tensor ${show(name)} belongs to nothing`);
    const values = floatArray(options.dtype, (1 + slots) * count);
    let offset = 0;
    for (const [n, { name, shape }] of named.entries()) {
      const target = values.subarray(offset, offset + sizeOf(shape));
      fillFromBytes(target, stored[n]!.parts);
      // in the middle of an epoch they may be infinite: that is checked at its end
      if (run?.interruption === undefined) checkFinite(`tensor "${name}"`, target);
      offset += target.length;
    }
    return { options, epochs, state: { values, ...readCounts("", json) }, run, plateau };
  });
}

/** The tensor of the name, which must be of that dtype and shape, and belongs to something from then on. */
type Take = (name: string, dtype: DType, shape: readonly number[]) => StoredTensor;

/** The state of the name; `counts`: the rest of it, under the owner's name in messages. */
type TakeStates = (name: string, owner: string, counts: object) => ModelState;

function hasShape({ shape }: StoredTensor, wanted: readonly number[]): boolean {
  return shape.length === wanted.length && shape.every((size, n) => size === wanted[n]);
}

function readRun(run: unknown, tensors: ReadonlyMap<string, StoredTensor>, take: Take, takeStates: TakeStates): Run {
  checkKeys("run", run, RUN_KEYS, ["stopped", "interruption", "best", "shuffleBuffer"]);
  const json = run as Record<string, unknown>;
  const { stopped, interruption, best, shuffleBuffer } = json;
  // a stream's are unknown
  const isStream = shuffleBuffer !== undefined;
  const rows = checkWhole("run.rows", json.rows, isStream ? 0 : 1, isStream ? 0 : 2 ** 32);
  const loss = readHistory(tensors, "loss", take);
  const epochs = loss.length;
  // of none that were asked for, of all epochs, or of one less, whose evaluation was under way
  const ofEpochs = (name: string) => {
    const list = readHistory(tensors, name, take);
    if (list.length === 0 || list.length === epochs || list.length === epochs - 1) return list;
    throw new FormatError(`tensor "${HISTORY}${name}" has ${counted(list.length, "number")}; ${expected(epochs)}`);
  };
  const ofMetrics = (kind: string) => {
    const found: ByMetric<readonly number[]> = {};
    for (const name of [...tensors.keys()]) {
      const [start, key] = [`${HISTORY}${kind}.`, name.slice(HISTORY.length + kind.length + 1)];
      if (name.startsWith(start) && isMetricKey(key)) found[key] = ofEpochs(`${kind}.${key}`);
    }
    return found;
  };
  const [metrics, trainingMetrics] = [ofMetrics("metrics"), ofMetrics("trainingMetrics")];
  return {
    epochsBefore: checkWhole("run.epochsBefore", json.epochsBefore, 0, 2 ** 32 - 1),
    rows,
    batchSize: checkWhole("run.batchSize", json.batchSize, 1, 2 ** 32),
    shuffle: checkFlag("run.shuffle", json.shuffle),
    ...(shuffleBuffer !== undefined && { shuffleBuffer: checkWhole("run.shuffleBuffer", shuffleBuffer, 0, 2 ** 32) }),
    loss,
    validationLoss: ofEpochs("validationLoss"),
    metrics,
    ...(Object.keys(trainingMetrics).length > 0 && { trainingMetrics }),
    stopped: stopped === undefined ? undefined : checkChoice("run.stopped", stopped, STOPS),
    interruption: interruption === undefined ? undefined : readInterruption(interruption, rows, takeStates),
    best: best === undefined ? undefined : readBest(best, Math.max(1, epochs), takeStates),
  };
}

const RUN_KEYS = ["epochsBefore", "rows", "batchSize", "shuffle"];
const STOPS = ["earlyStopping", "timeLimit", "listener"] as const;

function readHistory(tensors: ReadonlyMap<string, StoredTensor>, name: string, take: Take): number[] {
  const length = tensors.get(`${HISTORY}${name}`)?.shape[0] ?? 0;
  const values = new Float64Array(length);
  fillFromBytes(values, take(`${HISTORY}${name}`, "f64", [length]).parts);
  return Array.from(values);
}

function readInterruption(interruption: unknown, rows: number, takeStates: TakeStates): Interruption {
  const name = "run.interruption";
  checkKeys(name, interruption, ["position", "errorSum", "steps", "momentumProduct"]);
  const { position, errorSum } = interruption as Record<string, unknown>;
  return {
    position: checkWhole(`${name}.position`, position, 1, (rows || 2 ** 32) - 1),
    errorSum: readNumber(`${name}.errorSum`, errorSum),
    snapshot: takeStates("epochStart", `${name}.`, interruption),
  };
}

function readBest(best: unknown, epochs: number, takeStates: TakeStates): NonNullable<Run["best"]> {
  const name = "run.best";
  checkKeys(name, best, ["value", "epoch"], ["steps", "momentumProduct"]);
  const { value, epoch, steps } = best as Record<string, unknown>;
  return {
    value: readNumber(`${name}.value`, value),
    epoch: checkWhole(`${name}.epoch`, epoch, 1, epochs),
    state: steps === undefined ? undefined : takeStates("best", `${name}.`, best),
  };
}

/** NaN, ±∞ and −0, which JSON doesn't have, become strings; `readNumber` reads them. */
function spellNumber(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return Object.is(value, -0) ? "-0" : String(value);
}

function readNumber(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  if (["NaN", "Infinity", "-Infinity", "-0"].includes(value as string)) return Number(value);
  throw new FormatError(`${name} is ${show(value)}; a number is expected`);
}
