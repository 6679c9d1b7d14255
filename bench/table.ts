// Rows as one table for the terminal, or as a short one in Markdown.

import Table from "cli-table3";
import { PLAIN, type Row, wonByPlain } from "./rows.ts";

/** All rows by section, and a line about those that plain JavaScript wins. */
export function show(rows: readonly Row[]): string {
  const head = ["", "dtype", "unit", "compared with", "bitgrad", "that", "times", "least – most", "reference"];
  const body = [...new Set(rows.map(({ section }) => section))].flatMap((section) => [
    [{ content: section.toUpperCase(), colSpan: head.length }],
    ...rows.filter((row) => row.section === section).map(cells),
  ]);
  const compared = rows.filter(({ beside, times }) => beside === PLAIN && times !== undefined);
  const won = wonByPlain(rows).map(({ name, dtype }) => `${name} ${dtype}`);
  const last = won.length === 0 ? "none of these" : won.join(", ");
  return `${table(head, body, 4)}${compared.length === 0 ? "" : `\nPlain JS wins ${last}.`}`;
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

/** For the README: the six trainings in f32, two kernels that plain JavaScript loses and two that it wins, and a cold start. */
const TOLD = /^(\w+ [\d-]+|(forward|sigmoid|update|sseGradient) .*\d{3}|import .*)$/;
const isTold = ({ name, dtype, beside }: Row) => dtype === "f32" && beside === PLAIN && TOLD.test(name);

export function markdown(rows: readonly Row[]): string {
  const body = rows.filter(isTold).map(({ name, unit, value, baseline, times }) => {
    const ahead = times! < 1 ? `**${ratio(times)}**` : ratio(times);
    return [`${name}, ${unit}`, count(value), count(baseline), ahead];
  });
  const lines = [["", "bitgrad", PLAIN, "times as fast"], ["---", "---:", "---:", "---:"], ...body];
  return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

export function count(value: number | undefined): string {
  return value === undefined ? "" : Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 20 });
}

export function ratio(times: number | undefined): string {
  return times === undefined ? "" : `${times.toFixed(times < 0.995 ? 2 : 1)} ×`;
}
