// The smallest that trains with ONNX Runtime Web: a model of one step, which an application has as a file.

import * as ort from "onnxruntime-web";
import model from "./onnxruntime.model.mjs";

export async function firstStep() {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  const shapes = { x: [10, 784], y: [10, 10], w0: [784, 30], b0: [1, 30], w1: [30, 10], b1: [1, 10] };
  const feeds = {};
  for (const [name, [rows, columns]] of Object.entries(shapes)) {
    feeds[name] = new ort.Tensor("float32", new Float32Array(rows * columns).fill(0.5), [rows, columns]);
  }
  await session.run(feeds);
}
