"""NumPy and PyTorch on the processor, one thread. Variants: `textbook`, NumPy as a course writes the formulas; `eager`, PyTorch
as its tutorials teach it; `script`, gradients by hand in place, the loop over batches in TorchScript."""

import json
import sys
import time
from typing import List

import numpy as np

variant = sys.argv[1]
with open(sys.argv[2], encoding="utf-8") as file:
    job = json.load(file)
dtype = np.dtype("<f4" if job["dtype"] == "f32" else "<f8")
sizes, size, rate = job["sizes"], job["batchSize"], job["learningRate"]
x = np.fromfile(job["x"], dtype).reshape(-1, sizes[0])
y = np.fromfile(job["y"], dtype).reshape(-1, sizes[-1])


def read_layers():
    """Every layer's initial weights, inputs × units, and biases."""
    flat, at, layers = np.fromfile(job["parameters"], dtype), 0, []
    for inputs, units in zip(sizes, sizes[1:]):
        end = at + inputs * units
        layers.append((flat[at:end].reshape(inputs, units).copy(), flat[end : end + units].copy()))
        at = end + units
    return layers


def batches(rows):
    return [(x[n : min(n + size, rows)].copy(), y[n : min(n + size, rows)].copy()) for n in range(0, rows, size)]


class Textbook:
    def __init__(self):
        self.layers = read_layers()

    def prepare(self, prepared):
        return prepared

    def train(self, prepared):
        for a, target in prepared:
            activations = [a]
            for weights, biases in self.layers:
                activations.append(1 / (1 + np.exp(-(activations[-1] @ weights + biases))))
            a = activations.pop()
            delta = (a - target) * a * (1 - a)
            for weights, biases in reversed(self.layers):
                below = activations.pop()
                weight_gradient, bias_gradient = below.T @ delta, delta.sum(axis=0)
                if activations:
                    delta = (delta @ weights.T) * below * (1 - below)
                weights -= dtype.type(rate) * weight_gradient
                biases -= dtype.type(rate) * bias_gradient

    def predict(self, a):
        for weights, biases in self.layers:
            a = 1 / (1 + np.exp(-(a @ weights + biases)))
        return a


if variant != "textbook":
    import torch

    torch.set_num_threads(1)
    sigmoid_backward = torch.ops.aten.sigmoid_backward

    class Eager:
        def __init__(self):
            modules = []
            for weights, biases in read_layers():
                linear = torch.nn.Linear(*weights.shape, dtype=torch.from_numpy(weights).dtype)
                with torch.no_grad():
                    linear.weight.copy_(torch.from_numpy(weights).T)
                    linear.bias.copy_(torch.from_numpy(biases))
                modules += [linear, torch.nn.Sigmoid()]
            self.model = torch.nn.Sequential(*modules)
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=rate)

        def prepare(self, prepared):
            return [(torch.from_numpy(a), torch.from_numpy(target)) for a, target in prepared]

        def train(self, prepared):
            for a, target in prepared:
                self.optimizer.zero_grad(set_to_none=True)
                (0.5 * torch.nn.functional.mse_loss(self.model(a), target, reduction="sum")).backward()
                self.optimizer.step()

        def predict(self, a):
            with torch.inference_mode():
                return self.model(torch.from_numpy(a)).numpy()

    def train_by_hand(
        weights: List[torch.Tensor],
        biases: List[torch.Tensor],
        inputs: List[torch.Tensor],
        targets: List[torch.Tensor],
        rate: float,
    ):
        last = len(weights) - 1
        for n in range(len(inputs)):
            a = inputs[n]
            activations = [a]
            for l in range(last + 1):
                a = torch.addmm(biases[l], a, weights[l]).sigmoid_()
                activations.append(a)
            delta = sigmoid_backward(a - targets[n], a)
            for m in range(last + 1):
                l = last - m
                below = activations[l]
                behind = torch.mm(delta, weights[l].t()) if l > 0 else delta
                weights[l].addmm_(below.t(), delta, alpha=-rate)
                biases[l].sub_(delta.sum(0), alpha=rate)
                if l > 0:
                    delta = sigmoid_backward(behind, below)

    class Script(Eager):
        def __init__(self):
            layers = read_layers()
            self.weights = [torch.from_numpy(weights) for weights, _ in layers]
            self.biases = [torch.from_numpy(biases) for _, biases in layers]
            self.loop = torch.jit.script(train_by_hand)

        def train(self, prepared):
            with torch.inference_mode():
                self.loop(self.weights, self.biases, [a for a, _ in prepared], [t for _, t in prepared], rate)

        def predict(self, a):
            with torch.inference_mode():
                a = torch.from_numpy(a)
                for weights, biases in zip(self.weights, self.biases):
                    a = torch.addmm(biases, a, weights).sigmoid_()
                return a.numpy()


np.ones((2, 2)) @ np.ones((2, 2))
with open("/proc/self/maps", encoding="utf-8") as maps:
    libraries = maps.read()
if "libblas.so" in libraries and "openblas" not in libraries:  # ten times slower than in earnest
    print(json.dumps({"unsupported": "the BLAS is the reference; Debian's libopenblas0 replaces it"}), flush=True)
    sys.exit(0)

create = Textbook if variant == "textbook" else Eager if variant == "eager" else Script
checked = create()
check = checked.prepare(batches(job["checkRows"]))
for _ in range(job["checkEpochs"]):
    checked.train(check)
difference = checked.predict(x[: job["checkRows"]]).astype(np.float64) - y[: job["checkRows"]]
loss = float(0.5 * np.sum(difference * difference) / job["checkRows"])

# a call trains on a run of batches, so that the loop over them is the variant's own: about a thousand rows at a time
trainer = create()
prepared = trainer.prepare(batches(job["rows"])) * -(-1024 // job["rows"])
length = max(1, 1024 // size)
runs = [prepared[n : n + length] for n in range(0, len(prepared), length)]
position = 0


def timed(seconds):
    global position
    start, samples = time.perf_counter(), 0
    while True:
        trainer.train(runs[position])
        samples += sum(len(a) for a, _ in runs[position])
        position = (position + 1) % len(runs)
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return {"samples": samples, "seconds": elapsed}


timed(2 * job["roundSeconds"])  # warms up
version = np.__version__ if variant == "textbook" else torch.__version__
print(json.dumps({"loss": loss, "version": version}), flush=True)
for _ in sys.stdin:
    print(json.dumps(timed(job["roundSeconds"])), flush=True)
