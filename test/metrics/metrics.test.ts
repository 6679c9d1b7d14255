// Metrics: against scikit-learn's (test/fixtures/metrics.py), worked out by hand, and AUC against counting every pair.

import { describe, expect, it } from "vitest";
import { OptionError, ShapeError } from "../../bindings/errors.ts";
import { METRICS, type MetricName, measure, metric } from "../../bindings/metrics.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };
import { Random } from "../fixtures/random.ts";

it("has all names in the fixture", () => {
  expect(fixture.cases.length).toBeGreaterThan(15);
  for (const { metrics } of fixture.cases) expect(Object.keys(metrics)).toEqual([...METRICS]);
});

describe.each(fixture.cases)("scikit-learn: $name", ({ columns, outputs, targets, metrics }) => {
  it.each(METRICS)("%s", (name) => {
    const found = metric(name, outputs, targets, columns);
    const wanted = metrics[name];
    if (wanted === null) expect(found).toBeNaN();
    else expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(wanted)));
  });
});

describe("by hand", () => {
  const check = (wanted: Partial<Record<MetricName, number>>, outputs: number[], targets: number[], columns: number) =>
    expect(measure(Object.keys(wanted) as MetricName[], outputs, targets, columns)).toEqual(wanted);

  it("two classes: 3 put into class 1, 2 of the 4 that belong there", () => {
    const wanted = { accuracy: 3 / 6, precision: 2 / 3, recall: 2 / 4, f1: 4 / 7 };
    check(wanted, [0.5, 0.9, 0.7, 0.1, 0.49, 0], [1, 1, 0, 1, 1, 0], 1);
  });

  it("0.5 is class 1 in outputs and in targets", () => {
    check({ accuracy: 1, recall: 1, auc: 1 }, [0.5, 0.4999], [0.5, 0.4999], 1);
  });

  it("three classes: the first of the largest is a row's; the mean is over classes that nobody has too", () => {
    const outputs = [
      [3, 3, 1],
      [0, 2, 1],
      [-1, -1, -2],
      [-5, -1, -4],
    ].flat(); // classes 0, 1, 0, 1
    const targets = [
      [2, 2, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 1, 1],
    ].flat(); // classes 0, 1, 1, 1
    const precision = (1 / 2 + 2 / 2 + 0) / 3;
    const recall = (1 / 1 + 2 / 3 + 0) / 3;
    check({ accuracy: 3 / 4, precision, recall, f1: (2 / 3 + 4 / 5 + 0) / 3 }, outputs, targets, 3);
  });

  it("AUC: 4 of 6 pairs are in order, one is a tie", () => {
    check({ auc: 4.5 / 6 }, [0.8, 0.3, 0.3, 0.1, 0.5], [1, 1, 0, 0, 0], 1);
    check({ auc: 1.5 / 6 }, [-0.8, -0.3, -0.3, -0.1, -0.5], [1, 1, 0, 0, 0], 1);
  });

  it("AUC: zeros of both signs are a tie, infinities are not", () => {
    check({ auc: 0.5 }, [0, -0], [1, 0], 1);
    check({ auc: 0.5 }, [-0, 0], [1, 0], 1);
    check({ auc: 1 }, [Infinity, 1e308, -Infinity], [1, 0, 0], 1);
  });

  it("AUC of several columns: the mean over classes for which it is defined", () => {
    // class 0: 1 of 2 pairs; class 1: 2 of 2; nobody has class 2
    check(
      { auc: 0.75 },
      [
        [0.5, 0.2, 9],
        [0.55, 0.7, 8],
        [0.6, 0.3, 7],
      ].flat(),
      [1, 0, 0, 0, 1, 0, 1, 0, 0],
      3,
    );
    check({ auc: Number.NaN }, [0.5, 0.2, 0.4, 0.7], [1, 0, 1, 0], 2);
    check({ auc: Number.NaN }, [0.1, 0.9], [1, 1], 1);
    check({ auc: Number.NaN }, [0.1, 0.9], [0, 0], 1);
  });

  it("mae and rmse: over all elements", () => {
    check({ mae: 6 / 4, rmse: Math.sqrt(14 / 4) }, [1, 2, 3, 4], [0, 4, 3, 7], 2);
  });

  it("r2: per column, then the mean", () => {
    // column 0: 1 − 2 / 2, column 1: 1 − 6 / 24
    check(
      { r2: (0 + 0.75) / 2 },
      [
        [2, 11],
        [2, 12],
        [2, 15],
      ].flat(),
      [
        [1, 10],
        [2, 10],
        [3, 16],
      ].flat(),
      2,
    );
  });

  it("r2 of a constant column, even where the mean of its numbers is not exact", () => {
    expect((0.1 + 0.1 + 0.1) / 3).not.toBe(0.1);
    check({ r2: 1 }, [0.1, 0.1, 0.1], [0.1, 0.1, 0.1], 1);
    check({ r2: 0 }, [0.1, 0.1, 0.2], [0.1, 0.1, 0.1], 1);
    check({ r2: (1 + 0 + 1) / 3 }, [3, 5, 7], [3, 4, 7], 3);
  });
});

describe("the same bits everywhere", () => {
  it("sums in index order, in f64", () => {
    const errors = [2 ** 53, 1, 1];
    expect(metric("mae", errors, [0, 0, 0], 1)).toBe(2 ** 53 / 3);
    expect(metric("mae", errors.toReversed(), [0, 0, 0], 1)).toBe((2 ** 53 + 2) / 3);
    const output = new Float32Array([2 ** 24, 1, 1]);
    expect(metric("mae", output, new Float32Array(3), 1)).toBe((2 ** 24 + 2) / 3);
  });

  it("AUC is that of counting every pair, to the bit, in any order of rows", () => {
    const random = new Random(1);
    for (let n = 0; n < 200; n++) {
      const rows = Array.from({ length: random.whole(2, 40) }, () => ({
        output: n % 2 ? random.unit() : random.whole(0, 5) / 5,
        target: random.whole(0, 1),
      }));
      rows[0]!.target = 1;
      rows[1]!.target = 0;
      const [own, others] = [1, 0].map((k) => rows.filter(({ target }) => target === k).map(({ output }) => output));
      let wins = 0;
      for (const a of own!) for (const b of others!) wins += a > b ? 1 : a === b ? 0.5 : 0;
      const wanted = wins / (own!.length * others!.length);
      for (const order of [rows, rows.toReversed(), rows.toSorted((a, b) => a.output - b.output)]) {
        const outputs = order.map(({ output }) => output);
        const targets = order.map(({ target }) => target);
        expect(metric("auc", outputs, targets, 1), JSON.stringify(order)).toBe(wanted);
      }
    }
  });

  it("leaves its arguments alone, whatever array they are", () => {
    const outputs = [0.75, 0.25, 0.5, 0.5, 1, -1, 0, 0.125];
    const targets = [1, 0, 0, 1, 0, 1, 1, 0];
    const wanted = measure(METRICS, Object.freeze([...outputs]), Object.freeze([...targets]), 2);
    const typed = [Float32Array.from(outputs), Uint8Array.from(targets)] as const;
    expect(measure(METRICS, ...typed, 2)).toEqual(wanted);
    expect([[...typed[0]], [...typed[1]]]).toEqual([outputs, targets]);
  });
});

it("measures what is asked for, no more", () => {
  expect(measure([], [1], [1], 1)).toEqual({});
  expect(Object.keys(measure(["r2", "auc"], [1, 0], [1, 0], 1))).toEqual(["r2", "auc"]);
});

it("says what is wrong", () => {
  const short = () => metric("mae", [1, 2, 3, 4], [1, 2], 2);
  expect(short).toThrow(ShapeError);
  expect(short).toThrow("targets has 2 elements; outputs has 4");
  for (const name of ["f2", "toString", undefined]) {
    const unknown = () => metric(name as MetricName, [1], [1], 1);
    expect(unknown).toThrow(OptionError);
    expect(unknown).toThrow(`name is ${name && `"${name}"`}; one of "accuracy", "precision"`);
  }
});
