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
    net.fit(net.encoders.x!.encode(TABLE), net.encoders.y!.encode(NAMES), { epochs: 200 });
    const other = { engine: engine === "wasm" ? "reference" : "wasm" } as const;
    using fromFile = await Network.load(net.save(), other);
    using fromText = await Network.fromJSON(JSON.stringify(net), other);
    for (const found of [net, fromFile, fromText]) {
      expect(asJSON(found)).toEqual(plain);
      expect(found.encoders.y!.decode(found.predict(found.encoders.x!.encode(TABLE)))).toEqual(NAMES);
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
  expect(net.encoders.x).toBeInstanceOf(Encoder);
  expect(asJSON(net)).toEqual(plain);
  using reference = ReferenceNetwork.createSync({ ...options, encoders });
  expect(reference.encoders.y).toBeInstanceOf(ReferenceEncoder);
  expect(JSON.stringify(reference)).toBe(JSON.stringify(net));
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
  const words = ["__proto__", "constructor", "toJSON", "\ud800", "\0", '"\\', "é𝒳", "0", "", 0, true, "true"];
  const any = Encoder.learn(
    words.map((word) => [word]),
    "oneHot",
  );
  using net = Network.createSync({ inputs: 1, layers: [{ units: any.width }], encoders: { y: any } });
  for (const copy of [Network.fromJSONSync(JSON.stringify(net)), Network.loadSync(net.save())]) {
    expect(copy.encoders.y!.toJSON()).toEqual({ columns: [{ kind: "oneHot", categories: words }] });
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
  ["x null", { x: null }, "encoders.x is null; an Encoder is expected"],
  ["y a number", { y: 5 }, "encoders.y is 5; an Encoder is expected"],
  ["y JSON text", { y: JSON.stringify(y) }, 'encoders.y is "{'],
  ["x an array", { x: [] }, "encoders.x is an array of 0; an Encoder is expected"],
  ["x an empty object", { x: {} }, "encoders.x is an Object object; an Encoder is expected"],
  ["x with a toJSON of its own", { x: { toJSON: () => 5 } }, "encoders.x is an Object object; an Encoder is expected"],
  ["x with a toJSON that is none", { x: { toJSON: 5 } }, "encoders.x is an Object object; an Encoder is expected"],
  [
    "x damaged",
    { x: { columns: [{ kind: "log" }] } },
    'an Encoder is expected (the saved encoder can\'t be read: columns[0].kind is "log"; one of',
  ],
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
  const member = JSON.stringify(plain);

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
    ['{"x":{"__proto__":{"columns":[]}}}', 'knows no "__proto__"'],
    ['{"x":{"columns":[]}}', "columns is an array of 0"],
    ['{"x":{"columns":[{"kind":"oneHot","categories":["a","a"]}]}}', 'categories has "a" twice'],
    ['{"x":{"columns":[{"kind":"number","__proto__":{"polluted":true}}]}}', 'columns[0] knows no "__proto__"'],
    ['{"x":{"columns":[{"kind":"number"}]}}', "encoders.x has width 1; 6, inputs, is expected"],
    ['{"y":{"columns":[{"kind":"number"}]}}', "encoders.y has width 1; 4, the units of the last layer"],
    ['{"x":{"toJSON":1}}', "encoders.x is an Object object"],
    ['{"x":{"columns":[{"kind":"standard","mean":1e999,"deviation":1}]}}', "columns[0].mean is Infinity"],
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
