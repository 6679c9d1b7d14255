// What is known of a page while it trains: of every turn, and of all turns of a contestant.

import type { DType } from "bitgrad";
import { median, quantile } from "../race.ts";
import type { Machine } from "./machine.ts";

/** What a page of 60 frames a second has for each. */
export const FRAME_MS = 1000 / 60;

/** What the main thread did at a stretch. */
export interface Task {
  /** Milliseconds from the beginning of the turn. */
  readonly atMs: number;
  readonly ms: number;
  /** Those in which the thread ran, and didn't wait for a processor. */
  readonly cpuMs: number;
}

export interface Turn {
  /** From the call to its promise. */
  readonly ms: number;
  readonly frames: number;
  /** The longest time from one frame to the next; the last one is the first after the turn. */
  readonly frameMs: number;
  /** The longest time from one call of a timer to the next, which would come after 4 ms. */
  readonly waitMs: number;
  /** Where there is a trace: the longest task … */
  readonly taskMs?: number;
  /** … and the longest time that one had a processor … */
  readonly taskCpuMs?: number;
  /** … and that all had together. */
  readonly cpuMs?: number;
  /** Tasks longer than a frame. */
  readonly longTasks?: readonly Task[];
}

/** A contestant's. */
export interface Turns {
  readonly workload: string;
  readonly dtype: DType;
  readonly contestant: string;
  /** Trained in a turn. */
  readonly samples: number;
  readonly turns: readonly Turn[];
}

/** A way to train, by turns that nobody watched, and those of `fit` between them. */
export interface Rate extends Omit<Turns, "turns"> {
  readonly ms: readonly number[];
  readonly fitMs: readonly number[];
}

/** What the page posts. */
export interface FramesPosted {
  readonly machine: Machine & { readonly quick: boolean; readonly hidden: boolean };
  readonly frames: readonly Turns[];
  readonly rates: readonly Rate[];
}

/** Medians over the turns. */
export interface FramesRow extends Turns, Pick<Turn, "frameMs" | "waitMs" | "taskMs" | "taskCpuMs"> {
  readonly framesPerSecond: number;
  /** The main thread's time on a processor, as a share of `fit`'s: what a machine that others use leaves comparable. */
  readonly cpuOfFit?: number;
  /** Share of the time in which the main thread did nothing: of a page that trains, what its waiting costs. */
  readonly threadIdle?: number;
  /** Of those that train, but not of `fit`. */
  readonly rate?: RateRow;
}

export interface RateRow extends Pick<Rate, "ms" | "fitMs"> {
  readonly samplesPerSecond: number;
  /** As a share of the rate of `fit` in the same round: lower quartile, median, upper quartile. */
  readonly ofFit: readonly [number, number, number];
}

/** Tasks longer than a frame, without the time that they waited for a processor; nothing where there is no trace. */
export function longTasksPerMinute({ turns }: Turns): number | undefined {
  if (turns[0]!.longTasks === undefined) return undefined;
  const long = turns.flatMap(({ longTasks }) => longTasks!).filter(({ cpuMs }) => cpuMs > FRAME_MS);
  return (60_000 * long.length) / turns.reduce((sum, { ms }) => sum + ms, 0);
}

export function summarise(all: readonly Turns[], rates: readonly Rate[]): FramesRow[] {
  return all.map((row) => {
    const { workload, dtype, contestant, turns } = row;
    const ofSame = <T extends Omit<Turns, "turns">>(rows: readonly T[], name: string) =>
      rows.find((other) => other.contestant === name && other.workload === workload && other.dtype === dtype);
    const fit = ofSame(all, "fit")!;
    const rate = ofSame(rates, contestant);
    const medianOf = (value: (turn: Turn, round: number) => number) => median(turns.map(value));
    return {
      ...row,
      framesPerSecond: medianOf(({ frames, ms }) => (1000 * frames) / ms),
      frameMs: medianOf(({ frameMs }) => frameMs),
      waitMs: medianOf(({ waitMs }) => waitMs),
      ...(turns[0]!.cpuMs !== undefined && {
        taskMs: medianOf(({ taskMs }) => taskMs!),
        taskCpuMs: medianOf(({ taskCpuMs }) => taskCpuMs!),
        threadIdle: medianOf(({ ms, cpuMs }) => Math.max(0, 1 - cpuMs! / ms)),
        cpuOfFit: medianOf(({ cpuMs }, round) => cpuMs! / fit.turns[round]!.cpuMs!),
      }),
      ...(rate && { rate: summariseRate(rate) }),
    };
  });
}

function summariseRate({ samples, ms, fitMs }: Rate): RateRow {
  const ofFit = ms.map((one, round) => fitMs[round]! / one);
  return {
    samplesPerSecond: median(ms.map((one) => (1000 * samples) / one)),
    ofFit: [quantile(ofFit, 0.25), median(ofFit), quantile(ofFit, 0.75)],
    ms,
    fitMs,
  };
}
