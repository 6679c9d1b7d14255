// The benchmark's pages in the browsers of this machine: two rows, whose three contestants must agree before they are
// timed, and the frames of a page that trains.

import { describe, expect, it } from "vitest";
import { BROWSER_NAMES, type BrowserName, measureFramesIn, measureIn } from "../../bench/page/browsers.ts";
import { WAYS } from "../../bench/ways.ts";
import { workloadOf } from "../../bench/workloads.ts";
import { skippedWithout } from "../needs.ts";
import { someOf } from "../support/slow.ts";

const LIMIT_MS = 110_000; // of a browser that hangs

const NAMES = someOf(BROWSER_NAMES, (name) => name === "chromium");
const absent = new Map<BrowserName, boolean>();
for (const name of NAMES) absent.set(name, await skippedWithout(name));

/** What a clock that stands still would not give. */
function expectMeasured(...values: (number | undefined)[]): void {
  for (const value of values) {
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(1e12);
  }
}

describe.concurrent("a page", () => {
  for (const name of NAMES) {
    it.skipIf(absent.get(name)!)(`${name} races to the end`, async () => {
      const { machine, rows } = await measureIn(
        name,
        { dtype: "f32", quick: true, rows: ["xor", "sseError"] },
        LIMIT_MS,
      );
      expect(machine).toMatchObject({ crossOriginIsolated: true, quick: true, stopped: false, hidden: false });
      expect(machine.clockStepMs).toBeGreaterThan(0);
      expect(rows).toMatchObject([
        { section: "training", name: "xor 2-3-1", dtype: "f32", unit: "samples/s", beside: "plain JS" },
        { section: "kernels", name: "sseError 256×256", dtype: "f32", unit: "calls/s", beside: "plain JS" },
      ]);
      for (const { value, baseline, reference, times, low, high } of rows) {
        expectMeasured(value, baseline, reference, times, low, high);
      }
    });

    it.skipIf(absent.get(name)!)(`${name} tells how a page fares that trains`, async () => {
      const { machine, rows } = await measureFramesIn(name, { rows: ["tabular"], quick: true }, LIMIT_MS);
      expect(machine).toMatchObject({ crossOriginIsolated: true, quick: true, hidden: false });
      const what = ["training", "frames", "longest frame"];
      expect(rows.map(({ name }) => name)).toEqual(
        WAYS.flatMap(({ name }) => what.map((part) => `tabular, ${name}: ${part}`)),
      );
      const [training, frames, longestFrame] = rows;
      expect(frames!.value).toBe(0); // fit lets none pass
      expectMeasured(longestFrame!.baseline);
      // it keeps a frame waiting for all its epochs, one at least
      const epochMs = (1000 * workloadOf("tabular").rows) / training!.value;
      expect(longestFrame!.value).toBeGreaterThan(0.99 * epochMs);
      expectMeasured(...rows.filter(({ unit }) => unit === "samples/s").map(({ value }) => value));
    });
  }

  const present = NAMES.find((name) => !absent.get(name));
  it.skipIf(present === undefined)("an error on the page is told", async () => {
    await expect(measureIn(present!, { quick: true, rows: ["nonsense"] }, LIMIT_MS)).rejects.toThrow(
      "no row is called nonsense",
    );
  });
});
