// Plain JavaScript written for speed, the opponent of `npm run bench`. Word: `zeros` leaves zeros in x out, as bitgrad
// does.

import { forward, PlainNetwork, sigmoid } from "../../plain-js.ts";
import { serve } from "./protocol.mjs";

await serve(({ sizes, dtype, batchSize, learningRate }, variant) => {
  const net = new PlainNetwork(sizes, dtype, variant === "zeros");
  const Floats = dtype === "f32" ? Float32Array : Float64Array;
  const [inputs, outputs] = [sizes[0], sizes.at(-1)];
  let [x, y] = [];
  return {
    setParameters: (layers) => net.setParameters(layers),
    load(allX, allY) {
      [x, y] = [allX, allY];
    },
    fit: (rows, epochs) =>
      net.fit(x.subarray(0, rows * inputs), y.subarray(0, rows * outputs), epochs, batchSize, learningRate),
    predict: (rows) =>
      net.parameters.reduce((a, { weights, biases }, l) => {
        const z = new Floats(rows * sizes[l + 1]);
        forward(z, a, 0, weights, biases, rows, sizes[l], sizes[l + 1]);
        sigmoid(z, z, z.length);
        return z;
      }, x),
  };
});
