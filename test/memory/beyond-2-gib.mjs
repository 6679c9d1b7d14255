// Pointers beyond 2 GiB, which WebAssembly gives as negative numbers: every kind of call with what it needs up there.
// Takes 2.3 GB of memory and a quarter of a minute: node test/memory/beyond-2-gib.mjs <folder of the built package>.
// Prints what differs.

import { argv } from "node:process";
import { pathToFileURL } from "node:url";

const { Network, Operations } = await import(pathToFileURL(`${argv.at(-1)}/index.js`).href);

const options = {
  inputs: 40,
  layers: [{ units: 9, activation: "gelu", dropout: 0.2 }, { units: 3 }],
  seed: 5,
  optimizer: { type: "adam", clipNorm: 1 },
};
const x = { data: Float64Array.from({ length: 400 }, (_, n) => ((n * 7) % 11) / 11), shape: [10, 40] };
const y = { data: Float64Array.from({ length: 30 }, (_, n) => ((n * 5) % 7) / 7), shape: [10, 3] };
const small = { data: Float64Array.of(0.1, 0.2), shape: [1, 2] };

/** Everything that goes through memory. */
async function calls(engine) {
  const op = Operations.createSync({ engine });
  const net = Network.createSync({ ...options, engine });
  const seen = [];
  const histories = [
    net.fit(x, y, { epochs: 3, batchSize: 4, schedule: { type: "step", every: 1, factor: 0.5 } }),
    net.fit(x, y, {
      epochs: 3,
      batchSize: 4,
      sampleWeights: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      onEpoch: () => seen.push(net.digest()),
    }),
    await net.fitAsync(x, y, {
      epochs: 4,
      batchSize: 3,
      validation: [x, y],
      metrics: ["mae"],
      earlyStopping: { patience: 1, restoreBest: true },
    }),
  ];
  const files = [];
  net.fit(x, y, { epochs: 2, batchSize: 4, checkpoint: { everyEpochs: 1, save: (file) => files.push(file.slice()) } });
  const plain = Network.createSync({ inputs: 2, layers: [{ units: 2 }, { units: 1 }], seed: 1, engine });
  const losses = plain.fit(small, [[1]], { epochs: 70_000, batchSize: 1 }).loss;
  const loaded = Network.loadSync(files[0], { engine });
  loaded.fit(x, y, { epochs: 2, batchSize: 4, resume: true });
  const shape = { rows: 10, inputs: 40, units: 3 };
  const w = Float64Array.from({ length: 120 }, (_, n) => Math.sqrt(n));
  const result = {
    histories,
    seen,
    losses: losses.slice(-3).concat(losses.length),
    digests: [net, plain, loaded].map((one) => one.digest()),
    predictions: [net.predict(x), net.predict({ ...x, shape: [10, 40] }, new Float32Array(30)), plain.predict(small)],
    evaluation: net.evaluate(x, y),
    op: [
      op.forward(x.data, w, y.data.slice(0, 3), shape),
      op.weightGradient(x.data, y.data, shape),
      op.inputGradient(y.data, w, shape),
      op.biasGradient(y.data, shape),
      op.sigmoid(x.data),
      op.shuffle(50, 1, 2),
      op.sseError(y.data, y.data, shape),
    ],
  };
  for (const one of [net, plain, loaded]) one.dispose();
  return JSON.stringify(result);
}

const expected = await calls("reference");
const low = await calls("wasm");
// 2.2 GB below what follows
const large = Network.createSync({ inputs: 2 ** 14, layers: [{ units: 2 ** 15 }], engine: "wasm" });
const before = large.layers.length;
const neighbor = Network.createSync({ inputs: 2 ** 13, layers: [{ units: 2 ** 12 }], engine: "wasm" });
const digest = neighbor.digest();
const high = await calls("wasm");
console.log(
  JSON.stringify({ low: low === expected, high: high === expected, neighbor: neighbor.digest() === digest, before }),
);
// the products of sizes
const op = Operations.createSync({ engine: "wasm" });
const outcome = (use) => {
  try {
    const g = use();
    return g.length;
  } catch (error) {
    return error.name;
  }
};
large.dispose();
const three = op.weightGradient(new Float32Array(2 ** 26).fill(1), new Float32Array([3, 4]), {
  rows: 1,
  inputs: 2 ** 26,
  units: 2,
});
const right = three.every((value, n) => value === 3 + (n & 1));
console.log(
  JSON.stringify({
    refused: outcome(() =>
      op.inputGradient(new Float32Array(0), new Float32Array(0), { rows: 1, inputs: 2 ** 30 + 8, units: 0 }),
    ),
    length: three.length,
    right,
    neighbor: neighbor.digest() === digest,
  }),
);
