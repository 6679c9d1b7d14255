// The median in linear time, beside that of sorted numbers.

import { expect, it } from "vitest";
import { medianOf } from "../../bindings/data/quantiles.ts";
import { uniform } from "../support/random.ts";

const random = uniform(2463534242);
const MAKERS: Record<string, (n: number) => number> = {
  different: random,
  "often equal": () => Math.floor(random() * 3),
  equal: () => 7,
  rising: (n) => n,
  falling: (n) => -n,
  "rising and falling": (n) => Math.abs(n - 500),
  "of both signs": () => random() - 0.5,
};

it.each(Object.entries(MAKERS))("%s numbers", (_, make) => {
  for (const length of [1, 2, 3, 4, 5, 10, 101, 999, 1000, 1001, 1002, 5000, 20_001]) {
    const numbers = Float64Array.from({ length }, (_, n) => make(n));
    const sorted = numbers.slice().sort();
    const [low, high] = [sorted[Math.floor((length - 1) / 2)]!, sorted[Math.floor(length / 2)]!];
    expect(medianOf(numbers)).toBeCloseTo(low + (high - low) / 2, 14);
    expect(numbers.slice().sort()).toEqual(sorted); // none is lost
  }
});

it("numbers that always give the largest as a pivot are sorted in the end", () => {
  // the number at the middle place is the largest of those that are left, again and again
  const length = 999;
  const middle = Math.floor((length - 1) / 2);
  const numbers = new Float64Array(length);
  const places = Array.from({ length }, (_, n) => n);
  for (let value = length; value > middle; value--) {
    numbers[places[middle]!] = value;
    [places[middle], places[value - 1]] = [places[value - 1]!, places[middle]!];
  }
  for (let n = 0; n < middle; n++) numbers[places[n]!] = n + 1;
  expect(medianOf(numbers)).toBe(500);
});

it("−0 is 0", () => {
  expect(Object.is(medianOf(Float64Array.of(-0, -0, -0)), 0)).toBe(true);
});
