// The benchmark as the page runs it: one row after the other, as bench/main.ts does, until all are done or it is stopped.

import type { DType } from "bitgrad";
import { race } from "../race.ts";
import { DTYPES, type PlannedRow, planRows, type Row, type Section } from "../rows.ts";
import { describeMachine, type Machine } from "./machine.ts";
import { startWorker } from "./workers.ts";

export const SECTIONS: readonly Section[] = ["training", "kernels"];

export interface Choice {
  /** Both unless told. */
  readonly only?: Section | undefined;
  readonly dtype?: DType | undefined;
  /** Names of workloads and kernels; all unless told. */
  readonly rows?: readonly string[] | undefined;
  readonly quick: boolean;
}

/** In the shape of bench/results, of what the page can measure. */
export interface PageResult {
  readonly machine: Machine & {
    readonly quick: boolean;
    /** Before the end: rows are missing. */
    readonly stopped: boolean;
    /** In the background for a while, where a browser slows its tabs down. */
    readonly hidden: boolean;
  };
  readonly training?: readonly Row[];
  readonly kernels?: readonly Row[];
}

export interface Watcher {
  readonly signal: AbortSignal;
  /** `done` of all, 0 to 1. */
  onProgress(done: number, row: PlannedRow, number: number): void;
  onRow(result: PageResult): void;
}

export function plan({ only, dtype, rows }: Choice): PlannedRow[] {
  const dtypes = DTYPES.filter((name) => dtype === undefined || name === dtype);
  return SECTIONS.filter((section) => only === undefined || section === only)
    .flatMap((section) => planRows(section, dtypes))
    .filter(({ label }) => rows === undefined || rows.includes(label[0]!));
}

export async function runBenchmark(choice: Choice, { signal, onProgress, onRow }: Watcher): Promise<PageResult> {
  const { quick } = choice;
  const planned = plan(choice);
  if (planned.length === 0) throw new Error(`no row is called ${choice.rows?.join(" or ")}`);
  const machine = describeMachine();
  const found: Record<Section, Row[]> = { training: [], kernels: [] };
  let hidden = document.hidden;
  const onHidden = () => {
    hidden ||= document.hidden;
  };
  document.addEventListener("visibilitychange", onHidden);
  const result = (): PageResult => {
    const sections = SECTIONS.filter((section) => planned.some((row) => row.section === section));
    return {
      machine: { ...machine, quick, stopped: signal.aborted, hidden },
      ...Object.fromEntries(sections.map((section) => [section, found[section]])),
    };
  };
  try {
    for (const [number, row] of planned.entries()) {
      const { label, ...job } = row;
      const report = (done: number) => onProgress((number + done) / planned.length, row, number);
      report(0);
      const timings = await race({ ...job, quick, clockStepMs: machine.clockStepMs }, label.join(" "), {
        start: (job, name) => startWorker(job, name, signal),
        onProgress: report,
      });
      found[job.section].push({ label, timings });
      onRow(result());
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    document.removeEventListener("visibilitychange", onHidden);
  }
  return result();
}
