// Typed arrays and buffers that callers pass in. They are recognized by their internal slots (ECMA-262), not by
// constructor or prototype. So arrays of another realm (a frame, node:vm) and of subclasses (Node's Buffer) are
// accepted, and objects or proxies that only look like arrays are not. Lengths and offsets are read from the slots, so
// no getter of a caller runs.
//
// Special memory:
// - If a buffer is detached, or has shrunk below the array's end, the length is 0 and a length check refuses it.
// - A view that tracks a resizable buffer has the current length; `plainView` fixes it.
// - Shared memory may be written by another thread while it is read. So values are checked after they were copied.

/** A typed array whose elements are numbers. Float16Array is taken, too, where a runtime has it. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** A typed array that the library computes in: f32 or f64. */
export type FloatArray = Float32Array | Float64Array;

interface Constructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike | number, byteOffset?: number, length?: number): NumberArray;
}

/** The original getter of a built-in class, which ignores an instance's own properties; undefined if there is none. */
function getter<T>(type: { prototype: object } | undefined, key: PropertyKey): ((this: unknown) => T) | undefined {
  return type && Object.getOwnPropertyDescriptor(type.prototype, key)?.get;
}

/** A getter of %TypedArray%, the class that all typed arrays extend. */
function ofTypedArrays<T>(key: PropertyKey): (this: unknown) => T {
  return getter<T>(Object.getPrototypeOf(Uint8Array), key)!;
}

const typeNameGetter = /* @__PURE__ */ ofTypedArrays<string | undefined>(Symbol.toStringTag);
const lengthGetter = /* @__PURE__ */ ofTypedArrays<number>("length");
const byteLengthGetter = /* @__PURE__ */ ofTypedArrays<number>("byteLength");
const byteOffsetGetter = /* @__PURE__ */ ofTypedArrays<number>("byteOffset");
const bufferGetter = /* @__PURE__ */ ofTypedArrays<ArrayBufferLike>("buffer");

/** The name of its type, such as "Float32Array"; undefined of what is no typed array. */
export function typeNameOf(value: unknown): string | undefined {
  return typeNameGetter.call(value);
}

export function isNumberArray(value: unknown): value is NumberArray {
  const name = typeNameGetter.call(value);
  return name !== undefined && !name.startsWith("Big");
}

export function isFloatArray(value: unknown): value is FloatArray {
  const name = typeNameGetter.call(value);
  return name === "Float32Array" || name === "Float64Array";
}

/** How many elements a typed array has now. */
export function lengthOf(array: NumberArray): number {
  return lengthGetter.call(array);
}

/** Where in its buffer a typed array begins. */
export function byteOffsetOf(array: NumberArray): number {
  return byteOffsetGetter.call(array);
}

/** Copies all of `source` to the beginning of `target`, without calling a `set` that the caller may have defined. */
export function copyInto(target: FloatArray, source: NumberArray): void {
  Float64Array.prototype.set.call(target, source); // all typed arrays have the same one
}

/** Whether two typed arrays have memory in common. */
export function overlap(a: NumberArray, b: NumberArray): boolean {
  if (bufferGetter.call(a) !== bufferGetter.call(b)) return false;
  const [from, other] = [byteOffsetOf(a), byteOffsetOf(b)];
  return from < other + byteLengthGetter.call(b) && other < from + byteLengthGetter.call(a);
}

/** A view of the same memory without properties of the caller: all elements, or `length` elements from `first` on. */
export function plainView<T extends NumberArray>(array: T, first = 0, length = lengthOf(array) - first): T {
  const name = typeNameOf(array)!;
  // a look-up in the global object takes as long as the view
  let Type: Constructor = name === "Float32Array" ? Float32Array : Float64Array;
  if (!isFloatArray(array)) Type = (globalThis as unknown as Record<string, Constructor>)[name]!;
  if (length <= 0) return new Type(0) as T; // a detached buffer takes no views, not even empty ones
  return new Type(bufferGetter.call(array), byteOffsetGetter.call(array) + first * Type.BYTES_PER_ELEMENT, length) as T;
}

/** Elements; copying so few one by one is faster than a call of `set`. */
export const SHORT = 64;

const ON_HEAP = 64; // bytes; V8 moves a shorter array when its buffer is asked for, which takes microseconds

/** The same to be read at once: a copy of few numbers. */
export function plainArray(array: FloatArray, type: "Float32Array" | "Float64Array"): FloatArray {
  if (byteLengthGetter.call(array) > ON_HEAP) return plainView(array);
  const length = lengthOf(array);
  const copy = type === "Float32Array" ? new Float32Array(length) : new Float64Array(length);
  for (let n = 0; n < length; n++) copy[n] = array[n]!;
  return copy;
}

/**
 * The bytes of an ArrayBuffer, a SharedArrayBuffer, a typed array or a DataView; undefined for anything else. They are
 * a view of the same memory. Shared or resizable memory is copied, because it could change while it is read and
 * platform functions refuse it.
 */
export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  const place = placeOf(value);
  if (place === undefined) return undefined;
  const [buffer, byteOffset, byteLength] = place;
  if (byteLength === 0) return new Uint8Array(0);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const fixed = !isShared(buffer) && ask(ArrayBuffer, "resizable", buffer) !== true;
  return (fixed ? bytes : new Uint8Array(bytes)) as Uint8Array<ArrayBuffer>;
}

type Place = readonly [buffer: ArrayBufferLike, byteOffset: number, byteLength: number];

function placeOf(value: unknown): Place | undefined {
  if (typeNameOf(value) !== undefined) {
    return [bufferGetter.call(value), byteOffsetGetter.call(value), byteLengthGetter.call(value)];
  }
  for (const Type of [ArrayBuffer, globalThis.SharedArrayBuffer]) {
    const byteLength = ask<number>(Type, "byteLength", value);
    if (byteLength !== undefined) return [value as ArrayBufferLike, 0, byteLength];
  }
  const buffer = ask<ArrayBufferLike>(DataView, "buffer", value);
  // of a buffer that is detached or ends before the view, there are no bytes
  return (
    buffer && [buffer, ask<number>(DataView, "byteOffset", value) ?? 0, ask<number>(DataView, "byteLength", value) ?? 0]
  );
}

function isShared(buffer: ArrayBufferLike): boolean {
  return ask(ArrayBuffer, "byteLength", buffer) === undefined; // a getter that refuses takes 5 µs: ask the likely class
}

/** The result of a built-in class's getter; undefined if the value is not of that class, or the class doesn't exist. */
function ask<T>(type: { prototype: object } | undefined, key: string, value: unknown): T | undefined {
  try {
    return getter<T>(type, key)?.call(value);
  } catch {
    return undefined;
  }
}
