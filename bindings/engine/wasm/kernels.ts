// The building blocks on WebAssembly: copy in, run the kernel that training uses, copy out.
// Activation-like arrays have rows of whole registers there (16 bytes); weights lie in panels (assembly/dense.ts).

import { type DType, dtypeOf, type FloatArray, floatArray, type Kernels } from "../engine.ts";
import type { Arena } from "./arena.ts";
import type { DTypeExports, WasmExports } from "./exports.ts";

export function createKernels(exports: WasmExports, arena: Arena): Kernels {
  /** Bytes of an array, rounded up to whole registers. */
  const bytesOf = (array: FloatArray): number => Math.ceil(array.byteLength / 16) * 16;

  /** The result of an elementwise kernel over arrays of one length. */
  const elementwise = (
    arrays: readonly FloatArray[],
    run: (kernels: DTypeExports, outPtr: number, ptrs: number[], count: number) => void,
  ): FloatArray => {
    const first = arrays[0]!;
    const dtype = dtypeOf(first);
    const sizes = [first, ...arrays].map(bytesOf);
    return arena.borrow(sizes, (outPtr, ...ptrs) => {
      arrays.forEach((array, i) => arena.write(dtype, ptrs[i]!, array));
      run(exports[dtype], outPtr, ptrs, first.length);
      return arena.read(dtype, outPtr, first.length);
    });
  };

  return {
    sigmoid: (z) => elementwise([z], (kernels, outPtr, [zPtr], count) => kernels.sigmoid(outPtr, zPtr!, count)),

    sigmoidDerivative: (a) =>
      elementwise([a], (kernels, outPtr, [aPtr], count) => kernels.sigmoidDerivative(outPtr, aPtr!, count)),

    sseGradient: (a, y) =>
      elementwise([a, y], (kernels, outPtr, [aPtr, yPtr], count) => kernels.errorGradient(outPtr, aPtr!, yPtr!, count)),

    update(w, g, learningRate) {
      const dtype = dtypeOf(w);
      return arena.borrow([bytesOf(w), bytesOf(g)], (wPtr, gPtr) => {
        arena.write(dtype, wPtr, w);
        arena.write(dtype, gPtr, g);
        exports[dtype].descend(wPtr, gPtr, w.length, learningRate);
        return arena.read(dtype, wPtr, w.length);
      });
    },

    sseError(a, y, rows, outputs) {
      const dtype = dtypeOf(a);
      return arena.borrow([bytesOf(a), bytesOf(y)], (aPtr, yPtr) => {
        arena.write(dtype, aPtr, a);
        arena.write(dtype, yPtr, y);
        const rowBytes = outputs * a.BYTES_PER_ELEMENT;
        return 0.5 * exports[dtype].sumSquaredErrors(0, aPtr, rowBytes, yPtr, rows, outputs);
      });
    },

    forward(x, w, b, { rows, inputs, units }) {
      const dtype = dtypeOf(x);
      const kernels = exports[dtype];
      const z = paddedRows(dtype, rows, units);
      const panels = panelBytes(dtype, inputs, units);
      const sizes = [x.byteLength, w.byteLength, panels, b.byteLength, panelBytes(dtype, 1, units), z.bytes];
      return arena.borrow(sizes, (xPtr, wPtr, weightsPtr, bPtr, biasPtr, zPtr) => {
        arena.write(dtype, xPtr, x);
        arena.write(dtype, wPtr, w);
        arena.write(dtype, bPtr, b);
        kernels.packPanels(weightsPtr, wPtr, inputs, units);
        kernels.packPanels(biasPtr, bPtr, 1, units);
        const xBytes = inputs * x.BYTES_PER_ELEMENT;
        kernels.forward(zPtr, z.rowBytes, xPtr, xBytes, weightsPtr, biasPtr, rows, inputs, units);
        return withoutPadding(arena.read(dtype, zPtr, rows * z.rowLength), rows, units, z.rowLength);
      });
    },

    inputGradient(delta, w, { rows, inputs, units }) {
      const dtype = dtypeOf(delta);
      const kernels = exports[dtype];
      const t = paddedRows(dtype, rows, inputs);
      const sizes = [delta.byteLength, w.byteLength, panelBytes(dtype, inputs, units), t.bytes, units * 32];
      return arena.borrow(sizes, (deltaPtr, wPtr, weightsPtr, tPtr, packPtr) => {
        arena.write(dtype, deltaPtr, delta);
        arena.write(dtype, wPtr, w);
        kernels.packPanels(weightsPtr, wPtr, inputs, units);
        const deltaBytes = units * delta.BYTES_PER_ELEMENT;
        kernels.inputGradient(tPtr, t.rowBytes, deltaPtr, deltaBytes, weightsPtr, 0, rows, inputs, units, packPtr);
        return withoutPadding(arena.read(dtype, tPtr, rows * t.rowLength), rows, inputs, t.rowLength);
      });
    },

    weightGradient(x, delta, { rows, inputs, units }) {
      return parameterGradient(x, delta, rows, inputs, units).weights;
    },

    biasGradient(delta, rows, units) {
      return parameterGradient(delta.subarray(0, 0), delta, rows, 0, units).bias;
    },
  };

  function parameterGradient(x: FloatArray, delta: FloatArray, rows: number, inputs: number, units: number) {
    const dtype = dtypeOf(delta);
    const kernels = exports[dtype];
    const padded = withPadding(delta, rows, units, paddedRows(dtype, rows, units).rowLength);
    const panels = panelBytes(dtype, inputs, units);
    const biasPanels = panelBytes(dtype, 1, units);
    const length = inputs * units;
    const sizes = [x.byteLength, padded.byteLength, panels, biasPanels, rows * 32, length * x.BYTES_PER_ELEMENT];
    return arena.borrow(sizes, (xPtr, deltaPtr, gPtr, gBiasPtr, packPtr, flatPtr) => {
      arena.write(dtype, xPtr, x);
      arena.write(dtype, deltaPtr, padded);
      const xBytes = inputs * x.BYTES_PER_ELEMENT;
      const deltaBytes = rows > 0 ? padded.byteLength / rows : 0;
      kernels.parameterGradient(
        gPtr,
        gBiasPtr,
        xPtr,
        xBytes,
        deltaPtr,
        deltaBytes,
        rows,
        inputs,
        units,
        packPtr,
        false,
        0,
      );
      kernels.unpackPanels(flatPtr, gPtr, inputs, units);
      return { weights: arena.read(dtype, flatPtr, length), bias: arena.read(dtype, gBiasPtr, units) };
    });
  }
}

/** Elements and bytes of rows that hold whole registers. */
function paddedRows(dtype: DType, rows: number, columns: number) {
  const elementBytes = dtype === "f32" ? 4 : 8;
  const rowBytes = Math.ceil((columns * elementBytes) / 16) * 16;
  return { rowBytes, rowLength: rowBytes / elementBytes, bytes: rows * rowBytes };
}

/** Bytes of `rows` rows in panels of 32 bytes. */
function panelBytes(dtype: DType, rows: number, columns: number): number {
  return Math.ceil(columns / (dtype === "f32" ? 8 : 4)) * rows * 32;
}

function withPadding(array: FloatArray, rows: number, columns: number, rowLength: number): FloatArray {
  const padded = floatArray(dtypeOf(array), rows * rowLength);
  for (let s = 0; s < rows; s++) padded.set(array.subarray(s * columns, (s + 1) * columns), s * rowLength);
  return padded;
}

function withoutPadding(padded: FloatArray, rows: number, columns: number, rowLength: number): FloatArray {
  const array = floatArray(dtypeOf(padded), rows * columns);
  for (let s = 0; s < rows; s++) array.set(padded.subarray(s * rowLength, s * rowLength + columns), s * columns);
  return array;
}
