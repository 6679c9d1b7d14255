// Whether several threads train faster than one is measured as they go, since it depends on the machine and on what else it
// has to do: calls are a few milliseconds long, now and then one goes the other way, and the faster way is taken. The bits are
// the same either way.

const CALL_MS = 4;
const MAX_STEPS = 2 ** 31;
const FIRST_WORK = 2e6; // multiply-adds of the first call
// The other way is tried after so many calls, then after twice as many, and so on: compilers take their time at first.
const FIRST_TRIAL = 25;
const LAST_TRIAL = 400;
// A way's first calls don't count: threads wake up, all on the core of the one that woke them.
const SETTLING = { one: 1, all: 10 };

export class Pace {
  readonly #limit: (members: number) => void;
  readonly #members: number;
  /** Multiply-adds of a step. */
  readonly stepWork: number;
  /** Steps a millisecond: of one thread, of all; 0 is not known. */
  readonly #rates: [one: number, all: number] = [0, 0];
  #untilTrial = FIRST_TRIAL;
  #nextTrial = FIRST_TRIAL;
  #all = true;
  #calls = 0; // since the way was changed
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
    const start = performance.now();
    const whole = call();
    const elapsed = Math.max(performance.now() - start, 1e-3); // a coarse clock may stand still
    if (!whole) return;
    if (steps === this.steps) this.steps = clamp(steps * Math.min(CALL_MS / elapsed, 4));
    if (++this.#calls > SETTLING[this.#all ? "all" : "one"] && elapsed > CALL_MS / 2) this.#judge(steps / elapsed);
  }

  #judge(rate: number): void {
    const way = this.#all ? 1 : 0;
    this.#rates[way] = rate;
    const known = this.#rates[1 - way] !== 0;
    if (known && --this.#untilTrial > 0) {
      this.#turn(this.#rates[1] > this.#rates[0]);
      return;
    }
    if (known) {
      this.#nextTrial = Math.min(2 * this.#nextTrial, LAST_TRIAL);
      this.#untilTrial = this.#nextTrial;
    }
    this.#turn(!this.#all);
  }

  #turn(all: boolean): void {
    if (all === this.#all) return;
    this.#all = all;
    this.#calls = 0;
  }
}

function clamp(steps: number): number {
  return Math.min(Math.max(1, Math.floor(steps)), MAX_STEPS);
}
