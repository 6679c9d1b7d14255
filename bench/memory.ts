// What a training holds: the peak of WebAssembly memory, and JavaScript heap a step. Each dtype has a process of its
// own, since memory never shrinks; it is started with --expose-gc.

import { type DType, Network } from "bitgrad";
import { PlainNetwork } from "./plain-js.ts";
import { PLAIN, type Row, rounded } from "./rows.ts";
import { createData, networkOptions, workloadOf } from "./workloads.ts";

const ROWS = 1_000; // few: copying them in is not what is asked
const EPOCHS = 100;

if (process.send !== undefined) {
  process.send(measureMemory(JSON.parse(process.argv[2]!) as DType));
}

function measureMemory(dtype: DType): Row[] {
  const memories = catchMemories();
  const wide = workloadOf("wide");
  const net = Network.createSync({ ...networkOptions(wide, dtype), engine: "wasm" });
  const { x, y } = createData(wide, dtype, wide.rows);
  net.fit(x, y, { batchSize: wide.batchSize, shuffle: false });
  const peak = memories[0]!.buffer.byteLength;
  const data = x.data.byteLength + y.data.byteLength + net.parameterCount * x.data.BYTES_PER_ELEMENT;
  net.dispose();

  const xor = workloadOf("xor");
  const rows = createData(xor, dtype, ROWS);
  const small = Network.createSync({ ...networkOptions(xor, dtype), engine: "wasm" });
  const plain = new PlainNetwork(xor.sizes, dtype);
  const value = heapPerStep((epochs) => small.fit(rows.x, rows.y, { epochs, batchSize: 1, shuffle: false }));
  const baseline = heapPerStep((epochs) => plain.fit(rows.x.data, rows.y.data, epochs, 1, xor.learningRate));
  const row = { section: "memory", dtype };
  const held = { value: rounded(peak / 1e6), beside: "its data and parameters", baseline: rounded(data / 1e6) };
  return [
    { ...row, name: "wide, WebAssembly's peak", unit: "MB", ...held },
    { ...row, name: "xor, JavaScript heap a step", unit: "B", value, beside: PLAIN, baseline },
  ];
}

/** The memories of WebAssembly instances made from now on, for which there is no public accessor. */
function catchMemories(): readonly WebAssembly.Memory[] {
  const memories: WebAssembly.Memory[] = [];
  WebAssembly.Instance = class extends WebAssembly.Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      memories.push(this.exports.memory as WebAssembly.Memory);
    }
  };
  return memories;
}

/** From the difference of two calls: what a call takes besides its steps drops out. */
function heapPerStep(train: (epochs: number) => void): number {
  const [few, many] = [heapGrowth(() => train(EPOCHS)), heapGrowth(() => train(3 * EPOCHS))];
  return rounded(Math.max(0, many - few) / (2 * EPOCHS * ROWS));
}

/** The least of many calls: the first ones, not yet compiled, box their numbers on the heap. */
function heapGrowth(run: () => void): number {
  const { gc } = globalThis as { gc?: () => void };
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 30; n++) {
    gc!();
    const before = process.memoryUsage().heapUsed;
    run();
    const growth = process.memoryUsage().heapUsed - before;
    if (growth >= 0) least = Math.min(least, growth); // negative: a collection came in between
  }
  return least;
}
