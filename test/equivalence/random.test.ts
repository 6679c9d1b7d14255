// The generator: Random123's published answers for Threefry-2x32-20, the two engines' copies against each other, and
// the shuffle's uniformity.

import { Operations } from "bitgrad";
import { describe, expect, it } from "vitest";
import { SHUFFLE } from "../../bindings/catalog/codes.ts";
import { Random } from "../fixtures/random.ts";

const wasm = Operations.createSync({ engine: "wasm" });
const reference = Operations.createSync({ engine: "reference" });

function shuffled(count: number, seed: number, epoch: number): Uint32Array {
  return reference.shuffle(count, seed, epoch);
}

describe.each([wasm, reference])("Threefry-2x32-20 of $engine", (op) => {
  // https://github.com/DEShawResearch/random123, tests/kat_vectors
  it.each([
    { counter: [0, 0], key: [0, 0], answer: [0x6b200159, 0x99ba4efe] },
    {
      counter: [0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      answer: [0x1cb996fc, 0xbb002be7],
    },
    {
      counter: [0x243f6a88, 0x85a308d3],
      key: [0x13198a2e, 0x03707344],
      answer: [0xc4923a9c, 0x483df7a0],
    },
  ] as const)("gives the published answer for key $key", ({ counter, key, answer }) => {
    expect(op.threefry(key, counter)).toEqual(answer);
  });
});

it("threefry is the same on both engines", () => {
  const random = new Random(30);
  for (let n = 0; n < 10_000; n++) {
    const [key, counter] = [[random.u32(), random.u32()] as const, [random.u32(), random.u32()] as const];
    expect(wasm.threefry(key, counter)).toEqual(reference.threefry(key, counter));
  }
});

describe("shuffle", () => {
  it("is the same permutation on both engines", () => {
    const random = new Random(31);
    for (let count = 1; count <= 200; count++) {
      const seed = random.u32() + (random.u32() & 0x1fffff) * 2 ** 32;
      const epoch = random.u32();
      const order = wasm.shuffle(count, seed, epoch);
      expect(order, `${count} rows, seed ${seed}, epoch ${epoch}`).toEqual(shuffled(count, seed, epoch));
      expect(order.toSorted()).toEqual(Uint32Array.from({ length: count }, (_, row) => row));
    }
  });

  it("draws every permutation of four rows equally often (χ², 23 degrees of freedom)", () => {
    const EPOCHS = 24_000;
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const order = shuffled(4, 20_240_229, epoch).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(chiSquare([...counts.values()], EPOCHS / 24)).toBeLessThan(49.73); // the 99.9th percentile
  });

  it("puts every row in every place equally often (χ², 81 degrees of freedom)", () => {
    const ROWS = 10;
    const EPOCHS = 20_000;
    const counts = new Array<number>(ROWS * ROWS).fill(0);
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      shuffled(ROWS, 2 ** 53 - 1, epoch).forEach((row, place) => {
        counts[row * ROWS + place]! += 1;
      });
    }
    // the table's margins are fixed: (10 − 1)² degrees of freedom, and (10 − 1)/10 of the plain statistic's mean
    expect(chiSquare(counts, EPOCHS / ROWS)).toBeLessThan(126.1 * (10 / 9)); // the 99.9th percentile
  });

  it("has a stream of its own", () => {
    expect(SHUFFLE).not.toBe(1);
    expect(shuffled(50, 7, 0)).not.toEqual(shuffled(50, 7, 1));
    expect(shuffled(50, 7, 0)).not.toEqual(shuffled(50, 8, 0));
    expect(shuffled(50, 7, 0)).not.toEqual(shuffled(50, 7 + 2 ** 32, 0));
  });
});

function chiSquare(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0);
}
