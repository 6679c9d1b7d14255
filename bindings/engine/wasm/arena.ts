// The memory of one WebAssembly instance, shared by all networks on it: a first-fit allocator whose books are kept
// outside, and copies in and out. Views are made anew at each use, since growing detaches them.

import { copyInto, type FloatArray } from "../../arrays.ts";
import { OutOfMemoryError } from "../../errors.ts";
import { type DType, floatArray, indexArray, LITTLE_ENDIAN, MAX_BYTES } from "../../numbers.ts";

const ALIGNMENT = 64; // a cache line
const PAGE_BYTES = 65536;

interface Block {
  ptr: number;
  bytes: number;
}

export class Arena {
  readonly #memory: WebAssembly.Memory;
  readonly #free: Block[]; // by address, never adjacent
  readonly #used = new Map<number, number>(); // ptr → bytes
  #end: number;

  constructor(memory: WebAssembly.Memory, heapBase: number) {
    this.#memory = memory;
    const start = align(heapBase);
    this.#end = memory.buffer.byteLength;
    this.#free = [{ ptr: start, bytes: this.#end - start }];
  }

  /** Bytes of memory the instance holds. */
  get capacity(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * A block of at least `bytes` bytes, aligned to 64, contents undefined.
   *
   * @throws OutOfMemoryError if there is no such block, or `bytes` is no whole number
   */
  allocate(bytes: number): number {
    const size = blockBytes(bytes);
    let index = this.#free.findIndex((block) => block.bytes >= size);
    if (index < 0) {
      this.#grow(size);
      index = this.#free.length - 1;
    }
    const block = this.#free[index]!;
    const { ptr } = block;
    block.ptr += size;
    block.bytes -= size;
    if (block.bytes === 0) this.#free.splice(index, 1);
    this.#used.set(ptr, size);
    return ptr;
  }

  /** Gives a block back; a pointer that is not allocated is ignored. */
  release(ptr: number): void {
    const bytes = this.#used.get(ptr);
    if (bytes === undefined) return;
    this.#used.delete(ptr);
    let index = this.#free.findIndex((block) => block.ptr > ptr);
    if (index < 0) index = this.#free.length;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const follows = before !== undefined && before.ptr + before.bytes === ptr;
    const precedes = after !== undefined && ptr + bytes === after.ptr;
    if (follows) {
      before.bytes += bytes;
      if (!precedes) return;
      before.bytes += after.bytes;
      this.#free.splice(index, 1);
    } else if (precedes) {
      after.ptr = ptr;
      after.bytes += bytes;
    } else {
      this.#free.splice(index, 0, { ptr, bytes });
    }
  }

  /** Runs `use` with blocks of the given sizes, which are parts of one, and releases it afterwards. */
  borrow<R>(sizes: readonly number[], use: (...ptrs: number[]) => R): R {
    let bytes = 0;
    const ptrs: number[] = [];
    for (const size of sizes) {
      ptrs.push(bytes);
      bytes += blockBytes(size);
    }
    const ptr = this.allocate(bytes);
    try {
      for (let n = 0; n < ptrs.length; n++) ptrs[n]! += ptr;
      return use(...ptrs);
    } finally {
      this.release(ptr);
    }
  }

  writeU32(ptr: number, values: readonly number[] | Uint32Array): void {
    if (LITTLE_ENDIAN) {
      new Uint32Array(this.#memory.buffer, ptr, values.length).set(values);
      return;
    }
    const view = new DataView(this.#memory.buffer, ptr, values.length * 4);
    values.forEach((value, i) => {
      view.setUint32(i * 4, value, true);
    });
  }

  readU32(ptr: number, count: number): Uint32Array {
    const values = indexArray(count);
    const view = new DataView(this.#memory.buffer, ptr);
    for (let i = 0; i < count; i++) values[i] = view.getUint32(i * 4, true);
    return values;
  }

  /**
   * Lets `fill` write `count` elements at ptr. It may run a caller's code, which may predict and make memory grow; then
   * it is called a second time.
   */
  fill(dtype: DType, ptr: number, count: number, fill: (target: FloatArray) => void): void {
    if (LITTLE_ENDIAN) {
      const target = this.view(dtype, ptr, count);
      fill(target);
      if (target.length === count) return; // a detached one has no length
    }
    const values = floatArray(dtype, count);
    fill(values);
    if (LITTLE_ENDIAN) {
      this.view(dtype, ptr, count).set(values);
      return;
    }
    const view = new DataView(this.#memory.buffer, ptr);
    if (dtype === "f32") values.forEach((value, i) => view.setFloat32(i * 4, value, true));
    else values.forEach((value, i) => view.setFloat64(i * 8, value, true));
  }

  write(dtype: DType, ptr: number, values: FloatArray): void {
    this.fill(dtype, ptr, values.length, (target) => target.set(values));
  }

  /** A copy of `count` elements at ptr. */
  read(dtype: DType, ptr: number, count: number): FloatArray {
    const values = floatArray(dtype, count);
    this.copyOut(dtype, ptr, values);
    return values;
  }

  /** Fills `target` from ptr on. `count` is its length: a caller's array may have a `length` of its own. */
  copyOut(dtype: DType, ptr: number, target: FloatArray, count = target.length): void {
    if (LITTLE_ENDIAN) {
      copyInto(target, this.view(dtype, ptr, count));
      return;
    }
    const view = new DataView(this.#memory.buffer, ptr);
    for (let i = 0; i < count; i++) {
      target[i] = dtype === "f32" ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true);
    }
  }

  /** Whether `view` shows what the module has: WebAssembly's memory is little-endian everywhere. */
  get hasViews(): boolean {
    return LITTLE_ENDIAN;
  }

  /** `count` elements at ptr themselves; detached, and so of no length, once memory has grown. */
  view(dtype: DType, ptr: number, count: number): FloatArray {
    const { buffer } = this.#memory;
    return dtype === "f32" ? new Float32Array(buffer, ptr, count) : new Float64Array(buffer, ptr, count);
  }

  /** Makes the last free block at least `size` bytes long. */
  #grow(size: number): void {
    const last = this.#free[this.#free.length - 1];
    const room = last !== undefined && last.ptr + last.bytes === this.#end ? last.bytes : 0;
    const pages = Math.ceil((size - room) / PAGE_BYTES);
    const describe = `${megabytes(size)} MB more are needed and ${megabytes(this.#end)} MB are in use`;
    if (!(this.#end + pages * PAGE_BYTES <= MAX_BYTES)) {
      askCollector();
      throw new OutOfMemoryError(`WebAssembly memory ends at 4 GiB: ${describe}`);
    }
    try {
      this.#memory.grow(pages);
    } catch (cause) {
      askCollector();
      throw new OutOfMemoryError(`the runtime gives WebAssembly no more memory: ${describe}`, { cause });
    }
    const bytes = pages * PAGE_BYTES;
    if (room > 0) last!.bytes += bytes;
    else this.#free.push({ ptr: this.#end, bytes });
    this.#end += bytes;
  }
}

export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** What a block of `bytes` bytes takes. */
function blockBytes(bytes: number): number {
  if (Number.isInteger(bytes) && bytes >= 0 && bytes <= MAX_BYTES) return align(Math.max(bytes, 1));
  throw new OutOfMemoryError(`WebAssembly memory ends at 4 GiB: it has no block of ${bytes} bytes`);
}

/**
 * Makes the runtime collect networks that were dropped without `dispose`; their memory is released in one of the next
 * turns. The collector doesn't see how much WebAssembly memory they hold, so large buffers are allocated and dropped.
 */
function askCollector(): void {
  const asked: ArrayBuffer[] = []; // several at a time, so that the old generation is collected, too
  try {
    while (asked.length < 4) asked.push(new ArrayBuffer(2 ** 26));
  } catch {
    // the allocation failed, so the collector has run
  }
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
