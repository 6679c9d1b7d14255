// Training by several threads: the bits of one, a clean end whatever happens, and a reason where there are none.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type ActivationName, Network as OneThread } from "bitgrad";
import { Network } from "bitgrad/threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { WasmExports } from "../../bindings/engine/wasm/exports.ts";
import { DTYPES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";
import { watchWorkers } from "../fixtures/workers.ts";
import { someOf } from "../support/slow.ts";

const COUNTS = [2, 3, 8];
const layersOf = (...units: number[]) => units.map((count) => ({ units: count }));
const mixed: readonly ActivationName[] = ["gelu", "relu", "silu", "softplus", "linear"];

// enough work for several members, in sizes that no number of them divides; few weights (rows are divided) and many
// (units)
const SHAPES = [
  { inputs: 13, units: [37, 5], rows: 301, batchSize: 150, zeros: false },
  { inputs: 31, units: [67, 1], rows: 513, batchSize: 211, zeros: false },
  { inputs: 5, units: [1, 129, 3], rows: 700, batchSize: 700, zeros: false },
  { inputs: 301, units: [131, 67, 11], rows: 130, batchSize: 37, zeros: false },
  { inputs: 129, units: [257], rows: 50, batchSize: 23, zeros: false },
  { inputs: 67, units: [301, 1], rows: 90, batchSize: 41, zeros: false },
  { inputs: 301, units: [131, 67, 11], rows: 130, batchSize: 37, zeros: true },
  { inputs: 67, units: [37, 5], rows: 301, batchSize: 150, zeros: true },
];
const ALL_SHAPES = [[], mixed].flatMap((activations: readonly ActivationName[]) =>
  SHAPES.map((shape) => ({ ...shape, activations })),
);

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe.each(COUNTS)("%i threads", (threads) => {
  describe.each(DTYPES)("%s", (dtype) => {
    it.each(someOf(ALL_SHAPES, (_, n) => n % 3 === COUNTS.indexOf(threads)))(
      "$inputs-$units, batches of $batchSize of $rows rows, zeros: $zeros, $activations: the same bits",
      async (shape) => {
        const { inputs, units, rows, batchSize, zeros, activations } = shape;
        const random = new Random(80);
        const { x, y } = random.dataset(dtype, rows, inputs, units.at(-1)!);
        if (zeros) x.data.set(random.mostlyZeros(dtype, rows * inputs, 0.2));
        const layers = layersOf(...units).map((layer, l) => ({ ...layer, activation: activations[l] ?? "sigmoid" }));
        const optimizer = { type: "sgd", learningRate: activations.length > 0 ? 1e-5 : 0.1 } as const;
        const options = { inputs, layers, optimizer, dtype, seed: 4 };
        for (const shuffle of [true, false]) {
          using alone = OneThread.createSync({ ...options, engine: "wasm" });
          const expected = alone.fit(x, y, { epochs: 3, batchSize, shuffle });
          using net = await Network.create({ ...options, threads });
          expect(net.threads).toEqual({ count: threads });
          expect(net.fit(x, y, { epochs: 3, batchSize, shuffle })).toEqual(expected);
          expect(JSON.stringify(net)).toBe(JSON.stringify(alone));
          expect(net.predict(x).data).toEqual(alone.predict(x).data);
        }
      },
    );
  });
});

it.each(COUNTS)("%i threads: gradients, of x, too, and of an error of one's own", async (threads) => {
  for (const hidden of [40, 301]) {
    const { x, y } = new Random(84).dataset("f32", 200, 61, 7);
    const layers = [{ units: hidden, activation: "relu" as const, dropout: 0.2 }, { units: 7 }];
    const options = { inputs: 61, layers, seed: 4 };
    using alone = OneThread.createSync({ ...options, engine: "wasm" });
    using net = await Network.create({ ...options, threads });
    const asked = { inputGradient: true, dropout: { batch: 3 } };
    expect(net.gradients(x, y, asked)).toEqual(alone.gradients(x, y, asked));
    expect(net.backward(x, y, { inputGradient: true })).toEqual(alone.backward(x, y, { inputGradient: true }));
  }
});

it.each(COUNTS)("%i threads: rows that are given compressed, of one unit and of several", async (threads) => {
  for (const dtype of DTYPES) {
    const [rows, columns] = [400, 1000];
    const indices = Array.from({ length: rows * 5 }, (_, n) => (n % 5) * 200 + ((n * 7) % 200));
    const indptr = Array.from({ length: rows + 1 }, (_, s) => 5 * s);
    const { data: y } = new Random(87).dataset(dtype, rows, 1, 3).y;
    const x = { data: indices.map((column) => Math.sin(column)), indices, indptr, shape: [rows, columns] };
    for (const units of [1, 3]) {
      const options = { inputs: columns, layers: layersOf(units), dtype, seed: 4 };
      const targets = { data: y.slice(0, rows * units), shape: [rows, units] };
      using alone = OneThread.createSync({ ...options, engine: "reference" });
      using net = await Network.create({ ...options, threads });
      expect(net.fit(x, targets, { epochs: 2, batchSize: rows })).toEqual(
        alone.fit(x, targets, { epochs: 2, batchSize: rows }),
      );
      expect(net.digest()).toBe(alone.digest());
      expect(net.threads).toEqual({ count: threads });
    }
  }
});

it.each(COUNTS)("%i threads: softmax and its loss, sigmoid and its loss, one output", async (threads) => {
  for (const [loss, units, activation] of [
    ["categoricalCrossEntropy", 37, "softmax"],
    ["binaryCrossEntropy", 37, "sigmoid"],
    ["binaryCrossEntropy", 1, "sigmoid"],
    ["huber", 1, "linear"],
  ] as const) {
    for (const [hidden, batchSize] of [
      [40, 200],
      [301, 37],
    ] as const) {
      const { x, y } = new Random(82).dataset("f32", 300, 61, units);
      const layers = [
        { units: hidden, activation: "relu" as const },
        { units, activation },
      ];
      const options = { inputs: 61, layers, loss, optimizer: { type: "sgd", learningRate: 1e-3 }, seed: 6 } as const;
      using alone = OneThread.createSync({ ...options, engine: "wasm" });
      using net = await Network.create({ ...options, threads });
      expect(net.threads).toEqual({ count: threads });
      expect(net.fit(x, y, { epochs: 3, batchSize })).toEqual(alone.fit(x, y, { epochs: 3, batchSize }));
      expect(JSON.stringify(net)).toBe(JSON.stringify(alone));
      expect(net.evaluate(x, y)).toEqual(alone.evaluate(x, y));
    }
  }
});

const options = { inputs: 64, layers: layersOf(128, 10), seed: 5, threads: 2 };
const data = new Random(81).dataset("f32", 400, 64, 10);
const fitOptions = { epochs: 4, batchSize: 50 };
const expected = (() => {
  using alone = OneThread.createSync({ ...options, threads: 1 });
  alone.fit(data.x, data.y, fitOptions);
  return alone.digest();
})();

describe("a team", () => {
  it("trains several networks, one after the other and between each other's turns", async () => {
    const nets = await Promise.all(Array.from({ length: 3 }, () => Network.create(options)));
    await Promise.all(nets.map((net) => net.fitAsync(data.x, data.y, fitOptions)));
    for (const net of nets) {
      expect(net.threads).toEqual({ count: 2 });
      expect(net.digest()).toBe(expected);
      net.dispose();
    }
  });

  it("goes home with the last network, and comes again", async () => {
    const ended: Promise<unknown>[] = [];
    watchWorkers((worker) =>
      ended.push(new Promise((resolve) => (worker as NodeJS.EventEmitter & typeof worker).once("exit", resolve))),
    );
    for (let n = 1; n <= 3; n++) {
      const net = await Network.create({ ...options, threads: 3 });
      net.fit(data.x, data.y, fitOptions);
      expect(net.digest()).toBe(expected);
      expect(ended).toHaveLength(2 * n);
      net.dispose();
      await Promise.all(ended);
    }
  });

  it("is there for createSync as soon as its workers have come", async () => {
    using net = Network.createSync({ ...options, threads: 4 });
    expect(net.threads.count).toBeLessThanOrEqual(4);
    net.fit(data.x, data.y, fitOptions);
    expect(net.digest()).toBe(expected);
    while (net.threads.count < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("that comes while a training is under way has room", async () => {
    using net = Network.createSync({ ...options, threads: 8 });
    const onEpoch = async () => {
      while (net.threads.count < 8) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await net.fitAsync(data.x, data.y, { ...fitOptions, onEpoch });
    expect(net.digest()).toBe(expected);
  });

  // A worker that the machine's other work held up behind the last barrier of `gradients` read a record there that was
  // no longer the job's, and came to a barrier too many.
  it("whose worker comes late reads nothing of a job that is over", async () => {
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    const count = 3 * availableParallelism();
    const busy = Array.from({ length: count }, () => new Worker("for (;;);", { eval: true }));
    try {
      const [rows, inputs] = [2000, 1000];
      const long = new Random(85).dataset("f32", rows, inputs, 1);
      const x = { data: data.x.data.slice().fill(0, 0, 640), shape: data.x.shape }; // it lies where the record was
      using alone = OneThread.createSync(options);
      alone.fit(x, data.y, fitOptions);
      for (let n = 0; n < 10; n++) {
        const first = await Network.create({ inputs, layers: layersOf(1), threads: 2 });
        using next = await Network.create(options);
        first.gradients(long.x, long.y);
        first.dispose();
        next.fit(x, data.y, fitOptions);
        expect(next.digest()).toBe(alone.digest());
      }
    } finally {
      await Promise.all(busy.map((worker) => worker.terminate()));
    }
  });

  it("survives an abort", async () => {
    using net = await Network.create(options);
    const stop = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch === 2) stop.abort(new Error("enough"));
    };
    const aborted = net.fitAsync(data.x, data.y, { ...fitOptions, onEpoch, signal: stop.signal });
    await expect(aborted).rejects.toThrow("enough");
    expect(net.epochs).toBe(2);
    net.fit(data.x, data.y, { ...fitOptions, epochs: 2 });
    expect(net.digest()).toBe(expected);
  });
});

describe("a worker that dies", () => {
  it("between two trainings: the rest goes on, and says why there are fewer", async () => {
    const workers: { terminate(): void }[] = [];
    watchWorkers((worker) => workers.push(worker));
    using net = await Network.create({ ...options, threads: 3 });
    net.fit(data.x, data.y, { ...fitOptions, epochs: 2 });
    await workers[1]!.terminate();
    expect(net.threads.count).toBe(1);
    expect(net.threads.reason).toContain("a worker ended: exit code");
    net.fit(data.x, data.y, { ...fitOptions, epochs: 2 });
    expect(net.digest()).toBe(expected);
  });

  it("in the middle of one: after five seconds the epoch begins again without it, with the same bits", async () => {
    const workers: { terminate(): void }[] = [];
    watchWorkers((worker) => workers.push(worker));
    using net = await Network.create({ ...options, threads: 2 });
    net.fit(data.x, data.y, { ...fitOptions, epochs: 1 });
    workers[0]!.terminate(); // no turn of the event loop until fit returns: the team doesn't know
    const { loss } = net.fit(data.x, data.y, { ...fitOptions, epochs: 3 });
    expect(loss).toHaveLength(3);
    expect(net.digest()).toBe(expected);
    expect(net.threads).toEqual({ count: 1, reason: "a worker did not answer for five seconds" });
  });

  it("before it has come: create goes on alone", async () => {
    watchWorkers((worker) => worker.terminate());
    using net = await Network.create({ ...options, threads: 2 });
    expect(net.threads.count).toBe(1);
    expect(net.threads.reason).toContain("a worker ended");
    net.fit(data.x, data.y, fitOptions);
    expect(net.digest()).toBe(expected);
  });
});

describe("without threads", () => {
  it.each([
    ["no SharedArrayBuffer", { SharedArrayBuffer: undefined }, "no SharedArrayBuffer"],
    [
      "a page that is not isolated",
      { SharedArrayBuffer: undefined, crossOriginIsolated: false },
      "Cross-Origin-Opener-Policy",
    ],
  ])("%s: one thread, the same bits, and why", async (_what, globals, reason) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    for (const net of [await Network.create(options), Network.createSync(options)]) {
      expect(net.threads.count).toBe(1);
      expect(net.threads.reason).toContain(reason);
      net.fit(data.x, data.y, fitOptions);
      expect(net.digest()).toBe(expected);
      net.dispose();
    }
  });

  it("the main entry says which one has them", () => {
    using net = OneThread.createSync(options);
    expect(net.threads.count).toBe(1);
    expect(net.threads.reason).toContain("bitgrad/threads");
  });

  it("a number of threads that there is not: every training warns of it", async () => {
    using net = OneThread.createSync({ ...options, threads: 4 });
    using reference = await Network.create({ ...options, engine: "reference", threads: 4 });
    const here = 'this entry has one thread; the entry "bitgrad/threads" has more, where the runtime has';
    for (const [each, reason] of [
      [net, here],
      [reference, "the reference engine has one thread"],
    ] as const) {
      expect(each.threads).toEqual({ count: 1, reason });
      const warnings = [`1 thread trained, not 4: ${reason}`];
      expect(each.fit(data.x, data.y, { epochs: 1 }).warnings).toEqual(warnings);
      expect((await each.fitAsync(data.x, data.y, { epochs: 1 })).warnings).toEqual(warnings);
      const resumed = each.fit(data.x, data.y, { epochs: 2, resume: true });
      expect(resumed.warnings).toEqual([...warnings, expect.stringContaining("no training to resume")]);
    }
    const inWorker = await reference.fitAsync(data.x, data.y, { epochs: 1, worker: true });
    expect(inWorker.warnings).toEqual(["1 thread trained, not 4: the reference engine has one thread"]);
    using auto = OneThread.createSync({ ...options, threads: "auto" });
    expect(auto.fit(data.x, data.y, { epochs: 1 }).warnings).toBeUndefined();
  });

  it('"auto" starts none for a small network, and says so', async () => {
    using small = await Network.create({ inputs: 4, layers: layersOf(8, 3), threads: "auto" });
    expect(small.threads).toEqual({ count: 1, reason: "a network of 67 parameters trains as fast with one thread" });
    using large = await Network.create({ ...options, threads: "auto" });
    const count = Math.min(availableParallelism(), 8);
    expect(large.threads).toEqual({ count });
    large.fit(data.x, data.y, fitOptions);
    expect(large.digest()).toBe(expected);
  });

  it.each([0, 1.5, -2, 65, "two", null])("threads: %s is refused", async (threads) => {
    await expect(Network.create({ ...options, threads: threads as number })).rejects.toThrow("threads is");
  });

  it("one thread is the main entry's engine, and saved networks load with threads", async () => {
    using one = await Network.create({ ...options, threads: 1 });
    expect(one.threads).toEqual({ count: 1 });
    one.fit(data.x, data.y, { ...fitOptions, epochs: 2 });
    using loaded = await Network.fromJSON(JSON.stringify(one), { threads: 2 });
    expect(loaded.threads).toEqual({ count: 2 });
    loaded.fit(data.x, data.y, { ...fitOptions, epochs: 2 });
    expect(loaded.digest()).toBe(expected);
  });
});

it("an instance that a worker starts on the same memory changes nothing there", async () => {
  const memories: WebAssembly.Memory[] = [];
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
  (await Network.create({ ...options, threads: 5 })).dispose();
  WebAssembly.Memory = Memory;
  for (const dtype of DTYPES) {
    using net = await Network.create({ ...options, dtype, threads: 5 });
    const { x, y } = new Random(86).dataset(dtype, 100, 64, 10);
    net.fit(x, y, { epochs: 2 });
    net.gradients(x, y);
    net.evaluate(x, y);
  }
  const [memory] = memories;
  const wasm = readFileSync(new URL("../../dist/bitgrad.threads.wasm", import.meta.url));
  const module = new WebAssembly.Module(wasm);
  const start = () => new WebAssembly.Instance(module, { env: { memory: memory! } }).exports as unknown as WasmExports;
  const first = start();
  first.shuffle(first.heapBase(), 9, 4, 0, 0);
  const before = new Uint8Array(memory!.buffer).slice();
  start();
  expect(Buffer.compare(new Uint8Array(memory!.buffer), before)).toBe(0);
  expect(memories).toHaveLength(1);
});

it("a process ends by itself while a team waits for more to do", () => {
  const program = `import { Network } from "bitgrad/threads";
const net = await Network.create({ inputs: 64, layers: [{ units: 128 }, { units: 10 }], threads: 3 });
net.fit({ data: new Float32Array(6400), shape: [100, 64] }, { data: new Float32Array(1000), shape: [100, 10] }, { batchSize: 50 });
console.log(net.threads.count);`;
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  const args = ["--input-type=module", "--eval", program];
  expect(execFileSync(process.execPath, args, { cwd, encoding: "utf8", timeout: 100_000 })).toBe("3\n");
});
