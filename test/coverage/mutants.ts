// Random changes of one operator, comparison or constant in assembly/, each compiled and run on the golden cases: a
// change that no digest sees is listed as surviving. By the seed the same changes are drawn again.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { xorshift } from "../../bindings/verify/cases.ts";
import { BUILDS, type Build, OPTIONS } from "./instrument.ts";
import { root, SOURCES, withoutComments } from "./sources.ts";

export interface Mutant {
  /** Such as "assembly/random.ts:50:12". */
  readonly place: string;
  readonly before: string;
  readonly after: string;
  /** The whole line as it is. */
  readonly line: string;
}

/** What an operator may become; binary ones stand between spaces, which tells them from type arguments. */
const BINARY: Readonly<Record<string, readonly string[]>> = {
  "+": ["-"],
  "-": ["+"],
  "*": ["+"],
  "/": ["*"],
  "%": ["/"],
  "&": ["|"],
  "|": ["&"],
  "^": ["|"],
  "<<": [">>"],
  ">>": ["<<"],
  ">>>": ["<<"],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
  "&&": ["||"],
  "||": ["&&"],
  "+=": ["-="],
  "-=": ["+="],
  "*=": ["/="],
  "/=": ["*="],
  ">>=": ["<<="],
};

const METHODS: Readonly<Record<string, string>> = {
  add: "sub",
  sub: "add",
  mul: "add",
  div: "mul",
  min: "max",
  max: "min",
  pmin: "pmax",
  pmax: "pmin",
  lt: "le",
  le: "lt",
  gt: "ge",
  ge: "gt",
  eq: "ne",
  ne: "eq",
  and: "or",
  or: "and",
  xor: "or",
  andnot: "and",
  shl: "shr_u",
  shr_u: "shl",
  ge_u: "lt_u",
  lt_s: "ge_s",
};

const OPERATOR = /(?<= )(?:<<|>>>?|[<>=!]=|&&|\|\||[-+*/]=|>>=|[-+*/%&|^<>])(?=\s)/g;
const METHOD = /(?<=\b(?:v128|[if]\d+x\d+)\.)(\w+)(?=[<(])|\b(add|sub|mul)(?=\()/g;
const STEP = /\+\+|--/g;
const NUMBER = /(?<![\w.$])(?:0x[\da-fA-F]+|\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?)(?![\w.])/g;

/** Comments, strings, imports and decorators as spaces: nothing of them is changed. */
function code(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  return withoutComments(source)
    .replace(/^(?:import|export)\b[^;]*?\bfrom\b[^;]*;/gm, blank)
    .replace(/"[^"\n]*"/g, blank);
}

function constants(text: string): string[] {
  const value = Number(text.replaceAll("_", ""));
  if (/^0x|^\d[\d_]*$/.test(text)) {
    const others =
      value > 2 ** 52 ? [value / 2] : [value + 1, ...(value > 0 ? [value - 1] : []), ...(value > 1 ? [0] : [])];
    return others.map(String);
  }
  const asText = (number: number) =>
    Number.isInteger(number) && Math.abs(number) < 1e21 ? `${number}.0` : String(number);
  return value === 0 ? ["1.0"] : [asText(-value), asText(value * 2)];
}

/** All changes, in the order of the sources. */
function changes(): (Mutant & { readonly file: string; readonly source: string })[] {
  const all: (Mutant & { readonly file: string; readonly source: string })[] = [];
  for (const [file, source] of SOURCES) {
    const text = code(source);
    const found = (pattern: RegExp, become: (found: string) => readonly string[]) => {
      for (const match of text.matchAll(pattern)) {
        const [before] = match;
        for (const after of become(before)) {
          const start = source.lastIndexOf("\n", match.index) + 1;
          const place = `${file}:${source.slice(0, start).split("\n").length}:${match.index - start + 1}`;
          const line = source.slice(start, source.indexOf("\n", match.index)).trim();
          const changed = source.slice(0, match.index) + after + source.slice(match.index + before.length);
          all.push({ place, before, after, line, file, source: changed });
        }
      }
    };
    found(OPERATOR, (operator) => BINARY[operator] ?? []);
    found(METHOD, (method) => (METHODS[method] === undefined ? [] : [METHODS[method]]));
    found(STEP, (step) => [step === "++" ? "--" : "++"]);
    found(NUMBER, constants);
  }
  return all;
}

/** What assembly/ imports from elsewhere. */
function others(name: string): string | null {
  const path = join(root, name);
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

/** The module of sources in which one file is another; undefined where they don't compile. */
export async function compile(
  build: Build,
  file?: string,
  source?: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const { error } = await asc.main([...BUILDS[build], ...OPTIONS, "--outFile", "module.wasm"], {
    readFile: (name) => (name === file ? source! : (SOURCES.get(name) ?? others(name))),
    writeFile: (name, contents) => {
      if (name === "module.wasm") wasm = Uint8Array.from(contents as Uint8Array);
    },
    listFiles: () => [],
    stdout: { write: () => {} },
    stderr: { write: () => {} },
  });
  return error === null ? wasm : undefined;
}

export interface Compiled extends Mutant {
  /** Undefined where it is the same with and without the change. */
  module(build: Build): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/**
 * The modules of a change that was drawn of other sources, at the nearest place where its line is still the same;
 * undefined where it isn't.
 */
export function again(change: string, line: string): Compiled | undefined {
  const [file, , column] = change.split(":");
  const same = changes().filter(
    (one) =>
      one.line === line &&
      one.place.startsWith(`${file}:`) &&
      one.place.endsWith(`:${column}`) &&
      change.endsWith(`: ${one.before} → ${one.after}`),
  );
  const lineOf = (place: string) => Number(place.split(":")[1]);
  const distance = ({ place }: Mutant) => Math.abs(lineOf(place) - lineOf(change));
  const found = same.sort((one, other) => distance(one) - distance(other))[0];
  return found && { ...found, module: (build) => compile(build, found.file, found.source) };
}

/** Changes drawn by the seed, of those that compile to other modules. */
export async function* mutants(seed: number): AsyncGenerator<Compiled> {
  const next = xorshift(`mutants ${seed}`);
  const all = changes();
  const originals = { single: await compile("single"), threads: await compile("threads") };
  for (const taken = new Set<string>(); taken.size < all.length; ) {
    const { file, source, ...mutant } = all[next() % all.length]!;
    const name = `${mutant.place} ${mutant.after}`;
    if (taken.has(name)) continue;
    taken.add(name);
    const single = await compile("single", file, source);
    if (single === undefined) continue;
    const changed = !same(single, originals.single!);
    const threads = async () => {
      const module = await compile("threads", file, source);
      return module === undefined || same(module, originals.threads!) ? undefined : module;
    };
    if (!changed && (await threads()) === undefined) continue;
    yield { ...mutant, module: async (build) => (build === "threads" ? threads() : changed ? single : undefined) };
  }
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
