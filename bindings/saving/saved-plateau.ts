// The state of a plateau in saved form.

import type { PlateauSchedule } from "../catalog/schedules.ts";
import { checkAmount, checkKeys, checkWhole, show } from "../checks.ts";
import { OptionError } from "../errors.ts";
import type { DType } from "../numbers.ts";
import { type Plateau, plateauOptions, worstOf } from "../options/plateau.ts";
import { resolveSchedule } from "../options/schedule.ts";

/**
 * A plateau in saved form. `monitor` is missing if it is "loss". Before the first value `best` is missing, since JSON
 * has no infinity.
 */
export type SavedPlateau = Omit<Required<PlateauSchedule>, "type" | "monitor"> &
  Pick<PlateauSchedule, "monitor"> &
  Omit<Plateau, "schedule" | "best"> & { readonly best?: number };

export function savePlateau({ schedule: { type: _, monitor, ...options }, best, ...rest }: Plateau): SavedPlateau {
  const watched = monitor === "loss" ? {} : { monitor };
  return { ...watched, ...options, ...rest, ...(Number.isFinite(best) && { best }) };
}

/** Checks and returns the plateau that was saved; undefined if there was none. */
export function loadPlateau(saved: unknown, dtype: DType): Plateau | undefined {
  if (saved === undefined) return undefined;
  const keys = plateauOptions().filter((name) => name !== "monitor");
  checkKeys("plateau", saved, [...keys, "rate", "badEpochs", "cooling"], ["best", "monitor"]);
  const { rate, badEpochs, cooling, best, ...options } = saved as unknown as SavedPlateau;
  const schedule = resolveSchedule("plateau", { type: "plateau", ...options }) as Required<PlateauSchedule>;
  if (best !== undefined && !Number.isFinite(best)) {
    throw new OptionError(`plateau.best is ${show(best)}; a finite number is expected`);
  }
  return {
    schedule,
    rate: checkAmount("plateau.rate", rate, dtype),
    best: best ?? worstOf(schedule),
    badEpochs: checkWhole("plateau.badEpochs", badEpochs, 0, 2 ** 31),
    cooling: checkWhole("plateau.cooling", cooling, 0, 2 ** 31),
  };
}
