// exp, log, tanh and sigmoid of one register. The operations and their order are those of NUMERICS.md ("Elementary
// functions"): f32 is evaluated in f64 and rounded once, so that every result is the correctly rounded one; f64 keeps
// what its roundings lose and is within 0.52 ulp.
//   e^y = 2^(k/32) · e^r, |r| ≤ ln 2 / 64: a table of 2^(j/32) and a short polynomial (Tang 1989)
//   ln x = e · ln 2 + ln(32/n) + ln(1 + r), 1 + r = m · n/32 with n the integer nearest to 32/m
// Constants live in memory because V8 rebuilds splatted constants inside loops; a load is cheaper.

const CONSTANTS = memory.data<f64>(
  [
    46.16624130844683,
    0.021660849392446835,
    5.145609244655338e-14, // 32 / ln 2; ln 2 / 32 in two parts, the first of 37 bits
    6755399441055744.0, // 1.5 · 2^52: adding it rounds to an integer and leaves it in the low bits
    1.0,
    2.0,
    0.5,
    -0.0,
    Infinity,
    -746.0,
    710.0,
    -40.0, // beyond them e^y is 0 or ∞, and tanh is 1
    7.458340731200207e-155,
    1.3407807929942597e154, // 2^−512, 2^512
    4.440892098500626e-16, // 2^−51
    // e^r = 1 + r + r² · (P0 + P1 r + … + P5 r⁵), error 2^−72; without P5 2^−58
    0.5,
    0.16666666666666666,
    0.041666666666517076,
    0.008333333333563002,
    0.0013888929658084272,
    0.00019841167450167425,
    // ln(1 + r) = r − r²/2 + r³ · (C0 + C1 r + … + C7 r⁷), relative error 2^−65
    0.3333333333333333,
    -0.2499999999999997,
    0.20000000000230297,
    -0.16666666667347643,
    0.14285711710053858,
    -0.12499995721520633,
    0.11119841824546814,
    -0.10010240112703633,
    0.6931471805598903,
    5.497923018708371e-14, // ln 2 in two parts, the first of 42 bits
    32.0,
    0.03125,
    2.2250738585072014e-308,
    18014398509481984.0,
    54.0, // 2^−1022, below which numbers are subnormal; 2^54 lifts them out
    4503599627371519.0, // 2^52 + 1023: an exponent's bits in the low bits of 2^52, less this, are the exponent
    4.0,
    0.7071067811865476, // √½
  ],
  16,
);
const BITS = memory.data<u64>(
  [
    31,
    0xfffffffff8000000, // the leading 26 bits of a number
    0x3ff0000000000000 - 0x3fe6a09e00000000, // 1 − 0.70710…: moves [√½, √2) to one exponent
    0xfff0000000000000,
    0x4330000000000000, // 2^52, with a small integer in its low bits
    1,
  ],
  16,
);

// Indices into CONSTANTS and BITS.
const INVERSE = 0;
const STEP_HIGH = 1;
const STEP_LOW = 2;
const ROUND = 3;
const ONE = 4;
const TWO = 5;
const HALF = 6;
const SIGN = 7;
const INFINITE = 8;
const MIN_EXP = 9;
const MAX_EXP = 10;
const MIN_TANH = 11;
const SMALL = 12;
const LARGE = 13;
const NUDGE = 14;
const P = 15;
const C = 21;
const LN2_HIGH = 29;
const LN2_LOW = 30;
const N = 31;
const INVERSE_N = 32;
const MIN_NORMAL = 33;
const LIFT = 34;
const LIFT_EXPONENT = 35;
const INTEGER_BIAS = 36;
const FOUR = 37;
const SQRT_HALF = 38;
const TABLE_INDEX = 0;
const LEADING = 1;
const TO_EXPONENT = 2;
const EXPONENT = 3;
const INTEGER = 4;
const LAST_BIT = 5;

/** 2^(j/32) for j = 0 … 31, rounded, and what that leaves. */
const POWERS = memory.data<f64>(
  [
    1.0, 1.0218971486541166, 1.0442737824274138, 1.0671404006768237, 1.0905077326652577, 1.1143867425958924,
    1.1387886347566916, 1.1637248587775775, 1.189207115002721, 1.215247359980469, 1.241857812073484, 1.2690509571917332,
    1.2968395546510096, 1.3252366431597413, 1.3542555469368927, 1.383909881963832, 1.4142135623730951,
    1.4451808069770467, 1.4768261459394993, 1.5091644275934228, 1.5422108254079407, 1.5759808451078865,
    1.6104903319492543, 1.645755478153965, 1.681792830507429, 1.718619298122478, 1.7562521603732995, 1.7947090750031072,
    1.8340080864093424, 1.8741676341103, 1.9152065613971474, 1.9571441241754002,
  ],
  16,
);
const POWERS_LOW = memory.data<f32>(
  [
    0.0, 5.109225e-17, 8.5518895e-17, -7.899854e-17, -3.046782e-17, 1.04102784e-16, 8.912813e-17, 3.8292047e-17,
    3.9820154e-17, -7.712631e-17, 4.6580277e-17, 2.667932e-18, 2.5382502e-17, -2.8587312e-17, 7.700948e-17,
    -6.770512e-17, -9.6672936e-17, -3.023758e-17, -3.4839944e-17, -1.01645535e-16, 7.949835e-17, -1.01369164e-17,
    2.4707193e-17, -1.012568e-16, 8.19901e-17, -1.8513804e-17, 2.9601406e-17, 1.8227459e-17, 3.2831073e-17,
    -6.122763e-17, -1.0619946e-16, 8.9607675e-17,
  ],
  16,
);

const FIRST_N = 23;

/** ln(32/n) for n = 23 … 45, rounded to multiples of 2^−42, and what that leaves. */
const LOGARITHMS = memory.data<f64>(
  [
    0.33024168687052224, 0.28768207245184385, 0.2468600779316148, 0.20763936477828793, 0.16989903679541385,
    0.13353139262449076, 0.09844007281321865, 0.0645385211375924, 0.03174869831468641, 0.0, -0.03077165866670839,
    -0.06062462181648698, -0.08961215868976069, -0.11778303565643, -0.14518200984457508, -0.17185025692674571,
    -0.19782574332998593, -0.22314355131425145, -0.2478361639045943, -0.2719337154835557, -0.2954642128938758,
    -0.31845373111855224, -0.34092658697068146,
  ],
  16,
);
const LOGARITHMS_LOW = memory.data<f32>(
  [
    5.4612144e-14, -6.292358e-14, -8.899851e-14, -4.3425424e-14, -1.6376276e-14, 3.1859735e-14, 3.387124e-14,
    -2.1225609e-14, -1.0610653e-13, 0.0, -4.5298143e-14, 5.2136206e-14, 7.35577e-14, 4.6547296e-14, 7.7180016e-14,
    8.64924e-14, 6.604545e-14, 4.1697965e-14, 1.3029797e-14, -8.604307e-14, 3.9934165e-14, 1.7625431e-14, 8.824526e-14,
  ],
  16,
);

/** (1 + 2y) · e^(y²) · erfc(y) as a polynomial in (y − 4) / (y + 4), 0 ≤ y ≤ 28, error 2^−58. */
const TAIL = memory.data<f64>(
  [
    1.2329951186255526, -0.13962111684056253, 0.015379652102619558, 0.06809705425469323, -0.10103906603629459,
    0.09373283499833023, -0.0663303658124095, 0.03716751553777026, -0.01619773405599449, 0.005031969975753176,
    -0.0007577732973669146, -0.00019925668432389153, 0.00015062169704678355, -2.439924428312988e-5,
    -1.1222046316669005e-5, 5.709784760966506e-6, 2.9377854943443786e-7, -8.254699744871162e-7, 7.471952780500971e-8,
    1.1005996198640057e-7, -1.799947545903142e-8, -1.4091982822555755e-8, 1.868487385473519e-9, 1.263782858042137e-9,
  ],
  16,
);
const LAST_TAIL: usize = 22;

const CLAMP = memory.data<f32>([120, -120]);

// @ts-ignore: decorator
@inline function constant(index: usize): v128 {
  return v128.load64_splat(CONSTANTS + index * 8);
}

// @ts-ignore: decorator
@inline function bits(index: usize): v128 {
  return v128.load64_splat(BITS + index * 8);
}

// @ts-ignore: decorator
@inline function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}
// @ts-ignore: decorator
@inline function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}
// @ts-ignore: decorator
@inline function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

/** c₀ + c₁ · r for the two CONSTANTS at index. */
// @ts-ignore: decorator
@inline function linear(index: usize, r: v128): v128 {
  return add(constant(index), mul(constant(index + 1), r));
}

/** The leading 26 bits: products of two such numbers are exact. */
// @ts-ignore: decorator
@inline function leading(a: v128): v128 {
  return v128.and(a, bits(LEADING));
}

// Two entries of a table of f64, or of f32 as f64; their indices are in the low bits of two lanes.
// @ts-ignore: decorator
@inline function lookUp(table: usize, index: v128): v128 {
  return v128.load64_lane(
    table + ((<usize>i32x4.extract_lane(index, 2)) << 3),
    v128.load64_zero(table + ((<usize>i32x4.extract_lane(index, 0)) << 3)),
    1,
  );
}
// @ts-ignore: decorator
@inline function lookUpLow(table: usize, index: v128): v128 {
  return f64x2.promote_low_f32x4(
    v128.load32_lane(
      table + ((<usize>i32x4.extract_lane(index, 2)) << 2),
      v128.load32_zero(table + ((<usize>i32x4.extract_lane(index, 0)) << 2)),
      1,
    ),
  );
}

/** y · 32 / ln 2 rounded to the integer k, plus 1.5 · 2^52. */
// @ts-ignore: decorator
@inline function biasedSteps(y: v128): v128 {
  return add(mul(y, constant(INVERSE)), constant(ROUND));
}

/** k mod 32. */
// @ts-ignore: decorator
@inline function tableIndex(biased: v128): v128 {
  return v128.and(biased, bits(TABLE_INDEX));
}

/** floor(k / 32) in the exponent's place; adding it to the bits of a number multiplies that by 2^floor(k / 32). */
// @ts-ignore: decorator
@inline function exponentShift(biased: v128, index: v128): v128 {
  return i64x2.shl(i64x2.sub(biased, index), 47);
}

// ---- f32, evaluated in f64 and rounded once

/** 2^(k/32). */
// @ts-ignore: decorator
@inline function power(biased: v128): v128 {
  const index = tableIndex(biased);
  return i64x2.add(lookUp(POWERS, index), exponentShift(biased, index));
}

/** e^r − 1 with r = y − k · ln 2 / 32 + nudge. */
// @ts-ignore: decorator
@inline function expMinus1(y: v128, biased: v128, nudge: v128): v128 {
  const k = sub(biased, constant(ROUND));
  const r = sub(sub(y, mul(k, constant(STEP_HIGH))), sub(mul(k, constant(STEP_LOW)), nudge));
  const r2 = mul(r, r);
  const r4 = mul(r2, r2); // a short chain: a tiny network waits for it
  return add(add(r, mul(r2, linear(P, r))), mul(r4, add(linear(P + 2, r), mul(constant(P + 4), r2))));
}

/** e^(y + nudge). */
// @ts-ignore: decorator
@inline function expOfPromoted(y: v128, nudge: v128): v128 {
  const biased = biasedSteps(y);
  const scale = power(biased);
  return add(scale, mul(scale, expMinus1(y, biased, nudge)));
}

// @ts-ignore: decorator
@inline function sigmoidOfPromoted(z: v128): v128 {
  // f64 can't see what breaks a tie between two f32 (near 0, σ = 1/2 + z/4 − z³/48): a nudge of 2^−51 towards 0 does
  const nudge = v128.or(v128.and(z, constant(SIGN)), constant(NUDGE));
  return f64x2.div(constant(ONE), add(constant(ONE), expOfPromoted(f64x2.neg(z), nudge)));
}

// @ts-ignore: decorator
@inline function tanhOfPromoted(z: v128): v128 {
  // (1 − t) / (1 + t) with t = e^(−2|z|) = scale + rest
  const y = f64x2.neg(f64x2.abs(add(z, z)));
  const biased = biasedSteps(y);
  const scale = power(biased);
  const rest = mul(scale, expMinus1(y, biased, constant(SIGN)));
  const quotient = f64x2.div(sub(sub(constant(ONE), scale), rest), add(add(constant(ONE), scale), rest));
  return v128.or(quotient, v128.and(z, constant(SIGN)));
}

/** Four f32 within ±120: beyond, exp is 0 or ∞ and tanh and sigmoid have long been constant. NaN passes. */
// @ts-ignore: decorator
@inline function clampF32x4(z: v128): v128 {
  return f32x4.pmax(f32x4.pmin(z, v128.load32_splat(CLAMP)), v128.load32_splat(CLAMP, 4));
}

// @ts-ignore: decorator
@inline export function lowHalf(z: v128): v128 {
  return f64x2.promote_low_f32x4(z);
}
// @ts-ignore: decorator
@inline export function highHalf(z: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(z, z, 1, 0));
}
// @ts-ignore: decorator
@inline export function joinHalves(low: v128, high: v128): v128 {
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

// ---- f64; functions, for copies of them would take more bytes than calls take time

/** y − k · ln 2 / 32, without the part of ln 2 / 32 that is too small for it: exact. */
// @ts-ignore: decorator
@inline function reduced(y: v128, k: v128): v128 {
  return sub(y, mul(k, constant(STEP_HIGH)));
}

/** e^(r − kLow) − 1 − r, with kLow = k times that part. */
// @ts-ignore: decorator
@inline function expRest(r: v128, k: v128): v128 {
  const kLow = mul(k, constant(STEP_LOW));
  const s = sub(r, kLow);
  const s2 = mul(s, s);
  const tail = add(linear(P, s), mul(add(linear(P + 2, s), mul(linear(P + 4, s), s2)), s2));
  return sub(mul(s2, tail), kLow);
}

/** (high + low) · (1 + r + rest) − high. */
// @ts-ignore: decorator
@inline function productRest(high: v128, low: v128, r: v128, rest: v128): v128 {
  return add(add(add(low, mul(low, r)), mul(high, rest)), mul(high, r));
}

/** (n + nLow) / (s + sLow), the remainder of a 26-bit quotient taken exactly. */
// @ts-ignore: decorator
@inline function quotient(n: v128, nLow: v128, s: v128, sLow: v128): v128 {
  const inverse = f64x2.div(constant(ONE), s);
  const q = leading(mul(n, inverse));
  const sTop = leading(s);
  const remainder = add(sub(sub(n, mul(q, sTop)), mul(q, sub(s, sTop))), sub(nLow, mul(q, sLow)));
  return add(q, mul(remainder, inverse));
}

function expF64x2(z: v128): v128 {
  const y = f64x2.pmax(f64x2.pmin(z, constant(MAX_EXP)), constant(MIN_EXP));
  const biased = biasedSteps(y);
  const index = tableIndex(biased);
  const k = sub(biased, constant(ROUND));
  const r = reduced(y, k);
  const high = lookUp(POWERS, index);
  const m = add(high, productRest(high, lookUpLow(POWERS_LOW, index), r, expRest(r, k)));
  // m · 2^floor(k / 32) in two steps, so that a subnormal result is rounded once and an infinite one is reached
  const negative = f64x2.lt(y, f64x2.splat(0));
  const factor = v128.bitselect(constant(SMALL), constant(LARGE), negative);
  const inverse = v128.bitselect(constant(LARGE), constant(SMALL), negative);
  return mul(mul(m, i64x2.add(inverse, exponentShift(biased, index))), factor);
}

function sigmoidF64x2(z: v128): v128 {
  // t = e^−|z| = 2^floor(k / 32) · (m + mLow)
  const y = f64x2.pmax(f64x2.neg(f64x2.abs(z)), constant(MIN_EXP));
  const biased = biasedSteps(y);
  const index = tableIndex(biased);
  const k = sub(biased, constant(ROUND));
  const r = reduced(y, k);
  const high = lookUp(POWERS, index);
  const rest = productRest(high, lookUpLow(POWERS_LOW, index), r, expRest(r, k));
  const m = add(high, rest);
  const mLow = add(sub(high, m), rest);
  const large = i64x2.add(constant(LARGE), exponentShift(biased, index));
  const scale = mul(large, constant(SMALL));
  const one = constant(ONE);
  const t = mul(m, scale);
  const s = add(one, t);
  const sLow = add(add(sub(one, s), t), mul(mLow, scale));
  // 1 / (1 + t) for z ≥ 0, t / (1 + t) below, where the power of two is multiplied in last
  const positive = f64x2.ge(z, f64x2.splat(0));
  const sigma = quotient(v128.bitselect(one, m, positive), v128.andnot(mLow, positive), s, sLow);
  return v128.bitselect(sigma, mul(mul(sigma, large), constant(SMALL)), positive);
}

function tanhF64x2(z: v128): v128 {
  // (1 − t) / (1 + t) with t = e^(−2|z|) = (high + low) · (1 + r + rest)
  const y = f64x2.pmax(f64x2.neg(f64x2.abs(add(z, z))), constant(MIN_TANH));
  const biased = biasedSteps(y);
  const index = tableIndex(biased);
  const k = sub(biased, constant(ROUND));
  const r = reduced(y, k);
  const rest = expRest(r, k);
  const scale = i64x2.add(constant(ONE), exponentShift(biased, index));
  const high = mul(lookUp(POWERS, index), scale);
  const low = mul(lookUpLow(POWERS_LOW, index), scale);
  // 1 − high − high · r − …, where only the products of leading bits are large
  const highTop = leading(high);
  const rTop = leading(r);
  const one = constant(ONE);
  const a = sub(one, high);
  const aLow = sub(sub(one, a), high);
  const b = mul(highTop, rTop);
  const c = sub(a, b);
  const bLow = add(mul(sub(high, highTop), r), mul(highTop, sub(r, rTop)));
  const cLow = sub(sub(add(sub(sub(a, c), b), aLow), bLow), add(mul(high, rest), add(low, mul(low, r))));
  const n = add(c, cLow);
  const nLow = add(sub(c, n), cLow);
  const two = constant(TWO);
  const s = sub(two, n);
  const sLow = sub(sub(sub(two, s), n), nLow);
  return v128.or(quotient(n, nLow, s, sLow), v128.and(z, constant(SIGN)));
}

/**
 * ln x; with `toOdd` its last bit says that it is not exact, so that rounding it to f32 is as good as rounding ln x.
 */
function logF64x2(x: v128, toOdd: bool): v128 {
  const subnormal = f64x2.lt(x, constant(MIN_NORMAL));
  const lifted = v128.bitselect(mul(x, constant(LIFT)), x, subnormal);
  // x = 2^e · m, √½ ≤ m < √2
  const moved = i64x2.add(lifted, bits(TO_EXPONENT));
  const e = sub(
    sub(v128.or(i64x2.shr_u(moved, 52), bits(INTEGER)), constant(INTEGER_BIAS)),
    v128.and(constant(LIFT_EXPONENT), subnormal),
  );
  const m = i64x2.add(i64x2.sub(lifted, v128.and(moved, bits(EXPONENT))), constant(ONE));
  // r + rLow = m · n/32 − 1, exact
  const biased = add(f64x2.div(constant(N), m), constant(ROUND));
  const center = mul(sub(biased, constant(ROUND)), constant(INVERSE_N));
  const mTop = leading(m);
  const rTop = sub(mul(mTop, center), constant(ONE));
  const rRest = mul(sub(m, mTop), center);
  const r = add(rTop, rRest);
  const rLow = add(sub(rTop, r), rRest);
  const high = add(mul(e, constant(LN2_HIGH)), lookUp(LOGARITHMS - FIRST_N * 8, biased)); // exact
  const low = add(mul(e, constant(LN2_LOW)), lookUpLow(LOGARITHMS_LOW - FIRST_N * 4, biased));
  const sum = add(high, r);
  const back = sub(sum, high);
  const sumLow = add(sub(high, sub(sum, back)), sub(r, back));
  const r2 = mul(r, r);
  const cubic = add(
    add(linear(C, r), mul(linear(C + 2, r), r2)),
    mul(add(linear(C + 4, r), mul(linear(C + 6, r), r2)), mul(r2, r2)),
  );
  const tail = add(sub(add(add(low, rLow), sumLow), mul(constant(HALF), r2)), mul(mul(r, r2), cubic));
  let result = add(sum, tail);
  if (toOdd) {
    const lost = add(sub(sum, result), tail);
    result = v128.or(i64x2.sub(result, i64x2.shr_u(v128.xor(lost, result), 63)), bits(LAST_BIT));
  }
  // 0 gives −∞, below 0 and NaN give NaN, ∞ gives ∞
  const zero = f64x2.splat(0);
  const finite = v128.and(f64x2.gt(x, zero), f64x2.lt(x, constant(INFINITE)));
  const special = sub(f64x2.sqrt(x), v128.and(constant(INFINITE), f64x2.eq(x, zero)));
  return v128.bitselect(result, special, finite);
}

// the square of the leading bits is exact
function bellF64x2(z: v128): v128 {
  const top = leading(z);
  const rest = mul(constant(HALF), mul(sub(z, top), add(z, top)));
  const e = expF64x2(f64x2.neg(mul(mul(constant(HALF), top), top)));
  return sub(e, mul(e, sub(rest, mul(mul(constant(HALF), rest), rest))));
}

function tailF64x2(n: v128): v128 {
  const y = mul(n, constant(SQRT_HALF));
  const q = f64x2.div(sub(y, constant(FOUR)), add(y, constant(FOUR)));
  const w = mul(q, q);
  let even = v128.load64_splat(TAIL + (LAST_TAIL << 3));
  let odd = v128.load64_splat(TAIL + (LAST_TAIL << 3), 8);
  for (let ptr = TAIL + (LAST_TAIL << 3); ptr > TAIL;) {
    ptr -= 16;
    even = add(mul(even, w), v128.load64_splat(ptr));
    odd = add(mul(odd, w), v128.load64_splat(ptr, 8));
  }
  return f64x2.div(mul(constant(HALF), add(even, mul(odd, q))), add(constant(ONE), add(y, y)));
}

/** e^(−z²/2) of two f64 within ±39. */
// @ts-ignore: decorator
@inline export function bell(z: v128): v128 {
  return bellF64x2(z);
}
/** (1 − Φ(n)) / e^(−n²/2), Φ the normal distribution's, of two f64 from 0 to 39. */
// @ts-ignore: decorator
@inline export function tail(n: v128): v128 {
  return tailF64x2(n);
}

// ---- either dtype

/** e^z of one register of T. */
// @ts-ignore: decorator
@inline export function expVector<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return expF64x2(z);
  const clamped = clampF32x4(z);
  return joinHalves(expOfPromoted(lowHalf(clamped), constant(SIGN)), expOfPromoted(highHalf(clamped), constant(SIGN)));
}

/** ln z of one register of T. */
// @ts-ignore: decorator
@inline export function logVector<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return logF64x2(z, false);
  return joinHalves(logF64x2(lowHalf(z), true), logF64x2(highHalf(z), true));
}

/** tanh z of one register of T. */
// @ts-ignore: decorator
@inline export function tanhVector<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return tanhF64x2(z);
  const clamped = clampF32x4(z);
  return joinHalves(tanhOfPromoted(lowHalf(clamped)), tanhOfPromoted(highHalf(clamped)));
}

/** σ(z) of one register of T. */
// @ts-ignore: decorator
@inline export function sigmoidVector<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return sigmoidF64x2(z);
  const clamped = clampF32x4(z);
  return joinHalves(sigmoidOfPromoted(lowHalf(clamped)), sigmoidOfPromoted(highHalf(clamped)));
}

/** σ of the first element of a register, in its first element. */
// @ts-ignore: decorator
@inline export function sigmoidFirst<T>(z: v128): v128 {
  if (sizeof<T>() == 8) return sigmoidF64x2(z);
  return f32x4.demote_f64x2_zero(sigmoidOfPromoted(lowHalf(clampF32x4(z))));
}
