// What an engine is: the building blocks on typed arrays, and models that train. Both engines return the same bits
// (assembly/NUMERICS.md). Callers have checked every argument before an engine sees it.

import type { FloatArray } from "../arrays.ts";
import type { ActivationName, ElementwiseName } from "../catalog/activations.ts";
import { LOSSES, type LossName } from "../catalog/losses.ts";
import { OPTIMIZERS, type OptimizerName } from "../catalog/optimizers.ts";
import { OutOfMemoryError } from "../errors.ts";

export { copyInto, type FloatArray } from "../arrays.ts";
export { EngineError, OutOfMemoryError } from "../errors.ts";

/** f32 is IEEE-754 binary32 (Float32Array), f64 is binary64 (Float64Array). */
export type DType = "f32" | "f64";

export type EngineName = "wasm" | "reference";

/** Functions of one number, of the same name in the exports of the WebAssembly module. */
export type Elementary = "exp" | "log" | "tanh" | "sigmoid";

/** `delta`: where Huber's loss turns from squared to absolute error. */
export interface Loss {
  readonly type: LossName;
  readonly delta?: number;
}

/**
 * A layer of a model. `alpha`: the slope of leakyRelu below 0, the limit of elu. `l1`, `l2`: penalties of its weights. `dropout`:
 * the share of its outputs that is left out in training.
 */
export interface Layer {
  readonly units: number;
  readonly activation: ActivationName;
  readonly alpha?: number;
  readonly l1?: number;
  readonly l2?: number;
  readonly dropout?: number;
}

/** How parameters follow their gradients; what an optimizer doesn't have is undefined or 0. */
export interface Optimizer {
  readonly type: OptimizerName;
  /** Of sgd. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  readonly momentumDecay?: number;
  /** Gradients are clipped to ± this. */
  readonly clipValue?: number;
  /** Gradients are scaled to a norm of this at most. */
  readonly clipNorm?: number;
}

/** How many numbers an optimizer remembers of each parameter. */
export function slotCount({ type, momentum = 0 }: Optimizer): number {
  const { slots, slotIsMomentum } = OPTIMIZERS[type];
  return slotIsMomentum && momentum === 0 ? 0 : slots;
}

/** Everything that changes in a model. */
export interface ModelState {
  /** Parameters as of `getParameters`, then each slot of the optimizer in the same form. */
  readonly values: FloatArray;
  /** Steps the optimizer has taken. */
  readonly steps: number;
  /** Nadam's Π μ. */
  readonly momentumProduct: number;
}

/** What a model is made of. */
export interface ModelShape {
  readonly dtype: DType;
  readonly inputs: number;
  readonly layers: readonly Layer[];
  readonly loss: Loss;
  readonly optimizer: Optimizer;
}

/** Sizes of a dense layer applied to a batch: x is rows × inputs, w inputs × units, z rows × units; all row-major. */
export interface DenseShape {
  readonly rows: number;
  readonly inputs: number;
  readonly units: number;
}

/** The building blocks of a perceptron; all but `elementary` return a new array and leave their arguments alone. */
export interface Kernels {
  forward(x: FloatArray, w: FloatArray, b: FloatArray, shape: DenseShape): FloatArray;
  /** Into `out`, which may be z. */
  elementary(name: Elementary, z: FloatArray, out: FloatArray): void;
  sigmoidDerivative(a: FloatArray): FloatArray;
  /** f(z) and f'(z). */
  activation(name: ElementwiseName, alpha: number, z: FloatArray): { a: FloatArray; slope: FloatArray };
  sseError(a: FloatArray, y: FloatArray, rows: number, outputs: number): number;
  sseGradient(a: FloatArray, y: FloatArray): FloatArray;
  inputGradient(delta: FloatArray, w: FloatArray, shape: DenseShape): FloatArray;
  weightGradient(x: FloatArray, delta: FloatArray, shape: DenseShape): FloatArray;
  biasGradient(delta: FloatArray, rows: number, units: number): FloatArray;
  update(w: FloatArray, g: FloatArray, learningRate: number): FloatArray;
  /** Of each row. */
  softmax(z: FloatArray, rows: number, units: number): FloatArray;
  /** e[s] of each row, in f64. */
  rowErrors(output: Output, z: FloatArray, y: FloatArray, rows: number, units: number): Float64Array;
  /** δ of an output layer, times the rows' weights where there are any. */
  outputDelta(
    output: Output,
    z: FloatArray,
    y: FloatArray,
    rows: number,
    units: number,
    weights: FloatArray | undefined,
  ): FloatArray;
  /** What the outputs of a layer are multiplied by. */
  dropoutFactors(dtype: DType, rows: number, units: number, dropout: DropoutPosition): FloatArray;
  /** One block of two 32-bit words. */
  threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number];
  /** The order in which an epoch visits its rows. Only the reference engine yields meanwhile. */
  shuffle(rows: number, seed: number, epoch: number, isTime?: IsTime): Generator<undefined, Uint32Array>;
}

/** The last layer and its loss. */
export interface Output {
  readonly loss: Loss;
  readonly activation: ActivationName;
  readonly alpha: number;
}

/** Which outputs a dropout leaves out: those of a layer, in a batch of an epoch. */
export interface DropoutPosition {
  readonly dropout: number;
  readonly seed: number;
  readonly epoch: number;
  readonly batch: number;
  readonly layer: number;
}

/** Rows of data that are checked as they are copied: `copyTo` throws and the copy is thrown away. It fills the target. */
export interface RowSource {
  readonly rows: number;
  readonly columns: number;
  copyTo(target: FloatArray, firstRow?: number): void;
}

/** Whether it is time to yield the thread, after so much work. With it, data are copied in slices. */
export type IsTime = ((work: number) => boolean) | undefined;

export interface TrainingOptions {
  readonly x: RowSource;
  readonly y: RowSource;
  readonly batchSize: number;
  readonly epochs: number;
  /** Epochs the network has behind it: the shuffle of epoch e depends on the seed and e alone. */
  readonly firstEpoch: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly learningRate: number;
  /** One number a row, which its error and δ are multiplied by. */
  readonly sampleWeights?: RowSource | undefined;
  /** Rates are set before each epoch. */
  readonly scheduled: boolean;
  readonly isTime: IsTime;
  /** Where another training was interrupted in the middle of an epoch. */
  readonly resume?: Interruption | undefined;
  /** What the model begins with, if it isn't its state. */
  readonly from?: ModelState | undefined;
}

/** The middle of an epoch. */
export interface Interruption {
  /** Rows of the epoch that are used. */
  readonly position: number;
  readonly errorSum: number;
  /** The model as the epoch began. */
  readonly snapshot: ModelState;
}

export type TrainingStatus = "unfinished" | "finished" | "not-finite";

/** A training in progress. It changes its model's parameters step by step. */
export interface Training {
  /** Draws the order of the next epoch in slices; without this, `advance` draws it at once. */
  drawOrder(isTime: IsTime): Generator<undefined, void>;
  /** Runs up to `steps` mini-batches. After "not-finite" the parameters are those of the last epoch that ended finite. */
  advance(steps: number): TrainingStatus;
  readonly finishedEpochs: number;
  /** E of the finished epochs, in order, from the given index on (default 0). */
  losses(from?: number): number[];
  /** The learning rates of the next epoch's steps. */
  setRates(rates: Float64Array): void;
  /** A copy of the model's state without the steps of an unfinished epoch. */
  wholeEpochState(isTime?: IsTime): Generator<undefined, ModelState>;
  /** Where in an epoch it is; undefined between two. */
  interruption(isTime?: IsTime): Generator<undefined, Interruption | undefined>;
  /** Takes back the steps of an unfinished epoch. */
  rewind(): void;
  /** Between two epochs: has the model take a state, at once, once the slices before are done. */
  restore(state: ModelState, isTime: IsTime): Generator<undefined, void>;
  dispose(): void;
}

/** The parameters of one network, and what can be done with them. */
export interface Model {
  readonly dtype: DType;
  readonly parameterCount: number;
  /** Draws Glorot uniform weights. The first layer is drawn as layer number `first`, default 0. */
  initialize(seed: number, first?: number): void;
  /** A step by gradients in the form of `getParameters`: penalties, clipping, the optimizer's step. */
  step(gradients: FloatArray, learningRate: number): void;
  /** Every layer's w (row-major) and b, in order. */
  getParameters(): FloatArray;
  setParameters(parameters: FloatArray): void;
  /** A copy of everything that changes. */
  copyState(isTime?: IsTime): Generator<undefined, ModelState>;
  /** At once, since what it replaces may be seen between two slices. */
  setState(state: ModelState): void;
  setTrainable(layer: number, trainable: boolean): void;
  /** Yields between two slices of the data it copies. */
  startTraining(options: TrainingOptions): Generator<undefined, Training>;
  /** Writes the outputs, row-major, into `out`, a caller's array: none of its own methods and getters are called. */
  predict(x: RowSource, out: FloatArray): void;
  /** start + Σ e of the rows, in order; their outputs, row-major, into `out`. */
  sumErrors(x: RowSource, y: RowSource, start: number, out?: FloatArray): number;
  dispose(): void;
}

/** The threads that train, this one among them. */
export interface Threads {
  readonly count: number;
  /** Why there are fewer than were asked for. */
  readonly reason?: string | undefined;
}

export interface Engine {
  readonly name: EngineName;
  /** What it runs, which a worker can be given. */
  readonly module?: WebAssembly.Module;
  /** None: one. */
  readonly threads?: Threads;
  readonly kernels: Kernels;
  createModel(shape: ModelShape): Model;
}

/** Where an entry gets its engines with threads from; what they throw is why there are none. */
export interface ThreadsSource {
  /** The number of threads for a network of so many parameters. From now on, workers run `workerUrl` if it is given. */
  count(threads: number | "auto", parameterCount: number, workerUrl: string | undefined): number;
  /**
   * Resolves when the threads are ready. The caller calls `leave` once, after it has created what uses them, or failed.
   */
  load(count: number, module: WebAssembly.Module | undefined): Promise<{ engine: Engine; leave: () => void }>;
  loadSync(count: number, module: WebAssembly.Module | undefined): Engine;
}

export function dtypeOf(array: FloatArray): DType {
  return array instanceof Float32Array ? "f32" : "f64";
}

/** Whether typed arrays have the bytes of WebAssembly's memory and of saved files. */
export const LITTLE_ENDIAN = /* @__PURE__ */ new Uint8Array(/* @__PURE__ */ new Uint16Array([1]).buffer)[0] === 1;

/** The limit of both engines: WebAssembly's memory less one page, so that an end address fits into 32 bits. */
export const MAX_BYTES = 2 ** 32 - 2 ** 16;

export function floatArray(dtype: DType, length: number): FloatArray {
  return allocated<FloatArray>(dtype, length, dtype === "f32" ? Float32Array : Float64Array);
}

export function indexArray(length: number): Uint32Array {
  return allocated("u32", length, Uint32Array);
}

/** `type`: as a message names it. */
export function allocated<T>(type: string, length: number, Numbers: NumbersOf<T>): T {
  let options: ErrorOptions | undefined;
  try {
    if (length * Numbers.BYTES_PER_ELEMENT <= MAX_BYTES) return new Numbers(length);
  } catch (cause) {
    options = { cause };
  }
  throw new OutOfMemoryError(`an array of ${length} ${type} numbers doesn't fit into memory`, options);
}

const WAITS = [1, 1, 4, 16, 64, 256]; // turns between attempts: some collectors are slow

/**
 * Returns what `attempt` returns. If memory runs out, it yields for some turns and tries again: a failed allocation
 * makes the runtime collect networks that were dropped without `dispose`.
 */
export function* whenCollected<T>(attempt: () => T): Generator<undefined, T> {
  for (const turns of WAITS) {
    try {
      return attempt();
    } catch (cause) {
      if (!(cause instanceof OutOfMemoryError)) throw cause;
    }
    for (let n = 0; n < turns; n++) yield;
  }
  return attempt();
}

interface NumbersOf<T> {
  new (length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

export function bytesPerElement(dtype: DType): number {
  return dtype === "f32" ? 4 : 8;
}

const SLICE_ELEMENTS = 16_384; // from one look at the clock to the next
const ELEMENT_WORK = 8; // multiply-adds that an element takes as long as, at most

/** Has `run` do all of `count` units of work, each on `width` elements; yields where it is time to. */
export function* inSlices(
  isTime: IsTime,
  count: number,
  run: (first: number, count: number) => void,
  width = 1,
): Generator<undefined, void> {
  const most = Math.max(1, Math.floor(SLICE_ELEMENTS / width));
  let some = isTime === undefined ? count : 1; // a caller's rows may take their time
  for (let first = 0; first < count; ) {
    const units = Math.min(some, count - first);
    run(first, units);
    first += units;
    if (isTime === undefined) continue;
    const pauses = isTime(units * width * ELEMENT_WORK);
    some = Math.min(most, pauses ? Math.ceil(some / 4) : some * 4);
    if (pauses) yield;
  }
}

/** What a generator returns that is given no clock, and so never yields. */
export function atOnce<R>(run: Generator<unknown, R, unknown>): R {
  return run.next().value as R;
}

/** All rows of a source in an array of their own. */
export function* readSlices(source: RowSource, dtype: DType, isTime: IsTime): Generator<undefined, FloatArray> {
  const { rows, columns } = source;
  const data = floatArray(dtype, rows * columns);
  const copy = (first: number, count: number) =>
    source.copyTo(data.subarray(first * columns, (first + count) * columns), first);
  yield* inSlices(isTime, rows, copy, columns);
  return data;
}

/** Copies all of `source` into `target`, from index `at` on. */
export function copyingInto<T extends FloatArray | Uint8Array>(
  target: T,
  source: T,
  at: number,
  isTime: IsTime,
): Generator<undefined, void> {
  return inSlices(isTime, source.length, (first, count) =>
    target.set(source.subarray(first, first + count), at + first),
  );
}

/** The last element of a list that is not empty; Chrome 91 has no `at`. */
export function last<T>(list: readonly T[]): T {
  return list[list.length - 1]!;
}

/** E from the sum of the samples' errors, of which squared ones are not halved yet. */
export function lossOf({ type }: Loss, errorSum: number, rows: number): number {
  const { isHalved, isMean } = LOSSES[type];
  const error = isHalved ? 0.5 * errorSum : errorSum;
  return isMean ? error / rows : error;
}

/** How many parameters the layers of a network have together. */
export function countParameters(inputs: number, layers: readonly { units: number }[]): number {
  let count = 0;
  for (const { units } of layers) {
    count += (inputs + 1) * units;
    inputs = units;
  }
  return count;
}
