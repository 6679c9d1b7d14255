// The rows that are races, and what becomes of a race.

import type { DType } from "bitgrad";
import { KERNELS } from "./kernels.ts";
import { type Job, median, type Rates } from "./race.ts";
import { compared, PLAIN, type Row, rounded } from "./rows.ts";
import { WORKLOADS } from "./workloads.ts";

export type Section = Job["section"];
export interface PlannedRow extends Pick<Job, "section" | "index" | "dtype"> {
  readonly name: string;
}

export const SECTIONS: readonly Section[] = ["training", "kernels"];
export const DTYPES: readonly DType[] = ["f32", "f64"];

const NAMES: Record<Section, readonly string[]> = {
  training: WORKLOADS.map(({ name, sizes }) => `${name} ${sizes.join("-")}`),
  kernels: KERNELS.map(({ kernel, rows, inputs, units }) => {
    return inputs === 1 ? `${kernel} ${rows}×${units}` : `${kernel} ${rows}×${inputs}×${units}`;
  }),
};

export interface Choice {
  /** Both unless told. */
  readonly only?: string | undefined;
  readonly dtype?: DType | undefined;
  /** Names of workloads and kernels; all unless told. */
  readonly rows?: readonly string[] | undefined;
}

export function plan({ only, dtype, rows }: Choice): PlannedRow[] {
  return SECTIONS.filter((section) => only === undefined || section === only).flatMap((section) =>
    NAMES[section].flatMap((name, index) =>
      DTYPES.filter((one) => dtype === undefined || one === dtype)
        .filter(() => rows === undefined || rows.includes(name.split(" ")[0]!))
        .map((dtype) => ({ section, index, dtype, name })),
    ),
  );
}

export function toRow({ section, name, dtype }: PlannedRow, { wasm, plain, reference }: Rates): Row {
  const unit = section === "training" ? "samples/s" : "calls/s";
  const figures = compared(unit, wasm, plain);
  return { section, name, dtype, beside: PLAIN, ...figures, reference: rounded(median(reference)) };
}
