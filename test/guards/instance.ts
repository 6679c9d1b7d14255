// Stands for bindings/engine/wasm/instance.ts in the build with guards (BITGRAD_GUARDS=1): before and behind every
// block lies a band, and all of them are looked at after every call of the module and whenever a block is given back.
// Blocks are NaN before they are written and after they are given back, so that what was never written shows in the
// bits; what is read or written from outside the module has to lie in a block.

import type { FloatArray } from "../../bindings/arrays.ts";
import { Arena } from "../../bindings/engine/wasm/arena.ts";
import { type DTypeExports, readExports, type WasmExports } from "../../bindings/engine/wasm/exports.ts";
import type { Opened } from "../../bindings/engine/wasm/instance.ts";
import type { DType } from "../../bindings/numbers.ts";

export function open(instance: WebAssembly.Instance, memory?: WebAssembly.Memory): Opened {
  const exports = readExports(instance, memory);
  const arena = new GuardedArena(exports.memory, exports.heapBase());
  const watched = watch(exports, arena);
  return { arena, exports: { ...watched, f32: watch(exports.f32, arena), f64: watch(exports.f64, arena) } };
}

function watch<T extends WasmExports | DTypeExports>(exports: T, arena: GuardedArena): T {
  const entries = Object.entries(exports).map(([name, value]) => {
    if (typeof value !== "function") return [name, value];
    const call = (...args: unknown[]) => {
      try {
        return (value as (...args: unknown[]) => unknown)(...args);
      } finally {
        arena.check(name);
      }
    };
    return [name, call];
  });
  return Object.fromEntries(entries) as T;
}

const BAND_BYTES = 64;
const BAND = 0xb5;
const POISON = 0xff; // NaN in f32 and f64

class GuardedArena extends Arena {
  readonly #memory: WebAssembly.Memory;
  #all = new Uint8Array(0);
  readonly #blocks = new Map<number, number>(); // ptr → bytes

  constructor(memory: WebAssembly.Memory, heapBase: number) {
    super(memory, heapBase);
    this.#memory = memory;
  }

  override allocate(bytes: number): number {
    if (!(bytes >= 0)) return super.allocate(bytes);
    const ptr = super.allocate(bytes + 2 * BAND_BYTES) + BAND_BYTES;
    const block = this.#bytes(ptr - BAND_BYTES, bytes + 2 * BAND_BYTES);
    block.fill(BAND);
    block.fill(POISON, BAND_BYTES, BAND_BYTES + bytes);
    this.#blocks.set(ptr, bytes);
    return ptr;
  }

  override release(ptr: number): void {
    const bytes = this.#blocks.get(ptr);
    if (bytes === undefined) throw new Error(`guards: ${ptr} is given back, and no block is there`);
    this.#checkBlock(ptr, bytes, "release");
    this.#blocks.delete(ptr);
    this.#bytes(ptr, bytes).fill(POISON);
    super.release(ptr - BAND_BYTES);
  }

  /** Each part is a block with bands of its own. */
  override borrow<R>(sizes: readonly number[], use: (...ptrs: number[]) => R): R {
    const ptrs: number[] = [];
    try {
      for (const bytes of sizes) ptrs.push(this.allocate(bytes));
      return use(...ptrs);
    } finally {
      for (const ptr of ptrs) this.release(ptr);
    }
  }

  override view(dtype: DType, ptr: number, count: number): FloatArray {
    this.#inBlock(ptr, count * (dtype === "f32" ? 4 : 8));
    return super.view(dtype, ptr, count);
  }

  override writeU32(ptr: number, values: readonly number[]): void {
    this.#inBlock(ptr, values.length * 4);
    super.writeU32(ptr, values);
  }

  override readU32(ptr: number, count: number): Uint32Array {
    this.#inBlock(ptr, count * 4);
    return super.readU32(ptr, count);
  }

  /** Throws where a band has been written. */
  check(call: string): void {
    for (const [ptr, bytes] of this.#blocks) this.#checkBlock(ptr, bytes, call);
  }

  #checkBlock(ptr: number, bytes: number, call: string): void {
    if (this.#all.buffer !== this.#memory.buffer) this.#all = new Uint8Array(this.#memory.buffer);
    for (let n = 1; n <= BAND_BYTES; n++) {
      if (this.#all[ptr - n] !== BAND) this.#written(n, "before", ptr, bytes, call);
      if (this.#all[ptr + bytes + n - 1] !== BAND) this.#written(n, "behind", ptr, bytes, call);
    }
  }

  #written(n: number, side: string, ptr: number, bytes: number, call: string): never {
    throw new Error(`guards: after ${call}, byte ${n} ${side} the block of ${bytes} bytes at ${ptr} is written`);
  }

  #inBlock(ptr: number, bytes: number): void {
    if (bytes === 0) return;
    for (const [begin, length] of this.#blocks) if (ptr >= begin && ptr + bytes <= begin + length) return;
    throw new Error(`guards: ${bytes} bytes at ${ptr} are in no block`);
  }

  #bytes(ptr: number, count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, ptr, count);
  }
}
