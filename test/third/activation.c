// The activation functions by their numbers. Their formulas are C that toC writes, too: it is from the page as well, and
// shares nothing with the two engines. The elementary functions below them are the third implementation's own.

#include "third.h"

static real sigmoid_real(real z) { return ELEMENTARY[0](z); }
static real tanh_real(real z) { return ELEMENTARY[1](z); }
static real exp_real(real z) { return ELEMENTARY[2](z); }
static real log_real(real z) { return ELEMENTARY[3](z); }
static double leading(double z) { return top(z); }

#include "../../bindings/formats/c/activation.c"

const char *const ACTIVATION_NAMES[] = {"linear", "sigmoid", "tanh", "relu", "leakyRelu", "elu", "selu", "hardSigmoid",
                                        "softplus", "silu", "geluTanh", "gelu", "relu6", "mish", "hardSwish", "softsign"};

static activated activated_by(activation f, real z) {
  const real alpha = (real)f.alpha;
  switch (f.number) {
    case 0: return with_slope(z, 1);
    case 1: return sigmoid(z);
    case 2: return hyperbolic_tangent(z);
    case 3: return relu(z);
    case 4: return leaky_relu(z, alpha);
    case 5: return elu(z, alpha);
    case 6: return selu(z);
    case 7: return hard_sigmoid(z);
    case 8: return softplus(z);
    case 9: return silu(z);
    case 10: return gelu_tanh(z);
    case 11: return gelu(z);
    case 12: return relu6(z);
    case 13: return mish(z);
    case 14: return hard_swish(z);
    default: return softsign(z);
  }
}

real activate(activation f, real z, real *slope) {
  const activated result = activated_by(f, z);
  *slope = result.slope;
  return result.a;
}
