// XOR, the smallest problem that needs a hidden layer: 2 inputs, 3 hidden units, 1 output. Trained on both engines,
// which end with the same bits.

import { Network } from "bitgrad";

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [[0], [1], [1], [0]];

function train(engine: "wasm" | "reference") {
  const net = Network.createSync({
    inputs: 2,
    layers: [{ units: 3 }, { units: 1 }], // sigmoid, as this loss has it
    loss: "sse",
    optimizer: { type: "sgd", learningRate: 1 }, // per gradient summed over the batch
    seed: 42,
    engine,
  });
  const { loss } = net.fit(x, y, { epochs: 5000, batchSize: 4 });
  return { net, loss };
}

const { net, loss } = train("wasm");
console.log("a b   a XOR b   network");
net.predict(x).forEach((output, s) => {
  console.log(`${x[s]!.join(" ")}   ${y[s]![0]}         ${output[0]!.toFixed(4)}`);
});
console.log(`\nloss: ${loss[0]} → ${net.evaluate(x, y).loss} in ${net.epochs} epochs`);

const digests = [net.digest(), train("reference").net.digest()];
console.log(`digest, wasm engine:      ${digests[0]}`);
console.log(`digest, reference engine: ${digests[1]}`);
console.log(digests[0] === digests[1] ? "the same bits ✓" : "the engines differ ✗");
if (digests[0] !== digests[1]) process.exitCode = 1;
