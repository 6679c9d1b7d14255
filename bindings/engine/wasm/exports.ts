// What the WebAssembly module exports, typed by asc (`--bindings raw`). Pairs of `_f32` and `_f64` become one record
// per dtype.

import type { instantiate } from "../../../dist/bitgrad.js";
import type { instantiate as instantiateThreads } from "../../../dist/bitgrad.threads.js";
import type { DType } from "../../numbers.ts";

type Raw = Awaited<ReturnType<typeof instantiate>>;

/** The kernels of one dtype. */
export type DTypeExports = {
  [Name in keyof Raw as Name extends `${infer Kernel}_f32` ? Kernel : never]: Raw[Name];
};

export type WasmExports = Omit<Raw, `${string}_${DType}`> & Readonly<Record<DType, DTypeExports>>;

/** What the module for threads has beside them. */
export type TeamExports = Omit<Awaited<ReturnType<typeof instantiateThreads>>, keyof Raw>;

/** What returns a pointer or another unsigned number: WebAssembly has one type for both, and gives it signed. */
export const UNSIGNED = [
  "arrayPtr",
  "heapBase",
  "keptOffset",
  "slotBytes",
  "snapshotOffset",
  "takeSnapshot",
  "trainingEpochs",
  "trainingLosses",
  "trainingPosition",
  "trainingRates",
  "leftTeam",
  "gradientsOffset",
  "teamBytes",
  "teamSize",
] as const satisfies readonly (keyof WasmExports | keyof TeamExports)[];

/** `memory`: what the instance was given, unless it has its own. */
export function readExports(instance: WebAssembly.Instance, memory?: WebAssembly.Memory): WasmExports {
  const raw: Record<string, unknown> = { ...instance.exports };
  for (const name of UNSIGNED) {
    const call = raw[name] as ((ptr?: number, other?: number) => number) | undefined;
    if (call === undefined) continue;
    raw[name] = (ptr: number, other: number) => call(ptr, other) >>> 0; // the module ignores an argument too many
  }
  const byDType = (dtype: DType): DTypeExports => {
    const suffix = `_${dtype}`;
    const entries = Object.entries(raw).filter(([name]) => name.endsWith(suffix));
    return Object.fromEntries(
      entries.map(([name, value]) => [name.slice(0, -suffix.length), value]),
    ) as unknown as DTypeExports;
  };
  return { ...raw, memory: memory ?? raw.memory, f32: byDType("f32"), f64: byDType("f64") } as unknown as WasmExports;
}
