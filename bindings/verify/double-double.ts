// exp, log, tanh and pow rounded correctly to f64, for measuring what platforms return: numbers as unevaluated sums of
// two (Dekker 1971; Knuth, TAOCP 4.2.2), about 96 bits. Where that leaves the rounding open the result is undefined.
// For arguments and results far from the ends of f64's range.

/** high + low with |low| at most half a unit in the last place of high. */
type DoubleDouble = readonly [high: number, low: number];

const ERROR = 2 ** -86; // relative, of every result: pow loses ten bits to its exponent

const LN2: DoubleDouble = [0.6931471805598903, 5.497923018708371e-14]; // the first of 42 bits: its multiples are exact
const LN2_REST = 1.94704509238075e-31;
const INVERSE_FACTORIALS = [1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320];
const SIXTH: DoubleDouble = [0.16666666666666666, 9.25185853854297e-18];
const HALVINGS = 8;

function fastTwoSum(a: number, b: number): DoubleDouble {
  const sum = a + b;
  return [sum, b - (sum - a)];
}

function twoSum(a: number, b: number): DoubleDouble {
  const sum = a + b;
  const back = sum - a;
  return [sum, a - (sum - back) + (b - back)];
}

function split(a: number): DoubleDouble {
  const scaled = a * 134217729;
  const top = scaled - (scaled - a);
  return [top, a - top];
}

function twoProduct(a: number, b: number): DoubleDouble {
  const product = a * b;
  const [aTop, aRest] = split(a);
  const [bTop, bRest] = split(b);
  return [product, aTop * bTop - product + aTop * bRest + aRest * bTop + aRest * bRest];
}

function add([a, aLow]: DoubleDouble, [b, bLow]: DoubleDouble): DoubleDouble {
  const [sum, low] = twoSum(a, b);
  return fastTwoSum(sum, low + (aLow + bLow));
}

function multiply([a, aLow]: DoubleDouble, [b, bLow]: DoubleDouble): DoubleDouble {
  const [product, low] = twoProduct(a, b);
  return fastTwoSum(product, low + (a * bLow + aLow * b));
}

function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const quotient = a[0] / b[0];
  const [product, low] = multiply([quotient, 0], b);
  const rest = a[0] - product - low + a[1];
  const [high, more] = fastTwoSum(quotient, rest / b[0]);
  const [secondProduct, secondLow] = multiply([high, more], b);
  return fastTwoSum(high, more + (a[0] - secondProduct - secondLow + a[1]) / b[0]);
}

function scale([high, low]: DoubleDouble, factor: number): DoubleDouble {
  return [high * factor, low * factor];
}

function exponential([y, yLow]: DoubleDouble): DoubleDouble {
  // e^y = 2^k · (e^r)^256
  const k = Math.round(y / LN2[0]);
  const reduced = add(twoSum(y - k * LN2[0], yLow), add(twoProduct(-k, LN2[1]), [-k * LN2_REST, 0]));
  const r = scale(reduced, powerOfTwo(-HALVINGS));
  // 1 + r + r²/2 + r³/6 + r⁴ · (1/24 + …)
  const tail = INVERSE_FACTORIALS.reduceRight((sum, coefficient) => coefficient + sum * r[0], 0);
  const cubic = add(SIXTH, [r[0] * tail, 0]);
  let power = add([1, 0], multiply(r, add([1, 0], multiply(r, add([0.5, 0], multiply(r, cubic))))));
  for (let n = 0; n < HALVINGS; n++) power = multiply(power, power);
  // 2^k in two steps, since 2^1024 is no number
  const half = Math.trunc(k / 2);
  return scale(scale(power, powerOfTwo(half)), powerOfTwo(k - half));
}

const view = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** 2^e for −1022 ≤ e ≤ 1023. */
function powerOfTwo(e: number): number {
  view.setInt32(0, (e + 1023) << 20);
  view.setInt32(4, 0);
  return view.getFloat64(0);
}

function logarithm(x: number, estimate: number): DoubleDouble {
  // ln x = y + ln(1 + d) with d = x · e^−y − 1, tiny since y is almost ln x
  const d = add(multiply([x, 0], exponential([-estimate, 0])), [-1, 0]);
  return add([estimate, 0], add(d, [-0.5 * d[0] * d[0], 0]));
}

/** The nearest f64, if the error leaves one. */
function rounded([high, low]: DoubleDouble): number | undefined {
  const error = Math.abs(high) * ERROR;
  return high + (low - error) === high + (low + error) ? high + low : undefined;
}

export function exp(x: number): number | undefined {
  return rounded(exponential([x, 0]));
}

/** The estimate of ln x has all but its last bits right. */
export function log(x: number, estimate: number): number | undefined {
  return rounded(logarithm(x, estimate));
}

export function tanh(x: number): number | undefined {
  const t = exponential([-2 * Math.abs(x), 0]);
  const result = rounded(divide(add([1, 0], scale(t, -1)), add([1, 0], t)));
  return result === undefined || x >= 0 ? result : -result;
}

/** x^y for x > 0, with an estimate of ln x. */
export function pow(x: number, y: number, estimate: number): number | undefined {
  return rounded(exponential(multiply([y, 0], logarithm(x, estimate))));
}
