// Amounts that have to stay more than 0 once they are rounded to the dtype, and null, which stands for no default.

import { Network, type NetworkOptions, Operations, OptionError } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";

const adam = { type: "adam" } as const;

/** Options with such a number. */
const AMOUNTS: Record<string, (value: number) => Partial<NetworkOptions>> = {
  "loss.delta": (delta) => ({ loss: { type: "huber", delta } }),
  "optimizer.epsilon": (epsilon) => ({ optimizer: { ...adam, epsilon } }),
  "optimizer.clipValue": (clipValue) => ({ optimizer: { ...adam, clipValue } }),
  "optimizer.clipNorm": (clipNorm) => ({ optimizer: { ...adam, clipNorm } }),
};

describe.each(ENGINES)("%s", (engine) => {
  const good = { inputs: 1, layers: [{ units: 1 }], engine };

  it.each(Object.keys(AMOUNTS))("%s of 1e-46 is 0 in f32", (name) => {
    const make = (dtype: "f32" | "f64", value: number) => () =>
      Network.createSync({ ...good, dtype, ...AMOUNTS[name]!(value) }).dispose();
    expect(make("f32", 1e-46)).toThrow(OptionError);
    expect(make("f32", 1e-46)).toThrow(`${name} is 1e-46; a number of more than 0 in f32 is expected`);
    make("f32", 1e-45)();
    make("f64", 1e-46)();
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
