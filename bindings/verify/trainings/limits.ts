// Golden trainings for threads, and at the ends of what numbers and memory hold.

import { largestLast, made, ONE, type Spec, scaled, sparse, truthTable, weighted } from "./spec.ts";

export const LIMITS: Readonly<Record<string, Spec>> = {
  // enough work for three threads
  "for threads, frozen first layer 40-60-30-20": {
    sizes: [40, 60, 30, 20],
    activations: [{ trainable: false }],
    learningRate: 0.1,
    seed: 130,
    fit: { epochs: 1, batchSize: 64, shuffle: true },
    ways: ["all"],
    data: made(64, 40, 20),
  },
  "for threads, one unit in the middle 60-90-1-90": {
    sizes: [60, 90, 1, 90],
    loss: "categoricalCrossEntropy",
    activations: [
      { activation: "tanh", dropout: 0.2 },
      { activation: "tanh", dropout: 0.3 },
      { activation: "softmax" },
    ],
    learningRate: 0.1,
    seed: 131,
    fit: { epochs: 1, batchSize: 64, shuffle: true },
    ways: ["all"],
    data: weighted(made(64, 60, 90)),
  },
  "for threads, fewer panels than threads, sparse 110-44-7-3": {
    sizes: [110, 44, 7, 3],
    loss: "mse",
    activations: [{ dropout: 0.2 }, { dropout: 0.3 }, {}],
    optimizer: { type: "adam", clipNorm: 0.1 },
    learningRate: 0.1,
    seed: 132,
    fit: { epochs: 1, batchSize: 44, shuffle: true },
    ways: ["all"],
    data: sparse(44, 110, 3),
  },
  // what one thread writes too far is another's, which of two has fewer rows and is ready first
  "for threads, mse, rows of whole registers 40-60-20": {
    sizes: [40, 60, 20],
    loss: "mse",
    learningRate: 0.1,
    seed: 133,
    fit: { epochs: 2, batchSize: 49, shuffle: true },
    ways: ["all", "gradients", "training outputs"],
    data: made(49, 40, 20),
  },
  ...Object.fromEntries(
    (
      [
        ["leakyRelu", "softplus", "silu", "geluTanh", "gelu"],
        ["mish", "hardSwish", "softsign", "tanh", "elu"],
      ] as const
    ).map((activations, n): [string, Spec] => [
      `for threads, ${activations[0]} to ${activations[4]}, rows of whole registers 50-40-40-40-40-20`,
      {
        sizes: [50, 40, 40, 40, 40, 20],
        loss: "mse",
        activations: activations.map((activation) => ({ activation })),
        learningRate: 0.02,
        seed: 136 + n,
        fit: { epochs: 2, batchSize: 49, shuffle: true },
        ways: ["all"],
        data: made(49, 50, 20),
      },
    ]),
  ),
  "for threads, one unit 500-1": {
    sizes: [500, 1],
    learningRate: 0.001,
    seed: 156,
    fit: { epochs: 1, batchSize: 450, shuffle: true },
    ways: ["all", "gradients"],
    data: made(450, 500, 1),
  },
  "for threads, one panel a thread, sparse 800-24-3": {
    sizes: [800, 24, 3],
    learningRate: 0.1,
    seed: 134,
    fit: { epochs: 2, batchSize: 32, shuffle: true },
    ways: ["all"],
    data: sparse(32, 800, 3),
  },
  "for threads, one register a row, sparse 1000-3-2": {
    sizes: [1000, 3, 2],
    learningRate: 0.1,
    seed: 135,
    fit: { epochs: 2, batchSize: 49, shuffle: true },
    ways: ["all"],
    data: sparse(49, 1000, 2),
  },
  "an infinite norm 5-4-2": {
    sizes: [5, 4, 2],
    loss: "mse",
    activations: [{ activation: "linear" }, { activation: "linear" }],
    optimizer: { type: "sgd", clipNorm: 1 },
    learningRate: 0.1,
    diverges: true,
    seed: 120,
    fit: { epochs: 2, batchSize: 4, shuffle: true },
    ways: ["all"],
    data: scaled({ f32: 1e12, f64: 1e12 }, { f32: 1e12, f64: 1e150 }, made(8, 5, 2)),
  },
  "diverging 5-6-2": {
    sizes: [5, 6, 2],
    loss: "mse",
    activations: [{ activation: "linear" }, { activation: "linear" }],
    learningRate: { f32: 20, f64: 1e8 },
    diverges: true,
    seed: 121,
    fit: { epochs: 30, batchSize: 8, shuffle: true },
    ways: ["all"],
    data: made(20, 5, 2),
  },
  "errors too large 5-2": {
    sizes: [5, 2],
    activations: [{ activation: "linear" }],
    learningRate: 0.1,
    diverges: true,
    seed: 122,
    fit: { epochs: 2, batchSize: 8, shuffle: false },
    ways: ["all"],
    data: scaled(ONE, { f32: 3e38, f64: 1e200 }, made(8, 5, 2)),
  },
  "steps too large 5-2": {
    sizes: [5, 2],
    activations: [{ activation: "linear" }],
    learningRate: { f32: 1e30, f64: 1e200 },
    diverges: true,
    seed: 123,
    fit: { epochs: 2, batchSize: 8, shuffle: false },
    ways: ["all"],
    data: scaled(ONE, { f32: 1e30, f64: 1e150 }, made(8, 5, 2)),
  },
  ...Object.fromEntries(
    (
      [
        [[2, 1], 4, 136],
        [[2, 1], 4, 161], // in the second epoch
        [[2, 2, 1], 1, 129],
        [[2, 4, 1], 1, 169],
      ] as const
    ).map(([sizes, batchSize, seed]): [string, Spec] => [
      `steps too large, seed ${seed} ${sizes.join("-")}`,
      {
        sizes,
        learningRate: { f32: 3e38, f64: 1.7e308 },
        diverges: true,
        seed,
        fit: { epochs: 2, batchSize, shuffle: false },
        ways: ["all"],
        data: scaled({ f32: 100, f64: 100 }, ONE, made(8, sizes[0], 1)),
      },
    ]),
  ),
  // a call of the core runs 65,536 epochs at most
  "more epochs than one call runs 2-1": {
    sizes: [2, 1],
    learningRate: 0.5,
    seed: 140,
    fit: { epochs: 65_538, batchSize: 4, shuffle: false },
    ways: ["all"],
    data: truthTable([0, 0, 0, 1]),
  },
  // rows of activations of a multiple of 1,024 bytes; more than 64 KiB of weights, which are moved in pieces
  "rows of 1,024 bytes 70-256-2": {
    sizes: [70, 256, 2],
    learningRate: 0.1,
    seed: 141,
    fit: { epochs: 1, batchSize: 3, shuffle: true },
    ways: ["all"],
    data: made(5, 70, 2),
  },
  // a row of weights is more than half of the 64 KiB that are moved at once
  "rows of 8,200 weights 3-8200-1": {
    sizes: [3, 8200, 1],
    learningRate: 0.001,
    seed: 152,
    fit: { epochs: 2, batchSize: 2, shuffle: true },
    ways: ["save and load"],
    data: made(3, 3, 1),
  },
  // the epoch that is taken back is not the first of its call
  ...Object.fromEntries(
    [2, 3, 4, 5].map((units): [string, Spec] => [
      `finite for some epochs 2-${units}-1`,
      {
        sizes: [2, units, 1],
        learningRate: 3,
        diverges: true,
        seed: 147,
        fit: { epochs: 12, batchSize: 1, shuffle: false },
        ways: ["all"],
        data: largestLast(made(8, 2, 1)),
      },
    ]),
  ),
  // an order of so many rows, or a δ of so many inputs, would not go unseen where there is no memory for it
  ...Object.fromEntries(
    (
      [
        [[2, 1], 4],
        [[2, 2, 1], 1],
        [[3, 2, 1], 50],
      ] as const
    ).map(([sizes, batchSize], n): [string, Spec] => [
      `12,000 rows in order ${sizes.join("-")}`,
      {
        sizes,
        learningRate: 0.1,
        seed: 142 + n,
        fit: { epochs: 2, batchSize, shuffle: false },
        ways: ["interrupted"],
        data: made(12000, sizes[0], 1),
      },
    ]),
  ),
  ...Object.fromEntries(
    [3, 1].map((units): [string, Spec] => [
      `row by row 6000-${units}-1`,
      {
        sizes: [6000, units, 1],
        learningRate: 0.1,
        seed: 145 + units,
        fit: { epochs: 1, batchSize: 1, shuffle: false },
        ways: ["all"],
        data: made(2, 6000, 1),
      },
    ]),
  ),
};
