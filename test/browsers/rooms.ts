// The pages and the states in which they are looked at: by eye (shots.ts), by axe and by comparison (audit.test.ts).

import { type Tab, until } from "./drive.ts";
import { press, ready, trainTo } from "./site.ts";

export interface State {
  readonly name: string;
  readonly path: string;
  /** It looks the same each time: no rates, no times. */
  readonly quiet?: boolean;
  /** Run before the page's own scripts: what the state takes away from the browser. An arrow function, sent as text. */
  readonly before?: () => void;
  /** What brings the page into the state. */
  enter?(tab: Tab): Promise<unknown>;
}

export const STATES: readonly State[] = [
  { name: "start", path: "index.html", quiet: true },
  { name: "lab-empty", path: "lab/index.html", quiet: true, enter: ready },
  {
    name: "lab-working",
    path: "lab/index.html",
    async enter(tab) {
      await ready(tab);
      await press(tab, "Train");
      await until(tab, "it trains", () => {
        const { frame } = document.querySelector("bitgrad-lab") as unknown as { frame?: { epoch: number } };
        return frame !== undefined && frame.epoch > 20;
      });
    },
  },
  {
    name: "lab-done",
    path: "lab/index.html",
    async enter(tab) {
      await ready(tab);
      await trainTo(tab, 300);
    },
  },
  ...["Spirals", "Waves", "Iris", "Digits", "Draw", "Own table"].map((name) => ({
    name: `lab-${name.toLowerCase().replace(" ", "-")}`,
    path: "lab/index.html",
    async enter(tab: Tab) {
      await ready(tab);
      await press(tab, name);
      if (name !== "Draw" && name !== "Own table") {
        await ready(tab);
        await trainTo(tab, 30);
      }
    },
  })),
  {
    name: "lab-link-broken",
    path: "lab/index.html#1.broken",
    enter: ready,
  },
  {
    name: "lab-no-webassembly",
    path: "lab/index.html",
    before: () => Reflect.deleteProperty(globalThis, "WebAssembly"),
    enter: ready,
  },
  {
    name: "lab-no-workers",
    path: "lab/index.html",
    before: () => Reflect.deleteProperty(globalThis, "Worker"),
    enter: ready,
  },
  {
    name: "lab-no-storage",
    path: "lab/index.html",
    before: () =>
      void Object.defineProperty(globalThis, "localStorage", {
        get: () => {
          throw new DOMException("forbidden", "SecurityError");
        },
      }),
    enter: ready,
  },
  { name: "verify-empty", path: "verify/index.html", quiet: true },
  {
    name: "verify-done",
    path: "verify/index.html",
    async enter(tab) {
      await press(tab, "Test this browser");
      await until(tab, "the verdict", () => document.getElementById("results")?.hidden === false);
    },
  },
  { name: "bench-empty", path: "bench/index.html", quiet: true },
  { name: "learn", path: "learn/index.html", quiet: true },
];
