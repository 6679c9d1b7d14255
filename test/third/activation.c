// The activation functions of assembly/NUMERICS.md, each with its slope.

#include "third.h"

#include <math.h>

const char *const ACTIVATION_NAMES[] = {"linear", "sigmoid", "tanh", "relu", "leakyRelu", "elu", "selu", "hardSigmoid",
                                        "softplus", "silu", "geluTanh", "gelu", "relu6", "mish", "hardSwish", "softsign"};

static real sigmoid(real z) { return ELEMENTARY[0](z); }

/** The page's max and min: NaN passes, +0 is more than −0. */
static real larger(real a, real b) { return isnan(a) || a > b ? a : b; }
static real smaller(real a, real b) { return isnan(a) || a < b ? a : b; }

static real exp_minus_1(real z) {
  const real t = ELEMENTARY[1](z * (real)0.5);
  return (t + t) / (1 - t);
}

static activated softplus(real z) {
  const real u = ELEMENTARY[2](z < 0 ? z : -z), w = 1 + u, d = w - 1;
  const real r = d == 0 ? u : ELEMENTARY[3](w) * (u / d);
  return (activated){larger(z, 0) + r, sigmoid(z)};
}

static activated silu(real z) {
  const real s = sigmoid(z), a = larger(z, -1000) * s;
  return (activated){a, s + smaller(a, 1000) * (1 - s)};
}

static activated gelu_tanh(real z) {
  const real G = (real)1.5957691216057308, H = (real)0.07135481627260025, I = (real)(3 * 0.07135481627260025);
  const real y = larger(smaller(z, 32), -32), s = sigmoid(y * (G + H * (y * y)));
  return (activated){larger(z, -32) * s, s + y * (s * (1 - s)) * (G + I * (y * y))};
}

static const double T[] = {
  1.2329951186255526, -0.13962111684056253, 0.015379652102619558, 0.06809705425469323, -0.10103906603629459,
  0.09373283499833023, -0.0663303658124095, 0.03716751553777026, -0.01619773405599449, 0.005031969975753176,
  -0.0007577732973669146, -0.00019925668432389153, 0.00015062169704678355, -2.439924428312988e-05,
  -1.1222046316669005e-05, 5.709784760966506e-06, 2.9377854943443786e-07, -8.254699744871162e-07,
  7.471952780500971e-08, 1.1005996198640057e-07, -1.799947545903142e-08, -1.4091982822555755e-08,
  1.868487385473519e-09, 1.263782858042137e-09,
};

static activated gelu(real given) {
  if (isnan(given)) return (activated){given, given};
  const double z = given, c = z > 39 ? 39 : z < -39 ? -39 : z;
  const double t = top(c), l = 0.5 * ((c - t) * (c + t)), E = exp_f64(-(0.5 * t * t)), e = E - E * (l - 0.5 * l * l);
  const double n = fabs(c) * 0.7071067811865476, q = (n - 4) / (n + 4), v = q * q;
  double A = T[22], B = T[23];
  for (int k = 20; k >= 0; k -= 2) {
    A = A * v + T[k];
    B = B * v + T[k + 1];
  }
  const double b = e * (0.5 * (A + B * q) / (1 + (n + n))), phi = c < 0 ? b : 1 - b;
  return (activated){(real)((z < -39 ? -39 : z) * phi), (real)(phi + c * (e * 0.3989422804014327))};
}

static activated mish(real z) {
  const real u = ELEMENTARY[2](z < 0 ? z : -z), p = u * u;
  const real n = (u + u) + (z > 0 ? 1 : p), t = n / (n + (z > 0 ? p + p : 2)), s = (z > 0 ? 1 : u) / (1 + u);
  const real y = larger(z, -1000);
  return (activated){y * t, t + (smaller(y, 1000) * s) * (1 - t * t)};
}

static activated hard_swish(real z) {
  const real S = (real)(1.0 / 6), h = smaller(larger(z * S + (real)0.5, 0), 1);
  return (activated){larger(z, -3) * h, h + (h > 0 && h < 1 ? z * S : 0)};
}

static activated softsign(real z) {
  const real d = 1 + (z < 0 ? -z : z), r = 1 / d;
  return (activated){z / d, r * r};
}

activated activate(activation f, real z) {
  const real alpha = (real)f.alpha, lambda = (real)1.0507009873554805, mu = (real)1.7580993408473768, S = (real)(1.0 / 6);
  real a;
  switch (f.number) {
    case 0: return (activated){z, 1};
    case 1: a = sigmoid(z); return (activated){a, a * (1 - a)};
    case 2: a = ELEMENTARY[1](z); return (activated){a, 1 - a * a};
    case 3: return (activated){larger(z, 0), z > 0};
    case 4: return z > 0 ? (activated){z, 1} : (activated){alpha * z, alpha};
    case 5: a = z > 0 ? z : alpha * exp_minus_1(z); return (activated){a, z > 0 ? 1 : a + alpha};
    case 6: a = z > 0 ? lambda * z : mu * exp_minus_1(z); return (activated){a, z > 0 ? lambda : a + mu};
    case 7: a = smaller(larger(z * S + (real)0.5, 0), 1); return (activated){a, a > 0 && a < 1 ? S : 0};
    case 8: return softplus(z);
    case 9: return silu(z);
    case 10: return gelu_tanh(z);
    case 11: return gelu(z);
    case 12: a = smaller(larger(z, 0), 6); return (activated){a, a > 0 && a < 6};
    case 13: return mish(z);
    case 14: return hard_swish(z);
    default: return softsign(z);
  }
}
