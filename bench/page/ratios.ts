// A row seen as wasm : plain JS.

import type { ContestantName } from "../race.ts";
import { median } from "../race.ts";
import { type Row, rate } from "../rows.ts";

export interface Ratio {
  readonly ratio: number;
  /** The least and the most that a round had, wasm's against plain JS's next to it. */
  readonly low: number;
  readonly high: number;
}

export function ratioOf({ timings }: Row): Ratio {
  const rounds = (name: ContestantName) => timings.find(({ contestant }) => contestant === name)!.rounds;
  const plain = rounds("plain");
  const each = rounds("wasm").map((perSecond, round) => perSecond / plain[round]!);
  return { ratio: rate(timings, "wasm") / rate(timings, "plain"), low: Math.min(...each), high: Math.max(...each) };
}

/** Of rows, not of rounds. */
export function summarise(rows: readonly Row[]): Ratio {
  const ratios = rows.map((row) => ratioOf(row).ratio);
  return { ratio: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}

export function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 0.995 ? 2 : 1)}×`;
}
