// Learning-rate schedules: PyTorch's rates (test/fixtures/learning-rate.py), the same bits after a resumption, errors.

import { describe, expect, it } from "vitest";
import { OptionError } from "../../bindings/errors.ts";
import { power } from "../../bindings/numbers.ts";
import { ratesOfEpoch, resolveSchedule, type Schedule } from "../../bindings/options/schedule.ts";
import { cosPi } from "../../bindings/options/schedule-rates.ts";
import { expectSameBits, expectSameNumber } from "../fixtures/bits.ts";
import fixture from "../fixtures/learning-rate.json" with { type: "json" };

const resolve = (schedule: Schedule) => resolveSchedule("schedule", schedule);

const firstRates = (schedule: Schedule, rate: number, stepsPerEpoch: number) => [
  ...ratesOfEpoch(resolve(schedule), rate, 0, stepsPerEpoch),
];

describe("PyTorch's rates to 12 digits", () => {
  it.each(fixture.cases.map((entry) => [JSON.stringify(entry.schedule), entry] as const))("%s", (_, entry) => {
    const { rate, stepsPerEpoch, losses, rates } = entry;
    const schedule = resolve(entry.schedule as Schedule);
    rates.forEach((wanted, epoch) => {
      const found = ratesOfEpoch(schedule, rate, epoch, stepsPerEpoch, { losses: losses.slice(0, epoch) });
      expect(found.length).toBe(wanted.length);
      wanted.forEach((value, step) => {
        const difference = Math.abs(found[step]! - value);
        expect(difference, `epoch ${epoch}, step ${step}`).toBeLessThanOrEqual(1e-12 * value);
      });
    });
  });
});

describe("rates that are exact", () => {
  it("constant", () => {
    expect(firstRates({ type: "constant" }, 0.1, 3)).toEqual([0.1, 0.1, 0.1]);
  });

  it("warm-up ends at the rate, the cosine begins there, and minimum stays", () => {
    const cosine = resolve({ type: "cosine", epochs: 3, warmup: 1, minimum: 0.003 });
    expect([...ratesOfEpoch(cosine, 0.7, 0, 4)]).toEqual([0.7 / 4, 0.7 / 2, 0.7 * (3 / 4), 0.7]);
    expect(ratesOfEpoch(cosine, 0.7, 1, 4)[0]).toBe(0.7);
    expect(ratesOfEpoch(cosine, 0.7, 2, 4)[0]).toBe(0.7 / 2 + 0.003 / 2);
    expect(ratesOfEpoch(cosine, 0.7, 2, 4)[3]).toBeGreaterThan(0.003);
    for (const epoch of [3, 4, 1e6]) expect([...ratesOfEpoch(cosine, 0.7, epoch, 2)]).toEqual([0.003, 0.003]);
  });

  it("a warm-up shorter than half a step is none", () => {
    expect(firstRates({ type: "cosine", epochs: 1, warmup: 0.01 }, 1, 4)[0]).toBe(1);
    expect(firstRates({ type: "cosine", epochs: 1, warmup: 0.375 }, 1, 4).slice(0, 3)).toEqual([0.5, 1, 1]);
  });

  it("oneCycle: where PyTorch divides by 0, and after its end", () => {
    const cycle = resolve({ type: "oneCycle", epochs: 10, rise: 0.1 });
    const rates = Array.from({ length: 12 }, (_, epoch) => ratesOfEpoch(cycle, 0.1, epoch, 1)[0]!);
    expect(rates[0]).toBe(0.1);
    expect(rates.slice(9)).toEqual(Array(3).fill(0.1 / 25 / 1e4));
    expect(rates.slice(0, 10)).toEqual(rates.slice(0, 10).sort((a, b) => b - a));
  });

  it("a plateau leaves the rate alone where it would fall by 1e-8 or less", () => {
    const plateau = resolve({ type: "plateau", patience: 0, factor: 0.5 });
    expect([...ratesOfEpoch(plateau, 2e-8, 2, 1, { losses: [1, 1] })]).toEqual([2e-8]);
    expect([...ratesOfEpoch(plateau, 4e-8, 2, 1, { losses: [1, 1] })]).toEqual([2e-8]);
    expect([...ratesOfEpoch(plateau, 4e-8, 4, 1, { losses: [1, 1, 1, 1] })]).toEqual([2e-8]);
  });

  it("a plateau's losses that aren't finite are bad epochs", () => {
    const plateau = resolve({ type: "plateau", patience: 1, factor: 0.5 });
    expect([...ratesOfEpoch(plateau, 1, 2, 1, { losses: [Infinity, NaN] })]).toEqual([0.5]);
  });

  it("a function gets the position and decides", () => {
    const seen: unknown[] = [];
    const losses = [3, 2];
    const schedule = resolve((position) => {
      seen.push(position);
      return position.rate / (1 + position.step);
    });
    const known = { losses, validationLosses: [5, 4], metrics: { mae: [1, 2] } };
    expect([...ratesOfEpoch(schedule, 0.5, 2, 3, known)]).toEqual([0.5, 0.25, 0.5 / 3]);
    expect(seen).toEqual([0, 1, 2].map((step) => ({ epoch: 2, step, stepsPerEpoch: 3, rate: 0.5, ...known })));
  });
});

describe("the same bits", () => {
  const SCHEDULES: Schedule[] = [
    { type: "constant" },
    { type: "step", every: 4, factor: 0.7 },
    { type: "exponential", factor: 0.93 },
    { type: "cosine", epochs: 14, warmup: 1.5, minimum: 1e-3 },
    { type: "oneCycle", epochs: 20 },
    { type: "plateau", patience: 1, cooldown: 1, factor: 0.6, threshold: 0.05 },
    ({ epoch, step, rate, losses }) => (rate * (1 + step)) / (1 + epoch + (losses.at(-1) ?? 0)),
  ];
  const EPOCHS = 20;
  const STEPS = 3;

  /** Epochs of a training whose loss depends on its rates; `losses` are what it begins with and grow. */
  function train(schedule: Schedule, losses: number[], epochs: number): Float64Array[] {
    return Array.from({ length: epochs }, () => {
      const rates = ratesOfEpoch(schedule, 0.3, losses.length, STEPS, { losses: Object.freeze([...losses]) });
      const loss = rates.reduce((left, rate) => left * (1 - rate / (3 + losses.length)), losses.at(-1) ?? 2);
      losses.push(loss);
      return rates;
    });
  }

  it.each(SCHEDULES.map((schedule, n) => [typeof schedule === "function" ? "function" : schedule.type, n] as const))(
    "%s: interrupted after any epoch, saved as JSON and resumed",
    (_, n) => {
      const schedule = resolve(SCHEDULES[n]!);
      const wholeLosses: number[] = [];
      const whole = train(schedule, wholeLosses, EPOCHS);
      for (let interrupted = 0; interrupted <= EPOCHS; interrupted++) {
        const losses: number[] = [];
        const before = train(schedule, losses, interrupted);
        const saved = JSON.stringify({ schedule, losses });
        const loaded = JSON.parse(saved) as { schedule?: Schedule; losses: number[] };
        const after = train(resolve(loaded.schedule ?? schedule), loaded.losses, EPOCHS - interrupted);
        [...before, ...after].forEach((rates, epoch) => expectSameBits(rates, whole[epoch]!, `epoch ${epoch}`));
        expect(loaded.losses).toEqual(wholeLosses);
      }
      for (let epoch = EPOCHS - 1; epoch >= 0; epoch--) {
        const alone = ratesOfEpoch(schedule, 0.3, epoch, STEPS, { losses: wholeLosses.slice(0, epoch) });
        expectSameBits(alone, whole[epoch]!, `epoch ${epoch} alone`);
      }
    },
  );

  it("cosPi: those of the fixture, less than 1e-15 off, exact at 0, ½ and 1", () => {
    for (const [t, exact, computed] of fixture.cosPi as [number, number, number][]) {
      expectSameNumber(cosPi(t), computed, `cosPi(${t})`);
      expect(Math.abs(cosPi(t) - exact), `cosPi(${t})`).toBeLessThan(1e-15);
    }
    [1, 0, -1].forEach((value, n) => expectSameNumber(cosPi(n / 2), value, `cosPi(${n / 2})`));
  });

  it("power: those of the fixture, as far off as their roundings allow", () => {
    for (const [base, exponent, exact, computed] of fixture.power as [number, number, number, number][]) {
      expectSameNumber(power(base, exponent), computed, `power(${base}, ${exponent})`);
      expect(Math.abs(power(base, exponent) / exact - 1)).toBeLessThanOrEqual((exponent + 2) * 2 ** -53);
    }
    expect([power(2, 1023), power(0.5, 1074), power(7, 0), power(0.5, 5000)]).toEqual([2 ** 1023, 5e-324, 1, 0]);
  });
});

describe("resolveSchedule", () => {
  it("fills in defaults, freezes, and takes what it returned", () => {
    const cases: [Schedule, object][] = [
      [{ type: "constant" }, { type: "constant" }],
      [
        { type: "step", every: 3 },
        { type: "step", every: 3, factor: 0.1 },
      ],
      [
        { type: "exponential", factor: 2 },
        { type: "exponential", factor: 2 },
      ],
      [
        { type: "cosine", epochs: 4, warmup: 4 },
        { type: "cosine", epochs: 4, warmup: 4, minimum: 0 },
      ],
      [
        { type: "oneCycle", epochs: 4, rise: 0 },
        { type: "oneCycle", epochs: 4, divide: 25, finalDivide: 1e4, rise: 0 },
      ],
      [
        { type: "plateau", patience: 0 },
        { type: "plateau", monitor: "loss", factor: 0.1, patience: 0, threshold: 1e-4, cooldown: 0, minimum: 0 },
      ],
    ];
    for (const [given, wanted] of cases) {
      const resolved = resolve(given);
      expect(resolved).toEqual(wanted);
      expect(Object.isFrozen(resolved)).toBe(true);
      expect(Object.isFrozen(given)).toBe(false);
      expect(resolve(resolved)).toEqual(wanted);
    }
    const constant = () => 1;
    expect(resolve(constant)).toBe(constant);
  });

  it.each([
    ["cosine", 'rate is "cosine"; an object with a type, or a function, is expected'],
    [null, "rate is null; an object with a type, or a function, is expected"],
    [[], "rate.type is undefined; one of"],
    [
      { type: "toString" },
      'rate.type is "toString"; did you mean "cosine"? one of "constant", "step", "exponential", "cosine"',
    ],
    [{ type: "constant", factor: 1 }, 'rate knows no "factor"; known: type'],
    [{ type: "cosine", epochs: 1, warmUp: 1 }, 'rate knows no "warmUp"; did you mean "warmup"?'],
    [{ type: "step" }, "rate.every is undefined; a whole number from 1 to 2147483648 is expected"],
    [{ type: "step", every: 1.5 }, "rate.every is 1.5"],
    [{ type: "step", every: 0 }, "rate.every is 0"],
    [{ type: "step", every: 1, factor: 0 }, "rate.factor is 0; a finite number of more than 0 is expected"],
    [{ type: "step", every: 1, factor: null }, "rate.factor is null; a finite number of more than 0 is expected"],
    [{ type: "exponential" }, "rate.factor is undefined; a finite number of more than 0 is expected"],
    [{ type: "exponential", factor: -1 }, "rate.factor is -1"],
    [{ type: "exponential", factor: Infinity }, "rate.factor is Infinity"],
    [{ type: "exponential", factor: "0.5" }, 'rate.factor is "0.5"'],
    [{ type: "cosine" }, "rate.epochs is undefined"],
    [{ type: "cosine", epochs: 2.5 }, "rate.epochs is 2.5"],
    [{ type: "cosine", epochs: 3, warmup: 3.5 }, "rate.warmup is 3.5; no more than epochs, 3, is expected"],
    [{ type: "cosine", epochs: 3, warmup: -1 }, "rate.warmup is -1"],
    [{ type: "cosine", epochs: 3, minimum: NaN }, "rate.minimum is NaN"],
    [{ type: "oneCycle", epochs: 0 }, "rate.epochs is 0"],
    [{ type: "oneCycle", epochs: 1, divide: 0 }, "rate.divide is 0"],
    [{ type: "oneCycle", epochs: 1, finalDivide: -5 }, "rate.finalDivide is -5"],
    [{ type: "oneCycle", epochs: 1, rise: 1 }, "rate.rise is 1; a number below 1 is expected"],
    [{ type: "plateau", factor: 1 }, "rate.factor is 1; a number below 1 is expected"],
    [{ type: "plateau", factor: 0 }, "rate.factor is 0; a finite number of more than 0 is expected"],
    [{ type: "plateau", patience: -1 }, "rate.patience is -1"],
    [{ type: "plateau", threshold: 1 }, "rate.threshold is 1"],
    [{ type: "plateau", cooldown: 0.5 }, "rate.cooldown is 0.5"],
    [{ type: "plateau", minimum: -1e-9 }, "rate.minimum is -1e-9"],
  ])("refuses %j", (schedule, message) => {
    expect(() => resolveSchedule("rate", schedule)).toThrow(OptionError);
    expect(() => resolveSchedule("rate", schedule)).toThrow(message);
  });
});

it("rates that are no rates: the schedule, the epoch, the step and the value are named", () => {
  for (const [value, shown] of [
    [NaN, "NaN"],
    [-1e-9, "-1e-9"],
    [Infinity, "Infinity"],
    ["0.1", '"0.1"'],
    [1n, "1n"],
    [undefined, "undefined"],
    [Promise.resolve(1), "a Promise object"],
  ] as const) {
    const call = () => ratesOfEpoch(({ step }) => (step < 2 ? 0 : (value as number)), 0.1, 7, 4);
    expect(call).toThrow(OptionError);
    expect(call).toThrow(
      `the schedule, a function, gives ${shown} in epoch 7, step 2; a finite number of 0 or more is expected`,
    );
  }
  expect(() => ratesOfEpoch(resolve({ type: "exponential", factor: 10 }), 1, 400, 1)).toThrow(
    'the schedule, "exponential", gives Infinity in epoch 400, step 0',
  );
});
