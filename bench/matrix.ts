// The three products of matrices inside the module, without copies: GFLOP/s, and the share of what the core does where it has
// nothing to load (assembly/peak.ts), measured in turns. A process of its own, as for every contestant.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import type { DType } from "bitgrad";
import { Arena } from "../bindings/engine/wasm/arena.ts";
import { readExports } from "../bindings/engine/wasm/exports.ts";
import { uniform } from "../test/support/random.ts";
import { median } from "./race.ts";
import { floats } from "./workloads.ts";

export interface MatrixRow {
  readonly kernel: string;
  /** Rows of the batch × inputs × units. */
  readonly shape: string;
  readonly dtype: DType;
  /** Thousand million operations a second, a product and a sum being two: median over the rounds. */
  readonly gflops: number;
  /** Of the peak measured in the same round: median. */
  readonly share: number;
}

export interface Matrix {
  readonly peak: { readonly dtype: DType; readonly gflops: number }[];
  readonly rows: MatrixRow[];
}

const CUBES = [24, 32, 48, 64, 256].map((size) => [size, size, size] as const);
/** The layers of `digits`, `mlp` and `wide`. */
const LAYERS = [
  [10, 784, 30],
  [32, 784, 128],
  [128, 784, 512],
  [128, 512, 512],
] as const;

const PEAK_STEPS = 20_000;
const OPERATIONS = 16; // of registers, in a step of the peak
const SCRATCH_BYTES = 256;

if (process.send !== undefined) {
  const { dtypes, quick } = JSON.parse(process.argv[2]!) as { dtypes: readonly DType[]; quick: boolean };
  process.send(await measureMatrix(dtypes, quick));
}

async function measureMatrix(dtypes: readonly DType[], quick: boolean): Promise<Matrix> {
  const [rounds, milliseconds] = quick ? [3, 5] : [9, 20];
  const peakModule = await compilePeak();
  const matrix: Matrix = { peak: [], rows: [] };
  for (const dtype of dtypes) {
    const peak = preparePeak(peakModule, dtype);
    const peaks: number[] = [];
    for (const [rows, inputs, units] of [...CUBES, ...LAYERS]) {
      const kernels = await prepareKernels(dtype, rows, inputs, units);
      const gflops = kernels.map((): number[] => []);
      const shares = kernels.map((): number[] => []);
      for (const { run } of kernels) rate(run, 1, milliseconds * 3); // V8's optimising compiler takes over
      for (let round = 0; round < rounds; round++) {
        kernels.forEach(({ run }, k) => {
          const most = rate(peak.run, peak.operations, milliseconds);
          const reached = rate(run, 2 * rows * inputs * units, milliseconds);
          peaks.push(most);
          gflops[k]!.push(reached);
          shares[k]!.push(reached / most);
        });
      }
      const shape = `${rows}×${inputs}×${units}`;
      kernels.forEach(({ kernel }, k) => {
        matrix.rows.push({ kernel, shape, dtype, gflops: median(gflops[k]!), share: median(shares[k]!) });
      });
    }
    matrix.peak.push({ dtype, gflops: median(peaks) });
  }
  return matrix;
}

/** Operations a nanosecond. */
function rate(run: () => void, operations: number, milliseconds: number): number {
  for (let calls = 1; ; calls *= 2) {
    const start = performance.now();
    for (let n = 0; n < calls; n++) run();
    const elapsed = performance.now() - start;
    if (elapsed >= milliseconds) return (calls * operations) / (elapsed * 1e6);
  }
}

async function compilePeak(): Promise<WebAssembly.Module> {
  const baseDir = fileURLToPath(new URL("assembly/", import.meta.url));
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    ["peak.ts", "--outFile", "peak.wasm", "--baseDir", baseDir, "--config", "none", "--runtime", "stub"].concat([
      "--enable",
      "simd",
      "-O3",
      "--noAssert",
      "--use",
      "abort=",
      "--initialMemory",
      "1",
    ]),
    {
      readFile: (name, folder) => readFile(new URL(name, `file://${folder}`), "utf8").catch(() => null),
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) bytes = Uint8Array.from(contents as Uint8Array);
      },
    },
  );
  if (bytes === undefined) throw new Error(`assembly/peak.ts does not compile: ${error?.message} ${stderr.toString()}`);
  return new WebAssembly.Module(bytes);
}

function preparePeak(module: WebAssembly.Module, dtype: DType) {
  const exports = new WebAssembly.Instance(module).exports as Record<string, CallableFunction> & {
    memory: WebAssembly.Memory;
  };
  const ptr = exports.memory.buffer.byteLength - SCRATCH_BYTES;
  const start = floats(dtype, SCRATCH_BYTES / (dtype === "f32" ? 4 : 8)).map((_, n) => 1 / (n + 2));
  new Uint8Array(exports.memory.buffer).set(new Uint8Array(start.buffer), ptr);
  const lanes = dtype === "f32" ? 4 : 2;
  return {
    operations: PEAK_STEPS * OPERATIONS * lanes,
    run: () => exports[`peak_${dtype}`]!(PEAK_STEPS, ptr),
  };
}

async function prepareKernels(dtype: DType, rows: number, inputs: number, units: number) {
  const wasm = await readFile(new URL(import.meta.resolve("bitgrad/bitgrad.wasm")));
  const exports = readExports(new WebAssembly.Instance(new WebAssembly.Module(wasm)));
  const arena = new Arena(exports.memory, exports.heapBase());
  const kernels = exports[dtype];
  const bytes = dtype === "f32" ? 4 : 8;
  const random = uniform(123_456_789);
  const buffer = (size: number) => {
    const ptr = arena.allocate(size);
    arena.write(
      dtype,
      ptr,
      floats(dtype, Math.floor(size / bytes)).map(() => random() - 0.5),
    );
    return ptr;
  };
  const [xBytes, zBytes] = [exports.rowBytes(inputs, bytes), exports.rowBytes(units, bytes)];
  const [x, t] = [buffer(rows * xBytes + 16), buffer(rows * xBytes + 16)];
  const z = buffer(rows * zBytes + 16);
  const [w, g] = [
    buffer(exports.weightsBytes(inputs, units, bytes)),
    buffer(exports.weightsBytes(inputs, units, bytes)),
  ];
  const bias = buffer(exports.weightsBytes(1, units, bytes));
  const pack = buffer(32 * Math.max(rows, units));
  return [
    {
      kernel: "forward",
      run: () => kernels.forward(z, zBytes, x, xBytes, w, bias, rows, inputs, units),
    },
    {
      kernel: "input gradient",
      run: () => kernels.inputGradient(t, xBytes, z, zBytes, w, 0, rows, inputs, units, pack),
    },
    {
      kernel: "weight gradient",
      run: () => kernels.parameterGradient(g, bias, x, xBytes, z, zBytes, rows, inputs, units, pack, false, 0),
    },
  ];
}
