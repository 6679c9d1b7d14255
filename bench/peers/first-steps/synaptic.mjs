import synaptic from "synaptic";

export function firstStep() {
  const net = new synaptic.Architect.Perceptron(784, 30, 10);
  const [input, output] = [new Array(784).fill(0.5), new Array(10).fill(0)];
  for (let row = 0; row < 10; row++) {
    net.activate(input);
    net.propagate(0.1, output);
  }
}
