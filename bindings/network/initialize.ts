// Initial weights other than Glorot's uniform ones, which engines draw themselves: computed here in f64, from
// random blocks and an engine's normal deviates, as assembly/NUMERICS.md defines them ("Randomness").

import type { FloatArray } from "../arrays.ts";
import { INITIALIZATION } from "../catalog/codes.ts";
import type { Kernels } from "../engine/engine.ts";
import type { Initializer } from "../options/initializer.ts";
import { uniform } from "../random.ts";

const DRAWN = 4096; // deviates at a time: their memory is not the weights' all over again

/** The weights, row-major, of layer `layer` (from 0), each rounded to w's dtype once. */
export function fillWeights(
  w: FloatArray,
  initializer: Exclude<Initializer, "glorotUniform">,
  { inputs, units }: { inputs: number; units: number },
  layer: number,
  seed: number,
  kernels: Kernels,
): void {
  const fill = (value: (index: number) => number) => {
    for (let index = 0; index < w.length; index++) w[index] = value(index);
  };
  const u = (index: number) => uniform(seed, INITIALIZATION, index, layer);
  const around0 = (limit: number) => fill((index) => (2 * u(index) - 1) * limit);
  const deviates = (first: number, count: number) => {
    const drawn = new Float64Array(count);
    kernels.normals(drawn, first, layer, seed);
    return drawn;
  };
  const normals = (mean: number, deviation: number) => {
    for (let first = 0; first < w.length; first += DRAWN) {
      const drawn = deviates(first, Math.min(w.length - first, DRAWN));
      for (let n = 0; n < drawn.length; n++) w[first + n] = mean + deviation * drawn[n]!;
    }
  };

  if (initializer === "zeros") fill(() => 0);
  else if (initializer === "glorotNormal") normals(0, Math.sqrt(2 / (inputs + units)));
  else if (initializer === "heUniform") around0(Math.sqrt(6 / inputs));
  else if (initializer === "heNormal") normals(0, Math.sqrt(2 / inputs));
  else if (initializer === "lecunUniform") around0(Math.sqrt(3 / inputs));
  else if (initializer === "lecunNormal") normals(0, Math.sqrt(1 / inputs));
  else if (initializer === "orthogonal") orthogonal(w, inputs, units, deviates(0, w.length));
  else if (initializer.type === "constant") fill(() => initializer.value);
  else if (initializer.type === "normal") normals(initializer.mean, initializer.deviation);
  else fill((index) => initializer.min + (initializer.max - initializer.min) * u(index));
}

/**
 * The longer side's vectors made orthonormal one after the other (modified Gram–Schmidt, twice, which leaves no more
 * than roundings: Giraud et al. 2005).
 */
function orthogonal(w: FloatArray, inputs: number, units: number, deviates: Float64Array): void {
  const count = Math.min(inputs, units);
  const length = Math.max(inputs, units);
  const vectors: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const at = (n: number) => (inputs >= units ? n * units + k : k * units + n);
    const vector = Float64Array.from({ length }, (_, n) => deviates[at(n)]!);
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
