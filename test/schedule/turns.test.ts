// When a training lets the event loop have its turn: by the clock, whatever takes the time. Nothing here asks how fast
// the machine is.

import { setImmediate as nextImmediate } from "node:timers/promises";
import { Network } from "bitgrad";
import { afterEach, describe, expect, it, vi } from "vitest";
import { METRICS } from "../../bindings/catalog/metrics.ts";
import { measuring } from "../../bindings/data/measures.ts";
import { metric } from "../../bindings/data/metrics.ts";
import { ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

type Schedule = typeof import("../../bindings/network/slices.ts");

/** The module as it is loaded among such globals. */
async function loaded(globals: Record<string, unknown> = {}): Promise<Schedule> {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  vi.resetModules();
  return import("../../bindings/network/slices.ts");
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Takes the thread for so long. */
function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** How many turns the event loop has while it runs. */
async function turnsOf(run: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let runs = true;
  const counted = (async () => {
    for (; runs; turns++) await nextImmediate();
  })();
  await run();
  runs = false;
  await counted;
  return turns;
}

const x = Array.from({ length: 4 }, (_, s) => [s >> 1, s & 1]);
const y = [[0], [1], [1], [0]];
const EPOCHS = 20;
const TIME_MS = 7; // more than a slice

describe.each(ENGINES)("%s", (engine) => {
  const create = () => Network.createSync({ inputs: 2, layers: [{ units: 3 }, { units: 1 }], engine });

  it("fitAsync returns before the first step, so that what the network shows does not depend on the clock", async () => {
    using net = create();
    const before = net.digest();
    const training = net.fitAsync(x, y, { epochs: 3 });
    expect(net.digest()).toBe(before);
    expect(net.epochs).toBe(0);
    await training;
    expect(net.digest()).not.toBe(before);
    expect(net.epochs).toBe(3);
  });

  it.each([
    ["onEpoch", { onEpoch: () => busy(TIME_MS) }],
    [
      "a schedule",
      {
        schedule: () => {
          busy(TIME_MS);
          return 0.1;
        },
      },
    ],
    ["checkpoint.save", { checkpoint: { everyEpochs: 1, save: () => busy(TIME_MS) } }],
  ])("%s counts as work: a turn after each call that takes a slice's time", async (_name, options) => {
    using net = create();
    expect(await turnsOf(() => net.fitAsync(x, y, { epochs: EPOCHS, ...options }))).toBeGreaterThan(EPOCHS - 2);
  });

  it("data are read in slices: rows that take long to read", async () => {
    using net = create();
    const rows = 40;
    const slow = Array.from({ length: rows }, (_, s) =>
      Object.defineProperty([0, s & 1], 0, {
        get() {
          busy(1);
          return 1;
        },
      }),
    );
    const targets = slow.map(() => [0]);
    const read = () => net.fitAsync(slow, targets, { batchSize: rows });
    expect(await turnsOf(read)).toBeGreaterThan(2);
  });

  it("a time limit that is over ends before a second step", async () => {
    const wide = { inputs: 50, layers: [{ units: 300 }, { units: 1 }], engine } as const;
    const rows = 2_000;
    const data = [
      { data: new Float32Array(rows * 50).fill(0.5), shape: [rows, 50] },
      { data: new Float32Array(rows).fill(0.5), shape: [rows, 1] },
    ] as const;
    for (const method of ["fit", "fitAsync"] as const) {
      using net = Network.createSync(wide);
      const before = net.digest();
      const history = await net[method](...data, { epochs: 1e6, batchSize: 1, timeLimit: 0 });
      expect(history).toEqual({ loss: [], stopped: "timeLimit" });
      expect(net.digest()).toBe(before);
    }
  });
});

it.each(METRICS)("%s is computed in slices, with the same bits", (name) => {
  const random = new Random(3);
  for (const [rows, columns] of [
    [20_001, 1],
    [5_000, 3],
  ] as const) {
    const outputs = Float64Array.from({ length: rows * columns }, () => Math.round(random.unit() * 5000) / 5000);
    const targets = Float64Array.from(outputs, () => Number(random.unit() > 0.5));
    let turns = 0;
    const data = { outputs, targets, length: outputs.length, columns, multiLabel: undefined };
    const run = measuring([{ type: name, name }], data, () => true);
    let step = run.next();
    for (; !step.done; step = run.next()) turns++;
    expect(turns).toBeGreaterThan(10); // the work between two looks at the clock is limited
    expect(step.value).toEqual({ [name]: metric(name, outputs, targets, columns) });
  }
});

describe("slices", () => {
  /** A clock that goes on by what the work takes. */
  function clock(resolution = 0) {
    let time = 0;
    return {
      performance: { now: () => (resolution === 0 ? time : Math.floor(time / resolution) * resolution) },
      take(ms: number) {
        time += ms;
      },
      get time() {
        return time;
      },
    };
  }

  it.each([0.00001, 0.01, 0.4, 1, 5])(
    "steps of %d ms: one at first, then as many as fit, and a turn in time",
    async (ms) => {
      const { performance, ...fake } = clock();
      const { Slice, Portion } = await loaded({ performance });
      const slice = new Slice();
      const portion = new Portion(slice, 100);
      let since = 0;
      let longest = 0;
      for (let calls = 0; calls < 300; calls++) {
        const steps = portion.left;
        if (calls === 0) expect(steps).toBe(1);
        fake.take(steps * ms);
        since += steps * ms;
        longest = Math.max(longest, since);
        if (!portion.spend(steps)) continue;
        slice.restart();
        since = 0;
      }
      expect(longest).toBeLessThanOrEqual(Math.max(8, 2 * ms));
      if (ms < 1) expect(portion.left * ms).toBeGreaterThan(1.5);
    },
  );

  it("steps that suddenly take a hundred times as long make one long call, not two", async () => {
    const { performance, ...fake } = clock();
    const { Slice, Portion } = await loaded({ performance });
    const portion = new Portion(new Slice(), 100);
    for (let n = 0; n < 50; n++) {
      fake.take(portion.left * 0.01);
      portion.spend(portion.left);
    }
    const long = portion.left;
    fake.take(long);
    expect(portion.spend(long)).toBe(true);
    expect(portion.left).toBeLessThanOrEqual(2);
  });

  it("where the clock stands still, a turn comes by work", async () => {
    const { Slice, Portion } = await loaded({ performance: { now: () => 5 } });
    const slice = new Slice();
    const portion = new Portion(slice, 20_000);
    let turns = 0;
    let steps = 0;
    for (let n = 0; n < 1000; n++) {
      steps += portion.left;
      if (!portion.spend(portion.left)) continue;
      turns++;
      slice.restart();
    }
    expect(turns).toBeGreaterThan(100);
    expect(steps / turns).toBeLessThan(200);
  });

  it("with a coarse clock, calls are neither endless nor single steps forever", async () => {
    const { performance, ...fake } = clock(16.7);
    const { Slice, Portion } = await loaded({ performance });
    const slice = new Slice();
    const portion = new Portion(slice, 1000);
    let since = 0;
    let longest = 0;
    let calls = 0;
    for (let steps = 0; steps < 1e5; calls++) {
      const some = portion.left;
      steps += some;
      fake.take(some * 0.002);
      since += some * 0.002;
      longest = Math.max(longest, since);
      if (!portion.spend(some)) continue;
      slice.restart();
      since = 0;
    }
    expect(longest).toBeLessThan(34);
    expect(calls).toBeLessThan(20_000);
  });
});

describe("what a turn is", () => {
  const none = { scheduler: undefined, setImmediate: undefined, MessageChannel: undefined };
  const { setTimeout } = globalThis;

  it("fake timers of tests are not used, whether set before or after the library is loaded", async () => {
    vi.useFakeTimers();
    using net = await Network.create({ inputs: 2, layers: [{ units: 3 }, { units: 1 }] });
    const { loss } = await net.fitAsync(x, y, { epochs: 3, onEpoch: () => void vi.setSystemTime(0) });
    expect(loss).toHaveLength(3);
    const { nextTurn } = await loaded();
    for (let n = 0; n < 20; n++) await nextTurn();
  });

  it("a message that comes before any timer is none (workerd), nor is an immediate (React Native)", async () => {
    /** As workerd has it: delivered before a timer's turn comes. */
    class EarlyChannel {
      readonly port1 = { onmessage() {}, close() {} };
      readonly port2 = { postMessage: () => queueMicrotask(() => this.port1.onmessage()) };
    }
    const early = { ...none, MessageChannel: EarlyChannel, setImmediate: (run: () => void) => queueMicrotask(run) };
    const { nextTurn, now } = await loaded(early);
    let came = false;
    setTimeout(() => {
      came = true;
    }, 1);
    const end = now() + 10_000;
    while (!came && now() < end) {
      busy(6);
      await nextTurn();
    }
    expect(came).toBe(true);
  });

  it("timers that are slow by themselves, as in a hidden page, are waited for once", async () => {
    let timers = 0;
    let time = 0;
    const waiting: (() => void)[] = [];
    const slow = (run: () => void) => {
      timers++;
      waiting.push(run);
      if (timers === 1) return; // the trial's comes late, with that of the turn
      setTimeout(() => {
        time += 100;
        for (const late of waiting.splice(0)) late();
      });
    };
    const performance = { now: () => time };
    const { nextTurn } = await loaded({ ...none, MessageChannel, setTimeout: slow, performance });
    for (let n = 0; n < 60; n++) {
      time += 2;
      await nextTurn();
    }
    expect(timers).toBe(2); // the trial's and one turn
  });
});
