// Optimizers, penalties and clipping: trainings against PyTorch's (test/fixtures/optimizers.py). Dropout: what both
// engines leave out, read from a step that makes weights of the factors, and its statistics.

import { Network, type OptimizerOptions } from "bitgrad";
import { describe, expect, it } from "vitest";
import { dropoutFactors } from "../../bindings/engine/reference/dropout.ts";
import { DTYPES, type DType, ENGINES, expectSameBits, floats } from "../fixtures/bits.ts";
import fixture from "../fixtures/optimizers.json" with { type: "json" };

interface PyTorchTraining {
  readonly optimizer: OptimizerOptions;
  readonly penalties: { readonly l1?: number; readonly l2?: number };
  readonly losses: readonly number[];
  /** Weights and biases of each layer. */
  readonly after: readonly (readonly number[])[];
}

const TRAININGS = Object.entries(fixture.trainings as Record<string, unknown>) as [string, PyTorchTraining][];

/** To 12 digits. */
function expectClose(actual: ArrayLike<number>, wanted: readonly number[], what: string): void {
  expect(actual.length, what).toBe(wanted.length);
  wanted.forEach((value, n) => {
    const error = Math.abs(actual[n]! - value) / Math.abs(value);
    expect(error, `${what}[${n}] is ${actual[n]}, PyTorch's ${value}`).toBeLessThanOrEqual(1e-12);
  });
}

describe.each(ENGINES)("%s", (engine) => {
  it.each(TRAININGS)("%s: PyTorch's losses and parameters, in f64", (_, { optimizer, penalties, losses, after }) => {
    using net = Network.createSync({
      engine,
      dtype: "f64",
      inputs: 5,
      layers: [
        { units: 7, activation: "tanh", ...penalties },
        { units: 3, activation: "linear", ...penalties },
      ],
      loss: "mse",
      optimizer,
    });
    net.setParameters([0, 2].map((n) => ({ weights: fixture.before[n]!, biases: fixture.before[n + 1]! })));
    const { batchSize } = fixture;
    const { loss } = net.fit(fixture.x, fixture.y, { epochs: losses.length, batchSize, shuffle: false });
    expectClose(loss, losses, "loss");
    const found = net.getParameters().flatMap(({ weights, biases }) => [weights, biases]);
    found.forEach((values, n) => expectClose(values, after[n]!, `${n % 2 === 0 ? "weights" : "biases"} ${n >> 1}`));
  });
});

const UNITS = 1000;
const P = 0.3;
const BATCH_SIZE = 4;

interface Place {
  readonly seed: number;
  readonly epoch: number;
  readonly batch: number;
  readonly row: number;
  readonly layer: number;
}

const FIRST: Place = { seed: 1, epoch: 0, batch: 0, row: 0, layer: 0 };
/** Each differs from the first in one. */
const PLACES = [FIRST, ...Object.entries(FIRST).map(([key, value]) => ({ ...FIRST, [key]: value + 1 }))];

/** Of `rows` rows of a batch. */
function factors(dtype: DType, { seed, epoch, batch, layer }: Place, rows: number) {
  return dropoutFactors(dtype, rows, UNITS, { dropout: P, seed, epoch, batch, layer });
}

/**
 * What a training multiplied a layer's outputs by: they are 1 in the row of that place and 0 in the others, the weights
 * after them are 0, and the error is −1, so a step of rate ½ on its square makes weights of the factors. All before it
 * has gradient 0.
 */
function factorsOfTraining(engine: (typeof ENGINES)[number], dtype: DType, place: Place) {
  const { seed, epoch, batch, row, layer } = place;
  const ones = (length: number) => new Array<number>(length).fill(1);
  const before = Array.from({ length: layer }, () => ({ units: 1, activation: "linear" as const }));
  using net = Network.createSync({
    engine,
    dtype,
    inputs: 1,
    layers: [...before, { units: UNITS, activation: "linear", dropout: P }, { units: 1, activation: "linear" }],
    loss: "mse",
    seed,
    optimizer: { type: "sgd", learningRate: 0.5 },
  });
  net.setParameters([
    ...before.map(() => ({ weights: ones(1), biases: [0] })),
    { weights: ones(UNITS), biases: ones(UNITS).fill(0) },
    { weights: ones(UNITS).fill(0), biases: [0] },
  ]);
  const x = Array.from({ length: BATCH_SIZE * (batch + 1) }, () => [0]);
  const options = { batchSize: BATCH_SIZE, shuffle: false };
  if (epoch > 0) net.fit(x, x, { ...options, epochs: epoch });
  const only = (value: number) => x.map((_, s) => [s === BATCH_SIZE * batch + row ? value : 0]);
  net.fit(only(1), only(BATCH_SIZE), { ...options, epochs: 1 });
  return floats(dtype, [...net.getParameters().at(-1)!.weights]);
}

/** A count of `trials` that each happen with that probability is within 5 standard deviations of its mean. */
function expectCount(count: number, trials: number, probability: number, what: string): void {
  const deviation = Math.sqrt(trials * probability * (1 - probability));
  const error = Math.abs(count - trials * probability) / deviation;
  expect(error, `${what}: ${count} of ${trials}, in standard deviations`).toBeLessThan(5);
}

const zeros = (values: ArrayLike<number>) => Array.from(values).filter((value) => value === 0).length;
const zerosInBoth = (a: ArrayLike<number>, b: ArrayLike<number>) => zeros(Array.from(a, (value, n) => value || b[n]!));

describe.each(DTYPES)("dropout in %s", (dtype) => {
  it.each(ENGINES)("%s leaves out what the reference's dropoutFactors says", (engine) => {
    for (const place of PLACES) {
      const wanted = factors(dtype, place, BATCH_SIZE).subarray(place.row * UNITS, (place.row + 1) * UNITS);
      expectSameBits(factorsOfTraining(engine, dtype, place), wanted, JSON.stringify(place));
    }
  });

  it.each(ENGINES)("%s: the share of zeros is p, independent of seed, epoch, batch, row and layer", (engine) => {
    const found = PLACES.map((place) => factorsOfTraining(engine, dtype, place));
    found.forEach((mask, m) => {
      expectCount(zeros(mask), UNITS, P, JSON.stringify(PLACES[m]));
      for (const other of found.slice(m + 1)) expectCount(zerosInBoth(mask, other), UNITS, P * P, "zeros in both");
    });
  });

  it("what isn't left out is multiplied by 1 / (1 − p), rounded once", () => {
    const scale = floats(dtype, [1 / 0.7])[0]!;
    expect(new Set(factors(dtype, FIRST, 1))).toEqual(new Set([0, scale]));
  });
});

it("dropout: the share of 100 rows, and units and rows next to each other are independent", () => {
  const all = factors("f32", FIRST, 100);
  expectCount(zeros(all), all.length, P, "zeros");
  for (const distance of [1, 2, UNITS]) {
    const other = all.subarray(distance);
    expectCount(zerosInBoth(all.subarray(0, other.length), other), other.length, P * P, `zeros ${distance} apart`);
  }
});
