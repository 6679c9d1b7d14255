// Proxies that were revoked, at every place of every argument: an error of this library names the argument. Nothing can
// be read of such a proxy; whatever touches it throws a TypeError that names nothing.

import { BitgradError, Encoder, metric, Network, Operations } from "bitgrad";
import { readNetwork, writeNetwork } from "bitgrad/files";
import * as formats from "bitgrad/formats";
import { parseCSV, readTable } from "bitgrad/tables";
import { verify } from "bitgrad/verify";
import * as hdf5 from "jsfive";
import { describe, expect, it } from "vitest";
import { ENGINES } from "../fixtures/bits.ts";
import { kerasFile } from "../formats/keras-files.ts";
import { rejectionOf, revoked, wrong } from "./expect-error.ts";

const TARGETS = [{}, [], () => {}];

/** The paths to everything in a value. */
function* pathsIn(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  const isLeaf =
    typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof AbortSignal;
  if (!isLeaf) for (const [key, member] of Object.entries(value)) yield* pathsIn(member, [...path, key]);
}

/** A copy with something else at the end of the path. */
function replaced(value: unknown, [key, ...path]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], path, by);
  return copy;
}

type Call = readonly [call: (...values: never[]) => unknown, values: () => readonly unknown[]];

/** Whatever is revoked, the error is the library's. */
async function expectNamed(name: string, [call, values]: Call): Promise<void> {
  for (const path of pathsIn(values())) {
    for (const target of TARGETS) {
      const given = replaced(values(), path, revoked(target)) as never[];
      const error = await rejectionOf(Promise.resolve().then(() => call(...given)));
      expect(error instanceof BitgradError, `${name}, ${path.join(".")}: ${error}`).toBe(true);
    }
  }
}

const f32 = (...values: number[]) => Float32Array.from(values);
const x = [
  [0, 1],
  [1, 0],
];
const y = [[0], [1]];
const parameters = () => [{ weights: f32(1, 2), biases: f32(1) }];

describe.each(ENGINES)("%s", (engine) => {
  const encoder = Encoder.learn(x, "standard");
  const options = () => ({
    engine,
    inputs: 2,
    layers: [{ units: 1, activation: "sigmoid", initializer: { type: "uniform", min: 0, max: 1 }, l1: 0.1 }],
    loss: { type: "huber", delta: 1 },
    optimizer: { type: "sgd", learningRate: 0.1, momentum: 0.5, nesterov: true },
    dtype: "f32",
    seed: 1,
    encoders: { x: encoder.toJSON() },
    threads: 1,
    warn: false,
    workerUrl: "worker.js",
  });
  const fitting = () => ({
    epochs: 1,
    batchSize: 2,
    shuffle: true,
    schedule: { type: "step", every: 1, factor: 0.1 },
    sampleWeights: [1, 1],
    classWeights: [1, 1],
    validation: [x, y],
    metrics: ["mae"],
    earlyStopping: { monitor: "loss", patience: 1, minDelta: 0, restoreBest: true },
    checkpoint: { everyEpochs: 1, save() {} },
    resume: false,
    timeLimit: 10,
    onEpoch() {},
  });
  const create = () => Network.createSync(options() as never);
  const op = Operations.createSync({ engine });
  const shape = { rows: 1, inputs: 2, units: 1 };
  const loss = { loss: { type: "huber", delta: 1 }, activation: "elu", alpha: 1, sampleWeights: [1] };
  const state = { slots: [parameters()], steps: 0, momentumProduct: 1 };
  const step = { optimizer: { type: "sgd", momentum: 0.5 }, learningRate: 1, layers: [{ l1: 1 }], state };
  const drawn = { initializer: { type: "uniform", min: 0, max: 1 }, seed: 1, layer: 0, dtype: "f32" };

  const CALLS: Readonly<Record<string, Call>> = {
    create: [(o) => Network.create(o), () => [options()]],
    createSync: [(o) => Network.createSync(o), () => [options()]],
    "create of it": [(type) => (Network.create as (o: never) => unknown).call(type, wrong(options())), () => [Network]],
    fromJSON: [(saved, o) => Network.fromJSON(saved, o), () => [create().toJSON(), { engine, workerUrl: "a" }]],
    load: [(file, o) => Network.load(file, o), () => [[create().save()], { engine, workerUrl: "a" }]],
    loadSync: [(file, o) => Network.loadSync(file, o), () => [[create().save()], { engine }]],
    crossValidate: [
      (...all) => Network.crossValidate(...(all as never as [never, never, never])),
      () => [options(), x, y, { folds: 2 }],
    ],
    fit: [(...all) => create().fit(...(all as never as [never, never])), () => [x, y, fitting()]],
    fitAsync: [
      (...all) => create().fitAsync(...(all as never as [never, never])),
      () => [
        { data: f32(1, 2), shape: [1, 2] },
        [[1]],
        { ...fitting(), sampleWeights: [1], signal: new AbortController().signal },
      ],
    ],
    evaluate: [(...all) => create().evaluate(...(all as never as [never, never])), () => [x, y, { metrics: ["mae"] }]],
    predict: [
      (...all) => create().predict(...(all as never as [never])),
      () => [{ data: f32(1, 2), shape: [1, 2] }, f32(1)],
    ],
    setParameters: [(layers) => create().setParameters(layers), () => [parameters()]],
    "fit of it": [(net) => create().fit.call(net, x, y), () => [create()]],
    "inputs of it": [(net) => Reflect.get(Network.prototype, "inputs", net), () => [create()]],
    forward: [
      (...all) => op.forward(...(all as never as [never, never, never, never])),
      () => [f32(1, 2), f32(1, 2), f32(1), shape],
    ],
    rowErrors: [
      (...all) => op.rowErrors(...(all as never as [never, never, never])),
      () => [f32(1), f32(1), { rows: 1, units: 1 }, loss],
    ],
    learningRates: [
      (...all) => op.learningRates(...(all as never as [never, never])),
      () => [() => 1, { rate: 1, epoch: 0, stepsPerEpoch: 1, losses: [] }],
    ],
    optimizerStep: [
      (...all) => op.optimizerStep(...(all as never as [never, never])),
      () => [parameters(), parameters(), step],
    ],
    initialWeights: [
      (...all) => op.initialWeights(...(all as never as [never, never])),
      () => [{ inputs: 1, units: 2 }, drawn],
    ],
    learn: [(...all) => Encoder.learn(...(all as never as [never, never])), () => [[[1, "a"]], ["standard", "oneHot"]]],
    "learn, records": [
      (...all) => Encoder.learn(...(all as never as [never, never, never])),
      () => [[{ a: 1, b: "x" }], { a: "robust", b: { kind: "oneHot", categories: ["x"] } }, { missingWords: ["?"] }],
    ],
    "learn, columns": [(table) => Encoder.learn(table), () => [{ a: [1, 2], b: ["x", true] }]],
    "learn, Arrow": [
      (table) => Encoder.learn(table),
      () => [{ schema: { fields: [{ name: "a" }] }, getChildAt: () => ({ length: 1, get: () => 1 }) }],
    ],
    split: [(columns) => readTable({ a: [1], b: [2] }).split(columns), () => [["a"]]],
    take: [(rows) => readTable({ a: [1], b: [2] }).take(rows), () => [[0]]],
    parseCSV: [
      (...all) => parseCSV(...(all as never as [never, never])),
      () => [Uint8Array.of(97, 10, 49), { delimiter: ",", decimal: "." }],
    ],
    "Encoder.fromJSON": [
      (saved) => Encoder.fromJSON(saved),
      () => [Encoder.learn([[1, "a"]], ["minMax", "oneHot"]).toJSON()],
    ],
    encode: [(table) => encoder.encode(table), () => [x]],
    metric: [
      (...all) => metric(...(all as never as [never, never, never])),
      () => ["mae", [[1]], [[1]], 1, { multiLabel: true }],
    ],
    writeNetwork: [
      (...all) => writeNetwork(...(all as never as [never, never])),
      () => ["/nowhere/a", [create().save()]],
    ],
    readNetwork: [(path) => readNetwork(path), () => ["/nowhere/a"]],
    verify: [(o) => verify(o), () => [{ engines: [engine], contrast: false, onProgress() {} }]],
  };

  it.each(Object.entries(CALLS))("%s", expectNamed);
});

describe("bitgrad/formats", () => {
  const net = (activation: "linear" | "relu" = "linear", encoders = {}) =>
    Network.createSync({ inputs: 2, layers: [{ units: 1, activation }], encoders });
  const names = { names: ["a"], prefix: "b." };
  const encoder = Encoder.learn([{ a: 1, b: 2 }], "standard").toJSON();
  const ARGUMENTS: Record<keyof typeof formats, Call[1]> = {
    fromSafetensors: () => [
      [formats.toSafetensors(net(), names)],
      { ...names, layers: [{ activation: "relu" }], nan: 0 },
    ],
    fromONNX: () => [[formats.toONNX(net())], { input: "input", externalData: { a: [f32(1)] }, dtype: "f32" }],
    fromTensorFlowJS: () => {
      const { "model.json": text, ...shards } = formats.toTensorFlowJS(net(), { files: true });
      return [JSON.parse(text), shards, { dtype: "f32", leaveOut: ["training"] }];
    },
    fromBrainJS: () => [formats.toBrainJS(net("relu")), { dtype: "f32" }],
    fromScikitLearn: () => [formats.toScikitLearn(net()), { dtype: "f32" }],
    fromKeras: () => [[kerasFile("deflated.keras")], { hdf5: { File: hdf5.File }, leaveOut: ["training"] }],
    toSafetensors: () => [net(), names],
    toONNX: () => [net(), { encoder, metadata: { author: "Ada" } }],
    toTensorFlowJS: () => [net(), { files: true }],
    toBrainJS: () => [net("relu"), { version: 1 }],
    toScikitLearn: () => [net()],
    toJavaScript: () => [net(), { name: "a", format: "script" }],
    toC: () => [net(), { name: "a" }],
  };

  it.each(Object.entries(formats))("%s", async (key, take) => {
    const name = key as keyof typeof formats;
    const call = async (...values: never[]) => {
      const taken: unknown = await (take as (...values: never[]) => unknown)(...values);
      if (name.startsWith("from")) Network.createSync(wrong(taken)); // which checks a layer that is given
    };
    await call(...(ARGUMENTS[name]() as never[])); // which is right before anything is replaced
    await expectNamed(name, [call, ARGUMENTS[name]]);
  });
});
