// Memory of networks that were dropped without `dispose` comes back when the collector has found them: in a later turn.

import { OutOfMemoryError } from "../errors.ts";
import { nextTurn } from "./schedule.ts";

const TURNS = 3;

/** What `attempt` gives; where there was no memory for it, and has been asked for, after a few turns. */
export async function whenCollected<T>(attempt: () => Promise<T>): Promise<T> {
  for (let turns = 0; ; turns++) {
    try {
      return await attempt();
    } catch (cause) {
      if (!(cause instanceof OutOfMemoryError) || turns === TURNS) throw cause;
    }
    await nextTurn();
  }
}
