// Parts that programs need beside models: functions of tf.losses, models in models, weights that callbacks set. Each
// beside TensorFlow.js' own.

import * as ours from "bitgrad/tfjs";
import { describe, expect, it } from "vitest";
import { skippedWithout } from "../needs.ts";
import { numbers, type Tf, tensorflow } from "./peer.ts";

const isSkipped = await skippedWithout("peers");
const theirs = isSkipped ? ours : await tensorflow();
// its softmaxCrossEntropy does not pass its own check for leaks
if (!isSkipped)
  (theirs as unknown as { env(): { set(flag: string, value: boolean): void } }).env().set("IS_TEST", false);

const next = numbers();
const some = (count: number, f = () => 2 * next() - 1): number[] => Array.from({ length: count }, f);
const [X, LABELS] = [some(24 * 3), some(24, () => Math.floor(3 * next()))];
const Y = LABELS.flatMap((label) => [0, 1, 2].map((j) => Number(j === label)));
const KERNELS = [some(12), some(4), some(12), some(3)];

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 4e-6): void {
  expect(found.length).toBe(wanted.length);
  const scale = Math.max(1e-2, ...Array.from(wanted, Math.abs));
  const worst = Array.from(found).reduce((most, value, n) => Math.max(most, Math.abs(value - wanted[n]!)), 0);
  expect(worst / scale).toBeLessThanOrEqual(tolerance);
}

/** 3 inputs, 4 units, 3 outputs, with weights that are given. */
function createModel(tf: Tf, activation: "sigmoid" | "softmax" | "linear") {
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [3], units: 4, activation: "tanh" }));
  model.add(tf.layers.dense({ units: 3, activation }));
  const shapes = [[3, 4], [4], [4, 3], [3]];
  model.setWeights(KERNELS.map((values, n) => tf.tensor(values, shapes[n]!)));
  return model;
}

const FIT = { epochs: 4, batchSize: 7, shuffle: false, verbose: 0 } as const;
const rows = (tf: Tf) => [tf.tensor2d(X, [24, 3]), tf.tensor2d(Y, [24, 3])] as const;

describe.skipIf(isSkipped)("functions of tf.losses", () => {
  it.each([
    ["absoluteDifference", "linear"],
    ["hingeLoss", "linear"],
    ["huberLoss", "linear"],
    ["logLoss", "sigmoid"],
    ["meanSquaredError", "linear"],
    ["sigmoidCrossEntropy", "linear"],
    ["softmaxCrossEntropy", "softmax"],
  ] as const)("%s: its value, and a model that is trained by it", async (name, activation) => {
    const run = async (tf: Tf) => {
      const model = createModel(tf, activation);
      const [x, y] = rows(tf);
      const value = tf.losses[name](y, model.predict(x) as ours.Tensor).dataSync();
      model.compile({ optimizer: tf.train.sgd(0.05), loss: tf.losses[name], metrics: ["accuracy"] });
      const { history } = await model.fit(x, y, FIT);
      return [value, history.loss!, history.acc!, ...model.getWeights().map((weight) => weight.dataSync())];
    };
    const [found, wanted] = [await run(ours), await run(theirs)];
    found.forEach((values, n) => {
      expectClose(values, wanted[n]!, 1e-5);
    });
  });

  it("take nothing else, and targets of the outputs' shape", () => {
    const [y, a] = [ours.tensor1d([1, 0]), ours.tensor1d([1, 2])];
    const withWeights = ours.losses.meanSquaredError as (...given: unknown[]) => unknown;
    expect(() => withWeights(y, a, 0.5)).toThrow("tf.losses.meanSquaredError is given 0.5, too");
    expect(() => ours.losses.huberLoss(y, [1, 2, 3])).toThrow("predictions have the shape [3]; [2] is expected");
    expect(() => (ours.losses as unknown as Record<string, object>).computeWeightedLoss).toThrow("tf.losses.compute");
  });
});

it.skipIf(isSkipped)("metrics repeat a prediction of one number for all targets", () => {
  const of = (tf: Tf) => {
    const y = tf.tensor1d([1, 2, 3, 5]);
    return [tf.metrics.meanSquaredError(y, y.mean()), tf.metrics.meanAbsoluteError(y, y.mean())].map(
      (value) => value.dataSync()[0]!,
    );
  };
  expectClose(of(ours), of(theirs));
});

describe.skipIf(isSkipped)("a model in a model", () => {
  /** A model of two, of which the second is trained alone: as transfer learning does it. */
  async function transferred(tf: Tf) {
    const base = createModel(tf, "linear");
    const head = tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: "softmax", inputShape: [3] })] });
    head.setWeights([tf.tensor2d(KERNELS[0]!.slice(0, 9), [3, 3]), tf.zeros([3])]);
    const joint = tf.sequential();
    joint.add(base);
    joint.add(head);
    const [x, y] = rows(tf);
    head.compile({ optimizer: tf.train.sgd(0.5), loss: "categoricalCrossentropy" });
    const { history } = await head.fit(base.predict(x) as ours.Tensor2D, y, FIT);
    const alone = (joint.predict(x) as ours.Tensor).dataSync();
    joint.compile({ optimizer: tf.train.sgd(0.1), loss: "categoricalCrossentropy" });
    const later = await joint.fit(x, y, FIT);
    return { joint, found: [history.loss!, alone, later.history.loss!, joint.getWeights()[0]!.dataSync()] };
  }

  it("has the weights of both, whichever of them is trained", async () => {
    const { joint, found } = await transferred(ours);
    const { joint: wanted, found: values } = await transferred(theirs);
    found.forEach((list, n) => {
      expectClose(list, values[n]!);
    });
    expect(joint.layers.length).toBe(wanted.layers.length);
    expect(joint.outputShape).toEqual(wanted.outputShape);
    expect(joint.countParams()).toBe(wanted.countParams());
  });

  it("is loaded by TensorFlow.js, and by bitgrad/tfjs", async () => {
    const { joint } = await transferred(ours);
    let saved: ours.io.ModelArtifacts | undefined;
    await joint.save(
      ours.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
      }),
    );
    const predicted = (joint.predict(rows(ours)[0]) as ours.Tensor).dataSync();
    for (const tf of [ours, theirs]) {
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
      expectClose((loaded.predict(rows(tf)[0]) as ours.Tensor).dataSync(), predicted);
    }
  });

  it("is taken away as a whole, and is not added twice", () => {
    const base = createModel(ours, "linear");
    const joint = ours.sequential({ layers: [base] });
    expect(() => joint.add(base)).toThrow("is in the model already");
    expect(() => joint.add(base.layers[1]!)).toThrow("is in the model already");
    joint.add(ours.layers.dense({ units: 2 }));
    joint.pop();
    expect(joint.outputShape).toEqual([null, 3]);
    joint.pop();
    expect(joint.layers).toEqual([]);
    expect(base.outputShape).toEqual([null, 3]);
    const narrow = ours.sequential({ layers: [ours.layers.dense({ units: 2, inputShape: [3] })] });
    expect(() => narrow.add(base)).toThrow("is given rows of shape [2]; [3] is expected");
  });
});

describe.skipIf(isSkipped)("weights that a callback reads and sets", () => {
  it.each([
    ["fit", "meanSquaredError", "softmax"],
    ["fit", "categoricalCrossentropy", "softmax"],
    ["fit", "poisson", "sigmoid"],
    ["fitDataset", "meanSquaredError", "softmax"],
  ] as const)("%s with %s goes on from them", async (how, loss, activation) => {
    const run = async (tf: Tf) => {
      const model = createModel(tf, activation);
      model.compile({ optimizer: tf.train.sgd(0.5), loss });
      const start = model.getWeights().map((weight) => weight.clone()); // there they are the variables themselves
      const read: number[] = [];
      const callbacks = {
        onTrainBegin: () => model.setWeights(start.map((weight) => weight.mul(0.5))),
        onEpochEnd(epoch: number) {
          read.push(model.getWeights()[0]!.dataSync()[0]!);
          if (epoch === 1) model.setWeights(start);
          if (epoch === 3) model.setWeights(start.map((weight) => weight.mul(2)));
        },
      };
      const [x, y] = rows(tf);
      const dataset = tf.data.zip({
        xs: tf.data.array(x.arraySync()),
        ys: tf.data.array(y.arraySync()),
      });
      const { history } =
        how === "fit"
          ? await model.fit(x, y, { ...FIT, callbacks })
          : await model.fitDataset(dataset.batch(7) as never, { epochs: 4, verbose: 0, callbacks });
      return [history.loss!, read, ...model.getWeights().map((weight) => weight.dataSync())];
    };
    const [found, wanted] = [await run(ours), await run(theirs)];
    found.forEach((values, n) => {
      expectClose(values, wanted[n]!);
    });
  });
});

describe("a tensor as text", () => {
  const PRINTED: Record<string, (tf: Tf) => { toString(verbose?: boolean): string }> = {
    "a number": (tf) => tf.scalar(0.1),
    "a list": (tf) => tf.tensor1d([1, 2.5, -3e-9, 1e20, Number.NaN, Number.POSITIVE_INFINITY]),
    "a long list": (tf) => tf.zeros([30]),
    "no numbers": (tf) => tf.tensor1d([]),
    "whole numbers": (tf) => tf.tensor1d([1, 2, 3], "int32"),
    "yes and no": (tf) => tf.tensor1d([true, false], "bool"),
    "a matrix": (tf) =>
      tf.tensor2d([
        [1, 2],
        [3.123456789, 4],
      ]),
    "a long matrix": (tf) => tf.tensor2d(LONG, [25, 2]),
    "a wide matrix": (tf) => tf.tensor2d(WIDE, [3, 25]),
    matrices: (tf) => tf.tensor([1, 2, 3, 4, 5, 6, 7, 80], [2, 2, 2]),
  };
  const WIDE = some(75);
  const LONG = some(50);

  it.each(Object.keys(PRINTED))("is that of TensorFlow.js: %s", (name) => {
    for (const isVerbose of [false, true]) {
      const [found, wanted] = [ours, theirs].map((tf) => PRINTED[name]!(tf as unknown as Tf).toString(isVerbose));
      expect(found).toBe(wanted);
    }
  });
});
