// Batch and layer normalization: PyTorch's trainings, finite differences, both engines on all sizes, what is averaged,
// frozen, restored, saved and refused.

import {
  type BitgradError,
  DataError,
  type LayerOptions,
  Network,
  type NetworkOptions,
  NotFiniteError,
  type OptimizerOptions,
  OptionError,
  ShapeError,
} from "bitgrad";
import { Predictor } from "bitgrad/predict";
import { describe, expect, it } from "vitest";
import { errorOf } from "../faults/expect-error.ts";
import { DTYPES, type DType, ENGINES, expectSameBits, type FloatArray } from "../fixtures/bits.ts";
import fixture from "../fixtures/normalization.json" with { type: "json" };
import { Random } from "../fixtures/random.ts";
import { howMany } from "../support/slow.ts";

const BATCH: LayerOptions = { type: "batchNormalization" };
const LAYER: LayerOptions = { type: "layerNormalization" };
const TANH: LayerOptions = { type: "activation", activation: "tanh" };

const flat = (net: Network) => net.getParameters().flatMap((layer) => Object.values(layer) as FloatArray[]);

interface PyTorchTraining {
  readonly layers: readonly LayerOptions[];
  readonly optimizer: OptimizerOptions;
  readonly before: readonly (readonly (readonly number[])[])[];
  readonly after: readonly (readonly (readonly number[])[])[];
  readonly losses: readonly number[];
  readonly outputs: readonly number[];
}

/** To 12 digits. */
function expectClose(actual: ArrayLike<number>, wanted: readonly number[], what: string): void {
  expect(actual.length, what).toBe(wanted.length);
  wanted.forEach((value, n) => {
    const error = Math.abs(actual[n]! - value) / Math.max(1, Math.abs(value));
    expect(error, `${what}[${n}] is ${actual[n]}, PyTorch's ${value}`).toBeLessThanOrEqual(1e-12);
  });
}

/** A network that begins with parameters of PyTorch's, in the order of the file. */
function fromPyTorch(options: NetworkOptions, before: PyTorchTraining["before"]): Network {
  const net = Network.createSync(options);
  const names = net.getParameters().map((layer) => Object.entries(layer).filter(([, { length }]) => length > 0));
  net.setParameters(names.map((of, l) => Object.fromEntries(of.map(([name], n) => [name, before[l]![n]!]))));
  return net;
}

describe.each(ENGINES)("%s", (engine) => {
  const TRAININGS = Object.entries(fixture.trainings as unknown as Record<string, PyTorchTraining>);

  it.each(TRAININGS)("%s: PyTorch's losses, parameters and outputs, in f64", (_, training) => {
    const { layers, optimizer, before, after, losses, outputs } = training;
    using net = fromPyTorch({ engine, dtype: "f64", inputs: 5, layers, loss: "mse", optimizer }, before);
    const { batchSize, x, y } = fixture;
    const { loss } = net.fit(x, y, { epochs: losses.length, batchSize, shuffle: false });
    expectClose(loss, losses, "loss");
    const found = flat(net).filter(({ length }) => length > 0);
    after.flat().forEach((values, n) => expectClose(found[n]!, values, `parameter ${n}`));
    expectClose(net.predict(x).flat(), outputs, "outputs");
  });

  it.each([
    ["batch normalization", [{ units: 4, activation: "linear" }, BATCH, TANH, { units: 2 }]],
    ["batch normalization of the inputs", [BATCH, { units: 4, activation: "tanh" }, BATCH, { units: 2 }]],
    ["layer normalization", [{ units: 4, activation: "linear" }, LAYER, TANH, { units: 2 }]],
    ["layer normalization after the outputs", [{ units: 4, activation: "tanh" }, { units: 2 }, LAYER]],
    ["both", [{ units: 4, activation: "tanh" }, LAYER, { units: 5, activation: "elu" }, BATCH, TANH, { units: 2 }]],
  ] as [string, LayerOptions[]][])("%s: gradients by finite differences", (_, layers) => {
    const random = new Random(layers.length);
    const { x, y } = random.dataset("f64", 7, 3, 2);
    const make = (learningRate: number) =>
      Network.createSync({
        engine,
        dtype: "f64",
        inputs: 3,
        layers,
        seed: 4,
        optimizer: { type: "sgd", learningRate },
      });
    using still = make(0);
    using moving = make(1);
    const start = still
      .getParameters()
      .map((layer) =>
        Object.fromEntries(
          Object.entries(layer).map(([name, values]) => [
            name,
            (values as Float64Array).map((v) => v + random.unit() / 4),
          ]),
        ),
      );
    moving.setParameters(start);
    moving.partialFit(x, y);
    const after = moving.getParameters();
    let checked = 0;
    start.forEach((layer, l) => {
      for (const [name, values] of Object.entries(layer)) {
        if (name.startsWith("moving")) continue;
        values.forEach((value, i) => {
          const lossAt = (changed: number) => {
            values[i] = changed;
            still.setParameters(start);
            return still.partialFit(x, y);
          };
          const numeric = (lossAt(value + 1e-5) - lossAt(value - 1e-5)) / 2e-5;
          values[i] = value;
          const analytic = value - (after[l] as unknown as Record<string, Float64Array>)[name]![i]!;
          expect(Math.abs(analytic - numeric), `${name}[${i}] of layer ${l}`).toBeLessThan(1e-8);
          if (Math.abs(numeric) > 1e-4) checked++;
        });
      }
    });
    expect(checked).toBeGreaterThan(15); // gradients of 0 would prove nothing
  });

  it("a prediction by known averages is (x − mean) / √(variance + ε) · gamma + beta", () => {
    using net = Network.createSync({
      engine,
      dtype: "f64",
      inputs: 2,
      layers: [{ units: 2 }, { type: "batchNormalization", epsilon: 1 }],
    });
    const normalization = { gamma: [2, -1], beta: [0.5, 0], movingMean: [1, 2], movingVariance: [3, 8] };
    net.setParameters([{ weights: [1, 0, 0, 1], biases: [0, 0] }, normalization]);
    expect(net.predict([[5, -4]])).toEqual([[(4 / 2) * 2 + 0.5, (-6 / 3) * -1]]);
    expect(net.getParameters()[1]).toMatchObject({ movingVariance: Float64Array.of(3, 8) });
  });

  it("moving averages after one step, of the biased variance", () => {
    using net = Network.createSync({
      engine,
      dtype: "f64",
      inputs: 1,
      layers: [{ type: "batchNormalization", momentum: 0.75 }, { units: 1 }],
    });
    net.partialFit([[1], [2], [6]], [[0], [0], [0]]);
    const [{ movingMean, movingVariance }] = net.getParameters() as [ReturnType<Network["getParameters"]>[number]];
    expect([...movingMean!, ...movingVariance!]).toEqual([3 * 0.25, 0.75 + (14 / 3) * 0.25]);
  });

  it("a batch of one row is normalized to 0", () => {
    for (const layers of [
      [{ units: 3 }, BATCH],
      [BATCH, { units: 3 }],
    ] as LayerOptions[][]) {
      using net = Network.createSync({ engine, inputs: 2, layers, seed: 1 });
      expect(net.partialFit([[3, -7]], [[1, 2, 3]])).toBeCloseTo(14 / 3, 5);
    }
    using net = Network.createSync({ engine, inputs: 1, layers: [LAYER, { units: 1 }] });
    expect(net.predict([[5], [-3]])).toEqual([[0], [0]]); // of one column, too
  });

  it("without beta, 0 has the sign that gamma gives it", () => {
    for (const type of ["batchNormalization", "layerNormalization"] as const) {
      const layers: LayerOptions[] = [
        { units: 2, activation: "linear" },
        { type, center: false },
      ];
      using net = Network.createSync({ engine, inputs: 1, layers });
      const [dense, normalization] = net.getParameters();
      net.setParameters([dense!, { ...normalization!, gamma: Float32Array.of(-1, 1) }]);
      expect(net.predict([[0]])).toEqual([[-0, 0]]);
    }
  });

  it("a frozen batch normalization doesn't change, and a training normalizes as a prediction does", () => {
    const { x, y } = new Random(8).dataset("f32", 20, 4, 2);
    using net = Network.createSync({ engine, inputs: 4, layers: [{ units: 5 }, BATCH, { units: 2 }], seed: 2 });
    net.fit(x, y, { epochs: 3, batchSize: 6 });
    net.setTrainable(1, false);
    const [, before] = net.getParameters();
    const { loss } = net.evaluate(x, y);
    expect(net.partialFit(x, y)).toBe(loss);
    expect(net.getParameters()[1]).toEqual(before);
    net.setTrainable(1, true);
    net.partialFit(x, y);
    expect(net.getParameters()[1]).not.toEqual(before);
  });

  it.each(DTYPES)("%s: gradients and apply are fit's steps; ∂E/∂x is by finite differences", (dtype) => {
    const { x, y } = new Random(12).dataset(dtype, 21, 4, 2);
    const layers: LayerOptions[] = [BATCH, { units: 5 }, LAYER, TANH, { units: 1 }, BATCH, { units: 2 }];
    for (const optimizer of ["sgd", { type: "adam", clipNorm: 0.5 }] as const) {
      const options = { engine, dtype, inputs: 4, layers, seed: 6, optimizer } as const;
      using net = Network.createSync(options);
      using byHand = Network.createSync(options);
      net.fit(x, y, { epochs: 2, batchSize: 21, shuffle: false });
      for (let step = 0; step < 2; step++) byHand.apply(byHand.gradients(x, y).gradients);
      expect(byHand.digest()).toBe(net.digest());
      const { gradients, inputGradient } = net.gradients(x, y, { inputGradient: true });
      expect(gradients[0]!.movingMean).not.toEqual(net.getParameters()[0]!.movingMean); // the batch's
      if (dtype === "f32") continue;
      for (let n = 0; n < 12; n++) {
        const lossAt = (change: number) => {
          const data = x.data.map((value, i) => (i === n ? value + change : value));
          return net.gradients({ data, shape: x.shape }, y).loss;
        };
        const numeric = (lossAt(1e-5) - lossAt(-1e-5)) / 2e-5;
        expect(Math.abs(numeric - inputGradient![n]!)).toBeLessThan(1e-8);
      }
    }
    for (const first of [LAYER, { type: "dropout", rate: 0.5 }, TANH] as LayerOptions[]) {
      using net = Network.createSync({ engine, dtype: "f64", inputs: 4, layers: [first, { units: 3 }, { units: 2 }] });
      const { inputGradient } = net.gradients(x, y, { inputGradient: true });
      const lossAt = (change: number) => {
        const data = x.data.map((value, i) => (i === 5 ? value + change : value));
        return net.gradients({ data: Float64Array.from(data), shape: x.shape }, y).loss;
      };
      if (dtype === "f64") {
        expect(Math.abs((lossAt(1e-5) - lossAt(-1e-5)) / 2e-5 - inputGradient![5]!)).toBeLessThan(1e-8);
      }
    }
  });

  it("early stopping restores the averages of the best epoch; an epoch that isn't finite leaves them", () => {
    const { x, y } = new Random(9).dataset("f32", 40, 4, 2);
    const options = { engine, inputs: 4, layers: [{ units: 9 }, BATCH, { units: 2 }], seed: 3 } as const;
    const optimizer = { type: "adam", learningRate: 0.1 } as const;
    using net = Network.createSync({ ...options, optimizer });
    const fit = { batchSize: 8, validationSplit: 0.3 };
    const { bestEpoch, loss } = net.fit(x, y, { ...fit, epochs: 60, earlyStopping: { patience: 3 } });
    expect(bestEpoch).toBeLessThan(loss.length);
    using best = Network.createSync({ ...options, optimizer });
    best.fit(x, y, { ...fit, epochs: bestEpoch! });
    expect(net.digest()).toBe(best.digest());

    using wild = Network.createSync({ ...options, optimizer: { type: "sgd", learningRate: 3e38 } });
    const before = wild.digest();
    expect(errorOf(() => wild.fit(x, y, { epochs: 2, batchSize: 8 }))).toBeInstanceOf(NotFiniteError);
    expect(wild.digest()).toBe(before);
  });

  it.each(DTYPES)("%s: saved, loaded, predicted alone, and trained on", (dtype) => {
    const { x, y } = new Random(10).dataset(dtype, 30, 5, 2);
    const layers: LayerOptions[] = [
      BATCH,
      { units: 6 },
      { ...LAYER, center: false } as LayerOptions,
      TANH,
      { units: 2 },
    ];
    const options = { engine, dtype, inputs: 5, layers, seed: 3 };
    using net = Network.createSync(options);
    net.fit(x, y, { epochs: 2, batchSize: 7 });
    for (const saved of [net.save(), net.toJSON(), JSON.stringify(net)]) {
      expect(Predictor.load(saved).predict(x).data).toEqual(net.predict(x).data);
    }
    using loaded = Network.loadSync(net.save(), { engine });
    expect(loaded.layers).toEqual(net.layers);
    loaded.fit(x, y, { epochs: 3, batchSize: 7 });
    using whole = Network.createSync({ ...options, layers: net.layers });
    whole.fit(x, y, { epochs: 5, batchSize: 7 });
    expect(loaded.digest()).toBe(whole.digest());
    using copy = Network.createSync(options);
    copy.setParameters(whole.getParameters());
    expect(copy.digest()).toBe(whole.digest());
    expect(String(net)).toContain("5 → batchNormalization → 6 linear → layerNormalization → tanh → 2 linear");
  });

  it("parameters that don't fit are refused, and nothing is changed", () => {
    using net = Network.createSync({ engine, inputs: 2, layers: [BATCH, { units: 1 }] });
    const before = net.digest();
    const [normalization, dense] = net.getParameters();
    for (const [changed, error, message] of [
      [
        { movingVariance: [1, -1] },
        DataError,
        "parameters[0].movingVariance[1] is -1; numbers of 0 or more, finite in f32",
      ],
      [{ gamma: [1, Number.NaN] }, DataError, "parameters[0].gamma[1] is NaN"],
      [{ beta: [1] }, ShapeError, "parameters[0].beta has 1 element; 2 are expected"],
      [{ movingMean: undefined }, ShapeError, "parameters[0].movingMean is undefined"],
    ] as const) {
      const refused = errorOf(() => net.setParameters([{ ...normalization!, ...(changed as object) }, dense!]));
      expect(refused).toBeInstanceOf(error);
      expect((refused as BitgradError).message).toContain(message);
    }
    expect(net.digest()).toBe(before);
  });

  it.each([
    [{ type: "batchNormalization", momentum: 1 }, "layers[0].momentum is 1; a number below 1"],
    [{ type: "batchNormalization", momentum: -0.1 }, "layers[0].momentum is -0.1"],
    [{ type: "batchNormalization", epsilon: 0 }, "layers[0].epsilon is 0; a finite number of more than 0 in f32"],
    [{ type: "batchNormalization", epsilon: 1e-50 }, "layers[0].epsilon is 1e-50"],
    [{ type: "batchNormalization", center: 1 }, "layers[0].center is 1; true or false"],
    [{ type: "batchNormalization", activation: "relu" }, '"batchNormalization" has none'],
    [{ type: "layerNormalization", momentum: 0.9 }, 'layers[0], "layerNormalization", knows no "momentum"'],
    [{ type: "BatchNormalization" }, 'did you mean "batchNormalization"'],
  ])("%j is refused", (layer, message) => {
    const layers = [layer, { units: 1 }] as unknown as LayerOptions[];
    const error = errorOf(() => Network.createSync({ engine, inputs: 3, layers }));
    expect(error).toBeInstanceOf(OptionError);
    expect((error as Error).message).toContain(message);
  });

  it("a loss from z needs its activation after a normalization", () => {
    const layers: LayerOptions[] = [{ units: 3 }, BATCH];
    const create = (more: LayerOptions[]) =>
      Network.createSync({ engine, inputs: 3, layers: [...layers, ...more], loss: "categoricalCrossEntropy" });
    expect((errorOf(() => create([])) as Error).message).toContain(
      'the last activation "linear"; "softmax" is expected',
    );
    create([{ type: "activation", activation: "softmax" }]).dispose();
  });
});

/** Trains on both engines, and expects the same of both. */
function trainBoth(
  options: NetworkOptions,
  data: ReturnType<Random["dataset"]>,
  batchSize: number,
  what: string,
): void {
  const found = ENGINES.map((engine) => {
    using net = Network.createSync({ ...options, engine });
    expect(net.engine).toBe(engine);
    let loss: readonly number[];
    try {
      ({ loss } = net.fit(data.x, data.y, { epochs: 2, batchSize }));
    } catch (error) {
      if (!(error instanceof NotFiniteError)) throw error;
      ({ loss } = error);
    }
    const outputs = net.predict(data.x).data as FloatArray;
    return { loss: Float64Array.from(loss), parameters: flat(net), outputs };
  });
  const [wasm, reference] = found as [(typeof found)[0], (typeof found)[0]];
  expectSameBits(wasm.loss, reference.loss, `losses of ${what}`);
  reference.parameters.forEach((values, n) => expectSameBits(wasm.parameters[n]!, values, `parameter ${n} of ${what}`));
  expectSameBits(wasm.outputs, reference.outputs, `outputs of ${what}`);
}

describe.each(DTYPES)("%s, both engines", (dtype: DType) => {
  it.each([
    ["batch", BATCH],
    ["layer", LAYER],
  ])("%s normalization of every size from 1 to 67, of batches of every size", (_, layer) => {
    const random = new Random(60);
    for (let n = 1; n <= 67; n++) {
      const layers: LayerOptions[] = [layer, { units: 68 - n }, layer, TANH, { units: 2 }];
      const options = { dtype, inputs: n, layers, seed: n, optimizer: n % 2 === 0 ? "adam" : "sgd" } as const;
      const rows = 68 - n;
      for (const batchSize of [rows, random.whole(1, rows)]) {
        const what = `${n} inputs, ${rows} rows in batches of ${batchSize}`;
        trainBoth(options, random.dataset(dtype, rows, n, 2), batchSize, what);
      }
    }
  });

  it("numbers of all magnitudes, and so large that sums of them are infinite", () => {
    const random = new Random(61);
    for (let n = 0; n < howMany(60, 30); n++) {
      const inputs = random.whole(1, 11);
      const rows = random.whole(1, 20);
      const data = random.dataset(dtype, rows, inputs, 1);
      const largest = dtype === "f32" ? 3e38 : 1.7e308;
      const wide = n % 3 === 0 ? data.x.data.map(() => largest * (random.unit() * 2 - 1)) : undefined;
      data.x.data.set(wide ?? random.wide(dtype, rows * inputs));
      const norm = n % 2 === 0 ? BATCH : LAYER;
      const layers: LayerOptions[] = [norm, { units: random.whole(1, 9), activation: "tanh" }, norm, { units: 1 }];
      trainBoth({ dtype, inputs, layers, seed: n }, data, random.whole(1, rows), `${n}: ${rows} × ${inputs}`);
    }
  });
});
