// Optimizers, clipping, penalties, dropout, row weights, schedules and frozen layers with several threads: the bits of
// one.

import type { FitOptions, NetworkOptions, OptimizerOptions } from "bitgrad";
import { Network } from "bitgrad/threads";
import { describe, expect, it } from "vitest";
import { DTYPES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

const OPTIMIZERS: OptimizerOptions[] = [
  { type: "sgd", learningRate: 0.01 },
  { type: "sgd", learningRate: 0.01, momentum: 0.9, nesterov: true, clipValue: 0.01 },
  { type: "adam", clipNorm: 0.1 },
  { type: "nadam", clipNorm: 0.1, clipValue: 0.05 },
  { type: "nadam", clipValue: 0.05 },
  { type: "lion", weightDecay: 0.1 },
];

describe.each(DTYPES)("%s", (dtype) => {
  it.each(OPTIMIZERS)("%j", async (optimizer) => {
    const random = new Random(70 + OPTIMIZERS.indexOf(optimizer));
    for (const [n, units] of [
      [150, 61, 3],
      [97, 33, 5],
      [40, 1],
    ].entries()) {
      const { x, y } = random.dataset(dtype, 256, 93, units.at(-1)!);
      if (n === 1) x.data.set(random.mostlyZeros(dtype, x.data.length, 0.2));
      const options: NetworkOptions = {
        inputs: 93,
        dtype,
        optimizer,
        loss: "mse",
        layers: units.map((count, l) => ({
          units: count,
          activation: l === 0 ? "relu" : "sigmoid",
          l1: l === 0 ? 0.001 : 0,
          l2: l === 1 ? 0.01 : 0,
          dropout: l + 1 < units.length ? 0.3 : 0,
          trainable: !(n === 2 && l === 0),
        })),
      };
      const fit: FitOptions = {
        epochs: 3,
        batchSize: [64, 33, 128][n]!,
        ...(n !== 1 && { sampleWeights: Array.from({ length: 256 }, () => random.unit()) }),
        ...(n !== 0 && { schedule: { type: "cosine", epochs: 4 } }),
      };
      const ends: string[] = [];
      for (const threads of [1, 2, 3]) {
        using net = await Network.create({ ...options, threads });
        expect(net.threads.count).toBe(threads);
        ends.push(JSON.stringify([net.fit(x, y, fit), net]));
      }
      expect(ends[1]).toBe(ends[0]);
      expect(ends[2]).toBe(ends[0]);
    }
  });
});
