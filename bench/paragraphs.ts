// What the README says of trainers, calls, memory and frames, in Markdown: nothing of what a result doesn't have.

import type { Calls } from "./calls.ts";
import type { Change, Cycles } from "./cycles.ts";
import { type FramesRow, longTasksPerMinute } from "./page/frames-rows.ts";
import { percent, shareOfFit } from "./table.ts";
import type { TrainerRow } from "./trainers.ts";
import { BARE_WORKER } from "./ways.ts";

/** A table in Markdown, numbers to the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  textColumns = 1,
): string {
  const rules = head.map((_, n) => (n < textColumns ? "---" : "---:"));
  return [head, rules, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Markdown, empty where there is nothing to say. */
export function trainersText(rows: readonly TrainerRow[] = []): string {
  const told = rows.filter(({ trainer, baseline }) => trainer !== baseline);
  const dtypes = [...new Set(told.map(({ dtype }) => dtype))];
  const trainers = [...new Map(told.map((row) => [row.trainer, row.baseline]))];
  const cells = trainers.map(([trainer, beside]) => [
    trainer,
    beside,
    ...dtypes.map((dtype) => {
      const row = told.find((row) => row.trainer === trainer && row.dtype === dtype);
      return row === undefined ? "" : `${row.ratio.toFixed(2)} ×`;
    }),
  ]);
  return told.length === 0
    ? ""
    : `The time of an epoch of \`mlp\` with 10,000 rows beside that of a plainer trainer, the fastest of each:\n\n${markdownTable(["trainer", "beside", ...dtypes], cells, 2)}`;
}

export function callsText(rows: readonly Calls[] = []): string {
  const cells = rows.map(({ way, firstMs, laterMs, epochUs, listenedEpochUs }) => [
    way === BARE_WORKER ? way : `\`${way}\``,
    ...[firstMs, laterMs, epochUs, listenedEpochUs].map((time) => time?.toPrecision(2) ?? ""),
  ]);
  const head = ["way", "first call, ms", "later ones, ms", "an epoch, µs", "with a listener, µs"];
  return rows.length === 0
    ? ""
    : `What a call costs beside its steps, which train 2-3-1 on four rows, lower quartiles of ${rows[0]?.runs.length} processes each:\n\n${markdownTable(head, cells)}`;
}

export function cyclesText(rows: readonly Cycles[] = []): string {
  if (rows.length === 0) return "";
  const change = ([before, after]: Change) => `${megabytes(before)} to ${megabytes(after)} MB`;
  const told = rows.map(({ engine, heap, wasm, resident }) => {
    const parts = [`JavaScript ${change(heap)}`, `the process ${change(resident)}`];
    if (wasm[1] > 0) parts.splice(1, 0, `WebAssembly ${change(wasm)}`);
    return `${engine}: ${parts.join(", ")}`;
  });
  const count = rows[0]!.cycles.toLocaleString("en");
  return `Memory before and after ${count} networks were created, trained and disposed of, some after an error: ${told.join("; ")}.`;
}

/** Of browsers by their names. */
export function framesText(browsers: Readonly<Record<string, readonly FramesRow[]>>): string {
  const lines = Object.entries(browsers).flatMap(([browser, rows]) =>
    rows.map((row) => {
      const idle = rows.find(({ contestant, workload, dtype }) => {
        return contestant === "nothing" && workload === row.workload && dtype === row.dtype;
      })!;
      return { browser, row, idle };
    }),
  );
  const told = lines.filter(({ row: { contestant } }) => contestant !== "nothing" && contestant !== "fit");
  if (told.length === 0) return "";
  const cells = told.map(({ browser, idle, row }) => [
    browser,
    row.workload,
    row.contestant,
    `${row.framesPerSecond.toFixed(0)} (${idle.framesPerSecond.toFixed(0)})`,
    `${row.frameMs.toFixed(0)} (${idle.frameMs.toFixed(0)})`,
    `${row.waitMs.toFixed(0)} (${idle.waitMs.toFixed(0)})`,
    row.taskCpuMs === undefined ? "" : row.taskCpuMs.toFixed(1),
    longTasksPerMinute(row)?.toFixed(0) ?? "",
    row.threadIdle === undefined ? "" : percent(idle.threadIdle! - row.threadIdle), // all but its own and idle time
    shareOfFit(row.rate),
  ]);
  const head = ["browser", "workload", "way", "frames a second", "longest frame, ms", "event loop waits, ms"];
  head.push(
    "longest task on a core, ms",
    "over a frame, a minute",
    "share of the page's thread",
    "of the rate of `fit`",
  );
  return `A page while it trains, or adds numbers in a loop instead, whose long tasks are the machine's doing, and in parentheses while it does nothing; rates with quartiles. A training by \`fit\` stops the page for as long as it takes:\n\n${markdownTable(head, cells, 3)}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
