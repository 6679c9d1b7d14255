// jax-js, WebAssembly backend. Variants: `grad` is what its documentation teaches, a jit-compiled step with gradients by
// `grad`; `manual` the same step with gradients by hand; `relaxed` is `grad` with relaxed SIMD, which the library uses for
// fused multiply-adds wherever the engine has it (Node 20: behind a flag), at the price of bits that differ by machine.

import { setFlagsFromString } from "node:v8";
import {
  batchRanges,
  Floats,
  job,
  meanLoss,
  packageVersion,
  readData,
  readLayers,
  serve,
  unsupported,
  variant,
} from "./protocol2.mjs";

// The library asks the engine when it compiles its first kernel, so the flag has to be set, either way, before that.
setFlagsFromString(variant === "relaxed" ? "--experimental-wasm-relaxed-simd" : "--no-experimental-wasm-relaxed-simd");
// It would start worker threads if it found a global Worker, which Node hasn't: one thread, like everyone here.
const { defaultDevice, grad, init, jit, numpy: np, tree } = await import("@jax-js/jax");

if (!["grad", "manual", "relaxed"].includes(variant)) unsupported(`no variant ${variant}`);
if (job.dtype === "f64" && typeof Float16Array === "undefined")
  unsupported("its f64 arrays need Float16Array: Node 24");
await init("wasm");
defaultDevice("wasm");

const { x, y, inputs, outputs } = readData();
const dtype = job.dtype === "f64" ? np.float64 : np.float32;
const toArray = (data, shape) => np.array(new Floats(data), { dtype }).reshape(shape);
const rowsOf = (data, columns, start, rows) =>
  toArray(data.subarray(start * columns, (start + rows) * columns), [rows, columns]);

// Its SIMD tiles want rows of a multiple of four numbers. Weights that have none are held units × inputs where that gives
// some: the 30 units of `digits` train two to four times as fast for it.
const isTurned = job.sizes.slice(1).map((units, l) => units % 4 !== 0 && job.sizes[l] % 4 === 0);
const initialParameters = () =>
  readLayers().map(({ inputs, units, weights, biases }, l) => [
    isTurned[l] ? toArray(turned(weights, inputs, units), [units, inputs]) : toArray(weights, [inputs, units]),
    toArray(biases, [units]),
  ]);
function turned(weights, inputs, units) {
  return weights.map((_, n) => weights[(n % inputs) * units + Math.floor(n / inputs)]);
}

// An array passed to a function is consumed; .ref keeps it for another use.
const layerOutput = (a, [weights, biases], l) => {
  const z = np.matmul(a, isTurned[l] ? np.transpose(weights) : weights).add(biases);
  return np.reciprocal(np.exp(np.negative(z)).add(1));
};
const forward = (parameters, a) => parameters.reduce(layerOutput, a);
const loss = (parameters, a, target) => np.square(forward(parameters, a).sub(target)).sum().mul(0.5);

function updated(parameters, gradients) {
  return tree.map((parameter, gradient) => parameter.sub(gradient.mul(job.learningRate)), parameters, gradients);
}

function gradStep(parameters, a, target) {
  const gradients = grad(loss)(tree.ref(parameters), a, target);
  return updated(parameters, gradients);
}

function manualStep(parameters, a, target) {
  const activations = [a];
  for (const [l, layer] of parameters.entries()) {
    activations.push(layerOutput(activations.at(-1).ref, tree.ref(layer), l));
  }
  const last = activations.pop();
  let delta = last.ref.sub(target).mul(last.ref).mul(np.subtract(1, last));
  const gradients = [];
  for (let l = parameters.length - 1; l >= 0; l--) {
    const below = activations.pop();
    const weights = parameters[l][0];
    const weightGradient = isTurned[l]
      ? np.matmul(np.transpose(delta.ref), below.ref)
      : np.matmul(np.transpose(below.ref), delta.ref);
    gradients[l] = [weightGradient, delta.ref.sum(0)];
    if (l > 0) {
      const behind = np.matmul(delta, isTurned[l] ? weights.ref : np.transpose(weights.ref));
      delta = behind.mul(below.ref).mul(np.subtract(1, below));
    } else {
      delta.dispose();
      below.dispose();
    }
  }
  return updated(parameters, gradients);
}

const step = jit(variant === "manual" ? manualStep : gradStep);
const predict = jit(forward);

// Steps queue up until a result is read, and a queue makes every further step slower; so a small result, the last layer's
// biases, is read after every step. The synchronous read is the faster one where there are no workers to wait for.
function run(parameters, { a, target }) {
  const next = step(parameters, a.ref, target.ref);
  next.at(-1)[1].ref.dataSync();
  return next;
}

function batches(rows) {
  return batchRanges(rows).map(([start, count]) => ({
    count,
    a: rowsOf(x, inputs, start, count),
    target: rowsOf(y, outputs, start, count),
  }));
}

function check() {
  let parameters = initialParameters();
  const checked = batches(job.checkRows);
  for (let epoch = 0; epoch < job.checkEpochs; epoch++) {
    for (const batch of checked) parameters = run(parameters, batch);
  }
  const predicted = predict(parameters, rowsOf(x, inputs, 0, job.checkRows)).dataSync();
  return meanLoss(predicted, y, job.checkRows);
}

let parameters = initialParameters();

function trainRound(isOver) {
  let samples = 0;
  do {
    parameters = run(parameters, prepared[next]);
    samples += prepared[next].count;
    next = (next + 1) % prepared.length;
  } while (!isOver());
  return samples;
}

function predictOneRound(isOver) {
  let calls = 0;
  let sum = 0;
  do {
    const row = calls++ % job.rows;
    const sample = toArray(x.subarray(row * inputs, (row + 1) * inputs), [1, inputs]);
    sum += predict(tree.ref(parameters), sample).dataSync()[0];
  } while (!isOver());
  if (!Number.isFinite(sum)) throw new Error(`the outputs' sum is ${sum}`);
  return calls;
}

function predictBatchRound(isOver) {
  let samples = 0;
  do {
    predict(tree.ref(parameters), all.ref).dataSync();
    samples += job.rows;
  } while (!isOver());
  return samples;
}

const prepared = job.task === "train" ? batches(job.rows) : [];
let next = 0;
const all = job.task === "predict-batch" ? rowsOf(x, inputs, 0, job.rows) : undefined;
await serve({
  version: packageVersion("@jax-js/jax"),
  check,
  outputs: () => predict(tree.ref(parameters), rowsOf(x, inputs, 0, Math.min(4, job.rows))).dataSync(),
  round: { train: trainRound, "predict-one": predictOneRound, "predict-batch": predictBatchRound }[job.task],
});
