// A network of the reference engine: parameters as plain arrays, and the epoch loop as the textbook writes it.

import {
  type ActivationName,
  countParameters,
  type DType,
  type FloatArray,
  floatArray,
  type Layer as LayerShape,
  type Model,
  type RowSource,
  type Training,
  type TrainingOptions,
  type TrainingStatus,
} from "../engine.ts";
import { activate } from "./activation.ts";
import { biasGradient, forward, inputGradient, type Round, roundOf, weightGradient } from "./dense.ts";
import { sumSquaredErrors } from "./loss.ts";
import { descend } from "./optimizer.ts";
import { glorotUniform, shuffle } from "./random.ts";

interface Layer {
  inputs: number;
  units: number;
  activation: ActivationName;
  alpha: number;
  w: FloatArray;
  b: FloatArray;
}

export class ReferenceModel implements Model {
  readonly parameterCount: number;
  readonly #dtype: DType;
  readonly #round: Round;
  readonly #layers: Layer[] = [];

  constructor(dtype: DType, inputs: number, layers: readonly LayerShape[]) {
    this.#dtype = dtype;
    this.#round = roundOf(floatArray(dtype, 0));
    this.parameterCount = countParameters(inputs, layers);
    for (const { units, activation, alpha = 0 } of layers) {
      const [w, b] = [floatArray(dtype, inputs * units), floatArray(dtype, units)];
      this.#layers.push({ inputs, units, activation, alpha, w, b });
      inputs = units;
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
    return this.forward(this.read(x), x.rows).at(-1)!.a;
  }

  read(source: RowSource): FloatArray {
    const data = floatArray(this.#dtype, source.rows * source.columns);
    source.copyTo(data);
    return data;
  }

  /** The outputs a = f(z) of every layer, and the slopes f'(z). */
  forward(x: FloatArray, rows: number): { a: FloatArray; slope: FloatArray }[] {
    return this.#layers.map(({ inputs, units, activation, alpha, w, b }) => {
      const [a, slope] = [floatArray(this.#dtype, rows * units), floatArray(this.#dtype, rows * units)];
      forward(a, x, w, b, { rows, inputs, units }, this.#round);
      activate(activation, alpha, a, slope, a, this.#round);
      x = a;
      return { a, slope };
    });
  }

  /** One step of gradient descent on a batch; returns errorSum plus the squared errors before the step. */
  step(x: FloatArray, y: FloatArray, rows: number, learningRate: number, errorSum: number): number {
    const round = this.#round;
    const outputs = this.forward(x, rows);
    const { a, slope } = outputs.at(-1)!;
    let delta = floatArray(this.#dtype, a.length);
    for (let n = 0; n < a.length; n++) delta[n] = round(a[n]! - y[n]!) * slope[n]!;
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const { inputs, units, w, b } = this.#layers[l]!;
      const shape = { rows, inputs, units };
      const before = outputs[l - 1];
      const weightStep = floatArray(this.#dtype, w.length);
      const biasStep = floatArray(this.#dtype, b.length);
      weightGradient(weightStep, before?.a ?? x, delta, shape, round);
      biasGradient(biasStep, delta, rows, units, round);
      if (before !== undefined) {
        const previous = floatArray(this.#dtype, before.a.length);
        inputGradient(previous, delta, w, shape, round); // with the weights from before the update
        for (let n = 0; n < previous.length; n++) previous[n] = previous[n]! * before.slope[n]!;
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
