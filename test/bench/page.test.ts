// The benchmark's pages in the browsers of this machine: two rows, whose three contestants must agree before they are timed, and
// the frames of a page that trains.

import { expect, it } from "vitest";
import { BROWSER_NAMES, type BrowserName, INSTALL, measureFramesIn, measureIn } from "../../bench/page/browsers.ts";
import { SECTIONS } from "../../bench/page/run.ts";
import { WAYS } from "../../bench/ways.ts";
import { skippedWithout } from "../needs.ts";

const LIMIT_MS = 90_000;
const CHOICE = { dtype: "f32", quick: true } as const;
const LABELS = { training: [["xor", "2-3-1", "1", "f32"]], kernels: [["sseError", "256×256", "f32"]] };

const absent = new Map<BrowserName, boolean>();
for (const name of BROWSER_NAMES) absent.set(name, await skippedWithout(name));
for (const name of BROWSER_NAMES) {
  it.skipIf(absent.get(name)!)(`${name} races to the end (needs it: ${INSTALL})`, async () => {
    const result = await measureIn(name, { ...CHOICE, rows: ["xor", "sseError"] }, LIMIT_MS);
    expect(result.machine).toMatchObject({ crossOriginIsolated: true, quick: true, stopped: false, hidden: false });
    expect(result.machine.clockStepMs).toBeGreaterThan(0);
    for (const section of SECTIONS) {
      expect(result[section]!.map(({ label }) => label)).toEqual(LABELS[section]);
      for (const { timings } of result[section]!) {
        expect(timings.map(({ contestant }) => contestant)).toEqual(["wasm", "plain", "reference"]);
        for (const { perSecond, p50, p75, p99, calls, rounds } of timings) {
          expect(rounds).toHaveLength(3);
          for (const value of [perSecond, p50, p75, p99, calls, ...rounds]) {
            expect(value).toBeGreaterThan(0);
            expect(value).toBeLessThan(1e12); // a clock that stood still would give an infinite rate
          }
        }
      }
    }
  });
}

for (const name of BROWSER_NAMES) {
  it.skipIf(absent.get(name)!)(`${name} tells a page that stands still (needs it: ${INSTALL})`, async () => {
    const { machine, frames } = await measureFramesIn(name, { rows: ["tabular"], quick: true }, LIMIT_MS);
    expect(machine).toMatchObject({ crossOriginIsolated: true, quick: true, hidden: false });
    expect(frames.map(({ contestant }) => contestant)).toEqual([
      "nothing",
      "adding numbers",
      ...WAYS.map(({ name }) => name),
    ]);
    const [nothing, , fit, fitAsync] = frames;
    expect(nothing!.samples).toBe(0);
    expect(frames.map(({ rate }) => rate !== undefined)).toEqual([false, false, false, true, true]);
    expect(fitAsync!.samples).toBe(fit!.samples);
    for (const { turns, rate } of frames) {
      expect(turns).toHaveLength(2);
      if (rate === undefined) continue;
      expect([rate.ms, rate.fitMs].map(({ length }) => length)).toEqual([2, 2]);
      for (const value of [...rate.ms, ...rate.fitMs, ...rate.ofFit, rate.samplesPerSecond])
        expect(value).toBeGreaterThan(0);
    }
    for (const { ms, frames, frameMs, waitMs, taskMs = ms } of fit!.turns) {
      expect(frames).toBe(0);
      for (const stop of [frameMs, waitMs, taskMs]) expect(stop).toBeGreaterThan(0.99 * ms); // clocks are coarse
    }
    for (const { ms, waitMs, taskMs = 0 } of fitAsync!.turns) {
      expect(Math.max(waitMs, taskMs)).toBeLessThan(ms); // it was left at least once
    }
    // a trace is Chromium's alone
    const traced = name === "chromium";
    for (const { turns } of frames) {
      for (const { taskCpuMs, cpuMs } of turns) {
        expect([taskCpuMs, cpuMs].map((value) => value !== undefined)).toEqual([traced, traced]);
        if (traced) expect(taskCpuMs).toBeLessThanOrEqual(cpuMs!);
      }
    }
  });
}

const present = BROWSER_NAMES.find((name) => !absent.get(name));
it.skipIf(present === undefined)("an error on the page is told", async () => {
  await expect(measureIn(present!, { ...CHOICE, rows: ["nonsense"] }, LIMIT_MS)).rejects.toThrow(
    "no row is called nonsense",
  );
});
