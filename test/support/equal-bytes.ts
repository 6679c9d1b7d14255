// Before each file of tests: arrays of numbers with the same bytes are equal. vitest looks at every element by itself,
// and so takes three seconds for a million; what differs in its bytes is still left to it.

import { expect } from "vitest";

type Numbers = NodeJS.TypedArray;

const isNumbers = (value: unknown): value is Numbers => ArrayBuffer.isView(value) && !(value instanceof DataView);
const bytesOf = ({ buffer, byteOffset, byteLength }: Numbers) => Buffer.from(buffer, byteOffset, byteLength);

expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (!isNumbers(a) || !isNumbers(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return undefined;
    return bytesOf(a).equals(bytesOf(b)) ? true : undefined;
  },
]);
