// The network: one sum for every output, in index order.

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

static size_t weights_of(const network *net, int layer) { return (size_t)net->sizes[layer] * (size_t)net->sizes[layer + 1]; }

static real *reals(size_t count) {
  real *array = calloc(count + 1, sizeof *array);
  if (array == NULL) abort();
  return array;
}

network create(int layers, const int *sizes, uint64_t seed) {
  network net = {.layers = layers, .seed = seed};
  memcpy(net.sizes, sizes, (size_t)(layers + 1) * sizeof *sizes);
  for (int l = 0; l < layers; l++) {
    net.activations[l].number = SIGMOID;
    net.w[l] = reals(weights_of(&net, l));
    net.b[l] = reals((size_t)sizes[l + 1]);
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
  }
}

/** a[0] is x; a[l + 1] the activations of layer l, slope[l + 1] their slopes. */
static void activate_layers(const network *net, real **a, real **slope, int rows) {
  for (int l = 0; l < net->layers; l++) {
    const int units = net->sizes[l + 1];
    a[l + 1] = reals((size_t)(rows * units));
    slope[l + 1] = reals((size_t)(rows * units));
    forward(a[l + 1], a[l], net->w[l], net->b[l], rows, net->sizes[l], units);
    for (int n = 0; n < rows * units; n++) {
      const activated result = activate(net->activations[l], a[l + 1][n]);
      a[l + 1][n] = result.a;
      slope[l + 1][n] = result.slope;
    }
  }
}

real *predict(const network *net, const real *x, int rows) {
  real *a[MAX_LAYERS + 1] = {(real *)x}, *slope[MAX_LAYERS + 1];
  activate_layers(net, a, slope, rows);
  for (int l = 1; l <= net->layers; l++) free(slope[l]);
  for (int l = 1; l < net->layers; l++) free(a[l]);
  return a[net->layers];
}

/** One batch; continues the epoch's error sum. */
static double step(network *net, real *x, const real *y, int rows, double learning_rate, double error_sum) {
  real *a[MAX_LAYERS + 1] = {x}, *slope[MAX_LAYERS + 1];
  activate_layers(net, a, slope, rows);
  const int outputs = net->sizes[net->layers];
  const real *out = a[net->layers];
  error_sum = sum_squared_errors(error_sum, out, y, rows, outputs);
  real *delta = reals((size_t)(rows * outputs));
  for (int n = 0; n < rows * outputs; n++) delta[n] = (out[n] - y[n]) * slope[net->layers][n];
  for (int l = net->layers - 1; l >= 0; l--) {
    const int inputs = net->sizes[l], units = net->sizes[l + 1];
    real *before = reals((size_t)(rows * inputs));
    if (l > 0) {
      input_gradient(before, delta, net->w[l], rows, inputs, units);
      for (int n = 0; n < rows * inputs; n++) before[n] *= slope[l][n];
    }
    real *gw = reals(weights_of(net, l)), *gb = reals((size_t)units);
    weight_gradient(gw, a[l], delta, rows, inputs, units);
    bias_gradient(gb, delta, rows, units);
    descend(net->w[l], gw, weights_of(net, l), learning_rate);
    descend(net->b[l], gb, (size_t)units, learning_rate);
    free(gw);
    free(gb);
    free(delta);
    delta = before;
  }
  free(delta);
  for (int l = 1; l <= net->layers; l++) {
    free(a[l]);
    free(slope[l]);
  }
  return error_sum;
}

void train(network *net, const real *x, const real *y, int rows, int epochs, int batch_size, bool shuffled,
           double learning_rate, double *losses) {
  const int inputs = net->sizes[0], outputs = net->sizes[net->layers];
  uint32_t *order = calloc((size_t)rows, sizeof *order);
  real *batch_x = reals((size_t)(batch_size * inputs)), *batch_y = reals((size_t)(batch_size * outputs));
  if (order == NULL) abort();
  for (int epoch = 0; epoch < epochs; epoch++) {
    for (int s = 0; s < rows; s++) order[s] = (uint32_t)s;
    if (shuffled) shuffle(order, (uint32_t)rows, net->seed, (uint32_t)epoch);
    double error_sum = 0;
    for (int first = 0; first < rows; first += batch_size) {
      const int count = rows - first < batch_size ? rows - first : batch_size;
      for (int s = 0; s < count; s++) {
        memcpy(batch_x + s * inputs, x + order[first + s] * (uint32_t)inputs, (size_t)inputs * sizeof *x);
        memcpy(batch_y + s * outputs, y + order[first + s] * (uint32_t)outputs, (size_t)outputs * sizeof *y);
      }
      error_sum = step(net, batch_x, batch_y, count, learning_rate, error_sum);
    }
    losses[epoch] = 0.5 * error_sum;
  }
  free(order);
  free(batch_x);
  free(batch_y);
}
