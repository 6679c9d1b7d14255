// Safetensors with PyTorch's names: files of PyTorch's own networks (test/fixtures/pytorch.py) give its outputs, and
// ours have its tensors; damaged and foreign files are refused by name.

import { type ActivationName, type LayerOptions, Network } from "bitgrad";
import { FormatError, OptionError } from "bitgrad/errors";
import { fromSafetensors, type SafetensorsLayer, type SafetensorsOptions, toSafetensors } from "bitgrad/formats";
import * as reference from "bitgrad/reference";
import { describe, expect, it } from "vitest";
import { ACTIVATION_NAMES } from "../../bindings/catalog/activations.ts";
import { fromBase64 } from "../../bindings/saving/bytes.ts";
import type { Tensor } from "../../bindings/saving/header.ts";
import { Pieces } from "../../bindings/saving/pieces.ts";
import { openTensors, readTensors, writeTensors } from "../../bindings/saving/safetensors.ts";
import { errorOf, wrong } from "../faults/expect-error.ts";
import fixture from "../fixtures/pytorch.json" with { type: "json" };

interface Case {
  readonly dtype: string;
  readonly activations: string[];
  readonly file: string;
  readonly x: number[][];
  readonly outputs: number[][];
  readonly names?: string[];
}

const CASES = fixture.cases as Readonly<Record<string, Case>>;

const layersOf = ({ activations }: Case) =>
  activations.map((activation) => ({ activation })) as { activation: ActivationName }[];

const optionsOf = (one: Case): SafetensorsOptions => ({
  layers: layersOf(one),
  ...(one.names && { names: one.names }),
});

describe.each(Object.entries(CASES))("%s", (name, one) => {
  const { dtype, activations, file, x, outputs, names } = one;
  const bytes = fromBase64(file);
  const read = fromSafetensors(bytes, optionsOf(one));

  it.each([Network, reference.Network])("predicts what PyTorch predicts", async (Class) => {
    expect(read.dtype).toBe(dtype === "F64" ? "f64" : "f32");
    const net = await Class.create(read);
    const found = net.predict(x);
    const epsilon = read.dtype === "f64" ? 2 ** -52 : 2 ** -23;
    outputs.forEach((row, s) => {
      row.forEach((value, j) => {
        expect(Math.abs(found[s]![j]! - value)).toBeLessThanOrEqual(2 * epsilon * Math.max(1, Math.abs(value)));
      });
    });
  });

  it("is written with PyTorch's names, shapes and bits", async () => {
    if (name === "no biases" || name === "one Linear" || dtype.endsWith("16")) return expect(outputs).toBeDefined();
    const net = await Network.create(read);
    const ours = readTensors(toSafetensors(net, names && { names })).tensors;
    const theirs = readTensors(bytes).tensors;
    if (names !== undefined) for (const part of ["weight", "bias"]) theirs.delete(`head.norm.${part}`);
    expect(new Set(ours.keys())).toEqual(new Set(theirs.keys()));
    for (const [key, tensor] of theirs) expect(ours.get(key)).toEqual(tensor);
    const again = await Network.create(fromSafetensors(toSafetensors(net)));
    expect(again.digest()).toBe(net.digest());
    expect(again.layers.map(({ activation }) => activation)).toEqual(activations);
  });
});

interface NormalizedCase {
  readonly layers: readonly SafetensorsLayer[];
  readonly file: string;
  readonly x: number[][];
  readonly outputs: number[][];
  readonly names?: string[];
}

const NORMALIZED = fixture.normalized as unknown as Readonly<Record<string, NormalizedCase>>;

describe.each(Object.entries(NORMALIZED))("%s", (name, { layers, file, x, outputs, names }) => {
  const bytes = fromBase64(file);
  const read = fromSafetensors(bytes, { layers, ...(names && { names }) });

  it.each([Network, reference.Network])("predicts what PyTorch predicts", async (Class) => {
    const net = await Class.create(read);
    const found = net.predict(x);
    const epsilon = read.dtype === "f64" ? 2 ** -52 : 2 ** -23;
    outputs.forEach((row, s) => {
      row.forEach((value, j) => {
        expect(Math.abs(found[s]![j]! - value)).toBeLessThanOrEqual(4 * epsilon * Math.max(1, Math.abs(value)));
      });
    });
  });

  it("is written with PyTorch's names, types, shapes and bits, and read again", async () => {
    const net = await Network.create(read);
    const written = toSafetensors(net, names && { names });
    const again = await Network.create(fromSafetensors(written));
    expect(again.digest()).toBe(net.digest());
    expect(again.layers).toEqual(net.layers);
    if (name.endsWith("16")) return;
    const [ours, theirs] = [tensorsOf(written), tensorsOf(bytes)];
    // our Linear always has a bias
    for (const [key, tensor] of ours) if (/^1.bias$/.test(key) && !theirs.has(key)) theirs.set(key, tensor);
    expect(new Set(ours.keys())).toEqual(new Set(theirs.keys()));
    for (const [key, { dtype, shape, bytes }] of theirs) {
      expect({ key, dtype: ours.get(key)!.dtype, shape: ours.get(key)!.shape }).toEqual({ key, dtype, shape });
      if (key.endsWith("num_batches_tracked")) expect([...ours.get(key)!.bytes]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
      else expect(ours.get(key)!.bytes).toEqual(bytes);
    }
  });
});

/** Tensors of any type, as the file has them. */
function tensorsOf(file: Uint8Array<ArrayBuffer>) {
  const { tensors } = openTensors<string>(new Pieces([file]), { F32: 4, F64: 8, I64: 8 });
  return new Map(
    [...tensors].map(([key, { dtype, shape, parts }]) => [key, { dtype, shape, bytes: Buffer.concat(parts) }]),
  );
}

it("has a case for every activation and type", () => {
  expect(new Set(Object.values(CASES).flatMap(({ activations }) => activations))).toEqual(new Set(ACTIVATION_NAMES));
  expect(new Set(Object.values(CASES).map(({ dtype }) => dtype))).toEqual(new Set(["F16", "BF16", "F32", "F64"]));
});

const tensor = (shape: number[], data: number[] = Array(shape.reduce((a, b) => a * b, 1)).fill(0.5)): Tensor => ({
  shape,
  data: Float32Array.from(data),
});
const fileOf = (tensors: Record<string, Tensor>, metadata: Record<string, string> = {}) =>
  writeTensors(new Map(Object.entries(tensors)), metadata);
const LINEAR = [{ activation: "linear" }] as const;

/** A file of one tensor of another type. */
function fileOfType(dtype: string, shape: number[], bytes: number[], headerBytes = 0): Uint8Array {
  const header = JSON.stringify({ weight: { dtype, shape, data_offsets: [0, bytes.length] } }).padEnd(headerBytes);
  return Uint8Array.from([header.length & 255, header.length >> 8, 0, 0, 0, 0, 0, 0, ...Buffer.from(header), ...bytes]);
}

it("a header whose length begins as a ZIP archive does", () => {
  const file = fileOfType("F32", [1, 1], [0, 0, 128, 63], 0x4b50);
  expect(Buffer.from(file.subarray(0, 2)).toString()).toBe("PK");
  expect(fromSafetensors(file, { layers: LINEAR }).parameters[0]!.weights).toEqual(Float32Array.of(1));
});

it("numbers of 16 bits become those of 32 that they are", () => {
  // IEEE-754 binary16 and bfloat16, by hand: 1, −2, the least subnormal and its largest, the largest, −0
  const half = [0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x8000];
  const brain = [0x3f80, 0xc000, 0x0001, 0x007f, 0x7f7f, 0x8000];
  const bytes = (words: number[]) => words.flatMap((word) => [word & 255, word >> 8]);
  const read = (dtype: string, words: number[]) => {
    const file = fileOfType(dtype, [1, 6], bytes(words));
    const found = fromSafetensors(file, { layers: LINEAR }).parameters[0]!.weights;
    // in pieces that end within a number, too
    const pieces = [file.slice(0, file.length - 5), file.slice(file.length - 5, file.length - 2), file.slice(-2)];
    expect(fromSafetensors(pieces, { layers: LINEAR }).parameters[0]!.weights).toEqual(found);
    return [...found];
  };
  expect(read("F16", half)).toEqual([1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, -0]);
  expect(read("BF16", brain)).toEqual([1, -2, 2 ** -133, 127 * 2 ** -133, 255 * 2 ** 120, -0]);
  for (const [dtype, word] of [
    ["F16", 0x7c00],
    ["F16", 0x7e01],
    ["BF16", 0xff80],
  ] as const) {
    const file = fileOfType(dtype, [1, 1], bytes([word]));
    expect(() => fromSafetensors(file, { layers: LINEAR })).toThrow(
      /tensor "weight"\[0\] is (-?Infinity|NaN); numbers/,
    );
  }
});

it("the order is that of numbers, or the only one that shapes allow", () => {
  const layers = Array.from({ length: 2 }, () => ({ activation: "tanh" as const }));
  const file = fileOf({ "net.10.weight": tensor([2, 2], [1, 2, 3, 4]), "net.9.weight": tensor([2, 2], [5, 6, 7, 8]) });
  expect(fromSafetensors(file, { layers }).parameters.map(({ weights }) => [...weights])).toEqual([
    [5, 7, 6, 8],
    [1, 3, 2, 4],
  ]);
  const named = fileOf({ "a.weight": tensor([2, 3]), "b.weight": tensor([3, 4]), "b.bias": tensor([3]) });
  expect(fromSafetensors(named, { layers })).toMatchObject({ inputs: 4, layers: [{ units: 3 }, { units: 2 }] });
  expect(fromSafetensors(named, { layers: LINEAR, names: ["a"] })).toMatchObject({ inputs: 3, layers: [{ units: 2 }] });
  expect(fromSafetensors(named, { layers: LINEAR, prefix: "b." })).toMatchObject({ inputs: 4 });
  const net = Network.createSync({ inputs: 2, layers: [{ units: 2 }, { units: 1 }] });
  const out = readTensors(toSafetensors(net, { names: ["hidden", "out"], prefix: "model." })).tensors;
  expect([...out.keys()]).toEqual(["model.hidden.weight", "model.hidden.bias", "model.out.weight", "model.out.bias"]);
});

it("takes options of layers, and rounds to the dtype where it is asked for", async () => {
  const file = fromBase64(CASES.F64!.file);
  const layers = [{ activation: "leakyRelu", alpha: 0.2, l2: 0.1 }, { dropout: 0.5 }, { units: 2 }] as const;
  const read = fromSafetensors(file, { layers, dtype: "f32" });
  expect(read.layers).toEqual([{ ...layers[0], units: 5 }, { ...layers[1], units: 4 }, layers[2]]);
  const net = await Network.create({ ...read, loss: "mae" });
  expect(net.dtype).toBe("f32");
  expect(net.layers[0]).toMatchObject({ alpha: 0.2, l2: 0.1 });
  const exact = fromSafetensors(file, { layers }).parameters[0]!.weights;
  expect(net.getParameters()[0]!.weights).toEqual(Float32Array.from(exact));
});

it("layers of all kinds are written and read; dropout is left out", async () => {
  const acting = { type: "activation", activation: "tanh" } as const;
  const dense = { units: 2, activation: "linear" } as const;
  const lists: LayerOptions[][] = [
    [acting, dense],
    [{ units: 2, activation: "relu" }, acting, { units: 1 }],
    [{ type: "dropout", rate: 0.5 }, dense, acting, { type: "dropout", rate: 0.2 }, dense, acting],
    [{ type: "layerNormalization", center: false, scale: false, epsilon: 0.5 }, dense],
    [
      { type: "batchNormalization", scale: false, momentum: 0.25 },
      dense,
      { type: "layerNormalization", center: false },
    ],
    [dense, { type: "layerNormalization", center: false, scale: false }, { type: "activation", activation: "softmax" }],
  ];
  const x = [[1, 2]];
  for (const layers of lists) {
    const isSoftmax = layers.some((layer) => "activation" in layer && layer.activation === "softmax");
    const net = Network.createSync({ inputs: 2, layers, ...(isSoftmax && { loss: "categoricalCrossEntropy" }) });
    const drawn = net.getParameters().map((layer, l) => {
      return Object.fromEntries(Object.entries(layer).map(([key, { length }]) => [key, Array(length).fill(l + 0.5)]));
    });
    net.setParameters(drawn);
    for (const options of [{}, { prefix: "model." }]) {
      const read = await Network.create(fromSafetensors(toSafetensors(net, options), options));
      expect(read.layers.map(({ type }) => type)).toEqual(
        layers.map(({ type }) => type).filter((type) => type !== "dropout"),
      );
      expect(read.digest()).toBe(net.digest());
      expect(read.predict(x)).toEqual(net.predict(x));
    }
  }
  const net = Network.createSync({ inputs: 2, layers: lists[4]! });
  const tensors = tensorsOf(toSafetensors(net, { names: ["norm", "fc", "out"] }));
  expect([...tensors.keys()]).toEqual([
    ...["norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked"],
    ...["fc.weight", "fc.bias", "out.weight", "out.bias"],
  ]);
  expect([...tensorsOf(toSafetensors(Network.createSync({ inputs: 2, layers: lists[2]! }))).keys()]).toEqual([
    ...["0.weight", "0.bias", "2.weight", "2.bias"],
  ]);
});

it("a matrix of any shape is turned, from a file that lies anywhere; what isn't finite is named by its place", () => {
  for (const [units, inputs] of [
    [17, 13],
    [8, 1],
    [1, 8],
    [9, 16],
    [7, 5],
  ] as const) {
    for (const dtype of ["f32", "f64"] as const) {
      const net = Network.createSync({ inputs, layers: [{ units, activation: "tanh" }], dtype, seed: units });
      const { weights } = net.getParameters()[0]!;
      const file = toSafetensors(net);
      const { data } = readTensors(file).tensors.get("0.weight")!;
      for (let i = 0; i < inputs; i++) {
        for (let j = 0; j < units; j++) expect(data[j * inputs + i]).toBe(weights[i * units + j]);
      }
      const odd = new Uint8Array(file.length + 3).subarray(3);
      odd.set(file);
      for (const given of [file, odd, [file.slice(0, -9), file.slice(-9, -2), file.slice(-2)]]) {
        expect(fromSafetensors(given).parameters[0]!.weights).toEqual(weights);
      }
      const read = fromSafetensors(file).parameters[0]!;
      file.fill(0);
      expect(read.weights).toEqual(weights);
      for (let n = 0; n < data.length; n++) {
        for (const value of [Number.NaN, -Infinity]) {
          const changed = data.slice();
          changed[n] = value;
          const bad = fileOf({ weight: { shape: [units, inputs], data: changed } });
          expect(() => fromSafetensors(bad, { layers: LINEAR })).toThrow(`tensor "weight"[${n}] is ${value}; numbers`);
        }
      }
    }
  }
});

it("finite numbers whose sums are infinite are finite", () => {
  const data = new Float64Array(16).fill(1.7e308);
  const found = fromSafetensors(fileOf({ weight: { shape: [8, 2], data } }), { layers: LINEAR });
  expect(found.parameters[0]!.weights).toEqual(data);
});

it("a part of what toSafetensors noted, by names", () => {
  const layers = [{ type: "activation", activation: "tanh" }, { units: 3, activation: "elu" }, { units: 1 }] as const;
  const file = toSafetensors(Network.createSync({ inputs: 2, layers }), { names: ["a", "b"] });
  expect(fromSafetensors(file, { names: ["a"] }).layers).toEqual([layers[0], { ...layers[1], alpha: 1 }]);
  expect(fromSafetensors(file, { names: ["b"] })).toMatchObject({ inputs: 3, layers: [{ units: 1 }] });
});

describe("refuses", () => {
  const good = { "0.weight": tensor([2, 3]), "0.bias": tensor([2]) };
  const noted = (layers: unknown) => fileOf({ weight: tensor([1, 1]) }, { layers: JSON.stringify(layers) });
  it.each<[string, Uint8Array, SafetensorsOptions | undefined, typeof FormatError | typeof OptionError]>([
    ['tensor "0.bias" has shape [3]; [2] is expected', fileOf({ ...good, "0.bias": tensor([3]) }), {}, FormatError],
    [
      '"0.weight" has shape [1,2,3]; [outputs, inputs]',
      fileOf({ ...good, "0.weight": tensor([1, 2, 3]) }),
      {},
      FormatError,
    ],
    ['"0.weight" has shape [0]; [outputs', fileOf({ "0.weight": tensor([0]) }), {}, FormatError],
    ['tensor "0.bias" has shape [2]; [6] is', fileOf({ ...good, "0.weight": tensor([6]) }), {}, FormatError],
    ['"0.weight" has shape [2,0]', fileOf({ ...good, "0.weight": tensor([2, 0]) }), {}, FormatError],
    ['tensor "1.weight_g" is no part of a', fileOf({ ...good, "1.weight_g": tensor([2]) }), {}, FormatError],
    ['tensor "1.bias" is no part of a', fileOf({ ...good, "1.bias": tensor([2]) }), {}, FormatError],
    [
      'there is no tensor "1.running_var"',
      fileOf({ ...good, "1.running_mean": tensor([2]), "1.weight": tensor([2]) }),
      {},
      FormatError,
    ],
    ['there is no tensor "1.running_mean"', fileOf({ ...good, "1.running_var": tensor([2]) }), {}, FormatError],
    [
      'tensor "1.running_var" has shape [3]; [2] is expected, a number for each column',
      fileOf({ ...good, "1.running_mean": tensor([2]), "1.running_var": tensor([3]) }),
      {},
      FormatError,
    ],
    [
      'tensor "1.running_mean" takes 3 inputs; 2 are expected',
      fileOf({ ...good, "1.running_mean": tensor([3]), "1.running_var": tensor([3]) }),
      {},
      FormatError,
    ],
    [
      'tensor "1.running_var"[1] is -1; numbers of 0 or more',
      fileOf({ ...good, "1.running_mean": tensor([2]), "1.running_var": tensor([2], [1, -1]) }),
      { layers: [{}, { type: "batchNormalization" }] },
      FormatError,
    ],
    [
      'don\'t tell the order of the layers "fc [2, 3]", "bn [2]"; the option names does',
      fileOf({ "fc.weight": tensor([2, 3]), "bn.running_mean": tensor([2]), "bn.running_var": tensor([2]) }),
      {},
      FormatError,
    ],
    [
      'layers[1].type is "batchNormalization"; "1" of the file is a "layerNormalization"',
      fileOf({ ...good, "1.weight": tensor([2]), "1.bias": tensor([2]) }),
      { layers: [{}, { type: "batchNormalization" }] },
      OptionError,
    ],
    [
      'there is no tensor "1.bias", but the layer\'s center is true',
      fileOf({ ...good, "1.weight": tensor([2]) }),
      { layers: [{}, { type: "layerNormalization", center: true }] },
      FormatError,
    ],
    [
      'tensor "1.weight"[0] is 0.5; 1 is expected, since the layer\'s scale is false',
      fileOf({ ...good, "1.weight": tensor([2]), "1.bias": tensor([2]) }),
      { layers: [{}, { type: "layerNormalization", scale: false }] },
      FormatError,
    ],
    [
      "Network.load reads what save wrote",
      Network.createSync({ inputs: 1, layers: [{ units: 1 }] }).save(),
      {},
      FormatError,
    ],
    ['no tensor is named "x.….weight"; the file has "0.weight", "0.bias"', fileOf(good), { prefix: "x." }, FormatError],
    ['no tensor "1.weight"; the file has', fileOf(good), { names: ["1"] }, FormatError],
    [
      "takes 3 inputs; 2 are expected, the outputs of",
      fileOf({ ...good, "1.weight": tensor([1, 3]) }),
      {},
      FormatError,
    ],
    ["don't tell the order", fileOf({ "a.weight": tensor([2, 2]), "b.weight": tensor([2, 2]) }), {}, FormatError],
    [
      'tensor "weight" has dtype "I32"; F16, BF16',
      fileOfType("I32", [1, 1], [0, 0, 0, 0]),
      { layers: LINEAR },
      FormatError,
    ],
    ['has dtype "F4"', fileOfType("F4", [1, 1], [0, 0, 0, 0]), { layers: LINEAR }, FormatError],
    ['has dtype "toString"', fileOfType("toString", [1, 1], [0, 0, 0, 0]), { layers: LINEAR }, FormatError],
    [
      '"0.weight"[2] is NaN; numbers finite in f32',
      fileOf({ "0.weight": tensor([1, 3], [1, 2, Number.NaN]) }),
      { layers: LINEAR },
      FormatError,
    ],
    ["layers is undefined, and the file names no activations", fileOf(good), undefined, OptionError],
    ["layers has 2 layers with parameters; 1 is expected", fileOf(good), { layers: [{}, {}] }, OptionError],
    ['layers[0].type is "BatchNorm1d"', fileOf(good), wrong({ layers: [{ type: "BatchNorm1d" }] }), OptionError],
    [
      "the file is a ZIP archive, such as PyTorch's .pt",
      new TextEncoder().encode("PK\x03\x04 and so on"),
      undefined,
      FormatError,
    ],
    ["layers is an array of 0; an array of 1 to 65536", fileOf(good), { layers: [] }, OptionError],
    [
      "layers has 0 layers with parameters; 1 is",
      fileOf(good),
      { layers: [{ type: "dropout", rate: 0.1 }] },
      OptionError,
    ],
    ["layers[0].units is 3; 2 is expected", fileOf(good), { layers: [{ units: 3 }] }, OptionError],
    ["layers[0] is null", fileOf(good), { layers: wrong([null]) }, OptionError],
    ["names is", fileOf(good), { names: [] }, OptionError],
    ["names[0] is 1; text", fileOf(good), { names: wrong([1]) }, OptionError],
    ['names[1] is "0"', fileOf(good), { names: ["0", "0"] }, OptionError],
    ["prefix is 1", fileOf(good), { prefix: wrong(1) }, OptionError],
    ["dtype is", fileOf(good), { dtype: wrong("f16") }, OptionError],
    ['options knows no "layer"', fileOf(good), wrong({ layer: 1 }), OptionError],
    ['"layers" can\'t be read', noted({}), undefined, FormatError],
    ['activation is "swish"', noted([{ name: "", activation: "swish" }]), undefined, FormatError],
    ['"" is not in it', noted([{ name: "x", activation: "relu" }, null]), undefined, FormatError],
    ["[0].name is 1; text", noted([{ name: 1 }]), undefined, FormatError],
    ["layers[0].activation is null", noted([{ name: "", activation: null }]), undefined, FormatError],
    ['type is "batchNormalization"; "" of', noted([{ name: "", type: "batchNormalization" }]), undefined, FormatError],
    [
      "epsilon is 0; a finite number of more than 0",
      noted([{ name: "" }, { type: "layerNormalization", center: false, scale: false, epsilon: 0 }]),
      undefined,
      FormatError,
    ],
    ["layers[1].rate is undefined", noted([{ name: "" }, { type: "dropout", rate: 0 }]), undefined, FormatError],
    ["alpha is -1", noted([{ name: "", activation: "elu", alpha: -1 }]), undefined, FormatError],
  ])("%s", (words, file, options, type) => {
    const error = errorOf(() => fromSafetensors(file, options)) as Error;
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(words);
    expect(error.message.length).toBeLessThan(300);
  });

  it("a file that is cut anywhere, or has a damaged byte in what toSafetensors wrote", () => {
    const file = toSafetensors(Network.createSync({ inputs: 2, layers: [{ units: 1 }] }));
    for (let length = 0; length < file.length; length++) {
      expect(errorOf(() => fromSafetensors(file.slice(0, length)))).toBeInstanceOf(FormatError);
      const damaged = file.slice();
      damaged[length]! ^= 1;
      expect(errorOf(() => fromSafetensors(damaged))).toBeInstanceOf(FormatError);
    }
  });

  it("what is no network, names that are too few", () => {
    const net = Network.createSync({ inputs: 2, layers: [{ units: 2 }, { units: 1 }] });
    expect(() => toSafetensors(wrong({ layers: [] }))).toThrow("network is an Object object; a Network is expected");
    expect(() => toSafetensors(net, { names: ["a"] })).toThrow(
      "names is an array of 1; an array of 2 names is expected",
    );
    net.dispose();
    expect(() => toSafetensors(net)).toThrow("disposed");
  });
});
