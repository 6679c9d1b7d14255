// resetOptimizer: what an optimizer remembers is forgotten, on both engines and with threads; setParameters alone keeps
// it.

import { Network, type NetworkOptions } from "bitgrad";
import { Network as WithThreads } from "bitgrad/threads";
import { describe, expect, it } from "vitest";
import { OPTIMIZER_NAMES, slotCount } from "../../bindings/catalog/optimizers.ts";
import { DTYPES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

const WAYS: readonly (readonly [string, (options: NetworkOptions) => Network])[] = [
  ["wasm", (options) => Network.createSync({ ...options, engine: "wasm" })],
  ["reference", (options) => Network.createSync({ ...options, engine: "reference" })],
  ["two threads", (options) => WithThreads.createSync({ ...options, engine: "wasm", threads: 2 })],
];
const FIT = { epochs: 2, batchSize: 8, shuffle: false };

describe.each(WAYS)("%s", (_, create) => {
  describe.each(DTYPES)("%s", (dtype) => {
    it.each(OPTIMIZER_NAMES)("%s: after it, a network trains as a new one with its parameters", (type) => {
      const momentum = type === "sgd" ? { momentum: 0.9 } : {};
      const options: NetworkOptions = {
        dtype,
        inputs: 3,
        layers: [{ units: 5, activation: "tanh" }, { units: 2 }],
        optimizer: { type, learningRate: 0.03, ...momentum },
      };
      const { x, y } = new Random(7).dataset(dtype, 20, 3, 2);
      using net = create(options);
      net.fit(x, y, FIT);
      const parameters = net.getParameters();
      using kept = create(options);
      kept.fit(x, y, FIT);
      kept.setParameters(parameters); // its own
      using fresh = create(options);
      fresh.setParameters(parameters);
      expect(slotCount({ type, ...momentum })).toBeGreaterThan(0);

      net.resetOptimizer();
      expect(net.getParameters()).toEqual(parameters);
      expect([net.epochs, net.learningRate]).toEqual([2, 0.03]);
      for (const each of [net, kept, fresh]) each.fit(x, y, FIT);
      expect(net.digest()).toBe(fresh.digest());
      expect(kept.digest()).not.toBe(fresh.digest());
      expect(net.toJSON().memory).toEqual(fresh.toJSON().memory);
    });

    it("adam's first step after it is ± the learning rate, whatever was before", () => {
      using net = create({
        dtype,
        inputs: 1,
        layers: [{ units: 1, activation: "linear" }],
        optimizer: { type: "adam", learningRate: 0.25, epsilon: 1e-30 },
      });
      const step = (x: number, y: number) => {
        net.setParameters([{ weights: [2], biases: [1] }]);
        net.fit([[x]], [[y]], { epochs: 1, shuffle: false });
        const [{ weights, biases }] = net.getParameters() as [{ weights: Float32Array; biases: Float32Array }];
        return [weights[0]! - 2, biases[0]! - 1];
      };
      step(1000, 0);
      const remembered = step(1, 10); // 2 + 1 < 10: both are to grow
      expect(remembered[0]).toBeLessThan(0);
      net.resetOptimizer();
      for (const moved of step(1, 10)) expect(moved).toBeCloseTo(0.25, 6);
    });
  });
});

describe("an interrupted training that was loaded", () => {
  const options: NetworkOptions = {
    inputs: 60,
    layers: [{ units: 150, activation: "relu" }, { units: 4 }],
    optimizer: "adam",
    engine: "reference", // whose slices have few steps
  };
  const { x, y } = new Random(8).dataset("f32", 250, 60, 4);

  /** In the middle of its second epoch. */
  async function interrupted(): Promise<Network> {
    using net = Network.createSync(options);
    let file: Uint8Array | undefined;
    await net.fitAsync(x, y, {
      epochs: 2,
      batchSize: 1,
      checkpoint: {
        everySeconds: 0,
        save: async (saved) => {
          if (net.epochs === 1) file = saved;
        },
      },
    });
    return Network.load(file!);
  }

  it("is taken back to its last whole epoch", async () => {
    using net = await interrupted();
    const whole = net.toJSON(); // has no unfinished epoch
    const middle = net.digest();
    net.resetOptimizer();
    using wanted = Network.fromJSONSync(whole);
    expect(net.digest()).toBe(wanted.digest());
    expect(net.digest()).not.toBe(middle);
    expect(net.epochs).toBe(1);
  });

  it("does not take back parameters that were set after it", async () => {
    using net = await interrupted();
    using other = Network.createSync({ ...options, seed: 9 });
    net.setParameters(other.getParameters());
    net.learningRate = 0;
    net.fit(x, y, { resume: false });
    expect(net.digest()).toBe(other.digest());
  });
});
