// writeNetwork and readNetwork: what was there stays whatever is handed in, and what it had the new file has.

import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { DisposedError, FormatError, Network, OptionError } from "bitgrad";
import { type NetworkOrFile, type Path, readNetwork, writeNetwork } from "bitgrad/files";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { writeTensors } from "../../bindings/saving/safetensors.ts";
import { errorOf, wrong } from "../faults/expect-error.ts";

const root = mkdtempSync(join(tmpdir(), "bitgrad-"));
afterAll(() => rmSync(root, { recursive: true }));

const net = Network.createSync({ inputs: 3, layers: [{ units: 4 }, { units: 2 }], optimizer: "adam", seed: 9 });
const file = net.save();
const old = Network.createSync({ inputs: 1, layers: [{ units: 1 }] }).save();
let folder = "";
let path = "";
let count = 0;

beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
  path = join(folder, "model.safetensors");
});

const bytesAt = (name: string) => new Uint8Array(readFileSync(name));

function* thrown(): Generator<Uint8Array> {
  yield file.slice(0, 2000);
  throw new RangeError("of the caller");
}

function* refilled(): Generator<Uint8Array> {
  const buffer = new Uint8Array(100);
  for (let at = 0; at < file.length; at += 100) {
    buffer.set(file.subarray(at, at + 100));
    yield buffer.subarray(0, Math.min(100, file.length - at));
  }
}

const longer = new Uint8Array(file.length + 8);
longer.set(file);
const disposed = Network.createSync({ inputs: 1, layers: [{ units: 1 }] });
disposed.dispose();

function flipped(at: number): Uint8Array {
  const damaged = file.slice();
  damaged[at]! ^= 1;
  return damaged;
}

const pieces = (bytes: Uint8Array) => [bytes.subarray(0, 5), bytes.subarray(5, 1500), bytes.subarray(1500)];

function undigested(): Uint8Array {
  const damaged = file.slice();
  damaged.fill(0x78, Buffer.from(file).indexOf('"sha256":"') + 10, Buffer.from(file).indexOf('"sha256":"') + 12);
  return damaged;
}

const REFUSED: readonly [string, unknown, new (...args: never[]) => Error, string][] = [
  ["nothing", undefined, OptionError, "file is undefined; a network, or its file from save or saveChunks"],
  ["null", null, OptionError, "file is null"],
  ["a number", 5, OptionError, "file is 5"],
  ["a text", "x", OptionError, 'file is "x"'],
  ["a function", () => file, OptionError, "file is a function"],
  ["what toJSON gives", net.toJSON(), OptionError, "file is an Object object"],
  ["a promise", Promise.resolve(file), OptionError, "file is a Promise object"],
  ["an iterator that is no function", { [Symbol.iterator]: 1 }, OptionError, "file is an Object object"],
  ["numbers", [...file], OptionError, "a piece of file is"],
  ["texts", ["x"], OptionError, 'a piece of file is "x"'],
  ["a network's class", Network, OptionError, "file is a function"],
  ["a disposed network", disposed, DisposedError, "saveChunks can't run"],
  ["no pieces", [], FormatError, "file has 0 bytes"],
  ["no bytes", new Uint8Array(0), FormatError, "file has 0 bytes"],
  ["zeros", new Uint8Array(1000), FormatError, 'the header begins with ""'],
  ["a long header", new Uint8Array(1000).fill(255), FormatError, "the header takes 18446744073709551615 bytes"],
  ["half of a header", file.subarray(0, 300), FormatError, "file has 300 bytes; the file of a network has more"],
  ["half of a file", file.subarray(0, -8), FormatError, `file has ${file.length - 8} bytes; by its header it has`],
  ["more than a file", longer, FormatError, `file has ${file.length + 8} bytes; by its header it has ${file.length}`],
  ["another's tensors", writeTensors(new Map(), {}), FormatError, "file is no network of bitgrad"],
  ["pieces that are too few", [file.subarray(0, -8)], FormatError, `file has ${file.length - 8} bytes; by its`],
  ["pieces that are too many", [file, file], FormatError, `file has ${file.length * 2} bytes`],
  ["a flipped bit in the data", flipped(file.length - 3), FormatError, "the file is damaged: its SHA-256 is"],
  ["a flipped bit in pieces", pieces(flipped(file.length - 3)), FormatError, "the file is damaged: its SHA-256 is"],
  ["a flipped bit in the header", flipped(file.indexOf(0x31, 200)), FormatError, "the file is damaged: its SHA-256 is"],
  ["a digest that is none", undigested(), FormatError, "64 hex digits are expected"],
  ["an iterator that throws", thrown(), RangeError, "of the caller"],
];

describe("the old file stays, and nothing beside it", () => {
  it.each(REFUSED)("%s", (_, value, type, words) => {
    for (const before of [old, undefined]) {
      if (before !== undefined) writeFileSync(path, before);
      const error = errorOf(() => writeNetwork(path, wrong(value))) as Error;
      if (before === old || type !== RangeError) {
        expect(error).toBeInstanceOf(type);
        expect(error.message).toContain(words);
      }
      expect(readdirSync(folder)).toEqual(before === undefined ? [] : ["model.safetensors"]);
      if (before !== undefined) expect(bytesAt(path)).toEqual(old);
      rmSync(path, { force: true });
    }
  });
});

const pool = Buffer.concat([Buffer.alloc(16), file]);
const shared = new Uint8Array(new SharedArrayBuffer(file.length));
shared.set(file);
const even = new Uint8Array(Math.ceil(file.length / 8) * 8);
even.set(file);

const FORMS: readonly [string, () => NetworkOrFile][] = [
  ["a Uint8Array", () => file],
  ["an ArrayBuffer", () => file.buffer],
  ["a SharedArrayBuffer", () => shared.buffer],
  ["a view of shared memory", () => shared],
  ["a part of a Buffer", () => pool.subarray(16)],
  ["a DataView", () => new DataView(pool.buffer, pool.byteOffset + 16, file.length)],
  ["a Float64Array", () => new Float64Array(even.buffer)],
  ["another realm's", () => runInNewContext("Uint8Array.from(file)", { file: [...file] }) as Uint8Array],
  ["another realm's buffer", () => runInNewContext("Uint8Array.from(file).buffer", { file: [...file] }) as ArrayBuffer],
  ["one piece", () => [file]],
  ["bytes one by one", () => Array.from(file, (_, n) => file.subarray(n, n + 1))],
  ["empty pieces between", () => [new Uint8Array(0), file.subarray(0, 9), new Uint8Array(0), file.slice(9).buffer]],
  ["one buffer filled again and again", refilled],
  ["a set", () => new Set([file])],
  ["saveChunks", () => net.saveChunks()],
  ["the network", () => net],
];

it.each(FORMS)("%s is written, and read", async (_, form) => {
  writeFileSync(path, old);
  writeNetwork(path, form());
  expect(bytesAt(path)).toEqual(file);
  expect(readNetwork(path)).toEqual(file);
  expect(readdirSync(folder)).toEqual(["model.safetensors"]);
  if (_ === "the network") return;
  using loaded = Network.loadSync(wrong(form()));
  using waited = await Network.load(wrong(form()));
  expect([loaded.save(), waited.save()]).toEqual([file, file]);
});

it("a Float64Array is whole", () => expect(even.length).toBe(file.length));

describe("paths", () => {
  const forms = (): Path[] => [path, Buffer.from(path), pathToFileURL(path), new TextEncoder().encode(path)];

  it("text, URL, Buffer, for both", () => {
    for (const one of forms()) {
      writeNetwork(one, file);
      for (const other of forms()) expect(readNetwork(other)).toEqual(file);
      rmSync(path);
    }
    const realm = runInNewContext("new URL(href)", { URL, href: pathToFileURL(path).href }) as URL;
    writeNetwork(realm, file);
    expect(readNetwork(path)).toEqual(file);
  });

  it("names that are long, or no UTF-8", () => {
    for (const name of [Buffer.alloc(255, "n"), Buffer.from("über"), Buffer.of(0xff, 0xfe, 0x2e, 0x80)]) {
      const place = Buffer.concat([Buffer.from(`${folder}/`), name]);
      writeNetwork(place, file);
      writeNetwork(place, file);
      expect(readNetwork(place)).toEqual(file);
      expect(readdirSync(folder, { encoding: "buffer" })).toEqual([name]);
      rmSync(place);
    }
  });

  it.each([
    undefined,
    null,
    3,
    "",
    "a\0b",
    {},
    ["x"],
    new URL("https://bitgrad/x"),
    new URL("file://host/x"),
    new URL("file:///a%2Fb"),
    { protocol: "file:" },
    { protocol: "file:", href: 5 },
    new Uint16Array(2),
    new ArrayBuffer(2),
  ])("not %s", (value) => {
    for (const use of [() => writeNetwork(wrong(value), file), () => readNetwork(wrong(value))]) {
      const error = errorOf(use) as Error;
      expect(error).toBeInstanceOf(OptionError);
      expect(error.message).toContain("path is ");
    }
  });

  it("errors of the file system", () => {
    expect(() => readNetwork(path)).toThrow("ENOENT");
    expect(() => writeNetwork(join(folder, "none", "x"), file)).toThrow("ENOENT");
    expect(() => writeNetwork(folder, file)).toThrow("EISDIR");
    expect(() => readNetwork(folder)).toThrow("EISDIR");
    writeFileSync(path, old);
    expect(() => writeNetwork(join(path, "x"), file)).toThrow("ENOTDIR");
    expect(bytesAt(path)).toEqual(old);
  });
});

describe("what the old file had", () => {
  it.each([0o600, 0o640, 0o444, 0o777, 0o2755])("mode %o", (mode) => {
    writeFileSync(path, old);
    chmodSync(path, mode);
    writeNetwork(path, file);
    expect(statSync(path).mode & 0o7777).toBe(mode);
    expect(bytesAt(path)).toEqual(file);
  });

  it("where there was none, the mode is that of any new file", () => {
    writeFileSync(join(folder, "other"), "");
    writeNetwork(path, file);
    expect(statSync(path).mode).toBe(statSync(join(folder, "other")).mode);
  });

  it("owner and group, where that is allowed", () => {
    writeFileSync(path, old);
    const ids = process.getuid!() === 0 ? [1234, 5678] : [process.getuid!(), process.getgid!()]; // root alone gives files away
    chownSync(path, ids[0]!, ids[1]!);
    chmodSync(path, 0o4750);
    writeNetwork(path, file);
    const { uid, gid, mode } = statSync(path);
    expect([uid, gid, mode & 0o7777]).toEqual([...ids, 0o4750]);
  });

  it("symbolic links stay, and what they lead to is replaced", () => {
    const inner = join(folder, "inner");
    mkdirSync(inner);
    symlinkSync("inner", join(folder, "link"));
    const target = join(inner, "target");
    for (const [name, to] of [
      ["absolute", target],
      ["relative", "inner/target"],
      ["chain", "absolute"],
      ["by a folder", "link/../inner/target"],
    ] as const) {
      symlinkSync(to, join(folder, name));
      for (const there of [true, false]) {
        rmSync(target, { force: true });
        if (there) writeFileSync(target, old, { mode: 0o600 });
        writeNetwork(join(folder, name), file);
        expect(bytesAt(target), name).toEqual(file);
        expect(readlinkSync(join(folder, name))).toBe(to);
        expect(lstatSync(target).isFile()).toBe(true);
        if (there) expect(statSync(target).mode & 0o777).toBe(0o600);
        expect(readdirSync(inner)).toEqual(["target"]);
      }
    }
    symlinkSync("loop", join(folder, "loop"));
    expect(() => writeNetwork(join(folder, "loop"), file)).toThrow("ELOOP");
    expect(readlinkSync(join(folder, "loop"))).toBe("loop");
  });

  it("a device is written to as it is", () => {
    writeNetwork("/dev/null", file);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(readNetwork("/dev/null").length).toBe(0);
    expect(readdirSync("/dev").filter((name) => name.includes("bitgrad"))).toEqual([]);
  });
});

it("a file read in pieces is the same, whatever its size", () => {
  for (const size of [0, 1, 65_535, 65_536, 65_537, 1_000_000]) {
    const bytes = Uint8Array.from({ length: size }, (_, n) => (n * 2654435761) >>> 13);
    writeFileSync(path, bytes);
    const found = readNetwork(path);
    expect(Buffer.compare(found, bytes)).toBe(0);
    expect(found.constructor).toBe(Uint8Array);
  }
  if (existsSync("/proc/self/status")) expect(readNetwork("/proc/self/status").length).toBeGreaterThan(100); // of size 0
});
