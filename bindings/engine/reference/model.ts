// A network of the reference engine: parameters as plain arrays, and the epoch loop as the textbook writes it.

import {
  type ActivationName,
  countParameters,
  type DType,
  type FloatArray,
  floatArray,
  type Loss,
  lossOf,
  type Model,
  type ModelShape,
  type RowSource,
  type Training,
  type TrainingOptions,
  type TrainingStatus,
} from "../engine.ts";
import { activate, softmax } from "./activation.ts";
import { biasGradient, forward, inputGradient, type Round, roundOf, weightGradient } from "./dense.ts";
import { type Outputs, outputDelta, sumErrors } from "./loss.ts";
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
  readonly loss: Loss;

  constructor({ dtype, inputs, layers, loss }: ModelShape) {
    this.loss = loss;
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
    out.set(this.forward(this.read(x), x.rows).at(-1)!.a);
  }

  evaluate(x: RowSource, y: RowSource): number {
    const outputs = this.forward(this.read(x), x.rows).at(-1)!;
    const sum = sumErrors(this.loss, 0, outputs, this.read(y), y.rows, y.columns, this.#round);
    return lossOf(this.loss, sum, y.rows);
  }

  dispose(): void {}

  read(source: RowSource): FloatArray {
    const data = floatArray(this.#dtype, source.rows * source.columns);
    source.copyTo(data);
    return data;
  }

  /** z, the outputs a = f(z) and the slopes f'(z) of every layer. */
  forward(x: FloatArray, rows: number): Outputs[] {
    return this.#layers.map(({ inputs, units, activation, alpha, w, b }) => {
      const array = () => floatArray(this.#dtype, rows * units);
      const [z, a, slope] = [array(), array(), array()];
      forward(z, x, w, b, { rows, inputs, units }, this.#round);
      if (activation === "softmax") softmax(a, z, units, this.#round);
      else activate(activation, alpha, a, slope, z, this.#round);
      x = a;
      return { z, a, slope };
    });
  }

  /** One step of gradient descent on a batch; returns errorSum plus the samples' errors before the step. */
  step(x: FloatArray, y: FloatArray, rows: number, learningRate: number, errorSum: number): number {
    const round = this.#round;
    const layers = this.forward(x, rows);
    const outputs = layers.at(-1)!;
    let delta = outputDelta(this.loss, outputs, y, rows, round);
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const { inputs, units, w, b } = this.#layers[l]!;
      const shape = { rows, inputs, units };
      const before = layers[l - 1];
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
    return sumErrors(this.loss, errorSum, outputs, y, rows, outputs.a.length / rows, round);
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
      this.#losses.push(lossOf(this.#model.loss, this.#errorSum, x.rows));
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
