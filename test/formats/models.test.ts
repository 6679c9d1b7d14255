// JSON of scikit-learn and brain.js: what they wrote (test/fixtures) predicts what they predict, what is written is
// what they write, and JSON made to break a reader is refused by name.

import { createRequire } from "node:module";
import { Encoder, type LayerOptions, Network } from "bitgrad";
import { FormatError, OptionError } from "bitgrad/errors";
import { fromBrainJS, fromScikitLearn, toBrainJS, toScikitLearn } from "bitgrad/formats";
import { describe, expect, it } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";
import brain from "../fixtures/brain.json" with { type: "json" };
import scikit from "../fixtures/scikit-learn.json" with { type: "json" };
import { skippedWithout } from "../needs.ts";

/** `units`: of the last place, as large as the largest number on the way there. */
function expectNear(found: readonly (readonly number[])[], wanted: readonly (readonly number[])[], epsilon: number) {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((row, s) => {
    row.forEach((value, j) => {
      expect(Math.abs(found[s]![j]! - value)).toBeLessThanOrEqual(4 * epsilon * Math.max(1, Math.abs(value)));
    });
  });
}

const EPSILON = { f32: 2 ** -23, f64: 2 ** -52 };

describe.each(Object.entries(scikit.cases))("scikit-learn's %s", (name, { json, x, outputs }) => {
  it("predicts what it predicts, and is written as it was", async () => {
    const net = await Network.create(fromScikitLearn(JSON.stringify(json)));
    expectNear(net.predict(x), outputs, EPSILON.f64);
    expect(net.dtype).toBe("f64");
    const written = toScikitLearn(net);
    expect(written).toEqual(name === "no hidden layer" ? { ...json, activation: "identity" } : json);
    expect((await Network.create(fromScikitLearn(json, { dtype: "f32" }))).dtype).toBe("f32");
  });
});

interface BrainCase {
  readonly version: number;
  readonly json: { readonly layers: readonly object[]; readonly sizes: readonly number[] };
  readonly x: readonly (Record<string, number> | number[])[];
  readonly outputs: readonly (Record<string, number> | number[])[];
}

// leaky-relu of 1.x is 0 below 0, and alpha · z above
const LEAKY = brain.cases.filter(({ version, json }) => version === 1 && json.activation === "leaky-relu");
const CASES = brain.cases.filter((one) => !LEAKY.includes(one)) as unknown as readonly BrainCase[];
const isNamed = ({ x }: BrainCase) => !Array.isArray(x[0]);
const rowsOf = (values: BrainCase["x"]) => values.map((row) => Object.values(row));

describe.each(CASES.map((one, n) => [n, one.version, one] as const))(
  "brain.js, case %i, version %i",
  (_n, version, one) => {
    it("predicts what it predicts, and is written as it was", async () => {
      const read = fromBrainJS(JSON.stringify(one.json));
      const net = await Network.create(read);
      const [x, y] = (["x", "y"] as const).map((key) => read.encoders?.[key] && Encoder.fromJSON(read.encoders[key]));
      expect([x !== undefined, y !== undefined]).toEqual([isNamed(one), isNamed(one)]);
      const rows = x === undefined ? (one.x as number[][]) : x.encode(one.x as Record<string, number>[]);
      const found = net.predict(rows as number[][]);
      const outputs = Array.isArray(found) ? found : rowsOfMatrix(wrong(found), net.outputs);
      const wanted = rowsOf(one.outputs);
      expectNear(outputs, wanted, EPSILON.f32);
      if (y !== undefined)
        expect(read.encoders?.y?.columns.map(({ name }) => name)).toEqual(Object.keys(one.outputs[0]!));
      const options = { version } as { version: 2 };
      const { layers, sizes } = toBrainJS(net, options);
      expect(sizes).toEqual(one.json.sizes);
      if (!isNamed(one) || version === 2) expect(layers).toEqual(one.json.layers);
      expect((await Network.create(fromBrainJS(toBrainJS(net, options)))).digest()).toBe(net.digest());
    });
  },
);

const rowsOfMatrix = ({ data }: { data: ArrayLike<number> }, columns: number) =>
  Array.from({ length: data.length / columns }, (_, s) =>
    Array.from({ length: columns }, (_, j) => data[s * columns + j]!),
  );

interface Brain {
  readonly NeuralNetwork: new () => {
    fromJSON(json: object): { run(x: number[]): ArrayLike<number>; toJSON(): object };
  };
}

describe.skipIf(await skippedWithout("peers"))("the package brain.js", () => {
  const from = createRequire(process.env.PEERS ?? new URL("../../bench/peers/package.json", import.meta.url));
  it.each([
    ["brain.js", 1],
    ["brain.js-beta", 2],
  ] as const)("%s runs what is written for version %i", async (name, version) => {
    const { NeuralNetwork } = from(name) as Brain;
    for (const activation of ["sigmoid", "relu", "leakyRelu", "tanh"] as const) {
      if (version === 1 && activation === "leakyRelu") continue;
      const layers = [4, 3, 2].map((units) => ({ units, activation }));
      const net = await Network.create({ inputs: 3, layers, seed: 3, loss: "mse" });
      const theirs = new NeuralNetwork().fromJSON(
        JSON.parse(JSON.stringify(toBrainJS(net, { version: version as 1 }))),
      );
      const x = [0.25, -1, 0.5];
      expectNear([Array.from(theirs.run(x))], net.predict([x]), EPSILON.f32);
      expect((await Network.create(fromBrainJS(theirs.toJSON()))).digest()).toBe(net.digest());
    }
  });
});

const layer = (activation: LayerOptions["activation"], more?: object) =>
  ({ units: 2, activation, ...more }) as LayerOptions;
const netOf = (...layers: LayerOptions[]) =>
  Network.createSync({
    inputs: 2,
    layers,
    ...(layers.at(-1)?.activation === "softmax" && { loss: "categoricalCrossEntropy" }),
  });

it.each<[string, () => unknown]>([
  [
    'layers[1].activation is "relu"; "tanh", as in',
    () => toScikitLearn(netOf(layer("tanh"), layer("relu"), layer("linear"))),
  ],
  [
    'layers[0].activation is "elu"; scikit-learn has "linear"',
    () => toScikitLearn(netOf(layer("elu"), layer("linear"))),
  ],
  ['layers[1].activation is "relu"; scikit-learn has', () => toScikitLearn(netOf(layer("relu"), layer("relu")))],
  ['layers[1].activation is "linear"; "relu", as in', () => toBrainJS(netOf(layer("relu"), layer("linear")))],
  ['layers[0].activation is "elu"; brain.js 2 has', () => toBrainJS(netOf(layer("elu")))],
  ["layers[1].activation is", () => toBrainJS(netOf(layer("leakyRelu"), layer("leakyRelu", { alpha: 0.5 })))],
  [
    'layers[0].activation is "leakyRelu"; brain.js 1 has "sigmoid", "relu", "tanh"',
    () => toBrainJS(netOf(layer("leakyRelu", { alpha: 0.5 })), { version: 1 }),
  ],
  ["version is 3; 1 or 2", () => toBrainJS(netOf(layer("tanh")), wrong({ version: 3 }))],
  ["dtype is", () => fromBrainJS({}, wrong({ dtype: "f16" }))],
  ["dtype is", () => fromScikitLearn("", wrong({ dtype: "f16" }))],
])("refuses by an OptionError: %s", (words, run) => {
  const error = errorOf(run) as Error;
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toContain(words);
});

describe("refuses JSON", () => {
  const model = {
    activation: "relu",
    out_activation_: "identity",
    coefs_: [[[1], [2]], [[3]]],
    intercepts_: [[0], [1]],
  };
  const one = { sizes: [1, 1], layers: [{ 0: {} }, { 0: { bias: 1, weights: { 0: 2 } } }], activation: "relu" };
  const two = toBrainJS(netOf(layer("tanh")));
  const proto = '{"sizes":[1,1],"activation":"relu","layers":[{"0":{}},{"__proto__":{"bias":1,"weights":{"0":2}}}]}';
  it.each<[string, () => unknown]>([
    ["it is no JSON text", () => fromScikitLearn('{"coefs_": [')],
    ["it is 1; an object", () => fromScikitLearn("1")],
    ['out_activation_ is "elu"; "identity", "logistic"', () => fromScikitLearn({ ...model, out_activation_: "elu" })],
    [
      "the outputs are a softmax of 1 number",
      () => fromScikitLearn({ ...model, out_activation_: "softmax", coefs_: [[[1]], [[3]]], intercepts_: [[0], [0]] }),
    ],
    ['out_activation_ is "toString"', () => fromScikitLearn({ ...model, out_activation_: "toString" })],
    ["activation is undefined", () => fromScikitLearn({ ...model, activation: wrong(undefined) })],
    ["coefs_ is an array of 0", () => fromScikitLearn({ ...model, coefs_: [] })],
    ["intercepts_ is an array of 1; an array of 2", () => fromScikitLearn({ ...model, intercepts_: [[0]] })],
    ["coefs_[1] is an array of 2; an array of 1", () => fromScikitLearn({ ...model, coefs_: [[[1]], [[3], [4]]] })],
    ["coefs_[0][1] is an array of 2", () => fromScikitLearn({ ...model, coefs_: [[[1], [2, 3]], [[3]]] })],
    [
      "coefs_[0][1][0] is null; a number finite",
      () => fromScikitLearn({ ...model, coefs_: [[[1], [Number.NaN]], [[3]]] }),
    ],
    ["intercepts_[1][0] is null", () => fromScikitLearn({ ...model, intercepts_: [[0], [Infinity]] })],
    [
      "coefs_[0][0][0] is 1e+39; a number finite in f32",
      () => fromScikitLearn({ ...model, coefs_: [[[1e39]], [[1]]] }, { dtype: "f32" }),
    ],
    [
      "a getter",
      () =>
        fromScikitLearn(
          wrong({
            get coefs_() {
              throw new Error("a getter");
            },
          }),
        ),
    ],
    ['type is "LSTM"', () => fromBrainJS({ ...one, type: "LSTM" })],
    ["layers is an array of 1", () => fromBrainJS({ ...one, layers: [{}] })],
    ['activation is "leaky-relu"; "sigmoid", "relu", "tanh" are', () => fromBrainJS(LEAKY[0]!.json)],
    ['activation is "swish"', () => fromBrainJS({ ...one, activation: "swish" })],
    ["trainOpts.activation is undefined", () => fromBrainJS({ ...one, activation: undefined })],
    ["sizes[1] is 2; layers[1] has 1 nodes", () => fromBrainJS({ ...one, sizes: [1, 2] })],
    ["sizes is an array of 3; an array of 2", () => fromBrainJS({ ...one, sizes: [1, 1, 1] })],
    ["layers[0] has no nodes", () => fromBrainJS({ ...one, layers: [{}, one.layers[1]] })],
    ["layers[1] is null", () => fromBrainJS({ ...one, layers: [one.layers[0], null] })],
    ['layers[1]["0"].weights is undefined', () => fromBrainJS({ ...one, layers: [{ 0: {} }, { 0: { bias: 1 } }] })],
    [
      'layers[1]["0"].weights["0"] is undefined',
      () => fromBrainJS({ ...one, layers: [{ 0: {} }, { 0: { bias: 1, weights: { a: 1 } } }] }),
    ],
    [
      'layers[1]["0"].weights has 2 numbers',
      () => fromBrainJS({ ...one, layers: [{ 0: {} }, { 0: { bias: 1, weights: { 0: 1, 1: 1 } } }] }),
    ],
    [
      'layers[1]["0"].bias is "1"',
      () => fromBrainJS({ ...one, layers: [{ 0: {} }, { 0: { bias: "1", weights: { 0: 1 } } }] }),
    ],
    ['layers[1] has the key "__proto__"', () => fromBrainJS(proto)],
    ["layers[1].weights is undefined", () => fromBrainJS({ ...two, layers: [{}, { biases: [1] }] })],
    [
      "layers[1].weights[1] is an array of 1",
      () => fromBrainJS({ ...two, layers: [{}, { biases: [1, 1], weights: [[1, 2], [3]] }] }),
    ],
    ["inputLookup has 1 names; the network has 2", () => fromBrainJS({ ...two, inputLookup: { a: 0 } })],
    ['inputLookup["b"] is 2; 1 is expected', () => fromBrainJS({ ...two, inputLookup: { a: 0, b: 2 } })],
    [
      "trainOpts.leakyReluAlpha is null",
      () => fromBrainJS({ ...two, trainOpts: { activation: "leaky-relu", leakyReluAlpha: null } }),
    ],
    [
      "trainOpts.leakyReluAlpha is -1; a finite number of 0 or more is expected",
      () => fromBrainJS({ ...two, trainOpts: { activation: "leaky-relu", leakyReluAlpha: -1 } }),
    ],
    [
      "trainOpts.leakyReluAlpha is 1e+39; that is infinite in f32",
      () => fromBrainJS({ ...two, trainOpts: { activation: "leaky-relu", leakyReluAlpha: 1e39 } }),
    ],
  ])("%s", (words, run) => {
    const error = errorOf(run) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(words);
    expect(error.message.length).toBeLessThan(300);
  });

  it("that is cut anywhere, or has another character", () => {
    const texts = [JSON.stringify(model), JSON.stringify(one), JSON.stringify(two)];
    for (const text of texts) {
      const read = (changed: string) => (text === texts[0] ? fromScikitLearn(changed) : fromBrainJS(changed));
      for (let at = 0; at < text.length; at++) {
        expect(errorOf(() => read(text.slice(0, at)))).toBeInstanceOf(FormatError);
        for (const character of '"[{0') {
          try {
            const { inputs, layers } = read(text.slice(0, at) + character + text.slice(at + 1));
            expect(inputs * layers.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        }
      }
    }
  });
});
