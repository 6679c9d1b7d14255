// Plain JavaScript written for speed, ../../plain-js.ts: the opponent of `npm run bench`.

import { forward, PlainNetwork, sigmoid } from "../../plain-js.ts";
import { serve } from "./protocol.mjs";

const CHUNK = 100; // rows whose activations stay in the cache

await serve(({ sizes, dtype, batchSize, learningRate }, variant) => {
  const net = new PlainNetwork(sizes, dtype, variant === "zeros");
  const Floats = dtype === "f32" ? Float32Array : Float64Array;
  const activations = sizes.slice(1).map((units) => new Floats(CHUNK * units));
  const one = sizes.slice(1).map((units) => new Floats(units));
  const [inputs, outputs] = [sizes[0], sizes.at(-1)];
  let x;
  let y;
  let out;

  function outputsOf(row, count, a) {
    net.parameters.forEach(({ weights, biases }, l) => {
      const [from, offset] = l > 0 ? [a[l - 1], 0] : [x, row * inputs];
      forward(a[l], from, offset, weights, biases, count, sizes[l], sizes[l + 1]);
      sigmoid(a[l], a[l], count * sizes[l + 1]);
    });
    return a.at(-1);
  }
  return {
    setParameters: (layers) => net.setParameters(layers),
    load(allX, allY) {
      [x, y] = [allX, allY];
      out = y.slice();
    },
    fit: (rows, epochs) =>
      net.fit(x.subarray(0, rows * inputs), y.subarray(0, rows * outputs), epochs, batchSize, learningRate),
    predict(rows) {
      for (let row = 0; row < rows; row += CHUNK) {
        const count = Math.min(CHUNK, rows - row);
        out.set(outputsOf(row, count, activations).subarray(0, count * outputs), row * outputs);
      }
      return out.subarray(0, rows * outputs);
    },
    predictOne: (row) => outputsOf(row, 1, one)[0],
  };
});
