// bitgrad as a user calls it: one fit or predict a call, copying and checking the data in its time. Words: the engine.

import { serve } from "./protocol.mjs";

// by path: inside this folder, a package of its own, the name "bitgrad" leads nowhere
const entries = { wasm: "../../../dist/index.js", reference: "../../../dist/reference.js" };

await serve(async ({ task, sizes, dtype, batchSize, learningRate }, engine) => {
  const { Network } = await import(entries[engine]);
  const [inputs, outputs] = [sizes[0], sizes.at(-1)];
  const net = Network.createSync({
    inputs,
    layers: sizes.slice(1).map((units) => ({ units })),
    optimizer: { type: "sgd", learningRate },
    dtype,
    engine,
  });
  let samples = [];
  let x;
  let y;
  let out;
  const one = net.dtype === "f32" ? new Float32Array(outputs) : new Float64Array(outputs);
  const matrix = (data, columns, rows) => ({ data: data.subarray(0, rows * columns), shape: [rows, columns] });
  return {
    setParameters: (layers) => net.setParameters(layers),
    load(allX, allY) {
      [x, y] = [allX, allY];
      out = y.slice();
      if (task !== "predict-one") return;
      samples = [0, 1, 2, 3].map((s) => ({ data: x.slice(s * inputs, (s + 1) * inputs), shape: [1, inputs] }));
    },
    fit: (rows, epochs) =>
      net.fit(matrix(x, inputs, rows), matrix(y, outputs, rows), { epochs, batchSize, shuffle: false }),
    predict: (rows) => net.predict(matrix(x, inputs, rows), out.subarray(0, rows * outputs)),
    predictOne: (row) => net.predict(samples[row], one)[0],
  };
});
