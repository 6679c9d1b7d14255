// Datasets, and models that are saved, beside TensorFlow.js'.

import * as ours from "bitgrad/tfjs";
import { describe, expect, it } from "vitest";
import { rejectionOf, wrong } from "../faults/expect-error.ts";
import { skippedWithout } from "../needs.ts";
import { numbers, type Tf, tensorflow } from "./peer.ts";

const isSkipped = await skippedWithout("peers");
const theirs = isSkipped ? ours : await tensorflow();

const next = numbers();
const X = Array.from({ length: 20 }, () => Array.from({ length: 4 }, next));
const LABELS = X.map(([a, b]) => (a! > b! ? 0 : a! > 0.3 ? 1 : 2));
const Y = LABELS.map((label) => [0, 1, 2].map((j) => +(j === label)));

const small = (tf: Tf, options: object = {}) =>
  tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [4], units: 5, activation: "tanh", ...options }),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
const start = small(ours)
  .getWeights()
  .map((weight) => [weight.dataSync(), weight.shape] as const);

function expectClose(found: unknown, wanted: unknown): void {
  const flat = (value: unknown): number[] =>
    typeof value === "number" ? [value] : Object.values(value as object).flatMap(flat);
  expect(flat(found).length).toBe(flat(wanted).length);
  flat(found).forEach((value, n) => {
    expect(value).toBeCloseTo(flat(wanted)[n]!, 5);
  });
}

describe.skipIf(isSkipped)("fitDataset and evaluateDataset", () => {
  async function trained(tf: Tf, loss: string, more: object) {
    const model = small(tf);
    model.setWeights(start.map(([values, shape]) => tf.tensor(values, shape)));
    model.compile({ optimizer: tf.train.adam(0.01), loss, metrics: ["accuracy"] });
    const [xs, ys] = [tf.data.array(X), tf.data.array(Y)];
    const some = tf.data.generator(function* () {
      for (let n = 0; n < 8; n++) yield { xs: X[n]!, ys: Y[n]! };
    });
    const all = tf.data.zip({ xs, ys });
    const first = await model.fitDataset(all.batch(6), { epochs: 3, validationData: some.batch(4) as never, ...more });
    const validationData = [tf.tensor2d(X), tf.tensor2d(Y)] as [ours.Tensor, ours.Tensor];
    const how = { epochs: 2, batchesPerEpoch: 2, validationData, ...more };
    const second = await model.fitDataset(all.repeat().batch(7), how);
    const found = (await model.evaluateDataset(some.batch(3))) as ours.Scalar[];
    return [first.history, second.history, found.map((one) => one.dataSync()[0]!)] as const;
  }

  it.each([
    ["in whole epochs", "meanSquaredError", {}],
    ["batch by batch", "categoricalCrossentropy", { callbacks: { onBatchEnd: () => {} } }],
    ["with weights of classes", "categoricalCrossentropy", { classWeight: { 0: 1, 1: 2, 2: 0.5 } }],
  ])("%s", async (_, loss, more) => {
    const [own, other] = [await trained(ours, loss, more), await trained(theirs, loss, more)];
    expect(own.slice(0, 2).map(Object.keys)).toEqual(other.slice(0, 2).map(Object.keys));
    expectClose(own, other);
  });
});

it("datasets are shuffled, changed, cut and put together", async () => {
  const { array, generator, zip } = ours.data;
  const five = array([1, 2, 3, 4, 5]);
  expect((await five.shuffle(3, 7).toArray()).sort()).toEqual([1, 2, 3, 4, 5]);
  expect(await five.shuffle(5, 7).toArray()).toEqual(await five.shuffle(5, 7).toArray());
  expect(await five.map((n) => 2 * n).toArray()).toEqual([2, 4, 6, 8, 10]);
  expect(await five.filter((n) => n > 3).toArray()).toEqual([4, 5]);
  expect(
    await five
      .skip(1)
      .take(2)
      .concatenate(array([9]))
      .toArray(),
  ).toEqual([2, 3, 9]);
  expect(await array([1, 2]).repeat(2).toArray()).toEqual([1, 2, 1, 2]);
  const batches = await zip({ xs: five, ys: array([[1], [2], [3]]) })
    .batch(2)
    .toArray();
  expect(batches.map(({ xs, ys }) => [xs.arraySync(), ys.arraySync()])).toEqual([
    [
      [1, 2],
      [[1], [2]],
    ],
    [[3], [[3]]],
  ]);
  expect((await five.batch(2, false).toArray()).length).toBe(2);
  expect([five.size, five.batch(2).size, five.repeat().size, generator(() => [1][Symbol.iterator]()).size]).toEqual([
    5,
    3,
    Infinity,
    null,
  ]);
});

const MODELS: Record<string, readonly [build: (tf: Tf) => InstanceType<Tf["LayersModel"]>, x: ours.TensorLike]> = {
  sequential: [
    ({ sequential, layers, regularizers }) =>
      sequential({
        layers: [
          layers.batchNormalization({ inputShape: [4] }),
          layers.dense({ units: 5, activation: "gelu", kernelRegularizer: regularizers.l2({ l2: 0.1 }) }),
          layers.dropout({ rate: 0.3 }),
          layers.leakyReLU(),
          layers.layerNormalization(),
          layers.dense({ units: 3, useBias: false, activation: "softmax" }),
        ],
      }),
    X,
  ],
  functional: [
    ({ input, layers, model }) => {
      const inputs = input({ shape: [2, 2] });
      let last = layers.flatten().apply(inputs) as ours.SymbolicTensor;
      for (const layer of [layers.dense({ units: 7, activation: "relu" }), layers.elu(), layers.dense({ units: 2 })]) {
        last = layer.apply(last) as ours.SymbolicTensor;
      }
      return model({ inputs, outputs: last });
    },
    X.map(([a, b, c, d]) => [
      [a!, b!],
      [c!, d!],
    ]),
  ],
};

describe.skipIf(isSkipped).each(Object.entries(MODELS))("a saved model: %s", (_, [build, x]) => {
  it.each([
    ["here, for TensorFlow.js", ours, theirs],
    ["there, for here", theirs, ours],
    ["here, for here", ours, ours],
  ])("%s", async (_name, from, to) => {
    const model = build(from);
    let saved: ours.io.ModelArtifacts = {};
    await model.save(
      from.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
      }),
    );
    const loaded = await to.loadLayersModel(to.io.fromMemory(saved));
    expect(loaded.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
    expect(loaded.weights.map(({ originalName }) => originalName)).toEqual(
      model.weights.map(({ originalName }) => originalName),
    );
    const outputs = (tf: Tf, of: typeof model) => [...(of.predict(tf.tensor(x)) as ours.Tensor).dataSync()];
    expectClose(outputs(to, loaded), outputs(from, model));
    loaded.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const y = to.zeros([20, loaded.outputShape[1]!]);
    expect((await loaded.fit(to.tensor(x), y, { epochs: 1 })).epoch).toEqual([0]);
  });
});

describe("handlers", () => {
  const model = small(ours);
  const row = ours.tensor2d(X);
  const predicted = (model.predict(row) as ours.Tensor).arraySync();
  const files = new Map<string, string | ArrayBuffer>();
  const answer = (body: string | ArrayBuffer | undefined, status = body === undefined ? 404 : 200) =>
    new Response(body ?? "", { status });

  it("http saves by a POST and loads what it has sent", async () => {
    const fetchFunc = async (url: string, init?: object) => {
      const { method, body } = (init ?? {}) as { method?: string; body?: FormData };
      if (method !== "POST") return answer(files.get(url.replace("/./", "/")));
      for (const [name, part] of body!.entries()) {
        const file = part as Blob;
        files.set(`https://here/${name}`, name === "model.json" ? await file.text() : await file.arrayBuffer());
      }
      return answer("");
    };
    const { modelArtifactsInfo } = await model.save(ours.io.http("https://here/model.json", { fetchFunc }));
    expect(modelArtifactsInfo.weightDataBytes).toBe(4 * model.countParams());
    expect(modelArtifactsInfo.dateSaved).toBeInstanceOf(Date);
    const seen: number[] = [];
    const onProgress = (share: number) => void seen.push(share);
    const handler = ours.io.http("https://here/model.json", { fetchFunc, onProgress });
    const loaded = await ours.loadLayersModel(handler);
    expect((loaded.predict(row) as ours.Tensor).arraySync()).toEqual(predicted);
    expect(seen).toEqual([1]);
    const lost = await rejectionOf(ours.loadLayersModel("https://there/model.json", { fetchFunc }));
    expect((lost as Error).message).toContain("was answered with status 404");
  });

  it("browserFiles loads files that a user chose", async () => {
    const [json, weights] = [...files].map(([name, body]) => new File([body], name.replace("https://here/", "")));
    const loaded = await ours.loadLayersModel(ours.io.browserFiles([json!, weights!]));
    expect((loaded.predict(row) as ours.Tensor).arraySync()).toEqual(predicted);
    const error = (await rejectionOf(ours.loadLayersModel(ours.io.browserFiles([json!])))) as Error;
    expect(error.message).toContain('names "./model.weights.bin", which is not among the files');
  });

  const artifacts = async (): Promise<ours.io.ModelArtifacts> => {
    let found: ours.io.ModelArtifacts = {};
    await small(ours).save({
      save: async (given) => {
        found = given;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
      },
    });
    return found;
  };

  it.each<[string, (given: ours.io.ModelArtifacts) => unknown, string]>([
    ["a graph model", (given) => ({ ...given, format: "graph-model" }), 'format is "graph-model"'],
    ["no topology", ({ modelTopology: _, ...given }) => given, "modelTopology is undefined; an object is expected"],
    ["weights that are missing", (given) => ({ ...given, weightSpecs: given.weightSpecs!.slice(1) }), "bytes"],
    [
      "weights that are cut",
      (given) => ({ ...given, weightData: (given.weightData as ArrayBuffer).slice(4) }),
      "bytes",
    ],
    [
      "another shape",
      (given) => ({
        ...given,
        weightSpecs: given.weightSpecs!.map((one, n) => (n === 0 ? { ...one, shape: [5, 4] } : one)),
      }),
      "has the shape [5,4]; [4,5] is expected",
    ],
    [
      "a layer that isn't here",
      (given) => ({
        ...given,
        modelTopology: JSON.parse(JSON.stringify(given.modelTopology).replace("Dense", "LSTM")),
      }),
      'is a "LSTM" layer; InputLayer, Dense',
    ],
    [
      "the prototype of objects",
      (given) => ({ ...given, modelTopology: JSON.parse('{"class_name":"Sequential","config":{"__proto__":{}}}') }),
      '"__proto__", which is refused',
    ],
  ])("refuse %s", async (_, change, words) => {
    const handler = { load: async () => change(await artifacts()) as ours.io.ModelArtifacts };
    expect(((await rejectionOf(ours.loadLayersModel(handler))) as Error).message).toContain(words);
  });

  it("refuse what isn't here", async () => {
    const includeOptimizer = await rejectionOf(model.save({ save: wrong(() => {}) }, { includeOptimizer: true }));
    expect((includeOptimizer as Error).message).toContain("includeOptimizer is true");
    expect(((await rejectionOf(model.save("indexeddb://one"))) as Error).message).toContain('"indexeddb://one"');
    expect(((await rejectionOf(ours.loadLayersModel(wrong(1)))) as Error).message).toContain("pathOrIOHandler is 1");
    expect(((await rejectionOf(model.save(ours.io.fromMemory({})))) as Error).message).toContain("has no save");
  });
});
