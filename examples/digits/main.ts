// Handwritten digits, 64-30-10: the same training on both engines, its loss curve, the accuracy on digits the network
// never saw, both digests and what WebAssembly gains. Fails where the digests differ or the accuracy is below 95 %.

import asciichart from "asciichart";
import { type EngineName, Network } from "bitgrad";
import { Presets, SingleBar } from "cli-progress";
import { accuracy, oneHot } from "../classes.ts";
import { PIXELS, readDigits } from "./digits.ts";

const EPOCHS = 60;
const { train, test } = readDigits();
const y = oneHot(train.labels, 10);

function run(engine: EngineName) {
  const net = Network.createSync({
    inputs: PIXELS,
    layers: [{ units: 30 }, { units: 10 }],
    loss: "sse",
    optimizer: { type: "sgd", learningRate: 0.5 }, // per gradient summed over the batch
    seed: 42,
    engine,
  });
  const format = `${engine.padEnd(10)} {bar} epoch {value}/{total}`;
  // silent where there is no terminal
  const bar = new SingleBar({ format, gracefulExit: false }, Presets.shades_classic);
  bar.start(EPOCHS, 0);
  const start = performance.now();
  const { loss } = net.fit(train.x, y, { epochs: EPOCHS, batchSize: 10, onEpoch: ({ epoch }) => bar.update(epoch) });
  const seconds = (performance.now() - start) / 1000;
  bar.stop();
  return { net, loss, rate: (train.labels.length * EPOCHS) / seconds };
}

console.log(`${train.labels.length} digits to train on, ${test.labels.length} to test on, ${EPOCHS} epochs`);
const wasm = run("wasm");
const reference = run("reference");

const perDigit = wasm.loss.map((loss) => loss / train.labels.length);
console.log(`\nloss per digit, epoch 1 to ${EPOCHS}\n${asciichart.plot(perDigit, { height: 8 })}`);

const right = accuracy(wasm.net.predict(test.x), test.labels);
console.log(`\ntest accuracy: ${(100 * right).toFixed(2)} %\n`);

const digests = [wasm.net.digest(), reference.net.digest()];
const same = digests[0] === digests[1];
const perSecond = (rate: number) => `${Math.round(rate).toLocaleString("en")} digits/s`.padStart(20);
console.log(`wasm       ${digests[0]} ${perSecond(wasm.rate)}`);
console.log(`reference  ${digests[1]} ${perSecond(reference.rate)}`);
console.log(
  `${same ? "the same bits ✓" : "the engines differ ✗"}, wasm ${(wasm.rate / reference.rate).toFixed(1)} × as fast`,
);
if (!same || right < 0.95) process.exitCode = 1;
