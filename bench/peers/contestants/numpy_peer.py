"""NumPy, with the BLAS it was built with. Variants: `textbook`, the formulas as a course writes them, an array for every
intermediate; `tight`, every operation into an array allocated once."""

import time

import numpy as np

from protocol import batches, blas, dtype, job, mean_loss, read_data, read_layers, serve, sizes, unsupported, variant

if variant not in ("textbook", "tight"):
    unsupported(f"no variant {variant}")
x, y = read_data()
learning_rate = dtype.type(job["learningRate"])


def textbook_forward(layers, a):
    for weights, biases in layers:
        a = 1 / (1 + np.exp(-(a @ weights + biases)))
    return a


def textbook_step(layers, a, y):
    activations = [a]
    for weights, biases in layers:
        activations.append(1 / (1 + np.exp(-(activations[-1] @ weights + biases))))
    a = activations.pop()
    delta = (a - y) * a * (1 - a)
    for weights, biases in reversed(layers):
        below = activations.pop()
        weight_gradient = below.T @ delta
        bias_gradient = delta.sum(axis=0)
        if activations:
            delta = (delta @ weights.T) * below * (1 - below)
        weights -= learning_rate * weight_gradient
        biases -= learning_rate * bias_gradient


class Buffers:
    """A layer's arrays for one batch size; pages that a prediction doesn't write take no memory."""

    def __init__(self, rows, inputs, units):
        self.output = np.empty((rows, units), dtype)
        self.delta = np.empty((rows, units), dtype)
        self.slope = np.empty((rows, units), dtype)
        self.weight_gradient = np.empty((inputs, units), dtype)
        self.bias_gradient = np.empty(units, dtype)


buffers_by_rows = {}


def buffers_for(rows):
    if rows not in buffers_by_rows:
        buffers_by_rows[rows] = [Buffers(rows, *shape) for shape in zip(sizes, sizes[1:])]
    return buffers_by_rows[rows]


def tight_forward(layers, a):
    for (weights, biases), buffer in zip(layers, buffers_for(len(a))):
        z = buffer.output
        np.dot(a, weights, z)
        np.add(z, biases, z)
        np.negative(z, z)
        np.exp(z, z)
        np.add(z, 1, z)
        a = np.reciprocal(z, z)
    return a


def tight_step(layers, x, y):
    buffers = buffers_for(len(x))
    a = tight_forward(layers, x)
    np.subtract(a, y, buffers[-1].delta)
    for n in range(len(layers) - 1, -1, -1):
        weights, biases = layers[n]
        buffer = buffers[n]
        a, delta, slope = buffer.output, buffer.delta, buffer.slope
        np.subtract(1, a, slope)
        np.multiply(slope, a, slope)
        np.multiply(delta, slope, delta)
        below = buffers[n - 1].output if n > 0 else x
        np.dot(below.T, delta, buffer.weight_gradient)
        np.add.reduce(delta, 0, None, buffer.bias_gradient)
        if n > 0:
            np.dot(delta, weights.T, buffers[n - 1].delta)
        np.multiply(buffer.weight_gradient, learning_rate, buffer.weight_gradient)
        np.subtract(weights, buffer.weight_gradient, weights)
        np.multiply(buffer.bias_gradient, learning_rate, buffer.bias_gradient)
        np.subtract(biases, buffer.bias_gradient, biases)


forward, step = (textbook_forward, textbook_step) if variant == "textbook" else (tight_forward, tight_step)
layers = read_layers()
prepared = batches(x, y, job["rows"]) if job["task"] == "train" else []
position = 0


def check():
    checked = read_layers()
    rows = job["checkRows"]
    for _ in range(job["checkEpochs"]):
        for a, target in batches(x, y, rows):
            step(checked, a, target)
    return mean_loss(forward(checked, x[:rows]), y[:rows])


def train_round(end):
    global position
    samples = 0
    while True:
        a, target = prepared[position]
        step(layers, a, target)
        samples += len(a)
        position = (position + 1) % len(prepared)
        if time.perf_counter() >= end:
            return samples


serve(
    version=f"{np.__version__}, {blas()}",
    check=check,
    outputs=lambda: forward(layers, x[:4]),
    train_round=train_round,
    predict_one=lambda row: float(forward(layers, x[row : row + 1])[0, 0]),
    predict_batch=lambda: forward(layers, x),
)
