// Balanced weights of classes, and negative weights of rows where they are asked for: worked out by hand.

import { type FitOptions, Network, type NetworkOptions, Operations } from "bitgrad";
import { Network as WorkerNetwork } from "bitgrad/worker";
import { describe, expect, it } from "vitest";
import { DataError, OptionError } from "../../bindings/errors.ts";
import { ENGINES } from "../fixtures/bits.ts";

const X = [[0], [1], [2], [3], [4], [5]];

describe.each(ENGINES)("%s", (engine) => {
  describe("classWeights: balanced", () => {
    // scikit-learn's compute_class_weight("balanced", classes=np.unique(y), y=y)
    const cases: readonly (readonly [string, Partial<NetworkOptions>, number[][], number[]])[] = [
      [
        "0 and 1",
        { layers: [{ units: 1 }], loss: "binaryCrossEntropy" },
        [[0], [0], [1], [0], [0], [1]],
        [6 / (2 * 4), 6 / (2 * 2)],
      ],
      [
        "−1 and 1",
        { layers: [{ units: 1, activation: "tanh" }], loss: "mse" },
        [[-1], [1], [1], [1], [1], [1]],
        [6 / (2 * 1), 6 / (2 * 5)],
      ],
      [
        "numbers of classes, one of which nobody has",
        { layers: [{ units: 4 }], loss: "sparseCategoricalCrossEntropy" },
        [[0], [3], [3], [1], [3], [1]],
        [6 / (3 * 1), 6 / (3 * 2), 1, 6 / (3 * 3)],
      ],
      [
        "columns",
        { layers: [{ units: 2 }], loss: "categoricalCrossEntropy" },
        [[1, 0], [0, 1], [0, 1], [0, 1], [0, 1], [0, 1]], // biome-ignore format: one line
        [6 / (2 * 1), 6 / (2 * 5)],
      ],
      ["one class", { layers: [{ units: 1 }], loss: "binaryCrossEntropy" }, X.map(() => [1]), [1, 1]],
    ];

    it.each(cases)("of %s", async (_, given, y, classWeights) => {
      const options = { engine, inputs: 1, dtype: "f64", ...given } as NetworkOptions;
      const fit: FitOptions = { epochs: 3, batchSize: 2, sampleWeights: [1, 2, 1, 0.5, 1, 1] };
      using wanted = Network.createSync(options);
      const history = wanted.fit(X, y, { ...fit, classWeights });
      using net = Network.createSync(options);
      expect(net.fit(X, y, { ...fit, classWeights: "balanced" })).toEqual(history);
      expect(net.digest()).toBe(wanted.digest());
      using slices = Network.createSync(options);
      expect(await slices.fitAsync(X, y, { ...fit, classWeights: "balanced" })).toEqual(history);
      using working = await WorkerNetwork.create(options);
      const found = await working.fitAsync(X, y, { ...fit, classWeights: "balanced", worker: true });
      expect(found).toEqual(history);
      expect(working.digest()).toBe(wanted.digest());
    });

    it("counts the rows that are trained on", () => {
      const y = [[0], [0], [0], [1], [1], [1]];
      const options: NetworkOptions = { engine, inputs: 1, layers: [{ units: 1 }], loss: "binaryCrossEntropy" };
      using net = Network.createSync(options);
      using same = Network.createSync(options);
      net.fit(X.slice(0, 4), y.slice(0, 4), { epochs: 2, classWeights: "balanced" });
      const validation = [X.slice(4), y.slice(4)] as const;
      same.fit(X.slice(0, 4), y.slice(0, 4), { epochs: 2, classWeights: [4 / (2 * 3), 4 / 2], validation });
      expect(net.digest()).toBe(same.digest());
    });

    const refused: readonly (readonly [string, Partial<NetworkOptions>, number[][], string])[] = [
      ["a regression", { layers: [{ units: 1 }] }, X, 'loss "mse" with "linear" outputs is a regression'],
      [
        "several labels",
        { layers: [{ units: 2 }], loss: "binaryCrossEntropy" },
        [[1, 0], [1, 1], [0, 1], [1, 0], [0, 1], [0, 1]], // biome-ignore format: one line
        "y[1][1] is 1, and of classes",
      ],
    ];
    it.each(refused)("of %s is refused", async (_, given, y, words) => {
      using net = Network.createSync({ engine, inputs: 1, ...given } as NetworkOptions);
      const before = JSON.stringify(net);
      expect(() => net.fit(X, y, { classWeights: "balanced" })).toThrow(OptionError);
      expect(() => net.fit(X, y, { classWeights: "balanced" })).toThrow(words);
      await expect(net.fitAsync(X, y, { classWeights: "balanced" })).rejects.toThrow(words);
      expect(JSON.stringify(net)).toBe(before);
    });

    it("another word is refused", () => {
      using net = Network.createSync({ engine, inputs: 1, layers: [{ units: 1 }], loss: "binaryCrossEntropy" });
      const classWeights = "balance" as "balanced";
      const words = 'classWeights is "balance"; "balanced" or an array of 2 numbers is expected';
      expect(() => net.fit([[0]], [[1]], { classWeights })).toThrow(new OptionError(words));
    });
  });

  describe("negative sampleWeights", () => {
    const options: NetworkOptions = {
      engine,
      inputs: 1,
      layers: [{ units: 1 }],
      optimizer: { type: "sgd", learningRate: 0.125 },
      dtype: "f64",
    };

    it("turn a row's gradient around", () => {
      // a = 0: the loss is (1 · 1 − 1 · 9) / 2, the gradient (1 · 2 · (0 − 1) − 1 · 2 · (0 − 3)) / 2
      using net = Network.createSync(options);
      net.setParameters([{ weights: [0], biases: [0] }]);
      const given = { sampleWeights: [1, -1], allowNegativeWeights: true };
      expect(net.partialFit([[1], [1]], [[1], [3]], given)).toBe(-4);
      expect(net.getParameters()[0]).toEqual({
        weights: Float64Array.of(-0.25),
        biases: Float64Array.of(-0.25),
      });
    });

    it("in a worker, too", async () => {
      using net = Network.createSync(options);
      using working = await WorkerNetwork.create(options);
      const fit: FitOptions = { epochs: 2, sampleWeights: [1, -1, 0, 2, -0.5, 1], allowNegativeWeights: true };
      const history = net.fit(X, X, fit);
      expect(await working.fitAsync(X, X, { ...fit, worker: true })).toEqual(history);
      expect(working.digest()).toBe(net.digest());
    });

    it("of Operations", () => {
      const op = Operations.createSync({ engine });
      const given = { sampleWeights: [1, -1], allowNegativeWeights: true };
      expect(op.loss(new Float64Array(2), Float64Array.of(1, 3), { rows: 2, units: 1 }, given)).toBe(-4);
    });

    it("are refused where they are not asked for, and never allowed for classes", () => {
      using net = Network.createSync({ ...options, loss: "binaryCrossEntropy" });
      const y = X.map((_, s) => [s % 2]);
      const sampleWeights = [1, 1, -2, 1, 1, 1];
      for (const allowNegativeWeights of [undefined, false]) {
        const fit = () =>
          net.fit(X, y, { sampleWeights, ...(allowNegativeWeights === false && { allowNegativeWeights }) });
        expect(fit).toThrow(DataError);
        expect(fit).toThrow("sampleWeights[2] is -2; a number of 0 or more, finite in f64, is expected");
        expect(fit).toThrow("allowNegativeWeights: true");
      }
      const classes = () => net.fit(X, y, { classWeights: [1, -1], allowNegativeWeights: true });
      expect(classes).toThrow("classWeights[1] is -1; a number of 0 or more");
      const infinite = [1, 1, -Infinity, 1, 1, 1];
      const beyond = () => net.fit(X, y, { sampleWeights: infinite, allowNegativeWeights: true });
      expect(beyond).toThrow("sampleWeights[2] is -Infinity; a number, finite in f64, is expected");
    });
  });
});
