// Every parser of parsers.ts with damaged and hostile files: it returns options of a network or throws one of the
// library's errors, does not hang, and takes no memory beyond a small multiple of the file. The slow set tries every
// change, and eighty times as many random ones; the fast one tries one change in 23, which is every bit of some byte.

import { getHeapStatistics } from "node:v8";
import { Script } from "node:vm";
import { Network } from "bitgrad";
import { BitgradError, FormatError } from "bitgrad/errors";
import type { ImportedNetwork } from "bitgrad/formats";
import { describe, expect, it } from "vitest";
import { howMany, oneIn } from "../support/slow.ts";
import { hostile } from "./hostile.ts";
import { changes, cuts, type Mutation, shuffles, values } from "./mutations.ts";
import { PARSERS, type Parser } from "./parsers.ts";

const LIMIT_MS = 60_000; // for files that take less than a second
const AT_ONCE = 100;

/** What a file may take, garbage too: parsed JSON takes some 30 bytes for each of its characters. */
const mayTake = (length: number) => 40 * 2 ** 20 + 100 * length;

/** Of an object that is no file 0. */
const lengthOf = ({ file }: Mutation) => (typeof file === "string" || ArrayBuffer.isView(file) ? file.length : 0);

/** Runs it until it ends, or has taken so many milliseconds. */
function limited(run: () => void, timeout: number): void {
  Object.assign(globalThis, { limitedRun: run });
  new Script("limitedRun()").runInThisContext({ timeout });
}

function taken(): number {
  const { used_heap_size, external_memory } = getHeapStatistics(); // process.memoryUsage takes twenty times as long
  return used_heap_size + external_memory;
}

/** What is wrong with how a parser takes these files, in words. */
async function faultsOf(read: Parser["read"], mutations: Iterable<Mutation>, limitMs = LIMIT_MS): Promise<string[]> {
  const faults: string[] = [];
  const fault = ({ name }: Mutation, what: unknown) => faults.push(`${name}: ${what}`);
  const refuse = (mutation: Mutation, error: unknown) => {
    if (!(error instanceof BitgradError)) fault(mutation, error);
    else if (error.message.length > 500) fault(mutation, `a message of ${error.message.length} characters`);
  };
  const found: { mutation: Mutation; result: ImportedNetwork | Promise<ImportedNetwork> }[] = [];
  const try_ = (mutation: Mutation) => {
    const before = taken();
    try {
      const result = read(mutation.file);
      Promise.resolve(result).catch(() => {}); // until it is awaited
      found.push({ mutation, result });
    } catch (error) {
      refuse(mutation, error);
    }
    const more = taken() - before;
    const length = lengthOf(mutation);
    if (more > mayTake(length)) fault(mutation, `${more} bytes for a file of ${length}`);
    if (!isClean()) fault(mutation, "what all objects inherit was changed");
  };
  const check = async ({ mutation, result }: (typeof found)[number]) => {
    let options: ImportedNetwork;
    try {
      options = await result;
    } catch (error) {
      refuse(mutation, error);
      return;
    }
    try {
      Network.createSync(options).dispose(); // what is read is complete and right
    } catch (error) {
      fault(mutation, error);
    }
  };
  let last: Mutation | undefined;
  for (const some of inGroups(mutations)) {
    try {
      limited(() => {
        for (last of some) try_(last);
      }, limitMs);
    } catch (error) {
      fault(last!, error);
      break;
    }
    for (const one of found.splice(0)) await check(one);
  }
  return faults;
}

function isClean(): boolean {
  return [Object, Array, String, Number].every(({ prototype }) => Object.keys(prototype).length === 0);
}

function* inGroups(mutations: Iterable<Mutation>): Generator<Mutation[]> {
  let group: Mutation[] = [];
  for (const mutation of mutations) {
    group.push(mutation);
    if (group.length < AT_ONCE) continue;
    yield group;
    group = [];
  }
  yield group;
}

const few = (faults: readonly string[]) => faults.slice(0, 10).map((fault) => fault.slice(0, 300));

// first, while there is no garbage of others, which might be collected meanwhile
describe("a parser that", () => {
  const files: readonly Mutation[] = [{ name: "a file", file: "text" }];
  const good = { inputs: 1, layers: [{ units: 1 }], dtype: "f32", parameters: [{ weights: [1], biases: [0] }] };
  const faults = (run: () => unknown, limitMs?: number) => faultsOf(run as Parser["read"], files, limitMs);

  it("is right has no faults", async () => {
    expect(await faults(() => good)).toEqual([]);
    expect(await faults(async () => good)).toEqual([]);
  });

  it.each<[string, string, () => unknown]>([
    ["throws an error of the engine", "TypeError", () => null!["length" as never]],
    ["rejects with one", "RangeError", async () => new Array(-1)],
    ["returns nothing", "OptionError", () => undefined],
    ["takes heap", "bytes for a file of 4", () => Array.from({ length: 2 ** 21 }, (_, n) => [n]) && good],
    ["takes buffers", "bytes for a file of 4", () => new Float64Array(2 ** 23) && good],
    [
      "changes what all objects inherit",
      "inherit was changed",
      () => Object.assign(Object.prototype, { polluted: 1 }) && good,
    ],
    [
      "throws a page of text",
      "a message of 501 characters",
      () => {
        throw new FormatError("m".repeat(501));
      },
    ],
  ])("%s is found", async (_, words, run) => {
    try {
      expect(await faults(run)).toEqual([expect.stringContaining(words)]);
    } finally {
      Reflect.deleteProperty(Object.prototype, "polluted");
    }
  });

  it("has no end is ended", async () => {
    const endless = () => {
      for (;;);
    };
    expect(await faults(endless, 200)).toEqual([expect.stringContaining("timed out after 200ms")]);
  });
});

describe.each(PARSERS)("$name", ({ read, files, json }) => {
  describe.each(files.map((file, n) => ({ file, n })))("file $n", ({ file, n }) => {
    it("is read as it is", async () => {
      const net = await Network.create(await read(file));
      expect(net.layers.length).toBeGreaterThan(0);
    });

    it("cut at every byte", async () => {
      expect(few(await faultsOf(read, cuts(file)))).toEqual([]);
    });

    it("with every bit and byte changed", async () => {
      expect(few(await faultsOf(read, oneIn(23, changes(file))))).toEqual([]);
    });

    it("with random runs of bytes removed, repeated, moved and changed", async () => {
      const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
      const toFile = (bytes: Uint8Array) => (typeof file === "string" ? new TextDecoder().decode(bytes) : bytes);
      function* mutations(): Generator<Mutation> {
        for (const { name, file } of shuffles(bytes, howMany(40_000, 500), n + 1)) {
          yield { name, file: toFile(file as Uint8Array) };
        }
      }
      expect(few(await faultsOf(read, mutations()))).toEqual([]);
    });

    const text = typeof file === "string" ? file : json?.of(file);
    if (text === undefined) return;

    it("with other values in its JSON", async () => {
      function* mutations(): Generator<Mutation> {
        for (const { name, json: other } of oneIn(7, values(text!))) {
          yield { name, file: typeof file === "string" ? other : json!.with(file, other) };
        }
      }
      expect(few(await faultsOf(read, mutations()))).toEqual([]);
    });
  });
});

const OBJECTS = PARSERS.flatMap(({ name, read, files, objectOf }) =>
  objectOf === undefined ? [] : files.map((file, n) => ({ name: `${name}, file ${n}`, read, object: objectOf(file) })),
);

it.each(OBJECTS)("$name: with values in the object that harm whoever reads them", async ({ read, object }) => {
  function* mutations(): Generator<Mutation> {
    for (const { name, object: other } of hostile(object)) yield { name, file: other as never };
  }
  expect(few(await faultsOf(read, mutations()))).toEqual([]);
});
