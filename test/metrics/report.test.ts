// The confusion matrix and the classification report: against scikit-learn's (test/fixtures/metrics.py), and by hand.

import { describe, expect, it } from "vitest";
import { classificationReport, confusionMatrix } from "../../bindings/data/report.ts";
import { DataError, OptionError, ShapeError } from "../../bindings/errors.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };

type Averages = Record<"precision" | "recall" | "f1-score" | "support", number>;

// of numbers there is no report: decisions.test.ts has the refusal
const cases = fixture.cases.filter(({ name }) => !name.startsWith("one value"));

describe.each(cases)("scikit-learn: $name", ({ outputs, targets, columns, weights, ...wanted }) => {
  const given = weights === null ? {} : { sampleWeights: weights };

  it("the confusion matrix", () => {
    const found = () => confusionMatrix(outputs, targets, columns, given);
    if (wanted.matrix === null) expect(found).toThrow(DataError);
    else expect(found()).toEqual(wanted.matrix);
  });

  it("the report", () => {
    const found = classificationReport(outputs, targets, columns, { ...given, labels: wanted.names });
    const report = wanted.report as unknown as Record<string, Averages> & { accuracy?: number };
    const check = (is: object, name: string) => {
      const { precision, recall, "f1-score": f1, support } = report[name]!;
      for (const [key, value] of Object.entries({ precision, recall, f1, support })) {
        expect(is, name).toHaveProperty(key, expect.closeTo(value, 12));
      }
    };
    for (const { label, ...metrics } of found.classes) check(metrics, label);
    expect(Object.keys(report)).toEqual(expect.arrayContaining(found.classes.map(({ label }) => label)));
    check(found.macro, "macro avg");
    check(found.weighted, "weighted avg");
    if (wanted.matrix === null) check(found.micro, "micro avg");
    else expect(found.accuracy).toBeCloseTo(report.accuracy!, 12);
  });
});

it.each(cases.filter(({ weights }) => weights === null))(
  "scikit-learn's text: $name",
  ({ outputs, targets, columns, names, text }) => {
    const found = classificationReport(outputs, targets, columns, { labels: names });
    const numbers = (some: string) => (some.match(/\d\.\d+/g) ?? []).map(Number);
    const lines = text.split("\n").filter((line) => !line.includes("samples avg"));
    const [is, wanted] = [found.toString(3), lines.join("\n")];
    expect(is.replaceAll(/\d\.\d+/g, "#")).toBe(wanted.replaceAll(/\d\.\d+/g, "#"));
    // Python rounds 0.8125 to 0.812, JavaScript to 0.813
    numbers(is).forEach((value, n) => {
      expect(Math.abs(value - numbers(wanted)[n]!)).toBeLessThan(0.0011);
    });
  },
);

describe("by hand", () => {
  const outputs = [0.9, 0.2, 0.6, 0.4];
  const targets = [1, 0, 0, 0];

  it("rows are the classes that rows belong to", () => {
    expect(confusionMatrix(outputs, targets, 1)).toEqual([
      [2, 1],
      [0, 1],
    ]);
    expect(confusionMatrix(outputs, targets, 1, { threshold: 0.7 })).toEqual([
      [3, 0],
      [0, 1],
    ]);
  });

  it("targets may be numbers of classes", () => {
    const rows = [[0.9, 0.1, 0], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]]; // biome-ignore format: one line
    expect(confusionMatrix(rows, [0, 1, 1])).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [0, 0, 0],
    ]);
    expect(classificationReport(rows, [0, 1, 1]).accuracy).toBe(2 / 3);
  });

  it("columns may be left out of matrices, before the options, too", () => {
    const rows = outputs.map((value) => [value]);
    expect(confusionMatrix(rows, targets, { threshold: 0.3 })).toEqual([
      [1, 2],
      [0, 1],
    ]);
    expect(classificationReport(rows, targets, { threshold: 0.3 }).accuracy).toBe(0.5);
  });

  it("an object, and a text to print", () => {
    const report = classificationReport(outputs, targets, 1, { labels: ["ham", "spam"] });
    expect(report.classes[1]).toEqual({ label: "spam", precision: 0.5, recall: 1, f1: 2 / 3, support: 1 });
    expect(JSON.parse(JSON.stringify(report))).toEqual({ ...report });
    expect(String(report)).toBe(
      [
        "              precision    recall  f1-score   support",
        "",
        "         ham       1.00      0.67      0.80         3",
        "        spam       0.50      1.00      0.67         1",
        "",
        "    accuracy                           0.75         4",
        "   macro avg       0.75      0.83      0.73         4",
        "weighted avg       0.88      0.75      0.77         4",
        "",
      ].join("\n"),
    );
  });

  const refused: readonly (readonly [string, () => unknown, new (...parts: never[]) => Error, string])[] = [
    ["columns missing", () => confusionMatrix(outputs, targets), OptionError, "columns is undefined"],
    ["columns missing", () => classificationReport(outputs, targets, {}), OptionError, "columns is undefined"],
    [
      "too few labels",
      () => classificationReport(outputs, targets, 1, { labels: ["spam"] }),
      ShapeError,
      "labels has 1 name; 2 are expected",
    ],
    [
      "labels that are no strings",
      () => classificationReport(outputs, targets, 1, { labels: [0, 1] as never }),
      OptionError,
      "labels[0] is 0",
    ],
    ["NaN", () => confusionMatrix([Number.NaN, 1], [1, 0], 1), DataError, "outputs[0] is NaN"],
    ["NaN", () => classificationReport([0, 1], [1, Number.NaN], 1), DataError, "targets[1] is NaN"],
    [
      "several labels",
      () => confusionMatrix([[1, 1]], [[1, 1]]),
      DataError,
      "targets has rows with several labels or none",
    ],
    [
      "a threshold of classes",
      () => confusionMatrix([[1, 0]], [[1, 0]], { threshold: 0.5 }),
      OptionError,
      "threshold is 0.5; of several classes",
    ],
    [
      "an option",
      () => classificationReport(outputs, targets, 1, { average: "macro" } as never),
      OptionError,
      'options knows no "average"',
    ],
  ];
  it.each(refused)("%s is refused", (_, call, type, words) => {
    expect(call).toThrow(type);
    expect(call).toThrow(words);
  });
});
