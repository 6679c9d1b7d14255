// A loss that the library doesn't have: three outputs learn three quantiles of y by the pinball loss, with
// `net.backward` and `net.apply`. Beside them are the losses that PyTorch has from the same weights (pytorch.py). Fails
// where a loss or a parameter differs by more than rounding.

import { readFileSync } from "node:fs";
import { Network } from "bitgrad";

/** Parameters are those of two layers: weights, inputs × units, then biases. */
interface Training {
  readonly levels: number[];
  readonly x: number[][];
  readonly y: number[][];
  readonly batchSize: number;
  readonly learningRate: number;
  readonly before: number[][];
  readonly losses: number[];
  readonly after: number[][];
}

const pytorch = JSON.parse(readFileSync(new URL("pytorch.json", import.meta.url), "utf8")) as Training;
const { levels, x, y, batchSize, learningRate, before, losses, after } = pytorch;
using net = Network.createSync({
  inputs: 1,
  layers: [
    { units: 8, activation: "tanh" },
    { units: levels.length, activation: "linear" },
  ],
  optimizer: { type: "adam", learningRate },
  dtype: "f64",
});
net.setParameters([0, 2].map((n) => ({ weights: before[n]!, biases: before[n + 1]! })));

let worst = 0;
const compare = (found: number, wanted: number) => {
  worst = Math.max(worst, Math.abs(found - wanted) / Math.max(Math.abs(wanted), 0.01));
};
console.log("step   loss       PyTorch's");
for (const [step, wanted] of losses.entries()) {
  const first = (step * batchSize) % x.length;
  const rows = x.slice(first, first + batchSize);
  const count = rows.length * levels.length;
  let loss = 0;
  const upstream = net.predict(rows).map((outputs, s) =>
    outputs.map((output, j) => {
      const difference = y[first + s]![0]! - output;
      const slope = difference > 0 ? levels[j]! : levels[j]! - 1;
      loss += (slope * difference) / count;
      return -slope / count; // ∂loss/∂output
    }),
  );
  net.apply(net.backward(rows, upstream).gradients);
  compare(loss, wanted);
  if (step % 10 === 9) console.log(`${String(step + 1).padStart(4)}   ${loss.toFixed(6)}   ${wanted.toFixed(6)}`);
}
const found = net.getParameters().flatMap(({ weights, biases }) => [weights, biases]);
found.forEach((values, n) => values.forEach((value, i) => compare(value, after[n]![i]!)));

console.log(
  `\nat x = 0.8: ${net
    .predict([[0.8]])[0]!
    .map((q, j) => `${levels[j]}: ${q.toFixed(3)}`)
    .join("   ")}`,
);
console.log(`largest difference: ${worst.toExponential(1)}`);
if (worst > 1e-10) process.exitCode = 1;
