// Compressed rows (SciPy's CSR) as x: the bits of the same rows in full, on both engines and in every place that takes
// x; what is malformed is refused.

import { type CompressedMatrix, DataError, type FitOptions, Network, type NetworkOptions, ShapeError } from "bitgrad";
import { Network as WorkerNetwork } from "bitgrad/worker";
import { describe, expect, it } from "vitest";
import { expectRefused, wrong } from "../faults/expect-error.ts";
import { DTYPES, type DType, ENGINES } from "../fixtures/bits.ts";
import scipy from "../fixtures/compressed.json" with { type: "json" };
import { Random } from "../fixtures/random.ts";

/** The same rows in full and compressed; a few zeros are listed, too. */
function both(dtype: DType, rows: number, inputs: number, share: number, seed = 1) {
  const random = new Random(seed);
  const data = random.mostlyZeros(dtype, rows * inputs, share);
  const [values, indices, indptr]: number[][] = [[], [], [0]];
  for (let s = 0; s < rows; s++) {
    for (let i = 0; i < inputs; i++) {
      const value = data[s * inputs + i]!;
      if (value === 0 && random.unit() < 0.9) {
        data[s * inputs + i] = 0; // what is not listed is +0
        continue;
      }
      values!.push(value);
      indices!.push(i);
    }
    indptr!.push(values!.length);
  }
  const compressed: CompressedMatrix = { data: values!, indices: indices!, indptr: indptr!, shape: [rows, inputs] };
  return { dense: { data, shape: [rows, inputs] }, compressed, y: random.dataset(dtype, rows, 1, 2).y };
}

const layers: NetworkOptions["layers"] = [{ units: 11, dropout: 0.2 }, { units: 2 }];
const end = (net: Network) => JSON.stringify(net);

describe.each(DTYPES)("%s", (dtype) => {
  describe.each(ENGINES)("%s", (engine) => {
    it.each([1, 2, 9, 17])("any size and density, with a first layer of %i units: the bits of full rows", (units) => {
      for (const inputs of [1, 3, 32, 75]) {
        for (const share of [0, 0.03, 0.5, 1]) {
          const { dense, compressed, y } = both(dtype, 13, inputs, share);
          for (const optimizer of [
            { type: "sgd", learningRate: 0.01 },
            "adam",
            { type: "sgd", momentum: 0.9, clipNorm: 0.5 },
          ] as const) {
            for (const fit of [
              { batchSize: 5 },
              { batchSize: 1, shuffle: false },
              { batchSize: 4, sampleWeights: y.data.subarray(0, 13) },
            ]) {
              const options: NetworkOptions = { inputs, layers: [{ units }, { units: 2 }], dtype, optimizer, engine };
              using one = Network.createSync(options);
              using other = Network.createSync(options);
              const history = one.fit(dense, y, { ...fit, epochs: 3 });
              expect(other.fit(compressed, y, { ...fit, epochs: 3 })).toEqual(history);
              expect(end(other)).toBe(end(one));
              expect(other.predict(compressed)).toEqual(one.predict(dense));
              expect(other.evaluate(compressed, y)).toEqual(one.evaluate(dense, y));
            }
          }
        }
      }
    });

    it("a first layer that is the last, of one unit", () => {
      const { dense, compressed, y } = both(dtype, 20, 40, 0.1);
      const one = { data: y.data.subarray(0, 20), shape: [20, 1] };
      for (const activation of ["sigmoid", "linear"] as const) {
        for (const optimizer of [{ type: "sgd", learningRate: 0.01 }, "adam"] as const) {
          const options: NetworkOptions = { inputs: 40, layers: [{ units: 1, activation }], dtype, optimizer, engine };
          using full = Network.createSync(options);
          using net = Network.createSync(options);
          full.fit(dense, one, { epochs: 4, batchSize: 6 });
          net.fit(compressed, one, { epochs: 4, batchSize: 6 });
          expect(end(net)).toBe(end(full));
        }
      }
    });

    it("a bias of −0, of which the sign of a zero tells", () => {
      const { dense, compressed, y } = both(dtype, 9, 40, 0);
      const options: NetworkOptions = {
        inputs: 40,
        layers: [{ units: 3, activation: "linear" }, { units: 2 }],
        dtype,
        engine,
      };
      using full = Network.createSync(options);
      using net = Network.createSync(options);
      const parameters = full.getParameters().map(({ weights, biases }) => ({
        weights: weights.map((w) => -Math.abs(w)),
        biases: biases.map(() => -0),
      }));
      for (const each of [full, net]) each.setParameters(parameters);
      expect(net.predict(compressed)).toEqual(full.predict(dense));
      full.fit(dense, y, { epochs: 2 });
      net.fit(compressed, y, { epochs: 2 });
      expect(end(net)).toBe(end(full));
    });

    it("validation, splits, metrics, early stopping, checkpoints and fitAsync", async () => {
      const { dense, compressed, y } = both(dtype, 60, 50, 0.1);
      const other = both(dtype, 20, 50, 0.1, 2);
      for (const fit of [
        { validationSplit: 0.25, earlyStopping: { patience: 2 } },
        { validationSplit: { last: 0.25 } },
        { metrics: ["mae"] },
      ] satisfies FitOptions[]) {
        const options: NetworkOptions = { inputs: 50, layers, dtype, engine, seed: 4 };
        using full = Network.createSync(options);
        using net = Network.createSync(options);
        const files: Uint8Array[] = [];
        const checkpoint = { everyEpochs: 2, save: (file: Uint8Array) => files.push(file) };
        const all: FitOptions = { epochs: 5, batchSize: 7, ...fit };
        const history = full.fit(dense, y, all);
        expect(await net.fitAsync(compressed, y, { ...all, checkpoint })).toEqual(history);
        expect(end(net)).toBe(end(full));
        using resumed = Network.loadSync(files[0]!, { engine });
        expect(resumed.fit(compressed, y, { ...all, resume: true })).toEqual(history);
        expect(end(resumed)).toBe(end(full));
      }
      using full = Network.createSync({ inputs: 50, layers, dtype, engine });
      using net = Network.createSync({ inputs: 50, layers, dtype, engine });
      const history = full.fit(dense, y, { epochs: 2, validation: [other.dense, other.y], metrics: ["rmse"] });
      const validation = [other.compressed, other.y] as const;
      expect(net.fit(compressed, y, { epochs: 2, validation, metrics: ["rmse"] })).toEqual(history);
    });
  });

  it("in a worker", async () => {
    const { dense, compressed, y } = both(dtype, 60, 50, 0.1);
    using full = Network.createSync({ inputs: 50, layers, dtype });
    using net = WorkerNetwork.createSync({ inputs: 50, layers, dtype });
    const validation = [compressed, y] as const;
    const history = full.fit(dense, y, { epochs: 3, validation: [dense, y] });
    expect(await net.fitAsync(compressed, y, { epochs: 3, validation, worker: true })).toEqual(history);
    expect(net.digest()).toBe(full.digest());
  });

  it("typed arrays of any kind, and what SciPy writes", () => {
    const { compressed, y } = both(dtype, 20, 40, 0.1);
    const typed = {
      data: Float64Array.from(compressed.data),
      indices: Int32Array.from(compressed.indices),
      indptr: Int32Array.from(compressed.indptr),
      shape: compressed.shape,
    };
    using one = Network.createSync({ inputs: 40, layers, dtype });
    using other = Network.createSync({ inputs: 40, layers, dtype });
    one.fit(compressed, y, { epochs: 2 });
    other.fit(typed, y, { epochs: 2 });
    expect(end(other)).toBe(end(one));
    const out = one.predict(typed, dtype === "f32" ? new Float32Array(40) : new Float64Array(40));
    expect(out).toEqual(one.predict(compressed).data);
  });
});

it("SciPy's products and PyTorch's training, to 10⁻¹²", () => {
  const { x, y, before, losses, after, outputs, learningRate, batchSize } = scipy;
  using net = Network.createSync({
    inputs: x.shape[1]!,
    layers: [
      { units: 5, activation: "tanh" },
      { units: 2, activation: "linear" },
    ],
    loss: "mse",
    optimizer: { type: "sgd", learningRate },
    dtype: "f64",
  });
  const set = (flat: number[][]) => [0, 1].map((l) => ({ weights: flat[2 * l]!, biases: flat[2 * l + 1]! }));
  net.setParameters(set(before));
  const near = (found: ArrayLike<number>, expected: readonly number[]) => {
    expect(found.length).toBe(expected.length);
    expected.forEach((value, n) =>
      expect(Math.abs(found[n]! - value)).toBeLessThan(1e-12 * Math.max(1, Math.abs(value))),
    );
  };
  near(net.predict(x).data, outputs);
  near(net.fit(x, y, { epochs: losses.length, batchSize, shuffle: false }).loss, losses);
  net.getParameters().forEach(({ weights, biases }, l) => {
    near(weights, after[2 * l]!);
    near(biases, after[2 * l + 1]!);
  });
});

it("a hundred thousand columns take no dense rows", () => {
  const columns = 100_000;
  const rows = 3000; // 1.2 GB in full
  const indices = Int32Array.from({ length: rows }, (_, s) => (s * 31) % columns);
  const x = { data: new Float32Array(rows).fill(1), indices, indptr: indices.map((_, s) => s), shape: [rows, columns] };
  const y = { data: Float32Array.from(indices, (i) => i % 2), shape: [rows, 1] };
  const all = { ...x, indptr: Int32Array.from({ length: rows + 1 }, (_, s) => s) };
  using net = Network.createSync({
    inputs: columns,
    layers: [{ units: 1 }],
    optimizer: { type: "sgd", learningRate: 9 },
    loss: "binaryCrossEntropy",
  });
  const { loss } = net.fit(all, y, { epochs: 60 });
  expect(loss.at(-1)).toBeLessThan(loss[0]! / 2);
  expect(net.evaluate(all, y, { metrics: ["accuracy"] }).accuracy).toBe(1);
});

describe("what is malformed is refused, and changes nothing", () => {
  const good = { data: [1, 2, 3], indices: [0, 2, 1], indptr: [0, 2, 3], shape: [2, 3] };
  const y = [[1], [0]];
  const cases: [name: string, x: object, error: typeof ShapeError | typeof DataError, ...words: string[]][] = [
    [
      "an index of a column that is not there",
      { ...good, indices: [0, 3, 1] },
      DataError,
      "x.indices[1] is 3",
      "0",
      "to 2",
    ],
    ["an index that is negative", { ...good, indices: [-1, 2, 1] }, DataError, "x.indices[0] is -1"],
    ["an index that is no whole number", { ...good, indices: [0.5, 2, 1] }, DataError, "x.indices[0] is 0.5"],
    ["indices that descend", { ...good, indices: [2, 0, 1] }, DataError, "x.indices[1] is 0", "in row 0"],
    ["a column twice", { ...good, indices: [2, 2, 1] }, DataError, "x.indices[1] is 2"],
    ["a value that is no number", { ...good, data: [1, "2", 3] }, DataError, 'x.data[1] is "2"'],
    ["a value that is NaN", { ...good, data: [1, Number.NaN, 3] }, DataError, "x.data[1] is NaN"],
    [
      "a value that is infinite in f32",
      { ...good, data: [1, 1e39, 3] },
      DataError,
      "x.data[1] is 1e+39",
      "infinite in f32",
    ],
    ["indptr that descends", { ...good, indptr: [0, 3, 2] }, ShapeError, "x.indptr[2] is 2", "3 is expected"],
    ["indptr that does not begin with 0", { ...good, indptr: [1, 2, 3] }, ShapeError, "x.indptr[0] is 1"],
    ["indptr that ends too early", { ...good, indptr: [0, 1, 2] }, ShapeError, "x.indptr[2] is 2", "3 is expected"],
    ["indptr of other rows", { ...good, indptr: [0, 3] }, ShapeError, "x.shape is [2, 3]", "1 row"],
    ["indptr without a row", { ...good, indptr: [0] }, ShapeError, "x.indptr has no rows"],
    ["indptr that is no list", { ...good, indptr: 3 }, ShapeError, "x.indptr is 3"],
    ["fewer indices than values", { ...good, indices: [0, 2] }, ShapeError, "x.indices has 2 elements", "3"],
    ["no indices", { ...good, indices: undefined }, ShapeError, "x.indices is undefined"],
    ["another number of columns", { ...good, shape: [2, 4] }, ShapeError, "4 columns", "3"],
    ["no shape", { ...good, shape: undefined }, ShapeError, "x.shape"],
  ];
  it.each(ENGINES)("%s", (engine) => {
    using net = Network.createSync({ inputs: 3, layers: [{ units: 2 }, { units: 1 }], engine });
    for (const [, x, error, ...words] of cases) {
      const refusal = { error, code: error === ShapeError ? "SHAPE" : "DATA", words } as const;
      expectRefused(net, () => net.fit(wrong(x), y), refusal);
      expectRefused(net, () => net.predict(wrong(x)), refusal);
      expectRefused(net, () => net.evaluate(wrong(x), y), refusal);
    }
    expectRefused(net, () => net.fit(good, [[1]]), { error: ShapeError, code: "SHAPE", words: ["y has 1 row"] });
  });

  it("lists that say something else each time are read once", () => {
    using net = Network.createSync({ inputs: 3, layers: [{ units: 1 }] });
    let reads = 0;
    const indices = new Proxy([0, 2, 1], {
      get: (list, key) => (key === "1" ? (reads++ === 0 ? 2 : 1e9) : Reflect.get(list, key)),
    });
    net.predict({ ...good, indices });
    expect(reads).toBe(1);
  });

  it("a list that makes memory grow, or disposes of the network, while it is read", () => {
    for (const harm of ["grow", "dispose"]) {
      using net = Network.createSync({ inputs: 3, layers: [{ units: 1 }] });
      using other = Network.createSync({ inputs: 3, layers: [{ units: 1 }] });
      const data = new Proxy([1, 2, 3], {
        get(list, key) {
          if (key === "1" && harm === "dispose") net.dispose();
          if (key === "1" && harm === "grow") other.predict({ data: new Float32Array(3e6), shape: [1e6, 3] });
          return Reflect.get(list, key);
        },
      });
      if (harm === "dispose") expect(() => net.predict({ ...good, data })).toThrow("disposed");
      else expect(net.predict({ ...good, data })).toEqual(other.predict(good));
    }
  });
});
