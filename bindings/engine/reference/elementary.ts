// exp, log, tanh and sigmoid, operation for operation as assembly/NUMERICS.md defines them ("Elementary functions"):
// f32 evaluated in f64, for the caller to round once; f64 with what its roundings lose. No platform function whose bits
// ECMA-262 leaves open is used.

const STEPS = 46.16624130844683; // 32 / ln 2
const STEP_HIGH = 0.021660849392446835; // ln 2 / 32, 37 bits: k · STEP_HIGH is exact
const STEP_LOW = 5.145609244655338e-14;
const LN2_HIGH = 0.6931471805598903; // 42 bits
const LN2_LOW = 5.497923018708371e-14;
const MAGIC = 6755399441055744; // 1.5 · 2^52: adding and subtracting it rounds to an integer, ties to even
const NUDGE = 4.440892098500626e-16; // 2^−51

/** Numbers, rounded, and what that leaves, which is rounded to f32. */
interface Table {
  readonly high: Float64Array;
  readonly low: Float32Array;
}

interface Tables {
  /** 2^(j/32) for j = 0 … 31. */
  readonly powers: Table;
  /** ln(32/n) for n = 23 … 45, rounded to multiples of 2^−42. */
  readonly logarithms: Table;
}

let known: Tables | undefined;

/** Found at the first call: stored they are larger. */
export function tables(): Tables {
  if (known !== undefined) return known;
  const ln2 = logarithm(2, 1);
  known = {
    powers: tableOf(32, (j) => exponential((ln2 * BigInt(j)) / BigInt(32)), 2 ** 52),
    logarithms: tableOf(23, (j) => logarithm(32, j + 23), 2 ** 42),
  };
  return known;
}

/** `steps`: in 1, of the numbers that a high is rounded to. */
function tableOf(length: number, value: (j: number) => bigint, steps: number): Table {
  const high = new Float64Array(length);
  const low = new Float32Array(length);
  const step = one() / BigInt(steps);
  for (let j = 0; j < length; j++) {
    const exact = value(j);
    const nearest = Math.round(Number(exact) / Number(step));
    high[j] = nearest / steps;
    low[j] = Number(exact - BigInt(nearest) * step) / Number(one());
  }
  return { high, low };
}

/** The integer that stands for 1. */
function one(): bigint {
  return BigInt(1) << BigInt(128);
}

/** e^x, by its series. */
function exponential(x: bigint): bigint {
  let sum = BigInt(0);
  let term = one();
  for (let k = 1; term > 0; k++) {
    sum += term;
    term = (term * x) / one() / BigInt(k);
  }
  return sum;
}

/** ln(a/b) = 2 · atanh((a − b) / (a + b)), by its series. */
function logarithm(a: number, b: number): bigint {
  const timesRatio = (value: bigint) => (value * BigInt(a - b)) / BigInt(a + b);
  let sum = BigInt(0);
  let power = timesRatio(one() + one());
  for (let k = 1; power !== BigInt(0); k += 2) {
    sum += power / BigInt(k);
    power = timesRatio(timesRatio(power));
  }
  return sum;
}

const view = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** 2^e for −1022 ≤ e ≤ 1023. */
function powerOfTwo(e: number): number {
  view.setInt32(0, (e + 1023) << 20);
  view.setInt32(4, 0);
  return view.getFloat64(0);
}

/** The leading 26 bits: products of two such numbers are exact. */
function leading(value: number): number {
  view.setFloat64(0, value);
  view.setInt32(4, view.getInt32(4) & 0xf8000000);
  return view.getFloat64(0);
}

/** The integer nearest to y · 32 / ln 2. */
function stepsOf(y: number): number {
  return y * STEPS + MAGIC - MAGIC;
}

// ---- f32

function clamp(z: number): number {
  return Math.max(Math.min(z, 120), -120);
}

/** 2^(k/32). */
function power(k: number): number {
  return tables().powers.high[k & 31]! * powerOfTwo(k >> 5);
}

/** e^r − 1 with r = y − k · ln 2 / 32 + nudge. */
function expMinus1(y: number, k: number, nudge: number): number {
  const r = y - k * STEP_HIGH - (k * STEP_LOW - nudge);
  const r2 = r * r;
  return (
    r +
    r2 * (0.5 + 0.16666666666666666 * r) +
    r2 * r2 * (0.041666666666517076 + 0.008333333333563002 * r + 0.0013888929658084272 * r2)
  );
}

/** e^(y + nudge). */
function expNudged(y: number, nudge: number): number {
  const k = stepsOf(y);
  const scale = power(k);
  return scale + scale * expMinus1(y, k, nudge);
}

/** The value that rounds to the correctly rounded f32 e^z for every f32 z; so do the next three for theirs. */
export function expF32(z: number): number {
  return expNudged(clamp(z), 0);
}

export function sigmoidF32(z: number): number {
  // f64 can't see what breaks a tie between two f32 (near 0, σ = 1/2 + z/4 − z³/48): a nudge of 2^−51 towards 0 does
  return 1 / (1 + expNudged(-clamp(z), z < 0 ? -NUDGE : NUDGE));
}

export function tanhF32(z: number): number {
  if (z === 0) return z;
  // (1 − t) / (1 + t) with t = e^(−2|z|) = scale + rest
  const y = -2 * Math.abs(clamp(z));
  const k = stepsOf(y);
  const scale = power(k);
  const rest = scale * expMinus1(y, k, 0);
  const quotient = (1 - scale - rest) / (1 + scale + rest);
  return z < 0 ? -quotient : quotient;
}

export function logF32(z: number): number {
  const [sum, tail] = logParts(z);
  const result = sum + tail;
  // midway between two f32, what the sum lost decides
  view.setFloat64(0, result);
  const low = view.getInt32(4);
  if ((low & 0x1fffffff) !== 0x10000000) return result;
  view.setInt32(4, sum - result + tail > 0 === result > 0 ? low + 1 : low - 1);
  return view.getFloat64(0);
}

// ---- f64

/** e^(r − kLow) − 1 − r, where r = y − k · STEP_HIGH is exact and kLow = k · STEP_LOW. */
function expRest(r: number, k: number): number {
  const kLow = k * STEP_LOW;
  const s = r - kLow;
  const s2 = s * s;
  return (
    s2 *
      (0.5 +
        0.16666666666666666 * s +
        (0.041666666666517076 + 0.008333333333563002 * s + (0.0013888929658084272 + 0.00019841167450167425 * s) * s2) *
          s2) -
    kLow
  );
}

/** e^y = 2^floor(k / 32) · (m + mLow). */
function expParts(y: number): { m: number; mLow: number; k: number } {
  const k = stepsOf(y);
  const r = y - k * STEP_HIGH;
  const { powers } = tables();
  const high = powers.high[k & 31]!;
  const low = powers.low[k & 31]!;
  const rest = low + low * r + high * expRest(r, k) + high * r;
  const m = high + rest;
  return { m, mLow: high - m + rest, k };
}

/** (n + nLow) / (s + sLow), the remainder of a 26-bit quotient taken exactly. */
function quotient(n: number, nLow: number, s: number, sLow: number): number {
  const inverse = 1 / s;
  const q = leading(n * inverse);
  const sTop = leading(s);
  const remainder = n - q * sTop - q * (s - sTop) + (nLow - q * sLow);
  return q + remainder * inverse;
}

/** e^z, error below 1 ulp; so are the next three. */
export function expF64(z: number): number {
  const y = Math.max(Math.min(z, 710), -746);
  const { m, k } = expParts(y);
  // in two steps, so that a subnormal result is rounded once and an infinite one is reached
  const half = y < 0 ? -512 : 512;
  return m * powerOfTwo((k >> 5) - half) * powerOfTwo(half);
}

export function sigmoidF64(z: number): number {
  const { m, mLow, k } = expParts(Math.max(-Math.abs(z), -746));
  const large = powerOfTwo((k >> 5) + 512);
  const scale = large * powerOfTwo(-512);
  const t = m * scale; // e^−|z|
  const s = 1 + t;
  const sLow = 1 - s + t + mLow * scale;
  return z >= 0 ? quotient(1, 0, s, sLow) : quotient(m, mLow, s, sLow) * large * powerOfTwo(-512);
}

export function tanhF64(z: number): number {
  if (z === 0) return z;
  // (1 − t) / (1 + t) with t = e^(−2|z|) = (high + low) · (1 + r + rest)
  const y = Math.max(-2 * Math.abs(z), -40);
  const k = stepsOf(y);
  const r = y - k * STEP_HIGH;
  const rest = expRest(r, k);
  const scale = powerOfTwo(k >> 5);
  const { powers } = tables();
  const high = powers.high[k & 31]! * scale;
  const low = powers.low[k & 31]! * scale;
  // n = 1 − high − high · r − …, where only products of leading bits are large
  const highTop = leading(high);
  const rTop = leading(r);
  const a = 1 - high;
  const aLow = 1 - a - high;
  const b = highTop * rTop;
  const bLow = (high - highTop) * r + highTop * (r - rTop);
  const c = a - b;
  const cLow = a - c - b + aLow - bLow - (high * rest + (low + low * r));
  const n = c + cLow;
  const nLow = c - n + cLow;
  const s = 2 - n;
  const sLow = 2 - s - n - nLow;
  const result = quotient(n, nLow, s, sLow);
  return z < 0 ? -result : result;
}

export function logF64(z: number): number {
  const [sum, tail] = logParts(z);
  return sum + tail;
}

/** ln z as a sum of two numbers. */
function logParts(z: number): [number, number] {
  if (!(z > 0 && z < Number.POSITIVE_INFINITY)) return [z === 0 ? Number.NEGATIVE_INFINITY : Math.sqrt(z), 0];
  // z = 2^e · m, √½ ≤ m < √2
  const subnormal = z < 2.2250738585072014e-308;
  view.setFloat64(0, subnormal ? z * 18014398509481984 : z);
  const moved = view.getInt32(0) + (0x3ff00000 - 0x3fe6a09e);
  view.setInt32(0, (moved & 0xfffff) + 0x3fe6a09e);
  const m = view.getFloat64(0);
  const e = (moved >> 20) - 1023 - (subnormal ? 54 : 0);
  // r + rLow = m · n/32 − 1, exact
  const n = 32 / m + MAGIC - MAGIC;
  const center = n / 32;
  const mTop = leading(m);
  const rTop = mTop * center - 1;
  const rRest = (m - mTop) * center;
  const r = rTop + rRest;
  const rLow = rTop - r + rRest;
  const { logarithms } = tables();
  const high = e * LN2_HIGH + logarithms.high[n - 23]!;
  const low = e * LN2_LOW + logarithms.low[n - 23]!;
  const sum = high + r;
  const back = sum - high;
  const sumLow = high - (sum - back) + (r - back);
  const r2 = r * r;
  const cubic =
    0.3333333333333333 -
    0.2499999999999997 * r +
    (0.20000000000230297 - 0.16666666667347643 * r) * r2 +
    (0.14285711710053858 - 0.12499995721520633 * r + (0.11119841824546814 - 0.10010240112703633 * r) * r2) * (r2 * r2);
  return [sum, low + rLow + sumLow - 0.5 * r2 + r * r2 * cubic];
}

// ---- the normal distribution

/** (1 + 2y) · e^(y²) · erfc(y) as a polynomial in (y − 4) / (y + 4), 0 ≤ y ≤ 28, error 2^−58. */
export const TAIL: readonly number[] = [
  1.2329951186255526, -0.13962111684056253, 0.015379652102619558, 0.06809705425469323, -0.10103906603629459,
  0.09373283499833023, -0.0663303658124095, 0.03716751553777026, -0.01619773405599449, 0.005031969975753176,
  -0.0007577732973669146, -0.00019925668432389153, 0.00015062169704678355, -2.439924428312988e-5,
  -1.1222046316669005e-5, 5.709784760966506e-6, 2.9377854943443786e-7, -8.254699744871162e-7, 7.471952780500971e-8,
  1.1005996198640057e-7, -1.799947545903142e-8, -1.4091982822555755e-8, 1.868487385473519e-9, 1.263782858042137e-9,
];

/** e^(−z²/2) for z within ±39. */
export function bell(z: number): number {
  const top = leading(z);
  const rest = 0.5 * ((z - top) * (z + top));
  const e = expF64(-(0.5 * top * top));
  return e - e * (rest - 0.5 * rest * rest);
}

/** (1 − Φ(n)) / e^(−n²/2), 0 ≤ n ≤ 39, Φ the normal distribution's. */
export function tail(n: number): number {
  const y = n * 0.7071067811865476;
  const q = (y - 4) / (y + 4);
  const w = q * q;
  let even = TAIL[22]!;
  let odd = TAIL[23]!;
  for (let k = 20; k >= 0; k -= 2) {
    even = even * w + TAIL[k]!;
    odd = odd * w + TAIL[k + 1]!;
  }
  return (0.5 * (even + odd * q)) / (1 + (y + y));
}
