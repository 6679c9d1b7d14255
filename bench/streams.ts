// Streams beside arrays, and compressed rows beside full ones: samples a second, and the peak memory of a process that
// does nothing else.

import { fileURLToPath } from "node:url";
import { type DType, Network, type StreamItem } from "bitgrad";
import { answer, startChild } from "./processes.ts";
import { compared, type Row, rounded } from "./rows.ts";

const INPUTS = 20;
const ITEM = 500; // rows
const ROWS = { few: 100_000, many: 10_000_000, timed: 200_000 };
const COLUMNS = 5_000; // of which a row has LISTED
const LISTED = 10;

type Job =
  | { readonly peak: "stream" | "array"; readonly dtype: DType; readonly rows: number }
  | { readonly race: "streams" | "compressed"; readonly dtype: DType; readonly rounds: number };

/** The answer of a process: megabytes, or samples a second of each round. */
type Answer = number | { readonly values: number[]; readonly baselines: number[] };

export async function measureStreams({ dtypes, quick }: { dtypes: readonly DType[]; quick: boolean }): Promise<Row[]> {
  const rows: Row[] = [];
  const many = quick ? ROWS.many / 10 : ROWS.many;
  for (const dtype of dtypes) {
    const ask = <T extends Answer>(job: Job) => answer<T>(startChild("streams.ts", job));
    const peak = (what: "stream" | "array", count: number) => ask<number>({ peak: what, dtype, rows: count });
    const unit = "MB";
    const value = await peak("stream", many);
    const name = (count: number) => `a stream of ${count / 1e6} M rows, peak`;
    const few = `a stream of ${ROWS.few / 1e6} M rows`;
    rows.push({
      section: "streams",
      name: name(many),
      dtype,
      unit,
      value,
      beside: few,
      baseline: await peak("stream", ROWS.few),
    });
    const part = await peak("stream", many / 10);
    const array = await peak("array", many / 10);
    rows.push({
      section: "streams",
      name: name(many / 10),
      dtype,
      unit,
      value: part,
      beside: "an array of them",
      baseline: array,
    });
    for (const [race, what, beside] of [
      ["streams", `a stream, ${INPUTS}-32-1`, "an array"],
      ["compressed", `${LISTED} of ${COLUMNS} columns, sgd, ${COLUMNS}-32-1`, "full rows"],
    ] as const) {
      const { values, baselines } = await ask<Exclude<Answer, number>>({ race, dtype, rounds: quick ? 3 : 15 });
      rows.push({ section: "streams", name: what, dtype, beside, ...compared("samples/s", values, baselines) });
    }
  }
  return rows;
}

const numbers = (dtype: DType, length: number) =>
  dtype === "f32" ? new Float32Array(length) : new Float64Array(length);

/** Rows `first` to before `first + count`, which a formula gives. */
function made(dtype: DType, first: number, count: number) {
  const x = numbers(dtype, count * INPUTS).map((_, n) => (((first * INPUTS + n) * 48_271) % 1000) / 1000);
  const y = numbers(dtype, count).map((_, s) => x[s * INPUTS]! * x[s * INPUTS + 1]!);
  return { x: { data: x, shape: [count, INPUTS] }, y: { data: y, shape: [count, 1] } };
}

function* items(dtype: DType, rows: number): Generator<StreamItem> {
  for (let first = 0; first < rows; first += ITEM) yield made(dtype, first, ITEM);
}

const network = (dtype: DType, inputs = INPUTS) =>
  Network.createSync({ inputs, layers: [{ units: 32 }, { units: 1 }], optimizer: "sgd", dtype, engine: "wasm" });

function peakOf({ peak, dtype, rows }: Extract<Job, { peak: unknown }>): number {
  using net = network(dtype);
  if (peak === "stream") net.fit(items(dtype, rows), { epochs: 1, shuffleBuffer: 10_000 });
  else {
    const { x, y } = made(dtype, 0, rows);
    net.fit(x, y, { epochs: 1 });
  }
  return rounded(process.resourceUsage().maxRSS / 1000); // kilobytes
}

function seconds(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}

/** The items are there already, as the array is. */
function raceStreams({ dtype, rounds }: Extract<Job, { race: unknown }>): Answer {
  using streamed = network(dtype);
  using whole = network(dtype);
  const { x, y } = made(dtype, 0, ROWS.timed);
  const parts = [...items(dtype, ROWS.timed)];
  const fit = { epochs: 1 };
  return raced(rounds, ROWS.timed, [
    () => streamed.fit(parts, fit),
    () => whole.fit(x, y, { ...fit, shuffle: false }),
    () => streamed.digest() === whole.digest(),
  ]);
}

function raceCompressed({ dtype, rounds }: Extract<Job, { race: unknown }>): Answer {
  const rows = 2000;
  using listed = network(dtype, COLUMNS);
  using whole = network(dtype, COLUMNS);
  const indptr = Uint32Array.from({ length: rows + 1 }, (_, s) => s * LISTED);
  const step = COLUMNS / LISTED;
  const indices = Uint32Array.from({ length: rows * LISTED }, (_, n) => (n % LISTED) * step + ((n * 48_271) % step));
  const data = numbers(dtype, rows * LISTED).fill(1);
  const full = numbers(dtype, rows * COLUMNS);
  indices.forEach((column, n) => {
    full[Math.floor(n / LISTED) * COLUMNS + column] = 1;
  });
  const y = { data: numbers(dtype, rows).map((_, s) => s % 2), shape: [rows, 1] };
  const fit = { epochs: 2, shuffle: false };
  return raced(rounds, rows * fit.epochs, [
    () => listed.fit({ data, indices, indptr, shape: [rows, COLUMNS] }, y, fit),
    () => whole.fit({ data: full, shape: [rows, COLUMNS] }, y, fit),
    () => listed.digest() === whole.digest(),
  ]);
}

/** By turns; the same bits come first. */
function raced(
  rounds: number,
  samples: number,
  [one, other, areSame]: [() => void, () => void, () => boolean],
): Answer {
  const [values, baselines]: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round++) {
    const [value, baseline] = [samples / seconds(one), samples / seconds(other)];
    if (!areSame()) throw new Error("the bits differ");
    if (round < 0) continue; // warmed up
    values.push(value);
    baselines.push(baseline);
  }
  return { values, baselines };
}

if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  const job = JSON.parse(process.argv[2]!) as Job;
  process.send("peak" in job ? peakOf(job) : job.race === "streams" ? raceStreams(job) : raceCompressed(job));
}
