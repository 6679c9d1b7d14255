// Initial weights: the same on both engines, of the distribution that they are named for, and orthogonal where they are
// said to be.

import { type Initializer, Network } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";

function weights(
  initializer: Initializer,
  inputs: number,
  units: number,
  seed = 3,
  engine: "wasm" | "reference" = "wasm",
) {
  using net = Network.createSync({ engine, dtype: "f64", inputs, layers: [{ units, initializer }], seed });
  expect([...net.getParameters()[0]!.biases].every((bias) => bias === 0)).toBe(true);
  return net.getParameters()[0]!.weights as Float64Array;
}

const I = 300;
const O = 100;

/** Mean and standard deviation; and the limits where there are any. */
const DISTRIBUTIONS: [initializer: Initializer, mean: number, deviation: number, min?: number, max?: number][] = [
  ["glorotUniform", 0, Math.sqrt(2 / (I + O)), -Math.sqrt(6 / (I + O)), Math.sqrt(6 / (I + O))],
  ["heUniform", 0, Math.sqrt(2 / I), -Math.sqrt(6 / I), Math.sqrt(6 / I)],
  ["lecunUniform", 0, Math.sqrt(1 / I), -Math.sqrt(3 / I), Math.sqrt(3 / I)],
  [{ type: "uniform", min: -1, max: 3 }, 1, 4 / Math.sqrt(12), -1, 3],
  ["glorotNormal", 0, Math.sqrt(2 / (I + O))],
  ["heNormal", 0, Math.sqrt(2 / I)],
  ["lecunNormal", 0, Math.sqrt(1 / I)],
  [{ type: "normal", mean: 0.5, deviation: 2 }, 0.5, 2],
];

describe("distributions, of 30,000 weights", () => {
  it.each(DISTRIBUTIONS)("%j", (initializer, mean, deviation, min, max) => {
    const w = weights(initializer, I, O);
    const found = w.reduce((sum, value) => sum + value, 0) / w.length;
    const centered = w.map((value) => (value - mean) / deviation);
    const moment = (power: number) => centered.reduce((sum, value) => sum + value ** power, 0) / w.length;
    expect(Math.abs(found - mean) / deviation).toBeLessThan(4 / Math.sqrt(w.length)); // four standard errors
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / w.length));
    expect(Math.abs(moment(4) - (min === undefined ? 3 : 1.8))).toBeLessThan(4 * Math.sqrt(96 / w.length));
    if (min === undefined || max === undefined) return;
    expect(Math.min(...w)).toBeGreaterThanOrEqual(min);
    expect(Math.max(...w)).toBeLessThan(max);
  });

  it("zeros and a constant", () => {
    expect(weights("zeros", 3, 2)).toEqual(new Float64Array(6));
    expect(weights({ type: "constant", value: -0.25 }, 3, 2)).toEqual(new Float64Array(6).fill(-0.25));
  });
});

it.each([
  [40, 30],
  [30, 40],
  [25, 25],
  [1, 9],
])("orthogonal, %i × %i", (inputs, units) => {
  const w = weights("orthogonal", inputs, units);
  const columns = inputs >= units;
  const [count, length] = columns ? [units, inputs] : [inputs, units];
  const at = (k: number, n: number) => w[columns ? n * units + k : k * units + n]!;
  for (let k = 0; k < count; k++) {
    for (let l = 0; l <= k; l++) {
      let dot = 0;
      for (let n = 0; n < length; n++) dot += at(k, n) * at(l, n);
      expect(Math.abs(dot - Number(k === l))).toBeLessThan(1e-14);
    }
  }
});

it("the seed decides, and layers and engines", () => {
  for (const [initializer] of [...DISTRIBUTIONS, ["orthogonal"] as const]) {
    const w = weights(initializer, 5, 4);
    expect(weights(initializer, 5, 4, 3, "reference")).toEqual(w);
    expect(weights(initializer, 5, 4, 4)).not.toEqual(w);
    expect(weights(initializer, 5, 4, 3 + 2 ** 40)).not.toEqual(w);
    const layers = [
      { units: 5, initializer },
      { units: 4, initializer },
    ];
    using net = Network.createSync({ dtype: "f64", inputs: 5, layers, seed: 3 });
    expect(net.getParameters()[1]!.weights).not.toEqual(w);
  }
});

it.each(ENGINES)("%s: a saved network names its initializers", (engine) => {
  const initializer = { type: "normal", mean: 0, deviation: 0.1 } as const;
  using net = Network.createSync({ engine, inputs: 2, layers: [{ units: 2, initializer }, { units: 1 }] });
  using loaded = Network.fromJSONSync(JSON.stringify(net), { engine });
  expect(loaded.layers).toEqual([
    { units: 2, activation: "relu", initializer },
    { units: 1, activation: "linear", initializer: "glorotUniform" },
  ]);
  expect(loaded.digest()).toBe(net.digest());
});
