// An optimizer alone in WebAssembly's memory: its slots stay there, the caller's arrays are copied in and out.

import { copyInto, type FloatArray } from "../../arrays.ts";
import * as code from "../../catalog/codes.ts";
import { OPTIMIZERS, slotCount } from "../../catalog/optimizers.ts";
import { bytesPerElement, type DType, floatArray } from "../../numbers.ts";
import type { Engine, SteppedArray, Stepper, StepperShape, StepperState, StepStatus } from "../engine.ts";
import type { Arena } from "./arena.ts";
import type { WasmExports } from "./exports.ts";
import type { Opened } from "./instance.ts";
import { writeOptimizer } from "./network-memory.ts";

interface Held {
  readonly arena: Arena;
  readonly ptr: number;
}

const dropped =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : /* @__PURE__ */ new FinalizationRegistry<Held>(({ arena, ptr }) => arena.release(ptr));

/** On an engine that has `opened`. */
export function createWasmStepper(engine: Engine, shape: StepperShape): Stepper {
  return new WasmStepper(engine.opened as Opened, shape);
}

class WasmStepper implements Stepper {
  readonly #exports: WasmExports;
  readonly #arena: Arena;
  readonly #dtype: DType;
  readonly #ptr: number;
  readonly #lengths: readonly number[];
  readonly #ptrs: readonly number[]; // of the arrays
  readonly #slots: number;
  readonly #slotBytes: number;
  /** Of the arrays, then of their gradients: creating a view takes longer than a step of a small array. */
  #views: FloatArray[] = [];

  constructor({ exports, arena }: Opened, { dtype, optimizer, arrays }: StepperShape) {
    this.#exports = exports;
    this.#arena = arena;
    this.#dtype = dtype;
    this.#lengths = arrays.map(({ rows, columns }) => rows * columns);
    this.#slots = slotCount(optimizer);
    const sizes = sizesOf(arrays);
    const numbers = new Float64Array(code.OPTIMIZER_NUMBERS);
    const firstDecay = writeOptimizer(numbers, 0, optimizer);
    const { type, nesterov = false } = optimizer;
    const given = [arrays.length, bytesPerElement(dtype)] as const;
    const kind = OPTIMIZERS[type].code;
    this.#ptr = arena.borrow([sizes.length * 4, numbers.length * 8], (sizesPtr, numbersPtr) => {
      arena.writeU32(sizesPtr, sizes);
      arena.write("f64", numbersPtr, numbers);
      const ptr = arena.allocate(exports.arraysBytes(sizesPtr, ...given, kind, firstDecay));
      exports.createArrays(ptr, sizesPtr, numbersPtr, ...given, kind, nesterov);
      return ptr;
    });
    this.#ptrs = arrays.map((_, k) => exports.arrayPtr(this.#ptr, k));
    this.#slotBytes = exports.slotBytes(this.#ptr);
    dropped?.register(this, { arena, ptr: this.#ptr }, this);
  }

  step(parameters: readonly FloatArray[], gradients: readonly FloatArray[], learningRate: number): StepStatus {
    const { largest, stepArrays } = this.#exports[this.#dtype];
    const count = this.#ptrs.length;
    const stateBytes = this.#slotBytes * (1 + this.#slots);
    for (let k = 0; k < count; k++) {
      this.#copyIn(k, 0, parameters[k]!);
      this.#copyIn(k, 1 + this.#slots, gradients[k]!);
    }
    if (!(largest(this.#ptrs[0]!, this.#slotBytes) < Number.POSITIVE_INFINITY)) return "bad-data";
    let status = stepArrays(this.#ptr, count, learningRate, 0);
    if (status === code.NOT_FINITE) return "bad-data"; // a gradient is not finite
    if (status === code.UNFINISHED) {
      status = this.#arena.borrow([stateBytes], (snapshotPtr) =>
        stepArrays(this.#ptr, count, learningRate, snapshotPtr),
      );
    }
    if (status === code.NOT_FINITE) return "not-finite";
    for (let k = 0; k < count; k++) this.#copyOut(k, parameters[k]!);
    return "done";
  }

  state(): StepperState {
    const slots = floatArray(this.#dtype, this.#slots * this.#length);
    this.#forSlots(slots, (ptr, part) => this.#arena.copyOut(this.#dtype, ptr, part));
    return {
      slots,
      steps: this.#exports.optimizerSteps(this.#ptr),
      momentumProduct: this.#exports.optimizerProduct(this.#ptr),
    };
  }

  setState({ slots, steps, momentumProduct }: StepperState): void {
    this.#forSlots(slots, (ptr, part) => this.#arena.write(this.#dtype, ptr, part));
    this.#exports.setOptimizer(this.#ptr, steps, momentumProduct);
  }

  dispose(): void {
    dropped?.unregister(this);
    this.#arena.release(this.#ptr);
    this.#views = [];
  }

  get #length(): number {
    return this.#lengths.reduce((sum, length) => sum + length, 0);
  }

  #forSlots(slots: FloatArray, use: (ptr: number, part: FloatArray) => void): void {
    let at = 0;
    for (let slot = 1; slot <= this.#slots; slot++) {
      for (const [k, length] of this.#lengths.entries()) {
        use(this.#ptrs[k]! + slot * this.#slotBytes, slots.subarray(at, at + length));
        at += length;
      }
    }
  }

  /** Of array k itself, or with `slot` of what lies so many slots behind it. */
  #view(k: number, slot: number): FloatArray {
    const n = slot === 0 ? k : this.#ptrs.length + k;
    let view = this.#views[n];
    if (view === undefined || view.length === 0) {
      view = this.#arena.view(this.#dtype, this.#ptrs[k]! + slot * this.#slotBytes, this.#lengths[k]!);
      this.#views[n] = view;
    }
    return view;
  }

  #copyIn(k: number, slot: number, source: FloatArray): void {
    if (this.#arena.hasViews) this.#view(k, slot).set(source);
    else this.#arena.write(this.#dtype, this.#ptrs[k]! + slot * this.#slotBytes, source);
  }

  #copyOut(k: number, target: FloatArray): void {
    if (this.#arena.hasViews) copyInto(target, this.#view(k, 0));
    else this.#arena.copyOut(this.#dtype, this.#ptrs[k]!, target, this.#lengths[k]!);
  }
}

/** The sizes that the module reads. */
function sizesOf(arrays: readonly SteppedArray[]): Uint32Array {
  const sizes = new Uint32Array(arrays.length * code.ARRAY_SIZES);
  arrays.forEach(({ rows, columns, isBias }, k) => {
    const at = k * code.ARRAY_SIZES;
    sizes[at + code.ROWS] = rows;
    sizes[at + code.COLUMNS] = columns;
    sizes[at + code.IS_BIAS] = isBias ? 1 : 0;
  });
  return sizes;
}
