// Golden cases of optimizers alone: steps of arrays with and without a bias, saved and loaded between two of them.

import { OPTIMIZER_NAMES } from "../catalog/optimizers.ts";
import type { EngineName } from "../engine/engine.ts";
import type { DType } from "../numbers.ts";
import type { OptimizerClassOptions } from "../optimizer/options.ts";
import { array, ordinary, xorshift } from "./inputs.ts";
import { type Case, expectEngine, type Library } from "./library.ts";
import type { Part } from "./operation-cases.ts";

const LENGTHS = [15, 5, 7, 12];

const OPTIMIZERS: Readonly<Record<string, Omit<OptimizerClassOptions, "parameters">>> = {
  ...Object.fromEntries(OPTIMIZER_NAMES.map((type) => [`of ${type}`, { type, learningRate: 0.1 }])),
  "of sgd with nesterov and clipNorm": { type: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true, clipNorm: 9 },
  "of adamw with clipValue and clipNorm": { type: "adamw", learningRate: 0.1, clipValue: 4, clipNorm: 9 },
};

export function* optimizerCases(library: Library, engine: EngineName, dtype: DType): Generator<Case> {
  for (const [words, options] of Object.entries(OPTIMIZERS)) {
    const name = `Optimizer ${words} ${dtype}`;
    yield { name, compute: () => steps(library, engine, name, { ...options, dtype }) };
  }
}

async function steps(
  { Optimizer }: Library,
  engine: EngineName,
  name: string,
  options: Omit<OptimizerClassOptions, "parameters"> & { readonly dtype: DType },
): Promise<Part[]> {
  const value = ordinary(options.dtype, xorshift(name));
  const arrays = () => LENGTHS.map((length) => array(options.dtype, length, value));
  const shapes = [{ shape: [3, 5] }, { shape: [5], bias: true }, 7, { shape: [2, 3, 2] }];
  using first = await Optimizer.create({ ...options, parameters: shapes, engine });
  expectEngine(first.engine, engine);
  const parameters = arrays();
  const parts: Part[] = [];
  const step = (optimizer: typeof first) => {
    optimizer.step(parameters, arrays());
    parts.push(...parameters.map((values, n) => ({ what: `array ${n}`, values: values.slice() })));
  };
  step(first);
  step(first);
  using loaded = await Optimizer.fromJSON(JSON.stringify(first), { engine });
  expectEngine(loaded.engine, engine);
  step(loaded);
  step(loaded);
  return parts;
}
