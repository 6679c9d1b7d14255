// Learning-rate schedules: the rate of every step is a pure function of the epoch, the step and the history of past
// epochs. So a training that was interrupted, saved and resumed takes the same steps.

import {
  type NamedSchedule,
  type PlateauSchedule,
  SCHEDULES,
  type ScheduleRange,
  type ScheduleRow,
} from "../catalog/schedules.ts";
import { checkAmount, checkChoice, checkNames, checkPositive, checkReadable, checkWhole, show } from "../checks.ts";
import type { ByMetric } from "../data/metrics.ts";
import { OptionError } from "../errors.ts";
import { type DType, floatArray } from "../numbers.ts";
import { ignore, type Wait } from "../promises.ts";
import { atOnce, type IsTime, inSlices } from "../rows.ts";
import { checkMonitor, isLoss } from "./monitor.ts";
import { afterEpoch, type Plateau, plateauOf } from "./plateau.ts";
import { RATES, type Rates } from "./schedule-rates.ts";

/** Where a training is. */
export interface SchedulePosition {
  /** How many epochs the network has finished since it was created: 0, 1, … */
  readonly epoch: number;
  /** Step (mini-batch) of the epoch: 0 to stepsPerEpoch − 1. */
  readonly step: number;
  /** Steps (mini-batches) in an epoch. */
  readonly stepsPerEpoch: number;
  /** The optimizer's learning rate. */
  readonly rate: number;
  /** Losses of the epochs that this training has finished, in order. The array is read-only and grows by itself. */
  readonly losses: readonly number[];
  /** Their validation losses, likewise; empty without validation data. */
  readonly validationLosses: readonly number[];
  /** The values of each metric that was asked for, likewise. */
  readonly metrics: Readonly<ByMetric<readonly number[]>>;
}

/** What is known of the epochs that a training has finished. */
export type Known = Pick<SchedulePosition, "losses" | "validationLosses" | "metrics">;

/**
 * Returns a step's rate: finite, 0 or more. For the same bits on every runtime, don't use Math.exp, Math.cos or similar
 * functions in it.
 */
export type ScheduleFunction = (position: SchedulePosition) => number;

/**
 * How the learning rate changes in the course of a training.
 *
 * @example
 * ```ts
 * const cosine: Schedule = { type: "cosine", epochs: 50, warmup: 2, minimum: 1e-5 };
 * const inverseTime: Schedule = ({ epoch, rate }) => rate / (1 + epoch / 10);
 * ```
 */
export type Schedule = NamedSchedule | ScheduleFunction;

type Check = (name: string, value: unknown) => unknown;

const CHECKS: Readonly<Record<ScheduleRange, Check>> = {
  wholeFrom0: (name, value) => checkWhole(name, value, 0, 2 ** 31),
  wholeFrom1: (name, value) => checkWhole(name, value, 1, 2 ** 31),
  amount: checkAmount,
  amountBelow1: (name, value) => below1(name, checkAmount(name, value)),
  positive: checkPositive,
  positiveBelow1: (name, value) => below1(name, checkPositive(name, value)),
  monitor: checkMonitor,
};

function below1(name: string, value: number): number {
  if (value < 1) return value;
  throw new OptionError(`${name} is ${value}; a number below 1 is expected`);
}

/**
 * Checks a schedule and fills in its defaults; a function is returned as it is. A named schedule is returned as a
 * frozen object that JSON can hold.
 *
 * @param name - What messages call it.
 * @throws OptionError if it is no schedule, or an option is unknown, missing or out of range
 * @example
 * ```ts
 * resolveSchedule("schedule", { type: "step", every: 30 }); // { type: "step", every: 30, factor: 0.1 }
 * ```
 */
export function resolveSchedule(name: string, schedule: unknown): Schedule {
  checkReadable(name, schedule);
  if (typeof schedule === "function") return schedule as ScheduleFunction;
  if (typeof schedule !== "object" || schedule === null) {
    throw new OptionError(`${name} is ${show(schedule)}; an object with a type, or a function, is expected`);
  }
  const given = schedule as Record<string, unknown>;
  const type = checkChoice(`${name}.type`, given.type, Object.keys(SCHEDULES) as NamedSchedule["type"][]);
  const { options, noMore }: ScheduleRow = SCHEDULES[type];
  checkNames(name, given, ["type", ...Object.keys(options)]);
  const resolved: Record<string, unknown> = { type };
  for (const [key, [range, standard]] of Object.entries(options)) {
    const value = given[key];
    resolved[key] = CHECKS[range](`${name}.${key}`, value === undefined ? standard : value);
  }
  if (noMore !== undefined) {
    const [key, than] = noMore;
    const [value, most] = [resolved[key] as number, resolved[than] as number];
    if (value > most) throw new OptionError(`${name}.${key} is ${value}; no more than ${than}, ${most}, is expected`);
  }
  return Object.freeze(resolved) as unknown as NamedSchedule;
}

/**
 * `ratesOfEpoch` of a schedule, for the epochs of one training, whose lists of losses and metrics grow; yields when it
 * is time to.
 */
export function ratesOf(schedule: Schedule) {
  const views = new WeakMap<readonly number[], readonly number[]>();
  const viewOf = (list: readonly number[]) => {
    const view = views.get(list) ?? readOnly(list);
    views.set(list, view);
    return view;
  };
  return (
    rate: number,
    epoch: number,
    stepsPerEpoch: number,
    dtype: DType,
    known: Known,
    plateau?: Plateau,
    isTime?: IsTime,
  ): Generator<Wait, Float64Array, unknown> => {
    const { losses, validationLosses, metrics } = known;
    const ofMetrics = Object.entries(metrics).map(([name, list]) => [name, viewOf(list!)]);
    const seen = {
      losses: viewOf(losses),
      validationLosses: viewOf(validationLosses),
      metrics: Object.freeze(Object.fromEntries(ofMetrics)),
    };
    return ratesInSlices(schedule, rate, epoch, stepsPerEpoch, seen, plateau, dtype, isTime);
  };
}

/** Whether a schedule may be refused after some epochs. */
export function mayBeRefused(schedule: Schedule, rate: number): boolean {
  return typeof schedule === "function" || ratesOfType(schedule.type).mayBeRefused?.(schedule, rate) === true;
}

/** A read-only view of the array: copying it for every epoch would take quadratic time. */
function readOnly(array: readonly number[]): readonly number[] {
  const refuse = () => false;
  return new Proxy(array, {
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
    preventExtensions: refuse,
  });
}

/**
 * The rates of all steps of an epoch.
 *
 * @param schedule - What `resolveSchedule` returned.
 * @param rate - The optimizer's learning rate.
 * @param epoch - How many epochs the network has finished.
 * @param known - The losses, validation losses and metrics of all past epochs.
 * @param plateau - The state of a plateau; without it, the state is computed from `rate` and what it watches.
 * @param dtype - What the rates will be rounded to.
 * @returns `stepsPerEpoch` numbers, 0 or more, finite in the dtype.
 * @throws OptionError if the schedule gives something else
 * @example
 * ```ts
 * const schedule = resolveSchedule("schedule", { type: "cosine", epochs: 2, warmup: 1 });
 * ratesOfEpoch(schedule, 0.1, 0, 4); // 0.025, 0.05, 0.075, 0.1
 * ```
 */
export function ratesOfEpoch(
  schedule: Schedule,
  rate: number,
  epoch: number,
  stepsPerEpoch: number,
  { losses = [], validationLosses = [], metrics = {} }: Partial<Known> = {},
  plateau?: Plateau,
  dtype: DType = "f64",
): Float64Array {
  const known = { losses, validationLosses, metrics };
  return atOnce(ratesInSlices(schedule, rate, epoch, stepsPerEpoch, known, plateau, dtype, undefined));
}

/** `ratesOfEpoch` that yields where it is time to. */
function* ratesInSlices(
  schedule: Schedule,
  rate: number,
  epoch: number,
  stepsPerEpoch: number,
  known: Known,
  plateau: Plateau | undefined,
  dtype: DType,
  isTime: IsTime,
): Generator<undefined, Float64Array> {
  const rateOf = rateOfStep(schedule, rate, epoch, stepsPerEpoch, known, plateau);
  const rates = floatArray("f64", stepsPerEpoch) as Float64Array;
  yield* inSlices(isTime, stepsPerEpoch, (first, count) => {
    for (let step = first; step < first + count; step++) {
      const value: unknown = rateOf(step);
      const isRate = typeof value === "number" && Number.isFinite(value) && value >= 0;
      if (!isRate || (dtype === "f32" && Math.fround(value) === Number.POSITIVE_INFINITY)) {
        const why = isRate ? "that is infinite in f32" : "a finite number of 0 or more is expected";
        throw refused(schedule, value, epoch, step, why);
      }
      rates[step] = value;
    }
  });
  return rates;
}

function refused(schedule: Schedule, value: unknown, epoch: number, step: number, why: string): OptionError {
  ignore(value);
  const which = show(typeof schedule === "function" ? schedule : schedule.type);
  return new OptionError(`the schedule, ${which}, gives ${show(value)} in epoch ${epoch}, step ${step}; ${why}`);
}

function rateOfStep(
  schedule: Schedule,
  rate: number,
  epoch: number,
  stepsPerEpoch: number,
  known: Known,
  plateau: Plateau | undefined,
): (step: number) => unknown {
  const { losses, validationLosses, metrics } = known;
  if (typeof schedule === "function") {
    return (step) => schedule({ epoch, step, stepsPerEpoch, rate, losses, validationLosses, metrics });
  }
  const { rate: rateOf } = ratesOfType(schedule.type);
  if (rateOf === undefined) {
    const { monitor } = schedule as Required<PlateauSchedule>;
    const values = monitor === "loss" ? losses : isLoss(monitor) ? validationLosses : (metrics[monitor] ?? []);
    const { rate: current } = plateau ?? values.reduce(afterEpoch, plateauOf(schedule, rate))!;
    return () => current;
  }
  const ofEpoch = { rate, epoch, stepsPerEpoch };
  const first = epoch * stepsPerEpoch;
  if (SCHEDULES[schedule.type].changesByStep) return (step) => rateOf(schedule, ofEpoch, first + step);
  const value = rateOf(schedule, ofEpoch, first);
  return () => value;
}

/** Whether the rate changes from step to step, not with the epoch alone. */
export function changesByStep(schedule: Schedule | undefined): boolean {
  return typeof schedule === "function" || (schedule !== undefined && SCHEDULES[schedule.type].changesByStep === true);
}

/** Of a schedule, which they take. */
function ratesOfType(type: NamedSchedule["type"]): Rates<NamedSchedule> {
  return RATES[type] as Rates<NamedSchedule>;
}
