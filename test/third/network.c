// The network and its optimizers: one sum for every output, in index order.

#include "third.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void forward(real *z, const real *x, const real *w, const real *b, int rows, int inputs, int units) {
  for (int s = 0; s < rows; s++) {
    for (int j = 0; j < units; j++) {
      real sum = b[j];
      for (int i = 0; i < inputs; i++) sum += x[s * inputs + i] * w[i * units + j];
      z[s * units + j] = sum;
    }
  }
}

void input_gradient(real *t, const real *delta, const real *w, int rows, int inputs, int units) {
  for (int s = 0; s < rows; s++) {
    for (int i = 0; i < inputs; i++) {
      real sum = 0;
      for (int j = 0; j < units; j++) sum += w[i * units + j] * delta[s * units + j];
      t[s * inputs + i] = sum;
    }
  }
}

void weight_gradient(real *g, const real *x, const real *delta, int rows, int inputs, int units) {
  for (int i = 0; i < inputs; i++) {
    for (int j = 0; j < units; j++) {
      real sum = 0;
      for (int s = 0; s < rows; s++) sum += x[s * inputs + i] * delta[s * units + j];
      g[i * units + j] = sum;
    }
  }
}

void bias_gradient(real *g, const real *delta, int rows, int units) {
  for (int j = 0; j < units; j++) {
    real sum = 0;
    for (int s = 0; s < rows; s++) sum += delta[s * units + j];
    g[j] = sum;
  }
}

void descend(real *w, const real *g, size_t count, double learning_rate) {
  const real rate = (real)learning_rate;
  for (size_t i = 0; i < count; i++) w[i] -= rate * g[i];
}

double sum_squared_errors(double start, const real *a, const real *y, int rows, int units) {
  for (int s = 0; s < rows; s++) {
    double error = 0;
    for (int j = 0; j < units; j++) {
      const real d = a[s * units + j] - y[s * units + j];
      error += (double)d * (double)d;
    }
    start += error;
  }
  return start;
}

static int rows_of_weights(const network *net, int layer) {
  const kind *of = &net->kinds[layer];
  return of->type == DENSE ? net->sizes[layer] : of->type == IDENTITY || of->no_scale ? 0 : 1;
}

size_t weights_of(const network *net, int layer) {
  return (size_t)rows_of_weights(net, layer) * (size_t)net->sizes[layer + 1];
}

size_t biases_of(const network *net, int layer) {
  const kind *of = &net->kinds[layer];
  return of->type == IDENTITY || of->no_center ? 0 : (size_t)net->sizes[layer + 1];
}

size_t moving_of(const network *net, int layer) {
  return net->kinds[layer].type == BATCH_NORMALIZATION ? 2 * (size_t)net->sizes[layer + 1] : 0;
}

static real *reals(size_t count) {
  real *array = calloc(count + 1, sizeof *array);
  if (array == NULL) abort();
  return array;
}

network create(int layers, const int *sizes, const kind *kinds, uint64_t seed) {
  network net = {.layers = layers, .seed = seed, .product = 1};
  memcpy(net.sizes, sizes, (size_t)(layers + 1) * sizeof *sizes);
  if (kinds != NULL) memcpy(net.kinds, kinds, (size_t)layers * sizeof *kinds);
  for (int l = 0; l < layers; l++) {
    net.activations[l].number = SIGMOID;
    net.w[l] = reals(weights_of(&net, l));
    net.b[l] = reals(biases_of(&net, l));
    net.moving[l] = reals(moving_of(&net, l));
    net.slots[l] = reals(2 * (weights_of(&net, l) + biases_of(&net, l)));
    if (net.kinds[l].type != DENSE) {
      for (size_t n = 0; n < weights_of(&net, l); n++) net.w[l][n] = 1;
      for (size_t n = moving_of(&net, l) / 2; n < moving_of(&net, l); n++) net.moving[l][n] = 1;
      continue;
    }
    const double limit = sqrt(6.0 / (sizes[l] + sizes[l + 1]));
    for (uint32_t n = 0; n < weights_of(&net, l); n++) {
      net.w[l][n] = (real)((2 * initial_uniform(seed, n, (uint32_t)l) - 1) * limit);
    }
  }
  return net;
}

void destroy(network *net) {
  for (int l = 0; l < net->layers; l++) {
    free(net->w[l]);
    free(net->b[l]);
    free(net->moving[l]);
    free(net->slots[l]);
  }
}

/** What the layers gave for a batch, at l + 1 for layer l; a[0] is x. With a dropout `a` is times its `factors`. */
typedef struct {
  real *z[MAX_LAYERS + 1], *a[MAX_LAYERS + 1], *slope[MAX_LAYERS + 1], *factors[MAX_LAYERS + 1];
  real *normalized[MAX_LAYERS + 1], *inverse[MAX_LAYERS + 1]; // of normalizations
} pass;

/** Which batch of which epoch is trained on. */
typedef struct {
  uint32_t index, epoch;
} moment;

static double largest(const real *z, int count) {
  double m = z[0];
  for (int j = 1; j < count; j++) m = z[j] > m ? z[j] : m;
  return m;
}

void softmax(real *a, const real *z, int units) {
  const real m = (real)largest(z, units);
  real sum = 0;
  for (int j = 0; j < units; j++) sum += a[j] = ELEMENTARY[2](z[j] - m);
  for (int j = 0; j < units; j++) a[j] /= sum;
}

/** Whether a step normalizes a layer by its batch's numbers. */
static bool of_batch(const network *net, int layer, const moment *trained) {
  return trained != NULL && !net->regular[layer].frozen;
}

/** z of a layer of any kind, x of which is p->a[l]. */
static void transform(const network *net, int l, pass *p, int rows, const moment *trained) {
  const int units = net->sizes[l + 1];
  const kind *of = &net->kinds[l];
  const real *x = p->a[l];
  real *z = p->z[l + 1];
  if (of->type == DENSE) forward(z, x, net->w[l], net->b[l], rows, net->sizes[l], units);
  if (of->type == IDENTITY) memcpy(z, x, (size_t)(rows * units) * sizeof *z);
  if (of->type < BATCH_NORMALIZATION) return;
  const bool by_column = of->type == BATCH_NORMALIZATION;
  const int groups = by_column ? units : rows, count = by_column ? rows : units;
  const real epsilon = (real)of->epsilon, momentum = (real)of->momentum, rest = (real)(1 - of->momentum);
  real *normalized = p->normalized[l + 1] = reals((size_t)(rows * units));
  real *inverse = p->inverse[l + 1] = reals((size_t)groups);
  for (int g = 0; g < groups; g++) {
    // number k of the group is at g·outer + k·step
    const int outer = by_column ? 1 : units, step = by_column ? units : 1;
    real mean = 0, variance = 0;
    for (int k = 0; k < count; k++) mean += x[g * outer + k * step];
    mean /= (real)count;
    for (int k = 0; k < count; k++) {
      const real d = x[g * outer + k * step] - mean;
      variance += d * d;
    }
    variance /= (real)count;
    if (by_column) {
      real *means = net->moving[l], *variances = means + units;
      if (of_batch(net, l, trained)) {
        means[g] = means[g] * momentum + mean * rest;
        variances[g] = variances[g] * momentum + variance * rest;
      } else {
        mean = means[g];
        variance = variances[g];
      }
    }
    inverse[g] = 1 / (real)sqrt(variance + epsilon);
    for (int k = 0; k < count; k++) {
      const int n = g * outer + k * step, j = n % units;
      normalized[n] = (x[n] - mean) * inverse[g];
      z[n] = normalized[n] * (of->no_scale ? 1 : net->w[l][j]);
      if (!of->no_center) z[n] += net->b[l][j];
    }
  }
}

/** Of a normalization: its gradients, of gamma also where it has none, and ∂E/∂x in `back`. */
static void normalization_back(const network *net, int l, const pass *p, const real *delta, int rows, real *gamma,
                               real *beta, real *back, const moment *trained) {
  const int units = net->sizes[l + 1];
  const bool by_column = net->kinds[l].type == BATCH_NORMALIZATION, no_scale = net->kinds[l].no_scale;
  const real *normalized = p->normalized[l + 1], *inverse = p->inverse[l + 1];
  for (int j = 0; j < units; j++) {
    real sum = 0, product = 0;
    for (int s = 0; s < rows; s++) {
      sum += delta[s * units + j];
      product += delta[s * units + j] * normalized[s * units + j];
    }
    beta[j] = sum;
    gamma[j] = product;
    const real factor = (no_scale ? 1 : net->w[l][j]) * inverse[by_column ? j : 0];
    for (int s = 0; by_column && s < rows; s++) {
      const int n = s * units + j;
      if (of_batch(net, l, trained)) back[n] = factor * (delta[n] - sum / (real)rows - normalized[n] * (product / (real)rows));
      else back[n] = factor * delta[n];
    }
  }
  for (int s = 0; !by_column && s < rows; s++) {
    real sum = 0, product = 0;
    for (int j = 0; j < units; j++) {
      const real d = delta[s * units + j] * (no_scale ? 1 : net->w[l][j]);
      sum += d;
      product += d * normalized[s * units + j];
    }
    for (int j = 0; j < units; j++) {
      const int n = s * units + j;
      const real d = delta[n] * (no_scale ? 1 : net->w[l][j]);
      back[n] = inverse[s] * (d - sum / (real)units - normalized[n] * (product / (real)units));
    }
  }
}

/** `trained` is NULL where nothing is. */
static pass run(const network *net, const real *x, int rows, const moment *trained) {
  pass p = {.a = {(real *)x}};
  for (int l = 0; l < net->layers; l++) {
    const int units = net->sizes[l + 1];
    real *z = p.z[l + 1] = reals((size_t)(rows * units));
    real *a = p.a[l + 1] = reals((size_t)(rows * units));
    real *slope = p.slope[l + 1] = reals((size_t)(rows * units));
    transform(net, l, &p, rows, trained);
    if (net->activations[l].number == SOFTMAX) {
      for (int s = 0; s < rows; s++) softmax(a + s * units, z + s * units, units);
      continue;
    }
    for (int n = 0; n < rows * units; n++) a[n] = activate(net->activations[l], z[n], slope + n);
    const double p_dropped = net->regular[l].dropout;
    if (trained == NULL || p_dropped == 0) continue;
    real *factors = p.factors[l + 1] = reals((size_t)(rows * units));
    dropout(factors, rows, units, p_dropped, net->seed, trained->index, trained->epoch, (uint32_t)l);
    for (int n = 0; n < rows * units; n++) a[n] *= factors[n];
  }
  return p;
}

static void end(const network *net, pass *p) {
  for (int l = 1; l <= net->layers; l++) {
    free(p->z[l]);
    free(p->a[l]);
    free(p->slope[l]);
    free(p->factors[l]);
    free(p->normalized[l]);
    free(p->inverse[l]);
  }
}

real *predict(const network *net, const real *x, int rows) {
  pass p = run(net, x, rows, NULL);
  real *out = p.a[net->layers];
  p.a[net->layers] = NULL;
  end(net, &p);
  return out;
}

static real highest(const network *net) { return (real)(1 - (double)(real)net->clip); }

static bool is_clipped(const network *net, real a) {
  return net->clip > 0 && (a < (real)net->clip || a > highest(net));
}

static double between(double low, double x, double high) { return x < low ? low : x > high ? high : x; }

static double term(const network *net, double z, real a, real y, double m, double L) {
  const double c = (real)net->clip, high = highest(net);
  const double r = fabs((double)(real)(a - y)), D = (real)net->delta;
  if (net->loss <= MSE) return r * r;
  if (net->loss == MAE) return r;
  if (net->loss == HUBER) return r <= D ? 0.5 * (r * r) : D * (r - 0.5 * D);
  if (net->loss == CATEGORICAL_CROSS_ENTROPY) {
    return y * (c > 0 ? between(-log_f64(high), L - (z - m), -log_f64(c)) : L - (z - m));
  }
  if (c > 0) z = between(log_f64(c / (1 - c)), z, log_f64(high / (1 - high)));
  const double u = exp_f64(-fabs(z)), w = 1 + u, d = w - 1;
  return (z > 0 ? z : 0) - z * y + (d == 0 ? u : log_f64(w) * (u / d));
}

/** `weights` of the rows: NULL where all count the same. */
static double sum_errors(const network *net, double start, const pass *p, const real *y, int rows, const real *weights) {
  const int units = net->sizes[net->layers];
  const real *z = p->z[net->layers], *a = p->a[net->layers];
  for (int s = 0; s < rows; s++, z += units, a += units, y += units) {
    double error = 0, sum = 0;
    const double m = largest(z, units);
    for (int j = 0; j < units; j++) sum += exp_f64(z[j] - m);
    const double L = log_f64(sum);
    for (int j = 0; j < units; j++) error += term(net, z[j], a[j], y[j], m, L);
    start += weights == NULL ? error : (double)weights[s] * error;
  }
  return start;
}

/** Of how many errors E is the mean. */
static double error_count(const network *net, int rows) {
  return net->loss == CATEGORICAL_CROSS_ENTROPY ? rows : (double)rows * net->sizes[net->layers];
}

/** E from the error sum. */
double loss_of(const network *net, double error_sum, int rows) {
  return net->loss == SSE ? 0.5 * error_sum : error_sum / error_count(net, rows);
}

/** The targets as the loss takes them, in an array that the caller frees. */
static real *smoothed(const network *net, const real *y, int rows) {
  const int units = net->sizes[net->layers], classes = net->loss == BINARY_CROSS_ENTROPY ? 2 : units;
  real *smooth = reals((size_t)(rows * units));
  for (int n = 0; n < rows * units; n++) {
    smooth[n] = (real)((double)y[n] * (1 - net->smoothing) + net->smoothing / classes);
  }
  return smooth;
}

double evaluate(const network *net, const real *x, const real *labels, int rows) {
  pass p = run(net, x, rows, NULL);
  real *y = smoothed(net, labels, rows);
  const double error = loss_of(net, sum_errors(net, 0, &p, y, rows, NULL), rows);
  free(y);
  end(net, &p);
  return error;
}

static real *output_delta(const network *net, const pass *p, const real *y, int rows, const real *weights) {
  const int units = net->sizes[net->layers];
  const real *a = p->a[net->layers], *slope = p->slope[net->layers], D = (real)net->delta;
  const real count = (real)(net->loss == MSE ? 0.5 * error_count(net, rows) : error_count(net, rows));
  real *delta = reals((size_t)(rows * units));
  for (int s = 0; s < rows; s++) {
    real Y = 0;
    for (int n = s * units; n < (s + 1) * units; n++) Y += is_clipped(net, a[n]) ? 0 : y[n];
    for (int n = s * units; n < (s + 1) * units; n++) {
      real g = a[n] - y[n];
      if (net->loss == BINARY_CROSS_ENTROPY && is_clipped(net, a[n])) g = 0;
      if (net->loss == CATEGORICAL_CROSS_ENTROPY) g = a[n] * Y - (is_clipped(net, a[n]) ? 0 : y[n]);
      if (net->loss == MAE) g = (real)((g > 0) - (g < 0));
      if (net->loss == HUBER) g = g > D ? D : g < -D ? -D : g;
      if (net->loss < BINARY_CROSS_ENTROPY) g *= slope[n];
      delta[n] = net->loss == SSE ? g : g / count;
      if (weights != NULL) delta[n] *= weights[s];
    }
  }
  return delta;
}

void output_layer(const network *net, const real *z, const real *labels, int rows, const real *weights, double *errors,
                  real *delta) {
  const int l = net->layers, units = net->sizes[l];
  pass p = {0};
  p.z[l] = reals((size_t)(rows * units));
  p.a[l] = reals((size_t)(rows * units));
  p.slope[l] = reals((size_t)(rows * units));
  memcpy(p.z[l], z, (size_t)(rows * units) * sizeof *z);
  for (int s = 0; net->activations[l - 1].number == SOFTMAX && s < rows; s++) softmax(p.a[l] + s * units, z + s * units, units);
  for (int n = 0; net->activations[l - 1].number != SOFTMAX && n < rows * units; n++) {
    p.a[l][n] = activate(net->activations[l - 1], z[n], p.slope[l] + n);
  }
  real *y = smoothed(net, labels, rows), *all = output_delta(net, &p, y, rows, weights);
  memcpy(delta, all, (size_t)(rows * units) * sizeof *delta);
  for (int s = 0; s < rows; s++) {
    pass row = {0};
    row.z[l] = p.z[l] + s * units;
    row.a[l] = p.a[l] + s * units;
    errors[s] = sum_errors(net, 0, &row, y + s * units, 1, weights == NULL ? NULL : weights + s);
  }
  free(all);
  free(y);
  end(net, &p);
}

double power(double base, uint32_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base) {
    if (exponent & 1) result *= base;
  }
  return result;
}

static double nadam_momentum(const optimizer *o, uint32_t t) {
  return o->beta1 * (1 - 0.5 * exp_f64(t * o->momentum_decay * -0.040821994520255166));
}

static real sign(real x) { return isnan(x) ? x : (real)((x > 0) - (x < 0)); }

/** The step t of `count` parameters; `product` is that of t − 1. */
static void follow(const optimizer *o, uint32_t t, double product, real *w, const real *g, real *m, real *v,
                   size_t count, double learning_rate, real scale, bool are_weights) {
  const real rate = (real)learning_rate, mu = (real)o->momentum, epsilon = (real)o->epsilon;
  const real rho = (real)o->rho, rho_rest = (real)(1 - o->rho), kept = (real)(1 - rate * o->weight_decay);
  const real beta1 = (real)o->beta1, rest1 = (real)(1 - o->beta1), beta2 = (real)o->beta2, rest2 = (real)(1 - o->beta2);
  const real corrected = (real)(rate / (1 - power(o->beta1, t))), inverse = (real)(1 / sqrt(1 - power(o->beta2, t)));
  const double now = nadam_momentum(o, t), next = nadam_momentum(o, t + 1);
  const real of_g = (real)(rate * (1 - now) / (1 - product * now));
  const real of_m = (real)(rate * next / (1 - product * now * next));
  for (size_t i = 0; i < count; i++) {
    const real d = g[i] * scale, m_before = m[i];
    if (are_weights && o->weight_decay > 0) w[i] *= kept;
    switch (o->type) {
      case SGD:
        if (mu > 0) m[i] = mu * m[i] + d;
        w[i] -= rate * (o->nesterov ? d + mu * m[i] : mu > 0 ? m[i] : d);
        break;
      case RMSPROP:
      case ADAGRAD:
        m[i] = o->type == ADAGRAD ? m[i] + d * d : rho * m[i] + rho_rest * (d * d);
        w[i] -= rate * (d / ((real)sqrt(m[i]) + epsilon));
        break;
      case LION:
        m[i] = beta2 * m[i] + rest2 * d;
        w[i] -= rate * sign(beta1 * m_before + rest1 * d);
        break;
      default:
        m[i] = beta1 * m[i] + rest1 * d;
        v[i] = beta2 * v[i] + rest2 * (d * d);
        const real root = (real)sqrt(v[i]) * inverse + epsilon;
        w[i] -= o->type == NADAM ? (of_g * d + of_m * m[i]) / root : corrected * (m[i] / root);
    }
  }
}

static void penalize(real *g, const real *w, size_t count, regularization of) {
  for (size_t n = 0; n < count; n++) {
    if (of.l2 > 0) g[n] += (real)of.l2 * w[n];
    if (of.l1 > 0) g[n] += (real)of.l1 * sign(w[n]);
  }
}

static void clip(real *g, size_t count, double clip_value) {
  const real most = (real)clip_value;
  for (size_t n = 0; n < count; n++) g[n] = (g[n] > most ? most : g[n] < -most ? -most : g[n]) + g[n] * 0;
}

/** What gradients are multiplied by for their norm's sake. */
static real norm_scale(const network *net, real *const *gw, real *const *gb) {
  const double limit = net->optimizer.clip_norm;
  double sum = 0;
  for (int l = 0; l < net->layers; l++) {
    const int rows = rows_of_weights(net, l), units = net->regular[l].frozen ? 0 : net->sizes[l + 1];
    for (int j = 0; j < units; j++) {
      real column = 0;
      for (int i = 0; i < rows; i++) column += gw[l][i * units + j] * gw[l][i * units + j];
      if (biases_of(net, l) > 0) column += gb[l][j] * gb[l][j];
      sum += column;
    }
  }
  const double norm = sqrt(sum);
  if (!isfinite(norm)) return (real)NAN;
  return norm <= limit ? 1 : (real)(limit / norm);
}

/** Penalties, clipping and the step, with the gradients of all layers. */
void update(network *net, real *const *gw, real *const *gb, double learning_rate) {
  const optimizer *o = &net->optimizer;
  for (int l = 0; l < net->layers; l++) {
    if (net->kinds[l].type == DENSE) penalize(gw[l], net->w[l], weights_of(net, l), net->regular[l]);
    if (o->clip_value == 0) continue;
    clip(gw[l], weights_of(net, l), o->clip_value);
    clip(gb[l], biases_of(net, l), o->clip_value);
  }
  const real scale = o->clip_norm > 0 ? norm_scale(net, gw, gb) : 1;
  net->t++;
  for (int l = 0; l < net->layers; l++) {
    if (net->regular[l].frozen) continue;
    const size_t weights = weights_of(net, l), biases = biases_of(net, l);
    real *m = net->slots[l], *v = m + weights + biases;
    const bool decays = net->kinds[l].type == DENSE;
    follow(o, net->t, net->product, net->w[l], gw[l], m, v, weights, learning_rate, scale, decays);
    follow(o, net->t, net->product, net->b[l], gb[l], m + weights, v + weights, biases, learning_rate, scale, false);
  }
  net->product *= nadam_momentum(o, net->t);
}

/** From the last layer's δ, which it frees: the gradients of all layers, and ∂E/∂x. */
static real *back_through(const network *net, const pass *p, real *delta, int rows, real **gw, real **gb,
                          const moment *now) {
  for (int l = net->layers - 1; l >= 0; l--) {
    const int inputs = net->sizes[l], units = net->sizes[l + 1];
    gw[l] = reals((size_t)(inputs * units));
    gb[l] = reals((size_t)units);
    real *before = reals((size_t)(rows * inputs));
    if (net->kinds[l].type == DENSE) {
      weight_gradient(gw[l], p->a[l], delta, rows, inputs, units);
      bias_gradient(gb[l], delta, rows, units);
      input_gradient(before, delta, net->w[l], rows, inputs, units);
    } else if (net->kinds[l].type == IDENTITY) memcpy(before, delta, (size_t)(rows * inputs) * sizeof *before);
    else normalization_back(net, l, p, delta, rows, gw[l], gb[l], before, now);
    for (int n = 0; l > 0 && n < rows * inputs; n++) {
      if (p->factors[l] != NULL) before[n] *= p->factors[l][n];
      before[n] *= p->slope[l][n];
    }
    free(delta);
    delta = before;
  }
  return delta;
}

/** One batch; continues the epoch's error sum. Its outputs, from before the step, go to `outputs`. */
static double step(network *net, real *x, const real *y, int rows, const real *weights, double learning_rate, moment now,
                   double error_sum, real *outputs) {
  pass p = run(net, x, rows, &now);
  memcpy(outputs, p.a[net->layers], (size_t)(rows * net->sizes[net->layers]) * sizeof *outputs);
  error_sum = sum_errors(net, error_sum, &p, y, rows, weights);
  real *gw[MAX_LAYERS], *gb[MAX_LAYERS];
  free(back_through(net, &p, output_delta(net, &p, y, rows, weights), rows, gw, gb, &now));
  update(net, gw, gb, learning_rate);
  for (int l = 0; l < net->layers; l++) {
    free(gw[l]);
    free(gb[l]);
  }
  end(net, &p);
  return error_sum;
}

/** δ of the last layer from u = ∂E/∂a. */
static real *upstream_delta(const network *net, const pass *p, const real *u, int rows) {
  const int last = net->layers, units = net->sizes[last];
  const real *a = p->a[last], *slope = p->slope[last];
  real *delta = reals((size_t)(rows * units));
  for (int s = 0; s < rows; s++) {
    real dot = 0;
    for (int n = s * units; n < (s + 1) * units; n++) dot += u[n] * a[n];
    for (int n = s * units; n < (s + 1) * units; n++) {
      delta[n] = net->activations[last - 1].number == SOFTMAX ? a[n] * (u[n] - dot) : u[n] * slope[n];
    }
  }
  return delta;
}

real *gradients(network *net, const real *x, const real *given, int rows, target what, const real *weights, real **gw,
                real **gb, real **outputs, double *error) {
  const moment now = {2, 3};
  const int last = net->layers;
  pass p = run(net, x, rows, &now);
  real *y = smoothed(net, given, rows);
  *error = loss_of(net, sum_errors(net, 0, &p, y, rows, weights), rows);
  real *delta = what == LABELS ? output_delta(net, &p, y, rows, weights) : upstream_delta(net, &p, given, rows);
  real *of_x = back_through(net, &p, delta, rows, gw, gb, &now);
  for (int l = 0; l < last; l++) {
    if (!net->regular[l].frozen) continue;
    memset(gw[l], 0, weights_of(net, l) * sizeof(real));
    memset(gb[l], 0, biases_of(net, l) * sizeof(real));
  }
  *outputs = p.a[last];
  p.a[last] = NULL;
  free(y);
  end(net, &p);
  return of_x;
}

void step_arrays(const optimizer *o, stepped *arrays, int count, uint32_t *t, double *product, double learning_rate) {
  double sum = 0;
  for (int k = 0; k < count && o->clip_value > 0; k++) {
    clip(arrays[k].g, (size_t)(arrays[k].rows * arrays[k].units), o->clip_value);
  }
  for (int k = 0; k < count; k++) {
    const stepped *of = arrays + k, *after = of + 1;
    for (int j = 0; !of->is_bias && j < of->units; j++) {
      real column = 0;
      for (int i = 0; i < of->rows; i++) column += of->g[i * of->units + j] * of->g[i * of->units + j];
      if (k + 1 < count && after->is_bias) column += after->g[j] * after->g[j];
      sum += column;
    }
  }
  const double norm = sqrt(sum);
  const real scale = o->clip_norm == 0 || norm <= o->clip_norm ? 1 : (real)(o->clip_norm / norm);
  ++*t;
  for (int k = 0; k < count; k++) {
    const stepped *of = arrays + k;
    follow(o, *t, *product, of->w, of->g, of->m, of->v, (size_t)(of->rows * of->units), learning_rate, scale,
           !of->is_bias);
  }
  *product *= nadam_momentum(o, *t);
}

static bool all_finite(const real *numbers, size_t count) {
  for (size_t n = 0; n < count; n++) {
    if (!isfinite(numbers[n])) return false;
  }
  return true;
}

/** Parameters and slots, to or from a copy of them; whether they all are finite. */
static bool copy(network *net, real *kept, bool back) {
  bool finite = true;
  for (int l = 0; l < net->layers; l++) {
    const size_t weights = weights_of(net, l), biases = biases_of(net, l);
    real *const parts[] = {net->w[l], net->b[l], net->moving[l], net->slots[l]};
    const size_t counts[] = {weights, biases, moving_of(net, l), 2 * (weights + biases)};
    for (int n = 0; n < 4; n++) {
      finite = finite && all_finite(parts[n], counts[n]);
      memcpy(back ? parts[n] : kept, back ? kept : parts[n], counts[n] * sizeof *kept);
      kept += counts[n];
    }
  }
  return finite;
}

bool update_finite(network *net, real *const *gw, real *const *gb, double learning_rate) {
  size_t numbers = 0;
  for (int l = 0; l < net->layers; l++) {
    const size_t weights = weights_of(net, l), biases = biases_of(net, l);
    if (!all_finite(gw[l], weights) || !all_finite(gb[l], biases)) return false;
    numbers += 3 * (weights + biases) + moving_of(net, l);
  }
  real *kept = reals(numbers), *after = reals(numbers);
  const uint32_t t = net->t;
  const double product = net->product;
  copy(net, kept, false);
  update(net, gw, gb, learning_rate);
  const bool finite = copy(net, after, false);
  if (!finite) {
    copy(net, kept, true);
    net->t = t;
    net->product = product;
  }
  free(kept);
  free(after);
  return finite;
}

bool step_finite(const optimizer *o, stepped *arrays, int count, uint32_t *t, double *product, double learning_rate) {
  real *kept[8][3];
  const uint32_t t_before = *t;
  const double product_before = *product;
  bool finite = true;
  for (int k = 0; k < count; k++) {
    if (!all_finite(arrays[k].g, (size_t)(arrays[k].rows * arrays[k].units))) return false;
  }
  for (int k = 0; k < count; k++) {
    const size_t numbers = (size_t)(arrays[k].rows * arrays[k].units);
    real *const parts[] = {arrays[k].w, arrays[k].m, arrays[k].v};
    for (int n = 0; n < 3; n++) {
      kept[k][n] = reals(numbers);
      memcpy(kept[k][n], parts[n], numbers * sizeof(real));
    }
  }
  step_arrays(o, arrays, count, t, product, learning_rate);
  for (int k = 0; k < count; k++) {
    const size_t numbers = (size_t)(arrays[k].rows * arrays[k].units);
    finite = finite && all_finite(arrays[k].w, numbers) && all_finite(arrays[k].m, numbers);
    finite = finite && all_finite(arrays[k].v, numbers);
  }
  for (int k = 0; k < count; k++) {
    const size_t numbers = (size_t)(arrays[k].rows * arrays[k].units);
    real *const parts[] = {arrays[k].w, arrays[k].m, arrays[k].v};
    for (int n = 0; n < 3; n++) {
      if (!finite) memcpy(parts[n], kept[k][n], numbers * sizeof(real));
      free(kept[k][n]);
    }
  }
  if (!finite) {
    *t = t_before;
    *product = product_before;
  }
  return finite;
}

int train(network *net, const real *x, const real *labels, int rows, const training *of, double *losses) {
  const int inputs = net->sizes[0], outputs = net->sizes[net->layers], batch_size = of->batch_size;
  size_t numbers = 0;
  for (int l = 0; l < net->layers; l++) numbers += 3 * (weights_of(net, l) + biases_of(net, l)) + moving_of(net, l);
  uint32_t *order = calloc((size_t)rows, sizeof *order);
  real *y = smoothed(net, labels, rows);
  real *batch_x = reals((size_t)(batch_size * inputs)), *batch_y = reals((size_t)(batch_size * outputs));
  real *batch_a = reals((size_t)(batch_size * outputs));
  real *weights = reals((size_t)batch_size), *kept = reals(numbers);
  if (order == NULL) abort();
  int epoch = 0, left = of->steps > 0 ? of->steps : -1;
  for (; epoch < of->epochs && left != 0; epoch++) {
    const uint32_t steps_before = net->t;
    const double product_before = net->product;
    copy(net, kept, false);
    for (int s = 0; s < rows; s++) order[s] = (uint32_t)s;
    if (of->buffer != 0) shuffle_in_buffer(order, (uint32_t)rows, of->buffer, net->seed, (uint32_t)epoch);
    else if (of->shuffled) shuffle(order, (uint32_t)rows, net->seed, (uint32_t)epoch);
    double error_sum = 0;
    for (int first = 0; first < rows && left != 0; first += batch_size, left--) {
      const int count = rows - first < batch_size ? rows - first : batch_size;
      for (int s = 0; s < count; s++) {
        const uint32_t row = order[first + s];
        memcpy(batch_x + s * inputs, x + row * (uint32_t)inputs, (size_t)inputs * sizeof *x);
        memcpy(batch_y + s * outputs, y + row * (uint32_t)outputs, (size_t)outputs * sizeof *y);
        weights[s] = of->sample_weights == NULL ? 1 : of->sample_weights[row];
      }
      const moment now = {(uint32_t)(first / batch_size), (uint32_t)epoch};
      const double rate = of->scheduled ? of->learning_rate / (1 + 0.5 * epoch + 0.25 * now.index) : of->learning_rate;
      error_sum = step(net, batch_x, batch_y, count, of->sample_weights == NULL ? NULL : weights, rate, now, error_sum,
                       batch_a);
      for (int s = 0; of->outputs != NULL && s < count; s++) {
        const size_t bytes = (size_t)outputs * sizeof *batch_a;
        memcpy(of->outputs + order[first + s] * (uint32_t)outputs, batch_a + s * outputs, bytes);
      }
    }
    real *after = reals(numbers);
    const bool finite = copy(net, after, false) && isfinite(error_sum);
    free(after);
    if (!finite) {
      copy(net, kept, true);
      net->t = steps_before;
      net->product = product_before;
      break;
    }
    losses[epoch] = loss_of(net, error_sum, rows);
  }
  free(order);
  free(y);
  free(batch_x);
  free(batch_y);
  free(batch_a);
  free(weights);
  free(kept);
  return epoch;
}
