// ConvNetJS. Its regression layer brings a linear layer along; pushed by hand after a sigmoid, it is this error exactly.

import convnet from "convnetjs";
import { rowsOf, serve } from "./protocol.mjs";

await serve(({ sizes, batchSize, learningRate }) => {
  const [inputs, outputs] = [sizes[0], sizes.at(-1)];
  const net = new convnet.Net();
  net.makeLayers([
    { type: "input", out_sx: 1, out_sy: 1, out_depth: inputs },
    ...sizes.slice(1).map((units) => ({ type: "fc", num_neurons: units, activation: "sigmoid" })),
  ]);
  net.layers.push(new convnet.RegressionLayer({ in_sx: 1, in_sy: 1, in_depth: outputs }));
  const trainer = new convnet.Trainer(net, {
    method: "sgd",
    learning_rate: learningRate * batchSize, // it averages over the batch
    momentum: 0,
    batch_size: batchSize,
  });
  let x;
  let y;
  return {
    setParameters(parameters) {
      const layers = net.layers.filter(({ layer_type }) => layer_type === "fc");
      parameters.forEach(({ weights, biases }, l) => {
        layers[l].biases.w.set(biases);
        layers[l].filters.forEach(({ w }, j) => {
          for (let i = 0; i < w.length; i++) w[i] = weights[i * biases.length + j];
        });
      });
    },
    load(allX, allY) {
      x = rowsOf(allX, inputs).map((row) => new convnet.Vol(row));
      y = rowsOf(allY, outputs);
    },
    fit(rows, epochs) {
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (let row = 0; row < rows; row++) trainer.train(x[row], y[row]);
      }
    },
    predict: (rows) => x.slice(0, rows).flatMap((row) => Array.from(net.forward(row).w)),
    predictOne: (row) => net.forward(x[row]).w[0],
  };
});
