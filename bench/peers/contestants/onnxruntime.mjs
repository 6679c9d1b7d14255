// ONNX Runtime Web, WebAssembly backend, one thread; a training step is a model made by hand (onnx-models.mjs) that runs as
// inference. Its wasm backend copies inputs in and outputs out on every run and has no binding that would avoid that.
// Words: `step` runs the model once a batch; `scan` wraps it into a Scan over many batches, so that weights and calls cross
// the border once for all of them.

import * as ort from "onnxruntime-web";
import { modelsOf } from "./onnx-models.mjs";
import { serve } from "./protocol.mjs";

const RUN_ROWS = 1024; // of a run of `scan`, about; four times as many gained nothing

await serve((job, variant) => {
  ort.env.wasm.numThreads = 1;
  const { sizes, dtype, batchSize } = job;
  const [inputs, outputs, last] = [sizes[0], sizes.at(-1), sizes.length - 2];
  const Floats = dtype === "f64" ? Float64Array : Float32Array;
  const tensor = (data, dims) => new ort.Tensor(dtype === "f64" ? "float64" : "float32", data, dims);
  const models = modelsOf(job);
  const isScan = variant === "scan";
  const mostSteps = isScan ? Math.max(1, Math.floor(RUN_ROWS / batchSize)) : 1;
  const [before, after] = isScan ? ["first", "last"] : ["", "new"];
  const [xName, yName] = isScan ? ["xs", "ys"] : ["x", "y"];
  const beforeNames = models.weightNames.map((name) => name + before);
  const afterNames = models.weightNames.map((name) => name + after);
  let x;
  let y;
  let weights;
  let samples;

  function createSession(model) {
    return ort.InferenceSession.create(model, {
      executionProviders: ["wasm"],
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
  }

  // shapes are fixed in a model: sessions for full batches and for the shorter one at the end, by number of steps
  const sessions = new Map();
  async function sessionFor(rows, steps) {
    const key = `${rows} ${steps}`;
    if (!sessions.has(key)) {
      sessions.set(key, await createSession(isScan ? models.scan(rows, steps) : models.step(rows)));
    }
    return sessions.get(key);
  }

  function gather(data, columns, starts, count) {
    const gathered = new Floats(starts.length * count * columns);
    starts.forEach((start, k) => {
      gathered.set(data.subarray(start * columns, (start + count) * columns), k * count * columns);
    });
    return tensor(gathered, isScan ? [starts.length, count, columns] : [count, columns]);
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
      while (end < all.length && end < n + mostSteps && countAt(all[end]) === count) end++;
      const run = all.slice(n, end);
      const session = await sessionFor(count, run.length);
      runs.push({ session, x: gather(x, inputs, run, count), y: gather(y, outputs, run, count) });
      n = end;
    }
    return runs;
  }

  // small data sets are cycled inside a Scan
  let prepared = { rows: 0 };
  async function preparedFor(rows, epochs) {
    const cycle = isScan ? Math.ceil(RUN_ROWS / rows) : 1;
    const rest = epochs % cycle;
    if (prepared.rows !== rows) prepared = { rows, whole: await prepare(rows, cycle), rests: new Map() };
    const { whole, rests } = prepared;
    if (!rests.has(rest)) rests.set(rest, await prepare(rows, rest));
    return { whole, cycles: Math.floor(epochs / cycle), rest: rests.get(rest) };
  }

  async function train(runs) {
    for (const run of runs) {
      const feeds = { [xName]: run.x, [yName]: run.y };
      for (let n = 0; n < weights.length; n++) feeds[beforeNames[n]] = weights[n];
      const results = await run.session.run(feeds);
      weights = afterNames.map((name) => results[name]);
    }
  }

  // weights are part of a model that predicts
  let predictor = { weights: undefined };
  async function predict(input) {
    const [rows] = input.dims;
    if (predictor.weights !== weights || predictor.rows !== rows) {
      await predictor.session?.release();
      const model = models.predict(
        rows,
        weights.map(({ data }) => data),
      );
      predictor = { weights, rows, session: await createSession(model) };
    }
    return (await predictor.session.run({ x: input }))[`a${last}`].data;
  }

  let part; // the first rows, as many as asked for last
  return {
    unit: isScan ? RUN_ROWS : batchSize,
    setParameters(layers) {
      weights = layers.flatMap(({ weights, biases }) => [
        tensor(weights, [weights.length / biases.length, biases.length]),
        tensor(biases, [1, biases.length]),
      ]);
    },
    load(allX, allY) {
      [x, y] = [allX, allY];
      samples = [0, 1, 2, 3].map((row) => tensor(x.slice(row * inputs, (row + 1) * inputs), [1, inputs]));
    },
    async fit(rows, epochs) {
      const { whole, cycles, rest } = await preparedFor(rows, epochs);
      for (let n = 0; n < cycles; n++) await train(whole);
      await train(rest);
    },
    predict(rows) {
      if (part?.dims[0] !== rows) part = tensor(x.subarray(0, rows * inputs), [rows, inputs]);
      return predict(part);
    },
    predictOne: async (row) => (await predict(samples[row]))[0],
  };
});
