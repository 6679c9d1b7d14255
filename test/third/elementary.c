// The elementary functions of assembly/NUMERICS.md. f32 is "the correctly rounded value", by any way: here libquadmath's 113
// bits, rounded. f64 follows the page's steps.

#include "third.h"

#include <math.h>
#include <quadmath.h>
#include <string.h>

static const double STEPS = 46.16624130844683, STEP_HIGH = 0.021660849392446835, STEP_LOW = 5.145609244655338e-14;
static const double MAGIC = 6755399441055744;
static const double P[] = {0.5, 0.16666666666666666, 0.041666666666517076, 0.008333333333563002, 0.0013888929658084272,
                           0.00019841167450167425};

// "2^(j/32) rounded to f64, then what that leaves, rounded to f32"; "ln(32/n) rounded to a multiple of 2^−42, then what that
// leaves": computed from these words, not copied, so that the tables of the other two are checked as well
static double powers[32], logs[46];
static float powers_low[32], logs_low[46];

static void make_tables(void) {
  if (powers[0] == 1) return;
  for (int j = 0; j < 32; j++) {
    const __float128 value = exp2q((__float128)j / 32);
    powers[j] = (double)value;
    powers_low[j] = (float)(value - powers[j]);
  }
  for (int n = 23; n < 46; n++) {
    const __float128 value = logq((__float128)32 / n);
    logs[n] = (double)scalbnq(rintq(scalbnq(value, 42)), -42);
    logs_low[n] = (float)(value - logs[n]);
  }
}

double top(double x) {
  uint64_t bits;
  memcpy(&bits, &x, 8);
  bits = bits >> 27 << 27;
  memcpy(&x, &bits, 8);
  return x;
}

typedef struct {
  double r, q, h, l; // e^y = 2^e · (h + l) · (1 + r + q)
  int e;
} reduction;

static reduction reduce(double y) {
  make_tables();
  const double k = y * STEPS + MAGIC - MAGIC;
  const int steps = (int)k, j = (steps % 32 + 32) % 32;
  const double r = y - k * STEP_HIGH, c = k * STEP_LOW, s = r - c, s2 = s * s;
  const double q = s2 * (P[0] + P[1] * s + (P[2] + P[3] * s + (P[4] + P[5] * s) * s2) * s2) - c;
  return (reduction){r, q, powers[j], powers_low[j], (steps - j) / 32};
}

typedef struct {
  double high, low;
} pair;

static pair mantissa(reduction y) {
  const double t = y.l + y.l * y.r + y.h * y.q + y.h * y.r, m = y.h + t;
  return (pair){m, y.h - m + t};
}

static const double LN2_HIGH = 0.6931471805598903, LN2_LOW = 5.497923018708371e-14;
static const double C[] = {0.3333333333333333, -0.2499999999999997, 0.20000000000230297, -0.16666666667347643,
                           0.14285711710053858, -0.12499995721520633, 0.11119841824546814, -0.10010240112703633};

double exp_f64(double z) {
  if (isnan(z)) return z;
  const double y = z > 710 ? 710 : z < -746 ? -746 : z;
  const reduction reduced = reduce(y);
  const int b = y < 0 ? -512 : 512;
  return mantissa(reduced).high * ldexp(1, reduced.e - b) * ldexp(1, b);
}

double log_f64(double z) {
  if (z == 0) return -INFINITY;
  if (isnan(z) || z < 0) return NAN;
  if (isinf(z)) return z;
  make_tables();
  int e;
  double m = frexp(z, &e);
  if (m < 0x1.6a09ep-1) { // the number whose encoding is 0x3FE6A09E00000000
    m *= 2;
    e--;
  }
  const double n = 32 / m + MAGIC - MAGIC, c = n * 0.03125;
  const double mT = top(m), rT = mT * c - 1, rR = (m - mT) * c, r = rT + rR, rLow = rT - r + rR;
  const double h = e * LN2_HIGH + logs[(int)n], l = e * LN2_LOW + logs_low[(int)n];
  const double u = h + r, v = u - h, uLow = h - (u - v) + (r - v), r2 = r * r;
  const double cubic = C[0] + C[1] * r + (C[2] + C[3] * r) * r2 + (C[4] + C[5] * r + (C[6] + C[7] * r) * r2) * (r2 * r2);
  const double w = l + rLow + uLow - 0.5 * r2 + r * r2 * cubic;
  return u + w;
}

#ifdef F32

static real elementary_exp(real z) { return (real)expq(z); }
static real elementary_log(real z) { return (real)logq(z); }
static real elementary_tanh(real z) { return (real)tanhq(z); }
static real elementary_sigmoid(real z) { return (real)(1 / (1 + expq(-(__float128)z))); }

#else


static double quotient(pair n, pair d) {
  const double i = 1 / d.high, p = top(n.high * i), dT = top(d.high);
  return p + (n.high - p * dT - p * (d.high - dT) + (n.low - p * d.low)) * i;
}

static double elementary_sigmoid(double z) {
  if (isnan(z)) return z;
  const reduction reduced = reduce(fabs(z) > 746 ? -746 : -fabs(z));
  const pair m = mantissa(reduced);
  const double f = ldexp(1, reduced.e + 512), g = f * 0x1p-512, a = m.high * g, d = 1 + a;
  const pair divisor = {d, 1 - d + a + m.low * g};
  if (z >= 0) return quotient((pair){1, 0}, divisor);
  return quotient(m, divisor) * f * 0x1p-512;
}

static double elementary_tanh(double z) {
  if (isnan(z)) return z;
  const double doubled = -2 * fabs(z);
  const reduction y = reduce(doubled < -40 ? -40 : doubled);
  const double h = y.h * ldexp(1, y.e), l = y.l * ldexp(1, y.e), hT = top(h), rT = top(y.r);
  const double a = 1 - h, aLow = 1 - a - h, b = hT * rT, bLow = (h - hT) * y.r + hT * (y.r - rT);
  const double c = a - b, cLow = a - c - b + aLow - bLow - (h * y.q + (l + l * y.r));
  const double n = c + cLow, nLow = c - n + cLow, d = 2 - n, dLow = 2 - d - n - nLow;
  return copysign(quotient((pair){n, nLow}, (pair){d, dLow}), z);
}

static real elementary_exp(real z) { return exp_f64(z); }
static real elementary_log(real z) { return log_f64(z); }

#endif

real (*const ELEMENTARY[])(real) = {elementary_sigmoid, elementary_tanh, elementary_exp, elementary_log};
