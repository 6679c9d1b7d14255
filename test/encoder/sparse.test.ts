// Tables as compressed rows: numbers written by hand, the same as in full for every kind of column, and the same bits
// in every place that takes x.

import { type CompressedMatrix, DataError, Encoder, Network, type NetworkOptions, OptionError } from "bitgrad";
import { MLPClassifier, MLPRegressor } from "bitgrad/estimators";
import { Predictor } from "bitgrad/predict";
import { readTable } from "bitgrad/tables";
import { afterEach, describe, expect, it, vi } from "vitest";
import { errorOf, wrong } from "../faults/expect-error.ts";
import { ENGINES } from "../fixtures/bits.ts";
import { Random } from "../fixtures/random.ts";

/** All numbers of compressed rows. */
function whole({ data, indices, indptr, shape }: CompressedMatrix): number[] {
  const [rows, columns] = shape as [number, number];
  const numbers = new Array(rows * columns).fill(0);
  for (let s = 0; s < rows; s++) {
    for (let n = indptr[s]!; n < indptr[s + 1]!; n++) numbers[s * columns + indices[n]!] = data[n];
  }
  return numbers;
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("lists what is not 0, row by row, as written by hand", () => {
  const table = { sqm: [20, 40, 30, null], city: ["Ulm", "Bonn", "Ulm", null], new: [true, false, true, true] };
  const encoder = Encoder.learn(table, { sqm: "minMax" }, { missing: "column" });
  expect(encoder.names).toEqual(["sqm", "sqm_missing", "city_Bonn", "city_Ulm", "city_missing", "new"]);
  expect(encoder.encode(table, { sparse: true })).toEqual({
    data: Float64Array.of(1, 1, 1, 1, 0.5, 1, 1, 0.5, 1, 1, 1),
    indices: Uint32Array.of(3, 5, 0, 2, 0, 3, 5, 0, 1, 4, 5),
    indptr: Uint32Array.of(0, 2, 4, 7, 11),
    shape: [4, 6],
  });
});

describe("the numbers of full rows", () => {
  const random = new Random(5);
  const rows = 700; // more than are encoded at a time
  const list = <T>(make: (s: number) => T) => Array.from({ length: rows }, (_, s) => make(s));
  const holes = <T>(cells: T[]) => cells.map((cell) => (random.unit() < 0.1 ? null : cell));
  const table = {
    a: Float64Array.from(list(() => random.whole(-2, 2))),
    b: holes(list(() => random.unit())),
    c: holes(list(() => `city ${random.whole(0, 300)}`)),
    d: Uint8Array.from(list(() => random.whole(0, 40))),
    e: list(() => random.unit() < 0.5),
    f: list(() => ["S", "M", "L"][random.whole(0, 2)]!),
    g: list(() => new Date(random.whole(0, 1e9))),
    h: list(() => -0),
    i: list((s) => s),
  };
  const kinds = {
    a: "passThrough",
    b: "robustSmoothClip",
    d: "oneHot",
    f: { kind: "ordinal", categories: ["S", "M", "L"] },
    h: "passThrough",
    i: "drop",
  } as const;

  it.each(["median", "mostFrequent", "column"] as const)("missing cells: %s", (missing) => {
    for (const unseen of ["none", "column"] as const) {
      const encoder = Encoder.learn(table, kinds, { missing, unseen });
      const other = { ...table, c: table.c.map((cell, s) => (s % 3 === 0 ? "Rome" : cell)), d: table.a.map(() => 99) };
      for (const given of [table, other]) {
        const sparse = encoder.encode(given, { sparse: true });
        const { data, shape } = encoder.encode(given);
        expect(whole(sparse)).toEqual([...data]);
        expect(sparse.shape).toEqual(shape);
        expect(sparse.data.length).toBe(data.filter((value) => !Object.is(value, 0)).length);
        expect(sparse.indices.length).toBe(sparse.data.length);
      }
    }
  });

  it("what is refused is refused alike", () => {
    const encoder = Encoder.learn(table, kinds, { missing: "median" });
    const other = { ...table, c: table.c.map((cell, s) => (s === 600 ? "Rome" : cell)) };
    const [full, sparse] = [false, true].map((sparse) =>
      errorOf(() => encoder.encode(other, { sparse } as { sparse: true })),
    );
    expect(sparse).toBeInstanceOf(DataError);
    expect((sparse as Error).message).toBe((full as Error).message);
    expect(errorOf(() => encoder.encode(table, wrong({ sparse: 1 })))).toBeInstanceOf(OptionError);
    expect(errorOf(() => encoder.encode(table, wrong({ dense: true })))).toBeInstanceOf(OptionError);
  });
});

/** Rows of two numbers and a name among many. */
function wideTable(rows: number, names: number) {
  const random = new Random(9);
  const ids = Array.from({ length: rows }, () => random.whole(0, names - 1));
  const table = {
    size: Float64Array.from({ length: rows }, () => random.unit()),
    id: ids.map((id) => `user ${id}`),
    age: Float64Array.from({ length: rows }, () => random.whole(1, 9)),
  };
  return { table, y: ids.map((id, s) => [Number(id % 3 === 0) + table.size[s]!]) };
}

it("100,000 categories take a number for each row", () => {
  const names = Array.from({ length: 100_000 }, (_, n) => `user ${n}`);
  const encoder = Encoder.learn(names);
  const { data, indices, indptr, shape } = encoder.encode(names.toReversed(), { sparse: true });
  expect(shape).toEqual([100_000, 100_000]); // in full they would be 80 GB
  expect([data.length, indices.length, indptr.length]).toEqual([100_000, 100_000, 100_001]);
  expect(encoder.learned[0]).toMatchObject({ kind: "oneHot" });
  const { categories } = encoder.learned[0] as { categories: readonly string[] };
  expect(categories[indices[0]!]).toBe("user 99999");
});

describe.each(ENGINES)("%s", (engine) => {
  const { table, y } = wideTable(90, 40);
  const encoder = Encoder.learn(table);
  const options: NetworkOptions = { inputs: encoder.width, layers: [{ units: 5 }, { units: 1 }], engine, seed: 3 };

  it("a network, a Predictor and a cross-validation have the bits of full rows", async () => {
    using full = Network.createSync(options);
    using net = Network.createSync(options);
    const [dense, sparse] = [encoder.encode(table), encoder.encode(table, { sparse: true })];
    const fit = { epochs: 4, validationSplit: 0.2 };
    expect(net.fit(sparse, y, fit).loss).toEqual(full.fit(dense, y, fit).loss);
    expect(net.digest()).toBe(full.digest());
    const predictor = Predictor.load(net.save());
    expect(predictor.predict(sparse)).toEqual(full.predict(dense));
    expect(predictor.predict(sparse, new Float32Array(90))).toEqual(full.predict(dense).data);
    expect((errorOf(() => predictor.predict({ ...sparse, shape: [90, 2] })) as Error).message).toBe(
      `x has 2 columns; the network takes ${encoder.width}`,
    );
    const cv = { folds: 3, epochs: 3, metrics: ["mae"], validationSplit: 0.2 } as const;
    const expected = await Network.crossValidate(options, dense, y, cv);
    expect(await Network.crossValidate(options, sparse, y, cv)).toEqual(expected);
    const encoders = { x: { encode: (rows: never) => encoder.encode(rows, { sparse: true }) } };
    const folds = await Network.crossValidate(options, readTable(table), y, {
      ...cv,
      encoders: () => encoders,
    });
    expect(folds).toEqual(expected);
  });
});

/** What estimators call, which the types keep to themselves. */
interface Own {
  readonly isSparse: boolean;
  compressing(): unknown;
}

describe("estimators", () => {
  const encoder = Encoder.prototype as unknown as Own;

  const { table, y } = wideTable(300, 250);
  const labels = y.map(([value]) => (value! > 1 ? "yes" : "no"));

  it.each([
    ["MLPClassifier", () => new MLPClassifier({ epochs: 4 }), labels],
    ["weighted classes", () => new MLPClassifier({ epochs: 4, classWeights: "balanced" }), labels],
    ["MLPRegressor", () => new MLPRegressor({ epochs: 4 }), y.flat()],
  ])("%s compresses rows by itself, with the bits of full ones", async (_, create, targets) => {
    const compresses = vi.spyOn(encoder, "compressing");
    const sparse = await create().fit(table, targets);
    expect(compresses).toHaveBeenCalledTimes(2); // for the search, and for all rows
    const predicted = sparse.predict(table);
    expect(compresses).toHaveBeenCalledTimes(3);
    vi.spyOn(encoder, "isSparse", "get").mockReturnValue(false);
    const full = await create().fit(table, targets);
    expect(compresses).toHaveBeenCalledTimes(3);
    expect(sparse.digest()).toBe(full.digest());
    expect(predicted).toEqual(full.predict(table));
    expect(sparse.history).toEqual(full.history);
  });

  it("rows of few columns stay full", async () => {
    const compresses = vi.spyOn(encoder, "compressing");
    await new MLPClassifier({ epochs: 2 }).fit({ size: table.size, age: table.age }, labels);
    expect(compresses).not.toHaveBeenCalled();
  });
});
