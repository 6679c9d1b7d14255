// What golden cases are computed by, and digests of what they give. Digests are taken over little-endian bytes with
// every NaN canonicalized, since WebAssembly leaves its payload open.

import type { EngineName } from "../engine/engine.ts";
import type { EngineOptions } from "../engine/engines.ts";
import type { BaseNetwork } from "../network/network.ts";
import type { DType } from "../numbers.ts";
import type { BaseOperations } from "../operations/operations.ts";
import type { BaseOptimizer } from "../optimizer/optimizer.ts";
import type { OptimizerClassOptions } from "../optimizer/options.ts";
import type { NetworkOptions } from "../options/network.ts";
import { toBytes } from "../saving/bytes.ts";
import { digest as sha256Of } from "../saving/sha256.ts";
import { wordsBytes } from "./inputs.ts";
import type { Part } from "./operation-cases.ts";

/** A network and building blocks of any entry, or of any copy of the library. */
export type Network = Omit<BaseNetwork, "encoders">;
export type Operations = Pick<BaseOperations, keyof BaseOperations>;
type Optimizer = Pick<BaseOptimizer, keyof BaseOptimizer>;

/** What "bitgrad" and "bitgrad/reference" both export. */
export interface Library {
  readonly Network: {
    create(options: NetworkOptions): Promise<Network>;
    fromJSON(saved: string, options: EngineOptions): Promise<Network>;
    load(file: Uint8Array, options: EngineOptions): Promise<Network>;
  };
  readonly Operations: { create(options: EngineOptions): Promise<Operations> };
  readonly Optimizer: {
    create(options: OptimizerClassOptions): Promise<Optimizer>;
    fromJSON(saved: string, options: EngineOptions): Promise<Optimizer>;
  };
}

export interface Case {
  readonly name: string;
  /** The results, in order; throws where another engine than the one asked for did the work. */
  compute(): Promise<Part[]>;
}

/** SHA-256 in hex over the little-endian bytes of all values. */
export function digestOf(parts: readonly Part[]): string {
  const all = parts.map(({ values }) => (values instanceof Uint32Array ? wordsBytes(values) : toBytes(values)));
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of all) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return sha256Of(bytes);
}

export function expectEngine(found: EngineName, asked: EngineName): void {
  if (found !== asked) throw new Error(`the ${found} engine ran; ${asked} was asked for`);
}

export async function operations({ Operations }: Library, engine: EngineName): Promise<Operations> {
  const op = await Operations.create({ engine });
  expectEngine(op.engine, engine);
  return op;
}

export function parameters(net: Network): Part[] {
  const parts = net
    .getParameters()
    .flatMap((layer, l) => Object.entries(layer).map(([name, values]) => ({ what: `${name} of layer ${l}`, values })));
  if (digestOf(parts) !== net.digest()) throw new Error("the network's digest is not that of its parameters");
  return parts;
}

/** Of gradients: times the second, squares are still finite; times the third, they aren't. */
export const FAR: Readonly<Record<DType, readonly number[]>> = {
  f32: [1, 2 ** 44, 2 ** 100, Number.POSITIVE_INFINITY, 1],
  f64: [1, 2 ** 44, 2 ** 600, Number.POSITIVE_INFINITY, 1],
};

/** Whether a step was taken; one that leaves the finite numbers is refused. */
export function isTaken(step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (!["DataError", "NotFiniteError"].includes((error as Error).name)) throw error;
    return false;
  }
}
