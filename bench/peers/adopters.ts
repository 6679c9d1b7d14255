// Three networks that people train with TensorFlow.js. A round is whole trainings, each from the same parameters.

import type { Workload } from "../workloads.ts";

export interface Adopter extends Workload {
  readonly epochs: number;
}

const NORMALIZATION = { type: "batchNormalization", momentum: 0.99, epsilon: 0.001 } as const;
const SGD = { type: "sgd", learningRate: 0.1 } as const;
const ADAM = { type: "adam", learningRate: 0.001, epsilon: 1e-7 } as const;
const relu = (units: number) => ({ units, activation: "relu" }) as const;
const softmax = (units: number) => ({ units, activation: "softmax" }) as const;

const of = (name: string, sizes: Adopter["sizes"], network: NonNullable<Adopter["network"]>) =>
  ({ name: `adopters-${name}`, sizes, network, learningRate: 0, data: "dense" }) as const;

// biome-ignore format: a table
export const ADOPTERS: readonly Adopter[] = [
  // micro:bit CreateAI's settings (microbit-foundation/ml-trainer: src/mlConfig.ts, src/ml-train-core.ts), with 20
  // recordings of each of three gestures
  { ...of("gestures", [24, 24, 16, 3], {
    layers: [NORMALIZATION, relu(16), softmax(3)], loss: "categoricalCrossEntropy", optimizer: SGD,
  }), rows: 60, timedRows: 60, batchSize: 16, epochs: 160 },
  // two classes by five columns, with TensorFlow.js' own batch size and learning rate; rows and epochs are our choice
  { ...of("classes", [5, 124, 64, 32, 1], {
    layers: [relu(124), relu(64), relu(32), { units: 1, activation: "sigmoid" }], loss: "binaryCrossEntropy", optimizer: ADAM,
  }), rows: 1000, timedRows: 1000, batchSize: 32, epochs: 50 },
  // Teachable Machine's settings, and the 85 of 100 pictures of each of three classes that it trains on
  { ...of("head", [1280, 100, 3], {
    layers: [relu(100), softmax(3)], loss: "categoricalCrossEntropy", optimizer: ADAM,
  }), rows: 255, timedRows: 255, batchSize: 16, epochs: 50 },
];
