// A third implementation of assembly/NUMERICS.md: in C, from that page, sharing no code with the other two. Compiled twice:
// with -DF32 it computes in binary32, without in binary64.

#pragma once

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if FLT_EVAL_METHOD != 0
#error "float and double must be rounded at every operation: compile with -msse2 -mfpmath=sse"
#endif

#ifdef F32
typedef float real;
#else
typedef double real;
#endif

/** sigmoid, tanh, exp, log. */
extern real (*const ELEMENTARY[])(real);
/** That of f64, for both programs. */
double exp_f64(double z);
double log_f64(double z);
double top(double x);

// ---- activation.c

enum {
  ACTIVATIONS = 16,
  LINEAR = 0, SIGMOID = 1, TANH = 2, RELU = 3, LEAKY_RELU = 4, ELU = 5, SOFTPLUS = 8, SILU = 9, GELU_TANH = 10, GELU = 11,
  MISH = 13, HARD_SWISH = 14, SOFTSIGN = 15, SOFTMAX = 16
};

typedef struct {
  int number; // in the order of the page
  double alpha;
} activation;

extern const char *const ACTIVATION_NAMES[ACTIVATIONS];
/** f(z), and f'(z) as the slope. */
real activate(activation f, real z, real *slope);

// ---- network.c: rows × columns matrices are row-major

void forward(real *z, const real *x, const real *w, const real *b, int rows, int inputs, int units);
void input_gradient(real *t, const real *delta, const real *w, int rows, int inputs, int units);
void weight_gradient(real *g, const real *x, const real *delta, int rows, int inputs, int units);
void bias_gradient(real *g, const real *delta, int rows, int units);
void descend(real *w, const real *g, size_t count, double learning_rate);
/** Σ_s e[s] of squared errors, continued from a start. */
double sum_squared_errors(double start, const real *a, const real *y, int rows, int units);

enum { MAX_LAYERS = 60 };

enum { SSE, MSE, MAE, HUBER, BINARY_CROSS_ENTROPY, CATEGORICAL_CROSS_ENTROPY };

enum { SGD, RMSPROP, ADAGRAD, ADAM, ADAMW, NADAM, LION };

/** What an optimizer doesn't have is 0. */
typedef struct {
  int type;
  bool nesterov;
  double momentum, rho, beta1, beta2, epsilon, weight_decay, momentum_decay, clip_value, clip_norm;
} optimizer;

/** What training adds to a layer. */
typedef struct {
  double l1, l2, dropout;
  bool frozen;
} regularization;

enum { DENSE, IDENTITY, BATCH_NORMALIZATION, LAYER_NORMALIZATION };

/** What kind of layer it is; of a normalization, its options. */
typedef struct {
  int type;
  double momentum, epsilon;
  bool no_center, no_scale;
} kind;

typedef struct {
  int layers, sizes[MAX_LAYERS + 1]; // the inputs, then the units of every layer
  kind kinds[MAX_LAYERS];
  activation activations[MAX_LAYERS];
  regularization regular[MAX_LAYERS];
  int loss;
  double delta; // of HUBER
  double smoothing; // of the labels of cross-entropies
  double clip; // of the outputs of cross-entropies; 0: none
  optimizer optimizer;
  uint32_t t;     // steps taken
  double product; // Π of the page
  real *w[MAX_LAYERS], *b[MAX_LAYERS]; // of a normalization gamma and beta
  real *moving[MAX_LAYERS];            // of a batch normalization the means, then the variances
  real *slots[MAX_LAYERS]; // m of w, of b, then v of w, of b
  uint64_t seed;
} network;

/** Sigmoid layers, sse, sgd; the caller may change that. `kinds` is NULL where all layers are dense. */
network create(int layers, const int *sizes, const kind *kinds, uint64_t seed);
/** How many numbers w, b and moving of a layer have. */
size_t weights_of(const network *net, int layer);
size_t biases_of(const network *net, int layer);
size_t moving_of(const network *net, int layer);
void destroy(network *net);
/** Every row's outputs, in an array that the caller frees. */
real *predict(const network *net, const real *x, int rows);
/** E of the rows. */
double evaluate(const network *net, const real *x, const real *y, int rows);
/** What a training is beside its data. */
typedef struct {
  int epochs, batch_size;
  int steps; // after so many it is interrupted; 0: it isn't
  uint32_t buffer; // rows that a stream is shuffled in; 0: none
  bool shuffled, scheduled; // the rate of a step of an epoch is then learning_rate / (1 + epoch / 2 + step / 4)
  double learning_rate;
  const real *sample_weights; // NULL: all count the same
  real *outputs; // where each row's outputs of the last epoch go, from before its step; NULL: nowhere
} training;

/** The losses of the epochs that ended finite go to `losses`; returns how many did. */
int train(network *net, const real *x, const real *y, int rows, const training *of, double *losses);

typedef enum { LABELS, UPSTREAM } target;

/**
 * Gradients of one batch, in arrays that the caller frees: of all layers, of x (which is returned), and the outputs and
 * E. y are labels, or ∂E/∂a. They are taken in epoch 3, batch 2. The averages move.
 */
real *gradients(network *net, const real *x, const real *y, int rows, target what, const real *weights, real **gw,
                real **gb, real **outputs, double *error);

/** An array that an optimizer steps: rows × units numbers, or the bias of the one before. */
typedef struct {
  int rows, units;
  bool is_bias;
  real *w, *g, *m, *v;
} stepped;

/** The step t + 1 of an optimizer alone; `product` is Π. */
void step_arrays(const optimizer *o, stepped *arrays, int count, uint32_t *t, double *product, double learning_rate);
/** The same, which is refused and changes nothing where a number isn't finite; whether it was taken. */
bool step_finite(const optimizer *o, stepped *arrays, int count, uint32_t *t, double *product, double learning_rate);

/** Of an output layer, the net's last, for z and the labels: each row's error and δ, of which weights are NULL or the rows'. */
void output_layer(const network *net, const real *z, const real *labels, int rows, const real *weights, double *errors,
                  real *delta);
/** E from the error sum. */
double loss_of(const network *net, double error_sum, int rows);
/** Penalties, clipping and the step, with the gradients of all layers. */
void update(network *net, real *const *gw, real *const *gb, double learning_rate);
/** The same, which is refused and changes nothing where a number isn't finite; whether it was taken. */
bool update_finite(network *net, real *const *gw, real *const *gb, double learning_rate);
void softmax(real *a, const real *z, int units);
double power(double base, uint32_t exponent);

// ---- random.c

void threefry(const uint32_t key[2], const uint32_t counter[2], uint32_t words[2]);
double initial_uniform(uint64_t seed, uint32_t weight, uint32_t layer);
/** The weights of a layer by an initializer of the page. */
void initial_weights(real *w, const char *initializer, int inputs, int units, uint64_t seed, uint32_t layer);
/** A dropout's factors, 0 or 1 / (1 − p), for the outputs of a layer. */
void dropout(real *factors, int rows, int units, double p, uint64_t seed, uint32_t batch, uint32_t epoch,
             uint32_t layer);
void shuffle(uint32_t *order, uint32_t rows, uint64_t seed, uint32_t epoch);
void shuffle_in_buffer(uint32_t *order, uint32_t rows, uint32_t buffer, uint64_t seed, uint32_t epoch);
