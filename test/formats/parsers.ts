// Every parser of another library's files, for fuzz.test.ts: a row for each.

import { readFileSync } from "node:fs";
import { Network } from "bitgrad";
import {
  fromBrainJS,
  fromKeras,
  fromONNX,
  fromSafetensors,
  fromScikitLearn,
  fromTensorFlowJS,
  type ImportedNetwork,
  toSafetensors,
  toTensorFlowJS,
} from "bitgrad/formats";
import * as hdf5 from "jsfive";
import { fromBase64 } from "../../bindings/saving/bytes.ts";
import brain from "../fixtures/brain.json" with { type: "json" };
import pytorch from "../fixtures/pytorch.json" with { type: "json" };
import scikitLearn from "../fixtures/scikit-learn.json" with { type: "json" };
import converted from "../fixtures/tensorflow-converted.json" with { type: "json" };
import { filesIn, zip } from "./archives.ts";
import { kerasFile } from "./keras-files.ts";
import type { EmbeddedJSON, File } from "./mutations.ts";

export interface Parser {
  readonly name: string;
  /** What it makes of a file: options of `Network.create`. */
  read(file: File): ImportedNetwork | Promise<ImportedNetwork>;
  /** Files that it reads, of some hundred bytes if possible: bytes, or JSON text. */
  readonly files: readonly File[];
  /** The JSON in a file of bytes, if it has any. */
  readonly json?: EmbeddedJSON;
  /** Of what takes objects: the file as an object. */
  readonly objectOf?: (file: File) => object;
}

export const PARSERS: readonly Parser[] = [
  {
    name: "fromSafetensors",
    read: (file) => fromSafetensors(file as Uint8Array, { layers: [{ activation: "relu" }, {}, {}] }),
    files: [pytorch.cases.F32, pytorch.cases.F16].map(({ file }) => fromBase64(file)),
    json: headerOfTensors(),
  },
  {
    name: "fromSafetensors of a normalization",
    read: (file) => {
      const layers = [{}, { type: "batchNormalization" }, { type: "activation", activation: "tanh" }, {}] as const;
      return fromSafetensors(file as Uint8Array, { layers });
    },
    files: [fromBase64(pytorch.normalized["batch normalization F16"].file)],
    json: headerOfTensors(),
  },
  {
    name: "fromSafetensors of what toSafetensors wrote",
    read: (file) => fromSafetensors(file as Uint8Array),
    files: written(),
    json: headerOfTensors(),
  },
  {
    name: "fromScikitLearn",
    read: (file) => fromScikitLearn(file as string),
    files: [scikitLearn.cases.identity, scikitLearn.cases["no hidden layer"]].map(({ json }) => JSON.stringify(json)),
  },
  {
    name: "fromScikitLearn of objects",
    read: (file) => fromScikitLearn(parsed(file)),
    files: [JSON.stringify(scikitLearn.cases.identity.json)],
    objectOf: parsed,
  },
  { name: "fromBrainJS", read: (file) => fromBrainJS(file as string), files: ofBrain() },
  { name: "fromBrainJS of objects", read: (file) => fromBrainJS(parsed(file)), files: ofBrain(), objectOf: parsed },
  ...ofTensorFlowJS(),
  {
    name: "fromONNX",
    read: (file) => fromONNX(file as Uint8Array),
    files: ["torch-unfolded", "keras-float16", "sklearn-binary", "dynamo-unfused"].map((name) =>
      Uint8Array.from(readFileSync(new URL(`onnx/${name}.onnx`, import.meta.url))),
    ),
  },
  ...ofKeras(),
];

/** An archive, whose parts have their CRC; and its config.json. HDF5 is the reader's: keras.test.ts damages some. */
function ofKeras(): Parser[] {
  const { "config.json": config, ...others } = filesIn(kerasFile("float64.keras"));
  const archiveWith = (text: File) => zip(Object.entries({ "config.json": text, ...others }));
  return [
    {
      name: "fromKeras",
      read: (file) => fromKeras(file as Uint8Array, { hdf5 }),
      files: [kerasFile("deflated.keras")],
    },
    {
      name: "fromKeras of config.json",
      read: (file) => fromKeras(archiveWith(file), { hdf5 }),
      files: [new TextDecoder().decode(config)],
    },
  ];
}

/** Of model.json, of what handlers get, and of the shards with numbers of all types. */
function ofTensorFlowJS(): Parser[] {
  const layers = [{ type: "batchNormalization" }, { units: 2, activation: "leakyRelu" }, { units: 1 }] as const;
  const net = Network.createSync({ inputs: 2, layers });
  const { "model.json": text, ...shards } = toTensorFlowJS(net, { files: true });
  const { weightData, ...model } = toTensorFlowJS(net);
  const { model: quantized, files } = converted.cases["some of each"];
  const bytes = Uint8Array.from(Object.values(files).flatMap((shard) => [...fromBase64(shard)]));
  return [
    { name: "fromTensorFlowJS", read: (file) => fromTensorFlowJS(file as string, shards), files: [text] },
    {
      name: "fromTensorFlowJS of objects",
      read: (file) => fromTensorFlowJS(parsed(file), weightData),
      files: [JSON.stringify(model)],
      objectOf: parsed,
    },
    {
      name: "fromTensorFlowJS of shards",
      read: (file) => fromTensorFlowJS(quantized, file as Uint8Array),
      files: [bytes],
    },
  ];
}

/** The smallest networks of both versions. */
function ofBrain(): string[] {
  const texts = brain.cases.map(({ version, json }) => ({ version, text: JSON.stringify(json) }));
  return [1, 2].map((wanted) => {
    const ofVersion = texts.filter(({ version }) => version === wanted).map(({ text }) => text);
    return ofVersion.sort((a, b) => a.length - b.length)[0]!;
  });
}

/** With its SHA-256, and without, so that what is damaged is read, too. */
function written(): Uint8Array[] {
  const layers = [
    { units: 2, activation: "elu", alpha: 0.5 },
    { type: "batchNormalization", scale: false },
    { units: 1 },
  ] as const;
  const file = toSafetensors(Network.createSync({ inputs: 2, layers }));
  const { of, with: withHeader } = headerOfTensors();
  const { __metadata__, ...tensors } = JSON.parse(of(file));
  const { sha256: _, checksum: __, ...others } = __metadata__;
  return [file, withHeader(file, JSON.stringify({ __metadata__: others, ...tensors }))];
}

function headerOfTensors(): EmbeddedJSON {
  const endOf = (file: Uint8Array) => 8 + new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return {
    of: (file) => new TextDecoder().decode(file.subarray(8, endOf(file))),
    with(file, json) {
      const header = new TextEncoder().encode(json);
      const changed = new Uint8Array(8 + header.length + file.length - endOf(file));
      new DataView(changed.buffer).setUint32(0, header.length, true);
      changed.set(header, 8);
      changed.set(file.subarray(endOf(file)), 8 + header.length);
      return changed;
    },
  };
}

/** The object of a text; the text itself if it is no JSON, and an object as it is. */
function parsed(text: File | object): never {
  try {
    return (typeof text === "string" ? JSON.parse(text) : text) as never;
  } catch {
    return text as never;
  }
}
