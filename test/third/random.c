// Threefry-2x32 with 20 rounds, its streams, and the shuffle.

#include "third.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INITIALIZATION = 1, SHUFFLE = 2, DROPOUT = 3 };

static uint32_t rotate_left(uint32_t x, int n) { return x << n | x >> (32 - n); }

void threefry(const uint32_t key[2], const uint32_t counter[2], uint32_t words[2]) {
  static const int R[] = {13, 15, 26, 6, 17, 29, 16, 24};
  const uint32_t k[3] = {key[0], key[1], 0x1BD11BDA ^ key[0] ^ key[1]};
  uint32_t a = counter[0] + k[0], b = counter[1] + k[1];
  for (int round = 0; round < 20; round++) {
    a += b;
    b = rotate_left(b, R[round % 8]) ^ a;
    if (round % 4 != 3) continue;
    const uint32_t n = (uint32_t)(round + 1) / 4;
    a += k[n % 3];
    b += k[(n + 1) % 3] + n;
  }
  words[0] = a;
  words[1] = b;
}

static void block(uint64_t seed, uint32_t stream, uint32_t c0, uint32_t c1, uint32_t words[2]) {
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32) + (stream << 24)}, counter[2] = {c0, c1};
  threefry(key, counter, words);
}

double initial_uniform(uint64_t seed, uint32_t weight, uint32_t layer) {
  uint32_t words[2];
  block(seed, INITIALIZATION, weight, layer, words);
  return ((double)(words[0] >> 5) * 0x1p26 + (double)(words[1] >> 6)) * 0x1p-53;
}

static double normal(uint64_t seed, uint32_t weight, uint32_t layer) {
  for (uint32_t attempt = 0;; attempt++) {
    uint32_t words[2];
    block(seed, INITIALIZATION, weight, layer + (attempt << 16), words);
    const double p = (2.0 * words[0] + 1 - 0x1p32) * 0x1p-32, q = (2.0 * words[1] + 1 - 0x1p32) * 0x1p-32;
    const double s = p * p + q * q;
    if (s < 1) return p * sqrt(-2 * log_f64(s) / s);
  }
}

static void orthogonal(real *w, int inputs, int units, uint64_t seed, uint32_t layer) {
  const bool columns = inputs >= units;
  const int count = columns ? units : inputs, length = columns ? inputs : units;
  double *v = malloc((size_t)(count * length) * sizeof *v);
  if (v == NULL) abort();
  for (int k = 0; k < count; k++) {
    double *mine = v + k * length;
    for (int n = 0; n < length; n++) mine[n] = normal(seed, (uint32_t)(columns ? n * units + k : k * units + n), layer);
    for (int pass = 0; pass < 2; pass++) {
      for (double *other = v; other < mine; other += length) {
        double d = 0;
        for (int n = 0; n < length; n++) d += other[n] * mine[n];
        for (int n = 0; n < length; n++) mine[n] -= d * other[n];
      }
    }
    double square = 0;
    for (int n = 0; n < length; n++) square += mine[n] * mine[n];
    for (int n = 0; n < length; n++) {
      mine[n] /= sqrt(square);
      w[columns ? n * units + k : k * units + n] = (real)mine[n];
    }
  }
  free(v);
}

void initial_weights(real *w, const char *initializer, int inputs, int units, uint64_t seed, uint32_t layer) {
  const double I = inputs, O = units;
  const struct {
    const char *name;
    double mean, scale;
    bool is_normal;
  } KINDS[] = {
      {"normal", 0.1, 0.3, true},
      {"glorotNormal", 0, sqrt(2 / (I + O)), true},
      {"heNormal", 0, sqrt(2 / I), true},
      {"lecunNormal", 0, sqrt(1 / I), true},
      {"heUniform", 0, sqrt(6 / I), false},
      {"lecunUniform", 0, sqrt(3 / I), false},
  };
  if (strcmp(initializer, "orthogonal") == 0) orthogonal(w, inputs, units, seed, layer);
  for (uint32_t n = 0; n < (uint32_t)(inputs * units); n++) {
    if (strcmp(initializer, "constant") == 0) w[n] = (real)0.1;
    if (strcmp(initializer, "uniform") == 0) w[n] = (real)(-0.3 + (0.7 - -0.3) * initial_uniform(seed, n, layer));
    for (size_t k = 0; k < sizeof KINDS / sizeof *KINDS; k++) {
      if (strcmp(initializer, KINDS[k].name) != 0) continue;
      if (KINDS[k].is_normal) w[n] = (real)(KINDS[k].mean + KINDS[k].scale * normal(seed, n, layer));
      else w[n] = (real)((2 * initial_uniform(seed, n, layer) - 1) * KINDS[k].scale);
    }
  }
}

/** The words of an epoch's shuffle that are not used yet. */
typedef struct {
  uint64_t seed;
  uint32_t epoch, words[2], used, next_block;
} drawing;

static uint32_t draw(drawing *of, uint64_t choices) {
  const uint64_t limit = (UINT64_C(1) << 32) - (UINT64_C(1) << 32) % choices;
  uint32_t word;
  do {
    if (of->used == 2) {
      block(of->seed, SHUFFLE, of->next_block++, of->epoch, of->words);
      of->used = 0;
    }
    word = of->words[of->used++];
  } while (word >= limit);
  return (uint32_t)(word % choices);
}

static void fisher_yates(uint32_t *order, uint32_t rows, drawing *of) {
  for (uint32_t i = rows - 1; rows > 0 && i > 0; i--) {
    const uint32_t j = draw(of, (uint64_t)i + 1), swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
}

void shuffle(uint32_t *order, uint32_t rows, uint64_t seed, uint32_t epoch) {
  drawing of = {seed, epoch, .used = 2};
  for (uint32_t i = 0; i < rows; i++) order[i] = i;
  fisher_yates(order, rows, &of);
}

void shuffle_in_buffer(uint32_t *order, uint32_t rows, uint32_t buffer, uint64_t seed, uint32_t epoch) {
  drawing of = {seed, epoch, .used = 2};
  uint32_t *places = malloc(buffer * sizeof *places), filled = 0, out = 0;
  for (uint32_t row = 0; row < rows; row++) {
    if (filled < buffer) {
      places[filled++] = row;
      continue;
    }
    const uint32_t place = draw(&of, buffer);
    order[out++] = places[place];
    places[place] = row;
  }
  fisher_yates(places, filled, &of); // what is left, as an array of its own
  for (uint32_t n = 0; n < filled; n++) order[out++] = places[n];
  free(places);
}

void dropout(real *factors, int rows, int units, double p, uint64_t seed, uint32_t batch, uint32_t epoch,
             uint32_t layer) {
  const double limit = floor(p * 0x1p32);
  uint32_t key[2];
  block(seed, DROPOUT, batch, epoch, key);
  for (int s = 0; s < rows; s++) {
    for (int j = 0; j < units; j++) {
      const uint32_t counter[2] = {(uint32_t)(s * ((units + 1) / 2) + j / 2), layer};
      uint32_t words[2];
      threefry(key, counter, words);
      *factors++ = words[j % 2] < limit ? 0 : (real)(1 / (1 - p));
    }
  }
}
