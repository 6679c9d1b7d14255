// The rows of a result: what is run in each section, under which label, and how a row's winner is told.

import type { DType } from "bitgrad";
import { KERNELS } from "./kernels.ts";
import type { ContestantName, Job, Timing } from "./race.ts";
import { WORKLOADS } from "./workloads.ts";

/** A race: what was run, and how fast by each. */
export interface Row {
  readonly label: readonly string[];
  readonly timings: readonly Timing[];
}

export type Section = Job["section"];
export interface PlannedRow extends Pick<Job, "section" | "index" | "dtype"> {
  readonly label: readonly string[];
}

export const DTYPES: readonly DType[] = ["f32", "f64"];
export const NAMES: Record<ContestantName, string> = { wasm: "wasm", plain: "plain JS", reference: "reference" };

/** What the parts of a section's labels are. */
export const HEADS: Record<Section, readonly string[]> = {
  training: ["workload", "sizes", "batch", "dtype"],
  kernels: ["kernel", "shape", "dtype"],
};

const LABELS: Record<Section, readonly string[][]> = {
  training: WORKLOADS.map(({ name, sizes, batchSize }) => [name, sizes.join("-"), String(batchSize)]),
  kernels: KERNELS.map(({ kernel, rows, inputs, units }) => [
    kernel,
    inputs === 1 ? `${rows}×${units}` : `${rows}×${inputs}×${units}`,
  ]),
};

export function planRows(section: Section, dtypes: readonly DType[]): PlannedRow[] {
  return LABELS[section].flatMap((label, index) =>
    dtypes.map((dtype) => ({ section, index, dtype, label: [...label, dtype] })),
  );
}

export function rate(timings: readonly Timing[], name: ContestantName): number {
  return timings.find(({ contestant }) => contestant === name)!.perSecond;
}

export function wonByPlain(rows: readonly Row[]): Row[] {
  return rows.filter(({ timings }) => rate(timings, "plain") > rate(timings, "wasm"));
}
