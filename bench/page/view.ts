// What the page shows of a result: a summary, a chart and a table a section, and the machine.

import { HEADS, NAMES, type PlannedRow, type Row, rate, type Section, wonByPlain } from "../rows.ts";
import { drawChart } from "./chart.ts";
import type { Machine } from "./machine.ts";
import { ratioOf, summarise, times } from "./ratios.ts";
import { type PageResult, SECTIONS } from "./run.ts";

export const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

const TITLES: Record<Section, { readonly title: string; readonly unit: string }> = {
  training: { title: "Training", unit: "Samples trained a second" },
  kernels: { title: "Kernels", unit: "Calls of Operations a second, copies in and out included" },
};

const LEAST_WIDTH = 280; // of a chart

let planned: readonly PlannedRow[] = [];
let shown: PageResult | undefined;

/** The rows to come, each at its place. */
export function showPlan(rows: readonly PlannedRow[]): void {
  planned = rows;
  const sections = SECTIONS.filter((section) => planned.some((row) => row.section === section));
  element("sections").replaceChildren(...sections.map(createSection));
  showResult(undefined);
}

/** What has come of them. */
export function showResult(result: PageResult | undefined): void {
  shown = result;
  for (const region of document.querySelectorAll<HTMLElement>("#sections .scroll")) {
    const section = region.dataset.section as Section;
    const rows = shown?.[section] ?? [];
    region.hidden = rows.length === 0;
    region.replaceChildren(createTable(section, rows));
  }
  showSummary();
  drawCharts();
}

/** Again, in the width that there is now. */
export function drawCharts(): void {
  for (const figure of document.querySelectorAll<HTMLElement>("#sections figure")) {
    const section = figure.dataset.section as Section;
    const rows = planned.filter((row) => row.section === section);
    const chart = drawChart(rows, shown?.[section] ?? [], Math.max(LEAST_WIDTH, figure.clientWidth));
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", `${TITLES[section].title}: wasm against plain JS. The table has the numbers.`);
    figure.replaceChildren(chart);
  }
}

function createSection(section: Section): HTMLElement {
  const { title, unit } = TITLES[section];
  const figure = create("figure");
  // what scrolls must be reached without a mouse
  const region = create("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: `${title}: ${unit}` });
  for (const part of [figure, region]) part.dataset.section = section;
  return create("section", {}, [
    create("h2", {}, [`${title}: how many times as fast as plain JS is wasm?`]),
    create("p", { className: "key" }, [
      create("span", {}, [create("i"), "wasm ahead"]),
      create("span", { className: "plain" }, [create("i"), "plain JS ahead"]),
      create("span", { className: "spread" }, [create("i"), "least and most of a round"]),
    ]),
    figure,
    region,
  ]);
}

function createTable(section: Section, rows: readonly Row[]): HTMLElement {
  const cell = (text: string, className = "") => create("td", { className }, [text]);
  const head = (text: string, scope: "row" | "col", className = "") => create("th", { className, scope }, [text]);
  const columns = [...Object.values(NAMES), "ahead", "wasm : plain JS", "least – most", "wasm : reference"];
  const body = rows.map((row) => {
    const [wasm, plain, reference] = [
      rate(row.timings, "wasm"),
      rate(row.timings, "plain"),
      rate(row.timings, "reference"),
    ];
    const { ratio, low, high } = ratioOf(row);
    return create("tr", {}, [
      ...row.label.map((text, n) => (n === 0 ? head(text, "row", "label") : cell(text, "label"))),
      ...[wasm, plain, reference].map((perSecond) => cell(rounded(perSecond))),
      cell(NAMES[ratio < 1 ? "plain" : "wasm"], ratio < 1 ? "lost" : ""),
      cell(times(ratio), ratio < 1 ? "ratio lost" : "ratio"),
      cell(`${times(low)} – ${times(high)}`),
      cell(times(wasm / reference)),
    ]);
  });
  return create("table", {}, [
    create("caption", {}, [`${TITLES[section].unit}, medians of the rounds`]),
    create("thead", {}, [
      create("tr", {}, [
        ...HEADS[section].map((text) => head(text, "col", "label")),
        ...columns.map((text) => head(text, "col")),
      ]),
    ]),
    create("tbody", {}, body),
  ]);
}

function showSummary(): void {
  const all = SECTIONS.map((section) => ({ section, rows: shown?.[section] ?? [] })).filter(
    ({ rows }) => rows.length > 0,
  );
  const items = all.map(({ section, rows }) => {
    const { ratio, low, high } = summarise(rows);
    const spread = rows.length === 1 ? "one row" : `median of ${rows.length} rows, ${times(low)} to ${times(high)}`;
    return [`${TITLES[section].title}, wasm : plain JS`, times(ratio), spread];
  });
  const rows = all.flatMap((part) => part.rows);
  items.push(["Plain JS ahead", `${wonByPlain(rows).length}`, `of ${rows.length} rows`]);
  element("summary").replaceChildren(
    ...items.map(([name, value, detail]) =>
      create("div", { className: "tile" }, [
        create("dt", {}, [name!]),
        create("dd", {}, [create("b", {}, [value!]), detail!]),
      ]),
    ),
  );
  element("summary").hidden = rows.length === 0;
}

export function showMachine(machine: Machine): void {
  const { date, bitgrad, browser, userAgent, platform, cores, crossOriginIsolated, clockStepMs } = machine;
  const facts = {
    Browser: browser,
    "User agent": userAgent,
    Platform: platform,
    Cores: `${cores}`,
    "Cross-origin isolated": crossOriginIsolated ? "yes" : "no, so the clock is coarser",
    "Clock’s resolution": stepText(clockStepMs),
    Date: date.slice(0, 10),
    bitgrad,
  };
  element("machine").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [create("dt", {}, [name]), create("dd", {}, [value])]),
  );
  element("step").textContent = stepText(clockStepMs);
}

function stepText(milliseconds: number): string {
  return milliseconds < 0.1 ? `${rounded(milliseconds * 1000)} µs` : `${rounded(milliseconds)} ms`;
}

function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en");
}

function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
