// Whether several threads train faster than one is measured as they go, since it depends on the machine and on what
// else it has to do: calls are a few milliseconds long, now and then some go the other way, and the faster way is
// taken. The bits are the same either way.

const CALL_MS = 4;
const MAX_STEPS = 2 ** 31;
const FIRST_WORK = 2e6; // multiply-adds of the first call
// The other way is tried after so many calls, and each time it is slower after twice as many.
const FIRST_TRIAL = 25;
const LAST_TRIAL = 400;
// A way's first calls don't count: threads wake up, all on the core of the one that woke them.
const SETTLING = { one: 1, all: 25 };
const ASLEEP_MS = 50; // after such a pause they wake up again
// A way is judged by the median of so many calls: one of them may have waited for something else on the machine.
const JUDGED = 7;

/** Where there is no clock it stands still: nothing is judged. */
const now = () => (globalThis as Partial<typeof globalThis>).performance?.now() ?? 0;

export class Pace {
  readonly #limit: (members: number) => void;
  readonly #members: number;
  /** Multiply-adds of a step. */
  readonly stepWork: number;
  /** Steps a millisecond: of one thread, of all. A way not yet taken is worth a trial. */
  readonly #rates: [one: number, all: number] = [Infinity, Infinity];
  #recent: number[] = []; // rates of the way's last calls
  #trying = false;
  readonly #waits: [one: number, all: number] = [FIRST_TRIAL, FIRST_TRIAL];
  #untilTrial = FIRST_TRIAL;
  #all = true;
  #calls = 0; // since the way was changed, or a pause
  #end = 0; // of the last call, by the clock
  /** How many steps the next call may take. */
  steps: number;

  /** `limit`: has the next call use so many members. */
  constructor(limit: (members: number) => void, members: number, stepWork: number) {
    this.#limit = limit;
    this.#members = members;
    this.stepWork = stepWork;
    this.steps = clamp(FIRST_WORK / stepWork);
  }

  /** Has `call` take so many steps; it returns whether it did, and not fewer because the training ended. */
  measure(steps: number, call: () => boolean): void {
    this.#limit(this.#all ? this.#members : 1);
    const start = now();
    if (start - this.#end > ASLEEP_MS) this.#calls = 0;
    const whole = call();
    this.#end = now();
    const elapsed = Math.max(this.#end - start, 1e-3); // a coarse clock may stand still
    if (!whole) return;
    if (steps === this.steps) this.steps = clamp(steps * Math.min(Math.max(CALL_MS / elapsed, 1 / 2), 4));
    if (++this.#calls > SETTLING[this.#all ? "all" : "one"] && elapsed > CALL_MS / 2) this.#judge(steps / elapsed);
  }

  #judge(rate: number): void {
    this.#recent.push(rate);
    if (this.#recent.length < JUDGED) return;
    const way = this.#all ? 1 : 0;
    this.#rates[way] = [...this.#recent].sort((a, b) => a - b)[JUDGED >> 1]!;
    this.#recent.shift();
    const slower = this.#rates[way] < this.#rates[1 - way]!;
    if (this.#trying) {
      this.#trying = false;
      this.#waits[1 - way] = slower ? Math.min(2 * this.#waits[1 - way]!, LAST_TRIAL) : FIRST_TRIAL;
      if (slower) this.#turn();
    } else if (slower) {
      this.#turn();
    } else if (--this.#untilTrial <= 0) {
      this.#turn();
      this.#trying = true;
    }
  }

  #turn(): void {
    this.#all = !this.#all;
    this.#untilTrial = this.#waits[this.#all ? 1 : 0];
    this.#calls = 0;
    this.#recent = [];
  }
}

function clamp(steps: number): number {
  return Math.min(Math.max(1, Math.floor(steps)), MAX_STEPS);
}
