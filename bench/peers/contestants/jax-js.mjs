// jax-js, WebAssembly backend, as its documentation teaches it: a jit-compiled step with gradients by `grad`. Without
// relaxed SIMD, whose bits differ by machine.

import { setFlagsFromString } from "node:v8";
import { serve } from "./protocol.mjs";

await serve(async ({ sizes, rows: allRows, batchSize, learningRate }) => {
  // the library asks the engine when it compiles its first kernel
  setFlagsFromString("--no-experimental-wasm-relaxed-simd");
  const { defaultDevice, grad, init, jit, numpy: np, tree } = await import("@jax-js/jax");
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

  // an array passed to a function is consumed; .ref keeps it for another use
  const layerOutput = (a, [weights, biases], l) => {
    const z = np.matmul(a, isTurned[l] ? np.transpose(weights) : weights).add(biases);
    return np.reciprocal(np.exp(np.negative(z)).add(1));
  };
  const forward = (parameters, a) => parameters.reduce(layerOutput, a);
  const loss = (parameters, a, target) => np.square(forward(parameters, a).sub(target)).sum().mul(0.5);
  const step = jit((parameters, a, target) => {
    const gradients = grad(loss)(tree.ref(parameters), a, target);
    return tree.map((parameter, gradient) => parameter.sub(gradient.mul(learningRate)), parameters, gradients);
  });
  const predict = jit(forward);
  let [parameters, x, batches] = [];
  return {
    setParameters(layers) {
      tree.dispose(parameters);
      parameters = layers.map(({ weights, biases }, l) => {
        const [inputs, units] = [sizes[l], sizes[l + 1]];
        const kept = isTurned[l]
          ? toArray(turned(weights, inputs, units), [units, inputs])
          : toArray(weights.slice(), [inputs, units]);
        return [kept, toArray(biases.slice(), [units])];
      });
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
    fit(rows, epochs) {
      const used = batches.slice(0, Math.ceil(rows / batchSize));
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (const [a, target] of used) {
          parameters = step(parameters, a.ref, target.ref);
          parameters.at(-1)[1].ref.dataSync();
        }
      }
    },
    predict: (rows) => predict(tree.ref(parameters), slice(x, inputs, 0, rows)).dataSync(),
  };
});
