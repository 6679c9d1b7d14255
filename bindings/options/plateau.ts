// The state of the schedule "plateau". It is kept with the network, so that two trainings equal one long one.

import { type NamedSchedule, type PlateauSchedule, SCHEDULES } from "../catalog/schedules.ts";
import { isLowerBetter } from "./monitor.ts";

/** The state of a plateau. */
export interface Plateau {
  /** The schedule whose state it is. */
  readonly schedule: Required<PlateauSchedule>;
  /** The rate of the next epoch. */
  readonly rate: number;
  /** The best value so far; before the first the worst, which is infinite. */
  readonly best: number;
  /** Epochs without an improvement since then, or since the rate was reduced. */
  readonly badEpochs: number;
  /** How many of the next epochs are not counted, because the rate was just reduced. */
  readonly cooling: number;
}

/** The state that a plateau starts from: the network's, if it is of the same plateau, else a fresh one. */
export function plateauOf(
  schedule: NamedSchedule | ((...position: never[]) => number) | undefined,
  rate: number,
  known?: Plateau,
): Plateau | undefined {
  if (typeof schedule !== "object" || schedule.type !== "plateau") return undefined;
  const plateau = schedule as Required<PlateauSchedule>;
  if (known !== undefined && plateauOptions().every((name) => known.schedule[name] === plateau[name])) return known;
  return { schedule: plateau, rate, best: worstOf(plateau), badEpochs: 0, cooling: 0 };
}

export function plateauOptions(): Exclude<keyof PlateauSchedule, "type">[] {
  return Object.keys(SCHEDULES.plateau.options) as Exclude<keyof PlateauSchedule, "type">[];
}

/** What every value is better than. */
export function worstOf({ monitor }: Required<PlateauSchedule>): number {
  return isLowerBetter(monitor) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/** A plateau after one more epoch, of which it has seen what it watches. */
export function afterEpoch<P extends Plateau | undefined>(before: P, value: number): P {
  if (before === undefined) return before;
  const { schedule } = before;
  const { monitor, factor, patience, threshold, cooldown, minimum } = schedule;
  let { rate, best, badEpochs, cooling } = before;
  badEpochs++;
  const isBetter = isLowerBetter(monitor)
    ? value < best * (1 - threshold)
    : value > best * (best < 0 ? 1 - threshold : 1 + threshold);
  if (isBetter) {
    best = value;
    badEpochs = 0;
  }
  if (cooling > 0) {
    cooling--;
    badEpochs = 0;
  }
  if (badEpochs > patience) {
    const reduced = rate * factor > minimum ? rate * factor : minimum;
    if (rate - reduced > 1e-8) rate = reduced;
    cooling = cooldown;
    badEpochs = 0;
  }
  return { schedule, rate, best, badEpochs, cooling } as P;
}
