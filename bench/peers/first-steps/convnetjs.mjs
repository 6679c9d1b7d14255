import convnet from "convnetjs";

export function firstStep() {
  const net = new convnet.Net();
  net.makeLayers([
    { type: "input", out_sx: 1, out_sy: 1, out_depth: 784 },
    { type: "fc", num_neurons: 30, activation: "sigmoid" },
    { type: "regression", num_neurons: 10 },
  ]);
  const trainer = new convnet.Trainer(net, { method: "sgd", momentum: 0, batch_size: 10 });
  const input = new convnet.Vol(new Array(784).fill(0.5));
  for (let row = 0; row < 10; row++) trainer.train(input, new Array(10).fill(0));
}
