// What ships uses no built-in and no syntax newer than the oldest engine that has WebAssembly's SIMD, Chrome 91's V8
// 9.1 (June 2021). That engine itself, in Node 16.5, runs the golden suite (test/runtimes).

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
// the command is for Node 20; what is in cjs is made from the others
const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".js") && name !== "cli.js" && !name.startsWith("cjs"),
);

const METHODS = [
  ...["at", "findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with"], // of arrays
  ...["isWellFormed", "toWellFormed", "transfer", "transferToFixedLength", "resize"],
  ...["union", "intersection", "symmetricDifference", "isSubsetOf", "isSupersetOf", "isDisjointFrom", "getOrInsert"],
];
const FUNCTIONS = [
  ...["Object.hasOwn", "Object.groupBy", "Map.groupBy", "Array.fromAsync", "Promise.withResolvers", "Promise.try"],
  ...["Error.isError", "AbortSignal.any", "AbortSignal.timeout", "Atomics.waitAsync", "Uint8Array.fromBase64"],
  ...["structuredClone", "reportError", "RegExp.escape", "Math.sumPrecise", "Iterator.from", "URL.canParse"],
];
const SYNTAX = [
  /\bstatic\s*\{/,
  /\busing \w+ =/,
  /\/[a-z]*[dv][a-z]*\.(test|exec)\(/,
  /new (?:Type|Range|Syntax)?Error\([^()]*, \{ cause/,
];

/** What of all this a text has. */
function found(text: string): string[] {
  const code = text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, " ");
  return [
    ...METHODS.filter((name) => new RegExp(`\\.${name}\\(`).test(code)),
    ...FUNCTIONS.filter((name) => new RegExp(`(?<![.\\w"])${name.replace(".", "\\.")}\\(`).test(code)),
    ...SYNTAX.filter((pattern) => pattern.test(code)).map(String),
  ];
}

it.each(files)("%s", (file) => {
  expect(found(readFileSync(dist + file, "utf8"))).toEqual([]);
});

it("finds what is too new", () => {
  expect(files.length).toBeGreaterThan(6);
  expect(found("const a = list.at(-1); Object.hasOwn(a, 1); class A { static { } }")).toEqual([
    "at",
    "Object.hasOwn",
    String(SYNTAX[0]),
  ]);
  expect(found('new Error("words", { cause })')).toEqual([String(SYNTAX[3])]);
  expect(found("buffer.transfer(); structuredClone(x)")).toEqual(["transfer", "structuredClone"]);
  expect(found('// a.at(1)\n/* b.toSorted() */ "data at (1)"')).toEqual([]);
});
