// Objects of another entry, and of another copy of the library: those that `require` gives beside those of `import`.

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as main from "bitgrad";
import { readNetwork, writeNetwork } from "bitgrad/files";
import * as reference from "bitgrad/reference";
import * as threads from "bitgrad/threads";
import * as worker from "bitgrad/worker";
import { expect, it } from "vitest";

const required = createRequire(import.meta.url)("../../dist/cjs/index.js") as typeof main;
const ENTRIES = { main, worker, threads, reference, required };
const { Network } = main;
const options: main.NetworkOptions = { inputs: 2, layers: [{ units: 1 }] };
const x = [
  [0, 1],
  [1, 0],
];
const net = required.Network.createSync(options);
const encoder = required.Encoder.learn(x, "standard");

it("the copies are two", () => {
  expect(required.Network).not.toBe(Network);
  expect(Object.getPrototypeOf(Network)).not.toBe(Object.getPrototypeOf(required.Network));
});

it.each(Object.entries(ENTRIES))(
  "%s: instances of every entry's and copy's class of the name, and of no other",
  (_, entry) => {
    const objects = {
      Network: entry.Network.createSync(options),
      Operations: entry.Operations.createSync(),
      Encoder: entry.Encoder.learn(x, "standard"),
    };
    for (const other of Object.values(ENTRIES)) {
      for (const [name, object] of Object.entries(objects)) {
        const found = Object.keys(objects).filter((type) => object instanceof other[type as "Network"]);
        expect(found).toEqual([name]);
      }
      class Mine extends (other.Network as typeof Network) {}
      expect(objects.Network).not.toBeInstanceOf(Mine);
      expect(Mine.createSync(options)).toBeInstanceOf(entry.Network);
      expect(Mine.createSync(options)).toBeInstanceOf(Mine);
    }
  },
);

it("other values are instances of none", () => {
  for (const value of [undefined, null, 1, "Network", {}, [], () => {}, Object.create(null), net.toJSON()]) {
    for (const type of [Network, main.Encoder, main.Operations]) expect((value as unknown) instanceof type).toBe(false);
  }
});

it("a network of another copy is written, loaded and has its encoders taken", () => {
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-copies-"));
  try {
    writeNetwork(join(folder, "net"), net);
    expect(Network.loadSync(readNetwork(join(folder, "net"))).digest()).toBe(net.digest());
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(Network.createSync({ ...options, encoders: { x: encoder } }).encoders.x).toEqual(encoder.toJSON());
});

it.each([
  ["this copy", Network.createSync(options)],
  ["another copy", net],
])("a network of %s where options are expected is refused as what it is", async (_, given) => {
  const words = "options is a _?Network object; a plain object is expected, with inputs, layers,";
  expect(() => Network.createSync(given as never)).toThrow(new RegExp(words));
  await expect(Network.crossValidate(given as never, x, [[0], [1]])).rejects.toThrow(new RegExp(words));
  expect(() => Network.createSync(given as never)).toThrow(main.OptionError);
  expect(() => given.fit(x, [[0], [1]], net as never)).toThrow(/options is a _?Network object/);
});

it("a method of this copy that is called on another copy's object says so", () => {
  expect(() => Network.prototype.digest.call(net)).toThrow("this is no Network of this library, but a copy");
  expect(() => Network.prototype.digest.call(net)).toThrow(main.OptionError);
});
