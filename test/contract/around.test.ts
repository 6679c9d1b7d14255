// What happens around a training, bit for bit as in a third implementation, written in Python from the contract's page
// (test/fixtures/around.py): validationSplit, weights, early stopping, partialFit, evaluate, plateaus over two
// trainings.

import { Network, type Schedule } from "bitgrad";
import { describe, expect, it } from "vitest";
import fixture from "../fixtures/around.json" with { type: "json" };
import { DTYPES, ENGINES } from "../fixtures/bits.ts";

const { x, y, sampleWeights, weights, biases, calls } = fixture;
const schedule = { type: "plateau", factor: 0.5, patience: 1, threshold: 0.05, cooldown: 1, minimum: 0.001 } as const;
const ofValidation: Schedule = { ...schedule, monitor: "validationLoss" };
const last = { last: 0.3 };

describe.each(ENGINES)("%s", (engine) => {
  it.each(DTYPES)("%s", (dtype) => {
    using net = Network.createSync({
      engine,
      dtype,
      inputs: 3,
      layers: [{ units: 2, activation: "hardSigmoid" }],
      loss: "mse",
      optimizer: { type: "sgd", learningRate: 10, momentum: 0.6 },
      seed: 2 ** 35 + 9,
    });
    net.setParameters([{ weights, biases }]);
    const courses: (() => unknown)[] = [
      () =>
        net.fit(x, y, {
          epochs: 30,
          batchSize: 4,
          validationSplit: 0.3,
          sampleWeights,
          classWeights: [0.3, 1.7],
          earlyStopping: { patience: 2, minDelta: 0.001 },
        }),
      () => net.evaluate(x, y).loss,
      () => net.partialFit(x, y, { classWeights: [0.1, 0.7] }),
      () => net.fit(x, y, { epochs: 4, batchSize: 5, schedule }),
      () => net.fit(x, y, { epochs: 9, batchSize: 5, schedule }),
      () => net.fit(x, y, { epochs: 3, batchSize: 5, validationSplit: last, sampleWeights, schedule: ofValidation }),
      () => net.fit(x, y, { epochs: 8, batchSize: 5, validationSplit: 0.3, schedule: ofValidation }),
    ];
    courses.forEach((call, n) => {
      const wanted = calls[dtype][n]!;
      expect(call(), `call ${n}`).toEqual(wanted.result);
      const [layer] = net.getParameters();
      expect([...layer!.weights], `weights after call ${n}`).toEqual(wanted.weights);
      expect([...layer!.biases], `biases after call ${n}`).toEqual(wanted.biases);
      expect(net.epochs).toBe(wanted.epochs);
    });
  });
});
