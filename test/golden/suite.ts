// What every runtime runs: all golden cases on every engine of every entry. No platform API; a case that throws is a
// wrong digest, not the end.

import type { EngineName } from "bitgrad";
import * as bitgrad from "bitgrad";
import * as reference from "bitgrad/reference";
import { cases, type Library } from "./cases.ts";

/** Digests by case name, of one engine of one entry. */
export interface Suite {
  readonly entry: string;
  readonly engine: EngineName;
  readonly digests: Readonly<Record<string, string>>;
}

export async function runSuites(): Promise<Suite[]> {
  // nothing else would notice if "auto" fell back where WebAssembly runs
  using net = await bitgrad.Network.create({ inputs: 1, layers: [{ units: 1 }] });
  if (net.engine !== "wasm") throw new Error(`engine "auto" chose ${net.engine}; wasm is expected`);
  return [
    await runSuite("bitgrad", bitgrad, "wasm"),
    await runSuite("bitgrad", bitgrad, "reference"),
    await runSuite("bitgrad/reference", reference, "reference"),
  ];
}

async function runSuite(entry: string, library: Library, engine: EngineName): Promise<Suite> {
  const digests: Record<string, string> = {};
  for (const { name, digest } of cases(library, engine)) {
    digests[name] = await digest().catch((error) => String(error));
  }
  return { entry, engine, digests };
}
