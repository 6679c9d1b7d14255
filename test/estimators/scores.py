#!/usr/bin/python3
"""Scores of scikit-learn's MLPClassifier and MLPRegressor with their defaults, and the data that have no file here.

    /usr/bin/python3 test/estimators/scores.py > test/estimators/scores.json

Debian's python3-sklearn (1.2.1). Each data set has five splits; scores.test.ts trains bitgrad's estimators on the same
rows. scikit-learn gets standardized columns, bitgrad the raw ones. Numbers are rounded before anything is learned, so
both see the same. "stopping" is with early_stopping=True.
"""

import csv
import gzip
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # 200 iterations are its default
TEST = Path(__file__).parent.parent


def of_file(path, header):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[header:]]
    return np.array([row[:-1] for row in rows]), np.array([row[-1] for row in rows])


def classes(**options):
    return datasets.make_classification(**options)


FILES = {
    "iris": (TEST / "fits/iris.csv", 1),
    "breast cancer": (TEST / "fits/breast_cancer.csv.gz", 1),
    "digits": (TEST.parent / "examples/digits/digits.csv.gz", 0),
}
MADE = {
    "two moons": datasets.make_moons(400, noise=0.2, random_state=1),
    "circles": datasets.make_circles(400, noise=0.1, factor=0.5, random_state=2),
    "wine": datasets.load_wine(return_X_y=True),
    "unequal classes": classes(n_samples=500, n_features=10, n_informative=5, weights=[0.9], random_state=3),
    "ten classes": classes(
        n_samples=800, n_features=12, n_informative=8, n_classes=10, n_clusters_per_class=1, random_state=4
    ),
    "noisy": classes(n_samples=400, n_features=10, n_informative=4, flip_y=0.3, random_state=5),
}
NUMBERS = {
    "friedman1": datasets.make_friedman1(400, 10, noise=1, random_state=6),
    "diabetes": datasets.load_diabetes(return_X_y=True, scaled=False),
    "linear": datasets.make_regression(150, 5, noise=10, random_state=7),
}


def scores(estimator, x, y, splits, **options):
    found = []
    for n, test in enumerate(splits):
        training = np.setdiff1d(np.arange(len(x)), test)
        model = make_pipeline(StandardScaler(), estimator(random_state=n, **options))
        found.append(model.fit(x[training], y[training]).score(x[test], y[test]))
    return [round(score, 6) for score in found]


result = {"scikit-learn": sklearn.__version__, "sets": {}}
for names, estimator, folds in (
    ([*FILES, *MADE], MLPClassifier, StratifiedKFold),
    (NUMBERS, MLPRegressor, KFold),
):
    for name in names:
        made = None if name in FILES else {**MADE, **NUMBERS}[name]
        x, y = of_file(*FILES[name]) if made is None else made
        x, y = np.round(x, 3), np.round(y, 3)
        splits = [test for _, test in folds(5, shuffle=True, random_state=0).split(x, y)]
        result["sets"][name] = {
            "task": estimator.__name__,
            **({} if made is None else {"x": x.T.tolist(), "y": y.tolist()}),
            "splits": [test.tolist() for test in splits],
            "scores": scores(estimator, x, y, splits),
            "stopping": scores(estimator, x, y, splits, early_stopping=True),
        }
        print(name, np.mean(result["sets"][name]["scores"]), file=sys.stderr)
json.dump(result, sys.stdout, separators=(",", ":"))
print()
