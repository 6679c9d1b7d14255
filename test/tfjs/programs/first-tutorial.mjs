// A program as TensorFlow.js' first tutorial teaches it: miles per gallon from horsepower, a regression on one column.

import * as tf from "@tensorflow/tfjs";
import { uniform } from "../../support/random.ts";
import { seedKernels } from "./start.mjs";

/** 392 cars: a curve that falls, and noise. */
function createCars() {
  const random = uniform(11);
  return Array.from({ length: 392 }, () => {
    const horsepower = 46 + 184 * random() ** 1.5;
    return { horsepower, mpg: 8 + 1650 / (horsepower + 15) + 6 * (random() - 0.5) };
  });
}

function createModel() {
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [1], units: 50, activation: "sigmoid", useBias: true }));
  model.add(tf.layers.dense({ units: 1, useBias: true }));
  return model;
}

/** Tensors of both columns, each from 0 to 1. */
function convertToTensors(cars, isShuffled) {
  return tf.tidy(() => {
    if (isShuffled) tf.util.shuffle(cars);
    const column = (name) => {
      const tensor = tf.tensor2d(
        cars.map((car) => car[name]),
        [cars.length, 1],
      );
      const [max, min] = [tensor.max(), tensor.min()];
      return { values: tensor.sub(min).div(max.sub(min)), max, min };
    };
    return { inputs: column("horsepower"), labels: column("mpg") };
  });
}

function testModel(model, { inputs, labels }) {
  return tf.tidy(() => {
    const x = tf.linspace(0, 1, 100);
    const found = model.predict(x.reshape([100, 1]));
    const horsepower = x.mul(inputs.max.sub(inputs.min)).add(inputs.min);
    const mpg = found.mul(labels.max.sub(labels.min)).add(labels.min);
    return { horsepower: Array.from(horsepower.dataSync()), mpg: Array.from(mpg.dataSync()) };
  });
}

export async function run({ isSeeded }) {
  const model = createModel();
  if (isSeeded) seedKernels(model, 3);
  const tensors = convertToTensors(createCars(), !isSeeded);
  model.compile({ optimizer: tf.train.adam(), loss: tf.losses.meanSquaredError, metrics: ["mse"] });
  const seen = [];
  await model.fit(tensors.inputs.values, tensors.labels.values, {
    batchSize: 32,
    epochs: 50,
    shuffle: !isSeeded,
    verbose: 0,
    callbacks: { onEpochEnd: async (epoch, { loss, mse }) => seen.push({ epoch, loss, mse }) },
  });
  const { horsepower, mpg } = testModel(model, tensors);
  return {
    losses: seen.map(({ loss }) => loss),
    errors: seen.map(({ mse }) => mse),
    epochs: seen.map(({ epoch }) => epoch),
    horsepower,
    predictions: mpg,
  };
}
