// Real data fitted by bitgrad and by PyTorch (fits.py) from the same initial weights and batches: losses of every epoch
// agree, and so does the accuracy on rows that were held out. MNIST needs a folder: MNIST=path, or
// ../shared/data/mnist.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type DType, type LossName, Network } from "bitgrad";
import { describe, expect, it } from "vitest";
import { readMnist } from "../../examples/mnist/idx.ts";
import { DTYPES, floats } from "../fixtures/bits.ts";
import { MNIST, skippedWithout } from "../needs.ts";
import { uniform } from "../support/random.ts";
import fits from "./fits.json" with { type: "json" };

interface Half {
  readonly x: number[][];
  readonly labels: readonly number[];
}

interface Data {
  readonly train: Half;
  readonly test: Half;
}

/** Columns divided by their largest value; rows in the order s · step mod n, every fifth held out. */
function table(file: string, header: number): Data {
  const bytes = readFileSync(new URL(file, import.meta.url));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString().trimEnd();
  const lines = text.split("\n").slice(header);
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  let step = 37;
  while (gcd(step, lines.length) > 1) step++;
  const rows = lines.map((_, s) => lines[(s * step) % lines.length]!.split(",").map(Number));
  const largest = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!)));
  const half = (heldOut: boolean): Half => {
    const chosen = rows.filter((_, s) => (s % 5 === 4) === heldOut);
    const x = chosen.map((row) => row.slice(0, -1).map((cell, i) => (largest[i]! > 0 ? cell / largest[i]! : 0)));
    return { x, labels: chosen.map((row) => row.at(-1)!) };
  };
  return { train: half(false), test: half(true) };
}

function mnist(folder: string): Data {
  const half = (name: "train" | "test"): Half => {
    const { pixels, labels } = readMnist(folder, name);
    const image = (_: number, n: number) => Array.from(pixels.subarray(n * 784, (n + 1) * 784), (pixel) => pixel / 255);
    return { x: Array.from(labels, image), labels: [...labels] };
  };
  return { train: half("train"), test: half("test") };
}

function train(dtype: DType, name: keyof typeof fits, data: Data) {
  const { train: seen, test } = data;
  const fixture = fits[name] as (typeof fits)["iris"];
  const loss = fixture.loss as LossName;
  const inputs = seen.x[0]!.length;
  const classes = Math.max(...seen.labels) + 1;
  const outputs = loss === "binaryCrossEntropy" ? 1 : classes;
  using net = Network.createSync({
    engine: "wasm", // the reference has the same bits
    dtype,
    inputs,
    layers: [
      { units: fixture.hidden, activation: fixture.activation as "tanh" },
      { units: outputs, activation: loss === "sparseCategoricalCrossEntropy" ? "softmax" : "sigmoid" },
    ],
    loss,
    optimizer: { type: "sgd", learningRate: fixture.learningRate },
  });
  const random = uniform(2_463_534_242);
  net.setParameters(
    [
      [inputs, fixture.hidden],
      [fixture.hidden, outputs],
    ].map(([from, to]) => {
      const limit = Math.sqrt(6 / (from! + to!));
      const weights = Array.from({ length: from! * to! }, () => (2 * random() - 1) * limit);
      return { weights, biases: floats(dtype, to!) };
    }),
  );
  const oneHot = (label: number) => Array.from({ length: classes }, (_, c) => Number(c === label));
  const y = seen.labels.map((label) => (loss === "mse" ? oneHot(label) : [label]));
  const { batchSize, losses } = fixture;
  const history = net.fit(seen.x, y, { epochs: losses.length, batchSize, shuffle: false });
  const worst = Math.max(...history.loss.map((value, epoch) => Math.abs(value / losses[epoch]! - 1)));
  const right = net.predict(test.x).filter((a, s) => {
    const found = outputs === 1 ? Number(a[0]! > 0.5) : a.indexOf(Math.max(...a));
    return found === test.labels[s];
  });
  return { worst, accuracy: right.length / test.labels.length };
}

// relative differences of losses: roundings, grown over thousands of steps
const TOLERANCE = { f32: 1e-4, f64: 1e-12 };

describe.each([
  ["iris", "iris.csv", 1],
  ["digits", "../../examples/digits/digits.csv.gz", 0],
  ["breast_cancer", "breast_cancer.csv.gz", 1],
] as const)("%s", (name, file, header) => {
  const data = table(file, header);
  it.each(DTYPES)("%s", (dtype) => {
    const { worst, accuracy } = train(dtype, name, data);
    expect(worst).toBeLessThan(TOLERANCE[dtype]);
    expect(accuracy).toBeGreaterThanOrEqual(fits[name].accuracy);
  });
});

describe.skipIf(await skippedWithout("mnist"))(
  "MNIST, the 784-30-10 network of Nielsen's book (needs MNIST=path)",
  () => {
    it.each(DTYPES)("%s", (dtype) => {
      const { worst, accuracy } = train(dtype, "mnist", mnist(MNIST));
      expect(worst).toBeLessThan(TOLERANCE[dtype]);
      expect(accuracy).toBeGreaterThanOrEqual(fits.mnist.accuracy);
    });
  },
);
