// An optimizer alone, as assembly/NUMERICS.md defines it.

import { copyInto, type FloatArray } from "../../arrays.ts";
import { slotCount } from "../../catalog/optimizers.ts";
import { type DType, floatArray } from "../../numbers.ts";
import type { Optimizer, SteppedArray, Stepper, StepperShape, StepperState, StepStatus } from "../engine.ts";
import { type Round, roundOf } from "./dense.ts";
import {
  addSquares,
  clipScale,
  clipValues,
  countStep,
  type Progress,
  scaleValues,
  stepParameters,
} from "./optimizer.ts";

export class ReferenceStepper implements Stepper {
  readonly #dtype: DType;
  readonly #round: Round;
  readonly #optimizer: Optimizer;
  readonly #arrays: readonly SteppedArray[];
  #slots: FloatArray[][]; // of each array
  #progress: Progress = { steps: 0, momentumProduct: 1 };

  constructor({ dtype, optimizer, arrays }: StepperShape) {
    this.#dtype = dtype;
    this.#round = roundOf(floatArray(dtype, 0));
    this.#optimizer = optimizer;
    this.#arrays = arrays;
    this.#slots = arrays.map(({ rows, columns }) =>
      Array.from({ length: slotCount(optimizer) }, () => floatArray(dtype, rows * columns)),
    );
  }

  step(parameters: readonly FloatArray[], gradients: readonly FloatArray[], learningRate: number): StepStatus {
    const copy = (array: FloatArray, k: number) => {
      const copied = floatArray(this.#dtype, this.#lengthOf(k));
      copyInto(copied, array);
      return copied;
    };
    const all = parameters.map(copy);
    const by = gradients.map(copy);
    if (![...all, ...by].every(allFinite)) return "bad-data";
    const { clipValue = 0, clipNorm = 0 } = this.#optimizer;
    const round = this.#round;
    if (clipValue > 0) for (const g of by) clipValues(g, clipValue, round);
    if (clipNorm > 0) {
      const scale = clipScale(this.#squaresOf(by), clipNorm);
      for (const g of by) scaleValues(g, scale, round);
    }
    const slots = this.#slots.map((ofArray) => ofArray.map((slot) => slot.slice()));
    all.forEach((w, k) => {
      const [m, v] = slots[k]!;
      const decays = !this.#arrays[k]!.isBias;
      stepParameters(this.#optimizer, this.#progress, w, by[k]!, m, v, learningRate, decays, round);
    });
    if (![...all, ...slots.flat()].every(allFinite)) return "not-finite";
    countStep(this.#optimizer, this.#progress);
    this.#slots = slots;
    all.forEach((w, k) => copyInto(parameters[k]!, w));
    return "done";
  }

  state(): StepperState {
    const slots = floatArray(
      this.#dtype,
      this.#inOrder().reduce((sum, { length }) => sum + length, 0),
    );
    let at = 0;
    for (const slot of this.#inOrder()) {
      slots.set(slot, at);
      at += slot.length;
    }
    return { slots, ...this.#progress };
  }

  setState({ slots, steps, momentumProduct }: StepperState): void {
    let at = 0;
    for (const slot of this.#inOrder()) {
      slot.set(slots.subarray(at, at + slot.length));
      at += slot.length;
    }
    this.#progress = { steps, momentumProduct };
  }

  dispose(): void {}

  #lengthOf(k: number): number {
    return this.#arrays[k]!.rows * this.#arrays[k]!.columns;
  }

  /** The first slot of all arrays, then the second. */
  #inOrder(): FloatArray[] {
    return Array.from({ length: slotCount(this.#optimizer) }, (_, n) => this.#slots.map((slots) => slots[n]!)).flat();
  }

  #squaresOf(gradients: readonly FloatArray[]): number {
    let squares = 0;
    this.#arrays.forEach(({ columns, isBias }, k) => {
      if (isBias) return; // its squares count with those of the array before
      const ofColumns = gradients.slice(k, this.#arrays[k + 1]?.isBias ? k + 2 : k + 1);
      squares = addSquares(squares, ofColumns, columns, this.#round);
    });
    return squares;
  }
}

function allFinite(values: FloatArray): boolean {
  return values.every(Number.isFinite);
}
