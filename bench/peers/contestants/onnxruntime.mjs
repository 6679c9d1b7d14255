// ONNX Runtime Web, WebAssembly backend, one thread. It has no trainer any more, so a training is a model made by hand
// that runs as inference: forward, backward and the update of a batch, in a Scan over many batches. Thus weights and
// calls cross the border, where its backend copies them, once for all of those.

import onnxProto from "onnx-proto";
import * as ort from "onnxruntime-web";
import { serve } from "./protocol.mjs";

const { onnx } = onnxProto;
const { FLOAT, INT, GRAPH } = onnx.AttributeProto.AttributeType;
const elemType = onnx.TensorProto.DataType.FLOAT;
const RUN_ROWS = 1024; // of a run, about; four times as many gained nothing

const tensor = (data, dims) => new ort.Tensor("float32", data, dims);

function attribute([name, value]) {
  if (typeof value === "object") return { name, type: GRAPH, g: value };
  return name === "alpha" ? { name, type: FLOAT, f: value } : { name, type: INT, i: value };
}

const node = (opType, input, output, attributes = {}) => {
  return { opType, input, output, attribute: Object.entries(attributes).map(attribute) };
};

function info(name, dims) {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType, shape } } };
}

const constant = (name, dims, { buffer, byteOffset, byteLength }) => {
  return { name, dims, dataType: elemType, rawData: new Uint8Array(buffer, byteOffset, byteLength) };
};

function createSession(graph) {
  const model = { irVersion: 7, opsetImport: [{ domain: "", version: 13 }], graph };
  const options = { executionProviders: ["wasm"], graphOptimizationLevel: "all", logSeverityLevel: 3 };
  return ort.InferenceSession.create(onnx.ModelProto.encode(model).finish(), options);
}

await serve(({ sizes, batchSize, learningRate }) => {
  ort.env.wasm.numThreads = 1;
  const layers = sizes.slice(1).map((units, l) => ({ inputs: sizes[l], units, below: l === 0 ? "x" : `a${l - 1}` }));
  const [inputs, outputs, last] = [sizes[0], sizes.at(-1), layers.length - 1];
  const names = layers.flatMap((_, l) => [`w${l}`, `b${l}`]);
  const dimsOf = (n) => [n % 2 === 0 ? layers[n >> 1].inputs : 1, layers[n >> 1].units];
  const infos = (suffix) => names.map((name, n) => info(name + suffix, dimsOf(n)));

  const forward = layers.flatMap(({ below }, l) => [
    node("Gemm", [below, `w${l}`, `b${l}`], [`z${l}`]),
    node("Sigmoid", [`z${l}`], [`a${l}`]),
  ]);
  // Gemm adds its third input, so it makes the update at once: W − lr aᵀδ, and b − lr 1ᵀδ with a row of ones
  const backward = layers.flatMap(({ below }, l) => [
    l === last
      ? node("Sub", [`a${l}`, "y"], [`e${l}`])
      : node("Gemm", [`d${l + 1}`, `w${l + 1}`], [`e${l}`], { transB: 1 }),
    node("Mul", [`a${l}`, `a${l}`], [`s${l}`]),
    node("Sub", [`a${l}`, `s${l}`], [`t${l}`]),
    node("Mul", [`e${l}`, `t${l}`], [`d${l}`]),
    node("Gemm", [below, `d${l}`, `w${l}`], [`w${l}new`], { alpha: -learningRate, transA: 1 }),
    node("Gemm", ["ones", `d${l}`, `b${l}`], [`b${l}new`], { alpha: -learningRate }),
  ]);
  const nodesOf = 6;
  const lastLayerFirst = layers.flatMap((_, l) => backward.slice((last - l) * nodesOf, (last - l + 1) * nodesOf));

  function scan(rows, steps) {
    const body = {
      name: "step",
      node: [...forward, ...lastLayerFirst],
      input: [...infos(""), info("x", [rows, inputs]), info("y", [rows, outputs])],
      output: infos("new"),
      initializer: [constant("ones", [1, rows], new Float32Array(rows).fill(1))],
    };
    const [before, after] = ["first", "last"].map((suffix) => names.map((name) => name + suffix));
    return createSession({
      name: "scan",
      node: [node("Scan", [...before, "xs", "ys"], after, { body, num_scan_inputs: 2 })],
      input: [...infos("first"), info("xs", [steps, rows, inputs]), info("ys", [steps, rows, outputs])],
      output: infos("last"),
    });
  }

  // shapes are fixed in a model: sessions for full batches and for the shorter one at the end, by number of steps
  const sessions = new Map();
  const sessionFor = (rows, steps) => {
    const key = `${rows} ${steps}`;
    if (!sessions.has(key)) sessions.set(key, scan(rows, steps));
    return sessions.get(key);
  };

  let [x, y, weights] = [];
  function gather(data, columns, starts, count) {
    const gathered = new Float32Array(starts.length * count * columns);
    starts.forEach((start, k) => {
      gathered.set(data.subarray(start * columns, (start + count) * columns), k * count * columns);
    });
    return tensor(gathered, [starts.length, count, columns]);
  }

  /** Runs that train the first rows so many times over. */
  async function prepare(rows, epochs) {
    const starts = Array.from({ length: Math.ceil(rows / batchSize) }, (_, n) => n * batchSize);
    const all = Array.from({ length: epochs }, () => starts).flat();
    const countAt = (start) => Math.min(batchSize, rows - start);
    const runs = [];
    for (let n = 0; n < all.length; ) {
      const count = countAt(all[n]);
      let end = n + 1;
      while (end < all.length && end < n + RUN_ROWS / batchSize && countAt(all[end]) === count) end++;
      const run = all.slice(n, end);
      const feeds = { xs: gather(x, inputs, run, count), ys: gather(y, outputs, run, count) };
      runs.push({ session: await sessionFor(count, run.length), feeds });
      n = end;
    }
    return runs;
  }

  const prepared = new Map(); // of small data sets, many epochs are in a Scan
  const preparedFor = (rows, epochs) => {
    const key = `${rows} ${epochs}`;
    if (!prepared.has(key)) prepared.set(key, prepare(rows, epochs));
    return prepared.get(key);
  };

  return {
    unit: RUN_ROWS,
    setParameters(given) {
      weights = given.flatMap(({ weights, biases }) => [weights, biases]).map((data, n) => tensor(data, dimsOf(n)));
    },
    load(allX, allY) {
      [x, y] = [allX, allY];
    },
    async fit(rows, epochs) {
      const cycle = Math.min(epochs, Math.ceil(RUN_ROWS / rows));
      for (let done = 0; done < epochs; done += cycle) {
        for (const { session, feeds } of await preparedFor(rows, Math.min(cycle, epochs - done))) {
          const first = Object.fromEntries(names.map((name, n) => [`${name}first`, weights[n]]));
          const results = await session.run({ ...feeds, ...first });
          weights = names.map((name) => results[`${name}last`]);
        }
      }
    },
    async predict(rows) {
      const session = await createSession({
        name: "predict",
        node: forward,
        input: [info("x", [rows, inputs])],
        output: [info(`a${last}`, [rows, outputs])],
        initializer: weights.map(({ data }, n) => constant(names[n], dimsOf(n), data)),
      });
      return (await session.run({ x: tensor(x.subarray(0, rows * inputs), [rows, inputs]) }))[`a${last}`].data;
    },
  };
});
