// What a training holds: the peak of WebAssembly memory, and JavaScript heap a step. A process of its own, started with
// --expose-gc.

import { type DType, Network } from "bitgrad";
import { catchMemories, collectGarbage } from "./memory-watch.ts";
import { PlainNetwork } from "./plain-js.ts";
import { createData, networkOptions, WORKLOADS } from "./workloads.ts";

export interface Memory {
  readonly workload: string;
  readonly dtype: DType;
  /** The largest that WebAssembly's memory was; it never shrinks. */
  readonly wasmBytes: number;
  /** x, y and the parameters alone. */
  readonly dataBytes: number;
  /** Bytes of JavaScript heap that a step of 2-3-1, batch 1, takes. */
  readonly heapBytesPerStep: { readonly wasm: number; readonly plain: number };
}

const ROWS = 1_000; // few: copying them in is not what is asked
const EPOCHS = 100;

const dtype = JSON.parse(process.argv[2]!) as DType;
process.send!(measureMemory(dtype));

function measureMemory(dtype: DType): Memory {
  const memories = catchMemories();
  const wide = WORKLOADS.find(({ name }) => name === "wide")!;
  const net = Network.createSync({ ...networkOptions(wide, dtype), engine: "wasm" });
  const { x, y } = createData(wide, dtype, wide.rows);
  net.fit(x, y, { batchSize: wide.batchSize, shuffle: false });
  const wasmBytes = memories[0]!.buffer.byteLength;
  const dataBytes = x.data.byteLength + y.data.byteLength + net.parameterCount * x.data.BYTES_PER_ELEMENT;

  const xor = WORKLOADS.find(({ name }) => name === "xor")!;
  const rows = createData(xor, dtype, ROWS);
  const small = Network.createSync({ ...networkOptions(xor, dtype), engine: "wasm" });
  const plain = new PlainNetwork(xor.sizes, dtype);
  const heapBytesPerStep = {
    wasm: heapPerStep((epochs) => small.fit(rows.x, rows.y, { epochs, batchSize: 1, shuffle: false })),
    plain: heapPerStep((epochs) => plain.fit(rows.x.data, rows.y.data, epochs, 1, xor.learningRate)),
  };
  return { workload: wide.name, dtype, wasmBytes, dataBytes, heapBytesPerStep };
}

/** From the difference of two calls: what a call takes besides its steps drops out. */
function heapPerStep(train: (epochs: number) => void): number {
  const [few, many] = [heapGrowth(() => train(EPOCHS)), heapGrowth(() => train(3 * EPOCHS))];
  return Math.max(0, many - few) / (2 * EPOCHS * ROWS);
}

/** The least of many calls: the first ones, not yet compiled, box their numbers on the heap. */
function heapGrowth(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 30; n++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    run();
    const growth = process.memoryUsage().heapUsed - before;
    if (growth >= 0) least = Math.min(least, growth); // negative: a collection came in between
  }
  return least;
}
