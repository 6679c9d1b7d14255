// jax-js, WebAssembly backend, as its documentation teaches it: a jit-compiled step with gradients by `grad`. Without
// relaxed SIMD, whose bits differ by machine. Word: `threads` for its workers, which it has where there is a Worker.

import { resolveObjectURL } from "node:buffer";
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { serve } from "./protocol.mjs";

/** A page's Worker, by those of Node. */
class PageWorker {
  #started;

  constructor(url) {
    this.#started = resolveObjectURL(url)
      .text()
      .then((program) => {
        const page = `const { parentPort } = require("node:worker_threads");
          globalThis.self = globalThis;
          globalThis.postMessage = (data) => parentPort.postMessage(data);
          parentPort.on("message", (data) => self.onmessage({ data }));\n`;
        const worker = new Worker(page + program, { eval: true });
        worker.on("message", (data) => this.onmessage({ data }));
        worker.on("error", (error) => this.onerror?.(error));
        return worker;
      });
  }

  postMessage(data) {
    this.#started.then((worker) => worker.postMessage(data));
  }
}

await serve(async ({ sizes, network: { layers, loss: lossName, optimizer }, rows: allRows, batchSize }, variant) => {
  const isThreaded = variant === "threads";
  if (isThreaded) {
    globalThis.Worker = PageWorker;
    globalThis.navigator ??= { hardwareConcurrency: availableParallelism() };
  }
  // the library asks the engine when it compiles its first kernel
  setFlagsFromString("--no-experimental-wasm-relaxed-simd");
  const { defaultDevice, grad, init, jit, nn, numpy: np, tree } = await import("@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");
  const [inputs, outputs] = [sizes[0], sizes.at(-1)];
  const toArray = (data, shape) => np.array(data, { dtype: np.float32 }).reshape(shape);
  const slice = (data, columns, start, rows) =>
    toArray(data.slice(start * columns, (start + rows) * columns), [rows, columns]);

  // Its SIMD tiles want rows of a multiple of four numbers. Weights that have none are held units × inputs where that
  // gives some: the 30 units of `digits` train two to four times as fast for it.
  const isTurned = sizes.slice(1).map((units, l) => units % 4 !== 0 && sizes[l] % 4 === 0);
  const turned = (weights, inputs, units) =>
    weights.map((_, n) => weights[(n % inputs) * units + Math.floor(n / inputs)]);

  // batch normalization is the first layer: what it does before gamma and beta depends on no parameter
  const { epsilon, momentum } = layers[0];
  const isNormalized = layers[0].type === "batchNormalization";
  const normalize = (a, mean, variance) => a.sub(mean).mul(np.reciprocal(np.sqrt(variance.add(epsilon))));

  const ACTIVATIONS = {
    relu: nn.relu,
    sigmoid: (z) => np.reciprocal(np.exp(np.negative(z)).add(1)),
    softmax: (z) => nn.softmax(z),
  };
  const activate = (z, l) => ACTIVATIONS[layers[l].activation ?? "sigmoid"](z);
  // an array passed to a function is consumed; .ref keeps it for another use
  const layerSum = (a, [weights, biases], l) => {
    if (layers[l].type === "batchNormalization") return a.mul(weights).add(biases);
    return np.matmul(a, isTurned[l] ? np.transpose(weights) : weights).add(biases);
  };
  const forward = (parameters, a) =>
    parameters.reduce(
      (below, layer, l) =>
        layerSum(l > 0 && layers[l - 1].type !== "batchNormalization" ? activate(below, l - 1) : below, layer, l),
      a,
    );
  const LOSSES = {
    sse: (z, y) =>
      np
        .square(activate(z, layers.length - 1).sub(y))
        .sum()
        .mul(0.5),
    binaryCrossEntropy: (z, y) => nn.softplus(z.ref).sub(z.mul(y)).mean(),
    categoricalCrossEntropy: (z, y) => np.negative(nn.logSoftmax(z).mul(y)).sum(1).mean(),
  };
  const loss = (parameters, a, y) => LOSSES[lossName](forward(parameters, a), y);

  /** The step of an optimizer: parameters, its slots, gradients, factors by which adam starts. */
  const { type, learningRate } = optimizer;
  const UPDATES = {
    sgd: (parameters, slots, gradients) => [
      tree.map((parameter, gradient) => parameter.sub(gradient.mul(learningRate)), parameters, gradients),
      slots,
    ],
    adam(parameters, [means, squares], gradients, rate, scale) {
      means = tree.map((mean, gradient) => mean.mul(0.9).add(gradient.mul(0.1)), means, tree.ref(gradients));
      squares = tree.map(
        (square, gradient) => square.mul(0.999).add(np.square(gradient).mul(0.001)),
        squares,
        gradients,
      );
      const step = (parameter, mean, square) =>
        parameter.sub(mean.mul(rate.ref).div(np.sqrt(square).mul(scale.ref).add(optimizer.epsilon)));
      return [tree.map(step, parameters, tree.ref(means), tree.ref(squares)), [means, squares]];
    },
  };
  const step = jit((parameters, slots, moving, a, y, rate, scale) => {
    if (isNormalized) {
      const [mean, variance] = [np.mean(a.ref, 0), np.var_(a.ref, 0)];
      const average = (old, now) => old.mul(momentum).add(now.mul(1 - momentum));
      moving = [average(moving[0], mean.ref), average(moving[1], variance.ref)];
      a = normalize(a, mean, variance);
    }
    const gradients = grad(loss)(tree.ref(parameters), a, y);
    return [...UPDATES[type](parameters, slots, gradients, rate, scale), moving];
  });
  const predict = jit((parameters, moving, a) =>
    activate(forward(parameters, isNormalized ? normalize(a, ...moving) : a), layers.length - 1),
  );
  let [parameters, slots, moving, x, batches] = [];
  let steps = 0;
  return {
    setParameters(given) {
      tree.dispose([parameters, slots, moving]);
      parameters = given.map(({ weights, biases, gamma, beta }, l) => {
        const [inputs, units] = [sizes[l], sizes[l + 1]];
        if (weights === undefined) return [gamma, beta].map((values) => toArray(values.slice(), [units]));
        const kept = isTurned[l]
          ? toArray(turned(weights, inputs, units), [units, inputs])
          : toArray(weights.slice(), [inputs, units]);
        return [kept, toArray(biases.slice(), [units])];
      });
      const { movingMean, movingVariance } = given[0];
      moving = isNormalized ? [movingMean, movingVariance].map((values) => toArray(values.slice(), [inputs])) : [];
      const zeros = () => tree.map((parameter) => np.zeros(parameter.shape), parameters);
      slots = type === "adam" ? [zeros(), zeros()] : [];
      steps = 0;
    },
    load(allX, y) {
      x = allX;
      batches = [];
      for (let row = 0; row < allRows; row += batchSize) {
        const count = Math.min(batchSize, allRows - row);
        batches.push([slice(x, inputs, row, count), slice(y, outputs, row, count)]);
      }
    },
    // a queue of steps makes every further step slower, so a small result, the last layer's biases, is read after every
    // step
    async fit(rows, epochs) {
      const used = batches.slice(0, Math.ceil(rows / batchSize));
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (const [a, target] of used) {
          steps++;
          const rate = np.array(learningRate / (1 - 0.9 ** steps));
          const scale = np.array(1 / Math.sqrt(1 - 0.999 ** steps));
          [parameters, slots, moving] = step(parameters, slots, moving, a.ref, target.ref, rate, scale);
          const biases = parameters.at(-1)[1].ref;
          if (isThreaded) await biases.data();
          else biases.dataSync();
        }
      }
    },
    async predict(rows) {
      const found = predict(tree.ref(parameters), tree.ref(moving), slice(x, inputs, 0, rows));
      return isThreaded ? found.data() : found.dataSync();
    },
  };
});
