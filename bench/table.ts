// Rows as one table for the terminal, or in Markdown.

import Table from "cli-table3";
import { PLAIN, type Row, wonByPlain } from "./rows.ts";

const HEAD = ["", "dtype", "unit", "compared with", "bitgrad", "baseline", "times", "least – most", "reference"];

/** All rows by section, and a line about those that plain JavaScript wins. */
export function show(rows: readonly Row[]): string {
  const body = [...new Set(rows.map(({ section }) => section))].flatMap((section) => [
    [{ content: section.toUpperCase(), colSpan: HEAD.length }],
    ...rows.filter((row) => row.section === section).map(cells),
  ]);
  const compared = rows.filter(({ beside, times }) => beside === PLAIN && times !== undefined);
  const won = wonByPlain(rows).map(({ name, dtype }) => `${name} ${dtype}`);
  const last = won.length === 0 ? "none of these" : won.join(", ");
  return `${table(HEAD, body, 4)}${compared.length === 0 ? "" : `\nPlain JS wins ${last}.`}`;
}

function cells({ name, dtype, unit, value, beside = "", baseline, times, low, high, reference }: Row): string[] {
  const spread = low === undefined || high === undefined ? "" : `${ratio(low)} – ${ratio(high)}`;
  return [name, dtype ?? "", unit, beside, count(value), count(baseline), ratio(times), spread, count(reference)];
}

type Cell = string | { readonly content: string; readonly colSpan: number };

export function table(head: readonly string[], rows: readonly (readonly Cell[])[], textColumns: number): string {
  const colAligns = head.map((_, n) => (n < textColumns ? "left" : "right"));
  const result = new Table({ head: [...head], colAligns, style: { head: [], border: [], compact: true } });
  for (const row of rows) result.push([...row]);
  return result.toString();
}

/** In Markdown, with the columns that have something in them. */
export function markdown(rows: readonly (Row & { readonly browser?: string })[]): string {
  const head = ["browser", ...HEAD];
  const lines = rows.map((row) => [row.browser ?? "", ...cells(row)]);
  const kept = head.map((_, n) => lines.some((line) => line[n] !== ""));
  const rules = head.map((_, n) => (n < 5 ? "---" : "---:"));
  return [head, rules, ...lines].map((line) => `| ${line.filter((_, n) => kept[n]).join(" | ")} |`).join("\n");
}

export function count(value: number | undefined): string {
  return value === undefined ? "" : Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 20 });
}

export function ratio(times: number | undefined): string {
  if (times === undefined) return "";
  return `${times >= 100 ? count(times) : times.toFixed(times < 0.995 ? 2 : 1)} ×`;
}
