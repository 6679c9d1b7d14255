// brain.js trains sample by sample, whatever the batch. Words: the package's name.

import { rowsOf, serve } from "./protocol.mjs";

await serve(async ({ sizes, learningRate }, packageName) => {
  const { default: brain } = await import(packageName);
  const net = new brain.NeuralNetwork({ hiddenLayers: sizes.slice(1, -1), activation: "sigmoid" });
  net.sizes = [...sizes];
  net.initialize();
  const options = {
    learningRate,
    momentum: 1e-30, // it refuses 0
    errorThresh: Number.MIN_VALUE, // never reached: it stops there
  };
  let data;
  return {
    unit: 1,
    setParameters(layers) {
      layers.forEach(({ weights, biases }, l) => {
        net.biases[l + 1].set(biases);
        net.weights[l + 1].forEach((node, j) => {
          for (let i = 0; i < node.length; i++) node[i] = weights[i * biases.length + j];
        });
      });
    },
    load(x, y) {
      const outputs = rowsOf(y, sizes.at(-1));
      data = rowsOf(x, sizes[0]).map((input, row) => ({ input, output: outputs[row] }));
    },
    fit: (rows, epochs) => net.train(data.slice(0, rows), { ...options, iterations: epochs }),
    predict: (rows) => data.slice(0, rows).flatMap(({ input }) => Array.from(net.run(input))),
  };
});
