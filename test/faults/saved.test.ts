// Damaged, foreign and hostile saved networks: a FormatError each, and nothing is made of them.

import { Encoder, FormatError, Network, OptionError, type SavedNetwork } from "bitgrad";
import { afterEach, describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";
import { signed } from "../fixtures/signed.ts";
import { TEXTBOOK } from "../support/textbook.ts";
import { errorOf, expectError, type Refusal, rejectionOf, wrong } from "./expect-error.ts";

const format = (...words: string[]): Refusal => ({ error: FormatError, code: "FORMAT", words });
const KEYS = [
  "format",
  "version",
  "inputs",
  "layers",
  "loss",
  "optimizer",
  "dtype",
  "seed",
  "epochs",
  "parameters",
  "digest",
  "sha256",
] as const;

describe.each(ENGINES)("%s", (engine) => {
  const net = Network.createSync({ ...TEXTBOOK, engine, inputs: 3, layers: [{ units: 4 }, { units: 2 }], seed: 9 });
  net.fit([[1, 2, 3]], [[0, 1]], { epochs: 3 });
  const saved = net.toJSON();
  const changed = (change: object): SavedNetwork => ({ ...saved, ...change });
  const refused = async (bad: unknown, refusal: Refusal) => {
    for (const form of typeof bad === "string" ? [bad] : [bad, JSON.stringify(bad)]) {
      expectError(
        errorOf(() => Network.fromJSONSync(wrong(form), { engine })),
        refusal,
      );
      expectError(await rejectionOf(Network.fromJSON(wrong(form), { engine })), refusal);
    }
  };

  afterEach(() => {
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Network.fromJSONSync(saved, { engine }).digest()).toBe(saved.digest);
  });

  it("has the keys that are damaged here", () => expect(Object.keys(saved).sort()).toEqual([...KEYS].sort()));

  it.each(KEYS)("without %s", async (key) => {
    const { [key]: _, ...rest } = saved;
    await refused(rest, format(key));
  });

  it.each(KEYS)("%s of a wrong type", async (key) => {
    const right = typeof saved[key];
    const others = [null, true, 1.5, "x", [], {}, [[]], -1].filter((value) => value === null || typeof value !== right);
    for (const value of others) await refused(changed({ [key]: value }), format());
    if (right === "number") for (const value of [-1, 1.5, 2 ** 60]) await refused(changed({ [key]: value }), format());
    if (right === "string") await refused(changed({ [key]: `${saved[key]}x` }), format());
  });

  it.each([
    ["layers[0].units", { layers: [{ activation: "sigmoid" }, saved.layers[1]] }],
    ["layers[1]", { layers: [saved.layers[0], null] }],
    ["layers[0].activation", { layers: [{ units: 4, activation: "softmin" }, saved.layers[1]] }],
    ['"size"', { layers: [{ units: 4, activation: "sigmoid", size: 4 }, saved.layers[1]] }],
    ["optimizer.type", { optimizer: { learningRate: 0.1 } }],
    ['optimizer has no "learningRate"', { optimizer: { type: "sgd" } }],
    ["optimizer.learningRate", { optimizer: { type: "sgd", learningRate: -1 } }],
    ["optimizer.momentum", { optimizer: { type: "sgd", learningRate: 0.1, momentum: 1 } }],
    ["memory is undefined; an object", { optimizer: { type: "sgd", learningRate: 0.1, momentum: 0.5 } }],
    ["memory", { memory: { steps: 1, momentumProduct: 1, slots: "" } }],
    ['"extra"', { extra: 1 }],
    ['"engine"', { engine: "wasm" }],
    ['"module"', { module: {} }],
    ["loss", { loss: { constructor: { name: { toString: 1, valueOf: 1 } } } }],
  ])("damaged inside: %s", (word, change) => refused(changed(change), format(word)));

  it.each([
    ["steps is -1", { steps: -1 }],
    ["steps is null", { steps: null }],
    ["momentumProduct is null", { momentumProduct: null }],
    ['memory knows no "step"', { step: 1 }],
    ["memory.slots is 5; base64 of 52 numbers of f32", { slots: 5 }],
    ["memory.slots is", { slots: "*" }],
    ['memory.slots is ""; base64 of 52', { slots: "" }],
    ['memory knows no "digest"', { digest: "" }],
    ["it is damaged: sha256 is ", { steps: 7 }],
    ["it is damaged: sha256 is ", { momentumProduct: 0.5 }],
  ])("the memory of an optimizer: %s", async (words, change) => {
    using adam = Network.createSync({
      ...TEXTBOOK,
      engine,
      inputs: 3,
      layers: [{ units: 4 }, { units: 2 }],
      optimizer: "adam",
    });
    const { memory, ...rest } = adam.toJSON();
    using again = Network.fromJSONSync({ ...rest, memory: memory! }, { engine });
    expect(again.digest()).toBe(rest.digest);
    await refused({ ...rest, memory: { ...memory, ...change } }, format(words));
    for (const key of Object.keys(memory!)) {
      await refused({ ...rest, memory: { ...memory, [key]: undefined } }, format(key));
    }
    await refused(rest, format("memory is undefined; an object is expected"));
  });

  it.each([2, 0, "1", 1.5])("version %s", (version) =>
    refused(changed({ version }), format("version is", "version 1")),
  );

  it("of another kind", async () => {
    await refused(changed({ format: "tensors" }), format('format is "tensors"', '"bitgrad"'));
    await refused({}, format("format is undefined", '"bitgrad"'));
    await refused([], format("it is an array of 0", "an object"));
    for (const bad of [undefined, null, 5]) {
      expectError(
        errorOf(() => Network.fromJSONSync(wrong(bad))),
        format(`it is ${bad}`, "an object"),
      );
    }
  });

  it("text that is no JSON", async () => {
    const text = JSON.stringify(saved);
    for (const bad of ["", "{", "bitgrad", text.slice(0, -1), `${text}}`]) await refused(bad, format("no JSON"));
    for (const bad of ["null", "5", "[]", '"bitgrad"']) await refused(bad, format("an object is expected"));
  });

  it("parameters cut short at every length", async () => {
    const characters = saved.parameters.replace(/=+$/, "").length; // the padding says nothing
    for (let length = 0; length < characters; length++) {
      const bad = changed({ parameters: saved.parameters.slice(0, length) });
      expectError(
        errorOf(() => Network.fromJSONSync(bad, { engine })),
        format("can't be read", "parameters"),
      );
    }
  });

  it("parameters that are too long, or no base64", async () => {
    await refused(changed({ parameters: saved.parameters + saved.parameters }), format("can't be read", "parameters"));
    await refused(
      changed({ parameters: `*${saved.parameters.slice(1)}` }),
      format("parameters is", "base64 of 26 numbers of f32 is expected"),
    );
  });

  it("any one bit flipped", () => {
    const bytes = Uint8Array.from(atob(saved.parameters), (char) => char.charCodeAt(0));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const bad = changed({ parameters: btoa(String.fromCharCode(...flipped)) });
      expectError(
        errorOf(() => Network.fromJSONSync(bad, { engine })),
        format("can't be read", "SHA-256"),
      );
    }
  });

  it("the sums are those of the form that is written down", () => {
    expect(signed(saved)).toEqual(saved);
    using adam = Network.createSync({
      ...TEXTBOOK,
      engine,
      inputs: 3,
      layers: [{ units: 4 }, { units: 2 }],
      optimizer: "adam",
    });
    adam.fit([[1, 2, 3]], [[0, 1]], { epochs: 3 });
    expect(signed(adam.toJSON())).toEqual(adam.toJSON());
  });

  it("parameters and slots that aren't finite, under their own sums", async () => {
    const shape = { ...TEXTBOOK, engine, inputs: 1, layers: [{ units: 1 }], optimizer: "adagrad" } as const;
    const bad = Network.createSync(shape).toJSON();
    const numbers = btoa(String.fromCharCode(0, 0, 0xc0, 0x7f, 0, 0, 0, 0)); // NaN, 0
    await refused(signed({ ...bad, parameters: numbers }), format("parameters[0] is NaN", "finite numbers"));
    const memory = { ...bad.memory!, slots: numbers };
    await refused(signed({ ...bad, memory }), format("memory.slots[0] is NaN", "finite numbers"));
  });

  it("keys in another order, spaces, and what is not ASCII", () => {
    const encoders = { x: Encoder.learn([["é", "\u2028", "\ud800"]], "oneHot") };
    using net = Network.createSync({ ...TEXTBOOK, engine, inputs: 3, layers: [{ units: 4 }, { units: 2 }], encoders });
    const reversed = (value: unknown): unknown =>
      typeof value !== "object" || value === null || Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, member]) => [key, reversed(member)]),
          );
    const text = JSON.stringify(reversed(net.toJSON()), null, 2);
    expect(text.indexOf("sha256")).toBeLessThan(text.indexOf("inputs"));
    expect(JSON.stringify(Network.fromJSONSync(text, { engine }))).toBe(JSON.stringify(net));
  });

  it("saved without sha256, as by releases of before", async () => {
    const { sha256: _, ...old } = saved;
    await refused(old, format('it has no "sha256" of all that is in it: it is cut short, or older than that'));
  });

  it("what goes out is nobody's but the caller's", () => {
    const initializer = { type: "constant", value: 0.5 } as const;
    const loss = { type: "categoricalCrossEntropy", labelSmoothing: 0.1 } as const;
    const layers = [
      { units: 4, initializer },
      { units: 2, activation: "softmax" },
    ] as const;
    const encoders = { x: Encoder.learn([["a", 1, 2]], ["oneHot", "standard", "minMax"]) };
    using net = Network.createSync({ ...TEXTBOOK, engine, inputs: 3, layers, loss, optimizer: "adam", encoders });
    const before = JSON.stringify(net);
    const spoil = (value: unknown) => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, member] of Object.entries(value)) {
        spoil(member);
        Reflect.set(value, key, 0.9);
      }
    };
    spoil(net.toJSON());
    spoil(net.layers);
    spoil(net.encoders);
    expect(JSON.stringify(net)).toBe(before);
  });

  it("sizes that ask for more memory than the parameters fill", async () => {
    await refused(changed({ inputs: 2 ** 24 }), format("parameters is", "base64 of 67108878 numbers"));
    await refused(
      changed({ inputs: 2 ** 24, layers: [{ units: 2 ** 24, activation: "sigmoid" }] }),
      format("can't be read: inputs and layers"),
    );
    await refused(
      changed({ layers: new Array(10_000).fill(saved.layers[0]) }),
      format("parameters is", "base64 of 199996 numbers"),
    );
  });

  it.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"])("the key %s", async (key) => {
    const text = JSON.stringify(saved);
    const evil = `"${key}":{"polluted":true}`;
    await refused(text.replace("{", `{${evil},`), format(key));
    await refused(text.replace('"optimizer":{', `"optimizer":{${evil},`), format(key));
    await refused(text.replace('"layers":[{', `"layers":[{${evil},`), format(key));
  });

  it("keys that only its prototype has are not its own", () => {
    const { seed, ...rest } = saved;
    const bad = Object.assign(Object.create({ seed }), rest);
    expectError(
      errorOf(() => Network.fromJSONSync(bad, { engine })),
      format('"seed"'),
    );
  });

  it("wrong options beside it", async () => {
    const option = (...words: string[]): Refusal => ({ error: OptionError, code: "OPTION", words });
    for (const [options, refusal] of [
      [{ engine: "gpu" }, option('engine is "gpu"')],
      [{ module: {} }, option("module is", "a WebAssembly.Module")],
      [{ engin: engine }, option('"engin"', 'did you mean "engine"?')],
      [null, option("options is null", "an object")],
    ] as const) {
      expectError(
        errorOf(() => Network.fromJSONSync(saved, wrong(options))),
        refusal,
      );
      expectError(await rejectionOf(Network.fromJSON(saved, wrong(options))), refusal);
    }
  });
});
