// The opponent: an MLP trainer (sigmoid, SSE, plain SGD) as a good JavaScript programmer ships it when speed counts and
// SIMD is out of reach. Flat typed arrays, register tiles, no allocation in a step. Arithmetic is JavaScript's own, in
// doubles; only storage has the dtype: Math.fround on every operation halves the speed, and exact bits aren't asked of
// it. Run one dtype a process: V8 slows a loop down that has seen both Float32Array and Float64Array.

export type Floats = Float32Array | Float64Array;

export interface Layer {
  readonly weights: Floats;
  readonly biases: Floats;
}

// Columns of a matrix whose rows are a power of two apart fall into a few sets of the cache: a strip that is read often
// is copied to where it is contiguous.
const PACK_ROWS = 32;
let strip: Floats = new Float32Array(0);

function stripFor(matrix: Floats, length: number): Floats {
  const type = matrix.constructor as new (length: number) => Floats;
  if (strip.length < length || strip.constructor !== type) strip = new type(length);
  return strip;
}

/**
 * z = x · w + b, from row xOffset / inputs of x. Tiles of 2 rows × 6 units: of the shapes tried, the fastest that fits.
 */
// biome-ignore format: a row of a tile is a line
export function forward(
  z: Floats, x: Floats, xOffset: number, w: Floats, b: Floats, rows: number, inputs: number, units: number,
): void {
  if (rows < 2 || units < 6) {
    forwardNarrow(z, x, xOffset, w, b, rows, inputs, units);
    return;
  }
  const packed = rows >= PACK_ROWS;
  const source = packed ? stripFor(w, inputs * 6) : w;
  const stride = packed ? 6 : units;
  for (let jNext = 0; jNext < units; jNext += 6) {
    const j = Math.min(jNext, units - 6); // the last tile overlaps the one before: no slow edge
    if (packed) {
      for (let k = 0, from = j; k < inputs * 6; k += 6, from += units) {
        source[k] = w[from]!; source[k + 1] = w[from + 1]!; source[k + 2] = w[from + 2]!;
        source[k + 3] = w[from + 3]!; source[k + 4] = w[from + 4]!; source[k + 5] = w[from + 5]!;
      }
    }
    const start = packed ? 0 : j;
    const end = start + inputs * stride;
    const b0 = b[j]!, b1 = b[j + 1]!, b2 = b[j + 2]!, b3 = b[j + 3]!, b4 = b[j + 4]!, b5 = b[j + 5]!;
    for (let sNext = 0; sNext < rows; sNext += 2) {
      const s = Math.min(sNext, rows - 2);
      let p0 = b0, p1 = b1, p2 = b2, p3 = b3, p4 = b4, p5 = b5;
      let q0 = b0, q1 = b1, q2 = b2, q3 = b3, q4 = b4, q5 = b5;
      let px = xOffset + s * inputs;
      let qx = px + inputs;
      for (let k = start; k < end; k += stride) {
        const w0 = source[k]!; const w1 = source[k + 1]!; const w2 = source[k + 2]!; const w3 = source[k + 3]!;
        const w4 = source[k + 4]!; const w5 = source[k + 5]!;
        const p = x[px++]!;
        p0 += p * w0; p1 += p * w1; p2 += p * w2; p3 += p * w3; p4 += p * w4; p5 += p * w5;
        const q = x[qx++]!;
        q0 += q * w0; q1 += q * w1; q2 += q * w2; q3 += q * w3; q4 += q * w4; q5 += q * w5;
      }
      const pz = s * units + j;
      z[pz] = p0; z[pz + 1] = p1; z[pz + 2] = p2; z[pz + 3] = p3; z[pz + 4] = p4; z[pz + 5] = p5;
      const qz = pz + units;
      z[qz] = q0; z[qz + 1] = q1; z[qz + 2] = q2; z[qz + 3] = q3; z[qz + 4] = q4; z[qz + 5] = q5;
    }
  }
}

/** For a row or few units, 2 units at a time. */
// biome-ignore format: short lines
function forwardNarrow(
  z: Floats, x: Floats, xOffset: number, w: Floats, b: Floats, rows: number, inputs: number, units: number,
): void {
  for (let s = 0; s < rows; s++) {
    const xStart = xOffset + s * inputs;
    let j = 0;
    for (; j + 1 < units; j += 2) {
      let z0 = b[j]!, z1 = b[j + 1]!;
      for (let i = 0, k = j; i < inputs; i++, k += units) {
        const xi = x[xStart + i]!;
        z0 += xi * w[k]!; z1 += xi * w[k + 1]!;
      }
      z[s * units + j] = z0; z[s * units + j + 1] = z1;
    }
    if (j < units) {
      let sum = b[j]!;
      for (let i = 0, k = j; i < inputs; i++, k += units) sum += x[xStart + i]! * w[k]!;
      z[s * units + j] = sum;
    }
  }
}

/** The elements of some rows that are not 0. */
export interface NonZeros {
  /** Columns, row after row. */
  columns: Int32Array;
  /** Where in columns each row begins, and the last one ends. */
  readonly begins: Int32Array;
}

export function nonZeros(rows: number, inputs: number): NonZeros {
  return { columns: new Int32Array(rows * inputs), begins: new Int32Array(rows + 1) };
}

export function findNonZeros(found: NonZeros, x: Floats, xOffset: number, rows: number, inputs: number): void {
  const { columns, begins } = found;
  let end = 0;
  for (let s = 0, k = xOffset; s < rows; s++) {
    begins[s] = end;
    for (let i = 0; i < inputs; i++, k++) {
      if (x[k] !== 0) columns[end++] = i;
    }
  }
  begins[rows] = end;
}

/** `forward` over what is not 0. `sums`: room for a row of z. */
// biome-ignore format: a row of a tile is a line
export function forwardNonZeros(
  z: Floats, x: Floats, xOffset: number, { columns, begins }: NonZeros, w: Floats, b: Floats, rows: number,
  inputs: number, units: number, sums: Float64Array,
): void {
  for (let s = 0; s < rows; s++) {
    const row = xOffset + s * inputs;
    for (let j = 0; j < units; j++) sums[j] = b[j]!;
    const end = begins[s + 1]!;
    let n = begins[s]!;
    for (; n + 3 < end; n += 4) {
      const i0 = columns[n]!, i1 = columns[n + 1]!, i2 = columns[n + 2]!, i3 = columns[n + 3]!;
      const x0 = x[row + i0]!, x1 = x[row + i1]!, x2 = x[row + i2]!, x3 = x[row + i3]!;
      const k0 = i0 * units, k1 = i1 * units, k2 = i2 * units, k3 = i3 * units;
      for (let j = 0; j < units; j++) {
        sums[j] = sums[j]! + x0 * w[k0 + j]! + x1 * w[k1 + j]! + x2 * w[k2 + j]! + x3 * w[k3 + j]!;
      }
    }
    for (; n < end; n++) {
      const i = columns[n]!;
      const value = x[row + i]!;
      for (let j = 0, k = i * units; j < units; j++, k++) sums[j] = sums[j]! + value * w[k]!;
    }
    for (let j = 0, k = s * units; j < units; j++, k++) z[k] = sums[j]!;
  }
}

/** w −= rate · xᵀ · δ over what is not 0. `step`: room for a row of δ. */
// biome-ignore format: short lines
export function descendNonZeros(
  w: Floats, x: Floats, xOffset: number, { columns, begins }: NonZeros, delta: Floats, rows: number, inputs: number,
  units: number, rate: number, step: Float64Array,
): void {
  for (let s = 0; s < rows; s++) {
    const row = xOffset + s * inputs;
    for (let j = 0, k = s * units; j < units; j++, k++) step[j] = rate * delta[k]!;
    for (let n = begins[s]!, end = begins[s + 1]!; n < end; n++) {
      const i = columns[n]!;
      const value = x[row + i]!;
      for (let j = 0, k = i * units; j < units; j++, k++) w[k] = w[k]! - value * step[j]!;
    }
  }
}

/** a = 1 / (1 + e^−z); a may be z. */
export function sigmoid(a: Floats, z: Floats, length: number): void {
  for (let n = 0; n < length; n++) a[n] = 1 / (1 + Math.exp(-z[n]!));
}

/** t = δ · wᵀ. Tiles of 4 rows × 3 inputs. */
// biome-ignore format: a row of a tile is a line
export function inputGradient(t: Floats, delta: Floats, w: Floats, rows: number, inputs: number, units: number): void {
  if (rows < 4 || inputs < 3) {
    for (let s = 0; s < rows; s++) {
      for (let i = 0; i < inputs; i++) {
        let sum = 0;
        for (let j = 0; j < units; j++) sum += w[i * units + j]! * delta[s * units + j]!;
        t[s * inputs + i] = sum;
      }
    }
    return;
  }
  for (let iNext = 0; iNext < inputs; iNext += 3) {
    const i = Math.min(iNext, inputs - 3);
    const end = (i + 1) * units;
    for (let sNext = 0; sNext < rows; sNext += 4) {
      const s = Math.min(sNext, rows - 4);
      let p0 = 0, p1 = 0, p2 = 0, q0 = 0, q1 = 0, q2 = 0;
      let r0 = 0, r1 = 0, r2 = 0, v0 = 0, v1 = 0, v2 = 0;
      let pd = s * units, qd = pd + units, rd = qd + units, vd = rd + units;
      for (let k = i * units, l = k + units, m = l + units; k < end; ) {
        const w0 = w[k++]!; const w1 = w[l++]!; const w2 = w[m++]!;
        const p = delta[pd++]!;
        p0 += p * w0; p1 += p * w1; p2 += p * w2;
        const q = delta[qd++]!;
        q0 += q * w0; q1 += q * w1; q2 += q * w2;
        const r = delta[rd++]!;
        r0 += r * w0; r1 += r * w1; r2 += r * w2;
        const v = delta[vd++]!;
        v0 += v * w0; v1 += v * w1; v2 += v * w2;
      }
      const pt = s * inputs + i;
      t[pt] = p0; t[pt + 1] = p1; t[pt + 2] = p2;
      const qt = pt + inputs;
      t[qt] = q0; t[qt + 1] = q1; t[qt + 2] = q2;
      const rt = qt + inputs;
      t[rt] = r0; t[rt + 1] = r1; t[rt + 2] = r2;
      const vt = rt + inputs;
      t[vt] = v0; t[vt + 1] = v1; t[vt + 2] = v2;
    }
  }
}

/**
 * g += alpha · xᵀ · δ: on zeros with alpha = 1 that is the gradient; on the weights with alpha = −rate it is the whole
 * step, which saves a pass over memory. Tiles of 4 inputs × 3 units.
 */
// biome-ignore format: a row of a tile is a line
export function addWeightGradient(
  g: Floats, x: Floats, xOffset: number, delta: Floats, rows: number, inputs: number, units: number, alpha: number,
): void {
  const xs = stripFor(x, rows * 4);
  let i = 0;
  for (; i + 3 < inputs; i += 4) {
    for (let k = 0, from = xOffset + i; k < rows * 4; k += 4, from += inputs) {
      xs[k] = x[from]!; xs[k + 1] = x[from + 1]!; xs[k + 2] = x[from + 2]!; xs[k + 3] = x[from + 3]!;
    }
    let j = 0;
    for (; j + 2 < units; j += 3) {
      let p0 = 0, p1 = 0, p2 = 0, q0 = 0, q1 = 0, q2 = 0;
      let r0 = 0, r1 = 0, r2 = 0, v0 = 0, v1 = 0, v2 = 0;
      for (let k = 0, d = j; k < rows * 4; k += 4, d += units) {
        const d0 = delta[d]!; const d1 = delta[d + 1]!; const d2 = delta[d + 2]!;
        const p = xs[k]!;
        p0 += p * d0; p1 += p * d1; p2 += p * d2;
        const q = xs[k + 1]!;
        q0 += q * d0; q1 += q * d1; q2 += q * d2;
        const r = xs[k + 2]!;
        r0 += r * d0; r1 += r * d1; r2 += r * d2;
        const v = xs[k + 3]!;
        v0 += v * d0; v1 += v * d1; v2 += v * d2;
      }
      const pg = i * units + j;
      g[pg] = g[pg]! + alpha * p0; g[pg + 1] = g[pg + 1]! + alpha * p1; g[pg + 2] = g[pg + 2]! + alpha * p2;
      const qg = pg + units;
      g[qg] = g[qg]! + alpha * q0; g[qg + 1] = g[qg + 1]! + alpha * q1; g[qg + 2] = g[qg + 2]! + alpha * q2;
      const rg = qg + units;
      g[rg] = g[rg]! + alpha * r0; g[rg + 1] = g[rg + 1]! + alpha * r1; g[rg + 2] = g[rg + 2]! + alpha * r2;
      const vg = rg + units;
      g[vg] = g[vg]! + alpha * v0; g[vg + 1] = g[vg + 1]! + alpha * v1; g[vg + 2] = g[vg + 2]! + alpha * v2;
    }
    for (; j < units; j++) {
      let p = 0, q = 0, r = 0, v = 0;
      for (let k = 0, d = j; k < rows * 4; k += 4, d += units) {
        const dj = delta[d]!;
        p += xs[k]! * dj;
        q += xs[k + 1]! * dj;
        r += xs[k + 2]! * dj;
        v += xs[k + 3]! * dj;
      }
      const pg = i * units + j;
      g[pg] = g[pg]! + alpha * p; g[pg + units] = g[pg + units]! + alpha * q;
      g[pg + 2 * units] = g[pg + 2 * units]! + alpha * r; g[pg + 3 * units] = g[pg + 3 * units]! + alpha * v;
    }
  }
  for (; i < inputs; i++) {
    for (let j = 0; j < units; j++) {
      let sum = 0;
      for (let k = xOffset + i, d = j; k < xOffset + rows * inputs; k += inputs, d += units) sum += x[k]! * delta[d]!;
      g[i * units + j] = g[i * units + j]! + alpha * sum;
    }
  }
}

/** g = Σ_s δ[s] */
export function biasGradient(g: Floats, delta: Floats, rows: number, units: number): void {
  for (let j = 0; j < units; j++) g[j] = delta[j]!;
  for (let s = 1; s < rows; s++) {
    for (let j = 0, d = s * units; j < units; j++) g[j] = g[j]! + delta[d + j]!;
  }
}

/** out = w − rate · g; out may be w. */
export function update(out: Floats, w: Floats, g: Floats, rate: number): void {
  for (let n = 0; n < w.length; n++) out[n] = w[n]! - rate * g[n]!;
}

/** tanh z */
export function tanh(out: Floats, z: Floats): void {
  for (let n = 0; n < z.length; n++) out[n] = Math.tanh(z[n]!);
}

/** e^z */
export function exp(out: Floats, z: Floats): void {
  for (let n = 0; n < z.length; n++) out[n] = Math.exp(z[n]!);
}

/** ln z */
export function log(out: Floats, z: Floats): void {
  for (let n = 0; n < z.length; n++) out[n] = Math.log(z[n]!);
}

/** a · (1 − a) */
export function sigmoidDerivative(out: Floats, a: Floats): void {
  for (let n = 0; n < a.length; n++) out[n] = a[n]! * (1 - a[n]!);
}

/** ½ Σ (a − y)² */
export function sseError(a: Floats, y: Floats): number {
  let sum = 0;
  for (let n = 0; n < a.length; n++) {
    const error = a[n]! - y[n]!;
    sum += error * error;
  }
  return sum / 2;
}

/** a − y */
export function sseGradient(out: Floats, a: Floats, y: Floats): void {
  for (let n = 0; n < a.length; n++) out[n] = a[n]! - y[n]!;
}

const TINY_PARAMETERS = 64;

/** A multi-layer perceptron of the given sizes: inputs, then the units of every layer. */
export class PlainNetwork {
  readonly #sizes: readonly number[];
  readonly #float: new (
    length: number,
  ) => Floats;
  readonly #layers: Layer[];
  readonly #skipsZeros: boolean;

  /** `skipsZeros`: the first layer looks for zeros in x, and leaves them out. */
  constructor(sizes: readonly number[], dtype: "f32" | "f64", skipsZeros = false) {
    this.#sizes = sizes;
    this.#skipsZeros = skipsZeros;
    this.#float = dtype === "f32" ? Float32Array : Float64Array;
    this.#layers = sizes.slice(1).map((units, l) => ({
      weights: new this.#float(sizes[l]! * units),
      biases: new this.#float(units),
    }));
  }

  get parameters(): readonly Layer[] {
    return this.#layers;
  }

  setParameters(layers: readonly Layer[]): void {
    layers.forEach(({ weights, biases }, l) => {
      this.#layers[l]!.weights.set(weights);
      this.#layers[l]!.biases.set(biases);
    });
  }

  /** Trains in the order of the rows; returns every epoch's error. */
  fit(x: Floats, y: Floats, epochs: number, batchSize: number, rate: number): Float64Array {
    if (this.#sizes.length === 2 && this.#sizes[1] === 1) return this.#fitUnit(x, y, epochs, batchSize, rate);
    return this.#count() <= TINY_PARAMETERS
      ? this.#fitTiny(x, y, epochs, batchSize, rate)
      : this.#fitTiled(x, y, epochs, batchSize, rate);
  }

  #fitTiled(x: Floats, y: Floats, epochs: number, batchSize: number, rate: number): Float64Array {
    const layers = this.#layers;
    const units = this.#sizes.slice(1);
    const last = layers.length - 1;
    const rows = x.length / this.#sizes[0]!;
    const a = units.map((n) => new this.#float(Math.min(batchSize, rows) * n));
    const delta = a.map(({ length }) => new this.#float(length));
    const biasSteps = units.map((n) => new this.#float(n));
    const found = this.#skipsZeros ? nonZeros(Math.min(batchSize, rows), this.#sizes[0]!) : undefined;
    const sums = new Float64Array(units[0]!);
    const losses = new Float64Array(epochs);
    for (let epoch = 0; epoch < epochs; epoch++) {
      let errorSum = 0;
      for (let row = 0; row < rows; row += batchSize) {
        const count = Math.min(batchSize, rows - row);
        for (let l = 0; l <= last; l++) {
          const { weights, biases } = layers[l]!;
          const input = l > 0 ? a[l - 1]! : x;
          const offset = l > 0 ? 0 : row * this.#sizes[0]!;
          if (l === 0 && found !== undefined) {
            findNonZeros(found, x, offset, count, this.#sizes[0]!);
            forwardNonZeros(a[0]!, x, offset, found, weights, biases, count, this.#sizes[0]!, units[0]!, sums);
          } else forward(a[l]!, input, offset, weights, biases, count, this.#sizes[l]!, units[l]!);
          sigmoid(a[l]!, a[l]!, count * units[l]!);
        }
        errorSum += outputDelta(delta[last]!, a[last]!, y, row * units[last]!, count * units[last]!);
        for (let l = last; l >= 0; l--) {
          const { weights, biases } = layers[l]!;
          const inputs = this.#sizes[l]!;
          if (l > 0) {
            inputGradient(delta[l - 1]!, delta[l]!, weights, count, inputs, units[l]!);
            throughSigmoid(delta[l - 1]!, a[l - 1]!, count * inputs);
          }
          const input = l > 0 ? a[l - 1]! : x;
          const offset = l > 0 ? 0 : row * inputs;
          if (l === 0 && found !== undefined) {
            descendNonZeros(weights, x, offset, found, delta[0]!, count, inputs, units[0]!, rate, sums);
          } else addWeightGradient(weights, input, offset, delta[l]!, count, inputs, units[l]!, -rate);
          biasGradient(biasSteps[l]!, delta[l]!, count, units[l]!);
          update(biases, biases, biasSteps[l]!, rate);
        }
      }
      losses[epoch] = errorSum / 2;
    }
    return losses;
  }

  /** Where loops are shorter than a call: everything inline, sample by sample, all parameters in one array. */
  #fitTiny(x: Floats, y: Floats, epochs: number, batchSize: number, rate: number): Float64Array {
    const sizes = Int32Array.from(this.#sizes);
    const last = sizes.length - 2;
    const inputs = sizes[0]!;
    const outputs = sizes[last + 1]!;
    const rows = x.length / inputs;
    const p = new Float64Array(this.#count()); // doubles: nothing to convert
    const step = batchSize === 1 ? p : new Float64Array(p.length);
    const a = new Float64Array(this.#sizes.reduce((sum, size) => sum + size));
    const delta = new Float64Array(a.length);
    this.#copy(p, false);
    const firstUnits = sizes[1]!;
    const outputStart = a.length - outputs;
    const losses = new Float64Array(epochs);
    for (let epoch = 0; epoch < epochs; epoch++) {
      let errorSum = 0;
      for (let row = 0; row < rows; ) {
        const end = Math.min(row + batchSize, rows);
        for (; row < end; row++) {
          for (let i = 0, k = row * inputs; i < inputs; i++) a[i] = x[k + i]!;
          let aStart = 0;
          let wStart = 0;
          for (let l = 0; l <= last; l++) {
            const zStart = aStart + sizes[l]!;
            const units = sizes[l + 1]!;
            const bStart = wStart + sizes[l]! * units;
            for (let j = 0; j < units; j++) {
              let z = p[bStart + j]!;
              for (let i = aStart, k = wStart + j; i < zStart; i++, k += units) z += a[i]! * p[k]!;
              a[zStart + j] = 1 / (1 + Math.exp(-z));
            }
            aStart = zStart;
            wStart = bStart + units;
          }
          for (let n = outputStart, k = row * outputs; n < a.length; n++, k++) {
            const output = a[n]!;
            const error = output - y[k]!;
            errorSum += error * error;
            delta[n] = rate * error * output * (1 - output);
          }
          for (let l = last; l > 0; l--) {
            const units = sizes[l + 1]!;
            const zStart = aStart;
            aStart -= sizes[l]!;
            wStart -= (sizes[l]! + 1) * units;
            let k = wStart;
            for (let i = aStart; i < zStart; i++) {
              const output = a[i]!;
              let t = 0;
              for (let j = zStart; j < zStart + units; j++, k++) {
                const d = delta[j]!;
                t += p[k]! * d;
                step[k] = step[k]! - output * d;
              }
              delta[i] = t * output * (1 - output);
            }
            for (let j = zStart; j < zStart + units; j++, k++) step[k] = step[k]! - delta[j]!;
          }
          let k = 0;
          for (let i = 0; i < inputs; i++) {
            const input = a[i]!;
            for (let j = inputs; j < inputs + firstUnits; j++, k++) step[k] = step[k]! - input * delta[j]!;
          }
          for (let j = inputs; j < inputs + firstUnits; j++, k++) step[k] = step[k]! - delta[j]!;
        }
        if (batchSize > 1) {
          for (let k = 0; k < p.length; k++) {
            p[k] = p[k]! + step[k]!;
            step[k] = 0;
          }
        }
      }
      losses[epoch] = errorSum / 2;
    }
    this.#copy(p, true);
    return losses;
  }

  /** A single unit. */
  #fitUnit(x: Floats, y: Floats, epochs: number, batchSize: number, rate: number): Float64Array {
    const inputs = this.#sizes[0]!;
    const rows = y.length;
    const w = Float64Array.from(this.#layers[0]!.weights);
    const step = new Float64Array(inputs);
    let b = this.#layers[0]!.biases[0]!;
    const losses = new Float64Array(epochs);
    for (let epoch = 0; epoch < epochs; epoch++) {
      let errorSum = 0;
      for (let row = 0, k = 0; row < rows; ) {
        const end = Math.min(row + batchSize, rows);
        let biasStep = 0;
        for (; row < end; row++) {
          let z = b;
          for (let i = 0; i < inputs; i++) z += x[k + i]! * w[i]!;
          const output = 1 / (1 + Math.exp(-z));
          const error = output - y[row]!;
          errorSum += error * error;
          const delta = rate * error * output * (1 - output);
          for (let i = 0; i < inputs; i++) step[i] = step[i]! + x[k++]! * delta;
          biasStep += delta;
        }
        for (let i = 0; i < inputs; i++) {
          w[i] = w[i]! - step[i]!;
          step[i] = 0;
        }
        b -= biasStep;
      }
      losses[epoch] = errorSum / 2;
    }
    this.#layers[0]!.weights.set(w);
    this.#layers[0]!.biases[0] = b;
    return losses;
  }

  #count(): number {
    return this.#layers.reduce((sum, { weights, biases }) => sum + weights.length + biases.length, 0);
  }

  #copy(p: Floats, back: boolean): void {
    let start = 0;
    for (const { weights, biases } of this.#layers) {
      for (const part of [weights, biases]) {
        if (back) part.set(p.subarray(start, start + part.length));
        else p.set(part, start);
        start += part.length;
      }
    }
  }
}

/** δ = (a − y) · a · (1 − a); returns Σ (a − y)². */
function outputDelta(delta: Floats, a: Floats, y: Floats, yOffset: number, length: number): number {
  let errorSum = 0;
  for (let n = 0; n < length; n++) {
    const output = a[n]!;
    const error = output - y[yOffset + n]!;
    errorSum += error * error;
    delta[n] = error * output * (1 - output);
  }
  return errorSum;
}

/** t · a · (1 − a) */
function throughSigmoid(t: Floats, a: Floats, length: number): void {
  for (let n = 0; n < length; n++) {
    const output = a[n]!;
    t[n] = t[n]! * output * (1 - output);
  }
}
