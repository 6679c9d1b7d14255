// WebAssembly memory through the public API: networks come and go in seeded random order, results stay right, memory
// stops growing, and neighbors never see each other.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Network, type NetworkOptions } from "bitgrad";
import { expect, it } from "vitest";
import { DTYPES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

const bytes = readFileSync(createRequire(import.meta.url).resolve("bitgrad/bitgrad.wasm"));

/** A module of its own, and how many bytes of memory its one instance holds. */
function watchedModule() {
  const module = new WebAssembly.Module(bytes);
  const { Instance } = WebAssembly;
  const memories: WebAssembly.Memory[] = [];
  WebAssembly.Instance = class extends Instance {
    constructor(ofModule: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(ofModule, imports);
      memories.push(this.exports.memory as WebAssembly.Memory);
    }
  };
  try {
    Network.createSync({ inputs: 1, layers: [{ units: 1 }], module }).dispose();
  } finally {
    WebAssembly.Instance = Instance;
  }
  expect(memories).toHaveLength(1);
  return { module, memoryBytes: () => memories[0]!.buffer.byteLength };
}

type Task = ReturnType<typeof drawTask>;

/** A network, its data and what the reference engine makes of them. */
function drawTask(random: Random) {
  const dtype = random.pick(DTYPES);
  const inputs = random.whole(1, 40);
  const layers = Array.from({ length: random.whole(1, 3) }, () => ({ units: random.whole(1, 40) }));
  const options: NetworkOptions = { dtype, inputs, layers, seed: random.u32() };
  const data = random.dataset(dtype, random.whole(1, 30), inputs, layers.at(-1)!.units);
  const fitOptions = { epochs: random.whole(1, 3), batchSize: random.whole(1, 32), shuffle: random.whole(0, 1) === 1 };
  using reference = Network.createSync({ ...options, engine: "reference" });
  reference.fit(data.x, data.y, fitOptions);
  const digest = reference.digest();
  return { options, data, fitOptions, digest, predictions: reference.predict(data.x), what: JSON.stringify(options) };
}

function train(net: Network, { data, fitOptions, digest, what }: Task): void {
  net.fit(data.x, data.y, fitOptions);
  expect(net.digest(), what).toBe(digest);
}

it("2,000 networks made, trained, asked and disposed: right each time, and no more memory after the first of each", () => {
  const { module, memoryBytes } = watchedModule();
  const random = new Random(80);
  const tasks = Array.from({ length: 60 }, () => drawTask(random));
  const run = (task: Task) => {
    using net = Network.createSync({ ...task.options, module });
    expect(net.engine).toBe("wasm");
    train(net, task);
    expect(net.predict(task.data.x), task.what).toEqual(task.predictions);
  };
  tasks.forEach(run);
  const afterFirst = memoryBytes();
  for (let n = 0; n < 2000; n++) run(random.pick(tasks));
  expect(memoryBytes()).toBe(afterFirst);
});

it("networks living side by side, in random order of making, training, asking and disposing", () => {
  const { module, memoryBytes } = watchedModule();
  const random = new Random(81);
  const tasks = Array.from({ length: 40 }, () => drawTask(random));
  const living: { net: Network; task: Task; fitted: boolean }[] = [];
  const sequence = () => {
    for (let n = 0; n < 1000; n++) {
      if (living.length < 12 && random.whole(0, 2) === 0) {
        const task = random.pick(tasks);
        living.push({ net: Network.createSync({ ...task.options, module }), task, fitted: false });
      }
      if (living.length === 0) continue;
      const one = random.pick(living);
      if (!one.fitted) {
        train(one.net, one.task);
        one.fitted = true;
      } else if (random.whole(0, 1) === 0) {
        expect(one.net.predict(one.task.data.x), one.task.what).toEqual(one.task.predictions);
      } else {
        expect(one.net.digest(), one.task.what).toBe(one.task.digest);
        one.net.dispose();
        living.splice(living.indexOf(one), 1);
      }
    }
    for (const { net, task, fitted } of living.splice(0)) {
      if (fitted) expect(net.digest(), task.what).toBe(task.digest);
      net.dispose();
    }
  };
  sequence();
  const afterFirst = memoryBytes();
  // what twelve of the largest hold, twice over for gaps between them
  for (let n = 0; n < 3; n++) sequence();
  expect(memoryBytes()).toBeLessThanOrEqual(2 * afterFirst);
});

it("a network made inside a callback of another grows memory under it", () => {
  const { module, memoryBytes } = watchedModule();
  const task = drawTask(new Random(82));
  using net = Network.createSync({ ...task.options, module });
  const grown: Network[] = [];
  const before = memoryBytes();
  net.fit(task.data.x, task.data.y, {
    ...task.fitOptions,
    onEpoch: () => grown.push(Network.createSync({ inputs: 1000, layers: [{ units: 1000 }], module })),
  });
  expect(memoryBytes()).toBeGreaterThan(before);
  expect(net.digest()).toBe(task.digest);
  expect(new Set(grown.map((other) => other.digest())).size).toBe(1);
  for (const other of grown) other.dispose();
  expect(net.predict(task.data.x)).toEqual(task.predictions);
});

it("refused calls give their memory back", () => {
  const { module, memoryBytes } = watchedModule();
  const random = new Random(83);
  const task = drawTask(random);
  using net = Network.createSync({ ...task.options, module });
  const { x, y } = random.dataset(net.dtype, 5000, net.inputs, net.outputs);
  y.data[y.data.length - 1] = Number.NaN;
  const refuse = () => {
    expect(() => net.fit(x, y)).toThrow("NaN");
    expect(() => net.evaluate(x, y)).toThrow("NaN");
    expect(() => net.fit(x, x as never)).toThrow();
  };
  refuse();
  const afterFirst = memoryBytes();
  for (let n = 0; n < 100; n++) refuse();
  expect(memoryBytes()).toBe(afterFirst);
  train(net, task);
});

it("a callback that throws gives the training's memory back", () => {
  const { module, memoryBytes } = watchedModule();
  const random = new Random(84);
  const task = drawTask(random);
  using net = Network.createSync({ ...task.options, module });
  const { x, y } = random.dataset(net.dtype, 2000, net.inputs, net.outputs);
  const onEpoch = () => {
    throw new Error("no more");
  };
  const fail = () => expect(() => net.fit(x, y, { onEpoch, epochs: 2 })).toThrow("no more");
  fail();
  const afterFirst = memoryBytes();
  for (let n = 0; n < 20; n++) fail();
  expect(memoryBytes()).toBe(afterFirst);
  expect(net.epochs).toBe(21);
});

it("networks of one module share an instance, of two modules don't", () => {
  const one = watchedModule();
  const other = watchedModule();
  const before = other.memoryBytes();
  using large = Network.createSync({ inputs: 500, layers: [{ units: 500 }], module: one.module });
  expect(one.memoryBytes()).toBeGreaterThanOrEqual(large.parameterCount * 4);
  expect(other.memoryBytes()).toBe(before);
});
