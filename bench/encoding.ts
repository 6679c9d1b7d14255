// Tables: an Encoder beside a loop written by hand over the same columns, compressed rows beside full ones, and
// parseCSV beside d3-dsv alone.

import { Encoder } from "bitgrad";
import { parseCSV } from "bitgrad/tables";
import { csvParseRows } from "d3-dsv";
import { uniform } from "../test/support/random.ts";
import { takeTurns } from "./race.ts";
import { compared, type Row, rounded } from "./rows.ts";

const NUMBERS = 12;
const CODES = 3; // columns of whole numbers that are categories
const TEXTS = 5;
const CATEGORIES = 10;
const WIDE = 2000; // categories that are compressed: full rows of 100,000 would have no room

type ByHand =
  | { readonly cells: Float64Array; readonly mean: number; readonly deviation: number }
  | { readonly cells: Uint8Array; readonly categories: number };

if (process.send !== undefined) {
  const { quick } = JSON.parse(process.argv[2]!) as { quick: boolean };
  process.send([...(await measureEncoding(quick)), ...(await measureSparse(quick)), ...(await measureParsing(quick))]);
}

function createTable(rows: number) {
  const random = uniform(1);
  const named = <T>(letter: string, count: number, make: () => T) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [letter + i, make()])) as Record<string, T>;
  return {
    numbers: named("n", NUMBERS, () => Float64Array.from({ length: rows }, () => random() * 100 - 20)),
    codes: named("c", CODES, () => Uint8Array.from({ length: rows }, () => Math.floor(random() * CATEGORIES))),
    texts: named("t", TEXTS, () => Array.from({ length: rows }, () => `city ${Math.floor(random() * CATEGORIES)}`)),
  };
}

async function measureEncoding(quick: boolean): Promise<Row[]> {
  const rows = quick ? 100_000 : 1_000_000;
  const { numbers, codes, texts } = createTable(rows);
  const table = { ...numbers, ...codes, ...texts };
  const kinds = Object.fromEntries(Object.keys(codes).map((name) => [name, "oneHot" as const]));
  const encoder = Encoder.learn(table, kinds);
  // texts as indexes in typed arrays, which whoever writes by hand must have made before
  const columns = encoder.learned.map((column): ByHand => {
    const name = column.name!;
    if (column.kind === "standard") return { cells: numbers[name]!, mean: column.mean, deviation: column.deviation };
    const { categories } = column as { categories: readonly unknown[] };
    const cells = codes[name] ?? Uint8Array.from(texts[name]!, (text) => categories.indexOf(text));
    return { cells, categories: categories.length };
  });
  const found = encoder.encode(table).data;
  byHand(rows, encoder.width, columns).forEach((value, n) => {
    if (value !== found[n]) throw new Error(`element ${n} is ${found[n]}; by hand it is ${value}`);
  });
  const runs = [() => encoder.encode(table).data, () => byHand(rows, encoder.width, columns)];
  return [await raced(`encode ${rows.toLocaleString("en")} rows × 20`, "by hand", rows, runs, quick)];
}

function byHand(rows: number, width: number, columns: readonly ByHand[]): Float64Array {
  const data = new Float64Array(rows * width);
  for (let s = 0; s < rows; s++) {
    let at = s * width;
    for (const column of columns) {
      if ("categories" in column) {
        data[at + column.cells[s]!] = 1;
        at += column.categories;
      } else data[at++] = (column.cells[s]! - column.mean) / column.deviation;
    }
  }
  return data;
}

/** Compressed rows beside full ones: their speed, and their bytes. */
async function measureSparse(quick: boolean): Promise<Row[]> {
  const rows = quick ? 2_000 : 20_000;
  const random = uniform(1);
  const table = {
    id: Array.from({ length: rows }, () => `user ${Math.floor(random() * WIDE)}`),
    age: Float64Array.from({ length: rows }, () => random() * 80),
  };
  const encoder = Encoder.learn(table);
  const sparse = () => encoder.encode(table, { sparse: true });
  const full = () => encoder.encode(table);
  const { data, indices, indptr } = sparse();
  const bytes = [data, indices, indptr].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const name = `compress ${rows.toLocaleString("en")} rows × ${encoder.width.toLocaleString("en")}`;
  const ofFull = full().data.byteLength;
  const memory = { unit: "MB", value: rounded(bytes / 1e6), baseline: rounded(ofFull / 1e6) } as const;
  return [
    await raced(name, "full rows", rows, [sparse, full], quick),
    { section: "tables", name: `${name}, memory`, beside: "full rows", ...memory, times: rounded(ofFull / bytes) },
  ];
}

async function measureParsing(quick: boolean): Promise<Row[]> {
  const rows = quick ? 5_000 : 50_000;
  const { numbers, texts } = createTable(rows);
  const columns = Object.entries({ ...numbers, ...texts });
  const line = (s: number) => columns.map(([, cells]) => cells[s]).join();
  const text = [columns.map(([name]) => name).join(), ...Array.from({ length: rows }, (_, s) => line(s))].join("\n");
  const runs = [() => Object.values(parseCSV(text))[0]!.length, () => csvParseRows(text).length - 1];
  if (runs[0]!() !== runs[1]!()) throw new Error("parseCSV and d3-dsv have read different numbers of rows");
  const name = `parseCSV, ${rows.toLocaleString("en")} rows × ${columns.length}`;
  return [await raced(name, "d3-dsv's rows", rows, runs, quick)];
}

async function raced(
  name: string,
  beside: string,
  rows: number,
  runs: readonly (() => unknown)[],
  quick: boolean,
): Promise<Row> {
  const rates = runs.map((): number[] => []);
  await takeTurns([...runs.keys()], quick ? 3 : 9, async (n) => {
    const before = performance.now();
    runs[n]!();
    rates[n]!.push((1000 * rows) / (performance.now() - before));
  });
  return { section: "tables", name, beside, ...compared("samples/s", rates[0]!, rates[1]!) };
}
