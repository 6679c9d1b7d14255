// Amounts that have to stay finite, more than 0 or below 1 once they are rounded to the dtype, and null, which stands
// for no default.

import { FormatError, Network, type NetworkOptions, Operations, OptionError, type Schedule } from "bitgrad";
import { Network as WithWorker } from "bitgrad/worker";
import { describe, expect, it } from "vitest";
import { errorOf, expectError, rejectionOf } from "../faults/expect-error.ts";
import { ENGINES } from "../fixtures/bits.ts";
import { TEXTBOOK } from "../support/textbook.ts";

const X = [[1], [0], [2]];
const Y = [[1], [0], [1]];

/** Schedules, and the first epoch after the network's first one in which their rate is infinite in f32. */
const GROWING: readonly (readonly [Schedule, number])[] = [
  [() => 1e39, 1],
  [({ epoch }) => (epoch < 3 ? 0.1 : 3.5e38), 3],
  [{ type: "exponential", factor: 1e20 }, 2],
  [{ type: "step", every: 2, factor: 1e40 }, 2],
  [{ type: "cosine", epochs: 3, minimum: 1e40 }, 1],
  [{ type: "oneCycle", epochs: 3, divide: 1e-41, rise: 0.9 }, 1],
  [{ type: "oneCycle", epochs: 3, divide: 1, finalDivide: 1e-42, rise: 0 }, 1],
];

const adam = { type: "adam" } as const;

/** Options with such a number. */
const AMOUNTS: Record<string, (value: number) => Partial<NetworkOptions>> = {
  "loss.delta": (delta) => ({ loss: { type: "huber", delta } }),
  "optimizer.epsilon": (epsilon) => ({ optimizer: { ...adam, epsilon } }),
  "optimizer.clipValue": (clipValue) => ({ optimizer: { ...adam, clipValue } }),
  "optimizer.clipNorm": (clipNorm) => ({ optimizer: { ...adam, clipNorm } }),
};

describe.each(ENGINES)("%s", (engine) => {
  const good = { ...TEXTBOOK, inputs: 1, layers: [{ units: 1 }], engine };

  it.each(Object.keys(AMOUNTS))("%s of 1e-46 is 0 in f32", (name) => {
    const make = (dtype: "f32" | "f64", value: number) => () =>
      Network.createSync({ ...good, dtype, ...AMOUNTS[name]!(value) }).dispose();
    expect(make("f32", 1e-46)).toThrow(OptionError);
    expect(make("f32", 1e-46)).toThrow(`${name} is 1e-46; a finite number of more than 0 in f32 is expected`);
    make("f32", 1e-45)();
    make("f64", 1e-46)();
  });

  it.each(GROWING)("%o: a rate that is infinite in f32 is refused; nothing is changed", async (schedule, epoch) => {
    const options: NetworkOptions = { ...good, optimizer: { type: "sgd", learningRate: 0.1, momentum: 0.5 } };
    using net = Network.createSync(options);
    using withWorker = await WithWorker.create(options);
    for (const each of [net, withWorker]) each.fit(X, Y, { epochs: 1, schedule: { type: "plateau" } }); // the state of which stays
    const before = JSON.stringify(net);
    const fit = { epochs: 5, schedule };
    const errors = [
      errorOf(() => net.fit(X, Y, fit)),
      await rejectionOf(net.fitAsync(X, Y, fit)),
      await rejectionOf(withWorker.fitAsync(X, Y, { ...fit, worker: true })),
    ];
    const which = typeof schedule === "function" ? "a function" : `"${schedule.type}"`;
    const words = [`the schedule, ${which}, gives`, `in epoch ${epoch}, step 0; that is infinite in f32`];
    for (const error of errors) expectError(error, { error: OptionError, code: "OPTION", words });
    expect(JSON.stringify(net)).toBe(before);
    expect(JSON.stringify(withWorker)).toBe(before);
  });

  it("a named schedule whose rate is infinite in f64 leaves the network as it was, too", () => {
    using net = Network.createSync({ ...good, dtype: "f64" });
    const before = JSON.stringify(net);
    const fit = () => net.fit(X, Y, { epochs: 5, schedule: { type: "exponential", factor: 1e200 } });
    expect(fit).toThrow('the schedule, "exponential", gives Infinity in epoch 2, step 0');
    expect(JSON.stringify(net)).toBe(before);
  });

  it.each([
    ["sgd", "momentum"],
    ["rmsprop", "rho"],
    ["adam", "beta1"],
    ["adam", "beta2"],
    ["nadam", "beta1"],
    ["lion", "beta2"],
  ] as const)("%s: %s that is 1 in f32 is refused", (type, key) => {
    const make = (dtype: "f32" | "f64") => () =>
      Network.createSync({ ...good, dtype, optimizer: { type, [key]: 1 - 2 ** -30 } }).dispose();
    expect(make("f32")).toThrow(OptionError);
    expect(make("f32")).toThrow(`optimizer.${key} is 0.9999999990686774; a number below 1 in f32 is expected`);
    make("f64")();
  });

  it("a learning rate that is infinite in f32, wherever one is given", () => {
    using net = Network.createSync(good);
    const op = Operations.createSync({ engine });
    const layer = { weights: Float32Array.of(1), biases: Float32Array.of(1) };
    const optimizer = { type: "sgd", learningRate: 1e39 } as const;
    const saved = JSON.parse(JSON.stringify(net)) as object;
    const refused: readonly (() => unknown)[] = [
      () => Network.createSync({ ...good, optimizer }),
      () => {
        net.learningRate = 1e39;
      },
      () => op.optimizerStep([layer], [layer], { learningRate: 1e39 }),
      () => op.optimizerStep([layer], [layer], { optimizer }),
      () => Network.fromJSONSync(JSON.stringify({ ...saved, optimizer })),
    ];
    for (const call of refused) {
      expect(call).toThrow("earningRate is 1e+39; that is infinite in f32");
      expect(errorOf(call)).toSatisfy((error) => error instanceof OptionError || error instanceof FormatError);
    }
    expect(net.learningRate).toBe(0.1);
    // of the building blocks any value is taken, as IEEE-754 has it
    expect(op.update(Float32Array.of(1), Float32Array.of(1), 1e39)).toEqual(Float32Array.of(Number.NEGATIVE_INFINITY));
  });

  it("null is no default", () => {
    const nulls: Record<string, object> = {
      "loss.delta": { loss: { type: "huber", delta: null } },
      "loss.labelSmoothing": { loss: { type: "binaryCrossEntropy", labelSmoothing: null } },
      "layers[0].alpha": { layers: [{ units: 1, activation: "elu", alpha: null }] },
      "layers[0].l1": { layers: [{ units: 1, l1: null }] },
      "layers[0].dropout": { layers: [{ units: 1, dropout: null }] },
      "optimizer.epsilon": { optimizer: { ...adam, epsilon: null } },
      "optimizer.clipNorm": { optimizer: { ...adam, clipNorm: null } },
      "optimizer.nesterov": { optimizer: { type: "sgd", momentum: 0.9, nesterov: null } },
    };
    for (const [name, options] of Object.entries(nulls)) {
      const make = () => Network.createSync({ ...good, ...options });
      expect(make, name).toThrow(OptionError);
      expect(make, name).toThrow(`${name} is null`);
    }
    const op = Operations.createSync({ engine });
    const z = Float32Array.of(1);
    expect(() => op.activate(z, "elu", null as never)).toThrow("alpha is null");
    expect(() => op.sigmoid(z, null as never)).toThrow("out is null");
  });
});
