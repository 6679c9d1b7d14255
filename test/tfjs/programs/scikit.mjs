// scikit.js: linear models by gradient descent on the tf that it is given.

import * as tf from "@tensorflow/tfjs";
import * as sk from "scikitjs";
import { uniform } from "../../support/random.ts";

sk.setBackend(tf);

function createRows(count, random) {
  return Array.from({ length: count }, () => [2 * random() - 1, 2 * random() - 1, 2 * random() - 1]);
}

const numbers = (tensor) => (typeof tensor === "number" ? [tensor] : Array.from(tensor.dataSync()));

async function regress(model, X, y) {
  await model.fit(X, y);
  return { coefficients: [...numbers(model.coef), ...numbers(model.intercept)], score: model.score(X, y) };
}

async function classify(X, y, modelFitOptions, options) {
  const losses = [];
  const callbacks = { onEpochEnd: (_, { loss }) => losses.push(loss) };
  const fitted = { epochs: 60, shuffle: false, callbacks, ...modelFitOptions };
  const model = new sk.LogisticRegression({ modelFitOptions: fitted, ...options });
  await model.fit(X, y);
  return {
    losses,
    coefficients: [...numbers(model.coef), ...numbers(model.intercept)],
    probabilities: numbers(model.predictProba(X.slice(0, 5))),
    predictions: numbers(model.predict(X)),
    score: model.score(X, y),
  };
}

export async function run() {
  const random = uniform(23);
  const X = createRows(96, random);
  const y = X.map(([a, b, c]) => 2 * a - 3 * b + 0.5 * c + 1 + 0.1 * (random() - 0.5));
  const [binary, ternary] = [
    y.map((value) => Number(value > 1)),
    y.map((value) => (value < -0.5 ? 0 : value < 2 ? 1 : 2)),
  ];
  return {
    linear: await regress(new sk.LinearRegression(), X, y),
    ridge: await regress(new sk.RidgeRegression({ alpha: 0.1 }), X, y),
    lasso: await regress(new sk.LassoRegression({ alpha: 0.05 }), X, y),
    binary: await classify(X, binary, {}, { penalty: "none" }),
    ternary: await classify(X, ternary, {}, { C: 0.01 }),
  };
}
