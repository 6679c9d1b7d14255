// The judge of platform functions against MPFR: every point's rounding is found, and right.

import { readFileSync } from "node:fs";
import { Operations } from "bitgrad";
import { expect, it } from "vitest";
import { exp, log, pow, tanh } from "../../bindings/verify/double-double.ts";

const lines: string[] = JSON.parse(readFileSync(new URL("../fixtures/double-double.json", import.meta.url), "utf8"));
const op = Operations.createSync();

function numberOf(bits: string): number {
  return new Float64Array(BigUint64Array.of(BigInt(`0x${bits}`)).buffer)[0]!;
}

const functions = { exp, tanh, log, pow: (x: number, estimate: number, y: number) => pow(x, y, estimate) };

it.each(Object.entries(functions))("%s", (name, nearest) => {
  const points = lines.map((line) => line.split(" ")).filter(([first]) => first === name);
  expect(points).toHaveLength(500);
  for (const [, ...words] of points) {
    const [x, y] = words.map(numberOf) as [number, number];
    const estimate = op.log(Float64Array.of(x))[0]!;
    expect(nearest(x, estimate, y), `${name}(${words.slice(0, -1)})`).toBe(numberOf(words.at(-1)!));
  }
});
