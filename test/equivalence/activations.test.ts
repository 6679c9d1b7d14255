// Activation functions and their slopes: WebAssembly against the reference bit for bit, alone and in whole trainings,
// also such as leave the finite; and against PyTorch's values (test/fixtures/activation.py).

import { type ActivationName, Network, Operations } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ELEMENTWISE } from "../../bindings/catalog/activations.ts";
import fixture from "../fixtures/activation.json" with { type: "json" };
import { DTYPES, ENGINES, expectSameBits, floats } from "../fixtures/bits.ts";
import { endOfFit } from "../fixtures/end-of-fit.ts";
import { Random, specialValues } from "../fixtures/random.ts";

const wasm = Operations.createSync({ engine: "wasm" });
const reference = Operations.createSync({ engine: "reference" });

const alphaOf = (activation: ActivationName, alpha: number) =>
  activation === "leakyRelu" || activation === "elu" ? alpha : undefined;

function randomLayer(random: Random, units: number) {
  const activation = random.pick(ELEMENTWISE);
  const alpha = alphaOf(activation, random.pick([0, 0.01, 0.3, 1.5]));
  return { units, activation, ...(alpha !== undefined && { alpha }) };
}

describe.each(DTYPES)("%s", (dtype) => {
  it.each(ELEMENTWISE)("%s of special values, of any bits and of a dense sweep", (activation) => {
    const random = new Random(90);
    const sweep = floats(dtype, 40_001).map((_, n) => (n - 20_000) / 400 + random.unit() / 400);
    for (const z of [
      specialValues(dtype),
      random.anyBits(dtype, 50_000),
      sweep,
      ...[0, 1, 2, 3, 5].map((n) => sweep.slice(0, n)),
    ]) {
      for (const alpha of [0, 0.01, 2.5].map((value) => alphaOf(activation, value))) {
        const what = `${activation} ${dtype}, alpha ${alpha}`;
        expectSameBits(wasm.activate(z, activation, alpha), reference.activate(z, activation, alpha), what);
        expectSameBits(
          wasm.activationDerivative(z, activation, alpha),
          reference.activationDerivative(z, activation, alpha),
          `slope of ${what}`,
        );
      }
    }
  });

  it.each([false, true])("300 trainings and predictions of any layers, zeros %s", (zeros) => {
    const random = new Random(zeros ? 92 : 91);
    const ends = { finite: 0, "not finite": 0 };
    for (let n = 0; n < 300; n++) {
      const size = () => random.whole(1, random.pick([1, 2, 9, 40]));
      const inputs = zeros ? random.whole(32, 70) : size();
      const layers = Array.from({ length: random.whole(1, 4) }, () => randomLayer(random, size()));
      const rows = random.whole(1, 40);
      const { x, y } = random.dataset(dtype, rows, inputs, layers.at(-1)!.units);
      if (zeros) x.data.set(random.mostlyZeros(dtype, rows * inputs, random.pick([0, 0.2, 0.5])));
      const batchSize = random.pick([1, random.whole(1, rows), rows]);
      const learningRate = random.unit() * random.pick([0.001, 0.1, 5, 1e4, 1e18]);
      const options = { dtype, inputs, layers, seed: n, optimizer: { type: "sgd", learningRate } } as const;
      const [found, wanted] = ENGINES.map((engine) => {
        using net = Network.createSync({ ...options, engine });
        const parameters = net.getParameters();
        const rest = new Random(n);
        for (const { biases } of parameters)
          for (let j = 0; j < biases.length; j++) biases[j] = rest.pick([0, -0, 0.1]);
        net.setParameters(parameters);
        const end = endOfFit(() => net.fit(x, y, { epochs: 4, batchSize, shuffle: n % 2 === 0 }));
        const predictions = [...net.predict(x).data].map((value) => (Object.is(value, -0) ? "-0" : value));
        return { ...end, saved: JSON.stringify(net), predictions };
      });
      expect(found, `${JSON.stringify(options)}, ${rows} rows, batches of ${batchSize}`).toEqual(wanted);
      ends[found!.epoch > 0 ? "not finite" : "finite"]++;
    }
    expect(ends.finite).toBeGreaterThan(100);
    expect(ends["not finite"]).toBeGreaterThan(10);
  });

  it("a bias of −0 shows in a linear layer's output, also where rows are mostly zeros", () => {
    for (const engine of ENGINES) {
      using net = Network.createSync({ engine, dtype, inputs: 40, layers: [{ units: 2, activation: "linear" }] });
      const weights = floats(dtype, 80).map((_, n) => (n % 2 === 0 ? -1 : 1));
      net.setParameters([{ weights, biases: [-0, -0] }]);
      const { data } = net.predict({ data: floats(dtype, 40), shape: [1, 40] });
      expect([...data].map((value) => Object.is(value, -0))).toEqual([true, false]); // −0 + 0 · −1 is −0
    }
  });
});

describe.each(ENGINES)("PyTorch's values, in f64 on %s", (engine) => {
  const op = Operations.createSync({ engine });
  it.each(Object.keys(fixture.activations) as ActivationName[])("%s", (activation) => {
    const z = Float64Array.from(fixture.z);
    const expected = fixture.activations[activation as keyof typeof fixture.activations];
    const alpha = alphaOf(activation, fixture.alpha);
    const close = (found: Float64Array, wanted: readonly number[], what: string) =>
      found.forEach((value, n) => {
        const tolerance = 1e-14 * Math.max(1, Math.abs(wanted[n]!)); // PyTorch rounds, too
        expect(Math.abs(value - wanted[n]!), `${what}(${z[n]}): ${value}, PyTorch ${wanted[n]}`).toBeLessThan(
          tolerance,
        );
      });
    close(op.activate(z, activation, alpha), expected.a, activation);
    close(op.activationDerivative(z, activation, alpha), expected.slope, `${activation}'`);
  });

  it("has all of them", () => {
    expect(Object.keys(fixture.activations).sort()).toEqual([...ELEMENTWISE].sort());
  });
});
