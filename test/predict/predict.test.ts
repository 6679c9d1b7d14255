// Prediction alone: the bits and the errors of Network.predict, from a file or JSON, whatever the activation, loss and
// dtype.

import { BitgradError, Encoder, Network, type NetworkOptions } from "bitgrad";
import { Predictor } from "bitgrad/predict";
import { describe, expect, it } from "vitest";
import { ACTIVATION_NAMES } from "../../bindings/catalog/activations.ts";
import { DTYPES } from "../fixtures/bits.ts";
import { uniform } from "../support/random.ts";
import { TEXTBOOK } from "../support/textbook.ts";

const ROWS = 130; // two blocks and a rest

function trained(options: Partial<NetworkOptions>): Network {
  const net = Network.createSync({ ...TEXTBOOK, inputs: 5, layers: [{ units: 7 }, { units: 3 }], seed: 3, ...options });
  const y = Array.from({ length: ROWS }, (_, s) => [0, 1, 2].map((j) => (s % 3 === j ? 1 : 0)));
  net.fit(rows(), y, { epochs: 3, batchSize: 16 });
  return net;
}

function rows(): number[][] {
  const next = uniform(4);
  return Array.from({ length: ROWS }, () => Array.from({ length: 5 }, () => 6 * next() - 3));
}

describe.each(DTYPES)("%s", (dtype) => {
  it.each(ACTIVATION_NAMES)("%s", (activation) => {
    const hidden = activation === "softmax" ? "tanh" : activation;
    const net = trained({
      dtype,
      layers: [
        { units: 7, activation: hidden, dropout: 0.2 },
        { units: 3, activation: activation === "softmax" ? activation : "sigmoid" },
      ],
      loss: activation === "softmax" ? "categoricalCrossEntropy" : "mse",
      optimizer: "adam",
    });
    const x = rows();
    const expected = net.predict(x);
    for (const saved of [net.save(), net.save().buffer, net.toJSON(), JSON.stringify(net)]) {
      const predictor = Predictor.load(saved);
      expect(predictor).toMatchObject({ inputs: 5, outputs: 3, dtype });
      expect(predictor.predict(x)).toEqual(expected);
    }
    const matrix = { data: Float64Array.from(x.flat()), shape: [ROWS, 5] as const };
    const { data, shape } = Predictor.load(net.save()).predict(matrix);
    expect([data, shape]).toEqual([net.predict(matrix).data, [ROWS, 3]]);
    const out = dtype === "f32" ? new Float32Array(ROWS * 3) : new Float64Array(ROWS * 3);
    expect(Predictor.load(net.save()).predict(matrix, out)).toBe(out);
    expect(out).toEqual(data);
  });
});

it("a value that is known: σ(ln 3) is 3/4", () => {
  const net = Network.createSync({ ...TEXTBOOK, inputs: 1, layers: [{ units: 1 }], dtype: "f64" });
  net.setParameters([{ weights: [Math.log(3)], biases: [0] }]);
  expect(Predictor.load(net.save()).predict([[1], [0], [-1]])).toEqual([[0.75], [0.5], [0.25]]);
});

it("a checkpoint in the middle of a training, and early stopping's best", () => {
  const files: Uint8Array[] = [];
  const net = Network.createSync({ ...TEXTBOOK, inputs: 5, layers: [{ units: 3 }], seed: 3 });
  const x = rows();
  const y = x.map((_, s) => [0, 1, 2].map((j) => (s % 3 === j ? 1 : 0)));
  net.fit(x, y, {
    epochs: 4,
    validationSplit: 0.2,
    earlyStopping: { patience: 2 },
    checkpoint: { everyEpochs: 1, save: (file) => void files.push(file) },
  });
  expect(files.length).toBeGreaterThan(2);
  for (const file of files) expect(Predictor.load(file).predict(x)).toEqual(Network.loadSync(file).predict(x));
});

it("reads the network's encoders", () => {
  const [x, y] = [Encoder.learn([["red"], ["blue"]], "oneHot"), Encoder.learn([["warm"], ["cold"]], "oneHot")];
  const options = {
    inputs: 2,
    layers: [{ units: 2, activation: "softmax" }],
    loss: "categoricalCrossEntropy",
    encoders: { x, y },
  };
  const net = Network.createSync(options as NetworkOptions);
  net.fit(x.encode([["red"], ["blue"]]), y.encode([["warm"], ["cold"]]), { epochs: 500 });
  for (const saved of [net.save(), net.toJSON()]) {
    const predictor = Predictor.load(saved);
    const { encoders } = predictor;
    const [of, named] = [Encoder.fromJSON(encoders.x), Encoder.fromJSON(encoders.y)];
    expect(named.decode(predictor.predict(of.encode([["blue"]])))).toEqual([["cold"]]);
  }
});

/** What is thrown: the class's name and the message. */
function thrownBy(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(BitgradError);
    return String(error);
  }
  throw new Error("nothing was thrown");
}

function encoder(): Encoder {
  return Encoder.learn([[1], [2]], "standard");
}

/** Whether a text is JSON of the same values in the same order. */
function isSameJSON(text: string, wanted: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === wanted;
  } catch {
    return false;
  }
}

describe("errors", () => {
  const net = trained({});
  const predictor = Predictor.load(net.save());

  it.each([
    ["no x", undefined],
    ["no rows", []],
    ["other columns", [[1, 2]]],
    ["ragged rows", [[1, 2, 3, 4, 5], [1]]],
    ["NaN", [[1, 2, Number.NaN, 4, 5]]],
    ["too large for f32", [[1, 2, 1e300, 4, 5]]],
    ["words", [["1", 2, 3, 4, 5]]],
    ["a shape that doesn't fit", { data: new Float32Array(4), shape: [1, 5] }],
    ["NaN in a typed array", { data: new Float32Array(5).fill(Number.NaN), shape: [1, 5] }],
  ])("%s: as the network's", (_, x) => {
    expect(thrownBy(() => predictor.predict(x as never))).toBe(thrownBy(() => net.predict(x as never)));
  });

  it.each([new Float32Array(2), new Float64Array(3), [0, 0, 0], null])("out %j: as the network's", (out) => {
    const x = [[1, 2, 3, 4, 5]];
    expect(thrownBy(() => predictor.predict(x, out as never))).toBe(thrownBy(() => net.predict(x, out as never)));
  });

  const small = Network.createSync({
    ...TEXTBOOK,
    inputs: 1,
    layers: [{ units: 1 }],
    optimizer: "adam",
    encoders: { x: encoder() },
  });
  small.fit([[1], [2]], [[0], [1]], { epochs: 2 });

  it("every single byte of a file that is changed is found, and where the file is cut", () => {
    const file = small.save();
    for (let n = 0; n < file.length; n++) {
      const damaged = Uint8Array.from(file, (byte, at) => (at === n ? byte ^ 1 : byte));
      expect(
        thrownBy(() => Predictor.load(damaged)),
        `byte ${n}`,
      ).toMatch(/^FormatError: /);
    }
    for (let bytes = 0; bytes < file.length; bytes += 7) {
      expect(thrownBy(() => Predictor.load(file.slice(0, bytes)))).toMatch(/^FormatError: /);
    }
  });

  it("every single character of its JSON that is changed is found, and where the text is cut", () => {
    const text = JSON.stringify(small);
    const wanted = JSON.stringify(JSON.parse(text));
    let same = 0;
    for (let n = 0; n < text.length; n++) {
      for (const flip of [1, 2, 32]) {
        const changed = String.fromCharCode(text.charCodeAt(n) ^ flip);
        const damaged = text.slice(0, n) + changed + text.slice(n + 1);
        if (isSameJSON(damaged, wanted)) {
          same++; // 1e-8 as 1E-8, say: another text of the same values
          continue;
        }
        expect(
          thrownBy(() => Predictor.load(damaged)),
          `character ${n}: ${text[n]} as ${changed}`,
        ).toMatch(/^FormatError: /);
      }
    }
    expect(same).toBeLessThan(10);
    for (let length = 0; length < text.length; length++) {
      expect(thrownBy(() => Predictor.load(text.slice(0, length)))).toMatch(/^FormatError: /);
    }
  });

  it.each([undefined, null, 5, "", "{}", "[]", {}, [], new Uint8Array(0), new Date(0), () => 0])(
    "%j is no network",
    (saved) => {
      expect(thrownBy(() => Predictor.load(saved as never))).toMatch(/^FormatError: /);
    },
  );
});

it("is made by load alone", () => {
  const Made = Predictor as unknown as new (file: Uint8Array) => Predictor;
  expect(() => new Made(trained({}).save())).toThrow("new Predictor(…) does not work: use Predictor.load(saved)");
});
