// The elementary functions never fall where they should rise. In f32 that follows from correct rounding; in f64 it is
// tried on runs of neighboring numbers: around the places where the algorithm changes from one table entry to the next,
// where results become subnormal or constant, where they step from one number to the next, and at random.

import { Operations } from "bitgrad";
import { describe, expect, it } from "vitest";
import { Random } from "../fixtures/random.ts";

const op = Operations.createSync({ engine: "wasm" });
const RUN = 64;
const CENTERS = 4000;
const SIGN_BIT = -(2n ** 63n); // as a signed number

/** Neighbors in order, around each center. */
function runs(centers: readonly number[]): Float64Array {
  const values = new Float64Array(centers.length * RUN);
  const bits = new BigInt64Array(values.buffer);
  centers.forEach((center, index) => {
    values[index * RUN] = center;
    const own = bits[index * RUN]!;
    // places on the line of all f64, whose negative half counts downwards
    let place = (own < 0n ? -(own & 0x7fffffffffffffffn) : own) - BigInt(RUN / 2);
    for (let n = 0; n < RUN; n++, place++) bits[index * RUN + n] = place < 0n ? SIGN_BIT | -place : place;
  });
  return values;
}

/** Steps of a table of e^y in multiples of y, on either side of 0. */
function boundaries(step: number, count: number): number[] {
  return Array.from({ length: 2 * count }, (_, n) => (n - count + 0.5) * step);
}

const random = new Random(77);
const drawn = (low: number, high: number) =>
  Array.from({ length: CENTERS }, () => low + ((high - low) * random.u32()) / 2 ** 32);
const small = (exponent: number) => drawn(-1, 1).map((value, n) => value * 2 ** -(exponent + (n % 40)));

const CENTERS_OF = {
  exp: [
    ...boundaries(Math.LN2 / 32, 3000),
    ...drawn(-745, 709),
    ...small(1),
    0,
    -708.3964185322641,
    -745.1332191019411,
  ],
  sigmoid: [...boundaries(Math.LN2 / 32, 3000), ...drawn(-745, 40), ...small(1), 0, 36.7368005696771, -709],
  tanh: [...boundaries(Math.LN2 / 64, 1200), ...drawn(-22, 22), ...small(0), 0, 19.06154746539849],
  log: [
    ...Array.from({ length: 23 }, (_, n) => 32 / (n + 22.5)).flatMap((m) => [
      m,
      m * 2,
      m / 2,
      m * 2 ** 500,
      m / 2 ** 1000,
    ]),
    ...drawn(0.5, 2),
    ...drawn(0, 1e6).map((value) => value + 1),
    ...small(3).map((value) => 1 + value),
    2 ** -1022,
    1,
    Math.SQRT1_2,
  ],
};

describe.each(Object.entries(CENTERS_OF))("%s f64", (name, centers) => {
  it(`never falls, in ${centers.length} runs of ${RUN} neighbors`, () => {
    const inputs = runs(centers);
    const results = op[name as keyof typeof CENTERS_OF](inputs);
    const falls: string[] = [];
    let rises = 0;
    for (let n = 1; n < inputs.length; n++) {
      if (n % RUN === 0) continue;
      if (!(inputs[n]! >= inputs[n - 1]!)) throw new Error(`${inputs[n]} is no successor of ${inputs[n - 1]}`);
      if (results[n]! > results[n - 1]!) rises++;
      if (!(results[n]! >= results[n - 1]!))
        falls.push(`${name}(${inputs[n]}) = ${results[n]} after ${results[n - 1]}`);
    }
    expect(falls).toEqual([]);
    expect(rises).toBeGreaterThan(centers.length); // else nothing was tried
  });
});
