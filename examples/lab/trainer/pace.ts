// How much of the time goes into what is not training.

/** A task that may take a share of the time: after each turn it waits until enough was trained. */
export class Spaced {
  #next = 0;
  #latest = 0;
  #nextWork = 0;
  #costs: number[] = [];
  readonly #share: number;
  readonly #least: number;
  readonly #most: number;

  /** `least`, `most`: milliseconds from one turn to the next. */
  constructor(share: number, least = 1000 / 60, most = 1000) {
    this.#share = share;
    this.#least = least;
    this.#most = most;
  }

  /** `work`: milliseconds that all training takes without other programs, which slow it down more than a turn. */
  isDue(now: number, work: number): boolean {
    return now >= this.#next && (work >= this.#nextWork || now >= this.#latest);
  }

  /** After a turn that began at one time and ended at another. */
  spent(began: number, ended: number, work: number): void {
    // a first turn is slow, and clocks of pages are coarse: the middle one of the latest five counts
    this.#costs = [...this.#costs.slice(-4), ended - began];
    const cost = [...this.#costs].sort((a, b) => a - b)[this.#costs.length >> 1]!;
    this.#next = began + this.#least;
    this.#latest = began + this.#most;
    this.#nextWork = work + cost / this.#share;
  }
}

const RUNGS = 256;
const SHARE = 0.01;
const WINDOW_MS = 20;
const CALL_MS = 0.05; // that a training takes to begin and end, as it does at each digest

/** Digests after every `stride`-th epoch; the stride doubles where there are many, or where they take too long. */
export class Ladder {
  stride = 1;
  #rungs: { epoch: number; digest: string }[] = [];
  #told = 0;
  #cost = 0;
  #since = 0; // when this stride began, in milliseconds of training

  /** The epoch after this one that is to have a digest. */
  next(epoch: number): number {
    return (Math.floor(epoch / this.stride) + 1) * this.stride;
  }

  /** Adds a digest if this epoch is to have one. `trained`: milliseconds since the training began. */
  climb(epoch: number, digest: () => string, now: () => number, trained: number): void {
    if (epoch % this.stride !== 0) return;
    const began = now();
    this.#rungs.push({ epoch, digest: digest() });
    this.#cost += now() - began + CALL_MS;
    const isDear = trained - this.#since > WINDOW_MS && this.#cost > SHARE * (trained - this.#since);
    if (this.#rungs.length > RUNGS || isDear) this.#thin();
    if (trained - this.#since > WINDOW_MS) [this.#since, this.#cost] = [trained, 0];
  }

  #thin(): void {
    this.stride *= 2;
    this.#told = this.#rungs.slice(0, this.#told).filter(({ epoch }) => epoch % this.stride === 0).length;
    this.#rungs = this.#rungs.filter(({ epoch }) => epoch % this.stride === 0);
  }

  /** Those that were not told yet. */
  news(): { epoch: number; digest: string }[] {
    const news = this.#rungs.slice(this.#told);
    this.#told = this.#rungs.length;
    return news;
  }
}

const LONGEST = 500;

/** What the epochs gave since it was last asked; values that nobody measured are NaN. */
export class Records {
  // epochs, losses, validation losses, metrics, and those of the validation rows
  readonly #columns = Array.from({ length: 5 }, () => new Float64Array(LONGEST + 1));
  #count = 0;
  #every = 1;

  add(epoch: number, loss: number, validationLoss: number, metric: number, validationMetric: number): void {
    // the latest is there in any case, and gives its place up if it isn't due: there may be 100,000 a second
    if (this.#count > 0 && !this.#isDue(this.#count - 1)) this.#count--;
    const n = this.#count++;
    this.#columns[0]![n] = epoch;
    this.#columns[1]![n] = loss;
    this.#columns[2]![n] = validationLoss;
    this.#columns[3]![n] = metric;
    this.#columns[4]![n] = validationMetric;
    while (this.#count >= LONGEST) this.#thin();
  }

  #thin(): void {
    this.#every *= 2;
    const last = this.#count - 1;
    this.#count = 0;
    for (let n = 0; n <= last; n++) {
      if (!this.#isDue(n) && n < last) continue;
      for (const column of this.#columns) column[this.#count] = column[n]!;
      this.#count++;
    }
  }

  /** Whether an entry stays where they are thinned: also one that was measured. */
  #isDue(n: number): boolean {
    return (
      this.#columns[0]![n]! % this.#every === 0 || (this.#every < MOST_EVERY && !Number.isNaN(this.#columns[3]![n]!))
    );
  }

  /** Fills in what was measured of the latest epoch; false if that was taken. */
  amend(...values: readonly [loss: number, validationLoss: number, metric: number, validationMetric: number]): boolean {
    const latest = this.#count - 1;
    values.forEach((value, n) => {
      const column = this.#columns[n + 1]!;
      if (latest >= 0 && Number.isNaN(column[latest]!)) column[latest] = value;
    });
    return latest >= 0;
  }

  take() {
    const [epochs, loss, validationLoss, metric, validationMetric] = this.#columns.map((c) => c.slice(0, this.#count));
    this.#count = 0;
    this.#every = 1;
    return {
      epochs: epochs!,
      loss: loss!,
      validationLoss: validationLoss!,
      metric: metric!,
      validationMetric: validationMetric!,
    };
  }
}

const MOST_EVERY = 2 ** 20; // then measured ones are thinned, too
