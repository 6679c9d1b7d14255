// A network that carries its encoders: given, saved and loaded in both forms, on either engine; wrong, damaged and
// hostile ones.

import { createRequire } from "node:module";
import { type Cell, Encoder, FormatError, Network, type NetworkOptions, OptionError, type SavedEncoder } from "bitgrad";
import { Encoder as ReferenceEncoder, Network as ReferenceNetwork } from "bitgrad/reference";
import { describe, expect, it } from "vitest";
import { resolveNetworkOptions } from "../../bindings/options/network.ts";
import { readTensors, writeTensors } from "../../bindings/saving/safetensors.ts";
import { errorOf, wrong } from "../faults/expect-error.ts";
import { ENGINES } from "../fixtures/bits.ts";

/** Flowers: color, length, whether it smells; and their names. */
const TABLE: Cell[][] = [
  ["red", 5.1, true],
  ["blue", 2.2, false],
  ["red", 4.9, false],
  ["white", 2.4, true],
  ["blue", 2.6, true],
  ["white", 5.4, false],
];
const NAMES: Cell[][] = [["rose"], ["violet"], ["tulip"], ["jasmine"], ["violet"], ["tulip"]];

const x = Encoder.learn(TABLE, ["oneHot", "standard", "oneHot"]);
const y = Encoder.learn(NAMES, "oneHot");
const options: NetworkOptions = {
  inputs: x.width,
  layers: [
    { units: 8, activation: "tanh" },
    { units: y.width, activation: "softmax" },
  ],
  loss: "categoricalCrossEntropy",
  optimizer: { type: "adam", learningRate: 0.05 },
  seed: 4,
};
const encoders = { x, y };
const plain = { x: x.toJSON(), y: y.toJSON() };
const asJSON = (network: Pick<Network, "encoders">) => JSON.parse(JSON.stringify(network.encoders));

describe.each(ENGINES)("%s", (engine) => {
  it("strings in, labels out, by the network that was loaded", async () => {
    using net = Network.createSync({ ...options, encoders, engine });
    net.fit(x.encode(TABLE), y.encode(NAMES), { epochs: 200 });
    const other = { engine: engine === "wasm" ? "reference" : "wasm" } as const;
    using fromFile = await Network.load(net.save(), other);
    using fromText = await Network.fromJSON(JSON.stringify(net), other);
    for (const found of [net, fromFile, fromText]) {
      expect(asJSON(found)).toEqual(plain);
      const [read, named] = [Encoder.fromJSON(found.encoders.x), Encoder.fromJSON(found.encoders.y)];
      expect(named.decode(found.predict(read.encode(TABLE)))).toEqual(NAMES);
      expect(JSON.stringify(found)).toBe(JSON.stringify(net));
      expect(found.save()).toEqual(net.save());
    }
  });
});

it("one of the two, and none", () => {
  for (const given of [{ x }, { y }, { x: undefined, y }] as { x?: Encoder; y?: Encoder }[]) {
    using net = Network.createSync({ ...options, encoders: given });
    const wanted = JSON.parse(JSON.stringify(given));
    expect(net.toJSON().encoders).toEqual(wanted);
    for (const copy of [Network.fromJSONSync(JSON.stringify(net)), Network.loadSync(net.save())]) {
      expect(asJSON(copy)).toEqual(wanted);
      copy.dispose();
    }
  }
  for (const none of [undefined, {}, { x: undefined }]) {
    using net = Network.createSync({ ...options, encoders: wrong(none) });
    expect(net.encoders).toEqual({});
    expect(Object.keys(net.toJSON())).not.toContain("encoders");
    expect(readTensors(net.save()).metadata.get("bitgrad")).not.toContain("encoders");
  }
});

it("encoders of another copy of the library, and plain JSON", () => {
  const other = (createRequire(import.meta.url)("bitgrad") as { Encoder: typeof Encoder }).Encoder.fromJSON(plain.x);
  expect(Object.getPrototypeOf(other)).not.toBe(Encoder.prototype);
  using net = Network.createSync({ ...options, encoders: { x: other, y: plain.y } });
  expect(Encoder.fromJSON(net.encoders.x)).toEqual(x);
  expect(asJSON(net)).toEqual(plain);
  using reference = ReferenceNetwork.createSync({ ...options, encoders });
  expect(ReferenceEncoder.fromJSON(reference.encoders.y)).toBeInstanceOf(Encoder);
  expect(JSON.stringify(reference)).toBe(JSON.stringify(net));
});

it("those of the first releases, which had neither version nor width", () => {
  const first = {
    x: {
      columns: [
        { kind: "oneHot", categories: ["red", "blue", "white"] },
        { kind: "number" },
        { kind: "oneHot", categories: [true, false] },
      ],
    },
  };
  using net = Network.createSync({ ...options, encoders: wrong(first) });
  for (const found of [net, Network.loadSync(net.save()), Network.fromJSONSync(JSON.stringify(net))]) {
    expect(found.encoders).toEqual(first);
    const encoder = Encoder.fromJSON(found.encoders.x);
    expect([...encoder.encode([["blue", 2.5, false]]).data]).toEqual([0, 1, 0, 2.5, 0, 1]);
    expect(encoder.decode([[0, 0, 1, 7, 1, 0]])).toEqual([["white", 7, true]]);
  }
});

it("a sparse loss has its classes in one column", () => {
  const ordinal = Encoder.learn(NAMES, "ordinal");
  using net = Network.createSync({ ...options, loss: "sparseCategoricalCrossEntropy", encoders: { x, y: ordinal } });
  net.fit(x.encode(TABLE), ordinal.encode(NAMES), { epochs: 200 });
  expect(ordinal.decode(net.predict(x.encode(TABLE)))).toEqual(NAMES);
  expect(() => Network.createSync({ ...options, encoders: { y: ordinal } })).toThrow(
    "encoders.y has width 1; 4, the units",
  );
});

it("are the same objects each time, and nobody can change them", () => {
  using net = Network.createSync({ ...options, encoders });
  const before = JSON.stringify(net);
  expect(net.encoders).toBe(net.encoders);
  expect(() => Object.assign(net.encoders, { x: y })).toThrow(TypeError);
  const saved = net.toJSON().encoders!;
  expect(() => Object.assign(saved, { x: undefined })).toThrow(TypeError);
  expect(() => Object.assign(saved.x!, { columns: [] })).toThrow(TypeError);
  net.learningRate = 0.5;
  net.learningRate = 0.05;
  net.setTrainable(0, false);
  net.setTrainable(0, true);
  expect(JSON.stringify(net)).toBe(before);
});

it("resolved options with encoders can be cloned, and are options again", () => {
  const resolved = resolveNetworkOptions({ ...options, encoders });
  const clone = structuredClone(resolved);
  expect(clone).toEqual(resolved);
  expect(resolveNetworkOptions(clone)).toEqual(resolved);
});

it("categories of any text", () => {
  const words = ["__proto__", "constructor", "toJSON", "\ud800", "\0", '"\\', "é𝒳", "0", " ", 0, true, "true"];
  const any = Encoder.learn(
    words.map((word) => [word]),
    "oneHot",
  );
  using net = Network.createSync({ inputs: 1, layers: [{ units: any.width }], encoders: { y: any } });
  for (const copy of [Network.fromJSONSync(JSON.stringify(net)), Network.loadSync(net.save())]) {
    const { learned } = Encoder.fromJSON(copy.encoders.y);
    expect(new Set((learned[0] as unknown as { categories: unknown[] }).categories)).toEqual(new Set(words));
    expect(JSON.stringify(copy)).toBe(JSON.stringify(net));
    copy.dispose();
  }
});

it("cross-validation takes them", async () => {
  const data = [x.encode(TABLE), y.encode(NAMES)] as const;
  const fit = { folds: 2, epochs: 2 };
  const withThem = await Network.crossValidate({ ...options, encoders }, ...data, fit);
  expect(withThem).toEqual(await Network.crossValidate(options, ...data, fit));
  await expect(Network.crossValidate({ ...options, encoders: { x: y } }, ...data, fit)).rejects.toThrow(OptionError);
});

it.each<[string, unknown, string]>([
  ["null", null, "encoders is null; an object is expected"],
  ["an Encoder", x, "encoders is an Encoder object; a plain object is expected, with x, y"],
  ["text", "x", 'encoders is "x"; an object is expected'],
  ["an array", [x, y], "encoders is an array of 2; an object is expected"],
  ["another key", { z: x }, 'encoders knows no "z"; did you mean "x"? known: x, y'],
  ["__proto__", JSON.parse('{"__proto__":{}}'), 'encoders knows no "__proto__"'],
  ["x null", { x: null }, "encoders.x is null; an Encoder, or what its toJSON returned, is expected"],
  ["y a number", { y: 5 }, "encoders.y is 5; an Encoder, or what its toJSON returned, is expected"],
  ["y JSON text", { y: JSON.stringify(y) }, 'encoders.y is "{'],
  ["x an array", { x: [] }, "encoders.x is an array of 0; an Encoder, or what its toJSON returned, is expected"],
  [
    "x an empty object",
    { x: {} },
    "encoders.x is an Object object; an Encoder, or what its toJSON returned, is expected",
  ],
  [
    "x with a toJSON of its own",
    { x: { toJSON: () => 5 } },
    "encoders.x is an Object object; an Encoder, or what its toJSON returned, is expected",
  ],
  [
    "x with a toJSON that is none",
    { x: { toJSON: 5 } },
    "encoders.x is an Object object; an Encoder, or what its toJSON returned, is expected",
  ],
  ["x damaged", { x: { columns: [{ kind: "log" }] } }, "encoders.x has width 1; 6, inputs, is expected"],
  ["x too wide", { x: y, y: x }, `encoders.x has width 4; 6, inputs, is expected`],
  ["y too wide", { x, y: x }, "encoders.y has width 6; 4, the units of the last layer, is expected"],
])("refuses %s", (_, value, message) => {
  const error = errorOf(() => Network.createSync({ ...options, encoders: wrong(value) }));
  expect(error).toBeInstanceOf(OptionError);
  expect((error as Error).message).toContain(message);
});

describe("saved ones that are damaged or hostile", () => {
  using net = Network.createSync({ ...options, encoders });
  const { tensors, metadata } = readTensors(net.save());
  const head = metadata.get("bitgrad")!;
  const text = JSON.stringify(net);
  const member = JSON.stringify(net.encoders);

  /** Both forms with other text in place of the encoders'. */
  function forms(by: string): (() => Network)[] {
    expect([head.split(member).length, text.split(member).length]).toEqual([2, 2]);
    const file = writeTensors(tensors, { bitgrad: head.replace(member, () => by) });
    const json = text.replace(member, () => by);
    return [() => Network.loadSync(file), () => Network.fromJSONSync(json)];
  }

  it.each<[string, string]>([
    ["null", "encoders is null; an object is expected"],
    ["[]", "encoders is an array of 0"],
    ['{"z":{}}', 'encoders knows no "z"'],
    ['{"__proto__":{"x":1}}', 'encoders knows no "__proto__"'],
    ['{"x":null}', "encoders.x is null"],
    ['{"x":{"__proto__":{"columns":[]}}}', "encoders.x is"],
    ['{"x":{"columns":[]}}', "encoders.x is an Object object"],
    ['{"x":{"columns":[{"kind":"oneHot","categories":5}]}}', "encoders.x is an Object object"],
    ['{"x":{"width":"6","columns":[{}]}}', "encoders.x is an Object object"],
    ['{"x":{"width":7,"columns":[{}]}}', "encoders.x has width 7; 6, inputs, is expected"],
    ['{"x":{"columns":[{"kind":"number"}]}}', "encoders.x has width 1; 6, inputs, is expected"],
    ['{"y":{"columns":[{"kind":"number"}]}}', "encoders.y has width 1; 4, the units of the last layer"],
    ['{"x":{"toJSON":1}}', "encoders.x is an Object object"],
    [`{"x":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, "encoders.x is an array of 1"],
    ['{"x":{"constructor":{"name":"n"}}}', "encoders.x is a n object"],
  ])("%.60s", (by, message) => {
    for (const read of forms(by)) {
      const error = errorOf(read);
      expect(error).toBeInstanceOf(FormatError);
      expect((error as Error).message).toContain(message);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  it.each<[string, string]>([
    ['{"x":{"width":6,"columns":[{"kind":"oneHot","categories":["a","a"]}]}}', 'categories has "a" twice'],
    [
      '{"x":{"width":6,"columns":[{"kind":"number","__proto__":{"polluted":true}}]}}',
      'columns[0] knows no "__proto__"',
    ],
    ['{"x":{"width":6,"columns":[{"kind":"standard","mean":1e999,"deviation":1}]}}', "columns[0].mean is null"],
    ['{"x":{"width":6,"columns":[{"kind":"number"}]}}', "width is 6; the columns have 1 when encoded"],
    ['{"x":{"width":6,"version":3,"columns":[{"kind":"number"}]}}', "version is 3; this release"],
  ])("of the right width, %.60s is refused by fromJSON", (by, message) => {
    using given = Network.createSync({ ...options, encoders: wrong(JSON.parse(by)) });
    for (const found of [given, Network.loadSync(given.save()), Network.fromJSONSync(JSON.stringify(given))]) {
      const error = errorOf(() => Encoder.fromJSON(found.encoders.x));
      expect(error).toBeInstanceOf(FormatError);
      expect((error as Error).message).toContain(message);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  it("every truncation and change of their text is refused, or read as what it says", () => {
    const ends = { read: 0, refused: 0 };
    for (let n = 0; n < member.length; n++) {
      for (const by of [member.slice(0, n) + member.slice(n + 1), `${member.slice(0, n)}9${member.slice(n + 1)}`]) {
        for (const read of forms(by)) {
          try {
            using found = read();
            expect(found.toJSON().encoders).toEqual(JSON.parse(by) as { x: SavedEncoder; y: SavedEncoder });
            ends.read++;
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
            ends.refused++;
          }
        }
      }
    }
    expect(Math.min(ends.read, ends.refused)).toBeGreaterThan(50);
  });
});
