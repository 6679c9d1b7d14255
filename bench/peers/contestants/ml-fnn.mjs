// ml-fnn computes another model, whatever it is told: tanh, softmax on class labels, cross-entropy, weight decay, full
// batches, weights of its own. The rows of a call are its batch.

import Network from "ml-fnn";
import { rowsOf, serve } from "./protocol.mjs";

await serve(({ task, sizes, rows, learningRate }) => {
  if (sizes.length < 3) return "needs a hidden layer";
  if (task !== "train") return "predicts class labels";
  const net = new Network({ hiddenLayers: sizes.slice(1, -1), learningRate: learningRate / rows });
  const outputs = sizes.at(-1);
  const toRow = (label) => (outputs > 1 ? Array.from({ length: outputs }, (_, n) => Number(n === label)) : [label]);
  let x;
  let labels;
  return {
    setParameters() {},
    load(allX, allY) {
      x = rowsOf(allX, sizes[0]);
      labels = rowsOf(allY, outputs).map((row) => (row.length > 1 ? row.indexOf(1) : row[0]));
    },
    fit(count, epochs) {
      net.iterations = epochs;
      net.train(x.slice(0, count), labels.slice(0, count));
    },
    predict: (count) => net.predict(x.slice(0, count)).flatMap(toRow),
  };
});
