// Weights of rows in `evaluate`: the loss of a training with them, and metrics as if a row with weight 2 were there
// twice, which is what scikit-learn's sample_weight is.

import {
  type CompressedMatrix,
  DataError,
  type Metric,
  metric,
  Network,
  type NetworkOptions,
  ShapeError,
} from "bitgrad";
import { describe, expect, it } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";
import { DTYPES, ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

const ROWS = 23;
const random = new Random(4);
const x = Array.from({ length: ROWS }, () => [random.unit() - 0.5, random.unit() - 0.5, 0]);
const weights = Array.from({ length: ROWS }, (_, s) => [1, 2, 0, 3][s % 4]!);
const twice = <T>(rows: readonly T[]) => rows.flatMap((row, s) => new Array<T>(weights[s]!).fill(row));
const total = weights.reduce((sum, weight) => sum + weight, 0);

const KINDS: readonly (readonly [Partial<NetworkOptions>, number[][], readonly Metric[]])[] = [
  [{ loss: "mse" }, x.map(([a, b]) => [a! - b!, a! * b!]), ["mae", "rmse", "r2", "medianAbsoluteError"]],
  [
    { loss: { type: "categoricalCrossEntropy", labelSmoothing: 0.1 } },
    x.map(([a]) => (a! > 0 ? [1, 0] : [0, 1])),
    ["accuracy", "f1", "auc", "logLoss", { type: "precision", average: "weighted" }],
  ],
  [{ loss: "sse" }, x.map(([a]) => (a! > 0 ? [1, 0] : [0, 1])), ["brier"]],
];

describe.each(ENGINES)("%s", (engine) => {
  describe.each(DTYPES)("%s", (dtype) => {
    it.each(KINDS)("%o", (options, y, metrics) => {
      const all = { inputs: 3, layers: [{ units: 4 }, { units: 2 }], seed: 2, engine, dtype, ...options };
      using net = Network.createSync(all as NetworkOptions);
      const { loss, ...found } = net.evaluate(x, y, { metrics, sampleWeights: weights });
      const { loss: ofAll, ...wanted } = net.evaluate(twice(x), twice(y), { metrics });
      for (const [name, value] of Object.entries(wanted)) {
        expect((found as Record<string, number>)[name], name).toBeCloseTo(value as number, 12);
      }
      const share = options.loss === "sse" ? 1 : total / ROWS; // a mean is over the rows, whatever their weights are
      expect(Math.abs(loss - ofAll * share)).toBeLessThan(1e-13 * Math.abs(loss) * ROWS);
      // and it is what a training with these weights says of the same network
      const fit = { epochs: 1, batchSize: ROWS, shuffle: false, sampleWeights: weights };
      expect(net.fit(x, y, fit).loss).toEqual([loss]);
    });

    it("weights of 1, and compressed rows, change no bit", () => {
      const y = x.map(([a]) => [a!]);
      using net = Network.createSync({ inputs: 3, layers: [{ units: 4 }, { units: 1 }], engine, dtype });
      const plain = net.evaluate(x, y, { metrics: ["mae"] });
      expect(net.evaluate(x, y, { metrics: ["mae"], sampleWeights: new Float32Array(ROWS).fill(1) })).toEqual(plain);
      const compressed: CompressedMatrix = {
        data: x.flatMap(([a, b]) => [a!, b!]),
        indices: x.flatMap(() => [0, 1]),
        indptr: Array.from({ length: ROWS + 1 }, (_, s) => 2 * s),
        shape: [ROWS, 3],
      };
      const weighted = net.evaluate(x, y, { sampleWeights: weights });
      expect(net.evaluate(compressed, y, { sampleWeights: weights })).toEqual(weighted);
      const by = metric("mae", net.predict(x), y, { sampleWeights: weights });
      expect(net.evaluate(x, y, { metrics: ["mae"], sampleWeights: weights }).mae).toBeCloseTo(
        by,
        dtype === "f64" ? 15 : 6,
      );
    });
  });
});

it.each<[given: unknown, error: typeof DataError | typeof ShapeError, message: string]>([
  [[1, 2], ShapeError, "sampleWeights has 2 elements; 3 are expected"],
  [7, ShapeError, "sampleWeights is 7; an array of 3 numbers is expected"],
  [[1, -1, 1], DataError, "sampleWeights[1] is -1; a finite number of 0 or more is expected"],
  [[1, Number.NaN, 1], DataError, "sampleWeights[1] is NaN"],
  [[0, 0, 0], DataError, "sampleWeights have the sum 0"],
  [[1e39, 1, 1], DataError, "sampleWeights[0] is 1e+39; a number of 0 or more, finite in f32, is expected"],
])("refuses %o", (given, error, message) => {
  using net = Network.createSync({ inputs: 1, layers: [{ units: 1 }] });
  const found = errorOf(() => net.evaluate([[1], [2], [3]], [[1], [2], [3]], { sampleWeights: wrong(given) }));
  expect(found).toBeInstanceOf(error);
  expect((found as Error).message).toContain(message);
});
