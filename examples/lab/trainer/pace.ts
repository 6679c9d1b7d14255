// How much of the time goes into what is not training.

/** A task that may take a share of the time: after each turn it waits until that share is kept. */
export class Spaced {
  #next = 0;
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

  isDue(now: number): boolean {
    return now >= this.#next;
  }

  /** After a turn that began at one time and ended at another. */
  spent(began: number, ended: number): void {
    // a first turn is slow, and clocks of pages are coarse: the middle one of the latest five counts
    this.#costs = [...this.#costs.slice(-4), ended - began];
    const cost = [...this.#costs].sort((a, b) => a - b)[this.#costs.length >> 1]!;
    this.#next = began + Math.max(this.#least, Math.min(this.#most, cost / this.#share));
  }
}

const RUNGS = 256;
const SHARE = 0.02;
const WINDOW_MS = 20;

/** Digests after every `stride`-th epoch; the stride doubles where there are many, or where they take too long. */
export class Ladder {
  stride = 1;
  #rungs: { epoch: number; digest: string }[] = [];
  #told = 0;
  #cost = 0;
  #since = 0; // when this stride began, in milliseconds of training

  /** Adds a digest if this epoch is to have one. `trained`: milliseconds since the training began. */
  climb(epoch: number, digest: () => string, now: () => number, trained: number): void {
    if (epoch % this.stride !== 0) return;
    const began = now();
    this.#rungs.push({ epoch, digest: digest() });
    this.#cost += now() - began;
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

type Values = readonly [loss: number, validationLoss: number, metric: number, validationMetric: number];

/** What the epochs gave since it was last asked; values that nobody measured are NaN. */
export class Records {
  #epochs: number[] = [];
  #columns: number[][] = [[], [], [], []];
  #every = 1;

  add(epoch: number, ...values: Values): void {
    // the latest is there in any case, and gives its place up if it isn't due
    const isLatestDue = this.#epochs.length === 0 || this.#isDue(this.#epochs.length - 1);
    if (!isLatestDue) for (const list of [this.#epochs, ...this.#columns]) list.pop();
    this.#epochs.push(epoch);
    values.forEach((value, n) => void this.#columns[n]!.push(value));
    if (this.#epochs.length < LONGEST) return;
    this.#every *= 2;
    const isKept = this.#epochs.map((_, n) => this.#isDue(n) || n === this.#epochs.length - 1);
    const thin = (list: number[]) => list.filter((_, n) => isKept[n]);
    [this.#epochs, this.#columns] = [thin(this.#epochs), this.#columns.map(thin)];
  }

  #isDue(n: number): boolean {
    return this.#epochs[n]! % this.#every === 0 || !Number.isNaN(this.#columns[2]![n]!);
  }

  /** Fills in what was measured of the latest epoch; false if that was taken. */
  amend(...values: Values): boolean {
    const latest = this.#epochs.length - 1;
    values.forEach((value, n) => {
      if (latest >= 0 && Number.isNaN(this.#columns[n]![latest]!)) this.#columns[n]![latest] = value;
    });
    return latest >= 0;
  }

  take() {
    const [loss, validationLoss, metric, validationMetric] = this.#columns.map((list) => Float64Array.from(list));
    const epochs = Float64Array.from(this.#epochs);
    this.#epochs = [];
    this.#columns = [[], [], [], []];
    this.#every = 1;
    return {
      epochs,
      loss: loss!,
      validationLoss: validationLoss!,
      metric: metric!,
      validationMetric: validationMetric!,
    };
  }
}
