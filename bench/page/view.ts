// What the page shows of a result: a summary, a table a section with a bar in each row, and the machine. Rows that are
// still to come have their place already, so that nothing moves while the benchmark runs.

import { type PlannedRow, SECTIONS, type Section } from "../plan.ts";
import { median } from "../race.ts";
import { PLAIN, type Row, wonByPlain } from "../rows.ts";
import type { Machine } from "./machine.ts";
import type { PageResult } from "./run.ts";

export const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

const TITLES: Record<Section, string> = { training: "Training", kernels: "Kernels" };
const HEADS = [
  "",
  "times",
  "plain JS | wasm",
  "least – most",
  ...["wasm", PLAIN, "reference"].map((name) => `${name}/s`),
];
const [LEAST, MOST] = [-3, 5]; // powers of two at the ends of a bar's axis

const times = (ratio: number) => `${ratio.toFixed(ratio < 0.995 ? 2 : 1)}×`;
const rounded = (value?: number) => (value === undefined ? "" : Number(value.toPrecision(3)).toLocaleString("en"));

let planned: readonly PlannedRow[] = [];

export function showPlan(rows: readonly PlannedRow[]): void {
  planned = rows;
  const sections = SECTIONS.filter((section) => planned.some((row) => row.section === section));
  element("sections").replaceChildren(...sections.map(createSection));
  showResult(undefined);
}

export function showResult(result: PageResult | undefined): void {
  const rows = result?.rows ?? [];
  for (const body of document.querySelectorAll<HTMLElement>("#sections tbody")) {
    const own = planned.filter(({ section }) => section === body.dataset.section);
    const find = (place: PlannedRow) =>
      rows.find(
        ({ section, name, dtype }) => section === place.section && name === place.name && dtype === place.dtype,
      );
    body.replaceChildren(...own.map((place) => createRow(place, find(place))));
  }
  const tiles = SECTIONS.map((section) => rows.filter((row) => row.section === section))
    .filter(({ length }) => length > 0)
    .map((all) => {
      const ratios = all.map((row) => row.times!);
      const spread = `median of ${all.length}, ${times(Math.min(...ratios))} to ${times(Math.max(...ratios))}`;
      return [`${TITLES[all[0]!.section as Section]}, wasm : plain JS`, times(median(ratios)), spread];
    });
  tiles.push(["Plain JS ahead", `${wonByPlain(rows).length}`, `of ${rows.length} rows`]);
  element("summary").hidden = rows.length === 0;
  element("summary").replaceChildren(
    ...tiles.map(([name, value, detail]) =>
      create("div", { className: "tile" }, [
        create("dt", {}, [name!]),
        create("dd", {}, [create("b", {}, [value!]), detail!]),
      ]),
    ),
  );
}

function createSection(section: Section): HTMLElement {
  const body = create("tbody");
  body.dataset.section = section;
  const table = create("table", {}, [
    create("thead", {}, [
      create(
        "tr",
        {},
        HEADS.map((text) => create("th", { scope: "col" }, [text])),
      ),
    ]),
    body,
  ]);
  // what scrolls must be reached without a mouse
  const region = { className: "scroll", tabIndex: 0, role: "region", ariaLabel: TITLES[section] };
  return create("section", {}, [create("h2", {}, [TITLES[section]]), create("div", region, [table])]);
}

function createRow({ name, dtype }: PlannedRow, row: Row | undefined): HTMLElement {
  const head = create("th", { scope: "row" }, [`${name} ${dtype}`.replaceAll("-", "\u2011")]);
  const axis = create("div", { className: "axis" });
  const { value, baseline, reference, times: ratio, low, high } = row ?? {};
  const className = ratio !== undefined && ratio < 1 ? "plain" : "wasm";
  if (ratio !== undefined) {
    axis.append(create("i", { className }), create("i", { className: "spread" }));
    const [bar, spread] = axis.children as HTMLCollectionOf<HTMLElement>;
    place(bar!, Math.min(1, ratio), Math.max(1, ratio));
    place(spread!, low!, high!);
  }
  const spread = low === undefined ? "" : `${times(low)} – ${times(high!)}`;
  const cells = [ratio === undefined ? "" : times(ratio), axis, spread, ...[value, baseline, reference].map(rounded)];
  return create("tr", {}, [head, ...cells.map((cell, n) => create("td", n === 0 ? { className } : {}, [cell]))]);
}

/** On the axis, which is logarithmic. */
function place({ style }: HTMLElement, from: number, to: number): void {
  const at = (ratio: number) => (100 * (Math.max(LEAST, Math.min(MOST, Math.log2(ratio))) - LEAST)) / (MOST - LEAST);
  style.left = `${at(from)}%`;
  style.width = `${at(to) - at(from)}%`;
}

export function showMachine(machine: Machine): void {
  const { date, bitgrad, browser, userAgent, platform, cores, crossOriginIsolated, clockStepMs } = machine;
  const step = clockStepMs < 0.1 ? `${rounded(clockStepMs * 1000)} µs` : `${rounded(clockStepMs)} ms`;
  const facts = {
    Browser: browser,
    "User agent": userAgent,
    Platform: platform,
    Cores: `${cores}`,
    "Cross-origin isolated": crossOriginIsolated ? "yes" : "no, so the clock is coarser",
    "Clock’s resolution": step,
    Date: date.slice(0, 10),
    bitgrad,
  };
  element("machine").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [create("dt", {}, [name]), create("dd", {}, [value])]),
  );
  element("step").textContent = step;
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
