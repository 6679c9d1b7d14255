// How fitAsync shares its thread: slices of training short enough for a 60 Hz page, and a turn of the event loop
// between.

interface Primitives {
  readonly performance?: { now(): number };
  readonly scheduler?: { postTask?(run: () => void): Promise<void> };
  readonly setImmediate?: (run: () => void) => void;
  readonly setTimeout?: (run: () => void, ms: number) => void;
  readonly MessageChannel?: typeof MessageChannel;
}

interface NodeProcess {
  getBuiltinModule?(name: string): Primitives;
}

// read when this module is loaded, so that timers which tests fake later are not used
const primitives = /* @__PURE__ */ takePrimitives();

function takePrimitives(): Primitives {
  const { performance, scheduler, setImmediate, setTimeout, MessageChannel } = globalThis as unknown as Primitives;
  const { process } = globalThis as { process?: NodeProcess };
  // a polyfill may have half of something
  const now = isFunction(performance?.now) ? performance.now.bind(performance) : undefined;
  return {
    ...(now && { performance: { now } }),
    ...(scheduler && { scheduler }),
    ...(isFunction(setImmediate) && { setImmediate }),
    ...(isFunction(setTimeout) && { setTimeout }),
    // Jest's pages have none of their own
    ...(isFunction(MessageChannel) ? { MessageChannel } : process?.getBuiltinModule?.("node:worker_threads")),
  };
}

function isFunction<T>(value: T): value is NonNullable<T> {
  return typeof value === "function";
}

/** Milliseconds by a clock that no one sets; it may be coarse, or stand still while there is work (workerd). */
export const now: () => number = /* @__PURE__ */ (() => primitives.performance?.now ?? Date.now)();

/** What a slice takes, at most. */
export const SLICE_MS = 6;
const CALL_MS = 2; // a slice is several calls, so that one that takes longer than the last doesn't make a long task
const NO_CLOCK_WORK = 5e5; // multiply-adds in a slice if the clock stands still
const UNIT_WORK = 1000; // the least number of multiply-adds that a step, row or listener is taken for
const GROWTH = 4; // a coarse clock can err: calls grow gently

/** The time since the event loop had its last turn. */
export class Slice {
  #start = now();
  #work = 0;
  /** When the clock was last read. */
  time: number = this.#start;

  /** Reads the clock; true when it is time for a turn. `work`: multiply-adds since it was last read. */
  isOver(work: number = UNIT_WORK): boolean {
    this.time = now();
    this.#work += work;
    if (this.time === this.#start) return this.#work >= NO_CLOCK_WORK;
    return this.time - this.#start > SLICE_MS - CALL_MS;
  }

  restart(): void {
    this.#start = now();
    this.#work = 0;
    this.time = this.#start;
  }
}

/** Decides how many units of work (steps or rows) a call does, from the time that earlier calls took. */
export class Portion {
  readonly #slice: Slice;
  readonly #unitWork: number;
  #units = 1; // in the first call, since the time for a unit isn't known yet and a unit can't be divided
  #taken = 0;
  #start = 0;

  /** `unitWork`: multiply-adds of one unit. */
  constructor(slice: Slice, unitWork: number) {
    this.#slice = slice;
    this.#unitWork = Math.max(unitWork, UNIT_WORK);
    this.restart();
  }

  /** How many units the next call may take. */
  get left(): number {
    return this.#units - this.#taken;
  }

  /** After a call of so many: whether it is time for a turn. The clock is read once in CALL_MS. */
  spend(units: number): boolean {
    this.#taken += units;
    if (this.#taken < this.#units) return false;
    const isOver = this.#slice.isOver(this.#taken * this.#unitWork);
    const elapsed = this.#slice.time - this.#start;
    const fitting = (elapsed > 0 ? CALL_MS / elapsed : GROWTH) * this.#taken;
    const most = elapsed > 0 ? this.#units * GROWTH : NO_CLOCK_WORK / this.#unitWork;
    this.#units = Math.max(1, Math.floor(Math.min(fitting, most)));
    this.restart();
    return isOver;
  }

  /** The next call begins now: other work took time since the last. */
  restart(): void {
    this.#taken = 0;
    this.#start = this.#slice.time;
  }
}

/** By `now`, when so many seconds are over; undefined for never. */
export function deadlineAfter(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : now() + seconds * 1000;
}

export function isOver(deadline: number | undefined): boolean {
  return deadline !== undefined && now() >= deadline;
}

/** Lets the event loop run: input, timers and painting come before the next slice. */
export function nextTurn(): Promise<void> {
  return overdueFrame()?.then(turn) ?? turn();
}

type Way = () => Promise<void>;

/** What may be a turn of the event loop, the shortest first. */
function* waysToTurn({ scheduler, setImmediate, MessageChannel, setTimeout }: Primitives): Generator<Way> {
  // not scheduler.yield: what it continues goes ahead of timers, messages and most frames
  if (typeof scheduler?.postTask === "function") yield () => scheduler.postTask!(() => {});
  if (isReal(setImmediate)) yield () => new Promise((resolve) => setImmediate(resolve));
  // unlike setTimeout, a message is not delayed by 4 ms
  if (MessageChannel !== undefined) yield () => message(new MessageChannel());
  if (setTimeout !== undefined) yield () => timeout();
}

function message({ port1, port2 }: MessageChannel): Promise<void> {
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

function timeout(ms = 0): Promise<void> {
  const { setTimeout } = primitives; // as a method of another object it is refused
  return new Promise((resolve) => setTimeout!(resolve, ms));
}

/** Whether a timer is a test's fake one, which only runs when the test says so. Fake timers have marks. */
function isReal<T extends object>(timer: T | undefined): timer is T {
  return timer !== undefined && !("clock" in timer) && !("_isMockFunction" in timer);
}

// Not every asynchronous callback gives timers a turn: workerd prefers messages, and React Native immediates. So each
// way is tried out: if a timer doesn't fire within so many turns and so much time, the way is not used.
const TRIAL_TURNS = 8;
const TRIAL_MS = 30;

interface Trial {
  turns: number;
  readonly start: number;
  passed: boolean;
}

let ways: Way[] | undefined;
let trial: Trial | undefined;

async function turn(): Promise<void> {
  ways ??= [...waysToTurn(primitives)];
  const way = ways[0];
  if (ways.length < 2 || !isReal(primitives.setTimeout)) return way?.();
  trial ??= beginTrial(primitives.setTimeout);
  const tried = trial;
  if (tried.passed || tried.turns++ < TRIAL_TURNS) return way!();
  const start = now();
  if (start > tried.start && start < tried.start + TRIAL_MS) return way!();
  await timeout();
  // if timers themselves are slow, as in a hidden page, the way is good
  if (trial !== tried || now() - start > TRIAL_MS) return;
  ways.shift();
  trial = undefined;
}

function beginTrial(setTimeout: NonNullable<Primitives["setTimeout"]>): Trial {
  const begun = { turns: 0, start: now(), passed: false };
  setTimeout(() => {
    begun.passed = true;
  }, 0);
  return begun;
}

const FRAME_MS = 1000 / 60;
const LATE_MS = 10; // behind its time, a frame is waited for
const MISSED_FRAMES = 3; // after as many in a row it is known that frames don't come by themselves
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
 * Of a page that is seen: the frame that is due. Firefox has tasks go ahead of frames, and would show 20 a second. In
 * Chromium they come in time, and a thread that waits for them does nothing for a twentieth of its time.
 */
function overdueFrame(): Promise<void> | undefined {
  const { document, requestAnimationFrame } = globalThis as Partial<typeof globalThis>;
  if (document?.visibilityState !== "visible" || requestAnimationFrame === undefined) return undefined;
  const time = now();
  frame ??= askForFrame(requestAnimationFrame, time);
  if (time < frame.due + (waitedInARow < MISSED_FRAMES ? LATE_MS : -SLICE_MS / 2)) return undefined;
  frame.waited = true;
  return frame.come;
}

function askForFrame(requestAnimationFrame: Window["requestAnimationFrame"], time: number): Frame {
  const asked: Frame = {
    due: Math.max(lastFrame + FRAME_MS, time),
    waited: false,
    come: new Promise((resolve) => {
      requestAnimationFrame((shown) => {
        waitedInARow = asked.waited ? waitedInARow + 1 : 0;
        lastFrame = shown;
        frame = undefined;
        resolve();
      });
      void timeout(UNSEEN_MS).then(resolve);
    }),
  };
  return asked;
}
