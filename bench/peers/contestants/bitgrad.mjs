// bitgrad as a user calls it: one fit a call, copying and checking the data in its time.

import { Network } from "../../../dist/index.js"; // by path: inside this package the name "bitgrad" leads nowhere
import { serve } from "./protocol.mjs";

await serve(({ sizes, network, batchSize }) => {
  const [inputs, outputs] = [sizes[0], sizes.at(-1)];
  const net = Network.createSync({ ...network, engine: "wasm" });
  const matrix = (data, columns, rows) => ({ data: data.subarray(0, rows * columns), shape: [rows, columns] });
  let [x, y] = [];
  return {
    setParameters: (layers) => net.setParameters(layers),
    load(allX, allY) {
      [x, y] = [allX, allY];
    },
    fit: (rows, epochs) =>
      net.fit(matrix(x, inputs, rows), matrix(y, outputs, rows), { epochs, batchSize, shuffle: false }),
    predict: (rows) => net.predict(matrix(x, inputs, rows)).data,
  };
});
