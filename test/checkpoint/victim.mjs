// Trains for a long time and writes checkpoints, until it is killed. Its data are those of checkpoint.test.ts.

import { writeNetwork } from "../../dist/files.js";
import { Network } from "../../dist/index.js";

const { Random } = await import("tsx/esm/api").then(({ tsImport }) =>
  tsImport("../fixtures/random.ts", import.meta.url),
);

const [path, settings] = process.argv.slice(2);
const { options, fit } = JSON.parse(settings);
const { x, y } = new Random(11).dataset("f32", 40, 6, 2);
const net = Network.createSync(options);
await net.fitAsync(x, y, {
  ...fit,
  epochs: 1e6,
  earlyStopping: { patience: 1e6, restoreBest: false },
  checkpoint: { everyEpochs: 1, save: (file) => writeNetwork(path, file) },
});
