// Threefry-2x32 with 20 rounds, its streams, and the shuffle.

#include "third.h"

enum { INITIALISATION = 1, SHUFFLE = 2 };

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
  block(seed, INITIALISATION, weight, layer, words);
  return ((double)(words[0] >> 5) * 0x1p26 + (double)(words[1] >> 6)) * 0x1p-53;
}

void shuffle(uint32_t *order, uint32_t rows, uint64_t seed, uint32_t epoch) {
  for (uint32_t i = 0; i < rows; i++) order[i] = i;
  uint32_t words[2], used = 2, next_block = 0;
  for (uint32_t i = rows - 1; rows > 0 && i > 0; i--) {
    const uint64_t choices = (uint64_t)i + 1, limit = (UINT64_C(1) << 32) - (UINT64_C(1) << 32) % choices;
    uint32_t word;
    do {
      if (used == 2) {
        block(seed, SHUFFLE, next_block++, epoch, words);
        used = 0;
      }
      word = words[used++];
    } while (word >= limit);
    const uint32_t j = (uint32_t)(word % choices), swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
}
