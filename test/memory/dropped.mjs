// Networks that are dropped without `dispose`: node --expose-gc dropped.mjs <folder of the built package>, likewise
// Deno and Bun. Prints what it saw as JSON; dropped.test.ts judges it.

import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";

const folder = argv.at(-1);
const { Network, OutOfMemoryError } = await import(pathToFileURL(`${folder}/index.js`).href);
const bytes = readFileSync(`${folder}/bitgrad.wasm`);

const gc = globalThis.gc ?? (() => globalThis.Bun.gc(true));
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Lets the collector find what was dropped, and finalizers run. */
async function collect() {
  for (let n = 0; n < 5; n++) {
    gc();
    await turn();
  }
}

/** A module of its own, and the memory of its one instance. */
function watchedModule() {
  const module = new WebAssembly.Module(bytes);
  const { Instance } = WebAssembly;
  let memory;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      memory = this.exports.memory;
    }
  };
  Network.createSync({ inputs: 1, layers: [{ units: 1 }], module }).dispose();
  WebAssembly.Instance = Instance;
  return { module, memory, megabytes: () => memory.buffer.byteLength / 2 ** 20 };
}

const layers = [{ units: 1000, initializer: "glorotUniform" }, { units: 1 }]; // drawn the fastest
const options = { inputs: 1000, layers, optimizer: "sgd" }; // 4 MB
const rows = { data: new Float32Array(2000).fill(0.5), shape: [2, 1000] };
const targets = [[0], [1]];

const ROUNDS = 10;

/**
 * Memory after each of some rounds in which so many networks are made, used and dropped, and the parameters of all in
 * MB.
 */
async function rounds(networks, use) {
  const { module, megabytes } = watchedModule();
  const after = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let n = 0; n < networks; n++) use(Network.createSync({ ...options, module }));
    await collect();
    after.push(megabytes());
  }
  return { after, all: ROUNDS * networks * 4 };
}

const result = {
  made: await rounds(20, () => {}),
  asked: await rounds(10, (net) => net.predict(rows)),
  trained: await rounds(5, (net) => net.fit(rows, targets, { epochs: 2 })),
  // a training that waits for what never comes, and nobody has hold of it
  waiting: await rounds(
    5,
    (net) => void net.fitAsync(rows, targets, { epochs: 2, onEpoch: () => new Promise(() => {}) }),
  ),
  refused: await rounds(5, (net) => {
    try {
      net.fit(rows, [[0], [Number.NaN]]);
    } catch {}
  }),
  failed: await rounds(
    5,
    (net) => void net.fitAsync(rows, targets, { onEpoch: () => Promise.reject(new Error("no")) }).catch(() => {}),
  ),
};

/** As if the runtime gave no more memory than so many MB. */
function limit(memory, megabytes) {
  const grow = memory.grow.bind(memory);
  Object.defineProperty(memory, "grow", {
    value: (pages) => {
      if (memory.buffer.byteLength + pages * 65536 > megabytes * 2 ** 20) throw new RangeError("no more");
      return grow(pages);
    },
  });
}

// nobody calls gc from here on: a failing allocation has to
const tight = watchedModule();
limit(tight.memory, 64);
result.created = 0;
for (let n = 0; n < 100; n++) {
  await Network.create({ ...options, module: tight.module });
  result.created++;
}
result.loaded = 0;
const saved = JSON.stringify(await Network.create({ inputs: 300, layers: [{ units: 300 }], module: tight.module }));
for (let n = 0; n < 300; n++) {
  await Network.fromJSON(saved, { module: tight.module });
  result.loaded++;
}
result.fitted = 0;
const wide = { data: new Float32Array(4_000_000), shape: [4000, 1000] }; // 16 MB
const many = { data: new Float32Array(4000), shape: [4000, 1] };
for (let n = 0; n < 20; n++) {
  const net = await Network.create({ ...options, module: tight.module });
  await net.fitAsync(wide, many, { epochs: 1, batchSize: 500 });
  result.fitted++;
}
// memory fills before any turn, and some turns later there is room again
result.sync = [];
while (result.sync.filter((made) => made > 5).length < 2 && result.sync.length < 100) {
  let made = 0;
  try {
    for (; made < 100; made++) Network.createSync({ ...options, module: tight.module });
    result.sync.push("never full");
  } catch (error) {
    result.sync.push(error instanceof OutOfMemoryError ? made : String(error));
  }
  for (let n = 0; n < 5; n++) await turn();
}
result.megabytes = tight.megabytes();
// what is still in use is not given back
const held = [];
try {
  for (let n = 0; n < 100; n++) held.push(await Network.create({ ...options, seed: n, module: tight.module }));
} catch (error) {
  result.full = error instanceof OutOfMemoryError;
}
result.held = held.length;
const digests = held.map((net) => net.digest());
await collect();
result.intact = held.every((net, n) => net.digest() === digests[n]);
held[0].dispose();
result.again = (await Network.create({ ...options, module: tight.module })).parameterCount;
console.log(JSON.stringify(result));
