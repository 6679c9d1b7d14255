// The golden cases: their inputs as bindings/verify/cases.ts makes them, by integer arithmetic, and the results of this
// implementation. Writes for each case a line "NAME\tBYTES" and then as many bytes: the results, little-endian, every NaN
// as the quiet one. The program of binary32 writes the cases of f32 and the random streams, the other those of f64.

#include "third.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef F32
static const char DTYPE[] = "f32";
#define BY_DTYPE(f32, f64) f32
#else
static const char DTYPE[] = "f64";
#define BY_DTYPE(f32, f64) f64
#endif

// ---- results

static unsigned char results[1 << 24];
static size_t written;

static void put(uint64_t bits, int bytes) {
  for (int n = 0; n < bytes; n++) results[written++] = (unsigned char)(bits >> 8 * n);
}

static void put_double(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put(isnan(value) ? UINT64_C(0x7ff8000000000000) : bits, 8);
}

static void put_reals(const real *values, size_t count) {
  for (size_t n = 0; n < count; n++) {
#ifdef F32
    uint32_t bits;
    memcpy(&bits, &values[n], sizeof bits);
    put(isnan(values[n]) ? 0x7fc00000 : bits, 4);
#else
    put_double(values[n]);
#endif
  }
}

static void end_case(const char *name) {
  printf("%s\t%zu\n", name, written);
  fwrite(results, 1, written, stdout);
  written = 0;
}

// ---- inputs

static uint32_t state;

static void start(const char *name) {
  state = 0x811c9dc5;
  for (; *name; name++) state = (state ^ (unsigned char)*name) * 0x01000193;
  if (state == 0) state = 1;
}

static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static double uniform(void) {
#ifdef F32
  return (next() >> 8) / 0x1p24;
#else
  const double high = (next() >> 5) * 0x1p26;
  return (high + (next() >> 6)) / 0x1p53;
#endif
}

#ifdef F32
static const double SPECIAL[] = {0, 1.401298464324817e-45, 1.1754942106924411e-38, 1.1754943508222875e-38, 1e-20, 0.5,
                                 0.9999999403953552, 1, 1.0000001192092896, 2, 16.635532379150391, 88.72283935546875,
                                 103.972076, 1e20, 3.4028234663852886e38};
#else
static const double SPECIAL[] = {0, 5e-324, 2.225073858507201e-308, 2.2250738585072014e-308, 1e-160, 0.5,
                                 0.9999999999999999, 1, 1.0000000000000002, 2, 36.7368005696771, 709.782712893384,
                                 745.1332191019411, 1e160, 1.7976931348623157e308};
#endif

static double ordinary(void) {
  static const double SCALES[] = {1.0 / 64, 1.0 / 4, 1, 8, 32};
  const double value = 2 * uniform() - 1;
  return value * SCALES[next() % 5];
}

static double special(void) {
  const uint32_t kind = next() % 32;
  const double sign = next() & 1 ? 1 : -1;
  if (kind > 8) return ordinary();
  if (kind == 0) return next() % 2 == 0 ? sign * INFINITY : NAN;
  return sign * SPECIAL[next() % (sizeof SPECIAL / sizeof *SPECIAL)];
}

static double any(void) {
  const uint32_t high = next(), low = next();
#ifdef F32
  float value;
  memcpy(&value, &high, sizeof value);
  (void)low;
#else
  double value;
  const uint64_t bits = (uint64_t)high << 32 | low;
  memcpy(&value, &bits, sizeof value);
#endif
  return value;
}

static double twice(void) { return 2 * uniform(); }

static double wide(void) { return 2 * uniform() - 1; }

static real *take(size_t count, double (*value)(void)) {
  real *array = malloc((count + 1) * sizeof *array);
  if (array == NULL) abort();
  for (size_t n = 0; n < count; n++) array[n] = (real)value();
  return array;
}

static const struct {
  const char *name;
  double (*value)(void);
} KINDS[] = {{"ordinary", ordinary}, {"special", special}, {"any", any}};

// ---- building blocks

typedef struct {
  int rows, inputs, units;
} shape;

static const struct {
  const char *name;
  int count;
  shape shapes[4];
} SHAPES[] = {
    {"empty", 3, {{0, 3, 2}, {3, 0, 5}, {2, 4, 0}}},
    {"small", 4, {{1, 1, 1}, {2, 1, 3}, {1, 3, 2}, {3, 5, 7}}},
    {"whole", 3, {{4, 8, 16}, {8, 16, 8}, {16, 4, 32}}},
    {"ragged", 3, {{9, 13, 17}, {17, 33, 11}, {7, 15, 31}}},
    {"long", 3, {{5, 67, 9}, {67, 4, 3}, {2, 3, 70}}},
    {"one unit", 3, {{13, 21, 1}, {1, 40, 1}, {33, 2, 1}}},
};

static const char *const MATRIX_BLOCKS[] = {"forward", "inputGradient", "weightGradient", "biasGradient", "sseError"};

static void matrix_block(int block, shape size, double (*value)(void)) {
  const int rows = size.rows, inputs = size.inputs, units = size.units;
  const size_t x_count = (size_t)(rows * inputs), w_count = (size_t)(inputs * units), z_count = (size_t)(rows * units);
  const size_t firsts[] = {x_count, z_count, x_count, z_count, z_count}, seconds[] = {w_count, w_count, z_count, 0, z_count};
  real *first = take(firsts[block], value), *second = take(seconds[block], value);
  real *third = take(block == 0 ? (size_t)units : 0, value);
  const size_t counts[] = {z_count, x_count, w_count, (size_t)units};
  real *out = malloc((x_count + w_count + z_count + (size_t)units + 1) * sizeof *out);
  if (out == NULL) abort();
  if (block == 0) forward(out, first, second, third, rows, inputs, units);
  if (block == 1) input_gradient(out, first, second, rows, inputs, units);
  if (block == 2) weight_gradient(out, first, second, rows, inputs, units);
  if (block == 3) bias_gradient(out, first, rows, units);
  if (block < 4) put_reals(out, counts[block]);
  else {
    put_double(0.5 * sum_squared_errors(0, first, second, rows, units));
    for (size_t start = 0; start < z_count; start += (size_t)units) {
      put_double(0.5 * sum_squared_errors(0, first + start, second + start, 1, units));
    }
  }
  free(first);
  free(second);
  free(third);
  free(out);
}

static const char *const ELEMENT_BLOCKS[] = {"sigmoid", "tanh", "exp", "log", "sigmoidDerivative", "sseGradient", "update"};

static void element_block(int block, size_t length, double (*value)(void)) {
  static const double RATES[] = {0.1, 0, 1e300, 5e-324};
  for (int repeat = 0; repeat < (block == 6 ? 4 : 1); repeat++) {
    real *first = take(length, value), *second = take(block >= 5 ? length : 0, value);
    if (block == 6) descend(first, second, length, RATES[repeat]);
    for (size_t n = 0; n < length; n++) {
      if (block < 4) first[n] = ELEMENTARY[block](first[n]);
      if (block == 4) first[n] = first[n] * (1 - first[n]);
      if (block == 5) first[n] = first[n] - second[n];
    }
    put_reals(first, length);
    free(first);
    free(second);
  }
}

static void activation_block(activation f, size_t length, double (*value)(void)) {
  real *z = take(length, value), *slopes = calloc(length + 1, sizeof *slopes);
  if (slopes == NULL) abort();
  for (size_t n = 0; n < length; n++) z[n] = activate(f, z[n], slopes + n);
  put_reals(z, length);
  put_reals(slopes, length);
  free(z);
  free(slopes);
}

static void blocks(void) {
  static const size_t LENGTHS[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 500};
  char name[100];
  for (int block = 0; block < 5; block++) {
    for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++) {
      for (int kind = 0; kind < (s == 0 ? 1 : 2); kind++) {
        snprintf(name, sizeof name, "%s %s %s, %s values", MATRIX_BLOCKS[block], DTYPE, SHAPES[s].name, KINDS[kind].name);
        start(name);
        for (int n = 0; n < SHAPES[s].count; n++) matrix_block(block, SHAPES[s].shapes[n], KINDS[kind].value);
        end_case(name);
      }
    }
  }
  for (int block = 0; block < 7; block++) {
    for (int kind = 0; kind < 3; kind++) {
      snprintf(name, sizeof name, "%s %s, %s values", ELEMENT_BLOCKS[block], DTYPE, KINDS[kind].name);
      start(name);
      for (size_t n = 0; n < sizeof LENGTHS / sizeof *LENGTHS; n++) element_block(block, LENGTHS[n], KINDS[kind].value);
      end_case(name);
    }
  }
  for (int f = 0; f < ACTIVATIONS; f++) {
    for (int kind = 0; kind < 3; kind++) {
      const double alpha = f == 4 ? 0.01 : 1;
      snprintf(name, sizeof name, "activate %s %s, %s values", ACTIVATION_NAMES[f], DTYPE, KINDS[kind].name);
      start(name);
      for (size_t n = 0; n < sizeof LENGTHS / sizeof *LENGTHS; n++) {
        activation_block((activation){f, alpha}, LENGTHS[n], KINDS[kind].value);
      }
      end_case(name);
    }
  }
}

// ---- random streams, initial parameters

static const uint64_t SEEDS[] = {0, 42, (UINT64_C(1) << 32) + 42, (UINT64_C(1) << 53) - 1};

#ifdef F32
static void near_midpoints(void) {
  static const uint32_t BITS[] = {
      0x3c08b9b4, 0x3c707f9b, 0x3cb3cc99, 0x3cd43dca, 0x3cf8521e, 0x3d20e8ec, 0x3d4708a6, 0x3d6739d7,
      0x3d88b7ce, 0x3db26bae, 0x3dd32544, 0x3df3b494, 0x3e13ec5f, 0x3e3441c3, 0x3e579b2b, 0x3e77e833,
      0xbc134881, 0xbc4672df, 0xbc7b5583, 0xbc9d035b, 0xbcc4fc0e, 0xbcf43341, 0xbd15d757, 0xbd39d098,
      0xbd64418e, 0xbd8b7211, 0xbdab7406, 0xbdcb8c22, 0xbded07ed, 0xbe0f57ba, 0xbe3055ed, 0xbe50e204};
  static const uint32_t MARGIN[] = {0xc09d02bc, 0xc0b47be9, 0xc0cbfa56, 0xc0df00b8, 0xc1070209, 0xc13e0247,
                                    0xc1803f4d, 0xc191a044, 0xc09bacc0, 0xc0b232b2, 0xc0c7ab5f, 0xc0e1aa90,
                                    0xc10655d6, 0xc12855c4, 0xc131aa50, 0xc13d9725};
  float z[32], a[32];
  for (int margin = 0; margin < 2; margin++) {
    const size_t count = margin ? 16 : 32;
    memcpy(z, margin ? MARGIN : BITS, count * sizeof *z);
    for (size_t n = 0; n < count; n++) a[n] = ELEMENTARY[0](z[n]);
    for (int n = 0; n < 8; n++) {
      float single[8] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
      single[n] = a[n];
      put_reals(single, 8);
    }
    put_reals(a, 4);
    put_reals(a, count);
    end_case(margin ? "sigmoid f32, at the table's margin" : "sigmoid f32, near midpoints");
  }
  static const uint32_t LOG_BITS[] = {0x4c5d65a5, 0x65d890d3, 0x6f31a8ec, 0x1f116ab8, 0x41178feb};
  memcpy(z, LOG_BITS, sizeof LOG_BITS);
  for (int n = 0; n < 5; n++) a[n] = ELEMENTARY[3](z[n]);
  for (int odd = 0; odd < 2; odd++) {
    const int first = odd ? 3 : 0, count = odd ? 2 : 3;
    for (int n = 0; n < count; n++) {
      float single[8];
      for (int k = 0; k < 8; k++) single[k] = k == n ? a[first + n] : -INFINITY;
      put_reals(single, 8);
    }
    put_reals(a + first, (size_t)count);
    put_reals(a + first, (size_t)count);
    end_case(odd ? "log f32, rounded to odd" : "log f32, near midpoints");
  }
}

static void streams(void) {
  static const uint32_t FIRSTS[] = {0, 0xffffffff, 0x13198a2e};
  static const uint32_t ROWS[] = {0, 1, 2, 3, 10, 1000};
  char name[100];
  for (int n = 0; n < 3; n++) {
    snprintf(name, sizeof name, "threefry, keys and counters from %u", FIRSTS[n]);
    start(name);
    uint32_t in[4] = {FIRSTS[n], FIRSTS[n], FIRSTS[n], FIRSTS[n]}, out[2];
    for (int block = 0; block < 200; block++) {
      threefry(in, in + 2, out);
      put(out[0], 4);
      put(out[1], 4);
      for (int word = 0; word < 4; word++) in[word] = next();
    }
    end_case(name);
  }
  for (int n = 0; n < 4; n++) {
    for (uint32_t epoch = 0; epoch <= 7; epoch += 7) {
      uint32_t order[1000];
      for (int size = 0; size < 6; size++) {
        shuffle(order, ROWS[size], SEEDS[n], epoch);
        for (uint32_t i = 0; i < ROWS[size]; i++) put(order[i], 4);
      }
      snprintf(name, sizeof name, "shuffle, seed %llu, epoch %u", (unsigned long long)SEEDS[n], epoch);
      end_case(name);
    }
  }
  static const struct {
    uint32_t rows, seed;
  } PASSING_OVER[] = {{50, 15643780}, {50, 60949874}, {50, 57306633},  {3000, 1544},
                      {10000, 183},   {30000, 6},     {300000, 12345}};
  for (int n = 0; n < 7; n++) {
    static uint32_t order[300000];
    shuffle(order, PASSING_OVER[n].rows, PASSING_OVER[n].seed, 0);
    for (uint32_t i = 0; i < PASSING_OVER[n].rows; i++) put(order[i], 4);
    snprintf(name, sizeof name, "shuffle of %u rows passes words over, seed %u", PASSING_OVER[n].rows,
             PASSING_OVER[n].seed);
    end_case(name);
  }
}
#endif

static void put_parameters(const network *net) {
  for (int l = 0; l < net->layers; l++) {
    put_reals(net->w[l], weights_of(net, l));
    put_reals(net->b[l], biases_of(net, l));
    put_reals(net->moving[l], moving_of(net, l));
  }
}

static void initial(void) {
  static const struct {
    const char *name;
    int layers, sizes[3];
  } NETWORKS[] = {{"1-1", 1, {1, 1}}, {"7-13-3", 2, {7, 13, 3}}};
  char name[100];
  for (int n = 0; n < 2; n++) {
    for (int s = 0; s < 4; s++) {
      network net = create(NETWORKS[n].layers, NETWORKS[n].sizes, NULL, SEEDS[s]);
      put_parameters(&net);
      destroy(&net);
      snprintf(name, sizeof name, "initial %s %s, seed %llu", DTYPE, NETWORKS[n].name, (unsigned long long)SEEDS[s]);
      end_case(name);
    }
  }
  static const char *const INITIALIZERS[] = {"constant", "uniform", "normal", "glorotNormal", "heUniform", "heNormal",
                                             "lecunUniform", "lecunNormal", "orthogonal"};
  for (size_t n = 0; n < sizeof INITIALIZERS / sizeof *INITIALIZERS; n++) {
    network net = create(2, NETWORKS[1].sizes, NULL, SEEDS[3]);
    for (int l = 0; l < 2; l++) {
      initial_weights(net.w[l], INITIALIZERS[n], net.sizes[l], net.sizes[l + 1], SEEDS[3], (uint32_t)l);
    }
    put_parameters(&net);
    destroy(&net);
    snprintf(name, sizeof name, "initial %s 7-13-3, %s", DTYPE, INITIALIZERS[n]);
    end_case(name);
  }
}

// ---- trainings

static const struct {
  const char *name;
  int layers, sizes[MAX_LAYERS + 1];
  double learning_rate;
  uint64_t seed;
  int epochs, batch_size;
  bool shuffled;
  int rows;                     // 0: the truth table
  double targets[4];            // of the truth table
  const char *const ways[6];    // all that train leave the same parameters
  activation activations[MAX_LAYERS]; // all zeros: sigmoid; linear has an alpha, which it does not use
  int loss;
  double delta;
  optimizer optimizer; // all zeros: sgd
  regularization regular[MAX_LAYERS];
  double smoothing;
  double clip;
  bool weighted, scheduled, negative_zeros;
  double x_scale, y_scale; // 0: 1
  uint32_t buffer; // rows of a shuffle buffer; 0: none
  kind kinds[MAX_LAYERS]; // all zeros: dense
  bool largest_last;       // the last row of x is the largest numbers; the target is whether the first input is the larger
} TRAININGS[] = {
    {"OR 2-1", 1, {2, 1}, 0.5, 1, 200, 1, false, 0, {0, 1, 1, 1}, {"fit", "outputs"}},
    {"OR 2-1 in one batch", 1, {2, 1}, 0.5, 1, 200, 4, false, 0, {0, 1, 1, 1}, {"fit"}},
    {"XOR 2-3-1", 2, {2, 3, 1}, 0.5, 42, 2000, 4, false, 0, {0, 1, 1, 0}, {"fit", "outputs"}},
    {"XOR 2-3-1 row by row, shuffled", 2, {2, 3, 1}, 2, 42, 500, 1, true, 0, {0, 1, 1, 0}, {"fit", "outputs"}},
    {"deep 9-17-12-5-3", 4, {9, 17, 12, 5, 3}, 0.25, (UINT64_C(1) << 53) - 1, 20, 8, false, 37, {0}, {"fit", "outputs", "by hand"}},
    {"shuffled 16-32-8", 2, {16, 32, 8}, 0.05, (UINT64_C(1) << 32) + 7, 30, 16, true, 101, {0},
     {"fit", "outputs", "fit twice", "fitAsync", "save and load"}},
    {"row by row 24-10-4", 2, {24, 10, 4}, 0.3, 3, 10, 1, true, 29, {0}, {"fit", "outputs"}},
    {"one input, one unit 1-1-1", 2, {1, 1, 1}, 0.7, 4, 50, 15, true, 40, {0}, {"fit", "outputs"}},
    {"one output 6-20-1", 2, {6, 20, 1}, 0.1, 5, 30, 7, true, 50, {0}, {"fit", "outputs", "by hand", "gradients"}},
    {"mostly zeros 45-38-3", 2, {45, 38, 3}, 0.2, 7, 12, 8, true, 53, {0},
     {"fit", "outputs", "compressed", "streamed", "gradients"}},
    {"mostly zeros, row by row 130-9-2", 2, {130, 9, 2}, 0.2, 8, 4, 1, false, 20, {0}, {"fit", "outputs", "compressed"}},
    {"sparse, few columns 300-9-2", 2, {300, 9, 2}, 0.2, 170, 4, 5, true, 21, {0}, {"fit", "outputs", "compressed"}},
    {"sparse 70-1", 1, {70, 1}, 0.2, 171, 4, 5, true, 21, {0}, {"fit", "compressed", "gradients"}},
    {"sparse, adam 33-1", 1, {33, 1}, 0.02, 172, 4, 40, false, 21, {0}, {"fit", "compressed"}, {{LINEAR, 1}}, MSE, 0,
     {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}},
    {"several windows 40-5-1", 2, {40, 5, 1}, 0.02, 173, 2, 32, true, 2500, {0}, {"fit", "streamed"}},
    {"weighted, scheduled, several windows in order 40-5-1", 2, {40, 5, 1}, 0.02, 176, 2, 32, false, 2500, {0},
     {"epoch by epoch", "streamed"}, .weighted = true, .scheduled = true},
    {"several windows in order 2-1", 1, {2, 1}, 0.02, 174, 2, 4, false, 30000, {0}, {"fit", "streamed"}},
    {"a buffer of 100 rows 9-5-1", 2, {9, 5, 1}, 0.1, 175, 3, 16, false, 331, {0}, {"streamed"}, .buffer = 100},
    {"relu, tanh and linear 9-14-6-3", 3, {9, 14, 6, 3}, 0.02, 9, 12, 8, true, 37, {0},
     {"fit", "outputs", "save and load", "gradients"}, {{3, 0}, {2, 0}, {0, 0}}},
    {"leakyRelu, elu and softplus 9-14-6-3", 3, {9, 14, 6, 3}, 0.02, 10, 12, 8, true, 37, {0},
     {"fit", "outputs", "save and load"}, {{4, 0.3}, {5, 0.7}, {8, 0}}},
    {"selu, silu and hardSigmoid, row by row 9-7-6-3", 3, {9, 7, 6, 3}, 0.05, 11, 5, 1, false, 37, {0},
     {"fit", "outputs"}, {{6, 0}, {9, 0}, {7, 0}}},
    {"gelu, geluTanh and linear, mostly zeros 40-12-1-5", 3, {40, 12, 1, 5}, 0.02, 12, 10, 9, true, 37, {0},
     {"fit", "outputs", "gradients"}, {{11, 0}, {10, 0}, {0, 0}}},
    {"relu6, mish and softsign 9-14-6-3", 3, {9, 14, 6, 3}, 0.02, 32, 12, 8, true, 37, {0},
     {"fit", "outputs", "save and load", "gradients"}, {{12, 0}, {13, 0}, {15, 0}}},
    {"hardSwish and hardSwish, row by row 9-7-3", 2, {9, 7, 3}, 0.05, 33, 5, 1, false, 37, {0},
     {"fit", "outputs"}, {{14, 0}, {14, 0}}},
    {"mse 9-14-3", 2, {9, 14, 3}, 1.5, 13, 12, 8, true, 37, {0}, {"fit", "outputs", "training outputs"}, {{0, 0}}, MSE, 0},
    {"mae 9-14-3", 2, {9, 14, 3}, 0.1, 14, 12, 8, true, 37, {0}, {"fit", "outputs", "gradients"}, {{TANH, 0}, {LINEAR, 1}}, MAE, 0},
    {"huber 9-14-3", 2, {9, 14, 3}, 0.1, 15, 12, 8, true, 37, {0}, {"fit", "outputs", "save and load", "gradients"},
     {{RELU, 0}, {LINEAR, 1}}, HUBER, 0.3},
    {"binaryCrossEntropy 9-14-3", 2, {9, 14, 3}, 0.5, 16, 12, 8, true, 37, {0}, {"fit", "outputs", "save and load"},
     {{RELU, 0}, {SIGMOID, 0}}, BINARY_CROSS_ENTROPY, 0},
    {"binaryCrossEntropy, labels smoothed 9-14-3", 2, {9, 14, 3}, 0.5, 30, 12, 8, true, 37, {0},
     {"fit", "outputs", "save and load", "gradients"}, {{TANH, 0}, {SIGMOID, 0}}, BINARY_CROSS_ENTROPY, .smoothing = 0.1},
    {"categoricalCrossEntropy, labels smoothed 9-14-5", 2, {9, 14, 5}, 0.2, 31, 12, 8, true, 37, {0}, {"fit", "outputs", "by hand", "gradients"},
     {{TANH, 0}, {SOFTMAX, 0}}, CATEGORICAL_CROSS_ENTROPY, .smoothing = 0.3},
    {"binaryCrossEntropy, clipped 9-14-3", 2, {9, 14, 3}, 0.5, 221, 12, 8, true, 37, {0}, {"fit", "outputs", "save and load", "gradients"},
     {{TANH, 0}, {SIGMOID, 0}}, BINARY_CROSS_ENTROPY, .clip = 0.2},
    {"binaryCrossEntropy, clipped 9-14-1", 2, {9, 14, 1}, 0.5, 222, 12, 8, true, 37, {0}, {"fit", "outputs"},
     {{RELU, 0}, {SIGMOID, 0}}, BINARY_CROSS_ENTROPY, .clip = 0.3},
    {"categoricalCrossEntropy, clipped 9-14-5", 2, {9, 14, 5}, 0.5, 223, 12, 8, true, 37, {0}, {"fit", "outputs", "gradients"},
     {{TANH, 0}, {SOFTMAX, 0}}, CATEGORICAL_CROSS_ENTROPY, .smoothing = 0.1, .clip = 0.15},
    {"categoricalCrossEntropy, mostly zeros 40-14-5", 2, {40, 14, 5}, 0.2, 17, 12, 8, true, 37, {0}, {"fit", "outputs"},
     {{SILU, 0}, {SOFTMAX, 0}}, CATEGORICAL_CROSS_ENTROPY, 0},
    {"momentum 9-14-3", 2, {9, 14, 3}, 0.2, 18, 12, 8, true, 37, {0}, {"fit", "outputs"}, {{0, 0}}, MSE, 0,
     {SGD, .momentum = 0.9}},
    {"nesterov 9-14-3", 2, {9, 14, 3}, 0.3, 19, 12, 8, true, 37, {0}, {"fit", "outputs"}, {{0, 0}}, MSE, 0,
     {SGD, .momentum = 0.8, .nesterov = true}},
    {"rmsprop 9-14-3", 2, {9, 14, 3}, 0.01, 20, 12, 8, true, 37, {0}, {"fit", "outputs"}, {{0, 0}}, MSE, 0,
     {RMSPROP, .rho = 0.99, .epsilon = 1e-8}},
    {"adagrad 9-14-3", 2, {9, 14, 3}, 0.1, 21, 12, 8, true, 37, {0}, {"fit", "outputs"}, {{0, 0}}, MSE, 0,
     {ADAGRAD, .epsilon = 1e-10}},
    {"adam 9-14-3", 2, {9, 14, 3}, 0.02, 22, 12, 8, true, 37, {0}, {"fit", "outputs", "fit twice", "steps too far"}, {{0, 0}}, MSE, 0,
     {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}},
    {"adamw 9-14-3", 2, {9, 14, 3}, 0.04, 23, 12, 8, true, 37, {0}, {"fit", "outputs"}, {{0, 0}}, MSE, 0,
     {ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 1.1}},
    {"nadam 9-14-3", 2, {9, 14, 3}, 0.02, 24, 12, 8, true, 37, {0}, {"fit", "outputs", "interrupted", "by hand"}, {{0, 0}}, MSE, 0,
     {NADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .momentum_decay = 0.004}},
    {"lion 9-14-3", 2, {9, 14, 3}, 0.01, 25, 12, 8, true, 37, {0}, {"fit", "outputs", "by hand"}, {{0, 0}}, MSE, 0,
     {LION, .beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0.1}},
    {"adam with clipValue, l1 and l2 9-14-3", 2, {9, 14, 3}, 0.02, 26, 12, 8, true, 37, {0}, {"fit", "outputs", "by hand"},
     {{TANH, 0}, {LINEAR, 1}}, MSE, 0, {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_value = 0.01},
     {{0.001, 0.003, 0}, {0, 0.01, 0}}},
    {"sgd with clipNorm 9-14-3", 2, {9, 14, 3}, 1.5, 27, 12, 8, true, 37, {0}, {"fit", "outputs", "by hand"}, {{0, 0}}, MSE, 0,
     {SGD, .clip_norm = 0.1}},
    {"adam with dropout 9-14-11-3", 3, {9, 14, 11, 3}, 0.01, (UINT64_C(1) << 32) + 28, 12, 8, true, 37, {0},
     {"fit", "outputs", "interrupted", "by hand", "gradients", "gradients without dropout"}, {{RELU, 0}, {TANH, 0}, {LINEAR, 1}}, MSE, 0, {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
     {{0, 0, 0.3}, {0, 0, 0.5}}},
    {"adam with clipNorm, mostly zeros 40-14-5", 2, {40, 14, 5}, 0.02, 29, 12, 8, true, 37, {0}, {"fit", "outputs", "by hand"},
     {{0, 0}}, MSE, 0, {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_norm = 0.05}},
    {"passing a word over 3-4-2", 2, {3, 4, 2}, 0.3, 371752, 9, 8, true, 37, {0}, {"fit", "outputs"}},
    {"passing a word over, row by row 2-3-1", 2, {2, 3, 1}, 0.5, 1493206, 7, 1, true, 37, {0}, {"fit", "outputs"}},
    {"sparse 40-2-2", 2, {40, 2, 2}, 0.3, 32, 2, 8, true, 19, {0}, {"all"}},
    {"sparse 40-3-2", 2, {40, 3, 2}, 0.3, 33, 2, 8, false, 19, {0}, {"all"}},
    {"sparse 40-6-2", 2, {40, 6, 2}, 0.3, 36, 2, 8, true, 19, {0}, {"all"}},
    {"sparse 40-7-2", 2, {40, 7, 2}, 0.3, 37, 2, 8, false, 19, {0}, {"all"}},
    {"sparse 40-10-2", 2, {40, 10, 2}, 0.3, 40, 2, 8, true, 19, {0}, {"all"}},
    {"sparse 40-11-2", 2, {40, 11, 2}, 0.3, 41, 2, 8, false, 19, {0}, {"all"}},
    {"sparse 40-15-2", 2, {40, 15, 2}, 0.3, 45, 2, 8, false, 19, {0}, {"all"}},
    {"sparse 40-19-2", 2, {40, 19, 2}, 0.3, 49, 2, 8, false, 19, {0}, {"all"}},
    {"sparse 40-24-2", 2, {40, 24, 2}, 0.3, 54, 2, 8, true, 19, {0}, {"all"}},
    {"sparse 40-34-2", 2, {40, 34, 2}, 0.3, 64, 2, 8, true, 19, {0}, {"all"}},
    {"sparse 40-42-2", 2, {40, 42, 2}, 0.3, 72, 2, 8, true, 19, {0}, {"all"}},
    {"sparse, two rows a batch 40-7-2", 2, {40, 7, 2}, 0.3, 157, 2, 2, true, 9, {0}, {"all"}},
    {"sparse, row by row 45-7-2", 2, {45, 7, 2}, 0.3, 60, 2, 1, true, 9, {0}, {"all"}},
    {"sparse, one row 40-3-2", 2, {40, 3, 2}, 0.3, 59, 2, 1, true, 1, {0}, {"all"}},
    {"sparse, one unit 40-1-2", 2, {40, 1, 2}, 0.3, 61, 2, 6, true, 9, {0}, {"all"}},
    {"sparse, relu 37-11-2", 2, {37, 11, 2}, 0.02, 62, 2, 8, true, 19, {0}, {"all"}, .activations = {{RELU, 0},
     {LINEAR, 1}}},
    {"sparse, relu, one step of 1 40-11-2", 2, {40, 11, 2}, 0.75, 151, 1, 1, false, 1, {0}, {"all"},
     .activations = {{RELU, 0}, {LINEAR, 1}}},
    {"sparse, relu, one step of 3 40-11-2", 2, {40, 11, 2}, 0.75, 153, 1, 3, false, 3, {0}, {"all"},
     .activations = {{RELU, 0}, {LINEAR, 1}}},
    {"sparse, biases of minus zero 37-11-2", 2, {37, 11, 2}, 0.02, 63, 1, 8, true, 19, {0}, {"all"}, .activations = {{LINEAR, 1}, {LINEAR, 1}}, .negative_zeros = true},
    {"sparse, biases of minus zero of sigmoids 37-11-2", 2, {37, 11, 2}, 0.02, 64, 1, 8, true, 19, {0}, {"all"},
     .negative_zeros = true},
    {"sparse, empty rows, biases of minus zero 37-3", 1, {37, 3}, 0.02, 67, 1, 8, true, 19, {0}, {"all"},
     .activations = {{LINEAR, 1}}, .regular = {{.frozen = true}}, .negative_zeros = true},
    {"sparse, lion 45-11-2", 2, {45, 11, 2}, 0.01, 68, 2, 8, true, 19, {0}, {"all"}, .loss = MSE,
     .optimizer = {LION, .beta1 = 0.9, .beta2 = 0.99}},
    {"sparse, adam 45-11-2", 2, {45, 11, 2}, 0.02, 65, 2, 8, true, 19, {0}, {"all", "interrupted", "gradients"}, .loss = MSE, .optimizer = {ADAM,
     .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}},
    {"sparse, adam with clipNorm 45-10-2", 2, {45, 10, 2}, 0.02, 66, 2, 8, false, 19, {0}, {"all"}, .loss = MSE,
     .optimizer = {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_norm = 0.05}},
    {"row by row 5-3", 1, {5, 3}, 0.7, 70, 3, 1, true, 7, {0}, {"all", "epoch by epoch"}},
    {"row by row 5-7-1", 2, {5, 7, 1}, 0.7, 71, 3, 1, false, 7, {0}, {"all", "epoch by epoch"}},
    {"row by row 3-4-4-1", 3, {3, 4, 4, 1}, 0.7, 72, 3, 1, true, 7, {0}, {"all", "epoch by epoch"}},
    {"row by row 4-3-1-2", 3, {4, 3, 1, 2}, 0.7, 73, 3, 1, false, 7, {0}, {"all", "epoch by epoch"}},
    {"row by row 3-2-1", 2, {3, 2, 1}, 0.7, 74, 3, 1, true, 7, {0}, {"all", "epoch by epoch"}},
    {"row by row 3-3-1", 2, {3, 3, 1}, 0.7, 75, 3, 1, false, 7, {0}, {"all", "epoch by epoch"}},
    {"row by row 3-1-1", 2, {3, 1, 1}, 0.7, 76, 3, 1, true, 7, {0}, {"all", "epoch by epoch"}},
    {"row by row 5-6-3", 2, {5, 6, 3}, 0.7, 77, 3, 1, false, 7, {0}, {"all", "epoch by epoch"}},
    {"row by row 9-4-3", 2, {9, 4, 3}, 0.7, 78, 3, 1, true, 7, {0}, {"all", "epoch by epoch"}},
    {"row by row 2-2-1", 2, {2, 2, 1}, 0.9, 82, 4, 1, true, 7, {0}, {"all", "epoch by epoch", "fit twice", "interrupted"}},
    {"row by row 2-3-1", 2, {2, 3, 1}, 0.9, 83, 4, 1, false, 7, {0}, {"all", "epoch by epoch", "fit twice", "interrupted"}},
    {"row by row 2-4-1", 2, {2, 4, 1}, 0.9, 84, 4, 1, true, 7, {0}, {"all", "epoch by epoch", "fit twice", "interrupted"}},
    {"row by row 2-5-1", 2, {2, 5, 1}, 0.9, 85, 4, 1, false, 7, {0}, {"all", "epoch by epoch", "fit twice", "interrupted"}},
    {"row by row, far from 0 2-3-1", 2, {2, 3, 1}, 300, 86, 4, 1, true, 7, {0}, {"all"}},
    {"one unit, batches of 4, shuffled 2-1", 1, {2, 1}, 0.9, 90, 6, 4, true, 12, {0}, {"all", "epoch by epoch", "fit twice", "interrupted"}},
    {"one unit, a last batch of 2 2-1", 1, {2, 1}, 0.9, 91, 3, 4, false, 10, {0}, {"all", "interrupted", "training outputs"}},
    {"one unit, batches of 4 3-1", 1, {3, 1}, 0.9, 92, 3, 4, true, 12, {0}, {"all"}},
    {"one unit, batches of 7 5-1", 1, {5, 1}, 0.9, 93, 3, 7, true, 26, {0}, {"all", "epoch by epoch", "interrupted"}},
    {"two units, batches of 4 2-2", 1, {2, 2}, 0.9, 94, 3, 4, true, 12, {0}, {"all"}},
    {"deep, batches of 7 9-10-6-3", 3, {9, 10, 6, 3}, 0.25, 95, 3, 7, true, 20, {0}, {"all", "epoch by epoch"}},
    {"one unit in the middle, batches of 6 5-9-1-3", 3, {5, 9, 1, 3}, 0.1, 96, 3, 6, true, 20, {0}, {"all"},
     .activations = {{TANH, 0}, {ELU, 1}, {LINEAR, 1}}},
    {"mae, one output 9-5-1", 2, {9, 5, 1}, 0.1, 97, 3, 7, true, 20, {0}, {"all"}, .activations = {{TANH, 0}, {LINEAR, 1}}, .loss = MAE},
    {"mae, errors of 0 2-3-1", 2, {2, 3, 1}, 0.1, 97, 4, 3, true, 0, {0, 0, 1, 0}, {"all"}, {{TANH, 0}, {LINEAR, 1}}, MAE},
    {"binaryCrossEntropy, far from 0 3-4-1", 2, {3, 4, 1}, 0.001, 98, 2, 7, true, 20, {0}, {"all"},
     .activations = {{LINEAR, 1}, {SIGMOID, 0}}, .loss = BINARY_CROSS_ENTROPY, .x_scale = 1000},
    {"dropout of one unit, of sigmoids 7-1-5-3-9-2", 5, {7, 1, 5, 3, 9, 2}, 0.5, 99, 3, 6, true, 20, {0}, {"all"},
     .regular = {{0, 0, 0.4}, {0, 0, 0.1}, {0, 0, 0.5}, {0, 0, 0.25}}},
    {"weighted mse, shuffled 9-6-3", 2, {9, 6, 3}, 0.5, 100, 3, 7, true, 20, {0}, {"all", "interrupted", "gradients"}, .loss = MSE,
     .weighted = true},
    {"weighted categoricalCrossEntropy 9-6-5", 2, {9, 6, 5}, 0.5, 101, 3, 7, false, 20, {0}, {"all", "gradients"},
     .activations = {{TANH, 0}, {SOFTMAX, 0}}, .loss = CATEGORICAL_CROSS_ENTROPY, .weighted = true},
    {"weighted, row by row 2-3-1", 2, {2, 3, 1}, 0.5, 102, 3, 1, true, 7, {0}, {"all"}, .weighted = true},
    {"scheduled adam 9-6-3", 2, {9, 6, 3}, 0.05, 103, 3, 7, true, 20, {0}, {"all", "interrupted"}, .loss = MSE, .optimizer = {ADAM,
     .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}, .scheduled = true},
    {"scheduled, row by row 2-3-1", 2, {2, 3, 1}, 0.9, 104, 3, 1, true, 7, {0}, {"all"}, .scheduled = true},
    {"row by row, large steps 2-3-1", 2, {2, 3, 1}, 400, 159, 3, 1, true, 7, {0}, {"all"}},
    {"scheduled, 20 steps an epoch 2-3-1", 2, {2, 3, 1}, 0.9, 158, 3, 1, true, 20, {0}, {"all"}, .scheduled = true},
    {"frozen first layer 9-6-5-3", 3, {9, 6, 5, 3}, 0.9, 105, 3, 7, true, 20, {0}, {"all", "gradients"},
     .regular = {{.frozen = true}}},
    {"frozen, all but the last, adamw with clipNorm 9-6-5-3", 3, {9, 6, 5, 3}, 0.05, 106, 3, 7, true, 20, {0}, {"all"},
     .loss = MSE,
     .optimizer = {ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.1, .clip_norm = 0.05},
     .regular = {{.frozen = true}, {.frozen = true}}},
    {"frozen middle and last layer, rmsprop 9-6-5-3", 3, {9, 6, 5, 3}, 0.05, 107, 3, 7, true, 20, {0}, {"all", "gradients"},
     .loss = MSE, .optimizer = {RMSPROP, .rho = 0.99, .epsilon = 1e-8}, .regular = {{0}, {.frozen = true},
     {.frozen = true}}},
    {"frozen layer, row by row 2-3-1", 2, {2, 3, 1}, 0.9, 108, 3, 1, true, 7, {0}, {"all"},
     .regular = {{.frozen = true}}},
    {"all frozen 5-4-2", 2, {5, 4, 2}, 0.9, 109, 2, 3, true, 7, {0}, {"all", "gradients"}, .regular = {{.frozen = true},
     {.frozen = true}}},
    {"clipValue 0.01 of sgd 5-6-1", 2, {5, 6, 1}, 0.05, 110, 3, 7, true, 20, {0}, {"all"}, .activations = {{TANH, 0},
     {LINEAR, 1}}, .loss = MSE, .optimizer = {SGD, .clip_value = 0.01}, .regular = {{0, 0.01, 0}, {0.02, 0, 0}}},
    {"momentum 0.9, clipValue 0.01 of sgd 5-6-1", 2, {5, 6, 1}, 0.05, 111, 3, 7, true, 20, {0}, {"all"},
     .activations = {{TANH, 0}, {LINEAR, 1}}, .loss = MSE, .optimizer = {SGD, .momentum = 0.9, .clip_value = 0.01},
     .regular = {{0, 0.01, 0}, {0.02, 0, 0}}},
    {"clipValue 0.01 of rmsprop 5-6-1", 2, {5, 6, 1}, 0.05, 112, 3, 7, true, 20, {0}, {"all"}, .activations = {{TANH,
     0}, {LINEAR, 1}}, .loss = MSE, .optimizer = {RMSPROP, .rho = 0.99, .epsilon = 1e-8, .clip_value = 0.01},
     .regular = {{0, 0.01, 0}, {0.02, 0, 0}}},
    {"clipValue 0.01 of adagrad 5-6-1", 2, {5, 6, 1}, 0.05, 113, 3, 7, true, 20, {0}, {"all"}, .activations = {{TANH,
     0}, {LINEAR, 1}}, .loss = MSE, .optimizer = {ADAGRAD, .epsilon = 1e-10, .clip_value = 0.01}, .regular = {{0,
     0.01, 0}, {0.02, 0, 0}}},
    {"clipValue 0.01 of nadam 5-6-1", 2, {5, 6, 1}, 0.05, 114, 3, 7, true, 20, {0}, {"all"}, .activations = {{TANH,
     0}, {LINEAR, 1}}, .loss = MSE, .optimizer = {NADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8,
     .momentum_decay = 0.004, .clip_value = 0.01}, .regular = {{0, 0.01, 0}, {0.02, 0, 0}}},
    {"clipValue 0.01 of lion 5-6-1", 2, {5, 6, 1}, 0.05, 115, 3, 7, true, 20, {0}, {"all"}, .activations = {{TANH, 0},
     {LINEAR, 1}}, .loss = MSE, .optimizer = {LION, .beta1 = 0.9, .beta2 = 0.99, .clip_value = 0.01}, .regular = {{0,
     0.01, 0}, {0.02, 0, 0}}},
    {"clipValue 0.01, clipNorm 0.03 of sgd 5-6-1", 2, {5, 6, 1}, 0.05, 116, 3, 7, true, 20, {0}, {"all"},
     .activations = {{TANH, 0}, {LINEAR, 1}}, .loss = MSE, .optimizer = {SGD, .clip_value = 0.01, .clip_norm = 0.03},
     .regular = {{0, 0.01, 0}, {0.02, 0, 0}}},
    {"clipNorm 1000 of sgd 5-6-1", 2, {5, 6, 1}, 0.05, 117, 3, 7, true, 20, {0}, {"all"}, .activations = {{TANH, 0},
     {LINEAR, 1}}, .loss = MSE, .optimizer = {SGD, .clip_norm = 1000}, .regular = {{0, 0.01, 0}, {0.02, 0, 0}}},
    {"1,500 rows in one batch 3-2-1", 2, {3, 2, 1}, 0.001, 153, 2, 1500, true, 1500, {0}, {"all"}},
    {"sixty layers of 2 units", 60, {[0 ... 60] = 2}, 0.5, 154, 2, 3, true, 6, {0}, {"all"}},
    {"dropout of 200 units 3-200-2", 2, {3, 200, 2}, 0.1, 155, 2, 3, true, 5, {0}, {"all"}, .regular = {{0, 0, 0.4}}},
    {"penalties of plain sgd 5-6-1", 2, {5, 6, 1}, 0.05, 118, 3, 7, true, 20, {0}, {"all"}, .activations = {{TANH, 0},
     {LINEAR, 1}}, .loss = MSE, .regular = {{0, 0.01, 0}, {0.02, 0, 0}}},
    {"penalty, row by row 2-3-1", 2, {2, 3, 1}, 0.9, 119, 3, 1, true, 7, {0}, {"all"}, .regular = {{0.01, 0, 0}}},
    {"for threads, frozen first layer 40-60-30-20", 3, {40, 60, 30, 20}, 0.1, 130, 1, 64, true, 64, {0}, {"all"},
     .regular = {{.frozen = true}}},
    {"for threads, one unit in the middle 60-90-1-90", 3, {60, 90, 1, 90}, 0.1, 131, 1, 64, true, 64, {0}, {"all"},
     .activations = {{TANH, 0}, {TANH, 0}, {SOFTMAX, 0}}, .loss = CATEGORICAL_CROSS_ENTROPY, .regular = {{0, 0, 0.2},
     {0, 0, 0.3}}, .weighted = true},
    {"for threads, fewer panels than threads, sparse 110-44-7-3", 3, {110, 44, 7, 3}, 0.1, 132, 1, 44, true, 44, {0},
     {"all"}, .loss = MSE, .optimizer = {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_norm = 0.1},
     .regular = {{0, 0, 0.2}, {0, 0, 0.3}}},
    {"for threads, mse, rows of whole registers 40-60-20", 2, {40, 60, 20}, 0.1, 133, 2, 49, true, 49, {0}, {"all", "gradients", "training outputs"},
     .loss = MSE},
    {"for threads, leakyRelu to gelu, rows of whole registers 50-40-40-40-40-20", 5, {50, 40, 40, 40, 40, 20}, 0.02, 136,
     2, 49, true, 49, {0}, {"all"}, .activations = {{LEAKY_RELU, 0.01}, {SOFTPLUS, 0}, {SILU, 0}, {GELU_TANH, 0}, {GELU, 0}},
     .loss = MSE},
    {"for threads, mish to elu, rows of whole registers 50-40-40-40-40-20", 5, {50, 40, 40, 40, 40, 20}, 0.02, 137, 2, 49,
     true, 49, {0}, {"all"}, .activations = {{MISH, 0}, {HARD_SWISH, 0}, {SOFTSIGN, 0}, {TANH, 0}, {ELU, 1}}, .loss = MSE},
    {"for threads, one unit 500-1", 1, {500, 1}, 0.001, 156, 1, 450, true, 450, {0}, {"all", "gradients"}},
    {"for threads, one panel a thread, sparse 800-24-3", 2, {800, 24, 3}, 0.1, 134, 2, 32, true, 32, {0}, {"all"}},
    {"for threads, one register a row, sparse 1000-3-2", 2, {1000, 3, 2}, 0.1, 135, 2, 49, true, 49, {0}, {"all"}},
    {"an infinite norm 5-4-2", 2, {5, 4, 2}, 0.1, 120, 2, 4, true, 8, {0}, {"all"}, .activations = {{LINEAR, 1},
     {LINEAR, 1}}, .loss = MSE, .optimizer = {SGD, .clip_norm = 1}, .x_scale = 1e12, .y_scale = BY_DTYPE(1e12, 1e150)},
    {"diverging 5-6-2", 2, {5, 6, 2}, BY_DTYPE(20, 1e8), 121, 30, 8, true, 20, {0}, {"all"}, .activations = {{LINEAR, 1}, {LINEAR, 1}}, .loss = MSE},
    {"errors too large 5-2", 1, {5, 2}, 0.1, 122, 2, 8, false, 8, {0}, {"all"}, .activations = {{LINEAR, 1}},
     .y_scale = BY_DTYPE(3e38, 1e200)},
    {"steps too large 5-2", 1, {5, 2}, BY_DTYPE(1e30, 1e200), 123, 2, 8, false, 8, {0}, {"all"},
     .activations = {{LINEAR, 1}}, .y_scale = BY_DTYPE(1e30, 1e150)},
    {"steps too large, seed 136 2-1", 1, {2, 1}, BY_DTYPE(3e38, 1.7e308), 136, 2, 4, false, 8, {0}, {"all"},
     .x_scale = 100},
    {"steps too large, seed 161 2-1", 1, {2, 1}, BY_DTYPE(3e38, 1.7e308), 161, 2, 4, false, 8, {0}, {"all"},
     .x_scale = 100},
    {"steps too large, seed 129 2-2-1", 2, {2, 2, 1}, BY_DTYPE(3e38, 1.7e308), 129, 2, 1, false, 8, {0}, {"all"},
     .x_scale = 100},
    {"steps too large, seed 169 2-4-1", 2, {2, 4, 1}, BY_DTYPE(3e38, 1.7e308), 169, 2, 1, false, 8, {0}, {"all"},
     .x_scale = 100},
    {"more epochs than one call runs 2-1", 1, {2, 1}, 0.5, 140, 65538, 4, false, 0, {0, 0, 0, 1}, {"all"}},
    {"rows of 1,024 bytes 70-256-2", 2, {70, 256, 2}, 0.1, 141, 1, 3, true, 5, {0}, {"all"}},
    {"rows of 8,200 weights 3-8200-1", 2, {3, 8200, 1}, 0.001, 152, 2, 2, true, 3, {0}, {"save and load"}},
    {"finite for some epochs 2-2-1", 2, {2, 2, 1}, 3, 147, 12, 1, false, 8, {0}, {"all"}, .largest_last = true},
    {"finite for some epochs 2-3-1", 2, {2, 3, 1}, 3, 147, 12, 1, false, 8, {0}, {"all"}, .largest_last = true},
    {"finite for some epochs 2-4-1", 2, {2, 4, 1}, 3, 147, 12, 1, false, 8, {0}, {"all"}, .largest_last = true},
    {"finite for some epochs 2-5-1", 2, {2, 5, 1}, 3, 147, 12, 1, false, 8, {0}, {"all"}, .largest_last = true},
    {"12,000 rows in order 2-1", 1, {2, 1}, 0.1, 142, 2, 4, false, 12000, {0}, {"interrupted"}},
    {"12,000 rows in order 2-2-1", 2, {2, 2, 1}, 0.1, 143, 2, 1, false, 12000, {0}, {"interrupted"}},
    {"12,000 rows in order 3-2-1", 2, {3, 2, 1}, 0.1, 144, 2, 50, false, 12000, {0}, {"interrupted"}},
    {"row by row 6000-3-1", 2, {6000, 3, 1}, 0.1, 148, 1, 1, false, 2, {0}, {"all"}},
    {"row by row 6000-1-1", 2, {6000, 1, 1}, 0.1, 146, 1, 1, false, 2, {0}, {"all"}},
    {"activation and dropout layers 9-9-14-14-14-3", 5, {9, 9, 14, 14, 14, 3}, 0.02, 180, 6, 8, true, 37, {0},
     {"fit", "outputs", "interrupted", "save and load", "by hand", "gradients"}, {{LINEAR, 1}, {LINEAR, 1}, {GELU, 0}, {LINEAR, 1}, {LINEAR, 1}},
     MSE, 0, {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_norm = 0.5},
     {{.dropout = 0.2}, {.l2 = 0.01}, {0}, {.dropout = 0.4}}, .kinds = {{IDENTITY}, {DENSE}, {IDENTITY}, {IDENTITY}}},
    {"activations first and last 9-9-6-5-5", 4, {9, 9, 6, 5, 5}, 0.5, 181, 3, 7, false, 20, {0}, {"all", "gradients"},
     {{ELU, 1}, {SIGMOID, 0}, {LINEAR, 1}, {SOFTMAX, 0}}, CATEGORICAL_CROSS_ENTROPY,
     .kinds = {{IDENTITY}, {DENSE}, {DENSE}, {IDENTITY}}},
    {"layers of one unit that activate or drop 1-1-1-4-1-1", 5, {1, 1, 1, 4, 1, 1}, 0.5, 182, 3, 6, true, 20, {0}, {"all", "gradients"},
     {{LINEAR, 1}, {TANH, 0}, {TANH, 0}, {LINEAR, 1}, {SIGMOID, 0}}, BINARY_CROSS_ENTROPY, .regular = {{.dropout = 0.3}},
     .kinds = {{IDENTITY}, {IDENTITY}, {DENSE}, {DENSE}, {IDENTITY}}},
    {"dropout of sparse inputs 40-40-7-2", 3, {40, 40, 7, 2}, 0.3, 183, 2, 8, true, 19, {0},
     {"fit", "outputs", "compressed", "streamed", "gradients"},
     {{LINEAR, 1}, {SIGMOID, 0}, {SIGMOID, 0}}, .regular = {{.dropout = 0.25}}, .kinds = {{IDENTITY}}},
    {"activation above a frozen layer 5-6-6-4", 3, {5, 6, 6, 4}, 0.3, 184, 2, 6, true, 20, {0}, {"all"},
     {{LINEAR, 1}, {RELU, 0}, {SIGMOID, 0}}, .optimizer = {SGD, .clip_norm = 0.1}, .regular = {{.frozen = true}},
     .kinds = {{DENSE}, {IDENTITY}}},
    {"for threads, activation and dropout layers 60-60-20-20-1-1-20", 6, {60, 60, 20, 20, 1, 1, 20}, 0.1, 185, 2, 81, true,
     162, {0}, {"all"}, {{LINEAR, 1}, {LINEAR, 1}, {SILU, 0}, {LINEAR, 1}, {TANH, 0}, {LINEAR, 1}}, MSE,
     .regular = {{.dropout = 0.2}}, .kinds = {{IDENTITY}, {DENSE}, {IDENTITY}, {DENSE}, {IDENTITY}, {DENSE}}},
    {"for threads, activation and dropout layers 200-200-70-70-1-1-70", 6, {200, 200, 70, 70, 1, 1, 70}, 0.1, 186, 2, 81, true,
     162, {0}, {"all"}, {{LINEAR, 1}, {LINEAR, 1}, {SILU, 0}, {LINEAR, 1}, {TANH, 0}, {LINEAR, 1}}, MSE,
     .regular = {{.dropout = 0.2}}, .kinds = {{IDENTITY}, {DENSE}, {IDENTITY}, {DENSE}, {IDENTITY}, {DENSE}}},
    {"for threads, rows through activation and dropout layers 60-60-40-40-8", 4, {60, 60, 40, 40, 8}, 0.1, 187, 2, 81, true,
     162, {0}, {"all"}, {{LINEAR, 1}, {LINEAR, 1}, {13, 0}, {LINEAR, 1}}, MSE, .regular = {{.dropout = 0.2}},
     .kinds = {{IDENTITY}, {DENSE}, {IDENTITY}, {DENSE}}},
    {"batch normalization 9-14-14-14-3", 4, {9, 14, 14, 14, 3}, 0.02, 190, 6, 8, true, 37, {0},
     {"fit", "outputs", "interrupted", "save and load", "gradients"}, {{LINEAR, 1}, {LINEAR, 1}, {RELU, 0}, {LINEAR, 1}}, MSE,
     .optimizer = {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
     .kinds = {{DENSE}, {BATCH_NORMALIZATION, 0.99, 0.001}, {IDENTITY}, {DENSE}}},
    {"batch normalization of inputs 9-9-7-2", 3, {9, 9, 7, 2}, 0.1, 191, 3, 6, false, 19, {0}, {"all", "gradients"},
     {{LINEAR, 1}, {TANH, 0}, {LINEAR, 1}}, MSE, .regular = {{0}, {.l2 = 0.01}, {0}},
     .kinds = {{BATCH_NORMALIZATION, 0.7, 0.01}, {DENSE}, {DENSE}}},
    {"batch normalizations without beta, gamma and both 5-11-11-4-4-9-9", 6, {5, 11, 11, 4, 4, 9, 9}, 0.05, 192, 3, 7,
     true, 20, {0}, {"all", "gradients"}, {{SIGMOID, 0}, {LINEAR, 1}, {TANH, 0}, {LINEAR, 1}, {ELU, 1}, {LINEAR, 1}}, MSE,
     .optimizer = {ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.1, .clip_norm = 0.3},
     .regular = {{0}, {0}, {.dropout = 0.2}, {0}, {0}, {0}},
     .kinds = {{DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001, .no_center = true}, {DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001, .no_scale = true}, {DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001, .no_center = true, .no_scale = true}}},
    {"batch normalization of one unit, and of one row 3-1-1-2", 3, {3, 1, 1, 2}, 0.2, 193, 4, 3, true, 7, {0}, {"all", "gradients"},
     {{LINEAR, 1}, {LINEAR, 1}, {LINEAR, 1}}, MSE, .optimizer = {SGD, .clip_value = 0.05},
     .kinds = {{DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001}, {DENSE}}},
    {"a frozen batch normalization 5-6-6-4", 3, {5, 6, 6, 4}, 0.3, 194, 3, 6, true, 20, {0}, {"all", "gradients"},
     {{SIGMOID, 0}, {LINEAR, 1}, {LINEAR, 1}}, MSE, .optimizer = {SGD, .clip_norm = 0.1},
     .regular = {{0}, {.frozen = true}, {0}}, .kinds = {{DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001}, {DENSE}}},
    {"batch normalization above a frozen layer 5-6-6-4", 3, {5, 6, 6, 4}, 0.3, 195, 3, 6, true, 20, {0}, {"all", "gradients"},
     {{SIGMOID, 0}, {LINEAR, 1}, {LINEAR, 1}}, MSE, .optimizer = {RMSPROP, .rho = 0.99, .epsilon = 1e-8},
     .regular = {{.frozen = true}, {0}, {0}}, .kinds = {{DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001}, {DENSE}}},
    {"batch normalization, clipValue and clipNorm 5-6-6-4", 3, {5, 6, 6, 4}, 0.3, 224, 3, 6, true, 20, {0}, {"all"},
     {{SIGMOID, 0}, {LINEAR, 1}, {LINEAR, 1}}, MSE, .optimizer = {SGD, .clip_value = 0.01, .clip_norm = 0.03},
     .kinds = {{DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001}, {DENSE}}},
    {"batch normalization of one column, first, with clipNorm 1-1-3", 2, {1, 1, 3}, 0.2, 196, 3, 5, true, 12, {0},
     {"all"}, {{LINEAR, 1}, {LINEAR, 1}}, MSE, .optimizer = {SGD, .momentum = 0.9, .clip_norm = 0.2},
     .kinds = {{BATCH_NORMALIZATION, 0.7, 0.001, .no_scale = true}, {DENSE}}},
    {"batch normalization last 4-7-7", 2, {4, 7, 7}, 0.2, 197, 3, 5, true, 12, {0}, {"all", "gradients"}, {{TANH, 0}, {LINEAR, 1}},
     MSE, .optimizer = {LION, .beta1 = 0.9, .beta2 = 0.99}, .kinds = {{DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001}}},
    {"for threads, batch normalizations 60-60-41-41-41-1-1-20", 7, {60, 60, 41, 41, 41, 1, 1, 20}, 0.1, 198, 2, 81,
     true, 162, {0}, {"all", "gradients"},
     {{LINEAR, 1}, {LINEAR, 1}, {LINEAR, 1}, {SILU, 0}, {LINEAR, 1}, {LINEAR, 1}, {LINEAR, 1}}, MSE,
     .kinds = {{BATCH_NORMALIZATION, 0.7, 0.001}, {DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001}, {IDENTITY}, {DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001}, {DENSE}}},
    {"for threads, wide batch normalizations 200-70-70-70", 3, {200, 70, 70, 70}, 0.1, 199, 2, 81, true, 162, {0},
     {"all"}, {{SIGMOID, 0}, {LINEAR, 1}, {LINEAR, 1}}, MSE,
     .kinds = {{DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001}, {DENSE}}},
    {"for threads, rows through batch normalizations 60-41-41-41-8", 4, {60, 41, 41, 41, 8}, 0.1, 200, 2, 81, true,
     162, {0}, {"all"}, {{LINEAR, 1}, {LINEAR, 1}, {TANH, 0}, {LINEAR, 1}}, MSE,
     .kinds = {{DENSE}, {BATCH_NORMALIZATION, 0.7, 0.001}, {IDENTITY}, {DENSE}}},
    {"layer normalization 9-14-14-14-3", 4, {9, 14, 14, 14, 3}, 0.02, 210, 6, 8, true, 37, {0},
     {"fit", "outputs", "interrupted", "save and load", "gradients"}, {{LINEAR, 1}, {LINEAR, 1}, {RELU, 0}, {LINEAR, 1}}, MSE,
     .optimizer = {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
     .kinds = {{DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001}, {IDENTITY}, {DENSE}}},
    {"layer normalization of inputs 9-9-7-2", 3, {9, 9, 7, 2}, 0.1, 211, 3, 6, false, 19, {0}, {"all", "gradients"},
     {{LINEAR, 1}, {TANH, 0}, {LINEAR, 1}}, MSE, .regular = {{0}, {.l2 = 0.01}, {0}},
     .kinds = {{LAYER_NORMALIZATION, 0.99, 0.01}, {DENSE}, {DENSE}}},
    {"layer normalizations without beta, gamma and both 5-11-11-4-4-9-9", 6, {5, 11, 11, 4, 4, 9, 9}, 0.05, 212, 3, 7,
     true, 20, {0}, {"all", "gradients"}, {{SIGMOID, 0}, {LINEAR, 1}, {TANH, 0}, {LINEAR, 1}, {ELU, 1}, {LINEAR, 1}}, MSE,
     .optimizer = {ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.1, .clip_norm = 0.3},
     .regular = {{0}, {0}, {.dropout = 0.2}, {0}, {0}, {0}},
     .kinds = {{DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001, .no_center = true}, {DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001, .no_scale = true}, {DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001, .no_center = true, .no_scale = true}}},
    {"layer normalization of one unit, and of one row 3-1-1-2", 3, {3, 1, 1, 2}, 0.2, 213, 4, 3, true, 7, {0}, {"all"},
     {{LINEAR, 1}, {LINEAR, 1}, {LINEAR, 1}}, MSE, .optimizer = {SGD, .clip_value = 0.05},
     .kinds = {{DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001}, {DENSE}}},
    {"a frozen layer normalization 5-6-6-4", 3, {5, 6, 6, 4}, 0.3, 214, 3, 6, true, 20, {0}, {"all", "gradients"},
     {{SIGMOID, 0}, {LINEAR, 1}, {LINEAR, 1}}, MSE, .optimizer = {SGD, .clip_norm = 0.1},
     .regular = {{0}, {.frozen = true}, {0}}, .kinds = {{DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001}, {DENSE}}},
    {"layer normalization above a frozen layer 5-6-6-4", 3, {5, 6, 6, 4}, 0.3, 215, 3, 6, true, 20, {0}, {"all"},
     {{SIGMOID, 0}, {LINEAR, 1}, {LINEAR, 1}}, MSE, .optimizer = {RMSPROP, .rho = 0.99, .epsilon = 1e-8},
     .regular = {{.frozen = true}, {0}, {0}}, .kinds = {{DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001}, {DENSE}}},
    {"layer normalization of one column, first, with clipNorm 1-1-3", 2, {1, 1, 3}, 0.2, 216, 3, 5, true, 12, {0},
     {"all"}, {{LINEAR, 1}, {LINEAR, 1}}, MSE, .optimizer = {SGD, .momentum = 0.9, .clip_norm = 0.2},
     .kinds = {{LAYER_NORMALIZATION, 0.99, 0.001, .no_scale = true}, {DENSE}}},
    {"layer normalization last 4-7-7", 2, {4, 7, 7}, 0.2, 217, 3, 5, true, 12, {0}, {"all", "gradients"}, {{TANH, 0}, {LINEAR, 1}},
     MSE, .optimizer = {LION, .beta1 = 0.9, .beta2 = 0.99}, .kinds = {{DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001}}},
    {"for threads, layer normalizations 60-60-41-41-41-1-1-20", 7, {60, 60, 41, 41, 41, 1, 1, 20}, 0.1, 218, 2, 81,
     true, 162, {0}, {"all", "gradients"},
     {{LINEAR, 1}, {LINEAR, 1}, {LINEAR, 1}, {SILU, 0}, {LINEAR, 1}, {LINEAR, 1}, {LINEAR, 1}}, MSE,
     .kinds = {{LAYER_NORMALIZATION, 0.99, 0.001}, {DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001}, {IDENTITY}, {DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001}, {DENSE}}},
    {"for threads, wide layer normalizations 200-70-70-70", 3, {200, 70, 70, 70}, 0.1, 219, 2, 81, true, 162, {0},
     {"all"}, {{SIGMOID, 0}, {LINEAR, 1}, {LINEAR, 1}}, MSE,
     .kinds = {{DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001}, {DENSE}}},
    {"for threads, rows through layer normalizations 60-41-41-41-8", 4, {60, 41, 41, 41, 8}, 0.1, 220, 2, 81, true,
     162, {0}, {"all"}, {{LINEAR, 1}, {LINEAR, 1}, {TANH, 0}, {LINEAR, 1}}, MSE,
     .kinds = {{DENSE}, {LAYER_NORMALIZATION, 0.99, 0.001}, {IDENTITY}, {DENSE}}},
    {"wide 70-66-33", 2, {70, 66, 33}, 0.02, 6, 2, 33, true, 67, {0}, {"fit", "outputs", "interrupted", "gradients"}},
};

static network untrained(size_t t) {
  network net = create(TRAININGS[t].layers, TRAININGS[t].sizes, TRAININGS[t].kinds, TRAININGS[t].seed);
  if (TRAININGS[t].activations[0].number + TRAININGS[t].activations[0].alpha != 0) {
    memcpy(net.activations, TRAININGS[t].activations, sizeof net.activations);
  }
  net.loss = TRAININGS[t].loss;
  net.delta = TRAININGS[t].delta;
  net.smoothing = TRAININGS[t].smoothing;
  net.clip = TRAININGS[t].clip;
  net.optimizer = TRAININGS[t].optimizer;
  memcpy(net.regular, TRAININGS[t].regular, sizeof net.regular);
  for (int l = 0; TRAININGS[t].negative_zeros && l < net.layers; l++) {
    for (int j = 0; j < net.sizes[l + 1]; j++) net.b[l][j] = -(real)0;
  }
  return net;
}

/** What `gradients` and `backward` give of all rows; `drops`: with the dropout of a moment. */
static void put_gradients(size_t t, const real *x, const real *y, int rows, const real *weights, bool drops) {
  for (int own = 0; own < 2; own++) {
    network net = untrained(t);
    for (int l = 0; l < net.layers; l++) net.kinds[l].momentum = 0; // so averages become the batch's numbers
    for (int l = 0; !drops && l < net.layers; l++) net.regular[l].dropout = 0;
    real *gw[MAX_LAYERS], *gb[MAX_LAYERS], *outputs;
    double error;
    real *of_x = gradients(&net, x, y, rows, own ? UPSTREAM : LABELS, own ? NULL : weights, gw, gb, &outputs, &error);
    if (!own) put_double(error);
    for (int l = 0; l < net.layers; l++) {
      put_reals(gw[l], weights_of(&net, l));
      put_reals(gb[l], biases_of(&net, l));
      for (size_t n = 0; net.regular[l].frozen && n < moving_of(&net, l); n++) net.moving[l][n] = 0;
      put_reals(net.moving[l], moving_of(&net, l));
      free(gw[l]);
      free(gb[l]);
    }
    put_reals(of_x, (size_t)(rows * net.sizes[0]));
    put_reals(outputs, (size_t)(rows * net.sizes[net.layers]));
    free(of_x);
    free(outputs);
    destroy(&net);
  }
}

static real *times(const real *values, size_t count, double scale) {
  real *scaled = calloc(count, sizeof *scaled);
  if (scaled == NULL) abort();
  for (size_t n = 0; n < count; n++) scaled[n] = (real)(values[n] * scale);
  return scaled;
}

/** Of gradients: times the second, squares are still finite; times the third, they aren't. */
static const double FAR[] = {1, 0x1p44, BY_DTYPE(0x1p100, 0x1p600), INFINITY, 1};

/** Steps that leave the finite numbers are refused, and change nothing. */
static void put_steps_too_far(size_t t, const real *x, const real *y, int rows) {
  network net = untrained(t);
  real *gw[2], *gb[2], *outputs, *scaled_w[2], *scaled_b[2];
  double error;
  free(gradients(&net, x, y, rows, LABELS, NULL, gw, gb, &outputs, &error));
  free(outputs);
  for (int n = 0; n < 5; n++) {
    for (int l = 0; l < 2; l++) {
      scaled_w[l] = times(gw[l], weights_of(&net, l), FAR[n]);
      scaled_b[l] = times(gb[l], biases_of(&net, l), FAR[n]);
    }
    put_double(update_finite(&net, scaled_w, scaled_b, TRAININGS[t].learning_rate));
    put_parameters(&net);
    for (int l = 0; l < 2; l++) {
      free(scaled_w[l]);
      free(scaled_b[l]);
    }
  }
  for (int l = 0; l < 2; l++) {
    free(gw[l]);
    free(gb[l]);
  }
  destroy(&net);
}

/** The outputs of the last epoch's steps, each from before its step. */
static void put_training_outputs(size_t t, const real *x, const real *y, int rows, training of) {
  network net = untrained(t);
  const size_t count = (size_t)(rows * TRAININGS[t].sizes[TRAININGS[t].layers]);
  of.outputs = calloc(count, sizeof(real));
  if (of.outputs == NULL) abort();
  double *losses = calloc((size_t)of.epochs, sizeof *losses);
  if (losses == NULL) abort();
  train(&net, x, y, rows, &of, losses);
  put_reals(of.outputs, count);
  free(of.outputs);
  free(losses);
  destroy(&net);
}

static void trainings(void) {
  static const real CORNERS[] = {0, 0, 0, 1, 1, 0, 1, 1};
  char name[100];
  for (size_t t = 0; t < sizeof TRAININGS / sizeof *TRAININGS; t++) {
    const int inputs = TRAININGS[t].sizes[0], outputs = TRAININGS[t].sizes[TRAININGS[t].layers];
    const int rows = TRAININGS[t].rows == 0 ? 4 : TRAININGS[t].rows;
    snprintf(name, sizeof name, "%s %s", TRAININGS[t].name, DTYPE);
    start(name);
    real *x = take((size_t)(rows * inputs), wide), *y = take((size_t)(rows * outputs), uniform);
    const bool sparse = strstr(name, "sparse") != NULL;
    for (int n = 0; (sparse || strstr(name, "zeros") != NULL) && n < rows * inputs; n++) {
      if (next() % (sparse ? 8 : 4) != 0) x[n] = x[n] < (sparse ? -0.5 : 0) ? -(real)0 : (real)0;
    }
    for (int n = 0; strstr(name, "empty rows") != NULL && n < rows * inputs; n++) {
      if (n / inputs % 3 == 0) x[n] = 0;
    }
    real *sample_weights = TRAININGS[t].weighted ? take((size_t)rows, twice) : NULL;
    for (int n = 0; TRAININGS[t].largest_last && n < rows; n++) y[n] = x[2 * n] > x[2 * n + 1] ? 1 : 0;
    if (TRAININGS[t].largest_last) x[2 * rows - 2] = x[2 * rows - 1] = (real)SPECIAL[14];
    for (int n = 0; TRAININGS[t].x_scale != 0 && n < rows * inputs; n++) x[n] = (real)(x[n] * TRAININGS[t].x_scale);
    for (int n = 0; TRAININGS[t].y_scale != 0 && n < rows * outputs; n++) y[n] = (real)(y[n] * TRAININGS[t].y_scale);
    if (TRAININGS[t].rows == 0) {
      memcpy(x, CORNERS, sizeof CORNERS);
      for (int n = 0; n < 4; n++) y[n] = (real)TRAININGS[t].targets[n];
    }
    network net = untrained(t);
    static double losses[65538];
    const training of = {TRAININGS[t].epochs, TRAININGS[t].batch_size, .shuffled = TRAININGS[t].shuffled,
                         .buffer = TRAININGS[t].buffer,
                         .scheduled = TRAININGS[t].scheduled, .learning_rate = TRAININGS[t].learning_rate,
                         .sample_weights = sample_weights};
    const int epochs = train(&net, x, y, rows, &of, losses);
    for (int way = 0; way < 6 && TRAININGS[t].ways[way] != NULL; way++) {
      const bool all = strcmp(TRAININGS[t].ways[way], "all") == 0, only = strcmp(TRAININGS[t].ways[way], "outputs") == 0;
      const bool interrupted = strcmp(TRAININGS[t].ways[way], "interrupted") == 0;
      for (int n = 0; interrupted && n < 2; n++) { // after the first epoch, after two steps more
        network half = untrained(t);
        training part = of;
        part.steps = (rows + of.batch_size - 1) / of.batch_size + 2 * n;
        train(&half, x, y, rows, &part, (double[2]){0});
        put_parameters(&half);
        destroy(&half);
      }
      for (int epoch = 0; (all || only || interrupted) && epoch < epochs; epoch++) put_double(losses[epoch]);
      const char *const what = TRAININGS[t].ways[way];
      const bool drops = strcmp(what, "gradients") == 0;
      if (drops || strcmp(what, "gradients without dropout") == 0) put_gradients(t, x, y, rows, sample_weights, drops);
      else if (strcmp(what, "steps too far") == 0) put_steps_too_far(t, x, y, rows);
      else if (!only) {
        if (strcmp(what, "training outputs") == 0) put_training_outputs(t, x, y, rows, of);
        put_parameters(&net);
      }
      if (all || only) {
        real *out = predict(&net, x, rows);
        put_reals(out, (size_t)(rows * outputs));
        put_double(evaluate(&net, x, y, rows));
        free(out);
      }
      snprintf(name, sizeof name, "training %s %s, %s", DTYPE, TRAININGS[t].name, TRAININGS[t].ways[way]);
      end_case(name);
    }
    destroy(&net);
    free(x);
    free(y);
    free(sample_weights);
  }
}

// ---- what trainings are made of

static void put_and_free(real *values, size_t count) {
  put_reals(values, count);
  free(values);
}

static real *positive(size_t count) {
  real *values = take(count, ordinary);
  for (size_t n = 0; n < count; n++) values[n] = values[n] < 0 ? -values[n] : values[n];
  return values;
}

static void begin_case(char *name, const char *block, const char *of) {
  snprintf(name, 100, "%s%s %s", block, of, DTYPE);
  start(name);
}

static void output_layers(char *name) {
  static const struct {
    const char *name;
    int activation;
    double delta, smoothing, clip;
    int loss;
  } LOSSES[] = {{"sse", TANH, 0, 0, 0, SSE},
                {"mse", LINEAR, 0, 0, 0, MSE},
                {"mae", SILU, 0, 0, 0, MAE},
                {"huber", RELU, 0.3, 0, 0, HUBER},
                {"binaryCrossEntropy", SIGMOID, 0, 0.2, 0, BINARY_CROSS_ENTROPY},
                {"binaryCrossEntropy, clipped", SIGMOID, 0, 0, 0.4, BINARY_CROSS_ENTROPY},
                {"categoricalCrossEntropy", SOFTMAX, 0, 0.2, 0, CATEGORICAL_CROSS_ENTROPY},
                {"categoricalCrossEntropy, clipped", SOFTMAX, 0, 0, 0.25, CATEGORICAL_CROSS_ENTROPY}};
  static const int ROWS[] = {1, 3, 4}, UNITS[] = {2, 5, 17};
  begin_case(name, "softmax", "");
  for (int n = 0; n < 3; n++) {
    real *z = take((size_t)(ROWS[n] * UNITS[n]), ordinary), *a = malloc(sizeof *a * 100);
    if (a == NULL) abort();
    for (int s = 0; s < ROWS[n]; s++) softmax(a + s * UNITS[n], z + s * UNITS[n], UNITS[n]);
    put_and_free(a, (size_t)(ROWS[n] * UNITS[n]));
    free(z);
  }
  end_case(name);
  for (size_t loss = 0; loss < sizeof LOSSES / sizeof *LOSSES; loss++) {
    begin_case(name, "outputs with ", LOSSES[loss].name);
    real *z = take(15, ordinary), *y = positive(15), *weights = positive(5), delta[15];
    network net = create(1, (int[]){1, 3}, NULL, 0);
    net.loss = LOSSES[loss].loss;
    net.activations[0].number = LOSSES[loss].activation;
    net.delta = LOSSES[loss].delta;
    net.smoothing = LOSSES[loss].smoothing;
    net.clip = LOSSES[loss].clip;
    double errors[5], sum = 0;
    output_layer(&net, z, y, 5, weights, errors, delta);
    for (int s = 0; s < 5; s++) put_double(errors[s]);
    output_layer(&net, z, y, 5, NULL, errors, (real[15]){0});
    for (int s = 0; s < 5; s++) sum += errors[s];
    put_double(loss_of(&net, sum, 5));
    put_reals(delta, 15);
    destroy(&net);
    free(z);
    free(y);
    free(weights);
    end_case(name);
  }
}

static void random_parts(char *name) {
  static const uint64_t SEED = (UINT64_C(1) << 40) + 3;
  static const int UNITS[] = {1, 8, 13};
  static const char *const NAMES[] = {"glorotNormal", "heUniform", "heNormal", "lecunUniform", "lecunNormal", "orthogonal"};
  real values[65];
  begin_case(name, "dropoutFactors", "");
  for (int l = 0; l < 3; l++) {
    dropout(values, 5, UNITS[l], 0.3, SEED, 1, 2, (uint32_t)l);
    put_reals(values, (size_t)(5 * UNITS[l]));
  }
  end_case(name);
  begin_case(name, "initialWeights", "");
  for (uint32_t n = 0; n < 15; n++) values[n] = (real)((2 * initial_uniform(SEED, n, 2) - 1) * sqrt(6.0 / 8));
  put_reals(values, 15);
  for (int n = 0; n < 6; n++) {
    initial_weights(values, NAMES[n], 5, 3, SEED, 2);
    put_reals(values, 15);
  }
  end_case(name);
}

static void optimizer_steps(char *name) {
  static const struct {
    const char *name;
    optimizer optimizer;
    int sizes[3];
    bool frozen;
  } STEPS[] = {
      {"of sgd", {SGD, .momentum = 0.9, .nesterov = true, .clip_value = 4, .clip_norm = 9}, {3, 5, 2}},
      {"of rmsprop", {RMSPROP, .rho = 0.99, .epsilon = 1e-8, .clip_value = 4, .clip_norm = 9}, {3, 5, 2}},
      {"of adagrad", {ADAGRAD, .epsilon = 1e-10, .clip_value = 4, .clip_norm = 9}, {3, 5, 2}},
      {"of adam",
       {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_value = 4, .clip_norm = 9},
       {3, 5, 2}},
      {"of adamw",
       {ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01, .clip_value = 4, .clip_norm = 9},
       {3, 5, 2}},
      {"of nadam",
       {NADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .momentum_decay = 0.004, .clip_value = 4, .clip_norm = 9},
       {3, 5, 2}},
      {"of lion", {LION, .beta1 = 0.9, .beta2 = 0.99, .clip_value = 4, .clip_norm = 9}, {3, 5, 2}},
      {"without clipping", {SGD}, {3, 5, 2}},
      {"of one unit", {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_norm = 9}, {7, 1, 2}},
      {"of a frozen layer", {SGD, .clip_norm = 9}, {3, 5, 2}, true},
  };
  for (size_t c = 0; c < sizeof STEPS / sizeof *STEPS; c++) {
    const int *sizes = STEPS[c].sizes;
    begin_case(name, "optimizerStep ", STEPS[c].name);
    network net = create(2, sizes, NULL, 0);
    net.optimizer = STEPS[c].optimizer;
    net.regular[0] = (regularization){.l1 = 0.01, .l2 = 0.02};
    net.regular[1].frozen = STEPS[c].frozen;
    for (int n = 0; n < 3 + 1; n++) {
      real *weights[2], *biases[2];
      for (int l = 0; l < 2; l++) {
        const size_t units = (size_t)sizes[l + 1], count = (size_t)sizes[l] * units;
        weights[l] = take(count, ordinary);
        biases[l] = take(units, ordinary);
        if (n > 0) continue;
        memcpy(net.w[l], weights[l], count * sizeof(real));
        memcpy(net.b[l], biases[l], units * sizeof(real));
      }
      if (n > 0) {
        update(&net, weights, biases, 0.1);
        put_parameters(&net);
      }
      for (int l = 0; l < 2; l++) {
        free(weights[l]);
        free(biases[l]);
      }
    }
    destroy(&net);
    end_case(name);
  }
}

/** Steps of one array that leave the finite numbers are refused, and change nothing. */
static void optimizer_too_far(char *name) {
  static const optimizer ADAM_ALONE = {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
  static const int ROWS[] = {3, 1, 1, 6}, UNITS[] = {5, 5, 7, 2};
  begin_case(name, "Optimizer ", "of adam, steps too far");
  stepped arrays[4];
  real *gradients[4];
  uint32_t t = 0;
  double product = 1;
  for (int n = 0; n < 4; n++) {
    const size_t count = (size_t)(ROWS[n] * UNITS[n]);
    arrays[n] = (stepped){ROWS[n], UNITS[n], n == 1, take(count, ordinary), NULL, calloc(count, sizeof(real)),
                          calloc(count, sizeof(real))};
    if (arrays[n].m == NULL || arrays[n].v == NULL) abort();
  }
  for (int n = 0; n < 4; n++) gradients[n] = take((size_t)(ROWS[n] * UNITS[n]), ordinary);
  for (int far = 0; far < 5; far++) {
    for (int n = 0; n < 4; n++) arrays[n].g = times(gradients[n], (size_t)(ROWS[n] * UNITS[n]), FAR[far]);
    put_double(step_finite(&ADAM_ALONE, arrays, 4, &t, &product, 0.1));
    for (int n = 0; n < 4; n++) {
      put_reals(arrays[n].w, (size_t)(ROWS[n] * UNITS[n]));
      free(arrays[n].g);
    }
  }
  for (int n = 0; n < 4; n++) {
    free(arrays[n].w);
    free(arrays[n].m);
    free(arrays[n].v);
    free(gradients[n]);
  }
  end_case(name);
}

/** Four steps of arrays of 3 × 5, 5 (the bias of these), 7 and 2 × 3 × 2 numbers. */
static void optimizers_alone(char *name) {
  static const struct {
    const char *name;
    optimizer optimizer;
  } OPTIMIZERS[] = {
      {"of sgd", {SGD}},
      {"of rmsprop", {RMSPROP, .rho = 0.99, .epsilon = 1e-8}},
      {"of adagrad", {ADAGRAD, .epsilon = 1e-10}},
      {"of adam", {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}},
      {"of adamw", {ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01}},
      {"of nadam", {NADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .momentum_decay = 0.004}},
      {"of lion", {LION, .beta1 = 0.9, .beta2 = 0.99}},
      {"of sgd with nesterov and clipNorm", {SGD, .momentum = 0.9, .nesterov = true, .clip_norm = 9}},
      {"of adamw with clipValue and clipNorm",
       {ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01, .clip_value = 4, .clip_norm = 9}},
  };
  static const struct {
    int rows, units;
    bool is_bias;
  } SHAPES[] = {{3, 5, false}, {1, 5, true}, {1, 7, false}, {6, 2, false}};
  for (size_t c = 0; c < sizeof OPTIMIZERS / sizeof *OPTIMIZERS; c++) {
    begin_case(name, "Optimizer ", OPTIMIZERS[c].name);
    stepped arrays[4];
    uint32_t t = 0;
    double product = 1;
    for (int n = 0; n < 4; n++) {
      const size_t count = (size_t)(SHAPES[n].rows * SHAPES[n].units);
      arrays[n] = (stepped){SHAPES[n].rows, SHAPES[n].units, SHAPES[n].is_bias, take(count, ordinary), NULL,
                            calloc(count, sizeof(real)), calloc(count, sizeof(real))};
      if (arrays[n].m == NULL || arrays[n].v == NULL) abort();
    }
    for (int step = 0; step < 4; step++) {
      for (int n = 0; n < 4; n++) arrays[n].g = take((size_t)(SHAPES[n].rows * SHAPES[n].units), ordinary);
      step_arrays(&OPTIMIZERS[c].optimizer, arrays, 4, &t, &product, 0.1);
      for (int n = 0; n < 4; n++) {
        put_reals(arrays[n].w, (size_t)(SHAPES[n].rows * SHAPES[n].units));
        free(arrays[n].g);
      }
    }
    for (int n = 0; n < 4; n++) {
      free(arrays[n].w);
      free(arrays[n].m);
      free(arrays[n].v);
    }
    end_case(name);
  }
}

static void optimizer_states(char *name) {
  static const optimizer OPTIMIZERS[] = {
      {SGD, .momentum = 0.9},
      {RMSPROP, .rho = 0.99, .epsilon = 1e-8},
      {ADAGRAD, .epsilon = 1e-10},
      {ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
      {ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01},
      {NADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .momentum_decay = 0.004},
      {LION, .beta1 = 0.9, .beta2 = 0.99},
  };
  begin_case(name, "optimizer states", "");
  for (int type = 0; type < 7; type++) {
    const bool counts = type == ADAM || type == ADAMW || type == NADAM;
    network net = create(1, (int[]){3, 2}, NULL, 0);
    net.optimizer = OPTIMIZERS[type];
    real *w = take(6, ordinary), *b = take(2, ordinary), *gw = take(6, ordinary), *gb = take(2, ordinary);
    memcpy(net.w[0], w, 6 * sizeof *w);
    memcpy(net.b[0], b, 2 * sizeof *b);
    update(&net, &gw, &gb, 0.1);
    put_reals(net.slots[0], counts ? 16 : 8);
    put_double(counts ? net.t : 0);
    put_double(type == NADAM ? net.product : 1);
    free(w);
    free(b);
    free(gw);
    free(gb);
    destroy(&net);
  }
  end_case(name);
}

#ifdef F32
static double cos_pi(double t) {
  if (t > 0.5) return -cos_pi(1 - t);
  const double x = 3.141592653589793 * (t > 0.25 ? 0.5 - t : t);
  double v = 1;
  for (int k = t > 0.25 ? 17 : 16; k > 1; k -= 2) v = 1 - x * x / (k * (k - 1)) * v;
  return t > 0.25 ? x * v : v;
}

static double anneal(double a, double b, double n, double from, double to) {
  if (n >= to) return b;
  const double c = cos_pi((n - from) / (to - from));
  return a * ((1 + c) / 2) + b * ((1 - c) / 2);
}

static void rates(void) {
  static const double LOSSES[] = {4, 3, 2.9, 2.8, 2.7, 2.6, 1, 1, 1};
  double reduced = 0.1, best = INFINITY;
  int bad = 0, cool = 0;
  for (int schedule = 0; schedule < 5; schedule++) {
    for (uint32_t epoch = 0; epoch < 8; epoch++) {
      for (uint32_t step = 0; step < 3; step++) {
        const double n = epoch * 3 + step, warm = floor(0.7 * 3 + 0.5), begin = 0.1 / 20, peak = 0.4 * 15 - 1;
        if (schedule == 0) put_double(0.1 * power(0.7, epoch / 2));
        if (schedule == 1) put_double(0.1 * power(0.9, epoch));
        if (schedule == 2) put_double(n < warm ? 0.1 * ((n + 1) / warm) : anneal(0.1, 0.001, n, warm, 12));
        if (schedule == 3) put_double(n < peak ? anneal(begin, 0.1, n, 0, peak) : anneal(0.1, begin / 300, n, peak, 14));
        if (schedule == 4) put_double(reduced);
      }
      if (schedule < 4) continue;
      bad++;
      if (LOSSES[epoch] < best * (1 - 0.1)) best = LOSSES[epoch], bad = 0;
      if (cool > 0) cool--, bad = 0;
      if (bad <= 1) continue;
      const double next = reduced * 0.6 > 0.01 ? reduced * 0.6 : 0.01;
      if (reduced - next > 1e-8) reduced = next;
      cool = 1;
      bad = 0;
    }
  }
  end_case("learningRates");
}
#endif

static void operations(void) {
  char name[100];
  output_layers(name);
  random_parts(name);
  optimizer_steps(name);
  optimizer_states(name);
  optimizers_alone(name);
  optimizer_too_far(name);
#ifdef F32
  rates();
#endif
}

int main(void) {
  operations();
  blocks();
#ifdef F32
  near_midpoints();
  streams();
#endif
  initial();
  trainings();
  return 0;
}
