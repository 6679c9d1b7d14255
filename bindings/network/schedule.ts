// How fitAsync shares its thread: slices of training short enough for a 60 Hz page, and a turn of the event loop between.

/** What a slice takes, at most. */
export const SLICE_MS = 6;
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

const FRAME_MS = 1000 / 60;
const LATE_MS = 10; // behind its time, a frame is waited for
const STARVED = 3; // after as many in a row it is known that frames don't come by themselves
const UNSEEN_MS = 100; // but not for longer: a page may have no frames, hidden or in a frame that is out of sight

interface Frame {
  readonly due: number;
  readonly come: Promise<void>;
  waited: boolean;
}

let frame: Frame | undefined; // that was asked for
let lastFrame = 0;
let waitedInARow = 0;

/**
 * Of a page that is seen: the frame that is due. Firefox has tasks go ahead of frames, and would show 20 a second. In Chromium
 * they come in time, and a thread that waits for them does nothing for a twentieth of its time.
 */
function overdueFrame(): Promise<void> | undefined {
  const { document, requestAnimationFrame } = globalThis as Partial<typeof globalThis>;
  if (document?.visibilityState !== "visible" || requestAnimationFrame === undefined) return undefined;
  const now = performance.now();
  frame ??= askForFrame(requestAnimationFrame, now);
  if (now < frame.due + (waitedInARow < STARVED ? LATE_MS : -SLICE_MS / 2)) return undefined;
  frame.waited = true;
  return frame.come;
}

function askForFrame(requestAnimationFrame: Window["requestAnimationFrame"], now: number): Frame {
  const asked: Frame = {
    due: Math.max(lastFrame + FRAME_MS, now),
    waited: false,
    come: new Promise((resolve) => {
      requestAnimationFrame((time) => {
        waitedInARow = asked.waited ? waitedInARow + 1 : 0;
        lastFrame = time;
        frame = undefined;
        resolve();
      });
      setTimeout(resolve, UNSEEN_MS);
    }),
  };
  return asked;
}
