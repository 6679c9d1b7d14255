// Errors of minified bundles: their names, and `instanceof` between two entries, each of which has classes of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const NAMES = [
  "ShapeError",
  "DataError",
  "OptionError",
  "OutOfMemoryError",
  "DisposedError",
  "BusyError",
  "NotFiniteError",
  "EngineError",
  "FormatError",
];

type Entry = typeof import("bitgrad");
type ErrorClass = new (message: string, ...others: never[]) => Error;

const folder = mkdtempSync(join(tmpdir(), "bitgrad-errors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function minified(entry: string): Promise<Entry> {
  const outfile = join(folder, `${entry}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`../../dist/${entry}.js`, import.meta.url))],
    bundle: true,
    minify: true,
    format: "esm",
    outfile,
  });
  return import(pathToFileURL(outfile).href);
}

let one: Entry;
let other: Entry;

beforeAll(async () => {
  [one, other] = await Promise.all([minified("index"), minified("worker")]);
});

const classOf = (entry: Entry, name: string) => (entry as unknown as Record<string, ErrorClass>)[name]!;

/** An error as the library makes it. */
const make = (errorClass: ErrorClass): Error => new errorClass("words");

describe.each(NAMES)("%s", (name) => {
  it("keeps its name where classes are renamed", () => {
    expect(classOf(one, name).name).not.toBe(name); // or the bundle shows nothing
    const error = make(classOf(one, name));
    expect(error.name).toBe(name);
    expect(String(error)).toBe(`${name}: words`);
    expect(Object.keys(error)).not.toContain("name");
    expect(inspect(error)).toMatch(new RegExp(`^${name}: words\n`)); // with no name of a class before it
  });

  it("is one of its class, and of no other, in both entries", () => {
    const error = make(classOf(one, name));
    for (const entry of [one, other]) {
      expect(NAMES.filter((known) => error instanceof classOf(entry, known))).toEqual([name]);
      expect(error instanceof entry.BitgradError).toBe(true);
    }
  });

  it("a subclass goes by its own class, and is one of this class in both entries", () => {
    class Mine extends classOf(one, name) {}
    class Theirs extends classOf(other, name) {}
    const mine = make(Mine);
    for (const entry of [one, other]) {
      expect(NAMES.filter((known) => mine instanceof classOf(entry, known))).toEqual([name]);
      expect(mine instanceof entry.BitgradError).toBe(true);
    }
    expect(mine instanceof Mine).toBe(true);
    expect(mine instanceof Theirs).toBe(false);
    expect(make(classOf(one, name)) instanceof Mine).toBe(false);
  });
});

it("a thrown error is of the other entry's class", () => {
  try {
    one.Network.createSync({ inputs: 0, layers: [] });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(other.OptionError);
    expect((error as Error).name).toBe("OptionError");
  }
});

it("other errors are instances of no class of this library", () => {
  for (const value of [undefined, null, 1, "ShapeError", {}, new Error("words"), Object.create(null), () => {}]) {
    for (const name of ["BitgradError", ...NAMES]) expect((value as unknown) instanceof classOf(one, name)).toBe(false);
  }
  const base = new one.BitgradError("SHAPE", "words");
  expect(NAMES.filter((name) => base instanceof classOf(other, name))).toEqual([]);
  expect(base instanceof other.BitgradError).toBe(true);
  expect(base.name).toBe("BitgradError");
});

it("a subclass may have a name and a static name of its own", () => {
  class Renamed extends one.ShapeError {
    static readonly errorName = "Renamed";

    constructor() {
      super("words");
      this.name = "Mine";
    }
  }
  const error = new Renamed();
  expect(error.name).toBe("Mine");
  expect(error instanceof Renamed && error instanceof one.ShapeError).toBe(true);
  expect(new one.ShapeError("words") instanceof Renamed).toBe(false);
});

it("a cause is kept, and not enumerable", () => {
  const cause = new Error("why");
  const error = new one.EngineError("words", { cause });
  expect(error.cause).toBe(cause);
  expect(Object.keys(error)).toEqual(["code"]);
  expect("cause" in new one.EngineError("words")).toBe(false);
});
