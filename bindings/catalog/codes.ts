// The numbers by which the WebAssembly module and its callers name what they both know. This file is compiled twice: by
// asc into the module, and by tsc and esbuild into the bindings. So it holds nothing but constants of type u32.

// The activations. From SOFTPLUS to SOFTSIGN the derivative is no function of the output. SOFTMAX is over rows.
export const LINEAR: u32 = 0;
export const SIGMOID: u32 = 1;
export const TANH: u32 = 2;
export const RELU: u32 = 3;
export const LEAKY_RELU: u32 = 4;
export const ELU: u32 = 5;
export const SELU: u32 = 6;
export const HARD_SIGMOID: u32 = 7;
export const RELU6: u32 = 8;
export const SOFTPLUS: u32 = 9;
export const SILU: u32 = 10;
export const GELU_TANH: u32 = 11;
export const GELU: u32 = 12;
export const MISH: u32 = 13;
export const HARD_SWISH: u32 = 14;
export const SOFTSIGN: u32 = 15;
export const SOFTMAX: u32 = 16;

// The losses.
export const SSE: u32 = 0;
export const MSE: u32 = 1;
export const MAE: u32 = 2;
export const HUBER: u32 = 3;
export const BINARY_CROSS_ENTROPY: u32 = 4;
export const CATEGORICAL_CROSS_ENTROPY: u32 = 5;

// The kinds of layers: what z is made of x by. Of IDENTITY z is x.
export const DENSE: u32 = 0;
export const IDENTITY: u32 = 1;
export const BATCH_NORMALIZATION: u32 = 2;
export const LAYER_NORMALIZATION: u32 = 3;

// The optimizers.
export const SGD: u32 = 0;
export const RMSPROP: u32 = 1;
export const ADAGRAD: u32 = 2;
export const ADAM: u32 = 3;
export const ADAMW: u32 = 4;
export const NADAM: u32 = 5;
export const LION: u32 = 6;

// What `train` returns.
export const UNFINISHED: u32 = 0;
export const FINISHED: u32 = 1;
export const NOT_FINITE: u32 = 2;
export const LOST: u32 = 3; // a worker did not answer

// The streams of random numbers (NUMERICS.md).
export const INITIALIZATION: u32 = 1;
export const SHUFFLE: u32 = 2;
export const DROPOUT: u32 = 3;
export const SPLIT: u32 = 4;

// The records that `createNetwork` reads. Sizes are u32: the inputs, then LAYER_SIZES of each layer.
export const UNITS: u32 = 0;
export const ACTIVATION: u32 = 1;
export const KIND: u32 = 2;
export const CENTER: u32 = 3; // 1: a normalization has beta
export const SCALE: u32 = 4; // 1: it has gamma
export const LAYER_SIZES: u32 = 5;
// Numbers are f64: LAYER_NUMBERS of each layer, then OPTIMIZER_NUMBERS.
export const ALPHA: u32 = 0;
export const L1: u32 = 1;
export const L2: u32 = 2;
export const DROPOUT_RATE: u32 = 3;
export const MOMENTUM: u32 = 4; // of moving averages
export const VARIANCE_EPSILON: u32 = 5;
export const LAYER_NUMBERS: u32 = 6;
export const FIRST_DECAY: u32 = 0; // beta1, or SGD's momentum
export const SECOND_DECAY: u32 = 1; // beta2, or RMSPROP's ρ
export const EPSILON: u32 = 2;
export const WEIGHT_DECAY: u32 = 3;
export const MOMENTUM_DECAY: u32 = 4;
export const CLIP_VALUE: u32 = 5;
export const CLIP_NORM: u32 = 6;
export const OPTIMIZER_NUMBERS: u32 = 7;
// Sizes of the arrays of an optimizer alone, which `createArrays` reads: ARRAY_SIZES of each.
export const ROWS: u32 = 0;
export const COLUMNS: u32 = 1;
export const IS_BIAS: u32 = 2; // of the array before it
export const ARRAY_SIZES: u32 = 3;

// Epochs of a call of `train` at most: it notes so many losses, and the caller takes them before the next.
export const MAX_LOSSES: u32 = 65536;
