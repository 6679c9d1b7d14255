// NaN among the weights of a file: refused, and read as another number where the option `nan` says so. The network is
// then that of a file with this number in its place, on both engines: it predicts, trains and has a digest.

import { Network, type NetworkOptions } from "bitgrad";
import { FormatError, OptionError } from "bitgrad/errors";
import {
  fromKeras,
  fromONNX,
  fromSafetensors,
  fromTensorFlowJS,
  type ImportedNetwork,
  toONNX,
  toSafetensors,
  toTensorFlowJS,
} from "bitgrad/formats";
import * as reference from "bitgrad/reference";
import * as hdf5 from "jsfive";
import { describe, expect, it } from "vitest";
import { rejectionOf, wrong } from "../faults/expect-error.ts";
import { kerasFile } from "./keras-files.ts";

interface Options {
  readonly nan?: number;
}

interface Format {
  /** A file of a network whose second weight is `weight`. */
  file(weight: number): Promise<Uint8Array>;
  read(file: Uint8Array, options: Options): ImportedNetwork | Promise<ImportedNetwork>;
}

const ODD = 0.3173828125; // no other number in the files has its bits

function netOf(dtype: "f32" | "f64", weight: number): Network {
  const layers = [{ units: 3, activation: "relu" }, { type: "batchNormalization" }, { units: 2 }] as const;
  const net = Network.createSync({ inputs: 2, layers, dtype, seed: 7 });
  const parameters = net.getParameters().map((layer) => ({ ...layer }));
  parameters[0]!.weights[1] = weight;
  net.setParameters(parameters);
  return net;
}

/** The file with other bytes in place of ODD's. */
function replaced(file: Uint8Array, from: number, to: number, size: 4 | 8): Uint8Array {
  const bytesOf = (value: number) => Buffer.from((size === 4 ? Float32Array : Float64Array).of(value).buffer);
  const at = Buffer.from(file).indexOf(bytesOf(from));
  expect(at).toBeGreaterThan(0);
  const changed = file.slice();
  changed.set(bytesOf(to), at);
  return changed;
}

/** safetensors without its SHA-256, which a file that was changed wouldn't have. */
function withoutDigest(file: Uint8Array): Uint8Array {
  const text = new TextDecoder("latin1").decode(file);
  const changed = text.replace(/"sha256":/, '"SHA256":').replace(/"checksum":/, '"CHECKSUM":');
  return Uint8Array.from(changed, (character) => character.charCodeAt(0));
}

const FORMATS: Readonly<Record<string, Format>> = {
  "safetensors f32": {
    file: async (w) => replaced(withoutDigest(toSafetensors(netOf("f32", ODD))), ODD, w, 4),
    read: fromSafetensors,
  },
  "safetensors f64": {
    file: async (w) => replaced(withoutDigest(toSafetensors(netOf("f64", ODD))), ODD, w, 8),
    read: fromSafetensors,
  },
  "ONNX f32": { file: async (w) => replaced(toONNX(netOf("f32", ODD)), ODD, w, 4), read: fromONNX },
  "ONNX f64": { file: async (w) => replaced(toONNX(netOf("f64", ODD)), ODD, w, 8), read: fromONNX },
  "TensorFlow.js": {
    file: async (w) => replaced(toTensorFlowJS(netOf("f32", ODD), { files: true })["group1-shard1of1.bin"], ODD, w, 4),
    read: (file, options) =>
      fromTensorFlowJS(toTensorFlowJS(netOf("f32", ODD), { files: true })["model.json"], file, options),
  },
  Keras: {
    async file(w) {
      const file = kerasFile("Keras 2.1.h5");
      const { parameters } = await fromKeras(file, { hdf5 });
      return replaced(file, parameters[0]!.weights[0]!, w, 4);
    },
    read: (file, options) => fromKeras(file, { hdf5, ...options }),
  },
};

describe.each(Object.entries(FORMATS))("%s", (_, { file, read }) => {
  it("is refused if nothing is said, and so are infinite numbers", async () => {
    for (const [weight, options] of [
      [NaN, {}],
      [NaN, { nan: undefined }],
      [Infinity, {}],
      [-Infinity, { nan: 0 }],
    ] as const) {
      const bytes = await file(weight);
      const error = await rejectionOf((async () => read(bytes, wrong(options)))());
      expect(error).toBeInstanceOf(FormatError);
      expect((error as Error).message).toMatch(/\[\d\] is (NaN|-?Infinity); (a )?numbers? finite in f(32|64)/);
    }
  });

  it.each([0, -0.5])("is read as %s on request", async (nan) => {
    const found = await read(await file(NaN), { nan });
    const wanted = await read(await file(nan), {});
    expect(found).toEqual(wanted);
    for (const Class of [Network, reference.Network]) {
      const [net, other] = [await Class.create(found as NetworkOptions), await Class.create(wanted as NetworkOptions)];
      expect(net.digest()).toBe(other.digest());
      const x = [Array.from({ length: net.inputs }, () => 1), Array.from({ length: net.inputs }, () => -2)];
      expect(net.predict(x).flat().every(Number.isFinite)).toBe(true);
      const y = x.map(() => Array.from({ length: net.layers.at(-1)!.units }, (_, j) => (j === 0 ? 1 : 0)));
      expect(net.fit(x, y, { epochs: 1 }).loss.every(Number.isFinite)).toBe(true);
    }
  });

  it.each([NaN, Infinity, "0", null, 0n])("%s is no such number", async (nan) => {
    const bytes = await file(1);
    const error = await rejectionOf((async () => read(bytes, wrong({ nan })))());
    expect(error).toBeInstanceOf(OptionError);
    expect((error as Error).message).toMatch(/^nan is .*; a finite number is expected$/);
  });
});

it("numbers that f32 hasn't are infinite there", () => {
  const file = replaced(toONNX(netOf("f32", ODD)), ODD, NaN, 4);
  expect(() => fromONNX(file, { nan: 1e39 })).toThrow(/is Infinity; numbers finite in f32 are expected/);
});
