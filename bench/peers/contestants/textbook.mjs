// Plain JavaScript as a textbook has it: each formula a triple loop, nothing thought about twice.

import { serve } from "./protocol.mjs";

await serve(({ sizes, batchSize, learningRate }) => {
  const [inputs, outputs] = [sizes[0], sizes.at(-1)];
  let layers;
  let x;
  let y;

  function forward(row) {
    let input = x;
    let offset = row * inputs;
    for (const { weights, biases, a, inputs, units } of layers) {
      for (let j = 0; j < units; j++) {
        let z = biases[j];
        for (let i = 0; i < inputs; i++) z += input[offset + i] * weights[i * units + j];
        a[j] = 1 / (1 + Math.exp(-z));
      }
      input = a;
      offset = 0;
    }
    return input;
  }

  function addGradients(row) {
    forward(row);
    for (let l = layers.length - 1; l >= 0; l--) {
      const { a, delta, weightGradient, biasGradient, inputs, units } = layers[l];
      const next = layers[l + 1];
      const input = l > 0 ? layers[l - 1].a : x;
      const offset = l > 0 ? 0 : row * inputs;
      for (let j = 0; j < units; j++) {
        let error = 0;
        if (next === undefined) error = a[j] - y[row * outputs + j];
        else for (let k = 0; k < next.units; k++) error += next.weights[j * next.units + k] * next.delta[k];
        delta[j] = error * a[j] * (1 - a[j]);
        biasGradient[j] += delta[j];
      }
      for (let i = 0; i < inputs; i++) {
        for (let j = 0; j < units; j++) weightGradient[i * units + j] += input[offset + i] * delta[j];
      }
    }
  }

  function update(parameters, gradient) {
    for (let n = 0; n < parameters.length; n++) {
      parameters[n] -= learningRate * gradient[n];
      gradient[n] = 0;
    }
  }

  return {
    setParameters(given) {
      layers = given.map(({ weights, biases }, l) => ({
        inputs: sizes[l],
        units: biases.length,
        weights: weights.slice(),
        biases: biases.slice(),
        a: new Float64Array(biases.length),
        delta: new Float64Array(biases.length),
        weightGradient: new Float64Array(weights.length),
        biasGradient: new Float64Array(biases.length),
      }));
    },
    load(allX, allY) {
      [x, y] = [allX, allY];
    },
    fit(rows, epochs) {
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (let row = 0; row < rows; row++) {
          addGradients(row);
          if ((row + 1) % batchSize !== 0 && row + 1 !== rows) continue;
          for (const { weights, biases, weightGradient, biasGradient } of layers) {
            update(weights, weightGradient);
            update(biases, biasGradient);
          }
        }
      }
    },
    predict(rows) {
      const out = new Float64Array(rows * outputs);
      for (let row = 0; row < rows; row++) out.set(forward(row), row * outputs);
      return out;
    },
    predictOne: (row) => forward(row)[0],
  };
});
