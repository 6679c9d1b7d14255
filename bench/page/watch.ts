// A turn of a page, watched: by its frames and by a timer.

import type { Turn } from "./frames-rows.ts";

/** What a turn's marks begin with; a trace has them. */
export const MARK = "bitgrad-turn";

const BEAT_MS = 4; // what browsers leave between timers anyway; messages without a pause would take Firefox most of its frames

export async function watch(name: string, run: () => unknown): Promise<Turn> {
  const frames = new Beats((beat) => requestAnimationFrame(beat));
  const timers = new Beats((beat) => setTimeout(beat, BEAT_MS));
  await nextFrame();
  await new Promise((resolve) => setTimeout(resolve)); // a turn begins with a task of its own
  frames.restart();
  timers.restart();
  performance.mark(`${MARK} begin ${name}`);
  const start = performance.now();
  await run();
  const ms = performance.now() - start;
  performance.mark(`${MARK} end ${name}`);
  const { count } = frames;
  timers.stop();
  await nextFrame(); // the one that a training in one go keeps waiting
  frames.stop();
  return { ms, frames: count, frameMs: frames.longestMs, waitMs: timers.longestMs };
}

class Beats {
  count = 0;
  /** From one beat to the next. */
  longestMs = 0;
  #last = performance.now();
  #stopped = false;

  /** `next` has the next beat come. */
  constructor(next: (beat: () => void) => void) {
    const beat = () => {
      if (this.#stopped) return;
      this.count++;
      this.#measure();
      next(beat);
    };
    next(beat);
  }

  /** The time since the last beat stays. */
  restart(): void {
    this.count = 0;
    this.longestMs = 0;
  }

  /** The beat that is missing still counts as late. */
  stop(): void {
    this.#stopped = true;
    this.#measure();
  }

  #measure(): void {
    const now = performance.now();
    this.longestMs = Math.max(this.longestMs, now - this.#last);
    this.#last = now;
  }
}

function nextFrame(): Promise<number> {
  return new Promise(requestAnimationFrame);
}
