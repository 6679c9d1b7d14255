"""PyTorch on the CPU, one thread. Variants: `eager`, as its tutorials teach it: nn.Module, autograd, optim.SGD; `hand`,
gradients by hand in tensor operations that work in place, without autograd; `script`, the loop over batches of `hand`
as TorchScript."""

import time
from typing import List

import torch

from protocol import batches, blas, job, mean_loss, read_data, read_layers, serve, unsupported, variant

if variant not in ("eager", "hand", "script"):
    unsupported(f"no variant {variant}")
torch.set_num_threads(1)
x, y = read_data()
learning_rate = job["learningRate"]


def tensor_layers():
    return [(torch.from_numpy(weights), torch.from_numpy(biases)) for weights, biases in read_layers()]


def tensor_batches(rows):
    return [(torch.from_numpy(a), torch.from_numpy(target)) for a, target in batches(x, y, rows)]


class Eager:
    def __init__(self):
        modules = []
        for weights, biases in tensor_layers():
            linear = torch.nn.Linear(*weights.shape, dtype=weights.dtype)
            with torch.no_grad():
                linear.weight.copy_(weights.T)
                linear.bias.copy_(biases)
            modules += [linear, torch.nn.Sigmoid()]
        self.model = torch.nn.Sequential(*modules)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=learning_rate)

    def train(self, prepared):
        for a, target in prepared:
            self.optimizer.zero_grad(set_to_none=True)
            loss = 0.5 * torch.nn.functional.mse_loss(self.model(a), target, reduction="sum")
            loss.backward()
            self.optimizer.step()

    def predict(self, a):
        with torch.inference_mode():
            return self.model(a)


sigmoid_backward = torch.ops.aten.sigmoid_backward


def train_by_hand(
    weights: List[torch.Tensor],
    biases: List[torch.Tensor],
    inputs: List[torch.Tensor],
    targets: List[torch.Tensor],
    learning_rate: float,
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
            weight = weights[l]
            behind = torch.mm(delta, weight.t()) if l > 0 else delta
            weight.addmm_(below.t(), delta, alpha=-learning_rate)
            biases[l].sub_(delta.sum(0), alpha=learning_rate)
            if l > 0:
                delta = sigmoid_backward(behind, below)


class Hand:
    def __init__(self):
        self.weights = [weights for weights, _ in tensor_layers()]
        self.biases = [biases for _, biases in tensor_layers()]
        self.loop = torch.jit.script(train_by_hand) if variant == "script" else train_by_hand

    def train(self, prepared):
        inputs = [a for a, _ in prepared]
        targets = [target for _, target in prepared]
        with torch.inference_mode():
            self.loop(self.weights, self.biases, inputs, targets, learning_rate)

    def predict(self, a):
        with torch.inference_mode():
            for weights, biases in zip(self.weights, self.biases):
                a = torch.addmm(biases, a, weights).sigmoid_()
            return a


def predict(trainer, a):
    return trainer.predict(torch.from_numpy(a))


def check():
    trainer = create()
    rows = job["checkRows"]
    checked = tensor_batches(rows)
    for _ in range(job["checkEpochs"]):
        trainer.train(checked)
    return mean_loss(predict(trainer, x[:rows]).numpy(), y[:rows])


# A call trains on a run of batches, so that the loop over them is the variant's own: about a thousand rows at a time.
def runs():
    prepared = tensor_batches(job["rows"])
    prepared *= -(-1024 // job["rows"])
    length = max(1, 1024 // job["batchSize"])
    return [prepared[n : n + length] for n in range(0, len(prepared), length)]


create = Eager if variant == "eager" else Hand
trainer = create()
prepared_runs = runs() if job["task"] == "train" else []
position = 0


def train_round(end):
    global position
    samples = 0
    while True:
        run = prepared_runs[position]
        trainer.train(run)
        samples += sum(len(a) for a, _ in run)
        position = (position + 1) % len(prepared_runs)
        if time.perf_counter() >= end:
            return samples


serve(
    version=f"{torch.__version__}, {blas()}",
    check=check,
    outputs=lambda: predict(trainer, x[:4]).numpy(),
    train_round=train_round,
    predict_one=lambda row: predict(trainer, x[row : row + 1]).item(),
    predict_batch=lambda: predict(trainer, x).numpy(),
)
