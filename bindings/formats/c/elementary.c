// The elementary functions of assembly/NUMERICS.md in C99, without a library: e^z, ln z, tanh z and 1 / (1 + e^-z).
// toC writes those that a network needs. The third implementation (test/third) has its own, which prove that the page is
// right: of f64 with tables that are computed instead of copied, of f32 by 113 bits. A blank line ends each declaration.

// 2^(index/32) rounded to f64, and what that leaves, rounded to f32.
static const double POWERS[] = {
  1.0, 1.0218971486541166, 1.0442737824274138, 1.0671404006768237,
  1.0905077326652577, 1.1143867425958924, 1.1387886347566916, 1.1637248587775775,
  1.189207115002721, 1.215247359980469, 1.241857812073484, 1.2690509571917332,
  1.2968395546510096, 1.3252366431597413, 1.3542555469368927, 1.383909881963832,
  1.4142135623730951, 1.4451808069770467, 1.4768261459394993, 1.5091644275934228,
  1.5422108254079407, 1.5759808451078865, 1.6104903319492543, 1.645755478153965,
  1.681792830507429, 1.718619298122478, 1.7562521603732995, 1.7947090750031072,
  1.8340080864093424, 1.8741676341103, 1.9152065613971474, 1.9571441241754002
};

static const float POWERS_LOW[] = {
  0.0f, 5.109225e-17f, 8.5518895e-17f, -7.899854e-17f,
  -3.046782e-17f, 1.04102784e-16f, 8.912813e-17f, 3.8292047e-17f,
  3.9820154e-17f, -7.712631e-17f, 4.6580277e-17f, 2.667932e-18f,
  2.5382502e-17f, -2.8587312e-17f, 7.700948e-17f, -6.770512e-17f,
  -9.6672936e-17f, -3.023758e-17f, -3.4839944e-17f, -1.01645535e-16f,
  7.949835e-17f, -1.01369164e-17f, 2.4707193e-17f, -1.012568e-16f,
  8.19901e-17f, -1.8513804e-17f, 2.9601406e-17f, 1.8227459e-17f,
  3.2831073e-17f, -6.122763e-17f, -1.0619946e-16f, 8.9607675e-17f
};

// ln(32/place) rounded to a multiple of 2^-42, place = 23 to 45, and what that leaves, rounded to f32.
static const double LOGARITHMS[] = {
  0.33024168687052224, 0.28768207245184385, 0.2468600779316148, 0.20763936477828793,
  0.16989903679541385, 0.13353139262449076, 0.09844007281321865, 0.0645385211375924,
  0.03174869831468641, 0.0, -0.03077165866670839, -0.06062462181648698,
  -0.08961215868976069, -0.11778303565643, -0.14518200984457508, -0.17185025692674571,
  -0.19782574332998593, -0.22314355131425145, -0.2478361639045943, -0.2719337154835557,
  -0.2954642128938758, -0.31845373111855224, -0.34092658697068146
};

static const float LOGARITHMS_LOW[] = {
  5.4612144e-14f, -6.292358e-14f, -8.899851e-14f, -4.3425424e-14f,
  -1.6376276e-14f, 3.1859735e-14f, 3.387124e-14f, -2.1225609e-14f,
  -1.0610653e-13f, 0.0f, -4.5298143e-14f, 5.2136206e-14f,
  7.35577e-14f, 4.6547296e-14f, 7.7180016e-14f, 8.64924e-14f,
  6.604545e-14f, 4.1697965e-14f, 1.3029797e-14f, -8.604307e-14f,
  3.9934165e-14f, 1.7625431e-14f, 8.824526e-14f
};


typedef union {
  double value;
  uint64_t bits;
} encoding;

// Its leading 26 bits: products of two such numbers are exact.
static inline double leading(double value) {
  encoding e = {value};
  e.bits = e.bits >> 27 << 27;
  return e.value;
}

// 2^exponent for -1022 <= exponent <= 1023.
static inline double power_of_two(int exponent) {
  encoding e;
  e.bits = (uint64_t)(exponent + 1023) << 52;
  return e.value;
}

typedef struct {
  double k, r, high, low;
  int exponent;
} reduction;

// y = k * ln 2 / 32 + r, and 2^(k/32) = 2^exponent * (high + low).
static inline reduction reduce(double y) {
  const double k = y * 46.16624130844683 + 6755399441055744 - 6755399441055744;
  const int steps = (int)k, index = (int)((unsigned)steps & 31);
  const reduction reduced = {k, y - k * 0.021660849392446835, POWERS[index], POWERS_LOW[index], (steps - index) / 32};
  return reduced;
}

// e^(r - c) - 1 - r, c the rest of k * ln 2 / 32.
static inline double exp_rest(reduction y) {
  const double c = y.k * 5.145609244655338e-14, s = y.r - c, s2 = s * s;
  return s2 * (0.5 + 0.16666666666666666 * s
    + (0.041666666666517076 + 0.008333333333563002 * s
      + (0.0013888929658084272 + 0.00019841167450167425 * s) * s2) * s2) - c;
}

typedef struct {
  double high, low;
} pair;

// e^y / 2^exponent.
static inline pair mantissa(reduction y) {
  const double more = y.low + y.low * y.r + y.high * exp_rest(y) + y.high * y.r, high = y.high + more;
  const pair m = {high, y.high - high + more};
  return m;
}

static inline double quotient(pair n, pair d) {
  const double inverse = 1 / d.high, q = leading(n.high * inverse), top = leading(d.high);
  return q + (n.high - q * top - q * (d.high - top) + (n.low - q * d.low)) * inverse;
}

static inline double exp_f64(double z) {
  if (z != z) return z;
  const double y = z > 710 ? 710 : z < -746 ? -746 : z;
  const reduction reduced = reduce(y);
  const int half = y < 0 ? -512 : 512;
  return mantissa(reduced).high * power_of_two(reduced.exponent - half) * power_of_two(half);
}

static inline double sigmoid_f64(double z) {
  if (z != z) return z;
  const double y = z < 0 ? z : -z;
  const reduction reduced = reduce(y < -746 ? -746 : y);
  const pair m = mantissa(reduced), one = {1, 0};
  const double large = power_of_two(reduced.exponent + 512), small = large * power_of_two(-512);
  const double t = m.high * small, d = 1 + t;
  const pair divisor = {d, 1 - d + t + m.low * small};
  return z >= 0 ? quotient(one, divisor) : quotient(m, divisor) * large * power_of_two(-512);
}

static inline double tanh_f64(double z) {
  if (z != z || z == 0) return z;
  const double y = z < 0 ? 2 * z : -2 * z;
  const reduction reduced = reduce(y < -40 ? -40 : y);
  const double rest = exp_rest(reduced), r = reduced.r, scale = power_of_two(reduced.exponent);
  const double h = reduced.high * scale, l = reduced.low * scale, h_top = leading(h), r_top = leading(r);
  const double f = 1 - h, f_low = 1 - f - h, g = h_top * r_top, g_low = (h - h_top) * r + h_top * (r - r_top);
  const double c = f - g, c_low = f - c - g + f_low - g_low - (h * rest + (l + l * r));
  const double n = c + c_low, n_low = c - n + c_low, d = 2 - n;
  const pair above = {n, n_low}, below = {d, 2 - d - n - n_low};
  return z < 0 ? -quotient(above, below) : quotient(above, below);
}

// ln z as the sum of two numbers, of which z is finite and more than 0.
static inline pair log_parts(double z) {
  const int is_small = z < 2.2250738585072014e-308;
  encoding e = {is_small ? z * 18014398509481984 : z};
  // the fraction is at least the number whose encoding is 0x3FE6A09E00000000, and less than twice that
  const uint64_t least = UINT64_C(0x3fe6a09e00000000), one = UINT64_C(0x3ff0000000000000);
  const uint64_t moved = e.bits + (one - least);
  const int power = (int)(moved >> 52) - 1023 - (is_small ? 54 : 0);
  e.bits = (moved & UINT64_C(0xfffffffffffff)) + least;
  const double fraction = e.value, place = 32 / fraction + 6755399441055744 - 6755399441055744;
  const double center = place * 0.03125, top = leading(fraction);
  const double v_top = top * center - 1, v_rest = (fraction - top) * center, v = v_top + v_rest;
  const double v_low = v_top - v + v_rest, v2 = v * v;
  const double high = power * 0.6931471805598903 + LOGARITHMS[(int)place - 23];
  const double low = power * 5.497923018708371e-14 + LOGARITHMS_LOW[(int)place - 23];
  const double sum = high + v, back = sum - high, sum_low = high - (sum - back) + (v - back);
  const double cubic = 0.3333333333333333 + -0.2499999999999997 * v
    + (0.20000000000230297 + -0.16666666667347643 * v) * v2
    + (0.14285711710053858 + -0.12499995721520633 * v + (0.11119841824546814 + -0.10010240112703633 * v) * v2)
      * (v2 * v2);
  const pair parts = {sum, low + v_low + sum_low - 0.5 * v2 + v * v2 * cubic};
  return parts;
}

// ln of what is not finite or not more than 0.
static inline double log_special(double z) {
  if (z == 0) return -1 / (z * z);
  return z < 0 ? (z - z) / (z - z) : z;
}

static inline double log_f64(double z) {
  if (!(z > 0 && z <= 1.7976931348623157e308)) return log_special(z);
  const pair parts = log_parts(z);
  return parts.high + parts.low;
}

// e^(y + nudge) = scale + scale * series, |y| <= 240.
static inline pair exp_parts_f32(double y, double nudge) {
  const reduction reduced = reduce(y);
  const double s = reduced.r - (reduced.k * 5.145609244655338e-14 - nudge), s2 = s * s;
  const double series = s + s2 * (0.5 + 0.16666666666666666 * s)
    + s2 * s2 * (0.041666666666517076 + 0.008333333333563002 * s + 0.0013888929658084272 * s2);
  const double scale = reduced.high * power_of_two(reduced.exponent);
  const pair parts = {scale, scale * series};
  return parts;
}

static inline double within_120(double z) {
  return z > 120 ? 120 : z < -120 ? -120 : z;
}

// These four, rounded to f32, are the f32 nearest to the real value for every f32 z.
static inline double exp_f32(double z) {
  if (z != z) return z;
  const pair e = exp_parts_f32(within_120(z), 0);
  return e.high + e.low;
}

static inline double sigmoid_f32(double z) {
  if (z != z) return z;
  const pair e = exp_parts_f32(-within_120(z), z < 0 ? -4.440892098500626e-16 : 4.440892098500626e-16);
  return 1 / (1 + (e.high + e.low));
}

static inline double tanh_f32(double z) {
  if (z != z || z == 0) return z;
  const double limited = within_120(z);
  const pair e = exp_parts_f32(z < 0 ? 2 * limited : -2 * limited, 0);
  const double result = (1 - e.high - e.low) / (1 + e.high + e.low);
  return z < 0 ? -result : result;
}

static inline double log_f32(double z) {
  if (!(z > 0 && z <= 1.7976931348623157e308)) return log_special(z);
  const pair parts = log_parts(z);
  encoding e = {parts.high + parts.low};
  // midway between two f32, what the sum lost decides
  if ((e.bits & 0x1fffffff) != 0x10000000) return e.value;
  e.bits += (parts.high - e.value + parts.low > 0) == (e.value > 0) ? 1 : UINT64_MAX;
  return e.value;
}
