// ONNX Runtime Web, WebAssembly backend, one thread. It has no trainer any more; what runs as inference here is a graph
// made by hand: forward, backward and the SGD update of one batch, whose weights are inputs and whose new weights are
// outputs. Its wasm backend copies inputs in and outputs out on every run and has no binding that would avoid that.
// Variants: `step` runs the graph once a batch; `scan` wraps it into a Scan over many batches, so that weights and calls
// cross the border once for all of them.

import onnxProto from "onnx-proto";
import * as ort from "onnxruntime-web";
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

if (!["step", "scan"].includes(variant)) unsupported(`no variant ${variant}`);
ort.env.wasm.numThreads = 1;
const { onnx } = onnxProto;
const FLOAT = job.dtype === "f64" ? onnx.TensorProto.DataType.DOUBLE : onnx.TensorProto.DataType.FLOAT;
const { FLOAT: FLOAT_ATTRIBUTE, INT, GRAPH } = onnx.AttributeProto.AttributeType;

const { x, y, inputs, outputs } = readData();
const layers = readLayers();
const weightNames = layers.flatMap((_, l) => [`w${l}`, `b${l}`]);

const info = (name, dims) => ({
  name,
  type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});
const weightInfo = (suffix) =>
  layers.flatMap(({ inputs, units }, l) => [
    info(`w${l}${suffix}`, [inputs, units]),
    info(`b${l}${suffix}`, [1, units]),
  ]);
const constant = (name, dims, data) => ({
  name,
  dims,
  dataType: FLOAT,
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

function attribute([name, value]) {
  if (typeof value === "object") return { name, type: GRAPH, g: value };
  return name === "alpha" ? { name, type: FLOAT_ATTRIBUTE, f: value } : { name, type: INT, i: value };
}
const node = (opType, input, output, attributes = {}) => ({
  opType,
  input,
  output: [output].flat(),
  attribute: Object.entries(attributes).map(attribute),
});

function forward() {
  return layers.flatMap((_, l) => [
    node("Gemm", [l === 0 ? "x" : `a${l - 1}`, `w${l}`, `b${l}`], `z${l}`),
    node("Sigmoid", [`z${l}`], `a${l}`),
  ]);
}

// Gemm adds its third input, so it makes the update at once: W − lr aᵀδ, and b − lr 1ᵀδ with a row of ones.
function backwardAndUpdate() {
  const alpha = -job.learningRate;
  const nodes = [];
  for (let l = layers.length - 1; l >= 0; l--) {
    if (l === layers.length - 1) nodes.push(node("Sub", [`a${l}`, "y"], `e${l}`));
    else nodes.push(node("Gemm", [`d${l + 1}`, `w${l + 1}`], `e${l}`, { transB: 1 }));
    nodes.push(
      node("Mul", [`a${l}`, `a${l}`], `s${l}`),
      node("Sub", [`a${l}`, `s${l}`], `t${l}`),
      node("Mul", [`e${l}`, `t${l}`], `d${l}`),
      node("Gemm", [l === 0 ? "x" : `a${l - 1}`, `d${l}`, `w${l}`], `w${l}new`, { alpha, transA: 1 }),
      node("Gemm", ["ones", `d${l}`, `b${l}`], `b${l}new`, { alpha }),
    );
  }
  return nodes;
}

const onesOf = (rows) => constant("ones", [1, rows], new Floats(rows).fill(1));
const stepGraph = (rows) => ({
  name: "step",
  node: [...forward(), ...backwardAndUpdate()],
  input: [...weightInfo(""), info("x", [rows, inputs]), info("y", [rows, outputs])],
  output: weightInfo("new"),
  initializer: [onesOf(rows)],
});

function scanGraph(rows, steps) {
  const body = stepGraph(rows);
  const scan = node(
    "Scan",
    [...weightNames.map((name) => `${name}first`), "xs", "ys"],
    weightNames.map((name) => `${name}last`),
    { body, num_scan_inputs: 2 },
  );
  return {
    name: "scan",
    node: [scan],
    input: [...weightInfo("first"), info("xs", [steps, rows, inputs]), info("ys", [steps, rows, outputs])],
    output: weightInfo("last"),
  };
}

const predictGraph = (rows, parameters = layers) => ({
  name: "predict",
  node: forward(),
  input: [info("x", [rows, inputs])],
  output: [info(`a${layers.length - 1}`, [rows, outputs])],
  initializer: parameters.flatMap(({ inputs, units, weights, biases }, l) => [
    constant(`w${l}`, [inputs, units], weights),
    constant(`b${l}`, [1, units], biases),
  ]),
});

async function createSession(graph) {
  const model = onnx.ModelProto.encode({ irVersion: 7, opsetImport: [{ domain: "", version: 13 }], graph }).finish();
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: ["wasm"],
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
  } catch (error) {
    if (job.dtype === "f64") unsupported(`no f64: ${error.message}`);
    throw error;
  }
}

const type = job.dtype === "f64" ? "float64" : "float32";
const tensor = (data, dims) => new ort.Tensor(type, data, dims);
const initialWeights = () =>
  readLayers().flatMap(({ inputs, units, weights, biases }) => [
    tensor(weights, [inputs, units]),
    tensor(biases, [1, units]),
  ]);

// Shapes are fixed in a graph: one session for the full batches, one for the shorter batch at the end.
const sessions = new Map();
async function sessionFor(rows, steps) {
  const key = `${rows} ${steps}`;
  if (!sessions.has(key)) {
    sessions.set(key, await createSession(variant === "scan" ? scanGraph(rows, steps) : stepGraph(rows)));
  }
  return sessions.get(key);
}

// A run of `scan`: as many full batches as about a thousand rows make; four times as many gained nothing.
const RUN_ROWS = 1024;
const STEPS = variant === "scan" ? Math.max(1, Math.floor(RUN_ROWS / job.batchSize)) : 1;

async function prepare(rows, cycles) {
  const ranges = Array.from({ length: cycles }, () => batchRanges(rows)).flat();
  const runs = [];
  for (let n = 0; n < ranges.length; ) {
    let steps = 1;
    while (steps < STEPS && ranges[n + steps]?.[1] === ranges[n][1]) steps++;
    const group = ranges.slice(n, n + steps);
    const count = group[0][1];
    const gather = (data, columns) => {
      const gathered = new Floats(steps * count * columns);
      group.forEach(([start], k) => {
        gathered.set(data.subarray(start * columns, (start + count) * columns), k * count * columns);
      });
      return tensor(gathered, variant === "scan" ? [steps, count, columns] : [count, columns]);
    };
    runs.push({
      session: await sessionFor(count, steps),
      samples: steps * count,
      x: gather(x, inputs),
      y: gather(y, outputs),
    });
    n += steps;
  }
  return runs;
}

const [before, after] = variant === "scan" ? ["first", "last"] : ["", "new"];
const [xName, yName] = variant === "scan" ? ["xs", "ys"] : ["x", "y"];
const beforeNames = weightNames.map((name) => name + before);
const afterNames = weightNames.map((name) => name + after);

async function train(weights, run) {
  const feeds = { [xName]: run.x, [yName]: run.y };
  for (let n = 0; n < weights.length; n++) feeds[beforeNames[n]] = weights[n];
  const results = await run.session.run(feeds);
  return afterNames.map((name) => results[name]);
}

async function check() {
  let weights = initialWeights();
  const runs = await prepare(job.checkRows, 1);
  for (let epoch = 0; epoch < job.checkEpochs; epoch++) {
    for (const run of runs) weights = await train(weights, run);
  }
  const trained = layers.map((layer, l) => ({
    ...layer,
    weights: weights[2 * l].data,
    biases: weights[2 * l + 1].data,
  }));
  const predicted = await predictFirst(job.checkRows, trained);
  return meanLoss(predicted, y, job.checkRows);
}

async function predict(session, rows) {
  const results = await session.run({ x: rows });
  return results[`a${layers.length - 1}`].data;
}

async function predictFirst(rows, parameters) {
  const session = await createSession(predictGraph(rows, parameters));
  return predict(session, tensor(x.slice(0, rows * inputs), [rows, inputs]));
}

async function trainRound(isOver) {
  let samples = 0;
  do {
    weights = await train(weights, runs[next]);
    samples += runs[next].samples;
    next = (next + 1) % runs.length;
  } while (!isOver());
  return samples;
}

async function predictOneRound(isOver) {
  let calls = 0;
  let sum = 0;
  do {
    const row = calls++ % job.rows;
    sum += (await predict(predictor, tensor(x.slice(row * inputs, (row + 1) * inputs), [1, inputs])))[0];
  } while (!isOver());
  if (!Number.isFinite(sum)) throw new Error(`the outputs' sum is ${sum}`);
  return calls;
}

async function predictBatchRound(isOver) {
  let samples = 0;
  do {
    await predict(predictor, all);
    samples += job.rows;
  } while (!isOver());
  return samples;
}

const isTraining = job.task === "train";
let weights = initialWeights();
let next = 0;
// Small data sets are cycled inside a Scan.
const runs = isTraining ? await prepare(job.rows, variant === "scan" ? Math.ceil(RUN_ROWS / job.rows) : 1) : [];
const predictor = isTraining ? undefined : await createSession(predictGraph(job.task === "predict-one" ? 1 : job.rows));
const all = tensor(x, [job.rows, inputs]);
await serve({
  version: packageVersion("onnxruntime-web"),
  check,
  outputs: () => predictFirst(Math.min(4, job.rows)),
  round: { train: trainRound, "predict-one": predictOneRound, "predict-batch": predictBatchRound }[job.task],
});
