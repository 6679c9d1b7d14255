// Receipts: what they have, that they are the same everywhere, and that their replay finds what differs.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Network } from "bitgrad";
import { agreementOf, type Receipt, Recorder, readReceipt, replay, writeReceipt } from "bitgrad/receipts";
import { Network as ReferenceNetwork } from "bitgrad/reference";
import { Network as ThreadsNetwork } from "bitgrad/threads";
import { describe, expect, it } from "vitest";
import { uniform } from "../support/random.ts";

const ROWS = 40;
const random = uniform(7);
const x = { data: Float32Array.from({ length: ROWS * 3 }, random), shape: [ROWS, 3] } as const;
const y = {
  data: Float32Array.from({ length: ROWS }, (_, n) => Number(x.data[n * 3]! > 0.5)),
  shape: [ROWS, 1],
} as const;
const options = {
  inputs: 3,
  layers: [{ units: 5, dropout: 0.2 }, { type: "batchNormalization" }, { units: 1 }],
  loss: "binaryCrossEntropy",
  optimizer: "adam",
  seed: 3,
} as const;
const sha256 = (...parts: (Uint8Array | string)[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The receipt of a training on x and y. */
async function trained(
  fit: Parameters<Network["fitAsync"]>[2] = {},
  { Net = Network, every = 1, ...more }: { Net?: typeof Network; every?: number | "auto"; dtype?: "f64" } = {},
): Promise<Receipt> {
  using net = await Net.create({ ...options, ...more });
  const recorder = new Recorder({ every });
  await net.fitAsync(x, y, { epochs: 6, batchSize: 8, ...fit, receipt: recorder });
  expect(recorder.receipt!.predicate.end!.parameters).toBe(net.digest());
  return recorder.receipt!;
}

describe("what a receipt has", () => {
  it("digests that other tools find, and all options", async () => {
    const receipt = await trained();
    const { predicate } = receipt;
    expect(predicate.data.x).toEqual({ sha256: sha256(bytesOf(x.data)), rows: ROWS, columns: 3 });
    expect(predicate.data.y).toEqual({ sha256: sha256(bytesOf(y.data)), rows: ROWS, columns: 1 });
    expect(predicate.fit).toEqual({
      epochs: 6,
      batchSize: 8,
      shuffle: true,
      metrics: [],
      trainingMetrics: false,
      allowNegativeWeights: false,
      resume: false,
    });
    using net = await Network.create(options);
    expect(predicate.start).toMatchObject({ parameters: net.digest(), epoch: 0, epochs: 0 });
    const counts = bytesOf(Float64Array.of(0, 1));
    const slots = new Uint8Array(2 * 4 * net.parameterCount);
    expect(predicate.start.optimizer).toBe(sha256(slots, counts));
    const history = net.fit(x, y, { epochs: 6, batchSize: 8 });
    expect(predicate.epochs.map(({ loss }) => loss)).toEqual(history.loss);
    expect(predicate.epochs.at(-1)!.parameters).toBe(net.digest());
    expect(receipt.subject[0].digest.sha256).toBe(net.digest());
    expect(predicate.contract).toBe(1);
    const contract = readFileSync(new URL("../../assembly/NUMERICS.md", import.meta.url), "utf8");
    expect(contract).toContain(`This is version ${predicate.contract} of the contract.`);
  });

  it("a chain in which each entry covers all before it", async () => {
    const { epochs, end, contract, network, fit, data, start, every } = (await trained()).predicate;
    // by hand: keys of these objects are ASCII, so they are sorted as RFC 8785 has it
    const sorted = (value: unknown): string =>
      JSON.stringify(value, (_, own: unknown) =>
        typeof own === "object" && own !== null && !Array.isArray(own)
          ? Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)))
          : own,
      );
    let chain = sha256(sorted({ contract, network, fit, data, start, every }));
    for (const { chain: own, ...entry } of epochs) {
      chain = sha256(chain, sorted(entry), bytesOf(Float64Array.of(Number(entry.loss))));
      expect(own).toBe(chain);
    }
    const { chain: last, ...rest } = end!;
    expect(last).toBe(sha256(chain, sorted(rest)));
  });

  it("canonical JSON by RFC 8785, also of numbers and texts that are hard to write", async () => {
    const recorder = new Recorder({
      notes: { "€": 1e21, "\r": 1e-7, "1": -0, "\u{1f600}": '\u0001"', ö: [4.5, null] },
    });
    using net = await Network.create(options);
    net.fit(x, y, { epochs: 1, receipt: recorder });
    const text = writeReceipt(recorder.receipt!);
    expect(text).toContain(String.raw`"notes":{"\r":1e-7,"1":0,"ö":[4.5,null],"€":1e+21,"😀":"\u0001\""}`);
    expect(writeReceipt(readReceipt(text))).toBe(text);
  });

  it("the same bytes from every engine, with threads, in a worker, in slices and at once", async () => {
    const fit = { validationSplit: 0.25, metrics: ["accuracy"], schedule: { type: "cosine", epochs: 6 } } as const;
    const first = writeReceipt(await trained(fit));
    for (const more of [{ Net: ReferenceNetwork }, { Net: ThreadsNetwork, threads: 2 }]) {
      expect(writeReceipt(await trained(fit, more))).toBe(first);
    }
    expect(writeReceipt(await trained({ ...fit, worker: true }, { Net: ThreadsNetwork }))).toBe(first);
    using net = await Network.create(options);
    const recorder = new Recorder({ every: 1 });
    net.fit(x, y, { epochs: 6, batchSize: 8, ...fit, receipt: recorder });
    expect(writeReceipt(recorder.receipt!)).toBe(first);
  });

  it("weights, validation data, compressed rows and class weights, in a worker too", async () => {
    const sampleWeights = Array.from({ length: ROWS }, (_, n) => 1 + (n % 3));
    const fit = { sampleWeights, classWeights: "balanced", validation: [x, y], timeLimit: 100 } as const;
    const receipt = await trained(fit);
    const { data, fit: written } = receipt.predicate;
    expect(data.validation!.x.sha256).toBe(sha256(bytesOf(x.data)));
    expect(data.weights).toMatchObject({ rows: ROWS, columns: 1 });
    expect(written).toMatchObject({ classWeights: "balanced", timeLimit: 100 });
    expect(writeReceipt(await trained({ ...fit, worker: true }, { Net: ThreadsNetwork }))).toBe(writeReceipt(receipt));
    const { sampleWeights: _, ...without } = fit;
    const sparse = {
      data: x.data,
      indices: Uint32Array.from({ length: ROWS * 3 }, (__, n) => n % 3),
      indptr: Uint32Array.from({ length: ROWS + 1 }, (__, n) => 3 * n),
      shape: [ROWS, 3],
    } as const;
    using net = await Network.create(options);
    const recorder = new Recorder({ every: 1 });
    net.fit(sparse, y, { epochs: 6, batchSize: 8, ...without, receipt: recorder });
    expect(writeReceipt(recorder.receipt!)).toBe(writeReceipt(await trained(without)));
    const confirmed = await replay(receipt, { x, y, sampleWeights, validation: [x, y] });
    expect(confirmed).toMatchObject({ confirmed: true, epochs: 6 });
  });

  it("at most 100 KB for 10,000 epochs, older entries spaced out", async () => {
    using net = await Network.create({ ...options, layers: [{ units: 1 }] });
    const recorder = new Recorder({ every: 1 });
    net.fit(x, y, { epochs: 10_000, batchSize: ROWS, metrics: ["accuracy", "auc"], receipt: recorder });
    const receipt = recorder.receipt!;
    expect(writeReceipt(receipt).length).toBeLessThan(100_000);
    const { epochs } = receipt.predicate;
    expect(epochs.length).toBe(200);
    expect(epochs.at(-1)!.epoch).toBe(10_000);
    const gaps = epochs.slice(1).map(({ epoch }, k) => epoch - epochs[k]!.epoch);
    expect(Math.max(...gaps.slice(0, 20))).toBeGreaterThan(100);
    expect(gaps.slice(-10)).toEqual(Array(10).fill(1));
    expect(await replay(receipt, { x, y })).toMatchObject({ confirmed: true, epochs: 10_000 });
  });

  it("entries as often as takes a few percent, the same everywhere", async () => {
    const { every } = (await trained({ epochs: 1 }, { every: "auto" })).predicate;
    expect(every).toBeGreaterThan(1);
    const other = await trained({ epochs: 1 }, { every: "auto", Net: ReferenceNetwork });
    expect(other.predicate.every).toBe(every);
    const receipt = await trained({ epochs: 2 * every + 1 }, { every: "auto" });
    expect(receipt.predicate.epochs.map(({ epoch }) => epoch)).toEqual([every, 2 * every, 2 * every + 1]);
    expect((await replay(receipt, { x, y })).confirmed).toBe(true);
  });
});

describe("replay", () => {
  it("confirms, on either engine, with progress", async () => {
    for (const dtype of ["f32", "f64"] as const) {
      const receipt = await trained({}, dtype === "f64" ? { dtype } : {});
      const seen: number[] = [];
      const onProgress = ({ epoch, epochs, secondsLeft }: { epoch: number; epochs: number; secondsLeft: number }) => {
        seen.push(epoch);
        expect(epochs).toBe(6);
        expect(secondsLeft).toBeGreaterThanOrEqual(0);
      };
      const found = await replay(writeReceipt(receipt), { x, y }, { onProgress });
      expect(found).toMatchObject({ confirmed: true, epochs: 6 });
      expect(found.receipt).toEqual(receipt);
      expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
      expect((await replay(receipt, { x, y }, { Network: ReferenceNetwork })).confirmed).toBe(true);
      expect((await replay(receipt, { x, y }, { Network: ThreadsNetwork, threads: 2 })).confirmed).toBe(true);
    }
  });

  it.each(["parameters", "optimizer", "loss", "chain"] as const)("names the epoch whose %s differs", async (what) => {
    const receipt = structuredClone(await trained());
    const entry = receipt.predicate.epochs[3]! as unknown as Record<string, unknown>;
    entry[what] = what === "loss" ? Number(entry.loss) + 1e-9 : sha256("another");
    const { confirmed, difference, epochs } = await replay(receipt, { x, y });
    expect(confirmed).toBe(false);
    expect(difference).toMatchObject({ epoch: 4, agreed: 3, what });
    expect(epochs).toBe(4);
  });

  it("ends where a hand, a clock, early stopping or a number that isn't finite ended the training", async () => {
    const stopped = await trained({ onEpoch: ({ epoch, stop }) => epoch === 4 && stop() });
    expect(stopped.predicate.end).toMatchObject({ epoch: 4, stopped: "listener" });
    expect((await replay(stopped, { x, y })).confirmed).toBe(true);

    using net = await Network.create(options);
    const recorder = new Recorder({ every: 2 });
    const controller = new AbortController();
    const fit = net.fitAsync(x, y, {
      epochs: 100,
      receipt: recorder,
      signal: controller.signal,
      onEpoch: ({ epoch }) => epoch === 5 && controller.abort(),
    });
    await expect(fit).rejects.toThrow();
    const aborted = recorder.receipt!;
    expect(aborted.predicate.end).toMatchObject({ epoch: 5, stopped: "abort", parameters: net.digest() });
    expect((await replay(aborted, { x, y })).confirmed).toBe(true);

    const earlyStopping = { patience: 2, minDelta: 1 };
    const early = await trained({ epochs: 50, earlyStopping });
    expect(early.predicate.end).toMatchObject({ epoch: 3, stopped: "earlyStopping", bestEpoch: 1 });
    expect((await replay(early, { x, y })).confirmed).toBe(true);

    const wild = { ...options, layers: [{ units: 3, activation: "relu" }, { units: 1 }], loss: "mse" } as const;
    using other = await Network.create({ ...wild, optimizer: { type: "sgd", learningRate: 1e30 } });
    expect(() => other.fit(x, y, { epochs: 9, receipt: recorder })).toThrow(/finite/);
    const diverged = recorder.receipt!;
    expect(diverged.predicate.end).toMatchObject({ stopped: "notFinite", parameters: other.digest() });
    if (diverged.predicate.end!.epoch > 0) expect((await replay(diverged, { x, y })).confirmed).toBe(true);
  });

  it("goes on from a checkpoint, and begins with a network that was trained before", async () => {
    const files: Uint8Array[] = [];
    const checkpoint = { everyEpochs: 2, save: (file: Uint8Array) => void files.push(file) };
    const receipt = await trained({ checkpoint });
    const found = await replay(receipt, { x, y }, { from: files[1]! });
    expect(found).toMatchObject({ confirmed: true, epochs: 2 });
    const wrong = structuredClone(receipt);
    (wrong.predicate.epochs[4] as { parameters: string }).parameters = sha256("5");
    const { difference } = await replay(wrong, { x, y }, { from: files[1]! });
    expect(difference).toMatchObject({ epoch: 5, agreed: 4, what: "parameters" });
    (wrong.predicate.epochs[3] as { parameters: string }).parameters = sha256("4");
    expect((await replay(wrong, { x, y }, { from: files[1]! })).difference).toMatchObject({ epoch: 4 });

    using net = await Network.load(files[0]!);
    const recorder = new Recorder({ every: 1 });
    net.fit(x, y, { epochs: 6, batchSize: 8, resume: true, receipt: recorder });
    const resumed = recorder.receipt!;
    expect(resumed.predicate.start).toMatchObject({ epoch: 2, epochs: 2 });
    expect(resumed.predicate.end!.parameters).toBe(receipt.predicate.end!.parameters);
    await expect(replay(resumed, { x, y })).rejects.toThrow(/from, the file of its training as it was then/);
    expect(await replay(resumed, { x, y }, { from: files[0]! })).toMatchObject({ confirmed: true, epochs: 4 });

    const before = net.save();
    net.fit(x, y, { epochs: 3, batchSize: 8, receipt: recorder });
    const second = recorder.receipt!;
    expect(second.predicate.start).toMatchObject({ epoch: 0, epochs: 6 });
    expect((await replay(second, { x, y }, { from: before })).confirmed).toBe(true);
    const { difference: start } = await replay(second, { x, y }, { from: files[2]! });
    expect(start).toBeUndefined(); // the checkpoint of the last epoch is the network as it was then
  });

  it("asks for a schedule that is a function", async () => {
    const schedule = ({ epoch }: { epoch: number }) => 0.01 / (epoch + 1);
    const receipt = await trained({ schedule });
    expect(receipt.predicate.fit.schedule).toBe("function");
    await expect(replay(receipt, { x, y })).rejects.toThrow("schedule is missing; the function of the receipt's");
    expect((await replay(receipt, { x, y }, { schedule })).confirmed).toBe(true);
    const other = await replay(receipt, { x, y }, { schedule: () => 0.01 });
    expect(other.difference).toMatchObject({ epoch: 2, what: "parameters" });
  });

  it("refuses other data and other recipes, with what differs", async () => {
    const receipt = await trained();
    const other = { data: x.data.slice(), shape: x.shape };
    other.data[17]! += 1;
    await expect(replay(receipt, { x: other, y })).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringMatching(/^the training has another x.sha256: "[0-9a-f]+.*; the receipt has "[0-9a-f]+/),
    });
    await expect(replay(receipt, { x, y }, { from: (await Network.create({ ...options, seed: 4 })).save() }))
      .rejects //
      .toMatchObject({ code: "OPTION", message: "the training has another network.seed: 4; the receipt has 3" });
    await expect(replay(receipt, { x, y }, { Network: 5 as never })).rejects.toMatchObject({ code: "OPTION" });
  });
});

describe("two receipts of one recipe", () => {
  it("agree up to the last epoch before they differ, found by binary search", async () => {
    const a = await trained();
    expect(agreementOf(a, a)).toEqual({ agreed: 6, differs: undefined });
    for (let k = 0; k < 6; k++) {
      const b = structuredClone(a);
      for (const entry of b.predicate.epochs.slice(k)) {
        Object.assign(entry, { parameters: sha256(`${k}`), chain: sha256(`${k}${entry.epoch}`) });
      }
      expect(agreementOf(a, b)).toEqual({ agreed: k, differs: k + 1 });
    }
    const c = await trained({ batchSize: 9 });
    expect(() => agreementOf(a, c)).toThrow("the first receipt has another fit.batchSize: 8; the receipt has 9");
  });
});
