// A row of a result. Every section has the same kind: a figure of bitgrad's, and what it is compared with.

import type { DType } from "bitgrad";
import { median } from "./race.ts";

export interface Row {
  readonly section: string;
  /** What was measured. */
  readonly name: string;
  readonly dtype?: DType;
  readonly unit: "samples/s" | "calls/s" | "frames/s" | "ms" | "µs" | "MB" | "KB" | "B";
  /** Of bitgrad, on WebAssembly: a median. */
  readonly value: number;
  /** What it is compared with, and the figure of that. */
  readonly beside?: string;
  readonly baseline?: number;
  /** How many times as fast or as small as that: over 1 is to the advantage of what was measured. */
  readonly times?: number;
  /** The least and the most of `times` in a round. */
  readonly low?: number;
  readonly high?: number;
  /** Of `bitgrad/reference`. */
  readonly reference?: number;
}

/** What two series of figures come to, one figure of each a round. */
export function compared(unit: Row["unit"], values: readonly number[], baselines: readonly number[]) {
  const more = unit.endsWith("/s"); // is better
  const times = (value: number, baseline: number) => rounded(more ? value / baseline : baseline / value);
  const [value, baseline] = [median(values), median(baselines)];
  const each = values.map((one, round) => times(one, baselines[round]!));
  return {
    unit,
    value: rounded(value),
    baseline: rounded(baseline),
    times: times(value, baseline),
    low: Math.min(...each),
    high: Math.max(...each),
  };
}

/** To four digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export const PLAIN = "plain JS";

export function wonByPlain(rows: readonly Row[]): Row[] {
  return rows.filter(({ beside, times }) => beside === PLAIN && times! < 1);
}

/** A result as a file: a line for each row. */
export function toJSON(machine: object, rows: readonly object[]): string {
  const lines = rows.map((row) => `    ${JSON.stringify(row)}`);
  return `{\n  "machine": ${JSON.stringify(machine)},\n  "rows": [\n${lines.join(",\n")}\n  ]\n}\n`;
}
