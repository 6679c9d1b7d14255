// A worker that never runs: this thread trains in its stead, with the same end, and the history says so.

import type { FitAsyncOptions, Network as NetworkClass, NetworkOptions } from "bitgrad/worker";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Random } from "../fixtures/random.ts";
import { watchWorkers } from "../fixtures/workers.ts";

let Network: typeof NetworkClass;

beforeEach(async () => {
  vi.resetModules(); // it keeps an idle worker, and remembers that a page has none
  ({ Network } = await import("bitgrad/worker"));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const options: NetworkOptions = {
  inputs: 6,
  layers: [{ units: 9, activation: "tanh", dropout: 0.2 }, { units: 2 }],
  optimizer: "nadam",
  seed: 3,
};
const { x, y } = new Random(11).dataset("f64", 60, 6, 2);
const fits: readonly (readonly [string, FitAsyncOptions])[] = [
  ["validation, metrics, early stopping", { validation: [x, y], metrics: ["mae"], earlyStopping: { patience: 3 } }],
  [
    "a share kept out, weights, a schedule",
    { validationSplit: 0.3, sampleWeights: Array(60).fill(0.5), schedule: (at) => at.rate / (1 + at.epoch) },
  ],
  ["a listener that ends it", { onEpoch: ({ epoch, stop }) => epoch === 4 && stop() }],
];

async function end(fit: FitAsyncOptions, worker: boolean) {
  using net = await Network.create(options);
  const { warnings = [], ...history } = await net.fitAsync(x, y, { epochs: 9, batchSize: 7, ...fit, worker });
  return { warnings: warnings.filter((line) => line.includes("this thread trained")), history, file: net.save() };
}

it.each(fits)("it ends before it runs: %s", async (_, fit) => {
  const wanted = await end(fit, false);
  watchWorkers((worker) => worker.terminate());
  expect(await end(fit, true)).toEqual({
    ...wanted,
    warnings: [expect.stringMatching(/^this thread trained, not a worker: exit code/)],
  });
});

it("Node's threads can't be started, and there is nothing else", async () => {
  const wanted = await end({}, false);
  const threads = process.getBuiltinModule("node:worker_threads");
  class Worker {
    constructor() {
      throw new Error("this platform does not support creating Workers");
    }
  }
  vi.spyOn(process, "getBuiltinModule").mockReturnValue({ ...threads, Worker } as never);
  expect(await end({}, true)).toEqual({
    ...wanted,
    warnings: [expect.stringContaining("does not support creating Workers")],
  });
});

it.each([
  ["a global called Deno", "Deno", { version: { deno: "2" } }],
  ["a global called Bun", "Bun", { version: "1" }],
  ["a page's document, as of jsdom", "document", { visibilityState: "hidden" }],
  ["a window", "window", globalThis],
])("%s changes nothing", async (_, name, value) => {
  const wanted = await end({}, false);
  vi.stubGlobal(name, value);
  expect(await end({}, true)).toEqual(wanted);
});

it("a bundler's process has no worker threads, and breaks nothing", async () => {
  const wanted = await end({}, false);
  const { nextTick } = process;
  vi.stubGlobal("process", { env: {}, browser: true, versions: { node: "" }, nextTick, getBuiltinModule: null });
  expect(await end({}, true)).toEqual({
    ...wanted,
    warnings: [expect.stringContaining("this runtime has no workers")],
  });
});

it("Node's threads can't be started, and the page has workers: as in Electron", async () => {
  const wanted = await end({}, false);
  class Worker {
    constructor() {
      throw new Error("nothing but threads");
    }
  }
  const started: string[] = [];
  vi.stubGlobal(
    "Worker",
    class {
      onmessage: ((event: { data: unknown }) => void) | undefined;
      onerror: ((event: object) => void) | undefined;
      constructor(url: string) {
        started.push(url);
        setTimeout(() => this.onerror?.({ message: "not in this test" }), 1);
      }
      postMessage() {}
      terminate() {}
    },
  );
  vi.spyOn(process, "getBuiltinModule").mockReturnValue({ Worker } as never);
  expect(await end({}, true)).toEqual({ ...wanted, warnings: [expect.stringContaining("not in this test")] });
  expect(started).toEqual([expect.stringMatching(/^blob:/)]);
});
