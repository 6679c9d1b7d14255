// Correctly rounded binary32 functions, from C's long double and MPFR: the oracle of the exhaustive test. Shares no code
// with bitgrad.
//
//   cc -O2 -o oracle oracle.c -lmpfr -lgmp -lm        (Debian: gcc libmpfr-dev)
//   oracle FUNCTION FIRST COUNT                        results of COUNT bit patterns from FIRST on, as raw binary32
//
// x87's 64-bit long double leaves a relative error below 2^-60. Where the interval of 2^-58 around its value rounds to two
// different floats, MPFR with 200 bits decides; how often that was is written to standard error.

#include <float.h>
#include <math.h>
#include <mpfr.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if LDBL_MANT_DIG < 64
#error "needs a long double of 64 bits or more (x86)"
#endif

static long double exp_long(float z) { return expl(z); }
static long double log_long(float z) { return logl(z); }
static long double tanh_long(float z) { return tanhl(z); }
static long double sigmoid_long(float z) { return 1 / (1 + expl(-(long double)z)); }

static void exp_mpfr(mpfr_t result, float z) {
  mpfr_set_flt(result, z, MPFR_RNDN);
  mpfr_exp(result, result, MPFR_RNDN);
}

static void log_mpfr(mpfr_t result, float z) {
  mpfr_set_flt(result, z, MPFR_RNDN);
  mpfr_log(result, result, MPFR_RNDN);
}

static void tanh_mpfr(mpfr_t result, float z) {
  mpfr_set_flt(result, z, MPFR_RNDN);
  mpfr_tanh(result, result, MPFR_RNDN);
}

static void sigmoid_mpfr(mpfr_t result, float z) {
  exp_mpfr(result, -z);
  mpfr_add_ui(result, result, 1, MPFR_RNDN);
  mpfr_ui_div(result, 1, result, MPFR_RNDN);
}

static const struct {
  const char *name;
  long double (*approximate)(float);
  void (*exact)(mpfr_t, float);
} FUNCTIONS[] = {
    {"exp", exp_long, exp_mpfr},
    {"log", log_long, log_mpfr},
    {"tanh", tanh_long, tanh_mpfr},
    {"sigmoid", sigmoid_long, sigmoid_mpfr},
};

int main(int argc, char **argv) {
  size_t f = 0;
  const size_t functions = sizeof FUNCTIONS / sizeof *FUNCTIONS;
  while (argc == 4 && f < functions && strcmp(FUNCTIONS[f].name, argv[1]) != 0) f++;
  if (argc != 4 || f == functions) {
    fprintf(stderr, "usage: oracle exp|log|tanh|sigmoid FIRST COUNT\n");
    return 2;
  }
  const uint64_t first = strtoull(argv[2], NULL, 0), count = strtoull(argv[3], NULL, 0);
  float *results = malloc(count * sizeof *results);
  if (results == NULL) return 1;
  mpfr_t precise;
  mpfr_init2(precise, 200);
  uint64_t decided = 0;
  for (uint64_t n = 0; n < count; n++) {
    const uint32_t bits = (uint32_t)(first + n);
    float z;
    memcpy(&z, &bits, sizeof z);
    const long double value = FUNCTIONS[f].approximate(z);
    const long double margin = fabsl(value) * 0x1p-58L;
    const float low = (float)(value - margin), high = (float)(value + margin);
    if (low == high || isnan(value)) {
      results[n] = low;
    } else {
      FUNCTIONS[f].exact(precise, z);
      results[n] = mpfr_get_flt(precise, MPFR_RNDN);
      decided++;
    }
  }
  fwrite(results, sizeof *results, count, stdout);
  fprintf(stderr, "%llu\n", (unsigned long long)decided);
  return 0;
}
