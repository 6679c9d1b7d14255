// A run of the benchmark, how a link holds it, and what it comes to.

import type { PageResult } from "../../../bench/page/run.ts";
import { DTYPES, SECTIONS, type Section } from "../../../bench/plan.ts";
import { median } from "../../../bench/race.ts";
import { PLAIN, type Row, wonByPlain } from "../../../bench/rows.ts";
import * as read from "./reading.ts";
import type { Run } from "./runs.ts";

export interface BenchRun extends Run, PageResult {}

const MOST_ROWS = 200;

/** Rows as lists, which are short. */
export function writeRun({ machine, rows }: BenchRun): unknown {
  return {
    machine,
    rows: rows.map(({ section, name, dtype, value, baseline, times, low, high, reference }) => {
      return [SECTIONS.indexOf(section as Section), name, dtype, value, baseline, times, low, high, reference];
    }),
  };
}

export function readRun(value: unknown): BenchRun {
  const run = read.fieldsOf("content", value);
  const machine = readMachine(read.fieldsOf("machine", run.machine));
  const rows = read.listOf("list of rows", run.rows, MOST_ROWS, readRow);
  if (rows.length === 0) throw new Error("it has no rows");
  return { date: machine.date, browser: machine.browser, machine, rows };
}

function readMachine(machine: Readonly<Record<string, unknown>>): PageResult["machine"] {
  return {
    date: read.dateOf(machine.date),
    bitgrad: read.textOf("version", machine.bitgrad, 30),
    browser: read.textOf("browser", machine.browser, 60),
    userAgent: read.textOf("user agent", machine.userAgent, 400),
    platform: read.textOf("platform", machine.platform, 60),
    cores: read.countOf("number of cores", machine.cores, 4096),
    crossOriginIsolated: read.flagOf("isolation", machine.crossOriginIsolated),
    clockStepMs: read.numberOf("clock", machine.clockStepMs, 0, 1e4),
    quick: read.flagOf("length", machine.quick),
    stopped: read.flagOf("end", machine.stopped),
    hidden: read.flagOf("place", machine.hidden),
  };
}

function readRow(value: unknown): Row {
  const [index, name, dtype, rate, baseline, times, low, high, reference] = read.listOf(
    "row",
    value,
    9,
    (item) => item,
  );
  const section = SECTIONS[read.countOf("section", index, SECTIONS.length - 1)]!;
  return {
    section,
    name: read.textOf("row's name", name, 60),
    dtype: read.choiceOf("dtype", dtype, DTYPES),
    unit: section === "training" ? "samples/s" : "calls/s",
    beside: PLAIN,
    value: read.numberOf("rate", rate),
    baseline: read.numberOf("rate", baseline),
    times: read.numberOf("ratio", times),
    low: read.numberOf("ratio", low),
    high: read.numberOf("ratio", high),
    reference: read.numberOf("rate", reference),
  };
}

export const timesOf = (ratio: number) => ratio.toFixed(ratio < 0.995 ? 2 : 1);

/** "WebAssembly trains 8.4 times as fast as plain JavaScript", with the verb that is given. */
function comparison(rows: readonly Row[], verb: string): string {
  const ratio = median(rows.map(({ times }) => times!));
  return ratio >= 1
    ? `WebAssembly ${verb} ${timesOf(ratio)} times as fast as plain JavaScript`
    : `plain JavaScript ${verb} ${timesOf(1 / ratio)} times as fast as WebAssembly`;
}

/** The result in a sentence, and what a reader asks next. */
export function sentencesOf({ machine, rows }: BenchRun, which: string): { verdict: string; detail: string } {
  const trainings = rows.filter(({ section }) => section === "training");
  const kernels = rows.filter(({ section }) => section === "kernels");
  const [first, verb] = trainings.length > 0 ? [trainings, "trains"] : [kernels, "computes single operations"];
  const ratios = first.map(({ times }) => times!);
  const things = trainings.length > 0 ? "trainings" : "operations";
  const won = wonByPlain(rows).length;
  return {
    verdict: `In ${which} browser, ${comparison(first, verb)}.`,
    detail: [
      first.length === 1
        ? ""
        : `That is the middle of ${first.length} ${things}: the least is ${timesOf(Math.min(...ratios))} times, the most ${timesOf(Math.max(...ratios))} times.`,
      trainings.length > 0 && kernels.length > 0
        ? `Of single operations, ${comparison(kernels, "computes the middle one")}.`
        : "",
      won === 0 ? "Plain JavaScript is ahead nowhere." : `Plain JavaScript is ahead in ${won} of ${rows.length}.`,
      machine.quick ? "This was a quick run: don’t trust its decimal place." : "",
    ]
      .filter(Boolean)
      .join(" "),
  };
}

export function brief({ rows, machine }: BenchRun): string {
  const trainings = rows.filter(({ section }) => section === "training");
  const of = trainings.length > 0 ? trainings : rows;
  const what = trainings.length > 0 ? "trainings" : "operations";
  return `${timesOf(median(of.map(({ times }) => times!)))}× in ${of.length} ${what}${machine.quick ? ", quick" : ""}`;
}
