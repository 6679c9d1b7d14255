// The inner loop of the matrix kernels (assembly/dense.ts, 4 rows × 2 registers, f32) in assembler, as a bound for what any
// compiler can make of it on this core. x86-64:
//   cc -O2 -mavx -o /tmp/tile bench/roofline/tile.c && /tmp/tile
//
// Prints GFLOP/s, and the share of the peak measured right after: medians of 41 pairs.
//   pairs       sums follow their products at once: the order in which V8 11 (Node 20) emits the loop
//   two by two  two products, then their two sums
//   fused       fused multiply-adds, which the contract forbids: half the instructions

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DEPTH 512   // the summed index
#define CALLS 200
#define ROUNDS 41

static float data[32768] __attribute__((aligned(64)));

#define LOAD(at, to) "vmovups " at "(%[panel]), %%xmm" to "\n"
#define SPLAT(at) "vbroadcastss " at "(%[left]), %%xmm8\n"
#define MUL(b, to) "vmulps %%xmm" b ", %%xmm8, %%xmm" to "\n"
#define ADD(p, sum) "vaddps %%xmm" p ", %%xmm" sum ", %%xmm" sum "\n"
#define FMA(b, sum) "vfmadd231ps %%xmm" b ", %%xmm8, %%xmm" sum "\n"

#define PAIRS(s0, s1) MUL("9", "11") ADD("11", s0) MUL("10", "12") ADD("12", s1)
#define TWO_BY_TWO(s0, s1) MUL("9", "11") MUL("10", "12") ADD("11", s0) ADD("12", s1)
#define FUSED(s0, s1) FMA("9", s0) FMA("10", s1)

// left: four rows' numbers for each index, packed; panel: 8 columns for each index
#define STEP(ROW) LOAD("0", "9") LOAD("16", "10") \
  SPLAT("0") ROW("0", "1") SPLAT("4") ROW("2", "3") SPLAT("8") ROW("4", "5") SPLAT("12") ROW("6", "7") \
  "add $16, %[left]\n add $32, %[panel]\n"

#define USED "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12"

#define TILE(name, ROW) \
  static void name(void) { \
    const float *left = data, *panel = data + 16384; \
    long n = DEPTH / 2; \
    __asm__ volatile("1:\n" STEP(ROW) STEP(ROW) "sub $1, %[n]\n jnz 1b\n" \
      : [left] "+r"(left), [panel] "+r"(panel), [n] "+r"(n) : : USED, "memory"); \
  }

TILE(pairs, PAIRS)
TILE(two_by_two, TWO_BY_TWO)
TILE(fused, FUSED)

// as many products and sums, nothing to load
static void peak(void) {
  long n = DEPTH;
  __asm__ volatile("1:\n" PAIRS("0", "1") PAIRS("2", "3") PAIRS("4", "5") PAIRS("6", "7") "sub $1, %[n]\n jnz 1b\n"
    : [n] "+r"(n) : : USED);
}

static double gflops(void (*run)(void)) {
  struct timespec start, end;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  for (int n = 0; n < CALLS; n++) run();
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
  double nanoseconds = (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
  return CALLS * (double)DEPTH * 8 * 4 * 2 / nanoseconds;
}

static int ascending(const void *a, const void *b) {
  return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(void) {
  const struct { const char *name; void (*run)(void); } loops[] = {
    {"pairs", pairs}, {"two by two", two_by_two}, {"fused", fused},
  };
  for (int l = 0; l < 3; l++) {
    double rates[ROUNDS], shares[ROUNDS];
    gflops(loops[l].run);
    for (int round = 0; round < ROUNDS; round++) {
      rates[round] = gflops(loops[l].run);
      shares[round] = rates[round] / gflops(peak);
    }
    qsort(rates, ROUNDS, sizeof *rates, ascending);
    qsort(shares, ROUNDS, sizeof *shares, ascending);
    printf("%-12s %6.1f GFLOP/s  %3.0f %% of the peak\n", loops[l].name, rates[ROUNDS / 2], 100 * shares[ROUNDS / 2]);
  }
}
