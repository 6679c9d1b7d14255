// A JavaScript contestant's side of the protocol (see ../README.md): it shows what it computes, then measures a round for
// every line on standard input. Command line: words of the contestant's own, then the job's file.

import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { createInterface } from "node:readline";

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/**
 * `create(job, ...words)` returns `{ setParameters(layers), load(x, y), fit(rows, epochs), predict(rows),
 * predictOne(row), unit? }`, any function async if it likes, or a string: why it cannot. `fit` ends when its results are
 * there; `predict` returns the outputs row after row, `predictOne` the first output of one row; `unit` is the least number
 * of rows that `fit` trains, the batch if not given.
 */
export async function serve(create) {
  const job = JSON.parse(readFileSync(process.argv.at(-1), "utf8"));
  const contestant = await create(job, ...process.argv.slice(2, -1));
  if (typeof contestant === "string") {
    say({ unsupported: contestant });
    return;
  }
  const layers = layersOf(job);
  await contestant.setParameters(layers);
  await contestant.load(read(job, job.x), read(job, job.y));
  const evidence = await showResults(job, contestant);
  await contestant.setParameters(layers);
  const call = await sizeCall(job, contestant);
  await call(); // some prepare themselves for a size
  say({ ready: true, ...evidence });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "round") say(await timed(call, job.roundSeconds));
  }
  say({ peakBytes: process.resourceUsage().maxRSS * 1024 }); // read where the runner cannot see it
  process.exit(); // some libraries keep timers or workers
}

/** Straight into the array: a copy besides would be counted as the contestant's memory. */
function read({ dtype }, file) {
  const { size } = statSync(file);
  const floats = dtype === "f32" ? new Float32Array(size / 4) : new Float64Array(size / 8);
  const descriptor = openSync(file);
  readSync(descriptor, floats);
  closeSync(descriptor);
  return floats;
}

function layersOf(job) {
  const flat = read(job, job.parameters);
  let at = 0;
  const take = (length) => {
    at += length;
    return flat.slice(at - length, at);
  };
  return job.sizes.slice(1).map((units, l) => ({ weights: take(job.sizes[l] * units), biases: take(units) }));
}

async function showResults(job, { fit, predict, predictOne }) {
  if (job.task === "predict-one") {
    const outputs = [];
    for (let row = 0; row < 4; row++) outputs.push(await predictOne(row));
    return { outputs };
  }
  if (job.task === "predict-batch") return { outputs: Array.from(await predict(4)) };
  await fit(job.checkRows, job.checkEpochs);
  const outputs = await predict(job.checkRows);
  const y = read(job, job.y);
  return { loss: Array.from(outputs).reduce((sum, a, n) => sum + (a - y[n]) ** 2, 0) / 2 / job.checkRows };
}

/** Warms up; returns a call that fills a round: passes over all rows, or whole batches that a slow contestant manages. */
async function sizeCall(job, contestant) {
  const pass = passOf(job, contestant);
  const unit = job.task === "train" ? (contestant.unit ?? job.batchSize) : Math.min(job.rows, 100);
  let rows = Math.min(unit, job.rows);
  let passes = 1;
  while ((await timed(() => pass(rows, passes), 0)).seconds < job.roundSeconds / 8) {
    if (rows < job.rows) rows = Math.min(rows * 4, job.rows);
    else passes *= 4;
  }
  const { samples, seconds } = await timed(() => pass(rows, passes), job.roundSeconds);
  const wanted = (1.05 * job.roundSeconds * samples) / seconds;
  rows = Math.min(Math.ceil(wanted / unit) * unit, job.rows);
  passes = Math.ceil(wanted / rows);
  return () => pass(rows, passes);
}

/** What is timed: the task on the first rows, so many times over; returns the number of samples. */
function passOf({ task }, { fit, predict, predictOne }) {
  if (task === "train") {
    return async (rows, passes) => {
      await fit(rows, passes);
      return rows * passes;
    };
  }
  if (task === "predict-batch") {
    return async (rows, passes) => {
      for (let n = 0; n < passes; n++) await predict(rows);
      return rows * passes;
    };
  }
  return async (rows, passes) => {
    let sum = 0;
    for (let n = 0; n < passes; n++) {
      for (let row = 0; row < rows; row++) {
        const output = predictOne(row);
        sum += typeof output === "number" ? output : await output; // waiting costs a µs
      }
    }
    if (!Number.isFinite(sum)) throw new Error(`outputs add up to ${sum}`);
    return rows * passes;
  };
}

async function timed(call, least) {
  const start = performance.now();
  let samples = 0;
  let seconds;
  do {
    samples += await call();
    seconds = (performance.now() - start) / 1000;
  } while (seconds < least);
  return { samples, seconds };
}

/** The rows of a flat matrix as arrays, for libraries that take those. */
export function rowsOf(data, columns) {
  return Array.from({ length: data.length / columns }, (_, row) =>
    Array.from(data.subarray(row * columns, (row + 1) * columns)),
  );
}
