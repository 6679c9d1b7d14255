// The lab behind the element: the settings, the trainings that follow from them, and the parts that show both.

import { type Claim, defaultRecipe, type Machine, type Recipe } from "../recipe.ts";
import type { Event, Frame, Pictures, Verdict } from "../trainer/protocol.ts";
import { makeBar } from "./bar.ts";
import { ClaimBanner } from "./claim.ts";
import { readTheme, type Theme } from "./colors.ts";
import type { Context, Part, Unit } from "./context.ts";
import { h, later, sentence } from "./dom.ts";
import { judge } from "./proof.ts";
import { type Make, Run } from "./run.ts";
import { isDark, watchTheme } from "./theme.ts";

/** Parts that cost much are drawn less often: milliseconds from one drawing to the next. */
interface Shown {
  readonly part: Part;
  readonly every: number;
  last: number;
  isSeen: boolean;
}

export interface Callbacks {
  frame(frame: Frame): void;
  /** The settings have changed. */
  changed(): void;
}

const PREPARING = "Preparing the data and the network…";
const LEAST_POINTS = 4;
const STILL = /* @__PURE__ */ matchMedia("(prefers-reduced-motion: reduce)");
const OUTPUT_SIDE = 60;
const UNIT_SIDE = 20;
const LARGE_UNIT_SIDE = 60;

export class Lab implements Context {
  recipe: Recipe;
  machine: Machine = { engine: "auto", worker: true, threads: 1 };
  file: Uint8Array | undefined;
  looked: Unit | undefined;
  theme!: Theme;
  run: Run;
  other: Run | undefined;
  claim: Claim | undefined;
  verdict: Verdict | undefined;
  /** Epochs a second; 0: as many as can be. Thirty are fast, and can be watched. */
  speed = 30;
  readonly root = h("div", { class: "lab" });
  readonly bar: ReturnType<typeof makeBar>;
  readonly #notices = h("div", { class: "notices" });
  readonly #remarks = h("div", { class: "notices", role: "status" });
  readonly #alert = h("div", { role: "alert" });
  readonly #status = h("div", { role: "status" });
  readonly #probe = h("i", { hidden: true });
  readonly #parts: Shown[] = [];
  readonly #soon: (() => void)[] = [];
  readonly #callbacks: Callbacks;
  readonly #make: Make;
  readonly #reload = later(150, () => this.load(this.#wants));
  readonly #seen: IntersectionObserver;
  /** Somebody wants it to train: what is loaded goes on. */
  #wants = false;
  /** To the end of this epoch; undefined: until it is paused. */
  #until: number | undefined;
  #wasRunning = false;
  #hiddenAt: number | undefined;
  #isAsked = false;
  #gaps: number[] = [];
  #gapTimes: number[] = [];
  #isWatching = false;
  #endTheme: (() => void) | undefined;

  constructor(make: Make, callbacks: Callbacks, recipe = defaultRecipe()) {
    this.#make = make;
    this.#callbacks = callbacks;
    this.recipe = recipe;
    this.run = this.#newRun();
    this.bar = makeBar(this, {
      toggle: () => (this.isTraining ? this.pause() : this.train()),
      step: () => this.#each({ type: "step" }),
      epoch: () => this.#each({ type: "epoch" }),
      again: () => this.load(false),
      speed: (value) => {
        this.speed = value;
        if (this.isTraining) this.train(this.#until);
      },
    });
    const claim = new ClaimBanner(this);
    this.#notices.append(this.#alert, this.#status, this.#remarks, claim.root);
    this.root.append(this.bar.root, this.#notices, this.#probe);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.#seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const shown = this.#parts.find(({ part }) => part.root === target);
        if (shown) shown.isSeen = isIntersecting;
      }
      this.#show();
      this.redraw();
    });
    this.add(this.bar, 100);
    this.add(claim, 100);
  }

  /** Adds a part; its place in the page is its maker's. */
  add(part: Part, every = 0): void {
    this.#parts.push({ part, every, last: 0, isSeen: true });
    this.#seen.observe(part.root);
    if (this.theme !== undefined) part.sync?.();
    this.redraw();
  }

  /** Builds a piece in a task of its own, after what the page shows first. */
  soon(build: () => void): void {
    this.#soon.push(build);
    if (this.#soon.length === 1) setTimeout(this.#buildNext);
  }

  readonly #buildNext = (): void => {
    this.#soon[0]!();
    this.#soon.shift();
    if (this.#soon.length > 0) setTimeout(this.#buildNext);
  };

  /** Begins when the element is in a page. */
  connect(host: Element): void {
    const paint = () => {
      this.root.classList.toggle("dark", isDark(host));
      this.theme = readTheme(this.root, this.#probe);
      for (const { part } of this.#parts) part.sync?.();
      this.redraw();
    };
    this.#endTheme = watchTheme(paint);
    document.addEventListener("visibilitychange", this.#visible);
    paint();
  }

  disconnect(): void {
    this.#endTheme?.();
    document.removeEventListener("visibilitychange", this.#visible);
    this.run.close();
    this.compareWith(undefined);
  }

  set(change: Partial<Recipe>, file?: Uint8Array): void {
    this.recipe = { ...this.recipe, ...change };
    this.file = file ?? (this.recipe.data.kind === "file" ? this.file : undefined);
    this.claim = this.verdict = undefined;
    this.sync();
    this.#callbacks.changed();
    this.#reload();
  }

  bring(file: Uint8Array): void {
    this.file = file;
    this.load(false);
  }

  readonly again = (): void => this.load(false);

  setMachine(change: Partial<Machine>): void {
    this.machine = { ...this.machine, ...change };
    this.sync();
    this.#reload();
  }

  /** Loads the settings: epoch 0. */
  load(goesOn: boolean) {
    this.#wants = goesOn;
    this.verdict = undefined;
    this.notice(this.lacks ?? "");
    if (this.lacks !== undefined) {
      this.run.forget();
      return this.sync();
    }
    this.#show();
    this.run.load(this.recipe, this.machine, this.file);
    this.#tellWaiting();
    this.other?.request({ type: "pause" });
  }

  /** Training, or about to. */
  get isTraining(): boolean {
    return this.#wants;
  }

  /** @param speed - Epochs a second; 0: as many as can be. */
  train(until?: number, speed = this.speed) {
    if (this.lacks !== undefined) return this.notice(this.lacks);
    this.#wants = true;
    this.#until = until;
    this.redraw();
    const request = {
      type: "run" as const,
      ...(speed > 0 && { speed }),
      ...(until !== undefined && { until }),
    };
    this.run.request(request);
    this.other?.request(request);
    this.#watch();
  }

  pause(): void {
    this.#wants = false;
    this.run.request({ type: "pause" });
    if (this.other !== undefined) this.other.request({ type: "pause" });
  }

  /** Trains beside it what `settings` hold; undefined ends that. */
  compareWith(settings: { readonly recipe: Recipe; readonly machine: Machine } | undefined): void {
    this.other?.close();
    this.other = undefined;
    if (settings !== undefined) {
      const other = this.#newRun();
      this.other = other;
      other.show({ output: OUTPUT_SIDE, units: 0, weights: false, gradients: false, confusion: false });
      other.load(settings.recipe, settings.machine, this.file);
      this.load(false);
    }
    this.sync();
  }

  /** Opens what a link holds, and trains it again. */
  open(recipe: Recipe, claim: Claim | undefined, goesOn = false): void {
    this.recipe = recipe;
    this.file = undefined;
    this.claim = claim;
    this.load(goesOn);
    this.sync();
  }

  look(unit: Unit | undefined): void {
    if (unit?.layer === this.looked?.layer && unit?.unit === this.looked?.unit) return;
    this.looked = unit;
    this.#show();
    this.redraw();
  }

  notice(words: string, kind?: "good" | "bad"): void {
    this.#alert.replaceChildren(...(words && kind === "bad" ? [h("p", { class: "notice bad" }, words)] : []));
    this.#status.replaceChildren(
      ...(words && kind !== "bad" ? [h("p", { class: `notice ${kind ?? ""}` }, words)] : []),
    );
  }

  /** Says what this browser lacks, once. */
  remark(words: string): void {
    const known = [...this.#remarks.children].some((child) => child.textContent === words);
    if (!known) this.#remarks.append(h("p", { class: "notice" }, words));
  }

  sync(): void {
    for (const { part } of this.#parts) part.sync?.();
    this.redraw();
  }

  redraw(): void {
    if (this.#isAsked || document.hidden) return;
    this.#isAsked = true;
    requestAnimationFrame((now) => {
      this.#isAsked = false;
      this.#draw(now);
    });
  }

  /** The space bar trains and pauses, unless it is meant for a control. */
  key(event: KeyboardEvent): void {
    const [target] = event.composedPath() as Element[];
    const isTaken = target?.closest?.("button, input, select, textarea, summary, a, [contenteditable]");
    if (event.key !== " " || isTaken || event.defaultPrevented) return;
    event.preventDefault();
    if (this.isTraining) this.pause();
    else this.train();
  }

  #newRun(): Run {
    return new Run(this.#make, (event, run) => this.#hear(event, run));
  }

  /** What nothing can be made of yet: points that are not drawn, a file that is not there. */
  get lacks(): string | undefined {
    const { data } = this.recipe;
    if (data.kind === "points" && data.points.length < LEAST_POINTS) {
      return `Draw ${LEAST_POINTS} points or more in the picture, then train.`;
    }
    if (data.kind === "file" && this.file === undefined) {
      return `This training needs the file ${data.name}: bring it under Data.`;
    }
    return data.kind === "table" && data.csv === "" ? "Bring a table under Data, then train." : undefined;
  }

  #hear(event: Event, run: Run): void {
    if (event.type === "failed") {
      this.#wants = false;
      if (run === this.run || this.other === run) this.notice(sentence(event.message), "bad");
      this.sync();
      return;
    }
    if (event.type === "loaded") {
      for (const remark of event.remarks) this.remark(remark);
      this.sync();
      this.#show();
      if (run !== this.run) return;
      if (this.#status.textContent === PREPARING) this.notice("");
      this.#wasRunning = false;
      if (this.claim !== undefined) this.train(this.claim.epochs, 0);
      else if (this.#wants) this.train(this.#until);
      return;
    }
    if (event.type === "frame" && run === this.run) {
      if (event.running) this.#watch();
      else if (this.#wasRunning) this.#wants = false;
      this.#wasRunning = event.running;
      this.#callbacks.frame(event);
      if (!event.running) void this.#judge();
    }
    this.redraw();
  }

  /** Once a link's epochs are trained: whether they came out the same. */
  async #judge(): Promise<void> {
    const { claim, run } = this;
    if (claim === undefined || this.verdict !== undefined || (run.frame?.epoch ?? 0) < claim.epochs) return;
    try {
      const verdict = await judge(run, claim);
      if (this.claim === claim) this.verdict = verdict;
    } catch (error) {
      this.notice(sentence(error), "bad");
    }
    this.sync();
  }

  #each(request: { readonly type: "step" } | { readonly type: "epoch" }): void {
    this.run.request(request);
    this.other?.request(request);
  }

  /** Asks for the pictures that are seen. */
  #show(): void {
    const isSeen = (kind: string) => this.#parts.some(({ part, isSeen }) => isSeen && part.root.dataset.shows === kind);
    const isLight = (this.run.loaded?.parameters ?? 0) <= 100_000;
    const network = isSeen("network");
    const pictures: Pictures = {
      output: isSeen("output") || network ? OUTPUT_SIDE : 0,
      units: network || this.looked ? (this.looked ? LARGE_UNIT_SIDE : UNIT_SIDE) : 0,
      weights: network && isLight,
      gradients: isSeen("insight"),
      confusion: isSeen("insight"),
    };
    this.run.show(pictures);
  }

  #draw(now: number): void {
    if (this.theme === undefined) return;
    const isRunning = this.run.running || this.other?.running === true;
    let isLate = false;
    for (const shown of this.#parts) {
      const { part, every, isSeen } = shown;
      if (part.draw === undefined || !isSeen) continue;
      const wait = isRunning ? (STILL.matches ? Math.max(every, 250) : every) : 0;
      if (now - shown.last < wait - 4) isLate = true;
      else {
        shown.last = now;
        part.draw();
      }
    }
    if (isLate) this.redraw();
  }

  /** Says that it works on the data, where that takes a while. */
  readonly #tellWaiting = later(500, () => {
    if (this.run.isWaiting) this.notice(PREPARING);
  });

  readonly #visible = () => {
    this.#gaps = this.#gapTimes = [];
    const epoch = this.run.frame?.epoch ?? 0;
    if (document.hidden) {
      this.#hiddenAt = this.run.running ? epoch : undefined;
      return;
    }
    this.redraw();
    if (this.#hiddenAt === undefined) return;
    const slowly = this.machine.worker ? "" : ", slowly, as browsers make hidden pages wait";
    this.notice(`While this tab was hidden, the training went on from epoch ${this.#hiddenAt} to ${epoch}${slowly}.`);
    this.#hiddenAt = undefined;
  };

  /** Measures by what the page is held up while it trains. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    let before = performance.now();
    const tick = (now: number) => {
      this.#gaps.push(now - before);
      this.#gapTimes.push(now);
      before = now;
      while (this.#gapTimes.length > 0 && this.#gapTimes[0]! < now - 1000) {
        this.#gaps.shift();
        this.#gapTimes.shift();
      }
      this.bar.held(Math.max(...this.#gaps));
      if (this.isTraining) requestAnimationFrame(tick);
      else {
        this.bar.held(0);
        this.#isWatching = false;
        this.#gaps = [];
        this.#gapTimes = [];
      }
    };
    requestAnimationFrame((now) => {
      before = now;
      requestAnimationFrame(tick);
    });
  }
}
