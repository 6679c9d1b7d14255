"""Real data fitted by PyTorch in f64: python3 fits.py [folder of MNIST] > fits.json

Debian's python3-torch. fits.test.ts does the same with bitgrad: the same initial weights (from a generator that is
exact in both), the same rows in the same batches. Rows are visited in the order s * step mod n; every fifth is held out.
"""

import csv
import gzip
import json
import struct
import sys
from math import gcd, sqrt
from pathlib import Path

import torch
from torch.nn import functional as F

HERE = Path(__file__).parent
torch.set_num_threads(1)


def table(path, header):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[header:]]
    step = next(step for step in range(37, 1000) if gcd(step, len(rows)) == 1)
    rows = [rows[s * step % len(rows)] for s in range(len(rows))]
    largest = [max(column) for column in zip(*rows)][:-1]
    x = [[cell / top if top > 0 else 0.0 for cell, top in zip(row, largest)] for row in rows]
    labels = [int(row[-1]) for row in rows]
    held_out = [s % 5 == 4 for s in range(len(rows))]
    pick = lambda values, wanted: [v for v, out in zip(values, held_out) if out == wanted]
    return pick(x, False), pick(labels, False), pick(x, True), pick(labels, True)


def mnist(folder):
    def read(name, header):
        with gzip.open(Path(folder) / name) as file:
            return file.read()[header:]

    halves = []
    for half in ("train10k", "t10k"):
        pixels, labels = read(f"{half}-images-idx3-ubyte.gz", 16), read(f"{half}-labels-idx1-ubyte.gz", 8)
        halves += [[[p / 255 for p in pixels[n : n + 784]] for n in range(0, len(pixels), 784)], list(labels)]
    return halves


def uniform(seed):
    """Marsaglia's xorshift32."""
    state = seed
    while True:
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        yield state / 2**32


def fit(name, data, hidden, activation, loss, rate, batch, epochs):
    x, labels, test_x, test_labels = data
    x, test_x = torch.tensor(x, dtype=torch.float64), torch.tensor(test_x, dtype=torch.float64)
    labels, test_labels = torch.tensor(labels), torch.tensor(test_labels)
    outputs = 1 if loss == "binaryCrossEntropy" else int(labels.max()) + 1
    y = F.one_hot(labels, outputs).double() if loss == "mse" else labels
    numbers = uniform(2463534242)
    parameters = []
    for inputs, units in ((x.shape[1], hidden), (hidden, outputs)):
        limit = sqrt(6 / (inputs + units))
        values = [(2 * next(numbers) - 1) * limit for _ in range(inputs * units)]
        parameters.append(torch.tensor(values, dtype=torch.float64).reshape(inputs, units).requires_grad_(True))
        parameters.append(torch.zeros(units, dtype=torch.float64, requires_grad=True))
    w1, b1, w2, b2 = parameters
    logits = lambda rows: activation(rows @ w1 + b1) @ w2 + b2
    error = {
        "mse": lambda z, t: F.mse_loss(torch.sigmoid(z), t),
        "binaryCrossEntropy": lambda z, t: F.binary_cross_entropy_with_logits(z[:, 0], t.double()),
        "sparseCategoricalCrossEntropy": F.cross_entropy,
    }[loss]
    losses = []
    for _ in range(epochs):
        total = 0.0
        for first in range(0, len(x), batch):
            rows = slice(first, first + batch)
            e = error(logits(x[rows]), y[rows])
            total += e.item() * len(x[rows]) / len(x)
            e.backward()
            with torch.no_grad():
                for p in parameters:
                    p -= rate * p.grad
                    p.grad = None
        losses.append(total)
    with torch.no_grad():
        z = logits(test_x)
        found = (z[:, 0] > 0).long() if outputs == 1 else z.argmax(1)
    accuracy = (found == test_labels).double().mean().item()
    print(f"{name}: {losses[0]:.4f} … {losses[-1]:.4f}, accuracy {accuracy:.4f}", file=sys.stderr)
    return {
        "hidden": hidden,
        "activation": activation.__name__,
        "loss": loss,
        "learningRate": rate,
        "batchSize": batch,
        "losses": losses,
        "accuracy": accuracy,
    }


CATEGORICAL = "sparseCategoricalCrossEntropy"
result = {"torch": torch.__version__}
result["iris"] = fit("iris", table(HERE / "iris.csv", 1), 10, torch.tanh, CATEGORICAL, 0.5, 8, 100)
digits = table(HERE / "../../examples/digits/digits.csv.gz", 0)
result["digits"] = fit("digits", digits, 32, torch.relu, CATEGORICAL, 0.2, 32, 30)
cancer = table(HERE / "breast_cancer.csv.gz", 1)
result["breast_cancer"] = fit("breast_cancer", cancer, 16, torch.tanh, "binaryCrossEntropy", 0.3, 16, 100)
if len(sys.argv) > 1:
    # Nielsen, Neural Networks and Deep Learning, chapter 1: sigmoid, squared error, batches of 10. His rate of 3.0 is for
    # half the sum over the ten outputs, which is five times their mean.
    result["mnist"] = fit("mnist", mnist(sys.argv[1]), 30, torch.sigmoid, "mse", 15.0, 10, 10)
print(json.dumps(result, indent=1))
