// A training of the reference engine: the epoch loop as the textbook writes it.

import { copyInto, type FloatArray } from "../../arrays.ts";
import { SHUFFLE } from "../../catalog/codes.ts";
import { lossOf } from "../../catalog/losses.ts";
import { type DType, floatArray } from "../../numbers.ts";
import { shuffle } from "../../random.ts";
import { atOnce, type IsTime, type RowSource } from "../../rows.ts";
import type {
  Interruption,
  Loss,
  Model,
  ModelState,
  Trace,
  Training,
  TrainingOptions,
  TrainingStatus,
  Window,
} from "../engine.ts";

/** Gives the same arrays in each step: allocating them takes longer than a small network's arithmetic. */
export class Scratch {
  readonly #arrays: FloatArray[] = [];
  given = 0; // in this step

  next(dtype: DType, length: number): FloatArray {
    let array = this.#arrays[this.given];
    if (array?.length !== length) array = floatArray(dtype, length);
    this.#arrays[this.given++] = array;
    return array;
  }
}

/** What a step is given. */
export interface Batch {
  readonly scratch: Scratch;
  readonly x: FloatArray;
  readonly y: FloatArray;
  readonly rows: number;
  readonly sampleWeights: FloatArray | undefined;
  readonly learningRate: number;
  readonly seed: number;
  readonly epoch: number;
  /** The batch's number in the epoch. */
  readonly index: number;
  /** No output is left out. */
  readonly ignoresDropout?: boolean;
  /** y is ∂E/∂a. */
  readonly isUpstream?: boolean;
  /** ∂E/∂x is wanted, too. */
  readonly wantsX?: boolean;
  readonly trace?: Trace | undefined;
  /** Where the outputs go that the step finds. */
  readonly outputs?: FloatArray | undefined;
}

/** The model that is trained. */
export interface Trainable extends Pick<Model, "dtype" | "copyState" | "setState"> {
  readonly loss: Loss;
  /** One step of the optimizer on a batch; returns errorSum plus the samples' errors before the step. */
  trainBatch(batch: Batch, errorSum: number): number;
  isFinite(): boolean;
}

export class ReferenceTraining implements Training {
  readonly #model: Trainable;
  readonly #options: TrainingOptions;
  #x: FloatArray | RowSource;
  #y: FloatArray;
  #sampleWeights: FloatArray | undefined;
  #rows: number; // of the epoch
  #firstRow = 0; // of the epoch, that x, y and weights begin with
  readonly #order: Uint32Array;
  readonly #scratch = new Scratch();
  readonly #losses: number[] = [];
  #snapshot: ModelState;
  #rates: Float64Array | undefined;
  readonly #outputs: FloatArray | undefined; // of all rows
  #isDrawn = false; // the order of the epoch that comes next
  #position: number;
  #errorSum: number;

  constructor(
    model: Trainable,
    options: TrainingOptions,
    x: FloatArray | RowSource,
    y: FloatArray,
    sampleWeights: FloatArray | undefined,
    snapshot: ModelState,
  ) {
    this.#model = model;
    this.#options = options;
    this.#x = x;
    this.#y = y;
    this.#sampleWeights = sampleWeights;
    this.#rows = options.x.rows;
    this.#order = new Uint32Array(options.x.rows);
    if (!options.shuffle) for (let row = 0; row < options.x.rows; row++) this.#order[row] = row;
    this.#snapshot = snapshot;
    if (options.keepsOutputs) this.#outputs = floatArray(model.dtype, options.x.rows * options.y.columns);
    this.#position = options.resume?.position ?? 0;
    this.#errorSum = options.resume?.errorSum ?? 0;
  }

  setRates(rates: Float64Array): void {
    this.#rates = rates;
  }

  setWindow({ x, y, sampleWeights, rates, rows, isLast }: Window): void {
    this.#x = x;
    this.#y = y;
    this.#sampleWeights = sampleWeights;
    this.#rates = rates;
    this.#firstRow = this.#position;
    this.#rows = isLast ? this.#position + rows : Number.POSITIVE_INFINITY;
  }

  *drawOrder(isTime?: IsTime): Generator<undefined, void> {
    const { shuffle: shuffles, seed, firstEpoch } = this.#options;
    if (shuffles) yield* shuffle(this.#order, seed, SHUFFLE, firstEpoch + this.#losses.length, isTime);
    this.#isDrawn = this.#position === 0;
  }

  advance(steps: number): TrainingStatus {
    const { x, y, epochs, firstEpoch, batchSize, learningRate, seed, shuffle: shuffles, trace } = this.#options;
    while (this.#losses.length < epochs) {
      if (this.#position === 0 && steps > 0) {
        this.#snapshot = atOnce(this.#model.copyState());
        if (shuffles && !this.#isDrawn) atOnce(shuffle(this.#order, seed, SHUFFLE, firstEpoch + this.#losses.length));
        this.#isDrawn = false;
      }
      while (this.#position < this.#rows) {
        if (steps-- <= 0) return "unfinished";
        const rows = Math.min(batchSize, this.#rows - this.#position);
        const index = this.#position / batchSize;
        this.#scratch.given = 0;
        const batch = {
          scratch: this.#scratch,
          x: this.#gather(this.#x, rows, x.columns),
          y: this.#gather(this.#y, rows, y.columns),
          rows,
          sampleWeights: this.#sampleWeights && this.#gather(this.#sampleWeights, rows, 1),
          learningRate: this.#rates?.[index - this.#firstRow / batchSize] ?? learningRate,
          seed,
          epoch: firstEpoch + this.#losses.length,
          index,
          trace,
          outputs: this.#outputs && this.#scratch.next(this.#model.dtype, rows * y.columns),
        };
        this.#errorSum = this.#model.trainBatch(batch, this.#errorSum);
        if (batch.outputs !== undefined) this.#keepOutputs(batch.outputs, y.columns);
        this.#position += rows;
      }
      if (!Number.isFinite(this.#errorSum) || !this.#model.isFinite()) {
        this.rewind();
        return "not-finite";
      }
      this.#losses.push(lossOf(this.#model.loss, this.#errorSum, this.#rows, y.columns));
      this.#errorSum = 0;
      this.#position = 0;
    }
    return "finished";
  }

  /** Each row's to its own place. */
  #keepOutputs(outputs: FloatArray, columns: number): void {
    for (let n = 0; n < outputs.length; n++) {
      const row = this.#order[this.#position + Math.floor(n / columns)]!;
      this.#outputs![row * columns + (n % columns)] = outputs[n]!;
    }
  }

  copyOutputs(out: FloatArray): void {
    copyInto(out, this.#outputs!);
  }

  get finishedEpochs(): number {
    return this.#losses.length;
  }

  *wholeEpochState(isTime?: IsTime): Generator<undefined, ModelState> {
    return this.#position === 0 ? yield* this.#model.copyState(isTime) : this.#snapshot;
  }

  *interruption(isTime?: IsTime): Generator<undefined, Interruption | undefined> {
    const position = this.#position;
    if (position === 0) return undefined;
    return { position, errorSum: this.#errorSum, snapshot: yield* this.wholeEpochState(isTime) };
  }

  losses(from = 0): number[] {
    return this.#losses.slice(from);
  }

  rewind(): void {
    if (this.#position === 0) return;
    this.#model.setState(this.#snapshot);
    this.#position = 0;
    this.#errorSum = 0;
  }

  // biome-ignore lint/correctness/useYield: a copy of memory takes a few milliseconds
  *restore(state: ModelState): Generator<undefined, void> {
    this.#model.setState(state);
  }

  dispose(): void {}

  /** The next rows of a row-major array, or of compressed rows, one after the other. */
  #gather(data: FloatArray | RowSource, rows: number, columns: number): FloatArray {
    const batch = this.#scratch.next(this.#model.dtype, rows * columns);
    for (let s = 0; s < rows; s++) {
      const place = this.#position + s - this.#firstRow;
      const row = this.#order[place]!;
      if ("copyTo" in data) data.copyTo(batch.subarray(s * columns, (s + 1) * columns), row);
      else for (let i = 0; i < columns; i++) batch[s * columns + i] = data[row * columns + i]!;
    }
    return batch;
  }
}
