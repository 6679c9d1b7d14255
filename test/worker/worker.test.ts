// Training in a worker: the API, the history and the bits of `fitAsync` in this thread, whatever happens.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  type EpochInfo,
  type FitAsyncOptions,
  Network as MainEntry,
  type MatrixLike,
  type NetworkOptions,
  type SchedulePosition,
} from "bitgrad";
import { Network as WithThreads } from "bitgrad/threads";
import { DataError, EngineError, Network, NotFiniteError, OptionError, ShapeError } from "bitgrad/worker";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DTYPES, ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";
import { watchWorkers } from "../fixtures/workers.ts";

const options: NetworkOptions = {
  inputs: 6,
  layers: [
    { units: 9, activation: "tanh", dropout: 0.2, l2: 0.01 },
    { units: 5, activation: "relu", trainable: false },
    { units: 3, activation: "softmax" },
  ],
  loss: { type: "sparseCategoricalCrossEntropy", labelSmoothing: 0.1 },
  optimizer: { type: "nadam", learningRate: 0.02, clipNorm: 1 },
  seed: 3,
};
const rows = 60;
const x = new Random(11).dataset("f64", rows, 6, 1).x;
const y = Array.from({ length: rows }, (_, s) => [(s * 7) % 3]);
const everything: FitAsyncOptions = {
  epochs: 12,
  batchSize: 7,
  validationSplit: 0.3,
  metrics: ["accuracy"],
  schedule: { type: "plateau", factor: 0.5, patience: 1 },
  earlyStopping: { patience: 4 },
  classWeights: [1, 2, 0.5],
  sampleWeights: Array.from({ length: rows }, (_, s) => (s % 4) / 2),
};

/** What can be seen of a training. */
async function trained(fit: FitAsyncOptions, settings: Partial<NetworkOptions> = {}) {
  using net = await Network.create({ ...options, ...settings });
  const files: Uint8Array[] = [];
  const seen: unknown[] = [];
  const outcome = await net
    .fitAsync(x, y, {
      ...fit,
      onEpoch(info) {
        seen.push([info, net.epochs, net.save(), JSON.stringify(net), net.predict(x)]);
        return fit.onEpoch?.(info);
      },
      checkpoint: { everyEpochs: 2, save: async (file) => files.push(file) },
    })
    .catch((error: unknown) => error);
  return { outcome, seen, files, epochs: net.epochs, saved: net.save() };
}

/** Copies of what is read-only. */
function listsOf(losses: readonly number[], validationLosses: readonly number[], metrics: SchedulePosition["metrics"]) {
  return {
    losses: [...losses],
    validationLosses: [...validationLosses],
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, list]) => [name, [...list!]])),
  };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe.each(DTYPES)("%s", (dtype) => {
  it.each(ENGINES)("%s: the same history, files and network after every epoch", async (engine) => {
    const here = await trained(everything, { dtype, engine });
    expect(here.outcome).toHaveProperty("bestEpoch");
    expect(await trained({ ...everything, worker: true }, { dtype, engine })).toEqual(here);
    const validation = [x, y] as const;
    const other: FitAsyncOptions = { epochs: 5, batchSize: 60, shuffle: false, validation, metrics: ["f1", "mae"] };
    expect(await trained({ ...other, worker: true }, { dtype, engine })).toEqual(
      await trained(other, { dtype, engine }),
    );
  });
});

it("an own schedule sees the same losses and metrics, with a listener and without", async () => {
  const run = async (inWorker: boolean, listener: boolean) => {
    using net = await Network.create(options);
    const positions: unknown[] = [];
    const { loss, validationLoss, metrics } = await net.fitAsync(x, y, {
      epochs: 4,
      batchSize: 25,
      worker: inWorker,
      validation: [x, y],
      metrics: ["accuracy", "mae"],
      schedule(position) {
        const { losses, validationLosses, metrics } = position;
        positions.push(structuredClone({ ...position, ...listsOf(losses, validationLosses, metrics) }));
        for (const list of [losses, validationLosses, metrics.mae!])
          expect(() => (list as number[]).push(1)).toThrow(TypeError);
        expect(() => Object.assign(metrics, { mae: [] })).toThrow(TypeError);
        return position.rate / (1 + (position.losses.at(-1) ?? 0) + position.step);
      },
      ...(listener && { onEpoch() {} }),
    });
    return { loss, validationLoss, metrics, positions, digest: net.digest() };
  };
  const here = await run(false, false);
  const { loss, validationLoss, metrics } = here;
  expect(here.positions).toHaveLength(12);
  expect(here.positions[11]).toEqual({
    epoch: 3,
    step: 2,
    stepsPerEpoch: 3,
    rate: expect.any(Number),
    losses: loss.slice(0, 3),
    validationLosses: validationLoss!.slice(0, 3),
    metrics: { accuracy: metrics!.accuracy!.slice(0, 3), mae: metrics!.mae!.slice(0, 3) },
  });
  expect(await run(true, false)).toEqual(here);
  expect(await run(true, true)).toEqual(here);
});

it("goes on from every checkpoint, those from the middle of an epoch too", async () => {
  const whole = await trained(everything);
  for (const file of whole.files) {
    using net = await Network.load(file);
    const history = await net.fitAsync(x, y, { ...everything, resume: true, worker: true });
    expect(history).toEqual(whole.outcome);
    expect(net.save()).toEqual(whole.saved);
  }
  const wide: NetworkOptions = { ...options, layers: [{ units: 200, dropout: 0.5 }, options.layers[2]!] };
  const fit: FitAsyncOptions = { epochs: 3, batchSize: 1 };
  using one = await Network.create(wide);
  const history = await one.fitAsync(x, y, fit);
  const files: Uint8Array[] = [];
  using other = await Network.create(wide);
  const checkpoint = { everySeconds: 0, save: (file: Uint8Array) => files.push(file) };
  expect(await other.fitAsync(x, y, { ...fit, worker: true, checkpoint })).toEqual(history);
  for (const file of [files[0]!, files[Math.floor(files.length / 2)]!]) {
    using net = await Network.load(file, { engine: "reference" });
    expect(await net.fitAsync(x, y, { ...fit, resume: true, worker: true })).toEqual(history);
    expect(net.digest()).toBe(one.digest());
    using wrong = await Network.load(file);
    await expect(wrong.fitAsync(x, y, { ...fit, batchSize: 2, resume: true, worker: true })).rejects.toThrow(
      OptionError,
    );
    expect(wrong.save()).toEqual(file);
  }
});

it("goes on as this thread does after another training here, and the other way round", async () => {
  const run = async (...places: boolean[]) => {
    using net = await Network.create(options);
    for (const place of places)
      await net.fitAsync(x, y, { ...everything, earlyStopping: { patience: 3 }, worker: place });
    return net.save();
  };
  const here = await run(false, false);
  expect(await run(true, false)).toEqual(here);
  expect(await run(false, true)).toEqual(here);
});

describe("ends", () => {
  it("where the listener says so, at once or later", async () => {
    for (const onEpoch of [
      ({ epoch, stop }: EpochInfo) => epoch === 3 && stop(),
      async ({ epoch, stop }: EpochInfo) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (epoch === 3) stop();
      },
    ]) {
      const { outcome, epochs } = await trained({ ...everything, worker: true, onEpoch });
      expect(outcome).toMatchObject({ stopped: "listener" });
      expect(epochs).toBe(3);
    }
  });

  it("with what a listener, a schedule or a checkpoint throws, itself", async () => {
    class Own extends Error {}
    const error = new Own("mine");
    const thrower = () => {
      throw error;
    };
    using net = await Network.create(options);
    const fits: FitAsyncOptions[] = [
      { onEpoch: thrower },
      { onEpoch: () => Promise.reject(error) },
      { schedule: thrower },
      { checkpoint: { everyEpochs: 1, save: thrower } },
      { checkpoint: { everyEpochs: 1, save: () => Promise.reject(error) } },
    ];
    for (const fit of fits) {
      await expect(net.fitAsync(x, y, { ...fit, worker: true })).rejects.toBe(error);
    }
    await expect(net.fitAsync(x, y, { schedule: () => -1, worker: true })).rejects.toThrow(OptionError);
  });

  it("before the worker has begun: the error has an empty history", async () => {
    const net = Network.createSync(options);
    const stop = new AbortController();
    const aborted = net.fitAsync(x, y, { epochs: 1e9, worker: true, signal: stop.signal });
    stop.abort();
    await expect(aborted).rejects.toMatchObject({ history: { loss: [] } });
    const disposed = net.fitAsync(x, y, { epochs: 1e9, worker: true });
    net.dispose();
    await expect(disposed).rejects.toMatchObject({ history: { loss: [] } });
  });

  it.each([true, false])("by an abort, with whole epochs; from a listener: %s", async (listener) => {
    const stop = new AbortController();
    const reason = new Error("enough");
    using net = await Network.create(options);
    const aborted = net.fitAsync(x, y, {
      epochs: 1_000_000,
      worker: true,
      signal: stop.signal,
      ...(listener && {
        onEpoch: ({ epoch }) => {
          if (epoch === 3) stop.abort(reason);
        },
      }),
    });
    if (!listener) setTimeout(() => stop.abort(reason), 300);
    await expect(aborted).rejects.toBe(reason);
    if (listener) expect(net.epochs).toBe(3);
    using whole = await Network.create(options);
    if (net.epochs > 0) whole.fit(x, y, { epochs: net.epochs });
    expect(net.digest()).toBe(whole.digest());
    await expect(net.fitAsync(x, y, { worker: true, signal: stop.signal })).rejects.toBe(reason);
  });

  it("after its time", async () => {
    using net = await Network.create(options);
    const { stopped, loss } = await net.fitAsync(x, y, { epochs: 1_000_000, timeLimit: 0.05, worker: true });
    expect(stopped).toBe("timeLimit");
    expect(net.epochs).toBe(loss.length);
  });

  it("with a NotFiniteError and the last epoch that ended finite", async () => {
    const settings: NetworkOptions = {
      inputs: 6,
      layers: [{ units: 3, activation: "linear" }],
      optimizer: { type: "sgd", learningRate: 1e12 },
    };
    const errors: NotFiniteError[] = [];
    const digests: string[] = [];
    for (const inWorker of [false, true]) {
      using net = await Network.create(settings);
      const { x, y } = new Random(4).dataset("f32", 20, 6, 3);
      errors.push(
        (await net.fitAsync(x, y, { epochs: 100, worker: inWorker }).catch((error) => error)) as NotFiniteError,
      );
      digests.push(net.digest());
    }
    const [here, there] = errors;
    expect(there).toBeInstanceOf(NotFiniteError);
    expect(there).toMatchObject({ message: here!.message, epoch: here!.epoch, loss: here!.loss, name: here!.name });
    expect(digests[1]).toBe(digests[0]);
  });
});

describe("bad input", () => {
  it.each([
    ["x of other columns", [[1, 2]], [[0]], {}, ShapeError, "x has 2 columns"],
    ["rows that don't fit", x, [[0]], {}, ShapeError, "y has 1 row;"],
    ["NaN", [[1, 2, 3, 4, Number.NaN, 6]], [[0]], {}, DataError, "x[0][4]"],
    ["no such class", [[1, 2, 3, 4, 5, 6]], [[3]], {}, DataError, "y[0][0] is 3"],
    ["weights", [[1, 2, 3, 4, 5, 6]], [[0]], { sampleWeights: [-1] }, DataError, "sampleWeights[0] is -1"],
    ["validation", x, y, { validation: [[[1]], [[1]]] }, ShapeError, "validation[0] has 1 column;"],
    ["a flag", x, y, { worker: "yes" }, OptionError, 'worker is "yes"'],
  ] as const)("%s: the network is as it was", async (_what, x, y, fit, type, message) => {
    using net = await Network.create(options);
    const before = net.save();
    const refused = net.fitAsync(x as MatrixLike, y as MatrixLike, { worker: true, ...fit } as FitAsyncOptions);
    await expect(refused).rejects.toThrow(type);
    await expect(refused).rejects.toThrow(message);
    expect(net.save()).toEqual(before);
  });

  it("the caller's arrays stay the caller's", async () => {
    using net = await Network.create(options);
    const wide = { data: new Float32Array(6 * rows + 10).subarray(5, 5 + 6 * rows), shape: [rows, 6] } as const;
    await net.fitAsync(wide, y, { worker: true, sampleWeights: new Float64Array(rows).fill(1) });
    expect(wide.data.length).toBe(6 * rows);
  });

  it("a network that is being trained there can be read, not changed", async () => {
    const net = await Network.create(options);
    const training = net.fitAsync(x, y, { epochs: 3, worker: true });
    expect(() => net.fit(x, y)).toThrow("being trained");
    await expect(net.fitAsync(x, y, { worker: true })).rejects.toThrow("being trained");
    expect(net.predict(x).data).toHaveLength(3 * rows);
    await training;
    net.dispose();
    await expect(net.fitAsync(x, y, { worker: true })).rejects.toThrow("disposed");
  });
});

it("several trainings at once, there and here, don't disturb each other", async () => {
  const seeds = [1, 2, 3, 4];
  const run = async (seed: number, inWorker: boolean) => {
    using net = await Network.create({ ...options, seed });
    const history = await net.fitAsync(x, y, { ...everything, epochs: 30, worker: inWorker });
    return [history, net.save()];
  };
  const alone = [];
  for (const seed of seeds) alone.push(await run(seed, false));
  expect(await Promise.all(seeds.map((seed) => run(seed, seed !== 3)))).toEqual(alone);
});

it("with several threads", async () => {
  const { x, y } = new Random(81).dataset("f32", 400, 64, 10);
  const settings = { inputs: 64, layers: [{ units: 128 }, { units: 10 }], seed: 5 };
  const fit = { epochs: 4, batchSize: 50 };
  using alone = MainEntry.createSync(settings);
  alone.fit(x, y, fit);
  for (const threads of [1, 2, 3]) {
    using net = await WithThreads.create({ ...settings, threads });
    expect(net.threads.count).toBe(threads);
    await net.fitAsync(x, y, { ...fit, worker: true });
    expect(net.digest()).toBe(alone.digest());
  }
  const members: { terminate(): void }[] = [];
  watchWorkers((member) => members.push(member));
  using net = await WithThreads.create({ ...settings, threads: 4 });
  await Promise.all(members.map((member) => member.terminate()));
  expect(net.threads.count).toBe(1);
  await net.fitAsync(x, y, { ...fit, worker: true });
  expect(net.digest()).toBe(alone.digest());
});

it("begins before its other threads run, and hears an abort", async () => {
  const { x, y } = new Random(82).dataset("f32", 40, 6, 3);
  const settings = { inputs: 6, layers: [{ units: 9 }, { units: 3 }], seed: 5 };
  using alone = MainEntry.createSync(settings);
  alone.fit(x, y, { epochs: 4 });
  using net = await WithThreads.create({ ...settings, threads: 3 });
  expect(net.threads.count).toBe(3);
  const controller = new AbortController();
  using busy = await WithThreads.create(settings);
  const other = busy.fitAsync(x, y, { epochs: 1e9, worker: true, signal: controller.signal }); // in a worker that was idle
  const module = process.getBuiltinModule("node:worker_threads");
  let started = 0;
  class Alone extends module.Worker {
    constructor(...[program, given]: ConstructorParameters<typeof module.Worker>) {
      super(`${WITHOUT_WORKERS}${program}`, given);
      started++;
    }
  }
  const { getBuiltinModule } = process;
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
    name === "node:worker_threads" ? { ...module, Worker: Alone } : getBuiltinModule(name)) as typeof getBuiltinModule);
  await net.fitAsync(x, y, { epochs: 4, worker: true });
  expect(net.digest()).toBe(alone.digest());
  const ended = net.fitAsync(x, y, { epochs: 1e9, worker: true, signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await Promise.all([ended, other].map((training) => expect(training).rejects.toThrow("abort")));
  expect(started).toBe(1);
});

// in a worker: no worker that it starts ever runs
const WITHOUT_WORKERS = `
  const workers = process.getBuiltinModule("node:worker_threads");
  const { getBuiltinModule } = process;
  class Worker { on() {} postMessage() {} ref() {} unref() {} terminate() {} }
  process.getBuiltinModule = (name) => name === "node:worker_threads" ? { ...workers, Worker } : getBuiltinModule(name);
`;

it("crossValidate trains there, too", async () => {
  const fit = { folds: 3, epochs: 5, metrics: ["accuracy"] } as const;
  const here = await Network.crossValidate(options, x, y, fit);
  expect(await Network.crossValidate(options, x, y, { ...fit, worker: true })).toEqual(here);
});

describe("a worker", () => {
  it("that dies leaves the network of the last epoch that was told of, and the next one goes on", async () => {
    const fit: FitAsyncOptions = { ...everything, worker: true };
    const whole = await trained(fit);
    const started: { terminate(): void }[] = [];
    watchWorkers((one) => started.push(one));
    const busy = await Network.create(options); // takes the idle one
    const first = busy.fitAsync(x, y, { epochs: 1_000_000, worker: true, timeLimit: 1 });
    using net = await Network.create(options);
    const dead = net.fitAsync(x, y, {
      ...fit,
      onEpoch: ({ epoch }) => {
        if (epoch === 4) started.at(-1)!.terminate();
      },
    });
    await expect(dead).rejects.toThrow(EngineError);
    await expect(dead).rejects.toThrow("the worker ended before its training: exit code");
    expect(net.epochs).toBe(4);
    await net.fitAsync(x, y, { ...fit, resume: true });
    expect(net.save()).toEqual(whole.saved);
    await first;
    busy.dispose();
  });

  it("there is none in the main entry, which says where there is", async () => {
    using net = await MainEntry.create(options);
    const before = net.save();
    await expect(net.fitAsync(x, y, { worker: true })).rejects.toThrow('import Network from "bitgrad/worker"');
    expect(net.save()).toEqual(before);
  });

  it("there is none in this runtime: this thread trains, and says so", async () => {
    const nets = await Promise.all([1, 2, 3].map(() => Network.create(options)));
    const here = await nets[2]!.fitAsync(x, y, { epochs: 3 });
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    // an idle worker of the test before may be there for the first
    const [, history] = await Promise.all(
      nets.slice(0, 2).map((net) => net.fitAsync(x, y, { epochs: 3, worker: true })),
    );
    expect(history).toEqual({ ...here, warnings: [expect.stringContaining("this runtime has no workers")] });
    expect(nets[1]!.save()).toEqual(nets[2]!.save());
  });
});

it("a process ends by itself after a training in a worker", () => {
  // the timer that ends an idle worker never comes: it must not be what the process waits for
  const program = `import { Network } from "bitgrad/worker";
const { setTimeout } = globalThis;
globalThis.setTimeout = (call, ms, ...args) => setTimeout(call, ms < 1_000 ? ms : 2 ** 31 - 1, ...args);
const net = await Network.create({ inputs: 1, layers: [{ units: 1 }] });
await net.fitAsync([[0], [1]], [[0], [1]], { epochs: 10, worker: true });
console.log(net.epochs);`;
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  const args = ["--input-type=module", "--eval", program];
  expect(execFileSync(process.execPath, args, { cwd, encoding: "utf8", timeout: 100_000 })).toBe("10\n");
});
