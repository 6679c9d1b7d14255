// Which pixels decide a digit's class? The gradient of its output with respect to a pixel, times the pixel, estimates
// how much the output would lose without that pixel. This is checked: without the 8 pixels that count most, far more
// digits must be mistaken than without any 8 of their ink. Fails if they aren't, or if the engines' maps differ.

import { type EngineName, Network } from "bitgrad";
import { accuracy, oneHot } from "../classes.ts";
import { PIXELS, readDigits } from "./digits.ts";

const HIDDEN = 8;
const WIDTH = 8;
const { train, test } = readDigits();
const shape = test.x.shape;
const asked = oneHot(test.labels, 10); // ∂E/∂a: the output of the digit's own class

function mapOf(engine: EngineName) {
  const net = Network.createSync({
    inputs: PIXELS,
    layers: [
      { units: 30, activation: "tanh" },
      { units: 10, activation: "softmax" },
    ],
    loss: "sparseCategoricalCrossEntropy",
    optimizer: "adam",
    seed: 42,
    engine,
  });
  net.fit(train.x, train.labels, { epochs: 30, batchSize: 32 });
  const { inputGradient } = net.backward(test.x, asked, { inputGradient: true });
  return { net, map: inputGradient!.map((slope, n) => slope * test.x.data[n]!) };
}

const { net, map } = mapOf("wasm");
const reference = mapOf("reference");
const same = map.every((value, n) => value === reference.map[n]);

/** The digits without some of their pixels: of each those that count most, or as many that don't depend on it. */
function without(most: boolean): Float32Array {
  const data = test.x.data.slice();
  for (let first = 0; first < data.length; first += PIXELS) {
    const inked = Array.from({ length: PIXELS }, (_, n) => first + n).filter((n) => data[n]! > 0);
    const sorted = inked.sort((a, b) => (most ? map[b]! - map[a]! : ((a * 37) % 64) - ((b * 37) % 64)));
    for (const n of sorted.slice(0, HIDDEN)) data[n] = 0;
  }
  return data;
}

const share = (data: Float32Array) => 100 * accuracy(net.predict({ data, shape }), test.labels);
const [whole, hidden, other] = [share(test.x.data), share(without(true)), share(without(false))];

const [digit] = test.labels;
console.log(`a ${digit}, and what says so:\n`);
const largest = Math.max(...map.subarray(0, PIXELS));
for (let row = 0; row < WIDTH; row++) {
  const at = (n: number) => row * WIDTH + n;
  const cells = Array.from({ length: WIDTH }, (_, n) => n);
  const ink = cells.map((n) => " .:#@"[Math.ceil(4 * test.x.data[at(n)]!)]).join(" ");
  const worth = cells.map((n) => " .:#@"[Math.ceil(4 * Math.max(0, map[at(n)]! / largest))]).join(" ");
  console.log(`  ${ink}     ${worth}`);
}
console.log(`\nright of ${test.labels.length}: ${whole.toFixed(1)} %`);
console.log(`without the ${HIDDEN} pixels that count most: ${hidden.toFixed(1)} %`);
console.log(`without any ${HIDDEN}: ${other.toFixed(1)} %`);
console.log(same ? "the same bits on both engines ✓" : "the engines differ ✗");
if (!same || whole < 95 || hidden > other - 20) process.exitCode = 1;
