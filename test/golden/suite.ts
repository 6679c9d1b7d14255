// What every platform runs: all golden cases on every engine of every entry. No platform API but timers where there are
// some; a case that throws is a wrong digest, not the end.

import type { EngineName } from "bitgrad";
import * as bitgrad from "bitgrad";
import * as reference from "bitgrad/reference";
import { cases, digestOf, type Library } from "../../bindings/verify/cases.ts";

/** Digests by case name, of one engine of one entry. */
export interface Suite {
  readonly entry: string;
  readonly engine: EngineName;
  readonly digests: Readonly<Record<string, string>>;
}

/** Where "auto" falls back to the reference there is no suite of WebAssembly: whoever expects one must look. */
export async function runSuites(): Promise<Suite[]> {
  using net = await bitgrad.Network.create({ inputs: 1, layers: [{ units: 1 }] });
  if (typeof AbortController === "function") await abortByTimer();
  return [
    ...(net.engine === "wasm" ? [await runSuite("bitgrad", bitgrad, "wasm")] : []),
    await runSuite("bitgrad", bitgrad, "reference"),
    await runSuite("bitgrad/reference", reference, "reference"),
  ];
}

async function runSuite(entry: string, library: Library, engine: EngineName): Promise<Suite> {
  const digests: Record<string, string> = {};
  for (const { name, compute } of cases(library, engine)) {
    digests[name] = await compute().then(digestOf, String);
  }
  return { entry, engine, digests };
}

/** A timer gets its turn while fitAsync trains, and what it aborts ends on a whole epoch. */
async function abortByTimer(): Promise<void> {
  const options = { inputs: 16, layers: [{ units: 32 }, { units: 8 }], seed: 5 };
  const x = { data: new Float32Array(64 * 16).fill(0.25), shape: [64, 16] } as const;
  const y = { data: new Float32Array(64 * 8).fill(0.5), shape: [64, 8] } as const;
  using aborted = await bitgrad.Network.create(options);
  using whole = await bitgrad.Network.create(options);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  const epochs = 1_000_000; // minutes, where the timer never runs
  const outcome = await aborted.fitAsync(x, y, { epochs, signal: controller.signal }).catch((error) => error);
  if (outcome !== controller.signal.reason) throw new Error("a timer's abort did not end fitAsync");
  if (aborted.epochs > 0) whole.fit(x, y, { epochs: aborted.epochs });
  if (aborted.digest() !== whole.digest()) throw new Error("an aborted network is not that of its whole epochs");
}
