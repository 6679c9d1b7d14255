// What an engine is: the building blocks on typed arrays, and models that train. Both engines return the same bits
// (assembly/NUMERICS.md). Callers have checked every argument before an engine sees it.

import type { FloatArray } from "../arrays.ts";
import type { ActivationName, ElementwiseName } from "../catalog/activations.ts";
import type { LossName } from "../catalog/losses.ts";
import type { OptimizerName } from "../catalog/optimizers.ts";
import type { DType } from "../numbers.ts";
import type { WorkerUrl } from "../platform/workers.ts";
import type { IsTime, RowSource } from "../rows.ts";

/** What computes: WebAssembly, or the reference engine in plain JavaScript. Both give the same bits. */
export type EngineName = "wasm" | "reference";

/** Functions of one number, of the same name in the exports of the WebAssembly module. */
export type Elementary = "exp" | "log" | "tanh" | "sigmoid";

/**
 * `delta`: where Huber's loss turns from squared to absolute error. `clip`: outputs of a cross-entropy count as no less
 * than that, and as no more than 1 minus that.
 */
export interface Loss {
  readonly type: LossName;
  readonly delta?: number;
  readonly clip?: number;
}

/**
 * A layer of a model: its kind makes z of x, its activation outputs of z, and a training drops a share of these. What a
 * kind doesn't have is undefined.
 */
export interface Layer {
  /** What kind of layer it is; a dense layer has no type. */
  readonly type?: "dense" | "activation" | "batchNormalization" | "layerNormalization" | "dropout";
  /** How many outputs it has. */
  readonly units: number;
  /** Its activation function. */
  readonly activation: ActivationName;
  /** The parameter of the activation, for those that have one. */
  readonly alpha?: number;
  /** The factor of the penalty l1 · Σ |w|. */
  readonly l1?: number;
  /** The factor of the penalty ½ · l2 · Σ w². */
  readonly l2?: number;
  /** The share of the outputs that a training step drops, 0 to below 1. */
  readonly dropout?: number;
  /** The same of a dropout layer. */
  readonly rate?: number;
  /** Of a batch normalization: the share of its moving averages that stays in each step. */
  readonly momentum?: number;
  /** Of a normalization: what is added to the variance. */
  readonly epsilon?: number;
  /** Of a normalization: whether it has beta. */
  readonly center?: boolean;
  /** Of a normalization: whether it has gamma. */
  readonly scale?: boolean;
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

/** An array of parameters that an optimizer alone steps: rows × columns, or the bias of the array before it. */
export interface SteppedArray {
  readonly rows: number;
  readonly columns: number;
  /** It takes no weight decay, and counts in the norm with the columns of the array before it. */
  readonly isBias: boolean;
}

/** What an optimizer alone is made of. */
export interface StepperShape {
  readonly dtype: DType;
  readonly optimizer: Optimizer;
  readonly arrays: readonly SteppedArray[];
}

/** What an optimizer alone remembers. */
export interface StepperState {
  /** Each slot of all arrays, one after the other. */
  readonly slots: FloatArray;
  readonly steps: number;
  readonly momentumProduct: number;
}

/** How a step ended; nothing is changed unless it is "done". "bad-data": an argument is not finite. */
export type StepStatus = "done" | "bad-data" | "not-finite";

/** An optimizer alone: it steps the caller's arrays, in place. */
export interface Stepper {
  /** All arguments are read before one is written; none of their own methods and getters are called. */
  step(parameters: readonly FloatArray[], gradients: readonly FloatArray[], learningRate: number): StepStatus;
  state(): StepperState;
  setState(state: StepperState): void;
  dispose(): void;
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
  /** Rows of x. */
  readonly rows: number;
  /** Columns of x, and rows of w. */
  readonly inputs: number;
  /** Columns of w. */
  readonly units: number;
}

/** The building blocks of a perceptron; all but `elementary` return a new array and leave their arguments alone. */
export interface Kernels {
  forward(x: FloatArray, w: FloatArray, b: FloatArray, shape: DenseShape): FloatArray;
  /** Into `out`, a caller's array, which may be z: none of its own methods and getters are called. */
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
  /** Standard normal deviates of a layer's weights from number `first` on, into all of `out`. */
  normals(out: Float64Array, first: number, layer: number, seed: number): void;
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

/** Rows that a training is given while it runs, by its `setWindow`. */
export interface Window {
  readonly x: FloatArray;
  readonly y: FloatArray;
  readonly sampleWeights: FloatArray | undefined;
  /** The rates of the rows' steps, if rates are scheduled. */
  readonly rates: Float64Array | undefined;
  /** How many there are: whole batches, unless it is the epoch's last window. */
  readonly rows: number;
  /** Whether the epoch ends with them. */
  readonly isLast: boolean;
}

/**
 * Without a shuffle, a training may be `windowed`: then x, y and weights are the longest window, which is set later.
 */
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
  /** Rates are set before each epoch, or with each window. */
  readonly scheduled: boolean;
  readonly windowed?: boolean;
  /** Whether it has `copyOutputs`; it then isn't windowed. */
  readonly keepsOutputs?: boolean;
  readonly isTime: IsTime;
  /** Where another training was interrupted in the middle of an epoch. */
  readonly resume?: Interruption | undefined;
  /** Only the reference engine calls it. */
  readonly trace?: Trace | undefined;
  /** What the model begins with, if it isn't its state. */
  readonly from?: ModelState | undefined;
}

/** What a step computes of a layer: what it takes, its z, outputs a, ∂E/∂z, gradients, and then what it changes. */
export type StageKind = "x" | "z" | "a" | "delta" | "gradient" | "slot" | "parameter";

/** Where in a training something is computed. */
export interface Stage {
  /** Over the network's life, from 0. */
  readonly epoch: number;
  /** In the epoch, from 0. */
  readonly step: number;
  /** From 0. */
  readonly layer: number;
  /** What is computed. */
  readonly kind: StageKind;
  /** Of a layer's arrays of parameters, and of the optimizer's slots of each, its number; 0 of z, a and delta. */
  readonly index: number;
}

/** Is shown the arrays of a step as they are computed. */
export type Trace = (stage: Stage, values: FloatArray) => void;

/** The middle of an epoch. */
export interface Interruption {
  /** Rows of the epoch that are used. */
  readonly position: number;
  readonly errorSum: number;
  /** The model as the epoch began. */
  readonly snapshot: ModelState;
}

/** A batch whose gradients are asked for. */
export interface GradientBatch {
  readonly x: RowSource;
  /** Targets, or with `isUpstream` ∂E/∂a of each output. */
  readonly y: RowSource;
  readonly isUpstream: boolean;
  readonly sampleWeights: RowSource | undefined;
  /** Where in a training it is, for dropout; undefined: no output is left out. */
  readonly dropout: { readonly epoch: number; readonly batch: number } | undefined;
  readonly seed: number;
}

/** The caller's arrays for gradients; none of their own methods and getters are called. */
export interface GradientArrays {
  /** Of each layer's weights and biases, in order. */
  readonly parameters: readonly FloatArray[];
  /** Of x, rows × inputs, where that is asked for. */
  readonly x: FloatArray | undefined;
  /** The outputs, rows × units of the last layer, where they are asked for. */
  readonly outputs: FloatArray | undefined;
}

export type TrainingStatus = "unfinished" | "finished" | "not-finite";

/** A training in progress. It changes its model's parameters step by step. */
export interface Training {
  /** Draws the order of the next epoch in slices; without this, `advance` draws it at once. */
  drawOrder(isTime: IsTime): Generator<undefined, void>;
  /**
   * Runs up to `steps` mini-batches. After "not-finite" the parameters are those of the last epoch that ended finite.
   */
  advance(steps: number): TrainingStatus;
  readonly finishedEpochs: number;
  /** E of the finished epochs, in order, from the given index on (default 0). */
  losses(from?: number): number[];
  /** The learning rates of the next epoch's steps. */
  setRates(rates: Float64Array): void;
  /** The outputs of the rows of the last epoch, each from before its step, row-major into `out`, a caller's array. */
  copyOutputs(out: FloatArray): void;
  /** The rows that come next; `advance` is called with as many steps as these have. */
  setWindow(window: Window): void;
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
  /**
   * The gradients of a batch into `out`; returns Σ e, 0 of an upstream. Undefined: one of these is not finite, and
   * nothing was written.
   */
  gradients(batch: GradientBatch, out: GradientArrays): number | undefined;
  /** A `step` by the gradients of each layer's weights and biases, all or nothing. */
  apply(gradients: readonly FloatArray[], learningRate: number): StepStatus;
  /** Every layer's parameters, row-major, in the order of `catalog/layers.ts`. */
  getParameters(): FloatArray;
  setParameters(parameters: FloatArray): void;
  /** A copy of everything that changes. */
  copyState(isTime?: IsTime): Generator<undefined, ModelState>;
  /** At once, since what it replaces may be seen between two slices. */
  setState(state: ModelState): void;
  /** `setState` in slices, for a caller that lets nobody see the model between them. */
  settingState(state: ModelState, isTime: IsTime): Generator<undefined, void>;
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
  /** How many there are, the calling thread among them. */
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
  /** The module's exports and memory, for parts that only some imports have. */
  readonly opened?: object;
  readonly kernels: Kernels;
  createModel(shape: ModelShape): Model;
}

/** Where an entry gets its engines with threads from; what they throw is why there are none. */
export interface ThreadsSource {
  /** The number of threads for a network of so many parameters. From now on, workers run `workerUrl` if it is given. */
  count(threads: number | "auto", parameterCount: number, workerUrl: WorkerUrl | undefined): number;
  /**
   * Resolves when the threads are ready. The caller calls `leave` once, after it has created what uses them, or failed.
   */
  load(count: number, module: WebAssembly.Module | undefined): Promise<{ engine: Engine; leave: () => void }>;
  loadSync(count: number, module: WebAssembly.Module | undefined): Engine;
}
