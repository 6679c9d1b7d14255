// Cross-entropies that clip outputs: the errors and gradients of the clipped probabilities, and the same bits on both
// engines.

import { Network, type NetworkOptions } from "bitgrad";
import { OptionError } from "bitgrad/errors";
import { describe, expect, it } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";

const CLIP = 1e-3;

/** A network whose outputs are its activation of x. */
function identity(units: number, options: Partial<NetworkOptions>): Network {
  const loss = (options.loss as { type: string }).type;
  const activation = loss === "binaryCrossEntropy" ? "sigmoid" : "softmax";
  const net = Network.createSync({ inputs: units, layers: [{ units, activation }], ...options });
  const weights = Array.from({ length: units * units }, (_, n) => (n % (units + 1) === 0 ? 1 : 0));
  net.setParameters([{ weights, biases: new Array(units).fill(0) }]);
  return net;
}

const Z = [
  [0.5, -1, 2],
  [9, -9, 0.25],
  [-30, 30, 7],
  [-6.9, 6.9, -6.91],
  [40, 40, -40],
];
const CLASSES = [
  [1, 0, 0],
  [0, 1, 0],
  [1, 0, 0],
  [0.25, 0.25, 0.5],
  [0, 0, 1],
];

const clipped = (p: number) => Math.min(Math.max(p, CLIP), 1 - CLIP);
const isWithin = (p: number) => p >= CLIP && p <= 1 - CLIP;

/** E and ∂E/∂z, from the definition. */
const DEFINED = {
  binaryCrossEntropy(z: readonly number[][], y: readonly number[][]) {
    const count = z.length * z[0]!.length;
    const sigmoid = z.map((row) => row.map((value) => 1 / (1 + Math.exp(-value))));
    const term = (p: number, target: number) => -target * Math.log(p) - (1 - target) * Math.log(1 - p);
    const error = sigmoid.flatMap((row, s) => row.map((p, j) => term(clipped(p), y[s]![j]!)));
    const slopes = sigmoid.map((row, s) => row.map((p, j) => (isWithin(p) ? (p - y[s]![j]!) / count : 0)));
    return { loss: error.reduce((sum, e) => sum + e, 0) / count, slopes };
  },
  categoricalCrossEntropy(z: readonly number[][], y: readonly number[][]) {
    const softmax = z.map((row) => {
      const parts = row.map((value) => Math.exp(value - Math.max(...row)));
      const total = parts.reduce((sum, part) => sum + part, 0);
      return parts.map((part) => part / total);
    });
    const error = softmax.flatMap((row, s) => row.map((p, j) => -y[s]![j]! * Math.log(clipped(p))));
    const slopes = softmax.map((row, s) => {
      const kept = row.map((p, j) => (isWithin(p) ? y[s]![j]! : 0));
      const total = kept.reduce((sum, target) => sum + target, 0);
      return row.map((p, j) => (p * total - kept[j]!) / z.length);
    });
    return { loss: error.reduce((sum, e) => sum + e, 0) / z.length, slopes };
  },
};

describe.each(["binaryCrossEntropy", "categoricalCrossEntropy"] as const)("%s", (type) => {
  it.each(["wasm", "reference"] as const)("is that of clipped outputs: %s", (engine) => {
    const net = identity(3, { loss: { type, clip: CLIP }, dtype: "f64", engine });
    const wanted = DEFINED[type](Z, CLASSES);
    const { loss, inputGradient } = net.gradients(Z, CLASSES, { inputGradient: true });
    expect(loss).toBeCloseTo(wanted.loss, 12);
    wanted.slopes.flat().forEach((slope, n) => {
      expect(inputGradient![n]).toBeCloseTo(slope, 12);
    });
    expect(net.evaluate(Z, CLASSES).loss).toBe(loss);
  });

  it.each(["f32", "f64"] as const)("has the same bits on both engines: %s", (dtype) => {
    const [wasm, reference] = (["wasm", "reference"] as const).map((engine) => {
      const net = Network.createSync({
        inputs: 3,
        layers: [{ units: 4, activation: "tanh" }, { units: 3 }],
        loss: { type, clip: 1e-7, labelSmoothing: 0.01 },
        seed: 5,
        dtype,
        engine,
      });
      const history = net.fit(Z, CLASSES, { epochs: 20, batchSize: 2, schedule: () => 0.5 });
      return { loss: history.loss, digest: net.digest() };
    });
    expect(wasm).toEqual(reference);
  });

  it("is as before where nothing is clipped, and is saved", async () => {
    const of = (loss: NetworkOptions["loss"]) =>
      Network.createSync({ inputs: 3, layers: [{ units: 4 }, { units: 3 }], loss: loss!, seed: 5 });
    const [net, plain] = [of({ type, clip: 1e-7 }), of(type)];
    const small = Z.map((row) => row.map((value) => value / 40));
    expect(net.fit(small, CLASSES, { epochs: 3 }).loss).toEqual(plain.fit(small, CLASSES, { epochs: 3 }).loss);
    expect(net.digest()).toBe(plain.digest());
    const far = [[1e4, -1e4, 1e4]];
    const loaded = await Network.load(net.save());
    expect(loaded.evaluate(far, [[0, 1, 0]]).loss).toBe(net.evaluate(far, [[0, 1, 0]]).loss);
    expect(net.evaluate(far, [[0, 1, 0]]).loss).not.toBe(plain.evaluate(far, [[0, 1, 0]]).loss);
  });
});

it.each<[object, string]>([
  [{ type: "binaryCrossEntropy", clip: 0.5 }, "loss.clip is 0.5; a number below 0.5 is expected"],
  [{ type: "binaryCrossEntropy", clip: -1 }, "loss.clip is -1; a finite number of more than 0 in f32 is expected"],
  [
    { type: "binaryCrossEntropy", clip: 1e-50 },
    "loss.clip is 1e-50; a finite number of more than 0 in f32 is expected",
  ],
  [{ type: "huber", clip: 0.1 }, 'loss knows no "clip"'],
])("%j is refused", (loss, words) => {
  const error = errorOf(() => Network.createSync({ inputs: 1, layers: [{ units: 1 }], loss: wrong(loss) })) as Error;
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toContain(words);
});
