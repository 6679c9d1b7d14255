// CSV that is read in parts: tables of some rows each, and a sample of rows, which a program in Python draws alike.

import { Encoder, FormatError, OptionError } from "bitgrad";
import { parseCSV, parseCSVTables, readTable, sampleCSV } from "bitgrad/tables";
import { describe, expect, it } from "vitest";
import { errorOf, rejectionOf, wrong } from "../faults/expect-error.ts";
import samples from "../fixtures/sample.json" with { type: "json" };

const csvOf = (rows: number) =>
  ["n,a long name", ...Array.from({ length: rows }, (_, n) => `${n},"a text of line ${n + 2}"`)].join("\n");

/** A text in pieces that end anywhere. */
const cut = (text: string, size: number) =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, n) => text.slice(n * size, (n + 1) * size));

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("parseCSVTables", () => {
  it("gives the columns of parseCSV, some rows at a time", async () => {
    const text = csvOf(25);
    const whole = parseCSV(text);
    for (const size of [1, 7, 1000]) {
      const tables = await listOf(parseCSVTables(cut(text, size), { rows: 10 }));
      expect(tables.map((table) => table.n!.length)).toEqual([10, 10, 5]);
      for (const name of Object.keys(whole)) expect(tables.flatMap((table) => table[name]!)).toEqual(whole[name]);
    }
    expect((await listOf(parseCSVTables([text]))).length).toBe(1);
    expect((await listOf(parseCSVTables([csvOf(10)], { rows: 10 }))).map((table) => table.n!.length)).toEqual([10]);
  });

  it("names the line of a cell in the whole text", async () => {
    const encoder = Encoder.learn(parseCSV("n\n1\n2"));
    const [, second] = await listOf(parseCSVTables(["n\n1\n\n2\n3\nx"], { rows: 2 }));
    expect((errorOf(() => encoder.encode(second!)) as Error).message).toBe(
      'column "n", row 1 (line 6) is "x"; a finite number is expected',
    );
  });

  it("refuses what parseCSV refuses, where it comes to it", async () => {
    const reader = parseCSVTables(["a,b\n1,2\n3,4\n5"], { rows: 1 });
    expect((await reader.next()).value).toEqual({ a: ["1"], b: ["2"] });
    const error = await rejectionOf(listOf(reader));
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toContain("line 4 has 1 cells");
    expect(await rejectionOf(listOf(parseCSVTables(["a"], { rows: 0 })))).toBeInstanceOf(OptionError);
    expect(await rejectionOf(listOf(parseCSVTables(["a"])))).toBeInstanceOf(FormatError);
  });
});

describe("sampleCSV", () => {
  it("keeps the rows that Python's program does, and their lines", async () => {
    for (const { rows, keep, seed, kept } of samples) {
      const found = await sampleCSV(cut(csvOf(rows), 999), keep, { seed });
      expect(found.n!.map(Number)).toEqual(kept);
      expect(found["a long name"]).toEqual(kept.map((row) => `a text of line ${row + 2}`));
      const [, texts] = readTable(found).split("a long name");
      expect((errorOf(() => Encoder.learn(texts, "standard")) as Error).message).toContain(
        `column "a long name", row 0 (line ${kept[0]! + 2}) is`,
      );
    }
  });

  it("seed 0 by default; options of parseCSV", async () => {
    expect(await sampleCSV([csvOf(50)], 5)).toEqual(await sampleCSV([csvOf(50)], 5, { seed: 0 }));
    expect(await sampleCSV([csvOf(50)], 5)).not.toEqual(await sampleCSV([csvOf(50)], 5, { seed: 1 }));
    expect(await sampleCSV(["1,5;x\n2,5;y"], 9, { header: false, decimal: "," })).toEqual({
      0: ["1.5", "2.5"],
      1: ["x", "y"],
    });
  });

  it("refuses", async () => {
    expect(await rejectionOf(sampleCSV([csvOf(5)], 0))).toBeInstanceOf(OptionError);
    expect(await rejectionOf(sampleCSV([csvOf(5)], 1, { seed: 0.5 }))).toBeInstanceOf(OptionError);
    expect(await rejectionOf(sampleCSV([csvOf(5)], 1, wrong({ rows: 5 })))).toBeInstanceOf(OptionError);
    expect(await rejectionOf(sampleCSV(["a,b\n1"], 1))).toBeInstanceOf(FormatError);
  });
});
