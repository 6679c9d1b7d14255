// How fitAsync shares its thread: slices of training short enough for a 60 Hz page, and a turn of the event loop between.

const SLICE_MS = 8;
const FIRST_SLICE_WORK = 2e6; // multiply-adds: a millisecond or two on the slowest engine

/** Counts out slices of steps, each sized from how long the one before it took. */
export class Slicer {
  readonly #firstSteps: number;
  #steps: number;
  #start = performance.now();
  #elapsedMs = 0;
  /** Steps left in this slice. */
  remaining: number;

  /** `stepWork`: multiply-adds of one step. */
  constructor(stepWork: number) {
    this.#firstSteps = Math.max(1, Math.floor(FIRST_SLICE_WORK / stepWork));
    this.#steps = this.#firstSteps;
    this.remaining = this.#steps;
  }

  /** Takes steps off this slice; true when it is used up. */
  spend(steps: number): boolean {
    this.remaining -= steps;
    this.#elapsedMs = performance.now() - this.#start;
    return this.remaining === 0;
  }

  /** Begins the next slice. Where the clock stands still (workerd), slices keep their first size. */
  restart(): void {
    const fitting = this.#elapsedMs > 0 ? Math.floor((this.#steps * SLICE_MS) / this.#elapsedMs) : this.#firstSteps;
    this.#steps = Math.max(1, Math.min(fitting, this.#steps * 4)); // a coarse clock can err: grow gently
    this.remaining = this.#steps;
    this.#start = performance.now();
  }
}

/** Whether so many seconds are over. */
export function timer(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000;
  return () => performance.now() >= end;
}

interface Scheduler {
  postTask?: (run: () => void) => Promise<void>;
}

/** Lets the event loop run: input, timers and painting come before the next slice. */
export function nextTurn(): Promise<void> {
  const { scheduler, setImmediate } = globalThis as { scheduler?: Scheduler; setImmediate?: (run: () => void) => void };
  // not scheduler.yield: what it continues goes ahead of timers, messages and most frames
  if (typeof scheduler?.postTask === "function") return scheduler.postTask(() => {});
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
    } else if (typeof MessageChannel === "function") {
      // unlike setTimeout, a message is not delayed by 4 ms
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    } else {
      setTimeout(resolve, 0);
    }
  });
}
