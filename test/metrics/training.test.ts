// Metrics of a training: with settings, under names of their own, and of the training data beside the validation data.

import { type FitOptions, type Metric, Network, type NetworkOptions } from "bitgrad";
import { Network as WorkerNetwork } from "bitgrad/worker";
import { describe, expect, it } from "vitest";
import { metric } from "../../bindings/data/metrics.ts";
import { OptionError } from "../../bindings/errors.ts";
import { ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

const random = new Random(5);
const X = Array.from({ length: 60 }, () => [random.unit(), random.unit()]);
const Y = X.map(([a, b]) => [Number(a! + b! > 1.2)]);
const VALIDATION = [X.slice(40), Y.slice(40)] as const;
const [TRAINED_X, TRAINED_Y] = [X.slice(0, 40), Y.slice(0, 40)];
const METRICS = [
  "accuracy",
  { type: "f1", average: "macro", name: "macro-f1" },
  { type: "recall", class: 0, threshold: 0.4, name: "recall_of_0" },
  "logLoss",
] as const satisfies Metric[];

describe.each(ENGINES)("%s", (engine) => {
  const options: NetworkOptions = {
    engine,
    inputs: 2,
    layers: [{ units: 3, activation: "tanh" }, { units: 1 }],
    loss: "binaryCrossEntropy",
    optimizer: { type: "adam", learningRate: 0.05 },
    seed: 4,
  };
  const fit: FitOptions = { epochs: 4, batchSize: 8, validation: VALIDATION, metrics: METRICS, trainingMetrics: true };

  it("each epoch's are those of the outputs after it, on both parts", () => {
    using net = Network.createSync(options);
    const seen: unknown[] = [];
    const history = net.fit(TRAINED_X, TRAINED_Y, {
      ...fit,
      onEpoch({ metrics, trainingMetrics }) {
        seen.push([metrics, trainingMetrics]);
        const parts = [[...VALIDATION, metrics] as const, [TRAINED_X, TRAINED_Y, trainingMetrics] as const];
        for (const [x, y, found] of parts) {
          const outputs = net.predict(x);
          expect(found).toEqual({
            accuracy: metric("accuracy", outputs, y),
            "macro-f1": metric("f1", outputs, y, { average: "macro" }),
            recall_of_0: metric("recall", outputs, y, { class: 0, threshold: 0.4 }),
            logLoss: metric("logLoss", outputs, y),
          });
        }
      },
    });
    expect(seen).toHaveLength(4);
    const lists = (part: 0 | 1) =>
      Object.fromEntries(
        ["accuracy", "macro-f1", "recall_of_0", "logLoss"].map((name) => [
          name,
          seen.map((found) => (found as Record<string, number>[])[part]![name]),
        ]),
      );
    expect(history.metrics).toEqual(lists(0));
    expect(history.trainingMetrics).toEqual(lists(1));
    expect(history.trainingMetrics).not.toEqual(history.metrics);
  });

  it("they change nothing else", () => {
    using net = Network.createSync(options);
    using same = Network.createSync(options);
    const { trainingMetrics: _, ...history } = net.fit(TRAINED_X, TRAINED_Y, fit);
    expect(same.fit(TRAINED_X, TRAINED_Y, { ...fit, trainingMetrics: false })).toEqual(history);
    expect(net.digest()).toBe(same.digest());
  });

  it("fitAsync and a worker have the same", async () => {
    using net = Network.createSync(options);
    const history = net.fit(TRAINED_X, TRAINED_Y, fit);
    using slices = Network.createSync(options);
    expect(await slices.fitAsync(TRAINED_X, TRAINED_Y, fit)).toEqual(history);
    using working = await WorkerNetwork.create(options);
    const seen: unknown[] = [];
    const found = await working.fitAsync(TRAINED_X, TRAINED_Y, {
      ...fit,
      worker: true,
      onEpoch: ({ trainingMetrics }) => void seen.push(trainingMetrics?.accuracy),
    });
    expect(found).toEqual(history);
    expect(seen).toEqual(history.trainingMetrics!.accuracy);
    expect(working.digest()).toBe(net.digest());
  });

  it("a training that goes on from a checkpoint has all of them", async () => {
    using net = Network.createSync(options);
    const files: Uint8Array[] = [];
    const whole = net.fit(TRAINED_X, TRAINED_Y, {
      ...fit,
      checkpoint: { everyEpochs: 1, save: (file) => void files.push(file) },
    });
    for (const file of files.slice(0, 3)) {
      using loaded = Network.loadSync(file, { engine });
      using again = Network.loadSync(loaded.save(), { engine });
      expect(again.fit(TRAINED_X, TRAINED_Y, { ...fit, resume: true })).toEqual(whole);
      using working = await WorkerNetwork.load(file, { engine });
      const resumed = { ...fit, resume: true, worker: true, onEpoch: () => undefined };
      expect(await working.fitAsync(TRAINED_X, TRAINED_Y, resumed)).toEqual(whole);
    }
  });

  it("early stopping watches one by its name, and knows which way is better", () => {
    for (const [name, watched] of [
      ["macro-f1", "most"],
      ["logLoss", "least"],
    ] as const) {
      using net = Network.createSync(options);
      const earlyStopping = { monitor: name, patience: 50 };
      const { bestEpoch, metrics } = net.fit(TRAINED_X, TRAINED_Y, { ...fit, epochs: 30, earlyStopping });
      const values = metrics![name]!;
      const best = watched === "most" ? Math.max(...values) : Math.min(...values);
      expect(bestEpoch ?? 30).toBe(values.indexOf(best) + 1);
    }
  });

  const refused: readonly (readonly [string, FitOptions, string])[] = [
    ["training metrics without metrics", { validation: VALIDATION, trainingMetrics: true }, "metrics is expected"],
    [
      "training metrics without validation",
      { metrics: ["accuracy"], trainingMetrics: true },
      "trainingMetrics is true; validation or validationSplit is expected with it",
    ],
    ["two with one key", { metrics: ["f1", { type: "f1", average: "macro" }] }, "give it another name"],
    ["the key of the loss", { metrics: [{ type: "f1", name: "loss" }] }, 'metrics[0].name is "loss"'],
    ["a key that is no word", { metrics: [{ type: "f1", name: "__proto__" }] }, 'metrics[0].name is "__proto__"'],
    ["a setting", { metrics: [{ type: "mae", average: "macro" }] }, 'metrics[0] knows no "average"'],
    ["a class", { metrics: [{ type: "f1", class: 2 }] }, "metrics[0].class is 2; a class from 0 to 1 is expected"],
    ["a class and an average", { metrics: [{ type: "f1", class: 1, average: "macro" }] }, "with average none"],
    ["an average", { metrics: [{ type: "f1", average: "mean" as "macro" }] }, 'metrics[0].average is "mean"'],
    ["a threshold", { metrics: [{ type: "f1", threshold: Number.NaN }] }, "metrics[0].threshold is NaN"],
  ];
  it.each(refused)("%s: refused", (_, given, words) => {
    using net = Network.createSync(options);
    const before = net.digest();
    expect(() => net.fit(TRAINED_X, TRAINED_Y, given)).toThrow(OptionError);
    expect(() => net.fit(TRAINED_X, TRAINED_Y, given)).toThrow(words);
    expect(net.digest()).toBe(before);
  });

  it("what goes with no softmax is refused", () => {
    using net = Network.createSync({
      engine,
      inputs: 2,
      layers: [{ units: 3 }],
      loss: "sparseCategoricalCrossEntropy",
    });
    const evaluate = (metric: Metric) => () => net.evaluate(X, Y, { metrics: [metric] });
    expect(evaluate({ type: "f1", average: "binary" })).toThrow("there are 3 classes");
    expect(evaluate({ type: "f1", threshold: 0.3 })).toThrow("metrics[0].threshold is 0.3; of several classes");
    expect(evaluate({ type: "f1", multiLabel: true })).toThrow("metrics[0].multiLabel is true; the columns");
    expect(evaluate({ type: "f1", class: 2 })).not.toThrow();
  });

  it("a threshold says that columns are labels", () => {
    using net = Network.createSync({ engine, inputs: 2, layers: [{ units: 2 }], loss: "binaryCrossEntropy" });
    net.setParameters([{ weights: [0, 0, 0, 0], biases: [1, 2] }]); // outputs 0.73 and 0.88
    const y = X.map(() => [0, 1]);
    expect(net.evaluate(X, y, { metrics: ["accuracy"] }).accuracy).toBe(1);
    const found = net.evaluate(X, y, {
      metrics: [
        { type: "accuracy", threshold: 0.8, name: "high" },
        { type: "accuracy", threshold: 0.7, name: "low" },
      ],
    });
    expect(found).toMatchObject({ high: 1, low: 0 });
  });
});
