// Every schedule's rates bit for bit as a third implementation has them, written in Python from the contract's page
// (test/fixtures/rates.py).

import { Operations, type PlateauSchedule, type Schedule } from "bitgrad";
import { describe, expect, it } from "vitest";
import { ENGINES, expectSameBits } from "../fixtures/bits.ts";
import fixture from "../fixtures/rates.json" with { type: "json" };

describe.each(ENGINES)("%s", (engine) => {
  const op = Operations.createSync({ engine });

  it.each(fixture.map((entry, n) => [`${n}: ${entry.schedule.type}`, entry] as const))("%s", (_, entry) => {
    const { schedule, rate, stepsPerEpoch, losses, rates } = entry;
    rates.forEach((wanted, epoch) => {
      const { monitor = "loss" } = schedule as PlateauSchedule;
      const values = losses.slice(0, epoch);
      const watched = {
        losses: monitor === "loss" ? values : [],
        validationLosses: monitor === "validationLoss" ? values : [],
        metrics: { auc: [], ...(monitor !== "loss" && monitor !== "validationLoss" && { [monitor]: values }) },
      };
      const found = op.learningRates(schedule as Schedule, { rate, epoch, stepsPerEpoch, ...watched });
      expectSameBits(found, Float64Array.from(wanted), `${JSON.stringify(schedule)}, epoch ${epoch}`);
    });
  });
});

it("the fixture has rates that change", () => {
  const changing = fixture.filter(({ rates }) => new Set(rates.flat()).size > 1);
  expect(changing.length).toBeGreaterThan(32);
  expect(new Set(changing.map(({ schedule }) => schedule.type)).size).toBe(5);
});
