// The activation functions of assembly/NUMERICS.md in C99, each with its slope. `real` is the dtype; exp_real, log_real,
// tanh_real and sigmoid_real are its elementary functions. toC writes those that a network needs; the third
// implementation (test/third) includes this file. A blank line ends each declaration.

// f(z) and f'(z); the latter is for training.
typedef struct {
  real a, slope;
} activated;

static inline activated with_slope(real a, real slope) {
  const activated result = {a, slope};
  return result;
}

// Maximum and minimum; NaN passes, and +0 is more than -0 where b is.
static inline real larger(real a, real b) {
  return a != a || a > b ? a : b;
}

static inline real smaller(real a, real b) {
  return a != a || a < b ? a : b;
}

static inline activated sigmoid(real z) {
  const real a = sigmoid_real(z);
  return with_slope(a, a * (1 - a));
}

static inline activated hyperbolic_tangent(real z) {
  const real a = tanh_real(z);
  return with_slope(a, 1 - a * a);
}

static inline activated relu(real z) {
  return with_slope(larger(z, 0), z > 0);
}

static inline activated relu6(real z) {
  const real a = smaller(larger(z, 0), 6);
  return with_slope(a, a > 0 && a < 6);
}

static inline activated leaky_relu(real z, real alpha) {
  return z > 0 ? with_slope(z, 1) : with_slope(alpha * z, alpha);
}

// e^z - 1
static inline real exp_minus_1(real z) {
  const real half = tanh_real(z * (real)0.5);
  return (half + half) / (1 - half);
}

static inline activated elu(real z, real alpha) {
  if (z > 0) return with_slope(z, 1);
  const real a = alpha * exp_minus_1(z);
  return with_slope(a, a + alpha);
}

static inline activated selu(real z) {
  const real scale = (real)1.0507009873554805, limit = (real)1.7580993408473768;
  if (z > 0) return with_slope(scale * z, scale);
  const real a = limit * exp_minus_1(z);
  return with_slope(a, a + limit);
}

static inline real hard_step(real z) {
  return smaller(larger(z * (real)(1.0 / 6) + (real)0.5, 0), 1);
}

static inline activated hard_sigmoid(real z) {
  const real a = hard_step(z);
  return with_slope(a, a > 0 && a < 1 ? (real)(1.0 / 6) : 0);
}

static inline activated hard_swish(real z) {
  const real h = hard_step(z);
  return with_slope(larger(z, -3) * h, h + (h > 0 && h < 1 ? z * (real)(1.0 / 6) : 0));
}

static inline activated softplus(real z) {
  const real u = exp_real(z < 0 ? z : -z), v = 1 + u, k = v - 1;
  const real rest = k == 0 ? u : log_real(v) * (u / k);
  return with_slope(larger(z, 0) + rest, sigmoid_real(z));
}

static inline activated softsign(real z) {
  const real d = 1 + (z < 0 ? -z : z), r = 1 / d;
  return with_slope(z / d, r * r);
}

static inline activated silu(real z) {
  const real gate = sigmoid_real(z), a = larger(z, -1000) * gate;
  return with_slope(a, gate + smaller(a, 1000) * (1 - gate));
}

static inline activated mish(real z) {
  const real u = exp_real(z < 0 ? z : -z), square = u * u;
  const real n = (u + u) + (z > 0 ? 1 : square), t = n / (n + (z > 0 ? square + square : 2));
  const real p = (z > 0 ? 1 : u) / (1 + u), m = larger(z, -1000);
  return with_slope(m * t, t + (smaller(m, 1000) * p) * (1 - t * t));
}

static inline activated gelu_tanh(real z) {
  const real linear = (real)1.5957691216057308, cubic = (real)0.07135481627260025;
  const real slope = (real)(3 * 0.07135481627260025);
  const real c = larger(smaller(z, 32), -32), q = sigmoid_real(c * (linear + cubic * (c * c)));
  return with_slope(larger(z, -32) * q, q + c * (q * (1 - q)) * (linear + slope * (c * c)));
}

// (1 + 2 y) e^(y^2) erfc(y) as a polynomial in (y - 4) / (y + 4).
static const double TAIL[] = {
  1.2329951186255526, -0.13962111684056253, 0.015379652102619558, 0.06809705425469323, -0.10103906603629459,
  0.09373283499833023, -0.0663303658124095, 0.03716751553777026, -0.01619773405599449, 0.005031969975753176,
  -0.0007577732973669146, -0.00019925668432389153, 0.00015062169704678355, -2.439924428312988e-05,
  -1.1222046316669005e-05, 5.709784760966506e-06, 2.9377854943443786e-07, -8.254699744871162e-07,
  7.471952780500971e-08, 1.1005996198640057e-07, -1.799947545903142e-08, -1.4091982822555755e-08,
  1.868487385473519e-09, 1.263782858042137e-09
};

// In f64, of f32 too.
static inline activated gelu(real given) {
  if (given != given) return with_slope(given, given);
  const double z = given, inside = z > 39 ? 39 : z < -39 ? -39 : z, top = leading(inside);
  const double rest = 0.5 * ((inside - top) * (inside + top)), bell_top = exp_f64(-(0.5 * top * top));
  const double bell = bell_top - bell_top * (rest - 0.5 * rest * rest);
  const double away = (inside < 0 ? -inside : inside) * 0.7071067811865476, ratio = (away - 4) / (away + 4);
  const double ratio2 = ratio * ratio;
  double even = TAIL[22], odd = TAIL[23];
  for (int o = 20; o >= 0; o -= 2) {
    even = even * ratio2 + TAIL[o];
    odd = odd * ratio2 + TAIL[o + 1];
  }
  const double below = bell * (0.5 * (even + odd * ratio) / (1 + (away + away))), phi = inside < 0 ? below : 1 - below;
  return with_slope((real)((z < -39 ? -39 : z) * phi), (real)(phi + inside * (bell * 0.3989422804014327)));
}
