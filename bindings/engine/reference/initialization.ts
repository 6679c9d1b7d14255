// Initial weights, each from blocks of the stream of its own.

import type { FloatArray } from "../../arrays.ts";
import { INITIALIZATION } from "../../catalog/codes.ts";
import { streamBlock, uniform } from "../../random.ts";
import { logF64 } from "./elementary.ts";

/** Glorot uniform: (2u − 1) · √(6 / (inputs + units)) in f64, rounded to the dtype by the store. */
export function glorotUniform(w: FloatArray, inputs: number, units: number, seed: number, layer: number): void {
  const limit = Math.sqrt(6 / (inputs + units));
  for (let n = 0; n < w.length; n++) {
    w[n] = (2 * uniform(seed, INITIALIZATION, n, layer) - 1) * limit;
  }
}

/** Standard normal deviates of a layer's weights from number `first` on (Marsaglia's polar method). */
export function normals(out: Float64Array, first: number, layer: number, seed: number): void {
  const deviate = (index: number) => {
    for (let attempt = 0; ; attempt++) {
      const [a, b] = streamBlock(seed, INITIALIZATION, index, layer + attempt * 65536);
      const p = (2 * a + 1 - 4294967296) * 2.3283064365386963e-10;
      const q = (2 * b + 1 - 4294967296) * 2.3283064365386963e-10;
      const s = p * p + q * q;
      if (s < 1) return p * Math.sqrt((-2 * logF64(s)) / s);
    }
  };
  for (let n = 0; n < out.length; n++) out[n] = deviate(first + n);
}
