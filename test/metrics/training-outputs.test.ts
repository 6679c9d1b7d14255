// The outputs that the steps of a training had: those of `gradients` and `backward` on the same batches, on both
// engines, at the places of their rows.

import { DataError, type FloatArray, Network, type NetworkOptions, OptionError, ShapeError } from "bitgrad";
import { describe, expect, it } from "vitest";
import { errorOf, rejectionOf, wrong } from "../faults/expect-error.ts";

const ROWS = 7;
const x = Array.from({ length: ROWS }, (_, s) => [Math.sin(s), Math.cos(2 * s)]);
const y = x.map(([a, b]) => [a! > 0 ? 1 : 0, b! > 0 ? 1 : 0]);

const options = (more: Partial<NetworkOptions> = {}): NetworkOptions => ({
  inputs: 2,
  layers: [
    { type: "batchNormalization" },
    { units: 5, activation: "tanh", dropout: 0.2 },
    { units: 2, activation: "sigmoid" },
  ],
  loss: "binaryCrossEntropy",
  seed: 3,
  ...more,
});

/** Those after each epoch. */
function seen(net: Network, shuffle: boolean): FloatArray[] {
  const out = net.dtype === "f32" ? new Float32Array(ROWS * 2) : new Float64Array(ROWS * 2);
  const found: FloatArray[] = [];
  net.fit(x, y, {
    epochs: 3,
    batchSize: 3,
    shuffle,
    trainingOutputs: out,
    onEpoch: () => void found.push(out.slice()),
  });
  return found;
}

describe.each(["f32", "f64"] as const)("%s", (dtype) => {
  it("are those of gradients and backward, batch by batch", () => {
    const net = Network.createSync(options({ dtype }));
    const other = Network.createSync(options({ dtype }));
    const found = seen(net, false);
    for (let epoch = 0; epoch < 3; epoch++) {
      const outputs: number[] = [];
      for (let batch = 0; batch < 3; batch++) {
        const [some, targets] = [x.slice(3 * batch, 3 * batch + 3), y.slice(3 * batch, 3 * batch + 3)];
        const dropout = { epoch, batch };
        const { gradients, outputs: own } = other.gradients(some, targets, { outputs: true, dropout });
        const upstream = targets.map(() => [0, 0]);
        expect(other.backward(some, upstream, { outputs: true, dropout }).outputs).toEqual(own);
        outputs.push(...own!);
        other.apply(gradients);
      }
      expect([...found[epoch]!]).toEqual(outputs);
    }
    expect(other.digest()).toBe(net.digest());
  });

  it.each([true, false])("are the same on both engines; shuffled: %s", (shuffle) => {
    const [wasm, reference] = (["wasm", "reference"] as const).map((engine) =>
      seen(Network.createSync(options({ dtype, engine })), shuffle),
    );
    expect(wasm).toEqual(reference);
    expect(wasm!.length).toBe(3);
  });
});

it("are at the places of their rows, whatever order they are visited in", () => {
  // steps of 0: the outputs are those of a prediction
  const net = Network.createSync({
    inputs: 2,
    layers: [{ units: 4, activation: "tanh" }, { units: 2 }],
    optimizer: { type: "sgd", learningRate: 0 },
  });
  const predicted = net.predict(x).flat();
  expect(seen(net, true).map((values) => [...values])).toEqual([predicted, predicted, predicted]);
  const one = new Float32Array(5 * 2);
  net.fit(x, y, { epochs: 1, batchSize: 2, validationSplit: { last: 2 / 7 }, trainingOutputs: one });
  expect([...one]).toEqual(predicted.slice(0, 10));
});

it("leave the training as it is", async () => {
  for (const layers of [[{ units: 1 }], [{ units: 3 }, { units: 1 }]]) {
    const of = () => Network.createSync({ inputs: 2, layers, loss: "sse", optimizer: "sgd" });
    const [net, other] = [of(), of()];
    const [some, targets] = [x.slice(0, 4), y.slice(0, 4).map(([value]) => [value!])];
    for (const batchSize of [1, 4]) {
      const trainingOutputs = new Float32Array(4);
      const { loss } = await net.fitAsync(some, targets, { epochs: 2, batchSize, trainingOutputs });
      expect(other.fit(some, targets, { epochs: 2, batchSize }).loss).toEqual(loss);
      expect(net.digest()).toBe(other.digest()); // the shortest ways through the core keep no outputs
    }
  }
});

describe("are refused", () => {
  const net = Network.createSync(options());
  const out = new Float32Array(ROWS * 2);
  it.each<[string, object, new (...args: never[]) => Error, string]>([
    ["another type", { trainingOutputs: new Float64Array(ROWS * 2) }, ShapeError, "a Float32Array is expected"],
    ["another length", { trainingOutputs: new Float32Array(3) }, ShapeError, "trainingOutputs has 3 elements; 14 are"],
    ["no array", { trainingOutputs: wrong(true) }, ShapeError, "trainingOutputs is true; a Float32Array is expected"],
    ["with resume", { trainingOutputs: out, resume: true }, OptionError, "with resume none is expected"],
  ])("%s", (_, more, type, words) => {
    const error = errorOf(() => net.fit(x, y, { epochs: 1, ...more })) as Error;
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(words);
  });

  it("with a worker, of gradients in an array of another length, and of rows that are none", async () => {
    const refusal = (await rejectionOf(net.fitAsync(x, y, { worker: true, trainingOutputs: out }))) as Error;
    expect(refusal.message).toContain("with worker none is expected");
    expect(() => net.gradients(x, y, { out: { outputs: new Float32Array(3) } })).toThrow("out.outputs has 3 elements");
    expect(() => net.gradients(x, y, wrong({ outputs: 1 }))).toThrow("outputs is 1; true or false is expected");
    expect(() => net.fit(x, [[0, 2]].concat(y.slice(1)), { trainingOutputs: out })).toThrow(DataError);
    const words = "a stream's rows have no places";
    expect(() =>
      net.fit(
        wrong(() => []),
        wrong({ trainingOutputs: out }),
      ),
    ).toThrow(words);
  });

  it("an array that was taken away meanwhile", () => {
    const lost = new Float32Array(ROWS * 2);
    const take = () => void structuredClone(lost.buffer, { transfer: [lost.buffer] });
    expect(() => net.fit(x, y, { epochs: 2, trainingOutputs: lost, onEpoch: take })).toThrow("has 0 elements; 14 are");
  });
});
