// What JavaScript does around the module, as a script that WebAssembly interpreters run without JavaScript. It is
// recorded once in Node, running the golden cases: the bytes that JavaScript writes, the calls it makes. A driver
// module made of that replays it on the very bytes of bitgrad.wasm, and hashes what every call changes in memory or
// returns.

import binaryen from "assemblyscript/binaryen";
import { cases, digestOf, type Library } from "../../bindings/verify/cases.ts";
import golden from "../../bindings/verify/golden.json" with { type: "json" };

type NumberType = "i32" | "i64" | "f32" | "f64";

/** Part of memory that a step writes or hashes. */
interface Range {
  readonly start: number;
  readonly bytes: Uint8Array;
}

interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  /** What JavaScript wrote since the call before. */
  readonly written: readonly Range[];
  /** What the call changed. */
  readonly changed: readonly Range[];
  readonly result: unknown;
}

interface Replay {
  readonly cases: readonly { readonly name: string; readonly calls: readonly Call[] }[];
  /** Of the memory at the end. */
  readonly pages: number;
}

const GOLDEN: Readonly<Record<string, string>> = golden;
const PAGE = 65536;
const GAP = 64; // ranges closer than this are one
const GROWS = /^shuffle |for threads/; // cases that make memory larger
const BLOCK = 16_384; // of memory that is compared at once, a part of a page

// ---- recording

/** The ranges in which `now` differs from `before`, in whole words of eight bytes; `before` becomes `now`. */
function takeChanges(before: Uint8Array, now: Uint8Array): Range[] {
  const [old, bytes] = [before, now].map(({ buffer }) => Buffer.from(buffer));
  const [oldWords, words] = [before, now].map(({ buffer }) => new Int32Array(buffer));
  const ranges: { start: number; end: number }[] = [];
  for (let block = 0; block < now.length; block += BLOCK) {
    const blockEnd = block + BLOCK;
    if (old!.compare(bytes!, block, blockEnd, block, blockEnd) === 0) continue;
    for (let start = block; start < blockEnd; start += 8) {
      const n = start / 4;
      if (oldWords![n] === words![n] && oldWords![n + 1] === words![n + 1]) continue;
      const last = ranges.at(-1);
      if (last !== undefined && start - last.end < GAP) last.end = start + 8;
      else ranges.push({ start, end: start + 8 });
    }
  }
  return ranges.map(({ start, end }) => {
    before.set(now.subarray(start, end), start);
    return { start, bytes: now.slice(start, end) };
  });
}

/** An instance whose exported functions record what happens. */
function recordingInstance(instance: WebAssembly.Instance, record: (call: Call) => void): WebAssembly.Instance {
  const memory = instance.exports.memory as WebAssembly.Memory;
  let shadow: Uint8Array = new Uint8Array(memory.buffer).slice();
  const changes = () => {
    const now = new Uint8Array(memory.buffer);
    if (now.length > shadow.length) {
      const larger = new Uint8Array(now.length);
      larger.set(shadow);
      shadow = larger;
    }
    return takeChanges(shadow, now);
  };
  const wrapped = Object.entries(instance.exports).map(([name, value]) => {
    if (typeof value !== "function") return [name, value];
    const call = (...args: unknown[]) => {
      const written = changes();
      const result: unknown = value(...args);
      record({ name, args, written, changed: changes(), result });
      return result;
    };
    return [name, call];
  });
  return { exports: Object.fromEntries(wrapped) } as WebAssembly.Instance;
}

async function recordCases(wasm: Uint8Array<ArrayBuffer>, names: ReadonlySet<string>): Promise<Replay> {
  // recorded calls are slow: by the true clock, trainings would be divided into more and more of them
  let ticks = 0;
  const clock = performance.now;
  performance.now = () => ticks++ / 1000;
  const bitgrad = await import("bitgrad");
  const module = new WebAssembly.Module(wasm);
  let calls: Call[] = [];
  const instance = new WebAssembly.Instance(module);
  const recording = recordingInstance(instance, (call) => calls.push(call));
  const memory = instance.exports.memory as WebAssembly.Memory;
  const heapBase = (instance.exports.heapBase as () => number)();
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (async () => recording) as unknown as typeof instantiate;
  try {
    await bitgrad.Operations.create({ module }); // takes the instance, and keeps it for all that follow
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  const library: Library = {
    Network: {
      create: (options) => bitgrad.Network.create({ ...options, module }),
      fromJSON: (saved, options) => bitgrad.Network.fromJSON(saved, { ...options, module }),
      load: (file, options) => bitgrad.Network.load(file, { ...options, module }),
    },
    Operations: { create: (options) => bitgrad.Operations.create({ ...options, module }) },
    Optimizer: {
      create: (options) => bitgrad.Optimizer.create({ ...options, module }),
      fromJSON: (saved, options) => bitgrad.Optimizer.fromJSON(saved, { ...options, module }),
    },
  };
  const recorded: { name: string; calls: Call[] }[] = [];
  try {
    // all of memory is compared at every call: cases that make it larger come last
    const chosen = [...cases(library, "wasm")].filter(({ name }) => names.has(name));
    chosen.sort((a, b) => Number(GROWS.test(a.name)) - Number(GROWS.test(b.name)));
    for (const { name, compute } of chosen) {
      if (digestOf(await compute()) !== GOLDEN[name]) throw new Error(`the recorded run of "${name}" is wrong itself`);
      recorded.push({ name, calls });
      calls = [];
      // a NaN that a case leaves has the engine's own sign, and may lie between the words that a later one changes
      new Uint8Array(memory.buffer).fill(0, heapBase);
    }
  } finally {
    performance.now = clock;
  }
  if (ticks === 0) throw new Error("the library was loaded before, and has the true clock");
  return { cases: recorded, pages: memory.buffer.byteLength / PAGE };
}

// ---- the hash: FNV-1a over words of 32 bits, every NaN as the one quiet NaN

const SEED = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * In which numbers memory that a call changes is read: its name says it, or the size of an element, its last argument.
 */
function typeOf({ name, args }: Pick<Call, "name" | "args">): "f32" | "f64" | "i32" {
  if (name.endsWith("Panels")) return args.at(-1) === 4 ? "f32" : "f64";
  return name.endsWith("_f32") ? "f32" : name.endsWith("_f64") ? "f64" : "i32";
}

function mix(hash: number, word: number): number {
  return Math.imul(hash ^ word, PRIME);
}

function mixF64(hash: number, low: number, high: number): number {
  const magnitude = high & 0x7fffffff;
  const quiet = magnitude > 0x7ff00000 || (magnitude === 0x7ff00000 && low !== 0);
  return quiet ? mix(mix(hash, 0), 0x7ff80000) : mix(mix(hash, low), high);
}

function hashRange(hash: number, { bytes }: Range, type: "f32" | "f64" | "i32"): number {
  const view = new DataView(bytes.buffer);
  let mixed = hash;
  for (let at = 0; at < bytes.length; at += 8) {
    const [low, high] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
    if (type === "f64") mixed = mixF64(mixed, low, high);
    else for (const word of [low, high]) mixed = mix(mixed, type === "f32" && isNaNf32(word) ? 0x7fc00000 : word);
  }
  return mixed;
}

function isNaNf32(word: number): boolean {
  return (word & 0x7fffffff) > 0x7f800000;
}

/** A NaN's sign and payload are the engine's own choice. */
function hasNaN({ bytes }: Range, type: "f32" | "f64" | "i32"): boolean {
  if (type === "i32") return false;
  const values = type === "f32" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
  return values.some(Number.isNaN);
}

function hashResult(hash: number, result: unknown, type: NumberType | undefined): number {
  if (type === undefined) return hash;
  const view = new DataView(new ArrayBuffer(8));
  if (type === "i32") return mix(hash, Number(result) | 0);
  if (type === "i64") {
    view.setBigInt64(0, result as bigint, true);
    return mix(mix(hash, view.getInt32(0, true)), view.getInt32(4, true));
  }
  if (type === "f32") throw new Error("no export returns f32");
  view.setFloat64(0, result as number, true);
  return mixF64(hash, view.getInt32(0, true), view.getInt32(4, true));
}

// ---- the driver

interface Signature {
  readonly params: readonly NumberType[];
  readonly result: NumberType | undefined;
}

function signatures(wasm: Uint8Array): Map<string, Signature> {
  const module = binaryen.readBinary(wasm);
  const names = new Map<number, NumberType>([
    [binaryen.i32, "i32"],
    [binaryen.i64, "i64"],
    [binaryen.f32, "f32"],
    [binaryen.f64, "f64"],
  ]);
  const types = (type: number) => binaryen.expandType(type).map((one) => names.get(one)!);
  const found = new Map<string, Signature>();
  for (let n = 0; n < module.getNumExports(); n++) {
    const { name, value, kind } = binaryen.getExportInfo(module.getExportByIndex(n));
    if (kind !== binaryen.ExternalFunction) continue;
    const { params, results } = binaryen.getFunctionInfo(module.getFunction(value));
    found.set(name, { params: types(params), result: types(results)[0] });
  }
  return found;
}

const HELPERS = `
  (global $hash (mut i32) (i32.const 0))
  (func $i32 (param $word i32)
    (global.set $hash (i32.mul (i32.xor (global.get $hash) (local.get $word)) (i32.const ${PRIME}))))
  (func $i64 (param $words i64)
    (call $i32 (i32.wrap_i64 (local.get $words)))
    (call $i32 (i32.wrap_i64 (i64.shr_u (local.get $words) (i64.const 32)))))
  (func $canonical_i64 (param $words i64)
    (call $i64 (select (i64.const 0x7ff8000000000000) (local.get $words)
      (i64.gt_u (i64.and (local.get $words) (i64.const 0x7fffffffffffffff)) (i64.const 0x7ff0000000000000)))))
  (func $f64 (param $value f64) (call $canonical_i64 (i64.reinterpret_f64 (local.get $value))))
  (func $memory_f64 (param $at i32) (param $end i32) (local $hash i32) (local $words i64)
    (local.set $hash (global.get $hash))
    (loop $next
      (local.set $words (i64.load (local.get $at)))
      (if (i64.gt_u (i64.shl (local.get $words) (i64.const 1)) (i64.const 0xffe0000000000000))
        (then (local.set $words (i64.const 0x7ff8000000000000))))
      (local.set $hash (i32.mul (i32.xor (i32.mul (i32.xor (local.get $hash)
        (i32.wrap_i64 (local.get $words))) (i32.const ${PRIME}))
        (i32.wrap_i64 (i64.shr_u (local.get $words) (i64.const 32)))) (i32.const ${PRIME})))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (local.get $end))))
    (global.set $hash (local.get $hash)))
  (func $memory_i32 (param $at i32) (param $end i32) (local $hash i32)
    (local.set $hash (global.get $hash))
    (loop $next
      (local.set $hash (i32.mul (i32.xor (local.get $hash) (i32.load (local.get $at))) (i32.const ${PRIME})))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (local.get $end))))
    (global.set $hash (local.get $hash)))
  (func $memory_f32 (param $at i32) (param $end i32) (local $hash i32) (local $word i32)
    (local.set $hash (global.get $hash))
    (loop $next
      (local.set $word (i32.load (local.get $at)))
      (if (i32.gt_u (i32.shl (local.get $word) (i32.const 1)) (i32.const 0xff000000))
        (then (local.set $word (i32.const 0x7fc00000))))
      (local.set $hash (i32.mul (i32.xor (local.get $hash) (local.get $word)) (i32.const ${PRIME})))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (local.get $end))))
    (global.set $hash (local.get $hash)))`;

function literal(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes).toString("hex").replace(/../g, "\\$&")}"`;
}

function constant(value: unknown, type: NumberType): string {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") view.setFloat32(0, Number(value));
  else if (type === "f64") view.setFloat64(0, Number(value));
  if (type === "f32") return `(f32.reinterpret_i32 (i32.const ${view.getInt32(0)}))`;
  if (type === "f64") return `(f64.reinterpret_i64 (i64.const ${view.getBigInt64(0)}))`;
  return `(${type}.const ${type === "i32" ? Number(value) | 0 : BigInt(value as bigint)})`;
}

/** A script of the specification's kind: the module, the driver, and for every case the hash that it must return. */
function script(core: string, wasm: Uint8Array, { cases, pages }: Replay): string {
  const types = signatures(wasm);
  const used = new Set(cases.flatMap(({ calls }) => calls.map(({ name }) => name)));
  const imports = [...used].map((name) => {
    const { params, result } = types.get(name)!;
    return `(import "core" "${name}" (func $core_${name} (param ${params.join(" ")}) ${result ? `(result ${result})` : ""}))`;
  });
  const data: string[] = [];
  const functions: string[] = [];
  const assertions: string[] = [];
  const write = ({ start, bytes }: Range): string => {
    // half of what is written are zeros
    if (bytes.every((byte) => byte === 0))
      return `(memory.fill (i32.const ${start}) (i32.const 0) (i32.const ${bytes.length}))`;
    data.push(`(data $d${data.length} ${literal(bytes)})`);
    return `(memory.init $d${data.length - 1} (i32.const ${start}) (i32.const 0) (i32.const ${bytes.length}))`;
  };
  for (const { name, calls } of cases) {
    let hash = SEED | 0;
    const body = calls.flatMap(({ name: callee, args, written, changed, result }) => {
      const signature = types.get(callee)!;
      const type = typeOf({ name: callee, args });
      const values = signature.params.map((param, n) => constant(args[n], param)).join(" ");
      const call = `(call $core_${callee} ${values})`;
      hash = hashResult(hash, result, signature.result);
      for (const range of changed) hash = hashRange(hash, range, type);
      return [
        ...written.map(write),
        signature.result === undefined ? call : `(call $${signature.result} ${call})`,
        ...changed.map(
          ({ start, bytes }) => `(call $memory_${type} (i32.const ${start}) (i32.const ${start + bytes.length}))`,
        ),
        // half of a NaN that a later call leaves beside what it writes is hashed as it is: it has to be the recorded
        // one
        ...changed.filter((range) => hasNaN(range, type)).map(write),
      ];
    });
    functions.push(`(func (export "${name}") (result i32) (global.set $hash (i32.const ${SEED}))
      ${body.join("\n      ")}
      (global.get $hash))`);
    assertions.push(`(assert_return (invoke "${name}") (i32.const ${hash}))`);
  }
  return `${core}
(register "core")
(module
  ${imports.join("\n  ")}
  (import "core" "memory" (memory 1))
  ${HELPERS}
  ${functions.join("\n  ")}
  (func (export "grow") (drop (memory.grow (i32.sub (i32.const ${pages}) (memory.size)))))
  ${data.join("\n  ")})
(invoke "grow")
${assertions.join("\n")}
`;
}

export interface ReplayScripts {
  /** With the module's very bytes in it. */
  binary(): string;
  /** With the module as binaryen reads its bytes, for a shell that can't link a module given as bytes. */
  text(): string;
}

/** The scripts of these cases for a module that is bitgrad.wasm; throws where the recorded run is not golden itself. */
export async function replayScripts(wasm: Uint8Array<ArrayBuffer>, names: ReadonlySet<string>): Promise<ReplayScripts> {
  const replay = await recordCases(wasm, names);
  return {
    binary: () => script(`(module binary ${literal(wasm)})`, wasm, replay),
    text: () => script(binaryen.readBinary(wasm).emitText(), wasm, replay),
  };
}
