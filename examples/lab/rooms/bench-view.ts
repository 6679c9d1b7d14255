// What the room shows of a run: the sentence, a table a section with a bar in each row, and the machine. Rows that are
// still to come have their place already, so that nothing moves while the benchmark runs.

import type { Machine } from "../../../bench/page/machine.ts";
import { SECTIONS, type Section } from "../../../bench/plan.ts";
import { PLAIN, type Row } from "../../../bench/rows.ts";
import { type BenchRun, sentencesOf, timesOf } from "./bench-run.ts";
import { create, dateOf, element, factsOf, tableOf } from "./dom.ts";

type Place = Pick<Row, "section" | "name" | "dtype">;

const TITLES: Record<Section, string> = { training: "Training", kernels: "Single operations" };
const WHAT: Record<Section, string> = { training: "Samples trained a second", kernels: "Calls a second" };
const [LEAST, MOST] = [-3, 5]; // powers of two at the ends of a bar's axis

const rounded = (value?: number) => (value === undefined ? "" : Number(value.toPrecision(3)).toLocaleString("en"));

let planned: readonly Place[] = [];

export function showPlan(rows: readonly Place[]): void {
  planned = rows;
  showRows([]);
}

export function showRows(rows: readonly Row[]): void {
  const keyOf = ({ section, name, dtype }: Place) => `${section} ${name} ${dtype}`;
  const found = new Map(rows.map((row) => [keyOf(row), row]));
  const cards = SECTIONS.flatMap((section) => {
    const places = planned.filter((place) => place.section === section);
    return places.length === 0
      ? []
      : [
          sectionOf(
            section,
            places.map((place) => found.get(keyOf(place)) ?? place),
          ),
        ];
  });
  element("sections").replaceChildren(...cards);
}

function sectionOf(section: Section, rows: readonly (Place | Row)[]): HTMLElement {
  const rate = (head: string, of: (row: Row) => number | undefined) => ({
    head,
    className: "number",
    cell: (row: Place | Row) => ("value" in row ? rounded(of(row)) : ""),
  });
  const columns = [
    {
      head: section === "training" ? "Network" : "Operation",
      cell: ({ name, dtype }: Place | Row) => `${name}, ${dtype}`,
    },
    {
      head: "WebAssembly : plain JS",
      cell: (row: Place | Row) => ("value" in row ? create("b", {}, [`${timesOf(row.times!)}×`]) : ""),
      className: "number",
    },
    { head: "", cell: axisOf, className: "axis-cell" },
    rate("WebAssembly", ({ value }) => value),
    rate("Plain JS", ({ baseline }) => baseline),
    rate("Reference", ({ reference }) => reference),
  ];
  return create("section", { className: "card" }, [
    create("h2", {}, [TITLES[section]]),
    create("p", {}, [
      "A bar that goes to the right says how many times as fast WebAssembly is; one to the left, plain JavaScript. ",
      `${WHAT[section]} are beside it. The reference is bitgrad’s readable engine.`,
    ]),
    tableOf(TITLES[section], columns, rows),
  ]);
}

function axisOf(row: Place | Row): HTMLElement {
  const axis = create("div", { className: "axis" });
  if (!("value" in row)) return axis;
  const { times, low, high, beside } = row;
  axis.role = "img";
  axis.ariaLabel = `${timesOf(low!)} to ${timesOf(high!)} times as fast as ${beside ?? PLAIN}`;
  const bar = create("i", { className: times! < 1 ? "plain" : "wasm" });
  const spread = create("i", { className: "spread" });
  place(bar, Math.min(1, times!), Math.max(1, times!));
  place(spread, low!, high!);
  axis.append(bar, spread);
  return axis;
}

/** On the axis, which is logarithmic. */
function place({ style }: HTMLElement, from: number, to: number): void {
  const at = (ratio: number) => (100 * (Math.max(LEAST, Math.min(MOST, Math.log2(ratio))) - LEAST)) / (MOST - LEAST);
  style.left = `${at(from)}%`;
  style.width = `${at(to) - at(from)}%`;
}

export function showSentences(run: BenchRun, which: string): void {
  const { verdict, detail } = sentencesOf(run, which);
  element("verdict").textContent = verdict;
  element("detail").textContent = detail;
}

export function showMachine(machine: Machine): void {
  const { date, bitgrad, browser, userAgent, platform, cores, crossOriginIsolated, clockStepMs } = machine;
  const step = clockStepMs < 0.1 ? `${rounded(clockStepMs * 1000)} µs` : `${rounded(clockStepMs)} ms`;
  const facts: readonly (readonly [string, string])[] = [
    ["Browser", browser],
    ["User agent", userAgent],
    ["Platform", platform],
    ["Cores", `${cores}`],
    ["Cross-origin isolated", crossOriginIsolated ? "yes" : "no, so the clock is coarser"],
    ["Clock’s resolution", step],
    ["Date", dateOf(date)],
    ["bitgrad", bitgrad],
  ];
  element("machine").replaceChildren(...factsOf(facts));
  element("measured").hidden = false;
  element("step").textContent = `: here it moves in steps of ${step}`;
}
