// The rates of named schedules, computed in f64 by the four basic operations alone: the same on every platform.

import type { NamedSchedule } from "../catalog/schedules.ts";
import { power } from "../numbers.ts";
import { isLoss } from "./monitor.ts";

/** With all options filled in. */
type Resolved<Type extends NamedSchedule["type"]> = Required<Extract<NamedSchedule, { type: Type }>>;

/** The epoch whose rates are asked for. */
interface ScheduledEpoch {
  /** The optimizer's learning rate. */
  readonly rate: number;
  /** How many epochs the network has finished. */
  readonly epoch: number;
  readonly stepsPerEpoch: number;
}

export interface Rates<S> {
  /** The rate of a step, counted since the network was created. Without it, the rate is that of a state. */
  rate?(schedule: S, epoch: ScheduledEpoch, step: number): number;
  /** Whether it may give too much, or watch what is undefined: a training is then refused after some epochs. */
  mayBeRefused?(schedule: S, rate: number): boolean;
}

export const RATES: { readonly [Type in NamedSchedule["type"]]: Rates<Resolved<Type>> } = {
  constant: { rate: (_, { rate }) => rate },
  step: {
    rate: ({ factor, every }, { rate, epoch }) => rate * power(factor, Math.floor(epoch / every)),
    mayBeRefused: ({ factor }) => factor > 1,
  },
  exponential: {
    rate: ({ factor }, { rate, epoch }) => rate * power(factor, epoch),
    mayBeRefused: ({ factor }) => factor > 1,
  },
  cosine: {
    rate({ epochs, warmup, minimum }, { rate, stepsPerEpoch }, step) {
      const steps = Math.floor(warmup * stepsPerEpoch + 0.5);
      if (step < steps) return rate * ((step + 1) / steps);
      return anneal(rate, minimum, step, steps, epochs * stepsPerEpoch);
    },
    mayBeRefused: ({ minimum }, rate) => minimum > rate,
  },
  oneCycle: {
    rate({ epochs, divide, finalDivide, rise }, { rate, stepsPerEpoch }, step) {
      const steps = epochs * stepsPerEpoch;
      const start = rate / divide;
      const peak = rise * steps - 1; // may lie between two steps, or before the first
      return step < peak
        ? anneal(start, rate, step, 0, peak)
        : anneal(rate, start / finalDivide, step, peak, steps - 1);
    },
    mayBeRefused: ({ divide, finalDivide }) => divide < 1 || finalDivide < 1,
  },
  plateau: { mayBeRefused: ({ monitor, minimum }, rate) => !isLoss(monitor) || minimum > rate },
};

/** Half a cosine, exactly `start` at step `from` and `end` at step `to` and after it. */
function anneal(start: number, end: number, step: number, from: number, to: number): number {
  if (step >= to) return end;
  const cosine = cosPi((step - from) / (to - from));
  return start * ((1 + cosine) / 2) + end * ((1 - cosine) / 2);
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
