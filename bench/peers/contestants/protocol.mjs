// A JavaScript contestant's side of the protocol (see ../README.md): it shows what it computes, then measures a round
// for every line on standard input. Command line: words of the contestant's own, then the job's file.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/**
 * `create(job, ...words)` returns `{ setParameters(layers), load(x, y), fit(rows, epochs), predict(rows), unit? }`, any
 * function async if it likes. `fit` ends when its results are there; `predict` returns the outputs row after row;
 * `unit` is the least number of rows that `fit` trains, the batch if not given.
 */
export async function serve(create) {
  const job = JSON.parse(readFileSync(process.argv.at(-1), "utf8"));
  const contestant = await create(job, ...process.argv.slice(2, -1));
  const layers = layersOf(job);
  await contestant.setParameters(layers);
  await contestant.load(read(job, job.x), read(job, job.y));
  await contestant.fit(job.checkRows, job.checkEpochs);
  const outputs = Array.from(await contestant.predict(job.checkRows));
  const y = read(job, job.y);
  const error = ERRORS[job.network.loss];
  const loss = outputs.reduce((sum, a, n) => sum + error(a, y[n]), 0) / job.checkRows;
  await contestant.setParameters(layers);
  const { rows, epochs, roundSeconds } = job;
  const training = async () => {
    await contestant.fit(rows, epochs);
    return rows * epochs;
  };
  const call = epochs === undefined ? await sizeCall(job, contestant) : training;
  await call(); // some prepare themselves for a size
  say({ loss });
  for await (const _ of createInterface({ input: process.stdin })) {
    say(await timed(call, roundSeconds, () => epochs && contestant.setParameters(layers)));
  }
  process.exit(); // some libraries keep timers or workers
}

/** Of an output and its target. */
const ERRORS = {
  sse: (a, y) => (a - y) ** 2 / 2,
  binaryCrossEntropy: (a, y) => -Math.log(y === 1 ? a : 1 - a),
  categoricalCrossEntropy: (a, y) => (y === 1 ? -Math.log(a) : 0),
};

function read({ dtype }, file) {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  return dtype === "f32" ? new Float32Array(bytes) : new Float64Array(bytes);
}

function layersOf(job) {
  const flat = read(job, job.parameters);
  let at = 0;
  const take = (length) => {
    at += length;
    return flat.slice(at - length, at);
  };
  return job.network.layers.map(({ type }, l) => {
    const [inputs, units] = job.sizes.slice(l, l + 2);
    if (type !== "batchNormalization") return { weights: take(inputs * units), biases: take(units) };
    return { gamma: take(units), beta: take(units), movingMean: take(units), movingVariance: take(units) };
  });
}

/**
 * Warms up; returns a call that fills a round: passes over all rows, or whole batches that a slow contestant manages.
 */
async function sizeCall(job, { fit, unit = job.batchSize }) {
  let rows = Math.min(unit, job.rows);
  let passes = 1;
  const pass = async () => {
    await fit(rows, passes);
    return rows * passes;
  };
  while ((await timed(pass, 0)).seconds < job.roundSeconds / 8) {
    if (rows < job.rows) rows = Math.min(rows * 4, job.rows);
    else passes *= 4;
  }
  const { samples, seconds } = await timed(pass, job.roundSeconds);
  const wanted = (1.05 * job.roundSeconds * samples) / seconds;
  rows = Math.min(Math.ceil(wanted / unit) * unit, job.rows);
  passes = Math.ceil(wanted / rows);
  return pass;
}

async function timed(call, least, prepare) {
  let [samples, seconds] = [0, 0];
  do {
    await prepare?.();
    const start = performance.now();
    samples += await call();
    seconds += (performance.now() - start) / 1000;
  } while (seconds < least);
  return { samples, seconds };
}

/** The rows of a flat matrix as arrays, for libraries that take those. */
export function rowsOf(data, columns) {
  return Array.from({ length: data.length / columns }, (_, row) =>
    Array.from(data.subarray(row * columns, (row + 1) * columns)),
  );
}
