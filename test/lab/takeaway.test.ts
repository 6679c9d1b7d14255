// What the lab gives away: networks that other libraries read, or a sentence that says why not; the history; a snippet.

import { createRequire } from "node:module";
import { Network } from "bitgrad";
import { fromBrainJS, fromONNX, fromSafetensors, fromScikitLearn, fromTensorFlowJS } from "bitgrad/formats";
import { beforeAll, describe, expect, test } from "vitest";
import { openArchive } from "../../bindings/formats/zip.ts";
import { defaultRecipe, type Recipe } from "../../examples/lab/recipe.ts";
import { embedOf, FORMATS, historyAsCSV, takeAway } from "../../examples/lab/takeaway/takeaway.ts";
import { zipOf } from "../../examples/lab/takeaway/zip.ts";
import { predictBy, runtime } from "../formats/onnx/runtimes.ts";
import { skippedWithout } from "../needs.ts";
import { tensorflow } from "../tfjs/peer.ts";
import { Watched } from "./trainer.ts";

const isSkipped = await skippedWithout("peers");

const ROWS = [
  [0.5, -0.25],
  [-1.5, 1],
  [0, 0],
];

async function saved(recipe: Recipe): Promise<Uint8Array<ArrayBuffer>> {
  const trainer = new Watched();
  await trainer.load(recipe);
  await trainer.train(3);
  trainer.ask({ type: "save" });
  const { file } = await trainer.next("saved");
  trainer.close();
  return file as Uint8Array<ArrayBuffer>;
}

const plain = defaultRecipe("circles");
const texts = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("a plain network", () => {
  let file: Uint8Array<ArrayBuffer>;
  let net: Network;
  beforeAll(async () => {
    file = await saved(plain);
    net = Network.loadSync(file);
  });
  const form = async (id: string) => (await takeAway(file, id, Network)).file!;

  test("is written in every form, but for brain.js, which has one activation for all layers", async () => {
    const found = await Promise.all(FORMATS.map(({ id }) => takeAway(file, id, Network)));
    expect(found.filter(({ file }) => file === undefined).map(({ id }) => id)).toEqual(["brain"]);
    expect(found.find(({ id }) => id === "brain")!.why).toMatch(/sigmoid|tanh/);
    expect(new Set(found.map(({ file }) => file?.name)).size).toBe(FORMATS.length);
    expect(found.every(({ what }) => what.length > 10)).toBe(true);
  });

  test("comes back from each with the same bits", async () => {
    const digest = net.digest();
    const made = (options: Parameters<typeof Network.createSync>[0]) => Network.createSync(options).digest();
    expect(Network.loadSync((await form("network")).bytes).digest()).toBe(digest);
    expect(Network.fromJSONSync(texts((await form("json")).bytes)).digest()).toBe(digest);
    expect(made(fromSafetensors((await form("safetensors")).bytes))).toBe(digest);
    expect(made(fromONNX((await form("onnx")).bytes))).toBe(digest);
    const scikit = fromScikitLearn(texts((await form("scikit-learn")).bytes), { dtype: "f32" });
    expect(made(scikit)).toBe(digest);
    const open = openArchive((await form("tensorflow")).bytes);
    const shard = "group1-shard1of1.bin";
    const model = fromTensorFlowJS(texts(await open("model.json")), { [shard]: await open(shard) });
    expect(made(model)).toBe(digest);
  });

  test("predicts as a function with the same bits", async () => {
    const source = texts((await form("javascript")).bytes);
    const { predict } = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
      predict(x: number[][]): number[][];
    };
    expect(predict(ROWS)).toEqual(net.predict(ROWS));
    expect(texts((await form("c")).bytes)).toContain("void predict(const float *x, float *a)");
  });

  describe.skipIf(isSkipped)("in the libraries themselves", () => {
    const near = (found: number[][]) => {
      found.forEach((row, s) => expect(row[0]).toBeCloseTo(net.predict(ROWS)[s]![0]!, 5));
    };

    test("ONNX Runtime", async () =>
      near(await predictBy(runtime("onnxruntime-node"), (await form("onnx")).bytes, ROWS, "f32")));

    test("TensorFlow.js, from the archive as adm-zip unpacks it", async () => {
      const peers = createRequire(process.env.PEERS ?? new URL("../../bench/peers/package.json", import.meta.url));
      const Archive = peers("adm-zip") as new (bytes: Buffer) => { readFile(name: string): Buffer };
      const archive = new Archive(Buffer.from((await form("tensorflow")).bytes));
      const { modelTopology, weightsManifest } = JSON.parse(archive.readFile("model.json").toString());
      const weightData = Uint8Array.from(archive.readFile("group1-shard1of1.bin")).buffer;
      const tf = await tensorflow();
      const artifacts = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData };
      const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
      near((model.predict(tf.tensor2d(ROWS)) as unknown as { arraySync(): number[][] }).arraySync());
    });
  });
});

test("a network of one activation goes to brain.js", async () => {
  const network = { ...plain.network, loss: "mse" as const, output: "tanh" as const };
  const file = await saved({ ...plain, network });
  const { bytes } = (await takeAway(file, "brain", Network)).file!;
  const net = Network.createSync(fromBrainJS(JSON.parse(texts(bytes))));
  expect(net.digest()).toBe(Network.loadSync(file).digest());
});

test("what a form lacks is said in words", async () => {
  const hidden = [{ units: 4, activation: "hardSwish" }, { type: "layerNormalization" }, { units: 3 }] as const;
  const file = await saved({ ...plain, network: { ...plain.network, hidden } });
  for (const { id } of FORMATS) {
    const found = await takeAway(file, id, Network);
    if (["scikit-learn", "brain", "tensorflow"].includes(id)) expect(found.why, id).toMatch(/layers?\b|activation/i);
    else expect(found.file!.bytes.length, id).toBeGreaterThan(100);
  }
  await expect(takeAway(file.subarray(9) as Uint8Array<ArrayBuffer>, "onnx", Network)).rejects.toThrow();
});

test("an archive has its files, whatever they hold", async () => {
  const files = {
    "a.txt": new TextEncoder().encode("hello"),
    "b/c.bin": Uint8Array.from({ length: 999 }, (_, n) => n),
    empty: new Uint8Array(),
  };
  const open = openArchive(zipOf(files));
  for (const [name, bytes] of Object.entries(files)) expect(await open(name)).toEqual(bytes);
});

test("the history is CSV, with empty cells for what nobody measured", () => {
  const nan = Number.NaN;
  const series = {
    epochs: [0, 1, 2],
    loss: [0.7, 0.5, 0.25],
    validationLoss: [nan, nan, nan],
    metric: [0.5, nan, 1],
    validationMetric: [nan, nan, 0.75],
  };
  expect(historyAsCSV(series, "accuracy")).toBe(
    "epoch,loss,accuracy,validation_accuracy\n0,0.7,0.5,\n1,0.5,,\n2,0.25,1,0.75\n",
  );
});

test("a snippet is HTML from which nothing breaks out", () => {
  const text = embedOf('#1.a"><script>', "https://example.com/lab/scripts/");
  expect(text).toContain('<script defer src="https://example.com/lab/scripts/lab.js"></script>');
  expect(text).toContain('<bitgrad-lab link="#1.a&#34;>&#60;script>"></bitgrad-lab>');
});
