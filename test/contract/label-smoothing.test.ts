// Label smoothing against PyTorch's formulas to 50 digits (test/fixtures/label-smoothing.py), and its two roundings.

import { Network, type NetworkOptions } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";
import fixture from "../fixtures/label-smoothing.json" with { type: "json" };

/** A network whose z is x: what its loss and step show are the error and the gradient by z. */
function identity(options: Pick<NetworkOptions, "loss" | "dtype" | "engine">, units: number): Network {
  const activation = JSON.stringify(options.loss).includes("binary") ? "sigmoid" : "softmax";
  const net = Network.createSync({ ...options, inputs: units, layers: [{ units, activation }], optimizer: "sgd" });
  const weights = Float64Array.from({ length: units * units }, (_, n) => (n % (units + 1) === 0 ? 1 : 0));
  net.setParameters([{ weights, biases: new Float64Array(units) }]);
  return net;
}

describe.each(ENGINES)("%s", (engine) => {
  it.each(fixture.map((entry, n) => [`${n}: ${entry.loss}, ${entry.labelSmoothing}`, entry] as const))(
    "%s",
    (_, { loss, labelSmoothing, z, y, error, delta }) => {
      const units = z[0]!.length;
      const options = { loss: { type: loss as "binaryCrossEntropy", labelSmoothing }, dtype: "f64", engine } as const;
      using net = identity(options, units);
      net.learningRate = 1;
      expect(net.evaluate(z, y).loss).toBeCloseTo(error, 13);
      const { loss: epochs } = net.fit(z, y, { epochs: 1, batchSize: z.length, shuffle: false });
      expect(epochs[0]).toBeCloseTo(error, 13);
      // one step of rate 1 leaves −Σ δ in the biases
      const sums = Array.from({ length: units }, (_, j) => delta.reduce((sum, row) => sum + row[j]!, 0));
      net.getParameters()[0]!.biases.forEach((b, j) => expect(b).toBeCloseTo(-sums[j]!, 13));
    },
  );

  it("y is rounded to f32 before it is smoothed, and again after", () => {
    const [y, labelSmoothing] = [0.3, 0.1];
    const smooth = Math.fround(Math.fround(y) * (1 - labelSmoothing) + labelSmoothing / 2);
    expect(smooth).not.toBe(Math.fround(y * (1 - labelSmoothing) + labelSmoothing / 2));
    using smoothing = identity({ loss: { type: "binaryCrossEntropy", labelSmoothing }, engine }, 1);
    using plain = identity({ loss: "binaryCrossEntropy", engine }, 1);
    for (const net of [smoothing, plain]) net.fit([[0.3]], [[net === plain ? smooth : y]], { epochs: 1 });
    expect(smoothing.digest()).toBe(plain.digest());
  });
});
