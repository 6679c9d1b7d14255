// The results as aligned tables, and a sentence on every row that plain JavaScript wins.

import Table from "cli-table3";
import type { Size } from "../test/support/sizes.ts";
import type { Calls } from "./calls.ts";
import type { Change, Cycles } from "./cycles.ts";
import type { Matrix } from "./matrix.ts";
import type { Memory } from "./memory.ts";
import { type FramesRow, longTasksPerMinute, type RateRow } from "./page/frames-rows.ts";
import { HEADS, NAMES, type Row, rate, wonByPlain } from "./rows.ts";
import type { StartUp } from "./start-up.ts";
import type { ThreadsRow } from "./threads.ts";
import type { TrainerRow } from "./trainers.ts";

export interface Results {
  readonly training?: readonly Row[];
  readonly kernels?: readonly Row[];
  readonly matrix?: Matrix;
  readonly trainers?: readonly TrainerRow[];
  readonly calls?: readonly Calls[];
  readonly threads?: readonly ThreadsRow[];
  readonly startUp?: readonly StartUp[];
  readonly sizes?: readonly Size[];
  readonly memory?: readonly Memory[];
  readonly cycles?: readonly Cycles[];
  readonly frames?: readonly FramesRow[];
}

export function show({
  training,
  trainers,
  calls,
  kernels,
  matrix,
  threads,
  startUp,
  sizes,
  memory,
  cycles,
  frames,
}: Results): string {
  const parts: string[] = [];
  if (training !== undefined) {
    const head = HEADS.training;
    parts.push(
      "Training, samples a second (median of the rounds)",
      rates(head, training),
      "Training, microseconds a step",
      latencies(head, training),
      plainWins(training),
    );
  }
  if (trainers !== undefined) {
    const rows = trainers.map(({ trainer, dtype, rate, ratio, baseline }) => [
      trainer,
      dtype,
      count(rate),
      `${ratio.toFixed(2)}×`,
      baseline,
    ]);
    parts.push(
      "Trainers on mlp, samples a second, and the time of one beside that of a plainer one (fastest epochs)",
      table(["trainer", "dtype", "samples a second", "time", "beside"], rows, 2),
    );
  }
  if (calls !== undefined) {
    const rows = calls.map(({ way, firstMs, laterMs, epochUs, listenedEpochUs }) => [
      way,
      ...[firstMs, laterMs, epochUs, listenedEpochUs].map((time) => time?.toPrecision(3) ?? "—"),
    ]);
    parts.push(
      `Calls that train 2-3-1 on 4 rows (lower quartiles of ${calls[0]!.runs.length} processes each)`,
      table(["way", "first, ms", "later, ms", "µs an epoch", "with a listener"], rows, 1),
    );
  }
  if (kernels !== undefined) {
    const head = HEADS.kernels;
    parts.push(
      "Kernels, calls a second (median of the rounds), copies in and out included",
      rates(head, kernels),
      "Kernels, microseconds a call",
      latencies(head, kernels),
      plainWins(kernels),
    );
  }
  if (matrix !== undefined) {
    const peaks = matrix.peak.map(({ dtype, gflops }) => `${gflops.toFixed(1)} in ${dtype}`).join(", ");
    const rows = matrix.rows.map(({ kernel, shape, dtype, gflops, share }) => [
      kernel,
      shape,
      dtype,
      gflops.toFixed(1),
      percent(share),
    ]);
    parts.push(
      `Products of matrices inside the module, GFLOP/s; the core's peak without loads and fused operations: ${peaks}`,
      table(["kernel", "rows × inputs × units", "dtype", "GFLOP/s", "of the peak"], rows, 3),
    );
  }
  if (threads !== undefined) {
    const rows = threads.map(({ workload, dtype, threads, one, several, ratio }) => [
      workload,
      dtype,
      String(threads),
      count(one),
      count(several),
      `${ratio.toFixed(2)}×`,
    ]);
    parts.push(
      "Threads: training, samples a second",
      table(["workload", "dtype", "threads", "one thread", "all of them", "ratio"], rows, 2),
    );
  }
  if (startUp !== undefined) {
    const rows = startUp.map(({ contestant, milliseconds, runs }) => [
      NAMES[contestant],
      milliseconds.toFixed(1),
      Math.min(...runs).toFixed(1),
      Math.max(...runs).toFixed(1),
    ]);
    parts.push(
      `Cold start, milliseconds from import to the first trained step (784-30-10, ${startUp[0]!.runs.length} processes each)`,
      table(["contestant", "median", "least", "most"], rows, 1),
    );
  }
  if (sizes !== undefined) {
    const rows = sizes.map(({ what, bytes, limit }) => [what, kilobytes(bytes), limit ? kilobytes(limit) : "—"]);
    parts.push("Size, KB of 1,000 bytes", table(["file", "KB", "limit"], rows, 1));
  }
  if (memory !== undefined) {
    const rows = memory.map(({ workload, dtype, wasmBytes, dataBytes, heapBytesPerStep: { wasm, plain } }) => [
      workload,
      dtype,
      megabytes(wasmBytes),
      megabytes(dataBytes),
      wasm.toFixed(2),
      plain.toFixed(2),
    ]);
    const head = [
      "workload",
      "dtype",
      "wasm MB",
      "of it data and parameters",
      "heap B/step, wasm",
      "heap B/step, plain JS",
    ];
    parts.push(
      "Memory: WebAssembly's peak, MB of 1,000,000 bytes; JavaScript heap a step (2-3-1)",
      table(head, rows, 2),
    );
  }
  if (cycles !== undefined) {
    const change = ([before, after]: Change) => [before, after].map((bytes) => (bytes / 1e6).toFixed(2));
    const rows = cycles.map(({ engine, cycles, heap, wasm, resident }) => [
      engine,
      count(cycles),
      ...[heap, wasm, resident].flatMap(change),
    ]);
    const head = ["engine", "networks", ...["heap", "wasm", "process"].flatMap((what) => [`${what}, before`, "after"])];
    parts.push("Memory before and after networks that were disposed of, MB", table(head, rows, 1));
  }
  if (frames !== undefined) {
    const rows = frames.map((row) => [
      row.workload,
      row.dtype,
      row.contestant,
      row.rate === undefined ? "" : count(row.rate.samplesPerSecond),
      shareOfFit(row.rate),
      row.framesPerSecond.toFixed(1),
      ...[row.frameMs, row.waitMs, row.taskMs, row.taskCpuMs].map((milliseconds) => milliseconds?.toFixed(1) ?? "—"),
      longTasksPerMinute(row)?.toFixed(0) ?? "—",
      row.cpuOfFit === undefined ? "—" : percent(row.cpuOfFit),
      row.threadIdle === undefined ? "—" : percent(row.threadIdle),
    ]);
    const head = ["workload", "dtype", "on the page", "samples a second", "of fit's", "frames a second"];
    head.push(
      "longest frame",
      "longest wait",
      "longest task",
      "longest on a core",
      "over a frame, a minute",
      "main thread's work, of fit's",
      "idle",
    );
    parts.push(
      "Frames of a page that trains; milliseconds, the longest of a turn, median of the turns",
      table(head, rows, 3),
    );
  }
  return parts.filter((part) => part !== "").join("\n\n");
}

/** The median and, in parentheses, the quartiles. */
export function shareOfFit(rate: RateRow | undefined): string {
  if (rate === undefined) return "";
  const [low, middle, high] = rate.ofFit;
  return low === high ? percent(middle) : `${percent(middle)} (${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)})`;
}

function rates(head: readonly string[], rows: readonly Row[]): string {
  const body = rows.map(({ label, timings }) => {
    const [wasm, plain, reference] = [rate(timings, "wasm"), rate(timings, "plain"), rate(timings, "reference")];
    const ratio = (other: number) => `${(wasm / other).toFixed(2)}×`;
    return [...label, count(wasm), count(plain), count(reference), ratio(plain), ratio(reference)];
  });
  const columns = ["wasm", "plain JS", "reference", "wasm / plain", "wasm / reference"];
  return table([...head, ...columns], body, head.length);
}

function latencies(head: readonly string[], rows: readonly Row[]): string {
  const body = rows.flatMap(({ label, timings }) =>
    timings.map(({ contestant, p50, p75, p99, calls }) => [
      ...label,
      NAMES[contestant],
      ...[p50, p75, p99].map((milliseconds) => count(milliseconds * 1000)),
      String(calls),
    ]),
  );
  return table([...head, "contestant", "p50", "p75", "p99", "timed calls"], body, head.length + 1);
}

function plainWins(rows: readonly Row[]): string {
  const won = wonByPlain(rows);
  return won.length === 0
    ? "Plain JS wins none of these."
    : `Plain JS wins: ${won.map(({ label }) => label.join(" ")).join(", ")}.`;
}

export function table(head: readonly string[], rows: readonly string[][], textColumns: number): string {
  const colAligns = head.map((_, n) => (n < textColumns ? "left" : "right"));
  const result = new Table({ head: [...head], colAligns, style: { head: [], border: [], compact: true } });
  result.push(...rows);
  return result.toString();
}

function count(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString("en-US");
}

function kilobytes(bytes: number): string {
  return (bytes / 1e3).toFixed(1);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
