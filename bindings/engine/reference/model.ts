// A network of the reference engine: parameters as plain arrays, and the epoch loop as the textbook writes it.

import {
  countParameters,
  type DType,
  type FloatArray,
  floatArray,
  type Model,
  type RowSource,
  type Training,
  type TrainingOptions,
  type TrainingStatus,
} from "../engine.ts";
import { elementary } from "./activation.ts";
import { biasGradient, forward, inputGradient, type Round, roundOf, weightGradient } from "./dense.ts";
import { sumSquaredErrors } from "./loss.ts";
import { descend } from "./optimizer.ts";
import { glorotUniform, shuffle } from "./random.ts";

interface Layer {
  inputs: number;
  units: number;
  w: FloatArray;
  b: FloatArray;
}

export class ReferenceModel implements Model {
  readonly parameterCount: number;
  readonly #dtype: DType;
  readonly #round: Round;
  readonly #layers: Layer[] = [];

  constructor(dtype: DType, sizes: readonly number[]) {
    this.#dtype = dtype;
    this.#round = roundOf(floatArray(dtype, 0));
    this.parameterCount = countParameters(sizes);
    for (let l = 1; l < sizes.length; l++) {
      const inputs = sizes[l - 1]!;
      const units = sizes[l]!;
      this.#layers.push({ inputs, units, w: floatArray(dtype, inputs * units), b: floatArray(dtype, units) });
    }
  }

  initialize(seed: number): void {
    this.#layers.forEach(({ inputs, units, w, b }, l) => {
      glorotUniform(w, inputs, units, seed, l);
      b.fill(0);
    });
  }

  getParameters(): FloatArray {
    const parameters = floatArray(this.#dtype, this.parameterCount);
    let offset = 0;
    for (const { w, b } of this.#layers) {
      parameters.set(w, offset);
      parameters.set(b, offset + w.length);
      offset += w.length + b.length;
    }
    return parameters;
  }

  setParameters(parameters: FloatArray): void {
    let offset = 0;
    for (const { w, b } of this.#layers) {
      w.set(parameters.subarray(offset, offset + w.length));
      b.set(parameters.subarray(offset + w.length, offset + w.length + b.length));
      offset += w.length + b.length;
    }
  }

  startTraining(options: TrainingOptions): Training {
    return new ReferenceTraining(this, options, this.read(options.x), this.read(options.y));
  }

  predict(x: RowSource, out: FloatArray): void {
    out.set(this.#outputs(x));
  }

  evaluate(x: RowSource, y: RowSource): number {
    return 0.5 * sumSquaredErrors(0, this.#outputs(x), this.read(y), y.rows, y.columns, this.#round);
  }

  dispose(): void {}

  #outputs(x: RowSource): FloatArray {
    return this.activations(this.read(x), x.rows).at(-1)!;
  }

  read(source: RowSource): FloatArray {
    const data = floatArray(this.#dtype, source.rows * source.columns);
    source.copyTo(data);
    return data;
  }

  /** The outputs of every layer. */
  activations(x: FloatArray, rows: number): FloatArray[] {
    return this.#layers.map(({ inputs, units, w, b }) => {
      const a = floatArray(this.#dtype, rows * units);
      forward(a, x, w, b, { rows, inputs, units }, this.#round);
      elementary("sigmoid", a, a);
      x = a;
      return a;
    });
  }

  /** One step of gradient descent on a batch; returns errorSum plus the squared errors before the step. */
  step(x: FloatArray, y: FloatArray, rows: number, learningRate: number, errorSum: number): number {
    const round = this.#round;
    const activations = this.activations(x, rows);
    const a = activations.at(-1)!;
    let delta = floatArray(this.#dtype, a.length);
    for (let n = 0; n < a.length; n++) delta[n] = round(a[n]! - y[n]!) * round(a[n]! * round(1 - a[n]!));
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const { inputs, units, w, b } = this.#layers[l]!;
      const shape = { rows, inputs, units };
      const input = l > 0 ? activations[l - 1]! : x;
      const weightStep = floatArray(this.#dtype, w.length);
      const biasStep = floatArray(this.#dtype, b.length);
      weightGradient(weightStep, input, delta, shape, round);
      biasGradient(biasStep, delta, rows, units, round);
      if (l > 0) {
        const previous = floatArray(this.#dtype, input.length);
        inputGradient(previous, delta, w, shape, round); // with the weights from before the update
        for (let n = 0; n < previous.length; n++) previous[n] = previous[n]! * round(input[n]! * round(1 - input[n]!));
        delta = previous;
      }
      descend(w, weightStep, learningRate, round);
      descend(b, biasStep, learningRate, round);
    }
    return sumSquaredErrors(errorSum, a, y, rows, a.length / rows, round);
  }
}

class ReferenceTraining implements Training {
  readonly #model: ReferenceModel;
  readonly #options: TrainingOptions;
  readonly #x: FloatArray;
  readonly #y: FloatArray;
  readonly #order: Uint32Array;
  readonly #losses: number[] = [];
  #snapshot: FloatArray;
  #position = 0;
  #errorSum = 0;

  constructor(model: ReferenceModel, options: TrainingOptions, x: FloatArray, y: FloatArray) {
    this.#model = model;
    this.#options = options;
    this.#x = x;
    this.#y = y;
    this.#order = Uint32Array.from({ length: options.x.rows }, (_, row) => row);
    this.#snapshot = model.getParameters();
  }

  advance(steps: number): TrainingStatus {
    const { x, epochs, firstEpoch, batchSize, learningRate, seed } = this.#options;
    while (this.#losses.length < epochs) {
      if (this.#position === 0) {
        this.#snapshot = this.#model.getParameters();
        if (this.#options.shuffle) shuffle(this.#order, seed, firstEpoch + this.#losses.length);
      }
      while (this.#position < x.rows) {
        if (steps-- <= 0) return "unfinished";
        const rows = this.#order.subarray(this.#position, Math.min(this.#position + batchSize, x.rows));
        const batchX = gather(this.#x, rows, x.columns);
        const batchY = gather(this.#y, rows, this.#options.y.columns);
        this.#errorSum = this.#model.step(batchX, batchY, rows.length, learningRate, this.#errorSum);
        this.#position += rows.length;
      }
      if (!Number.isFinite(this.#errorSum) || !this.#model.getParameters().every(Number.isFinite)) {
        this.rewind();
        return "not-finite";
      }
      this.#losses.push(0.5 * this.#errorSum);
      this.#errorSum = 0;
      this.#position = 0;
    }
    return "finished";
  }

  get finishedEpochs(): number {
    return this.#losses.length;
  }

  wholeEpochParameters(): FloatArray {
    return this.#position === 0 ? this.#model.getParameters() : this.#snapshot;
  }

  losses(from = 0): number[] {
    return this.#losses.slice(from);
  }

  rewind(): void {
    if (this.#position === 0) return;
    this.#model.setParameters(this.#snapshot);
    this.#position = 0;
    this.#errorSum = 0;
  }

  dispose(): void {}
}

/** The given rows of a row-major array, one after the other. */
function gather(data: FloatArray, rows: Uint32Array, columns: number): FloatArray {
  const batch = data.slice(0, rows.length * columns);
  rows.forEach((row, s) => batch.set(data.subarray(row * columns, (row + 1) * columns), s * columns));
  return batch;
}
