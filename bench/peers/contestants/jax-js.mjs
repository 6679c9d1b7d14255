// jax-js, WebAssembly backend. Words: how a step is written. `grad` is what its documentation teaches, a jit-compiled step
// with gradients by `grad`; `manual` the same step with gradients by hand; `relaxed` is `grad` with relaxed SIMD, which the
// library uses for fused multiply-adds wherever the engine has it (Node 20: behind a flag), at the price of bits that
// differ by machine.

import { setFlagsFromString } from "node:v8";
import { serve } from "./protocol.mjs";

await serve(async ({ task, sizes, rows: allRows, batchSize, learningRate }, variant) => {
  // the library asks the engine when it compiles its first kernel, so the flag has to be set, either way, before that
  setFlagsFromString(
    variant === "relaxed" ? "--experimental-wasm-relaxed-simd" : "--no-experimental-wasm-relaxed-simd",
  );
  // it would start worker threads if it found a global Worker, which Node hasn't: one thread, like everyone here
  const { defaultDevice, grad, init, jit, numpy: np, tree } = await import("@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");
  const [inputs, outputs] = [sizes[0], sizes.at(-1)];
  const toArray = (data, shape) => np.array(data, { dtype: np.float32 }).reshape(shape);
  const slice = (data, columns, start, rows) =>
    toArray(data.slice(start * columns, (start + rows) * columns), [rows, columns]);

  // Its SIMD tiles want rows of a multiple of four numbers. Weights that have none are held units × inputs where that gives
  // some: the 30 units of `digits` train two to four times as fast for it.
  const isTurned = sizes.slice(1).map((units, l) => units % 4 !== 0 && sizes[l] % 4 === 0);
  const turned = (weights, inputs, units) =>
    weights.map((_, n) => weights[(n % inputs) * units + Math.floor(n / inputs)]);

  // An array passed to a function is consumed; .ref keeps it for another use.
  const layerOutput = (a, [weights, biases], l) => {
    const z = np.matmul(a, isTurned[l] ? np.transpose(weights) : weights).add(biases);
    return np.reciprocal(np.exp(np.negative(z)).add(1));
  };
  const forward = (parameters, a) => parameters.reduce(layerOutput, a);
  const loss = (parameters, a, target) => np.square(forward(parameters, a).sub(target)).sum().mul(0.5);

  function updated(parameters, gradients) {
    return tree.map((parameter, gradient) => parameter.sub(gradient.mul(learningRate)), parameters, gradients);
  }

  function gradStep(parameters, a, target) {
    const gradients = grad(loss)(tree.ref(parameters), a, target);
    return updated(parameters, gradients);
  }

  function manualStep(parameters, a, target) {
    const activations = [a];
    for (const [l, layer] of parameters.entries()) {
      activations.push(layerOutput(activations.at(-1).ref, tree.ref(layer), l));
    }
    const last = activations.pop();
    let delta = last.ref.sub(target).mul(last.ref).mul(np.subtract(1, last));
    const gradients = [];
    for (let l = parameters.length - 1; l >= 0; l--) {
      const below = activations.pop();
      const weights = parameters[l][0];
      const weightGradient = isTurned[l]
        ? np.matmul(np.transpose(delta.ref), below.ref)
        : np.matmul(np.transpose(below.ref), delta.ref);
      gradients[l] = [weightGradient, delta.ref.sum(0)];
      if (l > 0) {
        const behind = np.matmul(delta, isTurned[l] ? weights.ref : np.transpose(weights.ref));
        delta = behind.mul(below.ref).mul(np.subtract(1, below));
      } else {
        delta.dispose();
        below.dispose();
      }
    }
    return updated(parameters, gradients);
  }

  const step = jit(variant === "manual" ? manualStep : gradStep);
  const predict = jit(forward);
  let parameters;
  let x;
  let batches;
  let samples;
  let part; // the first rows, as many as asked for last
  const read = (a) => predict(tree.ref(parameters), a.ref).dataSync();

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
      if (task === "predict-one") samples = [0, 1, 2, 3].map((row) => slice(x, inputs, row, 1));
      if (task !== "train") return;
      batches = [];
      for (let row = 0; row < allRows; row += batchSize) {
        const count = Math.min(batchSize, allRows - row);
        batches.push([slice(x, inputs, row, count), slice(y, outputs, row, count)]);
      }
    },
    // Steps queue up until a result is read, and a queue makes every further step slower; so a small result, the last
    // layer's biases, is read after every step. The synchronous read is the faster one where there are no workers to wait for.
    fit(rows, epochs) {
      const used = batches.slice(0, Math.ceil(rows / batchSize));
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (const [a, target] of used) {
          parameters = step(parameters, a.ref, target.ref);
          parameters.at(-1)[1].ref.dataSync();
        }
      }
    },
    predict(rows) {
      if (part?.shape[0] !== rows) {
        part?.dispose();
        part = slice(x, inputs, 0, rows);
      }
      return read(part);
    },
    predictOne: (row) => read(samples[row])[0],
  };
});
