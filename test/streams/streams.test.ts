// Trainings on streams: in the same order the bits of arrays, whatever the items are like; what ends one early; streams
// that lie, and streams that call the network back.

import {
  type AsyncRowStream,
  BusyError,
  DataError,
  DisposedError,
  type FitOptions,
  Network,
  type NetworkOptions,
  OptionError,
  type RowStream,
  ShapeError,
  type StreamItem,
  type StreamOptions,
} from "bitgrad";
import { Network as ThreadsNetwork } from "bitgrad/threads";
import { Network as WorkerNetwork } from "bitgrad/worker";
import { afterEach, describe, expect, it, vi } from "vitest";
import { errorOf, expectError, rejectionOf, wrong } from "../faults/expect-error.ts";
import { DTYPES, type DType, ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";
import { watchWorkers } from "../fixtures/workers.ts";

const options: NetworkOptions = {
  inputs: 6,
  layers: [{ units: 9, activation: "tanh", dropout: 0.2 }, { units: 2 }],
  optimizer: { type: "adam", learningRate: 0.02 },
  seed: 3,
};
const dataOf = (dtype: DType = "f32", rows = 100, inputs = 6) => new Random(11).dataset(dtype, rows, inputs, 2);
const end = (net: Network) => JSON.stringify(net);

type Data = ReturnType<typeof dataOf>;

/** Its rows `first` to before `end`. */
function part({ data, shape }: Data["x" | "y"], first: number, end: number) {
  const columns = shape[1];
  return { data: data.slice(first * columns, end * columns), shape: [end - first, columns] };
}

/** Items of 1 to 9 rows in every form. */
function* itemsOf({ x, y }: Data, seed = 1): Generator<StreamItem> {
  const random = new Random(seed);
  const rows = x.shape[0];
  for (let first = 0, count = 1; first < rows; first += count) {
    count = Math.min(random.whole(1, 9), rows - first);
    const [someX, someY] = [part(x, first, first + count), part(y, first, first + count)];
    const lists = [someX, someY].map(({ data, shape }) =>
      Array.from({ length: count }, (_, s) => Array.from(data.subarray(s * shape[1]!, (s + 1) * shape[1]!))),
    ) as [number[][], number[][]];
    const form = random.whole(0, 3);
    if (count === 1 && form < 2) yield [lists[0][0]!, someY.data];
    else if (count === 1) yield { x: someX.data, y: lists[1][0]! };
    else if (form === 0) yield [someX, someY];
    else if (form === 1) yield lists;
    else yield { x: lists[0], y: someY };
  }
}

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

describe.each(DTYPES)("%s", (dtype) => {
  describe.each(ENGINES)("%s", (engine) => {
    it.each([1, 7, 32, 100, 250])("batches of %i: the bits of arrays, by fit and fitAsync", async (batchSize) => {
      const data = dataOf(dtype);
      for (const shuffle of [false, true]) {
        using whole = Network.createSync({ ...options, dtype, engine });
        using one = Network.createSync({ ...options, dtype, engine });
        using other = Network.createSync({ ...options, dtype, engine });
        const history = whole.fit(data.x, data.y, { epochs: 4, batchSize, shuffle });
        const fit = { epochs: 4, batchSize, shuffleBuffer: shuffle ? 100 : 0 };
        let seed = 0;
        expect(one.fit(() => itemsOf(data, seed++), fit)).toEqual(history);
        expect(await other.fitAsync(() => later(itemsOf(data, seed++)), fit)).toEqual(history);
        expect(end(one)).toBe(end(whole));
        expect(end(other)).toBe(end(whole));
      }
    });

    it("what happens around the epochs is that of arrays", async () => {
      const data = dataOf(dtype);
      const { x, y } = new Random(12).dataset(dtype, 30, 6, 2);
      const cases: (FitOptions & StreamOptions)[] = [
        { validation: [x, y], metrics: ["mae"], earlyStopping: { patience: 1, monitor: "mae" } },
        { schedule: { type: "plateau", patience: 0 }, earlyStopping: { patience: 3 } },
        { schedule: { type: "exponential", factor: 0.5 } },
        { schedule: { type: "cosine", epochs: 3, warmup: 1 }, stepsPerEpoch: 15 },
        {
          schedule: ({ epoch, step, stepsPerEpoch, rate }) => rate / (1 + epoch + step / stepsPerEpoch),
          stepsPerEpoch: 15,
        },
      ];
      for (const fit of cases) {
        using whole = Network.createSync({ ...options, dtype, engine });
        using net = Network.createSync({ ...options, dtype, engine });
        const { stepsPerEpoch, ...ofArrays } = fit;
        const history = whole.fit(data.x, data.y, { ...ofArrays, epochs: 6, batchSize: 7, shuffle: false });
        expect(await net.fitAsync(() => later(itemsOf(data)), { ...fit, epochs: 6, batchSize: 7 })).toEqual(history);
        expect(end(net)).toBe(end(whole));
      }
    });

    it("weights of rows and of classes", () => {
      const { x } = dataOf(dtype);
      const y = Array.from({ length: 100 }, (_, s) => [s % 3 === 0 ? 1 : 0]);
      const weights = new Random(5).ordinary(dtype, 100).map(Math.abs);
      const made: NetworkOptions = { ...options, layers: [{ units: 4 }, { units: 1 }], loss: "binaryCrossEntropy" };
      function* items(): Generator<StreamItem> {
        for (let first = 0; first < 99; first += 9) {
          const end = first + 9;
          yield { x: part(x, first, end), y: y.slice(first, end), sampleWeights: weights.subarray(first, end) };
        }
        yield { x: x.data.subarray(99 * 6), y: y[99]!, sampleWeights: weights[99]! };
      }
      using whole = Network.createSync({ ...made, dtype, engine });
      using net = Network.createSync({ ...made, dtype, engine });
      const fit = { epochs: 3, batchSize: 8, classWeights: [1, 2] };
      const history = whole.fit(x, y, { ...fit, sampleWeights: weights });
      expect(net.fit(items, { ...fit, shuffleBuffer: 1000 })).toEqual(history);
      expect(end(net)).toBe(end(whole));
    });

    it("from a checkpoint of any epoch, and from the middle of one, it goes on with the same bits", async () => {
      const data = dataOf(dtype, 3000, 40); // several windows
      const fit: StreamOptions = { epochs: 3, batchSize: 16, shuffleBuffer: 50, earlyStopping: { patience: 9 } };
      const made: NetworkOptions = { ...options, inputs: 40, dtype, engine };
      using whole = Network.createSync(made);
      const history = whole.fit(() => itemsOf(data), fit);
      for (const when of [{ everyEpochs: 1 }, { everySeconds: 0 }]) {
        const files: Uint8Array[] = [];
        using net = Network.createSync(made);
        const save = (file: Uint8Array) => {
          files.push(file);
          if (files.length === 3) throw new Error("enough");
        };
        const error = await rejectionOf(
          net.fitAsync(() => later(itemsOf(data)), { ...fit, checkpoint: { ...when, save } }),
        );
        expect((error as Error).message).toBe("enough");
        for (const file of files) {
          using resumed = Network.loadSync(file, { engine: engine === "wasm" ? "reference" : "wasm" });
          expect(resumed.save()).toEqual(file);
          expect(resumed.fit(() => itemsOf(data, 8), { ...fit, resume: true })).toEqual(history);
          expect(end(resumed)).toBe(end(whole));
        }
      }
    });
  });

  it("a buffer shuffles: each epoch another order, of rows that are no farther ahead than the buffer reaches", () => {
    const data = dataOf(dtype, 60);
    const seen: number[] = [];
    const orders: string[] = [];
    for (const seed of [1, 1, 2]) {
      using net = Network.createSync({ ...options, dtype, seed });
      function* items(): Generator<StreamItem> {
        for (let s = 0; s < 60; s++) {
          seen.push(s);
          yield [part(data.x, s, s + 1), part(data.y, s, s + 1)];
        }
      }
      net.fit(items, { epochs: 2, batchSize: 4, shuffleBuffer: 10 });
      orders.push(net.digest());
    }
    expect(orders[1]).toBe(orders[0]);
    expect(orders[2]).not.toBe(orders[0]);
    expect(seen).toHaveLength(3 * 2 * 60);
  });
});

it("threads, and rows that are read ahead: a window, the buffer and an item", async () => {
  const data = dataOf("f32", 900, 300);
  const made: NetworkOptions = { ...options, inputs: 300, layers: [{ units: 130 }, { units: 2 }] };
  using alone = Network.createSync({ ...made, engine: "wasm" });
  using net = await ThreadsNetwork.create({ ...made, threads: 2 });
  const history = alone.fit(data.x, data.y, { epochs: 3, batchSize: 100, shuffle: false });
  let read = 0;
  let most = 0;
  function* items(): Generator<StreamItem> {
    read = 0;
    for (let s = 0; s < 900; s++) {
      read++;
      yield [part(data.x, s, s + 1), part(data.y, s, s + 1)];
      // a step of 100 rows is a step of adam, which its state counts
      if (s % 90 === 89) most = Math.max(most, read - 100 * (stepsOf(net) % 9));
    }
  }
  expect(net.fit(items, { epochs: 3, batchSize: 100 })).toEqual(history);
  expect(end(net)).toBe(end(alone));
  expect(most).toBeLessThanOrEqual(2 * 200 + 1); // a window is of two batches
});

/** How many steps the optimizer has taken, by the file. */
function stepsOf(net: Network): number {
  const file = net.save();
  const text = new TextDecoder().decode(file.subarray(0, 4000));
  return Number(/\\?"steps\\?":(\d+)/.exec(text)![1]);
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("a worker thread that dies in the middle of an epoch: the rows at hand are taken once more", async () => {
  const workers: { terminate(): void }[] = [];
  watchWorkers((worker) => workers.push(worker));
  const data = dataOf("f32", 1200, 300);
  const made: NetworkOptions = { ...options, inputs: 300, layers: [{ units: 130 }, { units: 2 }] };
  using alone = Network.createSync({ ...made, engine: "wasm" });
  using net = await ThreadsNetwork.create({ ...made, threads: 2 });
  const history = alone.fit(data.x, data.y, { epochs: 2, batchSize: 200, shuffle: false });
  function* items(epoch: number): Generator<StreamItem> {
    for (let first = 0; first < 1200; first += 100) {
      if (epoch === 1 && first === 800) workers[0]!.terminate();
      yield [part(data.x, first, first + 100), part(data.y, first, first + 100)];
    }
  }
  let epoch = 0;
  expect(net.fit(() => items(epoch++), { epochs: 2, batchSize: 200 })).toEqual(history);
  expect(end(net)).toBe(end(alone));
  expect(net.threads).toEqual({ count: 1, reason: "a worker did not answer for five seconds" });
});

describe("what a stream may be", () => {
  const data = dataOf();
  const all = [...itemsOf(data)];
  const fit: StreamOptions = { epochs: 2, batchSize: 8 };
  using whole = Network.createSync(options);
  whole.fit(data.x, data.y, { ...fit, shuffle: false });
  const wanted = whole.digest();
  const sources: [name: string, stream: () => AsyncRowStream][] = [
    ["an array of items", () => all],
    ["a set of them", () => new Set(all)],
    ["a generator function", () => () => itemsOf(data)],
    ["a function that returns an array", () => () => all],
    ["an object with an iterator", () => ({ [Symbol.iterator]: () => all.values() })],
    ["an async generator function", () => () => later(all)],
    ["an object with an async iterator", () => ({ [Symbol.asyncIterator]: () => later(all) })],
    ["a function that promises an iterable", () => async () => later(all)],
    [
      "a stream of the web",
      () => () =>
        new ReadableStream({
          start(to) {
            for (const item of all) to.enqueue(item);
            to.close();
          },
        }) as never,
    ],
    ["an iterable of promises", () => wrong(all.map((item) => Promise.resolve(item)))],
  ];
  it.each(sources)("%s", async (name, stream) => {
    using net = Network.createSync(options);
    if (name === "an iterable of promises") await net.fitAsync(new Set(stream() as never), fit);
    else await net.fitAsync(stream(), fit);
    expect(net.digest()).toBe(wanted);
  });

  it("an iterator serves one epoch; it is not read where it can't serve", async () => {
    using net = Network.createSync(options);
    const before = end(net);
    const once = itemsOf(data);
    const error = errorOf(() => net.fit(once, { epochs: 2 }));
    expectError(error, { error: OptionError, code: "OPTION", words: ["epochs is 2", "once", "epochs: 1", "function"] });
    expectError(await rejectionOf(net.fitAsync(later(all))), {
      error: OptionError,
      code: "OPTION",
      words: ["epochs is 100"],
    });
    expect(end(net)).toBe(before);
    net.fit(once, { epochs: 1, batchSize: 8 });
    using other = Network.createSync(options);
    other.fit(data.x, data.y, { epochs: 1, batchSize: 8, shuffle: false });
    expect(net.digest()).toBe(other.digest());
  });

  it("what it can't be", async () => {
    using net = Network.createSync(options);
    const before = end(net);
    const cases: [stream: unknown, code: "OPTION" | "SHAPE" | "DATA", ...words: string[]][] = [
      [() => undefined, "OPTION", "undefined", "iterable"],
      [() => 5, "OPTION", "5", "iterable"],
      [{ [Symbol.iterator]: () => ({}) }, "OPTION", "iterator is", "next()"],
      [{ [Symbol.iterator]: () => ({ next: () => 7 }) }, "OPTION", "next() of the stream returned 7"],
      [() => [], "DATA", "no rows in epoch 1"],
      [() => [[[1, 2, 3, 4, 5, 6]]], "SHAPE", "item 1 of the stream in epoch 1, from row 0 on", "[x, y] is expected"],
      [() => [5], "OPTION", "item 1", "it is 5"],
      [() => [{ x: [1], z: [1] }], "OPTION", "knows no", "z"],
      [() => [{ sqm: 80, city: "Bonn" }], "OPTION", "knows no", "sqm"],
      [
        () => [
          ...all,
          [
            [1, 2, 3],
            [1, 2],
          ],
        ],
        "SHAPE",
        `item ${all.length + 1}`,
        "from row 100 on",
        "3 columns",
        "takes 6",
      ],
      [
        () => [
          ...all,
          [
            [1, 2, 3, 4, 5, Number.NaN],
            [1, 2],
          ],
        ],
        "DATA",
        "epoch 1",
        "from row 100 on",
        "x[0][5] is NaN",
      ],
      [() => [[part(data.x, 0, 3), part(data.y, 0, 2)]], "SHAPE", "y has 2 rows; x has 3"],
      [
        () => [...all, { x: [1, 2, 3, 4, 5, 6], y: [1, 2], sampleWeights: 1 }],
        "OPTION",
        "has sampleWeights",
        "had none",
      ],
      [() => [{ x: [1, 2, 3, 4, 5, 6], y: [1, 2], sampleWeights: -1 }], "DATA", "sampleWeights[0] is -1"],
    ];
    for (const [stream, code, ...words] of cases) {
      const error = { SHAPE: ShapeError, DATA: DataError, OPTION: OptionError }[code];
      const refusal = { error, code, words };
      for (const shuffleBuffer of [0, 5]) {
        expectError(
          errorOf(() => net.fit(wrong(stream), { ...fit, shuffleBuffer })),
          refusal,
        );
        expectError(await rejectionOf(net.fitAsync(wrong(stream), { ...fit, shuffleBuffer })), refusal);
      }
      expect(end(net)).toBe(before);
    }
    for (const stream of [() => later(all), later(all), async () => all, [Promise.resolve(all[0])].values()]) {
      const error = errorOf(() => net.fit(wrong(stream), { epochs: 1 }));
      expectError(error, { error: OptionError, code: "OPTION", words: ["fitAsync"] });
    }
    expect(end(net)).toBe(before);
  });

  it("a second epoch without rows, or with a bad row: the network is as it was before the training", () => {
    using net = Network.createSync(options);
    const before = end(net);
    const rows = all.values();
    const empty = errorOf(() => net.fit(() => rows, fit));
    expectError(empty, { error: DataError, code: "DATA", words: ["no rows in epoch 2", "anew"] });
    let epoch = 0;
    const bad = errorOf(() =>
      net.fit(
        () =>
          epoch++ === 0
            ? all
            : [
                ...all,
                [
                  [1, 2, 3, 4, 5, Infinity],
                  [0, 0],
                ],
              ],
        fit,
      ),
    );
    expectError(bad, {
      error: DataError,
      code: "DATA",
      words: ["in epoch 2", "from row 100 on", "x[0][5] is Infinity"],
    });
    expect(end(net)).toBe(before);
  });

  it("options that streams don't have, or need", async () => {
    using net = Network.createSync(options);
    const cases: [object, ...words: string[]][] = [
      [{ shuffleBuffer: -1 }, "shuffleBuffer is -1"],
      [{ shuffleBuffer: 2 ** 32 }, "shuffleBuffer"],
      [{ stepsPerEpoch: 0 }, "stepsPerEpoch is 0"],
      [{ metrics: ["mae"] }, "metrics", "validation"],
      [{ trainingMetrics: true }, "trainingMetrics", "evaluate(x, y, { metrics }) in onEpoch"],
      [{ shuffle: true }, '"shuffle"', "shuffleBuffer shuffles in a buffer"],
      [{ sampleWeights: [1] }, "sampleWeights", "each item of a stream may have its own"],
      [{ validationSplit: 0.2 }, "validationSplit", "validation takes [x, y] of rows that you keep out of it"],
      [{ classWeights: "balanced" }, "classWeights", "numbers are expected"],
      [{ schedule: { type: "cosine", epochs: 2 } }, "stepsPerEpoch"],
      [{ schedule: () => 1 }, "stepsPerEpoch"],
    ];
    for (const [given, ...words] of cases) {
      const refusal = { error: OptionError, code: "OPTION", words } as const;
      expectError(
        errorOf(() => net.fit(all, wrong({ epochs: 1, ...given }))),
        refusal,
      );
      expectError(await rejectionOf(net.fitAsync(all, wrong({ epochs: 1, ...given }))), refusal);
    }
    expectError(
      errorOf(() => net.fit(wrong(all), wrong({ epochs: 1 }), wrong({ epochs: 1 }))),
      {
        error: OptionError,
        code: "OPTION",
        words: ["fit is given an argument too many"],
      },
    );
    for (const stepsPerEpoch of [12, 14]) {
      const error = errorOf(() => net.fit(all, { ...fit, stepsPerEpoch }));
      expectError(error, {
        error: DataError,
        code: "DATA",
        words: ["in epoch 1", `stepsPerEpoch is ${stepsPerEpoch}`],
      });
    }
    using worker = WorkerNetwork.createSync(options);
    const inWorker = await rejectionOf(worker.fitAsync(all, { epochs: 1, worker: true }));
    expectError(inWorker, { error: OptionError, code: "OPTION", words: ["worker is true", "stream"] });
  });

  it("a checkpoint of a stream goes on with one, with the same buffer, and one of arrays with arrays", () => {
    const files: Uint8Array[] = [];
    const checkpoint = { everyEpochs: 1, save: (file: Uint8Array) => files.push(file) };
    using one = Network.createSync(options);
    one.fit(all, { ...fit, shuffleBuffer: 5, checkpoint });
    using other = Network.createSync(options);
    other.fit(data.x, data.y, { ...fit, shuffle: false, checkpoint });
    using ofStream = Network.loadSync(files[0]!);
    using ofArrays = Network.loadSync(files[2]!);
    const refused = (run: () => unknown, ...words: string[]) =>
      expectError(errorOf(run), { error: OptionError, code: "OPTION", words });
    refused(() => ofStream.fit(data.x, data.y, { ...fit, resume: true }), "100 rows", "a stream");
    refused(() => ofStream.fit(all, { ...fit, resume: true }), "shuffleBuffer is 0", "has 5");
    refused(() => ofArrays.fit(all, { ...fit, resume: true }), "a stream", "100 rows");
    ofStream.fit(all, { ...fit, shuffleBuffer: 5, resume: true });
    expect(end(ofStream)).toBe(end(one));
  });
});

describe("what ends a stream early", () => {
  const data = dataOf();
  const fit: StreamOptions = { epochs: 3, batchSize: 4 };

  /** Items that call `at` before row 50 of epoch 2; `closed` counts how often they are told that no one asks on. */
  function harmed(at: () => unknown) {
    const seen = { epochs: 0, closed: 0 };
    function* items(): Generator<StreamItem> {
      const epoch = ++seen.epochs;
      let ended = false;
      try {
        for (let s = 0; s < 100; s++) {
          if (epoch === 2 && s === 50) at();
          yield [part(data.x, s, s + 1), part(data.y, s, s + 1)];
        }
        ended = true;
      } finally {
        if (!ended) seen.closed++;
      }
    }
    return { items, seen };
  }
  /** After one epoch. */
  function once(): string {
    using net = Network.createSync(options);
    net.fit(data.x, data.y, { ...fit, epochs: 1, shuffle: false });
    return end(net);
  }

  it("an error of the stream's own: the network keeps its finished epochs, the error gets the history", async () => {
    const thrown = new Error("the disk is gone");
    for (const wait of [false, true]) {
      const { items, seen } = harmed(() => {
        throw thrown;
      });
      using net = Network.createSync(options);
      const error = wait
        ? await rejectionOf(net.fitAsync(() => later(items()), fit))
        : errorOf(() => net.fit(items, fit));
      expect(error).toBe(thrown);
      expect(error).toMatchObject({ history: { loss: [expect.any(Number)] } });
      expect(end(net)).toBe(once());
      expect(seen.epochs).toBe(2);
      net.fit(data.x, data.y, { epochs: 1 });
    }
  });

  it("abort, within next() and while it is awaited: return() is called", async () => {
    for (const way of ["within", "async", "pending"]) {
      const stop = new AbortController();
      const reason = new Error("enough");
      const { items, seen } = harmed(() => stop.abort(reason));
      using net = Network.createSync(options);
      let source: AsyncRowStream = items;
      if (way === "async") source = () => later(items());
      if (way === "pending") {
        source = () => {
          const iterator = items();
          const next = () => {
            const result = iterator.next();
            return stop.signal.aborted ? new Promise<never>(() => {}) : Promise.resolve(result);
          };
          return { [Symbol.asyncIterator]: () => ({ next, return: async () => iterator.return(undefined) }) };
        };
      }
      expect(await rejectionOf(net.fitAsync(source, { ...fit, signal: stop.signal }))).toBe(reason);
      expect(end(net)).toBe(once());
      await new Promise((resolve) => setTimeout(resolve, 0));
      expect(seen, way).toEqual({ epochs: 2, closed: 1 });
      await net.fitAsync(data.x, data.y, { epochs: 1 });
    }
  });

  it("dispose within next()", async () => {
    for (const wait of [false, true]) {
      const net = Network.createSync(options);
      const { items, seen } = harmed(() => net.dispose());
      const error = wait ? await rejectionOf(net.fitAsync(items, fit)) : errorOf(() => net.fit(items, fit));
      expectError(error, { error: DisposedError, code: "DISPOSED", words: ["disposed"] });
      expect(seen.closed).toBe(1);
      expect(() => net.digest()).toThrow(DisposedError);
    }
  });

  it("fit within next() is refused, predict and save are not; errors of close are ignored", () => {
    using net = Network.createSync(options);
    const { items } = harmed(() => {
      expectError(
        errorOf(() => net.fit(data.x, data.y)),
        { error: BusyError, code: "BUSY", words: ["being trained"] },
      );
      expect(net.predict(data.x).data).toHaveLength(200);
      using loaded = Network.loadSync(net.save());
      expect(loaded.epochs).toBe(1);
    });
    net.fit(items, fit);
    using whole = Network.createSync(options);
    whole.fit(data.x, data.y, { ...fit, shuffle: false });
    expect(end(net)).toBe(end(whole));
    const closing = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: [[1], [2]] }),
        return() {
          throw new Error("of close");
        },
      }),
    };
    expect(errorOf(() => net.fit(wrong(closing), fit))).toBeInstanceOf(ShapeError);
  });

  it("the time limit, in a stream without an end", async () => {
    for (const wait of [false, true]) {
      using net = Network.createSync(options);
      let closed = 0;
      function* endless(): Generator<StreamItem> {
        try {
          for (;;) yield [part(data.x, 0, 9), part(data.y, 0, 9)];
        } finally {
          closed++;
        }
      }
      const before = net.digest();
      const limit = { epochs: 1, timeLimit: 0.05 };
      const history = wait ? await net.fitAsync(endless, limit) : net.fit(endless, limit);
      expect(history).toMatchObject({ loss: [], stopped: "timeLimit" });
      expect(net.digest()).toBe(before);
      expect(closed).toBe(1);
    }
  });

  it("early stopping restores the best epoch, and asks for no epoch more", () => {
    using net = Network.createSync(options);
    const { items, seen } = harmed(() => {});
    const early: RowStream = items;
    const { stopped, loss } = net.fit(early, { ...fit, epochs: 500, earlyStopping: { patience: 1, minDelta: 0.01 } });
    expect(stopped).toBe("earlyStopping");
    expect(seen.epochs).toBe(loss.length);
  });

  it("iterators that lie about their end, or change their items", () => {
    using net = Network.createSync(options);
    let calls = 0;
    const item = { x: new Float32Array(6), y: [0, 0] };
    const liar = {
      [Symbol.iterator]: () => ({
        next() {
          calls++;
          item.x.fill(calls % 7); // the same array for every row
          return calls <= 40 ? { value: item } : { done: "yes", value: item };
        },
      }),
    };
    net.fit(wrong(liar), { epochs: 1, batchSize: 8 });
    expect(calls).toBe(41); // it is not asked again
    using other = Network.createSync(options);
    const rows = Array.from({ length: 40 }, (_, n) => Array.from({ length: 6 }, () => (n + 1) % 7));
    other.fit(
      rows,
      rows.map(() => [0, 0]),
      { epochs: 1, batchSize: 8, shuffle: false },
    );
    expect(end(net)).toBe(end(other));
  });
});
