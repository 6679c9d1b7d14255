// Whether one thread or all train is decided by what a clock says of both; here the clock is made up.

import { afterEach, expect, it, vi } from "vitest";
import { Pace } from "../../bindings/engine/wasm/pace.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/**
 * A machine where one thread takes `one` steps a millisecond, and all take `all` after `waking` calls, half of `one`
 * before; each `waiting`th call of all waits 40 ms.
 */
function machine(one: number, all: number, waking: number, waiting = Infinity) {
  let [now, members, woken, calls] = [0, 1, 0, 0];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const pace = new Pace(
    (count) => {
      if (count !== members) woken = 0;
      members = count;
    },
    4,
    1_000,
  );
  const taken = { one: 0, all: 0 };
  const call = (steps: number, whole = true) =>
    pace.measure(steps, () => {
      const rate = members === 1 ? one : ++woken > waking ? all : one / 2;
      now += steps / rate;
      if (members > 1 && ++calls % waiting === 0) now += 40;
      taken[members === 1 ? "one" : "all"] += steps;
      return whole;
    });
  return { pace, taken, call };
}

it.each([
  { one: 1_000, all: 1_800, faster: "all" },
  { one: 1_000, all: 990, faster: "one" },
  { one: 1_000, all: 20, faster: "one" },
] as const)("$one steps a millisecond by one thread, $all by all: $faster", ({ one, all, faster }) => {
  const { pace, taken, call } = machine(one, all, 5);
  for (let n = 0; n < 4_000; n++) call(pace.steps);
  expect(taken[faster] / (taken.one + taken.all)).toBeGreaterThan(0.9);
});

it("a change of the machine's mood is noticed", () => {
  const mood = { all: 1_800 };
  let now = 0;
  let members = 1;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const pace = new Pace(
    (count) => {
      members = count;
    },
    2,
    1_000,
  );
  const last: number[] = [];
  for (let n = 0; n < 6_000; n++) {
    if (n === 3_000) mood.all = 300;
    pace.measure(pace.steps, () => {
      now += pace.steps / (members === 1 ? 1_000 : mood.all);
      last.push(members);
      return true;
    });
  }
  const share = (members: number, calls: number[]) => calls.filter((count) => count === members).length / calls.length;
  expect(share(2, last.slice(2_000, 3_000))).toBeGreaterThan(0.9);
  expect(share(1, last.slice(5_000))).toBeGreaterThan(0.9);
});

it("a call in four that waits for something else changes nothing", () => {
  const { pace, taken, call } = machine(1_000, 1_800, 0, 4);
  for (let n = 0; n < 4_000; n++) call(pace.steps);
  expect(taken.all / (taken.one + taken.all)).toBeGreaterThan(0.9);
});

it("calls that a training's end cuts short say nothing, however many", () => {
  const { pace, taken, call } = machine(1_000, 500, 0);
  const { steps } = pace;
  for (let n = 0; n < 1_000; n++) call(pace.steps, false);
  expect(pace.steps).toBe(steps);
  expect(taken.one).toBe(0);
});

it("a call has from 1 to 2^31 steps", () => {
  expect(new Pace(() => {}, 2, 1e12).steps).toBe(1);
  const { pace, call } = machine(1e12, 1e12, 0);
  for (let n = 0; n < 100; n++) call(pace.steps);
  expect(pace.steps).toBe(2 ** 31);
});
