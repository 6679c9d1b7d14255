// Whether networks leave something behind: memory before and after very many were made, trained and disposed of, some of them
// after an error. A process of its own for each engine, started with --expose-gc.

import { setImmediate } from "node:timers/promises";
import { DataError, type EngineName, Network, type NetworkOptions, NotFiniteError } from "bitgrad";
import { catchMemories, collectGarbage } from "./memory-watch.ts";

/** Bytes. */
export type Change = readonly [before: number, after: number];

export interface Cycles {
  readonly engine: EngineName;
  readonly cycles: number;
  /** JavaScript's after a collection, array buffers included. */
  readonly heap: Change;
  /** WebAssembly's; none on the reference engine. */
  readonly wasm: Change;
  /** The process's, as the system sees it. */
  readonly resident: Change;
}

/** What a network goes through, and the error that it has to end with. */
interface Life {
  readonly options?: Partial<NetworkOptions>;
  readonly live: (net: Network) => unknown;
  readonly error?: new (...args: never) => Error;
}

class Stopped extends Error {}

const WARM_UP = 5_000;
const rows = (...values: number[]) => values.map((value) => [value, 1 - value]);
const x = rows(0, 0.25, 0.5, 0.75, 1);
const y = x.map(([value]) => [value!]);
const fit = { epochs: 3, batchSize: 2, onEpoch: () => {} };
const stop = () => {
  throw new Stopped("as it was meant to");
};
const LIVES: readonly Life[] = [
  { live: (net) => net.fit(x, y, fit) },
  { live: (net) => net.fit(x, y, { ...fit, validationSplit: 0.4, metrics: ["mae"], earlyStopping: { patience: 1 } }) },
  { live: (net) => net.fitAsync(x, y, fit) },
  { live: (net) => net.fit(x, y, { ...fit, onEpoch: stop }), error: Stopped },
  {
    live(net) {
      const controller = new AbortController();
      const onEpoch = () => controller.abort(new Stopped("as it was meant to"));
      return net.fitAsync(x, y, { ...fit, onEpoch, signal: controller.signal });
    },
    error: Stopped,
  },
  { live: (net) => net.fit(x, [...y.slice(1), [Number.NaN]], fit), error: DataError },
  {
    options: {
      layers: [{ units: 1, activation: "linear" }],
      optimizer: { type: "adam", learningRate: 1e300 },
      dtype: "f64",
    },
    live: (net) => net.fit(x, y, { ...fit, epochs: 100 }),
    error: NotFiniteError,
  },
];

if (process.send !== undefined) {
  const { engine, quick } = JSON.parse(process.argv[2]!) as { engine: EngineName; quick: boolean };
  measureCycles(engine, quick ? 10_000 : 100_000).then((cycles) => process.send!(cycles));
}

async function measureCycles(engine: EngineName, cycles: number): Promise<Cycles> {
  const memories = catchMemories();
  await runCycles(engine, WARM_UP);
  const before = await look(memories);
  await runCycles(engine, cycles);
  const after = await look(memories);
  const change = (name: keyof typeof before): Change => [before[name], after[name]];
  return { engine, cycles, heap: change("heap"), wasm: change("wasm"), resident: change("resident") };
}

async function runCycles(engine: EngineName, cycles: number): Promise<void> {
  for (let n = 0; n < cycles; n++) {
    const { options, live, error } = LIVES[n % LIVES.length]!;
    // of many sizes, so that what one leaves free doesn't always fit the next
    const layers = [{ units: 1 + (n % 37) }, { units: 1 }];
    const net = Network.createSync({ inputs: 2, layers, optimizer: "adam", seed: n, engine, ...options });
    let ended: unknown;
    try {
      await live(net);
    } catch (cause) {
      ended = cause;
    }
    net.dispose();
    const asMeant = error === undefined ? ended === undefined : ended instanceof error;
    if (!asMeant) throw new Error(`cycle ${n} ended with ${ended}; ${error?.name ?? "no error"} was expected`);
  }
}

async function look(memories: readonly WebAssembly.Memory[]) {
  for (let n = 0; n < 5; n++) {
    await setImmediate(); // what waits for a turn of the event loop holds on to memory
    collectGarbage();
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const wasm = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  return { heap: heapUsed + arrayBuffers, wasm, resident: rss };
}
