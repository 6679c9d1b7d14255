// Encoder: columns against those of test/fixtures/encoder.py, round trips, bits kept in JSON, and what is refused.

import { type Cell, type ColumnKind, Encoder, type SavedEncoder } from "bitgrad/encoder";
import { DataError, FormatError, OptionError, OutOfMemoryError, ShapeError } from "bitgrad/errors";
import { describe, expect, it } from "vitest";
import { toBytes } from "../../bindings/saving/bytes.ts";
import fixture from "../fixtures/encoder.json" with { type: "json" };
import { Random } from "../fixtures/random.ts";

const KINDS: ColumnKind[] = ["passThrough", "standard", "minMax", "oneHot"];
const TABLE: Cell[][] = [
  [1, 10, -4, "a"],
  [2, 30, 0, true],
  [4, 20, 4, "a"],
  [8, 20, 12, 7],
];

const column = (cells: readonly Cell[]) => cells.map((cell) => [cell]);
const saved = (encoder: Encoder) => JSON.stringify(encoder);
const bits = ({ data }: { data: Float64Array }) => Buffer.from(toBytes(data)).toString("hex");

/** Both, for the class says what `catch` gets and the message what a person reads. */
function refuses(work: () => unknown, type: new (message: string) => Error, message: string): void {
  expect(work).toThrow(type);
  expect(work).toThrow(message);
}

/** To 12 digits; of numbers below `unit`, to 12 digits of that. */
function expectDigits(found: ArrayLike<number>, wanted: readonly number[], unit = 0): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, n) => {
    const error = Math.abs(found[n]! - value) / (Math.max(Math.abs(value), unit) || 1);
    expect(error, `${found[n]} for ${value}`).toBeLessThan(1e-12);
  });
}

describe("scikit-learn's", () => {
  it.each(Object.entries(fixture.numbers))("StandardScaler and MinMaxScaler: %s", (_, wanted) => {
    const standard = Encoder.learn(column(wanted.learn), "standard");
    const minMax = Encoder.learn(column(wanted.learn), ["minMax"]);
    const [scale, range] = [standard, minMax].map((encoder) => encoder.toJSON().columns[0]);
    expect(scale).toMatchObject({ kind: "standard" });
    const { mean, deviation } = scale as { mean: number; deviation: number };
    expectDigits([mean, deviation], [wanted.mean, wanted.deviation]);
    expect(range).toEqual({ kind: "minMax", min: wanted.min, max: wanted.max });
    [wanted.learn, wanted.encode].forEach((values, n) => {
      expectDigits(standard.encode(column(values)).data, wanted.standard[n]!, 1);
      expectDigits(minMax.encode(column(values)).data, wanted.minMax[n]!, 1);
    });
  });

  it.each(Object.entries(fixture.categories))("OneHotEncoder: %s", (_, wanted) => {
    const encoder = Encoder.learn(column(wanted.learn), "oneHot");
    expect(encoder.toJSON().columns).toEqual([{ kind: "oneHot", categories: wanted.categories }]);
    const { data, shape } = encoder.encode(column(wanted.learn));
    expect(shape).toEqual([wanted.learn.length, wanted.categories.length]);
    expect([...data]).toEqual(wanted.oneHot.flat());
  });
});

it.each(Object.entries(fixture.numbers))(
  "the bits of f64 arithmetic in row order: %s",
  (_, { learn, encode, exact }) => {
    for (const kind of ["standard", "minMax"] as const) {
      const encoder = Encoder.learn(column(learn), kind);
      if (kind === "standard") {
        expect(encoder.toJSON().columns).toEqual([{ kind, mean: exact.mean, deviation: exact.deviation }]);
      }
      const encoded = encoder.encode(column(encode));
      expect([...encoded.data]).toEqual(exact[kind].encoded); // toEqual is Object.is of numbers
      expect(encoder.decode(encoded)).toEqual(column(exact[kind].decoded));
    }
  },
);

describe("encode", () => {
  it("puts the columns side by side", () => {
    const encoder = Encoder.learn(TABLE, KINDS);
    expect([encoder.columns, encoder.width]).toEqual([4, 6]);
    const { data, shape } = encoder.encode(TABLE.slice(1, 3));
    expect(shape).toEqual([2, 6]);
    expect(data).toBeInstanceOf(Float64Array);
    expect([...data]).toEqual([2, 10 / Math.sqrt(50), 0.25, 1, 0, 0, 4, 0, 0.5, 0, 0, 1]);
  });

  it("takes typed arrays and rows of them", () => {
    const rows = TABLE.map((row) => row.slice(0, 3) as number[]);
    const kinds: ColumnKind[] = ["oneHot", "standard", "minMax"];
    const wanted = Encoder.learn(rows, kinds);
    const typed = { data: Int8Array.from(rows.flat()), shape: [4, 3] } as const;
    for (const table of [typed, rows.map((row) => Float32Array.from(row)), rows.map((row) => Float64Array.from(row))]) {
      const encoder = Encoder.learn(table, kinds);
      expect(saved(encoder)).toBe(saved(wanted));
      expect(bits(encoder.encode(table))).toBe(bits(wanted.encode(rows)));
    }
  });

  it("a column of equal numbers becomes 0, and what lies beside it its distance", () => {
    for (const kind of ["standard", "minMax"] as const) {
      const encoder = Encoder.learn(column(Array(11).fill(0.1)), kind);
      expect([...encoder.encode([[0.1], [1.1], [-0.9]]).data]).toEqual([0, 1, -1]);
      expect(encoder.decode([[0], [1]])).toEqual([[0.1], [1.1]]);
    }
  });

  it("numbers so close that their deviation is 0 in f64 have deviation 1", () => {
    const encoder = Encoder.learn([[1e-200], [3e-200]], "standard");
    expect(encoder.toJSON().columns[0]).toEqual({ kind: "standard", mean: 2e-200, deviation: 1 });
  });

  it("tells 1, '1' and true apart, and has one zero", () => {
    const encoder = Encoder.learn(column([1, "1", true, -0, 0, "__proto__", "constructor"]), "oneHot");
    expect(encoder.width).toBe(6);
    expect(encoder.decode(encoder.encode(column(["1", 1, 0, true, "constructor", "__proto__"])))).toEqual(
      column(["1", 1, 0, true, "constructor", "__proto__"]),
    );
    expect(() => encoder.encode([["toString"]])).toThrow(DataError);
  });
});

describe("decode", () => {
  it("brings tables back", () => {
    const random = new Random(5);
    for (let n = 0; n < 100; n++) {
      const kinds = Array.from({ length: random.whole(1, 6) }, () => random.pick(KINDS));
      const rows = random.whole(1, 20);
      const spread = random.pick([1e-9, 1, 1e12]);
      const cell = (kind: ColumnKind): Cell =>
        kind === "oneHot" ? random.pick(["a", "b", 1, 2, true]) : (random.unit() - 0.3) * spread;
      const table = Array.from({ length: rows }, () => kinds.map(cell));
      const encoder = Encoder.learn(table, kinds);
      const encoded = encoder.encode(table);
      const row = (s: number) => [...encoded.data.subarray(s * encoder.width, (s + 1) * encoder.width)];
      const asRows = Array.from({ length: rows }, (_, s) => row(s));
      const decoded = encoder.decode(encoded);
      expect(encoder.decode(asRows)).toEqual(decoded);
      decoded.forEach((row, s) =>
        row.forEach((found, i) => {
          const wanted = table[s]![i]!;
          if (kinds[i] === "oneHot" || kinds[i] === "passThrough") expect(found).toBe(wanted);
          else expect(Math.abs((found as number) - (wanted as number))).toBeLessThan(spread * 1e-14);
        }),
      );
    }
  });

  it("takes the category with the largest number, the first of equals", () => {
    const encoder = Encoder.learn(column(["a", "b", "c"]), "oneHot");
    const outputs = [
      [0.2, 0.5, 0.3],
      [0.4, 0.2, 0.4],
      [0, 0, 0],
      [-3, -2, -1],
      [-0, 0, 0],
    ];
    expect(encoder.decode(outputs)).toEqual(column(["b", "a", "a", "c", "a"]));
    const data = Float32Array.from(outputs.flat());
    expect(encoder.decode({ data, shape: [5, 3] })).toEqual(column(["b", "a", "a", "c", "a"]));
  });

  it("leaves the columns before and after a one-hot one in their places", () => {
    const encoder = Encoder.learn([TABLE[0]!, TABLE[3]!], ["minMax", "oneHot", "oneHot", "oneHot"]);
    expect(encoder.decode([[0.5, 0, 1, 1, 0, 0.1, 0.2]])).toEqual([[4.5, 20, -4, "a"]]);
  });

  it("returns −0 of a number column as it came", () => {
    const encoder = Encoder.learn([[1]], "passThrough");
    expect(encoder.decode(encoder.encode([[-0]]))).toEqual([[-0]]);
  });
});

it("the examples of the documentation", () => {
  const table = [
    [20, "red"],
    [40, "blue"],
  ];
  const encoder = Encoder.learn(table, ["minMax", "oneHot"]);
  expect(encoder.encode([[25, "red"]])).toEqual({ data: Float64Array.of(0.25, 0, 1), shape: [1, 3] });
  expect(encoder.decode([[0.25, 0.2, 0.8]])).toEqual([[25, "red"]]);
  expect([...Encoder.learn([[1], [3]], "standard").encode([[5]]).data]).toEqual([3]);
});

describe("JSON", () => {
  it("is plain, and the same once read", () => {
    const encoder = Encoder.learn(TABLE, KINDS);
    const json = encoder.toJSON();
    expect(json).toEqual({
      version: 2,
      width: 6,
      columns: [
        { kind: "passThrough" },
        { kind: "standard", mean: 20, deviation: Math.sqrt(50) },
        { kind: "minMax", min: -4, max: 12 },
        { kind: "oneHot", categories: [true, 7, "a"] },
      ],
    });
    for (const copy of [json, saved(encoder), JSON.parse(saved(encoder))]) {
      expect(saved(Encoder.fromJSON(copy))).toBe(saved(encoder));
    }
    const equal = saved(Encoder.learn([[3], [3]], "minMax"));
    expect(saved(Encoder.fromJSON(equal))).toBe(equal);
  });

  it("gives the same bits", () => {
    const random = new Random(6);
    for (let n = 0; n < 50; n++) {
      const [rows, columns] = [random.whole(1, 12), random.whole(1, 5)];
      const table = { data: random.wide("f64", rows * columns) as Float64Array, shape: [rows, columns] as const };
      const kinds = Array.from({ length: columns }, () => random.pick(KINDS));
      const encoder = Encoder.learn(table, kinds);
      const copy = Encoder.fromJSON(saved(encoder));
      const encoded = encoder.encode(table);
      expect(bits(copy.encode(table))).toBe(bits(encoded));
      expect(copy.decode(encoded)).toEqual(encoder.decode(encoded)); // toEqual tells −0 from 0
    }
  });

  it("has no −0, which JSON would lose", () => {
    for (const json of [
      { columns: [{ kind: "standard", mean: -0, deviation: 1 }] },
      { columns: [{ kind: "minMax", min: -0, max: 1 }] },
      { columns: [{ kind: "oneHot", categories: [-0] }] },
    ]) {
      const encoder = Encoder.fromJSON(json);
      expect(encoder.toJSON()).toEqual({ version: 2, width: 1, ...JSON.parse(JSON.stringify(json)) });
    }
    for (const kind of ["standard", "minMax", "oneHot"] as const) {
      const encoder = Encoder.learn([[-0], [-0]], kind);
      expect(encoder.toJSON()).toEqual(JSON.parse(saved(encoder)));
    }
  });

  it("is frozen, and no part of what it was made from", () => {
    const json = { columns: [{ kind: "oneHot", categories: ["a", "b"] }] };
    const encoder = Encoder.fromJSON(json);
    json.columns[0]!.categories[0] = "x";
    const first = encoder.toJSON().columns[0] as unknown as { categories: string[] };
    expect(first.categories).toEqual(["a", "b"]);
    expect(() => first.categories.push("c")).toThrow(TypeError);
    expect(() => Object.assign(first, { kind: "passThrough" })).toThrow(TypeError);
    expect(() => (encoder.toJSON().columns as unknown[]).pop()).toThrow(TypeError);
  });
});

describe("refuses", () => {
  const encoder = Encoder.learn(TABLE, KINDS);
  const hostile = (value: unknown) => value as number[][];

  it.each([
    [[], "table is empty"],
    [{ data: new Float32Array(0), shape: [0, 4] }, "table is empty"],
    [[[1, 2], [1]], "table is ragged: table[0] has 2 columns, table[1] has 1"],
    [[[1], 2], "table[1] is 2; a row, an array of cells, is expected"],
    [null, "table is null; rows of "],
    [{ data: [1, 2], shape: [1, 2] }, "table is an Object object; rows of cells"],
    [{ data: new Float32Array(2), shape: [2] }, "table is an Object object; rows of cells"],
    [{ data: new Float32Array(6), shape: [2, 2] }, "table.shape is [2, 2]; table.data has 6 elements"],
    [{ data: new Float32Array(1), shape: [0.5, 2] }, "table.shape is [0.5, 2]; table.data has 1 element"],
    [{ data: new DataView(new ArrayBuffer(4)), shape: [2, 2] }, "table is an Object object; rows of cells"],
  ])("tables without a shape: %j", (table, message) => {
    refuses(() => Encoder.learn(hostile(table), "oneHot"), ShapeError, message);
    refuses(() => encoder.encode(hostile(table)), ShapeError, message);
    refuses(
      () => encoder.decode(hostile(table)),
      ShapeError,
      message.replaceAll("table", "matrix").replace("cells", "numbers"),
    );
  });

  it("texts, and lists of nothing", () => {
    const text = 'table is "a,b"; a text of CSV is read by parseCSV of "bitgrad/tables"';
    refuses(() => Encoder.learn(hostile("a,b")), ShapeError, text);
    refuses(() => encoder.decode(hostile("ab")), ShapeError, 'matrix is "ab"; rows of numbers, or { data, shape');
    refuses(() => encoder.decode(hostile(["ab"])), ShapeError, 'matrix[0] is "ab"; a row, an array of numbers');
    refuses(() => Encoder.learn(Array(2), {}, { missing: "median" }), DataError, "column 0 has no cell that is there");
    refuses(() => encoder.encode(Array(2)), ShapeError, "table has 1 columns; the encoder takes 4");
  });

  it("other columns than it learned", () => {
    refuses(() => encoder.encode([[1, 2, 3]]), ShapeError, "table has 3 columns; the encoder takes 4");
    refuses(() => encoder.decode([[1, 2, 3, 4]]), ShapeError, "matrix has 4 columns; the encoder gives 6");
    const kinds = KINDS.slice(1);
    refuses(() => Encoder.learn(TABLE, kinds), ShapeError, "kinds has 3 elements; table has 4 columns");
  });

  it("kinds that there are not", () => {
    const known = [
      ...["passThrough", "standard", "minMax", "robust", "robustSmoothClip", "quantile"],
      ...["oneHot", "ordinal", "drop"],
    ];
    const expected = `one of ${known.map((kind) => `"${kind}"`).join(", ")} is expected`;
    const learn = (kinds: unknown) => () => Encoder.learn([[1, 2]], kinds as ColumnKind);
    refuses(learn("hot"), OptionError, `kinds is "hot"; ${expected}`);
    refuses(learn(null), OptionError, `kinds is null; ${expected}`);
    refuses(learn("number"), OptionError, `kinds is "number"; ${expected}`);
    refuses(learn(["passThrough", "__proto__"]), OptionError, `kinds[1] is "__proto__"; ${expected}`);
    refuses(learn(Array(2)), OptionError, `kinds[0] is undefined; ${expected}`);
  });

  it.each([
    [Number.NaN, "NaN"],
    [Infinity, "Infinity"],
    [null, "null"],
    [undefined, "undefined"],
    [3n, "3n"],
    [{}, "an Object object"],
    [[1], "an array of 1"],
  ])("the cell %s", (cell, shown) => {
    const expected = "a finite number is expected";
    for (const kind of ["passThrough", "standard", "minMax"] as const) {
      const numbers = Encoder.learn([[1], [2]], kind);
      refuses(() => Encoder.learn(hostile([[1], [cell]]), kind), DataError, `table[1][0] is ${shown}; ${expected}`);
      refuses(() => numbers.encode(hostile([[1], [cell]])), DataError, `table[1][0] is ${shown}; ${expected}`);
      refuses(() => numbers.decode(hostile([[1], [cell]])), DataError, `matrix[1][0] is ${shown}; finite numbers`);
    }
    const categories = Encoder.learn([["a"], ["b"]], "oneHot");
    const any = "a string, a boolean or a finite number is expected";
    refuses(() => Encoder.learn(hostile([["a"], [cell]]), "oneHot"), DataError, `table[1][0] is ${shown}; ${any}`);
    refuses(() => categories.encode(hostile([["a"], [cell]])), DataError, `table[1][0] is ${shown}; one of "a", "b"`);
    refuses(() => categories.decode(hostile([[0, cell]])), DataError, `matrix[0][1] is ${shown}; finite numbers`);
  });

  it("text and booleans in columns of numbers", () => {
    refuses(() => Encoder.learn([["x"]], "passThrough"), DataError, 'table[0][0] is "x"; a finite number is expected');
    refuses(
      () => Encoder.learn([[1], [true]], "minMax"),
      DataError,
      "table[1][0] is true; a finite number is expected",
    );
    const row = [1, 2, true, "a"];
    refuses(() => encoder.encode([row]), DataError, "table[0][2] is true; a finite number is expected");
  });

  it("holes in rows", () => {
    refuses(() => Encoder.learn([Array(2)], "passThrough"), DataError, "table[0][0] is undefined");
  });

  it("categories it doesn't know", () => {
    const table = [...TABLE.slice(0, 3), [1, 2, 3, "x"]];
    refuses(() => encoder.encode(table), DataError, 'table[3][3] is "x"; one of true, 7, "a" is expected');
    const many = Encoder.learn(column(Array.from({ length: 13 }, (_, n) => n)), "oneHot");
    const expected = "table[0][0] is -1; one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more is expected";
    refuses(() => many.encode([[-1]]), DataError, expected);
  });

  it("numbers that scaling makes infinite", () => {
    const large = [[-1.7e308], [1.7e308]];
    const why = (kind: string) => `column 0 has numbers too large for "${kind}"; its scale is infinite in f64`;
    for (const kind of ["standard", "minMax"] as const) {
      refuses(() => Encoder.learn(large, kind), DataError, why(kind));
    }
    refuses(() => Encoder.learn([[1.7e308], [1.6e308]], "standard"), DataError, why("standard"));
    const small = Encoder.fromJSON({ columns: [{ kind: "standard", mean: 0, deviation: 1e-9 }] });
    refuses(() => small.encode([[1e300]]), DataError, "table[0][0] is 1e+300; scaled, that is infinite in f64");
    const wide = Encoder.learn([[0], [1e9]], "minMax");
    refuses(() => wide.decode([[0], [1e300]]), DataError, "matrix[1][0] is 1e+300; scaled, that is infinite in f64");
  });

  it("what doesn't fit into memory", () => {
    const categories = Array.from({ length: 2 ** 17 }, (_, n) => n);
    const wide = Encoder.fromJSON({ columns: [{ kind: "oneHot", categories }] });
    const message = "table is 8388608 × 131072 numbers when encoded; they don't fit into memory";
    const table = { data: new Uint8Array(2 ** 23), shape: [2 ** 23, 1] } as const;
    refuses(() => wide.encode(table), OutOfMemoryError, message);
  });

  it("tables that become absurdly wide", () => {
    const table = { data: new Int8Array(2 ** 20 + 1), shape: [1, 2 ** 20 + 1] } as const;
    const message = "the table has 1048577 columns when encoded; at most 1048576 are expected";
    refuses(() => Encoder.learn(table, "passThrough"), ShapeError, message);
  });
});

describe("refuses saved encoders", () => {
  const of = (...columns: unknown[]) => ({ columns });
  const oneHot = (...categories: unknown[]) => of({ kind: "oneHot", categories });
  const wide = { kind: "oneHot", categories: Array.from({ length: 2 ** 19 + 1 }, (_, n) => n) };

  it.each<[string, unknown, string]>([
    ["null", null, "it is null; an object is expected"],
    ["a number", 3, "it is 3; an object is expected"],
    ["nothing", undefined, "it is undefined; an object is expected"],
    ["an array", [], "it is an array of 0; an object is expected"],
    ["text", "{columns", "it is no JSON text"],
    ["text of null", "null", "it is null; an object is expected"],
    ["an empty object", {}, 'it has no "columns"'],
    ["inherited columns", Object.create(of({ kind: "passThrough" })), 'it has no "columns"'],
    ["another key", { ...of({ kind: "passThrough" }), column: 1 }, 'it knows no "column"; known: columns'],
    ["__proto__", '{"columns":[{"kind":"passThrough"}],"__proto__":{}}', 'it knows no "__proto__"'],
    ["__proto__ in a column", '{"columns":[{"kind":"passThrough","__proto__":{}}]}', 'columns[0] knows no "__proto__"'],
    ["__proto__ for a kind", '{"columns":[{"kind":"__proto__"}]}', 'columns[0].kind is "__proto__"; one of'],
    ["__proto__ for columns", '{"__proto__":{"columns":[{"kind":"passThrough"}]}}', 'it knows no "__proto__"'],
    ["columns: an object", { columns: {} }, "columns is an Object object; an array of 1 to 1048576 elements"],
    ["no column", of(), "columns is an array of 0; an array of 1 to 1048576 elements is expected"],
    ["too many columns", { columns: Array(2 ** 20 + 1) }, "columns is an array of 1048577; an array of 1 to 1048576"],
    ["holes", { columns: Array(2 ** 20) }, "columns[0].kind is undefined"],
    ["a column of null", of({ kind: "passThrough" }, null), "columns[1].kind is undefined; one of"],
    ["an array for a column", of([]), "columns[0].kind is undefined"],
    [
      "another kind",
      of({ kind: "log" }),
      'columns[0].kind is "log"; one of "passThrough", "standard", "minMax", "robust"',
    ],
    ["an inherited kind", of(Object.create({ kind: "passThrough" })), 'columns[0] has no "kind"'],
    ["another kind's key", of({ kind: "passThrough", mean: 0 }), 'columns[0] knows no "mean"'],
    ["no deviation", of({ kind: "standard", mean: 0 }), 'columns[0] has no "deviation"'],
    ["a mean of NaN", of({ kind: "standard", mean: Number.NaN, deviation: 1 }), "columns[0].mean is NaN; a finite"],
    ["a mean of text", of({ kind: "standard", mean: "0", deviation: 1 }), 'columns[0].mean is "0"; a finite number'],
    ["deviation 0", of({ kind: "standard", mean: 0, deviation: 0 }), "columns[0].deviation is 0; a number of more"],
    ["deviation −1", of({ kind: "standard", mean: 0, deviation: -1 }), "columns[0].deviation is -1; a number of"],
    ["1e999", '{"columns":[{"kind":"standard","mean":0,"deviation":1e999}]}', "columns[0].deviation is Infinity"],
    ["min null", of({ kind: "minMax", min: null, max: 1 }), "columns[0].min is null; a finite number is expected"],
    ["min over max", of({ kind: "minMax", min: 2, max: 1 }), "columns[0].min is 2; no more than max, 1, is expected"],
    [
      "an infinite range",
      of({ kind: "minMax", min: -1.7e308, max: 1.7e308 }),
      'column 0 has numbers too large for "min',
    ],
    ["no category", oneHot(), "columns[0].categories is an array of 0; an array of 1 to 1048576 elements"],
    ["text for categories", of({ kind: "oneHot", categories: "ab" }), 'columns[0].categories is "ab"; an array'],
    ["a category of null", oneHot("a", null), "columns[0].categories[1] is null; a string, a boolean or a finite"],
    ["a category of NaN", oneHot(Number.NaN), "columns[0].categories[0] is NaN; a string, a boolean or"],
    ["a category twice", oneHot("a", 1, "a"), 'columns[0].categories has "a" twice'],
    ["two zeros", oneHot(0, -0), "columns[0].categories has 0 twice"],
    ["a hole in categories", of({ kind: "oneHot", categories: Array(2) }), "columns[0].categories[0] is undefined"],
    [
      "too many categories",
      of({ kind: "oneHot", categories: Array(2 ** 30) }),
      "columns[0].categories is an array of 1073",
    ],
    ["absurd width", of(wide, wide), "the table has 1048578 columns when encoded; at most 1048576 are expected"],
  ])("%s", (_, json, message) => {
    refuses(() => Encoder.fromJSON(json), FormatError, `the saved encoder can't be read: ${message}`);
  });

  it("damaged anywhere: it is refused as such, or read as what it says", () => {
    const random = new Random(7);
    const text = saved(Encoder.learn(TABLE, KINDS));
    const ends = { refused: 0, read: 0 };
    for (let n = 0; n < 2000; n++) {
      const at = random.whole(0, text.length - 1);
      const damaged = text.slice(0, at) + random.pick([...'019-.e"{}[],:ax', ""]) + text.slice(at + random.whole(0, 2));
      try {
        const encoder = Encoder.fromJSON(damaged);
        expect(encoder.toJSON()).toEqual(JSON.parse(damaged) as SavedEncoder);
        ends.read++;
      } catch (error) {
        expect(error, damaged).toBeInstanceOf(FormatError);
        ends.refused++;
      }
    }
    expect(Math.min(ends.refused, ends.read)).toBeGreaterThan(100);
  });
});
