// What is made of figures: rows, tables and files, from made-up ones.

import { describe, expect, it } from "vitest";
import { plan, toRow } from "../../bench/plan.ts";
import { compared, type Row, toJSON, wonByPlain } from "../../bench/rows.ts";
import { count, markdown, ratio, show } from "../../bench/table.ts";

const row = (name: string, times: number, more: Partial<Row> = {}): Row => {
  const figures = { unit: "samples/s", value: 100 * times, baseline: 100, times } as const;
  return { section: "training", name, dtype: "f32", beside: "plain JS", ...figures, ...more };
};

describe("figures of two series", () => {
  it("are compared by their medians, and round by round for the spread", () => {
    const { value, baseline, times, low, high } = compared("calls/s", [10, 30, 20], [10, 5, 40]);
    expect([value, baseline, times, low, high]).toEqual([20, 10, 2, 0.5, 6]);
  });

  it("are better for being less where they are not rates", () => {
    expect(compared("ms", [2, 2, 2], [4, 1, 3])).toMatchObject({ times: 1.5, low: 0.5, high: 2 });
  });
});

describe("a plan", () => {
  it("has every workload and kernel in both dtypes", () => {
    const all = plan({});
    expect(all.filter(({ section }) => section === "training")).toHaveLength(12);
    expect(new Set(all.map(({ name, dtype }) => `${name} ${dtype}`)).size).toBe(all.length);
  });

  it("takes sections, dtypes and names", () => {
    expect(plan({ only: "training", dtype: "f64", rows: ["xor", "exp"] })).toEqual([
      { section: "training", index: 1, dtype: "f64", name: "xor 2-3-1" },
    ]);
    expect(plan({ rows: ["nonsense"] })).toEqual([]);
  });

  it("has its races become rows", () => {
    const [planned] = plan({ rows: ["exp"] });
    const rates = { wasm: [40, 60, 50], plain: [100, 100, 100], reference: [5, 5, 5] };
    expect(toRow(planned!, rates)).toEqual({
      section: "kernels",
      name: "exp 256×256",
      dtype: "f32",
      unit: "calls/s",
      value: 50,
      beside: "plain JS",
      baseline: 100,
      times: 0.5,
      low: 0.4,
      high: 0.6,
      reference: 5,
    });
  });
});

describe("a table", () => {
  const size: Row = {
    section: "sizes",
    name: "bitgrad.wasm",
    unit: "KB",
    value: 70.2,
    beside: "its limit",
    baseline: 75,
  };
  const rows = [row("xor 2-3-1", 3), row("exp 256×256", 0.5, { section: "kernels", dtype: "f64" }), size];

  it("has every row under its section, and names those that plain JavaScript wins", () => {
    const lines = show(rows).split("\n");
    const at = (text: string) => lines.findIndex((line) => line.includes(text));
    expect([at("TRAINING"), at("xor"), at("KERNELS"), at("exp"), at("SIZES"), at("bitgrad.wasm")]).toEqual([
      3, 4, 5, 6, 7, 8,
    ]);
    expect(lines.at(-1)).toBe("Plain JS wins exp 256×256 f64.");
    expect(wonByPlain(rows).map(({ name }) => name)).toEqual(["exp 256×256"]);
  });

  it("says so where plain JavaScript wins none, and nothing where it doesn't run", () => {
    expect(show([row("xor 2-3-1", 3)])).toContain("Plain JS wins none of these.");
    expect(show([size])).not.toContain("wins");
  });

  it("in Markdown has the columns that have something in them", () => {
    expect(markdown(rows.slice(0, 2)).split("\n")).toEqual([
      "|  | dtype | unit | compared with | bitgrad | baseline | times |",
      "| --- | --- | --- | --- | ---: | ---: | ---: |",
      "| xor 2-3-1 | f32 | samples/s | plain JS | 300 | 100 | 3.0 × |",
      "| exp 256×256 | f64 | samples/s | plain JS | 50 | 100 | 0.50 × |",
    ]);
    expect(markdown([{ ...size, browser: "Firefox" }])).toContain(
      "| Firefox | bitgrad.wasm | KB | its limit | 70.2 | 75 |",
    );
  });

  it("has numbers of three digits", () => {
    expect([1234.5, 0.01234, 0, undefined].map(count)).toEqual(["1,230", "0.0123", "0", ""]);
    expect([0.994, 0.996, 12.34].map(ratio)).toEqual(["0.99 ×", "1.0 ×", "12.3 ×"]);
  });
});

it("a file has a line for each row", () => {
  const text = toJSON({ cpu: "a processor" }, [{ a: 1 }, { b: 2 }]);
  expect(JSON.parse(text)).toEqual({ machine: { cpu: "a processor" }, rows: [{ a: 1 }, { b: 2 }] });
  expect(text.split("\n")).toContain('    {"a":1},');
});
