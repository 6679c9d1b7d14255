// Losses: trainings on WebAssembly against the reference bit for bit, and against PyTorch's (test/fixtures/losses.py).

import { DataError, type LossName, Network, type NetworkOptions } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ELEMENTWISE } from "../../bindings/catalog/activations.ts";
import { DTYPES, ENGINES, floats } from "../fixtures/bits.ts";
import { endOfFit } from "../fixtures/end-of-fit.ts";
import fixture from "../fixtures/losses.json" with { type: "json" };
import { Random } from "../fixtures/random.ts";
import { howMany } from "../support/slow.ts";

const NAMES = Object.keys(fixture.trainings) as LossName[];

const outputFor = (loss: LossName) =>
  loss === "binaryCrossEntropy" ? "sigmoid" : /ategorical/.test(loss) ? "softmax" : undefined;

describe.each(DTYPES)("%s", (dtype) => {
  it.each(NAMES)("%s: trainings of any network", (name) => {
    const random = new Random(100 + NAMES.indexOf(name));
    const ends = { finite: 0, "not finite": 0 };
    for (let n = 0; n < howMany(120, 50); n++) {
      const size = () => random.whole(1, random.pick([1, 2, 9, 40]));
      const layers = Array.from({ length: random.whole(1, 3) }, () => ({
        units: size(),
        activation: random.pick(ELEMENTWISE),
      }));
      const outputs = outputFor(name) === "softmax" ? random.whole(2, 11) : size();
      layers.push({ units: outputs, activation: (outputFor(name) ?? random.pick(ELEMENTWISE)) as "sigmoid" });
      const rows = random.whole(1, 40);
      const inputs = random.pick([size(), 50]);
      const { x, y } = random.dataset(dtype, rows, inputs, name.startsWith("sparse") ? 1 : outputs);
      if (inputs === 50) x.data.set(random.mostlyZeros(dtype, rows * inputs, 0.2));
      if (name.startsWith("sparse")) y.data.set(y.data.map(() => random.whole(0, outputs - 1)));
      else if (n % 3 === 0) y.data.set(y.data.map((value) => Math.round(value)));
      const options: NetworkOptions = {
        dtype,
        inputs,
        layers,
        loss: name === "huber" ? { type: "huber", delta: random.pick([0.1, 1, 1e30]) } : name,
        seed: n,
        optimizer: { type: "sgd", learningRate: random.unit() * random.pick([0.01, 1, 1, 1e18]) },
      };
      const fitOptions = { epochs: 3, batchSize: random.pick([1, random.whole(1, rows), rows]), shuffle: n % 2 === 0 };
      const [found, wanted] = ENGINES.map((engine) => {
        using net = Network.createSync({ ...options, engine });
        const end = endOfFit(() => net.fit(x, y, fitOptions));
        const predictions = net.predict(x).data;
        return { ...end, saved: JSON.stringify(net), predictions, error: net.evaluate(x, y).loss };
      });
      expect(found, `${JSON.stringify(options)}, ${rows} rows, ${JSON.stringify(fitOptions)}`).toEqual(wanted);
      ends[found!.epoch > 0 ? "not finite" : "finite"]++;
    }
    expect(ends.finite).toBeGreaterThan(howMany(60, 25));
  });
});

describe.each(ENGINES)("%s", (engine) => {
  it.each(NAMES)("%s: PyTorch's losses and parameters, in f64", (name) => {
    const { activation, y, learningRate, losses, before, after } =
      fixture.trainings[name as keyof typeof fixture.trainings];
    using net = Network.createSync({
      engine,
      dtype: "f64",
      inputs: 5,
      layers: [
        { units: 7, activation: "tanh" },
        { units: 3, activation: activation as "linear" },
      ],
      loss: name === "huber" ? { type: "huber", delta: fixture.delta } : name,
      optimizer: { type: "sgd", learningRate },
    });
    net.setParameters([0, 2].map((n) => ({ weights: before[n]!, biases: before[n + 1]! })));
    const targets = (y as (number | number[])[]).map((row) => (typeof row === "number" ? [row] : row));
    const { loss } = net.fit(fixture.x, targets, {
      epochs: losses.length,
      batchSize: fixture.batchSize,
      shuffle: false,
    });
    loss.forEach((value, epoch) => expect(value).toBeCloseTo(losses[epoch]!, 12));
    net.getParameters().forEach(({ weights, biases }, l) => {
      weights.forEach((value, n) => expect(value).toBeCloseTo(after[2 * l]![n]!, 12));
      biases.forEach((value, n) => expect(value).toBeCloseTo(after[2 * l + 1]![n]!, 12));
    });
  });

  it("cross-entropies of saturated outputs are exact, not infinite", () => {
    for (const [loss, activation] of [
      ["binaryCrossEntropy", "sigmoid"],
      ["categoricalCrossEntropy", "softmax"],
    ] as const) {
      using net = Network.createSync({ engine, inputs: 1, layers: [{ units: 2, activation }], loss });
      net.setParameters([{ weights: [300, -300], biases: [0, 0] }]);
      expect([...net.predict({ data: floats("f32", [1]), shape: [1, 1] }).data]).toEqual([1, 0]);
      // each output's error is 300 or 600 of the only row
      expect(net.evaluate([[1]], [[0, 1]]).loss).toBe(activation === "sigmoid" ? 300 : 600);
      expect(net.evaluate([[1]], [[1, 0]]).loss).toBeLessThan(1e-100);
    }
  });

  it("classes that there are not", () => {
    using net = Network.createSync({
      engine,
      inputs: 1,
      layers: [{ units: 3, activation: "softmax" }],
      loss: "sparseCategoricalCrossEntropy",
    });
    for (const value of [-1, 3, 1.5]) {
      expect(() => net.fit([[1], [2]], [[0], [value]])).toThrow(DataError);
      expect(() => net.fit([[1], [2]], [[0], [value]])).toThrow(`y[1][0] is ${value}; a class from 0 to 2 is expected`);
    }
    expect(net.epochs).toBe(0);
  });
});
