// Bad options at every level: a typed error that names the option, its value, what was expected and the nearest known
// name; nothing is made or changed.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Encoder,
  EngineError,
  type FitAsyncOptions,
  measure,
  metric,
  Network,
  Operations,
  OptionError,
  OutOfMemoryError,
  ShapeError,
} from "bitgrad";
import { readNetwork, writeNetwork } from "bitgrad/files";
import { Predictor } from "bitgrad/predict";
import * as referenceEntry from "bitgrad/reference";
import { verify } from "bitgrad/verify";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";
import { TEXTBOOK } from "../support/textbook.ts";
import { errorOf, expectError, expectRefused, type Refusal, rejectionOf, wrong } from "./expect-error.ts";

const option = (...words: string[]): Refusal => ({ error: OptionError, code: "OPTION", words });
const memory = (...words: string[]): Refusal => ({ error: OutOfMemoryError, code: "OUT_OF_MEMORY", words });
const noEngine = (...words: string[]): Refusal => ({ error: EngineError, code: "ENGINE", words });

const SIZES: readonly (readonly [unknown, string])[] = [
  [0, "0"],
  [-1, "-1"],
  [1.5, "1.5"],
  [1e12, "1000000000000"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  ["3", '"3"'],
  [3n, "3n"],
  [null, "null"],
  [[3], "an array of 1"],
];

describe.each(ENGINES)("%s", (engine) => {
  const good = { ...TEXTBOOK, inputs: 2, layers: [{ units: 1 }], engine };
  const refused = async (options: object, refusal: Refusal) => {
    const all = { ...good, ...options } as never;
    expectError(
      errorOf(() => Network.createSync(all)),
      refusal,
    );
    expectError(await rejectionOf(Network.create(all)), refusal);
  };

  it.each(SIZES)("a size of %s", async (value, shown) => {
    await refused({ inputs: value }, option(`inputs is ${shown}`, "a whole number from 1 to"));
    await refused({ layers: [{ units: 1 }, { units: value }] }, option(`layers[1].units is ${shown}`, "whole number"));
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, "7", 7n, null])("seed %s", async (seed) => {
    await refused({ seed }, option("seed is ", "a whole number from 0 to 9007199254740991"));
  });

  it.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "0.1", undefined, null])(
    "learningRate %s",
    async (learningRate) => {
      const words = ["learningRate is ", String(learningRate), "a finite number of 0 or more"];
      if (learningRate !== undefined) {
        await refused({ optimizer: { type: "sgd", learningRate } }, option("optimizer.", ...words));
      }
      using net = Network.createSync(good);
      expectRefused(
        net,
        () => {
          net.learningRate = wrong(learningRate);
        },
        option(...words),
      );
    },
  );

  it("a learningRate that is infinite in f32, and not in f64", async () => {
    const optimizer = { type: "sgd", learningRate: 1e300 };
    await refused({ optimizer }, option("optimizer.learningRate is 1e+300", "infinite in f32"));
    using net = Network.createSync({ ...good, dtype: "f64" });
    net.learningRate = 1e300;
    expect(net.learningRate).toBe(1e300);
  });

  it("unknown names, with the nearest that is known", async () => {
    await refused({ input: 2 }, option('options knows no "input"', 'did you mean "inputs"?'));
    await refused({ learningRate: 2 }, option('options knows no "learningRate"', "optimizer"));
    await refused(
      { layers: [{ units: 1, activaton: "sigmoid" }] },
      option('layers[0] knows no "activaton"', '"activation"'),
    );
    await refused(
      { optimizer: { type: "sgd", learning_rate: 0.1 } },
      option('optimizer knows no "learning_rate"', 'did you mean "learningRate"?'),
    );
    await refused({ zzzzzzzz: 1 }, option('options knows no "zzzzzzzz"', "known: inputs, layers"));
  });

  it("values that are no choice", async () => {
    await refused(
      { layers: [{ units: 1, activation: "ReLU" }] },
      option('layers[0].activation is "ReLU"', 'one of "linear", "sigmoid"'),
    );
    await refused(
      { layers: [{ units: 1, activation: "relu", alpha: 0.1 }] },
      option("layers[0].alpha is 0.1; relu has none"),
    );
    for (const alpha of [-0.1, Number.NaN, Infinity, "1"]) {
      await refused({ layers: [{ units: 1, activation: "elu", alpha }] }, option("layers[0].alpha is", "0 or more"));
    }
    await refused({ layers: [{ units: 1, activation: "leakyRelu", alpha: 1e39 }] }, option("infinite in f32"));
    const drawn = (initializer: unknown) => ({ layers: [{ units: 1, initializer }] });
    const named = "layers[0].initializer";
    await refused(drawn("he"), option(`${named} is "he"`, '"heNormal"'));
    await refused(drawn(null), option(`${named}.type is undefined`, '"constant"'));
    await refused(drawn({ type: "normal", mean: 0 }), option(`${named}.deviation is undefined`, "finite in f32"));
    await refused(drawn({ type: "normal", mean: 0, deviation: -1 }), option(`${named}.deviation is -1`));
    await refused(drawn({ type: "uniform", min: 2, max: 1 }), option(`${named}.min is 2`, "no more than max, 1"));
    await refused(drawn({ type: "constant", value: 1e39 }), option(`${named}.value is 1e+39`, "finite in f32"));
    await refused(drawn({ type: "constant", value: 1, mean: 0 }), option(`${named} knows no "mean"`));
    const wide = { units: 50, initializer: { type: "normal", mean: 0, deviation: 3e38 } };
    await refused({ layers: [wide] }, option("infinite in f32"));
    await refused({ loss: "mape" }, option('loss is "mape"', 'one of "sse", "mse"'));
    await refused({ loss: { type: "mae" } }, option('loss.type is "mae"', '"huber"'));
    await refused({ loss: { type: "huber", delta: 0 } }, option("loss.delta is 0", "more than 0"));
    await refused({ loss: { type: "huber", limit: 1 } }, option('loss knows no "limit"'));
    const softmax = { units: 2, activation: "softmax" };
    await refused({ layers: [softmax] }, option('loss is "sse"', '"softmax"', '"categoricalCrossEntropy"'));
    const sigmoid = { layers: [{ units: 2, activation: "sigmoid" }], loss: "categoricalCrossEntropy" };
    await refused(sigmoid, option('the last activation "sigmoid"; "softmax" is expected'));
    await refused({ loss: "categoricalCrossEntropy" }, option("the last layer's units is 1; softmax"));
    await refused({ layers: [softmax], loss: "binaryCrossEntropy" }, option('"sigmoid" is expected'));
    await refused({ layers: [softmax, { units: 1 }] }, option('layers[0].activation is "softmax"', "last layer"));
    await refused(
      { layers: [{ ...softmax, units: 1 }], loss: "sparseCategoricalCrossEntropy" },
      option("units is 1", "2 or more"),
    );
    await refused({ dtype: "f16" }, option('dtype is "f16"', '"f32" or "f64"'));
    await refused({ optimizer: { type: "sdg", learningRate: 0.1 } }, option('optimizer.type is "sdg"', '"sgd"'));
    await refused({ engine: "webgpu" }, option('engine is "webgpu"', '"auto" or "wasm" or "reference"'));
  });

  it("structures of the wrong type", async () => {
    for (const options of [undefined, null, 5, "x", []]) {
      expectError(
        errorOf(() => Network.createSync(wrong(options))),
        option("options is ", "an object"),
      );
      expectError(await rejectionOf(Network.create(wrong(options))), option("options is ", "an object"));
    }
    for (const layers of [undefined, null, 3, {}, []])
      await refused({ layers }, option("layers is ", "at least one layer"));
    for (const layer of [undefined, null, 3, []])
      await refused({ layers: [layer] }, option("layers[0] is ", "an object"));
    for (const optimizer of [null, 3, []]) await refused({ optimizer }, option("optimizer is ", "an object"));
    for (const module of [{}, new Uint8Array(8), "bitgrad.wasm", null]) {
      await refused({ module }, option("module is ", "a WebAssembly.Module"));
    }
  });

  it("a network beyond 4 GiB", async () => {
    await refused({ inputs: 2 ** 24, layers: [{ units: 2 ** 24 }] }, memory("inputs and layers", "4 GiB"));
    await refused({ inputs: 1, layers: [{ units: 2 ** 15 }, { units: 2 ** 15 }] }, memory("inputs and layers", "GiB"));
    await refused({ dtype: "f64", inputs: 2 ** 15, layers: [{ units: 2 ** 14 }] }, memory("inputs and layers", "GiB"));
  });

  describe("fit", () => {
    const x = [[0, 1]];
    const y = [[1]];
    const net = Network.createSync(good);
    const refusedFit = async (options: unknown, refusal: Refusal) => {
      expectRefused(net, () => net.fit(x, y, wrong(options)), refusal);
      const before = JSON.stringify(net);
      expectError(await rejectionOf(net.fitAsync(x, y, wrong(options))), refusal);
      expect(JSON.stringify(net)).toBe(before);
    };

    it.each(SIZES.filter(([value]) => value !== null))("a count of %s", async (value, shown) => {
      await refusedFit({ epochs: value }, option(`epochs is ${shown}`, "a whole number from 1 to"));
      await refusedFit({ batchSize: value }, option(`batchSize is ${shown}`, "a whole number from 1 to"));
    });

    it("unknown names, with the nearest that is known", async () => {
      await refusedFit({ epoch: 5 }, option('options knows no "epoch"', 'did you mean "epochs"?'));
      await refusedFit({ batchsize: 5 }, option('options knows no "batchsize"', 'did you mean "batchSize"?'));
      const signal: FitAsyncOptions = { signal: new AbortController().signal };
      expectRefused(net, () => net.fit(x, y, wrong(signal)), option('options knows no "signal"', "fitAsync does"));
    });

    it("what early stopping watches, with the option that it needs", async () => {
      for (const [monitor, needed] of [
        ["validationLoss", "validation or validationSplit is expected with it"],
        ["accuracy", 'metrics: ["accuracy"] is expected with it'],
        ["val_loss", 'did you mean "loss"? one of "loss", "validationLoss", '],
      ]) {
        await refusedFit({ earlyStopping: { monitor } }, option(`earlyStopping.monitor is "${monitor}"; ${needed}`));
      }
    });

    it("weights that are no list", async () => {
      const words = ["classWeights is an Object object; an array of 2 numbers is expected"];
      await refusedFit({ classWeights: { 0: 1, 1: 2 } }, { error: ShapeError, code: "SHAPE", words });
    });

    it("values of the wrong type", async () => {
      for (const shuffle of [1, "yes", null]) await refusedFit({ shuffle }, option("shuffle is ", "true or false"));
      for (const onEpoch of [1, {}, null]) await refusedFit({ onEpoch }, option("onEpoch is ", "a function"));
      for (const options of [5, "x", null, []]) await refusedFit(options, option("options is ", "an object"));
      for (const signal of [5, {}, null, { aborted: false }, new AbortController()]) {
        const before = JSON.stringify(net);
        expectError(await rejectionOf(net.fitAsync(x, y, wrong({ signal }))), option("signal is ", "an AbortSignal"));
        expect(JSON.stringify(net)).toBe(before);
      }
    });
  });
});

describe("engines", () => {
  const good = { ...TEXTBOOK, inputs: 2, layers: [{ units: 1 }] };

  it("the entry without WebAssembly has no WebAssembly engine", async () => {
    const { Network: ReferenceNetwork, EngineError: ReferenceEngineError } = referenceEntry;
    const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    for (const options of [{ engine: "wasm" }, { module }] as const) {
      const error = errorOf(() => ReferenceNetwork.createSync({ ...good, ...options })) as Error;
      expect(error).toBeInstanceOf(ReferenceEngineError);
      expect(error.message).toContain("bitgrad/reference");
    }
    expect((await ReferenceNetwork.create(good)).engine).toBe("reference");
  });

  it("a module that is not bitgrad's imports what nobody gives it", async () => {
    // (module (import "a" "b" (func)))
    const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 0];
    const module = new WebAssembly.Module(Uint8Array.from(bytes));
    expectError(
      errorOf(() => Network.createSync({ ...good, module })),
      noEngine("WebAssembly"),
    );
    expectError(await rejectionOf(Network.create({ ...good, module })), noEngine("WebAssembly"));
  });

  describe("where there is no WebAssembly", () => {
    afterEach(() => {
      vi.unstubAllGlobals();
      vi.resetModules();
    });

    it.each([
      ["none at all", undefined],
      ["one that refuses to compile (no SIMD, a content security policy)", refusingWebAssembly()],
    ])("%s: auto takes the reference, wasm throws", async (_, webAssembly) => {
      vi.resetModules();
      vi.stubGlobal("WebAssembly", webAssembly);
      const fresh = await import("bitgrad");
      expect(fresh.Network.createSync(good).engine).toBe("reference");
      expect((await fresh.Network.create(good)).engine).toBe("reference");
      for (const error of [
        errorOf(() => fresh.Network.createSync({ ...good, engine: "wasm" })),
        await rejectionOf(fresh.Network.create({ ...good, engine: "wasm" })),
      ]) {
        expect(error).toBeInstanceOf(fresh.EngineError);
        expect((error as Error).message).toContain('"reference" gives the same bits');
      }
    });
  });
});

function refusingWebAssembly() {
  const refuse = () => {
    throw new WebAssembly.CompileError("refused");
  };
  return {
    Module: class Module {
      constructor() {
        refuse();
      }
    },
    Instance: class {},
    compile: async () => refuse(),
    instantiate: async () => refuse(),
  };
}

/** The names of all methods but toJSON. */
function methodsOf(object: object): string[] {
  const names: string[] = [];
  for (let type = Object.getPrototypeOf(object); type !== Object.prototype; type = Object.getPrototypeOf(type)) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
      if (typeof value === "function" && key !== "constructor" && key !== "toJSON") names.push(key);
    }
  }
  return names;
}

it("an argument too many is refused: options in it would be ignored", async () => {
  const more = { engine: "reference" };
  const good = { ...TEXTBOOK, inputs: 1, layers: [{ units: 1 }] };
  const net = Network.createSync(good);
  const [file, saved, x] = [net.save(), net.toJSON(), [[1], [0]]];
  const calls: Readonly<Record<string, (...values: never[]) => unknown>> = {
    create: (...values) => Network.create(good, ...(values as [])),
    createSync: (...values) => Network.createSync(good, ...(values as [])),
    fromJSON: (...values) => Network.fromJSON(saved, {}, ...(values as [])),
    fromJSONSync: (...values) => Network.fromJSONSync(saved, {}, ...(values as [])),
    load: (...values) => Network.load(file, {}, ...(values as [])),
    loadSync: (...values) => Network.loadSync(file, {}, ...(values as [])),
    crossValidate: (...values) => Network.crossValidate(good, x, x, { folds: 2 }, ...(values as [])),
    fit: (...values) => net.fit(x, x, {}, ...(values as [])),
    fitAsync: (...values) => net.fitAsync(x, x, {}, ...(values as [])),
    partialFit: (...values) => net.partialFit(x, x, {}, ...(values as [])),
    evaluate: (...values) => net.evaluate(x, x, {}, ...(values as [])),
    save: (...values) => net.save({}, ...(values as [])),
    saveChunks: (...values) => net.saveChunks({}, ...(values as [])),
  };
  for (const [name, call] of Object.entries(calls)) {
    const before = net.digest();
    const error = await rejectionOf(Promise.resolve().then(() => call(wrong(more))));
    expectError(error, option(`${name} is given an argument too many, an Object object`));
    expect(net.digest()).toBe(before);
    await call(wrong(undefined));
  }
  const encoder = Encoder.learn([[1], [2]], "passThrough");
  const predictor = Predictor.load(file);
  const objects = {
    net,
    encoder,
    predictor,
    op: Operations.createSync(),
    reference: referenceEntry.Operations.createSync(),
  };
  let methods = 0;
  for (const object of Object.values(objects) as unknown as Record<string, (...values: unknown[]) => unknown>[]) {
    for (const key of methodsOf(object)) {
      const given = Array(5).fill(undefined);
      const error = await rejectionOf(Promise.resolve().then(() => object[key]!(...given, more)));
      expectError(error, option(`${key} is given an argument too many, an Object object`));
      methods++;
    }
  }
  expect(methods).toBeGreaterThan(60);
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-options-"));
  const path = join(folder, "model");
  const functions: Readonly<Record<string, (...values: never[]) => unknown>> = {
    learn: (...values) => Encoder.learn([[1]], "passThrough", {}, ...(values as [])),
    fromJSON: (...values) => Encoder.fromJSON(encoder.toJSON(), ...(values as [])),
    load: (...values) => Predictor.load(file, ...(values as [])),
    metric: (...values) => metric("mae", [1], [1], 1, {}, ...(values as [])),
    measure: (...values) => measure(["mae"], [1], [1], 1, {}, ...(values as [])),
    writeNetwork: (...values) => writeNetwork(path, net, ...(values as [])),
    readNetwork: (...values) => readNetwork(path, ...(values as [])),
  };
  for (const [name, call] of Object.entries(functions)) {
    call(wrong(undefined));
    expectError(
      errorOf(() => call(wrong(more))),
      option(`${name} is given an argument too many, an Object object`),
    );
  }
  expect(await rejectionOf(verify({}, ...([more] as never[] as [])))).toMatchObject({ name: "OptionError" });
  rmSync(folder, { recursive: true });
  expect(JSON.stringify([net, encoder])).toBe(JSON.stringify([net.toJSON(), encoder.toJSON()])); // it gives a key
  expect(() => net.save(...(["model.safetensors"] as never[] as []))).toThrow('options is "model.safetensors"');
  const operations = [
    () => Operations.create({}, ...([more] as never[] as [])),
    () => Operations.createSync({}, ...([more] as never[] as [])),
  ];
  for (const call of operations) expect(await rejectionOf(Promise.resolve().then(call))).toBeInstanceOf(OptionError);
});
