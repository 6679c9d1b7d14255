// A model of the reference engine: its parameters are plain arrays.

import { copyInto, type FloatArray } from "../../arrays.ts";
import { isElementwise } from "../../catalog/activations.ts";
import { countParameters, layerShapes, type Parameter } from "../../catalog/layers.ts";
import { slotCount } from "../../catalog/optimizers.ts";
import { type DType, floatArray, last } from "../../numbers.ts";
import { atOnce, copyingInto, type IsTime, ownCompressed, type RowSource, readSlices } from "../../rows.ts";
import type {
  GradientArrays,
  GradientBatch,
  Loss,
  Model,
  ModelShape,
  ModelState,
  Optimizer,
  StageKind,
  StepStatus,
  Training,
  TrainingOptions,
} from "../engine.ts";
import { type Activation, activate, activationOf, softmax } from "./activation.ts";
import { type Round, roundOf } from "./dense.ts";
import { dropoutFactors } from "./dropout.ts";
import { glorotUniform } from "./initialization.ts";
import { moveAverages, type Transform, transformOf } from "./layers.ts";
import { type Outputs, outputDelta, sumErrors, upstreamDelta } from "./loss.ts";
import {
  addPenalties,
  addSquares,
  clipScale,
  clipValues,
  countStep,
  type Progress,
  scaleValues,
  stepParameters,
} from "./optimizer.ts";
import { type Batch, ReferenceTraining, Scratch } from "./training.ts";

interface Layer {
  inputs: number;
  units: number;
  transform: Transform;
  /** Undefined for softmax, which is over rows. */
  f: Activation | undefined;
  l1: number;
  l2: number;
  dropout: number;
  trainable: boolean;
  /** Of moving averages. */
  momentum: number;
  rows: readonly Parameter[];
  parameters: readonly FloatArray[];
  /** What the optimizer remembers of them. */
  slots: readonly (readonly FloatArray[])[];
}

/** A layer's outputs in a training: with dropout `a` times `factors` is what the next layer takes. */
interface Pass extends Outputs {
  out: FloatArray;
  factors: FloatArray | undefined;
}

export class ReferenceModel implements Model {
  readonly parameterCount: number;
  readonly dtype: DType;
  readonly #round: Round;
  readonly #layers: Layer[] = [];
  readonly #parameters: readonly FloatArray[]; // of each layer
  readonly #arrays: readonly FloatArray[]; // these, then each slot of them
  readonly loss: Loss;
  readonly #optimizer: Optimizer;
  #progress: Progress = { steps: 0, momentumProduct: 1 };

  constructor({ dtype, inputs, layers, loss, optimizer }: ModelShape) {
    this.loss = loss;
    this.#optimizer = optimizer;
    this.dtype = dtype;
    this.#round = roundOf(floatArray(dtype, 0));
    this.parameterCount = countParameters(inputs, layers);
    for (const [l, { inputs: before, parameters: rows }] of layerShapes({ inputs, layers }).entries()) {
      const layer = layers[l]!;
      const { units, activation, alpha = 0, l1 = 0, l2 = 0, rate = 0, dropout = rate, momentum = 0 } = layer;
      const arrays = () => rows.map(({ length }) => floatArray(dtype, length));
      const slots = Array.from({ length: slotCount(optimizer) }, arrays);
      const parameters = arrays();
      const transform = transformOf(layer, before, parameters, this.#round);
      const f = isElementwise(activation) ? activationOf(activation, alpha, this.#round) : undefined;
      const shape = { inputs: before, units, momentum, rows, parameters, slots };
      this.#layers.push({ ...shape, transform, f, l1, l2, dropout, trainable: true });
    }
    const slots = Array.from({ length: slotCount(optimizer) }, (_, k) => this.#layers.map(({ slots }) => slots[k]!));
    this.#parameters = this.#layers.flatMap(({ parameters }) => parameters);
    this.#arrays = [...this.#parameters, ...slots.flat(2)];
  }

  initialize(seed: number, first = 0): void {
    this.#layers.forEach(({ inputs, units, rows, parameters }, l) => {
      rows.forEach(({ ofInputs, initial = 0 }, n) => {
        if (ofInputs) glorotUniform(parameters[n]!, inputs, units, seed, first + l);
        else parameters[n]!.fill(initial);
      });
    });
  }

  getParameters(): FloatArray {
    return atOnce(this.#flat(this.#parameters));
  }

  setParameters(parameters: FloatArray): void {
    let offset = 0;
    for (const array of this.#arrays) {
      if (offset === parameters.length) break;
      array.set(parameters.subarray(offset, offset + array.length));
      offset += array.length;
    }
  }

  *copyState(isTime?: IsTime): Generator<undefined, ModelState> {
    const { steps, momentumProduct } = this.#progress;
    return { values: yield* this.#flat(this.#arrays, isTime), steps, momentumProduct };
  }

  setState(state: ModelState): void {
    atOnce(this.settingState(state));
  }

  *settingState({ values, steps, momentumProduct }: ModelState, isTime?: IsTime): Generator<undefined, void> {
    let offset = 0;
    for (const array of this.#arrays) {
      yield* copyingInto(array, values.subarray(offset, offset + array.length), 0, isTime);
      offset += array.length;
    }
    this.#progress = { steps, momentumProduct };
  }

  isFinite(): boolean {
    return this.#arrays.every(allFinite);
  }

  setTrainable(layer: number, trainable: boolean): void {
    this.#layers[layer]!.trainable = trainable;
  }

  *#flat(arrays: readonly FloatArray[], isTime?: IsTime): Generator<undefined, FloatArray> {
    let length = 0;
    for (const array of arrays) length += array.length;
    const values = floatArray(this.dtype, length);
    let offset = 0;
    for (const array of arrays) {
      // a generator would take as long as a small network's epoch
      if (isTime === undefined) values.set(array, offset);
      else yield* copyingInto(values, array, offset, isTime);
      offset += array.length;
    }
    return values;
  }

  *startTraining(options: TrainingOptions): Generator<undefined, Training> {
    const { sampleWeights, isTime } = options;
    const { compressed } = options.x;
    const x = yield* compressed === undefined
      ? readSlices(options.x, this.dtype, isTime)
      : ownCompressed(compressed, options.x.columns, this.dtype, isTime);
    const y = yield* readSlices(options.y, this.dtype, isTime);
    const weights = sampleWeights && (yield* readSlices(sampleWeights, this.dtype, isTime));
    const snapshot = options.resume?.snapshot ?? (yield* this.copyState(isTime));
    const training = new ReferenceTraining(this, options, x, y, weights, snapshot);
    if (options.resume !== undefined) yield* training.drawOrder(isTime);
    if (options.from !== undefined) this.setState(options.from);
    return training;
  }

  predict(x: RowSource, out: FloatArray): void {
    copyInto(out, last(this.forward(this.read(x), x.rows)).a);
  }

  sumErrors(x: RowSource, y: RowSource, start: number, out?: FloatArray): number {
    const outputs = last(this.forward(this.read(x), x.rows));
    out?.set(outputs.a);
    return sumErrors(this.loss, start, outputs, this.read(y), y.rows, y.columns, this.#round);
  }

  dispose(): void {}

  /** Rows of our own are read where they are. */
  read(source: RowSource): FloatArray {
    if (source.data !== undefined) return source.data;
    const data = floatArray(this.dtype, source.rows * source.columns);
    source.copyTo(data);
    return data;
  }

  /** z, the outputs a = f(z) and the slopes f'(z) of every layer. */
  forward(x: FloatArray, rows: number, batch?: Batch): Pass[] {
    const scratch = batch?.scratch ?? new Scratch();
    return this.#layers.map(({ units, transform, f, dropout, trainable }, l) => {
      show(batch, l, "x", x);
      const z = scratch.next(this.dtype, rows * units);
      const a = scratch.next(this.dtype, rows * units);
      const slope = scratch.next(this.dtype, rows * units);
      transform.forward(z, x, rows, batch !== undefined && trainable);
      show(batch, l, "z", z);
      if (f === undefined) softmax(a, z, units, this.#round);
      else activate(f, a, slope, z);
      show(batch, l, "a", a);
      x = a;
      if (batch === undefined || dropout === 0 || batch.ignoresDropout)
        return { z, a, slope, out: a, factors: undefined };
      const { seed, epoch, index } = batch;
      const factors = dropoutFactors(this.dtype, rows, units, { dropout, seed, epoch, batch: index, layer: l });
      x = a.map((value, n) => value * factors[n]!);
      return { z, a, slope, out: x, factors };
    });
  }

  step(gradients: FloatArray, learningRate: number): void {
    let offset = 0;
    const take = ({ length }: FloatArray) => {
      offset += length;
      return gradients.slice(offset - length, offset);
    };
    this.#update(
      this.#layers.map(({ parameters }) => parameters.map(take)),
      learningRate,
    );
  }

  gradients(
    { x, y, isUpstream, sampleWeights, dropout, seed }: GradientBatch,
    out: GradientArrays,
  ): number | undefined {
    const batch = {
      scratch: new Scratch(),
      x: this.read(x),
      y: this.read(y),
      rows: x.rows,
      sampleWeights: sampleWeights && this.read(sampleWeights),
      learningRate: 0,
      seed,
      epoch: dropout?.epoch ?? 0,
      index: dropout?.batch ?? 0,
      ignoresDropout: dropout === undefined,
      isUpstream,
      wantsX: out.x !== undefined,
      outputs: out.outputs && floatArray(this.dtype, y.rows * y.columns),
    };
    const { gradients, ofX, errorSum } = this.#backward(batch, 0);
    const found = gradients.flat();
    if (!Number.isFinite(errorSum) || ![...found, ...(ofX ? [ofX] : [])].every(allFinite)) return undefined;
    out.parameters.forEach((array, k) => copyInto(array, found[k]!));
    if (ofX !== undefined) copyInto(out.x!, ofX);
    if (batch.outputs !== undefined) copyInto(out.outputs!, batch.outputs);
    return errorSum;
  }

  apply(gradients: readonly FloatArray[], learningRate: number): StepStatus {
    let at = 0;
    const all = this.#layers.map(({ parameters }) =>
      parameters.map(({ length }) => {
        const g = floatArray(this.dtype, length);
        copyInto(g, gradients[at++]!);
        return g;
      }),
    );
    if (!all.flat().every(allFinite)) return "bad-data";
    const before = atOnce(this.copyState());
    this.#update(all, learningRate);
    if (this.isFinite()) return "done";
    this.setState(before);
    return "not-finite";
  }

  /** One step of the optimizer on a batch; returns errorSum plus the samples' errors before the step. */
  trainBatch(batch: Batch, errorSum: number): number {
    const found = this.#backward(batch, errorSum);
    this.#update(found.gradients, batch.learningRate);
    if (batch.trace !== undefined) this.#showState(batch);
    return found.errorSum;
  }

  #showState(batch: Batch): void {
    this.#layers.forEach(({ parameters, slots }, l) => {
      slots.flat().forEach((values, n) => {
        show(batch, l, "slot", values, n);
      });
      parameters.forEach((values, n) => {
        show(batch, l, "parameter", values, n);
      });
    });
  }

  /** The gradients of a batch, of x where that is wanted, and errorSum plus the samples' errors. */
  #backward(batch: Batch, errorSum: number) {
    const round = this.#round;
    const { scratch, x, y, rows, sampleWeights, isUpstream, wantsX } = batch;
    const layers = this.forward(x, rows, batch);
    const outputs = last(layers);
    const count = outputs.a.length / rows;
    const gradients: FloatArray[][] = [];
    batch.outputs?.set(outputs.a);
    let delta = scratch.next(this.dtype, outputs.a.length);
    if (isUpstream) upstreamDelta(delta, y, outputs, last(this.#layers).f === undefined, count, round);
    else outputDelta(delta, this.loss, outputs, y, rows, round);
    if (sampleWeights !== undefined) delta = delta.map((d, n) => d * sampleWeights[Math.floor(n / count)]!);
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const { inputs, trainable, transform, parameters } = this.#layers[l]!;
      const before = layers[l - 1];
      const g = parameters.map(({ length }) => scratch.next(this.dtype, length));
      show(batch, l, "delta", delta);
      if (trainable) transform.gradients(g, before?.out ?? x, delta, rows);
      else for (const values of g) values.fill(0);
      g.forEach((values, n) => {
        show(batch, l, "gradient", values, n);
      });
      gradients[l] = g;
      if (before === undefined && !wantsX) continue;
      const previous = scratch.next(this.dtype, rows * inputs);
      transform.backward(previous, delta, rows);
      delta = previous;
      if (before === undefined) continue;
      for (let n = 0; n < previous.length; n++) {
        if (before.factors !== undefined) previous[n] = previous[n]! * before.factors[n]!;
        previous[n] = previous[n]! * before.slope[n]!;
      }
    }
    const ofX = wantsX ? delta : undefined;
    if (isUpstream) return { gradients, ofX, errorSum };
    return { gradients, ofX, errorSum: this.#addErrors(batch, outputs, count, errorSum) };
  }

  #addErrors({ y, rows, sampleWeights }: Batch, outputs: Outputs, count: number, errorSum: number): number {
    const round = this.#round;
    if (sampleWeights === undefined) return sumErrors(this.loss, errorSum, outputs, y, rows, count, round);
    let sum = errorSum;
    for (let s = 0; s < rows; s++) {
      const row = (values: FloatArray) => values.subarray(s * count, (s + 1) * count);
      const one = { z: row(outputs.z), a: row(outputs.a), slope: outputs.slope };
      sum += sampleWeights[s]! * sumErrors(this.loss, 0, one, row(y), 1, count, round);
    }
    return sum;
  }

  /** Penalties, clipping and the optimizer's step, by the gradients of all layers. */
  #update(gradients: FloatArray[][], learningRate: number): void {
    const round = this.#round;
    const { clipValue = 0, clipNorm = 0 } = this.#optimizer;
    let squares = 0;
    this.#layers.forEach(({ rows, parameters, units, trainable, l1, l2 }, l) => {
      if (!trainable) return;
      const trained = gradients[l]!.filter((_, n) => !rows[n]!.isMoving);
      rows.forEach(({ ofInputs }, n) => {
        if (ofInputs) addPenalties(gradients[l]![n]!, parameters[n]!, l1, l2, round);
      });
      if (clipValue > 0) for (const g of trained) clipValues(g, clipValue, round);
      if (clipNorm > 0) squares = addSquares(squares, trained, units, round);
    });
    const scale = clipNorm > 0 ? clipScale(squares, clipNorm) : 1;
    this.#layers.forEach(({ trainable, momentum, rows, parameters, slots }, l) => {
      if (!trainable) return;
      const [m, v] = slots;
      rows.forEach(({ ofInputs = false, isMoving }, n) => {
        const g = gradients[l]![n]!;
        if (isMoving) {
          moveAverages(parameters[n]!, g, momentum, round);
          return;
        }
        if (clipNorm > 0) scaleValues(g, scale, round);
        const values = [parameters[n]!, g, m?.[n], v?.[n]] as const;
        stepParameters(this.#optimizer, this.#progress, ...values, learningRate, ofInputs, round);
      });
    });
    countStep(this.#optimizer, this.#progress);
  }
}

function show(batch: Batch | undefined, layer: number, kind: StageKind, values: FloatArray, index = 0): void {
  if (batch?.trace === undefined) return;
  batch.trace({ epoch: batch.epoch, step: batch.index, layer, kind, index }, values);
}

function allFinite(values: FloatArray): boolean {
  for (let n = 0; n < values.length; n++) if (!Number.isFinite(values[n])) return false;
  return true;
}
