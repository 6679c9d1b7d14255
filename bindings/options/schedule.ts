// Learning-rate schedules: the rate of every step is a pure function of the epoch, the step and the history of past
// epochs. So a training that was interrupted, saved and resumed takes the same steps. Rates are computed in f64, by the
// four basic operations alone. The state of a plateau is kept with the network, so that two trainings equal one long
// one.

import type { MetricName } from "../catalog/metrics.ts";
import {
  checkAmount,
  checkChoice,
  checkKeys,
  checkNames,
  checkPositive,
  checkReadable,
  checkWhole,
  show,
} from "../checks.ts";
import type { ByMetric } from "../data/metrics.ts";
import { OptionError } from "../errors.ts";
import { type DType, floatArray, power } from "../numbers.ts";
import { ignore, type Wait } from "../promises.ts";
import { atOnce, type IsTime, inSlices } from "../rows.ts";
import { checkMonitor, isLoss, isLowerBetter, type Monitor } from "./monitor.ts";

/** The learning rate stays what it is. */
export interface ConstantSchedule {
  /** The kind of the schedule. */
  readonly type: "constant";
}

/** The rate is rate · factor^⌊epoch / every⌋, as in PyTorch's StepLR. */
export interface StepSchedule {
  /** The kind of the schedule. */
  readonly type: "step";
  /** Epochs from one change to the next: whole, 1 or more. */
  readonly every: number;
  /** Finite, more than 0; default 0.1. */
  readonly factor?: number;
}

/** The rate is rate · factor^epoch, as in PyTorch's ExponentialLR. */
export interface ExponentialSchedule {
  /** The kind of the schedule. */
  readonly type: "exponential";
  /** Finite, more than 0. */
  readonly factor: number;
}

/**
 * A linear warm-up, then half a cosine down, as in PyTorch's CosineAnnealingLR. The rate changes with every step. The
 * last step of the warm-up has the learning rate itself. The first step after `epochs`, and all later ones, have
 * `minimum`.
 */
export interface CosineSchedule {
  /** The kind of the schedule. */
  readonly type: "cosine";
  /** Length of warm-up and cosine in epochs: whole, 1 or more. */
  readonly epochs: number;
  /** Epochs of warm-up, 0 or more, no more than `epochs`, rounded to whole steps; default 0. */
  readonly warmup?: number;
  /** The lowest rate: finite, 0 or more; default 0. */
  readonly minimum?: number;
}

/**
 * Half a cosine up from rate / divide to the rate, then half a cosine down to rate / divide / finalDivide, as in
 * PyTorch's OneCycleLR without its momentum. The rate changes with every step. It reaches its end at the last step of
 * `epochs`, and stays there.
 */
export interface OneCycleSchedule {
  /** The kind of the schedule. */
  readonly type: "oneCycle";
  /** Length of the cycle in epochs: whole, 1 or more. */
  readonly epochs: number;
  /** Finite, more than 0; default 25. */
  readonly divide?: number;
  /** Finite, more than 0; default 1e4. */
  readonly finalDivide?: number;
  /** The share of the cycle in which the rate rises: 0 or more, less than 1; default 0.3. */
  readonly rise?: number;
}

/**
 * Multiplies the rate by `factor` after more than `patience` epochs in a row without a better value than the best, as
 * PyTorch's ReduceLROnPlateau does. Like PyTorch, it does not change the rate by 1e-8 or less. Its state (best value,
 * counts, rate) stays with the network and is saved with it; the next training with the same plateau continues from it.
 * Training with another schedule or none resets the state, and so does setting `learningRate`.
 */
export interface PlateauSchedule {
  /** The kind of the schedule. */
  readonly type: "plateau";
  /**
   * The value to watch, "loss" by default. "validationLoss" needs validation data, and a metric needs to be among
   * `metrics`. If a metric is undefined on the data, such as the AUC of one class, `fit` throws a DataError.
   */
  readonly monitor?: "loss" | "validationLoss" | MetricName;
  /** More than 0, less than 1; default 0.1. */
  readonly factor?: number;
  /** Epochs: whole, 0 or more; default 10. */
  readonly patience?: number;
  /**
   * A value is better if it is below best · (1 − threshold), or for metrics that are better when larger, above
   * best · (1 + threshold): 0 or more, less than 1; default 1e-4.
   */
  readonly threshold?: number;
  /** Epochs after a reduction that are not counted: whole, 0 or more; default 0. */
  readonly cooldown?: number;
  /** The lowest rate: finite, 0 or more; default 0. */
  readonly minimum?: number;
}

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

/** A schedule that JSON can hold. */
export type NamedSchedule =
  | ConstantSchedule
  | StepSchedule
  | ExponentialSchedule
  | CosineSchedule
  | OneCycleSchedule
  | PlateauSchedule;

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

type Resolved<Type extends NamedSchedule["type"]> = Required<Extract<NamedSchedule, { type: Type }>>;

type Check<T = unknown> = (name: string, value: unknown) => T;

// marked as free of side effects, so that bundlers can drop the table below from programs that don't train
const wholeFrom = /* @__NO_SIDE_EFFECTS__ */ (min: number) => (name: string, value: unknown) =>
  checkWhole(name, value, min, 2 ** 31);

const below1 = /* @__NO_SIDE_EFFECTS__ */ (check: Check<number>) => (name: string, value: unknown) => {
  if (check(name, value) < 1) return value as number;
  throw new OptionError(`${name} is ${value}; a number below 1 is expected`);
};

/** The check and the default of every option. */
const OPTIONS: {
  [Type in NamedSchedule["type"]]: {
    [Key in Exclude<keyof Resolved<Type>, "type">]: readonly [Check, (number | Monitor)?];
  };
} = {
  constant: {},
  step: { every: [wholeFrom(1)], factor: [checkPositive, 0.1] },
  exponential: { factor: [checkPositive] },
  cosine: { epochs: [wholeFrom(1)], warmup: [checkAmount, 0], minimum: [checkAmount, 0] },
  oneCycle: {
    epochs: [wholeFrom(1)],
    divide: [checkPositive, 25],
    finalDivide: [checkPositive, 1e4],
    rise: [below1(checkAmount), 0.3],
  },
  plateau: {
    monitor: [checkMonitor, "loss"],
    factor: [below1(checkPositive), 0.1],
    patience: [wholeFrom(0), 10],
    threshold: [below1(checkAmount), 1e-4],
    cooldown: [wholeFrom(0), 0],
    minimum: [checkAmount, 0],
  },
};

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
  const type = checkChoice(`${name}.type`, given.type, Object.keys(OPTIONS) as NamedSchedule["type"][]);
  const options: Record<string, readonly [Check, (number | Monitor)?]> = OPTIONS[type];
  checkNames(name, given, ["type", ...Object.keys(options)]);
  const resolved: Record<string, unknown> = { type };
  for (const [key, [check, standard]] of Object.entries(options)) {
    const value = given[key];
    resolved[key] = check(`${name}.${key}`, value === undefined ? standard : value);
  }
  const { warmup, epochs } = resolved as Partial<Resolved<"cosine">>;
  if (warmup! > epochs!) {
    throw new OptionError(`${name}.warmup is ${warmup}; no more than epochs, ${epochs}, is expected`);
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

/**
 * Whether a schedule may give more than the learning rate, or watch what is undefined: then it is refused after some
 * epochs.
 */
export function mayBeRefused(schedule: Schedule, rate: number): boolean {
  if (typeof schedule === "function") return true;
  if (schedule.type === "plateau" && !isLoss(schedule.monitor!)) return true;
  const {
    factor = 0,
    minimum = 0,
    divide = 1,
    finalDivide = 1,
  } = schedule as Partial<Resolved<"step"> & Resolved<"cosine"> & Resolved<"oneCycle">>;
  return factor > 1 || minimum > rate || divide < 1 || finalDivide < 1;
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
  const resolved = schedule as Resolved<NamedSchedule["type"]>;
  const first = epoch * stepsPerEpoch;
  if (resolved.type === "cosine") return (step) => cosineRate(resolved, rate, first + step, stepsPerEpoch);
  if (resolved.type === "oneCycle") return (step) => oneCycleRate(resolved, rate, first + step, stepsPerEpoch);
  let value = rate;
  if (resolved.type === "step") value *= power(resolved.factor, Math.floor(epoch / resolved.every));
  else if (resolved.type === "exponential") value *= power(resolved.factor, epoch);
  else if (resolved.type === "plateau") {
    const { monitor } = resolved as Required<PlateauSchedule>;
    const values = monitor === "loss" ? losses : isLoss(monitor) ? validationLosses : (metrics[monitor] ?? []);
    value = (plateau ?? values.reduce(afterEpoch, plateauOf(schedule, rate))!).rate;
  }
  return () => value;
}

/** Whether the rate changes from step to step, not with the epoch alone. */
export function changesByStep(schedule: Schedule | undefined): boolean {
  return typeof schedule === "function" || schedule?.type === "cosine" || schedule?.type === "oneCycle";
}

/** `step`: steps since the network was created, here and below. */
function cosineRate(
  { epochs, warmup, minimum }: Resolved<"cosine">,
  rate: number,
  step: number,
  stepsPerEpoch: number,
): number {
  const steps = Math.floor(warmup * stepsPerEpoch + 0.5);
  if (step < steps) return rate * ((step + 1) / steps);
  return anneal(rate, minimum, step, steps, epochs * stepsPerEpoch);
}

function oneCycleRate(
  { epochs, divide, finalDivide, rise }: Resolved<"oneCycle">,
  rate: number,
  step: number,
  stepsPerEpoch: number,
): number {
  const steps = epochs * stepsPerEpoch;
  const start = rate / divide;
  const peak = rise * steps - 1; // may lie between two steps, or before the first
  return step < peak ? anneal(start, rate, step, 0, peak) : anneal(rate, start / finalDivide, step, peak, steps - 1);
}

/** Half a cosine, exactly `start` at step `from` and `end` at step `to` and after it. */
function anneal(start: number, end: number, step: number, from: number, to: number): number {
  if (step >= to) return end;
  const cosine = cosPi((step - from) / (to - from));
  return start * ((1 + cosine) / 2) + end * ((1 - cosine) / 2);
}

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
export function plateauOf(schedule: Schedule | undefined, rate: number, known?: Plateau): Plateau | undefined {
  if (typeof schedule !== "object" || schedule.type !== "plateau") return undefined;
  const plateau = schedule as Required<PlateauSchedule>;
  if (known !== undefined && plateauOptions().every((name) => known.schedule[name] === plateau[name])) return known;
  return { schedule: plateau, rate, best: worstOf(plateau), badEpochs: 0, cooling: 0 };
}

function worstOf({ monitor }: Required<PlateauSchedule>): number {
  return isLowerBetter(monitor) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

function plateauOptions(): (keyof typeof OPTIONS.plateau)[] {
  return Object.keys(OPTIONS.plateau) as (keyof typeof OPTIONS.plateau)[];
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
    badEpochs: wholeFrom(0)("plateau.badEpochs", badEpochs),
    cooling: wholeFrom(0)("plateau.cooling", cooling),
  };
}

/** cos(πt) for 0 ≤ t ≤ 1 with an error below 1e-15; exact at 0, ½ and 1. */
export function cosPi(t: number): number {
  if (t > 0.5) return -cosPi(1 - t);
  const isSine = t > 0.25; // cos(πt) = sin(π(½ − t))
  const x = 3.141592653589793 * (isSine ? 0.5 - t : t);
  // Taylor's series, nested: 1 − x²/(1·2) · (1 − x²/(3·4) · …); the sine's is x · (1 − x²/(2·3) · …)
  let sum = 1;
  for (let k = isSine ? 17 : 16; k > 1; k -= 2) sum = 1 - ((x * x) / (k * (k - 1))) * sum;
  return isSine ? x * sum : sum;
}
