// Node: the one that runs this, every version from 18 on, and 16.5, whose V8 is that of Chrome 91, the oldest with
// SIMD; V8's two compilers for WebAssembly alone and one after the other.

import { INSTALL_ALL } from "../support/programs.ts";
import { installed, onKit, type Platform } from "./platform.ts";

const TIERS: Readonly<Record<string, readonly string[]>> = {
  "": [],
  " baseline": ["--liftoff-only"],
  " optimizing": ["--no-liftoff"],
};

const withoutWorkers = ["node 16.5", "node 18"]; // have no process.getBuiltinModule

function node(name: string, program: string, flags: readonly string[], gate: boolean): Platform {
  return {
    name,
    gate,
    ...(withoutWorkers.some((old) => name.startsWith(old)) && { engines: "wasm, reference" as const }),
    install: program === process.execPath ? "https://nodejs.org" : INSTALL_ALL,
    candidates: () => [[program, ...flags]],
    run: (command, kit) => onKit(command, kit),
  };
}

const [major] = process.versions.node.split(".");
const others = ["18", "20", "22", "24", "26"].filter((version) => version !== major);

export const nodes: readonly Platform[] = [
  ...Object.entries(TIERS).map(([tier, flags]) => node(`node ${major}${tier}`, process.execPath, flags, true)),
  node(`node ${major} without AVX`, process.execPath, ["--no-enable-avx"], true),
  node("node 16.5", installed("node-16/bin/node"), [], true),
  ...others.flatMap((version) =>
    Object.entries(TIERS).map(([tier, flags]) =>
      node(`node ${version}${tier}`, installed(`node-${version}/bin/node`), flags, false),
    ),
  ),
];
