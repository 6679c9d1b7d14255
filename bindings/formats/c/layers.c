// The predictions of layers as assembly/NUMERICS.md has them, in C99 without a library. toC writes those that a network
// needs; the third implementation (test/third), which trains, has its own. A blank line ends each declaration.

// z[j] = b[j] + the sum of x[i] * w[i][j].
static inline void dense(real *z, const real *x, const real *w, const real *b, int inputs, int units) {
  for (int j = 0; j < units; j++) {
    real sum = b[j];
    for (int i = 0; i < inputs; i++) sum += x[i] * w[(size_t)i * units + j];
    z[j] = sum;
  }
}

// a[j] = e^(a[j] - m) / the sum of these, m the largest.
static inline void softmax(real *a, int units) {
  real m = a[0], sum = 0;
  for (int j = 1; j < units; j++) m = larger(a[j], m);
  for (int j = 0; j < units; j++) sum += a[j] = exp_real(a[j] - m);
  for (int j = 0; j < units; j++) a[j] /= sum;
}

// z[j] = (x[j] - mean[j]) * inverse[j].
static inline void normalize(real *z, const real *x, const real *mean, const real *inverse, int units) {
  for (int j = 0; j < units; j++) z[j] = (x[j] - mean[j]) * inverse[j];
}

static inline void times_gamma(real *z, const real *gamma, int units) {
  for (int j = 0; j < units; j++) z[j] *= gamma[j];
}

static inline void plus_beta(real *z, const real *beta, int units) {
  for (int j = 0; j < units; j++) z[j] += beta[j];
}

// The root of z > 0, rounded to the nearest f64: the digits of the root of an integer, one after the other. Rounded to
// f32, it is the root's nearest f32.
static inline double square_root(double z) {
  if (!(z <= 1.7976931348623157e308)) return z;
  const int is_small = z < 2.2250738585072014e-308;
  encoding e = {is_small ? z * 18014398509481984 : z};
  const int power = (int)(e.bits >> 52) - 1023, odd = power & 1;
  uint64_t number = ((e.bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x10000000000000)) << odd;
  uint64_t rest = 0, root = 0; // root * root + rest = number * 2^54, as far as its pairs of bits are taken
  for (int pair_of_bits = 0; pair_of_bits < 54; pair_of_bits++) {
    rest = rest << 2 | (number >> 52 & 3);
    number <<= 2;
    const uint64_t more = root << 2 | 1;
    root <<= 1;
    if (rest < more) continue;
    rest -= more;
    root |= 1;
  }
  // the root has a bit more than f64, and never is midway between two numbers
  e.bits = (uint64_t)((power - odd) / 2 + 1023 - (is_small ? 27 : 0)) << 52;
  e.bits += ((root + 1) >> 1) & UINT64_C(0xfffffffffffff);
  return e.value;
}

// z[j] = (x[j] - mean) / the root of the variance and epsilon, of all of x.
static inline void normalize_row(real *z, const real *x, real epsilon, int units) {
  real sum = 0, squares = 0;
  for (int j = 0; j < units; j++) sum += x[j];
  const real mean = sum / (real)units;
  for (int j = 0; j < units; j++) {
    const real d = x[j] - mean;
    squares += d * d;
  }
  const real inverse = 1 / (real)square_root(squares / (real)units + epsilon);
  for (int j = 0; j < units; j++) z[j] = (x[j] - mean) * inverse;
}
