// TensorFlow.js. Words: the backend and how a step is written. `layers` is model.fit, `core` optimizer.minimize,
// `manual` the chain rule by hand, `manual-t` too but with matrices transposed first: only then does the wasm backend's
// product run its fast path.

import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { serve } from "./protocol.mjs";

await serve(async (job, backend, variant) => {
  await import(`@tensorflow/tfjs-backend-${backend}`);
  await tf.setBackend(backend);
  const { sizes, batchSize } = job;
  const model = variant === "layers" ? layersModel(job) : tensorModel(job, variant);
  let x;
  let y;
  let batches;
  let part = [];
  let samples;
  const firstRows = (tensor, rows) => (rows === tensor.shape[0] ? tensor : tf.slice(tensor, [0, 0], [rows, -1]));

  return {
    setParameters: model.setParameters,
    load(allX, allY) {
      x = tf.tensor2d(allX, [job.rows, sizes[0]]);
      y = tf.tensor2d(allY, [job.rows, sizes.at(-1)]);
      if (job.task === "predict-one") samples = [0, 1, 2, 3].map((row) => tf.slice(x, [row, 0], [1, -1]));
      if (job.task !== "train" || variant === "layers") return;
      batches = [];
      for (let row = 0; row < job.rows; row += batchSize) {
        const count = Math.min(batchSize, job.rows - row);
        batches.push([tf.slice(x, [row, 0], [count, -1]), tf.slice(y, [row, 0], [count, -1])]);
      }
    },
    async fit(rows, epochs) {
      if (variant !== "layers") {
        const used = batches.slice(0, Math.ceil(rows / batchSize));
        for (let epoch = 0; epoch < epochs; epoch++) for (const [bx, by] of used) model.step(bx, by);
      } else {
        if (part[0]?.shape[0] !== rows) part = [firstRows(x, rows), firstRows(y, rows)];
        await model.fit(...part, epochs);
      }
      model.readBack();
    },
    predict: (rows) => tf.tidy(() => model.predict(firstRows(x, rows)).dataSync()),
    predictOne: (row) => tf.tidy(() => model.predict(samples[row]).dataSync()[0]),
  };
});

function layersModel({ sizes, batchSize, learningRate }) {
  const model = tfl.sequential({
    layers: sizes.slice(1).map((units, l) => {
      const config = { units, activation: "sigmoid" };
      return tfl.layers.dense(l > 0 ? config : { ...config, inputShape: [sizes[0]] });
    }),
  });
  model.compile({
    optimizer: tf.train.sgd(learningRate),
    loss: (y, a) => tf.mul(0.5, tf.sum(tf.squaredDifference(a, y))),
  });
  return {
    setParameters(layers) {
      const tensors = layers.flatMap(({ weights, biases }) => [
        tf.tensor2d(weights, [weights.length / biases.length, biases.length]),
        tf.tensor1d(biases),
      ]);
      model.setWeights(tensors);
    },
    fit: (x, y, epochs) => model.fit(x, y, { epochs, batchSize, shuffle: false, verbose: 0 }),
    predict: (x) => model.predict(x),
    readBack: () => model.getWeights().at(-1).dataSync(),
  };
}

function tensorModel({ sizes, learningRate }, variant) {
  const optimizer = tf.train.sgd(learningRate);
  const layers = sizes.slice(1).map((units, l) => ({
    w: tf.variable(tf.zeros([sizes[l], units])),
    b: tf.variable(tf.zeros([units])),
  }));
  const forward = (x) => layers.reduce((a, { w, b }) => tf.sigmoid(tf.add(tf.matMul(a, w), b)), x);
  const product =
    variant === "manual-t"
      ? (a, b, transposeA, transposeB) => tf.matMul(transposeA ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b)
      : tf.matMul;

  function chainRule(x, y) {
    const a = [x];
    for (const { w, b } of layers) a.push(tf.sigmoid(tf.add(tf.matMul(a.at(-1), w), b)));
    let error = tf.sub(a.at(-1), y);
    for (let l = layers.length - 1; l >= 0; l--) {
      const { w, b } = layers[l];
      const delta = tf.mul(error, tf.mul(a[l + 1], tf.sub(1, a[l + 1])));
      if (l > 0) error = product(delta, w, false, true);
      w.assign(tf.sub(w, tf.mul(learningRate, product(a[l], delta, true, false))));
      b.assign(tf.sub(b, tf.mul(learningRate, tf.sum(delta, 0))));
    }
  }
  return {
    setParameters(given) {
      given.forEach(({ weights, biases }, l) => {
        layers[l].w.assign(tf.tensor2d(weights, layers[l].w.shape));
        layers[l].b.assign(tf.tensor1d(biases));
      });
    },
    step: (x, y) =>
      variant === "core"
        ? optimizer.minimize(() => tf.mul(0.5, tf.sum(tf.squaredDifference(forward(x), y))))
        : tf.tidy(() => chainRule(x, y)),
    predict: forward,
    readBack: () => layers[0].b.dataSync(),
  };
}
