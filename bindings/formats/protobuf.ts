// Protocol buffers, as far as a model needs them (https://protobuf.dev/programming-guides/encoding). Messages are
// written as lists of parts, and read as views of the file, so that weights are copied once.

import { FormatError } from "../errors.ts";
import { decodeText, encodeText } from "../platform/text.ts";

const VARINT = 0;
const FIXED64 = 1;
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
    for (const part of value.parts) this.#add(part);
    return this;
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

/** A field of a message in a file. */
export interface Field {
  readonly number: number;
  /** How it is written. */
  readonly wire: number;
  /** Of a varint its value, as a signed integer of 64 bits, rounded to f64; else 0. */
  readonly whole: number;
  /** Of anything else its bytes. */
  readonly bytes: Uint8Array;
}

/** The fields of a message, one after the other. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const cursor = { message, at: 0 };
  while (cursor.at < message.length) {
    const key = readVarint(cursor);
    const [number, wire] = [Math.floor(key / 8), key & 7];
    if (key < 8 || number >= 2 ** 29) throw damaged(cursor, `has the key ${key}, which is none`);
    if (wire === VARINT) yield { number, wire, whole: readVarint(cursor), bytes: message.subarray(0, 0) };
    else {
      const length = wire === BYTES ? readVarint(cursor) : wire === FIXED32 ? 4 : wire === FIXED64 ? 8 : -1;
      if (length < 0 || length > message.length - cursor.at) {
        const found = wire === BYTES || length > 0 ? `${length} bytes` : `the wire type ${wire}`;
        throw damaged(cursor, `has a field ${number} of ${found}, but ${message.length - cursor.at} bytes more`);
      }
      cursor.at += length;
      yield { number, wire, whole: 0, bytes: message.subarray(cursor.at - length, cursor.at) };
    }
  }
}

interface Cursor {
  readonly message: Uint8Array;
  at: number;
}

function damaged({ message, at }: Cursor, words: string): FormatError {
  return new FormatError(`the file is damaged: a message of ${message.length} bytes ${words}, at ${at}`);
}

function readVarint(cursor: Cursor): number {
  let [low, high] = [0, 0];
  for (let n = 0; n < 10 && cursor.at < cursor.message.length; n++) {
    const byte = cursor.message[cursor.at++]!;
    const bits = byte & 127;
    if (n < 5) low |= bits << (7 * n);
    if (n === 4) high = bits >> 4;
    if (n > 4) high |= bits << (7 * n - 32);
    if (n === 9 && byte > 1) break;
    if (byte < 128) return high * 2 ** 32 + (low >>> 0);
  }
  throw damaged(cursor, "has an integer that doesn't end, or has over 64 bits");
}

/** What a field is called in messages, and what it must be. */
function expectWire(field: Field, name: string, wires: readonly number[]): void {
  if (wires.includes(field.wire)) return;
  throw new FormatError(`the file is damaged: ${name} has the wire type ${field.wire}; ${wires[0]} is expected`);
}

export function wholeOf(field: Field, name: string): number {
  expectWire(field, name, [VARINT]);
  return field.whole;
}

/** One integer, or several that are packed. */
export function wholesOf(field: Field, name: string): number[] {
  expectWire(field, name, [BYTES, VARINT]);
  if (field.wire === VARINT) return [field.whole];
  const cursor = { message: field.bytes, at: 0 };
  const wholes: number[] = [];
  while (cursor.at < field.bytes.length) wholes.push(readVarint(cursor));
  return wholes;
}

/** The bytes of a message, a text, or of numbers in `wire`, one or several that are packed. */
export function bytesIn(
  field: Field,
  name: string,
  wire: typeof BYTES | typeof FIXED32 | typeof FIXED64 = BYTES,
): Uint8Array {
  expectWire(field, name, [BYTES, wire]);
  return field.bytes;
}

export function textOf(field: Field, name: string): string {
  const bytes = bytesIn(field, name);
  try {
    return decodeText(bytes);
  } catch (cause) {
    throw new FormatError(`the file is damaged: ${name} is no UTF-8 text`, { cause });
  }
}
