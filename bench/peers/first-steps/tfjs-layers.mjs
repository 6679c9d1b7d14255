// A model of TensorFlow.js' layers.

import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

export async function trainStep() {
  const layers = [
    tfl.layers.dense({ units: 30, activation: "sigmoid", inputShape: [784] }),
    tfl.layers.dense({ units: 10, activation: "sigmoid" }),
  ];
  const model = tfl.sequential({ layers });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
  await model.fit(tf.fill([10, 784], 0.5), tf.zeros([10, 10]), { batchSize: 10, verbose: 0 });
  model.getWeights().at(-1).dataSync();
}
