// Optimizers, penalties, clipping, dropout: trainings on WebAssembly against the reference bit for bit.

import { Network, type NetworkOptions, type OptimizerOptions } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ELEMENTWISE } from "../../bindings/catalog/activations.ts";
import { OPTIMIZER_NAMES } from "../../bindings/catalog/optimizers.ts";
import { DTYPES, ENGINES } from "../fixtures/bits.ts";
import { endOfFit } from "../fixtures/end-of-fit.ts";
import { Random } from "../fixtures/random.ts";
import { howMany } from "../support/slow.ts";

/** Any optimizer of a type, with rates that also leave the finite. */
function anyOptimizer(random: Random, type: OptimizerOptions["type"]): OptimizerOptions {
  const sometimes = (value: number) => (random.unit() < 0.4 ? value : 0);
  return {
    type,
    learningRate: random.pick([0.001, 0.03, 0.3, 0.3, 1e15]),
    ...(type === "sgd" && random.pick([{}, { momentum: 0.9 }, { momentum: 0.5, nesterov: true }])),
    ...(type === "adamw" && { weightDecay: random.pick([0.01, 0.3, 3]) }),
    ...(type === "lion" && { weightDecay: sometimes(0.1) }),
    ...(random.unit() < 0.2 && type === "adam" && { beta1: 0, beta2: 0.5, epsilon: 0.1 }),
    clipValue: sometimes(random.pick([0.001, 0.3])),
    clipNorm: sometimes(random.pick([0.01, 1])),
  };
}

describe.each(DTYPES)("%s", (dtype) => {
  it.each(OPTIMIZER_NAMES)("%s: trainings of any network", (type) => {
    const random = new Random(300 + OPTIMIZER_NAMES.indexOf(type));
    const ends = { finite: 0, "not finite": 0 };
    for (let n = 0; n < howMany(120, 50); n++) {
      const size = () => random.whole(1, random.pick([1, 2, 9, 40]));
      const layers = Array.from({ length: random.whole(1, 4) }, (_, l) => ({
        units: size(),
        activation: random.pick(ELEMENTWISE),
        l1: random.pick([0, 0, 0.01]),
        l2: random.pick([0, 0, 0.1]),
        dropout: l > 0 ? random.pick([0, 0.5, 0.1]) : 0,
      })).reverse();
      const rows = random.whole(1, 40);
      const inputs = random.pick([size(), 50]);
      const { x, y } = random.dataset(dtype, rows, inputs, layers.at(-1)!.units);
      if (inputs === 50) x.data.set(random.mostlyZeros(dtype, rows * inputs, 0.2));
      const options: NetworkOptions = {
        dtype,
        inputs,
        layers,
        loss: random.pick(["sse", "mse", "mae"]),
        seed: n,
        optimizer: anyOptimizer(random, type),
      };
      const fitOptions = { epochs: 2, batchSize: random.pick([1, random.whole(1, rows), rows]), shuffle: n % 2 === 0 };
      const [found, wanted] = ENGINES.map((engine) => {
        using net = Network.createSync({ ...options, engine });
        const ends = [endOfFit(() => net.fit(x, y, fitOptions)), endOfFit(() => net.fit(x, y, fitOptions))];
        return { ends, saved: JSON.stringify(net), predictions: net.predict(x).data };
      });
      expect(found, `${JSON.stringify(options)}, ${rows} rows, ${JSON.stringify(fitOptions)}`).toEqual(wanted);
      ends[found!.ends[0]!.epoch > 0 ? "not finite" : "finite"]++;
    }
    expect(ends.finite).toBeGreaterThan(howMany(60, 25));
  });

  it.each([1, 2])(
    "clipNorm: squares are added up in the dtype, so gradients of 1e20 are infinite in f32 alone; %i units",
    (units) => {
      for (const engine of ENGINES) {
        using net = Network.createSync({
          dtype,
          engine,
          inputs: 1,
          layers: [{ units, activation: "linear", initializer: "zeros" }],
          optimizer: { type: "sgd", learningRate: 0.1, clipNorm: 1 },
        });
        const end = endOfFit(() => net.fit([[1e10]], [Array(units).fill(-1e10)], { epochs: 1 }));
        expect(end.epoch > 0).toBe(dtype === "f32");
      }
    },
  );
});
