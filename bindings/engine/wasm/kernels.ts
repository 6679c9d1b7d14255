// The building blocks on WebAssembly: copy in, run the kernel that training uses, copy out.
// Activation-like arrays have rows of whole registers there (16 bytes); weights lie in panels (assembly/dense.ts).

import { ACTIVATIONS, type DType, dtypeOf, type FloatArray, floatArray, type Kernels } from "../engine.ts";
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
    elementary(name, z, out) {
      const dtype = dtypeOf(z);
      arena.borrow([bytesOf(z)], (zPtr) => {
        arena.write(dtype, zPtr, z);
        exports[dtype][name](zPtr, zPtr, z.length);
        arena.copyOut(dtype, zPtr, out);
      });
    },

    sigmoidDerivative: (a) =>
      elementwise([a], (kernels, outPtr, [aPtr], count) => kernels.sigmoidDerivative(outPtr, aPtr!, count)),

    activation(name, alpha, z) {
      const dtype = dtypeOf(z);
      const number = ACTIVATIONS.indexOf(name);
      const bytes = bytesOf(z);
      return arena.borrow([bytes, bytes, bytes], (aPtr, slopePtr, dPtr) => {
        arena.write(dtype, aPtr, z);
        arena.write(dtype, dPtr, floatArray(dtype, z.length).fill(1));
        exports[dtype].activate(number, alpha, aPtr, slopePtr, z.length);
        exports[dtype].multiplySlopes(number, alpha, dPtr, aPtr, slopePtr, z.length);
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
      const kernels = exports[dtype];
      const bytes = x.BYTES_PER_ELEMENT;
      const zBytes = exports.rowBytes(units, bytes);
      const biasBytes = Math.ceil(b.byteLength / 32) * 32;
      const sizes = [
        x.byteLength,
        w.byteLength,
        exports.weightsBytes(inputs, units, bytes),
        biasBytes,
        bufferBytes(rows, zBytes),
      ];
      return arena.borrow(sizes, (xPtr, wPtr, weightsPtr, biasPtr, zPtr) => {
        arena.write(dtype, xPtr, x);
        arena.write(dtype, wPtr, w);
        arena.write(dtype, biasPtr, b);
        exports.packPanels(weightsPtr, wPtr, inputs, units, bytes);
        kernels.forward(zPtr, zBytes, xPtr, inputs * bytes, weightsPtr, biasPtr, rows, inputs, units);
        return readRows(dtype, zPtr, zBytes, rows, units);
      });
    },

    inputGradient(delta, w, { rows, inputs, units }) {
      const dtype = dtypeOf(delta);
      const kernels = exports[dtype];
      const bytes = w.BYTES_PER_ELEMENT;
      const tBytes = exports.rowBytes(inputs, bytes);
      const sizes = [
        delta.byteLength,
        w.byteLength,
        exports.weightsBytes(inputs, units, bytes),
        bufferBytes(rows, tBytes),
        units * 32,
      ];
      return arena.borrow(sizes, (deltaPtr, wPtr, weightsPtr, tPtr, packPtr) => {
        arena.write(dtype, deltaPtr, delta);
        arena.write(dtype, wPtr, w);
        exports.packPanels(weightsPtr, wPtr, inputs, units, bytes);
        kernels.inputGradient(tPtr, tBytes, deltaPtr, units * bytes, weightsPtr, 0, rows, inputs, units, packPtr);
        return readRows(dtype, tPtr, tBytes, rows, inputs);
      });
    },

    weightGradient(x, delta, { rows, inputs, units }) {
      return parameterGradient(x, delta, rows, inputs, units).weights;
    },

    threefry(...words) {
      const block = BigInt.asUintN(64, exports.threefry(...words));
      return [Number(block & 0xffffffffn), Number(block >> 32n)];
    },

    shuffle(rows, seed, epoch) {
      return arena.borrow([rows * 4], (orderPtr) => {
        exports.shuffle(orderPtr, rows, seed, Math.floor(seed / 4294967296), epoch);
        return arena.readU32(orderPtr, rows);
      });
    },

    biasGradient(delta, rows, units) {
      return parameterGradient(delta.subarray(0, 0), delta, rows, 0, units).biases;
    },
  };

  function parameterGradient(x: FloatArray, delta: FloatArray, rows: number, inputs: number, units: number) {
    const dtype = dtypeOf(delta);
    const kernels = exports[dtype];
    const bytes = x.BYTES_PER_ELEMENT;
    const deltaBytes = exports.rowBytes(units, bytes);
    const biasBytes = Math.ceil((units * bytes) / 32) * 32;
    const length = inputs * units;
    const sizes = [
      x.byteLength + 16, // a register may reach over its end
      bufferBytes(rows, deltaBytes),
      exports.weightsBytes(inputs, units, bytes),
      biasBytes,
      rows * 32,
      length * bytes,
    ];
    return arena.borrow(sizes, (xPtr, deltaPtr, gPtr, gBiasPtr, packPtr, flatPtr) => {
      arena.write(dtype, xPtr, x);
      for (let s = 0; s < rows; s++) {
        arena.write(dtype, deltaPtr + s * deltaBytes, delta.subarray(s * units, (s + 1) * units));
      }
      kernels.parameterGradient(
        gPtr,
        gBiasPtr,
        xPtr,
        inputs * bytes,
        deltaPtr,
        deltaBytes,
        rows,
        inputs,
        units,
        packPtr,
        false,
        0,
      );
      exports.unpackPanels(flatPtr, gPtr, inputs, units, bytes);
      return { weights: arena.read(dtype, flatPtr, length), biases: arena.read(dtype, gBiasPtr, units) };
    });
  }

  /** The first `columns` elements of rows that are `rowBytes` apart. */
  function readRows(dtype: DType, ptr: number, rowBytes: number, rows: number, columns: number): FloatArray {
    const values = floatArray(dtype, rows * columns);
    for (let s = 0; s < rows; s++) values.set(arena.read(dtype, ptr + s * rowBytes, columns), s * columns);
    return values;
  }
}

/** Bytes of a buffer of rows; the last row's register may reach over its end. */
function bufferBytes(rows: number, rowBytes: number): number {
  return rows * rowBytes + 16;
}
