// Checkpoints: a training that is interrupted anywhere and goes on, on either engine, ends with the bits of one that
// was not.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FitOptions, FormatError, type History, Network, type NetworkOptions, OptionError } from "bitgrad";
import { readNetwork, writeNetwork } from "bitgrad/files";
import { describe, expect, it } from "vitest";
import { finishAsync } from "../../bindings/network/course.ts";
import { readFile, writeFile, writingFile } from "../../bindings/saving/file.ts";
import { piecesOf } from "../../bindings/saving/pieces.ts";
import { readTensors, writeTensors } from "../../bindings/saving/safetensors.ts";
import { DTYPES, ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";
import { someOf } from "../support/slow.ts";

const options: NetworkOptions = {
  inputs: 6,
  layers: [
    { units: 9, activation: "tanh", dropout: 0.2, l2: 0.01 },
    { units: 5, activation: "relu" },
    { units: 2, activation: "linear" },
  ],
  loss: "mse",
  optimizer: { type: "nadam", learningRate: 0.02, clipNorm: 1 },
  seed: 3,
};
const fit: FitOptions = {
  epochs: 12,
  batchSize: 7,
  validationSplit: 0.3,
  metrics: ["mae"],
  schedule: { type: "plateau", factor: 0.5, patience: 1 },
  earlyStopping: { patience: 4 },
};
const data = (dtype: "f32" | "f64", rows = 40) => new Random(11).dataset(dtype, rows, 6, 2);
const end = (net: Network, history: History) => ({ history, saved: JSON.stringify(net), file: net.save() });

/** The whole training, and the file of every checkpoint. */
function whole(
  dtype: "f32" | "f64",
  engine: "wasm" | "reference",
  extra: FitOptions = {},
  settings: Partial<NetworkOptions> = {},
) {
  const { x, y } = data(dtype);
  using net = Network.createSync({ ...options, ...settings, dtype, engine });
  const files: Uint8Array[] = [];
  const save = (file: Uint8Array) => files.push(file);
  const history = net.fit(x, y, { ...fit, ...extra, checkpoint: { everyEpochs: 1, save } });
  return { files, ...end(net, history) };
}

describe.each(DTYPES)("%s", (dtype) => {
  it.each(ENGINES)("%s: from every epoch's checkpoint, on the other engine", (engine) => {
    const { x, y } = data(dtype);
    const { files, ...wanted } = whole(dtype, engine);
    expect(files.length).toBe(wanted.history.loss.length);
    expect(whole(dtype, engine === "wasm" ? "reference" : "wasm").files).toEqual(files);
    for (const file of files) {
      using net = Network.loadSync(file, { engine: engine === "wasm" ? "reference" : "wasm" });
      expect(net.save()).toEqual(file);
      expect(end(net, net.fit(x, y, { ...fit, resume: true }))).toEqual(wanted);
    }
  });

  const essential = dtype === "f32" ? "wasm" : "reference";
  it.each(someOf(ENGINES, (engine) => engine === essential))("%s: from the middle of an epoch", async (engine) => {
    // the first calls of an epoch take at most 1, 4 and 16 rows, so each of them leaves a file, however fast the
    // machine is
    const { x, y } = new Random(12).dataset(dtype, 60, 60, 4);
    const wide: NetworkOptions = {
      ...options,
      inputs: 60,
      layers: [{ units: 150, activation: "relu", dropout: 0.5 }, { units: 4 }],
    };
    const run: FitOptions = { epochs: 2, batchSize: 1, earlyStopping: { patience: 9 } };
    using one = Network.createSync({ ...wide, dtype, engine });
    const wanted = end(one, one.fit(x, y, run));
    using other = Network.createSync({ ...wide, dtype, engine });
    const files: Uint8Array[] = [];
    const checkpoint = { everySeconds: 0, save: async (file: Uint8Array) => files.push(file) };
    expect(end(other, await other.fitAsync(x, y, { ...run, checkpoint }))).toEqual(wanted);
    const middle = files.filter((file) => readTensors(file).tensors.has("epochStart"));
    expect(middle.length).toBeGreaterThan(1);
    for (const file of [middle[0]!, middle.at(-1)!]) {
      using net = await Network.load(file, { engine: engine === "wasm" ? "reference" : "wasm" });
      expect(net.save()).toEqual(file);
      expect(end(net, await net.fitAsync(x, y, { ...run, resume: true }))).toEqual(wanted);
      using another = await Network.load(file);
      expect(() => another.fit(x, y, { ...run, batchSize: 2, resume: true })).toThrow(OptionError);
      // another training forgets the unfinished epoch
      using fresh = Network.fromJSONSync(JSON.stringify(another));
      another.fit(x, y, { epochs: 1, batchSize: 50 });
      fresh.fit(x, y, { epochs: 1, batchSize: 50 });
      expect(another.digest()).toBe(fresh.digest());
    }
  });

  it("from the middle of a validation", async () => {
    const { x, y } = new Random(13).dataset(dtype, 100, 60, 4);
    const validation = new Random(14).dataset(dtype, 6_000, 60, 4);
    const wide: NetworkOptions = { ...options, inputs: 60, layers: [{ units: 150, activation: "relu" }, { units: 4 }] };
    for (const validated of [{ validation: [validation.x, validation.y] }, {}] as const) {
      const run: FitOptions = { ...fit, ...validated, epochs: 3, batchSize: 50, earlyStopping: { patience: 2 } };
      const { validationSplit: _, ...settings } = run;
      const [rowsX, rowsY] = "validation" in validated ? [x, y] : [validation.x, validation.y];
      using one = Network.createSync({ ...wide, dtype });
      const wanted = end(one, one.fit(rowsX, rowsY, settings));
      using other = Network.createSync({ ...wide, dtype });
      const middle: Uint8Array[] = [];
      const isMiddle = (file: Uint8Array) => {
        const [evaluated, finished] = ["metrics.mae", "loss"].map(
          (name) => readTensors(file).tensors.get(`history.${name}`)?.shape[0] ?? 0,
        );
        return evaluated! < finished!;
      };
      let trains = true;
      const saves = (async () => {
        for (; trains && middle.length < 10; await new Promise(setImmediate)) {
          const file = other.save();
          if (isMiddle(file)) middle.push(file);
        }
      })();
      expect(end(other, await other.fitAsync(rowsX, rowsY, settings))).toEqual(wanted);
      trains = false;
      await saves;
      expect(middle.length).toBeGreaterThan(0);
      for (const [file, engine] of [
        [middle[0]!, "wasm"],
        [middle.at(-1)!, "reference"],
      ] as const) {
        using net = Network.loadSync(file, { engine });
        expect(end(net, net.fit(rowsX, rowsY, { ...settings, resume: true }))).toEqual(wanted);
      }
    }
  });

  it("a file from inside a listener is a checkpoint; one from after a training is not", () => {
    const { x, y } = data(dtype);
    const { files: _, ...wanted } = whole(dtype, "wasm");
    using net = Network.createSync({ ...options, dtype });
    let file = new Uint8Array();
    net.fit(x, y, {
      ...fit,
      onEpoch: ({ epoch }) => {
        if (epoch === 3) file = net.save();
      },
    });
    using again = Network.loadSync(file);
    expect(end(again, again.fit(x, y, { ...fit, resume: true }))).toEqual(wanted);
    using after = Network.loadSync(net.save(), { engine: "reference" });
    expect(after.epochs).toBe(net.epochs);
    const warnings = ["there was no training to resume: a new one began"];
    expect(after.fit(x, y, { epochs: 2, resume: true })).toEqual({ ...net.fit(x, y, { epochs: 2 }), warnings });
    using replaced = Network.loadSync(file);
    replaced.setParameters(replaced.getParameters());
    expect(replaced.fit(x, y, { ...fit, resume: true }).warnings).toEqual(warnings);
    expect(after.save()).toEqual(net.save());
  });
});

it("in the middle of an epoch of the smallest networks, and after data that are refused, nothing is lost", async () => {
  const rows = 600_000;
  const x = { data: new Random(1).ordinary("f32", 2 * rows), shape: [rows, 2] } as const;
  const y = { data: new Float32Array(rows).fill(0.5), shape: [rows, 1] } as const;
  const tiny: NetworkOptions = {
    inputs: 2,
    layers: [{ units: 3 }, { units: 1 }],
    loss: "sse",
    optimizer: { type: "sgd", learningRate: 0.1 },
  };
  using net = Network.createSync(tiny);
  const files: Uint8Array[] = [];
  const run = { epochs: 1, batchSize: 1, shuffle: false };
  await net.fitAsync(x, y, { ...run, checkpoint: { everySeconds: 0, save: (file) => files.push(file) } });
  const middle = files.find((file) => readTensors(file).tensors.has("epochStart"))!;
  using again = Network.loadSync(middle);
  const infinite = { data: [[Number.NaN, 0]], y: [[0]] };
  expect(() => again.fit(infinite.data, infinite.y)).toThrow("x[0][0] is NaN");
  expect(again.save()).toEqual(middle);
  again.fit(x, y, { ...run, resume: true });
  expect(again.digest()).toBe(net.digest());
});

it("a file is the same written in slices", async () => {
  const layers = [{ units: 200 }, { units: 2, activation: "linear" }] as const;
  for (const settings of [{}, { layers }]) {
    const { files } = whole("f32", "wasm", { epochs: 3 }, settings);
    const saved = readFile(piecesOf(files.at(-1)!));
    expect(writeFile(saved)).toEqual(files.at(-1));
    expect(await finishAsync(writingFile(saved, () => true))).toEqual(files.at(-1));
  }
});

it("a damaged file, byte for byte, and hostile metadata are refused", () => {
  const { files } = whole("f32", "wasm", { epochs: 2 }, { layers: [{ units: 2, activation: "linear" }] });
  const file = files.at(-1)!;
  for (let n = 0; n < file.length; n++) {
    expect(() => Network.loadSync(file.subarray(0, n))).toThrow(FormatError);
    const changed = file.slice();
    changed[n] = changed[n]! ^ 1;
    expect(() => Network.loadSync(changed), `byte ${n}`).toThrow(FormatError);
  }
  const { tensors, metadata } = readTensors(file);
  const json = JSON.parse(metadata.get("bitgrad")!);
  const refused = (change: object, words: string) => {
    const text = typeof change === "string" ? change : JSON.stringify({ ...json, ...change });
    expect(() => Network.loadSync(writeTensors(tensors, { bitgrad: text })), text).toThrow(FormatError);
    expect(() => Network.loadSync(writeTensors(tensors, { bitgrad: text }))).toThrow(words);
  };
  expect(Network.loadSync(writeTensors(tensors, { bitgrad: JSON.stringify(json) })).digest()).toBeTypeOf("string");
  refused({ version: 2 }, "version is 2");
  refused({ inputs: 7 }, 'tensor "best" is [3,14] of f32; [3,16] of f32 is expected');
  const without = { ...json.run, best: { value: 1, epoch: 1 } };
  refused({ inputs: 7, run: without }, 'tensor "layers.0.weights" is [6,2] of f32; [7,2] of f32 is expected');
  refused({ layers: [{ units: 2 }, { units: 2 }], run: without }, 'there is no tensor "layers.1.weights"');
  refused({ run: without }, 'tensor "best" belongs to nothing');
  refused({ run: undefined }, 'tensor "history.loss" belongs to nothing');
  refused({ optimizer: { type: "sgd", learningRate: 1 }, run: without }, 'tensor "memory" belongs to nothing');
  refused({ optimizer: { type: "nadam" } }, "optimizer has no");
  refused({ dtype: "f64" }, "f64 is expected");
  refused({ epochs: -1 }, "epochs is -1");
  refused({ steps: 1.5 }, "steps is 1.5");
  refused({ momentumProduct: null }, "momentumProduct is null");
  refused({ extra: 1 }, 'knows no "extra"');
  refused({ run: 5 }, "run is 5");
  refused({ run: { ...json.run, rows: 0 } }, "run.rows is 0");
  refused({ run: { ...json.run, shuffleBuffer: 5 } }, "run.rows is"); // a stream's are unknown
  refused({ run: { ...json.run, rows: 0, shuffleBuffer: -1 } }, "run.shuffleBuffer is -1");
  refused({ run: { ...json.run, loss: "x" } }, 'run knows no "loss"');
  refused({ run: { ...json.run, best: { ...json.run.best, value: "nan" } } }, 'run.best.value is "nan"');
  for (const value of ["NaN", "Infinity", "-Infinity", "-0"]) {
    const text = JSON.stringify({ ...json, run: { ...json.run, best: { ...json.run.best, value } } });
    expect(readTensors(Network.loadSync(writeTensors(tensors, { bitgrad: text })).save()).metadata.get("bitgrad")).toBe(
      text,
    );
  }
  const changed = (name: string, data: Float32Array | Float64Array, shape = [data.length]) => {
    const file = writeTensors(new Map([...tensors, [name, { shape, data }]]), { bitgrad: JSON.stringify(json) });
    return () => Network.loadSync(file);
  };
  expect(changed("history.loss", new Float32Array(2))).toThrow('"history.loss" is [2] of f32; [2] of f64 is expected');
  expect(changed("history.loss", new Float64Array(2), [2, 1])).toThrow('"history.loss" is [2,1] of f64; [2] of f64 is');
  expect(changed("history.validationLoss", new Float64Array(3))).toThrow("has 3 numbers; 2 are expected");
  expect(changed("history.metrics.mae", new Float64Array(5))).toThrow("has 5 numbers; 2 are expected");
  expect(changed("history.metrics.m e", new Float64Array(2))).toThrow("belongs to nothing");
  expect(changed("history.metrics.loss", new Float64Array(2))).toThrow("belongs to nothing");
  expect(changed("history.metrics.__proto__", new Float64Array(2))).toThrow("belongs to nothing");
  expect(changed("history.trainingMetrics.mae", new Float64Array(5))).toThrow("has 5 numbers; 2 are expected");
  expect(changed("layers.0.biases", Float32Array.of(0, Number.NaN))).toThrow('tensor "layers.0.biases"[1] is NaN');
  expect(changed("memory", new Float32Array(28).fill(Infinity), [2, 14])).toThrow('tensor "memory"[0] is Infinity');
  expect(changed("best", new Float32Array(42).fill(-Infinity), [3, 14])).toThrow('tensor "best"[0] is -Infinity');
  refused({ run: { ...json.run, best: { ...json.run.best, epoch: 99 } } }, "run.best.epoch is 99");
  refused(
    { run: { ...json.run, interruption: { position: 1, errorSum: 0, steps: 1, momentumProduct: 1 } } },
    "there is no tensor",
  );
  refused(JSON.parse(`{"run":{"__proto__":{"rows":3}}}`), "run");
  expect(({} as { rows?: number }).rows).toBeUndefined();
  expect(() => Network.loadSync(writeTensors(tensors, { bitgrad: "{" }))).toThrow(FormatError);
  expect(() => Network.loadSync(writeTensors(tensors, {}))).toThrow(/no network of bitgrad.*fromSafetensors/);
  expect(() => Network.loadSync("x" as unknown as Uint8Array)).toThrow(FormatError);
});

it("kill -9 in the middle of a training: the file is whole, and the rest gives the same bits", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-"));
  try {
    const path = join(folder, "model.safetensors");
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("victim.mjs", import.meta.url)), path, JSON.stringify({ options, fit })],
      {
        stdio: "inherit",
      },
    );
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 40));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    using net = Network.loadSync(readNetwork(path), { engine: "reference" });
    expect(net.epochs).toBeLessThan(400);
    const { x, y } = new Random(11).dataset("f32", 40, 6, 2);
    const last = { ...fit, epochs: net.epochs + 3, earlyStopping: { patience: 1000, restoreBest: false } };
    const found = end(net, net.fit(x, y, { ...last, resume: true }));
    using never = Network.createSync({ ...options });
    expect(found).toEqual(end(never, never.fit(x, y, last)));
    writeNetwork(path, net.save());
    expect(readdirSync(folder).filter((name) => !name.endsWith(".tmp"))).toEqual(["model.safetensors"]);
    expect(new Uint8Array(readNetwork(path))).toEqual(net.save());
    expect(() => writeNetwork(join(folder, "none", "x"), net.save())).toThrow("ENOENT");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
