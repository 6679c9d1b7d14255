// Golden trainings of activation and dropout layers.

import { made, type Spec, sparse } from "./spec.ts";

export const LAYERS: Readonly<Record<string, Spec>> = {
  "activation and dropout layers 9-9-14-14-14-3": {
    sizes: [9, 9, 14, 14, 14, 3],
    loss: "mse",
    activations: [
      { type: "dropout", rate: 0.2 },
      { activation: "linear", l2: 0.01 },
      { type: "activation", activation: "gelu" },
      { type: "dropout", rate: 0.4 },
      { activation: "linear" },
    ],
    optimizer: { type: "adam", clipNorm: 0.5 },
    learningRate: 0.02,
    seed: 180,
    fit: { epochs: 6, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "interrupted", "save and load", "by hand", "gradients"],
    data: made(37, 9, 3),
  },
  "activations first and last 9-9-6-5-5": {
    sizes: [9, 9, 6, 5, 5],
    loss: "categoricalCrossEntropy",
    activations: [
      { type: "activation", activation: "elu" },
      { activation: "sigmoid" },
      { activation: "linear" },
      { type: "activation", activation: "softmax" },
    ],
    learningRate: 0.5,
    seed: 181,
    fit: { epochs: 3, batchSize: 7, shuffle: false },
    ways: ["all", "gradients"],
    data: made(20, 9, 5),
  },
  "layers of one unit that activate or drop 1-1-1-4-1-1": {
    sizes: [1, 1, 1, 4, 1, 1],
    loss: "binaryCrossEntropy",
    activations: [
      { type: "dropout", rate: 0.3 },
      { type: "activation", activation: "tanh" },
      { activation: "tanh" },
      { activation: "linear" },
      { type: "activation", activation: "sigmoid" },
    ],
    learningRate: 0.5,
    seed: 182,
    fit: { epochs: 3, batchSize: 6, shuffle: true },
    ways: ["all", "gradients"],
    data: made(20, 1, 1),
  },
  "dropout of sparse inputs 40-40-7-2": {
    sizes: [40, 40, 7, 2],
    activations: [{ type: "dropout", rate: 0.25 }],
    learningRate: 0.3,
    seed: 183,
    fit: { epochs: 2, batchSize: 8, shuffle: true },
    ways: ["fit", "outputs", "compressed", "streamed", "gradients"],
    data: sparse(19, 40, 2),
  },
  "activation above a frozen layer 5-6-6-4": {
    sizes: [5, 6, 6, 4],
    activations: [
      { activation: "linear", trainable: false },
      { type: "activation", activation: "relu" },
    ],
    optimizer: { type: "sgd", clipNorm: 0.1 },
    learningRate: 0.3,
    seed: 184,
    fit: { epochs: 2, batchSize: 6, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 4),
  },
  ...Object.fromEntries(
    (
      [
        [60, 20],
        [200, 70],
      ] as const
    ).map(([inputs, units], n): [string, Spec] => [
      `for threads, activation and dropout layers ${[inputs, inputs, units, units, 1, 1, units].join("-")}`,
      {
        sizes: [inputs, inputs, units, units, 1, 1, units],
        loss: "mse",
        activations: [
          { type: "dropout", rate: 0.2 },
          { activation: "linear" },
          { type: "activation", activation: "silu" },
          { activation: "linear" },
          { type: "activation", activation: "tanh" },
          { activation: "linear" },
        ],
        learningRate: 0.1,
        seed: 185 + n,
        fit: { epochs: 2, batchSize: 81, shuffle: true },
        ways: ["all"],
        data: made(162, inputs, units),
      },
    ]),
  ),
  "for threads, rows through activation and dropout layers 60-60-40-40-8": {
    sizes: [60, 60, 40, 40, 8],
    loss: "mse",
    activations: [
      { type: "dropout", rate: 0.2 },
      { activation: "linear" },
      { type: "activation", activation: "mish" },
      { activation: "linear" },
    ],
    learningRate: 0.1,
    seed: 187,
    fit: { epochs: 2, batchSize: 81, shuffle: true },
    ways: ["all"],
    data: made(162, 60, 8),
  },
};
