// MNIST, 784-30-10 by default: loss and test accuracy of every epoch, and the digest of the trained network.
//   npm run example:mnist -- [folder of the IDX files] --epochs 20 --batch-size 10 --learning-rate 0.3 --layers 30,10

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type EngineChoice, Network, type TypedMatrix } from "bitgrad";
import { accuracy, oneHot } from "../classes.ts";
import { readMnist } from "./idx.ts";

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      epochs: { type: "string", default: "20" },
      "batch-size": { type: "string", default: "10" },
      "learning-rate": { type: "string", default: "0.3" }, // per gradient summed over the batch
      layers: { type: "string", default: "30,10" },
      engine: { type: "string", default: "auto" },
      seed: { type: "string", default: "42" },
    },
  });
  const folder = positionals[0] ?? fileURLToPath(new URL("../../../shared/data/mnist", import.meta.url));
  const train = readMnist(folder, "train");
  const test = readMnist(folder, "test");
  const [x, testX] = [scaled(train.pixels), scaled(test.pixels)];

  using net = Network.createSync({
    inputs: 784,
    layers: values.layers.split(",").map((units) => ({ units: Number(units) })),
    loss: "sse",
    optimizer: { type: "sgd", learningRate: Number(values["learning-rate"]) },
    engine: values.engine as EngineChoice, // an unknown one is refused with the list of those there are
    seed: Number(values.seed),
  });
  console.log(`${train.labels.length} digits to train on, ${test.labels.length} to test on, ${net.engine} engine`);
  console.log("epoch   loss per digit   test accuracy");

  const start = performance.now();
  net.fit(x, oneHot(train.labels, 10), {
    epochs: Number(values.epochs),
    batchSize: Number(values["batch-size"]),
    onEpoch: ({ epoch, loss }) => {
      const percent = (100 * accuracy(net.predict(testX), test.labels)).toFixed(2);
      console.log(
        `${String(epoch).padStart(5)}${(loss / train.labels.length).toFixed(5).padStart(17)}${percent.padStart(14)} %`,
      );
    },
  });
  console.log(`\n${((performance.now() - start) / 1000).toFixed(1)} s, tests included`);
  console.log(`digest ${net.digest()}`);
}

/** Bytes as 0 … 1. */
function scaled(pixels: Uint8Array): TypedMatrix<Float32Array> {
  return { data: Float32Array.from(pixels, (pixel) => pixel / 255), shape: [pixels.length / 784, 784] };
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
