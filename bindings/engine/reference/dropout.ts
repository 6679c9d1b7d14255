// Dropout: which outputs a training leaves out, and what the others are multiplied by.

import type { FloatArray } from "../../arrays.ts";
import { DROPOUT } from "../../catalog/codes.ts";
import { type DType, floatArray } from "../../numbers.ts";
import { streamBlock, threefry } from "../../random.ts";
import type { DropoutPosition } from "../engine.ts";

/** 0 or 1 / (1 − p) for each output of a layer; one block of two words for two units of a row. */
export function dropoutFactors(
  dtype: DType,
  rows: number,
  units: number,
  { dropout: p, seed, epoch, batch, layer }: DropoutPosition,
): FloatArray {
  const [key0, key1] = streamBlock(seed, DROPOUT, batch, epoch);
  const limit = Math.floor(p * 4294967296);
  const blocks = Math.ceil(units / 2); // of a row
  const factors = floatArray(dtype, rows * units);
  for (let n = 0; n < factors.length; n++) {
    const [s, j] = [Math.floor(n / units), n % units];
    const word = threefry(key0 | 0, key1 | 0, s * blocks + (j >> 1), layer)[j % 2]!;
    factors[n] = word >= limit ? 1 / (1 - p) : 0;
  }
  return factors;
}
