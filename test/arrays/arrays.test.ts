// Typed arrays and buffers by their brand: those of other realms, subclasses, proxies and impostors, special memory.

import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { bytesOf, isFloatArray, isNumberArray, lengthOf, plainView, typeNameOf } from "../../bindings/arrays.ts";

const realm = createContext({});
const foreign = <T>(code: string): T => runInContext(code, realm) as T;

const NUMBERS = {
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
} as const;

const IMPOSTORS: readonly (readonly [string, unknown])[] = [
  ["an array", [1, 2]],
  ["null", null],
  ["undefined", undefined],
  ["a number", 1],
  ["a string", "Float32Array"],
  ["an object of its prototype", Object.create(Float32Array.prototype)],
  ["an object with its tag", { [Symbol.toStringTag]: "Float32Array", length: 2, 0: 1, 1: 2 }],
  ["an object with its constructor", { constructor: Float32Array, length: 1, 0: 1 }],
  ["a proxy of one", new Proxy(new Float32Array(2), {})],
  ["a DataView", new DataView(new ArrayBuffer(8))],
  ["an ArrayBuffer", new ArrayBuffer(8)],
];

/** A buffer of so many bytes that can shrink and grow. */
function resizable(bytes: number, most: number): ArrayBuffer & { resize(bytes: number): void } {
  return new (ArrayBuffer as unknown as new (bytes: number, options: object) => never)(bytes, { maxByteLength: most });
}

describe.each(Object.keys(NUMBERS) as (keyof typeof NUMBERS)[])("%s", (name) => {
  const here = new NUMBERS[name]([1, 2, 3]);
  const there = foreign<typeof here>(`new ${name}([1, 2, 3])`);
  const heir = new (class Heir extends (NUMBERS[name] as typeof Float32Array) {
    override get length(): never {
      throw new Error("a getter of a caller's ran");
    }
    override get buffer(): never {
      throw new Error("a getter of a caller's ran");
    }
    override get [Symbol.toStringTag](): never {
      throw new Error("a getter of a caller's ran");
    }
  })([1, 2, 3]);

  it.each([
    ["of this realm", here],
    ["of another realm", there],
    ["of a class that extends it", heir as unknown as typeof here],
  ])("%s", (_, array) => {
    expect(typeNameOf(array)).toBe(name);
    expect(isNumberArray(array)).toBe(true);
    expect(isFloatArray(array)).toBe(name.startsWith("Float"));
    expect(lengthOf(array)).toBe(3);
    for (const [view, elements] of [
      [plainView(array), [1, 2, 3]],
      [plainView(array, 1), [2, 3]],
      [plainView(array, 1, 1), [2]],
      [plainView(array, 3), []],
    ] as const) {
      expect(Object.getPrototypeOf(view)).toBe(NUMBERS[name].prototype);
      expect([...view]).toEqual(elements);
    }
    plainView(array)[1] = 7;
    expect(array[1]).toBe(7);
    array[1] = 2;
    const bytes = bytesOf(array)!;
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect(bytes).toEqual(new Uint8Array(new NUMBERS[name]([1, 2, 3]).buffer));
  });
});

it("a Buffer, which may begin anywhere in its memory", () => {
  const buffer = Buffer.from(Uint8Array.from([9, 1, 2, 3, 9])).subarray(1, 4);
  expect(typeNameOf(buffer)).toBe("Uint8Array");
  expect(plainView(buffer, 1)).toEqual(Uint8Array.of(2, 3));
  expect(bytesOf(buffer)).toEqual(Uint8Array.of(1, 2, 3));
});

it.each(["BigInt64Array", "BigUint64Array"] as const)("%s is a typed array, but not of numbers", (name) => {
  for (const array of [new globalThis[name](2), foreign(`new ${name}(2)`)]) {
    expect(typeNameOf(array)).toBe(name);
    expect(isNumberArray(array)).toBe(false);
    expect(bytesOf(array)).toHaveLength(16);
  }
});

it.each(IMPOSTORS)("%s is no typed array", (_, value) => {
  expect(typeNameOf(value)).toBeUndefined();
  expect(isNumberArray(value)).toBe(false);
  expect(isFloatArray(value)).toBe(false);
});

it("properties that a caller put on an array are not asked", () => {
  const array = new Float32Array([1, 2, 3]);
  const lies = { length: 5, byteLength: 20, byteOffset: 4, buffer: new ArrayBuffer(99), constructor: Uint8Array };
  for (const [key, value] of Object.entries(lies)) Object.defineProperty(array, key, { value });
  expect(lengthOf(array)).toBe(3);
  expect([...plainView(array)]).toEqual([1, 2, 3]);
  expect(bytesOf(array)).toHaveLength(12);
});

describe("bytes", () => {
  const words = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

  it.each([
    ["an ArrayBuffer", words.slice().buffer, words],
    ["an ArrayBuffer of another realm", foreign<ArrayBuffer>("Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer"), words],
    ["a DataView", new DataView(words.buffer, 2, 3), words.subarray(2, 5)],
    ["a DataView of another realm", foreign<DataView>("new DataView(Uint8Array.of(1, 2, 3).buffer, 1)"), [2, 3]],
    ["a part of an array", words.subarray(3), words.subarray(3)],
    ["an empty buffer", new ArrayBuffer(0), []],
  ])("of %s", (_, value, wanted) => {
    const bytes = bytesOf(value)!;
    expect(bytes).toEqual(Uint8Array.from(wanted));
    if (bytes.length === 0) return;
    const before = bytes[0]!;
    bytes[0] = 99;
    expect(bytesOf(value)![0]).toBe(99); // the same memory
    bytes[0] = before;
  });

  it("of shared memory, and of what can be resized, are a copy", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(7);
    const other = foreign<SharedArrayBuffer>("new SharedArrayBuffer(4)");
    const growing = resizable(4, 8);
    for (const value of [shared, shared.buffer, new DataView(shared.buffer), other, growing, new Uint8Array(growing)]) {
      const bytes = bytesOf(value)!;
      expect(bytes).toHaveLength(4);
      expect(bytes.buffer).toBeInstanceOf(ArrayBuffer);
      bytes[0] = 99;
      expect(bytesOf(value)![0]).not.toBe(99);
    }
  });

  it.each([
    ...IMPOSTORS.filter(([name]) => name !== "a DataView" && name !== "an ArrayBuffer"),
    ["an object of an ArrayBuffer's prototype", Object.create(ArrayBuffer.prototype)],
    ["an object of a DataView's prototype", Object.create(DataView.prototype)],
    ["a Blob", new Blob(["ab"])],
  ] as const)("of %s: none", (_, value) => expect(bytesOf(value)).toBeUndefined());
});

describe("special memory", () => {
  it("a detached array has no elements", () => {
    const array = new Float32Array(4);
    const view = new DataView(array.buffer, 4);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    expect([typeNameOf(array), lengthOf(array), plainView(array).length]).toEqual(["Float32Array", 0, 0]);
    for (const value of [array, array.buffer, view]) expect(bytesOf(value)).toHaveLength(0);
  });

  it("an array whose buffer shrank below its end has none either; one that tracks its buffer has what is left", () => {
    const buffer = resizable(32, 64);
    const [fixed, tracking, view] = [
      new Float32Array(buffer, 8, 6),
      new Float32Array(buffer, 8),
      new DataView(buffer, 8, 24),
    ];
    const plain = plainView(tracking);
    expect([lengthOf(fixed), lengthOf(tracking), plain.length]).toEqual([6, 6, 6]);
    buffer.resize(64);
    expect([lengthOf(tracking), plainView(tracking).length, plain.length]).toEqual([14, 14, 6]);
    buffer.resize(16);
    expect([lengthOf(fixed), lengthOf(tracking), lengthOf(plain)]).toEqual([0, 2, 0]);
    expect([plainView(fixed).length, plainView(tracking).length]).toEqual([0, 2]);
    expect([bytesOf(fixed)!.length, bytesOf(tracking)!.length, bytesOf(view)!.length]).toEqual([0, 8, 0]);
  });

  it("shared memory is the same memory in a view", () => {
    const shared = new Float64Array(new SharedArrayBuffer(16));
    plainView(shared)[1] = 3;
    expect(shared[1]).toBe(3);
  });
});
