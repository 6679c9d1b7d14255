// The rules of the house about who may know whom, and which platform functions may be called.

import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { filesIn, root } from "../support/repository.ts";

interface Source {
  /** From the root, with forward slashes. */
  path: string;
  /** Without comments. */
  code: string;
  /** Modules it imports: paths from the root, or package names. */
  imports: string[];
}

function read(path: string): Source {
  const code = withoutComments(readFileSync(join(root, path), "utf8"));
  const imports = importsOf(code).map((name) =>
    name.startsWith(".") ? slashes(relative(root, resolve(root, dirname(path), name))) : name,
  );
  return { path, code, imports };
}

/** Static, re-exporting, for the side effect, and dynamic. */
function importsOf(code: string): string[] {
  const statement =
    /^\s*(?:import|export)\b[^;"'=]*\bfrom\s*["']([^"']+)|^\s*import\s*["']([^"']+)|\bimport\s*\(\s*["']([^"']+)/gm;
  return [...code.matchAll(statement)].map(([, from, bare, dynamic]) => (from ?? bare ?? dynamic)!);
}

function sources(folder: string, ending = /\.ts$/): Source[] {
  return filesIn(folder)
    .filter((name) => ending.test(name))
    .map(read);
}

/** A way of imports from a file back to itself, if there is one. */
function findCircle(all: readonly Pick<Source, "path" | "imports">[]): string[] | undefined {
  const importsOf = new Map(all.map(({ path, imports }) => [path, imports]));
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (path: string): string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return undefined;
    way.push(path);
    for (const name of importsOf.get(path) ?? []) {
      const circle = visit(importsOf.has(name) ? name : `${name}.ts`); // assembly leaves the ending out
      if (circle !== undefined) return circle;
    }
    way.pop();
    done.add(path);
    return undefined;
  };
  for (const { path } of all) {
    const circle = visit(path);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function slashes(path: string): string {
  return path.split(sep).join("/");
}

/**
 * Strings and template literals are kept; regular expressions with quotes or // in them would fool it: there are none.
 */
function withoutComments(code: string): string {
  const token = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return code.replace(token, (found) => (found.startsWith("/") ? " " : found));
}

const STARTS_WORKERS = "bindings/platform/workers.ts";
const MODULES = ["dist/bitgrad.wasm", "dist/bitgrad.threads.wasm"];
const SIGNATURES = ["dist/bitgrad.js", "dist/bitgrad.threads.js"]; // types alone, by asc
const CODES = "bindings/catalog/codes";
/** The rooms of bindings/, as docs/ARCHITECTURE.md lists them, from the ground up. */
const ROOMS = [
  "ground",
  "platform",
  "catalog",
  "engine",
  "data",
  "options",
  "saving",
  "network",
  "operations",
  "optimizer",
  "worker",
  "estimators",
  "formats",
  "tfjs",
  "receipts",
  "verify",
  "cli",
  "entry",
];
const GROUND = ["arrays", "checks", "errors", "numbers", "objects", "promises", "random", "rows"];

function roomOf(path: string): string {
  const [, room = "", inside] = path.split("/");
  if (inside !== undefined) return room;
  return GROUND.includes(room.replace(".ts", "")) ? "ground" : "entry";
}

const inFolder = (folder: string) => (path: string) => path.startsWith(`${folder}/`);

const assembly = sources("assembly");
const tree = ["assembly", "bindings", "bench", "test", "examples"].flatMap((folder) => sources(folder, /\.m?[jt]s$/));
const bindings = sources("bindings").filter(
  ({ path }) => !["bindings/build.ts", "bindings/declarations.ts"].includes(path), // the build is no part of it
);
const within = (folder: string) => bindings.filter(({ path }) => inFolder(folder)(path));

it("finds the sources and their imports", () => {
  expect(assembly.length).toBeGreaterThan(5);
  expect(bindings.length).toBeGreaterThan(10);
  const network = bindings.find(({ path }) => path === "bindings/network/network.ts");
  expect(network!.imports).toContain("bindings/engine/engine.ts");
  const activation = assembly.find(({ path }) => path === "assembly/activation.ts");
  expect(activation!.imports).toEqual([CODES, "assembly/elementary", "assembly/sigmoid-table", "assembly/simd"]);
});

describe("who knows whom", () => {
  it("no file imports itself, by whatever way, types included", () => {
    expect(tree.length).toBeGreaterThan(250);
    expect(findCircle(tree)).toBeUndefined();
  });

  it("bench and test share test/support, which knows neither; the bench is known to its tests and its rooms", () => {
    const folderOf = (path: string) => path.split("/").slice(0, 2).join("/");
    const importers = (of: RegExp, what: RegExp) =>
      tree
        .filter(({ path, imports }) => of.test(path) && imports.some((name) => what.test(name)))
        .map(({ path }) => path);
    expect(importers(/^bench\//, /^test\/(?!support\/)/)).toEqual([]);
    expect(importers(/^test\/support\//, /^(?:bench|test\/(?!support\/))/)).toEqual([]);
    expect(importers(/^(?:assembly|bindings|examples)\//, /^test\//)).toEqual([]);
    const rooms = importers(/^(?:assembly|bindings|examples)\//, /^bench\//);
    expect(rooms.filter((path) => !/^examples\/lab\/rooms\/(?:bench[\w-]*|frames|verify)\.ts$/.test(path))).toEqual([]);
    expect([...new Set(importers(/^test\//, /^bench\//).map(folderOf))]).toEqual(["test/bench"]);
  });

  it.each(assembly)("$path imports nothing outside assembly/ but the codes", ({ imports }) => {
    expect(imports.filter((name) => !inFolder("assembly")(name) && name !== CODES)).toEqual([]);
  });

  it("the codes are constants that asc and tsc read alike", () => {
    const { code, imports } = bindings.find(({ path }) => path === `${CODES}.ts`)!;
    expect(imports).toEqual([]);
    const others = code
      .split("\n")
      .filter((line) => line.trim() && !/^export const [A-Z0-9_]+: u32 = \d+;\s*$/.test(line));
    expect(others).toEqual([]);
  });

  it("the catalog knows nobody", () => {
    expect(within("bindings/catalog").length).toBeGreaterThan(3);
    for (const { path, imports } of within("bindings/catalog")) {
      expect(
        imports.filter((name) => !inFolder("bindings/catalog")(name)),
        path,
      ).toEqual([]);
    }
  });

  it.each(["reference", "wasm"])(
    "engine/%s knows engine.ts, the ground, the catalog and its own folder alone",
    (engine) => {
      const own = `bindings/engine/${engine}`;
      // the files that inline the modules' bytes take them from the build
      const allowed = (name: string) =>
        inFolder(own)(name) ||
        inFolder("bindings/catalog")(name) ||
        roomOf(name) === "ground" ||
        name === "bindings/engine/engine.ts" ||
        [...MODULES, ...SIGNATURES, STARTS_WORKERS].includes(name);
      expect(within(own).length).toBeGreaterThan(3);
      for (const { path, imports } of within(own))
        expect(
          imports.filter((name) => !allowed(name)),
          path,
        ).toEqual([]);
    },
  );

  it("imports of bindings/ point from a room to itself or to one above it", () => {
    const upwards = bindings.flatMap(({ path, imports }) =>
      imports
        .filter((name) => inFolder("bindings")(name) && ROOMS.indexOf(roomOf(name)) > ROOMS.indexOf(roomOf(path)))
        .map((name) => `${path} → ${name}`),
    );
    expect(bindings.filter(({ path }) => !ROOMS.includes(roomOf(path)))).toEqual([]);
    expect(upwards).toEqual([]);
  });

  it("the command uses what an application could use", () => {
    expect(within("bindings/cli").length).toBeGreaterThan(5);
    for (const { path, imports } of within("bindings/cli")) {
      expect(
        imports.filter((name) => name.startsWith("bindings/") && !inFolder("bindings/cli")(name)),
        path,
      ).toEqual([]);
    }
  });

  it("the network never chooses an engine", () => {
    expect(within("bindings/network").length).toBeGreaterThan(3);
    for (const { path, imports } of within("bindings/network")) {
      expect(
        imports.filter((name) => /engine\/(wasm|reference)\//.test(name)),
        path,
      ).toEqual([]);
    }
  });

  it("only entry files, and the worker's program, import the WebAssembly engine", () => {
    const outside = bindings.filter(({ path }) => !inFolder("bindings/engine/wasm")(path));
    const importers = outside.filter(({ imports }) => imports.some(inFolder("bindings/engine/wasm")));
    expect(importers.map(({ path }) => path).sort()).toEqual([
      "bindings/index.ts",
      "bindings/threads.ts",
      "bindings/worker-program.ts",
      "bindings/worker.ts",
      "bindings/worker/program.ts",
      "bindings/workerd.ts",
    ]);
  });

  it("the library imports itself and packages that the build bundles, nothing else", () => {
    const { devDependencies, dependencies, peerDependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    );
    expect([dependencies, peerDependencies, optionalDependencies]).toEqual([undefined, undefined, undefined]);
    for (const { path, imports } of bindings) {
      const packages = imports.filter(
        (name) => !inFolder("bindings")(name) && ![...MODULES, ...SIGNATURES].includes(name),
      );
      for (const name of packages) {
        if (name === "bitgrad" || name.startsWith("bitgrad/")) continue; // as an application gets it
        if (name.startsWith("node:")) {
          expect(path).toMatch(/^bindings\/(?:files\.ts$|cli\/)/);
          continue;
        }
        const [scope, part] = name.split("/");
        const packageName = scope!.startsWith("@") ? `${scope}/${part}` : scope!;
        expect(Object.keys(devDependencies), path).toContain(packageName);
      }
    }
  });
});

describe("platform functions", () => {
  const isOfCommand = (path: string) => path.startsWith("bindings/cli/");
  const judged = [...assembly, ...bindings].filter(({ path }) => path !== CONTRAST);

  it.each(judged)("$path calls none whose bits are the engine's choice", ({ path, code }) => {
    expect(
      inexact(code).filter(
        (found) =>
          !(found === "Date" && ([REPORT, SCHEDULE, CELLS, SAVED].includes(path) || isOfCommand(path))) &&
          !(found === "crypto" && path === SHA256),
      ),
    ).toEqual([]);
  });

  const clock = /Date\.(?!UTC\(|prototype\.getTime\.call\()|new Date\(\)|\.get(?!Time\b|UTC)[A-Z]/;

  it("dates of tables read no clock and no zone", () => {
    const { code } = bindings.find(({ path }) => path === CELLS)!;
    expect(code).toMatch(/Date\.UTC\(/);
    expect(code).not.toMatch(clock);
    for (const { path, code } of bindings) if (isOfCommand(path)) expect(code, path).not.toMatch(clock);
  });

  it("one file does, to measure them: in the entry for verifying alone", () => {
    const contrast = bindings.find(({ path }) => path === CONTRAST)!;
    expect(inexact(contrast.code)).toContain("Math.exp");
    const importers = bindings.filter(({ imports }) => imports.includes(CONTRAST)).map(({ path }) => path);
    expect(importers.filter((path) => path !== "bindings/verify.ts" && path !== REPORT)).toEqual([]);
    const outside = bindings.filter(({ path }) => !/^bindings\/(?:verify\b|cli\b)/.test(path));
    for (const { path, imports } of outside)
      expect(
        imports.filter((name) => /verify/.test(name)),
        path,
      ).toEqual([]);
  });

  it("no relaxed SIMD", () => {
    for (const { path, code } of assembly) expect(code, path).not.toMatch(/relaxed/i);
    expect(readFileSync(join(root, "asconfig.json"), "utf8")).not.toMatch(/relaxed/i);
  });

  it("only the schedule of fitAsync and the pace of threads ask a clock", () => {
    const clocks = bindings
      .filter(({ code }) => /\bperformance\b/.test(code))
      .map(({ path }) => path)
      .sort();
    expect(clocks).toEqual(["bindings/engine/wasm/pace.ts", "bindings/network/slices.ts"]);
  });
});

const CONTRAST = "bindings/verify/contrast.ts";
const SCHEDULE = "bindings/network/slices.ts"; // the clock of runtimes that have no other
const REPORT = "bindings/verify/report.ts"; // is dated
const SAVED = "bindings/tfjs/io.ts"; // says when a model was saved, as TensorFlow.js does
const CELLS = "bindings/data/cells.ts"; // has dates of tables in UTC, which leave no choice, and reads no clock
// of crypto it has SHA-256, which leaves no choice; random numbers are forbidden
const SHA256 = "bindings/saving/sha256.ts";

// IEEE-754 and ECMA-262 leave no choice in these
const EXACT = ["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc"];

/** What the code uses whose result an engine may choose. */
function inexact(code: string): string[] {
  const functions = [...code.matchAll(/\b(?:Native|JS)?Mathf?\b(?:\.(\w+))?/g)]
    .filter(([, name]) => name === undefined || !EXACT.includes(name))
    .map(([found]) => found); // without a name Math is used as a value, and anything may follow
  const others = code.match(/\bcrypto\b|\bDate\b/g) ?? [];
  // `**` is pow, but the compiler folds it between constants
  const powers = code.replace(/\b\d[\d_.]*\s*\*\*\s*-?\d[\d_.]*/g, "").match(/.*\*\*.*/g) ?? [];
  return [...functions, ...others, ...powers];
}

it("the rules see what breaks them", () => {
  const knows = (path: string, ...imports: string[]) => ({ path, imports });
  const line = [knows("a.ts", "b.ts", "c.ts"), knows("b.ts", "c"), knows("c.ts")];
  expect(findCircle(line)).toBeUndefined();
  expect(findCircle([...line.slice(0, 2), knows("c.ts", "a.ts")])).toEqual(["a.ts", "b.ts", "c.ts", "a.ts"]);
  expect(findCircle([knows("a.ts", "a.ts")])).toEqual(["a.ts", "a.ts"]);
  expect(withoutComments('a // Math.exp\n/* ** */ "// kept" `/* kept */`')).toBe('a  \n  "// kept" `/* kept */`');
  expect(importsOf('import a from "./a.ts";\nexport * from "b";\nimport "c";\nawait import("d");')).toEqual([
    "./a.ts",
    "b",
    "c",
    "d",
  ]);
  expect(importsOf('import {\n  a,\n} from "e";\nthrow new Error(`import "f" for it`);')).toEqual(["e"]);
  expect(inexact("Math.sqrt(2 ** 24) + Math.exp(x) + NativeMath.tanh(x)")).toEqual(["Math.exp", "NativeMath.tanh"]);
  expect(inexact('const { exp } = Math; Math["log"](x)')).toEqual(["Math", "Math"]);
  expect(inexact("y = x ** 2")).toEqual(["y = x ** 2"]);
});
