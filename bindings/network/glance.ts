// What a training says of data and outputs that look like a mistake. It looks at some rows, which it keeps as they are
// read, and changes no bits.

import type { FloatArray } from "../arrays.ts";
import { LOSSES } from "../catalog/losses.ts";
import { ownRows, rowsAt, rowsOf } from "../data/matrix.ts";
import type { Loss, Model } from "../engine/engine.ts";
import { type DType, floatArray, indexArray } from "../numbers.ts";
import type { RowSource } from "../rows.ts";
import type { Sample } from "./samples.ts";
import type { Portion } from "./slices.ts";

// A look takes about 1 % of a training's time. Work is counted in the multiply-adds of a row's step.
const STEP_WORK = 100; // what a row takes beside those of the parameters
const LEAST_WORK = 100_000; // of a training that is worth a look
const NUMBER_WORK = 2000; // of the training, for each number that is looked at
const PREDICTION_WORK = 500_000; // of the training, from which on its end is worth a prediction
const PREDICTED_SHARE = 0.03; // of all steps' rows: a prediction takes a third of a step's time

const LEAST_NUMBERS = 512;
const MOST_NUMBERS = 2 ** 18;
const MOST_ROWS = 256;
const MOST_PREDICTED = 64;

const SAME = 1e-6; // numbers that differ by a smaller part of them are the same: an f32 has some 7 digits
// a range is max − min, as in scikit-learn's MinMaxScaler
const X_RANGE = 100;
const SQUARED_RANGE = 1e4; // of targets; the gradient of a squared error grows with them
const SHOWN = 3; // columns in a message
const SCALE = 'as an Encoder does with the kind "standard"';

/** A source of which some rows, evenly from the first to the last, are kept as it is read. */
class Keeping implements RowSource {
  readonly rows: number;
  readonly columns: number;
  readonly kept: FloatArray;
  readonly #source: RowSource;
  readonly #every: number;

  constructor(source: RowSource, every: number, dtype: DType) {
    this.rows = source.rows;
    this.columns = source.columns;
    this.#source = source;
    this.#every = every;
    this.kept = floatArray(dtype, Math.ceil(source.rows / every) * source.columns);
  }

  copyTo(target: FloatArray, first = 0): void {
    this.#source.copyTo(target, first);
    const { columns, kept } = this;
    const every = this.#every;
    const end = first + target.length / columns;
    for (let place = Math.ceil(first / every); place * every < end; place++) {
      const from = (place * every - first) * columns;
      for (let i = 0; i < columns; i++) kept[place * columns + i] = target[from + i]!;
    }
  }
}

/** Some rows of a training's x and y. */
export class Glance {
  /** One of a training with so many rows and epochs, unless it is too short to be worth it. */
  static of(sample: Sample, { dtype, parameterCount }: Model, epochs: number): Glance | undefined {
    const work = workOf(sample.x.rows, epochs, parameterCount);
    return sample.x.rows > 1 && work >= LEAST_WORK ? new Glance(sample, dtype, work) : undefined;
  }

  readonly x: Keeping;
  readonly y: Keeping;

  private constructor({ x, y }: Sample, dtype: DType, work: number) {
    const columns = Math.max(x.columns, y.columns);
    const numbers = Math.min(MOST_NUMBERS, Math.max(LEAST_NUMBERS, work / NUMBER_WORK));
    const every = Math.ceil(x.rows / Math.min(MOST_ROWS, Math.max(2, Math.floor(numbers / columns))));
    this.x = new Keeping(x, every, dtype);
    this.y = new Keeping(y, every, dtype);
  }

  /** Of columns that are far off scale, once x and y are read. */
  dataWarnings({ type }: Loss): string[] {
    const warnings = farOff("x", this.x, X_RANGE, "numbers of about −1 to 1 train best");
    if (LOSSES[type].isSquared) warnings.push(...farOff("y", this.y, SQUARED_RANGE, `the loss, "${type}", squares it`));
    return warnings;
  }

  /** Of outputs that are the same for all rows, after so many epochs. */
  *outputWarnings(model: Model, epochs: number, portion: Portion | undefined): Generator<undefined, string[]> {
    const { dtype, parameterCount } = model;
    const { rows: all, columns } = this.y;
    if (workOf(all, epochs, parameterCount) < PREDICTION_WORK) return [];
    const looked = this.y.kept.length / columns;
    const rows = Math.min(looked, MOST_PREDICTED, Math.floor(PREDICTED_SHARE * all * epochs));
    const at = indexArray(rows);
    for (let n = 0; n < rows; n++) at[n] = n * Math.floor(looked / rows);
    const targets = floatArray(dtype, rows * columns);
    rowsAt(ownRows(this.y.kept, columns), at, dtype).copyTo(targets);
    if (!differs(targets, columns)) return [];
    const outputs = floatArray(dtype, rows * columns);
    const x = rowsAt(ownRows(this.x.kept, this.x.columns), at, dtype);
    for (let first = 0; first < rows; ) {
      const count = Math.min(portion?.left ?? rows, rows - first);
      model.predict(rowsOf(x, first, count), outputs.subarray(first * columns, (first + count) * columns));
      first += count;
      if (portion?.spend(count)) yield;
    }
    if (differs(outputs, columns)) return [];
    return [
      `the outputs are the same for all of ${rows} rows that were looked at, but the targets differ: scale x and y, ` +
        `${SCALE}, or try a smaller learningRate, another activation or another seed`,
    ];
  }
}

function workOf(rows: number, epochs: number, parameterCount: number): number {
  return rows * epochs * (parameterCount + STEP_WORK);
}

/** max − min of a column, or 0 if that is less than a share of the largest number. */
function rangeOf(data: FloatArray, columns: number, column: number, share = 0): number {
  let min = data[column]!;
  let max = min;
  for (let n = column + columns; n < data.length; n += columns) {
    const value = data[n]!;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return max - min > share * Math.max(max, -min) ? max - min : 0;
}

function farOff(name: string, { kept, columns }: Keeping, limit: number, why: string): string[] {
  const far: string[] = [];
  let count = 0;
  for (let i = 0; i < columns; i++) {
    const range = rangeOf(kept, columns, i);
    if (range > limit && ++count <= SHOWN) far.push(`${name}[…][${i}], of ${Number(range.toPrecision(3))}`);
  }
  if (count === 0) return [];
  if (count > SHOWN) far.push(`${count - SHOWN} more`);
  const which = count === 1 ? "a column" : `${count} columns`;
  return [
    `${name} has ${which} with a range (max − min) of over ${limit}: ${far.join("; ")}. Scale ${name}, ${SCALE}: ${why}`,
  ];
}

/** Whether a column has different numbers. */
function differs(data: FloatArray, columns: number): boolean {
  for (let i = 0; i < columns; i++) if (rangeOf(data, columns, i, SAME) > 0) return true;
  return false;
}
