// The image library of Teachable Machine trains its head on what a network in front of it makes of pictures. That is a
// MobileNet there, and a dense layer of chance here, loaded from a server. The head is joined to it.

import { createServer } from "node:http";
import { TeachableMobileNet } from "@teachablemachine/image";
import * as tf from "@tensorflow/tfjs";
import { uniform } from "../../support/random.ts";
import { seedKernels } from "./start.mjs";

const LABELS = ["bright above", "bright below", "checkered"];
const SIDE = 12;

function picture(label, random) {
  const pixels = Array.from({ length: SIDE * SIDE }, (_, n) => {
    const row = Math.floor(n / SIDE);
    const isBright = [row < SIDE / 2, row >= SIDE / 2, (row + n) % 2 === 0][label];
    return (isBright ? 0.5 : -0.5) + 0.9 * (random() - 0.5);
  });
  return tf.tensor4d(pixels, [1, SIDE, SIDE, 1]);
}

/** Serves the files of the network in front. */
async function serveExtractor() {
  const extractor = tf.sequential();
  extractor.add(tf.layers.flatten({ inputShape: [SIDE, SIDE, 1] }));
  extractor.add(tf.layers.dense({ units: 64, activation: "tanh" }));
  seedKernels(extractor, 5);
  let artifacts;
  const info = { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  const keep = async (given) => {
    artifacts = given;
    return info;
  };
  await extractor.save(tf.io.withSaveHandler(keep));
  const { modelTopology, weightSpecs, weightData } = artifacts;
  const manifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
  const server = createServer(({ url }, response) => {
    if (url.endsWith("weights.bin")) {
      response.setHeader("content-type", "application/octet-stream").end(Buffer.from(weightData));
    } else {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ format: "layers-model", modelTopology, weightsManifest: manifest }));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/model.json`, close: () => server.close() };
}

export async function run() {
  const server = await serveExtractor();
  const teachable = new TeachableMobileNet(await tf.loadLayersModel(server.url), { tfjsVersion: tf.version.tfjs });
  server.close();
  teachable.setSeed("a seed"); // of the library's own shuffling
  teachable.setLabels(LABELS);
  const random = uniform(13);
  for (let n = 0; n < 60; n++) await teachable.addExample(n % 3, picture(n % 3, random));
  const logs = [];
  const params = { denseUnits: 20, epochs: 20, learningRate: 0.001, batchSize: 16 };
  const model = await teachable.train(params, {
    onTrainBegin: () => seedKernels(teachable.trainingModel, 17),
    onEpochEnd: (_, given) => logs.push(given),
  });
  const { reference, predictions } = await teachable.calculateAccuracyPerClass();
  const found = LABELS.map((_, label) => Array.from(model.predict(picture(label, random)).dataSync()));
  return {
    layers: model.layers.length,
    classes: teachable.getTotalClasses(),
    losses: logs.map(({ loss }) => loss),
    accuracies: logs.map(({ acc }) => acc),
    validationLosses: logs.map(({ val_loss }) => val_loss),
    validation: [...reference.dataSync(), ...predictions.dataSync()],
    predictions: found.flat(),
    named: found.map((row) => LABELS[row.indexOf(Math.max(...row))]),
  };
}
