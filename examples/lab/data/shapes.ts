// The points in a plane that are drawn by a seed. `program.ts` writes the same lines for Node.

import type { Operations } from "bitgrad";
import type { ShapeName } from "../recipe.ts";
import { type Draw, drawing } from "./random.ts";
import { sine } from "./sine.ts";

const PI = 3.141592653589793;

/** A point's coordinates from −6 to 6, and its class, 0 or 1, or its number, −1 to 1. */
export type Point = readonly [x1: number, x2: number, label: number];

type Shape = (draw: Draw, label: number) => Point;

const around = (r: number, t: number): [number, number] => [r * sine(t + PI / 2), r * sine(t)];

const CLASSES: { readonly [name: string]: Shape } = {
  circles: ({ uniform }, label) => {
    const r = label === 1 ? 2.5 * uniform() : 3.5 + 1.5 * uniform();
    return [...around(r, 2 * PI * uniform()), label];
  },
  xor: ({ uniform }) => {
    const [a, b] = [10 * uniform() - 5, 10 * uniform() - 5];
    return [a < 0 ? a - 0.3 : a + 0.3, b < 0 ? b - 0.3 : b + 0.3, a < 0 === b < 0 ? 1 : 0];
  },
  gauss: ({ normal }, label) => {
    const center = label === 1 ? 2 : -2;
    return [center + 0.7 * normal(), center + 0.7 * normal(), label];
  },
  spirals: ({ uniform }, label) => {
    const s = uniform();
    return [...around(0.2 + 5 * s, PI * (3.5 * s + label)), label];
  },
  moons: ({ uniform }, label) => {
    const [a, b] = around(3, PI * uniform());
    return label === 1 ? [1.5 - a, 0.75 - b, label] : [a - 1.5, b - 0.75, label];
  },
};

const NUMBERS: { readonly [name: string]: (x1: number, x2: number) => number } = {
  plane: (x1, x2) => (x1 + x2) / 12,
  waves: (x1, x2) => sine(x1) * sine(x2 / 2),
};

const within = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));

/** Points of a shape; those of fewer rows are the first of those of more. Noise moves points, or numbers, about. */
export function drawShape(
  op: Operations,
  { kind, rows, noise, seed }: { kind: ShapeName; rows: number; noise: number; seed: number },
): Point[] {
  const draw = drawing(op, seed);
  return Array.from({ length: rows }, (_, n) => {
    const surface = NUMBERS[kind];
    if (surface !== undefined) {
      const [x1, x2] = [12 * draw.uniform() - 6, 12 * draw.uniform() - 6];
      return [x1, x2, within(surface(x1, x2) + noise * draw.normal(), 1)];
    }
    const [x1, x2, label] = CLASSES[kind]!(draw, n % 2);
    return [within(x1 + 3 * noise * draw.normal(), 6), within(x2 + 3 * noise * draw.normal(), 6), label];
  });
}
