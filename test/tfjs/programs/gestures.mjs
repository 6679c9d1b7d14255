// A classifier of gestures like that of micro:bit CreateAI: 24 features of a recording of acceleration, batch
// normalization, 16 units, a probability for each gesture. It is sent through memory, as between a worker and a page.

import * as tf from "@tensorflow/tfjs";
import { uniform } from "../../support/random.ts";
import { seedKernels } from "./start.mjs";

const GESTURES = ["wave", "jump", "rest"];
const SAMPLES = 50; // a second

/** Acceleration along one axis: a swing whose pace and height are the gesture's, and noise. */
function axis(gesture, random) {
  const [swings, height, drift] = [
    [4, 1.1, 0.1],
    [1.5, 1.8, 0.5],
    [0.5, 0.1, 0.9],
  ][gesture];
  const [pace, phase] = [swings * (0.8 + 0.4 * random()), 6.3 * random()];
  return Array.from({ length: SAMPLES }, (_, n) => {
    const swing = height * Math.sin((6.3 * pace * n) / SAMPLES + phase);
    return swing + drift * (random() - 0.3) + 0.1 * (random() - 0.5);
  });
}

/** Most, mean, least, deviation, peaks, sum of sizes, changes of sign, root of the mean square. */
function features(values) {
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const middle = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  const peaks = values.filter(
    (value, n) => value > middle + deviation && value > values[n - 1] && value >= values[n + 1],
  );
  const crossings = values.filter((value, n) => n > 0 && value < 0 !== values[n - 1] < 0);
  return [
    Math.max(...values),
    middle,
    Math.min(...values),
    deviation,
    peaks.length,
    values.reduce((sum, value) => sum + Math.abs(value), 0),
    crossings.length / (SAMPLES - 1),
    Math.sqrt(mean(values.map((value) => value ** 2))),
  ];
}

function record(count, random) {
  const rows = Array.from({ length: count }, (_, n) => n % GESTURES.length);
  return {
    x: rows.map((gesture) => [0, 1, 2].flatMap(() => features(axis(gesture, random)))),
    y: rows.map((gesture) => GESTURES.map((_, n) => Number(n === gesture))),
    gestures: rows,
  };
}

function createModel() {
  const input = tf.input({ shape: [24] });
  const normalized = tf.layers.batchNormalization().apply(input);
  const hidden = tf.layers.dense({ units: 16, activation: "relu" }).apply(normalized);
  const output = tf.layers.dense({ units: GESTURES.length, activation: "softmax" }).apply(hidden);
  const model = tf.model({ inputs: input, outputs: output });
  model.compile({ loss: "categoricalCrossentropy", optimizer: tf.train.sgd(0.1), metrics: ["accuracy"] });
  return model;
}

async function toMemory(model) {
  let artifacts;
  const handler = tf.io.withSaveHandler(async (given) => {
    artifacts = given;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  });
  await model.save(handler);
  return artifacts;
}

export async function run({ isSeeded }) {
  const random = uniform(7);
  const { x, y } = record(60, random);
  const model = createModel();
  if (isSeeded) seedKernels(model, 1);
  let progress = 0;
  const { history } = await model.fit(tf.tensor(x), tf.tensor(y), {
    epochs: 160,
    batchSize: 16,
    shuffle: !isSeeded,
    validationSplit: 0,
    verbose: 0,
    callbacks: {
      onEpochEnd(epoch) {
        progress = epoch / 159;
      },
    },
  });
  const received = await tf.loadLayersModel(tf.io.fromMemory(await toMemory(model)));
  const fresh = record(30, random);
  const found = await received.predict(tf.tensor(fresh.x)).array();
  const isRight = found.map((row, n) => row.indexOf(Math.max(...row)) === fresh.gestures[n]);
  return {
    progress,
    losses: history.loss,
    accuracies: history.acc,
    predictions: found.flat(),
    isSame: String(await model.predict(tf.tensor(fresh.x)).data()) === String(found.flat()),
    score: isRight.filter(Boolean).length / isRight.length,
  };
}
