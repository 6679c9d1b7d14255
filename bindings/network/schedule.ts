// How fitAsync shares its thread: slices of training short enough for a 60 Hz page, and a turn of the event loop between.

const SLICE_MS = 8;
const CALL_MS = 2; // a slice is several calls, so that one that takes longer than the last doesn't make a long task
const FIRST_CALL_WORK = 2e6; // multiply-adds: a millisecond or two on the slowest engine
const CALLS_IN_THE_DARK = 4; // of a slice, where the clock stands still (workerd)

/** Counts out calls of steps, each sized from how long the one before it took, and slices of several calls. */
export class Slicer {
  readonly #firstSteps: number;
  #steps: number;
  #sliceStart = performance.now();
  #callStart = this.#sliceStart;
  #calls = 0; // in the dark
  #first = true;
  /** Steps left in this call. */
  remaining: number;

  /** `stepWork`: multiply-adds of one step. */
  constructor(stepWork: number) {
    this.#firstSteps = Math.max(1, Math.floor(FIRST_CALL_WORK / stepWork));
    this.#steps = this.#firstSteps;
    this.remaining = this.#steps;
  }

  /** Takes steps off this call; true when the slice is used up: `restart` begins the next. */
  spend(steps: number): boolean {
    this.remaining -= steps;
    if (this.remaining > 0) return false;
    const now = performance.now();
    const elapsed = now - this.#callStart;
    this.#callStart = now;
    const fitting = elapsed > 0 ? Math.floor((this.#steps * CALL_MS) / elapsed) : this.#firstSteps;
    this.#steps = Math.max(1, Math.min(fitting, this.#steps * 4)); // a coarse clock can err: grow gently
    this.remaining = this.#steps;
    if (this.#first) return true; // what came before it, checks and a copy, took time, too
    if (now === this.#sliceStart) return ++this.#calls === CALLS_IN_THE_DARK;
    return now - this.#sliceStart > SLICE_MS - CALL_MS;
  }

  restart(): void {
    this.#first = false;
    this.#calls = 0;
    this.#sliceStart = performance.now();
    this.#callStart = this.#sliceStart;
  }
}

/** Whether so many seconds are over. */
export function timer(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000;
  return () => performance.now() >= end;
}

/** Lets the event loop run: input, timers and painting come before the next slice. */
export function nextTurn(): Promise<void> {
  return overdueFrame()?.then(turn) ?? turn();
}

interface Scheduler {
  postTask?: (run: () => void) => Promise<void>;
}

function turn(): Promise<void> {
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

const FRAME_MS = 7; // a slice later a frame is due: one that was asked for at the end of the last slice
const UNSEEN_MS = 100; // a page that is hidden meanwhile has no frames

let frame: { readonly since: number; readonly come: Promise<void> } | undefined;

/** Of a page that is seen: the frame it asked for a while ago. Firefox has tasks go ahead of frames, and would show 20 a second. */
function overdueFrame(): Promise<void> | undefined {
  const { document, requestAnimationFrame } = globalThis as Partial<typeof globalThis>;
  if (document?.visibilityState !== "visible" || requestAnimationFrame === undefined) return undefined;
  const now = performance.now();
  if (frame === undefined) {
    const come = new Promise<void>((resolve) => {
      const seen = () => {
        if (frame?.come === come) frame = undefined;
        resolve();
      };
      requestAnimationFrame(seen);
      setTimeout(seen, UNSEEN_MS);
    });
    frame = { since: now, come };
  }
  return now - frame.since > FRAME_MS ? frame.come : undefined;
}
