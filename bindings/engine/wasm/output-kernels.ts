// The building blocks of an output layer and of dropout. In WebAssembly's memory, rows of outputs are padded to whole
// registers.

import type { FloatArray } from "../../arrays.ts";
import { ACTIVATIONS } from "../../catalog/activations.ts";
import { DROPOUT } from "../../catalog/codes.ts";
import { LOSSES, limitOf } from "../../catalog/losses.ts";
import { bytesPerElement, type DType, dtypeOf, floatArray } from "../../numbers.ts";
import type { Kernels, Output } from "../engine.ts";
import type { Arena } from "./arena.ts";
import type { WasmExports } from "./exports.ts";

export function createOutputKernels(
  exports: WasmExports,
  arena: Arena,
): Pick<Kernels, "softmax" | "rowErrors" | "outputDelta" | "dropoutFactors"> {
  const sizes = (dtype: DType, rows: number, units: number) => {
    const rowBytes = exports.rowBytes(units, bytesPerElement(dtype));
    return { rowBytes, bytes: rows * rowBytes + 64 }; // a kernel may write one register too far, or with one unit one panel
  };
  const write = (dtype: DType, ptr: number, rowBytes: number, values: FloatArray, units: number) => {
    for (let n = 0; n < values.length; n += units) {
      arena.write(dtype, ptr + (n / units) * rowBytes, values.subarray(n, n + units));
    }
  };
  const read = (dtype: DType, ptr: number, rowBytes: number, values: FloatArray, units: number): FloatArray => {
    for (let n = 0; n < values.length; n += units) {
      arena.copyOut(dtype, ptr + (n / units) * rowBytes, values.subarray(n, n + units));
    }
    return values;
  };

  interface Place {
    readonly dtype: DType;
    readonly rowBytes: number;
    readonly aPtr: number;
    readonly slopePtr: number;
    readonly yPtr: number;
    readonly deltaPtr: number;
    /** Elements of all rows, padding included. */
    readonly count: number;
  }

  /** Computes a and what its slope is found from, beside y; for a cross-entropy `slopePtr` has z. */
  function withOutputs<R>(
    { loss, activation, alpha }: Output,
    z: FloatArray,
    y: FloatArray,
    rows: number,
    units: number,
    use: (place: Place) => R,
  ): R {
    const dtype = dtypeOf(z);
    const { rowBytes, bytes } = sizes(dtype, rows, units);
    return arena.borrow([bytes, bytes, y.byteLength + 16, bytes], (aPtr, slopePtr, yPtr, deltaPtr) => {
      const count = (rows * rowBytes) / z.BYTES_PER_ELEMENT;
      arena.write(dtype, aPtr, floatArray(dtype, count)); // ordinary values in the padding: subnormal ones would be slow
      write(dtype, aPtr, rowBytes, z, units);
      arena.write(dtype, yPtr, y);
      const { code, overRows } = ACTIVATIONS[activation];
      if (overRows) exports[dtype].softmax(aPtr, rowBytes, rows, units);
      else exports[dtype].activate(code, alpha, aPtr, slopePtr, count);
      if (LOSSES[loss.type].fromZ) write(dtype, slopePtr, rowBytes, z, units);
      return use({ dtype, rowBytes, aPtr, slopePtr, yPtr, deltaPtr, count });
    });
  }

  return {
    softmax(z, rows, units) {
      const dtype = dtypeOf(z);
      const { rowBytes } = sizes(dtype, rows, Math.max(2, units)); // it writes whole registers, rows of one unit have none
      return arena.borrow([rows * rowBytes + 64], (aPtr) => {
        write(dtype, aPtr, rowBytes, z, units);
        exports[dtype].softmax(aPtr, rowBytes, rows, units);
        return read(dtype, aPtr, rowBytes, floatArray(dtype, z.length), units);
      });
    },

    rowErrors(output, z, y, rows, units) {
      const { code } = LOSSES[output.loss.type];
      const limit = limitOf(output.loss);
      return withOutputs(output, z, y, rows, units, ({ dtype, rowBytes, aPtr, slopePtr, yPtr }) =>
        (floatArray("f64", rows) as Float64Array).map((_, s) => {
          const [a, zs, ys] = [aPtr + s * rowBytes, slopePtr + s * rowBytes, yPtr + s * units * z.BYTES_PER_ELEMENT];
          return exports[dtype].sumErrors(code, limit, 0, a, zs, rowBytes, ys, 1, units);
        }),
      );
    },

    outputDelta(output, z, y, rows, units, weights) {
      const { loss, activation, alpha } = output;
      const { code, fromZ, meanOver } = LOSSES[loss.type];
      return withOutputs(output, z, y, rows, units, ({ dtype, rowBytes, aPtr, slopePtr, yPtr, deltaPtr, count }) => {
        const kernels = exports[dtype];
        arena.write(dtype, deltaPtr, floatArray(dtype, count));
        kernels.lossDelta(code, limitOf(loss), deltaPtr, aPtr, rowBytes, yPtr, rows, units);
        if (!fromZ) {
          kernels.multiplySlopes(ACTIVATIONS[activation].code, alpha, deltaPtr, aPtr, slopePtr, count);
        }
        if (meanOver !== undefined) kernels.divideDelta(code, deltaPtr, rows * rowBytes, rows, units);
        if (weights !== undefined) {
          arena.borrow([weights.byteLength], (weightsPtr) => {
            arena.write(dtype, weightsPtr, weights);
            kernels.weightDelta(deltaPtr, rowBytes, weightsPtr, rows, units);
          });
        }
        return read(dtype, deltaPtr, rowBytes, floatArray(dtype, z.length), units);
      });
    },

    dropoutFactors(dtype, rows, units, { dropout, seed, epoch, batch, layer }) {
      const factors = floatArray(dtype, rows * units);
      const { rowBytes, bytes } = sizes(dtype, rows, units);
      const key = exports.threefry(seed, Math.floor(seed / 2 ** 32) + DROPOUT * 2 ** 24, batch, epoch);
      return arena.borrow([bytes, rowBytes + rows * 8 + 64], (factorPtr, sparePtr) => {
        exports[dtype].dropoutFactors(key, layer, dropout, rows, units, rowBytes, factorPtr, sparePtr);
        return read(dtype, factorPtr, rowBytes, factors, units);
      });
    },
  };
}
