// The pose library of Teachable Machine trains its head on what PoseNet made of pictures: here on such numbers, made
// up. The head has dropout, whose masks are random in both libraries.

import { TeachablePoseNet } from "@teachablemachine/pose";
import * as tf from "@tensorflow/tfjs";
import { uniform } from "../../support/random.ts";

const LABELS = ["sitting", "standing"];

/** 17 heat maps of 5 × 5 for the parts of a body, and where the parts are: each pose has its parts elsewhere. */
function embedding(label, random) {
  const values = new Float32Array(17 * 25 * 3);
  for (let part = 0; part < 17; part++) {
    const place = (part * (label + 2) + Math.floor(2 * random())) % 25;
    values[part * 25 + place] = 0.6 + 0.4 * random();
    values[17 * 25 + part * 50 + place] = 2 * random() - 1;
  }
  return values;
}

export async function run() {
  const teachable = new TeachablePoseNet(tf.sequential(), undefined, { tfjsVersion: tf.version.tfjs });
  teachable.setSeed("a seed");
  teachable.setLabels(LABELS);
  const random = uniform(19);
  for (let n = 0; n < 80; n++) await teachable.addExample(n % 2, embedding(n % 2, random));
  const logs = [];
  await teachable.train(
    { denseUnits: 40, epochs: 30, learningRate: 0.001, batchSize: 16 },
    { onEpochEnd: (_, given) => logs.push(given) },
  );
  const fresh = Array.from({ length: 20 }, (_, n) => n % 2);
  let right = 0;
  for (const label of fresh) {
    const [best] = await teachable.predictTopK(embedding(label, random), 1);
    if (best.className === LABELS[label]) right++;
  }
  const all = await teachable.predict(embedding(0, random));
  return {
    losses: logs.map(({ loss }) => loss),
    accuracies: logs.map(({ val_acc }) => val_acc),
    names: all.map(({ className }) => className),
    total: all.reduce((sum, { probability }) => sum + probability, 0),
    score: right / fresh.length,
  };
}
