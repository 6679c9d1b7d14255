// The clock and the turns of the event loop with globals of other kinds. Apart from turns.test.ts, whose fake timers
// begin with the real ones.

import { METRICS, type MetricName } from "bitgrad";
import { afterEach, expect, it, vi } from "vitest";

const x = [0, 1, 2, 3].map((n) => [n >> 1, n & 1]);
const y = [[0], [1], [1], [0]];

afterEach(() => {
  vi.unstubAllGlobals();
});

it("halves of globals are as good as none", async () => {
  const halves = { performance: {}, scheduler: {}, setImmediate: null, MessageChannel: null };
  for (const [name, value] of Object.entries(halves)) vi.stubGlobal(name, value);
  vi.resetModules();
  const { now, nextTurn } = await import("../../bindings/network/slices.ts");
  expect(now()).toBeGreaterThan(1e12); // Date's
  let passed = false;
  setTimeout(() => {
    passed = true;
  }, 0);
  for (let turns = 0; !passed && turns < 10_000; turns++) await nextTurn(); // a way that starves timers is given up
  expect(passed).toBe(true);
});

it("metrics count as work: a turn between two where the clock says that a slice is over", async () => {
  const immediate = setImmediate;
  let [time, turns] = [0, 0];
  vi.stubGlobal("performance", { now: () => (time += 100) });
  vi.stubGlobal("setImmediate", (run: () => void) => {
    turns++;
    immediate(run);
  });
  vi.resetModules();
  const fresh = await import("../../bindings/reference.ts");
  const turnsWith = async (metrics: readonly MetricName[]) => {
    const net = fresh.Network.createSync({ inputs: 2, layers: [{ units: 3 }, { units: 1 }] });
    turns = 0;
    await net.fitAsync(x, y, { metrics });
    return turns;
  };
  const most = await turnsWith(METRICS);
  expect(most - (await turnsWith([METRICS[0]!]))).toBeGreaterThan(METRICS.length - 3);
});
