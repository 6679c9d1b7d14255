// Golden cases of optimizers alone: steps of arrays with and without a bias, saved and loaded between two of them.

import type { FloatArray } from "../arrays.ts";
import { OPTIMIZER_NAMES } from "../catalog/optimizers.ts";
import type { EngineName } from "../engine/engine.ts";
import type { DType } from "../numbers.ts";
import type { OptimizerClassOptions } from "../optimizer/options.ts";
import { array, ordinary, xorshift } from "./inputs.ts";
import { type Case, expectEngine, FAR, isTaken, type Library } from "./library.ts";
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
  const name = `Optimizer of adam, steps too far ${dtype}`;
  yield { name, compute: () => stepsTooFar(library, engine, name, { type: "adam", learningRate: 0.1, dtype }) };
}

type Options = Omit<OptimizerClassOptions, "parameters"> & { readonly dtype: DType };

const SHAPES = [{ shape: [3, 5] }, { shape: [5], bias: true }, 7, { shape: [2, 3, 2] }];

function arraysOf(name: string, dtype: DType): () => FloatArray[] {
  const value = ordinary(dtype, xorshift(name));
  return () => LENGTHS.map((length) => array(dtype, length, value));
}

async function steps({ Optimizer }: Library, engine: EngineName, name: string, options: Options): Promise<Part[]> {
  const arrays = arraysOf(name, options.dtype);
  using first = await Optimizer.create({ ...options, parameters: SHAPES, engine });
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

/** Those that leave the finite numbers are refused, and change nothing. */
async function stepsTooFar(
  { Optimizer }: Library,
  engine: EngineName,
  name: string,
  options: Options,
): Promise<Part[]> {
  const arrays = arraysOf(name, options.dtype);
  using optimizer = await Optimizer.create({ ...options, parameters: SHAPES, engine });
  expectEngine(optimizer.engine, engine);
  const parameters = arrays();
  const gradients = arrays();
  return FAR[options.dtype].flatMap((scale) => {
    const scaled = gradients.map((values) => values.map((value) => value * scale));
    const taken = isTaken(() => optimizer.step(parameters, scaled));
    return [
      { what: `taken, times ${scale}`, values: Float64Array.of(taken ? 1 : 0) },
      ...parameters.map((values, n) => ({ what: `array ${n}, times ${scale}`, values: values.slice() })),
    ];
  });
}
