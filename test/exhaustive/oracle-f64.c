// Points at which the f64 functions are measured, with their values from libquadmath's 113 bits: the oracle of the f64 part
// of the exhaustive test. Shares no code with bitgrad.
//
//   cc -O2 -o oracle-f64 oracle-f64.c -lquadmath -lm     (Debian: gcc)
//   oracle-f64 FUNCTION SEED COUNT    COUNT times: the input z, f(z) rounded to f64, and what that leaves in units in its
//                                     last place, as three raw binary64
//
// The points: random ones over the whole domain and close to where the function is hard, and the neighbors of the
// places where an implementation by tables changes from one entry to the next.

#include <math.h>
#include <quadmath.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint64_t random_bits(void) { // splitmix64
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static double uniform(double low, double high) { return low + (high - low) * ((double)(random_bits() >> 11) * 0x1p-53); }
static double magnitude(double low, double high) { return exp2(uniform(low, high)); }
static double either_sign(double value) { return random_bits() & 1 ? -value : value; }

static double neighbor(double value) { // up to 8 numbers away
  uint64_t bits;
  memcpy(&bits, &value, 8);
  bits += random_bits() % 17 - 8;
  memcpy(&value, &bits, 8);
  return value;
}

static double exp_point(void) {
  switch (random_bits() % 8) {
    case 0: return either_sign(magnitude(-60, 9.4));
    case 1: return uniform(-1, 1);
    case 2: return either_sign(neighbor((random_bits() % 32768 + 0.5) * (M_LN2 / 32)));
    case 3: return uniform(-745.2, -708);
    case 4: return uniform(-0.05, 0.05);
    default: return uniform(-709, 709.8);
  }
}

static double sigmoid_point(void) {
  switch (random_bits() % 8) {
    case 0: return either_sign(magnitude(-60, 6));
    case 1: return uniform(-745.2, -708);
    case 2: return either_sign(neighbor((random_bits() % 2048 + 0.5) * (M_LN2 / 32)));
    case 3: return uniform(-745, 40);
    case 4: return uniform(-0.05, 0.05);
    default: return uniform(-40, 40);
  }
}

static double tanh_point(void) {
  switch (random_bits() % 8) {
    case 0: return either_sign(magnitude(-1074, 4.5));
    case 1: return either_sign(magnitude(-30, 0));
    case 2: return either_sign(neighbor((random_bits() % 2048 + 0.5) * (M_LN2 / 64)));
    case 3: return uniform(-0.05, 0.05);
    case 4: return uniform(-1, 1);
    default: return uniform(-20, 20);
  }
}

static double log_point(void) {
  switch (random_bits() % 8) {
    case 0: return magnitude(-1074, 1024);
    case 1: return uniform(0.99, 1.01);
    case 2: return neighbor(32 / (random_bits() % 23 + 22.5));
    case 3: return 1 + either_sign(magnitude(-52, -5));
    case 4: return neighbor(magnitude(-3, 3));
    default: return uniform(0.4, 2.5);
  }
}

static __float128 sigmoid_value(__float128 z) { return z < 0 ? expq(z) / (1 + expq(z)) : 1 / (1 + expq(-z)); }

static const struct {
  const char *name;
  double (*point)(void);
  __float128 (*value)(__float128);
} FUNCTIONS[] = {
    {"exp", exp_point, expq},
    {"log", log_point, logq},
    {"tanh", tanh_point, tanhq},
    {"sigmoid", sigmoid_point, sigmoid_value},
};

int main(int argc, char **argv) {
  size_t f = 0;
  const size_t functions = sizeof FUNCTIONS / sizeof *FUNCTIONS;
  while (argc == 4 && f < functions && strcmp(FUNCTIONS[f].name, argv[1]) != 0) f++;
  if (argc != 4 || f == functions) {
    fprintf(stderr, "usage: oracle-f64 exp|log|tanh|sigmoid SEED COUNT\n");
    return 2;
  }
  state = strtoull(argv[2], NULL, 0);
  for (uint64_t n = strtoull(argv[3], NULL, 0); n > 0; n--) {
    const double z = FUNCTIONS[f].point();
    const __float128 value = FUNCTIONS[f].value(z);
    const double rounded = (double)value;
    int exponent;
    frexp(rounded, &exponent);
    const __float128 unit = scalbnq(1, exponent - 53 < -1074 ? -1074 : exponent - 53);
    const double record[3] = {z, rounded, isinf(rounded) ? 0 : (double)((value - rounded) / unit)};
    if (fwrite(record, sizeof record, 1, stdout) != 1) return 1;
  }
  return 0;
}
