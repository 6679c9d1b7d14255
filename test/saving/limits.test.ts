// What can be made can be saved: long histories, many layers, long categories, numbers that JSON has not, files in
// pieces.

import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  Encoder,
  type FitOptions,
  FormatError,
  type History,
  Network,
  type NetworkOptions,
  NotFiniteError,
  OptionError,
  OutOfMemoryError,
} from "bitgrad";
import { readNetwork, writeNetwork } from "bitgrad/files";
import { describe, expect, it } from "vitest";
import { resolveNetworkOptions } from "../../bindings/options/network.ts";
import { readFile, writeFile, writeFileChunks } from "../../bindings/saving/file.ts";
import { checkTextSize } from "../../bindings/saving/json.ts";
import { piecesOf } from "../../bindings/saving/pieces.ts";
import { readTensors } from "../../bindings/saving/safetensors.ts";
import { errorOf, wrong } from "../faults/expect-error.ts";
import { ENGINES } from "../fixtures/bits.ts";
import { someOf } from "../support/slow.ts";

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const headerBytes = (file: Uint8Array) => Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));

/** The files of a training's checkpoints, and its end. */
function train(network: NetworkOptions, x: number[][], y: number[][], fit: FitOptions) {
  const files: Uint8Array[] = [];
  using net = Network.createSync(network);
  const history = net.fit(x, y, { ...fit, checkpoint: { everyEpochs: 1, save: (file) => void files.push(file) } });
  return { files, history, saved: net.save() };
}

function goOn(
  file: Uint8Array,
  x: number[][],
  y: number[][],
  fit: FitOptions,
): { history: History; saved: Uint8Array } {
  using net = Network.loadSync(file, { engine: "reference" });
  expect(same(net.save(), file)).toBe(true);
  const history = net.fit(x, y, { ...fit, resume: true });
  return { history, saved: net.save() };
}

describe.each(ENGINES)("numbers that JSON has not, %s", (engine) => {
  it("two infinite validation losses of f64: the best epoch is as if nothing had been interrupted", () => {
    // w is a hundredth after each epoch: 1e-43, 1e-45, 1e-47 …; (1e200 w)² is infinite down to 1e-45
    const network: NetworkOptions = {
      engine,
      dtype: "f64",
      inputs: 1,
      layers: [{ units: 1, activation: "linear", initializer: { type: "constant", value: 1e-41 } }],
      loss: "mse",
      optimizer: { type: "sgd", learningRate: 0.495 },
    };
    const fit: FitOptions = { epochs: 6, validation: [[[1e200]], [[0]]], earlyStopping: { patience: 3 } };
    const [x, y] = [
      [[1], [-1]], // so that the bias stays 0
      [[0], [0]],
    ];
    const { files, ...wanted } = train(network, x, y, fit);
    expect(wanted.history.validationLoss!.map(Number.isFinite)).toEqual([false, false, true, true, true, true]);
    expect(wanted.history.bestEpoch).toBe(6);
    for (const file of files) expect(goOn(file, x, y, fit)).toEqual(wanted);
  });

  it("an AUC of one class is NaN, in the history and as the quiet one in the file", () => {
    const network: NetworkOptions = { engine, inputs: 1, layers: [{ units: 1 }] };
    const [x, y] = [
      [[1], [2]],
      [[1], [1]],
    ];
    const fit: FitOptions = { epochs: 3, metrics: ["auc"] };
    const { files, ...wanted } = train(network, x, y, fit);
    expect(wanted.history.metrics!.auc).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    const stored = readTensors(files.at(-1)!).tensors.get("history.metrics.auc")!.data;
    const bits = new DataView(stored.buffer, stored.byteOffset).getBigUint64(0, true);
    expect(bits).toBe(0x7ff8000000000000n);
    for (const file of files) expect(goOn(file, x, y, fit)).toEqual(wanted);
  });

  it("the middle of an epoch that leaves the finite numbers", async () => {
    const network: NetworkOptions = {
      engine,
      inputs: 2,
      layers: [{ units: 2, activation: "linear" }],
      loss: "sse",
      optimizer: { type: "sgd", learningRate: 1e6, momentum: 0.9 },
    };
    const rows = 3000;
    const x = Array.from({ length: rows }, (_, n) => [n % 7, 1]);
    const y = Array.from({ length: rows }, (_, n) => [n % 3, 0]);
    const fit: FitOptions = { epochs: 2, batchSize: 1 };
    const files: Uint8Array[] = [];
    using net = Network.createSync(network);
    const before = net.digest();
    const checkpoint = { everySeconds: 0, save: (file: Uint8Array) => void files.push(file) };
    const broken = { ...fit, schedule: () => 1e6, checkpoint };
    const stop = errorOf(() => net.fit(x, y, broken));
    expect(stop).toBeInstanceOf(NotFiniteError);
    expect(net.digest()).toBe(before);
    // where an engine's slices are longer than the epoch, there is none
    for (const file of files.slice(0, 3)) {
      using again = Network.loadSync(file, { engine: "reference" });
      expect(same(again.save(), file)).toBe(true);
      expect(errorOf(() => again.fit(x, y, { ...fit, resume: true }))).toMatchObject({ epoch: 1, loss: [] });
      expect(again.digest()).toBe(before);
    }
  });
});

it("an infinite state and error of an unfinished epoch are kept, and only those", () => {
  using net = Network.createSync({ inputs: 1, layers: [{ units: 1 }], optimizer: "adam" });
  const saved = readFile(piecesOf(net.save()));
  const quiet = new Float32Array(Uint32Array.of(0x7fc00000).buffer)[0]!;
  const values = Float32Array.of(Infinity, quiet, -0, 1, 2, 3);
  const run = { epochsBefore: 0, rows: 9, batchSize: 1, shuffle: true, loss: [], validationLoss: [], metrics: {} };
  for (const errorSum of [Infinity, -Infinity, Number.NaN, -0, 0.1]) {
    const interruption = { position: 3, errorSum, snapshot: saved.state };
    const file = writeFile({ ...saved, state: { ...saved.state, values }, run: { ...run, interruption } });
    const found = readFile(piecesOf(file));
    expect(found.run!.interruption!.errorSum).toBe(errorSum);
    expect(found.state.values).toEqual(values);
    using loaded = Network.loadSync(file);
    expect(same(loaded.save(), file)).toBe(true);
  }
  // another payload of NaN is written as the quiet one: which one there is, is a platform's choice
  const other = values.slice();
  new Uint32Array(other.buffer)[1] = 0xffc12345;
  const interruption = { position: 3, errorSum: 0, snapshot: saved.state };
  const files = [values, other].map((some) =>
    writeFile({ ...saved, state: { ...saved.state, values: some }, run: { ...run, interruption } }),
  );
  expect(same(files[0]!, files[1]!)).toBe(true);
  expect(() => readFile(piecesOf(writeFile({ ...saved, state: { ...saved.state, values } })))).toThrow("is Infinity");
});

it("five million epochs: the header stays short, and resume goes on", () => {
  const network: NetworkOptions = { inputs: 1, layers: [{ units: 1 }], optimizer: "sgd" };
  const epochs = 5_000_000;
  const { files } = train(network, [[1]], [[0]], { epochs: 1 });
  const saved = readFile(piecesOf(files[0]!));
  const loss = Array.from({ length: epochs }, (_, n) => 1 / (n + 3));
  const long = { ...saved, epochs, run: { ...saved.run!, loss } };
  const file = writeFile(long);
  expect(headerBytes(file)).toBeLessThan(2000);
  expect(file.length).toBe(8 * epochs + 8 + headerBytes(file) + 2 * 4);
  using net = Network.loadSync(file);
  expect(net.epochs).toBe(epochs);
  const history = net.fit([[1]], [[0]], { epochs: epochs + 2, resume: true });
  expect(history.loss.length).toBe(epochs + 2);
  for (const n of [0, 1, 999_999, epochs - 1]) expect(history.loss[n]).toBe(loss[n]);
});

it("a checkpoint grows by eight bytes an epoch and list", () => {
  const { files } = train({ inputs: 1, layers: [{ units: 1 }] }, [[1]], [[0]], {
    epochs: 40,
    metrics: ["mae"],
    validation: [[[1]], [[1]]],
  });
  const data = files.map((file) => file.length - headerBytes(file));
  data.forEach((bytes, n) => {
    expect(bytes).toBe(data[0]! + n * 3 * 8);
  });
});

describe("layers", () => {
  it.each(someOf([10_000, 50_001, 65_536], (count) => count === 10_000))(
    "%i are saved, in the middle of a training too",
    (count) => {
      const layers = Array.from({ length: count }, () => ({ units: 1, activation: "linear" as const }));
      const { files, saved } = train({ inputs: 1, layers, optimizer: "adam" }, [[1]], [[0]], {
        epochs: 1,
        earlyStopping: {},
      });
      using net = Network.loadSync(files[0]!);
      expect(net.layers.length).toBe(count);
      expect(same(net.save(), files[0]!)).toBe(true);
      using copy = Network.fromJSONSync(JSON.stringify(net));
      expect(copy.digest()).toBe(net.digest());
      using end = Network.loadSync(saved);
      expect(end.digest()).toBe(net.digest());
    },
  );

  it("one more is refused", () => {
    const layers = Array.from({ length: 65_537 }, () => ({ units: 1 }));
    const error = errorOf(() => Network.createSync({ inputs: 1, layers })) as Error;
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toContain(
      "layers is an array of 65537; an array of at least one layer is expected, of 65536",
    );
  });
});

it("categories that a header has no place for are refused at once", () => {
  const column = (length: number) => Encoder.learn([["\u4e00".repeat(length)], ["b"]], "oneHot");
  const network = { inputs: 2, layers: [{ units: 1 }] };
  using net = Network.createSync({ ...network, encoders: { x: column(19_999_000) } });
  using again = Network.loadSync(net.saveChunks());
  expect(again.digest()).toBe(net.digest());
  const error = errorOf(() => Network.createSync({ ...network, encoders: { x: column(20_000_000) } })) as Error;
  expect(error).toBeInstanceOf(OptionError);
  expect(error.message).toMatch(
    /^encoders take \d+ bytes as JSON; at most 60000000 can be saved: leave columns out, or categories$/,
  );
});

it("what no string holds has no JSON; save has", () => {
  const options = (inputs: number, optimizer: "sgd" | "adam") =>
    resolveNetworkOptions({ inputs, layers: [{ units: 6000 }], optimizer });
  expect(() => checkTextSize(options(15_600, "sgd"))).not.toThrow(); // 499 million characters
  const error = errorOf(() => checkTextSize(options(16_800, "sgd"))) as Error;
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect(error.message).toBe(
    "toJSON would give 537632000 characters; at most 500000000 fit into a text; save gives the network as a file",
  );
  expect(() => checkTextSize(options(5600, "adam"))).toThrow(OutOfMemoryError);
});

describe("pieces", () => {
  const { files, history } = train(
    { inputs: 40, layers: [{ units: 30 }, { units: 3 }], optimizer: "nadam" },
    Array.from({ length: 9 }, (_, n) => Array.from({ length: 40 }, (_, i) => (n * i) % 5)),
    Array.from({ length: 9 }, (_, n) => [n % 2, 1, 0]),
    { epochs: 3, earlyStopping: {}, metrics: ["mae"] },
  );
  const file = files.at(-1)!;
  const saved = readFile(piecesOf(file));

  it("of any size are the file, and are read as it", () => {
    expect(history.loss.length).toBe(3);
    for (const size of [1, 7, 8, 100, 1023, 1024, 4000, file.length - 1, file.length, file.length + 1]) {
      const chunks = writeFileChunks(saved, size);
      expect(chunks.slice(0, -1).every(({ length }) => length === size)).toBe(true);
      expect(same(Buffer.concat(chunks), file)).toBe(true);
      using net = Network.loadSync(chunks);
      expect(same(net.save(), file)).toBe(true);
      expect(readTensors(chunks)).toEqual(readTensors(file));
    }
  });

  it("come by every kind of stream", async () => {
    const chunks = writeFileChunks(saved, 999);
    async function* generator() {
      yield* chunks;
    }
    const folder = mkdtempSync(join(tmpdir(), "bitgrad-"));
    try {
      const path = join(folder, "model.safetensors");
      using net = Network.loadSync(file);
      await pipeline(Readable.from(net.saveChunks()), createWriteStream(path));
      expect(same(readFileSync(path), file)).toBe(true);
      for (const form of [
        generator(),
        Readable.from(chunks),
        createReadStream(path, { highWaterMark: 100 }),
        new Blob(net.saveChunks()).stream(),
        new Response(file.slice()).body!,
        await new Response(file.slice()).arrayBuffer(),
        readNetwork(path),
        [readFileSync(path)],
      ]) {
        using loaded = await Network.load(wrong(form));
        expect(same(loaded.save(), file)).toBe(true);
      }
      writeNetwork(path, writeFileChunks(saved, 10));
      expect(same(readNetwork(path), file)).toBe(true);
      const cut = await Network.load(Readable.from(chunks.slice(1))).catch((error: unknown) => error);
      expect(cut).toBeInstanceOf(FormatError);
      const texts = await Network.load(wrong(Readable.from(["x"]))).catch((error: unknown) => error);
      expect(texts).toMatchObject({
        message: 'piece 0 of the file is "x"; an ArrayBuffer or a view of one is expected',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("are of the network as it was", () => {
    using net = Network.loadSync(file);
    const chunks = net.saveChunks();
    net.setParameters(net.getParameters().map(({ weights, biases }) => ({ weights: weights.fill(0), biases })));
    expect(same(Buffer.concat(chunks), file)).toBe(true);
    net.dispose();
    expect(same(Buffer.concat(chunks), file)).toBe(true);
  });

  it("what was handed in may change once load has returned its promise", async () => {
    const bytes = file.slice();
    const loading = Network.load(bytes);
    bytes.fill(0);
    using net = await loading;
    expect(same(net.save(), file)).toBe(true);
  });
});
