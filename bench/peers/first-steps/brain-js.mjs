import brain from "brain.js";

export function firstStep() {
  const row = { input: new Array(784).fill(0.5), output: new Array(10).fill(0) };
  const net = new brain.NeuralNetwork({ hiddenLayers: [30] });
  net.train(new Array(10).fill(row), { iterations: 1 });
}
