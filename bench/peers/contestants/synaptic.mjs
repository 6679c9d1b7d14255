// synaptic trains sample by sample, by source code that it generates for the network. Its gradient is another: no
// derivative of the sigmoid at the output, and hidden errors from weights already updated.

import { setFlagsFromString } from "node:v8";
import synaptic from "synaptic";
import { rowsOf, serve } from "./protocol.mjs";

// between rounds V8 would throw away the bytecode of functions that large, and take seconds to compile it anew
setFlagsFromString("--no-flush-bytecode");

const MOST_GENERATED = 300_000; // parameters; generating code for more takes minutes and 4 GB

await serve(({ sizes, learningRate }) => {
  const [inputs, outputs] = [sizes[0], sizes.at(-1)];
  const layers = sizes.map((size) => new synaptic.Layer(size));
  const projections = layers
    .slice(0, -1)
    .map((layer, l) => layer.project(layers[l + 1], synaptic.Layer.connectionType.ALL_TO_ALL));
  const net = new synaptic.Network({ input: layers[0], hidden: layers.slice(1, -1), output: layers.at(-1) });
  const generated = projections.reduce((sum, { list }) => sum + list.length, 0) <= MOST_GENERATED;
  let x;
  let y;
  return {
    unit: 1,
    setParameters(parameters) {
      net.setOptimize(generated); // forgets the code and the weights in it
      parameters.forEach(({ weights, biases }, l) => {
        projections[l].list.forEach((connection, n) => {
          connection.weight = weights[n]; // from one neuron to all of the next layer, then from the next one
        });
        layers[l + 1].list.forEach((neuron, j) => {
          neuron.bias = biases[j];
        });
      });
    },
    load(allX, allY) {
      x = rowsOf(allX, inputs);
      y = rowsOf(allY, outputs);
    },
    fit(rows, epochs) {
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (let row = 0; row < rows; row++) {
          net.activate(x[row]);
          net.propagate(learningRate, y[row]);
        }
      }
    },
    predict: (rows) => x.slice(0, rows).flatMap((row) => net.activate(row)),
    predictOne: (row) => net.activate(x[row])[0],
  };
});
