// A training in a worker always settles, and a worker is given to the next training only once it is known to have done
// its last.

import { EngineError, Network, type NetworkOptions, OutOfMemoryError } from "bitgrad/worker";
import { afterEach, expect, it, vi } from "vitest";
import { rejectionOf } from "../faults/expect-error.ts";
import { Random } from "../fixtures/random.ts";
import { watchWorkers } from "../fixtures/workers.ts";

const { x, y } = new Random(5).dataset("f32", 40, 6, 3);
const options: NetworkOptions = { inputs: 6, layers: [{ units: 9 }, { units: 3 }], optimizer: "adam", seed: 3 };

async function alone(seed: number, epochs = 4): Promise<string> {
  using net = await Network.create({ ...options, seed });
  net.fit(x, y, { epochs });
  return JSON.stringify(net);
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("a worker dies at any moment: an EngineError, the network of the last reported epoch, and the next training is right", async () => {
  const wanted = await alone(8);
  // one that dies before it runs is in fallback.test.ts
  for (const moment of ["in a listener", "while a promise is pending", "as a file is kept"]) {
    const started: { terminate(): void }[] = [];
    watchWorkers((worker) => started.push(worker));
    const kill = () => {
      for (const worker of started) worker.terminate();
    };
    using net = await Network.create(options);
    using busy = await Network.create(options); // has the worker that was idle
    const first = busy.fitAsync(x, y, { epochs: 1e6, worker: true }).catch(() => {});
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch < 3) return undefined;
      if (moment === "in a listener") kill();
      return new Promise(() => setTimeout(kill, 5));
    };
    const checkpoint = { everyEpochs: 1, save: kill };
    const listens = moment.includes("listener") || moment.includes("promise");
    const training = net.fitAsync(x, y, { epochs: 1e6, worker: true, ...(listens ? { onEpoch } : { checkpoint }) });
    const error = await rejectionOf(training);
    expect(error, moment).toBeInstanceOf(EngineError);
    expect((error as Error).message, moment).toContain("the worker ended before its training");
    expect((error as { history?: object }).history, moment).toHaveProperty("loss");
    if (listens) expect(net.epochs, moment).toBe(3);
    busy.dispose();
    await first;
    vi.restoreAllMocks();
    using next = await Network.create({ ...options, seed: 8 });
    await next.fitAsync(x, y, { epochs: 4, worker: true });
    expect(JSON.stringify(next), moment).toBe(wanted);
  }
});

it("an answer for an abandoned training doesn't reach the next one", async () => {
  using net = await Network.create(options);
  const controller = new AbortController();
  let answer: (value: unknown) => void = () => {};
  const training = net.fitAsync(x, y, {
    epochs: 9,
    worker: true,
    signal: controller.signal,
    onEpoch: () =>
      new Promise((resolve) => {
        answer = resolve;
        setTimeout(() => controller.abort(), 0);
      }),
  });
  await rejectionOf(training);
  using next = await Network.create({ ...options, seed: 8 });
  let epochs = 0;
  const history = next.fitAsync(x, y, {
    epochs: 4,
    worker: true,
    async onEpoch() {
      answer(false); // of the other training's question
      await new Promise((resolve) => setTimeout(resolve, 1));
      epochs++;
    },
  });
  expect((await history).stopped).toBeUndefined();
  expect(epochs).toBe(4);
  expect(JSON.stringify(next)).toBe(await alone(8));
});

it("many trainings at once, some aborted or disposed of: each has its own parameters", async () => {
  const wanted = await Promise.all([10, 11, 12, 13, 14, 15].map((seed) => alone(seed)));
  await Promise.all(
    wanted.map(async (json, n) => {
      for (let round = 0; round < 3; round++) {
        using net = await Network.create({ ...options, seed: 10 + n });
        if (n % 3 === 1) {
          const signal = AbortSignal.timeout(5 * round);
          await rejectionOf(net.fitAsync(x, y, { epochs: 1e7, worker: true, signal }));
        } else if (n % 3 === 2 && round === 1) {
          const training = net.fitAsync(x, y, { epochs: 1e7, worker: true });
          setTimeout(() => net.dispose(), 3);
          await rejectionOf(training);
        } else {
          await net.fitAsync(x, y, { epochs: 4, worker: true });
          expect(JSON.stringify(net)).toBe(json);
        }
      }
    }),
  );
});

it("a result that can't be taken is an error, the network is as it was, and the next training is right", async () => {
  const unheard = vi.fn();
  process.on("unhandledRejection", unheard);
  const { set } = Float32Array.prototype;
  const full = new OutOfMemoryError("there is no memory");
  try {
    using net = await Network.create({ ...options, engine: "reference" });
    const before = JSON.stringify(net);
    const training = net.fitAsync(x, y, { epochs: 3, worker: true });
    Float32Array.prototype.set = function (...args) {
      if (this.length === 6 * 9) throw full; // of the first layer's weights, which alone are so many
      set.apply(this, args as never);
    };
    const error = await rejectionOf(training);
    Float32Array.prototype.set = set;
    expect(error).toBe(full);
    expect((error as { history?: { loss: number[] } }).history?.loss).toHaveLength(3);
    expect(JSON.stringify(net)).toBe(before);
    await net.fitAsync(x, y, { epochs: 4, worker: true });
    expect(net.digest()).toBe(JSON.parse(await alone(3)).digest);
    expect(unheard).not.toHaveBeenCalled();
  } finally {
    Float32Array.prototype.set = set;
    process.off("unhandledRejection", unheard);
  }
});

it("a time limit that is over when it gets the data trains nothing", async () => {
  using net = await Network.create(options);
  const history = await net.fitAsync(x, y, { epochs: 1e7, timeLimit: 0, worker: true });
  expect(history).toEqual({ loss: [], stopped: "timeLimit" });
});

it("a disposed network doesn't write what its worker reported last", async () => {
  const shown = { inputs: 2, layers: [{ units: 300 }, { units: 1 }], engine: "wasm" } as const;
  const net = await Network.create(shown);
  const onEpoch = () => net.dispose();
  await rejectionOf(net.fitAsync([[0, 1]], [[1]], { epochs: 2, worker: true, onEpoch }));
  using other = await Network.create({ ...shown, seed: 7 }); // where the disposed one was
  const before = other.digest();
  expect(String(net)).toContain("disposed");
  expect(net.parameterCount).toBe(3 * 300 + 301);
  expect(other.digest()).toBe(before);
});

it("an abort as the end's state is taken over keeps all epochs", async () => {
  const wide = { inputs: 1000, layers: [{ units: 2000 }, { units: 1 }], optimizer: "adam", seed: 3 } as const;
  const data = [[new Array<number>(1000).fill(0.1)], [[1]]] as const;
  using alone = await Network.create(wide);
  alone.fit(...data, { epochs: 2 });
  for (const engine of ["wasm", "reference"] as const) {
    using net = await Network.create({ ...wide, engine });
    const controller = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch === 2) setTimeout(() => controller.abort(), 5);
    };
    const { signal } = controller;
    const history = await net.fitAsync(...data, { epochs: 2, worker: true, signal, onEpoch }).catch((error) => error);
    expect((history.history ?? history).loss).toHaveLength(2);
    expect(net.epochs).toBe(2);
    expect(net.digest()).toBe(alone.digest());
  }
});
