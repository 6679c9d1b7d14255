// Typed arrays are not copied: NaN in them is found, whatever the metric compares, and so is memory that is gone.

import { DataError, METRICS, measure, metric } from "bitgrad";
import { describe, expect, it } from "vitest";
import { Random } from "../fixtures/random.ts";

describe.each(METRICS)("%s", (name) => {
  it.each([1, 2])("NaN in %i columns", (columns) => {
    for (const Type of [Float32Array, Float64Array]) {
      const good = new Type(40).map((_, n) => Number(n % 3 === 0));
      for (const at of [0, 1, 38, 39]) {
        const bad = good.slice();
        bad[at] = Number.NaN;
        const is = `[${at}] is NaN; a number is expected`;
        expect(() => metric(name, bad, good, columns)).toThrow(new DataError(`outputs${is}`));
        expect(() => metric(name, good, bad, columns)).toThrow(new DataError(`targets${is}`));
      }
    }
  });

  it("outputs that are transferred while targets are read", () => {
    const outputs = new Float64Array(20);
    const targets = Object.defineProperty(Array(20).fill(1), 3, {
      get: () => structuredClone(0, { transfer: [outputs.buffer] }),
    });
    expect(() => metric(name, outputs, targets, 1)).toThrow(DataError);
  });
});

describe("sums are taken row by row, whatever is summed at once", () => {
  const rows = 3001; // of so many columns are several blocks
  const columns = 7;
  const random = new Random(1);
  const numbers = () => Float64Array.from({ length: rows * columns }, () => random.unit() * 6 - 3);
  const [outputs, targets] = [numbers(), numbers()];
  const weights = Float64Array.from({ length: rows }, () => random.unit() * 2);

  /** Of each column, Σ weight · of(output, target), over Σ weight. */
  const means = (sampleWeights: Float64Array, of: (a: number, y: number, column: number) => number) => {
    const sums = Array<number>(columns).fill(0);
    let total = 0;
    for (let s = 0; s < rows; s++) {
      for (let j = 0; j < columns; j++) {
        sums[j]! += sampleWeights[s]! * of(outputs[s * columns + j]!, targets[s * columns + j]!, j);
      }
      total += sampleWeights[s]!;
    }
    return sums.map((sum) => sum / total);
  };
  const square = (value: number) => value * value;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it.each([
    ["with weights", weights],
    ["without", undefined],
  ])("%s", (_, given) => {
    const w = given ?? new Float64Array(rows).fill(1);
    const options = given && { sampleWeights: given };
    const found = measure(["mae", "mse", "rmse", "r2"], outputs, targets, columns, options);
    const squares = means(w, (a, y) => square(a - y));
    const distances = means(w, (_, y, j) => y - targets[j]!);
    const variances = means(w, (_, y, j) => square(y - (targets[j]! + distances[j]!)));
    expect(found).toEqual({
      mae: mean(means(w, (a, y) => Math.abs(a - y))),
      mse: mean(squares),
      rmse: mean(squares.map(Math.sqrt)),
      r2: mean(squares.map((error, j) => 1 - error / variances[j]!)),
    });
  });
});
