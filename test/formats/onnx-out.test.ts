// Networks as ONNX: ONNX Runtime, natively and as WebAssembly, predicts what they predict, with all activations and
// layers in both dtypes, from rows of numbers and from the columns of a table; Python's onnx finds them well-formed.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ColumnOptions, type DType, Encoder, type LayerOptions, Network } from "bitgrad";
import { DataError, OptionError } from "bitgrad/errors";
import { toONNX } from "bitgrad/formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorOf, revoked, wrong } from "../faults/expect-error.ts";
import { skippedWithout } from "../needs.ts";
import { uniform } from "../support/random.ts";
import { expectNear, predictBy, RUNTIMES, type Runtime, rowsOf, runtime, type Tensor } from "./onnx/runtimes.ts";
import { ACTIVATIONS } from "./standalone-networks.ts";

const next = uniform(7);
const DTYPES = ["f32", "f64"] as const;

function rows(count: number, columns: number, most: number): number[][] {
  return Array.from({ length: count }, () => Array.from({ length: columns }, () => (next() - 0.5) * 2 * most));
}

/** Of each activation alone, after a layer that passes its inputs on. */
function activating(activation: LayerOptions["activation"], dtype: DType, alpha?: number): Network {
  const loss = activation === "softmax" ? "categoricalCrossEntropy" : "mse";
  const layers = [{ units: 2, activation, ...(alpha !== undefined && { alpha }) }] as LayerOptions[];
  const net = Network.createSync({ inputs: 2, layers, dtype, loss });
  net.setParameters([{ weights: [1, 0, 0, 1], biases: [0, 0] }]);
  return net;
}

/** Networks of all kinds of layers, whose parameters are drawn. */
function networks(dtype: DType): Network[] {
  const lists: LayerOptions[][] = [
    [
      { type: "batchNormalization" },
      { units: 6 },
      { type: "batchNormalization", scale: false, center: false, epsilon: 0.01 },
      { type: "activation", activation: "relu6" },
      { type: "dropout", rate: 0.5 },
      { units: 5, activation: "linear", dropout: 0.1 },
      { type: "layerNormalization" },
      { units: 3, activation: "softmax" },
    ],
    [
      { type: "layerNormalization", scale: false, center: false, epsilon: 0.01 },
      { units: 4, activation: "leakyRelu", alpha: 0.3 },
      { type: "layerNormalization", center: false },
      { units: 1, activation: "elu", alpha: 0.7 },
      { type: "batchNormalization", center: false },
    ],
    [
      { type: "dropout", rate: 0.1 },
      { units: 2, activation: "linear" },
      { type: "activation", activation: "linear" },
    ],
  ];
  return lists.map((layers, seed) => {
    const loss = layers.some(({ activation }) => activation === "softmax") ? "categoricalCrossEntropy" : "mse";
    const net = Network.createSync({ inputs: 4, layers, dtype, seed, loss });
    const parameters = net.getParameters().map((layer) => {
      const drawn = Object.entries(layer).map(([name, values]) => {
        return [name, values.map(() => (name === "movingVariance" ? 0.5 + next() : 0.5 + next() * 0.5))] as const;
      });
      return Object.fromEntries(drawn);
    });
    net.setParameters(wrong(parameters));
    return net;
  });
}

describe.skipIf(await skippedWithout("peers")).each(RUNTIMES)("%s", (name) => {
  let ort: Runtime;
  beforeAll(() => {
    ort = runtime(name);
  });

  // of ONNX Runtime's tanh in f64 3 are its own
  it.each(DTYPES.flatMap((dtype) => ACTIVATIONS.map((activation) => [activation, dtype] as const)))(
    "computes %s in %s",
    async (activation, dtype) => {
      const alpha = activation === "elu" || activation === "leakyRelu" ? 0.3 : undefined;
      const net = activating(activation, dtype, alpha);
      for (const most of [1, 8, 100, 1e4]) {
        const x = [...rows(200, 2, most), [0, -0], [1e-20, -1e-20], [most, -most]];
        expectNear(await predictBy(ort, toONNX(net), x, dtype), net.predict(x), dtype, { ulps: 4, scale: most });
      }
    },
  );

  it.each(DTYPES.flatMap((dtype) => networks(dtype).map((net) => [net.toString(), net] as const)))(
    "predicts what %s predicts",
    async (_, net) => {
      for (const count of [1, 50]) {
        const x = rows(count, 4, 3);
        expectNear(await predictBy(ort, toONNX(net), x, net.dtype), net.predict(x), net.dtype, { ulps: 8, scale: 4 });
      }
    },
  );

  it.each(DTYPES)("encodes the columns of a table, in %s", async (dtype) => {
    const { encoder, table, feeds } = columns(ort);
    const net = await Network.create({ inputs: encoder.width, layers: [{ units: 4 }, { units: 2 }], dtype, seed: 1 });
    for (const given of [encoder, encoder.toJSON(), JSON.parse(JSON.stringify(encoder))]) {
      const session = await ort.InferenceSession.create(toONNX(net, { encoder: given }));
      expect(session.inputNames).toEqual(Object.keys(table[0]!).filter((name) => name !== "left"));
      const found = rowsOf((await session.run(feeds)).output!);
      const { data } = net.predict(encoder.encode(table));
      const wanted = table.map((_, s) => Array.from(data.subarray(2 * s, 2 * s + 2)));
      expectNear(found, wanted, dtype, { ulps: 8, scale: 4 });
    }
  });

  it("gives the bits of the encoded columns", async () => {
    const { encoder, table, feeds } = columns(ort);
    const { width } = encoder;
    const net = await Network.create({ inputs: width, layers: [{ units: width, activation: "linear" }], dtype: "f64" });
    const weights = Float64Array.from({ length: width * width }, (_, n) => Number(n % (width + 1) === 0));
    net.setParameters([{ weights, biases: new Float64Array(width) }]);
    const session = await ort.InferenceSession.create(toONNX(net, { encoder }));
    const found = rowsOf((await session.run(feeds)).output!).flat();
    expect(found.map((value) => value + 0)).toEqual(Array.from(encoder.encode(table).data, (value) => value + 0));
  });

  it("gives NaN for what the encoder refuses", async () => {
    const columns = [
      { kind: "oneHot", categories: ["a", "b"] },
      { kind: "ordinal", categories: [1, 2], unseen: "none" },
      { kind: "standard", mean: 1, deviation: 2 },
      { kind: "oneHot", categories: ["a", "b"], missingColumn: true },
    ] as const;
    const encoder = Encoder.fromJSON({ version: 2, missingWords: ["NA", -1], columns });
    const net = await Network.create({ inputs: encoder.width, layers: [{ units: 1 }] });
    const session = await ort.InferenceSession.create(toONNX(net, { encoder }));
    const good = ["a", 2, 3, "b"];
    const cases = [
      good,
      ["c", 2, 3, "b"],
      ["", 2, 3, "b"],
      ["NA", 2, 3, "b"],
      ["a", 3, 3, "b"], // unseen, which is none
      ["a", NaN, 3, "b"],
      ["a", -1, 3, "b"],
      ["a", 2, NaN, "b"],
      ["a", 2, -1, "b"],
      ["a", 2, 3, ""], // missing, which has a column
      ["a", 2, 3, "c"],
    ];
    const feeds = columns.map(({ kind }, i) => {
      const cells = cases.map((row) => row[i]);
      const data = kind !== "standard" && typeof good[i] === "string" ? cells : Float64Array.from(cells as number[]);
      return [`x${i}`, new ort.Tensor(Array.isArray(data) ? "string" : "float64", wrong(data), [cells.length, 1])];
    });
    const { data } = (await session.run(Object.fromEntries(feeds))).output!;
    cases.forEach((row, s) => {
      const encode = () => encoder.encode([row]);
      if (Number.isNaN(data[s])) expect(errorOf(encode), String(row)).toBeInstanceOf(DataError);
      else expect(encode().data.length, String(row)).toBe(encoder.width);
    });
    expect(Array.from(data as Float32Array, Number.isNaN).filter(Boolean).length).toBe(8);
  });
});

/** A table of all that can be written, its encoder, and what a session takes for it. */
function columns({ Tensor }: Pick<Runtime, "Tensor">) {
  const words = ["NA", "?", -999];
  const table = Array.from({ length: 40 }, (_, s) => ({
    plain: (next() - 0.5) * 1e6,
    standard: s % 5 === 0 ? -999 : 1e6 + next(),
    minMax: s % 7 === 0 ? null : next() * 30 - 7,
    robust: next() ** 4,
    clipped: next() ** -2,
    flag: s % 3 === 0,
    city: s % 6 === 0 ? "NA" : ["Köln", "Ulm", "北京", "?!"][s % 4],
    size: s % 5 === 0 ? "" : ["S", "M", "L"][s % 3],
    left: s,
    rooms: [1, 2.5, 7][s % 3],
    yes: s % 4 === 0,
    grade: s % 4 === 0 ? -999 : s % 3,
    one: 5,
  }));
  const kinds: Record<string, ColumnOptions> = {
    plain: { kind: "passThrough" },
    standard: { kind: "standard", missing: "column" },
    minMax: { kind: "minMax", missing: "median" },
    robust: { kind: "robust" },
    clipped: { kind: "robustSmoothClip" },
    flag: { kind: "passThrough" },
    city: { kind: "oneHot", missing: "column", unseen: "column" },
    size: { kind: "ordinal", categories: ["S", "M", "L"], missing: "mostFrequent", unseen: "none" },
    left: { kind: "drop" },
    rooms: { kind: "oneHot" },
    yes: { kind: "oneHot" },
    grade: { kind: "ordinal", missing: "column", unseen: "none" },
    one: { kind: "minMax" },
  };
  const encoder = Encoder.learn(table, kinds, { missingWords: words });
  table.push({ ...table[1]!, city: "Mainz", size: "XL", grade: 9, standard: -5, one: 6 });
  const feeds: Record<string, Tensor> = {};
  for (const name of Object.keys(table[0]!) as (keyof (typeof table)[0])[]) {
    if (name === "left") continue;
    const cells = table.map((row) => row[name]);
    const isText = typeof cells[1] === "string";
    const data = isText
      ? (cells as string[])
      : Float64Array.from(cells, (cell) => (cell === null ? NaN : Number(cell)));
    feeds[name] = new Tensor(isText ? "string" : "float64", data, [cells.length, 1]);
  }
  return { encoder, table, feeds };
}

class Plain {
  readonly type: string;
  readonly data: Tensor["data"];
  readonly dims: readonly number[];
  constructor(type: string, data: Tensor["data"], dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

describe.skipIf(await skippedWithout("onnx"))("Python's onnx", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-onnx-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("finds all models well-formed", () => {
    const { encoder } = columns({ Tensor: Plain });
    const nets = DTYPES.flatMap((dtype) => [
      ...networks(dtype),
      ...ACTIVATIONS.map((activation) => activating(activation, dtype)),
    ]);
    const files = nets.map((net) => toONNX(net, { metadata: { author: "Ada", "": "ü" } }));
    for (const dtype of DTYPES) {
      const net = Network.createSync({ inputs: encoder.width, layers: [{ units: 1 }], dtype });
      files.push(toONNX(net, { encoder }));
    }
    const paths = files.map((_, n) => join(folder, `${n}.onnx`));
    files.forEach((file, n) => writeFileSync(paths[n]!, file));
    const program = fileURLToPath(new URL("onnx/check.py", import.meta.url));
    const { stdout, stderr } = spawnSync("/usr/bin/python3", [program, ...paths], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toBe(`${files.length} models are well-formed\n`);
  });
});

it("the same network gives the same bytes, without its dropout", () => {
  const make = (dropout: number) =>
    Network.createSync({ inputs: 2, layers: [{ units: 3, dropout }, { units: 1 }], seed: 5 });
  expect(toONNX(make(0.5))).toEqual(toONNX(make(0)));
  const text = Buffer.from(toONNX(make(0), { metadata: { author: "Ada" } })).toString("latin1");
  for (const word of ["bitgrad", "input", "output", "batch", "layers.1.weights", "author", "Ada"]) {
    expect(text).toContain(word);
  }
});

it("2 GB are refused before they are written", () => {
  const weights = new Float32Array(2 ** 29 - 10);
  const parameters = [{ weights, biases: new Float32Array(1) }];
  const small = Network.createSync({ inputs: 1, layers: [{ units: 1 }] });
  const huge = new Proxy(small, {
    get: (net, key) =>
      key === "inputs" ? weights.length : key === "getParameters" ? () => parameters : Reflect.get(net, key),
  });
  const error = errorOf(() => toONNX(huge)) as Error;
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toMatch(/^network takes 21474\d+ bytes as ONNX; at most 2147483647 are possible$/);
});

const net = Network.createSync({ inputs: 2, layers: [{ units: 1 }] });
const encoderOf = (...columns: object[]) => ({ encoder: wrong({ version: 2, columns }) });
const one = { kind: "passThrough" };

it.each<[string, () => unknown]>([
  ["network is an Object object", () => toONNX(wrong({}))],
  ['options knows no "encoders"', () => toONNX(net, wrong({ encoders: {} }))],
  ["metadata is 1; an object is expected", () => toONNX(net, wrong({ metadata: 1 }))],
  ["metadata is an object; an object is expected", () => toONNX(net, { metadata: revoked() })],
  ['metadata["a"] is 1; text is expected', () => toONNX(net, wrong({ metadata: { a: 1 } }))],
  ["encoder is 1; an Encoder", () => toONNX(net, wrong({ encoder: 1 }))],
  ["encoder has width 1; 2, the network's inputs, is expected", () => toONNX(net, encoderOf(one))],
  ["columns[1].kind is undefined", () => toONNX(net, encoderOf(one, {}))],
  [
    'encoder.columns[1].name is "a"; each input',
    () => toONNX(net, encoderOf({ ...one, name: "a" }, { ...one, name: "a" })),
  ],
  ['encoder.columns[0].name is ""', () => toONNX(net, encoderOf({ ...one, name: "" }, one))],
  ['encoder.columns[1] ("b") has dates', () => toONNX(net, encoderOf(one, { ...one, name: "b", values: "date" }))],
  [
    'encoder.columns[1] is of kind "quantile"',
    () => toONNX(net, encoderOf(one, { kind: "quantile", quantiles: [1, 2] })),
  ],
  [
    "encoder.columns[0] has categories of the types number, string; that can't be written as ONNX",
    () => toONNX(net, encoderOf({ kind: "oneHot", categories: [1, "1"] })),
  ],
])("refuses by an OptionError: %s", (words, run) => {
  const error = errorOf(run) as Error;
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toContain(words);
});
