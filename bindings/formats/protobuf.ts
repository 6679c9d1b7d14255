// Protocol buffers, as far as a model needs them: messages are written as lists of parts, so that weights are copied
// once.

import { encodeText } from "../platform/text.ts";

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

/** A message that is written, field by field. */
export class Message {
  readonly parts: Uint8Array[] = [];
  length = 0;

  /** An integer of magnitude 2^53 or less. */
  whole(field: number, value: number): this {
    return this.#add(varint(field * 8 + VARINT), varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#add(varint(field * 8 + FIXED32), bytes);
  }

  /** Floats as one packed field. */
  floats(field: number, values: readonly number[]): this {
    const bytes = new Uint8Array(4 * values.length);
    const view = new DataView(bytes.buffer);
    values.forEach((value, n) => view.setFloat32(4 * n, value, true));
    return this.bytes(field, bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#add(varint(field * 8 + BYTES), varint(value.length), value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, encodeText(value));
  }

  message(field: number, value: Message): this {
    return this.#add(varint(field * 8 + BYTES), varint(value.length)).fields(value);
  }

  /** The fields of another message of the same type. */
  fields(value: Message): this {
    return this.#add(...value.parts);
  }

  #add(...parts: readonly Uint8Array[]): this {
    for (const part of parts) {
      this.parts.push(part);
      this.length += part.length;
    }
    return this;
  }
}

/** Seven bits a byte, the lowest first; negative numbers as their 64 bits. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
