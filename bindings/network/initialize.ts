// Initial weights other than Glorot's uniform ones, which engines draw themselves: computed here in f64, from an
// engine's random blocks and its logarithm, as assembly/NUMERICS.md defines them ("Randomness").

import type { FloatArray } from "../arrays.ts";
import { INITIALIZATION } from "../catalog/codes.ts";
import type { Kernels } from "../engine/engine.ts";
import type { Initializer } from "../options/initializer.ts";

/** The weights, row-major, of layer `layer` (from 0), each rounded to w's dtype once. */
export function fillWeights(
  w: FloatArray,
  initializer: Exclude<Initializer, "glorotUniform">,
  { inputs, units }: { inputs: number; units: number },
  layer: number,
  seed: number,
  kernels: Kernels,
): void {
  const block = (index: number, attempt: number) =>
    kernels.threefry(
      seed >>> 0,
      Math.floor(seed / 2 ** 32) + INITIALIZATION * 2 ** 24,
      index,
      layer + attempt * 2 ** 16,
    );
  const fill = (value: (index: number) => number) => {
    for (let index = 0; index < w.length; index++) w[index] = value(index);
  };
  const uniform = (index: number) => {
    const [a, b] = block(index, 0);
    return ((a >>> 5) * 2 ** 26 + (b >>> 6)) * 2 ** -53;
  };
  const around0 = (limit: number) => fill((index) => (2 * uniform(index) - 1) * limit);
  const argument = new Float64Array(1);
  /** A standard normal deviate by Marsaglia's polar method, which takes no sine. */
  const normal = (index: number) => {
    for (let attempt = 0; ; attempt++) {
      const [a, b] = block(index, attempt);
      const u = (2 * a + 1 - 2 ** 32) * 2 ** -32;
      const v = (2 * b + 1 - 2 ** 32) * 2 ** -32;
      const s = u * u + v * v;
      if (s >= 1) continue;
      argument[0] = s;
      kernels.elementary("log", argument, argument);
      return u * Math.sqrt((-2 * argument[0]!) / s);
    }
  };
  const normals = (mean: number, deviation: number) => fill((index) => mean + deviation * normal(index));

  if (initializer === "zeros") fill(() => 0);
  else if (initializer === "glorotNormal") normals(0, Math.sqrt(2 / (inputs + units)));
  else if (initializer === "heUniform") around0(Math.sqrt(6 / inputs));
  else if (initializer === "heNormal") normals(0, Math.sqrt(2 / inputs));
  else if (initializer === "lecunUniform") around0(Math.sqrt(3 / inputs));
  else if (initializer === "lecunNormal") normals(0, Math.sqrt(1 / inputs));
  else if (initializer === "orthogonal") orthogonal(w, inputs, units, normal);
  else if (initializer.type === "constant") fill(() => initializer.value);
  else if (initializer.type === "normal") normals(initializer.mean, initializer.deviation);
  else fill((index) => initializer.min + (initializer.max - initializer.min) * uniform(index));
}

/**
 * The longer side's vectors made orthonormal one after the other (modified Gram–Schmidt, twice, which leaves no more
 * than roundings: Giraud et al. 2005).
 */
function orthogonal(w: FloatArray, inputs: number, units: number, normal: (index: number) => number): void {
  const count = Math.min(inputs, units);
  const length = Math.max(inputs, units);
  const vectors: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const at = (n: number) => (inputs >= units ? n * units + k : k * units + n);
    const vector = Float64Array.from({ length }, (_, n) => normal(at(n)));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors) {
        let dot = 0;
        for (let n = 0; n < length; n++) dot += other[n]! * vector[n]!;
        for (let n = 0; n < length; n++) vector[n]! -= dot * other[n]!;
      }
    }
    let square = 0;
    for (let n = 0; n < length; n++) square += vector[n]! * vector[n]!;
    const norm = Math.sqrt(square);
    for (let n = 0; n < length; n++) w[at(n)] = vector[n]! /= norm;
    vectors.push(vector);
  }
}
