// The binary file of tensors: round trips, files that Python wrote (test/fixtures/safetensors.py), damage to any byte,
// and headers made to break a reader.

import { expect, it, vi } from "vitest";
import { DataError, FormatError, ShapeError } from "../../bindings/errors.ts";
import { finishAsync } from "../../bindings/network/course.ts";
import { fromBase64, toBase64 } from "../../bindings/saving/bytes.ts";
import type { Tensor } from "../../bindings/saving/header.ts";
import { readTensors, writeTensors, writingTensors } from "../../bindings/saving/safetensors.ts";
import { errorOf, wrong } from "../faults/expect-error.ts";
import { hexAt } from "../fixtures/bits.ts";
import fixture from "../fixtures/safetensors.json" with { type: "json" };

/** Elements as the fixture has them, whatever the processor's byte order is. */
function fromBits(dtype: string, bits: readonly string[]): Tensor["data"] {
  if (dtype === "F32") return new Float32Array(Uint32Array.from(bits, (hex) => Number(`0x${hex}`)).buffer);
  return new Float64Array(BigUint64Array.from(bits, (hex) => BigInt(`0x${hex}`)).buffer);
}

const bitsOf = ({ data }: Tensor) => Array.from(data, (_, n) => hexAt(data, n));

const TENSORS = new Map(
  fixture.tensors.map(({ name, dtype, shape, bits }) => [name, { shape, data: fromBits(dtype, bits) }]),
);

function expectTensors(found: ReadonlyMap<string, Tensor>): void {
  expect(found.size).toBe(fixture.tensors.length);
  for (const { name, dtype, shape, bits } of fixture.tensors) {
    const tensor = found.get(name)!;
    expect(tensor.data).toBeInstanceOf(dtype === "F32" ? Float32Array : Float64Array);
    expect({ shape: tensor.shape, bits: bitsOf(tensor) }).toEqual({ shape, bits });
  }
}

/** A file of a header's text, or bytes, and so many bytes of data. */
function fileOf(header: string | Uint8Array, dataBytes = 0, headerBytes?: bigint): Uint8Array<ArrayBuffer> {
  const bytes = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + bytes.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, headerBytes ?? BigInt(bytes.length), true);
  file.set(bytes, 8);
  return file;
}

function entry(shape: unknown, offsets: unknown, dtype: unknown = "F32"): string {
  return JSON.stringify({ dtype, shape, data_offsets: offsets });
}

function expectRefused(file: unknown, words: string): void {
  const error = errorOf(() => readTensors(wrong(file))) as Error;
  expect(error).toBeInstanceOf(FormatError);
  expect(error.message).toContain(words);
  expect(error.message.length).toBeLessThan(300);
}

const small = () =>
  writeTensors(
    new Map<string, Tensor>([
      ["w", { shape: [1, 2], data: Float32Array.of(1, -2) }],
      ["b", { shape: [1], data: Float64Array.of(0.1) }],
    ]),
    { kind: "test" },
  );

it("writes the bytes that Python writes", () => {
  expect(toBase64(writeTensors(TENSORS, fixture.metadata))).toBe(fixture.files.bitgrad);
});

it("in slices too, with a turn after each", async () => {
  for (const length of [2, 5000, 100_000]) {
    const data = Float32Array.from({ length }, (_, n) => n / 7);
    const tensors = new Map<string, Tensor>([["w", { shape: [length], data }]]);
    const wanted = toBase64(writeTensors(tensors, fixture.metadata));
    expect(toBase64(await finishAsync(writingTensors(tensors, fixture.metadata, () => true)))).toBe(wanted);
  }
  expect(() => writingTensors(new Map([["w", wrong(5)]]), {}, () => true).next()).toThrow('tensor "w"');
});

it.each(["pytorch", "spaced", "bitgrad"] as const)("reads Python's file %s bit for bit", (name) => {
  const { tensors, metadata } = readTensors(fromBase64(fixture.files[name]));
  expectTensors(tensors);
  if (name === "pytorch") expect([...metadata]).toEqual([["format", "pt"]]);
  if (name === "spaced") {
    expect(metadata.size).toBe(0);
    expect([...tensors.keys()]).toEqual([...TENSORS.keys()]); // in the order of the data
  }
  if (name === "bitgrad") {
    const { sha256, ...others } = Object.fromEntries(metadata);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(others).toEqual({ ...fixture.metadata, checksum: "sha256" });
  }
});

it("what was read is written as the same file", () => {
  const file = fromBase64(fixture.files.bitgrad);
  const { tensors, metadata } = readTensors(file);
  // "0" and "1" are in the data's order, unlike in an object
  expect([...tensors.keys()]).toEqual([...TENSORS.keys()]);
  expect(toBase64(writeTensors(tensors, Object.fromEntries(metadata)))).toBe(fixture.files.bitgrad);
});

it("no tensors, empty tensors, many dimensions", () => {
  expect(readTensors(writeTensors(new Map(), {})).tensors.size).toBe(0);
  expect(readTensors(fileOf("{}      ")).tensors.size).toBe(0);
  const tensors = new Map<string, Tensor>([
    ["", { shape: [0], data: new Float32Array(0) }],
    ["a", { shape: [5, 0, 7], data: new Float64Array(0) }],
    ["b", { shape: Array(40).fill(1), data: Float64Array.of(Math.PI) }],
    ["c", { shape: [0], data: new Float64Array(0) }],
  ]);
  expect([...readTensors(writeTensors(tensors, {})).tensors]).toEqual([...tensors]);
});

it("parts of buffers are written and read; results share nothing with the file", () => {
  const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  const written = writeTensors(new Map([["w", { shape: [2], data }]]), {});
  expect(written.length % 8).toBe(0);
  expect(written.buffer.byteLength).toBe(written.length);
  const odd = new Uint8Array(new SharedArrayBuffer(written.length + 5), 3, written.length);
  odd.set(written);
  const { tensors } = readTensors(odd);
  odd.fill(0);
  const found = tensors.get("w")!.data;
  expect(found).toEqual(Float32Array.of(1, 2));
  expect(found.buffer.byteLength).toBe(8);
});

it("the file is the same from a big-endian processor", async () => {
  const expected = fromBase64(fixture.files.bitgrad);
  const swapped = new Map([...TENSORS].map(([name, { shape, data }]) => [name, { shape, data: swap(data) }]));
  // the modules ask for the processor's order once, when they are loaded
  vi.resetModules();
  vi.doMock("../../bindings/numbers.ts", async (original) => ({ ...(await original<object>()), LITTLE_ENDIAN: false }));
  try {
    const there = await import("../../bindings/saving/safetensors.ts");
    expect(toBase64(there.writeTensors(swapped, fixture.metadata))).toBe(toBase64(expected));
    for (const [name, { data }] of there.readTensors(expected).tensors) {
      expect(bitsOf({ shape: [], data }), name).toEqual(bitsOf(swapped.get(name)!));
    }
  } finally {
    vi.doUnmock("../../bindings/numbers.ts");
    vi.resetModules();
  }
  expectTensors(readTensors(expected).tensors);
});

/** As the other kind of processor has them in memory. */
function swap<T extends Tensor["data"]>(data: T): T {
  const copy = data.slice() as T;
  for (let n = 0; n < data.length; n++) {
    new Uint8Array(copy.buffer, n * data.BYTES_PER_ELEMENT, data.BYTES_PER_ELEMENT).reverse();
  }
  return copy;
}

it("every truncation and every longer file is refused", () => {
  const file = small();
  expect(readTensors(file).tensors.size).toBe(2);
  for (let length = 0; length < file.length; length++) expectRefused(file.subarray(0, length), "");
  for (const more of [1, 4, 8]) {
    const longer = new Uint8Array(file.length + more);
    longer.set(file);
    expectRefused(longer, `the tensors end at 16; the file has ${16 + more} bytes of data`);
  }
});

it("a change of any byte is found", () => {
  const file = small();
  for (let n = 0; n < file.length; n++) {
    const original = file[n]!;
    for (const changed of [original ^ 1, original ^ 0x20, (original + 0x80) % 256, 0x22, 0x20, 0x5c]) {
      if (changed === original) continue;
      file[n] = changed;
      expectRefused(file, "");
    }
    file[n] = original;
  }
  expect(readTensors(file).tensors.size).toBe(2);
});

it("a SHA-256 that is none, or that is another's", () => {
  const withDigest = (digest: unknown, more = {}) =>
    fileOf(JSON.stringify({ __metadata__: { ...more, ...(digest !== undefined && { sha256: digest }) } }));
  expectRefused(withDigest("0".repeat(64)), "the file is damaged: its SHA-256 is ");
  expectRefused(withDigest("a".repeat(63)), `sha256 is "${"a".repeat(60)}…"; 64 hex digits are expected`);
  expectRefused(withDigest("A".repeat(64)), "64 hex digits are expected");
  expectRefused(withDigest(""), 'sha256 is ""; 64 hex digits are expected');
  expectRefused(withDigest(undefined, { checksum: "sha256" }), "sha256 is undefined; 64 hex digits are expected");
  expect(readTensors(withDigest(undefined, { checksum: "crc32" })).metadata.get("checksum")).toBe("crc32");
});

it("what is no file", () => {
  for (const [value, words] of [
    [undefined, "file is undefined; an ArrayBuffer, a view of one, or an iterable of these is expected"],
    [null, "file is null"],
    ["{}", "an iterable of these is expected (fromJSON takes JSON, readNetwork of bitgrad/files a path)"],
    [[0, 0], "piece 0 of the file is 0; an ArrayBuffer or a view of one is expected"],
    [[new Uint8Array(8), "{}"], 'piece 1 of the file is "{}"'],
    [[], "the file has 0 bytes; at least 8 are expected"],
    [Promise.resolve(new Uint8Array(8)), "file is a Promise object"],
    [Object.create(Uint8Array.prototype), "file is a Uint8Array object"],
    [JSON.parse('{"constructor":{"name":{"toString":1}}}'), "file is a bare object"],
    [{ constructor: { name: "n".repeat(1e6) } }, `file is a ${"n".repeat(60)} object`],
    [new Uint8Array(0), "the file has 0 bytes; at least 8 are expected"],
    [new Uint8Array(7), "the file has 7 bytes; at least 8 are expected"],
    [new Uint8Array(8), 'the header begins with ""; "{" is expected'],
  ] as const) {
    expectRefused(value, words);
  }
});

it.each<[string, Uint8Array, string]>([
  ["longer than the file", fileOf("{}", 0, 3n), "the file has 10 bytes; at least 11 are expected"],
  ["2^63 bytes", fileOf("{}", 0, 2n ** 63n), "the header takes 9223372036854775808 bytes; at most"],
  ["2^64 - 1 bytes", fileOf("{}", 0, 2n ** 64n - 1n), "the header takes 18446744073709551615 bytes"],
  ["over 100 MB", fileOf("{}", 100_000_001, 100_000_001n), "the header takes 100000001 bytes; at most 100000000"],
  ["no UTF-8", fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)), "the header is no UTF-8 text"],
  ["overlong UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xc0, 0xa2, 0x7d)), "the header is no UTF-8 text"],
  ["byte order mark", fileOf("\ufeff{}"), 'the header begins with "\ufeff"'],
  ["leading space", fileOf(" {}"), 'the header begins with " "'],
  ["an array", fileOf("[]"), 'the header begins with "["'],
  ["no JSON", fileOf("{a:1}"), 'the header is no JSON: "{a:1}"'],
  ["NUL as padding", fileOf("{}\0\0"), "the header is no JSON"],
  ["two values", fileOf("{}{}"), "the header is no JSON"],
])("header: %s", (_, file, words) => expectRefused(file, words));

const a = entry([1], [0, 4]);

it.each<[string, string, string]>([
  ["no object", '{"a":5}', 'tensor "a" is 5; an object is expected'],
  ["null", '{"a":null}', 'tensor "a" is null; an object is expected'],
  ["an array", '{"a":["F32",[1],[0,4]]}', 'tensor "a" is ["F32", object, object]; an object is expected'],
  ["a key too few", '{"a":{"dtype":"F32","shape":[1]}}', 'tensor "a" has the keys "dtype, shape"; dtype, shape, data_'],
  ["a key too many", `{"a":${a.replace("{", '{"x":0,')}}`, 'has the keys "x, dtype, shape, data_offsets"'],
  ["another key", `{"a":${a.replace("shape", "Shape")}}`, 'has the keys "dtype, Shape, data_offsets"'],
  ["dtype BF16", `{"a":${entry([2], [0, 4], "BF16")}}`, 'tensor "a" has dtype "BF16"; "F32" or "F64" is expected'],
  ["dtype toString", `{"a":${entry([1], [0, 4], "toString")}}`, 'dtype "toString"'],
  ["dtype of a list", `{"a":${entry([1], [0, 4], ["F32"])}}`, 'dtype ["F32"]'],
  [
    "dtype that can't be shown",
    `{"a":${entry([1], [0, 4], { constructor: { name: { toString: 1 } } })}}`,
    "dtype a bare object",
  ],
  ["negative size", `{"a":${entry([-1, -1], [0, 4])}}`, 'tensor "a" has shape [-1, -1]; whole numbers are expected'],
  ["fractional size", `{"a":${entry([0.5, 2], [0, 4])}}`, "has shape [0.5, 2]"],
  ["size −0", `{"a":${entry([0], [0, 0]).replace("[0]", "[-0]")}}`, "has shape [0]; whole numbers are expected"],
  ["size of text", `{"a":${entry(["1"], [0, 4])}}`, 'has shape ["1"]'],
  ["size null", `{"a":${entry([null], [0, 4])}}`, "has shape [object]"],
  ["size 1e999", `{"a":${entry([1], [0, 4]).replace("[1]", "[1e999]")}}`, "has shape [Infinity]"],
  ["size 2^53", `{"a":${entry([2 ** 53], [0, 4])}}`, "has shape [9007199254740992]"],
  ["shape of a number", `{"a":${entry(1, [0, 4])}}`, "has shape 1;"],
  ["shape of an object", `{"a":${entry({ length: 1 }, [0, 4])}}`, "has shape an Object object"],
  // 2^64 elements are 0 in 64 bits
  ["shape that overflows", `{"a":${entry([2 ** 32, 2 ** 32], [0, 0])}}`, "less than 2^53 elements"],
  ["shape that overflows, times 0", `{"a":${entry([2 ** 52, 4, 0], [0, 0])}}`, "less than 2^53 elements"],
  ["shape that is long", `{"a":${entry(Array(9).fill(2 ** 52), [0, 0])}}`, "4503599627370496, …]; whole numbers"],
  ["huge shape", `{"a":${entry([2 ** 50], [0, 4])}}`, `1125899906842624 elements of F32 take ${2 ** 52} bytes`],
  ["too few bytes", `{"a":${entry([2], [0, 4])}}`, "has data_offsets [0, 4]; 2 elements of F32 take 8 bytes"],
  ["bytes of F32 for F64", `{"a":${entry([1], [0, 4], "F64")}}`, "1 element of F64 takes 8 bytes"],
  ["end before begin", `{"a":${entry([1], [4, 0])}}`, "has data_offsets [4, 0]"],
  ["negative offsets", `{"a":${entry([1], [-4, 0])}}`, "has data_offsets [-4, 0]"],
  ["fractional offsets", `{"a":${entry([1], [0.5, 4.5])}}`, "has data_offsets [0.5, 4.5]"],
  ["three offsets", `{"a":${entry([1], [0, 4, 8])}}`, "has data_offsets [0, 4, 8]"],
  ["offsets of text", `{"a":${entry([1], ["0", "4"])}}`, 'has data_offsets ["0", "4"]'],
  ["offsets null", `{"a":${entry([1], null)}}`, "has data_offsets null"],
  ["hole at the start", `{"a":${entry([0], [4, 4])}}`, 'tensor "a" begins at 4; the data before it end at 0'],
  ["hole", `{"a":${a},"b":${entry([1], [8, 12])}}`, 'tensor "b" begins at 8; the data before it end at 4'],
  ["overlap", `{"b":${entry([1], [2, 6])},"a":${a}}`, 'tensor "b" begins at 2; the data before it end at 4'],
  ["the same data twice", `{"a":${a},"b":${a}}`, 'tensor "b" begins at 0; the data before it end at 4'],
  ["data left over", "{}", "the tensors end at 0; the file has 4 bytes of data"],
  ["data past the end", `{"a":${entry([2], [0, 8])}}`, "the tensors end at 8; the file has 4 bytes of data"],
  ["a name twice", `{"a":${a},"a":${a}}`, "the header has 8 keys, but 4 different ones"],
  ["a name twice, once escaped", `{"a":${a},"\\u0061":${a}}`, "the header has 8 keys, but 4 different ones"],
  ["a key twice", `{"a":${a.replace("{", '{"shape":[9],')}}`, "the header has 5 keys, but 4 different ones"],
  ["metadata twice", `{"__metadata__":{"a":"b"},"__metadata__":{},"a":${a}}`, "has 7 keys, but 5 different ones"],
  ["a key of metadata twice", `{"__metadata__":{"x:":"\\":","x:":""},"a":${a}}`, "has 7 keys, but 6 different ones"],
  ["__proto__", `{"__proto__":${a}}`, 'the header has the key "__proto__"'],
  ["__proto__, escaped", `{"\\u005f_proto__":${a}}`, 'the header has the key "__proto__"'],
  ["__proto__ in a tensor", `{"a":${a.replace("{", '{"__proto__":{},')}}`, 'tensor "a" has the key "__proto__"'],
  ["__proto__ in metadata", '{"__metadata__":{"__proto__":"x"}}', '__metadata__ has the key "__proto__"'],
  ["metadata null", '{"__metadata__":null}', "__metadata__ is null; an object is expected"],
  ["metadata of a number", '{"__metadata__":{"n":1}}', 'metadata "n" is 1; text is expected'],
  ["metadata of an object", '{"__metadata__":{"n":{"o":"p"}}}', 'metadata "n" is an Object object; text is expected'],
  ["a long name", `{"${"n".repeat(1e6)}":1}`, `tensor "${"n".repeat(60)}…" is 1`],
  ["a long key", `{"a":{"${"k".repeat(1e6)}":1}}`, `has the keys "${"k".repeat(60)}…"`],
])("tensors: %s", (_, header, words) => {
  expectRefused(fileOf(header, 4), words);
});

it("nothing is polluted by names of Object.prototype", () => {
  const names = ["constructor", "toString", "hasOwnProperty", "__defineGetter__", "prototype"];
  const empty = entry([0], [0, 0]);
  const members = names.map((name) => `"${name}":${empty}`);
  const { tensors, metadata } = readTensors(fileOf(`{"__metadata__":{"valueOf":"x"},${members}}`));
  expect([...tensors.keys()]).toEqual(names);
  expect([...metadata]).toEqual([["valueOf", "x"]]);
  expect(Object.hasOwn(Object.prototype, "dtype")).toBe(false);
});

it("arrays and objects nested 100,000 deep", () => {
  const deep = "[".repeat(1e5) + "]".repeat(1e5);
  const objects = '{"a":'.repeat(1e5) + "}".repeat(1e5);
  for (const value of [deep, deep.slice(0, 1e5), objects, objects.replace("}", "1}")]) {
    for (const header of [
      `{"a":${value}}`,
      `{"a":${a.replace("[1]", value)}}`,
      `{"a":${a.replace("[0,4]", value)}}`,
      `{"a":${a.replace('"F32"', value)}}`,
      `{"__metadata__":{"a":${value}}}`,
    ]) {
      expectRefused(fileOf(header, 4), "");
    }
  }
});

it("at most 150,000 tensors", () => {
  const empty = entry([0], [0, 0]);
  const members = Array.from({ length: 150_000 }, (_, n) => `"${n}":${empty}`);
  expect(readTensors(fileOf(`{${members}}`)).tensors.size).toBe(150_000);
  expectRefused(fileOf(`{${members},"x":${empty}}`), "the file has 150001 tensors; at most 150000 are read");
});

it("a header that would take minutes to parse", () => {
  for (const part of ["[],", "{},", '"k":1,', "1,"]) {
    expectRefused(fileOf(`{"a":[${part.repeat(2e6)}`), "commas, colons and brackets; at most 2000000 are read");
  }
  // in a name they cost nothing
  const name = ",:[{".repeat(6e5);
  expect([...readTensors(fileOf(`{"${name}\\"":${a}}`, 4)).tensors.keys()]).toEqual([`${name}"`]);
});

it("random bytes in valid frames never do anything but throw FormatError", () => {
  const template = new TextEncoder().encode(`{"a":${a},"__metadata__":{"k":"v"}}`);
  const alphabet = new TextEncoder().encode('{}[]",:\\0123456789-.eEF_ adtn\n\0\x80\xff');
  let state = 1;
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const ends = { read: 0, refused: 0 };
  for (let n = 0; n < 20_000; n++) {
    const header = template.slice(0, next(10) === 0 ? next(template.length) : template.length);
    for (let changes = next(4); changes > 0; changes--) header[next(header.length)] = alphabet[next(alphabet.length)]!;
    try {
      readTensors(fileOf(header, 4));
      ends.read++;
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      ends.refused++;
    }
  }
  expect(ends.read).toBeGreaterThan(1000);
  expect(ends.refused).toBeGreaterThan(10_000);
});

it("what can't be written", () => {
  const write = (tensor: unknown, name = "w", metadata = {}) =>
    errorOf(() => writeTensors(new Map([[name, wrong(tensor)]]), metadata)) as Error;
  const data = new Float32Array(6);
  const cases: [Error, new (message: string) => Error, string][] = [
    [write({ shape: [1], data: [1] }), DataError, 'tensor "w" is [1]; a Float32Array or Float64Array is expected'],
    [write({ shape: [6], data: new Int32Array(6) }), DataError, "is an Int32Array object"],
    [write({ shape: [2, 2], data }), ShapeError, 'tensor "w" has shape [2, 2]; its data has 6 elements'],
    [write({ shape: [-2, -3], data }), ShapeError, "has shape [-2, -3]"],
    [write({ shape: [1.5, 4], data }), ShapeError, "has shape [1.5, 4]"],
    [write({ shape: 6, data }), ShapeError, "has shape 6"],
    [write({ shape: [6], data }, "__proto__"), FormatError, 'the key "__proto__"'],
    [write({ shape: [6], data }, "__metadata__"), FormatError, ""],
    [write({ shape: [6], data }, "w", { n: 1 }), FormatError, 'metadata "n" is 1; text is expected'],
    [write({ shape: [6], data }, "w", { n: undefined }), FormatError, 'metadata "n" is undefined'],
    [write({ shape: [6], data }, "w", { n: 1n }), FormatError, 'metadata "n" is 1n'],
    [write({ shape: [6], data }, "w", JSON.parse('{"__proto__":"x"}')), FormatError, 'the key "__proto__"'],
  ];
  for (const [error, type, words] of cases) {
    expect(error).toBeInstanceOf(type);
    expect(error.message).toContain(words);
  }
});
