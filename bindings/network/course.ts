// How work goes on that yields: through to its end at once, or with turns of the event loop and promises in between.

import type { ResolvedFitOptions } from "../options/fit.ts";
import type { Wait } from "../promises.ts";
import type { IsTime } from "../rows.ts";
import { deadlineAfter, nextTurn, Slice } from "./slices.ts";
import { Stop } from "./stop.ts";

/** How a training is run. */
export interface Course {
  readonly stop: Stop;
  /** Undefined for a training that neither shares the thread nor needs the clock. */
  readonly slice: Slice | undefined;
  /** Whether it is time for a turn; undefined for a training that can't wait, neither for turns nor for promises. */
  readonly isTime: IsTime;
  /** When its time is over. */
  readonly deadline: number | undefined;
}

/** That of `fitAsync`; `slice` began with the call. */
export function courseOf(
  { signal, timeLimit }: Pick<ResolvedFitOptions, "signal" | "timeLimit">,
  slice: Slice,
): Course {
  const isTime = (work: number) => slice.isOver(work);
  return { stop: new Stop(signal), slice, isTime, deadline: deadlineAfter(timeLimit) };
}

/** That of `fit`, which looks at the clock where an option asks for it. */
export function courseAtOnce({ timeLimit, checkpoint }: Pick<ResolvedFitOptions, "timeLimit" | "checkpoint">): Course {
  const looks = timeLimit !== undefined || checkpoint?.everySeconds !== undefined;
  const slice = looks ? new Slice() : undefined;
  return { stop: new Stop(), slice, isTime: undefined, deadline: deadlineAfter(timeLimit) };
}

/** Runs a training through, without a wait. */
export function finish<R>(run: Generator<Wait, R, unknown>): R {
  let turn = run.next();
  while (!turn.done) turn = run.next();
  return turn.value;
}

/** Runs a training and waits where it wants to. */
export async function finishAsync<R>(
  run: Generator<Wait, R, unknown>,
  { stop = new Stop(), slice }: Partial<Course> = {},
): Promise<R> {
  try {
    let turn = run.next();
    while (!turn.done) {
      try {
        const answer = await stop.wait(turn.value ?? nextTurn());
        if (turn.value === undefined) {
          stop.throwIfEnded();
          slice?.restart();
        }
        turn = run.next(answer);
      } catch (error) {
        turn = run.throw(error); // what the training itself threw is thrown again
      }
    }
    return turn.value;
  } finally {
    stop.release();
  }
}
