// Whole trainings on WebAssembly against the reference: every loss, every parameter, every prediction, bit for bit; and
// every way to the same number of epochs gives the same network.

import { type FitOptions, type History, Network, type NetworkOptions } from "bitgrad";
import * as referenceEntry from "bitgrad/reference";
import { describe, expect, it } from "vitest";
import { DTYPES, ENGINES, expectSameBits, expectSameNumber, type FloatArray } from "../fixtures/bits.ts";
import { endOfFit } from "../fixtures/end-of-fit.ts";
import { Random } from "../fixtures/random.ts";
import { howMany, someOf } from "../support/slow.ts";
import { TEXTBOOK } from "../support/textbook.ts";

type Options = Omit<NetworkOptions, "engine">;
type Dataset = ReturnType<Random["dataset"]>;

function create(engine: "wasm" | "reference", options: Options): Network {
  const net = Network.createSync({ ...TEXTBOOK, ...options, engine });
  expect(net.engine).toBe(engine);
  return net;
}

/** Everything a training leaves behind, for `toEqual`: losses and digest decide, the rest helps to see what differs. */
function outcome(net: Network, history: History, { x, y }: Dataset) {
  return {
    loss: history.loss,
    epochs: net.epochs,
    digest: net.digest(),
    evaluation: net.evaluate(x, y).loss,
    predictions: net.predict(x).data,
  };
}

/** Trains on both engines, expects the same of both, and returns it. */
function trainBoth(options: Options, data: Dataset, fitOptions: FitOptions, what: string) {
  using wasm = create("wasm", options);
  using reference = create("reference", options);
  expect(wasm.digest(), `${what}: initial parameters`).toBe(reference.digest());
  const found = outcome(wasm, wasm.fit(data.x, data.y, fitOptions), data);
  const wanted = outcome(reference, reference.fit(data.x, data.y, fitOptions), data);
  wanted.loss.forEach((loss, e) => expectSameNumber(found.loss[e]!, loss, `${what}: loss of epoch ${e + 1}`));
  wasm.getParameters().forEach(({ weights, biases }, l) => {
    const layer = reference.getParameters()[l]!;
    expectSameBits(weights, layer.weights, `${what}: weights of layer ${l}`);
    expectSameBits(biases, layer.biases, `${what}: biases of layer ${l}`);
  });
  expect(found, what).toEqual(wanted);
  expect(found.loss.every(Number.isFinite)).toBe(true);
  return found;
}

/** Layers of n units and others around it; `count` from 1 to 4. */
const layersAround = (n: number, count: number) =>
  [n, 68 - n, Math.ceil(n / 2), 3].slice(0, count).map((units) => ({ units }));

describe.each(DTYPES)("%s", (dtype) => {
  it.each([1, 2, 3, 4])("every layer size from 1 to 67 in networks of %i layers", (count) => {
    const random = new Random(40 + count);
    for (let n = 1; n <= 67; n += howMany(1, 2)) {
      const layers = layersAround(n, count);
      const inputs = random.whole(1, 67);
      const rows = random.whole(1, 13);
      const fitOptions = { epochs: 3, batchSize: random.whole(1, rows), shuffle: n % 2 === 0 };
      const options = {
        dtype,
        inputs,
        layers,
        seed: random.u32(),
        optimizer: { type: "sgd", learningRate: 0.7 },
      } as const;
      const what = `${inputs}-${layers.map(({ units }) => units).join("-")}, ${rows} rows, ${JSON.stringify(fitOptions)}`;
      trainBoth(options, random.dataset(dtype, rows, inputs, layers.at(-1)!.units), fitOptions, what);
    }
  });

  it.each([1, 2, 3])("tiny networks of %i layers: up to 9 units, batches of 1 row and more", (count) => {
    const random = new Random(45 + count);
    for (let n = 0; n < howMany(200, 30); n++) {
      const layers = Array.from({ length: count }, () => ({ units: random.whole(1, 9) }));
      const inputs = random.whole(1, 20);
      const rows = random.whole(1, 9);
      // the kernels for tiny networks take one row at a time
      const fitOptions = { epochs: 3, batchSize: random.pick([1, 1, random.whole(2, 10)]), shuffle: n % 2 === 0 };
      const options = { dtype, inputs, layers, seed: n, optimizer: { type: "sgd", learningRate: 1.3 } } as const;
      const what = `${inputs}-${layers.map(({ units }) => units).join("-")}, ${rows} rows, ${JSON.stringify(fitOptions)}`;
      trainBoth(options, random.dataset(dtype, rows, inputs, layers.at(-1)!.units), fitOptions, what);
    }
  });

  it("one unit: every number of inputs and of rows from 1 to 67", () => {
    const random = new Random(49);
    for (let n = 1; n <= 67; n++) {
      for (const [inputs, rows] of [
        [n, random.whole(1, 67)],
        [random.whole(1, 67), n],
      ] as const) {
        const options = { dtype, inputs, layers: [{ units: 1 }], seed: n };
        for (const batchSize of [1, random.whole(1, rows), rows]) {
          const fitOptions = { epochs: 2, batchSize, shuffle: n % 2 === 0 };
          const what = `${inputs}-1, ${rows} rows, ${JSON.stringify(fitOptions)}`;
          trainBoth(options, random.dataset(dtype, rows, inputs, 1), fitOptions, what);
        }
      }
    }
  });

  it("few inputs and units, batches of many rows, shuffled: buffers whose rows are shorter than a register", () => {
    const random = new Random(53);
    for (let inputs = 1; inputs <= 5; inputs++) {
      for (const sizes of [[1], [2], [3], [5], [1, 1], [2, 1], [1, 3], [5, 1, 4]]) {
        for (const batchSize of [4, 7, 8, 15, 16, 17, 32, 64, 128]) {
          const options = { dtype, inputs, layers: sizes.map((units) => ({ units })), seed: batchSize };
          const what = `${[inputs, ...sizes].join("-")}, batches of ${batchSize}`;
          trainBoth(options, random.dataset(dtype, 150, inputs, sizes.at(-1)!), { epochs: 2, batchSize }, what);
        }
      }
    }
  });

  it("trainings of any shape", () => {
    const random = new Random(54);
    for (let n = 0; n < howMany(200, 30); n++) {
      const size = () => random.whole(1, random.pick([2, 9, 40]));
      const options = {
        dtype,
        inputs: size(),
        layers: Array.from({ length: random.whole(1, 4) }, () => ({ units: size() })),
        seed: random.u32(),
        optimizer: { type: "sgd", learningRate: random.unit() / 10 },
      } as const;
      const rows = random.whole(1, 200);
      const fitOptions = {
        epochs: random.whole(1, 3),
        batchSize: random.whole(1, rows),
        shuffle: random.u32() % 2 === 0,
      };
      const data = random.dataset(dtype, rows, options.inputs, options.layers.at(-1)!.units);
      trainBoth(options, data, fitOptions, `${JSON.stringify(options)}, ${rows} rows, ${JSON.stringify(fitOptions)}`);
    }
  });

  it("trainings on rows that are mostly zeros", () => {
    const random = new Random(56);
    for (let n = 0; n < howMany(200, 30); n++) {
      const inputs = random.whole(31, random.pick([40, 70, 300]));
      const units = random.pick([9, 67]); // few enough for tiny.ts, or not
      const layers = Array.from({ length: random.whole(1, 3) }, () => ({ units: random.whole(1, units) }));
      const rows = random.whole(1, 50);
      const { y } = random.dataset(dtype, rows, 1, layers.at(-1)!.units);
      const share = random.pick([0, 0.02, 0.2, 0.4, 0.5]); // at 0.5 some trainings take the rows whole
      const x = { data: random.mostlyZeros(dtype, rows * inputs, share), shape: [rows, inputs] as const };
      const batchSize = random.pick([1, random.whole(1, rows), rows]);
      const fitOptions = { epochs: 3, batchSize, shuffle: n % 2 === 0 };
      const options = { dtype, inputs, layers, seed: n, optimizer: { type: "sgd", learningRate: 0.3 } } as const;
      const what = `${inputs}-${layers.map(({ units }) => units).join("-")}, ${rows} rows, ${JSON.stringify(fitOptions)}`;
      trainBoth(options, { x, y }, fitOptions, what);
    }
  });

  it("few of the rows zeros, or few of them not", () => {
    const random = new Random(57);
    for (const whole of [0, 1, 7, 39, 40]) {
      const { x, y } = random.dataset(dtype, 40, 65, 9);
      x.data.fill(0, whole * 65); // what is looked at may be the zeros, and the rest all else
      for (const batchSize of [1, 6, 40]) {
        const options = { dtype, inputs: 65, layers: [{ units: 33 }, { units: 9 }], seed: whole } as const;
        trainBoth(options, { x, y }, { epochs: 2, batchSize }, `${whole} rows, batches of ${batchSize}`);
      }
    }
  });

  it.each([true, false])("every batch size, the last batch partial or not; shuffle %s", (shuffle) => {
    const random = new Random(50);
    const options = { dtype, inputs: 5, layers: [{ units: 9 }, { units: 3 }], seed: 3 } as const;
    const digests = new Set<string>();
    for (const rows of [1, 7, 13]) {
      const data = random.dataset(dtype, rows, 5, 3);
      for (let batchSize = 1; batchSize <= rows + 1; batchSize++) {
        const what = `${rows} rows, batchSize ${batchSize}`;
        digests.add(trainBoth(options, data, { epochs: 4, batchSize, shuffle }, what).digest);
      }
    }
    // a batch that is larger than the data is the data
    expect(digests.size).toBe(1 + 7 + 13);
  });

  it.each([0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1])("seed %i", (seed) => {
    const data = new Random(51).dataset(dtype, 10, 4, 2);
    const options = { dtype, inputs: 4, layers: [{ units: 6 }, { units: 2 }], seed };
    const { digest } = trainBoth(options, data, { epochs: 5, batchSize: 3 }, `seed ${seed}`);
    expect(digest).not.toBe(trainBoth({ ...options, seed: 2 }, data, { epochs: 5, batchSize: 3 }, "seed 2").digest);
  });

  it("layers whose rows are whole kibibytes, and more rows than a prediction chunk", () => {
    const random = new Random(52);
    for (const [inputs, units, rows] of [
      [256, 256, 3],
      [128, 128, 64],
      [3, 512, 65],
      [130, 5, 200],
    ] as const) {
      const options = { dtype, inputs, layers: [{ units }, { units: 4 }], seed: 9 };
      const data = random.dataset(dtype, rows, inputs, 4);
      trainBoth(options, data, { epochs: 2, batchSize: 48 }, `${inputs}-${units}-4, ${rows} rows`);
    }
  });

  it.each([
    ["one unit, batches of 4", [1], 4],
    ["2 hidden units", [2, 1], 1],
    ["3 hidden units", [3, 1], 1],
    ["4 hidden units", [4, 1], 1],
  ] as const)("two inputs, %s: long trainings, and parameters of every size", (what, sizes, batchSize) => {
    const random = new Random(55);
    const layers = sizes.map((units) => ({ units }));
    for (let n = 0; n < howMany(60, 15); n++) {
      const data = random.dataset(dtype, 4 * random.whole(1, 3), 2, 1);
      const learningRate = random.pick([0.1, 1, 8]);
      const options = { dtype, inputs: 2, layers, seed: n, optimizer: { type: "sgd", learningRate } } as const;
      const scale = 10 ** random.whole(-3, 3); // sums far within the table of sigmoids, at its edge and beyond
      const results = ENGINES.map((engine) => {
        using net = create(engine, options);
        const parameters = net.getParameters();
        const rest = new Random(n);
        for (const { weights, biases } of parameters) {
          for (const values of [weights, biases]) {
            for (let i = 0; i < values.length; i++) values[i] = rest.pick([0, -0, scale * (rest.unit() - 0.5)]);
          }
        }
        net.setParameters(parameters);
        const history = net.fit(data.x, data.y, { epochs: 300, batchSize, shuffle: n % 2 === 0 });
        return { ...outcome(net, history, data), saved: JSON.stringify(net) };
      });
      expect(results[0], `${what}, training ${n}`).toEqual(results[1]);
    }
  });

  it("numbers that leave the finite do it in the same epoch, and leave the same network", () => {
    const random = new Random(54);
    const ends = { finite: 0, "not finite": 0 };
    const largest = dtype === "f32" ? 127 : 1023;
    const any = () => (random.unit() * 2 - 1) * 2 ** random.whole(-largest, largest);
    for (let n = 0; n < 400; n++) {
      const inRegisters = n % 4 === 0; // the networks of assembly/registers.ts
      const compressed = n % 4 === 1; // and rows of assembly/sparse.ts
      const sizes = inRegisters
        ? random.pick([[1], [2, 1], [3, 1], [4, 1]])
        : Array.from({ length: random.whole(1, 3) }, () => random.whole(1, 10));
      const layers = sizes.map((units) => ({ units }));
      const inputs = inRegisters ? 2 : compressed ? random.whole(32, 40) : random.whole(1, 6);
      const { x, y } = random.dataset(dtype, inRegisters ? 4 : random.whole(1, 6), inputs, layers.at(-1)!.units);
      // large inputs under small weights: units are not saturated, and gradients are large
      const scale = 2 ** random.pick([0, 20, Math.floor(largest / 2)]);
      for (let i = 0; i < x.data.length; i++) x.data[i] = random.whole(0, 19) === 0 ? any() : x.data[i]! * scale;
      if (compressed) for (let i = 0; i < x.data.length; i++) if (random.whole(0, 9) > 2) x.data[i]! *= 0;
      const batchSize = inRegisters ? (sizes.length === 1 ? 4 : 1) : random.whole(1, 6);
      const fitOptions = { epochs: 4, batchSize };
      const learningRate = random.pick([random.unit(), Math.abs(any()), (1 + random.unit()) * 2 ** (largest - 1)]);
      const options = { dtype, inputs, layers, seed: n, optimizer: { type: "sgd", learningRate } } as const;
      const [found, wanted] = (["wasm", "reference"] as const).map((engine) => {
        using net = create(engine, options);
        const parameters = net.getParameters();
        const rest = new Random(n);
        for (const [l, { weights }] of parameters.entries()) {
          for (let i = 0; i < weights.length; i++) {
            if (l === 0) weights[i]! /= scale;
            if (rest.whole(0, 3) === 0) weights[i] = 0;
            else if (rest.whole(0, 9) === 0) weights[i] = (rest.unit() - 0.5) * 2 ** rest.whole(-largest, largest);
          }
        }
        net.setParameters(parameters);
        const end = endOfFit(() => net.fit(x, y, fitOptions));
        return { ...end, saved: JSON.stringify(net), predictions: net.predict(x).data };
      });
      expect(found, JSON.stringify({ options, fitOptions })).toEqual(wanted);
      ends[found!.epoch > 0 ? "not finite" : "finite"]++;
    }
    expect(ends.finite).toBeGreaterThan(50);
    expect(ends["not finite"]).toBeGreaterThan(50);
  });

  it("saturated units, tiny and huge numbers", () => {
    const random = new Random(53);
    const options = { dtype, inputs: 4, layers: [{ units: 5 }, { units: 2 }], seed: 1 } as const;
    for (const factor of [0, 1e-40, 1e-20, 1e3, 1e8]) {
      const { x, y } = random.dataset(dtype, 6, 4, 2);
      const data = { x: { ...x, data: x.data.map((value) => value * factor) as FloatArray }, y };
      trainBoth(options, data, { epochs: 3, batchSize: 4 }, `x times ${factor}`);
    }
  });
});

describe.each(ENGINES)("%s: every way to five epochs", (engine) => {
  const options = {
    inputs: 6,
    layers: [{ units: 11 }, { units: 4 }],
    dtype: "f32",
    seed: 77,
    optimizer: { type: "sgd", learningRate: 0.5 },
  } as const;
  const data = new Random(60).dataset("f32", 21, 6, 4);
  const { x, y } = data;
  const batches = { batchSize: 4 };

  function fitted(epochs: number) {
    using net = create(engine, options);
    return outcome(net, net.fit(x, y, { ...batches, epochs }), data);
  }
  const expected = fitted(5);

  it("fit(2), then fit(3)", () => {
    using net = create(engine, options);
    const first = net.fit(x, y, { ...batches, epochs: 2 });
    expect(first.loss).toEqual(expected.loss.slice(0, 2));
    expect(net.digest()).toBe(fitted(2).digest);
    const second = net.fit(x, y, { ...batches, epochs: 3 });
    expect(outcome(net, { loss: [...first.loss, ...second.loss] }, data)).toEqual(expected);
  });

  it("one epoch at a time, predicting and evaluating in between", () => {
    using net = create(engine, options);
    const loss: number[] = [];
    for (let epoch = 0; epoch < 5; epoch++) {
      loss.push(...net.fit(x, y, { ...batches, epochs: 1 }).loss);
      net.predict(x);
      net.evaluate(x, y);
    }
    expect(outcome(net, { loss }, data)).toEqual(expected);
  });

  it("with onEpoch, told every epoch and its loss", () => {
    using net = create(engine, options);
    const told: unknown[] = [];
    const history = net.fit(x, y, { ...batches, epochs: 5, onEpoch: (info) => told.push(info) });
    expect(outcome(net, history, data)).toEqual(expected);
    expect(told).toEqual(expected.loss.map((loss, e) => ({ epoch: e + 1, epochs: 5, loss })));
  });

  it("fitAsync, with and without onEpoch", async () => {
    using plain = create(engine, options);
    expect(outcome(plain, await plain.fitAsync(x, y, { ...batches, epochs: 5 }), data)).toEqual(expected);
    using told = create(engine, options);
    const losses: number[] = [];
    const onEpoch = ({ loss }: { loss: number }) => {
      losses.push(loss);
    };
    const history = await told.fitAsync(x, y, { ...batches, epochs: 5, onEpoch });
    expect(outcome(told, history, data)).toEqual(expected);
    expect(losses).toEqual(expected.loss);
  });

  it("rows of numbers instead of typed arrays", () => {
    using net = create(engine, options);
    const rowsOf = (matrix: typeof x) =>
      Array.from({ length: matrix.shape[0] }, (_, s) => [
        ...matrix.data.subarray(s * matrix.shape[1], (s + 1) * matrix.shape[1]),
      ]);
    const history = net.fit(rowsOf(x), rowsOf(y), { ...batches, epochs: 5 });
    expect(outcome(net, history, data)).toEqual(expected);
    expect(net.predict(rowsOf(x)).flat()).toEqual([...expected.predictions]);
  });

  it.each(ENGINES)("saved after two and gone on with on %s", async (other) => {
    using net = create(engine, options);
    net.learningRate = 0.25;
    net.fit(x, y, { ...batches, epochs: 2 });
    const text = JSON.stringify(net);
    net.fit(x, y, { ...batches, epochs: 3 });
    for (const saved of [text, JSON.parse(text)]) {
      using loaded = Network.fromJSONSync(saved, { engine: other });
      using awaited = await Network.fromJSON(saved, { engine: other });
      for (const copy of [loaded, awaited]) {
        expect(copy.engine).toBe(other);
        expect(copy.epochs).toBe(2);
        expect(copy.learningRate).toBe(0.25);
        expect(JSON.stringify(copy)).toBe(text);
        copy.fit(x, y, { ...batches, epochs: 3 });
        expect(JSON.stringify(copy)).toBe(JSON.stringify(net));
      }
    }
  });

  it("saved by onEpoch after two and gone on with", () => {
    using net = create(engine, options);
    let saved = "";
    net.fit(x, y, {
      ...batches,
      epochs: 5,
      onEpoch: ({ epoch }) => {
        if (epoch === 2) saved = JSON.stringify(net);
      },
    });
    using loaded = Network.fromJSONSync(saved, { engine });
    expect(loaded.epochs).toBe(2);
    loaded.fit(x, y, { ...batches, epochs: 3 });
    expect(outcome(loaded, expected, data)).toEqual(expected);
  });
});

it("the entry without WebAssembly is the same reference", () => {
  const data = new Random(61).dataset("f32", 9, 3, 2);
  const options = { inputs: 3, layers: [{ units: 5 }, { units: 2 }], seed: 5 };
  const net = referenceEntry.Network.createSync({ ...TEXTBOOK, ...options });
  expect(net.engine).toBe("reference");
  net.fit(data.x, data.y, { epochs: 4, batchSize: 2 });
  using wasm = create("wasm", options);
  wasm.fit(data.x, data.y, { epochs: 4, batchSize: 2 });
  expect(JSON.stringify(net)).toBe(JSON.stringify(wasm));
});

describe.each(ENGINES)("%s: fitAsync over many turns", (engine) => {
  it.each(DTYPES)("%s: equals fit whatever the clock makes of the slices", async (dtype) => {
    // the first slice is two million multiply-adds, whatever the clock; these are more than seven
    const options = { inputs: 20, layers: [{ units: 20 }, { units: 4 }], dtype, seed: 8 };
    const { x, y } = new Random(62).dataset(dtype, 150, 20, 4);
    using sync = create(engine, options);
    const { loss } = sync.fit(x, y, { epochs: 100, batchSize: 2 });
    for (const onEpoch of [() => {}, undefined]) {
      using net = create(engine, options);
      const fitOptions = onEpoch === undefined ? {} : { onEpoch };
      const history = await net.fitAsync(x, y, { epochs: 100, batchSize: 2, ...fitOptions });
      expect(history.loss).toEqual(loss);
      expect(net.digest()).toBe(sync.digest());
      expect(net.epochs).toBe(100);
    }
  });

  // an epoch is more multiply-adds than the first slice; the last two train in registers
  const workloads = [
    { sizes: [20, 20, 4], rows: 10_000, batchSize: 1 },
    { sizes: [2, 3, 1], rows: 400_000, batchSize: 1 },
    { sizes: [2, 1], rows: 1_000_000, batchSize: 4 },
  ];
  it.each(someOf(workloads, ({ rows }) => engine === "wasm" || rows === 10_000))(
    "saved in the middle of an epoch, it is the network after the last whole one: $sizes",
    async (workload) => {
      const { sizes, rows, batchSize } = workload;
      const [inputs, ...units] = sizes as [number, ...number[]];
      const options = { inputs, layers: units.map((count) => ({ units: count })), seed: 8 };
      const { x, y } = new Random(63).dataset("f32", rows, inputs, units.at(-1)!);
      using net = create(engine, options);
      let ended = false;
      const training = net.fitAsync(x, y, { epochs: 2, batchSize }).finally(() => {
        ended = true;
      });
      let middle = "";
      while (!ended && middle === "") {
        const saved = net.toJSON();
        if (saved.digest !== net.digest()) middle = JSON.stringify(saved);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await training;
      using loaded = Network.fromJSONSync(middle, { engine });
      loaded.fit(x, y, { epochs: 2 - loaded.epochs, batchSize });
      expect(loaded.digest()).toBe(net.digest());
      using sync = create(engine, options);
      sync.fit(x, y, { epochs: 2, batchSize });
      expect(net.digest()).toBe(sync.digest());
    },
  );
});
