// Models of Keras, .keras and .h5: files of Keras itself and in the layouts of Keras 2 (test/fixtures/keras.py) predict
// what it predicts; others are refused by name, and so are damaged archives.

import { deflateRawSync } from "node:zlib";
import { Network } from "bitgrad";
import { FormatError, OptionError } from "bitgrad/errors";
import { fromKeras, type KerasOptions } from "bitgrad/formats";
import * as reference from "bitgrad/reference";
import * as hdf5 from "jsfive";
import { describe, expect, it, vi } from "vitest";
import { wrong } from "../faults/expect-error.ts";
import fixture from "../fixtures/keras.json" with { type: "json" };
import { SLOW } from "../support/slow.ts";
import { filesIn, zip } from "./archives.ts";
import { kerasFile } from "./keras-files.ts";

type Name = keyof typeof fixture.cases;
const read = (file: Uint8Array, options: Partial<KerasOptions> = {}) => fromKeras(file, { hdf5, ...options });

describe.each(Object.keys(fixture.cases) as Name[])("%s", (name) => {
  it.each([Network, reference.Network])("predicts what Keras predicts", async (Class) => {
    const { outputs } = fixture.cases[name];
    const net = await Class.create(await read(kerasFile(name)));
    expect(net.dtype).toBe(name.startsWith("float64") ? "f64" : "f32");
    const epsilon = net.dtype === "f64" ? 2 ** -52 : 2 ** -23;
    (net.predict(fixture.x) as number[][]).forEach((row, s) => {
      row.forEach((value, j) => {
        const wanted = outputs[s]![j]!;
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(4 * epsilon * Math.max(1, Math.abs(wanted)));
      });
    });
  });
});

it("every layer, of both kinds of files", async () => {
  const { parameters, ...options } = await read(kerasFile("every layer.keras"));
  expect(options).toEqual({
    inputs: 3,
    layers: [
      { type: "batchNormalization", momentum: 0.9, epsilon: 0.01, center: true, scale: true },
      { type: "dropout", rate: 0.25 },
      { units: 5, activation: "linear", l1: 0.01, l2: 0.5 },
      { type: "layerNormalization", epsilon: 0.001, center: true, scale: false },
      { type: "activation", activation: "leakyRelu", alpha: 0.125 },
      { units: 4, activation: "leakyRelu", alpha: 0.2, l2: 0.02, trainable: false },
      { type: "batchNormalization", momentum: 0.99, epsilon: 0.001, center: false, scale: true },
      { type: "activation", activation: "relu6" },
      { units: 3, activation: "linear" },
      { type: "batchNormalization", momentum: 0.99, epsilon: 0.001, center: true, scale: true },
      { units: 4, activation: "elu", alpha: 0.5 },
      { units: 3, activation: "linear" },
      { type: "activation", activation: "softmax" },
    ],
    dtype: "f32",
    loss: "categoricalCrossEntropy",
  });
  expect(await read(kerasFile("every layer.h5"))).toEqual({ ...options, parameters });
});

it("what it was compiled with, where that means the same", async () => {
  for (const name of ["functional.keras", "functional.h5"] as const) {
    const { loss, optimizer } = await read(kerasFile(name));
    expect({ loss, optimizer }).toEqual({
      loss: "binaryCrossEntropy",
      optimizer: { type: "sgd", learningRate: 0.125, momentum: 0.5 },
    });
  }
  expect(await read(kerasFile("Keras 2.15.h5"))).toMatchObject({
    loss: "mae",
    optimizer: { type: "sgd", learningRate: 0.25, momentum: 0.5, nesterov: true },
  });
});

it("pieces, streams, Blobs and Responses; in f64, too", async () => {
  const file = kerasFile("Keras 2.13.keras");
  const options = await read(file);
  const halves = [file.subarray(0, 1000), file.subarray(1000)];
  async function* stream() {
    yield* halves;
  }
  for (const given of [file.buffer, halves, stream(), new Blob(halves), new Response(file)]) {
    expect(await fromKeras(given, { hdf5 })).toEqual(options);
  }
  const double = await read(file, { dtype: "f64" });
  expect(double.parameters[0]!.weights).toEqual(Float64Array.from(options.parameters[0]!.weights));
});

it("HDF5 that is cut or has other bytes is read, or refused by a FormatError", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the reader says what it doesn't know
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const file = kerasFile("Keras 2.1.h5");
  const damaged: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += SLOW ? 1 : 61) {
    damaged.push(file.slice(0, at));
    for (const other of [file[at]! ^ 1, 255]) {
      const copy = file.slice();
      copy[at] = other;
      damaged.push(copy);
    }
  }
  for (const copy of damaged) {
    try {
      await read(copy);
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      expect((error as Error).message.length).toBeLessThan(400);
    }
  }
});

describe("refuses", () => {
  const keras = (names: Record<string, Uint8Array | string | undefined>) => {
    const files = { ...filesIn(kerasFile("Keras 2.13.keras")), ...names };
    return zip(Object.entries(files).filter((entry): entry is [string, Uint8Array | string] => entry[1] !== undefined));
  };
  const config = (change: (layers: { class_name: string; config: Record<string, unknown> }[]) => void) => {
    const json = JSON.parse(new TextDecoder().decode(filesIn(kerasFile("Keras 2.13.keras"))["config.json"]));
    change(json.config.layers);
    return keras({ "config.json": JSON.stringify(json) });
  };
  const weights = (name: Name) => filesIn(kerasFile(name))["model.weights.h5"]!;
  it.each<[string, () => Uint8Array | undefined]>([
    ["file is undefined", () => undefined],
    ["the file is neither HDF5 nor a whole ZIP archive", () => Uint8Array.of(1, 2, 3)],
    ["file is neither", () => new Uint8Array(0)],
    ["the file is neither HDF5 nor a whole ZIP archive", () => Uint8Array.of(0x50, 0x4b)],
    ['"config.json" is not in the archive', () => keras({ "config.json": undefined })],
    ['"model.weights.h5" is not in the archive', () => keras({ "model.weights.h5": undefined })],
    ["config.json can't be read: it is no JSON text", () => keras({ "config.json": "{" })],
    ["config.json is no UTF-8 text", () => keras({ "config.json": Uint8Array.of(255) })],
    ["config.json.class_name is undefined", () => keras({ "config.json": "{}" })],
    ["model.weights.h5 can't be read: ", () => keras({ "model.weights.h5": "no HDF5" })],
    [
      'layers[1] "dense_1" is a "Conv2D" layer',
      () => config((layers) => Object.assign(layers[1]!, { class_name: "Conv2D" })),
    ],
    [
      'config.activation is "hard_sigmoid"',
      () => config((layers) => Object.assign(layers[1]!.config, { activation: "hard_sigmoid" })),
    ],
    [
      "has shape [3, 4]; [3, 5] is expected, the kernel of",
      () => config((layers) => Object.assign(layers[1]!.config, { units: 5 })),
    ],
    ["has 2 weights; 1 are expected", () => config((layers) => Object.assign(layers[1]!.config, { use_bias: false }))],
    [
      "model.weights.h5 has no weights of",
      () => config((layers) => layers.push({ class_name: "Dense", config: { name: "x", units: 2 } })),
    ],
    [
      '"_layer_checkpoint_dependencies/batch_normalization/vars/2" of model.weights.h5[1] is -0.5',
      () => config((layers) => Object.assign(layers[2]!.config, { scale: false })),
    ],
    ['the HDF5 file has no attribute "model_config"', () => weights("functional.keras")],
    [
      "two files are named",
      () =>
        zip([
          ["a", "b"],
          ["a", "b"],
        ]),
    ],
    ["is stored by method 12; 0 or 8", () => zip([["config.json", "{}"]], { method: 12 })],
    [
      '"config.json" is stored by method -1; 0 or 8 without encryption',
      () => zip([["config.json", "{}"]], { flags: 1 }),
    ],
    ['"config.json" is 1049001 bytes in 2; 200 times', () => zip([["config.json", "{}"]], { size: 1_049_001 })],
    ['"config.json" is damaged', () => zip([["config.json", "{}"]], { size: 3 })],
    ['"config.json" is damaged: its length or CRC-32 is another', () => zip([["config.json", "{}"]], { crc: 5 })],
    ['"config.json" can\'t be inflated', () => zip([["config.json", "{}"]], { method: 8 })],
    [
      '"config.json" can\'t be inflated: RangeError',
      () => zip([["config.json", new Uint8Array(deflateRawSync(new Uint8Array(2 ** 20)))]], { method: 8, size: 2 }),
    ],
    ["the archive has no whole file at byte", () => zip([["config.json", "{}"]], { compressed: 2 ** 32 - 1 })],
    ["the archive has no file at byte 7", () => zip([["config.json", "{}"]], { local: 7 })],
    ["the archive has no entry at byte", () => zip([["config.json", "{}"]], { start: 5 })],
    ["the archive has no whole entry at byte", () => zip([["config.json", "{}"]], { nameBytes: 500 })],
  ])("%s", async (words, file) => {
    const error = await read(wrong(file()!)).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(error?.message).toContain(words);
    expect(error).toBeInstanceOf(FormatError);
    expect(error!.message.length).toBeLessThan(400);
  });

  it.each<[string, unknown]>([
    ["hdf5 is undefined; the module of jsfive is expected: npm install jsfive", undefined],
    ["hdf5 is undefined", {}],
    ["hdf5 is an Object object", { hdf5: {} }],
    ["dtype is", { hdf5, dtype: "f16" }],
    ["leaveOut[0] is", { hdf5, leaveOut: ["noise"] }],
    ['options knows no "hdf"', { hdf: hdf5 }],
  ])("by an OptionError: %s", async (words, options) => {
    const error = await fromKeras(kerasFile("functional.h5"), wrong(options)).catch((error: Error) => error);
    expect(error).toBeInstanceOf(OptionError);
    expect((error as Error).message).toContain(words);
  });
});
