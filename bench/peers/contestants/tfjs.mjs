// TensorFlow.js. Words: the backend, or "bitgrad" for bitgrad/tfjs, and how a step is written. `layers` is model.fit;
// `manual` is the chain rule by hand, with matrices transposed before a product, since only then the product of the
// wasm backend is fast.

import { serve } from "./protocol.mjs";

let tf;

const LOSSES = {
  sse: (y, a) => tf.mul(0.5, tf.sum(tf.squaredDifference(a, y))),
  binaryCrossEntropy: "binaryCrossentropy",
  categoricalCrossEntropy: "categoricalCrossentropy",
};

await serve(async (job, backend, variant) => {
  if (backend === "bitgrad") tf = await import("../../../dist/tfjs.js");
  else {
    tf = { ...(await import("@tensorflow/tfjs-core")), ...(await import("@tensorflow/tfjs-layers")) };
    await import(`@tensorflow/tfjs-backend-${backend}`);
    await tf.setBackend(backend);
  }
  return variant === "layers" ? withLayers(job) : byHand(job);
});

function withLayers({ sizes, network: { layers, loss, optimizer }, batchSize, rows: allRows }) {
  const model = tf.sequential();
  layers.forEach(({ type, ...options }, l) => {
    const config = l > 0 ? options : { ...options, inputShape: [sizes[0]] };
    const isDense = type !== "batchNormalization";
    model.add(isDense ? tf.layers.dense({ activation: "sigmoid", ...config }) : tf.layers.batchNormalization(config));
  });
  model.compile({ optimizer: tf.train[optimizer.type](optimizer.learningRate), loss: LOSSES[loss] });
  let all;
  let part = [];
  return {
    setParameters: (layers) => layers.forEach((layer, l) => model.layers[l].setWeights(tensorsOf([layer]))),
    load(x, y) {
      all = [tf.tensor2d(x, [allRows, sizes[0]]), tf.tensor2d(y, [allRows, sizes.at(-1)])];
    },
    async fit(rows, epochs) {
      if (part[0]?.shape[0] !== rows) part = all.map((tensor) => tf.slice(tensor, [0, 0], [rows, -1]));
      await model.fit(...part, { epochs, batchSize, shuffle: false, verbose: 0 });
      model.getWeights().at(-1).dataSync(); // only then it is done
    },
    predict: (rows) => model.predict(tf.slice(all[0], [0, 0], [rows, -1])).dataSync(),
  };
}

function byHand({ sizes, batchSize, learningRate, rows: allRows }) {
  let layers;
  let x;
  let batches;
  const layerOutput = (a, [w, b]) => tf.sigmoid(tf.add(tf.matMul(a, w), b));

  function step(batchX, batchY) {
    const a = [batchX];
    for (const layer of layers) a.push(layerOutput(a.at(-1), layer));
    let error = tf.sub(a.at(-1), batchY);
    for (let l = layers.length - 1; l >= 0; l--) {
      const [w, b] = layers[l];
      const delta = tf.mul(error, tf.mul(a[l + 1], tf.sub(1, a[l + 1])));
      if (l > 0) error = tf.matMul(delta, tf.transpose(w));
      w.assign(tf.sub(w, tf.mul(learningRate, tf.matMul(tf.transpose(a[l]), delta))));
      b.assign(tf.sub(b, tf.mul(learningRate, tf.sum(delta, 0))));
    }
  }
  return {
    setParameters(given) {
      const variables = tensorsOf(given).map((tensor) => tf.variable(tensor));
      layers = given.map((_, l) => [variables[2 * l], variables[2 * l + 1]]);
    },
    load(allX, allY) {
      x = tf.tensor2d(allX, [allRows, sizes[0]]);
      const y = tf.tensor2d(allY, [allRows, sizes.at(-1)]);
      const starts = Array.from({ length: Math.ceil(allRows / batchSize) }, (_, n) => n * batchSize);
      const cut = (all, row) => tf.slice(all, [row, 0], [Math.min(batchSize, allRows - row), -1]);
      batches = starts.map((row) => [cut(x, row), cut(y, row)]);
    },
    fit(rows, epochs) {
      const used = batches.slice(0, Math.ceil(rows / batchSize));
      for (let epoch = 0; epoch < epochs; epoch++) for (const batch of used) tf.tidy(() => step(...batch));
      layers[0][1].dataSync(); // only then it is done
    },
    predict: (rows) => tf.tidy(() => layers.reduce(layerOutput, tf.slice(x, [0, 0], [rows, -1])).dataSync()),
  };
}

function tensorsOf(layers) {
  return layers.flatMap(({ weights, biases, ...others }) => {
    if (weights === undefined) return Object.values(others).map((values) => tf.tensor1d(values));
    return [tf.tensor2d(weights, [weights.length / biases.length, biases.length]), tf.tensor1d(biases)];
  });
}
