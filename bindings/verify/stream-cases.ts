// Golden cases of random streams and of initial parameters.

import type { EngineName } from "../engine/engine.ts";
import type { DType } from "../numbers.ts";
import type { Initializer } from "../options/initializer.ts";
import { xorshift } from "./inputs.ts";
import { type Case, expectEngine, type Library, operations, parameters } from "./library.ts";
import type { Part } from "./operation-cases.ts";

const SEEDS = [0, 42, 2 ** 32 + 42, 2 ** 53 - 1];

const BLOCKS_OF_WORDS = 200;

export function* streamCases(library: Library, engine: EngineName): Generator<Case> {
  for (const first of [0, 2 ** 32 - 1, 0x13198a2e]) {
    const name = `threefry, keys and counters from ${first}`;
    yield {
      name,
      compute: async () => {
        const op = await operations(library, engine);
        const next = xorshift(name);
        let words: [number, number, number, number] = [first, first, first, first];
        return Array.from({ length: BLOCKS_OF_WORDS }, (_, n) => {
          const [key0, key1, counter0, counter1] = words;
          words = [next(), next(), next(), next()];
          return {
            what: `block ${n}`,
            values: Uint32Array.from(op.threefry([key0, key1], [counter0, counter1])),
          };
        });
      },
    };
  }
  for (const seed of SEEDS) {
    for (const epoch of [0, 7]) {
      yield {
        name: `shuffle, seed ${seed}, epoch ${epoch}`,
        compute: async () => {
          const op = await operations(library, engine);
          return [0, 1, 2, 3, 10, 1000].map((rows) => ({
            what: `${rows} rows`,
            values: op.shuffle(rows, seed, epoch),
          }));
        },
      };
    }
  }
  for (const [rows, seed] of PASSING_OVER) {
    yield {
      name: `shuffle of ${rows} rows passes words over, seed ${seed}`,
      compute: async () => {
        const op = await operations(library, engine);
        return [{ what: "order", values: op.shuffle(rows, seed, 0) }];
      },
    };
  }
}

/** Rows and seeds whose shuffle passes words over: one of 1,000 rows hardly ever does. */
const PASSING_OVER = [
  [50, 15643780], // a word that is the limit itself
  [50, 60949874], // one that is just below it, and counts
  [50, 57306633], // the largest word of all, where 8 divides 2^32
  [3000, 1544],
  [10000, 183],
  [30000, 6],
  [300000, 12345],
] as const;

const LAYERS = [
  [1, 1],
  [7, 13, 3],
];

const INITIALIZERS: readonly (readonly [name: string, initializer: Initializer])[] = [
  ["constant", { type: "constant", value: 0.1 }],
  ["uniform", { type: "uniform", min: -0.3, max: 0.7 }],
  ["normal", { type: "normal", mean: 0.1, deviation: 0.3 }],
  ["glorotNormal", "glorotNormal"],
  ["heUniform", "heUniform"],
  ["heNormal", "heNormal"],
  ["lecunUniform", "lecunUniform"],
  ["lecunNormal", "lecunNormal"],
  ["orthogonal", "orthogonal"],
];

async function initialParameters(
  { Network }: Library,
  engine: EngineName,
  dtype: DType,
  [inputs, ...units]: readonly number[],
  seed: number,
  initializer: Initializer = "glorotUniform",
): Promise<Part[]> {
  const layers = units.map((count) => ({ units: count, initializer }));
  using net = await Network.create({
    inputs: inputs!,
    layers,
    dtype,
    seed,
    engine,
  });
  expectEngine(net.engine, engine);
  return parameters(net);
}

/** All parameters; they must be those that the network's own digest is taken over. */

export function* initialCases(library: Library, engine: EngineName, dtype: DType): Generator<Case> {
  for (const sizes of LAYERS) {
    for (const seed of SEEDS) {
      const name = `initial ${dtype} ${sizes.join("-")}, seed ${seed}`;
      yield { name, compute: () => initialParameters(library, engine, dtype, sizes, seed) };
    }
  }
  for (const [initializer, options] of INITIALIZERS) {
    const compute = () => initialParameters(library, engine, dtype, [7, 13, 3], SEEDS[3]!, options);
    yield { name: `initial ${dtype} 7-13-3, ${initializer}`, compute };
  }
}
