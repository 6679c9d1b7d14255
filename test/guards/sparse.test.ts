// Which data the first layer takes compressed (assembly/sparse.ts): no result shows it, the memory that it takes does.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SIGMOID, SSE } from "../../bindings/catalog/codes.ts";
import type { WasmExports } from "../../bindings/engine/wasm/exports.ts";
import { DTYPES, floats } from "../fixtures/bits.ts";
import { root } from "./compile.ts";

const module = new WebAssembly.Module(readFileSync(join(root, "dist/bitgrad.wasm")));

describe.each(DTYPES)("%s", (dtype) => {
  /** Bytes of a training on rows whose element n is `element(n)`. */
  function trainingBytes(inputs: number, units: number, rows: number, element: (n: number) => number): number {
    const exports = new WebAssembly.Instance(module).exports as unknown as WasmExports;
    exports.memory.grow(16);
    const sizesPtr = Math.ceil(exports.heapBase() / 64) * 64;
    new Uint32Array(exports.memory.buffer, sizesPtr, 3).set([inputs, units, SIGMOID]);
    const elementBytes = dtype === "f32" ? 4 : 8;
    const numbersPtr = sizesPtr + 64;
    const xPtr = numbersPtr + 128;
    const data = floats(dtype, rows * inputs).map((_, n) => element(n));
    new Uint8Array(exports.memory.buffer, xPtr).set(new Uint8Array(data.buffer));
    const networkPtr = xPtr + Math.ceil(data.byteLength / 64) * 64 + 64;
    expect(networkPtr + exports.networkBytes(sizesPtr, 1, elementBytes, 0, 0)).toBeLessThan(
      exports.memory.buffer.byteLength,
    );
    exports.createNetwork(networkPtr, sizesPtr, numbersPtr, 1, elementBytes, SSE, 0, 0, false);
    return exports.trainingBytes(networkPtr, xPtr, rows, Math.min(rows, 8), 1, false, false, false, false);
  }
  const whole = (inputs: number, units: number, rows: number) => trainingBytes(inputs, units, rows, () => 1);

  it.each([
    ["none is 0", 64, 10, 20, () => 1, false],
    ["all are 0", 64, 10, 20, () => 0, true],
    ["half are 0", 64, 10, 20, (n: number) => n % 2, true],
    ["fewer than half are 0", 64, 10, 20, (n: number) => Number(n % 16 !== 0 && n % 2 === 0) + (n % 2), false],
    ["there is one row", 64, 10, 1, (n: number) => Number(n % 5 === 0), true],
    ["there are fewer than 32 inputs", 31, 10, 20, () => 0, false],
    ["there is one unit", 64, 1, 20, () => 0, false],
  ])("%s", (_what, inputs, units, rows, element, compressed) => {
    const found = trainingBytes(inputs, units, rows, element);
    if (compressed) expect(found).toBeGreaterThan(whole(inputs, units, rows));
    else expect(found).toBe(whole(inputs, units, rows));
  });
});
