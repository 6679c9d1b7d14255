// When a training on a page's thread waits for a frame, with pages made up; real ones are in bench/page.

import { setImmediate as nextImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SLICE_MS } from "../../bindings/network/slices.ts";

const TURN_MS = SLICE_MS + 2; // a slice, and what else the page does
const PERIOD_MS = 1000 / 60;

let asked: ((time: number) => void) | undefined;
let nextTurn: () => Promise<void>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"], now: 0 });
  vi.stubGlobal("document", { visibilityState: "visible" });
  vi.stubGlobal("requestAnimationFrame", (callback: (time: number) => void) => {
    expect(asked, "a frame is asked for once").toBeUndefined();
    asked = callback;
  });
  asked = undefined;
  vi.resetModules(); // it remembers how frames came
  ({ nextTurn } = await import("../../bindings/network/slices.ts"));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A slice, and the turn after it; whether that waits for a frame or a timer, and the turn's promise. */
async function slice(): Promise<{ waits: boolean; turn: Promise<void> }> {
  vi.advanceTimersByTime(TURN_MS);
  let waits = true;
  const turn = nextTurn().then(() => {
    waits = false;
  });
  for (let n = 0; n < 5 && waits; n++) await nextImmediate();
  return { waits, turn };
}

function showFrame(): void {
  const show = asked;
  asked = undefined;
  show?.(performance.now());
}

it("a page whose frames come by themselves is never waited for", async () => {
  let due = PERIOD_MS;
  for (let n = 0; n < 50; n++) {
    expect((await slice()).waits).toBe(false);
    if (performance.now() < due) continue;
    showFrame();
    due += PERIOD_MS;
  }
  expect(due).toBeGreaterThan(20 * PERIOD_MS);
});

it("a page whose frames come only to a thread that waits gets 60 a second, but for the first", async () => {
  const frames: number[] = [];
  while (frames.length < 30) {
    const { waits, turn } = await slice();
    if (!waits) continue;
    const next = Math.ceil(performance.now() / PERIOD_MS) * PERIOD_MS;
    vi.advanceTimersByTime(next - performance.now());
    frames.push(performance.now());
    showFrame();
    await turn;
  }
  const between = frames.map((time, n) => time - (frames[n - 1] ?? 0));
  expect(Math.max(...between.slice(0, 4))).toBeGreaterThan(1.9 * PERIOD_MS);
  for (const ms of between.slice(4)) expect(ms).toBeCloseTo(PERIOD_MS, 0);
});

it("a page that has no frames is waited for once, for a tenth of a second", async () => {
  let waited = 0;
  for (let n = 0; n < 50; n++) {
    const { waits, turn } = await slice();
    if (!waits) continue;
    waited++;
    vi.advanceTimersByTime(100);
    await turn;
  }
  expect(waited).toBe(1);
});

it("a page that is hidden isn't asked for frames", async () => {
  vi.stubGlobal("document", { visibilityState: "hidden" });
  for (let n = 0; n < 5; n++) expect((await slice()).waits).toBe(false);
  expect(asked).toBeUndefined();
});
