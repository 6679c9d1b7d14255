// A Predictor as an object: proxies, clones, comparisons, consoles, other copies of the library. As Network and
// Encoder.

import { deepStrictEqual } from "node:assert";
import { createRequire } from "node:module";
import { inspect } from "node:util";
import { Network, OptionError } from "bitgrad";
import { Predictor } from "bitgrad/predict";
import { expect, it } from "vitest";

const options = { inputs: 2, layers: [{ units: 3 }, { units: 1 }] };
const load = (seed: number) => {
  using net = Network.createSync({ ...options, seed });
  return Predictor.load(net.save());
};

it("works through a proxy, without its class, and not without itself", () => {
  const predictor = load(1);
  const expected = predictor.predict([[1, 2]]);
  expect(new Proxy(predictor, {}).predict([[1, 2]])).toEqual(expected);
  const { predict } = predictor;
  expect(() => predict([[1, 2]])).toThrow(OptionError);
  expect(() => Reflect.apply(Predictor.prototype.predict, {}, [[[1, 2]]])).toThrow("this is no Predictor");
});

it("can't be cloned, and two of other weights differ", () => {
  expect(() => structuredClone(load(1))).toThrow(/a Predictor is loaded anew/);
  expect(() => deepStrictEqual(load(1), load(2))).toThrow("not reference-equal");
});

it("shows what it is, in a bundle too", () => {
  const shown = "Predictor { inputs: 2, outputs: 1, dtype: f32 }";
  expect([String(load(1)), inspect(load(1)), Predictor.name]).toEqual([shown, shown, "Predictor"]);
});

it("has sizes that can't be set", () => {
  const predictor = load(1) as { -readonly [key in keyof Predictor]: Predictor[key] };
  for (const key of ["inputs", "outputs", "dtype", "encoders"] as const) {
    expect(() => Object.assign(predictor, { [key]: 5 })).toThrow(TypeError);
  }
  expect(predictor.predict([[1, 2]])).toEqual(load(1).predict([[1, 2]]));
});

it("is an instance of the class of another copy", () => {
  const other = (createRequire(import.meta.url)("bitgrad/predict") as { Predictor: typeof Predictor }).Predictor;
  expect(load(1)).toBeInstanceOf(other);
  expect({}).not.toBeInstanceOf(other);
});
