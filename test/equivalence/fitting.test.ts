// What happens around the epochs of a training: validation, metrics, early stopping, schedules, weights of rows, frozen
// layers. Each on both engines with the same numbers, and `fit` and `fitAsync` alike.

import {
  DataError,
  type FitOptions,
  type History,
  Network,
  type NetworkOptions,
  OptionError,
  ShapeError,
} from "bitgrad";
import { describe, expect, it } from "vitest";
import { DTYPES, ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

const base: NetworkOptions = {
  inputs: 6,
  layers: [
    { units: 11, activation: "tanh" },
    { units: 3, activation: "softmax" },
  ],
  loss: "categoricalCrossEntropy",
  optimizer: { type: "adam", learningRate: 0.02 },
  seed: 5,
};

/** Three classes that overlap; every row's class in y. */
function data(dtype: "f32" | "f64", rows = 60) {
  const { x, y } = new Random(7).dataset(dtype, rows, 6, 3);
  y.data.fill(0);
  for (let s = 0; s < rows; s++) {
    const c = s % 3;
    y.data[s * 3 + c] = 1;
    x.data[s * 6 + c] = x.data[s * 6 + c]! + 0.6;
  }
  return { x, y };
}

/** Trains on both engines, by fit and by fitAsync, expects one result of all, and returns it. */
async function train(dtype: "f32" | "f64", fit: FitOptions, options: Partial<NetworkOptions> = {}) {
  const { x, y } = data(dtype);
  const ends: { history: History; saved: string }[] = [];
  for (const engine of ENGINES) {
    using one = Network.createSync({ ...base, dtype, ...options, engine });
    using other = Network.createSync({ ...base, dtype, ...options, engine });
    ends.push({ history: one.fit(x, y, fit), saved: JSON.stringify(one) });
    ends.push({ history: await other.fitAsync(x, y, fit), saved: JSON.stringify(other) });
  }
  for (const end of ends) expect(end).toEqual(ends[0]);
  return ends[0]!;
}

describe.each(DTYPES)("%s", (dtype) => {
  it("validation data, split off or given, are evaluated after each epoch and never trained on", async () => {
    const { x, y } = data(dtype);
    const part = (m: typeof x, from: number, to: number) => {
      const columns = m.shape[1];
      return { data: m.data.slice(from * columns, to * columns), shape: [to - from, columns] as [number, number] };
    };
    const options: FitOptions = { epochs: 4, batchSize: 8, metrics: ["accuracy", "auc"] };
    const { history, saved } = await train(dtype, { ...options, validationSplit: { last: 0.25 } });
    using net = Network.createSync({ ...base, dtype });
    const validation = [part(x, 45, 60), part(y, 45, 60)] as const;
    const given = net.fit(part(x, 0, 45), part(y, 0, 45), { ...options, validation });
    expect(given).toEqual(history);
    expect(JSON.stringify(net)).toBe(saved);
    const { loss, accuracy, auc } = net.evaluate(...validation, { metrics: ["accuracy", "auc"] });
    expect([loss, accuracy, auc]).toEqual([
      history.validationLoss!.at(-1),
      history.metrics!.accuracy!.at(-1),
      history.metrics!.auc!.at(-1),
    ]);
    expect(history.validationLoss).toHaveLength(4);
  });

  it("early stopping ends and restores the best epoch", async () => {
    const infos: number[] = [];
    const fit: FitOptions = {
      epochs: 300,
      batchSize: 8,
      validationSplit: { last: 0.4 },
      earlyStopping: { patience: 5 },
      onEpoch: ({ validationLoss }) => infos.push(validationLoss!),
    };
    const { history, saved } = await train(dtype, fit, { optimizer: { type: "adam", learningRate: 0.1 } });
    const losses = history.validationLoss!;
    expect(history.stopped).toBe("earlyStopping");
    expect(history.bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
    expect(losses).toHaveLength(history.bestEpoch! + 5);
    expect(infos.slice(0, losses.length)).toEqual(losses);
    using best = Network.fromJSONSync(saved);
    const { x, y } = data(dtype);
    const rest = { data: x.data.slice(36 * 6), shape: [24, 6] as [number, number] };
    const { loss } = best.evaluate(rest, { data: y.data.slice(36 * 3), shape: [24, 3] });
    expect(loss).toBe(Math.min(...losses));
    const kept = await train(
      dtype,
      { ...fit, earlyStopping: { patience: 5, restoreBest: false } },
      { optimizer: { type: "adam", learningRate: 0.1 } },
    );
    expect(kept.history.bestEpoch).toBeUndefined();
    expect(kept.saved).not.toBe(saved);
  });

  it("a listener that calls stop, at once or later, ends the training", async () => {
    const { history } = await train(dtype, { epochs: 9, onEpoch: ({ epoch, stop }) => epoch === 3 && stop() });
    expect([history.loss.length, history.stopped]).toEqual([3, "listener"]);
    const { x, y } = data(dtype);
    using net = Network.createSync({ ...base, dtype });
    const later = await net.fitAsync(x, y, {
      epochs: 9,
      onEpoch: async ({ epoch, stop }) => {
        await Promise.resolve();
        if (epoch === 4) stop();
      },
    });
    expect([later.loss.length, net.epochs]).toEqual([4, 4]);
  });

  it("a time limit takes an unfinished epoch back", () => {
    const { x, y } = data(dtype);
    using net = Network.createSync({ ...base, dtype });
    const { stopped, loss } = net.fit(x, y, { epochs: 1e6, batchSize: 1, timeLimit: 0.05 });
    expect(stopped).toBe("timeLimit");
    using same = Network.createSync({ ...base, dtype });
    same.fit(x, y, { epochs: loss.length, batchSize: 1 });
    expect(net.epochs).toBe(loss.length);
    expect(net.digest()).toBe(same.digest());
  });

  it.each([
    ["cosine", { type: "cosine", epochs: 6, warmup: 2 }],
    ["exponential", { type: "exponential", factor: 0.7 }],
    ["a function", ({ epoch, step, rate }: { epoch: number; step: number; rate: number }) => rate / (1 + epoch + step)],
  ] as const)("schedule %s: fit twice equals fit once", async (_name, schedule) => {
    const { saved } = await train(dtype, { epochs: 6, batchSize: 8, schedule });
    const { x, y } = data(dtype);
    using net = Network.createSync({ ...base, dtype });
    net.fit(x, y, { epochs: 2, batchSize: 8, schedule });
    using loaded = Network.fromJSONSync(JSON.stringify(net), { engine: "reference" });
    loaded.fit(x, y, { epochs: 4, batchSize: 8, schedule });
    expect(JSON.stringify(loaded)).toBe(saved);
    const constant = await train(dtype, { epochs: 6, batchSize: 8 });
    expect(constant.saved).not.toBe(saved);
    expect((await train(dtype, { epochs: 6, batchSize: 8, schedule: { type: "constant" } })).saved).toBe(
      constant.saved,
    );
  });

  it("weights: a row of weight 2 is a row given twice, one of 0 none; class weights are its class's", async () => {
    const { x, y } = data(dtype);
    const sgd: Partial<NetworkOptions> = { optimizer: { type: "sgd", learningRate: 0.5 } };
    const fit: FitOptions = { epochs: 3, batchSize: 16 };
    const weights = Array.from({ length: 60 }, (_, s) => [0.5, 1, 2][s % 3]!);
    const byRow = await train(dtype, { ...fit, sampleWeights: weights }, sgd);
    const byClass = await train(dtype, { ...fit, classWeights: [0.5, 1, 2] }, sgd);
    expect(byClass).toEqual(byRow);
    const ones = await train(dtype, { ...fit, classWeights: [1, 1, 1] }, sgd);
    expect(ones).toEqual(await train(dtype, fit, sgd));
    const run = (rows: number[], sampleWeights?: number[]) => {
      using net = Network.createSync({ ...base, ...sgd, loss: "categoricalCrossEntropy", dtype });
      const pick = (m: typeof x) => rows.map((s) => Array.from(m.data.subarray(s * m.shape[1], (s + 1) * m.shape[1])));
      const { loss } = net.fit(pick(x), pick(y), {
        batchSize: 4,
        shuffle: false,
        ...(sampleWeights && { sampleWeights }),
      });
      return [loss, net.digest()];
    };
    expect(run([0, 0])[1]).toEqual(run([0, 1], [2, 0])[1]);
  });

  it("label smoothing is a change of targets", async () => {
    const { x, y } = data(dtype);
    const smooth = { data: y.data.map((v) => v * (1 - 0.3) + 0.3 / 3), shape: y.shape };
    using plain = Network.createSync({ ...base, dtype });
    plain.fit(x, smooth, { epochs: 3 });
    const loss = { type: "categoricalCrossEntropy", labelSmoothing: 0.3 } as const;
    const { saved } = await train(dtype, { epochs: 3 }, { loss });
    using smoothed = Network.fromJSONSync(saved);
    expect(smoothed.digest()).toBe(plain.digest());
    expect(smoothed.evaluate(x, y, { metrics: ["mae"] }).mae).toBe(plain.evaluate(x, y, { metrics: ["mae"] }).mae);
  });

  it.each([[[0]], [[1]], [[0, 1]], [[2]], [[0, 2]], [[0, 1, 2]]])(
    "layers %j frozen stay, the others learn as ever",
    async (frozen) => {
      const layers = [{ units: 7 }, { units: 5, activation: "relu" as const }, { units: 3 }];
      for (const optimizer of ["sgd", "adam"] as const) {
        const options: Partial<NetworkOptions> = {
          layers: layers.map((layer, l) => ({ ...layer, trainable: !frozen.includes(l) })),
          loss: "mse",
          optimizer: { type: optimizer, learningRate: 0.1, clipNorm: 0.5 },
        };
        const { saved } = await train(dtype, { epochs: 3, batchSize: 8 }, options);
        using before = Network.createSync({ ...base, ...options, dtype });
        using after = Network.fromJSONSync(saved);
        before.getParameters().forEach((layer, l) => {
          if (frozen.includes(l)) expect(after.getParameters()[l]).toEqual(layer);
          else expect(after.getParameters()[l]!.biases).not.toEqual(layer.biases);
        });
        expect(after.layers.map(({ trainable = true }) => trainable)).toEqual(
          layers.map((_, l) => !frozen.includes(l)),
        );
        const { x, y } = data(dtype);
        const [digest, loss] = [after.digest(), after.evaluate(x, y).loss];
        for (const l of [0, 1, 2]) after.setTrainable(l, false);
        after.fit(x, y);
        expect([after.digest(), after.evaluate(x, y).loss]).toEqual([digest, loss]);
      }
    },
  );

  it("partialFit is one step on all rows", () => {
    const { x, y } = data(dtype);
    const ends = ENGINES.map((engine) => {
      using net = Network.createSync({ ...base, dtype, engine });
      const losses = [net.partialFit(x, y), net.partialFit(x, y, { classWeights: [1, 2, 3] })];
      return { losses, saved: JSON.stringify(net), epochs: net.epochs };
    });
    expect(ends[0]).toEqual(ends[1]);
    using net = Network.createSync({ ...base, dtype });
    expect(ends[0]!.losses[0]).toBe(net.fit(x, y, { batchSize: 60, shuffle: false }).loss[0]);
  });
});

it("k-fold cross-validation: each row is evaluated once, by a network that was trained on the other folds", async () => {
  const { x, y } = data("f64", 31);
  for (let s = 0; s < 31; s++) x.data[s * 6 + (s % 3)] = 5;
  const rows = Array.from({ length: 31 }, (_, s) => Array.from(x.data.subarray(s * 6, s * 6 + 6)));
  const options = { ...base, dtype: "f64" } as const;
  const fit = { folds: 4, epochs: 20, batchSize: 8, metrics: ["accuracy"] } as const;
  const found = await Promise.all(ENGINES.map((engine) => Network.crossValidate({ ...options, engine }, x, y, fit)));
  expect(found[0]).toEqual(found[1]);
  expect(await Network.crossValidate(options, rows, y, fit)).toEqual(found[0]);
  const { folds, mean } = found[0]!;
  expect(folds).toHaveLength(4);
  expect(mean.accuracy).toBeGreaterThan(0.5);
  expect(mean.loss).toBeCloseTo(folds.reduce((sum, { loss }) => sum + loss, 0) / 4, 12);
  // every row's own number as the only input, no training: the folds' errors add up to that of all rows
  const numbers = { data: Float64Array.from({ length: 31 }, (_, s) => s), shape: [31, 1] as [number, number] };
  const still: NetworkOptions = {
    inputs: 1,
    layers: [{ units: 1, activation: "linear", initializer: { type: "constant", value: 0.5 } }], // whatever the seed
    dtype: "f64",
    loss: "sse",
    optimizer: { type: "sgd", learningRate: 0 },
  };
  using net = Network.createSync(still);
  const parts = await Network.crossValidate(still, numbers, numbers, { folds: 31 });
  expect(parts.folds.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(net.evaluate(numbers, numbers).loss, 9);
  await expect(Network.crossValidate(still, numbers, numbers, { folds: 32 })).rejects.toThrow(
    "folds is 32; there are 31 rows",
  );
  await expect(Network.crossValidate(still, numbers, numbers, { folds: 1 })).rejects.toThrow("folds is 1");
});

it.each([
  [{ validationSplit: 1 }, OptionError, "validationSplit is 1"],
  [{ validationSplit: 0.001 }, OptionError, "leaves one part empty"],
  [{ validation: [[]] }, OptionError, "validation is an array of 1; [x, y] is expected"],
  [{ metrics: ["acuracy"] }, OptionError, 'metrics[0] is "acuracy"'],
  [{ earlyStopping: { monitor: "validationLoss" } }, OptionError, "earlyStopping.monitor"],
  [{ earlyStopping: null }, OptionError, "earlyStopping is null"],
  [{ schedule: { type: "cosin" } }, OptionError, "schedule"],
  [{ schedule: () => -1 }, OptionError, "gives -1"],
  [{ sampleWeights: [1] }, ShapeError, "sampleWeights has 1 element; 60 are expected"],
  [{ classWeights: [1, 2, -1] }, DataError, "classWeights[2] is -1"],
  [{ timeLimit: -1 }, OptionError, "timeLimit is -1"],
] as const)("refused: %j", (options, type, words) => {
  const { x, y } = data("f32");
  using net = Network.createSync(base);
  const digest = net.digest();
  expect(() => net.fit(x, y, options as unknown as FitOptions)).toThrow(type);
  expect(() => net.fit(x, y, options as unknown as FitOptions)).toThrow(words);
  expect(net.digest()).toBe(digest);
});
