// A network in the module's memory: the records that make it, and its parameters, which are copied in and out.

import type { FloatArray } from "../../arrays.ts";
import { ACTIVATIONS } from "../../catalog/activations.ts";
import * as code from "../../catalog/codes.ts";
import { countParameters, layerShapes, rowOf } from "../../catalog/layers.ts";
import { LOSSES, limitOf } from "../../catalog/losses.ts";
import { OPTIMIZERS, slotCount } from "../../catalog/optimizers.ts";
import { bytesPerElement, type DType, floatArray } from "../../numbers.ts";
import type { IsTime } from "../../rows.ts";
import type { ModelShape, ModelState, Optimizer } from "../engine.ts";
import type { Arena } from "./arena.ts";
import type { DTypeExports, WasmExports } from "./exports.ts";

const PIECE_BYTES = 2 ** 16; // parameters are copied in and out in pieces, which fit beside the largest network
const MOVE_WORK = 8; // multiply-adds that moving one of them takes as long as, at most

/** The records of a network that the module reads. */
function recordsOf({ inputs, layers, optimizer }: ModelShape): {
  sizes: number[];
  numbers: Float64Array;
  firstDecay: number;
} {
  const sizes = [inputs];
  const numbers = new Float64Array(layers.length * code.LAYER_NUMBERS + code.OPTIMIZER_NUMBERS);
  layers.forEach((layer, l) => {
    const { units, activation, alpha = 0, l1 = 0, l2 = 0, rate = 0, dropout = rate } = layer;
    const { center = false, scale = false, momentum = 0, epsilon = 0 } = layer;
    const sizeAt = 1 + l * code.LAYER_SIZES;
    sizes[sizeAt + code.UNITS] = units;
    sizes[sizeAt + code.ACTIVATION] = ACTIVATIONS[activation].code;
    sizes[sizeAt + code.KIND] = rowOf(layer).code;
    sizes[sizeAt + code.CENTER] = Number(center);
    sizes[sizeAt + code.SCALE] = Number(scale);
    const numberAt = l * code.LAYER_NUMBERS;
    numbers[numberAt + code.ALPHA] = alpha;
    numbers[numberAt + code.L1] = l1;
    numbers[numberAt + code.L2] = l2;
    numbers[numberAt + code.DROPOUT_RATE] = dropout;
    numbers[numberAt + code.MOMENTUM] = momentum;
    numbers[numberAt + code.VARIANCE_EPSILON] = epsilon;
  });
  const firstDecay = writeOptimizer(numbers, layers.length * code.LAYER_NUMBERS, optimizer);
  return { sizes, numbers, firstDecay };
}

/** Writes an optimizer's numbers from `at` on; returns the decay of its first moment. */
export function writeOptimizer(numbers: Float64Array, at: number, optimizer: Optimizer): number {
  const { momentum = 0, beta1: firstDecay = momentum, beta2: secondDecay = 0, epsilon = 0 } = optimizer;
  const { weightDecay = 0, momentumDecay = 0, clipValue = 0, clipNorm = 0 } = optimizer;
  numbers[at + code.FIRST_DECAY] = firstDecay;
  numbers[at + code.SECOND_DECAY] = secondDecay;
  numbers[at + code.EPSILON] = epsilon;
  numbers[at + code.WEIGHT_DECAY] = weightDecay;
  numbers[at + code.MOMENTUM_DECAY] = momentumDecay;
  numbers[at + code.CLIP_VALUE] = clipValue;
  numbers[at + code.CLIP_NORM] = clipNorm;
  return firstDecay;
}

export class NetworkMemory {
  readonly exports: WasmExports;
  /** Those of the network's dtype. */
  readonly kernels: DTypeExports;
  readonly arena: Arena;
  /** Of the network's record. */
  readonly ptr: number;
  readonly dtype: DType;
  readonly elementBytes: number;
  readonly inputs: number;
  readonly parameterCount: number;
  readonly #blocks: readonly { units: number; rows: number }[]; // of each layer's parameters
  readonly #slots: number;

  constructor(exports: WasmExports, arena: Arena, shape: ModelShape) {
    const { dtype, inputs, layers, loss, optimizer } = shape;
    this.exports = exports;
    this.kernels = exports[dtype];
    this.arena = arena;
    this.dtype = dtype;
    this.elementBytes = bytesPerElement(dtype);
    this.inputs = inputs;
    this.parameterCount = countParameters(inputs, layers);
    this.#blocks = layerShapes(shape).map(({ units, parameters }) => {
      return { units, rows: parameters.reduce((sum, { length }) => sum + length / units, 0) };
    });
    this.#slots = slotCount(optimizer);
    const { nesterov = false } = optimizer;
    const { sizes, numbers, firstDecay } = recordsOf(shape);
    this.ptr = arena.borrow([sizes.length * 4, numbers.length * 8], (sizesPtr, numbersPtr) => {
      arena.writeU32(sizesPtr, sizes);
      arena.write("f64", numbersPtr, numbers);
      const [count, bytes, kind] = [layers.length, this.elementBytes, OPTIMIZERS[optimizer.type].code];
      const ptr = arena.allocate(exports.networkBytes(sizesPtr, count, bytes, kind, firstDecay));
      const { code } = LOSSES[loss.type];
      exports.createNetwork(ptr, sizesPtr, numbersPtr, count, bytes, code, limitOf(loss), kind, nesterov);
      return ptr;
    });
  }

  /** A copy of everything that changes; `offsetBytes`: how far behind the network's own the parameters lie. */
  *copyState(isTime?: IsTime, offsetBytes = 0): Generator<undefined, ModelState> {
    return {
      values: yield* this.copyParameters(1 + this.#slots, isTime, offsetBytes),
      steps: this.exports.optimizerSteps(this.ptr),
      momentumProduct: this.exports.optimizerProduct(this.ptr),
    };
  }

  /** So many times as many numbers as there are parameters: these, then the slots. */
  *copyParameters(times: number, isTime?: IsTime, offsetBytes = 0): Generator<undefined, FloatArray> {
    const values = floatArray(this.dtype, this.parameterCount * times);
    yield* this.move(offsetBytes, values, false, isTime);
    return values;
  }

  /** Copies piece by piece, since a whole copy may not fit into WebAssembly's memory. */
  *move(offsetBytes: number, values: FloatArray, set: boolean, isTime?: IsTime): Generator<undefined, void> {
    const most = PIECE_BYTES / this.elementBytes;
    const whole = values.length <= most; // then it is copied at once
    let at = 0;
    const flatPtr = this.arena.allocate(Math.min(PIECE_BYTES, values.byteLength));
    try {
      if (whole && set) this.arena.write(this.dtype, flatPtr, values);
      for (; at < values.length; offsetBytes += this.exports.slotBytes(this.ptr)) {
        for (const [l, { units, rows: allRows }] of this.#blocks.entries()) {
          const mostRows = Math.max(1, Math.floor(most / units));
          const mostUnits = Math.min(most, units);
          for (let row = 0, rows = 0; row < allRows; row += rows) {
            rows = Math.min(mostRows, allRows - row);
            for (let unit = 0, some = 0; unit < units; unit += some) {
              some = Math.min(mostUnits, units - unit);
              const ptr = whole ? flatPtr + at * this.elementBytes : flatPtr;
              const part = whole ? values : values.subarray(at, at + rows * some);
              if (!whole && set) this.arena.write(this.dtype, ptr, part);
              this.exports.moveParameters(this.ptr, l, offsetBytes, row, rows, unit, some, ptr, set);
              if (!whole && !set) this.arena.copyOut(this.dtype, ptr, part);
              at += rows * some;
              if (isTime?.(rows * some * MOVE_WORK)) yield;
            }
          }
        }
      }
      if (whole && !set) this.arena.copyOut(this.dtype, flatPtr, values);
    } finally {
      this.arena.release(flatPtr);
    }
  }
}
