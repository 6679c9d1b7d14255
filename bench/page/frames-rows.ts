// What is known of a page while it trains: of every turn, and of all turns of a contestant.

import type { DType } from "bitgrad";
import { median } from "../race.ts";
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

/** What the page posts. */
export interface FramesPosted {
  readonly machine: Machine & { readonly quick: boolean; readonly hidden: boolean };
  readonly frames: readonly Turns[];
}

/** Medians over the turns. */
export interface FramesRow extends Turns, Pick<Turn, "frameMs" | "waitMs" | "taskMs" | "taskCpuMs"> {
  readonly framesPerSecond: number;
  readonly samplesPerSecond: number;
  /** Its rate as a share of that of `fit` in the same round; not there for one who trains nothing. */
  readonly ofFit?: number;
  /** The main thread's time on a processor, likewise: what a machine that others use leaves comparable. */
  readonly cpuOfFit?: number;
  /** Share of the time in which the main thread did nothing: of a page that trains, what its waiting costs. */
  readonly threadIdle?: number;
}

export function summarise(all: readonly Turns[]): FramesRow[] {
  return all.map((row) => {
    const { workload, dtype, samples, turns } = row;
    const fit = all.find(
      (other) => other.contestant === "fit" && other.workload === workload && other.dtype === dtype,
    )!;
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
      samplesPerSecond: medianOf(({ ms }) => (1000 * samples) / ms),
      ...(samples > 0 && { ofFit: medianOf(({ ms }, round) => fit.turns[round]!.ms / ms) }),
    };
  });
}
