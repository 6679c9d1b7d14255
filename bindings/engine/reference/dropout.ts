// Dropout: which outputs a training leaves out, and what the others are multiplied by.

import { dtypeOf, type FloatArray, floatArray } from "../engine.ts";
import type { Round } from "./dense.ts";
import { DROPOUT, streamBlock, threefry } from "./random.ts";

/** 0 or 1 / (1 − p) for each output a[s][j] of a layer; one block of two words for two units of a row. */
export function dropoutFactors(
  a: FloatArray,
  units: number,
  p: number,
  seed: number,
  epoch: number,
  batch: number,
  layer: number,
  round: Round,
): FloatArray {
  const [key0, key1] = streamBlock(seed, DROPOUT, batch, epoch);
  const limit = Math.floor(p * 4294967296);
  const blocks = Math.ceil(units / 2); // of a row
  const factors = floatArray(dtypeOf(a), a.length);
  for (let n = 0; n < a.length; n++) {
    const [s, j] = [Math.floor(n / units), n % units];
    const word = threefry(key0 | 0, key1 | 0, s * blocks + (j >> 1), layer)[j % 2]!;
    factors[n] = word >= limit ? round(1 / (1 - p)) : 0;
  }
  return factors;
}
