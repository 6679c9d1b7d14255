// Trains for a long time and writes checkpoints, until it is killed. Its data are those of checkpoint.test.ts.

import { writeNetwork } from "../../dist/files.js";
import { Network } from "../../dist/index.js";

const { Random } = await import("tsx/esm/api").then(({ tsImport }) =>
  tsImport("../fixtures/random.ts", import.meta.url),
);

const { x, y } = new Random(11).dataset("f32", 40, 6, 2);
const net = Network.createSync({
  inputs: 6,
  layers: [
    { units: 9, activation: "tanh", dropout: 0.2, l2: 0.01 },
    { units: 5, activation: "relu" },
    { units: 2, activation: "linear" },
  ],
  loss: "mse",
  optimizer: { type: "nadam", learningRate: 0.02, clipNorm: 1 },
  seed: 3,
});
await net.fitAsync(x, y, {
  epochs: 1e6,
  batchSize: 7,
  validationSplit: 0.3,
  metrics: ["mae"],
  schedule: { type: "plateau", factor: 0.5, patience: 1 },
  earlyStopping: { patience: 1e6, restoreBest: false },
  checkpoint: { everyEpochs: 1, save: (file) => writeNetwork(process.argv[2], file) },
});
