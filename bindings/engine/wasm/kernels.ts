// The building blocks on WebAssembly: copy in, run the kernel that training uses, copy out.
// Activation-like arrays have rows of whole registers there (16 bytes); weights lie in panels (assembly/dense.ts).

import { type FloatArray, SHORT } from "../../arrays.ts";
import { ACTIVATIONS } from "../../catalog/activations.ts";
import { type DType, dtypeOf, floatArray } from "../../numbers.ts";
import type { Kernels } from "../engine.ts";
import type { Arena } from "./arena.ts";
import type { DTypeExports, WasmExports } from "./exports.ts";
import { createOutputKernels } from "./output-kernels.ts";

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
    ...createOutputKernels(exports, arena),

    elementary(name, z, out) {
      const dtype = dtypeOf(z);
      arena.borrow([bytesOf(z)], (zPtr) => {
        arena.write(dtype, zPtr, z);
        exports[dtype][name](zPtr, zPtr, z.length);
        arena.copyOut(dtype, zPtr, out, z.length);
      });
    },

    sigmoidDerivative: (a) =>
      elementwise([a], (kernels, outPtr, [aPtr], count) => kernels.sigmoidDerivative(outPtr, aPtr!, count)),

    activation(name, alpha, z) {
      const dtype = dtypeOf(z);
      const { code } = ACTIVATIONS[name];
      const bytes = bytesOf(z);
      return arena.borrow([bytes, bytes, bytes], (aPtr, slopePtr, dPtr) => {
        arena.write(dtype, aPtr, z);
        arena.write(dtype, dPtr, floatArray(dtype, z.length).fill(1));
        exports[dtype].activate(code, alpha, aPtr, slopePtr, z.length);
        exports[dtype].multiplySlopes(code, alpha, dPtr, aPtr, slopePtr, z.length);
        return { a: arena.read(dtype, aPtr, z.length), slope: arena.read(dtype, dPtr, z.length) };
      });
    },

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
      const bytes = x.BYTES_PER_ELEMENT;
      const zBytes = exports.rowBytes(units, bytes);
      const z = floatArray(dtype, rows * units);
      const most = blockOf(rows, inputs + units);
      const packed = [w.byteLength, exports.weightsBytes(inputs, units, bytes), bytesOfPanels(units, bytes)];
      arena.borrow(
        [...packed, most * inputs * bytes, bufferBytes(most, zBytes)],
        (wPtr, weightsPtr, biasPtr, xPtr, zPtr) => {
          arena.write(dtype, wPtr, w);
          arena.write(dtype, biasPtr, b);
          exports.packPanels(weightsPtr, wPtr, inputs, units, bytes);
          forBlocks(rows, most, (first, end) => {
            arena.write(dtype, xPtr, part(x, first * inputs, end * inputs));
            const { forward } = exports[dtype];
            forward(zPtr, zBytes, xPtr, inputs * bytes, weightsPtr, biasPtr, end - first, inputs, units);
            readRows(dtype, zPtr, zBytes, z, units, first, end, 0, units);
          });
        },
      );
      return z;
    },

    inputGradient(delta, w, { rows, inputs, units }) {
      const dtype = dtypeOf(delta);
      const bytes = w.BYTES_PER_ELEMENT;
      const t = floatArray(dtype, rows * inputs);
      const most = blockOf(inputs, rows + units);
      const tBytes = exports.rowBytes(most, bytes);
      const sizes = [
        delta.byteLength,
        most * units * bytes,
        exports.weightsBytes(most, units, bytes),
        bufferBytes(rows, tBytes),
        units * 32,
      ];
      arena.borrow(sizes, (deltaPtr, wPtr, weightsPtr, tPtr, packPtr) => {
        arena.write(dtype, deltaPtr, delta);
        forBlocks(inputs, most, (first, end) => {
          const some = end - first;
          arena.write(dtype, wPtr, part(w, first * units, end * units));
          exports.packPanels(weightsPtr, wPtr, some, units, bytes);
          const { inputGradient } = exports[dtype];
          inputGradient(tPtr, tBytes, deltaPtr, units * bytes, weightsPtr, 0, rows, some, units, packPtr);
          readRows(dtype, tPtr, tBytes, t, inputs, 0, rows, first, end);
        });
      });
      return t;
    },

    weightGradient(x, delta, { rows, inputs, units }) {
      const g = floatArray(dtypeOf(x), inputs * units);
      parameterGradient(x, delta, rows, inputs, units, g, floatArray(dtypeOf(x), units));
      return g;
    },

    normals(out, first, layer, seed) {
      arena.borrow([out.byteLength], (outPtr) => {
        exports.normals(outPtr, out.length, first, layer, seed, Math.floor(seed / 4294967296));
        arena.copyOut("f64", outPtr, out, out.length);
      });
    },

    threefry(...words) {
      const block = BigInt.asUintN(64, exports.threefry(...words));
      return [Number(block & 0xffffffffn), Number(block >> 32n)];
    },

    *shuffle(rows, seed, epoch) {
      return arena.borrow([rows * 4], (orderPtr) => {
        exports.shuffle(orderPtr, rows, seed, Math.floor(seed / 4294967296), epoch);
        return arena.readU32(orderPtr, rows);
      });
    },

    biasGradient(delta, rows, units) {
      const g = floatArray(dtypeOf(delta), units);
      parameterGradient(delta.subarray(0, 0), delta, rows, 0, units, delta.subarray(0, 0), g);
      return g;
    },
  };

  /** Into g, inputs × units, and gBias. */
  function parameterGradient(
    x: FloatArray,
    delta: FloatArray,
    rows: number,
    inputs: number,
    units: number,
    g: FloatArray,
    gBias: FloatArray,
  ): void {
    const dtype = dtypeOf(delta);
    const bytes = x.BYTES_PER_ELEMENT;
    const mostUnits = blockOf(units, rows);
    const mostInputs = blockOf(inputs, mostUnits);
    const deltaBytes = exports.rowBytes(mostUnits, bytes);
    const sizes = [
      x.byteLength + 16, // a register may reach over its end
      bufferBytes(rows, deltaBytes),
      exports.weightsBytes(mostInputs, mostUnits, bytes),
      bytesOfPanels(mostUnits, bytes),
      rows * 32,
      mostInputs * mostUnits * bytes,
    ];
    arena.borrow(sizes, (xPtr, deltaPtr, gPtr, gBiasPtr, packPtr, flatPtr) => {
      arena.write(dtype, xPtr, x);
      forBlocks(units, mostUnits, (first, end) => {
        const some = end - first;
        const stride = deltaBytes / bytes;
        arena.fill(dtype, deltaPtr, rows * stride, (target) => {
          copyRows(target, 0, stride, delta, first, units, rows, some);
        });
        forBlocks(Math.max(inputs, 1), Math.max(mostInputs, 1), (from, to) => {
          const count = Math.min(to, inputs) - from;
          exports[dtype].parameterGradient(
            gPtr,
            gBiasPtr,
            xPtr + from * bytes,
            inputs * bytes,
            deltaPtr,
            deltaBytes,
            rows,
            count,
            some,
            packPtr,
            false,
            0,
          );
          exports.unpackPanels(flatPtr, gPtr, count, some, bytes);
          readRows(dtype, flatPtr, some * bytes, g, units, from, from + count, first, end);
        });
        arena.copyOut(dtype, gBiasPtr, part(gBias, first, end));
      });
    });
  }

  /**
   * Copies rows at ptr, which are `rowBytes` apart, to rows `first` to `end` and columns `from` to `to` of a matrix.
   */
  function readRows(
    dtype: DType,
    ptr: number,
    rowBytes: number,
    matrix: FloatArray,
    columns: number,
    first: number,
    end: number,
    from: number,
    to: number,
  ): void {
    if (to - from === columns && rowBytes === columns * matrix.BYTES_PER_ELEMENT) {
      arena.copyOut(dtype, ptr, part(matrix, first * columns, end * columns));
      return;
    }
    const rows = end - first;
    const stride = rowBytes / matrix.BYTES_PER_ELEMENT;
    const memory = arena.hasViews ? arena.view(dtype, ptr, rows * stride) : arena.read(dtype, ptr, rows * stride);
    copyRows(matrix, first * columns + from, columns, memory, 0, stride, rows, to - from);
  }
}

/** A view of some elements; if they are all, the array itself, which takes no time. */
function part(array: FloatArray, first: number, end: number): FloatArray {
  return end - first === array.length ? array : array.subarray(first, end);
}

/** Copies rows of `columns` elements; each begins `stride` elements after the one before. */
function copyRows(
  target: FloatArray,
  at: number,
  stride: number,
  source: FloatArray,
  from: number,
  sourceStride: number,
  rows: number,
  columns: number,
): void {
  for (let s = 0; s < rows; s++, at += stride, from += sourceStride) {
    if (columns > SHORT) target.set(source.subarray(from, from + columns), at);
    else for (let j = 0; j < columns; j++) target[at + j] = source[from + j]!;
  }
}

const BLOCK = 2 ** 22; // elements

/**
 * How many of `count` results, of `elements` elements each, are computed at once: results go through memory in blocks.
 */
function blockOf(count: number, elements: number): number {
  return Math.min(count, Math.max(1, Math.floor(BLOCK / Math.max(1, elements))));
}

/** Calls `run` for 0 … count in blocks of `most`. */
function forBlocks(count: number, most: number, run: (first: number, end: number) => void): void {
  for (let first = 0; first < count; first += most) run(first, Math.min(first + most, count));
}

/** Bytes of one row of panels. */
function bytesOfPanels(units: number, elementBytes: number): number {
  return Math.ceil((units * elementBytes) / 32) * 32;
}

/** Bytes of a buffer of rows; the last row's register may reach over its end. */
function bufferBytes(rows: number, rowBytes: number): number {
  return rows * rowBytes + 16;
}
