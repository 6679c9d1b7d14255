// A build of the module without optimization in which every condition (of an `if`, a loop, a `?:`, && or ||, min or
// max) goes through one function: it notes in memory which way the condition went, and can turn one of them round. So a
// run of the golden cases shows which branches they take, and whether any digest hangs on one. Which one is turned is a
// constant of the module: in memory a wrong store could turn it back.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "assemblyscript/binaryen";
import { root } from "./sources.ts";

/**
 * A condition of the sources, of one dtype where its function is generic; all copies that inlining makes of it are one.
 */
export interface Condition {
  /** Such as "assembly/train.ts:20:6", where its expression begins. */
  readonly location: string;
  readonly dtype: "" | "f32" | "f64";
}

export interface Instrumented {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly conditions: readonly Condition[];
  /** Where in memory 1 is stored when condition n was false (byte 2n) or true (byte 2n + 1). */
  readonly flags: number;
}

const FLAGS = 64;
const MEMORY_BASE = 4096; // below it is room for these
const NONE_TURNED = 0x7a5a5a5a;

export const OPTIONS = [
  "--config",
  "none",
  "--runtime",
  "stub",
  "--initialMemory",
  "3",
  "--noAssert",
  "--use",
  "abort=",
];
const BASE = ["--memoryBase", String(MEMORY_BASE)];
const DEBUG = ["--debug", "--sourceMap"];
export const BUILDS = {
  single: ["assembly/index.ts", "--enable", "simd"],
  threads: [
    "assembly/threads.ts",
    "--enable",
    "simd,threads",
    "--importMemory",
    "--sharedMemory",
    "--maximumMemory",
    "65536",
  ],
};

export type Build = keyof typeof BUILDS;

/** The module as asc makes it, as text with the places in the sources. */
function text(build: Build): string {
  const folder = mkdtempSync(join(tmpdir(), "bitgrad-coverage-"));
  try {
    const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
    const transform = fileURLToPath(new URL("emit-text.mjs", import.meta.url));
    const output = join(folder, "module.wasm");
    const options = [...BUILDS[build], ...OPTIONS, ...BASE, ...DEBUG, "--transform", transform, "--outFile", output];
    execFileSync(process.execPath, [asc, ...options], {
      cwd: root,
      env: { ...process.env, TEXT_FILE: join(folder, "text") },
    });
    return readFileSync(join(folder, "text"), "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Node {
  readonly head: string;
  readonly location: string;
  readonly start: number;
  end: number;
  readonly children: Node[];
}

/** The expressions of a module's text. */
function parse(wat: string): Node {
  const all: Node = { head: "", location: "", start: 0, end: wat.length, children: [] };
  const open = [all];
  let location = "";
  for (const match of wat.matchAll(/"(?:[^"\\]|\\.)*"|;;(@?)[^\n]*|\(\s*([^\s()]+)|\)/g)) {
    const [found, isLocation, head] = match;
    if (found.startsWith(";;")) {
      if (isLocation && found.length > 4) location = found.slice(4);
    } else if (head !== undefined) {
      const node: Node = { head, location, start: match.index, end: 0, children: [] };
      open.at(-1)!.children.push(node);
      open.push(node);
    } else if (found === ")") {
      open.pop()!.end = match.index + 1;
    }
  }
  return all.children[0]!;
}

const CONDITIONAL = { if: "first", br_if: "last", select: "last" } as const;

/**
 * In `a && b` the arm for a false `a` is `a` itself, in `a || b` that for a true one. Where `a` is turned, they have to
 * be 0, and not.
 */
function turnable(node: Node, wat: string): { at: number; text: string }[] {
  const [condition, ...arms] = node.children.filter(({ head }) => head !== "result");
  const local = /^\(local\.(?:tee|get)\s+([^\s()]+)/.exec(wat.slice(condition!.start, condition!.end))?.[1];
  return arms.flatMap(({ head, children: [arm, ...others] }) => {
    if (local === undefined || arm === undefined || others.length > 0) return [];
    const { start, end } = arm;
    if (wat.slice(start, end) !== `(local.get ${local})`) return [];
    const turned = head === "then" ? `(i32.or (i32.eqz (local.get ${local})) ` : "(i32.and (i32.const 0) ";
    return [
      { at: start, text: turned },
      { at: end, text: ")" },
    ];
  });
}

export function instrument(build: Build): Instrumented {
  const wat = text(build);
  const conditions: Condition[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (location: string, name: string) => {
    const dtype = (/<(f32|f64)>$/.exec(name)?.[1] ?? "") as Condition["dtype"];
    const key = `${location} ${dtype}`;
    if (!numbers.has(key)) numbers.set(key, conditions.push({ location, dtype }) - 1);
    return numbers.get(key)!;
  };
  const insertions: { at: number; text: string }[] = [];
  const visit = (node: Node, name: string) => {
    const conditional = CONDITIONAL[node.head as keyof typeof CONDITIONAL];
    if (conditional !== undefined) {
      const { start, end, location } = node.children
        .filter(({ head }) => head !== "result")
        .at(conditional === "first" ? 0 : -1)!;
      insertions.push({ at: start, text: "(call $condition " });
      insertions.push({ at: end, text: ` (i32.const ${numberOf(location, name)}))` });
      if (conditional === "first") insertions.push(...turnable(node, wat));
    }
    for (const child of node.children) visit(child, name);
  };
  for (const node of parse(wat).children) {
    if (node.head === "func") visit(node, /\$(?:assembly\/)?(\S+)/.exec(wat.slice(node.start, node.end))![1]!);
  }
  if (FLAGS + 2 * conditions.length > MEMORY_BASE) throw new Error("there is no room for the flags");
  const condition = `(func $condition (param $condition i32) (param $number i32) (result i32) (local $way i32)
    (local.set $way (i32.add (i32.shl (local.get $number) (i32.const 1)) (i32.ne (local.get $condition) (i32.const 0))))
    (i32.store8 offset=${FLAGS} (local.get $way) (i32.const 1))
    (if (result i32) (i32.eq (global.get $turned) (local.get $way))
      (then (i32.eqz (local.get $condition)))
      (else (local.get $condition))))
  (global $turned i32 (i32.const ${NONE_TURNED}))`;
  insertions.push({ at: wat.lastIndexOf(")"), text: condition });
  const pieces: string[] = [];
  let from = 0;
  for (const { at, text } of insertions.sort((a, b) => a.at - b.at)) {
    pieces.push(wat.slice(from, at), text);
    from = at;
  }
  pieces.push(wat.slice(from));
  const module = binaryen.parseText(pieces.join(""));
  module.setFeatures(binaryen.Features.All);
  const wasm = Uint8Array.from(module.emitBinary());
  return { wasm, conditions, flags: FLAGS };
}

/** The module that turns a condition round where it goes one way: the one whose flag is the given one. */
export function turn(wasm: Uint8Array<ArrayBuffer>, flag: number): Uint8Array<ArrayBuffer> {
  const none = Buffer.from(leb128(NONE_TURNED));
  const at = Buffer.from(wasm.buffer).indexOf(none);
  if (at < 0 || Buffer.from(wasm.buffer).indexOf(none, at + 1) >= 0) throw new Error("the constant is not found");
  const turned = wasm.slice();
  turned.set(leb128(flag), at);
  return turned;
}

/** An i32 that is not negative, in five bytes. */
function leb128(value: number): number[] {
  return [0, 7, 14, 21, 28].map((shift) => ((value >>> shift) & 127) | (shift < 28 ? 128 : 0));
}
