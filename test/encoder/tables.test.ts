// Tables in every form, and what an Encoder learns of them: against pandas and scikit-learn (test/fixtures/tables.py).

import {
  Table as Arrow,
  Bool,
  Dictionary,
  Int32,
  tableFromArrays,
  tableFromJSON,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { type ColumnChoice, Encoder, type Table } from "bitgrad/encoder";
import { type BitgradError, DataError, FormatError, OptionError, ShapeError } from "bitgrad/errors";
import { parseCSV, readTable } from "bitgrad/tables";
import { describe, expect, it } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";
import fixture from "../fixtures/tables.json" with { type: "json" };

function expectDigits(found: ArrayLike<number>, wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, n) => {
    const error = Math.abs(found[n]! - value) / Math.max(Math.abs(value), 1);
    expect(error, `${n}: ${found[n]} for ${value}`).toBeLessThan(1e-12);
  });
}

/** The class and the whole message. */
function refuses(run: () => unknown, type: new (message: string) => Error, message: string): void {
  const error = errorOf(run) as Error;
  expect(error.message).toBe(message);
  expect(error).toBeInstanceOf(type);
}

const HOMES = {
  sqm: [80, 45.5, 120, 60, 75],
  city: ["Köln", "Bonn", "Aachen", "Bonn", "Köln"],
  balcony: [true, false, true, true, false],
  built: ["1950-06-01", "2001-12-31", "1970-01-01", "2024-02-29", "1999-07-15"],
  rooms: [3, 2, 5, 2, 3],
};
const NAMES = Object.keys(HOMES) as (keyof typeof HOMES)[];
const ROWS = HOMES.sqm.map((_, s) => NAMES.map((name) => HOMES[name][s]!));
const RECORDS = ROWS.map((row) => Object.fromEntries(row.map((cell, i) => [NAMES[i]!, cell])));
const CSV = [NAMES, ...ROWS].map((row) => row.join(",")).join("\n");

describe("forms", () => {
  const { names, matrix, table } = fixture.mixed;
  const rooms = { rooms: "minMax" } as const;

  it("are those of the fixture", () => expect(table).toEqual(HOMES));

  it.each<[string, Table]>([
    ["columns", HOMES],
    ["typed columns", { ...HOMES, sqm: Float64Array.from(HOMES.sqm), rooms: Uint8Array.from(HOMES.rooms) }],
    ["records", RECORDS],
    [
      "records with keys in another order",
      RECORDS.map((r, s) => (s % 2 ? Object.fromEntries(Object.entries(r).reverse()) : r)),
    ],
    ["CSV", parseCSV(CSV)],
    ["Dates", { ...HOMES, built: HOMES.built.map((text) => new Date(text)) }],
    ["Arrow", tableFromArrays({ ...HOMES, built: HOMES.built.map((text) => new Date(text)) } as never) as never],
    ["Arrow, of JSON", tableFromJSON(RECORDS as never) as never],
    ["a table that was read", readTable(HOMES)],
    ["a table that was put together", readTable(RECORDS).take([0, 1, 2, 3, 4])],
    ["array-likes", { ...HOMES, rooms: { ...HOMES.rooms, length: 5 } }],
  ])("%s: kinds found, and pandas' matrix", (_, given) => {
    const encoder = Encoder.learn(given, rooms);
    expect(encoder.learned.map(({ kind }) => kind)).toEqual([
      "standard",
      "oneHot",
      "passThrough",
      "standard",
      "minMax",
    ]);
    expect(encoder.names).toEqual(names);
    const { data, shape } = encoder.encode(given);
    expect(shape).toEqual([5, 7]);
    expectDigits(data, matrix.flat());
    // all forms are the same table
    for (const other of [HOMES, RECORDS]) expect(encoder.encode(other).data).toEqual(data);
    const decoded = encoder.decode({ data, shape });
    decoded.forEach((row, s) => {
      const [sqm, city, balcony, built, count] = row;
      expect([sqm, count].map((value) => Math.round((value as number) * 1e9) / 1e9)).toEqual([
        ROWS[s]![0],
        ROWS[s]![4],
      ]);
      expect([city, balcony, (built as Date).toISOString().slice(0, 10)]).toEqual(ROWS[s]!.slice(1, 4));
    });
    expect(Encoder.fromJSON(JSON.stringify(encoder)).encode(given).data).toEqual(data);
  });

  it("rows, whose columns have no names", () => {
    const encoder = Encoder.learn(ROWS, { 4: "minMax" });
    expect(encoder.names).toEqual(["x0", "x1_Aachen", "x1_Bonn", "x1_Köln", "x2", "x3", "x4"]);
    expect(encoder.encode(ROWS).data).toEqual(Encoder.learn(HOMES, rooms).encode(HOMES).data);
    const named = Encoder.learn(HOMES, rooms);
    expect(named.encode(ROWS).data).toEqual(named.encode(HOMES).data); // by their places
  });

  it("flat lists, which are one column", () => {
    for (const labels of [["b", "a", "b"], [["b"], ["a"], ["b"]], { label: ["b", "a", "b"] }]) {
      const encoder = Encoder.learn(labels);
      expect([...encoder.encode(labels).data]).toEqual([0, 1, 1, 0, 0, 1]);
      expect(encoder.decodeLabels(encoder.encode(labels))).toEqual(["b", "a", "b"]);
    }
    expect([...Encoder.learn([1, 3]).encode(Float32Array.of(5)).data]).toEqual([3]);
    expect([...Encoder.learn(Int16Array.of(1, 3)).encode([5]).data]).toEqual([3]);
    expect([...Encoder.learn([true, false]).encode([true, true]).data]).toEqual([1, 1]);
    expect([...Encoder.learn([null, 1, 3], {}, { missing: "median" }).encode([null]).data]).toEqual([0]);
    refuses(
      () => Encoder.learn(["a", ["b"]] as never),
      ShapeError,
      "table[1] is an array of 1; table[0] is a cell, so cells are expected",
    );
    refuses(() => Encoder.learn(["a"]).encode(["b"]), DataError, 'table[0] is "b"; one of "a" is expected');
  });

  it("columns are found by name, in any order and among others", () => {
    const encoder = Encoder.learn({ a: [1, 3], b: ["x", "y"] });
    expect([...encoder.encode({ z: ["?"], b: ["y"], a: [5] }).data]).toEqual([3, 0, 1]);
    expect([...encoder.encode([{ z: {}, b: "y", a: 5 }]).data]).toEqual([3, 0, 1]);
    refuses(
      () => encoder.encode({ a: [1], city: ["x"] }),
      ShapeError,
      'table has no column "b"; the table has "a", "city"', // "a" is a column of its own
    );
    refuses(
      () => encoder.encode({ a: [1], bb: ["x"] }),
      ShapeError,
      'table has no column "b"; did you mean "bb"? the table has "a", "bb"',
    );
    refuses(
      () => Encoder.learn([[1, "x"]]).encode({ a: [1], b: ["x"] }),
      ShapeError,
      "table has columns with names; the encoder learned columns without",
    );
  });

  it("records may lack a key", () => {
    const records = [{ a: 1, b: "x" }, { b: "y" }, { a: 3, c: true }] as Record<string, unknown>[];
    const encoder = Encoder.learn(records, {}, { missing: "column" });
    expect(encoder.names).toEqual(["a", "a_missing", "b_x", "b_y", "b_missing", "c", "c_missing"]);
    expect([...encoder.encode(records.slice(1, 2)).data]).toEqual([0, 1, 0, 1, 0, 1, 1]);
    expect(encoder.decode(encoder.encode(records))).toEqual([
      [1, "x", null],
      [null, "y", null],
      [3, null, true],
    ]);
    refuses(
      () => Encoder.learn([{ a: 1 }, {}]),
      DataError,
      'column "a", row 1 is NaN; a finite number is expected, or the option missing: "median", "mostFrequent" or "column"',
    );
  });

  it("Arrow's types", () => {
    const table = new Arrow({
      id: vectorFromArray([1n, 2n, null]),
      small: vectorFromArray([1, 2, 3], new Int32()),
      city: vectorFromArray(["Bonn", null, "Bonn"], new Dictionary(new Utf8(), new Int32())),
      ok: vectorFromArray([true, false, null], new Bool()),
      at: vectorFromArray([new Date(0), null, new Date(86_400_000)]),
    });
    const read = readTable(table as never);
    expect(read.names).toEqual(["id", "small", "city", "ok", "at"]);
    expect(read.column("id")).toEqual([1, 2, null]);
    expect(read.column("city")).toEqual(["Bonn", null, "Bonn"]);
    expect(read.column("at")).toEqual([new Date(0), null, new Date(86_400_000)]);
    const encoder = Encoder.learn(table as never, {}, { missing: "mostFrequent" });
    expect(encoder.learned.map(({ kind }) => kind)).toEqual([
      "standard",
      "standard",
      "oneHot",
      "passThrough",
      "standard",
    ]);
    const large = new Arrow({ id: vectorFromArray([2n ** 60n]) });
    refuses(
      () => readTable(large as never),
      DataError,
      'column "id", row 0 is 1152921504606846976n; a whole number of at most 2^53 is expected',
    );
  });

  it.each<[string, unknown, string]>([
    ["text", "a,b\n1,2", 'table is "a,b\\n1,2"; a text of CSV is read by parseCSV of "bitgrad/tables"'],
    [
      "columns of unlike lengths",
      { a: [1, 2], b: [1] },
      'column "b" of table has 1 cells; 2, as column "a" has, are expected',
    ],
    ["a column that is none", { a: [1, 2], b: 5 }, 'column "b" of table is 5; an array of cells is expected'],
    ["columns without rows", { a: [] }, "table is empty; at least one row is expected"],
    ["records that are none", [{ a: 1 }, 5], "table[1] is 5; a record is expected, as table[0] is one"],
    ["records without keys", [{}], "table is empty; records with at least one key are expected"],
    ["rows among records", [{ a: 1 }, [1]], "table[1] is an array of 1; a record is expected, as table[0] is one"],
    [
      "no columns",
      {},
      "table is an Object object; rows of cells, records, columns, a list of cells, or { data, shape: [rows, columns] } with a typed array, is expected",
    ],
  ])("refuses %s", (_, table, message) => {
    refuses(() => Encoder.learn(wrong(table)), ShapeError, message);
  });
});

describe("scikit-learn's", () => {
  it.each(Object.entries(fixture.numbers))("RobustScaler and QuantileTransformer: %s", (_, wanted) => {
    const robust = Encoder.learn(wanted.learn, "robust");
    const { lower, upper, median } = robust.learned[0] as { lower: number; upper: number; median: number };
    expectDigits([median, upper - lower || 1], [wanted.robust.median, wanted.robust.range]);
    expectDigits(robust.encode(wanted.encode).data, wanted.robust.encoded);
    for (const [count, { quantiles, encoded, decoded }] of Object.entries(wanted.quantiles)) {
      const encoder = Encoder.learn({ v: wanted.learn }, { v: { kind: "quantile", quantiles: Number(count) } });
      expectDigits((encoder.learned[0] as unknown as { quantiles: number[] }).quantiles, quantiles);
      const found = encoder.encode({ v: wanted.encode });
      expectDigits(found.data, encoded);
      expectDigits(encoder.decode(found).flat() as number[], decoded);
    }
  });

  it.each([
    ["by the range of the quartiles", [0, 1, 2, 3, 4, 5, 6, 7, 8], { median: 4, range: 4 }],
    ["by half of the whole range where the quartiles are equal", [0, 0, 0, 0, 8], { median: 0, range: 4 }],
    ["constants, by 1", [5, 5, 5], { median: 5, range: 1 }],
  ])("nothing, but RealMLP's robust scaling with a smooth clip: %s", (_, learn, expected) => {
    const encoder = Encoder.learn(learn, {}, { numbers: "robustSmoothClip" });
    expect(encoder.learned).toEqual([{ kind: "robustSmoothClip", ...expected }]);
    const { median, range } = expected;
    // z / √(1 + (z / 3)²) of 0, 1, −2 and 1e9
    const found = encoder.encode([median, median + range, median - 2 * range, 1e9 * range]);
    expectDigits(found.data, [0, 0.9486832980505138, -1.6641005886756874, 3]);
    const back = Encoder.fromJSON(JSON.stringify(encoder)).decode([[0], [0.9486832980505138], [-1.6641005886756874]]);
    expectDigits(back.flat() as number[], [median, median + range, median - 2 * range]);
    refuses(() => encoder.decode([[3]]), DataError, "matrix[0][0] is 3; scaled, that is infinite in f64");
    refuses(
      () => Encoder.fromJSON({ columns: [{ kind: "robustSmoothClip", median: 0, range: 0 }] }),
      FormatError,
      "the saved encoder can't be read: columns[0].range is 0; a number of more than 0 is expected",
    );
  });

  it("numbers: the kind of columns of numbers that have none, and of no others", () => {
    const table = { a: [1, 2], b: ["1", "3"], c: ["x", "y"], d: [true, false], e: [4, 5] };
    const encoder = Encoder.learn(table, { e: "passThrough" }, { numbers: "minMax" });
    expect(encoder.learned.map(({ kind }) => kind)).toEqual([
      "minMax",
      "minMax",
      "oneHot",
      "passThrough",
      "passThrough",
    ]);
    refuses(
      () => Encoder.learn(table, {}, { numbers: wrong("oneHot") }),
      OptionError,
      'numbers is "oneHot"; one of "passThrough", "standard", "minMax", "robust", "robustSmoothClip", "quantile" is expected',
    );
  });

  it.each(Object.entries(fixture.constants))("constants but for rounding: %s", (_, { learn }) => {
    for (const kind of ["standard", "minMax", "robust"] as const) {
      const { data } = Encoder.learn(learn, kind).encode([learn[0]!, learn[0]! + 1]);
      expect(Math.abs(data[0]!)).toBeLessThan(1e-6);
      expect(Math.abs(data[1]! - 1)).toBeLessThan(1e-6);
    }
  });

  it.each(Object.entries(fixture.gaps))("SimpleImputer: %s", (name, wanted) => {
    const isText = name === "texts";
    for (const missing of ["median", "mostFrequent"] as const) {
      const found = wanted[missing as "mostFrequent"];
      if (found === undefined) continue;
      const learn = wanted.learn as (string | number | null)[];
      const kind = isText ? ("ordinal" as const) : ("passThrough" as const);
      for (const none of [null, undefined, "", Number.NaN, "n/a"]) {
        const cells = learn.map((cell) => cell ?? none);
        const encoder = Encoder.learn(cells, kind, { missing, missingWords: ["n/a"] });
        expect(encoder.learned[0]).toMatchObject({ fill: found.fill });
        expect(encoder.decodeLabels(encoder.encode(cells))).toEqual(found.filled);
        const copy = Encoder.fromJSON(JSON.stringify(encoder));
        expect(copy.encode(cells)).toEqual(encoder.encode(cells));
      }
      const both = Encoder.learn(learn, kind, { missing: "column" }).encode(learn).data;
      expect(learn.map((_, s) => both[2 * s + 1])).toEqual(found.indicator);
    }
  });

  it.each(Object.entries(fixture.categories))("OneHotEncoder and OrdinalEncoder: %s", (_, wanted) => {
    const learn = wanted.learn as (string | number | boolean)[];
    const oneHot = Encoder.learn(learn, "oneHot");
    expect(oneHot.learned[0]).toMatchObject({ categories: wanted.categories });
    expect([...oneHot.encode(learn).data]).toEqual(wanted.oneHot.flat());
    const ordinal = Encoder.learn(learn, "ordinal");
    expect([...ordinal.encode(learn).data]).toEqual(wanted.ordinal);
    expect(ordinal.decodeLabels(ordinal.encode(learn))).toEqual(learn);
  });
});

describe("kinds", () => {
  it("by name, by index, and with options of their own", () => {
    const kinds: Record<string, ColumnChoice> = {
      sqm: "robust",
      1: { kind: "ordinal", categories: ["Köln", "Bonn", "Aachen"] },
      built: { kind: "passThrough", unit: "hour" },
      rooms: "drop",
    };
    const encoder = Encoder.learn(HOMES, kinds);
    expect(encoder.names).toEqual(["sqm", "city", "balcony", "built"]);
    expect([...encoder.encode(HOMES).data.subarray(8, 12)]).toEqual(
      [45 / 20, 2, 1, 0].map((v, i) => (i === 0 ? (120 - 75) / 20 : v)),
    );
    expect(encoder.decode(encoder.encode(RECORDS))[1]).toEqual([45.5, "Bonn", false, new Date("2001-12-31"), null]);
    expect(encoder.encode({ ...HOMES, rooms: Array(5).fill(null) })).toEqual(encoder.encode(HOMES)); // it is not read
  });

  it("texts of numbers, dates and booleans are read as such", () => {
    const texts = {
      n: ["149.8", " -2e3 ", ".5"],
      b: ["TRUE", "false", "True"],
      d: ["2024-01-01T12:00", "2024-01-01 12:00:00.000Z", "2024-01-01T13:30+01:30"],
    };
    const encoder = Encoder.learn(texts, { n: "passThrough", d: "passThrough" });
    expect([...encoder.encode(texts).data]).toEqual([149.8, 1, 19723.5, -2000, 0, 19723.5, 0.5, 1, 19723.5]);
  });

  it.each(["0x10", "1_000", "Infinity", "1e999", "12px", "--1", "1,5", "٣"])("%s is no number", (text) => {
    refuses(
      () => Encoder.learn([text, "1"], "standard"),
      DataError,
      `table[0] is ${JSON.stringify(text)}; a finite number is expected`,
    );
  });

  it.each(["2024-02-30", "2024-13-01", "2024-01-01T25:00", "24-01-01", "01.02.2024"])("%s is no date", (text) => {
    expect(Encoder.learn([text, text]).learned[0]!.kind).toBe("oneHot");
    const dates = Encoder.learn(["2024-01-01", "2024-01-02"]);
    expect(() => dates.encode([text])).toThrow("a date, or a text such as 2026-11-30");
  });

  it("a word among numbers is an error that says what to do", () => {
    const message =
      'column "age", row 2 is "?", and most of column "age" are numbers; give its kind, such as "oneHot", or missingWords: ["?"] if that says that a cell is missing';
    const table = { age: ["31", "40", "?", 25] };
    refuses(() => Encoder.learn(table), DataError, message);
    expect(Encoder.learn(table, { age: "oneHot" }).width).toBe(4);
    expect([
      ...Encoder.learn(table, { age: "passThrough" }, { missingWords: ["?"], missing: "median" }).encode(table).data,
    ]).toEqual([31, 40, 31, 25]);
    expect([
      ...Encoder.learn([-999, 4, 6], "passThrough", { missingWords: [-999], missing: "median" }).encode([-999]).data,
    ]).toEqual([5]);
    expect([
      ...Encoder.learn(Int16Array.of(-999, 4, 6), "passThrough", { missingWords: [-999], missing: "median" }).encode(
        Int16Array.of(-999),
      ).data,
    ]).toEqual([5]);
  });

  it("decimal commas are said, not guessed", () => {
    const message =
      'column "p", row 0 is "1,5", as if with a decimal comma; parseCSV(text, { decimal: "," }) reads these as numbers';
    refuses(() => Encoder.learn(parseCSV("p;q\n1,5;a\n2;b")), DataError, message.replace("row 0", "row 0 (line 2)"));
    refuses(() => Encoder.learn({ p: ["1,5", "2"] }), DataError, message);
    expect(Encoder.learn({ p: ["1,5", "2"] }, { p: "oneHot" }).width).toBe(2);
  });

  it("unseen categories", () => {
    const encode = (kind: "oneHot" | "ordinal", unseen: "none" | "column") => {
      const encoder = Encoder.learn(["a", "b"], kind, { unseen });
      const encoded = encoder.encode(["b", "c"]);
      expect(Encoder.fromJSON(JSON.stringify(encoder)).encode(["b", "c"])).toEqual(encoded);
      return [encoder.names, [...encoded.data], encoder.decodeLabels(encoded)];
    };
    expect(encode("oneHot", "none")).toEqual([
      ["x0_a", "x0_b"],
      [0, 1, 0, 0],
      ["b", "a"],
    ]);
    expect(encode("oneHot", "column")).toEqual([
      ["x0_a", "x0_b", "x0_unseen"],
      [0, 1, 0, 0, 0, 1],
      ["b", null],
    ]);
    expect(encode("ordinal", "none")).toEqual([["x0"], [1, -1], ["b", null]]);
    expect(encode("ordinal", "column")).toEqual([
      ["x0", "x0_unseen"],
      [1, 0, -1, 1],
      ["b", null],
    ]);
  });

  it("the outputs of a sparse loss are decoded by the ordinal encoder of its classes", () => {
    const encoder = Encoder.learn(["b", "a", "c"], "ordinal");
    expect(
      encoder.decodeLabels([
        [0.1, 0.7, 0.2],
        [0.5, 0.1, 0.4],
      ]),
    ).toEqual(["b", "a"]);
    expect(encoder.decodeLabels([[1.4], [-3], [9]])).toEqual(["b", "a", "c"]);
    expect(() => encoder.decodeLabels([[1, 2]])).toThrow(ShapeError);
  });

  it.each<[string, () => unknown, new (m: string) => Error, string]>([
    [
      "a name that is not there",
      () => Encoder.learn(HOMES, { cities: "oneHot" }),
      OptionError,
      'kinds names the column "cities", which there is not; did you mean "city"? the table has "sqm", "city", "balcony", "built", "rooms"',
    ],
    [
      "an index that is not there",
      () => Encoder.learn([[1]], { 1: "oneHot" }),
      OptionError,
      'kinds names the column "1", which there is not; the table has 1, counted from 0',
    ],
    [
      "categories of numbers",
      () => Encoder.learn([1, 2], [{ kind: "standard", categories: [1] }]),
      OptionError,
      'column 0 has categories; it is of kind "standard"',
    ],
    [
      "a category that is not among those given",
      () => Encoder.learn({ s: ["S", "XL"] }, { s: { categories: ["S", "M"] } }),
      DataError,
      'column "s", row 1 is "XL"; one of "S", "M" is expected',
    ],
    [
      "an unknown option",
      () => Encoder.learn([1], {}, wrong({ missingWord: "?" })),
      OptionError,
      'options knows no "missingWord"; did you mean "missingWords"? known: missing, unseen, missingWords, numbers',
    ],
    [
      "an unknown word",
      () => Encoder.learn([1], {}, wrong({ missing: "mean" })),
      OptionError,
      'missing is "mean"; did you mean "median"? one of "error", "median", "mostFrequent", "column" is expected',
    ],
    [
      "all cells missing",
      () => Encoder.learn({ a: [1, 2], b: ["", null] }, {}, { missing: "median" }),
      DataError,
      'column "b" has no cell that is there; its kind can be "drop"',
    ],
    [
      "nothing left",
      () => Encoder.learn([[1], [2]], "drop"),
      ShapeError,
      "the table has no columns when encoded; not all can be dropped",
    ],
    [
      "labels of several columns",
      () => Encoder.learn([[1, 2]]).decodeLabels([[1, 2]]),
      OptionError,
      "decodeLabels is for one column; the encoder learned 2: use decode",
    ],
  ])("refuses %s", (_, run, type, message) => refuses(run, type, message));
});

describe("a table that was read", () => {
  const table = readTable(HOMES);

  it("has rows and columns taken from it", () => {
    const [x, y] = table.split(["city", 4]);
    expect([x.names, y.names, x.rows, y.width]).toEqual([["sqm", "balcony", "built"], ["city", "rooms"], 5, 2]);
    expect(y.take([4, 0]).column("city")).toEqual(["Köln", "Köln"]);
    expect(y.take([4, 0]).column(1)).toEqual([3, 3]);
    expect(
      readTable([
        [1, 2],
        [3, 4],
      ])
        .take([1])
        .column(1),
    ).toEqual([4]);
    expect(readTable({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }).column(1)).toEqual([2, 4]);
    expect(readTable(table)).toBe(table);
  });

  it("names rows as in the table, and lines as in the text", () => {
    const text = 'n,c\n1,a\n\n2,"x\ny"\n3,b\nz,c\n';
    const read = readTable(parseCSV(text));
    const message = 'column "n", row 3 (line 7) is "z"; a finite number is expected';
    refuses(() => Encoder.learn(read, ["standard", "oneHot"]), DataError, message);
    refuses(() => Encoder.learn(read.take([0, 3]).take([1]), ["standard", "oneHot"]), DataError, message);
    refuses(() => Encoder.learn(read.split("c")[0], "standard"), DataError, message);
  });

  it.each<[string, () => unknown, new (m: string) => BitgradError, string]>([
    [
      "a column",
      () => table.column("cities"),
      OptionError,
      'there is no column "cities"; did you mean "city"? the table has "sqm", "city", "balcony", "built", "rooms"',
    ],
    ["an index", () => table.column(5), OptionError, "column is 5; a whole number from 0 to 4 is expected"],
    [
      "all columns",
      () => table.split(NAMES),
      OptionError,
      "columns has 5 of the table's 5 columns; some are expected, not all",
    ],
    ["a row", () => table.take([0, 5]), OptionError, "rows[1] is 5; a whole number from 0 to 4 is expected"],
    ["no rows", () => table.take([]), ShapeError, "rows is empty; at least one row is expected"],
  ])("refuses %s", (_, run, type, message) => refuses(run, type, message));
});

it("is read once, and copied where a caller's code could change it", () => {
  const reads: string[] = [];
  const record = (value: number) => ({
    get a() {
      reads.push("a");
      return value;
    },
  });
  const records = [record(1), record(2)];
  const read = readTable(records);
  Encoder.learn(read);
  Encoder.learn(read).encode(read);
  expect(reads).toEqual(["a", "a"]);
  const cells = [1, 2];
  const copy = readTable({ cells });
  cells[0] = 5;
  expect(copy.column("cells")).toEqual([1, 2]);
});

it("tables of many rows are encoded as their parts are", () => {
  const rows = 2500; // three blocks
  const table = {
    a: Float64Array.from({ length: rows }, (_, s) => (s * 7919) % 1000),
    b: Array.from({ length: rows }, (_, s) => (s % 97 === 0 ? "" : `c${(s * 31) % 17}`)),
    c: Array.from({ length: rows }, (_, s) => (s % 89 === 5 ? undefined : s % 2 === 0 ? s : String(s))),
    d: Uint16Array.from({ length: rows }, (_, s) => (s * s) % 40),
  };
  const encoder = Encoder.learn(table, { d: "oneHot", a: "quantile" }, { missing: "column" });
  const { data } = encoder.encode(table);
  const read = readTable(table);
  for (const s of [0, 5, 1023, 1024, 2047, 2048, 2499]) {
    const row = encoder.encode(read.take([s])).data;
    expect(row).toEqual(data.slice(s * encoder.width, (s + 1) * encoder.width));
  }
});
