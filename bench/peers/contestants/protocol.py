"""What the contestants in Python share: the job and its data as NumPy arrays, and the conversation with the runner, a line
of JSON each way. A round is timed here, from before its first step until its results are computed."""

import json
import os
import re
import sys
import time

import numpy as np

variant = sys.argv[1]
with open(sys.argv[2], encoding="utf-8") as file:
    job = json.load(file)
dtype = np.dtype("<f4" if job["dtype"] == "f32" else "<f8")
sizes = job["sizes"]


def say(message):
    print(json.dumps(message), flush=True)


def unsupported(why):
    """Ends a contestant that can't do this job; that is no failure."""
    say({"unsupported": why})
    sys.exit(0)


def blas():
    """The BLAS that this process computes with. With the reference implementation, which Debian installs when nothing
    better is asked for, a contestant would be ten times slower than it is in earnest; so it doesn't run at all then."""
    if not os.path.exists("/proc/self/maps"):
        return "its own BLAS"
    np.ones((2, 2)) @ np.ones((2, 2))
    with open("/proc/self/maps", encoding="utf-8") as maps:
        files = {os.path.basename(line.split()[-1]) for line in maps if ".so" in line}
    for file in files:
        if "openblas" in file:
            found = re.search(r"r(\d+\.\d+\.\d+)", file)
            return f"OpenBLAS {found[1]}" if found else "OpenBLAS"
    for name in ("mkl", "blis", "atlas"):
        if any(file.startswith(f"lib{name}") for file in files):
            return name
    if any(file.startswith("libblas.so") for file in files):
        return unsupported("BLAS here is the slow reference implementation; Debian's libopenblas0 replaces it")
    return "its own BLAS"


def read_data():
    """x and y of the whole data set, rows × columns."""
    x = np.fromfile(job["x"], dtype).reshape(-1, sizes[0])
    y = np.fromfile(job["y"], dtype).reshape(-1, sizes[-1])
    return x, y


def read_layers():
    """Every layer's initial weights, inputs × units, and biases."""
    parameters = np.fromfile(job["parameters"], dtype)
    layers = []
    at = 0
    for inputs, units in zip(sizes, sizes[1:]):
        end = at + inputs * units
        layers.append((parameters[at:end].reshape(inputs, units).copy(), parameters[end : end + units].copy()))
        at = end + units
    return layers


def batches(x, y, rows):
    """The batches of the first rows, in order, the last one shorter if the size doesn't divide; arrays of their own."""
    size = job["batchSize"]
    return [(x[n : min(n + size, rows)].copy(), y[n : min(n + size, rows)].copy()) for n in range(0, rows, size)]


def mean_loss(predicted, y):
    """Half the summed squared error, a row."""
    difference = np.asarray(predicted, np.float64) - y
    return float(0.5 * np.sum(difference * difference) / len(y))


def serve(version, check, outputs, train_round, predict_one, predict_batch):
    """Answers the runner until it closes the input. check() trains as the job's check says and returns the mean loss,
    outputs() predicts the first four rows; train_round(end) trains until time.perf_counter() reaches end and returns the
    samples it took; predict_one(n) returns the number predicted for row n, predict_batch() all rows' outputs."""
    task = job["task"]

    def predict_one_round(end):
        calls = 0
        total = 0.0
        while True:
            total += predict_one(calls % job["rows"])
            calls += 1
            if time.perf_counter() >= end:
                break
        assert np.isfinite(total)
        return calls

    def predict_batch_round(end):
        samples = 0
        while True:
            predict_batch()
            samples += job["rows"]
            if time.perf_counter() >= end:
                return samples

    run = {"train": train_round, "predict-one": predict_one_round, "predict-batch": predict_batch_round}[task]

    def timed(seconds):
        start = time.perf_counter()
        samples = run(start + seconds)
        return {"samples": samples, "seconds": time.perf_counter() - start}

    if task == "train":
        ready = {"loss": check()}
    else:
        ready = {"outputs": np.asarray(outputs(), np.float64).reshape(-1).tolist()}
    timed(2 * job["roundSeconds"])  # warms up
    say({"ready": True, **ready, "version": version})
    for line in sys.stdin:
        if line.strip() == "round":
            say(timed(job["roundSeconds"]))
