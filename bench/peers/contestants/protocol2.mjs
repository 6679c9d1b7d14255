// What every contestant in JavaScript shares: the job and its data, and the conversation with the runner, a line of JSON
// each way. A round is timed here, from before its first step until its results are computed.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [variantName, jobFile] = process.argv.slice(2);
export const variant = variantName;
export const job = JSON.parse(readFileSync(jobFile, "utf8"));

/** Ends a contestant that can't do this job; that is no failure. */
export function unsupported(why) {
  console.log(JSON.stringify({ unsupported: why }));
  process.exit(0);
}

export const Floats = job.dtype === "f64" ? Float64Array : Float32Array;

/** The version of a package beside the contestants; many packages don't export their package.json. */
export function packageVersion(name) {
  return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}

function readFloats(file) {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  return new Floats(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** x and y of the whole data set, rows × columns. */
export function readData() {
  return { x: readFloats(job.x), y: readFloats(job.y), inputs: job.sizes[0], outputs: job.sizes.at(-1) };
}

/** Every layer's initial weights, inputs × units, and biases. */
export function readLayers() {
  const parameters = readFloats(job.parameters);
  let at = 0;
  const take = (length) => {
    at += length;
    return parameters.slice(at - length, at);
  };
  return job.sizes.slice(1).map((units, n) => {
    const inputs = job.sizes[n];
    return { inputs, units, weights: take(inputs * units), biases: take(units) };
  });
}

/** The batches of the first rows, in order, the last one shorter if the size doesn't divide: [first row, rows] each. */
export function batchRanges(rows) {
  const ranges = [];
  for (let start = 0; start < rows; start += job.batchSize) {
    ranges.push([start, Math.min(job.batchSize, rows - start)]);
  }
  return ranges;
}

/** Half the summed squared error, a row. */
export function meanLoss(predicted, y, rows) {
  let sum = 0;
  for (let n = 0; n < predicted.length; n++) sum += 0.5 * (predicted[n] - y[n]) ** 2;
  return sum / rows;
}

/**
 * Answers the runner until it closes the input. `check` trains as the job's check says and returns the mean loss,
 * `outputs` predicts the first four rows; `round(isOver)` works until `isOver()`, waits for its results and returns the
 * samples it took.
 */
export async function serve({ version, check, outputs, round }) {
  const result = job.task === "train" ? { loss: await check() } : { outputs: Array.from(await outputs()) };
  const timed = async (seconds) => {
    const start = performance.now();
    const end = start + 1000 * seconds;
    const samples = await round(() => performance.now() >= end);
    return { samples, seconds: (performance.now() - start) / 1000 };
  };
  await timed(2 * job.roundSeconds); // warms up
  const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  say({ ready: true, ...result, version });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "round") say(await timed(job.roundSeconds));
  }
  say({ peakBytes: process.resourceUsage().maxRSS * 1024 });
}
